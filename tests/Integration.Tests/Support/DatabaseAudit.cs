using System.Collections.Immutable;
using System.Data.Common;
using System.Globalization;
using System.Text;
using Workflows.Engine.Execution;
using Workflows.Runtime.Storage;

namespace Integration.Tests.Support;

/// <summary>
/// Looks for contradictions in a database of the engine: between history and state, state and rows, callers and called,
/// messages and correlations. Whatever happened to the processes that wrote it, there must be none.
/// </summary>
/// <remarks>Nobody may write meanwhile. Findings are sentences with keys; none means that all agrees.</remarks>
sealed class DatabaseAudit
{
    static readonly HashSet<string> Commands = typeof(Command).Assembly.GetTypes()
        .Where(type => type.IsSubclassOf(typeof(Command))).Select(type => type.Name).ToHashSet(StringComparer.Ordinal);

    readonly WorkflowStore store;
    readonly List<string> findings = [];
    readonly Dictionary<long, ProcessInstance> folded = [];
    readonly HashSet<(long MessageKey, string ProcessId, long Subscription)> correlated = [];
    readonly Dictionary<string, ILookup<long, string>> rows = [];
    Dictionary<long, InstanceRow> instances = [];
    ILookup<long, StepRow> steps = Array.Empty<StepRow>().ToLookup(s => s.Instance);

    DatabaseAudit(WorkflowStore store) => this.store = store;

    sealed record InstanceRow(
        string State, DateTimeOffset? EndedAt, int Incidents, int Version, byte[] Document, string ProcessId);

    sealed record StepRow(long Chain, long Instance, DateTimeOffset At, string Command, byte[] Payload);

    /// <param name="since">Only instances with history from then on, engine time; null for everything.</param>
    public static async Task<IReadOnlyList<string>> FindAsync(WorkflowStore store, DateTimeOffset? since = null)
    {
        var audit = new DatabaseAudit(store);
        await audit.LoadAsync();
        var changed = audit.steps.SelectMany(s => s).Where(s => since is null || s.At >= since).ToArray();
        foreach (var chain in changed.Select(s => s.Chain).Distinct().Order())
        {
            if (await HashChain.VerifyAsync(store.Dialect, chain) is { } broken) audit.findings.Add(broken);
        }
        foreach (var key in changed.Select(s => s.Instance).Where(key => key != 0).Distinct().Order()) audit.Instance(key);
        await audit.CallsAsync();
        await audit.WholeTablesAsync();
        if (since is null) await audit.CorrelationsAsync();
        return audit.findings;
    }

    // Whole tables at once: the databases of tests are small, and a question for each instance would take minutes.
    async Task LoadAsync()
    {
        instances = (await ReadAsync("""
            select key, state, ended_at, incident_count, state_version, state_document, process_id from process_instances
            """, row => (Key: row.GetInt64(0), Row: new InstanceRow(
                row.GetString(1), store.Dialect.TimeOrNull(row, 2), row.GetInt32(3), row.GetInt32(4),
                row.GetFieldValue<byte[]>(5), row.GetString(6))))).ToDictionary(i => i.Key, i => i.Row);
        steps = (await ReadAsync("""
            select chain, process_instance_key, at, command, payload from history where payload is not null
            order by chain, sequence
            """, row => new StepRow(row.GetInt64(0), row.GetInt64(1), store.Dialect.Time(row, 2), row.GetString(3),
                row.GetFieldValue<byte[]>(4)))).ToLookup(s => s.Instance);
        await LoadAsync("element instances", "select process_instance_key, key from element_instances where state = 'ACTIVE'");
        await LoadAsync("user tasks",
            "select process_instance_key, key, element_id, assignee from user_tasks where state = 'CREATED'");
        await LoadAsync("candidates of tasks", """
            select t.process_instance_key, c.user_task_key, c.kind, c.name from user_task_candidates c
            join user_tasks t on t.key = c.user_task_key where c.open
            """);
        await LoadAsync("jobs", "select process_instance_key, key, type, retries from jobs where ended_at is null");
        await LoadAsync("timers", "select process_instance_key, key, element_id, due_at from timers", timeColumn: 3);
        await LoadAsync("subscriptions", """
            select process_instance_key, key, message_name, correlation_key from message_subscriptions where state = 'CREATED'
            """);
        await LoadAsync("incidents",
            "select process_instance_key, key, element_id, error_type from incidents where state = 'ACTIVE'");
        await LoadAsync("variables", """
            select v.process_instance_key, v.key, v.scope_key, v.name, v.value from variables v
            join element_instances e on e.key = v.scope_key where e.state = 'ACTIVE'
            """);
    }

    /// <summary>Rows as texts by the instance key in their first column.</summary>
    async Task LoadAsync(string what, string sql, int timeColumn = -1) => rows[what] = (await ReadAsync(sql, row => (
        Instance: row.GetInt64(0),
        Text: string.Join(' ', Enumerable.Range(1, row.FieldCount - 1).Select(i =>
            i == timeColumn ? $"{store.Dialect.Time(row, i).UtcTicks}" : row.IsDBNull(i) ? "" : $"{row.GetValue(i)}")))))
        .ToLookup(r => r.Instance, r => r.Text);

    Task<ImmutableArray<T>> ReadAsync<T>(string sql, Func<DbDataReader, T> map, params object?[] values) =>
        store.ReadAsync(sql, map, CancellationToken.None, values);

    void Find(long instance, string text) => findings.Add(string.Create(CultureInfo.InvariantCulture, $"{instance}: {text}"));

    // ---- one instance ---------------------------------------------------------------------------------------------

    void Instance(long key)
    {
        if (!instances.TryGetValue(key, out var row))
        {
            Find(key, "has history, but no row");
            return;
        }
        var decided = steps[key].Where(s => Commands.Contains(s.Command)).ToArray();
        var history = decided.SelectMany(s => EngineJson.ReadHistory(s.Payload)).ToArray();
        var state = Apply.Fold(history);
        folded[key] = state;
        if (!EngineJson.Write(state).AsSpan().SequenceEqual(row.Document))
            Find(key, $"the folded history is not the stored state:\n{Encoding.UTF8.GetString(EngineJson.Write(state))}\n"
                + Encoding.UTF8.GetString(row.Document));
        if (row.Version != decided.Length) Find(key, $"version {row.Version} after {decided.Length} steps");
        if (!row.State.Equals($"{state.State}", StringComparison.OrdinalIgnoreCase) || row.EndedAt != state.EndedAt)
            Find(key, $"the row says {row.State} {row.EndedAt:O}, the state {state.State} {state.EndedAt:O}");
        if (row.Incidents != state.Incidents.Count) Find(key, $"the row says {row.Incidents} incidents, the state {state.Incidents.Count}");
        Once(key, row.ProcessId, history);
        Rows(key, state);
    }

    /// <summary>What ends, ends once and only after it has begun; folding alone would not notice.</summary>
    void Once(long key, string processId, HistoryEvent[] history)
    {
        var open = new HashSet<long>();
        foreach (var happened in history)
        {
            var (begun, ended) = happened switch
            {
                ElementActivated e => (e.Key, 0L),
                ElementCompleted e => (0L, e.Key),
                ElementTerminated e => (0L, e.Key),
                UserTaskCreated e => (e.Task.Key, 0L),
                UserTaskCompleted e => (0L, e.Key),
                UserTaskCanceled e => (0L, e.Key),
                JobCreated e => (e.Job.Key, 0L),
                JobCompleted e => (0L, e.Key),
                JobErrorThrown e => (0L, e.Key),
                JobCanceled e => (0L, e.Key),
                TimerScheduled e => (e.Timer.Key, 0L),
                TimerFired e => (0L, e.Key),
                TimerCanceled e => (0L, e.Key),
                SubscriptionOpened e => (e.Subscription.Key, 0L),
                SubscriptionClosed e => (0L, e.Key),
                IncidentRaised e => (e.Incident.Key, 0L),
                IncidentResolved e => (0L, e.Key),
                _ => (0L, 0L),
            };
            if (begun != 0 && !open.Add(begun)) Find(key, $"began twice: {happened}");
            if (ended != 0 && !open.Remove(ended)) Find(key, $"ended without being open: {happened}");
            if (happened is MessageCorrelated m && !correlated.Add((m.MessageKey, processId, m.SubscriptionKey)))
                Find(key, $"correlated twice: {m}");
        }
    }

    void Rows(long key, ProcessInstance state)
    {
        Same(key, "element instances", state.Elements.Keys.Select(k => $"{k}"));
        Same(key, "user tasks", state.UserTasks.Values.Select(t => $"{t.Key} {t.ElementId} {t.Assignee}"));
        Same(key, "candidates of tasks", state.UserTasks.Values.SelectMany(Candidates));
        Same(key, "jobs", state.Jobs.Values.Select(j => $"{j.Key} {j.Type} {j.Retries}"));
        Same(key, "timers", state.Timers.Values.Select(t => $"{t.Key} {t.TargetId} {t.DueAt.UtcTicks}"));
        Same(key, "subscriptions", state.Subscriptions.Values.Select(s => $"{s.Key} {s.MessageName} {s.CorrelationKey}"));
        Same(key, "incidents", state.Incidents.Values.Select(i => $"{i.Key} {i.ElementId} {i.Kind}"));
        Same(key, "variables",
            state.Elements.Values.SelectMany(e => e.Variables.Select(v => $"{v.Key} {e.Key} {v.Name} {v.Value}")));
    }

    static IEnumerable<string> Candidates(UserTaskInstance task) =>
        task.CandidateUsers.Distinct().Select(u => $"{task.Key} user {u}")
            .Concat(task.CandidateGroups.Distinct().Select(g => $"{task.Key} group {g}"));

    void Same(long key, string what, IEnumerable<string> inState)
    {
        var expected = inState.Order(StringComparer.Ordinal).ToArray();
        var found = rows[what][key].Order(StringComparer.Ordinal).ToArray();
        if (!expected.SequenceEqual(found))
            Find(key, $"{what} of the state: [{string.Join(", ", expected)}], of the rows: [{string.Join(", ", found)}]");
    }

    // ---- between instances ----------------------------------------------------------------------------------------

    // Who waits for a called instance has either its live child, or a message about it under way.
    async Task CallsAsync()
    {
        var underWay = (await ReadAsync("select process_instance_key from command_queue", row => row.GetInt64(0))).ToHashSet();
        foreach (var (key, caller) in folded)
        {
            foreach (var child in caller.Elements.Values.Select(e => e.ChildInstanceKey).Where(child => child != 0))
            {
                var state = instances.GetValueOrDefault(child)?.State;
                if (state is null && !underWay.Contains(child)) Find(key, $"calls {child}, which nobody will ever start");
                if (state is not (null or Status.Active) && !underWay.Contains(key))
                    Find(key, $"waits for {child}, which has ended without telling");
            }
            if (caller.State != InstanceState.Active || caller.Parent is not { } parent || underWay.Contains(key)) continue;
            if (instances.GetValueOrDefault(parent.InstanceKey)?.State != Status.Active)
                Find(key, $"still runs, but its caller {parent.InstanceKey} does not");
        }
        foreach (var dead in await ReadAsync(
            "select key, process_instance_key, last_error from command_queue where state = 'DEAD'",
            row => (Key: row.GetInt64(0), Instance: row.GetInt64(1), Error: row.IsDBNull(2) ? "" : row.GetString(2))))
            Find(dead.Instance, $"queued command {dead.Key} was given up: {dead.Error}");
    }

    async Task WholeTablesAsync()
    {
        await NoneAsync("Instance without history", """
            select key from process_instances p where not exists (select 1 from history h where h.process_instance_key = p.key)
            """);
        await NoneAsync("Chain whose head is missing", """
            select distinct chain from history h where not exists (select 1 from chain_heads c where c.chain = h.chain)
            """);
        foreach (var table in new[] { "timers", "jobs", "user_tasks", "element_instances", "incidents", "message_subscriptions", "variables" })
            await NoneAsync($"Row of {table} without instance", $"""
                select key from {table} r where not exists (select 1 from process_instances p where p.key = r.process_instance_key)
                """);
        await NoneAsync("Timer of an ended instance", """
            select t.key from timers t join process_instances p on p.key = t.process_instance_key where p.state <> 'ACTIVE'
            """);
    }

    async Task NoneAsync(string what, string sql)
    {
        foreach (var key in await ReadAsync(sql + " limit 5", row => row.GetInt64(0)))
            findings.Add(string.Create(CultureInfo.InvariantCulture, $"{what}: {key}"));
    }

    // Each correlation row is one event of one history, and the other way round.
    async Task CorrelationsAsync()
    {
        var stored = await ReadAsync(
            "select message_key, process_id, subscription_key from message_correlations where subscription_key <> 0",
            row => (row.GetInt64(0), row.GetString(1), row.GetInt64(2)));
        foreach (var row in stored.Where(row => !correlated.Contains(row))) findings.Add($"Correlation without event: {row}");
        foreach (var happened in correlated.Except(stored)) findings.Add($"Correlated without row: {happened}");
        foreach (var twice in correlated.GroupBy(c => (c.MessageKey, c.ProcessId)).Where(g => g.Count() > 1))
            findings.Add($"Message {twice.Key.MessageKey} reached {twice.Key.ProcessId} {twice.Count()} times");
    }
}
