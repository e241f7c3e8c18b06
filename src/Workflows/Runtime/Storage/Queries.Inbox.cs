using System.Collections.Immutable;
using Microsoft.EntityFrameworkCore;
using Workflows.Engine.Execution;
using Workflows.Engine.Model;

namespace Workflows.Runtime.Storage;

/// <summary>A task as a list shows it.</summary>
public sealed record InboxTask
{
    public required UserTaskRow Task { get; init; }
    public string? ProcessName { get; init; }

    /// <summary>Tag of the case the instance belongs to; null outside of cases.</summary>
    public string? CaseTag { get; init; }
}

/// <summary>An open task of a case and whether the caller may open it.</summary>
public sealed record OpenTask(UserTaskRow Task, bool IsVisible);

/// <summary>How a task ended: all that somebody is told who was too late.</summary>
public sealed record EndedTask(string? Name, string State, string? CompletedBy, DateTimeOffset? EndedAt);

// What the inbox of the product asks. Lists are as long as the work of one person: the host sorts and pages them.
public sealed partial class Queries
{
    /// <summary>More than anybody has; a list that reaches it is cut.</summary>
    public const int InboxMax = 5_000;

    /// <summary>Each is a parameter of the statement.</summary>
    const int KeysPerQuery = 500;

    /// <summary>Open tasks that are the caller's or of people she stands in for, or offered to one of them.</summary>
    public async Task<ImmutableArray<InboxTask>> OpenTasksAsync(Scope scope, CancellationToken cancellation)
    {
        var users = scope.ActsFor.Select(absent => absent.User).Append(scope.User).ToArray();
        var groups = scope.ActsFor.SelectMany(absent => absent.Groups).Concat(scope.Groups).ToArray();
        await using var db = open();
        var tasks = Tasks(db, scope).Where(t => t.State == Status.Created
            && (users.Contains(t.Assignee)
                || (t.Assignee == null && db.UserTaskCandidates.Any(c => c.UserTaskKey == t.Key && c.Open
                    && ((c.Kind == "user" && users.Contains(c.Name))
                        || (c.Kind == "group" && groups.Contains(c.Name)))))));
        return [.. await InboxViews(db, tasks.OrderBy(t => t.Key).Take(InboxMax)).ToListAsync(cancellation)];
    }

    /// <summary>What the caller has completed, the newest first.</summary>
    /// <param name="since">Only from this moment of engine time on; null for all.</param>
    public async Task<ImmutableArray<InboxTask>> DoneTasksAsync(
        Scope scope, DateTimeOffset? since, int most, CancellationToken cancellation)
    {
        var user = scope.User;
        await using var db = open();
        var tasks = Tasks(db, scope).Where(t => t.State == Status.Completed && t.CompletedBy == user);
        if (since is { } from) tasks = tasks.Where(t => t.EndedAt >= from);
        var newest = tasks.OrderByDescending(t => t.EndedAt).ThenByDescending(t => t.Key).Take(most);
        return [.. (await InboxViews(db, newest).ToListAsync(cancellation))
            .OrderByDescending(item => item.Task.EndedAt).ThenByDescending(item => item.Task.Key)];
    }

    public async Task<int> CountDoneAsync(Scope scope, DateTimeOffset since, CancellationToken cancellation)
    {
        var user = scope.User;
        await using var db = open();
        return await Tasks(db, scope)
            .CountAsync(t => t.State == Status.Completed && t.CompletedBy == user && t.EndedAt >= since, cancellation);
    }

    public async Task<InboxTask?> InboxTaskAsync(Scope scope, long key, CancellationToken cancellation)
    {
        await using var db = open();
        return await InboxViews(db, Tasks(db, scope).Where(t => t.Key == key)).SingleOrDefaultAsync(cancellation);
    }

    /// <summary>Those of the tasks the caller may see, open or not, in no promised order.</summary>
    public async Task<ImmutableArray<InboxTask>> InboxTasksAsync(
        Scope scope, IEnumerable<long> keys, CancellationToken cancellation)
    {
        await using var db = open();
        var found = ImmutableArray.CreateBuilder<InboxTask>();
        foreach (var some in keys.Chunk(KeysPerQuery))
        {
            var tasks = Tasks(db, scope).Where(t => some.Contains(t.Key));
            found.AddRange(await InboxViews(db, tasks).ToListAsync(cancellation));
        }
        return found.ToImmutable();
    }

    /// <summary>True while timers wait that are due: time has not caught up yet.</summary>
    public async Task<bool> AnyTimerDueAsync(DateTimeOffset now, CancellationToken cancellation)
    {
        await using var db = open();
        return await db.Timers.AnyAsync(timer => timer.DueAt <= now, cancellation);
    }

    /// <summary>
    /// How a task ended that is or was the caller's or was offered to her: who lost a race is told who was faster.
    /// Null while it is open, and for everybody else.
    /// </summary>
    public async Task<EndedTask?> EndedTaskAsync(Scope scope, long key, CancellationToken cancellation)
    {
        var users = scope.ActsFor.Select(absent => absent.User).Append(scope.User).ToArray();
        var groups = scope.ActsFor.SelectMany(absent => absent.Groups).Concat(scope.Groups).ToArray();
        await using var db = open();
        return await db.UserTasks.AsNoTracking()
            .Where(t => t.Key == key && t.State != Status.Created
                && (scope.EngineAll || users.Contains(t.Assignee) || users.Contains(t.CompletedBy)
                    || db.UserTaskCandidates.Any(c => c.UserTaskKey == t.Key
                        && ((c.Kind == "user" && users.Contains(c.Name))
                            || (c.Kind == "group" && groups.Contains(c.Name))))))
            .Select(t => new EndedTask(t.Name, t.State, t.CompletedBy, t.EndedAt))
            .SingleOrDefaultAsync(cancellation);
    }

    /// <summary>
    /// Every open task of a case, or of a root instance outside of cases: what happens next is told to everybody who
    /// works in it, the task itself is opened only by whom it is for.
    /// </summary>
    public async Task<ImmutableArray<OpenTask>> OpenTasksOfAsync(
        Scope scope, string? caseTag, long rootInstanceKey, CancellationToken cancellation)
    {
        await using var db = open();
        var tasks = db.UserTasks.AsNoTracking().Where(t => t.State == Status.Created && (caseTag == null
            ? t.RootInstanceKey == rootInstanceKey
            : db.ProcessInstanceTags.Any(g => g.Tag == caseTag && g.ProcessInstanceKey == t.ProcessInstanceKey)));
        var visible = Tasks(db, scope);
        return [.. await tasks.OrderBy(t => t.Key)
            .Select(t => new OpenTask(t, visible.Any(mine => mine.Key == t.Key))).ToListAsync(cancellation)];
    }

    /// <summary>Since when an open task, read before for the caller, is its assignee's; null when it was made
    /// so.</summary>
    public async Task<DateTimeOffset?> AssignedAtAsync(UserTaskRow task, CancellationToken cancellation)
    {
        await using var db = open();
        var steps = await db.History.AsNoTracking()
            .Where(h => h.ProcessInstanceKey == task.ProcessInstanceKey && h.Command == nameof(AssignUserTask))
            .OrderByDescending(h => h.Sequence).Select(h => new { h.At, h.Payload }).ToListAsync(cancellation);
        return steps.Find(step => step.Payload is not null && EngineJson.ReadHistory(step.Payload)
            .OfType<UserTaskAssigned>().Any(e => e.Key == task.Key && e.Assignee == task.Assignee))?.At;
    }

    /// <summary>
    /// Whose step a task must be another person's than; null when anybody may. For comparing only: it asks for no
    /// right.
    /// </summary>
    public async Task<CompletedBy?> BarredAsync(
        UserTaskRow task, ProcessDefinition definition, CancellationToken cancellation)
    {
        await using var db = open();
        var document = await db.ProcessInstances.Where(row => row.Key == task.ProcessInstanceKey)
            .Select(row => row.StateDocument)
            .SingleOrDefaultAsync(cancellation);
        return document is not { Length: > 0 }
            ? null
            : EngineJson.ReadInstance(document).Barred(definition, task.ElementId);
    }

    /// <summary>
    /// A number that grows with every step and every recorded act, whoever did it and on whatever node. It reads the
    /// heads of the hash chains, one narrow row a case.
    /// </summary>
    public async Task<long> ChangeMarkAsync(CancellationToken cancellation)
    {
        await using var db = open();
        return await db.ChainHeads.SumAsync(head => (long)head.Sequence, cancellation);
    }

    static IQueryable<InboxTask> InboxViews(WorkflowDb db, IQueryable<UserTaskRow> tasks) =>
        from t in tasks
        join d in db.ProcessDefinitions on t.ProcessDefinitionKey equals d.Key
        select new InboxTask
        {
            Task = t,
            ProcessName = d.Name,
            CaseTag = db.ProcessInstanceTags
                .Where(g => g.ProcessInstanceKey == t.ProcessInstanceKey && g.Tag.StartsWith(CaseView.TagPrefix))
                .OrderBy(g => g.Tag).Select(g => g.Tag).FirstOrDefault(),
        };
}
