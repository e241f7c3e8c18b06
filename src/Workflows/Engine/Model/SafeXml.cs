using System.Globalization;
using System.Text;
using System.Xml;
using System.Xml.Linq;

namespace Workflows.Engine.Model;

/// <summary>How large an XML document from outside may be; see <see cref="SafeXml"/>.</summary>
/// <param name="Bytes">Length of the file in bytes.</param>
/// <param name="Depth">Elements nested in each other; deeper ones would overflow the stack of a reader.</param>
/// <param name="Elements">Elements in the whole document.</param>
/// <param name="Attributes">Attributes in the whole document, namespace declarations included.</param>
internal sealed record XmlLimits(int Bytes, int Depth, int Elements, int Attributes)
{
    /// <summary>Limits of a BPMN model.</summary>
    public static readonly XmlLimits Bpmn =
        new(Bytes: 2 * 1024 * 1024, Depth: 100, Elements: 5_000, Attributes: 20_000);

    /// <summary>Limits of a DMN model; a table has an element for every cell.</summary>
    public static readonly XmlLimits Dmn =
        new(Bytes: 4 * 1024 * 1024, Depth: 64, Elements: 200_000, Attributes: 400_000);
}

/// <summary>What makes a document dangerous to open, whatever else is wrong with it.</summary>
public enum XmlRefusal
{
    /// <summary>A document type definition.</summary>
    DocumentType,

    /// <summary>Larger, deeper or with more elements than is read.</summary>
    Excess,

    /// <summary>Not UTF-8.</summary>
    Encoding,
}

/// <summary>Why a document was not read. <paramref name="Line"/> and <paramref name="Column"/> begin at 1.</summary>
/// <param name="Refusal">Null where the text is merely not well-formed.</param>
internal sealed record XmlFailure(string Message, int Line, int Column, XmlRefusal? Refusal = null);

/// <summary>Either a root element (with line information) or a failure, never both.</summary>
internal sealed record XmlLoad(XElement? Root, XmlFailure? Failure);

/// <summary>Reads uploaded XML: no DTD, no entity of its own, nothing fetched, every size bounded.</summary>
public static class SafeXml
{
    static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Never throws for a bad document: what is wrong comes back as <see cref="XmlLoad.Failure"/>.</summary>
    internal static XmlLoad Load(ReadOnlySpan<byte> bytes, XmlLimits limits)
    {
        if (bytes.Length > limits.Bytes)
        {
            return Failed(Invariant(
                $"Expected a file of at most {limits.Bytes} bytes, but it has {bytes.Length}. Split the model."),
                XmlRefusal.Excess);
        }

        if (!TryDecode(bytes, out var text))
            return Failed("Expected text in UTF-8, but found bytes that are not. Save the file in UTF-8.",
                XmlRefusal.Encoding);

        try
        {
            if (FirstExcess(text, limits) is { } excess) return new(null, excess);

            using var reader = Open(text, limits);
            var document = XDocument.Load(reader, LoadOptions.SetLineInfo | LoadOptions.PreserveWhitespace);
            return DeclaredEncodingFailure(document, bytes) is { } failure
                ? new(null, failure)
                : new(document.Root, null);
        }
        catch (XmlException broken)
        {
            return new(null, Explain(broken, text));
        }
    }

    /// <summary>
    /// Why a file must not even be kept; null when it is harmless, which text that is not well-formed may be, too.
    /// </summary>
    public static XmlRefusal? Refusal(ReadOnlySpan<byte> bytes, bool isDecision) =>
        Load(bytes, isDecision ? XmlLimits.Dmn : XmlLimits.Bpmn).Failure?.Refusal;

    static XmlReader Open(string text, XmlLimits limits) => XmlReader.Create(new StringReader(text), new()
    {
        DtdProcessing = DtdProcessing.Prohibit,
        XmlResolver = null,
        // No character takes less than a byte.
        MaxCharactersInDocument = limits.Bytes,
        MaxCharactersFromEntities = 1,
        CloseInput = true,
    });

    static bool TryDecode(ReadOnlySpan<byte> bytes, out string text)
    {
        if (bytes.StartsWith(Encoding.UTF8.Preamble)) bytes = bytes[Encoding.UTF8.Preamble.Length..];
        try
        {
            text = StrictUtf8.GetString(bytes);
            return true;
        }
        catch (DecoderFallbackException)
        {
            text = "";
            return false;
        }
    }

    /// <summary>A pass that builds nothing, so that a hostile document is refused before it takes memory.</summary>
    static XmlFailure? FirstExcess(string text, XmlLimits limits)
    {
        using var reader = Open(text, limits);
        int elements = 0, attributes = 0;
        while (reader.Read())
        {
            if (reader.NodeType != XmlNodeType.Element) continue;
            elements++;
            attributes += reader.AttributeCount;
            // Depth of the root element is 0.
            var excess = reader.Depth >= limits.Depth ? Invariant($"elements nested at most {limits.Depth} deep")
                : elements > limits.Elements ? Invariant($"at most {limits.Elements} elements")
                : attributes > limits.Attributes ? Invariant($"at most {limits.Attributes} attributes")
                : null;
            if (excess is null) continue;
            var line = (IXmlLineInfo)reader;
            return new($"Expected {excess}, but the file has more. Split the model.",
                line.LineNumber, line.LinePosition, XmlRefusal.Excess);
        }

        return null;
    }

    /// <summary>ASCII bytes mean the same in every encoding that extends ASCII; anything else must be UTF-8.</summary>
    static XmlFailure? DeclaredEncodingFailure(XDocument document, ReadOnlySpan<byte> bytes)
    {
        var declared = document.Declaration?.Encoding;
        return declared is null or ""
            || declared.Equals("utf-8", StringComparison.OrdinalIgnoreCase)
            || Ascii.IsValid(bytes)
                ? null
                : new($"Expected encoding UTF-8, but the file says '{declared}'. Save it in UTF-8.", 1, 1,
                    XmlRefusal.Encoding);
    }

    /// <summary>A prohibited DTD is the one refusal for which the framework gives no place.</summary>
    static XmlFailure Explain(XmlException broken, string text)
    {
        var place = text.IndexOf("<!DOCTYPE", StringComparison.OrdinalIgnoreCase);
        if (broken.LineNumber > 0 || place < 0)
        {
            return new($"Expected well-formed XML: {broken.Message}", broken.LineNumber, broken.LinePosition,
                place < 0 ? null : XmlRefusal.DocumentType);
        }

        var line = text.AsSpan(0, place).Count('\n') + 1;
        var column = place - text.LastIndexOf('\n', place);
        return new("Expected XML without a document type definition, but found <!DOCTYPE. Remove it.", line, column,
            XmlRefusal.DocumentType);
    }

    static XmlLoad Failed(string message, XmlRefusal refusal) => new(null, new(message, 1, 1, refusal));

    static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
