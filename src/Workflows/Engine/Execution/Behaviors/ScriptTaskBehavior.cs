using Workflows.Engine.Expressions;
using Workflows.Engine.Model;

namespace Workflows.Engine.Execution.Behaviors;

/// <summary>A FEEL script whose value becomes the result variable, or a job for a worker.</summary>
sealed class ScriptTaskBehavior : FlowNodeBehavior<ScriptTask>
{
    protected override void Execute(ScriptTask node, ElementInstance element, Run run)
    {
        if (node.Script is not { } script)
        {
            JobBehavior.Offer(node.Job, node, element, run);
            return;
        }
        var result = run.Evaluate(script, element.Key);
        if (result.Problem is { } problem)
        {
            run.RaiseIncident(element, IncidentKind.ExtractValue, problem, Resume.Execute);
            return;
        }
        if (node.ResultVariable is { } name)
            run.Receive(node, element.Key, [new VariableValue(name, FeelJson.Write(result.Value))]);
        run.Enqueue(element.Key, Resume.Complete);
    }
}
