using Workflows.Engine.Model;

namespace Workflows.Engine.Execution.Behaviors;

/// <summary>Timer and message catch events wait until what they wait for happens.</summary>
sealed class IntermediateCatchEventBehavior : FlowNodeBehavior<IntermediateCatchEvent>
{
    protected override void Execute(IntermediateCatchEvent node, ElementInstance element, Run run) =>
        run.Await(element, node, node.Definition);
}

/// <summary>
/// A receive task waits like a message catch event; without a message it waits to be completed from outside.
/// </summary>
sealed class ReceiveTaskBehavior : FlowNodeBehavior<ReceiveTask>
{
    protected override void Execute(ReceiveTask node, ElementInstance element, Run run)
    {
        if (node.Message is { } message) run.Await(element, node, new MessageEventDefinition(message, null));
    }
}

sealed class IntermediateThrowEventBehavior : FlowNodeBehavior<IntermediateThrowEvent>
{
    protected override void Execute(IntermediateThrowEvent node, ElementInstance element, Run run) =>
        Throw.From(node, node.Definition, element, run);
}

sealed class EndEventBehavior : FlowNodeBehavior<EndEvent>
{
    protected override void Execute(EndEvent node, ElementInstance element, Run run) =>
        Throw.From(node, node.Definition, element, run);
}

/// <summary>What throw and end events do, by their definition.</summary>
static class Throw
{
    public static void From(FlowNode node, EventDefinition? definition, ElementInstance element, Run run)
    {
        switch (definition)
        {
            case null:
                run.Enqueue(element.Key, Resume.Complete);
                break;
            case TerminateEventDefinition:
                run.TerminateInside(element.ScopeKey, exceptKey: element.Key);
                run.Enqueue(element.Key, Resume.Complete);
                break;
            case MessageEventDefinition message:
                JobBehavior.Offer(message.Job, node, element, run);
                break;
            case ErrorEventDefinition error:
                ThrowError(error, node, element, run);
                break;
            case EscalationEventDefinition escalation:
                ThrowEscalation(escalation, node, element, run);
                break;
            default:
                throw new InvalidOperationException($"The reader let {definition} pass in '{node.Id}'.");
        }
    }

    static void ThrowError(ErrorEventDefinition error, FlowNode node, ElementInstance element, Run run)
    {
        var (code, problem) = run.TextOf(error.Code, element.Key);
        if (problem is not null)
            run.RaiseIncident(element, IncidentKind.ExtractValue, $"Error code: {problem}", Resume.Execute);
        else if (!run.ThrowError(element, code ?? "", []))
            run.RaiseIncident(
                element, IncidentKind.UnhandledError, $"Expected an event that catches the error '{code}' thrown by " +
                $"'{node.Id}', but there is none.", Resume.Execute);
    }

    static void ThrowEscalation(EscalationEventDefinition escalation, FlowNode node, ElementInstance element, Run run)
    {
        var (code, problem) = run.TextOf(escalation.Code, element.Key);
        if (problem is not null)
        {
            run.RaiseIncident(
                element, IncidentKind.ExtractValue, $"Escalation of '{node.Id}': {problem}", Resume.Execute);
            return;
        }
        run.Enqueue(element.Key, Resume.Complete);      // does nothing if the escalation ends this element
        run.ThrowEscalation(element, code ?? "", []);
    }
}
