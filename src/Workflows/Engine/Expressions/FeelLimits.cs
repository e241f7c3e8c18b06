namespace Workflows.Engine.Expressions;

/// <summary>Counted budgets of one expression. They are never timed, so the same input ends in the same way on every
/// machine. Reaching one is a <see cref="FeelFailure"/>, never an exception and never a stack overflow.</summary>
public sealed record FeelLimits
{
    /// <summary>Process expressions: what one person can read and one field of the designer can hold.</summary>
    public static readonly FeelLimits Default = new();

    /// <summary>Boxed DMN expressions may hold whole tables in one text, so text and nodes are wider.</summary>
    public static readonly FeelLimits Decision = new() { TextLength = 32_000, Nodes = 16_000 };

    /// <summary>Each list item, loop turn and call is one step; the worst 100,000 stay below a second.</summary>
    public int Steps { get; init; } = 100_000;

    /// <summary>Characters of the expression text.</summary>
    public int TextLength { get; init; } = 4_000;

    /// <summary>Nesting of the text; bounds the parser's own recursion.</summary>
    public int ParseDepth { get; init; } = 64;

    /// <summary>Nodes of the syntax tree; bounds memory of cached expressions.</summary>
    public int Nodes { get; init; } = 2_000;

    /// <summary>Items of one list.</summary>
    public int ListItems { get; init; } = 10_000;

    /// <summary>UTF-16 units of one string.</summary>
    public int StringLength { get; init; } = 65_536;

    /// <summary>Function calls inside each other: recursion of user defined functions ends here.</summary>
    public int CallDepth { get; init; } = 64;

    /// <summary>Tree nodes being evaluated inside each other over all calls; about 400 bytes of stack each.</summary>
    public int EvaluationDepth { get; init; } = 1_000;

    /// <summary>Lists and contexts inside each other; bounds recursion of equality, text and JSON.</summary>
    public int ValueDepth { get; init; } = 100;

    /// <summary>Leaves of one value (64 characters of text are one): shared parts count every time they are reached,
    /// otherwise doubling a list forty times would print forever.</summary>
    public int ValueWeight { get; init; } = 200_000;
}
