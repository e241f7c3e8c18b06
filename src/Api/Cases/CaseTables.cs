namespace Api.Cases;

/// <summary>A case (<i>sprawa</i>): everything the centre does for one family under one file number.</summary>
public sealed record CaseRow
{
    public const int CaseNoLengthMax = 64;

    public required string TenantId { get; init; }

    /// <summary>The file number of the office's classification (JRWA), e.g. <c>OPS.4710.7.2026</c>.</summary>
    public required string CaseNo { get; init; }
    public required string ProcessId { get; init; }
    public required long RootInstanceKey { get; init; }
    public required DateTimeOffset OpenedAt { get; init; }
    public required string OpenedBy { get; init; }

    /// <summary>Idempotency key of the request that opened it: its repetition finds the same number again.</summary>
    public required string OpenedWith { get; init; }
    public required CaseStatus Status { get; set; }

    /// <summary>
    /// Need to know is narrower: Niebieska Karta, court. Coordinators outside its team do not see it.
    /// </summary>
    public bool Restricted { get; set; }

    /// <summary>
    /// How many documents the file holds; changing it locks the row, which keeps their numbers without gaps.
    /// </summary>
    public int Documents { get; set; }

    /// <summary>What colleagues call the case, e.g. "rodzina K., Zarzecze"; sealed, null before a name.</summary>
    public byte[]? Label { get; set; }

    /// <summary>Engine time; since then only the number is left.</summary>
    public DateTimeOffset? ErasedAt { get; set; }
}

/// <summary>
/// The head wants the content of a closed case erased after its retention; somebody else confirms (Cases/Erasure.cs).
/// </summary>
public sealed record ErasureRow
{
    public const int ProtocolNoLengthMax = 100;

    public required string TenantId { get; init; }
    public required string Id { get; init; }
    public required string CaseNo { get; init; }

    /// <summary>Number of the protocol of disposal (<i>protokół brakowania</i>).</summary>
    public required string ProtocolNo { get; init; }
    public required string Reason { get; init; }
    public required string AskedBy { get; init; }
    public required DateTimeOffset AskedAt { get; init; }
    public required ErasureState State { get; set; }
    public string? DecidedBy { get; set; }
    public DateTimeOffset? DecidedAt { get; set; }
}

public enum ErasureState
{
    Waiting,
    Done,
    Withdrawn,
}

public enum CaseStatus
{
    Open,
    Closed,
}

/// <summary>The last file number given out in a year.</summary>
public sealed record CaseNumberRow
{
    public required string TenantId { get; init; }
    public required int Year { get; init; }
    public required int Last { get; set; }
}

/// <summary>One completed form. Rows are only added: triggers refuse to change or delete them.</summary>
public sealed record DocumentRow
{
    public required string TenantId { get; init; }
    public required string CaseNo { get; init; }

    /// <summary>Position in the file of the case, from 1.</summary>
    public required int Number { get; init; }
    public required string FormId { get; init; }

    /// <summary>
    /// How often this form has been completed in this case, from 1: the newest version is the one in force.
    /// </summary>
    public required int Version { get; init; }

    /// <summary>Version of the form's definition that was shown to the author.</summary>
    public required int FormVersion { get; init; }

    /// <summary>Null for what is entered outside of a task: the family card, a late fact.</summary>
    public long? TaskKey { get; init; }
    public string? ElementId { get; init; }

    /// <summary>The true day of a fact that was entered later.</summary>
    public DateOnly? OccurredOn { get; init; }
    public required string Author { get; init; }
    public required DateTimeOffset At { get; init; }

    /// <summary>The whole answer as one JSON object, sealed with the key of the case.</summary>
    public required byte[] Sealed { get; init; }
}

/// <summary>What somebody has typed into an open task and not sent yet; gone with its completion.</summary>
public sealed record DraftRow
{
    public required string TenantId { get; init; }
    public required long TaskKey { get; init; }

    /// <summary>Empty for a task outside of cases.</summary>
    public required string CaseNo { get; init; }

    /// <summary>1, 2, 3 ...: who saves names the one she has seen.</summary>
    public required int Revision { get; init; }

    /// <summary>JSON object, sealed.</summary>
    public required byte[] Content { get; init; }
    public required string StartedBy { get; init; }
    public required DateTimeOffset StartedAt { get; init; }
    public required string SavedBy { get; init; }
    public required DateTimeOffset SavedAt { get; init; }
}

/// <summary>A file of a case. Its bytes lie sealed outside of the database.</summary>
public sealed record AttachmentRow
{
    public required string TenantId { get; init; }
    public required string Id { get; init; }
    public required string CaseNo { get; init; }
    public required long TaskKey { get; init; }

    /// <summary>Name of the file, sealed: people write names into it.</summary>
    public required byte[] Name { get; init; }

    /// <summary>Media type, found by looking into the file.</summary>
    public required string Type { get; init; }

    /// <summary>Bytes, as downloaded.</summary>
    public required long Size { get; init; }

    /// <summary>Of the bytes as downloaded, in hexadecimal.</summary>
    public required string Sha256 { get; init; }
    public required DateTimeOffset At { get; init; }
    public required string By { get; init; }
    public required AttachmentState State { get; init; }
}

public enum AttachmentState
{
    Unscanned,
    Clean,
}

/// <summary>How many families an assistant works with and may work with (UWR art. 15 ust. 4: at most 15).</summary>
public sealed record AssistantRow
{
    /// <summary>The statute's limit; the centre may set a lower one, never a higher one.</summary>
    public const int StatutoryLimit = 15;

    public required string TenantId { get; init; }
    public required string UserName { get; init; }
    public int Active { get; set; }
    public int PlacesMax { get; set; } = StatutoryLimit;
}

/// <summary>One place taken: makes taking and giving back idempotent for a case.</summary>
public sealed record AssistantPlaceRow
{
    public required string TenantId { get; init; }
    public required string CaseNo { get; init; }
    public required string UserName { get; init; }
    public required DateTimeOffset Since { get; init; }
}
