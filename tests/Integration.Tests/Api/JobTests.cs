using System.Text.Json;

namespace Integration.Tests.Api;

[Collection(ApiCollection.Name)]
public sealed class JobTests(ApiServer server)
{
    async Task<JsonElement[]> ActivateAsync(string type, long requestTimeout = -1, params string[] fetchVariable)
    {
        var answer = await server.PostAsync("/v2/jobs/activation", new
        {
            type, worker = "tests", timeout = 60_000, maxJobsToActivate = 5, fetchVariable, requestTimeout,
        });
        Assert.True(answer.Status == 200, answer.Text);
        return [.. answer.Body.GetProperty("jobs").EnumerateArray()];
    }

    async Task<(string Type, string Instance)> StartAsync()
    {
        var type = ApiServer.Unique("work");
        return (type, await server.StartAsync("worker", new { jobType = type, item = "book" }, "case:7"));
    }

    [Fact]
    public async Task Job_activated_once_and_completed()
    {
        var (type, instance) = await StartAsync();
        var job = Assert.Single(await ActivateAsync(type));
        Assert.Equal("worker", job.Text("processDefinitionId"));
        Assert.Equal(2, job.GetProperty("retries").GetInt32());
        Assert.Equal("fast", job.GetProperty("customHeaders").Text("speed"));
        Assert.Equal("book", job.GetProperty("variables").Text("item"));
        Assert.Equal("BPMN_ELEMENT", job.Text("kind"));
        Assert.Equal("case:7", job.GetProperty("tags")[0].GetString());
        Assert.Equal(JsonValueKind.Number, job.GetProperty("deadline").ValueKind);
        Assert.Empty(await ActivateAsync(type));

        var key = job.Text("jobKey");
        Assert.Equal(204,
            (await server.PostAsync($"/v2/jobs/{key}/completion", new { variables = new { done = true } })).Status);
        Assert.Equal("COMPLETED", (await server.GetAsync($"/v2/process-instances/{instance}")).Body.Text("state"));
        var found = Assert.Single(await server.SearchAsync("/v2/jobs/search", new { filter = new { jobKey = key } }));
        Assert.Equal("COMPLETED", found.Text("state"));
        Assert.True(found.Has("endTime"));
        Assert.Contains((await server.PostAsync($"/v2/jobs/{key}/completion")).Status, new[] { 404, 409 });
    }

    [Fact]
    public async Task Job_variables_only_those_asked_for()
    {
        var (type, _) = await StartAsync();
        var job = Assert.Single(await ActivateAsync(type, -1, "item", "nothing"));
        Assert.Equal("{\"item\":\"book\"}", job.GetProperty("variables").GetRawText());
    }

    [Fact]
    public async Task Activation_waiting_gets_the_job_that_comes()
    {
        var type = ApiServer.Unique("late");
        var waiting = ActivateAsync(type, 20_000);
        await server.StartAsync("worker", new { jobType = type });
        Assert.Single(await waiting);
    }

    [Fact]
    public async Task Activation_of_nothing_answers_empty_after_the_timeout() =>
        Assert.Empty(await ActivateAsync(ApiServer.Unique("none"), 20));

    [Fact]
    public async Task Job_failed_to_the_end_incident_until_resolved()
    {
        var (type, instance) = await StartAsync();
        var key = Assert.Single(await ActivateAsync(type)).Text("jobKey");
        Assert.Equal(204,
            (await server.PostAsync($"/v2/jobs/{key}/failure", new { retries = 1, errorMessage = "again" })).Status);
        var failed = Assert.Single(await server.SearchAsync("/v2/jobs/search", new { filter = new { jobKey = key } }));
        Assert.True(failed.GetProperty("hasFailedWithRetriesLeft").GetBoolean());
        Assert.Equal("again", failed.Text("errorMessage"));

        Assert.Single(await ActivateAsync(type));
        Assert.Equal(204,
            (await server.PostAsync($"/v2/jobs/{key}/failure", new { retries = 0, errorMessage = "broken" })).Status);
        var incident = Assert.Single(await server.SearchAsync(
            "/v2/incidents/search", new { filter = new { processInstanceKey = instance, state = "ACTIVE" } }));
        Assert.Equal("JOB_NO_RETRIES", incident.Text("errorType"));
        Assert.Equal(key, incident.Text("jobKey"));
        Assert.Contains("broken", incident.Text("errorMessage"), StringComparison.Ordinal);
        Assert.Equal(409, (await server.PostAsync($"/v2/jobs/{key}/completion")).Status);

        Assert.Equal(
            204, (await server.CallAsync("PATCH", $"/v2/jobs/{key}", new { changeset = new { retries = 3 } })).Status);
        Assert.Equal(204, (await server.PostAsync($"/v2/incidents/{incident.Text("incidentKey")}/resolution")).Status);
        Assert.Equal(3, Assert.Single(await ActivateAsync(type)).GetProperty("retries").GetInt32());
    }

    [Fact]
    public async Task Job_error_caught_by_the_process()
    {
        var (type, instance) = await StartAsync();
        var key = Assert.Single(await ActivateAsync(type)).Text("jobKey");
        Assert.Equal(204, (await server.PostAsync(
            $"/v2/jobs/{key}/error",
            new { errorCode = "NO_STOCK", errorMessage = "sold out", variables = new { left = 0 } })).Status);
        Assert.Single(await server.SearchAsync(
            "/v2/element-instances/search",
            new { filter = new { processInstanceKey = instance, elementId = "refused" } }));
    }

    [Theory]
    [InlineData("""{"worker":"w","timeout":1,"maxJobsToActivate":1}""", "type")]
    [InlineData("""{"type":"t","maxJobsToActivate":1}""", "timeout")]
    [InlineData("""{"type":"t","timeout":0,"maxJobsToActivate":1}""", "timeout")]
    [InlineData("""{"type":"t","timeout":1,"maxJobsToActivate":0}""", "maxJobsToActivate")]
    [InlineData("""{"type":"t","timeout":1,"maxJobsToActivate":1,"tenantIds":["other"]}""", "other")]
    [InlineData("""{"type":"t","timeout":1,"maxJobsToActivate":1,"nonsense":1}""", "nonsense")]
    public async Task Activation_with_a_bad_body_400(string body, string named) =>
        (await server.CallAsync("POST", "/v2/jobs/activation", body)).IsProblem(400, "INVALID_ARGUMENT", named);

    [Theory]
    [InlineData("PATCH", "", """{"changeset":{}}""", "changeset")]
    [InlineData("PATCH", "", """{"changeset":{"retries":0}}""", "retries")]
    [InlineData("POST", "/error", "{}", "errorCode")]
    [InlineData("POST", "/completion", """{"variables":1}""", "variables")]
    [InlineData("POST", "/failure", """{"retries":"many"}""", "retries")]
    public async Task Job_command_with_a_bad_body_400(string method, string path, string body, string named)
    {
        var (type, _) = await StartAsync();
        var key = Assert.Single(await ActivateAsync(type)).Text("jobKey");
        (await server.CallAsync(method, $"/v2/jobs/{key}{path}", body)).IsProblem(400, "INVALID_ARGUMENT", named);
    }

    [Fact]
    public async Task Jobs_for_a_person_do_not_exist()
    {
        var (type, _) = await StartAsync();
        var key = Assert.Single(await ActivateAsync(type)).Text("jobKey");
        (await server.PostAsync($"/v2/jobs/{key}/completion", user: "head")).IsProblem(404, "NOT_FOUND");
        Assert.Empty(await server.SearchAsync("/v2/jobs/search", new { }, "head"));
        (await server.PostAsync("/v2/jobs/activation", new { type, timeout = 1, maxJobsToActivate = 1 }, "head"))
            .IsProblem(403, "FORBIDDEN");
    }
}
