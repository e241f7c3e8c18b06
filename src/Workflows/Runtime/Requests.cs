using System.Collections.Immutable;
using System.Data.Common;
using Workflows.Engine.Execution;

namespace Workflows.Runtime;

// What the host asks the engine and what it gets back. All of it are values; the doors are in WorkflowEngine.

/// <summary>The answer to a command. The same idempotency key gets the same answer again.</summary>
public abstract record EngineAnswer
{
    /// <summary>Everything of the step is durable.</summary>
    /// <param name="InstanceKey">The process instance the command was about or that it created.</param>
    /// <param name="State">Its state after the step.</param>
    /// <param name="UserTaskKeys">User tasks the step opened, in order.</param>
    /// <param name="MessageKey">Key of the published message; 0 for other commands.</param>
    /// <param name="Definition">The definition the instance runs on.</param>
    /// <param name="Tags">Tags of the instance.</param>
    /// <param name="Variables">JSON object of the process variables; only when the end of the instance was
    /// awaited.</param>
    public sealed record Accepted(
        long InstanceKey,
        InstanceState State,
        ImmutableArray<long> UserTaskKeys = default,
        long MessageKey = 0,
        DefinitionReference? Definition = null,
        ImmutableArray<string> Tags = default,
        string? Variables = null) : EngineAnswer;

    /// <summary>Nothing changed. <paramref name="Message"/> tells the expected and the found.</summary>
    public sealed record Rejected(EngineRejection Code, string Message) : EngineAnswer
    {
        /// <summary>Rows of the host said it, in the host's words; all else the engine says in English.</summary>
        public bool IsVeto { get; init; }
    }
}

/// <summary>The codes of the Camunda 8 API.</summary>
public enum EngineRejection
{
    NotFound,
    InvalidState,
    InvalidArgument,
    AlreadyExists,
    Forbidden,

    /// <summary>Too many others changed the same instance at once; the same command may be sent again.</summary>
    ResourceExhausted,

    /// <summary>The awaited end of the instance did not come in time; the instance goes on.</summary>
    DeadlineExceeded,
}

public sealed record DefinitionReference(long Key, string ProcessId, int Version);

/// <summary>Which definition an instance is created from.</summary>
/// <param name="Key">Process definition key, or 0 when <paramref name="ProcessId"/> is given.</param>
/// <param name="Version">A version of the process id; -1 for the latest.</param>
public sealed record ProcessSelector(long Key, string? ProcessId, int Version = -1)
{
    public static ProcessSelector ByKey(long key) => new(key, null);

    public static ProcessSelector ById(string processId, int version = -1) => new(0, processId, version);
}

/// <param name="Variables">Name and canonical JSON of each value.</param>
/// <param name="AwaitCompletion">Answer only when the instance has ended, at most after <paramref
/// name="Timeout"/>.</param>
/// <param name="FetchVariables">Names of the variables to answer with; empty for all.</param>
public sealed record InstanceCreation(
    ProcessSelector Process,
    ImmutableArray<VariableValue> Variables,
    ImmutableArray<string> Tags = default,
    string? BusinessId = null,
    bool AwaitCompletion = false,
    TimeSpan? Timeout = null,
    ImmutableArray<string> FetchVariables = default);

// ---- what rides in the same transaction -----------------------------------------------------------------------

/// <summary>Rows of the host and further wishes that commit together with the step, or not at all.</summary>
public sealed record CommitExtras
{
    /// <summary>
    /// Runs last, on the connection and in the transaction of the commit. A returned rejection vetoes the step: nothing
    /// is stored and the caller gets it as the answer. May be called again for a repeated attempt, so it must only
    /// write through the given connection.
    /// </summary>
    public Func<HostCommit, CancellationToken, Task<EngineAnswer.Rejected?>>? HostRows { get; init; }

    /// <summary>
    /// What the caller sent and the command does not hold, e.g. the whole answer of a form: the same idempotency key
    /// with another content is another request.
    /// </summary>
    public string? Content { get; init; }

    /// <summary>Commands for other instances; the rejection of one is recorded and absorbed.</summary>
    public ImmutableArray<QueuedCommand> Commands { get; init; } = [];
    public ImmutableArray<QueuedStart> Starts { get; init; } = [];
    public ImmutableArray<MessagePublication> Messages { get; init; } = [];
    public ImmutableArray<OutboxMessage> Outbox { get; init; } = [];

    /// <summary>Acts of persons that belong into the hash chain of the instance, e.g. reading a document.</summary>
    public ImmutableArray<RecordedAct> Acts { get; init; } = [];

    /// <summary>What two parts of the host want with one step; rows of the first are written first.</summary>
    public static CommitExtras? Both(CommitExtras? one, CommitExtras? other)
    {
        if (one is null || other is null) return one ?? other;
        return new CommitExtras
        {
            Content = one.Content ?? other.Content,
            Commands = [.. one.Commands, .. other.Commands],
            Starts = [.. one.Starts, .. other.Starts],
            Messages = [.. one.Messages, .. other.Messages],
            Outbox = [.. one.Outbox, .. other.Outbox],
            Acts = [.. one.Acts, .. other.Acts],
            HostRows = one.HostRows is null || other.HostRows is null
                ? one.HostRows ?? other.HostRows
                : async (commit, ct) =>
                {
                    if (await one.HostRows(commit, ct) is { } veto) return veto;
                    var further = commit.Further;
                    commit.Further = new CommitExtras();
                    if (await other.HostRows(commit, ct) is { } second) return second;
                    commit.Further = Both(further, commit.Further)!;
                    return null;
                },
        };
    }
}

/// <summary>The open commit, as the host's rows see it.</summary>
/// <param name="Step">What was decided; null when the commit is not a step of an instance.</param>
public sealed record HostCommit(
    DbConnection Connection, DbTransaction Transaction, Scope Scope, DateTimeOffset At, Step? Step)
{
    /// <summary>Wishes found out while writing the host's rows; they commit with them.</summary>
    public CommitExtras Further { get; set; } = new();

    /// <summary>What this commit deploys; null for every other one.</summary>
    public DeployAnswer.Deployed? Deployed { get; set; }
}

/// <summary>One decided step of a process instance on its way into the database.</summary>
/// <param name="Before">Null when the step creates the instance.</param>
public sealed record Step(
    Scope Scope, Release Release, CommandEnvelope Envelope, ProcessInstance? Before, StepResult.Accepted Accepted);

public sealed record QueuedCommand(long InstanceKey, Command Command);

/// <summary>An instance to be created by its own transaction, right after this one.</summary>
public sealed record QueuedStart(
    ProcessSelector Process,
    ImmutableArray<VariableValue> Variables,
    ImmutableArray<string> Tags = default,
    string? BusinessId = null);

/// <param name="CorrelationKey">Empty: only start events and waits without a key can take it.</param>
/// <param name="TimeToLive">How long it waits for a taker, in engine time; zero: now or never.</param>
/// <param name="MessageId">A second message with the same id, name and key is refused while the first lives.</param>
public sealed record MessagePublication(
    string Name,
    string CorrelationKey,
    ImmutableArray<VariableValue> Variables,
    TimeSpan TimeToLive = default,
    string? MessageId = null);

/// <param name="BusinessKey">Task, person, kind, occurrence and channel: what is planned twice is sent once.</param>
/// <param name="Recipient">User name or address key; the host's channel finds the address.</param>
/// <param name="Payload">JSON without personal data of clients.</param>
/// <param name="DueAt">Engine time from which it may be sent.</param>
public sealed record OutboxMessage(
    string BusinessKey,
    string Purpose,
    string Recipient,
    string Payload,
    DateTimeOffset DueAt,
    long? InstanceKey = null,
    long? UserTaskKey = null)
{
    /// <summary>
    /// Purpose of a row that is never sent by itself: another one carries it (<see cref="Carried"/>).
    /// </summary>
    public const string DigestLine = "digest-line";
}

/// <param name="Name">A past participle as for history events, e.g. <c>DocumentRead</c>.</param>
/// <param name="Payload">JSON.</param>
public sealed record RecordedAct(string Name, string Payload)
{
    /// <summary>One of <see cref="HistoryChain"/> for an act that also belongs to an office's own record, written in
    /// the transaction of a step; null for the chain of what is committed.</summary>
    public long? Chain { get; init; }
}

/// <summary>The hash chains outside of cases; chains of cases are numbered by their root instance.</summary>
public static class HistoryChain
{
    public const long Accounts = 1;
    public const long Procedures = 2;
    public const long Settings = 3;
    public const long Absences = 4;

    /// <summary>Who opened which case and document, and why.</summary>
    public const long Reading = 5;

    /// <summary>Which case was erased, on whose word.</summary>
    public const long Erasures = 6;
}

// ---- jobs -----------------------------------------------------------------------------------------------------

/// <param name="Timeout">How long the worker holds the jobs, in engine time.</param>
/// <param name="FetchVariables">Empty: all variables visible from the job's element.</param>
/// <param name="RequestTimeout">How long to wait for a first job (long polling); zero answers at once.</param>
public sealed record JobActivation(
    string Type,
    string Worker,
    TimeSpan Timeout,
    int MaxJobs,
    ImmutableArray<string> FetchVariables = default,
    TimeSpan RequestTimeout = default);

/// <param name="Variables">JSON object.</param>
/// <param name="CustomHeaders">JSON object of texts.</param>
public sealed record ActivatedJob(
    long Key,
    string Type,
    long InstanceKey,
    long DefinitionKey,
    string ProcessId,
    int ProcessVersion,
    long ElementInstanceKey,
    string ElementId,
    string CustomHeaders,
    string Worker,
    int Retries,
    DateTimeOffset Deadline,
    string Variables,
    ImmutableArray<string> Tags,
    long RootInstanceKey);

/// <summary>What an in-process handler did with a job; it commits in one transaction with <see
/// cref="Extras"/>.</summary>
public abstract record JobOutcome
{
    public CommitExtras? Extras { get; init; }

    public sealed record Complete(ImmutableArray<VariableValue> Variables) : JobOutcome;

    /// <summary>A BPMN error the process can catch.</summary>
    public sealed record Error(string Code, string Message) : JobOutcome;

    /// <summary>A technical failure; the job is offered again while it has retries.</summary>
    public sealed record Fail(string Message, TimeSpan BackOff = default) : JobOutcome;
}

/// <param name="At">Engine time.</param>
/// <param name="Read">JSON value of a variable visible from the job's element, or null.</param>
public sealed record JobContext(
    ActivatedJob Job, ProcessInstance Instance, Release Release, DateTimeOffset At, Func<string, string?> Read);

public delegate Task<JobOutcome> JobHandler(JobContext job, CancellationToken cancellation);

// ---- deployment -----------------------------------------------------------------------------------------------

public sealed record DeploymentFile(string Name, ReadOnlyMemory<byte> Content);

public abstract record DeployAnswer
{
    /// <summary>Stored whole, or found to be byte for byte what is already there.</summary>
    public sealed record Deployed(
        long DeploymentKey,
        ImmutableArray<DeployedProcess> Processes,
        ImmutableArray<DeployedDecision> Decisions,
        ImmutableArray<DeployedRequirements> Requirements,
        ImmutableArray<DeployedForm> Forms,
        ImmutableArray<DeployProblem> Warnings) : DeployAnswer;

    public sealed record Refused(EngineRejection Code, ImmutableArray<DeployProblem> Problems) : DeployAnswer;
}

public sealed record DeployedProcess(long Key, string ProcessId, int Version, string? VersionTag, string ResourceName);

public sealed record DeployedDecision(
    long Key, string DecisionId, string? Name, int Version, string RequirementsId, long RequirementsKey);

public sealed record DeployedRequirements(long Key, string Id, string? Name, int Version, string ResourceName);

public sealed record DeployedForm(long Key, string FormId, int Version, string ResourceName);

/// <param name="ElementId">Where in the file, if known.</param>
public sealed record DeployProblem(string ResourceName, string? ElementId, string Message);

// ---- outbox ---------------------------------------------------------------------------------------------------

/// <summary>What the host's channel made of one outbox row.</summary>
public abstract record SendResult
{
    /// <summary>Planned in place of this row, or because of it, in the transaction that marks it.</summary>
    public ImmutableArray<OutboxMessage> Instead { get; init; } = [];

    /// <summary>Rows this one spoke for; they end with it.</summary>
    public ImmutableArray<Carried> Carried { get; init; } = [];

    public sealed record Sent : SendResult;

    /// <summary>Not sent, and no longer wanted: the task is done, reassigned or muted.</summary>
    public sealed record Suppressed(string Reason) : SendResult;

    /// <summary>Not sent; tried again after <paramref name="After"/> (system time) while attempts remain.</summary>
    public sealed record Retry(string Reason, TimeSpan After) : SendResult;

    /// <summary>Never deliverable.</summary>
    public sealed record Failed(string Reason) : SendResult;

    /// <summary>
    /// Perhaps sent. Once, a quarter of an hour later, the sender is asked again and can find out (<see
    /// cref="OutboxItem.PerhapsSent"/>); then it is left to a person.
    /// </summary>
    public sealed record Unknown(string Reason) : SendResult;
}

/// <param name="DroppedBecause">Null: it was told. Else why it was no longer worth telling.</param>
public sealed record Carried(long Key, string? DroppedBecause = null);

/// <param name="Key">The same at every attempt: the id a receiver can recognise a repetition by.</param>
/// <param name="PerhapsSent">An attempt before this one ended without anybody knowing how.</param>
public sealed record OutboxItem(long Key, int Attempt, OutboxMessage Message, bool PerhapsSent = false);

public delegate Task<SendResult> OutboxSender(OutboxItem item, CancellationToken cancellation);

/// <summary>Something of the host that falls due in engine time, e.g. digests and calendar jobs.</summary>
/// <param name="NextDue">The next moment it wants to run, or null.</param>
/// <param name="Run">Does what is due at the given moment and moves its next due time on.</param>
/// <param name="OncePerAdvance">When the clock is turned forward it runs where the clock comes to stand, once, as
/// after a time in which the engine stood still; not at every moment on the way.</param>
public sealed record DueSource(
    Func<CancellationToken, Task<DateTimeOffset?>> NextDue, Func<DateTimeOffset, CancellationToken, Task> Run,
    bool OncePerAdvance = false);
