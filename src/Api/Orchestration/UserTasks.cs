using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using Api.Access;
using Api.Cases;
using Api.Team;
using Workflows.Engine.Execution;
using Workflows.Runtime;
using Workflows.Runtime.Storage;

namespace Api.Orchestration;

public sealed record UserTaskResult(
    string? Name,
    string State,
    string? Assignee,
    string ElementId,
    IReadOnlyList<string> CandidateGroups,
    IReadOnlyList<string> CandidateUsers,
    string ProcessDefinitionId,
    DateTimeOffset CreationDate,
    DateTimeOffset? CompletionDate,
    DateTimeOffset? FollowUpDate,
    DateTimeOffset? DueDate,
    string TenantId,
    string? ExternalFormReference,
    int ProcessDefinitionVersion,
    IReadOnlyDictionary<string, string> CustomHeaders,
    int Priority,
    Key UserTaskKey,
    Key ElementInstanceKey,
    string? ProcessName,
    Key ProcessDefinitionKey,
    Key ProcessInstanceKey,
    Key? FormKey);

public sealed record UserTaskCompletionRequest(
    IReadOnlyDictionary<string, JsonElement>? Variables = null, string? Action = null);

public sealed record UserTaskAssignmentRequest(
    string? Assignee = null, bool? AllowOverride = null, string? Action = null);

public sealed record UserTaskUpdateRequest(Changeset? Changeset = null, string? Action = null);

/// <summary>Null leaves as it is; an empty text or list clears. The contract ignores other properties here.</summary>
public sealed record Changeset
{
    public string? DueDate { get; init; }
    public string? FollowUpDate { get; init; }
    public IReadOnlyList<string>? CandidateUsers { get; init; }
    public IReadOnlyList<string>? CandidateGroups { get; init; }

    /// <summary>0 to 100.</summary>
    public int? Priority { get; init; }

    [JsonExtensionData]
    public IDictionary<string, JsonElement>? Others { get; init; }
}

static class UserTasks
{
    public static void Map(IEndpointRouteBuilder v2)
    {
        var tasks = v2.MapGroup("/user-tasks").WithTags("User tasks");
        tasks.MapPost("/search", SearchAll).Body<SearchQueryRequest>(optional: true)
            .Answers<SearchQueryResponse<UserTaskResult>>()
            .Operation("searchUserTasks", "Searches the tasks the caller may see.", 400, 403);
        tasks.MapGet("/{userTaskKey}", Get).Answers<UserTaskResult>()
            .Operation("getUserTask", "One user task.", 400, 403, 404);
        tasks.MapPatch("/{userTaskKey}", Update).Body<UserTaskUpdateRequest>(optional: true).AnswersNothing()
            .Operation("updateUserTask", "Changes dates, candidates and priority.", 400, 403, 404, 409, 503);
        tasks.MapPost("/{userTaskKey}/completion", Complete).Body<UserTaskCompletionRequest>(optional: true)
            .AnswersNothing()
            .Operation(
                "completeUserTask", "Completes a task; Idempotency-Key makes it repeatable.", 400, 403, 404, 409, 503);
        tasks.MapPost("/{userTaskKey}/assignment", Assign).Body<UserTaskAssignmentRequest>().AnswersNothing()
            .Operation("assignUserTask", "Gives a task to a person.", 400, 403, 404, 409, 503);
        tasks.MapDelete("/{userTaskKey}/assignee", Unassign).AnswersNothing()
            .Operation("unassignUserTask", "Gives a task back to its candidates.", 400, 403, 404, 409, 503);
        tasks.MapGet("/{userTaskKey}/form", GetForm).Answers<FormResult>().AnswersNothing()
            .Operation(
                "getUserTaskForm", "The form bound when the task was created; 204 when it has none.", 400, 403, 404);
        tasks.MapPost("/{userTaskKey}/variables/search", SearchVariables).Body<SearchQueryRequest>(optional: true)
            .Answers<SearchQueryResponse<VariableResult>>()
            .Operation("searchUserTaskVariables", "The variables the task sees, the innermost of each name.", 400, 404);
    }

    static async Task<IResult> SearchAll(HttpContext http, Queries queries)
    {
        var query = await Search.ReadAsync(http.Request, Queries.UserTaskFields);
        return await Search.AnswerAsync(
            queries.SearchUserTasksAsync(http.Scope(), query, http.RequestAborted), ResultOf);
    }

    static async Task<IResult> Get(HttpContext http, string userTaskKey, Queries queries) =>
        Json.Ok(ResultOf(await FindAsync(http, Key.Parse(userTaskKey), queries)));

    static async Task<IResult> Complete(
        HttpContext http, string userTaskKey, TaskCompletion completion, Queries queries)
    {
        var key = await VisibleAsync(http, Key.Parse(userTaskKey), queries);
        var body = await Json.ReadOrDefaultAsync<UserTaskCompletionRequest>(http.Request);
        var answer = JsonSerializer.SerializeToElement(body.Variables ?? NoVariables, Json.Options);
        return await completion.ExecuteAsync(
            http.Scope(), key, answer, body.Action, http.IdempotencyKey(), ct: http.RequestAborted) switch
        {
            CompletionAnswer.Completed => Results.NoContent(),
            CompletionAnswer.Rejected rejected => Requests.NoContent(rejected.Rejection),
            CompletionAnswer.Invalid invalid => throw new ProblemException(
                StatusCodes.Status400BadRequest, "INVALID_ARGUMENT", "The answer does not fit the form: " +
                string.Join(" ", invalid.Problems.Select(p => $"{p.Path}: {p.MessageEnglish}")))
            {
                Errors = invalid.Problems.GroupBy(p => p.Path, StringComparer.Ordinal).ToDictionary(
                    group => group.Key, group => group.Select(p => p.MessageEnglish).ToArray(),
                    StringComparer.Ordinal),
            },
            var other => throw new InvalidOperationException($"Unexpected answer {other}."),
        };
    }

    static readonly IReadOnlyDictionary<string, JsonElement> NoVariables =
        new Dictionary<string, JsonElement>(StringComparer.Ordinal);

    static async Task<IResult> Assign(
        HttpContext http, string userTaskKey, WorkflowEngine engine, Queries queries, Assignees assignees)
    {
        var key = await VisibleAsync(http, Key.Parse(userTaskKey), queries);
        var body = await Json.ReadAsync<UserTaskAssignmentRequest>(http.Request);
        var assignee = Requests.Require(body.Assignee, "assignee");
        if (!http.Scope().EngineAll && await assignees.RefusesAsync(
            http.Scope(), (await FindAsync(http, key, queries)).Task, assignee, http.RequestAborted))
        {
            throw ProblemException.InvalidArgument(
                $"Expected an enabled account the task is offered to, found '{assignee}' without its role or barred " +
                "by an earlier step.");
        }
        return Requests.NoContent(await engine.AssignUserTaskAsync(
            http.Scope(), key, assignee, body.AllowOverride ?? true, body.Action, cancellation: http.RequestAborted));
    }

    static async Task<IResult> Unassign(HttpContext http, string userTaskKey, WorkflowEngine engine, Queries queries)
    {
        var key = await VisibleAsync(http, Key.Parse(userTaskKey), queries);
        return Requests.NoContent(
            await engine.UnassignUserTaskAsync(http.Scope(), key, cancellation: http.RequestAborted));
    }

    static async Task<IResult> Update(HttpContext http, string userTaskKey, WorkflowEngine engine, Queries queries)
    {
        var key = await VisibleAsync(http, Key.Parse(userTaskKey), queries);
        var body = await Json.ReadOrDefaultAsync<UserTaskUpdateRequest>(http.Request);
        var changes = ChangesOf(body.Changeset ?? new());
        if (body.Action is null && changes == new UserTaskChanges())
        {
            throw ProblemException.InvalidArgument(
                "No update data provided. Provide at least an action or a value for an attribute in the changeset.");
        }
        return Requests.NoContent(await engine.UpdateUserTaskAsync(
            http.Scope(), key, changes, body.Action, cancellation: http.RequestAborted));
    }

    static UserTaskChanges ChangesOf(Changeset changeset)
    {
        if (changeset.Priority is < 0 or > 100)
        {
            throw ProblemException.InvalidArgument(
                $"The value for changeset.priority is '{changeset.Priority}' but must be within 0 and 100.");
        }
        return new(
            changeset.CandidateGroups is { } groups ? [.. groups] : null,
            changeset.CandidateUsers is { } users ? [.. users] : null,
            DateOf(changeset.DueDate, "dueDate"),
            changeset.DueDate is "",
            DateOf(changeset.FollowUpDate, "followUpDate"),
            changeset.FollowUpDate is "",
            changeset.Priority);
    }

    static DateTimeOffset? DateOf(string? text, string name) => text switch
    {
        null or "" => null,
        _ when Time.TryParse(text, out var date) => date,
        _ => throw ProblemException.InvalidArgument(
            $"The provided changeset.{name} '{text}' is not a date and time with offset (ISO 8601)."),
    };

    static async Task<IResult> GetForm(HttpContext http, string userTaskKey, Queries queries)
    {
        var view = await FindAsync(http, Key.Parse(userTaskKey), queries);
        if (view.Task.FormKey is not { } formKey) return Results.NoContent();
        var form = await Deployments.FormAsync(queries, http.Scope(), formKey, http.RequestAborted) ??
            throw ProblemException.NotFound("form", formKey);
        return Json.Ok(form);
    }

    static async Task<IResult> SearchVariables(
        HttpContext http, string userTaskKey, string? truncateValues, Queries queries)
    {
        var key = Key.Parse(userTaskKey);
        var truncate = Variables.Truncate(truncateValues);
        var query = await Search.ReadAsync(http.Request, Queries.UserTaskVariableFields);
        async Task<SearchResult<VariableRow>> Run() =>
            await queries.SearchUserTaskVariablesAsync(http.Scope(), key, query, http.RequestAborted) ??
            throw ProblemException.NotFound("user task", key);
        return await Search.AnswerAsync(Run(), v => Variables.FoundOf(v, truncate));
    }

    // The engine would answer 403 for a task of others, which tells that it exists.
    static async Task<long> VisibleAsync(HttpContext http, long key, Queries queries)
    {
        if (!http.Scope().EngineAll) await FindAsync(http, key, queries);
        return key;
    }

    static async Task<UserTaskView> FindAsync(HttpContext http, long key, Queries queries) =>
        await queries.UserTaskAsync(http.Scope(), key, http.RequestAborted) ??
        throw ProblemException.NotFound("user task", key);

    static UserTaskResult ResultOf(UserTaskView view)
    {
        var t = view.Task;
        return new(
            t.Name ?? t.ElementId,
            t.State,
            t.Assignee,
            t.ElementId,
            Json.Texts(t.CandidateGroups),
            Json.Texts(t.CandidateUsers),
            t.ProcessId,
            t.CreatedAt,
            view.CompletedAt,
            t.FollowUpDate,
            t.DueDate,
            t.TenantId,
            t.ExternalFormReference,
            t.ProcessVersion,
            Json.TextsByName(t.CustomHeaders),
            t.Priority,
            t.Key,
            t.ElementInstanceKey,
            view.ProcessName ?? t.ProcessId,
            t.ProcessDefinitionKey,
            t.ProcessInstanceKey,
            Key.Of(t.FormKey));
    }
}
