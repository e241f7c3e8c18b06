using System.Collections.Immutable;
using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Workflows.Engine.Model;

/// <summary>
/// A definition in plain Polish, setting by setting: what <see cref="DefinitionDiff"/> compares and tells.
/// </summary>
/// <param name="roleName">A role in the words of the centre.</param>
/// <param name="labelOf">What a form calls the field that fills a variable; null when no form does.</param>
sealed partial class DefinitionWords(Func<string, string> roleName, Func<string, string?> labelOf)
{
    public const string NameLabel = "nazwa";

    const string Separator = " -> ";

    [GeneratedRegex(
        """^=\s*deadline\((?<from>.+),\s*(?<amount>\d+),\s*"(?<unit>[a-z-]+)"(,\s*"(?<roll>[a-z]+)")?\s*\)$""",
        RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Deadline { get; }

    [GeneratedRegex(
        """^(?<sign>[+-]?)(?<amount>\d+)(?<unit>wd|d|h|%)?(/(?<every>\d+)(?<per>wd|d|h))?$""",
        RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Rung { get; }

    static readonly ImmutableDictionary<string, string> PropertyLabels = new Dictionary<string, string>
    {
        ["deadline.kind"] = "rodzaj terminu", ["deadline.basis"] = "podstawa terminu",
        ["escalation"] = "powiadamia po terminie", ["reminders"] = "przypomnienia",
        ["notificationName"] = "nazwa w wiadomościach", ["notSamePersonAs"] = "inna osoba niż w kroku",
        ["takesPlace"] = "zajmuje miejsce u asystenta, gdy", ["approval"] = "decyzja z wiadomości",
        ["approval.approve"] = "przycisk zgody", ["approval.refuse"] = "przycisk odmowy",
        ["approval.return"] = "przycisk zwrotu", ["approval.decision"] = "pole decyzji",
        ["approval.comment"] = "pole uzasadnienia", ["approval.shows"] = "dokumenty przy decyzji",
        ["case"] = "miejsce w sprawie", ["startableBy"] = "kto może rozpocząć", ["statute"] = "numer w katalogu",
    }.ToImmutableDictionary(StringComparer.Ordinal);

    static readonly ImmutableDictionary<string, string> FormLabels = new Dictionary<string, string>
    {
        ["label"] = "etykieta", ["description"] = "opis", ["required"] = "wymagane", ["values"] = "odpowiedzi",
        ["min"] = "najmniej", ["max"] = "najwięcej", ["minLength"] = "najmniej znaków",
        ["maxLength"] = "najwięcej znaków", ["pattern"] = "wzór", ["type"] = "rodzaj", ["hide"] = "ukryte, gdy",
        ["defaultValue"] = "wartość początkowa", ["process"] = "wartość trafia do procedury", ["text"] = "tekst",
        ["staff"] = "osoba z rolą", ["prefill"] = "podpowiedź", ["documentTitle"] = "nazwa dokumentu",
        ["notAfter"] = "nie później niż", ["disabled"] = "tylko do odczytu", ["key"] = "klucz",
    }.ToImmutableDictionary(StringComparer.Ordinal);

    public static string OfFormProperty(string name) => FormLabels.GetValueOrDefault(name, $"ustawienie {name}");

    /// <summary>Two values of one setting; an amount of the same unit is told shortly: "14 -> 7 dni".</summary>
    public static string FromTo(string old, string now)
    {
        var (first, second) = (old.Split(' ', 2), now.Split(' ', 2));
        return first.Length == 2 && second.Length == 2 && first[1] == second[1]
            && int.TryParse(first[0], CultureInfo.InvariantCulture, out _)
            && int.TryParse(second[0], CultureInfo.InvariantCulture, out _)
                ? $"{first[0]}{Separator}{now}"
                : $"{old}{Separator}{now}";
    }

    // ---- titles --------------------------------------------------------------------------------------------------

    public static string TitleOf(FlowNode node) => node is UserTask or ServiceTask or CallActivity or BusinessRuleTask
        && node.Name is { Length: > 0 } name ? $"„{name}”" : $"{KindOf(node)} „{node.Name ?? node.Id}”";

    public static string TitleOf(SequenceFlow flow, ProcessDefinition process) =>
        $"przejście „{NameOf(process, flow.SourceId)}”{Separator}„{NameOf(process, flow.TargetId)}”";

    public static string TitleOf(XElement element)
    {
        var kind = element.Name.LocalName switch
        {
            "message" => "wiadomość",
            "error" => "błąd",
            "escalation" => "eskalacja",
            "textAnnotation" => "notatka",
            "association" => "linia notatki",
            "participant" or "collaboration" => "pula",
            "lane" => "tor",
            _ => element.Name.LocalName,
        };
        var name = element.Attribute("name")?.Value ?? element.Attribute("id")?.Value;
        return $"{kind} „{name}”";
    }

    static string NameOf(ProcessDefinition process, string id) => process.Nodes.GetValueOrDefault(id)?.Name ?? id;

    static string KindOf(FlowNode node) => node switch
    {
        UserTask => "zadanie",
        CallActivity => "procedura wywoływana",
        BusinessRuleTask => "tabela decyzyjna",
        SubProcess { TriggeredByEvent: true } => "podproces zdarzeniowy",
        SubProcess => "podproces",
        ScriptTask => "obliczenie",
        ReceiveTask => "odbiór wiadomości",
        SendTask => "wysłanie wiadomości",
        Activity => "krok systemu",
        ExclusiveGateway => "rozstrzygnięcie",
        ParallelGateway => "rozdzielenie albo spotkanie dróg",
        EventBasedGateway => "oczekiwanie na pierwsze zdarzenie",
        StartEvent => "początek",
        EndEvent => "koniec",
        BoundaryEvent => "zdarzenie przy kroku",
        _ => "zdarzenie",
    };

    // ---- settings ------------------------------------------------------------------------------------------------

    public ImmutableArray<(string Label, string Value)> Of(ProcessDefinition process)
    {
        var facts = new List<(string, string)> { (NameLabel, $"„{process.Name}”") };
        if (process.VersionTag is { } tag) facts.Add(("etykieta wersji", tag));
        foreach (var (name, value) in process.Properties) facts.Add(PropertyOf(name, value));
        return Sorted(facts);
    }

    public static ImmutableArray<(string Label, string Value)> Of(SequenceFlow flow, ProcessDefinition process)
    {
        var facts = new List<(string, string)>
        {
            ("od", $"„{NameOf(process, flow.SourceId)}”"), ("do", $"„{NameOf(process, flow.TargetId)}”"),
        };
        if (flow.Name is { } name) facts.Add((NameLabel, $"„{name}”"));
        if (flow.Condition is { } condition) facts.Add(("warunek", condition.Text));
        return Sorted(facts);
    }

    public ImmutableArray<(string Label, string Value)> Of(FlowNode node, ProcessDefinition process)
    {
        var facts = new List<(string, string)> { ("rodzaj kroku", KindOf(node)) };
        void Add(string label, string? value)
        {
            if (!string.IsNullOrEmpty(value)) facts.Add((label, value));
        }

        Add(NameLabel, node.Name is { } name ? $"„{name}”" : null);
        if (node.ScopeId != process.Id) Add("wewnątrz", NameOf(process, node.ScopeId));
        foreach (var (property, value) in node.Properties) facts.Add(PropertyOf(property, value));
        foreach (var mapping in node.Inputs) Add($"dostaje {mapping.Target}", mapping.Source.Text);
        foreach (var mapping in node.Outputs) Add($"oddaje {mapping.Target}", mapping.Source.Text);
        if (node is Activity activity) OfActivity(activity, Add, process);
        switch (node)
        {
            case ExclusiveGateway { DefaultFlow: { } other }:
                Add("gdy nic nie pasuje", NameOf(process, other.TargetId));
                break;
            case StartEvent start:
                OfEvent(start.Definition, Add);
                if (!start.IsInterrupting) Add("przerywa", "nie");
                break;
            case EndEvent end:
                OfEvent(end.Definition, Add);
                break;
            case IntermediateCatchEvent caught:
                OfEvent(caught.Definition, Add);
                break;
            case IntermediateThrowEvent thrown:
                OfEvent(thrown.Definition, Add);
                break;
            case BoundaryEvent boundary:
                Add("przy kroku", $"„{NameOf(process, boundary.AttachedToId)}”");
                Add("przerywa krok", boundary.CancelActivity ? "tak" : "nie");
                OfEvent(boundary.Definition, Add);
                break;
        }
        return Sorted(facts);
    }

    void OfActivity(Activity activity, Action<string, string?> add, ProcessDefinition process)
    {
        if (activity.DefaultFlow is { } flow) add("gdy nic nie pasuje", NameOf(process, flow.TargetId));
        if (activity.MultiInstance is { } many)
        {
            var count = (many.InputCollection ?? many.Cardinality)?.Text;
            add("powtarza się", $"{count}, {(many.IsSequential ? "po kolei" : "naraz")}");
            add("powtarza się aż", many.CompletionCondition?.Text);
            add("element listy", many.InputElement);
            add("zbiera do", many.OutputCollection);
            add("zbiera wartość", many.OutputElement?.Text);
        }
        switch (activity)
        {
            case UserTask task:
                OfUserTask(task, add);
                break;
            case ServiceTask service:
                OfJob(service.Job, add);
                break;
            case SendTask send:
                OfJob(send.Job, add);
                break;
            case ScriptTask script:
                add("oblicza", script.Script?.Text);
                add("wynik", script.ResultVariable);
                if (script.Job is { } job) OfJob(job, add);
                break;
            case BusinessRuleTask rule:
                add("tabela", rule.DecisionId?.Text);
                add("wynik", rule.ResultVariable);
                add("wersja tabeli", BindingOf(rule.Binding));
                if (rule.Job is { } work) OfJob(work, add);
                break;
            case CallActivity call:
                add("wywołuje procedurę", call.ProcessId.Text);
                add("wersja procedury", BindingOf(call.Binding));
                add("przekazuje wszystkie dane", call.PropagateAllParentVariables ? "tak" : "nie");
                add("odbiera wszystkie dane", call.PropagateAllChildVariables ? "tak" : "nie");
                break;
            case ReceiveTask { Message: { } message }:
                OfEvent(new MessageEventDefinition(message, Job: null), add);
                break;
        }
    }

    void OfUserTask(UserTask task, Action<string, string?> add)
    {
        add("wykonuje osoba", task.Assignee?.Text);
        add("wykonuje rola", task.CandidateGroups is { } groups ? RolesOf(groups.Text) : null);
        add("wykonują osoby", task.CandidateUsers?.Text);
        add("termin", task.DueDate is { } due ? TermOf(due.Text) : null);
        add("widoczne od", task.FollowUpDate?.Text);
        add("pilność", task.Priority?.Text);
        add("formularz", task.FormId?.Text ?? task.ExternalFormReference?.Text);
        if (task.FormId is not null) add("wersja formularza", BindingOf(task.FormBinding));
        foreach (var (name, value) in task.Headers) add($"parametr {name}", value);
    }

    static void OfJob(JobDefinition job, Action<string, string?> add)
    {
        add("czynność systemu", job.Type?.Text);
        add("prób", job.Retries?.Text);
        foreach (var (name, value) in job.Headers) add($"parametr {name}", value);
    }

    void OfEvent(EventDefinition? definition, Action<string, string?> add)
    {
        switch (definition)
        {
            case TimerEventDefinition timer:
                add(timer.Kind switch
                {
                    TimerKind.Date => "o czasie",
                    TimerKind.Duration => "po czasie",
                    _ => "co czas",
                }, TermOf(timer.Expression.Text));
                break;
            case MessageEventDefinition message:
                add("wiadomość", message.Message.Name.Text);
                add("klucz wiadomości", message.Message.CorrelationKey?.Text);
                if (message.Job is { } job) OfJob(job, add);
                break;
            case ErrorEventDefinition error:
                add("błąd", error.Code?.Text ?? "każdy");
                break;
            case EscalationEventDefinition escalation:
                add("eskalacja", escalation.Code?.Text ?? "każda");
                break;
            case TerminateEventDefinition:
                add("kończy", "wszystko naraz");
                break;
        }
    }

    static string BindingOf(Binding binding) => binding.Type switch
    {
        BindingType.Deployment => "ta sama publikacja",
        BindingType.VersionTag => $"etykieta {binding.VersionTag}",
        _ => "najnowsza",
    };

    (string, string) PropertyOf(string name, string value)
    {
        var label = PropertyLabels.GetValueOrDefault(name, $"ustawienie {name}");
        return value.StartsWith('=') ? (label, value) : name switch
        {
            "reminders" => (label, LadderOf(value)),
            "escalation" or "startableBy" => (label, RolesOf(value)),
            "deadline.kind" => (label, KindOfTerm(value)),
            "approval" => (label, value == "high" ? "tak, poważna" : "tak"),
            _ => (label, value),
        };
    }

    static string KindOfTerm(string kind) => kind switch
    {
        "STAT" => "ustawowy",
        "COURT" => "wyznaczony przez sąd",
        "CUST" => "zwyczajowy",
        "HOUSE" => "ustalony przez ośrodek",
        _ => kind,
    };

    string RolesOf(string text) => text.StartsWith('=') ? text : string.Join(", ", Split(text).Select(role =>
        role == "staff" ? "każdy pracownik" : roleName(role)));

    string TermOf(string text)
    {
        var match = Deadline.Match(text.Trim());
        if (!match.Success || !int.TryParse(
                match.Groups["amount"].ValueSpan, CultureInfo.InvariantCulture, out var amount)
            || Amount(amount, match.Groups["unit"].Value) is not { } period) return text;
        var roll = match.Groups["roll"].Value switch
        {
            "none" => ", bez przesuwania z dni wolnych",
            "back" => ", z dnia wolnego wstecz",
            _ => "",
        };
        return $"{period} {Since(match.Groups["from"].Value)}{roll}";
    }

    string Since(string from) => from.Trim() is "now()" or "today()"
        ? "od chwili, gdy zadanie się pojawi"
        : labelOf(from.Trim()) is { } label ? $"od „{label}”" : $"od {from.Trim()}";

    /// <summary>Null for a unit that is none: such a term is told as it is written.</summary>
    static string? Amount(int amount, string unit) => (unit switch
    {
        "working-days" or "working-day" or "wd" => Form(amount, "dzień roboczy", "dni robocze", "dni roboczych"),
        "days" or "day" or "d" => Form(amount, "dzień", "dni", "dni"),
        "weeks" or "week" => Form(amount, "tydzień", "tygodnie", "tygodni"),
        "months" or "month" => Form(amount, "miesiąc", "miesiące", "miesięcy"),
        "years" or "year" => Form(amount, "rok", "lata", "lat"),
        "hours" or "hour" or "h" => Form(amount, "godzina", "godziny", "godzin"),
        _ => null,
    }) is { } word ? $"{amount.ToString(CultureInfo.InvariantCulture)} {word}" : null;

    static string Form(int amount, string one, string few, string many) =>
        amount == 1 ? one : amount % 10 is >= 2 and <= 4 && amount % 100 is < 12 or > 14 ? few : many;

    /// <summary>A ladder of reminders; what cannot be read is told as it stands.</summary>
    string LadderOf(string text) => text switch
    {
        "std" => "zwykłe",
        "fast" => "szybkie",
        "max" => "długie",
        "hour" => "godzinowe",
        "none" => "brak",
        _ => string.Join(", ", Split(text).Select(EntryOf)),
    };

    string EntryOf(string entry)
    {
        var parts = entry.Split(':', 2, StringSplitOptions.TrimEntries);
        var match = Rung.Match(parts[^1]);
        if (!match.Success || !int.TryParse(
            match.Groups["amount"].ValueSpan, CultureInfo.InvariantCulture, out var amount)) return entry;
        var unit = match.Groups["unit"].Value;
        var span = unit == "%" || amount == 0 ? "" : Amount(amount, unit);
        if (span is null) return entry;
        var when = unit == "%" ? $"po {amount}% czasu"
            : amount == 0 ? "w dniu terminu"
            : $"{span} {(match.Groups["sign"].Value == "-" ? "przed terminem" : "po terminie")}";
        if (match.Groups["every"].Success)
        {
            if (!int.TryParse(match.Groups["every"].ValueSpan, CultureInfo.InvariantCulture, out var every))
                return entry;
            when += $" i dalej co {Amount(every, match.Groups["per"].Value)}";
        }
        return parts.Length == 2 ? $"{roleName(parts[0])}: {when}" : when;
    }

    static string[] Split(string list) =>
        list.Split([',', ';'], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    static ImmutableArray<(string Label, string Value)> Sorted(List<(string Label, string Value)> facts) =>
        [.. facts.OrderBy(fact => fact.Label, StringComparer.Ordinal)];
}
