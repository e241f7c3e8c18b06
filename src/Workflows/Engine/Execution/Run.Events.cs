using System.Collections.Immutable;
using Workflows.Engine.Calendar;
using Workflows.Engine.Expressions;
using Workflows.Engine.Model;

namespace Workflows.Engine.Execution;

sealed partial class Run
{
    // ---- what is waited for ---------------------------------------------------------------------------------------

    /// <summary>
    /// An event that an element waits for, or that waits at its border or in its event sub-processes.
    /// </summary>
    /// <param name="Interrupting">What was waiting ends when it fires.</param>
    readonly record struct AwaitedEvent(string TargetId, EventDefinition Definition, bool Interrupting);

    // Timers and messages only: errors and escalations are looked for when they are thrown.
    List<AwaitedEvent> EventsAtBorder(ElementInstance element, FlowNode? node)
    {
        var events = new List<AwaitedEvent>();
        if (node is Activity activity && element.Kind != ElementKind.MultiInstanceInner)
        {
            foreach (var boundary in activity.BoundaryEvents.Where(b => IsAwaited(b.Definition)))
                events.Add(new(boundary.Id, boundary.Definition, boundary.CancelActivity));
        }
        if (element.Kind != ElementKind.MultiInstanceBody
            && Definition.Scopes.TryGetValue(node?.Id ?? Definition.Id, out var scope))
        {
            foreach (var start in scope.EventSubProcesses.Select(StartOf).Where(s => IsAwaited(s.Definition)))
                events.Add(new(start.Id, start.Definition!, start.IsInterrupting));
        }
        return events;
    }

    static bool IsAwaited(EventDefinition? definition) => definition is TimerEventDefinition or MessageEventDefinition;

    StartEvent StartOf(SubProcess eventSubProcess) => Definition.Scopes[eventSubProcess.Id].StartEvents[0];

    /// <summary>
    /// Opens timers and subscriptions; all are evaluated before any is opened. False with an incident.
    /// </summary>
    bool OpenWaits(ElementInstance element, List<AwaitedEvent> events, Resume resume = Resume.Activate)
    {
        var opened = new List<HistoryEvent>(events.Count);
        foreach (var awaited in events)
        {
            var (happened, problem) = Open(element.Key, awaited);
            if (problem is not null)
            {
                RaiseIncident(element, IncidentKind.ExtractValue, $"'{awaited.TargetId}': {problem}", resume);
                return false;
            }
            if (happened is not null) opened.Add(happened);
        }
        foreach (var happened in opened) Emit(happened);
        return true;
    }

    (HistoryEvent? Opened, string? Problem) Open(long ownerKey, AwaitedEvent awaited) =>
        awaited.Definition is TimerEventDefinition timer
            ? Schedule(ownerKey, awaited.TargetId, timer)
            : Subscribe(ownerKey, awaited, ((MessageEventDefinition)awaited.Definition).Message);

    /// <summary>The element itself waits for one event; false with an incident.</summary>
    public bool Await(ElementInstance element, FlowNode node, EventDefinition definition) =>
        OpenWaits(element, [new(node.Id, definition, Interrupting: true)], Resume.Execute);

    /// <summary>An event-based gateway waits for the first of the events its flows lead to.</summary>
    public bool AwaitFirst(ElementInstance element, EventBasedGateway gateway) =>
        OpenWaits(element, EventsAfter(gateway), Resume.Execute);

    List<AwaitedEvent> EventsAfter(EventBasedGateway gateway) =>
        [.. gateway.Outgoing.Select(flow => Definition.Node(flow.TargetId)).Select(target => new AwaitedEvent(
            target.Id,
            target is ReceiveTask receive ? new MessageEventDefinition(receive.Message!, null)
                : ((IntermediateCatchEvent)target).Definition,
            Interrupting: true))];

    (HistoryEvent? Scheduled, string? Problem) Schedule(long ownerKey, string targetId, TimerEventDefinition timer)
    {
        switch (timer.Kind)
        {
            case TimerKind.Date:
                var (at, _, wrongDate) = MomentOf(timer.Expression, ownerKey);
                return at is null
                    ? (null, wrongDate ?? $"Expected '{timer.Expression.Text}' to be a date, but it is null.")
                    : (Timer(at.Value, null, 0), null);
            case TimerKind.Duration:
                var (duration, wrongDuration) = DurationOf(timer.Expression, ownerKey);
                return duration is null
                    ? (null, wrongDuration)
                    : (Timer(duration.AddTo(At, release.Zone), null, 0), null);
            default:
                var (text, wrongCycle) = TextOf(timer.Expression, ownerKey);
                if (text is null)
                    return (null, wrongCycle ?? $"Expected '{timer.Expression.Text}' to be a cycle, but it is null.");
                var cycle = TimerSchedule.ParseCycle(text, release.Zone);
                if (cycle.Value is null) return (null, cycle.Problem);
                var first = cycle.Value.First(At, release.Zone);
                return (first is null ? null : Timer(first.Value, text, cycle.Value.Remaining(1) ?? -1), null);
        }

        TimerScheduled Timer(DateTimeOffset dueAt, string? cycle, int left) =>
            new(new TimerInstance(NextKey(), ownerKey, targetId, dueAt.ToUniversalTime(), cycle, left));
    }

    (TimerDuration? Duration, string? Problem) DurationOf(ModelExpression expression, long scopeKey)
    {
        var result = Evaluate(expression, scopeKey);
        if (result.Problem is { } problem) return (null, problem);
        if (result.Value is not (FeelString or FeelDaysDuration or FeelMonthsDuration))
            return (null, Unexpected(expression, "a duration", result));
        // A moment already past is due now: an amount below nothing waits for nothing.
        var text = result.Value.AsText();
        var read = TimerSchedule.ParseDuration(text.StartsWith('-') && result.Value is not FeelString ? "PT0S" : text);
        return (read.Value, read.Problem);
    }

    (HistoryEvent? Opened, string? Problem) Subscribe(long ownerKey, AwaitedEvent awaited, MessageReference message)
    {
        // A scope's own event sub-process and a boundary event see what is around the element and the element itself.
        var (name, wrongName) = TextOf(message.Name, ownerKey);
        if (name is null) return (null, wrongName ?? "The name of the message is null.");
        var (key, wrongKey) = TextOf(message.CorrelationKey, ownerKey);
        if (message.CorrelationKey is not null && key is null)
        {
            wrongKey ??= $"'{message.CorrelationKey.Text}' is null.";
            return (null, $"Correlation key of message '{name}': {wrongKey}");
        }
        return (new SubscriptionOpened(
            new MessageSubscription(NextKey(), ownerKey, awaited.TargetId, name, key, awaited.Interrupting)), null);
    }

    /// <summary>Takes back everything an element waits for.</summary>
    void CloseWaits(long ownerKey)
    {
        foreach (var task in State.UserTasks.Values.Where(t => t.ElementKey == ownerKey).ToArray())
            Emit(new UserTaskCanceled(task.Key, At));
        foreach (var job in State.Jobs.Values.Where(j => j.ElementKey == ownerKey).ToArray())
            Emit(new JobCanceled(job.Key, At));
        foreach (var timer in State.Timers.Values.Where(t => t.OwnerKey == ownerKey).ToArray())
            Emit(new TimerCanceled(timer.Key));
        foreach (var subscription in State.Subscriptions.Values.Where(s => s.OwnerKey == ownerKey).ToArray())
            Emit(new SubscriptionClosed(subscription.Key));
        foreach (var incident in State.Incidents.Values.Where(i => i.ElementKey == ownerKey).ToArray())
            Emit(new IncidentResolved(incident.Key, At));
    }

    // ---- something fires ------------------------------------------------------------------------------------------

    public void FireTimer(TimerInstance timer)
    {
        if (timer.Reminder is { } reminder)
        {
            FireReminder(timer, reminder);
            return;
        }
        Emit(new TimerFired(timer.Key, timer.TargetId));
        if (timer.Cycle is not null && timer.RepetitionsLeft != 0) Reschedule(timer);
        Trigger(timer.OwnerKey, timer.TargetId, []);
    }

    void FireReminder(TimerInstance timer, TaskReminder reminder)
    {
        Emit(new ReminderFired(timer.Key, timer.TargetId, reminder, timer.DueAt, At));
        // Counted on from when it was due, but never into the past: what was slept through is told once.
        var next = timer.DueAt;
        do
        {
            if (ReminderLadder.Next(reminder.Rung, next, release.Calendar, release.Zone) is not { } later) return;
            next = later;
        }
        while (next <= At);
        Emit(new TimerScheduled(timer with { Key = NextKey(), DueAt = next }));
    }

    /// <summary>The ladder of a task, null where none is asked for; or why it cannot be read.</summary>
    public (ReminderLadder? Ladder, string? Problem) LadderOf(UserTask node, long scopeKey)
    {
        var (text, problem) = TextOf(node.Reminders, scopeKey);
        if (text is null) return (null, problem);
        ImmutableArray<string> escalation = [.. (node.Property("escalation") ?? "").Split(
            ',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)];
        var ladder = ReminderLadder.Parse(text, escalation, out var wrong);
        return (ladder, ladder is null ? $"reminders: {wrong}" : null);
    }

    /// <summary>The reminders of a task begin, or begin anew because its term changed.</summary>
    public void Remind(UserTaskInstance task, ReminderLadder? ladder)
    {
        foreach (var timer in State.Timers.Values.Where(t => t.Reminder?.TaskKey == task.Key).ToArray())
            Emit(new TimerCanceled(timer.Key));
        if (ladder is null || task.DueDate is not { } due) return;
        foreach (var reminder in ladder.Plan(At, due, release.Calendar, release.Zone))
        {
            Emit(new TimerScheduled(new TimerInstance(
                NextKey(), task.ElementKey, task.ElementId, reminder.At, null, 0)
            {
                Reminder = new TaskReminder(task.Key, reminder.Rung, reminder.Role, reminder.Urgent),
            }));
        }
    }

    void Reschedule(TimerInstance timer)
    {
        var next = TimerSchedule.ParseCycle(timer.Cycle!, release.Zone).Value?.Next(timer.DueAt, release.Zone);
        if (next is null) return;
        var left = timer.RepetitionsLeft > 0 ? timer.RepetitionsLeft - 1 : timer.RepetitionsLeft;
        Emit(new TimerScheduled(timer with
        {
            Key = NextKey(), DueAt = next.Value.ToUniversalTime(), RepetitionsLeft = left,
        }));
    }

    public void Correlate(MessageSubscription subscription, CorrelateMessage message)
    {
        Emit(new MessageCorrelated(subscription.Key, message.MessageKey, subscription.TargetId));
        if (subscription.Interrupting) Emit(new SubscriptionClosed(subscription.Key));
        Trigger(subscription.OwnerKey, subscription.TargetId, message.Variables);
    }

    /// <summary>The awaited event <paramref name="targetId"/> of an element or scope happens.</summary>
    void Trigger(long ownerKey, string targetId, ImmutableArray<VariableValue> variables)
    {
        var owner = State.Elements[ownerKey];
        var target = Definition.Node(targetId);
        switch (target)
        {
            case BoundaryEvent boundary:
                if (boundary.CancelActivity) Terminate(ownerKey);
                CompleteCaught(boundary, owner.ScopeKey, variables);
                break;
            case StartEvent start:
                BeginEventSubProcess(start, owner, variables);
                break;
            case var _ when NodeOf(owner) is EventBasedGateway gateway:
                var flow = gateway.Outgoing.First(f => f.TargetId == targetId);
                End(owner);
                Emit(new SequenceFlowTaken(flow.Id, owner.ScopeKey, null));
                CompleteCaught(target, owner.ScopeKey, variables);
                break;
            default:
                Receive(target, ownerKey, variables);
                Enqueue(ownerKey, Resume.Complete);
                break;
        }
    }

    // The event has already happened, so the element only passes its variables on and completes.
    void CompleteCaught(FlowNode caught, long scopeKey, ImmutableArray<VariableValue> variables)
    {
        var key = Create(caught, scopeKey);
        Receive(caught, key, variables);
        Enqueue(key, Resume.Complete);
    }

    void BeginEventSubProcess(StartEvent start, ElementInstance scope, ImmutableArray<VariableValue> variables)
    {
        var eventSubProcess = Definition.Node(start.ScopeId);
        if (start.IsInterrupting)
        {
            Emit(new ScopeInterrupted(scope.Key));
            TerminateInside(scope.Key);
            CloseEventSubProcesses(scope.Key);
        }
        var key = Create(eventSubProcess, scope.Key);
        foreach (var variable in variables) SetLocal(key, variable.Name, variable.Value);
        Enqueue(key, Resume.Activate);
    }

    // What waits at the border of the scope itself goes on; what would start another event sub-process does not.
    void CloseEventSubProcesses(long scopeKey)
    {
        foreach (var timer in State.Timers.Values
            .Where(t => t.OwnerKey == scopeKey && Definition.Node(t.TargetId) is StartEvent).ToArray())
            Emit(new TimerCanceled(timer.Key));
        foreach (var subscription in State.Subscriptions.Values
            .Where(s => s.OwnerKey == scopeKey && Definition.Node(s.TargetId) is StartEvent).ToArray())
            Emit(new SubscriptionClosed(subscription.Key));
    }

    // ---- thrown and caught ----------------------------------------------------------------------------------------

    /// <summary>
    /// An error goes outwards to the nearest catch event of its code (one that names the code before one that catches
    /// all), then to the caller, and is an incident when nobody catches it (BPMN 2.0.2, 10.5.7).
    /// </summary>
    /// <param name="cause">Recorded first when somebody catches it.</param>
    /// <returns>False when nobody catches it; the incident is the thrower's to raise.</returns>
    public bool ThrowError(
        ElementInstance thrower, string code, ImmutableArray<VariableValue> variables, HistoryEvent? cause = null)
    {
        var found = FindCatcher(thrower, d => d is ErrorEventDefinition error ? (true, error.Code) : default, code);
        if (found is { } caught)
        {
            if (cause is not null) Emit(cause);
            Emit(new ErrorThrown(thrower.Key, code, caught.TargetId));
            Trigger(caught.OwnerKey, caught.TargetId, variables);
            return true;
        }
        if (State.Parent is not { } parent || !parent.Catches.CatchesError(code)) return false;
        if (cause is not null) Emit(cause);
        Emit(new ErrorThrown(thrower.Key, code, null));
        TerminateInstance();
        Ask(new SendCommand(
            parent.InstanceKey, new PropagateError(parent.ElementKey, State.Key, code, variables)));
        return true;
    }

    /// <summary>Like an error, but the thrower goes on unless it is interrupted, and nobody has to catch it.</summary>
    public void ThrowEscalation(ElementInstance thrower, string code, ImmutableArray<VariableValue> variables)
    {
        var caught = FindCatcher(
            thrower, d => d is EscalationEventDefinition escalation ? (true, escalation.Code) : default, code);
        Emit(new EscalationThrown(thrower.Key, code, caught?.TargetId));
        if (caught is { } found)
            Trigger(found.OwnerKey, found.TargetId, variables);
        else if (State.Parent is { } parent && parent.Catches.CatchesEscalation(code))
            Ask(new SendCommand(
                parent.InstanceKey, new PropagateEscalation(parent.ElementKey, State.Key, code, variables)));
    }

    (long OwnerKey, string TargetId)? FindCatcher(
        ElementInstance thrower, Func<EventDefinition?, (bool IsKind, ModelExpression? Code)> kind, string code)
    {
        foreach (var (owner, candidates) in CatchersOutwards(thrower))
        {
            string? catchesAll = null;
            foreach (var candidate in candidates)
            {
                var (isKind, wanted) = kind(DefinitionOf(candidate));
                if (!isKind) continue;
                if (wanted is null) catchesAll ??= candidate.Id;
                else if (TextOf(wanted, owner).Text == code) return (owner, candidate.Id);
            }
            if (catchesAll is not null) return (owner, catchesAll);
        }
        return null;
    }

    static EventDefinition? DefinitionOf(FlowNode catcher) =>
        catcher is BoundaryEvent boundary ? boundary.Definition : ((StartEvent)catcher).Definition;

    // From the thrower outwards: its own border, then the event sub-processes of its scope, then that scope's border.
    IEnumerable<(long OwnerKey, IEnumerable<FlowNode> Candidates)> CatchersOutwards(ElementInstance thrower)
    {
        var element = thrower;
        while (true)
        {
            if (NodeOf(element) is Activity activity && element.Kind != ElementKind.MultiInstanceInner)
                yield return (element.Key, activity.BoundaryEvents);
            if (!State.Elements.TryGetValue(element.ScopeKey, out var scope)) yield break;
            if (scope.Kind != ElementKind.MultiInstanceBody
                && Definition.Scopes.TryGetValue(NodeOf(scope)?.Id ?? Definition.Id, out var inside))
            {
                // A handler does not handle itself, and an interrupted scope starts no further interrupting handler.
                yield return (scope.Key, inside.EventSubProcesses
                    .Where(handler => handler.Id != element.ElementId)
                    .Select(StartOf)
                    .Where(start => !scope.Interrupted || !start.IsInterrupting));
            }
            element = scope;
        }
    }

    /// <summary>
    /// The codes that this element's surroundings would catch: what a called process may throw at its caller.
    /// </summary>
    public CatchableByCallers CatchableFrom(ElementInstance callActivity)
    {
        var errors = ImmutableArray.CreateBuilder<string?>();
        var escalations = ImmutableArray.CreateBuilder<string?>();
        foreach (var (owner, candidates) in CatchersOutwards(callActivity))
        {
            foreach (var definition in candidates.Select(DefinitionOf))
            {
                if (definition is ErrorEventDefinition error)
                    errors.Add(error.Code is null ? null : TextOf(error.Code, owner).Text);
                else if (definition is EscalationEventDefinition escalation)
                    escalations.Add(escalation.Code is null ? null : TextOf(escalation.Code, owner).Text);
            }
        }
        if (State.Parent is { } parent)
        {
            errors.AddRange(parent.Catches.Errors);
            escalations.AddRange(parent.Catches.Escalations);
        }
        return new([.. errors.Distinct(StringComparer.Ordinal)], [.. escalations.Distinct(StringComparer.Ordinal)]);
    }

    // ---- flows ----------------------------------------------------------------------------------------------------

    /// <summary>
    /// The outgoing flows of an activity or event: every one whose condition holds, else the default (BPMN 2.0.2,
    /// 13.3.1). Null with an incident.
    /// </summary>
    ImmutableArray<SequenceFlow>? ChooseOutgoing(FlowNode node, ElementInstance element)
    {
        if (node.Outgoing.All(flow => flow.Condition is null)) return node.Outgoing;
        var defaultFlow = (node as Activity)?.DefaultFlow;
        var chosen = ImmutableArray.CreateBuilder<SequenceFlow>();
        foreach (var flow in node.Outgoing.Where(flow => flow.Id != defaultFlow?.Id))
        {
            var (holds, problem) = flow.Condition is null ? (true, null) : Holds(flow.Condition, element.ScopeKey);
            if (problem is not null)
            {
                RaiseIncident(element, IncidentKind.Condition, $"Flow '{flow.Id}': {problem}", Resume.Complete);
                return null;
            }
            if (holds) chosen.Add(flow);
        }
        if (chosen.Count == 0 && defaultFlow is not null) chosen.Add(defaultFlow);
        if (chosen.Count > 0) return chosen.ToImmutable();
        RaiseIncident(
            element, IncidentKind.Condition, NoFlowMessage(node), Resume.Complete);
        return null;
    }

    public static string NoFlowMessage(FlowNode node) =>
        $"Expected at least one condition of the flows leaving '{node.Id}' to be true, or a default flow, but there " +
        "is none.";
}
