using System.Globalization;
using Api.Cases;
using Api.Storage;
using Api.UseCases;
using MediatR;
using Microsoft.EntityFrameworkCore;
using Workflows.Engine.Execution;
using Workflows.Runtime;
using Workflows.Runtime.Storage;
using Scope = Workflows.Runtime.Scope;

namespace Api.Access;

/// <summary>Marks a case as restricted (Niebieska Karta, court) or lifts that; both stand in its history.</summary>
[Policy(CaseAccess.Head)]
public sealed record SetConfidentiality(
    Scope Scope, string CaseNo, bool Restricted, string? Reason, string? IdempotencyKey) : IUseCase<Unit>, IChecked
{
    public IEnumerable<(string Field, string Message)> Problems() => Reasons.Check(Reason);

    public sealed class Handler(WorkflowEngine engine, ProductDbFactory databases, CaseAccess access)
        : IRequestHandler<SetConfidentiality, UseCaseResult<Unit>>
    {
        public async Task<UseCaseResult<Unit>> Handle(SetConfidentiality request, CancellationToken cancellationToken)
        {
            var found = await access.RelationAsync(request.Scope, request.CaseNo, cancellationToken) is null
                ? null
                : await CaseOf(databases, request.CaseNo, cancellationToken);
            if (found is null) return Refusals.UnknownCase<Unit>(request.CaseNo);
            var act = new Act(request.Restricted ? Acts.CaseRestricted : Acts.CaseOpened, request.Reason);
            var answer = await engine.RecordActAsync(
                request.Scope, found.RootInstanceKey, act, request.IdempotencyKey, new CommitExtras
                {
                    HostRows = async (commit, ct) =>
                    {
                        await using var db = databases.On(commit.Connection, commit.Transaction);
                        await db.Cases.Where(r => r.TenantId == found.TenantId && r.CaseNo == found.CaseNo)
                            .ExecuteUpdateAsync(set => set.SetProperty(r => r.Restricted, request.Restricted), ct);
                        return null;
                    },
                }, cancellation: cancellationToken);
            return Answers.From(answer, _ => Unit.Value);
        }
    }

    internal static async Task<CaseRow?> CaseOf(ProductDbFactory databases, string caseNo, CancellationToken ct)
    {
        await using var db = databases.Create();
        return await db.Cases.AsNoTracking()
            .FirstOrDefaultAsync(r => r.TenantId == WorkflowDb.DefaultTenant && r.CaseNo == caseNo, ct);
    }
}

/// <summary>
/// Opens a case that is not hers, for half an hour of system time and with a reason that the head, the coordinator and
/// the data protection officer read in the reading log.
/// </summary>
[Policy("social_worker", "benefits_worker", "assistant", "team_lead", "head", "specialist")]
public sealed record BreakGlass(Scope Scope, string CaseNo, string? Reason, string? IdempotencyKey)
    : IUseCase<BreakGlass.Opened>, IChecked
{
    public static readonly TimeSpan OpenFor = TimeSpan.FromMinutes(30);

    public sealed record Opened(DateTimeOffset Until);

    public IEnumerable<(string Field, string Message)> Problems() => Reasons.Check(Reason);

    public sealed class Handler(
        WorkflowEngine engine, ProductDbFactory databases, ReadLog readings, TimeProvider time)
        : IRequestHandler<BreakGlass, UseCaseResult<Opened>>
    {
        public async Task<UseCaseResult<Opened>> Handle(BreakGlass request, CancellationToken cancellationToken)
        {
            if (await SetConfidentiality.CaseOf(databases, request.CaseNo, cancellationToken) is not { } found)
                return Refusals.UnknownCase<Opened>(request.CaseNo);
            // First the notice: the door does not open without it.
            await readings.AddAsync(
                request.Scope, request.CaseNo, "break-glass", request.Reason, cancellationToken);
            var until = time.GetUtcNow() + OpenFor;
            var answer = await engine.RecordActAsync(
                request.Scope, found.RootInstanceKey, new Act(Acts.GlassBroken, request.Reason), request.IdempotencyKey,
                new CommitExtras
                {
                    HostRows = async (commit, ct) =>
                    {
                        await using var db = databases.On(commit.Connection, commit.Transaction);
                        db.BreakGlass.Add(new BreakGlassRow
                        {
                            TenantId = found.TenantId,
                            Id = Guid.CreateVersion7().ToString("N"),
                            CaseNo = found.CaseNo,
                            UserName = request.Scope.User,
                            Reason = request.Reason!.Trim(),
                            At = commit.At,
                            Until = until,
                        });
                        await db.SaveChangesAsync(ct);
                        return null;
                    },
                }, cancellation: cancellationToken);
            return Answers.From(answer, _ => new Opened(until));
        }
    }
}

/// <summary>Who looked into a case, the latest first: for supervision and the data protection officer.</summary>
[Policy(CaseAccess.Head, CaseAccess.Coordinator, "dpo")]
public sealed record ListReaders(Scope Scope, string CaseNo) : IUseCase<IReadOnlyList<ListReaders.Item>>
{
    const int ItemsMax = 500;

    public sealed record Item(DateTimeOffset At, Person Who, string What, string? Purpose);

    public sealed class Handler(ProductDbFactory databases, CaseAccess access)
        : IRequestHandler<ListReaders, UseCaseResult<IReadOnlyList<Item>>>
    {
        public async Task<UseCaseResult<IReadOnlyList<Item>>> Handle(
            ListReaders request, CancellationToken cancellationToken)
        {
            var isOfficer = request.Scope.Groups.Contains("dpo");
            var mayRead = isOfficer
                ? await SetConfidentiality.CaseOf(databases, request.CaseNo, cancellationToken) is not null
                : await access.RelationAsync(request.Scope, request.CaseNo, cancellationToken)
                    is CaseRelation.Supervisor or CaseRelation.Team;
            if (!mayRead) return Refusals.UnknownCase<IReadOnlyList<Item>>(request.CaseNo);
            await using var db = databases.Create();
            var rows = await (
                from reading in db.Readings
                join account in db.Users on reading.UserName equals account.UserName into accounts
                from account in accounts.DefaultIfEmpty()
                where reading.TenantId == WorkflowDb.DefaultTenant && reading.CaseNo == request.CaseNo
                orderby reading.At descending, reading.Id descending
                select new { reading.At, reading.UserName, account.DisplayName, reading.What, reading.Purpose })
                .AsNoTracking().Take(ItemsMax).ToListAsync(cancellationToken);
            return new UseCaseResult<IReadOnlyList<Item>>.Done([.. rows.Select(row => new Item(
                row.At, new Person(row.UserName, row.DisplayName ?? row.UserName), row.What, row.Purpose))]);
        }
    }
}

/// <summary>Reasons people must give.</summary>
public static class Reasons
{
    public const int LengthMin = 5;
    public const int LengthMax = 500;

    public static IEnumerable<(string Field, string Message)> Check(string? reason)
    {
        if ((reason ?? "").Trim().Length is < LengthMin or > LengthMax)
        {
            yield return ("reason", string.Create(
                CultureInfo.InvariantCulture, $"Podaj powód: od {LengthMin} do {LengthMax} znaków."));
        }
    }
}

/// <summary>Refusals in the words of the product; what is not there and what is not hers sound alike.</summary>
public static class Refusals
{
    public static string WordsForUnknownCase(string caseNo) =>
        $"Nie ma sprawy {caseNo} albo nie należy do Twoich spraw. Sprawdź numer.";

    public static UseCaseResult<T> UnknownCase<T>(string caseNo) =>
        new UseCaseResult<T>.Refused(EngineRejection.NotFound, WordsForUnknownCase(caseNo));

    public static UseCaseResult<T> UnknownTask<T>() => new UseCaseResult<T>.Refused(
        EngineRejection.NotFound, "Nie ma takiego zadania albo nie jest ono dla Ciebie dostępne. Odśwież listę zadań.");
}
