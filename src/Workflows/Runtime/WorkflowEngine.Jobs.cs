using System.Collections.Immutable;
using System.Data.Common;
using System.Text.Json;
using Workflows.Engine.Calendar;
using Workflows.Engine.Execution;
using Workflows.Engine.Expressions;
using Workflows.Runtime.Storage;

namespace Workflows.Runtime;

public sealed partial class WorkflowEngine
{
    const string InProcess = "in-process";
    const int InProcessBatchMax = 32;
    static readonly TimeSpan InProcessLease = TimeSpan.FromMinutes(5);

    /// <summary>How long a long poll sleeps at most before it looks by itself: back-offs and other nodes give no
    /// signal.</summary>
    static readonly TimeSpan LongPollLook = TimeSpan.FromSeconds(1);

    /// <summary>Hands out jobs to a worker; each is held for its time-out and offered again after it.</summary>
    public async Task<ImmutableArray<ActivatedJob>> ActivateJobsAsync(
        Scope scope, JobActivation activation, CancellationToken cancellation = default)
    {
        if (!scope.EngineAll) return [];
        var begun = options.SystemTime.GetTimestamp();
        while (true)
        {
            var signal = Signals.Next(Signals.JobsOf(activation.Type));
            var jobs = await LeaseAsync(activation, cancellation);
            if (!jobs.IsEmpty) return jobs;
            var left = activation.RequestTimeout - options.SystemTime.GetElapsedTime(begun);
            if (left <= TimeSpan.Zero) return [];
            await Signals.WaitAsync(signal, left < LongPollLook ? left : LongPollLook, cancellation);
        }
    }

    /// <summary>Completes a job, whoever holds it. One that has ended is not found.</summary>
    public Task<EngineAnswer> CompleteJobAsync(
        Scope scope, long jobKey, ImmutableArray<VariableValue> variables, CommitExtras? extras = null,
        CancellationToken cancellation = default) => OnJobAsync(
        scope, jobKey, new CompleteJob(jobKey, variables.IsDefault ? [] : variables), extras, default, cancellation);

    /// <param name="retryBackOff">Engine time before the job is offered again; without retries left it is not.</param>
    public Task<EngineAnswer> FailJobAsync(
        Scope scope, long jobKey, int retries, string message, TimeSpan retryBackOff,
        ImmutableArray<VariableValue> variables, CancellationToken cancellation = default) => OnJobAsync(
        scope, jobKey, new FailJob(jobKey, retries, message, variables.IsDefault ? [] : variables), null, retryBackOff,
    cancellation);

    public Task<EngineAnswer> ThrowJobErrorAsync(
        Scope scope, long jobKey, string errorCode, string? message, ImmutableArray<VariableValue> variables,
        CommitExtras? extras = null, CancellationToken cancellation = default) => OnJobAsync(
        scope, jobKey, new ThrowJobError(jobKey, errorCode, message, variables.IsDefault ? [] : variables), extras,
        default,
        cancellation);

    /// <param name="timeout">New time-out of the worker that holds the job, from now on.</param>
    public async Task<EngineAnswer> UpdateJobAsync(
        Scope scope, long jobKey, int? retries, TimeSpan? timeout, CancellationToken cancellation = default)
    {
        if (Rights.RefuseUnlessMachine(scope, "change jobs") is { } refused) return refused;
        if (timeout is { } held && await ExtendAsync(jobKey, held, cancellation) is { } missing) return missing;
        return retries is { } left
            ? await OnJobAsync(scope, jobKey, new UpdateJob(jobKey, left), null, default, cancellation)
            : new EngineAnswer.Accepted(await OwnerAsync("jobs", jobKey, cancellation), InstanceState.Active);
    }

    async Task<EngineAnswer.Rejected?> ExtendAsync(long jobKey, TimeSpan timeout, CancellationToken cancellation)
    {
        var until = await Clock.NowAsync(cancellation) + timeout;
        var rows = await store.WriteAsync((connection, transaction) => store.ExecuteAsync(
            connection, transaction, """
            update jobs set lease_until = $1, available_at = $1
            where key = $2 and ended_at is null and lease_until is not null
            """, cancellation, until, jobKey), cancellation);
        return rows == 0 ? NotFound($"Expected a job with key {jobKey} held by a worker, but there is none.") : null;
    }

    async Task<EngineAnswer> OnJobAsync(
        Scope scope, long jobKey, Command command, CommitExtras? extras, TimeSpan backOff,
        CancellationToken cancellation)
    {
        if (Rights.RefuseUnlessMachine(scope, "work on jobs") is { } refused) return refused;
        var instanceKey = await OwnerAsync("jobs", jobKey, cancellation);
        return instanceKey == 0
            ? NotFound($"Expected a job with key {jobKey}, but there is none.")
            : await RunAsync(
                new Wish(scope, instanceKey, command) { Extras = extras, JobBackOff = backOff }, cancellation);
    }

    // ---- leases ---------------------------------------------------------------------------------------------------

    const string Offered = "type = $1 and available_at <= $2 and ended_at is null and retries > 0";

    async Task<ImmutableArray<ActivatedJob>> LeaseAsync(JobActivation activation, CancellationToken cancellation)
    {
        var now = await Clock.NowAsync(cancellation);
        var any = await store.ReadAsync(
            $"select 1 from jobs where {Offered} limit 1", row => row.GetInt32(0), cancellation, activation.Type, now);
        if (any.IsEmpty) return [];
        var until = now + activation.Timeout;
        var sql = $"""
            update jobs set worker = $3, lease_until = $4, available_at = $4 where key in (
            select key from jobs where {Offered} order by available_at, key limit $5{store.Dialect.SkipLocked("jobs")})
            returning key, process_instance_key, element_instance_key, element_id, custom_headers, retries
            """;
        var rows = await store.WriteAsync((connection, transaction) => store.ReadAsync(
            connection, transaction, sql, row => ReadJob(row, activation, until), cancellation,
            activation.Type, now, activation.Worker, until, activation.MaxJobs), cancellation);
        CrashPoints.Pass(CrashPoint.AfterLeaseBeforeWork);
        var jobs = ImmutableArray.CreateBuilder<ActivatedJob>(rows.Length);
        foreach (var row in rows.OrderBy(j => j.Key))
        {
            if (await CompleteDataAsync(row, activation.FetchVariables, cancellation) is { } job) jobs.Add(job);
        }
        return jobs.DrainToImmutable();
    }

    static ActivatedJob ReadJob(DbDataReader row, JobActivation activation, DateTimeOffset until) => new(
        row.GetInt64(0), activation.Type, row.GetInt64(1), 0, "", 0, row.GetInt64(2), row.GetString(3),
        row.GetString(4),
        activation.Worker, row.GetInt32(5), until, "{}", [], 0);

    async Task<ActivatedJob?> CompleteDataAsync(
        ActivatedJob job, ImmutableArray<string> names, CancellationToken cancellation)
    {
        if (await InstanceWithAsync(job.InstanceKey, job.Key, cancellation) is not { } instance) return null;
        var variables = Visible(instance, job.ElementInstanceKey)
            .Where(v => names.IsDefaultOrEmpty || names.Contains(v.Key));
        return job with
        {
            DefinitionKey = instance.DefinitionKey, ProcessId = instance.ProcessId, ProcessVersion = instance.Version,
            Variables = RuntimeJson.ObjectOf(variables), Tags = instance.Tags,
            RootInstanceKey = instance.RootInstanceKey,
        };
    }

    // A cached state may be older than the job, when another node made it.
    async Task<ProcessInstance?> InstanceWithAsync(long instanceKey, long jobKey, CancellationToken cancellation)
    {
        var cached = store.Cache.Find(instanceKey)?.Instance;
        if (cached?.Jobs.ContainsKey(jobKey) == true) return cached;
        var stored = await store.LoadAsync(instanceKey, cancellation);
        return stored?.Instance.Jobs.ContainsKey(jobKey) == true ? stored.Instance : null;
    }

    /// <summary>Variables seen from an element: its own first, then outwards.</summary>
    static SortedDictionary<string, string> Visible(ProcessInstance instance, long elementKey)
    {
        var visible = new SortedDictionary<string, string>(StringComparer.Ordinal);
        for (var element = instance.Elements.GetValueOrDefault(elementKey); element is not null;
            element = instance.Elements.GetValueOrDefault(element.ScopeKey))
        {
            foreach (var variable in element.Variables) visible.TryAdd(variable.Name, variable.Value);
        }
        return visible;
    }

    /// <summary>Marks jobs whose worker's time is over, so that lists tell the truth, and wakes who waits for
    /// work.</summary>
    internal async Task<int> ReofferJobsAsync(CancellationToken cancellation)
    {
        var now = await Clock.NowAsync(cancellation);
        var any = await store.ReadAsync(
            "select 1 from jobs where lease_until <= $1 limit 1", row => row.GetInt32(0), cancellation, now);
        if (any.IsEmpty) return 0;
        var types = await store.WriteAsync((connection, transaction) => store.ReadAsync(
            connection, transaction,
            "update jobs set state = $1, worker = $2, lease_until = $3 where lease_until <= $4 returning type",
            row => row.GetString(0), cancellation, Status.TimedOut, null, null, now), cancellation);
        foreach (var type in types.Distinct(StringComparer.Ordinal)) WakeJobs(type);
        return types.Length;
    }

    // ---- handlers in this process ---------------------------------------------------------------------------------

    void AddBuiltInHandlers()
    {
        options.JobHandlers.TryAdd("procedure.start", (job, _) => Task.FromResult(StartProcedure(job)));
        options.JobHandlers.TryAdd("message.publish", (job, _) => Task.FromResult(PublishMessage(job)));
    }

    /// <summary>Carries out jobs of the registered types that are on offer. How many there were.</summary>
    internal async Task<int> RunHandlersAsync(CancellationToken cancellation)
    {
        var count = 0;
        foreach (var (type, handler) in options.JobHandlers.ToArray())
        {
            var jobs = await LeaseAsync(new(type, InProcess, InProcessLease, InProcessBatchMax), cancellation);
            foreach (var job in jobs) await HandleAsync(job, handler, cancellation);
            count += jobs.Length;
        }
        return count;
    }

    async Task HandleAsync(ActivatedJob job, JobHandler handler, CancellationToken cancellation)
    {
        var outcome = await OutcomeAsync(job, handler, cancellation);
        Command command = outcome switch
        {
            JobOutcome.Complete c => new CompleteJob(job.Key, c.Variables.IsDefault ? [] : c.Variables),
            JobOutcome.Error e => new ThrowJobError(job.Key, e.Code, e.Message, []),
            JobOutcome.Fail f => new FailJob(job.Key, Math.Max(job.Retries - 1, 0), f.Message, []),
            _ => throw new InvalidOperationException($"{job.Type} gave no outcome."),
        };
        var answer = await RunAsync(
            new Wish(Scope.Engine, job.InstanceKey, command)
            {
                Extras = outcome.Extras, JobBackOff = (outcome as JobOutcome.Fail)?.BackOff ?? default,
            }, cancellation);
        // A veto of the host's rows is an answer to the process, not to a person: the job fails and is seen.
        if (answer is EngineAnswer.Rejected { Code: not EngineRejection.NotFound } rejected
            && outcome is not JobOutcome.Fail)
            await FailJobAsync(
                Scope.Engine, job.Key, Math.Max(job.Retries - 1, 0), rejected.Message, default, [], cancellation);
    }

    async Task<JobOutcome> OutcomeAsync(ActivatedJob job, JobHandler handler, CancellationToken cancellation)
    {
        try
        {
            var instance = await InstanceWithAsync(job.InstanceKey, job.Key, cancellation);
            if (instance is null) return new JobOutcome.Fail("The instance has ended.");
            var release = (await Catalog.FindAsync(instance.DefinitionKey, cancellation))!;
            var visible = Visible(instance, job.ElementInstanceKey);
            var at = await Clock.NowAsync(cancellation);
            return await handler(
                new(job, instance, release, at, name => visible.GetValueOrDefault(name)), cancellation);
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            log.HandlerFailed(job.Type, job.Key, failure);
            return new JobOutcome.Fail(failure.Message);
        }
    }

    // Header processId; every further header is a variable, FEEL with '='. Tags and caseNo go along, so that the new
    // instance belongs to the same case.
    static JobOutcome StartProcedure(JobContext job)
    {
        var headers = Headers(job);
        if (!headers.Remove("processId", out var processId)) return new JobOutcome.Fail(
            "Expected the header 'processId'.");
        var variables = ImmutableArray.CreateBuilder<VariableValue>();
        if (job.Read("caseNo") is { } caseNo && !headers.ContainsKey("caseNo")) variables.Add(new("caseNo", caseNo));
        foreach (var (name, text) in headers)
        {
            var (value, problem) = Evaluate(text, job);
            if (problem is not null) return new JobOutcome.Fail($"Header '{name}': {problem}");
            variables.Add(new(name, value!));
        }
        var start = new QueuedStart(
            ProcessSelector.ById(processId), variables.DrainToImmutable(), job.Instance.Tags, job.Instance.BusinessId);
        return new JobOutcome.Complete([]) { Extras = new() { Starts = [start] } };
    }

    static JobOutcome PublishMessage(JobContext job)
    {
        var headers = Headers(job);
        if (!headers.TryGetValue("messageName", out var name)) return new JobOutcome.Fail(
            "Expected the header 'messageName'.");
        var (key, wrongKey) = headers.TryGetValue("correlationKey", out var text) ? Evaluate(text, job)
            : ("\"\"", null);
        if (wrongKey is not null) return new JobOutcome.Fail($"Header 'correlationKey': {wrongKey}");
        var timeToLive = TimeSpan.Zero;
        if (headers.TryGetValue("timeToLive", out var duration))
        {
            if (TimerSchedule.ParseDuration(duration).Value is not { } parsed)
                return new JobOutcome.Fail($"Expected an ISO 8601 duration as timeToLive, but it is '{duration}'.");
            timeToLive = parsed.AddTo(job.At, job.Release.Zone) - job.At;
        }
        var local = job.Instance.Elements[job.Job.ElementInstanceKey].Variables.Select(v =>
            new VariableValue(v.Name, v.Value));
        var message = new MessagePublication(name, FeelJson.Read(key!).AsText(), [.. local], timeToLive);
        return new JobOutcome.Complete([]) { Extras = new() { Messages = [message] } };
    }

    static SortedDictionary<string, string> Headers(JobContext job) =>
        JsonSerializer.Deserialize(job.Job.CustomHeaders, RuntimeJson.Default.SortedDictionaryStringString) ?? [];

    /// <summary>Canonical JSON of a header's value: FEEL with '=', else the text itself.</summary>
    static (string? Value, string? Problem) Evaluate(string text, JobContext job)
    {
        if (!text.StartsWith('=')) return (FeelJson.Write(FeelValue.Of(text)), null);
        var parsed = FeelExpression.Parse(text[1..]);
        if (parsed.Expression is not { } expression) return (null, parsed.Problem!.Message);
        var variables = Visible(job.Instance, job.Job.ElementInstanceKey)
            .ToDictionary(v => v.Key, v => FeelJson.Read(v.Value), StringComparer.Ordinal);
        var result = expression.Evaluate(
            FeelScope.Of(variables),
            new FeelEnvironment(job.At, job.Release.Zone, DeadlineFunction.Extensions(job.Release.Calendar)));
        return result.Failure is { } failure ? (null, failure.Message) : (FeelJson.Write(result.Value), null);
    }
}
