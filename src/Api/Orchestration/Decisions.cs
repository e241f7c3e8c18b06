using System.Text;
using Api.Access;
using Workflows.Runtime.Storage;

namespace Api.Orchestration;

public sealed record DecisionDefinitionResult(
    string DecisionDefinitionId,
    string? Name,
    int Version,
    string DecisionRequirementsId,
    string TenantId,
    Key DecisionDefinitionKey,
    Key DecisionRequirementsKey);

public sealed record DecisionRequirementsResult(
    string? DecisionRequirementsName,
    int Version,
    string DecisionRequirementsId,
    string ResourceName,
    string TenantId,
    Key DecisionRequirementsKey);

/// <summary>Deployed decisions, and the DMN files that hold them (decision requirements).</summary>
static class Decisions
{
    public static void Map(IEndpointRouteBuilder v2)
    {
        var decisions = v2.MapGroup("/decision-definitions").WithTags("Decisions");
        decisions.MapPost("/search", SearchDefinitions).Body<SearchQueryRequest>(optional: true)
            .Answers<SearchQueryResponse<DecisionDefinitionResult>>()
            .Operation("searchDecisionDefinitions", "Searches deployed decisions.", 400, 403);
        decisions.MapGet("/{decisionDefinitionKey}", GetDefinition).Answers<DecisionDefinitionResult>()
            .Operation("getDecisionDefinition", "One deployed decision.", 400, 403, 404);
        decisions.MapGet("/{decisionDefinitionKey}/xml", GetDefinitionXml).Produces<string>(200, "text/xml")
            .Operation("getDecisionDefinitionXml", "The DMN file that holds the decision.", 400, 403, 404);
        var requirements = v2.MapGroup("/decision-requirements").WithTags("Decisions");
        requirements.MapPost("/search", SearchRequirements).Body<SearchQueryRequest>(optional: true)
            .Answers<SearchQueryResponse<DecisionRequirementsResult>>()
            .Operation("searchDecisionRequirements", "Searches deployed DMN files.", 400, 403);
        requirements.MapGet("/{decisionRequirementsKey}", GetRequirements).Answers<DecisionRequirementsResult>()
            .Operation("getDecisionRequirements", "One deployed DMN file.", 400, 403, 404);
        requirements.MapGet("/{decisionRequirementsKey}/xml", GetRequirementsXml).Produces<string>(200, "text/xml")
            .Operation("getDecisionRequirementsXml", "The DMN file as it was deployed.", 400, 403, 404);
    }

    static async Task<IResult> SearchDefinitions(HttpContext http, Queries queries)
    {
        var query = await Search.ReadAsync(http.Request, Queries.DecisionDefinitionFields);
        return await Search.AnswerAsync(
            queries.SearchDecisionDefinitionsAsync(http.Scope(), query, http.RequestAborted), ResultOf);
    }

    static async Task<IResult> GetDefinition(HttpContext http, string decisionDefinitionKey, Queries queries) =>
        Json.Ok(ResultOf(await FindDefinitionAsync(http, Key.Parse(decisionDefinitionKey), queries)));

    static async Task<IResult> GetDefinitionXml(HttpContext http, string decisionDefinitionKey, Queries queries)
    {
        var found = await FindDefinitionAsync(http, Key.Parse(decisionDefinitionKey), queries);
        return await XmlAsync(http, await FindRequirementsAsync(http, found.DecisionRequirementsKey, queries), queries);
    }

    static async Task<IResult> SearchRequirements(HttpContext http, Queries queries)
    {
        var query = await Search.ReadAsync(http.Request, Queries.DecisionRequirementsFields);
        return await Search.AnswerAsync(
            queries.SearchDecisionRequirementsAsync(http.Scope(), query, http.RequestAborted), ResultOf);
    }

    static async Task<IResult> GetRequirements(HttpContext http, string decisionRequirementsKey, Queries queries) =>
        Json.Ok(ResultOf(await FindRequirementsAsync(http, Key.Parse(decisionRequirementsKey), queries)));

    static async Task<IResult> GetRequirementsXml(HttpContext http, string decisionRequirementsKey, Queries queries) =>
        await XmlAsync(http, await FindRequirementsAsync(http, Key.Parse(decisionRequirementsKey), queries), queries);

    static async Task<IResult> XmlAsync(HttpContext http, DecisionRequirementsRow requirements, Queries queries)
    {
        var xml = await queries.ContentAsync(http.Scope(), requirements.ResourceKey, http.RequestAborted) ?? [];
        return Results.Text(Encoding.UTF8.GetString(xml), "text/xml", Encoding.UTF8);
    }

    static async Task<DecisionDefinitionRow> FindDefinitionAsync(HttpContext http, long key, Queries queries) =>
        await queries.DecisionDefinitionAsync(http.Scope(), key, http.RequestAborted) ??
        throw ProblemException.NotFound("decision definition", key);

    static async Task<DecisionRequirementsRow> FindRequirementsAsync(HttpContext http, long key, Queries queries) =>
        await queries.DecisionRequirementsAsync(http.Scope(), key, http.RequestAborted) ??
        throw ProblemException.NotFound("decision requirements", key);

    static DecisionDefinitionResult ResultOf(DecisionDefinitionRow d) => new(
        d.DecisionId, d.Name, d.Version, d.DecisionRequirementsId, d.TenantId, d.Key, d.DecisionRequirementsKey);

    static DecisionRequirementsResult ResultOf(DecisionRequirementsRow d) =>
        new(d.Name, d.Version, d.DecisionRequirementsId, d.ResourceName, d.TenantId, d.Key);
}
