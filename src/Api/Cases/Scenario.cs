using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Api.Cases;

/// <summary>One file below <c>scenarios/</c>: an expected path of a procedure (format: docs/scenarios.md).</summary>
public sealed record Scenario
{
    public required string Name { get; init; }
    public string? About { get; init; }
    public required string Process { get; init; }

    /// <summary>Local time in the zone of the centre; the clock begins here.</summary>
    public required DateTime StartAt { get; init; }
    public required string By { get; init; }
    public Dictionary<string, JsonElement> Variables { get; init; } = [];
    public Dictionary<string, PlacesTaken> Limits { get; init; } = [];
    public ImmutableArray<Routine> Routines { get; init; } = [];
    public required ImmutableArray<ScenarioStep> Steps { get; init; }
    public ScenarioExpectation Expect { get; init; } = new();

    /// <exception cref="JsonException">No scenario, or a key that docs/scenarios.md does not know.</exception>
    public static Scenario Parse(string json) => JsonSerializer.Deserialize<Scenario>(json, Options)
        ?? throw new JsonException("Expected a scenario, found null.");

    static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        ReadCommentHandling = JsonCommentHandling.Skip,
    };
}

/// <summary>How many families an assistant has before the scenario begins, and may have.</summary>
public sealed record PlacesTaken(int Active, int Limit);

/// <param name="After">ISO 8601 duration since the task was offered.</param>
/// <param name="Forms">One for each time; the last one repeats.</param>
/// <param name="Times">How often at most; null without limit.</param>
public sealed record Routine(
    string Task, string By, string After = "PT0S", JsonElement? Form = null, ImmutableArray<JsonElement>? Forms = null,
    int? Times = null);

/// <summary>One of: task, wait, until, message, start, limits, expect.</summary>
public sealed record ScenarioStep
{
    public string? Task { get; init; }
    public string? By { get; init; }
    public JsonElement? Form { get; init; }
    public DateOnly? Due { get; init; }
    public string? Refused { get; init; }
    public string? Wait { get; init; }
    public DateTime? Until { get; init; }
    public string? Message { get; init; }
    public string? Key { get; init; }
    public string? Start { get; init; }
    public Dictionary<string, JsonElement> Variables { get; init; } = [];
    public Dictionary<string, PlacesTaken>? Limits { get; init; }
    public ScenarioExpectation? Expect { get; init; }
}

/// <summary>What must hold; a part that is null is not looked at.</summary>
public sealed record ScenarioExpectation
{
    public ImmutableArray<string>? Tasks { get; init; }
    public bool? Ended { get; init; }
    public ImmutableArray<string>? Path { get; init; }
    public ImmutableArray<string>? Never { get; init; }
    public Dictionary<string, JsonElement>? Variables { get; init; }
    public int Incidents { get; init; }
    public Dictionary<string, int>? Processes { get; init; }
}
