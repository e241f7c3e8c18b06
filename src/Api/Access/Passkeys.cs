using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Api.Startup;
using Api.Storage;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Workflows.Runtime;

namespace Api.Access;

/// <summary>
/// Signing in with a passkey (W3C Web Authentication, level 3) and one's own passkeys. The ceremonies are ASP.NET Core
/// Identity's; what was asked is remembered in a sealed cookie, so that any node can take the answer.
/// </summary>
/// <remarks>
/// A credential is the JSON of the browser's <c>PublicKeyCredential.toJSON()</c>; options are what
/// <c>PublicKeyCredential.parseCreationOptionsFromJSON</c> and <c>parseRequestOptionsFromJSON</c> read.
/// </remarks>
public static class Passkeys
{
    const string StateCookie = "workflowhost-passkey";
    const string Purpose = "passkey v1";
    const int NameLengthMax = 60;

    /// <summary>More devices than a person has.</summary>
    const int PerAccountMax = 20;

    static readonly TimeSpan StateLifetime = TimeSpan.FromMinutes(5);

    /// <param name="Id">Base64url, as the browser names it.</param>
    public sealed record Passkey(string Id, string Name, DateTimeOffset CreatedAt);

    public sealed record Registration(string? Name, JsonElement Credential);

    public static void AddPasskeys(this IServiceCollection services, Settings settings)
    {
        services.AddScoped<IPasskeyHandler<Account>, PasskeyHandler<Account>>();
        services.Configure<IdentityPasskeyOptions>(options =>
        {
            options.ServerDomain = settings.PasskeyDomain;
            // The passkey alone signs in: it must be found without a name, and ask for finger, face or PIN.
            options.ResidentKeyRequirement = "required";
            options.UserVerificationRequirement = "required";
            options.AttestationConveyancePreference = "none";
            options.AuthenticatorTimeout = StateLifetime;
        });
    }

    public static void MapPasskeys(this IEndpointRouteBuilder routes)
    {
        var session = routes.MapGroup("/api/session/passkey").WithTags("Session").AllowAnonymous();
        session.MapPost("/options", SignInOptionsAsync);
        session.MapPost("", SignInAsync);
        var own = routes.MapGroup("/api/account/passkeys").WithTags("Session");
        own.MapGet("", ListAsync);
        own.MapPost("/options", CreationOptionsAsync);
        own.MapPost("", AddAsync);
        own.MapDelete("/{id}", RemoveAsync);
    }

    // ---- signing in -----------------------------------------------------------------------------------------------

    static async Task<IResult> SignInOptionsAsync(HttpContext http, IPasskeyHandler<Account> passkeys)
    {
        // Nobody is named: the options are the same for everybody and tell nothing about accounts.
        var options = await passkeys.MakeRequestOptionsAsync(user: null, http);
        Remember(http, "get", options.AssertionState ?? "");
        return Results.Text(options.RequestOptionsJson, "application/json");
    }

    static async Task<IResult> SignInAsync(
        JsonElement credential, HttpContext http, IPasskeyHandler<Account> passkeys, UserManager<Account> accounts,
        SignInLimiter attempts, ProductDbFactory databases, RightsReader rights, TimeProvider time)
    {
        if (!attempts.Allows(http)) return SignInLimiter.Refusal(http);
        var result = Recall(http, "get") is { } state
            ? await passkeys.PerformAssertionAsync(new PasskeyAssertionContext
            {
                HttpContext = http,
                CredentialJson = credential.GetRawText(),
                AssertionState = state,
            })
            : null;
        if (result is not { Succeeded: true, User: { Disabled: false } account }
            || await accounts.IsLockedOutAsync(account))
        {
            attempts.Failed(http);
            return Problems.Of(
                401, "Unauthorized", "Nie udało się zalogować kluczem dostępu. Spróbuj ponownie albo użyj hasła.",
                http.Request.Path);
        }
        // The counter of the authenticator moves on: the same answer again is refused.
        await accounts.AddOrUpdatePasskeyAsync(account, result.Passkey);
        return Results.Ok(await Session.BeginAsync(
            http, account, Session.Methods.Passkey, databases, rights, time));
    }

    // ---- one's own passkeys ---------------------------------------------------------------------------------------

    static async Task<IResult> ListAsync(HttpContext http, UserManager<Account> accounts)
    {
        var found = await accounts.GetPasskeysAsync(await OwnAsync(http, accounts));
        return Results.Ok(found.OrderBy(passkey => passkey.CreatedAt).Select(passkey => new Passkey(
            Base64Url.EncodeToString(passkey.CredentialId), passkey.Name ?? "", passkey.CreatedAt)));
    }

    // A passkey is worth both factors: an open session alone must not be enough to make one.
    static async Task<IResult> CreationOptionsAsync(
        SecondFactors.WithPassword? body, HttpContext http, IPasskeyHandler<Account> passkeys,
        UserManager<Account> accounts, PasswordCheck passwords, SignInLimiter attempts, ProofOfPerson proof)
    {
        var account = await OwnAsync(http, accounts);
        if (account.PasswordHash is null && !proof.IsFresh(Session.ProofOf(http)?.At))
        {
            return Problems.Of(
                403, "FORBIDDEN", "Od zalogowania minęło ponad 10 minut. Zaloguj się jeszcze raz i dodaj klucz.",
                http.Request.Path);
        }
        if (account.PasswordHash is not null
            && await SecondFactors.RefuseStrangerAsync(http, body?.Password, passwords, attempts) is { } refusal)
            return refusal;
        var options = await passkeys.MakeCreationOptionsAsync(
            new PasskeyUserEntity
            {
                Id = account.Id,
                Name = account.UserName!,
                DisplayName = account.DisplayName,
            },
            http);
        Remember(http, "create:" + account.Id, options.AttestationState ?? "");
        return Results.Text(options.CreationOptionsJson, "application/json");
    }

    static async Task<IResult> AddAsync(
        Registration body, HttpContext http, IPasskeyHandler<Account> passkeys, UserManager<Account> accounts,
        WorkflowEngine engine, ProductDbFactory databases)
    {
        var account = await OwnAsync(http, accounts);
        var name = body.Name?.Trim() is { Length: > 0 } given ? given : "Klucz dostępu";
        if (name.Length > NameLengthMax) return Refused($"Nazwa klucza może mieć do {NameLengthMax} znaków.");
        if ((await accounts.GetPasskeysAsync(account)).Count >= PerAccountMax)
            return Refused($"Można mieć do {PerAccountMax} kluczy. Usuń ten, którego już nie używasz.");
        var result = body.Credential.ValueKind == JsonValueKind.Object
            && Recall(http, "create:" + account.Id) is { } state
            ? await passkeys.PerformAttestationAsync(new PasskeyAttestationContext
            {
                HttpContext = http,
                CredentialJson = body.Credential.GetRawText(),
                AttestationState = state,
            })
            : null;
        if (result is not { Succeeded: true, Passkey: { } made })
            return Refused("Nie udało się dodać klucza. Zacznij jeszcze raz i dokończ w ciągu pięciu minut.");
        made.Name = name;
        var id = Base64Url.EncodeToString(made.CredentialId);
        var row = new IdentityUserPasskey<string>
        {
            UserId = account.Id,
            CredentialId = made.CredentialId,
            Data = new IdentityPasskeyData
            {
                PublicKey = made.PublicKey,
                Name = made.Name,
                CreatedAt = made.CreatedAt,
                SignCount = made.SignCount,
                Transports = made.Transports,
                IsUserVerified = made.IsUserVerified,
                IsBackupEligible = made.IsBackupEligible,
                IsBackedUp = made.IsBackedUp,
                AttestationObject = made.AttestationObject,
                ClientDataJson = made.ClientDataJson,
            },
        };
        var busy = await RecordAsync(engine, http, "PasskeyAdded", id, databases, (db, ct) =>
        {
            db.Add(row);
            return db.SaveChangesAsync(ct);
        });
        return busy is null ? Results.Ok(new Passkey(id, name, made.CreatedAt)) : Problems.Busy(http.Request.Path);
    }

    static async Task<IResult> RemoveAsync(
        string id, HttpContext http, UserManager<Account> accounts, WorkflowEngine engine, ProductDbFactory databases)
    {
        var account = await OwnAsync(http, accounts);
        var found = Base64Url.IsValid(id)
            ? await accounts.GetPasskeyAsync(account, Base64Url.DecodeFromChars(id))
            : null;
        if (found is null) return Problems.Of(404, "NOT_FOUND", "Nie ma takiego klucza.", http.Request.Path);
        var (owner, key) = (account.Id, found.CredentialId);
        var busy = await RecordAsync(engine, http, "PasskeyRemoved", id, databases, (db, ct) =>
            db.Set<IdentityUserPasskey<string>>().Where(row => row.UserId == owner && row.CredentialId == key)
                .ExecuteDeleteAsync(ct));
        return busy is null ? Results.NoContent() : Problems.Busy(http.Request.Path);
    }

    /// <summary>The rows and the act, together or not at all.</summary>
    static Task<EngineAnswer.Rejected?> RecordAsync(
        WorkflowEngine engine, HttpContext http, string act, string passkey, ProductDbFactory databases,
        Func<ProductDb, CancellationToken, Task<int>> write)
    {
        var scope = http.Scope();
        return engine.RecordAsync(scope, HistoryChain.Accounts, new CommitExtras
        {
            Acts =
            [
                new RecordedAct(act, JsonSerializer.Serialize(new
                {
                    subject = scope.User, before = (object?)null, after = new { passkey },
                })),
            ],
            HostRows = async (commit, ct) =>
            {
                await using var db = databases.On(commit.Connection, commit.Transaction);
                await write(db, ct);
                return null;
            },
        }, http.RequestAborted);
    }

    static async Task<Account> OwnAsync(HttpContext http, UserManager<Account> accounts) =>
        await accounts.FindByNameAsync(http.Scope().User)
        ?? throw new InvalidOperationException("Expected the account of the signed-in person.");

    static ProblemHttpResult Refused(string message) => Problems.Invalid(
        message, new Dictionary<string, string[]>(StringComparer.Ordinal) { ["passkey"] = [message] });

    // ---- what was asked -------------------------------------------------------------------------------------------

    static void Remember(HttpContext http, string ceremony, string state) => http.Response.Cookies.Append(
        StateCookie, Protector(http).Protect(ceremony + "\n" + state, StateLifetime), new CookieOptions
        {
            HttpOnly = true,
            SameSite = SameSiteMode.Strict,
            Secure = http.Request.IsHttps,
            MaxAge = StateLifetime,
            Path = "/api",
            IsEssential = true,
        });

    /// <summary>What was asked for this ceremony, once; null when nothing was, or too long ago.</summary>
    static string? Recall(HttpContext http, string ceremony)
    {
        if (http.Request.Cookies[StateCookie] is not { Length: > 0 } cookie) return null;
        http.Response.Cookies.Delete(StateCookie, new CookieOptions { Path = "/api" });
        try
        {
            var text = Protector(http).Unprotect(cookie);
            return text.StartsWith(ceremony + "\n", StringComparison.Ordinal) ? text[(ceremony.Length + 1)..] : null;
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    static ITimeLimitedDataProtector Protector(HttpContext http) => http.RequestServices
        .GetRequiredService<IDataProtectionProvider>().CreateProtector(Purpose).ToTimeLimitedDataProtector();
}
