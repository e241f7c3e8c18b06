using Workflows.Engine.Expressions;

namespace Workflows.Tests.Unit;

/// <summary>Evaluates texts for the tests of FEEL, on a fixed day.</summary>
static class Feel
{
    public static readonly FeelEnvironment Environment = new(
        new DateTimeOffset(2025, 6, 15, 10, 0, 0, TimeSpan.Zero), TimeZoneInfo.FindSystemTimeZoneById("Europe/Warsaw"));

    public static FeelResult Run(string text, params (string Name, FeelValue Value)[] variables) =>
        Run(text, FeelLimits.Default, variables);

    public static FeelResult Run(string text, FeelLimits limits, params (string Name, FeelValue Value)[] variables)
    {
        var names = new FeelNames(variables.Select(variable => variable.Name), [], null);
        var parsed = FeelExpression.Parse(text, names, limits);
        Assert.True(parsed.Expression is not null, $"{text}: {parsed.Problem?.Message}");
        var scope = FeelScope.Of(variables.ToDictionary(variable => variable.Name, variable => variable.Value));
        return parsed.Expression.Evaluate(scope, Environment with { Limits = limits });
    }

    /// <summary>The result as text; a failure shows as its message.</summary>
    public static string Text(string text, params (string Name, FeelValue Value)[] variables)
    {
        var result = Run(text, variables);
        return result.Failure is { } failure ? $"failure: {failure.Message}" : result.Value.ToString();
    }

    public static FeelProblem Problem(string text, FeelLimits? limits = null)
    {
        var parsed = FeelExpression.Parse(text, limits);
        Assert.Null(parsed.Expression);
        return parsed.Problem!;
    }
}

public sealed class FeelGrammarTests
{
    [Theory]
    [InlineData("1 + 2 * 3", "7")]
    [InlineData("(1 + 2) * 3", "9")]
    [InlineData("2 * 3 ** 2", "18")]
    [InlineData("-5 ** 2", "25")]
    [InlineData("10 - 2 - 3", "5")]
    [InlineData("2 ** 3 ** 2", "64")]
    [InlineData("1 + 1 = 2 and 3 > 2 or false", "true")]
    [InlineData("true or true and false", "true")]
    [InlineData("not(1 = 2) and 5 between 1 and 10", "true")]
    [InlineData("if 1 > 2 then \"a\" else if 2 > 1 then \"b\" else \"c\"", "\"b\"")]
    [InlineData("for i in 1..3 return i * i", "[1, 4, 9]")]
    [InlineData("for i in 3..1 return i", "[3, 2, 1]")]
    [InlineData("for i in 1..5 return if i = 1 then 1 else i * partial[-1]", "[1, 2, 6, 24, 120]")]
    [InlineData("some x in [1, 2], y in [2, 3] satisfies x = y", "true")]
    [InlineData("every x in [] satisfies false", "true")]
    [InlineData("{a: 1, b: a + 1}.b", "2")]
    [InlineData("{\"my key\": 1, b: my key + 1}.b", "2")]
    [InlineData("(function(a: number, b) a - b)(b: 1, a: 3)", "2")]
    [InlineData("[{p: 1, q: 5}, {p: 2, q: 6}][p = 2].q", "[6]")]
    [InlineData("[1, 2, 3][-1]", "3")]
    [InlineData("[1, 2, 3, 4][item > 2]", "[3, 4]")]
    [InlineData("3 in (1, > 2)", "true")]
    [InlineData("3 in ]1..3[", "false")]
    [InlineData("2 in [1..[5][1]]", "true")]
    [InlineData("null = null", "true")]
    [InlineData("1 /* one */ + // two\n 2", "3")]
    [InlineData("@\"2024-02-29\" instance of date", "true")]
    [InlineData("[1] instance of list<number>", "true")]
    [InlineData("string length(\"a\\u00e9\\U01F40E\")", "3")]
    public void Expression_OfTheGrammar_HasItsValue(string text, string expected) =>
        Assert.Equal(expected, Feel.Text(text));

    [Theory]
    [InlineData("1 +", "Expected an expression, found the end.")]
    [InlineData("(1", "Expected ')', found the end.")]
    [InlineData("\"abc", "The string is not closed.")]
    [InlineData("1 2", "Expected the end, found '2'.")]
    [InlineData("for x return 1", "Expected the end")]
    [InlineData("if true then 1", "Expected 'else', found the end.")]
    [InlineData("{a 1}", "Expected ':', found '}'.")]
    [InlineData("", "Expected an expression, found the end.")]
    [InlineData("then", "Expected an expression, found 'then'.")]
    public void BadText_Parsed_NamesTheProblem(string text, string message) =>
        Assert.Contains(message[..Math.Min(message.Length, 16)], Feel.Problem(text).Message, StringComparison.Ordinal);

    [Fact]
    public void Name_WithBlanksAndSymbols_IsResolvedAgainstTheScope()
    {
        (string, FeelValue) income = ("Monthly income", FeelValue.Of(10));
        Assert.Equal("8", Feel.Text("Monthly income / 2 + a-b", income, ("a-b", FeelValue.Of(3))));
        Assert.Equal("7", Feel.Text("a-b", ("a", FeelValue.Of(10)), ("b", FeelValue.Of(3))));
        Assert.Equal("\"x\"", Feel.Text("Student's   name", ("Student's name", FeelValue.Of("x"))));
    }

    [Fact]
    public void Name_LongerThanAnother_WinsOverTheShorterOne()
    {
        var names = (("date of", FeelValue.Of(1)), ("date of birth", FeelValue.Of(2)));
        Assert.Equal("2", Feel.Text("date of birth", names.Item1, names.Item2));
    }

    [Fact]
    public void Name_UnknownToTheParser_IsLookedUpWhenEvaluated()
    {
        var expression = FeelExpression.Parse("family size + `x-y` + string length(\"abc\")").Expression!;
        var scope = FeelScope.Empty.With("family size", FeelValue.Of(4)).With("x-y", FeelValue.Of(2));
        Assert.Equal("9", expression.Evaluate(scope, Feel.Environment).Value.ToString());
    }

    [Fact]
    public void Name_OfNothing_IsNullWithAWarning()
    {
        var result = Feel.Run("missing + 1");
        Assert.True(result.Value.IsNull);
        Assert.Null(result.Failure);
        Assert.Contains("missing", result.Warnings[0].Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-", 5, true)]
    [InlineData("< 6", 5, true)]
    [InlineData("1, 5", 5, true)]
    [InlineData("not(5, 6)", 5, false)]
    [InlineData("[1..4], > 10", 5, false)]
    [InlineData("? > 3 and ? < 6", 5, true)]
    [InlineData("x", 5, true)]
    public void UnaryTests_ForAValue_MatchOrNot(string text, long input, bool expected)
    {
        var tests = FeelExpression.ParseUnaryTests(text, FeelNames.None).Expression!;
        var scope = FeelScope.Empty.With("?", FeelValue.Of(input)).With("x", FeelValue.Of(5));
        Assert.Equal(expected, tests.Evaluate(scope, Feel.Environment).Value.IsTrue);
    }

    [Theory]
    [InlineData("substring(\"family\", 2, 3)", "\"ami\"")]
    [InlineData("split(\"a;b;;\", \";\")", "[\"a\", \"b\", \"\", \"\"]")]
    [InlineData("replace(\"2024-02\", \"(\\d+)-(\\d+)\", \"$2.$1\")", "\"02.2024\"")]
    [InlineData("matches(\"foobar\", \"^fo*b\")", "true")]
    [InlineData("matches(\"aa\", \"(a)\\1\")", "null")]
    [InlineData("sort([3, 1, 2], function(x, y) x < y)", "[1, 2, 3]")]
    [InlineData("list replace([2, 4, 7], function(item, newItem) item < newItem, 5)", "[5, 5, 7]")]
    [InlineData("context put({a: {b: 1}}, [\"a\", \"b\"], 2)", "{a: {b: 2}}")]
    [InlineData("concatenate([1], [2, 3])", "[1, 2, 3]")]
    [InlineData("flatten([1, [2, [3]]])", "[1, 2, 3]")]
    [InlineData("union([1, 2], [2, 3])", "[1, 2, 3]")]
    [InlineData("index of([1, 2, 1], 1)", "[1, 3]")]
    [InlineData("mode([6, 3, 9, 6, 6])", "[6]")]
    [InlineData("stddev([2, 4, 7, 5])", "2.081665999466132735282297706979931")]
    [InlineData("overlaps([1..5], [3..8])", "true")]
    [InlineData("before([1..5), 5)", "true")]
    [InlineData("during(5, [1..5])", "true")]
    [InlineData("string join([\"a\", null, \"b\"], \"-\")", "\"a-b\"")]
    [InlineData("number(\"1 000,5\", \" \", \",\")", "1000.5")]
    [InlineData("get or else(null, 1)", "1")]
    [InlineData("is defined(nothing)", "false")]
    [InlineData("round half up(-2.5, 0)", "-3")]
    [InlineData("decimal(2.5, 0)", "2")]
    [InlineData("now().time offset", "PT2H")]
    [InlineData("today()", "2025-06-15")]
    public void Function_OfTheSpecification_HasItsValue(string text, string expected) =>
        Assert.Equal(expected, Feel.Text(text));

    [Fact]
    public void Extension_Called_SeesTheEnvironmentAndLeavesNotes()
    {
        FeelValue Deadline(IReadOnlyList<FeelValue> arguments, FeelCall call)
        {
            if (arguments.Count != 1) return call.Fail("one argument");
            call.Note("reckoned");
            return ((FeelDate)arguments[0]).AddDays(call.Environment.Now.Day)!;
        }

        var environment = Feel.Environment with
        {
            Extensions = new Dictionary<string, FeelExtension> { ["deadline"] = Deadline },
        };
        var good = FeelExpression.Parse("deadline(@\"2025-01-01\")").Expression!.Evaluate(FeelScope.Empty, environment);
        Assert.Equal("2025-01-16", good.Value.ToString());
        Assert.Equal("reckoned", Assert.Single(good.Notes));
        var bad = FeelExpression.Parse("[deadline()]").Expression!.Evaluate(FeelScope.Empty, environment);
        Assert.Equal("deadline: one argument", bad.Failure!.Message);
        Assert.Equal(FeelFailureKind.Function, bad.Failure.Kind);
    }
}

public sealed class FeelNumberTests
{
    [Theory]
    [InlineData("0.1 + 0.2", "0.3")]
    [InlineData("1 / 3", "0.3333333333333333333333333333333333")]
    [InlineData("2 / 3", "0.6666666666666666666666666666666667")]
    [InlineData("9999999999999999999999999999999999 + 1", "10000000000000000000000000000000000")]
    [InlineData("1e33 + 0.05", "1000000000000000000000000000000000")]
    [InlineData("1.10", "1.1")]
    [InlineData("1e3", "1000")]
    [InlineData("1e-3", "0.001")]
    [InlineData("12345678901234567.89 * 10", "123456789012345678.9")]
    [InlineData("5 ** 2.55", "60.58617166606633673745724928244262")]
    [InlineData("2 ** 0.5", "1.414213562373095048801688724209698")]
    [InlineData("2 ** -2", "0.25")]
    [InlineData("sqrt(2)", "1.414213562373095048801688724209698")]
    [InlineData("sqrt(1e-6)", "0.001")]
    [InlineData("exp(1)", "2.718281828459045235360287471352662")]
    [InlineData("log(10)", "2.302585092994045684017991454684364")]
    [InlineData("log(0.001)", "-6.907755278982137052053974364053093")]
    [InlineData("modulo(-12, 5)", "3")]
    [InlineData("modulo(10.1, -4.5)", "-3.4")]
    [InlineData("1 / 0", "null")]
    [InlineData("9e6144 * 10", "null")]
    [InlineData("1e-6176 / 10", "0")]
    [InlineData("1 = 1.000", "true")]
    [InlineData("1e400 > 1e399", "true")]
    [InlineData("-1e400 < 1e-400", "true")]
    [InlineData("floor(-1.56, 1)", "-1.6")]
    [InlineData("round up(1e-40, 0)", "1")]
    [InlineData("even(1e30)", "true")]
    public void Arithmetic_IsDecimal128(string text, string expected) => Assert.Equal(expected, Feel.Text(text));

    [Fact]
    public void Numbers_EqualInValue_AreEqualRecords()
    {
        var a = FeelNumber.Parse("100.00")!;
        var b = FeelNumber.Parse("1e2")!;
        Assert.Equal(a, b);
        Assert.Equal(a.GetHashCode(), b.GetHashCode());
    }

    [Theory]
    [InlineData("0.00000000000000000000000000000000000000001", "0.00000000000000000000000000000000000000001")]
    [InlineData("12345678901234567890123456789012345", "12345678901234567890123456789012340")]
    [InlineData("12345678901234567890123456789012335", "12345678901234567890123456789012340")]
    [InlineData("123456789012345678901234567890123451", "123456789012345678901234567890123500")]
    public void Number_Parsed_RoundsHalfEvenTo34Digits(string text, string expected) =>
        Assert.Equal(expected, FeelNumber.Parse(text)!.ToString());
}

public sealed class FeelTemporalTests
{
    [Theory]
    [InlineData("@\"2024-02-29\" + @\"P1Y\"", "2025-02-28")]
    [InlineData("@\"2024-01-31\" + @\"P1M\"", "2024-02-29")]
    [InlineData("@\"-0001-03-01\" - @\"P1D\"", "-0001-02-28")]
    [InlineData("@\"123456-12-31\" + @\"P1D\"", "123457-01-01")]
    [InlineData("@\"2024-03-31T01:30:00@Europe/Warsaw\" + @\"PT1H\"", "2024-03-31T03:30:00@Europe/Warsaw")]
    [InlineData("@\"2024-03-31T12:00:00@Europe/Warsaw\".time offset", "PT2H")]
    [InlineData("@\"2024-01-01T00:00:00Z\" = @\"2024-01-01T01:00:00+01:00\"", "true")]
    [InlineData("is(@\"2024-01-01T00:00:00Z\", @\"2024-01-01T01:00:00+01:00\")", "false")]
    [InlineData("@\"2024-01-01T00:00:00\" < @\"2024-01-01T00:00:00Z\"", "null")]
    [InlineData("@\"23:30:00\" + @\"PT1H\"", "00:30:00")]
    [InlineData("@\"P1Y6M\" / 2", "P9M")]
    [InlineData("@\"P2D\" / @\"PT12H\"", "4")]
    [InlineData("@\"PT90M\"", "PT1H30M")]
    [InlineData("@\"PT0.5S\" * 3", "PT1.5S")]
    [InlineData("@\"2024-12-30\".weekday", "1")]
    [InlineData("week of year(@\"2024-12-30\")", "1")]
    [InlineData("week of year(@\"2023-01-01\")", "52")]
    [InlineData("day of year(@\"2024-12-31\")", "366")]
    [InlineData("years and months duration(@\"2020-02-29\", @\"2024-02-28\")", "P3Y11M")]
    [InlineData("date and time(@\"2024-01-01\", @\"10:00:00+02:00\")", "2024-01-01T10:00:00+02:00")]
    [InlineData("date(\"2023-02-29\")", "null")]
    [InlineData("time(\"25:00:00\")", "null")]
    [InlineData("duration(\"P1Y1D\")", "null")]
    [InlineData("@\"2024-01-01T10:00:00@No/Where\"", "null")]
    public void Temporal_Expression_HasItsValue(string text, string expected) =>
        Assert.Equal(expected, Feel.Text(text));

    [Fact]
    public void EpochDay_AndBack_IsTheSameDay()
    {
        foreach (var day in new[] { -365_242_500_000L, -719_469, -719_468, -1, 0, 1, 11_016, 365_000_000_000L })
            Assert.Equal(day, FeelDate.OfEpochDay(day)!.EpochDay);
        for (var day = -800_000L; day < 800_000; day += 97)
            Assert.Equal(day, FeelDate.OfEpochDay(day)!.EpochDay);
    }

    [Fact]
    public void Date_OfTheFramework_IsTheSameDay()
    {
        for (var date = new DateOnly(1899, 12, 25); date < new DateOnly(2101, 1, 1); date = date.AddDays(13))
        {
            var own = FeelDate.Of(date);
            Assert.Equal(date.DayNumber - new DateOnly(1970, 1, 1).DayNumber, own.EpochDay);
            Assert.Equal(((int)date.DayOfWeek + 6) % 7 + 1, own.Weekday);
            Assert.Equal(System.Globalization.ISOWeek.GetWeekOfYear(date), own.WeekOfYear);
        }
    }
}

public sealed class FeelBudgetTests
{
    /// <summary>Runs on the smallest stack a host may give a thread: an overflow would end the test process.</summary>
    static FeelResult OnSmallStack(Func<FeelResult> run)
    {
        FeelResult? result = null;
        var thread = new Thread(() => result = run(), 512 * 1024);
        thread.Start();
        thread.Join();
        return result!;
    }

    static void AssertExhausted(string text)
    {
        var result = OnSmallStack(() => Feel.Run(text));
        Assert.Equal(FeelFailureKind.Budget, result.Failure?.Kind);
        Assert.True(result.Value.IsNull);
    }

    [Theory]
    [InlineData("for i in 1..1000000000 return i")]
    [InlineData("some i in 1..1000000000 satisfies i < 0")]
    [InlineData("for i in 1..100000, j in 1..100000 return 1")]
    [InlineData("count(for i in 1..10001 return i)")]
    [InlineData("every i in 1..1000, j in 1..1000 satisfies i + j > 0")]
    [InlineData("{s: for i in 1..13 return if i = 1 then \"abcdefgh\" else partial[-1] + partial[-1], "
        + "r: some i in 1..1000000 satisfies string length(s[13]) = 0}")]
    public void EndlessLoop_EndsByBudget(string text) => AssertExhausted(text);

    [Theory]
    [InlineData("{f: function(n) f(n + 1), g: function(h, n) h(h, n + 1), r: g(g, 0)}.r")]
    [InlineData("(function(h) h(h))(function(h) 1 + (1 + (1 + (1 + (1 + (1 + (1 + (1 + (1 + (1 + h(h)))))))))))")]
    public void EndlessRecursion_EndsByBudget(string text) => AssertExhausted(text);

    [Theory]
    [InlineData("for i in 1..10000 return [partial[-1]]")]
    [InlineData("for i in 1..64 return [partial[-1], partial[-1]]")]
    [InlineData("for i in 1..64 return {a: partial[-1], b: partial[-1]}")]
    public void NestedValue_DoublingOrDeepening_EndsByBudget(string text) => AssertExhausted(text);

    [Fact]
    public void LongString_Doubled_EndsByBudget() =>
        AssertExhausted("for i in 1..40 return if i = 1 then \"abcdefgh\" else partial[-1] + partial[-1]");

    [Theory]
    [InlineData('(')]
    [InlineData('[')]
    [InlineData('-')]
    [InlineData('{')]
    public void DeepText_Parsed_IsAProblem(char c)
    {
        foreach (var text in new[] { new string(c, 3000), $"{new string(c, 1000)}1" })
            Assert.NotNull(OnParserStack(text).Problem);
    }

    [Theory]
    [InlineData("if true then 1 else ", "1")]
    [InlineData("not(", "1")]
    [InlineData("1 in (", "1")]
    [InlineData("x.", "y")]
    [InlineData("1 instance of list<", "number")]
    [InlineData("1 in ", "1")]
    [InlineData("f[", "1")]
    public void RepeatedText_Parsed_EndsWithAnAnswer(string part, string end)
    {
        var text = string.Concat(Enumerable.Repeat(part, 3900 / part.Length)) + end;
        Assert.True(OnParserStack(text).Problem is not null);
    }

    [Fact]
    public void LongSum_OfManyOperands_IsEvaluatedOnASmallStack()
    {
        var text = string.Join("+", Enumerable.Repeat("1", 1900));
        Assert.Equal("1900", OnSmallStack(() => Feel.Run(text)).Value.ToString());
    }

    [Fact]
    public void HugeLiteral_IsRoundedNotComputed()
    {
        var digits = new string('9', 3990);
        Assert.Equal(3991, Feel.Run(digits).Value.ToString().Length);
        Assert.True(Feel.Run($"1e{new string('9', 9)}").Value.IsNull);
        Assert.NotNull(Feel.Problem(new string('9', 4001)));
    }

    [Fact]
    public void Text_LongerThanTheLimit_IsAProblem() =>
        Assert.Contains("4000", Feel.Problem(new string(' ', 4001)).Message, StringComparison.Ordinal);

    [Fact]
    public void WorstPatternOfBacktracking_MatchesInLinearTime() =>
        Assert.Equal("false", Feel.Text($"matches(\"{new string('a', 3000)}!\", \"^(a+)+$\")"));

    [Fact]
    public void SimpleComparison_CostsFewSteps()
    {
        var limits = FeelLimits.Default with { Steps = 2 };
        Assert.True(Feel.Run("x > 1", limits, ("x", FeelValue.Of(2))).Value.IsTrue);
    }

    /// <summary>Texts spoilt at random places, with a fixed seed so that a failure comes again.</summary>
    [Fact]
    public void SpoiltText_ParsedAndEvaluated_NeverThrows()
    {
        string[] texts =
        [
            "for i in 1..5 return if i = 1 then 1 else i * partial[-1]", "{a: 1, b: [a, 2][item > 1]}.b",
            "some x in [1, 2] satisfies x in (1, > 2, [3..4[)", "(function(a: number, b) a ** b)(b: 1, a: 3e5)",
            "@\"2024-02-29T24:00:00@Europe/Paris\" - @\"P1DT2H\"", "x instance of list<context<a: string>>",
            "replace(\"a\\u00e9b\", \"(a)|[^b-[c]]\", \"$1\")", "-5 ** 2.5 between null and 1e-6176 // end",
        ];
        string[] parts = ["(", ")", "[", "]", "{", "}", "..", ",", "-", "**", "\"", "@", "`", "null", "1e99", ".", "<"];
        var random = new Random(20250615);
        for (var turn = 0; turn < 20_000; turn++)
        {
            var text = texts[random.Next(texts.Length)];
            for (var change = random.Next(1, 4); change > 0; change--)
            {
                var at = random.Next(text.Length);
                text = random.Next(2) == 0 ? text.Remove(at, 1) : text.Insert(at, parts[random.Next(parts.Length)]);
            }
            var parsed = FeelExpression.Parse(text);
            Assert.True(parsed.Expression is null != parsed.Problem is null, text);
            if (parsed.Expression is null) continue;
            var json = FeelJson.Write(parsed.Expression.Evaluate(FeelScope.Empty, Feel.Environment).Value);
            Assert.Equal(json, FeelJson.Write(FeelJson.Read(json)));
        }
    }

    static FeelParseResult OnParserStack(string text)
    {
        FeelParseResult? result = null;
        var thread = new Thread(() => result = FeelExpression.Parse(text), 512 * 1024);
        thread.Start();
        thread.Join();
        return result!;
    }
}

public sealed class FeelJsonTests
{
    [Theory]
    [InlineData("{\"b\":1,\"a\":[true,null,\"x\"]}")]
    [InlineData("12345678901234567890.123456789")]
    [InlineData("{\"zażółć\":\"gęślą \\\"jaźń\\\"\"}")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("-0.000001")]
    public void CanonicalText_ReadAndWritten_IsTheSame(string json) =>
        Assert.Equal(json, FeelJson.Write(FeelJson.Read(json)));

    [Theory]
    [InlineData("1e3", "1000")]
    [InlineData("1.50", "1.5")]
    [InlineData("1E-7", "0.0000001")]
    [InlineData("{\"a\":1,\"a\":2}", "{\"a\":2}")]
    public void OtherText_Read_BecomesCanonical(string json, string expected) =>
        Assert.Equal(expected, FeelJson.Write(FeelJson.Read(json)));

    [Fact]
    public void NumberTooLarge_Read_IsRefusedAndNotNull() =>
        Assert.Throws<System.Text.Json.JsonException>(() => FeelJson.Read("1e999999"));

    [Theory]
    [InlineData("@\"2024-02-29\"", "\"2024-02-29\"")]
    [InlineData("@\"P1DT2H\"", "\"P1DT2H\"")]
    [InlineData("[1..5]", "\"[1..5]\"")]
    [InlineData("function(x) x", "null")]
    [InlineData("{d: @\"10:00:00Z\"}", "{\"d\":\"10:00:00Z\"}")]
    public void Value_WithoutJsonForm_IsWrittenAsItsText(string text, string expected) =>
        Assert.Equal(expected, FeelJson.Write(Feel.Run(text).Value));

    [Fact]
    public void DeepText_Read_IsRefused() =>
        Assert.ThrowsAny<System.Text.Json.JsonException>(() =>
            FeelJson.Read(new string('[', 5000) + new string(']', 5000)));
}
