using System.Collections.Immutable;
using Workflows.Engine.Expressions;

namespace Workflows.Engine.Decisions;

public sealed class DecisionModel
{
    public DecisionResult Evaluate(string decisionId, FeelScope variables, FeelEnvironment environment) =>
        throw new NotSupportedException(decisionId);
}

public sealed record DecisionResult(FeelValue Output, FeelFailure? Failure);
