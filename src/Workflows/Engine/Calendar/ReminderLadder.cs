using System.Collections.Immutable;
using System.Globalization;

namespace Workflows.Engine.Calendar;

/// <summary>One message of a ladder, with the moment it falls due.</summary>
/// <param name="Rung">The entry of the ladder without its role: <c>-3wd</c>, <c>0</c>, <c>+2wd/2wd</c>,
/// <c>50%</c>.</param>
/// <param name="Role">Role that is told; null for whoever has the task then.</param>
/// <param name="Urgent">Counted in hours: it waits neither for morning nor for a working day.</param>
public sealed record Reminder(string Rung, string? Role, DateTimeOffset At, bool Urgent);

/// <summary>
/// When a task reminds and whom: the named schemes and the free ladders of <c>docs/extensions.md</c>, whose grammar is
/// this class. All of it is an assumption of the centre, none is statute.
/// </summary>
public sealed class ReminderLadder
{
    /// <summary>Rungs counted in days fall due at this hour, before the daily digest is put together.</summary>
    public static readonly TimeOnly Morning = new(7, 0);

    const int AmountMax = 999;
    const int EntriesMax = 40;
    const string DefaultCoordinator = "team_lead";
    const string DefaultHead = "head";

    enum Unit
    {
        Days,
        WorkingDays,
        Hours,
        Percent,
    }

    /// <param name="Amount">Negative before the due day; percent of the whole period.</param>
    /// <param name="Every">Repeated each time so many units have passed; 0 for once.</param>
    sealed record Entry(string Rung, string? Role, int Amount, Unit Unit, int Every, Unit EveryUnit);

    readonly ImmutableArray<Entry> entries;
    readonly bool urgent;

    ReminderLadder(ImmutableArray<Entry> entries, bool urgent)
    {
        this.entries = entries;
        this.urgent = urgent;
    }

    /// <summary>Names of the schemes, apart from free ladders.</summary>
    public static ImmutableArray<string> Schemes { get; } = ["std", "fast", "max", "hour", "none"];

    /// <summary>Roles named by the entries themselves.</summary>
    public IEnumerable<string> Roles => entries.Select(entry => entry.Role).OfType<string>().Distinct();

    /// <param name="text">A scheme or a free ladder.</param>
    /// <param name="escalation">Roles told when the term passes, in order; the scheme says when.</param>
    /// <param name="problem">English, names the entry; null when the ladder was read.</param>
    public static ReminderLadder? Parse(string text, ImmutableArray<string> escalation, out string? problem)
    {
        var trimmed = text.Trim();
        var written = Written(trimmed, escalation);
        var parts = written.Split([',', ';'], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        problem = parts.Length > EntriesMax ? $"Expected at most {EntriesMax} reminders, found {parts.Length}." : null;
        var read = ImmutableArray.CreateBuilder<Entry>();
        foreach (var part in parts)
        {
            if (problem is not null) return null;
            if (EntryOf(part) is { } entry)
                read.Add(entry);
            else
                problem = $"Expected a reminder such as -3wd, 0, +2wd/2wd, 50% or head:+2wd, found '{part}'.";
        }
        if (problem is null && read.Count == 0 && trimmed != "none")
            problem = $"Expected one of {string.Join(", ", Schemes)} or a ladder such as -3wd,-1wd,0;head:+2wd.";
        return problem is null ? new ReminderLadder(read.ToImmutable(), trimmed == "hour") : null;
    }

    // The schemes of procedures.md in the words of the free ladder: nothing a scheme does is closed to a centre.
    static string Written(string text, ImmutableArray<string> escalation)
    {
        ImmutableArray<string> told = escalation.IsEmpty
            ? text == "std" ? [DefaultCoordinator, DefaultHead] : [DefaultHead]
            : escalation.Contains(DefaultHead) ? escalation : [.. escalation, DefaultHead];
        string Each(params ReadOnlySpan<string> rungs)
        {
            var all = new List<string>();
            foreach (var rung in rungs) all.AddRange(told.Select(role => $"{role}:{rung}"));
            return string.Join(',', all);
        }
        return text switch
        {
            "none" => "",
            "std" => "-3wd,-1wd,0;" + InTurn(told),
            "fast" => "50%,0;" + Each("0"),
            "max" => "-30d,-14d,-7d,-1d,0;head:-7d,head:-1d;" + Each("0"),
            "hour" => "25%,50%,75%,100%;" + Each("25%", "50%", "75%", "100%"),
            _ => escalation.IsEmpty || text.Contains(':', StringComparison.Ordinal)
                ? text
                : text + ";" + InTurn(escalation),
        };
    }

    // The first role on the due day, each further one two working days after the one before.
    static string InTurn(ImmutableArray<string> roles) =>
        string.Join(',', roles.Select((role, index) => index == 0 ? $"{role}:0" : $"{role}:+{2 * index}wd"));

    static Entry? EntryOf(string text)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        var role = colon < 0 ? null : text[..colon].Trim();
        if (role is not null && (role.Length == 0 || !role.All(c => c is (>= 'a' and <= 'z') or '_'))) return null;
        var rung = text[(colon + 1)..].Trim();
        var slash = rung.IndexOf('/', StringComparison.Ordinal);
        var (amount, unit) = AmountOf(slash < 0 ? rung : rung[..slash]) ?? (0, (Unit)(-1));
        if ((int)unit < 0) return null;
        if (slash < 0) return new Entry(rung, role, amount, unit, 0, Unit.Days);
        return AmountOf("+" + rung[(slash + 1)..]) is ( > 0 and var every, not Unit.Percent and var everyUnit)
            ? new Entry(rung, role, amount, unit, every, everyUnit)
            : null;
    }

    static (int Amount, Unit Unit)? AmountOf(string text)
    {
        if (text == "0") return (0, Unit.Days);
        var unit = text.EndsWith("wd", StringComparison.Ordinal) ? Unit.WorkingDays
            : text.EndsWith('d') ? Unit.Days
            : text.EndsWith('h') ? Unit.Hours
            : text.EndsWith('%') ? Unit.Percent
            : (Unit)(-1);
        if ((int)unit < 0) return null;
        var number = text[..^(unit == Unit.WorkingDays ? 2 : 1)];
        var signed = number.StartsWith('+') || number.StartsWith('-');
        if (signed == (unit == Unit.Percent)) return null;
        if (!int.TryParse(number[(signed ? 1 : 0)..], NumberStyles.None, CultureInfo.InvariantCulture, out var amount))
            return null;
        if (amount > (unit == Unit.Percent ? 100 : AmountMax)) return null;
        return (number.StartsWith('-') ? -amount : amount, unit);
    }

    /// <summary>Everything still to come, in the order of time.</summary>
    /// <param name="from">When the task was offered, or its term changed.</param>
    /// <param name="due">Last moment of the term.</param>
    /// <remarks>
    /// A rung before the term that is already past is left out. Of the rungs at and after the term that are past, the
    /// last of each role falls due at once: a task that begins late must not begin in silence. When the term itself is
    /// still to come, because the task begins on its last day, it falls due right after it.
    /// </remarks>
    public ImmutableArray<Reminder> Plan(
        DateTimeOffset from, DateTimeOffset due, BusinessCalendar calendar, TimeZoneInfo zone)
    {
        var all = entries.Select(entry => new Reminder(
            entry.Rung, entry.Role, Moment(entry, from, due, calendar, zone).ToUniversalTime(),
            urgent || entry.Unit == Unit.Hours)).ToList();
        var atOnce = due < from ? from : due.AddSeconds(1);
        var late = all.Zip(entries).Where(one => one.First.At <= from && one.Second.Amount >= 0 && !IsBefore(one))
            .GroupBy(one => one.First.Role, one => one.First, StringComparer.Ordinal)
            .Select(role => role.MaxBy(one => one.At)! with { At = atOnce.ToUniversalTime() });
        return [.. all.Where(one => one.At > from).Concat(late)
            .OrderBy(one => one.At).ThenBy(one => one.Role, StringComparer.Ordinal)];

        // A share of the period is before its end, unless it is the whole.
        static bool IsBefore((Reminder, Entry Entry) one) => one.Entry is { Unit: Unit.Percent, Amount: < 100 };
    }

    /// <summary>The next time a repeated rung falls due; null for one that comes once.</summary>
    /// <param name="last">When it fell due before.</param>
    public static DateTimeOffset? Next(
        string rung, DateTimeOffset last, BusinessCalendar calendar, TimeZoneInfo zone)
    {
        if (EntryOf(rung) is not { Every: > 0 } entry) return null;
        if (entry.EveryUnit == Unit.Hours) return last.AddHours(entry.Every).ToUniversalTime();
        var day = Shift(LocalTime.DayOf(last, zone), entry.Every, entry.EveryUnit, calendar);
        return AtMorning(day, zone).ToUniversalTime();
    }

    static DateTimeOffset Moment(
        Entry entry, DateTimeOffset from, DateTimeOffset due, BusinessCalendar calendar, TimeZoneInfo zone) =>
        entry.Unit switch
        {
            Unit.Percent => entry.Amount == 100 ? due : from + ((due - from) * (entry.Amount / 100.0)),
            Unit.Hours => due.AddHours(entry.Amount),
            _ => AtMorning(Shift(LocalTime.DayOf(due, zone), entry.Amount, entry.Unit, calendar), zone),
        };

    static DateTimeOffset AtMorning(DateOnly day, TimeZoneInfo zone) =>
        LocalTime.ToInstant(day.ToDateTime(Morning), zone);

    static DateOnly Shift(DateOnly day, int amount, Unit unit, BusinessCalendar calendar)
    {
        if (unit == Unit.Days) return day.AddDays(amount);
        for (var left = Math.Abs(amount); left > 0;)
        {
            day = day.AddDays(Math.Sign(amount));
            if (calendar.IsWorkingDay(day)) left--;
        }
        return day;
    }
}
