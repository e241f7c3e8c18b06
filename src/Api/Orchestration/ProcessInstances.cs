using System.Collections.Immutable;
using System.Text.Json;
using System.Text.RegularExpressions;
using Api.Access;
using Api.Cases;
using Workflows.Engine.Execution;
using Workflows.Runtime;
using Workflows.Runtime.Storage;

namespace Api.Orchestration;

/// <summary>Either <c>processDefinitionId</c> (with or without a version) or <c>processDefinitionKey</c>.</summary>
public sealed record ProcessInstanceCreationInstruction(
    string? ProcessDefinitionId = null,
    Key? ProcessDefinitionKey = null,
    int? ProcessDefinitionVersion = null,
    IReadOnlyDictionary<string, JsonElement>? Variables = null,
    string? TenantId = null,
    long? OperationReference = null,
    IReadOnlyList<JsonElement>? StartInstructions = null,
    IReadOnlyList<JsonElement>? RuntimeInstructions = null,
    bool? AwaitCompletion = null,
    IReadOnlyList<string>? FetchVariables = null,
    long? RequestTimeout = null,
    IReadOnlyList<string>? Tags = null);

public sealed record CreateProcessInstanceResult(
    string ProcessDefinitionId,
    int ProcessDefinitionVersion,
    string TenantId,
    JsonElement Variables,
    Key ProcessDefinitionKey,
    Key ProcessInstanceKey,
    IReadOnlyList<string> Tags);

public sealed record ProcessInstanceMigrationInstruction(
    Key? TargetProcessDefinitionKey = null,
    IReadOnlyList<MigrateProcessInstanceMappingInstruction>? MappingInstructions = null,
    long? OperationReference = null);

public sealed record MigrateProcessInstanceMappingInstruction(
    string? SourceElementId = null, string? TargetElementId = null);

public sealed record ProcessInstanceModificationInstruction(
    IReadOnlyList<ProcessInstanceModificationActivateInstruction>? ActivateInstructions = null,
    IReadOnlyList<ProcessInstanceModificationTerminateInstruction>? TerminateInstructions = null,
    long? OperationReference = null);

/// <param name="AncestorElementInstanceKey">-1 or absent: in the only active instance of the flow scope.</param>
public sealed record ProcessInstanceModificationActivateInstruction(
    string? ElementId = null,
    IReadOnlyList<ModifyProcessInstanceVariableInstruction>? VariableInstructions = null,
    Key? AncestorElementInstanceKey = null);

/// <param name="ScopeId">Empty: the process instance.</param>
public sealed record ModifyProcessInstanceVariableInstruction(
    IReadOnlyDictionary<string, JsonElement>? Variables = null, string? ScopeId = null);

public sealed record ProcessInstanceModificationTerminateInstruction(Key? ElementInstanceKey = null);

public sealed record CancelProcessInstanceRequest(long? OperationReference = null);

public sealed record ProcessInstanceResult(
    string ProcessDefinitionId,
    string ProcessDefinitionName,
    int ProcessDefinitionVersion,
    string? ProcessDefinitionVersionTag,
    DateTimeOffset StartDate,
    DateTimeOffset? EndDate,
    string State,
    bool HasIncident,
    string TenantId,
    Key ProcessInstanceKey,
    Key ProcessDefinitionKey,
    Key? ParentProcessInstanceKey,
    Key? ParentElementInstanceKey,
    IReadOnlyList<string> Tags);

public sealed record ProcessInstanceCallHierarchyEntry(
    Key ProcessInstanceKey, Key ProcessDefinitionKey, string ProcessDefinitionName);

public sealed record ProcessInstanceSequenceFlowsQueryResult(IReadOnlyList<ProcessInstanceSequenceFlowResult> Items);

public sealed record ProcessInstanceSequenceFlowResult(
    string SequenceFlowId,
    Key ProcessInstanceKey,
    Key ProcessDefinitionKey,
    string ProcessDefinitionId,
    string ElementId,
    string TenantId);

static partial class ProcessInstances
{
    const int TagsMax = 10;

    public static void Map(IEndpointRouteBuilder v2)
    {
        var instances = v2.MapGroup("/process-instances").WithTags("Process instances");
        instances.MapPost("", Create).Body<ProcessInstanceCreationInstruction>().Answers<CreateProcessInstanceResult>()
            .Operation(
                "createProcessInstance", "Starts a process; waits for its end when asked to.", 400, 403, 404, 503, 504);
        instances.MapPost("/search", SearchAll).Body<SearchQueryRequest>(optional: true)
            .Answers<SearchQueryResponse<ProcessInstanceResult>>()
            .Operation("searchProcessInstances", "Searches process instances.", 400, 403);
        instances.MapGet("/{processInstanceKey}", Get).Answers<ProcessInstanceResult>()
            .Operation("getProcessInstance", "One process instance.", 400, 403, 404);
        instances.MapPost("/{processInstanceKey}/cancellation", Cancel)
            .Body<CancelProcessInstanceRequest>(optional: true)
            .AnswersNothing()
            .Operation("cancelProcessInstance", "Terminates an instance and all in it.", 400, 403, 404, 503);
        instances.MapPost("/{processInstanceKey}/migration", Migrate).Body<ProcessInstanceMigrationInstruction>()
            .AnswersNothing()
            .Operation("migrateProcessInstance", "Moves an instance to another definition.", 400, 403, 404, 409, 503);
        instances.MapPost("/{processInstanceKey}/modification", Modify)
            .Body<ProcessInstanceModificationInstruction>()
            .AnswersNothing()
            .Operation("modifyProcessInstance", "Begins and ends elements by hand.", 400, 403, 404, 503);
        instances.MapGet("/{processInstanceKey}/call-hierarchy", CallHierarchy)
            .Answers<IReadOnlyList<ProcessInstanceCallHierarchyEntry>>()
            .Operation(
                "getProcessInstanceCallHierarchy", "The instance and its callers, the root first.", 400, 403, 404);
        instances.MapGet("/{processInstanceKey}/sequence-flows", SequenceFlows)
            .Answers<ProcessInstanceSequenceFlowsQueryResult>()
            .Operation("getProcessInstanceSequenceFlows", "The sequence flows taken at least once.", 400, 403);
        instances.MapGet("/{processInstanceKey}/statistics/element-instances", Statistics)
            .Answers<ElementStatisticsQueryResult>()
            .Operation("getProcessInstanceStatistics", "Counts the instances of each element.", 400, 403);
        instances.MapPost("/{processInstanceKey}/incidents/search", SearchIncidents)
            .Body<SearchQueryRequest>(optional: true)
            .Answers<SearchQueryResponse<IncidentResult>>()
            .Operation(
                "searchProcessInstanceIncidents", "Incidents of the instance and of those it called.", 400, 403, 404);
    }

    static async Task<IResult> Create(HttpContext http, CaseOpening opening)
    {
        var body = await Json.ReadAsync<ProcessInstanceCreationInstruction>(http.Request);
        var creation = new InstanceCreation(
            SelectorOf(body),
            Json.Variables(body.Variables),
            TagsOf(body),
            AwaitCompletion: body.AwaitCompletion ?? false,
            Timeout: Requests.Timeout(body.RequestTimeout),
            FetchVariables: [.. body.FetchVariables ?? []]);
        var accepted = Requests.Accepted(await opening.ExecuteAsync(
            http.Scope(), creation, http.IdempotencyKey(), http.RequestAborted));
        var definition = accepted.Definition!;
        return Json.Ok(new CreateProcessInstanceResult(
            definition.ProcessId,
            definition.Version,
            WorkflowDb.DefaultTenant,
            Json.Element(accepted.Variables ?? "{}"),
            definition.Key,
            accepted.InstanceKey,
            accepted.Tags.IsDefault ? [] : accepted.Tags));
    }

    static ProcessSelector SelectorOf(ProcessInstanceCreationInstruction body)
    {
        Requests.RefuseOtherTenant(body.TenantId);
        Requests.RefuseBadReference(body.OperationReference);
        if (body.StartInstructions is { Count: > 0 } || body.RuntimeInstructions is { Count: > 0 })
        {
            throw ProblemException.InvalidArgument(
                "startInstructions and runtimeInstructions are not supported: instances begin at the start event.");
        }
        return (body.ProcessDefinitionId, body.ProcessDefinitionKey) switch
        {
            (null, null) => throw ProblemException.InvalidArgument(
                "At least one of [processDefinitionId, processDefinitionKey] is required."),
            (not null, not null) => throw ProblemException.InvalidArgument(
                "Only one of [processDefinitionId, processDefinitionKey] is allowed."),
            (null, { } key) when body.ProcessDefinitionVersion is null or -1 => ProcessSelector.ByKey(key.Value),
            (null, _) => throw ProblemException.InvalidArgument(
                "processDefinitionVersion goes with processDefinitionId only: a key already names a version."),
            ({ } id, _) =>
                ProcessSelector.ById(Requests.Require(id, "processDefinitionId"), body.ProcessDefinitionVersion ?? -1),
        };
    }

    static ImmutableArray<string> TagsOf(ProcessInstanceCreationInstruction body)
    {
        var tags = body.Tags ?? [];
        if (tags.Count > TagsMax)
        {
            throw ProblemException.InvalidArgument($"At most {TagsMax} tags are allowed, but there are {tags.Count}.");
        }
        foreach (var tag in tags.Where(t => !TagPattern().IsMatch(t)))
        {
            throw ProblemException.InvalidArgument($"The tag '{tag}' must match {TagPattern()}.");
        }
        return [.. tags.Distinct(StringComparer.Ordinal)];
    }

    [GeneratedRegex(@"^[A-Za-z][A-Za-z0-9_\-:.]{0,99}$", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex TagPattern();

    static async Task<IResult> SearchAll(HttpContext http, Queries queries)
    {
        var query = await Search.ReadAsync(http.Request, Queries.ProcessInstanceFields);
        return await Search.AnswerAsync(
            queries.SearchProcessInstancesAsync(http.Scope(), query, http.RequestAborted), ResultOf);
    }

    static async Task<IResult> Get(HttpContext http, string processInstanceKey, Queries queries) =>
        Json.Ok(ResultOf(await FindAsync(http, Key.Parse(processInstanceKey), queries)));

    static async Task<IResult> Cancel(
        HttpContext http, string processInstanceKey, WorkflowEngine engine, Queries queries)
    {
        var key = Key.Parse(processInstanceKey);
        var body = await Json.ReadOrDefaultAsync<CancelProcessInstanceRequest>(http.Request);
        Requests.RefuseBadReference(body.OperationReference);
        var scope = await http.EngineScopeAsync(
            "process instance", key, s => queries.ProcessInstanceAsync(s, key, http.RequestAborted));
        return Requests.NoContent(await engine.CancelInstanceAsync(scope, key, http.RequestAborted));
    }

    // How people move cases to another version is /api/procedures: prepared by one, agreed to by another.
    static async Task<IResult> Migrate(
        HttpContext http, string processInstanceKey, WorkflowEngine engine, Queries queries)
    {
        var key = Key.Parse(processInstanceKey);
        var body = await Json.ReadAsync<ProcessInstanceMigrationInstruction>(http.Request);
        Requests.RefuseBadReference(body.OperationReference);
        var target = body.TargetProcessDefinitionKey
            ?? throw ProblemException.InvalidArgument("No targetProcessDefinitionKey provided.");
        var mapping = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        foreach (var instruction in body.MappingInstructions ?? [])
        {
            var source = Requests.Require(instruction.SourceElementId, "sourceElementId");
            if (!mapping.TryAdd(source, Requests.Require(instruction.TargetElementId, "targetElementId")))
                throw ProblemException.InvalidArgument($"The element '{source}' is mapped twice.");
        }
        var scope = await http.EngineScopeAsync(
            "process instance", key, s => queries.ProcessInstanceAsync(s, key, http.RequestAborted));
        return Requests.NoContent(await engine.MigrateInstanceAsync(
            scope, key, target.Value, mapping.ToImmutable(), idempotencyKey: http.IdempotencyKey(),
            cancellation: http.RequestAborted));
    }

    static async Task<IResult> Modify(
        HttpContext http, string processInstanceKey, WorkflowEngine engine, Queries queries)
    {
        var key = Key.Parse(processInstanceKey);
        var body = await Json.ReadAsync<ProcessInstanceModificationInstruction>(http.Request);
        Requests.RefuseBadReference(body.OperationReference);
        if (body is { ActivateInstructions: null or [], TerminateInstructions: null or [] })
            throw ProblemException.InvalidArgument(
                "At least one of [activateInstructions, terminateInstructions] is required.");
        var scope = await http.EngineScopeAsync(
            "process instance", key, s => queries.ProcessInstanceAsync(s, key, http.RequestAborted));
        return Requests.NoContent(await engine.ModifyInstanceAsync(
            scope, key, [.. (body.ActivateInstructions ?? []).Select(ActivationOf)],
            [
                .. (body.TerminateInstructions ?? []).Select(one => (one.ElementInstanceKey
                    ?? throw ProblemException.InvalidArgument("No elementInstanceKey provided.")).Value),
            ],
            http.RequestAborted));
    }

    static ElementActivation ActivationOf(ProcessInstanceModificationActivateInstruction one) => new(
        Requests.Require(one.ElementId, "elementId"),
        one.AncestorElementInstanceKey is { Value: > 0 } ancestor ? ancestor.Value : 0,
        [
            .. (one.VariableInstructions ?? []).SelectMany(instruction => Json.Variables(instruction.Variables)
                .Select(variable => new ScopedVariable(
                    string.IsNullOrEmpty(instruction.ScopeId) ? null : instruction.ScopeId, variable.Name,
                    variable.Value))),
        ]);

    static async Task<IResult> CallHierarchy(HttpContext http, string processInstanceKey, Queries queries)
    {
        var key = Key.Parse(processInstanceKey);
        var chain = await queries.CallHierarchyAsync(http.Scope(), key, http.RequestAborted);
        if (chain.IsEmpty) throw ProblemException.NotFound("process instance", key);
        return Json.Ok(chain.Select(i => new ProcessInstanceCallHierarchyEntry(
            i.Key, i.ProcessDefinitionKey, i.ProcessName ?? i.ProcessId)));
    }

    static async Task<IResult> SequenceFlows(HttpContext http, string processInstanceKey, Queries queries)
    {
        var key = Key.Parse(processInstanceKey);
        var document = await queries.StateDocumentAsync(http.Scope(), key, http.RequestAborted);
        if (document is null) return Json.Ok(new ProcessInstanceSequenceFlowsQueryResult([]));
        var state = EngineJson.ReadInstance(document);
        return Json.Ok(new ProcessInstanceSequenceFlowsQueryResult(
        [
            .. state.FlowsTaken.Select(flow => new ProcessInstanceSequenceFlowResult(
                $"{key}_{flow}", key, state.DefinitionKey, state.ProcessId, flow, WorkflowDb.DefaultTenant)),
        ]));
    }

    static async Task<IResult> Statistics(HttpContext http, string processInstanceKey, Queries queries)
    {
        var counted = await queries.StatisticsOfInstanceAsync(
            http.Scope(), Key.Parse(processInstanceKey), http.RequestAborted);
        return Json.Ok(new ElementStatisticsQueryResult([.. counted.Select(ProcessDefinitions.ResultOf)]));
    }

    static async Task<IResult> SearchIncidents(HttpContext http, string processInstanceKey, Queries queries)
    {
        var key = Key.Parse(processInstanceKey);
        var query = await Search.ReadAsync(http.Request, Queries.InstanceIncidentFields);
        async Task<SearchResult<IncidentRow>> Run() =>
            await queries.SearchInstanceIncidentsAsync(http.Scope(), key, query, http.RequestAborted) ??
            throw ProblemException.NotFound("process instance", key);
        return await Search.AnswerAsync(Run(), Incidents.ResultOf);
    }

    static async Task<ProcessInstanceView> FindAsync(HttpContext http, long key, Queries queries) =>
        await queries.ProcessInstanceAsync(http.Scope(), key, http.RequestAborted) ??
        throw ProblemException.NotFound("process instance", key);

    static ProcessInstanceResult ResultOf(ProcessInstanceView i) => new(
        i.ProcessId,
        i.ProcessName ?? i.ProcessId,
        i.ProcessVersion,
        i.ProcessVersionTag,
        i.StartedAt,
        i.EndedAt,
        i.State,
        i.HasIncident,
        i.TenantId,
        i.Key,
        i.ProcessDefinitionKey,
        Key.Of(i.ParentInstanceKey),
        Key.Of(i.ParentElementKey),
        Json.Texts(i.Tags));
}
