using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Serialization;
using Api.Access;
using Api.UseCases;
using MediatR;
using Microsoft.EntityFrameworkCore;
using Workflows.Engine.Execution;
using Workflows.Engine.Model;
using Workflows.Runtime;
using Workflows.Runtime.Storage;
using Workflows.Statute;
using Scope = Workflows.Runtime.Scope;

namespace Api.Procedures;

/// <param name="Target">Null: it has no place.</param>
public sealed record PlannedPlace(string ElementId, string Name, string? Target, string? TargetName);

/// <param name="Name">Of the step, as it stands in the older version.</param>
/// <param name="Kind">STAT, COURT, CUST or HOUSE; null without a rule.</param>
/// <param name="Before">As it is frozen with the task.</param>
/// <param name="After">Null without a term, and where the case cannot go over.</param>
/// <param name="Explanation">How <paramref name="After"/> was found, in Polish.</param>
/// <param name="Held">The new rule gives a later day; the earlier one of the statute or the court stays.</param>
public sealed record PlannedTerm(
    string ElementId, string Name, string? Kind, DateTimeOffset? Before, DateTimeOffset? After, string? Explanation,
    bool Held);

/// <summary>What is planned for one case, and compared again when it is done: no names, no content.</summary>
/// <param name="DefinitionKey">On which it ran when it was planned.</param>
public sealed record CasePlan(
    long DefinitionKey, ImmutableArray<PlannedPlace> Places, ImmutableArray<PlannedTerm> Terms)
{
    public static CasePlan Of(MigrationPlan plan, MigrationPreview preview)
    {
        var held = HeldIn(preview.Step?.History ?? []);
        return new(
            preview.Before.DefinitionKey, [.. PlacesOf(preview.Before).Select(plan.PlaceOf)],
            [.. preview.Before.UserTasks.Values.Select(
                task => TermOf(task, preview.Step?.Instance.UserTasks[task.Key], held.Contains(task.Key)))]);
    }

    /// <summary>
    /// The same version, places and days after: what the head has agreed to is what happens, or nothing does.
    /// </summary>
    public bool IsStill(ProcessInstance before, ProcessInstance after)
    {
        var days = before.UserTasks.Values.Select(
            task => (task.ElementId, task.DueDate, After: after.UserTasks[task.Key].DueDate));
        return before.DefinitionKey == DefinitionKey
            && PlacesOf(before).ToHashSet(StringComparer.Ordinal).SetEquals(Places.Select(place => place.ElementId))
            && days.ToHashSet().SetEquals(Terms.Select(term => (term.ElementId, DueDate: term.Before, term.After)));
    }

    static IEnumerable<string> PlacesOf(ProcessInstance instance) => instance.Elements.Values
        .Where(element => element.Key != instance.Key).OrderBy(element => element.Key)
        .Select(element => element.ElementId).Distinct(StringComparer.Ordinal);

    static HashSet<long> HeldIn(IEnumerable<HistoryEvent> history) =>
        [.. history.OfType<TermHeld>().Select(held => held.Key)];

    static PlannedTerm TermOf(UserTaskInstance task, UserTaskInstance? after, bool held) => new(
        task.ElementId, task.Name ?? task.ElementId, task.Deadline?.Kind ?? after?.Deadline?.Kind, task.DueDate,
        after?.DueDate, (after?.Deadline ?? task.Deadline)?.Explanation, held);
}

/// <summary>Two versions and which step becomes which.</summary>
public sealed record MigrationPlan(
    ProcedureVersion From, ProcedureVersion To, ProcessDefinition Older, ProcessDefinition Newer,
    ImmutableSortedDictionary<string, string> Mapping, TermPolicy Terms)
{
    public const string Keep = "keep";
    public const string Renew = "renew";

    public long TargetKey => To.DefinitionKeys[^1];

    public static TermPolicy PolicyOf(string? terms) => terms == Renew ? TermPolicy.Renew : TermPolicy.Keep;

    public PlannedPlace PlaceOf(string elementId) => new(
        elementId, NameIn(Older, elementId), Mapping.GetValueOrDefault(elementId),
        Mapping.GetValueOrDefault(elementId) is { } target ? NameIn(Newer, target) : null);

    public static string NameIn(ProcessDefinition process, string elementId) =>
        process.Nodes.GetValueOrDefault(elementId)?.Name ?? elementId;
}

/// <summary>Looks at running cases as they would stand in another version; changes nothing.</summary>
public sealed class MigrationPlanning(ProcedureBook book, WorkflowEngine engine, Func<WorkflowDb> workflows)
{
    public const int CasesMax = 1_000;

    public sealed record Blocker(string ElementId, string Message);

    /// <param name="CaseNo">Null for what belongs to no case.</param>
    public sealed record Item(
        string? CaseNo, string InstanceKey, [property: JsonIgnore] CasePlan Plan, ImmutableArray<Blocker> Blockers)
    {
        public ImmutableArray<PlannedPlace> Places => Plan.Places;

        public ImmutableArray<PlannedTerm> Terms => Plan.Terms;
    }

    /// <param name="mapping">Where the suggestion is not meant; an empty target means: no place.</param>
    /// <returns>A plan, or why there is none.</returns>
    public async Task<(MigrationPlan? Plan, string? Unknown)> PlanAsync(
        string processId, int? fromVersion, int? toVersion, IReadOnlyDictionary<string, string>? mapping,
        string? terms, CancellationToken ct)
    {
        var versions = await book.OfAsync(processId, ct);
        if (versions.IsEmpty) return (null, Unknown.Procedure);
        var from = versions.FirstOrDefault(version => version.Number == fromVersion);
        var to = versions.FirstOrDefault(version => version.Number == toVersion);
        if (from is null || to is null) return (null, Unknown.Version);
        var older = (await engine.Catalog.FindAsync(from.DefinitionKeys[^1], ct))!.Definition;
        var newer = (await engine.Catalog.FindAsync(to.DefinitionKeys[^1], ct))!.Definition;
        var meant = Migration.Suggest(older, newer);
        foreach (var (id, target) in mapping ?? ImmutableDictionary<string, string>.Empty)
            meant = string.IsNullOrEmpty(target) ? meant.Remove(id) : meant.SetItem(id, target);
        return (new MigrationPlan(from, to, older, newer, meant, MigrationPlan.PolicyOf(terms)), null);
    }

    /// <param name="only">Instances that are meant; null for all that run on the older version.</param>
    public async Task<List<Item>> ItemsAsync(MigrationPlan plan, IReadOnlyCollection<long>? only, CancellationToken ct)
    {
        var keys = plan.From.DefinitionKeys.ToArray();
        await using var db = workflows();
        var instances = await RunningOn(db, keys)
            .Where(row => only == null || only.Contains(row.Key))
            .OrderBy(row => row.Key).Take(CasesMax).Select(row => row.Key).ToListAsync(ct);
        var items = new List<Item>(instances.Count);
        foreach (var key in instances)
        {
            var preview = await engine.PreviewMigrationAsync(
                key, plan.TargetKey, plan.Mapping, plan.Terms, ct);
            // It has ended, or gone over to another version, meanwhile.
            if (preview is null || !keys.Contains(preview.Before.DefinitionKey)) continue;
            items.Add(new Item(
                CaseView.CaseNoOf(preview.Before.Tags), key.ToString(CultureInfo.InvariantCulture),
                CasePlan.Of(plan, preview), [.. BlockersOf(preview)]));
        }
        return items;
    }

    static IQueryable<ProcessInstanceRow> RunningOn(WorkflowDb db, long[] keys) => db.ProcessInstances.AsNoTracking()
        .Where(row => row.State == Status.Active && keys.Contains(row.ProcessDefinitionKey));

    /// <summary>How many run on the older version and are too many to be looked at in one plan.</summary>
    public async Task<int> BeyondAsync(MigrationPlan plan, CancellationToken ct)
    {
        await using var db = workflows();
        return Math.Max(await RunningOn(db, [.. plan.From.DefinitionKeys]).CountAsync(ct) - CasesMax, 0);
    }

    static IEnumerable<Blocker> BlockersOf(MigrationPreview preview)
    {
        if (preview.Step is null && preview.Blockers.IsEmpty)
        {
            yield return new Blocker(
                "", "W nowej wersji nie da się obliczyć kroku albo terminu tej sprawy. Popraw wyrażenie w " +
                $"procedurze: {ProblemTexts.OfRun(preview.Problem!)}");
        }
        foreach (var blocker in preview.Blockers) yield return new Blocker(blocker.ElementId, blocker.Message);
    }
}

/// <summary>
/// What would become of the running cases of one version in another one; nothing is changed. An administrator sees file
/// numbers, steps and dates, no content.
/// </summary>
/// <param name="Mapping">Element id to element id where the suggestion is not meant; an empty target means no place.
/// Null for the suggestion.</param>
/// <param name="Terms"><c>keep</c> (also without one) or <c>renew</c>.</param>
[Policy(CaseAccess.Head, PolicyAttribute.Administration)]
public sealed record PreviewMigration(
    Scope Scope, string ProcessId, int? From, int? To, IReadOnlyDictionary<string, string>? Mapping, string? Terms)
    : IUseCase<PreviewMigration.Answer>, IChecked
{
    public sealed record Choice(string ElementId, string Name);

    /// <summary>A step in which cases stand.</summary>
    /// <param name="Cases">How many.</param>
    /// <param name="Choices">Steps of the newer version of the same kind.</param>
    public sealed record Step(
        string ElementId, string Name, string? Target, int Cases, IReadOnlyList<Choice> Choices);

    /// <param name="Missing">Elements of the older version without a place in the newer one.</param>
    /// <param name="Beyond">Running instances that are too many for one plan and not among the items.</param>
    public sealed record Answer(
        IReadOnlyDictionary<string, string> Mapping, IReadOnlyList<PlannedPlace> Missing, IReadOnlyList<Step> Steps,
        IReadOnlyList<MigrationPlanning.Item> Items, int Ready, int Blocked, int Beyond);

    public IEnumerable<(string Field, string Message)> Problems() => MigrationWords.Problems(From, To, Terms);

    public sealed class Handler(MigrationPlanning planning) : IRequestHandler<PreviewMigration, UseCaseResult<Answer>>
    {
        public async Task<UseCaseResult<Answer>> Handle(PreviewMigration request, CancellationToken cancellationToken)
        {
            var ct = cancellationToken;
            var (plan, unknown) = await planning.PlanAsync(
                request.ProcessId, request.From, request.To, request.Mapping, request.Terms, ct);
            if (plan is null) return Unknown.Of<Answer>(unknown!);
            var items = await planning.ItemsAsync(plan, only: null, ct);
            var missing = plan.Older.Nodes.Keys.Where(id => !plan.Mapping.ContainsKey(id))
                .Order(StringComparer.Ordinal);
            return new UseCaseResult<Answer>.Done(new Answer(
                plan.Mapping, [.. missing.Select(plan.PlaceOf)], [.. StepsOf(plan, items)], items,
                items.Count(item => item.Blockers.IsEmpty), items.Count(item => !item.Blockers.IsEmpty),
                await planning.BeyondAsync(plan, ct)));
        }

        static IEnumerable<Step> StepsOf(MigrationPlan plan, List<MigrationPlanning.Item> items) =>
            items.SelectMany(item => item.Places).GroupBy(place => place.ElementId, StringComparer.Ordinal)
                .Select(group => new Step(
                    group.Key, group.First().Name, group.First().Target, group.Count(),
                    [.. plan.Newer.Nodes.Values
                        .Where(node => node.ElementType == plan.Older.Nodes[group.Key].ElementType)
                        .Select(node => new Choice(node.Id, node.Name ?? node.Id))
                        .OrderBy(choice => choice.Name, StringComparer.Create(
                            CultureInfo.GetCultureInfo("pl-PL"), CompareOptions.None))]))
                .OrderBy(step => step.Name, StringComparer.Ordinal);
    }
}
