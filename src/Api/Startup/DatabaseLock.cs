using Api.Storage;
using Microsoft.Data.Sqlite;

namespace Api.Startup;

/// <summary>
/// One process per SQLite file: the engine keeps the state of instances in memory and is its only writer. The operating
/// system takes the lock back when the process ends, however it ends. On PostgreSQL processes share the work instead.
/// </summary>
public sealed class DatabaseLock(Settings settings) : IDisposable
{
    FileStream? held;

    /// <exception cref="SettingException">Another process works on this file.</exception>
    public void Take()
    {
        if (settings.Provider != StorageProvider.Sqlite) return;
        var file = new SqliteConnectionStringBuilder(settings.ConnectionString).DataSource;
        if (file.Length == 0 || file == ":memory:") return;
        try
        {
            held = new FileStream($"{file}.lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException taken) when (File.Exists($"{file}.lock"))
        {
            throw new SettingException(
                $"Stop the other process that uses {file}, or give this one its own ConnectionStrings__Workflows: " +
                taken.Message);
        }
    }

    public void Dispose() => held?.Dispose();
}
