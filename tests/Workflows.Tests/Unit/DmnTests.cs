using Workflows.Engine.Decisions;
using Workflows.Engine.Expressions;

namespace Workflows.Tests.Unit;

public sealed class DmnTests
{
    const string Open = "<definitions xmlns=\"https://www.omg.org/spec/DMN/20191111/MODEL/\""
        + " id=\"m\" name=\"m\" namespace=\"urn:m\">";

    static string Model(string content) => Open + content + "</definitions>";

    /// <summary>A table over `x` with rules `test => output`.</summary>
    static string Table(string attributes, string outputValues, params (string Test, string Output)[] rules) => Model(
        $"<decision id=\"d\" name=\"D\"><decisionTable id=\"t\" {attributes}>"
        + "<input id=\"i\"><inputExpression><text>x</text></inputExpression></input>"
        + $"<output id=\"o\" name=\"o\">{outputValues}</output>"
        + string.Concat(rules.Select((rule, index) =>
            $"<rule id=\"r{index + 1}\"><inputEntry><text><![CDATA[{rule.Test}]]></text></inputEntry>"
            + $"<outputEntry><text>{rule.Output}</text></outputEntry></rule>"))
        + "</decisionTable></decision>");

    static DecisionModel Read(string xml)
    {
        var result = DmnReader.Read(xml);
        Assert.Empty(result.Problems);
        return result.Model!;
    }

    static DecisionResult Evaluate(string xml, string decision, params (string Name, FeelValue Value)[] variables) =>
        Read(xml).Evaluate(decision, FeelScope.Of(FeelContext.Of(variables)), Feel.Environment);

    static readonly (string, string)[] Overlapping = [("< 10", "3"), ("> 5", "1"), ("> 0", "2"), ("> 100", "9")];

    [Theory]
    [InlineData("hitPolicy=\"FIRST\"", "3")]
    [InlineData("hitPolicy=\"UNIQUE\"", "null")]
    [InlineData("hitPolicy=\"ANY\"", "null")]
    [InlineData("hitPolicy=\"PRIORITY\"", "2")]
    [InlineData("hitPolicy=\"RULE ORDER\"", "[3, 1, 2]")]
    [InlineData("hitPolicy=\"OUTPUT ORDER\"", "[2, 3, 1]")]
    [InlineData("hitPolicy=\"COLLECT\"", "[3, 1, 2]")]
    [InlineData("hitPolicy=\"COLLECT\" aggregation=\"SUM\"", "6")]
    [InlineData("hitPolicy=\"COLLECT\" aggregation=\"MIN\"", "1")]
    [InlineData("hitPolicy=\"COLLECT\" aggregation=\"MAX\"", "3")]
    [InlineData("hitPolicy=\"COLLECT\" aggregation=\"COUNT\"", "3")]
    public void HitPolicy_OverOverlappingRules_GivesItsAnswer(string attributes, string expected)
    {
        var xml = Table(attributes, "<outputValues><text>2, 3, 1</text></outputValues>", Overlapping);
        Assert.Equal(expected, Evaluate(xml, "d", ("x", FeelValue.Of(7))).Output.ToString());
    }

    [Fact]
    public void Table_Evaluated_SaysWhichRulesMatchedAndWhy()
    {
        var xml = Table("hitPolicy=\"COLLECT\"", "", Overlapping);
        var evaluation = Assert.Single(Evaluate(xml, "d", ("x", FeelValue.Of(7))).Evaluations);
        var table = Assert.Single(evaluation.Tables);
        Assert.Equal("D", evaluation.DecisionName);
        Assert.Equal(["r1", "r2", "r3"], table.MatchedRules.Select(rule => rule.RuleId));
        Assert.Equal([1, 2, 3], table.MatchedRules.Select(rule => rule.RuleIndex));
        Assert.Equal("x", table.Inputs[0].Key);
        Assert.Equal("7", table.Inputs[0].Value.ToString());
    }

    [Fact]
    public void Table_WithoutAMatch_GivesTheDefaultOrNull()
    {
        var plain = Table("", "", ("< 5", "1"));
        var result = Evaluate(plain, "d", ("x", FeelValue.Of(7)));
        Assert.True(result.Output.IsNull);
        Assert.Contains(result.Warnings, warning => warning.Message.Contains("No rule", StringComparison.Ordinal));
        var withDefault = Table("", "<defaultOutputEntry><text>0</text></defaultOutputEntry>", ("< 5", "1"));
        Assert.Equal("0", Evaluate(withDefault, "d", ("x", FeelValue.Of(7))).Output.ToString());
    }

    [Fact]
    public void Requirements_WithBlanksInTheirNames_AreSeen()
    {
        var xml = Model(
            "<inputData id=\"in\" name=\"Monthly income\">"
            + "<variable name=\"Monthly income\" typeRef=\"number\"/></inputData>"
            + "<decision id=\"a\" name=\"Income per head\"><variable name=\"Income per head\" typeRef=\"number\"/>"
            + "<informationRequirement><requiredInput href=\"#in\"/></informationRequirement>"
            + "<literalExpression><text>Monthly income / size</text></literalExpression></decision>"
            + "<businessKnowledgeModel id=\"k\" name=\"half of\"><encapsulatedLogic>"
            + "<formalParameter name=\"n\" typeRef=\"number\"/>"
            + "<literalExpression><text>n / 2</text></literalExpression></encapsulatedLogic></businessKnowledgeModel>"
            + "<decision id=\"b\" name=\"B\"><informationRequirement><requiredDecision href=\"#a\"/>"
            + "</informationRequirement>"
            + "<knowledgeRequirement><requiredKnowledge href=\"#k\"/></knowledgeRequirement>"
            + "<literalExpression><text>half of(Income per head)</text></literalExpression></decision>");
        var result = Evaluate(xml, "b", ("Monthly income", FeelValue.Of(1200)), ("size", FeelValue.Of(4)));
        Assert.Equal("150", result.Output.ToString());
        Assert.Equal(["a", "b"], result.Evaluations.Select(evaluation => evaluation.DecisionId));
    }

    [Fact]
    public void Input_OfAnotherType_IsNull()
    {
        var xml = Model(
            "<itemDefinition id=\"s\" name=\"tStatus\"><typeRef>string</typeRef>"
            + "<allowedValues><text>\"open\", \"closed\"</text></allowedValues></itemDefinition>"
            + "<inputData id=\"in\" name=\"s\"><variable name=\"s\" typeRef=\"tStatus\"/></inputData>"
            + "<decision id=\"d\" name=\"d\"><informationRequirement><requiredInput href=\"#in\"/>"
            + "</informationRequirement>"
            + "<literalExpression><text>s</text></literalExpression></decision>");
        Assert.Equal("\"open\"", Evaluate(xml, "d", ("s", FeelValue.Of("open"))).Output.ToString());
        Assert.True(Evaluate(xml, "d", ("s", FeelValue.Of("other"))).Output.IsNull);
        Assert.True(Evaluate(xml, "d", ("s", FeelValue.Of(1))).Output.IsNull);
    }

    [Fact]
    public void Import_OfAnotherModel_IsSeenByItsName()
    {
        var other = "<definitions xmlns=\"urn:dmn\" id=\"o\" name=\"o\" namespace=\"urn:o\">"
            + "<businessKnowledgeModel id=\"k\" name=\"Say Hello\"><encapsulatedLogic><formalParameter name=\"n\"/>"
            + "<literalExpression><text>\"Hello \" + n</text></literalExpression></encapsulatedLogic>"
            + "</businessKnowledgeModel>"
            + "</definitions>";
        var main = Model("<import name=\"lib\" namespace=\"urn:o\"/>"
            + "<decision id=\"d\" name=\"d\"><knowledgeRequirement><requiredKnowledge href=\"urn:o#k\"/>"
            + "</knowledgeRequirement>"
            + "<literalExpression><text>lib.Say Hello(\"Ala\")</text></literalExpression></decision>");
        var result = DmnReader.Read(main, [other]);
        Assert.Empty(result.Problems);
        var output = result.Model!.Evaluate("d", FeelScope.Empty, Feel.Environment).Output;
        Assert.Equal("\"Hello Ala\"", output.ToString());
        Assert.NotEmpty(DmnReader.Read(main).Problems);
    }

    [Fact]
    public void Decision_Unknown_IsAFailure() =>
        Assert.Equal(FeelFailureKind.Model, Evaluate(Table("", ""), "nothing").Failure?.Kind);

    [Theory]
    [InlineData("<a")]
    [InlineData("")]
    [InlineData("<notDmn/>")]
    [InlineData("<!DOCTYPE d [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;\">]><definitions>&b;</definitions>")]
    [InlineData("<!DOCTYPE d SYSTEM \"file:///etc/passwd\"><definitions/>")]
    public void BadXml_Read_IsRefused(string xml)
    {
        var result = DmnReader.Read(xml);
        Assert.Null(result.Model);
        Assert.NotEmpty(result.Problems);
    }

    [Fact]
    public void DeepXml_Read_IsRefused()
    {
        var deep = Model(string.Concat(Enumerable.Repeat("<list>", 5000))
            + string.Concat(Enumerable.Repeat("</list>", 5000)));
        Assert.Null(DmnReader.Read(deep).Model);
    }

    [Fact]
    public void CircleOfRequirements_Read_IsAProblemAndAFailure()
    {
        static string Decision(string id, string required) =>
            $"<decision id=\"{id}\" name=\"{id}\"><informationRequirement><requiredDecision href=\"#{required}\"/>"
            + "</informationRequirement><literalExpression><text>1</text></literalExpression></decision>";

        var result = DmnReader.Read(Model(Decision("a", "b") + Decision("b", "a")));
        Assert.NotEmpty(result.Problems);
        var evaluated = result.Model!.Evaluate("a", FeelScope.Empty, Feel.Environment);
        Assert.Equal(FeelFailureKind.Model, evaluated.Failure?.Kind);
    }

    [Fact]
    public void ContextWithTwins_Read_IsAProblemAndStillEvaluated()
    {
        var entries = string.Concat(Enumerable.Range(0, 20).Select(i =>
            $"<contextEntry><variable name=\"n{i / 2}\"/>"
            + $"<literalExpression><text>{i}</text></literalExpression></contextEntry>"));
        var result = DmnReader.Read(Model($"<decision id=\"d\" name=\"d\"><context>{entries}</context></decision>"));
        Assert.Equal(10, result.Problems.Length);
        var output = result.Model!.Evaluate("d", FeelScope.Empty, Feel.Environment).Output;
        Assert.Equal("0", FeelEntry(output, "n0"));
    }

    static string FeelEntry(FeelValue context, string key) =>
        ((FeelContext)context).TryGet(key, out var value) ? value.ToString() : "missing";

    [Fact]
    public void BadExpression_Read_NamesItsElement()
    {
        var result = DmnReader.Read(Model("<decision id=\"d\" name=\"d\"><literalExpression id=\"e\"><text>1 +</text>"
            + "</literalExpression></decision>"));
        Assert.Equal("e", Assert.Single(result.Problems).ElementId);
        Assert.True(result.Model!.Evaluate("d", FeelScope.Empty, Feel.Environment).Output.IsNull);
    }

    [Fact]
    public void DecisionService_Called_UsesItsArguments()
    {
        var xml = Model(
            "<decisionService id=\"s\" name=\"s\"><outputDecision href=\"#b\"/><inputDecision href=\"#a\"/>"
            + "</decisionService>"
            + "<decision id=\"a\" name=\"a\"><literalExpression><text>1</text></literalExpression></decision>"
            + "<decision id=\"b\" name=\"b\"><informationRequirement><requiredDecision href=\"#a\"/>"
            + "</informationRequirement>"
            + "<literalExpression><text>a + 1</text></literalExpression></decision>"
            + "<decision id=\"c\" name=\"c\"><knowledgeRequirement><requiredKnowledge href=\"#s\"/>"
            + "</knowledgeRequirement>"
            + "<literalExpression><text>s(a: 41)</text></literalExpression></decision>");
        Assert.Equal("42", Evaluate(xml, "c").Output.ToString());
        Assert.Equal("2", Evaluate(xml, "b").Output.ToString());
        var service = Read(xml).EvaluateService("s", FeelScope.Empty.With("a", FeelValue.Of(6)), Feel.Environment);
        Assert.Equal("7", service.Output.ToString());
    }
}
