using System.Collections.Immutable;
using System.Globalization;
using System.Xml.Linq;

namespace Workflows.Engine.Model;

public enum ProblemSeverity
{
    Warning,
    Error,
}

/// <summary>Something a person should look at before a model is deployed.</summary>
/// <param name="ElementId">Element of the BPMN file; empty when the file as a whole is meant.</param>
/// <param name="Message">English: what is expected, what was found, what to do.</param>
/// <param name="Severity">An error prevents deployment, a warning does not.</param>
public sealed record ModelProblem(string ElementId, string Message, ProblemSeverity Severity)
{
    public override string ToString() =>
        $"{Severity}{(ElementId.Length == 0 ? "" : $" at '{ElementId}'")}: {Message}";
}

/// <summary>What a BPMN file holds. The processes may be executed only when no problem is an error.</summary>
/// <param name="Processes">Executable processes in document order.</param>
/// <param name="Problems">In document order of the elements they name.</param>
/// <param name="Dialect">Whether the rules of Camunda 8 were applied.</param>
public sealed record BpmnReadResult(
    ImmutableArray<ProcessDefinition> Processes, ImmutableArray<ModelProblem> Problems, BpmnDialect Dialect)
{
    public bool HasErrors => Problems.Any(p => p.Severity == ProblemSeverity.Error);
}

/// <summary>By whose rules a file is judged.</summary>
public enum BpmnDialect
{
    /// <summary>BPMN 2.0 alone: lenient where the standard leaves things open (correlation keys, job types).</summary>
    Plain,

    /// <summary>Written for Camunda 8: what Camunda refuses is refused.</summary>
    Zeebe,
}

/// <param name="Dialect">Null: what the file says, see <see cref="BpmnReader"/>.</param>
/// <param name="ReadNonExecutable">Also read processes with <c>isExecutable="false"</c>, to name every element in them
/// that could not be executed.</param>
public sealed record BpmnReadOptions(BpmnDialect? Dialect = null, bool ReadNonExecutable = false);

/// <summary>Reads BPMN 2.0 XML (BPMN 2.0.2, 15) with the zeebe extension of Camunda 8.</summary>
/// <remarks>
/// A file is of the zeebe dialect when it names Camunda 8 (<c>modeler:executionPlatform="Camunda Cloud"</c>) or holds
/// any element or attribute of the zeebe namespace. What cannot be executed is refused by name; notation that carries
/// no token (pools, lanes, data, annotations) and foreign extensions are passed over.
/// </remarks>
public sealed partial class BpmnReader
{
    public const string ModelNamespace = "http://www.omg.org/spec/BPMN/20100524/MODEL";
    public const string ZeebeNamespace = "http://camunda.org/schema/zeebe/1.0";
    public const string ModelerNamespace = "http://camunda.org/schema/modeler/1.0";
    public const int IdLengthMax = 255;
    public const int FlowNodesMax = 2_000;
    const int ForeignKindsMax = 50;

    static readonly XNamespace Bpmn = ModelNamespace;
    static readonly XNamespace Zeebe = ZeebeNamespace;
    static readonly XNamespace Modeler = ModelerNamespace;
    static readonly XNamespace SchemaInstance = "http://www.w3.org/2001/XMLSchema-instance";

    /// <summary>Children of a process or sub-process that no token passes: kept in the file, not executed.</summary>
    static readonly ImmutableHashSet<string> WithoutTokens =
    [
        "extensionElements", "documentation", "sequenceFlow", "incoming", "outgoing", "laneSet", "dataObject",
        "dataObjectReference", "dataStoreReference", "group", "textAnnotation", "association", "ioSpecification",
        "ioBinding", "dataInputAssociation", "dataOutputAssociation", "property", "auditing", "monitoring", "supports",
        "correlationSubscription", "artifact", "multiInstanceLoopCharacteristics", "standardLoopCharacteristics",
        "performer", "humanPerformer", "potentialOwner", "resourceRole", "supportedInterfaceRef",
    ];

    readonly XElement _definitions;
    readonly BpmnReadOptions _options;
    readonly BpmnDialect _dialect;
    readonly Dictionary<XElement, string> _ids = [];
    readonly Dictionary<string, XElement> _elements = new(StringComparer.Ordinal);
    readonly HashSet<ModelProblem> _problems = [];

    BpmnReader(XElement definitions, BpmnReadOptions options)
    {
        _definitions = definitions;
        _options = options;
        _dialect = options.Dialect ?? DialectOf(definitions);
    }

    /// <summary>Reads and checks a file. Never throws for what stands in it.</summary>
    /// <param name="xml">The bytes of a file, UTF-8 with or without a byte order mark.</param>
    /// <param name="options">How to judge it; null for a deployment.</param>
    public static BpmnReadResult Read(ReadOnlySpan<byte> xml, BpmnReadOptions? options = null)
    {
        options ??= new();
        var load = SafeXml.Load(xml, XmlLimits.Bpmn);
        if (load.Failure is { } failure)
        {
            return Unusable(string.Create(
                CultureInfo.InvariantCulture, $"Line {failure.Line}, column {failure.Column}: {failure.Message}"));
        }

        var root = load.Root!;
        if (root.Name != Bpmn + "definitions")
        {
            return Unusable($"Expected the root element 'definitions' of BPMN 2.0 (namespace {ModelNamespace}), but "
                + $"found '{root.Name.LocalName}' (namespace {root.Name.NamespaceName}). Upload a BPMN 2.0 file.");
        }

        return new BpmnReader(root, options).ReadDefinitions();

        BpmnReadResult Unusable(string message) =>
            new([], [new("", message, ProblemSeverity.Error)], options.Dialect ?? BpmnDialect.Plain);
    }

    static BpmnDialect DialectOf(XElement definitions)
    {
        var platform = (string?)definitions.Attribute(Modeler + "executionPlatform");
        var usesZeebe = platform == "Camunda Cloud" || definitions.Descendants()
            .Any(e => e.Name.Namespace == Zeebe || e.Attributes().Any(a => a.Name.Namespace == Zeebe));
        return usesZeebe ? BpmnDialect.Zeebe : BpmnDialect.Plain;
    }

    BpmnReadResult ReadDefinitions()
    {
        // Ids stand in many messages: one of a megabyte would be multiplied.
        if (!ReadIds()) return new([], InDocumentOrder(), _dialect);
        NameElements();

        var processes = ImmutableArray.CreateBuilder<ProcessDefinition>();
        foreach (var process in _definitions.Elements(Bpmn + "process"))
        {
            if (!_options.ReadNonExecutable && Flag(process, "isExecutable") == false)
            {
                Warn(process, "This process is marked isExecutable=\"false\" and is kept, but not deployed. Mark it "
                    + "executable if it should run.");
                continue;
            }

            processes.Add(ReadProcess(process));
        }

        if (processes.Count == 0)
        {
            Add("", "Expected at least one executable process, but found none. Add a process with "
                + "isExecutable=\"true\".", ProblemSeverity.Error);
        }

        var flowNodes = processes.Sum(p => p.Nodes.Count);
        if (flowNodes > FlowNodesMax)
        {
            Add("", Text($"Expected at most {FlowNodesMax} flow nodes in a file, but found {flowNodes}. Move parts ")
                + "into processes of their own and call them.", ProblemSeverity.Error);
        }

        WarnOfForeignContent();
        foreach (var process in processes) _problems.UnionWith(DefinitionChecker.Check(process, _dialect));
        return new(processes.ToImmutable(), InDocumentOrder(), _dialect);
    }

    /// <summary>False when an id is too long to go on.</summary>
    bool ReadIds()
    {
        var allShort = true;
        foreach (var element in _definitions.DescendantsAndSelf().Where(e => e.Name.Namespace == Bpmn))
        {
            if (((string?)element.Attribute("id"))?.Trim() is not { Length: > 0 } id) continue;
            _ids[element] = id;
            if (!_elements.TryAdd(id, element))
            {
                Error(element, $"Expected an id that no other element has, but '{id}' also names a "
                    + $"{_elements[id].Name.LocalName}. Give this {element.Name.LocalName} another id.");
            }

            if (id.Length <= IdLengthMax) continue;
            allShort = false;
            Error(element, Text($"Expected an id of at most {IdLengthMax} characters, but it has {id.Length}. ")
                + "Shorten it.");
        }

        return allShort;
    }

    /// <summary>
    /// Gives what has no id a name that is the same at each reading: a flow <c>source->target</c>, anything else
    /// <c>type_ordinal</c>, counted over the file.
    /// </summary>
    void NameElements()
    {
        var ordinals = new Dictionary<string, int>(StringComparer.Ordinal);
        var copies = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var element in _definitions.Descendants().Where(e => e.Name.Namespace == Bpmn))
        {
            var type = element.Name.LocalName;
            var ordinal = ordinals[type] = ordinals.GetValueOrDefault(type) + 1;
            if (_ids.ContainsKey(element) || !NeedsId(element)) continue;
            var name = type == "sequenceFlow"
                ? $"{(string?)element.Attribute("sourceRef")}->{(string?)element.Attribute("targetRef")}"
                : Text($"{type}_{ordinal}");
            var id = name;
            while (!_elements.TryAdd(id, element))
            {
                var copy = copies[name] = copies.GetValueOrDefault(name, 1) + 1;
                id = Text($"{name}#{copy}");
            }

            _ids[element] = id;
        }
    }

    /// <summary>Processes and what stands directly in a process or sub-process.</summary>
    static bool NeedsId(XElement element) =>
        element.Name == Bpmn + "process"
        || element.Name == Bpmn + "sequenceFlow"
        || element.Parent is { } parent && IsContainer(parent) && !WithoutTokens.Contains(element.Name.LocalName);

    static bool IsContainer(XElement element) =>
        element.Name.Namespace == Bpmn
        && element.Name.LocalName is "process" or "subProcess" or "transaction" or "adHocSubProcess";

    // ---- processes and scopes ---------------------------------------------------------------------------------

    /// <summary>One process while it is read: flows first, because nodes hold theirs.</summary>
    sealed class Contents
    {
        public required ImmutableDictionary<string, SequenceFlow> Flows { get; init; }
        public required ILookup<string, SequenceFlow> Outgoing { get; init; }
        public required ILookup<string, SequenceFlow> Incoming { get; init; }
        public Dictionary<string, FlowNode> Nodes { get; } = new(StringComparer.Ordinal);
        public Dictionary<string, Scope> Scopes { get; } = new(StringComparer.Ordinal);
    }

    ProcessDefinition ReadProcess(XElement process)
    {
        var id = _ids[process];
        var flows = process.Descendants(Bpmn + "sequenceFlow").Select(ReadFlow).ToList();
        var contents = new Contents
        {
            // A doubled id is a problem already; the first flow stands for both.
            Flows = flows.DistinctBy(f => f.Id).ToImmutableDictionary(f => f.Id),
            Outgoing = flows.ToLookup(f => f.SourceId),
            Incoming = flows.ToLookup(f => f.TargetId),
        };
        ReadScope(process, id, contents);
        return new()
        {
            Id = id,
            Name = (string?)process.Attribute("name"),
            IsExecutable = Flag(process, "isExecutable") ?? true,
            VersionTag = (string?)Extension(process, "versionTag")?.Attribute("value"),
            Nodes = contents.Nodes.ToImmutableDictionary(),
            Flows = contents.Flows,
            Scopes = contents.Scopes.ToImmutableDictionary(),
            Properties = ReadProperties(process),
        };
    }

    SequenceFlow ReadFlow(XElement flow)
    {
        var condition = flow.Element(Bpmn + "conditionExpression");
        return new(
            _ids[flow],
            Resolve((string?)flow.Attribute("sourceRef") ?? ""),
            Resolve((string?)flow.Attribute("targetRef") ?? ""),
            condition is null ? null : ReadStandardFeel(flow, condition),
            (string?)flow.Attribute("name"));
    }

    void ReadScope(XElement container, string scopeId, Contents contents)
    {
        var elements = container.Elements()
            .Where(e => e.Name.Namespace == Bpmn && !WithoutTokens.Contains(e.Name.LocalName)).ToList();

        // Boundary events before the activities that hold them.
        var boundaryEvents = new List<BoundaryEvent>();
        foreach (var element in elements.Where(e => e.Name.LocalName == "boundaryEvent"))
        {
            var boundary = (BoundaryEvent)Complete(ReadBoundaryEvent(element, scopeId), element, contents);
            boundaryEvents.Add(boundary);
        }

        var attached = boundaryEvents.ToLookup(b => b.AttachedToId);
        var nodes = new List<FlowNode>();
        foreach (var element in elements)
        {
            var node = element.Name.LocalName == "boundaryEvent"
                ? boundaryEvents.First(b => b.Id == _ids[element])
                : Complete(ReadNode(element, scopeId), element, contents);
            if (node is Activity activity) node = activity with { BoundaryEvents = [.. attached[node.Id]] };
            if (!contents.Nodes.TryAdd(node.Id, node)) continue;
            nodes.Add(node);
            if (node is SubProcess) ReadScope(element, node.Id, contents);
        }

        contents.Scopes[scopeId] = new(
            scopeId,
            [.. nodes.OfType<StartEvent>()],
            [.. nodes.OfType<SubProcess>().Where(s => s.TriggeredByEvent)]);
    }

    // ---- references, attributes, problems ---------------------------------------------------------------------

    /// <summary>A reference may carry a namespace prefix (<c>tns:x</c>): it is a QName in BPMN 2.0.2, 15.3.2.</summary>
    string Resolve(string reference)
    {
        reference = reference.Trim();
        return _elements.ContainsKey(reference) ? reference : reference[(reference.LastIndexOf(':') + 1)..];
    }

    /// <summary>The root element of the given type that an attribute refers to; null when there is none.</summary>
    XElement? Referenced(string reference, string type) =>
        _elements.TryGetValue(Resolve(reference), out var element) && element.Name == Bpmn + type ? element : null;

    static bool? Flag(XElement element, string attribute) => ((string?)element.Attribute(attribute))?.Trim() switch
    {
        "true" or "1" => true,
        "false" or "0" => false,
        _ => null,
    };

    /// <summary>Id of the element, or of the nearest one around it that has an id.</summary>
    string IdOf(XElement element) =>
        element.AncestorsAndSelf().Select(e => _ids.GetValueOrDefault(e)).FirstOrDefault(id => id is not null) ?? "";

    void Error(XElement element, string message) => Add(IdOf(element), message, ProblemSeverity.Error);

    void Warn(XElement element, string message) => Add(IdOf(element), message, ProblemSeverity.Warning);

    void Add(string elementId, string message, ProblemSeverity severity) =>
        _problems.Add(new(elementId, message, severity));

    ImmutableArray<ModelProblem> InDocumentOrder()
    {
        var order = new Dictionary<string, int>(StringComparer.Ordinal) { [""] = -1 };
        foreach (var element in _definitions.DescendantsAndSelf())
        {
            if (_ids.TryGetValue(element, out var id)) order.TryAdd(id, order.Count);
        }

        return
        [
            .. _problems.OrderBy(p => order.GetValueOrDefault(p.ElementId, int.MaxValue))
                .ThenByDescending(p => p.Severity).ThenBy(p => p.Message, StringComparer.Ordinal),
        ];
    }

    static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
