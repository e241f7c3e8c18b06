using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Workflows.Engine.Calendar;

namespace Workflows.Engine.Forms;

/// <summary>What is wrong with one field of an answer.</summary>
/// <param name="Path">Where: <c>reason</c>, <c>family.size</c>, <c>children[0].name</c>; empty for the whole.</param>
/// <param name="Code">The rule that was broken.</param>
/// <param name="Message">Polish, says what to do.</param>
/// <param name="MessageEnglish">The same in English, for machine clients.</param>
public sealed record FieldProblem(string Path, FieldProblemCode Code, string Message, string MessageEnglish);

public enum FieldProblemCode
{
    NotAnObject,
    TooLarge,
    UnreadableText,
    UnknownKey,
    WrongType,
    Required,
    TooShort,
    TooLong,
    PatternMismatch,
    TooSmall,
    TooBig,
    TooManyDecimals,
    NotAStep,
    NotAnEmail,
    NotAPhone,
    NotAnOption,
    NotADate,
    DatePassed,
    DateInFuture,
    NotAPesel,
    TimeInterval,
    TooManyItems,
    RowsFixed,
}

/// <summary>
/// An accepted answer. <paramref name="Document"/> goes to the case tables, encrypted there;
/// <paramref name="ProcessVariables"/> are all that the process may see.
/// </summary>
/// <param name="Document">Canonical JSON of every visible field that was sent.</param>
/// <param name="ProcessVariables">Name to canonical JSON of the fields marked <c>process</c>; a key <c>a.b</c> gives
/// the variable <c>a</c> with only the marked parts.</param>
public sealed record FormAnswer(string Document, ImmutableSortedDictionary<string, string> ProcessVariables);

/// <summary>Either problems or an answer.</summary>
public sealed record FormResult(ImmutableArray<FieldProblem> Problems, FormAnswer? Answer);

/// <summary>The data an expression of a form sees, with the names form-js gives it.</summary>
/// <param name="Data">The whole answer.</param>
/// <param name="This">The row of a list, otherwise the whole answer.</param>
/// <param name="Outer">The scope around the list, whose <c>this</c> is the row's <c>parent</c>; null outside.</param>
/// <param name="Indexes">Row numbers from the outermost list inwards, beginning with 1.</param>
public sealed record FormScope(JsonElement Data, JsonElement This, FormScope? Outer, ImmutableArray<int> Indexes);

/// <summary>Evaluates FEEL without its "="; null when it has no value or does not evaluate.</summary>
public delegate JsonElement? FormExpression(string expression, FormScope scope);

/// <summary>What the form does not say itself.</summary>
/// <param name="Evaluate">Expressions of the form (<see cref="FormFeel"/>); without it every field is shown and
/// limits in FEEL do not hold.</param>
/// <param name="Today">Today in the centre, for dates that must not have passed; else they are not checked.</param>
/// <param name="Zone">The centre's zone, for date-times with an offset.</param>
public sealed record FormContext(FormExpression? Evaluate = null, DateOnly? Today = null, TimeZoneInfo? Zone = null)
{
    /// <summary>For moments that must lie in the past; null: only their day is compared.</summary>
    public DateTimeOffset? Now { get; init; }
}

/// <summary>
/// Checks a submitted form on the server by the rules form-js applies in the browser, and splits it. Whatever the user
/// wrote is either stored or refused by name; nothing vanishes silently, except in fields the form itself hides or
/// disables.
/// </summary>
public sealed class FormValidator
{
    static readonly JsonElement True = JsonDocument.Parse("true").RootElement;
    static readonly JsonElement False = JsonDocument.Parse("false").RootElement;

    readonly ImmutableArray<FieldProblem>.Builder problems = ImmutableArray.CreateBuilder<FieldProblem>();
    readonly FormContext context;
    readonly JsonElement data;
    int visits;
    int evaluations;

    FormValidator(FormContext context, JsonElement data)
    {
        this.context = context;
        this.data = data;
    }

    /// <param name="form">A form read without problems.</param>
    /// <param name="answer">The submitted object.</param>
    /// <param name="context">Expressions, today and zone.</param>
    public static FormResult Validate(Form form, JsonElement answer, FormContext context)
    {
        var validator = new FormValidator(context, answer);
        return validator.Run(form);
    }

    /// <summary>As above, for a caller that only decides which conditions hide.</summary>
    public static FormResult Validate(Form form, JsonElement answer, Func<string, bool?> hidden) =>
        Validate(form, answer, new FormContext((expression, _) => hidden(expression) switch
        {
            true => True,
            false => False,
            null => null,
        }));

    FormResult Run(Form form)
    {
        if (data.ValueKind != JsonValueKind.Object)
            Report("", FieldProblemCode.NotAnObject,
                "Odpowiedź musi być zbiorem pól formularza. Wyślij formularz ponownie.",
                "Expected the answer to be a JSON object.");
        else if (data.GetRawText().Length > FormLimits.AnswerCharsMax)
            Report("", FieldProblemCode.TooLarge, "Formularz jest za duży. Skróć teksty lub usuń część wierszy.",
                $"The answer has more than {FormLimits.AnswerCharsMax} characters.");
        else if (Readable(data, "", 0)) RefuseUnknownKeys(data, form.Keys, "");
        if (problems.Count > 0) return new FormResult(problems.ToImmutable(), null);

        var document = new Branch();
        var variables = new Branch();
        var scope = new FormScope(data, data, null, []);
        Visit(form.Components, scope, "", hidden: false, document, variables);
        return problems.Count > 0
            ? new FormResult(problems.ToImmutable(), null)
            : new FormResult([], new FormAnswer(document.ToJson(), variables.ToVariables()));
    }

    // Strings are decoded once here, so that later code cannot meet half a surrogate pair, or a NUL, which databases
    // refuse.
    bool Readable(JsonElement value, string path, int depth)
    {
        try
        {
            if (depth > FormLimits.AnswerDepthMax)
                return Report(path, FieldProblemCode.TooLarge, "Formularz jest zagnieżdżony zbyt głęboko.",
                    $"The answer is nested deeper than {FormLimits.AnswerDepthMax}.");
            return value.ValueKind switch
            {
                JsonValueKind.Object => value.EnumerateObject().All(one => CleanText(one.Name, path)
                    && Readable(one.Value, Join(path, one.Name), depth + 1)),
                JsonValueKind.Array => value.EnumerateArray().All(one => Readable(one, path, depth + 1)),
                JsonValueKind.String => CleanText(value.GetString()!, path),
                _ => true,
            };
        }
        catch (InvalidOperationException)
        {
            return Report(path, FieldProblemCode.UnreadableText,
                $"Tekst w polu „{path}” zawiera uszkodzone znaki. Usuń je i wpisz tekst ponownie.",
                $"The text at '{path}' is not valid Unicode.");
        }
    }

    bool CleanText(string text, string path) => !text.Contains('\0', StringComparison.Ordinal)
        || Report(path, FieldProblemCode.UnreadableText,
            $"Tekst w polu „{path}” zawiera niedozwolony znak. Usuń go i wpisz tekst ponownie.",
            $"The text at '{path}' contains the character U+0000.");

    void RefuseUnknownKeys(JsonElement value, FormKeys keys, string path)
    {
        foreach (var property in value.EnumerateObject())
        {
            var inner = Join(path, property.Name);
            if (keys[property.Name] is not { } known)
                Report(inner, FieldProblemCode.UnknownKey,
                    $"Formularz nie ma pola „{inner}”. Odśwież stronę i wypełnij formularz ponownie.",
                    $"The form has no field '{inner}'.");
            else if (known.Type is null && property.Value.ValueKind == JsonValueKind.Object)
                RefuseUnknownKeys(property.Value, known, inner);
            else if (known.Type is null && property.Value.ValueKind != JsonValueKind.Null)
                WrongType(inner, inner, "Wypełnij pola tej grupy osobno.", "an object");
            else if (known.Type == FormComponentType.Dynamiclist) RefuseUnknownInRows(property.Value, known, inner);
        }
    }

    void RefuseUnknownInRows(JsonElement rows, FormKeys keys, string path)
    {
        if (rows.ValueKind != JsonValueKind.Array) return;      // its type is reported where the list is visited
        var index = 0;
        foreach (var row in rows.EnumerateArray())
        {
            var place = $"{path}[{index++}]";
            if (row.ValueKind == JsonValueKind.Object) RefuseUnknownKeys(row, keys, place);
        }
    }

    void Visit(
        ImmutableArray<FormComponent> components, FormScope scope, string prefix, bool hidden, Branch document,
        Branch variables)
    {
        foreach (var component in components)
        {
            if (++visits > FormLimits.VisitsMax)
            {
                Report("", FieldProblemCode.TooLarge, "Formularz jest za duży. Usuń część wierszy.",
                    $"The answer has more than {FormLimits.VisitsMax} fields in its rows.");
                return;
            }
            // As in form-js a hidden group or list hides everything inside; so there is nothing to require or store.
            if (hidden || (component.Hide is { } hide && IsTrue(hide, scope))) continue;
            if (component.Type == FormComponentType.Group)
                Visit(component.Components, scope, prefix, hidden, document, variables);
            else if (component.Type == FormComponentType.Dynamiclist)
                VisitRows(component, scope, prefix, document, variables);
            else if (component.IsField && !component.Disabled)
                VisitField(component, scope, prefix, document, variables);
        }
    }

    void VisitRows(FormComponent list, FormScope scope, string prefix, Branch document, Branch variables)
    {
        var path = Join(prefix, string.Join('.', list.Path));
        var found = Find(scope.This, list.Path);
        if (found is { ValueKind: JsonValueKind.Array } && found.Value.GetArrayLength() > FormLimits.ItemsMax)
        {
            Report(path, FieldProblemCode.TooManyItems,
                $"Lista „{list.Label}” ma za dużo wierszy. Zostaw najwyżej {FormLimits.ItemsMax}.",
                $"The list '{path}' has more than {FormLimits.ItemsMax} rows.");
            return;
        }
        if (found is { ValueKind: not (JsonValueKind.Array or JsonValueKind.Null) })
        {
            WrongType(path, list.Label, "Dodaj wiersze listy.", "a list");
            return;
        }
        var rows = found is { ValueKind: JsonValueKind.Array } array ? array.EnumerateArray().ToArray() : [];
        if (!list.AllowAddRemove && rows.Length != list.DefaultRepetitions)
            Report(path, FieldProblemCode.RowsFixed,
                $"Lista „{list.Label}” ma stałą liczbę wierszy. Wypełnij dokładnie {list.DefaultRepetitions}.",
                $"The list '{path}' must have {list.DefaultRepetitions} rows, but it has {rows.Length}.");
        var documentRows = found is null ? null : document.List(list.Path);
        var variableRows = found is not null && HasVariable(list) ? variables.List(list.Path) : null;
        for (var index = 0; index < rows.Length && visits <= FormLimits.VisitsMax; index++)
        {
            var place = $"{path}[{index}]";
            if (rows[index].ValueKind != JsonValueKind.Object)
            {
                WrongType(place, list.Label, "Wypełnij pola wiersza.", "an object");
                continue;
            }
            var inner = new FormScope(data, rows[index], scope, scope.Indexes.Add(index + 1));
            var (documentRow, variableRow) = (new Branch(), new Branch());
            Visit(list.Components, inner, place, hidden: false, documentRow, variableRow);
            documentRows?.Add(documentRow);
            variableRows?.Add(variableRow);
        }
    }

    static bool HasVariable(FormComponent component) =>
        component.IsProcessVariable || component.Components.Any(HasVariable);

    void VisitField(FormComponent field, FormScope scope, string prefix, Branch document, Branch variables)
    {
        var path = Join(prefix, string.Join('.', field.Path));
        var found = Find(scope.This, field.Path);
        var before = problems.Count;
        if (IsEmpty(field, found))
        {
            if (field.Required) Missing(path, field);
        }
        // Blanks are no answer for an official, although the browser lets them pass.
        else if (field.Required && found is { ValueKind: JsonValueKind.String } text
            && string.IsNullOrWhiteSpace(text.GetString())) Missing(path, field);
        else Check(field, found!.Value, path, scope);
        if (found is not { } value || problems.Count > before) return;
        document.Set(field.Path, CanonicalJson.Of(value));
        if (field.IsProcessVariable) variables.Set(field.Path, CanonicalJson.Of(value) is var json
            && field is { Type: FormComponentType.Datetime, Subtype: not "date" } ? WithSeconds(json) : json);
    }

    // The field of form-js writes minutes; FEEL of the process reads a time only with its seconds (XML Schema 3.2.7).
    static string WithSeconds(string json)
    {
        var minutes = json.IndexOf(':', StringComparison.Ordinal) + 3;
        return minutes >= 3 && minutes < json.Length && json[minutes] != ':' ? json.Insert(minutes, ":00") : json;
    }

    static bool IsEmpty(FormComponent field, JsonElement? value) => value is not { } present
        || present.ValueKind == JsonValueKind.Null
        || (present.ValueKind == JsonValueKind.String && present.GetString() == "")
        || (present.ValueKind == JsonValueKind.Array && present.GetArrayLength() == 0)
        || (field is { Type: FormComponentType.Checkbox, Required: true } && present.ValueKind == JsonValueKind.False);

    void Check(FormComponent field, JsonElement value, string path, FormScope scope)
    {
        switch (field.Type)
        {
            case FormComponentType.Textfield or FormComponentType.Textarea:
                if (value.ValueKind != JsonValueKind.String) WrongType(path, field.Label, "Wpisz tekst.", "a text");
                else CheckText(field, value.GetString()!, path, scope);
                break;
            case FormComponentType.Number:
                CheckNumber(field, value, path, scope);
                break;
            case FormComponentType.Datetime:
                CheckDatetime(field, value, path);
                break;
            case FormComponentType.Checkbox:
                if (value.ValueKind is not (JsonValueKind.True or JsonValueKind.False))
                    WrongType(path, field.Label, "Zaznacz je lub zostaw puste.", "true or false");
                break;
            case FormComponentType.Radio or FormComponentType.Select:
                CheckOption(field, value, path);
                break;
            case FormComponentType.Checklist or FormComponentType.Taglist:
                CheckOptions(field, value, path);
                break;
            case FormComponentType.Filepicker:
                if (value.ValueKind != JsonValueKind.String)
                    WrongType(path, field.Label, "Dołącz plik ponownie.", "the key of uploaded files");
                break;
            default:
                break;      // an expression may give any JSON; size and depth of the answer are bounded above
        }
    }

    void CheckText(FormComponent field, string text, string path, FormScope scope)
    {
        var length = text.Trim().Length;
        if (text.Length > FormLimits.TextCharsMax)
            Report(path, FieldProblemCode.TooLong,
                $"Tekst w polu „{field.Label}” jest za długi. Skróć go do {FormLimits.TextCharsMax} znaków.",
                $"'{path}' has more than {FormLimits.TextCharsMax} characters.");
        else if (Limit(field.MaxLength, scope) is { } most && length > most)
            Report(path, FieldProblemCode.TooLong,
                $"Tekst w polu „{field.Label}” jest za długi. Skróć go do {Shown(most)} znaków (jest {length}).",
                $"'{path}' must have at most {Shown(most)} characters, but it has {length}.");
        if (Limit(field.MinLength, scope) is { } least && length < least)
            Report(path, FieldProblemCode.TooShort,
                $"Tekst w polu „{field.Label}” jest za krótki. " +
                $"Wpisz co najmniej {Shown(least)} znaków (jest {length}).",
                $"'{path}' must have at least {Shown(least)} characters, but it has {length}.");
        if (field.Pattern is { } pattern && !pattern.IsMatch(text))
            Report(path, FieldProblemCode.PatternMismatch,
                field.PatternMessage ?? $"Wartość w polu „{field.Label}” ma zły format. Popraw ją.",
                $"'{path}' must match the pattern of the form.");
        if (field.IsPesel && !FieldPatterns.IsPesel(text.Trim()))
            Report(path, FieldProblemCode.NotAPesel,
                $"Numer w polu „{field.Label}” nie jest poprawnym numerem PESEL. Sprawdź 11 cyfr z dokumentem.",
                $"'{path}' must be a PESEL number: 11 digits with a right check digit.");
        if (field.ValidationType == "email" && !FieldPatterns.Email.IsMatch(text))
            Report(path, FieldProblemCode.NotAnEmail,
                $"W polu „{field.Label}” wpisz adres e-mail, na przykład jan@example.pl.",
                $"'{path}' must be an e-mail address.");
        if (field.ValidationType == "phone" && !FieldPatterns.Phone.IsMatch(text))
            Report(path, FieldProblemCode.NotAPhone,
                $"W polu „{field.Label}” wpisz numer telefonu z kierunkowym kraju, na przykład +48221234567.",
                $"'{path}' must be an international telephone number such as +48221234567.");
    }

    void CheckNumber(FormComponent field, JsonElement value, string path, FormScope scope)
    {
        if (NumberOf(field, value) is not { } number)
        {
            WrongType(path, field.Label, "Wpisz liczbę.", field.SerializeToString ? "a number as text" : "a number");
            return;
        }
        if (Limit(field.Min, scope) is { } least && number < least)
            Report(path, FieldProblemCode.TooSmall,
                $"Liczba w polu „{field.Label}” jest za mała. Wpisz co najmniej {Polish(least)}.",
                $"'{path}' must be at least {Shown(least)}, but it is {Shown(number)}.");
        if (Limit(field.Max, scope) is { } most && number > most)
            Report(path, FieldProblemCode.TooBig,
                $"Liczba w polu „{field.Label}” jest za duża. Wpisz najwyżej {Polish(most)}.",
                $"'{path}' must be at most {Shown(most)}, but it is {Shown(number)}.");
        if (field.DecimalDigits is { } digits && digits <= 28 && decimal.Round(number, digits) != number)
            Report(path, FieldProblemCode.TooManyDecimals,
                digits == 0
                    ? $"W polu „{field.Label}” wpisz liczbę całkowitą."
                    : $"Liczba w polu „{field.Label}” może mieć najwyżej {digits} miejsc po przecinku. Zaokrąglij ją.",
                $"'{path}' must have at most {digits} decimal digits.");
        if (field.Increment is { } step && number % step != 0)
            Report(path, FieldProblemCode.NotAStep,
                $"W polu „{field.Label}” wpisz wielokrotność liczby {Polish(step)}.",
                $"'{path}' must be a multiple of {Shown(step)}.");
    }

    static decimal? NumberOf(FormComponent field, JsonElement value)
    {
        if (field.SerializeToString && value.ValueKind == JsonValueKind.String)
        {
            const NumberStyles style = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint;
            return decimal.TryParse(value.GetString(), style, CultureInfo.InvariantCulture, out var text) ? text : null;
        }
        // Longer than a decimal holds would be rounded on the way, so the number stored is not the one written.
        return value.ValueKind == JsonValueKind.Number && value.GetRawText().Length <= 28
            && value.TryGetDecimal(out var number) ? number : null;
    }

    void CheckDatetime(FormComponent field, JsonElement value, string path)
    {
        var (what, english) = field.Subtype switch
        {
            "time" => ("godzinę, na przykład 14:30", "a time HH:mm"),
            "datetime" => ("datę i godzinę, na przykład 2026-01-31T14:30", "a date and time yyyy-MM-ddTHH:mm"),
            _ => ("datę, na przykład 2026-01-31", "a date yyyy-MM-dd"),
        };
        if (value.ValueKind != JsonValueKind.String
            || FieldPatterns.Moment(field.Subtype, value.GetString()!) is not { } at)
        {
            Report(path, FieldProblemCode.NotADate, $"W polu „{field.Label}” podaj {what}.",
                $"'{path}' must be {english}.");
            return;
        }
        if (field.TimeInterval is { } minutes && field.Subtype != "date"
            && (int)at.TimeOfDay.TotalMinutes % minutes != 0)
            Report(path, FieldProblemCode.TimeInterval,
                $"W polu „{field.Label}” wybierz godzinę co {minutes} min, tak jak na liście.",
                $"'{path}' must be a multiple of {minutes} minutes.");
        if (field.Subtype != "time" && context.Today is { } today) CheckDay(field, value.GetString()!, at, path, today);
    }

    static readonly TimeSpan ClockDifferenceMax = TimeSpan.FromMinutes(5);

    void CheckDay(FormComponent field, string text, DateTimeOffset at, string path, DateOnly today)
    {
        var withOffset = text.Length > 16 && (text.EndsWith('Z') || text.LastIndexOfAny(['+', '-']) > 10);
        var local = withOffset && context.Zone is { } zone ? TimeZoneInfo.ConvertTime(at, zone) : at;
        var day = DateOnly.FromDateTime(local.DateTime);
        if (field.DisallowPassedDates && day < today)
            Report(path, FieldProblemCode.DatePassed,
                $"Data w polu „{field.Label}” już minęła. Podaj dzisiejszą lub późniejszą.",
                $"'{path}' must not be before {today:yyyy-MM-dd}.");
        var instant = withOffset || context.Zone is not { } here ? at : LocalTime.ToInstant(at.DateTime, here);
        // Clocks of phones differ a little from ours.
        if (field is { NotAfterToday: true, Subtype: "datetime" } && day == today && context.Now is { } now
            && instant > now + ClockDifferenceMax)
            Report(path, FieldProblemCode.DateInFuture,
                $"Godzina w polu „{field.Label}” jeszcze nie minęła. Podaj chwilę, w której to się stało.",
                $"'{path}' must not be after {now:O}.");
        if (field.NotAfterToday && day > today)
            Report(path, FieldProblemCode.DateInFuture,
                $"Data w polu „{field.Label}” jest w przyszłości, a dziś jest {today:dd.MM.yyyy}. " +
                "Podaj dzień, w którym to się stało.",
                $"'{path}' must not be after {today:yyyy-MM-dd}.");
    }

    void CheckOption(FormComponent field, JsonElement value, string path)
    {
        // Options from data or an expression are known to the browser only; their value is stored as it came.
        if (field.Options is { } options && !options.Contains(CanonicalJson.Of(value)))
            Report(path, FieldProblemCode.NotAnOption,
                $"W polu „{field.Label}” wybierz jedną z podanych możliwości.",
                $"'{path}' must be one of the options of the form.");
    }

    void CheckOptions(FormComponent field, JsonElement value, string path)
    {
        if (value.ValueKind != JsonValueKind.Array)
        {
            WrongType(path, field.Label, "Zaznacz wybrane możliwości.", "a list of options");
            return;
        }
        if (value.GetArrayLength() > FormLimits.ItemsMax)
            Report(path, FieldProblemCode.TooManyItems,
                $"W polu „{field.Label}” zaznaczono za dużo możliwości. Zostaw najwyżej {FormLimits.ItemsMax}.",
                $"'{path}' has more than {FormLimits.ItemsMax} options.");
        else if (field.Options is { } options
            && value.EnumerateArray().Any(one => !options.Contains(CanonicalJson.Of(one))))
            Report(path, FieldProblemCode.NotAnOption,
                $"W polu „{field.Label}” zaznacz tylko podane możliwości.",
                $"Every item of '{path}' must be one of the options of the form.");
    }

    void Missing(string path, FormComponent field)
    {
        var todo = field.Type switch
        {
            FormComponentType.Number => "Wpisz liczbę.",
            FormComponentType.Datetime => field.Subtype == "time" ? "Podaj godzinę." : "Podaj datę.",
            FormComponentType.Checkbox => "Zaznacz je, aby przejść dalej.",
            FormComponentType.Radio or FormComponentType.Select => "Wybierz jedną z możliwości.",
            FormComponentType.Checklist or FormComponentType.Taglist => "Zaznacz co najmniej jedną możliwość.",
            FormComponentType.Filepicker => "Dołącz plik.",
            _ => "Wpisz treść.",
        };
        Report(path, FieldProblemCode.Required, $"Pole „{field.Label}” jest wymagane. {todo}",
            $"'{path}' is required.");
    }

    void WrongType(string path, string label, string todo, string expected) => Report(
        path, FieldProblemCode.WrongType, $"Wartość w polu „{label}” ma zły rodzaj. {todo}",
        $"Expected '{path}' to be {expected}.");

    decimal? Limit(FormBound? bound, FormScope scope)
    {
        if (bound?.Expression is not { } expression) return bound?.Value;
        return Evaluate(expression, scope) is { ValueKind: JsonValueKind.Number } number
            && number.TryGetDecimal(out var value) ? value : null;
    }

    bool IsTrue(string expression, FormScope scope) =>
        Evaluate(expression, scope) is { ValueKind: JsonValueKind.True };

    JsonElement? Evaluate(string expression, FormScope scope)
    {
        if (context.Evaluate is null) return null;
        if (++evaluations <= FormLimits.EvaluationsMax) return context.Evaluate(expression, scope);
        Report("", FieldProblemCode.TooLarge, "Formularz jest za duży. Usuń część wierszy.",
            $"The answer needs more than {FormLimits.EvaluationsMax} evaluations of expressions.");
        visits = FormLimits.VisitsMax;
        return null;
    }

    static JsonElement? Find(JsonElement scope, ImmutableArray<string> path)
    {
        foreach (var segment in path)
        {
            if (scope.ValueKind != JsonValueKind.Object || !scope.TryGetProperty(segment, out scope)) return null;
        }
        return scope;
    }

    static string Join(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";

    static string Shown(decimal number) => number.ToString(CultureInfo.InvariantCulture);

    static string Polish(decimal number) => Shown(number).Replace('.', ',');

    bool Report(string path, FieldProblemCode code, string message, string english)
    {
        if (problems.Count < FormLimits.ProblemsMax) problems.Add(new FieldProblem(path, code, message, english));
        return false;
    }

    // An object under construction: keys in ordinal order, leaves are canonical JSON.
    sealed class Branch
    {
        readonly SortedDictionary<string, Branch> children = new(StringComparer.Ordinal);
        List<Branch>? rows;
        string? leaf;

        public void Set(ImmutableArray<string> path, string json) => At(path).leaf = json;

        public Branch List(ImmutableArray<string> path)
        {
            var list = At(path);
            list.rows ??= [];
            return list;
        }

        public void Add(Branch row) => rows!.Add(row);

        public string ToJson() => CanonicalJson.Write(Write);

        public ImmutableSortedDictionary<string, string> ToVariables() =>
            children.ToImmutableSortedDictionary(one => one.Key, one => one.Value.ToJson(), StringComparer.Ordinal);

        Branch At(ImmutableArray<string> path)
        {
            var branch = this;
            foreach (var segment in path)
            {
                if (!branch.children.TryGetValue(segment, out var child))
                {
                    child = new Branch();
                    branch.children.Add(segment, child);
                }
                branch = child;
            }
            return branch;
        }

        void Write(Utf8JsonWriter writer)
        {
            if (leaf is not null) writer.WriteRawValue(leaf);
            else if (rows is not null)
            {
                writer.WriteStartArray();
                foreach (var row in rows) row.Write(writer);
                writer.WriteEndArray();
            }
            else
            {
                writer.WriteStartObject();
                foreach (var (name, child) in children)
                {
                    writer.WritePropertyName(name);
                    child.Write(writer);
                }
                writer.WriteEndObject();
            }
        }
    }
}

/// <summary>Formats that form-js knows by name.</summary>
static class FieldPatterns
{
    const RegexOptions Linear =
        RegexOptions.NonBacktracking | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture;

    static readonly string[] DateFormats = ["yyyy-MM-dd"];

    // A time is read on an arbitrary day, as the parser would otherwise ask the clock for one.
    static readonly string[] MomentFormats =
    [
        "yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFK",
    ];

    /// <summary>One "@", a name of usual signs and a host of labels of at most 63 signs, as in HTML.</summary>
    public static Regex Email { get; } = new(
        @"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?" +
        @"(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*\z",
        Linear);

    /// <summary>ITU-T E.164: country code after + or 00, at most 15 digits; spaces and hyphens between them.</summary>
    public static Regex Phone { get; } = new(
        @"^(\+|00)[1-9]([ -]?[0-9]){6,14}\z",
        Linear);

    /// <summary>
    /// PESEL (Act of 24 September 2010 on population records, art. 15): birth date with the century in the month,
    /// serial number, check digit with the weights 1, 3, 7, 9.
    /// </summary>
    public static bool IsPesel(string text)
    {
        if (text.Length != 11 || !text.All(char.IsAsciiDigit)) return false;
        var digits = text.Select(digit => digit - '0').ToArray();
        ReadOnlySpan<int> weights = [1, 3, 7, 9];
        var sum = 0;
        for (var place = 0; place < 10; place++) sum += digits[place] * weights[place % 4];
        if ((10 - sum % 10) % 10 != digits[10]) return false;
        var coded = digits[2] * 10 + digits[3];
        var century = (coded / 20) switch { 0 => 1900, 1 => 2000, 2 => 2100, 3 => 2200, _ => 1800 };
        var (year, month) = (century + digits[0] * 10 + digits[1], coded % 20);
        var day = digits[4] * 10 + digits[5];
        return month is >= 1 and <= 12 && day >= 1 && day <= DateTime.DaysInMonth(year, month);
    }

    /// <summary>The moment of a form-js date, time or datetime; null when it is none. No offset is UTC.</summary>
    public static DateTimeOffset? Moment(string subtype, string text)
    {
        var formats = subtype == "date" ? DateFormats : MomentFormats;
        var full = subtype == "time" ? "2000-01-02T" + text : text;
        return DateTimeOffset.TryParseExact(
            full, formats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var moment)
            ? moment
            : null;
    }
}
