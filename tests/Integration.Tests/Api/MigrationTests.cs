using Integration.Tests.Support;

namespace Integration.Tests.Api;

/// <summary>Process-instance migration and modification as the contract writes them.</summary>
[Collection(ApiCollection.Name)]
public sealed class MigrationTests(ApiServer server)
{
    async Task<(string Instance, string Newer)> RunningAsync()
    {
        var id = ApiServer.Unique("moving");
        await DeployAsync(id, "first", "");
        var created = await server.PostAsync("/v2/process-instances", new { processDefinitionId = id });
        var deployed = await DeployAsync(id, "other", "->last");
        return (created.Body.Text("processInstanceKey"), deployed);
    }

    async Task<string> DeployAsync(string id, string task, string further)
    {
        var last = further.Length == 0 ? "" : Bpmn.UserTask("last");
        var file = Bpmn.File(id, Bpmn.Start + Bpmn.UserTask(task) + last + Bpmn.End, $"start->{task}{further}->end");
        var answer = await server.DeployAsync((file.Name, System.Text.Encoding.UTF8.GetString(file.Content.Span)));
        return answer.Body.GetProperty("deployments")[0].GetProperty("processDefinition").Text("processDefinitionKey");
    }

    Task<Answer> MigrateAsync(string instance, object body) =>
        server.PostAsync($"/v2/process-instances/{instance}/migration", body);

    [Fact]
    public async Task Migration_of_a_running_instance()
    {
        var (instance, newer) = await RunningAsync();
        var moved = await MigrateAsync(instance, new
        {
            targetProcessDefinitionKey = newer,
            mappingInstructions = new[] { new { sourceElementId = "first", targetElementId = "other" } },
        });
        Assert.Equal(204, moved.Status);

        var now = (await server.GetAsync($"/v2/process-instances/{instance}")).Body;
        Assert.Equal((newer, 2), (now.Text("processDefinitionKey"), now.GetProperty("processDefinitionVersion").GetInt32()));
        var task = Assert.Single(await server.SearchAsync(
            "/v2/user-tasks/search", new { filter = new { processInstanceKey = instance } }));
        Assert.Equal("other", task.Text("elementId"));
    }

    [Fact]
    public async Task Migration_without_a_place_for_what_is_active_names_it()
    {
        var (instance, newer) = await RunningAsync();
        (await MigrateAsync(instance, new { targetProcessDefinitionKey = newer, mappingInstructions = Array.Empty<object>() }))
            .IsProblem(409, "INVALID_STATE", "first");
        (await MigrateAsync(instance, new
        {
            targetProcessDefinitionKey = newer,
            mappingInstructions = new[] { new { sourceElementId = "first", targetElementId = "nowhere" } },
        })).IsProblem(400, "INVALID_ARGUMENT", "nowhere");
        (await MigrateAsync(instance, new { targetProcessDefinitionKey = "1", mappingInstructions = Array.Empty<object>() }))
            .IsProblem(404, "NOT_FOUND", "1");
        (await MigrateAsync(instance, new { mappingInstructions = Array.Empty<object>() }))
            .IsProblem(400, "INVALID_ARGUMENT", "targetProcessDefinitionKey");
        (await MigrateAsync("1", new { targetProcessDefinitionKey = newer, mappingInstructions = Array.Empty<object>() }))
            .IsProblem(404, "NOT_FOUND", "1");
    }

    [Fact]
    public async Task Modification_moves_the_token_with_variables()
    {
        var (instance, newer) = await RunningAsync();
        await MigrateAsync(instance, new
        {
            targetProcessDefinitionKey = newer,
            mappingInstructions = new[] { new { sourceElementId = "first", targetElementId = "other" } },
        });
        var element = Assert.Single(await server.SearchAsync(
            "/v2/element-instances/search", new { filter = new { processInstanceKey = instance, elementId = "other" } }));

        var modified = await server.PostAsync($"/v2/process-instances/{instance}/modification", new
        {
            activateInstructions = new[]
            {
                new
                {
                    elementId = "last",
                    ancestorElementInstanceKey = "-1",
                    variableInstructions = new[] { new { variables = new { why = "by hand" } } },
                },
            },
            terminateInstructions = new[] { new { elementInstanceKey = element.Text("elementInstanceKey") } },
        });

        Assert.Equal(204, modified.Status);
        var open = Assert.Single(await server.SearchAsync(
            "/v2/user-tasks/search", new { filter = new { processInstanceKey = instance, state = "CREATED" } }));
        Assert.Equal("last", open.Text("elementId"));
        Assert.Single(await server.SearchAsync(
            "/v2/variables/search", new { filter = new { processInstanceKey = instance, name = "why" } }));
    }

    [Fact]
    public async Task Modification_with_nothing_to_do_or_an_unknown_element_400()
    {
        var (instance, _) = await RunningAsync();
        var path = $"/v2/process-instances/{instance}/modification";
        (await server.PostAsync(path, new { })).IsProblem(400, "INVALID_ARGUMENT", "activateInstructions");
        (await server.PostAsync(path, new { activateInstructions = new[] { new { elementId = "nowhere" } } }))
            .IsProblem(400, "INVALID_ARGUMENT", "nowhere");
        (await server.PostAsync(path, new { terminateInstructions = new[] { new { elementInstanceKey = "7" } } }))
            .IsProblem(404, "NOT_FOUND", "7");
    }
}
