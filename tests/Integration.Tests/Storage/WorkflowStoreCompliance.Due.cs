using Integration.Tests.Support;
using Workflows.Engine.Execution;
using Workflows.Runtime;

namespace Integration.Tests.Storage;

public abstract partial class WorkflowStoreCompliance
{
    // ---- time -----------------------------------------------------------------------------------------------------

    static DeploymentFile Waiting(string duration = "=duration") => Bpmn.File(
        "waiting", Bpmn.Start + Bpmn.Timer("wait", duration) + Bpmn.End, "start->wait->end");

    [Fact]
    public async Task Timers_AfterRestart_FireInDueOrder()
    {
        var keys = new List<long>();
        await using (var node = await OpenAsync())
        {
            await node.Engine.Clock.PinAsync(TestEngine.Monday);
            await node.DeployAsync(Waiting());
            foreach (var days in new[] { 3, 1, 2 })
                keys.Add((await node.StartAsync("waiting", $$"""{"duration":"P{{days}}D"}""")).InstanceKey);
        }

        await using var restarted = await OpenAsync();
        Assert.Equal(TestEngine.Monday, await restarted.Engine.Clock.NowAsync());
        await restarted.Engine.Clock.PinAsync(TestEngine.Monday.AddDays(2));
        Assert.Equal(
            [keys[1], keys[2]],
            (await restarted.RowsAsync(
                "select key from process_instances where state = 'COMPLETED' order by ended_at")).Select(long.Parse));

        await restarted.Engine.Clock.PinAsync(TestEngine.Monday.AddDays(30));
        Assert.Equal(["0"], await restarted.RowsAsync("select count(*) from timers"));
        var ended = await restarted.Store.ReadAsync(
            "select ended_at from process_instances order by ended_at", row => restarted.Store.Dialect.Time(row, 0),
            CancellationToken.None);
        Assert.Equal([TestEngine.Monday.AddDays(1), TestEngine.Monday.AddDays(2), TestEngine.Monday.AddDays(3)], ended);
    }

    [Fact]
    public async Task Clock_SetBack_NothingFiresTwice()
    {
        await using var node = await OpenAsync();
        await node.Engine.Clock.PinAsync(TestEngine.Monday);
        await node.DeployAsync(Waiting("P1D"));
        await node.StartAsync("waiting");
        await node.Engine.Clock.PinAsync(TestEngine.Monday.AddDays(2));
        await node.Engine.Clock.PinAsync(TestEngine.Monday);
        await node.Engine.DrainAsync();
        await node.Engine.Clock.PinAsync(TestEngine.Monday.AddDays(3));

        Assert.Equal(["1"], await node.RowsAsync("select count(*) from history where command = 'FireTimer'"));
    }

    [Fact]
    public async Task Clock_MovedFar_EachReminderFiresAtItsOwnTime()
    {
        await using var node = await OpenAsync();
        await node.Engine.Clock.PinAsync(TestEngine.Monday);
        await node.DeployAsync(Bpmn.File(
            "reminding", Bpmn.Start + Bpmn.UserTask("t") + """
            <boundaryEvent id="b" attachedToRef="t" cancelActivity="false">
              <timerEventDefinition><timeCycle>R/P7D</timeCycle></timerEventDefinition>
            </boundaryEvent>
            """ + Bpmn.Timer("pause", "PT1H") + """<endEvent id="reminded"/>""" + Bpmn.End,
            "start->t->end;b->pause->reminded"));
        await node.StartAsync("reminding");

        await node.Engine.Clock.PinAsync(TestEngine.Monday.AddDays(28).AddHours(2));

        var times = await node.Store.ReadAsync(
            "select ended_at from element_instances where element_id = 'reminded' order by ended_at",
            row => node.Store.Dialect.Time(row, 0), CancellationToken.None);
        Assert.Equal(Enumerable.Range(1, 4).Select(week => TestEngine.Monday.AddDays(7 * week).AddHours(1)), times);
    }

    [Fact]
    public async Task Timers_ManyDueAtOnce_ShareCommits()
    {
        await using var node = await OpenAsync();
        await node.Engine.Clock.PinAsync(TestEngine.Monday);
        await node.DeployAsync(Waiting("P1D"));
        await Task.WhenAll(Enumerable.Range(0, 400).Select(_ => Task.Run(() => node.StartAsync("waiting"))));
        var before = node.Store.Commits;

        await node.Engine.Clock.PinAsync(TestEngine.Monday.AddDays(1));

        Assert.Equal(["400"], await node.RowsAsync("select count(*) from process_instances where state = 'COMPLETED'"));
        Assert.InRange(node.Store.Commits - before, 1, 20);
    }

    [Fact]
    public async Task TimerStart_Cycle_StartsAnInstanceEachTime()
    {
        await using var node = await OpenAsync();
        await node.Engine.Clock.PinAsync(TestEngine.Monday);
        await node.DeployAsync(Bpmn.File(
            "weekly", """
            <startEvent id="start">
              <timerEventDefinition><timeCycle>R3/P7D</timeCycle></timerEventDefinition>
            </startEvent>
            """
            + Bpmn.End, "start->end"));

        await node.Engine.Clock.PinAsync(TestEngine.Monday.AddDays(60));

        Assert.Equal(["3"], await node.RowsAsync("select count(*) from process_instances where state = 'COMPLETED'"));
        Assert.Equal(["0"], await node.RowsAsync("select count(*) from start_subscriptions"));
    }

    [Fact]
    public async Task DueSource_OfTheHost_RunsInDueOrderWithTimers()
    {
        var story = new List<string>();
        DateTimeOffset? next = TestEngine.Monday.AddHours(36);
        await using var node = await OpenAsync(options =>
        {
            options.DueSources.Add(new(
                _ => Task.FromResult(next),
                (at, _) =>
                {
                    story.Add($"digest {at:dd HH}");
                    next = null;
                    return Task.CompletedTask;
                }));
            options.StepExtras = step =>
            {
                if (step.Envelope.Command is FireTimer) story.Add($"timer {step.Envelope.At:dd HH}");
                return null;
            };
        });
        await node.Engine.Clock.PinAsync(TestEngine.Monday);
        await node.DeployAsync(Waiting());
        await node.StartAsync("waiting", """{"duration":"P1D"}""");
        await node.StartAsync("waiting", """{"duration":"P2D"}""");

        await node.Engine.Clock.PinAsync(TestEngine.Monday.AddDays(5));

        Assert.Equal(["timer 06 08", "digest 06 20", "timer 07 08"], story);
    }

    [Fact]
    public async Task Timers_OneOfABatchVetoed_WhatItWouldHaveRuledOutStillFires()
    {
        await using var node = await OpenAsync(options => options.StepExtras = step =>
            step.Accepted.History.Any(happened => happened is TimerFired { TargetId: "first" })
                ? new CommitExtras
                {
                    HostRows = (_, _) => Task.FromResult<EngineAnswer.Rejected?>(
                        new(EngineRejection.InvalidState, "Not this one.")),
                }
                : null);
        await node.Engine.Clock.PinAsync(TestEngine.Monday);
        string Boundary(string id) => $"""
            <boundaryEvent id="{id}" attachedToRef="t">
              <timerEventDefinition><timeDuration>P1D</timeDuration></timerEventDefinition>
            </boundaryEvent>
            """;
        await node.DeployAsync(Bpmn.File(
            "two", Bpmn.Start + Bpmn.UserTask("t") + Boundary("first") + Boundary("second") + Bpmn.End,
            "start->t->end;first->end;second->end"));
        await node.StartAsync("two");

        await node.Engine.Clock.PinAsync(TestEngine.Monday.AddDays(2));

        Assert.Equal(["COMPLETED"], await node.RowsAsync("select state from process_instances"));
        Assert.Equal(["second"], await node.RowsAsync(
            "select element_id from element_instances where element_id in ('first', 'second')"));
    }

    // ---- jobs -----------------------------------------------------------------------------------------------------

    static DeploymentFile Work() => Bpmn.File(
        "work", Bpmn.Start + Bpmn.ServiceTask("do", "print") + Bpmn.End, "start->do->end");

    static JobActivation Activation(int max = 10) => new("print", "worker-1", TimeSpan.FromMinutes(5), max);

    [Fact]
    public async Task Job_HeldByAWorker_IsOfferedAgainWhenItsTimeIsOver()
    {
        await using var node = await OpenAsync();
        await node.Engine.Clock.PinAsync(TestEngine.Monday);
        await node.DeployAsync(Work());
        await node.StartAsync("work", """{"name":"list"}""");

        var job = Assert.Single(await node.Engine.ActivateJobsAsync(Machine, Activation()));
        Assert.Equal("""{"name":"list"}""", job.Variables);
        Assert.Equal(TestEngine.Monday.AddMinutes(5), job.Deadline);
        Assert.Empty(await node.Engine.ActivateJobsAsync(Machine, Activation()));

        await node.Engine.Clock.PinAsync(TestEngine.Monday.AddMinutes(6));
        Assert.Equal(["TIMED_OUT"], await node.RowsAsync("select state from jobs"));
        Assert.Equal(job.Key, Assert.Single(await node.Engine.ActivateJobsAsync(Machine, Activation())).Key);

        var printed = TestEngine.Variables("""{"printed":true}""");
        TestEngine.Accepted(await node.Engine.CompleteJobAsync(Machine, job.Key, printed));
        TestEngine.Rejected(EngineRejection.NotFound, await node.Engine.CompleteJobAsync(Machine, job.Key, []));
        Assert.Equal(["COMPLETED"], await node.RowsAsync("select state from jobs"));
    }

    [Fact]
    public async Task Job_Failed_WaitsForItsBackOffAndEndsAsAnIncident()
    {
        await using var node = await OpenAsync();
        await node.Engine.Clock.PinAsync(TestEngine.Monday);
        await node.DeployAsync(Work());
        await node.StartAsync("work");
        var job = Assert.Single(await node.Engine.ActivateJobsAsync(Machine, Activation()));

        await node.Engine.FailJobAsync(Machine, job.Key, 1, "no paper", TimeSpan.FromMinutes(1), []);
        Assert.Empty(await node.Engine.ActivateJobsAsync(Machine, Activation()));
        await node.Engine.Clock.PinAsync(TestEngine.Monday.AddMinutes(2));
        Assert.Single(await node.Engine.ActivateJobsAsync(Machine, Activation()));

        await node.Engine.FailJobAsync(Machine, job.Key, 0, "no paper", default, []);
        Assert.Empty(await node.Engine.ActivateJobsAsync(Machine, Activation()));
        Assert.Equal(["1"], await node.RowsAsync("select incident_count from process_instances"));
        var incident = long.Parse(
            Assert.Single(await node.RowsAsync("select key from incidents where state = 'ACTIVE'")),
            System.Globalization.CultureInfo.InvariantCulture);

        TestEngine.Accepted(await node.Engine.UpdateJobAsync(Machine, job.Key, 1, null));
        TestEngine.Accepted(await node.Engine.ResolveIncidentAsync(Machine, incident));
        Assert.Single(await node.Engine.ActivateJobsAsync(Machine, Activation()));
        Assert.Equal(["RESOLVED"], await node.RowsAsync("select state from incidents"));
    }

    [Fact]
    public async Task Jobs_ManyWorkersAtOnce_EachJobGoesToOne()
    {
        await using var node = await OpenAsync();
        await node.DeployAsync(Work());
        await Task.WhenAll(Enumerable.Range(0, 60).Select(_ => Task.Run(() => node.StartAsync("work"))));

        var given = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => Task.Run(
            () => node.Engine.ActivateJobsAsync(Machine, Activation(max: 5)))));

        Assert.Equal(60, given.SelectMany(jobs => jobs).Select(j => j.Key).Distinct().Count());
        Assert.Equal(60, given.Sum(jobs => jobs.Length));
    }

    [Fact]
    public async Task LongPoll_JobCreatedMeanwhile_IsAnswered()
    {
        await using var node = await OpenAsync();
        await node.DeployAsync(Work());
        var polling = node.Engine.ActivateJobsAsync(
            Machine, Activation() with { RequestTimeout = TimeSpan.FromSeconds(30) });
        Assert.False(polling.IsCompleted);
        await node.StartAsync("work");

        Assert.Single(await polling);
    }

    [Fact]
    public async Task Handler_InProcess_CompletesWithItsRows()
    {
        await using var node =
            await OpenAsync(options => options.JobHandlers["print"] = (job, _) => Task.FromResult<JobOutcome>(
            job.Read("paper") == "true"
                ? new JobOutcome.Complete(TestEngine.Variables("""{"printed":true}"""))
                {
                    Extras = new() { Acts = [new("Printed", "{}")] },
                }
                : new JobOutcome.Fail("no paper")));
        await node.DeployAsync(Work());
        await node.StartAsync("work", """{"paper":true}""");
        await node.StartAsync("work", """{"paper":false}""");
        await node.Engine.DrainAsync();

        Assert.Equal(["1"], await node.RowsAsync("select count(*) from history where command = 'Printed'"));
        Assert.Equal(["JOB_NO_RETRIES"], await node.RowsAsync("select error_type from incidents"));
    }

    [Fact]
    public async Task BuiltInHandlers_StartAProcedureAndPublishAMessage()
    {
        await using var node = await OpenAsync();
        await node.DeployAsync(
            Bpmn.File("other", Bpmn.Start + Bpmn.Catch("c", "m") + Bpmn.End, "start->c->end",
                Bpmn.Message("m", "other.go", "=caseNo")),
            Bpmn.File("first", Bpmn.Start + Bpmn.ServiceTask("s", "procedure.start", """
                <zeebe:taskHeaders><zeebe:header key="processId" value="other"/><zeebe:header key="twice" value="=n *
                2"/></zeebe:taskHeaders>
                """) + Bpmn.ServiceTask("p", "message.publish", """
                <zeebe:taskHeaders><zeebe:header key="messageName" value="other.go"/><zeebe:header key="correlationKey"
                value="=caseNo"/>
                <zeebe:header key="timeToLive" value="PT1H"/></zeebe:taskHeaders>
                """) + Bpmn.End, "start->s->p->end"));
        await node.StartAsync("first", """{"caseNo":"7","n":21}""");
        await node.Engine.DrainAsync();

        Assert.Equal(["COMPLETED", "COMPLETED"], await node.RowsAsync("select state from process_instances"));
        Assert.Equal(["42"], await node.RowsAsync("select value from variables where name = 'twice'"));
    }

    // ---- call activities ------------------------------------------------------------------------------------------

    [Fact]
    public async Task CallActivity_ChildEnds_ParentGoesOnWithItsVariables()
    {
        await using var node = await OpenAsync();
        await node.DeployAsync(
            OneTask(), Bpmn.File(
                "parent", Bpmn.Start + Bpmn.Call("call", "one-task") + Bpmn.UserTask("after") + Bpmn.End,
                "start->call->after->end"));
        var parent = await node.StartAsync("parent", """{"caseNo":"1"}""");
        await node.Engine.DrainAsync();
        var task = long.Parse(Assert.Single(await node.RowsAsync("select key from user_tasks where state = 'CREATED'")),
            System.Globalization.CultureInfo.InvariantCulture);

        await node.Engine.CompleteUserTaskAsync(Machine, task, TestEngine.Variables("""{"decision":"yes"}"""));
        await node.Engine.DrainAsync();

        Assert.Equal(["after"], await node.RowsAsync("select element_id from user_tasks where state = 'CREATED'"));
        Assert.Equal(["\"yes\""], await node.RowsAsync(
            "select value from variables where name = 'decision' and scope_key = $1", parent.InstanceKey));
        Assert.Equal([$"{parent.InstanceKey}"],
            await node.RowsAsync("select distinct root_instance_key from process_instances"));
    }

    [Fact]
    public async Task CallActivity_ParentCanceledBeforeTheChildBegan_NoChildBegins()
    {
        await using var node = await OpenAsync();
        await node.DeployAsync(
            OneTask(), Bpmn.File("parent", Bpmn.Start + Bpmn.Call("call", "one-task") + Bpmn.End, "start->call->end"));
        var parent = await node.StartAsync("parent");
        await node.Engine.CancelInstanceAsync(Machine, parent.InstanceKey);
        await node.Engine.DrainAsync();

        Assert.Equal(["parent"], await node.RowsAsync("select process_id from process_instances"));
        Assert.Equal(["0"], await node.RowsAsync("select count(*) from command_queue"));
    }

    [Fact]
    public async Task AwaitCompletion_Ended_AnswersWithVariables()
    {
        await using var node = await OpenAsync();
        await node.DeployAsync(
            Bpmn.File("quick", Bpmn.Start + Bpmn.End, "start->end"), OneTask());
        var answer = TestEngine.Accepted(await node.Engine.CreateInstanceAsync(Machine, new(
            ProcessSelector.ById("quick"), TestEngine.Variables("""{"a":1,"b":2}"""), AwaitCompletion: true,
            FetchVariables: ["a"])));
        Assert.Equal("""{"a":1}""", answer.Variables);

        TestEngine.Rejected(EngineRejection.DeadlineExceeded, await node.Engine.CreateInstanceAsync(Machine, new(
            ProcessSelector.ById("one-task"), [], AwaitCompletion: true, Timeout: TimeSpan.FromMilliseconds(50))));
    }

    // ---- outbox ---------------------------------------------------------------------------------------------------

    [Fact]
    public async Task Outbox_SameBusinessKeyTwice_IsSentOnceAndNotBeforeItIsDue()
    {
        var sent = new List<string>();
        await using var node = await OpenAsync(options => options.OutboxSender = (item, _) =>
        {
            sent.Add(item.Message.BusinessKey);
            return Task.FromResult<SendResult>(new SendResult.Sent());
        });
        await node.Engine.Clock.PinAsync(TestEngine.Monday);
        var planned = new OutboxMessage("task-1/anna/due", "reminder", "anna", "{}", TestEngine.Monday.AddDays(1));
        await node.Engine.RecordAsync(Machine, HistoryChain.Settings, new() { Outbox = [planned] });
        await node.Engine.RecordAsync(Machine, HistoryChain.Settings, new() { Outbox = [planned] });

        Assert.Equal(0, await node.Engine.SendOutboxAsync(CancellationToken.None));
        await node.Engine.Clock.PinAsync(TestEngine.Monday.AddDays(2));
        Assert.Equal(1, await node.Engine.SendOutboxAsync(CancellationToken.None));
        Assert.Equal(0, await node.Engine.SendOutboxAsync(CancellationToken.None));

        Assert.Equal(["task-1/anna/due"], sent);
        Assert.Equal(["sent"], await node.RowsAsync("select state from outbox"));
    }

    [Fact]
    public async Task Outbox_UnknownOnce_IsAskedAgainAQuarterLaterAndThenLeftToAPerson()
    {
        var asked = new List<(int Attempt, bool PerhapsSent)>();
        var time = new TurnedTime();
        await using var node = await OpenAsync(options =>
        {
            options.SystemTime = time;
            options.OutboxSender = (item, _) =>
            {
                asked.Add((item.Attempt, item.PerhapsSent));
                return Task.FromResult<SendResult>(new SendResult.Unknown("no answer after the message"));
            };
        });
        await node.Engine.RecordAsync(Machine, HistoryChain.Settings, new()
        {
            Outbox = [new OutboxMessage("task-2/anna/due", "reminder", "anna", "{}", TestEngine.Monday)],
        });
        await node.Engine.SendOutboxAsync(CancellationToken.None);
        Assert.Equal(0, await node.Engine.SendOutboxAsync(CancellationToken.None));
        time.Turned = TimeSpan.FromMinutes(16);
        Assert.Equal(1, await node.Engine.SendOutboxAsync(CancellationToken.None));
        time.Turned = TimeSpan.FromDays(2);
        Assert.Equal(0, await node.Engine.SendOutboxAsync(CancellationToken.None));
        Assert.Equal([(1, false), (2, true)], asked);
        Assert.Equal(["unknown"], await node.RowsAsync("select state from outbox"));
    }

    [Fact]
    public async Task Outbox_Digest_EndsTheLinesItCarriesAndPlansWhatComesInstead()
    {
        var next = new OutboxMessage("task-3/ewa/due", "reminder", "ewa", "{}", TestEngine.Monday.AddDays(9));
        await using var node = await OpenAsync(options => options.OutboxSender = async (_, _) =>
        {
            var keys = await Lines!();
            return new SendResult.Sent { Carried = [new(keys[0]), new(keys[1], "done")], Instead = [next] };
        });
        Lines = async () => [.. (await node.RowsAsync(
            "select key from outbox where purpose = 'digest-line' order by key")).Select(
                key => long.Parse(key, System.Globalization.CultureInfo.InvariantCulture))];
        OutboxMessage Line(string key) =>
            new(key, OutboxMessage.DigestLine, "anna", "{}", TestEngine.Monday);
        await node.Engine.RecordAsync(Machine, HistoryChain.Settings, new()
        {
            Outbox = [Line("a"), Line("b"), new OutboxMessage("d", "digest", "anna", "{}", TestEngine.Monday)],
        });
        Assert.Equal(1, await node.Engine.SendOutboxAsync(CancellationToken.None));
        Assert.Equal(
            ["a sent", "b suppressed", "d sent", "task-3/ewa/due planned"],
            await node.RowsAsync("select business_key || ' ' || state from outbox order by business_key"));
    }

    Func<Task<long[]>>? Lines { get; set; }

    sealed class TurnedTime : TimeProvider
    {
        public TimeSpan Turned { get; set; }

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Turned;
    }
}
