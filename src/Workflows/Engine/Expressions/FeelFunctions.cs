using System.Collections.Frozen;
using System.Collections.Immutable;

namespace Workflows.Engine.Expressions;

/// <summary>The functions of DMN 1.5, 10.3.4, and the few of Camunda that forms and processes use.</summary>
static partial class FeelFunctions
{
    static readonly FrozenDictionary<string, FeelBuiltin> All =
        Strings().Concat(Numbers()).Concat(Lists()).Concat(Contexts()).Concat(Temporals()).Concat(Ranges())
            .ToFrozenDictionary(function => function.Name, StringComparer.Ordinal);

    public static FeelBuiltin? Find(string name) => All.GetValueOrDefault(name);

    /// <param name="name">As it is called.</param>
    /// <param name="signatures">Parameter lists divided by `|`. `x?` may be left out; `list*` is one list, or any
    /// number of items in its place; `item...` gathers what is left into a list.</param>
    /// <param name="body">What it does.</param>
    static FeelBuiltin Define(string name, string signatures, Func<BuiltinCall, FeelValue> body) =>
        new(name, [.. signatures.Split('|').Select(FeelSignature.Parse)], body);
}

sealed record FeelSignature(ImmutableArray<string> Names, int Required, bool TakesItems, bool GathersRest)
{
    public static FeelSignature Parse(string text)
    {
        var parts = text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return new(
            [.. parts.Select(part => part.TrimEnd('?', '*', '.'))],
            parts.Count(part => !part.EndsWith('?')),
            text.EndsWith('*'),
            text.EndsWith("...", StringComparison.Ordinal));
    }

    /// <summary>Values in the order of the parameters, a left out one as null reference; null if they do not
    /// fit.</summary>
    public FeelValue?[]? Bind(FeelArguments arguments)
    {
        var given = arguments.Values;
        if (!arguments.Names.IsDefault) return BindNamed(arguments);
        if (TakesItems && (given.Length > 1 || (given.Length == 1 && given[0] is not (FeelList or FeelNull))))
            return [new FeelList(given)];
        if (GathersRest && given.Length >= Required)
            return [.. given[..(Names.Length - 1)], new FeelList(given[(Names.Length - 1)..])];
        if (given.Length < Required || given.Length > Names.Length) return null;
        var values = new FeelValue?[Names.Length];
        given.CopyTo(values, 0);
        return values;
    }

    FeelValue?[]? BindNamed(FeelArguments arguments)
    {
        var values = new FeelValue?[Names.Length];
        for (var i = 0; i < arguments.Values.Length; i++)
        {
            var at = Names.IndexOf(arguments.Names[i]);
            if (at < 0 || values[at] is not null) return null;
            values[at] = arguments.Values[i];
        }
        for (var i = 0; i < Required; i++) values[i] ??= FeelNull.Instance;
        if (GathersRest) values[^1] = values[^1] as FeelList ?? new FeelList(values[^1]!);
        return values;
    }
}

/// <summary>A function of the specification.</summary>
sealed record FeelBuiltin(string Name, ImmutableArray<FeelSignature> Signatures, Func<BuiltinCall, FeelValue> Body)
    : FeelFunction
{
    public override IReadOnlyList<string> ParameterNames => Signatures[0].Names;

    public bool Equals(FeelBuiltin? other) => ReferenceEquals(this, other);

    public override int GetHashCode() => base.GetHashCode();

    internal override FeelValue Invoke(FeelArguments arguments, FeelRun run)
    {
        foreach (var signature in Signatures)
        {
            if (signature.Bind(arguments) is not { } values) continue;
            // Every function may look at every item and every character it is given.
            foreach (var value in values)
            {
                run.Charge(value switch
                {
                    FeelList list => list.Count,
                    FeelContext context => context.Entries.Length,
                    FeelString text => text.Value.Length / 256,
                    _ => 0,
                });
            }
            return Body(new(Name, values, run, arguments.Names));
        }
        return run.Null($"The arguments do not fit the function '{Name}'.");
    }
}

/// <summary>Arguments of a function of the specification, taken by their type. A list of one item stands for the item,
/// and an item for a list of one (10.3.2.9.4).</summary>
readonly record struct BuiltinCall(string Name, FeelValue?[] Values, FeelRun Run, ImmutableArray<string> ArgumentNames)
{
    /// <summary>Whether the caller wrote this name: it decides between two signatures of equal length.</summary>
    public bool Names(string parameter) => !ArgumentNames.IsDefault && ArgumentNames.Contains(parameter);

    public FeelValue this[int index] => Values[index] ?? FeelNull.Instance;

    public bool IsGiven(int index) => index < Values.Length && Values[index] is not null;

    public T? Get<T>(int index)
        where T : FeelValue
    {
        var value = Values[index];
        if (value is FeelList { Count: 1 } list && typeof(T) != typeof(FeelList)) value = list[0];
        return value as T;
    }

    public FeelNumber? Number(int index) => Get<FeelNumber>(index);

    public string? Text(int index) => Get<FeelString>(index)?.Value;

    /// <summary>An integer argument; digits after the point are cut.</summary>
    public int? Integer(int index) => Number(index)?.ToInt();

    public FeelList? List(int index) => Values[index] switch
    {
        FeelList list => list,
        null or FeelNull => null,
        var value => new FeelList(value),
    };

    /// <summary>Null, and the warning which function could not use its arguments.</summary>
    public FeelValue Null() => Run.Null($"The function '{Name}' has no result for {Describe()}.");

    public FeelValue OrNull(FeelValue? value) => value ?? Null();

    string Describe() =>
        string.Join(", ", Values.Select(value => value?.TypeName ?? "nothing").DefaultIfEmpty("no arguments"));
}
