using System.Collections.Immutable;
using System.Xml.Linq;
using Workflows.Engine.Expressions;

namespace Workflows.Engine.Model;

/// <content>Expressions, and the elements of the zeebe extension.</content>
public sealed partial class BpmnReader
{
    /// <summary>What is read of the zeebe namespace; anything else there is passed over with a warning.</summary>
    static readonly ImmutableHashSet<string> ZeebeElements =
    [
        "taskDefinition", "taskHeaders", "header", "ioMapping", "input", "output", "properties", "property", "userTask",
        "assignmentDefinition", "formDefinition", "taskSchedule", "priorityDefinition", "calledElement",
        "calledDecision", "script", "loopCharacteristics", "subscription", "versionTag",
    ];

    /// <summary>Standard elements that say who should work, which plain BPMN leaves to the tool.</summary>
    static readonly ImmutableHashSet<string> Performers =
        ["performer", "humanPerformer", "potentialOwner", "resourceRole"];

    static readonly JobDefinition NoJob = new(Type: null, Retries: null, ImmutableDictionary<string, string>.Empty);

    static XElement? Extension(XElement element, string name) =>
        element.Element(Bpmn + "extensionElements")?.Element(Zeebe + name);

    // ---- expressions ------------------------------------------------------------------------------------------

    ModelExpression? Value(XElement owner, XElement? extension, string attribute) =>
        Value(owner, attribute, (string?)extension?.Attribute(attribute));

    /// <summary>FEEL when the text begins with <c>=</c>, otherwise a constant; null when there is no text.</summary>
    ModelExpression? Value(XElement owner, string property, string? text)
    {
        if (string.IsNullOrWhiteSpace(text)) return null;
        return text.StartsWith('=') ? Feel(owner, property, text) : ModelExpression.Constant(text);
    }

    /// <summary>FEEL whether or not the text begins with <c>=</c>.</summary>
    ModelExpression Feel(XElement owner, string property, string text)
    {
        var written = text.Trim();
        if (IsJuel(written.TrimStart('=')))
        {
            Error(owner, $"Expected FEEL in {property} of {owner.Name.LocalName} '{IdOf(owner)}', but found the "
                + $"expression language of another engine: {Shortened(written)}. Rewrite it in FEEL, e.g. =amount > "
                + "100.");
            return ModelExpression.Constant(text);
        }

        var offset = written.StartsWith('=') ? 1 : 0;
        var parsed = FeelExpression.Parse(written[offset..]);
        if (parsed.Problem is not { } problem) return new(written, parsed.Expression);
        Error(owner, Text($"Expected FEEL in {property} of {owner.Name.LocalName} '{IdOf(owner)}', but at character ")
            + Text($"{problem.Position + offset + 1} of {Shortened(written)}: {problem.Message}"));
        return ModelExpression.Constant(text);
    }

    /// <summary>A <c>tExpression</c> of the standard that is FEEL here; null when it has no text.</summary>
    ModelExpression? ReadStandardFeel(XElement owner, XElement expression)
    {
        if (string.IsNullOrWhiteSpace(expression.Value)) return null;
        var property = expression.Name.LocalName;
        var language = (string?)expression.Attribute("language") ?? "";
        if (language.Length == 0 || IsFeelLanguage(language)) return Feel(owner, property, expression.Value);
        RefuseLanguage(owner, property, language);
        return null;
    }

    void RefuseLanguage(XElement owner, string property, string language) =>
        Error(owner, $"Expected FEEL in {property} of {owner.Name.LocalName} '{IdOf(owner)}', but its language is "
            + $"'{language}'. Rewrite it in FEEL.");

    /// <summary>ISO 8601 as a constant; FEEL after <c>=</c>, or where the language is FEEL and it is not ISO.</summary>
    ModelExpression ReadTimerText(XElement owner, XElement part, TimerKind kind)
    {
        var property = part.Name.LocalName;
        var text = part.Value.Trim();
        var language = (string?)part.Attribute("language") ?? "";
        if (language.Length > 0 && !IsFeelLanguage(language)) RefuseLanguage(owner, property, language);
        var isFeel = text.StartsWith('=')
            || IsFeelLanguage(language) && DefinitionChecker.TimerProblem(kind, text) is not null
            || IsJuel(text);
        return isFeel ? Feel(owner, property, text) : ModelExpression.Constant(text);
    }

    /// <summary>The value of a variable, given by name where the standard has no expression.</summary>
    ModelExpression? Variable(XElement owner, string property, string? name) =>
        NullIfBlank(name) is { } variable ? Feel(owner, property, "=" + Resolve(variable)) : null;

    /// <summary>Every edition of FEEL has an address of its own that ends in FEEL and a date.</summary>
    static bool IsFeelLanguage(string language) => language.Contains("feel", StringComparison.OrdinalIgnoreCase);

    /// <summary>The expressions of Camunda 7, Operaton, Flowable and Activiti.</summary>
    static bool IsJuel(string text) =>
        text.StartsWith("${", StringComparison.Ordinal) || text.StartsWith("#{", StringComparison.Ordinal);

    /// <summary>Quoted; cut, because a message repeats what may be as long as the file.</summary>
    internal static string Shortened(string text) => text.Length <= 80 ? $"'{text}'" : $"'{text[..80]}...'";

    // ---- extension elements -----------------------------------------------------------------------------------

    JobDefinition? ReadJob(XElement element)
    {
        var definition = Extension(element, "taskDefinition");
        if (definition is null) return null;
        var type = Value(element, definition, "type");
        if (type is null) return MissingJob(element, "a type in zeebe:taskDefinition");
        return new(type, Value(element, definition, "retries"), ReadHeaders(element));
    }

    /// <summary>The job of an element that is nothing but a job; in plain BPMN the type may be absent.</summary>
    JobDefinition ReadRequiredJob(XElement element) =>
        ReadJob(element) ?? (_dialect == BpmnDialect.Plain ? NoJob : MissingJob(element, "a zeebe:taskDefinition "
            + "with a type"));

    JobDefinition MissingJob(XElement element, string expected)
    {
        Error(element, $"Expected {expected}, but {element.Name.LocalName} '{_ids[element]}' has none. Say which job "
            + "carries it out.");
        return NoJob;
    }

    static ImmutableDictionary<string, string> ReadHeaders(XElement element) =>
        ReadPairs(Extension(element, "taskHeaders"), "header", "key");

    static ImmutableDictionary<string, string> ReadProperties(XElement element) =>
        ReadPairs(Extension(element, "properties"), "property", "name");

    static ImmutableDictionary<string, string> ReadPairs(XElement? list, string item, string key)
    {
        var pairs = ImmutableDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        foreach (var pair in list?.Elements(Zeebe + item) ?? [])
        {
            if ((string?)pair.Attribute(key) is { Length: > 0 } name)
                pairs[name] = (string?)pair.Attribute("value") ?? "";
        }

        return pairs.ToImmutable();
    }

    ImmutableArray<Mapping> ReadMappings(XElement element, XElement? mappings, string direction)
    {
        var read = ImmutableArray.CreateBuilder<Mapping>();
        foreach (var mapping in mappings?.Elements(Zeebe + direction) ?? [])
        {
            var source = Value(element, $"{direction} mapping", (string?)mapping.Attribute("source"));
            var target = NullIfBlank((string?)mapping.Attribute("target"));
            if (source is not null && target is not null) read.Add(new(source, target));
            else
            {
                Error(element, $"Expected a source and a target in every {direction} mapping, but one of "
                    + $"{element.Name.LocalName} '{_ids[element]}' lacks its "
                    + $"{(target is null ? "target" : "source")}. Set it.");
            }
        }

        return read.ToImmutable();
    }

    Binding ReadBinding(XElement element, XElement? extension)
    {
        if (extension is null) return Binding.Latest;
        var versionTag = NullIfBlank((string?)extension.Attribute("versionTag"));
        switch ((string?)extension.Attribute("bindingType"))
        {
            case null or "" or "latest": return Binding.Latest;
            case "deployment": return new(BindingType.Deployment, VersionTag: null);
            case "versionTag" when versionTag is not null: return new(BindingType.VersionTag, versionTag);
            case "versionTag":
                Error(element, "Expected a versionTag with bindingType=\"versionTag\", but found none. Name the tag.");
                return Binding.Latest;
            case var other:
                Error(element, $"Expected bindingType latest, deployment or versionTag, but found '{other}'. Choose "
                    + "one.");
                return Binding.Latest;
        }
    }

    // ---- what is passed over ----------------------------------------------------------------------------------

    /// <summary>One warning for each kind of foreign element or attribute, at the first place it occurs.</summary>
    void WarnOfForeignContent()
    {
        var passedOver = new Dictionary<XName, (XElement First, string Kind, int Count)>();
        foreach (var element in _definitions.Descendants())
        {
            if (element.Name.Namespace == Bpmn)
            {
                if (Performers.Contains(element.Name.LocalName)) Count(element.Name, element.Parent!, "element");
                foreach (var attribute in element.Attributes().Where(IsForeign))
                    Count(attribute.Name, element, "attribute");
            }
            else if (element.Parent!.Name.Namespace == Bpmn && element.Parent.Name.LocalName != "definitions"
                || element.Name.Namespace == Zeebe)
            {
                var isRead = element.Name.Namespace == Zeebe && ZeebeElements.Contains(element.Name.LocalName);
                if (!isRead) Count(element.Name, element, "element");
            }
        }

        foreach (var (name, (first, kind, count)) in passedOver.Take(ForeignKindsMax))
        {
            Warn(first, $"The {kind} '{name.LocalName}' of namespace {Shortened(name.NamespaceName)} is kept, but not "
                + Text($"executed ({count} in this file). Remove it, or say it with BPMN or the zeebe extension."));
        }

        if (passedOver.Count > ForeignKindsMax)
        {
            Add("", Text($"{passedOver.Count - ForeignKindsMax} more kinds of foreign content are kept, but not ")
                + "executed. Remove them where they should have an effect.", ProblemSeverity.Warning);
        }

        void Count(XName name, XElement at, string kind) =>
            passedOver[name] = passedOver.TryGetValue(name, out var known)
                ? known with { Count = known.Count + 1 }
                : (at, kind, 1);
    }

    static bool IsForeign(XAttribute attribute)
    {
        var space = attribute.Name.Namespace;
        return !attribute.IsNamespaceDeclaration && space != XNamespace.None && space != XNamespace.Xml
            && space != Zeebe && space != Modeler && space != SchemaInstance;
    }
}
