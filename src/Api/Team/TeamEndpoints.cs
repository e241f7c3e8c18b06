using Api.Access;
using Api.Orchestration;
using Api.UseCases;
using MediatR;

namespace Api.Team;

/// <summary>Staff, absences, limits, and who has which task and case.</summary>
public static class TeamEndpoints
{
    public sealed record NewAbsence(
        string? UserName, DateOnly? From, DateOnly? To, string? Substitute, AbsenceScope Scope = AbsenceScope.All,
        string? Authorisation = null);

    public sealed record NewLimit(int? Limit, string? Reason);

    public sealed record NewAssignee(string? Assignee, string? Reason);

    public sealed record NewTeam(string? Relation, string? UserName, string? Reason);

    public static void MapTeam(this IEndpointRouteBuilder routes)
    {
        var api = routes.MapGroup("/api").WithTags("Team");
        api.MapGet("/team", async (HttpContext http, IMediator mediator, CancellationToken ct) =>
        {
            var result = await mediator.Send(new ShowTeam(http.Scope()), ct);
            return result.ToResult(team => Results.Ok(team));
        });
        api.MapPut("/team/{userName}/limit", async (
            string userName, NewLimit body, HttpContext http, IMediator mediator, CancellationToken ct) =>
        {
            var result = await mediator.Send(new SetPlaces(http.Scope(), userName, body.Limit, body.Reason), ct);
            return result.ToResult(places => Results.Ok(places));
        });
        api.MapGet("/colleagues", async (string? role, HttpContext http, IMediator mediator, CancellationToken ct) =>
        {
            var result = await mediator.Send(new Colleagues(http.Scope(), role), ct);
            return result.ToResult(people => Results.Ok(people));
        });
        api.MapGet("/tasks/{key:long}/assignees", async (
            long key, HttpContext http, IMediator mediator, CancellationToken ct) =>
        {
            var result = await mediator.Send(new ListAssignees(http.Scope(), key), ct);
            return result.ToResult(people => Results.Ok(people));
        });
        api.MapPost("/tasks/{key:long}/assignment", async (
            long key, NewAssignee body, HttpContext http, IMediator mediator, CancellationToken ct) =>
        {
            var result = await mediator.Send(new AssignTask(http.Scope(), key, body.Assignee, body.Reason), ct);
            return result.ToResult(_ => Results.NoContent());
        });
        api.MapPut("/cases/{no}/team", async (
            string no, NewTeam body, HttpContext http, IMediator mediator, CancellationToken ct) =>
        {
            var request = new ChangeCaseTeam(
                http.Scope(), no, body.Relation, body.UserName, body.Reason, http.IdempotencyKey());
            var result = await mediator.Send(request, ct);
            return result.ToResult(_ => Results.NoContent());
        });
        MapAbsences(api.MapGroup("/absences"));
    }

    static void MapAbsences(RouteGroupBuilder absences)
    {
        absences.MapPost("", async (NewAbsence body, HttpContext http, IMediator mediator, CancellationToken ct) =>
        {
            var request = new RegisterAbsence(
                http.Scope(), body.UserName, body.From, body.To, body.Substitute, body.Scope, body.Authorisation);
            var result = await mediator.Send(request, ct);
            return result.ToResult(absence => Results.Ok(absence));
        });
        absences.MapPost("/{id}/acceptance", async (
            string id, HttpContext http, IMediator mediator, CancellationToken ct) =>
        {
            var result = await mediator.Send(new AcceptAbsence(http.Scope(), id), ct);
            return result.ToResult(_ => Results.NoContent());
        });
        absences.MapPost("/{id}/refusal", async (
            string id, AccessEndpoints.WithReason body, HttpContext http, IMediator mediator, CancellationToken ct) =>
        {
            var result = await mediator.Send(new RefuseAbsence(http.Scope(), id, body.Reason), ct);
            return result.ToResult(_ => Results.NoContent());
        });
        absences.MapPost("/{id}/end", async (string id, HttpContext http, IMediator mediator, CancellationToken ct) =>
        {
            var result = await mediator.Send(new EndAbsence(http.Scope(), id), ct);
            return result.ToResult(_ => Results.NoContent());
        });
    }
}
