using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Xml.Linq;
using Workflows.Engine.Calendar;
using Workflows.Engine.Execution;
using Workflows.Engine.Expressions;
using Workflows.Engine.Model;

namespace Conformance;

/// <summary>Runs BPMN behaviour cases: deploys fixtures, does the steps, reports what holds after each.</summary>
public sealed class BpmnRunner(string fixtures)
{
    static readonly DateTimeOffset Start = new(2026, 1, 5, 8, 0, 0, TimeSpan.Zero);

    /// <summary>
    /// A case on each line in, a result on each line out; counts per family where the cases say what to expect.
    /// </summary>
    public static int Run(string fixtures, TextReader input, TextWriter output, TextWriter report)
    {
        var runner = new BpmnRunner(fixtures);
        var score = new SortedDictionary<string, (int Right, int All)>(StringComparer.Ordinal);
        while (input.ReadLine() is { } line)
        {
            if (line.Length == 0) continue;
            using var testCase = JsonDocument.Parse(line);
            var result = runner.Run(testCase.RootElement);
            output.WriteLine(result.ToJsonString());
            if (!testCase.RootElement.TryGetProperty("expect", out _)) continue;
            var family = testCase.RootElement.GetProperty("family").GetString()!;
            var (right, all) = score.GetValueOrDefault(family);
            var isRight = BpmnExpectation.Difference(testCase.RootElement, result) is null;
            score[family] = (right + (isRight ? 1 : 0), all + 1);
        }
        foreach (var (family, (right, all)) in score) report.WriteLine($"{family}: {right} of {all}");
        return 0;
    }

    /// <summary>One case in, one result line out.</summary>
    public JsonObject Run(JsonElement testCase)
    {
        var id = testCase.GetProperty("id").GetString()!;
        var definitions = Load(id, testCase, out var problem);
        if (definitions is null) return new JsonObject { ["id"] = id, ["rejected"] = true, ["problem"] = problem };
        var run = new CaseRun(definitions, JobsOf(testCase));
        var states = new JsonArray();
        foreach (var step in testCase.GetProperty("steps").EnumerateArray()) states.Add(run.Do(step));
        return new JsonObject { ["id"] = id, ["states"] = states };
    }

    List<ProcessDefinition>? Load(string id, JsonElement testCase, out string? problem)
    {
        var folder = Path.Combine(fixtures, id);
        var definitions = new List<ProcessDefinition>();
        var files = Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Where(f => f.EndsWith(".bpmn", StringComparison.Ordinal) || f.EndsWith(".xml", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal);
        foreach (var file in files)
        {
            var xml = File.ReadAllBytes(file);
            if (testCase.TryGetProperty("bind", out var bind)) xml = Bind.Write(xml, bind);
            var read = BpmnReader.Read(xml);
            if (read.Problems.FirstOrDefault(p => p.Severity == ProblemSeverity.Error) is { } error)
            {
                problem = $"{Path.GetFileName(file)}: {error.ElementId}: {error.Message}";
                return null;
            }
            definitions.AddRange(read.Processes);
        }
        problem = null;
        return definitions;
    }

    static Dictionary<string, JsonElement> JobsOf(JsonElement testCase) =>
        testCase.TryGetProperty("bind", out var bind) && bind.TryGetProperty("jobs", out var jobs)
            ? jobs.EnumerateObject().ToDictionary(j => j.Name, j => j.Value, StringComparer.Ordinal)
            : [];

    /// <summary>The instances of one case and the harness around them: a clock of its own, jobs done at once.</summary>
    sealed class CaseRun(List<ProcessDefinition> definitions, Dictionary<string, JsonElement> jobs)
    {
        readonly Simulation simulation = new(Start, TimeZoneInfo.Utc, BusinessCalendar.Poland);
        bool deployed;

        public JsonObject Do(JsonElement step)
        {
            if (!deployed) Deploy();
            var (unmatched, refused) = (false, false);
            var property = step.EnumerateObject().First();
            switch (property.Name)
            {
                case "start":
                    var started = simulation.Start(
                        property.Value.GetString()!, Variables(step, "vars"), null, Text(step, "key"));
                    refused = started is StepResult.Rejected;
                    break;
                case "complete":
                    refused = !Complete(property.Value.GetString()!, Variables(step, "vars"));
                    break;
                case "message":
                    unmatched = !Publish(property.Value.GetString()!, Text(step, "key"), Text(step, "to"));
                    break;
                case "set":
                    var root = simulation.Instances.Values.First(
                        i => i.Parent is null && i.State == InstanceState.Active);
                    simulation.Execute(root.Key, new SetVariables(root.Key, Variables(step, "set"), Local: false));
                    break;
                case "advance":
                    Advance(property.Value.GetString()!);
                    break;
                case "deploy":
                    break;
                default:
                    refused = true;
                    break;
            }
            DoJobs();
            return State(unmatched, refused);
        }

        void Deploy()
        {
            foreach (var definition in definitions) simulation.Deploy(definition);
            deployed = true;
        }

        void Advance(string text)
        {
            // Timers fire one by one, and what they start is worked on before the next one is due.
            var end = TimerSchedule.ParseDuration(text).Value!.AddTo(simulation.Now, TimeZoneInfo.Utc);
            while (simulation.NextDueAt is { } due && due <= end)
            {
                simulation.AdvanceTo(due);
                DoJobs();
            }
            simulation.AdvanceTo(end);
        }

        bool Complete(string elementId, ImmutableArray<VariableValue> variables)
        {
            foreach (var instance in simulation.Instances.Values.Where(i => i.State == InstanceState.Active))
            {
                var task = instance.UserTasks.Values.FirstOrDefault(t => t.ElementId == elementId);
                var receive = instance.Elements.Values.FirstOrDefault(e =>
                    e.ElementId == elementId && e.Key != instance.Key
                    && simulation.DefinitionOf(instance).Node(elementId) is ReceiveTask { Message: null });
                if (task is null && receive is null) continue;
                if (variables.Length > 0)
                    simulation.Execute(instance.Key, new SetVariables(instance.Key, variables, Local: true));
                Command command = task is not null
                    ? new CompleteUserTask(task.Key, [])
                    : new CompleteReceiveTask(receive!.Key, []);
                return simulation.Execute(instance.Key, command) is StepResult.Accepted;
            }
            return false;
        }

        bool Publish(string name, string? key, string? to) => simulation.Publish(
            name, null, [], (instance, subscription) =>
                (key is null || instance.BusinessId == key)
                && (to is null || subscription.TargetId == to));

        void DoJobs()
        {
            while (simulation.Instances.Values.Where(i => i.State == InstanceState.Active)
                .SelectMany(i => i.Jobs.Values.Where(j => j.Retries > 0).Select(j => (Instance: i, Job: j)))
                .FirstOrDefault() is { Job: { } job } open)
            {
                if (jobs.TryGetValue(job.ElementId, out var bound) && bound.TryGetProperty("error", out var code))
                    simulation.Execute(open.Instance.Key, new ThrowJobError(job.Key, code.GetString()!, null, []));
                else
                    simulation.Execute(open.Instance.Key, new CompleteJob(job.Key, Results(open.Instance, bound)));
            }
        }

        ImmutableArray<VariableValue> Results(ProcessInstance instance, JsonElement bound)
        {
            if (bound.ValueKind != JsonValueKind.Object || !bound.TryGetProperty("set", out var set)) return [];
            var known = FeelScope.Of(instance.Root!.Variables.ToDictionary(
                v => v.Name, v => FeelJson.Read(v.Value), StringComparer.Ordinal));
            return
            [
                .. set.EnumerateObject().Select(s => new VariableValue(s.Name, FeelJson.Write(
                    FeelExpression.Parse(s.Value.GetString()!).Expression!
                        .Evaluate(known, new FeelEnvironment(simulation.Now, TimeZoneInfo.Utc)).Value))),
            ];
        }

        JsonObject State(bool unmatched, bool refused)
        {
            var live = simulation.Instances.Values.Where(i => i.State == InstanceState.Active).ToList();
            var tasks = live.SelectMany(i => i.UserTasks.Values.Select(t => t.ElementId));
            var waits = live.SelectMany(i => i.Elements.Values
                    .Where(e => e.Key != i.Key && IsWait(i, e)).SelectMany(e => WaitsOf(i, e)))
                .Concat(live.SelectMany(i => i.Tokens.SelectMany(t => Enumerable.Repeat(t.GatewayId, t.Count))));
            var ran = simulation.History.Select(h => h.Event).OfType<ElementCompleted>().Select(e => e.ElementId);
            var first = simulation.Instances.Values.FirstOrDefault(i => i.Parent is null);
            return new JsonObject
            {
                ["tasks"] = Counts(tasks),
                ["waits"] = Counts(waits),
                ["ran"] = Counts(ran),
                ["vars"] = Vars(first),
                ["running"] = live.Count(i => i.Parent is null),
                ["endedKeys"] = new JsonArray([.. simulation.Instances.Values
                    .Where(i => i.State != InstanceState.Active && i.BusinessId is not null)
                    .Select(i => JsonValue.Create(i.BusinessId))]),
                ["incident"] = refused || live.Any(i => !i.Incidents.IsEmpty),
                ["unmatched"] = unmatched,
            };
        }

        bool IsWait(ProcessInstance instance, ElementInstance element) =>
            element.Kind != ElementKind.MultiInstanceBody && simulation.DefinitionOf(instance).Node(element.ElementId)
                is IntermediateCatchEvent or ReceiveTask or EventBasedGateway;

        // An event-based gateway stands for the events it waits for.
        IEnumerable<string> WaitsOf(ProcessInstance instance, ElementInstance element) =>
            simulation.DefinitionOf(instance).Node(element.ElementId) is EventBasedGateway gateway
                ? gateway.Outgoing.Select(flow => flow.TargetId).Append(gateway.Id)
                : [element.ElementId];

        // What the first root instance knows, also after its end: its last values in history.
        JsonObject Vars(ProcessInstance? instance)
        {
            var result = new JsonObject();
            if (instance is null) return result;
            foreach (var set in simulation.History.Where(h => h.InstanceKey == instance.Key)
                .Select(h => h.Event).OfType<VariableSet>().Where(v => v.ScopeKey == instance.Key))
                result[set.Name] = JsonNode.Parse(set.Value);
            return result;
        }

        static JsonObject Counts(IEnumerable<string> ids) => new(
            ids.GroupBy(id => id, StringComparer.Ordinal).OrderBy(g => g.Key, StringComparer.Ordinal)
                .Select(g => KeyValuePair.Create<string, JsonNode?>(g.Key, JsonValue.Create(g.Count()))));

        static string? Text(JsonElement step, string name) =>
            step.TryGetProperty(name, out var value) ? value.GetString() : null;

        static ImmutableArray<VariableValue> Variables(JsonElement step, string name) =>
            step.TryGetProperty(name, out var vars)
                ? [.. vars.EnumerateObject().Select(v =>
                    new VariableValue(v.Name, FeelJson.Write(FeelJson.Read(v.Value))))]
                : [];
    }
}

/// <summary>Writes what a case says in <c>bind</c> into its fixture: conditions, timers, loops as plain FEEL.</summary>
static class Bind
{
    static readonly XNamespace Bpmn = "http://www.omg.org/spec/BPMN/20100524/MODEL";

    public static byte[] Write(byte[] xml, JsonElement bind)
    {
        var document = XDocument.Load(new MemoryStream(xml));
        foreach (var (name, value) in Entries(bind, "flows")) WriteFlow(document, name, value.GetString()!);
        foreach (var (name, value) in Entries(bind, "conditions")) WriteCondition(document, name, value.GetString()!);
        foreach (var (name, value) in Entries(bind, "timers")) WriteTimer(document, name, value.GetString()!);
        foreach (var (name, value) in Entries(bind, "loops")) WriteLoop(document, name, value);
        var output = new MemoryStream();
        document.Save(output);
        return output.ToArray();
    }

    static IEnumerable<(string Name, JsonElement Value)> Entries(JsonElement bind, string part) =>
        bind.TryGetProperty(part, out var entries) ? entries.EnumerateObject().Select(e => (e.Name, e.Value)) : [];

    static XElement? ById(XDocument document, string id) =>
        document.Descendants().FirstOrDefault(e => (string?)e.Attribute("id") == id);

    static void WriteFlow(XDocument document, string name, string condition)
    {
        var flow = ById(document, name) ?? document.Descendants(Bpmn + "sequenceFlow").FirstOrDefault(f =>
            $"{(string?)f.Attribute("sourceRef")}->{(string?)f.Attribute("targetRef")}" == name);
        if (flow is null) return;
        flow.Elements(Bpmn + "conditionExpression").Remove();
        flow.Add(new XElement(Bpmn + "conditionExpression", condition));
    }

    static void WriteCondition(XDocument document, string id, string condition)
    {
        foreach (var definition in ById(document, id)?.Elements(Bpmn + "conditionalEventDefinition") ?? [])
        {
            definition.Elements(Bpmn + "condition").Remove();
            definition.Add(new XElement(Bpmn + "condition", condition));
        }
    }

    static void WriteTimer(XDocument document, string id, string text)
    {
        var definition = ById(document, id)?.Element(Bpmn + "timerEventDefinition");
        if (definition?.Elements().FirstOrDefault() is { } kind) kind.Value = text;
    }

    static void WriteLoop(XDocument document, string id, JsonElement loop)
    {
        var activity = ById(document, id);
        var old = activity?.Element(Bpmn + "multiInstanceLoopCharacteristics");
        if (activity is null || old is null) return;
        var fresh = new XElement(Bpmn + "multiInstanceLoopCharacteristics", old.Attribute("isSequential"));
        if (loop.TryGetProperty("count", out var count))
            fresh.Add(new XElement(Bpmn + "loopCardinality", count.ToString()));
        if (loop.TryGetProperty("in", out var collection))
            fresh.Add(new XElement(Bpmn + "loopDataInputRef", collection.GetString()));
        if (loop.TryGetProperty("item", out var item))
            fresh.Add(new XElement(Bpmn + "inputDataItem", new XAttribute("name", item.GetString()!)));
        if (loop.TryGetProperty("until", out var until))
            fresh.Add(new XElement(Bpmn + "completionCondition", until.GetString()));
        old.ReplaceWith(fresh);
    }
}

/// <summary>Compares a result with what the case expects.</summary>
public static class BpmnExpectation
{
    /// <summary>Null when everything named holds, else the first difference.</summary>
    public static string? Difference(JsonElement testCase, JsonObject result)
    {
        var rejected = result["rejected"]?.GetValue<bool>() ?? false;
        var step = -1;
        foreach (var expected in testCase.GetProperty("expect").EnumerateArray())
        {
            step++;
            var wantsRejection = expected.TryGetProperty("rejected", out var wanted) && wanted.GetBoolean();
            if (rejected) return wantsRejection ? null : $"rejected: {result["problem"]}";
            if (wantsRejection) return "not rejected";
            if (DifferenceOfState(expected, result["states"]![step]!.AsObject()) is { } difference)
                return $"step {step}: {difference}";
        }
        return null;
    }

    static string? DifferenceOfState(JsonElement expected, JsonObject state)
    {
        var stopped = expected.TryGetProperty("incident", out var incident) && incident.GetBoolean();
        foreach (var property in expected.EnumerateObject())
        {
            var found = state[property.Name];
            var holds = property.Name switch
            {
                "tasks" => stopped || JsonNode.DeepEquals(JsonNode.Parse(property.Value.GetRawText()), found),
                "waits" or "ran" => property.Value.EnumerateObject().All(
                    e => (found![e.Name]?.GetValue<int>() ?? 0) == e.Value.GetInt32()),
                "vars" => property.Value.EnumerateObject().All(
                    e => JsonNode.DeepEquals(JsonNode.Parse(e.Value.GetRawText()), found![e.Name])),
                "ended" => (state["running"]!.GetValue<int>() == 0) == property.Value.GetBoolean(),
                "endedKeys" => property.Value.EnumerateArray().All(
                    key => found!.AsArray().Any(k => k!.GetValue<string>() == key.GetString())),
                _ => JsonNode.DeepEquals(JsonNode.Parse(property.Value.GetRawText()), found),
            };
            if (holds) continue;
            return $"{property.Name}: expected {property.Value.GetRawText()}, found {found?.ToJsonString() ?? "none"}";
        }
        return null;
    }
}
