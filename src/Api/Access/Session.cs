using System.Globalization;
using System.Security.Claims;
using Api.Storage;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Api.Access;

/// <summary>Signing in with a cookie: <c>POST</c>, <c>GET</c> and <c>DELETE /api/session</c>.</summary>
public static class Session
{
    public const string Scheme = CookieAuthenticationDefaults.AuthenticationScheme;

    /// <summary>A page left alone signs out; a working day is the longest a session lasts.</summary>
    public static readonly TimeSpan IdleLimit = TimeSpan.FromMinutes(30);
    public static readonly TimeSpan AbsoluteLimit = TimeSpan.FromHours(12);

    const string SignedInAt = "signed_in_at";

    public sealed record SignIn(string? UserName, string? Password);

    /// <param name="Name">Name and job as shown to colleagues.</param>
    public sealed record Me(string UserName, string Name, IReadOnlyList<string> Roles, bool EngineAll);

    public static void MapSession(this IEndpointRouteBuilder routes)
    {
        var session = routes.MapGroup("/api/session").WithTags("Session");
        session.MapPost("", SignInAsync).AllowAnonymous();
        session.MapGet("", WhoAmIAsync);
        session.MapDelete("", (Delegate)SignOutAsync);
    }

    public static ClaimsPrincipal PrincipalOf(Account account, string scheme) => new(new ClaimsIdentity(
        [new(ClaimTypes.Name, account.UserName!), new(RightsReader.StampClaim, account.SecurityStamp ?? "")], scheme));

    /// <summary>
    /// An answer a script can read instead of a redirect to a page, and the absolute end of a session.
    /// </summary>
    public static void Configure(CookieAuthenticationOptions options, bool development)
    {
        options.Cookie.Name = development ? "workflowhost" : "__Host-workflowhost";
        options.Cookie.HttpOnly = true;
        options.Cookie.SameSite = SameSiteMode.Strict;
        options.Cookie.SecurePolicy = development ? CookieSecurePolicy.SameAsRequest : CookieSecurePolicy.Always;
        options.ExpireTimeSpan = IdleLimit;
        options.SlidingExpiration = true;
        options.Events.OnRedirectToLogin = context =>
        {
            context.Response.Headers.WWWAuthenticate = "Session realm=\"WorkflowHost\"";
            return Problems.Unauthorized(context.Request.Path).ExecuteAsync(context.HttpContext);
        };
        options.Events.OnRedirectToAccessDenied = context =>
            Problems.Forbidden("Your rights do not cover this request.", context.Request.Path)
                .ExecuteAsync(context.HttpContext);
        options.Events.OnValidatePrincipal = context =>
        {
            var time = context.HttpContext.RequestServices.GetRequiredService<TimeProvider>();
            var known = context.Properties.Items.TryGetValue(SignedInAt, out var text)
                && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, out var began)
                && time.GetUtcNow() - began <= AbsoluteLimit;
            if (!known) context.RejectPrincipal();
            return Task.CompletedTask;
        };
    }

    static async Task<Results<Ok<Me>, ProblemHttpResult>> SignInAsync(
        SignIn body, HttpContext context, PasswordCheck passwords, SignInLimiter attempts, ProductDbFactory databases,
        RightsReader rights, TimeProvider time)
    {
        if (!attempts.Allows(context)) return SignInLimiter.Refusal(context);
        if (body.UserName is not { Length: > 0 } || body.Password is not { Length: > 0 }
            || await passwords.VerifyAsync(body.UserName, body.Password) is not { } account)
        {
            attempts.Failed(context);
            // Deliberately no challenge: a browser would open its own dialogue over the sign-in page.
            return Problems.Of(
                401, "Unauthorized", "Nazwa użytkownika lub hasło są nieprawidłowe.", context.Request.Path);
        }
        var principal = PrincipalOf(account, Scheme);
        rights.Forget(account.UserName!);
        var properties = new AuthenticationProperties
        {
            Items = { [SignedInAt] = time.GetUtcNow().ToString("O", CultureInfo.InvariantCulture) },
        };
        await context.SignInAsync(Scheme, principal, properties);
        return TypedResults.Ok(await MeAsync(databases, (await rights.ForAsync(principal, context.RequestAborted))!));
    }

    static async Task<Ok<Me>> WhoAmIAsync(HttpContext context, ProductDbFactory databases, RightsReader rights) =>
        TypedResults.Ok(await MeAsync(databases, (await rights.ForAsync(context.User, context.RequestAborted))!));

    static async Task<NoContent> SignOutAsync(HttpContext context)
    {
        await context.SignOutAsync(Scheme);
        return TypedResults.NoContent();
    }

    static async Task<Me> MeAsync(ProductDbFactory databases, Rights rights)
    {
        await using var db = databases.Create();
        var name = await db.Users.Where(row => row.UserName == rights.Scope.User)
            .Select(row => row.DisplayName).SingleAsync();
        return new Me(rights.Scope.User, name, rights.Scope.Groups, rights.Scope.EngineAll);
    }
}
