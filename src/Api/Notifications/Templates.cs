using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Text;
using Api.Startup;
using Api.Storage;
using Microsoft.EntityFrameworkCore;
using Workflows.Runtime;
using Workflows.Runtime.Storage;

namespace Api.Notifications;

/// <summary>The words of one kind of message. Plain text only: the page around them is ours, and so is its access for
/// everybody.</summary>
/// <param name="Subject">Empty for messages about a case: their subject is always that of the case.</param>
/// <param name="Body">Paragraphs, parted by empty lines. A line whose variable has no value is left out.</param>
/// <param name="LinkText">What the one link of the message is called.</param>
/// <param name="Preview">First words in Teams.</param>
public sealed record TemplateText(string Subject, string Heading, string Body, string LinkText, string Preview);

/// <summary>One office's own words, in place of the shipped ones.</summary>
public sealed record TemplateRow
{
    public required string TenantId { get; init; }

    /// <summary>A <see cref="NoticeKind"/>, or <see cref="Templates.CaseSubject"/>.</summary>
    public required string Name { get; init; }
    public required string Subject { get; set; }
    public required string Heading { get; set; }
    public required string Body { get; set; }
    public required string LinkText { get; set; }
    public required string Preview { get; set; }
    public required string ChangedBy { get; set; }
    public required DateTimeOffset ChangedAt { get; set; }

    public TemplateText Text => new(Subject, Heading, Body, LinkText, Preview);
}

/// <summary>Turns a notice into the words of a message.</summary>
public sealed class Templates(ProductDbFactory databases, Settings settings, WorkflowEngine engine, TimeProvider time)
{
    /// <summary>The template that only has a subject: the one of every message about a case.</summary>
    public const string CaseSubject = "CaseSubject";

    public const int PreviewLengthMax = 150;

    /// <summary>Another node's change is seen after this.</summary>
    static readonly TimeSpan FreshFor = TimeSpan.FromSeconds(30);

    (ImmutableDictionary<string, TemplateText> Texts, long ReadAt)? remembered;

    public async Task<RenderedNotice> RenderAsync(Notice notice, CancellationToken ct)
    {
        var texts = await TextsAsync(ct);
        var today = DateOnly.FromDateTime(
            TimeZoneInfo.ConvertTime(await engine.Clock.NowAsync(ct), settings.Zone).DateTime);
        return Render(notice, texts[notice.Kind.ToString()], texts[CaseSubject].Subject, today);
    }

    /// <param name="text">As <see cref="TemplateLint"/> found it good.</param>
    public RenderedNotice Render(Notice notice, TemplateText text, string caseSubject, DateOnly today)
    {
        var values = new NoticeValues(notice, settings.CentreName, today);
        var heading = values.Fill(text.Heading);
        var paragraphs = Paragraphs(values, text.Body);
        var link = values.Fill(text.LinkText);
        // What belongs to no case has no number to name: the heading and the step say what it is.
        var isWithoutCase = TemplateLint.IsOfCase(notice.Kind) && notice.CaseNo is null;
        var subject = isWithoutCase ? heading : values.Fill(
            TemplateLint.IsOfCase(notice.Kind) ? caseSubject : text.Subject);
        if (subject.Length == 0) subject = "Zadanie do wykonania";
        var preview = isWithoutCase ? $"{heading}: {notice.StepName}" : values.Fill(text.Preview);
        if (preview.Length > PreviewLengthMax) preview = preview[..(PreviewLengthMax - 1)] + "…";
        var page = new NoticePage(subject, heading, paragraphs, link, notice, settings.CentreName, today);
        return new RenderedNotice(subject, page.Html(), page.Text(), preview);
    }

    static List<string> Paragraphs(NoticeValues values, string body) =>
    [
        .. body.ReplaceLineEndings("\n").Split("\n\n").Select(paragraph => string.Join(
            '\n', paragraph.Split('\n').Where(values.Has).Select(values.Fill).Where(line => line.Length > 0)))
            .Where(paragraph => paragraph.Length > 0),
    ];

    /// <summary>The texts in force, by name.</summary>
    public async Task<ImmutableDictionary<string, TemplateText>> TextsAsync(CancellationToken ct)
    {
        if (remembered is { } known && time.GetElapsedTime(known.ReadAt) < FreshFor) return known.Texts;
        var readAt = time.GetTimestamp();
        await using var db = databases.Create();
        var own = await db.NotificationTemplates.AsNoTracking()
            .Where(row => row.TenantId == WorkflowDb.DefaultTenant).ToListAsync(ct);
        var texts = ShippedTemplates.All.SetItems(
            own.Where(row => ShippedTemplates.All.ContainsKey(row.Name))
                .Select(row => KeyValuePair.Create(row.Name, row.Text)));
        remembered = (texts, readAt);
        return texts;
    }

    public void Forget() => remembered = null;
}

/// <summary>The variables of one notice, ready to be put into words.</summary>
sealed class NoticeValues(Notice notice, string centre, DateOnly today)
{
    /// <summary>Every variable of the line has a value.</summary>
    public bool Has(string line) => TemplateParser.Variables(line).All(found => Value(found) is not null);

    public string Fill(string text)
    {
        var filled = new StringBuilder();
        foreach (var part in TemplateParser.Parse(text))
        {
            filled.Append(part.Variable is null ? part.Literal : Value(part));
        }
        // Where a variable without a value stood between spaces, one of them goes too.
        return filled.ToString().Replace("  ", " ", StringComparison.Ordinal).Trim();
    }

    string? Value(TemplatePart part) => part.Variable switch
    {
        NoticeVariables.CaseNo => notice.CaseNo,
        NoticeVariables.StepName => notice.StepName,
        NoticeVariables.DueOn => notice.DueOn is { } day ? PolishDays.Of(day, today) : null,
        NoticeVariables.HandedOverBy => notice.HandedOverBy,
        NoticeVariables.Centre => centre,
        NoticeVariables.Count when part.Forms.IsEmpty => notice.Count.ToString(CultureInfo.InvariantCulture),
        NoticeVariables.Count => string.Create(
            CultureInfo.InvariantCulture, $"{notice.Count} {part.Forms[PluralOf(notice.Count)]}"),
        _ => null,
    };

    /// <summary>Polish: 1 zadanie, 2 zadania, 5 zadań, 12 zadań, 22 zadania.</summary>
    static int PluralOf(int count) => count == 1 ? 0
        : count % 10 is >= 2 and <= 4 && count % 100 is < 12 or > 14 ? 1 : 2;
}

/// <summary>Days in Polish words: "12 marca 2026 (czwartek)", with "dziś" and "jutro" where they fit.</summary>
public static class PolishDays
{
    static readonly CultureInfo Polish = CultureInfo.GetCultureInfo("pl-PL");

    public static string Of(DateOnly day, DateOnly today)
    {
        var words = day.ToString("d MMMM yyyy", Polish);
        return (day.DayNumber - today.DayNumber) switch
        {
            0 => $"dziś, {words}",
            1 => $"jutro, {words}",
            _ => $"{words} ({day.ToString("dddd", Polish)})",
        };
    }
}

/// <summary>
/// The message as a page and as plain text. Headings, paragraphs and lists are what they are called, the link says
/// where it leads, nothing is loaded from anywhere.
/// </summary>
sealed class NoticePage(
    string subject, string heading, List<string> paragraphs, string link, Notice notice, string centre, DateOnly today)
{
    const string Automatic =
        "Wiadomość wysłał automatycznie system spraw ośrodka. Odpowiedzi na nią nikt nie czyta; decyzje zapadają " +
        "tylko w systemie, po zalogowaniu.";

    const string Style =
        "font-family:'Segoe UI',Arial,sans-serif;font-size:16px;line-height:1.5;color:#1b1b1b;background:#ffffff;" +
        "max-width:40em;margin:0 auto;padding:16px";

    public string Html()
    {
        var page = new StringBuilder();
        page.Append("<!doctype html>\n<html lang=\"pl\">\n<head>\n<meta charset=\"utf-8\">\n")
            .Append("<meta name=\"viewport\" content=\"width=device-width\">\n<title>").Append(Safe(subject))
            .Append("</title>\n</head>\n<body style=\"").Append(Style)
            .Append("\">\n<main>\n<h1 style=\"font-size:20px\">")
            .Append(Safe(heading)).Append("</h1>\n");
        foreach (var paragraph in paragraphs)
        {
            page.Append("<p>").Append(Safe(paragraph).Replace("\n", "<br>\n", StringComparison.Ordinal))
                .Append("</p>\n");
        }
        foreach (var (group, lines) in Groups())
        {
            page.Append("<h2 style=\"font-size:17px\">").Append(Safe(group)).Append("</h2>\n<ul>\n");
            foreach (var line in lines)
            {
                page.Append("<li><a href=\"").Append(Safe(line.Link.AbsoluteUri)).Append("\">")
                    .Append(Safe(NameOf(line))).Append("</a>").Append(Safe(DueOf(line))).Append("</li>\n");
            }
            page.Append("</ul>\n");
        }
        return page.Append("<p><a href=\"").Append(Safe(notice.Link.AbsoluteUri)).Append("\">").Append(Safe(link))
            .Append("</a></p>\n</main>\n<footer>\n<p style=\"font-size:14px;color:#4a4a4a\">")
            .Append(Safe(centre)).Append(".<br>\n").Append(Safe(Automatic))
            .Append("</p>\n</footer>\n</body>\n</html>\n").ToString();
    }

    public string Text()
    {
        var text = new StringBuilder().Append(heading).Append("\n\n");
        foreach (var paragraph in paragraphs) text.Append(paragraph).Append("\n\n");
        foreach (var (group, lines) in Groups())
        {
            text.Append(group).Append(":\n");
            foreach (var line in lines)
            {
                text.Append("- ").Append(NameOf(line)).Append(DueOf(line)).Append("\n  ")
                    .Append(line.Link.AbsoluteUri).Append('\n');
            }
            text.Append('\n');
        }
        return text.Append(link).Append(":\n").Append(notice.Link.AbsoluteUri).Append("\n\n-- \n").Append(centre)
            .Append('\n').Append(Automatic).Append('\n').ToString();
    }

    IEnumerable<(string Name, IEnumerable<NoticeLine> Lines)> Groups() =>
        notice.Lines.IsDefaultOrEmpty
            ? []
            : notice.Lines.GroupBy(line => line.Group).OrderBy(group => group.Key)
                .Select(group => (NameOf(group.Key), group.AsEnumerable()));

    static string NameOf(NoticeGroup group) => group switch
    {
        NoticeGroup.Overdue => "Po terminie",
        NoticeGroup.Today => "Na dziś",
        NoticeGroup.Next => "Na najbliższe dni",
        NoticeGroup.Reminder => "Przypomnienia",
        NoticeGroup.Escalated => "Zadania innych po terminie",
        _ => throw new ArgumentOutOfRangeException(nameof(group), group, "Expected a known group."),
    };

    static string NameOf(NoticeLine line) =>
        line.CaseNo is null ? line.StepName : $"{line.StepName}, sprawa {line.CaseNo}";

    string DueOf(NoticeLine line) => line.DueOn is { } day ? $", termin: {PolishDays.Of(day, today)}" : "";

    static string Safe(string text) => WebUtility.HtmlEncode(text);
}

/// <summary>The words the product comes with.</summary>
public static class ShippedTemplates
{
    const string Due = "Termin: {dueOn}.";

    /// <summary>By name; every kind has one.</summary>
    public static readonly ImmutableDictionary<string, TemplateText> All = new Dictionary<string, TemplateText>
    {
        [Templates.CaseSubject] = new("Sprawa {caseNo}: zadanie do wykonania", "", "", "", ""),
        [nameof(NoticeKind.TaskAssigned)] = OfCase(
            "Masz nowe zadanie",
            $"Czeka na Ciebie zadanie „{{stepName}}”.\nZadanie przekazuje: {{handedOverBy}}.\n{Due}",
            "Otwórz zadanie „{stepName}”", "Zadanie dla Ciebie: {stepName}, sprawa {caseNo}"),
        [nameof(NoticeKind.ApprovalRequested)] = OfCase(
            "Prośba o decyzję",
            $"Krok „{{stepName}}” czeka na Twoją decyzję.\nO decyzję prosi: {{handedOverBy}}.\n{Due}\n\n" +
            "Odnośnik otwiera stronę, na której widać, o co chodzi. Decyzja zapada dopiero tam, po zalogowaniu.",
            "Przejdź do decyzji: „{stepName}”", "Prośba o decyzję: {stepName}, sprawa {caseNo}"),
        [nameof(NoticeKind.TaskReturned)] = OfCase(
            "Zadanie wróciło z uwagami",
            $"Zadanie „{{stepName}}” wróciło do Ciebie z uwagami; uwagi są w systemie.\n" +
            $"Zwraca: {{handedOverBy}}.\n{Due}",
            "Otwórz zadanie „{stepName}”", "Zwrócone z uwagami: {stepName}, sprawa {caseNo}"),
        [nameof(NoticeKind.DueToday)] = OfCase(
            "Dziś mija termin", $"Dziś mija termin zadania „{{stepName}}”.\n{Due}",
            "Otwórz zadanie „{stepName}”", "Dziś mija termin: {stepName}, sprawa {caseNo}"),
        [nameof(NoticeKind.Overdue)] = OfCase(
            "Zadanie jest po terminie", $"Termin zadania „{{stepName}}” minął.\n{Due}",
            "Otwórz zadanie „{stepName}”", "Po terminie: {stepName}, sprawa {caseNo}"),
        [nameof(NoticeKind.Escalation)] = OfCase(
            "Zadanie czeka po terminie",
            $"Zadanie „{{stepName}}” czeka po terminie i wymaga Twojej uwagi.\nWykonuje: {{handedOverBy}}.\n{Due}",
            "Zobacz zadanie „{stepName}”", "Czeka po terminie: {stepName}, sprawa {caseNo}"),
        [nameof(NoticeKind.Digest)] = new(
            "Twoje zadania na dziś", "Twoje zadania",
            "Na liście: {count:zadanie|zadania|zadań}.", "Otwórz listę „Dziś”",
            "Na dziś: {count:zadanie|zadania|zadań}"),
        [nameof(NoticeKind.SilenceReport)] = new(
            "Sprawy bez następnego kroku", "Sprawy, którymi nikt się nie zajmuje",
            "Nocne sprawdzenie znalazło {count:sprawę|sprawy|spraw} bez następnego kroku, osoby albo daty.",
            "Otwórz listę spraw", "Bez następnego kroku: {count:sprawa|sprawy|spraw}"),
    }.ToImmutableDictionary(StringComparer.Ordinal);

    static TemplateText OfCase(string heading, string body, string link, string preview) =>
        new("", heading, body, link, preview);
}
