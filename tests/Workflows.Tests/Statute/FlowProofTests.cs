using System.Collections.Immutable;
using Workflows.Statute;

namespace Workflows.Tests.Statute;

/// <summary>Proofs on all paths: loops, joins, boundary events, event sub-processes, nested scopes.</summary>
public sealed class FlowProofTests
{
    static GuardFinding Check(string body, StatuteRule rule) =>
        Guard.Check(SmallProcedure.Read(SmallProcedure.Files(body)), new("p", [rule]), null).Findings[0];

    static BeforeRule Before(string first, string then) => new("r", "art. 1", "Najpierw.", [first], then);

    static EventuallyRule After(string after, string then) => new("r", "art. 1", "Potem.", after, [then]);

    const string Joined = """
        start s
        and fork
        user a head
        user b head
        and join
        user c head
        end e
        s -> fork
        fork -> a
        fork -> b
        a -> join
        b -> join
        join -> c
        c -> e
        """;

    [Fact]
    public void Before_AcrossAJoin_Holds() => Assert.True(Check(Joined, Before("a", "c")).Holds);

    [Fact]
    public void Before_BesideEachOther_Fails() =>
        Assert.Equal(["s", "s-fork", "fork", "fork-b", "b"], Check(Joined, Before("a", "b")).Path);

    [Fact]
    public void Before_WhereTheJoinIsAChoice_Fails() =>
        Assert.False(Check(Joined.Replace("and join", "xor join"), Before("a", "c")).Holds);

    [Fact]
    public void Eventually_OnOneWayOfAFork_Holds() => Assert.True(Check(Joined, After("s", "b")).Holds);

    [Fact]
    public void Eventually_WithATerminatingWayBeside_Fails()
    {
        var found = Check("""
            start s
            and fork
            user a head
            user b head
            terminate t
            end e
            s -> fork
            fork -> a
            fork -> b
            a -> e
            b -> t
            """, After("s", "a"));
        Assert.Equal(["s", "s-fork", "fork", "fork-b", "b", "b-t", "t"], found.Path);
    }

    [Fact]
    public void Before_WithABoundaryEventOfTheStep_Fails()
    {
        const string body = """
            start s
            user a head
            timer late a
            user b head
            end e
            s -> a
            a -> b
            late -> b
            b -> e
            """;
        Assert.Equal(["s", "s-a", "a", "late", "late-b", "b"], Check(body, Before("a", "b")).Path);
        Assert.False(Check(body.Replace("timer late a", "timer late a beside"), Before("a", "b")).Holds);
        Assert.True(Check(body, After("s", "b")).Holds);
    }

    [Fact]
    public void Before_LoopingBack_Holds()
    {
        const string body = """
            start s
            user a head
            user b head
            xor g g-a
            end e
            s -> a
            a -> b
            b -> g
            g -> a
            g -> e : done = true
            """;
        Assert.True(Check(body, Before("a", "b")).Holds);
        Assert.True(Check(body, After("a", "e")).Holds);
    }

    [Fact]
    public void Eventually_WithALoopWithoutExit_Fails()
    {
        var found = Check("""
            start s
            user a head
            xor g g-b
            user x head
            user b head
            end e
            s -> a
            a -> g
            g -> b
            g -> x : stuck = true
            x -> x
            b -> e
            """, After("a", "b"));
        Assert.Equal(["s", "s-a", "a", "a-g", "g", "g-x", "x"], found.Path);
    }

    [Fact]
    public void Before_ThroughAFlowThatIsNeverTaken_Holds() => Assert.True(Check("""
        start s
        xor g g-a
        user a head
        user b head
        end e
        s -> g
        g -> a
        g -> b : false
        a -> b
        b -> e
        """, Before("a", "b")).Holds);

    const string Nested = """
        start s
        <bpmn:subProcess id="inner" name="inner">
        <bpmn:startEvent id="is" /><bpmn:parallelGateway id="if" /><bpmn:userTask id="ia" name="ia" /><bpmn:userTask id="ib" name="ib" />
        <bpmn:endEvent id="ie" /><bpmn:endEvent id="ig" /><bpmn:sequenceFlow id="f1" sourceRef="is" targetRef="if" />
        <bpmn:sequenceFlow id="f2" sourceRef="if" targetRef="ia" /><bpmn:sequenceFlow id="f3" sourceRef="if" targetRef="ib" />
        <bpmn:sequenceFlow id="f4" sourceRef="ia" targetRef="ie" /><bpmn:sequenceFlow id="f5" sourceRef="ib" targetRef="ig" />
        </bpmn:subProcess>
        user after head
        end e
        s -> inner
        inner -> after
        after -> e
        """;

    const string Withdrawn = """
        <bpmn:subProcess id="esp" name="esp" triggeredByEvent="true"><bpmn:startEvent id="es">
        <bpmn:messageEventDefinition messageRef="m" /></bpmn:startEvent><bpmn:endEvent id="ee" />
        <bpmn:sequenceFlow id="ef" sourceRef="es" targetRef="ee" /></bpmn:subProcess>
        """;

    [Fact]
    public void Before_InAScopeThatEndsWithAllItsTokens_Holds()
    {
        Assert.True(Check(Nested, Before("ia", "after")).Holds);
        // A terminating end ends the scope at once.
        Assert.False(Check(Nested.Replace("<bpmn:endEvent id=\"ig\" />",
            "<bpmn:endEvent id=\"ig\"><bpmn:terminateEventDefinition /></bpmn:endEvent>"), Before("ia", "after")).Holds);
    }

    [Fact]
    public void Eventually_WithAnEventThatTakesTheScopeOver_Fails()
    {
        var body = Nested + "\n" + Withdrawn;
        Assert.True(Check(Nested, After("s", "after")).Holds);
        var found = Check(body, After("s", "after"));
        Assert.False(found.Holds);
        Assert.Contains("esp", found.Path);
        Assert.True(Check(body.Replace("<bpmn:startEvent id=\"es\">", "<bpmn:startEvent id=\"es\" isInterrupting=\"false\">"),
            After("s", "after")).Holds);
    }

    [Fact]
    public void Before_InsideALoopThatMayBeEmpty_Fails()
    {
        string Each(string list) => Nested.Replace("<bpmn:startEvent id=\"is\" />", "<bpmn:multiInstanceLoopCharacteristics isSequential=\"true\">"
            + $"<bpmn:extensionElements><zeebe:loopCharacteristics inputCollection=\"={list}\" /></bpmn:extensionElements>"
            + "</bpmn:multiInstanceLoopCharacteristics><bpmn:startEvent id=\"is\" />");
        Assert.True(Check(Each("[1, 3, 6]"), Before("ia", "after")).Holds);
        Assert.True(Check(Each("for x in 1..n return x"), Before("ia", "after")).Holds);
        Assert.False(Check(Each("people"), Before("ia", "after")).Holds);
    }

    [Theory]
    [InlineData("a = 1 and b = 2", "b = 2", true)]
    [InlineData("b = 2 or (b = 2 and a = 1)", "b = 2", true)]
    [InlineData("a = 1 or b = 2", "b = 2", false)]
    [InlineData("x < 2", "x < 3", true)]
    [InlineData("x < 3", "x < 2", false)]
    [InlineData("kind = \"a\"", "kind != \"b\"", true)]
    [InlineData("flag", "flag = true", true)]
    [InlineData("not(flag = true)", "flag = false", false)]
    [InlineData("kind in (\"a\", \"b\")", "kind = \"a\" or kind = \"b\"", true)]
    [InlineData("5 > x", "x < 5", true)]
    [InlineData("false", "anything = 1", true)]
    public void Implication_OfConditions_IsSyntacticAndNeverTooBold(string given, string wanted, bool expected) =>
        Assert.Equal(expected, Condition.Parse(given)!.Implies(Condition.Parse(wanted)!));

    [Fact]
    public void Condition_OnTheDefaultFlow_IsThatOfNoOther()
    {
        const string body = """
            start s
            xor g g-b
            user a head
            user b head
            end e
            s -> g
            g -> a : kind = "a"
            g -> b
            a -> e
            b -> e
            """;
        Assert.True(Check(body, new ConditionRule("r", "art. 1", "Warunek.", "b", "=kind != \"a\"")).Holds);
        Assert.False(Check(body, new ConditionRule("r", "art. 1", "Warunek.", "b", "=kind = \"b\"")).Holds);
        Assert.False(Check(body, new EventuallyRule("r", "art. 1", "Potem.", "s", ["a"], "=kind = \"b\"")).Holds);
        Assert.True(Check(body, new EventuallyRule("r", "art. 1", "Potem.", "s", ["a"], "=kind = \"a\"")).Holds);
    }

    // ---- bad input --------------------------------------------------------------------------------------------

    [Fact]
    public void Guard_OfAHugeDiagram_EndsWithinABoundedNumberOfPoints()
    {
        // A chain of choices that come together again: two to the power of 150 paths.
        var lines = new List<string> { "start s", "end e", "s -> g0" };
        for (var i = 0; i < 150; i++)
        {
            lines.Add($"xor g{i} g{i}-u{i}");
            lines.Add($"user u{i} head");
            lines.Add($"user v{i} head");
            lines.Add($"g{i} -> u{i}");
            lines.Add($"g{i} -> v{i} : x = {i}");
            lines.Add($"u{i} -> {(i == 149 ? "e" : $"g{i + 1}")}");
            lines.Add($"v{i} -> {(i == 149 ? "e" : $"g{i + 1}")}");
        }
        var files = SmallProcedure.Files(string.Join('\n', lines));
        var report = Guard.Check(SmallProcedure.Read(files), new("p", [Before("u0", "u149"), After("s", "u149")]), null);
        Assert.All(report.Findings, finding => Assert.False(finding.Holds));
        Assert.InRange(report.Work, 1, 2_000_000);
    }

    [Theory]
    [InlineData("s -> a\na -> nowhere\nnobody -> e")]
    [InlineData("s -> a\na -> s\na -> a")]
    [InlineData("<bpmn:userTask id=\"a\" /><bpmn:userTask id=\"a\" /><bpmn:sequenceFlow id=\"a\" sourceRef=\"s\" targetRef=\"a\" />")]
    [InlineData("<bpmn:boundaryEvent id=\"x\" attachedToRef=\"gone\" /><bpmn:subProcess id=\"y\" /><bpmn:sequenceFlow id=\"f\" />")]
    [InlineData("<bpmn:subProcess id=\"y\" triggeredByEvent=\"true\" />\ns -> y\ny -> e")]
    [InlineData("s -> a : ${juel}\na -> e : ((((")]
    public void Guard_OfABrokenDiagram_AnswersAllTheSame(string body)
    {
        var files = SmallProcedure.Files("start s\nuser a head\nend e\n" + body);
        var shipped = SmallProcedure.Read(SmallProcedure.Files("start s\nuser a head\nend e\ns -> a\na -> e"));
        var book = new StatuteBook("p", [
            Before("a", "e"), After("a", "e") with { Id = "r2" }, new StepRule("r3", "art. 1", "Krok.", "a"),
            new StartableRule("r4", "art. 1", "Od ręki.", ["staff"], ["a"]), new ConditionRule("r5", "art. 1", "Warunek.", "e", "=x"),
        ]);
        var report = Guard.Check(Procedure.Read(files).Procedure!, book, shipped);
        Assert.Equal(5, report.Findings.Length);
        foreach (var finding in report.Findings.Where(finding => finding.Repair is not null))
            Assert.NotEqual(files["process.bpmn"], Repairs.Apply(files, finding.Repair!)["process.bpmn"]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("<a>")]
    [InlineData("<!DOCTYPE x [<!ENTITY a \"b\">]><x>&a;</x>")]
    [InlineData("<x/>")]
    [InlineData("{\"id\": 1}")]
    public void Reading_OfWhatIsNoDiagram_IsAProblemInPolish(string text)
    {
        var read = Procedure.Read(ImmutableDictionary<string, string>.Empty.Add("process.bpmn", text));
        Assert.Null(read.Procedure);
        Assert.NotEmpty(read.Problems);
        Assert.DoesNotContain(read.Problems, problem => problem.Message.Contains("Expected", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("", "$")]
    [InlineData("{\"processId\": \"p\", \"rules\": [{\"kind\": \"magic\"}]}", "rules")]
    [InlineData("{\"processId\": \"p\", \"rules\": [{\"kind\": \"step\", \"id\": \"a\", \"article\": \"x\", \"sentence\": \"y\"}]}", "rules[0]")]
    [InlineData("{\"processId\": \"p\", \"rules\": [{\"kind\": \"step\", \"id\": \"a\", \"article\": \"\", \"sentence\": \"y\", \"step\": \"s\"}]}",
        "$.rules[0] (a)")]
    [InlineData("{\"processId\": \"p\", \"rules\": [{\"kind\": \"condition\", \"id\": \"a\", \"article\": \"x\", \"sentence\": \"y\", "
        + "\"step\": \"s\", \"condition\": \"((\"}]}", "is no condition")]
    [InlineData("{\"processId\": \"p\", \"rules\": [], \"more\": 1}", "more")]
    public void Book_WithAMistake_NamesThePlace(string json, string place) =>
        Assert.Contains(place, Assert.Throws<FormatException>(() => StatuteBook.Read(json)).Message, StringComparison.Ordinal);

    [Fact]
    public void Repair_OfOtherFiles_IsRefused()
    {
        var files = SmallProcedure.Files("start s\nend e\ns -> e");
        var repair = new Repair("Zmień", [new("process.bpmn", 0, "nothing like it", "")]);
        Assert.Throws<InvalidOperationException>(() => Repairs.Apply(files, repair));
    }
}
