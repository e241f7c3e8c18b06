using Workflows.Engine.Calendar;

namespace Api.Notifications;

/// <summary>When people may be disturbed, on working days; a centre sets its own (assumption).</summary>
/// <param name="From">Before it is quiet.</param>
/// <param name="To">From here on it is quiet.</param>
/// <param name="DigestAt">The digest of a day, unless a person wants hers later.</param>
public sealed record WorkingHours(TimeOnly From, TimeOnly To, TimeOnly DigestAt)
{
    public static readonly WorkingHours Usual = new(ReminderLadder.Morning, new TimeOnly(16, 0), new TimeOnly(7, 30));

    /// <summary>The moment itself, or the next working morning when it falls into quiet hours or a free day.</summary>
    public DateTimeOffset NextFor(DateTimeOffset at, BusinessCalendar calendar, TimeZoneInfo zone)
    {
        var local = TimeZoneInfo.ConvertTime(at, zone);
        var day = DateOnly.FromDateTime(local.DateTime);
        var time = TimeOnly.FromDateTime(local.DateTime);
        if (calendar.IsWorkingDay(day))
        {
            if (time < From) return At(day, From, zone);
            if (time < To) return at;
        }
        return At(NextWorkingDay(day, calendar), From, zone);
    }

    public static DateOnly NextWorkingDay(DateOnly day, BusinessCalendar calendar)
    {
        do day = day.AddDays(1);
        while (!calendar.IsWorkingDay(day));
        return day;
    }

    public static DateTimeOffset At(DateOnly day, TimeOnly time, TimeZoneInfo zone) =>
        LocalTime.ToInstant(day.ToDateTime(time), zone).ToUniversalTime();
}
