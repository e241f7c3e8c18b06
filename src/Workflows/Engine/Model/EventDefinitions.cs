namespace Workflows.Engine.Model;

/// <summary>What an event waits for or throws (BPMN 2.0.2, 10.5.5).</summary>
public abstract record EventDefinition;

public enum TimerKind
{
    Date,
    Duration,
    Cycle,
}

public sealed record TimerEventDefinition(TimerKind Kind, ModelExpression Expression) : EventDefinition;

/// <summary>A message that is awaited, or (in a throw or end event) sent as a job.</summary>
public sealed record MessageEventDefinition(MessageReference Message, JobDefinition? Job) : EventDefinition;

/// <param name="Name">Message name; names, not ids, correlate.</param>
/// <param name="CorrelationKey">Null for a message start event of a process, and in plain BPMN, where a wait without a
/// key accepts any.</param>
public sealed record MessageReference(ModelExpression Name, ModelExpression? CorrelationKey);

/// <param name="Code">Null in a catch event that catches every error.</param>
public sealed record ErrorEventDefinition(ModelExpression? Code) : EventDefinition;

/// <param name="Code">Null in a catch event that catches every escalation.</param>
public sealed record EscalationEventDefinition(ModelExpression? Code) : EventDefinition;

/// <summary>An end event that stops everything in its scope.</summary>
public sealed record TerminateEventDefinition : EventDefinition;
