using System.Text;
using System.Xml.Linq;
using Workflows.Engine.Model;

namespace Workflows.Tests.Unit;

public sealed class BpmnReaderTests
{
    // ---- structure --------------------------------------------------------------------------------------------

    [Fact]
    public void Process_with_one_task_is_read_with_its_flows_and_scope()
    {
        var process = Models.ReadOne("""
            <startEvent id="start"/>
            <sequenceFlow id="f1" sourceRef="start" targetRef="assess"/>
            <userTask id="assess" name="Assess"/>
            <sequenceFlow id="f2" sourceRef="assess" targetRef="end"/>
            <endEvent id="end"/>
            """);

        Assert.Equal("p", process.Id);
        var task = Assert.IsType<UserTask>(process.Node("assess"));
        Assert.Equal("Assess", task.Name);
        Assert.Equal("p", task.ScopeId);
        Assert.Equal("f1", Assert.Single(task.Incoming).Id);
        Assert.Equal("f2", Assert.Single(task.Outgoing).Id);
        Assert.Equal("start", Assert.Single(process.Scopes["p"].StartEvents).Id);
    }

    [Fact]
    public void Elements_without_id_get_the_same_names_at_each_reading()
    {
        const string Body = """
            <startEvent/>
            <task id="t"/>
            <endEvent/>
            <sequenceFlow sourceRef="startEvent_1" targetRef="t"/>
            <sequenceFlow sourceRef="t" targetRef="endEvent_1"/>
            <sequenceFlow sourceRef="t" targetRef="endEvent_1"/>
            """;

        var process = Models.ReadOne(Body);

        Assert.Equal(["endEvent_1", "startEvent_1", "t"], process.Nodes.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(
            ["startEvent_1->t", "t->endEvent_1", "t->endEvent_1#2"], process.Flows.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(process.Flows.Keys.Order(), Models.ReadOne(Body).Flows.Keys.Order());
    }

    [Fact]
    public void Generated_id_that_is_taken_gets_a_suffix()
    {
        var process = Models.ReadOne("""<startEvent/><task id="startEvent_1"/>""", allowWarnings: true);

        Assert.IsType<UndefinedTask>(process.Node("startEvent_1"));
        Assert.IsType<StartEvent>(process.Node("startEvent_1#2"));
    }

    [Fact]
    public void Nested_sub_processes_stand_flat_with_their_scopes()
    {
        var process = Models.ReadOne("""
            <startEvent id="s"/><sequenceFlow id="f" sourceRef="s" targetRef="outer"/>
            <subProcess id="outer">
              <startEvent id="so"/><sequenceFlow id="fo" sourceRef="so" targetRef="inner"/>
              <subProcess id="inner"><startEvent id="si"/></subProcess>
              <subProcess id="event" triggeredByEvent="true">
                <startEvent id="se" isInterrupting="false"><timerEventDefinition><timeDuration>PT1H</timeDuration>
                </timerEventDefinition></startEvent>
              </subProcess>
            </subProcess>
            """);

        Assert.Equal("inner", process.Node("si").ScopeId);
        Assert.Equal("outer", process.Node("inner").ScopeId);
        Assert.Equal("event", Assert.Single(process.Scopes["outer"].EventSubProcesses).Id);
        Assert.Equal("so", Assert.Single(process.Scopes["outer"].StartEvents).Id);
        Assert.False(Assert.IsType<StartEvent>(process.Node("se")).IsInterrupting);
        Assert.Equal("EVENT_SUB_PROCESS", process.Node("event").ElementType);
    }

    [Fact]
    public void Boundary_events_are_listed_at_their_activity_in_document_order()
    {
        var process = Models.ReadOne("""
            <startEvent id="s"/><sequenceFlow id="f" sourceRef="s" targetRef="t"/>
            <boundaryEvent id="b1" attachedToRef="t"><errorEventDefinition errorRef="e"/></boundaryEvent>
            <userTask id="t"/>
            <boundaryEvent id="b2" attachedToRef="t" cancelActivity="false">
              <timerEventDefinition><timeCycle>R3/PT1H</timeCycle></timerEventDefinition>
            </boundaryEvent>
            """, rootElements: """<error id="e" errorCode="E1"/>""");

        var task = Assert.IsType<UserTask>(process.Node("t"));
        Assert.Equal(["b1", "b2"], task.BoundaryEvents.Select(b => b.Id));
        Assert.True(task.BoundaryEvents[0].CancelActivity);
        Assert.False(task.BoundaryEvents[1].CancelActivity);
        var timer = Assert.IsType<TimerEventDefinition>(task.BoundaryEvents[1].Definition);
        Assert.Equal((TimerKind.Cycle, "R3/PT1H"), (timer.Kind, timer.Expression.Text));
    }

    [Theory]
    [InlineData("<outgoing>b</outgoing><outgoing>a</outgoing>", new[] { "b", "a" })]
    [InlineData("<outgoing>b</outgoing>", new[] { "a", "b" })]
    [InlineData("", new[] { "a", "b" })]
    public void Outgoing_flows_stand_in_listed_order_only_when_all_are_listed(string listed, string[] expected)
    {
        var process = Models.ReadOne($"""
            <startEvent id="s"/><sequenceFlow id="f" sourceRef="s" targetRef="g"/>
            <exclusiveGateway id="g" default="a">{listed}</exclusiveGateway>
            <sequenceFlow id="a" sourceRef="g" targetRef="e"/>
            <sequenceFlow id="b" sourceRef="g" targetRef="e"><conditionExpression>x</conditionExpression></sequenceFlow>
            <endEvent id="e"/>
            """);

        var gateway = Assert.IsType<ExclusiveGateway>(process.Node("g"));
        Assert.Equal(expected, gateway.Outgoing.Select(f => f.Id));
        Assert.Equal("a", gateway.DefaultFlow?.Id);
    }

    [Fact]
    public void References_with_a_namespace_prefix_are_resolved()
    {
        var process = Models.ReadOne("""
            <startEvent id="s"><messageEventDefinition messageRef="tns:m"/></startEvent>
            <sequenceFlow id="f" sourceRef="s" targetRef="call"/>
            <callActivity id="call" calledElement="tns:other"/>
            <sequenceFlow id="f2" sourceRef="call" targetRef="e"/>
            <endEvent id="e"><escalationEventDefinition escalationRef="tns:esc"/></endEvent>
            """, rootElements: """
            <message id="m" name="case.opened"/><escalation id="esc" escalationCode="E9"/>
            """);

        var start = Assert.IsType<MessageEventDefinition>(Assert.IsType<StartEvent>(process.Node("s")).Definition);
        Assert.Equal("case.opened", start.Message.Name.Text);
        Assert.Equal("other", Assert.IsType<CallActivity>(process.Node("call")).ProcessId.Text);
        var end = Assert.IsType<EscalationEventDefinition>(Assert.IsType<EndEvent>(process.Node("e")).Definition);
        Assert.Equal("E9", end.Code?.Text);
    }

    [Fact]
    public void Error_reference_without_an_error_element_is_the_code()
    {
        var process = Models.ReadOne("""
            <startEvent id="s"/><sequenceFlow id="f" sourceRef="s" targetRef="e"/>
            <endEvent id="e"><errorEventDefinition errorRef="myError"/></endEvent>
            """);

        var error = Assert.IsType<ErrorEventDefinition>(Assert.IsType<EndEvent>(process.Node("e")).Definition);
        Assert.Equal("myError", error.Code?.Text);
    }

    [Fact]
    public void Event_definition_declared_at_the_root_is_used_by_reference()
    {
        var process = Models.ReadOne("""
            <startEvent id="s"/><sequenceFlow id="f" sourceRef="s" targetRef="e"/>
            <endEvent id="e"><eventDefinitionRef>stop</eventDefinitionRef></endEvent>
            """, rootElements: """<terminateEventDefinition id="stop"/>""");

        Assert.IsType<TerminateEventDefinition>(Assert.IsType<EndEvent>(process.Node("e")).Definition);
    }

    // ---- which processes --------------------------------------------------------------------------------------

    [Fact]
    public void Process_without_isExecutable_is_executable()
    {
        var result = Models.Read("""<process id="q"><startEvent id="s"/></process>""");

        Assert.Equal("q", Assert.Single(result.Processes).Id);
        Assert.Empty(result.Problems);
    }

    [Fact]
    public void Process_marked_not_executable_is_passed_over_with_a_warning()
    {
        var result = Models.Read("""
            <process id="pool" isExecutable="false"><inclusiveGateway id="g"/></process>
            <process id="q" isExecutable="true"><startEvent id="s"/></process>
            """);

        Assert.Equal("q", Assert.Single(result.Processes).Id);
        var problem = Assert.Single(result.Problems);
        Assert.Equal(("pool", ProblemSeverity.Warning), (problem.ElementId, problem.Severity));
    }

    [Fact]
    public void Process_marked_not_executable_is_read_on_request()
    {
        var result = Models.Read(
            """<process id="pool" isExecutable="false"><startEvent id="s"/><inclusiveGateway id="g"/></process>""",
            new(ReadNonExecutable: true));

        Assert.False(Assert.Single(result.Processes).IsExecutable);
        Assert.Contains(result.Problems, p => p.ElementId == "g" && p.Severity == ProblemSeverity.Error);
    }

    [Fact]
    public void File_without_a_process_is_an_error()
    {
        var problem = Assert.Single(Models.Read("").Problems);

        Assert.Equal(ProblemSeverity.Error, problem.Severity);
        Assert.Contains("found none", problem.Message, StringComparison.Ordinal);
    }

    // ---- the standard's own attributes ------------------------------------------------------------------------

    [Fact]
    public void Multi_instance_of_plain_BPMN_is_read_from_the_standard_elements()
    {
        var loop = Models.ReadTask("""
            <userTask id="t"><multiInstanceLoopCharacteristics isSequential="true">
              <loopDataInputRef>people</loopDataInputRef><inputDataItem name="person"/>
              <completionCondition>numberOfCompletedInstances = 3</completionCondition>
            </multiInstanceLoopCharacteristics></userTask>
            """).MultiInstance!;

        Assert.True(loop.IsSequential);
        Assert.Equal("people", loop.InputCollection?.Feel?.Text);
        Assert.Equal("person", loop.InputElement);
        Assert.Equal("numberOfCompletedInstances = 3", loop.CompletionCondition?.Feel?.Text);
        Assert.Null(loop.Cardinality);
    }

    [Theory]
    [InlineData("3", "3")]
    [InlineData("=size * 2", "size * 2")]
    public void Loop_cardinality_is_always_FEEL_so_that_it_is_a_number(string text, string feel)
    {
        var task = Models.ReadTask($"""
            <task id="t"><multiInstanceLoopCharacteristics><loopCardinality>{text}</loopCardinality>
            </multiInstanceLoopCharacteristics></task>
            """);

        Assert.Equal(feel, task.MultiInstance?.Cardinality?.Feel?.Text);
    }

    [Theory]
    [InlineData("<timeDuration>PT1H</timeDuration>", TimerKind.Duration, null)]
    [InlineData("<timeDate>2026-03-01T07:30:00+01:00</timeDate>", TimerKind.Date, null)]
    [InlineData("<timeCycle>R3/PT10M</timeCycle>", TimerKind.Cycle, null)]
    [InlineData("<timeDuration>=wait</timeDuration>", TimerKind.Duration, "wait")]
    [InlineData("""<timeDuration language="https://www.omg.org/spec/DMN/20230324/FEEL/">wait</timeDuration>""",
        TimerKind.Duration, "wait")]
    [InlineData("""<timeDuration language="https://www.omg.org/spec/DMN/20230324/FEEL/">PT1H</timeDuration>""",
        TimerKind.Duration, null)]
    public void Timer_text_is_ISO_or_FEEL(string part, TimerKind kind, string? feel)
    {
        var process = Models.ReadOne($"""
            <startEvent id="s"/><sequenceFlow id="f" sourceRef="s" targetRef="c"/>
            <intermediateCatchEvent id="c"><timerEventDefinition>{part}</timerEventDefinition></intermediateCatchEvent>
            """);

        var caught = Assert.IsType<IntermediateCatchEvent>(process.Node("c"));
        var timer = Assert.IsType<TimerEventDefinition>(caught.Definition);
        Assert.Equal(kind, timer.Kind);
        Assert.Equal(feel, timer.Expression.Feel?.Text);
    }

    [Theory]
    [InlineData("x > 1", "x > 1")]
    [InlineData("=x > 1", "x > 1")]
    [InlineData("  x > 1\n", "x > 1")]
    public void Condition_is_FEEL_with_and_without_its_sign(string text, string feel)
    {
        var process = Models.ReadOne($"""
            <startEvent id="s"/><sequenceFlow id="f" sourceRef="s" targetRef="t"/><task id="t"/>
            <sequenceFlow id="c" sourceRef="t" targetRef="e">
              <conditionExpression>{text.Replace(">", "&gt;", StringComparison.Ordinal)}</conditionExpression>
            </sequenceFlow><endEvent id="e"/>
            """);

        Assert.Equal(feel, process.Flows["c"].Condition?.Feel?.Text);
    }

    [Fact]
    public void Service_task_of_plain_BPMN_has_a_job_without_type()
    {
        var task = Assert.IsType<ServiceTask>(Models.ReadTask("""<serviceTask id="t"/>"""));

        Assert.Null(task.Job.Type);
    }

    // ---- the zeebe extension ----------------------------------------------------------------------------------

    [Fact]
    public void User_task_of_Camunda_is_read_whole()
    {
        var task = Assert.IsType<UserTask>(Models.ReadTask("""
            <userTask id="t"><extensionElements><zeebe:userTask/>
              <zeebe:assignmentDefinition assignee="=assistant" candidateGroups="team_lead, head"
                candidateUsers="anna"/>
              <zeebe:taskSchedule dueDate="=deadline(receivedAt)" followUpDate="2026-03-01T08:00:00Z"/>
              <zeebe:priorityDefinition priority="70"/>
              <zeebe:formDefinition formId="assessment" bindingType="deployment"/>
              <zeebe:taskHeaders><zeebe:header key="h" value="v"/></zeebe:taskHeaders>
              <zeebe:properties><zeebe:property name="deadline.kind" value="STAT"/></zeebe:properties>
              <zeebe:ioMapping><zeebe:input source="=a.b" target="c"/><zeebe:output source="=c" target="d.e"/>
              </zeebe:ioMapping>
            </extensionElements></userTask>
            """));

        Assert.Equal("assistant", task.Assignee?.Feel?.Text);
        Assert.Equal(ModelExpression.Constant("team_lead, head"), task.CandidateGroups);
        Assert.Equal(ModelExpression.Constant("anna"), task.CandidateUsers);
        Assert.Equal("=deadline(receivedAt)", task.DueDate?.Text);
        Assert.True(task.FollowUpDate?.IsConstant);
        Assert.Equal("70", task.Priority?.Text);
        Assert.Equal("assessment", task.FormId?.Text);
        Assert.Equal(new Binding(BindingType.Deployment, null), task.FormBinding);
        Assert.Null(task.ExternalFormReference);
        Assert.Equal("v", task.Headers["h"]);
        Assert.Equal("STAT", task.Property("deadline.kind"));
        Assert.Equal(("a.b", "c"), (Assert.Single(task.Inputs).Source.Feel?.Text, task.Inputs[0].Target));
        Assert.Equal(("c", "d.e"), (Assert.Single(task.Outputs).Source.Feel?.Text, task.Outputs[0].Target));
    }

    [Theory]
    [InlineData("externalReference")]
    [InlineData("formKey")]
    public void External_form_is_read_from_either_attribute(string attribute)
    {
        var task = Assert.IsType<UserTask>(Models.ReadTask($"""
            <userTask id="t"><extensionElements><zeebe:formDefinition {attribute}="https://forms.invalid/1"/>
            </extensionElements></userTask>
            """));

        Assert.Equal("https://forms.invalid/1", task.ExternalFormReference?.Text);
    }

    [Fact]
    public void Jobs_of_Camunda_are_read_with_type_retries_and_headers()
    {
        var task = Assert.IsType<ServiceTask>(Models.ReadTask("""
            <serviceTask id="t"><extensionElements><zeebe:taskDefinition type="procedure.start" retries="5"/>
              <zeebe:taskHeaders><zeebe:header key="processId" value="P02"/></zeebe:taskHeaders>
            </extensionElements></serviceTask>
            """));

        Assert.Equal(("procedure.start", "5"), (task.Job.Type?.Text, task.Job.Retries?.Text));
        Assert.Equal("P02", task.Job.Headers["processId"]);
    }

    [Fact]
    public void Thrown_message_of_Camunda_is_a_job()
    {
        var process = Models.ReadOne("""
            <startEvent id="s"/><sequenceFlow id="f" sourceRef="s" targetRef="e"/>
            <endEvent id="e"><extensionElements><zeebe:taskDefinition type="notify"/></extensionElements>
              <messageEventDefinition/></endEvent>
            """);

        var thrown = Assert.IsType<MessageEventDefinition>(Assert.IsType<EndEvent>(process.Node("e")).Definition);
        Assert.Equal("notify", thrown.Job?.Type?.Text);
    }

    [Fact]
    public void Script_and_called_decision_of_Camunda_are_read()
    {
        var script = Assert.IsType<ScriptTask>(Models.ReadTask("""
            <scriptTask id="t"><extensionElements><zeebe:script expression="=a + b" resultVariable="sum"/>
            </extensionElements></scriptTask>
            """));
        var rule = Assert.IsType<BusinessRuleTask>(Models.ReadTask("""
            <businessRuleTask id="t"><extensionElements>
              <zeebe:calledDecision decisionId="income" resultVariable="entitled" bindingType="versionTag"
                versionTag="2026"/>
            </extensionElements></businessRuleTask>
            """));

        Assert.Equal(("a + b", "sum"), (script.Script?.Feel?.Text, script.ResultVariable));
        Assert.Null(script.Job);
        Assert.Equal(("income", "entitled"), (rule.DecisionId?.Text, rule.ResultVariable));
        Assert.Equal(new Binding(BindingType.VersionTag, "2026"), rule.Binding);
    }

    [Fact]
    public void Called_element_of_Camunda_wins_over_the_standard_attribute()
    {
        var call = Assert.IsType<CallActivity>(Models.ReadTask("""
            <callActivity id="t" calledElement="old"><extensionElements>
              <zeebe:calledElement processId="=next" propagateAllChildVariables="false"/>
            </extensionElements></callActivity>
            """));

        Assert.Equal("next", call.ProcessId.Feel?.Text);
        Assert.True(call.PropagateAllParentVariables);
        Assert.False(call.PropagateAllChildVariables);
    }

    [Fact]
    public void Multi_instance_of_Camunda_is_read()
    {
        var loop = Models.ReadTask("""
            <userTask id="t"><multiInstanceLoopCharacteristics><extensionElements>
              <zeebe:loopCharacteristics inputCollection="=children" inputElement="child" outputCollection="plans"
                outputElement="=plan"/></extensionElements></multiInstanceLoopCharacteristics></userTask>
            """).MultiInstance!;

        Assert.False(loop.IsSequential);
        Assert.Equal(("children", "child"), (loop.InputCollection?.Feel?.Text, loop.InputElement));
        Assert.Equal(("plans", "plan"), (loop.OutputCollection, loop.OutputElement?.Feel?.Text));
    }

    [Fact]
    public void Message_that_starts_a_process_loses_its_correlation_key_and_one_awaited_keeps_it()
    {
        var process = Models.ReadOne("""
            <startEvent id="s"><messageEventDefinition messageRef="m"/></startEvent>
            <sequenceFlow id="f" sourceRef="s" targetRef="t"/><receiveTask id="t" messageRef="m"/>
            """, rootElements: """
            <message id="m" name="=&quot;a.&quot; + kind"><extensionElements>
              <zeebe:subscription correlationKey="=caseNo"/></extensionElements></message>
            """);

        var start = Assert.IsType<MessageEventDefinition>(Assert.IsType<StartEvent>(process.Node("s")).Definition);
        Assert.Null(start.Message.CorrelationKey);
        var awaited = Assert.IsType<ReceiveTask>(process.Node("t")).Message;
        Assert.Equal("caseNo", awaited?.CorrelationKey?.Feel?.Text);
        Assert.Equal("\"a.\" + kind", awaited?.Name.Feel?.Text);
    }

    [Fact]
    public void Process_has_its_version_tag_and_properties()
    {
        var process = Models.ReadOne("""
            <extensionElements><zeebe:versionTag value="2026-1"/><zeebe:properties>
              <zeebe:property name="startableBy" value="staff"/></zeebe:properties></extensionElements>
            <startEvent id="s"/>
            """);

        Assert.Equal("2026-1", process.VersionTag);
        Assert.Equal("staff", process.Property("startableBy"));
    }

    [Theory]
    [InlineData("", BpmnDialect.Plain)]
    [InlineData("<extensionElements><zeebe:versionTag value='1'/></extensionElements>", BpmnDialect.Zeebe)]
    public void Dialect_follows_from_the_use_of_the_zeebe_namespace(string extension, BpmnDialect expected) =>
        Assert.Equal(expected, Models.Read($"<process id='p'>{extension}<startEvent id='s'/></process>").Dialect);

    [Theory]
    [InlineData("Camunda Cloud", BpmnDialect.Zeebe)]
    [InlineData("Camunda Platform", BpmnDialect.Plain)]
    public void Dialect_follows_from_the_execution_platform(string platform, BpmnDialect expected)
    {
        var xml = $"""
            <definitions xmlns="{BpmnReader.ModelNamespace}" xmlns:modeler="{BpmnReader.ModelerNamespace}"
              modeler:executionPlatform="{platform}"><process id="p"><startEvent id="s"/></process></definitions>
            """;

        Assert.Equal(expected, BpmnReader.Read(Encoding.UTF8.GetBytes(xml)).Dialect);
    }

    public static TheoryData<string, string> BrokenExtensions() => new()
    {
        { """<zeebe:ioMapping><zeebe:input source="=1"/></zeebe:ioMapping>""", "target" },
        { """<zeebe:ioMapping><zeebe:output target="a"/></zeebe:ioMapping>""", "source" },
        { """<zeebe:formDefinition formId="f" bindingType="newest"/>""", "'newest'" },
        { """<zeebe:formDefinition formId="f" bindingType="versionTag"/>""", "versionTag" },
        { """<zeebe:assignmentDefinition assignee="=${user}"/>""", "another engine" },
    };

    [Theory]
    [MemberData(nameof(BrokenExtensions))]
    public void Broken_extension_is_an_error_at_its_element(string extension, string named)
    {
        var result = Models.Read($"""
            <process id="p"><startEvent id="s"/><sequenceFlow id="f" sourceRef="s" targetRef="t"/>
              <userTask id="t"><extensionElements>{extension}</extensionElements></userTask></process>
            """);

        var problem = Assert.Single(result.Problems);
        Assert.Equal(("t", ProblemSeverity.Error), (problem.ElementId, problem.Severity));
        Assert.Contains(named, problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Embedded_form_is_a_warning()
    {
        var result = Models.Read("""
            <process id="p"><startEvent id="s"/><sequenceFlow id="f" sourceRef="s" targetRef="t"/>
              <userTask id="t"><extensionElements><zeebe:formDefinition formKey="camunda-forms:bpmn:f"/>
              </extensionElements></userTask></process>
            """);

        Assert.Equal(ProblemSeverity.Warning, Assert.Single(result.Problems).Severity);
    }

    // ---- refusal ----------------------------------------------------------------------------------------------

    public static TheoryData<string, string> RefusedElements() => new()
    {
        { """<inclusiveGateway id="x"/>""", "inclusiveGateway" },
        { """<complexGateway id="x"/>""", "complexGateway" },
        { """<transaction id="x"><startEvent/></transaction>""", "transaction" },
        { """<adHocSubProcess id="x"><startEvent/></adHocSubProcess>""", "adHocSubProcess" },
        { """<choreographyTask id="x"/>""", "choreographyTask" },
        { """<somethingNew id="x"/>""", "somethingNew" },
        { """<startEvent id="x"><signalEventDefinition/></startEvent>""", "signalEventDefinition" },
        { """<startEvent id="x"><conditionalEventDefinition/></startEvent>""", "conditionalEventDefinition" },
        { """<startEvent id="x"><errorEventDefinition/></startEvent>""", "errorEventDefinition" },
        { """<startEvent id="x"><escalationEventDefinition/></startEvent>""", "escalationEventDefinition" },
        { """<intermediateCatchEvent id="x"><signalEventDefinition/></intermediateCatchEvent>""", "signal" },
        { """<intermediateCatchEvent id="x"><linkEventDefinition name="l"/></intermediateCatchEvent>""", "link" },
        { """<intermediateCatchEvent id="x"><conditionalEventDefinition/></intermediateCatchEvent>""", "conditional" },
        { """<intermediateCatchEvent id="x"/>""", "no event definition" },
        { """<intermediateThrowEvent id="x"><signalEventDefinition/></intermediateThrowEvent>""", "signal" },
        { """<intermediateThrowEvent id="x"><linkEventDefinition name="l"/></intermediateThrowEvent>""", "link" },
        { """<intermediateThrowEvent id="x"><compensateEventDefinition/></intermediateThrowEvent>""", "compensate" },
        { """<endEvent id="x"><signalEventDefinition/></endEvent>""", "signalEventDefinition" },
        { """<endEvent id="x"><cancelEventDefinition/></endEvent>""", "cancelEventDefinition" },
        { """<endEvent id="x"><compensateEventDefinition/></endEvent>""", "compensateEventDefinition" },
        { """<boundaryEvent id="x" attachedToRef="t"><signalEventDefinition/></boundaryEvent>""", "signal" },
        { """<boundaryEvent id="x" attachedToRef="t"><cancelEventDefinition/></boundaryEvent>""", "cancel" },
        { """<boundaryEvent id="x" attachedToRef="t"><conditionalEventDefinition/></boundaryEvent>""", "conditional" },
        { """<boundaryEvent id="x" attachedToRef="t"><compensateEventDefinition/></boundaryEvent>""", "compensate" },
        { """<endEvent id="x"><terminateEventDefinition/><errorEventDefinition/></endEvent>""", "several" },
        { """<startEvent id="x" parallelMultiple="true"><timerEventDefinition/></startEvent>""", "several" },
        { """<task id="x"><standardLoopCharacteristics/></task>""", "standardLoopCharacteristics" },
        { """<task id="x" isForCompensation="true"/>""", "isForCompensation" },
        { """<task id="x" startQuantity="2"/>""", "startQuantity" },
        { """<task id="x" completionQuantity="2"/>""", "completionQuantity" },
        { """<receiveTask id="x" instantiate="true"/>""", "instantiate" },
        { """<eventBasedGateway id="x" instantiate="true"/>""", "instantiate" },
        { """<eventBasedGateway id="x" eventGatewayType="Parallel"/>""", "eventGatewayType" },
        { """<scriptTask id="x" scriptFormat="groovy"><script>println 1</script></scriptTask>""", "groovy" },
        { """<scriptTask id="x"><script>1</script></scriptTask>""", "scriptFormat" },
        { """<callActivity id="x"/>""", "process to call" },
    };

    [Theory]
    [MemberData(nameof(RefusedElements))]
    public void Element_that_is_not_executed_is_refused_by_id_and_kind(string element, string named)
    {
        var result = Models.Read($"""
            <process id="p"><startEvent id="s"/><sequenceFlow id="f" sourceRef="s" targetRef="t"/><task id="t"/>
              {element}</process>
            """);

        Assert.True(result.HasErrors);
        Assert.Contains(result.Problems, p => p.Severity == ProblemSeverity.Error && p.ElementId == "x"
            && p.Message.Contains(named, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("", "no event definition")]
    [InlineData("<signalEventDefinition/>", "signalEventDefinition")]
    [InlineData("<compensateEventDefinition/>", "compensateEventDefinition")]
    [InlineData("<conditionalEventDefinition/>", "conditionalEventDefinition")]
    public void Start_event_of_an_event_sub_process_needs_an_executed_trigger(string definition, string named)
    {
        var result = Models.Read($"""
            <process id="p"><startEvent id="s"/>
              <subProcess id="e" triggeredByEvent="true"><startEvent id="x">{definition}</startEvent></subProcess>
            </process>
            """);

        var problem = Assert.Single(result.Problems);
        Assert.Equal(("x", ProblemSeverity.Error), (problem.ElementId, problem.Severity));
        Assert.Contains(named, problem.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("<conditionExpression>${approved}</conditionExpression>", "another engine")]
    [InlineData("<conditionExpression>#{approved}</conditionExpression>", "another engine")]
    [InlineData("""<conditionExpression language="javascript">a == 1</conditionExpression>""", "javascript")]
    [InlineData("""<conditionExpression language="http://www.w3.org/1999/XPath">a</conditionExpression>""", "XPath")]
    public void Condition_in_another_language_is_refused_at_its_flow(string condition, string named)
    {
        var result = Models.Read($"""
            <process id="p"><startEvent id="s"/><sequenceFlow id="f" sourceRef="s" targetRef="t"/><task id="t"/>
              <sequenceFlow id="x" sourceRef="t" targetRef="e">{condition}</sequenceFlow><endEvent id="e"/></process>
            """);

        var problem = Assert.Single(result.Problems);
        Assert.Equal("x", problem.ElementId);
        Assert.Contains(named, problem.Message, StringComparison.Ordinal);
        Assert.Contains("conditionExpression", problem.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""<intermediateCatchEvent id="x"><messageEventDefinition/></intermediateCatchEvent>""")]
    [InlineData("""<receiveTask id="x" messageRef="absent"/>""")]
    [InlineData("""<endEvent id="x"><escalationEventDefinition escalationRef="absent"/></endEvent>""")]
    [InlineData("""<intermediateCatchEvent id="x"><timerEventDefinition/></intermediateCatchEvent>""")]
    [InlineData("""<startEvent id="x"><timerEventDefinition><timeDate/></timerEventDefinition></startEvent>""")]
    public void Event_that_refers_to_nothing_is_an_error(string element)
    {
        var result = Models.Read($"""
            <process id="p"><startEvent id="s"/><sequenceFlow id="f" sourceRef="s" targetRef="x"/>{element}</process>
            """);

        Assert.Contains(result.Problems, p => p.ElementId == "x" && p.Severity == ProblemSeverity.Error);
    }

    [Fact]
    public void Message_without_a_name_is_reported_once()
    {
        var result = Models.Read("""
            <message id="m"/>
            <process id="p"><startEvent id="s"/><sequenceFlow id="f" sourceRef="s" targetRef="a"/>
              <receiveTask id="a" messageRef="m"/><sequenceFlow id="g" sourceRef="a" targetRef="b"/>
              <receiveTask id="b" messageRef="m"/></process>
            """);

        Assert.Equal("m", Assert.Single(result.Problems).ElementId);
    }

    [Fact]
    public void Doubled_id_is_an_error()
    {
        var result = Models.Read("""
            <process id="p"><startEvent id="s"/><task id="t"/><userTask id="t"/>
              <sequenceFlow id="f" sourceRef="s" targetRef="t"/></process>
            """);

        Assert.Contains(result.Problems, p => p.ElementId == "t" && p.Severity == ProblemSeverity.Error
            && p.Message.Contains("no other element", StringComparison.Ordinal));
    }

    [Fact]
    public void Overlong_id_is_an_error()
    {
        var result = Models.Read($"""<process id="p"><startEvent id="{new string('s', 256)}"/></process>""");

        Assert.Contains("256", Assert.Single(result.Problems).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Generated_flow_id_may_be_longer_than_a_written_one()
    {
        var (a, b) = (new string('a', 200), new string('b', 200));

        var process = Models.ReadOne(
            $"""<startEvent id="{a}"/><sequenceFlow sourceRef="{a}" targetRef="{b}"/><endEvent id="{b}"/>""");

        Assert.Equal($"{a}->{b}", Assert.Single(process.Flows).Key);
    }

    [Fact]
    public void More_flow_nodes_than_allowed_are_an_error()
    {
        var tasks = string.Concat(Enumerable.Range(0, BpmnReader.FlowNodesMax).Select(i => $"<task id=\"t{i}\"/>"));

        var result = Models.Read($"""<process id="p"><startEvent id="s"/>{tasks}</process>""");

        Assert.Contains(result.Problems, p => p.Severity == ProblemSeverity.Error
            && p.Message.Contains("2001", StringComparison.Ordinal));
    }

    // ---- passed over ------------------------------------------------------------------------------------------

    [Fact]
    public void Notation_without_tokens_is_passed_over_silently()
    {
        var result = Models.Read("""
            <collaboration id="c"><participant id="pool" processRef="p"/>
              <messageFlow id="mf" sourceRef="a" targetRef="b"/></collaboration>
            <process id="p"><documentation>Text</documentation>
              <laneSet id="ls"><lane id="l"><flowNodeRef>s</flowNodeRef></lane></laneSet>
              <dataObject id="d"/><dataObjectReference id="dr"/><dataStoreReference id="ds"/>
              <textAnnotation id="ta"><text>Note</text></textAnnotation>
              <association id="as" sourceRef="s" targetRef="ta"/>
              <group id="g"/><startEvent id="s"/></process>
            """);

        Assert.Empty(result.Problems);
        Assert.Equal("s", Assert.Single(Assert.Single(result.Processes).Nodes).Key);
    }

    [Fact]
    public void Foreign_extensions_give_one_warning_for_each_kind()
    {
        var result = Models.Read("""
            <process id="p" xmlns:o="urn:other"><startEvent id="s"/>
              <sequenceFlow id="f" sourceRef="s" targetRef="a"/><sequenceFlow id="g" sourceRef="a" targetRef="b"/>
              <userTask id="a" o:assignee="x"><extensionElements><o:field/><o:field/></extensionElements></userTask>
              <userTask id="b" o:assignee="y"><extensionElements><o:field/></extensionElements></userTask></process>
            """);

        Assert.False(result.HasErrors);
        Assert.Equal(["a", "a"], result.Problems.Select(p => p.ElementId));
        Assert.Contains(result.Problems, p => p.Message.Contains("'field' of", StringComparison.Ordinal)
            && p.Message.Contains("'urn:other'", StringComparison.Ordinal)
            && p.Message.Contains("3 in this file", StringComparison.Ordinal));
        Assert.Contains(result.Problems, p => p.Message.Contains("'assignee'", StringComparison.Ordinal));
    }

    [Fact]
    public void Zeebe_extension_that_is_not_read_gives_a_warning()
    {
        var result = Models.Read("""
            <process id="p"><startEvent id="s"><extensionElements><zeebe:executionListeners><zeebe:executionListener/>
            </zeebe:executionListeners></extensionElements></startEvent></process>
            """);

        Assert.False(result.HasErrors);
        Assert.All(result.Problems, p => Assert.Contains("executionListener", p.Message, StringComparison.Ordinal));
        Assert.NotEmpty(result.Problems);
    }

    // ---- hostile files ----------------------------------------------------------------------------------------

    [Fact]
    public void Broken_XML_gives_one_problem_with_line_and_column()
    {
        var problem = OnlyProblemOf("<definitions>\n  <process id=\"p\">\n</definitions>");

        Assert.Contains("Line 3, column 3", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Document_type_definition_is_refused_before_entities_grow()
    {
        var problem = OnlyProblemOf("""
            <?xml version="1.0"?>
            <!DOCTYPE definitions [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>
            <definitions>&b;</definitions>
            """);

        Assert.Contains("<!DOCTYPE", problem, StringComparison.Ordinal);
        Assert.Contains("Line 2, column 1:", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void External_entity_is_refused()
    {
        var problem = OnlyProblemOf("""
            <!DOCTYPE definitions [<!ENTITY secret SYSTEM "file:///etc/hostname">]><definitions>&secret;</definitions>
            """);

        Assert.Contains("<!DOCTYPE", problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(101, true)]
    [InlineData(100, false)]
    public void Depth_is_bounded(int depth, bool refused)
    {
        var xml = string.Concat(Enumerable.Repeat("<a>", depth)) + string.Concat(Enumerable.Repeat("</a>", depth));

        var load = SafeXml.Load(Encoding.UTF8.GetBytes(xml), XmlLimits.Bpmn);

        Assert.Equal(refused, load.Failure is not null);
        if (refused) Assert.Contains("100 deep", load.Failure!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Very_deep_file_is_refused_without_exhausting_the_stack()
    {
        var problem = OnlyProblemOf(string.Concat(Enumerable.Repeat("<a>", 300_000)));

        Assert.Contains("100 deep", problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(4_999, false)]
    [InlineData(5_000, true)]
    public void Elements_are_bounded(int children, bool refused)
    {
        var xml = "<a>" + string.Concat(Enumerable.Repeat("<b/>", children)) + "</a>";

        Assert.Equal(refused, SafeXml.Load(Encoding.UTF8.GetBytes(xml), XmlLimits.Bpmn).Failure is not null);
    }

    [Theory]
    [InlineData(20_000, false)]
    [InlineData(20_001, true)]
    public void Attributes_are_bounded(int count, bool refused)
    {
        var xml = "<a " + string.Join(' ', Enumerable.Range(0, count).Select(i => $"x{i}=''")) + "/>";

        Assert.Equal(refused, SafeXml.Load(Encoding.UTF8.GetBytes(xml), XmlLimits.Bpmn).Failure is not null);
    }

    [Fact]
    public void File_larger_than_the_limit_is_refused_unread()
    {
        var problem = OnlyProblemOf(new string(' ', 2 * 1024 * 1024 + 1));

        Assert.Contains("2097153", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Byte_order_mark_and_predefined_entities_are_accepted()
    {
        byte[] bytes = [0xEF, 0xBB, 0xBF, .. Models.Bytes("""
            <process id="p" name="A &amp; &lt;B&gt; &#322;"><startEvent id="s"/></process>
            """)];

        var result = BpmnReader.Read(bytes);

        Assert.Empty(result.Problems);
        Assert.Equal("A & <B> ł", Assert.Single(result.Processes).Name);
    }

    [Theory]
    [InlineData("utf-16")]
    [InlineData("iso-8859-2")]
    public void Text_in_another_encoding_is_refused(string encoding)
    {
        Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);
        var text = $"<?xml version=\"1.0\" encoding=\"{encoding}\"?><definitions name=\"łódź\"/>";

        var result = BpmnReader.Read(Encoding.GetEncoding(encoding).GetBytes(text));

        Assert.Contains("UTF-8", Assert.Single(result.Problems).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Declared_encoding_other_than_UTF8_is_refused_unless_all_is_ASCII()
    {
        const string Declaration = "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>";
        var bound = XmlLimits.Bpmn;

        Assert.Null(SafeXml.Load(Encoding.UTF8.GetBytes(Declaration + "<a/>"), bound).Failure);
        Assert.Contains(
            "ISO-8859-1",
            SafeXml.Load(Encoding.UTF8.GetBytes(Declaration + "<a b='ó'/>"), bound).Failure!.Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("no xml at all")]
    [InlineData("<definitions/>")]
    [InlineData("""<definitions xmlns="http://schema.omg.org/spec/BPMN/2.0"/>""")]
    public void File_that_is_not_BPMN_gives_one_clear_error(string text) => OnlyProblemOf(text);

    [Fact]
    public void Long_names_are_not_multiplied_in_messages()
    {
        var attributes = string.Join(' ', Enumerable.Range(0, 5_000).Select(i => $"o:x{i}=\"\""));
        var boundaries = string.Concat(Enumerable.Repeat(
            """<boundaryEvent attachedToRef="t"><errorEventDefinition errorRef="e"/></boundaryEvent>""", 1_000));

        var result = Models.Read($"""
            <error id="e" errorCode="{new string('c', 500_000)}"/>
            <process id="p" xmlns:o="{new string('o', 500_000)}" {attributes}><startEvent id="s"/>
              <sequenceFlow id="f" sourceRef="s" targetRef="t"/><task id="t"/>{boundaries}</process>
            """);

        Assert.Equal(999, result.Problems.Count(p => p.Severity == ProblemSeverity.Error));
        Assert.InRange(result.Problems.Sum(p => p.Message.Length), 1, 1_000_000);
    }

    /// <summary>Every attribute removed, emptied and misdirected, every element removed: none may throw.</summary>
    [Fact]
    public void Damaged_model_is_read_or_refused_but_never_throws()
    {
        var read = 0;
        foreach (var damaged in DamagedCopies(XDocument.Parse(Encoding.UTF8.GetString(Models.Bytes(Rich)))))
        {
            var result = BpmnReader.Read(Encoding.UTF8.GetBytes(damaged));

            Assert.True(result.Processes.Length == 1 || result.HasErrors, damaged);
            read++;
        }

        Assert.InRange(read, 200, 10_000);
    }

    const string Rich = """
        <message id="m" name="m"><extensionElements><zeebe:subscription correlationKey="=k"/></extensionElements>
        </message><error id="e" errorCode="E"/><escalation id="esc" escalationCode="C"/>
        <process id="p" isExecutable="true"><startEvent id="s"/>
          <sequenceFlow id="f" sourceRef="s" targetRef="g"/>
          <exclusiveGateway id="g" default="f1"><outgoing>f1</outgoing><outgoing>f2</outgoing></exclusiveGateway>
          <sequenceFlow id="f1" sourceRef="g" targetRef="u"/>
          <sequenceFlow id="f2" sourceRef="g" targetRef="sub"><conditionExpression>=a</conditionExpression>
          </sequenceFlow>
          <userTask id="u"><extensionElements><zeebe:userTask/>
            <zeebe:formDefinition formId="x" bindingType="deployment"/>
            <zeebe:ioMapping><zeebe:input source="=a" target="b"/><zeebe:output source="=a" target="b"/>
            </zeebe:ioMapping>
            <zeebe:properties><zeebe:property name="n" value="v"/></zeebe:properties></extensionElements>
            <multiInstanceLoopCharacteristics isSequential="true"><extensionElements>
              <zeebe:loopCharacteristics inputCollection="=c" inputElement="i" outputCollection="o" outputElement="=x"/>
            </extensionElements><completionCondition>=done</completionCondition></multiInstanceLoopCharacteristics>
          </userTask>
          <boundaryEvent id="b" attachedToRef="u" cancelActivity="true"><errorEventDefinition errorRef="e"/>
          </boundaryEvent>
          <subProcess id="sub" triggeredByEvent="false"><startEvent id="ss"/>
            <sequenceFlow id="sf" sourceRef="ss" targetRef="ev"/>
            <eventBasedGateway id="ev"/>
            <sequenceFlow id="e1" sourceRef="ev" targetRef="c1"/><sequenceFlow id="e2" sourceRef="ev" targetRef="c2"/>
            <receiveTask id="c1" messageRef="m"/>
            <intermediateCatchEvent id="c2"><timerEventDefinition><timeDuration>PT1H</timeDuration>
            </timerEventDefinition></intermediateCatchEvent>
            <sequenceFlow id="e3" sourceRef="c1" targetRef="call"/>
            <callActivity id="call"><extensionElements><zeebe:calledElement processId="q"/></extensionElements>
            </callActivity>
            <sequenceFlow id="e4" sourceRef="call" targetRef="svc"/>
            <serviceTask id="svc"><extensionElements><zeebe:taskDefinition type="j" retries="1"/></extensionElements>
            </serviceTask><sequenceFlow id="e5" sourceRef="svc" targetRef="end"/>
            <endEvent id="end"><escalationEventDefinition escalationRef="esc"/></endEvent>
          </subProcess>
          <subProcess id="on" triggeredByEvent="true"><startEvent id="os" isInterrupting="false">
            <messageEventDefinition messageRef="m"/></startEvent></subProcess>
        </process>
        """;

    static IEnumerable<string> DamagedCopies(XDocument model)
    {
        foreach (var attribute in model.Descendants().Skip(1).Attributes().ToList())
        {
            var (owner, name, value) = (attribute.Parent!, attribute.Name, attribute.Value);
            foreach (var damage in new[] { null, "", "f", "sub", "=", ":" })
            {
                owner.SetAttributeValue(name, damage);
                yield return model.ToString();
            }

            owner.SetAttributeValue(name, value);
        }

        foreach (var element in model.Descendants().Skip(1).ToList())
        {
            var copy = new XElement(element);
            var emptied = new XElement(element.Name);
            element.ReplaceWith(emptied);
            yield return model.ToString();
            emptied.ReplaceWith(copy);
        }
    }

    static string OnlyProblemOf(string xml)
    {
        var result = BpmnReader.Read(Encoding.UTF8.GetBytes(xml));
        Assert.Empty(result.Processes);
        var problem = Assert.Single(result.Problems);
        Assert.Equal(("", ProblemSeverity.Error), (problem.ElementId, problem.Severity));
        Assert.Matches("^(Line [0-9]+, column [0-9]+: )?Expected ", problem.Message);
        return problem.Message;
    }
}
