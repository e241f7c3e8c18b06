using Workflows.Engine.Execution;
using Workflows.Tests.Support;

namespace Workflows.Tests.Unit;

public sealed class GatewayTests
{
    const string Exclusive = """
        <startEvent id="s"/><exclusiveGateway id="g" default="f_g_c_3"/>
        <userTask id="a"/><userTask id="b"/><userTask id="c"/>
        """;

    const string ExclusiveFlows = "s->g; g->a[x > 10]; g->b[x > 5]; g->c";

    [Theory]
    [InlineData(11, "a")]
    [InlineData(7, "b")]
    [InlineData(1, "c")]
    public void ExclusiveGateway_SeveralConditions_FirstInDocumentOrderWins(int x, string expected) =>
        Assert.Equal(expected, Sim.Of(Exclusive, ExclusiveFlows).Run($$"""{"x": {{x}}}""").Tasks);

    [Fact]
    public void ExclusiveGateway_ConditionIsNull_StopsWithAnIncidentAndTakesNoDefault()
    {
        var sim = Sim.Of(Exclusive, ExclusiveFlows).Run();
        Assert.Equal("", sim.Tasks);
        Assert.Equal("CONDITION_ERROR", sim.Incident.Kind);
        Assert.Contains("x > 10", sim.Incident.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ExclusiveGateway_IncidentResolvedAfterRepair_GoesOn()
    {
        var sim = Sim.Of(Exclusive, ExclusiveFlows).Run();
        var incident = sim.Incident;
        sim.Do(new SetVariables(sim.Key, Sim.Values("""{"x": 6}"""), Local: false));
        Assert.IsType<StepResult.Accepted>(sim.Do(new ResolveIncident(incident.Key)));
        Assert.Equal("b", sim.Tasks);
        Assert.Empty(sim.Instance.Incidents);
    }

    [Fact]
    public void ParallelGateway_ForkAndJoin_WaitsForEveryFlow()
    {
        var sim = Sim.Of(
            """
            <startEvent id="s"/><parallelGateway id="fork"/><userTask id="a"/><userTask id="b"/>
            <parallelGateway id="join"/><userTask id="c"/>
            """,
            "s->fork->a->join; fork->b->join; join->c").Run();
        Assert.Equal("a b", sim.Tasks);
        sim.Complete("a");
        Assert.Equal("b", sim.Tasks);
        Assert.Equal(1, Assert.Single(sim.Instance.Tokens).Count);
        sim.Complete("b");
        Assert.Equal("c", sim.Tasks);
        Assert.Empty(sim.Instance.Tokens);
        sim.Complete("c");
        Assert.True(sim.Ended, sim.Story);
    }

    [Fact]
    public void ParallelGateway_SameFlowTwice_DoesNotStandForTheOther()
    {
        var sim = Sim.Of(
            """
            <startEvent id="s"/><parallelGateway id="fork"/><userTask id="a"/><userTask id="b"/><userTask id="c"/>
            <exclusiveGateway id="merge"/><parallelGateway id="join"/><userTask id="d"/>
            """,
            "s->fork->a->merge; fork->b->merge; merge->join; fork->c->join; join->d").Run();
        sim.Complete("a").Complete("b");
        Assert.Equal("c", sim.Tasks);
        Assert.Equal(2, Assert.Single(sim.Instance.Tokens).Count);
        sim.Complete("c");
        Assert.Equal("d", sim.Tasks);
        Assert.Equal(1, Assert.Single(sim.Instance.Tokens).Count);
    }

    [Fact]
    public void EventBasedGateway_TimerFirst_ClosesTheMessage()
    {
        var sim = Sim.Of(
            """
            <startEvent id="s"/><eventBasedGateway id="g"/>
            <intermediateCatchEvent id="t"><timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition></intermediateCatchEvent>
            <intermediateCatchEvent id="m"><messageEventDefinition messageRef="msg"/></intermediateCatchEvent>
            <userTask id="late"/><userTask id="answered"/>
            """,
            "s->g; g->t->late; g->m->answered",
            """<message id="msg" name="answer"><extensionElements><zeebe:subscription correlationKey="=caseNo"/></extensionElements></message>""")
            .Run("""{"caseNo": "A"}""").Advance("PT2H");
        Assert.Equal("late", sim.Tasks);
        Assert.Empty(sim.Instance.Subscriptions);
        Assert.False(sim.Publish("answer", "A"));
    }

    [Fact]
    public void EventBasedGateway_MessageFirst_CancelsTheTimer()
    {
        var sim = Sim.Of(
            """
            <startEvent id="s"/><eventBasedGateway id="g"/>
            <intermediateCatchEvent id="t"><timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition></intermediateCatchEvent>
            <intermediateCatchEvent id="m"><messageEventDefinition messageRef="msg"/></intermediateCatchEvent>
            <userTask id="late"/><userTask id="answered"/>
            """,
            "s->g; g->t->late; g->m->answered",
            """<message id="msg" name="answer"><extensionElements><zeebe:subscription correlationKey="=caseNo"/></extensionElements></message>""")
            .Run("""{"caseNo": "A"}""");
        Assert.False(sim.Publish("answer", "B"));
        Assert.True(sim.Publish("answer", "A", """{"ok": true}"""));
        Assert.Equal("answered", sim.Tasks);
        Assert.Equal("true", sim.Variable("ok"));
        Assert.Empty(sim.Instance.Timers);
    }

    [Fact]
    public void Loop_WithoutWaitState_EndsAsAnIncidentNotForever()
    {
        var sim = Sim.Of(
            """<startEvent id="s"/><exclusiveGateway id="g"/><task id="t"/>""", "s->g->t->g").Run();
        Assert.Contains("without a wait state", sim.Incident.Message, StringComparison.Ordinal);
        Assert.False(sim.Ended);
    }
}
