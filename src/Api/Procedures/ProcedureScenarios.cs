using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text.Json;
using Api.Access;
using Api.Cases;
using Api.Startup;
using Api.Storage;
using Api.UseCases;
using MediatR;
using Microsoft.EntityFrameworkCore;
using Workflows.Engine.Model;
using Workflows.Runtime;
using Workflows.Runtime.Storage;
using Scope = Workflows.Runtime.Scope;

namespace Api.Procedures;

/// <summary>How a scenario ended.</summary>
/// <param name="Shipped">It came with the product; others were saved by the office.</param>
/// <param name="Difference">The first difference; null when it passed.</param>
/// <param name="Tick">Names this scenario with this difference.</param>
public sealed record ScenarioOutcome(string Name, bool Shipped, bool Passed, string? Difference, string? Tick);

/// <summary>Files on disk as <c>Workflows__Path</c> expects them; gone when disposed.</summary>
sealed class RehearsalFolder : IDisposable
{
    public string Root { get; } = Directory.CreateTempSubdirectory("procedures-").FullName;

    public static RehearsalFolder Of(IEnumerable<DeploymentFile> files)
    {
        var folder = new RehearsalFolder();
        foreach (var file in files)
        {
            var path = Path.Combine(folder.Root, file.Name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllBytes(path, file.Content.Span);
        }
        return folder;
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);
}

/// <summary>How far a run is.</summary>
/// <param name="Items">Those that were played, in the order of the list.</param>
/// <param name="Total">How many there are.</param>
public sealed record ScenarioProgress(IReadOnlyList<ScenarioOutcome> Items, int Total)
{
    public bool IsDone => Items.Count == Total;
}

/// <summary>
/// Plays the scenarios that a change can touch, each on an engine of its own: those of the procedure, and those of the
/// procedures that call or start it. A run belongs to the files, not to who asked first: whoever asks about the same
/// files joins it, and it stops when nobody asks any more.
/// </summary>
public sealed class ScenarioRuns(
    ProcedureBook book, ProductFolder product, ProductDbFactory databases, TimeProvider time)
    : IAsyncDisposable
{
    /// <summary>Each scenario is a host with its own database.</summary>
    const int AtOnce = 2;

    const int KnownMax = 2_000;

    /// <summary>Longer than a browser that shows the progress lets pass between two questions.</summary>
    static readonly TimeSpan UnaskedMax = TimeSpan.FromSeconds(20);

    // The same files play the same scenario the same way: what was tried is not played again when it is published.
    readonly ConcurrentDictionary<string, string> known = new(StringComparer.Ordinal);
    readonly Dictionary<string, Run> running = new(StringComparer.Ordinal);
    readonly Lock gate = new();
    readonly CancellationTokenSource stopping = new();

    sealed class Run(int total)
    {
        public int Total => total;
        public ConcurrentDictionary<int, ScenarioOutcome> Outcomes { get; } = new();
        public int Waiting { get; set; }
        public long AskedAt { get; set; }
        public Task Played { get; set; } = Task.CompletedTask;
        public ScenarioProgress Progress =>
            new([.. Outcomes.OrderBy(pair => pair.Key).Select(pair => pair.Value)], total);
    }

    /// <summary>All of them.</summary>
    public async Task<IReadOnlyList<ScenarioOutcome>> RunAsync(
        string processId, IReadOnlyDictionary<string, string> files, CancellationToken ct)
    {
        while (true)
        {
            // A run that was stopping when it was joined is begun again.
            var run = await AskAsync(processId, files, Timeout.InfiniteTimeSpan, ct);
            if (run.IsDone) return run.Items;
        }
    }

    /// <param name="patience">After this long the answer tells how far the run is; it goes on.</param>
    public async Task<ScenarioProgress> AskAsync(
        string processId, IReadOnlyDictionary<string, string> files, TimeSpan patience, CancellationToken ct)
    {
        var composed = await book.ComposedAsync(processId, files, ct);
        var scenarios = await TouchedAsync(processId, composed, ct);
        var hash = ProcedureFiles.HashOf(
            composed.Select(file => (file.Name, Convert.ToHexStringLower(SHA256.HashData(file.Content.Span)))));
        var key = $"{hash} {JsonSerializer.Serialize(scenarios.Select(one => one.Scenario))}";
        Run run;
        lock (gate)
        {
            if (!running.TryGetValue(key, out run!))
            {
                running[key] = run = new Run(scenarios.Count);
                run.AskedAt = time.GetTimestamp();
                run.Played = Task.Run(() => PlayAsync(run, key, hash, composed, scenarios), CancellationToken.None);
            }
            run.Waiting++;
        }
        try
        {
            await run.Played.WaitAsync(patience, time, ct);
        }
        catch (TimeoutException)
        {
            // Then it is not finished: the answer says so.
        }
        finally
        {
            lock (gate)
            {
                run.Waiting--;
                run.AskedAt = time.GetTimestamp();
            }
        }
        return run.Progress;
    }

    async Task PlayAsync(
        Run run, string key, string hash, IReadOnlyList<DeploymentFile> composed,
        List<(Scenario Scenario, bool Shipped)> scenarios)
    {
        try
        {
            var words = StepWords.Of(composed);
            using var folder = RehearsalFolder.Of(composed);
            using var unasked = CancellationTokenSource.CreateLinkedTokenSource(stopping.Token);
            await Parallel.ForEachAsync(
                scenarios.Index(),
                new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = unasked.Token },
                async (one, token) =>
                {
                    if (IsUnasked(run)) await unasked.CancelAsync();
                    token.ThrowIfCancellationRequested();
                    var (scenario, shipped) = one.Item;
                    var found = await KnownDifferenceAsync(hash, folder.Root, scenario, token);
                    var difference = found is null ? null : words.InWords(found);
                    run.Outcomes[one.Index] = new ScenarioOutcome(
                        scenario.Name, shipped, difference is null, difference,
                        difference is null ? null : TickOf(scenario.Name, difference));
                });
        }
        catch (OperationCanceledException)
        {
            // Nobody asks any more: what was played is known when somebody does.
        }
        finally
        {
            lock (gate) running.Remove(key);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        Task[] played;
        lock (gate) played = [.. running.Values.Select(run => run.Played)];
        await Task.WhenAll(played).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        stopping.Dispose();
    }

    bool IsUnasked(Run run)
    {
        lock (gate) return run.Waiting == 0 && time.GetElapsedTime(run.AskedAt) > UnaskedMax;
    }

    async Task<string?> KnownDifferenceAsync(string hash, string root, Scenario scenario, CancellationToken ct)
    {
        var key = $"{hash} {JsonSerializer.Serialize(scenario)}";
        if (known.TryGetValue(key, out var before)) return before.Length == 0 ? null : before;
        var difference = await DifferenceAsync(root, scenario, ct);
        if (known.Count >= KnownMax) known.Clear();
        known[key] = difference ?? "";
        return difference;
    }

    static async Task<string?> DifferenceAsync(string root, Scenario scenario, CancellationToken ct)
    {
        try
        {
            await using var rehearsal = await Rehearsal.PrepareAsync(root, TextWriter.Null);
            return await rehearsal.RunAsync(scenario, ct);
        }
        catch (Exception wrong) when (wrong is SettingException or RoutineRefusedException or JsonException)
        {
            return wrong.Message;
        }
    }

    static string TickOf(string name, string difference) => Convert.ToHexStringLower(
        SHA256.HashData(ProcedureFiles.Bytes($"scenario {name} {difference}")))[..16];

    async Task<List<(Scenario Scenario, bool Shipped)>> TouchedAsync(
        string processId, IReadOnlyList<DeploymentFile> files, CancellationToken ct)
    {
        var ids = CallersOf(processId, files);
        await using var db = databases.Create();
        var saved = await db.ProcedureScenarios.AsNoTracking()
            .Where(row => row.TenantId == WorkflowDb.DefaultTenant && ids.Contains(row.ProcessId))
            .OrderBy(row => row.ProcessId).ThenBy(row => row.Name).Select(row => row.Content).ToListAsync(ct);
        return
        [
            .. ids.SelectMany(id => product.ScenariosOf(id)).Select(scenario => (scenario, true)),
            .. saved.Select(content => (Scenario.Parse(content), false)),
        ];
    }

    /// <summary>The procedure itself first, then who calls it, who calls those, and so on.</summary>
    static List<string> CallersOf(string processId, IReadOnlyList<DeploymentFile> files)
    {
        var calls = files.Where(file => file.Name.EndsWith(".bpmn", StringComparison.Ordinal))
            .SelectMany(file => BpmnReader.Read(file.Content.Span).Processes)
            .Select(process => (process.Id, Called: process.Nodes.Values.Select(CalledBy).OfType<string>().ToList()))
            .ToList();
        var found = new List<string> { processId };
        for (var index = 0; index < found.Count; index++)
        {
            found.AddRange(calls.Where(one => one.Called.Contains(found[index])).Select(one => one.Id)
                .Where(id => !found.Contains(id)).ToList());
        }
        return found;
    }

    static string? CalledBy(FlowNode node) => node switch
    {
        CallActivity call => call.ProcessId.Text,
        ServiceTask service => service.Job.Headers.GetValueOrDefault("processId"),
        _ => null,
    };
}

/// <summary>The scenarios of a procedure: delivered ones and those the office saved.</summary>
[Policy(CaseAccess.Head, PolicyAttribute.Administration)]
public sealed record ListScenarios(Scope Scope, string ProcessId) : IUseCase<IReadOnlyList<ListScenarios.Item>>
{
    public sealed record Item(
        string Name, string? About, bool Shipped, DateTime Start, int Steps, Person? SavedBy, DateTimeOffset? SavedAt);

    public sealed class Handler(ProductFolder product, ProductDbFactory databases, People people)
        : IRequestHandler<ListScenarios, UseCaseResult<IReadOnlyList<Item>>>
    {
        public async Task<UseCaseResult<IReadOnlyList<Item>>> Handle(
            ListScenarios request, CancellationToken cancellationToken)
        {
            await using var db = databases.Create();
            var saved = await db.ProcedureScenarios.AsNoTracking()
                .Where(row => row.TenantId == WorkflowDb.DefaultTenant && row.ProcessId == request.ProcessId)
                .OrderBy(row => row.Name).ToListAsync(cancellationToken);
            var names = await people.OfAsync(saved.Select(row => row.SavedBy), cancellationToken);
            return new UseCaseResult<IReadOnlyList<Item>>.Done(
            [
                .. product.ScenariosOf(request.ProcessId).Select(one => Of(one, true, null, null)),
                .. saved.Select(row => Of(Scenario.Parse(row.Content), false, names.Of(row.SavedBy), row.SavedAt)),
            ]);
        }

        static Item Of(Scenario one, bool shipped, Person? by, DateTimeOffset? at) =>
            new(one.Name, one.About, shipped, one.StartAt, one.Steps.Length, by, at);
    }
}

/// <summary>Keeps a run of the simulation, with what it led to, as something every later version must repeat.</summary>
/// <param name="Files">What it was played with; null for the stored draft, or the newest version without one.</param>
[Policy(PolicyAttribute.Administration)]
public sealed record SaveScenario(
    Scope Scope, string ProcessId, IReadOnlyDictionary<string, string>? Files, string? Name, DateTimeOffset? Start,
    IReadOnlyDictionary<string, JsonElement>? Variables, ImmutableArray<SimulatedAct> Acts) : IUseCase<bool>, IChecked
{
    public IEnumerable<(string Field, string Message)> Problems()
    {
        if (string.IsNullOrWhiteSpace(Name) || Name.Length > ProcedureScenarioRow.NameLengthMax)
            yield return ("name", $"Nazwij scenariusz, najwyżej {ProcedureScenarioRow.NameLengthMax} znaków.");
        foreach (var problem in SimulatedAct.Problems(Start, Acts)) yield return problem;
        foreach (var problem in Files is null ? [] : ProcedureFiles.Problems(Files)) yield return problem;
    }

    public sealed class Handler(DraftBook drafts, SimulationDesk desk, AuditLog audit)
        : IRequestHandler<SaveScenario, UseCaseResult<bool>>
    {
        static readonly JsonSerializerOptions Json = new(AuditLog.Json)
        {
            DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull,
        };

        public async Task<UseCaseResult<bool>> Handle(SaveScenario request, CancellationToken cancellationToken)
        {
            if (await drafts.FindAsync(request.ProcessId, cancellationToken) is not { } draft)
                return Unknown.Of<bool>(Unknown.Procedure);
            var run = new SimulationRun(
                request.ProcessId, request.Files ?? draft.Files, request.Start!.Value, request.Variables,
                request.Acts);
            var (scenario, refusal) = await desk.RecordAsync(run, request.Name!.Trim(), cancellationToken);
            if (scenario is null)
            {
                return new UseCaseResult<bool>.Refused(
                    EngineRejection.InvalidState, $"Tego przebiegu nie da się powtórzyć: {refusal}");
            }
            var content = JsonSerializer.Serialize(scenario, Json);
            var refused = await audit.ChangeAsync(request.Scope, HistoryChain.Procedures, async (db, at, ct) =>
            {
                var row = await Find(db, request.ProcessId, scenario.Name).FirstOrDefaultAsync(ct);
                var before = row is null ? null : new { row.Name, row.SavedBy, row.SavedAt };
                if (row is null)
                {
                    db.ProcedureScenarios.Add(new ProcedureScenarioRow
                    {
                        TenantId = WorkflowDb.DefaultTenant, ProcessId = request.ProcessId, Name = scenario.Name,
                        Content = content, SavedBy = request.Scope.User, SavedAt = at,
                    });
                }
                else (row.Content, row.SavedBy, row.SavedAt) = (content, request.Scope.User, at);
                return new Change.Done("ScenarioSaved", request.ProcessId, before, new { scenario.Name });
            }, ct: cancellationToken);
            return refused is null
                ? new UseCaseResult<bool>.Done(true)
                : new UseCaseResult<bool>.Refused(refused.Code, refused.Message);
        }

        internal static IQueryable<ProcedureScenarioRow> Find(ProductDb db, string processId, string name) =>
            db.ProcedureScenarios.Where(row => row.TenantId == WorkflowDb.DefaultTenant
                && row.ProcessId == processId && row.Name == name);
    }
}

[Policy(PolicyAttribute.Administration)]
public sealed record DeleteScenario(Scope Scope, string ProcessId, string Name) : IUseCase<bool>
{
    public sealed class Handler(AuditLog audit) : IRequestHandler<DeleteScenario, UseCaseResult<bool>>
    {
        public async Task<UseCaseResult<bool>> Handle(DeleteScenario request, CancellationToken cancellationToken)
        {
            var refused = await audit.ChangeAsync(request.Scope, HistoryChain.Procedures, async (db, _, ct) =>
            {
                var row = await SaveScenario.Handler.Find(db, request.ProcessId, request.Name).FirstOrDefaultAsync(ct);
                if (row is null)
                {
                    return new Change.Refused(
                        EngineRejection.NotFound, "Nie ma takiego zapisanego scenariusza. Odśwież listę.");
                }
                db.ProcedureScenarios.Remove(row);
                return new Change.Done("ScenarioDeleted", request.ProcessId, new { row.Name, row.SavedBy }, null);
            }, ct: cancellationToken);
            return refused is null
                ? new UseCaseResult<bool>.Done(true)
                : new UseCaseResult<bool>.Refused(refused.Code, refused.Message);
        }
    }
}

/// <summary>Plays every scenario the files could break; nothing is stored.</summary>
/// <param name="Patience">Seconds after which the answer tells how far the run is; null waits for all.</param>
[Policy(CaseAccess.Head, PolicyAttribute.Administration)]
public sealed record RunScenarios(
    Scope Scope, string ProcessId, IReadOnlyDictionary<string, string>? Files, int? Patience = null)
    : IUseCase<ScenarioProgress>, IChecked
{
    const int PatienceMax = 60;

    public IEnumerable<(string Field, string Message)> Problems() =>
        Patience is < 0 or > PatienceMax
            ? [("patience", $"Podaj, ile sekund czekać na odpowiedź: od 0 do {PatienceMax}.")]
            : ProcedureFiles.Problems(Files);

    public sealed class Handler(ScenarioRuns runs)
        : IRequestHandler<RunScenarios, UseCaseResult<ScenarioProgress>>
    {
        public async Task<UseCaseResult<ScenarioProgress>> Handle(
            RunScenarios request, CancellationToken cancellationToken) =>
            new UseCaseResult<ScenarioProgress>.Done(await runs.AskAsync(
                request.ProcessId, request.Files!,
                request.Patience is { } seconds ? TimeSpan.FromSeconds(seconds) : Timeout.InfiniteTimeSpan,
                cancellationToken));
    }
}
