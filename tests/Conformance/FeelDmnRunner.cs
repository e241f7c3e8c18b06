using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Workflows.Engine.Decisions;
using Workflows.Engine.Expressions;

namespace Conformance;

/// <summary>How one family of cases went. Valued are the cases that expect a value; where null is expected an error is
/// right too, which an engine that does nothing would get right as well.</summary>
public sealed record FamilyCount(string Family, int Cases, int Right, int Valued, int ValuedRight);

/// <summary>One case evaluated: exactly one of Value and Error is set; IsRight is null without an
/// expectation.</summary>
public sealed record CaseResult(
    string Id, string Family, FeelValue? Value, string? Error, bool? IsRight, bool ExpectsValue, string Expected)
{
    public string ToJsonLine()
    {
        var line = new JsonObject { ["id"] = Id };
        if (Error is null) line["value"] = TypedValue.Write(Value!);
        else line["error"] = Error;
        return line.ToJsonString(TypedValue.JsonOptions);
    }
}

/// <summary>Runs decision cases given as JSON lines (see docs/feel-dmn-support.md for where the data comes
/// from).</summary>
public static class FeelDmnRunner
{
    /// <summary>No case may depend on it but those that ask for today.</summary>
    static readonly DateTimeOffset Now = new(2025, 6, 15, 12, 0, 0, TimeSpan.Zero);

    static readonly FeelEnvironment Environment = new(Now, TimeZoneInfo.Utc, Limits: FeelLimits.Decision);

    public static int Run(string root, TextReader cases, TextWriter results, TextWriter counts)
    {
        var all = new List<CaseResult>();
        var models = new Dictionary<string, DmnReadResult>(StringComparer.Ordinal);
        while (cases.ReadLine() is { } line)
        {
            if (string.IsNullOrWhiteSpace(line)) continue;
            var result = Evaluate(root, line, models);
            results.WriteLine(result.ToJsonLine());
            all.Add(result);
        }
        if (all.Exists(result => result.IsRight is not null)) WriteCounts(Count(all), counts);
        return 0;
    }

    /// <summary>Evaluates one line; models are kept between lines of the same file.</summary>
    public static CaseResult Evaluate(string root, string line, Dictionary<string, DmnReadResult> models)
    {
        using var document = JsonDocument.Parse(line);
        var test = document.RootElement;
        var id = test.GetProperty("id").GetString()!;
        var family = Text(test, "family") ?? "";
        FeelValue? value = null;
        string? error = null;
        try
        {
            (value, error) = Value(root, test, models);
        }
        catch (Exception problem) when (problem is IOException or JsonException or FormatException)
        {
            error = problem.Message;
        }
        bool? isRight = null;
        var expectsValue = false;
        var expected = "";
        if (test.TryGetProperty("expected", out var typed) && typed.ValueKind == JsonValueKind.Object)
        {
            expectsValue = Text(typed, "t") != "null";
            isRight = expectsValue ? value is not null && TypedValue.Matches(typed, value) : value is null or FeelNull;
            expected = typed.ToString();
        }
        return new(id, family, error is null ? value : null, error, isRight, expectsValue, expected);
    }

    public static IReadOnlyList<FamilyCount> Count(IEnumerable<CaseResult> results) =>
    [
        .. results.Where(result => result.IsRight is not null)
            .GroupBy(result => result.Family, StringComparer.Ordinal)
            .OrderBy(group => group.Key, StringComparer.Ordinal)
            .Select(group => new FamilyCount(group.Key, group.Count(), group.Count(result => result.IsRight == true),
                group.Count(result => result.ExpectsValue),
                group.Count(result => result.ExpectsValue && result.IsRight == true))),
    ];

    static void WriteCounts(IReadOnlyList<FamilyCount> counts, TextWriter output)
    {
        foreach (var count in counts)
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{count.Family}: {count.Right} of {count.Cases} right, "
                + $"with a value {count.ValuedRight} of {count.Valued}"));
        }
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"all: {counts.Sum(c => c.Right)} of {counts.Sum(c => c.Cases)} right, "
            + $"with a value {counts.Sum(c => c.ValuedRight)} of {counts.Sum(c => c.Valued)}"));
    }

    static (FeelValue? Value, string? Error) Value(
        string root, JsonElement test, Dictionary<string, DmnReadResult> models)
    {
        var inputs = new Dictionary<string, FeelValue>(StringComparer.Ordinal);
        if (test.TryGetProperty("inputs", out var given) && given.ValueKind == JsonValueKind.Object)
        {
            foreach (var input in given.EnumerateObject()) inputs[input.Name] = TypedValue.Read(input.Value);
        }
        if (Text(test, "dmn") is not { } file || !File.Exists(Path.Combine(root, file)))
            return Expression(test, inputs);
        if (!models.TryGetValue(file, out var read)) models[file] = read = ReadModel(root, test, file);
        if (read.Model is null) return (null, string.Join(" ", read.Problems.Select(problem => problem.Message)));
        var scope = FeelScope.Of(inputs);
        var result = Text(test, "kind") == "decisionService"
            ? read.Model.EvaluateService(Text(test, "service") ?? "", scope, Environment)
            : read.Model.Evaluate(Text(test, "decisionId") ?? Text(test, "decision") ?? "", scope, Environment);
        return result.Failure is { } failure ? (null, failure.Message) : (result.Output, null);
    }

    static DmnReadResult ReadModel(string root, JsonElement test, string file)
    {
        var imported = test.TryGetProperty("models", out var more) && more.ValueKind == JsonValueKind.Array
            ? more.EnumerateArray().Select(model => File.ReadAllText(Path.Combine(root, model.GetString()!)))
            : [];
        return DmnReader.Read(File.ReadAllText(Path.Combine(root, file)), imported);
    }

    /// <summary>Without the model the expression of the case judges it, its value coerced to the type it
    /// names.</summary>
    static (FeelValue? Value, string? Error) Expression(JsonElement test, Dictionary<string, FeelValue> inputs)
    {
        if (!test.TryGetProperty("feel", out var feel) || feel.ValueKind != JsonValueKind.Object)
            return (null, "The model is missing.");
        var parsed = FeelExpression.Parse(
            Text(feel, "expr") ?? "", new FeelNames(inputs.Keys, [], null), FeelLimits.Decision);
        if (parsed.Expression is null) return (null, parsed.Problem!.Message);
        var result = parsed.Expression.Evaluate(FeelScope.Of(inputs), Environment);
        if (result.Failure is { } failure) return (null, failure.Message);
        return (Text(feel, "type") is { } name && FeelType.Simple(name) is { } type
            ? type.Coerce(result.Value, Environment)
            : result.Value, null);
    }

    static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;
}

/// <summary>Values as the cases write them: {"t": type, "v": value}.</summary>
public static class TypedValue
{
    public static readonly JsonSerializerOptions JsonOptions =
        new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    static readonly FeelNumber Tolerance = FeelNumber.Parse("0.00000001")!;

    public static FeelValue Read(JsonElement typed)
    {
        var type = typed.GetProperty("t").GetString();
        if (type == "null" || !typed.TryGetProperty("v", out var value) || value.ValueKind == JsonValueKind.Null)
            return FeelValue.Null;
        var text = value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();
        return type switch
        {
            "string" => new FeelString(text),
            "number" => OrThrow(FeelNumber.Parse(text), text),
            "boolean" => FeelValue.Of(text is "true"),
            "date" => OrThrow(FeelDate.Parse(text), text),
            "time" => OrThrow(FeelTime.Parse(text), text),
            "date and time" => OrThrow(FeelDateTime.Parse(text), text),
            "duration" => OrThrow(FeelValue.DurationOf(text), text),
            "list" => new FeelList(value.EnumerateArray().Select(Read)),
            "context" => FeelContext.Of([.. value.EnumerateObject().Select(entry => (entry.Name, Read(entry.Value)))]),
            _ => throw new FormatException($"Unknown type '{type}'."),
        };
    }

    public static JsonObject Write(FeelValue value) => value switch
    {
        FeelNull or FeelFunction => new() { ["t"] = "null" },
        FeelBoolean boolean => new() { ["t"] = "boolean", ["v"] = boolean.Value },
        FeelList list => new() { ["t"] = "list", ["v"] = new JsonArray([.. list.Select(Write)]) },
        FeelContext context => new()
        {
            ["t"] = "context",
            ["v"] = new JsonObject(context.Entries.Select(entry =>
                KeyValuePair.Create<string, JsonNode?>(entry.Key, Write(entry.Value)))),
        },
        FeelDaysDuration or FeelMonthsDuration => new() { ["t"] = "duration", ["v"] = value.AsText() },
        _ => new() { ["t"] = value.TypeName, ["v"] = value.AsText() },
    };

    /// <summary>Numbers within 1e-8, instants as such, everything else exactly.</summary>
    public static bool Matches(JsonElement expected, FeelValue value)
    {
        var wanted = Read(expected);
        return Matches(wanted, value);
    }

    static bool Matches(FeelValue wanted, FeelValue value) => (wanted, value) switch
    {
        (FeelNumber a, FeelNumber b) => a.Subtract(b) is { } difference && difference.Absolute < Tolerance,
        (FeelList a, FeelList b) => a.Count == b.Count && a.Zip(b).All(pair => Matches(pair.First, pair.Second)),
        (FeelContext a, FeelContext b) => a.Entries.Length == b.Entries.Length
            && a.Entries.All(entry => b.TryGet(entry.Key, out var other) && Matches(entry.Value, other)),
        (FeelDateTime a, FeelDateTime b) => a.Zone is null == b.Zone is null && a.EpochNanos == b.EpochNanos,
        _ => wanted.Equals(value),
    };

    static FeelValue OrThrow(FeelValue? value, string text) =>
        value ?? throw new FormatException($"Cannot read '{text}'.");
}
