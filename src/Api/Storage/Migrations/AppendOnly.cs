using Microsoft.EntityFrameworkCore.Migrations;

namespace Api.Storage.Migrations;

/// <summary>Rows that are only ever added: the database itself refuses everything else.</summary>
static class AppendOnly
{
    /// <summary>SQLite forgets the triggers of a table that a migration rebuilds: made anew after it.</summary>
    public static void ProtectOnSqlite(MigrationBuilder migration, string table)
    {
        foreach (var change in new[] { "update", "delete" })
        {
            migration.Sql($"""
                create trigger if not exists {table}_refuse_{change} before {change} on {table}
                begin select raise(abort, '{table} are append-only'); end;
                """);
        }
    }
}
