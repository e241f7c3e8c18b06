using Workflows.Engine.Expressions;

namespace Workflows.Engine.Calendar;

/// <summary>
/// The one extension of FEEL: <c>deadline(from, amount, unit[, roll])</c> gives 23:59:59 of the last day in the zone of
/// the centre, and notes the <see cref="Deadline"/> beside the result, from where it is frozen with the task (R15).
/// Wrong arguments end the evaluation: a deadline of null would be a task without one.
/// </summary>
public static class DeadlineFunction
{
    public const string Name = "deadline";

    /// <summary>Ten years in days. No term is longer.</summary>
    public const int AmountMax = 3_660;

    /// <summary>Two years. Working days are counted one by one and noted, and one evaluation may call often.</summary>
    public const int WorkingDaysMax = 500;

    /// <summary>For <see cref="FeelEnvironment.Extensions"/>.</summary>
    public static IReadOnlyDictionary<string, FeelExtension> Extensions(BusinessCalendar calendar) =>
        new Dictionary<string, FeelExtension>(StringComparer.Ordinal)
        {
            [Name] = (arguments, call) => Invoke(arguments, call, calendar),
        };

    static FeelValue Invoke(IReadOnlyList<FeelValue> arguments, FeelCall call, BusinessCalendar calendar)
    {
        if (arguments.Count is not (3 or 4))
            return call.Fail($"expected from, amount, unit and perhaps roll, but found {arguments.Count} arguments");
        var zone = call.Environment.Zone;
        if (FromOf(arguments[0], zone) is not { } from)
            return call.Fail($"from must be a date or a date and time, but it is {Shown(arguments[0])}");
        if (arguments[1] is not FeelNumber { IsInteger: true } number
            || number.ToInt() is not (>= 0 and <= AmountMax and var amount))
            return call.Fail($"amount must be a whole number from 0 to {AmountMax}, but it is {Shown(arguments[1])}");
        if (arguments[2] is not FeelString unitText || !DeadlineText.TryUnit(unitText.Value, out var unit))
            return call.Fail(
                $"unit must be days, weeks, months, years or working-days, but it is {Shown(arguments[2])}");
        if (unit == DeadlineUnit.WorkingDays && amount > WorkingDaysMax)
            return call.Fail($"amount must be at most {WorkingDaysMax} working days, but it is {amount}");
        RollPolicy? roll = null;
        if (arguments.Count == 4 && !arguments[3].IsNull)
        {
            if (arguments[3] is not FeelString rollText || !DeadlineText.TryRoll(rollText.Value, out var policy))
                return call.Fail($"roll must be forward, none or back, but it is {Shown(arguments[3])}");
            roll = policy;
        }
        if (!Deadline.TryCompute(from, amount, unit, roll, calendar, out var deadline, out var problem))
            return call.Fail(problem);
        call.Charge(amount + deadline.Skipped.Length);      // each counted or passed day is a step of the budget
        call.Note(deadline);
        return FeelDateTime.Of(deadline.EndOfDay(zone));
    }

    /// <summary>
    /// The day of the event: a date is itself; a date and time is the day which the centre's clock shows at that moment
    /// (23:30 UTC is the next day in Warsaw); without an offset it is that clock already. Text is read as either.
    /// </summary>
    static DateOnly? FromOf(FeelValue value, TimeZoneInfo zone) => value switch
    {
        FeelDate date => date.ToDateOnly(),
        FeelDateTime { Zone: null } local => local.Date.ToDateOnly(),
        FeelDateTime moment => moment.ToDateTimeOffset(zone) is { } at ? LocalTime.DayOf(at, zone) : null,
        FeelString text => FeelDate.Parse(text.Value) is { } date ? date.ToDateOnly()
            : FeelDateTime.Parse(text.Value) is { } moment ? FromOf(moment, zone)
            : null,
        _ => null,
    };

    // The value helps to find the slip; a long one would only fill the incident.
    static string Shown(FeelValue value)
    {
        var text = value.AsText();
        return $"{value.TypeName} {(text.Length > 40 ? text[..40] + "…" : text)}";
    }
}
