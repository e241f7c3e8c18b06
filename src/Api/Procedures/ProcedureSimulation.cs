using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Api.Access;
using Api.Cases;
using Api.Startup;
using Api.UseCases;
using MediatR;
using Microsoft.EntityFrameworkCore;
using Workflows.Engine.Expressions;
using Workflows.Engine.Forms;
using Workflows.Engine.Model;
using Workflows.Runtime;
using Workflows.Runtime.Storage;
using Workflows.Statute;
using Scope = Workflows.Runtime.Scope;

namespace Api.Procedures;

/// <summary>One thing done in a simulation: exactly one of complete, until, message and fire.</summary>
/// <param name="Complete">Element of an open task.</param>
/// <param name="Form">Its answer.</param>
/// <param name="Until">Where the clock is turned to; timers on the way fire.</param>
/// <param name="Message">Name of a message.</param>
/// <param name="Fire">Element whose timer is waited for.</param>
public sealed record SimulatedAct(
    string? Complete = null, JsonElement? Form = null, DateTimeOffset? Until = null, string? Message = null,
    Dictionary<string, JsonElement>? Variables = null, string? Fire = null)
{
    public const int ActsMax = 500;

    /// <summary>No case lives longer.</summary>
    static readonly TimeSpan SpanMax = TimeSpan.FromDays(3_660);

    public static IEnumerable<(string Field, string Message)> Problems(
        DateTimeOffset? start, ImmutableArray<SimulatedAct> acts)
    {
        if (start is null) yield return ("start", "Podaj dzień i godzinę, od których zaczyna się próba.");
        if (acts.IsDefault || acts.Length > ActsMax)
        {
            yield return ("acts", $"Wyślij listę czynności, najwyżej {ActsMax}.");
            yield break;
        }
        for (var index = 0; index < acts.Length; index++)
        {
            var act = acts[index];
            var parts = new object?[] { act.Complete, act.Until, act.Message, act.Fire };
            var count = parts.Count(part => part is not null);
            if (count != 1) yield return ($"acts[{index}]", "Podaj jedno z: complete, until, message, fire.");
            if (act.Until is { } until && start is { } first && until - first > SpanMax)
                yield return ($"acts[{index}].until", "Próba trwa najwyżej dziesięć lat.");
        }
    }
}

/// <summary>Everything a simulation depends on.</summary>
public sealed record SimulationRun(
    string ProcessId, IReadOnlyDictionary<string, string> Files, DateTimeOffset Start,
    IReadOnlyDictionary<string, JsonElement>? Variables, ImmutableArray<SimulatedAct> Acts);

/// <param name="Tokens">Where the case stands now, called procedures included.</param>
/// <param name="Timers">What happens by itself, the nearest first; <c>fire</c> with its element goes there.</param>
/// <param name="Awaited">Messages the case waits for.</param>
/// <param name="Messages">Who would have been told what.</param>
/// <param name="Stopped">Why the last act could not be done, or what waits for a repair; null otherwise.</param>
public sealed record SimulationAnswer(
    DateTimeOffset Now, bool Ended, IReadOnlyList<SimulationAnswer.Token> Tokens,
    IReadOnlyList<SimulationAnswer.Step> Steps, IReadOnlyList<SimulationAnswer.Task> Waiting,
    IReadOnlyList<SimulationAnswer.Timer> Timers, IReadOnlyList<SimulationAnswer.AwaitedMessage> Awaited,
    IReadOnlyList<SimulationAnswer.Message> Messages, SimulationAnswer.Stop? Stopped)
{
    public sealed record Token(string ElementId, string Name, string ProcessId);

    public sealed record Step(DateTimeOffset At, string? ElementId, string Name, string What, string ProcessId);

    /// <param name="Example">An invented answer that the form accepts.</param>
    public sealed record Task(
        string ElementId, string Name, string Who, DateTimeOffset? DueDate, string? Explanation, string? FormId,
        JsonObject Example, string ProcessId);

    public sealed record Timer(string ElementId, string Name, DateTimeOffset DueAt);

    /// <param name="Message">Its name.</param>
    /// <param name="Name">Of the step that waits.</param>
    /// <param name="Example">Variables it brings in a delivered scenario; empty where none sends it.</param>
    public sealed record AwaitedMessage(
        string Message, string ElementId, string Name, IReadOnlyDictionary<string, JsonElement> Example);

    public sealed record Message(DateTimeOffset At, string To, string Kind, string Step, string Text);

    public sealed record Stop(string? ElementId, string Message);
}

/// <summary>
/// Plays procedures on the engine of the rehearsal with a clock of their own. Whoever asks sends all acts each time; a
/// run that goes on where the last one ended is kept for a while, so that only what is new is played.
/// </summary>
public sealed class SimulationDesk(ProcedureBook book, ProductFolder product, ILogger<SimulationDesk> log)
    : IAsyncDisposable
{
    const int KeptMax = 4;
    static readonly TimeSpan KeptFor = TimeSpan.FromMinutes(10);

    readonly SemaphoreSlim playing = new(2);
    readonly Lock gate = new();
    readonly List<Session> kept = [];

    sealed class Session(string key, RehearsalFolder folder, Rehearsal rehearsal) : IAsyncDisposable
    {
        public string Key => key;
        public Rehearsal Rehearsal => rehearsal;
        public Scenario Scenario { get; init; } = null!;
        public StepWords Words { get; init; } = null!;
        public List<string> Played { get; } = [];
        public List<ScenarioStep> Steps { get; } = [];
        public long UsedAt { get; set; }

        public async ValueTask DisposeAsync()
        {
            await rehearsal.DisposeAsync();
            folder.Dispose();
        }
    }

    public async Task<SimulationAnswer> PlayAsync(SimulationRun run, CancellationToken ct)
    {
        await playing.WaitAsync(ct);
        try
        {
            var (session, stop) = await PlayedAsync(run, ct);
            if (session is null)
                return new SimulationAnswer(run.Start, false, [], [], [], [], [], [], stop);
            var answer = await LookAsync(session, stop, ct);
            await KeepAsync(session);
            return answer;
        }
        finally
        {
            playing.Release();
        }
    }

    /// <summary>The run as a scenario with what it led to; null and the reason when it cannot be repeated.</summary>
    public async Task<(Scenario? Scenario, string? Refusal)> RecordAsync(
        SimulationRun run, string name, CancellationToken ct)
    {
        await playing.WaitAsync(ct);
        try
        {
            var (session, stop) = await PlayedAsync(run, ct);
            if (session is null || stop is not null) return (null, stop?.Message);
            var rehearsal = session.Rehearsal;
            await using var db = rehearsal.Services.GetRequiredService<Func<WorkflowDb>>()();
            var tasks = await db.UserTasks.Select(row => new { row.ElementId, row.State }).ToListAsync(ct);
            var asked = tasks.Select(row => row.ElementId).ToHashSet(StringComparer.Ordinal);
            var expected = new ScenarioExpectation
            {
                Tasks = [.. tasks.Where(row => row.State == Status.Created).Select(row => row.ElementId)
                    .Order(StringComparer.Ordinal)],
                Ended = !await db.ProcessInstances.AnyAsync(row => row.State == Status.Active, ct),
                Incidents = await db.Incidents.CountAsync(row => row.State == Status.Active, ct),
                Path = [.. rehearsal.Completed.Where(asked.Contains)],
            };
            var scenario = session.Scenario with { Name = name, Steps = [.. session.Steps], Expect = expected };
            await KeepAsync(session);
            return (scenario, null);
        }
        finally
        {
            playing.Release();
        }
    }

    // ---- playing -------------------------------------------------------------------------------------------------

    async Task<(Session? Session, SimulationAnswer.Stop? Stop)> PlayedAsync(SimulationRun run, CancellationToken ct)
    {
        var acts = run.Acts.Select(act => JsonSerializer.Serialize(act)).ToList();
        var composed = await book.ComposedAsync(run.ProcessId, run.Files, ct);
        var key = string.Join('\n',
            run.ProcessId, ProcedureFiles.Hash(run.Files),
            ProcedureFiles.HashOf(composed.Select(file => (file.Name, ProcedureFiles.Text(file.Content.Span)))),
            run.Start.ToString("O", CultureInfo.InvariantCulture), JsonSerializer.Serialize(run.Variables));
        var session = Take(key, acts);
        if (session is null)
        {
            var (opened, refusal) = await OpenAsync(key, run, composed, ct);
            if (opened is null) return (null, new SimulationAnswer.Stop(null, refusal!));
            session = opened;
        }
        try
        {
            for (var index = session.Played.Count; index < acts.Count; index++)
            {
                var (step, problem) = await StepOfAsync(session.Rehearsal, run.Acts[index], ct);
                problem ??= await session.Rehearsal.ActAsync(step!, ct);
                if (problem is not null)
                {
                    return (session, new SimulationAnswer.Stop(
                        run.Acts[index].Complete, Sentence(session.Words.InWords(problem))));
                }
                session.Played.Add(acts[index]);
                session.Steps.Add(step!);
            }
            return (session, null);
        }
        catch
        {
            await session.DisposeAsync();
            throw;
        }
    }

    static string Sentence(string text) => text.Length == 0 ? text : char.ToUpperInvariant(text[0]) + text[1..];

    async Task<(Session? Session, string? Refusal)> OpenAsync(
        string key, SimulationRun run, IReadOnlyList<DeploymentFile> composed, CancellationToken ct)
    {
        var folder = RehearsalFolder.Of(composed);
        Rehearsal? rehearsal = null;
        try
        {
            if (Procedure.Read(run.Files).Procedure is not { } procedure)
            {
                folder.Dispose();
                return (null, "Diagramu nie da się odczytać. Usuń błędy i spróbuj jeszcze raz.");
            }
            rehearsal = await Rehearsal.PrepareAsync(folder.Root, TextWriter.Null);
            var words = StepWords.Of(composed);
            var scenario = ScenarioOf(run, procedure.Definition, rehearsal.Zone);
            if (await rehearsal.OpenAsync(scenario, ct) is not { } refusal)
                return (new Session(key, folder, rehearsal) { Scenario = scenario, Words = words }, null);
            await rehearsal.DisposeAsync();
            folder.Dispose();
            return (null, Sentence(words.InWords(refusal)));
        }
        catch (SettingException unfit)
        {
            log.LogInformation("A draft of {Procedure} cannot be played: {Reason}", run.ProcessId, unfit.Message);
            if (rehearsal is not null) await rehearsal.DisposeAsync();
            folder.Dispose();
            return (null, "Silnik nie przyjął procedury. Usuń błędy z listy problemów i spróbuj jeszcze raz.");
        }
    }

    /// <summary>Start data that is missing is taken from the first delivered scenario of the procedure.</summary>
    Scenario ScenarioOf(SimulationRun run, ProcessDefinition process, TimeZoneInfo zone)
    {
        var variables = new Dictionary<string, JsonElement>(
            product.ScenariosOf(run.ProcessId).FirstOrDefault()?.Variables ?? [], StringComparer.Ordinal);
        foreach (var (name, value) in run.Variables ?? ImmutableDictionary<string, JsonElement>.Empty)
            variables[name] = value;
        if (process.Property(CaseSteps.Property) is not null && !variables.ContainsKey(CaseOpening.CaseNo))
            variables[CaseOpening.CaseNo] = JsonSerializer.SerializeToElement("OPS.4710.1.2026");
        return new Scenario
        {
            Name = run.ProcessId, Process = run.ProcessId, By = StarterOf(process), Variables = variables, Steps = [],
            StartAt = TimeZoneInfo.ConvertTime(run.Start, zone).DateTime,
        };
    }

    static string StarterOf(ProcessDefinition process) => (process.Property("startableBy") ?? "")
        .Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
        .Select(PersonOf).OfType<string>().FirstOrDefault() ?? Anybody;

    /// <summary>Has every right; stands in where no person of the demonstration centre fits.</summary>
    const string Anybody = "demo";

    static string? PersonOf(string role) =>
        role is "staff" or FormComponent.AnyStaff ? "social_worker"
        : role != Anybody && AccountSeeding.ScopeOfDemo(role) is not null ? role
        : null;

    static async Task<(ScenarioStep? Step, string? Problem)> StepOfAsync(
        Rehearsal rehearsal, SimulatedAct act, CancellationToken ct)
    {
        await using var db = rehearsal.Services.GetRequiredService<Func<WorkflowDb>>()();
        if (act.Complete is { } elementId)
        {
            var task = await db.UserTasks.AsNoTracking().FirstOrDefaultAsync(
                row => row.ElementId == elementId && row.State == Status.Created, ct);
            var by = task is null ? Anybody : await PerformerAsync(rehearsal, task, ct);
            return (new ScenarioStep { Task = elementId, By = by, Form = act.Form }, null);
        }
        if (act.Message is { } message)
            return (new ScenarioStep { Message = message, Variables = act.Variables ?? [] }, null);
        var until = act.Until;
        if (act.Fire is { } waiting)
        {
            // The row of a timer names the element that waits, which for an event at a step is that step.
            var due = await db.Timers.AsNoTracking().Where(row => row.ElementId == waiting)
                .OrderBy(row => row.DueAt).FirstOrDefaultAsync(ct);
            if (due is null) return (null, $"na „{waiting}” nie czeka żaden czas.");
            until = due.DueAt;
        }
        return (new ScenarioStep { Until = TimeZoneInfo.ConvertTime(until!.Value, rehearsal.Zone).DateTime }, null);
    }

    /// <summary>Somebody who has the task or may take it, and did not do the step it must be another's than.</summary>
    static async Task<string> PerformerAsync(Rehearsal rehearsal, UserTaskRow task, CancellationToken ct)
    {
        var found = task.Assignee is { } assignee && AccountSeeding.ScopeOfDemo(assignee) is not null
            ? assignee
            : JsonSerializer.Deserialize<string[]>(task.CandidateGroups)!.Select(PersonOf).OfType<string>()
                .FirstOrDefault();
        if (found is null) return Anybody;
        await using var db = rehearsal.Services.GetRequiredService<Func<WorkflowDb>>()();
        var engine = rehearsal.Services.GetRequiredService<WorkflowEngine>();
        var release = await engine.Catalog.FindAsync(task.ProcessDefinitionKey, ct);
        var other = release?.Definition.Nodes.GetValueOrDefault(task.ElementId)?.Property("notSamePersonAs");
        return other is not null && await db.UserTasks.AnyAsync(
            row => row.ProcessInstanceKey == task.ProcessInstanceKey && row.ElementId == other
                && row.CompletedBy == found, ct) ? Anybody : found;
    }

    // ---- looking -------------------------------------------------------------------------------------------------

    async Task<SimulationAnswer> LookAsync(Session session, SimulationAnswer.Stop? stop, CancellationToken ct)
    {
        var rehearsal = session.Rehearsal;
        await using var db = rehearsal.Services.GetRequiredService<Func<WorkflowDb>>()();
        var now = await rehearsal.Services.GetRequiredService<WorkflowEngine>().Clock.NowAsync(ct);
        var tokens = await db.ElementInstances.AsNoTracking()
            .Where(row => row.State == Status.Active && row.ElementId != row.ProcessId).OrderBy(row => row.Key)
            .Select(row => new SimulationAnswer.Token(row.ElementId, row.ElementName ?? row.ElementId, row.ProcessId))
            .ToListAsync(ct);
        var incident = await db.Incidents.AsNoTracking().Where(row => row.State == Status.Active)
            .OrderBy(row => row.Key).FirstOrDefaultAsync(ct);
        var tasks = await db.UserTasks.AsNoTracking().Where(row => row.State == Status.Created)
            .OrderBy(row => row.Key).ToListAsync(ct);
        var waiting = new List<SimulationAnswer.Task>();
        foreach (var task in tasks) waiting.Add(await TaskAsync(rehearsal, task, now, ct));
        return new SimulationAnswer(
            now, !await db.ProcessInstances.AnyAsync(row => row.State == Status.Active, ct), tokens,
            [.. rehearsal.Story.Where(told => told.Message is null).Select(told => new SimulationAnswer.Step(
                told.At, told.ElementId, told.Name, told.Words, told.ProcessId))],
            waiting, await TimersAsync(db, session.Words, ct), await AwaitedAsync(db, session.Words, ct),
            [.. rehearsal.Story.Where(told => told.Message is not null).Select(told => new SimulationAnswer.Message(
                told.At, told.Message!.To, told.Message.Kind, told.Name, told.Words))],
            stop ?? (incident is null ? null : new SimulationAnswer.Stop(
                incident.ElementId,
                $"{session.Words.Of(incident.ElementId)}. {ProblemTexts.OfRun(incident.ErrorMessage)}")));
    }

    static async Task<List<SimulationAnswer.Timer>> TimersAsync(WorkflowDb db, StepWords words, CancellationToken ct) =>
        (await db.Timers.AsNoTracking().OrderBy(row => row.DueAt).ToListAsync(ct)).DistinctBy(row => row.ElementId)
            .Select(row => new SimulationAnswer.Timer(row.ElementId, words.NameOf(row.ElementId), row.DueAt))
            .ToList();

    async Task<List<SimulationAnswer.AwaitedMessage>> AwaitedAsync(
        WorkflowDb db, StepWords words, CancellationToken ct)
    {
        var rows = await db.MessageSubscriptions.AsNoTracking().Where(row => row.State == Status.Created)
            .OrderBy(row => row.MessageName).ToListAsync(ct);
        return rows.DistinctBy(row => row.MessageName).Select(row => new SimulationAnswer.AwaitedMessage(
            row.MessageName, row.ElementId, words.NameOf(row.ElementId),
            product.VariablesOfMessage(row.MessageName))).ToList();
    }

    static async Task<SimulationAnswer.Task> TaskAsync(
        Rehearsal rehearsal, UserTaskRow task, DateTimeOffset now, CancellationToken ct)
    {
        var completion = rehearsal.Services.GetRequiredService<TaskCompletion>();
        var form = await completion.FormOfAsync(task, ct);
        var example = new JsonObject();
        if (form is not null)
        {
            var variables = await completion.VisibleAsync(Scope.Engine, task.Key, ct);
            var context = FormFeel.Context(new FeelEnvironment(now, rehearsal.Zone), FeelScope.Of(variables));
            example = FormExample.Of(
                form.Form, ProcedureFiles.Text(form.Schema), context,
                roles => Team.Colleagues.RolesIn(roles).Select(PersonOf).OfType<string>().FirstOrDefault()
                    ?? "social_worker");
        }
        var who = task.Assignee is { } assignee
            ? RehearsalTimeline.WhoIs(assignee)
            : RoleNames.AnyOf([.. JsonSerializer.Deserialize<string[]>(task.CandidateGroups)!]);
        return new SimulationAnswer.Task(
            task.ElementId, task.Name ?? task.ElementId, who, task.DueDate, ExplanationOf(task), form?.Form.Id, example,
            task.ProcessId);
    }

    static string? ExplanationOf(UserTaskRow task) => TaskItems.DeadlineOf(task)?.Explanation;

    // ---- keeping -------------------------------------------------------------------------------------------------

    Session? Take(string key, List<string> acts)
    {
        lock (gate)
        {
            var found = kept.Where(one => one.Key == key && one.Played.Count <= acts.Count
                && one.Played.SequenceEqual(acts.Take(one.Played.Count), StringComparer.Ordinal))
                .MaxBy(one => one.Played.Count);
            if (found is not null) kept.Remove(found);
            return found;
        }
    }

    async Task KeepAsync(Session session)
    {
        List<Session> old;
        lock (gate)
        {
            session.UsedAt = Environment.TickCount64;
            kept.Add(session);
            old = [.. kept.OrderByDescending(one => one.UsedAt).Skip(KeptMax)
                .Union(kept.Where(one => Environment.TickCount64 - one.UsedAt > KeptFor.TotalMilliseconds))];
            kept.RemoveAll(old.Contains);
        }
        foreach (var one in old) await one.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var session in kept) await session.DisposeAsync();
        playing.Dispose();
    }
}

/// <summary>Tries files out without storing anything.</summary>
[Policy(CaseAccess.Head, PolicyAttribute.Administration)]
public sealed record SimulateProcedure(
    Scope Scope, string ProcessId, IReadOnlyDictionary<string, string>? Files, DateTimeOffset? Start,
    IReadOnlyDictionary<string, JsonElement>? Variables, ImmutableArray<SimulatedAct> Acts)
    : IUseCase<SimulationAnswer>, IChecked
{
    public IEnumerable<(string Field, string Message)> Problems() =>
        ProcedureFiles.Problems(Files).Concat(SimulatedAct.Problems(Start, Acts));

    public sealed class Handler(SimulationDesk desk)
        : IRequestHandler<SimulateProcedure, UseCaseResult<SimulationAnswer>>
    {
        public async Task<UseCaseResult<SimulationAnswer>> Handle(
            SimulateProcedure request, CancellationToken cancellationToken) =>
            new UseCaseResult<SimulationAnswer>.Done(await desk.PlayAsync(
                new SimulationRun(
                    request.ProcessId, request.Files!, request.Start!.Value, request.Variables, request.Acts),
                cancellationToken));
    }
}
