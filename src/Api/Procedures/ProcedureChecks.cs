using System.Collections.Immutable;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Xml;
using System.Xml.Linq;
using Api.Access;
using Api.Storage;
using Api.UseCases;
using MediatR;
using Microsoft.EntityFrameworkCore;
using Workflows.Engine.Model;
using Workflows.Runtime;
using Workflows.Runtime.Storage;
using Workflows.Statute;
using Guard = Workflows.Statute.Guard;
using Scope = Workflows.Runtime.Scope;

namespace Api.Procedures;

/// <param name="Severity"><c>error</c> prevents publishing, <c>warning</c> asks for a tick.</param>
/// <param name="Tick">Names a warning; the same warning of the same place has the same tick.</param>
public sealed record CheckedProblem(
    string Severity, string Code, string File, string? ElementId, string? Property, string Message, string Tick)
{
    public bool IsError => Severity == "error";
}

/// <param name="Meaning">What is wrong in this version; null when the rule holds.</param>
/// <param name="Path">The shortest way on which the rule is broken.</param>
/// <param name="Repair">What the smallest repair does; null without one.</param>
public sealed record CheckedRule(
    string RuleId, string Article, string Sentence, bool Holds, string? Meaning, ImmutableArray<string> Elements,
    ImmutableArray<string> Path, string? Repair);

/// <param name="ElapsedMs">Of the whole check on the server, in milliseconds.</param>
public sealed record CheckAnswer(
    IReadOnlyList<CheckedProblem> Problems, IReadOnlyList<CheckedRule> Guard, int ElapsedMs);

/// <summary>
/// Judges files without storing anything: the engine, the vocabulary, the lint and the guard, in Polish.
/// </summary>
public sealed class ProcedureCheckup(
    ProcedureBook book, ProductFolder product, ProductDbFactory databases, Func<WorkflowDb> workflows)
{
    public async Task<CheckAnswer> CheckAsync(
        string processId, IReadOnlyDictionary<string, string> files, CancellationToken ct)
    {
        var began = Stopwatch.GetTimestamp();
        var reading = Procedure.Read(files);
        var problems = reading.Problems.ToList();
        var rules = new List<CheckedRule>();
        if (reading.Procedure is { } procedure)
        {
            if (procedure.ProcessId != processId)
            {
                problems.Add(new(
                    ProblemSeverity.Error, ProcedureFiles.Diagram, procedure.ProcessId, "id", "process-id",
                    $"Proces nazywa się „{procedure.ProcessId}”, a procedura „{processId}”. Przywróć identyfikator."));
            }
            problems.AddRange(ProcedureLint.Check(procedure, await AroundAsync(procedure, ct)));
            problems.AddRange(Vocabulary(files));
            rules.AddRange((await GuardAsync(procedure, ct))?.Findings.Select(finding => new CheckedRule(
                finding.RuleId, finding.Article, finding.Sentence, finding.Holds, finding.Meaning, finding.Elements,
                finding.Path, finding.Repair?.Text)) ?? []);
        }
        var said = problems.Select(Of).DistinctBy(problem => problem.Tick, StringComparer.Ordinal).ToList();
        return new CheckAnswer(said, rules, (int)Stopwatch.GetElapsedTime(began).TotalMilliseconds);
    }

    /// <summary>Null where the law of this product says nothing about the procedure.</summary>
    public async Task<GuardReport?> GuardAsync(Procedure procedure, CancellationToken ct) =>
        product.StatuteOf(procedure.ProcessId) is { } statute
            ? Guard.Check(procedure, statute, await DeliveredAsync(procedure.ProcessId, ct))
            : null;

    /// <summary>The product's own version: what a repair restores from.</summary>
    async Task<Procedure?> DeliveredAsync(string processId, CancellationToken ct)
    {
        await using var db = databases.Create();
        var offer = await db.ProductVersions.AsNoTracking().FirstOrDefaultAsync(
            row => row.TenantId == WorkflowDb.DefaultTenant && row.ProcessId == processId, ct);
        if (offer is not null) return Procedure.Read(ProcedureFiles.Unpack(offer.Files)).Procedure;
        var shipped = (await book.OfAsync(processId, ct)).FirstOrDefault(version => version.IsShipped);
        return shipped is null ? null : Procedure.Read(await book.FilesAsync(shipped, ct)).Procedure;
    }

    /// <summary>What is in force beside a procedure, and what of it the others name.</summary>
    async Task<Surroundings> AroundAsync(Procedure procedure, CancellationToken ct)
    {
        await using var db = workflows();
        var newest = await ProcedureBook.NewestAsync(db, ct);
        var folder = (await book.OfAsync(procedure.ProcessId, ct)).FirstOrDefault()?.Folder ?? procedure.ProcessId;
        var prefix = folder + "/";
        var forms = await db.Forms.Where(row => row.DeploymentKey == newest && !row.ResourceName.StartsWith(prefix))
            .Select(row => row.FormId).ToListAsync(ct);
        var decisions = await (
            from decision in db.DecisionDefinitions
            join drg in db.DecisionRequirements on decision.DecisionRequirementsKey equals drg.Key
            where drg.DeploymentKey == newest && !drg.ResourceName.StartsWith(prefix)
            select decision.DecisionId).ToListAsync(ct);
        var processes = (await book.AllAsync(ct)).Keys;
        if (named is not { } known || known.Deployment != newest)
            named = known = new Named(newest, NamedBy(await book.InForceAsync(ct)));
        return new Surroundings(
            [.. processes, procedure.ProcessId], [.. forms], [.. decisions], [.. Roles.All])
        {
            FormUsers = UsersOf(known.Uses, folder, isForm: true),
            DecisionUsers = UsersOf(known.Uses, folder, isForm: false),
        };
    }

    /// <summary>A form or table that a step of the procedure in a folder names.</summary>
    sealed record Use(string Folder, string Procedure, bool IsForm, string Id);

    /// <summary>What the files of a deployment name; they never change.</summary>
    sealed record Named(long Deployment, ImmutableArray<Use> Uses);

    volatile Named? named;

    static ImmutableArray<Use> NamedBy(IEnumerable<DeploymentFile> files) =>
    [
        .. from file in files
           where file.Name.EndsWith(".bpmn", StringComparison.Ordinal)
           from process in BpmnReader.Read(file.Content.Span).Processes
           from node in process.Nodes.Values
           let id = node switch
           {
               UserTask { FormId: { IsConstant: true, Text: var form } } => form,
               BusinessRuleTask { DecisionId: { IsConstant: true, Text: var decision } } => decision,
               _ => "",
           }
           where id.Length > 0
           select new Use(
               ProcedureBook.FolderOf(file.Name), process.Name ?? process.Id, node is UserTask, id),
    ];

    static ImmutableDictionary<string, string> UsersOf(IEnumerable<Use> uses, string folder, bool isForm) => uses
        .Where(use => use.IsForm == isForm && use.Folder != folder)
        .GroupBy(use => use.Id, StringComparer.Ordinal)
        .ToImmutableDictionary(group => group.Key, group => group.First().Procedure, StringComparer.Ordinal);

    /// <summary>The vocabulary of docs/extensions.md, to which the product's own delivery is held, too.</summary>
    static IEnumerable<ProcedureProblem> Vocabulary(IReadOnlyDictionary<string, string> files)
    {
        if (!files.TryGetValue(ProcedureFiles.Diagram, out var text)) return [];
        try
        {
            using var reader = XmlReader.Create(
                new StringReader(text), new() { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null });
            return VocabularyLint.Problems(ProcedureFiles.Diagram, XDocument.Load(reader)).Select(problem =>
                new ProcedureProblem(
                    ProblemSeverity.Error, ProcedureFiles.Diagram, problem.Element, problem.Property, "vocabulary",
                    problem.Polish));
        }
        catch (XmlException)
        {
            // The engine has said already that it cannot be read.
            return [];
        }
    }

    static CheckedProblem Of(ProcedureProblem problem)
    {
        var place = $"{problem.Code} {problem.File} {problem.ElementId} {problem.Property} {problem.Message}";
        var tick = Convert.ToHexStringLower(SHA256.HashData(ProcedureFiles.Bytes(place)))[..16];
        return new CheckedProblem(
            problem.Severity == ProblemSeverity.Error ? "error" : "warning", problem.Code, problem.File,
            problem.ElementId, problem.Property, problem.Message, tick);
    }
}

[Policy(CaseAccess.Head, PolicyAttribute.Administration)]
public sealed record CheckProcedure(Scope Scope, string ProcessId, IReadOnlyDictionary<string, string>? Files)
    : IUseCase<CheckAnswer>, IChecked
{
    public IEnumerable<(string Field, string Message)> Problems() => ProcedureFiles.Problems(Files);

    public sealed class Handler(ProcedureCheckup checkup) : IRequestHandler<CheckProcedure, UseCaseResult<CheckAnswer>>
    {
        public async Task<UseCaseResult<CheckAnswer>> Handle(
            CheckProcedure request, CancellationToken cancellationToken) =>
            new UseCaseResult<CheckAnswer>.Done(
                await checkup.CheckAsync(request.ProcessId, request.Files!, cancellationToken));
    }
}

/// <summary>The files after the smallest change with which a broken rule holds again; nothing is stored.</summary>
[Policy(PolicyAttribute.Administration)]
public sealed record RepairProcedure(
    Scope Scope, string ProcessId, IReadOnlyDictionary<string, string>? Files, string? RuleId)
    : IUseCase<IReadOnlyDictionary<string, string>>, IChecked
{
    public IEnumerable<(string Field, string Message)> Problems()
    {
        if (string.IsNullOrWhiteSpace(RuleId)) yield return ("ruleId", "Wskaż regułę, która ma znów być spełniona.");
        foreach (var problem in ProcedureFiles.Problems(Files)) yield return problem;
    }

    public sealed class Handler(ProcedureCheckup checkup)
        : IRequestHandler<RepairProcedure, UseCaseResult<IReadOnlyDictionary<string, string>>>
    {
        public async Task<UseCaseResult<IReadOnlyDictionary<string, string>>> Handle(
            RepairProcedure request, CancellationToken cancellationToken)
        {
            if (Procedure.Read(request.Files!).Procedure is not { } procedure)
                return Refused("Diagramu nie da się odczytać, więc nie ma czego naprawiać. Cofnij ostatnią zmianę.");
            var report = await checkup.GuardAsync(procedure, cancellationToken);
            var finding = report?.Findings.FirstOrDefault(one => one.RuleId == request.RuleId);
            if (finding is null)
            {
                return Unknown.Of<IReadOnlyDictionary<string, string>>(
                    "Ta procedura nie ma takiej reguły. Odśwież listę problemów.");
            }
            if (finding.Repair is null)
            {
                return Refused(finding.Holds
                    ? "Ta reguła jest już spełniona."
                    : "Tej zmiany nie da się naprawić samej. Popraw diagram według opisu przy regule.");
            }
            return new UseCaseResult<IReadOnlyDictionary<string, string>>.Done(
                Repairs.Apply(request.Files!, finding.Repair));
        }

        static UseCaseResult<IReadOnlyDictionary<string, string>> Refused(string message) =>
            new UseCaseResult<IReadOnlyDictionary<string, string>>.Refused(
                Workflows.Runtime.EngineRejection.InvalidState, message);
    }
}

/// <summary>What would change, on the diagram and in words.</summary>
/// <param name="Hash">Of exactly what was compared: a publication says which comparison its author has seen.</param>
public sealed record Comparison(
    IReadOnlyList<Comparison.Element> Elements, IReadOnlyList<Comparison.Line> Lines, string Hash)
{
    public sealed record Element(string ElementId, string Change);

    public sealed record Line(string File, string? ElementId, string Change, string Text);

    public static Comparison Of(IReadOnlyDictionary<string, string> before, IReadOnlyDictionary<string, string> after)
    {
        var found = DefinitionDiff.Compare(before, after, RoleNames.Of);
        return new Comparison(
            [.. found.Elements.Select(one => new Element(one.ElementId, Word(one.Change)))],
            [.. found.Lines.Select(one => new Line(one.File, one.ElementId, Word(one.Change), one.Text))],
            ProcedureFiles.HashOf([("from", ProcedureFiles.Hash(before)), ("to", ProcedureFiles.Hash(after))]));
    }

    static string Word(ChangeKind kind) => kind switch
    {
        ChangeKind.Added => "added",
        ChangeKind.Removed => "removed",
        _ => "changed",
    };
}

/// <summary>Compares files with the newest version, or two versions with each other.</summary>
/// <param name="Files">Null to compare two versions.</param>
/// <param name="From">The older version; null for the newest, with files.</param>
/// <param name="To">Null with files.</param>
[Policy(CaseAccess.Head, PolicyAttribute.Administration)]
public sealed record CompareProcedure(
    Scope Scope, string ProcessId, IReadOnlyDictionary<string, string>? Files, int? From, int? To)
    : IUseCase<Comparison>, IChecked
{
    public IEnumerable<(string Field, string Message)> Problems()
    {
        if (Files is not null) return ProcedureFiles.Problems(Files);
        return From is null || To is null
            ? [("files", "Wyślij pliki do porównania albo numery dwóch wersji (from, to).")]
            : [];
    }

    public sealed class Handler(ProcedureBook book) : IRequestHandler<CompareProcedure, UseCaseResult<Comparison>>
    {
        public async Task<UseCaseResult<Comparison>> Handle(
            CompareProcedure request, CancellationToken cancellationToken)
        {
            var versions = await book.OfAsync(request.ProcessId, cancellationToken);
            if (versions.IsEmpty && request.Files is null) return Unknown.Of<Comparison>(Unknown.Procedure);
            var from = request.From is { } number
                ? versions.FirstOrDefault(one => one.Number == number)
                : versions.FirstOrDefault();
            var to = versions.FirstOrDefault(one => one.Number == request.To);
            if ((request.From is not null && from is null) || (request.Files is null && to is null))
                return Unknown.Of<Comparison>(Unknown.Version);
            var before = from is null
                ? ImmutableSortedDictionary<string, string>.Empty
                : await book.FilesAsync(from, cancellationToken);
            return new UseCaseResult<Comparison>.Done(Comparison.Of(
                before, request.Files ?? await book.FilesAsync(to!, cancellationToken)));
        }
    }
}
