using System.Globalization;
using System.Text;

namespace Workflows.Engine.Expressions;

/// <summary>A day of the proleptic Gregorian calendar, years -999,999,999 to 999,999,999 (year 0 exists, as in XML
/// Schema 1.1). DateOnly ends at 9999 and knows no years before 1.</summary>
public sealed record FeelDate : FeelValue, IComparable<FeelDate>
{
    public const int YearMax = 999_999_999;

    FeelDate(int year, int month, int day)
    {
        Year = year;
        Month = month;
        Day = day;
    }

    public int Year { get; }

    public int Month { get; }

    public int Day { get; }

    public override string TypeName => "date";

    /// <summary>Days since 1970-01-01.</summary>
    public long EpochDay
    {
        get
        {
            // Years start in March here, so that the leap day is the last of its year.
            var year = Month <= 2 ? Year - 1L : Year;
            var era = Math.DivRem(year, 400, out var yearOfEra);
            if (yearOfEra < 0) (era, yearOfEra) = (era - 1, yearOfEra + 400);
            var dayOfYear = (((153 * (Month > 2 ? Month - 3 : Month + 9)) + 2) / 5) + Day - 1;
            return (era * 146_097) + (yearOfEra * 365) + (yearOfEra / 4) - (yearOfEra / 100) + dayOfYear - 719_468;
        }
    }

    /// <summary>Monday is 1, Sunday 7 (ISO 8601).</summary>
    public int Weekday => (int)((((EpochDay + 3) % 7) + 7) % 7) + 1;

    public int DayOfYear => (int)(EpochDay - new FeelDate(Year, 1, 1).EpochDay) + 1;

    /// <summary>ISO 8601 week: week 1 holds the first Thursday.</summary>
    public int WeekOfYear
    {
        get
        {
            var thursday = OfEpochDay(EpochDay - Weekday + 4);
            return thursday is null ? 1 : ((thursday.DayOfYear - 1) / 7) + 1;
        }
    }

    public static FeelDate? Of(long year, long month, long day) =>
        year is < -YearMax or > YearMax || month is < 1 or > 12 || day < 1 || day > DaysIn(year, (int)month)
            ? null
            : new((int)year, (int)month, (int)day);

    public static FeelDate Of(DateOnly date) => new(date.Year, date.Month, date.Day);

    public static FeelDate? OfEpochDay(long epochDay)
    {
        if (Math.Abs(epochDay) > 366L * (YearMax + 2000L)) return null;
        var day = epochDay + 719_468;
        var era = Math.DivRem(day, 146_097, out var dayOfEra);
        if (dayOfEra < 0) (era, dayOfEra) = (era - 1, dayOfEra + 146_097);
        var yearOfEra = (dayOfEra - (dayOfEra / 1460) + (dayOfEra / 36_524) - (dayOfEra / 146_096)) / 365;
        var dayOfYear = dayOfEra - ((365 * yearOfEra) + (yearOfEra / 4) - (yearOfEra / 100));
        var month = ((5 * dayOfYear) + 2) / 153;
        var dayOfMonth = dayOfYear - (((153 * month) + 2) / 5) + 1;
        month = month < 10 ? month + 3 : month - 9;
        return Of((era * 400) + yearOfEra + (month <= 2 ? 1 : 0), month, dayOfMonth);
    }

    public static FeelDate? Parse(string text)
    {
        var reader = new FeelTemporalReader(text);
        return reader.Date() is { } date && reader.AtEnd ? date : null;
    }

    /// <summary>The same day of another month, or that month's last day.</summary>
    public FeelDate? AddMonths(long months)
    {
        if (Math.Abs(months) > 12L * 2 * YearMax) return null;
        var month = (Year * 12L) + Month - 1 + months;
        var year = Math.DivRem(month, 12, out var index);
        if (index < 0) (year, index) = (year - 1, index + 12);
        return Of(year, index + 1, Math.Min(Day, DaysIn(year, (int)index + 1)));
    }

    public FeelDate? AddDays(long days) => Math.Abs(days) > 800_000_000_000 ? null : OfEpochDay(EpochDay + days);

    /// <summary>Null outside the years 1 to 9999.</summary>
    public DateOnly? ToDateOnly() => Year is >= 1 and <= 9999 ? new DateOnly(Year, Month, Day) : null;

    public int CompareTo(FeelDate? other) => other is null ? 1 : EpochDay.CompareTo(other.EpochDay);

    public static bool operator <(FeelDate left, FeelDate right) => left.CompareTo(right) < 0;

    public static bool operator <=(FeelDate left, FeelDate right) => left.CompareTo(right) <= 0;

    public static bool operator >(FeelDate left, FeelDate right) => left.CompareTo(right) > 0;

    public static bool operator >=(FeelDate left, FeelDate right) => left.CompareTo(right) >= 0;

    internal override void AppendTo(StringBuilder builder)
    {
        if (Year < 0) builder.Append('-');
        builder.Append(CultureInfo.InvariantCulture, $"{Math.Abs((long)Year):0000}-{Month:00}-{Day:00}");
    }

    public static int DaysIn(long year, int month) => month switch
    {
        2 => year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28,
        4 or 6 or 9 or 11 => 30,
        _ => 31,
    };
}

/// <summary>An offset from UTC in seconds, or a zone by its IANA name. A value without one is local to
/// nowhere.</summary>
public sealed record FeelZone
{
    public static readonly FeelZone Utc = new(0);

    readonly TimeZoneInfo? zone;
    readonly int offsetSeconds;

    public FeelZone(int offsetSeconds) => this.offsetSeconds = offsetSeconds;

    FeelZone(TimeZoneInfo zone, string id)
    {
        this.zone = zone;
        Id = id;
    }

    /// <summary>The name of the zone; null for a plain offset.</summary>
    public string? Id { get; }

    public static FeelZone? Find(string id) =>
        id.Length is > 0 and <= 64 && TimeZoneInfo.TryFindSystemTimeZoneById(id, out var zone) ? new(zone, id) : null;

    public static FeelZone Of(TimeZoneInfo zone) => new(zone, zone.Id);

    /// <summary>Offset in seconds at a local date and time; years the zone data does not know take the
    /// nearest.</summary>
    public int OffsetAt(FeelDate date, long nanos)
    {
        if (zone is null) return offsetSeconds;
        var year = Math.Clamp(date.Year, 2, 9998);
        var day = new DateTime(year, date.Month, Math.Min(date.Day, FeelDate.DaysIn(year, date.Month)),
            0, 0, 0, DateTimeKind.Unspecified);
        return (int)zone.GetUtcOffset(day.AddTicks(nanos / 100)).TotalSeconds;
    }

    /// <summary>Offset of a time without a date: the zone's standard time, the same on every day.</summary>
    public int StandardOffset => zone is null ? offsetSeconds : (int)zone.BaseUtcOffset.TotalSeconds;

    /// <summary>Offset in seconds at an instant given as UTC date and time.</summary>
    internal int OffsetAtUtc(FeelDate date, long nanos)
    {
        if (zone is null) return offsetSeconds;
        var year = Math.Clamp(date.Year, 2, 9998);
        var day = new DateTime(year, date.Month, Math.Min(date.Day, FeelDate.DaysIn(year, date.Month)),
            0, 0, 0, DateTimeKind.Utc);
        return (int)zone.GetUtcOffset(day.AddTicks(nanos / 100)).TotalSeconds;
    }

    public bool Equals(FeelZone? other) =>
        other is not null && offsetSeconds == other.offsetSeconds
            && string.Equals(Id, other.Id, StringComparison.Ordinal);

    public override int GetHashCode() => HashCode.Combine(offsetSeconds, Id);

    internal void AppendTo(StringBuilder builder)
    {
        if (Id is not null)
        {
            builder.Append('@').Append(Id);
            return;
        }
        if (offsetSeconds == 0)
        {
            builder.Append('Z');
            return;
        }
        var seconds = Math.Abs(offsetSeconds);
        builder.Append(offsetSeconds < 0 ? '-' : '+')
            .Append(CultureInfo.InvariantCulture, $"{seconds / 3600:00}:{seconds / 60 % 60:00}");
        if (seconds % 60 != 0) builder.Append(CultureInfo.InvariantCulture, $":{seconds % 60:00}");
    }
}

/// <summary>A time of day in nanoseconds, with or without a zone.</summary>
public sealed record FeelTime(long Nanos, FeelZone? Zone = null) : FeelValue
{
    public const long NanosPerSecond = 1_000_000_000;
    public const long NanosPerDay = 86_400 * NanosPerSecond;

    public override string TypeName => "time";

    public int Hour => (int)(Nanos / (3600 * NanosPerSecond));

    public int Minute => (int)(Nanos / (60 * NanosPerSecond) % 60);

    public int Second => (int)(Nanos / NanosPerSecond % 60);

    /// <summary>Comparable among zoned times; not cut to one day.</summary>
    internal long UtcNanos => Nanos - (Zone!.StandardOffset * NanosPerSecond);

    public static FeelTime? Of(long hour, long minute, FeelNumber second, FeelZone? zone)
    {
        var nanos = second.Multiply(FeelNumber.Of(NanosPerSecond))?.ToLong();
        return hour is < 0 or > 23 || minute is < 0 or > 59 || nanos is null or < 0 or >= 60 * NanosPerSecond
            ? null
            : new((((hour * 60) + minute) * 60 * NanosPerSecond) + nanos.Value, zone);
    }

    public static FeelTime? Parse(string text)
    {
        var reader = new FeelTemporalReader(text);
        return reader.Time() is { } nanos && reader.Zone(out var zone) && reader.AtEnd
            ? new(nanos % NanosPerDay, zone)
            : null;
    }

    internal override void AppendTo(StringBuilder builder) => AppendTo(builder, Nanos, Zone);

    internal static void AppendTo(StringBuilder builder, long nanos, FeelZone? zone)
    {
        var seconds = nanos / NanosPerSecond;
        builder.Append(CultureInfo.InvariantCulture, $"{seconds / 3600:00}:{seconds / 60 % 60:00}:{seconds % 60:00}");
        AppendFraction(builder, nanos % NanosPerSecond);
        zone?.AppendTo(builder);
    }

    internal static void AppendFraction(StringBuilder builder, long nanos)
    {
        if (nanos == 0) return;
        builder.Append('.').Append(nanos.ToString("000000000", CultureInfo.InvariantCulture).TrimEnd('0'));
    }
}

/// <summary>A date and a time of day, with or without a zone.</summary>
public sealed record FeelDateTime(FeelDate Date, long Nanos, FeelZone? Zone = null) : FeelValue
{
    public override string TypeName => "date and time";

    internal override int Weight => 2;

    /// <summary>The time part, with the zone.</summary>
    public FeelTime Time => new(Nanos, Zone);

    /// <summary>Nanoseconds since 1970: of the instant where there is a zone, of the local clock where not.</summary>
    public Int128 EpochNanos
    {
        get
        {
            var local = ((Int128)Date.EpochDay * FeelTime.NanosPerDay) + Nanos;
            return Zone is null ? local : local - ((Int128)Zone.OffsetAt(Date, Nanos) * FeelTime.NanosPerSecond);
        }
    }

    public static FeelDateTime Of(DateTimeOffset time, FeelZone? zone = null)
    {
        zone ??= new((int)time.Offset.TotalSeconds);
        return OfEpochNanos((Int128)(time.UtcTicks - DateTimeOffset.UnixEpoch.Ticks) * 100, zone)!;
    }

    /// <summary>The inverse of <see cref="EpochNanos"/>.</summary>
    public static FeelDateTime? OfEpochNanos(Int128 nanos, FeelZone? zone)
    {
        if (zone is not null)
        {
            if (OfEpochNanos(nanos, zone: null) is not { } utc) return null;
            nanos += (Int128)zone.OffsetAtUtc(utc.Date, utc.Nanos) * FeelTime.NanosPerSecond;
        }
        var day = nanos / FeelTime.NanosPerDay;
        var rest = nanos - (day * FeelTime.NanosPerDay);
        if (rest < 0) (day, rest) = (day - 1, rest + FeelTime.NanosPerDay);
        return day > long.MaxValue / 2 || day < long.MinValue / 2 || FeelDate.OfEpochDay((long)day) is not { } date
            ? null
            : new(date, (long)rest, zone);
    }

    /// <summary>Reads `2024-02-29T10:00:00@Europe/Paris`; a date alone is its midnight. 24:00:00 is the next
    /// day.</summary>
    public static FeelDateTime? Parse(string text)
    {
        var reader = new FeelTemporalReader(text);
        if (reader.Date() is not { } date) return null;
        if (reader.AtEnd) return new(date, 0);
        if (!reader.Skip('T') || reader.Time() is not { } nanos || !reader.Zone(out var zone) || !reader.AtEnd)
            return null;
        if (nanos < FeelTime.NanosPerDay) return new(date, nanos, zone);
        return date.AddDays(1) is { } next ? new(next, 0, zone) : null;
    }

    /// <summary>Null for years outside 1 to 9999; a time without a zone is read in <paramref name="zone"/>.</summary>
    public DateTimeOffset? ToDateTimeOffset(TimeZoneInfo zone)
    {
        if (Date.Year is < 2 or > 9998) return null;
        var zoned = Zone is null ? this with { Zone = FeelZone.Of(zone) } : this;
        var offset = TimeSpan.FromSeconds(zoned.Zone!.OffsetAt(Date, Nanos) / 60 * 60);
        return new DateTimeOffset(DateTimeOffset.UnixEpoch.Ticks + (long)(zoned.EpochNanos / 100), TimeSpan.Zero)
            .ToOffset(offset);
    }

    internal override void AppendTo(StringBuilder builder)
    {
        Date.AppendTo(builder);
        builder.Append('T');
        FeelTime.AppendTo(builder, Nanos, Zone);
    }
}

/// <summary>A days and time duration in nanoseconds.</summary>
public sealed record FeelDaysDuration(Int128 Nanos) : FeelValue
{
    public override string TypeName => "days and time duration";

    public static FeelDaysDuration Of(TimeSpan span) => new((Int128)span.Ticks * 100);

    public static FeelDaysDuration OfDays(long days) => new((Int128)days * FeelTime.NanosPerDay);

    /// <summary>Null for durations beyond ten million days.</summary>
    public TimeSpan? ToTimeSpan() =>
        Int128.Abs(Nanos / 100) > TimeSpan.MaxValue.Ticks ? null : TimeSpan.FromTicks((long)(Nanos / 100));

    internal override void AppendTo(StringBuilder builder)
    {
        if (Nanos == 0)
        {
            builder.Append("PT0S");
            return;
        }
        if (Nanos < 0) builder.Append('-');
        builder.Append('P');
        var nanos = Int128.Abs(Nanos);
        var days = nanos / FeelTime.NanosPerDay;
        var rest = (long)(nanos % FeelTime.NanosPerDay);
        if (days > 0) builder.Append(CultureInfo.InvariantCulture, $"{days}D");
        if (rest == 0) return;
        builder.Append('T');
        var seconds = rest / FeelTime.NanosPerSecond;
        if (seconds >= 3600) builder.Append(CultureInfo.InvariantCulture, $"{seconds / 3600}H");
        if (seconds / 60 % 60 > 0) builder.Append(CultureInfo.InvariantCulture, $"{seconds / 60 % 60}M");
        if (rest % (60 * FeelTime.NanosPerSecond) == 0) return;
        builder.Append(CultureInfo.InvariantCulture, $"{seconds % 60}");
        FeelTime.AppendFraction(builder, rest % FeelTime.NanosPerSecond);
        builder.Append('S');
    }
}

/// <summary>A years and months duration in months.</summary>
public sealed record FeelMonthsDuration(long Months) : FeelValue
{
    public override string TypeName => "years and months duration";

    internal override void AppendTo(StringBuilder builder)
    {
        var months = Math.Abs(Months);
        if (Months < 0) builder.Append('-');
        builder.Append('P');
        if (months >= 12) builder.Append(CultureInfo.InvariantCulture, $"{months / 12}Y");
        if (months % 12 > 0 || months == 0) builder.Append(CultureInfo.InvariantCulture, $"{months % 12}M");
    }
}

/// <summary>Reads the lexical forms of XML Schema dates, times and durations, one part after the other.</summary>
struct FeelTemporalReader(string text)
{
    int at;

    public readonly bool AtEnd => at == text.Length;

    readonly char Current => at < text.Length ? text[at] : '\0';

    /// <summary>The value of an @"..." literal or of one of the conversion functions; null if it is none.</summary>
    public static FeelValue? Any(string text)
    {
        if (text.Length > 100) return null;
        if (text.StartsWith('P') || text.StartsWith("-P", StringComparison.Ordinal)) return Duration(text);
        return text.Contains('T', StringComparison.Ordinal)
            ? FeelDateTime.Parse(text)
            : (FeelValue?)FeelDate.Parse(text) ?? FeelTime.Parse(text);
    }

    public static FeelValue? Duration(string text)
    {
        var reader = new FeelTemporalReader(text);
        var sign = reader.Skip('-') ? -1 : 1;
        if (text.Length > 100 || !reader.Skip('P')) return null;
        var years = reader.Component('Y');
        var months = reader.Component('M');
        if (years is not null || months is not null)
        {
            var total = ((years ?? 0) * 12) + (months ?? 0);
            return reader.AtEnd && total < long.MaxValue ? new FeelMonthsDuration(sign * (long)total) : null;
        }
        var days = reader.Component('D');
        Int128 nanos = (days ?? 0) * FeelTime.NanosPerDay;
        if (reader.Skip('T'))
        {
            var hours = reader.Component('H');
            var minutes = reader.Component('M');
            var seconds = reader.Component('S', out var fraction);
            if (hours is null && minutes is null && seconds is null) return null;
            nanos += ((((hours ?? 0) * 60) + (minutes ?? 0)) * 60 * FeelTime.NanosPerSecond)
                + ((seconds ?? 0) * FeelTime.NanosPerSecond) + fraction;
        }
        else if (days is null)
        {
            return null;
        }
        return reader.AtEnd ? new FeelDaysDuration(sign * nanos) : null;
    }

    public bool Skip(char c)
    {
        if (Current != c || at == text.Length) return false;
        at++;
        return true;
    }

    public FeelDate? Date()
    {
        var sign = Skip('-') ? -1 : 1;
        var start = at;
        if (Digits(4, 9) is not { } year || (at - start > 4 && text[start] == '0')) return null;
        return Skip('-') && Digits(2, 2) is { } month && Skip('-') && Digits(2, 2) is { } day
            ? FeelDate.Of(sign * year, month, day)
            : null;
    }

    /// <summary>Nanoseconds of the day; 24:00:00 gives a whole day.</summary>
    public long? Time()
    {
        if (Digits(2, 2) is not { } hour || !Skip(':') || Digits(2, 2) is not { } minute || !Skip(':')
            || Digits(2, 2) is not { } second || hour > 24 || minute > 59 || second > 59)
            return null;
        var fraction = 0L;
        if (Skip('.') && Fraction() is { } read) fraction = read;
        else if (text[at - 1] == '.') return null;
        var nanos = ((((hour * 60) + minute) * 60) + second) * FeelTime.NanosPerSecond;
        return nanos + fraction > FeelTime.NanosPerDay ? null : nanos + fraction;
    }

    /// <summary>False for text that is no zone; no text is no zone and fine.</summary>
    public bool Zone(out FeelZone? zone)
    {
        zone = null;
        if (AtEnd) return true;
        if (Skip('Z'))
        {
            zone = FeelZone.Utc;
            return true;
        }
        if (Skip('@'))
        {
            zone = FeelZone.Find(text[at..]);
            at = text.Length;
            return zone is not null;
        }
        var sign = Skip('-') ? -1 : Skip('+') ? 1 : 0;
        if (sign == 0 || Digits(2, 2) is not { } hours || !Skip(':') || Digits(2, 2) is not { } minutes) return false;
        var seconds = Skip(':') ? Digits(2, 2) : 0;
        if (seconds is null || hours > 18 || minutes > 59 || seconds > 59) return false;
        var offset = (((hours * 60) + minutes) * 60) + seconds.Value;
        if (offset > 18 * 3600) return false;
        zone = new FeelZone((int)(sign * offset));
        return true;
    }

    long? Digits(int least, int most)
    {
        var start = at;
        var value = 0L;
        while (at - start < most && char.IsAsciiDigit(Current)) value = (value * 10) + (text[at++] - '0');
        return at - start < least ? null : value;
    }

    long? Fraction()
    {
        var start = at;
        var value = 0L;
        for (; char.IsAsciiDigit(Current); at++)
        {
            if (at - start < 9) value = (value * 10) + (text[at] - '0');
        }
        if (at == start) return null;
        for (var i = at - start; i < 9; i++) value *= 10;
        return value;
    }

    Int128? Component(char unit)
    {
        var value = Component(unit, out var fraction);
        return fraction == 0 ? value : null;
    }

    /// <summary>Digits and their unit; nothing is consumed where the unit is another one. Only seconds take a
    /// fraction, which may be empty (PT0.S).</summary>
    Int128? Component(char unit, out long fraction)
    {
        var start = at;
        fraction = 0;
        var value = Digits(1, 18);
        if (value is not null && unit == 'S' && Skip('.')) fraction = Fraction() ?? 0;
        if (value is not null && Skip(unit)) return value;
        at = start;
        fraction = 0;
        return null;
    }
}
