using System.Text.Json;
using Api.Access;
using Api.UseCases;
using MediatR;

namespace Api.Cases;

/// <summary>
/// <c>/api/cases</c> and <c>/api/tasks</c>: each endpoint makes one request of the body and sends it.
/// </summary>
public static class CaseEndpoints
{
    /// <summary>The same key again gets the same answer and changes nothing.</summary>
    const string IdempotencyHeader = "Idempotency-Key";

    public sealed record Opening(string? Process, JsonElement? Variables);

    public sealed record Completion(JsonElement Form, string? Action);

    public static void MapCases(this IEndpointRouteBuilder routes)
    {
        var cases = routes.MapGroup("/api/cases").WithTags("Cases");
        cases.MapPost("", async (Opening body, HttpContext http, IMediator mediator, CancellationToken ct) =>
        {
            var request =
                new OpenCase(http.Scope(), body.Process ?? OpenCase.DefaultProcess, body.Variables, KeyOf(http));
            var result = await mediator.Send(request, ct);
            return result.ToResult(opened => Results.Ok(opened));
        });

        var tasks = routes.MapGroup("/api/tasks").WithTags("Tasks");
        tasks.MapGet("", async (HttpContext http, IMediator mediator, CancellationToken ct) =>
        {
            var result = await mediator.Send(new MyTasks(http.Scope()), ct);
            return result.ToResult(items => Results.Ok(new { items }));
        });
        tasks.MapPost("/{key:long}/completion", async (
            long key, Completion body, HttpContext http, IMediator mediator, CancellationToken ct) =>
        {
            var result =
                await mediator.Send(new CompleteTask(http.Scope(), key, body.Form, body.Action, KeyOf(http)), ct);
            return result.ToResult(_ => Results.NoContent());
        });
        tasks.MapPost(
            "/{key:long}/claim", async (long key, HttpContext http, IMediator mediator, CancellationToken ct) =>
        {
            var result = await mediator.Send(new ClaimTask(http.Scope(), key), ct);
            return result.ToResult(_ => Results.NoContent());
        });
        tasks.MapDelete(
            "/{key:long}/claim", async (long key, HttpContext http, IMediator mediator, CancellationToken ct) =>
        {
            var result = await mediator.Send(new GiveTaskBack(http.Scope(), key), ct);
            return result.ToResult(_ => Results.NoContent());
        });
    }

    internal static string? KeyOf(HttpContext http) =>
        http.Request.Headers[IdempotencyHeader].ToString() is { Length: > 0 } key ? key : null;
}
