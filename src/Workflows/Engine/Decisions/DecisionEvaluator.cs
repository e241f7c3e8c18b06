using System.Collections.Immutable;
using Workflows.Engine.Expressions;

namespace Workflows.Engine.Decisions;

/// <summary>One evaluation of a decision requirements graph: every decision once, within one budget.</summary>
sealed class DecisionEvaluator
{
    readonly FeelScope variables;
    readonly FeelRun run;
    readonly Dictionary<DrgElement, FeelValue> values = new(ReferenceEqualityComparer.Instance);
    readonly HashSet<DrgElement> open = new(ReferenceEqualityComparer.Instance);
    readonly ImmutableArray<DecisionEvaluation>.Builder evaluations;

    public DecisionEvaluator(FeelScope variables, FeelEnvironment environment)
        : this(variables, new FeelRun(environment), ImmutableArray.CreateBuilder<DecisionEvaluation>())
    {
    }

    DecisionEvaluator(FeelScope variables, FeelRun run, ImmutableArray<DecisionEvaluation>.Builder evaluations)
    {
        this.variables = variables;
        this.run = run;
        this.evaluations = evaluations;
    }

    public DecisionResult Complete(Func<DecisionEvaluator, FeelValue> evaluate)
    {
        var result = run.Complete(_ => evaluate(this));
        return new(result.Value, result.Failure, evaluations.ToImmutable(), result.Warnings);
    }

    public FeelValue ValueOf(DecisionModel model, DrgElement element)
    {
        if (values.TryGetValue(element, out var known)) return known;
        if (!open.Add(element))
            throw new FeelAbortException(FeelFailureKind.Model, $"'{element.Name}' requires itself.");
        run.Enter();
        var value = element switch
        {
            InputData input => InputValue(input),
            Decision decision => Evaluate(model, decision),
            BusinessKnowledgeModel knowledge => Function(model, knowledge),
            DecisionService service => new ServiceFunction(service, this),
            _ => FeelNull.Instance,
        };
        run.Leave();
        open.Remove(element);
        return values[element] = value;
    }

    /// <summary>The value of a service: its input decisions are given, what is between them and the outputs is
    /// evaluated anew.</summary>
    public FeelValue EvaluateService(DecisionService service, FeelScope arguments)
    {
        var inner = new DecisionEvaluator(variables, run, evaluations);
        foreach (var input in service.Inputs)
        {
            if (input.Model.Element(input.ElementId) is not { } element) continue;
            arguments.TryGet(element.Name, out var value);
            inner.values[element] = element.Type.Coerce(value ?? FeelNull.Instance, run);
        }
        var outputs = new List<(string Key, FeelValue Value)>();
        foreach (var output in service.Outputs)
        {
            if (output.Model.Element(output.ElementId) is { } element)
                outputs.Add((element.Name, inner.ValueOf(output.Model, element)));
        }
        var result = outputs is [var only] ? only.Value : FeelContext.Of([.. outputs]);
        return ResultType(service.Type).Coerce(result, run);
    }

    FeelValue InputValue(InputData input)
    {
        if (!variables.TryGet(input.Name, out var value)) value = run.Null($"No value for the input '{input.Name}'.");
        return input.Type.Coerce(value, run);
    }

    FeelValue Evaluate(DecisionModel model, Decision decision)
    {
        var scope = new RequirementScope(this, model, decision);
        scope.EvaluateDecisions();
        if (decision.Logic is null) return run.Null($"The decision '{decision.Name}' has no logic.");
        var outer = run.Tables;
        run.Tables = [];
        var value = decision.Type.Coerce(FeelEvaluator.Evaluate(decision.Logic, scope, run), run);
        evaluations.Add(new(decision.Id, decision.Name, value, [.. run.Tables.Cast<TableEvaluation>()]));
        run.Tables = outer;
        return value;
    }

    FeelLambda Function(DecisionModel model, BusinessKnowledgeModel knowledge) =>
        new(knowledge.Parameters, knowledge.Body, new RequirementScope(this, model, knowledge))
        {
            ResultType = ResultType(knowledge.Type),
        };

    /// <summary>A variable of a function is typed by the function, in older models by its result.</summary>
    static FeelType ResultType(FeelType type) =>
        type.Kind == FeelTypeKind.Function ? type.Element ?? FeelType.Any : type;

    /// <summary>Names an element sees: what it requires, its imports by their names, then variables of the caller that
    /// no element of the model declares. Values are made when they are asked for.</summary>
    sealed class RequirementScope(DecisionEvaluator evaluator, DecisionModel model, DrgElement owner) : FeelScope
    {
        Dictionary<string, FeelValue>? imports;

        public override bool TryGet(string name, out FeelValue value)
        {
            foreach (var requirement in owner.Requirements)
            {
                if (requirement.Import is { Length: > 0 }
                    || requirement.Model.Element(requirement.ElementId) is not { } element
                    || !string.Equals(element.Name, name, StringComparison.Ordinal))
                    continue;
                value = evaluator.ValueOf(requirement.Model, element);
                return true;
            }
            if (Imports.TryGetValue(name, out value!)) return true;
            if (!model.Declares(name)) return evaluator.variables.TryGet(name, out value!);
            value = FeelNull.Instance;
            return false;
        }

        /// <summary>Required decisions are evaluated whether the logic reads them or not: their answers belong to the
        /// history, and their order must not depend on a condition.</summary>
        public void EvaluateDecisions()
        {
            foreach (var requirement in owner.Requirements)
            {
                if (requirement.Model.Element(requirement.ElementId) is Decision decision)
                    evaluator.ValueOf(requirement.Model, decision);
            }
        }

        Dictionary<string, FeelValue> Imports
        {
            get
            {
                if (imports is not null) return imports;
                imports = new(StringComparer.Ordinal);
                foreach (var group in owner.Requirements.Where(r => r.Import is { Length: > 0 })
                    .GroupBy(r => r.Import!, StringComparer.Ordinal))
                {
                    var entries = group.Select(r => (r.Model, Element: r.Model.Element(r.ElementId)))
                        .Where(pair => pair.Element is not null)
                        .DistinctBy(pair => pair.Element!.Name, StringComparer.Ordinal)
                        .Select(pair => (pair.Element!.Name, evaluator.ValueOf(pair.Model, pair.Element)));
                    imports[group.Key] = FeelContext.Of([.. entries]);
                }
                return imports;
            }
        }
    }

    /// <summary>A decision service called as a function.</summary>
    sealed record ServiceFunction(DecisionService Service, DecisionEvaluator Evaluator) : FeelFunction
    {
        public override IReadOnlyList<string> ParameterNames => [.. Parameters().Select(parameter => parameter.Name)];

        public bool Equals(ServiceFunction? other) => ReferenceEquals(this, other);

        public override int GetHashCode() => base.GetHashCode();

        internal override FeelValue Invoke(FeelArguments arguments, FeelRun run)
        {
            var parameters = Parameters();
            if (FeelLambda.Bind(parameters, arguments, run) is not { } values) return FeelNull.Instance;
            var scope = FeelScope.Empty;
            for (var i = 0; i < values.Length; i++) scope = scope.With(parameters[i].Name, values[i]);
            return Evaluator.EvaluateService(Service, scope);
        }

        ImmutableArray<FeelParameter> Parameters() =>
        [
            .. Service.Inputs.Select(input => input.Model.Element(input.ElementId)).OfType<DrgElement>()
                .Select(element => new FeelParameter(element.Name, element.Type)),
        ];
    }
}
