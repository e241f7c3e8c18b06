using System.Collections.Immutable;
using Workflows.Engine.Execution;

namespace Workflows.Runtime;

/// <summary>The doors of the engine: everything that changes something goes through here.</summary>
public sealed class WorkflowEngine
{
    public EngineClock Clock => throw new NotSupportedException();

    /// <summary>Carries out one command on one process instance, durably, before it answers.</summary>
    public Task<EngineAnswer> ExecuteAsync(
        Scope scope, long instanceKey, Command command, string? idempotencyKey = null, CommitExtras? extras = null,
        CancellationToken cancellation = default) => throw new NotSupportedException();

    public Task<EngineAnswer> CreateInstanceAsync(
        Scope scope, InstanceCreation creation, string? idempotencyKey = null, CommitExtras? extras = null,
        CancellationToken cancellation = default) => throw new NotSupportedException();

    // By the key of what is changed; the instance is found by it. Same rules as ExecuteAsync.
    public Task<EngineAnswer> CompleteUserTaskAsync(
        Scope scope, long taskKey, ImmutableArray<VariableValue> variables, string? action = null,
        string? idempotencyKey = null, CommitExtras? extras = null, CancellationToken cancellation = default) =>
        throw new NotSupportedException();
    public Task<EngineAnswer> AssignUserTaskAsync(
        Scope scope, long taskKey, string assignee, bool allowOverride = true, string? action = null,
        CommitExtras? extras = null, CancellationToken cancellation = default) => throw new NotSupportedException();
    public Task<EngineAnswer> UnassignUserTaskAsync(
        Scope scope, long taskKey, CommitExtras? extras = null, CancellationToken cancellation = default) =>
        throw new NotSupportedException();
    public Task<EngineAnswer> UpdateUserTaskAsync(
        Scope scope, long taskKey, UserTaskChanges changes, string? action = null, CommitExtras? extras = null,
        CancellationToken cancellation = default) => throw new NotSupportedException();
    public Task<EngineAnswer> SetVariablesAsync(
        Scope scope, long elementInstanceKey, ImmutableArray<VariableValue> variables, bool local,
        CancellationToken cancellation = default) => throw new NotSupportedException();
    public Task<EngineAnswer> ResolveIncidentAsync(
        Scope scope, long incidentKey, CancellationToken cancellation = default) => throw new NotSupportedException();
    public Task<EngineAnswer> CancelInstanceAsync(
        Scope scope, long instanceKey, CancellationToken cancellation = default) => throw new NotSupportedException();

    // Jobs.
    public Task<ImmutableArray<ActivatedJob>> ActivateJobsAsync(
        Scope scope, JobActivation activation, CancellationToken cancellation = default) =>
        throw new NotSupportedException();
    public Task<EngineAnswer> CompleteJobAsync(
        Scope scope, long jobKey, ImmutableArray<VariableValue> variables, CommitExtras? extras = null,
        CancellationToken cancellation = default) => throw new NotSupportedException();
    public Task<EngineAnswer> FailJobAsync(
        Scope scope, long jobKey, int retries, string message, TimeSpan retryBackOff,
        ImmutableArray<VariableValue> variables, CancellationToken cancellation = default) =>
        throw new NotSupportedException();
    public Task<EngineAnswer> ThrowJobErrorAsync(
        Scope scope, long jobKey, string errorCode, string? message, ImmutableArray<VariableValue> variables,
        CommitExtras? extras = null, CancellationToken cancellation = default) => throw new NotSupportedException();
    public Task<EngineAnswer> UpdateJobAsync(
        Scope scope, long jobKey, int? retries, TimeSpan? timeout, CancellationToken cancellation = default) =>
        throw new NotSupportedException();

    // Messages.
    public Task<EngineAnswer> PublishMessageAsync(
        Scope scope, MessagePublication message, CommitExtras? extras = null,
        CancellationToken cancellation = default) => throw new NotSupportedException();
    public Task<EngineAnswer> CorrelateMessageAsync(
        Scope scope, MessagePublication message, CancellationToken cancellation = default) =>
        throw new NotSupportedException();

    // Deployments.
    public Task<DeployAnswer> DeployAsync(
        Scope scope, IReadOnlyList<DeploymentFile> files, string? source = null, CommitExtras? extras = null,
        CancellationToken cancellation = default) => throw new NotSupportedException();
    public Task<EngineAnswer.Rejected?> DeleteResourceAsync(
        Scope scope, long resourceKey, CancellationToken cancellation = default) => throw new NotSupportedException();

    /// <summary>Writes rows of the host and acts into a chain outside of any step, in one transaction.</summary>
    public Task<EngineAnswer.Rejected?> RecordAsync(
        Scope scope, long chain, CommitExtras extras, CancellationToken cancellation = default) =>
        throw new NotSupportedException();

    /// <summary>Runs queued commands, job handlers and due timers until nothing is due at the engine's present moment.</summary>
    public Task DrainAsync(CancellationToken cancellation = default) => throw new NotSupportedException();
}
