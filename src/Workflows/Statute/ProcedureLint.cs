using System.Collections.Immutable;
using Workflows.Engine.Calendar;
using Workflows.Engine.Expressions;
using Workflows.Engine.Forms;
using Workflows.Engine.Model;

namespace Workflows.Statute;

/// <summary>What a procedure may name beyond its own files: everything of the deployment it will be part of.</summary>
/// <param name="FormIds">Of the other procedures; not its own.</param>
/// <param name="DecisionIds">Of the other procedures; not its own.</param>
/// <param name="Roles">Product roles, as <c>candidateGroups</c> names them.</param>
public sealed record Surroundings(
    ImmutableHashSet<string> ProcessIds, ImmutableHashSet<string> FormIds, ImmutableHashSet<string> DecisionIds,
    ImmutableHashSet<string> Roles)
{
    /// <summary>Forms and tables that steps of other procedures name, with the names of those procedures.</summary>
    public ImmutableDictionary<string, string> FormUsers { get; init; } = ImmutableDictionary<string, string>.Empty;

    public ImmutableDictionary<string, string> DecisionUsers { get; init; } =
        ImmutableDictionary<string, string>.Empty;
}

/// <summary>
/// What an author should look at beyond what the engine refuses (that is in <see cref="ProcedureReading.Problems"/>):
/// dead ends, nameless steps, tasks that nobody performs or that have no term, and names of what is not there. The
/// vocabulary of docs/extensions.md is checked by the host.
/// </summary>
public static class ProcedureLint
{
    /// <summary>In the order of the ids of the elements.</summary>
    public static ImmutableArray<ProcedureProblem> Check(Procedure procedure, Surroundings around)
    {
        var found = ImmutableArray.CreateBuilder<ProcedureProblem>();
        void Report(ProblemSeverity severity, string id, string? property, string code, string message) =>
            found.Add(new(severity, procedure.Diagram, id, property, code, message));

        foreach (var node in procedure.Definition.Nodes.Values.OrderBy(node => node.Id, StringComparer.Ordinal))
        {
            foreach (var (severity, property, code, message) in Of(node, procedure, around))
                Report(severity, node.Id, property, code, message);
        }
        foreach (var trapped in Trapped(procedure.Definition))
        {
            Report(ProblemSeverity.Warning, trapped, null, "trap",
                "Z tego kroku nie ma drogi do końca procedury. Dodaj wyjście z tej pętli.");
        }
        foreach (var form in procedure.Forms.Values.OrderBy(form => form.Id, StringComparer.Ordinal))
        {
            var file = procedure.FileOf[Procedure.FormKey(form.Id)];
            if (procedure.Definition.Property("case") is not null)
            {
                foreach (var problem in FormReader.Lint(form)) found.Add(ProblemTexts.OfForm(file, problem));
            }
            var isUsed = procedure.Definition.Nodes.Values.OfType<UserTask>().Any(task => task.FormId?.Text == form.Id)
                || around.FormUsers.ContainsKey(form.Id);
            if (!isUsed && !around.FormIds.Contains(form.Id))
                found.Add(new(ProblemSeverity.Warning, file, null, null, "form-unused",
                    $"Żaden krok nie używa formularza „{form.Id}”. Wskaż go w kroku albo usuń."));
        }
        found.AddRange(Together(procedure, around));
        return found.ToImmutable();
    }

    /// <summary>Procedures are deployed together: an id is there once, and what others name stays.</summary>
    static IEnumerable<ProcedureProblem> Together(Procedure procedure, Surroundings around)
    {
        foreach (var id in procedure.Forms.Keys.Where(around.FormIds.Contains).Order(StringComparer.Ordinal))
        {
            yield return new(
                ProblemSeverity.Error, procedure.FileOf[Procedure.FormKey(id)], null, "id", "form-twice",
                $"Formularz „{id}” ma już inna procedura. Zmień identyfikator tego formularza albo usuń go " +
                "i wskaż w kroku tamten.");
        }
        foreach (var id in procedure.Decisions.Keys.Where(around.DecisionIds.Contains).Order(StringComparer.Ordinal))
        {
            yield return new(
                ProblemSeverity.Error, procedure.FileOf[Procedure.DecisionKey(id)], id, "id", "decision-twice",
                $"Tabelę „{id}” ma już inna procedura. Zmień identyfikator tej tabeli albo usuń ją i wskaż tamtą.");
        }
        foreach (var (id, user) in around.FormUsers.OrderBy(one => one.Key, StringComparer.Ordinal))
        {
            if (!procedure.Forms.ContainsKey(id) && !around.FormIds.Contains(id))
                yield return new(ProblemSeverity.Error, procedure.Diagram, null, null, "form-needed",
                    $"Z formularza „{id}” korzysta procedura „{user}”. Przywróć ten formularz.");
        }
        foreach (var (id, user) in around.DecisionUsers.OrderBy(one => one.Key, StringComparer.Ordinal))
        {
            if (!procedure.Decisions.ContainsKey(id) && !around.DecisionIds.Contains(id))
                yield return new(ProblemSeverity.Error, procedure.Diagram, null, null, "decision-needed",
                    $"Z tabeli „{id}” korzysta procedura „{user}”. Przywróć tę tabelę.");
        }
    }

    static IEnumerable<(ProblemSeverity Severity, string? Property, string Code, string Message)> Of(
        FlowNode node, Procedure procedure, Surroundings around)
    {
        if (string.IsNullOrWhiteSpace(node.Name) && NeedsName(node))
            yield return (ProblemSeverity.Warning, "name", "no-name", NameWanted(node));
        if (IsDeadEnd(node))
            yield return (ProblemSeverity.Warning, null, "dead-end",
                "Za tym krokiem nie ma nic. Poprowadź przejście dalej albo do końca.");
        if (node is UserTask task)
        {
            foreach (var problem in OfTask(task, procedure, around)) yield return problem;
        }
        if (node is BusinessRuleTask { DecisionId: { IsConstant: true, Text: var decision } }
            && !procedure.Decisions.ContainsKey(decision) && !around.DecisionIds.Contains(decision))
            yield return (ProblemSeverity.Error, "decision", "unknown-decision",
                $"Nie ma tabeli „{decision}”. Dodaj ją albo wskaż inną.");
        if (node is CallActivity { ProcessId: { IsConstant: true, Text: var called } }
            && called.Length > 0 && called != procedure.ProcessId && !around.ProcessIds.Contains(called))
            yield return (ProblemSeverity.Error, "calledElement", "unknown-process",
                $"Nie ma procedury „{called}”. Wskaż inną.");
        if (node is ServiceTask { Job: { Type.Text: "procedure.start", Headers: var headers } }
            && (headers.GetValueOrDefault("processId") ?? "") is var started
            && !started.StartsWith('=') && !around.ProcessIds.Contains(started))
            yield return (ProblemSeverity.Error, "processId", "unknown-process",
                $"Krok rozpoczyna procedurę „{started}”, której nie ma. Wskaż inną.");
    }

    static bool NeedsName(FlowNode node) => node is Activity or StartEvent or EndEvent or IntermediateCatchEvent
        or BoundaryEvent || node is ExclusiveGateway { Outgoing.Length: > 1 };

    static string NameWanted(FlowNode node) => node is ExclusiveGateway
        ? "Wybór nie ma nazwy. Nazwij go pytaniem, na które odpowiadają przejścia."
        : "Krok nie ma nazwy. Nazwij go tak, jak mówią o nim pracownicy.";

    static bool IsDeadEnd(FlowNode node) => node.Outgoing.IsEmpty
        && node is not EndEvent and not SubProcess;

    static IEnumerable<(ProblemSeverity Severity, string? Property, string Code, string Message)> OfTask(
        UserTask task, Procedure procedure, Surroundings around)
    {
        var isNamed = task.Assignee is not null || task.CandidateUsers is not null;
        var groups = task.CandidateGroups is { IsConstant: true, Text: var text }
            ? text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            : [];
        if (!isNamed && (task.CandidateGroups is null || (groups.Length > 0 && !groups.Any(around.Roles.Contains))))
            yield return (ProblemSeverity.Error, "candidateGroups", "nobody",
                "Tego kroku nikt nie wykona. Wskaż rolę albo osobę sprawy.");
        if (task.DueDate is null)
            yield return (ProblemSeverity.Warning, "dueDate", "no-term",
                "Krok nie ma terminu, więc nikt nie dostanie przypomnienia. Ustaw termin.");
        else if (TermProblem(task.DueDate) is { } wrong)
            yield return (ProblemSeverity.Error, "dueDate", "term", wrong);
        if (task.FormId is { IsConstant: true, Text: var form }
            && !procedure.Forms.ContainsKey(form) && !around.FormIds.Contains(form))
            yield return (ProblemSeverity.Error, "form", "unknown-form",
                $"Nie ma formularza „{form}”. Dodaj go albo wskaż inny.");
        if (task.FormId is null && task.ExternalFormReference is null)
            yield return (ProblemSeverity.Warning, "form", "no-form",
                "Krok nie ma formularza, więc niczego nie zapisze. Wskaż formularz.");
    }

    /// <summary>What would stop a running case at this step, as far as the text of the term tells; Polish.</summary>
    static string? TermProblem(ModelExpression due)
    {
        if (due.IsConstant)
        {
            return TimerSchedule.ParseDate(due.Text, TimeZoneInfo.Utc).Value is not null
                ? null
                : $"Termin „{due.Text}” nie jest datą ani wyrażeniem. Wybierz, ile jest czasu.";
        }
        return due.Feel is { } feel ? TermProblem(feel.Node) : null;
    }

    static string? TermProblem(FeelNode node)
    {
        if (node is IfNode branch) return TermProblem(branch.Then) ?? TermProblem(branch.Else);
        if (node is not CallNode { Function: NameNode { Name: var name } } call) return null;
        if (name != "deadline")
        {
            return FeelFunctions.Find(name) is null
                ? $"Termin wywołuje „{name}”, czego silnik nie zna. Wybierz, ile jest czasu."
                : null;
        }
        // Arguments by name are rare enough to be left to the engine.
        if (!call.Names.IsDefaultOrEmpty) return null;
        if (call.Arguments.Length is < 3 or > 4)
            return "Termin liczy się z początku, liczby i jednostki: deadline(początek, liczba, \"days\").";
        var unit = call.Arguments[2] is LiteralNode { Value: FeelString word } ? word.Value : null;
        var most = unit == "working-days" ? DeadlineFunction.WorkingDaysMax : DeadlineFunction.AmountMax;
        if (call.Arguments[1] is NegationNode { Operand: LiteralNode }
            || (call.Arguments[1] is LiteralNode { Value: var amount }
                && (amount is not FeelNumber { IsInteger: true } number
                    || number.ToInt() is not { } count || count < 0 || count > most)))
            return $"Termin ma liczbę, której nie da się policzyć. Podaj liczbę całkowitą od 0 do {most}.";
        if (unit is not null && (Term.Of(1, unit, rollsForward: false) is null || unit == "hours"))
            return "Termin ma nieznaną jednostkę. Wybierz: days, working-days, weeks, months albo years.";
        return call.Arguments is [_, _, _, LiteralNode { Value: FeelString roll }]
            && roll.Value is not ("forward" or "none" or "back")
            ? "Termin ma nieznany sposób przesuwania z dni wolnych. Wybierz: forward, none albo back."
            : null;
    }

    /// <summary>Steps that are reached and from which no end of their scope is.</summary>
    static IEnumerable<string> Trapped(ProcessDefinition process)
    {
        foreach (var scope in process.Scopes.Values.OrderBy(scope => scope.Id, StringComparer.Ordinal))
        {
            var members = process.Nodes.Values.Where(node => node.ScopeId == scope.Id).ToList();
            // A loop that something from outside stops (family work, waiting list) is meant to go on.
            var isStopped = process.Nodes.GetValueOrDefault(scope.Id) is not null
                || !scope.EventSubProcesses.IsEmpty || members.Exists(IsStop);
            if (isStopped) continue;
            var ends = new HashSet<string>(members.Where(node => node.Outgoing.IsEmpty).Select(node => node.Id));
            var waiting = new Queue<string>(ends);
            while (waiting.TryDequeue(out var id))
            {
                var node = process.Nodes[id];
                var before = node.Incoming.Select(flow => flow.SourceId);
                if (node is BoundaryEvent boundary) before = before.Append(boundary.AttachedToId);
                foreach (var from in before.Where(from => process.Nodes.ContainsKey(from) && ends.Add(from)))
                    waiting.Enqueue(from);
            }
            var first = members.Where(node => !ends.Contains(node.Id) && node is Activity)
                .Select(node => node.Id).Order(StringComparer.Ordinal).FirstOrDefault();
            if (first is not null) yield return first;
        }
    }

    static bool IsStop(FlowNode node) => node is EndEvent { Definition: TerminateEventDefinition };
}
