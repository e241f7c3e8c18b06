namespace Workflows.Engine.Expressions;

static partial class FeelFunctions
{
    static FeelBuiltin[] Lists() =>
    [
        Define("list contains", "list, element", call =>
            call.List(0) is { } list ? FeelValue.Of(IndexOf(call, list, call[1], 0) >= 0) : call.Null()),
        Define("count", "list", call => call.List(0) is { } list ? FeelNumber.Of(list.Count) : call.Null()),
        Define("min", "list*", call => Extreme(call, -1)),
        Define("max", "list*", call => Extreme(call, 1)),
        Define("sum", "list*", call => Fold(call, (a, b) => a.Add(b))),
        Define("product", "list*", call => Fold(call, (a, b) => a.Multiply(b))),
        Define("mean", "list*", call => Numbers(call) is { Length: > 0 } all ? call.OrNull(Mean(all)) : call.Null()),
        Define("median", "list*", Median),
        Define("stddev", "list*", StandardDeviation),
        Define("mode", "list*", Mode),
        Define("all", "list*", call => Decide(call, decisive: false)),
        Define("any", "list*", call => Decide(call, decisive: true)),
        Define("sublist", "list, start position, length?", Sublist),
        Define("append", "list, item...", call =>
            call.List(0) is { } list ? New(call, list, call.List(1)!) : call.Null()),
        Define("concatenate", "list...", Concatenate),
        Define("union", "list...", call => Concatenate(call) is FeelList all ? Distinct(call, all) : call.Null()),
        Define("insert before", "list, position, newItem", call =>
            Change(call, (items, at) => items.Insert(at, call[2]))),
        Define("remove", "list, position", call => Change(call, (items, at) => items.RemoveAt(at))),
        Define("list replace", "list, position, newItem|list, match, newItem", ListReplace),
        Define("reverse", "list", call => call.List(0) is { } list ? new FeelList(list.Reverse()) : call.Null()),
        Define("index of", "list, match", IndexesOf),
        Define("distinct values", "list", call => call.List(0) is { } list ? Distinct(call, list) : call.Null()),
        Define("flatten", "list", Flatten),
        Define("sort", "list, precedes?", Sort),
        Define("partition", "list, size", Partition),
        Define("is empty", "list", call => call.List(0) is { } list ? FeelValue.Of(list.Count == 0) : call.Null()),
    ];

    static FeelValue New(BuiltinCall call, params IEnumerable<FeelValue>[] parts) =>
        call.Run.Checked(new FeelList(parts.SelectMany(part => part)));

    static int IndexOf(BuiltinCall call, FeelList list, FeelValue wanted, int from)
    {
        for (var i = from; i < list.Count; i++)
        {
            if (FeelOperators.Equal(list[i], wanted, call.Run) == true) return i;
        }
        return -1;
    }

    static FeelValue Extreme(BuiltinCall call, int direction)
    {
        if (call.List(0) is not { Count: > 0 } list) return call.Null();
        var best = list[0];
        foreach (var item in list)
        {
            if (FeelOperators.Compare(item, best) is not { } order) return call.Null();
            if (order * direction > 0) best = item;
        }
        return best;
    }

    /// <summary>The items if all are numbers.</summary>
    static FeelNumber[]? Numbers(BuiltinCall call)
    {
        if (call.List(0) is not { } list) return null;
        var numbers = list.OfType<FeelNumber>().ToArray();
        return numbers.Length == list.Count ? numbers : null;
    }

    static FeelValue Fold(BuiltinCall call, Func<FeelNumber, FeelNumber, FeelNumber?> join)
    {
        if (call.List(0) is { Count: > 0 } list && list.All(item => item is FeelDaysDuration))
        {
            return new FeelDaysDuration(
                list.Cast<FeelDaysDuration>().Aggregate((Int128)0, (sum, item) => sum + item.Nanos));
        }
        if (Numbers(call) is not { Length: > 0 } all) return call.Null();
        var result = all[0];
        for (var i = 1; i < all.Length; i++)
        {
            if (join(result, all[i]) is not { } next) return call.Null();
            result = next;
        }
        return result;
    }

    static FeelNumber? Mean(FeelNumber[] all)
    {
        FeelNumber? sum = FeelNumber.Zero;
        foreach (var number in all) sum = sum?.Add(number);
        return sum?.Divide(FeelNumber.Of(all.Length));
    }

    static FeelValue Median(BuiltinCall call)
    {
        if (Numbers(call) is not { Length: > 0 } all) return call.Null();
        Array.Sort(all);
        var middle = all[all.Length / 2];
        return all.Length % 2 == 1
            ? middle
            : call.OrNull(middle.Add(all[(all.Length / 2) - 1])?.Divide(FeelNumber.Of(2)));
    }

    /// <summary>Of the sample: divided by one less than the count.</summary>
    static FeelValue StandardDeviation(BuiltinCall call)
    {
        if (Numbers(call) is not { Length: > 1 } all || Mean(all) is not { } mean) return call.Null();
        FeelNumber? sum = FeelNumber.Zero;
        foreach (var number in all)
        {
            var distance = number.Subtract(mean);
            sum = distance is null ? null : distance.Multiply(distance) is { } square ? sum?.Add(square) : null;
        }
        return call.OrNull(sum?.Divide(FeelNumber.Of(all.Length - 1))?.SquareRoot());
    }

    static FeelValue Mode(BuiltinCall call)
    {
        if (Numbers(call) is not { } all) return call.Null();
        if (all.Length == 0) return FeelList.Empty;
        var groups = all.GroupBy(number => number).ToArray();
        var most = groups.Max(group => group.Count());
        return new FeelList(groups.Where(group => group.Count() == most).Select(group => group.Key).Order());
    }

    static FeelValue Decide(BuiltinCall call, bool decisive)
    {
        if (call.List(0) is not { } list) return call.Null();
        var isUnknown = false;
        foreach (var item in list)
        {
            if (item is not FeelBoolean value) isUnknown = true;
            else if (value.Value == decisive) return value;
        }
        return isUnknown ? call.Null() : FeelValue.Of(!decisive);
    }

    /// <summary>Index from 0 for a position from 1 or, negative, from the end; -1 where there is no such
    /// item.</summary>
    static int Index(int? position, int count)
    {
        var index = position switch
        {
            > 0 => position.Value - 1,
            < 0 => count + position.Value,
            _ => -1,
        };
        return index >= 0 && index < count ? index : -1;
    }

    static FeelValue Sublist(BuiltinCall call)
    {
        if (call.List(0) is not { } list || Index(call.Integer(1), list.Count) is not (>= 0 and var from))
            return call.Null();
        if (!call.IsGiven(2) || call[2].IsNull) return new FeelList([.. list.AsSpan()[from..]]);
        return call.Integer(2) is { } length && length >= 0 && length <= list.Count - from
            ? new FeelList([.. list.AsSpan().Slice(from, length)])
            : call.Null();
    }

    static FeelValue Concatenate(BuiltinCall call)
    {
        var all = new List<FeelValue>();
        foreach (var part in call.List(0)!)
        {
            if (part.IsNull) return call.Null();
            if (part is FeelList list) all.AddRange(list);
            else all.Add(part);
            call.Run.CheckItems(all.Count);
        }
        return call.Run.Checked(new FeelList([.. all]));
    }

    static FeelList Distinct(BuiltinCall call, FeelList list)
    {
        call.Run.Charge(list.Weight);
        return new FeelList(list.Distinct());
    }

    static FeelValue Change(BuiltinCall call, Action<List<FeelValue>, int> change)
    {
        if (call.List(0) is not { } list || Index(call.Integer(1), list.Count) is not (>= 0 and var at))
            return call.Null();
        List<FeelValue> items = [.. list];
        change(items, at);
        return call.Run.Checked(new FeelList([.. items]));
    }

    static FeelValue ListReplace(BuiltinCall call)
    {
        if (call.List(0) is not { } list) return call.Null();
        if (call[1] is not FeelFunction match) return Change(call, (items, at) => items[at] = call[2]);
        var items = new FeelValue[list.Count];
        for (var i = 0; i < items.Length; i++)
        {
            if (FeelEvaluator.Invoke(match, new([list[i], call[2]], default), call.Run) is not FeelBoolean isMatch)
                return call.Null();
            items[i] = isMatch.Value ? call[2] : list[i];
        }
        return call.Run.Checked(new FeelList(items));
    }

    static FeelValue IndexesOf(BuiltinCall call)
    {
        if (call.List(0) is not { } list) return call.Null();
        var found = new List<FeelValue>();
        for (var at = IndexOf(call, list, call[1], 0); at >= 0; at = IndexOf(call, list, call[1], at + 1))
            found.Add(FeelNumber.Of(at + 1));
        return new FeelList([.. found]);
    }

    static FeelValue Flatten(BuiltinCall call)
    {
        if (call.List(0) is not { } list) return call.Null();
        var items = new List<FeelValue>();
        // A stack of its own: how deep lists may be nested is the business of the limits, not of this loop.
        var open = new Stack<(FeelList List, int Next)>();
        open.Push((list, 0));
        while (open.TryPop(out var top))
        {
            if (top.Next == top.List.Count) continue;
            open.Push((top.List, top.Next + 1));
            call.Run.Charge();
            if (top.List[top.Next] is FeelList inner) open.Push((inner, 0));
            else items.Add(top.List[top.Next]);
            call.Run.CheckItems(items.Count);
        }
        return call.Run.Checked(new FeelList([.. items]));
    }

    /// <summary>A stable merge sort: the order function is the author's and may be no order, which the sort of the
    /// framework answers with an exception.</summary>
    static FeelValue Sort(BuiltinCall call)
    {
        if (call.List(0) is not { } list) return call.Null();
        var precedes = call.IsGiven(1) ? call[1] as FeelFunction : null;
        if (call.IsGiven(1) && precedes is null) return call.Null();
        FeelValue[] items = [.. list];
        var target = new FeelValue[items.Length];
        for (var width = 1; width < items.Length; width *= 2)
        {
            for (var from = 0; from < items.Length; from += 2 * width)
            {
                if (!Merge(from, Math.Min(from + width, items.Length), Math.Min(from + (2 * width), items.Length)))
                    return call.Null();
            }
            (items, target) = (target, items);
        }
        return new FeelList(items);

        bool Merge(int left, int middle, int end)
        {
            var right = middle;
            for (var at = left; at < end; at++)
            {
                var takesRight = right < end && left == middle;
                if (right < end && left < middle)
                {
                    if (Before(items[right], items[left]) is not { } isBefore) return false;
                    takesRight = isBefore;
                }
                target[at] = takesRight ? items[right++] : items[left++];
            }
            return true;
        }

        bool? Before(FeelValue a, FeelValue b)
        {
            call.Run.Charge();
            if (precedes is null) return FeelOperators.Compare(a, b) is { } order ? order < 0 : null;
            return FeelEvaluator.Invoke(precedes, new([a, b], default), call.Run) is FeelBoolean result
                ? result.Value
                : null;
        }
    }

    static FeelValue Partition(BuiltinCall call) =>
        call.List(0) is { } list && call.Integer(1) is { } size && size > 0
            ? new FeelList(list.Chunk(size).Select(chunk => new FeelList(chunk)))
            : call.Null();
}
