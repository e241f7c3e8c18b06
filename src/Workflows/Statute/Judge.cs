using System.Collections.Immutable;
using Workflows.Engine.Expressions;
using Workflows.Engine.Model;

namespace Workflows.Statute;

/// <summary>Whether one rule holds, and if not, why.</summary>
sealed record Verdict(
    bool Holds, string? Meaning, ImmutableArray<string> Elements, ImmutableArray<string> Path);

/// <summary>Holds one version of a procedure against rules, one by one.</summary>
/// <param name="shipped">Gives the names of steps that are gone; may be null.</param>
sealed partial class Judge(Procedure edited, Procedure? shipped)
{
    /// <summary>Steps of a path that a sentence names.</summary>
    const int NamedStepsMax = 8;

    readonly FlowGraph graph = new(edited.Definition);

    public long Work => graph.Work;

    public Verdict Of(StatuteRule rule) => rule switch
    {
        StepRule step => Of(step),
        BeforeRule before => Of(before),
        EventuallyRule eventually => Of(eventually),
        ConditionRule condition => Of(condition),
        PerformerRule performer => Of(performer),
        FieldsRule fields => Of(fields),
        PeriodRule period => Of(period),
        StartableRule startable => Of(startable),
        DifferentPersonsRule persons => Of(persons),
        PropertyRule property => Of(property),
        ExpressionRule expression => Of(expression),
        DecisionRule decision => Of(decision),
        _ => throw new InvalidOperationException($"Rule {rule.Id} is of no known kind."),
    };

    static Verdict Proven(params ReadOnlySpan<string> elements) => new(true, null, [.. elements], []);

    static Verdict Broken(string meaning, params ReadOnlySpan<string> elements) =>
        new(false, meaning, [.. elements], []);

    FlowNode? Node(string id) => edited.Definition.Nodes.GetValueOrDefault(id);

    /// <summary>The name people read, in Polish quotes; the id where there is none.</summary>
    string Name(string id)
    {
        var name = Node(id)?.Name ?? shipped?.Definition.Nodes.GetValueOrDefault(id)?.Name;
        return $"„{(string.IsNullOrWhiteSpace(name) ? id : name)}”";
    }

    string Names(IEnumerable<string> ids) => string.Join(" albo ", ids.Select(Name));

    /// <summary>The named steps of a path, shortened in the middle.</summary>
    string Way(ImmutableArray<string> path)
    {
        var steps = path.Select(Node).OfType<FlowNode>()
            .Where(node => node is Activity or StartEvent or EndEvent or BoundaryEvent or IntermediateCatchEvent)
            .Select(node => Name(node.Id)).ToList();
        var shown = steps.Count <= NamedStepsMax
            ? steps
            : [.. steps.Take(NamedStepsMax / 2), "…", .. steps.TakeLast(NamedStepsMax / 2)];
        return string.Join(" → ", shown);
    }

    // ---- steps ------------------------------------------------------------------------------------------------

    Verdict Of(StepRule rule)
    {
        if (Node(rule.Step) is not { } node)
            return Broken($"W tej wersji nie ma kroku {Name(rule.Step)}.", rule.Step);
        if (graph.PathTo(rule.Step, Question.Nothing) is null)
            return Broken($"Do kroku {Name(rule.Step)} nie prowadzi żadna droga.", rule.Step);
        return Difference(rule, node) is { } meaning ? Broken(meaning, rule.Step) : Proven(rule.Step);
    }

    string? Difference(StepRule rule, FlowNode node)
    {
        var name = Name(node.Id);
        if (rule.Type is not null && node.ElementType != rule.Type)
            return $"Krok {name} jest teraz innego rodzaju ({KindInWords(node.ElementType)}), a ma być: " +
                $"{KindInWords(rule.Type)}.";
        if (rule.Calls is not null && (node as CallActivity)?.ProcessId.Text != rule.Calls)
            return $"Krok {name} nie wywołuje już procedury „{rule.Calls}”.";
        var job = (node as ServiceTask)?.Job ?? (node as SendTask)?.Job;
        if (rule.Job is not null && job?.Type?.Text != rule.Job)
            return $"Krok {name} nie wykonuje już pracy „{rule.Job}”.";
        if (rule.Starts is not null && (job?.Type?.Text != "procedure.start"
                || job.Headers.GetValueOrDefault("processId") != rule.Starts))
            return $"Krok {name} nie rozpoczyna już procedury „{rule.Starts}”.";
        if (rule.On is not null && (node as BoundaryEvent)?.AttachedToId != rule.On)
            return $"Zdarzenie {name} nie jest już przypięte do kroku {Name(rule.On)}.";
        var interrupts = (node as BoundaryEvent)?.CancelActivity ?? (node as StartEvent)?.IsInterrupting;
        if (rule.Interrupting is { } interrupting && interrupts != interrupting)
            return $"Zdarzenie {name} {(interrupting ? "nie przerywa już" : "przerywa teraz")} tego, co trwa.";
        if (rule.Message is not null && !WaitsFor(node, rule.Message))
            return $"Zdarzenie {name} nie czeka już na wiadomość „{rule.Message}” tej sprawy.";
        if (rule.Throws is not null && (DefinitionOf(node) as EscalationEventDefinition)?.Code?.Text != rule.Throws)
            return $"Zdarzenie {name} nie przekazuje już sygnału „{rule.Throws}”.";
        if (rule.Each is not null && CanonicalFeel.Of((node as Activity)?.MultiInstance?.InputCollection?.Text ?? "")
            != CanonicalFeel.Of(rule.Each))
            return $"Krok {name} nie powtarza się już dla każdej pozycji z listy {rule.Each}.";
        if (rule.Form is not null && (node as UserTask)?.FormId?.Text != rule.Form)
            return $"Krok {name} nie używa już formularza „{rule.Form}”.";
        return null;
    }

    static bool WaitsFor(FlowNode node, string message)
    {
        var waited = DefinitionOf(node) is MessageEventDefinition definition
            ? definition.Message
            : (node as ReceiveTask)?.Message;
        return waited?.Name.Text == message && waited.CorrelationKey is { } key
            && CanonicalFeel.Of(key.Text) == "caseNo";
    }

    static EventDefinition? DefinitionOf(FlowNode node) => node switch
    {
        StartEvent start => start.Definition,
        EndEvent end => end.Definition,
        IntermediateCatchEvent caught => caught.Definition,
        IntermediateThrowEvent thrown => thrown.Definition,
        BoundaryEvent boundary => boundary.Definition,
        _ => null,
    };

    internal static string KindInWords(string type) => type switch
    {
        "USER_TASK" => "zadanie osoby",
        "SERVICE_TASK" => "zadanie systemu",
        "SEND_TASK" => "wysłanie wiadomości",
        "RECEIVE_TASK" => "oczekiwanie na wiadomość",
        "SCRIPT_TASK" => "obliczenie",
        "BUSINESS_RULE_TASK" => "tabela decyzyjna",
        "CALL_ACTIVITY" => "wywołanie procedury",
        "SUB_PROCESS" => "podproces",
        "EVENT_SUB_PROCESS" => "podproces zdarzeniowy",
        "EXCLUSIVE_GATEWAY" => "wybór jednej drogi",
        "PARALLEL_GATEWAY" => "drogi równoległe",
        "EVENT_BASED_GATEWAY" => "czekanie na pierwsze zdarzenie",
        "START_EVENT" => "początek",
        "END_EVENT" => "koniec",
        "BOUNDARY_EVENT" => "zdarzenie przypięte do kroku",
        "INTERMEDIATE_CATCH_EVENT" => "oczekiwanie na zdarzenie",
        "INTERMEDIATE_THROW_EVENT" => "nadanie sygnału",
        _ => "zwykły krok",
    };

    // ---- paths ------------------------------------------------------------------------------------------------

    Verdict Of(BeforeRule rule)
    {
        var free = rule.ExceptWhen is null ? [] : graph.FlowsImplying(Condition.Parse(rule.ExceptWhen)!);
        var path = graph.PathTo(rule.Then, new([.. rule.First], free, null));
        ReadOnlySpan<string> elements = [.. rule.First, rule.Then];
        if (path is not { } way) return Proven(elements);
        var gone = rule.First.All(first => Node(first) is null) ? " Tego kroku w tej wersji nie ma." : "";
        return Broken(
            $"Do kroku {Name(rule.Then)} można dojść bez kroku {Names(rule.First)}: {Way(way)}.{gone}", elements)
            with { Path = way };
    }

    Verdict Of(EventuallyRule rule)
    {
        var assumed = rule.When is null ? null : Condition.Parse(rule.When);
        var path = graph.PathAvoiding(rule.After, [.. rule.Then], assumed);
        ReadOnlySpan<string> elements = [rule.After, .. rule.Then];
        if (path is not { } way) return Proven(elements);
        var when = rule.When is null ? "" : $" (gdy {rule.When.TrimStart('=').Trim()})";
        return Broken(
            $"Po kroku {Name(rule.After)}{when} sprawa może iść dalej i nigdy nie dojść do kroku {Names(rule.Then)}: "
            + $"{Way(way)}.", elements) with { Path = way };
    }

    Verdict Of(ConditionRule rule)
    {
        var closed = graph.FlowsImplying(Condition.Parse(rule.Condition)!);
        if (graph.PathTo(rule.Step, Question.Nothing with { Closed = closed }) is not { } way) return Proven(rule.Step);
        return Broken(
            $"Do kroku {Name(rule.Step)} można dojść, choć nie sprawdzono warunku " +
            $"{rule.Condition.TrimStart('=').Trim()}: {Way(way)}.", rule.Step) with { Path = way };
    }

    Verdict Of(StartableRule rule)
    {
        ReadOnlySpan<string> elements = [.. rule.First];
        var by = Listed(edited.Definition.Property("startableBy"));
        var missing = rule.By.Where(role => !by.Contains(role) && !by.Contains("staff")).ToList();
        if (missing.Count > 0)
            return Broken("Procedury nie może już rozpocząć każdy, kto powinien: brakuje: " +
                $"{string.Join(", ", missing.Select(InWords))}.");
        var start = edited.Definition.Scopes[edited.ProcessId].StartEvents
            .FirstOrDefault(one => one.Definition is null);
        if (start is null) return Broken("Procedury nie można już rozpocząć od ręki: nie ma zwykłego początku.");
        if (edited.Definition.Nodes.Values.FirstOrDefault(node => node.Property("approval") is not null) is { } asked)
            return Broken(
                $"Krok {Name(asked.Id)} czeka na zatwierdzenie, a ta procedura nie może na nie czekać.", asked.Id);
        var waits = edited.Definition.Nodes.Values.Where(FlowGraph.Waits).Select(node => node.Id).ToImmutableHashSet();
        foreach (var first in rule.First)
        {
            if (Node(first) is null) return Broken($"W tej wersji nie ma kroku {Name(first)}.", first);
            var others = waits.Remove(first);
            if (graph.PathTo(first, Question.Nothing with { Undone = others }) is null)
            {
                var way = graph.PathTo(first, Question.Nothing) ?? [];
                return Broken($"Krok {Name(first)} nie otwiera się od razu po rozpoczęciu: {Way(way)}.", elements)
                    with { Path = way };
            }
            if (!graph.OpensAtOnce(start.Id, first))
            {
                var avoiding = graph.PathAvoiding(start.Id, [first], null) ?? [];
                return Broken($"Po rozpoczęciu krok {Name(first)} może zostać pominięty: {Way(avoiding)}.", elements)
                    with { Path = avoiding };
            }
        }
        return Proven(elements);
    }

    static ImmutableArray<string> Listed(string? list) =>
        [.. (list ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)];
}
