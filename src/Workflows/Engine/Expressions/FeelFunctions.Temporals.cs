namespace Workflows.Engine.Expressions;

static partial class FeelFunctions
{
    static readonly string[] Weekdays =
        ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

    static readonly string[] Months =
    [
        "January", "February", "March", "April", "May", "June",
        "July", "August", "September", "October", "November", "December",
    ];

    static FeelBuiltin[] Temporals() =>
    [
        Define("date", "from|year, month, day", ToDate),
        Define("time", "from|hour, minute, second, offset?", ToTime),
        Define("date and time",
            "from|date, time|year, month, day, hour, minute, second, offset?"
            + "|year, month, day, hour, minute, second, timezone", ToDateTime),
        Define("duration", "from", call => call.Get<FeelValue>(0) switch
        {
            FeelString text => call.OrNull(FeelTemporalReader.Duration(text.Value)),
            FeelDaysDuration or FeelMonthsDuration => call.Get<FeelValue>(0)!,
            _ => call.Null(),
        }),
        Define("years and months duration", "from, to", MonthsBetween),
        Define("day of year", "date", call => OnDate(call, date => FeelNumber.Of(date.DayOfYear))),
        Define("day of week", "date", call => OnDate(call, date => FeelValue.Of(Weekdays[date.Weekday - 1]))),
        Define("month of year", "date", call => OnDate(call, date => FeelValue.Of(Months[date.Month - 1]))),
        Define("week of year", "date", call => OnDate(call, date => FeelNumber.Of(date.WeekOfYear))),
        Define("last day of month", "date", call =>
            OnDate(call, date => FeelDate.Of(date.Year, date.Month, FeelDate.DaysIn(date.Year, date.Month))!)),
        Define("now", "", call => Now(call.Run)),
        Define("today", "", call => Now(call.Run).Date),
    ];

    static FeelDateTime Now(FeelRun run) => FeelDateTime.Of(run.Environment.Now, FeelZone.Of(run.Environment.Zone));

    static FeelDate? DateOf(FeelValue? value) => value switch
    {
        FeelDate date => date,
        FeelDateTime time => time.Date,
        _ => null,
    };

    static FeelValue OnDate(BuiltinCall call, Func<FeelDate, FeelValue> function) =>
        DateOf(call.Get<FeelValue>(0)) is { } date ? function(date) : call.Null();

    static FeelValue ToDate(BuiltinCall call)
    {
        if (call.Values.Length == 1)
        {
            var from = call.Get<FeelValue>(0);
            return call.OrNull(from is FeelString text ? FeelDate.Parse(text.Value) : DateOf(from));
        }
        return call.OrNull(DateAt(call));
    }

    static FeelDate? DateAt(BuiltinCall call) =>
        call.Integer(0) is { } year && call.Integer(1) is { } month && call.Integer(2) is { } day
            ? FeelDate.Of(year, month, day)
            : null;

    static FeelValue ToTime(BuiltinCall call)
    {
        if (call.Values.Length == 1)
        {
            return call.OrNull(call.Get<FeelValue>(0) switch
            {
                FeelString text => FeelTime.Parse(text.Value),
                FeelTime time => time,
                FeelDateTime time => time.Time,
                FeelDate => new FeelTime(0, FeelZone.Utc),
                _ => null,
            });
        }
        return Offset(call, 3, out var zone) ? call.OrNull(TimeAt(call, 0, zone)) : call.Null();
    }

    static FeelTime? TimeAt(BuiltinCall call, int from, FeelZone? zone) =>
        call.Integer(from) is { } hour && call.Integer(from + 1) is { } minute && call.Number(from + 2) is { } second
            ? FeelTime.Of(hour, minute, second, zone)
            : null;

    /// <summary>An offset as duration, or a zone by name; false where the argument is neither.</summary>
    static bool Offset(BuiltinCall call, int index, out FeelZone? zone)
    {
        zone = null;
        if (!call.IsGiven(index) || call[index].IsNull) return true;
        if (call.Text(index) is { } id) return (zone = FeelZone.Find(id)) is not null;
        if (call.Get<FeelDaysDuration>(index) is not { } offset) return false;
        var seconds = offset.Nanos / FeelTime.NanosPerSecond;
        if (Int128.Abs(seconds) > 18 * 3600) return false;
        zone = new((int)seconds);
        return true;
    }

    static FeelValue ToDateTime(BuiltinCall call)
    {
        switch (call.Values.Length)
        {
            case 1:
                return call.OrNull(call.Get<FeelValue>(0) switch
                {
                    FeelString text => FeelDateTime.Parse(text.Value),
                    FeelDateTime time => time,
                    FeelDate date => new FeelDateTime(date, 0, FeelZone.Utc),
                    _ => null,
                });
            case 2:
                return DateOf(call.Get<FeelValue>(0)) is { } day && call.Get<FeelTime>(1) is { } clock
                    ? new FeelDateTime(day, clock.Nanos, clock.Zone)
                    : call.Null();
            default:
                return Offset(call, 6, out var zone) && DateAt(call) is { } at && TimeAt(call, 3, zone) is { } hour
                    ? new FeelDateTime(at, hour.Nanos, zone)
                    : call.Null();
        }
    }

    /// <summary>Whole months between two days; times and zones do not count.</summary>
    static FeelValue MonthsBetween(BuiltinCall call)
    {
        if (DateOf(call.Get<FeelValue>(0)) is not { } from || DateOf(call.Get<FeelValue>(1)) is not { } to)
            return call.Null();
        var months = ((to.Year - (long)from.Year) * 12) + to.Month - from.Month;
        if (months > 0 && to.Day < from.Day) months--;
        if (months < 0 && to.Day > from.Day) months++;
        return new FeelMonthsDuration(months);
    }
}
