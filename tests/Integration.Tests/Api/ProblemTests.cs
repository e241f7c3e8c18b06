using System.Text;

namespace Integration.Tests.Api;

/// <summary>Every refusal is a problem body that names what was wrong.</summary>
[Collection(ApiCollection.Name)]
public sealed class ProblemTests(ApiServer server)
{
    [Theory]
    [InlineData("GET", "/v2/topology")]
    [InlineData("POST", "/v2/user-tasks/search")]
    [InlineData("POST", "/v2/process-instances")]
    [InlineData("PUT", "/v2/clock")]
    public async Task Any_endpoint_anonymous_401(string method, string path) =>
        (await server.CallAsync(method, path, method == "GET" ? null : "{}", user: null))
            .IsProblem(401, "Unauthorized");

    [Fact]
    public async Task Wrong_password_401()
    {
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, server.Url + "/v2/topology");
        request.Headers.TryAddWithoutValidation(
            "Authorization", "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes("demo:wrong")));
        using var response = await client.SendAsync(request);
        Assert.Equal(401, (int)response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
    }

    [Fact]
    public async Task Path_unknown_404() =>
        (await server.GetAsync("/v2/nothing/here")).IsProblem(404, "NOT_FOUND", "/v2/nothing/here");

    [Fact]
    public async Task Method_wrong_405() =>
        (await server.CallAsync("DELETE", "/v2/topology")).IsProblem(405, "Method Not Allowed", "GET");

    [Fact]
    public async Task Content_type_wrong_415()
    {
        using var content = new StringContent("{}", Encoding.UTF8, "text/plain");
        (await server.CallAsync("POST", "/v2/process-instances", content: content))
            .IsProblem(415, "Unsupported Media Type", "text/plain");
    }

    [Fact]
    public async Task Body_too_large_413()
    {
        // Asks before sending, so that the answer is not lost with the connection.
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, server.Url + "/v2/process-instances");
        request.Headers.ExpectContinue = true;
        request.Headers.TryAddWithoutValidation(
            "Authorization", "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes("demo:demo")));
        request.Content = new StringContent(
            $"{{\"x\":\"{new string('x', 5 * 1024 * 1024)}\"}}", Encoding.UTF8, "application/json");
        using var response = await client.SendAsync(request);
        var answer = new Answer(
            (int)response.StatusCode,
            await response.Content.ReadAsStringAsync(),
            response.Content.Headers.ContentType?.MediaType);
        answer.IsProblem(413, "Payload Too Large");
    }

    [Theory]
    [InlineData("{\"processDefinitionId\": }", "not valid JSON")]
    [InlineData("{\n  \"processDefinitionId\": \"a\",,\n}", "line 2")]
    [InlineData("{\"processDefinitionId\":\"worker\",\"nonsense\":1}", "nonsense")]
    [InlineData("{\"processDefinitionId\":5}", "processDefinitionId")]
    [InlineData("{\"processDefinitionId\":\"a\",\"processDefinitionId\":\"b\"}", "Duplicate")]
    [InlineData("{\"processDefinitionKey\":12}", "processDefinitionKey")]
    [InlineData("{\"processDefinitionKey\":\"12x\"}", "processDefinitionKey")]
    [InlineData("{\"processDefinitionId\":\"worker\",\"variables\":[]}", "variables")]
    [InlineData("[]", "request")]
    [InlineData("", "body is missing")]
    public async Task Body_malformed_400_naming_the_place(string body, string named) =>
        (await server.CallAsync("POST", "/v2/process-instances", body)).IsProblem(400, "INVALID_ARGUMENT", named);

    [Theory]
    [InlineData("GET", "/v2/user-tasks/abc", "userTaskKey")]
    [InlineData("GET", "/v2/process-instances/1.5", "processInstanceKey")]
    [InlineData("GET", "/v2/variables/99999999999999999999", "variableKey")]
    [InlineData("GET", "/v2/element-instances/x", "elementInstanceKey")]
    [InlineData("GET", "/v2/incidents/x", "incidentKey")]
    [InlineData("GET", "/v2/process-definitions/x", "processDefinitionKey")]
    [InlineData("GET", "/v2/decision-definitions/x", "decisionDefinitionKey")]
    [InlineData("GET", "/v2/resources/x", "resourceKey")]
    [InlineData("POST", "/v2/jobs/x/completion", "jobKey")]
    public async Task Key_malformed_400_naming_the_parameter(string method, string path, string name) =>
        (await server.CallAsync(method, path, method == "GET" ? null : "{}")).IsProblem(400, "INVALID_ARGUMENT", name);

    [Theory]
    [InlineData("GET", "/v2/user-tasks/1")]
    [InlineData("POST", "/v2/user-tasks/1/completion")]
    [InlineData("DELETE", "/v2/user-tasks/1/assignee")]
    [InlineData("GET", "/v2/user-tasks/1/form")]
    [InlineData("POST", "/v2/user-tasks/1/variables/search")]
    [InlineData("GET", "/v2/process-instances/1")]
    [InlineData("POST", "/v2/process-instances/1/cancellation")]
    [InlineData("GET", "/v2/process-instances/1/call-hierarchy")]
    [InlineData("POST", "/v2/process-instances/1/incidents/search")]
    [InlineData("GET", "/v2/element-instances/1")]
    [InlineData("GET", "/v2/variables/1")]
    [InlineData("GET", "/v2/incidents/1")]
    [InlineData("POST", "/v2/incidents/1/resolution")]
    [InlineData("POST", "/v2/jobs/1/completion")]
    [InlineData("POST", "/v2/jobs/1/failure")]
    [InlineData("GET", "/v2/process-definitions/1")]
    [InlineData("GET", "/v2/process-definitions/1/xml")]
    [InlineData("GET", "/v2/process-definitions/1/form")]
    [InlineData("GET", "/v2/decision-definitions/1")]
    [InlineData("GET", "/v2/decision-definitions/1/xml")]
    [InlineData("GET", "/v2/decision-requirements/1")]
    [InlineData("GET", "/v2/resources/1")]
    [InlineData("GET", "/v2/resources/1/content")]
    [InlineData("POST", "/v2/resources/1/deletion")]
    public async Task Key_unknown_404(string method, string path) =>
        (await server.CallAsync(method, path, method == "POST" ? "{}" : null)).IsProblem(404, "NOT_FOUND");
}
