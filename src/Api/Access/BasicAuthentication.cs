using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace Api.Access;

/// <summary>
/// HTTP Basic (RFC 7617), the credentials existing Camunda clients send when no identity provider is set up.
/// </summary>
public sealed class BasicAuthentication(
    IOptionsMonitor<AuthenticationSchemeOptions> options,
    ILoggerFactory logger,
    UrlEncoder encoder,
    PasswordCheck passwords,
    RightsReader rights,
    VerifiedHeaders verified,
    SignInLimiter attempts) : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    public const string SchemeName = "Basic";
    const int HeaderLengthMax = 1024;

    bool tooMany;

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var header = Request.Headers.Authorization.ToString();
        if (!header.StartsWith("Basic ", StringComparison.OrdinalIgnoreCase)) return AuthenticateResult.NoResult();
        if (verified.Find(header) is { } known)
        {
            if (await rights.ForAsync(known, Context.RequestAborted) is not null) return Success(known);
            verified.Forget(header);
        }
        if (header.Length > HeaderLengthMax || Decode(header) is not ({ Length: > 0 } name, { Length: > 0 } password))
        {
            return AuthenticateResult.Fail("Expected 'Basic' and base64 of 'name:password'.");
        }
        tooMany = !attempts.Allows(Context);
        if (tooMany) return AuthenticateResult.Fail("Too many attempts from this address.");
        if (await passwords.VerifyAsync(name, password) is not { } account)
        {
            attempts.Failed(Context);
            Logger.LogWarning("Sign-in refused for {Address}", Context.Connection.RemoteIpAddress);
            return AuthenticateResult.Fail("Name or password is wrong.");
        }
        var principal = Session.PrincipalOf(account, SchemeName);
        verified.Remember(header, principal);
        return Success(principal);
    }

    protected override async Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        if (tooMany)
        {
            await SignInLimiter.Refusal(Context).ExecuteAsync(Context);
            return;
        }
        Response.Headers.WWWAuthenticate = "Basic realm=\"WorkflowHost\", charset=\"UTF-8\"";
        await Problems.Unauthorized(Request.Path).ExecuteAsync(Context);
    }

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties) =>
        Problems.NotCovered(Request.Path).ExecuteAsync(Context);

    static AuthenticateResult Success(ClaimsPrincipal principal) =>
        AuthenticateResult.Success(new AuthenticationTicket(principal, SchemeName));

    static (string Name, string Password)? Decode(string header)
    {
        if (!AuthenticationHeaderValue.TryParse(header, out var value) || value.Parameter is not { } parameter
            || !Base64.IsValid(parameter))
        {
            return null;
        }
        var text = Encoding.UTF8.GetString(Convert.FromBase64String(parameter));
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? null : (text[..colon], text[(colon + 1)..]);
    }
}

/// <summary>
/// Headers whose password has been checked, so that a client with a thousand calls a second does not pay for a thousand
/// slow hashes. Only an HMAC under a key of this process is kept, for five minutes, and the stamp is still compared
/// each time.
/// </summary>
public sealed class VerifiedHeaders(TimeProvider time)
{
    static readonly TimeSpan RememberedFor = TimeSpan.FromMinutes(5);
    const int RememberedMax = 10_000;

    readonly byte[] key = RandomNumberGenerator.GetBytes(32);
    readonly ConcurrentDictionary<string, (ClaimsPrincipal Principal, long At)> known = new(StringComparer.Ordinal);

    public ClaimsPrincipal? Find(string header) =>
        known.TryGetValue(Mac(header), out var entry) && time.GetElapsedTime(entry.At) < RememberedFor
            ? entry.Principal
            : null;

    public void Remember(string header, ClaimsPrincipal principal)
    {
        if (known.Count >= RememberedMax) known.Clear();
        known[Mac(header)] = (principal, time.GetTimestamp());
    }

    public void Forget(string header) => known.TryRemove(Mac(header), out _);

    string Mac(string header) => Convert.ToBase64String(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(header)));
}
