using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Serialization;
using Workflows.Runtime;

namespace Api.Notifications;

/// <summary>What a message to a person is about; each kind has a template.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<NoticeKind>))]
public enum NoticeKind
{
    TaskAssigned,
    ApprovalRequested,
    TaskReturned,
    DueToday,
    Overdue,
    Escalation,
    Digest,
    SilenceReport,
}

/// <summary>Parts of a digest, in the order they are read.</summary>
public enum NoticeGroup
{
    Overdue,
    Today,
    Next,
    Reminder,
    Escalated,
}

/// <summary>
/// Everything a message may say. It has no place for names of clients, addresses, kinds of help or free text, so no
/// template and no mistake of a caller can put them there.
/// </summary>
/// <param name="CaseNo">File number; null for what belongs to no case.</param>
/// <param name="StepName">The neutral <c>notificationName</c> of the step.</param>
/// <param name="DueOn">Last day, in the zone of the centre.</param>
/// <param name="HandedOverBy">Name of a colleague.</param>
/// <param name="Link">Where to go; it grants nothing.</param>
/// <param name="Lines">Of a digest or report.</param>
/// <param name="Count">How many things the message is about.</param>
public sealed record Notice(
    NoticeKind Kind, string? CaseNo, string? StepName, DateOnly? DueOn, string? HandedOverBy, Uri Link,
    ImmutableArray<NoticeLine> Lines, int Count);

public sealed record NoticeLine(NoticeGroup Group, string StepName, string? CaseNo, DateOnly? DueOn, Uri Link);

/// <param name="Html">A whole page.</param>
/// <param name="Preview">At most 150 characters, the first thing seen in Teams.</param>
public sealed record RenderedNotice(string Subject, string Html, string Text, string Preview);

/// <summary>One message to one person.</summary>
/// <param name="OutboxKey">Key of the row: the message keeps its Message-ID at every attempt.</param>
/// <param name="ThreadId">Case number, or the user name: messages with the same one form one thread.</param>
/// <param name="Attempt">1 the first time.</param>
public sealed record OutgoingMail(
    long OutboxKey, string UserName, string To, string ToName, RenderedNotice Content, string ThreadId,
    NoticeKind Kind, int Attempt);

/// <summary>One way to bring e-mail out of the house.</summary>
public interface IMailTransport
{
    Task<SendResult> SendAsync(OutgoingMail mail, CancellationToken ct);

    /// <summary>Whether the message of this row has left; null where nobody can tell.</summary>
    Task<bool?> WasSentAsync(long outboxKey, CancellationToken ct);
}

/// <summary>What a message is called on its way, the same whichever transport takes it.</summary>
public static class MailNames
{
    /// <summary>Our key in the headers: found again in Sent Items and in messages that come back.</summary>
    public const string KeyHeader = "X-WorkflowHost-Key";

    public static string MessageId(long outboxKey, string from) =>
        string.Create(System.Globalization.CultureInfo.InvariantCulture, $"<outbox-{outboxKey}@{DomainOf(from)}>");

    /// <summary>A message that was never sent and to which all of a thread refer.</summary>
    public static string ThreadRoot(string threadId, string from)
    {
        // Neither a file number nor a user name is always fit to stand in a message id.
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(threadId));
        return $"<thread-{Convert.ToHexStringLower(hash.AsSpan(0, 12))}@{DomainOf(from)}>";
    }

    /// <summary>The row a message id of ours belongs to; null for every other id.</summary>
    public static long? KeyOf(string? messageId)
    {
        const string prefix = "outbox-";
        var id = messageId?.Trim().TrimStart('<') ?? "";
        var at = id.IndexOf('@', StringComparison.Ordinal);
        return at > 0 && id.StartsWith(prefix, StringComparison.Ordinal)
            && long.TryParse(
                id.AsSpan(prefix.Length, at - prefix.Length), System.Globalization.NumberStyles.None,
                System.Globalization.CultureInfo.InvariantCulture, out var key)
            ? key
            : null;
    }

    /// <summary>Headers beside From, To, Subject and Date, in their order.</summary>
    public static IEnumerable<(string Name, string Value)> HeadersOf(OutgoingMail mail, string from)
    {
        var thread = ThreadRoot(mail.ThreadId, from);
        yield return ("Message-ID", MessageId(mail.OutboxKey, from));
        yield return ("References", thread);
        yield return ("In-Reply-To", thread);
        // RFC 3834: no answer by a machine is wanted; reports about delivery are.
        yield return ("Auto-Submitted", "auto-generated");
        yield return ("X-Auto-Response-Suppress", "OOF, AutoReply");
        yield return ("List-Id", $"WorkflowHost <{ListOf(mail.Kind)}.{DomainOf(from)}>");
        if (mail.Kind == NoticeKind.Digest) yield return ("List-Unsubscribe", $"<mailto:{from}?subject=zestawienie>");
        yield return (KeyHeader, mail.OutboxKey.ToString(System.Globalization.CultureInfo.InvariantCulture));
    }

    /// <summary>What rules of a mailbox go by: approvals, the rest of the tasks, digests, reports.</summary>
    static string ListOf(NoticeKind kind) => kind switch
    {
        NoticeKind.ApprovalRequested => "decyzje",
        NoticeKind.Digest => "zestawienia",
        NoticeKind.SilenceReport => "raporty",
        _ => "zadania",
    };

    public static string DomainOf(string address) => address[(address.LastIndexOf('@') + 1)..];
}
