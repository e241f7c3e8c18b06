using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Api.Access;
using Api.Cases;
using Api.Startup;
using Api.Storage;
using Microsoft.EntityFrameworkCore;
using Workflows.Engine.Calendar;
using Workflows.Engine.Execution;
using Workflows.Runtime;
using Workflows.Runtime.Storage;

namespace Api.Notifications;

/// <summary>What a row of the ledger keeps beside task, person and time.</summary>
/// <param name="Rung">Of the ladder; null for what the task itself causes.</param>
/// <param name="Role">The role that is told; null for whoever has the task.</param>
/// <param name="By">User name of the colleague who handed it over.</param>
public sealed record Told(NoticeKind Kind, string? Rung = null, string? Role = null, string? By = null)
{
    static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter() },
    };

    public string Write() => JsonSerializer.Serialize(this, Json);

    public static Told Read(string payload) => JsonSerializer.Deserialize<Told>(payload, Json)
        ?? throw new JsonException("Expected the payload of a message, found null.");
}

/// <summary>
/// Whom a step makes us tell what, and when: rows of the ledger in the transaction of the step. Whether it is still
/// true is asked again when it is sent (<see cref="Sender"/>).
/// </summary>
public sealed class Planning(Settings settings, BusinessCalendar calendar)
{
    /// <summary>More candidates than this are a queue nobody is responsible for: its coordinator is told.</summary>
    const int CandidatesMax = 12;

    /// <summary>What fell due so long ago was slept through: it is told in the digest, not in a shower.</summary>
    static readonly TimeSpan Late = TimeSpan.FromHours(12);

    // Only rows inside the engine's commits are read and written here, and those hold the gate.
    readonly ProductDbFactory databases = new(settings, new WriteGate(open: true));

    /// <summary>Asked for every step, whoever caused it.</summary>
    public CommitExtras? Of(Step step)
    {
        var process = step.Release.Definition;
        if ((process.Property(CaseSteps.Property) ?? process.Property(CaseSteps.Notifies)) is null) return null;
        var told = step.Accepted.History.Where(one => Tells(step, one)).ToList();
        if (told.Count == 0) return null;
        return new CommitExtras
        {
            HostRows = async (commit, ct) =>
            {
                await using var db = databases.On(commit.Connection, commit.Transaction);
                var rows = ImmutableArray.CreateBuilder<OutboxMessage>();
                foreach (var happened in told) rows.AddRange(await RowsAsync(db, step, happened, commit.At, ct));
                commit.Further = commit.Further with { Outbox = [.. commit.Further.Outbox, .. rows] };
                return null;
            },
        };
    }

    // Most steps tell nobody: they must not pay for looking people up.
    static bool Tells(Step step, HistoryEvent happened) => TaskOf(step, happened) is { } task && happened switch
    {
        UserTaskCreated => IsApproval(step, task) || HandedOver(step, task) is not null,
        UserTaskAssigned e => e.Assignee != e.Actor,
        _ => true,
    };

    // The task an event is about, if people are told of it and it is still open after the step.
    static UserTaskInstance? TaskOf(Step step, HistoryEvent happened)
    {
        var key = happened switch
        {
            UserTaskCreated e => e.Task.Key,
            UserTaskAssigned { Assignee: not null } e => e.Key,
            ReminderFired e => e.Reminder.TaskKey,
            _ => 0,
        };
        return key == 0 ? null : step.Accepted.Instance.UserTasks.GetValueOrDefault(key);
    }

    async Task<IEnumerable<OutboxMessage>> RowsAsync(
        ProductDb db, Step step, HistoryEvent happened, DateTimeOffset at, CancellationToken ct)
    {
        var task = TaskOf(step, happened)!;
        switch (happened)
        {
            case UserTaskCreated:
                return await OfferedAsync(db, step, task, at, ct);
            case UserTaskAssigned e:
                var kind = IsApproval(step, task) ? NoticeKind.ApprovalRequested : NoticeKind.TaskAssigned;
                return Now(step, task, [e.Assignee!], new Told(kind, By: e.Actor), Moment(at), at, urgent: false);
            case ReminderFired e:
                return await RemindAsync(db, step, task, e, ct);
            default:
                return [];
        }
    }

    // A decision is asked for at once; so is what a colleague hands over or gives back. The rest waits in the list.
    async Task<IEnumerable<OutboxMessage>> OfferedAsync(
        ProductDb db, Step step, UserTaskInstance task, DateTimeOffset at, CancellationToken ct)
    {
        var actor = step.Scope.User;
        if (IsApproval(step, task))
        {
            var able = await AbleAsync(db, step, task, ct);
            var told = new Told(NoticeKind.ApprovalRequested, By: actor == Scope.Engine.User ? null : actor);
            return Now(step, task, able, told, "offered", at, urgent: false);
        }
        var (person, kind) = HandedOver(step, task)!.Value;
        return Now(step, task, [person], new Told(kind, By: actor), "offered", at, urgent: false);
    }

    // Somebody's step has made it another person's task, or given it back to who did it before; null for neither.
    static (string Person, NoticeKind Kind)? HandedOver(Step step, UserTaskInstance task)
    {
        var actor = step.Scope.User;
        var before = step.Before?.CompletedBy.FirstOrDefault(one => one.ElementId == task.ElementId)?.Actor;
        var person = task.Assignee ?? before;
        if (actor == Scope.Engine.User || person is null || person == actor) return null;
        return (person, before is null ? NoticeKind.TaskAssigned : NoticeKind.TaskReturned);
    }

    async Task<IEnumerable<OutboxMessage>> RemindAsync(
        ProductDb db, Step step, UserTaskInstance task, ReminderFired fired, CancellationToken ct)
    {
        var (rung, role, at) = (fired.Reminder.Rung, fired.Reminder.Role, fired.At);
        var occurrence = $"{rung} {Moment(fired.DueAt)}";
        var able = await AbleAsync(db, step, task, ct);
        // Who must act is reminded as such, even if she also holds the role that is told.
        var people = role is null ? able : [.. (await HoldersAsync(db, [role], ct)).Except(able)];
        var kind = role is not null ? NoticeKind.Escalation
            : task.DueDate < at ? NoticeKind.Overdue
            : NoticeKind.DueToday;
        var told = new Told(kind, rung, role, By: role is null ? null : task.Assignee);
        var early = role is null && task.DueDate is { } due && DayOf(due) > DayOf(at);
        return (early && !fired.Reminder.Urgent) || at - fired.DueAt > Late
            ? people.Select(user => Line(step, task, user, told, occurrence, at))
            : Now(step, task, people, told, occurrence, at, fired.Reminder.Urgent);
    }

    IEnumerable<OutboxMessage> Now(
        Step step, UserTaskInstance task, IEnumerable<string> people, Told told, string occurrence,
        DateTimeOffset at, bool urgent)
    {
        var due = urgent ? at : settings.Notifications.Hours.NextFor(at, calendar, settings.Zone);
        foreach (var user in people)
        {
            yield return Row(step, task, user, told, occurrence, Ledger.Email, due);
            if (settings.Notifications.Teams.Enabled)
                yield return Row(step, task, user, told, occurrence, Ledger.Teams, due);
        }
    }

    static OutboxMessage Line(
        Step step, UserTaskInstance task, string user, Told told, string occurrence, DateTimeOffset at) =>
        Row(step, task, user, told, occurrence, OutboxMessage.DigestLine, at) with
        {
            Purpose = OutboxMessage.DigestLine,
        };

    static OutboxMessage Row(
        Step step, UserTaskInstance task, string user, Told told, string occurrence, string way, DateTimeOffset due) =>
        new(KeyOf(task.Key, user, told.Kind, occurrence, way), $"{told.Kind}", user, told.Write(), due,
            step.Accepted.Instance.Key, task.Key);

    /// <summary>Task, person, kind, occurrence and way: what is planned twice is one row.</summary>
    public static string KeyOf(long taskKey, string user, NoticeKind kind, string occurrence, string way) =>
        string.Create(CultureInfo.InvariantCulture, $"{taskKey}/{user}/{kind}/{occurrence}/{way}");

    static bool IsApproval(Step step, UserTaskInstance task) =>
        step.Release.Definition.Node(task.ElementId).Property("approval") is not null;

    /// <summary>Who can do it: whoever has it, else everybody it is offered to and who may (G11).</summary>
    static async Task<IReadOnlyList<string>> AbleAsync(
        ProductDb db, Step step, UserTaskInstance task, CancellationToken ct)
    {
        if (task.Assignee is { } assignee) return [assignee];
        var barred = step.Accepted.Instance.Barred(step.Release.Definition, task.ElementId);
        var holders = await HoldersAsync(db, [.. task.CandidateGroups], ct);
        var able = holders.Concat(task.CandidateUsers).Distinct(StringComparer.Ordinal)
            .Where(user => barred?.Is(user) != true).ToList();
        return able.Count <= CandidatesMax ? able : await HoldersAsync(db, [CaseAccess.Coordinator], ct);
    }

    /// <summary>User names of enabled people who hold one of the roles.</summary>
    public static async Task<IReadOnlyList<string>> HoldersAsync(ProductDb db, string[] roles, CancellationToken ct) =>
        roles.Length == 0
            ? []
            : await (
                from account in db.Users
                join held in db.UserRoles on account.Id equals held.UserId
                join role in db.Roles on held.RoleId equals role.Id
                where !account.Disabled && roles.Contains(role.Name!)
                orderby account.UserName
                select account.UserName!).Distinct().ToListAsync(ct);

    DateOnly DayOf(DateTimeOffset at) => LocalTime.DayOf(at, settings.Zone);

    static string Moment(DateTimeOffset at) =>
        at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}
