using System.Buffers.Text;
using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Api.Cases;
using Api.Startup;
using Api.Storage;
using Microsoft.EntityFrameworkCore;
using Workflows.Engine.Calendar;
using Workflows.Engine.Expressions;
using Workflows.Runtime;
using Workflows.Runtime.Storage;
using Scope = Workflows.Runtime.Scope;

namespace Api.Approvals;

/// <summary>
/// What a decision rests on, in one value: who decides on another version is shown what changed and asked again.
/// </summary>
/// <param name="Document">Number of the newest document of the case.</param>
/// <param name="Hash">Of the task, its form, the documents, files and process variables.</param>
public sealed record ContentVersion(int Document, string Hash)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Document}.{Hash}");

    public static ContentVersion? Read(string? text) =>
        text?.Split('.') is [var number, { Length: > 0 } hash]
        && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var document)
            ? new ContentVersion(document, hash)
            : null;
}

/// <summary>Issues the links of messages, finds them again, and ends them (docs/decisions/0015).</summary>
public sealed class ApprovalTickets(
    ProductDbFactory databases, DefinitionCatalog catalog, Func<WorkflowDb> workflows, TaskCompletion completion,
    EngineClock clock, Settings settings)
{
    /// <summary>A ticket is 256 random bits in base64url.</summary>
    public const int ValueLength = 43;

    /// <summary>After the term passes a decision is still asked for; the link to it does not live for ever.</summary>
    const int WorkingDaysAfterDue = 3;
    static readonly TimeSpan LivesAtMost = TimeSpan.FromDays(14);

    /// <summary>Called by the sender right before it sends: the link exists nowhere but in its answer.</summary>
    /// <param name="task">An open task with the property <c>approval</c>.</param>
    /// <param name="userName">The one person who may use it.</param>
    /// <param name="channel"><c>email</c>, <c>teams</c>: a newer message ends the link of an older one of its
    /// channel.</param>
    /// <param name="outboxKey">The message. A second attempt to send it leaves the link of the first alive: it may
    /// have arrived.</param>
    /// <returns>The whole address, below <c>PublicBaseUrl</c>.</returns>
    /// <exception cref="InvalidOperationException">The task is no decision.</exception>
    public async Task<Uri> IssueAsync(
        UserTaskRow task, string userName, string channel, long outboxKey, CancellationToken ct)
    {
        var question = await QuestionOfAsync(task, ct)
            ?? throw new InvalidOperationException($"Expected task {task.ElementId} to have the property approval.");
        var value = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
        var now = await clock.NowAsync(ct);
        var row = new ApprovalTicketRow
        {
            TenantId = WorkflowDb.DefaultTenant,
            Id = Guid.CreateVersion7().ToString("N"),
            Hash = HashOf(value),
            GroupId = GroupOf(task.Key, userName),
            TaskKey = task.Key,
            ProcessDefinitionKey = task.ProcessDefinitionKey,
            UserName = userName,
            TaskVersion = (await VersionAsync(task, ct)).ToString(),
            Offered = string.Join(',', question.Choices.Select(choice => choice.Kind)),
            Channel = channel,
            OutboxKey = outboxKey,
            IssuedAt = now,
            ExpiresAt = ExpiryOf(task.DueDate, now),
        };
        await using var db = databases.Create();
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        await Live(db, row.GroupId).Where(other => other.Channel == channel && other.OutboxKey != outboxKey)
            .ExecuteUpdateAsync(Revoking(now, ApprovalTicketRow.Revoked.Newer), ct);
        db.Add(row);
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        return new Uri(settings.PublicBaseUrl, $"a/{value}");
    }

    /// <summary>Null for what is no ticket of ours.</summary>
    public async Task<ApprovalTicketRow?> FindAsync(string value, CancellationToken ct)
    {
        // The same question to the database for a text of any form: a wrong one is not answered faster.
        var hash = HashOf(value);
        await using var db = databases.Create();
        return await db.ApprovalTickets.AsNoTracking().SingleOrDefaultAsync(row => row.Hash == hash, ct);
    }

    public async Task<ApprovalTicketRow?> ByIdAsync(string id, CancellationToken ct)
    {
        await using var db = databases.Create();
        return await db.ApprovalTickets.AsNoTracking().SingleOrDefaultAsync(row => row.Id == id, ct);
    }

    /// <summary>The link of the same question that was used; null when none was.</summary>
    public async Task<ApprovalTicketRow?> UsedOfGroupAsync(ApprovalTicketRow ticket, CancellationToken ct)
    {
        await using var db = databases.Create();
        return await db.ApprovalTickets.AsNoTracking()
            .FirstOrDefaultAsync(row => row.GroupId == ticket.GroupId && row.UsedAt != null, ct);
    }

    /// <summary>The person herself has it before her: the only trace a look leaves.</summary>
    public async Task SeenAsync(ApprovalTicketRow ticket, int newestDocument, CancellationToken ct)
    {
        if (ticket.SeenAt is not null) return;
        var now = await clock.NowAsync(ct);
        await using var db = databases.Create();
        await db.ApprovalTickets.Where(row => row.Id == ticket.Id && row.SeenAt == null).ExecuteUpdateAsync(
            set => set.SetProperty(row => row.SeenAt, now).SetProperty(row => row.SeenDocument, newestDocument), ct);
    }

    /// <summary>The newest document she had seen when an earlier message of the same question was opened.</summary>
    public async Task<(DateTimeOffset At, int Document)?> LastLookAsync(ApprovalTicketRow ticket, CancellationToken ct)
    {
        await using var db = databases.Create();
        var seen = await db.ApprovalTickets.AsNoTracking()
            .Where(row => row.GroupId == ticket.GroupId && row.Id != ticket.Id && row.SeenDocument != null)
            .OrderByDescending(row => row.SeenAt).FirstOrDefaultAsync(ct);
        return seen is { SeenAt: { } at, SeenDocument: { } document } ? (at, document) : null;
    }

    /// <summary>
    /// Uses the ticket, once: one conditional update in the commit that completes the task. A rejection is the answer
    /// to whoever came second.
    /// </summary>
    public async Task<EngineAnswer.Rejected?> UseAsync(
        HostCommit commit, ApprovalTicketRow ticket, string decision, CancellationToken ct)
    {
        await using var db = databases.On(commit.Connection, commit.Transaction);
        var at = commit.At;
        var used = await Live(db, ticket.GroupId).Where(row => row.Id == ticket.Id && row.ExpiresAt > at)
            .ExecuteUpdateAsync(
                set => set.SetProperty(row => row.UsedAt, at).SetProperty(row => row.Decision, decision), ct);
        if (used == 0) return AlreadyUsed;
        await Live(db, ticket.GroupId).ExecuteUpdateAsync(Revoking(at, ApprovalTicketRow.Revoked.Used), ct);
        return null;
    }

    public static readonly EngineAnswer.Rejected AlreadyUsed = new(
        EngineRejection.InvalidState, "Ta decyzja jest już zapisana albo prośba o nią nie jest już ważna.");

    public async Task<ApprovalQuestion?> QuestionOfAsync(UserTaskRow task, CancellationToken ct) =>
        (await catalog.FindAsync(task.ProcessDefinitionKey, ct))?.Definition.Nodes.GetValueOrDefault(task.ElementId)
            is { } node ? ApprovalQuestion.Of(node) : null;

    /// <summary>The same for everybody: what the task rests on, not who looks.</summary>
    public async Task<ContentVersion> VersionAsync(UserTaskRow task, CancellationToken ct)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{task.Key}|{task.ProcessDefinitionKey}|{task.FormKey}|")
            .Append(CultureInfo.InvariantCulture, $"{task.DueDate?.UtcTicks}\n");
        var variables = await completion.VisibleAsync(Scope.Engine, task.Key, ct);
        foreach (var (name, value) in variables.OrderBy(one => one.Key, StringComparer.Ordinal))
            text.Append(name).Append('=').Append(FeelJson.Write(value)).Append('\n');
        var document = 0;
        if (await CaseNoAsync(task, ct) is { } caseNo)
        {
            await using var db = databases.Create();
            document = await db.Documents
                .Where(row => row.TenantId == WorkflowDb.DefaultTenant && row.CaseNo == caseNo)
                .MaxAsync(row => (int?)row.Number, ct) ?? 0;
            var files = await db.Attachments
                .Where(row => row.TenantId == WorkflowDb.DefaultTenant && row.CaseNo == caseNo)
                .OrderBy(row => row.Id).Select(row => row.Id).ToListAsync(ct);
            text.Append(CultureInfo.InvariantCulture, $"{caseNo}|{document}\n").AppendJoin('\n', files);
        }
        return new ContentVersion(document, Digest(text.ToString()));
    }

    async Task<string?> CaseNoAsync(UserTaskRow task, CancellationToken ct)
    {
        await using var db = workflows();
        var tag = await db.ProcessInstanceTags.AsNoTracking()
            .Where(row => row.ProcessInstanceKey == task.ProcessInstanceKey
                && row.Tag.StartsWith(CaseView.TagPrefix)).Select(row => row.Tag).FirstOrDefaultAsync(ct);
        return tag?[CaseView.TagPrefix.Length..];
    }

    public static string Digest(string text) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    public static byte[] HashOf(string value) => SHA256.HashData(Encoding.UTF8.GetBytes(value));

    public static string GroupOf(long taskKey, string userName) =>
        string.Create(CultureInfo.InvariantCulture, $"{taskKey}/{userName}");

    /// <summary>
    /// Three working days after the term, at most a fortnight after the message. A reminder sent when the term has
    /// passed counts them from its own day: its link must not be dead when it arrives.
    /// </summary>
    DateTimeOffset ExpiryOf(DateTimeOffset? due, DateTimeOffset now)
    {
        var last = now + LivesAtMost;
        if (due is not { } term) return last;
        var from = LocalTime.DayOf(term > now ? term : now, settings.Zone);
        var day = Deadline.Compute(
            from, WorkingDaysAfterDue, DeadlineUnit.WorkingDays, roll: null, BusinessCalendar.Poland).DueOn;
        var end = LocalTime.StartOfDay(day.AddDays(1), settings.Zone);
        return end < last ? end : last;
    }

    static IQueryable<ApprovalTicketRow> Live(ProductDb db, string group) =>
        db.ApprovalTickets.Where(row => row.GroupId == group && row.UsedAt == null && row.RevokedAt == null);

    static Action<Microsoft.EntityFrameworkCore.Query.UpdateSettersBuilder<ApprovalTicketRow>> Revoking(
        DateTimeOffset at, string reason) =>
        set => set.SetProperty(row => row.RevokedAt, at).SetProperty(row => row.RevokedFor, reason);

    /// <summary>Ends what is left of the tickets of these tasks, in the commit of the step that ended them.</summary>
    /// <param name="except">Whose tickets stay alive; null: nobody's.</param>
    public static Task RevokeAsync(
        ProductDb db, IReadOnlyCollection<long> tasks, string reason, string? except, DateTimeOffset at,
        CancellationToken ct) =>
        db.ApprovalTickets.Where(row => tasks.Contains(row.TaskKey) && row.UsedAt == null && row.RevokedAt == null
                && row.UserName != (except ?? ""))
            .ExecuteUpdateAsync(Revoking(at, reason), ct);
}
