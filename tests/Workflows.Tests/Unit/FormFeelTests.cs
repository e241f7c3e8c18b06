using System.Globalization;
using System.Text.Json;
using Workflows.Engine.Expressions;
using Workflows.Engine.Forms;

namespace Workflows.Tests.Unit;

public sealed class FormFeelTests
{
    static readonly FeelEnvironment Environment = new(
        DateTimeOffset.Parse("2026-11-22T23:30:00Z", CultureInfo.InvariantCulture),
        TimeZoneInfo.FindSystemTimeZoneById("Europe/Warsaw"));

    [Theory]
    [InlineData("""{"source":"court"}""", "reason")]
    [InlineData("""{"source":"family"}""", null)]
    [InlineData("{}", "reason")]
    public void Condition_OverAField_DecidesWhatIsRequired(string answer, string? missing) => Assert.Equal(missing,
        Problem("""{"type":"textfield","key":"source"}""",
            """
            {"type":"textfield","key":"reason","validate":{"required":true},
             "conditional":{"hide":"=source = \"family\""}}
            """, answer));

    [Theory]
    [InlineData("""{"n":15}""", null)]
    [InlineData("""{"n":16}""", "n")]
    public void Limit_FromAProcessVariable_Holds(string answer, string? wrong) => Assert.Equal(wrong,
        Problem("""{"type":"spacer"}""", """{"type":"number","key":"n","validate":{"max":"=limit"}}""", answer));

    // this = the row, parent = the row around it, i = row numbers; a field named "i" takes the name, _i_ stays.
    [Theory]
    [InlineData("=this.t = \\\"x\\\"")]
    [InlineData("=parent.name = \\\"outer\\\"")]
    [InlineData("=i[1] = 2 and i[2] = 1")]
    [InlineData("=_i_[2] = 1 and _this_.t = \\\"x\\\" and _parent_.name = \\\"outer\\\"")]
    [InlineData("=rows[2].name = parent.name")]
    public void Condition_InsideNestedRows_SeesTheNamesOfFormJs(string hide)
    {
        var list = $$$"""
            {"type":"dynamiclist","path":"rows","components":[{"type":"textfield","key":"name"},
              {"type":"dynamiclist","path":"inner","components":[{"type":"textfield","key":"t",
                "conditional":{"hide":"{{{hide}}}"}}]}]}
            """;
        var result = Validate($$"""{"type":"spacer"},{{list}}""",
            """{"rows":[{"name":"first"},{"name":"outer","inner":[{"t":"x"}]}]}""");
        Assert.Equal("""{"rows":[{"name":"first"},{"inner":[{}],"name":"outer"}]}""", result.Answer!.Document);
    }

    [Fact]
    public void Condition_ThatDoesNotParseOrEvaluate_HidesNothing()
    {
        const string field = """{"type":"textfield","key":"a","conditional":{"hide":"=1 +"}}""";
        Assert.Equal("""{"a":"kept"}""", Validate(field, """{"a":"kept"}""").Answer!.Document);
        var form = FormReader.Read($$"""{"id":"x","components":[{{field}}]}""").Form!;
        Assert.Contains("is not FEEL", Assert.Single(FormReader.Lint(form)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("2026-11-23", 0)]
    [InlineData("2026-11-22", 1)]
    public void Today_OfTheEnvironment_IsTheDayInTheCentre(string day, int problems) => Assert.Equal(problems,
        Validate("""{"type":"datetime","key":"d","disallowPassedDates":true}""", $$"""{"d":"{{day}}"}""")
            .Problems.Length);

    [Fact]
    public void Evaluations_BeyondTheLimit_RefuseTheAnswer()
    {
        var hidden = string.Join(',', Enumerable.Range(0, 25).Select(
            i => $$$"""{"type":"textfield","key":"k{{{i}}}","conditional":{"hide":"=true"}}"""));
        var rows = string.Join(',', Enumerable.Repeat("{}", 450));
        var result = Validate($$"""{"type":"dynamiclist","path":"rows","components":[{{hidden}}]}""",
            $$"""{"rows":[{{rows}}]}""");
        Assert.Equal(FieldProblemCode.TooLarge, Assert.Single(result.Problems.Select(one => one.Code).Distinct()));
    }

    static string? Problem(string first, string second, string answer)
    {
        var problems = Validate($"{first},{second}", answer).Problems;
        return problems.IsEmpty ? null : Assert.Single(problems).Path;
    }

    static FormResult Validate(string components, string answer)
    {
        var reading = FormReader.Read($$"""{"id":"x","components":[{{components}}]}""");
        Assert.Empty(reading.Problems);
        var variables = FeelScope.Of(FeelContext.Of(("limit", FeelValue.Of(15L))));
        return FormValidator.Validate(
            reading.Form!, JsonDocument.Parse(answer).RootElement, FormFeel.Context(Environment, variables));
    }
}
