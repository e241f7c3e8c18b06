using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using Api.Procedures;
using Api.Startup;
using Api.Storage;
using Integration.Tests.Access;
using Integration.Tests.Startup;
using Integration.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Workflows.Engine.Execution;
using Workflows.Runtime;
using Workflows.Runtime.Storage;
using Scope = Workflows.Runtime.Scope;

namespace Integration.Tests.Procedures;

/// <summary>
/// The product with a procedure of two tasks, so that many cases are quickly made, and the shipped one in which the head
/// decides. It can be stopped, and started again over the same database as a process that can be killed.
/// </summary>
public sealed class MovingHost : IAsyncDisposable
{
    public const string Id = "moving-sample";
    public const string Visit = "visit";

    /// <summary>What the visit is in the second version.</summary>
    public const string Talk = "talk";

    static int databases;

    readonly string folder = Directory.CreateTempSubdirectory("moving-").FullName;
    readonly string[] settings;
    readonly DatabaseProvider provider;
    readonly string database;
    readonly Dictionary<string, HttpClient> clients = [];
    RunningHost? running;

    MovingHost(string? postgres)
    {
        provider = postgres is null ? DatabaseProvider.Sqlite : DatabaseProvider.PostgreSql;
        database = postgres ?? $"Data Source={Path.Combine(folder, "kept.db")};Pooling=False";
        var procedures = ProcedureFolder.Write(Id, Bpmn);
        var shipped = Path.Combine(Locations.Repository()!, "workflows", MigrationDesk.Process);
        var copy = Directory.CreateDirectory(Path.Combine(procedures, MigrationDesk.Process)).FullName;
        foreach (var file in Directory.GetFiles(shipped)) File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
        settings =
        [
            $"--Storage:Provider={(postgres is null ? "Sqlite" : "PostgreSql")}",
            $"--ConnectionStrings:Workflows={database}", $"--Workflows:Path={procedures}",
            "--Cases:NumberPattern=OPS.{no}.{year}", "--RateLimits:PersonPerMinute=100000",
        ];
    }

    public static readonly DateTimeOffset Monday = DateTimeOffset.Parse(
        "2026-01-12T08:00:00Z", CultureInfo.InvariantCulture);

    /// <summary>The centre on a Monday.</summary>
    public static async Task<MovingHost> OpenAsync(PostgresFixture? postgres = null)
    {
        var host = new MovingHost(postgres is null ? null : await postgres.CreateDatabaseAsync(
            string.Create(CultureInfo.InvariantCulture, $"moving_{Interlocked.Increment(ref databases)}")));
        await host.BeginAsync();
        await host.AtAsync(Monday);
        return host;
    }

    public RunningHost Running => running ?? throw new InvalidOperationException("Expected a running host.");

    public T Get<T>() where T : notnull => Running.Services.GetRequiredService<T>();

    public async Task BeginAsync() => running = await RunningHost.StartAsync(settings);

    public async Task StopAsync()
    {
        foreach (var client in clients.Values) client.Dispose();
        clients.Clear();
        if (running is not null) await running.DisposeAsync();
        running = null;
    }

    /// <summary>The product as a process of its own over the same database.</summary>
    /// <param name="crashPoint">As in the environment variable WORKFLOWS_CRASH; null for none.</param>
    public Process BeginProcess(string? crashPoint = null)
    {
        var start = new ProcessStartInfo(
            "dotnet", [typeof(Program).Assembly.Location, .. RunningHost.Arguments(folder, settings)])
        {
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };
        start.Environment["WORKFLOWS_CRASH"] = crashPoint ?? "";
        return Process.Start(start)!;
    }

    /// <summary>The database as it lies there, also while a process works on it.</summary>
    public WorkflowStore Open() => new(new WorkflowsOptions { Provider = provider, ConnectionString = database });

    /// <summary>The clock goes on while nothing runs.</summary>
    public async Task SleepUntilAsync(DateTimeOffset at)
    {
        await using var store = Open();
        await using var connection = await store.Dialect.OpenAsync(default);
        Assert.Equal(1, await store.ExecuteAsync(
            connection, null, "update engine_clock set pinned_at = $1 where id = 1", default, at));
    }

    /// <summary>Somebody of the demo centre; an added person has the password of <see cref="Centre"/>.</summary>
    public HttpClient this[string user]
    {
        get
        {
            if (clients.TryGetValue(user, out var known)) return known;
            var client = Running.Client(user);
            if (!global::Api.Access.AccountSeeding.Demo.Any(person => person.UserName == user))
                client.DefaultRequestHeaders.Authorization = RunningHost.Basic(user, Centre.Password);
            return clients[user] = client;
        }
    }

    public Task DrainAsync() => Get<WorkflowEngine>().DrainAsync();

    /// <summary>Turns the clock: what falls due on the way happens.</summary>
    public async Task AtAsync(DateTimeOffset at)
    {
        await Centre.OkAsync(this["demo"].PutAsJsonAsync("/v2/clock", new { timestamp = at.ToUnixTimeMilliseconds() }));
        await DrainAsync();
    }

    /// <param name="Task">Key of the open visit.</param>
    public sealed record Case(string CaseNo, string Instance, string Task);

    public async Task<Case> CaseAsync()
    {
        var opened = await Centre.OkAsync(this["clerk"].PostAsJsonAsync("/api/cases", new { process = Id }));
        return new(
            opened.GetProperty("caseNo").GetString()!, opened.GetProperty("instanceKey").GetString()!,
            opened.GetProperty("taskKey").GetString()!);
    }

    public async Task<string> TaskAsync(string instance, string elementId)
    {
        var filter = new { processInstanceKey = instance, elementId, state = "CREATED" };
        var found = await Centre.OkAsync(this["demo"].PostAsJsonAsync("/v2/user-tasks/search", new { filter }));
        return Assert.Single(found.GetProperty("items").EnumerateArray()).GetProperty("userTaskKey").GetString()!;
    }

    public async Task<List<Case>> CasesAsync(int count)
    {
        var cases = new List<Case>(count);
        while (cases.Count < count) cases.Add(await CaseAsync());
        return cases;
    }

    /// <summary>The visit done: the case stands in its second task.</summary>
    public Task VisitAsync(Case one, string by = "social_worker") => Centre.OkAsync(
        this[by].PostAsJsonAsync($"/api/tasks/{one.Task}/completion", new { form = new { } }));

    /// <summary>Deploys the procedure with the visit under another id; answers with its number.</summary>
    public async Task<int> DeployAsync(string visit = Talk, string? name = null)
    {
        var files = new Dictionary<string, string>
        {
            ["process.bpmn"] = Bpmn.Replace($"\"{Visit}\"", $"\"{visit}\"", StringComparison.Ordinal)
                .Replace("Odwiedź rodzinę", name ?? "Odwiedź rodzinę", StringComparison.Ordinal),
        };
        var all = await Get<ProcedureBook>().ComposedAsync(Id, files, default);
        var answer = await Get<WorkflowEngine>().DeployAsync(
            Scope.Engine with { User = "admin" }, all, ShippedProcedures.Office);
        Assert.IsType<DeployAnswer.Deployed>(answer);
        return (await Get<ProcedureBook>().OfAsync(Id, default))[0].Number;
    }

    public Task<HttpResponseMessage> AskAsync(int from, int to, IEnumerable<Case> cases, string by = "admin") =>
        this[by].PostAsJsonAsync($"/api/procedures/{Id}/migrations", new
        {
            from, to, instances = cases.Select(one => one.Instance), reason = "Nowa nazwa kroku",
            legalBasis = "zarządzenie 9/2026",
        });

    /// <summary>Id of a plan that waits for the head.</summary>
    public async Task<string> PlanAsync(int from, int to, params IEnumerable<Case> cases) =>
        (await Centre.OkAsync(AskAsync(from, to, cases))).GetProperty("id").GetString()!;

    public async Task<JsonElement> ShownAsync(string migration)
    {
        await DrainAsync();
        return await Centre.OkAsync(this["head"].GetAsync($"/api/migrations/{migration}"));
    }

    public async Task<HttpResponseMessage> DecideAsync(string migration, object? form = null, string by = "head")
    {
        var key = (await ShownAsync(migration)).GetProperty("taskKey").GetString();
        return await this[by].PostAsJsonAsync(
            $"/api/tasks/{key}/completion", new { form = form ?? new { decision = "move" } });
    }

    /// <summary>Planned, agreed and carried out; its id.</summary>
    public async Task<string> MovedAsync(int from, int to, params IEnumerable<Case> cases)
    {
        var migration = await PlanAsync(from, to, cases);
        await Centre.OkAsync(DecideAsync(migration));
        Assert.Equal("done", (await ShownAsync(migration)).GetProperty("state").GetString());
        return migration;
    }

    /// <summary>The receipt after taking back these cases, or all that went over.</summary>
    public Task<JsonElement> UndoneAsync(string migration, params IEnumerable<Case> cases) => Centre.OkAsync(
        this["head"].PostAsJsonAsync($"/api/migrations/{migration}/undo", new
        {
            instances = cases.Any() ? cases.Select(one => one.Instance) : null, reason = "Pomyłka w planie",
        }));

    /// <summary>State and message of a case in a receipt.</summary>
    public static (string State, string? Message) Of(JsonElement receipt, Case one)
    {
        var item = receipt.GetProperty("items").EnumerateArray()
            .Single(item => item.GetProperty("instanceKey").GetString() == one.Instance);
        return (item.GetProperty("state").GetString()!, item.GetProperty("message").GetString());
    }

    public async Task<int> VersionOfAsync(Case one)
    {
        var instance = await Centre.OkAsync(this["demo"].GetAsync($"/v2/process-instances/{one.Instance}"));
        var key = long.Parse(instance.GetProperty("processDefinitionKey").GetString()!, CultureInfo.InvariantCulture);
        return (await Get<ProcedureBook>().OfAsync(Id, default))
            .Single(version => version.DefinitionKeys.Contains(key)).Number;
    }

    public ProductDb Product() => Get<ProductDbFactory>().Create();

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        Directory.Delete(folder, recursive: true);
    }

    const string Bpmn = $"""
        <?xml version="1.0" encoding="UTF-8"?>
        <definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="t" id="d"
                     xmlns:zeebe="http://camunda.org/schema/zeebe/1.0">
          <process id="{Id}" name="Sprawa, która przechodzi" isExecutable="true">
            <extensionElements><zeebe:properties>
              <zeebe:property name="case" value="root" /><zeebe:property name="startableBy" value="clerk" />
            </zeebe:properties></extensionElements>
            <startEvent id="start" />
            <sequenceFlow id="f1" sourceRef="start" targetRef="{Visit}" />
            <userTask id="{Visit}" name="Odwiedź rodzinę">
              <extensionElements><zeebe:userTask />
                <zeebe:assignmentDefinition candidateGroups="clerk, social_worker" />
                <zeebe:taskSchedule dueDate="=deadline(now(), 10, &quot;working-days&quot;)" />
                <zeebe:properties><zeebe:property name="reminders" value="std" /></zeebe:properties>
              </extensionElements>
            </userTask>
            <sequenceFlow id="f2" sourceRef="{Visit}" targetRef="close" />
            <userTask id="close" name="Opisz wizytę">
              <extensionElements><zeebe:userTask />
                <zeebe:assignmentDefinition candidateGroups="social_worker" /></extensionElements>
            </userTask>
            <sequenceFlow id="f3" sourceRef="close" targetRef="end" />
            <endEvent id="end" />
          </process>
        </definitions>
        """;
}
