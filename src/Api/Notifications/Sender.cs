using System.Globalization;
using Api.Access;
using Api.Approvals;
using Api.Cases;
using Api.Startup;
using Api.Storage;
using Microsoft.EntityFrameworkCore;
using Workflows.Engine.Calendar;
using Workflows.Runtime;
using Workflows.Runtime.Storage;
using Scope = Workflows.Runtime.Scope;

namespace Api.Notifications;

/// <summary>
/// What becomes of one row of the ledger at the moment it is sent: whether it is still true, still hers, and whether
/// she is there; then it goes out by its channel. Everything is asked with the rights of the recipient.
/// </summary>
public sealed class Sender(
    RightsReader rights, CaseAccess access, Queries queries, ProductDbFactory databases, Func<WorkflowDb> workflows,
    StepNames steps, People people, Digest digest, Templates templates, IMailTransport mail, TeamsChannel teams,
    MailAddresses addresses, ApprovalTickets tickets, EngineClock clock, Settings settings)
{
    /// <summary>Messages at once to one person in a day; what is more goes into the digest (assumption).</summary>
    const int AtOnceMax = 6;

    /// <summary>How often a digest waits for the reminders of a downtime to fall due one after the other.</summary>
    const int WaitsForTimeMax = 120;

    static readonly TimeSpan WaitForTime = TimeSpan.FromSeconds(5);

    public async Task<SendResult> SendAsync(OutboxItem item, CancellationToken ct)
    {
        var user = item.Message.Recipient;
        if (WayOf(item) == Ledger.Webhook) return await PingAsync(ct);
        if (await rights.ScopeOfAsync(user, ct) is not { } role)
            return new SendResult.Suppressed("Konto jest wyłączone albo go nie ma.");
        var scope = await access.WidenAsync(role, ct);
        var told = Told.Read(item.Message.Payload);
        // Asked before anything is put together: a link that goes nowhere must not end one that has arrived.
        if (await ClosedAsync(item, told, ct) is { } closed) return closed;
        if (told.Kind == NoticeKind.Digest) return await DigestAsync(item, scope, ct);
        if (told.Kind == NoticeKind.SilenceReport)
        {
            return await digest.SilenceAsync(scope, ct) is { } report
                ? await OutAsync(item, told, report, user, ct)
                : new SendResult.Suppressed("Żadna z tych spraw nie jest dla tej osoby.");
        }
        if (await SubstituteAsync(item, told, ct) is { } redirected) return redirected;
        var found = await queries.InboxTaskAsync(scope, item.Message.UserTaskKey ?? 0, ct);
        if (found is null) return await NotHersAsync(item, told, ct);
        if (WhyNot(found.Task, told, scope) is { } reason) return new SendResult.Suppressed(reason);
        if (await IsTooMuchAsync(item, told, ct)) return IntoDigest(item, told);
        var link = await IsApprovalAsync(told, found.Task, scope, ct)
            ? await tickets.IssueAsync(found.Task, user, WayOf(item), item.Key, ct)
            : digest.LinkTo(found.Task.Key);
        var notice = new Notice(
            told.Kind, TaskItems.CaseNoOf(found), await steps.OfAsync(found.Task, ct), DueOn(found.Task.DueDate),
            told.By is null ? null : (await people.OfAsync([told.By], ct)).NameOf(told.By), link, [], 1);
        return await OutAsync(item, told, notice, user, ct);
    }

    /// <summary>Why nothing goes this way to this person; null when something can.</summary>
    async Task<SendResult?> ClosedAsync(OutboxItem item, Told told, CancellationToken ct)
    {
        var user = item.Message.Recipient;
        await using var db = databases.Create();
        var wishes = await WishesAsync(db, user, ct);
        if (WayOf(item) == Ledger.Teams)
            return wishes.Teams ? null : new SendResult.Suppressed("Osoba chce wiadomości pocztą, nie w Teams.");
        if (settings.Notifications.Transport == MailTransport.None) return NoTransport.Off;
        var mustMail = told.Kind is NoticeKind.Digest or NoticeKind.SilenceReport || IsFallback(item)
            || !settings.Notifications.Teams.Enabled;
        if (!wishes.Email && !mustMail) return new SendResult.Suppressed("Osoba chce wiadomości w Teams, nie pocztą.");
        return (await addresses.OfAsync(user, ct)).Why is { } why ? new SendResult.Failed(why) : null;
    }

    static async Task<NotificationPreferenceRow> WishesAsync(ProductDb db, string user, CancellationToken ct) =>
        await db.NotificationPreferences.AsNoTracking().FirstOrDefaultAsync(
            row => row.TenantId == WorkflowDb.DefaultTenant && row.UserName == user, ct)
        ?? new NotificationPreferenceRow { TenantId = WorkflowDb.DefaultTenant, UserName = user };

    // Numbers only: how many tasks nobody has taken, and how many open ones are late.
    async Task<SendResult> PingAsync(CancellationToken ct)
    {
        var now = await clock.NowAsync(ct);
        await using var db = workflows();
        var open = db.UserTasks.Where(row => row.State == Status.Created);
        var waiting = await open.CountAsync(row => row.Assignee == null, ct);
        var late = await open.CountAsync(row => row.DueDate < now, ct);
        return waiting + late == 0
            ? new SendResult.Suppressed("Nic nie czeka w kolejce.")
            : await teams.PingTeamAsync(waiting, late, ct);
    }

    static string? WhyNot(UserTaskRow task, Told told, Scope scope)
    {
        if (task.State != Status.Created) return "Zadanie jest już zakończone.";
        return told.Role is null && !TaskItems.MayWorkOn(task, scope) ? "Zadanie ma teraz kto inny." : null;
    }

    async Task<bool> IsApprovalAsync(Told told, UserTaskRow task, Scope scope, CancellationToken ct) =>
        // Whoever stands in for somebody comes with her own right, to the task itself (T9).
        told.Role is null && TaskItems.MayWorkOn(task, scope) && TaskItems.OnBehalfOf(task, scope) is null
        && await steps.PropertyAsync(task, "approval", ct) is not null;

    // Who is told because of her role and may not see the case: the head may.
    async Task<SendResult> NotHersAsync(OutboxItem item, Told told, CancellationToken ct)
    {
        if (told.Role is null or CaseAccess.Head)
            return new SendResult.Suppressed("Zadanie nie należy już do tej osoby.");
        await using var db = databases.Create();
        var heads = await Planning.HoldersAsync(db, [CaseAccess.Head], ct);
        return new SendResult.Suppressed("Sprawa o ograniczonym dostępie: wiadomość idzie do kierownika.")
        {
            Instead = [.. heads.Select(head => Copy(item, told with { Role = CaseAccess.Head }, head))],
        };
    }

    async Task<SendResult?> SubstituteAsync(OutboxItem item, Told told, CancellationToken ct)
    {
        var today = LocalTime.DayOf(await clock.NowAsync(ct), settings.Zone);
        await using var db = databases.Create();
        var absence = await db.Absences.AsNoTracking().FirstOrDefaultAsync(
            row => row.TenantId == WorkflowDb.DefaultTenant && row.UserName == item.Message.Recipient
                && row.State == AbsenceState.Accepted && row.From <= today && row.To >= today, ct);
        // Whoever stands in for her tasks only has no part in what she is told as head or coordinator.
        if (absence?.Substitute is not { } substitute) return null;
        if (told.Role is not null && absence.Scope == AbsenceScope.Tasks) return null;
        return new SendResult.Suppressed("Osoba jest nieobecna: wiadomość idzie do zastępcy.")
        {
            Instead = [Copy(item, told, substitute)],
        };
    }

    /// <summary>The same message for somebody else; when she has it already, it stays one.</summary>
    static OutboxMessage Copy(OutboxItem item, Told told, string user)
    {
        var parts = item.Message.BusinessKey.Split('/');
        parts[1] = user;
        return item.Message with
        {
            BusinessKey = string.Join('/', parts), Recipient = user, Payload = told.Write(),
        };
    }

    async Task<bool> IsTooMuchAsync(OutboxItem item, Told told, CancellationToken ct)
    {
        if (told.Kind is NoticeKind.ApprovalRequested or NoticeKind.Escalation) return false;
        var midnight = LocalTime.StartOfDay(
            LocalTime.DayOf(await clock.NowAsync(ct), settings.Zone), settings.Zone).ToUniversalTime();
        var (user, way) = (item.Message.Recipient, "/" + WayOf(item));
        await using var db = workflows();
        return await db.Outbox.Where(
            row => row.Recipient == user && row.State == Status.Sent && row.EndedAt >= midnight
                && row.Purpose != nameof(NoticeKind.Digest) && row.BusinessKey.EndsWith(way))
            .Take(AtOnceMax).CountAsync(ct) == AtOnceMax;
    }

    static SendResult.Suppressed IntoDigest(OutboxItem item, Told told) =>
        new("Dziś było już dużo wiadomości: będzie w następnym zestawieniu.")
        {
            Instead =
            [
                item.Message with
                {
                    BusinessKey = item.Message.BusinessKey + "/" + OutboxMessage.DigestLine,
                    Purpose = OutboxMessage.DigestLine, Payload = told.Write(),
                },
            ],
        };

    async Task<SendResult> DigestAsync(OutboxItem item, Scope scope, CancellationToken ct)
    {
        // What fell due while nothing ran belongs into this one, not into tomorrow's.
        if (item.Attempt <= WaitsForTimeMax && await queries.AnyTimerDueAsync(await clock.NowAsync(ct), ct))
            return new SendResult.Retry("Zaległe terminy są jeszcze nadrabiane.", WaitForTime);
        var (notice, carried) = await digest.ComposeAsync(item, scope, ct);
        if (notice is null)
        {
            return new SendResult.Suppressed("Nic nie czeka, albo zastąpiło je nowsze zestawienie.")
            {
                Carried = carried,
            };
        }
        var result = await OutAsync(item, new Told(NoticeKind.Digest), notice, scope.User, ct);
        return result with { Carried = carried };
    }

    // ---- out of the house ---------------------------------------------------------------------------------------

    async Task<SendResult> OutAsync(OutboxItem item, Told told, Notice notice, string user, CancellationToken ct)
    {
        var content = await templates.RenderAsync(notice, ct);
        if (WayOf(item) == Ledger.Teams)
        {
            await using var db = databases.Create();
            return await ToTeamsAsync(item, told, notice, content, await WishesAsync(db, user, ct), ct);
        }
        var to = await addresses.OfAsync(user, ct);
        // Only where an attempt ended in the dark is there anything to find out.
        if (item.PerhapsSent && await mail.WasSentAsync(item.Key, ct) == true) return new SendResult.Sent();
        return await mail.SendAsync(
            new OutgoingMail(
                item.Key, user, to.Address!, to.Name, content, notice.CaseNo ?? user, told.Kind,
                item.Attempt), ct);
    }

    async Task<SendResult> ToTeamsAsync(
        OutboxItem item, Told told, Notice notice, RenderedNotice content, NotificationPreferenceRow wishes,
        CancellationToken ct)
    {
        var chain = item.Message.UserTaskKey?.ToString(CultureInfo.InvariantCulture) ?? item.Message.Recipient;
        return await teams.SendAsync(item.Key, item.Message.Recipient, notice, content, chain, ct) switch
        {
            TeamsAnswer.Done done => done.Result,
            TeamsAnswer.NotInstalled missing when wishes.Email =>
                new SendResult.Suppressed(missing.Reason + " Wiadomość poszła pocztą."),
            TeamsAnswer.NotInstalled missing => new SendResult.Suppressed(missing.Reason + " Wiadomość idzie pocztą.")
            {
                Instead =
                [
                    item.Message with
                    {
                        BusinessKey = item.Message.BusinessKey + FallbackSuffix, Payload = told.Write(),
                    },
                ],
            },
            var other => throw new InvalidOperationException($"Teams answered {other}."),
        };
    }

    const string FallbackSuffix = "/" + Ledger.Email;

    static bool IsFallback(OutboxItem item) =>
        item.Message.BusinessKey.EndsWith(Ledger.Teams + FallbackSuffix, StringComparison.Ordinal);

    static string WayOf(OutboxItem item) => Ledger.ChannelOf(item.Message.BusinessKey);

    DateOnly? DueOn(DateTimeOffset? due) => due is { } at ? LocalTime.DayOf(at, settings.Zone) : null;
}

/// <summary>What a step is called in messages: never by its own name, which may tell what a family needs.</summary>
public sealed class StepNames(DefinitionCatalog catalog)
{
    const string Neutral = "Zadanie do wykonania";

    public async Task<string> OfAsync(UserTaskRow task, CancellationToken ct) =>
        await PropertyAsync(task, "notificationName", ct) ?? Neutral;

    public async Task<string?> PropertyAsync(UserTaskRow task, string name, CancellationToken ct) =>
        await catalog.FindAsync(task.ProcessDefinitionKey, ct) is { } release
            ? release.Definition.Node(task.ElementId).Property(name)
            : null;
}
