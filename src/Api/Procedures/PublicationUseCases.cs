using System.Collections.Immutable;
using System.Text.Json;
using Api.Access;
using Api.Storage;
using Api.UseCases;
using MediatR;
using Microsoft.EntityFrameworkCore;
using Workflows.Engine.Model;
using Workflows.Runtime;
using Workflows.Runtime.Storage;
using Workflows.Statute;
using Scope = Workflows.Runtime.Scope;

namespace Api.Procedures;

/// <summary>Asks for a draft to become a version; a second person decides.</summary>
/// <param name="Revision">The draft she means, which must be the stored one.</param>
/// <param name="ValidFrom">Today or later.</param>
/// <param name="Ticks">Warnings and scenarios she accepts.</param>
/// <param name="Compared">Hash of the comparison she has seen.</param>
[Policy(PolicyAttribute.Administration)]
public sealed record RequestPublication(
    Scope Scope, string ProcessId, int? Revision, string? Reason, string? LegalBasis, DateOnly? ValidFrom,
    string[]? Ticks, string? Compared) : IUseCase<PublicationView>, IChecked
{
    public IEnumerable<(string Field, string Message)> Problems()
    {
        if (Revision is not > 0) yield return ("revision", "Wskaż zapisany szkic, który ma wejść w życie.");
        foreach (var problem in PublicationWords.Problems(Reason, LegalBasis)) yield return problem;
        if (ValidFrom is null) yield return ("validFrom", "Podaj dzień, od którego zmiana obowiązuje.");
    }

    public sealed class Handler(
        PublicationDesk desk, ProcedureBook book, BacktestDesk backtest, ProductDbFactory databases,
        PublicationReading reading)
        : IRequestHandler<RequestPublication, UseCaseResult<PublicationView>>
    {
        public async Task<UseCaseResult<PublicationView>> Handle(
            RequestPublication request, CancellationToken cancellationToken)
        {
            var ct = cancellationToken;
            if (request.ValidFrom < await desk.TodayAsync(ct))
                return PublicationWords.Invalid("validFrom", "Zmiana nie działa wstecz: podaj dziś albo później.");
            await using var db = databases.Create();
            var draft = await DraftBook.Find(db, request.ProcessId).AsNoTracking().FirstOrDefaultAsync(ct);
            if (draft is null) return Unknown.Of<PublicationView>("Ta procedura nie ma szkicu do opublikowania.");
            if (draft.Revision != request.Revision)
            {
                return new UseCaseResult<PublicationView>.Problem(
                    StatusCodes.Status409Conflict, "CONFLICT",
                    "Szkic zmienił się od czasu, gdy go sprawdzono. Obejrzyj zmiany i wyślij jeszcze raz.");
            }
            if (await PublicationDesk.IsOneOpenAsync(db, request.ProcessId, ct))
                return PublicationWords.AlreadyWaiting;
            var files = ProcedureFiles.Unpack(
                await DraftBook.FilesOf(db, request.ProcessId, draft.Revision).FirstAsync(ct));
            var surroundings = await desk.SurroundingsAsync(request.ProcessId, ct);
            var obstacles = await desk.JudgeAsync(
                request.ProcessId, draft.BaseVersion, files, request.Ticks ?? [], request.Compared ?? "", ct);
            if (!obstacles.AreNone) return PublicationWords.Conflict(obstacles);
            var newest = (await book.OfAsync(request.ProcessId, ct)).FirstOrDefault();
            var row = await PublicationWords.RowAsync(
                request.Scope, desk, newest, request.ProcessId, draft.BaseVersion, files, obstacles, ct) with
            {
                Revision = draft.Revision, Reason = request.Reason!.Trim(), LegalBasis = request.LegalBasis!.Trim(),
                ValidFrom = request.ValidFrom!.Value, Surroundings = surroundings,
                Lines = await reading.LinesAsync(newest, files, ct),
                Backtest = await PublicationWords.BacktestAsync(backtest, request.ProcessId, files, ct),
            };
            return await desk.AskAsync(request.Scope, row, ct) is { } refused
                ? new UseCaseResult<PublicationView>.Refused(refused.Code, refused.Message)
                : new UseCaseResult<PublicationView>.Done((await reading.FindAsync(row.Id, ct))!);
        }
    }
}

/// <summary>Asks for an older version to come into force again, as a new one.</summary>
[Policy(PolicyAttribute.Administration)]
public sealed record RequestRollback(Scope Scope, string ProcessId, int Version, string? Reason, string? LegalBasis)
    : IUseCase<PublicationView>, IChecked
{
    public IEnumerable<(string Field, string Message)> Problems() => PublicationWords.Problems(Reason, LegalBasis);

    public sealed class Handler(
        PublicationDesk desk, ProcedureBook book, BacktestDesk backtest, PublicationReading reading)
        : IRequestHandler<RequestRollback, UseCaseResult<PublicationView>>
    {
        public async Task<UseCaseResult<PublicationView>> Handle(
            RequestRollback request, CancellationToken cancellationToken)
        {
            var ct = cancellationToken;
            var versions = await book.OfAsync(request.ProcessId, ct);
            if (versions.IsEmpty) return Unknown.Of<PublicationView>(Unknown.Procedure);
            if (versions.FirstOrDefault(one => one.Number == request.Version) is not { } older)
                return Unknown.Of<PublicationView>(Unknown.Version);
            var files = await book.FilesAsync(older, ct);
            var surroundings = await desk.SurroundingsAsync(request.ProcessId, ct);
            var obstacles = await desk.JudgeAsync(
                request.ProcessId, versions[0].Number, files, ticks: null, compared: null, ct);
            if (!obstacles.AreNone) return PublicationWords.Conflict(obstacles);
            var row = await PublicationWords.RowAsync(
                request.Scope, desk, versions[0], request.ProcessId, versions[0].Number, files, obstacles, ct) with
            {
                RollbackTo = older.Number, Reason = request.Reason!.Trim(), LegalBasis = request.LegalBasis!.Trim(),
                ValidFrom = await desk.TodayAsync(ct), Surroundings = surroundings,
                Lines = await reading.LinesAsync(versions[0], files, ct),
                Backtest = await PublicationWords.BacktestAsync(backtest, request.ProcessId, files, ct),
            };
            return await desk.AskAsync(request.Scope, row, ct) is { } refused
                ? new UseCaseResult<PublicationView>.Refused(refused.Code, refused.Message)
                : new UseCaseResult<PublicationView>.Done((await reading.FindAsync(row.Id, ct))!);
        }
    }
}

/// <summary>What both ways to a publication share.</summary>
static class PublicationWords
{
    public static IEnumerable<(string Field, string Message)> Problems(string? reason, string? legalBasis)
    {
        if (string.IsNullOrWhiteSpace(reason) || reason.Length > PublicationRow.ReasonLengthMax)
            yield return ("reason", $"Podaj powód zmiany, najwyżej {PublicationRow.ReasonLengthMax} znaków.");
        if (string.IsNullOrWhiteSpace(legalBasis) || legalBasis.Length > PublicationRow.LegalBasisLengthMax)
        {
            yield return ("legalBasis", "Podaj podstawę: przepis albo zarządzenie, najwyżej " +
                $"{PublicationRow.LegalBasisLengthMax} znaków.");
        }
        if (IsUnwritable(reason)) yield return ("reason", Unwritable);
        if (IsUnwritable(legalBasis)) yield return ("legalBasis", Unwritable);
    }

    public const string Unwritable = "Tekst zawiera znak, którego nie da się zapisać. Wpisz go jeszcze raz.";

    /// <summary>Text of PostgreSQL holds every character but this one.</summary>
    public static bool IsUnwritable(string? text) => text?.Contains('\0', StringComparison.Ordinal) == true;

    public static UseCaseResult<PublicationView> Invalid(string field, string message) =>
        new UseCaseResult<PublicationView>.Invalid(
            new Dictionary<string, string[]>(StringComparer.Ordinal) { [field] = [message] });

    public static UseCaseResult<PublicationView> Conflict(Obstacles obstacles) =>
        new UseCaseResult<PublicationView>.Problem(
            StatusCodes.Status409Conflict, obstacles.Same ? "ALREADY_EXISTS" : "INVALID_STATE", obstacles.Words,
            obstacles.Facts);

    public static UseCaseResult<PublicationView> AlreadyWaiting => new UseCaseResult<PublicationView>.Problem(
        StatusCodes.Status409Conflict, "INVALID_STATE",
        "Na tę procedurę czeka już inna publikacja. Poczekaj, aż ktoś ją zatwierdzi albo odrzuci.",
        new Dictionary<string, object?>(StringComparer.Ordinal) { ["waiting"] = true });

    public static async Task<PublicationRow> RowAsync(
        Scope scope, PublicationDesk desk, ProcedureVersion? newest, string processId, int baseVersion,
        ImmutableSortedDictionary<string, string> files, Obstacles obstacles, CancellationToken ct) => new()
        {
            TenantId = WorkflowDb.DefaultTenant, Id = Guid.CreateVersion7().ToString("N"), ProcessId = processId,
            Name = Procedure.Read(files).Procedure?.Definition.Name ?? newest?.Name ?? processId,
            BaseVersion = baseVersion, Revision = 0, State = PublicationState.Waiting, Author = scope.User,
            At = await desk.NowAsync(ct), Reason = "", LegalBasis = "", ValidFrom = default,
            Hash = ProcedureFiles.Hash(files), Surroundings = "", Files = ProcedureFiles.Pack(files), Lines = "[]",
            Accepted = JsonSerializer.Serialize(obstacles.Accepted),
        };

    /// <summary>JSON: how closed cases would have gone, for the second person.</summary>
    public static async Task<string?> BacktestAsync(
        BacktestDesk desk, string processId, IReadOnlyDictionary<string, string> files, CancellationToken ct) =>
        await desk.RunAsync(processId, files, BacktestDesk.CasesMax, ct) is { } answer
            ? JsonSerializer.Serialize(answer, AuditLog.Json)
            : null;
}

/// <summary>Publications as they are shown.</summary>
public sealed class PublicationReading(ProcedureBook book, ProductDbFactory databases, People people)
{
    public async Task<PublicationView?> FindAsync(string id, CancellationToken ct)
    {
        await using var db = databases.Create();
        var row = await PublicationDesk.Find(db, id).AsNoTracking().FirstOrDefaultAsync(ct);
        return row is null ? null : (await ViewsAsync([row], ct))[0];
    }

    public async Task<List<PublicationView>> ViewsAsync(List<PublicationRow> rows, CancellationToken ct)
    {
        var names = await people.OfAsync(rows.SelectMany(row => new[] { row.Author, row.DecidedBy }), ct);
        var all = await book.AllAsync(ct);
        return rows.ConvertAll(row => PublicationView.Of(
            row, PublicationView.VersionOf(row, all.GetValueOrDefault(row.ProcessId, [])), names));
    }

    /// <summary>JSON list: the change in words.</summary>
    public async Task<string> LinesAsync(
        ProcedureVersion? newest, IReadOnlyDictionary<string, string> files, CancellationToken ct)
    {
        var before = newest is null
            ? ImmutableSortedDictionary<string, string>.Empty
            : await book.FilesAsync(newest, ct);
        return JsonSerializer.Serialize(
            DefinitionDiff.Compare(before, files, RoleNames.Of).Lines.Select(line => line.Text), AuditLog.Json);
    }
}

/// <param name="State">Null for all.</param>
[Policy(CaseAccess.Head, PolicyAttribute.Administration)]
public sealed record ListPublications(Scope Scope, string? State) : IUseCase<IReadOnlyList<PublicationView>>
{
    const int ItemsMax = 200;

    public sealed class Handler(ProductDbFactory databases, PublicationReading reading)
        : IRequestHandler<ListPublications, UseCaseResult<IReadOnlyList<PublicationView>>>
    {
        public async Task<UseCaseResult<IReadOnlyList<PublicationView>>> Handle(
            ListPublications request, CancellationToken cancellationToken)
        {
            await using var db = databases.Create();
            var rows = await db.Publications.AsNoTracking()
                .Where(row => row.TenantId == WorkflowDb.DefaultTenant
                    && (request.State == null || row.State == request.State))
                .OrderByDescending(row => row.At).Take(ItemsMax).ToListAsync(cancellationToken);
            return new UseCaseResult<IReadOnlyList<PublicationView>>.Done(
                await reading.ViewsAsync(rows, cancellationToken));
        }
    }
}

[Policy(CaseAccess.Head, PolicyAttribute.Administration)]
public sealed record ShowPublication(Scope Scope, string Id) : IUseCase<PublicationView>
{
    public const string Unknown = "Nie ma takiej publikacji. Wróć do listy i wybierz jeszcze raz.";

    public sealed class Handler(PublicationReading reading)
        : IRequestHandler<ShowPublication, UseCaseResult<PublicationView>>
    {
        public async Task<UseCaseResult<PublicationView>> Handle(
            ShowPublication request, CancellationToken cancellationToken) =>
            await reading.FindAsync(request.Id, cancellationToken) is { } view
                ? new UseCaseResult<PublicationView>.Done(view)
                : Procedures.Unknown.Of<PublicationView>(Unknown);
    }
}

/// <summary>The second person says yes: the head or another administrator, never the author.</summary>
[Policy(CaseAccess.Head, PolicyAttribute.Administration)]
public sealed record ApprovePublication(Scope Scope, string Id) : IUseCase<PublicationView>
{
    public const string Outdated =
        "W międzyczasie weszła w życie inna wersja tej procedury. Odrzuć tę publikację; autor przeniesie zmiany.";

    public sealed class Handler(PublicationDesk desk, ProductDbFactory databases, PublicationReading reading)
        : IRequestHandler<ApprovePublication, UseCaseResult<PublicationView>>
    {
        public async Task<UseCaseResult<PublicationView>> Handle(
            ApprovePublication request, CancellationToken cancellationToken)
        {
            var ct = cancellationToken;
            await using var db = databases.Create();
            var row = await PublicationDesk.Find(db, request.Id).AsNoTracking().FirstOrDefaultAsync(ct);
            if (row is null) return Procedures.Unknown.Of<PublicationView>(ShowPublication.Unknown);
            if (row.Author == request.Scope.User)
            {
                return new UseCaseResult<PublicationView>.Refused(
                    EngineRejection.Forbidden,
                    "Zmianę zatwierdza ktoś inny niż jej autor: kierownik albo drugi administrator.");
            }
            if (row.State != PublicationState.Waiting)
            {
                return new UseCaseResult<PublicationView>.Refused(
                    EngineRejection.InvalidState, "O tej publikacji już zdecydowano. Odśwież stronę.");
            }
            if (await desk.StillFitsAsync(row, ct) is { } why)
                return new UseCaseResult<PublicationView>.Refused(EngineRejection.InvalidState, why);
            return await desk.ApproveAsync(request.Scope, row, ct) is { } refused
                ? new UseCaseResult<PublicationView>.Refused(refused.Code, refused.Message)
                : new UseCaseResult<PublicationView>.Done((await reading.FindAsync(row.Id, ct))!);
        }
    }
}

/// <summary>No, with the reason; the author may take her own back this way.</summary>
[Policy(CaseAccess.Head, PolicyAttribute.Administration)]
public sealed record RefusePublication(Scope Scope, string Id, string? Reason) : IUseCase<PublicationView>, IChecked
{
    public IEnumerable<(string Field, string Message)> Problems()
    {
        if (string.IsNullOrWhiteSpace(Reason) || Reason.Length > PublicationRow.ReasonLengthMax)
            yield return ("reason", "Podaj autorowi, czego brakuje albo co zmienić.");
    }

    public sealed class Handler(PublicationDesk desk, PublicationReading reading)
        : IRequestHandler<RefusePublication, UseCaseResult<PublicationView>>
    {
        public async Task<UseCaseResult<PublicationView>> Handle(
            RefusePublication request, CancellationToken cancellationToken) =>
            await desk.RefuseAsync(request.Scope, request.Id, request.Reason!.Trim(), cancellationToken) is { } refused
                ? new UseCaseResult<PublicationView>.Refused(refused.Code, refused.Message)
                : new UseCaseResult<PublicationView>.Done(
                    (await reading.FindAsync(request.Id, cancellationToken))!);
    }
}
