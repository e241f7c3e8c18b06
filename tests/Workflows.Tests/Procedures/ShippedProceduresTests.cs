using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Xml.Linq;

namespace Workflows.Tests.Procedures;

/// <summary>
/// What every file below workflows/ must satisfy before an engine sees it: only elements that run, the vocabulary of
/// docs/extensions.md on every user task, no loose end between diagrams, forms, tables and scenarios.
/// </summary>
public sealed class ShippedProceduresTests
{
    private static readonly XNamespace Bpmn = "http://www.omg.org/spec/BPMN/20100524/MODEL";
    private static readonly XNamespace Bpmndi = "http://www.omg.org/spec/BPMN/20100524/DI";
    private static readonly XNamespace Dc = "http://www.omg.org/spec/DD/20100524/DC";
    private static readonly XNamespace Di = "http://www.omg.org/spec/DD/20100524/DI";
    private static readonly XNamespace Dmn = "https://www.omg.org/spec/DMN/20191111/MODEL/";
    private static readonly XNamespace Modeler = "http://camunda.org/schema/modeler/1.0";
    private static readonly XNamespace Zeebe = "http://camunda.org/schema/zeebe/1.0";

    private static readonly HashSet<string> Activities =
    [
        "userTask", "serviceTask", "receiveTask", "scriptTask", "businessRuleTask", "sendTask", "subProcess",
        "callActivity",
    ];

    private static readonly HashSet<string> Events =
    [
        "startEvent", "endEvent", "intermediateThrowEvent", "intermediateCatchEvent", "boundaryEvent",
    ];

    private static readonly HashSet<string> Gateways = ["exclusiveGateway", "parallelGateway", "eventBasedGateway"];

    // "kind of event/definition"; an event without a definition is a none event.
    private static readonly HashSet<string> EventDefinitions =
    [
        "startEvent/messageEventDefinition", "startEvent/timerEventDefinition", "startEvent/errorEventDefinition",
        "startEvent/escalationEventDefinition", "endEvent/terminateEventDefinition", "endEvent/errorEventDefinition",
        "endEvent/escalationEventDefinition", "endEvent/messageEventDefinition",
        "intermediateThrowEvent/escalationEventDefinition", "intermediateThrowEvent/messageEventDefinition",
        "intermediateCatchEvent/timerEventDefinition", "intermediateCatchEvent/messageEventDefinition",
        "boundaryEvent/timerEventDefinition", "boundaryEvent/messageEventDefinition",
        "boundaryEvent/errorEventDefinition", "boundaryEvent/escalationEventDefinition",
    ];

    private static readonly HashSet<string> Roles =
    [
        "social_worker", "benefits_worker", "assistant", "team_lead", "head", "mayor", "specialist", "accounting",
        "clerk", "dpo", "archivist",
    ];

    private static readonly HashSet<string> DeadlineKinds = ["STAT", "COURT", "CUST", "HOUSE"];

    // The office's own affairs: no procedure of the catalogue, no part of a case.
    private static readonly HashSet<string> OfTheOffice = ["case-migration", "delivery-problem"];

    private static readonly Lazy<Shipped> All = new(Shipped.Read);

    public static TheoryData<string> Diagrams => [.. All.Value.Diagrams.Keys.Order(StringComparer.Ordinal)];

    public static TheoryData<string> Forms => [.. All.Value.Forms.Keys.Order(StringComparer.Ordinal)];

    public static TheoryData<string> Tables => [.. All.Value.Tables.Keys.Order(StringComparer.Ordinal)];

    public static TheoryData<string> Scenarios => [.. All.Value.Scenarios.Keys.Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Diagrams))]
    public void Diagram_AsShipped_IsOneExecutableProcessOfACase(string folder)
    {
        var definitions = All.Value.Diagrams[folder];
        var process = Assert.Single(definitions.Elements(Bpmn + "process"));

        Assert.Equal(folder, Id(process));
        Assert.Equal("true", (string?)process.Attribute("isExecutable"));
        Assert.Equal("Camunda Cloud", (string?)definitions.Attribute(Modeler + "executionPlatform"));
        Assert.Equal("8.8.0", (string?)definitions.Attribute(Modeler + "executionPlatformVersion"));
        if (OfTheOffice.Contains(folder))
        {
            // Nobody starts these but the engine, and they hold nothing of a family.
            Assert.All((string[])["case", "statute", "startableBy"], name => Assert.Null(Property(process, name)));
        }
        else
        {
            Assert.Contains(Property(process, "case"), (string[])["root", "part"]);
            Assert.Matches("^P[0-9]{2}[A-Z]?$", Property(process, "statute"));
        }
        var ids = definitions.Descendants().Select(Id).OfType<string>().ToList();
        AssertNone(ids.GroupBy(id => id).Where(group => group.Count() > 1).Select(group => $"id twice: {group.Key}"));
    }

    [Theory]
    [MemberData(nameof(Diagrams))]
    public void Diagram_AsShipped_HasOnlyElementsThatRun(string folder)
    {
        var problems = new List<string>();
        foreach (var node in FlowNodes(All.Value.Diagrams[folder]))
        {
            var kind = node.Name.LocalName;
            if (!Activities.Contains(kind) && !Events.Contains(kind) && !Gateways.Contains(kind))
                problems.Add($"{Id(node)}: {kind} does not run");
            var definitions = node.Elements().Where(e => e.Name.LocalName.EndsWith("EventDefinition", Ordinal)).ToList();
            if (definitions.Count > 1) problems.Add($"{Id(node)}: more than one event definition");
            foreach (var definition in definitions)
            {
                if (!EventDefinitions.Contains($"{kind}/{definition.Name.LocalName}"))
                    problems.Add($"{Id(node)}: {definition.Name.LocalName} does not run on a {kind}");
                if (definition.Attribute("messageRef") is { } message
                    && All.Value.Diagrams[folder].Elements(Bpmn + "message").All(m => Id(m) != message.Value))
                    problems.Add($"{Id(node)}: no message {message.Value}");
            }
        }

        AssertNone(problems);
    }

    [Theory]
    [MemberData(nameof(Diagrams))]
    public void Diagram_AsShipped_HasNoLooseEnd(string folder)
    {
        var problems = new List<string>();
        foreach (var scope in Scopes(All.Value.Diagrams[folder]))
        {
            var nodes = scope.Elements().Where(IsFlowNode).ToDictionary(node => Id(node)!, node => node);
            var flows = scope.Elements(Bpmn + "sequenceFlow").ToList();
            foreach (var flow in flows)
            {
                foreach (var end in (string[])["sourceRef", "targetRef"])
                    if (!nodes.ContainsKey((string?)flow.Attribute(end) ?? ""))
                        problems.Add($"{Id(flow)}: {end} is not in the same scope");
            }

            foreach (var node in nodes.Values)
                problems.AddRange(LooseEnds(node, flows));
        }

        AssertNone(problems);
    }

    [Theory]
    [MemberData(nameof(Diagrams))]
    public void Diagram_AsShipped_NamesEveryStepForPeople(string folder)
    {
        AssertNone(FlowNodes(All.Value.Diagrams[folder])
            .Where(node => !Gateways.Contains(node.Name.LocalName)
                || (node.Name.LocalName == "exclusiveGateway" && node.Elements(Bpmn + "outgoing").Count() > 1))
            .Where(node => string.IsNullOrWhiteSpace((string?)node.Attribute("name")))
            .Select(node => $"{Id(node)}: no name"));
    }

    [Theory]
    [MemberData(nameof(Diagrams))]
    public void UserTask_AsShipped_SaysWhoWhenAndWhy(string folder)
    {
        AssertNone(All.Value.Diagrams[folder].Descendants(Bpmn + "userTask").SelectMany(TaskProblems));
    }

    [Theory]
    [MemberData(nameof(Diagrams))]
    public void Reference_AsShipped_LeadsToAShippedFormTableOrProcess(string folder)
    {
        var shipped = All.Value;
        var problems = new List<string>();
        foreach (var extension in shipped.Diagrams[folder].Descendants())
        {
            var (target, known) = extension.Name.LocalName switch
            {
                "formDefinition" => ((string?)extension.Attribute("formId"), shipped.Forms.Keys.AsEnumerable()),
                "calledDecision" => ((string?)extension.Attribute("decisionId"), shipped.Tables.Keys),
                "calledElement" => ((string?)extension.Attribute("processId"), shipped.Diagrams.Keys),
                _ => (null, []),
            };
            if (target is null) continue;
            if (!known.Contains(target)) problems.Add($"{extension.Name.LocalName}: {target} is not shipped");
            if ((string?)extension.Attribute("bindingType") != "deployment")
                problems.Add($"{extension.Name.LocalName} {target}: binding is not deployment");
        }

        problems.AddRange(shipped.Diagrams[folder].Descendants(Zeebe + "header")
            .Where(header => (string?)header.Attribute("key") == "processId")
            .Select(header => (string?)header.Attribute("value") ?? "")
            .Where(started => !shipped.Diagrams.ContainsKey(started))
            .Select(started => $"procedure.start: {started} is not shipped"));
        AssertNone(problems);
    }

    [Theory]
    [MemberData(nameof(Diagrams))]
    public void Expression_AsShipped_IsClosedFeel(string folder)
    {
        var texts = All.Value.Diagrams[folder].Descendants().SelectMany(element => element.Attributes()
                .Select(attribute => attribute.Value)
                .Append(element.HasElements ? "" : element.Value))
            .Where(text => text.StartsWith('='));
        AssertNone(texts.Where(text => !IsClosed(text)).Select(text => $"not closed: {text}"));
        AssertNone(All.Value.Diagrams[folder].Descendants(Bpmn + "conditionExpression")
            .Where(condition => !condition.Value.StartsWith('='))
            .Select(condition => $"not FEEL: {condition.Value}"));
    }

    [Theory]
    [MemberData(nameof(Diagrams))]
    public void Diagram_AsShipped_IsDrawnWithoutOverlap(string folder)
    {
        var drawing = Drawing.Of(All.Value.Diagrams[folder]);
        AssertNone(drawing.Problems());
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void Form_AsShipped_IsAFormJsSchemaThatKeepsPersonalDataOutOfTheProcess(string id)
    {
        var (path, form) = All.Value.Forms[id];
        Assert.Equal(id, form.GetProperty("id").GetString());
        Assert.Equal(id + ".form", Path.GetFileName(path));
        Assert.Equal(16, form.GetProperty("schemaVersion").GetInt32());
        var problems = new List<string>();
        CheckComponents(form.GetProperty("components"), nested: false, problems);
        AssertNone(problems);
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void Form_AsShipped_NamesItsDocumentByANounAndAllItsParts(string id)
    {
        var form = All.Value.Forms[id].Form;
        var read = Workflows.Engine.Forms.FormReader.Read(form.GetRawText());
        Assert.Empty(read.Problems);
        Assert.NotNull(read.Form!.DocumentTitle);
        var parts = PartsIn(form.GetProperty("components")).ToList();
        Assert.Equal(parts.Distinct(StringComparer.Ordinal), parts);
        // The first part begins with the first field, or what stands before it would belong to none.
        var first = form.GetProperty("components").EnumerateArray()
            .First(one => one.GetProperty("type").GetString() != "text");
        Assert.Equal(parts.FirstOrDefault(), PartOf(first));
        Assert.NotEqual(1, parts.Count);
    }

    [Fact]
    public void Names_InShippedProcedures_HoldNoNumbersOfTheCatalogue()
    {
        var names = All.Value.Diagrams.Values.SelectMany(diagram => diagram.DescendantsAndSelf().Attributes("name"));
        Assert.DoesNotContain(names, name => System.Text.RegularExpressions.Regex.IsMatch(name.Value, @"\bP\d\d\b"));
        Assert.DoesNotContain(
            All.Value.Forms.Values, form => System.Text.RegularExpressions.Regex.IsMatch(form.Form.GetRawText(), @"\(P\d\d"));
    }

    private static string? PartOf(JsonElement component) =>
        component.TryGetProperty("properties", out var own) ? Text(own, "part") : null;

    private static IEnumerable<string> PartsIn(JsonElement components) => components.EnumerateArray().SelectMany(one =>
        (PartOf(one) is { } part ? [part] : Array.Empty<string>()).Concat(
            one.TryGetProperty("components", out var inner) ? PartsIn(inner) : []));

    [Theory]
    [MemberData(nameof(Tables))]
    public void Table_AsShipped_HasAnEntryInEveryCell(string id)
    {
        var table = All.Value.Tables[id].Element(Dmn + "decisionTable")!;
        var inputs = table.Elements(Dmn + "input").Count();
        var outputs = table.Elements(Dmn + "output").ToList();
        Assert.All(outputs, output => Assert.Matches("^[a-z][A-Za-z]*$", (string?)output.Attribute("name") ?? ""));
        Assert.NotEmpty(table.Elements(Dmn + "rule"));
        Assert.All(table.Elements(Dmn + "rule"), rule =>
        {
            Assert.Equal(inputs, rule.Elements(Dmn + "inputEntry").Count());
            Assert.Equal(outputs.Count, rule.Elements(Dmn + "outputEntry").Count());
            Assert.All(rule.Elements(Dmn + "outputEntry"), entry => Assert.NotEqual("", entry.Value.Trim()));
        });
    }

    [Theory]
    [MemberData(nameof(Scenarios))]
    public void Scenario_AsShipped_AnswersShippedTasksWithFieldsOfTheirForms(string path)
    {
        var shipped = All.Value;
        var scenario = shipped.Scenarios[path];
        var problems = new List<string>();
        foreach (var key in (string[])["name", "about", "process", "startAt", "by", "steps", "expect"])
            if (!scenario.TryGetProperty(key, out _)) problems.Add($"no {key}");
        if (!shipped.Diagrams.ContainsKey(Text(scenario, "process") ?? "")) problems.Add("process is not shipped");

        foreach (var step in Steps(scenario))
            problems.AddRange(StepProblems(step));
        AssertNone(problems);
    }

    private static StringComparison Ordinal => StringComparison.Ordinal;

    private static IEnumerable<string> LooseEnds(XElement node, List<XElement> flows)
    {
        var id = Id(node);
        var incoming = flows.Where(flow => (string?)flow.Attribute("targetRef") == id).Select(Id);
        var outgoing = flows.Where(flow => (string?)flow.Attribute("sourceRef") == id).ToList();
        if (!incoming.Order().SequenceEqual(node.Elements(Bpmn + "incoming").Select(e => e.Value).Order()))
            yield return $"{id}: incoming differs from the flows";
        if (!outgoing.Select(Id).Order().SequenceEqual(node.Elements(Bpmn + "outgoing").Select(e => e.Value).Order()))
            yield return $"{id}: outgoing differs from the flows";

        var isEventSubProcess = (string?)node.Attribute("triggeredByEvent") == "true";
        if (!incoming.Any() && !isEventSubProcess && node.Name.LocalName is not ("startEvent" or "boundaryEvent"))
            yield return $"{id}: nothing leads here";
        // A sub-process may end its branch; every other node but an end event must go on.
        if (outgoing.Count == 0 && node.Name.LocalName is not ("endEvent" or "subProcess"))
            yield return $"{id}: leads nowhere";
        if (node.Name.LocalName == "boundaryEvent"
            && node.Parent!.Elements().All(host => Id(host) != (string?)node.Attribute("attachedToRef")))
            yield return $"{id}: its host is not in the same scope";

        if (node.Name.LocalName != "exclusiveGateway" || outgoing.Count < 2) yield break;
        var byDefault = (string?)node.Attribute("default");
        if (outgoing.All(flow => Id(flow) != byDefault)) yield return $"{id}: no default flow";
        foreach (var flow in outgoing.Where(flow => Id(flow) != byDefault))
            if (flow.Element(Bpmn + "conditionExpression") is null) yield return $"{Id(flow)}: no condition";
    }

    private static IEnumerable<string> TaskProblems(XElement task)
    {
        var id = Id(task);
        var extensions = task.Element(Bpmn + "extensionElements");
        if (extensions?.Element(Zeebe + "userTask") is null) yield return $"{id}: no zeebe:userTask";
        if (extensions?.Element(Zeebe + "formDefinition") is null) yield return $"{id}: no form";

        var assignment = extensions?.Element(Zeebe + "assignmentDefinition");
        var groups = ((string?)assignment?.Attribute("candidateGroups") ?? "")
            .Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (groups.Length == 0) yield return $"{id}: no candidate group";
        foreach (var unknown in groups.Where(group => !Roles.Contains(group))) yield return $"{id}: no role {unknown}";

        var kind = Property(task, "deadline.kind");
        if (!DeadlineKinds.Contains(kind ?? "")) yield return $"{id}: deadline.kind is {kind ?? "absent"}";
        foreach (var name in (string[])["deadline.basis", "reminders", "notificationName"])
            if (string.IsNullOrWhiteSpace(Property(task, name))) yield return $"{id}: no {name}";

        var due = (string?)extensions?.Element(Zeebe + "taskSchedule")?.Attribute("dueDate");
        // A term set by a court is entered later; until then nothing can be reminded of.
        var waitsForATerm = kind == "COURT" && Property(task, "reminders") == "none";
        if (due is null && !waitsForATerm) yield return $"{id}: no deadline";
        if (due is not null && !due.StartsWith('=')) yield return $"{id}: the deadline is not FEEL";
        if (Property(task, "approval") is { } approval && approval is not ("normal" or "high"))
            yield return $"{id}: approval is {approval}";
        foreach (var role in (Property(task, "escalation") ?? "").Split(',', StringSplitOptions.TrimEntries))
            if (role.Length > 0 && !Roles.Contains(role)) yield return $"{id}: escalation to unknown {role}";
    }

    /// <summary>Quotes and brackets closed in the right order; the grammar itself is the parser's business.</summary>
    private static bool IsClosed(string feel)
    {
        var open = new Stack<char>();
        var quoted = false;
        foreach (var c in feel)
        {
            if (c == '"') quoted = !quoted;
            else if (quoted) continue;
            else if (c is '(' or '[' or '{') open.Push(c);
            else if (c is ')' or ']' or '}' && (open.Count == 0 || "([{".IndexOf(open.Pop()) != ")]}".IndexOf(c)))
                return false;
        }

        return !quoted && open.Count == 0 && feel.Length > 1;
    }

    private static void CheckComponents(JsonElement components, bool nested, List<string> problems)
    {
        var keys = new HashSet<string>(StringComparer.Ordinal);
        foreach (var component in components.EnumerateArray())
        {
            var type = Text(component, "type") ?? "";
            var name = Text(component, "key") ?? Text(component, "path") ?? Text(component, "id") ?? "?";
            if (type is not ("text" or "html" or "separator" or "spacer"))
            {
                if (!keys.Add(name)) problems.Add($"{name}: twice on one level");
                if (Text(component, "label") is null && Text(component, "dateLabel") is null)
                    problems.Add($"{name}: no label");
            }

            if (Flag(component, "process"))
            {
                var isKey = type == "textfield" && Flag(component, "key");
                if (!isKey && type is not ("radio" or "select" or "checkbox" or "checklist" or "number" or "datetime"))
                    problems.Add($"{name}: a {type} may hold personal data and must not enter the process");
                if (nested) problems.Add($"{name}: inside a list or a path it cannot become a process variable");
            }

            if (component.TryGetProperty("components", out var inner))
                CheckComponents(inner, nested || Text(component, "path") is not null, problems);
        }
    }

    private static IEnumerable<string> StepProblems(JsonElement step)
    {
        var shipped = All.Value;
        if (Text(step, "by") is { } by && !Roles.Contains(by)) yield return $"no demo person {by}";
        if (Text(step, "start") is { } started && !shipped.Diagrams.ContainsKey(started))
            yield return $"starts {started}, which is not shipped";
        if (Text(step, "message") is { } message && !shipped.MessageNames.Contains(message))
            yield return $"no shipped procedure waits for {message}";
        if (Text(step, "task") is not { } task) yield break;

        if (!shipped.FormOfTask.TryGetValue(task, out var forms))
        {
            yield return $"{task}: no such user task";
            yield break;
        }

        foreach (var answer in Answers(step))
        {
            var best = forms.Where(shipped.Forms.ContainsKey)
                .Select(form => AnswerProblems(task, shipped.Forms[form].Form, answer).ToList())
                .MinBy(problems => problems.Count);
            foreach (var problem in best ?? []) yield return problem;
        }
    }

    private static IEnumerable<string> AnswerProblems(string task, JsonElement form, JsonElement answer)
    {
        var fields = Fields(form.GetProperty("components"), hidden: false).ToList();
        foreach (var given in answer.EnumerateObject().Select(property => property.Name))
            if (fields.All(field => field.Key != given)) yield return $"{task}: the form has no field {given}";
        foreach (var field in fields.Where(field => field.Required))
            if (!answer.TryGetProperty(field.Key, out _)) yield return $"{task}: {field.Key} is required";
    }

    // A field that may be hidden is not asked for here: whether it shows depends on the answer itself.
    private static IEnumerable<(string Key, bool Required)> Fields(JsonElement components, bool hidden)
    {
        foreach (var component in components.EnumerateArray())
        {
            var mayHide = hidden || component.TryGetProperty("conditional", out _);
            var required = component.TryGetProperty("validate", out var rules)
                && rules.TryGetProperty("required", out var value) && value.ValueKind == JsonValueKind.True;
            if ((Text(component, "path") ?? Text(component, "key")) is { } key)
                yield return (key, required && !mayHide);
            else if (component.TryGetProperty("components", out var inner))
                foreach (var field in Fields(inner, mayHide)) yield return field;
        }
    }

    private static IEnumerable<JsonElement> Answers(JsonElement step)
    {
        if (step.TryGetProperty("form", out var form)) yield return form;
        if (!step.TryGetProperty("forms", out var forms)) yield break;
        foreach (var answer in forms.EnumerateArray()) yield return answer;
    }

    private static IEnumerable<JsonElement> Steps(JsonElement scenario)
    {
        foreach (var list in (string[])["routines", "steps"])
            if (scenario.TryGetProperty(list, out var steps))
                foreach (var step in steps.EnumerateArray()) yield return step;
    }

    private static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static bool Flag(JsonElement component, string name) =>
        component.TryGetProperty("properties", out var properties) && Text(properties, name) == "true";

    private static string? Id(XElement element) => (string?)element.Attribute("id");

    private static string? Property(XElement element, string name) =>
        (string?)element.Element(Bpmn + "extensionElements")?.Element(Zeebe + "properties")?
            .Elements(Zeebe + "property").FirstOrDefault(p => (string?)p.Attribute("name") == name)?.Attribute("value");

    private static bool IsFlowNode(XElement element) => element.Name.Namespace == Bpmn
        && (element.Name.LocalName is "task" or "subProcess" or "transaction" or "adHocSubProcess" or "callActivity"
            || element.Name.LocalName.EndsWith("Task", Ordinal) || element.Name.LocalName.EndsWith("Gateway", Ordinal)
            || element.Name.LocalName.EndsWith("Event", Ordinal));

    private static IEnumerable<XElement> FlowNodes(XElement definitions) => definitions.Descendants().Where(IsFlowNode);

    private static IEnumerable<XElement> Scopes(XElement definitions) =>
        definitions.Descendants().Where(e => e.Name == Bpmn + "process" || e.Name == Bpmn + "subProcess");

    private static void AssertNone(IEnumerable<string> problems)
    {
        var story = new StringBuilder();
        foreach (var problem in problems) story.AppendLine(problem);
        Assert.True(story.Length == 0, story.ToString());
    }

    /// <summary>Shapes and edges of one diagram, in pixels.</summary>
    private sealed record Drawing(
        Dictionary<string, Box> Shapes, Dictionary<string, List<Point>> Edges, XElement Definitions)
    {
        // A shape may be moved by a rounding of one pixel; more is a mistake a person sees.
        private const double Tolerance = 2;

        public static Drawing Of(XElement definitions)
        {
            var shapes = definitions.Descendants(Bpmndi + "BPMNShape").ToDictionary(
                shape => (string)shape.Attribute("bpmnElement")!, shape => Box.Of(shape.Element(Dc + "Bounds")!));
            var edges = definitions.Descendants(Bpmndi + "BPMNEdge").ToDictionary(
                edge => (string)edge.Attribute("bpmnElement")!,
                edge => edge.Elements(Di + "waypoint").Select(Point.Of).ToList());
            return new Drawing(shapes, edges, definitions);
        }

        public IEnumerable<string> Problems()
        {
            foreach (var scope in Scopes(Definitions))
            {
                var nodes = scope.Elements().Where(IsFlowNode).ToList();
                foreach (var node in nodes.Where(node => !Shapes.ContainsKey(Id(node)!)))
                    yield return $"{Id(node)}: not drawn";
                var boxes = nodes.Where(node => node.Name.LocalName != "boundaryEvent" && Shapes.ContainsKey(Id(node)!))
                    .Select(node => (Id: Id(node)!, Box: Shapes[Id(node)!])).ToList();
                for (var i = 0; i < boxes.Count; i++)
                    foreach (var other in boxes.Skip(i + 1).Where(other => boxes[i].Box.Overlaps(other.Box)))
                        yield return $"{boxes[i].Id} overlaps {other.Id}";
                foreach (var flow in scope.Elements(Bpmn + "sequenceFlow"))
                    foreach (var problem in EdgeProblems(flow, boxes)) yield return problem;
            }
        }

        private IEnumerable<string> EdgeProblems(XElement flow, List<(string Id, Box Box)> boxes)
        {
            if (!Edges.TryGetValue(Id(flow)!, out var points) || points.Count < 2)
            {
                yield return $"{Id(flow)}: not drawn";
                yield break;
            }

            var source = (string)flow.Attribute("sourceRef")!;
            var target = (string)flow.Attribute("targetRef")!;
            if (!Shapes[source].HasOnBorder(points[0], Tolerance)) yield return $"{Id(flow)}: does not leave {source}";
            if (!Shapes[target].HasOnBorder(points[^1], Tolerance)) yield return $"{Id(flow)}: does not reach {target}";
            foreach (var (from, to) in points.Zip(points.Skip(1)))
                foreach (var (id, _) in boxes.Where(node => node.Id != source && node.Id != target
                    && node.Box.IsCrossedBy(from, to)))
                    yield return $"{Id(flow)}: crosses {id}";
        }
    }

    private readonly record struct Point(double X, double Y)
    {
        public static Point Of(XElement element) => new(Number(element, "x"), Number(element, "y"));

        public static double Number(XElement element, string name) =>
            double.Parse((string)element.Attribute(name)!, CultureInfo.InvariantCulture);
    }

    private readonly record struct Box(double Left, double Top, double Right, double Bottom)
    {
        public static Box Of(XElement bounds)
        {
            var (x, y) = (Point.Number(bounds, "x"), Point.Number(bounds, "y"));
            return new Box(x, y, x + Point.Number(bounds, "width"), y + Point.Number(bounds, "height"));
        }

        public bool Overlaps(Box other) =>
            Left < other.Right && other.Left < Right && Top < other.Bottom && other.Top < Bottom;

        public bool HasOnBorder(Point p, double tolerance) =>
            p.X >= Left - tolerance && p.X <= Right + tolerance && p.Y >= Top - tolerance && p.Y <= Bottom + tolerance
            && (Math.Min(Math.Abs(p.X - Left), Math.Abs(p.X - Right)) <= tolerance
                || Math.Min(Math.Abs(p.Y - Top), Math.Abs(p.Y - Bottom)) <= tolerance);

        // Segments are horizontal or vertical; of an oblique one the surrounding box is taken, which is stricter.
        public bool IsCrossedBy(Point a, Point b) =>
            Math.Min(a.X, b.X) < Right && Math.Max(a.X, b.X) > Left
            && Math.Min(a.Y, b.Y) < Bottom && Math.Max(a.Y, b.Y) > Top;
    }

    /// <summary>Everything below workflows/, read once.</summary>
    private sealed record Shipped(
        Dictionary<string, XElement> Diagrams,
        Dictionary<string, (string Path, JsonElement Form)> Forms,
        Dictionary<string, XElement> Tables,
        Dictionary<string, JsonElement> Scenarios,
        Dictionary<string, HashSet<string>> FormOfTask,
        HashSet<string> MessageNames)
    {
        public static Shipped Read()
        {
            var root = Path.Combine(RepositoryRoot(), "workflows");
            var diagrams = Files(root, "*.bpmn").ToDictionary(
                file => Path.GetFileName(Path.GetDirectoryName(file)!), file => XDocument.Load(file).Root!);
            // Adding to a dictionary refuses a second form or decision of the same id, wherever it lies.
            var forms = Files(root, "*.form").ToDictionary(
                file => Path.GetFileNameWithoutExtension(file), file => (file, Json(file)));
            var tables = Files(root, "*.dmn").SelectMany(file => XDocument.Load(file).Root!.Elements(Dmn + "decision"))
                .ToDictionary(decision => Id(decision)!);
            var scenarios = Files(root, "*.json").Where(file => file.Contains("scenarios", Ordinal))
                .ToDictionary(file => Path.GetRelativePath(root, file).Replace('\\', '/'), Json);
            var formOfTask = diagrams.Values.SelectMany(diagram => diagram.Descendants(Bpmn + "userTask"))
                .GroupBy(task => Id(task)!)
                .ToDictionary(group => group.Key, group => group.SelectMany(task => task.Descendants())
                    .Select(extension => (string?)extension.Attribute("formId")).OfType<string>().ToHashSet());
            var messages = diagrams.Values.SelectMany(diagram => diagram.Elements(Bpmn + "message"))
                .Select(message => (string?)message.Attribute("name")).OfType<string>().ToHashSet();
            return new Shipped(diagrams, forms, tables, scenarios, formOfTask, messages);
        }

        private static string[] Files(string root, string pattern) =>
            Directory.GetFiles(root, pattern, SearchOption.AllDirectories);

        private static JsonElement Json(string file) => JsonDocument.Parse(File.ReadAllText(file)).RootElement;

        private static string RepositoryRoot()
        {
            var folder = new DirectoryInfo(AppContext.BaseDirectory);
            while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "WorkflowHost.sln")))
                folder = folder.Parent;
            return folder?.FullName ?? throw new InvalidOperationException("No WorkflowHost.sln above the test.");
        }
    }
}
