using System.Collections.Immutable;
using Workflows.Engine.Model;

namespace Workflows.Engine.Execution;

/// <summary>What makes a command impossible. Everything here is checked before anything happens.</summary>
static class Preconditions
{
    /// <summary>The rejection, or null when the command can be carried out.</summary>
    public static StepResult.Rejected? Violated(
        Release release, ProcessInstance? instance, CommandEnvelope envelope, Release? target)
    {
        if (TooLarge(envelope.Command) is { } tooLarge) return tooLarge;
        if (envelope.Command is CreateInstance)
        {
            return instance is null
                ? null
                : new(RejectionCode.AlreadyExists, $"Instance {instance.Key} exists already.");
        }
        if (instance is null) return new(RejectionCode.NotFound, "Expected a process instance, but there is none.");
        if (envelope.Command is RecordAct { Variables.IsDefaultOrEmpty: true } act) return Nameless(act.Act);
        if (instance.State != InstanceState.Active)
            return new(RejectionCode.NotFound, $"Process instance {instance.Key} has ended ({instance.State}).");
        return envelope.Command switch
        {
            CompleteUserTask c => UserTask(instance, c.TaskKey)
                ?? SamePerson(release, instance, c.TaskKey, envelope.Actor, envelope.OnBehalfOf),
            AssignUserTask c => UserTask(instance, c.TaskKey) ?? Taken(instance.UserTasks[c.TaskKey], c)
                ?? SamePerson(release, instance, c.TaskKey, c.Assignee, envelope.OnBehalfOf),
            UnassignUserTask c => UserTask(instance, c.TaskKey),
            UpdateUserTask c => UserTask(instance, c.TaskKey) ?? Priority(c.Changes),
            CompleteJob c => Job(instance, c.JobKey) ?? Stopped(instance, c.JobKey),
            FailJob c => Job(instance, c.JobKey) ?? Stopped(instance, c.JobKey),
            ThrowJobError c => Job(instance, c.JobKey) ?? Stopped(instance, c.JobKey),
            UpdateJob c => Job(instance, c.JobKey) ?? Retries(c),
            FireTimer c => Known(instance.Timers.ContainsKey(c.TimerKey), "timer", c.TimerKey),
            CorrelateMessage c => Known(
                instance.Subscriptions.ContainsKey(c.SubscriptionKey), "subscription", c.SubscriptionKey),
            CompleteReceiveTask c => ReceiveTask(release, instance, c.ElementKey),
            CompleteChild c => Called(instance, c.ElementKey, c.ChildKey),
            PropagateError c => Called(instance, c.ElementKey, c.ChildKey),
            PropagateEscalation c => Called(instance, c.ElementKey, c.ChildKey),
            SetVariables c => Known(instance.Elements.ContainsKey(c.ScopeKey), "element instance", c.ScopeKey),
            ResolveIncident c => Incident(instance, c.IncidentKey),
            RecordAct c => Nameless(c.Act),
            MigrateInstance c => Migratable(release, instance, c, target),
            UndoMigration c => Unchanged(instance, c, target),
            ModifyInstance c => Modifiable(release, instance, c),
            CancelInstance { ByParent: false } when instance.Parent is { } parent => new(
                RejectionCode.InvalidState,
                $"Process instance {instance.Key} was called by instance {parent.InstanceKey}: cancel its root, " +
                $"instance {instance.RootInstanceKey}."),
            _ => null,
        };
    }

    static StepResult.Rejected? Known(bool isKnown, string what, long key) =>
        isKnown
            ? null
            : new(RejectionCode.NotFound, $"Expected to find an open {what} with key {key}, but there is none.");

    static StepResult.Rejected? UserTask(ProcessInstance instance, long key) =>
        Known(instance.UserTasks.ContainsKey(key), "user task", key);

    static StepResult.Rejected? Job(ProcessInstance instance, long key) =>
        Known(instance.Jobs.ContainsKey(key), "job", key);

    // As in Camunda: what has failed for good is given retries and resolved before anybody works on it again.
    static StepResult.Rejected? Stopped(ProcessInstance instance, long key) =>
        instance.Incidents.Values.Any(incident => incident.JobKey == key)
            ? new(RejectionCode.InvalidState,
                $"Expected job {key} to be activatable, but it has an incident: set its retries and resolve it.")
            : null;

    static StepResult.Rejected? Nameless(Act act) => string.IsNullOrEmpty(act.Kind)
        ? new(RejectionCode.InvalidArgument, "Expected the kind of an act, but it is empty.")
        : null;

    // G11: the one who prepared may not approve, nor may her substitute, nor she whom the preparer stood in for. The
    // property names the earlier task. Who may not complete it cannot have it either: nobody else would see it then.
    static StepResult.Rejected? SamePerson(
        Release release, ProcessInstance instance, long taskKey, string person, string? onBehalfOf)
    {
        var task = instance.UserTasks[taskKey];
        return instance.Barred(release.Definition, task.ElementId) is { } by && (by.Is(person) || by.Is(onBehalfOf))
            ? new(RejectionCode.Forbidden,
                $"Task '{task.ElementId}' must be done by another person than '{by.ElementId}', which " +
                $"{(by.OnBehalfOf is null ? by.Actor : $"{by.Actor} on behalf of {by.OnBehalfOf}")} completed.")
            : null;
    }

    static StepResult.Rejected? Taken(UserTaskInstance task, AssignUserTask command)
    {
        if (string.IsNullOrEmpty(command.Assignee))
            return new(RejectionCode.InvalidArgument, "Expected the name of an assignee, but it is empty.");
        return !command.AllowOverride && task.Assignee is { } present && present != command.Assignee
            ? new(RejectionCode.InvalidState, $"User task {task.Key} is already assigned to {present}.")
            : null;
    }

    static StepResult.Rejected? Priority(UserTaskChanges changes) => changes.Priority is < 0 or > 100
        ? new(RejectionCode.InvalidArgument, $"Expected a priority from 0 to 100, but it is {changes.Priority}.")
        : null;

    static StepResult.Rejected? Retries(UpdateJob command) => command.Retries < 1
        ? new(RejectionCode.InvalidArgument, $"Expected at least 1 retry, but it is {command.Retries}.")
        : null;

    static StepResult.Rejected? ReceiveTask(Release release, ProcessInstance instance, long key) =>
        instance.Elements.TryGetValue(key, out var element) && element.Key != instance.Key
        && release.Definition.Node(element.ElementId) is ReceiveTask { Message: null }
            ? null
            : new(RejectionCode.NotFound, $"Expected a waiting receive task without a message with key {key}.");

    static StepResult.Rejected? Called(ProcessInstance instance, long elementKey, long childKey) => Known(
        instance.Elements.TryGetValue(elementKey, out var element) && element.ChildInstanceKey == childKey,
        $"call of instance {childKey} by element instance", elementKey);

    static StepResult.Rejected? Incident(ProcessInstance instance, long key)
    {
        if (!instance.Incidents.TryGetValue(key, out var incident)) return Known(false, "incident", key);
        return incident.Kind == IncidentKind.JobNoRetries && instance.Jobs[incident.JobKey].Retries < 1
            ? new(RejectionCode.InvalidState,
                $"Job {incident.JobKey} of incident {key} has no retries left: set its retries first.")
            : null;
    }

    static StepResult.Rejected? Migratable(
        Release release, ProcessInstance instance, MigrateInstance command, Release? target)
    {
        if (target is null || target.Key != command.DefinitionKey)
            return new(RejectionCode.NotFound, $"There is no process definition with key {command.DefinitionKey}.");
        if (command.Mapping.FirstOrDefault(pair => !release.Definition.Nodes.ContainsKey(pair.Key)) is
            { Key: { } from })
            return new(RejectionCode.InvalidArgument, $"'{from}' is no element of '{release.Definition.Id}'.");
        if (command.Mapping.FirstOrDefault(p => !target.Definition.Nodes.ContainsKey(p.Value)) is { Value: { } to })
            return new(RejectionCode.InvalidArgument, $"'{to}' is no element of '{target.Definition.Id}'.");
        var blockers = Migration.Check(instance, release.Definition, target.Definition, command.Mapping);
        return blockers.IsEmpty
            ? null
            : new(RejectionCode.InvalidState, $"Instance {instance.Key} cannot go over to definition {target.Key}: "
                + string.Join(", ", blockers.Select(b => $"'{b.ElementId}' ({b.Reason})")) + ".");
    }

    static StepResult.Rejected? Unchanged(ProcessInstance instance, UndoMigration command, Release? target)
    {
        if (target is null || target.Key != command.Before.DefinitionKey)
            return new(RejectionCode.NotFound, $"There is no definition with key {command.Before.DefinitionKey}.");
        return Migration.HashOf(instance) == command.AfterHash
            ? null
            : new(RejectionCode.InvalidState, $"Instance {instance.Key} has moved on since it went over.");
    }

    static StepResult.Rejected? Modifiable(Release release, ProcessInstance instance, ModifyInstance command)
    {
        if (command.Terminate.Contains(instance.Key))
            return new(RejectionCode.InvalidArgument, $"{instance.Key} is the whole process instance: cancel it.");
        foreach (var key in command.Terminate)
            if (Known(instance.Elements.ContainsKey(key), "element instance", key) is { } unknown) return unknown;
        foreach (var one in command.Activate)
        {
            if (!release.Definition.Nodes.TryGetValue(one.ElementId, out var node))
                return new(RejectionCode.InvalidArgument, $"'{one.ElementId}' is no element of the process.");
            if (node is StartEvent or BoundaryEvent)
                return new(RejectionCode.InvalidArgument,
                    $"'{node.Id}' is a {node.ElementType}: name an element that a flow can lead to.");
            if (one.AncestorKey != 0
                && Known(instance.Elements.ContainsKey(one.AncestorKey), "element instance", one.AncestorKey) is { } no)
                return no;
            if (one.Variables.FirstOrDefault(v => v.ScopeId is { } id && id != node.Id && !IsAround(id)) is { } scoped)
                return new(RejectionCode.InvalidArgument,
                    $"'{scoped.ScopeId}' is neither '{node.Id}' nor a scope around it.");

            bool IsAround(string id)
            {
                for (var scope = node.ScopeId; ; scope = release.Definition.Nodes[scope].ScopeId)
                {
                    if (scope == id) return true;
                    if (scope == release.Definition.Id) return false;
                }
            }
        }
        return null;
    }

    static StepResult.Rejected? TooLarge(Command command)
    {
        ImmutableArray<VariableValue> variables = command switch
        {
            CreateInstance c => c.Variables,
            CompleteUserTask c => c.Variables,
            CompleteJob c => c.Variables,
            FailJob c => c.Variables,
            ThrowJobError c => c.Variables,
            CorrelateMessage c => c.Variables,
            SetVariables c => c.Variables,
            ModifyInstance c =>
                [.. c.Activate.SelectMany(one => one.Variables).Select(v => new VariableValue(v.Name, v.Value))],
            _ => [],
        };
        var large = variables.IsDefaultOrEmpty
            ? null
            : variables.FirstOrDefault(v => v.Value.Length > Limits.VariableCharactersMax);
        return large is null
            ? null
            : new(RejectionCode.InvalidArgument,
                $"Variable '{large.Name}' has {large.Value.Length} characters, at most " +
                $"{Limits.VariableCharactersMax} are kept.");
    }
}
