using System.Collections.Immutable;
using Workflows.Engine.Model;

namespace Workflows.Engine.Execution;

/// <summary>Why a replay could not go on.</summary>
public enum ReplayStop
{
    /// <summary>A task, a job or a call that the recorded run never reached: nobody has answered it.</summary>
    NeedsAnswer,

    /// <summary>The recorded person may not do it any more, e.g. because she did the step before.</summary>
    NeedsOtherPerson,

    /// <summary>An expression, a table or a call failed; a person would have to repair it.</summary>
    Failed,

    /// <summary>It waits for a message, or for something that was taken back in the recorded run.</summary>
    Waits,
}

/// <param name="ElementId">Where it stands.</param>
public sealed record ReplayEnd(string ElementId, ReplayStop Why);

/// <param name="Unfinished">Null when the replay came to an end of the process.</param>
public sealed record ReplayResult(RunTrace Trace, ReplayEnd? Unfinished);

/// <summary>
/// Drives a definition over recorded facts with a virtual clock. Each fact comes at its recorded moment, or as soon as
/// its place is reached; timers fall due in between; decisions and expressions are evaluated anew. What nobody has said
/// is not invented: such a place waits, with the timers at its border, until the facts are used up.
/// </summary>
sealed class Replay(RecordedFacts recorded, Release release)
{
    /// <summary>Timers after the last fact; a circle of timers without a person ends here.</summary>
    const int FiringsAfterwardsMax = 1_000;

    readonly RunTracker tracker = new();
    readonly List<Fact> pending = [];
    readonly HashSet<long> unanswered = [];
    ProcessInstance? state;
    Place? refused;
    DateTimeOffset now = recorded.Created.At;
    long lastKey = recorded.Created.Key;
    bool isChanged;

    ProcessInstance State => state!;

    readonly record struct Due(TimerInstance Timer, DateTimeOffset At, bool AfterFacts);

    public ReplayResult Run()
    {
        var created = recorded.Created;
        Execute(
            new CreateInstance(
                created.Key, recorded.Variables, recorded.StartEventId, created.Tags, created.BusinessId,
                created.RootInstanceKey, created.Parent), recorded.Actor);
        var next = 0;
        var afterwards = 0;
        while (State.State == InstanceState.Active)
        {
            if (ApplyPending()) continue;
            var fact = next < recorded.Facts.Length ? recorded.Facts[next] : null;
            if (NextDue() is { } due && IsBefore(due, fact))
            {
                if (fact is null && ++afterwards > FiringsAfterwardsMax) break;
                Fire(due);
                continue;
            }
            if (fact is null) break;
            next++;
            if (fact.At > now) now = fact.At;
            if (!IsApplied(fact)) pending.Add(fact);
        }
        return new ReplayResult(tracker.Trace, State.State == InstanceState.Active ? Standing() : null);
    }

    bool Execute(Command command, string actor, string? onBehalfOf = null)
    {
        var envelope = new CommandEnvelope(
            "", actor, now, new KeyRange(lastKey + 1, Limits.KeysPerCommand), command, onBehalfOf);
        if (Interpreter.Execute(release, state, envelope) is not StepResult.Accepted accepted) return false;
        lastKey += accepted.KeysUsed;
        state = accepted.Instance;
        isChanged = true;
        foreach (var happened in accepted.History) tracker.See(happened);
        unanswered.Clear();
        foreach (var element in State.Elements.Values.Where(element => IsAsking(element)
            && !recorded.Places.Contains(tracker.PlaceOf(element.Key))))
            unanswered.Add(element.Key);
        return true;
    }

    /// <summary>Somebody outside must answer: a person, a worker, a called process.</summary>
    bool IsAsking(ElementInstance element) => element.Key != State.Key
        && element.Kind != ElementKind.MultiInstanceBody
        && (element.ChildInstanceKey != 0
            || State.UserTasks.Values.Any(task => task.ElementKey == element.Key)
            || State.Jobs.Values.Any(job => job.ElementKey == element.Key)
            || release.Definition.Node(element.ElementId) is ReceiveTask { Message: null });

    // ---- facts ----------------------------------------------------------------------------------------------------

    bool ApplyPending()
    {
        if (!isChanged) return false;
        isChanged = false;
        for (var at = 0; at < pending.Count; at++)
        {
            if (!IsApplied(pending[at])) continue;
            pending.RemoveAt(at);
            return true;
        }
        return false;
    }

    bool IsApplied(Fact fact)
    {
        if (CommandOf(fact) is not { } command) return false;
        if (Execute(command, fact.Actor, fact.OnBehalfOf)) return true;
        if (fact.Kind == FactKind.Answer) refused = fact.Place;
        return false;
    }

    /// <summary>Null while nothing waits for it.</summary>
    Command? CommandOf(Fact fact)
    {
        if (fact.Kind == FactKind.Message) return MessageOf(fact);
        var key = fact.Kind == FactKind.Canceled ? State.Key : tracker.KeyOf(fact.Place) ?? 0;
        if (!State.Elements.TryGetValue(key, out var element)) return null;
        return fact.Kind switch
        {
            FactKind.Answer => State.UserTasks.Values.FirstOrDefault(task => task.ElementKey == key) is { } task
                ? new CompleteUserTask(task.Key, fact.Variables, fact.Text)
                : null,
            FactKind.JobResult => JobAt(key) is { } job ? new CompleteJob(job, fact.Variables) : null,
            FactKind.JobError => JobAt(key) is { } job
                ? new ThrowJobError(job, fact.Text!, null, fact.Variables)
                : null,
            FactKind.Timer => State.Timers.Values.FirstOrDefault(timer => timer.OwnerKey == key
                && timer.TargetId == fact.TargetId && timer.DueAt == fact.DueAt && timer.Reminder is null) is { } timer
                ? new FireTimer(timer.Key)
                : null,
            FactKind.Received => release.Definition.Nodes.GetValueOrDefault(element.ElementId)
                is ReceiveTask { Message: null } ? new CompleteReceiveTask(key, fact.Variables) : null,
            FactKind.VariablesSet => new SetVariables(key, fact.Variables, Local: true),
            FactKind.Retry => State.Incidents.Values.FirstOrDefault(one => one.ElementKey == key && one.JobKey == 0)
                is { } incident ? new ResolveIncident(incident.Key) : null,
            FactKind.Canceled => new CancelInstance(ByParent: true),
            _ => element.ChildInstanceKey is not 0 and var child ? OfChild(fact, key, child) : null,
        };
    }

    static Command OfChild(Fact fact, long key, long child) => fact.Kind switch
    {
        FactKind.ChildEnd => new CompleteChild(key, child, fact.Variables),
        FactKind.ChildError => new PropagateError(key, child, fact.Text!, fact.Variables),
        _ => new PropagateEscalation(key, child, fact.Text!, fact.Variables),
    };

    long? JobAt(long elementKey) => State.Jobs.Values.FirstOrDefault(job => job.ElementKey == elementKey)?.Key;

    // The same place first; else whoever waits for a message of this name now.
    CorrelateMessage? MessageOf(Fact fact)
    {
        var owner = tracker.KeyOf(fact.Place);
        var waiting = State.Subscriptions.Values.FirstOrDefault(
                one => one.OwnerKey == owner && one.TargetId == fact.TargetId)
            ?? State.Subscriptions.Values.FirstOrDefault(one => one.MessageName == fact.Text);
        return waiting is null ? null : new CorrelateMessage(waiting.Key, lastKey, fact.Variables);
    }

    // ---- time -----------------------------------------------------------------------------------------------------

    /// <summary>
    /// The next timer that falls due by itself. One that is due at its recorded moment fires where it was recorded, or
    /// waits for what took it back although it was due. Reminders move no token.
    /// </summary>
    Due? NextDue()
    {
        Due? first = null;
        foreach (var timer in State.Timers.Values.Where(one => one.Reminder is null))
        {
            if (unanswered.Contains(timer.OwnerKey)) continue;
            var (at, after) = (timer.DueAt, false);
            if (recorded.Timers.TryGetValue(
                (tracker.PlaceOf(timer.OwnerKey), timer.TargetId, timer.DueAt), out var known))
            {
                if (known.Fired) continue;
                (at, after) = (known.EndedAt > at ? known.EndedAt : at, known.EndedAt >= at);
            }
            if (first is null || at < first.Value.At) first = new Due(timer, at, after);
        }
        return first;
    }

    // When the facts are used up, time goes on only as long as nobody is asked something new.
    bool IsBefore(Due due, Fact? fact) => fact is null
        ? unanswered.Count == 0 && refused is null
        : due.At < fact.At || (due.At == fact.At && !due.AfterFacts);

    void Fire(Due due)
    {
        if (due.At > now) now = due.At;
        Execute(new FireTimer(due.Timer.Key), "engine");
    }

    // ---- the end --------------------------------------------------------------------------------------------------

    ReplayEnd Standing()
    {
        if (refused is { } place && tracker.KeyOf(place) is { } key && State.Elements.ContainsKey(key))
            return new(place.ElementId, ReplayStop.NeedsOtherPerson);
        if (State.Incidents.Values.FirstOrDefault() is { } incident) return new(incident.ElementId, ReplayStop.Failed);
        if (unanswered.Count > 0) return new(State.Elements[unanswered.Min()].ElementId, ReplayStop.NeedsAnswer);
        var waiting = State.Elements.Values.FirstOrDefault(element => element.Key != State.Key
            && !State.Elements.Values.Any(inner => inner.ScopeKey == element.Key));
        return new(waiting?.ElementId ?? release.Definition.Id, ReplayStop.Waits);
    }
}
