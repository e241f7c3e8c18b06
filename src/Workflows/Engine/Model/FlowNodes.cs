using System.Collections.Immutable;

namespace Workflows.Engine.Model;

/// <summary>A node that tokens pass (BPMN 2.0.2, 8.4.7): an activity, an event or a gateway.</summary>
public abstract record FlowNode
{
    public required string Id { get; init; }
    public string? Name { get; init; }

    /// <summary>Id of the process or sub-process that directly contains this node.</summary>
    public required string ScopeId { get; init; }

    public ImmutableArray<SequenceFlow> Incoming { get; init; } = [];

    /// <summary>In document order, which decides the order in which conditions are tried.</summary>
    public ImmutableArray<SequenceFlow> Outgoing { get; init; } = [];

    public ImmutableArray<Mapping> Inputs { get; init; } = [];
    public ImmutableArray<Mapping> Outputs { get; init; } = [];

    /// <summary><c>zeebe:properties</c> of the node; see docs/extensions.md.</summary>
    public ImmutableDictionary<string, string> Properties { get; init; } = ImmutableDictionary<string, string>.Empty;

    public string? Property(string name) => Properties.GetValueOrDefault(name);

    /// <summary>The element type in the words of the Camunda 8 API, e.g. <c>USER_TASK</c>.</summary>
    public abstract string ElementType { get; }
}

/// <summary><c>zeebe:input</c> or <c>zeebe:output</c>: the value of <paramref name="Source"/> goes to variable
/// <paramref name="Target"/> (a path <c>a.b</c> builds nested contexts).</summary>
public sealed record Mapping(ModelExpression Source, string Target);

// ---- activities -----------------------------------------------------------------------------------------------

public abstract record Activity : FlowNode
{
    public MultiInstance? MultiInstance { get; init; }

    /// <summary>Flow taken when no condition of the others holds (BPMN 2.0.2, 10.3.1).</summary>
    public SequenceFlow? DefaultFlow { get; init; }

    /// <summary>Boundary events attached to this activity, in document order.</summary>
    public ImmutableArray<BoundaryEvent> BoundaryEvents { get; init; } = [];
}

/// <summary>Multi-instance loop characteristics (BPMN 2.0.2, 10.3.8) in the dialect of Camunda 8.</summary>
/// <param name="IsSequential">One after the other instead of all at once.</param>
/// <param name="InputCollection">A FEEL list; one instance for each item. Null when <paramref name="Cardinality"/> is
/// used.</param>
/// <param name="InputElement">Local variable that holds the item.</param>
/// <param name="OutputCollection">Variable that collects <paramref name="OutputElement"/> of each instance, in input
/// order.</param>
/// <param name="OutputElement">Evaluated in each completed instance.</param>
/// <param name="Cardinality">Number of instances: the standard's <c>loopCardinality</c>.</param>
/// <param name="CompletionCondition">Checked after each completed instance; when true the others are
/// terminated.</param>
public sealed record MultiInstance(
    bool IsSequential,
    ModelExpression? InputCollection,
    string? InputElement,
    string? OutputCollection,
    ModelExpression? OutputElement,
    ModelExpression? Cardinality,
    ModelExpression? CompletionCondition);

/// <summary>A task of no kind, or a manual task: it passes the token at once.</summary>
public sealed record UndefinedTask(bool IsManual) : Activity
{
    public override string ElementType => IsManual ? "MANUAL_TASK" : "TASK";
}

public sealed record UserTask : Activity
{
    public ModelExpression? Assignee { get; init; }

    /// <summary>A FEEL list of texts, or a constant with commas between the names.</summary>
    public ModelExpression? CandidateGroups { get; init; }
    public ModelExpression? CandidateUsers { get; init; }
    public ModelExpression? DueDate { get; init; }
    public ModelExpression? FollowUpDate { get; init; }

    /// <summary>
    /// Property <c>reminders</c> in a process with the property <c>case</c> or <c>notifies</c>: a ladder; else null.
    /// </summary>
    public ModelExpression? Reminders { get; init; }

    /// <summary>0 to 100; 50 when absent.</summary>
    public ModelExpression? Priority { get; init; }
    public ModelExpression? FormId { get; init; }
    public Binding FormBinding { get; init; } = Binding.Latest;
    public ModelExpression? ExternalFormReference { get; init; }
    public ImmutableDictionary<string, string> Headers { get; init; } = ImmutableDictionary<string, string>.Empty;
    public override string ElementType => "USER_TASK";
}

/// <summary>An activity that a job worker carries out.</summary>
/// <param name="Type">Job type; null in plain BPMN, where the node's id serves as the type.</param>
/// <param name="Retries">3 when absent.</param>
public sealed record JobDefinition(
    ModelExpression? Type, ModelExpression? Retries, ImmutableDictionary<string, string> Headers);

public sealed record ServiceTask(JobDefinition Job) : Activity
{
    public override string ElementType => "SERVICE_TASK";
}

public sealed record SendTask(JobDefinition Job) : Activity
{
    public override string ElementType => "SEND_TASK";
}

/// <summary>Waits for a message; without one (plain BPMN) it waits until it is completed from outside.</summary>
public sealed record ReceiveTask(MessageReference? Message) : Activity
{
    public override string ElementType => "RECEIVE_TASK";
}

/// <summary>Either a FEEL expression with a result variable, or a job.</summary>
public sealed record ScriptTask(ModelExpression? Script, string? ResultVariable, JobDefinition? Job) : Activity
{
    public override string ElementType => "SCRIPT_TASK";
}

/// <summary>Either a called DMN decision with a result variable, or a job.</summary>
public sealed record BusinessRuleTask(
    ModelExpression? DecisionId, Binding Binding, string? ResultVariable, JobDefinition? Job) : Activity
{
    public override string ElementType => "BUSINESS_RULE_TASK";
}

/// <summary>An embedded sub-process, or an event sub-process when <paramref name="TriggeredByEvent"/>.</summary>
public sealed record SubProcess(bool TriggeredByEvent) : Activity
{
    public override string ElementType => TriggeredByEvent ? "EVENT_SUB_PROCESS" : "SUB_PROCESS";
}

/// <summary>Runs another process as a child instance (BPMN 2.0.2, 10.3.6).</summary>
public sealed record CallActivity(
    ModelExpression ProcessId, Binding Binding, bool PropagateAllParentVariables, bool PropagateAllChildVariables)
    : Activity
{
    public override string ElementType => "CALL_ACTIVITY";
}

/// <summary>Which version of a called process, decision or form is meant.</summary>
public sealed record Binding(BindingType Type, string? VersionTag)
{
    public static readonly Binding Latest = new(BindingType.Latest, null);
}

public enum BindingType
{
    Latest,
    Deployment,
    VersionTag,
}

// ---- gateways -------------------------------------------------------------------------------------------------

public sealed record ExclusiveGateway(SequenceFlow? DefaultFlow) : FlowNode
{
    public override string ElementType => "EXCLUSIVE_GATEWAY";
}

public sealed record ParallelGateway : FlowNode
{
    public override string ElementType => "PARALLEL_GATEWAY";
}

/// <summary>Waits for the first of the catch events its flows lead to (BPMN 2.0.2, 10.6.6).</summary>
public sealed record EventBasedGateway : FlowNode
{
    public override string ElementType => "EVENT_BASED_GATEWAY";
}

// ---- events ---------------------------------------------------------------------------------------------------

public sealed record StartEvent(EventDefinition? Definition, bool IsInterrupting) : FlowNode
{
    public override string ElementType => "START_EVENT";
}

public sealed record EndEvent(EventDefinition? Definition) : FlowNode
{
    public override string ElementType => "END_EVENT";
}

public sealed record IntermediateCatchEvent(EventDefinition Definition) : FlowNode
{
    public override string ElementType => "INTERMEDIATE_CATCH_EVENT";
}

public sealed record IntermediateThrowEvent(EventDefinition? Definition) : FlowNode
{
    public override string ElementType => "INTERMEDIATE_THROW_EVENT";
}

public sealed record BoundaryEvent(string AttachedToId, bool CancelActivity, EventDefinition Definition) : FlowNode
{
    public override string ElementType => "BOUNDARY_EVENT";
}
