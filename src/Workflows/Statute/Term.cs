using System.Collections.Immutable;
using System.Globalization;
using System.Text.RegularExpressions;
using Workflows.Engine.Expressions;
using Workflows.Engine.Model;

namespace Workflows.Statute;

/// <summary>How long after an event something is due, as far as the text of the expression tells.</summary>
/// <param name="From">Canonical FEEL of the event.</param>
/// <param name="Months">Whole months; years are twelve.</param>
/// <param name="Days">Calendar days; negative when taken off again.</param>
/// <param name="WorkingDays">Days that are neither Saturday, Sunday nor a holiday.</param>
/// <param name="Minutes">Of durations that run through nights.</param>
/// <param name="EndsWithTheDay">Counted to 23:59:59 of the last day.</param>
/// <param name="RollsForward">A holiday at the end makes it longer.</param>
sealed record Term(
    string From, int Months = 0, int Days = 0, int WorkingDays = 0, int Minutes = 0, bool EndsWithTheDay = false,
    bool RollsForward = false)
{
    /// <summary>More alternatives than any sensible expression has.</summary>
    const int AlternativesMax = 32;
    const int MinutesOfDay = 24 * 60;

    /// <summary>No term is longer in any unit.</summary>
    const int AmountMax = 10_000;

    /// <summary>The term a rule sets.</summary>
    public static Term? Of(int amount, string unit, bool rollsForward) => (unit switch
    {
        _ when amount is < 0 or > AmountMax => null,
        "hours" => new Term("", Minutes: amount * 60),
        "days" => new Term("", Days: amount),
        "weeks" => new Term("", Days: 7 * amount),
        "months" => new Term("", Months: amount),
        "years" => new Term("", Months: 12 * amount),
        "working-days" => new Term("", WorkingDays: amount),
        _ => null,
    }) is { } term ? term with { RollsForward = rollsForward } : null;

    /// <summary>
    /// Never later than the other from the same event. Months are compared with days by the shortest and the longest
    /// month, so what is not certain is no.
    /// </summary>
    public bool IsWithin(Term limit)
    {
        if (RollsForward && !limit.RollsForward) return false;
        if (limit is { Minutes: > 0, Months: 0, Days: 0, WorkingDays: 0 })
        {
            var days = Days + (EndsWithTheDay ? 1 : 0);
            return Months == 0 && WorkingDays == 0 && (days * MinutesOfDay) + Minutes <= limit.Minutes;
        }
        var wholeDays = Days + ((Minutes + MinutesOfDay - 1) / MinutesOfDay);
        if (Months <= limit.Months && wholeDays <= limit.Days && WorkingDays <= limit.WorkingDays) return true;
        // A working day is at least a day long.
        return WorkingDays == 0
            && (31 * Months) + wholeDays <= (28 * limit.Months) + limit.Days + limit.WorkingDays;
    }

    /// <summary>Every moment an expression can give; null where its text does not tell.</summary>
    /// <param name="assumed">Only branches that are possible then.</param>
    public static ImmutableArray<Term>? Of(ModelExpression expression, Condition? assumed)
    {
        if (expression.Feel is { } feel) return Of(assumed is null ? feel.Node : Pruned(feel.Node, assumed));
        return Duration(expression.Text.Trim()) is { } span ? [Added(new Term(""), span, 1)] : null;
    }

    /// <summary>The branch that is taken where the condition is true, if its test is certain then.</summary>
    static FeelNode Pruned(FeelNode node, Condition assumed)
    {
        while (node is IfNode branch && Condition.Of(branch.Condition) is { } test)
        {
            if (assumed.Implies(test)) node = branch.Then;
            else if (assumed.Contradicts(test)) node = branch.Else;
            else break;
        }
        return node;
    }

    static ImmutableArray<Term>? Of(FeelNode node) => node switch
    {
        IfNode branch => Both(Of(branch.Then), Of(branch.Else)),
        CallNode { Function: NameNode { Name: "deadline" } } call => Deadline(call),
        CallNode { Function: NameNode { Name: "date" or "date and time" or "string" }, Arguments: [var only] } =>
            Of(only),
        ArithmeticNode { Rest: [var part] } sum when part.Operator is ArithmeticOperator.Add
            or ArithmeticOperator.Subtract => Moved(sum.First, part.Operand, part.Operator),
        _ => [new Term(CanonicalFeel.Of(node))],
    };

    static ImmutableArray<Term>? Both(ImmutableArray<Term>? one, ImmutableArray<Term>? other) =>
        one is { } first && other is { } second && first.Length + second.Length <= AlternativesMax
            ? [.. first, .. second]
            : null;

    static ImmutableArray<Term>? Moved(FeelNode from, FeelNode by, ArithmeticOperator sign)
    {
        var text = by is CallNode { Function: NameNode { Name: "duration" }, Arguments: [LiteralNode literal] }
            ? literal.Value.AsText()
            : by is LiteralNode { Value: var value } ? value.AsText() : null;
        if (text is null || Duration(text) is not { } span || Of(from) is not { } terms) return null;
        return [.. terms.Select(term => Added(term, span, sign == ArithmeticOperator.Add ? 1 : -1))];
    }

    static Term Added(Term term, (int Months, int Days, int Minutes) span, int sign) => term with
    {
        Months = term.Months + (sign * span.Months),
        Days = term.Days + (sign * span.Days),
        Minutes = term.Minutes + (sign * span.Minutes),
    };

    static ImmutableArray<Term>? Deadline(CallNode call)
    {
        if (call.Arguments.Length is not (3 or 4) || !call.Names.IsDefaultOrEmpty) return null;
        var unit = call.Arguments[2] is LiteralNode { Value: FeelString named } ? named.Value : null;
        var roll = call.Arguments.Length == 3 ? "forward"
            : call.Arguments[3] is LiteralNode { Value: FeelString policy } ? policy.Value : null;
        if (unit is null || roll is null || Of(call.Arguments[0]) is not { } from
            || Amounts(call.Arguments[1]) is not { } amounts || from.Length * amounts.Length > AlternativesMax)
            return null;
        var terms = ImmutableArray.CreateBuilder<Term>();
        foreach (var start in from)
        {
            foreach (var amount in amounts)
            {
                if (Of(amount, unit, rollsForward: false) is not { } part) return null;
                terms.Add(start with
                {
                    Months = start.Months + part.Months,
                    Days = start.Days + part.Days,
                    WorkingDays = start.WorkingDays + part.WorkingDays,
                    EndsWithTheDay = true,
                    // The end of a period in working days is one.
                    RollsForward = start.RollsForward || (roll == "forward" && unit != "working-days"),
                });
            }
        }
        return terms.ToImmutable();
    }

    static ImmutableArray<int>? Amounts(FeelNode node) => node switch
    {
        LiteralNode { Value: FeelNumber { IsInteger: true } number } when number.ToInt() is { } amount =>
            [amount],
        IfNode branch when Amounts(branch.Then) is { } first && Amounts(branch.Else) is { } second
            && first.Length + second.Length <= AlternativesMax => [.. first, .. second],
        _ => null,
    };

    static (int Months, int Days, int Minutes)? Duration(string text)
    {
        var match = Regex.Match(
            text, "^P(?:(?<y>[0-9]{1,4})Y)?(?:(?<m>[0-9]{1,4})M)?(?:(?<w>[0-9]{1,4})W)?(?:(?<d>[0-9]{1,4})D)?"
            + "(?:T(?:(?<h>[0-9]{1,5})H)?(?:(?<i>[0-9]{1,6})M)?(?:[0-9]{1,6}S)?)?$",
            RegexOptions.CultureInvariant | RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture);
        if (!match.Success || text.Length < 3) return null;
        int Part(string name) =>
            match.Groups[name] is { Success: true, Value: var digits }
                ? int.Parse(digits, NumberStyles.None, CultureInfo.InvariantCulture)
                : 0;
        return ((12 * Part("y")) + Part("m"), (7 * Part("w")) + Part("d"), (60 * Part("h")) + Part("i"));
    }

    /// <summary>In Polish: <c>14 dni roboczych</c>.</summary>
    public string InWords()
    {
        var parts = new List<string>();
        if (Months > 0) parts.Add(Counted(Months, "miesiąc", "miesiące", "miesięcy"));
        if (Days != 0) parts.Add(Counted(Days, "dzień", "dni", "dni"));
        if (WorkingDays > 0) parts.Add(Counted(WorkingDays, "dzień roboczy", "dni robocze", "dni roboczych"));
        if (Minutes % 60 == 0 && Minutes > 0) parts.Add(Counted(Minutes / 60, "godzina", "godziny", "godzin"));
        else if (Minutes != 0) parts.Add(Counted(Minutes, "minuta", "minuty", "minut"));
        if (parts.Count == 0) parts.Add(EndsWithTheDay ? "tego samego dnia" : "od razu");
        return string.Join(" i ", parts) + (RollsForward ? " (z przesunięciem na dzień roboczy)" : "");
    }

    static string Counted(int number, string one, string few, string many)
    {
        var (last, lastTwo) = (Math.Abs(number) % 10, Math.Abs(number) % 100);
        var noun = number == 1 ? one : last is >= 2 and <= 4 && lastTwo is not (>= 12 and <= 14) ? few : many;
        return string.Create(CultureInfo.InvariantCulture, $"{number} {noun}");
    }
}
