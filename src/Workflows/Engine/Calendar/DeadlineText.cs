using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Workflows.Engine.Calendar;

/// <summary>
/// The words of a deadline, the same in FEEL, in a form of the designer and on the command line:
/// <c>14 working-days from 2025-12-10 [forward|none|back]</c>.
/// </summary>
public static class DeadlineText
{
    /// <summary>A request is six short words; anything longer is not one.</summary>
    public const int TextMax = 200;

    const string Grammar =
        "<amount> <days|weeks|months|years|working-days> from <yyyy-MM-dd> [forward|none|back]";

    /// <summary>Reads a unit; the singular ("day", "working-day") is accepted too.</summary>
    public static bool TryUnit(string text, out DeadlineUnit unit)
    {
        DeadlineUnit? found = text.ToUpperInvariant() switch
        {
            "DAY" or "DAYS" => DeadlineUnit.Days,
            "WEEK" or "WEEKS" => DeadlineUnit.Weeks,
            "MONTH" or "MONTHS" => DeadlineUnit.Months,
            "YEAR" or "YEARS" => DeadlineUnit.Years,
            "WORKING-DAY" or "WORKING-DAYS" => DeadlineUnit.WorkingDays,
            _ => null,
        };
        unit = found ?? default;
        return found is not null;
    }

    public static bool TryRoll(string text, out RollPolicy roll)
    {
        RollPolicy? found = text.ToUpperInvariant() switch
        {
            "FORWARD" => RollPolicy.Forward,
            "NONE" => RollPolicy.None,
            "BACK" => RollPolicy.Back,
            _ => null,
        };
        roll = found ?? default;
        return found is not null;
    }

    /// <summary>Reads and computes one request; a problem is an English sentence with the word at fault.</summary>
    public static bool TryCompute(
        string text, BusinessCalendar calendar,
        [NotNullWhen(true)] out Deadline? deadline, [NotNullWhen(false)] out string? problem)
    {
        deadline = null;
        if (text.Length > TextMax)
        {
            problem = $"The request has {text.Length} characters, at most {TextMax} are read.";
            return false;
        }
        var words = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (words.Length is < 4 or > 5)
        {
            problem = $"Expected {Grammar}, but found '{text.Trim()}'.";
            return false;
        }
        RollPolicy? roll = null;
        problem = ReadWords(words, out var amount, out var unit, out var from, ref roll);
        return problem is null
            && Deadline.TryCompute(from, amount, unit, roll, calendar, out deadline, out problem);
    }

    /// <summary>
    /// Answers one request in words, or every line of <paramref name="input"/> when there are no words. In words: the
    /// ISO date on the first line, the derivation below. By line: both on one line. A request that cannot be read is
    /// answered by <c>error: </c> and a sentence in its place.
    /// </summary>
    /// <returns>True when every request was good.</returns>
    public static bool Answer(
        IReadOnlyCollection<string> words, TextReader input, TextWriter output, BusinessCalendar calendar)
    {
        if (words.Count > 0) return Answer(string.Join(' ', words), output, output.NewLine, calendar);
        var good = true;
        while (input.ReadLine() is { } line)
        {
            good &= Answer(line, output, " ", calendar);
            output.Flush();
        }
        return good;
    }

    static bool Answer(string request, TextWriter output, string separator, BusinessCalendar calendar)
    {
        if (!TryCompute(WithoutName(request), calendar, out var deadline, out var problem))
        {
            output.WriteLine($"error: {problem}");
            return false;
        }
        output.WriteLine($"{Deadline.Iso(deadline.DueOn)}{separator}{deadline.ExplainWithRules()}");
        return true;
    }

    // The name of the command is allowed in front, as people copy whole lines.
    static string WithoutName(string request)
    {
        var trimmed = request.Trim();
        return trimmed.StartsWith("deadline ", StringComparison.Ordinal) ? trimmed["deadline ".Length..] : trimmed;
    }

    static string? ReadWords(
        string[] words, out int amount, out DeadlineUnit unit, out DateOnly from, ref RollPolicy? roll)
    {
        unit = default;
        from = default;
        if (!int.TryParse(words[0], NumberStyles.None, CultureInfo.InvariantCulture, out amount))
            return $"The amount must be a whole number from 0 to {Deadline.AmountMax}, but it is '{words[0]}'.";
        if (!TryUnit(words[1], out unit))
            return $"The unit must be days, weeks, months, years or working-days, but it is '{words[1]}'.";
        if (!string.Equals(words[2], "from", StringComparison.OrdinalIgnoreCase))
            return $"Expected the word 'from' after the unit, but found '{words[2]}'.";
        var culture = CultureInfo.InvariantCulture;
        if (!DateOnly.TryParseExact(words[3], "yyyy-MM-dd", culture, DateTimeStyles.None, out from))
            return $"The start must be a date of the calendar as yyyy-MM-dd, but it is '{words[3]}'.";
        if (words.Length == 4) return null;
        if (!TryRoll(words[4], out var policy))
            return $"The roll must be forward, none or back, but it is '{words[4]}'.";
        roll = policy;
        return null;
    }
}
