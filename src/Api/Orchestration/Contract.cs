using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Api.Orchestration;

/// <summary>How the endpoints describe themselves in the OpenAPI document.</summary>
static class Contract
{
    /// <summary>Name and summary of an operation of the contract, and the errors it documents.</summary>
    public static RouteHandlerBuilder Operation(
        this RouteHandlerBuilder endpoint, string operationId, string summary, params int[] problems)
    {
        endpoint.WithName(operationId).WithSummary(summary);
        int[] always = [StatusCodes.Status401Unauthorized, StatusCodes.Status500InternalServerError];
        foreach (var status in problems.Concat(always))
        {
            endpoint.Produces<ProblemDetail>(status, "application/problem+json");
        }
        return endpoint;
    }

    /// <summary>The JSON body is read by the endpoint itself, so it is only described here; other content types get
    /// 415.</summary>
    public static RouteHandlerBuilder Body<T>(
        this RouteHandlerBuilder endpoint, bool optional = false) where T : notnull =>
        endpoint.Accepts<T>(optional, "application/json");

    public static RouteHandlerBuilder Answers<T>(this RouteHandlerBuilder endpoint) => endpoint.Produces<T>();

    public static RouteHandlerBuilder AnswersNothing(this RouteHandlerBuilder endpoint) =>
        endpoint.Produces(StatusCodes.Status204NoContent);

    public static void Describe(OpenApiOptions options)
    {
        options.AddDocumentTransformer((document, _, _) =>
        {
            document.Info.Title = "WorkflowHost";
            document.Info.Version = OrchestrationApi.ContractVersion;
            document.Info.Description =
                "/v2 speaks the Camunda 8 Orchestration Cluster REST API, contract 8.8; /api is the product's own.";
            return Task.CompletedTask;
        });
        options.AddSchemaTransformer((schema, context, _) =>
        {
            var type = Nullable.GetUnderlyingType(context.JsonTypeInfo.Type) ?? context.JsonTypeInfo.Type;
            if (type == typeof(Key)) (schema.Type, schema.Pattern) = (JsonSchemaType.String, "^-?[0-9]+$");
            if (type.Namespace == typeof(Contract).Namespace) AsWritten(schema);
            return Task.CompletedTask;
        });
    }

    // Json.Options leaves nulls out and writes numbers as numbers; the generator assumes neither.
    static void AsWritten(OpenApiSchema schema)
    {
        if (schema.Properties is null) return;
        foreach (var (name, property) in schema.Properties)
        {
            if (property is not OpenApiSchema { Type: { } type } part) continue;
            if (type.HasFlag(JsonSchemaType.Null)) schema.Required?.Remove(name);
            type &= ~JsonSchemaType.Null;
            if (type.HasFlag(JsonSchemaType.Integer)) (type, part.Pattern) = (JsonSchemaType.Integer, null);
            part.Type = type;
        }
    }
}
