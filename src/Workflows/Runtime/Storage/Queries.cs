using System.Collections.Immutable;
using System.Linq.Expressions;
using Microsoft.EntityFrameworkCore;

namespace Workflows.Runtime.Storage;

/// <summary>
/// Everything that is read for a caller. Each method takes the caller's <see cref="Scope"/>: what does not exist for
/// her is neither found nor counted, so unknown and forbidden cannot be told apart.
/// </summary>
/// <remarks>
/// EngineAll sees all. A person sees the tasks she has, may take or has completed, also in the place of an absent
/// person, what belongs to the instances of these tasks (of completed ones for some days,
/// <see cref="Scope.DecidedSince"/>), and everything of the cases in <see cref="Scope.Cases"/>. DefinitionsOnly sees
/// instances, steps, dates and error types, never variables, messages of errors or tasks of others. Definitions are no
/// case content: every signed-in caller may read them.
/// </remarks>
public sealed partial class Queries(Func<WorkflowDb> open)
{
    // ---- who sees what ------------------------------------------------------------------------------------------

    static IQueryable<UserTaskRow> Tasks(WorkflowDb db, Scope scope)
    {
        var tasks = db.UserTasks.AsNoTracking();
        if (scope.EngineAll) return tasks;
        var hers = Hers(db, scope, decidedSince: null);
        return tasks.Where(scope.Cases.IsNone
            ? hers
            : Predicates.Any([hers, OfCases<UserTaskRow>(db, scope, t => t.ProcessInstanceKey)]));
    }

    /// <summary>What she has, may take or has completed, also in the place of people who are absent today.</summary>
    /// <param name="decidedSince">Leaves out what she completed before that moment.</param>
    static Expression<Func<UserTaskRow, bool>> Hers(WorkflowDb db, Scope scope, DateTimeOffset? decidedSince)
    {
        var user = scope.User;
        var users = scope.ActsFor.Select(absent => absent.User).Append(user).ToArray();
        var groups = scope.ActsFor.SelectMany(absent => absent.Groups).Concat(scope.Groups)
            .Distinct(StringComparer.Ordinal).ToArray();
        Expression<Func<UserTaskRow, bool>> open = t => t.State == Status.Created
            && (users.Contains(t.Assignee) || db.UserTaskCandidates.Any(c => c.UserTaskKey == t.Key && c.Open
                && ((c.Kind == "user" && users.Contains(c.Name)) || (c.Kind == "group" && groups.Contains(c.Name)))));
        return Predicates.Any([open, decidedSince is { } since
            ? t => t.CompletedBy == user && t.EndedAt >= since
            : t => t.CompletedBy == user]);
    }

    /// <summary>Rows of instances that carry the tag of a case she may look into.</summary>
    static Expression<Func<T, bool>> OfCases<T>(WorkflowDb db, Scope scope, Expression<Func<T, long>> instanceKey)
    {
        var (tags, except) = (scope.Cases.Tags.ToArray(), scope.Cases.Except.ToArray());
        var visible = scope.Cases.All
            ? db.ProcessInstanceTags.Where(t =>
                tags.Contains(t.Tag) || (t.Tag.StartsWith(CaseView.TagPrefix) && !except.Contains(t.Tag)))
            : db.ProcessInstanceTags.Where(t => tags.Contains(t.Tag));
        return In(visible.Select(t => t.ProcessInstanceKey), instanceKey);
    }

    static Expression<Func<T, bool>> In<T>(IQueryable<long> keys, Expression<Func<T, long>> key)
    {
        var contains = Expression.Call(
            typeof(Queryable), nameof(Queryable.Contains), [typeof(long)], keys.Expression, key.Body);
        return Expression.Lambda<Func<T, bool>>(contains, key.Parameters);
    }

    // Rows that belong to an instance the caller may look into.
    static IQueryable<T> OfVisible<T>(
        WorkflowDb db, Scope scope, IQueryable<T> rows, Expression<Func<T, long>> instanceKey) where T : class
    {
        if (scope.EngineAll || scope.DefinitionsOnly) return rows;
        var ofTasks = In(
            db.UserTasks.AsNoTracking().Where(Hers(db, scope, scope.DecidedSince)).Select(t => t.ProcessInstanceKey),
            instanceKey);
        return rows.Where(scope.Cases.IsNone
            ? ofTasks
            : Predicates.Any([ofTasks, OfCases(db, scope, instanceKey)]));
    }

    /// <summary>Tags of the instances in which somebody has, may take or lately completed a task.</summary>
    /// <param name="tag">Only whether it is this one; null for all tags of cases.</param>
    public async Task<ImmutableArray<string>> TagsOfTasksAsync(
        Scope scope, string? tag, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(scope);
        await using var db = open();
        var instances = db.UserTasks.AsNoTracking().Where(Hers(db, scope, scope.DecidedSince))
            .Select(t => t.ProcessInstanceKey);
        var tags = db.ProcessInstanceTags.Where(t => instances.Contains(t.ProcessInstanceKey));
        tags = tag is null ? tags.Where(t => t.Tag.StartsWith(CaseView.TagPrefix)) : tags.Where(t => t.Tag == tag);
        return [.. await tags.Select(t => t.Tag).Distinct().ToListAsync(cancellation)];
    }

    static IQueryable<ProcessInstanceRow> Instances(WorkflowDb db, Scope scope) =>
        OfVisible(db, scope, db.ProcessInstances.AsNoTracking(), i => i.Key);

    static IQueryable<ElementInstanceRow> Elements(WorkflowDb db, Scope scope) =>
        OfVisible(db, scope, db.ElementInstances.AsNoTracking(), e => e.ProcessInstanceKey);

    static IQueryable<VariableRow> Variables(WorkflowDb db, Scope scope) =>
        scope.DefinitionsOnly
            ? db.Variables.AsNoTracking().Where(v => false)
            : OfVisible(db, scope, db.Variables.AsNoTracking(), v => v.ProcessInstanceKey);

    // Messages of errors may quote what somebody typed.
    static IQueryable<IncidentRow> Incidents(WorkflowDb db, Scope scope)
    {
        var incidents = OfVisible(db, scope, db.Incidents.AsNoTracking(), i => i.ProcessInstanceKey);
        return !scope.DefinitionsOnly ? incidents : incidents.Select(i => new IncidentRow
        {
            Key = i.Key,
            TenantId = i.TenantId,
            ProcessInstanceKey = i.ProcessInstanceKey,
            RootInstanceKey = i.RootInstanceKey,
            ProcessDefinitionKey = i.ProcessDefinitionKey,
            ProcessId = i.ProcessId,
            ElementInstanceKey = i.ElementInstanceKey,
            ElementId = i.ElementId,
            JobKey = i.JobKey,
            ErrorType = i.ErrorType,
            ErrorMessage = "",
            State = i.State,
            CreatedAt = i.CreatedAt,
            ResolvedAt = i.ResolvedAt,
        });
    }

    static IQueryable<JobRow> Jobs(WorkflowDb db, Scope scope) =>
        scope.EngineAll ? db.Jobs.AsNoTracking() : db.Jobs.AsNoTracking().Where(j => false);

    // ---- instances ----------------------------------------------------------------------------------------------

    static readonly string[] InstanceStates = [Status.Active, Status.Completed, Status.Terminated];

    /// <summary>Fields that also filter the statistics of a definition.</summary>
    static SearchTable<ProcessInstanceView> InstanceFields(SearchTable<ProcessInstanceView> table) => table
        .Column("startDate", FieldType.Date, i => i.StartedAt)
        .Column("endDate", FieldType.Date, i => i.EndedAt)
        .Column("state", FieldType.Choice, i => i.State, choices: InstanceStates)
        .Column("hasIncident", FieldType.Boolean, i => i.HasIncident, plain: true)
        .Column("tenantId", FieldType.Text, i => i.TenantId)
        .Column("processInstanceKey", FieldType.Key, i => i.Key)
        .Column("parentProcessInstanceKey", FieldType.Key, i => i.ParentInstanceKey)
        .Column("parentElementInstanceKey", FieldType.Key, i => i.ParentElementKey)
        // There are no batch operations here, so nothing ever belongs to one.
        .Column("batchOperationId", FieldType.Text, i => i.BatchOperationId, sort: false)
        .Related("variables", FieldType.Variables, (db, scope, conditions) =>
            Predicates.All(conditions.Select(c => VariableOfInstance(db, scope, c))))
        .Related("errorMessage", FieldType.Text, (db, scope, conditions) =>
        {
            var incidents = Incidents(db, scope).Where(i => i.State == Status.Active)
                .Where(Matches<IncidentRow, string>(db, i => i.ErrorMessage, conditions));
            return row => incidents.Any(i => i.ProcessInstanceKey == row.Key);
        })
        .Related("hasRetriesLeft", FieldType.Boolean, (db, _, conditions) =>
        {
            var wanted = Flag(conditions);
            return row => db.Jobs.Any(j =>
                j.ProcessInstanceKey == row.Key && j.State == Status.Failed && j.Retries > 0) == wanted;
        }, plain: true)
        .Related("elementInstanceState", FieldType.Choice, (db, _, conditions) =>
        {
            var elements = db.ElementInstances.Where(Matches<ElementInstanceRow, string>(db, e => e.State, conditions));
            return row => elements.Any(e => e.ProcessInstanceKey == row.Key);
        }, choices: InstanceStates)
        .Related("elementId", FieldType.Text, (db, _, conditions) =>
        {
            var elements =
                db.ElementInstances.Where(Matches<ElementInstanceRow, string>(db, e => e.ElementId, conditions));
            return row => elements.Any(e => e.ProcessInstanceKey == row.Key);
        })
        .Related("hasElementInstanceIncident", FieldType.Boolean, (db, _, conditions) =>
        {
            var wanted = Flag(conditions);
            return row => db.ElementInstances.Any(e =>
                e.ProcessInstanceKey == row.Key && e.IncidentKey != null) == wanted;
        }, plain: true)
        .Related("incidentErrorHashCode", FieldType.Integer, (db, scope, conditions) =>
        {
            // The hash is not stored; the different messages of open incidents are few.
            var test = Matches<int, int>(db, hash => hash, conditions).Compile();
            var messages =
                Incidents(db, scope).Where(i => i.State == Status.Active).Select(i => i.ErrorMessage).Distinct()
                .AsEnumerable().Where(message => test(ErrorHashCode(message))).ToArray();
            return row => db.Incidents.Any(i =>
                i.ProcessInstanceKey == row.Key && i.State == Status.Active && messages.Contains(i.ErrorMessage));
        })
        .Related("tags", FieldType.Tags, (db, _, conditions) => Predicates.All(conditions.Select(c =>
        {
            var tag = (string)c.Comparisons[0].Value;
            return (Expression<Func<ProcessInstanceView, bool>>)(row =>
                db.ProcessInstanceTags.Any(t => t.Tag == tag && t.ProcessInstanceKey == row.Key));
        })));

    public static readonly SearchTable<ProcessInstanceView> ProcessInstanceFields =
        InstanceFields(new(i => i.Key) { HasAlternatives = true })
            .Column("processDefinitionId", FieldType.Text, i => i.ProcessId)
            .Column("processDefinitionName", FieldType.Text, i => i.ProcessName)
            .Column("processDefinitionVersion", FieldType.Integer, i => i.ProcessVersion)
            .Column("processDefinitionVersionTag", FieldType.Text, i => i.ProcessVersionTag)
            .Column("processDefinitionKey", FieldType.Key, i => i.ProcessDefinitionKey);

    /// <summary>What the statistics of one definition may be restricted to.</summary>
    public static readonly SearchTable<ProcessInstanceView> StatisticsFields =
        InstanceFields(new(i => i.Key) { HasAlternatives = true });

    public Task<SearchResult<ProcessInstanceView>> SearchProcessInstancesAsync(
        Scope scope, SearchQuery query, CancellationToken cancellation) =>
        SearchAsync(ProcessInstanceFields, scope, db => InstanceViews(db, Instances(db, scope)), query, cancellation);

    public async Task<ProcessInstanceView?> ProcessInstanceAsync(Scope scope, long key, CancellationToken cancellation)
    {
        await using var db = open();
        return await InstanceViews(db, Instances(db, scope).Where(i => i.Key == key))
            .SingleOrDefaultAsync(cancellation);
    }

    /// <summary>The instance and its callers, the root first; callers the caller of this method may not see are left
    /// out.</summary>
    public async Task<ImmutableArray<ProcessInstanceView>> CallHierarchyAsync(
        Scope scope, long key, CancellationToken cancellation)
    {
        await using var db = open();
        var chain = new List<ProcessInstanceView>();
        for (long? next = key; next is { } current; next = chain[^1].ParentInstanceKey)
        {
            var view = await InstanceViews(db, Instances(db, scope).Where(i => i.Key == current))
                .SingleOrDefaultAsync(cancellation);
            if (view is null) break;
            chain.Add(view);
        }
        chain.Reverse();
        return [.. chain];
    }

    /// <summary>The stored state of an instance, as <c>EngineJson</c> reads it; null when there is none for the
    /// caller.</summary>
    public async Task<byte[]?> StateDocumentAsync(Scope scope, long key, CancellationToken cancellation)
    {
        await using var db = open();
        return await Instances(db, scope).Where(i => i.Key == key).Select(i => i.StateDocument)
            .SingleOrDefaultAsync(cancellation);
    }

    /// <summary>Instances of each element of an instance, by what became of them.</summary>
    public async Task<ImmutableArray<ElementStatistics>> StatisticsOfInstanceAsync(
        Scope scope, long key, CancellationToken cancellation)
    {
        await using var db = open();
        return await StatisticsAsync(Elements(db, scope).Where(e => e.ProcessInstanceKey == key), cancellation);
    }

    /// <inheritdoc cref="StatisticsOfInstanceAsync"/>
    public async Task<ImmutableArray<ElementStatistics>> StatisticsOfDefinitionAsync(
        Scope scope, long definitionKey, Filter filter, CancellationToken cancellation)
    {
        await using var db = open();
        var instances = InstanceViews(db, Instances(db, scope).Where(i => i.ProcessDefinitionKey == definitionKey))
            .Where(StatisticsFields.Where(db, scope, filter)).Select(i => i.Key);
        return await StatisticsAsync(
            db.ElementInstances.Where(e => instances.Contains(e.ProcessInstanceKey)), cancellation);
    }

    // The process itself and the body of a multi-instance activity are scopes, not steps; they would count twice.
    static async Task<ImmutableArray<ElementStatistics>> StatisticsAsync(
        IQueryable<ElementInstanceRow> elements, CancellationToken cancellation)
    {
        var counted = await elements
            .Where(e => e.Type != "PROCESS" && e.Type != "MULTI_INSTANCE_BODY")
            .GroupBy(e => e.ElementId)
            .Select(g => new ElementStatistics(
                g.Key,
                g.Count(e => e.State == Status.Active && e.IncidentKey == null),
                g.Count(e => e.State == Status.Terminated),
                g.Count(e => e.State == Status.Active && e.IncidentKey != null),
                g.Count(e => e.State == Status.Completed)))
            .ToListAsync(cancellation);
        return [.. counted.OrderBy(s => s.ElementId, StringComparer.Ordinal)];
    }

    static IQueryable<ProcessInstanceView> InstanceViews(WorkflowDb db, IQueryable<ProcessInstanceRow> instances) =>
        from i in instances
        join d in db.ProcessDefinitions on i.ProcessDefinitionKey equals d.Key
        select new ProcessInstanceView
        {
            Key = i.Key,
            TenantId = i.TenantId,
            ProcessDefinitionKey = i.ProcessDefinitionKey,
            ProcessId = i.ProcessId,
            ProcessName = d.Name,
            ProcessVersion = i.ProcessVersion,
            ProcessVersionTag = d.VersionTag,
            RootInstanceKey = i.RootInstanceKey,
            ParentInstanceKey = i.ParentInstanceKey,
            ParentElementKey = i.ParentElementKey,
            State = i.State,
            StartedAt = i.StartedAt,
            EndedAt = i.EndedAt,
            HasIncident = i.IncidentCount > 0,
            Tags = i.Tags,
            BusinessId = i.BusinessId,
            BatchOperationId = null,
        };

    // ---- elements and variables ---------------------------------------------------------------------------------

    static readonly string[] ElementTypes =
    [
        "UNSPECIFIED", "PROCESS", "SUB_PROCESS", "EVENT_SUB_PROCESS", "AD_HOC_SUB_PROCESS",
        "AD_HOC_SUB_PROCESS_INNER_INSTANCE", "START_EVENT", "INTERMEDIATE_CATCH_EVENT", "INTERMEDIATE_THROW_EVENT",
        "BOUNDARY_EVENT", "END_EVENT", "SERVICE_TASK", "RECEIVE_TASK", "USER_TASK", "MANUAL_TASK", "TASK",
        "EXCLUSIVE_GATEWAY", "INCLUSIVE_GATEWAY", "PARALLEL_GATEWAY", "EVENT_BASED_GATEWAY", "SEQUENCE_FLOW",
        "MULTI_INSTANCE_BODY", "CALL_ACTIVITY", "BUSINESS_RULE_TASK", "SCRIPT_TASK", "SEND_TASK", "UNKNOWN",
    ];

    public static readonly SearchTable<ElementInstanceRow> ElementInstanceFields =
        new SearchTable<ElementInstanceRow>(e => e.Key)
        .Column("processDefinitionId", FieldType.Text, e => e.ProcessId, plain: true)
        .Column("state", FieldType.Choice, e => e.State, choices: InstanceStates)
        .Column("type", FieldType.Choice, e => e.Type, plain: true, choices: ElementTypes)
        .Column("elementId", FieldType.Text, e => e.ElementId, plain: true)
        .Column("elementName", FieldType.Text, e => e.ElementName ?? e.ElementId, plain: true)
        .Column("hasIncident", FieldType.Boolean, e => e.IncidentKey != null, plain: true, sort: false)
        .Column("tenantId", FieldType.Text, e => e.TenantId, plain: true)
        .Column("elementInstanceKey", FieldType.Key, e => e.Key, plain: true)
        .Column("processInstanceKey", FieldType.Key, e => e.ProcessInstanceKey, plain: true)
        .Column("processDefinitionKey", FieldType.Key, e => e.ProcessDefinitionKey, plain: true)
        .Column("incidentKey", FieldType.Key, e => e.IncidentKey, plain: true)
        .Column("startDate", FieldType.Date, e => e.StartedAt)
        .Column("endDate", FieldType.Date, e => e.EndedAt)
        .Column("elementInstanceScopeKey", FieldType.Key, e => e.ScopeKey, plain: true, sort: false);

    public Task<SearchResult<ElementInstanceRow>> SearchElementInstancesAsync(
        Scope scope, SearchQuery query, CancellationToken cancellation) =>
        SearchAsync(ElementInstanceFields, scope, db => Elements(db, scope), query, cancellation);

    public async Task<ElementInstanceRow?> ElementInstanceAsync(Scope scope, long key, CancellationToken cancellation)
    {
        await using var db = open();
        return await Elements(db, scope).SingleOrDefaultAsync(e => e.Key == key, cancellation);
    }

    /// <summary>Characters of a value that a search shows; longer ones are cut and marked.</summary>
    public const int VariablePreviewCharacters = 8_191;

    public static readonly SearchTable<VariableRow> VariableFields = new SearchTable<VariableRow>(v => v.Key)
        .Column("name", FieldType.Text, v => v.Name)
        .Column("value", FieldType.Text, v => v.Value)
        .Column("tenantId", FieldType.Text, v => v.TenantId, plain: true)
        .Column(
            "isTruncated", FieldType.Boolean, v => v.Value.Length > VariablePreviewCharacters, plain: true, sort: false)
        .Column("variableKey", FieldType.Key, v => v.Key)
        .Column("scopeKey", FieldType.Key, v => v.ScopeKey)
        .Column("processInstanceKey", FieldType.Key, v => v.ProcessInstanceKey);

    public static readonly SearchTable<VariableRow> UserTaskVariableFields = new SearchTable<VariableRow>(v => v.Key)
        .Column("name", FieldType.Text, v => v.Name)
        .Column("value", FieldType.Text, v => v.Value, filter: false)
        .Column("tenantId", FieldType.Text, v => v.TenantId, filter: false)
        .Column("variableKey", FieldType.Key, v => v.Key, filter: false)
        .Column("scopeKey", FieldType.Key, v => v.ScopeKey, filter: false)
        .Column("processInstanceKey", FieldType.Key, v => v.ProcessInstanceKey, filter: false);

    public Task<SearchResult<VariableRow>> SearchVariablesAsync(
        Scope scope, SearchQuery query, CancellationToken cancellation) =>
        SearchAsync(VariableFields, scope, db => Variables(db, scope), query, cancellation);

    public async Task<VariableRow?> VariableAsync(Scope scope, long key, CancellationToken cancellation)
    {
        await using var db = open();
        return await Variables(db, scope).SingleOrDefaultAsync(v => v.Key == key, cancellation);
    }

    /// <summary>Process variables of an instance: those of its root scope, by name.</summary>
    public async Task<ImmutableArray<VariableRow>> RootVariablesAsync(
        Scope scope, long instanceKey, CancellationToken cancellation)
    {
        await using var db = open();
        return [.. await Variables(db, scope).Where(v => v.ScopeKey == instanceKey).OrderBy(v => v.Name)
            .ToListAsync(cancellation)];
    }

    // The variables an element sees: its own, and those of the scopes around it that no inner one hides.
    static async Task<long[]> EffectiveVariableKeysAsync(
        WorkflowDb db, Scope scope, UserTaskRow task, CancellationToken cancellation)
    {
        var outerOf = await db.ElementInstances.AsNoTracking()
            .Where(e => e.ProcessInstanceKey == task.ProcessInstanceKey)
            .Select(e => new { e.Key, e.ScopeKey })
            .ToDictionaryAsync(e => e.Key, e => e.ScopeKey, cancellation);
        var scopes = new List<long>();
        for (var key = task.ElementInstanceKey; key != 0; key = outerOf.GetValueOrDefault(key)) scopes.Add(key);
        var names = await Variables(db, scope).Where(v => scopes.Contains(v.ScopeKey))
            .Select(v => new { v.Key, v.Name, v.ScopeKey }).ToListAsync(cancellation);
        return
        [
            .. names.GroupBy(v => v.Name, StringComparer.Ordinal)
                .Select(g => g.MinBy(v => scopes.IndexOf(v.ScopeKey))!.Key),
        ];
    }

    // ---- shared -------------------------------------------------------------------------------------------------

    async Task<SearchResult<T>> SearchAsync<T>(
        SearchTable<T> table, Scope scope, Func<WorkflowDb, IQueryable<T>> rows, SearchQuery query,
        CancellationToken cancellation)
    {
        await using var db = open();
        return await table.RunAsync(db, scope, rows(db), query, cancellation);
    }

    static Expression<Func<ProcessInstanceView, bool>> VariableOfInstance(
        WorkflowDb db, Scope scope, Condition condition)
    {
        var matching = Named(Variables(db, scope), db, condition);
        return row => matching.Any(v => v.ScopeKey == row.Key);
    }

    static IQueryable<VariableRow> Named(IQueryable<VariableRow> variables, WorkflowDb db, Condition condition)
    {
        var name = condition.Variable;
        return variables.Where(v => v.Name == name)
            .Where(Matches<VariableRow, string>(db, v => v.Value, [condition]));
    }

    static Expression<Func<TRow, bool>> Matches<TRow, TValue>(
        WorkflowDb db, Expression<Func<TRow, TValue>> column, ImmutableArray<Condition> conditions) =>
        Predicates.All(conditions.SelectMany(c => c.Comparisons)
            .Select(c => Predicates.Compare(column, c, db is SqliteWorkflowDb)));

    /// <summary>The hash Camunda's clients know an error message by: that of a Java string.</summary>
    public static int ErrorHashCode(string message) => message.Aggregate(0, (hash, c) => unchecked((31 * hash) + c));

    static bool Flag(ImmutableArray<Condition> conditions) =>
        conditions.SelectMany(c => c.Comparisons).All(c => (bool)c.Value);
}

/// <summary>A process instance with the name of its definition, without its state.</summary>
public sealed record ProcessInstanceView
{
    public long Key { get; init; }
    public string TenantId { get; init; } = "";
    public long ProcessDefinitionKey { get; init; }
    public string ProcessId { get; init; } = "";
    public string? ProcessName { get; init; }
    public int ProcessVersion { get; init; }
    public string? ProcessVersionTag { get; init; }
    public long RootInstanceKey { get; init; }
    public long? ParentInstanceKey { get; init; }
    public long? ParentElementKey { get; init; }
    public string State { get; init; } = "";
    public DateTimeOffset StartedAt { get; init; }
    public DateTimeOffset? EndedAt { get; init; }
    public bool HasIncident { get; init; }

    /// <summary>A JSON array of texts.</summary>
    public string Tags { get; init; } = "[]";
    public string? BusinessId { get; init; }

    /// <summary>Always null.</summary>
    public string? BatchOperationId { get; init; }
}

/// <param name="Active">Running, without an open incident.</param>
/// <param name="Incidents">Running, stopped by an incident.</param>
public sealed record ElementStatistics(string ElementId, int Active, int Canceled, int Incidents, int Completed);
