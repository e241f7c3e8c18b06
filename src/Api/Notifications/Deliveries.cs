using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Api.Access;
using Api.Storage;
using Api.UseCases;
using MediatR;
using Microsoft.EntityFrameworkCore;
using Workflows.Runtime;
using Workflows.Runtime.Storage;
using Scope = Workflows.Runtime.Scope;

namespace Api.Notifications;

/// <summary>The rows of the outbox as a ledger of deliveries: its states, channels and changes.</summary>
public static class Ledger
{
    /// <summary>A message that was sent and came back.</summary>
    public const string Bounced = "bounced";

    public const string Email = "email";
    public const string Teams = "teams";

    /// <summary>The channel of the whole team, for numbers only.</summary>
    public const string Webhook = "webhook";

    public static readonly ImmutableArray<string> States =
        [Status.Planned, Status.Sending, Status.Sent, Status.SendFailed, Status.Unknown, Status.Suppressed, Bounced];

    /// <summary>States a person may send again from.</summary>
    public static readonly ImmutableArray<string> Resendable = [Status.SendFailed, Status.Unknown, Bounced];

    /// <summary>A business key ends with its channel: <c>.../email</c>, <c>.../teams</c>.</summary>
    public static string ChannelOf(string businessKey) => businessKey[(businessKey.LastIndexOf('/') + 1)..];

    /// <summary>Back to planned, recorded; refused when the row is in none of the given states.</summary>
    /// <param name="keepAttempts">False for a person's wish: all attempts are hers again.</param>
    public static Task<EngineAnswer.Rejected?> ReplanAsync(
        ProductDbFactory databases, WorkflowEngine engine, Scope scope, long key, ImmutableArray<string> from,
        bool keepAttempts, CancellationToken ct) =>
        ChangeAsync(databases, engine, scope, key, from, "NotificationResent", Status.Planned, keepAttempts, ct);

    /// <summary>It was in Sent Items: what was unknown is sent.</summary>
    public static Task<EngineAnswer.Rejected?> FoundSentAsync(
        ProductDbFactory databases, WorkflowEngine engine, long key, CancellationToken ct) =>
        ChangeAsync(
            databases, engine, Scope.Engine, key, [Status.Unknown], "NotificationFoundSent", Status.Sent,
            keepAttempts: true, ct);

    static Task<EngineAnswer.Rejected?> ChangeAsync(
        ProductDbFactory databases, WorkflowEngine engine, Scope scope, long key, ImmutableArray<string> from,
        string act, string to, bool keepAttempts, CancellationToken ct) =>
        engine.RecordAsync(scope, HistoryChain.Settings, new CommitExtras
        {
            HostRows = async (commit, token) =>
            {
                await using var db = databases.On(commit.Connection, commit.Transaction);
                var state = await db.Database.SqlQuery<string>(
                    $"""select state as "Value" from outbox where key = {key}""").SingleOrDefaultAsync(token);
                if (state is null)
                {
                    return new EngineAnswer.Rejected(
                        EngineRejection.NotFound, "Nie ma takiego powiadomienia. Odśwież listę.");
                }
                if (!from.Contains(state))
                {
                    return new EngineAnswer.Rejected(
                        EngineRejection.InvalidState,
                        $"Ponownie można wysłać tylko powiadomienie, które nie dotarło; to jest {StateName(state)}.");
                }
                await db.Database.ExecuteSqlAsync(
                    $"""
                    update outbox set state = {to}, not_before = null,
                        last_error = case when {to} = 'sent' then null else last_error end,
                        attempts = case when {keepAttempts} then attempts else 0 end
                    where key = {key}
                    """, token);
                commit.Further = new CommitExtras { Acts = [Act(act, key, state, to)] };
                return null;
            },
        }, ct);

    public static RecordedAct Act(string act, long key, string before, string after)
    {
        var subject = key.ToString(CultureInfo.InvariantCulture);
        return new RecordedAct(act, JsonSerializer.Serialize(
            new { subject, before = new { state = before }, after = new { state = after } }));
    }

    public static string StateName(string state) => state switch
    {
        Status.Planned => "zaplanowane",
        Status.Sending => "w trakcie wysyłania",
        Status.Sent => "wysłane",
        Status.SendFailed => "nieudane",
        Status.Unknown => "niepewne",
        Status.Suppressed => "już niepotrzebne",
        Bounced => "zwrócone",
        _ => state,
    };
}

/// <summary>One message as lists show it.</summary>
/// <param name="Key">Digits.</param>
/// <param name="When">Sent or given up at this moment; where it still waits, when it is due.</param>
/// <param name="Channel"><c>email</c>, <c>teams</c> ...</param>
/// <param name="CaseNo">Only for whoever may look into the case.</param>
/// <param name="Reason">Polish; null where all went well.</param>
public sealed record Delivery(
    string Key, DateTimeOffset When, Person Person, string Kind, string Channel, string State, string? Reason,
    int Attempts, string? CaseNo, bool Resendable);

/// <summary>What was sent, to whom, and what became of it; the newest first.</summary>
[Policy("team_lead", "head", PolicyAttribute.Administration)]
public sealed record ListDeliveries(Scope Scope, string? State, long? Before) : IUseCase<ListDeliveries.Page>, IChecked
{
    const int PageSize = 100;

    /// <param name="Counts">State to number of messages.</param>
    public sealed record Page(IReadOnlyList<Delivery> Items, IReadOnlyDictionary<string, int> Counts, bool More);

    public IEnumerable<(string Field, string Message)> Problems()
    {
        if (State is not null && !Ledger.States.Contains(State))
            yield return ("state", $"Podaj stan: {string.Join(", ", Ledger.States)}.");
    }

    public sealed class Handler(DeliveryList list, Func<WorkflowDb> workflows)
        : IRequestHandler<ListDeliveries, UseCaseResult<Page>>
    {
        public async Task<UseCaseResult<Page>> Handle(ListDeliveries request, CancellationToken cancellationToken)
        {
            var (scope, ct) = (request.Scope, cancellationToken);
            await using var db = workflows();
            // A line waits to be told in a digest; the digest is the message.
            var sent = db.Outbox.AsNoTracking().Where(row => row.Purpose != OutboxMessage.DigestLine);
            var counts = await sent.GroupBy(row => row.State)
                .Select(group => new { group.Key, Count = group.Count() })
                .ToDictionaryAsync(group => group.Key, group => group.Count, StringComparer.Ordinal, ct);
            var before = request.Before ?? long.MaxValue;
            var rows = await sent
                .Where(row => row.Key < before && (request.State == null || row.State == request.State))
                .OrderByDescending(row => row.Key).Take(PageSize + 1).ToListAsync(ct);
            var items = await list.OfAsync(scope, [.. rows.Take(PageSize)], ct);
            return new UseCaseResult<Page>.Done(new Page(items, counts, rows.Count > PageSize));
        }
    }
}

/// <summary>The caller's own messages, the newest first.</summary>
[Policy(PolicyAttribute.CaseWork, PolicyAttribute.Administration)]
public sealed record ListMyDeliveries(Scope Scope) : IUseCase<IReadOnlyList<Delivery>>
{
    const int Most = 20;

    public sealed class Handler(DeliveryList list, Func<WorkflowDb> workflows)
        : IRequestHandler<ListMyDeliveries, UseCaseResult<IReadOnlyList<Delivery>>>
    {
        public async Task<UseCaseResult<IReadOnlyList<Delivery>>> Handle(
            ListMyDeliveries request, CancellationToken cancellationToken)
        {
            await using var db = workflows();
            var rows = await db.Outbox.AsNoTracking()
                .Where(row => row.Recipient == request.Scope.User && row.Purpose != OutboxMessage.DigestLine)
                .OrderByDescending(row => row.Key).Take(Most).ToListAsync(cancellationToken);
            return new UseCaseResult<IReadOnlyList<Delivery>>.Done(
                await list.OfAsync(request.Scope, rows, cancellationToken));
        }
    }
}

/// <summary>Sends again what did not arrive, or may not have arrived.</summary>
[Policy("team_lead", "head", PolicyAttribute.Administration)]
public sealed record ResendDelivery(Scope Scope, string Key) : IUseCase<Unit>, IChecked
{
    public IEnumerable<(string Field, string Message)> Problems()
    {
        if (!long.TryParse(Key, NumberStyles.None, CultureInfo.InvariantCulture, out _))
            yield return ("key", "Klucz powiadomienia składa się z cyfr.");
    }

    public sealed class Handler(ProductDbFactory databases, WorkflowEngine engine)
        : IRequestHandler<ResendDelivery, UseCaseResult<Unit>>
    {
        public async Task<UseCaseResult<Unit>> Handle(ResendDelivery request, CancellationToken cancellationToken)
        {
            var key = long.Parse(request.Key, CultureInfo.InvariantCulture);
            var refused = await Ledger.ReplanAsync(
                databases, engine, request.Scope, key, Ledger.Resendable, keepAttempts: false, cancellationToken);
            return AccountBook.Result(refused, Unit.Value);
        }
    }
}

/// <summary>
/// Adds to rows of the outbox what only the product knows: names, and cases as far as the reader may know.
/// </summary>
public sealed class DeliveryList(
    ProductDbFactory databases, Func<WorkflowDb> workflows, People people, CaseAccess access)
{
    public async Task<IReadOnlyList<Delivery>> OfAsync(
        Scope scope, IReadOnlyCollection<OutboxRow> rows, CancellationToken ct)
    {
        var names = await people.OfAsync(rows.Select(row => row.Recipient), ct);
        var cases = await CasesAsync(scope, rows, ct);
        return
        [
            .. rows.Select(row => new Delivery(
                row.Key.ToString(CultureInfo.InvariantCulture), row.EndedAt ?? row.DueAt, names.Of(row.Recipient),
                row.Purpose, Ledger.ChannelOf(row.BusinessKey), row.State, row.LastError, row.Attempts,
                row.ProcessInstanceKey is { } instance ? cases.GetValueOrDefault(instance) : null,
                Ledger.Resendable.Contains(row.State))),
        ];
    }

    async Task<Dictionary<long, string>> CasesAsync(
        Scope scope, IReadOnlyCollection<OutboxRow> rows, CancellationToken ct)
    {
        var instances = rows.Select(row => row.ProcessInstanceKey).OfType<long>().Distinct().ToArray();
        if (instances.Length == 0) return [];
        await using var engine = workflows();
        var tags = await engine.ProcessInstanceTags.AsNoTracking()
            .Where(row => instances.Contains(row.ProcessInstanceKey) && row.Tag.StartsWith(CaseView.TagPrefix))
            .Select(row => new { row.ProcessInstanceKey, row.Tag }).ToListAsync(ct);
        var numbers = tags.Select(row => row.Tag[CaseView.TagPrefix.Length..]).Distinct(StringComparer.Ordinal)
            .ToArray();
        await using var db = databases.Create();
        var visible = await db.Cases.AsNoTracking().Where(await access.VisibleAsync(scope, ct))
            .Where(row => numbers.Contains(row.CaseNo)).Select(row => row.CaseNo)
            .ToHashSetAsync(StringComparer.Ordinal, ct);
        return tags.Where(row => visible.Contains(row.Tag[CaseView.TagPrefix.Length..]))
            .DistinctBy(row => row.ProcessInstanceKey)
            .ToDictionary(row => row.ProcessInstanceKey, row => row.Tag[CaseView.TagPrefix.Length..]);
    }
}
