using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Conformance;
using Workflows.Engine.Execution.Behaviors;
using Workflows.Engine.Model;

namespace Workflows.Tests.Conformance;

/// <summary>
/// What of BPMN runs: element by element as the reader decides at deployment, and the public behaviour cases beside the
/// repository, where they are there.
/// </summary>
public sealed partial class BpmnCasesTests
{
    const string PageName = "bpmn-support.md";
    const string CountsHeading = "## Behaviour cases";

    /// <summary>Cases that were right when this was last raised. It never falls.</summary>
    static readonly Dictionary<string, int> RightFloor = new()
    {
        ["call-activity"] = 2,
        ["error-boundary"] = 6,
        ["escalation"] = 4,
        ["event-subprocess-error"] = 1,
        ["event-subprocess-escalation"] = 3,
        ["event-subprocess-message"] = 5,
        ["event-subprocess-timer"] = 3,
        ["exclusive-gateway"] = 3,
        ["message-boundary"] = 4,
        ["message-boundary-nonint"] = 2,
        ["message-catch"] = 1,
        ["message-start"] = 1,
        ["mi-parallel"] = 4,
        ["mi-sequential"] = 3,
        ["parallel-gateway"] = 3,
        ["receive-task"] = 2,
        ["sequence-flow"] = 2,
        ["subprocess"] = 3,
        ["terminate"] = 3,
        ["timer-boundary"] = 3,
        ["timer-boundary-nonint"] = 4,
        ["timer-start"] = 1,
    };

    static readonly string Repository = FindRepository();

    static string FindRepository()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "WorkflowHost.sln"))) folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("The repository is not above the tests.");
    }

    /// <summary>Beside the repository, or, for a work tree in a folder of work trees, one level further up.</summary>
    static string? Data => new[] { "../shared/conformance/bpmn", "../../shared/conformance/bpmn" }
        .Select(path => Path.GetFullPath(Path.Combine(Repository, path)))
        .FirstOrDefault(path => File.Exists(Path.Combine(path, "cases.jsonl")));

    // ---- behaviour cases --------------------------------------------------------------------------------------------

    sealed record Count(string Family, int Right, int All, ImmutableArray<string> Wrong);

    static Count[] Counts(string data)
    {
        var runner = new BpmnRunner(Path.Combine(data, "fixtures"));
        var outcomes = new List<(string Family, string? Difference)>();
        foreach (var line in File.ReadLines(Path.Combine(data, "cases.jsonl")).Where(line => line.Length > 0))
        {
            using var testCase = JsonDocument.Parse(line);
            var root = testCase.RootElement;
            var difference = BpmnExpectation.Difference(root, runner.Run(root));
            outcomes.Add((root.GetProperty("family").GetString()!,
                difference is null ? null : $"{root.GetProperty("id").GetString()}: {difference}"));
        }
        return
        [
            .. outcomes.GroupBy(o => o.Family, StringComparer.Ordinal).OrderBy(g => g.Key, StringComparer.Ordinal)
                .Select(g => new Count(
                    g.Key, g.Count(o => o.Difference is null), g.Count(), [.. g.Select(o => o.Difference).OfType<string>()])),
        ];
    }

    [Fact]
    public void BehaviourCases_ByFamily_AreRightToTheCommittedNumber()
    {
        Assert.SkipUnless(Data is not null, "The behaviour cases are not beside the repository.");
        var counts = Counts(Data!);
        var wrong = string.Join('\n', counts.SelectMany(c => c.Wrong));
        var fallen = RightFloor.Where(f => (counts.FirstOrDefault(c => c.Family == f.Key)?.Right ?? 0) < f.Value)
            .Select(f => $"{f.Key}: fewer than {f.Value}");
        Assert.True(!fallen.Any(), $"{string.Join('\n', fallen)}\n{wrong}");
        Assert.True(counts.Sum(c => c.Right) >= RightFloor.Values.Sum(), wrong);
    }

    // ---- the page ---------------------------------------------------------------------------------------------------

    [Fact]
    public void SupportPage_FromReaderAndCases_IsTheCommittedOne()
    {
        var path = Path.Combine(Repository, "docs", PageName);
        var page = Elements() + (Data is { } data ? Cases(Counts(data)) : "");
        if (Environment.GetEnvironmentVariable("UPDATE_DOCS") == "1" && Data is not null) File.WriteAllText(path, page);
        var committed = File.ReadAllText(path);
        // Without the cases only the first part can be made anew.
        var comparable = Data is null ? committed[..committed.IndexOf(CountsHeading, StringComparison.Ordinal)] : committed;
        Assert.Equal(page, comparable);
    }

    [Fact]
    public void Elements_AcceptedAtDeployment_AllHaveABehavior()
    {
        foreach (var (name, xml) in FlowNodes)
        {
            var read = Read(xml);
            if (IsRefused(read)) continue;
            Assert.All(
                read.Processes.Single().Nodes.Values, node => Assert.Contains(node.GetType(), FlowNodeBehavior.Executed));
            Assert.Contains(read.Processes.Single().Nodes.Values, node => node.Id == "x");
            Assert.NotEmpty(name);
        }
    }

    static string Cases(Count[] counts)
    {
        var page = new StringBuilder(CountsHeading).Append("\n\n");
        page.Append("Public cases of other engines, run as described in the conformance data (`dotnet run --project ");
        page.Append("tests/Conformance -- bpmn`).\n\n| family | right |\n| --- | --- |\n");
        foreach (var count in counts)
            page.Append(CultureInfo.InvariantCulture, $"| {count.Family} | {count.Right} of {count.All} |\n");
        page.Append(CultureInfo.InvariantCulture, $"| all | {counts.Sum(c => c.Right)} of {counts.Sum(c => c.All)} |\n");
        page.Append("\nFEEL and DMN are counted in [feel-dmn-support.md](feel-dmn-support.md).\n");
        return page.ToString();
    }

    static string Elements()
    {
        var page = new StringBuilder("# BPMN support\n\n");
        page.Append("Written by the tests (`UPDATE_DOCS=1`): each element below is read as a deployment would read it. What is\n");
        page.Append("refused is named with its id when a file is deployed; nothing is silently left out.\n\n");
        page.Append("Kept and not executed: pools, lanes, message flows, data objects and stores, groups, annotations,\n");
        page.Append("associations, documentation, foreign extensions.\n\n## Flow nodes\n\n| element | |\n| --- | --- |\n");
        foreach (var (name, xml) in FlowNodes) page.Append(CultureInfo.InvariantCulture, $"| {name} | {Verdict(xml)} |\n");
        page.Append("\n## Events\n\nA dash: BPMN 2.0.2 (table 10.93) has no such event.\n\n| definition |");
        foreach (var (place, _, _) in Places) page.Append(CultureInfo.InvariantCulture, $" {place} |");
        page.Append("\n|").Append(string.Concat(Enumerable.Repeat(" --- |", Places.Length + 1))).Append('\n');
        foreach (var (definition, xml, places) in Definitions)
        {
            page.Append(CultureInfo.InvariantCulture, $"| {definition} |");
            foreach (var (_, letter, build) in Places)
                page.Append(CultureInfo.InvariantCulture, $" {(places.Contains(letter) ? Verdict(build(xml)) : "-")} |");
            page.Append('\n');
        }
        return page.Append('\n').ToString();
    }

    static string Verdict(string elements) => IsRefused(Read(elements)) ? "refused" : "runs";

    static BpmnReadResult Read(string elements) => BpmnReader.Read(Encoding.UTF8.GetBytes($"""
        <definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="t">
          <message id="m" name="m"/><error id="e" errorCode="e"/><escalation id="s" escalationCode="s"/><signal id="g" name="g"/>
          <process id="p" isExecutable="true">{elements}{Flows(elements)}</process>
        </definitions>
        """));

    // The diagrams below name their flows in comments, e.g. <!--atoz--> from a to z: the text of a flow would hide the rest.
    static string Flows(string elements) => string.Concat(Arrow().Matches(elements).Select(m =>
        $"""<sequenceFlow id="{m.Groups["from"].Value}_{m.Groups["to"].Value}" sourceRef="{m.Groups["from"].Value}" targetRef="{m.Groups["to"].Value}"/>"""));

    [GeneratedRegex("<!--(?<from>[a-z])to(?<to>[a-z])-->", RegexOptions.NonBacktracking)]
    private static partial Regex Arrow();

    static bool IsRefused(BpmnReadResult read)
    {
        var errors = read.Problems.Where(p => p.Severity == ProblemSeverity.Error).ToArray();
        if (errors.Length == 0) return false;
        // Without a refusal the error would be one of the small diagrams here, and would make the page tell a lie.
        Assert.Contains(errors, e => e.Message.Contains("element this engine executes", StringComparison.Ordinal));
        return true;
    }

    // ---- flow nodes -------------------------------------------------------------------------------------------------

    static string Between(string element) => $"""<startEvent id="a"/>{element}<endEvent id="z"/><!--atox--><!--xtoz-->""";

    static string Split(string gateway, string more = "") => $"""
        <startEvent id="a"/><{gateway} id="x"{more}/><endEvent id="y"/><endEvent id="z"/><!--atox--><!--xtoy--><!--xtoz-->
        """;

    const string Inner = """<startEvent id="b"/><endEvent id="c"/><sequenceFlow id="bc" sourceRef="b" targetRef="c"/>""";

    static readonly (string Name, string Xml)[] FlowNodes =
    [
        ("task", Between("""<task id="x"/>""")),
        ("user task", Between("""<userTask id="x"/>""")),
        ("manual task", Between("""<manualTask id="x"/>""")),
        ("service task", Between("""<serviceTask id="x"/>""")),
        ("send task", Between("""<sendTask id="x"/>""")),
        ("receive task", Between("""<receiveTask id="x" messageRef="m"/>""")),
        ("script task (FEEL, or a job)", Between("""<scriptTask id="x"/>""")),
        ("business rule task (DMN, or a job)", Between("""<businessRuleTask id="x"/>""")),
        ("call activity", Between("""<callActivity id="x" calledElement="p"/>""")),
        ("embedded sub-process", Between($"""<subProcess id="x">{Inner}</subProcess>""")),
        ("event sub-process", """
            <startEvent id="a"/><endEvent id="z"/><!--atoz--><subProcess id="x" triggeredByEvent="true">
            <startEvent id="b"><messageEventDefinition messageRef="m"/></startEvent><endEvent id="c"/>
            <sequenceFlow id="bc" sourceRef="b" targetRef="c"/></subProcess>
            """),
        ("transaction", Between($"""<transaction id="x">{Inner}</transaction>""")),
        ("ad-hoc sub-process", Between($"""<adHocSubProcess id="x"><task id="b"/></adHocSubProcess>""")),
        ("multi-instance activity, parallel", Between(Loop("false"))),
        ("multi-instance activity, sequential", Between(Loop("true"))),
        ("standard loop", Between("""<userTask id="x"><standardLoopCharacteristics/></userTask>""")),
        ("compensation handler", Between("""<userTask id="x" isForCompensation="true"/>""")),
        ("exclusive gateway", Split("exclusiveGateway", " default=\"x_z\"").Replace("<!--xtoy-->", ConditionalFlow, StringComparison.Ordinal)),
        ("parallel gateway", Split("parallelGateway")),
        ("inclusive gateway", Split("inclusiveGateway", " default=\"x_z\"").Replace("<!--xtoy-->", ConditionalFlow, StringComparison.Ordinal)),
        ("complex gateway", Split("complexGateway")),
        ("event-based gateway", EventBased("")),
        ("event-based gateway, instantiating", EventBased(" instantiate=\"true\"")),
        ("event-based gateway, parallel", EventBased(" eventGatewayType=\"Parallel\"")),
    ];

    const string ConditionalFlow = """
        <sequenceFlow id="x_y" sourceRef="x" targetRef="y"><conditionExpression>v = 1</conditionExpression></sequenceFlow>
        """;

    static string Loop(string isSequential) => $"""
        <userTask id="x"><multiInstanceLoopCharacteristics isSequential="{isSequential}"><loopCardinality>2</loopCardinality>
        </multiInstanceLoopCharacteristics></userTask>
        """;

    static string EventBased(string more) => $"""
        <startEvent id="a"/><eventBasedGateway id="x"{more}/>
        <intermediateCatchEvent id="t"><timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition></intermediateCatchEvent>
        <intermediateCatchEvent id="u"><messageEventDefinition messageRef="m"/></intermediateCatchEvent>
        <endEvent id="z"/><!--atox--><!--xtot--><!--xtou--><!--ttoz--><!--utoz-->
        """;

    // ---- events -----------------------------------------------------------------------------------------------------

    /// <summary>Where an event can stand; a letter for each in <see cref="Definitions"/>.</summary>
    static readonly (string Place, char Letter, Func<string, string> Build)[] Places =
    [
        ("start", 's', d => $"""<startEvent id="x">{d}</startEvent><endEvent id="z"/><!--xtoz-->"""),
        ("start of an event sub-process", 'e', d => EventSubProcess(d, "true")),
        ("the same, not interrupting", 'n', d => EventSubProcess(d, "false")),
        ("catch", 'c', d => Between($"""<intermediateCatchEvent id="x">{d}</intermediateCatchEvent>""")),
        ("boundary", 'b', d => Boundary(d, "true")),
        ("boundary, not interrupting", 'o', d => Boundary(d, "false")),
        ("throw", 't', d => Between($"""<intermediateThrowEvent id="x">{d}</intermediateThrowEvent>""")),
        ("end", 'z', d => $"""<startEvent id="a"/><endEvent id="x">{d}</endEvent><!--atox-->"""),
    ];

    static string EventSubProcess(string definition, string interrupting) => $"""
        <startEvent id="a"/><userTask id="w"/><endEvent id="z"/><!--atow--><!--wtoz--><subProcess id="h" triggeredByEvent="true">
        <startEvent id="x" isInterrupting="{interrupting}">{definition}</startEvent><endEvent id="c"/>
        <sequenceFlow id="xc" sourceRef="x" targetRef="c"/></subProcess>
        """;

    static string Boundary(string definition, string cancels) => $"""
        <startEvent id="a"/><subProcess id="w">{Inner}</subProcess><endEvent id="y"/><endEvent id="z"/><!--atow--><!--wtoy-->
        <boundaryEvent id="x" attachedToRef="w" cancelActivity="{cancels}">{definition}</boundaryEvent><!--xtoz-->
        """;

    static readonly (string Name, string Xml, string Places)[] Definitions =
    [
        ("none", "", "stz"),
        ("message", """<messageEventDefinition messageRef="m"/>""", "sencbotz"),
        ("timer", "<timerEventDefinition><timeCycle>R2/PT1H</timeCycle></timerEventDefinition>", "sno"),
        ("timer, once", "<timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition>", "sencbo"),
        ("error", """<errorEventDefinition errorRef="e"/>""", "ebz"),
        ("escalation", """<escalationEventDefinition escalationRef="s"/>""", "enbotz"),
        ("signal", """<signalEventDefinition signalRef="g"/>""", "sencbotz"),
        ("conditional", "<conditionalEventDefinition><condition>v = 1</condition></conditionalEventDefinition>", "sencbo"),
        ("link", """<linkEventDefinition name="l"/>""", "ct"),
        ("compensation", "<compensateEventDefinition/>", "ebtz"),
        ("cancel", "<cancelEventDefinition/>", "bz"),
        ("terminate", "<terminateEventDefinition/>", "z"),
        ("multiple", """<messageEventDefinition messageRef="m"/><signalEventDefinition signalRef="g"/>""", "sencbotz"),
    ];
}
