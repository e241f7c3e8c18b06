using System.Collections.Immutable;

namespace Workflows.Engine.Expressions;

public abstract record FeelValue;
public sealed record FeelNull : FeelValue;
public sealed record FeelParseResult(FeelExpression? Expression, FeelProblem? Problem);
public sealed record FeelProblem(string Message, int Position);
public sealed class FeelExpression(string text)
{
    public string Text => text;
    public static FeelParseResult Parse(string text) => new(new FeelExpression(text), null);
    public FeelResult Evaluate(FeelScope scope, FeelEnvironment environment) => throw new NotSupportedException(text);
}
public abstract class FeelScope { public abstract bool TryGet(string name, out FeelValue value); }
public sealed record FeelEnvironment(DateTimeOffset Now, TimeZoneInfo Zone);
public sealed record FeelFailure(string Message);
public sealed record FeelWarning(string Message);
public sealed record FeelResult(
    FeelValue Value, FeelFailure? Failure, ImmutableArray<FeelWarning> Warnings, ImmutableArray<object> Notes);
public static class FeelJson
{
    public static FeelValue Read(string json) => throw new NotSupportedException(json);
    public static string Write(FeelValue value) => throw new NotSupportedException(value?.ToString());
}
