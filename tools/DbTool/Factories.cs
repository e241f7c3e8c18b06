using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;
using Workflows.Runtime.Storage;

namespace DbTool;

// dotnet build tools/DbTool
// dotnet ef migrations add NAME --context SqliteWorkflowDb -o Storage/Migrations/Sqlite \
//     --project src/Workflows/Runtime --startup-project tools/DbTool --no-build
// and the same with PostgresWorkflowDb and Storage/Migrations/Postgres.

sealed class SqliteFactory : IDesignTimeDbContextFactory<SqliteWorkflowDb>
{
    public SqliteWorkflowDb CreateDbContext(string[] args) =>
        new(new DbContextOptionsBuilder<SqliteWorkflowDb>().UseSqlite("Data Source=design.db").Options);
}

sealed class PostgresFactory : IDesignTimeDbContextFactory<PostgresWorkflowDb>
{
    public PostgresWorkflowDb CreateDbContext(string[] args) =>
        new(new DbContextOptionsBuilder<PostgresWorkflowDb>().UseNpgsql("Host=design").Options);
}
