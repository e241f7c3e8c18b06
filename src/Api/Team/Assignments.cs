using System.Collections.Immutable;
using System.Text.Json;
using Api.Access;
using Api.Cases;
using Api.Storage;
using Api.UseCases;
using MediatR;
using Microsoft.EntityFrameworkCore;
using Workflows.Engine.Execution;
using Workflows.Runtime;
using Workflows.Runtime.Storage;
using Scope = Workflows.Runtime.Scope;

namespace Api.Team;

/// <summary>Whether somebody can be given a task: for <c>/api</c> and for persons on <c>/v2</c> alike.</summary>
public sealed class Assignees(ProductDbFactory databases, DefinitionCatalog catalog, Queries queries)
{
    /// <summary>
    /// Whose step the task must be another person's than (<c>notSamePersonAs</c>, G11); null when anybody may.
    /// </summary>
    public async Task<Barred?> BarredAsync(UserTaskRow task, CancellationToken ct)
    {
        var definition = (await catalog.FindAsync(task.ProcessDefinitionKey, ct))?.Definition;
        if (definition?.Node(task.ElementId).Property("notSamePersonAs") is null) return null;
        return await queries.BarredAsync(task, definition, ct) is { } by
            ? new Barred(by, definition.Node(by.ElementId).Name ?? by.ElementId)
            : null;
    }

    /// <summary>
    /// Whether a person may not give the task to this one, herself included; what she takes in somebody's place is
    /// decided by the engine. Machine clients answer for whom they name.
    /// </summary>
    public async Task<bool> RefusesAsync(Scope scope, UserTaskRow task, string assignee, CancellationToken ct) =>
        !scope.EngineAll && (assignee != scope.User || scope.ActsFor.IsEmpty)
        && !await MayHaveAsync(task, assignee, ct);

    /// <summary>
    /// There is such an enabled account, the task is offered to it by name or role, and it did not do the step before
    /// that asks for somebody else; a task offered to nobody needs a role of the person who has it.
    /// </summary>
    public async Task<bool> MayHaveAsync(UserTaskRow task, string assignee, CancellationToken ct)
    {
        await using var db = databases.Create();
        return await AbsenceRules.RolesAsync(db, assignee, ct) is { } roles
            && (await RuleAsync(db, task, ct))(assignee, roles);
    }

    /// <summary>Colleagues who may have the task, without the one who has it.</summary>
    public async Task<IReadOnlyList<Person>> OfAsync(UserTaskRow task, CancellationToken ct)
    {
        await using var db = databases.Create();
        var rule = await RuleAsync(db, task, ct);
        return (await Colleagues.OfAsync(db, null, ct))
            .FindAll(person => person.UserName != task.Assignee && rule(person.UserName, person.Roles!));
    }

    async Task<Func<string, IReadOnlyCollection<string>, bool>> RuleAsync(
        ProductDb db, UserTaskRow task, CancellationToken ct)
    {
        var barred = await BarredAsync(task, ct);
        var offered = await OfferAsync(db, task, ct);
        return (user, roles) => barred?.Is(user) != true && offered(user, roles);
    }

    static async Task<Func<string, IReadOnlyCollection<string>, bool>> OfferAsync(
        ProductDb db, UserTaskRow task, CancellationToken ct)
    {
        if (task.CandidateUsers != "[]" || task.CandidateGroups != "[]")
            return (user, roles) => TaskItems.Offers(task, user, roles);
        if (task.Assignee is not { } present) return (_, roles) => roles.Count > 0;
        var held = await db.Users.Where(row => row.UserName == present).Select(row => row.Id).FirstOrDefaultAsync(ct)
            is { } id ? await CaseAccess.RolesOf(db, id).ToListAsync(ct) : [];
        return (_, roles) => held.Exists(roles.Contains);
    }
}

/// <summary>Who did the step before, and its name: she, and whom she stood in for, may not do this one.</summary>
public sealed record Barred(CompletedBy By, string Step)
{
    public string Words => $"Ten krok wykonuje inna osoba niż ta, która wykonała krok „{Step}”.";

    public bool Is(string person) => By.Is(person);
}

/// <summary>Whom a task may be given to.</summary>
[Policy(CaseAccess.Head, CaseAccess.Coordinator)]
public sealed record ListAssignees(Scope Scope, long TaskKey) : IUseCase<IReadOnlyList<Person>>
{
    public sealed class Handler(Queries queries, Assignees assignees)
        : IRequestHandler<ListAssignees, UseCaseResult<IReadOnlyList<Person>>>
    {
        public async Task<UseCaseResult<IReadOnlyList<Person>>> Handle(
            ListAssignees request, CancellationToken cancellationToken)
        {
            var task = (await queries.UserTaskAsync(request.Scope, request.TaskKey, cancellationToken))?.Task;
            return task is null || task.State != Status.Created
                ? Refusals.UnknownTask<IReadOnlyList<Person>>()
                : new UseCaseResult<IReadOnlyList<Person>>.Done(await assignees.OfAsync(task, cancellationToken));
        }
    }
}

/// <summary>Gives a task to a colleague, with a reason that stands in the history.</summary>
[Policy(CaseAccess.Head, CaseAccess.Coordinator)]
public sealed record AssignTask(Scope Scope, long TaskKey, string? Assignee, string? Reason) : IUseCase<Unit>, IChecked
{
    public IEnumerable<(string Field, string Message)> Problems()
    {
        if (string.IsNullOrEmpty(Assignee)) yield return ("assignee", "Wskaż osobę, która przejmie zadanie.");
        foreach (var problem in Reasons.Check(Reason)) yield return problem;
    }

    public sealed class Handler(WorkflowEngine engine, Queries queries, Assignees assignees)
        : IRequestHandler<AssignTask, UseCaseResult<Unit>>
    {
        public async Task<UseCaseResult<Unit>> Handle(AssignTask request, CancellationToken cancellationToken)
        {
            var task = (await queries.UserTaskAsync(request.Scope, request.TaskKey, cancellationToken))?.Task;
            if (task is null) return Refusals.UnknownTask<Unit>();
            if (!await assignees.MayHaveAsync(task, request.Assignee!, cancellationToken))
            {
                var barred = await assignees.BarredAsync(task, cancellationToken);
                return new UseCaseResult<Unit>.Invalid(new Dictionary<string, string[]>(StringComparer.Ordinal)
                {
                    ["assignee"] =
                    [
                        barred?.Is(request.Assignee!) == true
                            ? $"{barred.Words} Wybierz z listy."
                            : $"„{request.Assignee}” nie ma czynnego konta z rolą tego zadania. Wybierz z listy.",
                    ],
                });
            }
            return Answers.From(
                await engine.AssignUserTaskAsync(
                    request.Scope, request.TaskKey, request.Assignee!, allowOverride: true, action: "reassign",
                    request.Reason, cancellation: cancellationToken),
                _ => Unit.Value);
        }
    }
}

/// <summary>
/// Another assistant or social worker for a case: her open tasks, the variable in every running procedure and, for an
/// assistant, the place among her families change together. The act stands in the history of the case.
/// </summary>
/// <param name="Relation"><c>assistant</c> or <c>socialWorker</c>.</param>
[Policy(CaseAccess.Head, CaseAccess.Coordinator)]
public sealed record ChangeCaseTeam(
    Scope Scope, string CaseNo, string? Relation, string? UserName, string? Reason, string? IdempotencyKey)
    : IUseCase<Unit>, IChecked
{
    static readonly Dictionary<string, (string Role, string Words)> Relations = new(StringComparer.Ordinal)
    {
        ["assistant"] = ("assistant", "asystent"), ["socialWorker"] = ("social_worker", "pracownik socjalny"),
    };

    public IEnumerable<(string Field, string Message)> Problems()
    {
        if (Relation is null || !Relations.ContainsKey(Relation))
            yield return ("relation", "Wskaż, kogo zmieniasz: assistant albo socialWorker.");
        if (string.IsNullOrEmpty(UserName)) yield return ("userName", "Wskaż osobę, która przejmie sprawę.");
        foreach (var problem in Reasons.Check(Reason)) yield return problem;
    }

    public sealed class Handler(
        WorkflowEngine engine, ProductDbFactory databases, Func<WorkflowDb> workflows, CaseAccess access,
        AssistantPlaces places) : IRequestHandler<ChangeCaseTeam, UseCaseResult<Unit>>
    {
        public async Task<UseCaseResult<Unit>> Handle(ChangeCaseTeam request, CancellationToken cancellationToken)
        {
            var found = await access.RelationAsync(request.Scope, request.CaseNo, cancellationToken)
                is CaseRelation.Supervisor or CaseRelation.Team
                ? await SetConfidentiality.CaseOf(databases, request.CaseNo, cancellationToken)
                : null;
            if (found is null) return Refusals.UnknownCase<Unit>(request.CaseNo);
            var (role, words) = Relations[request.Relation!];
            if (!await HoldsAsync(request.UserName!, role, cancellationToken))
            {
                return new UseCaseResult<Unit>.Invalid(new Dictionary<string, string[]>(StringComparer.Ordinal)
                {
                    ["userName"] = [$"„{request.UserName}” nie ma czynnego konta z rolą {role}. Wybierz z listy."],
                });
            }
            var before = await PresentAsync(found.RootInstanceKey, request.Relation!, cancellationToken);
            if (before == request.UserName) return new UseCaseResult<Unit>.Done(Unit.Value);
            if (before is null || found.Status == CaseStatus.Closed)
            {
                return new UseCaseResult<Unit>.Refused(
                    EngineRejection.InvalidState,
                    $"W sprawie {request.CaseNo} nie ma kogo zmienić ({words}): przydziela go procedura albo sprawa " +
                    "jest zamknięta.");
            }
            var act = new Act(Acts.TeamChanged, $"{words}: {before} → {request.UserName}; {request.Reason!.Trim()}");
            var next = new VariableValue(request.Relation!, JsonSerializer.Serialize(request.UserName));
            var answer = await engine.RecordActAsync(
                request.Scope, found.RootInstanceKey, act, request.IdempotencyKey, new CommitExtras
                {
                    Commands = await CommandsAsync(request, found.RootInstanceKey, before, next, cancellationToken),
                    HostRows = (commit, ct) => MoveAsync(commit, request, found.CaseNo, before, ct),
                }, [next], cancellationToken);
            return Answers.From(answer, _ => Unit.Value);
        }

        async Task<EngineAnswer.Rejected?> MoveAsync(
            HostCommit commit, ChangeCaseTeam request, string caseNo, string before, CancellationToken ct)
        {
            // Decided on the state of this very step: of two who change it at once, the second is told.
            var held = commit.Step?.Before?.Root?.Variables.FirstOrDefault(v => v.Name == request.Relation)?.Value;
            if (held != JsonSerializer.Serialize(before))
            {
                return new EngineAnswer.Rejected(
                    EngineRejection.InvalidState, "Ktoś właśnie zmienił osobę prowadzącą. Odśwież sprawę i sprawdź.");
            }
            return request.Relation == "assistant"
                ? await places.MoveAsync(commit, caseNo, before, request.UserName!, ct)
                : null;
        }

        async Task<bool> HoldsAsync(string userName, string role, CancellationToken ct)
        {
            await using var db = databases.Create();
            return await AbsenceRules.RolesAsync(db, userName, ct) is { } roles && roles.Contains(role);
        }

        async Task<string?> PresentAsync(long root, string relation, CancellationToken ct)
        {
            await using var db = workflows();
            var value = await db.Variables.Where(v => v.ScopeKey == root && v.Name == relation).Select(v => v.Value)
                .FirstOrDefaultAsync(ct);
            return value is ['"', ..] ? JsonSerializer.Deserialize<string>(value) : null;
        }

        // Carried out right after the commit, each in its own transaction; the queue repeats what was interrupted.
        async Task<ImmutableArray<QueuedCommand>> CommandsAsync(
            ChangeCaseTeam request, long root, string before, VariableValue next, CancellationToken ct)
        {
            var (name, tag) = (request.Relation!, CaseView.TagPrefix + request.CaseNo);
            var old = JsonSerializer.Serialize(before);
            await using var db = workflows();
            var running =
                from t in db.ProcessInstanceTags
                join instance in db.ProcessInstances on t.ProcessInstanceKey equals instance.Key
                where t.Tag == tag && instance.State == Status.Active
                select instance.Key;
            var scopes = await (
                from variable in db.Variables
                join element in db.ElementInstances on variable.ScopeKey equals element.Key
                where running.Contains(variable.ProcessInstanceKey) && variable.Name == name && variable.Value == old
                    && variable.ScopeKey != root && element.State == Status.Active
                orderby variable.ScopeKey
                select new { variable.ProcessInstanceKey, variable.ScopeKey }).ToListAsync(ct);
            var tasks = await db.UserTasks
                .Where(task => running.Contains(task.ProcessInstanceKey) && task.State == Status.Created
                    && task.Assignee == before)
                .OrderBy(task => task.Key).Select(task => new { task.ProcessInstanceKey, task.Key }).ToListAsync(ct);
            return
            [
                .. scopes.Select(scope => new QueuedCommand(
                    scope.ProcessInstanceKey, new SetVariables(scope.ScopeKey, [next], Local: true))),
                .. tasks.Select(task => new QueuedCommand(
                    task.ProcessInstanceKey,
                    new AssignUserTask(task.Key, request.UserName!, Action: "reassign", Reason: request.Reason))),
            ];
        }
    }
}
