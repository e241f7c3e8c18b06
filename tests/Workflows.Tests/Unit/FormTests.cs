using System.Globalization;
using System.Text;
using System.Text.Json;
using Workflows.Engine.Forms;

namespace Workflows.Tests.Unit;

public sealed class FormTests
{
    static readonly TimeZoneInfo Warsaw = TimeZoneInfo.FindSystemTimeZoneById("Europe/Warsaw");
    static readonly FormContext Plain = new();

    // One component, one answer, the code expected; null where the answer is good. Every rule with both sides.
    [Theory]
    [InlineData("""{"type":"textfield","validate":{"required":true}}""", """{"f":"a"}""", null)]
    [InlineData("""{"type":"textfield","validate":{"required":true}}""", "{}", "Required")]
    [InlineData("""{"type":"textfield","validate":{"required":true}}""", """{"f":""}""", "Required")]
    [InlineData("""{"type":"textfield","validate":{"required":true}}""", """{"f":null}""", "Required")]
    [InlineData("""{"type":"textarea","validate":{"required":true}}""", """{"f":" \n "}""", "Required")]
    [InlineData("""{"type":"textfield","properties":{"format":"pesel"}}""", """{"f":"44051401359"}""", null)]
    [InlineData("""{"type":"textfield","properties":{"format":"pesel"}}""", """{"f":"02270803624"}""", null)]
    [InlineData("""{"type":"textfield","properties":{"format":"pesel"}}""", """{"f":"44051401358"}""", "NotAPesel")]
    [InlineData("""{"type":"textfield","properties":{"format":"pesel"}}""", """{"f":"4405140135"}""", "NotAPesel")]
    [InlineData("""{"type":"textfield","properties":{"format":"pesel"}}""", """{"f":""}""", null)]
    [InlineData("""{"type":"textfield"}""", """{"f":7}""", "WrongType")]
    [InlineData("""{"type":"textfield","validate":{"minLength":3}}""", """{"f":" ab "}""", "TooShort")]
    [InlineData("""{"type":"textfield","validate":{"minLength":3}}""", """{"f":"abc"}""", null)]
    [InlineData("""{"type":"textfield","validate":{"minLength":3}}""", """{"f":""}""", null)]
    [InlineData("""{"type":"textfield","validate":{"maxLength":"3"}}""", """{"f":"abcd"}""", "TooLong")]
    [InlineData("""{"type":"textfield","validate":{"maxLength":3}}""", """{"f":" abc "}""", null)]
    [InlineData("""{"type":"textfield","validate":{"pattern":"^\\d{11}$"}}""", """{"f":"44051401359"}""", null)]
    [InlineData("""{"type":"textfield","validate":{"pattern":"^\\d{11}$"}}""", """{"f":"4405"}""", "PatternMismatch")]
    [InlineData("""{"type":"textfield","validate":{"pattern":"^\\d{2}$"}}""", """{"f":"٤٤"}""", "PatternMismatch")]
    [InlineData("""{"type":"textfield","validate":{"pattern":"^\\d{2}$"}}""", """{"f":"44\n"}""", "PatternMismatch")]
    [InlineData("""{"type":"textfield","validate":{"pattern":"^[\\w.[-]+$"}}""", """{"f":"a_9.[-"}""", null)]
    [InlineData("""{"type":"textfield","validate":{"pattern":"^[\\w.]+$"}}""", """{"f":"ą"}""", "PatternMismatch")]
    [InlineData("""{"type":"textfield","validate":{"pattern":"b"}}""", """{"f":"abc"}""", null)]
    [InlineData("""{"type":"textfield","validate":{"validationType":"email"}}""", """{"f":"jan.k@example.pl"}""", null)]
    [InlineData("""{"type":"textfield","validate":{"validationType":"email"}}""", """{"f":"jan.pl"}""", "NotAnEmail")]
    [InlineData("""{"type":"textfield","validate":{"validationType":"phone"}}""", """{"f":"+48 22 123-45-67"}""", null)]
    [InlineData("""{"type":"textfield","validate":{"validationType":"phone"}}""", """{"f":"0048221234567"}""", null)]
    [InlineData("""{"type":"textfield","validate":{"validationType":"phone"}}""", """{"f":"221234567"}""", "NotAPhone")]
    [InlineData("""{"type":"number"}""", """{"f":"7"}""", "WrongType")]
    [InlineData("""{"type":"number"}""", """{"f":12345678901234567890123456789012}""", "WrongType")]
    [InlineData("""{"type":"number","serializeToString":true}""", """{"f":"7.5"}""", null)]
    [InlineData("""{"type":"number","serializeToString":true}""", """{"f":"7,5"}""", "WrongType")]
    [InlineData("""{"type":"number","validate":{"required":true}}""", """{"f":0}""", null)]
    [InlineData("""{"type":"number","validate":{"min":0}}""", """{"f":-0.01}""", "TooSmall")]
    [InlineData("""{"type":"number","validate":{"min":0,"max":15}}""", """{"f":15}""", null)]
    [InlineData("""{"type":"number","validate":{"max":15}}""", """{"f":15.5}""", "TooBig")]
    [InlineData("""{"type":"number","decimalDigits":2}""", """{"f":1.250}""", null)]
    [InlineData("""{"type":"number","decimalDigits":2}""", """{"f":1.255}""", "TooManyDecimals")]
    [InlineData("""{"type":"number","decimalDigits":0}""", """{"f":1.5}""", "TooManyDecimals")]
    [InlineData("""{"type":"number","increment":0.25}""", """{"f":1.75}""", null)]
    [InlineData("""{"type":"number","increment":0.25}""", """{"f":1.8}""", "NotAStep")]
    [InlineData("""{"type":"checkbox","validate":{"required":true}}""", """{"f":false}""", "Required")]
    [InlineData("""{"type":"checkbox","validate":{"required":true}}""", """{"f":true}""", null)]
    [InlineData("""{"type":"checkbox"}""", """{"f":false}""", null)]
    [InlineData("""{"type":"checkbox"}""", """{"f":"true"}""", "WrongType")]
    [InlineData("""{"type":"radio","values":[{"label":"A","value":"a"}]}""", """{"f":"a"}""", null)]
    [InlineData("""{"type":"radio","values":[{"label":"A","value":"a"}]}""", """{"f":"b"}""", "NotAnOption")]
    [InlineData("""{"type":"select","values":["a",2]}""", """{"f":2.0}""", null)]
    [InlineData("""{"type":"select","values":["a",2]}""", """{"f":"2"}""", "NotAnOption")]
    [InlineData("""{"type":"select","valuesKey":"list"}""", """{"f":"anything"}""", null)]
    [InlineData("""{"type":"select","valuesExpression":"=list"}""", """{"f":{"id":1}}""", null)]
    [InlineData("""{"type":"select","values":["a"],"validate":{"required":true}}""", """{"f":null}""", "Required")]
    [InlineData("""{"type":"checklist","values":["a","b"]}""", """{"f":["b"]}""", null)]
    [InlineData("""{"type":"checklist","values":["a","b"]}""", """{"f":["b","c"]}""", "NotAnOption")]
    [InlineData("""{"type":"checklist","values":["a","b"]}""", """{"f":"b"}""", "WrongType")]
    [InlineData("""{"type":"taglist","values":["a"],"validate":{"required":true}}""", """{"f":[]}""", "Required")]
    [InlineData("""{"type":"datetime","subtype":"date"}""", """{"f":"2026-02-28"}""", null)]
    [InlineData("""{"type":"datetime","subtype":"date"}""", """{"f":"2026-02-29"}""", "NotADate")]
    [InlineData("""{"type":"datetime","subtype":"date"}""", """{"f":"28.02.2026"}""", "NotADate")]
    [InlineData("""{"type":"datetime","subtype":"time"}""", """{"f":"14:30"}""", null)]
    [InlineData("""{"type":"datetime","subtype":"time"}""", """{"f":"14:30+01:00"}""", null)]
    [InlineData("""{"type":"datetime","subtype":"time"}""", """{"f":"24:30"}""", "NotADate")]
    [InlineData("""{"type":"datetime","subtype":"time","timeInterval":15}""", """{"f":"14:30Z"}""", null)]
    [InlineData("""{"type":"datetime","subtype":"time","timeInterval":15}""", """{"f":"14:31"}""", "TimeInterval")]
    [InlineData("""{"type":"datetime","subtype":"datetime"}""", """{"f":"2026-01-31T14:30Z"}""", null)]
    [InlineData("""{"type":"datetime","subtype":"datetime"}""", """{"f":"2026-01-31"}""", "NotADate")]
    [InlineData("""{"type":"filepicker","validate":{"required":true}}""", """{"f":"files::1"}""", null)]
    [InlineData("""{"type":"filepicker"}""", """{"f":["files::1"]}""", "WrongType")]
    [InlineData("""{"type":"expression","expression":"=1+1"}""", """{"f":{"any":[1]}}""", null)]
    [InlineData("""{"type":"textfield","disabled":true,"validate":{"required":true}}""", "{}", null)]
    public void Field_OfOneComponent_IsAcceptedOrRefusedByItsRule(string component, string answer, string? code)
    {
        var form = Read($$"""{"type":"default","id":"x","components":[{{WithKey(component)}}]}""");
        var result = FormValidator.Validate(form, Json(answer), Plain);
        Assert.Equal(code, result.Problems.IsEmpty ? null : Assert.Single(result.Problems).Code.ToString());
        Assert.Equal(code is null, result.Answer is not null);
    }

    [Theory]
    [InlineData("""{"type":"textarea","label":"Powód","validate":{"required":true}}""", "{}",
        "Pole „Powód” jest wymagane. Wpisz treść.")]
    [InlineData("""{"type":"select","label":"Źródło","values":["a"],"validate":{"required":true}}""", "{}",
        "Pole „Źródło” jest wymagane. Wybierz jedną z możliwości.")]
    [InlineData("""{"type":"number","label":"Kwota","validate":{"max":10.5}}""", """{"f":11}""",
        "Liczba w polu „Kwota” jest za duża. Wpisz najwyżej 10,5.")]
    [InlineData("""{"type":"datetime","dateLabel":"Data wizyty"}""", """{"f":"jutro"}""",
        "W polu „Data wizyty” podaj datę, na przykład 2026-01-31.")]
    [InlineData("""{"type":"textfield","label":"=label","validate":{"required":true}}""", "{}",
        "Pole „f” jest wymagane. Wpisz treść.")]
    [InlineData("""{"type":"textfield","validate":{"pattern":"^x$","patternErrorMessage":"Wpisz x."}}""",
        """{"f":"y"}""", "Wpisz x.")]
    public void Message_OfAProblem_IsPolishAndSaysWhatToDo(string component, string answer, string message)
    {
        var form = Read($$"""{"type":"default","id":"x","components":[{{WithKey(component)}}]}""");
        var problem = Assert.Single(FormValidator.Validate(form, Json(answer), Plain).Problems);
        Assert.Equal(message, problem.Message);
        Assert.Contains("'f'", problem.MessageEnglish, StringComparison.Ordinal);
    }

    [Fact]
    public void Answer_OfMarkedFields_IsSplitIntoDocumentAndProcessVariables()
    {
        var form = Read("""
            {"type":"default","id":"intake","components":[
              {"type":"text","text":"# Wniosek"},
              {"type":"textfield","id":"1","key":"surname","label":"Nazwisko"},
              {"type":"select","id":"2","key":"source","values":["family","court"],"properties":{"process":"true"}},
              {"type":"group","id":"3","path":"family","components":[
                {"type":"number","id":"4","key":"size","properties":{"process":"true"}},
                {"type":"textarea","id":"5","key":"notes"}]},
              {"type":"dynamiclist","id":"6","path":"children","components":[
                {"type":"textfield","id":"7","key":"name","validate":{"required":true}},
                {"type":"checkbox","id":"8","key":"school.attends","properties":{"process":"true"}}]},
              {"type":"checkbox","id":"9","key":"urgent","properties":{"process":"true"}}]}
            """);
        var result = FormValidator.Validate(form, Json("""
            {"urgent":true,"surname":"Żak \"Ż\"","source":"court","family":{"notes":"","size":4.0},
             "children":[{"school":{"attends":true},"name":"Ala"},{"name":"Olek"}]}
            """), Plain);

        Assert.Empty(result.Problems);
        Assert.Equal("""
            {"children":[{"name":"Ala","school":{"attends":true}},{"name":"Olek"}],"family":{"notes":"","size":4},
            """ + """
            "source":"court","surname":"Żak \"Ż\"","urgent":true}
            """, result.Answer!.Document);
        Assert.Equal(
            ["children=[{\"school\":{\"attends\":true}},{}]", "family={\"size\":4}", "source=\"court\"", "urgent=true"],
            result.Answer.ProcessVariables.Select(one => $"{one.Key}={one.Value}"));
    }

    [Fact]
    public void Answer_WithUnknownKeys_IsRefusedByName()
    {
        var form = Read("""
            {"type":"default","id":"x","components":[
              {"type":"textfield","key":"a.b"},
              {"type":"dynamiclist","path":"rows","components":[{"type":"textfield","key":"c"}]}]}
            """);
        var result = FormValidator.Validate(form,
            Json("""{"a":{"b":"1","z":"2"},"rows":[{"c":"3"},{"d":"4"}],"lost":"text"}"""), Plain);

        Assert.Null(result.Answer);
        Assert.Equal(["a.z", "rows[1].d", "lost"], result.Problems.Select(problem => problem.Path));
        Assert.All(result.Problems, problem => Assert.Equal(FieldProblemCode.UnknownKey, problem.Code));
        Assert.Contains("„lost”", result.Problems[2].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void HiddenFields_OfTheAnswer_AreNeitherRequiredNorStored()
    {
        var form = Read("""
            {"type":"default","id":"x","components":[
              {"type":"checkbox","key":"refused"},
              {"type":"textfield","key":"reason","validate":{"required":true},"conditional":{"hide":"=not(refused)"}},
              {"type":"group","components":[{"type":"number","key":"size","validate":{"required":true}}],
               "conditional":{"hide":"=refused"}}]}
            """);
        var answer = Json("""{"refused":true,"reason":"brak zgody","size":3}""");

        var shown = FormValidator.Validate(form, answer, expression => expression == "refused");
        Assert.Equal("""{"reason":"brak zgody","refused":true}""", shown.Answer!.Document);

        var missing = FormValidator.Validate(form, Json("{}"), _ => null);
        Assert.Equal(["reason", "size"], missing.Problems.Select(problem => problem.Path));

        var allHidden = FormValidator.Validate(form, Json("{}"), _ => true);
        Assert.Equal("{}", allHidden.Answer!.Document);
    }

    [Fact]
    public void Expressions_InsideARow_SeeTheRowItsParentAndItsNumber()
    {
        var form = Read("""
            {"type":"default","id":"x","components":[
              {"type":"dynamiclist","path":"rows","components":[
                {"type":"number","key":"n","validate":{"max":"=limit"}},
                {"type":"dynamiclist","path":"inner","components":[
                  {"type":"textfield","key":"t","conditional":{"hide":"=hide"}}]}]}]}
            """);
        var seen = new List<string>();
        var context = new FormContext((expression, scope) =>
        {
            seen.Add($"{expression} {scope.This} {scope.Outer is not null} [{string.Join(',', scope.Indexes)}]");
            return Json(expression == "limit" ? "5" : "false");
        });
        var result = FormValidator.Validate(form,
            Json("""{"rows":[{"n":5},{"n":6,"inner":[{"t":"a"}]}]}"""), context);

        Assert.Equal("rows[1].n", Assert.Single(result.Problems).Path);
        Assert.Equal(
            [
                """limit {"n":5} True [1]""", """limit {"n":6,"inner":[{"t":"a"}]} True [2]""",
                """hide {"t":"a"} True [2,1]""",
            ],
            seen);
    }

    [Fact]
    public void DisabledField_InTheAnswer_IsNotStored()
    {
        var form = Read("""
            {"type":"default","id":"x","components":[
              {"type":"textfield","key":"fixed","disabled":true},{"type":"textfield","key":"free"}]}
            """);
        var result = FormValidator.Validate(form, Json("""{"fixed":"forged","free":"ok"}"""), Plain);
        Assert.Equal("""{"free":"ok"}""", result.Answer!.Document);
    }

    [Theory]
    [InlineData("""{"rows":[{},{}]}""", null)]
    [InlineData("""{"rows":[{}]}""", "RowsFixed")]
    [InlineData("{}", "RowsFixed")]
    [InlineData("""{"rows":[{},7]}""", "WrongType")]
    [InlineData("""{"rows":{}}""", "WrongType")]
    public void List_WhoseRowsAreFixed_HasExactlyThose(string answer, string? code)
    {
        var form = Read("""
            {"type":"default","id":"x","components":[
              {"type":"dynamiclist","path":"rows","allowAddRemove":false,"defaultRepetitions":2,
               "components":[{"type":"textfield","key":"c"}]}]}
            """);
        var problems = FormValidator.Validate(form, Json(answer), Plain).Problems;
        Assert.Equal(code, problems.IsEmpty ? null : Assert.Single(problems).Code.ToString());
    }

    [Theory]
    [InlineData("date", "2026-11-22", null)]
    [InlineData("date", "2026-11-23", "DateInFuture")]
    [InlineData("datetime", "2026-11-22T23:59", null)]
    [InlineData("datetime", "2026-11-22T23:30Z", "DateInFuture")]
    public void Date_OfAFact_RefusesTheFutureOfTheCentre(string subtype, string value, string? code)
    {
        var form = Read("{\"type\":\"default\",\"id\":\"x\",\"components\":[{\"type\":\"datetime\",\"key\":\"f\"," +
            $"\"subtype\":\"{subtype}\",\"properties\":{{\"notAfter\":\"today\"}}}}]}}");
        var context = new FormContext(Today: new DateOnly(2026, 11, 22), Zone: Warsaw);
        var problems = FormValidator.Validate(form, Json($$"""{"f":"{{value}}"}"""), context).Problems;
        Assert.Equal(code, problems.IsEmpty ? null : Assert.Single(problems).Code.ToString());
    }

    [Theory]
    [InlineData("datetime", "2026-01-12T09:00+01:00", "2026-01-12T09:00:00+01:00")]
    [InlineData("datetime", "2026-01-12T09:00:30+01:00", "2026-01-12T09:00:30+01:00")]
    [InlineData("time", "09:00", "09:00:00")]
    public void Time_AsFormJsWritesIt_ReachesTheProcessWithSeconds(string subtype, string value, string variable)
    {
        var form = Read("{\"type\":\"default\",\"id\":\"x\",\"components\":[{\"type\":\"datetime\",\"key\":\"f\"," +
            $"\"subtype\":\"{subtype}\",\"properties\":{{\"process\":\"true\"}}}}]}}");
        var answer = FormValidator.Validate(form, Json($$"""{"f":"{{value}}"}"""), Plain).Answer!;
        Assert.Equal($"\"{variable}\"", answer.ProcessVariables["f"]);
        Assert.Contains(value, answer.Document, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("date", "2026-11-22", null)]
    [InlineData("date", "2026-11-21", "DatePassed")]
    [InlineData("datetime", "2026-11-22T00:30", null)]
    [InlineData("datetime", "2026-11-21T23:30Z", null)]
    [InlineData("datetime", "2026-11-21T22:30Z", "DatePassed")]
    [InlineData("datetime", "2026-11-21T23:30", "DatePassed")]
    public void Date_ThatMustNotHavePassed_IsComparedInTheZoneOfTheCentre(string subtype, string value, string? code)
    {
        var form = Read("{\"type\":\"default\",\"id\":\"x\",\"components\":[{\"type\":\"datetime\",\"key\":\"f\"," +
            $"\"subtype\":\"{subtype}\",\"disallowPassedDates\":true}}]}}");
        var context = new FormContext(Today: new DateOnly(2026, 11, 22), Zone: Warsaw);
        var problems = FormValidator.Validate(form, Json($$"""{"f":"{{value}}"}"""), context).Problems;
        Assert.Equal(code, problems.IsEmpty ? null : Assert.Single(problems).Code.ToString());
    }

    [Fact]
    public void Variants_HiddenInTurn_MayShareAKey()
    {
        var form = Read("""
            {"type":"default","id":"x","components":[
              {"type":"select","key":"f","values":["a"],"conditional":{"hide":"=one"}},
              {"type":"select","key":"f","values":["b"],"conditional":{"hide":"=two"}}]}
            """);
        var result = FormValidator.Validate(form, Json("""{"f":"b"}"""), expression => expression == "one");
        Assert.Equal("""{"f":"b"}""", result.Answer!.Document);
    }

    [Theory]
    [InlineData("[]", "NotAnObject")]
    [InlineData("\"text\"", "NotAnObject")]
    [InlineData("""{"f":"a\u0000b"}""", "UnreadableText")]
    [InlineData("""{"f":"\ud800"}""", "UnreadableText")]
    [InlineData("""{"g":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]}""", "TooLarge")]
    public void Answer_ThatIsHostile_IsRefusedBeforeItIsRead(string answer, string code)
    {
        var form = Read("""
            {"type":"default","id":"x","components":[{"type":"textfield","key":"f"},{"type":"expression","key":"g"}]}
            """);
        Assert.Equal(code, Assert.Single(FormValidator.Validate(form, Json(answer), Plain).Problems).Code.ToString());
    }

    [Fact]
    public void Answer_AboveTheLimits_IsRefused()
    {
        var form = Read("""
            {"type":"default","id":"x","components":[{"type":"textarea","key":"f"},
              {"type":"checklist","key":"g","valuesKey":"any"},
              {"type":"dynamiclist","path":"h","components":[{"type":"textfield","key":"i"}]}]}
            """);
        FieldProblemCode Code(string answer) =>
            Assert.Single(FormValidator.Validate(form, Json(answer), Plain).Problems).Code;
        var many = string.Join(',', Enumerable.Repeat("{}", FormLimits.ItemsMax + 1));

        Assert.Equal(FieldProblemCode.TooLong, Code($$"""{"f":"{{new string('a', FormLimits.TextCharsMax + 1)}}"}"""));
        Assert.Equal(FieldProblemCode.TooLarge, Code($$"""{"f":"{{new string('a', FormLimits.AnswerCharsMax)}}"}"""));
        Assert.Equal(FieldProblemCode.TooManyItems, Code($$"""{"g":[{{many}}]}"""));
        Assert.Equal(FieldProblemCode.TooManyItems, Code($$"""{"h":[{{many}}]}"""));
    }

    [Fact]
    public void Rows_InRowsInManyFields_StopAtTheLimitOfVisits()
    {
        var fields = string.Join(',',
            Enumerable.Range(0, 500).Select(i => $$"""{"type":"textfield","key":"k{{i}}"}"""));
        var form = Read($$"""
            {"type":"default","id":"x","components":[{"type":"dynamiclist","path":"a","components":[
              {"type":"dynamiclist","path":"b","components":[{{fields}}]}]}]}
            """);
        var inner = string.Join(',', Enumerable.Repeat("{}", 400));
        var outer = string.Join(',', Enumerable.Repeat($$"""{"b":[{{inner}}]}""", 400));
        var problems = FormValidator.Validate(form, Json($$"""{"a":[{{outer}}]}"""), Plain).Problems;
        Assert.Equal(FieldProblemCode.TooLarge, Assert.Single(problems.Select(one => one.Code).Distinct()));
    }

    [Theory]
    [InlineData("{", "not readable JSON")]
    [InlineData("""{"id":"x","id":"y","components":[]}""", "not readable JSON")]
    [InlineData("""{"id":"x"}""", "'components'")]
    [InlineData("""{"id":"x","type":"wizard","components":[]}""", "'wizard'")]
    [InlineData("""{"components":[]}""", "no id")]
    [InlineData("""{"id":"x","components":[7]}""", "must be an object")]
    [InlineData("""{"id":"x","components":[{"type":"slider","id":"c1","key":"a"}]}""", "'slider'")]
    [InlineData("""{"id":"x","components":[{"type":"textfield"}]}""", "needs a key")]
    [InlineData("""{"id":"x","components":[{"type":"textfield","key":"a..b"}]}""", "needs a key")]
    [InlineData("""{"id":"x","components":[{"type":"number","key":"a"},{"type":"number","key":"a.b"}]}""",
        "'a.b' is already")]
    [InlineData("""{"id":"x","components":[{"type":"number","key":"a.b"},{"type":"number","key":"a"}]}""",
        "'a' is already")]
    [InlineData("""{"id":"x","components":[{"type":"dynamiclist","components":[]}]}""", "needs a path")]
    [InlineData("""{"id":"x","components":[{"type":"group","path":"a"}]}""", "'components'")]
    [InlineData("""{"id":"x","components":[{"type":"select","key":"a"}]}""", "'valuesKey'")]
    [InlineData("""{"id":"x","components":[{"type":"datetime","key":"a","subtype":"week"}]}""", "'week'")]
    [InlineData("""{"id":"x","components":[{"type":"number","key":"a","validate":{"min":"few"}}]}""", "'min'")]
    [InlineData("""{"id":"x","components":[{"type":"textfield","key":"a","validate":{"pattern":"(?=a)b"}}]}""",
        "linear time")]
    [InlineData("""{"id":"x","components":[{"type":"textfield","key":"a","validate":{"pattern":"(a)\\1"}}]}""",
        "linear time")]
    [InlineData("""{"id":"x","components":[{"type":"textfield","key":"a","validate":{"pattern":"("}}]}""",
        "linear time")]
    [InlineData("""{"id":"\ud800","components":[]}""", "Unicode")]
    public void Form_ThatIsWrong_IsAProblemThatSaysWhere(string json, string part)
    {
        var problem = Assert.Single(FormReader.Read(json).Problems);
        Assert.Contains(part, problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Form_AboveTheLimits_IsRefused()
    {
        var components = string.Join(',', Enumerable.Repeat("""{"type":"spacer"}""", FormLimits.ComponentsMax + 1));
        var many = FormReader.Read($$"""{"id":"x","components":[{{components}}]}""");
        Assert.Null(many.Form);
        Assert.Contains("2000", Assert.Single(many.Problems).Message, StringComparison.Ordinal);

        var deep = new StringBuilder("""{"id":"x","components":[""");
        for (var i = 0; i < 40; i++) deep.Append("""{"type":"group","components":[""");
        for (var i = 0; i < 40; i++) deep.Append("]}");
        Assert.Null(FormReader.Read(deep.Append("]}").ToString()).Form);
        Assert.Null(FormReader.Read(new string(' ', FormLimits.SchemaCharsMax + 1)).Form);
    }

    [Theory]
    [InlineData("""{"type":"select","values":["a"]}""", true)]
    [InlineData("""{"type":"radio","values":["a"]}""", true)]
    [InlineData("""{"type":"checklist","values":["a"]}""", true)]
    [InlineData("""{"type":"checkbox"}""", true)]
    [InlineData("""{"type":"number"}""", true)]
    [InlineData("""{"type":"datetime"}""", true)]
    [InlineData("""{"type":"textfield"}""", false)]
    [InlineData("""{"type":"textarea"}""", false)]
    [InlineData("""{"type":"filepicker"}""", false)]
    [InlineData("""{"type":"expression"}""", false)]
    [InlineData("""{"type":"number","label":"PESEL dziecka"}""", false)]
    public void Lint_OfAProcessVariable_AllowsOnlyChoicesNumbersAndDates(string component, bool allowed)
    {
        var marked = WithKey(component).Insert(1, "\"properties\":{\"process\":\"true\"},");
        var form = Read($$"""{"id":"x","components":[{{marked}}]}""");
        Assert.Equal(allowed, FormReader.Lint(form).IsEmpty);
    }

    [Fact]
    public void Lint_OfATextFieldThatHoldsAKey_IsSilent()
    {
        var form = Read("""
            {"id":"x","components":[{"type":"group","components":[
              {"type":"textfield","key":"fileNo","properties":{"process":"true","key":"true"}},
              {"type":"textarea","id":"bad","key":"notes","properties":{"process":"true","key":"true"}}]}]}
            """);
        var problem = Assert.Single(FormReader.Lint(form));
        Assert.Equal(("bad", "notes"), (problem.ComponentId, problem.Key));
    }

    [Theory]
    [InlineData("""{ "b": 1.50, "a": [ true, null, "ż/<" ] }""", """{"a":[true,null,"ż/<"],"b":1.5}""")]
    [InlineData("1e2", "100")]
    [InlineData("-0.0", "0")]
    [InlineData("0.1234567890123456789012345678901234567890", "0.1234567890123456789012345678901234567890")]
    public void CanonicalJson_OfAValue_IsOneText(string json, string canonical) =>
        Assert.Equal(canonical, CanonicalJson.Of(Json(json)));

    static Form Read(string json)
    {
        var reading = FormReader.Read(json);
        Assert.Empty(reading.Problems);
        return reading.Form!;
    }

    static string WithKey(string component) =>
        component.Insert(1, string.Create(CultureInfo.InvariantCulture, $"\"id\":\"c\",\"key\":\"f\","));

    static JsonElement Json(string json) => JsonDocument.Parse(json).RootElement;
}
