using System.Collections.Immutable;
using System.Data.Common;
using Workflows.Runtime.Storage;

namespace Workflows.Runtime;

public sealed partial class WorkflowEngine
{
    const int OutboxBatchMax = 20;
    const int OutboxAttemptsMax = 8;
    static readonly TimeSpan OutboxLease = TimeSpan.FromMinutes(2);

    /// <summary>Sends one batch of due outbox rows: lease, send, mark. How many were taken.</summary>
    /// <remarks>A crash between sending and marking sends again: at least once, with the same key.</remarks>
    internal async Task<int> SendOutboxAsync(CancellationToken cancellation)
    {
        if (options.OutboxSender is not { } send) return 0;
        var items = await LeaseOutboxAsync(cancellation);
        if (!items.IsEmpty) CrashPoints.Pass(CrashPoint.AfterLeaseBeforeWork);
        foreach (var item in items)
        {
            var result = await TrySendAsync(send, item, cancellation);
            CrashPoints.Pass(CrashPoint.AfterSendBeforeMark);
            await MarkAsync(item, result, cancellation);
        }
        return items.Length;
    }

    async Task<ImmutableArray<OutboxItem>> LeaseOutboxAsync(CancellationToken cancellation)
    {
        const string due =
            "state in ('planned', 'sending') and due_at <= $1 and (not_before is null or not_before <= $2)";
        var engineNow = await Clock.NowAsync(cancellation);
        var now = options.SystemTime.GetUtcNow();
        var any = await store.ReadAsync(
            $"select 1 from outbox where {due} limit 1", row => row.GetInt32(0), cancellation, engineNow, now);
        if (any.IsEmpty) return [];
        var sql = $"""
            update outbox set state = $3, not_before = $4, attempts = attempts + 1 where key in (
            select key from outbox where {due} order by due_at, key limit
            {OutboxBatchMax}{store.Dialect.SkipLocked("outbox")})
            returning key, attempts, business_key, purpose, recipient, payload, due_at, process_instance_key,
            user_task_key
            """;
        var rows = await store.WriteAsync((connection, transaction) => store.ReadAsync(
            connection, transaction, sql, ReadOutbox, cancellation, engineNow, now, Status.Sending, now + OutboxLease),
            cancellation);
        return [.. rows.OrderBy(r => r.Message.DueAt).ThenBy(r => r.Key)];
    }

    OutboxItem ReadOutbox(DbDataReader row) => new(row.GetInt64(0), row.GetInt32(1), new(
        row.GetString(2), row.GetString(3), row.GetString(4), row.GetString(5), store.Dialect.Time(row, 6),
        row.IsDBNull(7) ? null : row.GetInt64(7), row.IsDBNull(8) ? null : row.GetInt64(8)));

    async Task<SendResult> TrySendAsync(OutboxSender send, OutboxItem item, CancellationToken cancellation)
    {
        try
        {
            return await send(item, cancellation);
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            log.OutboxFailed(item.Key, item.Attempt, failure);
            return new SendResult.Retry(
                failure.Message, TimeSpan.FromSeconds(Math.Min(3600, 15 * Math.Pow(2, item.Attempt))));
        }
    }

    async Task MarkAsync(OutboxItem item, SendResult result, CancellationToken cancellation)
    {
        (string State, string? Reason, TimeSpan? After) mark = result switch
        {
            SendResult.Sent => (Status.Sent, null, null),
            SendResult.Suppressed r => (Status.Suppressed, r.Reason, null),
            SendResult.Unknown r => (Status.Unknown, r.Reason, null),
            SendResult.Failed r => (Status.SendFailed, r.Reason, null),
            SendResult.Retry r when item.Attempt < OutboxAttemptsMax => (Status.Planned, r.Reason, r.After),
            SendResult.Retry r => (Status.SendFailed, r.Reason, null),
            _ => throw new InvalidOperationException($"A sender answered {result}."),
        };
        var (state, reason, after) = mark;
        if (state == Status.SendFailed) log.OutboxFailed(item.Key, item.Attempt, null);
        var now = options.SystemTime.GetUtcNow();
        var ended = after is null ? await Clock.NowAsync(cancellation) : (DateTimeOffset?)null;
        await store.WriteAsync((connection, transaction) => store.ExecuteAsync(
            connection, transaction,
            "update outbox set state = $1, last_error = $2, not_before = $3, ended_at = $4 where key = $5",
            cancellation,
            state, reason, now + after, ended, item.Key), cancellation);
    }
}
