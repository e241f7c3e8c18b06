using System.Text.Json;
using Workflows.Engine.Calendar;
using Workflows.Engine.Expressions;

namespace Workflows.Engine.Forms;

/// <summary>
/// Evaluates the expressions of a form with our FEEL. Names are those of form-js: the fields of the answer, over the
/// variables of the process; inside a list also <c>this</c>, <c>parent</c> and <c>i</c>, and all three between
/// underscores where a field has taken the name.
/// </summary>
public static class FormFeel
{
    /// <summary>
    /// A context for one answer: it remembers what it has parsed and converted, so do not share it between answers.
    /// Today and the zone are those of <paramref name="environment"/>.
    /// </summary>
    public static FormContext Context(FeelEnvironment environment, FeelScope variables) => new(
        new Evaluation(environment, variables).Evaluate,
        LocalTime.DayOf(environment.Now, environment.Zone),
        environment.Zone) { Now = environment.Now };

    sealed class Evaluation(FeelEnvironment environment, FeelScope variables)
    {
        readonly Dictionary<string, FeelExpression?> parsed = new(StringComparer.Ordinal);
        readonly Dictionary<FormScope, FeelValue> rows = new(ReferenceEqualityComparer.Instance);
        FeelScope? answer;

        public JsonElement? Evaluate(string text, FormScope scope)
        {
            if (!parsed.TryGetValue(text, out var expression))
            {
                expression = FeelExpression.Parse(text).Expression;
                parsed.Add(text, expression);
            }
            if (expression is null) return null;
            var result = expression.Evaluate(Names(scope), environment);
            return result.Failure is null && !result.Value.IsNull
                ? JsonDocument.Parse(FeelJson.Write(result.Value)).RootElement
                : null;
        }

        FeelScope Names(FormScope scope)
        {
            answer ??= FeelScope.Of((FeelContext)FeelJson.Read(scope.Data));
            var row = Row(scope);
            var parent = scope.Outer is { } outer ? Row(outer) : FeelValue.Null;
            var indexes = new FeelList(scope.Indexes.Select(index => FeelValue.Of((long)index)));
            var special = FeelContext.Of(("this", row), ("parent", parent), ("i", indexes));
            var wrapped = FeelContext.Of(("_this_", row), ("_parent_", parent), ("_i_", indexes));
            return FeelScope.Of(wrapped).Then(answer).Then(FeelScope.Of(special)).Then(variables);
        }

        FeelValue Row(FormScope scope)
        {
            if (rows.TryGetValue(scope, out var row)) return row;
            row = FeelJson.Read(scope.This);
            rows.Add(scope, row);
            return row;
        }
    }
}
