using System.Collections.Immutable;
using Workflows.Engine.Expressions;

namespace Workflows.Engine.Model;

/// <summary>One executable process of a BPMN file, read once and immutable (BPMN 2.0.2, 10.2).</summary>
/// <remarks>
/// Nodes of nested sub-processes stand flat in <see cref="Nodes"/>; <see cref="FlowNode.ScopeId"/> tells where each
/// belongs. The process itself is the scope whose id is <see cref="Id"/>.
/// </remarks>
public sealed record ProcessDefinition
{
    public required string Id { get; init; }
    public string? Name { get; init; }
    public bool IsExecutable { get; init; } = true;
    public string? VersionTag { get; init; }
    public required ImmutableDictionary<string, FlowNode> Nodes { get; init; }
    public required ImmutableDictionary<string, SequenceFlow> Flows { get; init; }
    public required ImmutableDictionary<string, Scope> Scopes { get; init; }

    /// <summary><c>zeebe:properties</c> of the process element; see docs/extensions.md.</summary>
    public ImmutableDictionary<string, string> Properties { get; init; } = ImmutableDictionary<string, string>.Empty;

    public FlowNode Node(string id) => Nodes[id];

    public string? Property(string name) => Properties.GetValueOrDefault(name);
}

/// <summary>What a process or sub-process contains, prepared so that running code never searches.</summary>
/// <param name="Id">Element id of the process or sub-process.</param>
/// <param name="StartEvents">Start events directly inside, in document order.</param>
/// <param name="EventSubProcesses">Sub-processes with <c>triggeredByEvent</c> directly inside, in document
/// order.</param>
public sealed record Scope(
    string Id, ImmutableArray<StartEvent> StartEvents, ImmutableArray<SubProcess> EventSubProcesses);

/// <summary>A directed connection of two flow nodes (BPMN 2.0.2, 8.4.13).</summary>
public sealed record SequenceFlow(
    string Id, string SourceId, string TargetId, ModelExpression? Condition, string? Name);

/// <summary>A text of the model that is either a constant or FEEL, parsed when the definition is read.</summary>
/// <param name="Text">As written, with its leading <c>=</c> where there is one.</param>
/// <param name="Feel">The parsed expression, or null when the text is a constant.</param>
public sealed record ModelExpression(string Text, FeelExpression? Feel)
{
    public static ModelExpression Constant(string text) => new(text, null);

    public bool IsConstant => Feel is null;
}
