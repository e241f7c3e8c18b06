namespace Workflows.Runtime.Storage;

// The tables of the engine, one class each. Columns are the snake case of the properties. States are the words of the
// Camunda 8 API (Status). Times are UTC. Rows of a live instance are derived from the history events of each step by
// StepRows; nothing else writes them, except the leases of jobs.

/// <summary>The words of the state columns, as the contract writes them.</summary>
public static class Status
{
    public const string Active = "ACTIVE";
    public const string Completed = "COMPLETED";
    public const string Terminated = "TERMINATED";
    public const string Created = "CREATED";
    public const string Canceled = "CANCELED";
    public const string Failed = "FAILED";
    public const string ErrorThrown = "ERROR_THROWN";
    public const string RetriesUpdated = "RETRIES_UPDATED";
    public const string TimedOut = "TIMED_OUT";
    public const string Correlated = "CORRELATED";
    public const string Deleted = "DELETED";
    public const string Resolved = "RESOLVED";

    // Rows of the command queue.
    public const string Pending = "PENDING";
    public const string Dead = "DEAD";

    // Rows of the outbox.
    public const string Planned = "planned";
    public const string Sending = "sending";
    public const string Sent = "sent";
    public const string SendFailed = "failed";
    public const string Unknown = "unknown";
    public const string Suppressed = "suppressed";
}

// ---- what is deployed -----------------------------------------------------------------------------------------

public sealed class DeploymentRow
{
    public long Key { get; set; }
    public string TenantId { get; set; } = "";
    public DateTimeOffset DeployedAt { get; set; }
    public string DeployedBy { get; set; } = "";

    /// <summary>Where it came from: <c>shipped</c>, <c>office</c> or null for a deployment through
    /// <c>/v2</c>.</summary>
    public string? Source { get; set; }

    /// <summary>SHA-256 over names and bytes of all its resources, in hexadecimal digits.</summary>
    public string ContentHash { get; set; } = "";
}

/// <summary>One file of a deployment, byte for byte.</summary>
public sealed class ResourceRow
{
    public long Key { get; set; }
    public string TenantId { get; set; } = "";
    public long DeploymentKey { get; set; }
    public string Name { get; set; } = "";
    public string Sha256 { get; set; } = "";
    public byte[] Content { get; set; } = [];
}

public sealed class ProcessDefinitionRow
{
    public long Key { get; set; }
    public string TenantId { get; set; } = "";
    public string ProcessId { get; set; } = "";
    public int Version { get; set; }
    public string? VersionTag { get; set; }
    public string? Name { get; set; }
    public long DeploymentKey { get; set; }
    public long ResourceKey { get; set; }
    public string ResourceName { get; set; } = "";
    public bool IsLatest { get; set; }

    /// <summary>Deleted definitions start nothing; their instances keep running and reading it.</summary>
    public bool IsDeleted { get; set; }

    /// <summary><c>zeebe:properties</c> of the process as a JSON object, e.g. <c>startableBy</c>.</summary>
    public string Properties { get; set; } = "{}";
}

public sealed class DecisionRequirementsRow
{
    public long Key { get; set; }
    public string TenantId { get; set; } = "";
    public string DecisionRequirementsId { get; set; } = "";
    public string? Name { get; set; }
    public int Version { get; set; }
    public long DeploymentKey { get; set; }
    public long ResourceKey { get; set; }
    public string ResourceName { get; set; } = "";
    public bool IsLatest { get; set; }
    public bool IsDeleted { get; set; }
}

public sealed class DecisionDefinitionRow
{
    public long Key { get; set; }
    public string TenantId { get; set; } = "";
    public string DecisionId { get; set; } = "";
    public string? Name { get; set; }
    public int Version { get; set; }
    public string? VersionTag { get; set; }
    public string DecisionRequirementsId { get; set; } = "";
    public long DecisionRequirementsKey { get; set; }
    public bool IsLatest { get; set; }
    public bool IsDeleted { get; set; }
}

public sealed class FormRow
{
    public long Key { get; set; }
    public string TenantId { get; set; } = "";
    public string FormId { get; set; } = "";
    public int Version { get; set; }
    public string? VersionTag { get; set; }
    public long DeploymentKey { get; set; }
    public long ResourceKey { get; set; }
    public string ResourceName { get; set; } = "";
    public bool IsLatest { get; set; }
    public bool IsDeleted { get; set; }
}

/// <summary>A message or timer start event of the latest version of a process.</summary>
public sealed class StartSubscriptionRow
{
    public long Key { get; set; }
    public string TenantId { get; set; } = "";
    public long ProcessDefinitionKey { get; set; }
    public string ProcessId { get; set; } = "";
    public string ElementId { get; set; } = "";
    public string? MessageName { get; set; }

    /// <summary>Engine time of the next firing; null for messages.</summary>
    public DateTimeOffset? DueAt { get; set; }
    public string? Cycle { get; set; }
    public int RepetitionsLeft { get; set; }
}

// ---- instances ------------------------------------------------------------------------------------------------

public sealed class ProcessInstanceRow
{
    public long Key { get; set; }
    public string TenantId { get; set; } = "";
    public long ProcessDefinitionKey { get; set; }
    public string ProcessId { get; set; } = "";
    public int ProcessVersion { get; set; }
    public long RootInstanceKey { get; set; }
    public long? ParentInstanceKey { get; set; }
    public long? ParentElementKey { get; set; }
    public string? BusinessId { get; set; }

    /// <summary>A JSON array of texts; <see cref="ProcessInstanceTagRow"/> serves the search.</summary>
    public string Tags { get; set; } = "[]";
    public string State { get; set; } = Status.Active;
    public DateTimeOffset StartedAt { get; set; }
    public DateTimeOffset? EndedAt { get; set; }
    public int IncidentCount { get; set; }

    /// <summary>Correlation key of the message that started it: one live instance per process id and key.</summary>
    public string? StartCorrelationKey { get; set; }

    /// <summary>Grows by one with each step; a commit names the version it decided on.</summary>
    public int StateVersion { get; set; }

    /// <summary>The truth: <c>EngineJson</c> of the whole state.</summary>
    public byte[] StateDocument { get; set; } = [];
}

public sealed class ProcessInstanceTagRow
{
    public string Tag { get; set; } = "";
    public long ProcessInstanceKey { get; set; }
}

public sealed class ElementInstanceRow
{
    public long Key { get; set; }
    public string TenantId { get; set; } = "";
    public long ProcessInstanceKey { get; set; }
    public long ProcessDefinitionKey { get; set; }
    public string ProcessId { get; set; } = "";
    public string ElementId { get; set; } = "";
    public string? ElementName { get; set; }
    public string Type { get; set; } = "";

    /// <summary>The element instance that contains this one; 0 for the root.</summary>
    public long ScopeKey { get; set; }
    public string State { get; set; } = Status.Active;
    public DateTimeOffset StartedAt { get; set; }
    public DateTimeOffset? EndedAt { get; set; }

    /// <summary>The open incident of this element, if any.</summary>
    public long? IncidentKey { get; set; }
}

public sealed class VariableRow
{
    public long Key { get; set; }
    public string TenantId { get; set; } = "";
    public long ProcessInstanceKey { get; set; }
    public long ScopeKey { get; set; }
    public string Name { get; set; } = "";

    /// <summary>Canonical JSON.</summary>
    public string Value { get; set; } = "";
}

public sealed class UserTaskRow
{
    public long Key { get; set; }
    public string TenantId { get; set; } = "";
    public long ProcessInstanceKey { get; set; }
    public long RootInstanceKey { get; set; }
    public long ElementInstanceKey { get; set; }
    public long ProcessDefinitionKey { get; set; }
    public string ProcessId { get; set; } = "";
    public int ProcessVersion { get; set; }
    public string ElementId { get; set; } = "";
    public string? Name { get; set; }
    public string State { get; set; } = Status.Created;
    public string? Assignee { get; set; }

    /// <summary>JSON arrays of texts; <see cref="UserTaskCandidateRow"/> serves the search.</summary>
    public string CandidateGroups { get; set; } = "[]";
    public string CandidateUsers { get; set; } = "[]";
    public DateTimeOffset? DueDate { get; set; }
    public DateTimeOffset? FollowUpDate { get; set; }
    public int Priority { get; set; }
    public long? FormKey { get; set; }
    public string? ExternalFormReference { get; set; }

    /// <summary>A JSON object of texts.</summary>
    public string CustomHeaders { get; set; } = "{}";

    /// <summary><c>TaskDeadline</c> as JSON; null where no deadline rule was used.</summary>
    public string? Deadline { get; set; }
    public DateTimeOffset CreatedAt { get; set; }
    public DateTimeOffset? EndedAt { get; set; }
    public string? CompletedBy { get; set; }
    public string? Action { get; set; }
}

public sealed class UserTaskCandidateRow
{
    public long UserTaskKey { get; set; }

    /// <summary><c>user</c> or <c>group</c>.</summary>
    public string Kind { get; set; } = "";
    public string Name { get; set; } = "";

    /// <summary>False once the task has ended, so that the index of inboxes holds open tasks only.</summary>
    public bool Open { get; set; }
}

public sealed class JobRow
{
    public long Key { get; set; }
    public string TenantId { get; set; } = "";
    public long ProcessInstanceKey { get; set; }
    public long ElementInstanceKey { get; set; }
    public long ProcessDefinitionKey { get; set; }
    public string ProcessId { get; set; } = "";
    public int ProcessVersion { get; set; }
    public string ElementId { get; set; } = "";
    public string Type { get; set; } = "";
    public string State { get; set; } = Status.Created;
    public int Retries { get; set; }
    public string CustomHeaders { get; set; } = "{}";
    public string? Worker { get; set; }

    /// <summary>Engine time until which the worker holds it: the contract's <c>deadline</c>.</summary>
    public DateTimeOffset? LeaseUntil { get; set; }

    /// <summary>Engine time from which it is offered: creation, end of a lease, end of a back-off.</summary>
    public DateTimeOffset AvailableAt { get; set; }
    public string? ErrorMessage { get; set; }
    public string? ErrorCode { get; set; }
    public DateTimeOffset CreatedAt { get; set; }
    public DateTimeOffset? EndedAt { get; set; }
}

/// <summary>A running timer; deleted when it fires or is canceled.</summary>
public sealed class TimerRow
{
    public long Key { get; set; }
    public string TenantId { get; set; } = "";
    public long ProcessInstanceKey { get; set; }
    public string ElementId { get; set; } = "";
    public DateTimeOffset DueAt { get; set; }
}

public sealed class IncidentRow
{
    public long Key { get; set; }
    public string TenantId { get; set; } = "";
    public long ProcessInstanceKey { get; set; }
    public long RootInstanceKey { get; set; }
    public long ProcessDefinitionKey { get; set; }
    public string ProcessId { get; set; } = "";
    public long ElementInstanceKey { get; set; }
    public string ElementId { get; set; } = "";
    public long? JobKey { get; set; }
    public string ErrorType { get; set; } = "";
    public string ErrorMessage { get; set; } = "";
    public string State { get; set; } = Status.Active;
    public DateTimeOffset CreatedAt { get; set; }
    public DateTimeOffset? ResolvedAt { get; set; }
}

// ---- messages -------------------------------------------------------------------------------------------------

public sealed class MessageSubscriptionRow
{
    public long Key { get; set; }
    public string TenantId { get; set; } = "";
    public long ProcessInstanceKey { get; set; }
    public long ProcessDefinitionKey { get; set; }
    public string ProcessId { get; set; } = "";
    public long ElementInstanceKey { get; set; }
    public string ElementId { get; set; } = "";
    public string MessageName { get; set; } = "";

    /// <summary>Null where any message of that name is accepted (plain BPMN).</summary>
    public string? CorrelationKey { get; set; }
    public string State { get; set; } = Status.Created;
    public DateTimeOffset UpdatedAt { get; set; }
}

/// <summary>A published message while it may still be correlated; deleted when its time to live is over.</summary>
public sealed class MessageRow
{
    public long Key { get; set; }
    public string TenantId { get; set; } = "";
    public string Name { get; set; } = "";
    public string CorrelationKey { get; set; } = "";
    public string? MessageId { get; set; }

    /// <summary>A JSON object.</summary>
    public string Variables { get; set; } = "{}";
    public DateTimeOffset PublishedAt { get; set; }
    public DateTimeOffset ExpiresAt { get; set; }
}

/// <summary>A message reaches a process id at most once: the primary key is the proof.</summary>
public sealed class MessageCorrelationRow
{
    public long MessageKey { get; set; }
    public string ProcessId { get; set; } = "";
    public string TenantId { get; set; } = "";
    public string MessageName { get; set; } = "";
    public string CorrelationKey { get; set; } = "";
    public long ProcessInstanceKey { get; set; }
    public long ProcessDefinitionKey { get; set; }

    /// <summary>0 where the message started the instance.</summary>
    public long SubscriptionKey { get; set; }
    public string ElementId { get; set; } = "";
    public DateTimeOffset CorrelatedAt { get; set; }
}

// ---- what proves and drives -----------------------------------------------------------------------------------

/// <summary>One row per step: what happened, who did it, and a link of the hash chain of the root instance.</summary>
public sealed class HistoryRow
{
    /// <summary>Root instance key, or a small number for the areas outside of cases (<see
    /// cref="HistoryChain"/>).</summary>
    public long Chain { get; set; }

    /// <summary>1, 2, 3 ... without gaps in a chain.</summary>
    public int Sequence { get; set; }
    public long ProcessInstanceKey { get; set; }
    public DateTimeOffset At { get; set; }
    public string Actor { get; set; } = "";

    /// <summary>Name of the command, or of a recorded act of a person.</summary>
    public string Command { get; set; } = "";

    /// <summary>JSON of the history events; null after lawful erasure, which leaves the chain provable.</summary>
    public byte[]? Payload { get; set; }

    /// <summary>SHA-256 of the payload.</summary>
    public byte[] PayloadHash { get; set; } = [];

    /// <summary>SHA-256 over the previous hash, the other columns and <see cref="PayloadHash"/>.</summary>
    public byte[] Hash { get; set; } = [];
}

public sealed class ChainHeadRow
{
    public long Chain { get; set; }
    public int Sequence { get; set; }
    public byte[] Hash { get; set; } = [];
}

/// <summary>A command for another instance, a new instance, or a message to publish; carried out by
/// CommandWorker.</summary>
public sealed class CommandQueueRow
{
    public long Key { get; set; }
    public string TenantId { get; set; } = "";

    /// <summary><c>COMMAND</c>, <c>START</c> or <c>PUBLISH</c>.</summary>
    public string Kind { get; set; } = "";

    /// <summary>Whom a <c>COMMAND</c> is for; whose step caused a <c>START</c> or <c>PUBLISH</c>, 0 for none.</summary>
    public long ProcessInstanceKey { get; set; }

    /// <summary>JSON of what is asked.</summary>
    public byte[] Payload { get; set; } = [];
    public string Actor { get; set; } = "";
    public string State { get; set; } = Status.Pending;

    /// <summary>System time of the next attempt; while a worker holds it, the end of the lease.</summary>
    public DateTimeOffset DueAt { get; set; }
    public int Attempts { get; set; }
    public string? LastError { get; set; }
}

/// <summary>The answer a command got, so that its repetition gets the same.</summary>
public sealed class CommandLogRow
{
    public string Actor { get; set; } = "";
    public string IdempotencyKey { get; set; } = "";

    /// <summary>SHA-256 of the command: the same key with another command is refused.</summary>
    public byte[] CommandHash { get; set; } = [];
    public string Answer { get; set; } = "";
    public DateTimeOffset At { get; set; }
}

/// <summary>Something to be sent to a person, written with the step that causes it.</summary>
public sealed class OutboxRow
{
    public long Key { get; set; }
    public string TenantId { get; set; } = "";

    /// <summary>Task, person, kind, occurrence and channel: the same thing is never planned twice.</summary>
    public string BusinessKey { get; set; } = "";
    public string Purpose { get; set; } = "";
    public string Recipient { get; set; } = "";
    public string Payload { get; set; } = "{}";
    public long? ProcessInstanceKey { get; set; }
    public long? UserTaskKey { get; set; }
    public string State { get; set; } = Status.Planned;

    /// <summary>Engine time from which it may be sent.</summary>
    public DateTimeOffset DueAt { get; set; }

    /// <summary>System time: end of a lease or of a back-off; null when neither runs.</summary>
    public DateTimeOffset? NotBefore { get; set; }
    public int Attempts { get; set; }
    public string? LastError { get; set; }
    public DateTimeOffset CreatedAt { get; set; }
    public DateTimeOffset? EndedAt { get; set; }
}

/// <summary>The one row of the pinnable engine clock.</summary>
public sealed class EngineClockRow
{
    public int Id { get; set; }

    /// <summary>Null: the clock runs with the system's.</summary>
    public DateTimeOffset? PinnedAt { get; set; }
}

/// <summary>The one row from which nodes take blocks of keys.</summary>
public sealed class KeyBlockRow
{
    public int Id { get; set; }
    public long NextKey { get; set; }
}
