using Api.Access;
using Workflows.Runtime;
using Workflows.Runtime.Storage;

namespace Api.Orchestration;

public sealed record IncidentResult(
    string ProcessDefinitionId,
    string ErrorType,
    string ErrorMessage,
    string ElementId,
    DateTimeOffset CreationTime,
    string State,
    string TenantId,
    Key IncidentKey,
    Key ProcessDefinitionKey,
    Key ProcessInstanceKey,
    Key ElementInstanceKey,
    Key? JobKey);

public sealed record IncidentResolutionRequest(long? OperationReference = null);

static class Incidents
{
    public static void Map(IEndpointRouteBuilder v2)
    {
        var incidents = v2.MapGroup("/incidents").WithTags("Incidents");
        incidents.MapPost("/search", SearchAll).Body<SearchQueryRequest>(optional: true)
            .Answers<SearchQueryResponse<IncidentResult>>()
            .Operation("searchIncidents", "Searches incidents.", 400, 403);
        incidents.MapGet("/{incidentKey}", Get).Answers<IncidentResult>()
            .Operation("getIncident", "One incident.", 400, 403, 404);
        incidents.MapPost("/{incidentKey}/resolution", Resolve).Body<IncidentResolutionRequest>(optional: true)
            .AnswersNothing()
            .Operation(
                "resolveIncident", "The cause is repaired: goes on where execution stopped.", 400, 403, 404, 409, 503);
    }

    static async Task<IResult> SearchAll(HttpContext http, Queries queries)
    {
        var query = await Search.ReadAsync(http.Request, Queries.IncidentFields);
        return await Search.AnswerAsync(
            queries.SearchIncidentsAsync(http.Scope(), query, http.RequestAborted), ResultOf);
    }

    static async Task<IResult> Get(HttpContext http, string incidentKey, Queries queries)
    {
        var key = Key.Parse(incidentKey);
        var found = await queries.IncidentAsync(http.Scope(), key, http.RequestAborted) ??
            throw ProblemException.NotFound("incident", key);
        return Json.Ok(ResultOf(found));
    }

    static async Task<IResult> Resolve(HttpContext http, string incidentKey, WorkflowEngine engine, Queries queries)
    {
        var key = Key.Parse(incidentKey);
        var body = await Json.ReadOrDefaultAsync<IncidentResolutionRequest>(http.Request);
        Requests.RefuseBadReference(body.OperationReference);
        var scope = await http.EngineScopeAsync(
            "incident", key, s => queries.IncidentAsync(s, key, http.RequestAborted));
        return Requests.NoContent(await engine.ResolveIncidentAsync(scope, key, http.RequestAborted));
    }

    public static IncidentResult ResultOf(IncidentRow i) => new(
        i.ProcessId,
        i.ErrorType,
        i.ErrorMessage,
        i.ElementId,
        i.CreatedAt,
        i.State,
        i.TenantId,
        i.Key,
        i.ProcessDefinitionKey,
        i.ProcessInstanceKey,
        i.ElementInstanceKey,
        Key.Of(i.JobKey));
}
