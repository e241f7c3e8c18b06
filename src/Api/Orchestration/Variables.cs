using Api.Access;
using Workflows.Runtime.Storage;

namespace Api.Orchestration;

/// <param name="Value">JSON text, cut when it is long and the search did not ask for all of it.</param>
/// <param name="IsTruncated">Only in searches.</param>
public sealed record VariableResult(
    string Name, string Value, bool? IsTruncated, string TenantId, Key VariableKey, Key ScopeKey,
    Key ProcessInstanceKey);

static class Variables
{
    public static void Map(IEndpointRouteBuilder v2)
    {
        var variables = v2.MapGroup("/variables").WithTags("Variables");
        variables.MapPost("/search", SearchAll).Body<SearchQueryRequest>(optional: true)
            .Answers<SearchQueryResponse<VariableResult>>()
            .Operation(
                "searchVariables", "Searches variables; long values are cut unless truncateValues=false.", 400, 403);
        variables.MapGet("/{variableKey}", Get).Answers<VariableResult>()
            .Operation("getVariable", "One variable with its whole value.", 400, 403, 404);
    }

    static async Task<IResult> SearchAll(HttpContext http, string? truncateValues, Queries queries)
    {
        var truncate = Truncate(truncateValues);
        var query = await Search.ReadAsync(http.Request, Queries.VariableFields);
        return await Search.AnswerAsync(
            queries.SearchVariablesAsync(http.Scope(), query, http.RequestAborted), v => FoundOf(v, truncate));
    }

    static async Task<IResult> Get(HttpContext http, string variableKey, Queries queries)
    {
        var key = Key.Parse(variableKey);
        var v = await queries.VariableAsync(http.Scope(), key, http.RequestAborted) ??
            throw ProblemException.NotFound("variable", key);
        return Json.Ok(new VariableResult(v.Name, v.Value, null, v.TenantId, v.Key, v.ScopeKey, v.ProcessInstanceKey));
    }

    public static bool Truncate(string? truncateValues) => truncateValues switch
    {
        null or "true" => true,
        "false" => false,
        _ => throw ProblemException.InvalidArgument(
            $"The value '{truncateValues}' of 'truncateValues' must be true or false."),
    };

    public static VariableResult FoundOf(VariableRow v, bool truncate)
    {
        var cut = truncate && v.Value.Length > Queries.VariablePreviewCharacters;
        return new(
            v.Name, cut ? v.Value[..Queries.VariablePreviewCharacters] : v.Value, cut, v.TenantId, v.Key, v.ScopeKey,
            v.ProcessInstanceKey);
    }
}
