using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Api.Access;
using Api.Startup;
using Api.Storage;
using Api.Team;
using Microsoft.EntityFrameworkCore;
using Workflows.Engine.Execution;
using Workflows.Engine.Expressions;
using Workflows.Engine.Forms;
using Workflows.Engine.Model;
using Workflows.Runtime;
using Workflows.Runtime.Storage;
using Scope = Workflows.Runtime.Scope;

namespace Api.Cases;

/// <summary>What became of a completion.</summary>
public abstract record CompletionAnswer
{
    public sealed record Completed(EngineAnswer.Accepted Accepted) : CompletionAnswer;

    public sealed record Rejected(EngineAnswer.Rejected Rejection) : CompletionAnswer;

    /// <summary>The task stays open; each wrong field with a message a person can read.</summary>
    public sealed record Invalid(ImmutableArray<FieldProblem> Problems) : CompletionAnswer
    {
        /// <summary>Polish messages by path of the field.</summary>
        public Dictionary<string, string[]> ByField() => Problems
            .GroupBy(problem => problem.Path, StringComparer.Ordinal)
            .ToDictionary(
                group => group.Key,
                group => group.Select(problem => problem.Message).ToArray(),
                StringComparer.Ordinal);
    }
}

/// <summary>
/// Completes user tasks, for <c>/v2</c> and the inbox alike. In a process with the property <c>case</c> the bound form
/// is
/// checked here, the whole answer becomes a document of the case and only fields marked for the process reach it. In
/// every
/// other process the answer is the variables, exactly as in Camunda.
/// </summary>
public sealed class TaskCompletion(
    WorkflowEngine engine, DefinitionCatalog catalog, Queries queries, Func<WorkflowDb> workflows,
    ProductDbFactory databases, AssistantPlaces places, CaseFile file, Vault vault, Settings settings)
{
    /// <param name="answer">A JSON object: the fields of the form.</param>
    /// <param name="also">Rows and acts that commit with the completion, or veto it.</param>
    public async Task<CompletionAnswer> ExecuteAsync(
        Scope scope, long taskKey, JsonElement answer, string? action = null, string? idempotencyKey = null,
        CommitExtras? also = null, CancellationToken ct = default)
    {
        var task = (await queries.UserTaskAsync(scope, taskKey, ct))?.Task;
        // Not hers to see: the answer is that for an unknown key.
        if (task is null && !scope.EngineAll)
        {
            return new CompletionAnswer.Rejected(new EngineAnswer.Rejected(
                EngineRejection.NotFound,
                "Nie ma takiego zadania albo nie jest ono dla Ciebie dostępne. Odśwież listę zadań."));
        }
        var release = task is null ? null : await catalog.FindAsync(task.ProcessDefinitionKey, ct);
        if (task is null || release?.Definition.Property(CaseSteps.Property) is null)
        {
            return Answer(await engine.CompleteUserTaskAsync(
                scope, taskKey, Plain(answer), action, idempotencyKey,
                CommitExtras.Both(also, await WithoutDraftAsync(task, ct)), ct));
        }
        var form = await FormOfAsync(task, ct);
        if (form is null)
        {
            var problems = answer.EnumerateObject().Select(field => new FieldProblem(
                field.Name, FieldProblemCode.UnknownKey, "To zadanie nie ma formularza.", "This task has no form."));
            return problems.ToImmutableArray() is { Length: > 0 } unknown
                ? new CompletionAnswer.Invalid(unknown)
                : Answer(await engine.CompleteUserTaskAsync(
                    scope, taskKey, [], action, idempotencyKey, also, ct));
        }
        var now = await engine.Clock.NowAsync(ct);
        var result = Check(form.Form, answer, await VisibleAsync(scope, taskKey, ct), now);
        if (result.Answer is not { } accepted) return new CompletionAnswer.Invalid(result.Problems);
        if (await UnknownStaffAsync(form.Form.Components, accepted.Document, ct) is { Length: > 0 } unknownStaff)
            return new CompletionAnswer.Invalid(unknownStaff);
        if (!TakesPlaceOf(release.Definition.Node(task.ElementId), accepted.Document, now, out var whoseAssistant))
            return new CompletionAnswer.Invalid([NoAssistant]);
        var extras = new CommitExtras
        {
            // Kept for the repetition of the request: it must not tell the content to who can guess it.
            Content = vault.Fingerprint(accepted.Document),
            HostRows = (commit, token) => AddRowsAsync(commit, task, form, accepted.Document, whoseAssistant, token),
        };
        var variables = accepted.ProcessVariables.Select(pair => new VariableValue(pair.Key, pair.Value))
            .ToImmutableArray();
        return Answer(await engine.CompleteUserTaskAsync(
            scope, taskKey, variables, action, idempotencyKey, CommitExtras.Both(extras, also), ct));
    }

    /// <summary>What the form says to this answer now; nothing is completed.</summary>
    /// <param name="variables">As <see cref="VisibleAsync"/> gives them.</param>
    public FormResult Check(
        Form form, JsonElement answer, Dictionary<string, FeelValue> variables, DateTimeOffset now) =>
        FormValidator.Validate(
            form, answer, FormFeel.Context(new FeelEnvironment(now, settings.Zone), FeelScope.Of(variables)));

    /// <param name="Schema">The file as deployed.</param>
    public sealed record BoundForm(Form Form, int Version, byte[] Schema);

    /// <summary>The form the task was created with; null without one.</summary>
    public async Task<BoundForm?> FormOfAsync(UserTaskRow task, CancellationToken ct)
    {
        if (task.FormKey is not { } key) return null;
        await using var db = workflows();
        return await ReadAsync(db, db.Forms.Where(form => form.Key == key), ct);
    }

    /// <summary>The form in force of this id, for what is entered outside of a task.</summary>
    public async Task<BoundForm?> NewestFormAsync(string formId, CancellationToken ct)
    {
        await using var db = workflows();
        return await ReadAsync(
            db, db.Forms.Where(form => form.FormId == formId && form.IsLatest && !form.IsDeleted), ct);
    }

    static async Task<BoundForm?> ReadAsync(WorkflowDb db, IQueryable<FormRow> forms, CancellationToken ct)
    {
        var found = await (
            from form in forms
            join resource in db.Resources on form.ResourceKey equals resource.Key
            select new { form.FormId, form.Version, resource.Content }).AsNoTracking().SingleOrDefaultAsync(ct);
        if (found is null) return null;
        var reading = FormReader.Read(Encoding.UTF8.GetString(found.Content));
        return reading.Form is { } read
            ? new BoundForm(read, found.Version, found.Content)
            : throw new InvalidOperationException(
                $"Expected form '{found.FormId}' to be readable, as deployment checked: {reading.Problems[0].Message}");
    }

    /// <summary>Process variables the task sees, by name: conditions of a form may look at them.</summary>
    public async Task<Dictionary<string, FeelValue>> VisibleAsync(Scope scope, long taskKey, CancellationToken ct)
    {
        var all = SearchQuery.All with { Page = new PageRequest(Limit: PageRequest.LimitMax) };
        var found = await queries.SearchUserTaskVariablesAsync(scope, taskKey, all, ct);
        return (found?.Items ?? []).ToDictionary(
            row => row.Name, row => FeelJson.Read(row.Value), StringComparer.Ordinal);
    }

    // A task outside of cases may have been begun in the browser; without a form there is nothing to begin.
    async Task<CommitExtras?> WithoutDraftAsync(UserTaskRow? task, CancellationToken ct)
    {
        if (task is not { FormKey: not null }) return null;
        await using var reader = databases.Create();
        if (!await reader.Drafts.AnyAsync(row => row.TaskKey == task.Key, ct)) return null;
        return new CommitExtras
        {
            HostRows = async (commit, token) =>
            {
                await using var db = databases.On(commit.Connection, commit.Transaction);
                await db.Drafts.Where(row => row.TaskKey == task.Key).ExecuteDeleteAsync(token);
                return null;
            },
        };
    }

    /// <summary>Fields that must name a colleague of a role and do not: the case would go on with nobody.</summary>
    async Task<ImmutableArray<FieldProblem>> UnknownStaffAsync(
        ImmutableArray<FormComponent> components, string document, CancellationToken ct)
    {
        var problems = ImmutableArray.CreateBuilder<FieldProblem>();
        await using var db = databases.Create();
        foreach (var (path, field, name) in StaffIn(components, (FeelContext)FeelJson.Read(document), ""))
        {
            var any = field.StaffRole == FormComponent.AnyStaff;
            var roles = Colleagues.RolesIn(field.StaffRole!);
            var holds = await (
                from account in db.Users
                join held in db.UserRoles on account.Id equals held.UserId
                join role in db.Roles on held.RoleId equals role.Id
                where account.UserName == name && !account.Disabled
                    && (any ? role.Name != Roles.Admin : roles.Contains(role.Name))
                select account.Id).AnyAsync(ct);
            if (holds) continue;
            var who = any ? "" : $" z rolą: {RoleNames.Of(roles)}";
            problems.Add(new FieldProblem(
                path, FieldProblemCode.NotAnOption,
                $"Nie ma czynnego konta „{name}”{who}. Wybierz osobę z listy pracowników.",
                $"There is no enabled account '{name}' with the role {field.StaffRole}."));
        }
        return problems.ToImmutable();
    }

    /// <summary>Fields that name a colleague and have a value, also those in groups and in rows of lists.</summary>
    static IEnumerable<(string Path, FormComponent Field, string Name)> StaffIn(
        ImmutableArray<FormComponent> components, FeelContext answer, string prefix)
    {
        foreach (var field in components)
        {
            if (field.Type == FormComponentType.Group)
            {
                foreach (var found in StaffIn(field.Components, answer, prefix)) yield return found;
            }
            if (field.Path.Length != 1 || !answer.TryGet(field.Path[0], out var value)) continue;
            if (value is FeelList rows)
            {
                for (var row = 0; row < rows.Count; row++)
                {
                    if (rows[row] is not FeelContext one) continue;
                    var at = string.Create(
                        CultureInfo.InvariantCulture, $"{prefix}{field.Path[0]}[{row}].");
                    foreach (var found in StaffIn(field.Components, one, at)) yield return found;
                }
            }
            else if (field.StaffRole is not null && value is FeelString { Value: var name })
            {
                yield return (prefix + field.Path[0], field, name);
            }
        }
    }

    static readonly FieldProblem NoAssistant = new(
        "assistant", FieldProblemCode.Required, "Wskaż asystenta, który przejmie sprawę.",
        "Name the assistant who takes the case over.");

    /// <summary>Whose place the answer takes, if any; false when it takes one but names nobody.</summary>
    bool TakesPlaceOf(FlowNode node, string document, DateTimeOffset now, out string? assistant)
    {
        assistant = null;
        if (node.Property(AssistantPlaces.TakesPlaceProperty) is not ['=', .. var condition]) return true;
        var answer = (FeelContext)FeelJson.Read(document);
        var takes = FeelExpression.Parse(condition).Expression!
            .Evaluate(FeelScope.Of(answer), new FeelEnvironment(now, settings.Zone)).Value.IsTrue;
        if (!takes) return true;
        assistant = answer.TryGet("assistant", out var name) && name is FeelString text ? text.Value : null;
        return assistant is not null;
    }

    async Task<EngineAnswer.Rejected?> AddRowsAsync(
        HostCommit commit, UserTaskRow task, BoundForm form, string content, string? assistant, CancellationToken ct)
    {
        var before = commit.Step?.Before
            ?? throw new InvalidOperationException("Expected the step of a running instance.");
        if (CaseNoOf(before) is not { } caseNo)
        {
            return new EngineAnswer.Rejected(
                EngineRejection.InvalidState,
                "Ta procedura nie zna znaku sprawy, więc dokumentu nie można zapisać. Zgłoś to informatykowi.");
        }
        if (assistant is not null && await places.TakeAsync(commit, caseNo, assistant, ct) is { } full) return full;
        await using var db = databases.On(commit.Connection, commit.Transaction);
        await EnsureCaseAsync(db, caseNo, before, commit, ct);
        var entry = new CaseFile.Entry(form.Form, form.Version, content, task.Key, task.ElementId);
        if (await file.AddAsync(db, caseNo, entry, commit.Scope.User, commit.At, ct) is null) return Erased;
        await db.Drafts.Where(row => row.TaskKey == task.Key).ExecuteDeleteAsync(ct);
        return null;
    }

    public static readonly EngineAnswer.Rejected Erased = new(
        EngineRejection.InvalidState, "Treść tej sprawy została usunięta. Nie można do niej nic dopisać.");

    /// <summary>
    /// A case known only by its number, e.g. one begun on paper, gets its row with its first document.
    /// </summary>
    static async Task EnsureCaseAsync(
        ProductDb db, string caseNo, ProcessInstance instance, HostCommit commit, CancellationToken ct)
    {
        var known = await db.Cases.AnyAsync(
            row => row.TenantId == WorkflowDb.DefaultTenant && row.CaseNo == caseNo, ct);
        if (known) return;
        db.Cases.Add(new CaseRow
        {
            TenantId = WorkflowDb.DefaultTenant,
            CaseNo = caseNo,
            ProcessId = instance.ProcessId,
            RootInstanceKey = instance.RootInstanceKey,
            OpenedAt = commit.At,
            OpenedBy = commit.Scope.User,
            OpenedWith = commit.Step!.Envelope.Id,
            Status = CaseStatus.Open,
        });
        await db.SaveChangesAsync(ct);
    }

    static string? CaseNoOf(ProcessInstance instance)
    {
        var value = instance.Root?.Variables.FirstOrDefault(variable => variable.Name == CaseOpening.CaseNo)?.Value;
        return value is ['"', ..] ? JsonSerializer.Deserialize<string>(value) : null;
    }

    static ImmutableArray<VariableValue> Plain(JsonElement answer) =>
        [.. answer.EnumerateObject().Select(field => new VariableValue(field.Name, CanonicalJson.Of(field.Value)))];

    static CompletionAnswer Answer(EngineAnswer answer) => answer switch
    {
        EngineAnswer.Accepted accepted => new CompletionAnswer.Completed(accepted),
        EngineAnswer.Rejected rejected => new CompletionAnswer.Rejected(rejected),
        _ => throw new InvalidOperationException($"Expected accepted or rejected, found {answer.GetType().Name}."),
    };
}
