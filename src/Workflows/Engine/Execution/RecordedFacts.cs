using System.Collections.Immutable;
using Workflows.Engine.Model;

namespace Workflows.Engine.Execution;

/// <summary>One committed step as the history keeps it.</summary>
public sealed record RecordedStep(DateTimeOffset At, string Actor, ImmutableArray<HistoryEvent> Events);

/// <summary>The <paramref name="Number"/>-th activation of an element, counted from 1.</summary>
/// <remarks>What two runs of one procedure have in common: keys differ, places do not.</remarks>
public readonly record struct Place(string ElementId, ElementKind Kind, int Number);

/// <summary>What came from outside, and therefore is not computed again.</summary>
public enum FactKind
{
    /// <summary>A person answered a task.</summary>
    Answer,
    JobResult,
    JobError,
    ChildEnd,
    ChildError,
    ChildEscalation,
    Message,

    /// <summary>A receive task without a message was completed.</summary>
    Received,
    VariablesSet,

    /// <summary>A person had the engine try again what an incident stopped.</summary>
    Retry,

    /// <summary>A timer fired, at this moment and in this order; the engine may have stood still before.</summary>
    Timer,
    Canceled,
}

/// <param name="Place">The element that waited for it, or the scope that was changed.</param>
/// <param name="Text">Action of an answer, code of an error or escalation, name of a message.</param>
public sealed record Fact(
    FactKind Kind, Place Place, DateTimeOffset At, string Actor, ImmutableArray<VariableValue> Variables,
    string? Text = null)
{
    public string? OnBehalfOf { get; init; }

    /// <summary>The event that fired, for timers and messages.</summary>
    public string? TargetId { get; init; }

    /// <summary>When the timer was due.</summary>
    public DateTimeOffset DueAt { get; init; }
}

/// <summary>A user task as a run offered it.</summary>
public sealed record TaskSeen(
    Place Place, string Name, ImmutableArray<string> Groups, DateTimeOffset? DueDate, TaskDeadline? Deadline)
{
    public bool IsAnswered { get; init; }
}

/// <summary>Which way a run went: the elements in the order in which they began, and its tasks.</summary>
public sealed record RunTrace(ImmutableArray<string> Path, ImmutableArray<TaskSeen> Tasks);

/// <summary>Numbers the elements of a run and keeps its trace.</summary>
sealed class RunTracker
{
    readonly Dictionary<long, Place> places = [];
    readonly Dictionary<Place, long> keys = [];
    readonly Dictionary<(string, ElementKind), int> counts = [];
    readonly ImmutableArray<string>.Builder path = ImmutableArray.CreateBuilder<string>();
    readonly List<TaskSeen> tasks = [];
    readonly Dictionary<long, int> taskAt = [];

    public RunTrace Trace => new(path.ToImmutable(), [.. tasks]);

    public Place PlaceOf(long elementKey) => places[elementKey];

    /// <summary>Null when this run has not been there.</summary>
    public long? KeyOf(Place place) => keys.TryGetValue(place, out var key) ? key : null;

    public void See(HistoryEvent happened)
    {
        switch (happened)
        {
            case ElementActivated e:
                var number = counts[(e.ElementId, e.Kind)] = counts.GetValueOrDefault((e.ElementId, e.Kind)) + 1;
                var place = new Place(e.ElementId, e.Kind, number);
                (places[e.Key], keys[place]) = (place, e.Key);
                // The process itself and the body around several instances are scopes, not steps.
                if (e.ScopeKey != 0 && e.Kind != ElementKind.MultiInstanceBody) path.Add(e.ElementId);
                break;
            case UserTaskCreated { Task: var task }:
                taskAt[task.Key] = tasks.Count;
                tasks.Add(new TaskSeen(
                    places[task.ElementKey], task.Name ?? task.ElementId, task.CandidateGroups, task.DueDate,
                    task.Deadline));
                break;
            case UserTaskCompleted e:
                tasks[taskAt[e.Key]] = tasks[taskAt[e.Key]] with { IsAnswered = true };
                break;
        }
    }
}

/// <summary>Everything a finished run got from outside, and which way it went.</summary>
/// <param name="Created">How it began, with the definition it ran on.</param>
/// <param name="StartEventId">Null for the none start event.</param>
/// <param name="Timers">When each timer was taken away, by owner, event and due moment.</param>
public sealed record RecordedFacts(
    InstanceCreated Created, string Actor, string? StartEventId, ImmutableArray<VariableValue> Variables,
    ImmutableArray<Fact> Facts,
    ImmutableDictionary<(Place Owner, string TargetId, DateTimeOffset DueAt), RecordedTimer> Timers,
    ImmutableHashSet<Place> Places, RunTrace Trace)
{
    /// <summary>
    /// Reads the history of one instance. Variables that were answered with the value they had already are no event;
    /// <paramref name="answers"/> tells which names an answer to a form carries, so that they are not lost.
    /// </summary>
    /// <param name="steps">All steps of the instance, in their order.</param>
    /// <param name="recorded">The definition the instance ran on.</param>
    /// <param name="answers">Form key to names of process variables.</param>
    public static RecordedFacts Of(
        IEnumerable<RecordedStep> steps, ProcessDefinition recorded,
        IReadOnlyDictionary<long, ImmutableArray<string>>? answers = null)
    {
        var reader = new FactReader(recorded, answers ?? ImmutableDictionary<long, ImmutableArray<string>>.Empty);
        foreach (var step in steps) reader.Read(step);
        return reader.Result;
    }
}

/// <param name="Fired">False: it was taken back.</param>
public readonly record struct RecordedTimer(bool Fired, DateTimeOffset EndedAt);

/// <summary>
/// Folds the history and takes out what was brought by a command. The events of a step begin with what the command
/// said; what followed from it is what a replay computes again.
/// </summary>
sealed class FactReader(ProcessDefinition recorded, IReadOnlyDictionary<long, ImmutableArray<string>> answers)
{
    readonly RunTracker tracker = new();
    readonly HashSet<Place> places = [];
    readonly ImmutableArray<Fact>.Builder facts = ImmutableArray.CreateBuilder<Fact>();
    readonly Dictionary<(Place, string, DateTimeOffset), RecordedTimer> timers = [];
    ProcessInstance? state;
    InstanceCreated? created;
    string starter = "";
    string? startEventId;
    ImmutableArray<VariableValue> start = [];
    RecordedStep step = null!;

    ProcessInstance State => state!;

    ImmutableArray<HistoryEvent> Events => step.Events;

    public RecordedFacts Result => new(
        created ?? throw new InvalidOperationException("A history begins with InstanceCreated."), starter, startEventId,
        start, facts.ToImmutable(), timers.ToImmutableDictionary(), [.. places], tracker.Trace);

    public void Read(RecordedStep next)
    {
        step = next;
        if (!BeginsWithAResult()) SetFromOutside();
        for (var at = 0; at < Events.Length; at++)
        {
            var happened = Events[at];
            if (Brought(happened, at) is { } fact) facts.Add(fact);
            if (happened is InstanceCreated e) Begin(e, at);
            state = Apply.To(state, happened);
            tracker.See(happened);
            if (happened is ElementActivated activated) places.Add(tracker.PlaceOf(activated.Key));
        }
    }

    void Begin(InstanceCreated e, int at)
    {
        (created, starter) = (e, step.Actor);
        start = [.. Events.Skip(at + 2).TakeWhile(happened => happened is VariableSet).Cast<VariableSet>()
            .Select(set => new VariableValue(set.Name, set.Value))];
        startEventId = Events.OfType<ElementActivated>().Select(one => recorded.Nodes.GetValueOrDefault(one.ElementId))
            .OfType<StartEvent>().FirstOrDefault() is { Definition: not null } named ? named.Id : null;
    }

    // ---- what a command said --------------------------------------------------------------------------------------

    Fact? Brought(HistoryEvent happened, int at) => happened switch
    {
        UserTaskCompleted e => Of(FactKind.Answer, State.UserTasks[e.Key].ElementKey, Answered(e, at), e.Action) with
        {
            OnBehalfOf = e.OnBehalfOf,
        },
        JobCompleted e when State.Jobs[e.Key].ElementKey is var key =>
            Of(FactKind.JobResult, key, Received(at + 1, key)),
        JobErrorThrown e => Of(
            FactKind.JobError, State.Jobs[e.Key].ElementKey, Caught(at + 1, CaughtBy(at)), e.ErrorCode),
        TimerFired e => Fired(State.Timers[e.Key]),
        TimerCanceled e => Taken(State.Timers[e.Key]),
        MessageCorrelated e => Arrived(State.Subscriptions[e.SubscriptionKey], at),
        ErrorThrown e when IsCall(e.ElementKey) =>
            Of(FactKind.ChildError, e.ElementKey, Caught(at + 1, e.CaughtById), e.Code),
        EscalationThrown e when IsCall(e.ElementKey) =>
            Of(FactKind.ChildEscalation, e.ElementKey, Caught(at + 1, e.CaughtById), e.Code),
        ElementCompleted e when IsCall(e.Key) => Of(FactKind.ChildEnd, e.Key, Leading(e.Key)),
        ElementCompleted e when IsReceived(e.Key) => Of(FactKind.Received, e.Key, Leading(e.Key)),
        IncidentResolved e when at == 0 && State.Incidents[e.Key] is { JobKey: 0 } incident && !IsCanceled =>
            Of(FactKind.Retry, incident.ElementKey, []),
        InstanceTerminated when IsCanceled => Of(FactKind.Canceled, State.Key, []),
        _ => null,
    };

    Fact Of(FactKind kind, long elementKey, ImmutableArray<VariableValue> variables, string? text = null) => new(
        kind, tracker.PlaceOf(elementKey), step.At, step.Actor, variables, text);

    // An error that left for the caller ends the instance, too, and comes about by itself.
    bool IsCanceled => Events is [.., InstanceTerminated]
        && !Events.Any(happened => happened is ErrorThrown { CaughtById: null });

    bool IsCall(long elementKey) => State.Elements[elementKey] is { ChildInstanceKey: not 0 };

    bool IsReceived(long elementKey) =>
        recorded.Nodes.GetValueOrDefault(State.Elements[elementKey].ElementId) is ReceiveTask { Message: null }
        && State.Elements[elementKey].Kind != ElementKind.MultiInstanceBody;

    Fact? Fired(TimerInstance timer)
    {
        if (timer.Reminder is not null) return null;
        timers[(tracker.PlaceOf(timer.OwnerKey), timer.TargetId, timer.DueAt)] = new(Fired: true, step.At);
        return Of(FactKind.Timer, timer.OwnerKey, []) with { TargetId = timer.TargetId, DueAt = timer.DueAt };
    }

    Fact? Taken(TimerInstance timer)
    {
        if (timer.Reminder is null)
            timers[(tracker.PlaceOf(timer.OwnerKey), timer.TargetId, timer.DueAt)] = new(Fired: false, step.At);
        return null;
    }

    Fact Arrived(MessageSubscription subscription, int at) => Of(
        FactKind.Message, subscription.OwnerKey,
        State.Elements[subscription.OwnerKey].ElementId == subscription.TargetId
            ? Received(at + (subscription.Interrupting ? 2 : 1), subscription.OwnerKey)
            : Caught(at + 1, subscription.TargetId),
        subscription.MessageName) with
    {
        TargetId = subscription.TargetId,
    };

    // ---- the values -----------------------------------------------------------------------------------------------

    /// <summary>What the element received: with output mappings only its own variables are that.</summary>
    ImmutableArray<VariableValue> Received(int at, long elementKey, string? elementId = null)
    {
        elementId ??= State.Elements[elementKey].ElementId;
        var isOwn = recorded.Nodes.GetValueOrDefault(elementId) is { Outputs.IsEmpty: false };
        return
        [
            .. Events.Skip(at).TakeWhile(happened => happened is VariableSet).Cast<VariableSet>()
                .Where(set => !isOwn || set.ScopeKey == elementKey)
                .Select(set => new VariableValue(set.Name, set.Value)),
        ];
    }

    /// <summary>What the event that caught it received, which is activated for it.</summary>
    ImmutableArray<VariableValue> Caught(int from, string? caughtById)
    {
        if (caughtById is null) return [];
        var scope = recorded.Nodes.GetValueOrDefault(caughtById)?.ScopeId;
        for (var at = from; at < Events.Length; at++)
        {
            if (Events[at] is ElementActivated e && (e.ElementId == caughtById || e.ElementId == scope))
                return Received(at + 1, e.Key, e.ElementId);
        }
        return [];
    }

    string? CaughtBy(int at) => Events.Skip(at).OfType<ErrorThrown>().FirstOrDefault()?.CaughtById;

    ImmutableArray<VariableValue> Leading(long elementKey) => Received(0, elementKey);

    ImmutableArray<VariableValue> Answered(UserTaskCompleted e, int at)
    {
        var task = State.UserTasks[e.Key];
        var said = Received(at + 1, task.ElementKey);
        if (task.FormKey is not { } form || !answers.TryGetValue(form, out var names)) return said;
        foreach (var name in names)
        {
            if (said.Any(variable => variable.Name == name)) continue;
            if (Visible(task.ElementKey, name) is { } value) said = said.Add(new(name, value));
        }
        return said;
    }

    string? Visible(long scopeKey, string name)
    {
        for (var key = scopeKey; State.Elements.TryGetValue(key, out var scope); key = scope.ScopeKey)
        {
            foreach (var variable in scope.Variables)
                if (variable.Name == name) return variable.Value;
        }
        return null;
    }

    // ---- variables set from outside -------------------------------------------------------------------------------

    /// <summary>A step that begins with values because a called process or a receive task ended.</summary>
    bool BeginsWithAResult() => state is null || Events.Any(happened => happened is ElementCompleted e
        && State.Elements.ContainsKey(e.Key) && e.Key != State.Key && (IsCall(e.Key) || IsReceived(e.Key)));

    void SetFromOutside()
    {
        var skipped = Events is [ActRecorded, ..] ? 1 : 0;
        foreach (var scope in Events.Skip(skipped).TakeWhile(happened => happened is VariableSet).Cast<VariableSet>()
            .GroupBy(set => set.ScopeKey))
        {
            facts.Add(Of(
                FactKind.VariablesSet, scope.Key, [.. scope.Select(set => new VariableValue(set.Name, set.Value))]));
        }
    }
}
