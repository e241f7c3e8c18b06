using System.Collections.Immutable;
using Integration.Tests.Support;
using Workflows.Engine.Execution;
using Workflows.Runtime;

namespace Integration.Tests.Storage;

// An instance goes over to another version and back: every row that names its definition or its place follows.
public abstract partial class WorkflowStoreCompliance
{
    static DeploymentFile Moving(string task, string more = "") => Bpmn.File(
        "moving",
        Bpmn.Start + """<parallelGateway id="fork"/>""" + Bpmn.UserTask(task, more) + Bpmn.Timer("wait", "P5D")
        + Bpmn.Catch("answer", "m") + Bpmn.ServiceTask("work", "no-such-worker") + Bpmn.ServiceTask("stuck", "=1 = 2")
        + Bpmn.End,
        $"start->fork->{task}->end;fork->wait->end;fork->answer->end;fork->work->end;fork->stuck->end",
        Bpmn.Message("m", "court"));

    static ImmutableSortedDictionary<string, string> Same(params (string From, string To)[] others)
    {
        var mapping = new[] { "fork", "wait", "answer", "work", "stuck" }.ToImmutableSortedDictionary(id => id, id => id);
        return mapping.SetItems(others.Select(pair => KeyValuePair.Create(pair.From, pair.To)));
    }

    static async Task<(EngineAnswer.Accepted Started, long Newer)> StartedAsync(TestEngine node, string more = "")
    {
        await node.DeployAsync(Moving("interview"));
        var started = await node.StartAsync("moving", """{"key":"1"}""");
        await node.DeployAsync(Moving("visit", more));
        var keys = await node.RowsAsync("select key from process_definitions order by version");
        return (started, long.Parse(keys[^1], System.Globalization.CultureInfo.InvariantCulture));
    }

    [Fact]
    public async Task Migration_EveryRowFollowsAndTheTaskKeepsItsKey()
    {
        await using var node = await OpenAsync();
        var (started, newer) = await StartedAsync(node, """<zeebe:taskSchedule dueDate="2026-03-01T10:00:00Z"/>""");

        TestEngine.Accepted(await node.Engine.MigrateInstanceAsync(
            Machine, started.InstanceKey, newer, Same(("interview", "visit")), TermPolicy.Renew));

        foreach (var table in new[] { "process_instances", "user_tasks", "jobs", "message_subscriptions", "incidents" })
            Assert.Equal([$"{newer}"], await node.RowsAsync($"select distinct process_definition_key from {table}"));
        Assert.Equal(["2"], await node.RowsAsync("select process_version from process_instances"));
        Assert.Equal(["visit"], await node.RowsAsync("select element_id from user_tasks where due_date is not null"));
        Assert.Equal(["visit"], await node.RowsAsync(
            "select element_id from element_instances where state = 'ACTIVE' and type = 'USER_TASK'"));
        Assert.Empty(await Support.DatabaseAudit.FindAsync(node.Store));
        TestEngine.Accepted(await node.Engine.CompleteUserTaskAsync(Machine, Assert.Single(started.UserTaskKeys), []));
        Assert.Empty(await Support.DatabaseAudit.FindAsync(node.Store));
    }

    [Fact]
    public async Task Migration_TakenBack_IsAsBeforeAndLaterNoMore()
    {
        await using var node = await OpenAsync();
        var (started, newer) = await StartedAsync(node);
        var before = await node.RowsAsync("select element_id from element_instances where state = 'ACTIVE' order by key");
        await node.Engine.MigrateInstanceAsync(Machine, started.InstanceKey, newer, Same(("interview", "visit")));
        await node.Engine.RecordActAsync(Machine, started.InstanceKey, new Act("DocumentRead"));

        TestEngine.Accepted(await node.Engine.UndoMigrationAsync(Machine, started.InstanceKey));

        Assert.Equal(before, await node.RowsAsync(
            "select element_id from element_instances where state = 'ACTIVE' order by key"));
        Assert.Equal(["interview"], await node.RowsAsync("select element_id from user_tasks"));
        Assert.Empty(await Support.DatabaseAudit.FindAsync(node.Store));
        TestEngine.Rejected(EngineRejection.InvalidState,
            await node.Engine.UndoMigrationAsync(Machine, started.InstanceKey));

        await node.Engine.MigrateInstanceAsync(Machine, started.InstanceKey, newer, Same(("interview", "visit")));
        await node.Engine.AssignUserTaskAsync(Machine, started.UserTaskKeys[0], "ewa");
        TestEngine.Rejected(EngineRejection.InvalidState,
            await node.Engine.UndoMigrationAsync(Machine, started.InstanceKey));
    }

    [Fact]
    public async Task Migration_ThatIsPreviewed_ChangesNothing()
    {
        await using var node = await OpenAsync();
        var (started, newer) = await StartedAsync(node);

        var blocked = await node.Engine.PreviewMigrationAsync(started.InstanceKey, newer, Same());
        Assert.Equal("interview", Assert.Single(blocked!.Blockers).ElementId);
        Assert.Null(blocked.Step);
        var ready = await node.Engine.PreviewMigrationAsync(started.InstanceKey, newer, Same(("interview", "visit")));
        Assert.Contains(ready!.Step!.Instance.UserTasks.Values, task => task.ElementId == "visit");

        Assert.Equal(["1"], await node.RowsAsync("select process_version from process_instances"));
        Assert.Equal(["1"], await node.RowsAsync("select count(*) from history"));
    }

    [Fact]
    public async Task Migration_ByAPerson_IsRefused()
    {
        await using var node = await OpenAsync();
        var (started, newer) = await StartedAsync(node);
        var person = new Scope("head", ["head"]);
        TestEngine.Rejected(EngineRejection.Forbidden, await node.Engine.MigrateInstanceAsync(
            person, started.InstanceKey, newer, Same(("interview", "visit"))));
        TestEngine.Rejected(EngineRejection.Forbidden, await node.Engine.ModifyInstanceAsync(
            person, started.InstanceKey, [new("work", 0, [])], []));
    }

    [Fact]
    public async Task Migration_SentByManyAtOnce_HappensOnce()
    {
        await using var node = await OpenAsync();
        var (started, newer) = await StartedAsync(node);

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => node.Engine.MigrateInstanceAsync(
            Machine, started.InstanceKey, newer, Same(("interview", "visit"))))));

        // "interview" is no element of the version it stands in after the first.
        Assert.Single(answers.OfType<EngineAnswer.Accepted>());
        Assert.Empty(await Support.DatabaseAudit.FindAsync(node.Store));
    }
}
