using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Workflows.Engine.Calendar;
using Workflows.Engine.Model;

namespace Workflows.Engine.Execution;

/// <summary>The whole state of one run of a process: what the store keeps as one document, and nothing else.</summary>
/// <remarks>
/// Only <see cref="Apply"/> makes a new one. What has ended is pruned, so the size follows what is waiting and not
/// what has happened. All collections are ordered by key: the same state always writes the same bytes.
/// </remarks>
public sealed record ProcessInstance
{
    /// <summary>Also the key of the root element instance, the scope of the process variables.</summary>
    public required long Key { get; init; }
    public required long DefinitionKey { get; init; }
    public required string ProcessId { get; init; }
    public required int Version { get; init; }
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>The instance at the top of the chain of call activities; itself when it was not called.</summary>
    public required long RootInstanceKey { get; init; }
    public ParentReference? Parent { get; init; }
    public ImmutableArray<string> Tags { get; init; } = [];
    public string? BusinessId { get; init; }

    public InstanceState State { get; init; } = InstanceState.Active;
    public DateTimeOffset? EndedAt { get; init; }

    public ImmutableSortedDictionary<long, ElementInstance> Elements { get; init; } =
        ImmutableSortedDictionary<long, ElementInstance>.Empty;
    public ImmutableSortedDictionary<long, UserTaskInstance> UserTasks { get; init; } =
        ImmutableSortedDictionary<long, UserTaskInstance>.Empty;
    public ImmutableSortedDictionary<long, Job> Jobs { get; init; } = ImmutableSortedDictionary<long, Job>.Empty;
    public ImmutableSortedDictionary<long, TimerInstance> Timers { get; init; } =
        ImmutableSortedDictionary<long, TimerInstance>.Empty;
    public ImmutableSortedDictionary<long, MessageSubscription> Subscriptions { get; init; } =
        ImmutableSortedDictionary<long, MessageSubscription>.Empty;
    public ImmutableSortedDictionary<long, Incident> Incidents { get; init; } =
        ImmutableSortedDictionary<long, Incident>.Empty;

    /// <summary>Tokens that wait at joining gateways.</summary>
    public ImmutableArray<JoinToken> Tokens { get; init; } = [];

    /// <summary>Ids of the sequence flows taken at least once, sorted.</summary>
    public ImmutableArray<string> FlowsTaken { get; init; } = [];

    /// <summary>
    /// Who completed a user task last, by element id, for <c>notSamePersonAs</c>; sorted by element id.
    /// </summary>
    public ImmutableArray<CompletedBy> CompletedBy { get; init; } = [];

    /// <summary>
    /// Whose step <paramref name="elementId"/> must be another person's than: who completed last the user task that its
    /// property <c>notSamePersonAs</c> names (docs/extensions.md); null while nobody has, or nothing is asked.
    /// </summary>
    public CompletedBy? Barred(ProcessDefinition definition, string elementId) =>
        definition.Node(elementId).Property("notSamePersonAs") is { } earlier
            ? CompletedBy.FirstOrDefault(by => by.ElementId == earlier)
            : null;

    [JsonIgnore]
    public ElementInstance? Root => Elements.GetValueOrDefault(Key);
}

public enum InstanceState
{
    Active,
    Completed,
    Terminated,
}

/// <summary>The call activity that waits for this instance, and what it and its callers would catch.</summary>
/// <param name="Depth">How many callers stand above this instance.</param>
public sealed record ParentReference(long InstanceKey, long ElementKey, CatchableByCallers Catches, int Depth = 1);

/// <summary>
/// Error and escalation codes that some caller catches as long as it waits; <c>null</c> in a list catches all.
/// </summary>
/// <remarks>
/// It tells a called instance whether an error it cannot catch goes to its caller or stops as an incident.
/// </remarks>
public sealed record CatchableByCallers(ImmutableArray<string?> Errors, ImmutableArray<string?> Escalations)
{
    public static readonly CatchableByCallers Nothing = new([], []);

    public bool CatchesError(string code) => Errors.Contains(null) || Errors.Contains(code);

    public bool CatchesEscalation(string code) => Escalations.Contains(null) || Escalations.Contains(code);
}

/// <summary>One activation of a flow node; the token itself, except at joining gateways.</summary>
public sealed record ElementInstance
{
    public required long Key { get; init; }
    public required string ElementId { get; init; }

    /// <summary>Key of the element instance whose scope this is in; 0 for the root.</summary>
    public long ScopeKey { get; init; }
    public required DateTimeOffset StartedAt { get; init; }
    public ElementKind Kind { get; init; }

    /// <summary>Local variables, sorted by name.</summary>
    public ImmutableArray<Variable> Variables { get; init; } = [];

    /// <summary>Present on a multi-instance body.</summary>
    public LoopState? Loop { get; init; }

    /// <summary>1-based number among the instances of a multi-instance activity; 0 elsewhere.</summary>
    public int LoopCounter { get; init; }

    /// <summary>An interrupting event sub-process has taken this scope over: its other events no longer fire.</summary>
    public bool Interrupted { get; init; }

    /// <summary>Key of the called instance while a call activity waits.</summary>
    public long ChildInstanceKey { get; init; }
}

public enum ElementKind
{
    Plain,

    /// <summary>
    /// The scope that holds the instances of a multi-instance activity; boundary events belong to it.
    /// </summary>
    MultiInstanceBody,

    /// <summary>One instance inside a multi-instance body.</summary>
    MultiInstanceInner,
}

/// <param name="Items">The input items as a JSON array; <c>null</c> when only a cardinality is given.</param>
/// <param name="Total">How many instances there are in all.</param>
/// <param name="Started">How many have been started.</param>
/// <param name="Completed">How many have completed.</param>
public sealed record LoopState(string? Items, int Total, int Started, int Completed);

/// <param name="Value">Canonical JSON text.</param>
public sealed record Variable(long Key, string Name, string Value);

/// <summary>
/// A user task waiting for a person; its states are the contract's: CREATED until it leaves the state.
/// </summary>
public sealed record UserTaskInstance
{
    public required long Key { get; init; }
    public required long ElementKey { get; init; }
    public required string ElementId { get; init; }
    public string? Name { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public string? Assignee { get; init; }

    /// <summary>The absent person in whose place the assignee took it; null in her own right.</summary>
    public string? OnBehalfOf { get; init; }
    public ImmutableArray<string> CandidateGroups { get; init; } = [];
    public ImmutableArray<string> CandidateUsers { get; init; } = [];
    public DateTimeOffset? DueDate { get; init; }
    public DateTimeOffset? FollowUpDate { get; init; }
    public int Priority { get; init; } = 50;
    public long? FormKey { get; init; }
    public string? ExternalFormReference { get; init; }
    public ImmutableSortedDictionary<string, string>? Headers { get; init; }

    /// <summary>
    /// How the due date was found, frozen with the task (rule R15). Null where no deadline rule was used.
    /// </summary>
    public TaskDeadline? Deadline { get; init; }
}

/// <summary>A statutory or house term of a task, with its derivation as an official can check it.</summary>
/// <param name="Kind">STAT, COURT, CUST or HOUSE.</param>
/// <param name="Basis">The source, e.g. <c>RWŚ § 3 ust. 2</c>.</param>
/// <param name="From">The day of the event, not counted.</param>
/// <param name="DueOn">The last day of the period.</param>
/// <param name="Explanation">Polish text naming rule and skipped days.</param>
/// <param name="CalendarVersion">The calendar the date was computed with.</param>
public sealed record TaskDeadline(
    string? Kind, string? Basis, DateOnly From, DateOnly DueOn, string Explanation, string CalendarVersion)
{
    /// <summary>How many units from <see cref="From"/>.</summary>
    public int? Amount { get; init; }
    public DeadlineUnit? Unit { get; init; }

    /// <summary>Days that did not count or on which the period could not end; null when there is none.</summary>
    public ImmutableArray<SkippedDay>? Skipped { get; init; }
}

/// <summary>Work offered to job workers. Leases are rows of the shell, not part of this state.</summary>
public sealed record Job(
    long Key,
    long ElementKey,
    string ElementId,
    string Type,
    int Retries,
    ImmutableArray<KeyValuePair<string, string>> Headers);

/// <param name="OwnerKey">The element instance that waits, or the scope whose event sub-process it starts.</param>
/// <param name="TargetId">The event that fires: catch event, boundary event, or start event of an event
/// sub-process.</param>
/// <param name="Cycle">ISO 8601 cycle or cron text while it repeats; null otherwise.</param>
/// <param name="RepetitionsLeft">After this firing; -1 without end.</param>
public sealed record TimerInstance(
    long Key, long OwnerKey, string TargetId, DateTimeOffset DueAt, string? Cycle, int RepetitionsLeft)
{
    /// <summary>Set when it reminds of a user task; such a timer moves no token.</summary>
    public TaskReminder? Reminder { get; init; }
}

/// <param name="Rung">As in <see cref="Calendar.Reminder"/>, as are the others.</param>
public sealed record TaskReminder(long TaskKey, string Rung, string? Role, bool Urgent);

/// <param name="OwnerKey">As in <see cref="TimerInstance"/>.</param>
/// <param name="CorrelationKey">Null in plain BPMN: any message of that name is accepted.</param>
/// <param name="Interrupting">False: stays open after a message.</param>
public sealed record MessageSubscription(
    long Key, long OwnerKey, string TargetId, string MessageName, string? CorrelationKey, bool Interrupting);

/// <summary>Execution stopped here; a person can repair the cause and retry.</summary>
/// <param name="Kind">An error type of the Camunda 8 API, e.g. <c>IO_MAPPING_ERROR</c>.</param>
/// <param name="Resume">Where work goes on when the incident is resolved.</param>
/// <param name="JobKey">The job without retries, or 0.</param>
public sealed record Incident(
    long Key, long ElementKey, string ElementId, string Kind, string Message, Resume Resume, long JobKey);

/// <summary>The part of an element's life that is carried out next.</summary>
public enum Resume
{
    /// <summary>Input mappings, multi-instance collection, boundary and event sub-process subscriptions.</summary>
    Activate,

    /// <summary>What the kind of element does: open a wait state, evaluate, call.</summary>
    Execute,

    /// <summary>Output mappings, then the outgoing flows.</summary>
    Complete,
}

/// <param name="ScopeKey">The scope in which the gateway joins.</param>
public sealed record JoinToken(long ScopeKey, string GatewayId, string FlowId, int Count);

/// <param name="OnBehalfOf">The absent person the actor stood in for: neither may approve what they did.</param>
public sealed record CompletedBy(string ElementId, string Actor, string? OnBehalfOf = null)
{
    public bool Is(string? person) => person is not null && (Actor == person || OnBehalfOf == person);
}
