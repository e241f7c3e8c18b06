using System.Text.Json;

namespace Integration.Tests.Api;

/// <summary>The search language: filters, sorts, pages, and what is refused.</summary>
[Collection(ApiCollection.Name)]
public sealed class SearchTests(ApiServer server) : IAsyncLifetime
{
    const int Count = 7;

    string tag = "";
    readonly List<string> keys = [];

    public async ValueTask InitializeAsync()
    {
        tag = ApiServer.Unique("search");
        for (var i = 0; i < Count; i++)
        {
            keys.Add(await server.StartAsync("approval", new { amount = i, name = $"N*{i}", tag }));
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    static Dictionary<string, object?> Filter(string field, object? value) =>
        new(StringComparer.Ordinal) { [field] = value };

    // Only the instances of this test: those with its variable.
    Dictionary<string, object?> Mine(params (string Field, object? Value)[] more)
    {
        var filter = Filter("variables", new[] { new { name = "tag", value = JsonSerializer.Serialize(tag) } });
        foreach (var (field, value) in more) filter[field] = value;
        return filter;
    }

    async Task<string[]> FoundAsync(Dictionary<string, object?> filter) =>
        [.. (await server.SearchAsync("/v2/process-instances/search", new { filter }))
            .Select(i => i.Text("processInstanceKey"))];

    [Fact]
    public async Task Filter_by_every_operator_of_keys_and_texts()
    {
        Assert.Equal(keys, await FoundAsync(Mine()));
        Assert.Equal([keys[2]], await FoundAsync(Mine(("processInstanceKey", keys[2]))));
        Assert.Equal([keys[2]], await FoundAsync(Mine(("processInstanceKey", Filter("$eq", keys[2])))));
        Assert.Equal(Count - 1, (await FoundAsync(Mine(("processInstanceKey", Filter("$neq", keys[2]))))).Length);
        Assert.Equal(keys[..2], await FoundAsync(Mine(("processInstanceKey", Filter("$in", keys[..2])))));
        Assert.Equal(keys[2..], await FoundAsync(Mine(("processInstanceKey", Filter("$notIn", keys[..2])))));
        Assert.Empty(await FoundAsync(Mine(("processInstanceKey", Filter("$in", Array.Empty<string>())))));
        Assert.Empty(await FoundAsync(Mine(("parentProcessInstanceKey", Filter("$exists", true)))));
        Assert.Equal(keys, await FoundAsync(Mine(("parentProcessInstanceKey", Filter("$exists", false)))));
        Assert.Equal(keys, await FoundAsync(Mine(("processDefinitionName", Filter("$like", "Appro*request")))));
        Assert.Equal(keys, await FoundAsync(Mine(("processDefinitionName", Filter("$like", "?pproval*")))));
        Assert.Empty(await FoundAsync(Mine(("processDefinitionName", Filter("$like", "approval*")))));
        Assert.Equal(keys, await FoundAsync(Mine(("state", Filter("$in", new[] { "ACTIVE", "COMPLETED" })))));
        Assert.Equal(keys, await FoundAsync(Mine(("state", Filter("$like", "ACT*")))));
        Assert.Empty(await FoundAsync(Mine(("hasIncident", true))));
    }

    [Fact]
    public async Task Filter_by_a_pattern_with_escaped_wildcards()
    {
        async Task<int> Matching(string pattern) => (await server.SearchAsync("/v2/variables/search", new
        {
            filter = new Dictionary<string, object>
            {
                ["processInstanceKey"] = Filter("$in", keys),
                ["name"] = "name",
                ["value"] = Filter("$like", pattern),
            },
        })).Length;
        Assert.Equal(Count, await Matching("\"N\\**"));
        Assert.Equal(1, await Matching("*3\""));
        Assert.Equal(0, await Matching("\"N\\?*"));
        Assert.Equal(0, await Matching("[\"]N*"));
    }

    [Fact]
    public async Task Filter_by_dates_and_numbers()
    {
        var start = (await server.GetAsync($"/v2/process-instances/{keys[0]}")).Body.Text("startDate");
        Assert.Contains(keys[0], await FoundAsync(Mine(("startDate", start))));
        Assert.Contains(keys[0], await FoundAsync(Mine(("startDate", Filter("$lte", start)))));
        Assert.DoesNotContain(keys[0], await FoundAsync(Mine(("startDate", Filter("$gt", start)))));
        Assert.Equal(keys, await FoundAsync(Mine(("startDate", Filter("$gte", "2020-01-01T00:00:00+01:00")))));
        Assert.Equal(keys, await FoundAsync(Mine(("endDate", Filter("$exists", false)))));
        Assert.Equal(keys, await FoundAsync(
            Mine(("processDefinitionVersion", new Dictionary<string, int> { ["$gte"] = 1, ["$lt"] = 2 }))));
    }

    [Fact]
    public async Task Filter_by_alternatives()
    {
        var or = new[] { Filter("processInstanceKey", keys[0]), Filter("processInstanceKey", keys[3]) };
        Assert.Equal([keys[0], keys[3]], await FoundAsync(Mine(("$or", or))));
        Assert.Empty(await FoundAsync(Mine(("$or", or), ("state", "COMPLETED"))));
    }

    [Fact]
    public async Task Filter_of_tasks_by_candidates_and_variables()
    {
        async Task<int> Tasks(Dictionary<string, object?> filter)
        {
            filter["processInstanceVariables"] = new[] { new { name = "tag", value = JsonSerializer.Serialize(tag) } };
            return (await server.SearchAsync("/v2/user-tasks/search", new { filter })).Length;
        }
        Assert.Equal(Count, await Tasks(Filter("candidateGroup", "head")));
        Assert.Equal(0, await Tasks(Filter("candidateGroup", Filter("$neq", "head"))));
        Assert.Equal(0, await Tasks(Filter("candidateUser", Filter("$exists", true))));
        Assert.Equal(Count, await Tasks(Filter("candidateUser", Filter("$exists", false))));
        Assert.Equal(1, await Tasks(Filter("localVariables", new[] { new { name = "doubled", value = "4" } })));
        Assert.Equal(Count, await Tasks(Filter("priority", Filter("$gt", 69))));
    }

    [Theory]
    [InlineData("startDate", "ASC")]
    [InlineData("startDate", "DESC")]
    [InlineData("endDate", "ASC")]
    [InlineData("endDate", "DESC")]
    [InlineData("processInstanceKey", "DESC")]
    [InlineData("parentProcessInstanceKey", "ASC")]
    [InlineData("hasIncident", "DESC")]
    [InlineData("state", "ASC")]
    public async Task Pages_by_cursor_forth_and_back_show_every_item_once(string field, string order)
    {
        // Some have ended, so that endDate holds values and nothing.
        foreach (var key in keys.Take(3)) await server.PostAsync($"/v2/process-instances/{key}/cancellation");
        var sort = new[] { new { field, order } };
        async Task<JsonElement> Page(object page) => (await server.PostAsync(
            "/v2/process-instances/search", new { filter = Mine(), sort, page })).Body;

        var all = (await Page(new { limit = 100 })).GetProperty("items").EnumerateArray()
            .Select(i => i.Text("processInstanceKey")).ToList();
        Assert.Equal(Count, all.Count);
        var seen = new List<string>();
        var page = await Page(new { limit = 2 });
        while (page.GetProperty("items").GetArrayLength() > 0)
        {
            Assert.Equal(Count, page.GetProperty("page").GetProperty("totalItems").GetInt32());
            seen.AddRange(page.GetProperty("items").EnumerateArray().Select(i => i.Text("processInstanceKey")));
            page = await Page(new { limit = 2, after = page.GetProperty("page").Text("endCursor") });
        }
        Assert.Equal(all, seen);

        var last = await Page(new { from = Count - 1, limit = 1 });
        var before = await Page(new { limit = 3, before = last.GetProperty("page").Text("startCursor") });
        Assert.Equal(
            all[^4..^1], before.GetProperty("items").EnumerateArray().Select(i => i.Text("processInstanceKey")));
    }

    [Fact]
    public async Task Page_by_offset_and_beyond_the_end()
    {
        var page = (await server.PostAsync(
            "/v2/process-instances/search", new { filter = Mine(), page = new { from = 5, limit = 10 } })).Body;
        Assert.Equal(2, page.GetProperty("items").GetArrayLength());
        page = (await server.PostAsync(
            "/v2/process-instances/search", new { filter = Mine(), page = new { from = 50 } })).Body;
        Assert.Equal(0, page.GetProperty("items").GetArrayLength());
        Assert.Equal(Count, page.GetProperty("page").GetProperty("totalItems").GetInt32());
        Assert.False(page.GetProperty("page").Has("endCursor"));
    }

    [Theory]
    [InlineData("""{"filter":{"nonsense":1}}""", "nonsense")]
    [InlineData("""{"filter":{"state":"RUNNING"}}""", "RUNNING")]
    [InlineData("""{"filter":{"state":{"$neq":"RUNNING"}}}""", "RUNNING")]
    [InlineData("""{"filter":{"state":{"$gt":"ACTIVE"}}}""", "$gt")]
    [InlineData("""{"filter":{"processInstanceKey":{"$like":"1*"}}}""", "$like")]
    [InlineData("""{"filter":{"processInstanceKey":5}}""", "processInstanceKey")]
    [InlineData("""{"filter":{"processInstanceKey":"five"}}""", "five")]
    [InlineData("""{"filter":{"processInstanceKey":{"$in":"5"}}}""", "$in")]
    [InlineData("""{"filter":{"startDate":{"$notIn":["2020-01-01T00:00:00Z"]}}}""", "$notIn")]
    [InlineData("""{"filter":{"startDate":"2020-01-01"}}""", "startDate")]
    [InlineData("""{"filter":{"startDate":"2020-01-01T00:00:00"}}""", "startDate")]
    [InlineData("""{"filter":{"processDefinitionVersion":"1"}}""", "processDefinitionVersion")]
    [InlineData("""{"filter":{"hasIncident":"yes"}}""", "hasIncident")]
    [InlineData("""{"filter":{"variables":[{"name":"x"}]}}""", "variables.value")]
    [InlineData("""{"filter":{"variables":{"name":"x","value":"1"}}}""", "variables")]
    [InlineData("""{"filter":{"$or":[{"$or":[]}]}}""", "$or")]
    [InlineData("""{"filter":[]}""", "filter")]
    [InlineData("""{"sort":[{"field":"nonsense"}]}""", "nonsense")]
    [InlineData("""{"sort":[{"field":"state","order":"UP"}]}""", "UP")]
    [InlineData("""{"sort":[{"order":"ASC"}]}""", "sort.field")]
    [InlineData("""{"sort":[{"field":"state"},{"field":"state"}]}""", "state")]
    [InlineData("""{"sort":{"field":"state"}}""", "sort")]
    [InlineData("""{"page":{"limit":0}}""", "page.limit")]
    [InlineData("""{"page":{"limit":10001}}""", "page.limit")]
    [InlineData("""{"page":{"from":-1}}""", "page.from")]
    [InlineData("""{"page":{"size":1}}""", "size")]
    [InlineData("""{"page":{"after":"WyIxIl0=","before":"WyIxIl0="}}""", "page.after")]
    [InlineData("""{"page":{"after":"!!"}}""", "cursor")]
    [InlineData("""{"page":{"after":"WyIxIiwiMiJd"}}""", "cursor")]
    [InlineData("""{"nonsense":{}}""", "nonsense")]
    public async Task Search_outside_of_the_language_400_naming_it(string body, string named) =>
        (await server.CallAsync("POST", "/v2/process-instances/search", body))
            .IsProblem(400, "INVALID_ARGUMENT", named);

    [Fact]
    public async Task Search_with_too_many_conditions_400()
    {
        var many = Enumerable.Range(0, 250).Select(_ => Filter("state", "ACTIVE"));
        (await server.PostAsync("/v2/process-instances/search", new { filter = Filter("$or", many) }))
            .IsProblem(400, "INVALID_ARGUMENT", "conditions");
        var values = Enumerable.Range(0, 10_001).Select(i => $"{i}");
        (await server.PostAsync(
            "/v2/process-instances/search", new { filter = Filter("processInstanceKey", Filter("$in", values)) }))
            .IsProblem(400, "INVALID_ARGUMENT", "values");
    }

    [Theory]
    [InlineData("/v2/process-definitions/search")]
    [InlineData("/v2/process-instances/search")]
    [InlineData("/v2/element-instances/search")]
    [InlineData("/v2/variables/search")]
    [InlineData("/v2/user-tasks/search")]
    [InlineData("/v2/jobs/search")]
    [InlineData("/v2/incidents/search")]
    [InlineData("/v2/message-subscriptions/search")]
    [InlineData("/v2/correlated-message-subscriptions/search")]
    [InlineData("/v2/decision-definitions/search")]
    [InlineData("/v2/decision-requirements/search")]
    public async Task Search_without_a_body_finds_all(string path)
    {
        var answer = await server.CallAsync("POST", path);
        Assert.True(answer.Status == 200, answer.Text);
        Assert.True(answer.Body.GetProperty("items").GetArrayLength() <= 100);
        Assert.True(answer.Body.GetProperty("page").Has("totalItems"));
    }
}
