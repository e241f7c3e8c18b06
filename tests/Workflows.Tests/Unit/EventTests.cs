using Workflows.Engine.Execution;
using Workflows.Tests.Support;

namespace Workflows.Tests.Unit;

public sealed class EventTests
{
    static string Boundary(string id, string definition, bool interrupting = true) =>
        $"""<boundaryEvent id="{id}" attachedToRef="a" cancelActivity="{(interrupting ? "true" : "false")}">{definition}</boundaryEvent>""";

    static string Timer(string text, string kind = "timeDuration") =>
        $"<timerEventDefinition><{kind}>{text}</{kind}></timerEventDefinition>";

    [Fact]
    public void BoundaryTimer_Interrupting_TakesTheTaskBack()
    {
        var sim = Sim.Of(
            $"""<startEvent id="s"/><userTask id="a"/>{Boundary("t", Timer("P3D"))}<userTask id="late"/>""",
            "s->a; t->late").Run();
        sim.Advance("P2D");
        Assert.Equal("a", sim.Tasks);
        sim.Advance("P2D");
        Assert.Equal("late", sim.Tasks);
        Assert.Contains(sim.Simulation.History, h => h.Event is UserTaskCanceled);
        Assert.Empty(sim.Instance.Timers);
    }

    [Fact]
    public void BoundaryTimer_CycleNotInterrupting_FiresTheGivenNumberOfTimes()
    {
        var sim = Sim.Of(
            $"""<startEvent id="s"/><userTask id="a"/>{Boundary("t", Timer("R3/P1D", "timeCycle"), interrupting: false)}<userTask id="remind"/>""",
            "s->a; t->remind").Run().Advance("P10D");
        Assert.Equal("a remind remind remind", sim.Tasks);
        Assert.Empty(sim.Instance.Timers);
    }

    [Fact]
    public void BoundaryTimer_TaskCompletedBefore_NeverFires()
    {
        var sim = Sim.Of(
            $"""<startEvent id="s"/><userTask id="a"/>{Boundary("t", Timer("P3D"))}<userTask id="late"/><userTask id="b"/>""",
            "s->a->b; t->late").Run().Complete("a").Advance("P30D");
        Assert.Equal("b", sim.Tasks);
    }

    [Fact]
    public void CatchEvent_Duration_CountsLocalDaysOverTheClockChange()
    {
        var sim = Sim.Of(
            $"""<startEvent id="s"/><intermediateCatchEvent id="t">{Timer("P90D")}</intermediateCatchEvent><userTask id="a"/>""",
            "s->t->a").Run();
        // 5 January 09:00 in Warsaw plus 90 days is 5 April 09:00, which is 07:00 UTC in summer time.
        Assert.Equal(new DateTimeOffset(2026, 4, 5, 7, 0, 0, TimeSpan.Zero), Assert.Single(sim.Instance.Timers).Value.DueAt);
    }

    const string Message =
        """<message id="msg" name="news"><extensionElements><zeebe:subscription correlationKey="=caseNo"/></extensionElements></message>""";

    [Fact]
    public void BoundaryMessage_NotInterrupting_StaysOpenForTheNextMessage()
    {
        var sim = Sim.Of(
            $"""<startEvent id="s"/><userTask id="a"/>{Boundary("m", "<messageEventDefinition messageRef=\"msg\"/>", interrupting: false)}<userTask id="react"/>""",
            "s->a; m->react", Message).Run("""{"caseNo": "A"}""");
        Assert.True(sim.Publish("news", "A"));
        Assert.True(sim.Publish("news", "A"));
        Assert.Equal("a react react", sim.Tasks);
    }

    [Fact]
    public void CorrelationKey_IsNull_RaisesAnIncidentThatNamesTheMessage()
    {
        var sim = Sim.Of(
            """<startEvent id="s"/><receiveTask id="r" messageRef="msg"/>""", "s->r", Message).Run();
        Assert.Equal("EXTRACT_VALUE_ERROR", sim.Incident.Kind);
        Assert.Contains("news", sim.Incident.Message, StringComparison.Ordinal);
    }

    static string Sub(string id, string elements, string flows, bool triggered = false) =>
        $"""<subProcess id="{id}" triggeredByEvent="{(triggered ? "true" : "false")}">{elements}{Sim.Flows(flows)}</subProcess>""";

    [Fact]
    public void EventSubProcess_InterruptingMessage_EndsTheScopeAndRunsTheHandler()
    {
        var sim = Sim.Of(
            """<startEvent id="s"/><userTask id="a"/>""" + Sub(
                "handler",
                """<startEvent id="hs" isInterrupting="true"><messageEventDefinition messageRef="msg"/></startEvent><userTask id="close"/>""",
                "hs->close", triggered: true),
            "s->a", Message).Run("""{"caseNo": "A"}""");
        Assert.True(sim.Publish("news", "A"));
        Assert.Equal("close", sim.Tasks);
        Assert.False(sim.Publish("news", "A"));
        sim.Complete("close");
        Assert.True(sim.Ended, sim.Story);
    }

    [Fact]
    public void EventSubProcess_NotInterruptingTimer_RunsBesideTheScope()
    {
        var sim = Sim.Of(
            """<startEvent id="s"/><userTask id="a"/>""" + Sub(
                "handler",
                $"""<startEvent id="hs" isInterrupting="false">{Timer("P1D")}</startEvent><userTask id="look"/>""",
                "hs->look", triggered: true),
            "s->a").Run().Advance("P2D");
        Assert.Equal("a look", sim.Tasks);
        sim.Complete("a");
        Assert.False(sim.Ended);
        sim.Complete("look");
        Assert.True(sim.Ended, sim.Story);
    }

    const string Errors = """<error id="e1" errorCode="E1"/><error id="e2" errorCode="E2"/>""";

    [Fact]
    public void ErrorEnd_InSubProcess_IsCaughtAtItsBorderByCode()
    {
        var sim = Sim.Of(
            """<startEvent id="s"/>"""
            + Sub("a", """<startEvent id="is"/><endEvent id="ie"><errorEventDefinition errorRef="e1"/></endEvent>""", "is->ie")
            + Boundary("wrong", """<errorEventDefinition errorRef="e2"/>""") + Boundary("right", """<errorEventDefinition errorRef="e1"/>""")
            + """<userTask id="x"/><userTask id="y"/>""",
            "s->a; wrong->x; right->y", Errors).Run();
        Assert.Equal("y", sim.Tasks);
    }

    [Fact]
    public void ErrorEnd_NobodyCatches_IsAnIncidentAndTheInstanceLives()
    {
        var sim = Sim.Of(
            """<startEvent id="s"/><endEvent id="e"><errorEventDefinition errorRef="e1"/></endEvent>""", "s->e", Errors).Run();
        Assert.Equal("UNHANDLED_ERROR_EVENT", sim.Incident.Kind);
        Assert.False(sim.Ended);
    }

    [Fact]
    public void JobError_BoundaryCatchesAll_EndsTheTask()
    {
        var sim = Sim.Of(
            $"""<startEvent id="s"/><serviceTask id="a"><extensionElements><zeebe:taskDefinition type="work"/></extensionElements></serviceTask>{Boundary("b", "<errorEventDefinition/>")}<userTask id="repair"/>""",
            "s->a; b->repair").Run();
        var job = sim.OpenJobs().Single().Job;
        Assert.IsType<StepResult.Accepted>(sim.Do(new ThrowJobError(job.Key, "ANY", null, Sim.Values("""{"why": "x"}"""))));
        Assert.Equal("repair", sim.Tasks);
        Assert.Equal("\"x\"", sim.Variable("why"));
        Assert.Empty(sim.OpenJobs());
    }

    [Fact]
    public void JobFailed_WithoutRetries_RaisesAnIncidentThatNeedsRetriesBeforeItResolves()
    {
        var sim = Sim.Of(
            """<startEvent id="s"/><serviceTask id="a"><extensionElements><zeebe:taskDefinition type="work"/></extensionElements></serviceTask>""",
            "s->a").Run();
        var job = sim.OpenJobs().Single().Job;
        sim.Do(new FailJob(job.Key, 0, "disk full", []));
        var incident = sim.Incident;
        Assert.Equal(("JOB_NO_RETRIES", "disk full"), (incident.Kind, incident.Message));
        Assert.IsType<StepResult.Rejected>(sim.Do(new ResolveIncident(incident.Key)));
        sim.Do(new UpdateJob(job.Key, 2));
        Assert.IsType<StepResult.Accepted>(sim.Do(new ResolveIncident(incident.Key)));
        sim.CompleteJob("a");
        Assert.True(sim.Ended);
    }

    [Fact]
    public void Escalation_NotInterruptingBoundary_ThrowerGoesOn()
    {
        var sim = Sim.Of(
            """<startEvent id="s"/>"""
            + Sub("a",
                """<startEvent id="is"/><intermediateThrowEvent id="it"><escalationEventDefinition escalationRef="esc"/></intermediateThrowEvent><userTask id="inside"/>""",
                "is->it->inside")
            + Boundary("b", """<escalationEventDefinition escalationRef="esc"/>""", interrupting: false) + """<userTask id="told"/>""",
            "s->a; b->told", """<escalation id="esc" escalationCode="HELP"/>""").Run();
        Assert.Equal("inside told", sim.Tasks);
    }

    [Fact]
    public void TerminateEnd_InSubProcess_EndsOnlyThatScope()
    {
        var sim = Sim.Of(
            """<startEvent id="s"/>"""
            + Sub("a",
                """
                <startEvent id="is"/><parallelGateway id="g"/><userTask id="x"/><userTask id="y"/>
                <endEvent id="stop"><terminateEventDefinition/></endEvent>
                """,
                "is->g; g->x->stop; g->y")
            + """<userTask id="after"/>""",
            "s->a->after").Run().Complete("x");
        Assert.Equal("after", sim.Tasks);
    }

    [Fact]
    public void CancelInstance_WithEverythingOpen_LeavesNothingBehind()
    {
        var sim = Sim.Of(
            $"""<startEvent id="s"/><parallelGateway id="g"/><userTask id="a"/>{Boundary("t", Timer("P3D"))}<receiveTask id="r" messageRef="msg"/><task id="late"/>""",
            "s->g; g->a; g->r; t->late", Message).Run("""{"caseNo": "A"}""");
        Assert.IsType<StepResult.Accepted>(sim.Do(new CancelInstance()));
        var left = sim.Instance;
        Assert.Equal(InstanceState.Terminated, left.State);
        Assert.True(left.Elements.IsEmpty && left.UserTasks.IsEmpty && left.Timers.IsEmpty && left.Subscriptions.IsEmpty, sim.Story);
        Assert.IsType<StepResult.Rejected>(sim.Do(new CancelInstance()));
    }
}
