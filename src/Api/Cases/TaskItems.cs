using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Api.Access;
using Api.Startup;
using Api.Storage;
using Microsoft.EntityFrameworkCore;
using Workflows.Engine.Calendar;
using Workflows.Engine.Execution;
using Workflows.Runtime;
using Workflows.Runtime.Storage;
using Scope = Workflows.Runtime.Scope;

namespace Api.Cases;

/// <summary>The term of a task and how it was found.</summary>
/// <param name="Kind">STAT, COURT, CUST or HOUSE.</param>
/// <param name="Explanation">Polish, names the rule and the days that were skipped.</param>
public sealed record DeadlineView(
    DateOnly DueOn, string? Kind, string? Basis, string Explanation, DateOnly? From, int? Amount, string? Unit,
    ImmutableArray<SkippedDay> Skipped);

public sealed record SkippedDay(DateOnly Date, string Why);

/// <summary>A task as lists show it.</summary>
/// <param name="TaskKey">A string of digits.</param>
/// <param name="CaseLabel">What colleagues call the case; null outside of cases and before the first name.</param>
/// <param name="State"><c>new</c>, <c>started</c> (somebody has typed something) or <c>done</c>.</param>
/// <param name="OnBehalfOf">The absent person in whose place the caller sees it.</param>
/// <param name="DueDate">Last moment of the term, UTC; null without one.</param>
/// <param name="TermKind">STAT, COURT, CUST or HOUSE, also of a term counted in hours; null without a term.</param>
public sealed record TaskItem(
    string TaskKey, string ElementId, string Name, string ProcessId, string ProcessName, string? CaseNo,
    string? CaseLabel, bool Restricted, string State, Person? StartedBy, DateTimeOffset? StartedAt, Person? Assignee,
    Person? OnBehalfOf, ImmutableArray<string> CandidateGroups, DateTimeOffset CreatedAt, DateTimeOffset? DueDate,
    DeadlineView? Deadline, string? TermKind, int Priority, DateTimeOffset? CompletedAt);

/// <summary>Adds to rows of the engine what only the product knows: names, cases, what was begun.</summary>
public sealed class TaskItems(
    ProductDbFactory databases, CaseFile file, People people, DefinitionCatalog catalog, WorkflowsOptions options)
{
    /// <param name="onBehalfOf">User name of the absent person the caller sees these tasks for.</param>
    public async Task<ImmutableArray<TaskItem>> OfAsync(
        IReadOnlyCollection<InboxTask> tasks, string? onBehalfOf, CancellationToken ct)
    {
        await using var db = databases.Create();
        var keys = tasks.Select(task => task.Task.Key).ToArray();
        var drafts = await db.Drafts.AsNoTracking().Where(row => keys.Contains(row.TaskKey))
            .ToDictionaryAsync(row => row.TaskKey, row => (row.StartedBy, row.StartedAt), ct);
        var caseNos = tasks.Select(CaseNoOf).OfType<string>().Distinct(StringComparer.Ordinal).ToArray();
        var labels = await file.LabelsAsync(db, caseNos, ct);
        var restricted = await db.Cases.AsNoTracking()
            .Where(row => row.TenantId == WorkflowDb.DefaultTenant && row.Restricted && caseNos.Contains(row.CaseNo))
            .Select(row => row.CaseNo).ToHashSetAsync(StringComparer.Ordinal, ct);
        var names = await people.OfAsync(
            [.. tasks.Select(task => task.Task.Assignee), .. drafts.Values.Select(draft => draft.StartedBy),
                onBehalfOf],
            ct);
        var kinds = new Dictionary<long, string?>(tasks.Count);
        foreach (var item in tasks) kinds[item.Task.Key] = await TermKindAsync(catalog, item.Task, ct);
        return [.. tasks.Select(
            item => Of(item, drafts, labels, restricted, names, onBehalfOf) with { TermKind = kinds[item.Task.Key] })];
    }

    static TaskItem Of(
        InboxTask item, Dictionary<long, (string StartedBy, DateTimeOffset StartedAt)> drafts,
        Dictionary<string, string> labels, HashSet<string> restricted, People.Names names, string? onBehalfOf)
    {
        var task = item.Task;
        var caseNo = CaseNoOf(item);
        var open = task.State == Status.Created;
        (string StartedBy, DateTimeOffset StartedAt)? begun =
            open && drafts.TryGetValue(task.Key, out var draft) ? draft : null;
        return new TaskItem(
            Digits(task.Key), task.ElementId, task.Name ?? task.ElementId, task.ProcessId,
            item.ProcessName ?? task.ProcessId, caseNo, caseNo is null ? null : labels.GetValueOrDefault(caseNo),
            caseNo is not null && restricted.Contains(caseNo), open ? begun is null ? "new" : "started" : "done",
            names[begun?.StartedBy], begun?.StartedAt, names[task.Assignee], names[onBehalfOf],
            List(task.CandidateGroups), task.CreatedAt, task.DueDate,
            DeadlineOf(task), TermKind: null, task.Priority, open ? null : task.EndedAt);
    }

    /// <summary>True when an open task without an assignee is offered to this person.</summary>
    public static bool IsOffered(UserTaskRow task, string user, ImmutableArray<string> groups) =>
        task.Assignee is null && Offers(task, user, groups);

    /// <summary>Is meant for this person, whoever has it now.</summary>
    public static bool Offers(UserTaskRow task, string user, IReadOnlyCollection<string> groups) =>
        List(task.CandidateUsers).Contains(user) || List(task.CandidateGroups).Any(groups.Contains);

    /// <summary>The absent person through whom the task is the caller's; null where it is her own.</summary>
    public static string? OnBehalfOf(UserTaskRow task, Scope scope) =>
        task.Assignee == scope.User || IsOffered(task, scope.User, scope.Groups)
            ? null
            : scope.ActsFor.FirstOrDefault(
                absent => task.Assignee == absent.User || IsOffered(task, absent.User, absent.Groups))?.User;

    /// <summary>May work on it now: hers, in somebody's place, or offered.</summary>
    public static bool MayWorkOn(UserTaskRow task, Scope scope) => task.State == Status.Created
        && (scope.EngineAll || task.Assignee == scope.User || IsOffered(task, scope.User, scope.Groups)
            || OnBehalfOf(task, scope) is not null);

    public bool MayAssign(Scope scope) =>
        scope.EngineAll || scope.Groups.Any(options.AssigningRoles.Contains);

    public static string? CaseNoOf(InboxTask task) => task.CaseTag?[CaseView.TagPrefix.Length..];

    public static DeadlineView? DeadlineOf(UserTaskRow task)
    {
        if (task.Deadline is not { } json) return null;
        var term = JsonSerializer.Deserialize(json, EngineJson.Default.TaskDeadline)!;
        return new DeadlineView(
            term.DueOn, term.Kind, term.Basis, term.Explanation, term.From, term.Amount,
            term.Unit is { } unit ? JsonNamingPolicy.CamelCase.ConvertName(unit.ToString()) : null,
            [.. (term.Skipped ?? []).Select(skipped => new SkippedDay(skipped.Day, skipped.Reason))]);
    }

    /// <summary>
    /// Who set the term: as counted with it, otherwise as the step of the procedure says (a term of hours).
    /// </summary>
    public static async Task<string?> TermKindAsync(
        DefinitionCatalog catalog, UserTaskRow task, CancellationToken ct) =>
        task.DueDate is null
            ? null
            : DeadlineOf(task)?.Kind
                ?? (await catalog.FindAsync(task.ProcessDefinitionKey, ct))?.Definition.Nodes
                    .GetValueOrDefault(task.ElementId)?.Property("deadline.kind");

    public static ImmutableArray<string> List(string json) => JsonSerializer.Deserialize<ImmutableArray<string>>(json);

    /// <summary>Its page in the application, relative to where that is served.</summary>
    public static string AddressOf(long taskKey) => $"zadania/{Digits(taskKey)}";

    public static string Digits(long key) => key.ToString(CultureInfo.InvariantCulture);
}

/// <summary>Moments as people of the centre read them.</summary>
public sealed class LocalMoments(Settings settings)
{
    public DateOnly DayOf(DateTimeOffset at) => LocalTime.DayOf(at, settings.Zone);

    public DateTimeOffset StartOf(DateOnly day) =>
        LocalTime.ToInstant(day.ToDateTime(TimeOnly.MinValue), settings.Zone);

    /// <summary>"22.11.2026 o 10:42".</summary>
    public string Text(DateTimeOffset at) => TimeZoneInfo.ConvertTime(at, settings.Zone)
        .ToString("dd.MM.yyyy 'o' HH:mm", CultureInfo.InvariantCulture);
}
