using System.Text.Json;
using Api.Access;
using Workflows.Runtime;
using Workflows.Runtime.Storage;

namespace Api.Orchestration;

public sealed record ElementInstanceResult(
    string ProcessDefinitionId,
    DateTimeOffset StartDate,
    DateTimeOffset? EndDate,
    string ElementId,
    string ElementName,
    string Type,
    string State,
    bool HasIncident,
    string TenantId,
    Key ElementInstanceKey,
    Key ProcessInstanceKey,
    Key ProcessDefinitionKey,
    Key? IncidentKey);

/// <param name="Local">True: set in this scope. False (default): set where the variable is found going up, else at the
/// root.</param>
public sealed record SetVariableRequest(
    IReadOnlyDictionary<string, JsonElement>? Variables = null, bool? Local = null, long? OperationReference = null);

static class ElementInstances
{
    public static void Map(IEndpointRouteBuilder v2)
    {
        var elements = v2.MapGroup("/element-instances").WithTags("Element instances");
        elements.MapPost("/search", SearchAll).Body<SearchQueryRequest>(optional: true)
            .Answers<SearchQueryResponse<ElementInstanceResult>>()
            .Operation("searchElementInstances", "Searches activations of flow nodes.", 400, 403);
        elements.MapGet("/{elementInstanceKey}", Get).Answers<ElementInstanceResult>()
            .Operation("getElementInstance", "One activation of a flow node.", 400, 403, 404);
        elements.MapPut("/{elementInstanceKey}/variables", SetVariables).Body<SetVariableRequest>().AnswersNothing()
            .Operation("createElementInstanceVariables", "Sets variables of a running scope.", 400, 403, 404, 409, 503);
    }

    static async Task<IResult> SearchAll(HttpContext http, Queries queries)
    {
        var query = await Search.ReadAsync(http.Request, Queries.ElementInstanceFields);
        return await Search.AnswerAsync(
            queries.SearchElementInstancesAsync(http.Scope(), query, http.RequestAborted), ResultOf);
    }

    static async Task<IResult> Get(HttpContext http, string elementInstanceKey, Queries queries)
    {
        var key = Key.Parse(elementInstanceKey);
        var found = await queries.ElementInstanceAsync(http.Scope(), key, http.RequestAborted) ??
            throw ProblemException.NotFound("element instance", key);
        return Json.Ok(ResultOf(found));
    }

    static async Task<IResult> SetVariables(
        HttpContext http, string elementInstanceKey, WorkflowEngine engine, Queries queries)
    {
        var key = Key.Parse(elementInstanceKey);
        var body = await Json.ReadAsync<SetVariableRequest>(http.Request);
        Requests.RefuseBadReference(body.OperationReference);
        if (body.Variables is null) throw ProblemException.InvalidArgument("No variables provided.");
        var scope = await http.EngineScopeAsync(
            "element instance", key, s => queries.ElementInstanceAsync(s, key, http.RequestAborted));
        return Requests.NoContent(await engine.SetVariablesAsync(
            scope, key, Json.Variables(body.Variables), body.Local ?? false, http.RequestAborted));
    }

    static ElementInstanceResult ResultOf(ElementInstanceRow e) => new(
        e.ProcessId,
        e.StartedAt,
        e.EndedAt,
        e.ElementId,
        e.ElementName ?? e.ElementId,
        e.Type,
        e.State,
        e.IncidentKey is not null,
        e.TenantId,
        e.Key,
        e.ProcessInstanceKey,
        e.ProcessDefinitionKey,
        Key.Of(e.IncidentKey));
}
