using System.Collections.Immutable;
using System.Text.Json;
using Api.Cases;
using Api.Startup;
using Workflows.Statute;

namespace Api.Procedures;

/// <summary>
/// What the product delivers beside the files of a procedure and no office changes: what the law asks
/// (<c>statute.json</c>) and the scenarios (<c>scenarios/*.json</c>). Read once from <c>Workflows__Path</c>.
/// </summary>
public sealed class ProductFolder(Settings settings)
{
    readonly Lazy<Content> content = new(() => Read(settings.WorkflowsPath));

    sealed record Content(
        ImmutableDictionary<string, StatuteBook> Statutes,
        ImmutableDictionary<string, ImmutableArray<Scenario>> Scenarios);

    /// <summary>Null for a procedure the law of this product says nothing about.</summary>
    public StatuteBook? StatuteOf(string processId) => content.Value.Statutes.GetValueOrDefault(processId);

    /// <summary>Scenarios that begin with this procedure.</summary>
    public ImmutableArray<Scenario> ScenariosOf(string processId) =>
        content.Value.Scenarios.GetValueOrDefault(processId, []);

    /// <summary>What a message brings in the first delivered scenario that sends it; empty without one.</summary>
    public IReadOnlyDictionary<string, JsonElement> VariablesOfMessage(string name) =>
        content.Value.Scenarios.Values.SelectMany(scenarios => scenarios).SelectMany(scenario => scenario.Steps)
            .FirstOrDefault(step => step.Message == name && step.Variables.Count > 0)?.Variables ?? [];

    /// <exception cref="SettingException">A delivered file cannot be read; the message names it.</exception>
    static Content Read(string root)
    {
        var statutes = ImmutableDictionary.CreateBuilder<string, StatuteBook>(StringComparer.Ordinal);
        var scenarios = new List<Scenario>();
        foreach (var folder in Directory.Exists(root) ? Directory.GetDirectories(root) : [])
        {
            var statute = Path.Combine(folder, "statute.json");
            if (File.Exists(statute))
            {
                var book = Reading(statute, StatuteBook.Read);
                statutes[book.ProcessId] = book;
            }
            var rehearsed = Path.Combine(folder, "scenarios");
            if (!Directory.Exists(rehearsed)) continue;
            scenarios.AddRange(Directory.GetFiles(rehearsed, "*.json").Order(StringComparer.Ordinal)
                .Select(file => Reading(file, Scenario.Parse)));
        }
        return new Content(statutes.ToImmutable(), scenarios.GroupBy(one => one.Process, StringComparer.Ordinal)
            .ToImmutableDictionary(
                group => group.Key, group => group.ToImmutableArray(), StringComparer.Ordinal));
    }

    static T Reading<T>(string file, Func<string, T> read)
    {
        try
        {
            return read(File.ReadAllText(file));
        }
        catch (Exception wrong) when (wrong is FormatException or JsonException)
        {
            throw new SettingException($"Repair {file}: {wrong.Message}");
        }
    }
}
