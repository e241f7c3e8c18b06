using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Api.Access;
using Api.Startup;
using Api.Storage;
using Microsoft.EntityFrameworkCore;
using Workflows.Engine.Calendar;
using Workflows.Engine.Execution;
using Workflows.Engine.Model;
using Workflows.Runtime;
using Workflows.Runtime.Storage;
using Scope = Workflows.Runtime.Scope;

namespace Api.Cases;

/// <param name="State"><c>done</c>, <c>now</c>, <c>next</c> or <c>stopped</c>.</param>
/// <param name="InstanceKey">Digits; null for a stage that has not begun.</param>
public sealed record Stage(
    string ProcessId, string Name, string? InstanceKey, string? DefinitionKey, string State, DateTimeOffset? StartedAt,
    DateTimeOffset? EndedAt);

/// <param name="TaskKey">Digits, only when the reader may open the task.</param>
/// <param name="Who">Name of the person who has it, or the roles it waits for.</param>
public sealed record NowTask(
    string? TaskKey, string Name, string Who, DateTimeOffset? DueDate, DeadlineView? Deadline, string? TermKind);

/// <summary>A deadline of the case and what became of it.</summary>
/// <param name="Kind">STAT, COURT, CUST, HOUSE or null.</param>
/// <param name="Result"><c>kept</c>, <c>missed</c>, <c>running</c> or <c>overdue</c>.</param>
/// <param name="DaysLate">Calendar days after the last day; 0 when kept.</param>
public sealed record Term(
    string Name, string? Kind, string? Basis, DateOnly DueOn, DateOnly? DoneOn, Person? DoneBy, string Result,
    int DaysLate, string Explanation);

/// <param name="Relation">Code: <c>assistant</c> or <c>socialWorker</c>.</param>
public sealed record TeamMember(Person Person, string Relation, DateTimeOffset? Since);

/// <summary>
/// All that belongs to one file number, read once for one answer: its procedures, their tasks, and the people's names.
/// </summary>
/// <param name="Instances">The procedures of the case the reader may see, the oldest first.</param>
public sealed record CaseContents(
    CaseRow Row, CaseRelation Relation, ImmutableArray<ProcessInstanceView> Instances,
    ImmutableArray<UserTaskRow> Tasks, DateTimeOffset Now)
{
    public IEnumerable<UserTaskRow> Open => Tasks.Where(task => task.State == Status.Created);

    /// <summary>
    /// Whoever only has a task in the case sees the papers of the procedures she sees, not the whole file.
    /// </summary>
    /// <param name="taskKey">The task in which the paper was made; null for none.</param>
    public bool Shows(long? taskKey) =>
        Relation != CaseRelation.Task || (taskKey is { } key && Tasks.Any(task => task.Key == key));
}

/// <summary>Reads a case for its page; every answer begins with what the reader is to the case.</summary>
public sealed class CaseReading(
    CaseAccess access, Queries queries, DefinitionCatalog catalog, WorkflowEngine engine, ProductDbFactory databases,
    People accounts, Settings settings)
{
    static readonly string[] StaffVariables = ["assistant", "socialWorker"];

    /// <summary>The case, or null: for this reader there is none.</summary>
    public async Task<CaseContents?> FindAsync(Scope scope, string caseNo, CancellationToken ct)
    {
        if (await access.RelationAsync(scope, caseNo, ct) is not { } relation) return null;
        if (await RowAsync(caseNo, ct) is not { } row) return null;
        var instances = await queries.InstancesOfTagAsync(scope, CaseView.TagPrefix + caseNo, ct);
        var tasks = await queries.TasksOfInstancesAsync(scope, [.. instances.Select(one => one.Key)], ct);
        return new CaseContents(row, relation, instances, tasks, await engine.Clock.NowAsync(ct));
    }

    public async Task<CaseRow?> RowAsync(string caseNo, CancellationToken ct)
    {
        await using var db = databases.Create();
        return await db.Cases.AsNoTracking()
            .SingleOrDefaultAsync(row => row.TenantId == WorkflowDb.DefaultTenant && row.CaseNo == caseNo, ct);
    }

    /// <summary>Names of the accounts, the disabled ones too: history keeps them.</summary>
    public Task<People.Names> PeopleAsync(IEnumerable<string?> userNames, CancellationToken ct) =>
        accounts.OfAsync(userNames, ct);

    // ---- stages ---------------------------------------------------------------------------------------------------

    /// <summary>What the case went through, is in, and has before it on the way of its root procedure.</summary>
    public async Task<ImmutableArray<Stage>> StagesAsync(CaseContents contents, CancellationToken ct)
    {
        var stages = contents.Instances.Select(one => new Stage(
            one.ProcessId, one.ProcessName ?? one.ProcessId, TaskItems.Digits(one.Key),
            TaskItems.Digits(one.ProcessDefinitionKey),
            one switch
            {
                { State: Status.Active, HasIncident: true } => "stopped",
                { State: Status.Active } => "now",
                _ => "done",
            },
            one.StartedAt, one.EndedAt)).ToImmutableArray();
        var root = contents.Instances.FirstOrDefault(one => one.Key == contents.Row.RootInstanceKey);
        if (root is not { State: Status.Active }
            || await catalog.FindAsync(root.ProcessDefinitionKey, ct) is not { } release) return stages;
        var begun = stages.Select(stage => stage.ProcessId).ToHashSet(StringComparer.Ordinal);
        foreach (var call in CallsInOrder(release.Definition))
        {
            if (!call.ProcessId.IsConstant || !begun.Add(call.ProcessId.Text)) continue;
            var called = release.CalledProcesses.TryGetValue(call.ProcessId.Text, out var key)
                ? await catalog.FindAsync(key, ct)
                : null;
            stages = stages.Add(new Stage(
                call.ProcessId.Text, called?.Definition.Name ?? call.Name ?? call.Id, InstanceKey: null,
                called is null ? null : TaskItems.Digits(called.Key), "next", StartedAt: null, EndedAt: null));
        }
        return stages;
    }

    /// <summary>Call activities as one comes to them from the start, the nearest first.</summary>
    static List<CallActivity> CallsInOrder(ProcessDefinition definition)
    {
        var starts = definition.Scopes[definition.Id].StartEvents;
        var waiting = new Queue<FlowNode>(starts);
        var seen = starts.Select(node => node.Id).ToHashSet(StringComparer.Ordinal);
        var calls = new List<CallActivity>();
        while (waiting.TryDequeue(out var node))
        {
            if (node is CallActivity call) calls.Add(call);
            var boundary = node is Activity activity ? activity.BoundaryEvents : [];
            foreach (var next in node.Outgoing.Select(flow => definition.Node(flow.TargetId)).Concat(boundary))
            {
                if (seen.Add(next.Id)) waiting.Enqueue(next);
            }
        }
        return calls;
    }

    // ---- terms ----------------------------------------------------------------------------------------------------

    /// <summary>The term of a task; null when it has none or was withdrawn.</summary>
    public async Task<Term?> TermAsync(UserTaskRow task, DateTimeOffset now, People.Names people, CancellationToken ct)
    {
        if (task.DueDate is not { } due || task.State == Status.Canceled) return null;
        var deadline = TaskItems.DeadlineOf(task);
        var node = (await catalog.FindAsync(task.ProcessDefinitionKey, ct))?.Definition.Nodes
            .GetValueOrDefault(task.ElementId);
        var dueOn = deadline?.DueOn ?? LocalTime.DayOf(due, settings.Zone);
        var doneAt = task.State == Status.Completed ? task.EndedAt : null;
        var late = (doneAt ?? now) > due;
        var days = late ? LocalTime.DayOf(doneAt ?? now, settings.Zone).DayNumber - dueOn.DayNumber : 0;
        return new Term(
            task.Name ?? task.ElementId, deadline?.Kind ?? node?.Property("deadline.kind"),
            deadline?.Basis ?? node?.Property("deadline.basis"), dueOn,
            doneAt is { } done ? LocalTime.DayOf(done, settings.Zone) : null, people.Find(task.CompletedBy),
            (doneAt, late) switch
            {
                (null, false) => "running",
                (null, true) => "overdue",
                (_, false) => "kept",
                _ => "missed",
            },
            days, deadline?.Explanation ?? "");
    }

    // ---- people ---------------------------------------------------------------------------------------------------

    /// <summary>Who works with the family, as the newest procedure of the case that knows it says.</summary>
    public async Task<ImmutableArray<TeamMember>> TeamAsync(
        Scope scope, CaseContents contents, CancellationToken ct)
    {
        var keys = contents.Instances.Select(one => one.Key).ToHashSet();
        var staff = await StaffAsync(scope, keys, ct);
        var people = await PeopleAsync(staff.Select(one => one.UserName), ct);
        await using var db = databases.Create();
        var caseNo = contents.Row.CaseNo;
        var places = await db.AssistantPlaces.AsNoTracking()
            .Where(row => row.TenantId == WorkflowDb.DefaultTenant && row.CaseNo == caseNo)
            .ToDictionaryAsync(row => row.UserName, row => row.Since, StringComparer.Ordinal, ct);
        return
        [
            .. from relation in StaffVariables
               let name = Named(staff, relation, keys)
               where name is not null
               select new TeamMember(
                   people.Find(name)!, relation,
                   relation == "assistant" && places.TryGetValue(name, out var since) ? since : null),
        ];
    }

    /// <param name="Relation"><c>assistant</c> or <c>socialWorker</c>.</param>
    public sealed record NamedStaff(long InstanceKey, string Relation, string UserName);

    /// <summary>Whom the procedures name as the worker of the family, the newest procedure last.</summary>
    public async Task<ImmutableArray<NamedStaff>> StaffAsync(
        Scope scope, IReadOnlyCollection<long> instanceKeys, CancellationToken ct)
    {
        var variables = await queries.VariablesOfScopesAsync(scope, instanceKeys, StaffVariables, ct);
        return [.. variables.Where(variable => variable.Value is ['"', not '"', ..]).OrderBy(row => row.ScopeKey)
            .Select(variable => new NamedStaff(
                variable.ProcessInstanceKey, variable.Name, JsonSerializer.Deserialize<string>(variable.Value)!))];
    }

    public static string? Named(ImmutableArray<NamedStaff> staff, string relation, IReadOnlySet<long> instances) =>
        staff.LastOrDefault(one => one.Relation == relation && instances.Contains(one.InstanceKey))?.UserName;

    public DateOnly DayOf(DateTimeOffset moment) => LocalTime.DayOf(moment, settings.Zone);

    /// <summary>Whom an open task waits for.</summary>
    public static string WhoHas(UserTaskRow task, People.Names people) => task.Assignee is { } assignee
        ? people.NameOf(assignee)
        : RoleNames.AnyOf(TaskItems.List(task.CandidateGroups));
}
