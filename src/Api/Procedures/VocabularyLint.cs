using System.Collections.Immutable;
using System.Xml.Linq;
using Api.Access;
using Api.Approvals;
using Workflows.Engine.Calendar;

namespace Api.Procedures;

/// <summary>One thing a shipped or published procedure must not say.</summary>
/// <param name="File">Path below the folder of the procedures.</param>
/// <param name="Element">Id of the element, or of the process.</param>
/// <param name="Property">Which setting of it; null: the element.</param>
/// <param name="Message">English, for whoever runs the server.</param>
/// <param name="Polish">For the author of a procedure; says what to do.</param>
public sealed record LintProblem(string File, string Element, string? Property, string Message, string Polish)
{
    public override string ToString() => $"{File}: {Element}: {Message}";
}

/// <summary>
/// Holds a procedure to the vocabulary of <c>docs/extensions.md</c>: everything is bound to its own deployment, and no
/// property is written that nobody reads. Diagrams deployed by others through <c>/v2</c> are not held to it.
/// </summary>
public static class VocabularyLint
{
    static readonly XNamespace Bpmn = "http://www.omg.org/spec/BPMN/20100524/MODEL";
    static readonly XNamespace Zeebe = "http://camunda.org/schema/zeebe/1.0";

    public static readonly ImmutableArray<string> ProcessProperties = ["case", "notifies", "startableBy", "statute"];

    public static readonly ImmutableArray<string> TaskProperties =
    [
        "deadline.kind", "deadline.basis", "reminders", "escalation", "notificationName", "notSamePersonAs",
        "takesPlace", .. ApprovalQuestion.Properties,
    ];

    static readonly ImmutableArray<string> BoundElements = ["formDefinition", "calledDecision", "calledElement"];
    public static readonly ImmutableArray<string> DeadlineKinds = ["STAT", "COURT", "CUST", "HOUSE"];

    /// <param name="xml">A BPMN file that the reader of the engine accepts.</param>
    public static ImmutableArray<LintProblem> Problems(string file, XDocument xml)
    {
        var problems = ImmutableArray.CreateBuilder<LintProblem>();
        void Report(XElement? element, string? property, string message, string polish) => problems.Add(
            new LintProblem(file, element?.Attribute("id")?.Value ?? "?", property, message, polish));

        foreach (var bound in xml.Descendants().Where(IsBound))
        {
            if (bound.Attribute("bindingType")?.Value == "deployment") continue;
            Report(
                OwnerOf(bound), "bindingType", $"zeebe:{bound.Name.LocalName} must say bindingType=\"deployment\".",
                "Formularz, tabela i wywoływana procedura muszą być z tej samej publikacji. Ustaw wersję " +
                "„z tej samej publikacji” (bindingType=deployment).");
        }
        foreach (var property in xml.Descendants(Zeebe + "property"))
        {
            var owner = OwnerOf(property);
            var (name, value) = (property.Attribute("name")?.Value ?? "", property.Attribute("value")?.Value ?? "");
            if (PropertyProblem(owner, name, value, xml) is { } message)
                Report(owner, name, message, PropertyWords(name, value, message));
        }
        foreach (var task in xml.Descendants(Bpmn + "userTask"))
        {
            foreach (var message in ApprovalProblems(task))
                Report(task, ApprovalQuestion.Property, message, ApprovalWords(message));
        }
        foreach (var assignment in xml.Descendants(Zeebe + "assignmentDefinition"))
        {
            var groups = assignment.Attribute("candidateGroups")?.Value ?? "";
            if (groups.StartsWith('=')) continue;
            foreach (var group in Names(groups).Where(group => !Roles.All.Contains(group)))
            {
                Report(
                    OwnerOf(assignment), "candidateGroups", $"candidateGroups names '{group}', which is no role.",
                    $"Nie ma roli „{group}”. Wybierz z listy, kto wykonuje to zadanie.");
            }
        }
        return problems.ToImmutable();
    }

    static bool IsBound(XElement element) =>
        element.Name.Namespace == Zeebe && BoundElements.Contains(element.Name.LocalName);

    /// <summary>The BPMN element whose extensions these are.</summary>
    static XElement? OwnerOf(XElement extension) =>
        extension.Ancestors()
            .FirstOrDefault(ancestor => ancestor.Name.Namespace == Bpmn && ancestor.Attribute("id") is not null);

    static string? PropertyProblem(XElement? owner, string name, string value, XDocument xml)
    {
        var known = owner?.Name.LocalName switch
        {
            "process" => ProcessProperties,
            "userTask" => TaskProperties,
            _ => [],
        };
        if (!known.Contains(name)) return $"property '{name}' is not in docs/extensions.md for this element.";
        // FEEL is checked by the reader of the engine; what it evaluates to is known only in a case.
        if (value.StartsWith('=')) return null;
        return name switch
        {
            "case" when value is not ("root" or "part") => $"case must be root or part; it is '{value}'.",
            "notifies" when value != "true" => $"notifies must be true or absent; it is '{value}'.",
            "deadline.kind" when !DeadlineKinds.Contains(value) =>
                $"deadline.kind must be one of {string.Join(", ", DeadlineKinds)}; it is '{value}'.",
            "approval" when value is not ("normal" or "high") => $"approval must be normal or high; it is '{value}'.",
            "takesPlace" => "takesPlace must be FEEL, beginning with '='.",
            "reminders" when UnknownRole(value) is { } role => $"reminders tell '{role}', which is no role.",
            "escalation" when Names(value).FirstOrDefault(role => !Roles.All.Contains(role)) is { } role =>
                $"escalation names '{role}', which is no role.",
            "startableBy" when Names(value)
                .FirstOrDefault(role => role != "staff" && !Roles.All.Contains(role)) is { } role =>
                $"startableBy names '{role}', which is no role.",
            "notSamePersonAs" when !xml.Descendants(Bpmn + "userTask")
                .Any(task => task.Attribute("id")?.Value == value) =>
                $"notSamePersonAs names '{value}', which is no user task of this process.",
            _ => null,
        };
    }

    // That it is a ladder at all is checked by the reader of the engine.
    static string? UnknownRole(string ladder) => ReminderLadder.Parse(ladder, [], out _)?.Roles
        .FirstOrDefault(role => !Roles.All.Contains(role));

    static IEnumerable<string> ApprovalProblems(XElement task)
    {
        var said = task.Elements(Bpmn + "extensionElements").Elements(Zeebe + "properties")
            .Elements(Zeebe + "property").ToLookup(
                one => one.Attribute("name")?.Value ?? "", one => one.Attribute("value")?.Value,
                StringComparer.Ordinal);
        if (ApprovalQuestion.Of(name => said[name].FirstOrDefault()) is { } question) return question.Problems();
        return said.Any(one => ApprovalQuestion.Properties.Contains(one.Key))
            ? ["properties approval.* belong to a task with the property approval."]
            : [];
    }

    static string PropertyWords(string name, string value, string message) => name switch
    {
        _ when message.Contains("extensions.md", StringComparison.Ordinal) =>
            $"Tego elementu nie dotyczy ustawienie „{name}”. Usuń je.",
        "case" => "Miejsce w sprawie to „root” (otwiera sprawę) albo „part” (część sprawy).",
        "notifies" => "Powiadomienia procedury spoza spraw włącza wartość „true”. Wpisz ją albo usuń ustawienie.",
        "deadline.kind" =>
            $"Rodzaj terminu „{value}” jest nieznany. Wybierz: ustawowy, sądowy, zwyczajowy albo ośrodka.",
        "approval" => "Decyzja z wiadomości jest zwykła (normal) albo poważna (high). Wybierz jedną z nich.",
        "takesPlace" => "Warunek zajęcia miejsca u asystenta jest wyrażeniem i zaczyna się od „=”.",
        "reminders" => "Przypomnienie trafia do roli, której nie ma. Wybierz rolę z listy.",
        "escalation" => "Po terminie powiadamiana jest rola, której nie ma. Wybierz rolę z listy.",
        "startableBy" => "Procedurę może rozpocząć rola, której nie ma. Wybierz rolę z listy.",
        "notSamePersonAs" => $"Nie ma zadania „{value}”, którego wykonawca miałby być kimś innym. Wybierz zadanie.",
        _ => $"Wartość „{value}” ustawienia „{name}” jest niewłaściwa. Popraw ją albo usuń.",
    };

    static string ApprovalWords(string message) => message switch
    {
        _ when message.Contains("name a button", StringComparison.Ordinal) =>
            "Decyzja z wiadomości nie ma przycisku. Wpisz słowa przycisku zgody, odmowy albo zwrotu.",
        _ when message.Contains("name the field of the form", StringComparison.Ordinal) =>
            "Wskaż pole formularza, które wypełniają przyciski decyzji.",
        _ when message.Contains("what the button writes", StringComparison.Ordinal) =>
            "Przycisk decyzji nie mówi, co wpisuje do pola. Podaj wartość.",
        _ when message.Contains("field for the reason", StringComparison.Ordinal) =>
            "Odmowa i zwrot wymagają uzasadnienia. Wskaż pole formularza na uzasadnienie.",
        _ => "Przyciski decyzji należą tylko do zadania, które jest decyzją. Włącz decyzję albo usuń przyciski.",
    };

    static string[] Names(string list) =>
        list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}
