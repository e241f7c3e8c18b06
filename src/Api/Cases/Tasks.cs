using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Api.UseCases;
using MediatR;
using Workflows.Engine.Execution;
using Workflows.Runtime;
using Workflows.Runtime.Storage;
using Scope = Workflows.Runtime.Scope;

namespace Api.Cases;

/// <summary>The open tasks a person has or may take, the most urgent first.</summary>
[Policy(PolicyAttribute.CaseWork)]
public sealed record MyTasks(Scope Scope) : IUseCase<ImmutableArray<MyTasks.Item>>
{
    const int PageSize = 200;

    /// <param name="TaskKey">A string of digits.</param>
    /// <param name="DueDate">Last moment of the last day; null without a term.</param>
    /// <param name="Deadline">How the term was found; null without a term.</param>
    public sealed record Item(
        string TaskKey, string ElementId, string? Name, string ProcessId, string ProcessInstanceKey, string? Assignee,
        DateTimeOffset CreatedAt, DateTimeOffset? DueDate, TaskDeadline? Deadline);

    public sealed class Handler(Queries queries) : IRequestHandler<MyTasks, UseCaseResult<ImmutableArray<Item>>>
    {
        // Hers, or nobody's: what a colleague has taken she cannot do.
        static SearchQuery OpenFor(string user) => new(
            new Filter(
                [new Condition("state", [new Comparison(Comparer.Equal, Status.Created)])],
                [
                    new Filter([new Condition("assignee", [new Comparison(Comparer.Equal, user)])], []),
                    new Filter([new Condition("assignee", [new Comparison(Comparer.Exists, false)])], []),
                ]),
            [new SortBy("dueDate", Descending: false)], new PageRequest(Limit: PageSize));

        public async Task<UseCaseResult<ImmutableArray<Item>>> Handle(
            MyTasks request, CancellationToken cancellationToken)
        {
            var found = await queries.SearchUserTasksAsync(
                request.Scope, OpenFor(request.Scope.User), cancellationToken);
            return new UseCaseResult<ImmutableArray<Item>>.Done([.. found.Items.Select(item => Of(item.Task))]);
        }

        static Item Of(UserTaskRow task) => new(
            Digits(task.Key), task.ElementId, task.Name, task.ProcessId, Digits(task.ProcessInstanceKey), task.Assignee,
            task.CreatedAt, task.DueDate, task.Deadline is { } json
                ? JsonSerializer.Deserialize(json, EngineJson.Default.TaskDeadline) : null);

        static string Digits(long key) => key.ToString(CultureInfo.InvariantCulture);
    }
}

/// <summary>Completes a task with the answer to its form.</summary>
/// <param name="Form">The fields of the form as one JSON object.</param>
[Policy(PolicyAttribute.CaseWork)]
public sealed record CompleteTask(
    Scope Scope, long TaskKey, JsonElement Form, string? Action, string? IdempotencyKey) : IUseCase<Unit>, IChecked
{
    public IEnumerable<(string Field, string Message)> Problems()
    {
        if (Form.ValueKind != JsonValueKind.Object) yield return ("form", "Odpowiedź musi być obiektem JSON.");
    }

    public sealed class Handler(TaskCompletion completion) : IRequestHandler<CompleteTask, UseCaseResult<Unit>>
    {
        public async Task<UseCaseResult<Unit>> Handle(CompleteTask request, CancellationToken cancellationToken)
        {
            var answer = await completion.ExecuteAsync(
                request.Scope, request.TaskKey, request.Form, request.Action, request.IdempotencyKey,
                cancellationToken);
            return answer switch
            {
                CompletionAnswer.Completed => new UseCaseResult<Unit>.Done(Unit.Value),
                CompletionAnswer.Invalid invalid => new UseCaseResult<Unit>.Invalid(invalid.ByField()),
                CompletionAnswer.Rejected { Rejection: var rejection } =>
                    new UseCaseResult<Unit>.Refused(rejection.Code, rejection.Message),
                _ => throw new InvalidOperationException($"Expected a known answer, found {answer.GetType().Name}."),
            };
        }
    }
}

/// <summary>Takes a task of one's group; a task that somebody else has taken stays with her.</summary>
[Policy(PolicyAttribute.CaseWork)]
public sealed record ClaimTask(Scope Scope, long TaskKey) : IUseCase<Unit>
{
    public sealed class Handler(WorkflowEngine engine, Queries queries, Team.Assignees assignees)
        : IRequestHandler<ClaimTask, UseCaseResult<Unit>>
    {
        public async Task<UseCaseResult<Unit>> Handle(ClaimTask request, CancellationToken cancellationToken)
        {
            var scope = request.Scope;
            var task = (await queries.UserTaskAsync(scope, request.TaskKey, cancellationToken))?.Task;
            if (task is null) return Access.Refusals.UnknownTask<Unit>();
            if (await assignees.RefusesAsync(scope, task, scope.User, cancellationToken))
            {
                return new UseCaseResult<Unit>.Refused(
                    EngineRejection.Forbidden, "To zadanie jest dla innej roli. Możesz je komuś przydzielić.");
            }
            return Answers.From(
                await engine.AssignUserTaskAsync(
                    scope, request.TaskKey, scope.User, allowOverride: false, action: "claim",
                    cancellation: cancellationToken),
                _ => Unit.Value);
        }
    }
}

/// <summary>Gives a task back to its group.</summary>
[Policy(PolicyAttribute.CaseWork)]
public sealed record GiveTaskBack(Scope Scope, long TaskKey) : IUseCase<Unit>
{
    public sealed class Handler(WorkflowEngine engine, Queries queries)
        : IRequestHandler<GiveTaskBack, UseCaseResult<Unit>>
    {
        public async Task<UseCaseResult<Unit>> Handle(GiveTaskBack request, CancellationToken cancellationToken) =>
            await queries.UserTaskAsync(request.Scope, request.TaskKey, cancellationToken) is null
                ? Access.Refusals.UnknownTask<Unit>()
                : Answers.From(
                    await engine.UnassignUserTaskAsync(request.Scope, request.TaskKey, cancellation: cancellationToken),
                    _ => Unit.Value);
    }
}
