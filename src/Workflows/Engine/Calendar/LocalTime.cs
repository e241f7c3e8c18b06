namespace Workflows.Engine.Calendar;

/// <summary>
/// From wall-clock time to moments. Two cases need a decision: a local time that does not exist (the clock jumps
/// forward: the gap) and one that exists twice (the clock is set back: the overlap).
/// </summary>
public static class LocalTime
{
    /// <summary>
    /// The moment at which the clock of <paramref name="zone"/> shows <paramref name="local"/>. Gap: the time is moved
    /// forward by the length of the gap (02:30 becomes 03:30). Overlap: the first of the two moments.
    /// </summary>
    public static DateTimeOffset ToInstant(DateTime local, TimeZoneInfo zone)
    {
        local = DateTime.SpecifyKind(local, DateTimeKind.Unspecified);
        var asIfUtc = DateTime.SpecifyKind(local, DateTimeKind.Utc);
        var before = zone.GetUtcOffset(Shift(asIfUtc, -1));
        var after = zone.GetUtcOffset(Shift(asIfUtc, 1));
        var first = ToUtc(asIfUtc, before);
        if (zone.GetUtcOffset(first) == before) return Show(first, zone);
        var second = ToUtc(asIfUtc, after);
        return Show(zone.GetUtcOffset(second) == after ? second : first, zone);
    }

    /// <summary>The first moment of a day; later than midnight where the gap swallows midnight.</summary>
    public static DateTimeOffset StartOfDay(DateOnly day, TimeZoneInfo zone)
    {
        var local = day.ToDateTime(TimeOnly.MinValue);
        while (zone.IsInvalidTime(local)) local = local.AddMinutes(1);
        return ToInstant(local, zone);
    }

    /// <summary>The calendar day which the clock of <paramref name="zone"/> shows at a moment.</summary>
    public static DateOnly DayOf(DateTimeOffset moment, TimeZoneInfo zone) =>
        DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(moment, zone).DateTime);

    static DateTimeOffset Show(DateTime utc, TimeZoneInfo zone) =>
        TimeZoneInfo.ConvertTime(new DateTimeOffset(utc), zone);

    static DateTime Shift(DateTime utc, int days)
    {
        var ticks = Math.Clamp(utc.Ticks + (days * TimeSpan.TicksPerDay), 0, DateTime.MaxValue.Ticks);
        return new DateTime(ticks, DateTimeKind.Utc);
    }

    static DateTime ToUtc(DateTime local, TimeSpan offset) =>
        new(Math.Clamp(local.Ticks - offset.Ticks, 0, DateTime.MaxValue.Ticks), DateTimeKind.Utc);
}
