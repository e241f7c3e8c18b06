using System.Collections.Immutable;
using System.Data.Common;
using System.Text.Json;
using Workflows.Engine.Execution;
using Workflows.Runtime.Storage;

namespace Workflows.Runtime;

// What time and the queue bring: each taken in batches, decided one after the other, committed together.
public sealed partial class WorkflowEngine
{
    /// <summary>Timers or queued commands of one transaction: enough to share a commit, few enough to let people
    /// in.</summary>
    const int BatchMax = 100;

    /// <summary>Attempts of a queued command before a person must look at it.</summary>
    const int QueueAttemptsMax = 10;

    /// <summary>Rounds of <see cref="DrainAsync"/>: processes that start each other without end stop here.</summary>
    const int DrainRoundsMax = 100_000;

    /// <summary>How long a repeated command still gets its first answer.</summary>
    static readonly TimeSpan AnswersKeptFor = TimeSpan.FromDays(7);

    static readonly TimeSpan TimerPutOff = TimeSpan.FromMinutes(1);

    readonly SemaphoreSlim timersTurn = new(1, 1);
    readonly SemaphoreSlim queueTurn = new(1, 1);
    readonly SemaphoreSlim handlersTurn = new(1, 1);

    /// <summary>Runs queued commands, job handlers and due timers until nothing is due at the engine's present
    /// moment.</summary>
    public Task DrainAsync(CancellationToken cancellation = default) => DrainAsync(null, cancellation);

    /// <param name="until">While the clock advances: timers up to here may be fired, each at its own time.</param>
    async Task DrainAsync(DateTimeOffset? until, CancellationToken cancellation)
    {
        for (var round = 0; round < DrainRoundsMax; round++)
        {
            var done = await RunQueueAsync(cancellation);
            if (done == 0) done = await RunHandlersInTurnAsync(cancellation);
            if (done == 0) done = await ReofferJobsAsync(cancellation);
            if (done == 0) done = await RunDueSourcesAsync(cancellation);
            if (done == 0) done = await FireTimersAsync(until, cancellation);
            if (done == 0) return;
        }
        throw new InvalidOperationException($"Something is still due after {DrainRoundsMax} rounds.");
    }

    /// <summary>Everything up to an instant in due order, the clock standing at each due time while it
    /// happens.</summary>
    async Task AdvanceAsync(DateTimeOffset to, CancellationToken cancellation)
    {
        while (true)
        {
            await DrainAsync(to, cancellation);
            if (await NextDueAsync(cancellation) is not { } next || next > to) break;
            Clock.Turn(next);
        }
        Clock.Turn(to);
        await DrainAsync(cancellation);
        await SweepMessagesAsync(cancellation);
    }

    /// <summary>The next moment at which something of the engine or the host falls due; null for never.</summary>
    internal async Task<DateTimeOffset?> NextDueAsync(CancellationToken cancellation)
    {
        var now = await Clock.NowAsync(cancellation);
        var timer = await NextTimerAsync(cancellation);
        var other = await NextOtherAsync(now, cancellation);
        return timer is null || other < timer ? other : timer;
    }

    async Task<DateTimeOffset?> NextTimerAsync(CancellationToken cancellation)
    {
        var rows = await store.ReadAsync(
            "select min(due_at) from timers", row => store.Dialect.TimeOrNull(row, 0), cancellation);
        return rows[0];
    }

    // Start timers, jobs that become available, and what the host waits for.
    async Task<DateTimeOffset?> NextOtherAsync(DateTimeOffset now, CancellationToken cancellation)
    {
        var due = new List<DateTimeOffset?>();
        due.AddRange(await store.ReadAsync("""
            select min(due_at) from start_subscriptions where due_at is not null
            union all select min(lease_until) from jobs where lease_until is not null
            """, row => store.Dialect.TimeOrNull(row, 0), cancellation));
        foreach (var type in options.JobHandlers.Keys)
            due.AddRange(await store.ReadAsync("""
                select min(available_at) from jobs
                where type = $1 and available_at > $2 and ended_at is null and retries > 0
                """, row => store.Dialect.TimeOrNull(row, 0), cancellation, type, now));
        foreach (var source in SourcesNow()) due.Add(await source.NextDue(cancellation));
        return due.Min();
    }

    IEnumerable<DueSource> SourcesNow() =>
        options.DueSources.Where(source => !source.OncePerAdvance || !Clock.IsAdvancing);

    internal async Task<int> RunDueSourcesAsync(CancellationToken cancellation)
    {
        var now = await Clock.NowAsync(cancellation);
        foreach (var source in SourcesNow())
        {
            if (await source.NextDue(cancellation) is not { } due || due > now) continue;
            await source.Run(now, cancellation);
            if (await source.NextDue(cancellation) is { } next && next <= due)
                throw new InvalidOperationException($"A due source ran at {now:O} and is still due at {next:O}.");
            return 1;
        }
        return 0;
    }

    internal async Task<int> RunHandlersInTurnAsync(CancellationToken cancellation)
    {
        await handlersTurn.WaitAsync(cancellation);
        try
        {
            return await RunHandlersAsync(cancellation);
        }
        finally
        {
            handlersTurn.Release();
        }
    }

    /// <summary>The slow safety net over everything that is normally woken: leases, messages, old answers.</summary>
    public async Task SweepAsync(CancellationToken cancellation = default)
    {
        await ReofferJobsAsync(cancellation);
        await SweepMessagesAsync(cancellation);
        var forgotten = await Clock.NowAsync(cancellation) - AnswersKeptFor;
        var any = await store.ReadAsync(
            "select 1 from command_log where at < $1 limit 1", row => row.GetInt32(0), cancellation, forgotten);
        if (!any.IsEmpty)
            await store.WriteAsync((connection, transaction) => store.ExecuteAsync(
                connection, transaction, "delete from command_log where at < $1", cancellation, forgotten),
                cancellation);
    }

    // On a database of its own nobody else can hold what this process held before it stopped.
    internal async Task ReleaseOwnLeasesAsync(CancellationToken cancellation)
    {
        if (store.IsShared) return;
        var now = await Clock.NowAsync(cancellation);
        await store.WriteAsync(async (connection, transaction) =>
        {
            await store.ExecuteAsync(
                connection, transaction,
                """
                update jobs set lease_until = $1, available_at = $2, worker = $4
                where worker = $3 and lease_until is not null
                """,
                cancellation, null, now, InProcess, null);
            // The state stays: whether it went out before the stop is not known.
            return await store.ExecuteAsync(
                connection, transaction, "update outbox set not_before = $1 where state = $2", cancellation, null,
                Status.Sending);
        }, cancellation);
    }

    // ---- timers ---------------------------------------------------------------------------------------------------

    sealed record DueTimer(long Key, long InstanceKey, DateTimeOffset DueAt, StoredInstance Stored);

    /// <summary>Fires one batch of due timers in due order. How many were taken.</summary>
    /// <param name="until">Null: what is due now. Else also what falls due up to then, each at its own time.</param>
    internal async Task<int> FireTimersAsync(DateTimeOffset? until, CancellationToken cancellation)
    {
        await timersTurn.WaitAsync(cancellation);
        try
        {
            var now = await Clock.NowAsync(cancellation);
            return await StartByTimerAsync(now, cancellation) + await FireBatchAsync(now, until, cancellation);
        }
        finally
        {
            timersTurn.Release();
        }
    }

    async Task<int> FireBatchAsync(DateTimeOffset now, DateTimeOffset? until, CancellationToken cancellation)
    {
        var bound = until ?? now;
        if (until is not null && await NextOtherAsync(now, cancellation) is { } other && other < bound)
            bound = other > now ? other : now;      // nothing of another kind may be overtaken
        await using var connection = store.IsShared ? await store.Dialect.OpenAsync(cancellation) : null;
        await using var claim = connection is null ? null : await connection.BeginTransactionAsync(cancellation);
        var timers = await DueTimersAsync(connection, claim, bound, cancellation);
        if (timers.IsEmpty) return 0;
        var batch = new Batch(this, claim);
        foreach (var timer in timers) batch.Know(timer.Stored);
        // Where the claim locks the rows, nothing of this process may be waited for: a person who holds it may wait
        // for us.
        if (claim is null) await batch.HoldAsync(timers.Select(t => t.InstanceKey), cancellation);
        try
        {
            var at = now;
            foreach (var timer in timers)
            {
                if (until is not null && batch.MustSettleBefore(timer.DueAt)) break;
                at = timer.DueAt > at ? timer.DueAt : at;
                await batch.AddAsync(
                    new Wish(Scope.Engine, timer.InstanceKey, new FireTimer(timer.Key)) { At = at }, cancellation);
            }
            await batch.CommitAsync(cancellation);
            if (until is not null) Clock.Turn(at);
        }
        finally
        {
            batch.Release();
        }
        foreach (var (wish, failure) in batch.Failed)
            await PutOffAsync((FireTimer)wish.Command, wish.InstanceKey, failure, cancellation);
        await batch.FollowUpAsync(cancellation);
        return timers.Length;
    }

    Task<ImmutableArray<DueTimer>> DueTimersAsync(
        DbConnection? connection, DbTransaction? claim, DateTimeOffset bound, CancellationToken cancellation)
    {
        var sql = $"""
            select t.key, t.process_instance_key, t.due_at, p.state_document, p.state_version from timers t
            join process_instances p on p.key = t.process_instance_key
            where t.due_at <= $1 order by t.due_at, t.key limit {BatchMax}{store.Dialect.SkipLocked("p")}
            """;
        return connection is null
            ? store.ReadAsync(sql, Map, cancellation, bound)
            : store.ReadAsync(connection, claim, sql, Map, cancellation, bound);

        DueTimer Map(DbDataReader row)
        {
            var known = store.Cache.Find(row.GetInt64(1));
            return new(row.GetInt64(0), row.GetInt64(1), store.Dialect.Time(row, 2),
                known?.Version == row.GetInt32(4) ? known : WorkflowStore.ReadInstance(row, 3));
        }
    }

    // Our own bug must not stop the clock for everybody else.
    async Task PutOffAsync(FireTimer timer, long instanceKey, Exception failure, CancellationToken cancellation)
    {
        log.TimerFailed(timer.TimerKey, instanceKey, failure);
        var later = await Clock.NowAsync(cancellation) + TimerPutOff;
        await store.WriteAsync((connection, transaction) => store.ExecuteAsync(
            connection, transaction, "update timers set due_at = $1 where key = $2", cancellation, later,
            timer.TimerKey),
            cancellation);
    }

    /// <summary>Timer start events: the instance and the next firing commit together.</summary>
    async Task<int> StartByTimerAsync(DateTimeOffset now, CancellationToken cancellation)
    {
        var due = await store.ReadAsync("""
            select key, process_definition_key, element_id, due_at, cycle, repetitions_left from start_subscriptions
            where due_at <= $1 order by due_at, key limit 20
            """, row => (Key: row.GetInt64(0), Definition: row.GetInt64(1), Element: row.GetString(2),
                DueAt: store.Dialect.Time(row, 3), Cycle: row.IsDBNull(4) ? null
                    : row.GetString(4), Left: row.GetInt32(5)),
        cancellation, now);
        foreach (var start in due)
        {
            var key = await store.Keys.OneAsync(cancellation);
            var next = StartTimers.Next(start.Cycle, start.Left, start.DueAt, options.Zone);
            await RunAsync(
                new Wish(Scope.Engine, key, new CreateInstance(key, [], start.Element))
                {
                    DefinitionKey = start.Definition,
                    Rows = rows =>
                    {
                        // Guarded by the due time read: a second node, or a new version, leaves nothing to do.
                        if (next is { } again)
                            rows.AddGuarded(Guard.Version,
                                """
                                update start_subscriptions set due_at = $1, repetitions_left = $2
                                where key = $3 and due_at = $4
                                """,
                                again.DueAt.ToUniversalTime(), again.Left, start.Key, start.DueAt);
                        else
                            rows.AddGuarded(Guard.Version,
                                "delete from start_subscriptions where key = $1 and due_at = $2", start.Key,
                                    start.DueAt);
                    },
                }, cancellation);
        }
        return due.Length;
    }

    // ---- the queue of commands between instances ------------------------------------------------------------------

    sealed record Queued(long Key, string Kind, long InstanceKey, byte[] Payload, string Actor, int Attempts)
    {
        // What another instance asked for happens in the name of whoever caused it, with the engine's rights.
        public Scope Scope => new(Actor, [], EngineAll: true);
    }

    /// <summary>Carries out one batch of queued commands. How many were taken.</summary>
    internal async Task<int> RunQueueAsync(CancellationToken cancellation)
    {
        await queueTurn.WaitAsync(cancellation);
        try
        {
            await using var connection = store.IsShared ? await store.Dialect.OpenAsync(cancellation) : null;
            await using var claim = connection is null ? null : await connection.BeginTransactionAsync(cancellation);
            var queued = await QueuedAsync(connection, claim, cancellation);
            if (queued.IsEmpty) return 0;
            CrashPoints.Pass(CrashPoint.AfterLeaseBeforeWork);
            var publications = queued.Where(q => q.Kind == Decider.KindPublish).ToArray();
            await RunCommandsAsync([.. queued.Except(publications)], claim, cancellation);
            foreach (var publication in publications) await AttemptAsync(publication, PublishQueuedAsync, cancellation);
            return queued.Length;
        }
        finally
        {
            queueTurn.Release();
        }
    }

    Task<ImmutableArray<Queued>> QueuedAsync(
        DbConnection? connection, DbTransaction? claim, CancellationToken cancellation)
    {
        var sql = $"""
            select key, kind, process_instance_key, payload, actor, attempts from command_queue
            where state = 'PENDING' and due_at <= $1 order by due_at, key limit
            {BatchMax}{store.Dialect.SkipLocked("command_queue")}
            """;
        var now = options.SystemTime.GetUtcNow();
        return connection is null
            ? store.ReadAsync(sql, Map, cancellation, now)
            : store.ReadAsync(connection, claim, sql, Map, cancellation, now);

        static Queued Map(DbDataReader row) => new(
            row.GetInt64(0), row.GetString(1), row.GetInt64(2), row.GetFieldValue<byte[]>(3), row.GetString(4),
            row.GetInt32(5));
    }

    async Task RunCommandsAsync(ImmutableArray<Queued> queued, DbTransaction? claim, CancellationToken cancellation)
    {
        var batch = new Batch(this, claim);
        var keys = new Dictionary<long, Queued>();
        await batch.HoldAsync(queued.Where(q => q.Kind != Decider.KindStart).Select(q => q.InstanceKey), cancellation);
        try
        {
            foreach (var item in queued)
            {
                keys[item.Key] = item;
                try
                {
                    if (await WishOfAsync(item, batch, cancellation) is { } wish) await batch.AddAsync(
                        wish, cancellation);
                    else batch.Absorb(item.Key);
                }
                catch (JsonException unreadable)
                {
                    batch.Failed.Add((new Wish(
                        item.Scope, item.InstanceKey, new CancelInstance()) { QueueKey = item.Key }, unreadable));
                }
            }
            await batch.CommitAsync(cancellation);
        }
        finally
        {
            batch.Release();
        }
        foreach (var (wish, reason) in batch.Rejected)
            log.QueuedRejected(keys[wish.QueueKey].Kind, wish.QueueKey, wish.InstanceKey, reason);
        foreach (var (wish, failure) in batch.Failed) await BackOffAsync(keys[wish.QueueKey], failure, cancellation);
        await batch.FollowUpAsync(cancellation);
    }

    /// <summary>Null: there is nothing left to do.</summary>
    async Task<Wish?> WishOfAsync(Queued item, Batch batch, CancellationToken cancellation)
    {
        switch (item.Kind)
        {
            case Decider.KindCommand:
                return new Wish(item.Scope, item.InstanceKey, EngineJson.ReadCommand(item.Payload)) { QueueKey =
                    item.Key };
            case Decider.KindStart:
                var start = JsonSerializer.Deserialize(item.Payload, RuntimeJson.Default.QueuedStart)!;
                var definitionKey = await Catalog.ResolveAsync(start.Process, cancellation);
                if (definitionKey == 0) throw new JsonException(
                    $"There is no deployed process '{start.Process.ProcessId}'.");
                var key = await store.Keys.OneAsync(cancellation);
                return new Wish(item.Scope, key,
                    new CreateInstance(key, start.Variables, null, start.Tags, start.BusinessId))
                {
                    DefinitionKey = definitionKey, QueueKey = item.Key,
                };
            default:
                var effect = JsonSerializer.Deserialize(item.Payload, EngineJson.Default.ImmutableArrayEffect)[0];
                if (effect is SendCommand send)
                    return new Wish(item.Scope, send.InstanceKey, send.Command) { QueueKey = item.Key };
                var child = (StartChild)effect;
                return await StillCalledAsync(child.Command, batch, cancellation)
                    ? new Wish(item.Scope, child.Command.Key, child.Command)
                    {
                        DefinitionKey = child.DefinitionKey, QueueKey = item.Key,
                    }
                    : null;
        }
    }

    // The caller may have gone on before its call was carried out; a child nobody waits for is not begun.
    async Task<bool> StillCalledAsync(CreateInstance child, Batch batch, CancellationToken cancellation)
    {
        if (child.Parent is not { } parent) return true;
        if (Calls(await batch.FindAsync(parent.InstanceKey, cancellation))) return true;
        // The queue is read as soon as the caller's step is committed, the cache is told a moment later: only what is
        // stored may say that nobody waits.
        return Calls(await store.LoadAsync(parent.InstanceKey, cancellation));

        bool Calls(StoredInstance? caller) =>
            caller?.Instance.Elements.GetValueOrDefault(parent.ElementKey)?.ChildInstanceKey == child.Key;
    }

    // The key of the row is the key of the message: published again after a crash, it reaches nobody twice.
    async Task PublishQueuedAsync(Queued item, CancellationToken cancellation)
    {
        var message = JsonSerializer.Deserialize(item.Payload, RuntimeJson.Default.MessagePublication)!;
        if (await PublishAsync(item.Scope, message, item.Key, null, cancellation) is EngineAnswer.Rejected rejected)
            log.QueuedRejected(item.Kind, item.Key, 0, rejected.Message);
        await DropQueuedAsync(item.Key, cancellation);
    }

    Task<int> DropQueuedAsync(long key, CancellationToken cancellation) => store.WriteAsync(
        (connection, transaction) => store.ExecuteAsync(
            connection, transaction, "delete from command_queue where key = $1", cancellation, key), cancellation);

    async Task AttemptAsync(Queued item, Func<Queued, CancellationToken, Task> attempt, CancellationToken cancellation)
    {
        try
        {
            await attempt(item, cancellation);
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            await BackOffAsync(item, failure, cancellation);
        }
    }

    async Task BackOffAsync(Queued item, Exception failure, CancellationToken cancellation)
    {
        var attempts = item.Attempts + 1;
        log.QueuedFailed(item.Kind, item.Key, item.InstanceKey, attempts, failure);
        var isDead = attempts >= QueueAttemptsMax;
        if (isDead) log.QueuedDead(item.Kind, item.Key, item.InstanceKey, attempts);
        var due = options.SystemTime.GetUtcNow() + TimeSpan.FromSeconds(Math.Min(300, Math.Pow(2, attempts)));
        await store.WriteAsync((connection, transaction) => store.ExecuteAsync(
            connection, transaction,
            "update command_queue set attempts = $1, last_error = $2, due_at = $3, state = $4 where key = $5",
            cancellation,
            attempts, failure.Message, due, isDead ? Status.Dead : Status.Pending, item.Key), cancellation);
    }

    // ---- one transaction for many instances -----------------------------------------------------------------------

    /// <summary>
    /// Wishes decided one after the other on states of their own, then committed together. When that fails, each goes
    /// its own way, so that one bad instance holds up nobody.
    /// </summary>
    sealed class Batch(WorkflowEngine engine, DbTransaction? claim)
    {
        readonly Dictionary<long, StoredInstance?> states = [];
        readonly List<Wish> wishes = [];
        readonly List<(Wish Wish, StoredInstance? Before, Decision Decision)> decided = [];
        readonly List<(Wish Wish, string Reason)> rejected = [];
        readonly List<long> absorbed = [];
        readonly List<long> timers = [];
        readonly List<Step> done = [];
        SemaphoreSlim[] held = [];
        DateTimeOffset nextNew = DateTimeOffset.MaxValue;
        bool hasConsequences;

        public List<(Wish Wish, Exception Failure)> Failed { get; } = [];
        public IEnumerable<(Wish Wish, string Reason)> Rejected => rejected.Where(one => one.Wish.QueueKey != 0);

        /// <summary>Keeps people's commands to these instances out; taken in one order, so that nobody waits in a
        /// circle.</summary>
        public async Task HoldAsync(IEnumerable<long> instanceKeys, CancellationToken cancellation)
        {
            var wanted = instanceKeys.Select(key => (int)((ulong)key % StripeCount)).Distinct().Order().ToArray();
            held = new SemaphoreSlim[wanted.Length];
            for (var i = 0; i < wanted.Length; i++)
            {
                await engine.stripes[wanted[i]].WaitAsync(cancellation);
                held[i] = engine.stripes[wanted[i]];
            }
        }

        public void Release()
        {
            foreach (var stripe in held) stripe?.Release();
            held = [];
        }

        public void Know(StoredInstance stored) => states.TryAdd(stored.Instance.Key, stored);

        public async Task<StoredInstance?> FindAsync(long key, CancellationToken cancellation)
        {
            if (states.TryGetValue(key, out var known)) return known;
            var stored = (engine.store.IsShared ? null : engine.store.Cache.Find(key))
                ?? await engine.store.LoadAsync(key, cancellation);
            states[key] = stored;
            return stored;
        }

        /// <summary>What has been decided causes something that comes before the given moment.</summary>
        public bool MustSettleBefore(DateTimeOffset moment) =>
            decided.Count > 0 && (nextNew < moment || (hasConsequences && moment > decided[^1].Wish.At));

        public async Task AddAsync(Wish wish, CancellationToken cancellation)
        {
            var lease = await engine.store.Keys.RentAsync(cancellation);
            try
            {
                var stored = wish.IsCreation ? null : await FindAsync(wish.InstanceKey, cancellation);
                var release = await engine.Catalog.FindAsync(
                    stored?.Instance.DefinitionKey ?? wish.DefinitionKey, cancellation);
                if (release is null)
                {
                    rejected.Add((wish, "There is no such instance."));
                    return;
                }
                var at = wish.At ?? await engine.Clock.NowAsync(cancellation);
                var decision = engine.decider.Decide(wish with { At = at }, release, stored, at, lease);
                engine.store.Keys.Return(lease);
                wishes.Add(wish with { At = at });
                if (decision.Rejected is { } rejection) rejected.Add((wish, rejection.Message));
                else Accept(wish with { At = at }, stored, decision);
            }
            catch (Exception failure) when (failure is not OperationCanceledException)
            {
                Failed.Add((wish, failure));
            }
        }

        void Accept(Wish wish, StoredInstance? before, Decision decision)
        {
            decided.Add((wish, before, decision));
            var accepted = decision.Step!.Accepted;
            states[wish.InstanceKey] = new(accepted.Instance, (before?.Version ?? 0) + 1);
            hasConsequences |= accepted.History.Any(h => h is JobCreated or SubscriptionOpened or InstanceCompleted)
                || decision.Commit!.Rows.Any(r =>
                    r.Sql.StartsWith("insert into command_queue", StringComparison.Ordinal));
            foreach (var timer in accepted.History.OfType<TimerScheduled>())
                nextNew = timer.Timer.DueAt < nextNew ? timer.Timer.DueAt : nextNew;
        }

        // What will never be possible again is done with: its row goes.
        public void Absorb(long queueKey, long timerKey = 0)
        {
            if (queueKey != 0) absorbed.Add(queueKey);
            if (timerKey != 0) timers.Add(timerKey);
        }

        public async Task CommitAsync(CancellationToken cancellation)
        {
            var commits = decided.Select(d => d.Decision.Commit!).ToList();
            if (Absorbing() is { } absorbing) commits.Add(absorbing);
            if (commits.Count == 0)
            {
                if (claim is not null) await claim.RollbackAsync(cancellation);
                return;
            }
            var outcome = await TryCommitAsync(commits, cancellation);
            if (outcome.IsCommitted)
            {
                foreach (var (wish, before, decision) in decided) Done(decision, before);
                return;
            }
            if (claim is not null) await EndClaimAsync(cancellation);
            // What was refused may have been refused by a state that never came to be: everything is asked again.
            rejected.RemoveAll(one => wishes.Exists(wish => wish.InstanceKey == one.Wish.InstanceKey));
            foreach (var wish in wishes) await AloneAsync(wish, cancellation);
            if (Absorbing() is { } rest)
                await engine.store.CommitAsync([rest], background: true, cancellation: cancellation);
        }

        async Task<CommitOutcome> TryCommitAsync(List<StepCommit> commits, CancellationToken cancellation)
        {
            try
            {
                return await engine.store.CommitAsync(commits, background: true, claim, cancellation);
            }
            catch (DbException)
            {
                return new(CommitResult.VersionConflict);
            }
        }

        async Task EndClaimAsync(CancellationToken cancellation)
        {
            try
            {
                if (claim!.Connection is not null) await claim.RollbackAsync(cancellation);
            }
            catch (InvalidOperationException)
            {
                // The host's veto has already rolled it back.
            }
        }

        StepCommit? Absorbing()
        {
            var gone = absorbed.Concat(rejected.Select(one => one.Wish.QueueKey)).Where(key => key != 0).ToList();
            var over = timers.Concat(rejected.Select(one => (one.Wish.Command as FireTimer)?.TimerKey ?? 0))
                .Where(key => key != 0).ToList();
            if (gone.Count + over.Count == 0) return null;
            var commit = new StepCommit
            {
                Scope = Scope.Engine, At = default, WriteFurther = (_, _, _) => { },
            };
            foreach (var key in gone) commit.Rows.Add("delete from command_queue where key = $1", key);
            foreach (var key in over) commit.Rows.Add("delete from timers where key = $1", key);
            return commit;
        }

        async Task AloneAsync(Wish wish, CancellationToken cancellation)
        {
            engine.store.Cache.Remove(wish.InstanceKey);
            try
            {
                var (answer, step) = await engine.CommitOneAsync(wish, cancellation);
                if (step is not null) done.Add(step);
                if (answer is EngineAnswer.Rejected { Code: EngineRejection.ResourceExhausted }) return;
                if (answer is EngineAnswer.Rejected rejection) rejected.Add((wish, rejection.Message));
            }
            catch (Exception failure) when (failure is not OperationCanceledException)
            {
                Failed.Add((wish, failure));
            }
        }

        void Done(Decision decision, StoredInstance? before)
        {
            engine.Remember(decision, before);
            done.Add(decision.Step!);
        }

        public async Task FollowUpAsync(CancellationToken cancellation)
        {
            foreach (var step in done) await engine.FollowUpAsync(step, cancellation);
        }
    }
}
