using Workflows.Engine.Model;

namespace Workflows.Engine.Execution.Behaviors;

// BPMN 2.0.2, 13.4.4. The gateway itself is what waits; the event that fires first takes its place.
sealed class EventBasedGatewayBehavior : FlowNodeBehavior<EventBasedGateway>
{
    protected override void Execute(EventBasedGateway node, ElementInstance element, Run run) =>
        run.AwaitFirst(element, node);
}
