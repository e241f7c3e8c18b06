using Api.Access;
using Api.Startup;
using Api.Storage;
using Api.UseCases;
using MediatR;
using Microsoft.EntityFrameworkCore;
using Workflows.Engine.Calendar;
using Workflows.Runtime;
using Workflows.Runtime.Storage;
using Scope = Workflows.Runtime.Scope;

namespace Api.Cases;

/// <summary>How far a closed case is from being erased; only head and coordinator are told.</summary>
/// <param name="From">The first day on which it may be erased: after full calendar years since its end.</param>
/// <param name="Asked">Null while nobody has asked for it.</param>
/// <param name="MayAsk">The reader is a head, the day has come, and nothing is asked for yet.</param>
public sealed record ErasureOutlook(DateOnly From, ErasureOutlook.Request? Asked, bool MayAsk, bool MayConfirm)
{
    public sealed record Request(string ProtocolNo, string Reason, Person By, DateTimeOffset At);
}

/// <summary>
/// Erasure of closed cases (RODO art. 5(1)(e); act on archives, art. 6): after the retention of the file plan, asked
/// for by the head with the protocol of disposal, confirmed by somebody else. Afterwards only the number is left.
/// </summary>
public sealed class Erasures(
    ProductDbFactory databases, Queries queries, WorkflowEngine engine, CaseAccess access, People people,
    Settings settings)
{
    public const string ErasedLabel = "dane usunięte";

    const string Tenant = WorkflowDb.DefaultTenant;

    public async Task<ErasureOutlook?> OutlookAsync(Scope scope, CaseRow row, CancellationToken ct)
    {
        if (!Leads(scope) || await FirstDayAsync(row, ct) is not { } from) return null;
        var today = access.DayOf(await engine.Clock.NowAsync(ct));
        await using var db = databases.Create();
        var asked = await Waiting(db, row.CaseNo).AsNoTracking().FirstOrDefaultAsync(ct);
        var names = await people.OfAsync([asked?.AskedBy], ct);
        return new ErasureOutlook(
            from,
            asked is null
                ? null
                : new ErasureOutlook.Request(asked.ProtocolNo, asked.Reason, names.Of(asked.AskedBy), asked.AskedAt),
            MayAsk: asked is null && today >= from && (scope.EngineAll || scope.Groups.Contains(CaseAccess.Head)),
            MayConfirm: asked is not null && asked.AskedBy != scope.User);
    }

    /// <summary>Why the case may not be erased now; null when it may.</summary>
    public async Task<string?> WhyNotAsync(CaseRow row, CancellationToken ct)
    {
        if (await FirstDayAsync(row, ct) is not { } from)
            return "Usunąć można tylko dane sprawy zamkniętej, w której nie toczy się żadna procedura.";
        return access.DayOf(await engine.Clock.NowAsync(ct)) >= from
            ? null
            : $"Dane tej sprawy trzeba przechowywać do {from.AddDays(-1):dd.MM.yyyy} włącznie.";
    }

    public static bool Leads(Scope scope) => scope.EngineAll
        || scope.Groups.Contains(CaseAccess.Head) || scope.Groups.Contains(CaseAccess.Coordinator);

    public static IQueryable<ErasureRow> Waiting(ProductDb db, string caseNo) => db.Erasures.Where(
        row => row.TenantId == Tenant && row.CaseNo == caseNo && row.State == ErasureState.Waiting);

    /// <summary>The case as somebody knows who works with it; null for everybody else.</summary>
    public async Task<CaseRow?> FindAsync(Scope scope, string caseNo, CancellationToken ct) =>
        await access.RelationAsync(scope, caseNo, ct) is CaseRelation.Supervisor or CaseRelation.Team
            ? await SetConfidentiality.CaseOf(databases, caseNo, ct)
            : null;

    /// <summary>Null while the case is open or a procedure of it still runs: both stop the clock.</summary>
    async Task<DateOnly?> FirstDayAsync(CaseRow row, CancellationToken ct)
    {
        if (row.Status != CaseStatus.Closed || row.ErasedAt is not null) return null;
        var running = await queries.RunningUnderTagsAsync(Scope.Engine, [CaseView.TagPrefix + row.CaseNo], ct);
        var roots = await queries.RootsAsync(Scope.Engine, [row.RootInstanceKey], ct);
        return running.IsEmpty && roots is [{ EndedAt: { } ended }]
            ? new DateOnly(LocalTime.DayOf(ended, settings.Zone).Year + 1 + settings.RetentionYears, 1, 1)
            : null;
    }
}

/// <summary>The head's part: with the number of the protocol of disposal and the reason.</summary>
[Policy(CaseAccess.Head)]
public sealed record RequestErasure(Scope Scope, string CaseNo, string? ProtocolNo, string? Reason)
    : IUseCase<Unit>, IChecked
{
    public IEnumerable<(string Field, string Message)> Problems()
    {
        if ((ProtocolNo ?? "").Trim().Length is 0 or > ErasureRow.ProtocolNoLengthMax)
        {
            yield return (
                "protocolNo", $"Podaj numer protokołu brakowania: najwyżej {ErasureRow.ProtocolNoLengthMax} znaków.");
        }
        foreach (var problem in Reasons.Check(Reason)) yield return problem;
    }

    public sealed class Handler(AuditLog audit, Erasures erasures)
        : IRequestHandler<RequestErasure, UseCaseResult<Unit>>
    {
        public async Task<UseCaseResult<Unit>> Handle(RequestErasure request, CancellationToken cancellationToken)
        {
            if (await erasures.FindAsync(request.Scope, request.CaseNo, cancellationToken) is not { } found)
                return Refusals.UnknownCase<Unit>(request.CaseNo);
            if (await erasures.WhyNotAsync(found, cancellationToken) is { } why)
                return new UseCaseResult<Unit>.Refused(EngineRejection.InvalidState, why);
            var refused = await audit.ChangeAsync(request.Scope, HistoryChain.Erasures, async (db, at, ct) =>
            {
                if (await Erasures.Waiting(db, found.CaseNo).AnyAsync(ct))
                {
                    return new Change.Refused(
                        EngineRejection.AlreadyExists,
                        "O usunięcie tych danych już poproszono. Druga osoba je potwierdza.");
                }
                var row = new ErasureRow
                {
                    TenantId = found.TenantId,
                    Id = Guid.CreateVersion7().ToString("N"),
                    CaseNo = found.CaseNo,
                    ProtocolNo = request.ProtocolNo!.Trim(),
                    Reason = request.Reason!.Trim(),
                    AskedBy = request.Scope.User,
                    AskedAt = at,
                    State = ErasureState.Waiting,
                };
                db.Erasures.Add(row);
                return new Change.Done(
                    "ErasureRequested", found.CaseNo, null, new { row.ProtocolNo, row.Reason });
            }, ct: cancellationToken);
            return AccountBook.Result(refused, Unit.Value);
        }
    }
}

/// <summary>The head takes it back, or who should confirm says no.</summary>
[Policy(CaseAccess.Head, CaseAccess.Coordinator)]
public sealed record WithdrawErasure(Scope Scope, string CaseNo) : IUseCase<Unit>
{
    public sealed class Handler(AuditLog audit, Erasures erasures)
        : IRequestHandler<WithdrawErasure, UseCaseResult<Unit>>
    {
        public async Task<UseCaseResult<Unit>> Handle(WithdrawErasure request, CancellationToken cancellationToken)
        {
            if (await erasures.FindAsync(request.Scope, request.CaseNo, cancellationToken) is not { } found)
                return Refusals.UnknownCase<Unit>(request.CaseNo);
            var refused = await audit.ChangeAsync(request.Scope, HistoryChain.Erasures, async (db, at, ct) =>
            {
                if (await Erasures.Waiting(db, found.CaseNo).FirstOrDefaultAsync(ct) is not { } row)
                    return ConfirmErasure.NothingAsked;
                row.State = ErasureState.Withdrawn;
                row.DecidedBy = request.Scope.User;
                row.DecidedAt = at;
                return new Change.Done("ErasureWithdrawn", found.CaseNo, new { row.ProtocolNo, row.Reason }, null);
            }, ct: cancellationToken);
            return AccountBook.Result(refused, Unit.Value);
        }
    }
}

/// <summary>The second person's part: now the data key of the case is destroyed.</summary>
[Policy(CaseAccess.Head, CaseAccess.Coordinator)]
public sealed record ConfirmErasure(Scope Scope, string CaseNo) : IUseCase<Unit>
{
    internal static readonly Change.Refused NothingAsked = new(
        EngineRejection.NotFound, "Nikt nie poprosił o usunięcie danych tej sprawy albo prośbę cofnięto. Odśwież.");

    public sealed class Handler(
        AuditLog audit, Erasures erasures, Vault vault, Attachments attachments, ILogger<ConfirmErasure> log)
        : IRequestHandler<ConfirmErasure, UseCaseResult<Unit>>
    {
        public async Task<UseCaseResult<Unit>> Handle(ConfirmErasure request, CancellationToken cancellationToken)
        {
            if (await erasures.FindAsync(request.Scope, request.CaseNo, cancellationToken) is not { } found)
                return Refusals.UnknownCase<Unit>(request.CaseNo);
            if (await erasures.WhyNotAsync(found, cancellationToken) is { } why)
                return new UseCaseResult<Unit>.Refused(EngineRejection.InvalidState, why);
            string[] files = [];
            var refused = await audit.ChangeAsync(request.Scope, HistoryChain.Erasures, async (db, at, ct) =>
            {
                if (await Erasures.Waiting(db, found.CaseNo).FirstOrDefaultAsync(ct) is not { } row)
                    return NothingAsked;
                if (row.AskedBy == request.Scope.User)
                {
                    return new Change.Refused(
                        EngineRejection.Forbidden,
                        "Usunięcie danych potwierdza inna osoba niż ta, która o nie poprosiła.");
                }
                row.State = ErasureState.Done;
                row.DecidedBy = request.Scope.User;
                row.DecidedAt = at;
                files = await vault.EraseAsync(db, found, at, ct);
                return new Change.Done(
                    "CaseErased", found.CaseNo, null, new { row.ProtocolNo, row.Reason, row.AskedBy });
            }, ct: cancellationToken);
            if (refused is not null) return new UseCaseResult<Unit>.Refused(refused.Code, refused.Message);
            await vault.SettleAsync(cancellationToken);
            foreach (var id in files) Forget(id);
            return new UseCaseResult<Unit>.Done(Unit.Value);
        }

        // Without the key the file is noise already; a disk that refuses must not make the erasure look undone.
        void Forget(string id)
        {
            try
            {
                attachments.Forget(id);
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
            {
                log.LogWarning(failure, "The sealed file {Id} of an erased case stays on the disk", id);
            }
        }
    }
}

/// <summary><c>/api/cases/{no}/erasure</c>.</summary>
public static class ErasureEndpoints
{
    public sealed record Protocol(string? ProtocolNo, string? Reason);

    public static void MapErasure(this IEndpointRouteBuilder routes)
    {
        var erasure = routes.MapGroup("/api/cases/{no}/erasure").WithTags("Cases");
        erasure.MapPost("", async (string no, Protocol body, HttpContext http, IMediator mediator) =>
        {
            var request = new RequestErasure(http.Scope(), no, body.ProtocolNo, body.Reason);
            var result = await mediator.Send(request, http.RequestAborted);
            return result.ToResult(_ => Results.NoContent());
        });
        erasure.MapPost("/confirmation", async (string no, HttpContext http, IMediator mediator) =>
        {
            var result = await mediator.Send(new ConfirmErasure(http.Scope(), no), http.RequestAborted);
            return result.ToResult(_ => Results.NoContent());
        });
        erasure.MapDelete("", async (string no, HttpContext http, IMediator mediator) =>
        {
            var result = await mediator.Send(new WithdrawErasure(http.Scope(), no), http.RequestAborted);
            return result.ToResult(_ => Results.NoContent());
        });
    }
}
