using System.Globalization;
using Workflows.Engine.Expressions;

namespace Workflows.Engine.Calendar;

/// <summary>
/// <c>deadline(from, amount, unit[, roll])</c>: our only extension of FEEL. It gives the last second of the last day
/// in the zone of the centre and notes how that day was found; see docs/extensions.md.
/// </summary>
public static class DeadlineFunction
{
    const string Signature = "deadline(from, amount, unit[, roll])";

    /// <summary>The table of extension functions for an evaluation with this calendar.</summary>
    public static IReadOnlyDictionary<string, FeelExtension> Extensions(BusinessCalendar calendar) =>
        new Dictionary<string, FeelExtension>(StringComparer.Ordinal)
        {
            ["deadline"] = (arguments, call) => Invoke(arguments, call, calendar),
        };

    static FeelValue Invoke(IReadOnlyList<FeelValue> arguments, FeelCall call, BusinessCalendar calendar)
    {
        if (arguments.Count is < 3 or > 4) return call.Fail($"Expected {Signature}, found {arguments.Count} arguments.");
        var (from, wrongFrom) = DayOf(arguments[0], call.Environment.Zone);
        if (from is null) return call.Fail($"'from' {wrongFrom}");
        if (!int.TryParse(arguments[1].AsText(), NumberStyles.None, CultureInfo.InvariantCulture, out var amount))
            return call.Fail($"'amount' must be a whole number, but it is {arguments[1]}.");
        if (arguments[2] is not FeelString unitText || !DeadlineText.TryUnit(unitText.Value, out var unit))
            return call.Fail(
                $"'unit' must be \"days\", \"weeks\", \"months\", \"years\" or \"working-days\", but it is {arguments[2]}.");
        RollPolicy? roll = null;
        if (arguments.Count == 4 && !arguments[3].IsNull)
        {
            if (arguments[3] is not FeelString rollText || !DeadlineText.TryRoll(rollText.Value, out var policy))
                return call.Fail($"'roll' must be \"forward\", \"none\" or \"back\", but it is {arguments[3]}.");
            roll = policy;
        }
        if (!Deadline.TryCompute(from.Value, amount, unit, roll, calendar, out var deadline, out var problem))
            return call.Fail(problem);
        call.Note(deadline);
        return FeelDateTime.Of(deadline.EndOfDay(call.Environment.Zone));
    }

    // A moment belongs to the day it falls on where the centre is.
    static (DateOnly? Day, string? Problem) DayOf(FeelValue from, TimeZoneInfo zone)
    {
        var (moment, problem) = MomentOf(from, zone);
        return moment is { } at ? (LocalTime.DayOf(at, zone), null) : (null, problem);
    }

    /// <summary>A date (its first moment), a date and time, or the ISO text of either; else a sentence what it is.</summary>
    internal static (DateTimeOffset? Moment, string? Problem) MomentOf(FeelValue value, TimeZoneInfo zone) => value switch
    {
        FeelDateTime dateTime => dateTime.ToDateTimeOffset(zone) is { } at ? (at, null) : (null, OutOfRange(value)),
        FeelDate date => new FeelDateTime(date, 0).ToDateTimeOffset(zone) is { } start ? (start, null) : (null, OutOfRange(value)),
        FeelString text => TimerSchedule.ParseDate(text.Value, zone) is { Value: { } read }
            ? (read.At, null)
            : (null, $"must be a date or a date and time. {TimerSchedule.ParseDate(text.Value, zone).Problem}"),
        _ => (null, $"must be a date or a date and time, but it is {value.TypeName} '{value}'."),
    };

    static string OutOfRange(FeelValue value) => $"is out of range: {value}.";
}
