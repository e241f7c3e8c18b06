using System.Collections.Immutable;
using System.Security.Cryptography;
using Workflows.Engine.Model;

namespace Workflows.Engine.Execution;

/// <summary>Why an instance cannot go over to another version.</summary>
/// <param name="ElementId">Where it stands, in the version it comes from.</param>
/// <param name="Message">Polish: what is missing and what to do.</param>
public sealed record MigrationBlocker(string ElementId, BlockerReason Reason, string Message);

public enum BlockerReason
{
    NoPlace,
    AnotherKind,
    AnotherScope,

    /// <summary>A token waits at a joining gateway whose flow the other version does not have.</summary>
    WaitsToJoin,
}

/// <summary>
/// What a running instance needs in another version of its process: a place for everything that is active. Pure; the
/// step itself is <c>Run.Migration.cs</c>.
/// </summary>
public static class Migration
{
    /// <summary>
    /// A place for each element of <paramref name="from"/>: the same id and kind, else the only new one of the same
    /// kind and name. What has no place is absent.
    /// </summary>
    public static ImmutableSortedDictionary<string, string> Suggest(ProcessDefinition from, ProcessDefinition to)
    {
        var mapping = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        foreach (var node in from.Nodes.Values)
        {
            if (to.Nodes.TryGetValue(node.Id, out var same) && IsSameKind(node, same))
            {
                mapping[node.Id] = node.Id;
                continue;
            }
            var named = to.Nodes.Values.Where(other => node.Name is { Length: > 0 } && other.Name == node.Name
                && IsSameKind(node, other) && !from.Nodes.ContainsKey(other.Id)).ToList();
            if (named is [var only]) mapping[node.Id] = only.Id;
        }
        return mapping.ToImmutable();
    }

    /// <summary>Everything that keeps this instance where it is; empty when it can go over.</summary>
    /// <param name="mapping">Element id to element id.</param>
    public static ImmutableArray<MigrationBlocker> Check(
        ProcessInstance instance, ProcessDefinition from, ProcessDefinition to,
        IReadOnlyDictionary<string, string> mapping)
    {
        var blockers = ImmutableArray.CreateBuilder<MigrationBlocker>();
        foreach (var element in instance.Elements.Values.Where(element => element.Key != instance.Key))
        {
            if (Refusal(from.Nodes[element.ElementId]) is { } refusal)
                blockers.Add(refusal);
        }
        foreach (var token in instance.Tokens)
        {
            if (mapping.GetValueOrDefault(token.GatewayId) is { } gateway
                && to.Flows.GetValueOrDefault(token.FlowId)?.TargetId == gateway) continue;
            blockers.Add(new(token.GatewayId, BlockerReason.WaitsToJoin,
                $"Jedna z dróg czeka już przy „{NameOf(from, token.GatewayId)}”, a w nowej wersji nie ma tej drogi. " +
                "Poczekaj, aż sprawa minie to miejsce."));
        }
        return blockers.ToImmutable();

        MigrationBlocker? Refusal(FlowNode node)
        {
            var name = NameOf(from, node.Id);
            if (!mapping.TryGetValue(node.Id, out var id) || !to.Nodes.TryGetValue(id, out var target))
                return new(node.Id, BlockerReason.NoPlace,
                    $"Krok „{name}” nie ma odpowiednika w nowej wersji. Wskaż go albo poczekaj, aż sprawa minie " +
                    "ten krok.");
            if (!IsSameKind(node, target))
                return new(node.Id, BlockerReason.AnotherKind,
                    $"Krok „{name}” jest innego rodzaju niż „{NameOf(to, id)}”. Wskaż krok tego samego rodzaju.");
            var isSameScope = node.ScopeId == from.Id
                ? target.ScopeId == to.Id
                : mapping.GetValueOrDefault(node.ScopeId) == target.ScopeId;
            return isSameScope ? null : new(node.Id, BlockerReason.AnotherScope,
                $"Krok „{name}” leży w nowej wersji w innym podprocesie. Wskaż inny krok.");
        }
    }

    /// <summary>
    /// Whether a term found anew gives way to the one frozen before: which is by law or court, and earlier.
    /// </summary>
    public static bool IsHeld(UserTaskInstance frozen, UserTaskInstance renewed) =>
        (IsBinding(frozen.Deadline?.Kind) || IsBinding(renewed.Deadline?.Kind))
        && frozen.DueDate is { } due && (renewed.DueDate is not { } later || later > due);

    static bool IsBinding(string? kind) => kind is "STAT" or "COURT";

    /// <summary>SHA-256 in hexadecimal of the whole state.</summary>
    public static string HashOf(ProcessInstance instance) =>
        Convert.ToHexStringLower(SHA256.HashData(EngineJson.Write(instance)));

    /// <summary>What of a mapping concerns this instance: places that occur in its state and are others now.</summary>
    public static ImmutableArray<ElementMove> MovesOf(
        ProcessInstance instance, ImmutableSortedDictionary<string, string> mapping) =>
    [
        .. PlacesOf(instance).Where(id => mapping.TryGetValue(id, out var to) && to != id)
            .Select(id => new ElementMove(id, mapping[id])),
    ];

    /// <summary>Every element id in the state but the process itself, each once and sorted.</summary>
    public static ImmutableSortedSet<string> PlacesOf(ProcessInstance instance) =>
        instance.Elements.Values.Where(element => element.Key != instance.Key).Select(element => element.ElementId)
            .Concat(instance.Timers.Values.Select(timer => timer.TargetId))
            .Concat(instance.Subscriptions.Values.Select(subscription => subscription.TargetId))
            .Concat(instance.Tokens.Select(token => token.GatewayId))
            .Concat(instance.CompletedBy.Select(by => by.ElementId))
            .ToImmutableSortedSet(StringComparer.Ordinal);

    static bool IsSameKind(FlowNode node, FlowNode other) => node.ElementType == other.ElementType
        && (node as Activity)?.MultiInstance?.IsSequential == (other as Activity)?.MultiInstance?.IsSequential
        && (node is not CallActivity call || call.ProcessId.Text == ((CallActivity)other).ProcessId.Text)
        && (node is not IntermediateCatchEvent caught
            || caught.Definition.GetType() == ((IntermediateCatchEvent)other).Definition.GetType());

    static string NameOf(ProcessDefinition process, string id) => process.Nodes.GetValueOrDefault(id)?.Name ?? id;
}
