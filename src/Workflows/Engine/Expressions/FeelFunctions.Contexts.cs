using System.Collections.Immutable;

namespace Workflows.Engine.Expressions;

static partial class FeelFunctions
{
    static FeelBuiltin[] Contexts() =>
    [
        Define("get value", "m, key", call =>
            call.Get<FeelContext>(0) is { } context && call.Text(1) is { } key && context.TryGet(key, out var value)
                ? value
                : call.Null()),
        Define("get entries", "m", call => call.Get<FeelContext>(0) is { } context
            ? call.Run.Checked(new FeelList(context.Entries.Select(entry =>
                FeelContext.Of(("key", FeelValue.Of(entry.Key)), ("value", entry.Value)))))
            : call.Null()),
        Define("context", "entries", ToContext),
        Define("context put", "context, key, value|context, keys, value", ContextPut),
        Define("context merge", "contexts", ContextMerge),
        Define("is defined", "value", call => FeelValue.Of(!call[0].IsNull)),
        Define("get or else", "value, default", call => call[0].IsNull ? call[1] : call[0]),
        Define("assert", "value, condition, cause?", call => call[1].IsTrue
            ? call[0]
            : throw new FeelAbortException(FeelFailureKind.Function,
                call.IsGiven(2) ? call[2].AsText() : "The condition of 'assert' is not true.")),
    ];

    static FeelValue ToContext(BuiltinCall call)
    {
        if (call.List(0) is not { } list) return call.Null();
        var entries = ImmutableArray.CreateBuilder<KeyValuePair<string, FeelValue>>(list.Count);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var item in list)
        {
            if (item is not FeelContext entry || !entry.TryGet("key", out var key) || key is not FeelString name
                || !entry.TryGet("value", out var value) || !seen.Add(name.Value))
                return call.Null();
            entries.Add(new(name.Value, value));
        }
        return call.Run.Checked(new FeelContext(entries.MoveToImmutable()));
    }

    static FeelValue ContextPut(BuiltinCall call)
    {
        if (call.Get<FeelContext>(0) is not { } context) return call.Null();
        if (call[1] is FeelString key) return call.Run.Checked(context.With(key.Value, call[2]));
        if (call.Names("key") || call[1] is not FeelList { Count: > 0 } keys
            || keys.Any(item => item is not FeelString))
        {
            return call.Null();
        }
        // Down along the keys, then up again with the changed contexts.
        var path = new List<FeelContext> { context };
        for (var i = 0; i + 1 < keys.Count; i++)
        {
            path[i].TryGet(((FeelString)keys[i]).Value, out var inner);
            if (inner is not FeelContext next) return call.Null();
            path.Add(next);
        }
        var value = call[2];
        for (var i = keys.Count - 1; i >= 0; i--) value = path[i].With(((FeelString)keys[i]).Value, value);
        return call.Run.Checked(value);
    }

    static FeelValue ContextMerge(BuiltinCall call)
    {
        if (call.List(0) is not { } list) return call.Null();
        var places = new Dictionary<string, int>(StringComparer.Ordinal);
        var entries = ImmutableArray.CreateBuilder<KeyValuePair<string, FeelValue>>();
        foreach (var item in list)
        {
            if (item is not FeelContext context) return call.Null();
            call.Run.Charge(context.Entries.Length);
            foreach (var entry in context.Entries)
            {
                if (places.TryAdd(entry.Key, entries.Count)) entries.Add(entry);
                else entries[places[entry.Key]] = entry;
            }
        }
        return call.Run.Checked(new FeelContext(entries.ToImmutable()));
    }
}
