using System.Collections.Immutable;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Workflows.Engine.Expressions;

/// <summary>Process variables are canonical JSON text: no white space, keys in their order, numbers in plain digits
/// with full precision, temporal values as their ISO text, ranges as their text, functions as null.</summary>
public static class FeelJson
{
    /// <summary>Deeper documents are refused: they could not be written again within <see
    /// cref="FeelLimits"/>.</summary>
    const int DepthMax = 100;

    /// <summary>Digits and signs of one number, so that a text of a megabyte of digits is not computed with.</summary>
    const int NumberLengthMax = 10_000;

    /// <exception cref="JsonException">The text is no JSON, or too deep.</exception>
    public static FeelValue Read(string json)
    {
        using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = DepthMax });
        return Read(document.RootElement);
    }

    /// <summary>The first of two entries of one name is dropped, as JSON parsers do.</summary>
    public static FeelValue Read(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.True => FeelBoolean.True,
        JsonValueKind.False => FeelBoolean.False,
        JsonValueKind.String => new FeelString(element.GetString()!),
        JsonValueKind.Number => ReadNumber(element.GetRawText()),
        JsonValueKind.Array => new FeelList(element.EnumerateArray().Select(Read)),
        JsonValueKind.Object => ReadObject(element),
        _ => FeelNull.Instance,
    };

    public static string Write(FeelValue value)
    {
        var builder = new StringBuilder();
        Write(builder, value);
        return builder.ToString();
    }

    static FeelNumber ReadNumber(string text) =>
        text.Length <= NumberLengthMax && FeelNumber.Parse(text) is { } number
            ? number
            : throw new JsonException(
                $"The number {text[..Math.Min(text.Length, 40)]} has more than 34 digits or is too large.");

    static FeelContext ReadObject(JsonElement element)
    {
        var entries = ImmutableArray.CreateBuilder<KeyValuePair<string, FeelValue>>();
        var places = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var property in element.EnumerateObject())
        {
            KeyValuePair<string, FeelValue> entry = new(property.Name, Read(property.Value));
            if (places.TryAdd(property.Name, entries.Count)) entries.Add(entry);
            else entries[places[property.Name]] = entry;
        }
        return new(entries.ToImmutable());
    }

    static void Write(StringBuilder builder, FeelValue value)
    {
        switch (value)
        {
            case FeelNull or FeelFunction:
                builder.Append("null");
                break;
            case FeelBoolean or FeelNumber:
                value.AppendTo(builder);
                break;
            case FeelList list:
                builder.Append('[');
                for (var i = 0; i < list.Count; i++)
                {
                    if (i > 0) builder.Append(',');
                    Write(builder, list[i]);
                }
                builder.Append(']');
                break;
            case FeelContext context:
                builder.Append('{');
                for (var i = 0; i < context.Entries.Length; i++)
                {
                    if (i > 0) builder.Append(',');
                    WriteString(builder, context.Entries[i].Key);
                    builder.Append(':');
                    Write(builder, context.Entries[i].Value);
                }
                builder.Append('}');
                break;
            default:
                WriteString(builder, value.AsText());
                break;
        }
    }

    static void WriteString(StringBuilder builder, string text) =>
        builder.Append('"').Append(JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(text)).Append('"');
}
