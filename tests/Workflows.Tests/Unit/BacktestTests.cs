using System.Collections.Immutable;
using Workflows.Engine.Calendar;
using Workflows.Engine.Execution;
using Workflows.Engine.Model;
using Workflows.Tests.Support;

namespace Workflows.Tests.Unit;

/// <summary>
/// Closed cases of a small procedure replayed with a changed one. That an unchanged one is replayed exactly is also
/// proved on random processes (<c>InterpreterProperties</c>) and on every shipped scenario (Integration.Tests).
/// </summary>
public sealed class BacktestTests
{
    const string Elements = """
        <startEvent id="s" name="Wniosek"/>
        <userTask id="prepare" name="Przygotuj">
          <extensionElements><zeebe:userTask/>
            <zeebe:taskSchedule dueDate="=deadline(date(&quot;2026-01-05&quot;), 7, &quot;days&quot;)"/>
            <zeebe:properties><zeebe:property name="deadline.kind" value="STAT"/></zeebe:properties>
          </extensionElements>
        </userTask>
        <exclusiveGateway id="g" default="f_g_pay_3"/>
        <userTask id="approve" name="Zatwierdź">
          <extensionElements><zeebe:userTask/>
            <zeebe:assignmentDefinition candidateGroups="head"/>
            <zeebe:properties><zeebe:property name="approval" value="normal"/>
              <zeebe:property name="notSamePersonAs" value="prepare"/></zeebe:properties>
          </extensionElements>
        </userTask>
        <userTask id="pay" name="Wypłać"><extensionElements><zeebe:userTask/></extensionElements></userTask>
        <boundaryEvent id="late" name="Po terminie" attachedToRef="pay" cancelActivity="true">
          <timerEventDefinition><timeDuration>P14D</timeDuration></timerEventDefinition></boundaryEvent>
        <userTask id="remind" name="Upomnij"><extensionElements><zeebe:userTask/></extensionElements></userTask>
        <endEvent id="e" name="Koniec"/>
        """;

    const string Flows = "s->prepare->g; g->approve[amount > 100]; g->pay; approve->pay->e; late->remind->e";

    static Sim Run(string amount = "500", bool isPaidInTime = true)
    {
        var sim = Sim.Of(Elements, Flows).Run($$"""{"amount": {{amount}}}""").Advance("P2D")
            .Complete("prepare", """{"ready": true}""", "anna");
        if (sim.Tasks == "approve") sim.Advance("P1D").Complete("approve", """{"decision": "yes"}""", "ewa");
        if (isPaidInTime) sim.Advance("P1D").Complete("pay");
        else sim.Advance("P20D").Complete("remind");
        Assert.True(sim.Ended, sim.Story);
        return sim;
    }

    static CaseDifference Compare(Sim sim, string elements, string flows = Flows)
    {
        var edited = Sim.Read(Sim.Xml(elements, flows, "", "p")).Processes[0];
        return Backtest.Compare(
            sim.Facts(sim.Key), sim.Simulation.DefinitionOf(sim.Instance),
            sim.Simulation.ReleaseOf(sim.Instance) with { Definition = edited });
    }

    static string With(string old, string text)
    {
        Assert.Contains(old, Elements, StringComparison.Ordinal);
        return Elements.Replace(old, text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("500", true)]
    [InlineData("500", false)]
    [InlineData("50", true)]
    public void Backtest_UnchangedDefinition_GoesExactlyTheRecordedWay(string amount, bool isPaidInTime)
    {
        var sim = Run(amount, isPaidInTime);
        var replay = Backtest.Play(sim.Facts(sim.Key), sim.Simulation.ReleaseOf(sim.Instance));
        Assert.Equal(sim.Facts(sim.Key).Trace.Path, replay.Trace.Path);
        Assert.True(Compare(sim, Elements).IsNone);
    }

    [Fact]
    public void Backtest_ApprovalLeftOut_IsLostAndTheStepNamed()
    {
        var found = Compare(Run(), Elements, "s->prepare->g; g->approve[amount > 1000]; g->pay; approve->pay->e; late->remind->e");
        Assert.Equal(new PathTurn("pay", "Przygotuj", "Zatwierdź", "Wypłać"), found.Turn);
        var lost = Assert.Single(found.Lost);
        Assert.Equal(("approve", ApprovalLoss.Skipped), (lost.ElementId, lost.Why));
        Assert.Null(found.Unfinished);
    }

    [Fact]
    public void Backtest_ApprovalByAnotherRoleOrTheSamePerson_IsLostOnTheSameWay()
    {
        var role = Compare(Run(), With("candidateGroups=\"head\"", "candidateGroups=\"clerk\""));
        Assert.Null(role.Turn);
        var lost = Assert.Single(role.Lost);
        Assert.Equal(ApprovalLoss.OtherRole, lost.Why);
        Assert.Equal(["clerk"], lost.After);

        var same = Compare(Run(), With("""<zeebe:property name="notSamePersonAs" value="prepare"/>""", ""));
        Assert.Equal(ApprovalLoss.SamePersonMay, Assert.Single(same.Lost).Why);
    }

    [Fact]
    public void Backtest_StatutoryTermStretched_IsLaterAndMarked()
    {
        var longer = Assert.Single(Compare(Run(), With(", 7, ", ", 14, ")).Terms);
        Assert.Equal(("prepare", "STAT", true, true),
            (longer.ElementId, longer.Kind, longer.IsLater, longer.IsStatutoryAndGrows));
        Assert.Equal(7, (longer.After!.Value - longer.Before).TotalDays);
        var shorter = Assert.Single(Compare(Run(), With(", 7, ", ", 3, ")).Terms);
        Assert.False(shorter.IsLater);
    }

    [Fact]
    public void Backtest_NewStepOfAPerson_EndsThereAndInventsNothing()
    {
        var found = Compare(
            Run(), Elements + """
                <userTask id="check" name="Sprawdź"/>
                <boundaryEvent id="silent" attachedToRef="check" cancelActivity="true">
                  <timerEventDefinition><timeDuration>P1D</timeDuration></timerEventDefinition></boundaryEvent>
                """,
            "check->prepare->g; g->approve[amount > 100]; g->pay; approve->pay->e; late->remind->e; silent->e; s->check");
        Assert.Equal(new ReplayEnd("check", ReplayStop.NeedsAnswer), found.Unfinished);
        Assert.Equal(new PathTurn("check", "Wniosek", "Przygotuj", "Sprawdź"), found.Turn);
        // Whether it would have been approved is not known: it is not reached.
        Assert.Empty(found.Lost);
    }

    [Fact]
    public void Backtest_TimerShortened_FiresByItselfBeforeTheRecordedAnswer()
    {
        var sim = Run();
        var found = Compare(sim, With("P14D", "PT1H"));
        Assert.Equal("late", found.Turn!.ElementId);
        Assert.Equal(new ReplayEnd("remind", ReplayStop.NeedsAnswer), found.Unfinished);
    }

    [Fact]
    public void Backtest_TimerStretched_WaitsOnAndTakesTheLaterAnswerWhenItsStepIsReached()
    {
        var found = Compare(Run(isPaidInTime: false), With("P14D", "P30D"));
        Assert.True(found.IsNone);
    }

    [Fact]
    public void Backtest_RecordedPersonMayNoLongerDoIt_SaysSo()
    {
        var found = Compare(Run(), With("<userTask id=\"pay\" name=\"Wypłać\"><extensionElements><zeebe:userTask/>", """
            <userTask id="pay" name="Wypłać"><extensionElements><zeebe:userTask/>
              <zeebe:properties><zeebe:property name="notSamePersonAs" value="approve"/></zeebe:properties>
            """));
        Assert.True(found.IsNone);
        var sim = Sim.Of(Elements, Flows).Run("""{"amount": 1}""").Complete("prepare", actor: "anna").Complete("pay", actor: "anna");
        found = Compare(sim, With("<userTask id=\"pay\" name=\"Wypłać\"><extensionElements><zeebe:userTask/>", """
            <userTask id="pay" name="Wypłać"><extensionElements><zeebe:userTask/>
              <zeebe:properties><zeebe:property name="notSamePersonAs" value="prepare"/></zeebe:properties>
            """));
        Assert.Equal(new ReplayEnd("pay", ReplayStop.NeedsOtherPerson), found.Unfinished);
    }

    [Fact]
    public void Backtest_ExpressionFails_StopsAtItsStep()
    {
        var found = Compare(
            Run(), Elements, "s->prepare->g; g->approve[missing > 100]; g->pay; approve->pay->e; late->remind->e");
        Assert.Equal(new ReplayEnd("g", ReplayStop.Failed), found.Unfinished);
    }

    [Fact]
    public void Backtest_EngineStoodStill_TimersFireWhereTheyWereRecorded()
    {
        const string Flow = "s->a->b->e; due->b";
        const string Two = """
            <startEvent id="s"/><userTask id="a"/><userTask id="b"/><endEvent id="e"/>
            <boundaryEvent id="due" attachedToRef="a" cancelActivity="true">
              <timerEventDefinition><timeDuration>P1D</timeDuration></timerEventDefinition></boundaryEvent>
            """;
        // Answered two days late, before the engine came to the timer that was due meanwhile.
        var recorded = Sim.Of(Two, Flow).Run();
        var release = recorded.Simulation.ReleaseOf(recorded.Instance);
        var steps = recorded.Simulation.History.GroupBy(h => h.Step)
            .Select(step => new RecordedStep(step.First().At, "x", [.. step.Select(h => h.Event)])).ToList();
        var state = recorded.Instance;
        var at = Sim.Start.AddDays(3);
        long key = 1_000_000;
        foreach (var id in new[] { "a", "b" })
        {
            var task = state.UserTasks.Values.Single(one => one.ElementId == id);
            var done = (StepResult.Accepted)Interpreter.Execute(
                release, state, new("", "x", at, new(key += 10_000, 9_000), new CompleteUserTask(task.Key, [])));
            steps.Add(new RecordedStep(at, "x", done.History));
            state = done.Instance;
        }
        var facts = RecordedFacts.Of(steps, release.Definition);
        var replay = Backtest.Play(facts, release);
        Assert.Equal(["s", "a", "b", "e"], replay.Trace.Path);
        Assert.Null(replay.Unfinished);
    }

    [Fact]
    public void Backtest_ResultsOfJobsCallsAndMessages_ComeFromTheRecord()
    {
        const string All = """
            <startEvent id="s"/><endEvent id="e"/>
            <serviceTask id="job"><extensionElements><zeebe:taskDefinition type="work"/>
              <zeebe:ioMapping><zeebe:output source="=result.sum" target="sum"/></zeebe:ioMapping></extensionElements></serviceTask>
            <callActivity id="call"><extensionElements><zeebe:calledElement processId="child" propagateAllChildVariables="true"/></extensionElements></callActivity>
            <intermediateCatchEvent id="wait"><messageEventDefinition messageRef="m"/></intermediateCatchEvent>
            <exclusiveGateway id="g"/><userTask id="yes"/><userTask id="no"/>
            """;
        const string Flow = "s->job->call->wait->g; g->yes[sum + answer + said = 6]; g->no[sum + answer + said != 6]; yes->e; no->e";
        const string Message = """<message id="m" name="m"><extensionElements><zeebe:subscription correlationKey="=&quot;k&quot;"/></extensionElements></message>""";
        var sim = Sim.Of(All, Flow, Message)
            .With("""<startEvent id="cs"/><userTask id="ct"/><endEvent id="ce"/>""", "cs->ct->ce", processId: "child").Run()
            .CompleteJob("job", """{"result": {"sum": 1}}""").Complete("ct", """{"answer": 2}""");
        Assert.True(sim.Publish("m", "k", """{"said": 3}"""));
        sim.Complete("yes");
        var facts = sim.Facts(sim.Key);
        var replay = Backtest.Play(facts, sim.Simulation.ReleaseOf(sim.Instance));
        Assert.Equal(["s", "job", "call", "wait", "g", "yes", "e"], replay.Trace.Path);
        Assert.Equal(
            [FactKind.JobResult, FactKind.ChildEnd, FactKind.Message, FactKind.Answer], facts.Facts.Select(f => f.Kind));
    }

    [Fact]
    public void Backtest_ErrorsOfJobsAndCalledProcesses_AreCaughtWhereTheyWere()
    {
        const string errors = """<error id="j" errorCode="J"/><error id="c" errorCode="C"/>""";
        const string all = """
            <startEvent id="s"/><endEvent id="e"/><userTask id="look"/>
            <serviceTask id="job"><extensionElements><zeebe:taskDefinition type="work"/></extensionElements></serviceTask>
            <boundaryEvent id="noJob" attachedToRef="job"><errorEventDefinition errorRef="j"/></boundaryEvent>
            <callActivity id="call"><extensionElements><zeebe:calledElement processId="child"/></extensionElements></callActivity>
            <boundaryEvent id="noCall" attachedToRef="call"><errorEventDefinition errorRef="c"/></boundaryEvent>
            """;
        var sim = Sim.Of(all, "s->job->e; noJob->call->e; noCall->look->e", errors)
            .With("""<startEvent id="cs"/><userTask id="ct"/><endEvent id="ce"><errorEventDefinition errorRef="c"/></endEvent>""",
                "cs->ct->ce", errors, "child").Run();
        var (_, job) = Assert.Single(sim.OpenJobs());
        Assert.IsType<StepResult.Accepted>(sim.Do(new ThrowJobError(job.Key, "J", null, Sim.Values("""{"why": 1}"""))));
        sim.Complete("ct").Complete("look");
        var facts = sim.Facts(sim.Key);
        var replay = Backtest.Play(facts, sim.Simulation.ReleaseOf(sim.Instance));
        Assert.Equal(["s", "job", "noJob", "call", "noCall", "look", "e"], replay.Trace.Path);
        Assert.Null(replay.Unfinished);
        Assert.Equal([FactKind.JobError, FactKind.ChildError, FactKind.Answer], facts.Facts.Select(fact => fact.Kind));
        Assert.Equal("why", Assert.Single(facts.Facts[0].Variables).Name);
    }

    [Fact]
    public void Backtest_SecondAnswerWithTheSameValue_IsKeptWhenTheFirstStepIsDropped()
    {
        const string Two = """
            <startEvent id="s"/><endEvent id="e"/><exclusiveGateway id="g"/>
            <userTask id="first"/>
            <userTask id="second"><extensionElements><zeebe:userTask/><zeebe:formDefinition formId="f"/></extensionElements></userTask>
            """;
        var sim = new Sim();
        sim.Simulation.DeployForm("f");
        sim.With(Two, "s->first->second->g; g->e[ok]").Run()
            .Complete("first", """{"ok": true}""").Complete("second", """{"ok": true}""");
        Assert.True(sim.Ended, sim.Story);
        var release = sim.Simulation.ReleaseOf(sim.Instance);
        var edited = release with { Definition = Sim.Read(Sim.Xml(Two, "s->second->g; g->e[ok]")).Processes[0] };
        var steps = sim.Simulation.History.GroupBy(h => h.Step)
            .Select(step => new RecordedStep(step.First().At, "x", [.. step.Select(h => h.Event)])).ToList();
        var names = new Dictionary<long, ImmutableArray<string>> { [release.Forms["f"]] = ["ok"] };
        Assert.Null(Backtest.Play(RecordedFacts.Of(steps, release.Definition, names), edited).Unfinished);
        Assert.Equal(
            new ReplayEnd("g", ReplayStop.Failed),
            Backtest.Play(RecordedFacts.Of(steps, release.Definition), edited).Unfinished);
    }

    [Fact]
    public void Backtest_CanceledCase_EndsWhereItWasCanceled()
    {
        var sim = Sim.Of(Elements, Flows).Run("""{"amount": 1}""").Complete("prepare").Advance("P1D");
        Assert.IsType<StepResult.Accepted>(sim.Do(new CancelInstance()));
        Assert.True(Compare(sim, Elements).IsNone);
        Assert.Equal(FactKind.Canceled, sim.Facts(sim.Key).Facts[^1].Kind);
    }

    [Fact]
    public void Backtest_VariablesSetAndIncidentResolved_AreRepeated()
    {
        var sim = Sim.Of(Elements, Flows).Run("""{"amount": "much"}""").Complete("prepare", actor: "anna");
        var incident = sim.Incident;
        sim.Do(new SetVariables(sim.Key, Sim.Values("""{"amount": 10}"""), Local: false));
        Assert.IsType<StepResult.Accepted>(sim.Do(new ResolveIncident(incident.Key)));
        sim.Complete("pay");
        Assert.True(Compare(sim, Elements).IsNone);
        var facts = sim.Facts(sim.Key).Facts.Select(fact => fact.Kind);
        Assert.Equal([FactKind.Answer, FactKind.VariablesSet, FactKind.Retry, FactKind.Answer], facts);
    }
}
