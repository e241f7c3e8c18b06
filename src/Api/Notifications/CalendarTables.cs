namespace Api.Notifications;

/// <summary>
/// Something that comes round by the calendar of the centre, in engine time, on whichever node is first.
/// </summary>
public sealed record CalendarJobRow
{
    public required string TenantId { get; init; }
    public required string Name { get; init; }
    public required DateTimeOffset NextDue { get; set; }
}

/// <summary>How a person wants to be told. Nobody can ask not to be told at all.</summary>
public sealed record NotificationPreferenceRow
{
    public required string TenantId { get; init; }
    public required string UserName { get; init; }
    public bool Email { get; set; } = true;
    public bool Teams { get; set; } = true;

    /// <summary>Not before that of the centre; null for then.</summary>
    public TimeOnly? DigestAt { get; set; }
}

/// <summary>One thing a night's proof of no silence could not prove. Rows are only added.</summary>
public sealed record SilenceFindingRow
{
    public required string TenantId { get; init; }
    public required DateOnly Night { get; init; }
    public required string CaseNo { get; init; }

    /// <summary>Position among the findings of the case that night, from 0.</summary>
    public required int Number { get; init; }
    public required string Kind { get; init; }
    public string? ElementId { get; init; }
}

/// <summary>That a night's proof was made, over how many open cases, and how many it could not prove.</summary>
public sealed record SilenceProofRow
{
    public required string TenantId { get; init; }
    public required DateOnly Night { get; init; }
    public required DateTimeOffset At { get; init; }
    public required int Cases { get; init; }
    public required int Unproven { get; init; }
}
