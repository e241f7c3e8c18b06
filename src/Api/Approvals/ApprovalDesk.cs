using System.Collections.Immutable;
using System.Text.Json;
using Api.Access;
using Api.Cases;
using Workflows.Runtime;
using Workflows.Runtime.Storage;
using Scope = Workflows.Runtime.Scope;

namespace Api.Approvals;

/// <summary>What a link to a decision means for the person who is signed in.</summary>
public sealed class ApprovalDesk(
    ApprovalTickets tickets, ApprovalReader reader, Queries queries, People people, CaseRest rest,
    ReadLog readings, WorkflowEngine engine, EngineClock clock, PolishDates dates, ILogger<ApprovalDesk> log)
{
    static readonly ApprovalAnswer.Over Unknown = new(
        "Ten link już nie działa",
        "Nie znamy tego linku albo dawno wygasł. Jeśli ktoś czeka na Twoją decyzję, znajdziesz ją na liście zadań.",
        "/");

    /// <summary>The ticket, or the answer that ends the matter.</summary>
    /// <param name="comment">What she has typed; it is shown again wherever the answer ends.</param>
    public async Task<(ApprovalTicketRow? Ticket, ApprovalAnswer? Closed)> EnterAsync(
        Scope scope, string value, CancellationToken ct, string? comment = null)
    {
        if (await tickets.FindAsync(value, ct) is not { } ticket) return (null, Unknown with { Comment = comment });
        if (ticket.UserName != scope.User)
        {
            if (scope.ActsFor.Any(absent => absent.User == ticket.UserName))
                return (null, new ApprovalAnswer.OwnWay(TaskPath(ticket.TaskKey)));
            await RecordStrangerAsync(scope, ticket, ct);
            return (null, new ApprovalAnswer.NotForYou());
        }
        if (ticket.UsedAt is not null
            || (ticket.RevokedAt is not null && await tickets.UsedOfGroupAsync(ticket, ct) is not null))
            return (null, await ReceiptAsync(scope, ticket, before: null, ct));
        if (ticket.RevokedAt is not null || ticket.ExpiresAt <= await clock.NowAsync(ct))
            return (null, await OverAsync(scope, ticket, comment, ct));
        // What revoking learns late, e.g. a role taken away, is asked of the task itself each time.
        var task = await queries.InboxTaskAsync(scope, ticket.TaskKey, ct);
        return task is not null && TaskItems.MayWorkOn(task.Task, scope)
            && task.Task.ProcessDefinitionKey == ticket.ProcessDefinitionKey
            ? (ticket, null)
            : (null, await OverAsync(scope, ticket, comment, ct));
    }

    /// <summary>How a matter ended that was open a moment ago.</summary>
    public async Task<ApprovalAnswer> ClosedAsync(
        Scope scope, string value, string? comment, CancellationToken ct) =>
        (await EnterAsync(scope, value, ct, comment)).Closed ?? Unknown with { Comment = comment };

    /// <summary>The page of the question: logged as a look into the case, marked as seen.</summary>
    public async Task<ApprovalAnswer> AskAsync(
        Scope scope, ApprovalTicketRow ticket, Func<ApprovalView, ApprovalAnswer> answer, CancellationToken ct)
    {
        if (await reader.ReadAsync(scope, ticket, ct) is not { } view) return await OverAsync(scope, ticket, null, ct);
        if (view.CaseNo is { } caseNo)
            await readings.AddAsync(scope, caseNo, $"approval {TaskItems.Digits(ticket.TaskKey)}", view.Name, ct);
        await tickets.SeenAsync(ticket, view.Version.Document, ct);
        return answer(view);
    }

    /// <summary>Why the link ended, and where the matter stands.</summary>
    public async Task<ApprovalAnswer> OverAsync(
        Scope scope, ApprovalTicketRow ticket, string? comment, CancellationToken ct)
    {
        if (await queries.EndedTaskAsync(scope, ticket.TaskKey, ct) is { } ended)
            return await EndedAsync(ticket, ended, comment, ct);
        var task = (await queries.InboxTaskAsync(scope, ticket.TaskKey, ct))?.Task;
        if (task is null) return Unknown with { Comment = comment };
        var hers = TaskItems.MayWorkOn(task, scope);
        var words = (task.Assignee, ticket.RevokedFor, hers) switch
        {
            ({ } other, _, false) =>
                $"To zadanie ma teraz {(await people.OfAsync([other], ct)).NameOf(other)}. Nie musisz nic robić.",
            (_, _, false) => "To zadanie nie jest już dla Ciebie.",
            (_, ApprovalTicketRow.Revoked.Newer, _) =>
                "Po tej wiadomości wyszła nowsza. Użyj linku z najnowszej albo otwórz zadanie.",
            _ => "Link z wiadomości wygasł. Sama prośba dalej czeka: otwórz zadanie.",
        };
        return new ApprovalAnswer.Over(
            "Ten link już nie działa", words, hers ? TaskPath(ticket.TaskKey) : null, comment);
    }

    async Task<ApprovalAnswer> EndedAsync(
        ApprovalTicketRow ticket, EndedTask ended, string? comment, CancellationToken ct)
    {
        if (ended is not { State: Status.Completed, CompletedBy: { } by, EndedAt: { } at })
        {
            return new ApprovalAnswer.Over(
                "Ta decyzja nie jest już potrzebna", "Sprawa poszła dalej bez niej. Nie musisz nic robić.",
                TaskPath: null, comment);
        }
        if (by == ticket.UserName)
        {
            return new ApprovalAnswer.Over(
                "Ta decyzja jest już zapisana",
                $"„{ended.Name}”: krok zakończony w aplikacji {dates.Moment(at)}.", TaskPath(ticket.TaskKey), comment);
        }
        var who = (await people.OfAsync([by], ct)).NameOf(by);
        return new ApprovalAnswer.Over(
            "Ktoś zdecydował wcześniej",
            $"Decyzję zapisał(a) {who}, {dates.Moment(at)}. Twoja nie została zapisana.",
            TaskPath(ticket.TaskKey), comment);
    }

    // ---- the receipt ----------------------------------------------------------------------------------------------

    /// <summary>Keys of the tasks that are open before a decision: what is new afterwards followed from it.</summary>
    public async Task<HashSet<long>> OpenTasksAsync(Scope scope, InboxTask task, CancellationToken ct) =>
        (await queries.OpenTasksOfAsync(scope, task.CaseTag, task.Task.RootInstanceKey, ct))
            .Select(one => one.Task.Key).ToHashSet();

    public async Task<ApprovalAnswer> ReceiptAsync(
        Scope scope, string ticketId, HashSet<long> before, CancellationToken ct) =>
        await ReceiptAsync(scope, (await tickets.ByIdAsync(ticketId, ct))!, before, ct);

    /// <param name="before">Null for a look at the receipt later: what followed then stands in the case.</param>
    async Task<ApprovalAnswer> ReceiptAsync(
        Scope scope, ApprovalTicketRow ticket, HashSet<long>? before, CancellationToken ct)
    {
        var used = ticket.UsedAt is null ? await tickets.UsedOfGroupAsync(ticket, ct) : ticket;
        if (used?.UsedAt is not { } at) return await OverAsync(scope, ticket, null, ct);
        var task = await queries.InboxTaskAsync(scope, ticket.TaskKey, ct);
        var question = task is null ? null : await tickets.QuestionOfAsync(task.Task, ct);
        var words = question?.Choices.FirstOrDefault(one => one.Kind == used.Decision)?.Words ?? used.Decision!;
        var name = (await people.OfAsync([ticket.UserName], ct)).NameOf(ticket.UserName);
        if (task is null)
        {
            return new ApprovalAnswer.Receipt(
                "Decyzja", null, words, at, name, [], await WaitingAsync(scope, before, ct), OpensCase: false);
        }
        var rested = before is null ? null : await rest.ReceiptAsync(scope, ticket.TaskKey, before, ct);
        return new ApprovalAnswer.Receipt(
            task.Task.Name ?? task.Task.ElementId, TaskItems.CaseNoOf(task), words, at, name, rested?.Next ?? [],
            await WaitingAsync(scope, before, ct), rested?.OpensCase ?? false);
    }

    /// <summary>
    /// The next decision that waits for her, by its term. Right after a decision she gets a link to it as a message
    /// would bring; a look at an old receipt issues nothing.
    /// </summary>
    async Task<NextDecision?> WaitingAsync(Scope scope, HashSet<long>? before, CancellationToken ct)
    {
        var open = (await queries.OpenTasksAsync(scope, ct))
            .Where(one => one.Task.Assignee == scope.User
                || TaskItems.IsOffered(one.Task, scope.User, scope.Groups))
            .OrderBy(one => one.Task.DueDate ?? DateTimeOffset.MaxValue).ThenBy(one => one.Task.Key);
        foreach (var one in open)
        {
            if (await tickets.QuestionOfAsync(one.Task, ct) is null) continue;
            var path = before is null
                ? TaskPath(one.Task.Key)
                : (await tickets.IssueAsync(one.Task, scope.User, "receipt", outboxKey: 0, ct)).AbsolutePath;
            return new NextDecision(
                path, one.Task.Name ?? one.Task.ElementId, TaskItems.CaseNoOf(one),
                TaskItems.DeadlineOf(one.Task)?.DueOn ?? (one.Task.DueDate is { } due ? dates.DayOf(due) : null));
        }
        return null;
    }

    // ---- others ---------------------------------------------------------------------------------------------------

    /// <summary>A forwarded message: the data protection officer can see who tried, the page tells nothing.</summary>
    async Task RecordStrangerAsync(Scope scope, ApprovalTicketRow ticket, CancellationToken ct)
    {
        log.LogWarning("The approval ticket {Ticket} was opened by {User}, whose it is not", ticket.Id, scope.User);
        var payload = JsonSerializer.Serialize(
            new { Subject = ticket.UserName, After = new { what = $"approval ticket {ticket.Id} of somebody else" } },
            AuditLog.Json);
        await engine.RecordAsync(
            scope, HistoryChain.Reading,
            new CommitExtras { Acts = [new RecordedAct("ApprovalOfAnotherOpened", payload)] }, ct);
    }

    static string TaskPath(long taskKey) => "/" + TaskItems.AddressOf(taskKey);
}
