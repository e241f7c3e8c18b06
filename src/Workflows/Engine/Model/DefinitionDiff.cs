using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Xml.Linq;
using Workflows.Engine.Forms;

namespace Workflows.Engine.Model;

public enum ChangeKind
{
    Added,
    Changed,
    Removed,
}

/// <summary>An element of the diagram: a node, a flow or the process.</summary>
public sealed record ElementChange(string ElementId, ChangeKind Change);

/// <param name="File">Name of the file.</param>
/// <param name="ElementId">Element of the diagram, component of a form, rule of a table; null: the file.</param>
/// <param name="Text">Plain Polish: <c>„Przeprowadź wywiad”: termin: 14 -> 7 dni roboczych</c>.</param>
public sealed record ChangeLine(string File, string? ElementId, ChangeKind Change, string Text);

public sealed record DefinitionChanges(ImmutableArray<ElementChange> Elements, ImmutableArray<ChangeLine> Lines);

/// <summary>
/// What differs between two versions of a procedure, for the picture and in words. Nothing stays unsaid: what has no
/// words of its own is named as another change of its element or file.
/// </summary>
public static class DefinitionDiff
{
    static readonly XNamespace Bpmn = BpmnReader.ModelNamespace;

    /// <param name="before">Name to content.</param>
    /// <param name="after">Name to content.</param>
    /// <param name="roleName">A role in the words of the centre.</param>
    public static DefinitionChanges Compare(
        IReadOnlyDictionary<string, string> before, IReadOnlyDictionary<string, string> after,
        Func<string, string> roleName)
    {
        var elements = ImmutableArray.CreateBuilder<ElementChange>();
        var lines = ImmutableArray.CreateBuilder<ChangeLine>();
        var labels = LabelsOf(before.Concat(after));
        foreach (var name in before.Keys.Union(after.Keys, StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            var (old, now) = (before.GetValueOrDefault(name), after.GetValueOrDefault(name));
            if (old == now) continue;
            var count = lines.Count;
            if (name.EndsWith(".bpmn", StringComparison.Ordinal))
                Diagrams(name, old ?? "", now ?? "", new DefinitionWords(roleName, labels.GetValueOrDefault),
                    elements, lines);
            else if (old is null) lines.Add(new(name, null, ChangeKind.Added, $"Nowy plik: {TitleOf(name, now!)}"));
            else if (now is null) lines.Add(new(name, null, ChangeKind.Removed, $"Usunięto: {TitleOf(name, old)}"));
            else if (name.EndsWith(".form", StringComparison.Ordinal)) FormsOf(name, old, now, lines);
            else Tables(name, old, now, lines);
            if (lines.Count == count)
                lines.Add(new(name, null, ChangeKind.Changed, $"{name}: zmienił się układ albo sam zapis pliku"));
        }
        return new DefinitionChanges(elements.ToImmutable(), lines.ToImmutable());
    }

    // What is answered in a form is known to people by its label; the newest word wins.
    static Dictionary<string, string?> LabelsOf(IEnumerable<KeyValuePair<string, string>> files)
    {
        var labels = new Dictionary<string, string?>(StringComparer.Ordinal);
        foreach (var (name, text) in files)
        {
            if (!name.EndsWith(".form", StringComparison.Ordinal)) continue;
            foreach (var (key, field) in Fields(text) ?? [])
            {
                if ((TextOf(field, "label") ?? TextOf(field, "dateLabel")) is { Length: > 0 } label)
                    labels[key] = label;
            }
        }
        return labels;
    }

    static string TitleOf(string name, string text) => name.EndsWith(".form", StringComparison.Ordinal)
        ? Parsed(text) is { } form && form["properties"] is JsonObject properties
            && TextOf(properties, "documentTitle") is { Length: > 0 } noun ? $"formularz „{noun}”" : $"formularz {name}"
        : Xml(text)?.Attribute("name")?.Value is { } title ? $"tabela „{title}”" : $"tabela {name}";

    static XElement? Xml(string text) => SafeXml.Load(Encoding.UTF8.GetBytes(text), XmlLimits.Dmn).Root;

    // ---- diagrams ------------------------------------------------------------------------------------------------

    /// <summary>One element with its words, and its XML for what the words do not say.</summary>
    sealed record Told(string Title, ImmutableArray<(string Label, string Value)> Facts, string Xml);

    static void Diagrams(
        string file, string old, string now, DefinitionWords words,
        ImmutableArray<ElementChange>.Builder elements, ImmutableArray<ChangeLine>.Builder lines)
    {
        var (before, after) = (Elements(old, words), Elements(now, words));
        foreach (var id in before.Keys.Where(id => !after.ContainsKey(id)))
            Add(id, ChangeKind.Removed, $"Usunięto: {before[id].Title}");
        foreach (var (id, told) in after)
        {
            if (!before.TryGetValue(id, out var was))
            {
                var facts = string.Join("; ", told.Facts.Where(fact => fact.Label != DefinitionWords.NameLabel)
                    .Select(fact => $"{fact.Label}: {fact.Value}"));
                Add(id, ChangeKind.Added, $"Dodano: {told.Title}" + (facts.Length == 0 ? "" : $" ({facts})"));
                continue;
            }
            var count = lines.Count;
            foreach (var text in Differences(was.Facts, told.Facts))
                lines.Add(new(file, id, ChangeKind.Changed, $"{told.Title}: {text}"));
            if (lines.Count == count && was.Xml != told.Xml)
                lines.Add(new(file, id, ChangeKind.Changed, $"{told.Title}: zmieniono opis albo inne ustawienia"));
            if (lines.Count > count) elements.Add(new(id, ChangeKind.Changed));
        }

        void Add(string id, ChangeKind change, string text)
        {
            elements.Add(new(id, change));
            lines.Add(new(file, id, change, text));
        }
    }

    static IEnumerable<string> Differences(
        ImmutableArray<(string Label, string Value)> before, ImmutableArray<(string Label, string Value)> after)
    {
        foreach (var label in after.Select(fact => fact.Label).Union(before.Select(fact => fact.Label)))
        {
            var old = before.FirstOrDefault(fact => fact.Label == label).Value;
            var now = after.FirstOrDefault(fact => fact.Label == label).Value;
            if (old == now) continue;
            yield return old is null ? $"{label}: dodano {now}"
                : now is null ? $"{label}: usunięto {old}"
                : $"{label}: {DefinitionWords.FromTo(old, now)}";
        }
    }

    static Dictionary<string, Told> Elements(string text, DefinitionWords words)
    {
        var found = new Dictionary<string, Told>(StringComparer.Ordinal);
        var bytes = Encoding.UTF8.GetBytes(text);
        if (SafeXml.Load(bytes, XmlLimits.Bpmn).Root is not { } root) return found;
        var processes = BpmnReader.Read(bytes).Processes;
        var executed = processes.SelectMany(process => process.Nodes.Keys.Concat(process.Flows.Keys).Append(process.Id))
            .ToHashSet(StringComparer.Ordinal);
        var xml = root.Descendants().Where(element => element.Name.Namespace == Bpmn)
            .Where(element => element.Attribute("id") is not null)
            .DistinctBy(element => element.Attribute("id")!.Value, StringComparer.Ordinal)
            .ToDictionary(element => element.Attribute("id")!.Value, StringComparer.Ordinal);
        foreach (var process in processes)
        {
            Tell(process.Id, $"Procedura „{process.Name ?? process.Id}”", words.Of(process));
            foreach (var node in process.Nodes.Values.OrderBy(node => node.Id, StringComparer.Ordinal))
                Tell(node.Id, DefinitionWords.TitleOf(node), words.Of(node, process));
            foreach (var flow in process.Flows.Values.OrderBy(flow => flow.Id, StringComparer.Ordinal))
                Tell(flow.Id, DefinitionWords.TitleOf(flow, process), DefinitionWords.Of(flow, process));
        }
        // Messages, errors and what carries no token: only that they changed is said.
        foreach (var (id, element) in xml.Where(pair => !executed.Contains(pair.Key)))
        {
            if (element.Parent is not { } parent) continue;
            var owner = parent.Attribute("id")?.Value;
            var isPart = owner is not null && executed.Contains(owner) && parent.Name != Bpmn + "process"
                && parent.Name != Bpmn + "subProcess";
            if (!isPart) found[id] = new Told(DefinitionWords.TitleOf(element), [], Own(element, executed));
        }
        return found;

        void Tell(string id, string title, ImmutableArray<(string, string)> facts) => found[id] = new Told(
            title, facts, xml.TryGetValue(id, out var element) ? Own(element, executed) : "");
    }

    /// <summary>An element without the elements inside it that are told by themselves, and white space.</summary>
    static string Own(XElement element, HashSet<string> executed)
    {
        var copy = new XElement(element);
        copy.Descendants().Where(part => part.Name == Bpmn + "incoming" || part.Name == Bpmn + "outgoing"
            || (part.Name.Namespace == Bpmn && part.Attribute("id") is { } id && executed.Contains(id.Value))
            || part.Name.LocalName is "BPMNDiagram" or "laneSet").ToList().ForEach(part => part.Remove());
        foreach (var blank in copy.DescendantNodes().OfType<XText>().Where(t => string.IsNullOrWhiteSpace(t.Value))
            .ToList())
        {
            blank.Remove();
        }
        return copy.ToString(SaveOptions.DisableFormatting);
    }

    // ---- forms ---------------------------------------------------------------------------------------------------

    static void FormsOf(string file, string old, string now, ImmutableArray<ChangeLine>.Builder lines)
    {
        var (before, after) = (Fields(old), Fields(now));
        if (before is null || after is null) return;
        var title = TitleOf(file, now);
        foreach (var (id, field) in before.Where(field => !after.ContainsKey(field.Key)))
        {
            lines.Add(new(file, ComponentOf(field, id), ChangeKind.Removed, $"{title}: usunięto {TitleOf(field)}"));
        }
        foreach (var (id, field) in after)
        {
            if (!before.TryGetValue(id, out var was))
            {
                lines.Add(new(file, ComponentOf(field, id), ChangeKind.Added, $"{title}: dodano {TitleOf(field)}"));
                continue;
            }
            foreach (var text in Properties(was, field))
                lines.Add(new(file, ComponentOf(field, id), ChangeKind.Changed, $"{title}: {TitleOf(field)}: {text}"));
        }
        foreach (var text in Properties(Root(old), Root(now)))
            lines.Add(new(file, null, ChangeKind.Changed, $"{title}: {text}"));
        if (before.Keys.Intersect(after.Keys, StringComparer.Ordinal).SequenceEqual(
            after.Keys.Intersect(before.Keys, StringComparer.Ordinal), StringComparer.Ordinal)) return;
        lines.Add(new(file, null, ChangeKind.Changed, $"{title}: zmieniono kolejność pól"));
    }

    static readonly string[] Layout = ["id", "components", "layout", "schemaVersion", "exporter"];

    /// <summary>Components by key, or by id where they have none; null when it is no form.</summary>
    static Dictionary<string, JsonObject>? Fields(string json)
    {
        var fields = new Dictionary<string, JsonObject>(StringComparer.Ordinal);
        if (Parsed(json) is not { } form) return null;
        Collect(form, "");
        return fields;

        void Collect(JsonObject owner, string path)
        {
            if (owner["components"] is not JsonArray components) return;
            foreach (var component in components.OfType<JsonObject>())
            {
                var key = TextOf(component, "key") ?? TextOf(component, "path") ?? TextOf(component, "id") ?? "?";
                var name = path.Length == 0 ? key : $"{path}.{key}";
                // Two variants of one field, hidden in turn, share a key.
                if (!fields.TryAdd(name, component)) fields.TryAdd($"{name}#{TextOf(component, "id")}", component);
                Collect(component, name);
            }
        }
    }

    static JsonObject Root(string json) => Parsed(json) ?? [];

    static JsonObject? Parsed(string json)
    {
        try
        {
            return JsonNode.Parse(json, documentOptions: new() { MaxDepth = FormLimits.DepthMax }) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    static IEnumerable<string> Properties(JsonObject before, JsonObject after)
    {
        var (old, now) = (Flat(before), Flat(after));
        foreach (var name in now.Keys.Union(old.Keys, StringComparer.Ordinal))
        {
            var (was, value) = (old.GetValueOrDefault(name), now.GetValueOrDefault(name));
            if (was == value) continue;
            var label = DefinitionWords.OfFormProperty(name);
            yield return was is null ? $"{label}: dodano {value}"
                : value is null ? $"{label}: usunięto {was}"
                : $"{label}: {was} -> {value}";
        }
    }

    static Dictionary<string, string> Flat(JsonObject component)
    {
        var facts = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in component.Where(pair => !Layout.Contains(pair.Key)))
        {
            if (value is JsonObject nested)
            {
                foreach (var (inner, text) in Flat(nested)) facts[inner] = text;
            }
            else if (value is JsonArray list) facts[name] = string.Join(", ", list.Select(Shown));
            else facts[name] = Shown(value);
        }
        return facts;
    }

    static string Shown(JsonNode? value) => value switch
    {
        null => "brak",
        JsonObject option when TextOf(option, "label") is { } label => $"„{label}” ({TextOf(option, "value")})",
        JsonValue text when text.TryGetValue<bool>(out var flag) => flag ? "tak" : "nie",
        JsonValue text when text.TryGetValue<string>(out var plain) => plain,
        _ => value.ToJsonString(),
    };

    static string? TextOf(JsonObject owner, string name) =>
        owner[name] is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    static string ComponentOf(KeyValuePair<string, JsonObject> field, string id) => ComponentOf(field.Value, id);

    static string ComponentOf(JsonObject field, string id) => TextOf(field, "id") ?? id;

    static string TitleOf(JsonObject field) =>
        TextOf(field, "label") is { Length: > 0 } label ? $"pole „{label}”"
        : TextOf(field, "key") is { } key ? $"pole {key}"
        : $"element „{TextOf(field, "text") ?? TextOf(field, "type")}”";

    // ---- tables --------------------------------------------------------------------------------------------------

    static void Tables(string file, string old, string now, ImmutableArray<ChangeLine>.Builder lines)
    {
        if (Xml(old) is not { } before || Xml(now) is not { } after) return;
        var title = TitleOf(file, now);
        var (was, rows) = (Rows(before), Rows(after));
        foreach (var (id, row) in was.Where(row => !rows.ContainsKey(row.Key)))
            lines.Add(new(file, id, ChangeKind.Removed, $"{title}: usunięto wiersz {row.Number}: {row.Text}"));
        foreach (var (id, row) in rows)
        {
            if (!was.TryGetValue(id, out var other))
                lines.Add(new(file, id, ChangeKind.Added, $"{title}: dodano wiersz {row.Number}: {row.Text}"));
            else if (other.Text != row.Text)
            {
                lines.Add(new(
                    file, id, ChangeKind.Changed, $"{title}: wiersz {row.Number}: {other.Text} -> {row.Text}"));
            }
        }
        var (columns, others) = (Columns(after), Columns(before));
        if (columns != others)
            lines.Add(new(file, null, ChangeKind.Changed, $"{title}: kolumny: {others} -> {columns}"));
        if (rows.Keys.Where(was.ContainsKey).SequenceEqual(was.Keys.Where(rows.ContainsKey), StringComparer.Ordinal))
            return;
        lines.Add(new(file, null, ChangeKind.Changed, $"{title}: zmieniono kolejność wierszy"));
    }

    static Dictionary<string, (int Number, string Text)> Rows(XElement root)
    {
        var rows = new Dictionary<string, (int, string)>(StringComparer.Ordinal);
        foreach (var table in root.Descendants().Where(element => element.Name.LocalName == "decisionTable"))
        {
            var number = 0;
            foreach (var rule in table.Elements().Where(element => element.Name.LocalName == "rule"))
            {
                number++;
                rows.TryAdd(
                    rule.Attribute("id")?.Value ?? $"{table.Attribute("id")?.Value}/{number}",
                    (number, $"{Cells(rule, "inputEntry")} => {Cells(rule, "outputEntry")}"));
            }
        }
        return rows;
    }

    static string Cells(XElement rule, string kind) => string.Join(" | ", rule.Elements()
        .Where(element => element.Name.LocalName == kind)
        .Select(element => element.Value.Trim() is { Length: > 0 } text ? text : "-"));

    static string Columns(XElement root) => string.Join("; ", root.Descendants()
        .Where(element => element.Name.LocalName == "decisionTable")
        .Select(table => $"{table.Attribute("hitPolicy")?.Value ?? "UNIQUE"}: " + string.Join(", ", table.Elements()
            .Where(element => element.Name.LocalName is "input" or "output")
            .Select(column => column.Attribute("label")?.Value ?? column.Attribute("name")?.Value
                ?? column.Value.Trim()))));
}
