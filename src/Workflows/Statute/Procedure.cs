using System.Collections.Immutable;
using System.Text;
using Workflows.Engine.Decisions;
using Workflows.Engine.Forms;
using Workflows.Engine.Model;

namespace Workflows.Statute;

/// <summary>One procedure as its files say it.</summary>
/// <param name="ProcessId">Id of its one executable process.</param>
/// <param name="Forms">By form id.</param>
/// <param name="Decisions">The model that holds a decision, by decision id.</param>
/// <param name="Files">Name to content: <c>process.bpmn</c>, <c>*.dmn</c>, <c>*.form</c>.</param>
public sealed record Procedure(
    string ProcessId, ProcessDefinition Definition, ImmutableDictionary<string, Form> Forms,
    ImmutableDictionary<string, DecisionModel> Decisions, ImmutableSortedDictionary<string, string> Files)
{
    /// <summary>Name of the file that holds the form or decision of an id.</summary>
    internal ImmutableDictionary<string, string> FileOf { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <summary>Name of the file that holds the process.</summary>
    internal string Diagram { get; init; } = "";

    /// <summary>
    /// Reads the files of a procedure; others than diagrams, tables and forms are passed over. Never throws for what
    /// stands in them: what is wrong comes back as problems, and the procedure is null only where no process can be
    /// read at all.
    /// </summary>
    public static ProcedureReading Read(IReadOnlyDictionary<string, string> files)
    {
        var problems = ImmutableArray.CreateBuilder<ProcedureProblem>();
        var sorted = files.Where(file => KindOf(file.Key) is not null)
            .ToImmutableSortedDictionary(file => file.Key, file => file.Value, StringComparer.Ordinal);
        var fileOf = ImmutableDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        var forms = ImmutableDictionary.CreateBuilder<string, Form>(StringComparer.Ordinal);
        var decisions = ImmutableDictionary.CreateBuilder<string, DecisionModel>(StringComparer.Ordinal);
        foreach (var (name, text) in sorted)
        {
            if (KindOf(name) == "form") ReadForm(name, text, forms, fileOf, problems);
            if (KindOf(name) == "dmn") ReadDecisions(name, text, decisions, fileOf, problems);
        }
        var (definition, diagram) = ReadProcess(sorted, problems);
        var procedure = definition is null
            ? null
            : new Procedure(definition.Id, definition, forms.ToImmutable(), decisions.ToImmutable(), sorted)
            {
                FileOf = fileOf.ToImmutable(),
                Diagram = diagram!,
            };
        return new ProcedureReading(procedure, problems.ToImmutable());
    }

    /// <summary><c>bpmn</c>, <c>dmn</c>, <c>form</c>, or null for a file that is no part of a procedure.</summary>
    static string? KindOf(string name) => Path.GetExtension(name) switch
    {
        ".bpmn" => "bpmn",
        ".dmn" => "dmn",
        ".form" => "form",
        _ => null,
    };

    /// <summary>Key of <see cref="FileOf"/> for a form.</summary>
    internal static string FormKey(string formId) => "form:" + formId;

    /// <summary>Key of <see cref="FileOf"/> for a decision.</summary>
    internal static string DecisionKey(string decisionId) => "decision:" + decisionId;

    static (ProcessDefinition? Definition, string? File) ReadProcess(
        ImmutableSortedDictionary<string, string> files, ImmutableArray<ProcedureProblem>.Builder problems)
    {
        var diagrams = files.Where(file => KindOf(file.Key) == "bpmn").ToList();
        if (diagrams.Count != 1)
        {
            problems.Add(new(ProblemSeverity.Error, "process.bpmn", null, null, "diagram-count",
                diagrams.Count == 0
                    ? "Brakuje diagramu. Dodaj plik process.bpmn z jednym procesem."
                    : "Procedura ma więcej niż jeden diagram. Zostaw jeden plik .bpmn."));
            if (diagrams.Count == 0) return default;
        }
        var (name, text) = diagrams[0];
        var read = BpmnReader.Read(Encoding.UTF8.GetBytes(text));
        foreach (var problem in read.Problems) problems.Add(ProblemTexts.OfModel(name, problem));
        if (read.Processes.Length > 1)
        {
            problems.Add(new(ProblemSeverity.Error, name, read.Processes[1].Id, null, "process-count",
                "Diagram ma więcej niż jeden wykonywalny proces. Zostaw jeden, resztę oznacz jako niewykonywalną."));
        }
        return read.Processes is [var process, ..] ? (process, name) : default;
    }

    static void ReadForm(
        string name, string text, ImmutableDictionary<string, Form>.Builder forms,
        ImmutableDictionary<string, string>.Builder fileOf, ImmutableArray<ProcedureProblem>.Builder problems)
    {
        var read = FormReader.Read(text);
        foreach (var problem in read.Problems) problems.Add(ProblemTexts.OfForm(name, problem));
        if (read.Form is not { } form) return;
        if (forms.TryAdd(form.Id, form)) fileOf[FormKey(form.Id)] = name;
        else
        {
            problems.Add(new(ProblemSeverity.Error, name, null, "id", "form-twice",
                $"Formularz „{form.Id}” jest w dwóch plikach. Zmień identyfikator jednego z nich."));
        }
    }

    static void ReadDecisions(
        string name, string text, ImmutableDictionary<string, DecisionModel>.Builder decisions,
        ImmutableDictionary<string, string>.Builder fileOf, ImmutableArray<ProcedureProblem>.Builder problems)
    {
        var read = DmnReader.Read(text);
        foreach (var problem in read.Problems) problems.Add(ProblemTexts.OfDecision(name, problem));
        if (read.Model is not { } model) return;
        foreach (var (id, _) in model.Decisions)
        {
            if (decisions.TryAdd(id, model)) fileOf[DecisionKey(id)] = name;
            else
            {
                problems.Add(new(ProblemSeverity.Error, name, id, "id", "decision-twice",
                    $"Tabela „{id}” jest w dwóch plikach. Zmień identyfikator jednej z nich."));
            }
        }
    }
}

/// <summary>What was read. The procedure may be judged by the guard even when some problems are errors.</summary>
public sealed record ProcedureReading(Procedure? Procedure, ImmutableArray<ProcedureProblem> Problems);

/// <summary>Something that an author should look at.</summary>
/// <param name="Severity">An error prevents publishing; a warning asks for a tick.</param>
/// <param name="File">Name of the file.</param>
/// <param name="ElementId">Element of the diagram or table, or id of the component of a form; null: the file.</param>
/// <param name="Property">What of the element: <c>name</c>, <c>dueDate</c>, <c>condition</c> ...; null: all of
/// it.</param>
/// <param name="Code">Stable name of the kind of problem.</param>
/// <param name="Message">Polish; says what to do.</param>
public sealed record ProcedureProblem(
    ProblemSeverity Severity, string File, string? ElementId, string? Property, string Code, string Message)
{
    public override string ToString() => $"{File}: {ElementId ?? "-"}: {Message}";
}
