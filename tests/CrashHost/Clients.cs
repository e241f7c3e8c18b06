using System.Globalization;
using Workflows.Engine.Execution;
using Workflows.Runtime;
using Workflows.Runtime.Storage;

namespace CrashHost;

/// <summary>
/// Clients that start instances and publish messages, clerks that complete tasks, workers that do jobs. Half of the
/// instances begin on the first version and go over to the second on their way. Each command is told before it is sent
/// (<c>try</c>) and after it was answered (<c>ack</c>), always with its idempotency key.
/// </summary>
sealed class Clients(WorkflowEngine engine, WorkflowStore store, Journal journal, string run)
{
    const int StartersMax = 4;
    const int ClerksMax = 4;

    /// <summary>
    /// Open instances per starter: more would only grow the database, not the number of open commits.
    /// </summary>
    const int OpenMax = 8;

    static readonly Scope Client = new("crash-client", [], EngineAll: true);
    static readonly TimeSpan JobTimeout = TimeSpan.FromSeconds(2);
    static readonly TimeSpan FinishTimeout = TimeSpan.FromSeconds(60);
    static readonly TimeSpan Breath = TimeSpan.FromMilliseconds(10);

    readonly SemaphoreSlim room = new(StartersMax * OpenMax);
    volatile bool finishing;

    /// <summary>An outbox row for each new task: the channel is the line <c>sent</c> in the journal.</summary>
    public static CommitExtras? Notify(Step step)
    {
        var created = step.Accepted.History.OfType<UserTaskCreated>().ToArray();
        return created.Length == 0
            ? null
            : new CommitExtras
            {
                Outbox =
                [
                    .. created.Select(e => new OutboxMessage(
                        string.Create(CultureInfo.InvariantCulture, $"task-{e.Task.Key}"), "NewTask", "clerk", "{}",
                        step.Envelope.At, step.Accepted.Instance.Key, e.Task.Key)),
                ],
            };
    }

    public async Task DeployAsync()
    {
        foreach (var files in new[] { Processes.Files, [Processes.Later] })
        {
            if (await engine.DeployAsync(Client, files) is DeployAnswer.Refused refused)
                throw new InvalidOperationException(string.Join('\n', refused.Problems));
        }
    }

    /// <summary>Sends again what was sent and not answered when the last process died, and what was answered.</summary>
    public async Task RepeatAsync(IEnumerable<string> lines)
    {
        foreach (var line in lines)
        {
            var words = line.Split(' ');
            switch (words[1])
            {
                case "start":
                    await StartAsync(words[2]);
                    break;
                case "message":
                    await PublishAsync(words[2]);
                    break;
                case "task":
                    await CompleteTaskAsync(long.Parse(words[2], CultureInfo.InvariantCulture));
                    break;
            }
        }
    }

    public Task RunForeverAsync() => Task.WhenAll(
        Enumerable.Range(0, StartersMax).Select(n => Task.Run(() => StarterAsync(n)))
            .Concat(Enumerable.Range(0, ClerksMax).Select(n => Task.Run(() => ClerkAsync(n))))
            .Append(Task.Run(WorkerAsync)));

    /// <summary>No new instances; until every instance has ended and everything queued is done.</summary>
    public async Task FinishAsync()
    {
        var begun = TimeProvider.System.GetTimestamp();
        var helpers = Enumerable.Range(0, ClerksMax).Select(n => Task.Run(() => ClerkAsync(n)))
            .Append(Task.Run(WorkerAsync)).ToArray();
        while (await OpenAsync() is { Length: > 0 } open)
        {
            if (TimeProvider.System.GetElapsedTime(begun) > FinishTimeout)
                throw new TimeoutException($"Still open after {FinishTimeout.TotalSeconds} s: {open}");
            await Task.Delay(Breath);
        }
        finishing = true;
        await Task.WhenAll(helpers);
    }

    async Task<string> OpenAsync()
    {
        var rows = await store.ReadAsync("""
            select 'instances', count(*) from process_instances where state = 'ACTIVE'
            union all select 'queued', count(*) from command_queue
            union all select 'unsent', count(*) from outbox where state <> 'sent'
            """, row => (Name: row.GetString(0), Count: row.GetInt64(1)), CancellationToken.None);
        return string.Join(", ", rows.Where(r => r.Count > 0).Select(r => $"{r.Name} {r.Count}"));
    }

    async Task StarterAsync(int number)
    {
        for (var n = 0; ; n++)
        {
            await room.WaitAsync();
            var key = string.Create(CultureInfo.InvariantCulture, $"{run}-{number}-{n}");
            // Half of the messages are there before anybody waits for them.
            if (n % 2 == 0) await PublishAsync(key);
            await StartAsync(key);
            if (n % 2 == 1) await PublishAsync(key);
        }
    }

    async Task StartAsync(string key)
    {
        journal.Write($"try start {key}");
        var answer = await engine.CreateInstanceAsync(
            Client,
            new InstanceCreation(ProcessSelector.ById(Processes.Main, VersionOf(key)), [new("key", $"\"{key}\"")]), $"start-{key}");
        if (answer is not EngineAnswer.Accepted accepted) throw new InvalidOperationException($"start {key}: {answer}");
        journal.Write(string.Create(CultureInfo.InvariantCulture, $"ack start {key} {accepted.InstanceKey}"));
    }

    static int VersionOf(string key) => (key[^1] - '0') % 2 == 0 ? 1 : 2;

    async Task PublishAsync(string key)
    {
        journal.Write($"try message {key}");
        var answer = await engine.PublishMessageAsync(
            Client, new MessagePublication(Processes.Answer, key, [], TimeSpan.FromDays(30), MessageId: key));
        // Already there: the publication before the crash was stored, only its answer was lost.
        if (answer is EngineAnswer.Rejected { Code: not EngineRejection.AlreadyExists })
            throw new InvalidOperationException($"message {key}: {answer}");
        journal.Write($"ack message {key}");
    }

    async Task ClerkAsync(int number)
    {
        while (!finishing)
        {
            var tasks = await store.ReadAsync(
                "select key, process_instance_key, process_version from user_tasks where state = 'CREATED' order by key limit 40",
                row => (Key: row.GetInt64(0), Instance: row.GetInt64(1), Version: row.GetInt32(2)), CancellationToken.None);
            var mine = tasks.Where((_, i) => i % ClerksMax == number).ToArray();
            foreach (var task in mine)
            {
                // Some go over at their first task, some at their last, some never.
                if (task.Version == 1 && task.Key % 2 == 0) await MoveAsync(task.Instance);
                await CompleteTaskAsync(task.Key);
            }
            if (mine.Length == 0) await Task.Delay(Breath);
        }
    }

    async Task MoveAsync(long instance)
    {
        var target = await engine.Catalog.ResolveAsync(ProcessSelector.ById(Processes.Main));
        // Refused where its task was completed by the repetition of a command; not repeated, because it may be again.
        if (await engine.MigrateInstanceAsync(Client, instance, target, Processes.Moves) is EngineAnswer.Accepted)
            journal.Write(string.Create(CultureInfo.InvariantCulture, $"ack move {instance}"));
    }

    async Task CompleteTaskAsync(long key)
    {
        journal.Write(string.Create(CultureInfo.InvariantCulture, $"try task {key}"));
        var answer = await engine.CompleteUserTaskAsync(
            Client, key, [], idempotencyKey: string.Create(CultureInfo.InvariantCulture, $"task-{key}"));
        if (answer is not EngineAnswer.Accepted accepted) throw new InvalidOperationException($"task {key}: {answer}");
        journal.Write(string.Create(CultureInfo.InvariantCulture, $"ack task {key} {accepted.InstanceKey}"));
        if (accepted.State == InstanceState.Completed && room.CurrentCount < StartersMax * OpenMax) room.Release();
    }

    async Task WorkerAsync()
    {
        while (!finishing)
        {
            var jobs = await engine.ActivateJobsAsync(
                Client, new JobActivation(Processes.WorkerJob, "crash-worker", JobTimeout, 8, RequestTimeout: JobTimeout / 4));
            foreach (var job in jobs)
            {
                var answer = await engine.CompleteJobAsync(Client, job.Key, [new("assessed", "true")]);
                // Not found: the time-out was over and the job was done a second time, which had no effect.
                if (answer is EngineAnswer.Rejected { Code: not EngineRejection.NotFound })
                    throw new InvalidOperationException($"job {job.Key}: {answer}");
                if (answer is EngineAnswer.Accepted)
                    journal.Write(string.Create(CultureInfo.InvariantCulture, $"ack job {job.Key} {job.InstanceKey}"));
            }
        }
    }
}
