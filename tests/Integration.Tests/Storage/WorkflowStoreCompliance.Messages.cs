using Integration.Tests.Support;
using Workflows.Runtime;

namespace Integration.Tests.Storage;

public abstract partial class WorkflowStoreCompliance
{
    static DeploymentFile Receiving() => Bpmn.File(
        "receiving", Bpmn.Start + Bpmn.Catch("c", "m") + Bpmn.End, "start->c->end", Bpmn.Message("m", "paid"));

    static MessagePublication Paid(string key, TimeSpan timeToLive = default, string? id = null) =>
        new("paid", key, TestEngine.Variables("""{"amount":5}"""), timeToLive, id);

    [Fact]
    public async Task Message_SomebodyWaits_IsCorrelatedAtOnce()
    {
        await using var node = await OpenAsync();
        await node.DeployAsync(Receiving());
        var waiting = await node.StartAsync("receiving", """{"key":"k1"}""");
        await node.StartAsync("receiving", """{"key":"k2"}""");

        var answer = TestEngine.Accepted(await node.Engine.CorrelateMessageAsync(Machine, Paid("k1")));

        Assert.Equal(waiting.InstanceKey, answer.InstanceKey);
        Assert.Equal(["CORRELATED"], await node.RowsAsync(
            "select state from message_subscriptions where process_instance_key = $1", waiting.InstanceKey));
        Assert.Equal(["5"], await node.RowsAsync("select value from variables where name = 'amount'"));
        TestEngine.Rejected(EngineRejection.NotFound, await node.Engine.CorrelateMessageAsync(Machine, Paid("k1")));
    }

    [Fact]
    public async Task Message_PublishedFirst_WaitsForItsTimeToLive()
    {
        await using var node = await OpenAsync();
        await node.Engine.Clock.PinAsync(TestEngine.Monday);
        await node.DeployAsync(Receiving());
        await node.Engine.PublishMessageAsync(Machine, Paid("now-or-never"));
        await node.Engine.PublishMessageAsync(Machine, Paid("an-hour", TimeSpan.FromHours(1)));
        await node.Engine.PublishMessageAsync(Machine, Paid("a-minute", TimeSpan.FromMinutes(1)));
        await node.Engine.Clock.PinAsync(TestEngine.Monday.AddMinutes(30));

        foreach (var key in new[] { "now-or-never", "an-hour", "a-minute" })
            await node.StartAsync("receiving", $$"""{"key":"{{key}}"}""");

        Assert.Equal(["\"an-hour\""], await node.RowsAsync("""
            select v.value from process_instances p join variables v on v.scope_key = p.key
            where p.state = 'COMPLETED' and v.name = 'key'
            """));
        Assert.Equal(["an-hour"], await node.RowsAsync("select correlation_key from messages"));
    }

    [Fact]
    public async Task Message_SameIdWhileTheFirstLives_IsRefused()
    {
        await using var node = await OpenAsync();
        await node.Engine.Clock.PinAsync(TestEngine.Monday);
        TestEngine.Accepted(await node.Engine.PublishMessageAsync(Machine, Paid("k", TimeSpan.FromHours(1), "id-1")));
        TestEngine.Rejected(EngineRejection.AlreadyExists, await node.Engine.PublishMessageAsync(
            Machine, Paid("k", TimeSpan.FromHours(1), "id-1")));
        TestEngine.Accepted(await node.Engine.PublishMessageAsync(
            Machine, Paid("other", TimeSpan.FromHours(1), "id-1")));

        await node.Engine.Clock.PinAsync(TestEngine.Monday.AddHours(2));
        TestEngine.Accepted(await node.Engine.PublishMessageAsync(Machine, Paid("k", TimeSpan.FromHours(1), "id-1")));
    }

    [Fact]
    public async Task Message_SeveralOfOneProcessWait_ReachesOneOfThem()
    {
        await using var node = await OpenAsync();
        await node.DeployAsync(Receiving());
        for (var i = 0; i < 3; i++) await node.StartAsync("receiving", """{"key":"same"}""");

        await node.Engine.PublishMessageAsync(Machine, Paid("same", TimeSpan.FromHours(1)));
        await node.Engine.SweepAsync();
        await node.StartAsync("receiving", """{"key":"same"}""");

        Assert.Equal(["1"], await node.RowsAsync("select count(*) from process_instances where state = 'COMPLETED'"));
        Assert.Equal(["1"], await node.RowsAsync("select count(*) from message_correlations"));
    }

    [Fact]
    public async Task Messages_PublishedWhileSubscriptionsOpen_EachReachesItsInstanceOnce()
    {
        await using var node = await OpenAsync();
        await node.DeployAsync(Receiving());
        var keys = Enumerable.Range(0, 60).Select(i => $"k{i}").ToArray();

        await Task.WhenAll(keys.SelectMany(key => new[]
        {
            Task.Run(() => node.StartAsync("receiving", $$"""{"key":"{{key}}"}""")) as Task,
            Task.Run(() => node.Engine.PublishMessageAsync(Machine, Paid(key, TimeSpan.FromHours(1)))),
        }));

        Assert.Equal(["60"], await node.RowsAsync("select count(*) from process_instances where state = 'COMPLETED'"));
        Assert.Equal(["60"], await node.RowsAsync("select count(*) from message_correlations"));
        Assert.Equal(["60"], await node.RowsAsync("select count(*) from history where command = 'CorrelateMessage'"));
    }

    [Fact]
    public async Task MessageStart_SameKey_OneInstanceAtATime()
    {
        await using var node = await OpenAsync();
        await node.DeployAsync(Bpmn.File(
            "by-message", """<startEvent id="start"><messageEventDefinition messageRef="m"/></startEvent>"""
            + Bpmn.UserTask("t") + Bpmn.End, "start->t->end", Bpmn.Message("m", "paid", key: null)));
        await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Task.Run(
            () => node.Engine.PublishMessageAsync(Machine, Paid("k", TimeSpan.FromHours(1))))));
        Assert.Equal(["1"], await node.RowsAsync("select count(*) from process_instances"));

        for (var round = 1; round <= 3; round++)
        {
            var task = Assert.Single(await node.RowsAsync("select key from user_tasks where state = 'CREATED'"));
            TestEngine.Accepted(await node.Engine.CompleteUserTaskAsync(
                Machine, long.Parse(task, System.Globalization.CultureInfo.InvariantCulture), []));
        }
        Assert.Equal(["3"], await node.RowsAsync("select count(*) from process_instances where state = 'COMPLETED'"));
        Assert.Equal(["0"], await node.RowsAsync("select count(*) from user_tasks where state = 'CREATED'"));
    }
}
