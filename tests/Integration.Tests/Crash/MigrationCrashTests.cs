using System.Diagnostics;
using System.Globalization;
using Api.Procedures;
using Api.Storage;
using Integration.Tests.Access;
using Integration.Tests.Procedures;
using Integration.Tests.Support;
using Microsoft.EntityFrameworkCore;
using Workflows.Engine.Execution;
using Workflows.Runtime;
using Workflows.Runtime.Storage;

namespace Integration.Tests.Crash;

public sealed class SqliteMigrationCrashTests : MigrationCrashTests
{
    protected override Task<MovingHost> OpenAsync() => MovingHost.OpenAsync();
}

public sealed class PostgresMigrationCrashTests(PostgresFixture postgres)
    : MigrationCrashTests, IClassFixture<PostgresFixture>
{
    protected override Task<MovingHost> OpenAsync()
    {
        postgres.Require();
        return MovingHost.OpenAsync(postgres);
    }
}

/// <summary>
/// The whole product is killed with kill -9 while it moves cases to another version, again and again. In the end every
/// case has gone over exactly once and the receipt says so.
/// </summary>
public abstract class MigrationCrashTests
{
    const int Cases = 20;
    const int Killed = 137;

    /// <summary>More than a job is anybody's: what was begun by the killed one is on offer again.</summary>
    static readonly TimeSpan LeaseOver = TimeSpan.FromMinutes(6);

    protected abstract Task<MovingHost> OpenAsync();

    [Fact]
    public async Task Job_KilledAtRandomMoments_MovesEveryCaseOnceAndFinishesTheReceipt()
    {
        await using var host = await OpenAsync();
        var (migration, cases, to) = await DecidedAsync(host);
        var random = new Random(Seed());
        var (lives, inTheMiddle) = (0, 0);
        for (var moved = 0; moved < Cases; lives++)
        {
            Assert.True(lives < Cases, $"{lives} lives, and only {moved} cases have gone over.");
            using (var product = host.BeginProcess())
            {
                await UntilAsync(host, migration, Math.Min(moved + random.Next(1, 12), Cases), product);
                product.Kill();
                await product.WaitForExitAsync(TestContext.Current.CancellationToken);
                Assert.Equal(Killed, product.ExitCode);
            }
            moved = await MovedAsync(host, migration);
            if (moved < Cases) inTheMiddle++;
            await host.SleepUntilAsync(MovingHost.Monday + ((lives + 1) * LeaseOver));
        }
        TestContext.Current.TestOutputHelper?.WriteLine($"{lives} lives, {inTheMiddle} ended in the middle");
        Assert.True(inTheMiddle > 0, "Every kill came after the last case.");
        await FinishedAsync(host, migration, cases, to);
    }

    [Fact]
    public async Task Job_KilledBeforeAndAfterACommit_MovesEveryCaseOnceAndFinishesTheReceipt()
    {
        await using var host = await OpenAsync();
        var (migration, cases, to) = await DecidedAsync(host);
        var random = new Random(Seed());
        var life = 0;
        foreach (var point in new[] { CrashPoint.BeforeCommit, CrashPoint.AfterCommit })
        {
            life++;
            // The start takes the first few; both together are fewer than the cases.
            var passing = random.Next(7, 11);
            using var product = host.BeginProcess(string.Create(CultureInfo.InvariantCulture, $"{point}:{passing}"));
            await product.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.Equal(Killed, product.ExitCode);
            TestContext.Current.TestOutputHelper?.WriteLine(
                $"{point}:{passing}: {await MovedAsync(host, migration)} of {Cases} cases have gone over");
            await host.SleepUntilAsync(MovingHost.Monday + (life * LeaseOver));
        }
        Assert.True(await MovedAsync(host, migration) < Cases, "Nothing was left to do.");
        await FinishedAsync(host, migration, cases, to);
    }

    static int Seed()
    {
        var seed = int.TryParse(Environment.GetEnvironmentVariable("CRASH_SEED"), CultureInfo.InvariantCulture, out var given)
            ? given
            : Random.Shared.Next();
        TestContext.Current.TestOutputHelper?.WriteLine($"CRASH_SEED={seed}");
        return seed;
    }

    /// <summary>The head has agreed, nobody has begun: the job is on offer for whoever starts next.</summary>
    static async Task<(string Migration, List<MovingHost.Case> Cases, int To)> DecidedAsync(MovingHost host)
    {
        var cases = await host.CasesAsync(Cases);
        var to = await host.DeployAsync();
        var migration = await host.PlanAsync(1, to, cases);
        await host.DrainAsync();
        host.Get<WorkflowsOptions>().JobHandlers.Remove(MigrationDesk.JobType);
        await Centre.OkAsync(host.DecideAsync(migration));
        Assert.Equal("running", (await host.ShownAsync(migration)).GetProperty("state").GetString());
        await host.StopAsync();
        return (migration, cases, to);
    }

    static async Task<int> MovedAsync(MovingHost host, string migration)
    {
        await using var store = host.Open();
        return (int)(await store.ReadAsync(
            "select count(*) from migration_items where migration_id = $1 and state = 'migrated'",
            row => row.GetInt64(0), CancellationToken.None, migration))[0];
    }

    /// <summary>Returns in the moment so many cases have gone over, or the process is over by itself.</summary>
    static async Task UntilAsync(MovingHost host, string migration, int wanted, Process product)
    {
        var begun = Stopwatch.GetTimestamp();
        while (await MovedAsync(host, migration) < wanted && !product.HasExited)
        {
            Assert.True(Stopwatch.GetElapsedTime(begun) < TimeSpan.FromMinutes(3), "The job was not taken up.");
            await Task.Delay(1, TestContext.Current.CancellationToken);
        }
    }

    static async Task FinishedAsync(MovingHost host, string migration, List<MovingHost.Case> cases, int to)
    {
        await host.BeginAsync();
        var done = await host.ShownAsync(migration);
        Assert.Equal("done", done.GetProperty("state").GetString());
        Assert.Equal(Cases, done.GetProperty("counts").GetProperty("migrated").GetInt32());
        Assert.Equal(Cases, done.GetProperty("items").GetArrayLength());
        await using var db = host.Get<Func<WorkflowDb>>()();
        var history = await db.History.AsNoTracking().ToListAsync();
        foreach (var one in cases)
        {
            Assert.Equal(("migrated", null), MovingHost.Of(done, one));
            Assert.Equal(to, await host.VersionOfAsync(one));
            // The very task of before, under its new id, and no second one.
            Assert.Equal(one.Task, await host.TaskAsync(one.Instance, MovingHost.Talk));
            var key = long.Parse(one.Instance, CultureInfo.InvariantCulture);
            Assert.Single(history.Where(row => row.ProcessInstanceKey == key && EngineJson.IsHistory(row.Payload))
                .SelectMany(row => EngineJson.ReadHistory(row.Payload)).OfType<InstanceMigrated>());
        }
        var audit = await Centre.OkAsync(host["head"].GetAsync("/api/audit?area=procedures"));
        Assert.True(audit.GetProperty("verified").GetBoolean());
        var acts = audit.GetProperty("items").EnumerateArray()
            .CountBy(entry => entry.GetProperty("act").GetString()!).ToDictionary();
        Assert.Equal((Cases, 1, 1), (acts["CaseMigrated"], acts["MigrationDone"], acts["MigrationApproved"]));
        Assert.DoesNotContain("CaseNotMigrated", acts.Keys);
        await using var product = host.Product();
        Assert.Equal(Cases, await product.MigrationItems.CountAsync(item => item.State == MigrationItemState.Migrated));
        await host.StopAsync();
        await using var store = host.Open();
        Assert.Empty(await DatabaseAudit.FindAsync(store));
    }
}
