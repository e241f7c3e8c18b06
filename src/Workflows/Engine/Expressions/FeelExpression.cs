using System.Collections.Immutable;
using System.Text.RegularExpressions;

namespace Workflows.Engine.Expressions;

/// <summary>Why a text is no expression. <see cref="Position"/> counts UTF-16 units from 0.</summary>
public sealed record FeelProblem(string Message, int Position);

/// <summary>Either an expression or a problem.</summary>
public sealed record FeelParseResult(FeelExpression? Expression, FeelProblem? Problem);

/// <summary>An expression, or the unary tests of a decision table cell: parsed once, immutable, thread-safe.</summary>
public sealed class FeelExpression
{
    internal FeelExpression(string text, FeelNode node)
    {
        Text = text;
        Node = node;
    }

    public string Text { get; }

    internal FeelNode Node { get; }

    /// <summary>Parses an expression whose variables are unknown: words beside each other make one name, names with
    /// other symbols stand in backticks. Never throws for bad text.</summary>
    public static FeelParseResult Parse(string text, FeelLimits? limits = null) => Parse(text, FeelNames.None, limits);

    /// <summary>Parses an expression in which the given names, with whatever blanks and symbols, are
    /// variables.</summary>
    public static FeelParseResult Parse(string text, FeelNames names, FeelLimits? limits = null) =>
        FeelParser.Parse(text, names, limits ?? FeelLimits.Default, unaryTests: false);

    /// <summary>Parses unary tests (grammar rule 15) such as `&lt; 5, [7..9]`, `not("a")`, `-` or `? > 3`.
    /// The tested value is the variable `?`; the result is a boolean or null.</summary>
    public static FeelParseResult ParseUnaryTests(string text, FeelNames names, FeelLimits? limits = null) =>
        FeelParser.Parse(text, names, limits ?? FeelLimits.Default, unaryTests: true);

    /// <summary>Evaluates within the budget of the environment. Never throws for what the text or the data
    /// say.</summary>
    public FeelResult Evaluate(FeelScope scope, FeelEnvironment environment) =>
        new FeelRun(environment).Complete(run => FeelEvaluator.Evaluate(Node, scope, run));
}

/// <summary>Names the parser may meet: variables in scope, components of contexts, and named types.</summary>
public sealed class FeelNames
{
    public static readonly FeelNames None = new([], [], null);

    /// <param name="variables">Names in scope; only those with other than letters and digits matter.</param>
    /// <param name="members">Names that may follow a dot.</param>
    /// <param name="types">Types by name, as item definitions give them.</param>
    public FeelNames(
        IEnumerable<string> variables, IEnumerable<string> members, IReadOnlyDictionary<string, FeelType>? types)
    {
        Variables = Special(variables);
        Members = Special(members);
        Types = types ?? ImmutableDictionary<string, FeelType>.Empty;
    }

    /// <summary>Longest first, so that the first match is the longest.</summary>
    internal ImmutableArray<string> Variables { get; }

    internal ImmutableArray<string> Members { get; }

    internal IReadOnlyDictionary<string, FeelType> Types { get; }

    static ImmutableArray<string> Special(IEnumerable<string> names) =>
        [.. names.Select(FeelText.Normalized).Where(IsSpecial).Distinct(StringComparer.Ordinal)
            .OrderByDescending(name => name.Length).ThenBy(name => name, StringComparer.Ordinal)];

    internal static bool IsSpecial(string name) => name.Length > 0 && !name.All(FeelText.IsNamePart);
}

/// <summary>Variables by name.</summary>
public abstract class FeelScope
{
    public static readonly FeelScope Empty = new DictionaryScope(ImmutableDictionary<string, FeelValue>.Empty);

    public abstract bool TryGet(string name, out FeelValue value);

    public static FeelScope Of(IReadOnlyDictionary<string, FeelValue> variables) => new DictionaryScope(variables);

    public static FeelScope Of(FeelContext context) => new ContextScope(context, Empty);

    /// <summary>One more variable in front of this scope.</summary>
    public FeelScope With(string name, FeelValue value) => new VariableScope(name, value, this);

    /// <summary>This scope, and where it does not know a name, <paramref name="outer"/>.</summary>
    public FeelScope Then(FeelScope outer) => new ChainedScope(this, outer);

    sealed class DictionaryScope(IReadOnlyDictionary<string, FeelValue> variables) : FeelScope
    {
        public override bool TryGet(string name, out FeelValue value) => variables.TryGetValue(name, out value!);
    }

    internal sealed class VariableScope(string key, FeelValue bound, FeelScope outer) : FeelScope
    {
        public override bool TryGet(string name, out FeelValue value)
        {
            FeelScope scope = this;
            // A loop, not recursion: a context of thousands of entries makes a chain as long.
            while (scope is VariableScope frame)
            {
                if (string.Equals(frame.Key, name, StringComparison.Ordinal))
                {
                    value = frame.Bound;
                    return true;
                }
                scope = frame.Outer;
            }
            return scope.TryGet(name, out value);
        }

        string Key => key;

        FeelValue Bound => bound;

        FeelScope Outer => outer;
    }

    /// <summary>The entries of a context in front of an outer scope: filters, and contexts being built.</summary>
    internal sealed class ContextScope(FeelContext context, FeelScope outer) : FeelScope
    {
        public override bool TryGet(string name, out FeelValue value) =>
            context.TryGet(name, out value) || outer.TryGet(name, out value);
    }

    sealed class ChainedScope(FeelScope inner, FeelScope outer) : FeelScope
    {
        public override bool TryGet(string name, out FeelValue value) =>
            inner.TryGet(name, out value) || outer.TryGet(name, out value);
    }
}

/// <summary>What an evaluation knows of the world: the time of the command, the zone of the office, extension
/// functions and budgets.</summary>
public sealed record FeelEnvironment(
    DateTimeOffset Now,
    TimeZoneInfo Zone,
    IReadOnlyDictionary<string, FeelExtension>? Extensions = null,
    FeelLimits? Limits = null);

/// <summary>A function of the product beside those of the specification.</summary>
public delegate FeelValue FeelExtension(IReadOnlyList<FeelValue> arguments, FeelCall call);

/// <summary>The call of an extension function.</summary>
public sealed class FeelCall
{
    readonly FeelRun run;
    readonly string name;

    internal FeelCall(FeelRun run, string name)
    {
        this.run = run;
        this.name = name;
    }

    public FeelEnvironment Environment => run.Environment;

    /// <summary>Ends the evaluation: its result is a failure with this message.</summary>
    public FeelValue Fail(string message) =>
        throw new FeelAbortException(FeelFailureKind.Function, $"{name}: {message}");

    /// <summary>Null with a warning, as functions of FEEL answer arguments outside their domain.</summary>
    public FeelValue Warn(string message) => run.Null($"{name}: {message}");

    /// <summary>Takes steps from the budget, for a function whose work grows with its arguments.</summary>
    public void Charge(long steps) => run.Charge(steps);

    /// <summary>Keeps an object beside the result, such as how a deadline was reckoned.</summary>
    public void Note(object note) => run.Notes.Add(note);
}

public enum FeelFailureKind
{
    /// <summary>A counted budget is used up.</summary>
    Budget,

    /// <summary>An extension function or `assert` refused.</summary>
    Function,

    /// <summary>The model around the expression cannot be evaluated.</summary>
    Model,
}

/// <summary>Why there is no result at all.</summary>
public sealed record FeelFailure(FeelFailureKind Kind, string Message);

/// <summary>Why a part of the expression is null: FEEL has no exceptions.</summary>
public sealed record FeelWarning(string Message);

/// <summary>The value, null where <see cref="Failure"/> is set; warnings explain a null.</summary>
public sealed record FeelResult(
    FeelValue Value, FeelFailure? Failure, ImmutableArray<FeelWarning> Warnings, ImmutableArray<object> Notes);

/// <summary>Leaves a deep evaluation at once; never leaves <see cref="FeelRun.Complete"/>.</summary>
sealed class FeelAbortException(FeelFailureKind kind, string message) : Exception(message)
{
    public FeelFailureKind Kind => kind;
}

/// <summary>One evaluation: its budgets, warnings and notes.</summary>
sealed class FeelRun(FeelEnvironment environment)
{
    /// <summary>More warnings than anybody reads: a loop would write thousands of the same.</summary>
    const int WarningsMax = 50;

    readonly List<FeelWarning> warnings = [];
    int steps;
    int depth;
    int calls;

    public FeelEnvironment Environment { get; } = environment;

    public FeelLimits Limits { get; } = environment.Limits ?? FeelLimits.Default;

    public List<object> Notes { get; } = [];

    readonly Dictionary<(string, string), Regex?> patterns = [];

    /// <summary>A pattern is compiled once in an evaluation: in a loop that costs a hundred times what matching
    /// does.</summary>
    public Regex? Pattern(string pattern, string flags)
    {
        if (!patterns.TryGetValue((pattern, flags), out var compiled))
            patterns[(pattern, flags)] = compiled = FeelPattern.Compile(pattern, flags);
        return compiled;
    }

    /// <summary>Where decision tables leave what they did; null outside decisions.</summary>
    public List<object>? Tables { get; set; }

    public IReadOnlyList<FeelWarning> Warnings => warnings;

    public FeelResult Complete(Func<FeelRun, FeelValue> evaluate)
    {
        try
        {
            var value = evaluate(this);
            return new(value, null, [.. warnings], [.. Notes]);
        }
        catch (FeelAbortException abort)
        {
            return new(FeelNull.Instance, new(abort.Kind, abort.Message), [.. warnings], [.. Notes]);
        }
    }

    public void Charge(long count = 1)
    {
        if (count > Limits.Steps - steps) throw Exhausted("steps", Limits.Steps);
        steps += (int)count;
    }

    public void Enter()
    {
        if (++depth > Limits.EvaluationDepth) throw Exhausted("nested evaluations", Limits.EvaluationDepth);
    }

    public void Leave() => depth--;

    public void EnterCall()
    {
        Charge();
        if (++calls > Limits.CallDepth) throw Exhausted("nested calls", Limits.CallDepth);
    }

    public void LeaveCall() => calls--;

    public FeelValue Null(string message)
    {
        if (warnings.Count < WarningsMax) warnings.Add(new(message));
        return FeelNull.Instance;
    }

    /// <summary>Refuses values beyond the sizes of the limits.</summary>
    public FeelValue Checked(FeelValue value)
    {
        switch (value)
        {
            case FeelString text when text.Value.Length > Limits.StringLength:
                throw Exhausted("characters of one string", Limits.StringLength);
            case FeelList list when list.Count > Limits.ListItems:
                throw Exhausted("items of one list", Limits.ListItems);
        }
        if (value.Depth > Limits.ValueDepth) throw Exhausted("levels of one value", Limits.ValueDepth);
        if (value.Weight > Limits.ValueWeight) throw Exhausted("parts of one value", Limits.ValueWeight);
        return value;
    }

    public void CheckItems(int count)
    {
        if (count > Limits.ListItems) throw Exhausted("items of one list", Limits.ListItems);
    }

    static FeelAbortException Exhausted(string what, int limit) =>
        new(FeelFailureKind.Budget, FeelText.Invariant($"Budget exhausted: more than {limit} {what}."));
}
