using Api.Startup;
using Api.Storage;
using Api.UseCases;
using MediatR;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.OAuth;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;
using Workflows.Runtime;
using Scope = Workflows.Runtime.Scope;

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
    /// <param name="Reason">For the second person, who lets a new link happen.</param>
    public sealed record Link(string? ObjectId, string? Reason);

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
        string userName, Link body, HttpContext http, IMediator mediator, CancellationToken ct)
    {
        var result = await mediator.Send(new LinkLogin(http.Scope(), userName, body.ObjectId, body.Reason), ct);
        return result.ToResult(answer => Results.Ok(answer));
    }

    /// <summary>Null when the account now belongs to the person of the directory.</summary>
    internal static async Task<Change.Refused?> WriteAsync(
        ProductDb db, Account account, string objectId, CancellationToken ct)
    {
        await RemoveAsync(db, account, ct);
        var key = Guid.Parse(objectId).ToString("D");
        if (await db.UserLogins.AnyAsync(row => row.LoginProvider == Provider && row.ProviderKey == key, ct))
        {
            return new Change.Refused(
                EngineRejection.AlreadyExists, "Ta osoba z katalogu jest już połączona z innym kontem.");
        }
        db.UserLogins.Add(new IdentityUserLogin<string>
        {
            LoginProvider = Provider,
            ProviderKey = key,
            ProviderDisplayName = "Microsoft Entra ID",
            UserId = account.Id,
        });
        return null;
    }

    internal static Task<int> RemoveAsync(ProductDb db, Account account, CancellationToken ct) => db.UserLogins
        .Where(row => row.UserId == account.Id && row.LoginProvider == Provider).ExecuteDeleteAsync(ct);
}

/// <summary>
/// Which person of the directory signs in to an account: a second person lets it happen (docs/decisions/0013). Taking
/// the link away needs nobody else, it opens no door.
/// </summary>
[Policy(PolicyAttribute.Administration)]
public sealed record LinkLogin(Scope Scope, string UserName, string? ObjectId, string? Reason)
    : IUseCase<LinkLogin.Answer>, IChecked
{
    /// <param name="Waits">A second person must confirm it first.</param>
    public sealed record Answer(bool Waits);

    public IEnumerable<(string Field, string Message)> Problems()
    {
        if (ObjectId is null) yield break;
        if (!Guid.TryParse(ObjectId, out _))
            yield return ("objectId", "Wpisz identyfikator obiektu z katalogu Entra (Object ID).");
        foreach (var problem in Reasons.Check(Reason)) yield return problem;
    }

    public sealed class Handler(AccountRequests requests, AuditLog audit)
        : IRequestHandler<LinkLogin, UseCaseResult<Answer>>
    {
        public async Task<UseCaseResult<Answer>> Handle(LinkLogin request, CancellationToken cancellationToken)
        {
            if (request.ObjectId is { } objectId)
            {
                var (refused, waits) = await requests.AskForEntraAsync(
                    request.Scope, request.UserName, objectId, request.Reason!, cancellationToken);
                return AccountBook.Result(refused, new Answer(waits));
            }
            var gone = await audit.ChangeAsync(request.Scope, HistoryChain.Accounts, async (db, _, ct) =>
            {
                if (await AccountBook.FindAsync(db, request.UserName, ct) is not { } account)
                    return AccountBook.Unknown(request.UserName);
                await Entra.RemoveAsync(db, account, ct);
                return new Change.Done("LoginUnlinked", request.UserName, null, null);
            }, ct: cancellationToken);
            return AccountBook.Result(gone, new Answer(Waits: false));
        }
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
