using System.Collections.Immutable;
using System.Linq.Expressions;
using Microsoft.EntityFrameworkCore;

namespace Workflows.Runtime.Storage;

// What waits for somebody or something: user tasks, jobs, incidents, message subscriptions.
public sealed partial class Queries
{
    static readonly string[] UserTaskStates =
    [
        "CREATING", "CREATED", "ASSIGNING", "UPDATING", "COMPLETING", "COMPLETED", "CANCELING", "CANCELED", "FAILED",
    ];

    public static readonly SearchTable<UserTaskView> UserTaskFields = new SearchTable<UserTaskView>(t => t.Task.Key)
        .Column("state", FieldType.Choice, t => t.Task.State, sort: false, choices: UserTaskStates)
        .Column("assignee", FieldType.Text, t => t.Task.Assignee, sort: false)
        .Column("priority", FieldType.Integer, t => t.Task.Priority)
        .Column("elementId", FieldType.Text, t => t.Task.ElementId, plain: true, sort: false)
        .Column("name", FieldType.Text, t => t.Task.Name, plain: true)
        .Related("candidateGroup", FieldType.Text, (db, _, conditions) => Candidate(db, "group", conditions))
        .Related("candidateUser", FieldType.Text, (db, _, conditions) => Candidate(db, "user", conditions))
        .Column("tenantId", FieldType.Text, t => t.Task.TenantId, sort: false)
        .Column("processDefinitionId", FieldType.Text, t => t.Task.ProcessId, plain: true, sort: false)
        .Column("creationDate", FieldType.Date, t => t.Task.CreatedAt)
        .Column("completionDate", FieldType.Date, t => t.CompletedAt)
        .Column("followUpDate", FieldType.Date, t => t.Task.FollowUpDate)
        .Column("dueDate", FieldType.Date, t => t.Task.DueDate)
        .Related("processInstanceVariables", FieldType.Variables, (db, scope, conditions) =>
            Predicates.All(conditions.Select(c =>
            {
                var matching = Named(Variables(db, scope), db, c);
                return (Expression<Func<UserTaskView, bool>>)(row =>
                    matching.Any(v => v.ScopeKey == row.Task.ProcessInstanceKey));
            })))
        .Related("localVariables", FieldType.Variables, (db, scope, conditions) =>
            Predicates.All(conditions.Select(c =>
            {
                var matching = Named(Variables(db, scope), db, c);
                return (Expression<Func<UserTaskView, bool>>)(row =>
                    matching.Any(v => v.ScopeKey == row.Task.ElementInstanceKey));
            })))
        .Column("userTaskKey", FieldType.Key, t => t.Task.Key, plain: true, sort: false)
        .Column("processDefinitionKey", FieldType.Key, t => t.Task.ProcessDefinitionKey, plain: true, sort: false)
        .Column("processInstanceKey", FieldType.Key, t => t.Task.ProcessInstanceKey, plain: true, sort: false)
        .Column("elementInstanceKey", FieldType.Key, t => t.Task.ElementInstanceKey, plain: true, sort: false);

    public Task<SearchResult<UserTaskView>> SearchUserTasksAsync(
        Scope scope, SearchQuery query, CancellationToken cancellation) =>
        SearchAsync(UserTaskFields, scope, db => TaskViews(db, Tasks(db, scope)), query, cancellation);

    public async Task<UserTaskView?> UserTaskAsync(Scope scope, long key, CancellationToken cancellation)
    {
        await using var db = open();
        return await TaskViews(db, Tasks(db, scope).Where(t => t.Key == key)).SingleOrDefaultAsync(cancellation);
    }

    /// <summary>The variables the task sees, the innermost of each name; null when there is no such task for the
    /// caller.</summary>
    public async Task<SearchResult<VariableRow>?> SearchUserTaskVariablesAsync(
        Scope scope, long taskKey, SearchQuery query, CancellationToken cancellation)
    {
        await using var db = open();
        var task = await Tasks(db, scope).SingleOrDefaultAsync(t => t.Key == taskKey, cancellation);
        if (task is null) return null;
        var keys = await EffectiveVariableKeysAsync(db, scope, task, cancellation);
        return await UserTaskVariableFields.RunAsync(
            db, scope, Variables(db, scope).Where(v => keys.Contains(v.Key)), query, cancellation);
    }

    static IQueryable<UserTaskView> TaskViews(WorkflowDb db, IQueryable<UserTaskRow> tasks) =>
        from t in tasks
        join d in db.ProcessDefinitions on t.ProcessDefinitionKey equals d.Key
        select new UserTaskView
        {
            Task = t,
            ProcessName = d.Name,
            CompletedAt = t.State == Status.Completed ? t.EndedAt : null,
        };

    static Expression<Func<UserTaskView, bool>> Candidate(
        WorkflowDb db, string kind, ImmutableArray<Condition> conditions)
    {
        // No candidate at all is what "$exists: false" asks for, and what "not x" includes.
        var positive = db.UserTaskCandidates.Where(c => c.Kind == kind);
        var tests = conditions.SelectMany(c => c.Comparisons).Select(comparison =>
        {
            var (negated, plain) = comparison switch
            {
                { Comparer: Comparer.NotEqual } => (true, comparison with { Comparer = Comparer.Equal }),
                { Comparer: Comparer.NotIn } => (true, comparison with { Comparer = Comparer.In }),
                { Comparer: Comparer.Exists, Value: false } => (true, comparison with { Value = true }),
                _ => (false, comparison),
            };
            var matching = positive.Where(
                Predicates.Compare<UserTaskCandidateRow, string?>(c => c.Name, plain, db is SqliteWorkflowDb));
            return negated
                ? (Expression<Func<UserTaskView, bool>>)(row => !matching.Any(c => c.UserTaskKey == row.Task.Key))
                : row => matching.Any(c => c.UserTaskKey == row.Task.Key);
        });
        return Predicates.All(tests);
    }

    // ---- jobs ---------------------------------------------------------------------------------------------------

    static readonly string[] JobStates =
    [
        "CANCELED", "COMPLETED", "CREATED", "ERROR_THROWN", "FAILED", "MIGRATED", "RETRIES_UPDATED", "TIMED_OUT",
    ];

    static readonly string[] JobKinds = ["BPMN_ELEMENT", "EXECUTION_LISTENER", "TASK_LISTENER", "AD_HOC_SUB_PROCESS"];

    static readonly string[] ListenerEventTypes =
    [
        "ASSIGNING", "CANCELING", "COMPLETING", "CREATING", "END", "START", "UNSPECIFIED", "UPDATING",
    ];

    public static readonly SearchTable<JobView> JobFields = new SearchTable<JobView>(j => j.Job.Key)
        .Column("deadline", FieldType.Date, j => j.Job.LeaseUntil)
        .Column("deniedReason", FieldType.Text, j => j.DeniedReason)
        .Column("elementId", FieldType.Text, j => j.Job.ElementId)
        .Column("elementInstanceKey", FieldType.Key, j => j.Job.ElementInstanceKey)
        .Column("endTime", FieldType.Date, j => j.Job.EndedAt)
        .Column("errorCode", FieldType.Text, j => j.Job.ErrorCode)
        .Column("errorMessage", FieldType.Text, j => j.Job.ErrorMessage)
        .Column("hasFailedWithRetriesLeft", FieldType.Boolean, j => j.FailedWithRetriesLeft, plain: true, sort: false)
        .Column("isDenied", FieldType.Boolean, j => j.IsDenied, plain: true)
        .Column("jobKey", FieldType.Key, j => j.Job.Key)
        .Column("kind", FieldType.Choice, j => j.Kind, choices: JobKinds)
        .Column("listenerEventType", FieldType.Choice, j => j.ListenerEventType, choices: ListenerEventTypes)
        .Column("processDefinitionId", FieldType.Text, j => j.Job.ProcessId)
        .Column("processDefinitionKey", FieldType.Key, j => j.Job.ProcessDefinitionKey)
        .Column("processInstanceKey", FieldType.Key, j => j.Job.ProcessInstanceKey)
        .Column("retries", FieldType.Integer, j => j.Job.Retries)
        .Column("state", FieldType.Choice, j => j.Job.State, choices: JobStates)
        .Column("tenantId", FieldType.Text, j => j.Job.TenantId)
        .Column("type", FieldType.Text, j => j.Job.Type)
        .Column("worker", FieldType.Text, j => j.Job.Worker);

    public Task<SearchResult<JobView>> SearchJobsAsync(
        Scope scope, SearchQuery query, CancellationToken cancellation) =>
        SearchAsync(JobFields, scope, db => Jobs(db, scope).Select(j => new JobView
        {
            Job = j,
            FailedWithRetriesLeft = j.State == Status.Failed && j.Retries > 0,
            Kind = "BPMN_ELEMENT",
            ListenerEventType = "UNSPECIFIED",
            DeniedReason = null,
            IsDenied = null,
        }), query, cancellation);

    // ---- incidents ----------------------------------------------------------------------------------------------

    static readonly string[] ErrorTypes =
    [
        "UNSPECIFIED", "UNKNOWN", "IO_MAPPING_ERROR", "JOB_NO_RETRIES", "EXECUTION_LISTENER_NO_RETRIES",
        "TASK_LISTENER_NO_RETRIES", "AD_HOC_SUB_PROCESS_NO_RETRIES", "CONDITION_ERROR", "EXTRACT_VALUE_ERROR",
        "CALLED_ELEMENT_ERROR", "UNHANDLED_ERROR_EVENT", "MESSAGE_SIZE_EXCEEDED", "CALLED_DECISION_ERROR",
        "DECISION_EVALUATION_ERROR", "FORM_NOT_FOUND", "RESOURCE_NOT_FOUND",
    ];

    static readonly string[] IncidentStates = ["ACTIVE", "MIGRATED", "RESOLVED", "PENDING"];

    public static readonly SearchTable<IncidentRow> IncidentFields = new SearchTable<IncidentRow>(i => i.Key)
        .Column("incidentKey", FieldType.Key, i => i.Key, plain: true)
        .Column("processDefinitionKey", FieldType.Key, i => i.ProcessDefinitionKey, plain: true)
        .Column("processDefinitionId", FieldType.Text, i => i.ProcessId, plain: true)
        .Column("processInstanceKey", FieldType.Key, i => i.ProcessInstanceKey, plain: true)
        .Column("errorType", FieldType.Choice, i => i.ErrorType, plain: true, choices: ErrorTypes)
        .Column("errorMessage", FieldType.Text, i => i.ErrorMessage, plain: true)
        .Column("elementId", FieldType.Text, i => i.ElementId, plain: true)
        .Column("elementInstanceKey", FieldType.Key, i => i.ElementInstanceKey, plain: true)
        .Column("creationTime", FieldType.Date, i => i.CreatedAt)
        .Column("state", FieldType.Choice, i => i.State, plain: true, choices: IncidentStates)
        .Column("jobKey", FieldType.Key, i => i.JobKey, plain: true)
        .Column("tenantId", FieldType.Text, i => i.TenantId, plain: true);

    /// <summary>The same order, without a filter: the incidents of one instance.</summary>
    public static readonly SearchTable<IncidentRow> InstanceIncidentFields = IncidentFields.WithoutFilter();

    public Task<SearchResult<IncidentRow>> SearchIncidentsAsync(
        Scope scope, SearchQuery query, CancellationToken cancellation) =>
        SearchAsync(IncidentFields, scope, db => Incidents(db, scope), query, cancellation);

    /// <summary>Incidents of an instance and of those it called; null when there is no such instance for the
    /// caller.</summary>
    public async Task<SearchResult<IncidentRow>?> SearchInstanceIncidentsAsync(
        Scope scope, long instanceKey, SearchQuery query, CancellationToken cancellation)
    {
        await using var db = open();
        if (!await Instances(db, scope).AnyAsync(i => i.Key == instanceKey, cancellation)) return null;
        var keys = new List<long> { instanceKey };
        for (var level = keys; level.Count > 0; keys.AddRange(level))
        {
            var callers = level.ToArray();
            level = await db.ProcessInstances.Where(
                i => i.ParentInstanceKey != null && callers.Contains(i.ParentInstanceKey.Value))
                .Select(i => i.Key).ToListAsync(cancellation);
        }
        var all = keys.ToArray();
        return await InstanceIncidentFields.RunAsync(
            db, scope, Incidents(db, scope).Where(i => all.Contains(i.ProcessInstanceKey)), query, cancellation);
    }

    public async Task<IncidentRow?> IncidentAsync(Scope scope, long key, CancellationToken cancellation)
    {
        await using var db = open();
        return await Incidents(db, scope).SingleOrDefaultAsync(i => i.Key == key, cancellation);
    }

    // ---- messages -----------------------------------------------------------------------------------------------

    public static readonly SearchTable<MessageSubscriptionRow> MessageSubscriptionFields =
        new SearchTable<MessageSubscriptionRow>(s => s.Key)
            .Column("messageSubscriptionKey", FieldType.Key, s => s.Key)
            .Column("processDefinitionId", FieldType.Text, s => s.ProcessId)
            .Column("processInstanceKey", FieldType.Key, s => s.ProcessInstanceKey)
            .Column("elementId", FieldType.Text, s => s.ElementId)
            .Column("elementInstanceKey", FieldType.Key, s => s.ElementInstanceKey)
            .Column("messageSubscriptionState", FieldType.Choice, s => s.State,
                choices: ["CORRELATED", "CREATED", "DELETED", "MIGRATED"])
            .Column("lastUpdatedDate", FieldType.Date, s => s.UpdatedAt)
            .Column("messageName", FieldType.Text, s => s.MessageName)
            .Column("correlationKey", FieldType.Text, s => s.CorrelationKey)
            .Column("tenantId", FieldType.Text, s => s.TenantId);

    public Task<SearchResult<MessageSubscriptionRow>> SearchMessageSubscriptionsAsync(
        Scope scope, SearchQuery query, CancellationToken cancellation) =>
        SearchAsync(
            MessageSubscriptionFields, scope,
            db => OfVisible(db, scope, db.MessageSubscriptions.AsNoTracking(), s => s.ProcessInstanceKey), query,
            cancellation);

    public static readonly SearchTable<CorrelationView> CorrelationFields =
        new SearchTable<CorrelationView>(c => c.Correlation.MessageKey, c => c.Correlation.ProcessInstanceKey)
            .Column("correlationKey", FieldType.Text, c => c.Correlation.CorrelationKey)
            .Column("correlationTime", FieldType.Date, c => c.Correlation.CorrelatedAt)
            .Column("elementId", FieldType.Text, c => c.Correlation.ElementId)
            .Column("elementInstanceKey", FieldType.Key, c => c.ElementInstanceKey)
            .Column("messageKey", FieldType.Key, c => c.Correlation.MessageKey)
            .Column("messageName", FieldType.Text, c => c.Correlation.MessageName)
            .Column("partitionId", FieldType.Integer, c => c.PartitionId)
            .Column("processDefinitionId", FieldType.Text, c => c.Correlation.ProcessId)
            .Column("processDefinitionKey", FieldType.Key, c => c.Correlation.ProcessDefinitionKey)
            .Column("processInstanceKey", FieldType.Key, c => c.Correlation.ProcessInstanceKey)
            .Column("subscriptionKey", FieldType.Key, c => c.Correlation.SubscriptionKey)
            .Column("tenantId", FieldType.Text, c => c.Correlation.TenantId);

    public Task<SearchResult<CorrelationView>> SearchCorrelatedMessageSubscriptionsAsync(
        Scope scope, SearchQuery query, CancellationToken cancellation) =>
        SearchAsync(CorrelationFields, scope, db =>
            from c in OfVisible(db, scope, db.MessageCorrelations.AsNoTracking(), c => c.ProcessInstanceKey)
            join s in db.MessageSubscriptions on c.SubscriptionKey equals s.Key into subscriptions
            from s in subscriptions.DefaultIfEmpty()
            select new CorrelationView
            {
                Correlation = c,
                ElementInstanceKey = s == null ? null : s.ElementInstanceKey,
                PartitionId = 1,
            }, query, cancellation);
}

/// <summary>A user task with the name of its process.</summary>
public sealed record UserTaskView
{
    public required UserTaskRow Task { get; init; }
    public string? ProcessName { get; init; }

    /// <summary>Null unless it was completed: a canceled task has ended, too.</summary>
    public DateTimeOffset? CompletedAt { get; init; }
}

/// <summary>A job in the words of the contract; only jobs of elements exist here, no listeners.</summary>
public sealed record JobView
{
    public required JobRow Job { get; init; }
    public bool FailedWithRetriesLeft { get; init; }
    public string Kind { get; init; } = "";
    public string ListenerEventType { get; init; } = "";

    /// <summary>Always null, as is <see cref="IsDenied"/>: only listeners deny.</summary>
    public string? DeniedReason { get; init; }
    public bool? IsDenied { get; init; }
}

public sealed record CorrelationView
{
    public required MessageCorrelationRow Correlation { get; init; }

    /// <summary>Null where the message started the instance.</summary>
    public long? ElementInstanceKey { get; init; }

    /// <summary>Always 1.</summary>
    public int PartitionId { get; init; }
}
