namespace Api.Access;

/// <summary>What every answer tells the browser: nothing of others may run here, be framed here or read this.</summary>
public static class SecurityHeaders
{
    /// <summary>
    /// The pages of the product. No inline script and no inline style sheet; style attributes are what bpmn-js and
    /// form-js set on the elements they draw, their icons and fonts are data of their style sheets. A printed document
    /// is shown from the memory of the page, under the policy of the page: its style sheet is named here too.
    /// </summary>
    static readonly string PagePolicy =
        "default-src 'self'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; " +
        $"style-src-elem 'self' {Documents.DocumentHtml.StyleSource}; " +
        "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'none'; " +
        "form-action 'self'; frame-ancestors 'none'";

    /// <summary>Answers of the interfaces are data: opened as a page they may do nothing at all.</summary>
    const string DataPolicy = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    const string Permissions =
        "accelerometer=(), browsing-topics=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), " +
        "magnetometer=(), microphone=(), midi=(), payment=(), usb=(), publickey-credentials-create=(self), " +
        "publickey-credentials-get=(self)";

    /// <summary>One year, and the names below: the centre's host is reached by https only.</summary>
    const string TransportSecurity = "max-age=31536000; includeSubDomains";

    public static void UseSecurityHeaders(this WebApplication app)
    {
        var development = app.Environment.IsDevelopment();
        app.Use((context, next) =>
        {
            // Set when the answer begins: an error page starts with a clean answer, and these belong on it too.
            context.Response.OnStarting(() =>
            {
                Add(context, development);
                return Task.CompletedTask;
            });
            return next(context);
        });
    }

    static void Add(HttpContext context, bool development)
    {
        var headers = context.Response.Headers;
        var isData = IsData(context.Request.Path);
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        // One page is made to be framed by Teams, and says so itself (Notifications/Teams.cs).
        if (!headers.ContentSecurityPolicy.ToString().Contains("frame-ancestors https:", StringComparison.Ordinal))
            headers.XFrameOptions = "DENY";
        // A printed document brings a policy of its own, which allows its one style sheet.
        if (headers.ContentSecurityPolicy.Count == 0)
            headers.ContentSecurityPolicy = isData ? DataPolicy : PagePolicy;
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers["Permissions-Policy"] = Permissions;
        if (!development) headers.StrictTransportSecurity = TransportSecurity;
        if (isData) headers.CacheControl = "no-store";
    }

    static bool IsData(PathString path) =>
        path.StartsWithSegments("/api", StringComparison.Ordinal)
        || path.StartsWithSegments("/v2", StringComparison.Ordinal);
}
