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

    DatabaseAudit(WorkflowStore store) => this.store = store;

    /// <param name="since">Only instances with history from then on, engine time; null for everything.</param>
    public static async Task<IReadOnlyList<string>> FindAsync(WorkflowStore store, DateTimeOffset? since = null)
    {
        var audit = new DatabaseAudit(store);
        var from = since ?? DateTimeOffset.UnixEpoch;
        foreach (var chain in await audit.ReadAsync(
            "select distinct chain from history where at >= $1 order by chain", row => row.GetInt64(0), from))
        {
            if (await HashChain.VerifyAsync(store.Dialect, chain) is { } broken) audit.findings.Add(broken);
        }
        var keys = await audit.ReadAsync(
            "select distinct process_instance_key from history where at >= $1 and process_instance_key <> 0 order by 1",
            row => row.GetInt64(0), from);
        foreach (var key in keys) await audit.InstanceAsync(key);
        await audit.QueueAndCallsAsync();
        await audit.WholeTablesAsync();
        if (since is null) await audit.CorrelationsAsync();
        return audit.findings;
    }

    Task<ImmutableArray<T>> ReadAsync<T>(string sql, Func<DbDataReader, T> map, params object?[] values) =>
        store.ReadAsync(sql, map, CancellationToken.None, values);

    void Find(long instance, string text) => findings.Add(string.Create(CultureInfo.InvariantCulture, $"{instance}: {text}"));

    // ---- one instance ---------------------------------------------------------------------------------------------

    async Task InstanceAsync(long key)
    {
        var rows = await ReadAsync("""
            select state, ended_at, incident_count, state_version, state_document, process_id from process_instances where key = $1
            """, row => new InstanceRow(row.GetString(0), store.Dialect.TimeOrNull(row, 1), row.GetInt32(2), row.GetInt32(3),
                row.GetFieldValue<byte[]>(4), row.GetString(5)), key);
        if (rows.IsEmpty)
        {
            Find(key, "has history, but no row");
            return;
        }
        var steps = await ReadAsync("""
            select command, payload from history where process_instance_key = $1 and payload is not null order by chain, sequence
            """, row => (Command: row.GetString(0), Payload: row.GetFieldValue<byte[]>(1)), key);
        var decided = steps.Where(s => Commands.Contains(s.Command)).ToArray();
        var history = decided.SelectMany(s => EngineJson.ReadHistory(s.Payload)).ToArray();
        var state = Apply.Fold(history);
        folded[key] = state;
        var row = rows[0];
        if (!EngineJson.Write(state).AsSpan().SequenceEqual(row.Document))
            Find(key, $"the folded history is not the stored state:\n{Encoding.UTF8.GetString(EngineJson.Write(state))}\n"
                + Encoding.UTF8.GetString(row.Document));
        if (row.Version != decided.Length) Find(key, $"version {row.Version} after {decided.Length} steps");
        if (!row.State.Equals($"{state.State}", StringComparison.OrdinalIgnoreCase) || row.EndedAt != state.EndedAt)
            Find(key, $"the row says {row.State} {row.EndedAt:O}, the state {state.State} {state.EndedAt:O}");
        if (row.Incidents != state.Incidents.Count) Find(key, $"the row says {row.Incidents} incidents, the state {state.Incidents.Count}");
        Once(key, row.ProcessId, history);
        await RowsAsync(key, state);
    }

    sealed record InstanceRow(
        string State, DateTimeOffset? EndedAt, int Incidents, int Version, byte[] Document, string ProcessId);

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

    async Task RowsAsync(long key, ProcessInstance state)
    {
        await SameAsync(key, "element instances", state.Elements.Keys.Select(k => $"{k}"),
            "select key from element_instances where process_instance_key = $1 and state = 'ACTIVE'", row => $"{row.GetInt64(0)}");
        await SameAsync(key, "user tasks", state.UserTasks.Values.Select(t => $"{t.Key} {t.ElementId} {t.Assignee}"),
            "select key, element_id, assignee from user_tasks where process_instance_key = $1 and state = 'CREATED'",
            row => $"{row.GetInt64(0)} {row.GetString(1)} {(row.IsDBNull(2) ? "" : row.GetString(2))}");
        await SameAsync(key, "candidates of tasks", state.UserTasks.Values.SelectMany(Candidates), """
            select c.user_task_key, c.kind, c.name from user_task_candidates c join user_tasks t on t.key = c.user_task_key
            where t.process_instance_key = $1 and c.open
            """, row => $"{row.GetInt64(0)} {row.GetString(1)} {row.GetString(2)}");
        await SameAsync(key, "jobs", state.Jobs.Values.Select(j => $"{j.Key} {j.Type} {j.Retries}"),
            "select key, type, retries from jobs where process_instance_key = $1 and ended_at is null",
            row => $"{row.GetInt64(0)} {row.GetString(1)} {row.GetInt32(2)}");
        await SameAsync(key, "timers", state.Timers.Values.Select(t => $"{t.Key} {t.TargetId} {t.DueAt.UtcTicks}"),
            "select key, element_id, due_at from timers where process_instance_key = $1",
            row => $"{row.GetInt64(0)} {row.GetString(1)} {store.Dialect.Time(row, 2).UtcTicks}");
        await SameAsync(key, "subscriptions", state.Subscriptions.Values.Select(s => $"{s.Key} {s.MessageName} {s.CorrelationKey}"),
            """
            select key, message_name, correlation_key from message_subscriptions
            where process_instance_key = $1 and state = 'CREATED'
            """, row => $"{row.GetInt64(0)} {row.GetString(1)} {(row.IsDBNull(2) ? "" : row.GetString(2))}");
        await SameAsync(key, "incidents", state.Incidents.Values.Select(i => $"{i.Key} {i.ElementId} {i.Kind}"),
            "select key, element_id, error_type from incidents where process_instance_key = $1 and state = 'ACTIVE'",
            row => $"{row.GetInt64(0)} {row.GetString(1)} {row.GetString(2)}");
        await SameAsync(key, "variables", state.Elements.Values.SelectMany(e => e.Variables.Select(v => $"{v.Key} {e.Key} {v.Name} {v.Value}")),
            """
            select v.key, v.scope_key, v.name, v.value from variables v join element_instances e on e.key = v.scope_key
            where v.process_instance_key = $1 and e.state = 'ACTIVE'
            """, row => $"{row.GetInt64(0)} {row.GetInt64(1)} {row.GetString(2)} {row.GetString(3)}");
    }

    static IEnumerable<string> Candidates(UserTaskInstance task) =>
        task.CandidateUsers.Distinct().Select(u => $"{task.Key} user {u}")
            .Concat(task.CandidateGroups.Distinct().Select(g => $"{task.Key} group {g}"));

    async Task SameAsync(
        long key, string what, IEnumerable<string> inState, string sql, Func<DbDataReader, string> map)
    {
        var expected = inState.Order(StringComparer.Ordinal).ToArray();
        var found = (await ReadAsync(sql, map, key)).Order(StringComparer.Ordinal).ToArray();
        if (!expected.SequenceEqual(found))
            Find(key, $"{what} of the state: [{string.Join(", ", expected)}], of the rows: [{string.Join(", ", found)}]");
    }

    // ---- between instances ----------------------------------------------------------------------------------------

    // Who waits for a called instance has either its live child, or a message about it under way.
    async Task QueueAndCallsAsync()
    {
        var underWay = (await ReadAsync("select process_instance_key from command_queue", row => row.GetInt64(0))).ToHashSet();
        foreach (var (key, caller) in folded)
        {
            foreach (var child in caller.Elements.Values.Select(e => e.ChildInstanceKey).Where(child => child != 0))
            {
                var states = await ReadAsync("select state from process_instances where key = $1", row => row.GetString(0), child);
                if (states.IsEmpty && !underWay.Contains(child)) Find(key, $"calls {child}, which nobody will ever start");
                if (!states.IsEmpty && states[0] != Status.Active && !underWay.Contains(key))
                    Find(key, $"waits for {child}, which has ended without telling");
            }
            if (caller.State != InstanceState.Active || caller.Parent is not { } parent || underWay.Contains(key)) continue;
            var above = await ReadAsync("select state from process_instances where key = $1", row => row.GetString(0), parent.InstanceKey);
            if (above.IsEmpty || above[0] != Status.Active) Find(key, $"still runs, but its caller {parent.InstanceKey} does not");
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
        var rows = await ReadAsync(
            "select message_key, process_id, subscription_key from message_correlations where subscription_key <> 0",
            row => (row.GetInt64(0), row.GetString(1), row.GetInt64(2)));
        foreach (var row in rows.Where(row => !correlated.Contains(row))) findings.Add($"Correlation without event: {row}");
        foreach (var happened in correlated.Except(rows)) findings.Add($"Correlated without row: {happened}");
        foreach (var twice in correlated.GroupBy(c => (c.MessageKey, c.ProcessId)).Where(g => g.Count() > 1))
            findings.Add($"Message {twice.Key.MessageKey} reached {twice.Key.ProcessId} {twice.Count()} times");
    }
}
