using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Xml.Linq;
using Workflows.Engine.Expressions;
using Workflows.Engine.Model;

namespace Workflows.Engine.Decisions;

/// <summary>Reads DMN 1.1 to 1.5 by local names: the versions differ in their namespace, not in these elements. Bad
/// input is a list of problems, never an exception.</summary>
public sealed partial class DmnReader
{
    readonly List<DmnProblem> problems = [];
    readonly Dictionary<string, DecisionModel> models = new(StringComparer.Ordinal);
    readonly Dictionary<DecisionModel, Dictionary<string, FeelType>> types = [];

    DmnReader()
    {
    }

    /// <summary>Reads a model and the texts of those it imports, in any order.</summary>
    public static DmnReadResult Read(string xml, IEnumerable<string>? imported = null)
    {
        var reader = new DmnReader();
        var pending = new List<XElement>();
        foreach (var text in (imported ?? []).Append(xml))
        {
            if (reader.Load(text) is { } root) pending.Add(root);
            else if (ReferenceEquals(text, xml)) return new(null, [.. reader.problems]);
        }
        var main = pending[^1];
        var mainNamespace = (string?)main.Attribute("namespace") ?? "";
        foreach (var root in reader.InImportOrder(pending)) reader.ReadModel(root);
        var model = reader.models.GetValueOrDefault(mainNamespace);
        if (model is not null) reader.CheckCycles(model);
        return new(model, [.. reader.problems]);
    }

    XElement? Load(string xml)
    {
        var load = SafeXml.Load(Encoding.UTF8.GetBytes(xml), XmlLimits.Dmn);
        if (load.Failure is { } failure)
            return Fail(FeelText.Invariant($"Line {failure.Line}, column {failure.Column}: {failure.Message}"));
        return load.Root!.Name.LocalName == "definitions"
            ? load.Root
            : Fail("The root element is not 'definitions'.");

        XElement? Fail(string message)
        {
            problems.Add(new("definitions", message));
            return null;
        }
    }

    /// <summary>Imported models first; where imports run in a circle, the rest in the order given.</summary>
    List<XElement> InImportOrder(List<XElement> pending)
    {
        var ordered = new List<XElement>();
        while (pending.Count > 0)
        {
            var next = pending.Find(root => !Imports(root).Any(import => pending.Exists(other =>
                !ReferenceEquals(other, root) && (string?)other.Attribute("namespace") == import.Namespace)));
            if (next is null)
            {
                problems.Add(new(IdOf(pending[0]), "The models import each other in a circle."));
                next = pending[0];
            }
            ordered.Add(next);
            pending.Remove(next);
        }
        return ordered;
    }

    static IEnumerable<(string Name, string Namespace)> Imports(XElement root) =>
        Children(root, "import").Select(import => ((string?)import.Attribute("name") ?? "",
            (string?)import.Attribute("namespace") ?? ""));

    void ReadModel(XElement root)
    {
        var model = new DecisionModel(IdOf(root), NameOf(root), (string?)root.Attribute("namespace") ?? "");
        if (!models.TryAdd(model.Namespace, model))
        {
            problems.Add(new(model.Id, $"Two models have the namespace '{model.Namespace}'."));
            return;
        }
        foreach (var (name, imported) in Imports(root))
        {
            if (!models.ContainsKey(imported))
                problems.Add(new(model.Id, $"The import '{name}' of '{imported}' is not among the given models."));
        }
        types[model] = ReadTypes(root);
        new Elements(this, model, root).Read();
    }

    /// <summary>Requirements in a circle could never be evaluated; knowledge models may call themselves.</summary>
    void CheckCycles(DecisionModel model)
    {
        var done = new HashSet<DrgElement>(ReferenceEqualityComparer.Instance);
        foreach (var element in model.Elements.OfType<Decision>()) Visit(element, [], 0);

        bool Visit(DrgElement element, HashSet<DrgElement> path, int depth)
        {
            if (done.Contains(element)) return true;
            if (!path.Add(element) || depth > 200)
            {
                problems.Add(new(element.Id,
                    $"'{element.Name}' requires itself, or the chain of requirements is too long."));
                return false;
            }
            foreach (var requirement in element.Requirements)
            {
                if (requirement.Model.Element(requirement.ElementId) is Decision required
                    && !Visit(required, path, depth + 1))
                    return false;
            }
            path.Remove(element);
            done.Add(element);
            return true;
        }
    }

    /// <summary>Item definitions by name, with those of imports under `import.name`.</summary>
    Dictionary<string, FeelType> ReadTypes(XElement root)
    {
        var known = new Dictionary<string, FeelType>(StringComparer.Ordinal);
        foreach (var (name, imported) in Imports(root))
        {
            if (!models.TryGetValue(imported, out var model)) continue;
            foreach (var (typeName, type) in types[model])
                known.TryAdd(name.Length == 0 ? typeName : $"{name}.{typeName}", type);
        }
        var definitions = Children(root, "itemDefinition").GroupBy(NameOf, StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => group.First(), StringComparer.Ordinal);
        var open = new HashSet<string>(StringComparer.Ordinal);
        foreach (var name in definitions.Keys) Resolve(name);
        return known;

        FeelType? Resolve(string name)
        {
            if (known.TryGetValue(name, out var type)) return type;
            if (!definitions.TryGetValue(name, out var definition))
            {
                var colon = name.IndexOf(':', StringComparison.Ordinal);
                return FeelType.Simple(name) ?? (colon < 0 ? null : Resolve(name[(colon + 1)..]));
            }
            // A type inside itself, such as a tree: what it holds there is not checked.
            if (!open.Add(name)) return FeelType.Any;
            type = Define(definition, Resolve);
            open.Remove(name);
            return known[name] = type;
        }
    }

    FeelType Define(XElement definition, Func<string, FeelType?> resolve)
    {
        var type = FeelType.Any;
        if (Child(definition, "typeRef") is { } reference)
        {
            if (resolve(reference.Value.Trim()) is { } found) type = found;
            else problems.Add(new(IdOf(definition), $"The type '{reference.Value.Trim()}' is unknown."));
        }
        else if (Child(definition, "functionItem") is { } function)
        {
            type = new(FeelTypeKind.Function)
            {
                Parameters = [.. Children(function, "parameters").Select(Attributed)],
                Element = AttributeType(function, "outputTypeRef"),
            };
        }
        else if (Children(definition, "itemComponent").Any())
        {
            type = new(FeelTypeKind.Context)
            {
                Members = [.. Children(definition, "itemComponent").Select(component =>
                    new KeyValuePair<string, FeelType>(NameOf(component), Define(component, resolve)))],
            };
        }
        if (Tests(definition, "allowedValues") is { } allowed) type = type with { AllowedValues = allowed };
        if ((string?)definition.Attribute("isCollection") is "true" or "1")
            type = new(FeelTypeKind.List) { Element = type };
        return Tests(definition, "typeConstraint") is { } constraint ? type with { AllowedValues = constraint } : type;

        FeelType Attributed(XElement element) => AttributeType(element, "typeRef");

        FeelType AttributeType(XElement element, string attribute) =>
            (string?)element.Attribute(attribute) is { } name ? resolve(name) ?? FeelType.Any : FeelType.Any;
    }

    FeelExpression? Tests(XElement definition, string name)
    {
        var text = Child(definition, name) is { } tests ? TextOf(tests) : null;
        if (string.IsNullOrWhiteSpace(text)) return null;
        var result = FeelExpression.ParseUnaryTests(text, FeelNames.None, FeelLimits.Decision);
        if (result.Problem is { } problem) problems.Add(new(IdOf(definition), Describe(problem, text)));
        return result.Expression;
    }

    static string Describe(FeelProblem problem, string text) => FeelText.Invariant(
        $"{problem.Message} At {problem.Position} of: {(text.Length > 100 ? text[..100] + "…" : text)}");

    static IEnumerable<XElement> Children(XElement element, string name) =>
        element.Elements().Where(child => child.Name.LocalName == name);

    static XElement? Child(XElement element, string name) => Children(element, name).FirstOrDefault();

    static string NameOf(XElement element) => FeelText.Normalized((string?)element.Attribute("name") ?? "");

    static string IdOf(XElement element) => (string?)element.Attribute("id") ?? NameOf(element);

    static string TextOf(XElement element) => Child(element, "text")?.Value ?? "";
}
