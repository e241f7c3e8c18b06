using System.Collections.Concurrent;
using System.Data.Common;
using System.Globalization;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using NpgsqlTypes;

namespace Workflows.Runtime.Storage;

/// <summary>What zero affected rows mean for the commit a statement belongs to.</summary>
public enum Guard
{
    None,

    /// <summary>Somebody else changed the instance: decide again.</summary>
    Version,

    /// <summary>Another instance of the same root added to the hash chain: link again.</summary>
    Chain,
}

/// <summary>One statement with positional parameters <c>$1, $2 ...</c>, the same text for both databases.</summary>
public readonly record struct SqlStatement(string Sql, object?[] Values, Guard Guard = Guard.None);

/// <summary>The statements of one commit, in order.</summary>
public sealed class SqlBatch : List<SqlStatement>
{
    public void Add(string sql, params object?[] values) => Add(new SqlStatement(sql, values));

    public void AddGuarded(Guard guard, string sql, params object?[] values) =>
        Add(new SqlStatement(sql, values, guard));
}

/// <summary>How a commit ended.</summary>
public enum CommitResult
{
    Committed,
    VersionConflict,
    ChainConflict,

    /// <summary>A unique index refused a row; <see cref="SqlDialect.TableOf"/> tells which table's.</summary>
    Duplicate,
}

/// <summary>The real differences between SQLite and PostgreSQL, and nothing more.</summary>
public abstract class SqlDialect
{
    public abstract DbConnection NewConnection();

    /// <summary>A context over its own connection, for reads.</summary>
    public abstract WorkflowDb NewDb();

    /// <summary>A context over the connection and transaction of a commit.</summary>
    public abstract WorkflowDb NewDb(DbConnection connection, DbTransaction transaction);

    public abstract DbParameter Parameter(int number, object? value, string sql);

    /// <summary>Appended to a select so that concurrent nodes pass over rows another one works on.</summary>
    public abstract string SkipLocked(string table);

    /// <summary>The table whose unique index refused a row; null when it is another failure.</summary>
    public abstract string? TableOf(DbException failure);

    public abstract DateTimeOffset Time(DbDataReader row, int column);

    public DateTimeOffset? TimeOrNull(DbDataReader row, int column) =>
        row.IsDBNull(column) ? null : Time(row, column);

    /// <summary>Gives the connections of this process back.</summary>
    public virtual ValueTask CloseAsync() => ValueTask.CompletedTask;

    public async Task<DbConnection> OpenAsync(CancellationToken cancellation)
    {
        var connection = NewConnection();
        await connection.OpenAsync(cancellation);
        return connection;
    }

    public DbCommand Command(DbConnection connection, DbTransaction? transaction, string sql, params object?[] values)
    {
        var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = sql;
        for (var i = 0; i < values.Length; i++) command.Parameters.Add(Parameter(i + 1, values[i], sql));
        return command;
    }

    public static SqlDialect Of(WorkflowsOptions options) => options.Provider == DatabaseProvider.Sqlite
        ? new SqliteDialect(options.ConnectionString)
        : new PostgresDialect(options.ConnectionString);
}

/// <summary>WAL, synchronous=FULL, one writer; times are UTC ticks.</summary>
public sealed class SqliteDialect : SqlDialect
{
    public const int BusyTimeoutSeconds = 30;
    const int UniqueViolation = 2067;
    const int PrimaryKeyViolation = 1555;

    readonly string connectionString;
    readonly DbContextOptions<SqliteWorkflowDb> reading;

    public SqliteDialect(string connectionString)
    {
        this.connectionString = new SqliteConnectionStringBuilder(connectionString)
        {
            ForeignKeys = true,
            DefaultTimeout = BusyTimeoutSeconds,
        }.ToString();
        reading = new DbContextOptionsBuilder<SqliteWorkflowDb>().UseSqlite(this.connectionString).Options;
    }

    public string ConnectionString => connectionString;

    public override DbConnection NewConnection() => new SqliteConnection(connectionString);

    public override WorkflowDb NewDb() => new SqliteWorkflowDb(reading);

    public override WorkflowDb NewDb(DbConnection connection, DbTransaction transaction)
    {
        var db = new SqliteWorkflowDb(new DbContextOptionsBuilder<SqliteWorkflowDb>().UseSqlite(connection).Options);
        db.Database.UseTransaction(transaction);
        return db;
    }

    public override DbParameter Parameter(int number, object? value, string sql) =>
        new SqliteParameter(NameOf(number), ToSql(value));

    public override string SkipLocked(string table) => "";

    public override DateTimeOffset Time(DbDataReader row, int column) => new(row.GetInt64(column), TimeSpan.Zero);

    public override string? TableOf(DbException failure)
    {
        if (failure is not SqliteException { SqliteExtendedErrorCode: UniqueViolation or PrimaryKeyViolation })
            return null;
        // "SQLite Error 19: 'UNIQUE constraint failed: command_log.actor, ...'": no structured form exists.
        const string before = "constraint failed: ";
        var at = failure.Message.IndexOf(before, StringComparison.Ordinal);
        if (at < 0) return "";
        var column = failure.Message[(at + before.Length)..];
        var dot = column.IndexOf('.', StringComparison.Ordinal);
        return dot < 0 ? "" : column[..dot];
    }

    public static object ToSql(object? value) => value switch
    {
        null => DBNull.Value,
        DateTimeOffset moment => moment.UtcTicks,
        bool yes => yes ? 1L : 0L,
        _ => value,
    };

    public static string NameOf(int number) => number < Names.Length
        ? Names[number]
        : string.Create(CultureInfo.InvariantCulture, $"${number}");

    static readonly string[] Names =
        [.. Enumerable.Range(0, 64).Select(n => string.Create(CultureInfo.InvariantCulture, $"${n}"))];
}

/// <summary>Rows are locked one by one and nodes pass over what another one holds; times are timestamptz.</summary>
public sealed class PostgresDialect : SqlDialect
{
    const string VersionGuardFailed = PostgresErrorCodes.DivisionByZero;
    const string ChainGuardFailed = "2201F";    // square root of a negative number

    readonly NpgsqlDataSource source;
    readonly DbContextOptions<PostgresWorkflowDb> reading;
    readonly ConcurrentDictionary<string, NpgsqlDbType[]> types = new(StringComparer.Ordinal);
    readonly ConcurrentDictionary<(string Sql, Guard Guard), string> guarded = new();

    public PostgresDialect(string connectionString)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString)
        {
            MaxAutoPrepare = 200,
            AutoPrepareMinUsages = 2,
            // We set nothing on a session that would have to be taken back: seven statements less for every commit.
            NoResetOnClose = true,
        };
        source = NpgsqlDataSource.Create(settings);
        reading = new DbContextOptionsBuilder<PostgresWorkflowDb>().UseNpgsql(source).Options;
    }

    public override DbConnection NewConnection() => source.CreateConnection();

    public override ValueTask CloseAsync() => source.DisposeAsync();

    public override WorkflowDb NewDb() => new PostgresWorkflowDb(reading);

    public override WorkflowDb NewDb(DbConnection connection, DbTransaction transaction)
    {
        var db = new PostgresWorkflowDb(
            new DbContextOptionsBuilder<PostgresWorkflowDb>().UseNpgsql(connection).Options);
        db.Database.UseTransaction(transaction);
        return db;
    }

    public override string SkipLocked(string table) => $" for update of {table} skip locked";

    public override DateTimeOffset Time(DbDataReader row, int column) => row.GetFieldValue<DateTimeOffset>(column);

    public override string? TableOf(DbException failure) =>
        failure is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation } violation
            ? violation.TableName ?? ""
            : null;

    // A null has no type of its own; what stood there before keeps the prepared statement the same.
    public override DbParameter Parameter(int number, object? value, string sql)
    {
        var known = types.GetOrAdd(sql, _ => new NpgsqlDbType[64]);
        if (value is null)
        {
            var remembered = known[number];
            return remembered == default
                ? new NpgsqlParameter { Value = DBNull.Value }
                : new NpgsqlParameter { Value = DBNull.Value, NpgsqlDbType = remembered };
        }
        var type = value switch
        {
            long => NpgsqlDbType.Bigint,
            int => NpgsqlDbType.Integer,
            string => NpgsqlDbType.Text,
            bool => NpgsqlDbType.Boolean,
            byte[] => NpgsqlDbType.Bytea,
            DateTimeOffset => NpgsqlDbType.TimestampTz,
            long[] => NpgsqlDbType.Array | NpgsqlDbType.Bigint,
            _ => throw new InvalidOperationException($"No column holds a {value.GetType().Name}."),
        };
        known[number] = type;
        if (value is DateTimeOffset moment) value = moment.ToUniversalTime();
        return new NpgsqlParameter { Value = value, NpgsqlDbType = type };
    }

    /// <summary>
    /// All statements in one round trip. Without <paramref name="transaction"/> the server makes them one transaction
    /// by itself and commits in the same trip. A guard that finds no row raises an error there, which undoes all.
    /// </summary>
    public async Task ExecuteAsync(
        NpgsqlConnection connection, NpgsqlTransaction? transaction, SqlBatch statements,
        CancellationToken cancellation)
    {
        await using var batch = new NpgsqlBatch(connection, transaction);
        foreach (var statement in statements)
        {
            var command = new NpgsqlBatchCommand(Guarded(statement));
            for (var i = 0; i < statement.Values.Length; i++)
                command.Parameters.Add((NpgsqlParameter)Parameter(i + 1, statement.Values[i], statement.Sql));
            batch.BatchCommands.Add(command);
        }
        await batch.ExecuteNonQueryAsync(cancellation);
    }

    /// <summary>What a failure means for a commit; null when it is none of our guards.</summary>
    public static CommitResult? Meaning(PostgresException failure) => failure.SqlState switch
    {
        VersionGuardFailed => CommitResult.VersionConflict,
        ChainGuardFailed => CommitResult.ChainConflict,
        PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure => CommitResult.VersionConflict,
        PostgresErrorCodes.UniqueViolation => CommitResult.Duplicate,
        _ => null,
    };

    string Guarded(SqlStatement statement) => statement.Guard == Guard.None
        ? statement.Sql
        : guarded.GetOrAdd((statement.Sql, statement.Guard), static s => s.Guard == Guard.Version
            ? $"with done as ({s.Sql} returning 1) select 1 / count(*) from done"
            : $"with done as ({s.Sql} returning 1) select sqrt(count(*) - 1) from done");
}
