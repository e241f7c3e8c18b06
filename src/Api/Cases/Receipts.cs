using System.Collections.Immutable;
using Api.Access;
using Api.Storage;
using Api.UseCases;
using MediatR;
using Microsoft.EntityFrameworkCore;
using Workflows.Runtime;
using Workflows.Runtime.Storage;
using Scope = Workflows.Runtime.Scope;

namespace Api.Cases;

/// <summary>What the person who finished a step is told: what is next and who has it.</summary>
/// <param name="OpensCase">She may open the page of the case.</param>
/// <param name="Ended">The case is closed, or outside of cases the instance has ended.</param>
/// <param name="Settled">False while the engine still carries out what the step set in motion, e.g. starts another
/// procedure: <paramref name="Next"/> may grow, and <see cref="ReadReceipt"/> tells.</param>
public sealed record Receipt(
    string TaskKey, string Name, DateTimeOffset CompletedAt, string? CaseNo, bool OpensCase, bool Ended, bool Settled,
    ImmutableArray<NextTask> Next);

/// <param name="TaskKey">Null when it is not hers to open.</param>
/// <param name="Who">A name, or the roles that may take it.</param>
/// <param name="Procedure">Name of the procedure the step has started; null for a task of its own procedure.</param>
/// <param name="Mine">The reader may do it herself.</param>
public sealed record NextTask(
    string? TaskKey, string Name, string Who, DateTimeOffset? DueDate, string? Procedure, bool Mine,
    string? TermKind = null)
{
    public static NextTask Of(OpenTask open, Scope scope, People.Names names, string? procedure = null)
    {
        var task = open.Task;
        var who = task.Assignee is { } assignee
            ? names.Of(assignee).Name
            : RoleNames.AnyOf(TaskItems.List(task.CandidateGroups));
        return new NextTask(
            open.IsVisible ? TaskItems.Digits(task.Key) : null, task.Name ?? task.ElementId, who, task.DueDate,
            procedure, open.IsVisible && TaskItems.MayWorkOn(task, scope));
    }
}

/// <summary>The receipt of a task that is done, once more: what it set in motion may have arrived since.</summary>
[Policy(PolicyAttribute.CaseWork)]
public sealed record ReadReceipt(Scope Scope, long TaskKey) : IUseCase<Receipt>
{
    public sealed class Handler(CaseRest rest, Queries queries)
        : IRequestHandler<ReadReceipt, UseCaseResult<Receipt>>
    {
        public async Task<UseCaseResult<Receipt>> Handle(ReadReceipt request, CancellationToken cancellationToken)
        {
            var found = await queries.InboxTaskAsync(request.Scope, request.TaskKey, cancellationToken);
            return found?.Task.State == Status.Completed
                ? new UseCaseResult<Receipt>.Done(
                    await rest.ReceiptAsync(request.Scope, request.TaskKey, before: null, cancellationToken))
                : Refusals.UnknownTask<Receipt>();
        }
    }
}

/// <summary>Looks at a case when what a step set in motion has come to rest.</summary>
public sealed class CaseRest(
    WorkflowEngine engine, Queries queries, People people, ProductDbFactory databases, Func<WorkflowDb> workflows,
    DefinitionCatalog catalog, CaseAccess access)
{
    /// <summary>The longest somebody waits to be told what is next; it happens all the same.</summary>
    static readonly TimeSpan AtMost = TimeSpan.FromSeconds(2);

    /// <param name="before">Keys of the tasks that were open before; null when that is not known any more: then the
    /// tasks made since the step are told.</param>
    public async Task<Receipt> ReceiptAsync(
        Scope scope, long taskKey, HashSet<long>? before, CancellationToken ct)
    {
        var done = (await queries.InboxTaskAsync(scope, taskKey, ct))!;
        var completedAt = done.Task.EndedAt!.Value;
        var settled = await engine.SettledAsync(done.Task.RootInstanceKey, scope.User, done.CaseTag, AtMost, ct);
        var open = (await queries.OpenTasksOfAsync(scope, done.CaseTag, done.Task.RootInstanceKey, ct))
            .Where(one => before?.Contains(one.Task.Key) == false
                || (before is null && one.Task.CreatedAt >= completedAt))
            .OrderBy(one => one.Task.DueDate ?? DateTimeOffset.MaxValue).ThenBy(one => one.Task.Key).ToList();
        var names = await people.OfAsync(open.Select(one => one.Task.Assignee), ct);
        var next = ImmutableArray.CreateBuilder<NextTask>(open.Count);
        foreach (var one in open)
        {
            var procedure = one.Task.RootInstanceKey == done.Task.RootInstanceKey
                ? null
                : (await catalog.FindAsync(one.Task.ProcessDefinitionKey, ct))?.Definition.Name;
            var kind = await TaskItems.TermKindAsync(catalog, one.Task, ct);
            next.Add(NextTask.Of(one, scope, names, procedure) with { TermKind = kind });
        }
        return new Receipt(
            TaskItems.Digits(taskKey), done.Task.Name ?? done.Task.ElementId, completedAt, TaskItems.CaseNoOf(done),
            await OpensAsync(scope, done, ct), await EndedAsync(done, ct), settled, next.DrainToImmutable());
    }

    /// <summary>The first open task the caller may do in an instance that was just started; null when there is
    /// none.</summary>
    public async Task<string?> FirstTaskAsync(Scope scope, long instanceKey, string? caseTag, CancellationToken ct)
    {
        await engine.SettledAsync(instanceKey, scope.User, caseTag, AtMost, ct);
        var open = await queries.OpenTasksOfAsync(scope, caseTag, instanceKey, ct);
        return open.Where(one => one.Task.RootInstanceKey == instanceKey && TaskItems.MayWorkOn(one.Task, scope))
            .Select(one => TaskItems.Digits(one.Task.Key)).FirstOrDefault();
    }

    async Task<bool> OpensAsync(Scope scope, InboxTask done, CancellationToken ct) =>
        TaskItems.CaseNoOf(done) is { } caseNo
        && await access.RelationAsync(await access.WidenAsync(scope, ct), caseNo, ct)
            is not (null or CaseRelation.Task);

    async Task<bool> EndedAsync(InboxTask done, CancellationToken ct)
    {
        if (TaskItems.CaseNoOf(done) is { } caseNo)
        {
            await using var cases = databases.Create();
            return await cases.Cases.AnyAsync(row => row.TenantId == WorkflowDb.DefaultTenant
                && row.CaseNo == caseNo && row.Status == CaseStatus.Closed, ct);
        }
        await using var db = workflows();
        var root = done.Task.RootInstanceKey;
        return !await db.ProcessInstances.AnyAsync(row => row.Key == root && row.State == Status.Active, ct);
    }
}
