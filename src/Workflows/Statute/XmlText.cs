using System.Collections.Immutable;

namespace Workflows.Statute;

/// <summary>Part of a text, in UTF-16 units.</summary>
readonly record struct Span(int Start, int End);

/// <summary>An element of an XML text with the places it takes; the text itself is never written anew.</summary>
/// <param name="Name">As written, with its prefix.</param>
/// <param name="All">From its first <c>&lt;</c> to its last <c>&gt;</c>.</param>
/// <param name="Open">The start tag.</param>
/// <param name="Inner">Between the tags; empty at the end of the start tag where there is no end tag.</param>
sealed record XmlPlace(
    string Name, Span All, Span Open, Span Inner, ImmutableArray<(string Name, string Value, Span Place)> Attributes,
    ImmutableArray<XmlPlace> Children)
{
    public string LocalName => Name[(Name.IndexOf(':', StringComparison.Ordinal) + 1)..];

    public bool HasEndTag => Open.End != All.End;

    public string? Attribute(string name) =>
        Attributes.FirstOrDefault(one => one.Name == name).Value;

    public IEnumerable<XmlPlace> Descendants() => Children.SelectMany(child => child.Descendants().Prepend(child));

    public XmlPlace? Child(string localName) => Children.FirstOrDefault(child => child.LocalName == localName);

    public IEnumerable<XmlPlace> ChildrenOf(string localName) =>
        Children.Where(child => child.LocalName == localName);
}

/// <summary>Finds the places of elements in a text that an XML reader has already accepted.</summary>
static class XmlText
{
    /// <summary>The root element; null for a text that is no XML.</summary>
    public static XmlPlace? Root(string text)
    {
        var at = 0;
        while (at < text.Length)
        {
            var open = text.IndexOf('<', at);
            if (open < 0) return null;
            if (Skipped(text, open) is { } behind) at = behind;
            else return Element(text, open);
        }
        return null;
    }

    /// <summary>The end of a comment, instruction, CDATA section or declaration; null at an element.</summary>
    static int? Skipped(string text, int open)
    {
        var rest = text.AsSpan(open);
        var end = rest.StartsWith("<!--") ? "-->"
            : rest.StartsWith("<![CDATA[") ? "]]>"
            : rest.StartsWith("<?") ? "?>"
            : rest.StartsWith("<!") ? ">"
            : null;
        if (end is null) return null;
        var found = text.IndexOf(end, open + 2, StringComparison.Ordinal);
        return found < 0 ? text.Length : found + end.Length;
    }

    /// <summary>Depth is bounded by the XML reader before.</summary>
    static XmlPlace? Element(string text, int open)
    {
        var at = open + 1;
        while (at < text.Length && !char.IsWhiteSpace(text[at]) && text[at] is not ('>' or '/')) at++;
        var name = text[(open + 1)..at];
        var attributes = ImmutableArray.CreateBuilder<(string, string, Span)>();
        while (at < text.Length && text[at] is not ('>' or '/'))
        {
            if (Attribute(text, ref at) is { } attribute) attributes.Add(attribute);
        }
        if (at >= text.Length) return null;
        if (text[at] == '/')
        {
            var tag = new Span(open, at + 2);
            return new XmlPlace(name, tag, tag, new(tag.End, tag.End), attributes.ToImmutable(), []);
        }
        var children = ImmutableArray.CreateBuilder<XmlPlace>();
        var inner = at = at + 1;
        while (text.IndexOf('<', at) is >= 0 and var next)
        {
            if (Skipped(text, next) is { } behind) at = behind;
            else if (text.AsSpan(next).StartsWith("</"))
            {
                var end = text.IndexOf('>', next);
                return end < 0 ? null : new XmlPlace(
                    name, new(open, end + 1), new(open, inner), new(inner, next), attributes.ToImmutable(),
                    children.ToImmutable());
            }
            else if (Element(text, next) is { } child)
            {
                children.Add(child);
                at = child.All.End;
            }
            else return null;
        }
        return null;
    }

    /// <summary>The place of an attribute is that of its value, without the quotes.</summary>
    static (string, string, Span)? Attribute(string text, ref int at)
    {
        while (at < text.Length && char.IsWhiteSpace(text[at])) at++;
        var start = at;
        while (at < text.Length && !char.IsWhiteSpace(text[at]) && text[at] is not ('=' or '>' or '/')) at++;
        var name = text[start..at];
        while (at < text.Length && (char.IsWhiteSpace(text[at]) || text[at] == '=')) at++;
        if (name.Length == 0 || at >= text.Length || text[at] is not ('"' or '\'')) return null;
        var end = text.IndexOf(text[at], at + 1);
        if (end < 0)
        {
            at = text.Length;
            return null;
        }
        var place = new Span(at + 1, end);
        at = end + 1;
        return (name, Decoded(text[place.Start..place.End]), place);
    }

    static string Decoded(string text) => !text.Contains('&', StringComparison.Ordinal) ? text : text
        .Replace("&lt;", "<", StringComparison.Ordinal).Replace("&gt;", ">", StringComparison.Ordinal)
        .Replace("&quot;", "\"", StringComparison.Ordinal).Replace("&apos;", "'", StringComparison.Ordinal)
        .Replace("&amp;", "&", StringComparison.Ordinal);

    /// <summary>A value as it stands between double quotes.</summary>
    public static string Encoded(string value) => value
        .Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal)
        .Replace(">", "&gt;", StringComparison.Ordinal).Replace("\"", "&quot;", StringComparison.Ordinal);
}
