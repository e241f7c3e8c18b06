using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Workflows.Engine.Expressions;

namespace Workflows.Engine.Forms;

/// <summary>What is wrong with a form, and where.</summary>
/// <param name="ComponentId">Id of the component, or empty for the form as a whole.</param>
/// <param name="Key">Its key, when it has one.</param>
/// <param name="Message">An English sentence for the author of the form.</param>
public sealed record FormProblem(string ComponentId, string? Key, string Message);

/// <summary>A form and what is wrong with it; the form is null when it could not be read at all.</summary>
public sealed record FormReading(Form? Form, ImmutableArray<FormProblem> Problems);

/// <summary>
/// Reads the JSON schema of form-js 1.x. The source is not trusted: sizes, depth and patterns are bounded.
/// </summary>
public sealed class FormReader
{
    static readonly FrozenDictionary<string, FormComponentType> Types = new Dictionary<string, FormComponentType>
    {
        ["textfield"] = FormComponentType.Textfield,
        ["textarea"] = FormComponentType.Textarea,
        ["number"] = FormComponentType.Number,
        ["datetime"] = FormComponentType.Datetime,
        ["checkbox"] = FormComponentType.Checkbox,
        ["checklist"] = FormComponentType.Checklist,
        ["radio"] = FormComponentType.Radio,
        ["select"] = FormComponentType.Select,
        ["taglist"] = FormComponentType.Taglist,
        ["filepicker"] = FormComponentType.Filepicker,
        ["expression"] = FormComponentType.Expression,
        ["group"] = FormComponentType.Group,
        ["dynamiclist"] = FormComponentType.Dynamiclist,
        ["table"] = FormComponentType.Table,
        ["text"] = FormComponentType.Text,
        ["html"] = FormComponentType.Html,
        ["image"] = FormComponentType.Image,
        ["button"] = FormComponentType.Button,
        ["separator"] = FormComponentType.Separator,
        ["spacer"] = FormComponentType.Spacer,
        ["iframe"] = FormComponentType.Iframe,
        ["documentPreview"] = FormComponentType.DocumentPreview,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    readonly ImmutableArray<FormProblem>.Builder problems = ImmutableArray.CreateBuilder<FormProblem>();
    int componentCount;

    FormReader()
    {
    }

    public static FormReading Read(string json)
    {
        var reader = new FormReader();
        return new FormReading(reader.ReadForm(json), reader.problems.ToImmutable());
    }

    /// <summary>
    /// What a form of a case must not do: hand free text, names or files to the process, whose variables are seen by
    /// more people than its documents; or hide fields by a condition that is not FEEL, which would show them always.
    /// Asked at deployment of a process with the property <c>case</c> only.
    /// </summary>
    public static ImmutableArray<FormProblem> Lint(Form form)
    {
        var found = ImmutableArray.CreateBuilder<FormProblem>();
        Lint(form.Components, found);
        return found.ToImmutable();
    }

    static void Lint(ImmutableArray<FormComponent> components, ImmutableArray<FormProblem>.Builder found)
    {
        foreach (var component in components)
        {
            if (component.IsProcessVariable && WhyNoVariable(component) is { } reason)
                found.Add(new FormProblem(component.Id, KeyOf(component), reason));
            if (component.Hide is { } hide && FeelExpression.Parse(hide).Problem is { } broken)
                found.Add(new FormProblem(component.Id, KeyOf(component),
                    $"The condition '{hide}' is not FEEL: {broken.Message}"));
            Lint(component.Components, found);
        }
    }

    static string? WhyNoVariable(FormComponent component)
    {
        var pesel = component.Path.Any(part => part.Contains("pesel", StringComparison.OrdinalIgnoreCase))
            || component.Label.Contains("pesel", StringComparison.OrdinalIgnoreCase);
        return component.Type switch
        {
            _ when pesel => "A PESEL number must not become a process variable; it stays in the document.",
            FormComponentType.Select or FormComponentType.Radio or FormComponentType.Checkbox
                or FormComponentType.Checklist or FormComponentType.Taglist or FormComponentType.Number
                or FormComponentType.Datetime => null,
            FormComponentType.Textfield => component.IsKey
                ? null
                : "Free text must not become a process variable; a text field that holds a key says key = true.",
            FormComponentType.Textarea => "Free text must not become a process variable.",
            FormComponentType.Group or FormComponentType.Dynamiclist =>
                "The property process belongs to the fields inside, one by one.",
            _ => "Only choices, yes or no, numbers, dates and keys may become process variables.",
        };
    }

    Form? ReadForm(string json)
    {
        if (json.Length > FormLimits.SchemaCharsMax)
            return Refuse($"The form has {json.Length} characters, at most {FormLimits.SchemaCharsMax} are read.");
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions
            {
                MaxDepth = FormLimits.DepthMax,
                AllowDuplicateProperties = false,
            });
            return ReadRoot(document.RootElement);
        }
        catch (JsonException broken)
        {
            return Refuse($"The form is not readable JSON of at most {FormLimits.DepthMax} levels: {broken.Message}");
        }
        catch (InvalidOperationException broken)
        {
            // Half of a surrogate pair in a text: valid for the parser, unreadable as a string.
            return Refuse($"The form contains a text that is not valid Unicode: {broken.Message}");
        }
    }

    Form? ReadRoot(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object || Array(root, "components") is not { } components)
            return Refuse("Expected a form-js schema: an object with the list 'components'.");
        if (Text(root, "type") is { } type && type != "default")
            return Refuse($"Expected a form of type 'default', but it is '{type}'.");
        var id = Text(root, "id");
        if (string.IsNullOrWhiteSpace(id)) Report("", null, "The form has no id, so no user task can name it.");
        var keys = new FormKeys();
        var read = ReadComponents(components, keys, []);
        return componentCount > FormLimits.ComponentsMax
            ? Refuse($"The form has more than {FormLimits.ComponentsMax} components.")
            : new Form(id ?? "", read, keys) { DocumentTitle = ReadTitle(root) };
    }

    string? ReadTitle(JsonElement root)
    {
        if (Child(root, "properties") is not { } own || Text(own, "documentTitle") is not { } title) return null;
        if (title.Trim().Length is > 0 and <= FormLimits.TitleCharsMax) return title.Trim();
        Report("", null, $"The property documentTitle must have 1 to {FormLimits.TitleCharsMax} characters.");
        return null;
    }

    ImmutableArray<FormComponent> ReadComponents(JsonElement list, FormKeys keys, ImmutableArray<string> prefix)
    {
        var read = ImmutableArray.CreateBuilder<FormComponent>();
        foreach (var element in list.EnumerateArray())
        {
            if (++componentCount > FormLimits.ComponentsMax) break;
            if (ReadComponent(element, keys, prefix) is { } component) read.Add(component);
        }
        return read.ToImmutable();
    }

    FormComponent? ReadComponent(JsonElement element, FormKeys keys, ImmutableArray<string> prefix)
    {
        var place = $"component {componentCount}";
        if (element.ValueKind != JsonValueKind.Object) return Drop(place, null, "A component must be an object.");
        var id = Text(element, "id") ?? place;
        var key = Text(element, "key");
        if (Text(element, "type") is not { } typeName || !Types.TryGetValue(typeName, out var type))
            return Drop(id, key, $"The component type '{Text(element, "type")}' is not one of form-js.");

        var component = new FormComponent
        {
            Id = id,
            Type = type,
            Label = Label(element, key ?? id),
            Hide = Child(element, "conditional") is { } conditional ? Feel(Text(conditional, "hide")) : null,
            Disabled = Flag(element, "disabled"),
            IsProcessVariable = Child(element, "properties") is { } properties && Flag(properties, "process"),
            IsKey = Child(element, "properties") is { } custom && Flag(custom, "key"),
            StaffRole = Child(element, "properties") is { } own ? Text(own, "staff") : null,
        };
        component = WithOwnProperties(element, component);
        if (type is FormComponentType.Group or FormComponentType.Dynamiclist)
            return ReadContainer(element, component, keys, prefix);
        if (!component.IsField) return component;
        if (SegmentsOf(key) is not { } segments)
            return Drop(id, key, "A field needs a key of one or more names separated by dots.");
        var path = prefix.AddRange(segments);
        if (!keys.TryAdd(path, type, out _))
            return Drop(id, key, $"The key '{string.Join('.', path)}' is already used for something else.");
        return WithSpecifics(element, WithRules(element, component with { Path = path }));
    }

    /// <summary>What docs/extensions.md adds to a field; a value nobody reads is reported.</summary>
    FormComponent WithOwnProperties(JsonElement element, FormComponent component)
    {
        if (Child(element, "properties") is not { } own) return component;
        var prefill = Text(own, "prefill");
        if (prefill is not null && (Feel(prefill) is not { } feel || FeelExpression.Parse(feel).Expression is null))
            Report(component.Id, KeyOf(component), $"The property prefill must be FEEL, but it is '{prefill}'.");
        var notAfter = Text(own, "notAfter");
        if (notAfter is not null && (notAfter != "today" || component.Type != FormComponentType.Datetime))
            Report(component.Id, KeyOf(component), "The property notAfter must be 'today', on a date.");
        if (Text(own, "part") is { } part
            && (string.IsNullOrWhiteSpace(part) || component.Type == FormComponentType.Text))
            Report(component.Id, KeyOf(component), "The property part must name a part, on a field, group or list.");
        var format = Text(own, "format");
        if (format is not null && (format != "pesel" || component.Type != FormComponentType.Textfield))
            Report(component.Id, KeyOf(component), "The property format must be 'pesel', on a text field.");
        return component with
        {
            Prefill = Feel(prefill),
            NotAfterToday = notAfter == "today",
            IsPesel = format == "pesel",
            IsSearched = Flag(own, "search"),
        };
    }

    FormComponent? ReadContainer(
        JsonElement element, FormComponent component, FormKeys keys, ImmutableArray<string> prefix)
    {
        var path = Text(element, "path");
        if (Array(element, "components") is not { } children)
            return Drop(component.Id, path, "A group or list needs the list 'components'.");
        if (component.Type == FormComponentType.Group)
        {
            var inner = string.IsNullOrEmpty(path) ? [] : SegmentsOf(path);
            return inner is { } names
                ? component with { Components = ReadComponents(children, keys, prefix.AddRange(names)) }
                : Drop(component.Id, path, "The path of a group must be one or more names separated by dots.");
        }
        if (SegmentsOf(path) is not { } segments)
            return Drop(component.Id, path, "A dynamic list needs a path of one or more names separated by dots.");
        var full = prefix.AddRange(segments);
        if (!keys.TryAdd(full, FormComponentType.Dynamiclist, out var row))
            return Drop(component.Id, path, $"The key '{string.Join('.', full)}' is already used for something else.");
        return component with
        {
            Path = full,
            AllowAddRemove = !element.TryGetProperty("allowAddRemove", out var allow)
                || allow.ValueKind != JsonValueKind.False,
            DefaultRepetitions = Whole(element, "defaultRepetitions") ?? 1,
            Components = ReadComponents(children, row, []),
        };
    }

    FormComponent WithRules(JsonElement element, FormComponent component)
    {
        if (Child(element, "validate") is not { } validate) return component;
        return component with
        {
            Required = Flag(validate, "required"),
            MinLength = Bound(component, validate, "minLength"),
            MaxLength = Bound(component, validate, "maxLength"),
            Min = Bound(component, validate, "min"),
            Max = Bound(component, validate, "max"),
            Pattern = Pattern(component, Text(validate, "pattern")),
            PatternMessage = Text(validate, "patternErrorMessage"),
            ValidationType = Text(validate, "validationType"),
        };
    }

    FormComponent WithSpecifics(JsonElement element, FormComponent component)
    {
        switch (component.Type)
        {
            case FormComponentType.Number:
                return component with
                {
                    DecimalDigits = Whole(element, "decimalDigits"),
                    Increment = Number(element, "increment") is { } increment and > 0 ? increment : null,
                    SerializeToString = Flag(element, "serializeToString"),
                };
            case FormComponentType.Datetime:
                var subtype = Text(element, "subtype") ?? "date";
                if (subtype is not ("date" or "time" or "datetime"))
                    Report(component.Id, KeyOf(component), $"The subtype '{subtype}' is not date, time or datetime.");
                return component with
                {
                    Subtype = subtype,
                    DisallowPassedDates = Flag(element, "disallowPassedDates"),
                    TimeInterval = Whole(element, "timeInterval") is { } minutes and >= 1 and <= 60 ? minutes : null,
                };
            case FormComponentType.Radio or FormComponentType.Select or FormComponentType.Checklist
                or FormComponentType.Taglist:
                return component with { Options = Options(element, component) };
            default:
                return component;
        }
    }

    ImmutableHashSet<string>? Options(JsonElement element, FormComponent component)
    {
        if (Array(element, "values") is { } values)
            return [.. values.EnumerateArray().Select(one => CanonicalJson.Of(
                one.ValueKind == JsonValueKind.Object && one.TryGetProperty("value", out var value) ? value : one))];
        if (Text(element, "valuesKey") is null && Text(element, "valuesExpression") is null)
            Report(component.Id, KeyOf(component), "A choice needs 'values', 'valuesKey' or 'valuesExpression'.");
        return null;
    }

    FormBound? Bound(FormComponent component, JsonElement validate, string name)
    {
        if (Feel(Text(validate, name)) is { } expression) return new FormBound(null, expression);
        if (Number(validate, name) is { } number) return new FormBound(number, null);
        if (validate.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null
            && (value.ValueKind != JsonValueKind.String || value.GetString() != ""))
            Report(component.Id, KeyOf(component), $"The rule '{name}' must be a number or FEEL.");
        return null;
    }

    Regex? Pattern(FormComponent component, string? pattern)
    {
        if (string.IsNullOrEmpty(pattern)) return null;
        if (pattern.Length > FormLimits.PatternCharsMax)
        {
            Report(component.Id, KeyOf(component),
                $"The pattern is longer than {FormLimits.PatternCharsMax} characters.");
            return null;
        }
        try
        {
            return new Regex(AsInBrowser(pattern), RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
        }
        catch (Exception unsupported) when (unsupported is NotSupportedException or ArgumentException)
        {
            Report(component.Id, KeyOf(component),
                $"The pattern '{pattern}' cannot be checked in linear time on the server (look-around, back " +
                $"reference) or is not valid: {unsupported.Message}");
            return null;
        }
    }

    // The browser's \d and \w are ASCII and its $ is the very end; .NET would also take other digits and a last
    // newline.
    static string AsInBrowser(string pattern)
    {
        var text = new StringBuilder(pattern.Length + 16);
        var inClass = false;
        for (var i = 0; i < pattern.Length; i++)
        {
            var sign = pattern[i];
            if (sign == '\\' && i + 1 < pattern.Length)
            {
                var next = pattern[++i];
                text.Append((next, inClass) switch
                {
                    ('d', true) => "0-9",
                    ('d', false) => "[0-9]",
                    ('D', false) => "[^0-9]",
                    ('w', true) => "A-Za-z0-9_",
                    ('w', false) => "[A-Za-z0-9_]",
                    ('W', false) => "[^A-Za-z0-9_]",
                    _ => $"\\{next}",
                });
                continue;
            }
            // A second "[" inside a class is an ordinary sign for the browser; .NET may read a subtraction.
            text.Append((sign, inClass) switch
            {
                ('[', true) => "\\[",
                ('$', false) => "\\z",
                _ => sign.ToString(),
            });
            inClass = sign == '[' || (inClass && sign != ']');
        }
        return text.ToString();
    }

    static string Label(JsonElement element, string otherwise)
    {
        var label = Text(element, "label") ?? Text(element, "dateLabel") ?? Text(element, "timeLabel");
        // A label in FEEL depends on data; the message then names the key.
        return string.IsNullOrWhiteSpace(label) || label.StartsWith('=') ? otherwise : label.Trim();
    }

    static ImmutableArray<string>? SegmentsOf(string? key)
    {
        if (string.IsNullOrWhiteSpace(key)) return null;
        var segments = key.Split('.');
        return segments.Any(string.IsNullOrWhiteSpace) ? null : [.. segments];
    }

    static string? KeyOf(FormComponent component) =>
        component.Path.IsEmpty ? null : string.Join('.', component.Path);

    static string? Feel(string? text) => text is not null && text.StartsWith('=') ? text[1..] : null;

    static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;

    static bool Flag(JsonElement element, string name) => element.TryGetProperty(name, out var value)
        && (value.ValueKind == JsonValueKind.True
            || (value.ValueKind == JsonValueKind.String
                && string.Equals(value.GetString(), "true", StringComparison.OrdinalIgnoreCase)));

    static decimal? Number(JsonElement element, string name)
    {
        if (!element.TryGetProperty(name, out var value)) return null;
        return value.ValueKind switch
        {
            JsonValueKind.Number when value.TryGetDecimal(out var number) => number,
            JsonValueKind.String when decimal.TryParse(
                value.GetString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) => number,
            _ => null,
        };
    }

    static int? Whole(JsonElement element, string name) =>
        Number(element, name) is { } number and >= 0 and <= 1_000_000 ? (int)number : null;

    static JsonElement? Child(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Object ? value : null;

    static JsonElement? Array(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Array ? value : null;

    Form? Refuse(string message)
    {
        Report("", null, message);
        return null;
    }

    FormComponent? Drop(string id, string? key, string message)
    {
        Report(id, key, message);
        return null;
    }

    void Report(string id, string? key, string message)
    {
        if (problems.Count < FormLimits.ProblemsMax) problems.Add(new FormProblem(id, key, message));
    }
}
