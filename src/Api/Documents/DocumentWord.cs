using System.Collections.Immutable;
using DocumentFormat.OpenXml;
using DocumentFormat.OpenXml.Packaging;
using DocumentFormat.OpenXml.Wordprocessing;

namespace Api.Documents;

/// <summary>A document as .docx (ECMA-376, WordprocessingML): the same content as the page for print.</summary>
public static class DocumentWord
{
    public const string MediaType = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";

    const string Font = "Liberation Sans";

    // Twentieths of a point: A4 with margins of 2 cm.
    const uint PageWidth = 11906;
    const uint PageHeight = 16838;
    const int Margin = 1134;

    public static byte[] Write(DocumentPage page)
    {
        using var stream = new MemoryStream();
        using (var file = WordprocessingDocument.Create(stream, WordprocessingDocumentType.Document))
        {
            file.PackageProperties.Title = page.Title;
            file.PackageProperties.Creator = page.Centre;
            file.PackageProperties.Language = "pl-PL";
            var main = file.AddMainDocumentPart();
            main.AddNewPart<StyleDefinitionsPart>().Styles = AllStyles();
            var body = new Body(Line(page.Centre, "Centre"), Line(page.Title, "Title"));
            foreach (var (label, value) in page.Facts) body.Append(Fact(label, value));
            foreach (var part in page.Parts) body.Append(Of(part));
            body.Append(new SectionProperties(
                new PageSize { Width = PageWidth, Height = PageHeight },
                new PageMargin
                {
                    Top = Margin, Bottom = Margin, Left = (uint)Margin, Right = (uint)Margin,
                    Header = 567, Footer = 567, Gutter = 0,
                }));
            main.Document = new Document(body);
        }
        return stream.ToArray();
    }

    static IEnumerable<OpenXmlElement> Of(DocumentPart part) => part switch
    {
        DocumentPart.Heading heading => [Line(heading.Text, $"Heading{Math.Min(heading.Level - 1, 3)}")],
        DocumentPart.Answer answer =>
        [
            Line(answer.Label, "Label"),
            .. answer.Lines.Select(line => Line(line, "Answer")),
        ],
        DocumentPart.Table table => [Line(table.Caption, "Label"), TableOf(table), Line("", "Answer")],
        _ => [],
    };

    static Table TableOf(DocumentPart.Table table)
    {
        var count = Math.Max(1, table.Columns.Length);
        var width = ((int)PageWidth - (2 * Margin)) / count;
        var made = new Table(
            new TableProperties(
                new TableWidth { Width = "5000", Type = TableWidthUnitValues.Pct },
                new TableBorders(
                    Side<TopBorder>(), Side<LeftBorder>(), Side<BottomBorder>(), Side<RightBorder>(),
                    Side<InsideHorizontalBorder>(), Side<InsideVerticalBorder>())),
            new TableGrid(Enumerable.Range(0, count).Select(_ => new GridColumn { Width = $"{width}" })));
        // A header row says so: Word repeats it on each page and reads it aloud as the name of its column.
        made.Append(Row([.. table.Columns], "Label", isHeader: true));
        foreach (var row in table.Rows) made.Append(Row(row, "Answer", isHeader: false));
        if (table.Rows.IsEmpty)
            made.Append(Row(["brak wpisów", .. Enumerable.Repeat("", count - 1)], "Answer", isHeader: false));
        return made;
    }

    static T Side<T>() where T : BorderType, new() =>
        new() { Val = BorderValues.Single, Size = 4, Space = 0, Color = "555555" };

    static TableRow Row(ImmutableArray<string> cells, string style, bool isHeader)
    {
        var row = new TableRow();
        row.Append(isHeader
            ? new TableRowProperties(new CantSplit(), new TableHeader())
            : new TableRowProperties(new CantSplit()));
        foreach (var cell in cells.DefaultIfEmpty(""))
            row.Append(new TableCell(cell.Split('\n').Select(line => Line(line, style))));
        return row;
    }

    static Paragraph Line(string text, string style) => new(
        new ParagraphProperties(new ParagraphStyleId { Val = style }), Run(text));

    static Paragraph Fact(string label, string value) => new(
        new ParagraphProperties(new ParagraphStyleId { Val = "Answer" }),
        new Run(new RunProperties(new Bold()), TextOf(label + ": ")), Run(value));

    static Run Run(string text) => new(TextOf(text));

    // Characters XML cannot hold were never typed by anybody; they come with pasted text.
    static Text TextOf(string text) => new(string.Concat(text.Where(letter =>
        System.Xml.XmlConvert.IsXmlChar(letter) || char.IsSurrogate(letter))))
    {
        Space = SpaceProcessingModeValues.Preserve,
    };

    static Styles AllStyles() => new(
        new DocDefaults(
            new RunPropertiesDefault(new RunPropertiesBaseStyle(
                new RunFonts { Ascii = Font, HighAnsi = Font, ComplexScript = Font },
                new FontSize { Val = "22" }, new Languages { Val = "pl-PL" })),
            new ParagraphPropertiesDefault(new ParagraphPropertiesBaseStyle(
                new SpacingBetweenLines { After = "60", Line = "264", LineRule = LineSpacingRuleValues.Auto }))),
        Style("Centre", "Ośrodek", 20, bold: false, before: 0, level: null),
        Style("Title", "Title", 34, bold: true, before: 120, level: null),
        Style("Heading1", "heading 1", 26, bold: true, before: 320, level: 0),
        Style("Heading2", "heading 2", 23, bold: true, before: 240, level: 1),
        Style("Heading3", "heading 3", 22, bold: true, before: 200, level: 2),
        Style("Label", "Pole", 19, bold: true, before: 120, level: null),
        Style("Answer", "Odpowiedź", 22, bold: false, before: 0, level: null));

    static Style Style(string id, string name, int halfPoints, bool bold, int before, int? level)
    {
        var paragraph = new StyleParagraphProperties();
        if (id != "Answer") paragraph.Append(new KeepNext());
        paragraph.Append(new SpacingBetweenLines { Before = $"{before}", After = "40" });
        if (level is { } outline) paragraph.Append(new OutlineLevel { Val = outline });
        var letters = new StyleRunProperties();
        if (bold) letters.Append(new Bold());
        letters.Append(new FontSize { Val = $"{halfPoints}" });
        return new Style(new StyleName { Val = name }, new PrimaryStyle(), paragraph, letters)
        {
            Type = StyleValues.Paragraph,
            StyleId = id,
        };
    }
}
