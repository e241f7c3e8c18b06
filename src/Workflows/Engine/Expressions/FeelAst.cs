using System.Collections.Immutable;

namespace Workflows.Engine.Expressions;

/// <summary>The syntax tree of an expression. Chains of operators of one level are one node, so that a long sum is
/// wide and not deep.</summary>
abstract record FeelNode;

/// <summary>A node that evaluates itself: the boxed expressions of DMN.</summary>
abstract record BoxedNode : FeelNode
{
    public abstract FeelValue Evaluate(FeelScope scope, FeelRun run);
}

sealed record LiteralNode(FeelValue Value) : FeelNode;

sealed record NameNode(string Name) : FeelNode;

sealed record ListNode(ImmutableArray<FeelNode> Items) : FeelNode;

sealed record ContextNode(ImmutableArray<KeyValuePair<string, FeelNode>> Entries) : FeelNode;

/// <summary>`[1..5]`; without brackets (a loop's `5..1`) the points may run downwards.</summary>
sealed record RangeNode(FeelNode Start, bool StartIncluded, FeelNode End, bool EndIncluded, bool IsBare = false)
    : FeelNode;

/// <summary>`(&lt; 5)`, or the same without parentheses as a unary test.</summary>
sealed record OperatorRangeNode(FeelRangeKind Kind, FeelNode Operand) : FeelNode;

sealed record NegationNode(FeelNode Operand) : FeelNode;

enum ArithmeticOperator
{
    Add,
    Subtract,
    Multiply,
    Divide,
    Power,
}

sealed record ArithmeticNode(
    FeelNode First, ImmutableArray<(ArithmeticOperator Operator, FeelNode Operand)> Rest) : FeelNode;

sealed record LogicNode(bool IsAnd, ImmutableArray<FeelNode> Operands) : FeelNode;

enum ComparisonOperator
{
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

sealed record ComparisonNode(ComparisonOperator Operator, FeelNode Left, FeelNode Right) : FeelNode;

sealed record BetweenNode(FeelNode Value, FeelNode Low, FeelNode High) : FeelNode;

sealed record InNode(FeelNode Value, ImmutableArray<FeelNode> Tests) : FeelNode;

/// <summary>Type is null where its name is unknown.</summary>
sealed record InstanceOfNode(FeelNode Value, FeelType? Type) : FeelNode;

sealed record IfNode(FeelNode Condition, FeelNode Then, FeelNode Else) : FeelNode;

sealed record FeelIterator(string Name, FeelNode Domain);

sealed record ForNode(ImmutableArray<FeelIterator> Iterators, FeelNode Body, bool UsesPartial) : FeelNode;

sealed record QuantifiedNode(bool IsSome, ImmutableArray<FeelIterator> Iterators, FeelNode Condition) : FeelNode;

sealed record FeelParameter(string Name, FeelType Type);

/// <summary>Body is null for `external`, which cannot be called.</summary>
sealed record FunctionNode(ImmutableArray<FeelParameter> Parameters, FeelNode? Body) : FeelNode;

/// <summary>Names is default for positional arguments.</summary>
sealed record CallNode(FeelNode Function, ImmutableArray<FeelNode> Arguments, ImmutableArray<string> Names) : FeelNode;

sealed record PathNode(FeelNode Value, string Name) : FeelNode;

sealed record FilterNode(FeelNode Value, FeelNode Condition) : FeelNode;

/// <summary>One unary test; an expression naming `?` is a condition, any other is a value to be equal to or
/// in.</summary>
sealed record UnaryTest(FeelNode Node, bool NamesInput);

/// <summary>Without tests (`-`) everything matches.</summary>
sealed record UnaryTestsNode(ImmutableArray<UnaryTest> Tests, bool IsNegated) : FeelNode;
