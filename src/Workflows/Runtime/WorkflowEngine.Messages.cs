using System.Collections.Immutable;
using System.Data.Common;
using Workflows.Engine.Execution;
using Workflows.Runtime.Storage;

namespace Workflows.Runtime;

// Publication and the opening of a subscription cannot miss each other: each commits its own row first and only then
// looks for the other's, so at least one of the two sees both. The primary key of message_correlations lets one of them
// win.
public sealed partial class WorkflowEngine
{
    /// <summary>A message on its way: published, perhaps buffered.</summary>
    sealed record Published(long Key, string Name, string CorrelationKey, ImmutableArray<VariableValue> Variables);

    /// <summary>
    /// Offers a message to one waiting instance of every process id and to message start events; what nobody takes
    /// waits for its time to live.
    /// </summary>
    /// <returns>Accepted with the message key, and the first instance that took it (0: none yet).</returns>
    public async Task<EngineAnswer> PublishMessageAsync(
        Scope scope, MessagePublication message, CommitExtras? extras = null, CancellationToken cancellation = default)
    {
        if (Rights.RefuseUnlessMachine(scope, "publish messages") is { } refused) return refused;
        return await PublishAsync(scope, message, await store.Keys.OneAsync(cancellation), extras, cancellation);
    }

    /// <summary>Gives a message to those who wait for it now; not found when nobody does.</summary>
    public async Task<EngineAnswer> CorrelateMessageAsync(
        Scope scope, MessagePublication message, CancellationToken cancellation = default)
    {
        if (Rights.RefuseUnlessMachine(scope, "correlate messages") is { } refused) return refused;
        var published = new Published(
            await store.Keys.OneAsync(cancellation), message.Name, message.CorrelationKey, Given(message.Variables));
        return await OfferAsync(scope, published, cancellation) is { } taken
            ? taken
            : NotFound($"Expected somebody to wait for message '{message.Name}' with correlation key " +
                $"'{message.CorrelationKey}', but nobody does.");
    }

    static ImmutableArray<VariableValue> Given(ImmutableArray<VariableValue> variables) =>
        variables.IsDefault ? [] : variables;

    async Task<EngineAnswer> PublishAsync(
        Scope scope, MessagePublication message, long key, CommitExtras? extras, CancellationToken cancellation)
    {
        var published = new Published(key, message.Name, message.CorrelationKey, Given(message.Variables));
        var now = await Clock.NowAsync(cancellation);
        if (message.TimeToLive > TimeSpan.Zero || extras is not null)
        {
            if (await BufferAsync(scope, message, published, now, extras, cancellation) is { } refused) return refused;
        }
        return await OfferAsync(scope, published, cancellation)
            ?? new EngineAnswer.Accepted(0, InstanceState.Active, MessageKey: key);
    }

    async Task<EngineAnswer?> BufferAsync(
        Scope scope, MessagePublication message, Published published, DateTimeOffset now, CommitExtras? extras,
    CancellationToken cancellation)
    {
        var lease = await store.Keys.RentAsync(cancellation);
        var commit = new StepCommit
        {
            Scope = scope,
            At = now,
            WriteFurther = (further, rows, history) =>
                decider.WriteExtras(further, scope.User, now, HistoryChain.Settings, 0, rows, history, lease),
        };
        if (message.TimeToLive > TimeSpan.Zero)
        {
            // An expired message no longer stands in the way of a new one with its id.
            if (message.MessageId is not null)
                commit.Rows.Add("""
                    delete from messages where name = $1 and correlation_key = $2 and message_id = $3 and expires_at <=
                    $4
                    """, message.Name, message.CorrelationKey, message.MessageId, now);
            commit.Rows.Add("""
                insert into messages (key, tenant_id, name, correlation_key, message_id, variables, published_at,
                expires_at)
                values ($1, $2, $3, $4, $5, $6, $7, $8)
                """, published.Key, WorkflowDb.DefaultTenant, message.Name, message.CorrelationKey, message.MessageId,
                RuntimeJson.ObjectOf(published.Variables.Select(v => KeyValuePair.Create(v.Name, v.Value))), now,
                Later(now, message.TimeToLive));
        }
        if (extras is not null) commit.WriteFurther(extras, commit.Rows, commit.History);
        if (extras?.HostRows is { } hostRows) commit.HostRows.Add(hostRows);
        var outcome = await store.CommitAsync([commit], background: false, cancellation: cancellation);
        store.Keys.Return(lease);
        if (outcome.IsCommitted) return null;
        if (outcome.Veto is { } veto) return veto;
        return outcome.Result == CommitResult.Duplicate
            ? new EngineAnswer.Rejected(EngineRejection.AlreadyExists,
                $"Message '{message.Name}' with id '{message.MessageId}' and correlation key " +
                $"'{message.CorrelationKey}' is already published.")
            : Busy(published.Key);
    }

    static DateTimeOffset Later(DateTimeOffset now, TimeSpan time) =>
        time >= DateTimeOffset.MaxValue - now ? DateTimeOffset.MaxValue : now + time;

    // ---- offering -------------------------------------------------------------------------------------------------

    sealed record Waiting(long Key, long InstanceKey, long DefinitionKey, string ProcessId, string ElementId);

    /// <summary>Offers to one subscription of each process id, oldest first, then to start events.</summary>
    /// <returns>The first acceptance; null when nobody took it.</returns>
    async Task<EngineAnswer.Accepted?> OfferAsync(Scope scope, Published message, CancellationToken cancellation)
    {
        EngineAnswer.Accepted? first = null;
        var waiting = await store.ReadAsync("""
            select key, process_instance_key, process_definition_key, process_id, element_id from message_subscriptions
            where state = 'CREATED' and message_name = $1 and (correlation_key = $2 or correlation_key is null) order
            by key
            """, ReadWaiting, cancellation, message.Name, message.CorrelationKey);
        foreach (var process in waiting.GroupBy(w => w.ProcessId, StringComparer.Ordinal))
        {
            foreach (var subscription in process)
            {
                var answer = await CorrelateAsync(scope, message, subscription, cancellation);
                if (answer is EngineAnswer.Accepted accepted) first ??= accepted;
                // Rejected as not found: it was taken away meanwhile, so the next one of this process may have it.
                if (answer is not EngineAnswer.Rejected { Code: EngineRejection.NotFound }) break;
            }
        }
        var starts = await store.ReadAsync("""
            select key, 0, process_definition_key, process_id, element_id from start_subscriptions
            where message_name = $1 order by key
            """, ReadWaiting, cancellation, message.Name);
        foreach (var start in starts.DistinctBy(s => s.ProcessId, StringComparer.Ordinal))
        {
            if (await StartByAsync(
                scope, message, start, cancellation) is EngineAnswer.Accepted accepted) first ??= accepted;
        }
        return first;
    }

    static Waiting ReadWaiting(DbDataReader row) =>
        new(row.GetInt64(0), row.GetInt64(1), row.GetInt64(2), row.GetString(3), row.GetString(4));

    async Task<EngineAnswer> CorrelateAsync(
        Scope scope, Published message, Waiting to, CancellationToken cancellation) => await RunAsync(
        new Wish(Machine(scope), to.InstanceKey, new CorrelateMessage(to.Key, message.Key, message.Variables))
        {
            Correlation = await UsedByAsync(message, to, to.InstanceKey, to.Key, cancellation),
        }, cancellation);

    // At most one live instance per process id and correlation key: the unique index of process_instances decides.
    async Task<EngineAnswer> StartByAsync(Scope scope, Published message, Waiting start, CancellationToken cancellation)
    {
        var key = await store.Keys.OneAsync(cancellation);
        return await RunAsync(
            new Wish(Machine(scope), key, new CreateInstance(key, message.Variables, start.ElementId))
            {
                DefinitionKey = start.DefinitionKey,
                StartCorrelationKey = message.CorrelationKey.Length == 0 ? null : message.CorrelationKey,
                Correlation = await UsedByAsync(message, start, key, 0, cancellation),
            }, cancellation);
    }

    static Scope Machine(Scope scope) => scope.EngineAll ? scope : scope with { EngineAll = true };

    async Task<MessageCorrelationRow> UsedByAsync(
        Published message, Waiting by, long instanceKey, long subscriptionKey, CancellationToken cancellation) => new()
        {
            MessageKey = message.Key,
            ProcessId = by.ProcessId,
            MessageName = message.Name,
            CorrelationKey = message.CorrelationKey,
            ProcessInstanceKey = instanceKey,
            ProcessDefinitionKey = by.DefinitionKey,
            SubscriptionKey = subscriptionKey,
            ElementId = by.ElementId,
            CorrelatedAt = await Clock.NowAsync(cancellation),
        };

    // ---- buffered messages ----------------------------------------------------------------------------------------

    /// <summary>After a step: what it now waits for may have been published before.</summary>
    async Task FollowUpAsync(Step step, CancellationToken cancellation)
    {
        var instance = step.Accepted.Instance;
        foreach (var opened in step.Accepted.History.OfType<SubscriptionOpened>())
        {
            var s = opened.Subscription;
            if (!instance.Subscriptions.ContainsKey(s.Key)) continue;
            if (await OldestAsync(
                s.MessageName, s.CorrelationKey, instance.ProcessId, cancellation) is not { } message) continue;
            await CorrelateAsync(
                step.Scope, message, new(s.Key, instance.Key, instance.DefinitionKey, instance.ProcessId, s.TargetId),
                cancellation);
        }
        if (instance.State != InstanceState.Active && step.Before is not { State: not InstanceState.Active })
            await StartWaitingAsync(step, cancellation);
    }

    // A message that found an instance with its key running may start the next one now.
    async Task StartWaitingAsync(Step step, CancellationToken cancellation)
    {
        var definition = step.Release.Definition;
        var hasMessageStart = definition.Scopes[definition.Id].StartEvents
            .Any(e => e.Definition is Engine.Model.MessageEventDefinition);
        if (!hasMessageStart) return;
        var instance = step.Accepted.Instance;
        var keys = await store.ReadAsync(
            "select start_correlation_key from process_instances where key = $1 and start_correlation_key is not null",
            row => row.GetString(0), cancellation, instance.Key);
        if (keys.IsEmpty) return;
        var starts = await store.ReadAsync("""
            select key, 0, process_definition_key, process_id, element_id, message_name from start_subscriptions
            where process_id = $1 and message_name is not null order by key
            """, row => (Start: ReadWaiting(row), Name: row.GetString(5)), cancellation, instance.ProcessId);
        foreach (var (start, name) in starts)
        {
            if (await OldestAsync(name, keys[0], instance.ProcessId, cancellation) is { } message)
                await StartByAsync(Scope.Engine, message, start, cancellation);
        }
    }

    /// <summary>The oldest buffered message that this process id has not had yet.</summary>
    async Task<Published?> OldestAsync(
        string name, string? correlationKey, string processId, CancellationToken cancellation)
    {
        var now = await Clock.NowAsync(cancellation);
        var sql = $"""
            select key, name, correlation_key, variables from messages
            where name = $1 and expires_at > $2 and not exists (select 1 from message_correlations c
            where c.message_key = messages.key and c.process_id = $3)
            {(correlationKey is null ? "" : "and correlation_key = $4")} order by key limit 1
            """;
        object?[] values = correlationKey is null ? [name, now, processId] : [name, now, processId, correlationKey];
        var rows = await store.ReadAsync(
            sql, row => new Published(
                row.GetInt64(0), row.GetString(1), row.GetString(2), RuntimeJson.VariablesOf(row.GetString(3))),
        cancellation, values);
        return rows.IsEmpty ? null : rows[0];
    }

    /// <summary>
    /// The safety net: buffered messages and open subscriptions that a crash kept from finding each other, and messages
    /// whose time is over.
    /// </summary>
    internal async Task SweepMessagesAsync(CancellationToken cancellation)
    {
        var now = await Clock.NowAsync(cancellation);
        var found = await store.ReadAsync("""
            select s.key, s.process_instance_key, s.process_definition_key, s.process_id, s.element_id,
            m.key, m.name, m.correlation_key, m.variables from messages m
            join message_subscriptions s on s.message_name = m.name and s.state = 'CREATED'
            and (s.correlation_key = m.correlation_key or s.correlation_key is null)
            where m.expires_at > $1 and not exists (select 1 from message_correlations c
            where c.message_key = m.key and c.process_id = s.process_id) order by m.key, s.key limit 100
            """, row => (Waiting: ReadWaiting(row), Message: new Published(
                row.GetInt64(5), row.GetString(6), row.GetString(7), RuntimeJson.VariablesOf(row.GetString(8)))),
        cancellation, now);
        foreach (var (waiting, message) in found) await CorrelateAsync(Scope.Engine, message, waiting, cancellation);
        var expired = await store.ReadAsync(
            "select 1 from messages where expires_at <= $1 limit 1", row => row.GetInt32(0), cancellation, now);
        if (expired.IsEmpty) return;
        await store.WriteAsync((connection, transaction) => store.ExecuteAsync(
            connection, transaction, "delete from messages where expires_at <= $1", cancellation, now), cancellation);
    }
}
