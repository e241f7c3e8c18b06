using System.Collections.Concurrent;
using Integration.Tests.Support;
using Workflows.Engine.Execution;
using Workflows.Runtime;
using Workflows.Runtime.Storage;

namespace Integration.Tests.Storage;

/// <summary>What the durable shell promises, on every database.</summary>
public abstract partial class WorkflowStoreCompliance : IAsyncLifetime
{
    static readonly Scope Machine = TestEngine.Machine;

    string connectionString = "";

    protected abstract DatabaseProvider Provider { get; }

    protected abstract Task<string> NewDatabaseAsync();

    public async ValueTask InitializeAsync() => connectionString = await NewDatabaseAsync();

    public abstract ValueTask DisposeAsync();

    private protected Task<TestEngine> OpenAsync(Action<WorkflowsOptions>? configure = null) =>
        TestEngine.OpenAsync(Provider, connectionString, configure);

    static DeploymentFile OneTask(string task = "decide", string more = "") => Bpmn.File(
        "one-task", Bpmn.Start + Bpmn.UserTask(task, more) + Bpmn.End, $"start->{task}->end");

    // ---- commands -------------------------------------------------------------------------------------------------

    [Fact]
    public async Task Instance_TaskCompleted_EveryRowHasItsEnd()
    {
        await using var node = await OpenAsync();
        await node.DeployAsync(OneTask(more: """<zeebe:assignmentDefinition candidateGroups="clerk, head"/>"""));

        var started = await node.StartAsync("one-task", """{"caseNo":"1/2026"}""");
        Assert.Equal(["1"], await node.RowsAsync("select count(*) from user_tasks where state = 'CREATED'"));
        Assert.Equal(["clerk", "head"],
            await node.RowsAsync("select name from user_task_candidates where open order by name"));

        var done = TestEngine.Accepted(await node.Engine.CompleteUserTaskAsync(
            Machine, Assert.Single(started.UserTaskKeys), TestEngine.Variables("""{"approved":true}""")));

        Assert.Equal(InstanceState.Completed, done.State);
        Assert.Equal(["COMPLETED"], await node.RowsAsync("select state from process_instances"));
        Assert.Equal(["demo"], await node.RowsAsync("select completed_by from user_tasks where state = 'COMPLETED'"));
        Assert.Equal(["0"], await node.RowsAsync("select count(*) from user_task_candidates where open"));
        Assert.Equal(["COMPLETED"], await node.RowsAsync("select distinct state from element_instances"));
        Assert.Equal(["PROCESS", "START_EVENT", "USER_TASK", "END_EVENT"],
            await node.RowsAsync("select type from element_instances order by key"));
        Assert.Equal(["true", "\"1/2026\""], await node.RowsAsync("select value from variables order by name"));
        Assert.Equal(["CreateInstance", "CompleteUserTask"],
            await node.RowsAsync("select command from history order by sequence"));
    }

    [Fact]
    public async Task Instance_Canceled_ItsTaskTimerAndJobAreTakenBack()
    {
        await using var node = await OpenAsync();
        await node.DeployAsync(Bpmn.File(
            "fork", Bpmn.Start + """<parallelGateway id="g"/>""" + Bpmn.UserTask("t") + Bpmn.Timer("w", "P1D")
            + Bpmn.ServiceTask("s", "work") + Bpmn.End, "start->g->t->end;g->w->end;g->s->end"));
        var started = await node.StartAsync("fork");

        TestEngine.Accepted(await node.Engine.CancelInstanceAsync(Machine, started.InstanceKey));

        Assert.Equal(["TERMINATED"], await node.RowsAsync("select state from process_instances"));
        Assert.Equal(["CANCELED"], await node.RowsAsync("select state from user_tasks"));
        Assert.Equal(["CANCELED"], await node.RowsAsync("select state from jobs"));
        Assert.Equal(["0"], await node.RowsAsync("select count(*) from timers"));
        TestEngine.Rejected(EngineRejection.NotFound,
            await node.Engine.CancelInstanceAsync(Machine, started.InstanceKey));
    }

    [Fact]
    public async Task UserTask_CompletedByManyAtOnce_ExactlyOneWins()
    {
        await using var node = await OpenAsync();
        await node.DeployAsync(OneTask());
        var task = (await node.StartAsync("one-task")).UserTaskKeys[0];

        var answers = await Task.WhenAll(Enumerable.Range(0, 32).Select(_ => Task.Run(
            () => node.Engine.CompleteUserTaskAsync(Machine, task, []))));

        Assert.Single(answers.OfType<EngineAnswer.Accepted>());
        Assert.Equal(31, answers.OfType<EngineAnswer.Rejected>().Count(r => r.Code == EngineRejection.NotFound));
        Assert.Equal(["2"], await node.RowsAsync("select count(*) from history"));
    }

    [Fact]
    public async Task Command_SentTwiceWithOneKey_SameAnswerAndOneEffect()
    {
        await using var node = await OpenAsync();
        await node.DeployAsync(OneTask());

        var first = await node.StartAsync("one-task", "{}", idempotencyKey: "start-1");
        var again = await node.StartAsync("one-task", "{}", idempotencyKey: "start-1");
        Assert.Equal(first.InstanceKey, again.InstanceKey);
        Assert.Equal(["1"], await node.RowsAsync("select count(*) from process_instances"));

        var task = first.UserTaskKeys[0];
        var done = await node.Engine.CompleteUserTaskAsync(Machine, task, [], idempotencyKey: "done-1");
        var doneAgain = await node.Engine.CompleteUserTaskAsync(Machine, task, [], idempotencyKey: "done-1");
        Assert.Equal(TestEngine.Accepted(done).InstanceKey, TestEngine.Accepted(doneAgain).InstanceKey);
        Assert.Equal(InstanceState.Completed, TestEngine.Accepted(doneAgain).State);

        TestEngine.Rejected(EngineRejection.InvalidArgument, await node.Engine.CreateInstanceAsync(
            Machine, new(ProcessSelector.ById("one-task"), TestEngine.Variables("""{"other":1}""")), "start-1"));
        TestEngine.Rejected(EngineRejection.NotFound, await node.Engine.CompleteUserTaskAsync(Machine, task, []));
    }

    [Fact]
    public async Task Commit_VersionMovedByAnother_IsDecidedAnew()
    {
        await using var node = await OpenAsync();
        await node.DeployAsync(OneTask());
        var started = await node.StartAsync("one-task");
        await node.ChangeAsync("update process_instances set state_version = 7 where key = $1", started.InstanceKey);

        TestEngine.Accepted(await node.Engine.CompleteUserTaskAsync(Machine, started.UserTaskKeys[0], []));

        Assert.Equal(["8"], await node.RowsAsync("select state_version from process_instances"));
        Assert.Equal(["2"], await node.RowsAsync("select count(*) from history"));
    }

    [Fact]
    public async Task GroupCommit_OneMemberVetoed_TheOthersCommit()
    {
        await using var node = await OpenAsync();
        await node.DeployAsync(OneTask());

        var answers = await Task.WhenAll(
            Enumerable.Range(0, 40).Select(i => Task.Run(() => node.Engine.CreateInstanceAsync(
            Machine, new(ProcessSelector.ById("one-task"), []), extras: i == 17 ? Veto() : null))));

        var refused = Assert.Single(answers.OfType<EngineAnswer.Rejected>());
        Assert.Equal("limit reached", refused.Message);
        Assert.Equal(["39"], await node.RowsAsync("select count(*) from process_instances"));
        Assert.Equal(["39"], await node.RowsAsync("select count(*) from chain_heads"));

        static CommitExtras Veto() => new()
        {
            HostRows = (_, _) => Task.FromResult<EngineAnswer.Rejected?>(
                new(EngineRejection.InvalidState, "limit reached")),
        };
    }

    [Fact]
    public async Task HostRows_VetoOnCompletion_TaskStaysOpenAndNothingOfTheHostIsKept()
    {
        await using var node = await OpenAsync();
        await node.DeployAsync(OneTask());
        await node.ChangeAsync("create table places (taken integer not null)");
        await node.ChangeAsync("insert into places (taken) values (0)");
        var task = (await node.StartAsync("one-task")).UserTaskKeys[0];

        TestEngine.Rejected(EngineRejection.InvalidState, await node.Engine.CompleteUserTaskAsync(
            Machine, task, [], extras: Take(limit: 0)));
        Assert.Equal(["0"], await node.RowsAsync("select taken from places"));
        Assert.Equal(["CREATED"], await node.RowsAsync("select state from user_tasks"));

        TestEngine.Accepted(await node.Engine.CompleteUserTaskAsync(Machine, task, [], extras: Take(limit: 1)));
        Assert.Equal(["1"], await node.RowsAsync("select taken from places"));
        Assert.Equal(["PlaceTaken"], await node.RowsAsync("select command from history where command = 'PlaceTaken'"));

        CommitExtras Take(int limit) => new()
        {
            HostRows = async (commit, cancellation) =>
            {
                await node.Store.ExecuteAsync(
                    commit.Connection, commit.Transaction, "update places set taken = taken + 1", cancellation);
                commit.Further = new() { Acts = [new("PlaceTaken", "{}")] };
                return limit > 0 ? null : new(EngineRejection.InvalidState, "limit reached");
            },
        };
    }

    [Fact]
    public async Task Extras_QueuedStartAndCommand_HappenRightAfterTheCommit()
    {
        await using var node = await OpenAsync();
        await node.DeployAsync(OneTask());
        var other = await node.StartAsync("one-task");

        await node.Engine.CreateInstanceAsync(Machine, new(ProcessSelector.ById("one-task"), []), extras: new()
        {
            Starts = [new(ProcessSelector.ById("one-task"), [], ["case:7"])],
            Commands = [new(other.InstanceKey, new CancelInstance())],
        });
        await node.Engine.DrainAsync();

        Assert.Equal(["TERMINATED"],
            await node.RowsAsync("select state from process_instances where key = $1", other.InstanceKey));
        Assert.Equal(["1"], await node.RowsAsync("select count(*) from process_instance_tags where tag = 'case:7'"));
        Assert.Equal(["0"], await node.RowsAsync("select count(*) from command_queue"));
    }

    // ---- rights ---------------------------------------------------------------------------------------------------

    [Fact]
    public async Task Person_TaskOfAnotherGroup_IsForbidden()
    {
        await using var node = await OpenAsync();
        await node.DeployAsync(OneTask(more: """<zeebe:assignmentDefinition candidateGroups="clerk"/>"""));
        var started = await node.StartAsync("one-task");
        var task = started.UserTaskKeys[0];
        var clerk = new Scope("clerk", ["clerk"]);
        var other = new Scope("other", ["assistant"]);

        TestEngine.Rejected(EngineRejection.Forbidden, await node.Engine.CompleteUserTaskAsync(other, task, []));
        TestEngine.Rejected(EngineRejection.Forbidden, await node.Engine.AssignUserTaskAsync(other, task, "other"));
        TestEngine.Rejected(EngineRejection.Forbidden, await node.Engine.AssignUserTaskAsync(clerk, task, "other"));
        TestEngine.Rejected(EngineRejection.Forbidden,
            await node.Engine.CancelInstanceAsync(clerk, started.InstanceKey));
        TestEngine.Rejected(EngineRejection.Forbidden, await node.Engine.CreateInstanceAsync(
            clerk, new(ProcessSelector.ById("one-task"), [])));

        TestEngine.Accepted(await node.Engine.AssignUserTaskAsync(clerk, task, "clerk"));
        var second = new Scope("clerk2", ["clerk"]);
        TestEngine.Rejected(EngineRejection.Forbidden, await node.Engine.CompleteUserTaskAsync(second, task, []));
        TestEngine.Accepted(await node.Engine.CompleteUserTaskAsync(clerk, task, []));
    }

    [Fact]
    public async Task Person_StartableByStaff_MayStart()
    {
        await using var node = await OpenAsync();
        await node.DeployAsync(Bpmn.File(
            "open", """
            <extensionElements><zeebe:properties><zeebe:property name="startableBy"
            value="staff"/></zeebe:properties></extensionElements>
            """ + Bpmn.Start + Bpmn.End, "start->end"));

        TestEngine.Accepted(await node.Engine.CreateInstanceAsync(
            new Scope("anna", ["assistant"]), new(ProcessSelector.ById("open"), [])));
        TestEngine.Rejected(EngineRejection.Forbidden, await node.Engine.CreateInstanceAsync(
            new Scope("root", ["admin"]), new(ProcessSelector.ById("open"), [])));
    }

    // ---- deployment -----------------------------------------------------------------------------------------------

    [Fact]
    public async Task Deployment_SameBytes_IsTheSameVersion()
    {
        await using var node = await OpenAsync();
        var first = await node.DeployAsync(OneTask());
        var again = await node.DeployAsync(OneTask());
        var changed = await node.DeployAsync(OneTask("decide-anew"));

        Assert.Equal(first.Processes, again.Processes);
        Assert.Equal(first.DeploymentKey, again.DeploymentKey);
        Assert.Equal(2, changed.Processes[0].Version);
        Assert.Equal(["2"], await node.RowsAsync("select count(*) from deployments"));
        Assert.Equal(["2"], await node.RowsAsync("select version from process_definitions where is_latest"));
    }

    [Fact]
    public async Task Deployment_OneFileWrong_NothingIsStored()
    {
        await using var node = await OpenAsync();
        var answer = await node.Engine.DeployAsync(Machine, [OneTask(), new("broken.form", "{"u8.ToArray())]);

        var refused = Assert.IsType<DeployAnswer.Refused>(answer);
        Assert.Equal("broken.form", Assert.Single(refused.Problems).ResourceName);
        Assert.Equal(["0"], await node.RowsAsync("select count(*) from process_definitions"));
    }

    [Fact]
    public async Task Resource_Deleted_TheVersionBeforeIsLatestAgain()
    {
        await using var node = await OpenAsync();
        var first = await node.DeployAsync(OneTask());
        var second = await node.DeployAsync(OneTask("decide-anew"));

        Assert.Null(await node.Engine.DeleteResourceAsync(Machine, second.Processes[0].Key));
        Assert.Equal(first.Processes[0].Key, (await node.StartAsync("one-task")).Definition!.Key);
        Assert.NotNull(await node.Engine.DeleteResourceAsync(Machine, second.Processes[0].Key));
    }

    // ---- history --------------------------------------------------------------------------------------------------

    [Fact]
    public async Task HashChain_Untouched_IsProvedAndATouchIsFound()
    {
        await using var node = await OpenAsync();
        await node.DeployAsync(OneTask());
        var started = await node.StartAsync("one-task");
        await node.Engine.CompleteUserTaskAsync(Machine, started.UserTaskKeys[0], []);
        Assert.Null(await HashChain.VerifyAsync(node.Store.Dialect, started.InstanceKey));

        await node.ChangeAsync("update history set payload = $1 where sequence = 1", [null]);
        Assert.Null(await HashChain.VerifyAsync(node.Store.Dialect, started.InstanceKey));    // lawful erasure

        await node.ChangeAsync("update history set actor = 'mallory' where sequence = 2");
        Assert.Contains("entry 2", await HashChain.VerifyAsync(node.Store.Dialect, started.InstanceKey),
            StringComparison.Ordinal);
        await node.ChangeAsync("delete from history where sequence = 2");
        Assert.Contains("head", await HashChain.VerifyAsync(node.Store.Dialect, started.InstanceKey),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task HashChain_ParallelChildrenAndActs_StaysWhole()
    {
        await using var node = await OpenAsync();
        await node.DeployAsync(
            OneTask(),
            Bpmn.File("parent", Bpmn.Start + """<parallelGateway id="g"/>""" + Bpmn.Call("a", "one-task")
                + Bpmn.Call("b", "one-task") + Bpmn.Call("c", "one-task") + Bpmn.End,
                "start->g->a->end;g->b->end;g->c->end"));
        var root = (await node.StartAsync("parent")).InstanceKey;
        await node.Engine.DrainAsync();
        var tasks = (await node.RowsAsync("select key from user_tasks")).Select(long.Parse).ToArray();
        Assert.Equal(3, tasks.Length);

        await Task.WhenAll(tasks.Select(task => Task.Run(() => node.Engine.CompleteUserTaskAsync(Machine, task, [])))
            .Concat(Enumerable.Range(0, 10).Select(i => Task.Run(async () => Assert.Null(await node.Engine.RecordAsync(
                Machine, root, new() { Acts = [new("DocumentRead", "{}")] }))))));
        await node.Engine.DrainAsync();

        Assert.Equal(["COMPLETED"], await node.RowsAsync("select state from process_instances where key = $1", root));
        Assert.Null(await HashChain.VerifyAsync(node.Store.Dialect, root));
        Assert.Equal(["10"], await node.RowsAsync("select count(*) from history where command = 'DocumentRead'"));
    }
}
