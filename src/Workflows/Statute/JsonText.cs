using System.Collections.Immutable;
using System.Text;
using System.Text.Json;

namespace Workflows.Statute;

/// <summary>A value of a JSON text with its place; the text itself is never written anew.</summary>
/// <param name="Members">Of an object, in order.</param>
/// <param name="Items">Of an array.</param>
sealed record JsonPlace(
    Span All, ImmutableArray<(string Name, JsonPlace Value)> Members, ImmutableArray<JsonPlace> Items, string? Text)
{
    public JsonPlace? this[string name] => Members.FirstOrDefault(member => member.Name == name).Value;
}

/// <summary>Finds the places of values in a JSON text; null for a text that is none.</summary>
static class JsonText
{
    const int DepthMax = 64;

    public static JsonPlace? Root(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var reader = new Utf8JsonReader(bytes, new JsonReaderOptions { MaxDepth = DepthMax });
        try
        {
            var offsets = new Offsets(bytes);
            return reader.Read() ? Value(ref reader, offsets) : null;
        }
        catch (JsonException)
        {
            return null;
        }
        catch (InvalidOperationException)
        {
            // Half of a surrogate pair: valid for the reader, unreadable as a string.
            return null;
        }
    }

    /// <summary>From bytes to UTF-16 units; asked in rising order.</summary>
    sealed class Offsets(byte[] bytes)
    {
        int atByte;
        int atUnit;

        public int Of(long position)
        {
            atUnit += Encoding.UTF8.GetCharCount(bytes, atByte, (int)position - atByte);
            atByte = (int)position;
            return atUnit;
        }
    }

    static JsonPlace Value(ref Utf8JsonReader reader, Offsets offsets)
    {
        var start = offsets.Of(reader.TokenStartIndex);
        var members = ImmutableArray.CreateBuilder<(string, JsonPlace)>();
        var items = ImmutableArray.CreateBuilder<JsonPlace>();
        string? text = null;
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
                {
                    var name = reader.GetString()!;
                    reader.Read();
                    members.Add((name, Value(ref reader, offsets)));
                }
                break;
            case JsonTokenType.StartArray:
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                    items.Add(Value(ref reader, offsets));
                break;
            case JsonTokenType.String:
                text = reader.GetString();
                break;
        }
        return new(new(start, offsets.Of(reader.BytesConsumed)), members.ToImmutable(), items.ToImmutable(), text);
    }
}
