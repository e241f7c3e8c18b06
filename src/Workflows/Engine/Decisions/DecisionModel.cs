using System.Collections.Immutable;
using Workflows.Engine.Expressions;

namespace Workflows.Engine.Decisions;

/// <summary>A fault of a model, with the id of its element (or its name, where it has no id).</summary>
public sealed record DmnProblem(string ElementId, string Message);

/// <summary>Model is null only where the text is no DMN at all; a model with problems must not be deployed, though its
/// sound decisions can be evaluated.</summary>
public sealed record DmnReadResult(DecisionModel? Model, ImmutableArray<DmnProblem> Problems);

/// <summary>A rule that matched: its id and its position in the table from 1, with the outputs it gave.</summary>
public sealed record MatchedRule(string RuleId, int RuleIndex, ImmutableArray<KeyValuePair<string, FeelValue>> Outputs);

/// <summary>One evaluated table: what it looked at and why it answered so.</summary>
public sealed record TableEvaluation(
    string TableId,
    HitPolicy HitPolicy,
    ImmutableArray<KeyValuePair<string, FeelValue>> Inputs,
    ImmutableArray<MatchedRule> MatchedRules);

/// <summary>One evaluated decision, for the history; tables of knowledge models it called are among its
/// tables.</summary>
public sealed record DecisionEvaluation(
    string DecisionId, string DecisionName, FeelValue Output, ImmutableArray<TableEvaluation> Tables);

/// <summary>Output is null where <see cref="Failure"/> is set. Evaluations are in the order in which they ended, so
/// the decision asked for is the last.</summary>
public sealed record DecisionResult(
    FeelValue Output,
    FeelFailure? Failure,
    ImmutableArray<DecisionEvaluation> Evaluations,
    ImmutableArray<FeelWarning> Warnings);

/// <summary>Something in a decision requirements graph that has a name and a value.</summary>
abstract record DrgElement(string Id, string Name, FeelType Type)
{
    /// <summary>Elements this one sees, by the name under which it sees them.</summary>
    public required ImmutableArray<DrgReference> Requirements { get; init; }
}

/// <summary>A required element; Import is the name of the import it comes through, null for the own model.</summary>
sealed record DrgReference(string? Import, DecisionModel Model, string ElementId);

sealed record InputData(string Id, string Name, FeelType Type) : DrgElement(Id, Name, Type);

/// <summary>Logic is null where the decision has none.</summary>
sealed record Decision(string Id, string Name, FeelType Type, FeelNode? Logic) : DrgElement(Id, Name, Type);

sealed record BusinessKnowledgeModel(
    string Id, string Name, FeelType Type, ImmutableArray<FeelParameter> Parameters, FeelNode? Body)
    : DrgElement(Id, Name, Type);

/// <summary>Parameters are the input data, then the input decisions.</summary>
sealed record DecisionService(string Id, string Name, FeelType Type, ImmutableArray<DrgReference> Inputs,
    ImmutableArray<DrgReference> Outputs) : DrgElement(Id, Name, Type);

/// <summary>A DMN model (1.1 to 1.5) with what it imports: immutable, thread-safe, evaluated without side
/// effects.</summary>
public sealed class DecisionModel
{
    readonly Dictionary<string, DrgElement> elements = new(StringComparer.Ordinal);

    internal DecisionModel(string id, string name, string xmlNamespace)
    {
        Id = id;
        Name = name;
        Namespace = xmlNamespace;
    }

    /// <summary>The id of `definitions`.</summary>
    public string Id { get; }

    public string Name { get; }

    public string Namespace { get; }

    /// <summary>Ids and names of the decisions, in the order of the document.</summary>
    public IEnumerable<(string Id, string Name)> Decisions =>
        elements.Values.OfType<Decision>().Select(d => (d.Id, d.Name));

    /// <summary>Evaluates one decision by id (or name) with all it requires.</summary>
    /// <param name="decisionId">The id as in the XML; a name does as well.</param>
    /// <param name="variables">Input data by name, and any variable expressions name without requiring it.</param>
    /// <param name="environment">Clock, zone and limits; one budget is shared by the whole graph.</param>
    public DecisionResult Evaluate(string decisionId, FeelScope variables, FeelEnvironment environment)
    {
        var decision = Find<Decision>(decisionId);
        return new DecisionEvaluator(variables, environment).Complete(
            evaluator => decision is null
                ? throw new FeelAbortException(FeelFailureKind.Model, $"The model has no decision '{decisionId}'.")
                : evaluator.ValueOf(this, decision));
    }

    /// <summary>Evaluates a decision service by id (or name): its inputs are taken from the variables by their names,
    /// its output is that of its decision, or a context of them.</summary>
    public DecisionResult EvaluateService(string serviceId, FeelScope variables, FeelEnvironment environment)
    {
        var service = Find<DecisionService>(serviceId);
        return new DecisionEvaluator(variables, environment).Complete(
            evaluator => service is null
                ? throw new FeelAbortException(
                    FeelFailureKind.Model, $"The model has no decision service '{serviceId}'.")
                : evaluator.EvaluateService(service, variables));
    }

    internal IEnumerable<DrgElement> Elements => elements.Values;

    internal bool Add(DrgElement element) => elements.TryAdd(element.Id, element);

    internal DrgElement? Element(string id) => elements.GetValueOrDefault(id);

    internal bool Declares(string name) =>
        elements.Values.Any(element => string.Equals(element.Name, name, StringComparison.Ordinal));

    T? Find<T>(string idOrName)
        where T : DrgElement =>
        elements.GetValueOrDefault(idOrName) as T
        ?? elements.Values.OfType<T>().FirstOrDefault(e => string.Equals(e.Name, idOrName, StringComparison.Ordinal));
}
