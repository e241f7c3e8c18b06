using System.Globalization;
using Api.Access;
using Workflows.Engine.Execution;
using Workflows.Runtime;
using Workflows.Statute;
using Scope = Workflows.Runtime.Scope;

namespace Api.Cases;

/// <summary>Something that happened in a rehearsal.</summary>
/// <param name="ElementId">Null for what concerns the whole procedure.</param>
/// <param name="What">A line of the timeline, with names and ids.</param>
/// <param name="Words">The same for an author who sees the name of the step beside it.</param>
/// <param name="Message">Who would be told; null where nobody is.</param>
public sealed record Told(
    DateTimeOffset At, string ProcessId, string? ElementId, string Name, string What, string Words,
    ToldMessage? Message = null);

/// <param name="To">Role in the words of the centre, or name of a person.</param>
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
        string Plain(string id) => process.Nodes.GetValueOrDefault(id)?.Name ?? id;
        Told Of(string? id, string what, string words, ToldMessage? message = null) => new(
            step.Envelope.At, process.Id, id, id is null ? title : Plain(id), what, words, message);
        Told Message(string id, string to, string kind) => Of(
            id, $"  wiadomość [{kind}] do: {to}; {Name(id)}",
            $"{(kind == Approval ? kind : "przypomnienie")}: „{Plain(id)}”", new ToldMessage(WhoIs(to), kind));
        string Name(string id) => process.Nodes.TryGetValue(id, out var node) && node.Name is { } name
            ? $"{name} ({id})"
            : id;
        return happened switch
        {
            InstanceCreated => Of(
                null, $"* {title}: początek, {step.Envelope.Actor}", $"początek, {WhoIs(step.Envelope.Actor)}"),
            InstanceCompleted => Of(null, $"* {title}: koniec", "koniec"),
            InstanceTerminated => Of(null, $"* {title}: przerwano", "przerwano"),
            UserTaskCompleted task => Of(
                task.ElementId, $"{Name(task.ElementId)}, {task.Actor}{TermOf(step, task)}",
                $"wykonuje {WhoIs(task.Actor)}"),
            UserTaskCanceled task when step.Before?.UserTasks.GetValueOrDefault(task.Key) is { } open =>
                Of(open.ElementId, $"{Name(open.ElementId)}: już niepotrzebne", "już niepotrzebne"),
            ReminderFired { Reminder: var reminder } fired => Message(
                fired.ElementId,
                reminder.Role is { } role ? RoleNames.Of(role) : Performer(step, reminder.TaskKey), reminder.Rung),
            UserTaskCreated { Task: var task } when IsApproval(step, task) =>
                Message(task.ElementId, Performer(step, task.Key), Approval),
            TimerFired timer => Of(timer.TargetId, $"upłynął czas: {Name(timer.TargetId)}", "upłynął czas"),
            MessageCorrelated message =>
                Of(message.TargetId, $"wiadomość: {Name(message.TargetId)}", "przyszła wiadomość"),
            IncidentRaised raised => Of(
                raised.Incident.ElementId,
                $"! zatrzymane na {Name(raised.Incident.ElementId)}: {raised.Incident.Kind}: " +
                raised.Incident.Message, $"tu sprawa stanęła. {ProblemTexts.OfRun(raised.Incident.Message)}"),
            _ => null,
        };
    }

    const string Approval = "prośba o decyzję";

    /// <summary>The person of the demonstration centre who stands in; a role stays as it is named.</summary>
    public static string WhoIs(string actor) =>
        actor == Scope.Engine.User ? "system"
        : AccountSeeding.Demo.FirstOrDefault(person => person.UserName == actor).DisplayName ?? actor;

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
