using System.Text.Json;
using Api.Access;
using Workflows.Runtime;
using Workflows.Runtime.Storage;

namespace Api.Orchestration;

/// <param name="TimeToLive">Milliseconds for which the message waits for a taker.</param>
/// <param name="MessageId">A second message with the same name, key and id is refused while the first lives.</param>
public sealed record MessagePublicationRequest(
    string? Name = null,
    string? CorrelationKey = null,
    long? TimeToLive = null,
    string? MessageId = null,
    IReadOnlyDictionary<string, JsonElement>? Variables = null,
    string? TenantId = null);

public sealed record MessagePublicationResult(string TenantId, Key MessageKey);

public sealed record MessageCorrelationRequest(
    string? Name = null,
    string? CorrelationKey = null,
    IReadOnlyDictionary<string, JsonElement>? Variables = null,
    string? TenantId = null);

public sealed record MessageCorrelationResult(string TenantId, Key MessageKey, Key ProcessInstanceKey);

public sealed record MessageSubscriptionResult(
    Key MessageSubscriptionKey,
    string ProcessDefinitionId,
    Key ProcessDefinitionKey,
    Key ProcessInstanceKey,
    string ElementId,
    Key ElementInstanceKey,
    string MessageSubscriptionState,
    DateTimeOffset LastUpdatedDate,
    string MessageName,
    string? CorrelationKey,
    string TenantId);

public sealed record CorrelatedMessageSubscriptionResult(
    string CorrelationKey,
    DateTimeOffset CorrelationTime,
    string ElementId,
    Key? ElementInstanceKey,
    Key MessageKey,
    string MessageName,
    int PartitionId,
    string ProcessDefinitionId,
    Key ProcessDefinitionKey,
    Key ProcessInstanceKey,
    Key SubscriptionKey,
    string TenantId);

/// <summary>Messages, and who waits or waited for them.</summary>
static class Messages
{
    public static void Map(IEndpointRouteBuilder v2)
    {
        var messages = v2.MapGroup("").WithTags("Messages");
        messages.MapPost("/messages/publication", Publish).Body<MessagePublicationRequest>()
            .Answers<MessagePublicationResult>()
            .Operation("publishMessage", "Publishes a message, kept for its time to live.", 400, 403, 409, 503);
        messages.MapPost("/messages/correlation", Correlate).Body<MessageCorrelationRequest>()
            .Answers<MessageCorrelationResult>()
            .Operation("correlateMessage", "Delivers a message now; 404 when nobody waits for it.", 400, 403, 404, 503);
        messages.MapPost("/message-subscriptions/search", SearchSubscriptions).Body<SearchQueryRequest>(optional: true)
            .Answers<SearchQueryResponse<MessageSubscriptionResult>>()
            .Operation("searchMessageSubscriptions", "Searches who waits for messages.", 400, 403);
        messages.MapPost("/correlated-message-subscriptions/search", SearchCorrelated)
            .Body<SearchQueryRequest>(optional: true)
            .Answers<SearchQueryResponse<CorrelatedMessageSubscriptionResult>>()
            .Operation("searchCorrelatedMessageSubscriptions", "Searches which messages reached whom.", 400, 403);
    }

    static async Task<IResult> Publish(HttpContext http, WorkflowEngine engine)
    {
        var scope = http.EngineScope();
        var body = await Json.ReadAsync<MessagePublicationRequest>(http.Request);
        Requests.RefuseOtherTenant(body.TenantId);
        var accepted = Requests.Accepted(await engine.PublishMessageAsync(scope, new(
            Requests.Require(body.Name, "name"),
            body.CorrelationKey ?? "",
            Json.Variables(body.Variables),
            Requests.Milliseconds(body.TimeToLive ?? 0),
            body.MessageId is "" ? null : body.MessageId), cancellation: http.RequestAborted));
        return Json.Ok(new MessagePublicationResult(WorkflowDb.DefaultTenant, accepted.MessageKey));
    }

    static async Task<IResult> Correlate(HttpContext http, WorkflowEngine engine)
    {
        var scope = http.EngineScope();
        var body = await Json.ReadAsync<MessageCorrelationRequest>(http.Request);
        Requests.RefuseOtherTenant(body.TenantId);
        var accepted = Requests.Accepted(await engine.CorrelateMessageAsync(scope, new(
            Requests.Require(body.Name, "name"), body.CorrelationKey ?? "", Json.Variables(body.Variables)),
            http.RequestAborted));
        return Json.Ok(
            new MessageCorrelationResult(WorkflowDb.DefaultTenant, accepted.MessageKey, accepted.InstanceKey));
    }

    static async Task<IResult> SearchSubscriptions(HttpContext http, Queries queries)
    {
        var query = await Search.ReadAsync(http.Request, Queries.MessageSubscriptionFields);
        return await Search.AnswerAsync(
            queries.SearchMessageSubscriptionsAsync(http.Scope(), query, http.RequestAborted),
            s => new MessageSubscriptionResult(
                s.Key,
                s.ProcessId,
                s.ProcessDefinitionKey,
                s.ProcessInstanceKey,
                s.ElementId,
                s.ElementInstanceKey,
                s.State,
                s.UpdatedAt,
                s.MessageName,
                s.CorrelationKey,
                s.TenantId));
    }

    static async Task<IResult> SearchCorrelated(HttpContext http, Queries queries)
    {
        var query = await Search.ReadAsync(http.Request, Queries.CorrelationFields);
        return await Search.AnswerAsync(
            queries.SearchCorrelatedMessageSubscriptionsAsync(http.Scope(), query, http.RequestAborted),
            c => new CorrelatedMessageSubscriptionResult(
                c.Correlation.CorrelationKey,
                c.Correlation.CorrelatedAt,
                c.Correlation.ElementId,
                Key.Of(c.ElementInstanceKey),
                c.Correlation.MessageKey,
                c.Correlation.MessageName,
                c.PartitionId,
                c.Correlation.ProcessId,
                c.Correlation.ProcessDefinitionKey,
                c.Correlation.ProcessInstanceKey,
                c.Correlation.SubscriptionKey,
                c.Correlation.TenantId));
    }
}
