using System.Collections.Immutable;
using Workflows.Engine.Execution;

namespace Workflows.Runtime;

/// <summary>
/// What a person may ask of an instance. Machine clients and the engine itself (<see cref="Scope.EngineAll"/>) may ask
/// anything; a person may work on what is hers, take what her groups are offered, and nothing else.
/// </summary>
static class Rights
{
    /// <summary>The rejection, or null when the command is allowed.</summary>
    public static EngineAnswer.Rejected? Refuse(
        Scope scope, ProcessInstance instance, Command command, WorkflowsOptions options)
    {
        if (scope.EngineAll) return null;
        return command switch
        {
            CompleteUserTask c => Task(instance, c.TaskKey, task => MayWorkOn(scope, task)),
            UpdateUserTask c => Task(instance, c.TaskKey, task => MayWorkOn(scope, task)),
            AssignUserTask c => Task(instance, c.TaskKey, task => MayAssign(scope, task, c.Assignee, options)),
            // Who may do what with a case is decided by the host; here the act is only written down.
            RecordAct => null,
            UnassignUserTask c => Task(instance, c.TaskKey, task => MayGiveBack(scope, task, options)),
            _ => Forbidden($"{scope.User} may not send {command.GetType().Name}."),
        };
    }

    /// <summary><c>startableBy</c> of the process: roles, or <c>staff</c> for every staff role. Absent: nobody but
    /// ENGINE_ALL.</summary>
    public static EngineAnswer.Rejected? RefuseStart(Scope scope, Release release, WorkflowsOptions options)
    {
        if (scope.EngineAll) return null;
        var roles = (release.Definition.Property("startableBy") ?? "").Split(
            ',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return roles.Any(role =>
            scope.Groups.Contains(role) || (role == "staff" && scope.Groups.Any(options.StaffRoles.Contains)))
            ? null
            : Forbidden($"{scope.User} may not start '{release.Definition.Id}'.");
    }

    public static EngineAnswer.Rejected? RefuseUnlessMachine(Scope scope, string what) =>
        scope.EngineAll ? null : Forbidden($"{scope.User} may not {what}.");

    /// <summary>The absent person in whose place somebody acts; null where she acts in her own right.</summary>
    public static string? OnBehalfOf(Scope scope, ProcessInstance instance, Command command)
    {
        if (scope.ActsFor.IsDefaultOrEmpty) return null;
        var key = command switch
        {
            CompleteUserTask c => c.TaskKey,
            AssignUserTask c when c.Assignee == scope.User => c.TaskKey,
            UpdateUserTask c => c.TaskKey,
            _ => 0,
        };
        return instance.UserTasks.TryGetValue(key, out var task) && !IsHers(scope, task)
            ? Absent(scope, task)
            : null;
    }

    // What she took in somebody's place is hers only as long as she stands in.
    static bool IsHers(Scope scope, UserTaskInstance task) =>
        (task.Assignee == scope.User && task.OnBehalfOf is null)
        || (task.Assignee is not null && task.OnBehalfOf == scope.User)
        || (task.Assignee is null && IsCandidate(scope.User, scope.Groups, task));

    static string? Absent(Scope scope, UserTaskInstance task) => scope.ActsFor.FirstOrDefault(absent =>
        task.Assignee == absent.User
        || (task.Assignee == scope.User && task.OnBehalfOf == absent.User)
        || (task.Assignee is null && IsCandidate(absent.User, absent.Groups, task)))?.User;

    static bool IsCandidate(string user, ImmutableArray<string> groups, UserTaskInstance task) =>
        task.CandidateUsers.Contains(user) || task.CandidateGroups.Any(group => groups.Contains(group));

    static string? MayWorkOn(Scope scope, UserTaskInstance task)
    {
        if (IsHers(scope, task) || Absent(scope, task) is not null) return null;
        if (task.Assignee == scope.User)
            return $"{scope.User} took user task {task.Key} on behalf of {task.OnBehalfOf}, who is back.";
        if (task.Assignee is not null) return $"User task {task.Key} is assigned to somebody else.";
        return $"User task {task.Key} is not offered to {scope.User}.";
    }

    static string? MayAssign(Scope scope, UserTaskInstance task, string assignee, WorkflowsOptions options)
    {
        if (scope.Groups.Any(options.AssigningRoles.Contains)) return null;
        if (assignee != scope.User) return $"{scope.User} may not assign user task {task.Key} to somebody else.";
        return MayWorkOn(scope, task);
    }

    static string? MayGiveBack(Scope scope, UserTaskInstance task, WorkflowsOptions options)
    {
        if (scope.Groups.Any(options.AssigningRoles.Contains)) return null;
        // Without a group that could take it again, the task would be lost to everybody.
        return task.Assignee == scope.User && (task.CandidateGroups.Length > 0 || task.CandidateUsers.Length > 0)
            ? null
            : $"{scope.User} may not give back user task {task.Key}.";
    }

    // A task that is not there is for the core to reject.
    static EngineAnswer.Rejected? Task(ProcessInstance instance, long key, Func<UserTaskInstance, string?> why) =>
        instance.UserTasks.TryGetValue(key, out var task) && why(task) is { } reason ? Forbidden(reason) : null;

    static EngineAnswer.Rejected Forbidden(string message) => new(EngineRejection.Forbidden, message);
}
