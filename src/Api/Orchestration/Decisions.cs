using System.Text;
using System.Text.Json;
using Api.Access;
using Workflows.Engine.Calendar;
using Workflows.Engine.Decisions;
using Workflows.Engine.Expressions;
using Workflows.Runtime;
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

/// <summary>Either <c>decisionDefinitionId</c> (its latest version) or <c>decisionDefinitionKey</c>.</summary>
public sealed record DecisionEvaluationInstruction(
    string? DecisionDefinitionId = null,
    Key? DecisionDefinitionKey = null,
    IReadOnlyDictionary<string, JsonElement>? Variables = null,
    string? TenantId = null);

/// <param name="Output">JSON text.</param>
/// <param name="FailureMessage">Empty when the evaluation did not fail.</param>
public sealed record EvaluateDecisionResult(
    string DecisionDefinitionId,
    string DecisionDefinitionName,
    int DecisionDefinitionVersion,
    string DecisionRequirementsId,
    string Output,
    string FailedDecisionDefinitionId,
    string FailureMessage,
    string TenantId,
    Key DecisionDefinitionKey,
    Key DecisionRequirementsKey,
    Key DecisionInstanceKey,
    Key DecisionEvaluationKey,
    IReadOnlyList<EvaluatedDecisionResult> EvaluatedDecisions);

public sealed record EvaluatedDecisionResult(
    string DecisionDefinitionId,
    string DecisionDefinitionName,
    int? DecisionDefinitionVersion,
    string DecisionDefinitionType,
    string Output,
    string TenantId,
    IReadOnlyList<MatchedDecisionRuleItem> MatchedRules,
    IReadOnlyList<EvaluatedDecisionInputItem> EvaluatedInputs,
    Key? DecisionDefinitionKey);

/// <param name="RuleIndex">From 1.</param>
public sealed record MatchedDecisionRuleItem(
    string RuleId, int RuleIndex, IReadOnlyList<EvaluatedDecisionOutputItem> EvaluatedOutputs);

public sealed record EvaluatedDecisionInputItem(string InputName, string InputValue);

public sealed record EvaluatedDecisionOutputItem(string OutputName, string OutputValue);

/// <summary>Deployed decisions, and the DMN files that hold them (decision requirements).</summary>
static class Decisions
{
    public static void Map(IEndpointRouteBuilder v2)
    {
        var decisions = v2.MapGroup("/decision-definitions").WithTags("Decisions");
        decisions.MapPost("/search", SearchDefinitions).Body<SearchQueryRequest>(optional: true)
            .Answers<SearchQueryResponse<DecisionDefinitionResult>>()
            .Operation("searchDecisionDefinitions", "Searches deployed decisions.", 400, 403);
        decisions.MapPost("/evaluation", Evaluate).Body<DecisionEvaluationInstruction>()
            .Answers<EvaluateDecisionResult>()
            .Operation("evaluateDecision", "Evaluates a decision; nothing is stored.", 400, 403, 404, 503);
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

    static async Task<IResult> Evaluate(
        HttpContext http, WorkflowEngine engine, WorkflowStore store, WorkflowsOptions options, Queries queries)
    {
        var scope = http.EngineScope();
        var body = await Json.ReadAsync<DecisionEvaluationInstruction>(http.Request);
        Requests.RefuseOtherTenant(body.TenantId);
        var variables = (body.Variables ?? new Dictionary<string, JsonElement>(StringComparer.Ordinal))
            .ToDictionary(v => v.Key, v => Json.ValueOf(v.Key, v.Value), StringComparer.Ordinal);
        var decision = await DecisionMeantAsync(http, body, queries);
        var requirements = await FindRequirementsAsync(http, decision.DecisionRequirementsKey, queries);
        var xml = await queries.ContentAsync(scope, requirements.ResourceKey, http.RequestAborted) ?? [];
        var environment = new FeelEnvironment(
            await engine.Clock.NowAsync(http.RequestAborted),
            options.Zone,
            DeadlineFunction.Extensions(options.Calendar ?? BusinessCalendar.Poland));
        var result = DmnReader.Read(Encoding.UTF8.GetString(xml)).Model!
            .Evaluate(decision.DecisionId, FeelScope.Of(variables), environment);
        var siblings = await queries.DecisionsOfAsync(scope, requirements.Key, http.RequestAborted);
        var key = await store.Keys.OneAsync(http.RequestAborted);
        return Json.Ok(new EvaluateDecisionResult(
            decision.DecisionId,
            decision.Name ?? decision.DecisionId,
            decision.Version,
            decision.DecisionRequirementsId,
            FeelJson.Write(result.Output),
            result.Failure is null ? "" : decision.DecisionId,
            result.Failure?.Message ?? "",
            decision.TenantId,
            decision.Key,
            decision.DecisionRequirementsKey,
            key,
            key,
            [.. result.Evaluations.Select(
                e => EvaluatedOf(e, siblings.FirstOrDefault(s => s.DecisionId == e.DecisionId)))]));
    }

    static async Task<DecisionDefinitionRow> DecisionMeantAsync(
        HttpContext http, DecisionEvaluationInstruction body, Queries queries)
    {
        switch (body.DecisionDefinitionId, body.DecisionDefinitionKey)
        {
            case (null, null):
                throw ProblemException.InvalidArgument(
                    "At least one of [decisionDefinitionId, decisionDefinitionKey] is required.");
            case (not null, not null):
                throw ProblemException.InvalidArgument(
                    "Only one of [decisionDefinitionId, decisionDefinitionKey] is allowed.");
            case (null, { } key):
                return await FindDefinitionAsync(http, key.Value, queries);
            default:
                var id = Requests.Require(body.DecisionDefinitionId, "decisionDefinitionId");
                return await queries.LatestDecisionAsync(http.Scope(), id, http.RequestAborted) ??
                    throw new ProblemException(
                        StatusCodes.Status404NotFound, "NOT_FOUND",
                        $"Expected a deployed decision '{id}', but there is none.");
        }
    }

    static EvaluatedDecisionResult EvaluatedOf(DecisionEvaluation evaluation, DecisionDefinitionRow? definition) => new(
        evaluation.DecisionId,
        evaluation.DecisionName,
        definition?.Version,
        evaluation.Tables.IsEmpty ? "LITERAL_EXPRESSION" : "DECISION_TABLE",
        FeelJson.Write(evaluation.Output),
        WorkflowDb.DefaultTenant,
        [
            .. evaluation.Tables.SelectMany(t => t.MatchedRules).Select(rule => new MatchedDecisionRuleItem(
                rule.RuleId,
                rule.RuleIndex,
                [.. rule.Outputs.Select(o => new EvaluatedDecisionOutputItem(o.Key, FeelJson.Write(o.Value)))])),
        ],
        [
            .. evaluation.Tables.SelectMany(t => t.Inputs)
                .Select(i => new EvaluatedDecisionInputItem(i.Key, FeelJson.Write(i.Value))),
        ],
        Key.Of(definition?.Key));

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
