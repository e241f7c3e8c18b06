using System.Collections.Immutable;
using System.Text.RegularExpressions;

namespace Workflows.Engine.Forms;

/// <summary>The component types of form-js 1.x.</summary>
public enum FormComponentType
{
    Textfield,
    Textarea,
    Number,
    Datetime,
    Checkbox,
    Checklist,
    Radio,
    Select,
    Taglist,
    Filepicker,
    Expression,
    Group,
    Dynamiclist,
    Table,
    Text,
    Html,
    Image,
    Button,
    Separator,
    Spacer,
    Iframe,
    DocumentPreview,
}

/// <summary>A form of form-js, as far as the server must know it.</summary>
/// <param name="Id">Id that a user task names.</param>
/// <param name="Components">In the order of the form.</param>
/// <param name="Keys">Every key path an answer may contain.</param>
public sealed record Form(string Id, ImmutableArray<FormComponent> Components, FormKeys Keys)
{
    /// <summary>The noun a completed form is filed under, or null.</summary>
    public string? DocumentTitle { get; init; }
}

/// <summary>One component; properties that its type does not have keep their default.</summary>
public sealed record FormComponent
{
    public required string Id { get; init; }

    public required FormComponentType Type { get; init; }

    /// <summary>Where the value lies in its scope: key <c>a.b</c> is two segments; a list's path; else empty.</summary>
    public ImmutableArray<string> Path { get; init; } = [];

    /// <summary>What a person reads in front of the field; the key where the form has no label.</summary>
    public string Label { get; init; } = "";

    /// <summary>Children of a group or dynamic list.</summary>
    public ImmutableArray<FormComponent> Components { get; init; } = [];

    /// <summary>FEEL of <c>conditional.hide</c> without the leading "=", or null.</summary>
    public string? Hide { get; init; }

    /// <summary>Shown but not submitted, as in form-js: neither required nor stored.</summary>
    public bool Disabled { get; init; }

    public bool Required { get; init; }

    public FormBound? MinLength { get; init; }

    public FormBound? MaxLength { get; init; }

    public FormBound? Min { get; init; }

    public FormBound? Max { get; init; }

    /// <summary>Linear-time expression; null when absent or not supported (then reading reported it).</summary>
    public Regex? Pattern { get; init; }

    /// <summary>The author's own message for a pattern that does not match.</summary>
    public string? PatternMessage { get; init; }

    /// <summary><c>email</c>, <c>phone</c> or null.</summary>
    public string? ValidationType { get; init; }

    public int? DecimalDigits { get; init; }

    public decimal? Increment { get; init; }

    /// <summary>A number that is sent and stored as text.</summary>
    public bool SerializeToString { get; init; }

    /// <summary><c>date</c>, <c>time</c> or <c>datetime</c>.</summary>
    public string Subtype { get; init; } = "date";

    public bool DisallowPassedDates { get; init; }

    /// <summary>Minutes between selectable times; null when the form does not say.</summary>
    public int? TimeInterval { get; init; }

    /// <summary>Static options as canonical JSON; null when options come from data or an expression.</summary>
    public ImmutableHashSet<string>? Options { get; init; }

    /// <summary>False: the number of rows stays <see cref="DefaultRepetitions"/>.</summary>
    public bool AllowAddRemove { get; init; } = true;

    public int DefaultRepetitions { get; init; } = 1;

    /// <summary>Our property <c>process</c>: the value becomes a process variable.</summary>
    public bool IsProcessVariable { get; init; }

    /// <summary>Our property <c>key</c>: a text field that holds a key (a file number), not free text.</summary>
    public bool IsKey { get; init; }

    /// <summary>The value of <c>staff</c> for a field that may name every colleague.</summary>
    public const string AnyStaff = "any";

    /// <summary>
    /// Our property <c>staff</c>: the field names a person who must hold one of these roles, separated by commas, or
    /// <see cref="AnyStaff"/>; null elsewhere.
    /// </summary>
    public string? StaffRole { get; init; }

    /// <summary>Our property <c>notAfter</c> = <c>today</c>: a fact, whose day cannot lie in the future.</summary>
    public bool NotAfterToday { get; init; }

    /// <summary>Our property <c>format</c> = <c>pesel</c>: the text is a PESEL with a right check digit.</summary>
    public bool IsPesel { get; init; }

    /// <summary>Our property <c>search</c>: each word of the value finds the case again.</summary>
    public bool IsSearched { get; init; }

    /// <summary>Our property <c>prefill</c>: FEEL, without its "=", of what the server knows already.</summary>
    public string? Prefill { get; init; }

    /// <summary>True when an answer carries a value for it.</summary>
    public bool IsField => Type <= FormComponentType.Expression;
}

/// <summary>A limit of a rule: a number of the schema, or FEEL evaluated with the answer.</summary>
public sealed record FormBound(decimal? Value, string? Expression);

/// <summary>The tree of key paths: objects down to fields; below a list stands the tree of one row.</summary>
public sealed class FormKeys
{
    readonly Dictionary<string, FormKeys> children = new(StringComparer.Ordinal);

    /// <summary>What lies at this path: null for an object made of other keys.</summary>
    public FormComponentType? Type { get; private set; }

    public FormKeys? this[string key] => children.GetValueOrDefault(key);

    // Two variants of one field, hidden in turn, may share a key; a field and an object or a list may not.
    internal bool TryAdd(IEnumerable<string> path, FormComponentType type, out FormKeys added)
    {
        added = this;
        foreach (var segment in path)
        {
            if (added.Type is not null && added.Type != FormComponentType.Dynamiclist) return false;
            if (!added.children.TryGetValue(segment, out var child))
            {
                child = new FormKeys();
                added.children.Add(segment, child);
            }
            added = child;
        }
        var list = type == FormComponentType.Dynamiclist;
        if (added.Type is { } taken) return !list && taken != FormComponentType.Dynamiclist;
        if (added.children.Count > 0) return false;
        added.Type = type;
        return true;
    }
}

/// <summary>Limits of forms and answers; reaching one is a problem with a sentence, never a failure.</summary>
public static class FormLimits
{
    /// <summary>UTF-16 characters of a schema. The largest shipped form is far below a tenth of it.</summary>
    public const int SchemaCharsMax = 1_048_576;

    /// <summary>Nesting of the schema's JSON, which bounds every recursion over components.</summary>
    public const int DepthMax = 64;

    /// <summary>More cannot be filled in by a person.</summary>
    public const int ComponentsMax = 2_000;

    /// <summary>UTF-16 characters of a pattern; matching is linear in both text and pattern.</summary>
    public const int PatternCharsMax = 1_000;

    /// <summary>Characters of the title of a document: one line on paper.</summary>
    public const int TitleCharsMax = 120;

    /// <summary>Characters of the JSON of one answer.</summary>
    public const int AnswerCharsMax = 1_048_576;

    /// <summary>Nesting of an answer: lists in lists, and values of expressions.</summary>
    public const int AnswerDepthMax = 32;

    /// <summary>Characters of one text; about twenty printed pages.</summary>
    public const int TextCharsMax = 50_000;

    /// <summary>Rows of one list, chosen options of one field.</summary>
    public const int ItemsMax = 500;

    /// <summary>Components looked at over all rows; lists in lists would otherwise multiply without bound.</summary>
    public const int VisitsMax = 100_000;

    /// <summary>Evaluations for one answer; each has a budget of its own, so their number needs one too.</summary>
    public const int EvaluationsMax = 10_000;

    /// <summary>Problems reported; nobody reads more, and a hostile answer could have thousands.</summary>
    public const int ProblemsMax = 100;
}
