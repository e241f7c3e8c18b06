using System.Collections.Immutable;
using System.Globalization;
using System.Numerics;

namespace Workflows.Engine.Calendar;

/// <summary>
/// A cron expression as Camunda 8 documents it: second, minute, hour, day of month, month, day of week, separated by
/// spaces, or a macro (<c>@daily</c>). Days of the week are 0 to 7, Sunday twice, or MON to SUN. A day must match both
/// day fields. <c>L</c>, <c>L-3</c>, <c>15W</c>, <c>LW</c> in the day of month; <c>5L</c>, <c>FRI#2</c> in the day of
/// week. It is read on the clock of the zone.
/// </summary>
public sealed class CronExpression : IEquatable<CronExpression>
{
    // 29 February on a given weekday can be forty years away (over 2100), so a shorter search would miss it.
    const int SearchDaysMax = 366 * 50;

    static readonly ImmutableArray<string> MonthNames =
        ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];

    static readonly ImmutableArray<string> DayNames = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

    readonly ulong seconds;
    readonly ulong minutes;
    readonly ulong hours;
    readonly ulong months;
    readonly ImmutableArray<DayRule> daysOfMonth;
    readonly ImmutableArray<DayRule> daysOfWeek;

    CronExpression(
        string text, ulong seconds, ulong minutes, ulong hours, ulong months,
        ImmutableArray<DayRule> daysOfMonth, ImmutableArray<DayRule> daysOfWeek)
    {
        Text = text;
        this.seconds = seconds;
        this.minutes = minutes;
        this.hours = hours;
        this.months = months;
        this.daysOfMonth = daysOfMonth;
        this.daysOfWeek = daysOfWeek;
    }

    enum DayRuleKind
    {
        Listed,
        BeforeMonthEnd,
        LastWorkday,
        NearestWorkday,
        LastWeekday,
        NthWeekday,
    }

    // One entry of a day field. Days holds the bits of a plain list; Number and Nth the rest.
    readonly record struct DayRule(DayRuleKind Kind, ulong Days, int Number, int Nth);

    readonly record struct Bounds(string Name, int Min, int Max, ImmutableArray<string> Names, int NamesFrom);

    public string Text { get; }

    bool EveryHour => hours == (1UL << 24) - 1;

    public bool Equals(CronExpression? other) => other is not null && Text == other.Text;

    public override bool Equals(object? obj) => Equals(obj as CronExpression);

    public override int GetHashCode() => Text.GetHashCode(StringComparison.Ordinal);

    public override string ToString() => Text;

    public static TimerReading<CronExpression> Parse(string text)
    {
        var expression = text.Trim() switch
        {
            "@yearly" or "@annually" => "0 0 0 1 1 *",
            "@monthly" => "0 0 0 1 * *",
            "@weekly" => "0 0 0 * * 0",
            "@daily" or "@midnight" => "0 0 0 * * *",
            "@hourly" => "0 0 * * * *",
            var other => other,
        };
        var fields = expression.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (fields.Length != 6)
            return new(null,
                "Expected a repeating interval (R3/PT1H), a cron expression of six fields or a macro such as @daily, " +
                $"but found '{text}'.");
        try
        {
            return new(new CronExpression(
                text.Trim(),
                Bits(fields[0], new Bounds("second", 0, 59, [], 0)),
                Bits(fields[1], new Bounds("minute", 0, 59, [], 0)),
                Bits(fields[2], new Bounds("hour", 0, 23, [], 0)),
                Bits(fields[4].ToUpperInvariant(), new Bounds("month", 1, 12, MonthNames, 1)),
                [.. fields[3].ToUpperInvariant().Split(',').Select(DayOfMonth)],
                [.. fields[5].ToUpperInvariant().Split(',').Select(DayOfWeekRule)]));
        }
        catch (FormatException wrong)
        {
            return new(null, $"Cron expression '{text}': {wrong.Message}");
        }
    }

    /// <summary>
    /// The first matching moment after <paramref name="after"/>, or null when there is none within fifty years. Gap:
    /// times that do not exist fire once, at the moment of the jump. Overlap: they fire the first time only. With every
    /// hour selected the hours themselves are followed instead: no extra firing at the jump, both hours of the overlap.
    /// </summary>
    public DateTimeOffset? Next(DateTimeOffset after, TimeZoneInfo zone)
    {
        var day = LocalTime.DayOf(after, zone);
        for (var searched = 0; searched < SearchDaysMax && day < Deadline.LastDay; searched++, day = day.AddDays(1))
        {
            if (!MatchesDay(day)) continue;
            if (NextOnDay(day, after.ToUniversalTime(), zone) is { } found)
                return TimeZoneInfo.ConvertTime(found, zone);
        }
        return null;
    }

    bool MatchesDay(DateOnly day) => Has(months, day.Month)
        && daysOfMonth.Any(rule => Matches(rule, day, (int)day.Day))
        && daysOfWeek.Any(rule => Matches(rule, day, (int)day.DayOfWeek));

    static bool Matches(DayRule rule, DateOnly day, int value)
    {
        var last = DateTime.DaysInMonth(day.Year, day.Month);
        return rule.Kind switch
        {
            DayRuleKind.Listed => Has(rule.Days, value),
            DayRuleKind.BeforeMonthEnd => day.Day == last - rule.Number,
            DayRuleKind.LastWorkday => day == NearestWorkday(day, last),
            DayRuleKind.NearestWorkday => rule.Number <= last && day == NearestWorkday(day, rule.Number),
            DayRuleKind.LastWeekday => value == rule.Number && day.Day > last - 7,
            _ => value == rule.Number && (day.Day + 6) / 7 == rule.Nth,
        };
    }

    // Monday to Friday nearest to a day of the same month; never leaves the month, as in cron everywhere.
    static DateOnly NearestWorkday(DateOnly month, int number)
    {
        var day = new DateOnly(month.Year, month.Month, number);
        var last = DateTime.DaysInMonth(day.Year, day.Month);
        return day.DayOfWeek switch
        {
            DayOfWeek.Saturday => day.AddDays(number == 1 ? 2 : -1),
            DayOfWeek.Sunday => day.AddDays(number == last ? -2 : 1),
            _ => day,
        };
    }

    // A day is one stretch of clock time, or two with a clock change between them. Offsets are constant in each.
    DateTimeOffset? NextOnDay(DateOnly day, DateTimeOffset after, TimeZoneInfo zone)
    {
        var midnight = new DateTimeOffset(day.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero);
        var begin = LocalTime.StartOfDay(day, zone).ToUniversalTime();
        var end = LocalTime.StartOfDay(day.AddDays(1), zone).ToUniversalTime();
        var offset = zone.GetUtcOffset(begin);
        var offsetAfter = zone.GetUtcOffset(end.AddTicks(-1));

        // Where midnight itself falls into the gap, the times before the first one of the day are the missing ones.
        var opening = begin + offset - midnight;
        if (opening > TimeSpan.Zero && FiresInGap(TimeSpan.Zero, opening) && begin > after) return begin;
        if (offset == offsetAfter) return InStretch(opening, end + offset - midnight, midnight - offset, after);

        var change = ChangeBetween(begin, end, zone);
        var until = change + offset - midnight;
        var resumed = change + offsetAfter - midnight;
        if (InStretch(opening, until, midnight - offset, after) is { } early) return early;
        if (resumed > until && FiresInGap(until, resumed) && change > after) return change;
        var from = EveryHour || resumed > until ? resumed : until;
        return InStretch(from, end + offsetAfter - midnight, midnight - offsetAfter, after);
    }

    bool FiresInGap(TimeSpan from, TimeSpan until) =>
        !EveryHour && FirstTime(from) is { } time && time < until;

    DateTimeOffset? InStretch(TimeSpan from, TimeSpan until, DateTimeOffset zero, DateTimeOffset after)
    {
        if (after >= zero + until) return null;
        if (after >= zero + from) from = new TimeSpan((((after - zero).Ticks / TimeSpan.TicksPerSecond) + 1)
            * TimeSpan.TicksPerSecond);
        return FirstTime(from) is { } time && time < until ? zero + time : null;
    }

    // The first selected clock time at or after one, within the same day.
    TimeSpan? FirstTime(TimeSpan from)
    {
        var atLeast = (int)Math.Ceiling(from.TotalSeconds);
        if (atLeast >= 86_400) return null;
        var (hour, minute, second) = (atLeast / 3600, atLeast / 60 % 60, atLeast % 60);
        if (Has(hours, hour))
        {
            if (Has(minutes, minute) && FromBit(seconds, second) is { } sameMinute)
                return new TimeSpan(hour, minute, sameMinute);
            if (FromBit(minutes, minute + 1) is { } laterMinute)
                return new TimeSpan(hour, laterMinute, First(seconds));
        }
        return FromBit(hours, hour + 1) is { } laterHour
            ? new TimeSpan(laterHour, First(minutes), First(seconds))
            : null;
    }

    static DateTimeOffset ChangeBetween(DateTimeOffset begin, DateTimeOffset end, TimeZoneInfo zone)
    {
        var offset = zone.GetUtcOffset(begin);
        var (low, high) = (begin.ToUnixTimeSeconds(), end.ToUnixTimeSeconds());
        while (high - low > 1)
        {
            var middle = low + ((high - low) / 2);
            if (zone.GetUtcOffset(DateTimeOffset.FromUnixTimeSeconds(middle)) == offset) low = middle;
            else high = middle;
        }
        return DateTimeOffset.FromUnixTimeSeconds(high);
    }

    static DayRule DayOfMonth(string entry)
    {
        var bounds = new Bounds("day of month", 1, 31, [], 0);
        if (entry == "?") return new DayRule(DayRuleKind.Listed, ulong.MaxValue, 0, 0);
        if (entry == "L") return new DayRule(DayRuleKind.BeforeMonthEnd, 0, 0, 0);
        if (entry == "LW") return new DayRule(DayRuleKind.LastWorkday, 0, 0, 0);
        if (entry.StartsWith("L-", StringComparison.Ordinal))
            return new DayRule(DayRuleKind.BeforeMonthEnd, 0, Number(entry[2..], bounds with { Max = 30 }), 0);
        return entry.EndsWith('W')
            ? new DayRule(DayRuleKind.NearestWorkday, 0, Number(entry[..^1], bounds), 0)
            : new DayRule(DayRuleKind.Listed, Entry(entry, bounds), 0, 0);
    }

    static DayRule DayOfWeekRule(string entry)
    {
        var bounds = new Bounds("day of week", 0, 7, DayNames, 0);
        if (entry == "?") return new DayRule(DayRuleKind.Listed, ulong.MaxValue, 0, 0);
        if (entry.Length > 1 && entry.EndsWith('L'))
            return new DayRule(DayRuleKind.LastWeekday, 0, Number(entry[..^1], bounds) % 7, 0);
        var hash = entry.IndexOf('#', StringComparison.Ordinal);
        if (hash > 0)
        {
            var nth = Number(entry[(hash + 1)..], new Bounds("number after #", 1, 5, [], 0));
            return new DayRule(DayRuleKind.NthWeekday, 0, Number(entry[..hash], bounds) % 7, nth);
        }
        var days = Entry(entry, bounds);
        return new DayRule(DayRuleKind.Listed, Has(days, 7) ? days | 1 : days, 0, 0);
    }

    static ulong Bits(string field, Bounds bounds) =>
        field.Split(',').Aggregate(0UL, (bits, entry) => bits | Entry(entry, bounds));

    // "*", "5", "5-9", each with "/step"; "5/10" runs from 5 to the end of the range.
    static ulong Entry(string entry, Bounds bounds)
    {
        var step = 1;
        var range = entry;
        var slash = entry.IndexOf('/', StringComparison.Ordinal);
        if (slash >= 0)
        {
            step = Number(entry[(slash + 1)..], new Bounds("step", 1, bounds.Max, [], 0));
            range = entry[..slash];
        }
        var (from, to) = (bounds.Min, bounds.Max);
        if (range != "*")
        {
            var dash = range.IndexOf('-', StringComparison.Ordinal);
            from = Number(dash < 0 ? range : range[..dash], bounds);
            to = dash >= 0 ? Number(range[(dash + 1)..], bounds) : slash >= 0 ? bounds.Max : from;
            // "SUN" ends a range as 7 and begins one as 0, so that MON-SUN and SUN-TUE both mean what they say.
            if (dash >= 0 && bounds.Max == 7 && to == 0) to = 7;
            if (dash >= 0 && bounds.Max == 7 && from == 7 && to < 7) from = 0;
        }
        if (from > to) throw new FormatException($"the {bounds.Name} range '{entry}' runs backwards.");
        var bits = 0UL;
        for (var value = from; value <= to; value += step) bits |= 1UL << value;
        return bits;
    }

    static int Number(string text, Bounds bounds)
    {
        var named = bounds.Names.IndexOf(text);
        if (named >= 0) return named + bounds.NamesFrom;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && number >= bounds.Min && number <= bounds.Max
                ? number
                : throw new FormatException(
                    $"the {bounds.Name} must be {bounds.Min} to {bounds.Max}, but it is '{text}'.");
    }

    static bool Has(ulong bits, int value) => (bits >> value & 1) != 0;

    static int First(ulong bits) => BitOperations.TrailingZeroCount(bits);

    static int? FromBit(ulong bits, int from)
    {
        if (from >= 64) return null;
        var rest = bits >> from << from;
        return rest == 0 ? null : First(rest);
    }
}
