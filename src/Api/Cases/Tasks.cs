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
            // A repeated request finds the step done: what it started is told by its time then.
            var open = before?.Task.State != Status.Created ? null : (await queries.OpenTasksOfAsync(
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
                return new UseCaseResult<Receipt>.Refused(rejection.Code, Answers.Words(rejection));
            }
            var why = await refusals.OfAsync<Receipt>(scope, taskKey, "INVALID_STATE", ct);
            // Still hers: the reason lies in the procedure, e.g. no free place, or the same person twice.
            return why is UseCaseResult<Receipt>.Refused && rejection.Code != EngineRejection.NotFound
                && await queries.InboxTaskAsync(scope, taskKey, ct) is not null
                ? new UseCaseResult<Receipt>.Refused(
                    rejection.Code, rejection is { Code: EngineRejection.Forbidden, IsVeto: false }
                    ? "Ten krok wykonuje inna osoba niż ta, która wykonała krok przed nim. Oddaj to zadanie."
                    : Answers.Words(rejection))
                : why;
        }
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
            if (await assignees.BarredAsync(task, cancellationToken) is { } barred && barred.Is(scope.User))
                return new UseCaseResult<Unit>.Refused(EngineRejection.Forbidden, barred.Words);
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
