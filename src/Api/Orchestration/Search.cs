using System.Collections.Immutable;
using System.Text.Json;
using Workflows.Runtime.Storage;

namespace Api.Orchestration;

/// <summary>Page part of a search answer.</summary>
/// <param name="TotalItems">All items that match, not only those of this page.</param>
public sealed record SearchQueryPageResponse(
    long TotalItems, bool HasMoreTotalItems, string? StartCursor, string? EndCursor);

/// <summary>One page of a search.</summary>
public sealed record SearchQueryResponse<T>(IReadOnlyList<T> Items, SearchQueryPageResponse Page);

/// <summary>Body of a search: <c>filter</c>, <c>sort</c> and <c>page</c>, each optional.</summary>
public sealed record SearchQueryRequest(
    IReadOnlyDictionary<string, JsonElement>? Filter,
    IReadOnlyList<SearchQuerySortRequest>? Sort,
    SearchQueryPageRequest? Page);

/// <param name="Order">ASC (default) or DESC.</param>
public sealed record SearchQuerySortRequest(string Field, string? Order);

/// <summary>Either an offset (<c>from</c>) or a cursor of an earlier answer (<c>after</c>, <c>before</c>).</summary>
public sealed record SearchQueryPageRequest(int? From, int? Limit, string? After, string? Before);

/// <summary>The search language of the contract, read once for every resource. What is not in the language is
/// refused.</summary>
static class Search
{
    /// <summary>More would be a program, and databases bound the depth of a condition.</summary>
    const int ConditionsMax = 200;

    /// <summary>Values of all lists together: below what both databases take as parameters of one statement.</summary>
    const int ValuesMax = 10_000;

    /// <summary>Patterns with many stars are slow to match on long texts.</summary>
    const int PatternStarsMax = 8;
    const int PatternCharactersMax = 1_000;

    public static async Task<SearchQuery> ReadAsync(HttpRequest request, SearchTable table) =>
        Parse(await Json.ReadObjectAsync(request), table);

    public static SearchQuery Parse(JsonElement body, SearchTable table)
    {
        var (filter, sort, page) = (Filter.None, ImmutableArray<SortBy>.Empty, new PageRequest());
        foreach (var part in body.EnumerateObject())
        {
            switch (part.Name)
            {
                case "filter" when table.Fields.Count > 0:
                    filter = FilterOf(part.Value, table, table.HasAlternatives);
                    break;
                case "sort" when table.Sortable.Count > 0:
                    sort = SortOf(part.Value, table);
                    break;
                case "page":
                    page = PageOf(part.Value);
                    break;
                default:
                    throw Refuse($"Unknown request property '{part.Name}'.");
            }
        }
        RefuseTooLarge(filter);
        return new(filter, sort, page);
    }

    static void RefuseTooLarge(Filter filter)
    {
        var conditions = filter.All.AddRange(filter.Any.SelectMany(f => f.All));
        if (conditions.Length + filter.Any.Length > ConditionsMax)
        {
            throw Refuse($"The filter has {conditions.Length} conditions, but at most {ConditionsMax} are allowed.");
        }
        var values = conditions.SelectMany(c => c.Comparisons).Sum(c => c.Value is List<object> list ? list.Count : 1);
        if (values > ValuesMax) throw Refuse($"The filter has {values} values, but at most {ValuesMax} are allowed.");
    }

    public static async Task<IResult> AnswerAsync<TRow, T>(Task<SearchResult<TRow>> search, Func<TRow, T> item)
    {
        try
        {
            var found = await search;
            return Json.Ok(new SearchQueryResponse<T>(
                [.. found.Items.Select(item)], new(found.TotalItems, false, found.StartCursor, found.EndCursor)));
        }
        catch (InvalidCursorException invalid)
        {
            throw Refuse(invalid.Message);
        }
    }

    // ---- filter -------------------------------------------------------------------------------------------------

    static Filter FilterOf(JsonElement filter, SearchTable table, bool alternatives)
    {
        if (filter.ValueKind == JsonValueKind.Null) return Filter.None;
        if (filter.ValueKind != JsonValueKind.Object) throw Refuse("The value of 'filter' must be an object.");
        var all = ImmutableArray.CreateBuilder<Condition>();
        var any = ImmutableArray<Filter>.Empty;
        foreach (var property in filter.EnumerateObject())
        {
            if (property.Name == "$or" && alternatives)
            {
                any = [.. ArrayOf(property.Value, "$or").Select(f => FilterOf(f, table, alternatives: false))];
            }
            else if (table.Fields.TryGetValue(property.Name, out var field))
            {
                if (property.Value.ValueKind != JsonValueKind.Null) all.AddRange(ConditionsOf(field, property.Value));
            }
            else
            {
                throw Refuse($"Unknown filter field '{property.Name}'.");
            }
        }
        return new(all.ToImmutable(), any);
    }

    static IEnumerable<Condition> ConditionsOf(SearchField field, JsonElement value) => field.Type switch
    {
        FieldType.Variables => ArrayOf(value, field.Name).Select(v => VariableOf(field, v)),
        FieldType.Tags => ArrayOf(value, field.Name)
            .Select(tag => new Condition(field.Name, [new(Comparer.Equal, TextOf(tag, field.Name))])),
        _ => [new(field.Name, ComparisonsOf(field, value))],
    };

    static Condition VariableOf(SearchField field, JsonElement variable)
    {
        if (variable.ValueKind != JsonValueKind.Object) throw Refuse($"Each item of '{field.Name}' must be an object.");
        string? name = null;
        ImmutableArray<Comparison>? comparisons = null;
        foreach (var property in variable.EnumerateObject())
        {
            switch (property.Name)
            {
                case "name": name = TextOf(property.Value, $"{field.Name}.name"); break;
                case "value":
                    comparisons =
                        ComparisonsOf(new($"{field.Name}.value", FieldType.Text, false, true, []), property.Value);
                    break;
                default: throw Refuse($"Unknown property '{property.Name}' of '{field.Name}'.");
            }
        }
        return new(
            field.Name,
            comparisons ?? throw Refuse($"No {field.Name}.value provided."),
            name ?? throw Refuse($"No {field.Name}.name provided."));
    }

    static ImmutableArray<Comparison> ComparisonsOf(SearchField field, JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Object) return [new(Comparer.Equal, ValueOf(field, value))];
        if (field.Plain) throw Refuse($"The filter field '{field.Name}' takes a value, not operators.");
        return [.. value.EnumerateObject().Select(p => ComparisonOf(field, p.Name, p.Value))];
    }

    static Comparison ComparisonOf(SearchField field, string name, JsonElement value)
    {
        var ordered = field.Type is FieldType.Integer or FieldType.Date;
        var where = field with { Name = $"{field.Name}.{name}" };
        return name switch
        {
            "$eq" => new(Comparer.Equal, ValueOf(where, value)),
            "$neq" => new(Comparer.NotEqual, ValueOf(where, value)),
            "$exists" => new(Comparer.Exists, BooleanOf(value, where.Name)),
            "$in" => new(Comparer.In, ListOf(where, value)),
            "$notIn" when field.Type is FieldType.Text or FieldType.Key => new(Comparer.NotIn, ListOf(where, value)),
            "$like" when field.Like => new(Comparer.Like, PatternOf(value, where.Name)),
            "$gt" when ordered => new(Comparer.Greater, ValueOf(where, value)),
            "$gte" when ordered => new(Comparer.GreaterOrEqual, ValueOf(where, value)),
            "$lt" when ordered => new(Comparer.Less, ValueOf(where, value)),
            "$lte" when ordered => new(Comparer.LessOrEqual, ValueOf(where, value)),
            _ => throw Refuse($"The filter field '{field.Name}' has no operator '{name}'."),
        };
    }

    static string PatternOf(JsonElement value, string name)
    {
        var pattern = TextOf(value, name);
        return pattern.Length <= PatternCharactersMax && pattern.Count(c => c == '*') <= PatternStarsMax
            ? pattern
            : throw Refuse($"The pattern of '{name}' may have at most {PatternCharactersMax} characters " +
                $"and {PatternStarsMax} stars.");
    }

    static List<object> ListOf(SearchField field, JsonElement value) =>
        [.. ArrayOf(value, field.Name).Select(v => ValueOf(field, v))];

    static object ValueOf(SearchField field, JsonElement value) => field.Type switch
    {
        FieldType.Boolean => BooleanOf(value, field.Name),
        FieldType.Integer when value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) =>
            (long)number,
        FieldType.Integer =>
            throw Refuse($"The value of '{field.Name}' must be a 32-bit integer, but is {value.GetRawText()}."),
        FieldType.Key => Key.Parse(TextOf(value, field.Name), field.Name),
        FieldType.Date when Time.TryParse(TextOf(value, field.Name), out var time) => time,
        FieldType.Date => throw Refuse(
            $"The value '{value.GetString()}' of '{field.Name}' is not a date and time with offset (ISO 8601)."),
        FieldType.Choice when !field.Choices.Contains(TextOf(value, field.Name)) => throw Refuse(
            $"Unexpected value '{value.GetString()}' of '{field.Name}', expected one of: " +
            $"{string.Join(", ", field.Choices)}."),
        _ => TextOf(value, field.Name),
    };

    // ---- sort and page ------------------------------------------------------------------------------------------

    static ImmutableArray<SortBy> SortOf(JsonElement sort, SearchTable table)
    {
        if (sort.ValueKind == JsonValueKind.Null) return [];
        var parts = ImmutableArray.CreateBuilder<SortBy>();
        foreach (var item in ArrayOf(sort, "sort"))
        {
            if (item.ValueKind != JsonValueKind.Object) throw Refuse("Each item of 'sort' must be an object.");
            var part = SortByOf(item, table);
            if (parts.Any(p => p.Field == part.Field)) throw Refuse($"The sort field '{part.Field}' stands twice.");
            parts.Add(part);
        }
        return parts.ToImmutable();
    }

    static SortBy SortByOf(JsonElement item, SearchTable table)
    {
        string? field = null;
        var descending = false;
        foreach (var property in item.EnumerateObject())
        {
            switch (property.Name)
            {
                case "field": field = TextOf(property.Value, "sort.field"); break;
                case "order":
                    descending = TextOf(property.Value, "sort.order").ToUpperInvariant() switch
                    {
                        "ASC" => false,
                        "DESC" => true,
                        _ => throw Refuse($"Unexpected sort order '{property.Value}', expected one of: ASC, DESC."),
                    };
                    break;
                default: throw Refuse($"Unknown property '{property.Name}' of 'sort'.");
            }
        }
        if (field is null) throw Refuse("No sort.field provided.");
        return table.Sortable.Contains(field)
            ? new(field, descending)
            : throw Refuse($"Unknown sort field '{field}', expected one of: " +
                $"{string.Join(", ", table.Sortable.Order(StringComparer.Ordinal))}.");
    }

    static PageRequest PageOf(JsonElement page)
    {
        if (page.ValueKind == JsonValueKind.Null) return new();
        if (page.ValueKind != JsonValueKind.Object) throw Refuse("The value of 'page' must be an object.");
        var result = new PageRequest();
        foreach (var property in page.EnumerateObject())
        {
            result = property.Name switch
            {
                "from" => result with { From = NumberOf(property, 0, int.MaxValue) },
                "limit" => result with { Limit = NumberOf(property, 1, PageRequest.LimitMax) },
                "after" => result with { After = TextOf(property.Value, "page.after") },
                "before" => result with { Before = TextOf(property.Value, "page.before") },
                _ => throw Refuse($"Unknown property '{property.Name}' of 'page'."),
            };
        }
        var places = (result.From > 0 ? 1 : 0) + (result.After is null ? 0 : 1) + (result.Before is null ? 0 : 1);
        return places > 1 ? throw Refuse("Only one of page.from, page.after and page.before may be given.") : result;
    }

    // ---- values -------------------------------------------------------------------------------------------------

    static int NumberOf(JsonProperty property, int min, int max) =>
        property.Value.ValueKind == JsonValueKind.Number && property.Value.TryGetInt32(out var number) &&
        number >= min && number <= max
            ? number
            : throw Refuse($"The value of 'page.{property.Name}' must be a number from {min} to {max}, " +
                $"but is {property.Value.GetRawText()}.");

    static JsonElement.ArrayEnumerator ArrayOf(JsonElement value, string name) => value.ValueKind == JsonValueKind.Array
        ? value.EnumerateArray()
        : throw Refuse($"The value of '{name}' must be a list.");

    static string TextOf(JsonElement value, string name) => value.ValueKind == JsonValueKind.String
        ? value.GetString()!
        : throw Refuse($"The value of '{name}' must be a string, but is {value.GetRawText()}.");

    static bool BooleanOf(JsonElement value, string name) =>
        value.ValueKind is JsonValueKind.True or JsonValueKind.False
        ? value.GetBoolean()
        : throw Refuse($"The value of '{name}' must be true or false, but is {value.GetRawText()}.");

    static ProblemException Refuse(string detail) => ProblemException.InvalidArgument(detail);
}
