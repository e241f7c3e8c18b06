using System.Collections.Immutable;
using System.Globalization;
using Workflows.Engine.Decisions;
using Workflows.Engine.Expressions;
using Workflows.Engine.Forms;
using Workflows.Engine.Model;

namespace Workflows.Statute;

/// <content>Who performs a step, by when, what its form asks, what its table answers.</content>
sealed partial class Judge
{
    /// <summary>Persons of a case, who hold their role by being named (docs/extensions.md).</summary>
    static readonly ImmutableDictionary<string, string> RoleOfCasePerson =
        ImmutableDictionary.CreateRange(StringComparer.Ordinal, [
            KeyValuePair.Create("socialWorker", "social_worker"), KeyValuePair.Create("assistant", "assistant"),
        ]);

    // ---- persons ----------------------------------------------------------------------------------------------

    Verdict Of(PerformerRule rule)
    {
        if (Node(rule.Step) is not { } node) return Proven(rule.Step);
        var name = Name(rule.Step);
        var allowed = string.Join(", ", rule.Roles.Select(InWords));
        if (node is not UserTask task)
            return Broken($"Krok {name} nie jest już zadaniem osoby ({allowed}).", rule.Step);
        if (task.CandidateUsers is not null)
            return Broken(
                $"Krok {name} mogą wykonać osoby wskazane z imienia. Dopuszczalne role: {allowed}.", rule.Step);
        if (task.Assignee is { } assignee && !HoldsRole(assignee, rule.Roles))
            return Broken($"Krok {name} dostaje „{assignee.Text}”, a nie osoba w roli: {allowed}.", rule.Step);
        var groups = Groups(task.CandidateGroups);
        if (groups is null)
            return Broken($"Kto wykonuje krok {name}, wynika z wyrażenia, którego nie da się sprawdzić. " +
                $"Dopuszczalne role: {allowed}.", rule.Step);
        if (groups.Value.Except(rule.Roles).ToList() is { Count: > 0 } others)
            return Broken($"Krok {name} może wykonać także: {string.Join(", ", others.Select(InWords))}. " +
                $"Dopuszczalne role: {allowed}.", rule.Step);
        return groups.Value.IsEmpty && task.Assignee is null
            ? Broken($"Kroku {name} nikt nie wykonuje. Dopuszczalne role: {allowed}.", rule.Step)
            : Proven(rule.Step);
    }

    static bool HoldsRole(ModelExpression assignee, ImmutableArray<string> roles) =>
        assignee.Feel?.Node is NameNode { Name: var person }
        && RoleOfCasePerson.TryGetValue(person, out var role) && roles.Contains(role);

    static ImmutableArray<string>? Groups(ModelExpression? groups) => groups switch
    {
        null => [],
        { Feel: null } => Listed(groups.Text),
        { Feel.Node: ListNode list } when list.Items.All(item => item is LiteralNode { Value: FeelString }) =>
            [.. list.Items.Select(item => ((LiteralNode)item).Value.AsText())],
        { Feel.Node: LiteralNode { Value: FeelString one } } => Listed(one.Value),
        _ => null,
    };

    internal static string InWords(string role) => role switch
    {
        "social_worker" => "pracownik socjalny",
        "benefits_worker" => "pracownik socjalny ds. świadczeń",
        "assistant" => "asystent rodziny",
        "team_lead" => "koordynator zespołu",
        "head" => "kierownik",
        "mayor" => "wójt (burmistrz, prezydent)",
        "specialist" => "specjalista",
        "accounting" => "księgowość",
        "clerk" => "pracownik kancelarii",
        "dpo" => "inspektor ochrony danych",
        "archivist" => "archiwista",
        "admin" => "administrator",
        "staff" => "każdy pracownik",
        _ => role,
    };

    Verdict Of(DifferentPersonsRule rule)
    {
        if (Node(rule.Step) is not { } node) return Proven(rule.Step, rule.Other);
        if (Node(rule.Other) is UserTask && node.Property("notSamePersonAs") == rule.Other)
            return Proven(rule.Step, rule.Other);
        return Broken(
            $"Krok {Name(rule.Step)} może wykonać ta sama osoba, która wykonała krok {Name(rule.Other)}.",
            rule.Step, rule.Other);
    }

    // ---- terms and properties ---------------------------------------------------------------------------------

    Verdict Of(PeriodRule rule)
    {
        if (Node(rule.Step) is not { } node) return Proven(rule.Step);
        var due = node is UserTask task ? task.DueDate : (DefinitionOf(node) as TimerEventDefinition)?.Expression;
        var limit = $"{rule.Limit.InWords()}";
        if (due is null) return Broken($"Krok {Name(rule.Step)} nie ma już terminu. Najdłuższy: {limit}.", rule.Step);
        if (rule.Same is { } same && same.Any(text => CanonicalFeel.Of(text) == CanonicalFeel.Of(due.Text)))
            return Proven(rule.Step);
        var assumed = rule.When is null ? null : Condition.Parse(rule.When);
        if (Term.Of(due, assumed) is not { IsEmpty: false } terms)
            return Broken($"Z wyrażenia terminu kroku {Name(rule.Step)} nie wynika, jak długi jest termin. " +
                $"Najdłuższy: {limit}.", rule.Step);
        var sources = rule.From.Select(CanonicalFeel.Of).ToList();
        foreach (var term in terms)
        {
            if (!sources.Contains(term.From))
                return Broken($"Termin kroku {Name(rule.Step)} biegnie teraz od „{term.From}”, a powinien od " +
                    $"„{string.Join("” albo „", rule.From)}”.", rule.Step);
            if (!term.IsWithin(rule.Limit))
                return Broken($"Termin kroku {Name(rule.Step)} to teraz {term.InWords()}, " +
                    $"a najwięcej może być {limit}.", rule.Step);
        }
        return Proven(rule.Step);
    }

    Verdict Of(PropertyRule rule)
    {
        if (Node(rule.Step) is not { } node) return Proven(rule.Step);
        var value = node.Property(rule.Name);
        var holds = value is not null && (rule.Contains is { } wanted
            ? Listed(value).Contains(wanted)
            : rule.Values!.Value.Any(one => CanonicalFeel.Of(one) == CanonicalFeel.Of(value)));
        if (holds) return Proven(rule.Step);
        var expected = rule.Contains ?? string.Join(" albo ", rule.Values!.Value);
        return Broken(
            $"Krok {Name(rule.Step)}: właściwość „{rule.Name}” " +
            $"{(value is null ? "usunięto" : $"to teraz „{value}”")}, a ma zawierać „{expected}”.", rule.Step);
    }

    Verdict Of(ExpressionRule rule)
    {
        if (Node(rule.Step) is not { } node) return Proven(rule.Step);
        var written = node.Outputs.Where(output => output.Target == rule.Variable).Select(output => output.Source.Text);
        if (node is ScriptTask { Script: { } script } task && task.ResultVariable == rule.Variable)
            written = written.Append(script.Text);
        return written.Any(text => CanonicalFeel.Of(text) == CanonicalFeel.Of(rule.Value))
            ? Proven(rule.Step)
            : Broken($"Krok {Name(rule.Step)} nie ustala już wartości „{rule.Variable}” tak, jak powinien: " +
                $"{rule.Value}.", rule.Step);
    }

    // ---- forms ------------------------------------------------------------------------------------------------

    /// <param name="Hides">Conditions that hide the field or a group around it.</param>
    sealed record Field(string Key, FormComponent Component, ImmutableArray<string> Hides);

    static IEnumerable<Field> FieldsOf(
        ImmutableArray<FormComponent> components, string prefix, ImmutableArray<string> hides)
    {
        foreach (var component in components)
        {
            var hidden = component.Hide is { } hide ? hides.Add(hide) : hides;
            var key = prefix + string.Join('.', component.Path);
            if (!component.Path.IsEmpty) yield return new Field(key, component, hidden);
            var inner = component.Type == FormComponentType.Dynamiclist ? key + "." : prefix;
            foreach (var field in FieldsOf(component.Components, inner, hidden)) yield return field;
        }
    }

    Verdict Of(FieldsRule rule)
    {
        if (Node(rule.Step) is not { } node) return Proven(rule.Step);
        if (node is not UserTask { FormId: { IsConstant: true, Text: var formId } }
            || !edited.Forms.TryGetValue(formId, out var form))
            return Broken($"Krok {Name(rule.Step)} nie ma już swojego formularza.", rule.Step);
        var fields = FieldsOf(form.Components, "", []).ToLookup(field => field.Key, StringComparer.Ordinal);
        foreach (var key in rule.Keys)
        {
            var why = fields[key].Select(field => Flaw(rule, field)).DefaultIfEmpty("usunięto to pole").ToList();
            if (why.Contains(null)) continue;
            var label = fields[key].Select(field => field.Component.Label).FirstOrDefault()
                ?? LabelInProduct(node, key);
            return Broken($"Formularz kroku {Name(rule.Step)}, pole „{label}”: {why[0]}.", rule.Step);
        }
        return Proven(rule.Step);
    }

    string LabelInProduct(FlowNode node, string key) =>
        node is UserTask { FormId.Text: var formId } && shipped?.Forms.GetValueOrDefault(formId) is { } form
            && FieldsOf(form.Components, "", []).FirstOrDefault(field => field.Key == key) is { } field
            ? field.Component.Label
            : key;

    static string? Flaw(FieldsRule rule, Field field)
    {
        var component = field.Component;
        if (component.Disabled) return "nie można go wypełnić";
        if (rule.Required && !component.Required) return "nie jest już obowiązkowe";
        var allowed = rule.Hide is null ? null : CanonicalFeel.Of(rule.Hide);
        if (field.Hides.FirstOrDefault(hide => CanonicalFeel.Of(hide) != allowed) is { } hide)
            return $"jest ukryte, gdy {hide.Trim()}";
        if (rule.Process && !component.IsProcessVariable) return "jego wartość nie trafia już do procedury";
        if (rule.Options is { } options && component.Options is { } choice
            && options.FirstOrDefault(option => !choice.Contains(CanonicalJson.Of(option))) is { } lost)
            return $"nie można już wybrać „{lost}”";
        if (rule.Max is { } max && (component.Max?.Value is not { } most || most > max))
            return string.Create(CultureInfo.InvariantCulture, $"przyjmuje więcej niż {max}");
        return null;
    }

    // ---- tables -----------------------------------------------------------------------------------------------

    /// <summary>More combinations are not tried; no shipped table comes near.</summary>
    const int CombinationsMax = 2_000;

    Verdict Of(DecisionRule rule)
    {
        if (Node(rule.Step) is not { } node) return Proven(rule.Step);
        if (node is not BusinessRuleTask task || task.DecisionId?.Text != rule.Decision
            || task.ResultVariable != rule.Variable)
            return Broken($"Krok {Name(rule.Step)} nie pyta już tabeli „{rule.Decision}”.", rule.Step);
        if (!edited.Decisions.TryGetValue(rule.Decision, out var model))
            return Broken($"W tej wersji nie ma tabeli „{rule.Decision}”.", rule.Step);
        foreach (var wanted in rule.Cases)
        {
            foreach (var inputs in Combinations(wanted))
            {
                var answer = model.Evaluate(rule.Decision, FeelScope.Of(inputs), Environment);
                if (Fits(answer, wanted)) continue;
                var given = string.Join(", ", inputs.Where(input => wanted.Inputs.ContainsKey(input.Key))
                    .OrderBy(input => input.Key, StringComparer.Ordinal)
                    .Select(input => $"{input.Key} = {input.Value}"));
                return Broken($"Tabela {TableName(model, rule.Decision)} dla {given} daje {answer.Output}, " +
                    $"a ma dać {Wanted(wanted)}.", rule.Step);
            }
        }
        return Proven(rule.Step);
    }

    /// <summary>Tables of procedures look at no clock; any moment does.</summary>
    static FeelEnvironment Environment => new(DateTimeOffset.UnixEpoch, TimeZoneInfo.Utc);

    static string TableName(DecisionModel model, string id) =>
        $"„{model.Decisions.FirstOrDefault(decision => decision.Id == id).Name}”";

    static IEnumerable<ImmutableDictionary<string, FeelValue>> Combinations(DecisionCase wanted)
    {
        IEnumerable<ImmutableDictionary<string, FeelValue>> all = [ImmutableDictionary<string, FeelValue>.Empty];
        foreach (var (name, values) in wanted.Inputs)
        {
            all = all.SelectMany(one => values.Select(value => one.SetItem(name, ValueOf(value))));
        }
        return all.Take(CombinationsMax);
    }

    static FeelValue ValueOf(string feel) => FeelExpression.Parse(feel).Expression is { } expression
        ? expression.Evaluate(FeelScope.Empty, Environment).Value
        : FeelValue.Null;

    static bool Fits(DecisionResult answer, DecisionCase wanted)
    {
        if (answer.Failure is not null) return false;
        var output = answer.Output;
        if (wanted.Output is { } name)
        {
            if (output is not FeelContext context || !context.TryGet(name, out output)) return false;
        }
        if (wanted.Is is { } equal && output != ValueOf(equal)) return false;
        if (wanted.IsNot is { } other && output == ValueOf(other)) return false;
        return wanted.AtMost is not { } most
            || (output is FeelNumber number && number.CompareTo(FeelNumber.Of(most)) <= 0);
    }

    static string Wanted(DecisionCase wanted)
    {
        var what = wanted.Is is { } equal ? equal
            : wanted.IsNot is { } other ? $"coś innego niż {other}"
            : string.Create(CultureInfo.InvariantCulture, $"najwięcej {wanted.AtMost}");
        return wanted.Output is { } output ? $"{output}: {what}" : what;
    }
}
