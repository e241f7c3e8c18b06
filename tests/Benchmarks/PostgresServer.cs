using System.ComponentModel;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace Benchmarks;

/// <summary>
/// A PostgreSQL server of its own in a temporary folder, with fsync=on and synchronous_commit=on: figures of a server
/// that may lose what it has confirmed would prove nothing.
/// </summary>
sealed class PostgresServer : IAsyncDisposable
{
    readonly TemporaryFolder folder;
    readonly string binaries;
    readonly int port;
    int databases;

    PostgresServer(TemporaryFolder folder, string binaries, int port)
    {
        this.folder = folder;
        this.binaries = binaries;
        this.port = port;
    }

    /// <summary>Null when PostgreSQL is not installed.</summary>
    public static async Task<PostgresServer?> TryStartAsync()
    {
        if (FindBinaries() is not { } binaries) return null;
        var server = new PostgresServer(new TemporaryFolder(), binaries, FreePort());
        await server.StartAsync();
        return server;
    }

    async Task StartAsync()
    {
        // initdb and pg_ctl refuse to run as root.
        if (Environment.IsPrivilegedProcess) await RunAsync("chown", "postgres", folder.Path);
        var data = folder.File("data");
        await AsServerUserAsync("initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync");
        await AsServerUserAsync("pg_ctl", "-D", data, "-w", "-l", folder.File("log"), "-o", string.Create(
            CultureInfo.InvariantCulture,
            $"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=on " +
            $"-c synchronous_commit=on -c shared_preload_libraries=pg_stat_statements -c max_connections=200"), "start");
    }

    /// <returns>Its connection string.</returns>
    public async Task<string> NewDatabaseAsync()
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"bench{++databases}");
        await using var admin = new NpgsqlConnection(ConnectionString("postgres"));
        await admin.OpenAsync();
        await using var create = new NpgsqlCommand($"create database {name}", admin);
        await create.ExecuteNonQueryAsync();
        await using var database = new NpgsqlConnection(ConnectionString(name));
        await database.OpenAsync();
        await using var extend = new NpgsqlCommand("create extension if not exists pg_stat_statements", database);
        await extend.ExecuteNonQueryAsync();
        return ConnectionString(name);
    }

    string ConnectionString(string database) => string.Create(
        CultureInfo.InvariantCulture, $"Host=127.0.0.1;Port={port};Username=postgres;Database={database}");

    static string? FindBinaries()
    {
        const string debian = "/usr/lib/postgresql";
        return Directory.Exists(debian)
            ? Directory.EnumerateDirectories(debian).Select(version => Path.Combine(version, "bin"))
                .Where(bin => File.Exists(Path.Combine(bin, "initdb"))).Order(StringComparer.Ordinal).LastOrDefault()
            : null;
    }

    static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    Task AsServerUserAsync(string tool, params string[] arguments)
    {
        var path = Path.Combine(binaries, tool);
        return Environment.IsPrivilegedProcess
            ? RunAsync("runuser", ["-u", "postgres", "--", path, .. arguments])
            : RunAsync(path, arguments);
    }

    // No pipes: the server would inherit them and they would never close.
    static async Task RunAsync(string file, params string[] arguments)
    {
        var command = string.Join(' ', arguments.Prepend(file).Select(a => $"'{a.Replace("'", "'\\''", StringComparison.Ordinal)}'"));
        using var process = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", $"cd / && {command} > /dev/null 2>&1"]))
            ?? throw new Win32Exception($"{file} did not start.");
        await process.WaitForExitAsync();
        if (process.ExitCode != 0) throw new InvalidOperationException($"{command} ended with {process.ExitCode}.");
    }

    public async ValueTask DisposeAsync()
    {
        NpgsqlConnection.ClearAllPools();
        await AsServerUserAsync("pg_ctl", "-D", folder.File("data"), "-m", "immediate", "-w", "stop");
        folder.Dispose();
    }
}

/// <summary>
/// Statements as the server counts them, round trips as the driver does, commits as the workload does.
/// </summary>
/// <remarks>The server would count reads as commits too.</remarks>
sealed class PostgresCounter : IAsyncDisposable
{
    readonly NpgsqlDataSource source;
    readonly Func<long> commits;
    readonly MeterListener listener = new();
    long roundTrips;

    public PostgresCounter(string connectionString, Func<long> commits)
    {
        this.commits = commits;
        source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(connectionString)
        {
            MaxPoolSize = 1, MaxAutoPrepare = 0, ApplicationName = "counter",
        });
        listener.InstrumentPublished = (instrument, l) =>
        {
            if (instrument is { Meter.Name: "Npgsql", Name: "db.client.operation.duration" or "db.client.commands.duration" })
                l.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<double>((_, _, _, _) => Interlocked.Increment(ref roundTrips));
        listener.Start();
    }

    public async Task<Counts> ReadAsync()
    {
        var trips = Interlocked.Read(ref roundTrips);
        await using var command = source.CreateCommand("""
            select coalesce(sum(calls), 0) from pg_stat_statements
            where dbid = (select oid from pg_database where datname = current_database())
            """);
        return new(commits(), (double)(decimal)(await command.ExecuteScalarAsync())!, trips);
    }

    public async ValueTask DisposeAsync()
    {
        listener.Dispose();
        await source.DisposeAsync();
    }
}

sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("bench-").FullName;

    public string File(string name) => System.IO.Path.Combine(Path, name);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
