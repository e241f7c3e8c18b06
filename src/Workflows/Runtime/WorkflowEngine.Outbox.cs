using System.Collections.Immutable;
using System.Data.Common;
using Workflows.Runtime.Storage;

namespace Workflows.Runtime;

public sealed partial class WorkflowEngine
{
    const int OutboxBatchMax = 20;

    /// <summary>Rows a digest has carried, marked by one statement.</summary>
    const int CarriedBatchMax = 500;

    /// <summary>With a pause of at most an hour between them: about five days of a mail server that is away.</summary>
    const int OutboxAttemptsMax = 128;

    static readonly TimeSpan OutboxLease = TimeSpan.FromMinutes(2);
    static readonly TimeSpan OutboxPauseMax = TimeSpan.FromHours(1);
    static readonly TimeSpan AskAgainAfter = TimeSpan.FromMinutes(15);

    /// <summary>Sends one batch of due outbox rows: lease, send, mark. How many were taken.</summary>
    /// <remarks>A crash between sending and marking sends again: at least once, with the same key.</remarks>
    internal async Task<int> SendOutboxAsync(CancellationToken cancellation)
    {
        if (options.OutboxSender is not { } send) return 0;
        var items = await LeaseOutboxAsync(cancellation);
        if (!items.IsEmpty) CrashPoints.Pass(CrashPoint.AfterLeaseBeforeWork);
        var begun = options.SystemTime.GetTimestamp();
        foreach (var item in items)
        {
            // A receiver may take its time over those before: what could be somebody else's by now is given back.
            if (options.SystemTime.GetElapsedTime(begun) > OutboxLease / 2)
            {
                await ReleaseAsync(item, cancellation);
                continue;
            }
            var result = await TrySendAsync(send, item, cancellation);
            CrashPoints.Pass(CrashPoint.AfterSendBeforeMark);
            await MarkAsync(item, result, cancellation);
        }
        return items.Length;
    }

    async Task<ImmutableArray<OutboxItem>> LeaseOutboxAsync(CancellationToken cancellation)
    {
        const string due = """
            (state in ('planned', 'sending') or (state = 'unknown' and not_before is not null))
            and purpose <> 'digest-line' and due_at <= $1 and (not_before is null or not_before <= $2)
            """;
        var engineNow = await Clock.NowAsync(cancellation);
        var now = options.SystemTime.GetUtcNow();
        var any = await store.ReadAsync(
            $"select 1 from outbox where {due} limit 1", row => row.GetInt32(0), cancellation, engineNow, now);
        if (any.IsEmpty) return [];
        return await store.WriteAsync(async (connection, transaction) =>
        {
            var taken = await store.ReadAsync(
                connection, transaction,
                $"""
                select key, attempts, business_key, purpose, recipient, payload, due_at, process_instance_key,
                user_task_key, state from outbox where {due} order by due_at, key
                limit {OutboxBatchMax}{store.Dialect.SkipLocked("outbox")}
                """, ReadOutbox, cancellation, engineNow, now);
            foreach (var item in taken)
            {
                await store.ExecuteAsync(
                    connection, transaction,
                    "update outbox set state = $1, not_before = $2, attempts = $3 where key = $4", cancellation,
                    Status.Sending, now + OutboxLease, item.Attempt, item.Key);
            }
            return taken;
        }, cancellation);
    }

    // A row found in "sending" was in somebody's hands when they were cut off.
    OutboxItem ReadOutbox(DbDataReader row) => new(row.GetInt64(0), row.GetInt32(1) + 1, new(
        row.GetString(2), row.GetString(3), row.GetString(4), row.GetString(5), store.Dialect.Time(row, 6),
        row.IsDBNull(7) ? null : row.GetInt64(7), row.IsDBNull(8) ? null : row.GetInt64(8)),
        PerhapsSent: row.GetString(9) != Status.Planned);

    async Task<SendResult> TrySendAsync(OutboxSender send, OutboxItem item, CancellationToken cancellation)
    {
        try
        {
            return await send(item, cancellation);
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            log.OutboxFailed(item.Key, item.Attempt, failure);
            return new SendResult.Retry(failure.Message, PauseAfter(item.Attempt));
        }
    }

    /// <summary>How long to leave a receiver alone that did not say itself: from half a minute to an hour.</summary>
    static TimeSpan PauseAfter(int attempt) => TimeSpan.FromSeconds(
        Math.Min(OutboxPauseMax.TotalSeconds, 15 * Math.Pow(2, Math.Min(attempt, 10))));

    Task<int> ReleaseAsync(OutboxItem item, CancellationToken cancellation) => store.WriteAsync(
        (connection, transaction) => store.ExecuteAsync(
            connection, transaction,
            "update outbox set state = $1, not_before = $2, attempts = $3 where key = $4 and attempts = $5",
            cancellation, item.PerhapsSent ? Status.Sending : Status.Planned,
            item.PerhapsSent ? options.SystemTime.GetUtcNow() : null, item.Attempt - 1, item.Key, item.Attempt),
        cancellation);

    async Task MarkAsync(OutboxItem item, SendResult result, CancellationToken cancellation)
    {
        (string State, string? Reason, TimeSpan? After) mark = result switch
        {
            SendResult.Sent => (Status.Sent, null, null),
            SendResult.Suppressed r => (Status.Suppressed, r.Reason, null),
            SendResult.Unknown r => (Status.Unknown, r.Reason, item.PerhapsSent ? null : AskAgainAfter),
            SendResult.Failed r => (Status.SendFailed, r.Reason, null),
            SendResult.Retry r when item.Attempt < OutboxAttemptsMax => (Status.Planned, r.Reason, r.After),
            SendResult.Retry r => (Status.SendFailed, r.Reason, null),
            _ => throw new InvalidOperationException($"A sender answered {result}."),
        };
        var (state, reason, after) = mark;
        if (state == Status.SendFailed) log.OutboxFailed(item.Key, item.Attempt, null);
        var notBefore = options.SystemTime.GetUtcNow() + after;
        var at = await Clock.NowAsync(cancellation);
        var planned = new List<object?[]>();
        foreach (var message in result.Instead)
            planned.Add(Decider.ValuesOf(message, await store.Keys.OneAsync(cancellation), at));
        await store.WriteAsync(async (connection, transaction) =>
        {
            // Whoever holds it now has counted one attempt more: what he finds out counts, not this.
            var mine = await store.ExecuteAsync(
                connection, transaction,
                """
                update outbox set state = $1, last_error = $2, not_before = $3, ended_at = $4
                where key = $5 and attempts = $6
                """, cancellation, state, reason, notBefore, after is null ? at : null, item.Key, item.Attempt);
            if (mine == 0) return 0;
            foreach (var carried in (after is null ? result.Carried : []).GroupBy(one => one.DroppedBecause))
            {
                foreach (var keys in carried.Select(one => one.Key).Chunk(CarriedBatchMax))
                {
                    await store.ExecuteAsync(
                        connection, transaction,
                        $"""
                        update outbox set state = $1, last_error = $2, ended_at = $3
                        where state = $4 and key in ({string.Join(',', keys)})
                        """, cancellation, carried.Key is null ? state : Status.Suppressed, carried.Key, at,
                        Status.Planned);
                }
            }
            foreach (var values in planned)
                await store.ExecuteAsync(connection, transaction, Decider.InsertOutbox, cancellation, values);
            return mine;
        }, cancellation);
        if (planned.Count > 0) Signals.Set(Signals.Outbox);
    }
}
