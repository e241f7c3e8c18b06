using Scope = Workflows.Runtime.Scope;

namespace Api.Access;

/// <summary>From the signed-in principal to the <see cref="Scope"/> every query and command asks for.</summary>
public static class HttpScope
{
    static readonly object ItemKey = new();

    /// <summary>
    /// On whose behalf this request runs. Only an endpoint that allows anonymous callers can be without one.
    /// </summary>
    public static Scope Scope(this HttpContext context) =>
        context.ScopeOrNull() ?? throw new InvalidOperationException(
            $"Expected a signed-in caller at {context.Request.Path}: the fallback policy must protect this endpoint.");

    public static Scope? ScopeOrNull(this HttpContext context) => context.Items[ItemKey] as Scope;

    static ValueTask<Scope> WidenAsync(HttpContext context, Scope scope)
    {
        // Machine clients see all and pay nothing; pages and files show no cases, but for those of decisions.
        var path = context.Request.Path;
        var showsCases = path.StartsWithSegments("/api", StringComparison.Ordinal)
            || path.StartsWithSegments("/v2", StringComparison.Ordinal)
            || path.StartsWithSegments(Approvals.ApprovalEndpoints.Prefix, StringComparison.Ordinal);
        return scope.EngineAll || scope.DefinitionsOnly || !showsCases
            ? ValueTask.FromResult(scope)
            : new(context.RequestServices.GetRequiredService<CaseAccess>().WidenAsync(scope, context.RequestAborted));
    }

    /// <summary>
    /// Reads the caller's rights once for the request; credentials that no longer hold make the caller anonymous.
    /// </summary>
    public static IApplicationBuilder UseScope(this IApplicationBuilder app) => app.Use(async (context, next) =>
    {
        if (context.User.Identity is { IsAuthenticated: true })
        {
            var rights = await context.RequestServices.GetRequiredService<RightsReader>()
                .ForAsync(context.User, context.RequestAborted);
            if (rights is null) context.User = new();
            else context.Items[ItemKey] = await WidenAsync(context, rights.Scope);
        }
        await next(context);
    });
}
