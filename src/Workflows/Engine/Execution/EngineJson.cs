using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Workflows.Engine.Execution;

/// <summary>
/// How state, history, commands and effects are written: compact JSON, the same bytes for the same value.
/// </summary>
[JsonSourceGenerationOptions(
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault,
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UseStringEnumConverter = true)]
[JsonSerializable(typeof(ProcessInstance))]
[JsonSerializable(typeof(ImmutableArray<HistoryEvent>))]
[JsonSerializable(typeof(Command))]
[JsonSerializable(typeof(ImmutableArray<Effect>))]
public sealed partial class EngineJson : JsonSerializerContext
{
    public static byte[] Write(ProcessInstance instance) =>
        JsonSerializer.SerializeToUtf8Bytes(instance, Default.ProcessInstance);

    public static ProcessInstance ReadInstance(ReadOnlySpan<byte> json) =>
        JsonSerializer.Deserialize(json, Default.ProcessInstance) ?? throw new JsonException("The state is null.");

    public static byte[] Write(ImmutableArray<HistoryEvent> history) =>
        JsonSerializer.SerializeToUtf8Bytes(history, Default.ImmutableArrayHistoryEvent);

    /// <summary>A row of the history holds events, a list, or an act of another area, an object.</summary>
    public static bool IsHistory(ReadOnlySpan<byte> json) => json is [(byte)'[', ..];

    public static ImmutableArray<HistoryEvent> ReadHistory(ReadOnlySpan<byte> json) =>
        JsonSerializer.Deserialize(json, Default.ImmutableArrayHistoryEvent);

    public static byte[] Write(Command command) => JsonSerializer.SerializeToUtf8Bytes(command, Default.Command);

    public static Command ReadCommand(ReadOnlySpan<byte> json) =>
        JsonSerializer.Deserialize(json, Default.Command) ?? throw new JsonException("The command is null.");
}
