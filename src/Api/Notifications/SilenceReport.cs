using System.Collections.Immutable;
using Api.Access;
using Api.Storage;
using Api.UseCases;
using MediatR;
using Microsoft.EntityFrameworkCore;
using Workflows.Runtime.Storage;
using Scope = Workflows.Runtime.Scope;

namespace Api.Notifications;

/// <summary>What the last nights' proofs could not prove, of the cases the caller may see.</summary>
[Policy(CaseAccess.Head, CaseAccess.Coordinator)]
public sealed record ShowSilence(Scope Scope) : IUseCase<ShowSilence.Answer>
{
    const int NightsMax = 31;

    /// <param name="Findings">Of the last night.</param>
    /// <param name="Nights">The newest first.</param>
    public sealed record Answer(ImmutableArray<Found> Findings, ImmutableArray<Night> Nights);

    public sealed record Found(string CaseNo, string Kind, string? ElementId);

    /// <param name="Unproven">Cases of that night that could not be proven.</param>
    public sealed record Night(DateOnly On, DateTimeOffset At, int Cases, int Unproven);

    public sealed class Handler(ProductDbFactory databases, CaseAccess access)
        : IRequestHandler<ShowSilence, UseCaseResult<Answer>>
    {
        public async Task<UseCaseResult<Answer>> Handle(ShowSilence request, CancellationToken cancellationToken)
        {
            var ct = cancellationToken;
            var visible = await access.VisibleAsync(request.Scope, ct);
            await using var db = databases.Create();
            var nights = await db.SilenceProofs.AsNoTracking()
                .Where(row => row.TenantId == WorkflowDb.DefaultTenant)
                .OrderByDescending(row => row.Night).Take(NightsMax).ToListAsync(ct);
            if (nights is not [var last, ..]) return new UseCaseResult<Answer>.Done(new Answer([], []));
            var shown = db.Cases.Where(visible).Select(row => row.CaseNo);
            var findings = await db.SilenceFindings.AsNoTracking()
                .Where(row => row.TenantId == last.TenantId && row.Night == last.Night && shown.Contains(row.CaseNo))
                .OrderBy(row => row.CaseNo).ThenBy(row => row.Number).ToListAsync(ct);
            return new UseCaseResult<Answer>.Done(new Answer(
                [.. findings.Select(row => new Found(row.CaseNo, row.Kind, row.ElementId))],
                [.. nights.Select(row => new Night(row.Night, row.At, row.Cases, row.Unproven))]));
        }
    }
}

public static class SilenceEndpoints
{
    public static void MapSilence(this IEndpointRouteBuilder routes) => routes
        .MapGet("/api/reports/silence", async (HttpContext http, IMediator mediator, CancellationToken ct) =>
        {
            var result = await mediator.Send(new ShowSilence(http.Scope()), ct);
            return result.ToResult(report => Results.Ok(report));
        })
        .WithTags("Reports");
}
