using Workflows.Engine.Model;

namespace Workflows.Engine.Execution.Behaviors;

// BPMN 2.0.2, 13.4.2. No wait state: the gateway completes as it activates, or stops with an incident.
sealed class ExclusiveGatewayBehavior : FlowNodeBehavior<ExclusiveGateway>
{
    protected override void Execute(ExclusiveGateway node, ElementInstance element, Run run)
    {
        if (node.Outgoing.IsEmpty)
        {
            run.Enqueue(element.Key, Resume.Complete);
            return;
        }
        foreach (var flow in node.Outgoing)     // in document order; the first that holds is taken
        {
            if (flow.Id == node.DefaultFlow?.Id) continue;
            var (holds, problem) = flow.Condition is null ? (true, null) : run.Holds(flow.Condition, element.ScopeKey);
            if (problem is not null)
            {
                run.RaiseIncident(element, IncidentKind.Condition, $"Flow '{flow.Id}': {problem}", Resume.Execute);
                return;
            }
            if (!holds) continue;
            run.CompleteTaking(element, flow);
            return;
        }
        if (node.DefaultFlow is { } otherwise) run.CompleteTaking(element, otherwise);
        else run.RaiseIncident(element, IncidentKind.Condition, Run.NoFlowMessage(node), Resume.Execute);
    }
}
