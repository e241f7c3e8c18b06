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
[JsonDerivedType(typeof(MigrateInstance), nameof(MigrateInstance))]
[JsonDerivedType(typeof(UndoMigration), nameof(UndoMigration))]
[JsonDerivedType(typeof(ModifyInstance), nameof(ModifyInstance))]
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

/// <summary>
/// The instance goes over to another definition: what is active keeps its keys and stands in the elements they are
/// mapped to. Nothing begins and nothing ends but the waiting for events that only one of the two has.
/// </summary>
/// <param name="DefinitionKey">Of the definition it goes over to, whose release the interpreter is given.</param>
/// <param name="Mapping">Element id to element id; at least for everything active.</param>
public sealed record MigrateInstance(
    long DefinitionKey, ImmutableSortedDictionary<string, string> Mapping, TermPolicy Terms = TermPolicy.Keep)
    : Command;

/// <summary>What becomes of the terms of open user tasks when their instance goes over to another version.</summary>
public enum TermPolicy
{
    /// <summary>They stay as they were frozen with the task.</summary>
    Keep,

    /// <summary>
    /// They are found anew by the rule of the new version, counted from the same beginning. A term set by statute or by
    /// a court never becomes later by it.
    /// </summary>
    Renew,
}

/// <summary>Takes a migration back, as long as nothing has happened to the instance since.</summary>
/// <param name="Before">The instance as it was; its definition is the one it goes back to.</param>
/// <param name="Moves">As <see cref="InstanceMigrated"/> recorded them.</param>
/// <param name="AfterHash">SHA-256 in hexadecimal of the state the migration left.</param>
public sealed record UndoMigration(
    ProcessInstance Before, ImmutableArray<ElementMove> Moves, string AfterHash) : Command;

/// <summary>
/// Puts an instance elsewhere in its diagram by hand: elements begin, as if a flow had led there, and others end.
/// </summary>
/// <param name="Terminate">Keys of element instances.</param>
public sealed record ModifyInstance(ImmutableArray<ElementActivation> Activate, ImmutableArray<long> Terminate)
    : Command;

/// <param name="AncestorKey">
/// The element instance to begin in where its scope is active more than once; 0 when it is not.
/// </param>
/// <param name="Variables">Set before it begins.</param>
public sealed record ElementActivation(
    string ElementId, long AncestorKey, ImmutableArray<ScopedVariable> Variables);

/// <param name="ScopeId">The activated element or a scope around it; null for the process.</param>
/// <param name="Value">Canonical JSON text.</param>
public sealed record ScopedVariable(string? ScopeId, string Name, string Value);

/// <param name="Value">Canonical JSON text.</param>
public sealed record VariableValue(string Name, string Value);
