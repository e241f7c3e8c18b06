using System.Collections.Immutable;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Workflows.Engine.Execution;
using Workflows.Runtime.Storage;

namespace Workflows.Runtime;

/// <summary>The doors of the engine: everything that changes something goes through here.</summary>
/// <remarks>
/// Load, decide, commit, answer, wake. Split by what is asked: this file commands to instances, <c>.Jobs</c> work for
/// workers, <c>.Messages</c> publication and correlation, <c>.Deployments</c> definitions, <c>.Due</c> what time and
/// the queue bring.
/// </remarks>
public sealed partial class WorkflowEngine : IDisposable
{
    /// <summary>How often a command is decided anew because somebody else changed the instance meanwhile.</summary>
    const int AttemptsMax = 10;
    const int StripeCount = 1024;

    readonly WorkflowStore store;
    readonly WorkflowsOptions options;
    readonly ILogger<WorkflowEngine> log;
    readonly Decider decider;
    readonly SemaphoreSlim[] stripes = [.. Enumerable.Range(0, StripeCount).Select(_ => new SemaphoreSlim(1, 1))];

    public WorkflowEngine(WorkflowStore store, WorkflowsOptions options, ILogger<WorkflowEngine> log)
    {
        this.store = store;
        this.options = options;
        this.log = log;
        decider = new Decider(options);
        Catalog = new DefinitionCatalog(store, options);
        Clock = new EngineClock(store, options)
        {
            Advance = AdvanceAsync, Settle = DrainAsync, Released = () => Signals.Set(Signals.Timers),
        };
        AddBuiltInHandlers();
    }

    public EngineClock Clock { get; }

    public DefinitionCatalog Catalog { get; }

    internal Signals Signals { get; } = new();

    internal WorkflowStore Store => store;

    /// <summary>Carries out one command on one process instance, durably, before it answers.</summary>
    /// <param name="idempotencyKey">The same key by the same user gets the same answer and has one effect.</param>
    public Task<EngineAnswer> ExecuteAsync(
        Scope scope, long instanceKey, Command command, string? idempotencyKey = null, CommitExtras? extras = null,
        CancellationToken cancellation = default)
    {
        if (command is CreateInstance) throw new ArgumentException(
            "Instances are created by CreateInstanceAsync.", nameof(command));
        return RunAsync(
            new Wish(scope, instanceKey, command) { IdempotencyKey = idempotencyKey, Extras = extras }, cancellation);
    }

    public async Task<EngineAnswer> CreateInstanceAsync(
        Scope scope, InstanceCreation creation, string? idempotencyKey = null, CommitExtras? extras = null,
        CancellationToken cancellation = default)
    {
        var definitionKey = await Catalog.ResolveAsync(creation.Process, cancellation);
        if (definitionKey == 0) return NotFound(
            $"Expected a deployed process {Shown(creation.Process)}, but there is none.");
        var release = (await Catalog.FindAsync(definitionKey, cancellation))!;
        if (release.Definition.Scopes[release.Definition.Id].StartEvents.All(e => e.Definition is not null))
            return new EngineAnswer.Rejected(EngineRejection.InvalidArgument,
                $"Process '{release.Definition.Id}' has no none start event: a message or a timer starts it.");
        var key = await store.Keys.OneAsync(cancellation);
        var ended = creation.AwaitCompletion ? Signals.Next(Signals.EndOf(key)) : null;
        var command = new CreateInstance(
            key, creation.Variables.IsDefault ? [] : creation.Variables, null, creation.Tags, creation.BusinessId);
        var answer = await RunAsync(
            new Wish(scope, key, command)
            {
                DefinitionKey = definitionKey, IdempotencyKey = idempotencyKey, Extras = extras,
            }, cancellation);
        return answer is EngineAnswer.Accepted accepted && ended is not null
            ? await AwaitEndAsync(accepted, creation, ended, cancellation)
            : answer;
    }

    public void Dispose()
    {
        timersTurn.Dispose();
        queueTurn.Dispose();
        handlersTurn.Dispose();
        foreach (var stripe in stripes) stripe.Dispose();
    }

    static string Shown(ProcessSelector process) => process.Key != 0
        ? string.Create(System.Globalization.CultureInfo.InvariantCulture, $"with key {process.Key}")
        : process.Version < 0 ? $"'{process.ProcessId}'" : $"'{process.ProcessId}' of version {process.Version}";

    // ---- by the key of what is changed ----------------------------------------------------------------------------

    public Task<EngineAnswer> CompleteUserTaskAsync(
        Scope scope, long taskKey, ImmutableArray<VariableValue> variables, string? action = null,
        string? idempotencyKey = null, CommitExtras? extras = null, CancellationToken cancellation = default) =>
        OnTaskAsync(scope, taskKey, new CompleteUserTask(taskKey, variables, action), idempotencyKey, extras,
            cancellation);

    public Task<EngineAnswer> AssignUserTaskAsync(
        Scope scope, long taskKey, string assignee, bool allowOverride = true, string? action = null,
        string? reason = null, CommitExtras? extras = null, CancellationToken cancellation = default) => OnTaskAsync(
        scope, taskKey, new AssignUserTask(taskKey, assignee, allowOverride, action, reason), null, extras,
        cancellation);

    public Task<EngineAnswer> UnassignUserTaskAsync(
        Scope scope, long taskKey, CommitExtras? extras = null, CancellationToken cancellation = default) =>
        OnTaskAsync(scope, taskKey, new UnassignUserTask(taskKey), null, extras, cancellation);

    public Task<EngineAnswer> UpdateUserTaskAsync(
        Scope scope, long taskKey, UserTaskChanges changes, string? action = null, CommitExtras? extras = null,
        CancellationToken cancellation = default) =>
        OnTaskAsync(scope, taskKey, new UpdateUserTask(taskKey, changes, action), null, extras, cancellation);

    async Task<EngineAnswer> OnTaskAsync(
        Scope scope, long taskKey, Command command, string? idempotencyKey, CommitExtras? extras,
    CancellationToken cancellation)
    {
        var instanceKey = await OwnerAsync("user_tasks", taskKey, cancellation);
        return instanceKey == 0
            ? NotFound($"Expected a user task with key {taskKey}, but there is none.")
            : await RunAsync(
                new Wish(scope, instanceKey, command) { IdempotencyKey = idempotencyKey, Extras = extras },
                cancellation);
    }

    /// <param name="elementInstanceKey">A process instance or an element instance: the scope that is written
    /// to.</param>
    public async Task<EngineAnswer> SetVariablesAsync(
        Scope scope, long elementInstanceKey, ImmutableArray<VariableValue> variables, bool local,
        CancellationToken cancellation = default)
    {
        var instanceKey = await OwnerAsync("element_instances", elementInstanceKey, cancellation);
        return instanceKey == 0
            ? NotFound($"Expected an element instance with key {elementInstanceKey}, but there is none.")
            : await RunAsync(
                new Wish(scope, instanceKey, new SetVariables(elementInstanceKey, variables, local)), cancellation);
    }

    public async Task<EngineAnswer> ResolveIncidentAsync(
        Scope scope, long incidentKey, CancellationToken cancellation = default)
    {
        var instanceKey = await OwnerAsync("incidents", incidentKey, cancellation);
        return instanceKey == 0
            ? NotFound($"Expected an incident with key {incidentKey}, but there is none.")
            : await RunAsync(new Wish(scope, instanceKey, new ResolveIncident(incidentKey)), cancellation);
    }

    public Task<EngineAnswer> CancelInstanceAsync(
        Scope scope, long instanceKey, CancellationToken cancellation = default) =>
        RunAsync(new Wish(scope, instanceKey, new CancelInstance()), cancellation);

    /// <summary>
    /// Puts an act of a person into the history of an instance, also of one that has ended; rows of the host commit
    /// with it. Whether she may is decided by the host.
    /// </summary>
    /// <param name="variables">Process variables the act changes; then the instance must still run.</param>
    public Task<EngineAnswer> RecordActAsync(
        Scope scope, long instanceKey, Act act, string? idempotencyKey = null, CommitExtras? extras = null,
        ImmutableArray<VariableValue> variables = default, CancellationToken cancellation = default) =>
        ExecuteAsync(scope, instanceKey, new RecordAct(act, variables), idempotencyKey, extras, cancellation);

    async ValueTask<long> OwnerAsync(string table, long key, CancellationToken cancellation)
    {
        if (store.Cache.OwnerOf(key) is var owner and not 0) return owner;
        var rows = await store.ReadAsync(
            $"select process_instance_key from {table} where key = $1", row => row.GetInt64(0), cancellation, key);
        return rows.IsEmpty ? 0 : rows[0];
    }

    /// <summary>Writes rows of the host and acts into a chain outside of any step, in one transaction.</summary>
    /// <param name="chain">A root instance, or one of <see cref="HistoryChain"/>.</param>
    public async Task<EngineAnswer.Rejected?> RecordAsync(
        Scope scope, long chain, CommitExtras extras, CancellationToken cancellation = default)
    {
        var at = await Clock.NowAsync(cancellation);
        var lease = await store.Keys.RentAsync(cancellation);
        var commit = new StepCommit
        {
            Scope = scope,
            At = at,
            WriteFurther = (further, rows, history) =>
                decider.WriteExtras(further, scope.User, at, chain, 0, rows, history, lease),
        };
        commit.WriteFurther(extras, commit.Rows, commit.History);
        if (extras.HostRows is { } hostRows) commit.HostRows.Add(hostRows);
        if (commit.History.Count == 0) commit.OneByOne = chain;
        var outcome = await store.CommitAsync([commit], background: false, cancellation: cancellation);
        store.Keys.Return(lease);
        if (!outcome.IsCommitted) return outcome.Veto ?? Busy(chain);
        WakeFor(extras);
        return null;
    }

    // ---- the walk -------------------------------------------------------------------------------------------------

    async Task<EngineAnswer> RunAsync(Wish wish, CancellationToken cancellation)
    {
        EngineAnswer answer;
        Step? done;
        var stripe = StripeOf(wish.InstanceKey);
        await stripe.WaitAsync(cancellation);
        try
        {
            (answer, done) = await CommitOneAsync(wish, cancellation);
        }
        finally
        {
            stripe.Release();
        }
        if (done is not null) await FollowUpAsync(done, cancellation);
        return answer;
    }

    SemaphoreSlim StripeOf(long instanceKey) => stripes[(int)((ulong)instanceKey % StripeCount)];

    async Task<(EngineAnswer Answer, Step? Done)> CommitOneAsync(Wish wish, CancellationToken cancellation)
    {
        for (var attempt = 1; attempt <= AttemptsMax; attempt++)
        {
            var stored = wish.IsCreation ? null : store.Cache.Find(wish.InstanceKey);
            var mayBeOutdated = stored is not null && store.IsShared;
            if (stored is null && !wish.IsCreation)
            {
                stored = await store.LoadAsync(wish.InstanceKey, cancellation);
                if (stored is null) return (
                    NotFound($"Expected a process instance with key {wish.InstanceKey}, but there is none."), null);
            }
            var release = (await Catalog.FindAsync(
                stored?.Instance.DefinitionKey ?? wish.DefinitionKey, cancellation))!;
            var at = wish.At ?? await Clock.NowAsync(cancellation);
            var lease = await store.Keys.RentAsync(cancellation);
            var decision = decider.Decide(wish, release, stored, at, lease);
            store.Keys.Return(lease);
            if (decision.Rejected is { } rejected)
            {
                if (await AnsweredBeforeAsync(wish, cancellation) is { } same) return (same, null);
                if (!mayBeOutdated) return (rejected, null);
                store.Cache.Remove(wish.InstanceKey);       // another node may know better
                continue;
            }
            if (decision.ChangesNothing) return (decision.Accepted!, null);
            var outcome = await store.CommitAsync([decision.Commit!], background: false, cancellation: cancellation);
            if (outcome.IsCommitted)
            {
                Remember(decision, stored);
                return (decision.Accepted!, decision.Step);
            }
            if (await RefusedAsync(wish, outcome, cancellation) is { } refusal) return (refusal, null);
            store.Cache.Remove(wish.InstanceKey);
        }
        return (Busy(wish.InstanceKey), null);
    }

    /// <summary>What a failed commit means for the caller; null when it is worth another attempt.</summary>
    async Task<EngineAnswer?> RefusedAsync(Wish wish, CommitOutcome outcome, CancellationToken cancellation)
    {
        if (outcome.Veto is { } veto) return veto;
        if (outcome.Result != CommitResult.Duplicate) return null;
        return outcome.Table switch
        {
            "command_log" => await AnsweredBeforeAsync(wish, cancellation),
            "message_correlations" => new EngineAnswer.Rejected(
                EngineRejection.AlreadyExists, "The message has already reached this process."),
            "process_instances" => new EngineAnswer.Rejected(
                EngineRejection.AlreadyExists, "An instance with this correlation key is already running."),
            _ => throw new InvalidOperationException(
                $"A unique index of {outcome.Table} refused a row of {wish.Command}."),
        };
    }

    async Task<EngineAnswer?> AnsweredBeforeAsync(Wish wish, CancellationToken cancellation)
    {
        if (wish.IdempotencyKey is null) return null;
        var rows = await store.ReadAsync(
            "select command_hash, answer from command_log where actor = $1 and idempotency_key = $2",
            row => (Hash: row.GetFieldValue<byte[]>(0), Answer: row.GetString(1)), cancellation,
            wish.Scope.User, wish.IdempotencyKey);
        if (rows.IsEmpty) return null;
        return rows[0].Hash.AsSpan().SequenceEqual(Decider.HashOf(wish))
            ? JsonSerializer.Deserialize(rows[0].Answer, RuntimeJson.Default.Accepted)
            : new EngineAnswer.Rejected(
                EngineRejection.InvalidArgument,
                    $"The idempotency key '{wish.IdempotencyKey}' belongs to another command.");
    }

    static EngineAnswer.Rejected NotFound(string message) => new(EngineRejection.NotFound, message);

    static EngineAnswer.Rejected Busy(long key) => new(
        EngineRejection.ResourceExhausted,
            $"Instance {key} was changed by others {AttemptsMax} times. Send the command again.");

    // ---- after the commit -----------------------------------------------------------------------------------------

    void Remember(Decision decision, StoredInstance? before)
    {
        var step = decision.Step!;
        WakeForRows(decision.Commit!);
        Signals.Set(Signals.Steps);
        if (step.Accepted.History.IsEmpty) return;
        store.Cache.Put(new(step.Accepted.Instance, (before?.Version ?? 0) + 1));
        Wake(step);
    }

    void Wake(Step step)
    {
        foreach (var happened in step.Accepted.History)
        {
            switch (happened)
            {
                case TimerScheduled:
                    Signals.Set(Signals.Timers);
                    break;
                case JobCreated e:
                    WakeJobs(e.Job.Type);
                    break;
                case JobRetriesUpdated e when step.Accepted.Instance.Jobs.TryGetValue(e.Key, out var job):
                    WakeJobs(job.Type);
                    break;
                case JobFailed e when step.Accepted.Instance.Jobs.TryGetValue(e.Key, out var job):
                    WakeJobs(job.Type);
                    break;
            }
        }
        if (step.Accepted.Instance.State != InstanceState.Active) Signals.Set(
            Signals.EndOf(step.Accepted.Instance.Key));
    }

    // A look of a worker is a read: not after every step. Host rows may have wished for more than is seen here.
    void WakeForRows(StepCommit commit)
    {
        if (Adds("insert into command_queue")) Signals.Set(Signals.Queue);
        if (Adds("insert into outbox")) Signals.Set(Signals.Outbox);

        bool Adds(string insert) =>
            commit.HostRows.Count > 0 || commit.Rows.Exists(r => r.Sql.StartsWith(insert, StringComparison.Ordinal));
    }

    void WakeJobs(string type)
    {
        Signals.Set(Signals.JobsOf(type));
        if (options.JobHandlers.ContainsKey(type)) Signals.Set(Signals.Handlers);
    }

    void WakeFor(CommitExtras extras)
    {
        if (extras.Commands.Length + extras.Starts.Length + extras.Messages.Length > 0) Signals.Set(Signals.Queue);
        Signals.Set(Signals.Outbox);
    }

    async Task<EngineAnswer> AwaitEndAsync(
        EngineAnswer.Accepted accepted, InstanceCreation creation, Task ended, CancellationToken cancellation)
    {
        var timeout = creation.Timeout ?? TimeSpan.FromSeconds(10);
        var until = options.SystemTime.GetTimestamp();
        var step = store.IsShared ? TimeSpan.FromMilliseconds(200) : timeout;   // another node may end it, unheard
        while (true)
        {
            var rows = await store.ReadAsync(
                "select state from process_instances where key = $1", row =>
                    row.GetString(0), cancellation, accepted.InstanceKey);
            if (!rows.IsEmpty && rows[0] != Status.Active)
            {
                var state = rows[0] == Status.Completed ? InstanceState.Completed : InstanceState.Terminated;
                return accepted with
                {
                    State = state,
                    Variables = await ResultAsync(accepted.InstanceKey, creation.FetchVariables, cancellation),
                };
            }
            var left = timeout - options.SystemTime.GetElapsedTime(until);
            if (left <= TimeSpan.Zero) break;
            await Signals.WaitAsync(ended, left < step ? left : step, cancellation);
        }
        Signals.Set(Signals.EndOf(accepted.InstanceKey));
        return new EngineAnswer.Rejected(EngineRejection.DeadlineExceeded,
            $"Process instance {accepted.InstanceKey} did not end within {timeout.TotalMilliseconds} ms; it goes on.");
    }

    async Task<string> ResultAsync(long instanceKey, ImmutableArray<string> names, CancellationToken cancellation)
    {
        var rows = await store.ReadAsync(
            "select name, value from variables where scope_key = $1 order by name",
            row => KeyValuePair.Create(row.GetString(0), row.GetString(1)), cancellation, instanceKey);
        return RuntimeJson.ObjectOf(rows.Where(v => names.IsDefaultOrEmpty || names.Contains(v.Key)));
    }
}
