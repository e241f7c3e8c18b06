using System.Collections.Immutable;
using System.Globalization;
using Api.Access;
using Api.UseCases;
using MediatR;
using Microsoft.EntityFrameworkCore;
using Workflows.Engine.Execution;
using Workflows.Engine.Model;
using Workflows.Runtime;
using Workflows.Runtime.Storage;
using Scope = Workflows.Runtime.Scope;

namespace Api.Procedures;

/// <summary>
/// What would become of the running cases of one version in another one; nothing is changed. An administrator sees file
/// numbers, steps and dates, no content.
/// </summary>
/// <param name="Mapping">Element id to element id where the suggestion is not meant; null for the suggestion.</param>
[Policy(CaseAccess.Head, PolicyAttribute.Administration)]
public sealed record PreviewMigration(
    Scope Scope, string ProcessId, int? From, int? To, IReadOnlyDictionary<string, string>? Mapping)
    : IUseCase<PreviewMigration.Answer>, IChecked
{
    const int CasesMax = 1_000;

    /// <param name="Target">Null: it has no place.</param>
    public sealed record Place(string ElementId, string Name, string? Target);

    /// <param name="DueDate">As it is frozen with the task.</param>
    /// <param name="Kind">STAT, COURT, CUST or HOUSE; null without a rule.</param>
    public sealed record Term(string ElementId, string Name, DateTimeOffset? DueDate, string? Kind);

    public sealed record Blocker(string ElementId, string Message);

    public sealed record Item(
        string? CaseNo, string InstanceKey, IReadOnlyList<Place> Places, IReadOnlyList<Term> Terms,
        IReadOnlyList<Blocker> Blockers);

    /// <param name="Missing">Elements of the older version without a place in the newer one.</param>
    public sealed record Answer(
        IReadOnlyDictionary<string, string> Mapping, IReadOnlyList<Place> Missing, IReadOnlyList<Item> Items,
        int Ready, int Blocked);

    public IEnumerable<(string Field, string Message)> Problems()
    {
        if (From is null) yield return ("from", "Podaj wersję, na której są sprawy.");
        if (To is null || To == From) yield return ("to", "Podaj inną wersję, na którą sprawy miałyby przejść.");
    }

    public sealed class Handler(ProcedureBook book, WorkflowEngine engine, Func<WorkflowDb> workflows)
        : IRequestHandler<PreviewMigration, UseCaseResult<Answer>>
    {
        public async Task<UseCaseResult<Answer>> Handle(PreviewMigration request, CancellationToken cancellationToken)
        {
            var ct = cancellationToken;
            var versions = await book.OfAsync(request.ProcessId, ct);
            if (versions.IsEmpty) return Unknown.Of<Answer>(Unknown.Procedure);
            var from = versions.FirstOrDefault(version => version.Number == request.From);
            var to = versions.FirstOrDefault(version => version.Number == request.To);
            if (from is null || to is null) return Unknown.Of<Answer>(Unknown.Version);
            var older = (await engine.Catalog.FindAsync(from.DefinitionKeys[^1], ct))!.Definition;
            var newer = (await engine.Catalog.FindAsync(to.DefinitionKeys[^1], ct))!.Definition;
            var mapping = Migration.Suggest(older, newer);
            foreach (var (id, target) in request.Mapping ?? ImmutableDictionary<string, string>.Empty)
                mapping = mapping.SetItem(id, target);
            var items = await ItemsAsync(from, older, newer, mapping, ct);
            var missing = older.Nodes.Keys.Where(id => !mapping.ContainsKey(id)).Order(StringComparer.Ordinal);
            return new UseCaseResult<Answer>.Done(new Answer(
                mapping, [.. missing.Select(id => PlaceOf(older, id, mapping))], items,
                items.Count(item => item.Blockers.Count == 0), items.Count(item => item.Blockers.Count > 0)));
        }

        async Task<List<Item>> ItemsAsync(
            ProcedureVersion from, ProcessDefinition older, ProcessDefinition newer,
            ImmutableSortedDictionary<string, string> mapping, CancellationToken ct)
        {
            var keys = from.DefinitionKeys.ToArray();
            await using var db = workflows();
            var documents = await db.ProcessInstances.AsNoTracking()
                .Where(row => row.State == Status.Active && keys.Contains(row.ProcessDefinitionKey))
                .OrderBy(row => row.Key).Take(CasesMax).Select(row => row.StateDocument).ToListAsync(ct);
            return documents.ConvertAll(document =>
            {
                var instance = EngineJson.ReadInstance(document);
                var tag = instance.Tags.FirstOrDefault(
                    one => one.StartsWith(CaseView.TagPrefix, StringComparison.Ordinal));
                return new Item(
                    tag?[CaseView.TagPrefix.Length..], instance.Key.ToString(CultureInfo.InvariantCulture),
                    [.. instance.Elements.Values.Where(element => element.Key != instance.Key)
                        .Select(element => PlaceOf(older, element.ElementId, mapping))],
                    [.. instance.UserTasks.Values.Select(task => new Term(
                        task.ElementId, task.Name ?? task.ElementId, task.DueDate, task.Deadline?.Kind))],
                    [.. Migration.Check(instance, older, newer, mapping)
                        .Select(blocker => new Blocker(blocker.ElementId, blocker.Message))]);
            });
        }

        static Place PlaceOf(
            ProcessDefinition older, string elementId, ImmutableSortedDictionary<string, string> mapping) => new(
            elementId, older.Nodes.GetValueOrDefault(elementId)?.Name ?? elementId,
            mapping.GetValueOrDefault(elementId));
    }
}
