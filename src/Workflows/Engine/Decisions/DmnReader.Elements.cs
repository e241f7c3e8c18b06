using System.Collections.Immutable;
using System.Xml.Linq;
using Workflows.Engine.Expressions;

namespace Workflows.Engine.Decisions;

public sealed partial class DmnReader
{
    /// <summary>Reads the elements of one model and compiles their boxed expressions to FEEL trees.</summary>
    sealed class Elements
    {
        static readonly string[] BoxedNames =
        [
            "literalExpression", "decisionTable", "context", "invocation", "functionDefinition", "list", "relation",
            "conditional", "for", "some", "every", "filter",
        ];

        readonly DmnReader reader;
        readonly DecisionModel model;
        readonly XElement root;
        readonly Dictionary<string, FeelType> types;
        readonly Dictionary<string, string> importNames = new(StringComparer.Ordinal);
        readonly Dictionary<string, string> namesById = new(StringComparer.Ordinal);
        readonly string[] members;

        public Elements(DmnReader reader, DecisionModel model, XElement root)
        {
            this.reader = reader;
            this.model = model;
            this.root = root;
            types = reader.types[model];
            foreach (var (name, imported) in Imports(root)) importNames.TryAdd(imported, name);
            foreach (var element in root.Elements().Where(element => element.Attribute("id") is not null))
                namesById.TryAdd(IdOf(element), VariableName(element));
            members =
            [
                .. types.Values.SelectMany(MemberNames),
                .. root.Descendants().Where(e => e.Name.LocalName is "variable" or "column" or "output").Select(NameOf),
                .. reader.models.Values.SelectMany(imported => imported.Elements.Select(element => element.Name)),
            ];
        }

        public void Read()
        {
            foreach (var element in root.Elements())
            {
                DrgElement? read = element.Name.LocalName switch
                {
                    "inputData" => new InputData(IdOf(element), VariableName(element), VariableType(element))
                    {
                        Requirements = [],
                    },
                    "decision" => ReadDecision(element),
                    "businessKnowledgeModel" => ReadKnowledge(element),
                    "decisionService" => new DecisionService(
                        IdOf(element), VariableName(element), VariableType(element),
                        [.. References(element, "inputData"), .. References(element, "inputDecision")],
                        [.. References(element, "outputDecision")])
                    {
                        Requirements = [],
                    },
                    _ => null,
                };
                if (read is null) continue;
                if (read.Name.Length == 0) Report(element, $"A '{element.Name.LocalName}' has no name.");
                if (!model.Add(read)) Report(element, $"Two elements have the id '{read.Id}'.");
            }
            CheckReferences();
        }

        void CheckReferences()
        {
            foreach (var element in model.Elements)
            {
                foreach (var requirement in element.Requirements.Where(r => r.Model.Element(r.ElementId) is null))
                    reader.problems.Add(
                        new(element.Id, $"The required element '{requirement.ElementId}' does not exist."));
            }
        }

        Decision ReadDecision(XElement element)
        {
            var requirements = Requirements(element);
            var logic = Boxes(element).FirstOrDefault();
            return new(IdOf(element), VariableName(element), VariableType(element),
                logic is null ? null : Boxed(logic, Names(requirements)))
            {
                Requirements = requirements,
            };
        }

        BusinessKnowledgeModel ReadKnowledge(XElement element)
        {
            var requirements = Requirements(element);
            var function = Child(element, "encapsulatedLogic");
            var parameters = function is null ? [] : Parameters(function);
            var names = Names(requirements).With(parameters.Select(parameter => parameter.Name));
            var body = function is null || !IsFeel(function) ? null : Boxes(function).FirstOrDefault();
            if (function is not null && !IsFeel(function))
                Report(element, "Functions of kind Java or PMML are not executed.");
            return new(IdOf(element), VariableName(element), VariableType(element), parameters,
                body is null ? null : Boxed(body, names))
            {
                Requirements = requirements,
            };
        }

        ImmutableArray<DrgReference> Requirements(XElement element) =>
        [
            .. Children(element, "informationRequirement").Concat(Children(element, "knowledgeRequirement"))
                .SelectMany(requirement => requirement.Elements())
                .Where(target => target.Name.LocalName is "requiredInput" or "requiredDecision" or "requiredKnowledge")
                .Select(Reference).OfType<DrgReference>(),
        ];

        IEnumerable<DrgReference> References(XElement element, string name) =>
            Children(element, name).Select(Reference).OfType<DrgReference>();

        DrgReference? Reference(XElement target)
        {
            var href = (string?)target.Attribute("href") ?? "";
            var hash = href.IndexOf('#', StringComparison.Ordinal);
            var (space, id) = hash < 0 ? ("", href) : (href[..hash], href[(hash + 1)..]);
            if (space.Length == 0 || space == model.Namespace) return new(null, model, id);
            if (importNames.TryGetValue(space, out var import) && reader.models.TryGetValue(space, out var other))
                return new(import, other, id);
            Report(target.Parent!, $"'{href}' points to no imported model.");
            return null;
        }

        /// <summary>Names in scope for the logic of an element, before contexts and parameters add theirs.</summary>
        NameScope Names(ImmutableArray<DrgReference> requirements) => new(
            [
                .. requirements.Where(r => string.IsNullOrEmpty(r.Import)).Select(r =>
                    r.Model == model ? namesById.GetValueOrDefault(r.ElementId) : r.Model.Element(r.ElementId)?.Name)
                    .OfType<string>(),
                .. importNames.Values.Where(name => name.Length > 0),
                // Variables of the caller may be named without being required; their names are only known here.
                .. Children(root, "inputData").Select(VariableName),
            ],
            members, types);

        static string VariableName(XElement element)
        {
            var name = NameOf(element);
            return name.Length > 0 ? name : Child(element, "variable") is { } variable ? NameOf(variable) : "";
        }

        FeelType VariableType(XElement element) =>
            Child(element, "variable") is { } variable ? TypeOf(variable) ?? FeelType.Any : FeelType.Any;

        /// <summary>Null without a type; an unknown one is a problem and then not checked.</summary>
        FeelType? TypeOf(XElement element)
        {
            if ((string?)element.Attribute("typeRef") is not { Length: > 0 } name) return null;
            var local = name[(name.IndexOf(':', StringComparison.Ordinal) + 1)..];
            if (types.TryGetValue(name, out var type) || types.TryGetValue(local, out type)) return type;
            if (FeelType.Simple(name) is { } simple) return simple;
            if (FeelType.Simple(local) is { } prefixed) return prefixed;
            Report(element, $"The type '{name}' is unknown.");
            return null;
        }

        static IEnumerable<string> MemberNames(FeelType type)
        {
            foreach (var (name, member) in type.Members)
            {
                yield return name;
                foreach (var inner in MemberNames(member)) yield return inner;
            }
            if (type.Element is null) yield break;
            foreach (var inner in MemberNames(type.Element)) yield return inner;
        }

        static IEnumerable<XElement> Boxes(XElement? parent) =>
            parent?.Elements().Where(child => BoxedNames.Contains(child.Name.LocalName, StringComparer.Ordinal)) ?? [];

        static bool IsFeel(XElement function) => (string?)function.Attribute("kind") is null or "FEEL";

        ImmutableArray<FeelParameter> Parameters(XElement function) =>
        [
            .. Children(function, "formalParameter").Select(parameter =>
                new FeelParameter(NameOf(parameter), TypeOf(parameter) ?? FeelType.Any)),
        ];

        FeelNode Boxed(XElement? box, NameScope names)
        {
            if (box is null) return new BrokenNode("An expression is missing.");
            var node = box.Name.LocalName switch
            {
                "literalExpression" => Literal(box, names),
                "decisionTable" => Table(box, names),
                "context" => Context(box, names),
                "invocation" => Invocation(box, names),
                "functionDefinition" => Function(box, names),
                "list" => new ListNode([.. Boxes(box).Select(item => Boxed(item, names))]),
                "relation" => Relation(box, names),
                "conditional" => new IfNode(Part(box, "if", names), Part(box, "then", names), Part(box, "else", names)),
                "filter" => new FilterNode(Part(box, "in", names), Part(box, "match", names.With(["item"]))),
                _ => Iterator(box, names),
            };
            return TypeOf(box) is { } type && box.Name.LocalName != "functionDefinition"
                ? new TypedNode(node, type)
                : node;
        }

        FeelNode Part(XElement box, string name, NameScope names) =>
            Boxed(Boxes(Child(box, name)).FirstOrDefault(), names);

        FeelNode Literal(XElement box, NameScope names) => Parse(box, TextOf(box), names);

        FeelNode Parse(XElement owner, string text, NameScope names, bool unaryTests = false)
        {
            if ((string?)owner.Attribute("expressionLanguage") is { Length: > 0 } language
                && !language.Contains("feel", StringComparison.OrdinalIgnoreCase))
                Report(owner, $"The expression language '{language}' is not executed.");
            var result = FeelParser.Parse(text, names.Names, FeelLimits.Decision, unaryTests);
            if (result.Expression is { } expression) return expression.Node;
            var message = Describe(result.Problem!, text);
            Report(owner, message);
            return new BrokenNode(message);
        }

        BoxedContext Context(XElement box, NameScope names)
        {
            ReportTwins(box, Children(box, "contextEntry").SelectMany(entry => Children(entry, "variable")));
            var entries = ImmutableArray.CreateBuilder<KeyValuePair<string, FeelNode>>();
            FeelNode? result = null;
            foreach (var entry in Children(box, "contextEntry"))
            {
                var variable = Child(entry, "variable");
                var name = variable is null ? "" : NameOf(variable);
                // A function may call itself by the name of its entry.
                var node = Boxed(Boxes(entry).FirstOrDefault(), names.With([name]));
                if (variable is not null && TypeOf(variable) is { } type && type.Kind != FeelTypeKind.Function)
                    node = new TypedNode(node, type);
                if (name.Length == 0)
                {
                    result = node;
                    continue;
                }
                entries.Add(new(name, node));
                names = names.With([name]);
            }
            return new(entries.ToImmutable(), result);
        }

        CallNode Invocation(XElement box, NameScope names)
        {
            var bindings = Children(box, "binding").ToArray();
            return new(
                Boxed(Boxes(box).FirstOrDefault(), names),
                [.. bindings.Select(binding => Boxed(Boxes(binding).FirstOrDefault(), names))],
                bindings.Length == 0 ? default
                    : [.. bindings.Select(b => Child(b, "parameter") is { } p ? NameOf(p) : "")]);
        }

        FunctionNode Function(XElement box, NameScope names)
        {
            var parameters = Parameters(box);
            if (!IsFeel(box))
            {
                Report(box, "Functions of kind Java or PMML are not executed.");
                return new(parameters, null);
            }
            var body = Boxed(Boxes(box).FirstOrDefault(), names.With(parameters.Select(parameter => parameter.Name)));
            // The type of a definition is that of the function, in older models that of its result.
            var type = TypeOf(box);
            if (type is { Kind: FeelTypeKind.Function }) type = type.Element;
            return new(parameters, type is null ? body : new TypedNode(body, type));
        }

        ListNode Relation(XElement box, NameScope names)
        {
            ReportTwins(box, Children(box, "column"));
            string[] columns = [.. Children(box, "column").Select(NameOf)];
            return new([.. Children(box, "row").Select(row => (FeelNode)new BoxedContext(
                [.. columns.Zip(Boxes(row), (column, cell) =>
                    new KeyValuePair<string, FeelNode>(column, Boxed(cell, names)))],
                null))]);
        }

        FeelNode Iterator(XElement box, NameScope names)
        {
            var name = (string?)box.Attribute("iteratorVariable") ?? "item";
            var iterator = new FeelIterator(name, Part(box, "in", names));
            var inner = names.With([name]);
            return box.Name.LocalName == "for"
                ? new ForNode([iterator], Part(box, "return", inner.With(["partial"])), UsesPartial: true)
                : new QuantifiedNode(box.Name.LocalName == "some", [iterator], Part(box, "satisfies", inner));
        }

        DecisionTable Table(XElement box, NameScope names)
        {
            var outputs = Children(box, "output").Select(output => Output(output, names)).ToImmutableArray();
            if (outputs.IsEmpty) Report(box, "The table has no output.");
            if (outputs.Length > 1) ReportTwins(box, Children(box, "output"));
            return new(IdOf(box), Policy(box), Aggregation(box),
                [.. Children(box, "input").Select(input => Input(input, names))], outputs,
                [.. Children(box, "rule").Select(rule => Rule(rule, names))]);
        }

        TableInput Input(XElement input, NameScope names)
        {
            var expression = Child(input, "inputExpression");
            var text = expression is null ? "" : TextOf(expression).Trim();
            var node = Parse(input, text, names);
            if (expression is not null && TypeOf(expression) is { } type) node = new TypedNode(node, type);
            var values = Child(input, "inputValues") is { } allowed ? TextOf(allowed) : "";
            return new(text, node, string.IsNullOrWhiteSpace(values)
                ? null
                : Parse(input, values, names, unaryTests: true));
        }

        TableOutput Output(XElement output, NameScope names)
        {
            var values = Child(output, "outputValues") is { } given ? TextOf(given) : "";
            var priorities = string.IsNullOrWhiteSpace(values) ? null
                : Parse(output, values, names, unaryTests: true) as UnaryTestsNode;
            var fallback = Child(output, "defaultOutputEntry");
            return new(NameOf(output), TypeOf(output) ?? FeelType.Any,
                priorities is null ? [] : [.. priorities.Tests.Select(test => test.Node)],
                fallback is null ? null : Literal(fallback, names));
        }

        TableRule Rule(XElement rule, NameScope names) => new(
            IdOf(rule),
            [.. Children(rule, "inputEntry").Select(entry => Condition(entry, names))],
            [.. Children(rule, "outputEntry").Select(entry =>
                string.IsNullOrWhiteSpace(TextOf(entry))
                    ? new LiteralNode(FeelNull.Instance)
                    : Literal(entry, names))]);

        /// <summary>An empty cell says the same as `-`.</summary>
        FeelNode Condition(XElement entry, NameScope names) => string.IsNullOrWhiteSpace(TextOf(entry))
            ? new LiteralNode(FeelBoolean.True)
            : Parse(entry, TextOf(entry), names, unaryTests: true);

        HitPolicy Policy(XElement box)
        {
            switch ((string?)box.Attribute("hitPolicy"))
            {
                case null or "" or "UNIQUE" or "U":
                    return HitPolicy.Unique;
                case "FIRST" or "F":
                    return HitPolicy.First;
                case "PRIORITY" or "P":
                    return HitPolicy.Priority;
                case "ANY" or "A":
                    return HitPolicy.Any;
                case "COLLECT" or "C":
                    return HitPolicy.Collect;
                case "RULE ORDER" or "R":
                    return HitPolicy.RuleOrder;
                case "OUTPUT ORDER" or "O":
                    return HitPolicy.OutputOrder;
                case var other:
                    Report(box, $"The hit policy '{other}' is unknown.");
                    return HitPolicy.Unique;
            }
        }

        CollectAggregation Aggregation(XElement box)
        {
            switch ((string?)box.Attribute("aggregation"))
            {
                case null or "" or "NONE":
                    return CollectAggregation.None;
                case "SUM":
                    return CollectAggregation.Sum;
                case "COUNT":
                    return CollectAggregation.Count;
                case "MIN":
                    return CollectAggregation.Min;
                case "MAX":
                    return CollectAggregation.Max;
                case var other:
                    Report(box, $"The aggregation '{other}' is unknown.");
                    return CollectAggregation.None;
            }
        }

        /// <summary>Entries of one context cannot have the same name.</summary>
        void ReportTwins(XElement box, IEnumerable<XElement> named)
        {
            foreach (var twins in named.GroupBy(NameOf, StringComparer.Ordinal).Where(group => group.Count() > 1))
                Report(box, $"The name '{twins.Key}' stands twice.");
        }

        void Report(XElement element, string message)
        {
            var owner = element.AncestorsAndSelf().FirstOrDefault(e => e.Attribute("id") is not null) ?? element;
            reader.problems.Add(new(IdOf(owner), message));
        }
    }

    /// <summary>Names in scope at one place of the document. What the parser needs of them is made once.</summary>
    sealed class NameScope(
        ImmutableArray<string> names, IReadOnlyList<string> members, Dictionary<string, FeelType> types)
    {
        FeelNames? made;

        public FeelNames Names => made ??= new(names, members.Concat(names), types);

        public NameScope With(IEnumerable<string> added)
        {
            string[] special = [.. added.Where(FeelNames.IsSpecial)];
            return special.Length == 0 ? this : new(names.AddRange(special), members, types);
        }
    }
}
