using System.Globalization;
using Api.Access;
using Workflows.Engine.Execution;
using Workflows.Runtime;

namespace Api.Cases;

/// <summary>Something that happened in a rehearsal.</summary>
/// <param name="ElementId">Null for what concerns the whole procedure.</param>
/// <param name="What">Polish, with the name of the step.</param>
/// <param name="Message">Who would be told; null where nobody is.</param>
public sealed record Told(
    DateTimeOffset At, string ProcessId, string? ElementId, string Name, string What, ToldMessage? Message = null);

/// <param name="To">Role in the words of the centre, or user name.</param>
/// <param name="Kind">Rung of the ladder, or <c>prośba o decyzję</c>.</param>
public sealed record ToldMessage(string To, string Kind);

/// <summary>
/// Listens to the committed steps of a rehearsal and tells them as an official would: date, step, who, term and why.
/// </summary>
sealed class RehearsalTimeline(TextWriter output, TimeZoneInfo zone)
{
    readonly List<string> completed = [];
    readonly List<Step> pending = [];
    readonly List<Told> told = [];

    /// <summary>Element ids in the order in which they completed, over all instances.</summary>
    public IReadOnlyList<string> Completed => completed;

    /// <summary>The whole story so far.</summary>
    public IReadOnlyList<Told> Story => told;

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
                if (Tell(step, happened) is not { } one) continue;
                told.Add(one);
                await output.WriteLineAsync($"{Local(one.At):yyyy-MM-dd HH:mm}  {one.What}");
            }
        }
    }

    static Told? Tell(Step step, HistoryEvent happened)
    {
        var process = step.Release.Definition;
        var title = process.Name ?? process.Id;
        Told Of(string? id, string what, ToldMessage? message = null) => new(
            step.Envelope.At, process.Id, id, id is null ? title : process.Nodes.GetValueOrDefault(id)?.Name ?? id,
            what, message);
        Told Message(string id, string to, string kind) =>
            Of(id, $"  wiadomość [{kind}] do: {to}; {Name(id)}", new ToldMessage(to, kind));
        string Name(string id) => process.Nodes.TryGetValue(id, out var node) && node.Name is { } name
            ? $"{name} ({id})"
            : id;
        return happened switch
        {
            InstanceCreated => Of(null, $"* {title}: początek, {step.Envelope.Actor}"),
            InstanceCompleted => Of(null, $"* {title}: koniec"),
            InstanceTerminated => Of(null, $"* {title}: przerwano"),
            UserTaskCompleted task => Of(task.ElementId, $"{Name(task.ElementId)}, {task.Actor}{TermOf(step, task)}"),
            UserTaskCanceled task when step.Before?.UserTasks.GetValueOrDefault(task.Key) is { } open =>
                Of(open.ElementId, $"{Name(open.ElementId)}: już niepotrzebne"),
            ReminderFired { Reminder: var reminder } fired => Message(
                fired.ElementId,
                reminder.Role is { } role ? RoleNames.Of(role) : Performer(step, reminder.TaskKey), reminder.Rung),
            UserTaskCreated { Task: var task } when IsApproval(step, task) =>
                Message(task.ElementId, Performer(step, task.Key), "prośba o decyzję"),
            TimerFired timer => Of(timer.TargetId, $"upłynął czas: {Name(timer.TargetId)}"),
            MessageCorrelated message => Of(message.TargetId, $"wiadomość: {Name(message.TargetId)}"),
            IncidentRaised raised => Of(
                raised.Incident.ElementId,
                $"! zatrzymane na {Name(raised.Incident.ElementId)}: {raised.Incident.Kind}: " +
                raised.Incident.Message),
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
