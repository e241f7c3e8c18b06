using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Workflows.Engine.Execution;

namespace Workflows.Runtime;

/// <summary>JSON of what the shell itself keeps: queue payloads, logged answers, columns that hold lists.</summary>
[JsonSourceGenerationOptions(
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault,
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UseStringEnumConverter = true)]
[JsonSerializable(typeof(ImmutableArray<string>))]
[JsonSerializable(typeof(SortedDictionary<string, string>))]
[JsonSerializable(typeof(TaskDeadline))]
[JsonSerializable(typeof(string))]
[JsonSerializable(typeof(EngineAnswer.Accepted))]
[JsonSerializable(typeof(QueuedStart))]
[JsonSerializable(typeof(MessagePublication))]
[JsonSerializable(typeof(ImmutableArray<VariableValue>))]
sealed partial class RuntimeJson : JsonSerializerContext
{
    /// <summary>A JSON object of variables whose values are JSON texts.</summary>
    public static string ObjectOf(IEnumerable<KeyValuePair<string, string>> variables)
    {
        using var bytes = new MemoryStream();
        using (var writer = new Utf8JsonWriter(bytes))
        {
            writer.WriteStartObject();
            foreach (var (name, value) in variables)
            {
                writer.WritePropertyName(name);
                writer.WriteRawValue(value);
            }
            writer.WriteEndObject();
        }
        return Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length);
    }

    public static ImmutableArray<VariableValue> VariablesOf(string json)
    {
        using var document = JsonDocument.Parse(json);
        return [.. document.RootElement.EnumerateObject().Select(p => new VariableValue(p.Name, p.Value.GetRawText()))];
    }
}
