using System.Text.Json;
using Api.Access;
using Workflows.Runtime;
using Workflows.Runtime.Storage;

namespace Api.Orchestration;

/// <param name="Timeout">Milliseconds for which the worker holds the jobs.</param>
/// <param name="FetchVariable">Empty: all variables visible from the job's element.</param>
/// <param name="RequestTimeout">Milliseconds to wait for a first job; 0 = default, negative = do not wait.</param>
public sealed record JobActivationRequest(
    string? Type = null,
    string? Worker = null,
    long? Timeout = null,
    int? MaxJobsToActivate = null,
    IReadOnlyList<string>? FetchVariable = null,
    long? RequestTimeout = null,
    IReadOnlyList<string>? TenantIds = null);

public sealed record JobActivationResult(IReadOnlyList<ActivatedJobResult> Jobs);

/// <param name="Deadline">Milliseconds since 1970.</param>
public sealed record ActivatedJobResult(
    string Type,
    string ProcessDefinitionId,
    int ProcessDefinitionVersion,
    string ElementId,
    IReadOnlyDictionary<string, string> CustomHeaders,
    string Worker,
    int Retries,
    long Deadline,
    JsonElement Variables,
    string TenantId,
    Key JobKey,
    Key ProcessInstanceKey,
    Key ProcessDefinitionKey,
    Key ElementInstanceKey,
    string Kind,
    string ListenerEventType,
    IReadOnlyList<string> Tags);

/// <param name="Result">Belongs to listeners, which do not exist here; ignored.</param>
public sealed record JobCompletionRequest(
    IReadOnlyDictionary<string, JsonElement>? Variables = null, JsonElement? Result = null);

/// <param name="RetryBackOff">Milliseconds until the job is offered again.</param>
public sealed record JobFailRequest(
    int? Retries = null,
    string? ErrorMessage = null,
    long? RetryBackOff = null,
    IReadOnlyDictionary<string, JsonElement>? Variables = null);

public sealed record JobErrorRequest(
    string? ErrorCode = null, string? ErrorMessage = null, IReadOnlyDictionary<string, JsonElement>? Variables = null);

public sealed record JobUpdateRequest(JobChangeset? Changeset = null, long? OperationReference = null);

/// <param name="Timeout">Milliseconds from now.</param>
public sealed record JobChangeset(int? Retries = null, long? Timeout = null);

public sealed record JobSearchResult(
    IReadOnlyDictionary<string, string> CustomHeaders,
    DateTimeOffset? Deadline,
    string ElementId,
    Key ElementInstanceKey,
    DateTimeOffset? EndTime,
    string? ErrorCode,
    string? ErrorMessage,
    bool HasFailedWithRetriesLeft,
    Key JobKey,
    string Kind,
    string ListenerEventType,
    string ProcessDefinitionId,
    Key ProcessDefinitionKey,
    Key ProcessInstanceKey,
    int Retries,
    string State,
    string TenantId,
    string Type,
    string Worker);

/// <summary>Work for job workers. Persons have none: to them jobs do not exist.</summary>
static class Jobs
{
    /// <summary>Jobs of one activation: an answer stays of a bearable size.</summary>
    const int ActivationMax = 1_000;

    public static void Map(IEndpointRouteBuilder v2)
    {
        var jobs = v2.MapGroup("/jobs").WithTags("Jobs");
        jobs.MapPost("/activation", Activate).Body<JobActivationRequest>().Answers<JobActivationResult>()
            .Operation("activateJobs", "Takes jobs of a type, waiting for the first (long polling).", 400, 403, 503);
        jobs.MapPost("/search", SearchAll).Body<SearchQueryRequest>(optional: true)
            .Answers<SearchQueryResponse<JobSearchResult>>().Operation("searchJobs", "Searches jobs.", 400, 403);
        jobs.MapPost("/{jobKey}/completion", Complete).Body<JobCompletionRequest>(optional: true).AnswersNothing()
            .Operation("completeJob", "The work is done.", 400, 404, 409, 503);
        jobs.MapPost("/{jobKey}/failure", Fail).Body<JobFailRequest>(optional: true).AnswersNothing()
            .Operation("failJob", "The work failed; without retries left an incident is raised.", 400, 404, 409, 503);
        jobs.MapPost("/{jobKey}/error", ThrowError).Body<JobErrorRequest>().AnswersNothing()
            .Operation("throwJobError", "Throws a BPMN error that the process can catch.", 400, 404, 409, 503);
        jobs.MapPatch("/{jobKey}", Update).Body<JobUpdateRequest>().AnswersNothing()
            .Operation("updateJob", "Changes the retries or the time left.", 400, 404, 409, 503);
    }

    static async Task<IResult> Activate(HttpContext http, WorkflowEngine engine)
    {
        var scope = http.EngineScope();
        var body = await Json.ReadAsync<JobActivationRequest>(http.Request);
        var type = Requests.Require(body.Type, "type");
        if (body.Timeout is not > 0) throw TooSmall("timeout", body.Timeout);
        if (body.MaxJobsToActivate is not > 0) throw TooSmall("maxJobsToActivate", body.MaxJobsToActivate);
        foreach (var tenant in body.TenantIds ?? []) Requests.RefuseOtherTenant(tenant);
        var jobs = await engine.ActivateJobsAsync(scope, new(
            type,
            body.Worker ?? "",
            Requests.Milliseconds(body.Timeout.Value),
            Math.Min(body.MaxJobsToActivate.Value, ActivationMax),
            [.. body.FetchVariable ?? []],
            Requests.Timeout(body.RequestTimeout)), http.RequestAborted);
        return Json.Ok(new JobActivationResult([.. jobs.Select(ResultOf)]));
    }

    static async Task<IResult> SearchAll(HttpContext http, Queries queries)
    {
        var query = await Search.ReadAsync(http.Request, Queries.JobFields);
        return await Search.AnswerAsync(queries.SearchJobsAsync(http.Scope(), query, http.RequestAborted), ResultOf);
    }

    static async Task<IResult> Complete(HttpContext http, string jobKey, WorkflowEngine engine)
    {
        var (scope, key) = JobOf(http, jobKey);
        var body = await Json.ReadOrDefaultAsync<JobCompletionRequest>(http.Request);
        return Requests.NoContent(await engine.CompleteJobAsync(
            scope, key, Json.Variables(body.Variables), cancellation: http.RequestAborted));
    }

    static async Task<IResult> Fail(HttpContext http, string jobKey, WorkflowEngine engine)
    {
        var (scope, key) = JobOf(http, jobKey);
        var body = await Json.ReadOrDefaultAsync<JobFailRequest>(http.Request);
        return Requests.NoContent(await engine.FailJobAsync(
            scope,
            key,
            Math.Max(0, body.Retries ?? 0),
            body.ErrorMessage ?? "",
            Requests.Milliseconds(body.RetryBackOff ?? 0),
            Json.Variables(body.Variables),
            http.RequestAborted));
    }

    static async Task<IResult> ThrowError(HttpContext http, string jobKey, WorkflowEngine engine)
    {
        var (scope, key) = JobOf(http, jobKey);
        var body = await Json.ReadAsync<JobErrorRequest>(http.Request);
        var code = Requests.Require(body.ErrorCode, "errorCode");
        return Requests.NoContent(await engine.ThrowJobErrorAsync(
            scope, key, code, body.ErrorMessage, Json.Variables(body.Variables), cancellation: http.RequestAborted));
    }

    static async Task<IResult> Update(HttpContext http, string jobKey, WorkflowEngine engine)
    {
        var (scope, key) = JobOf(http, jobKey);
        var body = await Json.ReadAsync<JobUpdateRequest>(http.Request);
        Requests.RefuseBadReference(body.OperationReference);
        var (retries, timeout) = (body.Changeset?.Retries, body.Changeset?.Timeout);
        if (retries is null && timeout is null)
        {
            throw ProblemException.InvalidArgument(
                "At least one of [changeset.retries, changeset.timeout] is required.");
        }
        if (retries is < 1) throw TooSmall("changeset.retries", retries);
        if (timeout is < 0) throw TooSmall("changeset.timeout", timeout);
        return Requests.NoContent(await engine.UpdateJobAsync(
            scope, key, retries, timeout is { } given ? Requests.Milliseconds(given) : null, http.RequestAborted));
    }

    static (Scope Scope, long Key) JobOf(HttpContext http, string jobKey)
    {
        var key = Key.Parse(jobKey);
        return http.Scope() is { EngineAll: true } scope ? (scope, key) : throw ProblemException.NotFound("job", key);
    }

    static ProblemException TooSmall(string name, long? value) => ProblemException.InvalidArgument(
        value is null ? $"No {name} provided." : $"The value for {name} is '{value}' but must be > 0.");

    static ActivatedJobResult ResultOf(ActivatedJob job) => new(
        job.Type,
        job.ProcessId,
        job.ProcessVersion,
        job.ElementId,
        Json.TextsByName(job.CustomHeaders),
        job.Worker,
        job.Retries,
        job.Deadline.ToUnixTimeMilliseconds(),
        Json.Element(job.Variables),
        WorkflowDb.DefaultTenant,
        job.Key,
        job.InstanceKey,
        job.DefinitionKey,
        job.ElementInstanceKey,
        "BPMN_ELEMENT",
        "UNSPECIFIED",
        job.Tags.IsDefault ? [] : job.Tags);

    static JobSearchResult ResultOf(JobView view)
    {
        var job = view.Job;
        return new(
            Json.TextsByName(job.CustomHeaders),
            job.LeaseUntil,
            job.ElementId,
            job.ElementInstanceKey,
            job.EndedAt,
            job.ErrorCode,
            job.ErrorMessage,
            view.FailedWithRetriesLeft,
            job.Key,
            view.Kind,
            view.ListenerEventType,
            job.ProcessId,
            job.ProcessDefinitionKey,
            job.ProcessInstanceKey,
            job.Retries,
            job.State,
            job.TenantId,
            job.Type,
            job.Worker ?? "");
    }
}
