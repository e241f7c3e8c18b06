using System.Collections.Immutable;
using Workflows.Engine.Execution.Behaviors;
using Workflows.Engine.Model;

namespace Workflows.Engine.Execution;

// An instance goes over to another version, back from it, or is put elsewhere by hand. The run is on the release gone
// over to.
sealed partial class Run
{
    // ---- another version ------------------------------------------------------------------------------------------

    /// <summary>Null, or why an expression of the version gone over to stops it; then nothing is stored.</summary>
    public string? Migrate(Release from, MigrateInstance migrate)
    {
        var source = new Run(from, State, command);
        var before = State;
        EmitMigrated(migrate.Mapping);
        foreach (var element in before.Elements.Values)
        {
            var awaited = source.AwaitedBy(element)
                .Where(one => migrate.Mapping.ContainsKey(one.TargetId))
                .ToLookup(one => migrate.Mapping[one.TargetId], StringComparer.Ordinal);
            if (AwaitAnew(State.Elements[element.Key], awaited) is { } problem) return problem;
        }
        foreach (var task in before.UserTasks.Values)
        {
            var node = (UserTask)source.Definition.Node(task.ElementId);
            if (Renew(State.UserTasks[task.Key], node, migrate.Terms) is { } problem) return problem;
        }
        return null;
    }

    void EmitMigrated(ImmutableSortedDictionary<string, string> mapping) => Emit(new InstanceMigrated(
        State.DefinitionKey, release.Key, Definition.Id, release.Version, Migration.MovesOf(State, mapping), At));

    /// <summary>Every event that can now happen to an element: at its border, inside, and its own.</summary>
    List<AwaitedEvent> AwaitedBy(ElementInstance element)
    {
        var stopped = State.Incidents.Values.Where(incident => incident.ElementKey == element.Key).ToArray();
        if (stopped.Any(incident => incident.Resume == Resume.Activate)) return [];     // not yet begun
        var node = NodeOf(element);
        var events = EventsAtBorder(element, node);
        if (element.Interrupted) events.RemoveAll(one => Definition.Node(one.TargetId) is StartEvent);
        var waits = element.Kind != ElementKind.MultiInstanceBody
            && !stopped.Any(incident => incident.Resume == Resume.Execute);
        if (waits && node is not null) events.AddRange(OwnEvents(node));
        return events;
    }

    List<AwaitedEvent> OwnEvents(FlowNode node) => node switch
    {
        IntermediateCatchEvent caught => [new(node.Id, caught.Definition, Interrupting: true)],
        ReceiveTask { Message: { } message } =>
            [new(node.Id, new MessageEventDefinition(message, null), Interrupting: true)],
        EventBasedGateway gateway => EventsAfter(gateway),
        _ => [],
    };

    // What both versions wait for goes on, with the day it has; what only the new one waits for begins now.
    string? AwaitAnew(ElementInstance element, ILookup<string, AwaitedEvent> before)
    {
        var wanted = AwaitedBy(element);
        var kept = wanted.Where(one => before[one.TargetId].Any(was => IsSame(was, one)))
            .Select(one => one.TargetId).ToHashSet(StringComparer.Ordinal);
        foreach (var timer in State.Timers.Values
            .Where(t => t.OwnerKey == element.Key && t.Reminder is null && !kept.Contains(t.TargetId)).ToArray())
            Emit(new TimerCanceled(timer.Key));
        foreach (var subscription in State.Subscriptions.Values
            .Where(s => s.OwnerKey == element.Key && !kept.Contains(s.TargetId)).ToArray())
            Emit(new SubscriptionClosed(subscription.Key));
        foreach (var awaited in wanted.Where(one => !kept.Contains(one.TargetId)))
        {
            var (happened, problem) = Open(element.Key, awaited);
            if (problem is not null) return $"'{awaited.TargetId}': {problem}";
            if (happened is not null) Emit(happened);
        }
        return null;
    }

    static bool IsSame(AwaitedEvent one, AwaitedEvent other) => (one.Definition, other.Definition) switch
    {
        (TimerEventDefinition, TimerEventDefinition) => true,
        (MessageEventDefinition a, MessageEventDefinition b) => one.Interrupting == other.Interrupting
            && a.Message.Name.Text == b.Message.Name.Text
            && a.Message.CorrelationKey?.Text == b.Message.CorrelationKey?.Text,
        _ => false,
    };

    // Who has the task, and since when, stays. Form, name and headers are the new version's: its conditions read them.
    string? Renew(UserTaskInstance task, UserTask before, TermPolicy terms)
    {
        var element = State.Elements[task.ElementKey];
        var node = (UserTask)NodeOf(element)!;
        var asOffered = new Run(release, State, command with { At = task.CreatedAt });
        var (offered, problem) = UserTaskBehavior.Prepare(node, element, asOffered);
        if (offered is null) return $"'{node.Id}': {problem!.Value.Message}";
        var (ladder, wrong) = LadderOf(node, task.ElementKey);
        if (wrong is not null) return $"'{node.Id}': {wrong}";
        var isHeld = terms == TermPolicy.Renew && Migration.IsHeld(task, offered);
        var now = task with
        {
            Name = offered.Name, FormKey = offered.FormKey, ExternalFormReference = offered.ExternalFormReference,
            Headers = offered.Headers,
        };
        if (terms == TermPolicy.Renew && !isHeld)
        {
            now = now with
            {
                DueDate = offered.DueDate, Deadline = offered.Deadline, FollowUpDate = offered.FollowUpDate,
            };
        }
        Emit(new UserTaskUpdated(now, Actor));
        if (isHeld) Emit(new TermHeld(task.Key, offered.DueDate));
        var isSameLadder = before.Reminders?.Text == node.Reminders?.Text
            && before.Property("escalation") == node.Property("escalation");
        if (now.DueDate != task.DueDate || !isSameLadder) Remind(now, ladder);
        return null;
    }

    /// <summary>Back to the places, terms and waits of before, with new keys where a wait had been given up.</summary>
    public string? UndoMigration(UndoMigration undo)
    {
        var places = Migration.PlacesOf(undo.Before);
        var stayed = places.Except(undo.Moves.Select(move => move.From), StringComparer.Ordinal);
        var merged = undo.Moves.Select(move => move.To).Concat(stayed)
            .GroupBy(id => id, StringComparer.Ordinal).FirstOrDefault(ids => ids.Count() > 1);
        if (merged is not null)
            return $"Two elements became '{merged.Key}': which was which is no longer known.";
        var back = undo.Moves.ToImmutableSortedDictionary(move => move.To, move => move.From, StringComparer.Ordinal);
        EmitMigrated(back);
        TakeBackWaits(undo.Before);
        foreach (var task in undo.Before.UserTasks.Values) Emit(new UserTaskUpdated(task, Actor));
        return null;
    }

    void TakeBackWaits(ProcessInstance before)
    {
        foreach (var timer in State.Timers.Values.Where(t => !before.Timers.ContainsKey(t.Key)).ToArray())
            Emit(new TimerCanceled(timer.Key));
        foreach (var timer in before.Timers.Values.Where(t => !State.Timers.ContainsKey(t.Key)))
            Emit(new TimerScheduled(timer with { Key = NextKey() }));
        foreach (var wait in State.Subscriptions.Values.Where(s => !before.Subscriptions.ContainsKey(s.Key)).ToArray())
            Emit(new SubscriptionClosed(wait.Key));
        foreach (var wait in before.Subscriptions.Values.Where(s => !State.Subscriptions.ContainsKey(s.Key)))
            Emit(new SubscriptionOpened(wait with { Key = NextKey() }));
    }

    // ---- another place --------------------------------------------------------------------------------------------

    /// <summary>Null, or why one of the elements cannot begin; then nothing is stored.</summary>
    public string? Modify(ModifyInstance modify)
    {
        foreach (var variable in modify.Activate.SelectMany(one => one.Variables))
            if (variable.ScopeId is null || variable.ScopeId == Definition.Id)
                SetLocal(State.Key, variable.Name, variable.Value);
        foreach (var one in modify.Activate)
        {
            var node = Definition.Node(one.ElementId);
            var (scopeKey, problem) = ScopeFor(node, one.AncestorKey, one.Variables);
            if (problem is not null) return problem;
            var key = Create(node, scopeKey);
            SetScoped(one.Variables, node.Id, key);
            Enqueue(key, Resume.Activate);
        }
        foreach (var key in modify.Terminate)
        {
            if (!State.Elements.TryGetValue(key, out var element)) continue;    // it lay in one ended before
            Terminate(key);
            TerminateEmpty(element.ScopeKey);
        }
        return null;
    }

    // The active scope, or new ones from outside in; their own start events do not happen.
    (long Key, string? Problem) ScopeFor(FlowNode node, long ancestorKey, ImmutableArray<ScopedVariable> variables)
    {
        if (node.ScopeId == Definition.Id) return (State.Key, null);
        var scope = Definition.Node(node.ScopeId);
        var active = State.Elements.Values.Where(element => element.ElementId == scope.Id
            && element.Kind != ElementKind.MultiInstanceBody
            && (ancestorKey == 0 || IsIn(element, ancestorKey))).ToArray();
        if (active.Length == 1) return (active[0].Key, null);
        if (active.Length > 1)
            return (0, $"'{scope.Id}' is active {active.Length} times: name the ancestor to begin '{node.Id}' in.");
        if (scope is Activity { MultiInstance: not null })
            return (0, $"'{scope.Id}' is not active, and a multi-instance cannot begin in its middle.");
        var (outer, problem) = ScopeFor(scope, ancestorKey, variables);
        if (problem is not null) return (0, problem);
        var key = Create(scope, outer);
        SetScoped(variables, scope.Id, key);
        if (MapInputs(scope, State.Elements[key]))
            OpenWaits(State.Elements[key], EventsAtBorder(State.Elements[key], scope));
        return (key, null);
    }

    bool IsIn(ElementInstance element, long ancestorKey)
    {
        for (var key = element.Key; State.Elements.TryGetValue(key, out var one); key = one.ScopeKey)
            if (key == ancestorKey) return true;
        return false;
    }

    void SetScoped(ImmutableArray<ScopedVariable> variables, string scopeId, long key)
    {
        foreach (var variable in variables.Where(variable => variable.ScopeId == scopeId))
            SetLocal(key, variable.Name, variable.Value);
    }

    // As in Camunda: a scope whose last element is ended by hand ends with it, in the end the whole instance.
    void TerminateEmpty(long scopeKey)
    {
        if (!State.Elements.TryGetValue(scopeKey, out var scope) || HasChildren(scopeKey)) return;
        if (State.Tokens.Any(token => token.ScopeKey == scopeKey)) return;
        if (scopeKey == State.Key)
        {
            TerminateInstance();
            return;
        }
        Terminate(scopeKey);
        TerminateEmpty(scope.ScopeKey);
    }
}
