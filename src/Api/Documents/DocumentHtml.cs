using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Unicode;

namespace Api.Documents;

/// <summary>A document as one HTML page to be read aloud, printed on A4 and put into PDF; no script in it.</summary>
public static class DocumentHtml
{
    static readonly HtmlEncoder Encoder = HtmlEncoder.Create(UnicodeRanges.All);

    const string Css = """

        @page { size: A4; margin: 20mm 18mm 22mm;
          @bottom-right { content: counter(page) " / " counter(pages); font: 9pt "Liberation Sans", sans-serif } }
        * { box-sizing: border-box }
        html { color: #111; background: #fff; font: 11pt/1.45 "Liberation Sans", Arial, sans-serif }
        body { max-width: 174mm; margin: 0 auto; padding: 8mm 4mm }
        header { border-bottom: 1.5pt solid #111; margin-bottom: 6mm; padding-bottom: 4mm }
        .centre { margin: 0; font-size: 10pt }
        h1 { font-size: 17pt; line-height: 1.25; margin: 3mm 0 4mm }
        h2 { font-size: 13pt; margin: 7mm 0 2mm } h3, h4, h5, h6 { font-size: 11.5pt; margin: 5mm 0 2mm }
        h2, h3, h4, h5, h6, caption { break-after: avoid }
        dl { margin: 0 } dl > div { break-inside: avoid; margin: 0 0 2.5mm }
        dt { font-weight: bold; font-size: 9.5pt } dd { margin: 0; overflow-wrap: anywhere }
        header dl { display: flex; flex-wrap: wrap; gap: 1mm 8mm } header dl > div { margin: 0 }
        dd p { margin: 0 } dd p:empty { height: 1em }
        table { width: 100%; border-collapse: collapse; margin: 4mm 0 }
        caption { text-align: left; font-weight: bold; padding-bottom: 1mm }
        th, td { border: 0.5pt solid #555; padding: 1.2mm 1.8mm; text-align: left; vertical-align: top; font-size: 10pt;
          overflow-wrap: anywhere; white-space: pre-line }
        tr { break-inside: avoid } thead { display: table-header-group }
        @media print { body { max-width: none; padding: 0 } }

        """;

    /// <summary>The one style sheet, as a source of a policy.</summary>
    public static readonly string StyleSource = $"'sha256-{HashOf(Css)}'";

    /// <summary>Nothing is loaded and nothing runs; the one style sheet is known by its hash.</summary>
    public static readonly string ContentSecurityPolicy =
        $"default-src 'none'; style-src {StyleSource}; base-uri 'none'; form-action 'none'";

    public static string Write(DocumentPage page)
    {
        var html = new StringBuilder(4096);
        html.Append("<!doctype html>\n<html lang=\"pl\">\n<head>\n<meta charset=\"utf-8\">\n")
            .Append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n")
            // The policy travels with the page: a file on a disk has no headers.
            .Append("<meta http-equiv=\"Content-Security-Policy\" content=\"")
            .Append(ContentSecurityPolicy).Append("\">\n")
            .Append("<title>").Append(Text(page.Title)).Append("</title>\n<style>").Append(Css)
            .Append("</style>\n</head>\n<body>\n<header>\n<p class=\"centre\">").Append(Text(page.Centre))
            .Append("</p>\n<h1>").Append(Text(page.Title)).Append("</h1>\n<dl>\n");
        foreach (var (label, value) in page.Facts) Term(html, label, [value]);
        html.Append("</dl>\n</header>\n<main>\n");
        var inList = false;
        foreach (var part in page.Parts)
        {
            if (inList != part is DocumentPart.Answer)
            {
                inList = !inList;
                html.Append(inList ? "<dl>\n" : "</dl>\n");
            }
            Add(html, part);
        }
        if (inList) html.Append("</dl>\n");
        return html.Append("</main>\n</body>\n</html>\n").ToString();
    }

    static void Add(StringBuilder html, DocumentPart part)
    {
        switch (part)
        {
            case DocumentPart.Heading heading:
                html.Append("<h").Append(heading.Level).Append('>').Append(Text(heading.Text)).Append("</h")
                    .Append(heading.Level).Append(">\n");
                break;
            case DocumentPart.Answer answer:
                Term(html, answer.Label, answer.Lines);
                break;
            case DocumentPart.Table table:
                AddTable(html, table);
                break;
        }
    }

    static void Term(StringBuilder html, string label, IReadOnlyList<string> lines)
    {
        html.Append("<div><dt>").Append(Text(label)).Append("</dt><dd>");
        if (lines.Count == 1) html.Append(Text(lines[0]));
        else foreach (var line in lines) html.Append("<p>").Append(Text(line)).Append("</p>");
        html.Append("</dd></div>\n");
    }

    static void AddTable(StringBuilder html, DocumentPart.Table table)
    {
        html.Append("<table>\n<caption>").Append(Text(table.Caption)).Append("</caption>\n<thead><tr>");
        foreach (var column in table.Columns) html.Append("<th scope=\"col\">").Append(Text(column)).Append("</th>");
        html.Append("</tr></thead>\n<tbody>\n");
        if (table.Rows.IsEmpty)
        {
            html.Append("<tr><td colspan=\"").Append(Math.Max(1, table.Columns.Length))
                .Append("\">brak wpisów</td></tr>\n");
        }
        foreach (var row in table.Rows)
        {
            html.Append("<tr>");
            foreach (var cell in row) html.Append("<td>").Append(Text(cell)).Append("</td>");
            html.Append("</tr>\n");
        }
        html.Append("</tbody>\n</table>\n");
    }

    static string Text(string text) => Encoder.Encode(text);

    // The hash is that of the element's text as the browser sees it: exactly what stands between the tags.
    static string HashOf(string css) => Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(css)));
}
