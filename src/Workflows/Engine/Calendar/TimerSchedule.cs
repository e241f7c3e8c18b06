using System.Globalization;

namespace Workflows.Engine.Calendar;

/// <summary>What was read from a text a model author wrote: the value, or the problem as an English sentence.</summary>
public readonly record struct TimerReading<T>(T? Value, string? Problem = null)
    where T : class;

/// <summary>A moment a timer waits for.</summary>
public sealed record TimerDate(DateTimeOffset At);

/// <summary>
/// An ISO 8601 duration. Years, months and days are added on the local calendar and clock, the rest is exact time:
/// P1D over a clock change is the same hour of the next day, PT24H is twenty-four hours.
/// </summary>
/// <param name="Months">Years and months, in months.</param>
/// <param name="Days">Weeks and days, in days.</param>
/// <param name="Time">Hours, minutes and seconds.</param>
public sealed record TimerDuration(int Months, int Days, TimeSpan Time)
{
    public bool IsZero => Months == 0 && Days == 0 && Time == TimeSpan.Zero;

    /// <summary>
    /// The moment this long after <paramref name="start"/>. If the local time reached by months and days does not exist
    /// it is moved forward by the gap; if it exists twice it is the first. A sum past
    /// <see cref="TimerSchedule.Latest"/> is that moment: a timer there never fires in practice, and the command that
    /// scheduled it still succeeds.
    /// </summary>
    public DateTimeOffset AddTo(DateTimeOffset start, TimeZoneInfo zone)
    {
        var moment = TimeZoneInfo.ConvertTime(start, zone);
        if (Months != 0 || Days != 0)
        {
            var local = moment.DateTime;
            var monthsLeft = ((TimerSchedule.Latest.Year - local.Year) * 12) + 1 - local.Month;
            if (Months > monthsLeft) return TimerSchedule.Latest;
            local = local.AddMonths(Months);
            if (Days > (TimerSchedule.Latest.DateTime - local).TotalDays) return TimerSchedule.Latest;
            moment = LocalTime.ToInstant(local.AddDays(Days), zone);
        }
        return Time > TimerSchedule.Latest - moment
            ? TimerSchedule.Latest
            : TimeZoneInfo.ConvertTime(moment + Time, zone);
    }
}

/// <summary>
/// A repeating timer: an interval (<c>R3/2026-01-01T00:00:00Z/PT1H</c>) or a cron expression, which repeats without
/// end.
/// </summary>
/// <param name="Repetitions">How often it fires in all; null without end.</param>
/// <param name="Start">First moment, when the text names one.</param>
/// <param name="Interval">Set for an interval, otherwise null.</param>
/// <param name="Cron">Set for a cron expression, otherwise null.</param>
public sealed record Cycle(int? Repetitions, DateTimeOffset? Start, TimerDuration? Interval, CronExpression? Cron)
{
    /// <summary>
    /// When the cycle fires first, counted from its activation. A start in the past is not caught up: as in Camunda the
    /// first firing is one interval from now. Null when it never fires (R0, or an impossible cron date).
    /// </summary>
    public DateTimeOffset? First(DateTimeOffset now, TimeZoneInfo zone)
    {
        if (Repetitions == 0) return null;
        return Start is { } start && start >= now ? start : Next(now, zone);
    }

    /// <summary>
    /// When it fires after <paramref name="previousDue"/>, the moment that was due and not the moment it was handled,
    /// so that a late node does not shift the cycle. Null when there is none. Ask <see cref="Remaining"/> first.
    /// </summary>
    public DateTimeOffset? Next(DateTimeOffset previousDue, TimeZoneInfo zone)
    {
        if (Cron is not null) return Cron.Next(previousDue, zone);
        var next = Interval!.AddTo(previousDue, zone);
        return next >= TimerSchedule.Latest ? null : next;
    }

    /// <summary>Firings left after <paramref name="fired"/> of them; null without end.</summary>
    public int? Remaining(int fired) => Repetitions is { } all ? Math.Max(0, all - fired) : null;
}

/// <summary>
/// Reads timer definitions: ISO 8601 date-times, durations and repeating intervals (BPMN 2.0.2, 10.5.5), and cron
/// expressions as Camunda 8 writes them.
/// </summary>
public static class TimerSchedule
{
    /// <summary>No definition needs a longer text.</summary>
    public const int TextMax = 200;

    /// <summary>No duration is longer, so that sums of dates cannot overflow.</summary>
    public const int YearsMax = 1000;

    /// <summary>Nothing is scheduled after this moment.</summary>
    public static readonly DateTimeOffset Latest = new(9000, 1, 1, 0, 0, 0, TimeSpan.Zero);

    static readonly string[] LocalFormats =
    [
        "yyyy-MM-dd'T'HH:mm:ss.FFFFFFF", "yyyy-MM-dd'T'HH:mm:ss", "yyyy-MM-dd'T'HH:mm", "yyyy-MM-dd",
    ];

    static readonly string[] OffsetFormats =
    [
        "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK", "yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mmK",
    ];

    /// <summary>
    /// A date and time with an offset or Z, the same without one (on the clock of <paramref name="zone"/>), or a date
    /// (its first moment there). A zone name in brackets, as Java writes it, must be known.
    /// </summary>
    public static TimerReading<TimerDate> ParseDate(string text, TimeZoneInfo zone)
    {
        text = text.Trim();
        if (text.Length > TextMax) return new(null, TooLong("date", text));
        var bracket = text.IndexOf('[', StringComparison.Ordinal);
        if (bracket > 0 && text.EndsWith(']'))
        {
            var name = text[(bracket + 1)..^1];
            if (!TimeZoneInfo.TryFindSystemTimeZoneById(name, out var named))
                return new(null, $"The time zone '{name}' is not known.");
            zone = named;
            text = text[..bracket];
        }
        var culture = CultureInfo.InvariantCulture;
        DateTimeOffset at;
        if (DateTime.TryParseExact(text, LocalFormats, culture, DateTimeStyles.None, out var local))
            at = text.Contains('T', StringComparison.Ordinal)
                ? LocalTime.ToInstant(local, zone)
                : LocalTime.StartOfDay(DateOnly.FromDateTime(local), zone);
        else if (!DateTimeOffset.TryParseExact(text, OffsetFormats, culture, DateTimeStyles.None, out at))
            return new(null,
                $"Expected an ISO 8601 date or date-time such as 2026-01-31T12:00:00Z, but found '{text}'.");
        return at < Latest
            ? new(new TimerDate(at))
            : new(null, $"The date '{text}' is after {Latest:yyyy-MM-dd}.");
    }

    /// <summary>A duration such as <c>P1Y2M3DT4H5M6S</c> or <c>P2W</c>; not negative, at most 1,000 years.</summary>
    public static TimerReading<TimerDuration> ParseDuration(string text)
    {
        text = text.Trim();
        if (text.Length > TextMax) return new(null, TooLong("duration", text));
        if (text.Contains('-', StringComparison.Ordinal))
            return new(null, $"A duration must not be negative, but it is '{text}'.");
        return ReadDuration(text) is { } duration
            ? Bounded(duration, text)
            : new(null,
                $"Expected an ISO 8601 duration such as P1DT12H or PT30M, but found '{text}'.");
    }

    /// <summary>
    /// <c>R/PT1H</c> without end, <c>R3/P1D</c> three times, <c>R3/2026-01-01T00:00:00Z/PT1H</c> from a start on; or a
    /// cron expression of six fields or a macro.
    /// </summary>
    public static TimerReading<Cycle> ParseCycle(string text, TimeZoneInfo zone)
    {
        text = text.Trim();
        if (text.Length > TextMax) return new(null, TooLong("cycle", text));
        if (!text.StartsWith('R'))
        {
            var cron = CronExpression.Parse(text);
            return cron.Value is { } expression
                ? new(new Cycle(null, null, null, expression))
                : new(null, cron.Problem!);
        }
        var parts = text.Split('/');
        if (parts.Length is not (2 or 3))
            return new(null, $"Expected R<n>/<duration> or R<n>/<start>/<duration>, found '{text}'.");
        int? repetitions = null;
        if (parts[0].Length > 1)
        {
            if (!int.TryParse(parts[0][1..], NumberStyles.None, CultureInfo.InvariantCulture, out var count))
                return new(null, $"The number of repetitions must be a whole number, found '{parts[0]}'.");
            repetitions = count;
        }
        DateTimeOffset? start = null;
        if (parts.Length == 3 && parts[1].Length > 0)
        {
            var date = ParseDate(parts[1], zone);
            if (date.Problem is { } wrongDate) return new(null, wrongDate);
            start = date.Value!.At;
        }
        var duration = ParseDuration(parts[^1]);
        if (duration.Problem is { } wrongDuration) return new(null, wrongDuration);
        return duration.Value!.IsZero
            ? new(null, $"The interval of a cycle must be longer than nothing, but it is '{parts[^1]}'.")
            : new(new Cycle(repetitions, start, duration.Value, null));
    }

    static TimerReading<TimerDuration> Bounded(ReadParts read, string text)
    {
        var years = ((double)read.Months / 12) + ((double)read.Days / 365) + ((double)read.Seconds / 31_536_000);
        if (years > YearsMax)
            return new(null, $"A duration is at most {YearsMax} years, but it is '{text}'.");
        var time = TimeSpan.FromTicks((long)(read.Seconds * TimeSpan.TicksPerSecond));
        return new(new TimerDuration((int)read.Months, (int)read.Days, time));
    }

    readonly record struct ReadParts(decimal Months, decimal Days, decimal Seconds);

    // The letters must come in the order of the standard, each at most once; only the last one may have a fraction, and
    // of these only seconds are read, as a fraction of a month has no length.
    static ReadParts? ReadDuration(string text)
    {
        if (text.Length < 3 || text[0] != 'P' || text[^1] == 'T') return null;
        var order = "YMWD";
        var inTime = false;
        decimal months = 0, days = 0, seconds = 0;
        for (var i = 1; i < text.Length; i++)
        {
            if (text[i] == 'T' && !inTime)
            {
                (inTime, order) = (true, "HMS");
                continue;
            }
            var begin = i;
            while (i < text.Length && (char.IsAsciiDigit(text[i]) || text[i] is '.' or ',')) i++;
            if (i == begin || i == text.Length || i - begin > 12) return null;
            var at = order.IndexOf(text[i], StringComparison.Ordinal);
            if (at < 0) return null;
            var seconded = inTime && text[i] == 'S';
            var style = seconded ? NumberStyles.AllowDecimalPoint : NumberStyles.None;
            var digits = text[begin..i].Replace(',', '.');
            if (!decimal.TryParse(digits, style, CultureInfo.InvariantCulture, out var number)) return null;
            switch (text[i])
            {
                case 'Y': months += number * 12; break;
                case 'M' when !inTime: months += number; break;
                case 'W': days += number * 7; break;
                case 'D': days += number; break;
                case 'H': seconds += number * 3600; break;
                case 'M': seconds += number * 60; break;
                default: seconds += number; break;
            }
            order = order[(at + 1)..];
        }
        return new ReadParts(months, days, seconds);
    }

    static string TooLong(string what, string text) =>
        $"The {what} has {text.Length} characters, at most {TextMax} are read.";
}
