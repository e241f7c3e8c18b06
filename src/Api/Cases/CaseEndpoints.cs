using System.Text.Json;
using Api.Access;
using Api.UseCases;
using MediatR;

namespace Api.Cases;

/// <summary><c>/api/cases</c>: each endpoint makes one request of the body and sends it.</summary>
public static class CaseEndpoints
{
    /// <summary>The same key again gets the same answer and changes nothing.</summary>
    const string IdempotencyHeader = "Idempotency-Key";

    public sealed record Opening(string? Process, JsonElement? Variables);

    public static void MapCases(this IEndpointRouteBuilder routes)
    {
        var cases = routes.MapGroup("/api/cases").WithTags("Cases");
        cases.MapPost("", async (Opening body, HttpContext http, IMediator mediator, CancellationToken ct) =>
        {
            var request = new OpenCase(
                http.Scope(), body.Process ?? OpenCase.DefaultProcess, body.Variables, http.KeyOfRequest());
            var result = await mediator.Send(request, ct);
            return result.ToResult(opened => Results.Ok(opened));
        });
    }

    public static string? KeyOfRequest(this HttpContext http) =>
        http.Request.Headers[IdempotencyHeader].ToString() is { Length: > 0 } key ? key : null;
}
