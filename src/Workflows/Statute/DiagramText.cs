using System.Collections.Immutable;
using System.Text.RegularExpressions;
using Workflows.Engine.Model;

namespace Workflows.Statute;

/// <summary>
/// The text of a diagram while parts of it are put back as the product has them. Everything else keeps its bytes.
/// </summary>
sealed class DiagramText
{
    readonly string shippedText;
    readonly XmlPlace shippedRoot;
    readonly ProcessDefinition shipped;
    readonly ProcessDefinition edited;
    XmlPlace root;

    DiagramText(
        string text, XmlPlace root, ProcessDefinition edited, string shippedText, XmlPlace shippedRoot,
        ProcessDefinition shipped)
    {
        (Text, this.root, this.edited) = (text, root, edited);
        (this.shippedText, this.shippedRoot, this.shipped) = (shippedText, shippedRoot, shipped);
    }

    public string Text { get; private set; }

    public static DiagramText? Of(Procedure edited, Procedure shipped)
    {
        var (text, product) = (edited.Files[edited.Diagram], shipped.Files[shipped.Diagram]);
        return XmlText.Root(text) is { } root && XmlText.Root(product) is { } productRoot
            ? new(text, root, edited.Definition, product, productRoot, shipped.Definition)
            : null;
    }

    public void PutAll(string text) => Put(new Span(0, Text.Length), text);

    void Put(Span place, string text)
    {
        Text = string.Concat(Text.AsSpan(0, place.Start), text, Text.AsSpan(place.End));
        root = XmlText.Root(Text) ?? root;
    }

    /// <summary>Removes an element with the blanks before it.</summary>
    void Remove(XmlPlace place)
    {
        var start = place.All.Start;
        while (start > 0 && char.IsWhiteSpace(Text[start - 1])) start--;
        Put(new Span(start, place.All.End), "");
    }

    // ---- finding ----------------------------------------------------------------------------------------------

    static XmlPlace? Find(XmlPlace root, string id) => root.ChildrenOf("process")
        .SelectMany(process => process.Descendants().Prepend(process))
        .FirstOrDefault(place => place.Attribute("id") == id);

    static XmlPlace? FindDrawn(XmlPlace root, string id) => Plane(root)?.Children
        .FirstOrDefault(place => place.Attribute("bpmnElement") == id);

    static XmlPlace? Plane(XmlPlace root) => root.Child("BPMNDiagram")?.Child("BPMNPlane");

    public bool Has(string id) => Find(root, id) is not null;

    /// <summary>The text of a part of the product, with the namespaces it needs in the edited file.</summary>
    string Shipped(XmlPlace place)
    {
        var text = shippedText[place.All.Start..place.All.End];
        var missing = Regex.Matches(
                text, @"[<\s/](?<p>[A-Za-z][A-Za-z0-9]*):[A-Za-z]",
                RegexOptions.CultureInvariant | RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)
            .Select(match => "xmlns:" + match.Groups["p"].Value).Distinct(StringComparer.Ordinal)
            .Where(name => shippedRoot.Attribute(name) is { } space && root.Attribute(name) != space)
            .Select(name => $" {name}=\"{shippedRoot.Attribute(name)}\"");
        return text.Insert(place.Name.Length + 1, string.Concat(missing));
    }

    /// <summary>Line break and indentation before an element of the product.</summary>
    string Before(XmlPlace place)
    {
        var start = place.All.Start;
        while (start > 0 && char.IsWhiteSpace(shippedText[start - 1])) start--;
        return shippedText[start..place.All.Start];
    }

    void InsertInto(XmlPlace parent, XmlPlace? behind, XmlPlace part)
    {
        var text = Before(part) + Shipped(part);
        if (behind is not null) Put(new Span(behind.All.End, behind.All.End), text);
        else if (parent.HasEndTag) Put(new Span(parent.Open.End, parent.Open.End), text);
        else
        {
            var at = new Span(parent.All.End - 2, parent.All.End);
            Put(at, $">{text}{Before(part)}</{parent.Name}>");
        }
    }

    // ---- parts of a step --------------------------------------------------------------------------------------

    /// <summary>Puts one extension of a step, or its event definition, back; true when that changes it.</summary>
    public bool ResetPart(string id, string localName)
    {
        var (mine, theirs) = (Find(root, id), Find(shippedRoot, id));
        if (mine is null || theirs is null) return false;
        if (localName.EndsWith("EventDefinition", StringComparison.Ordinal)) return Reset(mine, theirs, localName);
        if (theirs.Child("extensionElements") is not { } extensions) return false;
        if (mine.Child("extensionElements") is not { } own)
        {
            InsertInto(mine, mine.Child("documentation"), extensions);
            return true;
        }
        return Reset(own, extensions, localName);
    }

    bool Reset(XmlPlace mine, XmlPlace theirs, string localName)
    {
        var (has, wanted) = (mine.Child(localName), theirs.Child(localName));
        if (has is null && wanted is null) return false;
        if (wanted is null) Remove(has!);
        else if (has is null) InsertInto(mine, Preceding(mine, theirs, wanted), wanted);
        else if (Same(has, wanted)) return false;
        else Put(has.All, Shipped(wanted));
        return true;
    }

    bool Same(XmlPlace mine, XmlPlace theirs) => Text.AsSpan(mine.All.Start, mine.All.End - mine.All.Start)
        .SequenceEqual(shippedText.AsSpan(theirs.All.Start, theirs.All.End - theirs.All.Start));

    /// <summary>The nearest sibling that stands before the part in the product, by local name.</summary>
    static XmlPlace? Preceding(XmlPlace mine, XmlPlace theirs, XmlPlace part)
    {
        foreach (var sibling in theirs.Children.TakeWhile(one => one != part).Reverse())
        {
            if (mine.Child(sibling.LocalName) is { } found) return found;
        }
        return null;
    }

    /// <summary>Puts one <c>zeebe:property</c> back, on a step or on the process.</summary>
    public bool ResetProperty(string id, string name)
    {
        var (mine, theirs) = (Find(root, id), Find(shippedRoot, id));
        var wanted = theirs?.Child("extensionElements")?.Child("properties");
        if (mine is null || wanted?.Children.FirstOrDefault(one => one.Attribute("name") == name) is not { } part)
            return false;
        if (mine.Child("extensionElements")?.Child("properties") is not { } own) return ResetPart(id, "properties");
        var has = own.Children.FirstOrDefault(one => one.Attribute("name") == name);
        if (has is null) InsertInto(own, own.Children.LastOrDefault(), part);
        else if (Same(has, part)) return false;
        else Put(has.All, Shipped(part));
        return true;
    }

    /// <summary>Puts the whole of a step back but for the flows that enter and leave it.</summary>
    public bool ResetStep(string id)
    {
        var (mine, theirs) = (Find(root, id), Find(shippedRoot, id));
        if (mine is null || theirs is null || Same(mine, theirs)) return false;
        Put(mine.All, Shipped(theirs));
        SyncFlows(id);
        return true;
    }

    public bool ResetAttribute(string id, string name)
    {
        var (mine, theirs) = (Find(root, id), Find(shippedRoot, id));
        return mine is not null && theirs is not null && SetAttribute(mine, name, theirs.Attribute(name));
    }

    bool SetAttribute(XmlPlace place, string name, string? value)
    {
        if (place.Attribute(name) == value) return false;
        var has = place.Attributes.FirstOrDefault(one => one.Name == name);
        if (value is null) Put(new Span(has.Place.Start - name.Length - 3, has.Place.End + 1), "");
        else if (has.Name is not null) Put(has.Place, XmlText.Encoded(value));
        else
        {
            var at = place.Open.Start + 1 + place.Name.Length;
            Put(new Span(at, at), $" {name}=\"{XmlText.Encoded(value)}\"");
        }
        return true;
    }

    // ---- flows ------------------------------------------------------------------------------------------------

    /// <summary>Puts a flow back as the product has it; both its ends must be there.</summary>
    public bool ResetFlow(string id)
    {
        if (!shipped.Flows.TryGetValue(id, out var flow) || Find(shippedRoot, id) is not { } theirs
            || !Has(flow.SourceId) || !Has(flow.TargetId)) return false;
        var touched = new HashSet<string> { flow.SourceId, flow.TargetId };
        if (Find(root, id) is { } mine)
        {
            touched.Add(mine.Attribute("sourceRef") ?? "");
            touched.Add(mine.Attribute("targetRef") ?? "");
            SetAttribute(mine, "sourceRef", flow.SourceId);
            SetAttribute(Find(root, id)!, "targetRef", flow.TargetId);
            var now = Find(root, id)!;
            var conditions = (now.Child("conditionExpression"), theirs.Child("conditionExpression"));
            if (conditions is (null, not null)) Put(now.All, Shipped(theirs));
            else Reset(now, theirs, "conditionExpression");
        }
        else InsertElement(theirs, shipped.Nodes[flow.SourceId].ScopeId);
        ResetDefault(flow.SourceId);
        Draw(id);
        foreach (var node in touched) SyncFlows(node);
        return true;
    }

    /// <summary>The default flow of a node as in the product, where that flow leaves the node.</summary>
    bool ResetDefault(string nodeId)
    {
        if (Find(root, nodeId) is not { } mine || Find(shippedRoot, nodeId)?.Attribute("default") is not { } wanted)
            return false;
        return Find(root, wanted)?.Attribute("sourceRef") == nodeId && SetAttribute(mine, "default", wanted);
    }

    public bool RemoveFlow(string id)
    {
        if (Find(root, id) is not { } mine) return false;
        var ends = new[] { mine.Attribute("sourceRef"), mine.Attribute("targetRef") };
        Remove(mine);
        if (FindDrawn(root, id) is { } drawn) Remove(drawn);
        foreach (var end in ends.OfType<string>())
        {
            if (Find(root, end) is { } node && node.Attribute("default") == id) SetAttribute(node, "default", null);
            ResetDefault(end);
            SyncFlows(end);
        }
        return true;
    }

    void Retarget(string flowId, string targetId)
    {
        if (Find(root, flowId) is not { } mine) return;
        var old = mine.Attribute("targetRef") ?? "";
        SetAttribute(mine, "targetRef", targetId);
        SyncFlows(old);
        SyncFlows(targetId);
    }

    /// <summary>Makes the <c>incoming</c> and <c>outgoing</c> of a node say what the flows say.</summary>
    void SyncFlows(string nodeId)
    {
        if (Find(root, nodeId) is null) return;
        foreach (var (tag, end) in new[] { ("incoming", "targetRef"), ("outgoing", "sourceRef") })
        {
            var wanted = Flows().Where(flow => flow.Attribute(end) == nodeId)
                .Select(flow => flow.Attribute("id")).OfType<string>().ToList();
            for (var i = Find(root, nodeId)!.Children.Length - 1; i >= 0; i--)
            {
                var child = Find(root, nodeId)!.Children[i];
                if (child.LocalName != tag || wanted.Remove(Text[child.Inner.Start..child.Inner.End].Trim())) continue;
                Remove(child);
            }
            foreach (var id in wanted) AddReference(nodeId, tag, id);
        }
    }

    IEnumerable<XmlPlace> Flows() => root.ChildrenOf("process").SelectMany(process => process.Descendants())
        .Where(place => place.LocalName == "sequenceFlow");

    void AddReference(string nodeId, string tag, string flowId)
    {
        var node = Find(root, nodeId)!;
        // Order of the schema: documentation, extensionElements, incoming, outgoing, the rest.
        string[] before = tag == "incoming"
            ? ["documentation", "extensionElements", "incoming"]
            : ["documentation", "extensionElements", "incoming", "outgoing"];
        var behind = node.Children.LastOrDefault(child => before.Contains(child.LocalName));
        var start = node.All.Start;
        while (start > 0 && Text[start - 1] is ' ' or '\t') start--;
        var indent = "\n" + Text[start..node.All.Start] + "  ";
        var prefix = node.Name[..^node.LocalName.Length];
        var reference = $"{indent}<{prefix}{tag}>{XmlText.Encoded(flowId)}</{prefix}{tag}>";
        if (behind is not null) Put(new Span(behind.All.End, behind.All.End), reference);
        else if (node.HasEndTag) Put(new Span(node.Open.End, node.Open.End), reference);
        else Put(new Span(node.All.End - 2, node.All.End), $">{reference}{indent[..^2]}</{node.Name}>");
    }

    // ---- whole elements ---------------------------------------------------------------------------------------

    void InsertElement(XmlPlace part, string scopeId)
    {
        if (Find(root, scopeId) is not { } container || Find(shippedRoot, scopeId) is not { } theirs) return;
        XmlPlace? behind = null;
        foreach (var sibling in theirs.Children.TakeWhile(one => one != part).Reverse())
        {
            if (sibling.Attribute("id") is not { } id) continue;
            behind = container.Children.FirstOrDefault(child => child.Attribute("id") == id);
            if (behind is not null) break;
        }
        behind ??= container.Children.LastOrDefault(
            child => child.LocalName is "extensionElements" or "documentation" or "incoming" or "outgoing");
        InsertInto(container, behind, part);
    }

    /// <summary>Draws an element where the product draws it.</summary>
    void Draw(string id)
    {
        if (FindDrawn(shippedRoot, id) is not { } theirs || Plane(root) is not { } plane) return;
        if (FindDrawn(root, id) is { } mine) Put(mine.All, Shipped(theirs));
        else InsertInto(plane, plane.Children.LastOrDefault(), theirs);
    }

    /// <summary>
    /// Puts a step that is gone back between its neighbours. Steps the office has put between them stay: the way
    /// through them leads to the step again.
    /// </summary>
    public bool RestoreStep(string id)
    {
        if (!shipped.Nodes.TryGetValue(id, out var node) || Find(shippedRoot, id) is not { } theirs || Has(id))
            return false;
        if (node.ScopeId != shipped.Id && !Has(node.ScopeId)) return RestoreStep(node.ScopeId);
        if (node is BoundaryEvent attached && !Has(attached.AttachedToId)) return RestoreStep(attached.AttachedToId);
        InsertElement(theirs, node.ScopeId);
        Draw(id);
        foreach (var inner in Find(shippedRoot, id)!.Descendants())
        {
            if (inner.Attribute("id") is { } innerId) Draw(innerId);
        }
        foreach (var boundary in (node as Activity)?.BoundaryEvents ?? [])
        {
            if (!Has(boundary.Id)) RestoreStep(boundary.Id);
        }
        foreach (var flow in node.Outgoing) ResetFlow(flow.Id);
        foreach (var flow in node.Incoming) LeadTo(flow, node);
        SyncFlows(id);
        return true;
    }

    void LeadTo(SequenceFlow flow, FlowNode node)
    {
        var after = node.Outgoing.Select(one => one.TargetId).ToHashSet();
        foreach (var added in edited.Flows.Values.Where(one => !shipped.Flows.ContainsKey(one.Id)))
        {
            if (!after.Contains(added.TargetId) || !Has(added.Id)) continue;
            if (added.SourceId == flow.SourceId) RemoveFlow(added.Id);
            else if (!shipped.Nodes.ContainsKey(added.SourceId) && ComesFrom(added.SourceId, flow.SourceId))
            {
                Retarget(added.Id, node.Id);
                return;
            }
        }
        ResetFlow(flow.Id);
    }

    /// <summary>Only steps of the office stand between.</summary>
    bool ComesFrom(string nodeId, string sourceId)
    {
        var seen = new HashSet<string>();
        var waiting = new Stack<string>([nodeId]);
        while (waiting.TryPop(out var at))
        {
            if (!seen.Add(at)) continue;
            foreach (var flow in edited.Nodes.GetValueOrDefault(at)?.Incoming ?? [])
            {
                if (flow.SourceId == sourceId) return true;
                if (!shipped.Nodes.ContainsKey(flow.SourceId)) waiting.Push(flow.SourceId);
            }
        }
        return false;
    }
}
