using System.Globalization;
using Workflows.Engine.Calendar;
using static Workflows.Tests.Unit.CalendarTests;

namespace Workflows.Tests.Unit;

public sealed class DeadlineTests
{
    static readonly BusinessCalendar Poland = BusinessCalendar.Poland;
    static readonly TimeZoneInfo Warsaw = TimeZoneInfo.FindSystemTimeZoneById("Europe/Warsaw");

    // The worked examples of the catalogue of procedures, section 4.3, one row each.
    [Theory]
    [InlineData("7 days from 2018-11-19", "2018-11-26", "R1")]
    [InlineData("14 days from 2021-11-03", "2021-11-17", "R1")]
    [InlineData("2 weeks from 2021-11-03", "2021-11-17", "R2")]
    [InlineData("3 months from 2021-06-30", "2021-09-30", "R3")]
    [InlineData("7 days from 2025-12-17", "2025-12-29", "R1+R5")]
    [InlineData("7 days from 2026-04-24", "2026-05-04", "R1+R5")]
    [InlineData("1 month from 2026-01-31", "2026-03-02", "R3+R5")]
    [InlineData("1 month from 2024-01-31", "2024-02-29", "R3")]
    [InlineData("1 month from 2025-11-24", "2025-12-29", "R3+R5")]
    [InlineData("1 month from 2026-03-05", "2026-04-07", "R3+R5")]
    [InlineData("1 month from 2025-12-06", "2026-01-07", "R3+R5")]
    [InlineData("14 working-days from 2025-12-10", "2026-01-05", "R6")]
    [InlineData("14 working-days from 2024-12-10", "2025-01-02", "R6")]
    [InlineData("14 working-days from 2026-04-27", "2026-05-18", "R6")]
    [InlineData("14 working-days from 2026-03-30", "2026-04-20", "R6")]
    [InlineData("14 working-days from 2026-10-23", "2026-11-13", "R6")]
    [InlineData("2 working-days from 2025-12-23", "2025-12-30", "R6")]
    [InlineData("2 working-days from 2024-12-23", "2024-12-27", "R6")]
    [InlineData("2 working-days from 2026-06-03", "2026-06-08", "R6")]
    [InlineData("5 working-days from 2026-11-06", "2026-11-16", "R6")]
    [InlineData("5 working-days from 2025-12-23", "2026-01-05", "R6")]
    [InlineData("6 months from 2025-08-31 none", "2026-02-28", "R3+R8")]
    [InlineData("6 months from 2025-08-31 back", "2026-02-27", "R3+R8")]
    [InlineData("6 months from 2026-05-11 none", "2026-11-11", "R3+R8")]
    [InlineData("6 months from 2026-05-11 back", "2026-11-10", "R3+R8")]
    [InlineData("6 months from 2025-06-24 none", "2025-12-24", "R3+R8")]
    [InlineData("6 months from 2025-06-24 back", "2025-12-23", "R3+R8")]
    public void Deadline_OfAWorkedExample_IsTheDayOfTheTable(string request, string due, string rule)
    {
        var deadline = Compute(request);
        Assert.Equal(Day(due), deadline.DueOn);
        Assert.Equal(rule, deadline.Rule);
        Assert.Equal(Poland.Version, deadline.CalendarVersion);
    }

    // Cases: leap day, clamped years, centuries, the end on each kind of day off, zero, a roll of working days.
    [Theory]
    [InlineData("1 year from 2024-02-29 none", "2025-02-28")]
    [InlineData("4 years from 2024-02-29", "2028-02-29")]
    [InlineData("1 year from 2099-02-28 none", "2100-02-28")]
    [InlineData("4 years from 2096-02-29 none", "2100-02-28")]
    [InlineData("1 day from 2100-02-28 none", "2100-03-01")]
    [InlineData("1 month from 2025-03-31", "2025-04-30")]
    [InlineData("1 month from 2026-02-28 none", "2026-03-28")]
    [InlineData("13 months from 2026-01-31 none", "2027-02-28")]
    [InlineData("1 week from 2026-11-14", "2026-11-23")]
    [InlineData("52 weeks from 2026-11-04", "2027-11-03")]
    [InlineData("1 day from 2026-11-20", "2026-11-23")]
    [InlineData("1 day from 2026-11-20 back", "2026-11-20")]
    [InlineData("1 day from 2027-12-23", "2027-12-27")]
    [InlineData("1 day from 2026-12-23", "2026-12-28")]
    [InlineData("3 days from 2028-12-22", "2028-12-27")]
    [InlineData("0 days from 2026-11-20", "2026-11-20")]
    [InlineData("0 days from 2026-11-21", "2026-11-23")]
    [InlineData("0 working-days from 2026-11-21", "2026-11-21")]
    [InlineData("0 working-days from 2026-11-21 forward", "2026-11-23")]
    [InlineData("14 working-days from 2025-12-10 forward", "2026-01-05")]
    [InlineData("14 working-days from 2025-12-10 back", "2026-01-05")]
    [InlineData("1 working-day from 2026-11-20", "2026-11-23")]
    [InlineData("1 working-day from 2026-11-21", "2026-11-23")]
    public void Deadline_OfAnEdgeCase_IsTheDayCountedByHand(string request, string due) =>
        Assert.Equal(Day(due), Compute(request).DueOn);

    [Theory]
    [InlineData("2026-01-31", "2026-01-30")]
    [InlineData("2027-01-31", "2027-01-29")]
    [InlineData("2027-07-31", "2027-07-30")]
    [InlineData("2026-03-31", "2026-03-31")]
    public void FixedDate_OnADayOff_IsPlannedForTheWorkingDayBefore(string date, string planned)
    {
        var deadline = Deadline.OfFixedDate(Day(date), Poland);
        Assert.Equal((Day(planned), Day(date), "R9"), (deadline.DueOn, deadline.Unrolled, deadline.Rule));
        Assert.Contains("termin stały", deadline.Explain(), StringComparison.Ordinal);
    }

    [Fact]
    public void MaximumInterval_EndingOnAHoliday_KeepsTheLimitAndPlansBeforeIt()
    {
        var deadline = Deadline.OfMaximumInterval(Day("2026-05-11"), 6, DeadlineUnit.Months, Poland);
        Assert.Equal((Day("2026-11-11"), Day("2026-11-10")), (deadline.Unrolled, deadline.DueOn));
    }

    // A recount that shares nothing with the code but the calendar: list the days, keep the working ones, take the nth.
    [Fact]
    public void WorkingDays_RecountedByListingEveryDay_AgreeOverTwelveYears()
    {
        var start = new DateOnly(2023, 12, 1);
        var working = Days(start, new DateOnly(2036, 12, 31)).Where(Poland.IsWorkingDay).ToArray();
        foreach (var from in Days(start, new DateOnly(2035, 12, 31)))
        {
            var amount = 1 + (from.DayNumber * 7 % 40);
            var expected = working.SkipWhile(day => day <= from).ElementAt(amount - 1);
            var deadline = Deadline.Compute(from, amount, DeadlineUnit.WorkingDays, null, Poland);
            Assert.True(expected == deadline.DueOn, $"{amount} working days from {from:O}: {deadline.Explain()}");
            Assert.Equal(deadline.DueOn.DayNumber - from.DayNumber, amount + deadline.Skipped.Length);
        }
    }

    [Fact]
    public void CalendarUnits_RolledForward_EndOnTheFirstWorkingDayOnOrAfterTheUnrolledOne()
    {
        foreach (var from in Days(new DateOnly(2024, 1, 1), new DateOnly(2027, 12, 31)))
        {
            foreach (var unit in Enum.GetValues<DeadlineUnit>().Where(unit => unit != DeadlineUnit.WorkingDays))
            {
                var forward = Deadline.Compute(from, 1, unit, RollPolicy.Forward, Poland);
                var none = Deadline.Compute(from, 1, unit, RollPolicy.None, Poland);
                var back = Deadline.Compute(from, 1, unit, RollPolicy.Back, Poland);
                var end = none.DueOn;
                Assert.Equal(Days(end, end.AddDays(10)).First(Poland.IsWorkingDay), forward.DueOn);
                Assert.Equal(Days(end.AddDays(-10), end).Last(Poland.IsWorkingDay), back.DueOn);
                Assert.Equal((end, end), (forward.Unrolled, back.Unrolled));
            }
        }
    }

    [Theory]
    [InlineData("2026-01-30", "+01:00")]
    [InlineData("2026-03-29", "+02:00")]
    [InlineData("2026-03-28", "+01:00")]
    [InlineData("2026-10-25", "+01:00")]
    [InlineData("2026-10-24", "+02:00")]
    public void EndOfDay_AroundTheClockChange_IsTheLastLocalSecond(string day, string offset)
    {
        var deadline = Deadline.Compute(Day(day), 0, DeadlineUnit.Days, RollPolicy.None, Poland);
        var expected = DateTimeOffset.Parse($"{day}T23:59:59{offset}", CultureInfo.InvariantCulture);
        var end = deadline.EndOfDay(Warsaw);
        Assert.True(expected.EqualsExact(end), $"expected {expected:O}, found {end:O}");
    }

    [Theory]
    [InlineData("America/Santiago", "2025-09-06", "2025-09-06T23:59:59-04:00")]
    [InlineData("America/Havana", "2025-11-01", "2025-11-01T23:59:59-04:00")]
    [InlineData("Pacific/Kiritimati", "2026-05-05", "2026-05-05T23:59:59+14:00")]
    public void EndOfDay_InAZoneWhoseClockChangesAtMidnight_IsOneSecondBeforeTheNextDay(
        string zoneId, string day, string expected)
    {
        var zone = TimeZoneInfo.FindSystemTimeZoneById(zoneId);
        var end = Deadline.Compute(Day(day), 0, DeadlineUnit.Days, RollPolicy.None, Poland).EndOfDay(zone);
        Assert.Equal(DateTimeOffset.Parse(expected, CultureInfo.InvariantCulture), end);
    }

    [Fact]
    public void KeptBy_ALetterSentInTheLastSecond_IsOnTimeAndAtMidnightIsNot()
    {
        var deadline = Compute("14 days from 2026-03-16");
        Assert.True(deadline.KeptBy(Moment("2026-03-30T23:59:59.999+02:00"), Warsaw));
        Assert.False(deadline.KeptBy(Moment("2026-03-31T00:00:00+02:00"), Warsaw));
    }

    [Fact]
    public void UncountedDays_AddedToAMonth_MoveTheUnrolledEndAndRollAnew()
    {
        var inquiry = KpaPeriod.Inquiry.From(Day("2026-10-05"), Poland);
        Assert.Equal(Day("2026-11-05"), inquiry.DueOn);

        var prolonged = inquiry.WithUncountedDays(9, Poland);
        Assert.Equal((Day("2026-11-14"), Day("2026-11-16")), (prolonged.Unrolled, prolonged.DueOn));
        Assert.Equal("R3+R5+R11", prolonged.Rule);
        Assert.Contains("art. 35 § 5 KPA", prolonged.Explain(), StringComparison.Ordinal);
        Assert.Contains("05.11.2026", prolonged.Explain(), StringComparison.Ordinal);
    }

    [Fact]
    public void Hours_OverTheClockChange_AreExactAndNeverRolled()
    {
        var removal = Moment("2026-03-28T14:30:00+01:00");
        var deadline = HourDeadline.Compute(removal, 24);
        Assert.Equal(Moment("2026-03-29T15:30:00+02:00"), deadline.DueAt);
        Assert.Equal(TimeSpan.Zero, deadline.DueAt.Offset);
        Assert.Contains("koniec 29.03.2026 15:30", deadline.Explain(Warsaw), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(HourDeadline.HoursMax + 1)]
    public void Hours_OutsideTheLimit_AreRefused(int hours) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => HourDeadline.Compute(DateTimeOffset.UnixEpoch, hours));

    [Theory]
    [InlineData("36526 days from 2026-01-01", "0 to 36525")]
    [InlineData("9000 years from 2026-01-01", "outside")]
    [InlineData("36525 years from 2026-01-01", "outside")]
    [InlineData("36525 months from 9998-12-31", "outside")]
    [InlineData("1 day from 9998-12-31", "outside")]
    [InlineData("1 working-day from 9998-12-31", "outside")]
    [InlineData("1 day from 1582-12-31", "1583")]
    [InlineData("1 day from 9999-12-31", "9998")]
    public void Deadline_OutOfRange_IsAProblemThatNamesTheRange(string request, string part)
    {
        Assert.False(DeadlineText.TryCompute(request, Poland, out var deadline, out var problem));
        Assert.Null(deadline);
        Assert.Contains(part, problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Compute_OutOfRange_ThrowsWithTheSameMessage() => Assert.Contains("0 to 36525",
        Assert.Throws<ArgumentException>(() => Deadline.Compute(Day("2026-01-01"), -1, DeadlineUnit.Days, null, Poland))
            .Message, StringComparison.Ordinal);

    [Fact]
    public void Explain_OfWorkingDays_NamesEverySkippedDayTheRuleAndTheEnd()
    {
        var text = Compute("14 working-days from 2026-10-23").ExplainWithRules();
        Assert.StartsWith("14 dni roboczych od 23.10.2026: dzień zdarzenia nie liczy się (R1, art. 57 § 1 KPA)", text,
            StringComparison.Ordinal);
        Assert.Contains("(R6, dni robocze; ustawa z 18.01.1951", text, StringComparison.Ordinal);
        Assert.Contains("pominięto: 24.10.2026 sobota, 25.10.2026 niedziela, 31.10.2026 sobota, " +
            "01.11.2026 niedziela, Wszystkich Świętych, 07.11.2026 sobota, 08.11.2026 niedziela, " +
            "11.11.2026 Narodowe Święto Niepodległości;", text, StringComparison.Ordinal);
        Assert.Contains("koniec 13.11.2026 (piątek)", text, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', text);
    }

    [Theory]
    [InlineData("1 month from 2026-01-31",
        "w 02.2026 nie ma dnia 31, więc ostatni dzień miesiąca: 28.02.2026 (sobota)")]
    [InlineData("1 month from 2026-01-31", "(R5, art. 57 § 4 KPA), pominięto: 28.02.2026 sobota, 01.03.2026 niedziela")]
    [InlineData("2 weeks from 2021-11-03", "środa (R2, art. 57 § 2 KPA)")]
    [InlineData("1 year from 2024-02-29", "(R4, art. 57 § 3a KPA)")]
    [InlineData("6 months from 2025-08-31 back", "limit 28.02.2026 nie przesuwa się naprzód")]
    [InlineData("6 months from 2025-08-31 none", "termin nie przesuwa się (R8)")]
    [InlineData("0 days from 2026-11-20", "okres zerowy")]
    [InlineData("1 day from 2026-11-17", "1 dzień od")]
    [InlineData("22 weeks from 2026-11-17", "22 tygodnie od")]
    [InlineData("12 weeks from 2026-11-17", "12 tygodni od")]
    [InlineData("3 years from 2026-11-17", "3 lata od")]
    [InlineData("36525 working-days from 2026-11-17", "i dalsze dni wolne w liczbie")]
    public void Explain_OfAnyUnit_NamesTheStepAndItsBasis(string request, string part) =>
        Assert.Contains(part, Compute(request).ExplainWithRules(), StringComparison.Ordinal);

    [Theory]
    [InlineData("14 working-days from 2026-10-23")]
    [InlineData("1 month from 2026-01-31")]
    [InlineData("2 weeks from 2021-11-03")]
    [InlineData("1 year from 2024-02-29")]
    [InlineData("6 months from 2025-08-31 back")]
    [InlineData("6 months from 2025-08-31 none")]
    public void Explain_ForAPerson_HasWordsAndArticlesButNoNumbersOfRules(string request)
    {
        var deadline = Compute(request);
        Assert.DoesNotMatch("R[0-9]|Kalendarz", deadline.Explain());
        Assert.DoesNotContain("()", deadline.Explain(), StringComparison.Ordinal);
        Assert.Matches("art\\. 57|ustawa z 18\\.01\\.1951", deadline.Explain());
        Assert.EndsWith("Kalendarz " + deadline.CalendarVersion + ".", deadline.ExplainWithRules(), StringComparison.Ordinal);
    }

    [Fact]
    public void Answer_WithWords_PrintsTheDateAndTheDerivationBelow()
    {
        using var output = new StringWriter { NewLine = "\n" };
        Assert.True(DeadlineText.Answer(["14", "working-days", "from", "2025-12-10"], TextReader.Null, output, Poland));
        var lines = output.ToString().Split('\n');
        Assert.Equal("2026-01-05", lines[0]);
        Assert.StartsWith("14 dni roboczych od 10.12.2025: ", lines[1], StringComparison.Ordinal);
        Assert.Equal(["2026-01-05", lines[1], ""], lines);
    }

    [Fact]
    public void Answer_WithLines_AnswersEachInItsPlaceAndReportsTheBadOnes()
    {
        using var input = new StringReader("7 days from 2025-12-17\nseven days from 2025-12-17\n" +
            "deadline 1 working-day from 2026-11-20 forward\r\n");
        using var output = new StringWriter { NewLine = "\n" };
        Assert.False(DeadlineText.Answer([], input, output, Poland));
        var lines = output.ToString().Split('\n');
        Assert.StartsWith("2025-12-29 7 dni od 17.12.2025: ", lines[0], StringComparison.Ordinal);
        Assert.StartsWith("error: The amount must be a whole number", lines[1], StringComparison.Ordinal);
        Assert.StartsWith("2026-11-23 ", lines[2], StringComparison.Ordinal);
        Assert.Equal(4, lines.Length);
    }

    [Fact]
    public void Answer_WithGoodLinesOnly_IsGood()
    {
        using var input = new StringReader("7 days from 2025-12-17");
        using var output = new StringWriter();
        Assert.True(DeadlineText.Answer([], input, output, Poland));
    }

    [Theory]
    [InlineData("", "Expected <amount>")]
    [InlineData("14 working-days", "Expected <amount>")]
    [InlineData("14 working-days from 2025-12-10 forward please", "Expected <amount>")]
    [InlineData("-1 days from 2025-12-10", "'-1'")]
    [InlineData("1.5 days from 2025-12-10", "'1.5'")]
    [InlineData("99999999999999999999 days from 2025-12-10", "'99999999999999999999'")]
    [InlineData("14 fortnights from 2025-12-10", "'fortnights'")]
    [InlineData("14 days since 2025-12-10", "'since'")]
    [InlineData("14 days from 2025-02-29", "'2025-02-29'")]
    [InlineData("14 days from 10.12.2025", "'10.12.2025'")]
    [InlineData("14 days from 2025-12-10 sideways", "'sideways'")]
    public void Request_ThatCannotBeRead_NamesTheWordAtFault(string request, string part)
    {
        Assert.False(DeadlineText.TryCompute(request, Poland, out _, out var problem));
        Assert.Contains(part, problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Request_LongerThanTheLimit_IsRefusedBeforeItIsRead()
    {
        var request = "1 days from 2025-12-10" + new string(' ', DeadlineText.TextMax);
        Assert.False(DeadlineText.TryCompute(request, Poland, out _, out var problem));
        Assert.Contains("at most 200", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void KpaPeriods_OfTheCatalogue_HaveOneRowEach() => Assert.Equal(
        ["R11", "R11", "R11", "R12", "R12", "R13", "R13", "R14"], KpaPeriod.All.Select(period => period.Rule));

    static Deadline Compute(string request) =>
        DeadlineText.TryCompute(request, Poland, out var deadline, out var problem)
            ? deadline
            : throw new InvalidOperationException(problem);

    static DateTimeOffset Moment(string iso) => DateTimeOffset.Parse(iso, CultureInfo.InvariantCulture);
}
