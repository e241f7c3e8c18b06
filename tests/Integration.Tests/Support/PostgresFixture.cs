using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace Integration.Tests.Support;

/// <summary>A PostgreSQL server of its own for the test run: a temporary cluster on a free loopback port.</summary>
/// <remarks>Absent, its tests are skipped on a laptop and fail in CI.</remarks>
public sealed class PostgresFixture : IAsyncLifetime
{
    string? binaries;
    string? directory;
    int port;

    public bool IsAvailable => binaries is not null;

    /// <summary>Skips the calling test when there is no PostgreSQL and this is not CI.</summary>
    public void Require() => Assert.SkipUnless(
        IsAvailable || Environment.GetEnvironmentVariable("CI") == "true", "PostgreSQL is not installed.");

    public async ValueTask InitializeAsync()
    {
        binaries = Directory.Exists("/usr/lib/postgresql")
            ? Directory.GetDirectories("/usr/lib/postgresql").Select(d => Path.Combine(d, "bin"))
                .Where(d => File.Exists(Path.Combine(d, "initdb"))).Order(StringComparer.Ordinal).LastOrDefault()
            : null;
        if (binaries is null) return;
        directory = Directory.CreateTempSubdirectory("workflows-pg-").FullName;
        port = FreePort();
        if (Environment.IsPrivilegedProcess) await RunAsync("chown", "postgres", directory);
        await AsServerAsync("initdb", "-D", Path.Combine(directory, "data"), "-U", "postgres", "-A", "trust",
            "--no-sync");
        var settings = string.Create(CultureInfo.InvariantCulture,
            $"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off");
        await AsServerAsync(
            "pg_ctl", "-D", Path.Combine(directory, "data"), "-l", Path.Combine(directory, "log"), "-w", "-o", settings,
                "start");
    }

    /// <summary>A new empty database, or a copy of <paramref name="template"/>.</summary>
    public async Task<string> CreateDatabaseAsync(string name, string? template = null)
    {
        await using var connection = new NpgsqlConnection(ConnectionString("postgres"));
        await connection.OpenAsync();
        await using var create = connection.CreateCommand();
        create.CommandText = template is null
            ? $"create database {name}"
            : $"create database {name} template {template}";
        await create.ExecuteNonQueryAsync();
        return ConnectionString(name);
    }

    public string ConnectionString(string database) => string.Create(CultureInfo.InvariantCulture,
        $"Host=127.0.0.1;Port={port};Database={database};Username=postgres;Maximum Pool Size=40");

    public async ValueTask DisposeAsync()
    {
        if (directory is null) return;
        NpgsqlConnection.ClearAllPools();
        await AsServerAsync("pg_ctl", "-D", Path.Combine(directory, "data"), "-m", "immediate", "-w", "stop");
        Directory.Delete(directory, recursive: true);
    }

    // The server refuses to run as root.
    Task AsServerAsync(string program, params string[] arguments)
    {
        var path = Path.Combine(binaries!, program);
        return Environment.IsPrivilegedProcess
            ? RunAsync("runuser", ["-u", "postgres", "--", path, .. arguments])
            : RunAsync(path, arguments);
    }

    // Output goes nowhere: the server inherits it, and a pipe would never close.
    static async Task RunAsync(string program, params string[] arguments)
    {
        var quoted = string.Join(
            ' ', arguments.Prepend(program).Select(a => $"'{a.Replace("'", "'\\''", StringComparison.Ordinal)}'"));
        using var process = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", $"{quoted} > /dev/null 2>&1"])
        {
            WorkingDirectory = "/",
        })!;
        await process.WaitForExitAsync();
        if (process.ExitCode != 0) throw new InvalidOperationException($"{program} ended with {process.ExitCode}.");
    }

    static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
