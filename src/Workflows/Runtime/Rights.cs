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

    /// <summary>Offered to her by name or through a group.</summary>
    public static bool IsCandidate(Scope scope, UserTaskInstance task) =>
        task.CandidateUsers.Contains(scope.User) || task.CandidateGroups.Any(group => scope.Groups.Contains(group));

    static string? MayWorkOn(Scope scope, UserTaskInstance task)
    {
        if (task.Assignee == scope.User) return null;
        if (task.Assignee is not null) return $"User task {task.Key} is assigned to somebody else.";
        return IsCandidate(scope, task) ? null : $"User task {task.Key} is not offered to {scope.User}.";
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
