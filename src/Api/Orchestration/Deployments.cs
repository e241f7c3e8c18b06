using System.Text;
using System.Text.Json;
using Api.Access;
using Microsoft.AspNetCore.Mvc;
using Workflows.Runtime;
using Workflows.Runtime.Storage;

namespace Api.Orchestration;

public sealed record DeploymentResult(
    string TenantId, Key DeploymentKey, IReadOnlyList<DeploymentMetadataResult> Deployments);

/// <summary>Exactly one of the properties is present.</summary>
public sealed record DeploymentMetadataResult(
    DeploymentProcessResult? ProcessDefinition = null,
    DeploymentDecisionResult? DecisionDefinition = null,
    DeploymentDecisionRequirementsResult? DecisionRequirements = null,
    DeploymentFormResult? Form = null);

public sealed record DeploymentProcessResult(
    string ProcessDefinitionId, int ProcessDefinitionVersion, string ResourceName, string TenantId,
    Key ProcessDefinitionKey);

public sealed record DeploymentDecisionResult(
    string DecisionDefinitionId,
    int Version,
    string? Name,
    string TenantId,
    string DecisionRequirementsId,
    Key DecisionDefinitionKey,
    Key DecisionRequirementsKey);

public sealed record DeploymentDecisionRequirementsResult(
    string DecisionRequirementsId,
    int Version,
    string? DecisionRequirementsName,
    string TenantId,
    string ResourceName,
    Key DecisionRequirementsKey);

public sealed record DeploymentFormResult(
    string FormId, int Version, string ResourceName, string TenantId, Key FormKey);

public sealed record ResourceResult(
    string ResourceName, int Version, string? VersionTag, string ResourceId, string TenantId, Key ResourceKey);

public sealed record FormResult(string TenantId, string? FormId, JsonElement Schema, int Version, Key FormKey);

public sealed record DeleteResourceRequest(long? OperationReference = null);

/// <summary>Deployments, and the deployed files as resources.</summary>
static class Deployments
{
    /// <summary>All procedures of a centre with their forms and tables, several times over.</summary>
    const int DeploymentBytesMax = 32 * 1024 * 1024;

    public static void Map(IEndpointRouteBuilder v2)
    {
        var resources = v2.MapGroup("").WithTags("Resources");
        resources.MapPost("/deployments", Deploy)
            .Accepts<IFormFileCollection>("multipart/form-data").DisableAntiforgery()
            .WithMetadata(new RequestSizeLimitAttribute(DeploymentBytesMax))
            .Answers<DeploymentResult>()
            .Operation("createDeployment", "Deploys BPMN, DMN and form files: all of them or none.", 400, 403, 503);
        resources.MapPost("/resources/{resourceKey}/deletion", Delete).Body<DeleteResourceRequest>(optional: true)
            .Produces(StatusCodes.Status200OK)
            .Operation(
                "deleteResource", "Deletes a definition or form; running instances keep theirs.", 400, 403, 404, 503);
        resources.MapGet("/resources/{resourceKey}", Get).Answers<ResourceResult>()
            .Operation("getResource", "Name, id and version of a deployed definition or form.", 400, 404);
        resources.MapGet("/resources/{resourceKey}/content", GetContent)
            .Produces<string>(200, "application/octet-stream")
            .Operation("getResourceContent", "The deployed file.", 400, 404);
    }

    static async Task<IResult> Deploy(HttpContext http, WorkflowEngine engine)
    {
        var scope = http.EngineScope();
        var form = await ReadFormAsync(http);
        Requests.RefuseOtherTenant(form["tenantId"].ToString());
        if (form.Files.Count == 0)
        {
            throw ProblemException.InvalidArgument("No resources provided: at least one file is required.");
        }
        var files = new List<DeploymentFile>();
        foreach (var file in form.Files)
        {
            using var content = new MemoryStream();
            await file.CopyToAsync(content, http.RequestAborted);
            files.Add(new(Requests.Require(file.FileName, $"file name of part '{file.Name}'"), content.ToArray()));
        }
        return await engine.DeployAsync(scope, files, cancellation: http.RequestAborted) switch
        {
            DeployAnswer.Deployed deployed => Json.Ok(ResultOf(deployed)),
            DeployAnswer.Refused refused => throw ProblemException.From(refused.Code, DetailOf(refused)),
            var other => throw new InvalidOperationException($"Unexpected answer {other}."),
        };
    }

    static async Task<IFormCollection> ReadFormAsync(HttpContext http)
    {
        try
        {
            return await http.Request.ReadFormAsync(http.RequestAborted);
        }
        catch (Exception e) when (e is InvalidDataException or IOException and not BadHttpRequestException)
        {
            throw ProblemException.InvalidArgument($"The multipart body cannot be read: {e.Message}");
        }
    }

    static async Task<IResult> Delete(HttpContext http, string resourceKey, WorkflowEngine engine)
    {
        var scope = http.EngineScope();
        var key = Key.Parse(resourceKey);
        var body = await Json.ReadOrDefaultAsync<DeleteResourceRequest>(http.Request);
        Requests.RefuseBadReference(body.OperationReference);
        return await engine.DeleteResourceAsync(scope, key, http.RequestAborted) is { } rejected
            ? throw ProblemException.From(rejected.Code, rejected.Message)
            : Results.Ok();
    }

    static async Task<IResult> Get(HttpContext http, string resourceKey, Queries queries)
    {
        var found = await FindAsync(http, resourceKey, queries);
        return Json.Ok(new ResourceResult(
            found.Name, found.Version, found.VersionTag, found.Id, found.TenantId, found.Key));
    }

    static async Task<IResult> GetContent(HttpContext http, string resourceKey, Queries queries)
    {
        var found = await FindAsync(http, resourceKey, queries);
        var content = await queries.ContentAsync(http.Scope(), found.ResourceKey, http.RequestAborted) ?? [];
        var type = Path.GetExtension(found.Name) is ".form" or ".json" ? "application/json" : "text/xml";
        return Results.Text(Encoding.UTF8.GetString(content), type, Encoding.UTF8);
    }

    static async Task<ResourceView> FindAsync(HttpContext http, string resourceKey, Queries queries)
    {
        var key = Key.Parse(resourceKey);
        return await queries.ResourceAsync(http.Scope(), key, http.RequestAborted) ??
            throw ProblemException.NotFound("resource", key);
    }

    /// <summary>A form by its key, or null.</summary>
    public static async Task<FormResult?> FormAsync(
        Queries queries, Scope scope, long formKey, CancellationToken cancellation)
    {
        if (await queries.FormAsync(scope, formKey, cancellation) is not { } form) return null;
        var content = await queries.ContentAsync(scope, form.ResourceKey, cancellation) ?? "{}"u8.ToArray();
        // Some editors write a byte order mark, which is no JSON.
        var schema = Json.Element(Encoding.UTF8.GetString(content).TrimStart('\uFEFF'));
        return new(form.TenantId, form.FormId, schema, form.Version, form.Key);
    }

    static DeploymentResult ResultOf(DeployAnswer.Deployed deployed)
    {
        const string Tenant = WorkflowDb.DefaultTenant;
        var items = new List<DeploymentMetadataResult>();
        items.AddRange(deployed.Processes.Select(p => new DeploymentMetadataResult(
            ProcessDefinition: new(p.ProcessId, p.Version, p.ResourceName, Tenant, p.Key))));
        items.AddRange(deployed.Decisions.Select(d => new DeploymentMetadataResult(
            DecisionDefinition: new(
                d.DecisionId, d.Version, d.Name, Tenant, d.RequirementsId, d.Key, d.RequirementsKey))));
        items.AddRange(deployed.Requirements.Select(r => new DeploymentMetadataResult(
            DecisionRequirements: new(r.Id, r.Version, r.Name, Tenant, r.ResourceName, r.Key))));
        items.AddRange(deployed.Forms.Select(f => new DeploymentMetadataResult(
            Form: new(f.FormId, f.Version, f.ResourceName, Tenant, f.Key))));
        return new(Tenant, deployed.DeploymentKey, items);
    }

    static string DetailOf(DeployAnswer.Refused refused)
    {
        var text = new StringBuilder("Expected to deploy new resources, but encountered the following errors:");
        foreach (var problem in refused.Problems)
        {
            text.Append('\n').Append('\'').Append(problem.ResourceName).Append("': ");
            if (problem.ElementId is { } element) text.Append("element '").Append(element).Append("': ");
            text.Append(problem.Message);
        }
        return text.ToString();
    }
}
