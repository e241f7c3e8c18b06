using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Api.Notifications;

/// <summary>The closed list of what a template may bind, and which type each has.</summary>
public static class NoticeVariables
{
    public const string CaseNo = "caseNo";
    public const string StepName = "stepName";
    public const string DueOn = "dueOn";
    public const string HandedOverBy = "handedOverBy";
    public const string Centre = "centre";
    public const string Count = "count";

    /// <summary>Variables of each kind; the name of a case's subject stands for all messages about a case.</summary>
    public static ImmutableArray<string> Of(string template) => template switch
    {
        Templates.CaseSubject => [CaseNo],
        nameof(NoticeKind.DueToday) or nameof(NoticeKind.Overdue) =>
            [CaseNo, StepName, DueOn, Centre],
        nameof(NoticeKind.TaskAssigned) or nameof(NoticeKind.ApprovalRequested) or nameof(NoticeKind.TaskReturned)
            or nameof(NoticeKind.Escalation) => [CaseNo, StepName, DueOn, HandedOverBy, Centre],
        nameof(NoticeKind.Digest) or nameof(NoticeKind.SilenceReport) => [Count, Centre],
        _ => [],
    };

    /// <summary>What a preview and a test message are made of.</summary>
    public static Notice Example(NoticeKind kind, Uri link, DateOnly today) => new(
        kind, "OPS.4710.12.2026", "Wizyta w terenie", today.AddDays(1), "Anna Sowa, koordynator zespołu", link,
        TemplateLint.IsOfCase(kind)
            ? []
            : [
                new NoticeLine(NoticeGroup.Overdue, "Ocena okresowa", "OPS.4710.7.2026", today.AddDays(-2), link),
                new NoticeLine(NoticeGroup.Today, "Wizyta w terenie", "OPS.4710.12.2026", today, link),
            ],
        TemplateLint.IsOfCase(kind) ? 1 : 2);
}

/// <param name="Variable">Null for plain words.</param>
/// <param name="Forms">Three forms of a noun after a number, or none.</param>
/// <param name="At">Place in the text, from 0.</param>
public sealed record TemplatePart(string Literal, string? Variable, ImmutableArray<string> Forms, int At);

/// <summary>Reads <c>words {variable} words {count:one|few|many}</c>; a brace left open stays a word.</summary>
public static class TemplateParser
{
    public static IEnumerable<TemplatePart> Parse(string text)
    {
        var at = 0;
        while (at < text.Length)
        {
            var open = text.IndexOf('{', at);
            var close = open < 0 ? -1 : text.IndexOf('}', open);
            if (close < 0)
            {
                yield return new TemplatePart(text[at..], null, [], at);
                yield break;
            }
            if (open > at) yield return new TemplatePart(text[at..open], null, [], at);
            var inside = text[(open + 1)..close];
            var colon = inside.IndexOf(':', StringComparison.Ordinal);
            yield return colon < 0
                ? new TemplatePart("", inside.Trim(), [], open)
                : new TemplatePart("", inside[..colon].Trim(), [.. inside[(colon + 1)..].Split('|')], open);
            at = close + 1;
        }
    }

    public static IEnumerable<TemplatePart> Variables(string text) =>
        Parse(text).Where(part => part.Variable is not null);
}

/// <summary>
/// Refuses what must not stand in a message (art. 100 of the social assistance act, RODO art. 5): unknown variables,
/// words about help, health or violence, numbers that could be a PESEL. Each answer names the place.
/// </summary>
public static class TemplateLint
{
    /// <summary>Beginnings of words, without Polish marks; two words stand for a phrase.</summary>
    static readonly ImmutableArray<string> Forbidden =
    [
        "przemoc", "alkohol", "niepelnosprawn", "niebiesk kart", "pesel", "narkoty", "uzalezn", "chorob",
        "psychiatr", "psychicz", "zaburzen", "samoboj", "molest", "wykorzystywan", "areszt", "wiezien", "karaln",
        "skazan", "bezdomn", "bezroboc", "ubostw", "zasilek", "zasilk", "swiadczen", "wyznani", "narodowosc",
        "odebrani", "piecz zastepcz", "prokurat", "policj", "zadluz", "ciaz", "rozwod", "urodzen",
    ];

    static readonly Regex Digits = new("[0-9]{11}", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);

    static readonly Regex Word = new(@"\p{L}+", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);

    static readonly Regex Address = new(
        @"https?://|www\.|[<>]",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);

    /// <summary>Kinds whose subject is the one of the case.</summary>
    public static bool IsOfCase(NoticeKind kind) =>
        kind is not (NoticeKind.Digest or NoticeKind.SilenceReport);

    /// <param name="template">A kind, or the subject of cases.</param>
    /// <returns>Field and sentence; nothing when the text may be sent.</returns>
    public static IEnumerable<(string Field, string Message)> Problems(string template, TemplateText text)
    {
        var onlySubject = template == Templates.CaseSubject;
        var ofCase = !onlySubject && IsOfCase(Enum.Parse<NoticeKind>(template));
        foreach (var (field, value, most, needed) in new[]
        {
            ("subject", text.Subject, 120, !ofCase),
            ("heading", text.Heading, 120, !onlySubject),
            ("body", text.Body, 2000, !onlySubject),
            ("linkText", text.LinkText, 80, !onlySubject),
            ("preview", text.Preview, Templates.PreviewLengthMax, !onlySubject),
        })
        {
            if (!needed && value.Length > 0)
                yield return (field, "To pole zostaw puste: ta wiadomość go nie ma.");
            else if (needed && string.IsNullOrWhiteSpace(value)) yield return (field, "Wpisz tekst.");
            else if (value.Length > most) yield return (field, $"Skróć do {most} znaków; teraz jest {value.Length}.");
            else if (field != "body" && value.AsSpan().IndexOfAny('\r', '\n') >= 0)
                yield return (field, "Zapisz w jednym wierszu.");
            else
            {
                foreach (var message in InText(template, value)) yield return (field, message);
            }
        }
        if (Plain(text.LinkText).Trim(' ', '.', '!') is "tutaj" or "kliknij" or "kliknij tutaj" or "link")
            yield return ("linkText", "Nazwij, dokąd prowadzi odnośnik, np. „Otwórz zadanie „{stepName}””.");
    }

    static IEnumerable<string> InText(string template, string text)
    {
        var allowed = NoticeVariables.Of(template);
        foreach (var part in TemplateParser.Parse(text))
        {
            if (part.Variable is { } name)
            {
                var place = Place(text, part.At);
                if (VariableProblem(allowed, name, part.Forms) is { } problem) yield return place + problem;
                // The forms of a noun are words of the message too.
                foreach (var (_, found) in InWords(string.Join(' ', part.Forms))) yield return place + found;
                continue;
            }
            if (part.Literal.IndexOfAny(['{', '}']) is var brace and >= 0)
                yield return Place(text, part.At + brace) + "nawias klamrowy nie jest domknięty albo otwarty.";
            foreach (var (at, found) in InWords(part.Literal)) yield return Place(text, part.At + at) + found;
        }
    }

    static string? VariableProblem(ImmutableArray<string> allowed, string name, ImmutableArray<string> forms)
    {
        if (!allowed.Contains(name))
        {
            return $"nie ma zmiennej „{name}”. Możesz użyć: " +
                $"{string.Join(", ", allowed.Select(one => $"{{{one}}}"))}.";
        }
        if (forms.IsEmpty) return null;
        if (name != NoticeVariables.Count)
            return $"odmiana po dwukropku jest tylko dla liczby; „{name}” nią nie jest.";
        return forms.Length == 3 && forms.All(form => form.Trim().Length > 0)
            ? null
            : "po dwukropku podaj trzy formy, np. {count:zadanie|zadania|zadań}.";
    }

    static IEnumerable<(int At, string Message)> InWords(string text)
    {
        var words = Word.Matches(text).Select(match => (match.Index, match.Value, Stem: Plain(match.Value))).ToList();
        for (var at = 0; at < words.Count; at++)
        {
            var next = at + 1 < words.Count ? words[at + 1].Stem : "";
            if (Forbidden.FirstOrDefault(stem => Matches(stem, words[at].Stem, next)) is null) continue;
            yield return (words[at].Index,
                $"słowo „{words[at].Value}” mogłoby zdradzić, czego dotyczy sprawa. Usuń je albo zastąp obojętnym.");
        }
        if (Digits.Match(text) is { Success: true } digits)
            yield return (digits.Index, "jedenaście cyfr wygląda jak PESEL. Usuń je.");
        if (Address.Match(text) is { Success: true } link)
        {
            yield return (link.Index,
                $"„{link.Value}” nie może tu stać: wiadomość ma jeden odnośnik, dodany przez system, i żadnego HTML.");
        }
    }

    static bool Matches(string stem, string word, string next)
    {
        var parts = stem.Split(' ');
        return word.StartsWith(parts[0], StringComparison.Ordinal)
            && (parts.Length == 1 || next.StartsWith(parts[1], StringComparison.Ordinal));
    }

    static string Place(string text, int at)
    {
        var before = text.AsSpan(0, at);
        var line = before.Count('\n') + 1;
        var column = at - (before.LastIndexOf('\n') + 1) + 1;
        return string.Create(CultureInfo.InvariantCulture, $"Wiersz {line}, znak {column}: ");
    }

    /// <summary>Lower case, without Polish marks: "Niepełnosprawność" and "NIEPELNOSPRAWNOSC" are one word.</summary>
    static string Plain(string text)
    {
        var plain = new StringBuilder(text.Length);
        foreach (var letter in text.ToLowerInvariant().Normalize(NormalizationForm.FormD))
        {
            if (CharUnicodeInfo.GetUnicodeCategory(letter) == UnicodeCategory.NonSpacingMark) continue;
            plain.Append(letter == 'ł' ? 'l' : letter);
        }
        return plain.ToString();
    }
}
