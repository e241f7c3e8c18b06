using System.Data.Common;
using Api.Startup;
using Microsoft.EntityFrameworkCore;
using Workflows.Runtime.Storage;

namespace Api.Storage;

/// <summary>
/// Makes contexts over the product's tables: on a connection of their own, or inside the engine's commit.
/// </summary>
public sealed class ProductDbFactory(Settings settings, WriteGate gate)
{
    readonly DbContextOptions<SqliteProductDb> sqlite = ProductDbOptions.Sqlite(settings.ConnectionString, gate);
    readonly DbContextOptions<PostgresProductDb> postgres = ProductDbOptions.Postgres(settings.ConnectionString);

    /// <summary>For reads and for what the product changes by itself: accounts, the key ring.</summary>
    public ProductDb Create()
    {
        ProductDb db = settings.Provider == StorageProvider.Sqlite
            ? new SqliteProductDb(sqlite)
            : new PostgresProductDb(postgres);
        // The gate watches transactions: a single statement must have one too.
        db.Database.AutoTransactionBehavior = AutoTransactionBehavior.Always;
        return db;
    }

    /// <summary>
    /// Over the connection and transaction of a step: what is saved here is committed with the step or not at all.
    /// </summary>
    public ProductDb On(DbConnection connection, DbTransaction transaction)
    {
        ProductDb db = settings.Provider == StorageProvider.Sqlite
            ? new SqliteProductDb(ProductDbOptions.Sqlite(connection))
            : new PostgresProductDb(ProductDbOptions.Postgres(connection));
        db.Database.UseTransaction(transaction);
        return db;
    }
}
