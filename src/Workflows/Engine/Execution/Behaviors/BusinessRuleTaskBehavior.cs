using System.Collections.Immutable;
using Workflows.Engine.Decisions;
using Workflows.Engine.Expressions;
using Workflows.Engine.Model;

namespace Workflows.Engine.Execution.Behaviors;

/// <summary>Evaluates a DMN decision (and what it requires), or offers a job.</summary>
sealed class BusinessRuleTaskBehavior : FlowNodeBehavior<BusinessRuleTask>
{
    protected override void Execute(BusinessRuleTask node, ElementInstance element, Run run)
    {
        if (node.DecisionId is null)
        {
            JobBehavior.Offer(node.Job, node, element, run);
            return;
        }
        var (id, problem) = run.TextOf(node.DecisionId, element.Key);
        if (id is null || !run.Release.Decisions.TryGetValue(id, out var model))
        {
            run.RaiseIncident(
                element, IncidentKind.CalledDecision, problem ?? $"There is no deployed decision '{id}'.",
                Resume.Execute);
            return;
        }
        var result = model.Evaluate(id, run.ScopeOf(element.Key), run.Environment);
        if ((result.Failure?.Message ?? Ambiguity(result)) is { } failure)
        {
            run.RaiseIncident(element, IncidentKind.DecisionEvaluation, $"Decision '{id}': {failure}", Resume.Execute);
            return;
        }
        var json = FeelJson.Write(result.Output);
        run.Emit(new DecisionEvaluated(element.Key, id, json, Matched(result)));
        if (node.ResultVariable is { } name) run.Receive(node, element.Key, [new VariableValue(name, json)]);
        run.Enqueue(element.Key, Resume.Complete);
    }

    // Rules that contradict each other are a fault of the table, not an answer: null must not pick a branch.
    static string? Ambiguity(DecisionResult result) => result.Evaluations.SelectMany(e => e.Tables)
        .FirstOrDefault(t => t.HitPolicy == HitPolicy.Unique && t.MatchedRules.Length > 1) is { } table
            ? $"Table '{table.TableId}' allows one matching rule, but rules " +
                $"{string.Join(" and ", table.MatchedRules.Select(rule => rule.RuleIndex))} match."
            : null;

    static ImmutableArray<MatchedRules> Matched(DecisionResult result) =>
    [
        .. result.Evaluations.Where(e => !e.Tables.IsEmpty).Select(e => new MatchedRules(
            e.DecisionId, [.. e.Tables.SelectMany(t => t.MatchedRules).Select(rule => rule.RuleIndex)])),
    ];
}
