using System.Globalization;
using Workflows.Engine.Calendar;

namespace Workflows.Tests.Unit;

public sealed class TimerScheduleTests
{
    static readonly TimeZoneInfo Warsaw = TimeZoneInfo.FindSystemTimeZoneById("Europe/Warsaw");

    // Dates: offset, Z, local in summer and winter, without seconds, fractions, date only, zone name, gap, overlap.
    [Theory]
    [InlineData("2026-01-31T12:00:00Z", "2026-01-31T12:00:00Z")]
    [InlineData("2026-01-31T12:00:00+02:00", "2026-01-31T10:00:00Z")]
    [InlineData("2026-01-31T12:00:00", "2026-01-31T11:00:00Z")]
    [InlineData("2026-07-31T12:00", "2026-07-31T10:00:00Z")]
    [InlineData("2026-07-31T12:00Z", "2026-07-31T12:00:00Z")]
    [InlineData("2026-07-31T12:00:00.250", "2026-07-31T10:00:00.250Z")]
    [InlineData("2026-07-31", "2026-07-30T22:00:00Z")]
    [InlineData("2026-07-31T12:00:00+09:00[Asia/Tokyo]", "2026-07-31T03:00:00Z")]
    [InlineData("2026-07-31T12:00:00[Asia/Tokyo]", "2026-07-31T03:00:00Z")]
    [InlineData(" 2026-01-31T12:00:00Z ", "2026-01-31T12:00:00Z")]
    [InlineData("2026-03-29T02:30:00", "2026-03-29T01:30:00Z")]
    [InlineData("2026-10-25T02:30:00", "2026-10-25T00:30:00Z")]
    public void Date_InAnyWrittenForm_IsThatMoment(string text, string moment)
    {
        var reading = TimerSchedule.ParseDate(text, Warsaw);
        Assert.Null(reading.Problem);
        Assert.Equal(Moment(moment), reading.Value!.At);
    }

    [Theory]
    [InlineData("")]
    [InlineData("tomorrow")]
    [InlineData("2026-02-30")]
    [InlineData("2026-01-31 12:00:00")]
    [InlineData("31.01.2026")]
    [InlineData("2026-01-31T25:00:00Z")]
    [InlineData("2026-01-31T12:00:00[Asia/Atlantis]")]
    [InlineData("9500-01-01")]
    public void Date_ThatIsNone_IsAProblem(string text) =>
        Assert.NotNull(TimerSchedule.ParseDate(text, Warsaw).Problem);

    [Theory]
    [InlineData("P1Y2M3DT4H5M6S", 14, 3, "04:05:06")]
    [InlineData("P2W", 0, 14, "00:00:00")]
    [InlineData("PT0S", 0, 0, "00:00:00")]
    [InlineData("PT1.5S", 0, 0, "00:00:01.5")]
    [InlineData("PT0,25S", 0, 0, "00:00:00.25")]
    [InlineData("PT36H", 0, 0, "1.12:00:00")]
    [InlineData("P1M", 1, 0, "00:00:00")]
    [InlineData("PT1M", 0, 0, "00:01:00")]
    public void Duration_InIso8601_HasItsParts(string text, int months, int days, string time) => Assert.Equal(
        new TimerDuration(months, days, TimeSpan.Parse(time, CultureInfo.InvariantCulture)),
        TimerSchedule.ParseDuration(text).Value);

    [Theory]
    [InlineData("")]
    [InlineData("P")]
    [InlineData("PT")]
    [InlineData("P1DT")]
    [InlineData("1D")]
    [InlineData("P1H")]
    [InlineData("PT1D")]
    [InlineData("P1D1Y")]
    [InlineData("P1D1D")]
    [InlineData("P1.5D")]
    [InlineData("PT1.5H")]
    [InlineData("-P1D")]
    [InlineData("P-1D")]
    [InlineData("PTT1H")]
    [InlineData("P1")]
    [InlineData("PT1.2.3S")]
    [InlineData("P1001Y")]
    [InlineData("PT999999999999H")]
    [InlineData("P9999999999999D")]
    public void Duration_ThatIsNone_IsAProblem(string text)
    {
        var reading = TimerSchedule.ParseDuration(text);
        Assert.Null(reading.Value);
        Assert.NotEmpty(reading.Problem!);
    }

    // A day is a day of the clock, hours are exact; months fall to the last day; gap forward, overlap first.
    [Theory]
    [InlineData("P1D", "2026-03-28T12:00:00+01:00", "2026-03-29T12:00:00+02:00")]
    [InlineData("PT24H", "2026-03-28T12:00:00+01:00", "2026-03-29T13:00:00+02:00")]
    [InlineData("P1D", "2026-10-24T12:00:00+02:00", "2026-10-25T12:00:00+01:00")]
    [InlineData("PT24H", "2026-10-24T12:00:00+02:00", "2026-10-25T11:00:00+01:00")]
    [InlineData("P1D", "2026-03-28T02:30:00+01:00", "2026-03-29T03:30:00+02:00")]
    [InlineData("P1D", "2026-10-24T02:30:00+02:00", "2026-10-25T02:30:00+02:00")]
    [InlineData("PT1H", "2026-10-25T02:30:00+02:00", "2026-10-25T02:30:00+01:00")]
    [InlineData("PT0S", "2026-10-25T02:30:00+01:00", "2026-10-25T02:30:00+01:00")]
    [InlineData("P1M", "2026-01-31T08:00:00+01:00", "2026-02-28T08:00:00+01:00")]
    [InlineData("P1Y", "2024-02-29T08:00:00+01:00", "2025-02-28T08:00:00+01:00")]
    [InlineData("P1M1DT1H", "2026-01-31T08:00:00+01:00", "2026-03-01T09:00:00+01:00")]
    [InlineData("P1D", "2026-03-28T11:00:00Z", "2026-03-29T12:00:00+02:00")]
    public void Duration_Added_FollowsTheLocalClock(string duration, string start, string expected)
    {
        var end = TimerSchedule.ParseDuration(duration).Value!.AddTo(Moment(start), Warsaw);
        Assert.True(Moment(expected).EqualsExact(end), $"expected {expected}, found {end:O}");
    }

    [Theory]
    [InlineData("P1000Y")]
    [InlineData("P365000D")]
    [InlineData("PT8000000H")]
    public void Duration_AddedPastTheLatestMoment_IsThatMoment(string duration) => Assert.Equal(
        TimerSchedule.Latest,
        TimerSchedule.ParseDuration(duration).Value!.AddTo(Moment("8900-01-01T00:00:00Z"), Warsaw));

    [Fact]
    public void Cycle_WithRepetitionsAndStart_BeginsAtTheStartAndCountsDown()
    {
        var cycle = Cycle("R3/2026-01-01T00:00:00Z/PT1H");
        Assert.Equal(Moment("2026-01-01T00:00:00Z"), cycle.First(Moment("2025-12-31T10:00:00Z"), Warsaw));
        Assert.Equal(Moment("2026-01-05T11:00:00Z"), cycle.First(Moment("2026-01-05T10:00:00Z"), Warsaw));
        Assert.Equal(Moment("2026-01-01T01:00:00Z"), cycle.Next(Moment("2026-01-01T00:00:00Z"), Warsaw));
        Assert.Equal([3, 2, 1, 0, 0], new[] { 0, 1, 2, 3, 4 }.Select(fired => cycle.Remaining(fired)!.Value));
    }

    [Fact]
    public void Cycle_WithoutEnd_RepeatsFromThePreviousDueMoment()
    {
        var cycle = Cycle("R/P1D");
        Assert.Null(cycle.Remaining(1_000_000));
        Assert.Equal(Moment("2026-03-28T12:00:00+01:00"), cycle.First(Moment("2026-03-27T12:00:00+01:00"), Warsaw));
        Assert.Equal(Moment("2026-03-29T12:00:00+02:00"), cycle.Next(Moment("2026-03-28T12:00:00+01:00"), Warsaw));
    }

    [Fact]
    public void Cycle_OfNoRepetitions_NeverFires() =>
        Assert.Null(Cycle("R0/PT1H").First(Moment("2026-01-01T00:00:00Z"), Warsaw));

    [Fact]
    public void Cycle_PastTheLatestMoment_HasNoNext() =>
        Assert.Null(Cycle("R/P1000Y").Next(Moment("8500-01-01T00:00:00Z"), Warsaw));

    [Theory]
    [InlineData("R3")]
    [InlineData("R3/")]
    [InlineData("Rx/PT1H")]
    [InlineData("R-1/PT1H")]
    [InlineData("R3/PT0S")]
    [InlineData("R3/P-1D")]
    [InlineData("R3/yesterday/PT1H")]
    [InlineData("R3/PT1H/2026-01-01T00:00:00Z")]
    [InlineData("R1/a/b/c")]
    [InlineData("every day")]
    [InlineData("@fortnightly")]
    [InlineData("0 0 12 * *")]
    [InlineData("60 0 12 * * *")]
    [InlineData("0 60 12 * * *")]
    [InlineData("0 0 24 * * *")]
    [InlineData("0 0 12 0 * *")]
    [InlineData("0 0 12 32 * *")]
    [InlineData("0 0 12 * 13 *")]
    [InlineData("0 0 12 * * 8")]
    [InlineData("0 0 12 * * XYZ")]
    [InlineData("0 0 12 * * MON#6")]
    [InlineData("0 0 12 10-5 * *")]
    [InlineData("0 */0 12 * * *")]
    [InlineData("? 0 12 * * *")]
    public void Cycle_ThatIsNone_IsAProblem(string text)
    {
        var reading = TimerSchedule.ParseCycle(text, Warsaw);
        Assert.Null(reading.Value);
        Assert.NotEmpty(reading.Problem!);
    }

    // Cron on an ordinary day; every line of the grammar once. 1 January 2026 is a Thursday.
    [Theory]
    [InlineData("0 0 12 * * *", "2026-01-01T11:59:59", "2026-01-01T12:00:00")]
    [InlineData("0 0 12 * * *", "2026-01-01T12:00:00", "2026-01-02T12:00:00")]
    [InlineData("* * * * * *", "2026-01-01T12:00:00.5", "2026-01-01T12:00:01")]
    [InlineData("0/20 * * * * *", "2026-01-01T12:00:41", "2026-01-01T12:01:00")]
    [InlineData("0 5/10 * * * *", "2026-01-01T12:56:00", "2026-01-01T13:05:00")]
    [InlineData("0 0 8-10 * * *", "2026-01-01T10:00:00", "2026-01-02T08:00:00")]
    [InlineData("0 0/30 8-10 * * *", "2026-01-01T10:00:00", "2026-01-01T10:30:00")]
    [InlineData("0 0 9-17 * * MON-FRI", "2026-01-02T17:00:00", "2026-01-05T09:00:00")]
    [InlineData("0 0 0 25 12 ?", "2026-01-01T00:00:00", "2026-12-25T00:00:00")]
    [InlineData("0 0 0 ? 6,dec mon", "2026-01-01T00:00:00", "2026-06-01T00:00:00")]
    [InlineData("0 0 0 L * *", "2026-02-01T00:00:00", "2026-02-28T00:00:00")]
    [InlineData("0 0 0 L-3 * *", "2026-01-01T00:00:00", "2026-01-28T00:00:00")]
    [InlineData("0 0 0 LW * *", "2026-01-01T00:00:00", "2026-01-30T00:00:00")]
    [InlineData("0 0 0 1W * *", "2026-08-01T00:00:00", "2026-08-03T00:00:00")]
    [InlineData("0 0 0 15W 8 *", "2026-01-01T00:00:00", "2026-08-14T00:00:00")]
    [InlineData("0 0 0 ? * 5L", "2026-01-01T00:00:00", "2026-01-30T00:00:00")]
    [InlineData("0 0 0 ? * THUL", "2026-01-01T00:00:00", "2026-01-29T00:00:00")]
    [InlineData("0 0 0 ? * 5#2", "2026-01-01T00:00:00", "2026-01-09T00:00:00")]
    [InlineData("0 0 0 ? * MON#1", "2026-01-06T00:00:00", "2026-02-02T00:00:00")]
    [InlineData("0 0 0 ? * 0", "2026-01-01T00:00:00", "2026-01-04T00:00:00")]
    [InlineData("0 0 0 ? * 7", "2026-01-01T00:00:00", "2026-01-04T00:00:00")]
    [InlineData("0 0 0 ? * SUN-MON", "2026-01-01T00:00:00", "2026-01-04T00:00:00")]
    [InlineData("0 0 0 ? * SAT-SUN", "2026-01-01T00:00:00", "2026-01-03T00:00:00")]
    [InlineData("0 0 0 13 * FRI", "2026-01-01T00:00:00", "2026-02-13T00:00:00")]
    [InlineData("0 0 0 29 2 *", "2026-01-01T00:00:00", "2028-02-29T00:00:00")]
    [InlineData("0 0 0 1,L * *", "2026-01-02T00:00:00", "2026-01-31T00:00:00")]
    [InlineData("@hourly", "2026-01-01T12:00:00", "2026-01-01T13:00:00")]
    [InlineData("@daily", "2026-01-01T12:00:00", "2026-01-02T00:00:00")]
    [InlineData("@midnight", "2026-01-01T12:00:00", "2026-01-02T00:00:00")]
    [InlineData("@weekly", "2026-01-01T12:00:00", "2026-01-04T00:00:00")]
    [InlineData("@monthly", "2026-01-01T12:00:00", "2026-02-01T00:00:00")]
    [InlineData("@yearly", "2026-01-01T12:00:00", "2027-01-01T00:00:00")]
    [InlineData("@annually", "2026-01-01T12:00:00", "2027-01-01T00:00:00")]
    public void Cron_AfterALocalTime_FiresAtTheNextMatch(string cron, string after, string expected)
    {
        var cycle = Cycle(cron);
        var next = cycle.Next(Local(after), Warsaw);
        Assert.Equal(Local(expected), next);
        Assert.Null(cycle.Remaining(5));
    }

    [Fact]
    public void Cron_OfADayThatNeverComes_HasNoNext() =>
        Assert.Null(Cycle("0 0 0 30 2 *").First(Moment("2026-01-01T00:00:00Z"), Warsaw));

    [Fact]
    public void Cron_OfALeapDayOnAWeekdayOver2100_IsFound() =>
        Assert.Equal(Local("2112-02-29T00:00:00"), Cycle("0 0 0 29 2 MON").Next(Local("2088-01-01T00:00:00"), Warsaw));

    // The gap of 29 March 2026, 02:00 to 03:00, and the overlap of 25 October 2026, 03:00 back to 02:00.
    [Theory]
    [InlineData("0 30 2 * * *", "2026-03-28T12:00:00+01:00", "2026-03-29T03:00:00+02:00 2026-03-30T02:30:00+02:00")]
    [InlineData("0 0/15 2 * * *", "2026-03-28T12:00:00+01:00", "2026-03-29T03:00:00+02:00 2026-03-30T02:00:00+02:00")]
    [InlineData("0 0 2,3 * * *", "2026-03-28T12:00:00+01:00", "2026-03-29T03:00:00+02:00 2026-03-30T02:00:00+02:00")]
    [InlineData("0 30 * * * *", "2026-03-29T01:00:00+01:00", "2026-03-29T01:30:00+01:00 2026-03-29T03:30:00+02:00")]
    [InlineData("0 30 2 * * *", "2026-10-24T12:00:00+02:00", "2026-10-25T02:30:00+02:00 2026-10-26T02:30:00+01:00")]
    [InlineData("0 30 * * * *", "2026-10-25T02:00:00+02:00", "2026-10-25T02:30:00+02:00 2026-10-25T02:30:00+01:00")]
    [InlineData("0 0 3 * * *", "2026-10-25T02:30:00+01:00", "2026-10-25T03:00:00+01:00 2026-10-26T03:00:00+01:00")]
    [InlineData("0 0 2 * * *", "2026-10-25T02:30:00+02:00", "2026-10-26T02:00:00+01:00 2026-10-27T02:00:00+01:00")]
    public void Cron_OverTheClockChange_FiresOncePerWrittenTime(string cron, string after, string expected)
    {
        var first = Cycle(cron).Next(Moment(after), Warsaw)!.Value;
        var second = Cycle(cron).Next(first, Warsaw)!.Value;
        Assert.Equal(expected, $"{Written(first)} {Written(second)}");
    }

    [Fact]
    public void Cron_WhereMidnightIsInTheGap_FiresAtTheFirstMomentOfTheDay()
    {
        var santiago = TimeZoneInfo.FindSystemTimeZoneById("America/Santiago");
        var next = Cycle("@daily").Next(Moment("2025-09-06T12:00:00-04:00"), santiago);
        Assert.Equal(Moment("2025-09-07T01:00:00-03:00"), next);
    }

    // Three days of hours around each clock change.
    [Fact]
    public void Cron_EveryHour_IsExactlyOneHourApartOverBothChanges()
    {
        foreach (var start in new[] { "2026-03-28T00:00:00Z", "2026-10-24T00:00:00Z" })
        {
            var moment = Moment(start);
            for (var step = 0; step < 72; step++)
            {
                var next = Cycle("@hourly").Next(moment, Warsaw)!.Value;
                Assert.Equal(TimeSpan.FromHours(1), next - moment);
                moment = next;
            }
        }
    }

    static Cycle Cycle(string text)
    {
        var reading = TimerSchedule.ParseCycle(text, Warsaw);
        Assert.Null(reading.Problem);
        return reading.Value!;
    }

    static DateTimeOffset Local(string iso) =>
        LocalTime.ToInstant(DateTime.Parse(iso, CultureInfo.InvariantCulture), Warsaw);

    static DateTimeOffset Moment(string iso) => DateTimeOffset.Parse(iso, CultureInfo.InvariantCulture);

    static string Written(DateTimeOffset moment) =>
        moment.ToString("yyyy-MM-dd'T'HH:mm:sszzz", CultureInfo.InvariantCulture);
}
