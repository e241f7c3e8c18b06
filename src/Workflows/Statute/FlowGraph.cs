using System.Collections.Immutable;
using Workflows.Engine.Expressions;
using Workflows.Engine.Model;

namespace Workflows.Statute;

/// <summary>What a proof leaves out of the diagram, or takes for granted.</summary>
/// <param name="Undone">Steps that are begun but never completed.</param>
/// <param name="Closed">Flows no token takes.</param>
/// <param name="Assumed">True at every gateway; null: nothing is known.</param>
sealed record Question(
    ImmutableHashSet<string> Undone, ImmutableHashSet<string> Closed, Condition? Assumed)
{
    public static readonly Question Nothing = new([], [], null);
}

/// <summary>
/// Where tokens can go: two points for each node (begun, completed) and one for each flow, with the scopes of BPMN.
/// </summary>
/// <remarks>
/// Data is not looked at, but for the conditions of flows, so there are more paths here than in any case: what holds
/// on all of them holds in every case. A joining parallel gateway waits for all its flows, a scope ends when all its
/// tokens have (or one terminates it), a boundary event and an event sub-process may come at any moment of what they
/// interrupt, a multi-instance activity may have no instance unless its list is written so that it cannot be empty.
/// </remarks>
sealed partial class FlowGraph
{
    readonly ProcessDefinition process;
    readonly Dictionary<string, int> begun = new(StringComparer.Ordinal);
    readonly Dictionary<string, int> flows = new(StringComparer.Ordinal);
    readonly List<string> elements = [];
    readonly Dictionary<string, List<FlowNode>> members = new(StringComparer.Ordinal);
    readonly ImmutableArray<string> innerFirst;
    readonly Dictionary<string, Condition?> conditions = new(StringComparer.Ordinal);

    /// <summary>Points looked at so far: the work of every proof of this graph, counted and not timed.</summary>
    public long Work { get; private set; }

    public FlowGraph(ProcessDefinition process)
    {
        this.process = process;
        AddNode(process.Id);
        foreach (var node in process.Nodes.Values)
        {
            AddNode(node.Id);
            if (!members.TryGetValue(node.ScopeId, out var list)) members[node.ScopeId] = list = [];
            list.Add(node);
        }
        foreach (var flow in process.Flows.Values)
        {
            flows[flow.Id] = elements.Count;
            elements.Add(flow.Id);
            conditions[flow.Id] = Condition.Of(flow.Condition);
        }
        innerFirst = [.. process.Scopes.Keys.OrderByDescending(DepthOf).ThenBy(id => id, StringComparer.Ordinal)];
    }

    void AddNode(string id)
    {
        if (begun.ContainsKey(id)) return;
        begun[id] = elements.Count;
        elements.Add(id);
        elements.Add(id);
    }

    public bool Contains(string id) => process.Nodes.ContainsKey(id);

    int Begun(string id) => begun[id];

    int Done(string id) => begun[id] + 1;

    int DepthOf(string scopeId)
    {
        var depth = 0;
        for (var at = scopeId; process.Nodes.TryGetValue(at, out var node) && depth <= process.Nodes.Count; depth++)
            at = node.ScopeId;
        return depth;
    }

    List<FlowNode> Members(string scopeId) => members.GetValueOrDefault(scopeId) ?? [];

    Scope? ScopeOf(string id) => process.Scopes.GetValueOrDefault(id);

    // ---- flows ------------------------------------------------------------------------------------------------

    /// <summary>What is known when a token takes this flow: its condition, and that of none tried before it.</summary>
    public Condition? Known(SequenceFlow flow)
    {
        var source = process.Nodes.GetValueOrDefault(flow.SourceId);
        var isDefault = DefaultOf(source)?.Id == flow.Id;
        var known = isDefault ? Condition.Always : conditions[flow.Id];
        if (source is not ExclusiveGateway gateway) return known;
        foreach (var earlier in gateway.Outgoing)
        {
            if (earlier.Id == gateway.DefaultFlow?.Id) continue;
            if (earlier.Id == flow.Id && !isDefault) break;
            // A condition too large to judge tells nothing; the rest still does.
            if (conditions[earlier.Id]?.Not() is { } not) known = known?.And(not) ?? known;
        }
        return known;
    }

    /// <summary>Ids of the flows that a token takes only where the condition is true.</summary>
    public ImmutableHashSet<string> FlowsImplying(Condition condition) =>
    [
        .. process.Flows.Values.Where(flow => Known(flow) is { } known && known.Implies(condition))
            .Select(flow => flow.Id),
    ];

    static SequenceFlow? DefaultOf(FlowNode? node) => node switch
    {
        ExclusiveGateway gateway => gateway.DefaultFlow,
        Activity activity => activity.DefaultFlow,
        _ => null,
    };

    /// <summary>Flows a token may take out of a node, and whether it takes them all.</summary>
    List<(SequenceFlow Flow, bool IsCertain)> Outgoing(FlowNode node, Question question)
    {
        var result = new List<(SequenceFlow, bool)>();
        var isChoice = node is ExclusiveGateway or EventBasedGateway;
        var defaultFlow = DefaultOf(node);
        var isDecided = false;
        foreach (var flow in node.Outgoing.OrderBy(flow => flow.Id == defaultFlow?.Id ? 1 : 0))
        {
            Work++;
            var condition = flow.Id == defaultFlow?.Id ? Condition.Always : conditions[flow.Id];
            var isOpen = !isDecided && !question.Closed.Contains(flow.Id) && condition is not { IsNever: true }
                && process.Nodes.ContainsKey(flow.TargetId)
                && (question.Assumed is null || condition is null || !condition.Contradicts(question.Assumed));
            // The first condition that is certain ends the choice, be its flow closed or not.
            if (isChoice && node is ExclusiveGateway && flow.Id != defaultFlow?.Id && condition is not null)
                isDecided |= (question.Assumed ?? Condition.Always).Implies(condition);
            if (isOpen) result.Add((flow, !isChoice && flow.Condition is null && flow.Id != defaultFlow?.Id));
        }
        return result;
    }

    // ---- events and loops -------------------------------------------------------------------------------------

    /// <summary>The error or escalation event that catches what a node throws; null when nothing does.</summary>
    FlowNode? Catcher(FlowNode thrower, EventDefinition? thrown)
    {
        var scopeId = thrower.ScopeId;
        for (var depth = 0; depth <= process.Nodes.Count; depth++)
        {
            var starts = ScopeOf(scopeId)?.EventSubProcesses
                .SelectMany(inner => ScopeOf(inner.Id)?.StartEvents ?? []) ?? [];
            if (starts.FirstOrDefault(start => Catches(start.Definition, thrown)) is { } start)
                return process.Nodes[start.ScopeId];
            if (!process.Nodes.TryGetValue(scopeId, out var owner)) return null;
            if ((owner as Activity)?.BoundaryEvents.FirstOrDefault(
                    boundary => Catches(boundary.Definition, thrown)) is { } boundary)
                return boundary;
            scopeId = owner.ScopeId;
        }
        return null;
    }

    static bool Catches(EventDefinition? definition, EventDefinition? thrown) => (definition, thrown) switch
    {
        (ErrorEventDefinition one, ErrorEventDefinition other) =>
            one.Code is null || one.Code.Text == other.Code?.Text,
        (EscalationEventDefinition one, EscalationEventDefinition other) =>
            one.Code is null || one.Code.Text == other.Code?.Text,
        _ => false,
    };

    static EventDefinition? ThrownBy(FlowNode node) => node switch
    {
        EndEvent { Definition: ErrorEventDefinition or EscalationEventDefinition } end => end.Definition,
        IntermediateThrowEvent { Definition: EscalationEventDefinition } thrown => thrown.Definition,
        _ => null,
    };

    /// <summary>The token leaves its scope by an error and never ends in it.</summary>
    static bool IsError(FlowNode node) => node is EndEvent { Definition: ErrorEventDefinition };

    /// <summary>
    /// Boundary events that may come while the activity is at work. What an embedded sub-process throws comes from the
    /// end or throw event that throws it, or from a job or call that fails.
    /// </summary>
    IEnumerable<BoundaryEvent> Interruptions(Activity host) => host.BoundaryEvents.Where(boundary =>
        host is not SubProcess || boundary.Definition is not (ErrorEventDefinition or EscalationEventDefinition)
        || Members(host.Id).Exists(inner => inner is CallActivity or SubProcess
            || (boundary.Definition is ErrorEventDefinition
                && inner is ServiceTask or SendTask or ScriptTask or BusinessRuleTask)));

    /// <summary>A loop over a list that may be empty.</summary>
    static bool MayHaveNoInstance(FlowNode node)
    {
        if ((node as Activity)?.MultiInstance is not { } loop) return false;
        return loop.InputCollection?.Feel?.Node switch
        {
            ListNode { Items.IsEmpty: false } => false,
            // A range of a loop has at least its two ends, in either direction.
            ForNode { Iterators: [{ Domain: RangeNode { IsBare: true } }] } => false,
            _ => true,
        };
    }

    /// <summary>A token stays here until somebody or something comes.</summary>
    public static bool Waits(FlowNode node) =>
        node is UserTask or ReceiveTask or CallActivity or IntermediateCatchEvent
        || node is ServiceTask { Job.Type.Text: not ("procedure.start" or "message.publish") };

    bool IsJoin(FlowNode node) => node is ParallelGateway
        && node.Incoming.Count(flow => process.Nodes.ContainsKey(flow.SourceId)) > 1;

    static bool IsInterrupting(Scope scope) => scope.StartEvents.Any(start => start.IsInterrupting);
}
