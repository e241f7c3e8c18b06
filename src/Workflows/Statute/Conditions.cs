using System.Collections.Immutable;
using Workflows.Engine.Expressions;
using Workflows.Engine.Model;

namespace Workflows.Statute;

/// <summary>One comparison; texts are canonical. <c>x</c> alone is <c>x = true</c>.</summary>
/// <param name="Value">The literal on the right; null where the right side is no literal.</param>
sealed record Atom(string Left, ComparisonOperator Operator, string Right, FeelValue? Value);

/// <summary>
/// A condition as alternatives of conjunctions. What is not a comparison is an opaque atom: implication is syntactic,
/// and never claims what it cannot show.
/// </summary>
/// <param name="Terms">Empty: never true. One empty term: always true.</param>
sealed record Condition(ImmutableArray<ImmutableArray<Atom>> Terms)
{
    /// <summary>Alternatives a condition may have; a longer one is treated as unknown.</summary>
    const int TermsMax = 64;

    public static readonly Condition Always = new([[]]);
    public static readonly Condition Never = new([]);

    /// <summary>A condition without alternatives can never be true.</summary>
    public bool IsNever => Terms.IsEmpty;

    /// <summary>Null: too large to judge.</summary>
    public static Condition? Of(FeelNode node) => Of(node, isNegated: false);

    public static Condition? Of(ModelExpression? expression) => expression switch
    {
        null => Always,
        { Feel: { } feel } => Of(feel.Node),
        { Text: var text } when text.Trim() == "true" => Always,
        { Text: var text } when text.Trim() == "false" => Never,
        _ => null,
    };

    /// <param name="feel">FEEL, with or without its leading <c>=</c>.</param>
    public static Condition? Parse(string feel) =>
        FeelExpression.Parse(feel.StartsWith('=') ? feel[1..] : feel).Expression is { } read ? Of(read.Node) : null;

    static Condition? Of(FeelNode node, bool isNegated) => node switch
    {
        LiteralNode { Value: FeelBoolean { Value: var value } } => value != isNegated ? Always : Never,
        LogicNode logic => Fold(logic.Operands.Select(one => Of(one, isNegated)), logic.IsAnd != isNegated),
        CallNode { Function: NameNode { Name: "not" }, Arguments: [var operand] } => Of(operand, !isNegated),
        ComparisonNode compared => One(Compared(compared, isNegated)),
        InNode { Tests: var tests } inList when tests.All(test => LiteralOf(test) is not null) =>
            Fold(
                tests.Select(test => One(Compared(new(ComparisonOperator.Equal, inList.Value, test), isNegated))),
                isAnd: isNegated),
        _ => One(new(
            CanonicalFeel.Of(node), isNegated ? ComparisonOperator.NotEqual : ComparisonOperator.Equal, "true",
            FeelValue.Of(true))),
    };

    static Condition One(Atom atom) => new([[atom]]);

    static FeelValue? LiteralOf(FeelNode node) => node is LiteralNode literal ? literal.Value : null;

    static Atom Compared(ComparisonNode node, bool isNegated)
    {
        var (left, right, sign) = (node.Left, node.Right, node.Operator);
        if (LiteralOf(left) is not null && LiteralOf(right) is null)
        {
            (left, right) = (right, left);
            sign = sign switch
            {
                ComparisonOperator.Less => ComparisonOperator.Greater,
                ComparisonOperator.LessOrEqual => ComparisonOperator.GreaterOrEqual,
                ComparisonOperator.Greater => ComparisonOperator.Less,
                ComparisonOperator.GreaterOrEqual => ComparisonOperator.LessOrEqual,
                _ => sign,
            };
        }
        return new(
            CanonicalFeel.Of(left), isNegated ? Opposite(sign) : sign, CanonicalFeel.Of(right), LiteralOf(right));
    }

    static ComparisonOperator Opposite(ComparisonOperator sign) => sign switch
    {
        ComparisonOperator.Equal => ComparisonOperator.NotEqual,
        ComparisonOperator.NotEqual => ComparisonOperator.Equal,
        ComparisonOperator.Less => ComparisonOperator.GreaterOrEqual,
        ComparisonOperator.LessOrEqual => ComparisonOperator.Greater,
        ComparisonOperator.Greater => ComparisonOperator.LessOrEqual,
        _ => ComparisonOperator.Less,
    };

    static Condition? Fold(IEnumerable<Condition?> parts, bool isAnd)
    {
        var result = isAnd ? Always : Never;
        foreach (var part in parts)
        {
            var next = part is null ? null : isAnd ? result.And(part) : result.Or(part);
            if (next is null) return null;
            result = next;
        }
        return result;
    }

    public Condition? And(Condition other)
    {
        if (Terms.Length * other.Terms.Length > TermsMax) return null;
        var terms =
            from mine in Terms
            from theirs in other.Terms
            let both = mine.Union(theirs).ToImmutableArray()
            where !both.Any(atom => both.Any(second => Excludes(atom, second)))
            select both;
        return new([.. terms]);
    }

    Condition? Or(Condition other) =>
        Terms.Length + other.Terms.Length > TermsMax ? null : new([.. Terms, .. other.Terms]);

    /// <summary>That this is not true, be it false or null; null when it is too large.</summary>
    public Condition? Not() => Fold(
        Terms.Select(term => Fold(
            term.Select(atom => (Condition?)One(Negated(atom))), isAnd: false)), isAnd: true);

    // A comparison of size with null is neither true nor false, so its opposite is not what remains.
    static Atom Negated(Atom atom) =>
        atom.Operator is ComparisonOperator.Equal or ComparisonOperator.NotEqual
            ? atom with { Operator = Opposite(atom.Operator) }
            : new($"not {atom.Left} {atom.Operator} {atom.Right}", ComparisonOperator.Equal, "true", null);

    /// <summary>Whenever this is true, so is the other.</summary>
    public bool Implies(Condition other) => Terms.All(term =>
        other.Terms.Any(wanted => wanted.All(atom => term.Any(given => Implies(given, atom)))));

    /// <summary>Both are never true together.</summary>
    public bool Contradicts(Condition other) => Terms.All(term =>
        other.Terms.All(theirs => term.Any(atom => theirs.Any(second => Excludes(atom, second)))));

    static bool Implies(Atom given, Atom wanted)
    {
        if (given == wanted) return true;
        if (given.Left != wanted.Left || given.Value is not { } known || wanted.Value is not { } value) return false;
        return (given.Operator, wanted.Operator) switch
        {
            (ComparisonOperator.Equal, _) => Holds(known, wanted.Operator, value),
            (ComparisonOperator.Less or ComparisonOperator.LessOrEqual,
                ComparisonOperator.Less or ComparisonOperator.LessOrEqual) =>
                Order(known, value) is { } order
                && (order < 0 || (order == 0 && (wanted.Operator == ComparisonOperator.LessOrEqual
                    || given.Operator == ComparisonOperator.Less))),
            (ComparisonOperator.Greater or ComparisonOperator.GreaterOrEqual,
                ComparisonOperator.Greater or ComparisonOperator.GreaterOrEqual) =>
                Order(known, value) is { } order
                && (order > 0 || (order == 0 && (wanted.Operator == ComparisonOperator.GreaterOrEqual
                    || given.Operator == ComparisonOperator.Greater))),
            _ => false,
        };
    }

    /// <summary>Never both.</summary>
    static bool Excludes(Atom first, Atom second)
    {
        if (first.Left != second.Left) return false;
        if (first.Right == second.Right && first.Operator == Opposite(second.Operator)) return true;
        if (first.Value is not { } one || second.Value is not { } other) return false;
        return (first.Operator == ComparisonOperator.Equal && !Holds(one, second.Operator, other, otherwise: true))
            || (second.Operator == ComparisonOperator.Equal && !Holds(other, first.Operator, one, otherwise: true));
    }

    static bool Holds(FeelValue known, ComparisonOperator sign, FeelValue value, bool otherwise = false) => sign switch
    {
        ComparisonOperator.Equal => known == value,
        ComparisonOperator.NotEqual => known != value,
        _ when Order(known, value) is not { } => otherwise,
        ComparisonOperator.Less => Order(known, value) < 0,
        ComparisonOperator.LessOrEqual => Order(known, value) <= 0,
        ComparisonOperator.Greater => Order(known, value) > 0,
        _ => Order(known, value) >= 0,
    };

    static int? Order(FeelValue one, FeelValue other) =>
        one is FeelNumber first && other is FeelNumber second ? first.CompareTo(second) : null;
}

/// <summary>The canonical text of an expression: two that differ in blanks only have the same.</summary>
static class CanonicalFeel
{
    /// <param name="feel">FEEL, with or without its leading <c>=</c>; text that is none stays as it is.</param>
    public static string Of(string feel)
    {
        var text = feel.Trim();
        var expression = FeelExpression.Parse(text.StartsWith('=') ? text[1..] : text).Expression;
        return expression is null ? text : Of(expression.Node);
    }

    public static string Of(FeelNode node) => node switch
    {
        LiteralNode literal => literal.Value.ToString(),
        NameNode name => name.Name,
        ListNode list => $"[{Joined(list.Items)}]",
        ContextNode context =>
            $"{{{string.Join(", ", context.Entries.Select(entry => $"{entry.Key}: {Of(entry.Value)}"))}}}",
        RangeNode range => string.Concat(
            range.IsBare ? "" : range.StartIncluded ? "[" : "(", Of(range.Start), "..", Of(range.End),
            range.IsBare ? "" : range.EndIncluded ? "]" : ")"),
        OperatorRangeNode range => $"({range.Kind} {Of(range.Operand)})",
        NegationNode negation => $"-{Of(negation.Operand)}",
        ArithmeticNode sum => $"({Of(sum.First)}{string.Concat(sum.Rest.Select(
            part => $" {part.Operator} {Of(part.Operand)}"))})",
        LogicNode logic => $"({string.Join(logic.IsAnd ? " and " : " or ", logic.Operands.Select(Of))})",
        ComparisonNode compared => $"({Of(compared.Left)} {compared.Operator} {Of(compared.Right)})",
        BetweenNode between => $"({Of(between.Value)} between {Of(between.Low)} and {Of(between.High)})",
        InNode inList => $"({Of(inList.Value)} in ({Joined(inList.Tests)}))",
        InstanceOfNode instance => $"({Of(instance.Value)} instance of {instance.Type})",
        IfNode branch => $"(if {Of(branch.Condition)} then {Of(branch.Then)} else {Of(branch.Else)})",
        ForNode loop => $"(for {Iterators(loop.Iterators)} return {Of(loop.Body)})",
        QuantifiedNode some => $"({(some.IsSome ? "some" : "every")} {Iterators(some.Iterators)} satisfies {Of(
            some.Condition)})",
        FunctionNode function => $"function({string.Join(", ", function.Parameters.Select(
            parameter => parameter.Name))}) {(function.Body is null ? "external" : Of(function.Body))}",
        CallNode call => $"{Of(call.Function)}({(call.Names.IsDefaultOrEmpty
            ? Joined(call.Arguments)
            : string.Join(", ", call.Names.Zip(call.Arguments, (name, value) => $"{name}: {Of(value)}")))})",
        PathNode path => $"{Of(path.Value)}.{path.Name}",
        FilterNode filter => $"{Of(filter.Value)}[{Of(filter.Condition)}]",
        UnaryTestsNode tests => $"{(tests.IsNegated ? "not" : "")}({Joined(tests.Tests.Select(test => test.Node))})",
        // Boxed expressions stand in tables and have no text of their own.
        _ => $"<{node.GetType().Name} {System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(node)}>",
    };

    static string Joined(IEnumerable<FeelNode> nodes) => string.Join(", ", nodes.Select(Of));

    static string Iterators(IEnumerable<FeelIterator> iterators) =>
        string.Join(", ", iterators.Select(one => $"{one.Name} in {Of(one.Domain)}"));
}
