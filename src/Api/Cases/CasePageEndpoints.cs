using Api.Access;
using Api.UseCases;
using MediatR;

namespace Api.Cases;

/// <summary>
/// <c>/api/cases</c>: the list, one case, its timeline and diagrams, and what is done from its page. File numbers stand
/// in the path; what a person searches for does not, because addresses are written into logs.
/// </summary>
public static class CasePageEndpoints
{
    public sealed record CaseQuery(string? Q, string? Status, bool? Mine, int? Page);

    /// <param name="Again">The caller has seen that an intervention is running and starts another.</param>
    public sealed record Intervention(bool? Again);

    public sealed record Link(string? CaseNo, string? Why);

    public static void MapCasePage(this IEndpointRouteBuilder routes)
    {
        var cases = routes.MapGroup("/api/cases").WithTags("Cases");
        cases.MapGet("", (
            string? q, string? status, bool? mine, int? page, string? person, HttpContext http, IMediator mediator) =>
            q is { Length: > 0 }
                ? Task.FromResult(Problems.SearchInAddress("/api/cases/search"))
                : AnswerAsync(mediator, new ListCases(http.Scope(), null, status, mine, page, person), http));
        cases.MapPost("/search", (CaseQuery body, HttpContext http, IMediator mediator) =>
            AnswerAsync(mediator, new ListCases(http.Scope(), body.Q, body.Status, body.Mine, body.Page), http));
        cases.MapGet("/{no}", (string no, HttpContext http, CaseAccess access, IMediator mediator) =>
            EnterAsync(
                access, http, no, "case",
                () => mediator.Send(new CaseDetails(http.Scope(), no), http.RequestAborted)));
        cases.MapGet("/{no}/timeline", (
            string no, DateTimeOffset? before, int? limit, HttpContext http, CaseAccess access, IMediator mediator) =>
            EnterAsync(
                access, http, no, "timeline",
                () => mediator.Send(new CaseTimeline(http.Scope(), no, before, limit), http.RequestAborted)));
        cases.MapGet("/{no}/diagram/{instance:long}", (
            string no, long instance, HttpContext http, CaseAccess access, IMediator mediator) =>
            EnterAsync(
                access, http, no, "diagram",
                () => mediator.Send(new CaseDiagram(http.Scope(), no, instance), http.RequestAborted)));
        cases.MapPost("/{no}/interventions", (
            string no, Intervention? body, HttpContext http, IMediator mediator) => AnswerAsync(
                mediator, new StartIntervention(http.Scope(), no, body?.Again == true, http.KeyOfRequest()), http));
        cases.MapPost("/{no}/links", async (string no, Link body, HttpContext http, IMediator mediator) =>
        {
            var request = new LinkCases(http.Scope(), no, body.CaseNo, body.Why, http.KeyOfRequest());
            var result = await mediator.Send(request, http.RequestAborted);
            return result.ToResult(_ => Results.NoContent());
        });
    }

    static async Task<IResult> AnswerAsync<T>(IMediator mediator, IUseCase<T> request, HttpContext http)
    {
        var result = await mediator.Send(request, http.RequestAborted);
        return result.ToResult(answer => Results.Ok(answer));
    }

    /// <summary>Behind the door of the case: relation, purpose and reading log come first.</summary>
    static async Task<IResult> EnterAsync<T>(
        CaseAccess access, HttpContext http, string caseNo, string what, Func<Task<UseCaseResult<T>>> read)
    {
        var (_, refusal) = await access.EnterAsync(http, caseNo, what, ct: http.RequestAborted);
        return refusal ?? (await read()).ToResult(answer => Results.Ok(answer));
    }
}
