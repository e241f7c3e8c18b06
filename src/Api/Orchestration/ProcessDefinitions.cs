using System.Text;
using System.Text.Json;
using Api.Access;
using Workflows.Runtime.Storage;

namespace Api.Orchestration;

public sealed record ProcessDefinitionResult(
    string? Name,
    string ResourceName,
    int Version,
    string? VersionTag,
    string ProcessDefinitionId,
    string TenantId,
    Key ProcessDefinitionKey,
    bool HasStartForm);

public sealed record ProcessElementStatisticsResult(
    string ElementId, int Active, int Canceled, int Incidents, int Completed);

public sealed record ElementStatisticsQueryResult(IReadOnlyList<ProcessElementStatisticsResult> Items);

public sealed record ElementStatisticsQuery(IReadOnlyDictionary<string, JsonElement>? Filter);

static class ProcessDefinitions
{
    public static void Map(IEndpointRouteBuilder v2)
    {
        var definitions = v2.MapGroup("/process-definitions").WithTags("Process definitions");
        definitions.MapPost("/search", SearchAll).Body<SearchQueryRequest>(optional: true)
            .Answers<SearchQueryResponse<ProcessDefinitionResult>>()
            .Operation("searchProcessDefinitions", "Searches deployed processes.", 400, 403);
        definitions.MapGet("/{processDefinitionKey}", Get).Answers<ProcessDefinitionResult>()
            .Operation("getProcessDefinition", "One deployed process.", 400, 403, 404);
        definitions.MapGet("/{processDefinitionKey}/xml", GetXml).Produces<string>(200, "text/xml")
            .Operation("getProcessDefinitionXml", "The BPMN file as it was deployed.", 400, 403, 404);
        definitions.MapGet("/{processDefinitionKey}/form", GetForm).Answers<FormResult>().AnswersNothing()
            .Operation("getStartProcessForm", "204: start events carry no form here.", 400, 403, 404);
        definitions.MapPost("/{processDefinitionKey}/statistics/element-instances", Statistics)
            .Body<ElementStatisticsQuery>(optional: true).Answers<ElementStatisticsQueryResult>()
            .Operation("getProcessDefinitionStatistics", "Counts the instances of each element.", 400, 403);
    }

    static async Task<IResult> SearchAll(HttpContext http, Queries queries)
    {
        var query = await Search.ReadAsync(http.Request, Queries.ProcessDefinitionFields);
        return await Search.AnswerAsync(
            queries.SearchProcessDefinitionsAsync(http.Scope(), query, http.RequestAborted), ResultOf);
    }

    static async Task<IResult> Get(HttpContext http, string processDefinitionKey, Queries queries) =>
        Json.Ok(ResultOf(await FindAsync(http, processDefinitionKey, queries)));

    static async Task<IResult> GetXml(HttpContext http, string processDefinitionKey, Queries queries)
    {
        var found = await FindAsync(http, processDefinitionKey, queries);
        var xml = await queries.ContentAsync(http.Scope(), found.Definition.ResourceKey, http.RequestAborted) ?? [];
        return Results.Text(Encoding.UTF8.GetString(xml), "text/xml", Encoding.UTF8);
    }

    static async Task<IResult> GetForm(HttpContext http, string processDefinitionKey, Queries queries)
    {
        await FindAsync(http, processDefinitionKey, queries);
        return Results.NoContent();
    }

    static async Task<IResult> Statistics(HttpContext http, string processDefinitionKey, Queries queries)
    {
        var key = Key.Parse(processDefinitionKey);
        var body = await Json.ReadObjectAsync(http.Request);
        foreach (var property in body.EnumerateObject().Where(p => p.Name != "filter"))
        {
            throw ProblemException.InvalidArgument($"Unknown request property '{property.Name}'.");
        }
        var filter = Search.Parse(body, Queries.StatisticsFields).Filter;
        var counted = await queries.StatisticsOfDefinitionAsync(http.Scope(), key, filter, http.RequestAborted);
        return Json.Ok(new ElementStatisticsQueryResult([.. counted.Select(ResultOf)]));
    }

    static async Task<ProcessDefinitionView> FindAsync(HttpContext http, string processDefinitionKey, Queries queries)
    {
        var key = Key.Parse(processDefinitionKey);
        return await queries.ProcessDefinitionAsync(http.Scope(), key, http.RequestAborted) ??
            throw ProblemException.NotFound("process definition", key);
    }

    public static ProcessElementStatisticsResult ResultOf(ElementStatistics s) =>
        new(s.ElementId, s.Active, s.Canceled, s.Incidents, s.Completed);

    static ProcessDefinitionResult ResultOf(ProcessDefinitionView view)
    {
        var d = view.Definition;
        return new(d.Name, d.ResourceName, d.Version, d.VersionTag, d.ProcessId, d.TenantId, d.Key, view.HasStartForm);
    }
}
