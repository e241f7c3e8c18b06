using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Api.Access;
using Api.UseCases;
using MediatR;
using Microsoft.EntityFrameworkCore;
using Workflows.Engine.Execution;
using Workflows.Runtime;
using Workflows.Runtime.Storage;
using Scope = Workflows.Runtime.Scope;

namespace Api.Cases;

/// <summary>
/// Starts the protection of a child (P08) in a case: any member of staff, from any step, without consent and without
/// approval (UPPD art. 12 and 12a wait for nobody). While one is running the caller is told so first and asked once;
/// it is never forbidden.
/// </summary>
/// <param name="Again">She has seen that one is running and wants another.</param>
[Policy(PolicyAttribute.CaseWork)]
public sealed record StartIntervention(Scope Scope, string CaseNo, bool Again, string? IdempotencyKey)
    : IUseCase<StartIntervention.Started>
{
    public const string Process = "child-safety-intervention";

    /// <param name="TaskKey">The first task she may open; digits.</param>
    public sealed record Started(string InstanceKey, string? TaskKey);

    /// <summary>An intervention that has not ended.</summary>
    /// <param name="Steps">Its open steps, each with who has it.</param>
    public sealed record Running(DateTimeOffset StartedAt, ImmutableArray<NextTask> Steps);

    public sealed class Handler(
        CaseAccess access, CaseOpening opening, Queries queries, People people, Func<WorkflowDb> workflows)
        : IRequestHandler<StartIntervention, UseCaseResult<Started>>
    {
        public async Task<UseCaseResult<Started>> Handle(
            StartIntervention request, CancellationToken cancellationToken)
        {
            var (scope, ct) = (request.Scope, cancellationToken);
            if (await access.RelationAsync(scope, request.CaseNo, ct) is null)
                return Refusals.UnknownCase<Started>(request.CaseNo);
            if (!request.Again && !await WasAskedAsync(request, ct)
                && await RunningAsync(scope, request.CaseNo, ct) is { Length: > 0 } running)
            {
                return new UseCaseResult<Started>.Problem(
                    StatusCodes.Status409Conflict, "ALREADY_RUNNING",
                    "W tej sprawie trwa już interwencja. Otwórz ją albo rozpocznij kolejną.",
                    new Dictionary<string, object?>(StringComparer.Ordinal) { ["running"] = running });
            }
            var creation = new InstanceCreation(
                ProcessSelector.ById(Process),
                [new VariableValue(CaseOpening.CaseNo, JsonSerializer.Serialize(request.CaseNo))]);
            var answer = await opening.ExecuteAsync(scope, creation, request.IdempotencyKey, ct);
            if (answer is not EngineAnswer.Accepted accepted)
                return Answers.From<Started>(answer, _ => throw new InvalidOperationException("Expected a rejection."));
            var tasks = await queries.TasksOfInstancesAsync(scope, [accepted.InstanceKey], ct);
            var first = tasks.Where(task => task.State == Status.Created && TaskItems.MayWorkOn(task, scope))
                .MinBy(task => (task.DueDate ?? DateTimeOffset.MaxValue, task.Key));
            return new UseCaseResult<Started>.Done(new Started(
                accepted.InstanceKey.ToString(CultureInfo.InvariantCulture),
                first?.Key.ToString(CultureInfo.InvariantCulture)));
        }

        // A request repeated after a lost answer finds its own intervention running: it is answered as before.
        async Task<bool> WasAskedAsync(StartIntervention request, CancellationToken ct)
        {
            if (request.IdempotencyKey is not { } key) return false;
            var user = request.Scope.User;
            await using var db = workflows();
            return await db.CommandLog.AnyAsync(row => row.Actor == user && row.IdempotencyKey == key, ct);
        }

        async Task<ImmutableArray<Running>> RunningAsync(Scope scope, string caseNo, CancellationToken ct)
        {
            var tag = CaseView.TagPrefix + caseNo;
            await using var db = workflows();
            var instances = await db.ProcessInstances.AsNoTracking()
                .Where(row => row.ProcessId == Process && row.State == Status.Active
                    && db.ProcessInstanceTags.Any(one => one.Tag == tag && one.ProcessInstanceKey == row.Key))
                .OrderBy(row => row.StartedAt).ThenBy(row => row.Key)
                .Select(row => new { row.Key, row.StartedAt }).ToListAsync(ct);
            if (instances.Count == 0) return [];
            var open = await queries.OpenTasksOfAsync(scope, tag, rootInstanceKey: 0, ct);
            var names = await people.OfAsync(open.Select(one => one.Task.Assignee), ct);
            return [.. instances.Select(instance => new Running(
                instance.StartedAt,
                [.. open.Where(one => one.Task.ProcessInstanceKey == instance.Key)
                    .Select(one => NextTask.Of(one, scope, names))]))];
        }
    }
}
