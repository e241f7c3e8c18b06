using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Workflows.Statute;

/// <summary>The invariants of one procedure (<c>workflows/*/statute.json</c>, format: docs/statute.md).</summary>
public sealed record StatuteBook(string ProcessId, ImmutableArray<StatuteRule> Rules)
{
    static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
        AllowOutOfOrderMetadataProperties = true,
    };

    /// <exception cref="FormatException">Not a book; the message names the place.</exception>
    public static StatuteBook Read(string json)
    {
        try
        {
            return JsonSerializer.Deserialize<StatuteBook>(json, Format)
                ?? throw new FormatException("The statute book is empty.");
        }
        catch (JsonException problem)
        {
            throw new FormatException($"The statute book is wrong at {problem.Path ?? "$"}: {problem.Message}", problem);
        }
    }
}

/// <summary>One invariant.</summary>
public record StatuteRule(string Id, string Article, string Sentence);
