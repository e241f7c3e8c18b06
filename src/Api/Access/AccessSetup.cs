using Api.Startup;
using Api.Storage;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.AspNetCore.Identity;

namespace Api.Access;

/// <summary>Who is calling and may they: everything is refused that no rule allows.</summary>
public static class AccessSetup
{
    /// <summary>Chooses between the cookie and HTTP Basic for each request.</summary>
    const string Scheme = "WorkflowHost";

    /// <summary>
    /// Changes made with a cookie must carry this header. A page of another site cannot add it without asking this
    /// server
    /// first (CORS), and this server never agrees: so it cannot act with somebody's cookie.
    /// </summary>
    public const string ChangeHeader = "X-Requested-With";

    /// <summary>Accounts and their storage: also needed where there is no web server.</summary>
    public static void AddAccounts(this IServiceCollection services, Settings settings)
    {
        services.AddIdentityCore<Account>(PasswordRules.Apply)
            .AddRoles<IdentityRole>()
            .AddEntityFrameworkStores<ProductDb>()
            .AddUserStore<AccountStore>()
            .AddTokenProvider<AuthenticatorTokenProvider<Account>>(TokenOptions.DefaultAuthenticatorProvider)
            .AddErrorDescriber<PasswordErrors>()
            .AddPasswordValidator<PasswordRules>();
        services.AddPasskeys(settings);
        services.AddScoped<PasswordCheck>();
        services.AddScoped<SecondFactor>();
        services.AddSingleton<RightsReader>();
        services.AddSingleton(new MasterKey(settings.MasterKey, settings.PreviousMasterKey));
    }

    public static void AddAccess(this IServiceCollection services, Settings settings, bool development)
    {
        services.AddSingleton<VerifiedHeaders>();
        services.AddSingleton<EndedSessions>();
        var authentication = services.AddAuthentication(Scheme)
            .AddPolicyScheme(Scheme, displayName: null, options => options.ForwardDefaultSelector = SchemeFor)
            .AddScheme<AuthenticationSchemeOptions, BasicAuthentication>(
                BasicAuthentication.SchemeName, configureOptions: null)
            .AddCookie(Session.Scheme, options => Session.Configure(options, development));
        if (settings.Entra is { } entra) authentication.AddEntra(entra);
        services.AddAuthorizationBuilder()
            .SetFallbackPolicy(new AuthorizationPolicyBuilder().RequireAuthenticatedUser().Build());
        services.AddDataProtection().SetApplicationName("WorkflowHost");
        services.AddOptions<KeyManagementOptions>().Configure<ProductDbFactory, MasterKey>((options, databases, key) =>
        {
            options.XmlRepository = new KeyRing(databases);
            options.XmlEncryptor = new KeyRingEncryptor(key);
        });
        services.AddAntiforgery(options =>
        {
            options.Cookie.Name = development ? "workflowhost-form" : "__Host-workflowhost-form";
            options.Cookie.SameSite = SameSiteMode.Strict;
            options.Cookie.SecurePolicy = development ? CookieSecurePolicy.SameAsRequest : CookieSecurePolicy.Always;
            options.Cookie.Path = "/";
            options.FormFieldName = Approvals.ApprovalEndpoints.TokenField;
            options.SuppressXFrameOptionsHeader = true;
        });
        services.AddRequestLimits(settings.RateLimits);
        // After whatever the environment says: ASPNETCORE_FORWARDEDHEADERS_ENABLED alone would trust every peer.
        services.PostConfigure<ForwardedHeadersOptions>(options =>
        {
            options.ForwardedHeaders = settings.KnownProxies.Count == 0
                ? ForwardedHeaders.None
                : ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto;
            options.KnownIPNetworks.Clear();
            options.KnownProxies.Clear();
            foreach (var proxy in settings.KnownProxies) options.KnownProxies.Add(proxy);
        });
    }

    /// <summary>
    /// Order matters: who is it, what are the rights now, is the change meant, is it within limits, is it allowed.
    /// </summary>
    public static void UseAccess(this WebApplication app)
    {
        app.UseAuthentication();
        app.UseScope();
        app.Use(RefuseForeignChanges);
        app.UseRateLimiter();
        app.UseAuthorization();
    }

    static string SchemeFor(HttpContext context)
    {
        var path = context.Request.Path;
        if (path.StartsWithSegments("/v2", StringComparison.Ordinal)
            && !context.Request.Headers.ContainsKey("Cookie"))
        {
            return BasicAuthentication.SchemeName;
        }
        return context.Request.Headers.Authorization.ToString().StartsWith("Basic ", StringComparison.OrdinalIgnoreCase)
            ? BasicAuthentication.SchemeName
            : Session.Scheme;
    }

    static Task RefuseForeignChanges(HttpContext context, RequestDelegate next)
    {
        var request = context.Request;
        var changes = !(HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method)
            || HttpMethods.IsOptions(request.Method));
        if (!changes) return next(context);
        // A form of a page without script can send no header of its own: it carries a token instead, checked where it
        // is read. Such a page sends no referrer, and browsers then hide the origin too.
        var isForm = request.Path.StartsWithSegments(Approvals.ApprovalEndpoints.Prefix, StringComparison.Ordinal);
        // A browser remembers HTTP Basic too and would send it for a page of another site.
        if (IsFromAnotherSite(request, isForm))
        {
            return Problems.Forbidden(
                Problems.IsForPeople(request.Path)
                    ? "Strona spoza tego serwera nie może tu niczego zmienić. Otwórz aplikację pod jej adresem i " +
                        "spróbuj ponownie."
                    : "A page of another site may change nothing here.",
                request.Path).ExecuteAsync(context);
        }
        var byCookie = context.User.Identity is { IsAuthenticated: true, AuthenticationType: Session.Scheme };
        if (!byCookie || isForm || request.Headers[ChangeHeader].ToString().Length > 0) return next(context);
        return Problems.Forbidden(
            Problems.IsForPeople(request.Path)
                ? "Ta zmiana nie wyszła ze strony aplikacji i nie została wykonana. Odśwież stronę i spróbuj " +
                    $"ponownie. Program wysyła nagłówek {ChangeHeader}: WorkflowHost."
                : $"A change made with the session cookie must carry the header {ChangeHeader}: WorkflowHost.",
            request.Path).ExecuteAsync(context);
    }

    // What a browser says about the page behind a request; other clients send neither header.
    static bool IsFromAnotherSite(HttpRequest request, bool mayHideOrigin)
    {
        var site = request.Headers["Sec-Fetch-Site"].ToString();
        if (site is "cross-site" or "same-site") return true;
        var origin = request.Headers.Origin.ToString();
        if (mayHideOrigin && origin == "null") return false;
        return origin.Length > 0
            && !(Uri.TryCreate(origin, UriKind.Absolute, out var from) && from.Authority == request.Host.Value);
    }
}
