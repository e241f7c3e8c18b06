namespace Workflows.Statute;

/// <summary>Puts rows of a decision table back as the product has them.</summary>
static class TableText
{
    /// <summary>Texts to try, the smallest change first.</summary>
    public static IEnumerable<string> Restored(string edited, string shipped, string decisionId)
    {
        if (XmlText.Root(edited) is not { } mine || XmlText.Root(shipped) is not { } theirs
            || Table(theirs, decisionId) is not { } wanted) yield break;
        if (Table(mine, decisionId) is { } has)
        {
            var rows = wanted.ChildrenOf("rule").ToList();
            foreach (var row in rows)
            {
                if (WithRow(edited, shipped, has, rows, row) is { } text) yield return text;
            }
            yield return string.Concat(
                edited.AsSpan(0, has.All.Start), shipped.AsSpan(wanted.All.Start, wanted.All.End - wanted.All.Start),
                edited.AsSpan(has.All.End));
        }
    }

    static XmlPlace? Table(XmlPlace root, string decisionId) => root.ChildrenOf("decision")
        .FirstOrDefault(decision => decision.Attribute("id") == decisionId)?.Child("decisionTable");

    /// <summary>Null when the row is there as in the product.</summary>
    static string? WithRow(string edited, string shipped, XmlPlace table, List<XmlPlace> rows, XmlPlace row)
    {
        var text = shipped[row.All.Start..row.All.End];
        if (RowOf(table, row) is { } has)
        {
            return edited.AsSpan(has.All.Start, has.All.End - has.All.Start).SequenceEqual(text)
                ? null
                : string.Concat(edited.AsSpan(0, has.All.Start), text, edited.AsSpan(has.All.End));
        }
        var start = row.All.Start;
        while (start > 0 && char.IsWhiteSpace(shipped[start - 1])) start--;
        var lead = shipped[start..row.All.Start];
        var behind = rows.TakeWhile(one => one != row).Reverse().Select(one => RowOf(table, one))
            .FirstOrDefault(one => one is not null)
            ?? table.Children.LastOrDefault(child => child.LocalName != "rule");
        return behind is null ? null : edited.Insert(behind.All.End, lead + text);
    }

    static XmlPlace? RowOf(XmlPlace table, XmlPlace row) =>
        table.ChildrenOf("rule").FirstOrDefault(one => one.Attribute("id") == row.Attribute("id"));
}
