using System.Collections.Immutable;
using System.Globalization;
using Workflows.Engine.Model;

namespace Workflows.Engine.Execution.Behaviors;

/// <summary>
/// Work of a person: who may do it, until when, with which form. All is settled when the task is offered.
/// </summary>
sealed class UserTaskBehavior : FlowNodeBehavior<UserTask>
{
    const int PriorityDefault = 50;
    const int PriorityMax = 100;

    protected override void Execute(UserTask node, ElementInstance element, Run run)
    {
        var (ladder, wrong) = run.LadderOf(node, element.Key);
        var (task, problem) = wrong is null
            ? Prepare(node, element, run)
            : (null, (IncidentKind.ExtractValue, wrong));
        if (task is null)
        {
            run.RaiseIncident(element, problem!.Value.Kind, problem.Value.Message, Resume.Execute);
            return;
        }
        run.Emit(new UserTaskCreated(task));
        run.Remind(task, ladder);
    }

    /// <summary>The task as it is offered at the moment of the run, or why it cannot be.</summary>
    public static (UserTaskInstance? Task, (string Kind, string Message)? Problem) Prepare(
        UserTask node, ElementInstance element, Run run)
    {
        var scope = element.Key;
        var (assignee, p1) = run.TextOf(node.Assignee, scope);
        var (groups, p2) = run.NamesOf(node.CandidateGroups, scope);
        var (users, p3) = run.NamesOf(node.CandidateUsers, scope);
        var (due, deadline, p4) = run.MomentOf(node.DueDate, scope);
        var (followUp, _, p5) = run.MomentOf(node.FollowUpDate, scope);
        var (priority, p6) = PriorityOf(node, scope, run);
        var (formId, p7) = run.TextOf(node.FormId, scope);
        var (external, p8) = run.TextOf(node.ExternalFormReference, scope);
        if ((p1 ?? p2 ?? p3 ?? p4 ?? p5 ?? p6 ?? p7 ?? p8) is { } problem)
            return (null, (IncidentKind.ExtractValue, problem));
        long formKey = 0;
        if (formId is not null && !run.Release.Forms.TryGetValue(formId, out formKey))
            return (null, (IncidentKind.FormNotFound, $"There is no deployed form '{formId}'."));
        return (new UserTaskInstance
        {
            Key = run.NextKey(),
            ElementKey = element.Key,
            ElementId = node.Id,
            Name = node.Name,
            CreatedAt = run.At,
            Assignee = string.IsNullOrEmpty(assignee) ? null : assignee,
            CandidateGroups = groups,
            CandidateUsers = users,
            DueDate = due,
            FollowUpDate = followUp,
            Priority = priority,
            FormKey = formId is null ? null : formKey,
            ExternalFormReference = external,
            Headers = node.Headers.IsEmpty ? null : node.Headers.ToImmutableSortedDictionary(StringComparer.Ordinal),
            Deadline = deadline is null ? null : new TaskDeadline(
                node.Property("deadline.kind"), node.Property("deadline.basis"),
                deadline.From, deadline.DueOn, deadline.Explain(), deadline.CalendarVersion)
            {
                Amount = deadline.Amount,
                Unit = deadline.Unit,
                Skipped = deadline.Skipped.IsEmpty ? null : deadline.Skipped,
            },
        }, null);
    }

    static (int Priority, string? Problem) PriorityOf(UserTask node, long scope, Run run)
    {
        var (text, problem) = run.TextOf(node.Priority, scope);
        if (text is null) return (PriorityDefault, problem);
        var isNumber = int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value);
        return isNumber && value <= PriorityMax
            ? (value, null)
            : (0, $"Expected a priority from 0 to {PriorityMax}, found '{text}'.");
    }
}
