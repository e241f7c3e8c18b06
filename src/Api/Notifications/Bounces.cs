using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Api.Startup;
using Api.Storage;
using Microsoft.EntityFrameworkCore;
using Workflows.Engine.Execution;
using Workflows.Runtime;
using Workflows.Runtime.Storage;
using Scope = Workflows.Runtime.Scope;

namespace Api.Notifications;

/// <summary>Where e-mail reaches a person, and what is known of addresses that do not work.</summary>
public sealed class MailAddresses(ProductDbFactory databases, WorkflowEngine engine, Settings settings)
{
    /// <summary>The procedure that makes a bad address somebody's task.</summary>
    public const string Process = "delivery-problem";

    /// <summary>Job type at its end: the address may be used again.</summary>
    public const string RestoreType = "mail-address.restore";

    /// <param name="Address">Null: no message can go there, and <paramref name="Why"/> says why.</param>
    public sealed record Found(string? Address, string Name, string? Why);

    /// <summary>The address messages may go to at this moment.</summary>
    public async Task<Found> OfAsync(string userName, CancellationToken ct)
    {
        await using var db = databases.Create();
        var account = await db.Users.AsNoTracking().Where(row => row.UserName == userName)
            .Select(row => new { row.Email, row.DisplayName, row.Disabled }).SingleOrDefaultAsync(ct);
        if (account is null or { Disabled: true })
            return new Found(null, userName, $"Konto „{userName}” nie istnieje albo jest wyłączone.");
        if (string.IsNullOrWhiteSpace(account.Email))
        {
            return new Found(
                null, account.DisplayName, $"{account.DisplayName} nie ma adresu e-mail. Uzupełnij go w kontach.");
        }
        if (MailRules.Refuse(account.Email, settings.Notifications) is { } refusal)
            return new Found(null, account.DisplayName, refusal);
        var known = Normal(account.Email);
        var bad = await db.BadAddresses.AsNoTracking().FirstOrDefaultAsync(
            row => row.TenantId == WorkflowDb.DefaultTenant && row.UserName == userName && row.Address == known, ct);
        return bad is null
            ? new Found(account.Email, account.DisplayName, null)
            : new Found(null, account.DisplayName, $"Adres {account.Email} nie działa. {bad.Reason}");
    }

    /// <summary>
    /// Remembers that messages do not arrive and gives the coordinator one task for it, in one transaction; a second
    /// message that comes back changes nothing.
    /// </summary>
    /// <param name="reason">Polish, with the words of the mail server.</param>
    public async Task MarkBadAsync(string userName, string address, string reason, CancellationToken ct)
    {
        var row = new BadAddressRow
        {
            TenantId = WorkflowDb.DefaultTenant,
            UserName = userName,
            Address = Normal(address),
            Reason = reason,
            FoundAt = await engine.Clock.NowAsync(ct),
        };
        await engine.RecordAsync(Scope.Engine, HistoryChain.Settings, new CommitExtras
        {
            Acts =
            [
                new RecordedAct("AddressFailed", JsonSerializer.Serialize(
                    new { subject = userName, before = (object?)null, after = new { address, reason } }, Json)),
            ],
            Starts =
            [
                new QueuedStart(
                    ProcessSelector.ById(Process),
                    [
                        Text("person", userName), Text("address", address), Text("reason", reason),
                        Text("foundOn", DayOf(row.FoundAt)),
                    ],
                    BusinessId: BusinessIdOf(userName, address)),
            ],
            HostRows = async (commit, token) =>
            {
                await using var db = databases.On(commit.Connection, commit.Transaction);
                var known = await db.BadAddresses.AnyAsync(
                    one => one.TenantId == row.TenantId && one.UserName == userName && one.Address == row.Address,
                    token);
                if (known)
                {
                    return new EngineAnswer.Rejected(
                        EngineRejection.AlreadyExists, "The address is known to fail.");
                }
                db.BadAddresses.Add(row);
                await db.SaveChangesAsync(token);
                return null;
            },
        }, ct);
    }

    /// <summary>The handler at the end of the task: the address is tried again.</summary>
    public static JobHandler Restoring(Settings settings)
    {
        // Only rows inside the engine's commits are written here, and those hold the gate.
        var databases = new ProductDbFactory(settings, new WriteGate(open: true));
        return (job, _) =>
        {
            var (person, address) = (Read(job, "person"), Read(job, "address"));
            if (person is null || address is null)
            {
                return Task.FromResult<JobOutcome>(
                    new JobOutcome.Fail("Expected the variables 'person' and 'address'."));
            }
            var known = Normal(address);
            return Task.FromResult<JobOutcome>(new JobOutcome.Complete([])
            {
                Extras = new CommitExtras
                {
                    HostRows = async (commit, token) =>
                    {
                        await using var db = databases.On(commit.Connection, commit.Transaction);
                        await db.BadAddresses.Where(row => row.TenantId == WorkflowDb.DefaultTenant
                            && row.UserName == person && row.Address == known).ExecuteDeleteAsync(token);
                        return null;
                    },
                },
            });
        };
    }

    static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    static string? Read(JobContext job, string name) =>
        job.Read(name) is ['"', ..] json ? JsonSerializer.Deserialize<string>(json) : null;

    static VariableValue Text(string name, string value) => new(name, JsonSerializer.Serialize(value, Json));

    string DayOf(DateTimeOffset at) => TimeZoneInfo.ConvertTime(at, settings.Zone)
        .ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    public static string BusinessIdOf(string userName, string address)
    {
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Normal(address))).AsSpan(0, 6));
        return $"{Process}/{userName}/{hash}";
    }

    public static string Normal(string address) => address.Trim().ToLowerInvariant();
}

/// <summary>One recipient of a delivery report (RFC 3464, section 2.3).</summary>
/// <param name="Action"><c>failed</c>, <c>delayed</c>, <c>delivered</c>, <c>relayed</c> or <c>expanded</c>.</param>
/// <param name="Status">RFC 3463, e.g. <c>5.1.1</c>.</param>
public sealed record DeliveryStatus(string Recipient, string Action, string Status, string? Diagnostic)
{
    public bool IsFailed => Action.Equals("failed", StringComparison.OrdinalIgnoreCase);

    public bool IsPermanent => IsFailed && Status.StartsWith('5');
}

/// <param name="OutboxKey">The message that came back; null when the report does not say.</param>
public sealed record DeliveryReport(long? OutboxKey, ImmutableArray<DeliveryStatus> Recipients);

/// <summary>Reads reports about delivery; every other message, answers by machines included, is none.</summary>
public static class DeliveryReports
{
    const int PartsMax = 20;

    /// <returns>Null when the message is not a report.</returns>
    public static DeliveryReport? Read(string mime)
    {
        var (head, body) = Split(mime.ReplaceLineEndings("\n"));
        var type = head.GetValueOrDefault("Content-Type") ?? "";
        if (!type.StartsWith("multipart/report", StringComparison.OrdinalIgnoreCase)
            || !type.Contains("delivery-status", StringComparison.OrdinalIgnoreCase)
            || Parameter(type, "boundary") is not { } boundary)
        {
            return null;
        }
        var recipients = ImmutableArray.CreateBuilder<DeliveryStatus>();
        long? key = null;
        foreach (var part in body.Split($"--{boundary}").Skip(1).Take(PartsMax))
        {
            var (partHead, content) = Split(part.TrimStart('\n'));
            var partType = partHead.GetValueOrDefault("Content-Type") ?? "";
            var text = Decoded(partHead, content);
            if (partType.StartsWith("message/delivery-status", StringComparison.OrdinalIgnoreCase))
                recipients.AddRange(Statuses(text));
            else if (partType.StartsWith("message/", StringComparison.OrdinalIgnoreCase)
                || partType.StartsWith("text/rfc822-headers", StringComparison.OrdinalIgnoreCase))
                key ??= KeyIn(Split(text).Headers);
        }
        key ??= KeyIn(head) ?? KeyInReferences(head);
        return new DeliveryReport(key, recipients.ToImmutable());
    }

    static long? KeyIn(Dictionary<string, string> headers) =>
        long.TryParse(
            headers.GetValueOrDefault(MailNames.KeyHeader), NumberStyles.None, CultureInfo.InvariantCulture,
            out var key)
            ? key
            : MailNames.KeyOf(headers.GetValueOrDefault("Message-ID"));

    // Exchange leaves the message itself out and answers to its id.
    static long? KeyInReferences(Dictionary<string, string> headers) =>
        $"{headers.GetValueOrDefault("In-Reply-To")} {headers.GetValueOrDefault("References")}"
            .Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(MailNames.KeyOf)
            .FirstOrDefault(key => key is not null);

    // Groups of fields parted by empty lines: first of the message, then one for each recipient.
    static IEnumerable<DeliveryStatus> Statuses(string text)
    {
        foreach (var group in text.Split("\n\n", StringSplitOptions.RemoveEmptyEntries))
        {
            var fields = Split(group).Headers;
            if (fields.GetValueOrDefault("Action") is not { } action
                || fields.GetValueOrDefault("Status") is not { } status
                || (fields.GetValueOrDefault("Original-Recipient") ?? fields.GetValueOrDefault("Final-Recipient"))
                    is not { } recipient)
            {
                continue;
            }
            yield return new DeliveryStatus(
                recipient[(recipient.IndexOf(';', StringComparison.Ordinal) + 1)..].Trim(), action.Trim(),
                status.Trim().Split(' ')[0], fields.GetValueOrDefault("Diagnostic-Code"));
        }
    }

    static (Dictionary<string, string> Headers, string Body) Split(string text)
    {
        var end = text.IndexOf("\n\n", StringComparison.Ordinal);
        var head = (end < 0 ? text : text[..end]).Replace("\n ", " ", StringComparison.Ordinal)
            .Replace("\n\t", " ", StringComparison.Ordinal);
        var fields = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var line in head.Split('\n'))
        {
            if (line.IndexOf(':', StringComparison.Ordinal) is var colon and > 0)
                fields.TryAdd(line[..colon].Trim(), line[(colon + 1)..].Trim());
        }
        return (fields, end < 0 ? "" : text[(end + 2)..]);
    }

    static string? Parameter(string type, string name)
    {
        foreach (var one in type.Split(';').Skip(1))
        {
            var pair = one.Split('=', 2);
            if (pair.Length == 2 && pair[0].Trim().Equals(name, StringComparison.OrdinalIgnoreCase))
                return pair[1].Trim().Trim('"');
        }
        return null;
    }

    static string Decoded(Dictionary<string, string> headers, string content)
    {
        if (headers.GetValueOrDefault("Content-Transfer-Encoding") is not { } encoding
            || !encoding.Equals("base64", StringComparison.OrdinalIgnoreCase))
        {
            return content;
        }
        var bytes = new byte[content.Length];
        return Convert.TryFromBase64String(content.Trim(), bytes, out var length)
            ? Encoding.UTF8.GetString(bytes, 0, length).ReplaceLineEndings("\n")
            : content;
    }
}

/// <summary>What came back, and what nobody knows: looked after every few minutes.</summary>
public sealed class Bounces(
    Settings settings, GraphAccess graph, IMailTransport transport, ProductDbFactory databases,
    Func<WorkflowDb> workflows, WorkflowEngine engine, MailAddresses addresses, TimeProvider time,
    ILogger<Bounces> log) : BackgroundService
{
    static readonly TimeSpan Every = TimeSpan.FromMinutes(3);

    /// <summary>A message of unknown fate may still have been on its way into Sent Items.</summary>
    static readonly TimeSpan UnknownFor = TimeSpan.FromMinutes(15);

    const int PagesMax = 50;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (settings.Notifications.Transport == MailTransport.None) return;
        using var timer = new PeriodicTimer(Every, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken)) await LookAsync(stoppingToken);
        }
        catch (OperationCanceledException)
        {
            // The host stops.
        }
    }

    async Task LookAsync(CancellationToken ct)
    {
        try
        {
            await PollAsync(ct);
            await SettleUnknownAsync(ct);
        }
        catch (Exception problem) when (problem is not OperationCanceledException)
        {
            log.LogError(
                problem, "Messages that came back could not be looked after; it is tried again in {Pause}", Every);
        }
    }

    /// <summary>Reads what is new in the sender's mailbox. How many reports were found.</summary>
    public async Task<int> PollAsync(CancellationToken ct)
    {
        if (!graph.IsSet || settings.Notifications.Transport != MailTransport.Graph) return 0;
        try
        {
            return await ReadMailboxAsync(settings.Notifications.From!, ct);
        }
        catch (Exception failure) when (GraphProblem.Of(failure, time.GetUtcNow(), ct) is { } problem)
        {
            // The place where reading went on is too old: everything is new again, and handled twice harmlessly.
            if (problem.Status == 410) await ForgetPlaceAsync(settings.Notifications.From!, ct);
            log.LogWarning("The sender's mailbox cannot be read: {Status} {Problem}", problem.Status, problem.Message);
            return 0;
        }
    }

    async Task<int> ReadMailboxAsync(string mailbox, CancellationToken ct)
    {
        var messages = graph.Client.Users[mailbox].MailFolders["inbox"].Messages;
        await using var db = databases.Create();
        var cursor = await db.MailboxCursors.FirstOrDefaultAsync(row => row.Mailbox == mailbox, ct);
        var found = 0;
        var next = cursor?.DeltaLink;
        for (var page = 0; page < PagesMax; page++)
        {
            var answer = next is null
                ? await messages.Delta.GetAsDeltaGetResponseAsync(
                    request => request.QueryParameters.Select = ["id", "subject"], ct)
                : await messages.Delta.WithUrl(next).GetAsDeltaGetResponseAsync(cancellationToken: ct);
            foreach (var message in answer?.Value ?? [])
            {
                if (message.AdditionalData.ContainsKey("@removed") || message.Id is null) continue;
                found += await TakeAsync(mailbox, message.Id, ct) ? 1 : 0;
            }
            next = answer?.OdataNextLink ?? answer?.OdataDeltaLink;
            if (next is null || answer?.OdataNextLink is null) break;
        }
        if (next is null) return found;
        if (cursor is null) db.MailboxCursors.Add(new MailboxCursorRow { Mailbox = mailbox, DeltaLink = next });
        else cursor.DeltaLink = next;
        await db.SaveChangesAsync(ct);
        return found;
    }

    async Task<bool> TakeAsync(string mailbox, string id, CancellationToken ct)
    {
        var message = graph.Client.Users[mailbox].Messages[id];
        await using var content = await message.Content.GetAsync(cancellationToken: ct);
        if (content is null) return false;
        using var reader = new StreamReader(content, Encoding.UTF8);
        if (DeliveryReports.Read(await reader.ReadToEndAsync(ct)) is not { OutboxKey: { } key } report) return false;
        foreach (var status in report.Recipients) await ApplyAsync(key, status, ct);
        return report.Recipients.Length > 0;
    }

    /// <summary>What a report about one message means for its row and for the address.</summary>
    public async Task ApplyAsync(long outboxKey, DeliveryStatus status, CancellationToken ct)
    {
        // A report of a delay promises another one; success is no news.
        if (!status.IsFailed) return;
        await using var db = workflows();
        var row = await db.Outbox.AsNoTracking().FirstOrDefaultAsync(one => one.Key == outboxKey, ct);
        if (row is null) return;
        var words = status.Diagnostic is { } diagnostic ? $": {diagnostic}" : "";
        if (!status.IsPermanent)
        {
            // The relay gave up on what might work tomorrow.
            await Ledger.ReplanAsync(
                databases, engine, Scope.Engine, outboxKey, [Status.Sent, Status.Unknown], keepAttempts: true, ct);
            return;
        }
        var reason = $"Wiadomość wróciła ({status.Status}){words}";
        var other = OtherChannel(row);
        var refused = await engine.RecordAsync(Scope.Engine, HistoryChain.Settings, new CommitExtras
        {
            Acts = [Ledger.Act("NotificationBounced", outboxKey, row.State, Ledger.Bounced)],
            Outbox = other is null ? [] : [other],
            HostRows = async (commit, token) =>
            {
                await using var product = databases.On(commit.Connection, commit.Transaction);
                var changed = await product.Database.ExecuteSqlAsync(
                    $"""
                    update outbox set state = {Ledger.Bounced}, last_error = {reason}, not_before = null
                    where key = {outboxKey} and state in ('sent', 'unknown')
                    """, token);
                return changed == 1
                    ? null
                    : new EngineAnswer.Rejected(EngineRejection.InvalidState, "The row was dealt with already.");
            },
        }, ct);
        if (refused is not null) return;
        if (MailRules.IsAboutAddress(status.Status) || status.Status is "5.0.0" or "5.2.1" or "5.4.1")
            await addresses.MarkBadAsync(row.Recipient, status.Recipient, reason, ct);
    }

    /// <summary>
    /// The same notice through Teams, where that is on: the last part of a business key is the channel. The unique key
    /// lets it be planned once.
    /// </summary>
    OutboxMessage? OtherChannel(OutboxRow row)
    {
        if (!settings.Notifications.Teams.Enabled || Ledger.ChannelOf(row.BusinessKey) != Ledger.Email) return null;
        var key = row.BusinessKey[..^Ledger.Email.Length] + Ledger.Teams;
        return new OutboxMessage(
            key, row.Purpose, row.Recipient, row.Payload, row.DueAt, row.ProcessInstanceKey, row.UserTaskKey);
    }

    /// <summary>
    /// Messages whose fate the engine gave up to find out: those found in Sent Items later are sent after all; the
    /// others wait for a person. How many were settled.
    /// </summary>
    public async Task<int> SettleUnknownAsync(CancellationToken ct)
    {
        var before = await engine.Clock.NowAsync(ct) - UnknownFor;
        await using var db = workflows();
        var rows = await db.Outbox.AsNoTracking()
            .Where(row => row.State == Status.Unknown && row.EndedAt != null && row.EndedAt <= before)
            .OrderBy(row => row.Key).Take(200).ToListAsync(ct);
        var settled = 0;
        foreach (var row in rows.Where(row => Ledger.ChannelOf(row.BusinessKey) == Ledger.Email))
        {
            if (await transport.WasSentAsync(row.Key, ct) != true) continue;
            await Ledger.FoundSentAsync(databases, engine, row.Key, ct);
            settled++;
        }
        return settled;
    }

    async Task ForgetPlaceAsync(string mailbox, CancellationToken ct)
    {
        await using var db = databases.Create();
        await db.MailboxCursors.Where(row => row.Mailbox == mailbox).ExecuteDeleteAsync(ct);
    }
}
