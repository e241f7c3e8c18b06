using System.Data.Common;
using System.Threading.Channels;
using Microsoft.Data.Sqlite;

namespace Workflows.Runtime.Storage;

/// <summary>
/// The one writer of a SQLite file. It takes what is waiting, a bounded batch, and commits it in one transaction, so
/// that one fsync carries many commands. When one of them fails, the transaction is undone and each runs in its own.
/// </summary>
sealed class SqliteWriter : IAsyncDisposable
{
    /// <summary>Commands of one transaction: more would let the first wait too long for its answer.</summary>
    const int BatchMax = 64;

    /// <summary>Prepared statements kept; the engine has about sixty texts.</summary>
    const int StatementsMax = 256;

    readonly SqliteDialect dialect;
    readonly WriteGate gate;
    readonly HashChain chain;
    readonly SqliteConnection connection;
    readonly Dictionary<string, SqliteCommand> prepared = new(StringComparer.Ordinal);
    readonly Channel<Work> people = Channel.CreateUnbounded<Work>(new() { SingleReader = true });
    readonly Channel<Work> background = Channel.CreateUnbounded<Work>(new() { SingleReader = true });
    readonly SemaphoreSlim waiting = new(0);
    readonly CancellationTokenSource stopping = new();
    readonly Lock starting = new();
    Task? loop;
    SqliteTransaction? transaction;
    long commits;
    long statements;

    public SqliteWriter(SqliteDialect dialect, WriteGate gate, HashChain chain)
    {
        this.dialect = dialect;
        this.gate = gate;
        this.chain = chain;
        connection = new SqliteConnection(
            new SqliteConnectionStringBuilder(dialect.ConnectionString) { Pooling = false }.ToString());
        gate.MarkInside(connection);
    }

    public long Commits => Interlocked.Read(ref commits);

    /// <summary>Statements of steps.</summary>
    public long Statements => Interlocked.Read(ref statements);

    /// <summary>Something to be done inside a transaction of the writer.</summary>
    abstract class Work
    {
        public abstract Task RunAsync(SqliteWriter writer);

        public abstract void Succeed();

        public abstract void Fail(Exception failure);
    }

    sealed class Call<T>(Func<DbConnection, DbTransaction, Task<T>> write) : Work
    {
        readonly TaskCompletionSource<T> done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        T? result;

        public Task<T> Done => done.Task;

        public override async Task RunAsync(SqliteWriter writer) =>
            result = await write(writer.connection, writer.transaction!);

        public override void Succeed() => done.SetResult(result!);

        public override void Fail(Exception failure) => done.SetException(failure);
    }

    sealed class Steps(IReadOnlyList<StepCommit> steps) : Work
    {
        readonly TaskCompletionSource<CommitOutcome> done = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<CommitOutcome> Done => done.Task;

        public override async Task RunAsync(SqliteWriter writer)
        {
            foreach (var step in steps) await writer.WriteAsync(step);
        }

        public override void Succeed() => done.SetResult(new(CommitResult.Committed));

        public override void Fail(Exception failure)
        {
            if (failure is CommitRefused refused) done.SetResult(refused.Outcome);
            else done.SetException(failure);
        }
    }

    /// <summary>Takes a step out of the transaction; never leaves the writer.</summary>
    sealed class CommitRefused(CommitOutcome outcome) : Exception
    {
        public CommitOutcome Outcome => outcome;
    }

    public Task<T> WriteAsync<T>(Func<DbConnection, DbTransaction, Task<T>> write)
    {
        var call = new Call<T>(write);
        Enqueue(people, call);
        return call.Done;
    }

    public Task<CommitOutcome> CommitAsync(IReadOnlyList<StepCommit> steps, bool inBackground)
    {
        var work = new Steps(steps);
        Enqueue(inBackground ? background : people, work);
        return work.Done;
    }

    void Enqueue(Channel<Work> queue, Work work)
    {
        lock (starting)
        {
            ObjectDisposedException.ThrowIf(stopping.IsCancellationRequested, this);
            loop ??= Task.Run(RunAsync);
            queue.Writer.TryWrite(work);
        }
        waiting.Release();
    }

    async Task RunAsync()
    {
        var batch = new List<Work>(BatchMax);
        await OpenAsync();
        while (true)
        {
            await waiting.WaitAsync();
            if (stopping.IsCancellationRequested && !people.Reader.TryPeek(out _)
                && !background.Reader.TryPeek(out _)) return;
            Take(batch);
            if (batch.Count == 0) continue;
            await gate.EnterAsync();
            try
            {
                await CommitAsync(batch);
            }
            finally
            {
                gate.Leave();
                batch.Clear();
            }
        }
    }

    // People first; of the background one batch at a time, so that thousands of timers never hold up a person.
    void Take(List<Work> batch)
    {
        while (batch.Count < BatchMax && people.Reader.TryRead(out var work)) batch.Add(work);
        if (background.Reader.TryRead(out var timers)) batch.Add(timers);
        for (var i = 1; i < batch.Count; i++) waiting.Wait(0);
    }

    async Task CommitAsync(List<Work> batch)
    {
        if (await TryCommitAsync(batch) is not { } failure)
        {
            foreach (var work in batch) work.Succeed();
        }
        else if (batch.Count == 1)
        {
            batch[0].Fail(failure);
        }
        else
        {
            foreach (var work in batch)
            {
                if (await TryCommitAsync([work]) is { } own) work.Fail(own);
                else work.Succeed();
            }
        }
    }

    async Task<Exception?> TryCommitAsync(IReadOnlyList<Work> batch)
    {
        var moved = new List<long>();
        try
        {
            touched = moved;
            transaction = connection.BeginTransaction(deferred: false);
            foreach (var work in batch) await work.RunAsync(this);
            CrashPoints.Pass(CrashPoint.BeforeCommit);
            transaction.Commit();
            Interlocked.Increment(ref commits);
            CrashPoints.Pass(CrashPoint.AfterCommit);
            return null;
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            chain.Forget(moved);
            if (transaction?.Connection is not null) transaction.Rollback();
            return failure;
        }
        finally
        {
            transaction?.Dispose();
            transaction = null;
        }
    }

    // Chains whose heads were moved by the open transaction.
    List<long> touched = [];

    async Task WriteAsync(StepCommit step)
    {
        Execute(step.Rows);
        await LinkAsync(step.History);
        var (veto, further) = await WorkflowStore.RunHostRowsAsync(
            step, connection, transaction!, CancellationToken.None);
        if (veto is not null) throw new CommitRefused(new(CommitResult.Committed, Veto: veto));
        if (further is not { } more) return;
        Execute(more.Rows);
        await LinkAsync(more.History);
    }

    async Task LinkAsync(List<HistoryEntry> entries)
    {
        if (entries.Count == 0) return;
        var heads = new Dictionary<long, ChainHead>();
        foreach (var entry in entries)
        {
            if (entry.Opens || heads.ContainsKey(entry.Chain)) continue;
            heads[entry.Chain] = chain.Find(entry.Chain)
                ?? await HashChain.ReadAsync(dialect, connection, transaction, entry.Chain, CancellationToken.None);
        }
        var sql = new SqlBatch();
        foreach (var (key, head) in HashChain.Link(entries, key => heads[key], sql))
        {
            touched.Add(key);
            chain.Put(key, head);
        }
        Execute(sql);
    }

    void Execute(SqlBatch batch)
    {
        Interlocked.Add(ref statements, batch.Count);
        foreach (var statement in batch)
        {
            var command = Prepare(statement);
            try
            {
                if (command.ExecuteNonQuery() == 0 && statement.Guard != Guard.None)
                    throw new CommitRefused(new(statement.Guard == Guard.Version
                        ? CommitResult.VersionConflict
                        : CommitResult.ChainConflict));
            }
            catch (SqliteException failure) when (dialect.TableOf(failure) is { } table)
            {
                throw new CommitRefused(new(CommitResult.Duplicate, table));
            }
        }
    }

    SqliteCommand Prepare(SqlStatement statement)
    {
        if (!prepared.TryGetValue(statement.Sql, out var command))
        {
            if (prepared.Count == StatementsMax) Forget();
            command = connection.CreateCommand();
            command.CommandText = statement.Sql;
            for (var i = 0; i < statement.Values.Length; i++)
                command.Parameters.Add(new SqliteParameter(SqliteDialect.NameOf(i + 1), DBNull.Value));
            prepared[statement.Sql] = command;
        }
        command.Transaction = transaction;
        for (var i = 0; i < statement.Values.Length; i++)
        {
            var parameter = command.Parameters[i];
            parameter.ResetSqliteType();
            parameter.Value = SqliteDialect.ToSql(statement.Values[i]);
        }
        return command;
    }

    void Forget()
    {
        foreach (var command in prepared.Values) command.Dispose();
        prepared.Clear();
    }

    async Task OpenAsync()
    {
        await connection.OpenAsync();
        await using var pragma = connection.CreateCommand();
        // A full batch writes hundreds of pages: at the 1,000 of SQLite every second one would pay a checkpoint.
        pragma.CommandText = """
            pragma journal_mode = wal; pragma synchronous = full; pragma busy_timeout = 30000;
            pragma wal_autocheckpoint = 4000
            """;
        await pragma.ExecuteNonQueryAsync();
    }

    public async ValueTask DisposeAsync()
    {
        Task? running;
        lock (starting)
        {
            stopping.Cancel();
            running = loop;
        }
        waiting.Release();
        if (running is not null) await running;
        Forget();
        await connection.DisposeAsync();
        waiting.Dispose();
        stopping.Dispose();
    }
}
