using System.Text.Json.Serialization;

namespace Api.Notifications;

/// <summary>Whether notifications in Teams reach a person.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<TeamsState>))]
public enum TeamsState
{
    /// <summary>Nothing was sent to her yet.</summary>
    [JsonStringEnumMemberName("unknown")]
    Unknown,
    [JsonStringEnumMemberName("installed")]
    Installed,
    [JsonStringEnumMemberName("notInstalled")]
    NotInstalled,
    [JsonStringEnumMemberName("error")]
    Error,
}

/// <summary>What is known of a person's channels beside her account.</summary>
public sealed record PersonChannelRow
{
    public required string TenantId { get; init; }
    public required string UserName { get; init; }
    public TeamsState Teams { get; set; }

    /// <summary>Polish; null while all is well.</summary>
    public string? TeamsError { get; set; }

    /// <summary>System time of the last attempt.</summary>
    public DateTimeOffset? TeamsAt { get; set; }

    /// <summary>She asked for copies of her tasks in Microsoft To Do.</summary>
    public bool ToDo { get; set; }

    /// <summary>Id of her list there; null before the first copy.</summary>
    public string? ToDoList { get; set; }
    public string? ToDoError { get; set; }
}

/// <summary>An address messages come back from; a corrected address is another row.</summary>
public sealed record BadAddressRow
{
    public required string TenantId { get; init; }
    public required string UserName { get; init; }

    /// <summary>In lower case.</summary>
    public required string Address { get; init; }

    /// <summary>Polish, with the words of the mail server.</summary>
    public required string Reason { get; init; }

    /// <summary>Engine time.</summary>
    public required DateTimeOffset FoundAt { get; init; }
}

/// <summary>How far the sender's mailbox was read.</summary>
public sealed record MailboxCursorRow
{
    public required string Mailbox { get; init; }

    /// <summary>Where Graph goes on from.</summary>
    public required string DeltaLink { get; set; }
}

/// <summary>A task that stands in somebody's To Do.</summary>
public sealed record ToDoCopyRow
{
    public required long TaskKey { get; init; }
    public required string UserName { get; init; }
    public required string ListId { get; init; }
    public required string ToDoId { get; init; }
}
