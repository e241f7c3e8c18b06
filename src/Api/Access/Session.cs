using System.Globalization;
using System.Security.Claims;
using System.Security.Cryptography;
using System.Text.Json;
using Api.Storage;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Workflows.Runtime;
using Scope = Workflows.Runtime.Scope;

namespace Api.Access;

/// <summary>Signing in with a cookie: <c>POST</c>, <c>GET</c> and <c>DELETE /api/session</c>.</summary>
public static class Session
{
    public const string Scheme = CookieAuthenticationDefaults.AuthenticationScheme;

    /// <summary>A page left alone signs out; a working day is the longest a session lasts.</summary>
    public static readonly TimeSpan IdleLimit = TimeSpan.FromMinutes(30);
    public static readonly TimeSpan AbsoluteLimit = TimeSpan.FromHours(12);

    /// <summary>
    /// Sent with requests nobody made by hand (live updates, saving drafts): they do not keep a session open.
    /// </summary>
    public const string BackgroundHeader = "X-Background";

    /// <summary>A cookie is written anew at most this often.</summary>
    static readonly TimeSpan RenewAfter = TimeSpan.FromMinutes(1);

    const string SignedInAt = "signed_in_at";
    const string SessionId = "session";
    const string ProvedAt = "proved_at";
    const string Method = "method";

    /// <summary>How somebody proved who she is; written to the audit of decisions.</summary>
    public static class Methods
    {
        public const string Password = "password";
        public const string PasswordAndCode = "password+code";
        public const string Passkey = "passkey";
        public const string Entra = "entra";
        public const string EntraAndCode = "entra+code";

        /// <summary>Something she has was part of the proof: a device with her finger or PIN, or her code.</summary>
        public static bool HasSecondFactor(string method) => method is PasswordAndCode or Passkey or EntraAndCode;

        public static string WithCode(string method) => method == Entra ? EntraAndCode : PasswordAndCode;
    }

    /// <summary>The proof a session rests on.</summary>
    /// <param name="At">System time of the last sign-in by hand; null where the directory did not say.</param>
    /// <param name="Method">One of <see cref="Methods"/>.</param>
    public sealed record Proof(DateTimeOffset? At, string Method);

    public sealed record SignIn(string? UserName, string? Password);

    /// <param name="Name">Name and job as shown to colleagues.</param>
    /// <param name="Initials">For the corner of the page, e.g. <c>AZ</c>.</param>
    /// <param name="ActsFor">Colleagues whose tasks she has while they are away.</param>
    /// <param name="ExpiresAt">When the session ends if nothing is done until then; the page warns before.</param>
    public sealed record Me(
        string UserName, string Name, IReadOnlyList<string> Roles, bool EngineAll, string Initials,
        IReadOnlyList<Represented> ActsFor, DateTimeOffset ExpiresAt);

    public sealed record Represented(string UserName, string Name, DateOnly Until);

    public static void MapSession(this IEndpointRouteBuilder routes)
    {
        var session = routes.MapGroup("/api/session").WithTags("Session");
        session.MapPost("", SignInAsync).AllowAnonymous();
        session.MapGet("", WhoAmIAsync);
        session.MapDelete("", (Delegate)SignOutAsync);
        routes.MapPut("/api/account/password", ChangePasswordAsync).WithTags("Session");
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
        // Strict would show the page behind a link in a message as signed out. Changes are guarded by more than this:
        // a header or a token that no other site can send.
        options.Cookie.SameSite = SameSiteMode.Lax;
        options.Cookie.SecurePolicy = development ? CookieSecurePolicy.SameAsRequest : CookieSecurePolicy.Always;
        options.ExpireTimeSpan = IdleLimit;
        options.SlidingExpiration = true;
        options.Events.OnCheckSlidingExpiration = context =>
        {
            context.ShouldRenew = context.ElapsedTime >= RenewAfter && !IsInBackground(context.HttpContext);
            return Task.CompletedTask;
        };
        options.Events.OnRedirectToLogin = context =>
        {
            context.Response.Headers.WWWAuthenticate = "Session realm=\"WorkflowHost\"";
            return Problems.Unauthorized(context.Request.Path).ExecuteAsync(context.HttpContext);
        };
        options.Events.OnRedirectToAccessDenied = context =>
            Problems.NotCovered(context.Request.Path)
                .ExecuteAsync(context.HttpContext);
        options.Events.OnValidatePrincipal = async context =>
        {
            var time = context.HttpContext.RequestServices.GetRequiredService<TimeProvider>();
            var known = context.Properties.Items.TryGetValue(SignedInAt, out var text)
                && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, out var began)
                && time.GetUtcNow() - began <= AbsoluteLimit;
            if (!known || await IsEndedAsync(context)) context.RejectPrincipal();
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
                401, "Unauthorized", "Nazwa użytkownika lub hasło są nieprawidłowe. Wpisz je jeszcze raz.",
                context.Request.Path);
        }
        return TypedResults.Ok(await BeginAsync(context, account, Methods.Password, databases, rights, time));
    }

    /// <summary>A new session for somebody who has proved who she is.</summary>
    /// <param name="method">One of <see cref="Methods"/>.</param>
    public static async Task<Me> BeginAsync(
        HttpContext context, Account account, string method, ProductDbFactory databases, RightsReader rights,
        TimeProvider time)
    {
        var scope = await BeginAsync(context, account, new Proof(time.GetUtcNow(), method), rights, time);
        return await MeAsync(databases, scope, time.GetUtcNow() + IdleLimit);
    }

    /// <summary>As above, where the proof is in part that of the session before: a code was added to it.</summary>
    public static async Task<Scope> BeginAsync(
        HttpContext context, Account account, Proof proof, RightsReader rights, TimeProvider time)
    {
        var principal = PrincipalOf(account, Scheme);
        rights.Forget(account.UserName!);
        await context.SignInAsync(Scheme, principal, Began(time, proof));
        var scope = (await rights.ForAsync(principal, context.RequestAborted))!.Scope;
        var access = context.RequestServices.GetRequiredService<CaseAccess>();
        return await access.WidenAsync(scope, context.RequestAborted);
    }

    /// <summary>What a ticket of this moment remembers.</summary>
    public static AuthenticationProperties Began(TimeProvider time, Proof proof) => new()
    {
        Items =
        {
            [SignedInAt] = time.GetUtcNow().ToString("O", CultureInfo.InvariantCulture),
            [SessionId] = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16)),
            [ProvedAt] = proof.At?.ToString("O", CultureInfo.InvariantCulture),
            [Method] = proof.Method,
        },
    };

    /// <summary>The proof of this request's session; null without one.</summary>
    public static Proof? ProofOf(HttpContext context)
    {
        var ticket = context.Features.Get<IAuthenticateResultFeature>()?.AuthenticateResult?.Properties;
        if (context.User.Identity?.AuthenticationType != Scheme || ticket?.Items is not { } items) return null;
        var proved = items.TryGetValue(ProvedAt, out var text)
            && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, out var at) ? at : (DateTimeOffset?)null;
        return new Proof(proved, items.TryGetValue(Method, out var method) ? method ?? "" : "");
    }

    static async Task<Ok<Me>> WhoAmIAsync(HttpContext context, ProductDbFactory databases, TimeProvider time) =>
        TypedResults.Ok(await MeAsync(databases, context.Scope(), EndOf(context, time)));

    static async Task<bool> IsEndedAsync(CookieValidatePrincipalContext context) =>
        !context.Properties.Items.TryGetValue(SessionId, out var id) || id is null
        || await context.HttpContext.RequestServices.GetRequiredService<EndedSessions>()
            .HasAsync(id, context.HttpContext.RequestAborted);

    static async Task<NoContent> SignOutAsync(HttpContext context)
    {
        // A copy of the cookie must be worth nothing: the session ends on the server, not in the browser alone.
        var ticket = context.Features.Get<IAuthenticateResultFeature>()?.AuthenticateResult?.Properties;
        if (ticket?.Items.TryGetValue(SessionId, out var id) == true && id is not null)
            await context.RequestServices.GetRequiredService<EndedSessions>().EndAsync(id, context.RequestAborted);
        await context.SignOutAsync(Scheme);
        return TypedResults.NoContent();
    }

    static bool IsInBackground(HttpContext context) =>
        context.Request.Headers.ContainsKey(BackgroundHeader)
        || context.Request.Path.StartsWithSegments("/api/events", StringComparison.Ordinal);

    // A request made by hand has just moved the end; one in the background tells it as it stands.
    static DateTimeOffset EndOf(HttpContext context, TimeProvider time)
    {
        var ticket = context.Features.Get<IAuthenticateResultFeature>()?.AuthenticateResult?.Properties;
        var idle = time.GetUtcNow() + IdleLimit;
        if (ticket is null) return idle;
        if (IsInBackground(context) && ticket.ExpiresUtc is { } unchanged) idle = unchanged;
        return ticket.Items.TryGetValue(SignedInAt, out var text)
            && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, out var began)
            && began + AbsoluteLimit < idle
            ? began + AbsoluteLimit
            : idle;
    }

    static async Task<Me> MeAsync(ProductDbFactory databases, Scope scope, DateTimeOffset expiresAt)
    {
        await using var db = databases.Create();
        var name = await db.Users.Where(row => row.UserName == scope.User)
            .Select(row => row.DisplayName).SingleAsync();
        var absent = scope.ActsFor.Select(person => person.User).ToArray();
        var represented = await (
            from absence in db.Absences
            join account in db.Users on absence.UserName equals account.UserName
            where absence.Substitute == scope.User && absence.State == AbsenceState.Accepted
                && absent.Contains(absence.UserName)
            orderby absence.To
            select new Represented(absence.UserName, account.DisplayName, absence.To)).ToListAsync();
        return new Me(
            scope.User, name, scope.Groups, scope.EngineAll, InitialsOf(name),
            [.. represented.DistinctBy(person => person.UserName)], expiresAt);
    }

    /// <summary>First letters of the first and the last word of a name; what follows a comma is the job.</summary>
    public static string InitialsOf(string name)
    {
        var words = name.Split(',')[0].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return words switch
        {
            [] => "?",
            [var only] => only[..1].ToUpper(Polish),
            [var first, .., var last] => (first[..1] + last[..1]).ToUpper(Polish),
        };
    }

    static readonly CultureInfo Polish = CultureInfo.GetCultureInfo("pl-PL");

    public sealed record NewPassword(string? Current, string? Next);

    /// <summary>Her other sessions and remembered credentials end; this one goes on under the new password.</summary>
    static async Task<IResult> ChangePasswordAsync(
        NewPassword body, HttpContext context, PasswordCheck passwords, SignInLimiter attempts,
        UserManager<Account> accounts, WorkflowEngine engine, ProductDbFactory databases, RightsReader rights,
        TimeProvider time)
    {
        if (!attempts.Allows(context)) return SignInLimiter.Refusal(context);
        var scope = context.Scope();
        if (body.Current is not { Length: > 0 }
            || await passwords.VerifyAsync(scope.User, body.Current) is not { } account)
        {
            attempts.Failed(context);
            return Invalid("current", [accounts.ErrorDescriber.PasswordMismatch().Description]);
        }
        var problems = new List<string>();
        foreach (var rule in accounts.PasswordValidators)
        {
            var checkedBy = await rule.ValidateAsync(accounts, account, body.Next ?? "");
            problems.AddRange(checkedBy.Errors.Select(error => error.Description));
        }
        if (problems.Count > 0) return Invalid("next", [.. problems]);
        var (hash, stamp) = (accounts.PasswordHasher.HashPassword(account, body.Next!), Account.NewStamp());
        var id = account.Id;
        var busy = await engine.RecordAsync(scope, HistoryChain.Accounts, new CommitExtras
        {
            Acts =
            [
                new RecordedAct("PasswordChanged", JsonSerializer.Serialize(new
                {
                    subject = scope.User, before = (object?)null, after = (object?)null,
                })),
            ],
            HostRows = async (commit, ct) =>
            {
                await using var db = databases.On(commit.Connection, commit.Transaction);
                await db.Users.Where(row => row.Id == id).ExecuteUpdateAsync(
                    set => set.SetProperty(row => row.PasswordHash, hash).SetProperty(row => row.SecurityStamp, stamp),
                    ct);
                return null;
            },
        }, context.RequestAborted);
        if (busy is not null) return Problems.Busy(context.Request.Path);
        account.SecurityStamp = stamp;
        if (context.User.Identity?.AuthenticationType == Scheme)
            await BeginAsync(context, account, Methods.Password, databases, rights, time);
        else
            rights.Forget(scope.User);
        return Results.NoContent();
    }

    static ProblemHttpResult Invalid(string field, string[] messages) => Problems.Invalid(
        "Popraw wskazane pola i wyślij ponownie.",
        new Dictionary<string, string[]>(StringComparer.Ordinal) { [field] = messages });
}
