namespace Integration.Tests.Api;

/// <summary>Messages, incidents and the clock.</summary>
[Collection(ApiCollection.Name)]
public sealed class MessageTests(ApiServer server)
{
    [Fact]
    public async Task Message_correlated_and_both_subscriptions_tell()
    {
        var number = ApiServer.Unique("P");
        var key = await server.StartAsync("parcel", new { parcelNo = number });
        var open = Assert.Single(await server.SearchAsync("/v2/message-subscriptions/search", new
        {
            filter = new { processInstanceKey = key, messageSubscriptionState = "CREATED" },
        }));
        Assert.Equal(number, open.Text("correlationKey"));
        Assert.Equal("wait", open.Text("elementId"));

        var correlated = await server.PostAsync("/v2/messages/correlation", new
        {
            name = "parcel.arrived", correlationKey = number, variables = new { weight = 2 },
        });
        Assert.Equal(200, correlated.Status);
        Assert.Equal(key, correlated.Body.Text("processInstanceKey"));
        Assert.Equal("COMPLETED", (await server.GetAsync($"/v2/process-instances/{key}")).Body.Text("state"));
        var done = Assert.Single(await server.SearchAsync(
            "/v2/correlated-message-subscriptions/search", new { filter = new { processInstanceKey = key } }));
        Assert.Equal(correlated.Body.Text("messageKey"), done.Text("messageKey"));
        Assert.Equal("wait", done.Text("elementId"));
        Assert.Equal("CORRELATED", Assert.Single(await server.SearchAsync(
            "/v2/message-subscriptions/search", new { filter = new { processInstanceKey = key } }))
                .Text("messageSubscriptionState"));
    }

    [Fact]
    public async Task Correlation_of_a_message_nobody_awaits_404() =>
        (await server.PostAsync("/v2/messages/correlation", new { name = "parcel.arrived", correlationKey = "nobody" }))
            .IsProblem(404, "NOT_FOUND");

    [Fact]
    public async Task Message_published_before_its_taker_waits_for_it()
    {
        var number = ApiServer.Unique("P");
        var published = await server.PostAsync("/v2/messages/publication", new
        {
            name = "parcel.arrived", correlationKey = number, timeToLive = 60_000, messageId = "m1",
        });
        Assert.Equal(200, published.Status);
        Assert.NotEmpty(published.Body.Text("messageKey"));
        (await server.PostAsync("/v2/messages/publication", new
        {
            name = "parcel.arrived", correlationKey = number, timeToLive = 60_000, messageId = "m1",
        })).IsProblem(409, "ALREADY_EXISTS");
        var created = await server.PostAsync("/v2/process-instances", new
        {
            processDefinitionId = "parcel", variables = new { parcelNo = number }, awaitCompletion = true,
        });
        Assert.Equal(200, created.Status);
    }

    [Theory]
    [InlineData("/v2/messages/publication", "{}", "name")]
    [InlineData("/v2/messages/publication", """{"name":"m","timeToLive":"long"}""", "timeToLive")]
    [InlineData("/v2/messages/publication", """{"name":"m","tenantId":"other"}""", "other")]
    [InlineData("/v2/messages/correlation", """{"name":" "}""", "name")]
    [InlineData("/v2/messages/correlation", """{"name":"m","timeToLive":5}""", "timeToLive")]
    public async Task Message_with_a_bad_body_400(string path, string body, string named) =>
        (await server.CallAsync("POST", path, body)).IsProblem(400, "INVALID_ARGUMENT", named);

    [Fact]
    public async Task Incident_found_repaired_and_resolved()
    {
        var key = await server.StartAsync("crossing", new { way = "nowhere" });
        var incident = Assert.Single(await server.SearchAsync(
            $"/v2/process-instances/{key}/incidents/search", new { sort = new[] { new { field = "creationTime" } } }));
        Assert.Equal("ACTIVE", incident.Text("state"));
        Assert.Equal("choose", incident.Text("elementId"));
        Assert.True(
            (await server.GetAsync($"/v2/process-instances/{key}")).Body.GetProperty("hasIncident").GetBoolean());
        var element = (await server.GetAsync($"/v2/element-instances/{incident.Text("elementInstanceKey")}")).Body;
        Assert.Equal(incident.Text("incidentKey"), element.Text("incidentKey"));
        var hash = incident.Text("errorMessage").Aggregate(0, (h, c) => unchecked((31 * h) + c));
        Assert.Single(await server.SearchAsync("/v2/process-instances/search", new
        {
            filter = new { processInstanceKey = key, incidentErrorHashCode = hash, hasElementInstanceIncident = true },
        }));

        await server.CallAsync(
            "PUT", $"/v2/element-instances/{key}/variables", new { variables = new { way = "left" } });
        Assert.Equal(204, (await server.PostAsync($"/v2/incidents/{incident.Text("incidentKey")}/resolution")).Status);
        Assert.Equal("COMPLETED", (await server.GetAsync($"/v2/process-instances/{key}")).Body.Text("state"));
        Assert.Equal(
            "RESOLVED", (await server.GetAsync($"/v2/incidents/{incident.Text("incidentKey")}")).Body.Text("state"));
        Assert.Contains((await server.PostAsync($"/v2/incidents/{incident.Text("incidentKey")}/resolution"))
            .Status, new[] { 404, 409 });
    }

    [Fact]
    public async Task Clock_pinned_fires_what_is_due()
    {
        var key = await server.StartAsync("reminder");
        Assert.Equal("ACTIVE", (await server.GetAsync($"/v2/process-instances/{key}")).Body.Text("state"));
        var later = DateTimeOffset.UtcNow.AddDays(3);
        Assert.Equal(204,
            (await server.CallAsync("PUT", "/v2/clock", new { timestamp = later.ToUnixTimeMilliseconds() })).Status);
        var ended = (await server.GetAsync($"/v2/process-instances/{key}")).Body;
        Assert.Equal("COMPLETED", ended.Text("state"));
        Assert.Equal(204, (await server.PostAsync("/v2/clock/reset")).Status);
    }

    [Theory]
    [InlineData("{}", "timestamp")]
    [InlineData("""{"timestamp":-1}""", "timestamp")]
    [InlineData("""{"timestamp":"now"}""", "timestamp")]
    public async Task Clock_pinned_to_nonsense_400(string body, string named) =>
        (await server.CallAsync("PUT", "/v2/clock", body)).IsProblem(400, "INVALID_ARGUMENT", named);

    [Fact]
    public async Task Clock_pinned_by_a_person_403() =>
        (await server.CallAsync("PUT", "/v2/clock", new { timestamp = 1 }, "head")).IsProblem(403, "FORBIDDEN");
}
