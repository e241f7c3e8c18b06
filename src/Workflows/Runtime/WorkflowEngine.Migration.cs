using System.Collections.Immutable;
using Workflows.Engine.Execution;

namespace Workflows.Runtime;

// An instance goes over to another version of its process, back from it, or to another place by hand. All three are
// for machine clients and the engine; how people come to them is the host's affair.
public sealed partial class WorkflowEngine
{
    /// <summary>Moves an instance to another definition; the blockers of <see cref="Migration"/> reject it.</summary>
    public async Task<EngineAnswer> MigrateInstanceAsync(
        Scope scope, long instanceKey, long definitionKey, ImmutableSortedDictionary<string, string> mapping,
        TermPolicy terms = TermPolicy.Keep, string? idempotencyKey = null, CommitExtras? extras = null,
        CancellationToken cancellation = default) => await RunAsync(
        new Wish(scope, instanceKey, new MigrateInstance(definitionKey, mapping, terms))
        {
            Target = await Catalog.FindAsync(definitionKey, cancellation),
            IdempotencyKey = idempotencyKey,
            Extras = extras,
        }, cancellation);

    /// <summary>The step a migration would be at this moment; nothing is stored.</summary>
    /// <returns>Null when there is no such instance or definition, or it has ended.</returns>
    public async Task<MigrationPreview?> PreviewMigrationAsync(
        long instanceKey, long definitionKey, ImmutableSortedDictionary<string, string> mapping,
        TermPolicy terms = TermPolicy.Keep, CancellationToken cancellation = default)
    {
        var instance = (store.Cache.Find(instanceKey) ?? await store.LoadAsync(instanceKey, cancellation))?.Instance;
        if (instance is not { State: InstanceState.Active }) return null;
        if (await Catalog.FindAsync(definitionKey, cancellation) is not { } target) return null;
        var source = (await Catalog.FindAsync(instance.DefinitionKey, cancellation))!;
        var envelope = new CommandEnvelope(
            "", Scope.Engine.User, await Clock.NowAsync(cancellation), new KeyRange(1, Limits.KeysPerCommand),
            new MigrateInstance(definitionKey, mapping, terms));
        var blockers = Migration.Check(instance, source.Definition, target.Definition, mapping);
        var result = blockers.IsEmpty ? Interpreter.Execute(source, instance, envelope, target) : null;
        return new(
            instance, blockers, result as StepResult.Accepted, (result as StepResult.Rejected)?.Message);
    }

    /// <summary>Takes the last migration of an instance back, if nothing but acts has been recorded since.</summary>
    public async Task<EngineAnswer> UndoMigrationAsync(
        Scope scope, long instanceKey, string? idempotencyKey = null, CommitExtras? extras = null,
        CancellationToken cancellation = default)
    {
        var steps = await store.ReadAsync("""
            select command, payload from history where process_instance_key = $1 order by sequence
            """, row => (Command: row.GetString(0), Payload: row.IsDBNull(1) ? null : row.GetFieldValue<byte[]>(1)),
            cancellation, instanceKey);
        var last = steps.Select((step, at) => (step, at)).LastOrDefault(
            one => one.step.Command == nameof(MigrateInstance), (default, -1)).Item2;
        if (last < 0) return NotFound($"Expected that instance {instanceKey} has gone over to another definition.");
        if (steps.Any(step => step.Payload is null))
            return new EngineAnswer.Rejected(EngineRejection.InvalidState, $"Instance {instanceKey} was erased.");
        var before = FoldOf(steps.AsSpan(0, last), null)!;
        var after = FoldOf(steps.AsSpan(last, 1), before)!;
        var moves = EngineJson.ReadHistory(steps[last].Payload).OfType<InstanceMigrated>().Single().Moves;
        return await RunAsync(
            new Wish(scope, instanceKey, new UndoMigration(before, moves, Migration.HashOf(after)))
            {
                Target = await Catalog.FindAsync(before.DefinitionKey, cancellation),
                IdempotencyKey = idempotencyKey,
                Extras = extras,
            }, cancellation);
    }

    // Acts of the host lie in the same history.
    static ProcessInstance? FoldOf(ReadOnlySpan<(string Command, byte[]? Payload)> steps, ProcessInstance? state)
    {
        foreach (var step in steps)
        {
            if (!EngineJson.IsHistory(step.Payload)) continue;
            foreach (var happened in EngineJson.ReadHistory(step.Payload)) state = Apply.To(state, happened);
        }
        return state;
    }

    /// <summary>Begins and ends elements of an instance by hand.</summary>
    public Task<EngineAnswer> ModifyInstanceAsync(
        Scope scope, long instanceKey, ImmutableArray<ElementActivation> activate, ImmutableArray<long> terminate,
        CancellationToken cancellation = default) =>
        RunAsync(new Wish(scope, instanceKey, new ModifyInstance(activate, terminate)), cancellation);
}

/// <summary>What a migration would do.</summary>
/// <param name="Blockers">What keeps the instance where it is.</param>
/// <param name="Step">The step it would be, with its history; null when it is impossible.</param>
/// <param name="Problem">English: why it is impossible although nothing blocks it.</param>
public sealed record MigrationPreview(
    ProcessInstance Before, ImmutableArray<MigrationBlocker> Blockers, StepResult.Accepted? Step, string? Problem);
