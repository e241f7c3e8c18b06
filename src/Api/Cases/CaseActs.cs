using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Api.Access;
using Api.Storage;
using Api.UseCases;
using MediatR;
using Microsoft.EntityFrameworkCore;
using Workflows.Engine.Execution;
using Workflows.Runtime;
using Workflows.Runtime.Storage;
using Scope = Workflows.Runtime.Scope;

namespace Api.Cases;

/// <summary>Two cases that belong together: siblings in two families, a case that was closed before.</summary>
public sealed record CaseLinkRow
{
    public const int WhyLengthMax = 500;

    public required string TenantId { get; init; }
    public required string CaseNo { get; init; }
    public required string OtherCaseNo { get; init; }
    public required string Why { get; init; }
    public required string LinkedBy { get; init; }
    public required DateTimeOffset At { get; init; }
}

/// <param name="Label">Null where the reader may not look into the other case.</param>
public sealed record CaseLink(string CaseNo, string? Label, string Why);

/// <summary>Links of a case, whichever of the two it was made from.</summary>
public sealed class CaseLinks(ProductDbFactory databases, CaseAccess access, CaseFile file)
{
    public async Task<ImmutableArray<CaseLink>> OfAsync(Scope scope, string caseNo, CancellationToken ct)
    {
        await using var db = databases.Create();
        var rows = await db.CaseLinks.AsNoTracking()
            .Where(row => row.TenantId == WorkflowDb.DefaultTenant
                && (row.CaseNo == caseNo || row.OtherCaseNo == caseNo))
            .OrderBy(row => row.At).ToListAsync(ct);
        var links = ImmutableArray.CreateBuilder<CaseLink>(rows.Count);
        foreach (var row in rows)
        {
            var other = row.CaseNo == caseNo ? row.OtherCaseNo : row.CaseNo;
            links.Add(new CaseLink(other, await LabelAsync(scope, db, other, ct), row.Why));
        }
        return links.ToImmutable();
    }

    async Task<string?> LabelAsync(Scope scope, ProductDb db, string caseNo, CancellationToken ct)
    {
        if (await access.RelationAsync(scope, caseNo, ct) is null) return null;
        return (await file.LabelsAsync(db, [caseNo], ct)).GetValueOrDefault(caseNo);
    }
}

/// <summary>Links a case with another one; both must be open to her.</summary>
[Policy(PolicyAttribute.CaseWork)]
public sealed record LinkCases(Scope Scope, string CaseNo, string? OtherCaseNo, string? Why, string? IdempotencyKey)
    : IUseCase<Unit>, IChecked
{
    public IEnumerable<(string Field, string Message)> Problems()
    {
        if (string.IsNullOrWhiteSpace(OtherCaseNo)) yield return ("caseNo", "Wpisz znak drugiej sprawy.");
        if (OtherCaseNo == CaseNo) yield return ("caseNo", "Sprawy nie można powiązać z nią samą.");
        if (string.IsNullOrWhiteSpace(Why)) yield return ("why", "Napisz, dlaczego sprawy są powiązane.");
        if (Why is { Length: > CaseLinkRow.WhyLengthMax })
            yield return ("why", $"Napisz najwyżej {CaseLinkRow.WhyLengthMax} znaków.");
    }

    public sealed class Handler(
        CaseReading reading, CaseAccess access, WorkflowEngine engine, ProductDbFactory databases)
        : IRequestHandler<LinkCases, UseCaseResult<Unit>>
    {
        public async Task<UseCaseResult<Unit>> Handle(LinkCases request, CancellationToken cancellationToken)
        {
            var (scope, ct) = (request.Scope, cancellationToken);
            if (await access.RelationAsync(scope, request.CaseNo, ct) is not { } relation
                || await reading.RowAsync(request.CaseNo, ct) is not { } row)
                return Refusals.UnknownCase<Unit>(request.CaseNo);
            if (!CaseAccess.MayWrite(relation)) return CaseDetails.OnlyToRead<Unit>();
            var other = request.OtherCaseNo!.Trim();
            if (await access.RelationAsync(scope, other, ct) is null || await reading.RowAsync(other, ct) is null)
            {
                return new UseCaseResult<Unit>.Invalid(new Dictionary<string, string[]>(StringComparer.Ordinal)
                {
                    ["caseNo"] = ["Nie ma sprawy o tym znaku albo nie masz do niej dostępu. Sprawdź znak."],
                });
            }
            // The reason lies with the link: the history of the engine holds no text about people.
            var answer = await engine.RecordActAsync(
                scope, row.RootInstanceKey, new Act(Acts.CaseLinked), request.IdempotencyKey,
                new CommitExtras
                {
                    Content = other + "\n" + request.Why,
                    HostRows = (commit, token) => AddAsync(commit, request.CaseNo, other, request.Why!.Trim(), token),
                }, cancellation: ct);
            return Answers.From(answer, _ => Unit.Value);
        }

        async Task<EngineAnswer.Rejected?> AddAsync(
            HostCommit commit, string caseNo, string other, string why, CancellationToken ct)
        {
            await using var db = databases.On(commit.Connection, commit.Transaction);
            var known = await db.CaseLinks.AnyAsync(
                row => row.TenantId == WorkflowDb.DefaultTenant
                    && ((row.CaseNo == caseNo && row.OtherCaseNo == other)
                        || (row.CaseNo == other && row.OtherCaseNo == caseNo)), ct);
            if (known)
                return new EngineAnswer.Rejected(EngineRejection.AlreadyExists, "Te sprawy są już powiązane.");
            db.CaseLinks.Add(new CaseLinkRow
            {
                TenantId = WorkflowDb.DefaultTenant,
                CaseNo = caseNo,
                OtherCaseNo = other,
                Why = why,
                LinkedBy = commit.Scope.User,
                At = commit.At,
            });
            await db.SaveChangesAsync(ct);
            return null;
        }
    }
}
