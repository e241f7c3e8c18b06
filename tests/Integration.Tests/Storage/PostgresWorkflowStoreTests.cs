using System.Globalization;
using Integration.Tests.Support;
using Workflows.Runtime;

[assembly: AssemblyFixture(typeof(PostgresFixture))]

namespace Integration.Tests.Storage;

public sealed class PostgresWorkflowStoreTests(PostgresFixture postgres) : WorkflowStoreCompliance
{
    static int databases;

    protected override DatabaseProvider Provider => DatabaseProvider.PostgreSql;

    protected override Task<string> NewDatabaseAsync()
    {
        postgres.Require();
        return postgres.CreateDatabaseAsync(
            string.Create(CultureInfo.InvariantCulture, $"store_{Interlocked.Increment(ref databases)}"));
    }

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task UserTask_CompletedOnTwoNodesAtOnce_ExactlyOneWins()
    {
        await using var one = await OpenAsync();
        await using var two = await OpenAsync();
        await one.DeployAsync(Bpmn.File("p", Bpmn.Start + Bpmn.UserTask("t") + Bpmn.End, "start->t->end"));
        for (var round = 0; round < 20; round++)
        {
            var task = (await one.StartAsync("p")).UserTaskKeys[0];
            var answers = await Task.WhenAll(
                Task.Run(() => one.Engine.CompleteUserTaskAsync(TestEngine.Machine, task, [])),
                Task.Run(() => two.Engine.CompleteUserTaskAsync(TestEngine.Machine, task, [])));
            Assert.Single(answers.OfType<EngineAnswer.Accepted>());
            TestEngine.Rejected(EngineRejection.NotFound, answers.OfType<EngineAnswer.Rejected>().Single());
        }
    }

    [Fact]
    public async Task Timers_TwoNodesSweepAtOnce_EachFiresOnce()
    {
        await using var one = await OpenAsync();
        await using var two = await OpenAsync();
        await one.Engine.Clock.PinAsync(TestEngine.Monday);
        await one.DeployAsync(Bpmn.File("p", Bpmn.Start + Bpmn.Timer("w", "PT1S") + Bpmn.End, "start->w->end"));
        await Task.WhenAll(Enumerable.Range(0, 300).Select(_ => Task.Run(() => one.StartAsync("p"))));
        await one.ChangeAsync("update engine_clock set pinned_at = $1", TestEngine.Monday.AddMinutes(1));

        await Task.WhenAll(Task.Run(() => one.Engine.DrainAsync()), Task.Run(() => two.Engine.DrainAsync()));
        await one.Engine.DrainAsync();

        Assert.Equal(["300"], await one.RowsAsync("select count(*) from process_instances where state = 'COMPLETED'"));
        Assert.Equal(["300"], await one.RowsAsync("select count(*) from history where command = 'FireTimer'"));
    }
}
