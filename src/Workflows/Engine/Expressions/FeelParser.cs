using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace Workflows.Engine.Expressions;

/// <summary>A text that is no expression; never leaves <see cref="FeelParser.Parse"/>.</summary>
sealed class FeelSyntaxException(string message, int position) : Exception(message)
{
    public int Position => position;
}

/// <summary>Recursive descent over the characters, after the grammar of DMN 1.5, 10.3.1.2. There is no separate
/// tokeniser because what a name is depends on the names in scope: `a-b` is one name where one is called so.</summary>
sealed partial class FeelParser
{
    /// <summary>Indexing and paths behind each other; longer chains are nobody's expression.</summary>
    const int PostfixMax = 64;

    /// <summary>Types whose names hold a keyword.</summary>
    static readonly string[] PhraseTypes =
        ["date and time", "days and time duration", "years and months duration"];

    readonly string text;
    readonly FeelNames names;
    readonly FeelLimits limits;
    readonly List<string> locals = [];
    int at;
    int nodes;
    int depth;

    /// <summary>Set while the end of a range is read: there `[` may close the range instead of opening a
    /// filter.</summary>
    bool inRangeEnd;

    bool namesInput;
    bool namesPartial;

    FeelParser(string text, FeelNames names, FeelLimits limits)
    {
        this.text = text;
        this.names = names;
        this.limits = limits;
    }

    public static FeelParseResult Parse(string text, FeelNames names, FeelLimits limits, bool unaryTests)
    {
        if (text.Length > limits.TextLength)
            return new(null, new(FeelText.Invariant($"The text is longer than {limits.TextLength} characters."), 0));
        var parser = new FeelParser(text, names, limits);
        try
        {
            var node = unaryTests ? parser.UnaryTests() : parser.Expression();
            parser.SkipSpace();
            if (parser.at < text.Length) throw parser.Unexpected("the end");
            return new(new FeelExpression(text, node), null);
        }
        catch (FeelSyntaxException problem)
        {
            return new(null, new(problem.Message, problem.Position));
        }
    }

    FeelNode Expression()
    {
        Enter();
        SkipSpace();
        var outer = inRangeEnd;
        inRangeEnd = false;
        var node = KnownVariable() is null && IsNameStart() ? Construct() ?? Disjunction() : Disjunction();
        inRangeEnd = outer;
        depth--;
        return node;
    }

    /// <summary>The expressions that begin with a keyword; null if there is none.</summary>
    FeelNode? Construct()
    {
        var start = at;
        if (Keyword("for")) return For(start);
        if (Keyword("if")) return If();
        if (Keyword("some")) return Quantified(isSome: true, start);
        if (Keyword("every")) return Quantified(isSome: false, start);
        if (Keyword("function")) return Function(start);
        return null;
    }

    FeelNode? For(int start)
    {
        if (Iterators() is not { } iterators) return Back(start);
        if (!Keyword("return")) throw Unexpected("'return'");
        var outer = namesPartial;
        namesPartial = false;
        var body = Expression();
        var node = Node(new ForNode(iterators, body, namesPartial));
        namesPartial |= outer;
        locals.RemoveRange(locals.Count - iterators.Length, iterators.Length);
        return node;
    }

    FeelNode? Quantified(bool isSome, int start)
    {
        if (Iterators() is not { } iterators) return Back(start);
        if (!Keyword("satisfies")) throw Unexpected("'satisfies'");
        var condition = Expression();
        locals.RemoveRange(locals.Count - iterators.Length, iterators.Length);
        return Node(new QuantifiedNode(isSome, iterators, condition));
    }

    /// <summary>Null where no `name in` follows: then `for`, `some` and `every` are names.</summary>
    ImmutableArray<FeelIterator>? Iterators()
    {
        var iterators = ImmutableArray.CreateBuilder<FeelIterator>();
        do
        {
            SkipSpace();
            var name = IsNameStart() || Peek('`') ? RawName("in") : null;
            if (name is null || !Keyword("in"))
                return iterators.Count == 0 ? null : throw Unexpected("a name and 'in'");
            var domain = Expression();
            if (Symbol("..")) domain = Node(new RangeNode(domain, true, Expression(), true, IsBare: true));
            iterators.Add(new(name, domain));
            locals.Add(name);
        }
        while (Symbol(","));
        return iterators.ToImmutable();
    }

    IfNode If()
    {
        var condition = Expression();
        if (!Keyword("then")) throw Unexpected("'then'");
        var then = Expression();
        if (!Keyword("else")) throw Unexpected("'else'");
        return Node(new IfNode(condition, then, Expression()));
    }

    FeelNode? Function(int start)
    {
        if (!Symbol("(")) return Back(start);
        var parameters = ImmutableArray.CreateBuilder<FeelParameter>();
        while (!Symbol(")"))
        {
            if (parameters.Count > 0) Expect(",");
            SkipSpace();
            var name = RawName(null) ?? throw Unexpected("a parameter name");
            parameters.Add(new(name, Symbol(":") ? Type() ?? FeelType.Any : FeelType.Any));
        }
        locals.AddRange(parameters.Select(parameter => parameter.Name));
        var isExternal = Keyword("external");
        var body = Expression();
        locals.RemoveRange(locals.Count - parameters.Count, parameters.Count);
        return Node(new FunctionNode(parameters.ToImmutable(), isExternal ? null : body));
    }

    FeelNode Disjunction()
    {
        var first = Conjunction();
        if (!Keyword("or")) return first;
        var operands = ImmutableArray.CreateBuilder<FeelNode>();
        operands.Add(first);
        do operands.Add(Conjunction());
        while (Keyword("or"));
        return Node(new LogicNode(IsAnd: false, operands.ToImmutable()));
    }

    FeelNode Conjunction()
    {
        var first = Comparison();
        if (!Keyword("and")) return first;
        var operands = ImmutableArray.CreateBuilder<FeelNode>();
        operands.Add(first);
        do operands.Add(Comparison());
        while (Keyword("and"));
        return Node(new LogicNode(IsAnd: true, operands.ToImmutable()));
    }

    FeelNode Comparison()
    {
        var left = Sum();
        for (var turns = 0; ; turns++)
        {
            if (turns > PostfixMax) throw TooDeep();
            if (ComparisonSign() is { } comparison)
            {
                left = Node(new ComparisonNode(comparison, left, Sum()));
            }
            else if (Keyword("between"))
            {
                var low = Sum();
                if (!Keyword("and")) throw Unexpected("'and'");
                left = Node(new BetweenNode(left, low, Sum()));
            }
            else if (Keyword("in"))
            {
                left = Node(new InNode(left, InTests()));
            }
            else
            {
                return left;
            }
        }
    }

    ComparisonOperator? ComparisonSign()
    {
        if (Symbol("!=")) return ComparisonOperator.NotEqual;
        if (Symbol("<=")) return ComparisonOperator.LessOrEqual;
        if (Symbol(">=")) return ComparisonOperator.GreaterOrEqual;
        if (Symbol("<")) return ComparisonOperator.Less;
        if (Symbol(">")) return ComparisonOperator.Greater;
        if (Symbol("==") || Symbol("=")) return ComparisonOperator.Equal;
        return null;
    }

    FeelNode Sum() => Arithmetic(Product, () =>
        Symbol("+") ? ArithmeticOperator.Add : Symbol("-") ? ArithmeticOperator.Subtract : null);

    FeelNode Product() => Arithmetic(Power, () => PeekSymbol("**") ? null
        : Symbol("*") ? ArithmeticOperator.Multiply : Symbol("/") ? ArithmeticOperator.Divide : null);

    FeelNode Power() => Arithmetic(Unary, () => Symbol("**") ? ArithmeticOperator.Power : null);

    FeelNode Arithmetic(Func<FeelNode> operand, Func<ArithmeticOperator?> sign)
    {
        var first = operand();
        if (sign() is not { } found) return first;
        var rest = ImmutableArray.CreateBuilder<(ArithmeticOperator, FeelNode)>();
        ArithmeticOperator? next = found;
        while (next is not null)
        {
            rest.Add((next.Value, operand()));
            next = sign();
        }
        return Node(new ArithmeticNode(first, rest.ToImmutable()));
    }

    FeelNode Unary()
    {
        FeelNode node;
        SkipSpace();
        if (Symbol("-"))
        {
            Enter();
            var operand = Unary();
            depth--;
            node = operand is LiteralNode { Value: FeelNumber number }
                ? new LiteralNode(number.Negated)
                : Node(new NegationNode(operand));
        }
        else
        {
            node = Postfix(Primary());
        }
        while (Keyword("instance"))
        {
            if (!Keyword("of")) throw Unexpected("'of'");
            node = Node(new InstanceOfNode(node, Type()));
        }
        return node;
    }

    FeelNode Postfix(FeelNode node)
    {
        for (var turns = 0; ; turns++)
        {
            if (turns > PostfixMax) throw TooDeep();
            SkipSpace();
            if (Peek('.') && !PeekSymbol(".."))
            {
                at++;
                SkipSpace();
                node = Node(new PathNode(node, MemberName()));
            }
            else if (Peek('[') && !(inRangeEnd && ClosesRange()))
            {
                at++;
                var condition = Expression();
                Expect("]");
                node = Node(new FilterNode(node, condition));
            }
            else if (Peek('('))
            {
                at++;
                node = Call(node);
            }
            else
            {
                return node;
            }
        }
    }

    CallNode Call(FeelNode function)
    {
        var arguments = ImmutableArray.CreateBuilder<FeelNode>();
        var argumentNames = ImmutableArray.CreateBuilder<string>();
        while (!Symbol(")"))
        {
            if (arguments.Count > 0) Expect(",");
            if (ArgumentName() is { } name) argumentNames.Add(name);
            arguments.Add(Expression());
            if (argumentNames.Count != 0 && argumentNames.Count != arguments.Count)
                throw Unexpected("a named argument");
        }
        return Node(new CallNode(function, arguments.ToImmutable(),
            argumentNames.Count == 0 ? default : argumentNames.ToImmutable()));
    }

    FeelNode Primary()
    {
        SkipSpace();
        if (at == text.Length) throw Unexpected("an expression");
        var c = text[at];
        if (char.IsAsciiDigit(c) || (c == '.' && at + 1 < text.Length && char.IsAsciiDigit(text[at + 1])))
            return Node(new LiteralNode((FeelValue?)Number() ?? FeelNull.Instance));
        switch (c)
        {
            case '"':
                return Node(new LiteralNode(new FeelString(String())));
            case '@':
                at++;
                SkipSpace();
                if (!Peek('"')) throw Unexpected("a string after '@'");
                return Node(new LiteralNode(FeelTemporalReader.Any(String()) ?? FeelNull.Instance));
            case '(':
                return Parenthesised();
            case '[' or ']':
                return Bracketed();
            case '{':
                return Context();
            case '`':
                return Node(new NameNode(Backticked()));
        }
        if (!IsNameStart()) throw Unexpected("an expression");
        return Name();
    }

    FeelNode Name()
    {
        if (KnownVariable() is { } known)
        {
            at += known.Length;
            return Node(new NameNode(known.Name));
        }
        if (Keyword("true")) return Node(new LiteralNode(FeelBoolean.True));
        if (Keyword("false")) return Node(new LiteralNode(FeelBoolean.False));
        if (Keyword("null")) return Node(new LiteralNode(FeelNull.Instance));
        var start = at;
        var name = Words() ?? throw new FeelSyntaxException($"Expected an expression, found '{Word(start)}'.", start);
        namesInput |= string.Equals(name, "?", StringComparison.Ordinal);
        namesPartial |= string.Equals(name, "partial", StringComparison.Ordinal);
        return Node(new NameNode(name));
    }

    /// <summary>`(1..5]`, `(&lt; 5)` or an expression in parentheses.</summary>
    FeelNode Parenthesised()
    {
        Expect("(");
        if (RangeSign() is { } kind)
        {
            var operand = Sum();
            Expect(")");
            return Node(new OperatorRangeNode(kind, operand));
        }
        var node = Expression();
        if (Symbol("..")) return RangeFrom(node, startIncluded: false);
        Expect(")");
        return node;
    }

    /// <summary>A list, or a range that begins with a bracket.</summary>
    FeelNode Bracketed()
    {
        var startIncluded = Peek('[');
        at++;
        if (startIncluded && Symbol("]")) return Node(new ListNode([]));
        var first = Test();
        if (Symbol("..")) return RangeFrom(first, startIncluded);
        if (!startIncluded) throw Unexpected("'..'");
        var items = ImmutableArray.CreateBuilder<FeelNode>();
        items.Add(first);
        while (Symbol(",")) items.Add(Test());
        Expect("]");
        return Node(new ListNode(items.ToImmutable()));
    }

    RangeNode RangeFrom(FeelNode start, bool startIncluded)
    {
        var outer = inRangeEnd;
        inRangeEnd = true;
        Enter();
        var end = Sum();
        depth--;
        inRangeEnd = outer;
        var endIncluded = Symbol("]");
        if (!endIncluded && !Symbol(")") && !Symbol("[")) throw Unexpected("the end of the range");
        return Node(new RangeNode(start, startIncluded, end, endIncluded));
    }

    ContextNode Context()
    {
        Expect("{");
        var entries = ImmutableArray.CreateBuilder<KeyValuePair<string, FeelNode>>();
        var outer = locals.Count;
        while (!Symbol("}"))
        {
            if (entries.Count > 0) Expect(",");
            SkipSpace();
            var key = Peek('"') ? String() : RawName(null) ?? throw Unexpected("a key");
            Expect(":");
            entries.Add(new(key, Expression()));
            locals.Add(key);
        }
        locals.RemoveRange(outer, locals.Count - outer);
        return Node(new ContextNode(entries.ToImmutable()));
    }

    UnaryTestsNode UnaryTests()
    {
        SkipSpace();
        var start = at;
        if (Symbol("-"))
        {
            SkipSpace();
            if (at == text.Length) return Node(new UnaryTestsNode([], IsNegated: false));
            at = start;
        }
        if (Keyword("not") && Symbol("("))
        {
            var negated = Tests();
            if (Symbol(")"))
            {
                SkipSpace();
                if (at == text.Length) return Node(new UnaryTestsNode(negated, IsNegated: true));
            }
        }
        at = start;
        return Node(new UnaryTestsNode(Tests(), IsNegated: false));
    }

    ImmutableArray<UnaryTest> Tests()
    {
        var tests = ImmutableArray.CreateBuilder<UnaryTest>();
        do
        {
            namesInput = false;
            var node = Test();
            tests.Add(new(node, namesInput));
        }
        while (Symbol(","));
        return tests.ToImmutable();
    }

    /// <summary>A comparison without its left side, or any expression.</summary>
    FeelNode Test() => RangeSign() is { } kind ? Node(new OperatorRangeNode(kind, Sum())) : Expression();

    /// <summary>What stands after `in`: one test, or several in parentheses.</summary>
    ImmutableArray<FeelNode> InTests()
    {
        SkipSpace();
        if (!Peek('(')) return [RangeSign() is { } kind ? Node(new OperatorRangeNode(kind, Sum())) : Sum()];
        at++;
        var first = Test();
        if (Symbol("..")) return [Postfix(RangeFrom(first, startIncluded: false))];
        var tests = ImmutableArray.CreateBuilder<FeelNode>();
        tests.Add(first);
        while (Symbol(",")) tests.Add(Test());
        Expect(")");
        return tests.Count == 1 ? [Postfix(first)] : tests.ToImmutable();
    }

    FeelRangeKind? RangeSign() => ComparisonSign() switch
    {
        ComparisonOperator.Less => FeelRangeKind.Less,
        ComparisonOperator.LessOrEqual => FeelRangeKind.LessOrEqual,
        ComparisonOperator.Greater => FeelRangeKind.Greater,
        ComparisonOperator.GreaterOrEqual => FeelRangeKind.GreaterOrEqual,
        ComparisonOperator.Equal => FeelRangeKind.Equal,
        ComparisonOperator.NotEqual => FeelRangeKind.NotEqual,
        _ => null,
    };

    /// <summary>Null for the name of no type.</summary>
    FeelType? Type()
    {
        Enter();
        SkipSpace();
        var type = TypeBody();
        depth--;
        return type;
    }

    FeelType? TypeBody()
    {
        foreach (var name in PhraseTypes)
        {
            if (Phrase(name)) return FeelType.Simple(name);
        }
        if (LongestMatch(names.Types.Keys) is { } known)
        {
            at += known.Length;
            return names.Types[known.Name];
        }
        var start = at;
        if (!IsNameStart() || Words() is not { } typeName) throw Unexpected("a type");
        var type = FeelType.Simple(typeName);
        if (type is null)
        {
            while (Symbol(".")) typeName += "." + MemberName();
            return names.Types.GetValueOrDefault(typeName);
        }
        if (type.Kind is not (FeelTypeKind.List or FeelTypeKind.Range or FeelTypeKind.Context or FeelTypeKind.Function)
            || !Symbol("<"))
            return type;
        return Parameterised(type);
    }

    FeelType? Parameterised(FeelType type)
    {
        if (type.Kind is FeelTypeKind.List or FeelTypeKind.Range)
        {
            var element = Type();
            Expect(">");
            return element is null ? null : type with { Element = element };
        }
        var members = ImmutableArray.CreateBuilder<KeyValuePair<string, FeelType>>();
        while (!Symbol(">"))
        {
            if (members.Count > 0) Expect(",");
            SkipSpace();
            var name = "";
            if (type.Kind == FeelTypeKind.Context)
            {
                name = RawName(null) ?? throw Unexpected("an entry of the context");
                Expect(":");
            }
            members.Add(new(name, Type() ?? FeelType.Any));
        }
        if (type.Kind == FeelTypeKind.Context) return type with { Members = members.ToImmutable() };
        Expect("->");
        return Type() is { } result
            ? type with { Parameters = [.. members.Select(member => member.Value)], Element = result }
            : null;
    }

    T Node<T>(T node)
        where T : FeelNode
    {
        if (++nodes > limits.Nodes)
            throw new FeelSyntaxException(
                FeelText.Invariant($"The expression has more than {limits.Nodes} parts."), at);
        return node;
    }

    FeelNode? Back(int start)
    {
        at = start;
        return null;
    }

    void Enter()
    {
        if (++depth > limits.ParseDepth) throw TooDeep();
    }

    FeelSyntaxException TooDeep() =>
        new(FeelText.Invariant($"The expression is nested more than {limits.ParseDepth} levels."), at);

    FeelSyntaxException Unexpected(string expected)
    {
        SkipSpace();
        return new(at == text.Length
            ? $"Expected {expected}, found the end."
            : $"Expected {expected}, found '{Word(at)}'.", at);
    }
}
