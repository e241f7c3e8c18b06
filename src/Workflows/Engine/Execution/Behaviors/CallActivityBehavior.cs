using System.Collections.Immutable;
using Workflows.Engine.Model;

namespace Workflows.Engine.Execution.Behaviors;

/// <summary>Starts a child instance and waits for its end (BPMN 2.0.2, 10.3.6).</summary>
sealed class CallActivityBehavior : FlowNodeBehavior<CallActivity>
{
    protected override void Execute(CallActivity node, ElementInstance element, Run run)
    {
        var (processId, problem) = run.TextOf(node.ProcessId, element.Key);
        if (processId is null || !run.Release.CalledProcesses.TryGetValue(processId, out var definitionKey))
        {
            run.RaiseIncident(
                element, IncidentKind.CalledElement, problem ?? $"There is no deployed process '{processId}'.",
                Resume.Execute);
            return;
        }
        var depth = (run.State.Parent?.Depth ?? 0) + 1;
        if (depth > Limits.CallDepthMax)
        {
            run.RaiseIncident(
                element, IncidentKind.CalledElement, $"{Limits.CallDepthMax} processes call each other already. " +
                $"Probably '{processId}' calls itself: give the circle an end.", Resume.Execute);
            return;
        }
        var childKey = run.NextKey();
        var variables = node.PropagateAllParentVariables
            ? run.Visible(element.Key)
            : [.. run.State.Elements[element.Key].Variables.Select(v => new VariableValue(v.Name, v.Value))];
        run.Emit(new ChildStarted(element.Key, childKey, processId));
        run.Ask(new StartChild(definitionKey, new CreateInstance(
            childKey, variables, null, run.State.Tags, run.State.BusinessId, run.State.RootInstanceKey,
            new ParentReference(run.State.Key, element.Key, run.CatchableFrom(element), depth))));
    }

    /// <summary>The child has completed: its variables come back and the call activity completes.</summary>
    public static void Return(
        CallActivity node, ElementInstance element, ImmutableArray<VariableValue> variables, Run run)
    {
        if (node.PropagateAllChildVariables || !node.Outputs.IsEmpty) run.Receive(node, element.Key, variables);
        run.Enqueue(element.Key, Resume.Complete);
    }
}
