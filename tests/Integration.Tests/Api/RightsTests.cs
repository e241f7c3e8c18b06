using System.Globalization;
using System.Text.Json;

namespace Integration.Tests.Api;

/// <summary>A person sees what belongs to her tasks, in lists and totals alike; what she may not see does not
/// exist.</summary>
[Collection(ApiCollection.Name)]
public sealed class RightsTests(ApiServer server)
{
    static readonly string[] OfInstances =
    [
        "/v2/process-instances/search", "/v2/element-instances/search", "/v2/variables/search", "/v2/incidents/search",
        "/v2/message-subscriptions/search", "/v2/user-tasks/search",
    ];

    // Counts by the total of the answer, not by its items: a total must not tell what the items hide.
    async Task<int> TotalAsync(string path, string instance, string user)
    {
        var answer = await server.PostAsync(path, new { filter = new { processInstanceKey = instance } }, user);
        Assert.True(answer.Status == 200, answer.Text);
        Assert.Equal(
            answer.Body.GetProperty("items").GetArrayLength(),
            answer.Body.GetProperty("page").GetProperty("totalItems").GetInt32());
        return answer.Body.GetProperty("items").GetArrayLength();
    }

    [Fact]
    public async Task Person_without_a_task_sees_nothing_of_the_instance()
    {
        var instance = await server.StartAsync("approval", new { amount = 1 });
        foreach (var path in OfInstances) Assert.Equal(0, await TotalAsync(path, instance, "specialist"));
        var task = await server.TaskOfAsync(instance);
        var element = Assert.Single(await server.SearchAsync(
            "/v2/element-instances/search",
            new { filter = new { processInstanceKey = instance, elementId = "approve" } }));
        var variable = (await server.SearchAsync(
            "/v2/variables/search", new { filter = new { processInstanceKey = instance } }))[0];
        string[] hidden =
        [
            $"/v2/process-instances/{instance}", $"/v2/user-tasks/{task}", $"/v2/user-tasks/{task}/form",
            $"/v2/process-instances/{instance}/call-hierarchy",
            $"/v2/element-instances/{element.Text("elementInstanceKey")}",
            $"/v2/variables/{variable.Text("variableKey")}",
        ];
        foreach (var path in hidden)
        {
            var answer = await server.GetAsync(path, "specialist");
            answer.IsProblem(404, "NOT_FOUND");
            // The same words as for a key that was never given out.
            var key = path.Split('/')[3];
            var unknown = (await server.GetAsync(path.Replace(key, "1", StringComparison.Ordinal), "specialist")).Body;
            Assert.Equal(unknown.Text("detail")
                .Replace("'1'", $"'{key}'", StringComparison.Ordinal), answer.Body.Text("detail"));
        }
        (await server.PostAsync($"/v2/user-tasks/{task}/completion", user: "specialist")).IsProblem(404, "NOT_FOUND");
        (await server.PostAsync($"/v2/user-tasks/{task}/assignment", new { assignee = "specialist" }, "specialist"))
            .IsProblem(404, "NOT_FOUND");
        (await server.CallAsync(
            "PATCH", $"/v2/user-tasks/{task}", new { changeset = new { priority = 1 } }, "specialist"))
            .IsProblem(404, "NOT_FOUND");
        (await server.PostAsync($"/v2/process-instances/{instance}/cancellation", user: "specialist"))
            .IsProblem(404, "NOT_FOUND");
        Assert.Empty((await server.GetAsync($"/v2/process-instances/{instance}/sequence-flows", "specialist"))
            .Body.GetProperty("items").EnumerateArray());
        Assert.Empty(
            (await server.GetAsync($"/v2/process-instances/{instance}/statistics/element-instances", "specialist"))
            .Body.GetProperty("items").EnumerateArray());
    }

    [Fact]
    public async Task Candidate_sees_the_instance_before_and_after_completing()
    {
        var instance = await server.StartAsync("approval", new { amount = 1 });
        Assert.Equal(1, await TotalAsync("/v2/user-tasks/search", instance, "head"));
        Assert.Equal(1, await TotalAsync("/v2/process-instances/search", instance, "head"));
        Assert.Equal(2, await TotalAsync("/v2/variables/search", instance, "head"));
        var task = await server.TaskOfAsync(instance);
        Assert.Equal(204,
            (await server.PostAsync($"/v2/user-tasks/{task}/assignment", new { assignee = "head" }, "head")).Status);
        Assert.Equal(204, (await server.PostAsync($"/v2/user-tasks/{task}/completion", user: "head")).Status);
        Assert.Equal(
            "COMPLETED", (await server.GetAsync($"/v2/process-instances/{instance}", "head")).Body.Text("state"));
        Assert.Equal(1, await TotalAsync("/v2/user-tasks/search", instance, "head"));
    }

    [Fact]
    public async Task Person_sees_what_was_assigned_to_her()
    {
        var instance = await server.StartAsync("approval", new { amount = 1 });
        var task = await server.TaskOfAsync(instance);
        await server.PostAsync($"/v2/user-tasks/{task}/assignment", new { assignee = "specialist" });
        Assert.Equal(1, await TotalAsync("/v2/process-instances/search", instance, "specialist"));
        Assert.Equal(
            "specialist", (await server.GetAsync($"/v2/user-tasks/{task}", "specialist")).Body.Text("assignee"));
    }

    [Fact]
    public async Task Person_sees_but_may_not_cancel_repair_or_set_variables()
    {
        var instance = await server.StartAsync("approval", new { amount = 1 });
        (await server.PostAsync($"/v2/process-instances/{instance}/cancellation", user: "head"))
            .IsProblem(403, "FORBIDDEN");
        (await server.CallAsync(
            "PUT", $"/v2/element-instances/{instance}/variables", new { variables = new { a = 1 } }, "head"))
            .IsProblem(403, "FORBIDDEN");
        (await server.PostAsync("/v2/messages/publication", new { name = "m" }, "head")).IsProblem(403, "FORBIDDEN");
        (await server.PostAsync("/v2/messages/correlation", new { name = "m" }, "head")).IsProblem(403, "FORBIDDEN");
    }

    [Fact]
    public async Task Person_starts_only_what_her_roles_may()
    {
        var body = new { processDefinitionId = "approval", variables = new { amount = 1 } };
        Assert.Equal(200, (await server.PostAsync("/v2/process-instances", body, "clerk")).Status);
        (await server.PostAsync("/v2/process-instances", body, "specialist")).IsProblem(403, "FORBIDDEN");
    }

    [Fact]
    public async Task Admin_sees_steps_and_error_types_but_no_content()
    {
        var instance = await server.StartAsync("crossing", new { way = "nobody's business" });
        Assert.Equal(1, await TotalAsync("/v2/process-instances/search", instance, "admin"));
        Assert.Equal(3, await TotalAsync("/v2/element-instances/search", instance, "admin"));
        Assert.Equal(0, await TotalAsync("/v2/variables/search", instance, "admin"));
        var incident = Assert.Single(await server.SearchAsync(
            "/v2/incidents/search", new { filter = new { processInstanceKey = instance } }, "admin"));
        Assert.NotEmpty(incident.Text("errorType"));
        Assert.Equal("", incident.Text("errorMessage"));
        // Nor may a filter ask what an answer does not show.
        async Task<int> Asking(object filter) =>
            (await server.SearchAsync("/v2/process-instances/search", new { filter }, "admin")).Length;
        Assert.Equal(0, await Asking(new
        {
            processInstanceKey = instance,
            variables = new[] { new { name = "way", value = JsonSerializer.Serialize("nobody's business") } },
        }));
        Assert.Equal(0, await Asking(new
        {
            processInstanceKey = instance,
            errorMessage = new Dictionary<string, string>(StringComparer.Ordinal) { ["$like"] = "?*" },
        }));
    }

    [Fact]
    public async Task Totals_of_persons_never_exceed_those_of_the_engine()
    {
        foreach (var path in OfInstances)
        {
            var all = (await server.PostAsync(path)).Body.GetProperty("page").GetProperty("totalItems").GetInt32();
            foreach (var user in new[] { "head", "specialist", "admin" })
            {
                var hers = (await server.PostAsync(path, user: user)).Body.GetProperty("page").GetProperty("totalItems")
                    .GetInt32();
                Assert.True(
                    hers <= all, string.Create(CultureInfo.InvariantCulture, $"{path} {user}: {hers} of {all}"));
            }
        }
    }
}
