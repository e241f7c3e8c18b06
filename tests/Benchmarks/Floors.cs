using System.Data.Common;
using System.Diagnostics;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace Benchmarks;

/// <summary>
/// What the bare providers reach with the writes of a task completion and no engine. F1: a row of 1 KB in each
/// transaction. F2: delete a task, update an instance row of 1 KB, insert a task, insert two history rows of 200 B. F3:
/// the same, 32 to a transaction.
/// </summary>
static class Floors
{
    public const string F1 = "F1 insert 1 KB";
    public const string F2 = "F2 task-commit";
    public const string F3 = "F3 task-commit, 32 to a transaction";
    const int InstanceCount = 1_000;
    const int Together = 32;

    static readonly byte[] OneKilobyte = [.. Enumerable.Range(0, 1_024).Select(n => (byte)n)];
    static readonly byte[] Entry = OneKilobyte[..200];
    static long commits;

    const string Insert = "insert into instances (key, state) values ($1, $2)";

    static readonly string[] TaskCommit =
    [
        "delete from tasks where key = $1",
        "update instances set state = $2 where key = $1",
        "insert into tasks (key, instance_key, name) values ($1, $2, $3)",
        "insert into history (instance_key, payload) values ($1, $2)",
        "insert into history (instance_key, payload) values ($1, $2)",
    ];

    public static async Task RunAsync(Settings settings, Report report)
    {
        if (settings.Providers.Contains(Settings.Sqlite)) await SqliteAsync(settings.Seconds, report);
        if (!settings.Providers.Contains(Settings.PostgreSql)) return;
        await using var server = await PostgresServer.TryStartAsync();
        if (server is null)
        {
            report.Note("PostgreSQL is not installed: its lines are left out.");
            return;
        }
        foreach (var connections in new[] { 1, 8, 32 }) await PostgresAsync(server, connections, settings.Seconds, report);
    }

    // ---- SQLite: WAL, synchronous=FULL, one prepared writer ---------------------------------------------------------

    static async Task SqliteAsync(int seconds, Report report)
    {
        using var folder = new TemporaryFolder();
        await using var connection = new SqliteConnection($"Data Source={folder.File("floors.db")};Pooling=False");
        await connection.OpenAsync();
        await ExecuteAsync(connection, """
            pragma journal_mode = wal;
            pragma synchronous = full;
            create table instances (key integer primary key, state blob not null);
            create table tasks (key integer primary key, instance_key integer not null, name text not null);
            create table history (sequence integer primary key, instance_key integer not null, payload blob not null);
            """);
        using var writer = new SqliteFloor(connection);
        report.Add(Settings.Sqlite, F1, 1, await Load.RunAsync(1, seconds, writer.Of(writer.Insert), writer.Counted));
        writer.Fill();
        report.Add(Settings.Sqlite, F2, 1, await Load.RunAsync(1, seconds, writer.Of(writer.TaskCommitOnce), writer.Counted));
        report.Add(Settings.Sqlite, F3, 1, await Load.RunAsync(1, seconds, writer.OfBatches(writer.TaskCommitOnce), writer.Counted));
    }

    sealed class SqliteFloor(SqliteConnection connection) : IDisposable
    {
        readonly SqliteCommand begin = Prepare(connection, "begin immediate", 0);
        readonly SqliteCommand commit = Prepare(connection, "commit", 0);
        readonly SqliteCommand insert = Prepare(connection, Floors.Insert, 2);
        readonly SqliteCommand[] taskCommit = [.. TaskCommit.Select(sql => Prepare(connection, sql, sql.Count(c => c == '$')))];
        long next = InstanceCount;
        long commits;
        long statements;

        public Task<Counts> Counted() => Task.FromResult(new Counts(commits, statements, null));

        public Func<int, Watch, Task> Of(Action write) => (_, watch) => watch.CallAsync(() =>
        {
            Transaction(write);
            return Task.FromResult(0);
        });

        // Each of the 32 has waited for the one commit: all get its time.
        public Func<int, Watch, Task> OfBatches(Action write) => (_, watch) =>
        {
            var began = Stopwatch.GetTimestamp();
            Transaction(() =>
            {
                for (var i = 0; i < Together; i++) write();
            });
            watch.Calls.AddRange(Enumerable.Repeat(Stopwatch.GetElapsedTime(began).TotalMilliseconds, Together));
            return Task.CompletedTask;
        };

        void Transaction(Action write)
        {
            begin.ExecuteNonQuery();
            write();
            commit.ExecuteNonQuery();
            commits++;
        }

        public void Insert() => Run(insert, next++, OneKilobyte);

        public void Fill() => Transaction(() =>
        {
            for (var key = 0L; key < InstanceCount; key++)
            {
                Run(insert, -1 - key, OneKilobyte);
                Run(taskCommit[2], key, -1 - key, "task");
            }
            next = 0;
        });

        public void TaskCommitOnce()
        {
            var instance = -1 - (next % InstanceCount);
            Run(taskCommit[0], next);
            Run(taskCommit[1], instance, OneKilobyte);
            Run(taskCommit[2], next + InstanceCount, instance, "task");
            Run(taskCommit[3], instance, Entry);
            Run(taskCommit[4], instance, Entry);
            next++;
        }

        void Run(SqliteCommand command, params object[] values)
        {
            for (var i = 0; i < values.Length; i++) command.Parameters[i].Value = values[i];
            if (command.ExecuteNonQuery() != 1) throw new InvalidOperationException($"Not one row: {command.CommandText}");
            statements++;
        }

        static SqliteCommand Prepare(SqliteConnection connection, string sql, int parameters)
        {
            var command = connection.CreateCommand();
            command.CommandText = sql;
            for (var i = 1; i <= parameters; i++) command.Parameters.Add(new SqliteParameter($"${i}", DBNull.Value));
            command.Prepare();
            return command;
        }

        public void Dispose()
        {
            foreach (var command in new[] { begin, commit, insert }.Concat(taskCommit)) command.Dispose();
        }
    }

    // ---- PostgreSQL: each transaction is one batch, one round trip, one implicit transaction ------------------------

    static async Task PostgresAsync(PostgresServer server, int connections, int seconds, Report report)
    {
        await using var source = NpgsqlDataSource.Create(
            await server.NewDatabaseAsync() + $";MaxPoolSize={connections + 1};NoResetOnClose=true;MaxAutoPrepare=50;AutoPrepareMinUsages=1");
        await using (var first = await source.OpenConnectionAsync())
        {
            await ExecuteAsync(first, """
                create table instances (key bigint primary key, state bytea not null);
                create table tasks (key bigint primary key, instance_key bigint not null, name text not null);
                create table history (sequence bigint generated always as identity primary key,
                    instance_key bigint not null, payload bytea not null);
                """);
        }
        var next = new long[connections];
        for (var i = 0; i < connections; i++) next[i] = KeyOf(i) + InstanceCount;
        await using var counter = new PostgresCounter(source.ConnectionString, () => Interlocked.Read(ref commits));
        report.Add(Settings.PostgreSql, F1, connections, await Load.RunAsync(connections, seconds, (client, watch) =>
            watch.CallAsync(() => RunAsync(source, [(Floors.Insert, [next[client]++, OneKilobyte])])), counter.ReadAsync));
        for (var client = 0; client < connections; client++)
        {
            await FillAsync(source, client);
            next[client] = KeyOf(client);
        }
        report.Add(Settings.PostgreSql, F2, connections, await Load.RunAsync(connections, seconds, (client, watch) =>
            watch.CallAsync(() => RunAsync(source, TaskCommitOf(client, next[client]++))), counter.ReadAsync));
        report.Add(Settings.PostgreSql, F3, connections, await Load.RunAsync(connections, seconds, async (client, watch) =>
        {
            var began = Stopwatch.GetTimestamp();
            await RunAsync(source, Enumerable.Range(0, Together).SelectMany(_ => TaskCommitOf(client, next[client]++)));
            watch.Calls.AddRange(Enumerable.Repeat(Stopwatch.GetElapsedTime(began).TotalMilliseconds, Together));
        }, counter.ReadAsync));
    }

    // Each connection works on instances of its own, as different cases do.
    static long KeyOf(int client) => client * 1_000_000_000L;

    static Task<int> FillAsync(NpgsqlDataSource source, int client) => RunAsync(
        source, Enumerable.Range(0, InstanceCount).SelectMany(n => new (string, object[])[]
        {
            (Insert, [-1 - (KeyOf(client) + n), OneKilobyte]),
            (TaskCommit[2], [KeyOf(client) + n, -1 - (KeyOf(client) + n), "task"]),
        }));

    static (string Sql, object[] Values)[] TaskCommitOf(int client, long task)
    {
        var instance = -1 - (KeyOf(client) + ((task - KeyOf(client)) % InstanceCount));
        return
        [
            (TaskCommit[0], [task]),
            (TaskCommit[1], [instance, OneKilobyte]),
            (TaskCommit[2], [task + InstanceCount, instance, "task"]),
            (TaskCommit[3], [instance, Entry]),
            (TaskCommit[4], [instance, Entry]),
        ];
    }

    static async Task<int> RunAsync(NpgsqlDataSource source, IEnumerable<(string Sql, object[] Values)> statements)
    {
        await using var batch = source.CreateBatch();
        foreach (var (sql, values) in statements)
        {
            var command = new NpgsqlBatchCommand(sql);
            foreach (var value in values) command.Parameters.Add(new NpgsqlParameter { Value = value });
            batch.BatchCommands.Add(command);
        }
        Interlocked.Increment(ref commits);
        return await batch.ExecuteNonQueryAsync();
    }

    static async Task ExecuteAsync(DbConnection connection, string sql)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync();
    }
}
