using Workflows.Engine.Calendar;

namespace Api.Notifications;

/// <summary>When people may be disturbed: on working days between morning and afternoon (assumption).</summary>
public static class WorkingHours
{
    public static readonly TimeOnly From = ReminderLadder.Morning;
    public static readonly TimeOnly To = new(16, 0);

    /// <summary>The digest of a day, unless a person wants hers later.</summary>
    public static readonly TimeOnly DigestAt = new(7, 30);

    /// <summary>The moment itself, or the next working morning when it falls into quiet hours or a free day.</summary>
    public static DateTimeOffset NextFor(DateTimeOffset at, BusinessCalendar calendar, TimeZoneInfo zone)
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
