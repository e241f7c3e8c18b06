using System.Collections.Immutable;

namespace Workflows.Engine.Calendar;

/// <summary>
/// One line of the list of days off: a fixed date, a feast counted from Easter Sunday, or one single day.
/// </summary>
/// <param name="Name">Polish name as the act says it.</param>
/// <param name="Month">Month of a fixed date; 0 when <paramref name="EasterOffset"/> decides.</param>
/// <param name="Day">Day of a fixed date; 0 when <paramref name="EasterOffset"/> decides.</param>
/// <param name="EasterOffset">Days after Easter Sunday; null for a fixed date.</param>
/// <param name="ValidFrom">First day on which the line is law.</param>
/// <param name="ValidTo">Last day on which the line is law.</param>
public sealed record HolidayRule(
    string Name, int Month, int Day, int? EasterOffset, DateOnly ValidFrom, DateOnly ValidTo)
{
    public static HolidayRule Fixed(int month, int day, string name, DateOnly? from = null, DateOnly? to = null) =>
        new(name, month, day, null, from ?? DateOnly.MinValue, to ?? DateOnly.MaxValue);

    public static HolidayRule Movable(int easterOffset, string name) =>
        new(name, 0, 0, easterOffset, DateOnly.MinValue, DateOnly.MaxValue);

    // Month and day arrive taken apart: a long period asks this of fifteen lines for each of thousands of days.
    internal bool Matches(DateOnly day, int month, int dayOfMonth, int daysAfterEaster) =>
        (EasterOffset is { } offset ? daysAfterEaster == offset : month == Month && dayOfMonth == Day)
        && day >= ValidFrom && day <= ValidTo;
}

/// <summary>
/// Polish statutory holidays (Act of 18 January 1951 on days off, with its changes) and working days. The list is
/// dated: a period that ran over 24 December 2024 is still counted as the law stood then. Complete from 1991 on; older
/// holidays (22 July) are of no use to an open case and are not listed.
/// </summary>
public sealed class BusinessCalendar
{
    // The name says which change of the law is the newest one known; every frozen deadline keeps it (R15).
    const string PolishVersion = "PL-2025-02-01";

    static readonly ImmutableArray<HolidayRule> PolishRules =
    [
        HolidayRule.Fixed(1, 1, "Nowy Rok"),
        HolidayRule.Fixed(1, 6, "Święto Trzech Króli", from: new DateOnly(2011, 1, 1)),
        HolidayRule.Movable(0, "Wielkanoc"),
        HolidayRule.Movable(1, "Poniedziałek Wielkanocny"),
        HolidayRule.Fixed(5, 1, "Święto Pracy"),
        HolidayRule.Fixed(5, 3, "Święto Narodowe Trzeciego Maja"),
        HolidayRule.Movable(49, "Zielone Świątki"),
        HolidayRule.Movable(60, "Boże Ciało"),
        HolidayRule.Fixed(8, 15, "Wniebowzięcie Najświętszej Maryi Panny"),
        HolidayRule.Fixed(11, 1, "Wszystkich Świętych"),
        HolidayRule.Fixed(11, 11, "Narodowe Święto Niepodległości"),
        // A day off given once, by the Act of 7 November 2018.
        HolidayRule.Fixed(11, 12, "Setna Rocznica Odzyskania Niepodległości",
            from: new DateOnly(2018, 11, 12), to: new DateOnly(2018, 11, 12)),
        // Act of 6 December 2024, in force since 1 February 2025.
        HolidayRule.Fixed(12, 24, "Wigilia Bożego Narodzenia", from: new DateOnly(2025, 2, 1)),
        HolidayRule.Fixed(12, 25, "Boże Narodzenie (pierwszy dzień)"),
        HolidayRule.Fixed(12, 26, "Boże Narodzenie (drugi dzień)"),
    ];

    /// <summary>The calendar of the statute.</summary>
    public static BusinessCalendar Poland { get; } = new(PolishVersion, PolishRules);

    public BusinessCalendar(string version, ImmutableArray<HolidayRule> rules)
    {
        Version = version;
        Rules = rules;
    }

    public string Version { get; }

    public ImmutableArray<HolidayRule> Rules { get; }

    /// <summary>True on a statutory holiday. An ordinary Sunday is not one; see <see cref="IsWorkingDay"/>.</summary>
    /// <param name="day">A day of the Gregorian calendar.</param>
    /// <param name="name">The holiday's Polish name, or an empty text.</param>
    public bool IsHoliday(DateOnly day, out string name)
    {
        var (year, month, dayOfMonth) = day;
        var daysAfterEaster = day.DayNumber - EasterSunday(year).DayNumber;
        foreach (var rule in Rules)
        {
            if (!rule.Matches(day, month, dayOfMonth, daysAfterEaster)) continue;
            name = rule.Name;
            return true;
        }
        name = "";
        return false;
    }

    /// <summary>Monday to Friday and no statutory holiday (R6; the same days end a rolled period, R5).</summary>
    public bool IsWorkingDay(DateOnly day) =>
        day.DayOfWeek is not (DayOfWeek.Saturday or DayOfWeek.Sunday) && !IsHoliday(day, out _);

    /// <summary>Why nobody works that day, in Polish: the holiday's name, "sobota" or "niedziela"; else null.</summary>
    public string? WhyNotWorking(DateOnly day)
    {
        var weekend = day.DayOfWeek switch
        {
            DayOfWeek.Saturday => "sobota",
            DayOfWeek.Sunday => "niedziela",
            _ => null,
        };
        if (!IsHoliday(day, out var name)) return weekend;
        return weekend is null ? name : $"{weekend}, {name}";
    }

    /// <summary>Easter Sunday by the Gregorian computus (Meeus, Jones, Butcher).</summary>
    public static DateOnly EasterSunday(int year)
    {
        var golden = year % 19;
        var century = year / 100;
        var yearOfCentury = year % 100;
        var correction = (century - ((century + 8) / 25) + 1) / 3;
        var epact = ((19 * golden) + century - (century / 4) - correction + 15) % 30;
        var weekday = (32 + (2 * (century % 4)) + (2 * (yearOfCentury / 4)) - epact - (yearOfCentury % 4)) % 7;
        var late = (golden + (11 * epact) + (22 * weekday)) / 451;
        var sum = epact + weekday - (7 * late) + 114;
        return new DateOnly(year, sum / 31, (sum % 31) + 1);
    }
}
