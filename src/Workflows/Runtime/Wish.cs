using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Workflows.Engine.Execution;
using Workflows.Runtime.Storage;

namespace Workflows.Runtime;

/// <summary>A command on its way to one instance, with everything that must commit beside it.</summary>
sealed record Wish(Scope Scope, long InstanceKey, Command Command)
{
    /// <summary>The definition of a new instance; 0 for an existing one.</summary>
    public long DefinitionKey { get; init; }
    public string? IdempotencyKey { get; init; }

    /// <summary>What the instance goes over or back to; null for every other command.</summary>
    public Release? Target { get; init; }
    public CommitExtras? Extras { get; init; }

    /// <summary>Engine time, when it is not now: a timer fired while the clock advances.</summary>
    public DateTimeOffset? At { get; init; }
    public string? StartCorrelationKey { get; init; }
    public TimeSpan JobBackOff { get; init; }

    /// <summary>The row of the queue that is done with this step; 0 for none.</summary>
    public long QueueKey { get; init; }

    /// <summary>The message that is used up for this process id with this step.</summary>
    public Storage.MessageCorrelationRow? Correlation { get; init; }

    /// <summary>Further rows of the same commit.</summary>
    public Action<SqlBatch>? Rows { get; init; }

    public bool IsCreation => Command is CreateInstance;
}

/// <summary>What the core decided about a wish.</summary>
/// <param name="Rejected">Set: nothing is to be stored.</param>
readonly record struct Decision(
    EngineAnswer.Rejected? Rejected, EngineAnswer.Accepted? Accepted, Step? Step, StepCommit? Commit)
{
    public bool ChangesNothing => Step is { Accepted.History.IsEmpty: true } && Commit!.HostRows.Count == 0
        && Commit.Rows.Count == 0;
}

/// <summary>Asks the core and lays out the commit of its answer. Knows no database.</summary>
sealed class Decider(WorkflowsOptions options)
{
    public Decision Decide(
        Wish wish, Release release, StoredInstance? stored, DateTimeOffset at, KeyAllocator.Lease lease)
    {
        if (Refuse(wish, release, stored) is { } refused) return new(refused, null, null, null);
        var envelope = new CommandEnvelope(
            wish.IdempotencyKey ?? "", wish.Scope.User, at, lease.Range, wish.Command,
            stored is null ? null : Rights.OnBehalfOf(wish.Scope, stored.Instance, wish.Command));
        var result = Interpreter.Execute(release, stored?.Instance, envelope, wish.Target);
        if (result is not StepResult.Accepted accepted)
        {
            var (code, message) = (StepResult.Rejected)result;
            return new(new(CodeOf(code), message), null, null, null);
        }
        lease.Use(accepted.KeysUsed);
        var step = new Step(wish.Scope, wish.Target ?? release, envelope, stored?.Instance, accepted);
        var answer = AnswerOf(wish, step);
        return new(null, answer, step, Lay(wish, step, stored?.Version ?? 0, answer, lease));
    }

    EngineAnswer.Rejected? Refuse(Wish wish, Release release, StoredInstance? stored) => stored is null
        ? wish.IsCreation ? Rights.RefuseStart(wish.Scope, release, options) : null
        : Rights.Refuse(wish.Scope, stored.Instance, wish.Command, options);

    static EngineRejection CodeOf(RejectionCode code) => code switch
    {
        RejectionCode.NotFound => EngineRejection.NotFound,
        RejectionCode.InvalidState => EngineRejection.InvalidState,
        RejectionCode.AlreadyExists => EngineRejection.AlreadyExists,
        RejectionCode.Forbidden => EngineRejection.Forbidden,
        _ => EngineRejection.InvalidArgument,
    };

    static EngineAnswer.Accepted AnswerOf(Wish wish, Step step)
    {
        var instance = step.Accepted.Instance;
        return new(
            instance.Key, instance.State,
            [.. step.Accepted.History.OfType<UserTaskCreated>().Select(e => e.Task.Key)],
            wish.Correlation?.MessageKey ?? 0,
            new(instance.DefinitionKey, instance.ProcessId, instance.Version), instance.Tags);
    }

    StepCommit Lay(
        Wish wish, Step step, int version, EngineAnswer.Accepted answer, KeyAllocator.Lease lease)
    {
        var root = step.Accepted.Instance.RootInstanceKey;
        var keys = lease;
        var commit = new StepCommit
        {
            Scope = wish.Scope,
            At = step.Envelope.At,
            Step = step,
            WriteFurther = (extras, rows, history) => WriteExtras(
                extras, wish.Scope.User, step.Envelope.At, root, wish.InstanceKey, rows, history, keys),
        };
        if (wish.IdempotencyKey is { } key) Log(commit.Rows, wish, key, answer, step.Envelope.At);
        if (wish.QueueKey != 0)
            commit.Rows.AddGuarded(Guard.Version, "delete from command_queue where key = $1", wish.QueueKey);
        if (wish.Correlation is { } correlation) Use(commit.Rows, correlation);
        if (!step.Accepted.History.IsEmpty)
        {
            StepRows.Write(step, version, wish.StartCorrelationKey, wish.JobBackOff, commit.Rows);
            commit.History.Add(new(
                root, step.Before is null && root == wish.InstanceKey, wish.InstanceKey, step.Envelope.At,
                wish.Scope.User,
                wish.Command.GetType().Name, EngineJson.Write(step.Accepted.History)));
        }
        foreach (var effect in step.Accepted.Effects) Queue(effect, wish.Scope.User, commit.Rows, lease);
        wish.Rows?.Invoke(commit.Rows);
        foreach (var extras in new[] { wish.Extras, options.StepExtras?.Invoke(step) })
        {
            if (extras is null) continue;
            commit.WriteFurther(extras, commit.Rows, commit.History);
            if (extras.HostRows is { } hostRows) commit.HostRows.Add(hostRows);
        }
        // Its rows are written when somebody else has long been given the lease.
        if (commit.HostRows.Count > 0) keys = lease.ForHostRows();
        return commit;
    }

    static void Log(
        SqlBatch rows, Wish wish, string key, EngineAnswer.Accepted answer, DateTimeOffset at) => rows.Add("""
        insert into command_log (actor, idempotency_key, command_hash, answer, at) values ($1, $2, $3, $4, $5)
        """, wish.Scope.User, key, HashOf(wish), JsonSerializer.Serialize(answer, RuntimeJson.Default.Accepted), at);

    /// <summary>Tells one command from another under the same idempotency key; the allotted key of an instance is no
    /// part.</summary>
    public static byte[] HashOf(Wish wish)
    {
        var command = wish.Command is CreateInstance create ? create with { Key = wish.DefinitionKey } : wish.Command;
        var content = wish.Extras?.Content is { } written ? Encoding.UTF8.GetBytes(written) : [];
        return SHA256.HashData([.. EngineJson.Write(command), .. content]);
    }

    static void Use(SqlBatch rows, Storage.MessageCorrelationRow used) => rows.Add("""
        insert into message_correlations (message_key, process_id, tenant_id, message_name, correlation_key,
        process_instance_key, process_definition_key, subscription_key, element_id, correlated_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        """, used.MessageKey, used.ProcessId, WorkflowDb.DefaultTenant, used.MessageName, used.CorrelationKey,
        used.ProcessInstanceKey, used.ProcessDefinitionKey, used.SubscriptionKey, used.ElementId, used.CorrelatedAt);

    // ---- what leaves the instance ---------------------------------------------------------------------------------

    public const string KindEffect = "EFFECT";
    public const string KindCommand = "COMMAND";
    public const string KindStart = "START";
    public const string KindPublish = "PUBLISH";

    void Queue(Effect effect, string actor, SqlBatch rows, KeyAllocator.Lease lease) => Queue(
        KindEffect, effect is SendCommand send ? send.InstanceKey : ((StartChild)effect).Command.Key,
        JsonSerializer.SerializeToUtf8Bytes([effect], EngineJson.Default.ImmutableArrayEffect), actor, rows, lease);

    void Queue(string kind, long instanceKey, byte[] payload, string actor, SqlBatch rows, KeyAllocator.Lease lease) =>
        rows.Add("""
            insert into command_queue (key, tenant_id, kind, process_instance_key, payload, actor, state, due_at,
            attempts)
            values ($1, $2, $3, $4, $5, $6, $7, $8, 0)
            """, lease.Next(), WorkflowDb.DefaultTenant, kind, instanceKey, payload, actor, Status.Pending,
            options.SystemTime.GetUtcNow());

    public void WriteExtras(
        CommitExtras extras, string actor, DateTimeOffset at, long chain, long instanceKey, SqlBatch rows,
        List<HistoryEntry> history, KeyAllocator.Lease lease)
    {
        foreach (var command in extras.Commands)
            Queue(KindCommand, command.InstanceKey, EngineJson.Write(command.Command), actor, rows, lease);
        foreach (var start in extras.Starts)
            Queue(
                KindStart, instanceKey, JsonSerializer.SerializeToUtf8Bytes(start, RuntimeJson.Default.QueuedStart),
                actor, rows, lease);
        foreach (var message in extras.Messages)
            Queue(
                KindPublish, instanceKey,
                JsonSerializer.SerializeToUtf8Bytes(message, RuntimeJson.Default.MessagePublication),
                actor, rows, lease);
        foreach (var message in extras.Outbox)
            rows.Add(InsertOutbox, ValuesOf(message, lease.Next(), at));
        foreach (var act in extras.Acts)
            history.Add(new(act.Chain ?? chain, false, act.Chain is null ? instanceKey : 0, at, actor, act.Name,
                System.Text.Encoding.UTF8.GetBytes(act.Payload)));
    }

    /// <summary>What is planned twice stands there once.</summary>
    public const string InsertOutbox = """
        insert into outbox (key, tenant_id, business_key, purpose, recipient, payload, process_instance_key,
        user_task_key, state, due_at, attempts, created_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, $11) on conflict (business_key) do nothing
        """;

    public static object?[] ValuesOf(OutboxMessage message, long key, DateTimeOffset at) =>
    [
        key, WorkflowDb.DefaultTenant, message.BusinessKey, message.Purpose, message.Recipient, message.Payload,
        message.InstanceKey, message.UserTaskKey, Status.Planned, message.DueAt, at,
    ];
}
