using Workflows.Engine.Model;

namespace Workflows.Statute;

/// <summary>Compares what two versions say of one node.</summary>
static class NodeText
{
    /// <summary>Equal but for name, place and flows.</summary>
    public static bool Same(FlowNode one, FlowNode other) => Of(one) == Of(other);

    static string Of(FlowNode node) => string.Join('\n', Common(node).Concat(Own(node)));

    static IEnumerable<string> Common(FlowNode node) =>
    [
        node.ElementType, node.ScopeId,
        .. node.Properties.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key}={pair.Value}"),
        .. node.Inputs.Select(one => $"in {one.Target}={one.Source.Text}"),
        .. node.Outputs.Select(one => $"out {one.Target}={one.Source.Text}"),
        .. node is Activity { MultiInstance: { } loop }
            ? [loop.IsSequential ? "one by one" : "at once", loop.InputCollection?.Text ?? "",
                loop.Cardinality?.Text ?? "", loop.CompletionCondition?.Text ?? ""]
            : Array.Empty<string>(),
    ];

    static IEnumerable<string?> Own(FlowNode node) => node switch
    {
        UserTask task =>
        [
            task.Assignee?.Text, task.CandidateGroups?.Text, task.CandidateUsers?.Text, task.DueDate?.Text,
            task.FormId?.Text,
        ],
        ServiceTask task => Job(task.Job),
        SendTask task => Job(task.Job),
        ScriptTask task => [task.Script?.Text, task.ResultVariable],
        BusinessRuleTask task => [task.DecisionId?.Text, task.ResultVariable],
        CallActivity call => [call.ProcessId.Text],
        SubProcess inner => [inner.TriggeredByEvent.ToString()],
        StartEvent start => [start.IsInterrupting.ToString(), .. Event(start.Definition)],
        EndEvent end => Event(end.Definition),
        IntermediateCatchEvent caught => Event(caught.Definition),
        IntermediateThrowEvent thrown => Event(thrown.Definition),
        BoundaryEvent boundary =>
            [boundary.AttachedToId, boundary.CancelActivity.ToString(), .. Event(boundary.Definition)],
        _ => [],
    };

    static IEnumerable<string?> Job(JobDefinition job) =>
        [job.Type?.Text, .. job.Headers.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair}")];

    static IEnumerable<string?> Event(EventDefinition? definition) => definition switch
    {
        TimerEventDefinition timer => ["timer", timer.Kind.ToString(), timer.Expression.Text],
        MessageEventDefinition message =>
            ["message", message.Message.Name.Text, message.Message.CorrelationKey?.Text],
        ErrorEventDefinition error => ["error", error.Code?.Text],
        EscalationEventDefinition escalation => ["escalation", escalation.Code?.Text],
        null => ["none"],
        _ => [definition.GetType().Name],
    };
}
