using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Workflows.Engine.Execution;

/// <summary>The answer of <see cref="Interpreter.Execute"/>.</summary>
public abstract record StepResult
{
    /// <summary>
    /// The command was possible: the next state, what happened, and what other instances must now be told.
    /// </summary>
    /// <param name="KeysUsed">How many keys of the range were used, from its beginning.</param>
    public sealed record Accepted(
        ProcessInstance Instance,
        ImmutableArray<HistoryEvent> History,
        ImmutableArray<Effect> Effects,
        int KeysUsed) : StepResult;

    /// <summary>The command was impossible. Nothing changed and nothing is stored.</summary>
    public sealed record Rejected(RejectionCode Code, string Message) : StepResult;
}

public enum RejectionCode
{
    NotFound,
    InvalidState,
    InvalidArgument,
    AlreadyExists,
    Forbidden,
}

/// <summary>
/// What leaves the instance. Rows for search (elements, variables, tasks, jobs, timers, subscriptions, incidents) are
/// not effects: the store derives them from the history events of the same step.
/// </summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "effect")]
[JsonDerivedType(typeof(StartChild), nameof(StartChild))]
[JsonDerivedType(typeof(SendCommand), nameof(SendCommand))]
public abstract record Effect;

/// <summary>Create the instance a call activity waits for.</summary>
public sealed record StartChild(long DefinitionKey, CreateInstance Command) : Effect;

/// <summary>Tell another instance (caller or called) what happened here.</summary>
public sealed record SendCommand(long InstanceKey, Command Command) : Effect;
