using System.Collections.Immutable;

namespace Workflows.Engine.Expressions;

/// <summary>A type of FEEL (DMN 1.5, 10.3.2.9): simple, list, range, context or function, with the allowed values an
/// item definition may add.</summary>
public sealed record FeelType(FeelTypeKind Kind)
{
    public static readonly FeelType Any = new(FeelTypeKind.Any);

    static readonly ImmutableDictionary<string, FeelTypeKind> SimpleNames = new Dictionary<string, FeelTypeKind>(
        StringComparer.Ordinal)
    {
        ["Any"] = FeelTypeKind.Any,
        ["Null"] = FeelTypeKind.Null,
        ["number"] = FeelTypeKind.Number,
        ["integer"] = FeelTypeKind.Number,
        ["long"] = FeelTypeKind.Number,
        ["double"] = FeelTypeKind.Number,
        ["string"] = FeelTypeKind.String,
        ["boolean"] = FeelTypeKind.Boolean,
        ["date"] = FeelTypeKind.Date,
        ["time"] = FeelTypeKind.Time,
        ["date and time"] = FeelTypeKind.DateTime,
        ["dateTime"] = FeelTypeKind.DateTime,
        ["days and time duration"] = FeelTypeKind.DaysDuration,
        ["dayTimeDuration"] = FeelTypeKind.DaysDuration,
        ["years and months duration"] = FeelTypeKind.MonthsDuration,
        ["yearMonthDuration"] = FeelTypeKind.MonthsDuration,
        ["list"] = FeelTypeKind.List,
        ["context"] = FeelTypeKind.Context,
        ["range"] = FeelTypeKind.Range,
        ["function"] = FeelTypeKind.Function,
    }.ToImmutableDictionary(StringComparer.Ordinal);

    /// <summary>Item type of a list or range, result of a function; null is Any.</summary>
    public FeelType? Element { get; init; }

    /// <summary>Entries of a context, in order.</summary>
    public ImmutableArray<KeyValuePair<string, FeelType>> Members { get; init; } = [];

    /// <summary>Parameter types of a function.</summary>
    public ImmutableArray<FeelType> Parameters { get; init; } = [];

    /// <summary>Unary tests every value, or every item of a list, has to pass.</summary>
    public FeelExpression? AllowedValues { get; init; }

    /// <summary>A type of the specification by its name; null for other names.</summary>
    public static FeelType? Simple(string name) => SimpleNames.TryGetValue(name, out var kind) ? new(kind) : null;

    /// <summary>The value as this type; null where it does not conform or allowed values cannot be tested.</summary>
    public FeelValue Coerce(FeelValue value, FeelEnvironment environment) =>
        new FeelRun(environment).Complete(run => Coerce(value, run)).Value;

    /// <summary>Whether the value is of this type; null is of every type but in `instance of`.</summary>
    internal bool Accepts(FeelValue value, FeelRun run)
    {
        if (value.IsNull || Kind == FeelTypeKind.Any) return value.IsNull || IsAllowed(value, run);
        var fits = Kind switch
        {
            FeelTypeKind.Number => value is FeelNumber,
            FeelTypeKind.String => value is FeelString,
            FeelTypeKind.Boolean => value is FeelBoolean,
            FeelTypeKind.Date => value is FeelDate,
            FeelTypeKind.Time => value is FeelTime,
            FeelTypeKind.DateTime => value is FeelDateTime,
            FeelTypeKind.DaysDuration => value is FeelDaysDuration,
            FeelTypeKind.MonthsDuration => value is FeelMonthsDuration,
            FeelTypeKind.List => value is FeelList list && AcceptsItems(list, run),
            FeelTypeKind.Context => value is FeelContext context && AcceptsMembers(context, run),
            FeelTypeKind.Range => value is FeelRange range && AcceptsEndpoints(range, run),
            FeelTypeKind.Function => value is FeelFunction function && AcceptsFunction(function),
            _ => false,
        };
        return fits && IsAllowed(value, run);
    }

    internal bool IsInstance(FeelValue value, FeelRun run) =>
        value.IsNull ? Kind == FeelTypeKind.Null : Accepts(value, run);

    /// <summary>The value as this type, after the implicit conversions of 10.3.2.9.4: singleton list to item and back,
    /// date to midnight UTC; null with a warning where it does not conform.</summary>
    internal FeelValue Coerce(FeelValue value, FeelRun run)
    {
        if (Accepts(value, run)) return value;
        if (value is FeelList { Count: 1 } list && Kind != FeelTypeKind.List && Accepts(list[0], run)) return list[0];
        if (Kind == FeelTypeKind.List && value is not FeelList)
        {
            var single = new FeelList(value);
            if (Accepts(single, run)) return single;
        }
        if (Kind == FeelTypeKind.DateTime && value is FeelDate date)
        {
            var midnight = new FeelDateTime(date, 0, FeelZone.Utc);
            if (Accepts(midnight, run)) return midnight;
        }
        return run.Null($"Expected {this}, found {value.TypeName}.");
    }

    bool IsAllowed(FeelValue value, FeelRun run) =>
        AllowedValues is null
        || FeelEvaluator.Evaluate(AllowedValues.Node, FeelScope.Empty.With("?", value), run).IsTrue;

    bool AcceptsItems(FeelList list, FeelRun run)
    {
        if (Element is null or { Kind: FeelTypeKind.Any, AllowedValues: null }) return true;
        run.Charge(list.Count);
        foreach (var item in list.AsSpan())
        {
            if (!Element.Accepts(item, run)) return false;
        }
        return true;
    }

    bool AcceptsMembers(FeelContext context, FeelRun run)
    {
        run.Charge(Members.Length);
        foreach (var (name, type) in Members)
        {
            if (!context.TryGet(name, out var value) || !type.Accepts(value, run)) return false;
        }
        return true;
    }

    bool AcceptsEndpoints(FeelRange range, FeelRun run) =>
        Element is null || (Element.Accepts(range.Start, run) && Element.Accepts(range.End, run));

    bool AcceptsFunction(FeelFunction function)
    {
        if (Parameters.IsDefaultOrEmpty && Element is null) return true;
        if (function is not FeelLambda lambda) return true;
        if (lambda.Parameters.Length != Parameters.Length) return false;
        for (var i = 0; i < Parameters.Length; i++)
        {
            // A function is used with the arguments of the wanted type: it may take more, never less.
            if (!Parameters[i].ConformsTo(lambda.Parameters[i].Type)) return false;
        }
        return true;
    }

    /// <summary>Whether every value of this type is of the other (10.3.2.9.2).</summary>
    public bool ConformsTo(FeelType other)
    {
        if (other.Kind == FeelTypeKind.Any || Kind == FeelTypeKind.Null) return true;
        if (Kind != other.Kind) return false;
        return Kind switch
        {
            FeelTypeKind.List or FeelTypeKind.Range => (Element ?? Any).ConformsTo(other.Element ?? Any),
            FeelTypeKind.Context => other.Members.All(wanted => Members.Any(own =>
                string.Equals(own.Key, wanted.Key, StringComparison.Ordinal) && own.Value.ConformsTo(wanted.Value))),
            FeelTypeKind.Function => Parameters.Length == other.Parameters.Length
                && (Element ?? Any).ConformsTo(other.Element ?? Any)
                && other.Parameters.Zip(Parameters).All(pair => pair.First.ConformsTo(pair.Second)),
            _ => true,
        };
    }

    public override string ToString() => Kind switch
    {
        FeelTypeKind.List or FeelTypeKind.Range => $"{Kind}<{Element ?? Any}>",
        _ => Kind.ToString(),
    };
}

public enum FeelTypeKind
{
    Any,
    Null,
    Number,
    String,
    Boolean,
    Date,
    Time,
    DateTime,
    DaysDuration,
    MonthsDuration,
    List,
    Context,
    Range,
    Function,
}
