using System.Collections.Immutable;
using Api.Orchestration;
using Api.UseCases;
using MediatR;

namespace Api.Access;

/// <summary>Accounts, audit, and the rights of single cases under <c>/api</c>.</summary>
public static class AccessEndpoints
{
    public sealed record NewAccount(
        string? UserName, string? DisplayName, string? Email, ImmutableArray<string>? Roles);

    public sealed record ChangedAccount(
        string? DisplayName, string? Email, ImmutableArray<string>? Roles, bool Disabled = false);

    public sealed record Confidentiality(bool Restricted, string? Reason);

    public sealed record WithReason(string? Reason);

    public static void MapAccounts(this IEndpointRouteBuilder routes)
    {
        var accounts = routes.MapGroup("/api/accounts").WithTags("Accounts");
        accounts.MapGet("", async (HttpContext http, IMediator mediator, CancellationToken ct) =>
        {
            var result = await mediator.Send(new ListAccounts(http.Scope()), ct);
            return result.ToResult(items => Results.Ok(new { items }));
        });
        accounts.MapPost("", async (NewAccount body, HttpContext http, IMediator mediator, CancellationToken ct) =>
        {
            var request = new CreateAccount(
                http.Scope(), body.UserName, body.DisplayName, body.Email, body.Roles ?? []);
            var result = await mediator.Send(request, ct);
            return result.ToResult(created => Results.Ok(created));
        });
        accounts.MapPut("/{userName}", async (
            string userName, ChangedAccount body, HttpContext http, IMediator mediator, CancellationToken ct) =>
        {
            var request = new ChangeAccount(
                http.Scope(), userName, body.DisplayName, body.Email, body.Roles ?? [], body.Disabled);
            var result = await mediator.Send(request, ct);
            return result.ToResult(account => Results.Ok(account));
        });
        accounts.MapDelete("/{userName}/sessions", async (
            string userName, HttpContext http, IMediator mediator, CancellationToken ct) =>
        {
            var result = await mediator.Send(new EndSessions(http.Scope(), userName), ct);
            return result.ToResult(_ => Results.NoContent());
        });
        routes.MapGet("/api/audit", async (
            string? area, int? before, HttpContext http, IMediator mediator, CancellationToken ct) =>
        {
            var result = await mediator.Send(new ReadAudit(http.Scope(), area ?? "", before), ct);
            return result.ToResult(page => Results.Ok(page));
        }).WithTags("Audit");
    }

    public static void MapCaseRights(this IEndpointRouteBuilder routes)
    {
        var cases = routes.MapGroup("/api/cases/{no}").WithTags("Rights");
        cases.MapPut("/confidentiality", async (
            string no, Confidentiality body, HttpContext http, IMediator mediator, CancellationToken ct) =>
        {
            var request = new SetConfidentiality(http.Scope(), no, body.Restricted, body.Reason, http.IdempotencyKey());
            var result = await mediator.Send(request, ct);
            return result.ToResult(_ => Results.NoContent());
        });
        cases.MapPost("/break-glass", async (
            string no, WithReason body, HttpContext http, IMediator mediator, CancellationToken ct) =>
        {
            var result = await mediator.Send(
                new BreakGlass(http.Scope(), no, body.Reason, http.IdempotencyKey()), ct);
            return result.ToResult(opened => Results.Ok(opened));
        });
        cases.MapGet("/readers", async (string no, HttpContext http, IMediator mediator, CancellationToken ct) =>
        {
            var result = await mediator.Send(new ListReaders(http.Scope(), no), ct);
            return result.ToResult(items => Results.Ok(new { items }));
        });
    }
}
