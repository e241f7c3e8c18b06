using Api.Storage;
using Microsoft.EntityFrameworkCore.Design;

namespace DbTool;

// `dotnet ef` makes the contexts through these; no database is opened while a migration is written.
public sealed class SqliteProductDbDesign : IDesignTimeDbContextFactory<SqliteProductDb>
{
    public SqliteProductDb CreateDbContext(string[] args) => new(ProductDbOptions.Sqlite("Data Source=design.db"));
}

public sealed class PostgresProductDbDesign : IDesignTimeDbContextFactory<PostgresProductDb>
{
    public PostgresProductDb CreateDbContext(string[] args) => new(ProductDbOptions.Postgres("Host=design"));
}
