namespace Integration.Tests.Api;

/// <summary>Instances, their elements and variables.</summary>
[Collection(ApiCollection.Name)]
public sealed class ProcessInstanceTests(ApiServer server)
{
    [Fact]
    public async Task Instance_created_is_found_at_once()
    {
        var created = await server.PostAsync("/v2/process-instances", new
        {
            processDefinitionId = "approval",
            variables = new { amount = 21, note = "x" },
            tags = new[] { "case:1", "urgent" },
        });
        Assert.Equal(200, created.Status);
        Assert.Equal("approval", created.Body.Text("processDefinitionId"));
        Assert.Equal("{}", created.Body.GetProperty("variables").GetRawText());
        var key = created.Body.Text("processInstanceKey");

        var instance = (await server.GetAsync($"/v2/process-instances/{key}")).Body;
        Assert.Equal("ACTIVE", instance.Text("state"));
        Assert.Equal("Approval of a request", instance.Text("processDefinitionName"));
        Assert.Equal("v1", instance.Text("processDefinitionVersionTag"));
        Assert.Equal(["case:1", "urgent"], instance.GetProperty("tags").EnumerateArray().Select(t => t.GetString()));
        Assert.EndsWith("Z", instance.Text("startDate"), StringComparison.Ordinal);
        Assert.False(instance.Has("endDate"));
        Assert.Single(await server.SearchAsync(
            "/v2/process-instances/search",
            new { filter = new { processInstanceKey = key, tags = new[] { "urgent" } } }));
        Assert.Empty(await server.SearchAsync(
            "/v2/process-instances/search",
            new { filter = new { processInstanceKey = key, tags = new[] { "calm" } } }));
    }

    [Fact]
    public async Task Instance_created_by_key_and_by_version()
    {
        var definition = Assert.Single(await server.SearchAsync(
            "/v2/process-definitions/search", new { filter = new { processDefinitionId = "parcel" } }));
        var byKey = await server.PostAsync("/v2/process-instances", new
        {
            processDefinitionKey = definition.Text("processDefinitionKey"),
            variables = new { parcelNo = ApiServer.Unique("P") },
        });
        Assert.Equal(1, byKey.Body.GetProperty("processDefinitionVersion").GetInt32());
        var byVersion = await server.PostAsync("/v2/process-instances", new
        {
            processDefinitionId = "parcel",
            processDefinitionVersion = 1,
            variables = new { parcelNo = ApiServer.Unique("P") },
        });
        Assert.Equal(200, byVersion.Status);
        (await server.PostAsync(
            "/v2/process-instances", new { processDefinitionId = "parcel", processDefinitionVersion = 77 }))
            .IsProblem(404, "NOT_FOUND", "77");
    }

    [Theory]
    [InlineData("{}", "processDefinitionId")]
    [InlineData("""{"processDefinitionId":"worker","processDefinitionKey":"1"}""", "Only one")]
    [InlineData("""{"processDefinitionId":"worker","tenantId":"other"}""", "other")]
    [InlineData("""{"processDefinitionId":"worker","startInstructions":[{"elementId":"work"}]}""", "startInstructions")]
    [InlineData("""{"processDefinitionId":"worker","tags":["1 bad"]}""", "1 bad")]
    [InlineData("""{"processDefinitionId":"worker","tags":["a","b","c","d","e","f","g","h","i","j","k"]}""", "10")]
    [InlineData("""{"processDefinitionId":"worker","operationReference":0}""", "operationReference")]
    public async Task Instance_creation_with_a_bad_body_400(string body, string named) =>
        (await server.CallAsync("POST", "/v2/process-instances", body)).IsProblem(400, "INVALID_ARGUMENT", named);

    [Fact]
    public async Task Instance_of_an_unknown_process_404() =>
        (await server.PostAsync("/v2/process-instances", new { processDefinitionId = "unknown" }))
            .IsProblem(404, "NOT_FOUND", "unknown");

    [Fact]
    public async Task Creation_repeated_with_its_key_one_instance()
    {
        var body = new { processDefinitionId = "approval", variables = new { amount = 1 } };
        var key = ApiServer.Unique("idempotent");
        var first = await server.CallAsync("POST", "/v2/process-instances", body, idempotencyKey: key);
        var second = await server.CallAsync("POST", "/v2/process-instances", body, idempotencyKey: key);
        Assert.Equal(200, second.Status);
        Assert.Equal(first.Body.Text("processInstanceKey"), second.Body.Text("processInstanceKey"));
    }

    [Fact]
    public async Task Completion_awaited_answers_with_the_variables()
    {
        var answer = await server.PostAsync("/v2/process-instances", new
        {
            processDefinitionId = "crossing",
            variables = new { way = "left", other = 1 },
            awaitCompletion = true,
            fetchVariables = new[] { "way" },
        });
        Assert.Equal(200, answer.Status);
        Assert.Equal("{\"way\":\"left\"}", answer.Body.GetProperty("variables").GetRawText());
    }

    [Fact]
    public async Task Completion_awaited_in_vain_504() =>
        (await server.PostAsync("/v2/process-instances", new
        {
            processDefinitionId = "approval",
            variables = new { amount = 1 },
            awaitCompletion = true,
            requestTimeout = 50,
        })).IsProblem(504, "DEADLINE_EXCEEDED");

    [Fact]
    public async Task Instance_ended_flows_elements_and_statistics_tell_the_way()
    {
        var key = await server.StartAsync("crossing", new { way = "right" });
        var flows = (await server.GetAsync($"/v2/process-instances/{key}/sequence-flows")).Body.GetProperty("items");
        Assert.Equal(["to-choose", "to-right"], flows.EnumerateArray().Select(f => f.Text("elementId")));

        var elements = await server.SearchAsync("/v2/element-instances/search", new
        {
            filter = new { processInstanceKey = key },
            sort = new[] { new { field = "elementId", order = "ASC" } },
        });
        Assert.Equal(["arrive", "choose", "crossing", "right"], elements.Select(e => e.Text("elementId")));
        Assert.All(elements, e => Assert.Equal("COMPLETED", e.Text("state")));
        Assert.Equal("EXCLUSIVE_GATEWAY", elements[1].Text("type"));
        Assert.Equal("PROCESS", elements[2].Text("type"));
        var gateway = (await server.GetAsync($"/v2/element-instances/{elements[1].Text("elementInstanceKey")}")).Body;
        Assert.Equal("choose", gateway.Text("elementId"));
        Assert.True(gateway.Has("endDate"));

        var statistics = (await server.GetAsync($"/v2/process-instances/{key}/statistics/element-instances")).Body;
        Assert.Equal(["arrive", "choose", "right"], statistics.GetProperty("items").EnumerateArray()
            .Select(s => s.Text("elementId")));
        Assert.All(statistics.GetProperty("items").EnumerateArray(), s =>
            Assert.Equal(1, s.GetProperty("completed").GetInt32()));

        var instance = (await server.GetAsync($"/v2/process-instances/{key}")).Body;
        Assert.Equal("COMPLETED", instance.Text("state"));
        Assert.True(instance.Has("endDate"));
        var children = await server.SearchAsync(
            "/v2/element-instances/search", new { filter = new { elementInstanceScopeKey = key } });
        Assert.Equal(3, children.Length);

        var all = (await server.PostAsync(
            $"/v2/process-definitions/{instance.Text("processDefinitionKey")}/statistics/element-instances",
            new { filter = new { processInstanceKey = key } })).Body.GetProperty("items");
        Assert.Equal(3, all.GetArrayLength());
    }

    [Fact]
    public async Task Instance_canceled_with_all_in_it_409_free_and_404_again()
    {
        var key = await server.StartAsync("approval", new { amount = 1 });
        var task = await server.TaskOfAsync(key);
        Assert.Equal(204, (await server.PostAsync($"/v2/process-instances/{key}/cancellation")).Status);
        Assert.Equal("TERMINATED", (await server.GetAsync($"/v2/process-instances/{key}")).Body.Text("state"));
        Assert.Equal("CANCELED", (await server.GetAsync($"/v2/user-tasks/{task}")).Body.Text("state"));
        (await server.PostAsync($"/v2/process-instances/{key}/cancellation")).IsProblem(404, "NOT_FOUND");
    }

    [Fact]
    public async Task Called_instance_hierarchy_from_the_root()
    {
        var number = ApiServer.Unique("P");
        var key = await server.StartAsync("caller", new { parcelNo = number });
        var child = await EventuallyAsync(async () => (await server.SearchAsync(
            "/v2/process-instances/search", new { filter = new { parentProcessInstanceKey = key } })).FirstOrDefault());
        var childKey = child.Text("processInstanceKey");
        var chain = (await server.GetAsync($"/v2/process-instances/{childKey}/call-hierarchy")).Body;
        Assert.Equal([key, childKey], chain.EnumerateArray().Select(e => e.Text("processInstanceKey")));
        Assert.Equal("Caller of parcel", chain[0].Text("processDefinitionName"));
        Assert.True(child.Has("parentElementInstanceKey"));
    }

    [Fact]
    public async Task Variables_set_and_read_by_scope()
    {
        var key = await server.StartAsync("approval", new { amount = 21, long_ = new string('x', 9_000) });
        Assert.Equal(204, (await server.CallAsync(
            "PUT", $"/v2/element-instances/{key}/variables",
            new { variables = new { amount = 30, added = new { a = 1 } } })).Status);

        var variables = await server.SearchAsync("/v2/variables/search", new
        {
            filter = new { processInstanceKey = key },
            sort = new[] { new { field = "name" } },
        });
        Assert.Equal(["added", "amount", "doubled", "long_"], variables.Select(v => v.Text("name")));
        Assert.Equal("{\"a\":1}", variables[0].Text("value"));
        Assert.Equal("30", variables[1].Text("value"));
        Assert.True(variables[3].GetProperty("isTruncated").GetBoolean());
        Assert.Equal(8_191, variables[3].Text("value").Length);
        var whole = (await server.GetAsync($"/v2/variables/{variables[3].Text("variableKey")}")).Body;
        Assert.Equal(9_002, whole.Text("value").Length);
        var full = await server.SearchAsync(
            "/v2/variables/search?truncateValues=false",
            new { filter = new { processInstanceKey = key, name = "long_" } });
        Assert.Equal(9_002, full[0].Text("value").Length);
        Assert.Single(await server.SearchAsync(
            "/v2/variables/search", new { filter = new { processInstanceKey = key, isTruncated = true } }));

        // A cursor of a text too long for it still finds its place.
        var sort = new[] { new { field = "value", order = "DESC" } };
        var seen = new List<string>();
        for (string? after = null; ;)
        {
            object page = after is null ? new { limit = 1 } : new { limit = 1, after };
            var found = (await server.PostAsync(
                "/v2/variables/search", new { filter = new { processInstanceKey = key }, sort, page })).Body;
            if (found.GetProperty("items").GetArrayLength() == 0) break;
            seen.Add(found.GetProperty("items")[0].Text("name"));
            after = found.GetProperty("page").Text("endCursor");
            Assert.True(after.Length <= 300, after);
        }
        Assert.Equal(4, seen.Distinct().Count());
        Assert.Equal(4, seen.Count);
    }

    [Theory]
    [InlineData("{}", "variables")]
    [InlineData("""{"variables":{"a":1},"local":"yes"}""", "local")]
    public async Task Variables_of_a_bad_body_400(string body, string named)
    {
        var key = await server.StartAsync("approval", new { amount = 1 });
        (await server.CallAsync("PUT", $"/v2/element-instances/{key}/variables", body))
            .IsProblem(400, "INVALID_ARGUMENT", named);
    }

    [Fact]
    public async Task Variables_of_an_unknown_element_404() =>
        (await server.CallAsync("PUT", "/v2/element-instances/1/variables", new { variables = new { a = 1 } }))
            .IsProblem(404, "NOT_FOUND");

    // What another transaction does right after (calls, queued commands) is awaited by asking, at most 200 times.
    static async Task<T> EventuallyAsync<T>(Func<Task<T>> ask) where T : struct
    {
        for (var i = 0; i < 200; i++)
        {
            var answer = await ask();
            if (!answer.Equals(default(T))) return answer;
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }
        throw new TimeoutException("It did not happen.");
    }
}
