using Workflows.Engine.Model;

namespace Workflows.Engine.Execution.Behaviors;

// BPMN 2.0.2, 13.4.1. Joining is done before activation, where tokens arrive (Run.Take); here it only splits.
sealed class ParallelGatewayBehavior : FlowNodeBehavior<ParallelGateway>
{
    protected override void Execute(ParallelGateway node, ElementInstance element, Run run) =>
        run.CompleteTaking(element, node.Outgoing.AsSpan());
}
