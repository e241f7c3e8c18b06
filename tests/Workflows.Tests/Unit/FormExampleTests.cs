using System.Text.Json;
using System.Text.Json.Nodes;
using Workflows.Engine.Expressions;
using Workflows.Engine.Forms;
using Workflows.Tests.Statute;

namespace Workflows.Tests.Unit;

/// <summary>An invented answer of a trial is one that the form accepts.</summary>
public sealed class FormExampleTests
{
    static readonly TimeZoneInfo Warsaw = TimeZoneInfo.FindSystemTimeZoneById("Europe/Warsaw");
    static readonly DateTimeOffset Now = new(2026, 11, 9, 8, 7, 0, TimeSpan.Zero);

    static FormContext Context => FormFeel.Context(new FeelEnvironment(Now, Warsaw), FeelScope.Empty);

    static (Form Form, JsonObject Answer) Example(string schema)
    {
        var form = FormReader.Read(schema).Form!;
        return (form, FormExample.Of(form, schema, Context, roles => $"person of {roles}"));
    }

    static JsonObject Of(params string[] components) =>
        Example($$"""{"type":"default","id":"f","components":[{{string.Join(',', components)}}]}""").Answer;

    [Theory]
    [InlineData("""{"id":"1","type":"textfield","key":"f","label":"F"}""", "{}")]
    [InlineData("""{"id":"1","type":"textfield","key":"f","label":"F","validate":{"required":true}}""", """{"f":"Przykład"}""")]
    [InlineData("""{"id":"1","type":"textfield","key":"f","label":"F","validate":{"required":true,"minLength":12}}""", """{"f":"Przykład przykład"}""")]
    [InlineData("""{"id":"1","type":"textfield","key":"f","label":"F","validate":{"required":true,"maxLength":3}}""", """{"f":"Prz"}""")]
    [InlineData("""{"id":"1","type":"textfield","key":"f","label":"F","validate":{"required":true,"pattern":"^\\d{2}-\\d{3}$"}}""", """{"f":"34-100"}""")]
    [InlineData("""{"id":"1","type":"textfield","key":"f","label":"F","validate":{"required":true,"validationType":"email"}}""", """{"f":"jan.przykladowy@example.pl"}""")]
    [InlineData("""{"id":"1","type":"number","key":"f","label":"F","validate":{"required":true}}""", """{"f":1}""")]
    [InlineData("""{"id":"1","type":"number","key":"f","label":"F","validate":{"required":true,"min":5,"max":9}}""", """{"f":5}""")]
    [InlineData("""{"id":"1","type":"number","key":"f","label":"F","validate":{"required":true,"max":0}}""", """{"f":0}""")]
    [InlineData("""{"id":"1","type":"checkbox","key":"f","label":"F","validate":{"required":true}}""", """{"f":true}""")]
    [InlineData("""{"id":"1","type":"radio","key":"f","label":"F","validate":{"required":true},"values":[{"label":"B","value":"b"},{"label":"A","value":"a"}]}""", """{"f":"b"}""")]
    [InlineData("""{"id":"1","type":"taglist","key":"f","label":"F","validate":{"required":true},"values":[{"label":"A","value":"a"}]}""", """{"f":["a"]}""")]
    [InlineData("""{"id":"1","type":"datetime","subtype":"date","key":"f","dateLabel":"F","validate":{"required":true}}""", """{"f":"2026-11-09"}""")]
    public void Field_ThatIsRequired_GetsAnAnswerOfItsKind(string component, string answer) =>
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(answer), Of(component)), Of(component).ToJsonString());

    [Fact]
    public void Field_ThatSteersTheProcedure_IsAnsweredThoughItMayBeEmpty() => Assert.Equal(
        """{"f":1}""", Of("""{"id":"1","type":"number","key":"f","label":"F","properties":{"process":"true"}}""").ToJsonString());

    [Fact]
    public void Field_ThatAnAnswerBringsIntoSight_IsAnsweredToo()
    {
        var answer = Of(
            """{"id":"1","type":"radio","key":"kind","label":"K","validate":{"required":true},"values":[{"label":"A","value":"a"}]}""",
            """{"id":"2","type":"textfield","key":"more","label":"M","conditional":{"hide":"=kind != \"a\""},"validate":{"required":true}}""",
            """{"id":"3","type":"textfield","key":"never","label":"N","conditional":{"hide":"=kind = \"a\""},"validate":{"required":true}}""");
        Assert.Equal("a", answer["kind"]!.GetValue<string>());
        Assert.Equal("Przykład", answer["more"]!.GetValue<string>());
    }

    [Fact]
    public void List_ThatHasRequiredFields_GetsARow()
    {
        var answer = Of("""
            {"id":"1","type":"dynamiclist","path":"people","label":"P","allowAddRemove":true,"defaultRepetitions":1,
             "components":[{"id":"2","type":"textfield","key":"name","label":"N","validate":{"required":true}}]}
            """);
        Assert.Equal("""{"people":[{"name":"Przykład"}]}""", answer.ToJsonString(new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }));
    }

    public static TheoryData<string, string> Shipped =>
    [
        .. from name in ShippedBooks.Names
           from file in ShippedBooks.Files(name).Keys
           where file.EndsWith(".form", StringComparison.Ordinal)
           select (name, file),
    ];

    [Theory]
    [MemberData(nameof(Shipped))]
    public void Example_OfAShippedForm_IsAcceptedByIt(string name, string file)
    {
        var (form, answer) = Example(ShippedBooks.Files(name)[file]);
        var problems = FormValidator.Validate(form, JsonSerializer.SerializeToElement(answer), Context).Problems;
        Assert.Empty(problems.Select(problem => $"{problem.Path}: {problem.Message}"));
    }
}
