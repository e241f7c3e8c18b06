using System.Collections.Immutable;

namespace Workflows.Engine.Expressions;

/// <summary>Walks the tree. What FEEL calls an error is null and a warning; only budgets and refusals leave
/// early.</summary>
static partial class FeelEvaluator
{
    public static FeelValue Evaluate(FeelNode node, FeelScope scope, FeelRun run)
    {
        switch (node)
        {
            case LiteralNode literal:
                return literal.Value;
            case NameNode name:
                return Variable(name.Name, scope, run);
        }
        run.Enter();
        var value = node switch
        {
            ComparisonNode comparison => Comparison(comparison, scope, run),
            ArithmeticNode arithmetic => Arithmetic(arithmetic, scope, run),
            LogicNode logic => Logic(logic, scope, run),
            PathNode path => Property(Evaluate(path.Value, scope, run), path.Name, run),
            CallNode call => Call(call, scope, run),
            FilterNode filter => Filter(filter, scope, run),
            IfNode branch => Evaluate(
                Evaluate(branch.Condition, scope, run).IsTrue ? branch.Then : branch.Else, scope, run),
            _ => EvaluateRare(node, scope, run),
        };
        run.Leave();
        return value;
    }

    static FeelValue EvaluateRare(FeelNode node, FeelScope scope, FeelRun run) => node switch
    {
        ListNode list => List(list, scope, run),
        ContextNode context => Context(context, scope, run),
        RangeNode range => Range(range, scope, run),
        OperatorRangeNode range => OperatorRange(range.Kind, Evaluate(range.Operand, scope, run)),
        NegationNode negation => FeelOperators.Negate(Evaluate(negation.Operand, scope, run), run),
        BetweenNode between => Between(between, scope, run),
        InNode membership => In(membership, scope, run),
        InstanceOfNode instance => instance.Type is { } type
            ? FeelValue.Of(type.IsInstance(Evaluate(instance.Value, scope, run), run))
            : run.Null("The type after 'instance of' is unknown."),
        ForNode loop => For(loop, scope, run),
        QuantifiedNode quantified => Quantified(quantified, scope, run),
        FunctionNode function => new FeelLambda(function.Parameters, function.Body, scope),
        UnaryTestsNode tests => UnaryTests(tests, scope, run),
        BoxedNode boxed => boxed.Evaluate(scope, run),
        _ => throw new InvalidOperationException($"Unknown node {node.GetType().Name}."),
    };

    static FeelValue Variable(string name, FeelScope scope, FeelRun run)
    {
        if (scope.TryGet(name, out var value)) return value;
        if (FeelFunctions.Find(name) is { } builtin) return builtin;
        if (run.Environment.Extensions?.TryGetValue(name, out var extension) == true)
            return new FeelExtensionFunction(name, extension);
        return run.Null($"No variable named '{name}'.");
    }

    static FeelValue Comparison(ComparisonNode node, FeelScope scope, FeelRun run)
    {
        var left = Evaluate(node.Left, scope, run);
        var right = Evaluate(node.Right, scope, run);
        if (node.Operator is ComparisonOperator.Equal or ComparisonOperator.NotEqual)
        {
            var equal = FeelOperators.Equal(left, right, run);
            if (equal is null) return run.Null($"Cannot compare {left.TypeName} with {right.TypeName}.");
            return FeelValue.Of(equal.Value == (node.Operator == ComparisonOperator.Equal));
        }
        if (FeelOperators.Compare(left, right) is not { } order)
            return run.Null($"Cannot order {left.TypeName} and {right.TypeName}.");
        return FeelValue.Of(node.Operator switch
        {
            ComparisonOperator.Less => order < 0,
            ComparisonOperator.LessOrEqual => order <= 0,
            ComparisonOperator.Greater => order > 0,
            _ => order >= 0,
        });
    }

    static FeelValue Arithmetic(ArithmeticNode node, FeelScope scope, FeelRun run)
    {
        var value = Evaluate(node.First, scope, run);
        foreach (var (sign, operand) in node.Rest)
            value = FeelOperators.Apply(sign, value, Evaluate(operand, scope, run), run);
        return value;
    }

    /// <summary>Three-valued logic (DMN 1.5, table 50): what is not boolean counts as unknown.</summary>
    static FeelValue Logic(LogicNode node, FeelScope scope, FeelRun run)
    {
        var isUnknown = false;
        foreach (var operand in node.Operands)
        {
            if (Evaluate(operand, scope, run) is not FeelBoolean value) isUnknown = true;
            else if (value.Value != node.IsAnd) return value;
        }
        return isUnknown ? FeelNull.Instance : FeelValue.Of(node.IsAnd);
    }

    static FeelValue List(ListNode node, FeelScope scope, FeelRun run)
    {
        run.Charge(node.Items.Length);
        var items = new FeelValue[node.Items.Length];
        for (var i = 0; i < items.Length; i++) items[i] = Evaluate(node.Items[i], scope, run);
        return run.Checked(new FeelList(items));
    }

    static FeelValue Context(ContextNode node, FeelScope scope, FeelRun run)
    {
        run.Charge(node.Entries.Length);
        var entries = ImmutableArray.CreateBuilder<KeyValuePair<string, FeelValue>>(node.Entries.Length);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (key, entry) in node.Entries)
        {
            if (!seen.Add(key)) return run.Null($"The key '{key}' stands twice in a context.");
            var value = Evaluate(entry, scope, run);
            entries.Add(new(key, value));
            scope = scope.With(key, value);
        }
        return run.Checked(new FeelContext(entries.MoveToImmutable()));
    }

    static FeelValue Range(RangeNode node, FeelScope scope, FeelRun run)
    {
        var start = Evaluate(node.Start, scope, run);
        var end = Evaluate(node.End, scope, run);
        return FeelOperators.Range(start, node.StartIncluded, end, node.EndIncluded, node.IsBare, run);
    }

    static FeelRange OperatorRange(FeelRangeKind kind, FeelValue operand) => kind switch
    {
        FeelRangeKind.Less => new(FeelNull.Instance, false, operand, false, kind),
        FeelRangeKind.LessOrEqual => new(FeelNull.Instance, false, operand, true, kind),
        FeelRangeKind.Greater => new(operand, false, FeelNull.Instance, false, kind),
        FeelRangeKind.GreaterOrEqual => new(operand, true, FeelNull.Instance, false, kind),
        FeelRangeKind.Equal => new(operand, true, operand, true, kind),
        _ => new(operand, false, operand, false, kind),
    };

    static FeelValue Between(BetweenNode node, FeelScope scope, FeelRun run)
    {
        var value = Evaluate(node.Value, scope, run);
        var low = FeelOperators.Compare(value, Evaluate(node.Low, scope, run));
        var high = FeelOperators.Compare(value, Evaluate(node.High, scope, run));
        if (low is null || high is null) return run.Null($"Cannot order {value.TypeName} between the given values.");
        return FeelValue.Of(low >= 0 && high <= 0);
    }

    static FeelValue In(InNode node, FeelScope scope, FeelRun run)
    {
        var value = Evaluate(node.Value, scope, run);
        var inner = scope.With("?", value);
        bool? result = false;
        foreach (var test in node.Tests)
        {
            var found = FeelOperators.In(value, Evaluate(test, inner, run), run);
            if (found == true) return FeelBoolean.True;
            if (found is null) result = null;
        }
        return result is null && node.Tests.Length == 1
            ? run.Null("Cannot compare the values of 'in'.")
            : FeelBoolean.False;
    }

    static FeelValue UnaryTests(UnaryTestsNode node, FeelScope scope, FeelRun run)
    {
        if (node.Tests.IsEmpty) return FeelBoolean.True;
        scope.TryGet("?", out var input);
        input ??= FeelNull.Instance;
        run.Charge(node.Tests.Length);
        foreach (var test in node.Tests)
        {
            if (Matches(test, input, scope, run)) return FeelValue.Of(!node.IsNegated);
        }
        return FeelValue.Of(node.IsNegated);
    }

    static bool Matches(UnaryTest test, FeelValue input, FeelScope scope, FeelRun run)
    {
        var value = Evaluate(test.Node, scope, run);
        if (test.NamesInput && value is FeelBoolean condition) return condition.Value;
        return FeelOperators.In(input, value, run) ?? (input is not FeelBoolean && value.IsTrue);
    }

    static FeelValue Filter(FilterNode node, FeelScope scope, FeelRun run)
    {
        var source = Evaluate(node.Value, scope, run);
        if (source.IsNull) return source;
        var list = source as FeelList ?? new FeelList(source);
        if (node.Condition is LiteralNode { Value: FeelNumber index }) return ItemAt(list, index, run);
        if (list.Count == 0)
        {
            // Without items only a plain name could say whether an index is meant; none is there anyway.
            return node.Condition is NameNode && Evaluate(node.Condition, scope, run) is FeelNumber
                ? FeelNull.Instance
                : list;
        }
        run.Charge(list.Count);
        var kept = new List<FeelValue>();
        for (var i = 0; i < list.Count; i++)
        {
            var condition = Evaluate(node.Condition, ItemScope(list[i], scope), run);
            if (condition.IsTrue) kept.Add(list[i]);
            else if (i == 0 && condition is FeelNumber position) return ItemAt(list, position, run);
            else if (condition is not (FeelBoolean or FeelNull))
                return run.Null("A filter is neither boolean nor number.");
        }
        return new FeelList([.. kept]);
    }

    static FeelScope ItemScope(FeelValue item, FeelScope scope)
    {
        var named = scope.With("item", item);
        return item is FeelContext context ? new FeelScope.ContextScope(context, named) : named;
    }

    /// <summary>Positions count from 1, negative ones from the end.</summary>
    static FeelValue ItemAt(FeelList list, FeelNumber position, FeelRun run)
    {
        var index = position.IsInteger ? position.ToInt() ?? 0 : 0;
        if (index < 0) index += list.Count + 1;
        return index >= 1 && index <= list.Count
            ? list[index - 1]
            : run.Null($"A list of {FeelNumber.Of(list.Count)} has no item {position}.");
    }

    public static FeelValue Property(FeelValue value, string name, FeelRun run)
    {
        switch (value)
        {
            case FeelContext context:
                return context.TryGet(name, out var entry) ? entry : run.Null($"No entry '{name}' in the context.");
            case FeelList list:
                run.Charge(list.Count);
                run.Enter();
                var items = new FeelValue[list.Count];
                for (var i = 0; i < items.Length; i++) items[i] = Property(list[i], name, run);
                run.Leave();
                return run.Checked(new FeelList(items));
            case FeelNull:
                return run.Null($"No entry '{name}' of null.");
            default:
                return FeelOperators.BuiltinProperty(value, name)
                    ?? run.Null($"No property '{name}' of {value.TypeName}.");
        }
    }

    static FeelValue Call(CallNode node, FeelScope scope, FeelRun run)
    {
        var called = Evaluate(node.Function, scope, run);
        // The one function that asks whether there is such a variable at all, so it must not be looked up first.
        if (called is FeelBuiltin { Name: "is defined" } && node.Arguments is [NameNode variable])
            return FeelValue.Of(scope.TryGet(variable.Name, out _));
        var values = new FeelValue[node.Arguments.Length];
        for (var i = 0; i < values.Length; i++) values[i] = Evaluate(node.Arguments[i], scope, run);
        // A variable may have the name of a function, as `duration` often does: what is called is then the function.
        if ((called as FeelFunction ?? Builtin(node.Function)) is not { } function)
            return run.Null("What is called is not a function.");
        return Invoke(function, new(values, node.Names), run);
    }

    static FeelBuiltin? Builtin(FeelNode node) => node is NameNode name ? FeelFunctions.Find(name.Name) : null;

    public static FeelValue Invoke(FeelFunction function, FeelArguments arguments, FeelRun run)
    {
        run.EnterCall();
        var value = run.Checked(function.Invoke(arguments, run));
        run.LeaveCall();
        return value;
    }

    static FeelValue For(ForNode node, FeelScope scope, FeelRun run)
    {
        var results = new LoopResults(node.UsesPartial);
        if (!Loop(node.Iterators, 0, scope, run, Turn)) return FeelNull.Instance;
        return run.Checked(results.ToList());

        bool Turn(FeelScope inner)
        {
            if (node.UsesPartial) inner = inner.With("partial", results.ToList());
            run.CheckItems(results.Count + 1);
            results.Add(run.Checked(Evaluate(node.Body, inner, run)));
            return true;
        }
    }

    static FeelValue Quantified(QuantifiedNode node, FeelScope scope, FeelRun run)
    {
        var isUnknown = false;
        var isDecided = false;
        if (!Loop(node.Iterators, 0, scope, run, Turn)) return FeelNull.Instance;
        if (isDecided) return FeelValue.Of(node.IsSome);
        return isUnknown ? FeelNull.Instance : FeelValue.Of(!node.IsSome);

        bool Turn(FeelScope inner)
        {
            if (Evaluate(node.Condition, inner, run) is not FeelBoolean value) isUnknown = true;
            else if (value.Value == node.IsSome) isDecided = true;
            return !isDecided;
        }
    }

    /// <summary>Runs through the product of the domains; the turn says whether to go on.</summary>
    /// <returns>False where a domain is no list and no range of points.</returns>
    static bool Loop(
        ImmutableArray<FeelIterator> iterators, int level, FeelScope scope, FeelRun run, Func<FeelScope, bool> turn)
    {
        var iterator = iterators[level];
        var isValid = true;
        if (Points(Evaluate(iterator.Domain, scope, run), run) is not { } points) return false;
        run.Enter();
        foreach (var point in points)
        {
            run.Charge();
            var inner = scope.With(iterator.Name, point);
            if (level + 1 == iterators.Length)
            {
                if (!turn(inner)) break;
                continue;
            }
            var goesOn = true;
            isValid = Loop(iterators, level + 1, inner, run, last => goesOn = turn(last));
            if (!isValid || !goesOn) break;
        }
        run.Leave();
        return isValid;
    }

    /// <summary>What a loop runs over, made as it goes: a range of a thousand million points costs nothing before
    /// it is run through.</summary>
    static IEnumerable<FeelValue>? Points(FeelValue domain, FeelRun run)
    {
        switch (domain)
        {
            case FeelList list:
                return list;
            case FeelRange { Kind: FeelRangeKind.Interval } range when FeelOperators.Points(range) is { } points:
                return points;
            case FeelRange or FeelNull:
                run.Null("A loop runs over lists and over ranges of whole numbers or dates.");
                return null;
            default:
                return [domain];
        }
    }

    /// <summary>Results so far; `partial` sees them as a prefix of the same array.</summary>
    sealed class LoopResults(bool isObserved)
    {
        FeelValue[] items = new FeelValue[8];
        long weight = 1;
        int depth = 1;

        public int Count { get; private set; }

        public void Add(FeelValue value)
        {
            if (Count == items.Length) Array.Resize(ref items, 2 * Count);
            items[Count++] = value;
            weight += value.Weight;
            depth = Math.Max(depth, value.Depth + 1);
        }

        public FeelList ToList() => isObserved || Count == items.Length
            ? new FeelList(items, Count, (int)Math.Min(weight, int.MaxValue), depth)
            : new FeelList(items[..Count], Count, (int)Math.Min(weight, int.MaxValue), depth);
    }
}

/// <summary>Arguments of a call: positional, or named where <see cref="Names"/> is not default.</summary>
readonly record struct FeelArguments(FeelValue[] Values, ImmutableArray<string> Names);

/// <summary>A function written in FEEL, with the scope around its definition.</summary>
sealed record FeelLambda(ImmutableArray<FeelParameter> Parameters, FeelNode? Body, FeelScope Scope) : FeelFunction
{
    /// <summary>The type the result is coerced to; null is Any.</summary>
    public FeelType? ResultType { get; init; }

    public override IReadOnlyList<string> ParameterNames => [.. Parameters.Select(parameter => parameter.Name)];

    public bool Equals(FeelLambda? other) => ReferenceEquals(this, other);

    public override int GetHashCode() => base.GetHashCode();

    internal override FeelValue Invoke(FeelArguments arguments, FeelRun run)
    {
        if (Body is null) return run.Null("An external function cannot be called.");
        if (Bind(Parameters, arguments, run) is not { } values) return FeelNull.Instance;
        var scope = Scope;
        for (var i = 0; i < values.Length; i++) scope = scope.With(Parameters[i].Name, values[i]);
        var result = FeelEvaluator.Evaluate(Body, scope, run);
        return ResultType is null ? result : ResultType.Coerce(result, run);
    }

    /// <summary>Values in the order of the parameters; null with a warning where the call does not fit.</summary>
    internal static FeelValue[]? Bind(ImmutableArray<FeelParameter> parameters, FeelArguments arguments, FeelRun run)
    {
        if (arguments.Values.Length != parameters.Length)
        {
            run.Null(FeelText.Invariant(
                $"The function takes {parameters.Length} arguments, not {arguments.Values.Length}."));
            return null;
        }
        var values = new FeelValue[parameters.Length];
        for (var i = 0; i < values.Length; i++)
        {
            var at = arguments.Names.IsDefault ? i : arguments.Names.IndexOf(parameters[i].Name);
            if (at < 0)
            {
                run.Null($"The function has no argument for '{parameters[i].Name}'.");
                return null;
            }
            values[i] = parameters[i].Type.Coerce(arguments.Values[at], run);
            if (values[i].IsNull && !arguments.Values[at].IsNull) return null;
        }
        return values;
    }
}

/// <summary>A function of the product.</summary>
sealed record FeelExtensionFunction(string Name, FeelExtension Extension) : FeelFunction
{
    public override IReadOnlyList<string>? ParameterNames => null;

    public bool Equals(FeelExtensionFunction? other) => ReferenceEquals(this, other);

    public override int GetHashCode() => base.GetHashCode();

    internal override FeelValue Invoke(FeelArguments arguments, FeelRun run) => arguments.Names.IsDefault
        ? Extension(arguments.Values, new FeelCall(run, Name))
        : run.Null($"{Name} takes its arguments by position.");
}
