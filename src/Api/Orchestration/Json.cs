using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Workflows.Engine.Execution;
using Workflows.Engine.Expressions;

namespace Api.Orchestration;

/// <summary>An int64 key, which the contract writes as a string of digits: JavaScript numbers are too small for
/// it.</summary>
[JsonConverter(typeof(Converter))]
public readonly record struct Key(long Value)
{
    public static implicit operator Key(long value) => new(value);

    public static Key? Of(long? value) => value is { } key and not 0 ? new Key(key) : null;

    /// <summary>The key written in a path or filter, or a refusal naming the parameter.</summary>
    public static long Parse(string text, [CallerArgumentExpression(nameof(text))] string name = "") =>
        TryParse(text, out var key)
            ? key
            : throw ProblemException.InvalidArgument(
                $"The value '{text}' of '{name}' is not a key: a key is a string of digits.");

    public static bool TryParse(string? text, out long key) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out key);

    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);

    sealed class Converter : JsonConverter<Key>
    {
        public override Key Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options) =>
            reader.TokenType == JsonTokenType.String && TryParse(reader.GetString(), out var key)
                ? new(key)
                : throw new JsonException("Expected a key: a string of digits.");

        public override void Write(Utf8JsonWriter writer, Key value, JsonSerializerOptions options) =>
            writer.WriteStringValue(value.ToString());
    }
}

/// <summary>How <c>/v2</c> reads and writes JSON: strictly, nulls left out, times in UTC with milliseconds.</summary>
static class Json
{
    public static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        AllowDuplicateProperties = false,
        PropertyNameCaseInsensitive = false,
        // The published client writes int64 values as texts.
        NumberHandling = JsonNumberHandling.AllowReadingFromString,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new UtcConverter() },
    };

    static readonly JsonDocumentOptions DocumentOptions = new() { AllowDuplicateProperties = false };

    /// <summary>The body; an absent one is read as an empty object.</summary>
    public static async Task<T> ReadOrDefaultAsync<T>(HttpRequest request) where T : class
    {
        var bytes = await ReadBytesAsync(request);
        return (bytes.Length > 0 ? Deserialize<T>(bytes) : null) ?? Deserialize<T>("{}"u8.ToArray())!;
    }

    public static async Task<T> ReadAsync<T>(HttpRequest request) =>
        await ReadBytesAsync(request) is { Length: > 0 } bytes && Deserialize<T?>(bytes) is { } body
            ? body
            : throw ProblemException.InvalidArgument("Required request body is missing.");

    /// <summary>The body as a JSON object, or an empty one.</summary>
    public static async Task<JsonElement> ReadObjectAsync(HttpRequest request)
    {
        var bytes = await ReadBytesAsync(request);
        if (bytes.Length == 0) bytes = "{}"u8.ToArray();
        try
        {
            using var document = JsonDocument.Parse(bytes, DocumentOptions);
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? document.RootElement.Clone()
                : throw ProblemException.InvalidArgument("The request body must be a JSON object.");
        }
        catch (JsonException malformed)
        {
            throw Malformed(malformed);
        }
    }

    public static IResult Ok<T>(T body) => Results.Json(body, Options);

    /// <summary>Variables of a request as the engine takes them: name and canonical JSON.</summary>
    public static ImmutableArray<VariableValue> Variables(IReadOnlyDictionary<string, JsonElement>? variables) =>
        variables is null
            ? []
            : [.. variables.Select(v => new VariableValue(v.Key, FeelJson.Write(ValueOf(v.Key, v.Value))))];

    /// <summary>A variable of a request as FEEL sees it.</summary>
    public static FeelValue ValueOf(string name, JsonElement value)
    {
        try
        {
            return FeelJson.Read(value);
        }
        catch (JsonException unfit)
        {
            throw ProblemException.InvalidArgument($"The value of variable '{name}' cannot be kept: {unfit.Message}");
        }
    }

    /// <summary>A JSON text as a value of a response.</summary>
    public static JsonElement Element(string json)
    {
        using var document = JsonDocument.Parse(json);
        return document.RootElement.Clone();
    }

    public static IReadOnlyList<string> Texts(string json) => JsonSerializer.Deserialize<string[]>(json) ?? [];

    public static IReadOnlyDictionary<string, string> TextsByName(string json) =>
        JsonSerializer.Deserialize<Dictionary<string, string>>(json) ?? [];

    static async Task<byte[]> ReadBytesAsync(HttpRequest request)
    {
        using var buffer = new MemoryStream();
        await request.Body.CopyToAsync(buffer, request.HttpContext.RequestAborted);
        return buffer.ToArray();
    }

    static T? Deserialize<T>(byte[] bytes)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(bytes, Options);
        }
        catch (JsonException malformed)
        {
            throw Malformed(malformed);
        }
    }

    static ProblemException Malformed(JsonException e)
    {
        var place = $"line {e.LineNumber + 1}, position {e.BytePositionInLine + 1}";
        var path = e.Path is null or "$" ? "" : $" at '{e.Path}'";
        // The reader's own errors are syntax; the serializer's tell by their message what did not fit.
        var reason = (e.InnerException ?? e) is JsonException error && error.GetType() != typeof(JsonException)
            ? $"The request body is not valid JSON{path}"
            : e.Message.Contains("could not be mapped", StringComparison.Ordinal) ? $"Unknown request property{path}"
            : e.Message.Contains("uplicate", StringComparison.Ordinal) ? $"Duplicate request property{path}"
            : $"Unexpected type of request property{path}";
        return ProblemException.InvalidArgument($"{reason} ({place}).");
    }

    sealed class UtcConverter : JsonConverter<DateTimeOffset>
    {
        public override DateTimeOffset Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options) =>
            reader.GetDateTimeOffset();

        public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) =>
            writer.WriteStringValue(Time.Text(value));
    }
}

/// <summary>Times as the contract writes them: ISO 8601 in UTC with milliseconds.</summary>
static class Time
{
    public static string Text(DateTimeOffset value) =>
        value.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    /// <summary>An ISO 8601 date and time with its offset.</summary>
    public static bool TryParse(string? text, out DateTimeOffset value)
    {
        value = default;
        return text is { Length: >= 20 } && text[10] == 'T' && HasOffset(text) &&
            DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal, out value);
    }

    // Without an offset the machine's zone would decide.
    static bool HasOffset(string text) => text[^1] is 'Z' or 'z' || text.AsSpan(19).ContainsAny('+', '-');
}
