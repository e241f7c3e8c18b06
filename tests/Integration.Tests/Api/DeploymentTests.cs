namespace Integration.Tests.Api;

/// <summary>Deployments, definitions, resources and decisions.</summary>
[Collection(ApiCollection.Name)]
public sealed class DeploymentTests(ApiServer server)
{
    static readonly string Plain = """
        <?xml version="1.0" encoding="UTF-8"?>
        <bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" id="d"
              targetNamespace="http://example.org/tests">
          <bpmn:process id="PROCESS" name="NAME" isExecutable="true">
            <bpmn:startEvent id="start"><bpmn:outgoing>flow</bpmn:outgoing></bpmn:startEvent>
            <bpmn:sequenceFlow id="flow" sourceRef="start" targetRef="end" />
            <bpmn:endEvent id="end"><bpmn:incoming>flow</bpmn:incoming></bpmn:endEvent>
          </bpmn:process>
        </bpmn:definitions>
        """.TrimStart();

    static string Model(string processId, string name = "Plain") => Plain
        .Replace("PROCESS", processId, StringComparison.Ordinal).Replace("NAME", name, StringComparison.Ordinal);

    [Fact]
    public async Task Deployment_new_and_changed_process_gets_versions()
    {
        var id = ApiServer.Unique("versions");
        var first = (await server.DeployAsync(("a.bpmn", Model(id)))).Body;
        Assert.Equal("<default>", first.Text("tenantId"));
        var process = first.GetProperty("deployments")[0].GetProperty("processDefinition");
        Assert.Equal(id, process.Text("processDefinitionId"));
        Assert.Equal(1, process.GetProperty("processDefinitionVersion").GetInt32());
        Assert.Equal("a.bpmn", process.Text("resourceName"));

        var again = (await server.DeployAsync(("a.bpmn", Model(id)))).Body;
        Assert.Equal(
            process.Text("processDefinitionKey"),
            again.GetProperty("deployments")[0].GetProperty("processDefinition").Text("processDefinitionKey"));

        var second = (await server.DeployAsync(("a.bpmn", Model(id, "Changed")))).Body;
        Assert.Equal(2, second.GetProperty("deployments")[0].GetProperty("processDefinition")
            .GetProperty("processDefinitionVersion").GetInt32());

        var latest = await server.SearchAsync(
            "/v2/process-definitions/search",
            new { filter = new { processDefinitionId = id, isLatestVersion = true } });
        Assert.Equal(2, Assert.Single(latest).GetProperty("version").GetInt32());
    }

    [Fact]
    public async Task Deployment_of_a_broken_model_refused_whole()
    {
        var id = ApiServer.Unique("half");
        var answer = await server.DeployAsync(("good.bpmn", Model(id)), ("bad.bpmn", "<not-bpmn"));
        answer.IsProblem(400, "INVALID_ARGUMENT", "bad.bpmn");
        Assert.Empty(await server.SearchAsync(
            "/v2/process-definitions/search", new { filter = new { processDefinitionId = id } }));
    }

    [Fact]
    public async Task Deployment_without_files_400()
    {
        using var form = new MultipartFormDataContent { { new StringContent("<default>"), "tenantId" } };
        (await server.CallAsync("POST", "/v2/deployments", content: form))
            .IsProblem(400, "INVALID_ARGUMENT", "resources");
    }

    [Fact]
    public async Task Deployment_for_another_tenant_400()
    {
        using var form = new MultipartFormDataContent
        {
            { new StringContent("elsewhere"), "tenantId" },
            { new StringContent(Model(ApiServer.Unique("tenant"))), "resources", "a.bpmn" },
        };
        (await server.CallAsync("POST", "/v2/deployments", content: form))
            .IsProblem(400, "INVALID_ARGUMENT", "elsewhere");
    }

    [Fact]
    public async Task Deployment_as_json_415() =>
        (await server.PostAsync("/v2/deployments", new { })).IsProblem(415, "Unsupported Media Type");

    [Fact]
    public async Task Deployment_by_a_person_403()
    {
        using var form = new MultipartFormDataContent { { new StringContent(Model("p")), "resources", "a.bpmn" } };
        (await server.CallAsync("POST", "/v2/deployments", content: form, user: "clerk")).IsProblem(403, "FORBIDDEN");
    }

    [Fact]
    public async Task Definition_read_back_as_deployed()
    {
        var found = Assert.Single(await server.SearchAsync(
            "/v2/process-definitions/search",
            new { filter = new { processDefinitionId = "approval", versionTag = "v1" } }));
        Assert.Equal("Approval of a request", found.Text("name"));
        Assert.False(found.GetProperty("hasStartForm").GetBoolean());
        var key = found.Text("processDefinitionKey");

        var one = await server.GetAsync($"/v2/process-definitions/{key}");
        Assert.Equal("approval.bpmn", one.Body.Text("resourceName"));
        var xml = await server.GetAsync($"/v2/process-definitions/{key}/xml");
        Assert.Equal("text/xml", xml.ContentType);
        Assert.Equal(
            await File.ReadAllTextAsync(Path.Combine(ApiServer.Source(), "models", "approval.bpmn")), xml.Text);
        Assert.Equal(204, (await server.GetAsync($"/v2/process-definitions/{key}/form")).Status);
        Assert.Equal(xml.Text, (await server.GetAsync($"/v2/resources/{key}/content")).Text);
        Assert.Equal("approval", (await server.GetAsync($"/v2/resources/{key}")).Body.Text("resourceId"));
    }

    [Fact]
    public async Task Resource_deleted_starts_nothing_and_is_gone()
    {
        var id = ApiServer.Unique("deleted");
        var deployed = (await server.DeployAsync(("a.bpmn", Model(id)))).Body;
        var key = deployed.GetProperty("deployments")[0].GetProperty("processDefinition").Text("processDefinitionKey");
        Assert.Equal(200, (await server.PostAsync($"/v2/resources/{key}/deletion")).Status);
        (await server.PostAsync("/v2/process-instances", new { processDefinitionId = id }))
            .IsProblem(404, "NOT_FOUND", id);
        (await server.GetAsync($"/v2/resources/{key}")).IsProblem(404, "NOT_FOUND");
        Assert.Empty(await server.SearchAsync(
            "/v2/process-definitions/search", new { filter = new { processDefinitionId = id } }));
    }

    [Fact]
    public async Task Decision_deployed_found_with_its_file()
    {
        var found = Assert.Single(await server.SearchAsync(
            "/v2/decision-definitions/search", new { filter = new { decisionDefinitionId = "discount" } }));
        Assert.Equal("Discount", found.Text("name"));
        Assert.Equal("prices", found.Text("decisionRequirementsId"));
        var key = found.Text("decisionDefinitionKey");
        Assert.Equal(
            "discount", (await server.GetAsync($"/v2/decision-definitions/{key}")).Body.Text("decisionDefinitionId"));
        var xml = await server.GetAsync($"/v2/decision-definitions/{key}/xml");
        Assert.Contains("<decisionTable", xml.Text, StringComparison.Ordinal);

        var requirements = found.Text("decisionRequirementsKey");
        Assert.Equal(
            "discount.dmn", (await server.GetAsync($"/v2/decision-requirements/{requirements}"))
                .Body.Text("resourceName"));
        Assert.Equal(xml.Text, (await server.GetAsync($"/v2/decision-requirements/{requirements}/xml")).Text);
        Assert.Single(await server.SearchAsync(
            "/v2/decision-requirements/search", new { filter = new { decisionRequirementsId = "prices" } }));
    }

    [Fact]
    public async Task Decision_evaluated_with_the_rules_that_matched()
    {
        var result = (await server.PostAsync(
            "/v2/decision-definitions/evaluation",
            new { decisionDefinitionId = "discount", variables = new { amount = 150 } })).Body;
        Assert.Equal("5", result.Text("output"));
        Assert.Equal("", result.Text("failureMessage"));
        var evaluated = Assert.Single(result.GetProperty("evaluatedDecisions").EnumerateArray());
        Assert.Equal("DECISION_TABLE", evaluated.Text("decisionDefinitionType"));
        Assert.Equal("150", evaluated.GetProperty("evaluatedInputs")[0].Text("inputValue"));
        Assert.Equal(
            "rule_large", Assert.Single(evaluated.GetProperty("matchedRules").EnumerateArray()).Text("ruleId"));
        var byKey = await server.PostAsync("/v2/decision-definitions/evaluation", new
        {
            decisionDefinitionKey = result.Text("decisionDefinitionKey"), variables = new { amount = 1 },
        });
        Assert.Equal("0", byKey.Body.Text("output"));
        (await server.PostAsync("/v2/decision-definitions/evaluation", new { decisionDefinitionId = "unknown" }))
            .IsProblem(404, "NOT_FOUND", "unknown");
        (await server.PostAsync("/v2/decision-definitions/evaluation"))
            .IsProblem(400, "INVALID_ARGUMENT", "At least one");
    }
}
