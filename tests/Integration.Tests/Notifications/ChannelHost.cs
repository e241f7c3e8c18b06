using Api.Notifications;
using Api.Startup;
using Api.Storage;
using Integration.Tests.Notifications.Peers;
using Integration.Tests.Startup;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Workflows.Runtime;
using Workflows.Runtime.Storage;
using Scope = Workflows.Runtime.Scope;

namespace Integration.Tests.Notifications;

/// <summary>
/// The real host with the one procedure of bad addresses; its channels are made by each test for its own peer.
/// </summary>
public sealed class ChannelHost : IAsyncLifetime
{
    public const string From = "sprawy@demo.invalid";
    static int next = 1000;

    public RunningHost Running { get; private set; } = null!;

    public T Get<T>() where T : notnull => Running.Services.GetRequiredService<T>();

    public async ValueTask InitializeAsync() => Running = await RunningHost.StartAsync(
        $"--Workflows:Path={DeliveryProblem()}", "--RateLimits:PersonPerMinute=100000",
        "--PublicBaseUrl=https://sprawy.example.pl");

    public ValueTask DisposeAsync() => Running.DisposeAsync();

    /// <summary>A folder with nothing but the shipped procedure of bad addresses.</summary>
    public static string DeliveryProblem()
    {
        var folder = Directory.CreateTempSubdirectory("procedures-").FullName;
        var shipped = Path.Combine(Locations.Repository()!, "workflows", MailAddresses.Process);
        var copy = Directory.CreateDirectory(Path.Combine(folder, MailAddresses.Process)).FullName;
        foreach (var file in Directory.GetFiles(shipped)) File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
        return folder;
    }

    public Settings With(NotificationSettings notifications) => Get<Settings>() with { Notifications = notifications };

    public SmtpTransport Smtp(
        SmtpPeer peer, SmtpSecurity security = SmtpSecurity.None, (string User, string Password)? login = null,
        MailboxGate? gate = null, string host = "127.0.0.1", TimeSpan? timeout = null) => new(
        With(new NotificationSettings
        {
            Transport = MailTransport.Smtp,
            From = From,
            AllowedDomains = ["demo.invalid"],
            Smtp = new SmtpSettings(host, peer.Port, security, login?.User, login?.Password),
        }),
        gate ?? new MailboxGate(TimeProvider.System), Get<MailAddresses>(), NullLogger<SmtpTransport>.Instance)
    {
        Timeout = timeout ?? TimeSpan.FromMinutes(1),
    };

    /// <summary>A message to somebody, with words of a case.</summary>
    public static OutgoingMail Mail(
        string user = "social_worker", string? to = null, NoticeKind kind = NoticeKind.TaskAssigned, int attempt = 1,
        string thread = "OPS.4710.1.2026", long? key = null) => new(
        key ?? Interlocked.Increment(ref next), user, to ?? $"{user}@demo.invalid", "Żaneta Ćma, pracownik socjalny",
        new RenderedNotice(
            "Sprawa OPS.4710.1.2026: zadanie do wykonania", "<!doctype html><html lang=\"pl\"><p>Zażółć</p></html>",
            "Zażółć gęślą jaźń\n", "Zadanie dla Ciebie"),
        thread, kind, attempt);

    /// <inheritdoc cref="AddRowAsync(RunningHost, string, string, long?, int, string?)"/>
    public Task<long> AddRowAsync(string state, string user = "social_worker", int attempts = 1, string? reason = null) =>
        AddRowAsync(Running, state, user, null, attempts, reason);

    /// <summary>A row of the ledger of e-mails in the given state; answers with its key.</summary>
    public static async Task<long> AddRowAsync(
        RunningHost running, string state, string user, long? instance, int attempts = 1, string? reason = null)
    {
        var business = $"test/{Guid.NewGuid():N}/{user}/{Ledger.Email}";
        var engine = running.Services.GetRequiredService<WorkflowEngine>();
        var now = await engine.Clock.NowAsync();
        await engine.RecordAsync(Scope.Engine, HistoryChain.Settings, new CommitExtras
        {
            Outbox = [new OutboxMessage(business, nameof(NoticeKind.TaskAssigned), user, "{}", now.AddDays(1), instance)],
        });
        await using var db = running.Services.GetRequiredService<ProductDbFactory>().Create();
        await using var all = await db.Database.BeginTransactionAsync();
        var ended = state is Status.Planned ? (long?)null : now.AddHours(-1).UtcTicks;
        await db.Database.ExecuteSqlAsync($"""
            update outbox set state = {state}, attempts = {attempts}, last_error = {reason}, ended_at = {ended}
            where business_key = {business}
            """);
        await all.CommitAsync();
        await using var rows = running.Services.GetRequiredService<Func<WorkflowDb>>()();
        return (await rows.Outbox.AsNoTracking().SingleAsync(row => row.BusinessKey == business)).Key;
    }

    public async Task<OutboxRow> RowAsync(long key)
    {
        await using var db = Get<Func<WorkflowDb>>()();
        return await db.Outbox.AsNoTracking().SingleAsync(row => row.Key == key);
    }

    public async Task<OutboxRow> RowAsync(string businessKey)
    {
        await using var db = Get<Func<WorkflowDb>>()();
        return await db.Outbox.AsNoTracking().SingleAsync(row => row.BusinessKey == businessKey);
    }

    /// <summary>Open tasks of the procedure of bad addresses for one person.</summary>
    public async Task<List<UserTaskRow>> ProblemsOfAsync(string user)
    {
        await Get<WorkflowEngine>().DrainAsync();
        await using var db = Get<Func<WorkflowDb>>()();
        var prefix = $"{MailAddresses.Process}/{user}/";
        return await (
            from instance in db.ProcessInstances
            join task in db.UserTasks on instance.Key equals task.ProcessInstanceKey
            where instance.BusinessId!.StartsWith(prefix) && task.State == Status.Created
            select task).AsNoTracking().ToListAsync();
    }
}
