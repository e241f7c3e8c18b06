using Workflows.Engine.Execution;
using Workflows.Tests.Support;

namespace Workflows.Tests.Unit;

public sealed class ActivityTests
{
    static string Extended(string element, string id, string extension, string inside = "") =>
        $"""<{element} id="{id}"><extensionElements>{extension}</extensionElements>{inside}</{element}>""";

    static string Loop(string attributes, bool sequential = false, string until = "") => $"""
        <multiInstanceLoopCharacteristics isSequential="{(sequential ? "true" : "false")}">
          <extensionElements><zeebe:loopCharacteristics {attributes}/></extensionElements>
          {(until.Length == 0 ? "" : $"<completionCondition>={until}</completionCondition>")}
        </multiInstanceLoopCharacteristics>
        """;

    [Fact]
    public void UserTask_Complete_VariablesReachTheProcessAndTheTaskIsGone()
    {
        var sim = Sim.Of("""<startEvent id="s"/><userTask id="a"/><endEvent id="e"/>""", "s->a->e").Run()
            .Complete("a", """{"decision": "yes"}""");
        Assert.True(sim.Ended);
        Assert.Equal("s a e", sim.Completed);
        Assert.Equal("\"yes\"", sim.Variable("decision"));
        Assert.Empty(sim.Instance.Elements);
    }

    [Fact]
    public void UserTask_DeadlineFunction_FreezesDateAndDerivation()
    {
        var sim = Sim.Of(
            """<startEvent id="s"/>""" + Extended("userTask", "a", """
                <zeebe:userTask/><zeebe:taskSchedule dueDate="=deadline(receivedAt, 14, &quot;working-days&quot;)"/>
                <zeebe:properties><zeebe:property name="deadline.kind" value="STAT"/><zeebe:property name="deadline.basis" value="RWŚ § 3 ust. 2"/></zeebe:properties>
                """),
            "s->a").Run("""{"receivedAt": "2025-12-10T09:30:00+01:00"}""");
        var task = sim.OpenTasks().Single().Task;
        Assert.Equal(new DateOnly(2026, 1, 5), task.Deadline!.DueOn);
        Assert.Equal(new DateTimeOffset(2026, 1, 5, 22, 59, 59, TimeSpan.Zero), task.DueDate!.Value.ToUniversalTime());
        Assert.Equal(("STAT", "RWŚ § 3 ust. 2"), (task.Deadline.Kind, task.Deadline.Basis));
        Assert.Contains("24.12.2025", task.Deadline.Explanation, StringComparison.Ordinal);
    }

    [Fact]
    public void UserTask_NotSamePersonAs_RefusesTheOneWhoPrepared()
    {
        var sim = Sim.Of(
            """<startEvent id="s"/><userTask id="prepare"/>""" + Extended("userTask", "approve",
                """<zeebe:userTask/><zeebe:properties><zeebe:property name="notSamePersonAs" value="prepare"/></zeebe:properties>"""),
            "s->prepare->approve").Run().Complete("prepare", actor: "anna");
        var task = sim.OpenTasks().Single().Task;
        var refused = Assert.IsType<StepResult.Rejected>(sim.Do(new CompleteUserTask(task.Key, []), "anna"));
        Assert.Equal(RejectionCode.Forbidden, refused.Code);
        // Nor can she get it, by herself or from a colleague: it would be out of sight of those who may do it.
        foreach (var giver in new[] { "anna", "bogdan" })
        {
            refused = Assert.IsType<StepResult.Rejected>(sim.Do(new AssignUserTask(task.Key, "anna"), giver));
            Assert.Equal(RejectionCode.Forbidden, refused.Code);
        }
        Assert.IsType<StepResult.Accepted>(sim.Do(new AssignUserTask(task.Key, "bogdan"), "anna"));
        Assert.IsType<StepResult.Accepted>(sim.Do(new CompleteUserTask(task.Key, []), "bogdan"));
    }

    [Fact]
    public void UserTask_AssignedToAnother_ClaimWithoutOverrideIsRejected()
    {
        var sim = Sim.Of("""<startEvent id="s"/><userTask id="a"/>""", "s->a").Run();
        var key = sim.OpenTasks().Single().Task.Key;
        Assert.IsType<StepResult.Accepted>(sim.Do(new AssignUserTask(key, "anna", AllowOverride: false)));
        Assert.IsType<StepResult.Rejected>(sim.Do(new AssignUserTask(key, "bogdan", AllowOverride: false)));
        Assert.IsType<StepResult.Accepted>(sim.Do(new AssignUserTask(key, "bogdan")));
        Assert.Equal("bogdan", sim.Instance.UserTasks[key].Assignee);
    }

    [Fact]
    public void Mappings_InputAndOutput_KeepTheInsideInside()
    {
        var sim = Sim.Of(
            """<startEvent id="s"/>""" + Extended("userTask", "a", """
                <zeebe:ioMapping><zeebe:input source="=total * 2" target="doubled"/><zeebe:output source="=answer + doubled" target="result.sum"/></zeebe:ioMapping>
                """),
            "s->a").Run("""{"total": 4, "result": {"old": 1}}""").Complete("a", """{"answer": 3}""");
        Assert.Equal("""{"old":1,"sum":11}""", sim.Variable("result"));
        Assert.Null(sim.Variable("answer"));
        Assert.Null(sim.Variable("doubled"));
    }

    [Fact]
    public void OutputMapping_Fails_IsAnIncidentAndResolvesAfterRepair()
    {
        var sim = Sim.Of(
            """<startEvent id="s"/>""" + Extended("userTask", "a",
                """<zeebe:ioMapping><zeebe:output source="=assert(missing, missing != null)" target="x"/></zeebe:ioMapping>""") + """<userTask id="b"/>""",
            "s->a->b").Run().Complete("a");
        Assert.Equal("IO_MAPPING_ERROR", sim.Incident.Kind);
        Assert.Equal("", sim.Tasks);
        sim.Do(new SetVariables(sim.Key, Sim.Values("""{"missing": 1}"""), Local: true));
        sim.Do(new ResolveIncident(sim.Incident.Key));
        Assert.Equal("b", sim.Tasks);
    }

    [Fact]
    public void MultiInstance_Parallel_CollectsOutputsInInputOrder()
    {
        var sim = Sim.Of(
            """<startEvent id="s"/><userTask id="a">""" + """<extensionElements><zeebe:userTask/></extensionElements>""" + Loop(
                """inputCollection="=children" inputElement="child" outputCollection="ages" outputElement="=age" """) + """</userTask><userTask id="b"/>""",
            "s->a->b").Run("""{"children": ["x", "y", "z"]}""");
        Assert.Equal("a a a", sim.Tasks);
        var tasks = sim.OpenTasks().Select(t => t.Task.Key).ToArray();
        foreach (var (key, age) in tasks.Reverse().Zip([3, 2, 1]))
            sim.Do(new SetVariables(sim.Instance.UserTasks[key].ElementKey, Sim.Values($$"""{"age": {{age}}}"""), Local: true));
        foreach (var key in tasks) sim.Do(new CompleteUserTask(key, []));
        Assert.Equal("b", sim.Tasks);
        Assert.Equal("[1,2,3]", sim.Variable("ages"));
    }

    [Fact]
    public void MultiInstance_Sequential_StartsOneAfterTheOther()
    {
        var sim = Sim.Of(
            """<startEvent id="s"/><userTask id="a">""" + Loop("""inputCollection="=[1,2]" inputElement="n" """, sequential: true)
            + """</userTask><userTask id="b"/>""",
            "s->a->b").Run();
        Assert.Equal("a", sim.Tasks);
        sim.Complete("a");
        Assert.Equal("a", sim.Tasks);
        sim.Complete("a");
        Assert.Equal("b", sim.Tasks);
    }

    [Fact]
    public void MultiInstance_CompletionCondition_EndsTheOthers()
    {
        var sim = Sim.Of(
            """<startEvent id="s"/><userTask id="a">""" + Loop(
                """inputCollection="=[1,2,3]" """, until: "numberOfCompletedInstances >= 2") + """</userTask><userTask id="b"/>""",
            "s->a->b").Run().Complete("a");
        Assert.Equal("a a", sim.Tasks);
        sim.Complete("a");
        Assert.Equal("b", sim.Tasks);
    }

    [Fact]
    public void MultiInstance_EmptyCollection_PassesAtOnce() =>
        Assert.Equal("b", Sim.Of(
            """<startEvent id="s"/><userTask id="a">""" + Loop("""inputCollection="=[]" """) + """</userTask><userTask id="b"/>""",
            "s->a->b").Run().Tasks);

    [Fact]
    public void MultiInstance_TooMany_IsAnIncident()
    {
        var sim = Sim.Of(
            """<startEvent id="s"/><userTask id="a">""" + Loop("""inputCollection="=for i in 1..2000 return i" """) + "</userTask>",
            "s->a").Run();
        Assert.Contains("at most 1000", sim.Incident.Message, StringComparison.Ordinal);
    }

    static Sim Called(string more = "", string flows = "s->call->b") => Sim.Of(
            """<startEvent id="s"/>""" + Extended("callActivity", "call", """
                <zeebe:calledElement processId="child" propagateAllChildVariables="false"/>
                <zeebe:ioMapping><zeebe:output source="=result" target="answer"/></zeebe:ioMapping>
                """) + more + """<userTask id="b"/>""",
            flows, """<error id="e1" errorCode="E1"/>""");

    [Fact]
    public void CallActivity_ChildEnds_OutputComesBackAndTheParentGoesOn()
    {
        var sim = Called().With("""<startEvent id="cs"/><userTask id="inside"/>""", "cs->inside", processId: "child").Run("""{"x": 1}""");
        Assert.Equal("inside", sim.Tasks);
        sim.Complete("inside", """{"result": 5, "other": 6}""");
        Assert.Equal("b", sim.Tasks);
        Assert.Equal("5", sim.Variable("answer"));
        Assert.Null(sim.Variable("other"));
    }

    [Fact]
    public void CallActivity_ErrorInChild_IsCaughtByTheParent()
    {
        var sim = Called(
                """<boundaryEvent id="caught" attachedToRef="call"><errorEventDefinition errorRef="e1"/></boundaryEvent><userTask id="repair"/>""",
                "s->call->b; caught->repair")
            .With(
                """<startEvent id="cs"/><endEvent id="ce"><errorEventDefinition errorRef="e1"/></endEvent>""", "cs->ce",
                """<error id="e1" errorCode="E1"/>""", "child").Run();
        Assert.Equal("repair", sim.Tasks);
        Assert.Contains(sim.Simulation.Instances.Values, i => i.Parent is not null && i.State == InstanceState.Terminated);
    }

    [Fact]
    public void CallActivity_ParentCancelled_ChildIsTerminated()
    {
        var sim = Called().With("""<startEvent id="cs"/><userTask id="inside"/>""", "cs->inside", processId: "child").Run();
        var child = sim.Simulation.Instances.Values.Single(i => i.Parent is not null);
        Assert.IsType<StepResult.Rejected>(sim.Simulation.Execute(child.Key, new CancelInstance()));
        sim.Do(new CancelInstance());
        Assert.All(sim.Simulation.Instances.Values, i => Assert.Equal(InstanceState.Terminated, i.State));
    }

    [Fact]
    public void CallActivity_UnknownProcess_IsAnIncidentThatResolvesAfterDeployment()
    {
        var sim = Called().Run();
        Assert.Equal("CALLED_ELEMENT_ERROR", sim.Incident.Kind);
        sim.With("""<startEvent id="cs"/><userTask id="inside"/>""", "cs->inside", processId: "child");
        sim.Do(new ResolveIncident(sim.Incident.Key));
        Assert.Equal("inside", sim.Tasks);
    }

    [Fact]
    public void CallActivity_ProcessCallsItself_StopsAsAnIncidentAtTheDepthLimit()
    {
        var sim = Sim.Of("""<startEvent id="s"/><callActivity id="call" calledElement="p"/>""", "s->call").Run();
        Assert.Contains("call each other", sim.Incident.Message, StringComparison.Ordinal);
        Assert.Equal(Limits.CallDepthMax + 1, sim.Simulation.Instances.Count);
        sim.Do(new CancelInstance());
        Assert.All(sim.Simulation.Instances.Values, i => Assert.Equal(InstanceState.Terminated, i.State));
    }

    [Fact]
    public void ScriptTask_Feel_SetsItsResult() =>
        Assert.Equal("6", Sim.Of(
            """<startEvent id="s"/>""" + Extended("scriptTask", "a", """<zeebe:script expression="=x * 2" resultVariable="y"/>"""), "s->a")
            .Run("""{"x": 3}""").Variable("y"));

    [Fact]
    public void Activity_SeveralFlowsLeave_AllAreTaken() =>
        Assert.Equal("b c", Sim.Of("""<startEvent id="s"/><task id="a"/><userTask id="b"/><userTask id="c"/>""", "s->a->b; a->c").Run().Tasks);
}
