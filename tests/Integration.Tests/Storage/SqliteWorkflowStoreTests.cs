using Microsoft.Data.Sqlite;
using Workflows.Runtime;

namespace Integration.Tests.Storage;

public sealed class SqliteWorkflowStoreTests : WorkflowStoreCompliance
{
    readonly DirectoryInfo directory = Directory.CreateTempSubdirectory("workflows-");

    protected override DatabaseProvider Provider => DatabaseProvider.Sqlite;

    protected override Task<string> NewDatabaseAsync() =>
        Task.FromResult($"Data Source={Path.Combine(directory.FullName, "workflows.db")}");

    public override ValueTask DisposeAsync()
    {
        SqliteConnection.ClearAllPools();
        directory.Delete(recursive: true);
        return ValueTask.CompletedTask;
    }
}
