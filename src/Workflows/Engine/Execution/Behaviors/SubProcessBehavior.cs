using Workflows.Engine.Model;

namespace Workflows.Engine.Execution.Behaviors;

/// <summary>
/// An embedded sub-process begins at its none start event; an event sub-process at the event that fired.
/// </summary>
sealed class SubProcessBehavior : FlowNodeBehavior<SubProcess>
{
    protected override void Execute(SubProcess node, ElementInstance element, Run run) => run.StartInside(
        element, node.Id, node.TriggeredByEvent ? run.Definition.Scopes[node.Id].StartEvents[0].Id : null);
}
