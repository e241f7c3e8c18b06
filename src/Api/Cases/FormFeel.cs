using System.Text.Json;
using Workflows.Engine.Expressions;
using Workflows.Engine.Forms;

namespace Api.Cases;

/// <summary>FEEL in forms (conditions, limits, computed fields) with the names form-js gives the data.</summary>
static class FormFeel
{
    /// <summary>Null when the expression does not parse, does not evaluate, or has no value.</summary>
    public static JsonElement? Evaluate(string expression, FormScope scope, FeelEnvironment environment)
    {
        if (FeelExpression.Parse(expression).Expression is not { } parsed) return null;
        var names = new Dictionary<string, FeelValue>(StringComparer.Ordinal);
        AddFields(names, scope.Data);
        if (scope.Indexes.Length > 0) AddFields(names, scope.This);
        names["this"] = FeelJson.Read(scope.This);
        if (scope.Parent is { } parent) names["parent"] = FeelJson.Read(parent);
        if (scope.Indexes.Length > 0) names["i"] = FeelValue.Of(scope.Indexes[^1]);
        var result = parsed.Evaluate(FeelScope.Of(names), environment);
        if (result.Failure is not null || result.Value.IsNull) return null;
        using var document = JsonDocument.Parse(FeelJson.Write(result.Value));
        return document.RootElement.Clone();
    }

    static void AddFields(Dictionary<string, FeelValue> names, JsonElement data)
    {
        if (data.ValueKind != JsonValueKind.Object) return;
        foreach (var field in data.EnumerateObject()) names[field.Name] = FeelJson.Read(field.Value);
    }
}
