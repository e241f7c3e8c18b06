using System.Collections.Immutable;
using Workflows.Statute;

namespace Workflows.Tests.Statute;

/// <summary>Each kind of rule: a diagram that passes, one that fails, and the same repaired.</summary>
public sealed class GuardTests
{
    const string Line = """
        start s
        user a head
        user b head
        user c head
        end e
        s -> a
        a -> b
        b -> c
        c -> e
        """;

    static GuardFinding Check(
        ImmutableSortedDictionary<string, string> edited, StatuteRule rule, ImmutableSortedDictionary<string, string>? shipped) =>
        Guard.Check(SmallProcedure.Read(edited), new("p", [rule]), shipped is null ? null : SmallProcedure.Read(shipped)).Findings[0];

    /// <summary>The shipped diagram passes, the edited one fails on the path, and its repair passes.</summary>
    static ImmutableSortedDictionary<string, string> PassesFailsAndIsRepaired(
        ImmutableSortedDictionary<string, string> shipped, ImmutableSortedDictionary<string, string> edited, StatuteRule rule, params string[] path)
    {
        Assert.True(Check(shipped, rule, null) is { Holds: true, Meaning: null, Path.IsEmpty: true, Repair: null });
        var found = Check(edited, rule, shipped);
        Assert.False(found.Holds);
        Assert.NotNull(found.Meaning);
        Assert.Equal(path, found.Path);
        Assert.NotNull(found.Repair);
        Assert.False(found.Repair.Text.Contains("cały diagram", StringComparison.Ordinal), found.Repair.Text);
        var repaired = Repairs.Apply(edited, found.Repair);
        Assert.True(Check(repaired, rule, null).Holds, repaired["process.bpmn"]);
        return repaired;
    }

    static ImmutableSortedDictionary<string, string> Diagram(string body) => SmallProcedure.Files(body);

    static string Without(string body, params string[] lines) =>
        string.Join('\n', body.Split('\n').Where(line => !lines.Contains(line.Trim())));

    // ---- steps and paths --------------------------------------------------------------------------------------

    [Fact]
    public void Step_Deleted_IsPutBackBetweenItsNeighbours()
    {
        var edited = Diagram(Without(Line, "user b head", "a -> b", "b -> c") + "\na -> c");
        var repaired = PassesFailsAndIsRepaired(Diagram(Line), edited, new StepRule("r", "art. 1", "Krok.", "b"));
        var definition = SmallProcedure.Read(repaired).Definition;
        Assert.Equal("b", definition.Node("a").Outgoing.Single().TargetId);
        Assert.Equal("c", definition.Node("b").Outgoing.Single().TargetId);
    }

    [Fact]
    public void Step_DeletedBesideAnAddedOne_KeepsTheAddedOne()
    {
        var edited = Diagram(Without(Line, "user b head", "a -> b", "b -> c") + "\nuser x head\na -> x\nx -> c");
        var repaired = PassesFailsAndIsRepaired(Diagram(Line), edited, new StepRule("r", "art. 1", "Krok.", "b"));
        var definition = SmallProcedure.Read(repaired).Definition;
        Assert.Equal("x", definition.Node("a").Outgoing.Single().TargetId);
        Assert.Equal("b", definition.Node("x").Outgoing.Single().TargetId);
    }

    [Fact]
    public void Before_PassedByAnAddedFlow_LosesThatFlow() => PassesFailsAndIsRepaired(
        Diagram(Line.Replace("user c head", "user c head\nxor g g-b")
            .Replace("a -> b", "a -> g\ng -> b")), Diagram(Line.Replace("user c head", "user c head\nxor g g-b")
            .Replace("a -> b", "a -> g\ng -> b\ng -> c : hurry = true")),
        new BeforeRule("r", "art. 1", "Najpierw b.", ["b"], "c"), "s", "s-a", "a", "a-g", "g", "g-c", "c");

    [Fact]
    public void Before_LedPast_GetsItsFlowBack() => PassesFailsAndIsRepaired(
        Diagram(Line), Diagram(Line.Replace("a -> b", "<bpmn:sequenceFlow id=\"a-b\" sourceRef=\"a\" targetRef=\"c\" />")),
        new BeforeRule("r", "art. 1", "Najpierw b.", ["b"], "c"), "s", "s-a", "a", "a-b", "c");

    [Fact]
    public void Eventually_WithAWayOut_LosesIt() => PassesFailsAndIsRepaired(
        Diagram(Line), Diagram(Line.Replace("user c head", "user c head\nxor g g-c").Replace("b -> c", "b -> g\ng -> c\ng -> e : no = true")),
        new EventuallyRule("r", "art. 1", "Zawsze c.", "a", ["c"]), "s", "s-a", "a", "a-b", "b", "b-g", "g", "g-e", "e");

    [Fact]
    public void Condition_Dropped_ComesBack()
    {
        const string choice = """
            start s
            user a head
            xor g g-e
            user b head
            end e
            s -> a
            a -> g
            g -> b : ok = true and x > 3
            g -> e
            b -> e
            """;
        PassesFailsAndIsRepaired(
            Diagram(choice), Diagram(choice.Replace("ok = true and x > 3", "x > 3")),
            new ConditionRule("r", "art. 1", "Tylko gdy ok.", "b", "=ok = true"), "s", "s-a", "a", "a-g", "g", "g-b", "b");
    }

    [Fact]
    public void Startable_WithAStepInFront_LosesItsPlaceAndGetsItBack()
    {
        var shipped = With(Diagram(Line), "<bpmn:process id=\"p\" name=\"Próba\" isExecutable=\"true\">", StartableBy("staff"));
        var rule = new StartableRule("r", "art. 1", "Od ręki.", ["staff"], ["a"]);
        var edited = With(shipped, "id=\"s-a\" sourceRef=\"s\" targetRef=\"a\"",
            "id=\"s-a\" sourceRef=\"s\" targetRef=\"x\"").SetItem("process.bpmn", With(shipped, "id=\"s-a\" sourceRef=\"s\" targetRef=\"a\"",
            "id=\"s-a\" sourceRef=\"s\" targetRef=\"x\"")["process.bpmn"].Replace("<bpmn:message", "<!-- --><bpmn:message")
            .Replace("<bpmn:endEvent", "<bpmn:userTask id=\"x\" name=\"x\" />"
                + "<bpmn:sequenceFlow id=\"x-a\" sourceRef=\"x\" targetRef=\"a\" /><bpmn:endEvent"));
        PassesFailsAndIsRepaired(shipped, edited, rule, "s", "s-a", "x", "x-a", "a");
        PassesFailsAndIsRepaired(shipped, With(shipped, "value=\"staff\"", "value=\"head\""), rule);
    }

    static string StartableBy(string who) => "<bpmn:process id=\"p\" name=\"Próba\" isExecutable=\"true\"><bpmn:extensionElements>"
        + $"<zeebe:properties><zeebe:property name=\"startableBy\" value=\"{who}\" /></zeebe:properties></bpmn:extensionElements>";

    static ImmutableSortedDictionary<string, string> With(ImmutableSortedDictionary<string, string> files, string old, string now)
    {
        Assert.Contains(old, files["process.bpmn"], StringComparison.Ordinal);
        return files.SetItem("process.bpmn", files["process.bpmn"].Replace(old, now, StringComparison.Ordinal));
    }

    // ---- tasks ------------------------------------------------------------------------------------------------

    static string OneTask(string extensions) => $"""
        start s
        user a head
        user b {extensions}
        end e
        s -> a
        a -> b
        b -> e
        """;

    [Theory]
    [InlineData("<zeebe:assignmentDefinition candidateGroups=\"head, clerk\" />")]
    [InlineData("<zeebe:assignmentDefinition candidateGroups=\"head\" assignee=\"jan\" />")]
    [InlineData("<zeebe:assignmentDefinition candidateGroups=\"head\" candidateUsers=\"jan\" />")]
    [InlineData("<zeebe:assignmentDefinition candidateGroups=\"=roles\" />")]
    [InlineData("<zeebe:formDefinition formId=\"f\" />")]
    public void Performer_OfAnotherRole_IsReset(string changed) => PassesFailsAndIsRepaired(
        Diagram(OneTask("<zeebe:assignmentDefinition candidateGroups=\"head\" />")), Diagram(OneTask(changed)),
        new PerformerRule("r", "art. 1", "Tylko kierownik.", "b", ["head"]));

    [Fact]
    public void Performer_NamedInTheCase_HoldsHerRole()
    {
        var rule = new PerformerRule("r", "art. 1", "Tylko pracownik socjalny.", "b", ["social_worker"]);
        Assert.True(Check(Diagram(OneTask("<zeebe:assignmentDefinition assignee=\"=socialWorker\" />")), rule, null).Holds);
        Assert.False(Check(Diagram(OneTask("<zeebe:assignmentDefinition assignee=\"=assistant\" />")), rule, null).Holds);
    }

    static string Due(string feel) => OneTask(
        $"<zeebe:assignmentDefinition candidateGroups=\"head\" /><zeebe:taskSchedule dueDate=\"{XmlText.Encoded(feel)}\" />");

    [Theory]
    [InlineData("=deadline(day, 15, \"working-days\")")]
    [InlineData("=deadline(day, 15, \"days\", \"none\")")]
    [InlineData("=deadline(day, 1, \"months\", \"none\")")]
    [InlineData("=deadline(other, 14, \"working-days\")")]
    [InlineData("=deadline(day, amount, \"working-days\")")]
    [InlineData("=deadline(day, if x then 14 else 20, \"working-days\")")]
    [InlineData("=deadline(day, 10, \"days\", \"forward\")")]
    [InlineData("=deadline(deadline(day, 14, \"working-days\"), 1, \"working-days\")")]
    public void Period_Stretched_IsReset(string due) => PassesFailsAndIsRepaired(
        Diagram(Due("=deadline(day, 14, \"working-days\")")), Diagram(Due(due)),
        new PeriodRule("r", "art. 1", "14 dni roboczych.", "b", ["day"], 14, "working-days"));

    [Theory]
    [InlineData("=deadline(day, 7, \"working-days\")")]
    [InlineData("=deadline(day, 14, \"days\", \"back\")")]
    [InlineData("=if urgent then date and time(day) + duration(\"PT2H\") else deadline(day, 14, \"working-days\")")]
    [InlineData("=deadline(day, 2, \"weeks\", \"none\")")]
    public void Period_Shorter_Holds(string due) => Assert.True(Check(
        Diagram(Due(due)), new PeriodRule("r", "art. 1", "14 dni roboczych.", "b", ["day"], 14, "working-days"), null).Holds);

    [Fact]
    public void Period_Removed_IsReset() => PassesFailsAndIsRepaired(
        Diagram(Due("=deadline(day, 24, \"days\")")), Diagram(OneTask("<zeebe:assignmentDefinition candidateGroups=\"head\" />")),
        new PeriodRule("r", "art. 1", "24 dni.", "b", ["day"], 24, "days", RollsForward: true));

    static string Property(string properties) => OneTask(
        $"<zeebe:assignmentDefinition candidateGroups=\"head\" /><zeebe:properties>{properties}</zeebe:properties>");

    const string NotSame = "<zeebe:property name=\"notSamePersonAs\" value=\"a\" />";
    const string Escalation = "<zeebe:property name=\"escalation\" value=\"team_lead, head\" />";

    [Fact]
    public void DifferentPersons_Dropped_ComeBack() => PassesFailsAndIsRepaired(
        Diagram(Property(NotSame + Escalation)), Diagram(Property(Escalation)), new DifferentPersonsRule("r", "art. 1", "Dwie osoby.", "b", "a"));

    [Fact]
    public void Property_WithoutWhatItMustName_IsReset()
    {
        var shipped = Diagram(Property(NotSame + Escalation));
        var rule = new PropertyRule("r", "art. 1", "Kierownik wie.", "b", "escalation", Contains: "head");
        PassesFailsAndIsRepaired(shipped, Diagram(Property(NotSame + Escalation.Replace(", head", ""))), rule);
        PassesFailsAndIsRepaired(shipped, Diagram(Property(NotSame)), rule);
    }

    [Fact]
    public void Expression_Changed_IsReset()
    {
        const string mapping = "<zeebe:assignmentDefinition candidateGroups=\"head\" /><zeebe:ioMapping>"
            + "<zeebe:output source=\"=x\" target=\"y\" /></zeebe:ioMapping>";
        PassesFailsAndIsRepaired(Diagram(OneTask(mapping)), Diagram(OneTask(mapping.Replace("=x\"", "=today()\""))),
            new ExpressionRule("r", "art. 1", "y jest x.", "b", "y", "= x"));
    }

    // ---- forms and tables -------------------------------------------------------------------------------------

    const string Form = """
        {
          "id": "f", "type": "default",
          "components": [
            { "type": "textfield", "id": "one", "key": "one", "label": "Pierwsze", "validate": { "required": true } },
            {
              "type": "number",
              "id": "two",
              "key": "two",
              "label": "Drugie – zażółć",
              "validate": {
                "required": true,
                "max": 15
              }
            },
            { "type": "group", "id": "sign", "path": "sign", "components": [
              { "type": "textfield", "id": "person", "key": "person", "label": "Kto", "validate": { "required": true } },
              { "type": "textfield", "id": "place", "key": "place", "label": "Gdzie" }
            ] }
          ]
        }
        """;

    static ImmutableSortedDictionary<string, string> WithForm(string form) => SmallProcedure.Files(
        OneTask("<zeebe:assignmentDefinition candidateGroups=\"head\" /><zeebe:formDefinition formId=\"f\" />"), ("f.form", form));

    [Theory]
    [InlineData("two", "\"required\": true,\n        \"max\": 15", "\"required\": false,\n        \"max\": 15")]
    [InlineData("two", "\"required\": true,\n        \"max\": 15", "\"max\": 15")]
    [InlineData("two", "\"max\": 15", "\"max\": 20")]
    [InlineData("two", ",\n      \"validate\": {\n        \"required\": true,\n        \"max\": 15\n      }", "")]
    [InlineData("one", "\"key\": \"one\",", "\"key\": \"one\", \"conditional\": { \"hide\": \"=x\" },")]
    [InlineData("one", "\"key\": \"one\",", "\"key\": \"one\", \"disabled\": true,")]
    [InlineData("one", "{ \"type\": \"textfield\", \"id\": \"one\", \"key\": \"one\", \"label\": \"Pierwsze\", "
        + "\"validate\": { \"required\": true } },", "")]
    [InlineData("sign.person", "{ \"type\": \"textfield\", \"id\": \"person\", \"key\": \"person\", \"label\": \"Kto\", "
        + "\"validate\": { \"required\": true } },", "")]
    public void Field_Changed_IsResetAndTheRestStays(string key, string old, string now)
    {
        var shipped = Form.Replace("\r", "");
        Assert.Contains(old, shipped, StringComparison.Ordinal);
        var edited = shipped.Replace(old, now, StringComparison.Ordinal).Replace("Gdzie", "Miejsce", StringComparison.Ordinal);
        decimal? max = key == "two" ? 15 : null;
        var repaired = PassesFailsAndIsRepaired(
            WithForm(shipped), WithForm(edited), new FieldsRule("r", "art. 1", "Pole.", "b", [key], Max: max));
        Assert.Contains("Miejsce", repaired["f.form"], StringComparison.Ordinal);
    }

    const string Table = """
        <?xml version="1.0" encoding="UTF-8"?>
        <definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="t" name="Termin" namespace="n">
          <decision id="term" name="Termin">
            <decisionTable id="table" hitPolicy="FIRST">
              <input id="i"><inputExpression id="ie" typeRef="string"><text>urgency</text></inputExpression></input>
              <output id="o" name="amount" typeRef="number" />
              <rule id="r1"><inputEntry id="r1i"><text>"urgent"</text></inputEntry><outputEntry id="r1o"><text>2</text></outputEntry></rule>
              <rule id="r2"><inputEntry id="r2i"><text>-</text></inputEntry><outputEntry id="r2o"><text>14</text></outputEntry></rule>
            </decisionTable>
          </decision>
        </definitions>
        """;

    static ImmutableSortedDictionary<string, string> WithTable(string table) => SmallProcedure.Files("""
        start s
        <bpmn:businessRuleTask id="b"><bpmn:extensionElements><zeebe:calledDecision decisionId="term" resultVariable="term" /></bpmn:extensionElements></bpmn:businessRuleTask>
        end e
        s -> b
        b -> e
        """, ("t.dmn", table.Replace("\r", "")));

    [Theory]
    [InlineData("<text>14</text>", "<text>30</text>")]
    [InlineData("<rule id=\"r1\"><inputEntry id=\"r1i\"><text>\"urgent\"</text></inputEntry>"
        + "<outputEntry id=\"r1o\"><text>2</text></outputEntry></rule>", "")]
    [InlineData("<rule id=\"r1\">", "<rule id=\"r0\"><inputEntry id=\"z\"><text>-</text></inputEntry>"
        + "<outputEntry id=\"zo\"><text>90</text></outputEntry></rule><rule id=\"r1\">")]
    public void Decision_Answering_Otherwise_IsReset(string old, string now) => PassesFailsAndIsRepaired(
        WithTable(Table), WithTable(Table.Replace(old, now, StringComparison.Ordinal)),
        new DecisionRule("r", "art. 1", "Termin.", "b", "term", "term", [
            new(ImmutableSortedDictionary<string, ImmutableArray<string>>.Empty.Add("urgency", ["\"urgent\""]), AtMost: 2),
            new(ImmutableSortedDictionary<string, ImmutableArray<string>>.Empty.Add("urgency", ["\"ordinary\""]), AtMost: 14),
        ]));
}
