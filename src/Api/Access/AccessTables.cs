using System.Text.Json.Serialization;

namespace Api.Access;

/// <summary>
/// An absence and who stands in. Only an accepted one has effect, on the days of the engine from <see cref="From"/>
/// to <see cref="To"/>.
/// </summary>
public sealed record AbsenceRow
{
    public required string TenantId { get; init; }
    public required string Id { get; init; }
    public required string UserName { get; init; }
    public required DateOnly From { get; init; }

    /// <summary>The last day of the absence; it moves back when the person returns earlier.</summary>
    public required DateOnly To { get; set; }
    public string? Substitute { get; init; }
    public required AbsenceScope Scope { get; init; }

    /// <summary>Basis and number of the authorisation (<i>upoważnienie</i>).</summary>
    public string? Authorisation { get; init; }
    public required AbsenceState State { get; set; }
    public required string RegisteredBy { get; init; }
    public required DateTimeOffset RegisteredAt { get; init; }
    public string? AcceptedBy { get; set; }
    public DateTimeOffset? AcceptedAt { get; set; }
    public string? EndedBy { get; set; }
    public DateTimeOffset? EndedAt { get; set; }

    /// <summary>Why it was refused, for whoever asked.</summary>
    public string? Reason { get; set; }
}

[JsonConverter(typeof(JsonStringEnumConverter<AbsenceScope>))]
public enum AbsenceScope
{
    /// <summary>Her tasks, what is offered to her groups, and her cases.</summary>
    [JsonStringEnumMemberName("all")]
    All,

    /// <summary>Only tasks assigned or offered to her by name.</summary>
    [JsonStringEnumMemberName("tasks")]
    Tasks,
}

[JsonConverter(typeof(JsonStringEnumConverter<AbsenceState>))]
public enum AbsenceState
{
    [JsonStringEnumMemberName("requested")]
    Requested,
    [JsonStringEnumMemberName("accepted")]
    Accepted,
    [JsonStringEnumMemberName("ended")]
    Ended,

    /// <summary>Not agreed to; <see cref="AbsenceRow.Reason"/> says why.</summary>
    [JsonStringEnumMemberName("refused")]
    Refused,
}

/// <summary>
/// An administrator asks that a person may sign in anew; somebody else lets it happen (docs/decisions/0013). Times are
/// those of the system: a pinned training clock must not hold a door open.
/// </summary>
public sealed record AccountRequestRow
{
    public required string TenantId { get; init; }
    public required string Id { get; init; }
    public required string UserName { get; init; }
    public required AccountRequestKind Kind { get; init; }
    public required AccountRequestState State { get; set; }
    public required string Reason { get; init; }
    public required string AskedBy { get; init; }
    public required DateTimeOffset AskedAt { get; init; }

    /// <summary>Object id of the person in the directory; only of <see cref="AccountRequestKind.Entra"/>.</summary>
    public string? ObjectId { get; init; }
    public string? ShownTo { get; set; }
    public DateTimeOffset? ShownAt { get; set; }
    public DateTimeOffset? Until { get; set; }

    /// <summary>As a password is kept; null before the code was shown and after it was used.</summary>
    public string? CodeHash { get; set; }
}

[JsonConverter(typeof(JsonStringEnumConverter<AccountRequestKind>))]
public enum AccountRequestKind
{
    /// <summary>A one-time code, with which she sets a password.</summary>
    [JsonStringEnumMemberName("code")]
    Code,

    /// <summary>Signing in as a person of the Entra directory.</summary>
    [JsonStringEnumMemberName("entra")]
    Entra,
}

[JsonConverter(typeof(JsonStringEnumConverter<AccountRequestState>))]
public enum AccountRequestState
{
    [JsonStringEnumMemberName("waiting")]
    Waiting,

    /// <summary>The code was shown and not used yet.</summary>
    [JsonStringEnumMemberName("shown")]
    Shown,
    [JsonStringEnumMemberName("done")]
    Done,

    /// <summary>Withdrawn, or replaced by a later request.</summary>
    [JsonStringEnumMemberName("ended")]
    Ended,
}

/// <summary>
/// Somebody looked into a case that is not hers, with a reason, for half an hour. Rows are only added.
/// </summary>
public sealed record BreakGlassRow
{
    public required string TenantId { get; init; }
    public required string Id { get; init; }
    public required string CaseNo { get; init; }
    public required string UserName { get; init; }
    public required string Reason { get; init; }

    /// <summary>Engine time.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>System time: a pinned training clock must not hold a door open.</summary>
    public required DateTimeOffset Until { get; init; }
}

/// <summary>
/// One look: at a case, a document, a print, an export, a search. Rows are only added; the same entry stands in the
/// hash chain of reading.
/// </summary>
public sealed record ReadingRow
{
    public const int WhatLengthMax = 200;
    public const int PurposeLengthMax = 500;

    public required string TenantId { get; init; }
    public required string Id { get; init; }

    /// <summary>Null for a search over cases.</summary>
    public string? CaseNo { get; init; }
    public required string UserName { get; init; }
    public required string What { get; init; }
    public string? Purpose { get; init; }

    /// <summary>Engine time.</summary>
    public required DateTimeOffset At { get; init; }
}
