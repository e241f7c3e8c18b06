using Api.Access;
using Microsoft.AspNetCore.Mvc;
using Workflows.Runtime;
using Workflows.Runtime.Storage;

namespace Api.Orchestration;

/// <summary>
/// The engine API: paths, bodies, status codes and errors of the Camunda 8 Orchestration Cluster REST API, contract
/// 8.8. Each endpoint reads with <see cref="Queries"/> and changes with <see cref="WorkflowEngine"/>.
/// </summary>
public static class OrchestrationApi
{
    /// <summary>The contract spoken, as clients ask for it in the topology.</summary>
    public const string ContractVersion = "8.8.0";

    /// <summary>JSON bodies: as much as Camunda's default for a message.</summary>
    const int BodyBytesMax = 4 * 1024 * 1024;

    public static IServiceCollection AddOrchestration(this IServiceCollection services) => services
        .AddTransient<IStartupFilter, ProblemsFilter>()
        .AddOpenApi("v1", Contract.Describe);

    public static void MapOrchestration(this IEndpointRouteBuilder app)
    {
        app.MapOpenApi().AllowAnonymous();
        var v2 = app.MapGroup("/v2").RequireAuthorization().WithMetadata(new RequestSizeLimitAttribute(BodyBytesMax))
            .AddEndpointFilter(Problems.Filter);
        Cluster.Map(v2);
        Clock.Map(v2);
        Deployments.Map(v2);
        ProcessDefinitions.Map(v2);
        Decisions.Map(v2);
        ProcessInstances.Map(v2);
        ElementInstances.Map(v2);
        Variables.Map(v2);
        UserTasks.Map(v2);
        Jobs.Map(v2);
        Messages.Map(v2);
        Incidents.Map(v2);
    }

    // The outermost layer, so that errors of authentication and routing become problem bodies, too.
    sealed class ProblemsFilter : IStartupFilter
    {
        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            app.Use(Problems.Middleware);
            next(app);
        };
    }
}

/// <summary>What several endpoints ask of a request.</summary>
static class Requests
{
    /// <summary>How long a request may wait when it does not say.</summary>
    static readonly TimeSpan TimeoutDefault = TimeSpan.FromSeconds(10);

    /// <summary>Longer durations than any process has would overflow the calendar.</summary>
    static readonly TimeSpan DurationMax = TimeSpan.FromDays(36_500);

    /// <summary>Optional: a repeated command with the same key gets the same answer.</summary>
    public static string? IdempotencyKey(this HttpContext http) =>
        http.Request.Headers["Idempotency-Key"].ToString() is { Length: > 0 } key ? key : null;

    /// <summary>The caller, who must have Camunda's admin view: what follows is for machine clients.</summary>
    public static Scope EngineScope(this HttpContext http) => http.Scope() is { EngineAll: true } scope
        ? scope
        : throw ProblemException.Forbidden(
            $"{http.Request.Method} {http.Request.Path} is for clients of the engine, not for persons.");

    /// <summary>Refuses a person: with 404 where she does not see what she wants to change, otherwise with
    /// 403.</summary>
    public static async Task<Scope> EngineScopeAsync<T>(
        this HttpContext http, string what, long key, Func<Scope, Task<T?>> visible) where T : class
    {
        var scope = http.Scope();
        if (!scope.EngineAll && await visible(scope) is null) throw ProblemException.NotFound(what, key);
        return http.EngineScope();
    }

    public static EngineAnswer.Accepted Accepted(EngineAnswer answer) => answer switch
    {
        EngineAnswer.Accepted accepted => accepted,
        EngineAnswer.Rejected rejected => throw ProblemException.From(rejected.Code, rejected.Message),
        _ => throw new InvalidOperationException($"Unexpected answer {answer}."),
    };

    public static IResult NoContent(EngineAnswer answer)
    {
        Accepted(answer);
        return Results.NoContent();
    }

    public static string Require(string? value, string name) =>
        string.IsNullOrWhiteSpace(value) ? throw ProblemException.InvalidArgument($"No {name} provided.") : value;

    /// <summary>There is one tenant; any other name is refused as Camunda does without multi-tenancy.</summary>
    public static void RefuseOtherTenant(string? tenantId)
    {
        if (tenantId is null or "" or WorkflowDb.DefaultTenant) return;
        throw ProblemException.InvalidArgument(
            $"Expected no tenant or '{WorkflowDb.DefaultTenant}', but got '{tenantId}': multi-tenancy is disabled.");
    }

    public static void RefuseBadReference(long? operationReference)
    {
        if (operationReference is < 1)
        {
            throw ProblemException.InvalidArgument(
                $"The value for operationReference is '{operationReference}' but must be > 0.");
        }
    }

    public static TimeSpan Milliseconds(long milliseconds) =>
        milliseconds <= 0 ? TimeSpan.Zero
        : milliseconds >= DurationMax.TotalMilliseconds ? DurationMax
        : TimeSpan.FromMilliseconds(milliseconds);

    /// <summary>Camunda's reading: 0 or nothing is the default, a negative number does not wait.</summary>
    public static TimeSpan Timeout(long? milliseconds) => milliseconds switch
    {
        null or 0 => TimeoutDefault,
        < 0 => TimeSpan.Zero,
        { } given => Milliseconds(given),
    };
}
