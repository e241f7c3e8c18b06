using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Workflows.Engine.Execution;

/// <summary>A wish with everything the decision needs from outside: who, when, and a range of unused keys.</summary>
/// <param name="Id">Idempotency key: a command with the same id gets the answer it got before.</param>
/// <param name="Actor">User name of the person, or the name of the worker.</param>
/// <param name="At">Engine time of the command.</param>
/// <param name="OnBehalfOf">The absent person the actor stands in for, or null: both names enter the history.</param>
public sealed record CommandEnvelope(
    string Id, string Actor, DateTimeOffset At, KeyRange Keys, Command Command, string? OnBehalfOf = null);

/// <summary>Keys that this command may use; unused ones go back to the allocator.</summary>
public readonly record struct KeyRange(long First, int Count);

/// <summary>Everything that can be asked of one process instance.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "command")]
[JsonDerivedType(typeof(CreateInstance), nameof(CreateInstance))]
[JsonDerivedType(typeof(CancelInstance), nameof(CancelInstance))]
[JsonDerivedType(typeof(CompleteUserTask), nameof(CompleteUserTask))]
[JsonDerivedType(typeof(AssignUserTask), nameof(AssignUserTask))]
[JsonDerivedType(typeof(UnassignUserTask), nameof(UnassignUserTask))]
[JsonDerivedType(typeof(UpdateUserTask), nameof(UpdateUserTask))]
[JsonDerivedType(typeof(CompleteJob), nameof(CompleteJob))]
[JsonDerivedType(typeof(FailJob), nameof(FailJob))]
[JsonDerivedType(typeof(ThrowJobError), nameof(ThrowJobError))]
[JsonDerivedType(typeof(UpdateJob), nameof(UpdateJob))]
[JsonDerivedType(typeof(FireTimer), nameof(FireTimer))]
[JsonDerivedType(typeof(CorrelateMessage), nameof(CorrelateMessage))]
[JsonDerivedType(typeof(CompleteReceiveTask), nameof(CompleteReceiveTask))]
[JsonDerivedType(typeof(CompleteChild), nameof(CompleteChild))]
[JsonDerivedType(typeof(PropagateError), nameof(PropagateError))]
[JsonDerivedType(typeof(PropagateEscalation), nameof(PropagateEscalation))]
[JsonDerivedType(typeof(SetVariables), nameof(SetVariables))]
[JsonDerivedType(typeof(ResolveIncident), nameof(ResolveIncident))]
[JsonDerivedType(typeof(RecordAct), nameof(RecordAct))]
public abstract record Command;

/// <param name="Key">Key of the new instance, allotted by the caller so that it can be answered and referred
/// to.</param>
/// <param name="Variables">Name to canonical JSON.</param>
/// <param name="StartEventId">The message or timer start event that fired; null for the none start event.</param>
public sealed record CreateInstance(
    long Key,
    ImmutableArray<VariableValue> Variables,
    string? StartEventId = null,
    ImmutableArray<string> Tags = default,
    string? BusinessId = null,
    long RootInstanceKey = 0,
    ParentReference? Parent = null) : Command;

/// <param name="ByParent">The caller has ended: it needs no answer.</param>
public sealed record CancelInstance(bool ByParent = false) : Command;

public sealed record CompleteUserTask(
    long TaskKey, ImmutableArray<VariableValue> Variables, string? Action = null) : Command;

/// <param name="AllowOverride">False: fails when somebody else has the task.</param>
/// <param name="Reason">Why, when somebody gives it to another person.</param>
public sealed record AssignUserTask(
    long TaskKey, string Assignee, bool AllowOverride = true, string? Action = null, string? Reason = null) : Command;

/// <param name="Reason">Why it goes back, when the one who had it did not give it back herself.</param>
public sealed record UnassignUserTask(long TaskKey, string? Reason = null) : Command;

/// <summary>Only what is named in <paramref name="Changes"/> changes; <c>null</c> there clears.</summary>
public sealed record UpdateUserTask(long TaskKey, UserTaskChanges Changes, string? Action = null) : Command;

/// <summary>Each part is null when it stays; the <c>Clear</c> flags tell "set to nothing" from "not named".</summary>
public sealed record UserTaskChanges(
    ImmutableArray<string>? CandidateGroups = null,
    ImmutableArray<string>? CandidateUsers = null,
    DateTimeOffset? DueDate = null,
    bool ClearDueDate = false,
    DateTimeOffset? FollowUpDate = null,
    bool ClearFollowUpDate = false,
    int? Priority = null);

public sealed record CompleteJob(long JobKey, ImmutableArray<VariableValue> Variables) : Command;

public sealed record FailJob(
    long JobKey, int Retries, string Message, ImmutableArray<VariableValue> Variables) : Command;

public sealed record ThrowJobError(
    long JobKey, string ErrorCode, string? Message, ImmutableArray<VariableValue> Variables) : Command;

public sealed record UpdateJob(long JobKey, int Retries) : Command;

public sealed record FireTimer(long TimerKey) : Command;

public sealed record CorrelateMessage(
    long SubscriptionKey, long MessageKey, ImmutableArray<VariableValue> Variables) : Command;

/// <summary>Ends a receive task that names no message (plain BPMN).</summary>
public sealed record CompleteReceiveTask(long ElementKey, ImmutableArray<VariableValue> Variables) : Command;

/// <param name="Variables">Process variables of the called instance at its end.</param>
public sealed record CompleteChild(
    long ElementKey, long ChildKey, ImmutableArray<VariableValue> Variables) : Command;

/// <summary>An error that the called instance could not catch; that instance has ended.</summary>
public sealed record PropagateError(
    long ElementKey, long ChildKey, string ErrorCode, ImmutableArray<VariableValue> Variables) : Command;

/// <summary>An escalation of the called instance, which goes on unless it is interrupted here.</summary>
public sealed record PropagateEscalation(
    long ElementKey, long ChildKey, string EscalationCode, ImmutableArray<VariableValue> Variables) : Command;

/// <param name="ScopeKey">Element instance in which the search begins.</param>
/// <param name="Local">True: set there. False: set where the variable is found going up, else in the root
/// scope.</param>
public sealed record SetVariables(long ScopeKey, ImmutableArray<VariableValue> Variables, bool Local) : Command;

public sealed record ResolveIncident(long IncidentKey) : Command;

/// <summary>
/// Puts an act of a person on the record of the instance, e.g. a document entered outside of any task. Without
/// variables it changes no state, and an instance that has ended takes it too: a file lives longer than its procedure.
/// </summary>
/// <param name="Variables">Process variables the act changes: what is recorded and what holds commit together.</param>
public sealed record RecordAct(Act Act, ImmutableArray<VariableValue> Variables = default) : Command;

/// <param name="Kind">What was done, a past participle as for history events: <c>DocumentEntered</c>.</param>
/// <param name="Reason">Why, in the words of the person; no personal data of clients.</param>
/// <param name="OccurredOn">The true day of a fact that is entered later.</param>
/// <param name="ContentHash">SHA-256 in hexadecimal of the content that lies in a table of the host.</param>
public sealed record Act(
    string Kind, string? Reason = null, DateOnly? OccurredOn = null, string? ContentHash = null);

/// <param name="Value">Canonical JSON text.</param>
public sealed record VariableValue(string Name, string Value);
