using System.Collections.Immutable;
using Workflows.Engine.Model;

namespace Workflows.Statute;

/// <summary>
/// Looks for the smallest change after which a rule holds: parts of the product are put back one by one, and the first
/// version is taken that the guard accepts and that breaks no rule that held.
/// </summary>
sealed class RepairSearch
{
    /// <summary>Versions that are tried one part at a time, before parts are put back together.</summary>
    const int SinglesMax = 40;

    /// <summary>
    /// Versions that are read and judged for one report; then only the whole diagram, form or table is tried. One
    /// takes some hundredths of a second, and a report must be there in two.
    /// </summary>
    const int VersionsMax = 24;

    /// <summary>
    /// All versions together: a draft twenty times as large as the shipped ones gets fewer of them, and no longer wait.
    /// </summary>
    const long CharactersMax = VersionsMax * 200_000;

    /// <summary>
    /// Parts that are put back for one report; one takes a millisecond or two. Of an emptied diagram every step is one,
    /// and the whole diagram comes sooner.
    /// </summary>
    const int PartsMax = 160;

    readonly Procedure edited;
    readonly Procedure shipped;
    readonly ImmutableArray<StatuteRule> held;
    readonly long versionsMax;
    readonly int errors;
    readonly Dictionary<(string File, string Content), Version> tried = [];

    /// <summary>
    /// Diagrams that were written, by the parts put back in them, with their words: rules that break together ask for
    /// the same ones. Null: those parts change nothing.
    /// </summary>
    readonly Dictionary<string, (string Words, string Content)?> written = new(StringComparer.Ordinal);
    StatuteRule rule;

    /// <summary>One part to put back.</summary>
    /// <param name="Place">Element it is about: steps of one name are two parts.</param>
    /// <param name="Do">False when nothing changes.</param>
    sealed record Part(string Place, string Text, Func<DiagramText, bool> Do)
    {
        public string Key => $"{Place} {Text}";
    }

    /// <summary>A version that was tried; what is known of its rules so far.</summary>
    /// <param name="Judge">Null for a version that cannot be taken at all.</param>
    sealed record Version(Judge? Judge)
    {
        public Dictionary<string, bool> Known { get; } = new(StringComparer.Ordinal);

        public bool Holds(StatuteRule one)
        {
            if (Judge is null) return false;
            if (!Known.TryGetValue(one.Id, out var holds)) Known[one.Id] = holds = Judge.Of(one).Holds;
            return holds;
        }
    }

    /// <param name="held">Rules that hold in the edited version: none of them may break.</param>
    /// <param name="first">The first of those that do not.</param>
    public RepairSearch(Procedure edited, Procedure shipped, ImmutableArray<StatuteRule> held, StatuteRule first)
    {
        (this.edited, this.shipped, this.held, rule) = (edited, shipped, held, first);
        errors = Errors(Procedure.Read(edited.Files));
        versionsMax = Math.Min(VersionsMax, CharactersMax / Math.Max(1, edited.Files[edited.Diagram].Length));
    }

    public int Versions => tried.Count;

    /// <summary>Parts that were put back into texts: the work of writing, counted and not timed.</summary>
    public int PartsWritten { get; private set; }

    static int Errors(ProcedureReading reading) =>
        reading.Problems.Count(problem => problem.Severity == ProblemSeverity.Error);

    /// <summary>Null when nothing of the product helps.</summary>
    public Repair? Find(StatuteRule broken)
    {
        rule = broken;
        return rule switch
        {
            FieldsRule fields => Field(fields),
            DecisionRule decision => Table(decision) ?? Diagram(),
            _ => Diagram(),
        };
    }

    /// <param name="isLast">Nothing smaller is left: tried even when enough was.</param>
    Repair? Taken(string text, string file, string content, bool isLast = false)
    {
        if (!tried.TryGetValue((file, content), out var version))
        {
            if (tried.Count >= versionsMax && !isLast) return null;
            var reading = Procedure.Read(edited.Files.SetItem(file, content));
            var repaired = Errors(reading) > errors ? null : reading.Procedure;
            tried[(file, content)] = version = new(repaired is null ? null : new Judge(repaired, shipped));
        }
        return version.Holds(rule) && held.All(version.Holds)
            ? new Repair(text, TextDifference.Between(file, edited.Files.GetValueOrDefault(file, ""), content))
            : null;
    }

    string Name(string id)
    {
        var name = shipped.Definition.Nodes.GetValueOrDefault(id)?.Name
            ?? edited.Definition.Nodes.GetValueOrDefault(id)?.Name;
        return $"„{(string.IsNullOrWhiteSpace(name) ? id : name)}”";
    }

    // ---- forms and tables -------------------------------------------------------------------------------------

    Repair? Field(FieldsRule fields)
    {
        if (shipped.Definition.Nodes.GetValueOrDefault(fields.Step) is not UserTask { FormId.Text: var formId }
            || !shipped.FileOf.TryGetValue(Procedure.FormKey(formId), out var source)) return Diagram();
        var product = shipped.Files[source];
        if (edited.Definition.Nodes.GetValueOrDefault(fields.Step) is UserTask task && task.FormId?.Text != formId)
            return Diagram();
        var file = edited.FileOf.GetValueOrDefault(Procedure.FormKey(formId), source);
        if (edited.Files.TryGetValue(file, out var mine))
        {
            foreach (var whole in new[] { false, true })
            {
                var text = mine;
                foreach (var key in fields.Keys) text = FormText.Restored(text, product, key, whole) ?? text;
                if (text != mine && Taken(
                        $"Przywróć w formularzu kroku {Name(fields.Step)} pola, których wymaga przepis", file, text)
                    is { } repair) return repair;
            }
        }
        return Taken($"Przywróć formularz kroku {Name(fields.Step)} z produktu", file, product, isLast: true);
    }

    Repair? Table(DecisionRule decision)
    {
        if (!shipped.FileOf.TryGetValue(Procedure.DecisionKey(decision.Decision), out var source)) return null;
        var file = edited.FileOf.GetValueOrDefault(Procedure.DecisionKey(decision.Decision), source);
        var name = shipped.Decisions[decision.Decision].Decisions
            .FirstOrDefault(one => one.Id == decision.Decision).Name;
        if (edited.Files.TryGetValue(file, out var mine))
        {
            foreach (var text in TableText.Restored(mine, shipped.Files[source], decision.Decision))
            {
                if (Taken($"Przywróć w tabeli „{name}” wiersze z produktu", file, text) is { } repair) return repair;
            }
        }
        return Taken($"Przywróć tabelę „{name}” z produktu", file, shipped.Files[source], isLast: true);
    }

    // ---- the diagram ------------------------------------------------------------------------------------------

    Repair? Diagram()
    {
        var parts = Parts().DistinctBy(part => part.Key).ToList();
        foreach (var part in parts.Take(SinglesMax))
        {
            if (Try([part]) is { } repair) return repair;
        }
        // Together: as many as are needed, nearest first.
        for (var count = 2; count <= parts.Count; count *= 2)
        {
            if (Try(parts.GetRange(0, count)) is { } repair) return repair;
        }
        if (parts.Count > 1 && Try(parts) is { } all) return all;
        return Taken(
            "Przywróć cały diagram z produktu (inne zmiany diagramu przepadną)", edited.Diagram,
            shipped.Files[shipped.Diagram], isLast: true);
    }

    Repair? Try(List<Part> parts)
    {
        var key = string.Join('\n', parts.Select(part => part.Key));
        if (!written.TryGetValue(key, out var diagram))
        {
            // When no more versions are judged, none is written either.
            if (tried.Count >= versionsMax || PartsWritten + parts.Count > PartsMax) return null;
            written[key] = diagram = Write(parts);
        }
        return diagram is { } put ? Taken(put.Words, edited.Diagram, put.Content) : null;
    }

    (string Words, string Content)? Write(List<Part> parts)
    {
        if (DiagramText.Of(edited, shipped) is not { } text) return null;
        PartsWritten += parts.Count;
        var done = parts.Where(part => part.Do(text)).ToList();
        return done.Count == 0
            ? null
            : (string.Join("; ", done.Take(3).Select(part => part.Text)) + (done.Count > 3 ? " i pozostałe" : ""),
                text.Text);
    }

    /// <summary>What differs from the product, nearest to the rule first.</summary>
    IEnumerable<Part> Parts()
    {
        var verdict = new Judge(edited, shipped).Of(rule);
        foreach (var part in OwnParts()) yield return part;
        foreach (var id in verdict.Elements.Where(id => !Has(id))) yield return Restore(id);
        // A path that should not be: what is new or different on it.
        foreach (var id in verdict.Path)
        {
            if (edited.Definition.Flows.TryGetValue(id, out var flow) && Changed(flow) is { } part) yield return part;
            if (Has(id) && shipped.Definition.Nodes.ContainsKey(id) && IsChanged(id)) yield return Reset(id);
        }
        foreach (var id in verdict.Path.Where(Has))
        {
            foreach (var next in shipped.Definition.Nodes.GetValueOrDefault(id)?.Outgoing ?? [])
            {
                if (!Has(next.TargetId)) yield return Restore(next.TargetId);
                else if (!edited.Definition.Flows.ContainsKey(next.Id)) yield return Restore(next);
            }
            if (shipped.Definition.Nodes.GetValueOrDefault(id) is not Activity was) continue;
            foreach (var boundary in was.BoundaryEvents.Where(one => !Has(one.Id))) yield return Restore(boundary.Id);
        }
        foreach (var id in verdict.Elements.Where(id => Has(id) && IsChanged(id))) yield return Reset(id);
        foreach (var part in EverythingElse()) yield return part;
    }

    IEnumerable<Part> EverythingElse()
    {
        foreach (var node in shipped.Definition.Nodes.Values.Where(node => !Has(node.Id))
            .OrderBy(node => node.Id, StringComparer.Ordinal)) yield return Restore(node.Id);
        foreach (var flow in shipped.Definition.Flows.Values.OrderBy(flow => flow.Id, StringComparer.Ordinal))
        {
            if (!edited.Definition.Flows.TryGetValue(flow.Id, out var mine)) yield return Restore(flow);
            else if (Changed(mine) is { } part) yield return part;
        }
        var were = shipped.Definition.Flows;
        foreach (var flow in edited.Definition.Flows.Values.Where(flow => !were.ContainsKey(flow.Id)))
        {
            if (Changed(flow) is { } part) yield return part;
        }
        foreach (var id in edited.Definition.Nodes.Keys.Where(id => shipped.Definition.Nodes.ContainsKey(id)
            && IsChanged(id)).Order(StringComparer.Ordinal)) yield return Reset(id);
    }

    bool Has(string id) => edited.Definition.Nodes.ContainsKey(id);

    Part Restore(string id)
    {
        var step = shipped.Definition.Nodes.GetValueOrDefault(id);
        var neighbours = step is { Incoming: [var one], Outgoing: [var other] }
            ? $" między {Name(one.SourceId)} a {Name(other.TargetId)}"
            : "";
        return new(id, $"Przywróć krok {Name(id)}{neighbours}", text => text.RestoreStep(id));
    }

    Part Restore(SequenceFlow flow) => new(
        flow.Id, $"Przywróć przejście z {Name(flow.SourceId)} do {Name(flow.TargetId)}",
        text => text.ResetFlow(flow.Id));

    Part Reset(string id) => new(
        id, $"Przywróć ustawienia kroku {Name(id)} z produktu", text => text.ResetStep(id));

    Part? Changed(SequenceFlow flow)
    {
        if (!shipped.Definition.Flows.TryGetValue(flow.Id, out var was))
        {
            return new(
                flow.Id, $"Usuń przejście z {Name(flow.SourceId)} do {Name(flow.TargetId)}",
                text => text.RemoveFlow(flow.Id));
        }
        if (was.SourceId != flow.SourceId || was.TargetId != flow.TargetId)
            return new(
                flow.Id, $"Poprowadź przejście z {Name(was.SourceId)} znów do {Name(was.TargetId)}",
                text => text.ResetFlow(flow.Id));
        return was.Condition?.Text == flow.Condition?.Text && WasDefault(flow, shipped) == WasDefault(flow, edited)
            ? null
            : new(flow.Id, $"Przywróć warunek przejścia z {Name(was.SourceId)} do {Name(was.TargetId)}",
                text => text.ResetFlow(flow.Id));
    }

    static bool WasDefault(SequenceFlow flow, Procedure procedure) =>
        procedure.Definition.Nodes.GetValueOrDefault(flow.SourceId) switch
        {
            ExclusiveGateway gateway => gateway.DefaultFlow?.Id == flow.Id,
            Activity activity => activity.DefaultFlow?.Id == flow.Id,
            _ => false,
        };

    /// <summary>Differs from the product in more than name and flows.</summary>
    bool IsChanged(string id)
    {
        var (mine, was) = (edited.Definition.Nodes[id], shipped.Definition.Nodes[id]);
        if (mine.GetType() != was.GetType()) return true;
        return !NodeText.Same(mine, was);
    }

    /// <summary>The one part of the step that the rule is about.</summary>
    IEnumerable<Part> OwnParts()
    {
        switch (rule)
        {
            case PerformerRule performer:
                yield return new(
                    performer.Step, $"Przywróć wykonawcę kroku {Name(performer.Step)}: "
                    + string.Join(", ", performer.Roles.Select(Judge.InWords)),
                    text => text.ResetPart(performer.Step, "assignmentDefinition"));
                break;
            case PeriodRule period:
                var words = $"Przywróć termin kroku {Name(period.Step)}: {period.Limit.InWords()}";
                yield return new(period.Step, words, text => text.ResetPart(period.Step, "taskSchedule")
                    || text.ResetPart(period.Step, "timerEventDefinition"));
                break;
            case DifferentPersonsRule persons:
                yield return new(
                    persons.Step,
                    $"Przywróć zasadę, że kroki {Name(persons.Step)} i {Name(persons.Other)} wykonują dwie osoby",
                    text => text.ResetProperty(persons.Step, "notSamePersonAs"));
                break;
            case PropertyRule property:
                yield return new(
                    property.Step, $"Przywróć właściwość „{property.Name}” kroku {Name(property.Step)}",
                    text => text.ResetProperty(property.Step, property.Name));
                break;
            case StartableRule:
                yield return new(
                    shipped.ProcessId, "Przywróć, kto może rozpocząć procedurę",
                    text => text.ResetProperty(shipped.ProcessId, "startableBy"));
                break;
            case ExpressionRule expression:
                yield return new(
                    expression.Step, $"Przywróć obliczenie kroku {Name(expression.Step)}",
                    text => text.ResetPart(expression.Step, "ioMapping") | text.ResetPart(expression.Step, "script"));
                break;
        }
        var step = (rule as StepRule)?.Step ?? (rule as DecisionRule)?.Step ?? (rule as FieldsRule)?.Step;
        foreach (var part in step is null ? [] : PartsOf(step)) yield return part;
    }

    IEnumerable<Part> PartsOf(string step)
    {
        if (!Has(step)) yield break;
        foreach (var name in new[]
        {
            "calledElement", "taskDefinition", "taskHeaders", "formDefinition", "calledDecision",
            "messageEventDefinition", "escalationEventDefinition", "timerEventDefinition",
        })
            yield return new(
                step, $"Przywróć ustawienia kroku {Name(step)} ({name})", text => text.ResetPart(step, name));
        foreach (var name in new[] { "attachedToRef", "cancelActivity", "isInterrupting" })
            yield return new(
                step, $"Przywróć ustawienia zdarzenia {Name(step)} ({name})",
                text => text.ResetAttribute(step, name));
    }
}
