namespace Integration.Tests.Api;

[Collection(ApiCollection.Name)]
public sealed class UserTaskTests(ApiServer server)
{
    async Task<string> NewTaskAsync(object? variables = null) =>
        await server.TaskOfAsync(await server.StartAsync("approval", variables ?? new { amount = 4 }));

    [Fact]
    public async Task Task_read_with_everything_modelled()
    {
        var key = await NewTaskAsync();
        var task = (await server.GetAsync($"/v2/user-tasks/{key}")).Body;
        Assert.Equal("CREATED", task.Text("state"));
        Assert.Equal("Approve the request", task.Text("name"));
        Assert.Equal("Approval of a request", task.Text("processName"));
        Assert.Equal(
            ["head", "team_lead"], task.GetProperty("candidateGroups").EnumerateArray().Select(g => g.GetString()));
        Assert.Equal("2030-01-31T23:59:59.000Z", task.Text("dueDate"));
        Assert.Equal(70, task.GetProperty("priority").GetInt32());
        Assert.Equal("blue", task.GetProperty("customHeaders").Text("colour"));
        Assert.False(task.Has("assignee"));
    }

    [Fact]
    public async Task Task_assigned_unassigned_and_completed()
    {
        var key = await NewTaskAsync();
        Assert.Equal(
            204, (await server.PostAsync($"/v2/user-tasks/{key}/assignment", new { assignee = "head" })).Status);
        (await server.PostAsync($"/v2/user-tasks/{key}/assignment", new { assignee = "mayor", allowOverride = false }))
            .IsProblem(409, "INVALID_STATE");
        Assert.Equal("head", (await server.GetAsync($"/v2/user-tasks/{key}")).Body.Text("assignee"));
        Assert.Equal(204, (await server.CallAsync("DELETE", $"/v2/user-tasks/{key}/assignee")).Status);
        Assert.False((await server.GetAsync($"/v2/user-tasks/{key}")).Body.Has("assignee"));

        var completion = await server.PostAsync(
            $"/v2/user-tasks/{key}/completion", new { variables = new { approved = true }, action = "approve" });
        Assert.Equal(204, completion.Status);
        var task = (await server.GetAsync($"/v2/user-tasks/{key}")).Body;
        Assert.Equal("COMPLETED", task.Text("state"));
        Assert.True(task.Has("completionDate"));
        Assert.Equal("COMPLETED", (await server.GetAsync($"/v2/process-instances/{task.Text("processInstanceKey")}"))
            .Body.Text("state"));
        Assert.Equal("true", Assert.Single(await server.SearchAsync("/v2/variables/search", new
        {
            filter = new { processInstanceKey = task.Text("processInstanceKey"), name = "approved" },
        })).Text("value"));
        Assert.Contains((await server.PostAsync($"/v2/user-tasks/{key}/completion")).Status, new[] { 404, 409 });
    }

    [Fact]
    public async Task Completion_repeated_with_its_key_same_answer()
    {
        var key = await NewTaskAsync();
        var id = ApiServer.Unique("complete");
        Assert.Equal(
            204, (await server.CallAsync("POST", $"/v2/user-tasks/{key}/completion", "{}", idempotencyKey: id)).Status);
        Assert.Equal(
            204, (await server.CallAsync("POST", $"/v2/user-tasks/{key}/completion", "{}", idempotencyKey: id)).Status);
    }

    [Fact]
    public async Task Task_updated_and_attributes_reset()
    {
        var key = await NewTaskAsync();
        var changeset = new
        {
            dueDate = "2031-02-03T10:00:00+01:00",
            followUpDate = "2031-02-01T00:00:00Z",
            candidateUsers = new[] { "clerk" },
            candidateGroups = Array.Empty<string>(),
            priority = 5,
            later = "ignored",
        };
        Assert.Equal(204, (await server.CallAsync("PATCH", $"/v2/user-tasks/{key}", new { changeset })).Status);
        var task = (await server.GetAsync($"/v2/user-tasks/{key}")).Body;
        Assert.Equal("2031-02-03T09:00:00.000Z", task.Text("dueDate"));
        Assert.Equal("2031-02-01T00:00:00.000Z", task.Text("followUpDate"));
        Assert.Equal(0, task.GetProperty("candidateGroups").GetArrayLength());
        Assert.Equal("clerk", task.GetProperty("candidateUsers")[0].GetString());
        Assert.Equal(5, task.GetProperty("priority").GetInt32());
        Assert.Equal(204, (
            await server.CallAsync("PATCH", $"/v2/user-tasks/{key}", new { changeset = new { dueDate = "" } })).Status);
        task = (await server.GetAsync($"/v2/user-tasks/{key}")).Body;
        Assert.False(task.Has("dueDate"));
        Assert.True(task.Has("followUpDate"));
    }

    [Theory]
    [InlineData("{}", "No update data")]
    [InlineData("""{"changeset":{"priority":101}}""", "priority")]
    [InlineData("""{"changeset":{"dueDate":"tomorrow"}}""", "dueDate")]
    [InlineData("""{"changeset":{"candidateUsers":"kasia"}}""", "candidateUsers")]
    [InlineData("""{"unknown":1}""", "unknown")]
    public async Task Update_with_a_bad_body_400(string body, string named) =>
        (await server.CallAsync("PATCH", $"/v2/user-tasks/{await NewTaskAsync()}", body))
            .IsProblem(400, "INVALID_ARGUMENT", named);

    [Theory]
    [InlineData("{}", "assignee")]
    [InlineData("""{"assignee":""}""", "assignee")]
    [InlineData("""{"assignee":null}""", "assignee")]
    [InlineData("""{"assignee":"a","override":true}""", "override")]
    public async Task Assignment_with_a_bad_body_400(string body, string named) =>
        (await server.CallAsync("POST", $"/v2/user-tasks/{await NewTaskAsync()}/assignment", body))
            .IsProblem(400, "INVALID_ARGUMENT", named);

    [Fact]
    public async Task Form_bound_to_the_task_returned()
    {
        var form = (await server.GetAsync($"/v2/user-tasks/{await NewTaskAsync()}/form")).Body;
        Assert.Equal("approval-form", form.Text("formId"));
        Assert.Equal("approved", form.GetProperty("schema").GetProperty("components")[0].Text("key"));
        Assert.Equal(1, form.GetProperty("version").GetInt32());
    }

    [Fact]
    public async Task Variables_of_a_task_innermost_of_each_name()
    {
        var key = await NewTaskAsync(new { amount = 4 });
        var task = (await server.GetAsync($"/v2/user-tasks/{key}")).Body;
        Assert.Equal(204, (await server.CallAsync(
            "PUT", $"/v2/element-instances/{task.Text("elementInstanceKey")}/variables",
            new { variables = new { amount = 9 }, local = true })).Status);
        var variables = await server.SearchAsync(
            $"/v2/user-tasks/{key}/variables/search", new { sort = new[] { new { field = "name" } } });
        Assert.Equal(["amount", "doubled"], variables.Select(v => v.Text("name")));
        Assert.Equal("9", variables[0].Text("value"));
        Assert.Equal("8", variables[1].Text("value"));
        var named = await server.SearchAsync(
            $"/v2/user-tasks/{key}/variables/search", """{"filter":{"name":{"$like":"dou*"}}}""");
        Assert.Equal("doubled", Assert.Single(named).Text("name"));
    }
}
