using Microsoft.EntityFrameworkCore;

namespace Api.Procedures;

/// <summary>The newest saved state of a procedure that somebody changes; one for each procedure.</summary>
public sealed record ProcedureDraftRow
{
    public required string TenantId { get; init; }
    public required string ProcessId { get; init; }

    /// <summary>1, 2, 3 ... over all drafts of the procedure: who saves names the one she has seen.</summary>
    public required int Revision { get; set; }

    /// <summary>The version it was made from; 0 for a procedure that has none yet.</summary>
    public required int BaseVersion { get; set; }
    public required DateTimeOffset SavedAt { get; set; }
    public required string SavedBy { get; set; }
}

/// <summary>What was saved each time, with all files. Rows are only added.</summary>
public sealed record ProcedureDraftRevisionRow
{
    public const int NoteLengthMax = 500;

    public required string TenantId { get; init; }
    public required string ProcessId { get; init; }
    public required int Revision { get; init; }
    public required int BaseVersion { get; init; }
    public required DateTimeOffset At { get; init; }
    public required string By { get; init; }
    public string? Note { get; init; }

    /// <summary>See <see cref="ProcedureFiles.Pack"/>.</summary>
    public required byte[] Files { get; init; }
}

/// <summary>A draft on its way to become a version: asked for by one person, decided by another.</summary>
public sealed record PublicationRow
{
    public const int ReasonLengthMax = 1_000;
    public const int LegalBasisLengthMax = 500;

    public required string TenantId { get; init; }
    public required string Id { get; init; }
    public required string ProcessId { get; init; }
    public required string Name { get; init; }

    /// <summary>The version it changes; 0 for a new procedure.</summary>
    public required int BaseVersion { get; init; }

    /// <summary>Revision of the draft; 0 where an older version comes into force again.</summary>
    public required int Revision { get; init; }

    /// <summary>The older version that comes into force again; null otherwise.</summary>
    public int? RollbackTo { get; init; }
    public required string State { get; set; }
    public required string Author { get; init; }
    public required DateTimeOffset At { get; init; }
    public required string Reason { get; init; }
    public required string LegalBasis { get; init; }
    public required DateOnly ValidFrom { get; init; }

    /// <summary>SHA-256 over names and bytes of the files, in hexadecimal.</summary>
    public required string Hash { get; init; }

    /// <summary>The same over the files of all other procedures when it was checked.</summary>
    public required string Surroundings { get; set; }
    public required byte[] Files { get; init; }

    /// <summary>JSON list: the change in words.</summary>
    public required string Lines { get; init; }

    /// <summary>JSON list: texts of the warnings the author accepted.</summary>
    public required string Accepted { get; init; }

    /// <summary>JSON: how closed cases would have gone; null where nobody asked.</summary>
    public string? Backtest { get; set; }
    public string? DecidedBy { get; set; }
    public DateTimeOffset? DecidedAt { get; set; }
    public string? Refusal { get; set; }

    /// <summary>The deployment that brought it into force.</summary>
    public long? DeploymentKey { get; set; }
}

/// <summary>States of <see cref="PublicationRow.State"/>.</summary>
public static class PublicationState
{
    public const string Waiting = "waiting";
    public const string Scheduled = "scheduled";
    public const string Released = "released";
    public const string Refused = "refused";

    /// <summary>Still on its way: a procedure has at most one.</summary>
    public static bool IsOpen(string state) => state is Waiting or Scheduled;
}

/// <summary>A run of the simulation that every later version must repeat.</summary>
public sealed record ProcedureScenarioRow
{
    public const int NameLengthMax = 200;

    public required string TenantId { get; init; }
    public required string ProcessId { get; init; }
    public required string Name { get; init; }

    /// <summary>A scenario as docs/scenarios.md describes it.</summary>
    public required string Content { get; set; }
    public required string SavedBy { get; set; }
    public required DateTimeOffset SavedAt { get; set; }
}

/// <summary>
/// A newer delivery of the product for a procedure the office has changed: shown for comparison, never active by
/// itself.
/// </summary>
public sealed record ProductVersionRow
{
    public required string TenantId { get; init; }
    public required string ProcessId { get; init; }
    public required string Hash { get; set; }
    public required DateTimeOffset At { get; set; }
    public required byte[] Files { get; set; }
}

/// <summary>Running cases on their way to another version: prepared by one person, decided by the head.</summary>
public sealed record MigrationRow
{
    public const int RefusalLengthMax = 1_000;

    public required string TenantId { get; init; }
    public required string Id { get; init; }
    public required string ProcessId { get; init; }
    public required string Name { get; init; }
    public required int FromVersion { get; init; }
    public required int ToVersion { get; init; }

    /// <summary>The definition the cases go over to.</summary>
    public required long TargetKey { get; init; }

    /// <summary>JSON object: element id of the older version to element id of the newer one.</summary>
    public required string Mapping { get; init; }

    /// <summary><c>keep</c> or <c>renew</c>.</summary>
    public required string Terms { get; init; }

    /// <summary>JSON list: which step becomes which, and what becomes of the terms, in Polish.</summary>
    public required string Lines { get; init; }
    public required string State { get; set; }
    public required string Author { get; init; }
    public required DateTimeOffset At { get; init; }
    public required string Reason { get; init; }
    public required string LegalBasis { get; init; }

    /// <summary>The task of the head; null until it is offered.</summary>
    public long? TaskKey { get; set; }
    public string? DecidedBy { get; set; }
    public DateTimeOffset? DecidedAt { get; set; }
    public string? Refusal { get; set; }
}

/// <summary>States of <see cref="MigrationRow.State"/>.</summary>
public static class MigrationState
{
    public const string Waiting = "waiting";
    public const string Refused = "refused";
    public const string Running = "running";
    public const string Done = "done";
}

/// <summary>One case of a migration: what was planned for it and what became of it. File numbers, no names.</summary>
public sealed record MigrationItemRow
{
    public required string TenantId { get; init; }
    public required string MigrationId { get; init; }
    public required long InstanceKey { get; init; }

    /// <summary>Null for what belongs to no case.</summary>
    public string? CaseNo { get; init; }
    public required string State { get; set; }

    /// <summary>Polish: why it stayed where it was.</summary>
    public string? Message { get; set; }
    public DateTimeOffset? At { get; set; }

    /// <summary>JSON of <see cref="CasePlan"/>: where it stood, where it goes, its terms before and after.</summary>
    public required string Plan { get; init; }
}

/// <summary>States of <see cref="MigrationItemRow.State"/>.</summary>
public static class MigrationItemState
{
    public const string Waiting = "waiting";
    public const string Migrated = "migrated";

    /// <summary>It no longer fitted the plan and stayed on its version, or the head said no.</summary>
    public const string Refused = "refused";
    public const string Undone = "undone";

    /// <summary>It was to be taken back, and had moved on.</summary>
    public const string Moved = "moved";
}

/// <summary>How the tables of the procedures lie in the database.</summary>
static class ProcedureTables
{
    const int ProcessIdLengthMax = 255;

    public static void Map(ModelBuilder builder)
    {
        builder.Entity<ProcedureDraftRow>(row =>
        {
            row.ToTable("procedure_drafts").HasKey(r => new { r.TenantId, r.ProcessId });
            row.Property(r => r.ProcessId).HasMaxLength(ProcessIdLengthMax);
        });
        builder.Entity<ProcedureDraftRevisionRow>(row =>
        {
            row.ToTable("procedure_draft_revisions").HasKey(r => new { r.TenantId, r.ProcessId, r.Revision });
            row.Property(r => r.ProcessId).HasMaxLength(ProcessIdLengthMax);
            row.Property(r => r.Note).HasMaxLength(ProcedureDraftRevisionRow.NoteLengthMax);
        });
        builder.Entity<PublicationRow>(row =>
        {
            row.ToTable("publications").HasKey(r => new { r.TenantId, r.Id });
            row.Property(r => r.Reason).HasMaxLength(PublicationRow.ReasonLengthMax);
            row.Property(r => r.LegalBasis).HasMaxLength(PublicationRow.LegalBasisLengthMax);
            row.HasIndex(r => new { r.ProcessId, r.State });
            row.HasIndex(r => r.DeploymentKey);
        });
        builder.Entity<ProcedureScenarioRow>(row =>
        {
            row.ToTable("procedure_scenarios").HasKey(r => new { r.TenantId, r.ProcessId, r.Name });
            row.Property(r => r.ProcessId).HasMaxLength(ProcessIdLengthMax);
            row.Property(r => r.Name).HasMaxLength(ProcedureScenarioRow.NameLengthMax);
        });
        builder.Entity<ProductVersionRow>(row =>
        {
            row.ToTable("product_versions").HasKey(r => new { r.TenantId, r.ProcessId });
            row.Property(r => r.ProcessId).HasMaxLength(ProcessIdLengthMax);
        });
        builder.Entity<MigrationRow>(row =>
        {
            row.ToTable("migrations").HasKey(r => new { r.TenantId, r.Id });
            row.Property(r => r.ProcessId).HasMaxLength(ProcessIdLengthMax);
            row.Property(r => r.Reason).HasMaxLength(PublicationRow.ReasonLengthMax);
            row.Property(r => r.LegalBasis).HasMaxLength(PublicationRow.LegalBasisLengthMax);
            row.Property(r => r.Refusal).HasMaxLength(MigrationRow.RefusalLengthMax);
            row.HasIndex(r => new { r.ProcessId, r.At });
        });
        builder.Entity<MigrationItemRow>(row =>
        {
            row.ToTable("migration_items").HasKey(r => new { r.TenantId, r.MigrationId, r.InstanceKey });
            row.HasIndex(r => new { r.InstanceKey, r.State });
        });
    }
}
