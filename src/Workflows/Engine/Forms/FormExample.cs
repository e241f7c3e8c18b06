using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Workflows.Engine.Forms;

/// <summary>
/// Invents an answer that a form accepts: fields that are required or that the procedure looks at. The checks of
/// <see cref="FormValidator"/> alone decide what is missing, so an example satisfies what a person's answer must.
/// </summary>
public sealed class FormExample
{
    /// <summary>Each round fills what the one before was missing; conditions may show further fields.</summary>
    const int RoundsMax = 12;

    readonly Form form;
    readonly FormContext context;
    readonly Func<string, string> staff;
    readonly Dictionary<string, JsonArray> options;

    FormExample(Form form, string schema, FormContext context, Func<string, string> staff)
    {
        (this.form, this.context, this.staff) = (form, context, staff);
        options = OptionsOf(schema);
    }

    /// <param name="schema">JSON of the form.</param>
    /// <param name="context">As for the check of an answer.</param>
    /// <param name="staff">A user name for roles separated by commas, or for <see cref="FormComponent.AnyStaff"/>.
    /// </param>
    /// <returns>JSON object; it may still be refused where the form asks for what cannot be guessed, e.g. a pattern.
    /// </returns>
    public static JsonObject Of(Form form, string schema, FormContext context, Func<string, string> staff) =>
        new FormExample(form, schema, context, staff).Invent();

    JsonObject Invent()
    {
        var answer = new JsonObject();
        Fill(form.Components, answer, field => field.IsProcessVariable || field.Required);
        for (var round = 0; round < RoundsMax; round++)
        {
            var problems = FormValidator.Validate(form, JsonSerializer.SerializeToElement(answer), context).Problems;
            if (problems.IsEmpty) break;
            var changed = false;
            foreach (var problem in problems) changed |= Repair(answer, problem);
            if (!changed) break;
        }
        return answer;
    }

    void Fill(ImmutableArray<FormComponent> components, JsonObject owner, Func<FormComponent, bool> wanted)
    {
        foreach (var component in components)
        {
            if (component.Type == FormComponentType.Group) Fill(component.Components, owner, wanted);
            else if (component.Type == FormComponentType.Dynamiclist)
            {
                if (component.Components.Any(wanted)) Set(owner, component.Path, Row(component, wanted));
            }
            else if (component is { IsField: true, Disabled: false } && !component.Path.IsEmpty && wanted(component))
                SetOnce(owner, component);
        }
    }

    JsonArray Row(FormComponent list, Func<FormComponent, bool> wanted)
    {
        var rows = new JsonArray();
        for (var index = 0; index < Math.Max(1, list.AllowAddRemove ? 1 : list.DefaultRepetitions); index++)
        {
            var row = new JsonObject();
            Fill(list.Components, row, wanted);
            rows.Add((JsonNode)row);
        }
        return rows;
    }

    // Two variants of one field, hidden in turn, share a key: the first one stays until a check refuses it.
    void SetOnce(JsonObject owner, FormComponent field)
    {
        if (At(owner, field.Path) is null) Set(owner, field.Path, Value(field));
    }

    bool Repair(JsonObject answer, FieldProblem problem)
    {
        var (components, owner, rest) = (form.Components, answer, problem.Path);
        while (rest.IndexOf('[', StringComparison.Ordinal) is var open and >= 0)
        {
            var list = Flat(components).FirstOrDefault(one => string.Join('.', one.Path) == rest[..open]);
            var close = rest.IndexOf(']', open);
            if (list is null || close < 0
                || !int.TryParse(rest[(open + 1)..close], CultureInfo.InvariantCulture, out var index)
                || At(owner, list.Path) is not JsonArray rows || index >= rows.Count
                || rows[index] is not JsonObject row) return false;
            (components, owner, rest) = (list.Components, row, rest[Math.Min(rest.Length, close + 2)..]);
        }
        var field = Flat(components).Where(one => string.Join('.', one.Path) == rest)
            .OrderByDescending(one => problem.Message.Contains($"„{one.Label}”", StringComparison.Ordinal))
            .FirstOrDefault();
        if (field is null) return false;
        if (field.Type == FormComponentType.Dynamiclist)
        {
            Set(owner, field.Path, Row(field, one => one.Required || one.IsProcessVariable));
            return true;
        }
        var (before, value) = (At(owner, field.Path)?.ToJsonString(), Value(field));
        if (before == value?.ToJsonString()) return false;
        Set(owner, field.Path, value);
        return true;
    }

    static IEnumerable<FormComponent> Flat(ImmutableArray<FormComponent> components) => components.SelectMany(one =>
        one.Type == FormComponentType.Group ? Flat(one.Components) : [one]);

    // ---- values --------------------------------------------------------------------------------------------------

    JsonNode? Value(FormComponent field) => field.Type switch
    {
        FormComponentType.Textfield or FormComponentType.Textarea => Text(field),
        FormComponentType.Number => Number(field),
        FormComponentType.Datetime => Moment(field),
        FormComponentType.Checkbox => true,
        FormComponentType.Radio or FormComponentType.Select => Option(field),
        FormComponentType.Checklist or FormComponentType.Taglist => new JsonArray(Option(field)),
        FormComponentType.Filepicker => "przyklad",
        _ => null,
    };

    JsonNode Text(FormComponent field)
    {
        if (field.StaffRole is { } roles) return staff(roles);
        if (field.IsPesel) return "85010112345";
        if (field.ValidationType == "email") return "jan.przykladowy@example.pl";
        if (field.ValidationType == "phone") return "+48600000000";
        var text = Samples.FirstOrDefault(sample => field.Pattern?.IsMatch(sample) ?? true) ?? Samples[0];
        var least = (int)(field.MinLength?.Value ?? 0);
        while (text.Length < least) text += " przykład";
        return field.MaxLength?.Value is { } most && text.Length > most ? text[..(int)most] : text;
    }

    /// <summary>Words, a postal code, a number of a court file or letter, numbers.</summary>
    static readonly ImmutableArray<string> Samples =
        ["Przykład", "34-100", "III Nsm 1/26", "OPS.4710.1.2026", "1/2026", "1", "12", "123", "1234", "12345678901"];

    static JsonNode Number(FormComponent field)
    {
        var value = Math.Max(field.Min?.Value ?? 1, 1);
        if (field.Max?.Value is { } most && value > most) value = most;
        if (field.SerializeToString) return value.ToString(CultureInfo.InvariantCulture);
        return value;
    }

    JsonNode Moment(FormComponent field)
    {
        var now = context.Now ?? DateTimeOffset.UnixEpoch;
        var local = context.Zone is { } zone ? TimeZoneInfo.ConvertTime(now, zone) : now;
        var day = (context.Today ?? DateOnly.FromDateTime(local.Date))
            .ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        if (field.Subtype == "date") return day;
        // A time of a fact must not lie ahead, and times go by the step the field offers.
        var step = Math.Max(1, field.TimeInterval ?? 1);
        var minutes = ((local.Hour * 60) + local.Minute) / step * step;
        var time = string.Create(CultureInfo.InvariantCulture, $"{minutes / 60:00}:{minutes % 60:00}");
        return field.Subtype == "time" ? time : $"{day}T{time}{local:zzz}";
    }

    JsonNode? Option(FormComponent field)
    {
        if (field.StaffRole is { } roles) return staff(roles);
        if (options.TryGetValue(field.Id, out var values)
            && values.OfType<JsonObject>().FirstOrDefault()?["value"] is { } first) return first.DeepClone();
        return field.Options is { } known && known.Order(StringComparer.Ordinal).FirstOrDefault() is { } json
            ? JsonNode.Parse(json)
            : null;
    }

    /// <summary>Static options by component id, in the order a person sees.</summary>
    static Dictionary<string, JsonArray> OptionsOf(string schema)
    {
        var found = new Dictionary<string, JsonArray>(StringComparer.Ordinal);
        if (JsonNode.Parse(schema, documentOptions: new() { MaxDepth = FormLimits.DepthMax }) is JsonObject root)
            Collect(root, found);
        return found;
    }

    static void Collect(JsonObject owner, Dictionary<string, JsonArray> found)
    {
        if (owner["components"] is not JsonArray components) return;
        foreach (var component in components.OfType<JsonObject>())
        {
            if (component["values"] is JsonArray values && component["id"] is JsonValue id
                && id.TryGetValue<string>(out var text)) found.TryAdd(text, values);
            Collect(component, found);
        }
    }

    static JsonNode? At(JsonObject owner, ImmutableArray<string> path)
    {
        JsonNode? node = owner;
        foreach (var segment in path) node = (node as JsonObject)?[segment];
        return node;
    }

    static void Set(JsonObject owner, ImmutableArray<string> path, JsonNode? value)
    {
        foreach (var segment in path[..^1])
        {
            if (owner[segment] is not JsonObject next) owner[segment] = next = [];
            owner = next;
        }
        owner[path[^1]] = value;
    }
}
