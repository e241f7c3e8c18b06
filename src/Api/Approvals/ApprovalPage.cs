using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Unicode;
using Api.Access;
using Api.Cases;
using Api.Documents;
using Api.Startup;

namespace Api.Approvals;

/// <summary>
/// The pages behind a link in a message: written on the server, whole without script, for a phone of 360 px. One style
/// sheet and one small script for passkeys, both inside the page and known to its policy by their hashes.
/// </summary>
public sealed class ApprovalPage(Settings settings)
{
    static readonly HtmlEncoder Encoder = HtmlEncoder.Create(UnicodeRanges.All);
    static readonly string Css = Resource("tokens.css") + Resource("approval.css");
    static readonly string Script = Resource("passkey.js");
    static readonly string Symbols = Resource("icons.svg");

    /// <summary>Nothing of others is loaded, and what runs and styles is this page's own.</summary>
    public static readonly string ContentSecurityPolicy =
        $"default-src 'none'; style-src 'sha256-{HashOf(Css)}'; script-src 'sha256-{HashOf(Script)}'; " +
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

    const string NotASignature = "Akceptacja kroku – nie jest to podpis pod decyzją.";

    /// <param name="Path">Address of this link.</param>
    /// <param name="Token">Anti-forgery token of this answer.</param>
    /// <param name="Name">Who is signed in; null before.</param>
    public sealed record Frame(string Path, string Token, string? Name);

    // ---- before signing in ----------------------------------------------------------------------------------------

    /// <summary>The same for every link there is or is not: nothing of the case, not even its number.</summary>
    /// <param name="comment">What was typed before the session ended; it goes along.</param>
    public string SignIn(Frame frame, string? error, string? userName, string? comment, bool passkeys, bool entra)
    {
        var body = new StringBuilder("<main class=\"sign-in\" id=\"tresc\">\n<h1>Zaloguj się</h1>\n")
            .Append("<p class=\"by\">Ktoś czeka na Twoją decyzję. Po zalogowaniu zobaczysz, o co chodzi.</p>\n");
        if (error is not null) Notice(body, "bad", error);
        if (comment is not null)
            Notice(body, "warn", "Sesja się skończyła. Twój tekst jest bezpieczny i wróci po zalogowaniu.");
        body.Append("<form class=\"stack card\" method=\"post\" action=\"").Append(Text(frame.Path))
            .Append("/sign-in\">\n");
        Hidden(body, frame, comment);
        Field(body, "userName", "Nazwa użytkownika", "text", "username", userName);
        Field(body, "password", "Hasło", "password", "current-password", value: null);
        body.Append("<button class=\"button primary\">Zaloguj się</button>\n</form>\n");
        if (entra)
        {
            body.Append("<p><a class=\"button\" href=\"/api/session/entra?returnTo=")
                .Append(Text(Uri.EscapeDataString(frame.Path))).Append("\">Zaloguj się kontem Microsoft</a></p>\n");
        }
        if (passkeys) Passkey(body, "Zaloguj się kluczem dostępu");
        if (comment is not null) After(body, frame, comment, decision: null, version: null);
        return Whole(frame, "Zaloguj się", body.Append("</main>\n"));
    }

    // ---- the question ---------------------------------------------------------------------------------------------

    public string Question(Frame frame, ApprovalAnswer.Question asked, string? preselected)
    {
        var view = asked.View;
        var body = new StringBuilder("<main class=\"deciding\" id=\"tresc\">\n");
        Head(body, view);
        if (asked.Notice is { } notice) Notice(body, "warn", notice);
        if (!asked.Problems.IsDefaultOrEmpty) Notice(body, "bad", string.Join(' ', asked.Problems));
        if (asked.Fresh is { } fresh) Changes(body, fresh);
        foreach (var paper in view.Proposal) Paper(body, paper);
        if (view.Changes is { } changes && asked.Fresh is null) Changes(body, changes);
        Follows(body, view);
        Missing(body, view);
        if (!view.Stored.IsEmpty && view.Options.Any(option => option.IsOpen)) Stored(body, view.Stored);
        Earlier(body, view);
        Files(body, view.Files);
        body.Append("</main>\n");
        Buttons(body, frame, asked, preselected);
        return Whole(frame, view.Name, body);
    }

    static void Head(StringBuilder body, ApprovalView view)
    {
        body.Append("<div class=\"row\">");
        if (view.CaseNo is { } caseNo)
            body.Append("<span class=\"case-no\"><span class=\"vh\">Sprawa </span>").Append(Text(caseNo))
                .Append("</span>");
        if (view.DueOn is { } due) Due(body, view, due);
        body.Append("</div>\n<h1>").Append(Text(view.Name));
        if (view.CaseLabel is { } label) body.Append(": ").Append(Text(label));
        body.Append("</h1>\n<p class=\"by\">").Append(Icon("person")).Append("<span>");
        if (view.AskedBy is { } who) body.Append("Wnosi ").Append(Text(who)).Append(". ");
        body.Append("Czeka ").Append(Text(PolishDates.Since(view.WaitingSince, view.Today))).Append(".</span></p>\n");
    }

    static void Due(StringBuilder body, ApprovalView view, DateOnly due)
    {
        var css = due < view.Today ? " late" : due == view.Today ? " today" : "";
        var (words, law) = view.Deadline?.Kind switch
        {
            "STAT" => ("§ ustawowy", true),
            "COURT" => ("§ sądowy", true),
            "CUST" => ("zwyczajowy", false),
            _ => ("wewnętrzny", false),
        };
        body.Append("<span class=\"due").Append(css).Append("\">").Append(Icon("cal")).Append("<b>")
            .Append(Text(PolishDates.Term(due, view.Today))).Append("</b><small><span>")
            .Append(Text(PolishDates.Short(due, view.Today))).Append("</span><span class=\"term")
            .Append(law ? " law" : "")
            .Append("\">").Append(Text(words)).Append("</span></small></span>");
    }

    static void Paper(StringBuilder body, ApprovalPaper paper)
    {
        body.Append("<div class=\"card proposal\"><h2 class=\"title\">").Append(Text(paper.Title)).Append("</h2>\n");
        var open = false;
        foreach (var part in paper.Parts)
        {
            if (open != part is DocumentPart.Answer) body.Append((open = !open) ? "<dl class=\"facts\">" : "</dl>\n");
            switch (part)
            {
                case DocumentPart.Heading heading:
                    body.Append("<h3>").Append(Text(heading.Text)).Append("</h3>\n");
                    break;
                case DocumentPart.Answer answer:
                    Term(body, answer.Label, answer.Lines);
                    break;
                case DocumentPart.Table table:
                    body.Append("<dl class=\"facts\">");
                    Term(body, table.Caption, Rows(table));
                    body.Append("</dl>\n");
                    break;
            }
        }
        body.Append(open ? "</dl>" : "").Append("<p class=\"small quiet\">").Append(Text(paper.Author))
            .Append("</p></div>\n");
    }

    /// <summary>A table of a form as lines: a phone has no room for columns.</summary>
    static ImmutableArray<string> Rows(DocumentPart.Table table) => table.Rows.IsEmpty
        ? ["brak wpisów"]
        : [.. table.Rows.Select(row => string.Join("; ", table.Columns.Zip(row)
            .Where(cell => cell.Second.Length > 0).Select(cell => $"{cell.First}: {cell.Second}")))];

    static void Term(StringBuilder body, string label, ImmutableArray<string> lines)
    {
        body.Append("<div><dt>").Append(Text(label)).Append("</dt><dd>");
        foreach (var line in lines) body.Append("<p>").Append(Text(line)).Append("</p>");
        body.Append("</dd></div>\n");
    }

    static void Changes(StringBuilder body, ApprovalChanges changes)
    {
        body.Append("<section><h2>Co się zmieniło ").Append(Text(changes.Since)).Append("</h2><ul class=\"list\">\n");
        foreach (var change in changes.Items)
        {
            body.Append("<li>").Append(Icon(change.Before is null ? "plus" : "swap")).Append("<span>");
            if (change.Before is null)
            {
                body.Append("Dopisano: <ins>").Append(Text(change.What)).Append("</ins> (")
                    .Append(Text(change.After ?? ""))
                    .Append(')');
            }
            else
            {
                body.Append(Text(change.What)).Append(": <del>").Append(Text(change.Before))
                    .Append("</del> <span aria-hidden=\"true\">→</span><span class=\"vh\">zmieniono na</span> <ins>")
                    .Append(Text(change.After ?? "usunięto")).Append("</ins>");
            }
            body.Append("</span></li>\n");
        }
        body.Append("</ul></section>\n");
    }

    static void Follows(StringBuilder body, ApprovalView view)
    {
        body.Append("<section><h2>Co się stanie</h2><div class=\"follows\">\n");
        foreach (var option in view.Options)
        {
            body.Append("<div><b>").Append(Text(option.Choice.Words)).Append("</b>");
            if (option.Next.IsEmpty) body.Append("<p>Żaden krok pracownika nie następuje od razu.</p>");
            else
            {
                body.Append("<p>Następny krok: ").Append(Text(string.Join(
                    " albo ", option.Next.Select(step => $"{step.Name} ({step.Who})")))).Append(".</p>");
            }
            body.Append("</div>\n");
        }
        body.Append("</div></section>\n");
    }

    static void Missing(StringBuilder body, ApprovalView view)
    {
        var closed = view.Options.Where(option => !option.IsOpen).ToList();
        if (closed.Count == 0) return;
        body.Append("<section><h2>Czego nie da się zrobić z wiadomości</h2><ul class=\"list\">\n");
        foreach (var option in closed)
        {
            body.Append("<li>").Append(Icon("note")).Append("<span><b>").Append(Text(option.Choice.Words))
                .Append("</b>: najpierw trzeba wypełnić: ").Append(Text(string.Join(", ", option.Missing)))
                .Append(".</span></li>\n");
        }
        body.Append("</ul></section>\n");
    }

    static void Stored(StringBuilder body, ImmutableArray<KeyValuePair<string, string>> stored)
    {
        body.Append("<section><h2>Co zostanie zapisane z decyzją</h2><dl class=\"facts\">\n");
        foreach (var (label, value) in stored) Term(body, label, [value]);
        body.Append("</dl></section>\n");
    }

    static void Earlier(StringBuilder body, ApprovalView view)
    {
        if (view.Earlier.IsEmpty) return;
        body.Append("<section><h2>Wcześniejsze decyzje w tej sprawie</h2><ul class=\"list\">\n");
        foreach (var one in view.Earlier)
        {
            body.Append("<li>").Append(Icon("note")).Append("<span>").Append(Text(one.On)).Append(": ")
                .Append(Text(one.Step)).Append(" – ").Append(Text(one.Words)).Append(". ");
            if (one.Comment is { Length: > 0 } words) body.Append('„').Append(Text(words)).Append("” ");
            body.Append(Text(one.Who)).Append("</span></li>\n");
        }
        body.Append("</ul></section>\n");
    }

    static void Files(StringBuilder body, ImmutableArray<ApprovalFile> files)
    {
        if (files.IsEmpty) return;
        body.Append("<section class=\"files\"><h2>Dokumenty i załączniki</h2>\n");
        foreach (var file in files)
        {
            body.Append("<a href=\"").Append(Text(file.Path)).Append("\">").Append(Icon("doc")).Append("<b>")
                .Append(Text(file.Name)).Append("</b><span>").Append(Text(file.About)).Append("</span></a>\n");
        }
        body.Append("</section>\n");
    }

    // ---- the buttons ----------------------------------------------------------------------------------------------

    static void Buttons(StringBuilder body, Frame frame, ApprovalAnswer.Question asked, string? preselected)
    {
        var view = asked.View;
        body.Append("<div class=\"decide\" role=\"region\" aria-label=\"Decyzja\"><div class=\"decide-in\">\n");
        var open = view.Options.Where(option => option.IsOpen).ToList();
        // The way back stands first, so that the hand does not fall on the consent by habit.
        foreach (var option in open.Where(option => option.CommentRequired))
            Reasoned(body, frame, asked, option, preselected);
        foreach (var option in open.Where(option => !option.CommentRequired))
        {
            Form(body, frame, view, option.Choice.Kind, "");
            Press(body, option);
            body.Append("</form>\n");
        }
        body.Append("<p class=\"note\">");
        if (open.Count == 0)
            body.Append("</p><a class=\"button primary\" href=\"").Append(Text(view.TaskPath))
                .Append("\">Otwórz zadanie</a>");
        else
        {
            body.Append(NotASignature).Append(" <a href=\"").Append(Text(view.TaskPath))
                .Append("\">Inna decyzja: otwórz zadanie</a></p>");
        }
        body.Append("</div></div>\n");
    }

    static void Reasoned(
        StringBuilder body, Frame frame, ApprovalAnswer.Question asked, ApprovalOption option, string? preselected)
    {
        var kind = option.Choice.Kind;
        var chosen = asked.Chosen is null || asked.Chosen == kind || asked.Chosen == ApprovalChoice.Approve;
        var comment = chosen ? asked.Comment : null;
        var lacks = asked.LacksReason && asked.Chosen == kind;
        var open = lacks || comment is not null || preselected == kind;
        body.Append("<details").Append(open ? " open" : "").Append("><summary class=\"button\">")
            .Append(Icon(IconOf(option))).Append(Text(option.Choice.Words)).Append("</summary>\n");
        Form(body, frame, asked.View, kind, "stack");
        body.Append("<div><label class=\"label\" for=\"comment-").Append(kind).Append("\">")
            .Append(Text(asked.View.CommentLabel ?? "Uzasadnienie")).Append("</label>");
        if (lacks)
        {
            body.Append("<p class=\"error\" id=\"error-").Append(kind)
                .Append("\">Napisz, dlaczego. Bez tego nikt nie będzie wiedział, co poprawić.</p>");
        }
        body.Append("<textarea class=\"input\" id=\"comment-").Append(kind).Append("\" name=\"comment\" rows=\"3\" ")
            .Append("required maxlength=\"").Append(Decide.CommentLengthMax).Append('"')
            .Append(lacks ? $" aria-invalid=\"true\" aria-describedby=\"error-{kind}\" autofocus" : "").Append('>')
            .Append(Text(comment ?? "")).Append("</textarea></div>\n");
        Press(body, option);
        body.Append("</form></details>\n");
    }

    static void Form(StringBuilder body, Frame frame, ApprovalView view, string kind, string css)
    {
        body.Append("<form class=\"").Append(css).Append("\" method=\"post\" action=\"").Append(Text(frame.Path))
            .Append("\">\n");
        Hidden(body, frame, comment: null);
        Value(body, "decision", kind);
        Value(body, "version", view.Version.ToString());
    }

    // The button itself is pressed: no default on Enter, no decision by opening a page.
    static void Press(StringBuilder body, ApprovalOption option) =>
        body.Append("<button class=\"button").Append(option.Choice.Kind == ApprovalChoice.Approve ? " primary" : "")
            .Append("\">").Append(Icon(IconOf(option))).Append(Text(option.Choice.Words)).Append("</button>\n");

    static string IconOf(ApprovalOption option) => option.Choice.Kind switch
    {
        ApprovalChoice.Approve => "check",
        ApprovalChoice.Refuse => "cross",
        _ => "undo",
    };

    // ---- once more: who is it -------------------------------------------------------------------------------------

    public string ProveAgain(Frame frame, ApprovalAnswer.ProveAgain asked, string? error)
    {
        var body = new StringBuilder("<main class=\"sign-in\" id=\"tresc\">\n<h1>Potwierdź, że to Ty</h1>\n")
            .Append("<p class=\"by\">")
            .Append("Ta decyzja wymaga świeżego logowania i drugiego potwierdzenia. ")
            .Append("Jeszcze nic nie zostało zapisane.</p>\n")
            .Append("<p class=\"deed\">").Append(Deed(asked.Option.Choice.Words, asked.View.Name)).Append("</p>\n");
        if (error is not null) Notice(body, "bad", error);
        if (asked.Code)
        {
            Form(body, frame, asked.View, asked.Option.Choice.Kind, "stack card");
            Value(body, "comment", asked.Comment ?? "");
            if (asked.Password) Field(body, "password", "Hasło", "password", "current-password", value: null);
            Field(body, "code", "Kod z aplikacji w telefonie", "text", "one-time-code", value: null);
            body.Append("<button class=\"button primary\">").Append(Text(asked.Option.Choice.Words))
                .Append("</button>\n</form>\n");
        }
        if (asked.Stale && settings.Entra is not null)
        {
            body.Append("<p><a class=\"button\" href=\"/api/session/entra?again=true&amp;returnTo=")
                .Append(Text(Uri.EscapeDataString(frame.Path)))
                .Append("\">Zaloguj się ponownie kontem Microsoft</a></p>\n");
        }
        else if (!asked.Code && !asked.Passkey)
        {
            Notice(body, "warn", "Twoje konto nie ma jeszcze drugiego potwierdzenia. Dodaj klucz dostępu albo kod z " +
                "telefonu na stronie konta, a potem wróć do tego linku.");
            body.Append("<p><a class=\"button\" href=\"/konto\">Otwórz moje konto</a></p>\n");
        }
        if (asked.Passkey)
        {
            Passkey(body, "Potwierdź kluczem dostępu");
            if (!asked.Code)
                body.Append("<noscript><p>Klucz dostępu działa tylko z włączonymi skryptami.</p></noscript>\n");
        }
        After(body, frame, asked.Comment, asked.Option.Choice.Kind, asked.View.Version.ToString());
        if (asked.Comment is { } comment) Kept(body, comment);
        body.Append("<p><a href=\"").Append(Text(frame.Path)).Append("\">Wróć bez decyzji</a></p></main>\n");
        return Whole(frame, "Potwierdź, że to Ty", body);
    }

    // ---- the end --------------------------------------------------------------------------------------------------

    public string Receipt(Frame frame, ApprovalAnswer.Receipt receipt, PolishDates dates)
    {
        var body = new StringBuilder("<main id=\"tresc\">\n");
        if (receipt.CaseNo is { } caseNo)
            body.Append("<span class=\"case-no\"><span class=\"vh\">Sprawa </span>").Append(Text(caseNo))
                .Append("</span>");
        body.Append("<h1>Decyzja zapisana</h1>\n<div class=\"notice ok\" role=\"status\">").Append(Icon("check"))
            .Append("<p>").Append(Deed(receipt.Words, receipt.Step)).Append("<br>")
            .Append(Text($"{receipt.Who}, {dates.Moment(receipt.At)}")).Append("</p></div>\n");
        if (!receipt.Next.IsEmpty)
        {
            body.Append("<section><h2>Co dalej</h2><ul class=\"list\">");
            foreach (var next in receipt.Next)
            {
                body.Append("<li>").Append(Icon("person")).Append("<span>").Append(Text(next.Name)).Append(": ")
                    .Append(Text(next.Who)).Append("</span></li>");
            }
            body.Append("</ul></section>\n");
        }
        body.Append("<section>");
        if (receipt.Waiting is { } waiting)
        {
            var due = waiting.DueOn is { } day ? $", do {PolishDates.Plain(day, dates.DayOf(receipt.At))}" : "";
            body.Append("<p><a class=\"button primary\" href=\"").Append(Text(waiting.Path))
                .Append("\">Następna decyzja: ")
                .Append(Text($"{waiting.Name}{(waiting.CaseNo is { } no ? $", {no}" : "")}{due}")).Append("</a></p>\n");
        }
        else body.Append("<p>Żadna inna decyzja na Ciebie nie czeka.</p>\n");
        body.Append("<p class=\"small quiet\">").Append(NotASignature).Append("</p></section></main>\n");
        return Whole(frame, "Decyzja zapisana", body);
    }

    public string Over(Frame frame, ApprovalAnswer.Over over)
    {
        var body = new StringBuilder("<main id=\"tresc\">\n<h1>").Append(Text(over.Title)).Append("</h1>\n");
        Notice(body, "", over.Words);
        if (over.Comment is { } comment) Kept(body, comment);
        body.Append("<p><a class=\"button\" href=\"").Append(Text(over.TaskPath ?? "/")).Append("\">")
            .Append(over.TaskPath is null or "/" ? "Otwórz listę zadań" : "Otwórz zadanie").Append("</a></p></main>\n");
        return Whole(frame, over.Title, body);
    }

    public string NotForYou(Frame frame)
    {
        var body = new StringBuilder("<main id=\"tresc\">\n<h1>Ta prośba nie jest do Ciebie</h1>\n");
        Notice(body, "warn", "Link z wiadomości jest dla osoby, która ją dostała. Jeśli masz ją zastąpić, poproś " +
            "koordynatora o wpisanie zastępstwa.");
        return Whole(frame, "Ta prośba nie jest do Ciebie", body.Append(
            "<p><a class=\"button\" href=\"/\">Otwórz swoje zadania</a></p></main>\n"));
    }

    public string TooMany(Frame frame, string? comment)
    {
        var body = new StringBuilder("<main id=\"tresc\">\n<h1>Za dużo prób</h1>\n");
        Notice(body, "warn", "Odczekaj minutę i spróbuj jeszcze raz. Nic nie zostało zapisane.");
        if (comment is not null) Kept(body, comment);
        return Whole(frame, "Za dużo prób", body.Append("</main>\n"));
    }

    // ---- parts ----------------------------------------------------------------------------------------------------

    /// <summary>What was pressed and at which step; a step that is named as its button is told once.</summary>
    static string Deed(string words, string step) =>
        words == step ? $"<b>{Text(words)}</b>" : $"<b>{Text(words)}</b> – {Text(step)}";

    static void Kept(StringBuilder body, string comment) =>
        body.Append("<div class=\"card\"><label class=\"label\" for=\"kept\">Twój tekst, do skopiowania</label>")
            .Append("<textarea class=\"input\" id=\"kept\" readonly rows=\"4\">").Append(Text(comment))
            .Append("</textarea></div>\n");

    /// <summary>What the script sends when the passkey has done its part.</summary>
    static void After(StringBuilder body, Frame frame, string? comment, string? decision, string? version)
    {
        body.Append("<form data-after hidden method=\"post\" action=\"").Append(Text(frame.Path)).Append("\">\n");
        Hidden(body, frame, comment);
        if (decision is not null) Value(body, "decision", decision);
        if (version is not null) Value(body, "version", version);
        body.Append("</form>\n");
    }

    static void Passkey(StringBuilder body, string words) => body
        .Append("<p><button type=\"button\" class=\"button\" data-passkey hidden>").Append(Icon("key"))
        .Append(Text(words))
        .Append("</button></p>\n<p class=\"error\" data-passkey-told role=\"alert\" tabindex=\"-1\" hidden>")
        .Append("Nie udało się użyć klucza dostępu. Spróbuj ponownie albo zaloguj się hasłem.</p>\n<script>")
        .Append(Script)
        .Append("</script>\n");

    static void Field(
        StringBuilder body, string name, string label, string type, string autocomplete, string? value) => body
        .Append("<div><label class=\"label\" for=\"").Append(name).Append("\">").Append(Text(label))
        .Append("</label><input class=\"input\" id=\"").Append(name).Append("\" name=\"").Append(name)
        .Append("\" type=\"").Append(type).Append("\" autocomplete=\"").Append(autocomplete)
        .Append("\" required maxlength=\"256\" autocapitalize=\"none\" spellcheck=\"false\"")
        .Append(value is null ? "" : $" value=\"{Text(value)}\"").Append("></div>\n");

    static void Hidden(StringBuilder body, Frame frame, string? comment)
    {
        Value(body, ApprovalEndpoints.TokenField, frame.Token);
        if (comment is not null) Value(body, "comment", comment);
    }

    static void Value(StringBuilder body, string name, string value) => body.Append("<input type=\"hidden\" name=\"")
        .Append(name).Append("\" value=\"").Append(Text(value)).Append("\">\n");

    static void Notice(StringBuilder body, string css, string words) => body.Append("<div class=\"notice ").Append(css)
        .Append("\" role=\"status\">").Append(Icon("note")).Append("<p>").Append(Text(words)).Append("</p></div>\n");

    string Whole(Frame frame, string title, StringBuilder body)
    {
        var html = new StringBuilder("<!doctype html>\n<html lang=\"pl\">\n<head>\n<meta charset=\"utf-8\">\n")
            .Append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n")
            .Append("<meta name=\"color-scheme\" content=\"light dark\">\n")
            .Append("<meta name=\"robots\" content=\"noindex\">\n<title>")
            .Append(Text(title)).Append("</title>\n<style>").Append(Css).Append("</style>\n</head>\n<body>\n")
            .Append("<a class=\"skip\" href=\"#tresc\">Przejdź do treści</a>\n<header class=\"bar\">")
            .Append("<div class=\"bar-in\">")
            .Append("<span class=\"brand\"><svg viewBox=\"0 0 28 28\" aria-hidden=\"true\">")
            .Append("<path d=\"M3 6h7l2.5 3H25v14H3z\"/>")
            .Append("<path d=\"M7.5 23v-4M12 23v-6.5M16.5 23v-4M21 23v-6.5\"/></svg>").Append(Text(settings.CentreName))
            .Append("</span><span class=\"who\">").Append(Text(frame.Name ?? "")).Append("</span></div></header>\n");
        return html.Append(body).Append(Symbols).Append("</body>\n</html>\n").ToString();
    }

    static string Icon(string name) => $"<svg class=\"i\" aria-hidden=\"true\"><use href=\"#i-{name}\"/></svg>";

    static string Text(string text) => Encoder.Encode(text);

    static string Resource(string name)
    {
        using var stream = typeof(ApprovalPage).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"Expected the resource {name} in the assembly.");
        // One kind of line ends, so that the hash in the policy is that of what the browser sees.
        return new StreamReader(stream).ReadToEnd().ReplaceLineEndings("\n");
    }

    static string HashOf(string text) => Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
