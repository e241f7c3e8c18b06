using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Api.Access;
using Api.Notifications;
using Api.Procedures;
using Api.Startup;
using Api.Storage;
using Microsoft.EntityFrameworkCore;
using Workflows.Engine.Calendar;
using Workflows.Engine.Execution;
using Workflows.Engine.Expressions;
using Workflows.Engine.Forms;
using Workflows.Runtime;
using Workflows.Runtime.Storage;
using Workflows.Statute;
using Scope = Workflows.Runtime.Scope;

namespace Api.Cases;

/// <summary>
/// Runs scenarios on the real engine with a pinned clock: own temporary SQLite file, no port, nothing runs by itself. A
/// difference is a value, not an exception.
/// </summary>
public sealed class Rehearsal : IAsyncDisposable
{
    /// <summary>Routines and timers that set each other off at one moment would otherwise never end.</summary>
    const int MovesMax = 20_000;

    readonly string folder;
    readonly IHost host;
    readonly RehearsalTimeline timeline;
    readonly Dictionary<Routine, int> timesDone = [];
    readonly Settings settings;
    Scenario scenario = null!;
    string caseNo = "";
    long firstInstance;

    Rehearsal(string folder, IHost host, RehearsalTimeline timeline, Settings settings)
    {
        this.folder = folder;
        this.host = host;
        this.timeline = timeline;
        this.settings = settings;
    }

    WorkflowEngine Engine => host.Services.GetRequiredService<WorkflowEngine>();

    WorkflowDb Read() => host.Services.GetRequiredService<Func<WorkflowDb>>()();

    /// <param name="workflows">Folder of the procedures; all of it is deployed, as at start.</param>
    /// <param name="output">Gets the timeline.</param>
    public static async Task<Rehearsal> PrepareAsync(string workflows, TextWriter output)
    {
        var temporary = Directory.CreateTempSubdirectory("rehearsal-").FullName;
        var database = Path.Combine(temporary, "rehearsal.db");
        var furnished = Volatile.Read(ref furnishedDatabase);
        if (furnished is not null) await File.WriteAllBytesAsync(database, furnished);
        var chosen = new Settings
        {
            Provider = StorageProvider.Sqlite,
            ConnectionString = $"Data Source={database};Pooling=False",
            Clock = ClockMode.Pinnable,
            WorkflowsPath = workflows,
            Zone = TimeZoneInfo.FindSystemTimeZoneById("Europe/Warsaw"),
            MasterKey = new byte[32],
            PreviousMasterKey = null,
            Attachments = new AttachmentSettings(Path.Combine(temporary, "files"), BytesMax: 1024, ClamAv: null),
            RateLimits = new RateLimitSettings(1, 1, 1),
            CaseNumberPattern = Settings.CaseNumbers(
                Settings.DefaultCaseNumberPattern, Settings.DefaultJrwaClass),
            AssistantLimit = AssistantRow.StatutoryLimit,
            FirstAdmin = null,
        };
        var story = new RehearsalTimeline(output, chosen.Zone);
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.Services.AddProduct(chosen, new(Demo: true, DeployShipped: false, Notify: false), options =>
        {
            options.Workers = false;
            options.Quartz = false;
            options.StepExtras = story.Listen(options.StepExtras);
        });
        var running = builder.Build();
        await running.StartAsync();
        if (furnished is null) await KeepFurnishedAsync(running, Path.Combine(temporary, "furnished.db"));
        return new Rehearsal(temporary, running, story, chosen);
    }

    /// <summary>Tables and people, nothing else: making them takes longer than most scenarios.</summary>
    static byte[]? furnishedDatabase;

    static async Task KeepFurnishedAsync(IHost running, string copy)
    {
        await using (var db = running.Services.GetRequiredService<ProductDbFactory>().Create())
            await db.Database.ExecuteSqlAsync($"vacuum into {copy}");
        Volatile.Write(ref furnishedDatabase, await File.ReadAllBytesAsync(copy));
    }

    /// <returns>The first difference, or null when every expectation held.</returns>
    public async Task<string?> RunAsync(Scenario played, CancellationToken ct = default)
    {
        if (await OpenAsync(played, ct) is { } failure) return failure;
        for (var index = 0; index < played.Steps.Length; index++)
        {
            if (await StepAsync(played.Steps[index], ct) is { } difference) return $"krok {index + 1}: {difference}";
            await RoutinesAsync(ct);
            if (await SilentAsync(ct) is { } silent) return $"po kroku {index + 1}: {silent}";
        }
        return await DifferenceAsync(played.Expect, ct) is { } last ? $"na końcu: {last}" : null;
    }

    /// <summary>Sets the clock, deploys and starts; the steps of the scenario are not played.</summary>
    /// <returns>Why it could not be started, or null.</returns>
    public async Task<string?> OpenAsync(Scenario played, CancellationToken ct)
    {
        scenario = played;
        await Engine.Clock.PinAsync(Instant(played.StartAt), ct);
        await host.Services.GetRequiredService<ShippedProcedures>().DeployAsync(ct);
        await SetLimitsAsync(played.Limits, ct);
        return await StartAsync(played.Process, played.By, played.Variables, ct);
    }

    /// <summary>Plays one more step.</summary>
    /// <returns>What was refused or differs, or null.</returns>
    public async Task<string?> ActAsync(ScenarioStep step, CancellationToken ct)
    {
        var difference = await StepAsync(step, ct);
        if (difference is null) await RoutinesAsync(ct);
        return difference;
    }

    /// <summary>The whole story so far.</summary>
    public IReadOnlyList<Told> Story => timeline.Story;

    /// <summary>Element ids in the order in which they completed.</summary>
    public IReadOnlyList<string> Completed => timeline.Completed;

    public IServiceProvider Services => host.Services;

    public TimeZoneInfo Zone => settings.Zone;

    /// <summary>What the nightly proof would find if the night came now.</summary>
    async Task<string?> SilentAsync(CancellationToken ct)
    {
        var (_, all) = await host.Services.GetRequiredService<Silence>().ProveAsync(ct);
        // A part rehearsed alone ends without the procedure that called it; the case goes on there.
        var findings = all.Where(one => one.Kind != Silence.NothingRuns).ToList();
        return findings.Count == 0
            ? null
            : Listed(findings.Select(one => $"{Silence.Words(one.Kind)} ({one.ElementId ?? one.CaseNo})"));
    }

    Task<string?> StepAsync(ScenarioStep step, CancellationToken ct) => step switch
    {
        { Task: { } task } => CompleteAsync(task, step, ct),
        { Wait: { } wait } => WaitAsync(wait, ct),
        { Until: { } until } => MoveToAsync(Instant(until), ct),
        { Message: { } name } => PublishAsync(name, step, ct),
        { Start: { } process } => StartAsync(process, step.By ?? scenario.By, step.Variables, ct),
        { Limits: { } limits } => SetLimitsAsync(limits, ct),
        { Expect: { } expectation } => DifferenceAsync(expectation, ct),
        _ => Task.FromResult<string?>("nie wiadomo, co zrobić; zob. docs/scenarios.md."),
    };

    // ---- what is done -------------------------------------------------------------------------------------------

    async Task<string?> StartAsync(
        string process, string by, Dictionary<string, JsonElement> given, CancellationToken ct)
    {
        var variables = Variables(given);
        if (caseNo.Length > 0 && !given.ContainsKey(CaseOpening.CaseNo))
        {
            variables = variables.Add(new(CaseOpening.CaseNo, JsonSerializer.Serialize(caseNo)));
        }
        var opening = host.Services.GetRequiredService<CaseOpening>();
        var selector = ProcessSelector.ById(process);
        // Nobody may start a procedure that is only called; rehearsed alone, the engine stands in for its caller.
        var starter = await opening.CasePropertyAsync(selector, ct) == CaseSteps.Part ? Scope.Engine : ScopeOf(by);
        var answer = await opening.StartAsync(starter, new InstanceCreation(selector, variables), ct: ct);
        if (answer is EngineAnswer.Rejected rejected)
        {
            timeline.Forget();
            return $"nie udało się rozpocząć '{process}' jako {by}: {ProblemTexts.OfRun(rejected.Message)}";
        }
        var accepted = (EngineAnswer.Accepted)answer;
        if (firstInstance == 0)
        {
            firstInstance = accepted.InstanceKey;
            caseNo = CaseView.CaseNoOf(accepted.Tags) ?? "";
        }
        await SettleAsync(ct);
        return null;
    }

    async Task<string?> CompleteAsync(string elementId, ScenarioStep step, CancellationToken ct)
    {
        var open = await OpenTasksAsync(ct);
        var tasks = open.Where(task => task.ElementId == elementId).ToList();
        if (tasks is not [var task])
        {
            return $"oczekiwano jednego otwartego zadania '{elementId}', jest {tasks.Count}; otwarte: " +
                Listed(open.Select(one => one.ElementId));
        }
        if (step.Due is { } due && DueDayOf(task) is var found && found != due)
        {
            var actual = found is { } day ? Iso(day) : "brak";
            return $"zadanie '{elementId}' powinno mieć termin {Iso(due)}, ma {actual}.";
        }
        var by = step.By ?? scenario.By;
        var refusal = await AnswerAsync(task, by, step.Form, ct);
        if (step.Refused is { } text)
        {
            if (refusal is null) return $"odpowiedź na '{elementId}' powinna zostać odrzucona ({text}), a przeszła.";
            return refusal.Contains(text, StringComparison.OrdinalIgnoreCase)
                ? null
                : $"odrzucenie '{elementId}' powinno mówić '{text}', mówi: {refusal}";
        }
        return refusal is null ? null : $"zadanie '{elementId}' jako {by}: {refusal}";
    }

    /// <summary>Null when it was accepted, otherwise every reason in one text.</summary>
    async Task<string?> AnswerAsync(UserTaskRow task, string by, JsonElement? form, CancellationToken ct)
    {
        var now = new FeelEnvironment(await Engine.Clock.NowAsync(ct), settings.Zone);
        var filled = JsonSerializer.SerializeToElement(form is { } given ? Evaluated(given, now) : new JsonObject());
        var answer = await host.Services.GetRequiredService<TaskCompletion>().ExecuteAsync(
            ScopeOf(by), task.Key, filled, ct: ct);
        switch (answer)
        {
            case CompletionAnswer.Completed:
                await SettleAsync(ct);
                return null;
            case CompletionAnswer.Invalid invalid:
                return string.Join("; ", invalid.Problems.Select(problem => $"{problem.Path}: {problem.Message}"));
            case CompletionAnswer.Rejected rejected:
                timeline.Forget();
                return ProblemTexts.OfRun(rejected.Rejection.Message);
            default:
                throw new InvalidOperationException($"Expected a known answer, found {answer.GetType().Name}.");
        }
    }

    async Task<string?> PublishAsync(string name, ScenarioStep step, CancellationToken ct)
    {
        var message = new MessagePublication(name, step.Key ?? caseNo, Variables(step.Variables));
        var answer = await Engine.PublishMessageAsync(Scope.Engine, message, cancellation: ct);
        if (answer is EngineAnswer.Rejected rejected)
            return $"wiadomość '{name}': {ProblemTexts.OfRun(rejected.Message)}";
        await SettleAsync(ct);
        return null;
    }

    async Task<string?> SetLimitsAsync(Dictionary<string, PlacesTaken> limits, CancellationToken ct)
    {
        await using var db = host.Services.GetRequiredService<ProductDbFactory>().Create();
        foreach (var (assistant, places) in limits)
        {
            var row = await db.Assistants.SingleOrDefaultAsync(one => one.UserName == assistant, ct);
            if (row is null)
            {
                row = new AssistantRow { TenantId = WorkflowDb.DefaultTenant, UserName = assistant };
                db.Assistants.Add(row);
            }
            (row.Active, row.PlacesMax) = (places.Active, places.Limit);
        }
        await db.SaveChangesAsync(ct);
        return null;
    }

    // ---- time ---------------------------------------------------------------------------------------------------

    async Task<string?> WaitAsync(string duration, CancellationToken ct) =>
        await MoveToAsync(After(await Engine.Clock.NowAsync(ct), duration), ct);

    /// <summary>Stops at every moment at which a timer or a routine is due, in order.</summary>
    async Task<string?> MoveToAsync(DateTimeOffset target, CancellationToken ct)
    {
        for (var move = 0; move < MovesMax; move++)
        {
            await RoutinesAsync(ct);
            var now = await Engine.Clock.NowAsync(ct);
            if (target < now) return $"zegar nie cofa się: jest {Local(now)}, cel {Local(target)}.";
            var next = await NextDueAsync(now, ct);
            var stop = next is { } due && due <= target ? due : target;
            await Engine.Clock.PinAsync(stop, ct);
            await SettleAsync(ct);
            if (stop != target) continue;
            await RoutinesAsync(ct);
            return null;
        }
        return $"ponad {MovesMax} zdarzeń do {Local(target)}: procedura nie zatrzymuje się.";
    }

    /// <summary>The next moment after now at which something happens by itself.</summary>
    async Task<DateTimeOffset?> NextDueAsync(DateTimeOffset now, CancellationToken ct)
    {
        await using var db = Read();
        var timer = await db.Timers.Where(row => row.DueAt > now).MinAsync(row => (DateTimeOffset?)row.DueAt, ct);
        var start = await db.StartSubscriptions.Where(row => row.DueAt > now).MinAsync(row => row.DueAt, ct);
        var routine = (await DueRoutinesAsync(ct)).Where(due => due.At > now).Min(due => (DateTimeOffset?)due.At);
        return new[] { timer, start, routine }.Min();
    }

    async Task RoutinesAsync(CancellationToken ct)
    {
        for (var move = 0; move < MovesMax; move++)
        {
            var now = await Engine.Clock.NowAsync(ct);
            var due = (await DueRoutinesAsync(ct)).Where(one => one.At <= now).OrderBy(one => one.At).FirstOrDefault();
            if (due.Routine is not { } routine) return;
            var done = timesDone.GetValueOrDefault(routine);
            timesDone[routine] = done + 1;
            var form = routine.Forms is { Length: > 0 } forms ? forms[Math.Min(done, forms.Length - 1)] : routine.Form;
            if (await AnswerAsync(due.Task, routine.By, form, ct) is { } refusal)
            {
                throw new RoutineRefusedException($"zadanie rutynowe '{routine.Task}' jako {routine.By}: {refusal}");
            }
        }
    }

    async Task<List<(DateTimeOffset At, UserTaskRow Task, Routine Routine)>> DueRoutinesAsync(CancellationToken ct)
    {
        if (scenario.Routines.IsEmpty) return [];
        var open = await OpenTasksAsync(ct);
        return [.. from routine in scenario.Routines
                   where routine.Times is not { } times || timesDone.GetValueOrDefault(routine) < times
                   from task in open
                   where task.ElementId == routine.Task
                   select (After(task.CreatedAt, routine.After), task, routine)];
    }

    /// <summary>Queued commands, job handlers and timers of this moment; then the story so far is told.</summary>
    async Task SettleAsync(CancellationToken ct)
    {
        await Engine.DrainAsync(ct);
        await timeline.TellAsync();
    }

    // ---- what must hold -----------------------------------------------------------------------------------------

    async Task<string?> DifferenceAsync(ScenarioExpectation expected, CancellationToken ct)
    {
        await using var db = Read();
        if (expected.Tasks is { } tasks)
        {
            var open = (await OpenTasksAsync(ct)).Select(task => task.ElementId).Order(StringComparer.Ordinal).ToList();
            if (!open.SequenceEqual(tasks.Order(StringComparer.Ordinal)))
            {
                return $"otwarte powinny być {Listed(tasks)}, są {Listed(open)}";
            }
        }
        var alive = await db.ProcessInstances.Where(row => row.State == Status.Active).Select(row => row.ProcessId)
            .ToListAsync(ct);
        if (expected.Ended is { } ended && ended != (alive.Count == 0))
        {
            return ended ? $"sprawa powinna być zakończona, trwa {Listed(alive)}"
                : "sprawa powinna trwać, a jest zakończona";
        }
        var incidents = await db.Incidents.Where(row => row.State == Status.Active).ToListAsync(ct);
        if (incidents.Count != expected.Incidents)
        {
            return $"otwartych incydentów powinno być {expected.Incidents}, jest {incidents.Count}: " +
                string.Join("; ", incidents.Select(
                    row => $"'{row.ElementId}': {ProblemTexts.OfRun(row.ErrorMessage)}"));
        }
        return PathDifference(expected) ?? await ProcessesDifferenceAsync(db, expected, ct)
            ?? await VariablesDifferenceAsync(db, expected, ct);
    }

    string? PathDifference(ScenarioExpectation expected)
    {
        var place = 0;
        foreach (var step in expected.Path ?? [])
        {
            while (place < timeline.Completed.Count && timeline.Completed[place] != step) place++;
            if (place++ >= timeline.Completed.Count)
            {
                return $"na drodze brakuje '{step}' w oczekiwanej kolejności; wykonano {Listed(timeline.Completed)}";
            }
        }
        var forbidden = (expected.Never ?? []).FirstOrDefault(timeline.Completed.Contains);
        return forbidden is null ? null : $"'{forbidden}' nie powinno się zdarzyć, a się zdarzyło";
    }

    static async Task<string?> ProcessesDifferenceAsync(
        WorkflowDb db, ScenarioExpectation expected, CancellationToken ct)
    {
        foreach (var (process, count) in expected.Processes ?? [])
        {
            var found = await db.ProcessInstances.CountAsync(row => row.ProcessId == process, ct);
            if (found != count) return $"'{process}' powinno zacząć się {count} raz(y), zaczęło się {found}";
        }
        return null;
    }

    async Task<string?> VariablesDifferenceAsync(WorkflowDb db, ScenarioExpectation expected, CancellationToken ct)
    {
        foreach (var (name, value) in expected.Variables ?? [])
        {
            var found = await db.Variables.Where(row => row.ScopeKey == firstInstance && row.Name == name)
                .Select(row => row.Value).SingleOrDefaultAsync(ct);
            var canonical = CanonicalJson.Of(value);
            if (found != canonical) return $"zmienna '{name}' powinna mieć wartość {canonical}, ma {found ?? "brak"}";
        }
        return null;
    }

    /// <summary>Texts that begin with <c>=</c> are FEEL of this moment, so that a routine can say "today".</summary>
    static JsonNode? Evaluated(JsonElement form, FeelEnvironment now) => form.ValueKind switch
    {
        JsonValueKind.Object => new JsonObject(form.EnumerateObject().Select(
            field => KeyValuePair.Create(field.Name, Evaluated(field.Value, now)))),
        JsonValueKind.Array => new JsonArray([.. form.EnumerateArray().Select(item => Evaluated(item, now))]),
        JsonValueKind.String when form.GetString() is ['=', .. var text] => Feel(text, now),
        _ => JsonNode.Parse(form.GetRawText()),
    };

    static JsonNode? Feel(string text, FeelEnvironment now)
    {
        var parsed = FeelExpression.Parse(text);
        var result = parsed.Expression?.Evaluate(FeelScope.Empty, now);
        // FEEL names the zone of a moment after "@"; a form takes the time on the centre's clock.
        return result is { Failure: null }
            ? JsonNode.Parse(FeelJson.Write(result.Value)) is JsonValue value
                && value.TryGetValue<string>(out var moment)
                ? moment.Split('@')[0]
                : JsonNode.Parse(FeelJson.Write(result.Value))
            : throw new JsonException(
                $"'={text}' does not evaluate: {parsed.Problem?.Message ?? result?.Failure?.Message}");
    }

    // ---- helpers ------------------------------------------------------------------------------------------------

    async Task<List<UserTaskRow>> OpenTasksAsync(CancellationToken ct)
    {
        await using var db = Read();
        return await db.UserTasks.AsNoTracking().Where(row => row.State == Status.Created).OrderBy(row => row.Key)
            .ToListAsync(ct);
    }

    static Scope ScopeOf(string userName) => AccountSeeding.ScopeOfDemo(userName)
        ?? throw new JsonException($"'{userName}' is no person of the demonstration centre.");

    static ImmutableArray<VariableValue> Variables(Dictionary<string, JsonElement> given) =>
        [.. given.Select(pair => new VariableValue(pair.Key, CanonicalJson.Of(pair.Value)))];

    DateOnly? DueDayOf(UserTaskRow task) => task.DueDate is { } due ? LocalTime.DayOf(due, settings.Zone) : null;

    DateTimeOffset Instant(DateTime local) => LocalTime.ToInstant(local, settings.Zone);

    DateTimeOffset After(DateTimeOffset from, string duration)
    {
        var reading = TimerSchedule.ParseDuration(duration);
        return reading.Value is { } parsed
            ? parsed.AddTo(from, settings.Zone)
            : throw new JsonException($"'{duration}' is no ISO 8601 duration.");
    }

    string Local(DateTimeOffset at) =>
        TimeZoneInfo.ConvertTime(at, settings.Zone).ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);

    static string Iso(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    static string Listed(IEnumerable<string> items) => "[" + string.Join(", ", items) + "]";

    public async ValueTask DisposeAsync()
    {
        await host.StopAsync();
        host.Dispose();
        Directory.Delete(folder, recursive: true);
    }
}

/// <summary>A task that a scenario calls routine could not be completed.</summary>
public sealed class RoutineRefusedException(string message) : Exception(message);
