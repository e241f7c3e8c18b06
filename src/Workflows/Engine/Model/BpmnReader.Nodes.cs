using System.Collections.Immutable;
using System.Xml.Linq;
using Workflows.Engine.Calendar;

namespace Workflows.Engine.Model;

/// <content>Flow nodes and event definitions: one method for each family of BPMN 2.0.2, 10.3 to 10.6.</content>
public sealed partial class BpmnReader
{
    static readonly ImmutableArray<string> StartDefinitions = ["messageEventDefinition", "timerEventDefinition"];
    static readonly ImmutableArray<string> CatchDefinitions = ["messageEventDefinition", "timerEventDefinition"];
    static readonly ImmutableArray<string> ThrowDefinitions = ["messageEventDefinition", "escalationEventDefinition"];

    static readonly ImmutableArray<string> InterruptDefinitions =
        [.. CatchDefinitions, "errorEventDefinition", "escalationEventDefinition"];

    static readonly ImmutableArray<string> EndDefinitions =
        [.. ThrowDefinitions, "errorEventDefinition", "terminateEventDefinition"];

    /// <summary>What to draw in place of a flow node that is not executed.</summary>
    static readonly ImmutableDictionary<string, string> Replacements = new Dictionary<string, string>
    {
        ["inclusiveGateway"] = "parallel and exclusive gateways",
        ["complexGateway"] = "parallel and exclusive gateways",
        ["transaction"] = "an embedded sub-process with error boundary events",
        ["adHocSubProcess"] = "an embedded sub-process",
    }.ToImmutableDictionary();

    /// <summary>Stands for a definition that was refused, so that later checks do not blame its event again.</summary>
    internal sealed record RefusedEventDefinition : EventDefinition;

    FlowNode ReadNode(XElement element, string scopeId)
    {
        var id = _ids[element];
        return element.Name.LocalName switch
        {
            "task" => new UndefinedTask(IsManual: false) { Id = id, ScopeId = scopeId },
            "manualTask" => new UndefinedTask(IsManual: true) { Id = id, ScopeId = scopeId },
            "userTask" => ReadUserTask(element, id, scopeId),
            "serviceTask" => new ServiceTask(ReadRequiredJob(element)) { Id = id, ScopeId = scopeId },
            "sendTask" => new SendTask(ReadRequiredJob(element)) { Id = id, ScopeId = scopeId },
            "receiveTask" => ReadReceiveTask(element, id, scopeId),
            "scriptTask" => ReadScriptTask(element, id, scopeId),
            "businessRuleTask" => ReadBusinessRuleTask(element, id, scopeId),
            "callActivity" => ReadCallActivity(element, id, scopeId),
            "subProcess" => new SubProcess(Flag(element, "triggeredByEvent") ?? false) { Id = id, ScopeId = scopeId },
            "exclusiveGateway" => new ExclusiveGateway(DefaultFlow: null) { Id = id, ScopeId = scopeId },
            "parallelGateway" => new ParallelGateway { Id = id, ScopeId = scopeId },
            "eventBasedGateway" => ReadEventBasedGateway(element, id, scopeId),
            "startEvent" => ReadStartEvent(element, id, scopeId),
            "endEvent" => new EndEvent(ReadEventDefinition(element, EndDefinitions, mayBeNone: true))
            {
                Id = id, ScopeId = scopeId,
            },
            "intermediateThrowEvent" => new IntermediateThrowEvent(
                ReadEventDefinition(element, ThrowDefinitions, mayBeNone: true)) { Id = id, ScopeId = scopeId },
            "intermediateCatchEvent" => new IntermediateCatchEvent(
                ReadEventDefinition(element, CatchDefinitions, mayBeNone: false)!) { Id = id, ScopeId = scopeId },
            _ => RefuseNode(element, id, scopeId),
        };
    }

    /// <summary>Adds to a node what all nodes have, and to an activity what all activities have.</summary>
    FlowNode Complete(FlowNode node, XElement element, Contents contents)
    {
        var outgoing = InListedOrder(element, contents.Outgoing[node.Id]);
        var mappings = Extension(element, "ioMapping");
        node = node with
        {
            Name = (string?)element.Attribute("name"),
            Incoming = [.. contents.Incoming[node.Id]],
            Outgoing = outgoing,
            Inputs = ReadMappings(element, mappings, "input"),
            Outputs = ReadMappings(element, mappings, "output"),
            Properties = ReadProperties(element),
        };

        var defaultFlow = ReadDefaultFlow(element, outgoing);
        if (node is ExclusiveGateway gateway) return gateway with { DefaultFlow = defaultFlow };
        if (node is not Activity activity) return node;
        RefuseUnsupportedActivityTraits(element);
        return activity with { DefaultFlow = defaultFlow, MultiInstance = ReadMultiInstance(element) };
    }

    /// <summary>
    /// The order of the <c>outgoing</c> children when they name every flow, as Camunda tries conditions; otherwise the
    /// order in which the flows stand in the file.
    /// </summary>
    ImmutableArray<SequenceFlow> InListedOrder(XElement element, IEnumerable<SequenceFlow> flows)
    {
        var listed = element.Elements(Bpmn + "outgoing").Select(e => Resolve(e.Value)).ToList();
        var found = flows.ToImmutableArray();
        return found.All(f => listed.Contains(f.Id)) ? found.Sort((a, b) => Position(a).CompareTo(Position(b))) : found;

        int Position(SequenceFlow flow) => listed.IndexOf(flow.Id);
    }

    SequenceFlow? ReadDefaultFlow(XElement element, ImmutableArray<SequenceFlow> outgoing)
    {
        if ((string?)element.Attribute("default") is not { Length: > 0 } reference) return null;
        var id = Resolve(reference);
        var flow = outgoing.FirstOrDefault(f => f.Id == id);
        if (flow is null)
        {
            Error(element, $"Expected the default flow to leave this element, but '{reference}' does not. Choose one "
                + $"of its outgoing flows: {Listed(outgoing.Select(f => f.Id))}.");
        }

        return flow;
    }

    // ---- activities -------------------------------------------------------------------------------------------

    UserTask ReadUserTask(XElement element, string id, string scopeId)
    {
        var assignment = Extension(element, "assignmentDefinition");
        var schedule = Extension(element, "taskSchedule");
        var form = Extension(element, "formDefinition");
        if (((string?)form?.Attribute("formKey"))?.StartsWith("camunda-forms:", StringComparison.Ordinal) == true)
        {
            Warn(element, "Expected a form of its own, but this one is embedded in the model and is not shown. "
                + "Deploy the form as a file and name it by formId.");
        }

        return new()
        {
            Id = id,
            ScopeId = scopeId,
            Assignee = Value(element, assignment, "assignee"),
            CandidateGroups = Value(element, assignment, "candidateGroups"),
            CandidateUsers = Value(element, assignment, "candidateUsers"),
            DueDate = Value(element, schedule, "dueDate"),
            FollowUpDate = Value(element, schedule, "followUpDate"),
            Reminders = ReadReminders(element),
            Priority = Value(element, Extension(element, "priorityDefinition"), "priority"),
            FormId = Value(element, form, "formId"),
            FormBinding = ReadBinding(element, form),
            ExternalFormReference = Value(element, form, "externalReference") ?? Value(element, form, "formKey"),
            Headers = ReadHeaders(element),
        };
    }

    // Diagrams of others may have a property of that name; only in the case file, and where asked for, is it ours.
    ModelExpression? ReadReminders(XElement element)
    {
        var process = ReadProperties(element.Ancestors(Bpmn + "process").First());
        if (!process.ContainsKey("case") && !process.ContainsKey("notifies")) return null;
        var reminders = Value(element, "reminders", ReadProperties(element).GetValueOrDefault("reminders"));
        if (reminders is { IsConstant: true }
            && ReminderLadder.Parse(reminders.Text, [], out var problem) is null)
        {
            Error(element, $"reminders of '{IdOf(element)}': {problem}");
        }
        return reminders;
    }

    ReceiveTask ReadReceiveTask(XElement element, string id, string scopeId)
    {
        if (Flag(element, "instantiate") == true) Refuse(element, "receiveTask with instantiate=\"true\"", "a "
            + "message start event");
        return new(ReadMessage(element, element)) { Id = id, ScopeId = scopeId };
    }

    ScriptTask ReadScriptTask(XElement element, string id, string scopeId)
    {
        var job = ReadJob(element);
        var zeebe = Extension(element, "script");
        var script = element.Element(Bpmn + "script");
        var expression = Value(element, zeebe, "expression");
        if (expression is null && job is null && script is not null)
            expression = ReadScript(element, script);

        if (expression is null && job is null)
        {
            job = _dialect == BpmnDialect.Plain || script is not null
                ? NoJob
                : MissingJob(element, "a zeebe:script or a zeebe:taskDefinition");
        }

        return new(expression, (string?)zeebe?.Attribute("resultVariable"), job) { Id = id, ScopeId = scopeId };
    }

    ModelExpression? ReadScript(XElement element, XElement script)
    {
        var language = ((string?)element.Attribute("scriptFormat"))?.Trim() ?? "";
        if (IsFeelLanguage(language)) return Feel(element, "script", script.Value);
        Error(element, $"Expected a script in FEEL, but scriptTask '{_ids[element]}' has scriptFormat '{language}'. "
            + "Rewrite it in FEEL (zeebe:script), or give it a job type (zeebe:taskDefinition).");
        return null;
    }

    BusinessRuleTask ReadBusinessRuleTask(XElement element, string id, string scopeId)
    {
        var called = Extension(element, "calledDecision");
        var decision = Value(element, called, "decisionId");
        var resultVariable = (string?)called?.Attribute("resultVariable");
        var job = ReadJob(element);
        if (decision is null && job is null)
        {
            job = _dialect == BpmnDialect.Plain
                ? NoJob
                : MissingJob(element, "a zeebe:calledDecision with a decisionId or a zeebe:taskDefinition");
        }
        else if (decision is not null && string.IsNullOrEmpty(resultVariable))
        {
            Error(element, "Expected a resultVariable for the result of the decision, but found none. Name one in "
                + "zeebe:calledDecision.");
        }

        return new(decision, ReadBinding(element, called), resultVariable, job) { Id = id, ScopeId = scopeId };
    }

    CallActivity ReadCallActivity(XElement element, string id, string scopeId)
    {
        var called = Extension(element, "calledElement");
        var standard = ((string?)element.Attribute("calledElement"))?.Trim();
        var processId = Value(element, called, "processId")
            ?? (string.IsNullOrEmpty(standard) ? null : ModelExpression.Constant(Resolve(standard)));
        if (processId is null)
        {
            Error(element, "Expected the id of the process to call, but found none. Set processId in "
                + "zeebe:calledElement (or the attribute calledElement).");
        }

        return new(
            processId ?? ModelExpression.Constant(""),
            ReadBinding(element, called),
            called is null || (Flag(called, "propagateAllParentVariables") ?? true),
            called is null || (Flag(called, "propagateAllChildVariables") ?? true)) { Id = id, ScopeId = scopeId };
    }

    /// <summary>BPMN 2.0.2, 10.3.8: the zeebe extension first, else the standard's own elements.</summary>
    MultiInstance? ReadMultiInstance(XElement element)
    {
        var loop = element.Element(Bpmn + "multiInstanceLoopCharacteristics");
        if (loop is null) return null;
        if ((string?)loop.Attribute("behavior") is { } behavior and not "All")
            Refuse(element, $"multi-instance with behavior=\"{behavior}\"", "behavior=\"All\" and a "
                + "completionCondition");

        var zeebe = Extension(loop, "loopCharacteristics");
        var cardinality = loop.Element(Bpmn + "loopCardinality");
        var completion = loop.Element(Bpmn + "completionCondition");
        var outputItem = (string?)loop.Element(Bpmn + "outputDataItem")?.Attribute("name");
        return new(
            Flag(loop, "isSequential") ?? false,
            (string?)zeebe?.Attribute("inputCollection") is { Length: > 0 } collection
                ? Feel(element, "inputCollection", collection)
                : Variable(element, "loopDataInputRef", loop.Element(Bpmn + "loopDataInputRef")?.Value),
            NullIfBlank((string?)zeebe?.Attribute("inputElement")
                ?? (string?)loop.Element(Bpmn + "inputDataItem")?.Attribute("name")),
            NullIfBlank((string?)zeebe?.Attribute("outputCollection")
                ?? loop.Element(Bpmn + "loopDataOutputRef")?.Value),
            (string?)zeebe?.Attribute("outputElement") is { Length: > 0 } output
                ? Feel(element, "outputElement", output)
                : Variable(element, "outputDataItem", outputItem),
            cardinality is null ? null : ReadStandardFeel(element, cardinality),
            completion is null ? null : ReadStandardFeel(element, completion));
    }

    void RefuseUnsupportedActivityTraits(XElement element)
    {
        var type = element.Name.LocalName;
        if (Flag(element, "isForCompensation") == true)
            Refuse(element, $"{type} as a compensation handler (isForCompensation)", "an error or escalation path");
        if (element.Element(Bpmn + "standardLoopCharacteristics") is not null)
            Refuse(element, $"standardLoopCharacteristics of a {type}", "a flow back through an exclusive gateway");
        foreach (var quantity in new[] { "startQuantity", "completionQuantity" })
        {
            if (((string?)element.Attribute(quantity))?.Trim() is { } value and not "1")
                Refuse(element, $"{type} with {quantity}=\"{value}\"", $"{quantity}=\"1\"");
        }
    }

    // ---- gateways ---------------------------------------------------------------------------------------------

    EventBasedGateway ReadEventBasedGateway(XElement element, string id, string scopeId)
    {
        if (Flag(element, "instantiate") == true)
            Refuse(element, "eventBasedGateway with instantiate=\"true\"", "message start events");
        if ((string?)element.Attribute("eventGatewayType") is { } type and not "Exclusive")
            Refuse(element, $"eventBasedGateway with eventGatewayType=\"{type}\"", "a parallel gateway before catch "
                + "events");
        return new() { Id = id, ScopeId = scopeId };
    }

    // ---- events -----------------------------------------------------------------------------------------------

    StartEvent ReadStartEvent(XElement element, string id, string scopeId)
    {
        var container = element.Parent!;
        var ofEventSubProcess = Flag(container, "triggeredByEvent") == true;
        var definition = ofEventSubProcess
            ? ReadEventDefinition(element, InterruptDefinitions, mayBeNone: false)
            : ReadEventDefinition(element, StartDefinitions, mayBeNone: true);

        // A message that starts a process correlates by its name alone.
        if (!ofEventSubProcess && definition is MessageEventDefinition message)
            definition = message with { Message = message.Message with { CorrelationKey = null } };

        var isInterrupting = !ofEventSubProcess || (Flag(element, "isInterrupting") ?? true);
        return new(definition, isInterrupting) { Id = id, ScopeId = scopeId };
    }

    BoundaryEvent ReadBoundaryEvent(XElement element, string scopeId) =>
        new(Resolve((string?)element.Attribute("attachedToRef") ?? ""),
            Flag(element, "cancelActivity") ?? true,
            ReadEventDefinition(element, InterruptDefinitions, mayBeNone: false)!)
        {
            Id = _ids[element], ScopeId = scopeId,
        };

    EventDefinition? ReadEventDefinition(XElement element, ImmutableArray<string> executed, bool mayBeNone)
    {
        var found = element.Elements().Where(e => e.Name.Namespace == Bpmn)
            .Select(e => e.Name == Bpmn + "eventDefinitionRef" ? _elements.GetValueOrDefault(Resolve(e.Value), e) : e)
            .Where(e => e.Name.LocalName.Contains("EventDefinition", StringComparison.OrdinalIgnoreCase)).ToList();
        var expected = (mayBeNone ? "none, " : "") + Listed(executed.Select(ShortName));
        var type = element.Name.LocalName;
        if (found.Count == 0)
        {
            if (mayBeNone) return null;
            Error(element, $"Expected what {type} '{_ids[element]}' waits for, but found no event definition. Choose "
                + $"one of: {expected}.");
            return new RefusedEventDefinition();
        }

        if (found.Count > 1 || Flag(element, "parallelMultiple") == true)
        {
            Refuse(element, $"{type} with several event definitions", $"one of: {expected}");
            return new RefusedEventDefinition();
        }

        var definition = found[0];
        if (!executed.Contains(definition.Name.LocalName))
        {
            var place = Flag(element.Parent!, "triggeredByEvent") == true ? " of an event sub-process" : "";
            Refuse(element, $"{definition.Name.LocalName} in {type}{place}", $"one of: {expected}");
            return new RefusedEventDefinition();
        }

        return definition.Name.LocalName switch
        {
            "timerEventDefinition" => ReadTimer(element, definition),
            "messageEventDefinition" => ReadMessageDefinition(element, definition),
            "errorEventDefinition" => new ErrorEventDefinition(ReadErrorCode(definition)),
            "escalationEventDefinition" => new EscalationEventDefinition(ReadEscalationCode(element, definition)),
            _ => new TerminateEventDefinition(),
        };
    }

    static string ShortName(string definition) =>
        definition.Replace("EventDefinition", "", StringComparison.Ordinal);

    EventDefinition ReadTimer(XElement element, XElement definition)
    {
        var parts = definition.Elements().Where(e => e.Name.Namespace == Bpmn
            && e.Name.LocalName is "timeDate" or "timeDuration" or "timeCycle").ToList();
        if (parts.Count != 1 || parts[0].Value.Trim().Length == 0)
        {
            var given = Listed(parts.Select(p => $"{p.Name.LocalName} '{p.Value.Trim()}'"));
            Error(element, "Expected exactly one of timeDate, timeDuration and timeCycle with a text, but found "
                + $"{(parts.Count == 0 ? "none" : given)}. Set one, e.g. timeDuration PT1H.");
            return new RefusedEventDefinition();
        }

        var kind = parts[0].Name.LocalName switch
        {
            "timeDate" => TimerKind.Date,
            "timeDuration" => TimerKind.Duration,
            _ => TimerKind.Cycle,
        };
        return new TimerEventDefinition(kind, ReadTimerText(element, parts[0], kind));
    }

    EventDefinition ReadMessageDefinition(XElement element, XElement definition)
    {
        var message = ReadMessage(element, definition);
        if (element.Name.LocalName is "endEvent" or "intermediateThrowEvent")
        {
            message ??= new(ModelExpression.Constant(""), CorrelationKey: null);
            return new MessageEventDefinition(message, ReadRequiredJob(element));
        }

        if (message is not null) return new MessageEventDefinition(message, Job: null);
        if ((string?)definition.Attribute("messageRef") is not { Length: > 0 })
        {
            Error(element, "Expected the message this event waits for, but messageRef is absent. Choose a message "
                + "with a name.");
        }

        return new RefusedEventDefinition();
    }

    /// <summary>Null when nothing is referred to, or (with a problem) when there is no such message.</summary>
    MessageReference? ReadMessage(XElement element, XElement holder)
    {
        if ((string?)holder.Attribute("messageRef") is not { Length: > 0 } reference) return null;
        var message = Referenced(reference, "message");
        if (message is null)
        {
            Error(element, $"Expected messageRef to name a message of this file, but found '{reference}'. Add the "
                + "message or choose another.");
            return null;
        }

        var subscription = Extension(message, "subscription");
        if (Value(message, "name", (string?)message.Attribute("name")) is { } name)
            return new(name, Value(message, subscription, "correlationKey"));
        Error(message, $"Expected message '{_ids[message]}' to have a name, but it has none; names correlate "
            + "messages. Give it one.");
        return new(ModelExpression.Constant(""), null);
    }

    /// <summary>A reference that names no error is itself the code, as in Operaton and Flowable.</summary>
    ModelExpression? ReadErrorCode(XElement definition)
    {
        if ((string?)definition.Attribute("errorRef") is not { Length: > 0 } reference) return null;
        return Referenced(reference, "error") is { } error
            ? Value(error, "errorCode", (string?)error.Attribute("errorCode"))
            : ModelExpression.Constant(reference);
    }

    ModelExpression? ReadEscalationCode(XElement element, XElement definition)
    {
        if ((string?)definition.Attribute("escalationRef") is not { Length: > 0 } reference) return null;
        if (Referenced(reference, "escalation") is { } escalation)
            return Value(escalation, "escalationCode", (string?)escalation.Attribute("escalationCode"));
        Error(element, $"Expected escalationRef to name an escalation of this file, but found '{reference}'. Add the "
            + "escalation or choose another.");
        return null;
    }

    // ---- refusal ----------------------------------------------------------------------------------------------

    /// <summary>A refused node leaves a stand-in, so that its flows and contents are checked all the same.</summary>
    FlowNode RefuseNode(XElement element, string id, string scopeId)
    {
        var type = element.Name.LocalName;
        Refuse(element, type, Replacements.GetValueOrDefault(type, "an element this engine executes"));
        return type is "transaction" or "adHocSubProcess"
            ? new SubProcess(TriggeredByEvent: false) { Id = id, ScopeId = scopeId }
            : new UndefinedTask(IsManual: false) { Id = id, ScopeId = scopeId };
    }

    void Refuse(XElement element, string what, string instead) =>
        Error(element, $"Expected an element this engine executes, but '{_ids[element]}' is not: {what}. Use {instead} "
            + "instead.");

    static string Listed(IEnumerable<string> names) => string.Join(", ", names.Take(10));

    static string? NullIfBlank(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();
}
