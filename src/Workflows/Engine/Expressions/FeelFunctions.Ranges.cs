namespace Workflows.Engine.Expressions;

static partial class FeelFunctions
{
    const string RangeSignatures = "range1, range2|point, range|range, point|point1, point2";

    /// <summary>The relations of points and ranges of DMN 1.5, table 79, each as the formula given there.</summary>
    static FeelBuiltin[] Ranges() =>
    [
        Define("range", "from", ToRange),
        Define("before", RangeSignatures, call => Relate(call, Before)),
        Define("after", RangeSignatures, call => Relate(call, (a, b) => Before(b, a))),
        Define("meets", RangeSignatures, call => Relate(call, Meets)),
        Define("met by", RangeSignatures, call => Relate(call, (a, b) => Meets(b, a))),
        Define("overlaps", RangeSignatures, call => Relate(call, Overlaps)),
        Define("overlaps before", RangeSignatures, call => Relate(call, OverlapsBefore)),
        Define("overlaps after", RangeSignatures, call => Relate(call, (a, b) => OverlapsBefore(b, a))),
        Define("finishes", RangeSignatures, call => Relate(call, Finishes)),
        Define("finished by", RangeSignatures, call => Relate(call, (a, b) => Finishes(b, a))),
        Define("includes", RangeSignatures, call => Relate(call, Includes)),
        Define("during", RangeSignatures, call => Relate(call, (a, b) => Includes(b, a))),
        Define("starts", RangeSignatures, call => Relate(call, Starts)),
        Define("started by", RangeSignatures, call => Relate(call, (a, b) => Starts(b, a))),
        Define("coincides", RangeSignatures, call => Relate(call, Coincides)),
    ];

    /// <summary>A point is the range from it to itself; what the relation needs not to be a point it looks
    /// at.</summary>
    readonly record struct Span(FeelValue Start, bool StartIncluded, FeelValue End, bool EndIncluded, bool IsPoint)
    {
        public static Span Of(FeelValue value) => value is FeelRange range
            ? new(range.Start, range.StartIncluded, range.End, range.EndIncluded, IsPoint: false)
            : new(value, true, value, true, IsPoint: true);
    }

    static FeelValue Relate(BuiltinCall call, Func<Span, Span, bool?> relation)
    {
        if (call[0].IsNull || call[1].IsNull) return call.Null();
        return relation(Span.Of(call[0]), Span.Of(call[1])) is { } result ? FeelValue.Of(result) : call.Null();
    }

    /// <summary>The order of an end or start of one span and one of the other; unbounded is beyond
    /// everything.</summary>
    static int? Order(FeelValue left, int leftSide, FeelValue right, int rightSide)
    {
        if (left.IsNull || right.IsNull)
            return (left.IsNull ? leftSide : 0).CompareTo(right.IsNull ? rightSide : 0);
        return FeelOperators.Compare(left, right);
    }

    static int? StartToStart(Span a, Span b) => Order(a.Start, -1, b.Start, -1);

    static int? EndToEnd(Span a, Span b) => Order(a.End, 1, b.End, 1);

    static int? EndToStart(Span a, Span b) => Order(a.End, 1, b.Start, -1);

    static bool? Before(Span a, Span b) =>
        EndToStart(a, b) is { } order ? order < 0 || (order == 0 && !(a.EndIncluded && b.StartIncluded)) : null;

    static bool? Meets(Span a, Span b) =>
        a.IsPoint || b.IsPoint ? null
        : EndToStart(a, b) is { } order ? order == 0 && a.EndIncluded && b.StartIncluded : null;

    static bool? Overlaps(Span a, Span b) =>
        a.IsPoint || b.IsPoint || EndToStart(a, b) is not { } ab || EndToStart(b, a) is not { } ba ? null
        : (ab > 0 || (ab == 0 && a.EndIncluded && b.StartIncluded))
            && (ba > 0 || (ba == 0 && b.EndIncluded && a.StartIncluded));

    static bool? OverlapsBefore(Span a, Span b)
    {
        if (a.IsPoint || b.IsPoint || StartToStart(a, b) is not { } starts || EndToStart(a, b) is not { } cross
            || EndToEnd(a, b) is not { } ends)
            return null;
        return (starts < 0 || (starts == 0 && a.StartIncluded && !b.StartIncluded))
            && (cross > 0 || (cross == 0 && a.EndIncluded && b.StartIncluded))
            && (ends < 0 || (ends == 0 && (!a.EndIncluded || b.EndIncluded)));
    }

    static bool? Finishes(Span a, Span b)
    {
        if (b.IsPoint || EndToEnd(a, b) is not { } ends || StartToStart(a, b) is not { } starts) return null;
        if (a.IsPoint) return ends == 0 && b.EndIncluded;
        return ends == 0 && a.EndIncluded == b.EndIncluded
            && (starts > 0 || (starts == 0 && (!a.StartIncluded || b.StartIncluded)));
    }

    static bool? Includes(Span a, Span b)
    {
        if (a.IsPoint || StartToStart(a, b) is not { } starts || EndToEnd(a, b) is not { } ends) return null;
        return (starts < 0 || (starts == 0 && (a.StartIncluded || !b.StartIncluded)))
            && (ends > 0 || (ends == 0 && (a.EndIncluded || !b.EndIncluded)));
    }

    static bool? Starts(Span a, Span b)
    {
        if (b.IsPoint || StartToStart(a, b) is not { } starts || EndToEnd(a, b) is not { } ends) return null;
        if (a.IsPoint) return starts == 0 && b.StartIncluded;
        return starts == 0 && a.StartIncluded == b.StartIncluded
            && (ends < 0 || (ends == 0 && (!a.EndIncluded || b.EndIncluded)));
    }

    static bool? Coincides(Span a, Span b) =>
        a.IsPoint != b.IsPoint || StartToStart(a, b) is not { } starts || EndToEnd(a, b) is not { } ends ? null
        : starts == 0 && ends == 0 && a.StartIncluded == b.StartIncluded && a.EndIncluded == b.EndIncluded;

    /// <summary>Reads a range whose endpoints are literals; anything with names in it has no result.</summary>
    static FeelValue ToRange(BuiltinCall call)
    {
        if (call.Text(0) is not { } text || FeelExpression.Parse(text, call.Run.Limits).Expression is not { } expression
            || expression.Node is not RangeNode node || !IsLiteral(node.Start) || !IsLiteral(node.End))
            return call.Null();
        var range = FeelEvaluator.Evaluate(node, FeelScope.Empty, call.Run);
        return range is FeelRange { Start.IsNull: false, End.IsNull: false } ? range : call.Null();
    }

    static bool IsLiteral(FeelNode node) => node switch
    {
        LiteralNode => true,
        NegationNode negation => negation.Operand is LiteralNode,
        CallNode { Function: NameNode { Name: "date" or "time" or "date and time" or "duration" } } call =>
            call.Arguments.All(argument => argument is LiteralNode),
        _ => false,
    };
}
