using System.Collections.Immutable;
using System.Text.Json;
using Workflows.Engine.Execution;

namespace Workflows.Runtime.Storage;

/// <summary>
/// Turns the history events of one step into the statements that keep the search tables true. What begins and ends in
/// the same step is written once, with its end.
/// </summary>
sealed class StepRows
{
    const string Tenant = WorkflowDb.DefaultTenant;

    readonly Step step;
    readonly SqlBatch sql;
    readonly ProcessInstance after;
    readonly DateTimeOffset at;
    readonly TimeSpan jobBackOff;
    readonly Dictionary<long, Element> elements = [];
    readonly Dictionary<long, VariableSet> variables = [];
    readonly Dictionary<long, Task> tasks = [];
    readonly Dictionary<long, JobState> jobs = [];
    readonly Dictionary<long, TimerInstance?> timers = [];
    readonly Dictionary<long, Subscription> subscriptions = [];
    readonly Dictionary<long, IncidentState> incidents = [];

    sealed record Element(ElementActivated? Begun, string State, DateTimeOffset? EndedAt, long? IncidentKey);

    sealed record Task(bool IsNew, UserTaskInstance Now, string State, UserTaskCompleted? Completed, bool Candidates);

    sealed record JobState(Job? Begun, string State, int Retries, string? Message, string? ErrorCode, bool Released);

    sealed record Subscription(MessageSubscription? Opened, string State);

    sealed record IncidentState(IncidentRaised? Raised, DateTimeOffset? ResolvedAt);

    StepRows(Step step, SqlBatch sql, TimeSpan jobBackOff)
    {
        this.step = step;
        this.sql = sql;
        this.jobBackOff = jobBackOff;
        after = step.Accepted.Instance;
        at = step.Envelope.At;
    }

    /// <param name="expectedVersion">Version the step was decided on; 0 when it creates the instance.</param>
    /// <param name="startCorrelationKey">Of the message that started the instance, if one did.</param>
    /// <param name="jobBackOff">How long a job failed in this step is held back.</param>
    public static void Write(
        Step step, int expectedVersion, string? startCorrelationKey, TimeSpan jobBackOff, SqlBatch sql)
    {
        var rows = new StepRows(step, sql, jobBackOff);
        rows.Instance(expectedVersion, startCorrelationKey);
        foreach (var happened in step.Accepted.History) rows.Collect(happened);
        if (step.Accepted.History.Any(happened => happened is InstanceMigrated)) rows.WriteMigration(step.Before!);
        rows.WriteElements();
        rows.WriteVariables();
        rows.WriteTasks();
        rows.WriteJobs();
        rows.WriteTimers();
        rows.WriteSubscriptions();
        rows.WriteIncidents();
    }

    // First, because it decides whether anybody was faster.
    void Instance(int expectedVersion, string? startCorrelationKey)
    {
        var state = after.State switch
        {
            InstanceState.Active => Status.Active,
            InstanceState.Completed => Status.Completed,
            _ => Status.Terminated,
        };
        var document = EngineJson.Write(after);
        if (step.Before is not null)
        {
            sql.AddGuarded(Guard.Version, """
                update process_instances set state = $1, ended_at = $2, incident_count = $3, state_document = $4,
                state_version = $5 where key = $6 and state_version = $7
                """, state, after.EndedAt, after.Incidents.Count, document, expectedVersion + 1, after.Key,
                expectedVersion);
            return;
        }
        sql.Add("""
            insert into process_instances (key, tenant_id, process_definition_key, process_id, process_version,
            root_instance_key, parent_instance_key, parent_element_key, business_id, tags, state, started_at, ended_at,
            incident_count, start_correlation_key, state_version, state_document)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
            """, after.Key, Tenant, after.DefinitionKey, after.ProcessId, after.Version, after.RootInstanceKey,
            after.Parent?.InstanceKey, after.Parent?.ElementKey, after.BusinessId, Texts(after.Tags), state,
            after.StartedAt, after.EndedAt, after.Incidents.Count, startCorrelationKey, 1, document);
        foreach (var tag in after.Tags)
            sql.Add("insert into process_instance_tags (tag, process_instance_key) values ($1, $2)", tag, after.Key);
    }

    void Collect(HistoryEvent happened)
    {
        switch (happened)
        {
            case ElementActivated e:
                elements[e.Key] = new(e, Status.Active, null, null);
                break;
            case ElementCompleted e:
                elements[e.Key] = ElementOf(e.Key) with { State = Status.Completed, EndedAt = e.At };
                break;
            case ElementTerminated e:
                elements[e.Key] = ElementOf(e.Key) with { State = Status.Terminated, EndedAt = e.At };
                break;
            case VariableSet e:
                variables[e.Key] = e;
                break;
            case IncidentRaised e:
                incidents[e.Incident.Key] = new(e, null);
                elements[e.Incident.ElementKey] =
                    ElementOf(e.Incident.ElementKey) with { IncidentKey = e.Incident.Key };
                break;
            case IncidentResolved e:
                incidents[e.Key] = IncidentOf(e.Key) with { ResolvedAt = e.At };
                ClearIncident(e.Key);
                break;
            case TimerScheduled e:
                timers[e.Timer.Key] = e.Timer;
                break;
            case TimerFired e:
                EndTimer(e.Key);
                break;
            case TimerCanceled e:
                EndTimer(e.Key);
                break;
            case ReminderFired e:
                EndTimer(e.Key);
                break;
            default:
                CollectWork(happened);
                break;
        }
    }

    void CollectWork(HistoryEvent happened)
    {
        switch (happened)
        {
            case UserTaskCreated e:
                tasks[e.Task.Key] = new(true, e.Task, Status.Created, null, true);
                break;
            case UserTaskAssigned e:
                var assigned = TaskOf(e.Key);
                tasks[e.Key] = assigned with { Now = assigned.Now with { Assignee = e.Assignee } };
                break;
            case UserTaskUpdated e:
                tasks[e.Task.Key] = TaskOf(e.Task.Key) with { Now = e.Task, Candidates = true };
                break;
            case UserTaskCompleted e:
                tasks[e.Key] = TaskOf(e.Key) with { State = Status.Completed, Completed = e };
                break;
            case UserTaskCanceled e:
                tasks[e.Key] = TaskOf(e.Key) with { State = Status.Canceled };
                break;
            case JobCreated e:
                jobs[e.Job.Key] = new(e.Job, Status.Created, e.Job.Retries, null, null, false);
                break;
            case JobCompleted e:
                jobs[e.Key] = JobOf(e.Key) with { State = Status.Completed };
                break;
            case JobCanceled e:
                jobs[e.Key] = JobOf(e.Key) with { State = Status.Canceled };
                break;
            case JobErrorThrown e:
                jobs[e.Key] = JobOf(e.Key) with
                {
                    State = Status.ErrorThrown, ErrorCode = e.ErrorCode, Message = e.Message,
                };
                break;
            case JobFailed e:
                // An error nobody catches also comes as a failure: the job stays, and its state tells what was tried.
                var error = step.Envelope.Command as ThrowJobError;
                jobs[e.Key] = JobOf(e.Key) with
                {
                    State = error is null ? Status.Failed : Status.ErrorThrown, ErrorCode = error?.ErrorCode,
                    Retries = e.Retries, Message = e.Message, Released = true,
                };
                break;
            case JobRetriesUpdated e:
                jobs[e.Key] = JobOf(e.Key) with { State = Status.RetriesUpdated, Retries = e.Retries };
                break;
            case SubscriptionOpened e:
                subscriptions[e.Subscription.Key] = new(e.Subscription, Status.Created);
                break;
            case SubscriptionClosed e:
                var open = subscriptions.GetValueOrDefault(e.Key) ?? new(null, Status.Created);
                subscriptions[e.Key] = open with
                {
                    State = open.State == Status.Correlated ? Status.Correlated : Status.Deleted,
                };
                break;
            case MessageCorrelated e:
                subscriptions[e.SubscriptionKey] =
                    (subscriptions.GetValueOrDefault(e.SubscriptionKey)
                        ?? new(null, "")) with { State = Status.Correlated };
                break;
        }
    }

    Element ElementOf(long key) => elements.GetValueOrDefault(key)
        ?? new(null, Status.Active, null, step.Before!.Incidents.Values.FirstOrDefault(i => i.ElementKey == key)?.Key);

    Task TaskOf(long key) => tasks.GetValueOrDefault(key)
        ?? new(false, step.Before!.UserTasks[key], Status.Created, null, false);

    JobState JobOf(long key) => jobs.GetValueOrDefault(key)
        ?? new(null, Status.Created, step.Before!.Jobs[key].Retries, null, null, false);

    IncidentState IncidentOf(long key) => incidents.GetValueOrDefault(key) ?? new(null, null);

    void EndTimer(long key)
    {
        if (!timers.Remove(key)) timers[key] = null;
    }

    void ClearIncident(long incidentKey)
    {
        foreach (var (key, element) in elements.Where(e => e.Value.IncidentKey == incidentKey).ToArray())
            elements[key] = element with { IncidentKey = null };
        if (step.Before?.Incidents.GetValueOrDefault(incidentKey) is { } incident
            && !elements.ContainsKey(incident.ElementKey))
            elements[incident.ElementKey] = new(null, Status.Active, null, null);
    }

    // ---- statements -----------------------------------------------------------------------------------------------

    void WriteElements()
    {
        foreach (var (key, element) in elements)
        {
            if (element.Begun is not { } begun)
            {
                sql.Add("update element_instances set state = $1, ended_at = $2, incident_key = $3 where key = $4",
                    element.State, element.EndedAt, element.IncidentKey, key);
                continue;
            }
            var (type, name) = Describe(begun);
            sql.Add("""
                insert into element_instances (key, tenant_id, process_instance_key, process_definition_key, process_id,
                element_id, element_name, type, scope_key, state, started_at, ended_at, incident_key)
                values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
                """, key, Tenant, after.Key, after.DefinitionKey, after.ProcessId, begun.ElementId, name, type,
                begun.ScopeKey, element.State, begun.At, element.EndedAt, element.IncidentKey);
        }
    }

    (string Type, string? Name) Describe(ElementActivated begun)
    {
        if (begun.Key == after.Key) return ("PROCESS", step.Release.Definition.Name);
        var node = step.Release.Definition.Node(begun.ElementId);
        return (begun.Kind == ElementKind.MultiInstanceBody ? "MULTI_INSTANCE_BODY" : node.ElementType, node.Name);
    }

    // Everything that is active names its definition and its place; what has ended keeps those it ended in.
    void WriteMigration(ProcessInstance before)
    {
        sql.Add("""
            update process_instances set process_definition_key = $1, process_id = $2, process_version = $3
            where key = $4
            """, after.DefinitionKey, after.ProcessId, after.Version, after.Key);
        foreach (var key in before.Elements.Keys.Where(after.Elements.ContainsKey))
        {
            var id = after.Elements[key].ElementId;
            var name = key == after.Key ? step.Release.Definition.Name : step.Release.Definition.Node(id).Name;
            sql.Add("""
                update element_instances set process_definition_key = $1, process_id = $2, element_id = $3,
                element_name = $4 where key = $5
                """, after.DefinitionKey, after.ProcessId, id, name, key);
        }
        foreach (var task in before.UserTasks.Keys.Where(after.UserTasks.ContainsKey))
            Place("user_tasks", task, after.UserTasks[task].ElementId, hasVersion: true);
        foreach (var job in before.Jobs.Keys.Where(after.Jobs.ContainsKey))
            Place("jobs", job, after.Jobs[job].ElementId, hasVersion: true);
        foreach (var wait in before.Subscriptions.Keys.Where(after.Subscriptions.ContainsKey))
            Place("message_subscriptions", wait, after.Subscriptions[wait].TargetId, hasVersion: false);
        foreach (var incident in before.Incidents.Keys.Where(after.Incidents.ContainsKey))
            Place("incidents", incident, after.Incidents[incident].ElementId, hasVersion: false);
        foreach (var timer in before.Timers.Keys.Where(after.Timers.ContainsKey))
            sql.Add("update timers set element_id = $1 where key = $2", after.Timers[timer].TargetId, timer);
    }

    void Place(string table, long key, string elementId, bool hasVersion)
    {
        var set = $"update {table} set process_definition_key = $1, process_id = $2, element_id = $3";
        if (hasVersion)
            sql.Add($"{set}, process_version = $4 where key = $5", after.DefinitionKey, after.ProcessId, elementId,
                after.Version, key);
        else
            sql.Add($"{set} where key = $4", after.DefinitionKey, after.ProcessId, elementId, key);
    }

    void WriteVariables()
    {
        foreach (var variable in variables.Values)
        {
            sql.Add("""
                insert into variables (key, tenant_id, process_instance_key, scope_key, name, value)
                values ($1, $2, $3, $4, $5, $6) on conflict (key) do update set value = excluded.value
                """, variable.Key, Tenant, after.Key, variable.ScopeKey, variable.Name, variable.Value);
        }
    }

    void WriteTasks()
    {
        foreach (var (key, task) in tasks)
        {
            var ended = task.State == Status.Created ? (DateTimeOffset?)null : at;
            if (task.IsNew) InsertTask(task, ended);
            else UpdateTask(task, ended);
            WriteCandidates(key, task, ended is null);
        }
    }

    void InsertTask(Task task, DateTimeOffset? ended)
    {
        var t = task.Now;
        sql.Add("""
            insert into user_tasks (key, tenant_id, process_instance_key, root_instance_key, element_instance_key,
            process_definition_key, process_id, process_version, element_id, name, state, assignee, candidate_groups,
            candidate_users, due_date, follow_up_date, priority, form_key, external_form_reference, custom_headers,
            deadline, created_at, ended_at, completed_by, action)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22,
            $23, $24, $25)
            """, t.Key, Tenant, after.Key, after.RootInstanceKey, t.ElementKey, after.DefinitionKey, after.ProcessId,
            after.Version, t.ElementId, t.Name, task.State, t.Assignee, Texts(t.CandidateGroups),
            Texts(t.CandidateUsers),
            t.DueDate, t.FollowUpDate, t.Priority, t.FormKey, t.ExternalFormReference, Headers(t.Headers),
            DeadlineOf(t), t.CreatedAt, ended, task.Completed?.Actor, task.Completed?.Action);
    }

    void UpdateTask(Task task, DateTimeOffset? ended)
    {
        var t = task.Now;
        if (!task.Candidates)
        {
            sql.Add("""
                update user_tasks set state = $1, assignee = $2, ended_at = $3, completed_by = $4, action = $5 where
                key = $6
                """, task.State, t.Assignee, ended, task.Completed?.Actor, task.Completed?.Action, t.Key);
            return;
        }
        sql.Add("""
            update user_tasks set state = $1, assignee = $2, ended_at = $3, completed_by = $4, action = $5,
            candidate_groups = $6, candidate_users = $7, due_date = $8, follow_up_date = $9, priority = $10, name = $11,
            form_key = $12, external_form_reference = $13, custom_headers = $14, deadline = $15 where key = $16
            """, task.State, t.Assignee, ended, task.Completed?.Actor, task.Completed?.Action, Texts(t.CandidateGroups),
            Texts(t.CandidateUsers), t.DueDate, t.FollowUpDate, t.Priority, t.Name, t.FormKey, t.ExternalFormReference,
            Headers(t.Headers), DeadlineOf(t), t.Key);
    }

    static string? DeadlineOf(UserTaskInstance task) =>
        task.Deadline is null ? null : JsonSerializer.Serialize(task.Deadline, RuntimeJson.Default.TaskDeadline);

    void WriteCandidates(long key, Task task, bool open)
    {
        if (task.Candidates)
        {
            if (!task.IsNew) sql.Add("delete from user_task_candidates where user_task_key = $1", key);
            foreach (var user in task.Now.CandidateUsers.Distinct(StringComparer.Ordinal)) Candidate("user", user);
            foreach (var group in task.Now.CandidateGroups.Distinct(StringComparer.Ordinal)) Candidate("group", group);
        }
        else if (!open && (task.Now.CandidateUsers.Length > 0 || task.Now.CandidateGroups.Length > 0))
        {
            sql.Add("update user_task_candidates set open = $1 where user_task_key = $2", false, key);
        }

        void Candidate(string kind, string name) => sql.Add(
            "insert into user_task_candidates (user_task_key, kind, name, open) values ($1, $2, $3, $4)", key, kind,
                name, open);
    }

    void WriteJobs()
    {
        foreach (var (key, job) in jobs)
        {
            var ended = job.State is Status.Completed or Status.Canceled
                || (job.State == Status.ErrorThrown && !job.Released)
                ? at
                : (DateTimeOffset?)null;
            if (job.Begun is { } j)
                sql.Add("""
                    insert into jobs (key, tenant_id, process_instance_key, element_instance_key,
                    process_definition_key,
                    process_id, process_version, element_id, type, state, retries, custom_headers, available_at,
                    error_message, error_code, created_at, ended_at)
                    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
                    """, key, Tenant, after.Key, j.ElementKey, after.DefinitionKey, after.ProcessId, after.Version,
                    j.ElementId, j.Type, job.State, job.Retries, Headers(j.Headers), at, job.Message, job.ErrorCode, at,
                    ended);
            else if (job.Released)
                sql.Add("""
                    update jobs set state = $1, retries = $2, error_message = $3, error_code = $4, available_at = $5,
                    worker = $6, lease_until = $7 where key = $8
                    """, job.State, job.Retries, job.Message, job.ErrorCode, at + jobBackOff, null, null, key);
            else if (ended is not null)
                sql.Add("""
                    update jobs set state = $1, error_message = $2, error_code = $3, ended_at = $4, lease_until = $5
                    where key = $6
                    """, job.State, job.Message, job.ErrorCode, ended, null, key);
            else
                sql.Add("update jobs set state = $1, retries = $2 where key = $3", job.State, job.Retries, key);
        }
    }

    void WriteTimers()
    {
        foreach (var (key, timer) in timers)
        {
            if (timer is null)
                sql.Add("delete from timers where key = $1", key);
            else
                sql.Add("""
                    insert into timers (key, tenant_id, process_instance_key, element_id, due_at) values ($1, $2, $3,
                    $4, $5)
                    """, key, Tenant, after.Key, timer.TargetId, timer.DueAt);
        }
    }

    void WriteSubscriptions()
    {
        foreach (var (key, subscription) in subscriptions)
        {
            // A subscription that stays open after a message is still one that waits.
            var state = subscription.State == Status.Correlated && after.Subscriptions.ContainsKey(key)
                ? Status.Created
                : subscription.State;
            if (subscription.Opened is { } s)
                sql.Add("""
                    insert into message_subscriptions (key, tenant_id, process_instance_key, process_definition_key,
                    process_id, element_instance_key, element_id, message_name, correlation_key, state, updated_at)
                    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
                    """, key, Tenant, after.Key, after.DefinitionKey, after.ProcessId, s.OwnerKey, s.TargetId,
                    s.MessageName, s.CorrelationKey, state, at);
            else
                sql.Add("update message_subscriptions set state = $1, updated_at = $2 where key = $3", state, at, key);
        }
    }

    void WriteIncidents()
    {
        foreach (var (key, incident) in incidents)
        {
            var state = incident.ResolvedAt is null ? Status.Active : Status.Resolved;
            if (incident.Raised is { } raised)
                sql.Add("""
                    insert into incidents (key, tenant_id, process_instance_key, root_instance_key,
                    process_definition_key,
                    process_id, element_instance_key, element_id, job_key, error_type, error_message, state, created_at,
                    resolved_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
                    """, key, Tenant, after.Key, after.RootInstanceKey, after.DefinitionKey, after.ProcessId,
                    raised.Incident.ElementKey, raised.Incident.ElementId,
                    raised.Incident.JobKey == 0 ? null : raised.Incident.JobKey, raised.Incident.Kind,
                    raised.Incident.Message, state, raised.At, incident.ResolvedAt);
            else
                sql.Add("update incidents set state = $1, resolved_at = $2 where key = $3", state, incident.ResolvedAt,
                    key);
        }
    }

    static string Texts(ImmutableArray<string> texts) => texts.IsDefaultOrEmpty
        ? "[]"
        : JsonSerializer.Serialize(texts, RuntimeJson.Default.ImmutableArrayString);

    static string Headers(IEnumerable<KeyValuePair<string, string>>? headers)
    {
        var sorted = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in headers ?? []) sorted[name] = value;
        return sorted.Count == 0
            ? "{}"
            : JsonSerializer.Serialize(sorted, RuntimeJson.Default.SortedDictionaryStringString);
    }
}
