using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Workflows.Engine.Calendar;
using Workflows.Engine.Expressions;
using Workflows.Engine.Model;

namespace Workflows.Engine.Execution;

/// <summary>The outcome of an expression: a value, or the sentence that becomes an incident.</summary>
/// <remarks>
/// As in Camunda an expression that cannot be evaluated is null, and null is a value like any other. Whoever needs a
/// text, a date or a truth value refuses it and says why it is null.
/// </remarks>
readonly record struct Evaluated(FeelValue Value, string? Problem, ImmutableArray<object> Notes)
{
    /// <summary>Why FEEL answered null.</summary>
    public string? Warning { get; init; }

    public Deadline? Deadline => Notes.IsDefaultOrEmpty ? null : Notes.OfType<Deadline>().LastOrDefault();
}

sealed partial class Run
{
    // ---- expressions ----------------------------------------------------------------------------------------------

    /// <summary>Evaluates in the scope of an element: its own variables first, then outwards.</summary>
    public Evaluated Evaluate(ModelExpression expression, long scopeKey, FeelContext? extra = null)
    {
        if (expression.Feel is not { } feel) return new(FeelValue.Of(expression.Text), null, []);
        var result = feel.Evaluate(new ElementScope(this, scopeKey, extra), environment ??= NewEnvironment());
        if (result.Failure is { } failure)
            return new(FeelValue.Null, $"Failed to evaluate '{expression.Text}': {failure.Message}", []);
        return new(result.Value, null, result.Notes)
        {
            Warning = result.Warnings.IsEmpty ? null : result.Warnings[0].Message,
        };
    }

    FeelEnvironment? environment;

    public FeelEnvironment Environment => environment ??= NewEnvironment();

    FeelEnvironment NewEnvironment() => new(
        At, release.Zone, DeadlineFunction.Extensions(release.Calendar));

    /// <summary>True, false, or the sentence why it is neither: a condition never decides by accident.</summary>
    public (bool Holds, string? Problem) Holds(ModelExpression condition, long scopeKey, FeelContext? extra = null)
    {
        var result = Evaluate(condition, scopeKey, extra);
        if (result.Problem is { } problem) return (false, problem);
        return result.Value is FeelBoolean answer
            ? (answer.Value, null)
            : (false, Unexpected(condition, "true or false", result));
    }

    /// <summary>A text, or null where the expression is absent or gives null; numbers become their digits.</summary>
    public (string? Text, string? Problem) TextOf(ModelExpression? expression, long scopeKey)
    {
        if (expression is null) return (null, null);
        if (expression.IsConstant) return (expression.Text, null);
        var result = Evaluate(expression, scopeKey);
        if (result.Problem is { } problem) return (null, problem);
        return result.Value switch
        {
            FeelNull => (null, null),
            FeelString or FeelNumber => (result.Value.AsText(), null),
            _ => (null, Unexpected(expression, "a text", result)),
        };
    }

    /// <summary>A FEEL list of texts, or one text whose names are separated by commas.</summary>
    public (ImmutableArray<string> Names, string? Problem) NamesOf(ModelExpression? expression, long scopeKey)
    {
        if (expression is null) return ([], null);
        var result = Evaluate(expression, scopeKey);
        if (result.Problem is { } problem) return ([], problem);
        return result.Value switch
        {
            FeelNull => ([], null),
            FeelString text => ([.. text.Value.Split(
                ',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)], null),
            FeelList list when list.All(item => item is FeelString) => ([.. list.Select(item => item.AsText())], null),
            _ => ([], Unexpected(expression, "a list of texts", result)),
        };
    }

    /// <summary>A moment: a FEEL date or date and time, or its ISO text. Null stays null.</summary>
    public (DateTimeOffset? At, Deadline? Deadline, string? Problem) MomentOf(
        ModelExpression? expression, long scopeKey)
    {
        if (expression is null) return (null, null, null);
        var result = Evaluate(expression, scopeKey);
        if (result.Problem is { } problem) return (null, null, problem);
        if (result.Value.IsNull) return (null, null, null);
        var moment = result.Value switch
        {
            FeelDateTime dateTime => dateTime.ToDateTimeOffset(release.Zone),
            FeelDate date => new FeelDateTime(date, 0).ToDateTimeOffset(release.Zone),
            FeelString text => TimerSchedule.ParseDate(text.Value, release.Zone).Value?.At,
            _ => null,
        };
        return (moment, result.Deadline, moment is null
            ? Unexpected(expression, "a date or a date and time", result)
            : null);
    }

    public static string Unexpected(ModelExpression expression, string expected, Evaluated found) =>
        $"Expected '{expression.Text}' to be {expected}, but it is {found.Value.TypeName} " +
        $"'{Shortened(found.Value)}'. {found.Warning}".TrimEnd();

    // An incident names the value, but a whole document has no place in a message.
    static string Shortened(FeelValue value)
    {
        var text = value.AsText();
        return text.Length <= 100 ? text : string.Concat(text.AsSpan(0, 100), "...");
    }

    // ---- mappings -------------------------------------------------------------------------------------------------

    /// <summary>
    /// Input mappings write into the element's own scope, one after the other; false with an incident.
    /// </summary>
    bool MapInputs(FlowNode node, ElementInstance element)
    {
        foreach (var mapping in node.Inputs)
        {
            if (!Map(mapping, element, Resume.Activate, out var value)) return false;
            var (name, json) = Nested(mapping.Target, value, LocalValue(element.Key, mapping.Target));
            SetLocal(element.Key, name, json);
        }
        return true;
    }

    /// <summary>
    /// Output mappings read in the element's scope and write outside; all are evaluated before any is set.
    /// </summary>
    bool MapOutputs(FlowNode node, ElementInstance element)
    {
        if (node.Outputs.IsEmpty) return true;
        var values = new List<(string Target, FeelValue Value)>(node.Outputs.Length);
        foreach (var mapping in node.Outputs)
        {
            if (!Map(mapping, element, Resume.Complete, out var value)) return false;
            values.Add((mapping.Target, value));
        }
        foreach (var (target, value) in values)
        {
            var (name, json) = Nested(target, value, VisibleValue(element.ScopeKey, target));
            Propagate(element.ScopeKey, name, json);
        }
        return true;
    }

    bool Map(Mapping mapping, ElementInstance element, Resume resume, out FeelValue value)
    {
        var result = Evaluate(mapping.Source, element.Key);
        value = result.Value;
        if (result.Problem is not { } problem) return true;
        RaiseIncident(element, IncidentKind.IoMapping, $"Mapping to '{mapping.Target}': {problem}", resume);
        return false;
    }

    // A target a.b.c changes that entry of the context a, and leaves its other entries alone.
    static (string Name, string Json) Nested(string target, FeelValue value, FeelValue existing)
    {
        var path = target.Split('.');
        return (path[0], FeelJson.Write(Put(path.AsSpan(1), value, existing)));
    }

    static FeelValue Put(ReadOnlySpan<string> path, FeelValue value, FeelValue existing)
    {
        if (path.IsEmpty) return value;
        var context = existing as FeelContext ?? FeelContext.Empty;
        context.TryGet(path[0], out var inner);
        return context.With(path[0], Put(path[1..], value, inner));
    }

    FeelValue LocalValue(long scopeKey, string target) =>
        target.Contains('.', StringComparison.Ordinal)
        && Find(State.Elements[scopeKey], target[..target.IndexOf('.', StringComparison.Ordinal)]) is { } variable
            ? FeelJson.Read(variable.Value)
            : FeelValue.Null;

    FeelValue VisibleValue(long scopeKey, string target)
    {
        var dot = target.IndexOf('.', StringComparison.Ordinal);
        return dot > 0 && TryFind(scopeKey, target[..dot], out _, out var found)
            ? FeelJson.Read(found.Value)
            : FeelValue.Null;
    }

    // ---- variables ------------------------------------------------------------------------------------------------

    /// <summary>Sets in this very scope. The same value again is no event.</summary>
    public void SetLocal(long scopeKey, string name, string json)
    {
        var known = Find(State.Elements[scopeKey], name);
        if (known?.Value == json) return;
        Emit(new VariableSet(known?.Key ?? NextKey(), scopeKey, name, json));
    }

    /// <summary>Sets where the variable is found going outwards, else in the scope of the process.</summary>
    public void Propagate(long scopeKey, string name, string json)
    {
        var at = TryFind(scopeKey, name, out var ownerKey, out _) ? ownerKey : State.Key;
        SetLocal(at, name, json);
    }

    /// <summary>
    /// What a job, a task, a message or a called process brings: local when the node maps its outputs (only those go
    /// on), else propagated.
    /// </summary>
    public void Receive(FlowNode node, long elementKey, ImmutableArray<VariableValue> variables)
    {
        foreach (var variable in variables)
        {
            if (node.Outputs.IsEmpty) Propagate(elementKey, variable.Name, variable.Value);
            else SetLocal(elementKey, variable.Name, variable.Value);
        }
    }

    /// <summary>Every variable visible in a scope; the innermost of the same name wins.</summary>
    public ImmutableArray<VariableValue> Visible(long scopeKey)
    {
        var found = new SortedDictionary<string, string>(StringComparer.Ordinal);
        for (var key = scopeKey; State.Elements.TryGetValue(key, out var scope); key = scope.ScopeKey)
        {
            foreach (var variable in scope.Variables) found.TryAdd(variable.Name, variable.Value);
        }
        return [.. found.Select(pair => new VariableValue(pair.Key, pair.Value))];
    }

    bool TryFind(long scopeKey, string name, out long ownerKey, [NotNullWhen(true)] out Variable? found)
    {
        for (var key = scopeKey; State.Elements.TryGetValue(key, out var scope); key = scope.ScopeKey)
        {
            if (Find(scope, name) is not { } variable) continue;
            (ownerKey, found) = (key, variable);
            return true;
        }
        (ownerKey, found) = (0, null);
        return false;
    }

    static Variable? Find(ElementInstance scope, string name)
    {
        foreach (var variable in scope.Variables)
        {
            if (variable.Name == name) return variable;
        }
        return null;
    }

    /// <summary>What an expression sees: the variables of the element and of everything around it.</summary>
    sealed class ElementScope(Run run, long scopeKey, FeelContext? extra) : FeelScope
    {
        public override bool TryGet(string name, out FeelValue value)
        {
            if (extra is not null && extra.TryGet(name, out value)) return true;
            if (run.TryFind(scopeKey, name, out _, out var variable))
            {
                value = FeelJson.Read(variable.Value);
                return true;
            }
            value = FeelValue.Null;
            return false;
        }
    }

    public FeelScope ScopeOf(long elementKey) => new ElementScope(this, elementKey, null);
}
