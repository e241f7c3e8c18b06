using System.Collections.Immutable;

namespace Workflows.Engine.Execution;

/// <summary>Folds history events into state: the only code that makes a new <see cref="ProcessInstance"/>.</summary>
public static class Apply
{
    /// <summary>The state after <paramref name="history"/>, starting from nothing.</summary>
    public static ProcessInstance Fold(IEnumerable<HistoryEvent> history)
    {
        ProcessInstance? state = null;
        foreach (var happened in history) state = To(state, happened);
        return state ?? throw new ArgumentException("A history begins with InstanceCreated.", nameof(history));
    }

    public static ProcessInstance To(ProcessInstance? state, HistoryEvent happened) => happened switch
    {
        InstanceCreated created => Created(created),
        _ when state is null => throw new InvalidOperationException($"{happened} came before InstanceCreated."),
        InstanceCompleted e => state with { State = InstanceState.Completed, EndedAt = e.At },
        InstanceTerminated e => state with { State = InstanceState.Terminated, EndedAt = e.At },
        ElementActivated e => Activated(state, e),
        ElementCompleted e => state with { Elements = state.Elements.Remove(e.Key) },
        ElementTerminated e => state with { Elements = state.Elements.Remove(e.Key) },
        ScopeInterrupted e => Change(state, e.ScopeKey, scope => scope with { Interrupted = true }),
        SequenceFlowTaken e => Taken(state, e),
        TokensJoined e => Joined(state, e),
        TokensDropped e => state with { Tokens = state.Tokens.RemoveAll(t => t.ScopeKey == e.ScopeKey) },
        LoopStarted e => Change(state, e.BodyKey, body => body with { Loop = new(e.Items, e.Total, 0, 0) }),
        LoopAdvanced e => Change(state, e.BodyKey, body => body with
        {
            Loop = body.Loop! with { Started = e.Started, Completed = e.Completed },
        }),
        VariableSet e => Change(state, e.ScopeKey, scope => With(scope, new(e.Key, e.Name, e.Value))),
        ChildStarted e => Change(state, e.ElementKey, element => element with { ChildInstanceKey = e.ChildKey }),
        InstanceMigrated e => Migrated(state, e),
        _ => ToWaiting(state, happened),
    };

    // What waits: tasks, jobs, timers, subscriptions, incidents.
    static ProcessInstance ToWaiting(ProcessInstance state, HistoryEvent happened) => happened switch
    {
        UserTaskCreated e => state with { UserTasks = state.UserTasks.Add(e.Task.Key, e.Task) },
        UserTaskAssigned e => state with
        {
            UserTasks = state.UserTasks.SetItem(e.Key, state.UserTasks[e.Key] with
            {
                Assignee = e.Assignee, OnBehalfOf = e.OnBehalfOf,
            }),
        },
        UserTaskUpdated e => state with { UserTasks = state.UserTasks.SetItem(e.Task.Key, e.Task) },
        UserTaskCompleted e => state with
        {
            UserTasks = state.UserTasks.Remove(e.Key),
            CompletedBy = Put(state.CompletedBy, new(e.ElementId, e.Actor, e.OnBehalfOf), c => c.ElementId),
        },
        UserTaskCanceled e => state with { UserTasks = state.UserTasks.Remove(e.Key) },
        JobCreated e => state with { Jobs = state.Jobs.Add(e.Job.Key, e.Job) },
        JobCompleted e => state with { Jobs = state.Jobs.Remove(e.Key) },
        JobErrorThrown e => state with { Jobs = state.Jobs.Remove(e.Key) },
        JobCanceled e => state with { Jobs = state.Jobs.Remove(e.Key) },
        JobFailed e => WithRetries(state, e.Key, e.Retries),
        JobRetriesUpdated e => WithRetries(state, e.Key, e.Retries),
        TimerScheduled e => state with { Timers = state.Timers.Add(e.Timer.Key, e.Timer) },
        TimerFired e => state with { Timers = state.Timers.Remove(e.Key) },
        ReminderFired e => state with { Timers = state.Timers.Remove(e.Key) },
        TimerCanceled e => state with { Timers = state.Timers.Remove(e.Key) },
        SubscriptionOpened e => state with
        {
            Subscriptions = state.Subscriptions.Add(e.Subscription.Key, e.Subscription),
        },
        SubscriptionClosed e => state with { Subscriptions = state.Subscriptions.Remove(e.Key) },
        IncidentRaised e => state with { Incidents = state.Incidents.Add(e.Incident.Key, e.Incident) },
        IncidentResolved e => state with { Incidents = state.Incidents.Remove(e.Key) },
        MessageCorrelated or DecisionEvaluated or ErrorThrown or EscalationThrown or ActRecorded or TermHeld => state,
        _ => throw new InvalidOperationException($"Apply does not know {happened.GetType().Name}."),
    };

    static ProcessInstance Created(InstanceCreated e) => new()
    {
        Key = e.Key,
        DefinitionKey = e.DefinitionKey,
        ProcessId = e.ProcessId,
        Version = e.Version,
        RootInstanceKey = e.RootInstanceKey,
        Parent = e.Parent,
        Tags = e.Tags.IsDefault ? [] : e.Tags,
        BusinessId = e.BusinessId,
        StartedAt = e.At,
    };

    static ProcessInstance Activated(ProcessInstance state, ElementActivated e) => state with
    {
        Elements = state.Elements.Add(e.Key, new ElementInstance
        {
            Key = e.Key,
            ElementId = e.ElementId,
            ScopeKey = e.ScopeKey,
            StartedAt = e.At,
            Kind = e.Kind,
            LoopCounter = e.LoopCounter,
        }),
    };

    static ProcessInstance Taken(ProcessInstance state, SequenceFlowTaken e)
    {
        var at = state.FlowsTaken.BinarySearch(e.FlowId, StringComparer.Ordinal);
        if (at < 0) state = state with { FlowsTaken = state.FlowsTaken.Insert(~at, e.FlowId) };
        if (e.JoinId is null) return state;
        var waiting = state.Tokens.FirstOrDefault(t => t.ScopeKey == e.ScopeKey && t.FlowId == e.FlowId);
        return state with
        {
            Tokens = waiting is null
                ? state.Tokens.Add(new(e.ScopeKey, e.JoinId, e.FlowId, 1))
                : state.Tokens.Replace(waiting, waiting with { Count = waiting.Count + 1 }),
        };
    }

    static ProcessInstance Joined(ProcessInstance state, TokensJoined e) => state with
    {
        Tokens =
        [
            .. state.Tokens
                .Select(t => t.ScopeKey == e.ScopeKey && t.GatewayId == e.GatewayId
                    ? t with { Count = t.Count - 1 }
                    : t)
                .Where(t => t.Count > 0),
        ],
    };

    // Keys stay; only the names of places are others.
    static ProcessInstance Migrated(ProcessInstance state, InstanceMigrated e)
    {
        var moves = e.Moves.ToDictionary(move => move.From, move => move.To, StringComparer.Ordinal);
        moves[state.ProcessId] = e.ProcessId;
        string Of(string id) => moves.GetValueOrDefault(id, id);
        return state with
        {
            DefinitionKey = e.DefinitionKey,
            ProcessId = e.ProcessId,
            Version = e.Version,
            Elements = Each(state.Elements, element => element with { ElementId = Of(element.ElementId) }),
            UserTasks = Each(state.UserTasks, task => task with { ElementId = Of(task.ElementId) }),
            Jobs = Each(state.Jobs, job => job with { ElementId = Of(job.ElementId) }),
            Timers = Each(state.Timers, timer => timer with { TargetId = Of(timer.TargetId) }),
            Subscriptions = Each(state.Subscriptions, one => one with { TargetId = Of(one.TargetId) }),
            Incidents = Each(state.Incidents, incident => incident with { ElementId = Of(incident.ElementId) }),
            Tokens = [.. state.Tokens.Select(token => token with { GatewayId = Of(token.GatewayId) })],
            CompletedBy = state.CompletedBy.Aggregate(
                ImmutableArray<CompletedBy>.Empty,
                (all, one) => Put(all, one with { ElementId = Of(one.ElementId) }, by => by.ElementId)),
        };
    }

    static ImmutableSortedDictionary<long, T> Each<T>(ImmutableSortedDictionary<long, T> all, Func<T, T> change) =>
        all.ToImmutableSortedDictionary(one => one.Key, one => change(one.Value));

    static ElementInstance With(ElementInstance scope, Variable variable) =>
        scope with { Variables = Put(scope.Variables, variable, v => v.Name) };

    static ProcessInstance WithRetries(ProcessInstance state, long key, int retries) =>
        state with { Jobs = state.Jobs.SetItem(key, state.Jobs[key] with { Retries = retries }) };

    static ProcessInstance Change(ProcessInstance state, long key, Func<ElementInstance, ElementInstance> change) =>
        state with { Elements = state.Elements.SetItem(key, change(state.Elements[key])) };

    // Keeps the array sorted by its name, so that the same state always writes the same bytes.
    static ImmutableArray<T> Put<T>(ImmutableArray<T> sorted, T item, Func<T, string> name)
    {
        var at = 0;
        while (at < sorted.Length && string.CompareOrdinal(name(sorted[at]), name(item)) < 0) at++;
        return at < sorted.Length && name(sorted[at]) == name(item)
            ? sorted.SetItem(at, item)
            : sorted.Insert(at, item);
    }
}
