using System.Globalization;
using Workflows.Engine.Model;

namespace Workflows.Engine.Execution.Behaviors;

/// <summary>Service and send tasks: work is offered to job workers, and the element waits for one to answer.</summary>
sealed class JobBehavior : FlowNodeBehavior
{
    const int RetriesDefault = 3;

    public override void Execute(FlowNode node, ElementInstance element, Run run) =>
        Offer(node is SendTask send ? send.Job : ((ServiceTask)node).Job, node, element, run);

    /// <param name="job">Null or without a type in plain BPMN: the node's id is the type.</param>
    public static void Offer(JobDefinition? job, FlowNode node, ElementInstance element, Run run)
    {
        var (type, wrongType) = run.TextOf(job?.Type, element.Key);
        var (retriesText, wrongRetries) = run.TextOf(job?.Retries, element.Key);
        var retries = RetriesDefault;
        if ((wrongType ?? wrongRetries) is { } problem)
            run.RaiseIncident(element, IncidentKind.ExtractValue, problem, Resume.Execute);
        else if (job?.Type is not null && string.IsNullOrEmpty(type))
            run.RaiseIncident(
                element, IncidentKind.ExtractValue, $"The job type '{job.Type.Text}' is null or empty.",
                Resume.Execute);
        else if (retriesText is not null
            && !int.TryParse(retriesText, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out retries))
            run.RaiseIncident(
                element, IncidentKind.ExtractValue, $"Expected a whole number of retries, found '{retriesText}'.",
                Resume.Execute);
        else
            run.Emit(new JobCreated(new Job(
                run.NextKey(), element.Key, node.Id, type ?? node.Id, retries,
                [.. (job?.Headers ?? []).OrderBy(header => header.Key, StringComparer.Ordinal)])));
    }
}
