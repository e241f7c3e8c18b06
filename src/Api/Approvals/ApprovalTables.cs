using Microsoft.EntityFrameworkCore;

namespace Api.Approvals;

/// <summary>
/// One link to a decision, as it went into one message. Its value is known to the message only; here stands its
/// SHA-256. It never opens anything by itself: it says which task and which person are meant.
/// </summary>
public sealed class ApprovalTicketRow
{
    public required string TenantId { get; init; }

    /// <summary>What audit and log call the ticket.</summary>
    public required string Id { get; init; }

    /// <summary>SHA-256 of the value: 256 random bits need no slow hash (ASVS 5.0, 6.5.2).</summary>
    public required byte[] Hash { get; init; }

    /// <summary>Task and person: every link to this decision of hers. The use of one ends all.</summary>
    public required string GroupId { get; init; }
    public required long TaskKey { get; init; }

    /// <summary>Definition of the process at the moment of issue; a case moved to another asks anew.</summary>
    public required long ProcessDefinitionKey { get; init; }
    public required string UserName { get; init; }

    /// <summary>What the case looked like when the message was made: <see cref="ContentVersion"/> as text.</summary>
    public required string TaskVersion { get; init; }

    /// <summary>Kinds of decisions it may be used for, separated by commas: <c>approve,return</c>.</summary>
    public required string Offered { get; init; }

    /// <summary><c>email</c>, <c>teams</c>, or <c>receipt</c> for the way from one decision to the next.</summary>
    public required string Channel { get; init; }

    /// <summary>The message it went into; 0 when it went into none.</summary>
    public required long OutboxKey { get; init; }

    /// <summary>Engine time, as everything that is compared with a term.</summary>
    public required DateTimeOffset IssuedAt { get; init; }
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>When the person herself first had the question before her; null while nobody signed in has.</summary>
    public DateTimeOffset? SeenAt { get; set; }

    /// <summary>Newest document of the case at that moment: what came later is new to her.</summary>
    public int? SeenDocument { get; set; }
    public DateTimeOffset? UsedAt { get; set; }
    public string? Decision { get; set; }
    public DateTimeOffset? RevokedAt { get; set; }

    /// <summary>One of <see cref="Revoked"/>.</summary>
    public string? RevokedFor { get; set; }

    /// <summary>Why a ticket is worth nothing any more.</summary>
    public static class Revoked
    {
        public const string Newer = "newer";
        public const string Used = "used";
        public const string Done = "done";
        public const string Withdrawn = "withdrawn";
        public const string Reassigned = "reassigned";
        public const string Moved = "moved";
    }

    public static void Map(ModelBuilder builder) => builder.Entity<ApprovalTicketRow>(row =>
    {
        row.ToTable("approval_tickets").HasKey(r => new { r.TenantId, r.Id });
        row.HasIndex(r => r.Hash).IsUnique();
        row.HasIndex(r => r.GroupId);
        row.HasIndex(r => r.TaskKey);
    });
}
