using System.Text.Json;
using Api.Storage;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Workflows.Runtime;

namespace Api.Access;

/// <summary>
/// Identity's store, with what belongs to a second factor sealed: who reads the database can make no codes.
/// </summary>
public sealed class AccountStore(ProductDb db, Vault vault, IdentityErrorDescriber errors)
    : Microsoft.AspNetCore.Identity.EntityFrameworkCore.UserStore<Account, IdentityRole, ProductDb, string>(db, errors)
{
    const string Table = "account_tokens";

    public override async Task SetTokenAsync(
        Account user, string loginProvider, string name, string? value, CancellationToken cancellationToken)
    {
        var key = await KeyAsync(cancellationToken);
        var sealedValue = value is null
            ? null
            : Convert.ToBase64String(key.Seal(value, Table, RowOf(user, name), "value"));
        await base.SetTokenAsync(user, loginProvider, name, sealedValue, cancellationToken);
    }

    public override async Task<string?> GetTokenAsync(
        Account user, string loginProvider, string name, CancellationToken cancellationToken) =>
        await base.GetTokenAsync(user, loginProvider, name, cancellationToken) is { } box
            ? (await KeyAsync(cancellationToken)).Open(
                Convert.FromBase64String(box), Table, RowOf(user, name), "value")
            : null;

    async Task<CaseKey> KeyAsync(CancellationToken ct) => await vault.FindAsync(Context, Vault.NoCase, ct)
        ?? throw new InvalidOperationException("Expected the general key: the vault is prepared at the start.");

    static string RowOf(Account user, string name) => $"{user.Id}/{name}";
}

/// <summary>
/// A second factor beside the password: codes of an authenticator application (RFC 6238), with recovery codes for a
/// lost phone. A passkey needs none: it is two factors by itself.
/// </summary>
public sealed class SecondFactor(UserManager<Account> accounts, TimeProvider time)
{
    const int RecoveryCodes = 10;
    const string Provider = "WorkflowHost";
    const string LastCode = "LastCode";

    // Where Identity's store keeps the secret and the recovery codes.
    const string OfStore = "[AspNetUserStore]";
    const string KeyName = "AuthenticatorKey";

    /// <summary>The framework accepts a code for some minutes; a second use within them is a replay.</summary>
    static readonly TimeSpan CodeLives = TimeSpan.FromMinutes(5);

    /// <summary>True for a code of the authenticator that was not used yet, or for an unused recovery code.</summary>
    public async Task<bool> VerifyAsync(Account account, string code)
    {
        if (!account.TwoFactorEnabled || account.Disabled || await accounts.IsLockedOutAsync(account)) return false;
        var plain = code.Replace(" ", "", StringComparison.Ordinal).Trim();
        var accepted = plain.Length > 6
            ? (await accounts.RedeemTwoFactorRecoveryCodeAsync(account, plain)).Succeeded
            : await IsFreshAsync(account, plain) && await accounts.VerifyTwoFactorTokenAsync(
                account, TokenOptions.DefaultAuthenticatorProvider, plain);
        if (accepted)
        {
            if (plain.Length <= 6) await accounts.SetAuthenticationTokenAsync(account, Provider, LastCode, Used(plain));
            if (account.AccessFailedCount > 0) await accounts.ResetAccessFailedCountAsync(account);
            return true;
        }
        // A million codes can be tried through: failures count and lock as those of the password do.
        await accounts.AccessFailedAsync(account);
        if (Lockout.For(account.AccessFailedCount) is { } pause)
            await accounts.SetLockoutEndDateAsync(account, time.GetUtcNow() + pause);
        return false;
    }

    public async Task<bool> HasPasskeyAsync(Account account) => (await accounts.GetPasskeysAsync(account)).Count > 0;

    public Task<int> CodesLeftAsync(Account account) => accounts.CountRecoveryCodesAsync(account);

    /// <summary>A new secret, not in force before a code of it was entered.</summary>
    public async Task<string> BeginAsync(Account account)
    {
        // Not ResetAuthenticatorKeyAsync: it changes the security stamp and thereby ends the very session that asks.
        var key = accounts.GenerateNewAuthenticatorKey();
        await accounts.SetAuthenticationTokenAsync(account, OfStore, KeyName, key);
        return key;
    }

    /// <summary>The first code proves that the application has the secret; null when it does not fit.</summary>
    public async Task<IReadOnlyList<string>?> ConfirmAsync(Account account, string code)
    {
        var plain = code.Replace(" ", "", StringComparison.Ordinal).Trim();
        if (await accounts.GetAuthenticatorKeyAsync(account) is null || !await accounts.VerifyTwoFactorTokenAsync(
            account, TokenOptions.DefaultAuthenticatorProvider, plain)) return null;
        var codes = await accounts.GenerateNewTwoFactorRecoveryCodesAsync(account, RecoveryCodes);
        return [.. codes ?? []];
    }

    public async Task ForgetAsync(Account account)
    {
        await accounts.RemoveAuthenticationTokenAsync(account, OfStore, KeyName);
        await accounts.RemoveAuthenticationTokenAsync(account, OfStore, "RecoveryCodes");
    }

    async Task<bool> IsFreshAsync(Account account, string code)
    {
        var last = await accounts.GetAuthenticationTokenAsync(account, Provider, LastCode);
        return last?.Split('@') is not [var used, var at] || used != code
            || time.GetUtcNow() - new DateTimeOffset(long.Parse(at, System.Globalization.CultureInfo.InvariantCulture),
                TimeSpan.Zero) > CodeLives;
    }

    string Used(string code) => string.Create(
        System.Globalization.CultureInfo.InvariantCulture, $"{code}@{time.GetUtcNow().UtcTicks}");
}

/// <summary>
/// What a decision of class high asks for: a sign-in of the last ten minutes of system time, and a second factor. A
/// new passkey of an account without a password asks for the first of them.
/// </summary>
public sealed class ProofOfPerson(UserManager<Account> accounts, SecondFactor factor, TimeProvider time)
{
    public static readonly TimeSpan FreshFor = TimeSpan.FromMinutes(10);

    /// <param name="Password">Must be entered again.</param>
    /// <param name="Code">Can be entered: she has an authenticator.</param>
    /// <param name="Passkey">Can be used instead of both.</param>
    /// <param name="Stale">The sign-in is too old.</param>
    public sealed record Missing(bool Password, bool Code, bool Passkey, bool Stale);

    /// <summary>Null when nothing is missing.</summary>
    public async Task<Missing?> MissingAsync(string userName, Session.Proof proof)
    {
        var fresh = IsFresh(proof.At);
        if (fresh && Session.Methods.HasSecondFactor(proof.Method)) return null;
        var account = (await accounts.FindByNameAsync(userName))!;
        var hasPassword = account.PasswordHash is not null;
        return new Missing(
            !fresh && hasPassword, account.TwoFactorEnabled && (fresh || hasPassword),
            await factor.HasPasskeyAsync(account), !fresh);
    }

    public bool IsFresh(DateTimeOffset? provedAt) => provedAt is { } at && time.GetUtcNow() - at <= FreshFor;
}

/// <summary><c>/api/account/second-factor</c>: one's own authenticator application.</summary>
public static class SecondFactors
{
    const string Path = "/api/account/second-factor";

    public sealed record View(bool Enabled, int RecoveryCodesLeft);

    /// <param name="Key">To be typed into the application, in groups of four.</param>
    /// <param name="Uri"><c>otpauth:</c>, which opens the application on the phone itself.</param>
    public sealed record Begun(string Key, string Uri);

    public sealed record WithPassword(string? Password);

    public sealed record WithCode(string? Code);

    /// <param name="RecoveryCodes">Shown once; each opens once.</param>
    public sealed record Confirmed(IReadOnlyList<string> RecoveryCodes);

    public static void MapSecondFactors(this IEndpointRouteBuilder routes)
    {
        var own = routes.MapGroup(Path).WithTags("Session");
        own.MapGet("", async (HttpContext http, UserManager<Account> accounts, SecondFactor factor) =>
        {
            var account = await OwnAsync(http, accounts);
            return new View(
                account.TwoFactorEnabled, account.TwoFactorEnabled ? await factor.CodesLeftAsync(account) : 0);
        });
        own.MapPost("/begin", BeginAsync);
        own.MapPost("", ConfirmAsync);
        own.MapPost("/removal", RemoveAsync);
    }

    // Whoever found an open session must not put a phone of her own in the place of the owner's.
    internal static async Task<IResult?> RefuseStrangerAsync(
        HttpContext http, string? password, PasswordCheck passwords, SignInLimiter attempts)
    {
        if (!attempts.Allows(http)) return SignInLimiter.Refusal(http);
        if (password is { Length: > 0 } && await passwords.VerifyAsync(http.Scope().User, password) is not null)
            return null;
        attempts.Failed(http);
        return Invalid("password", "Obecne hasło jest nieprawidłowe.");
    }

    static async Task<IResult> BeginAsync(
        WithPassword body, HttpContext http, UserManager<Account> accounts, SecondFactor factor,
        PasswordCheck passwords, SignInLimiter attempts, Startup.Settings settings)
    {
        if (await RefuseStrangerAsync(http, body.Password, passwords, attempts) is { } refusal) return refusal;
        var account = await OwnAsync(http, accounts);
        if (account.TwoFactorEnabled)
        {
            return Problems.Of(
                409, "INVALID_STATE", "Kody z telefonu są już włączone. Żeby zmienić telefon, najpierw je wyłącz.",
                http.Request.Path);
        }
        var key = await factor.BeginAsync(account);
        var label = Uri.EscapeDataString($"{settings.CentreName}:{account.UserName}");
        var issuer = Uri.EscapeDataString(settings.CentreName);
        return Results.Ok(new Begun(
            string.Join(' ', key.Chunk(4).Select(part => new string(part))),
            $"otpauth://totp/{label}?secret={key}&issuer={issuer}&digits=6&period=30"));
    }

    static async Task<IResult> ConfirmAsync(
        WithCode body, HttpContext http, UserManager<Account> accounts, SecondFactor factor, SignInLimiter attempts,
        WorkflowEngine engine, ProductDbFactory databases)
    {
        if (!attempts.Allows(http)) return SignInLimiter.Refusal(http);
        var account = await OwnAsync(http, accounts);
        if (account.TwoFactorEnabled || await factor.ConfirmAsync(account, body.Code ?? "") is not { } codes)
        {
            attempts.Failed(http);
            return Invalid("code", "Ten kod nie pasuje. Sprawdź zegar telefonu i przepisz nowy kod.");
        }
        var busy = await SwitchAsync(http, engine, databases, account.Id, enabled: true);
        return busy ?? Results.Ok(new Confirmed(codes));
    }

    static async Task<IResult> RemoveAsync(
        WithPassword body, HttpContext http, UserManager<Account> accounts, SecondFactor factor,
        PasswordCheck passwords, SignInLimiter attempts, WorkflowEngine engine, ProductDbFactory databases)
    {
        if (await RefuseStrangerAsync(http, body.Password, passwords, attempts) is { } refusal) return refusal;
        var account = await OwnAsync(http, accounts);
        if (!account.TwoFactorEnabled) return Results.NoContent();
        await factor.ForgetAsync(account);
        return await SwitchAsync(http, engine, databases, account.Id, enabled: false) ?? Results.NoContent();
    }

    /// <summary>The switch and the act, together or not at all.</summary>
    static async Task<IResult?> SwitchAsync(
        HttpContext http, WorkflowEngine engine, ProductDbFactory databases, string id, bool enabled)
    {
        var scope = http.Scope();
        var busy = await engine.RecordAsync(scope, HistoryChain.Accounts, new CommitExtras
        {
            Acts =
            [
                new RecordedAct(enabled ? "SecondFactorAdded" : "SecondFactorRemoved", JsonSerializer.Serialize(new
                {
                    subject = scope.User, before = (object?)null, after = (object?)null,
                })),
            ],
            HostRows = async (commit, ct) =>
            {
                await using var db = databases.On(commit.Connection, commit.Transaction);
                await db.Users.Where(row => row.Id == id).ExecuteUpdateAsync(
                    set => set.SetProperty(row => row.TwoFactorEnabled, enabled), ct);
                return null;
            },
        }, http.RequestAborted);
        return busy is null ? null : Problems.Busy(http.Request.Path);
    }

    static async Task<Account> OwnAsync(HttpContext http, UserManager<Account> accounts) =>
        await accounts.FindByNameAsync(http.Scope().User)
        ?? throw new InvalidOperationException("Expected the account of the signed-in person.");

    static ProblemHttpResult Invalid(string field, string message) => Problems.Invalid(
        message, new Dictionary<string, string[]>(StringComparer.Ordinal) { [field] = [message] });
}
