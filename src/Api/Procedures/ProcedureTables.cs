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
    }
}
