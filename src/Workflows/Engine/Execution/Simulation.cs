using System.Collections.Immutable;
using Workflows.Engine.Calendar;
using Workflows.Engine.Decisions;
using Workflows.Engine.Model;

namespace Workflows.Engine.Execution;

/// <summary>
/// Drives the interpreter with a virtual clock and nothing stored: what would happen, over several definitions and
/// all instances they start. The same decisions as the durable shell takes, in one thread and in due order.
/// </summary>
public sealed class Simulation(DateTimeOffset start, TimeZoneInfo zone, BusinessCalendar calendar)
{
    /// <summary>
    /// Commands one call may cause in other instances; a circle of processes that call each other ends here.
    /// </summary>
    const int QueuedCommandsMax = 10_000;

    readonly SortedDictionary<long, ProcessInstance> instances = [];
    readonly Dictionary<long, Release> releases = [];
    readonly Dictionary<string, long> latest = new(StringComparer.Ordinal);
    readonly Dictionary<string, long> forms = new(StringComparer.Ordinal);
    readonly Dictionary<string, DecisionModel> decisions = new(StringComparer.Ordinal);
    readonly List<StartTimer> startTimers = [];
    readonly List<SimulatedEvent> history = [];
    readonly Queue<(long InstanceKey, Command Command, long DefinitionKey)> queue = new();
    long lastKey;
    int steps;

    public DateTimeOffset Now { get; private set; } = start;

    /// <summary>When the next timer is due; null when nothing waits for time.</summary>
    public DateTimeOffset? NextDueAt => NextDue()?.At;

    public IReadOnlyDictionary<long, ProcessInstance> Instances => instances;

    public IReadOnlyList<SimulatedEvent> History => history;

    public Release ReleaseOf(ProcessInstance instance) => releases[instance.DefinitionKey];

    public ProcessDefinition LatestOf(string processId) => releases[latest[processId]].Definition;

    public ProcessDefinition DefinitionOf(ProcessInstance instance) => ReleaseOf(instance).Definition;

    // ---- what can run ---------------------------------------------------------------------------------------------

    /// <summary>Makes this the latest version of its process; its timer start events begin to count.</summary>
    public void Deploy(ProcessDefinition definition)
    {
        var version = latest.TryGetValue(definition.Id, out var before) ? releases[before].Version + 1 : 1;
        var key = ++lastKey;
        releases[key] = new(key, version, definition, forms, decisions, latest, zone, calendar);
        latest[definition.Id] = key;
        startTimers.RemoveAll(timer => timer.ProcessId == definition.Id);
        foreach (var startEvent in definition.Scopes[definition.Id].StartEvents)
        {
            if (startEvent.Definition is TimerEventDefinition timer) ScheduleStart(definition.Id, startEvent.Id, timer);
        }
    }

    public void DeployForm(string formId) => forms[formId] = ++lastKey;

    public void DeployDecision(string decisionId, DecisionModel model) => decisions[decisionId] = model;

    // ---- what is done ---------------------------------------------------------------------------------------------

    /// <summary>Starts the latest version of a process; the answer carries the state it waits in.</summary>
    public StepResult Start(
        string processId,
        ImmutableArray<VariableValue> variables,
        string? startEventId = null,
        string? businessId = null)
    {
        if (!latest.TryGetValue(processId, out var definitionKey))
            return new StepResult.Rejected(RejectionCode.NotFound, $"There is no deployed process '{processId}'.");
        var key = ++lastKey;
        return Do(key, new CreateInstance(key, variables, startEventId, BusinessId: businessId), definitionKey);
    }

    /// <summary>One command, then everything it causes in other instances.</summary>
    public StepResult Execute(long instanceKey, Command command, string actor = "simulation") =>
        Do(instanceKey, command, instances[instanceKey].DefinitionKey, actor);

    /// <summary>To the latest version of its process.</summary>
    public StepResult Migrate(
        long instanceKey, ImmutableSortedDictionary<string, string> mapping, TermPolicy terms = TermPolicy.Keep)
    {
        var target = latest[instances[instanceKey].ProcessId];
        return Decide(
            instanceKey, new MigrateInstance(target, mapping, terms), 0, "simulation", releases[target]);
    }

    public StepResult UndoMigration(long instanceKey, UndoMigration undo) =>
        Decide(instanceKey, undo, 0, "simulation", releases[undo.Before.DefinitionKey]);

    /// <summary>
    /// Publishes without a buffer: to one waiting subscription, else to a message start event. False: to nobody.
    /// </summary>
    /// <param name="accepts">Narrows whom it may reach; null: everybody with the name and correlation key.</param>
    public bool Publish(
        string name,
        string? correlationKey,
        ImmutableArray<VariableValue> variables,
        Func<ProcessInstance, MessageSubscription, bool>? accepts = null)
    {
        foreach (var instance in instances.Values.Where(i => i.State == InstanceState.Active).ToArray())
        {
            var waiting = instance.Subscriptions.Values.FirstOrDefault(s =>
                s.MessageName == name
                && (correlationKey is null || s.CorrelationKey is null || s.CorrelationKey == correlationKey)
                && (accepts is null || accepts(instance, s)));
            if (waiting is null) continue;
            Execute(instance.Key, new CorrelateMessage(waiting.Key, ++lastKey, variables));
            return true;
        }
        var starter = latest.Values.Select(key => releases[key].Definition)
            .SelectMany(d => d.Scopes[d.Id].StartEvents.Select(e => (Definition: d, Event: e)))
            .FirstOrDefault(s => s.Event.Definition is MessageEventDefinition m && m.Message.Name.Text == name);
        if (starter.Event is null) return false;
        Start(starter.Definition.Id, variables, starter.Event.Id);
        return true;
    }

    /// <summary>Moves the clock; every timer due on the way fires, in due order.</summary>
    public void AdvanceTo(DateTimeOffset moment)
    {
        while (NextDue() is { } due && due.At <= moment)
        {
            if (due.At > Now) Now = due.At;
            due.Fire();
        }
        if (moment > Now) Now = moment;
    }

    (DateTimeOffset At, Action Fire)? NextDue()
    {
        var timer = instances.Values
            .SelectMany(i => i.Timers.Values.Select(t => new { Instance = i.Key, Timer = t }))
            .MinBy(t => (t.Timer.DueAt, t.Timer.Key));
        var starting = startTimers.MinBy(t => t.DueAt);
        if (timer is not null && (starting is null || timer.Timer.DueAt <= starting.DueAt))
            return (timer.Timer.DueAt, () => Execute(timer.Instance, new FireTimer(timer.Timer.Key)));
        return starting is null ? null : (starting.DueAt, () => Fire(starting));
    }

    void ScheduleStart(string processId, string startEventId, TimerEventDefinition timer)
    {
        var (at, cycle, left) = StartTimers.First(timer, Now, zone);
        if (at is { } due) startTimers.Add(new(processId, startEventId, due, cycle, left));
    }

    void Fire(StartTimer timer)
    {
        startTimers.Remove(timer);
        if (StartTimers.Next(timer.Cycle, timer.Left, timer.DueAt, zone) is { } next)
            startTimers.Add(timer with { DueAt = next.DueAt, Left = next.Left });
        Start(timer.ProcessId, [], timer.StartEventId);
    }

    StepResult Do(long instanceKey, Command command, long definitionKey, string actor = "simulation")
    {
        var first = Decide(instanceKey, command, definitionKey, actor);
        for (var count = 0; queue.TryDequeue(out var queued); count++)
        {
            if (count == QueuedCommandsMax)
                throw new InvalidOperationException($"One command caused more than {QueuedCommandsMax} others.");
            Decide(queued.InstanceKey, queued.Command, queued.DefinitionKey, "engine");
        }
        return first;
    }

    StepResult Decide(
        long instanceKey, Command command, long definitionKey, string actor, Release? target = null)
    {
        var instance = instances.GetValueOrDefault(instanceKey);
        var envelope = new CommandEnvelope(
            $"{lastKey}", actor, Now, new KeyRange(lastKey + 1, Limits.KeysPerCommand), command);
        var release = releases[instance?.DefinitionKey ?? definitionKey];
        var result = Interpreter.Execute(release, instance, envelope, target);
        if (result is not StepResult.Accepted accepted) return result;
        lastKey += accepted.KeysUsed;
        instances[instanceKey] = accepted.Instance;
        steps++;
        foreach (var happened in accepted.History) history.Add(new(instanceKey, Now, actor, happened, steps));
        foreach (var effect in accepted.Effects)
        {
            if (effect is StartChild child) queue.Enqueue((child.Command.Key, child.Command, child.DefinitionKey));
            else if (effect is SendCommand send) queue.Enqueue((send.InstanceKey, send.Command, 0));
        }
        return result;
    }

    sealed record StartTimer(string ProcessId, string StartEventId, DateTimeOffset DueAt, string? Cycle, int Left);
}

/// <summary>What happened, where and when, in the order of the simulation.</summary>
/// <param name="Step">Number of the command it followed from.</param>
public sealed record SimulatedEvent(
    long InstanceKey, DateTimeOffset At, string Actor, HistoryEvent Event, int Step);
