using System.Globalization;
using System.Threading.RateLimiting;
using Api.Startup;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Api.Access;

/// <summary>
/// Two kinds of callers, two kinds of limits. A person is bounded by requests in a minute (429). A machine client of
/// the engine
/// API is bounded only by calls in flight and gets what Camunda's clients back off on: 503 RESOURCE_EXHAUSTED.
/// </summary>
public static class RequestLimits
{
    public static void AddRequestLimits(this IServiceCollection services, RateLimitSettings settings)
    {
        services.AddSingleton(new SignInLimiter(settings));
        services.AddRateLimiter(options =>
        {
            options.GlobalLimiter = PartitionedRateLimiter.CreateChained(
                PartitionedRateLimiter.Create<HttpContext, string>(context => Partition(context, settings)),
                PartitionedRateLimiter.Create<HttpContext, string>(context => Costly(context, settings)));
            options.OnRejected = (rejected, _) => new ValueTask(RefuseAsync(rejected.HttpContext, rejected.Lease));
        });
    }

    static RateLimitPartition<string> Partition(HttpContext context, RateLimitSettings settings)
    {
        if (context.ScopeOrNull() is not { } scope) return RateLimitPartition.GetNoLimiter("anonymous");
        if (IsMachine(context, scope))
        {
            return RateLimitPartition.GetConcurrencyLimiter("machines", _ => new ConcurrencyLimiterOptions
            {
                PermitLimit = settings.MachineCallsInFlight,
            });
        }
        return PerMinute("person:" + scope.User, settings.PersonPerMinute);
    }

    /// <summary>What costs more than a page has a limit of its own, besides the one of all requests.</summary>
    static RateLimitPartition<string> Costly(HttpContext context, RateLimitSettings settings)
    {
        if (context.ScopeOrNull() is not { } scope
            || !context.Request.Path.StartsWithSegments("/api", StringComparison.Ordinal, out var rest))
        {
            return Unlimited;
        }
        var path = rest.Value ?? "";
        var reads = HttpMethods.IsGet(context.Request.Method);
        if (path.EndsWith("/search", StringComparison.Ordinal)
            || (reads && context.Request.Query["q"].ToString().Length > 0))
        {
            return PerMinute("search:" + scope.User, settings.SearchPerMinute);
        }
        if (!reads && path.EndsWith("/attachments", StringComparison.Ordinal))
            return PerMinute("upload:" + scope.User, settings.UploadPerMinute);
        return path.EndsWith(".pdf", StringComparison.Ordinal) || path.EndsWith(".docx", StringComparison.Ordinal)
            || path.EndsWith("/print", StringComparison.Ordinal)
            ? PerMinute("print:" + scope.User, settings.PrintPerMinute)
            : Unlimited;
    }

    static RateLimitPartition<string> Unlimited => RateLimitPartition.GetNoLimiter("");

    static RateLimitPartition<string> PerMinute(string partition, int permits) =>
        RateLimitPartition.GetFixedWindowLimiter(partition, _ => new FixedWindowRateLimiterOptions
        {
            PermitLimit = permits,
            Window = TimeSpan.FromMinutes(1),
        });

    static bool IsMachine(HttpContext context, Workflows.Runtime.Scope scope) =>
        scope.EngineAll && context.Request.Path.StartsWithSegments("/v2", StringComparison.Ordinal)
        && context.User.Identity?.AuthenticationType != Session.Scheme;

    static Task RefuseAsync(HttpContext context, RateLimitLease lease)
    {
        if (context.ScopeOrNull() is { } scope && IsMachine(context, scope))
        {
            return Problems.Of(
                StatusCodes.Status503ServiceUnavailable, "RESOURCE_EXHAUSTED",
                "Too many calls are in flight; try again after a short pause.", context.Request.Path)
                .ExecuteAsync(context);
        }
        return SignInLimiter.Refusal(context, lease).ExecuteAsync(context);
    }
}

/// <summary>
/// Attempts to sign in from one address in a minute, through the sign-in page and HTTP Basic together.
/// </summary>
public sealed class SignInLimiter(RateLimitSettings settings) : IDisposable
{
    readonly PartitionedRateLimiter<string> attempts = PartitionedRateLimiter.Create<string, string>(
        address => RateLimitPartition.GetFixedWindowLimiter(address, _ => new FixedWindowRateLimiterOptions
        {
            PermitLimit = settings.SignInPerMinute,
            Window = TimeSpan.FromMinutes(1),
        }));

    /// <summary>False when this address has failed too often; the password is not even looked at then.</summary>
    public bool Allows(HttpContext context)
    {
        using var lease = attempts.AttemptAcquire(AddressOf(context), permitCount: 0);
        return lease.IsAcquired;
    }

    /// <summary>Only failures count: a whole office signs in from one address every morning.</summary>
    public void Failed(HttpContext context)
    {
        using var lease = attempts.AttemptAcquire(AddressOf(context));
    }

    static string AddressOf(HttpContext context) => context.Connection.RemoteIpAddress?.ToString() ?? "unknown";

    public static ProblemHttpResult Refusal(HttpContext context, RateLimitLease? lease = null)
    {
        var wait = lease is not null && lease.TryGetMetadata(MetadataName.RetryAfter, out var after)
            ? after
            : TimeSpan.FromMinutes(1);
        context.Response.Headers.RetryAfter =
            Math.Max(1, (int)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        return Problems.Of(
            StatusCodes.Status429TooManyRequests, "RESOURCE_EXHAUSTED",
            "Zbyt wiele żądań w krótkim czasie. Odczekaj chwilę (Retry-After podaje ile sekund) i spróbuj ponownie.",
            context.Request.Path);
    }

    public void Dispose() => attempts.Dispose();
}
