using System.Text.Json;
using Api.Startup;
using Api.Storage;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.OAuth;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;
using Workflows.Runtime;

namespace Api.Access;

/// <summary>
/// Sign-in through Microsoft Entra ID: authorization code with PKCE (RFC 6749, RFC 7636), the id token checked against
/// the keys of the authority (OpenID Connect Core 3.1.3.7), then our own session. The account must have been linked to
/// the person's object id before; nothing is ever created by signing in.
/// </summary>
public static class Entra
{
    public const string Scheme = "Entra";

    /// <summary>Name of the provider in the stored logins; the key is the object id of the person.</summary>
    public const string Provider = "entra";

    /// <summary>The person is to prove again who she is: the directory's own session may be hours old.</summary>
    const string Again = "again";
    const int AgainAfterSeconds = 600;

    const string SignInPath = "/api/session/entra";
    const string ReturnPath = "/api/session/entra/return";

    /// <summary>Where the page tells that it did not work; the reason is in the log only.</summary>
    const string RefusedPage = "/?signIn=entra-refused";

    public static void AddEntra(this AuthenticationBuilder authentication, EntraSettings settings)
    {
        var authority = $"{settings.Authority}/{Uri.EscapeDataString(settings.TenantId)}";
        authentication.AddOAuth(Scheme, options =>
        {
            options.ClientId = settings.ClientId;
            options.ClientSecret = settings.ClientSecret;
            options.AuthorizationEndpoint = authority + "/oauth2/v2.0/authorize";
            options.TokenEndpoint = authority + "/oauth2/v2.0/token";
            options.CallbackPath = ReturnPath;
            options.SignInScheme = Session.Scheme;
            options.UsePkce = true;
            options.SaveTokens = false;
            options.BackchannelTimeout = TimeSpan.FromSeconds(15);
            options.Scope.Add("openid");
            options.Scope.Add("profile");
            // The answer comes as a top-level page of ours, so nothing has to be sent across sites.
            options.CorrelationCookie.SameSite = SameSiteMode.Lax;
            options.CorrelationCookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
            options.Events.OnCreatingTicket = SignInAsync;
            options.Events.OnRedirectToAuthorizationEndpoint = redirect =>
            {
                var again = redirect.Properties.Items.ContainsKey(Again) ? $"&max_age={AgainAfterSeconds}" : "";
                redirect.Response.Redirect(redirect.RedirectUri + again);
                return Task.CompletedTask;
            };
            options.Events.OnRemoteFailure = failed =>
            {
                failed.HttpContext.RequestServices.GetRequiredService<ILogger<OAuthHandler<OAuthOptions>>>()
                    .LogWarning("Sign-in through Entra refused: {Reason}", failed.Failure?.Message);
                failed.Response.Redirect(RefusedPage);
                failed.HandleResponse();
                return Task.CompletedTask;
            };
        });
        authentication.Services.AddSingleton(new EntraTokens(settings, authority));
    }

    public static void MapEntra(this IEndpointRouteBuilder routes)
    {
        routes.MapGet(SignInPath, (string? returnTo, bool again = false) =>
            {
                var properties = new AuthenticationProperties { RedirectUri = IsOurs(returnTo) ? returnTo : "/" };
                if (again) properties.Items[Again] = "";
                return Results.Challenge(properties, [Scheme]);
            })
            .AllowAnonymous().WithTags("Session");
        routes.MapPut("/api/accounts/{userName}/entra", LinkAsync).WithTags("Accounts");
    }

    /// <param name="ObjectId">Object id of the person in the directory; null takes the link away.</param>
    public sealed record Link(string? ObjectId);

    static async Task SignInAsync(OAuthCreatingTicketContext context)
    {
        var services = context.HttpContext.RequestServices;
        var idToken = context.TokenResponse.Response?.RootElement.TryGetProperty("id_token", out var text) == true
            ? text.GetString()
            : null;
        var (objectId, provedAt) = await services.GetRequiredService<EntraTokens>()
            .PersonOfAsync(idToken, context.HttpContext.RequestAborted);
        var accounts = services.GetRequiredService<UserManager<Account>>();
        var account = await accounts.FindByLoginAsync(Provider, objectId);
        if (account is null || account.Disabled)
            throw new AuthenticationFailureException("No enabled account is linked to this person.");
        var time = services.GetRequiredService<TimeProvider>();
        services.GetRequiredService<RightsReader>().Forget(account.UserName!);
        context.Principal = Session.PrincipalOf(account, Session.Scheme);
        var began = Session.Began(time, new(provedAt, Session.Methods.Entra));
        foreach (var (name, value) in began.Items) context.Properties.Items[name] = value;
    }

    /// <summary>An address of our own pages; anything else would send a person who has just signed in away.</summary>
    static bool IsOurs(string? path) =>
        path is ['/', ..] && !path.StartsWith("//", StringComparison.Ordinal) && !path.Contains('\\');

    static async Task<IResult> LinkAsync(
        string userName, Link body, HttpContext http, ProductDbFactory databases, WorkflowEngine engine)
    {
        var scope = http.Scope();
        if (!scope.EngineAll && !scope.Groups.Contains(Roles.Admin))
            return Problems.Forbidden("Konta łączy administrator.", http.Request.Path);
        if (body.ObjectId is { } given && !Guid.TryParse(given, out _))
        {
            return Problems.Invalid(
                "Popraw wskazane pola i wyślij ponownie.", new Dictionary<string, string[]>(StringComparer.Ordinal)
                {
                    ["objectId"] = ["Wpisz identyfikator obiektu z katalogu Entra (Object ID)."],
                });
        }
        EngineAnswer.Rejected? refused = await engine.RecordAsync(scope, HistoryChain.Accounts, new CommitExtras
        {
            Acts =
            [
                new RecordedAct(
                    "LoginLinked", JsonSerializer.Serialize(new
                    {
                        subject = userName, before = (object?)null, after = new { entra = body.ObjectId },
                    })),
            ],
            HostRows = (commit, ct) => WriteAsync(databases, commit, userName, body.ObjectId, ct),
        }, http.RequestAborted);
        return refused is null
            ? Results.NoContent()
            : Problems.Of(
                refused.Code == EngineRejection.NotFound ? 404 : 409,
                refused.Code == EngineRejection.NotFound ? "NOT_FOUND" : "ALREADY_EXISTS", refused.Message);
    }

    static async Task<EngineAnswer.Rejected?> WriteAsync(
        ProductDbFactory databases, HostCommit commit, string userName, string? objectId, CancellationToken ct)
    {
        await using var db = databases.On(commit.Connection, commit.Transaction);
        var id = await db.Users.Where(row => row.UserName == userName).Select(row => row.Id).SingleOrDefaultAsync(ct);
        if (id is null) return new EngineAnswer.Rejected(EngineRejection.NotFound, "Nie ma takiego konta.");
        await db.UserLogins.Where(row => row.UserId == id && row.LoginProvider == Provider).ExecuteDeleteAsync(ct);
        if (objectId is null) return null;
        var key = Guid.Parse(objectId).ToString("D");
        if (await db.UserLogins.AnyAsync(row => row.LoginProvider == Provider && row.ProviderKey == key, ct))
        {
            return new EngineAnswer.Rejected(
                EngineRejection.AlreadyExists, "Ta osoba z katalogu jest już połączona z innym kontem.");
        }
        db.UserLogins.Add(new IdentityUserLogin<string>
        {
            LoginProvider = Provider,
            ProviderKey = key,
            ProviderDisplayName = "Microsoft Entra ID",
            UserId = id,
        });
        await db.SaveChangesAsync(ct);
        return null;
    }
}

/// <summary>Checks id tokens against the keys the authority publishes, which are read again when they change.</summary>
public sealed class EntraTokens(EntraSettings settings, string authority)
{
    static readonly JsonWebTokenHandler Handler = new() { MapInboundClaims = false };

    readonly ConfigurationManager<OpenIdConnectConfiguration> metadata = new(
        authority + "/v2.0/.well-known/openid-configuration", new OpenIdConnectConfigurationRetriever(),
        new HttpDocumentRetriever { RequireHttps = authority.StartsWith("https:", StringComparison.Ordinal) });

    /// <summary>Object id of the person, and when she proved to the directory who she is (<c>auth_time</c>).</summary>
    /// <exception cref="AuthenticationFailureException">The token is not one of this authority for us, now.</exception>
    public async Task<(string ObjectId, DateTimeOffset? ProvedAt)> PersonOfAsync(string? idToken, CancellationToken ct)
    {
        if (idToken is null) throw new AuthenticationFailureException("The authority sent no id token.");
        var result = await ValidateAsync(idToken, await metadata.GetConfigurationAsync(ct));
        if (result.Exception is SecurityTokenSignatureKeyNotFoundException)
        {
            // The authority has changed its keys since they were read.
            metadata.RequestRefresh();
            result = await ValidateAsync(idToken, await metadata.GetConfigurationAsync(ct));
        }
        if (!result.IsValid || result.SecurityToken is not JsonWebToken token)
            throw new AuthenticationFailureException($"The id token is not valid: {result.Exception?.Message}");
        if (token.GetPayloadValue<string>("tid") != settings.TenantId)
            throw new AuthenticationFailureException("The id token is of another directory.");
        var provedAt = token.TryGetPayloadValue<long>("auth_time", out var seconds)
            ? DateTimeOffset.FromUnixTimeSeconds(seconds)
            : (DateTimeOffset?)null;
        return Guid.TryParse(token.GetPayloadValue<string>("oid"), out var oid)
            ? (oid.ToString("D"), provedAt)
            : throw new AuthenticationFailureException("The id token names nobody.");
    }

    Task<TokenValidationResult> ValidateAsync(string idToken, OpenIdConnectConfiguration known) =>
        Handler.ValidateTokenAsync(idToken, new TokenValidationParameters
        {
            ValidIssuer = known.Issuer,
            ValidAudience = settings.ClientId,
            IssuerSigningKeys = known.SigningKeys,
            ValidAlgorithms = [SecurityAlgorithms.RsaSha256],
            RequireExpirationTime = true,
            RequireSignedTokens = true,
            ClockSkew = TimeSpan.FromMinutes(2),
        });
}
