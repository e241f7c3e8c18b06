using System.Globalization;
using Api.Startup;
using Workflows.Engine.Calendar;

namespace Api.Approvals;

/// <summary>Days and terms in the words of the pages (ui.md, section 5), written on the server.</summary>
public sealed class PolishDates(Settings settings)
{
    static readonly CultureInfo Polish = CultureInfo.GetCultureInfo("pl-PL");

    public DateOnly DayOf(DateTimeOffset moment) => LocalTime.DayOf(moment, settings.Zone);

    /// <summary>"30 listopada", with the year where it is not this one.</summary>
    public static string Plain(DateOnly day, DateOnly today) =>
        day.ToString(day.Year == today.Year ? "d MMMM" : "d MMMM yyyy", Polish);

    /// <summary>"pt. 4 grudnia".</summary>
    public static string Short(DateOnly day, DateOnly today) =>
        $"{day.ToString("ddd", Polish).TrimEnd('.')}. {Plain(day, today)}";

    /// <summary>"od dziś", "od wczoraj, 30 listopada", "od 12 listopada".</summary>
    public static string Since(DateOnly day, DateOnly today) => (today.DayNumber - day.DayNumber) switch
    {
        0 => "od dziś",
        1 => $"od wczoraj, {Plain(day, today)}",
        _ => $"od {Plain(day, today)}",
    };

    /// <summary>"za 3 dni", "jutro", "dziś mija termin", "4 dni po terminie".</summary>
    public static string Term(DateOnly due, DateOnly today) => (due.DayNumber - today.DayNumber) switch
    {
        0 => "dziś mija termin",
        1 => "jutro",
        > 1 and var left => $"za {left} dni",
        -1 => "1 dzień po terminie",
        var late => $"{-late} dni po terminie",
    };

    /// <summary>"22 listopada 2026": with the year, so that the same record reads the same in every year.</summary>
    public string Day(DateTimeOffset at) => DayOf(at).ToString("d MMMM yyyy", Polish);

    /// <summary>"22 listopada 2026, 9:42".</summary>
    public string Moment(DateTimeOffset at) =>
        TimeZoneInfo.ConvertTime(at, settings.Zone).ToString("d MMMM yyyy, H:mm", Polish);
}
