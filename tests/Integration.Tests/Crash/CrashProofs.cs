using System.Diagnostics;
using System.Globalization;
using Integration.Tests.Support;
using Microsoft.Data.Sqlite;
using Workflows.Engine.Execution;
using Workflows.Runtime;
using Workflows.Runtime.Storage;

namespace Integration.Tests.Crash;

/// <summary>
/// The engine is killed with kill -9 under load, at every named point and at random moments. Afterwards everything that
/// was answered is there exactly once, everything in the database agrees, and the work can be finished.
/// </summary>
public abstract class CrashProofs : IAsyncLifetime
{
    /// <summary>Random kills per database; on a laptop a few, so that the tests stay quick.</summary>
    static readonly int KillsMax = Environment.GetEnvironmentVariable("CI") == "true" ? 50 : 5;

    /// <summary>No further kill after so long: a busy machine proves with fewer, and says how many.</summary>
    static readonly TimeSpan KillsTime = TimeSpan.FromMinutes(6);

    /// <summary>Between two complete audits only what has changed is looked at.</summary>
    const int CompleteAuditEvery = 10;

    /// <summary>Lines of the journal until the kill: tries, answers and sendings of some dozens of instances.</summary>
    const int LinesMax = 300;
    const int Killed = 137;

    string database = "";
    readonly List<string> journal = [];
    int runs;
    DateTimeOffset auditedUntil = DateTimeOffset.UnixEpoch;

    protected abstract DatabaseProvider Provider { get; }

    protected abstract Task<string> NewDatabaseAsync();

    public async ValueTask InitializeAsync() => database = await NewDatabaseAsync();

    public abstract ValueTask DisposeAsync();

    // The sender here is one of the test's own; the leases are those of jobs, of the outbox and of the command queue.
    [Theory]
    [InlineData(CrashPoint.BeforeCommit)]
    [InlineData(CrashPoint.AfterCommit)]
    [InlineData(CrashPoint.AfterSendBeforeMark)]
    [InlineData(CrashPoint.AfterLeaseBeforeWork)]
    public async Task Engine_KilledAtANamedPoint_LosesAndDoublesNothing(CrashPoint point)
    {
        var random = new Random(Seed($"{point}"));
        // Twice, so that the second crash also meets what the first one left behind.
        for (var crash = 0; crash < 2; crash++)
        {
            var armed = string.Create(CultureInfo.InvariantCulture, $"{point}:{random.Next(10, 60)}");
            using var run = await StartAsync("load", armed);
            var exit = await run.EndedAsync();
            Assert.True(exit == Killed, $"{armed} ended with {exit}.\n{await run.ErrorsAsync()}");
            await CheckAsync(run, complete: true);
        }
        await FinishAsync();
    }

    [Fact]
    public async Task Engine_KilledAtRandomMoments_LosesAndDoublesNothing()
    {
        var random = new Random(Seed("random moments"));
        var begun = Stopwatch.GetTimestamp();
        var kill = 1;
        for (; kill <= KillsMax && Stopwatch.GetElapsedTime(begun) < KillsTime; kill++)
        {
            using var run = await StartAsync("load");
            await run.KillAsync(random.Next(1, LinesMax));
            var exit = await run.EndedAsync();
            Assert.True(exit == Killed, $"Ended by itself with {exit}.\n{await run.ErrorsAsync()}");
            await CheckAsync(run, complete: kill % CompleteAuditEvery == 0);
        }
        TestContext.Current.TestOutputHelper?.WriteLine($"{kill - 1} of {KillsMax} kills");
        Assert.Contains(journal, line => line.StartsWith("ack task", StringComparison.Ordinal));
        Assert.Contains(journal, line => line.StartsWith("ack move", StringComparison.Ordinal));
        await FinishAsync();
    }

    static int Seed(string what)
    {
        var seed = int.TryParse(Environment.GetEnvironmentVariable("CRASH_SEED"), CultureInfo.InvariantCulture, out var given)
            ? given
            : Random.Shared.Next();
        TestContext.Current.TestOutputHelper?.WriteLine($"{what}: CRASH_SEED={seed}");
        return seed;
    }

    Task<CrashRun> StartAsync(string mode, string? crashPoint = null)
    {
        var answered = journal.Where(l => l.StartsWith("ack", StringComparison.Ordinal)).Select(Name).ToHashSet();
        var open = journal.Where(l => l.StartsWith("try", StringComparison.Ordinal) && !answered.Contains(Name(l))).Distinct();
        // A client that does not trust its answer may ask again: it gets the same one.
        var doubted = journal.Where(l => l.StartsWith("ack start", StringComparison.Ordinal)
            || l.StartsWith("ack task", StringComparison.Ordinal)).TakeLast(5);
        // Whoever started an instance and died before sending its message sends it now.
        var unsent = journal.Where(l => l.StartsWith("try start", StringComparison.Ordinal))
            .Select(l => $"message {l.Split(' ')[2]}").Where(name => !answered.Contains(name)).Distinct().Select(name => $"try {name}");
        return CrashRun.StartAsync(Provider, database, ++runs, mode, [.. doubted, .. open.Union(unsent)], crashPoint);
    }

    /// <summary>Kind and key of a command, e.g. <c>start run1-0-7</c>.</summary>
    static string Name(string line) => string.Join(' ', line.Split(' ').Skip(1).Take(2));

    async Task FinishAsync()
    {
        using var last = await StartAsync("finish");
        var exit = await last.EndedAsync();
        Assert.True(exit == 0, $"Not finished: {exit}.\n{await last.ErrorsAsync()}");
        await CheckAsync(last, complete: true);
        await using var store = Open();
        Assert.Equal([0L], await store.ReadAsync(
            "select count(*) from process_instances where state <> 'COMPLETED'", row => row.GetInt64(0), CancellationToken.None));
        var unsent = await store.ReadAsync(
            "select business_key from outbox", row => row.GetString(0), CancellationToken.None);
        var sent = journal.Where(l => l.StartsWith("sent ", StringComparison.Ordinal)).Select(l => l["sent ".Length..])
            .GroupBy(key => key).ToDictionary(g => g.Key, g => g.Count());
        Assert.All(unsent, key => Assert.InRange(sent.GetValueOrDefault(key), 1, runs));    // at least once; again only after a crash
    }

    WorkflowStore Open() => new(new WorkflowsOptions { Provider = Provider, ConnectionString = database });

    async Task CheckAsync(CrashRun run, bool complete)
    {
        journal.AddRange(run.Lines);
        var watch = Stopwatch.StartNew();
        await using var store = Open();
        var findings = new List<string>(await DatabaseAudit.FindAsync(store, complete ? null : auditedUntil));
        findings.AddRange(await UnansweredAsync(store, complete ? journal : run.Lines));
        Assert.True(findings.Count == 0, $"After run {runs}:\n{string.Join('\n', findings.Take(20))}\n{await run.ErrorsAsync()}");
        var latest = await store.ReadAsync(
            "select max(at) from history", row => store.Dialect.TimeOrNull(row, 0), CancellationToken.None);
        auditedUntil = latest[0] ?? auditedUntil;
        TestContext.Current.TestOutputHelper?.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"run {runs}: {run.Lines.Count(l => l.StartsWith("ack", StringComparison.Ordinal))} answered, audit {watch.ElapsedMilliseconds} ms"));
    }

    /// <summary>What was answered and is not there exactly once.</summary>
    static async Task<IEnumerable<string>> UnansweredAsync(WorkflowStore store, IReadOnlyList<string> lines)
    {
        var starts = (await store.ReadAsync("""
            select v.value, v.process_instance_key from variables v
            join process_instances p on p.key = v.process_instance_key
            where v.name = 'key' and p.process_id = 'crash-main' and v.scope_key = v.process_instance_key
            """, row => (Key: row.GetString(0).Trim('"'), Instance: row.GetInt64(1)), CancellationToken.None))
            .ToLookup(s => s.Key, s => s.Instance);
        var tasks = (await store.ReadAsync(
            "select key, process_instance_key from user_tasks where state = 'COMPLETED'",
            row => (Key: row.GetInt64(0), Instance: row.GetInt64(1)), CancellationToken.None)).ToDictionary(t => t.Key, t => t.Instance);
        var jobs = (await store.ReadAsync(
            "select key, process_instance_key from jobs where state = 'COMPLETED'",
            row => (Key: row.GetInt64(0), Instance: row.GetInt64(1)), CancellationToken.None)).ToDictionary(t => t.Key, t => t.Instance);
        var messages = (await store.ReadAsync(
            "select message_id from messages", row => row.GetString(0), CancellationToken.None)).ToHashSet();
        var moved = (await store.ReadAsync(
            "select key from process_instances where process_id = 'crash-main' and process_version = 2", row => row.GetInt64(0),
            CancellationToken.None)).ToHashSet();
        var wrong = new List<string>();
        foreach (var words in lines.Where(l => l.StartsWith("ack ", StringComparison.Ordinal)).Select(l => l.Split(' ')))
        {
            var isThere = words switch
            {
                [_, "start", var key, var instance] => starts[key].Count() == 1 && starts[key].Single() == Number(instance),
                [_, "task", var key, var instance] => tasks.GetValueOrDefault(Number(key)) == Number(instance),
                [_, "job", var key, var instance] => jobs.GetValueOrDefault(Number(key)) == Number(instance),
                [_, "message", var key] => messages.Contains(key),
                [_, "move", var instance] => moved.Contains(Number(instance)),
                _ => false,
            };
            if (!isThere) wrong.Add($"Answered, but not there once: {string.Join(' ', words)}");
        }
        // Repeated under its idempotency key or not: no key has started two instances.
        wrong.AddRange(starts.Where(s => s.Count() > 1).Select(s => $"Started {s.Count()} times: {s.Key}"));
        return wrong;
    }

    static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);
}

public sealed class SqliteCrashProofs : CrashProofs
{
    readonly DirectoryInfo directory = Directory.CreateTempSubdirectory("workflows-crash-");

    protected override DatabaseProvider Provider => DatabaseProvider.Sqlite;

    protected override Task<string> NewDatabaseAsync() =>
        Task.FromResult($"Data Source={Path.Combine(directory.FullName, "workflows.db")}");

    public override ValueTask DisposeAsync()
    {
        SqliteConnection.ClearAllPools();
        directory.Delete(recursive: true);
        return ValueTask.CompletedTask;
    }
}

public sealed class PostgresCrashProofs(PostgresFixture postgres) : CrashProofs
{
    static int databases;

    protected override DatabaseProvider Provider => DatabaseProvider.PostgreSql;

    protected override Task<string> NewDatabaseAsync()
    {
        postgres.Require();
        return postgres.CreateDatabaseAsync(
            string.Create(CultureInfo.InvariantCulture, $"crash_{Interlocked.Increment(ref databases)}"));
    }

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
