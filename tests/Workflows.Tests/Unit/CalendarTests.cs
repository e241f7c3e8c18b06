using System.Globalization;
using Workflows.Engine.Calendar;

namespace Workflows.Tests.Unit;

public sealed class CalendarTests
{
    static readonly BusinessCalendar Poland = BusinessCalendar.Poland;

    // Easter Sunday as tables print it; 1583 and 2100 check the century terms of the computus.
    [Theory]
    [InlineData("1583-04-10")]
    [InlineData("1818-03-22")]
    [InlineData("1943-04-25")]
    [InlineData("2000-04-23")]
    [InlineData("2024-03-31")]
    [InlineData("2025-04-20")]
    [InlineData("2026-04-05")]
    [InlineData("2027-03-28")]
    [InlineData("2028-04-16")]
    [InlineData("2029-04-01")]
    [InlineData("2030-04-21")]
    [InlineData("2031-04-13")]
    [InlineData("2032-03-28")]
    [InlineData("2033-04-17")]
    [InlineData("2034-04-09")]
    [InlineData("2035-03-25")]
    [InlineData("2038-04-25")]
    [InlineData("2100-03-28")]
    public void Easter_InAYearOfTheTables_IsThatSunday(string sunday) =>
        Assert.Equal(Day(sunday), BusinessCalendar.EasterSunday(Day(sunday).Year));

    [Fact]
    public void Easter_InEveryYear_IsASundayFrom22MarchTo25April()
    {
        for (var year = 1583; year <= 9998; year++)
        {
            var easter = BusinessCalendar.EasterSunday(year);
            Assert.Equal(DayOfWeek.Sunday, easter.DayOfWeek);
            Assert.InRange(easter, new DateOnly(year, 3, 22), new DateOnly(year, 4, 25));
        }
    }

    [Theory]
    [InlineData("2026-01-01", "Nowy Rok")]
    [InlineData("2026-01-06", "Święto Trzech Króli")]
    [InlineData("2026-04-05", "Wielkanoc")]
    [InlineData("2026-04-06", "Poniedziałek Wielkanocny")]
    [InlineData("2026-05-01", "Święto Pracy")]
    [InlineData("2026-05-03", "Święto Narodowe Trzeciego Maja")]
    [InlineData("2026-05-24", "Zielone Świątki")]
    [InlineData("2026-06-04", "Boże Ciało")]
    [InlineData("2026-08-15", "Wniebowzięcie Najświętszej Maryi Panny")]
    [InlineData("2026-11-01", "Wszystkich Świętych")]
    [InlineData("2026-11-11", "Narodowe Święto Niepodległości")]
    [InlineData("2026-12-24", "Wigilia Bożego Narodzenia")]
    [InlineData("2026-12-25", "Boże Narodzenie (pierwszy dzień)")]
    [InlineData("2026-12-26", "Boże Narodzenie (drugi dzień)")]
    public void Holiday_OfTheAct_HasItsPolishName(string day, string name)
    {
        Assert.True(Poland.IsHoliday(Day(day), out var found));
        Assert.Equal(name, found);
        Assert.False(Poland.IsWorkingDay(Day(day)));
    }

    [Theory]
    [InlineData("2024-12-24", false)]
    [InlineData("2025-12-24", true)]
    [InlineData("2010-01-06", false)]
    [InlineData("2011-01-06", true)]
    [InlineData("2018-11-12", true)]
    [InlineData("2019-11-12", false)]
    [InlineData("2026-07-22", false)]
    public void Holiday_WithADateInTheLaw_CountsOnlyFromThatDate(string day, bool holiday) =>
        Assert.Equal(holiday, Poland.IsHoliday(Day(day), out _));

    [Fact]
    public void Holidays_OfAYear_AreFourteenFrom2025AndThirteenBefore()
    {
        int Count(int year) => Days(new DateOnly(year, 1, 1), new DateOnly(year, 12, 31))
            .Count(day => Poland.IsHoliday(day, out _));

        Assert.Equal(13, Count(2024));
        Assert.Equal(14, Count(2025));
        Assert.Equal(14, Count(2100));
    }

    [Theory]
    [InlineData("2026-11-20", true)]
    [InlineData("2026-11-21", false)]
    [InlineData("2026-11-22", false)]
    [InlineData("2026-11-23", true)]
    public void WorkingDay_OfAnOrdinaryWeek_IsMondayToFriday(string day, bool working) =>
        Assert.Equal(working, Poland.IsWorkingDay(Day(day)));

    [Fact]
    public void Rules_GivenAsData_AddADayOffForAFixedTimeOnly()
    {
        var rule = HolidayRule.Fixed(9, 1, "Nowe święto", new DateOnly(2027, 1, 1), new DateOnly(2027, 12, 31));
        var calendar = new BusinessCalendar("test", [.. Poland.Rules, rule]);

        Assert.True(calendar.IsWorkingDay(new DateOnly(2026, 9, 1)));
        Assert.False(calendar.IsWorkingDay(new DateOnly(2027, 9, 1)));
        Assert.True(calendar.IsWorkingDay(new DateOnly(2028, 9, 1)));
    }

    internal static DateOnly Day(string iso) =>
        DateOnly.ParseExact(iso, "yyyy-MM-dd", CultureInfo.InvariantCulture);

    internal static IEnumerable<DateOnly> Days(DateOnly first, DateOnly last)
    {
        for (var day = first; day <= last; day = day.AddDays(1)) yield return day;
    }
}
