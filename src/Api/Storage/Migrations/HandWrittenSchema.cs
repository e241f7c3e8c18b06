using Microsoft.EntityFrameworkCore.Migrations;

namespace Api.Storage.Migrations;

/// <summary>
/// What no model of Entity Framework can say; called at the end of the first migration and the beginning of its
/// way back. The tables of the engine are there already: its migrations run first.
/// </summary>
public static class HandWrittenSchema
{
    /// <summary>Tables whose rows are only ever added.</summary>
    static readonly string[] AppendOnly = ["documents", "readings", "break_glass", "procedure_draft_revisions"];

    // Of history the payload alone may be emptied: lawful erasure, after which the chain still holds.
    static readonly string[] HistoryColumns =
        ["chain", "sequence", "process_instance_key", "at", "actor", "command", "payload_hash", "hash"];

    /// <summary>
    /// Whose cases are whose, asked with every request of a person (<c>CaseAccess</c>). A foreign process may keep
    /// anything in a variable of that name, and what is long fits no index.
    /// </summary>
    const string CaseTeamIndex = """
        create index ix_variables_case_team on variables (value)
        where name in ('assistant', 'socialWorker') and length(value) <= 200
        """;

    public static void SqliteUp(MigrationBuilder migration)
    {
        foreach (var table in AppendOnly)
        {
            foreach (var change in new[] { "update", "delete" })
            {
                migration.Sql($"""
                    create trigger {table}_refuse_{change} before {change} on {table}
                    begin select raise(abort, '{table} is append-only'); end;
                    """);
            }
        }
        migration.Sql("""
            create trigger history_refuse_delete before delete on history
            begin select raise(abort, 'history is append-only'); end;
            """);
        migration.Sql($"""
            create trigger history_refuse_update before update of {string.Join(", ", HistoryColumns)} on history
            begin select raise(abort, 'history is append-only'); end;
            """);
        migration.Sql("""
            create trigger history_refuse_other_payload before update of payload on history when new.payload is not null
            begin select raise(abort, 'history is append-only'); end;
            """);
        migration.Sql(CaseTeamIndex);
    }

    public static void SqliteDown(MigrationBuilder migration)
    {
        migration.Sql("drop index ix_variables_case_team");
        foreach (var name in new[] { "delete", "update", "other_payload" })
            migration.Sql($"drop trigger history_refuse_{name}");
    }

    public static void PostgresUp(MigrationBuilder migration)
    {
        foreach (var table in AppendOnly)
        {
            migration.Sql($"""
                create function {table}_refuse_change() returns trigger language plpgsql as
                $$ begin raise exception '{table} is append-only'; end $$;
                create trigger {table}_refuse_change before update or delete or truncate on {table}
                for each statement execute function {table}_refuse_change();
                """);
        }
        var same = string.Join(" or ", HistoryColumns.Select(column => $"new.{column} is distinct from old.{column}"));
        migration.Sql($"""
            create function history_refuse_change() returns trigger language plpgsql as
            $$ begin raise exception 'history is append-only'; end $$;
            create trigger history_refuse_delete before delete or truncate on history
            for each statement execute function history_refuse_change();
            create trigger history_refuse_update before update on history for each row
            when (new.payload is not null or {same}) execute function history_refuse_change();
            """);
        migration.Sql(CaseTeamIndex);
    }

    public static void PostgresDown(MigrationBuilder migration)
    {
        migration.Sql("""
            drop index ix_variables_case_team;
            drop trigger history_refuse_delete on history;
            drop trigger history_refuse_update on history;
            drop function history_refuse_change();
            """);
        foreach (var table in AppendOnly)
            migration.Sql($"drop trigger {table}_refuse_change on {table}; drop function {table}_refuse_change();");
    }
}
