using System.Collections.Immutable;
using Workflows.Engine.Execution.Behaviors;
using Workflows.Engine.Model;

namespace Workflows.Engine.Execution;

/// <summary>The engine: decides what a command does to one process instance. Pure and synchronous.</summary>
/// <remarks>
/// No clock, id generator, database, thread, log or network: time, actor and keys arrive with the command. The same
/// input gives the same bytes. An impossible command is <see cref="StepResult.Rejected"/>, a problem of the process is
/// an incident, and only our own bug throws.
/// </remarks>
public static class Interpreter
{
    /// <summary>Decides <paramref name="command"/> and runs until every token waits or has ended.</summary>
    /// <param name="instance">Null only for <see cref="CreateInstance"/>.</param>
    /// <param name="target">
    /// What the instance goes over to by <see cref="MigrateInstance"/> or back to by <see cref="UndoMigration"/>.
    /// </param>
    public static StepResult Execute(
        Release release, ProcessInstance? instance, CommandEnvelope command, Release? target = null)
    {
        if (Preconditions.Violated(release, instance, command, target) is { } rejection) return rejection;
        var run = new Run(target ?? release, instance, command);
        if (Begin(run, release, command.Command) is { } problem)
            return new StepResult.Rejected(RejectionCode.InvalidState, problem);
        run.ToCompletion();
        return run.ToAccepted();
    }

    /// <summary>Why the command turned out to be impossible; null as a rule.</summary>
    static string? Begin(Run run, Release source, Command command)
    {
        switch (command)
        {
            case MigrateInstance c:
                return run.Migrate(source, c);
            case UndoMigration c:
                return run.UndoMigration(c);
            case ModifyInstance c:
                return run.Modify(c);
            default:
                Begin(run, command);
                return null;
        }
    }

    static void Begin(Run run, Command command)
    {
        switch (command)
        {
            case CreateInstance c:
                run.CreateRoot(c);
                break;
            case CancelInstance:
                run.TerminateInstance();
                break;
            case SetVariables c:
                SetVariables(run, c);
                break;
            case FireTimer c:
                run.FireTimer(run.State.Timers[c.TimerKey]);
                break;
            case CorrelateMessage c:
                run.Correlate(run.State.Subscriptions[c.SubscriptionKey], c);
                break;
            case CompleteReceiveTask c:
                CompleteWith(run, c.ElementKey, c.Variables);
                break;
            case RecordAct c:
                run.Emit(new ActRecorded(c.Act, run.Actor, run.At));
                if (!c.Variables.IsDefaultOrEmpty)
                    SetVariables(run, new SetVariables(run.State.Key, c.Variables, Local: true));
                break;
            case ResolveIncident c:
                Resolve(run, run.State.Incidents[c.IncidentKey]);
                break;
            case CompleteChild or PropagateError or PropagateEscalation:
                FromChild(run, command);
                break;
            case CompleteJob or FailJob or ThrowJobError or UpdateJob:
                OfJob(run, command);
                break;
            default:
                OfUserTask(run, command);
                break;
        }
    }

    static void CompleteWith(Run run, long elementKey, ImmutableArray<VariableValue> variables)
    {
        run.Receive(run.NodeOf(run.State.Elements[elementKey])!, elementKey, variables);
        run.Enqueue(elementKey, Resume.Complete);
    }

    static void SetVariables(Run run, SetVariables command)
    {
        foreach (var variable in command.Variables)
        {
            if (command.Local) run.SetLocal(command.ScopeKey, variable.Name, variable.Value);
            else run.Propagate(command.ScopeKey, variable.Name, variable.Value);
        }
    }

    static void Resolve(Run run, Incident incident)
    {
        run.Emit(new IncidentResolved(incident.Key, run.At));
        if (incident.JobKey == 0)
            run.Enqueue(incident.ElementKey, incident.Resume);
        else if (run.State.Jobs[incident.JobKey].Retries < 1)
            run.Emit(new JobRetriesUpdated(incident.JobKey, 1));    // an error nobody caught: offer the job once more
    }

    static void FromChild(Run run, Command command)
    {
        switch (command)
        {
            case CompleteChild c:
                var element = run.State.Elements[c.ElementKey];
                CallActivityBehavior.Return((CallActivity)run.NodeOf(element)!, element, c.Variables, run);
                break;
            case PropagateError c:
                var caller = run.State.Elements[c.ElementKey];
                if (!run.ThrowError(caller, c.ErrorCode, c.Variables))
                    run.RaiseIncident(caller, IncidentKind.UnhandledError, $"The called process ended with the error " +
                        $"'{c.ErrorCode}', and nothing catches it.", Resume.Execute);
                break;
            case PropagateEscalation c:
                run.ThrowEscalation(run.State.Elements[c.ElementKey], c.EscalationCode, c.Variables);
                break;
        }
    }

    static void OfJob(Run run, Command command)
    {
        switch (command)
        {
            case CompleteJob c:
                var elementKey = run.State.Jobs[c.JobKey].ElementKey;
                CloseIncidentsOf(run, c.JobKey);
                run.Emit(new JobCompleted(c.JobKey, run.At));
                CompleteWith(run, elementKey, c.Variables);
                break;
            case FailJob c:
                Fail(run, run.State.Jobs[c.JobKey], c);
                break;
            case ThrowJobError c:
                ThrowError(run, run.State.Jobs[c.JobKey], c);
                break;
            case UpdateJob c:
                run.Emit(new JobRetriesUpdated(c.JobKey, c.Retries));
                break;
        }
    }

    static void Fail(Run run, Job job, FailJob command)
    {
        foreach (var variable in command.Variables) run.SetLocal(job.ElementKey, variable.Name, variable.Value);
        run.Emit(new JobFailed(job.Key, Math.Max(command.Retries, 0), command.Message));
        if (command.Retries > 0) return;
        run.RaiseIncident(
            run.State.Elements[job.ElementKey], IncidentKind.JobNoRetries,
            string.IsNullOrEmpty(command.Message) ? "No more retries left." : command.Message, Resume.Execute, job.Key);
    }

    static void ThrowError(Run run, Job job, ThrowJobError command)
    {
        var element = run.State.Elements[job.ElementKey];
        var thrown = new JobErrorThrown(job.Key, command.ErrorCode, command.Message, run.At);
        if (run.ThrowError(element, command.ErrorCode, command.Variables, thrown)) return;
        // The job stays, without retries, so that a person can repair the diagram's surroundings and offer it again.
        run.Emit(new JobFailed(job.Key, 0, command.Message ?? command.ErrorCode));
        run.RaiseIncident(
            element, IncidentKind.UnhandledError, $"Expected an event that catches the error '{command.ErrorCode}' " +
            $"of job '{job.Type}', but there is none. {command.Message}".TrimEnd(), Resume.Execute, job.Key);
    }

    static void CloseIncidentsOf(Run run, long jobKey)
    {
        foreach (var incident in run.State.Incidents.Values.Where(i => i.JobKey == jobKey).ToArray())
            run.Emit(new IncidentResolved(incident.Key, run.At));
    }

    static void OfUserTask(Run run, Command command)
    {
        switch (command)
        {
            case CompleteUserTask c:
                var task = run.State.UserTasks[c.TaskKey];
                run.Emit(new UserTaskCompleted(
                    task.Key, task.ElementId, run.Actor, c.Action, run.At, run.OnBehalfOf));
                CompleteWith(run, task.ElementKey, c.Variables);
                break;
            case AssignUserTask c:
                if (run.State.UserTasks[c.TaskKey].Assignee != c.Assignee)
                    run.Emit(new UserTaskAssigned(c.TaskKey, c.Assignee, run.Actor, run.OnBehalfOf, c.Reason));
                break;
            case UnassignUserTask c:
                if (run.State.UserTasks[c.TaskKey].Assignee is not null)
                    run.Emit(new UserTaskAssigned(c.TaskKey, null, run.Actor, Reason: c.Reason));
                break;
            case UpdateUserTask c:
                Update(run, run.State.UserTasks[c.TaskKey], c.Changes);
                break;
            default:
                throw new InvalidOperationException($"The interpreter does not know {command.GetType().Name}.");
        }
    }

    static void Update(Run run, UserTaskInstance before, UserTaskChanges changes)
    {
        var now = Changed(before, changes);
        run.Emit(new UserTaskUpdated(now, run.Actor));
        if (now.DueDate == before.DueDate) return;
        var node = (UserTask)run.NodeOf(run.State.Elements[now.ElementKey])!;
        run.Remind(now, run.LadderOf(node, now.ElementKey).Ladder);
    }

    static UserTaskInstance Changed(UserTaskInstance task, UserTaskChanges changes) => task with
    {
        CandidateGroups = changes.CandidateGroups ?? task.CandidateGroups,
        CandidateUsers = changes.CandidateUsers ?? task.CandidateUsers,
        DueDate = changes.ClearDueDate ? null : changes.DueDate ?? task.DueDate,
        FollowUpDate = changes.ClearFollowUpDate ? null : changes.FollowUpDate ?? task.FollowUpDate,
        Priority = changes.Priority ?? task.Priority,
    };
}
