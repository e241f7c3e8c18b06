using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Workflows.Engine.Execution;

/// <summary>
/// Something that happened in a process instance. <see cref="Apply"/> folds these, in order, into its state.
/// </summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "event")]
[JsonDerivedType(typeof(InstanceCreated), nameof(InstanceCreated))]
[JsonDerivedType(typeof(InstanceCompleted), nameof(InstanceCompleted))]
[JsonDerivedType(typeof(InstanceTerminated), nameof(InstanceTerminated))]
[JsonDerivedType(typeof(ElementActivated), nameof(ElementActivated))]
[JsonDerivedType(typeof(ElementCompleted), nameof(ElementCompleted))]
[JsonDerivedType(typeof(ElementTerminated), nameof(ElementTerminated))]
[JsonDerivedType(typeof(ScopeInterrupted), nameof(ScopeInterrupted))]
[JsonDerivedType(typeof(SequenceFlowTaken), nameof(SequenceFlowTaken))]
[JsonDerivedType(typeof(TokensJoined), nameof(TokensJoined))]
[JsonDerivedType(typeof(TokensDropped), nameof(TokensDropped))]
[JsonDerivedType(typeof(LoopStarted), nameof(LoopStarted))]
[JsonDerivedType(typeof(LoopAdvanced), nameof(LoopAdvanced))]
[JsonDerivedType(typeof(VariableSet), nameof(VariableSet))]
[JsonDerivedType(typeof(UserTaskCreated), nameof(UserTaskCreated))]
[JsonDerivedType(typeof(UserTaskAssigned), nameof(UserTaskAssigned))]
[JsonDerivedType(typeof(UserTaskUpdated), nameof(UserTaskUpdated))]
[JsonDerivedType(typeof(UserTaskCompleted), nameof(UserTaskCompleted))]
[JsonDerivedType(typeof(UserTaskCanceled), nameof(UserTaskCanceled))]
[JsonDerivedType(typeof(JobCreated), nameof(JobCreated))]
[JsonDerivedType(typeof(JobCompleted), nameof(JobCompleted))]
[JsonDerivedType(typeof(JobFailed), nameof(JobFailed))]
[JsonDerivedType(typeof(JobErrorThrown), nameof(JobErrorThrown))]
[JsonDerivedType(typeof(JobRetriesUpdated), nameof(JobRetriesUpdated))]
[JsonDerivedType(typeof(JobCanceled), nameof(JobCanceled))]
[JsonDerivedType(typeof(TimerScheduled), nameof(TimerScheduled))]
[JsonDerivedType(typeof(TimerFired), nameof(TimerFired))]
[JsonDerivedType(typeof(TimerCanceled), nameof(TimerCanceled))]
[JsonDerivedType(typeof(ReminderFired), nameof(ReminderFired))]
[JsonDerivedType(typeof(SubscriptionOpened), nameof(SubscriptionOpened))]
[JsonDerivedType(typeof(MessageCorrelated), nameof(MessageCorrelated))]
[JsonDerivedType(typeof(SubscriptionClosed), nameof(SubscriptionClosed))]
[JsonDerivedType(typeof(ChildStarted), nameof(ChildStarted))]
[JsonDerivedType(typeof(DecisionEvaluated), nameof(DecisionEvaluated))]
[JsonDerivedType(typeof(ErrorThrown), nameof(ErrorThrown))]
[JsonDerivedType(typeof(EscalationThrown), nameof(EscalationThrown))]
[JsonDerivedType(typeof(IncidentRaised), nameof(IncidentRaised))]
[JsonDerivedType(typeof(IncidentResolved), nameof(IncidentResolved))]
[JsonDerivedType(typeof(InstanceMigrated), nameof(InstanceMigrated))]
[JsonDerivedType(typeof(TermHeld), nameof(TermHeld))]
[JsonDerivedType(typeof(ActRecorded), nameof(ActRecorded))]
public abstract record HistoryEvent;

public sealed record InstanceCreated(
    long Key,
    long DefinitionKey,
    string ProcessId,
    int Version,
    long RootInstanceKey,
    ParentReference? Parent,
    ImmutableArray<string> Tags,
    string? BusinessId,
    DateTimeOffset At) : HistoryEvent;

public sealed record InstanceCompleted(DateTimeOffset At) : HistoryEvent;

public sealed record InstanceTerminated(DateTimeOffset At) : HistoryEvent;

public sealed record ElementActivated(
    long Key, string ElementId, long ScopeKey, ElementKind Kind, int LoopCounter, DateTimeOffset At) : HistoryEvent;

public sealed record ElementCompleted(long Key, string ElementId, DateTimeOffset At) : HistoryEvent;

public sealed record ElementTerminated(long Key, string ElementId, DateTimeOffset At) : HistoryEvent;

/// <summary>An interrupting event sub-process takes the scope over.</summary>
public sealed record ScopeInterrupted(long ScopeKey) : HistoryEvent;

/// <param name="JoinId">The gateway at which the token now waits; null when the target is activated at once.</param>
public sealed record SequenceFlowTaken(string FlowId, long ScopeKey, string? JoinId) : HistoryEvent;

/// <summary>One token of each incoming flow was consumed by the gateway.</summary>
public sealed record TokensJoined(long ScopeKey, string GatewayId) : HistoryEvent;

/// <summary>Tokens that waited in a scope that ended.</summary>
public sealed record TokensDropped(long ScopeKey) : HistoryEvent;

public sealed record LoopStarted(long BodyKey, string? Items, int Total) : HistoryEvent;

public sealed record LoopAdvanced(long BodyKey, int Started, int Completed) : HistoryEvent;

/// <param name="Key">Key of the variable: new at its first value, the same ever after.</param>
public sealed record VariableSet(long Key, long ScopeKey, string Name, string Value) : HistoryEvent;

public sealed record UserTaskCreated(UserTaskInstance Task) : HistoryEvent;

/// <param name="Assignee">Null: given back to the group.</param>
/// <param name="OnBehalfOf">The absent person in whose place the assignee took it; null in her own right.</param>
/// <param name="Reason">Why it was given to somebody else, in the words of who did it.</param>
public sealed record UserTaskAssigned(
    long Key, string? Assignee, string Actor, string? OnBehalfOf = null, string? Reason = null) : HistoryEvent;

public sealed record UserTaskUpdated(UserTaskInstance Task, string Actor) : HistoryEvent;

/// <param name="OnBehalfOf">The absent person the actor stood in for; null in her own right.</param>
public sealed record UserTaskCompleted(
    long Key, string ElementId, string Actor, string? Action, DateTimeOffset At, string? OnBehalfOf = null)
    : HistoryEvent;

public sealed record UserTaskCanceled(long Key, DateTimeOffset At) : HistoryEvent;

public sealed record JobCreated(Job Job) : HistoryEvent;

public sealed record JobCompleted(long Key, DateTimeOffset At) : HistoryEvent;

public sealed record JobFailed(long Key, int Retries, string Message) : HistoryEvent;

public sealed record JobErrorThrown(long Key, string ErrorCode, string? Message, DateTimeOffset At) : HistoryEvent;

public sealed record JobRetriesUpdated(long Key, int Retries) : HistoryEvent;

public sealed record JobCanceled(long Key, DateTimeOffset At) : HistoryEvent;

public sealed record TimerScheduled(TimerInstance Timer) : HistoryEvent;

public sealed record TimerFired(long Key, string TargetId) : HistoryEvent;

public sealed record TimerCanceled(long Key) : HistoryEvent;

/// <summary>A rung of the ladder of an open user task was reached; whom to tell is found out when it is told.</summary>
/// <param name="Key">Key of the timer.</param>
/// <param name="DueAt">When it fell due; earlier than <paramref name="At"/> after the engine stood still.</param>
public sealed record ReminderFired(
    long Key, string ElementId, TaskReminder Reminder, DateTimeOffset DueAt, DateTimeOffset At) : HistoryEvent;

public sealed record SubscriptionOpened(MessageSubscription Subscription) : HistoryEvent;

public sealed record MessageCorrelated(long SubscriptionKey, long MessageKey, string TargetId) : HistoryEvent;

public sealed record SubscriptionClosed(long Key) : HistoryEvent;

public sealed record ChildStarted(long ElementKey, long ChildKey, string ProcessId) : HistoryEvent;

/// <param name="Result">Canonical JSON of the output.</param>
/// <param name="MatchedRules">Why: the matched rules of the decision and of those it requires.</param>
public sealed record DecisionEvaluated(
    long ElementKey, string DecisionId, string Result, ImmutableArray<MatchedRules> MatchedRules) : HistoryEvent;

/// <param name="Rules">1-based positions of the matched rules in the table.</param>
public sealed record MatchedRules(string DecisionId, ImmutableArray<int> Rules);

/// <param name="CaughtById">The catching event; null when the caller of this instance catches it.</param>
public sealed record ErrorThrown(long ElementKey, string Code, string? CaughtById) : HistoryEvent;

/// <param name="CaughtById">The catching event; null when nothing here catches it.</param>
public sealed record EscalationThrown(long ElementKey, string Code, string? CaughtById) : HistoryEvent;

public sealed record IncidentRaised(Incident Incident, DateTimeOffset At) : HistoryEvent;

public sealed record IncidentResolved(long Key, DateTimeOffset At) : HistoryEvent;

/// <summary>An act of a person that changed nothing in the procedure.</summary>
public sealed record ActRecorded(Act Act, string Actor, DateTimeOffset At) : HistoryEvent;

/// <summary>The instance stands in another definition from now on.</summary>
/// <param name="FromKey">Key of the definition it stood in before: names in older history are that one's.</param>
/// <param name="Moves">Element ids that occur in the state and are others now.</param>
public sealed record InstanceMigrated(
    long FromKey, long DefinitionKey, string ProcessId, int Version, ImmutableArray<ElementMove> Moves,
    DateTimeOffset At) : HistoryEvent;

public sealed record ElementMove(string From, string To);

/// <summary>The rule of the version gone over to asked for a later day; the term by statute or court stayed.</summary>
/// <param name="Key">Key of the user task.</param>
/// <param name="Wanted">Null: the new version has no term.</param>
public sealed record TermHeld(long Key, DateTimeOffset? Wanted) : HistoryEvent;
