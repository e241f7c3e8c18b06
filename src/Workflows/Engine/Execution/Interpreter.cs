namespace Workflows.Engine.Execution;

/// <summary>The engine: decides what a command does to one process instance. Pure and synchronous.</summary>
public static class Interpreter
{
    /// <summary>Decides <paramref name="command"/> and runs until every token waits or has ended.</summary>
    /// <param name="instance">Null only for <see cref="CreateInstance"/>.</param>
    public static StepResult Execute(Release release, ProcessInstance? instance, CommandEnvelope command) =>
        throw new NotSupportedException($"{release} {instance} {command}");
}
