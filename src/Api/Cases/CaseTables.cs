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
    public required long TaskKey { get; init; }
    public required string ElementId { get; init; }
    public required string Author { get; init; }
    public required DateTimeOffset At { get; init; }

    /// <summary>The whole answer as one JSON object.</summary>
    public required string Content { get; init; }
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
