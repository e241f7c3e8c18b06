using System.Globalization;
using Workflows.Engine.Calendar;
using Workflows.Engine.Expressions;

namespace Workflows.Tests.Unit;

public sealed class DeadlineFunctionTests
{
    static readonly TimeZoneInfo Warsaw = TimeZoneInfo.FindSystemTimeZoneById("Europe/Warsaw");

    static readonly FeelEnvironment Environment = new(
        DateTimeOffset.Parse("2026-11-22T12:00:00Z", CultureInfo.InvariantCulture), Warsaw,
        DeadlineFunction.Extensions(BusinessCalendar.Poland));

    // Every kind of from: date, local and zoned date and time on both sides of midnight, their texts; units; rolls.
    [Theory]
    [InlineData("""deadline(date("2025-12-10"), 14, "working-days")""", "2026-01-05T23:59:59+01:00")]
    [InlineData("""deadline("2025-12-10", 14, "working-days", "forward")""", "2026-01-05T23:59:59+01:00")]
    [InlineData("""deadline(date and time("2025-12-17T23:59:00"), 7, "days")""", "2025-12-29T23:59:59+01:00")]
    [InlineData("""deadline("2025-12-16T23:30:00Z", 7, "days")""", "2025-12-29T23:59:59+01:00")]
    [InlineData("""deadline("2025-12-16T22:30:00Z", 7, "days")""", "2025-12-23T23:59:59+01:00")]
    [InlineData("""deadline(date and time("2026-06-30T22:30:00Z"), 1, "days")""", "2026-07-02T23:59:59+02:00")]
    [InlineData("""deadline("2026-06-30T19:30:00@America/New_York", 1, "days")""", "2026-07-02T23:59:59+02:00")]
    [InlineData("""deadline("2026-01-31", 1, "months")""", "2026-03-02T23:59:59+01:00")]
    [InlineData("""deadline("2026-01-31", 1.0, "months")""", "2026-03-02T23:59:59+01:00")]
    [InlineData("""deadline("2026-01-31", 1, "months", null)""", "2026-03-02T23:59:59+01:00")]
    [InlineData("""deadline("2025-08-31", 6, "months", "none")""", "2026-02-28T23:59:59+01:00")]
    [InlineData("""deadline("2025-08-31", 6, "months", "back")""", "2026-02-27T23:59:59+01:00")]
    [InlineData("""deadline("2026-03-02", 4, "weeks")""", "2026-03-30T23:59:59+02:00")]
    [InlineData("""deadline("2024-02-29", 1, "years")""", "2025-02-28T23:59:59+01:00")]
    [InlineData("deadline(now(), 0, \"working-days\", \"forward\")", "2026-11-23T23:59:59+01:00")]
    public void Deadline_InFeel_IsTheLastSecondOfTheLastDay(string expression, string expected)
    {
        var result = Evaluate(expression);
        Assert.Null(result.Failure);
        Assert.Equal(expected, result.Value.AsText());
    }

    [Fact]
    public void Deadline_InFeel_LeavesItsDerivationAsANote()
    {
        var result = Evaluate("""deadline("2026-10-23", 14, "working-days")""");
        var note = Assert.IsType<Deadline>(Assert.Single(result.Notes));
        Assert.Equal((new DateOnly(2026, 11, 13), "R6", BusinessCalendar.Poland.Version),
            (note.DueOn, note.Rule, note.CalendarVersion));
        Assert.Contains("11.11.2026 Narodowe Święto Niepodległości", note.Explain(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""deadline("2026-01-31", 1)""", "from, amount, unit")]
    [InlineData("""deadline(null, 1, "days")""", "from must be")]
    [InlineData("""deadline(missing, 1, "days")""", "from must be")]
    [InlineData("""deadline("31.01.2026", 1, "days")""", "from must be")]
    [InlineData("""deadline(7, 1, "days")""", "from must be")]
    [InlineData("""deadline("2026-01-31", -1, "days")""", "amount must be")]
    [InlineData("""deadline("2026-01-31", 1.5, "days")""", "amount must be")]
    [InlineData("""deadline("2026-01-31", 3661, "days")""", "amount must be")]
    [InlineData("""deadline("2026-01-31", 501, "working-days")""", "amount must be at most 500")]
    [InlineData("""deadline("2026-01-31", "1", "days")""", "amount must be")]
    [InlineData("""deadline("2026-01-31", 1, "hours")""", "unit must be")]
    [InlineData("""deadline("2026-01-31", 1, 1)""", "unit must be")]
    [InlineData("""deadline("2026-01-31", 1, "days", "up")""", "roll must be")]
    [InlineData("""deadline("1200-01-31", 1, "days")""", "start must lie")]
    [InlineData("""deadline("9000-01-31", 3660, "years")""", "outside")]
    public void Deadline_WithAWrongArgument_FailsAndNamesIt(string expression, string part)
    {
        var result = Evaluate(expression);
        Assert.Equal(FeelFailureKind.Function, result.Failure?.Kind);
        Assert.Contains(part, result.Failure!.Message, StringComparison.Ordinal);
        Assert.Empty(result.Notes);
    }

    static FeelResult Evaluate(string expression)
    {
        var parsed = FeelExpression.Parse(expression);
        Assert.Null(parsed.Problem);
        return parsed.Expression!.Evaluate(FeelScope.Empty, Environment);
    }
}
