using System.Collections.Immutable;
using System.Data.Common;
using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using Workflows.Engine.Execution;

namespace Workflows.Runtime.Storage;

/// <summary>Everything of one step, ready to be written in one transaction.</summary>
sealed class StepCommit
{
    public required Scope Scope { get; init; }
    public required DateTimeOffset At { get; init; }

    /// <summary>Null when only rows and acts of the host are written.</summary>
    public Step? Step { get; init; }

    /// <summary>The guarded row of the instance comes before anything that depends on it.</summary>
    public SqlBatch Rows { get; } = [];
    public List<HistoryEntry> History { get; } = [];
    public List<Func<HostCommit, CancellationToken, Task<EngineAnswer.Rejected?>>> HostRows { get; } = [];

    /// <summary>
    /// A chain to which only the host's rows will add: they are asked one after the other, also by several processes,
    /// so that what they find still holds when they are committed. Null where rows of this step hold the chain.
    /// </summary>
    public long? OneByOne { get; set; }

    /// <summary>Writes what the host wished for while its rows were written.</summary>
    public required Action<CommitExtras, SqlBatch, List<HistoryEntry>> WriteFurther { get; init; }
}

/// <param name="Table">The table whose unique index refused a row, for <see cref="CommitResult.Duplicate"/>.</param>
/// <param name="Veto">What rows of the host said against it; nothing is stored then.</param>
readonly record struct CommitOutcome(CommitResult Result, string? Table = null, EngineAnswer.Rejected? Veto = null)
{
    public bool IsCommitted => Result == CommitResult.Committed && Veto is null;
}

/// <summary>
/// The database of the engine: loads instances and commits steps, each whole or not at all. On SQLite all commits pass
/// one writer that puts those waiting into one transaction; on PostgreSQL each is one round trip.
/// </summary>
public sealed class WorkflowStore : IAsyncDisposable
{
    const int ChainAttemptsMax = 20;
    const int ChainStripeCount = 256;

    // Steps of one root, e.g. of parallel children, add to one chain: in this process they do it one after the other.
    readonly SemaphoreSlim[] chainStripes =
        [.. Enumerable.Range(0, ChainStripeCount).Select(_ => new SemaphoreSlim(1, 1))];

    readonly HashChain chain = new();
    readonly SqliteWriter? writer;

    public WorkflowStore(WorkflowsOptions options)
    {
        Dialect = SqlDialect.Of(options);
        Gate = new WriteGate(open: Dialect is not SqliteDialect);
        if (Dialect is SqliteDialect sqlite) writer = new SqliteWriter(sqlite, Gate, chain);
        Keys = new KeyAllocator(TakeKeysAsync);
    }

    public SqlDialect Dialect { get; }
    public WriteGate Gate { get; }
    public KeyAllocator Keys { get; }
    public InstanceCache Cache { get; } = new(capacity: 1024);

    /// <summary>Other processes write to the same database: what is remembered here may be outdated.</summary>
    public bool IsShared => writer is null;

    /// <summary>Transactions committed by this node, for benchmarks.</summary>
    public long Commits => writer?.Commits ?? Interlocked.Read(ref commits);

    /// <summary>Statements of steps written by this node, for benchmarks; null where the server counts them.</summary>
    public long? Statements => writer?.Statements;

    long commits;

    public async Task MigrateAsync(CancellationToken cancellation = default)
    {
        await using (var db = Dialect.NewDb())
        {
            if (Dialect is SqliteDialect) await db.Database.ExecuteSqlRawAsync(
                "pragma journal_mode = wal", cancellation);
            await db.Database.MigrateAsync(cancellation);
        }
        await WriteAsync(async (connection, transaction) =>
        {
            const string first = "on conflict (id) do nothing";
            await ExecuteAsync(connection, transaction,
                $"insert into key_blocks (id, next_key) values (1, {KeyAllocator.FirstKey}) {first}", cancellation);
            await ExecuteAsync(connection, transaction, $"insert into engine_clock (id) values (1) {first}",
                cancellation);
            return 0;
        }, cancellation);
    }

    // ---- reads ----------------------------------------------------------------------------------------------------

    public async Task<StoredInstance?> LoadAsync(long key, CancellationToken cancellation)
    {
        await using var connection = await Dialect.OpenAsync(cancellation);
        await using var command = Dialect.Command(
            connection, null, "select state_document, state_version from process_instances where key = $1", key);
        await using var row = await command.ExecuteReaderAsync(cancellation);
        return await row.ReadAsync(cancellation) ? ReadInstance(row, 0) : null;
    }

    public static StoredInstance ReadInstance(DbDataReader row, int column) =>
        new(EngineJson.ReadInstance(row.GetFieldValue<byte[]>(column)), row.GetInt32(column + 1));

    /// <summary>Rows of a query as values.</summary>
    public async Task<ImmutableArray<T>> ReadAsync<T>(
        string sql, Func<DbDataReader, T> map, CancellationToken cancellation, params object?[] values)
    {
        await using var connection = await Dialect.OpenAsync(cancellation);
        return await ReadAsync(connection, null, sql, map, cancellation, values);
    }

    public async Task<ImmutableArray<T>> ReadAsync<T>(
        DbConnection connection, DbTransaction? transaction, string sql, Func<DbDataReader, T> map,
        CancellationToken cancellation, params object?[] values)
    {
        await using var command = Dialect.Command(connection, transaction, sql, values);
        await using var row = await command.ExecuteReaderAsync(cancellation);
        var found = ImmutableArray.CreateBuilder<T>();
        while (await row.ReadAsync(cancellation)) found.Add(map(row));
        return found.ToImmutable();
    }

    public async Task<int> ExecuteAsync(
        DbConnection connection, DbTransaction? transaction, string sql, CancellationToken cancellation,
        params object?[] values)
    {
        await using var command = Dialect.Command(connection, transaction, sql, values);
        return await command.ExecuteNonQueryAsync(cancellation);
    }

    // ---- writes ---------------------------------------------------------------------------------------------------

    /// <summary>Rows that are no step of an instance, in a transaction of their own making.</summary>
    public async Task<T> WriteAsync<T>(
        Func<DbConnection, DbTransaction, Task<T>> write, CancellationToken cancellation = default)
    {
        if (writer is not null) return await writer.WriteAsync(write);
        await using var connection = await Dialect.OpenAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        var written = await write(connection, transaction);
        await transaction.CommitAsync(cancellation);
        Interlocked.Increment(ref commits);
        return written;
    }

    /// <summary>Commits the steps together, in order: all of them or none.</summary>
    /// <param name="claim">An open transaction that already holds the rows of these steps (PostgreSQL).</param>
    internal async Task<CommitOutcome> CommitAsync(
        IReadOnlyList<StepCommit> steps, bool background, DbTransaction? claim = null,
        CancellationToken cancellation = default)
    {
        if (writer is not null) return await writer.CommitAsync(steps, background);
        // A claim holds rows that somebody with such a stripe may wait for, so it must not wait for a stripe.
        if (claim is not null) return await CommitOnPostgresAsync(steps, (NpgsqlTransaction)claim, cancellation);
        var stripes = steps.SelectMany(s => s.History).Select(h => (int)((ulong)h.Chain % ChainStripeCount))
            .Distinct().Order().Select(i => chainStripes[i]).ToArray();
        foreach (var stripe in stripes) await stripe.WaitAsync(CancellationToken.None);
        try
        {
            for (var attempt = 1; ; attempt++)
            {
                var outcome = await CommitOnPostgresAsync(steps, null, cancellation);
                if (outcome.Result != CommitResult.ChainConflict || attempt == ChainAttemptsMax) return outcome;
            }
        }
        finally
        {
            foreach (var stripe in stripes) stripe.Release();
        }
    }

    async Task<CommitOutcome> CommitOnPostgresAsync(
        IReadOnlyList<StepCommit> steps, NpgsqlTransaction? claim, CancellationToken cancellation)
    {
        var chains = steps.SelectMany(s => s.History).Select(h => h.Chain).ToHashSet();
        var opened = claim is null ? (NpgsqlConnection)await Dialect.OpenAsync(cancellation) : null;
        await using var closing = opened;
        var connection = opened ?? claim!.Connection!;
        try
        {
            var heads = await HeadsAsync(connection, claim, steps, cancellation);
            var sql = new SqlBatch();
            foreach (var step in steps) sql.AddRange(step.Rows);
            var moved = HashChain.Link(steps.SelectMany(s => s.History), key => heads[key], sql);
            if (claim is null && steps.All(s => s.HostRows.Count == 0))
            {
                CrashPoints.Pass(CrashPoint.BeforeCommit);
                await ((PostgresDialect)Dialect).ExecuteAsync(connection, null, sql, cancellation);
            }
            else if (await CommitWithHostAsync(steps, connection, claim, sql, moved, cancellation) is { } veto)
            {
                return new(CommitResult.Committed, Veto: veto);
            }
            foreach (var (key, head) in moved) chain.Put(key, head);
            Interlocked.Increment(ref commits);
            CrashPoints.Pass(CrashPoint.AfterCommit);
            return new(CommitResult.Committed);
        }
        catch (PostgresException failure) when (PostgresDialect.Meaning(failure) is { } meaning)
        {
            chain.Forget(chains);
            // Somebody else continued the chain first, and the index of its rows noticed before its head did.
            var table = Dialect.TableOf(failure);
            return table is "history" or "chain_heads" ? new(CommitResult.ChainConflict) : new(meaning, table);
        }
    }

    // The host's rows need an open transaction: a few round trips more.
    async Task<EngineAnswer.Rejected?> CommitWithHostAsync(
        IReadOnlyList<StepCommit> steps, NpgsqlConnection connection, NpgsqlTransaction? claim, SqlBatch sql,
        Dictionary<long, ChainHead> moved, CancellationToken cancellation)
    {
        var dialect = (PostgresDialect)Dialect;
        var opened = claim is null ? await connection.BeginTransactionAsync(cancellation) : null;
        await using var closing = opened;
        var transaction = opened ?? claim!;
        await dialect.ExecuteAsync(connection, transaction, sql, cancellation);
        foreach (var step in steps)
        {
            if (step.OneByOne is { } held)
            {
                await ExecuteAsync(
                    connection, transaction, "select pg_advisory_xact_lock($1)", cancellation, held);
            }
            var (veto, further) = await RunHostRowsAsync(step, connection, transaction, cancellation);
            if (veto is not null)
            {
                await transaction.RollbackAsync(cancellation);
                return veto;
            }
            if (further is null) continue;
            var heads = new Dictionary<long, ChainHead>(moved);
            foreach (var key in further.Value.History.Select(h => h.Chain).Where(key => !heads.ContainsKey(key)))
                heads[key] = await HashChain.ReadAsync(Dialect, connection, transaction, key, cancellation);
            var rows = further.Value.Rows;
            foreach (var (key, head) in HashChain.Link(further.Value.History, key => heads[key], rows))
                moved[key] = head;
            await dialect.ExecuteAsync(connection, transaction, rows, cancellation);
        }
        CrashPoints.Pass(CrashPoint.BeforeCommit);
        await transaction.CommitAsync(cancellation);
        return null;
    }

    internal static async Task<(EngineAnswer.Rejected? Veto, (SqlBatch Rows, List<HistoryEntry> History)? Further)>
        RunHostRowsAsync(StepCommit step, DbConnection connection, DbTransaction transaction,
        CancellationToken cancellation)
    {
        if (step.HostRows.Count == 0) return default;
        var host = new HostCommit(connection, transaction, step.Scope, step.At, step.Step);
        var rows = new SqlBatch();
        var history = new List<HistoryEntry>();
        foreach (var write in step.HostRows)
        {
            host.Further = new CommitExtras();
            if (await write(host, cancellation) is { } veto) return (veto with { IsVeto = true }, null);
            step.WriteFurther(host.Further, rows, history);
        }
        return (null, rows.Count + history.Count > 0 ? (rows, history) : null);
    }

    async Task<Dictionary<long, ChainHead>> HeadsAsync(
        DbConnection connection, DbTransaction? transaction, IReadOnlyList<StepCommit> steps,
        CancellationToken cancellation)
    {
        var heads = new Dictionary<long, ChainHead>();
        foreach (var entry in steps.SelectMany(s => s.History))
        {
            if (heads.ContainsKey(entry.Chain) || entry.Opens) continue;
            heads[entry.Chain] = chain.Find(entry.Chain)
                ?? await HashChain.ReadAsync(Dialect, connection, transaction, entry.Chain, cancellation);
        }
        return heads;
    }

    Task<long> TakeKeysAsync(long count, CancellationToken cancellation) =>
        WriteAsync(async (connection, transaction) =>
    {
        var sql = string.Create(CultureInfo.InvariantCulture,
            $"update key_blocks set next_key = next_key + {count} where id = 1 returning next_key");
        await using var command = Dialect.Command(connection, transaction, sql);
        var next = await command.ExecuteScalarAsync(cancellation)
            ?? throw new InvalidOperationException("The engine's tables are not migrated: key_blocks is empty.");
        return (long)next - count;
    }, cancellation);

    public async ValueTask DisposeAsync()
    {
        if (writer is not null) await writer.DisposeAsync();
        await Dialect.CloseAsync();
        foreach (var stripe in chainStripes) stripe.Dispose();
        Keys.Dispose();
        Gate.Dispose();
    }
}
