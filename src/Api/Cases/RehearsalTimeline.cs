using System.Globalization;
using Api.Access;
using Workflows.Engine.Execution;
using Workflows.Runtime;

namespace Api.Cases;

/// <summary>
/// Listens to the committed steps of a rehearsal and tells them as an official would: date, step, who, term and why.
/// </summary>
sealed class RehearsalTimeline(TextWriter output, TimeZoneInfo zone)
{
    readonly List<string> completed = [];
    readonly List<Step> pending = [];

    /// <summary>Element ids in the order in which they completed, over all instances.</summary>
    public IReadOnlyList<string> Completed => completed;

    /// <summary>Asks to be told of each step inside its commit.</summary>
    public Func<Step, CommitExtras?> Listen(Func<Step, CommitExtras?>? host) => step =>
    {
        var extras = host?.Invoke(step) ?? new CommitExtras();
        var rows = extras.HostRows;
        return extras with
        {
            HostRows = async (commit, ct) =>
            {
                if (rows is not null && await rows(commit, ct) is { } veto) return veto;
                lock (pending) pending.Add(step);
                return null;
            },
        };
    };

    /// <summary>A command was refused after its step had been told: nothing of it happened.</summary>
    public void Forget()
    {
        lock (pending) pending.Clear();
    }

    public async Task TellAsync()
    {
        Step[] steps;
        lock (pending)
        {
            steps = [.. pending];
            pending.Clear();
        }
        foreach (var step in steps)
        {
            foreach (var happened in step.Accepted.History)
            {
                if (happened is ElementCompleted element) completed.Add(element.ElementId);
                if (LineOf(step, happened) is { } line)
                {
                    await output.WriteLineAsync($"{Local(step.Envelope.At):yyyy-MM-dd HH:mm}  {line}");
                }
            }
        }
    }

    static string? LineOf(Step step, HistoryEvent happened)
    {
        string Name(string id) => step.Release.Definition.Nodes.TryGetValue(id, out var node) && node.Name is { } name
            ? $"{name} ({id})"
            : id;
        return happened switch
        {
            InstanceCreated =>
                $"* {step.Release.Definition.Name ?? step.Release.Definition.Id}: początek, {step.Envelope.Actor}",
            InstanceCompleted => $"* {step.Release.Definition.Name ?? step.Release.Definition.Id}: koniec",
            InstanceTerminated => $"* {step.Release.Definition.Name ?? step.Release.Definition.Id}: przerwano",
            UserTaskCompleted task => $"{Name(task.ElementId)}, {task.Actor}{TermOf(step, task)}",
            UserTaskCanceled task when step.Before?.UserTasks.GetValueOrDefault(task.Key) is { } open =>
                $"{Name(open.ElementId)}: już niepotrzebne",
            ReminderFired { Reminder: var reminder } fired => $"  wiadomość [{reminder.Rung}] do: " +
                (reminder.Role is { } role ? RoleNames.Of(role) : Performer(step, reminder.TaskKey)) +
                $"; {Name(fired.ElementId)}",
            UserTaskCreated { Task: var task } when IsApproval(step, task) =>
                $"  wiadomość [prośba o decyzję] do: {Performer(step, task.Key)}; {Name(task.ElementId)}",
            TimerFired timer => $"upłynął czas: {Name(timer.TargetId)}",
            MessageCorrelated message => $"wiadomość: {Name(message.TargetId)}",
            IncidentRaised raised =>
                $"! zatrzymane na {Name(raised.Incident.ElementId)}: {raised.Incident.Kind}: {raised.Incident.Message}",
            _ => null,
        };
    }

    static bool IsApproval(Step step, UserTaskInstance task) =>
        step.Release.Definition.Node(task.ElementId).Property("approval") is not null;

    // Who has the task, or whom it is offered to.
    static string Performer(Step step, long taskKey) =>
        step.Accepted.Instance.UserTasks.GetValueOrDefault(taskKey) switch
        {
            { Assignee: { } assignee } => assignee,
            { } task => RoleNames.AnyOf([.. task.CandidateGroups, .. task.CandidateUsers]),
            null => "-",
        };

    static string TermOf(Step step, UserTaskCompleted completion)
    {
        if (step.Before?.UserTasks.GetValueOrDefault(completion.Key) is not { } task) return "";
        if (task.Deadline is { } deadline)
        {
            var basis = string.Join(", ", new[] { deadline.Kind, deadline.Basis }.OfType<string>());
            return $"; termin {deadline.DueOn.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)} " +
                $"[{basis}] {deadline.Explanation}";
        }
        return "";
    }

    DateTimeOffset Local(DateTimeOffset at) => TimeZoneInfo.ConvertTime(at, zone);
}
