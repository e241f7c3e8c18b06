using System.Collections;
using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace Workflows.Engine.Expressions;

/// <summary>A value of FEEL (DMN 1.5, 10.3.2.2): immutable, with structural equality.</summary>
public abstract record FeelValue
{
    private protected FeelValue()
    {
    }

    /// <summary>The name of the FEEL type, as `instance of` says it.</summary>
    public abstract string TypeName { get; }

    public bool IsNull => this is FeelNull;

    public bool IsTrue => this is FeelBoolean { Value: true };

    public bool IsFalse => this is FeelBoolean { Value: false };

    /// <summary>Leaves reached through this value; see <see cref="FeelLimits.ValueWeight"/>.</summary>
    internal virtual int Weight => 1;

    /// <summary>Lists and contexts inside each other, this one included.</summary>
    internal virtual int Depth => 0;

    public static FeelValue Null => FeelNull.Instance;

    public static FeelValue Of(bool value) => value ? FeelBoolean.True : FeelBoolean.False;

    public static FeelValue Of(bool? value) => value is { } known ? Of(known) : FeelNull.Instance;

    public static FeelValue Of(string value) => new FeelString(value);

    public static FeelValue Of(long value) => FeelNumber.Of(value);

    /// <summary>A duration of either kind from its ISO 8601 text; null for other texts.</summary>
    public static FeelValue? DurationOf(string text) => FeelTemporalReader.Duration(text);

    /// <summary>The text of the value as the function `string` gives it: a string itself, everything else in the
    /// notation of FEEL.</summary>
    public string AsText() => this is FeelString text ? text.Value : ToString();

    /// <summary>The value in the notation of FEEL, strings in quotes.</summary>
    public sealed override string ToString()
    {
        var builder = new StringBuilder();
        AppendTo(builder);
        return builder.ToString();
    }

    internal abstract void AppendTo(StringBuilder builder);
}

public sealed record FeelNull : FeelValue
{
    public static readonly FeelNull Instance = new();

    FeelNull()
    {
    }

    public override string TypeName => "Null";

    internal override void AppendTo(StringBuilder builder) => builder.Append("null");
}

public sealed record FeelBoolean : FeelValue
{
    public static readonly FeelBoolean True = new(value: true);
    public static readonly FeelBoolean False = new(value: false);

    FeelBoolean(bool value) => Value = value;

    public bool Value { get; }

    public override string TypeName => "boolean";

    internal override void AppendTo(StringBuilder builder) => builder.Append(Value ? "true" : "false");
}

public sealed record FeelString(string Value) : FeelValue
{
    public override string TypeName => "string";

    internal override int Weight => 1 + (Value.Length / 64);

    internal override void AppendTo(StringBuilder builder)
    {
        builder.Append('"');
        foreach (var c in Value)
        {
            if (c is '"' or '\\') builder.Append('\\');
            builder.Append(c);
        }
        builder.Append('"');
    }
}

/// <summary>A list. It is a prefix of an append-only array, so that the growing list `partial` of a loop costs
/// nothing to take.</summary>
public sealed record FeelList : FeelValue, IReadOnlyList<FeelValue>
{
    public static readonly FeelList Empty = new([], 0, 1, 1);

    readonly FeelValue[] items;

    public FeelList(IEnumerable<FeelValue> items)
        : this([.. items])
    {
    }

    internal FeelList(params FeelValue[] items)
    {
        this.items = items;
        Count = items.Length;
        long weight = 1;
        var depth = 0;
        foreach (var item in items)
        {
            weight += item.Weight;
            depth = Math.Max(depth, item.Depth);
        }
        Weight = (int)Math.Min(weight, int.MaxValue);
        Depth = depth + 1;
    }

    internal FeelList(FeelValue[] items, int count, int weight, int depth)
    {
        this.items = items;
        Count = count;
        Weight = weight;
        Depth = depth;
    }

    public int Count { get; }

    public override string TypeName => "list";

    internal override int Weight { get; }

    internal override int Depth { get; }

    public FeelValue this[int index] =>
        index < Count ? items[index] : throw new ArgumentOutOfRangeException(nameof(index));

    public ReadOnlySpan<FeelValue> AsSpan() => items.AsSpan(0, Count);

    public bool Equals(FeelList? other) => other is not null && AsSpan().SequenceEqual(other.AsSpan());

    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (var item in AsSpan()) hash.Add(item);
        return hash.ToHashCode();
    }

    public IEnumerator<FeelValue> GetEnumerator() => items.Take(Count).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    internal override void AppendTo(StringBuilder builder)
    {
        builder.Append('[');
        for (var i = 0; i < Count; i++)
        {
            if (i > 0) builder.Append(", ");
            items[i].AppendTo(builder);
        }
        builder.Append(']');
    }
}

/// <summary>A context: entries in the order they were written. Equality ignores the order.</summary>
public sealed record FeelContext : FeelValue
{
    public static readonly FeelContext Empty = new(ImmutableArray<KeyValuePair<string, FeelValue>>.Empty);

    /// <summary>Below this many entries a scan beats a dictionary.</summary>
    const int ScanMax = 8;

    readonly Dictionary<string, FeelValue>? index;

    /// <param name="entries">Keys are distinct where authors are checked; of two equal ones the first is found.</param>
    public FeelContext(ImmutableArray<KeyValuePair<string, FeelValue>> entries)
    {
        Entries = entries;
        if (entries.Length > ScanMax) index = new(entries.Length, StringComparer.Ordinal);
        long weight = 1;
        var depth = 0;
        foreach (var entry in entries)
        {
            index?.TryAdd(entry.Key, entry.Value);
            weight += entry.Value.Weight + 1 + (entry.Key.Length / 64);
            depth = Math.Max(depth, entry.Value.Depth);
        }
        Weight = (int)Math.Min(weight, int.MaxValue);
        Depth = depth + 1;
    }

    public ImmutableArray<KeyValuePair<string, FeelValue>> Entries { get; }

    public override string TypeName => "context";

    internal override int Weight { get; }

    internal override int Depth { get; }

    public static FeelContext Of(params ReadOnlySpan<(string Key, FeelValue Value)> entries)
    {
        var builder = ImmutableArray.CreateBuilder<KeyValuePair<string, FeelValue>>(entries.Length);
        foreach (var (key, value) in entries) builder.Add(new(key, value));
        return new(builder.MoveToImmutable());
    }

    public bool TryGet(string key, out FeelValue value)
    {
        if (index is not null)
        {
            if (index.TryGetValue(key, out value!)) return true;
        }
        else
        {
            foreach (var entry in Entries)
            {
                if (!string.Equals(entry.Key, key, StringComparison.Ordinal)) continue;
                value = entry.Value;
                return true;
            }
        }
        value = FeelNull.Instance;
        return false;
    }

    /// <summary>This context with one entry replaced in its place, or added at the end.</summary>
    public FeelContext With(string key, FeelValue value)
    {
        for (var i = 0; i < Entries.Length; i++)
        {
            if (string.Equals(Entries[i].Key, key, StringComparison.Ordinal))
                return new(Entries.SetItem(i, new(key, value)));
        }
        return new(Entries.Add(new(key, value)));
    }

    public bool Equals(FeelContext? other)
    {
        if (other is null || other.Entries.Length != Entries.Length) return false;
        foreach (var entry in Entries)
        {
            if (!other.TryGet(entry.Key, out var value) || !entry.Value.Equals(value)) return false;
        }
        return true;
    }

    public override int GetHashCode()
    {
        var hash = Entries.Length;
        foreach (var entry in Entries) hash ^= HashCode.Combine(entry.Key, entry.Value);
        return hash;
    }

    internal override void AppendTo(StringBuilder builder)
    {
        builder.Append('{');
        var first = true;
        foreach (var (key, value) in Entries)
        {
            if (!first) builder.Append(", ");
            first = false;
            if (FeelText.IsPlainName(key)) builder.Append(key);
            else new FeelString(key).AppendTo(builder);
            builder.Append(": ");
            value.AppendTo(builder);
        }
        builder.Append('}');
    }
}

/// <summary>How a range was written: `[1..5]`, or by an operator as in `(>= 5)`. The specification keeps them apart in
/// equality although they hold the same points.</summary>
public enum FeelRangeKind
{
    Interval,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Equal,
    NotEqual,
}

/// <summary>A range; a null endpoint is unbounded. Points are never listed.</summary>
public sealed record FeelRange(
    FeelValue Start, bool StartIncluded, FeelValue End, bool EndIncluded, FeelRangeKind Kind = FeelRangeKind.Interval)
    : FeelValue
{
    public override string TypeName => "range";

    internal override int Weight => 1 + Start.Weight + End.Weight;

    internal override int Depth => 1 + Math.Max(Start.Depth, End.Depth);

    internal override void AppendTo(StringBuilder builder)
    {
        if (Kind != FeelRangeKind.Interval)
        {
            builder.Append('(').Append(Operator).Append(' ');
            (Start.IsNull ? End : Start).AppendTo(builder);
            builder.Append(')');
            return;
        }
        builder.Append(StartIncluded ? '[' : '(');
        AppendEndpoint(builder, Start);
        builder.Append("..");
        AppendEndpoint(builder, End);
        builder.Append(EndIncluded ? ']' : ')');
    }

    string Operator => Kind switch
    {
        FeelRangeKind.Less => "<",
        FeelRangeKind.LessOrEqual => "<=",
        FeelRangeKind.Greater => ">",
        FeelRangeKind.GreaterOrEqual => ">=",
        FeelRangeKind.Equal => "=",
        _ => "!=",
    };

    static void AppendEndpoint(StringBuilder builder, FeelValue value) => value.AppendTo(builder);
}

/// <summary>A function value. Two functions are equal only if they are the same object.</summary>
public abstract record FeelFunction : FeelValue
{
    public override string TypeName => "function";

    /// <summary>Names of the parameters in order; null where the function takes any number.</summary>
    public abstract IReadOnlyList<string>? ParameterNames { get; }

    public virtual bool Equals(FeelFunction? other) => ReferenceEquals(this, other);

    public override int GetHashCode() => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(this);

    internal abstract FeelValue Invoke(FeelArguments arguments, FeelRun run);

    internal override void AppendTo(StringBuilder builder) =>
        builder.Append("function(").AppendJoin(", ", ParameterNames ?? ["..."]).Append(')');
}

/// <summary>Small helpers about characters of FEEL names and code points of strings.</summary>
static class FeelText
{
    /// <summary>Grammar rule 28 (name start char). A surrogate half belongs to the planes the rule allows.</summary>
    public static bool IsNameStart(char c) => c switch
    {
        '?' or '_' or (>= 'a' and <= 'z') or (>= 'A' and <= 'Z') => true,
        < '\u00C0' or '\u00D7' or '\u00F7' => false,
        <= '\u02FF' => true,
        >= '\u0370' and <= '\u1FFF' => c is not ('\u037E' or '\u1680' or '\u180E'),
        '\u200C' or '\u200D' => true,
        >= '\u2070' and <= '\u218F' => true,
        >= '\u2C00' and <= '\u2FEF' => true,
        >= '\u3001' and <= '\uDFFF' => true,
        >= '\uF900' and <= '\uFDCF' => true,
        >= '\uFDF0' and <= '\uFFFD' => c != '\uFEFF',
        _ => false,
    };

    /// <summary>Grammar rule 29 (name part char).</summary>
    public static bool IsNamePart(char c) =>
        IsNameStart(c) || char.IsAsciiDigit(c)
        || c is '\u00B7' or (>= '\u0300' and <= '\u036F') or '\u203F' or '\u2040';

    /// <summary>Grammar rule 30 (additional name symbols).</summary>
    public static bool IsNameSymbol(char c) => c is '.' or '/' or '-' or '\'' or '+' or '*';

    /// <summary>Grammar rules 61 and 62 (white space, vertical space).</summary>
    public static bool IsSpace(char c) => char.IsWhiteSpace(c) || c is '\u180E' or '\u200B' or '\uFEFF';

    public static bool IsPlainName(string text)
    {
        if (text.Length == 0 || !IsNameStart(text[0])) return false;
        foreach (var c in text)
        {
            if (!IsNamePart(c) && c != ' ') return false;
        }
        return true;
    }

    /// <summary>Runs of white space become one blank, the ends are cut: names differing only there are the
    /// same.</summary>
    public static string Normalized(string name)
    {
        var builder = new StringBuilder(name.Length);
        foreach (var c in name)
        {
            if (!IsSpace(c)) builder.Append(c);
            else if (builder.Length > 0 && builder[^1] != ' ') builder.Append(' ');
        }
        if (builder.Length > 0 && builder[^1] == ' ') builder.Length--;
        return builder.ToString();
    }

    public static int CodePoints(string text)
    {
        var count = 0;
        foreach (var _ in text.EnumerateRunes()) count++;
        return count;
    }

    public static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
