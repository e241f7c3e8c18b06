using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Workflows.Engine.Forms;

/// <summary>
/// One text for one JSON value: keys in ordinal order, no white space, numbers without trailing zeros, only necessary
/// escapes. Equal values have equal texts, so they can be compared, hashed and stored.
/// </summary>
public static class CanonicalJson
{
    static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Of(JsonElement value) => Write(writer => Write(writer, value));

    internal static string Of(string text) => Write(writer => writer.WriteStringValue(text));

    internal static string Write(Action<Utf8JsonWriter> content)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, Options)) content(writer);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    static void Write(Utf8JsonWriter writer, JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                writer.WriteStartObject();
                foreach (var property in value.EnumerateObject().OrderBy(one => one.Name, StringComparer.Ordinal))
                {
                    writer.WritePropertyName(property.Name);
                    Write(writer, property.Value);
                }
                writer.WriteEndObject();
                break;
            case JsonValueKind.Array:
                writer.WriteStartArray();
                foreach (var item in value.EnumerateArray()) Write(writer, item);
                writer.WriteEndArray();
                break;
            case JsonValueKind.Number:
                writer.WriteRawValue(Number(value));
                break;
            default:
                value.WriteTo(writer);
                break;
        }
    }

    // Digits that a decimal cannot hold are kept as they were written instead of being rounded away.
    static string Number(JsonElement value)
    {
        var raw = value.GetRawText();
        if (raw.Length > 28 || !value.TryGetDecimal(out var number)) return raw;
        return (number / 1.0000000000000000000000000000m).ToString(CultureInfo.InvariantCulture);
    }
}
