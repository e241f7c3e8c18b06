namespace Api.Startup;

/// <summary>
/// Serves the browser application from <c>wwwroot</c>. Its own addresses (<c>/sprawy/...</c>) exist only in the
/// browser: each of them gets <c>index.html</c>, and the application finds out the rest.
/// </summary>
static class BrowserApplication
{
    const string Index = "/index.html";

    /// <summary>Files with a hash in their name: what they hold never changes.</summary>
    const string Assets = "/assets";

    /// <summary>What belongs to the server; unknown addresses below these are problems, never a page.</summary>
    static readonly string[] OfServer = ["/v2", "/api", "/a", "/openapi", "/health", "/metrics", "/teams"];

    public static void UseBrowserApplication(this WebApplication app)
    {
        if (!app.Environment.WebRootFileProvider.GetFileInfo(Index).Exists)
        {
            app.MapGet("/", StartPage.Get).AllowAnonymous();
            return;
        }
        app.Use((context, next) =>
        {
            if (IsPage(context.Request, app.Environment)) context.Request.Path = Index;
            return next(context);
        });
        app.UseStaticFiles(new StaticFileOptions
        {
            OnPrepareResponse = served => served.Context.Response.Headers.CacheControl =
                served.Context.Request.Path.StartsWithSegments(Assets, StringComparison.Ordinal)
                    ? "public, max-age=31536000, immutable"
                    : "no-cache",
        });
    }

    static bool IsPage(HttpRequest request, IWebHostEnvironment environment)
    {
        var path = request.Path;
        return (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method))
            && !path.StartsWithSegments(Assets, StringComparison.Ordinal)
            && !OfServer.Any(prefix => path.StartsWithSegments(prefix, StringComparison.Ordinal))
            && (path == "/" || !environment.WebRootFileProvider.GetFileInfo(path).Exists);
    }
}
