using System.Globalization;

namespace Workflows.Engine.Expressions;

/// <summary>Equality, order, arithmetic and properties of values (DMN 1.5, tables 45 to 55 and 65 to 70).</summary>
static class FeelOperators
{
    /// <summary>Null where the two are of different types; null itself equals null only.</summary>
    public static bool? Equal(FeelValue left, FeelValue right, FeelRun run)
    {
        if (left.IsNull || right.IsNull) return left.IsNull && right.IsNull;
        switch (left, right)
        {
            case (FeelNumber a, FeelNumber b):
                return a.Equals(b);
            case (FeelString a, FeelString b):
                return string.Equals(a.Value, b.Value, StringComparison.Ordinal);
            case (FeelTime or FeelDateTime, FeelTime or FeelDateTime) when left.GetType() == right.GetType():
                return Compare(left, right) == 0;
            case (FeelList a, FeelList b):
                return EqualLists(a, b, run);
            case (FeelContext a, FeelContext b):
                return EqualContexts(a, b, run);
            case (FeelRange a, FeelRange b):
                return a.Kind == b.Kind && a.StartIncluded == b.StartIncluded && a.EndIncluded == b.EndIncluded
                    && Equal(a.Start, b.Start, run) == true && Equal(a.End, b.End, run) == true;
            case (FeelFunction, FeelFunction):
                return ReferenceEquals(left, right);
            default:
                return left.GetType() == right.GetType() ? left.Equals(right) : null;
        }
    }

    static bool EqualLists(FeelList left, FeelList right, FeelRun run)
    {
        if (left.Count != right.Count) return false;
        run.Charge(left.Count);
        for (var i = 0; i < left.Count; i++)
        {
            if (Equal(left[i], right[i], run) != true) return false;
        }
        return true;
    }

    static bool EqualContexts(FeelContext left, FeelContext right, FeelRun run)
    {
        if (left.Entries.Length != right.Entries.Length) return false;
        run.Charge(left.Entries.Length);
        foreach (var (key, value) in left.Entries)
        {
            if (!right.TryGet(key, out var other) || Equal(value, other, run) != true) return false;
        }
        return true;
    }

    /// <summary>Null where the two have no order: different types, a zoned and a local time, functions,
    /// lists.</summary>
    public static int? Compare(FeelValue left, FeelValue right) => (left, right) switch
    {
        (FeelNumber a, FeelNumber b) => a.CompareTo(b),
        (FeelString a, FeelString b) => string.CompareOrdinal(a.Value, b.Value),
        (FeelDate a, FeelDate b) => a.CompareTo(b),
        (FeelDateTime a, FeelDateTime b) =>
            a.Zone is null == b.Zone is null ? a.EpochNanos.CompareTo(b.EpochNanos) : null,
        (FeelTime { Zone: null } a, FeelTime { Zone: null } b) => a.Nanos.CompareTo(b.Nanos),
        (FeelTime { Zone: not null } a, FeelTime { Zone: not null } b) => a.UtcNanos.CompareTo(b.UtcNanos),
        (FeelDaysDuration a, FeelDaysDuration b) => a.Nanos.CompareTo(b.Nanos),
        (FeelMonthsDuration a, FeelMonthsDuration b) => a.Months.CompareTo(b.Months),
        _ => null,
    };

    /// <summary>The operator `in` (grammar rule 49c) and a unary test: equal to the test, an item of it, in a
    /// range.</summary>
    public static bool? In(FeelValue value, FeelValue test, FeelRun run)
    {
        if (test is FeelRange range && value is not FeelRange) return Contains(range, value, run);
        var equal = Equal(value, test, run);
        if (equal == true || test is not FeelList list) return equal;
        run.Charge(list.Count);
        foreach (var item in list.AsSpan())
        {
            if (item is FeelRange part && value is not FeelRange ? Contains(part, value, run) == true
                : Equal(value, item, run) == true)
                return true;
        }
        return false;
    }

    /// <summary>Null where the value has no order with the endpoints, or the range ends in a null that was
    /// written.</summary>
    public static bool? Contains(FeelRange range, FeelValue value, FeelRun run)
    {
        switch (range.Kind)
        {
            case FeelRangeKind.Equal:
                return Equal(value, range.Start, run);
            case FeelRangeKind.NotEqual:
                return !Equal(value, range.Start, run);
            case FeelRangeKind.Interval when range.Start.IsNull || range.End.IsNull:
                return null;
        }
        var start = range.Start.IsNull ? 1 : Compare(value, range.Start);
        var end = range.End.IsNull ? -1 : Compare(value, range.End);
        if (start is null || end is null) return null;
        return (start > 0 || (start == 0 && range.StartIncluded)) && (end < 0 || (end == 0 && range.EndIncluded));
    }

    /// <summary>Null where the endpoints have no order or stand the wrong way round.</summary>
    public static FeelValue Range(
        FeelValue start, bool startIncluded, FeelValue end, bool endIncluded, bool isBare, FeelRun run)
    {
        if (!start.IsNull && !end.IsNull)
        {
            if (Compare(start, end) is not { } order)
                return run.Null($"No range from {start.TypeName} to {end.TypeName}.");
            if (order > 0 && !isBare) return run.Null($"The range from {start} to {end} runs backwards.");
        }
        return new FeelRange(start, startIncluded, end, endIncluded);
    }

    /// <summary>The points of a range of whole numbers or dates; null for other ranges.</summary>
    public static IEnumerable<FeelValue>? Points(FeelRange range) => (range.Start, range.End) switch
    {
        (FeelNumber { IsInteger: true } a, FeelNumber { IsInteger: true } b)
            when a.ToLong() is { } from && b.ToLong() is { } to => Count(range, from, to, FeelNumber.Of),
        (FeelDate a, FeelDate b) => Count(range, a.EpochDay, b.EpochDay, day => FeelDate.OfEpochDay(day)!),
        _ => null,
    };

    static IEnumerable<FeelValue> Count(FeelRange range, long from, long to, Func<long, FeelValue> point)
    {
        var step = from <= to ? 1 : -1;
        if (!range.StartIncluded) from += step;
        if (!range.EndIncluded) to -= step;
        for (var at = from; step > 0 ? at <= to : at >= to; at += step) yield return point(at);
    }

    public static FeelValue Negate(FeelValue value, FeelRun run) => value switch
    {
        FeelNumber number => number.Negated,
        FeelDaysDuration duration => new FeelDaysDuration(-duration.Nanos),
        FeelMonthsDuration duration => new FeelMonthsDuration(-duration.Months),
        _ => run.Null($"Cannot negate {value.TypeName}."),
    };

    public static FeelValue Apply(ArithmeticOperator sign, FeelValue left, FeelValue right, FeelRun run)
    {
        FeelValue? value = sign switch
        {
            ArithmeticOperator.Add => Add(left, right, run),
            ArithmeticOperator.Subtract => Subtract(left, right),
            ArithmeticOperator.Multiply => Multiply(left, right),
            ArithmeticOperator.Divide => Divide(left, right),
            _ => left is FeelNumber a && right is FeelNumber b ? Power(a, b, run) : null,
        };
        return value ?? run.Null($"Cannot {sign} {left.TypeName} and {right.TypeName}, or the result is too large.");
    }

    static FeelNumber? Power(FeelNumber value, FeelNumber exponent, FeelRun run)
    {
        // Series of 60 digits: far dearer than a sum, so the counted budget sees it.
        run.Charge(exponent.IsInteger ? 10 : 100);
        return value.Power(exponent);
    }

    static FeelValue? Add(FeelValue left, FeelValue right, FeelRun run)
    {
        switch (left, right)
        {
            case (FeelNumber a, FeelNumber b):
                return a.Add(b);
            case (FeelString a, FeelString b):
                run.Charge(1 + ((a.Value.Length + b.Value.Length) / 256));
                return run.Checked(new FeelString(a.Value + b.Value));
            case (FeelMonthsDuration a, FeelMonthsDuration b):
                return Months((Int128)a.Months + b.Months);
            case (FeelDaysDuration a, FeelDaysDuration b):
                return Days(a.Nanos + b.Nanos);
            case (FeelMonthsDuration months, _):
                return Shift(right, months.Months);
            case (_, FeelMonthsDuration months):
                return Shift(left, months.Months);
            case (FeelDaysDuration days, _):
                return Shift(right, days.Nanos);
            case (_, FeelDaysDuration days):
                return Shift(left, days.Nanos);
            default:
                return null;
        }
    }

    static FeelValue? Subtract(FeelValue left, FeelValue right) => (left, right) switch
    {
        (FeelNumber a, FeelNumber b) => a.Subtract(b),
        (FeelDate or FeelDateTime, FeelDate or FeelDateTime) => Distance(left, right),
        (FeelTime { Zone: null } a, FeelTime { Zone: null } b) => new FeelDaysDuration(a.Nanos - b.Nanos),
        (FeelTime { Zone: not null } a, FeelTime { Zone: not null } b) => new FeelDaysDuration(a.UtcNanos - b.UtcNanos),
        (FeelMonthsDuration a, FeelMonthsDuration b) => Months((Int128)a.Months - b.Months),
        (FeelDaysDuration a, FeelDaysDuration b) => Days(a.Nanos - b.Nanos),
        (_, FeelMonthsDuration months) => Shift(left, -months.Months),
        (_, FeelDaysDuration days) => Shift(left, -days.Nanos),
        _ => null,
    };

    /// <summary>Two dates are apart by days; a date beside a date and time is its midnight in UTC.</summary>
    static FeelDaysDuration? Distance(FeelValue left, FeelValue right)
    {
        var zone = left is FeelDate && right is FeelDate ? null : FeelZone.Utc;
        var from = left as FeelDateTime ?? new FeelDateTime((FeelDate)left, 0, zone);
        var to = right as FeelDateTime ?? new FeelDateTime((FeelDate)right, 0, zone);
        return from.Zone is null == to.Zone is null ? new(from.EpochNanos - to.EpochNanos) : null;
    }

    static FeelValue? Shift(FeelValue value, long months) => value switch
    {
        FeelDate date => date.AddMonths(months),
        FeelDateTime time => time.Date.AddMonths(months) is { } date ? time with { Date = date } : null,
        _ => null,
    };

    /// <summary>Times stay within their day, dates count whole days, zoned values move by real time.</summary>
    static FeelValue? Shift(FeelValue value, Int128 nanos)
    {
        switch (value)
        {
            case FeelDate date:
                return FeelDateTime.OfEpochNanos(new FeelDateTime(date, 0).EpochNanos + nanos, null)?.Date;
            case FeelDateTime time:
                return FeelDateTime.OfEpochNanos(time.EpochNanos + nanos, time.Zone);
            case FeelTime time:
                var rest = (long)((time.Nanos + nanos) % FeelTime.NanosPerDay);
                return time with { Nanos = rest < 0 ? rest + FeelTime.NanosPerDay : rest };
            default:
                return null;
        }
    }

    static FeelValue? Multiply(FeelValue left, FeelValue right) => (left, right) switch
    {
        (FeelNumber a, FeelNumber b) => a.Multiply(b),
        (FeelMonthsDuration a, FeelNumber b) => Scale(a.Months, b),
        (FeelNumber a, FeelMonthsDuration b) => Scale(b.Months, a),
        (FeelDaysDuration a, FeelNumber b) => Scale(a.Nanos, b),
        (FeelNumber a, FeelDaysDuration b) => Scale(b.Nanos, a),
        _ => null,
    };

    static FeelValue? Divide(FeelValue left, FeelValue right) => (left, right) switch
    {
        (FeelNumber a, FeelNumber b) => a.Divide(b),
        (FeelMonthsDuration a, FeelMonthsDuration b) => FeelNumber.Of(a.Months).Divide(FeelNumber.Of(b.Months)),
        (FeelDaysDuration a, FeelDaysDuration b) => Number(a.Nanos)?.Divide(Number(b.Nanos)!),
        (FeelMonthsDuration a, FeelNumber b) => FeelNumber.Of(a.Months).Divide(b)?.ToLong() is { } months
            ? Months(months)
            : null,
        (FeelDaysDuration a, FeelNumber b) => Number(a.Nanos)?.Divide(b) is { } nanos ? Days(nanos) : null,
        _ => null,
    };

    static FeelMonthsDuration? Scale(long months, FeelNumber factor) =>
        FeelNumber.Of(months).Multiply(factor)?.ToLong() is { } product ? Months(product) : null;

    static FeelDaysDuration? Scale(Int128 nanos, FeelNumber factor) =>
        Number(nanos)?.Multiply(factor) is { } product ? Days(product) : null;

    static FeelNumber? Number(Int128 value) => FeelNumber.Of((System.Numerics.BigInteger)value, 0);

    static FeelDaysDuration? Days(FeelNumber nanos)
    {
        var whole = nanos.Round(0, FeelRounding.Down)!;
        // Longer than a thousand million years: no date can be reached with it.
        return whole.Exponent > 0 ? null : Days(whole.Coefficient);
    }

    static FeelDaysDuration? Days(Int128 nanos) =>
        Int128.Abs(nanos) / FeelTime.NanosPerDay > 800_000_000_000 ? null : new(nanos);

    static FeelMonthsDuration? Months(Int128 months) =>
        Int128.Abs(months) > 1_000_000_000_000 ? null : new((long)months);

    /// <summary>Properties that values of the specification have by themselves (table 65); null for others.</summary>
    public static FeelValue? BuiltinProperty(FeelValue value, string name) => value switch
    {
        FeelDate date => DateProperty(date, name),
        FeelDateTime time => DateProperty(time.Date, name) ?? TimeProperty(time.Time, time.Date, name),
        FeelTime time => TimeProperty(time, null, name),
        FeelMonthsDuration duration => name switch
        {
            "years" => FeelNumber.Of(duration.Months / 12),
            "months" => FeelNumber.Of(duration.Months % 12),
            _ => null,
        },
        FeelDaysDuration duration => DurationProperty(duration.Nanos, name),
        FeelRange range => name switch
        {
            "start" => range.Start,
            "end" => range.End,
            "start included" => FeelValue.Of(range.StartIncluded),
            "end included" => FeelValue.Of(range.EndIncluded),
            _ => null,
        },
        _ => null,
    };

    static FeelNumber? DateProperty(FeelDate date, string name) => name switch
    {
        "year" => FeelNumber.Of(date.Year),
        "month" => FeelNumber.Of(date.Month),
        "day" => FeelNumber.Of(date.Day),
        "weekday" => FeelNumber.Of(date.Weekday),
        _ => null,
    };

    static FeelValue? TimeProperty(FeelTime time, FeelDate? date, string name)
    {
        switch (name)
        {
            case "hour":
                return FeelNumber.Of(time.Hour);
            case "minute":
                return FeelNumber.Of(time.Minute);
            case "second":
                return FeelNumber.Of(time.Second);
            case "time offset" when time.Zone is { } zone:
                var seconds = date is null ? zone.StandardOffset : zone.OffsetAt(date, time.Nanos);
                return new FeelDaysDuration((Int128)seconds * FeelTime.NanosPerSecond);
            case "timezone" when time.Zone?.Id is { } id:
                return new FeelString(id);
            case "time offset" or "timezone":
                return FeelNull.Instance;
            default:
                return null;
        }
    }

    static FeelNumber? DurationProperty(Int128 nanos, string name)
    {
        var seconds = nanos / FeelTime.NanosPerSecond;
        return name switch
        {
            "days" => FeelNumber.Of((long)(seconds / 86_400)),
            "hours" => FeelNumber.Of((long)(seconds / 3600 % 24)),
            "minutes" => FeelNumber.Of((long)(seconds / 60 % 60)),
            "seconds" => FeelNumber.Of((long)(seconds % 60)),
            _ => null,
        };
    }
}
