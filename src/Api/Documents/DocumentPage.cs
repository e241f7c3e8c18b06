using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Workflows.Engine.Forms;

namespace Api.Documents;

/// <summary>
/// A completed form in words, ready to be put on paper: what the page for print, the .docx and the PDF have in common.
/// </summary>
/// <param name="Facts">Case, version, author, dates: label and value.</param>
public sealed record DocumentPage(
    string Centre, string Title, ImmutableArray<KeyValuePair<string, string>> Facts,
    ImmutableArray<DocumentPart> Parts);

public abstract record DocumentPart
{
    /// <param name="Level">2 or deeper; 1 is the title.</param>
    public sealed record Heading(int Level, string Text) : DocumentPart;

    /// <param name="Lines">What was answered, in words; a text keeps its lines.</param>
    public sealed record Answer(string Label, ImmutableArray<string> Lines) : DocumentPart;

    /// <summary>A list of the form: a column for each field, a row for each entry.</summary>
    public sealed record Table(
        string Caption, ImmutableArray<string> Columns, ImmutableArray<ImmutableArray<string>> Rows) : DocumentPart;
}

/// <summary>Puts the answers to a form into words: labels of options, Polish dates, yes and no.</summary>
public sealed class DocumentReader
{
    const int HeadingLevelMax = 6;
    static readonly CultureInfo Polish = CultureInfo.GetCultureInfo("pl-PL");

    readonly Dictionary<string, JsonElement> schemaById = new(StringComparer.Ordinal);
    readonly Func<string, string> nameOf;
    readonly TimeZoneInfo zone;
    readonly ImmutableArray<DocumentPart>.Builder parts = ImmutableArray.CreateBuilder<DocumentPart>();

    DocumentReader(Func<string, string> nameOf, TimeZoneInfo zone)
    {
        this.nameOf = nameOf;
        this.zone = zone;
    }

    /// <param name="schema">The form-js schema the author had before her.</param>
    /// <param name="content">A JSON object: the answers.</param>
    /// <param name="nameOf">Name of a colleague by user name, for fields that name one.</param>
    public static ImmutableArray<DocumentPart> Read(
        string schema, JsonElement content, Func<string, string> nameOf, TimeZoneInfo zone)
    {
        if (FormReader.Read(schema).Form is not { } form) return [];
        using var document = JsonDocument.Parse(schema);
        var reader = new DocumentReader(nameOf, zone);
        reader.Index(document.RootElement);
        reader.Add(form.Components, content, level: 2);
        return reader.parts.ToImmutable();
    }

    /// <summary>User names among the answers of fields that name a colleague.</summary>
    public static IEnumerable<string> StaffIn(string schema, JsonElement content) =>
        FormReader.Read(schema).Form is { } form ? StaffIn(form.Components, content) : [];

    static IEnumerable<string> StaffIn(ImmutableArray<FormComponent> components, JsonElement content) =>
        components.SelectMany(component => component switch
        {
            { Type: FormComponentType.Group } => StaffIn(component.Components, content),
            { Type: FormComponentType.Dynamiclist } => Rows(content, component.Path)
                .SelectMany(row => StaffIn(component.Components, row)),
            { StaffRole: not null } when Find(content, component.Path) is { ValueKind: JsonValueKind.String } name =>
                [name.GetString()!],
            _ => [],
        });

    void Index(JsonElement element)
    {
        if (!element.TryGetProperty("components", out var children)
            || children.ValueKind != JsonValueKind.Array) return;
        foreach (var child in children.EnumerateArray().Where(one => one.ValueKind == JsonValueKind.Object))
        {
            if (child.TryGetProperty("id", out var id) && id.ValueKind == JsonValueKind.String)
                schemaById[id.GetString()!] = child;
            Index(child);
        }
    }

    void Add(ImmutableArray<FormComponent> components, JsonElement content, int level)
    {
        foreach (var component in components)
        {
            switch (component.Type)
            {
                case FormComponentType.Group:
                    AddGroup(component, content, level);
                    break;
                case FormComponentType.Dynamiclist:
                    AddTable(component, content);
                    break;
                default:
                    if (component.IsField) AddAnswer(component, content);
                    break;
            }
        }
    }

    void AddGroup(FormComponent group, JsonElement content, int level)
    {
        // Hidden or left empty: its heading alone would say nothing.
        if (!HasAnswers(group.Components, content)) return;
        parts.Add(new DocumentPart.Heading(level, group.Label));
        Add(group.Components, content, Math.Min(level + 1, HeadingLevelMax));
    }

    static bool HasAnswers(ImmutableArray<FormComponent> components, JsonElement content) =>
        components.Any(one => one.Type == FormComponentType.Group
            ? HasAnswers(one.Components, content)
            : IsAnswered(Find(content, one.Path)));

    /// <summary>A required field always is; one that may stay empty and did is left out of the document.</summary>
    static bool IsAnswered(JsonElement? value) => value is { } given && given.ValueKind switch
    {
        JsonValueKind.Null or JsonValueKind.Undefined => false,
        JsonValueKind.String => !string.IsNullOrWhiteSpace(given.GetString()),
        JsonValueKind.Array => given.GetArrayLength() > 0,
        _ => true,
    };

    void AddAnswer(FormComponent field, JsonElement content)
    {
        if (Find(content, field.Path) is not { } value || !IsAnswered(value)) return;
        parts.Add(new DocumentPart.Answer(field.Label, [.. Words(field, value).Split('\n')]));
    }

    void AddTable(FormComponent list, JsonElement content)
    {
        var rows = Rows(content, list.Path);
        if (rows.Length == 0) return;
        var columns = Columns(list.Components).ToImmutableArray();
        parts.Add(new DocumentPart.Table(
            list.Label, [.. columns.Select(column => column.Label)],
            [.. rows.Select(row => columns.Select(column => Cell(column, row)).ToImmutableArray())]));
    }

    static IEnumerable<FormComponent> Columns(ImmutableArray<FormComponent> components) =>
        components.SelectMany(one => one.Type switch
        {
            FormComponentType.Group => Columns(one.Components),
            FormComponentType.Dynamiclist => [one],
            _ when one.IsField => [one],
            _ => [],
        });

    /// <summary>A list inside of a row has no table of its own: its entries become lines of the cell.</summary>
    string Cell(FormComponent column, JsonElement row)
    {
        if (column.Type != FormComponentType.Dynamiclist)
            return Find(row, column.Path) is { } value && IsAnswered(value) ? Words(column, value) : "";
        var inner = Columns(column.Components).ToList();
        return string.Join('\n', Rows(row, column.Path).Select(entry => string.Join(
            ", ", inner.Select(field => Cell(field, entry)).Where(text => text.Length > 0))));
    }

    // ---- words ----------------------------------------------------------------------------------------------------

    string Words(FormComponent field, JsonElement value) => field.Type switch
    {
        FormComponentType.Checkbox => value.ValueKind == JsonValueKind.True ? "tak" : "nie",
        FormComponentType.Select or FormComponentType.Radio => LabelOf(field, value),
        FormComponentType.Checklist or FormComponentType.Taglist when value.ValueKind == JsonValueKind.Array =>
            string.Join("; ", value.EnumerateArray().Select(one => LabelOf(field, one))),
        FormComponentType.Datetime => Dated(field, Plain(value)),
        FormComponentType.Number => WithUnit(field, Counted(value)),
        _ when field.StaffRole is not null => nameOf(Plain(value)),
        _ => Plain(value),
    };

    string LabelOf(FormComponent field, JsonElement value)
    {
        if (schemaById.TryGetValue(field.Id, out var schema) && schema.TryGetProperty("values", out var options)
            && options.ValueKind == JsonValueKind.Array)
        {
            var sought = CanonicalJson.Of(value);
            foreach (var option in options.EnumerateArray())
            {
                if (option.ValueKind == JsonValueKind.Object && option.TryGetProperty("value", out var one)
                    && CanonicalJson.Of(one) == sought && option.TryGetProperty("label", out var label)
                    && label.GetString() is { Length: > 0 } text) return text;
            }
        }
        return Plain(value);
    }

    string Dated(FormComponent field, string text)
    {
        if (field.Subtype == "time") return text.Length >= 5 ? text[..5] : text;
        if (field.Subtype == "date" && DateOnly.TryParse(text, CultureInfo.InvariantCulture, out var day))
            return OnPaper(day);
        return DateTimeOffset.TryParse(
            text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var moment)
            ? OnPaper(moment, zone)
            : text;
    }

    public static string OnPaper(DateOnly day) => day.ToString("d MMMM yyyy", Polish) + " r.";

    public static string OnPaper(DateTimeOffset moment, TimeZoneInfo zone) =>
        TimeZoneInfo.ConvertTime(moment, zone).ToString("d MMMM yyyy 'r., godz.' HH:mm", Polish);

    static string Counted(JsonElement value) => value.ValueKind == JsonValueKind.Number
        && value.TryGetDecimal(out var number)
        ? number.ToString("#,0.############", Polish)
        : Plain(value);

    string WithUnit(FormComponent field, string number)
    {
        if (!schemaById.TryGetValue(field.Id, out var schema)
            || !schema.TryGetProperty("appearance", out var appearance)
            || appearance.ValueKind != JsonValueKind.Object) return number;
        string Adorner(string name) =>
            appearance.TryGetProperty(name, out var text) && text.ValueKind == JsonValueKind.String
                ? text.GetString()!
                : "";
        return $"{Adorner("prefixAdorner")} {number} {Adorner("suffixAdorner")}".Trim();
    }

    static string Plain(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString()!.ReplaceLineEndings("\n"),
        JsonValueKind.True => "tak",
        JsonValueKind.False => "nie",
        _ => value.GetRawText(),
    };

    // ---- where an answer lies -------------------------------------------------------------------------------------

    static JsonElement? Find(JsonElement content, ImmutableArray<string> path)
    {
        if (path.IsEmpty) return null;
        foreach (var segment in path)
        {
            if (content.ValueKind != JsonValueKind.Object || !content.TryGetProperty(segment, out content)) return null;
        }
        return content;
    }

    static JsonElement[] Rows(JsonElement content, ImmutableArray<string> path) =>
        Find(content, path) is { ValueKind: JsonValueKind.Array } rows ? [.. rows.EnumerateArray()] : [];
}
