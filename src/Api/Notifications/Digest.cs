using System.Collections.Immutable;
using System.Globalization;
using Api.Access;
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
/// One message a day to a person: what is overdue, due today, due in the next working days, and the reminders that did
/// not deserve a message of their own. It is put together when it is sent, so it never speaks of what is done.
/// </summary>
public sealed class Digest(
    Queries queries, Func<WorkflowDb> workflows, ProductDbFactory databases, StepNames steps,
    CaseAccess access, EngineClock clock, BusinessCalendar calendar, Settings settings)
{
    const int NextWorkingDays = 3;
    const int LinesMax = 60;

    /// <summary>Purpose of the row with which the channel of the team is told how much waits.</summary>
    const string TeamPing = nameof(TeamPing);

    public Uri LinkTo(long taskKey) => new(settings.PublicBaseUrl, TaskItems.AddressOf(taskKey));

    /// <summary>A row for each person who can be told, at her hour of a working day.</summary>
    public async Task<ImmutableArray<OutboxMessage>> PlanAsync(DateOnly day, CancellationToken ct)
    {
        await using var db = databases.Create();
        var people = await db.Users.AsNoTracking().Where(row => !row.Disabled && row.Email != null)
            .OrderBy(row => row.UserName).Select(row => row.UserName!).ToListAsync(ct);
        var hours = await db.NotificationPreferences.AsNoTracking()
            .Where(row => row.TenantId == WorkflowDb.DefaultTenant && row.DigestAt != null)
            .ToDictionaryAsync(row => row.UserName, row => row.DigestAt!.Value, StringComparer.Ordinal, ct);
        TimeOnly HourOf(string user) => hours.GetValueOrDefault(user, settings.Notifications.Hours.DigestAt);
        OutboxMessage[] ping = settings.Notifications.Teams.WebhookUrl is null
            ? []
            :
            [
                new OutboxMessage(
                    string.Create(CultureInfo.InvariantCulture, $"ping/{day:yyyy-MM-dd}/{Ledger.Webhook}"),
                    TeamPing, "team", Payload: "{}",
                    WorkingHours.At(day, settings.Notifications.Hours.DigestAt, settings.Zone)),
            ];
        return
        [
            .. ping,
            .. people.Select(user => new OutboxMessage(
                string.Create(CultureInfo.InvariantCulture, $"digest/{user}/{day:yyyy-MM-dd}/{Ledger.Email}"),
                $"{NoticeKind.Digest}", user,
                new Told(NoticeKind.Digest).Write(),
                WorkingHours.At(day, HourOf(user), settings.Zone))),
        ];
    }

    /// <summary>Null when there is nothing to tell, or a newer digest tells it.</summary>
    public async Task<(Notice? Notice, ImmutableArray<Carried> Carried)> ComposeAsync(
        OutboxItem item, Scope scope, CancellationToken ct)
    {
        var now = await clock.NowAsync(ct);
        await using var db = workflows();
        var newer = await db.Outbox.AnyAsync(
            row => row.Recipient == scope.User && row.Purpose == nameof(NoticeKind.Digest)
                && row.State == Status.Planned && row.DueAt > item.Message.DueAt && row.DueAt <= now, ct);
        if (newer) return (null, []);
        var waiting = await db.Outbox.AsNoTracking()
            .Where(row => row.Recipient == scope.User && row.Purpose == OutboxMessage.DigestLine
                && row.State == Status.Planned && row.DueAt <= now)
            .OrderBy(row => row.DueAt).ThenBy(row => row.Key).ToListAsync(ct);
        var hers = (await queries.OpenTasksAsync(scope, ct)).ToDictionary(one => one.Task.Key);
        var seen = (await queries.InboxTasksAsync(
            scope, waiting.Select(row => row.UserTaskKey ?? 0).Distinct().Where(key => !hers.ContainsKey(key)), ct))
            .ToDictionary(one => one.Task.Key);
        var lines = Own(hers.Values, scope, LocalTime.DayOf(now, settings.Zone));
        var carried = ImmutableArray.CreateBuilder<Carried>(waiting.Count);
        var said = lines.Select(line => line.Task.Task.Key).ToHashSet();
        foreach (var row in waiting)
        {
            var told = Told.Read(row.Payload);
            var key = row.UserTaskKey ?? 0;
            // Who is told because of her role need not have the task herself.
            var task = hers.GetValueOrDefault(key) ?? (told.Role is null ? null : seen.GetValueOrDefault(key));
            if (task is null || task.Task.State != Status.Created)
            {
                carried.Add(new Carried(row.Key, "Zadanie jest już zakończone albo ma je kto inny."));
                continue;
            }
            carried.Add(new Carried(row.Key));
            if (!said.Add(task.Task.Key)) continue;
            lines.Add((told.Role is null ? NoticeGroup.Reminder : NoticeGroup.Escalated, task));
        }
        if (lines.Count == 0) return (null, carried.ToImmutable());
        var written = ImmutableArray.CreateBuilder<NoticeLine>();
        foreach (var (group, task) in lines.OrderBy(line => line.Group).ThenBy(line => line.Task.Task.DueDate)
            .Take(LinesMax))
        {
            written.Add(new NoticeLine(
                group, await steps.OfAsync(task.Task, ct), TaskItems.CaseNoOf(task), DueOn(task.Task),
                LinkTo(task.Task.Key)));
        }
        return (
            new Notice(NoticeKind.Digest, null, null, null, null, settings.PublicBaseUrl, written.ToImmutable(),
                lines.Count), carried.ToImmutable());
    }

    // Hers, and of what is offered to her only what nobody has taken although it is due.
    List<(NoticeGroup Group, InboxTask Task)> Own(IEnumerable<InboxTask> open, Scope scope, DateOnly today)
    {
        var next = today;
        for (var i = 0; i < NextWorkingDays; i++) next = WorkingHours.NextWorkingDay(next, calendar);
        var lines = new List<(NoticeGroup, InboxTask)>();
        foreach (var task in open.Where(one => DueOn(one.Task) is not null))
        {
            var due = DueOn(task.Task)!.Value;
            var hers = task.Task.Assignee is { } holder
                ? holder == scope.User || scope.ActsFor.Any(absent => absent.User == holder)
                : due <= today;
            if (!hers || due > next) continue;
            lines.Add((due < today ? NoticeGroup.Overdue : due == today ? NoticeGroup.Today : NoticeGroup.Next, task));
        }
        return lines;
    }

    DateOnly? DueOn(UserTaskRow task) =>
        task.DueDate is { } due ? LocalTime.DayOf(due, settings.Zone) : null;

    /// <summary>The newest proof of no silence, as far as the reader may know of the cases; null for nothing.</summary>
    public async Task<Notice?> SilenceAsync(Scope scope, CancellationToken ct)
    {
        var visible = await access.VisibleAsync(scope, ct);
        await using var db = databases.Create();
        var shown = db.Cases.Where(visible).Select(row => row.CaseNo);
        var night = await db.SilenceProofs.AsNoTracking().OrderByDescending(row => row.Night).FirstAsync(ct);
        var findings = await db.SilenceFindings.AsNoTracking()
            .Where(row => row.TenantId == night.TenantId && row.Night == night.Night && shown.Contains(row.CaseNo))
            .OrderBy(row => row.CaseNo).ThenBy(row => row.Number).ToListAsync(ct);
        var cases = findings.DistinctBy(one => one.CaseNo).ToList();
        return cases.Count == 0 ? null : new Notice(
            NoticeKind.SilenceReport, null, null, night.Night, null, new Uri(settings.PublicBaseUrl, "cisza"),
            [.. cases.Take(LinesMax).Select(one => new NoticeLine(
                NoticeGroup.Escalated, Silence.Words(one.Kind), one.CaseNo, null,
                new Uri(settings.PublicBaseUrl, "sprawy/" + Uri.EscapeDataString(one.CaseNo))))],
            cases.Count);
    }
}
