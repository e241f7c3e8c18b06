using System.Collections.Immutable;
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

/// <summary>A draft as the editor opens it.</summary>
/// <param name="Revision">0: nobody has begun one; the files are those of the newest version.</param>
/// <param name="Outdated">A newer version came into force since it was begun.</param>
/// <param name="Locked">What the law holds in place.</param>
public sealed record DraftView(
    int Revision, int BaseVersion, bool Outdated, DateTimeOffset? SavedAt, Person? SavedBy,
    IReadOnlyDictionary<string, string> Files, LockedParts Locked);

/// <param name="Forms">Form id to keys of the fields a statute requires.</param>
/// <param name="Elements">Element id to what the law asks of it.</param>
public sealed record LockedParts(
    IReadOnlyDictionary<string, string[]> Forms, IReadOnlyDictionary<string, LockedParts.Rule[]> Elements)
{
    public sealed record Rule(string Article, string Sentence);

    public static readonly LockedParts None = new(
        ImmutableDictionary<string, string[]>.Empty, ImmutableDictionary<string, Rule[]>.Empty);
}

/// <summary>Reads the drafts with their files.</summary>
public sealed class DraftBook(
    ProcedureBook book, ProductFolder product, ProductDbFactory databases, People people)
{
    /// <summary>Null when there is neither a version nor a draft.</summary>
    public async Task<DraftView?> FindAsync(string processId, CancellationToken ct)
    {
        var newest = (await book.OfAsync(processId, ct)).FirstOrDefault();
        await using var db = databases.Create();
        var draft = await Find(db, processId).AsNoTracking().FirstOrDefaultAsync(ct);
        var number = newest?.Number ?? 0;
        if (draft is not null)
        {
            var files = ProcedureFiles.Unpack(await FilesOf(db, processId, draft.Revision).FirstAsync(ct));
            var names = await people.OfAsync([draft.SavedBy], ct);
            return new DraftView(
                draft.Revision, draft.BaseVersion, draft.BaseVersion != number, draft.SavedAt,
                names.Of(draft.SavedBy), files, Locked(processId, files));
        }
        if (newest is null) return null;
        var inForce = await book.FilesAsync(newest, ct);
        return new DraftView(0, number, false, null, null, inForce, Locked(processId, inForce));
    }

    public static IQueryable<ProcedureDraftRow> Find(ProductDb db, string processId) =>
        db.ProcedureDrafts.Where(row => row.TenantId == WorkflowDb.DefaultTenant && row.ProcessId == processId);

    public static IQueryable<byte[]> FilesOf(ProductDb db, string processId, int revision) =>
        db.ProcedureDraftRevisions.Where(row => row.TenantId == WorkflowDb.DefaultTenant
            && row.ProcessId == processId && row.Revision == revision).Select(row => row.Files);

    static string? FormOf(Procedure procedure, string step) =>
        procedure.Definition.Nodes.GetValueOrDefault(step) is UserTask { FormId: { IsConstant: true } form }
            ? form.Text : null;

    /// <summary>What the rules are about in these files, as the guard finds it.</summary>
    LockedParts Locked(string processId, IReadOnlyDictionary<string, string> files)
    {
        if (product.StatuteOf(processId) is not { } statute) return LockedParts.None;
        if (Procedure.Read(files).Procedure is not { } procedure) return LockedParts.None;
        var rules = Guard.Check(procedure, statute, null).Findings
            .SelectMany(finding => finding.Elements.Select(element => (element, finding)))
            .GroupBy(pair => pair.element, StringComparer.Ordinal)
            .ToDictionary(
                group => group.Key,
                group => group.Select(pair => new LockedParts.Rule(pair.finding.Article, pair.finding.Sentence))
                    .ToArray(),
                StringComparer.Ordinal);
        var forms = statute.Rules.OfType<FieldsRule>()
            .Select(rule => (Form: FormOf(procedure, rule.Step), rule.Keys)).Where(pair => pair.Form is not null)
            .GroupBy(pair => pair.Form!, StringComparer.Ordinal)
            .ToDictionary(
                group => group.Key, group => group.SelectMany(pair => pair.Keys).Distinct().ToArray(),
                StringComparer.Ordinal);
        return new LockedParts(forms, rules);
    }
}

[Policy(PolicyAttribute.Administration)]
public sealed record ReadDraft(Scope Scope, string ProcessId) : IUseCase<DraftView>
{
    public sealed class Handler(DraftBook drafts) : IRequestHandler<ReadDraft, UseCaseResult<DraftView>>
    {
        public async Task<UseCaseResult<DraftView>> Handle(ReadDraft request, CancellationToken cancellationToken) =>
            await drafts.FindAsync(request.ProcessId, cancellationToken) is { } draft
                ? new UseCaseResult<DraftView>.Done(draft)
                : Unknown.Of<DraftView>(Unknown.Procedure);
    }
}

/// <summary>
/// Keeps what somebody changes, whole, as a new revision. It need not be valid; it must build on what is stored.
/// </summary>
/// <param name="Revision">The one she has seen; 0 for none.</param>
/// <param name="BaseVersion">The version her changes were made from; 0 for a new procedure.</param>
[Policy(PolicyAttribute.Administration)]
public sealed record SaveDraft(
    Scope Scope, string ProcessId, int? Revision, int? BaseVersion, IReadOnlyDictionary<string, string>? Files,
    string? Note) : IUseCase<SaveDraft.Answer>, IChecked
{
    public sealed record Answer(int Revision, DateTimeOffset SavedAt);

    const int ProcessIdLengthMax = 100;

    public IEnumerable<(string Field, string Message)> Problems()
    {
        if (ProcessId.Length > ProcessIdLengthMax || !ProcedureFiles.IsName(ProcessId + ".bpmn"))
        {
            yield return ("id", "Identyfikator procedury: najwyżej 100 liter bez znaków polskich, cyfr i łączników.");
        }
        if (Revision is not >= 0) yield return ("revision", "Podaj numer zapisu, od którego wychodzisz (0: żaden).");
        if (BaseVersion is not >= 0) yield return ("baseVersion", "Podaj wersję, którą zmieniasz (0: nowa procedura).");
        if (Note?.Length > ProcedureDraftRevisionRow.NoteLengthMax)
            yield return ("note", $"Uwaga ma najwyżej {ProcedureDraftRevisionRow.NoteLengthMax} znaków.");
        foreach (var problem in ProcedureFiles.Problems(Files)) yield return problem;
    }

    public sealed class Handler(AuditLog audit, ProcedureBook book, DraftBook drafts)
        : IRequestHandler<SaveDraft, UseCaseResult<Answer>>
    {
        const string Conflict = "conflict";

        public async Task<UseCaseResult<Answer>> Handle(SaveDraft request, CancellationToken cancellationToken)
        {
            var newest = (await book.OfAsync(request.ProcessId, cancellationToken)).FirstOrDefault()?.Number ?? 0;
            if (request.BaseVersion > newest) return Unknown.Of<Answer>(Unknown.Version);
            Answer? saved = null;
            var refused = await audit.ChangeAsync(request.Scope, HistoryChain.Procedures, async (db, at, ct) =>
            {
                var row = await DraftBook.Find(db, request.ProcessId).FirstOrDefaultAsync(ct);
                if ((row?.Revision ?? 0) != request.Revision)
                    return new Change.Refused(EngineRejection.InvalidState, Conflict);
                var before = row is null ? null : new { row.Revision, row.BaseVersion, row.SavedBy };
                saved = new Answer(await NextAsync(db, request.ProcessId, ct), at);
                Keep(db, request, row, saved);
                return new Change.Done(
                    "DraftSaved", request.ProcessId, before,
                    new { saved.Revision, request.BaseVersion, hash = ProcedureFiles.Hash(request.Files!),
                        request.Note });
            }, ct: cancellationToken);
            if (refused is null) return new UseCaseResult<Answer>.Done(saved!);
            if (refused.Message != Conflict) return new UseCaseResult<Answer>.Refused(refused.Code, refused.Message);
            var theirs = await drafts.FindAsync(request.ProcessId, cancellationToken);
            return new UseCaseResult<Answer>.Problem(
                StatusCodes.Status409Conflict, "CONFLICT", Words(theirs),
                new Dictionary<string, object?>(StringComparer.Ordinal) { ["draft"] = theirs });
        }

        static string Words(DraftView? theirs) => theirs?.SavedBy is { } by
            ? $"Ten szkic w międzyczasie zapisał(a) {by.Name}. Porównaj oba i zapisz jeszcze raz."
            : "Tego szkicu już nie ma: został odrzucony albo opublikowany. Zacznij od wersji obowiązującej.";

        /// <summary>Numbers go on over drafts that were thrown away: the history never tells two as one.</summary>
        static async Task<int> NextAsync(ProductDb db, string processId, CancellationToken ct) => 1 + (
            await db.ProcedureDraftRevisions
                .Where(row => row.TenantId == WorkflowDb.DefaultTenant && row.ProcessId == processId)
                .MaxAsync(row => (int?)row.Revision, ct) ?? 0);

        static void Keep(ProductDb db, SaveDraft request, ProcedureDraftRow? row, Answer saved)
        {
            if (row is null)
            {
                db.ProcedureDrafts.Add(new ProcedureDraftRow
                {
                    TenantId = WorkflowDb.DefaultTenant, ProcessId = request.ProcessId, Revision = saved.Revision,
                    BaseVersion = request.BaseVersion!.Value, SavedAt = saved.SavedAt, SavedBy = request.Scope.User,
                });
            }
            else
            {
                (row.Revision, row.BaseVersion) = (saved.Revision, request.BaseVersion!.Value);
                (row.SavedAt, row.SavedBy) = (saved.SavedAt, request.Scope.User);
            }
            db.ProcedureDraftRevisions.Add(new ProcedureDraftRevisionRow
            {
                TenantId = WorkflowDb.DefaultTenant, ProcessId = request.ProcessId, Revision = saved.Revision,
                BaseVersion = request.BaseVersion!.Value, At = saved.SavedAt, By = request.Scope.User,
                Note = string.IsNullOrWhiteSpace(request.Note) ? null : request.Note.Trim(),
                Files = ProcedureFiles.Pack(request.Files!),
            });
        }
    }
}

/// <summary>Throws a draft away; its history stays.</summary>
[Policy(PolicyAttribute.Administration)]
public sealed record DiscardDraft(Scope Scope, string ProcessId) : IUseCase<bool>
{
    public sealed class Handler(AuditLog audit) : IRequestHandler<DiscardDraft, UseCaseResult<bool>>
    {
        public async Task<UseCaseResult<bool>> Handle(DiscardDraft request, CancellationToken cancellationToken)
        {
            var refused = await audit.ChangeAsync(request.Scope, HistoryChain.Procedures, async (db, _, ct) =>
            {
                var row = await DraftBook.Find(db, request.ProcessId).FirstOrDefaultAsync(ct);
                if (row is null)
                    return new Change.Refused(EngineRejection.NotFound, "Ta procedura nie ma szkicu.");
                db.ProcedureDrafts.Remove(row);
                return new Change.Done(
                    "DraftDiscarded", request.ProcessId, new { row.Revision, row.BaseVersion, row.SavedBy }, null);
            }, ct: cancellationToken);
            return refused is null
                ? new UseCaseResult<bool>.Done(true)
                : new UseCaseResult<bool>.Refused(refused.Code, refused.Message);
        }
    }
}

/// <summary>Every revision ever saved, the newest first.</summary>
[Policy(PolicyAttribute.Administration)]
public sealed record ReadDraftHistory(Scope Scope, string ProcessId) : IUseCase<IReadOnlyList<ReadDraftHistory.Entry>>
{
    const int EntriesMax = 500;

    public sealed record Entry(int Revision, DateTimeOffset At, Person By, string? Note);

    public sealed class Handler(ProductDbFactory databases, People people)
        : IRequestHandler<ReadDraftHistory, UseCaseResult<IReadOnlyList<Entry>>>
    {
        public async Task<UseCaseResult<IReadOnlyList<Entry>>> Handle(
            ReadDraftHistory request, CancellationToken cancellationToken)
        {
            await using var db = databases.Create();
            var rows = await db.ProcedureDraftRevisions
                .Where(row => row.TenantId == WorkflowDb.DefaultTenant && row.ProcessId == request.ProcessId)
                .OrderByDescending(row => row.Revision).Take(EntriesMax)
                .Select(row => new { row.Revision, row.At, row.By, row.Note }).ToListAsync(cancellationToken);
            var names = await people.OfAsync(rows.Select(row => row.By), cancellationToken);
            return new UseCaseResult<IReadOnlyList<Entry>>.Done(
                rows.ConvertAll(row => new Entry(row.Revision, row.At, names.Of(row.By), row.Note)));
        }
    }
}

[Policy(PolicyAttribute.Administration)]
public sealed record ReadDraftRevision(Scope Scope, string ProcessId, int Revision)
    : IUseCase<IReadOnlyDictionary<string, string>>
{
    public sealed class Handler(ProductDbFactory databases)
        : IRequestHandler<ReadDraftRevision, UseCaseResult<IReadOnlyDictionary<string, string>>>
    {
        public async Task<UseCaseResult<IReadOnlyDictionary<string, string>>> Handle(
            ReadDraftRevision request, CancellationToken cancellationToken)
        {
            await using var db = databases.Create();
            var files = await DraftBook.FilesOf(db, request.ProcessId, request.Revision)
                .FirstOrDefaultAsync(cancellationToken);
            return files is null
                ? Unknown.Of<IReadOnlyDictionary<string, string>>("Nie ma takiego zapisu. Wybierz zapis z historii.")
                : new UseCaseResult<IReadOnlyDictionary<string, string>>.Done(ProcedureFiles.Unpack(files));
        }
    }
}
