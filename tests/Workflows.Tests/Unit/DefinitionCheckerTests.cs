using Workflows.Engine.Model;

namespace Workflows.Tests.Unit;

public sealed class DefinitionCheckerTests
{
    const string Start = """<startEvent id="s"/><sequenceFlow id="f" sourceRef="s" targetRef="t"/>""";
    const string Task = Start + """<userTask id="t"/>""";
    const string Message = """
        <message id="m" name="m"><extensionElements><zeebe:subscription correlationKey="=caseNo"/></extensionElements>
        </message><message id="keyless" name="keyless"/>
        """;

    const string PlainMessage = """<message id="keyless" name="keyless"/>""";

    // ---- both dialects ----------------------------------------------------------------------------------------

    public static TheoryData<string, string, string> BrokenInBothDialects() => new()
    {
        { """<task id="t"/>""", "p", "start event" },
        { """<startEvent id="s"/><startEvent id="s2"/>""", "s2", "at most one start event" },
        { Task + """<subProcess id="x"/>""", "x", "exactly one start event" },
        { Task + """<subProcess id="x"><startEvent/><startEvent/></subProcess>""", "x", "several" },
        { Task + """<subProcess id="x" triggeredByEvent="true"/>""", "x", "exactly one start event" },
        { Task + """<sequenceFlow id="x" sourceRef="t" targetRef="nowhere"/>""", "x", "'nowhere'" },
        { Task + """<sequenceFlow id="x" sourceRef="nowhere" targetRef="t"/>""", "x", "'nowhere'" },
        { Task + """<sequenceFlow id="x" sourceRef="t"/>""", "x", "targetRef" },
        { Task + """<sequenceFlow id="x" sourceRef="t" targetRef="s"/>""", "x", "start event" },
        { Task + """<endEvent id="e"/><sequenceFlow id="x" sourceRef="e" targetRef="t"/>""", "x", "end event" },
        { Task + """
            <subProcess id="sub"><startEvent id="i"/></subProcess><sequenceFlow id="x" sourceRef="t" targetRef="i"/>
            """, "x", "'sub'" },
        { Start + """<task id="t" default="f"/>""", "t", "default flow" },
        { Task + Boundary("absent", "<timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition>"),
            "x", "'absent'" },
        { Task + Boundary("s", "<timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition>"),
            "x", "a start event" },
        { Task + Boundary("t", "<errorEventDefinition/>", """cancelActivity="false" """), "x", "cancelActivity" },
        { Task + Boundary("t", "<errorEventDefinition/>", id: "b1") + Boundary("t", "<errorEventDefinition/>"),
            "x", "further one" },
        { Task + EventSubProcess("<errorEventDefinition/>", """isInterrupting="false" """), "x", "isInterrupting" },
        { Task + EventSubProcess("<errorEventDefinition/>")
            + """<sequenceFlow id="y" sourceRef="t" targetRef="esp"/>""", "esp", "no sequence flow" },
        { Start + """<userTask id="t"><multiInstanceLoopCharacteristics/></userTask>""", "t", "inputCollection" },
        { Start + """<endEvent id="t"><errorEventDefinition/></endEvent>""", "t", "errorCode" },
        { Start + """<endEvent id="t"><escalationEventDefinition/></endEvent>""", "t", "escalationCode" },
        { Start + Gateway("""<userTask id="a"/>"""), "g", "catch event" },
        { Start + Gateway("""<endEvent id="a"/>"""), "g", "catch event" },
        { Start + """<eventBasedGateway id="t"/>""", "t", "at least two flows" },
        { Start + Gateway(Timer("a")) + """<sequenceFlow id="y" sourceRef="t2" targetRef="a"/><task id="t2"/>""",
            "a", "only from" },
        { Start + """
            <parallelGateway id="t"/><endEvent id="e"/><sequenceFlow id="x" sourceRef="t" targetRef="e">
            <conditionExpression>a = 1</conditionExpression></sequenceFlow>
            """, "x", "no condition" },
    };

    [Theory]
    [MemberData(nameof(BrokenInBothDialects))]
    public void Process_that_cannot_be_executed_is_refused_in_both_dialects(string body, string elementId, string named)
    {
        foreach (var dialect in Enum.GetValues<BpmnDialect>())
            AssertError(Check(body, dialect), elementId, named);
    }

    [Theory]
    [InlineData("timeDuration", "1 hour")]
    [InlineData("timeDuration", "P")]
    [InlineData("timeDuration", "PT")]
    [InlineData("timeDuration", "1H")]
    [InlineData("timeDate", "tomorrow")]
    [InlineData("timeDate", "2026-03-01 07:30")]
    [InlineData("timeCycle", "PT1H")]
    [InlineData("timeCycle", "R3")]
    [InlineData("timeCycle", "R3/hourly")]
    [InlineData("timeCycle", "R/2026-01-01T00:00:00Z")]
    public void Timer_constant_that_is_not_ISO_is_refused(string part, string text)
    {
        var result = Check(Task + Boundary("t", Timed(part, text), """cancelActivity="false" """), BpmnDialect.Plain);

        AssertError(result, "x", $"'{text}'");
    }

    [Theory]
    [InlineData("timeDuration", "P14D")]
    [InlineData("timeDuration", "P1Y2M3W4DT5H6M7.5S")]
    [InlineData("timeDate", "2026-03-01T07:30:00+01:00")]
    [InlineData("timeDate", "2026-03-01T07:30:00Z")]
    [InlineData("timeDate", "2026-03-01T07:30[Europe/Warsaw]")]
    [InlineData("timeCycle", "R/P1D")]
    [InlineData("timeCycle", "R3/2026-01-01T00:00:00Z/PT10M")]
    [InlineData("timeCycle", "0 0 9 * * MON-FRI")]
    public void Timer_constant_in_ISO_is_accepted(string part, string text)
    {
        var result = Check(Task + Boundary("t", Timed(part, text), """cancelActivity="false" """), BpmnDialect.Plain);

        Assert.Empty(result.Problems);
    }

    [Fact]
    public void Element_without_a_path_from_a_start_event_is_a_warning()
    {
        var result = Check(Task + """
            <task id="island"/>
            <subProcess id="islandSub"><startEvent id="i"/><sequenceFlow id="fi" sourceRef="i" targetRef="ti"/>
            <task id="ti"/></subProcess>
            """, BpmnDialect.Plain);

        Assert.Equal(["island", "islandSub"], result.Problems.Select(p => p.ElementId));
        Assert.All(result.Problems, p => Assert.Equal(ProblemSeverity.Warning, p.Severity));
    }

    [Fact]
    public void Boundary_events_and_event_sub_processes_are_reachable()
    {
        var result = Check(Task
            + Boundary("t", Timed("timeDuration", "PT1H"))
            + """<sequenceFlow id="y" sourceRef="x" targetRef="after"/><task id="after"/>"""
            + EventSubProcess("<errorEventDefinition/>", id: "se"), BpmnDialect.Plain);

        Assert.Empty(result.Problems);
    }

    [Fact]
    public void Condition_of_the_default_flow_is_a_warning()
    {
        var result = Check(Start + """
            <exclusiveGateway id="t" default="x"/><endEvent id="e"/><sequenceFlow id="x" sourceRef="t" targetRef="e">
            <conditionExpression>a = 1</conditionExpression></sequenceFlow>
            """, BpmnDialect.Zeebe);

        var problem = Assert.Single(result.Problems);
        Assert.Equal(("x", ProblemSeverity.Warning), (problem.ElementId, problem.Severity));
    }

    [Fact]
    public void Process_may_have_one_plain_start_beside_message_and_timer_starts()
    {
        var result = Check("""
            <startEvent id="a"/>
            <startEvent id="b"><messageEventDefinition messageRef="keyless"/></startEvent>
            <startEvent id="c"><timerEventDefinition><timeCycle>R/P1D</timeCycle></timerEventDefinition></startEvent>
            """, BpmnDialect.Zeebe);

        Assert.Empty(result.Problems);
    }

    [Fact]
    public void Event_based_gateway_before_catch_events_and_receive_tasks_is_accepted()
    {
        var result = Check(Start + Gateway(Timer("a")), BpmnDialect.Plain);

        Assert.Empty(result.Problems);
    }

    [Fact]
    public void Problems_come_in_document_order()
    {
        var result = Check("""
            <startEvent id="s"/><task id="c"/><task id="a"/><task id="b"/>
            """, BpmnDialect.Plain);

        Assert.Equal(["c", "a", "b"], result.Problems.Select(p => p.ElementId));
    }

    // ---- what only Camunda 8 refuses --------------------------------------------------------------------------

    public static TheoryData<string, string, string> BrokenInZeebeOnly() => new()
    {
        { Start + """
            <exclusiveGateway id="t"/><endEvent id="e"/><sequenceFlow id="x" sourceRef="t" targetRef="e"/>
            <sequenceFlow id="y" sourceRef="t" targetRef="e"><conditionExpression>a</conditionExpression></sequenceFlow>
            """, "x", "Expected a condition" },
        { """
            <startEvent id="s"/><sequenceFlow id="x" sourceRef="s" targetRef="t">
            <conditionExpression>=a</conditionExpression></sequenceFlow><task id="t"/>
            """, "x", "no condition" },
        { Start + """<receiveTask id="t" messageRef="keyless"/>""", "t", "correlation key" },
        { Start + """<receiveTask id="t"/>""", "t", "messageRef" },
        { Start + """<serviceTask id="t"/>""", "t", "taskDefinition" },
        { Start + """<sendTask id="t"/>""", "t", "taskDefinition" },
        { Start + """<scriptTask id="t"/>""", "t", "zeebe:script" },
        { Start + """<businessRuleTask id="t"/>""", "t", "calledDecision" },
        { Start + """<endEvent id="t"><messageEventDefinition/></endEvent>""", "t", "taskDefinition" },
        { Start + """
            <intermediateCatchEvent id="t"><messageEventDefinition messageRef="keyless"/></intermediateCatchEvent>
            """, "t", "correlation key" },
        { Task + Boundary("t", """<messageEventDefinition messageRef="keyless"/>"""), "x", "correlation key" },
        { Task + EventSubProcess("""<messageEventDefinition messageRef="keyless"/>"""), "x", "correlation key" },
        { Task + Boundary("t", Timed("timeCycle", "R3/PT1H")), "x", "timeCycle" },
        { Start + $"""<intermediateCatchEvent id="t">{Timed("timeCycle", "R3/PT1H")}</intermediateCatchEvent>""",
            "t", "timeCycle" },
        { $"""<startEvent id="x">{Timed("timeDuration", "PT1H")}</startEvent>""", "x", "timeDuration" },
    };

    [Theory]
    [MemberData(nameof(BrokenInZeebeOnly))]
    public void What_Camunda_refuses_is_refused_in_the_zeebe_dialect_only(string body, string elementId, string named)
    {
        AssertError(Check(body, BpmnDialect.Zeebe), elementId, named);
        Assert.Empty(Check(body, BpmnDialect.Plain).Problems);
    }

    [Fact]
    public void Message_with_a_correlation_key_may_be_awaited()
    {
        var result = Check(Start + """<receiveTask id="t" messageRef="m"/>""", BpmnDialect.Zeebe);

        Assert.Empty(result.Problems);
    }

    static BpmnReadResult Check(string body, BpmnDialect dialect) => Models.Read(
        $"""{(dialect == BpmnDialect.Zeebe ? Message : PlainMessage)}<process id="p">{body}</process>""",
        new(dialect));

    static void AssertError(BpmnReadResult result, string elementId, string named) =>
        Assert.Contains(result.Problems, p => p.Severity == ProblemSeverity.Error && p.ElementId == elementId
            && p.Message.Contains(named, StringComparison.Ordinal));

    static string Timed(string part, string text) =>
        $"<timerEventDefinition><{part}>{text}</{part}></timerEventDefinition>";

    static string Boundary(string host, string definition, string attributes = "", string id = "x") =>
        $"""<boundaryEvent id="{id}" attachedToRef="{host}" {attributes}>{definition}</boundaryEvent>""";

    static string EventSubProcess(string definition, string attributes = "", string id = "x") =>
        $"""
        <subProcess id="esp" triggeredByEvent="true"><startEvent id="{id}" {attributes}>{definition}</startEvent>
        </subProcess>
        """;

    static string Timer(string id) =>
        $"""<intermediateCatchEvent id="{id}">{Timed("timeDuration", "PT1H")}</intermediateCatchEvent>""";

    /// <summary>Gateway <c>g</c> after task <c>t</c>, before the given element <c>a</c> and a receive task.</summary>
    static string Gateway(string element) => $"""
        <task id="t"/><sequenceFlow id="fg" sourceRef="t" targetRef="g"/><eventBasedGateway id="g"/>
        <sequenceFlow id="ga" sourceRef="g" targetRef="a"/>{element}
        <sequenceFlow id="gb" sourceRef="g" targetRef="b"/><receiveTask id="b"/>
        """;
}
