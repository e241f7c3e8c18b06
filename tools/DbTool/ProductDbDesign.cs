using Api.Storage;
using Microsoft.EntityFrameworkCore.Design;
using Workflows.Runtime.Storage;

namespace DbTool;

// `dotnet ef` makes the contexts through these; no database is opened while a migration is written.
public sealed class SqliteProductDbDesign : IDesignTimeDbContextFactory<SqliteProductDb>
{
    public SqliteProductDb CreateDbContext(string[] args) => 
        new(ProductDbOptions.Sqlite("Data Source=design.db", new WriteGate(open: true)));
}

public sealed class PostgresProductDbDesign : IDesignTimeDbContextFactory<PostgresProductDb>
{
    public PostgresProductDb CreateDbContext(string[] args) => new(ProductDbOptions.Postgres("Host=design"));
}
