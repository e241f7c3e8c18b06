using System.Collections.Immutable;
using System.Text.RegularExpressions;
using Api.Cases;
using Workflows.Engine.Model;
using Workflows.Runtime;

namespace Api.Procedures;

/// <summary>
/// What a rehearsal says with ids of steps and names of accounts, in the words of the procedures that were played.
/// </summary>
sealed class StepWords(ImmutableDictionary<string, string> names)
{
    /// <param name="files">Everything in force, with the draft.</param>
    public static StepWords Of(IEnumerable<DeploymentFile> files)
    {
        var names = ImmutableDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        foreach (var process in files.Where(file => file.Name.EndsWith(".bpmn", StringComparison.Ordinal))
            .SelectMany(file => BpmnReader.Read(file.Content.Span).Processes))
        {
            names[process.Id] = process.Name ?? process.Id;
            foreach (var node in process.Nodes.Values)
                if (!string.IsNullOrWhiteSpace(node.Name)) names[node.Id] = node.Name;
        }
        return new StepWords(names.ToImmutable());
    }

    /// <summary>The name of a step; its id where it has none.</summary>
    public string NameOf(string id) => names.GetValueOrDefault(id, id);

    public string Of(string id) => $"„{NameOf(id)}”";

    /// <summary>A difference or refusal: quoted ids, lists of ids and accounts become names.</summary>
    public string InWords(string text)
    {
        text = Regex.Replace(text, "'[^']+'", found => Of(found.Value[1..^1]), RegexOptions.NonBacktracking);
        text = Regex.Replace(text, @"\[[^\]]*\]", found => Listed(found.Value[1..^1]), RegexOptions.NonBacktracking);
        return Regex.Replace(
            text, @" jako \w+", found => $", {RehearsalTimeline.WhoIs(found.Value[" jako ".Length..])}",
            RegexOptions.NonBacktracking);
    }

    // What is no id is a sentence already.
    string Listed(string items) => items.Length == 0
        ? "żadne"
        : string.Join(", ", items.Split(", ").Select(
            one => one.Contains(' ', StringComparison.Ordinal) ? one : Of(one)));
}
