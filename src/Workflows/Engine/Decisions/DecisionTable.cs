using System.Collections.Immutable;
using Workflows.Engine.Expressions;

namespace Workflows.Engine.Decisions;

public enum HitPolicy
{
    Unique,
    First,
    Priority,
    Any,
    Collect,
    RuleOrder,
    OutputOrder,
}

public enum CollectAggregation
{
    None,
    Sum,
    Count,
    Min,
    Max,
}

/// <summary>Label is what the history shows: the text of the expression. Allowed is null without input
/// values.</summary>
sealed record TableInput(string Label, FeelNode Expression, FeelNode? Allowed);

/// <summary>Values are the output values in their priority, empty without any; Default is null without one.</summary>
sealed record TableOutput(string Name, FeelType Type, ImmutableArray<FeelNode> Values, FeelNode? Default);

sealed record TableRule(string Id, ImmutableArray<FeelNode> Conditions, ImmutableArray<FeelNode> Conclusions);

/// <summary>A decision table (DMN 1.5, chapter 8) as an expression.</summary>
sealed record DecisionTable(
    string Id,
    HitPolicy HitPolicy,
    CollectAggregation Aggregation,
    ImmutableArray<TableInput> Inputs,
    ImmutableArray<TableOutput> Outputs,
    ImmutableArray<TableRule> Rules) : BoxedNode
{
    public override FeelValue Evaluate(FeelScope scope, FeelRun run)
    {
        var inputs = ImmutableArray.CreateBuilder<KeyValuePair<string, FeelValue>>(Inputs.Length);
        var areAllowed = true;
        foreach (var input in Inputs)
        {
            var value = FeelEvaluator.Evaluate(input.Expression, scope, run);
            inputs.Add(new(input.Label, value));
            if (input.Allowed is null || value.IsNull) continue;
            if (FeelEvaluator.Evaluate(input.Allowed, scope.With("?", value), run).IsTrue) continue;
            run.Null($"The input '{input.Label}' of table '{Id}' has the value {value}, which is not allowed.");
            areAllowed = false;
        }
        var matched = ImmutableArray.CreateBuilder<MatchedRule>();
        for (var i = 0; areAllowed && i < Rules.Length; i++)
        {
            if (!Matches(Rules[i], inputs, scope, run)) continue;
            matched.Add(new(Rules[i].Id, i + 1, Conclude(Rules[i], scope, run)));
            if (HitPolicy == HitPolicy.First) break;
        }
        var result = areAllowed ? Answer(matched, scope, run) : FeelNull.Instance;
        run.Tables?.Add(new TableEvaluation(Id, HitPolicy, inputs.ToImmutable(), matched.ToImmutable()));
        return result;
    }

    static bool Matches(
        TableRule rule, ImmutableArray<KeyValuePair<string, FeelValue>>.Builder inputs, FeelScope scope, FeelRun run)
    {
        run.Charge();
        for (var i = 0; i < rule.Conditions.Length && i < inputs.Count; i++)
        {
            if (!FeelEvaluator.Evaluate(rule.Conditions[i], scope.With("?", inputs[i].Value), run).IsTrue) return false;
        }
        return true;
    }

    ImmutableArray<KeyValuePair<string, FeelValue>> Conclude(TableRule rule, FeelScope scope, FeelRun run)
    {
        var outputs = ImmutableArray.CreateBuilder<KeyValuePair<string, FeelValue>>(Outputs.Length);
        for (var i = 0; i < Outputs.Length && i < rule.Conclusions.Length; i++)
        {
            var value = FeelEvaluator.Evaluate(rule.Conclusions[i], scope, run);
            outputs.Add(new(Outputs[i].Name, Outputs[i].Type.Coerce(value, run)));
        }
        return outputs.ToImmutable();
    }

    FeelValue Answer(ImmutableArray<MatchedRule>.Builder matched, FeelScope scope, FeelRun run)
    {
        if (matched.Count == 0) return Unmatched(scope, run);
        switch (HitPolicy)
        {
            case HitPolicy.Unique when matched.Count > 1:
                return run.Null($"Table '{Id}' is unique, but {Describe(matched)} match.");
            case HitPolicy.Any when matched.Any(rule => !ValueOf(rule).Equals(ValueOf(matched[0]))):
                return run.Null($"Table '{Id}' allows any rule, but {Describe(matched)} give different outputs.");
            case HitPolicy.Unique or HitPolicy.Any or HitPolicy.First:
                return ValueOf(matched[0]);
            case HitPolicy.Priority:
                return ValueOf(InOutputOrder(matched, scope, run).First());
            case HitPolicy.OutputOrder:
                return run.Checked(new FeelList(InOutputOrder(matched, scope, run).Select(ValueOf)));
            default:
                return Aggregate(new FeelList(matched.Select(ValueOf)), run);
        }
    }

    FeelValue Unmatched(FeelScope scope, FeelRun run)
    {
        if (Outputs.Any(output => output.Default is not null))
        {
            var values = Outputs.Select(output => new KeyValuePair<string, FeelValue>(output.Name,
                output.Default is null ? FeelNull.Instance : FeelEvaluator.Evaluate(output.Default, scope, run)));
            return ValueOf(new MatchedRule("", 0, [.. values]));
        }
        return HitPolicy switch
        {
            HitPolicy.Collect => Aggregate(FeelList.Empty, run),
            HitPolicy.RuleOrder or HitPolicy.OutputOrder => FeelList.Empty,
            _ => run.Null($"No rule of table '{Id}' matches."),
        };
    }

    FeelValue Aggregate(FeelList values, FeelRun run)
    {
        var function = Aggregation switch
        {
            CollectAggregation.Sum => "sum",
            CollectAggregation.Count => "count",
            CollectAggregation.Min => "min",
            CollectAggregation.Max => "max",
            _ => null,
        };
        return function is null
            ? run.Checked(values)
            : FeelEvaluator.Invoke(FeelFunctions.Find(function)!, new([values], default), run);
    }

    /// <summary>One output is the value itself, several are a context.</summary>
    static FeelValue ValueOf(MatchedRule rule) =>
        rule.Outputs is [var only] ? only.Value : new FeelContext(rule.Outputs);

    /// <summary>By the place of each output among its output values, the first output first; the rest keeps its
    /// order.</summary>
    IEnumerable<MatchedRule> InOutputOrder(
        ImmutableArray<MatchedRule>.Builder matched, FeelScope scope, FeelRun run)
    {
        var ordered = matched.OrderBy(_ => 0);
        for (var i = 0; i < Outputs.Length; i++)
        {
            if (Outputs[i].Values.IsEmpty) continue;
            var at = i;
            FeelValue[] values = [.. Outputs[i].Values.Select(node => FeelEvaluator.Evaluate(node, scope, run))];
            ordered = ordered.ThenBy(rule =>
            {
                var place = Array.FindIndex(
                    values, value => FeelOperators.In(rule.Outputs[at].Value, value, run) == true);
                return place < 0 ? int.MaxValue : place;
            });
        }
        return ordered;
    }

    static string Describe(ImmutableArray<MatchedRule>.Builder matched) =>
        "rules " + string.Join(", ", matched.Select(rule => FeelNumber.Of(rule.RuleIndex)));
}

/// <summary>A boxed context: entries see those before them; a last entry without a name is the result.</summary>
sealed record BoxedContext(ImmutableArray<KeyValuePair<string, FeelNode>> Entries, FeelNode? Result) : BoxedNode
{
    public override FeelValue Evaluate(FeelScope scope, FeelRun run)
    {
        var entries = ImmutableArray.CreateBuilder<KeyValuePair<string, FeelValue>>(Entries.Length);
        foreach (var (name, node) in Entries)
        {
            run.Charge();
            var value = FeelEvaluator.Evaluate(node, scope, run);
            entries.Add(new(name, value));
            scope = scope.With(name, value);
        }
        if (Result is not null) return FeelEvaluator.Evaluate(Result, scope, run);
        return run.Checked(new FeelContext(entries.MoveToImmutable()));
    }
}

/// <summary>An expression whose element says a type.</summary>
sealed record TypedNode(FeelNode Expression, FeelType Type) : BoxedNode
{
    public override FeelValue Evaluate(FeelScope scope, FeelRun run) =>
        Type.Coerce(FeelEvaluator.Evaluate(Expression, scope, run), run);
}

/// <summary>An expression that could not be read; the model lists the problem.</summary>
sealed record BrokenNode(string Message) : BoxedNode
{
    public override FeelValue Evaluate(FeelScope scope, FeelRun run) => run.Null(Message);
}
