using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Workflows.Engine.Calendar;

public enum DeadlineUnit
{
    Days,
    Weeks,
    Months,
    Years,
    WorkingDays,
}

/// <summary>What happens when the last day of a period is a Saturday, a Sunday or a holiday.</summary>
public enum RollPolicy
{
    /// <summary>To the next working day (KPA art. 57 § 4): terms of parties and of proceedings.</summary>
    Forward,

    /// <summary>It stays: the limit of a statutory maximum interval (R8).</summary>
    None,

    /// <summary>To the last working day on or before it: planning inside a limit (R8, R9).</summary>
    Back,
}

/// <summary>A day that did not count, or on which a period could not end, and why (Polish).</summary>
public sealed record SkippedDay(DateOnly Day, string Reason);

/// <summary>
/// A computed deadline with everything needed to check it by hand; it is frozen with the task (R15).
/// </summary>
/// <param name="From">The day of the event. It is never counted (R1).</param>
/// <param name="Amount">How many units, 0 to <see cref="AmountMax"/>. 0 is the day of the event itself.</param>
/// <param name="Unit">The unit of <paramref name="Amount"/>.</param>
/// <param name="Roll">The policy applied.</param>
/// <param name="DueOn">The last day, the one that binds.</param>
/// <param name="Unrolled">The last day before rolling; under <see cref="RollPolicy.Back"/> this is the limit.</param>
/// <param name="Skipped">Days left out while counting (R6) or passed while rolling (R5, R8, R9), as passed.</param>
/// <param name="Rule">Rule ids joined by "+": the base (R1 to R4, R6, R9) and, where the end was decided by it, R5 or
/// R8.</param>
/// <param name="CalendarVersion">The calendar used (R15).</param>
public sealed record Deadline(
    DateOnly From,
    int Amount,
    DeadlineUnit Unit,
    RollPolicy Roll,
    DateOnly DueOn,
    DateOnly Unrolled,
    ImmutableArray<SkippedDay> Skipped,
    string Rule,
    string CalendarVersion)
{
    /// <summary>A century in days. No term of the statute is near it; a longer one is a slip of the pen.</summary>
    public const int AmountMax = 36_525;

    /// <summary>The Gregorian calendar, and with it the computus, begins in 1583.</summary>
    public static readonly DateOnly FirstDay = new(1583, 1, 1);

    /// <summary>The end of the day must still be a moment, so the last year of the type is left out.</summary>
    public static readonly DateOnly LastDay = new(9998, 12, 31);

    // Beyond this many the derivation names the count only; a term this long is not checked day by day by a person.
    const int SkippedShownMax = 60;

    /// <summary>
    /// Counts a period by R1 to R6 and R8. Without <paramref name="roll"/> calendar units roll forward (R5); working
    /// days end on a working day by themselves and are not rolled.
    /// </summary>
    /// <exception cref="ArgumentException">The amount or a date is out of range; the message says which.</exception>
    public static Deadline Compute(
        DateOnly from, int amount, DeadlineUnit unit, RollPolicy? roll, BusinessCalendar calendar) =>
        TryCompute(from, amount, unit, roll, calendar, out var deadline, out var problem)
            ? deadline
            : throw new ArgumentException(problem, nameof(amount));

    /// <summary>As <see cref="Compute"/>, with the problem as an English sentence instead of an exception.</summary>
    public static bool TryCompute(
        DateOnly from, int amount, DeadlineUnit unit, RollPolicy? roll, BusinessCalendar calendar,
        [NotNullWhen(true)] out Deadline? deadline, [NotNullWhen(false)] out string? problem)
    {
        deadline = null;
        problem = Problem(from, amount);
        if (problem is not null) return false;

        var skipped = ImmutableArray.CreateBuilder<SkippedDay>();
        var end = unit == DeadlineUnit.WorkingDays
            ? CountWorkingDays(from, amount, calendar, skipped)
            : AddCalendarUnits(from, amount, unit);
        var policy = roll ?? (unit == DeadlineUnit.WorkingDays ? RollPolicy.None : RollPolicy.Forward);
        var due = end is { } unrolled ? RollDay(unrolled, policy, calendar, skipped) : null;
        if (end is null || due is null)
        {
            problem = $"The last day would lie outside {Iso(FirstDay)} to {Iso(LastDay)}.";
            return false;
        }
        deadline = new Deadline(from, amount, unit, policy, due.Value, end.Value, skipped.ToImmutable(),
            RuleOf(unit, policy, moved: due != end), calendar.Version);
        return true;
    }

    /// <summary>
    /// R9: a date fixed by law (31 January, 31 March, 31 July) is not rolled; <see cref="DueOn"/> is the day to plan
    /// for, the last working day on or before it, and <see cref="Unrolled"/> the date of the law.
    /// </summary>
    public static Deadline OfFixedDate(DateOnly date, BusinessCalendar calendar) =>
        Compute(date, 0, DeadlineUnit.Days, RollPolicy.Back, calendar) with { Rule = "R9" };

    /// <summary>
    /// R8: the next limit of "at least every ..." counted from the last time. <see cref="Unrolled"/> is the limit,
    /// never rolled forward; <see cref="DueOn"/> the day to plan for.
    /// </summary>
    public static Deadline OfMaximumInterval(
        DateOnly last, int amount, DeadlineUnit unit, BusinessCalendar calendar) =>
        Compute(last, amount, unit, RollPolicy.Back, calendar);

    /// <summary>
    /// R11: the same deadline with calendar days that the statute does not count (suspension, delay by the party, KPA
    /// art. 35 § 5) added to its unrolled end, rolled anew. The caller records who decided and why.
    /// </summary>
    /// <exception cref="ArgumentException">The new end is out of range.</exception>
    public Deadline WithUncountedDays(int days, BusinessCalendar calendar)
    {
        var problem = Problem(Unrolled, days);
        if (problem is not null) throw new ArgumentException(problem, nameof(days));
        var end = Unrolled.AddDays(days);
        var policy = Unit == DeadlineUnit.WorkingDays ? RollPolicy.Forward : Roll;
        var skipped = ImmutableArray.CreateBuilder<SkippedDay>();
        var due = RollDay(end, policy, calendar, skipped)
            ?? throw new ArgumentException($"The last day would lie after {Iso(LastDay)}.", nameof(days));
        return this with
        {
            DueOn = due,
            Unrolled = end,
            Roll = policy,
            Skipped = skipped.ToImmutable(),
            Rule = RuleOf(Unit, policy, moved: due != end) + "+R11",
            CalendarVersion = calendar.Version,
        };
    }

    /// <summary>
    /// The last second of <see cref="DueOn"/>: 23:59:59 on the clock of <paramref name="zone"/>, one second before the
    /// next day begins there, whatever the clock change of that night.
    /// </summary>
    public DateTimeOffset EndOfDay(TimeZoneInfo zone) =>
        TimeZoneInfo.ConvertTime(LocalTime.StartOfDay(DueOn.AddDays(1), zone).AddSeconds(-1), zone);

    /// <summary>R10 (KPA art. 57 § 5): a letter is on time by the moment of sending, until the day has ended.</summary>
    public bool KeptBy(DateTimeOffset sentAt, TimeZoneInfo zone) =>
        sentAt < LocalTime.StartOfDay(DueOn.AddDays(1), zone);

    /// <summary>The derivation in Polish for whoever has the term: one paragraph, each step with its legal basis, in
    /// words only.</summary>
    public string Explain() => RuleNumber.Replace(Derivation(), "");

    /// <summary>As <see cref="Explain"/>, with the numbers of our rules and the calendar, for whoever checks the
    /// computation.</summary>
    public string ExplainWithRules() => $"{Derivation()} Kalendarz {CalendarVersion}.";

    static readonly Regex RuleNumber = new(@" \(R[0-9]+\)|R[0-9]+, ", RegexOptions.NonBacktracking);

    string Derivation()
    {
        var steps = new List<string>();
        if (Rule == "R9") steps.Add("termin stały, nie przesuwa się (R9)");
        else steps.AddRange(CountingSteps());
        if (Rule.EndsWith("+R11", StringComparison.Ordinal))
            steps.Add("nie wliczono okresów, o których mowa w art. 35 § 5 KPA (R11); koniec okresu " + Named(Unrolled));
        steps.AddRange(RollingSteps());
        steps.Add($"koniec {Polish(DueOn)} ({DayName(DueOn)}) z upływem dnia");
        var head = Rule == "R9" ? $"Data {Polish(From)}" : $"{PolishAmount(Amount, Unit)} od {Polish(From)}";
        return $"{head}: {string.Join("; ", steps)}.";
    }

    IEnumerable<string> CountingSteps()
    {
        if (Amount == 0)
        {
            yield return "okres zerowy, liczy się sam dzień zdarzenia";
            yield break;
        }
        switch (Unit)
        {
            case DeadlineUnit.Days:
                yield return "dzień zdarzenia nie liczy się (R1, art. 57 § 1 KPA)";
                yield return $"ostatni dzień {Named(End())}";
                break;
            case DeadlineUnit.Weeks:
                yield return "koniec w dniu o nazwie dnia początkowego, " +
                    $"{DayName(From)} (R2, art. 57 § 2 KPA)";
                yield return $"ostatni dzień {Named(End())}";
                break;
            case DeadlineUnit.Months or DeadlineUnit.Years:
                yield return Unit == DeadlineUnit.Months
                    ? "koniec w dniu odpowiadającym dniowi początkowemu (R3, art. 57 § 3 KPA)"
                    : "koniec w dniu odpowiadającym dniowi początkowemu (R4, art. 57 § 3a KPA)";
                yield return End().Day == From.Day
                    ? $"ostatni dzień {Named(End())}"
                    : $"w {End():MM.yyyy} nie ma dnia {From.Day}, więc ostatni dzień miesiąca: {Named(End())}";
                break;
            default:
                yield return "dzień zdarzenia nie liczy się (R1, art. 57 § 1 KPA)";
                yield return "liczą się dni od poniedziałku do piątku bez dni ustawowo wolnych (R6, dni robocze; " +
                    "ustawa z 18.01.1951 o dniach wolnych od pracy)";
                if (CountedOut() is { Length: > 0 } skipped) yield return "pominięto: " + List(skipped);
                break;
        }
    }

    IEnumerable<string> RollingSteps()
    {
        var passed = RolledOver();
        if (Roll == RollPolicy.Forward && passed.Length > 0)
            yield return "koniec w dniu wolnym lub w sobotę przechodzi na następny dzień roboczy " +
                $"(R5, art. 57 § 4 KPA), pominięto: {List(passed)}";
        if (Roll == RollPolicy.Back && passed.Length > 0)
            yield return $"limit {Polish(Unrolled)} nie przesuwa się naprzód, zaplanowano na ostatni dzień roboczy " +
                $"przed nim ({(Rule == "R9" ? "R9" : "R8")}), pominięto: {List(passed)}";
        if (Roll == RollPolicy.None && Unit != DeadlineUnit.WorkingDays)
            yield return "termin nie przesuwa się (R8)";
    }

    // Without R11 this is the unrolled end; with it, the end before the uncounted days, which the rules explain.
    DateOnly End() => Rule.EndsWith("+R11", StringComparison.Ordinal)
        ? AddCalendarUnits(From, Amount, Unit) ?? Unrolled
        : Unrolled;

    ImmutableArray<SkippedDay> CountedOut() => [.. Skipped.Where(day => day.Day < Unrolled && day.Day > From)];

    ImmutableArray<SkippedDay> RolledOver() => Roll == RollPolicy.Back
        ? [.. Skipped.Where(day => day.Day <= Unrolled && day.Day > DueOn)]
        : [.. Skipped.Where(day => day.Day >= Unrolled && day.Day < DueOn)];

    static string? Problem(DateOnly from, int amount)
    {
        if (amount is < 0 or > AmountMax)
            return $"The amount must be a whole number from 0 to {AmountMax}, but it is {amount}.";
        if (from < FirstDay || from > LastDay)
            return $"The start must lie in {Iso(FirstDay)} to {Iso(LastDay)}, but it is {Iso(from)}.";
        return null;
    }

    static DateOnly? AddCalendarUnits(DateOnly from, int amount, DeadlineUnit unit)
    {
        // R3 and R4: AddMonths and AddYears fall to the last day of a month that lacks the number, as the code says.
        var months = unit switch
        {
            DeadlineUnit.Months => amount,
            DeadlineUnit.Years => amount * 12,
            _ => 0,
        };
        var monthsLeft = ((LastDay.Year - from.Year) * 12) + 12 - from.Month;
        if (months > monthsLeft) return null;
        if (months > 0) return from.AddMonths(months);
        var days = unit == DeadlineUnit.Weeks ? amount * 7 : unit == DeadlineUnit.Days ? amount : 0;
        return days > LastDay.DayNumber - from.DayNumber ? null : from.AddDays(days);
    }

    static DateOnly? CountWorkingDays(
        DateOnly from, int amount, BusinessCalendar calendar, ImmutableArray<SkippedDay>.Builder skipped)
    {
        var day = from;
        for (var counted = 0; counted < amount;)
        {
            if (day == LastDay) return null;
            day = day.AddDays(1);
            if (calendar.WhyNotWorking(day) is { } reason) skipped.Add(new SkippedDay(day, reason));
            else counted++;
        }
        return day;
    }

    static DateOnly? RollDay(
        DateOnly end, RollPolicy policy, BusinessCalendar calendar, ImmutableArray<SkippedDay>.Builder skipped)
    {
        if (policy == RollPolicy.None) return end;
        var step = policy == RollPolicy.Forward ? 1 : -1;
        var day = end;
        while (calendar.WhyNotWorking(day) is { } reason)
        {
            skipped.Add(new SkippedDay(day, reason));
            if (day == (step > 0 ? LastDay : FirstDay)) return null;
            day = day.AddDays(step);
        }
        return day;
    }

    static string RuleOf(DeadlineUnit unit, RollPolicy policy, bool moved)
    {
        var rule = unit switch
        {
            DeadlineUnit.Days => "R1",
            DeadlineUnit.Weeks => "R2",
            DeadlineUnit.Months => "R3",
            DeadlineUnit.Years => "R4",
            _ => "R6",
        };
        if (policy == RollPolicy.Forward) return moved ? rule + "+R5" : rule;
        return unit == DeadlineUnit.WorkingDays && !moved ? rule : rule + "+R8";
    }

    static string List(ImmutableArray<SkippedDay> days)
    {
        var shown = string.Join(", ", days.Take(SkippedShownMax).Select(day => $"{Polish(day.Day)} {day.Reason}"));
        var hidden = days.Length - SkippedShownMax;
        return hidden > 0 ? $"{shown} i dalsze dni wolne w liczbie {hidden}" : shown;
    }

    static string Named(DateOnly day) => $"{Polish(day)} ({DayName(day)})";

    internal static string Polish(DateOnly day) => day.ToString("dd.MM.yyyy", CultureInfo.InvariantCulture);

    internal static string Iso(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    static string DayName(DateOnly day) => day.DayOfWeek switch
    {
        DayOfWeek.Monday => "poniedziałek",
        DayOfWeek.Tuesday => "wtorek",
        DayOfWeek.Wednesday => "środa",
        DayOfWeek.Thursday => "czwartek",
        DayOfWeek.Friday => "piątek",
        DayOfWeek.Saturday => "sobota",
        _ => "niedziela",
    };

    static string PolishAmount(int amount, DeadlineUnit unit)
    {
        var (one, few, many) = unit switch
        {
            DeadlineUnit.Days => ("dzień", "dni", "dni"),
            DeadlineUnit.Weeks => ("tydzień", "tygodnie", "tygodni"),
            DeadlineUnit.Months => ("miesiąc", "miesiące", "miesięcy"),
            DeadlineUnit.Years => ("rok", "lata", "lat"),
            _ => ("dzień roboczy", "dni robocze", "dni roboczych"),
        };
        var noun = amount == 1 ? one
            : amount % 10 is >= 2 and <= 4 && amount % 100 is not (>= 12 and <= 14) ? few
            : many;
        return $"{amount} {noun}";
    }
}

/// <summary>R7: hours run from the minute of the event through nights and holidays and are never rolled.</summary>
/// <param name="From">The moment of the event.</param>
/// <param name="Hours">1 to <see cref="HoursMax"/>.</param>
/// <param name="DueAt">The moment at which the hours have run out, in UTC.</param>
public sealed record HourDeadline(DateTimeOffset From, int Hours, DateTimeOffset DueAt)
{
    /// <summary>Two weeks; a longer term is a term in days.</summary>
    public const int HoursMax = 336;

    /// <exception cref="ArgumentOutOfRangeException">Hours outside 1 to <see cref="HoursMax"/>.</exception>
    public static HourDeadline Compute(DateTimeOffset from, int hours) => hours is >= 1 and <= HoursMax
        ? new HourDeadline(from, hours, from.ToUniversalTime().AddHours(hours))
        : throw new ArgumentOutOfRangeException(nameof(hours), hours, $"Hours must be 1 to {HoursMax}.");

    public string Explain(TimeZoneInfo zone)
    {
        var culture = CultureInfo.InvariantCulture;
        var from = TimeZoneInfo.ConvertTime(From, zone).ToString("dd.MM.yyyy HH:mm", culture);
        var due = TimeZoneInfo.ConvertTime(DueAt, zone).ToString("dd.MM.yyyy HH:mm", culture);
        return $"{Hours} godz. od {from}: godziny biegną bez przerwy, także w nocy i w dni wolne, bez przesunięcia " +
            $"(R7); koniec {due}.";
    }
}

/// <summary>The periods of the administrative procedure code that the catalogue uses (R11 to R14).</summary>
/// <param name="Rule">Rule id of the catalogue.</param>
/// <param name="Amount">Number of units.</param>
/// <param name="Unit">The unit.</param>
/// <param name="Basis">The article, as a person cites it.</param>
public sealed record KpaPeriod(string Rule, int Amount, DeadlineUnit Unit, string Basis)
{
    public static KpaPeriod Inquiry { get; } = new("R11", 1, DeadlineUnit.Months, "art. 35 § 3 KPA");

    public static KpaPeriod ComplexMatter { get; } = new("R11", 2, DeadlineUnit.Months, "art. 35 § 3 KPA");

    public static KpaPeriod Appeal { get; } = new("R11", 1, DeadlineUnit.Months, "art. 35 § 3 KPA");

    public static KpaPeriod ReminderPassedUp { get; } = new("R12", 7, DeadlineUnit.Days, "art. 37 § 4 KPA");

    public static KpaPeriod ReminderDecided { get; } = new("R12", 7, DeadlineUnit.Days, "art. 37 § 5 KPA");

    public static KpaPeriod Complaint { get; } = new("R13", 1, DeadlineUnit.Months, "art. 237 § 1 KPA");

    public static KpaPeriod Certificate { get; } = new("R13", 7, DeadlineUnit.Days, "art. 217 § 3 KPA");

    public static KpaPeriod RestoringTerm { get; } = new("R14", 7, DeadlineUnit.Days, "art. 58 § 2 KPA");

    public static ImmutableArray<KpaPeriod> All { get; } =
    [
        Inquiry, ComplexMatter, Appeal, ReminderPassedUp, ReminderDecided, Complaint, Certificate, RestoringTerm,
    ];

    public Deadline From(DateOnly day, BusinessCalendar calendar) =>
        Deadline.Compute(day, Amount, Unit, RollPolicy.Forward, calendar);
}
