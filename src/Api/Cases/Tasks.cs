using System.Collections.Immutable;
using System.Text.Json;
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
public sealed record Receipt(
    string TaskKey, string Name, DateTimeOffset CompletedAt, string? CaseNo, bool OpensCase, bool Ended,
    ImmutableArray<NextTask> Next);

/// <param name="TaskKey">Null when it is not hers to open.</param>
/// <param name="Who">A name, or the roles that may take it.</param>
public sealed record NextTask(string? TaskKey, string Name, string Who, DateTimeOffset? DueDate);

/// <summary>Completes a task with the answer to its form.</summary>
/// <param name="Form">The fields of the form as one JSON object.</param>
[Policy(PolicyAttribute.CaseWork)]
public sealed record CompleteTask(
    Scope Scope, long TaskKey, JsonElement Form, string? Action, string? IdempotencyKey) : IUseCase<Receipt>, IChecked
{
    public IEnumerable<(string Field, string Message)> Problems()
    {
        if (Form.ValueKind != JsonValueKind.Object) yield return ("form", "Odpowiedź musi być obiektem JSON.");
    }

    public sealed class Handler(
        TaskCompletion completion, Queries queries, CaseRest rest, TaskRefusals refusals)
        : IRequestHandler<CompleteTask, UseCaseResult<Receipt>>
    {
        public async Task<UseCaseResult<Receipt>> Handle(CompleteTask request, CancellationToken cancellationToken)
        {
            var scope = request.Scope;
            var before = await queries.InboxTaskAsync(scope, request.TaskKey, cancellationToken);
            var open = before is null ? [] : (await queries.OpenTasksOfAsync(
                scope, before.CaseTag, before.Task.RootInstanceKey, cancellationToken))
                .Select(one => one.Task.Key).ToHashSet();
            var answer = await completion.ExecuteAsync(
                scope, request.TaskKey, request.Form, request.Action, request.IdempotencyKey,
                ct: cancellationToken);
            return answer switch
            {
                CompletionAnswer.Completed => new UseCaseResult<Receipt>.Done(
                    await rest.ReceiptAsync(scope, request.TaskKey, open, cancellationToken)),
                CompletionAnswer.Invalid invalid => new UseCaseResult<Receipt>.Invalid(invalid.ByField()),
                CompletionAnswer.Rejected { Rejection: var rejection } =>
                    await RefusedAsync(scope, request.TaskKey, rejection, cancellationToken),
                _ => throw new InvalidOperationException($"Expected a known answer, found {answer.GetType().Name}."),
            };
        }

        async Task<UseCaseResult<Receipt>> RefusedAsync(
            Scope scope, long taskKey, EngineAnswer.Rejected rejection, CancellationToken ct)
        {
            if (rejection.Code is not (EngineRejection.NotFound or EngineRejection.InvalidState
                or EngineRejection.Forbidden))
            {
                return new UseCaseResult<Receipt>.Refused(rejection.Code, rejection.Message);
            }
            var why = await refusals.OfAsync<Receipt>(scope, taskKey, "INVALID_STATE", ct);
            // Still hers: the reason lies in the procedure, e.g. no free place, or the same person twice.
            return why is UseCaseResult<Receipt>.Refused && rejection.Code != EngineRejection.NotFound
                && await queries.InboxTaskAsync(scope, taskKey, ct) is not null
                ? new UseCaseResult<Receipt>.Refused(rejection.Code, rejection.Code == EngineRejection.Forbidden
                    ? "Ten krok wykonuje inna osoba niż ta, która wykonała krok przed nim. Oddaj to zadanie."
                    : rejection.Message)
                : why;
        }
    }
}

/// <summary>Looks at a case when what a step set in motion has come to rest.</summary>
public sealed class CaseRest(
    WorkflowEngine engine, Queries queries, People people, ProductDbFactory databases, Func<WorkflowDb> workflows,
    Access.CaseAccess access)
{
    /// <summary>The longest somebody waits to be told what is next; it happens all the same.</summary>
    static readonly TimeSpan AtMost = TimeSpan.FromSeconds(2);

    /// <param name="before">Keys of the tasks that were open before.</param>
    public async Task<Receipt> ReceiptAsync(
        Scope scope, long taskKey, HashSet<long> before, CancellationToken ct)
    {
        var done = (await queries.InboxTaskAsync(scope, taskKey, ct))!;
        await engine.SettledAsync(done.Task.RootInstanceKey, scope.User, AtMost, ct);
        var open = (await queries.OpenTasksOfAsync(scope, done.CaseTag, done.Task.RootInstanceKey, ct))
            .Where(one => !before.Contains(one.Task.Key)).ToList();
        var names = await people.OfAsync(open.Select(one => one.Task.Assignee), ct);
        return new Receipt(
            TaskItems.Digits(taskKey), done.Task.Name ?? done.Task.ElementId, done.Task.EndedAt!.Value,
            TaskItems.CaseNoOf(done), await OpensAsync(scope, done, ct), await EndedAsync(done, ct),
            [.. open.Select(one => new NextTask(
                one.IsVisible ? TaskItems.Digits(one.Task.Key) : null, one.Task.Name ?? one.Task.ElementId,
                one.Task.Assignee is { } assignee
                    ? names.Of(assignee).Name
                    : RoleNames.Of(TaskItems.List(one.Task.CandidateGroups)),
                one.Task.DueDate))]);
    }

    /// <summary>The first open task the caller may do in an instance that was just started; null when there is
    /// none.</summary>
    public async Task<string?> FirstTaskAsync(Scope scope, long instanceKey, string? caseTag, CancellationToken ct)
    {
        await engine.SettledAsync(instanceKey, scope.User, AtMost, ct);
        var open = await queries.OpenTasksOfAsync(scope, caseTag, instanceKey, ct);
        return open.Where(one => one.Task.RootInstanceKey == instanceKey && TaskItems.MayWorkOn(one.Task, scope))
            .Select(one => TaskItems.Digits(one.Task.Key)).FirstOrDefault();
    }

    async Task<bool> OpensAsync(Scope scope, InboxTask done, CancellationToken ct) =>
        TaskItems.CaseNoOf(done) is { } caseNo
        && await access.RelationAsync(await access.WidenAsync(scope, ct), caseNo, ct)
            is not (null or Access.CaseRelation.Task);

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

/// <summary>Takes a task of one's group; a task that somebody else has taken stays with her.</summary>
[Policy(PolicyAttribute.CaseWork)]
public sealed record ClaimTask(Scope Scope, long TaskKey) : IUseCase<Unit>
{
    public sealed class Handler(
        WorkflowEngine engine, Queries queries, Team.Assignees assignees, TaskRefusals refusals)
        : IRequestHandler<ClaimTask, UseCaseResult<Unit>>
    {
        public async Task<UseCaseResult<Unit>> Handle(ClaimTask request, CancellationToken cancellationToken)
        {
            var (scope, key) = (request.Scope, request.TaskKey);
            var task = (await queries.UserTaskAsync(scope, key, cancellationToken))?.Task;
            if (task is null) return Refusals.UnknownTask<Unit>();
            if (await assignees.RefusesAsync(scope, task, scope.User, cancellationToken))
            {
                return new UseCaseResult<Unit>.Refused(
                    EngineRejection.Forbidden, "To zadanie jest dla innej roli. Możesz je komuś przydzielić.");
            }
            var answer = await engine.AssignUserTaskAsync(
                scope, key, scope.User, allowOverride: false, action: "claim", cancellation: cancellationToken);
            return answer is EngineAnswer.Rejected
            {
                Code: EngineRejection.NotFound or EngineRejection.InvalidState or EngineRejection.Forbidden,
            }
                ? await refusals.OfAsync<Unit>(scope, key, "INVALID_STATE", cancellationToken)
                : Answers.From(answer, _ => Unit.Value);
        }
    }
}

/// <summary>Gives a task back to its group.</summary>
[Policy(PolicyAttribute.CaseWork)]
public sealed record GiveTaskBack(Scope Scope, long TaskKey) : IUseCase<Unit>
{
    public sealed class Handler(WorkflowEngine engine, Queries queries, TaskRefusals refusals)
        : IRequestHandler<GiveTaskBack, UseCaseResult<Unit>>
    {
        public async Task<UseCaseResult<Unit>> Handle(GiveTaskBack request, CancellationToken cancellationToken)
        {
            var answer = await engine.UnassignUserTaskAsync(
                request.Scope, request.TaskKey, cancellation: cancellationToken);
            if (answer is not EngineAnswer.Rejected rejected) return Answers.From(answer, _ => Unit.Value);
            var task = await queries.InboxTaskAsync(request.Scope, request.TaskKey, cancellationToken);
            return rejected.Code == EngineRejection.Forbidden && task?.Task.Assignee == request.Scope.User
                ? new UseCaseResult<Unit>.Refused(
                    EngineRejection.InvalidState,
                    "Tego zadania nie można oddać: jest tylko dla Ciebie. Poproś koordynatora o zmianę osoby.")
                : await refusals.OfAsync<Unit>(request.Scope, request.TaskKey, "INVALID_STATE", cancellationToken);
        }
    }
}

/// <summary>Procedures the caller may start, for the button that starts one.</summary>
[Policy(PolicyAttribute.CaseWork)]
public sealed record ListStartable(Scope Scope) : IUseCase<IReadOnlyList<ListStartable.Item>>
{
    /// <param name="OpensCase">False: it runs inside a case that exists.</param>
    public sealed record Item(string ProcessId, string Name, bool OpensCase);

    public sealed class Handler(Func<WorkflowDb> workflows, WorkflowsOptions options)
        : IRequestHandler<ListStartable, UseCaseResult<IReadOnlyList<Item>>>
    {
        public async Task<UseCaseResult<IReadOnlyList<Item>>> Handle(
            ListStartable request, CancellationToken cancellationToken)
        {
            await using var db = workflows();
            var rows = await db.ProcessDefinitions.AsNoTracking()
                .Where(row => row.IsLatest && !row.IsDeleted)
                .OrderBy(row => row.Name).Select(row => new { row.ProcessId, row.Name, row.Properties })
                .ToListAsync(cancellationToken);
            var found = new List<Item>();
            foreach (var row in rows)
            {
                using var properties = JsonDocument.Parse(row.Properties);
                if (Property(properties, CaseSteps.Property) is not { } kind
                    || Property(properties, "startableBy") is not { } startableBy
                    || !MayStart(request.Scope, startableBy)) continue;
                found.Add(new Item(row.ProcessId, row.Name ?? row.ProcessId, kind == CaseSteps.Root));
            }
            return new UseCaseResult<IReadOnlyList<Item>>.Done(found);
        }

        bool MayStart(Scope scope, string startableBy) => scope.EngineAll || startableBy
            .Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Any(role => scope.Groups.Contains(role)
                || (role == "staff" && scope.Groups.Any(options.StaffRoles.Contains)));

        static string? Property(JsonDocument properties, string name) =>
            properties.RootElement.TryGetProperty(name, out var value) ? value.GetString() : null;
    }
}
