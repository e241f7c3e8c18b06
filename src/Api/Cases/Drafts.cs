using System.Text;
using System.Text.Json;
using Api.Access;
using Api.Storage;
using Api.UseCases;
using MediatR;
using Microsoft.EntityFrameworkCore;
using Workflows.Engine.Forms;
using Workflows.Runtime;
using Workflows.Runtime.Storage;
using Scope = Workflows.Runtime.Scope;

namespace Api.Cases;

/// <summary>What was typed into an open task, as the next one who opens it finds it.</summary>
public sealed record DraftView(int Revision, JsonElement Content, DateTimeOffset SavedAt, Person SavedBy);

/// <summary>Opens drafts.</summary>
public sealed class Drafts(ProductDbFactory databases, Vault vault, People people)
{
    public const string Table = "drafts";

    public async Task<DraftView?> FindAsync(long taskKey, CancellationToken ct)
    {
        await using var db = databases.Create();
        var row = await db.Drafts.AsNoTracking().SingleOrDefaultAsync(one => one.TaskKey == taskKey, ct);
        if (row is null || await vault.FindAsync(db, row.CaseNo, ct) is not { } key) return null;
        using var content = JsonDocument.Parse(key.Open(row.Content, Table, TaskItems.Digits(taskKey), "content"));
        var names = await people.OfAsync([row.SavedBy], ct);
        return new DraftView(row.Revision, content.RootElement.Clone(), row.SavedAt, names.Of(row.SavedBy));
    }
}

/// <summary>Saves what is being typed. Nothing is checked: a half-filled form is the normal case.</summary>
/// <param name="Revision">The revision last seen; 0 where none was seen.</param>
[Policy(PolicyAttribute.CaseWork)]
public sealed record SaveDraft(Scope Scope, long TaskKey, JsonElement Content, int Revision)
    : IUseCase<SaveDraft.Saved>, IChecked
{
    public const int BytesMax = 1024 * 1024;

    public sealed record Saved(int Revision, DateTimeOffset SavedAt);

    const string BrokenText =
        "Tekst zawiera uszkodzony znak, zwykle pół symbolu wklejonego z innego programu. Usuń go; reszta jest na tej " +
        "stronie.";

    // Half of a surrogate pair is no text: it could be kept, but never read again.
    static bool IsText(JsonElement content)
    {
        try
        {
            return content.ValueKind switch
            {
                JsonValueKind.Object => content.EnumerateObject().All(one => one.Name is not null && IsText(one.Value)),
                JsonValueKind.Array => content.EnumerateArray().All(IsText),
                JsonValueKind.String => content.GetString() is not null,
                _ => true,
            };
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    public IEnumerable<(string Field, string Message)> Problems()
    {
        if (Content.ValueKind != JsonValueKind.Object) yield return ("content", "Szkic musi być obiektem JSON.");
        if (!IsText(Content)) yield return ("content", BrokenText);
        if (Revision < 0) yield return ("revision", "Numer wersji szkicu nie może być ujemny.");
    }

    public sealed class Handler(
        Queries queries, ProductDbFactory databases, Vault vault, Drafts drafts, TaskRefusals refusals,
        EngineClock clock) : IRequestHandler<SaveDraft, UseCaseResult<Saved>>
    {
        public async Task<UseCaseResult<Saved>> Handle(SaveDraft request, CancellationToken cancellationToken)
        {
            var content = CanonicalJson.Of(request.Content);
            if (Encoding.UTF8.GetByteCount(content) > BytesMax)
            {
                return new UseCaseResult<Saved>.Problem(
                    StatusCodes.Status413PayloadTooLarge, "PAYLOAD_TOO_LARGE",
                    "Szkic jest za duży (największy ma 1 MB) i nie został zapisany. Skróć teksty albo dołącz je jako " +
                    "plik.");
            }
            var task = await queries.InboxTaskAsync(request.Scope, request.TaskKey, cancellationToken);
            if (task is null || !TaskItems.MayWorkOn(task.Task, request.Scope))
                return await refusals.OfAsync<Saved>(request.Scope, request.TaskKey, "COMPLETED", cancellationToken);
            var saved = await WriteAsync(request, content, TaskItems.CaseNoOf(task) ?? Vault.NoCase, cancellationToken);
            if (saved is null) return await ConflictAsync(request, content, cancellationToken);
            // Completed while this was on its way: what was sent counts, not what was typed beside it.
            if (await queries.EndedTaskAsync(request.Scope, request.TaskKey, cancellationToken) is null)
                return new UseCaseResult<Saved>.Done(saved);
            await using var db = databases.Create();
            await db.Drafts.Where(row => row.TaskKey == request.TaskKey).ExecuteDeleteAsync(cancellationToken);
            return await refusals.OfAsync<Saved>(request.Scope, request.TaskKey, "COMPLETED", cancellationToken);
        }

        /// <summary>Null: somebody else has saved since.</summary>
        async Task<Saved?> WriteAsync(SaveDraft request, string content, string caseNo, CancellationToken ct)
        {
            var (key, user) = (request.TaskKey, request.Scope.User);
            var saved = new Saved(request.Revision + 1, await clock.NowAsync(ct));
            await using var db = databases.Create();
            await using var transaction = await db.Database.BeginTransactionAsync(ct);
            if (await vault.ForWritingAsync(db, caseNo, ct) is not { } seal) return null;
            var box = seal.Seal(content, Drafts.Table, TaskItems.Digits(key), "content");
            var row = db.Drafts.Where(one => one.TaskKey == key);
            if (request.Revision == 0)
            {
                // Two may begin at once; the second is told of the first.
                if (await row.AnyAsync(ct)) return null;
                db.Drafts.Add(new DraftRow
                {
                    TenantId = WorkflowDb.DefaultTenant,
                    TaskKey = key,
                    CaseNo = caseNo,
                    Revision = saved.Revision,
                    Content = box,
                    StartedBy = user,
                    StartedAt = saved.SavedAt,
                    SavedBy = user,
                    SavedAt = saved.SavedAt,
                });
                try
                {
                    await db.SaveChangesAsync(ct);
                }
                catch (DbUpdateException)
                {
                    return null;
                }
            }
            else if (await row.Where(one => one.Revision == request.Revision).ExecuteUpdateAsync(
                set => set.SetProperty(one => one.Revision, saved.Revision).SetProperty(one => one.Content, box)
                    .SetProperty(one => one.SavedBy, user).SetProperty(one => one.SavedAt, saved.SavedAt), ct) == 0)
            {
                return null;
            }
            await transaction.CommitAsync(ct);
            return saved;
        }

        async Task<UseCaseResult<Saved>> ConflictAsync(SaveDraft request, string content, CancellationToken ct)
        {
            var theirs = await drafts.FindAsync(request.TaskKey, ct);
            if (theirs is null) return Refusals.UnknownTask<Saved>();
            // The answer to the same save was lost on the way.
            if (theirs.SavedBy.UserName == request.Scope.User && CanonicalJson.Of(theirs.Content) == content)
                return new UseCaseResult<Saved>.Done(new Saved(theirs.Revision, theirs.SavedAt));
            return new UseCaseResult<Saved>.Problem(
                StatusCodes.Status409Conflict, "CONFLICT",
                $"{theirs.SavedBy.Name} zapisuje to zadanie w tym samym czasie. Porównaj obie wersje i wybierz jedną.",
                new Dictionary<string, object?>(StringComparer.Ordinal) { ["draft"] = theirs });
        }
    }
}

/// <summary>Why somebody cannot work on a task, in words that say what to do.</summary>
public sealed class TaskRefusals(Queries queries, People people, LocalMoments moments)
{
    /// <param name="title">Code of the answer when the task is completed.</param>
    public async Task<UseCaseResult<T>> OfAsync<T>(Scope scope, long taskKey, string title, CancellationToken ct)
    {
        if (await queries.EndedTaskAsync(scope, taskKey, ct) is { } ended) return await EndedAsync<T>(ended, title, ct);
        return await queries.InboxTaskAsync(scope, taskKey, ct) is { Task: { Assignee: { } assignee } task }
            && assignee != scope.User
            ? await TakenAsync<T>(task, assignee, ct)
            : Refusals.UnknownTask<T>();
    }

    async Task<UseCaseResult<T>> EndedAsync<T>(EndedTask ended, string title, CancellationToken ct)
    {
        if (ended is not { State: Status.Completed, CompletedBy: { } by, EndedAt: { } at })
        {
            return new UseCaseResult<T>.Refused(
                EngineRejection.NotFound,
                "To zadanie nie jest już potrzebne: sprawa poszła dalej bez niego. Wróć do listy zadań.");
        }
        var who = (await people.OfAsync([by], ct)).Of(by);
        return new UseCaseResult<T>.Problem(
            StatusCodes.Status409Conflict, title,
            $"To zadanie zakończył(a) już {who.Name}, {moments.Text(at)}. Twoja wersja nie została zapisana: " +
            "skopiuj swój tekst, jeśli jest potrzebny.",
            new Dictionary<string, object?>(StringComparer.Ordinal)
            {
                ["completedBy"] = who,
                ["completedAt"] = at,
            });
    }

    async Task<UseCaseResult<T>> TakenAsync<T>(UserTaskRow task, string assignee, CancellationToken ct)
    {
        var who = (await people.OfAsync([assignee], ct)).Of(assignee);
        var since = await queries.AssignedAtAsync(task, ct) ?? task.CreatedAt;
        return new UseCaseResult<T>.Problem(
            StatusCodes.Status409Conflict, "INVALID_STATE",
            $"To zadanie ma {who.Name}, od {moments.Text(since)}. Jeśli masz je wykonać Ty, poproś o oddanie zadania.",
            new Dictionary<string, object?>(StringComparer.Ordinal)
            {
                ["claimedBy"] = who,
                ["claimedAt"] = since,
            });
    }
}
