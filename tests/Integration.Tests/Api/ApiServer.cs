using System.Globalization;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using Api.Startup;
using Microsoft.AspNetCore.Builder;
using Microsoft.Data.Sqlite;

namespace Integration.Tests.Api;

/// <summary>The product on a free port with an empty SQLite file, as in Development; shared by the classes of one
/// collection.</summary>
public sealed class ApiServer : IAsyncLifetime
{
    readonly string folder = Directory.CreateTempSubdirectory("workflowhost-api-").FullName;
    readonly HttpClient http = new() { Timeout = TimeSpan.FromMinutes(1) };
    WebApplication? app;

    public string Url { get; private set; } = "";

    public async ValueTask InitializeAsync()
    {
        var procedures = Directory.CreateDirectory(Path.Combine(folder, "workflows")).FullName;
        app = WorkflowHost.Build(
        [
            "--environment=Development",
            "--urls=http://127.0.0.1:0",
            $"--ConnectionStrings:Workflows=Data Source={Path.Combine(folder, "api.db")}",
            $"--Workflows:Path={procedures}",
            "--Logging:LogLevel:Default=Warning",
        ]);
        await app.StartAsync();
        Url = app.Urls.Single();
        var deployed = await DeployAsync(
            "approval.form", "approval.bpmn", "worker.bpmn", "parcel.bpmn", "caller.bpmn", "crossing.bpmn",
            "reminder.bpmn",
            "discount.dmn");
        Assert.True(deployed.Status == 200, deployed.Text);
    }

    public async ValueTask DisposeAsync()
    {
        http.Dispose();
        if (app is not null)
        {
            // The scheduler's threads end with the stop, not with the disposal.
            await app.StopAsync();
            await app.DisposeAsync();
        }
        SqliteConnection.ClearAllPools();
        Directory.Delete(folder, recursive: true);
    }

    /// <summary>One call to <c>/v2</c>; the password of every account in Development is its name.</summary>
    public async Task<Answer> CallAsync(
        string method, string path, object? body = null, string? user = "demo", HttpContent? content = null,
        string? idempotencyKey = null)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), Url + path);
        if (user is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue(
                "Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{user}")));
        }
        if (idempotencyKey is not null) request.Headers.Add("Idempotency-Key", idempotencyKey);
        var text = body as string ?? (body is null ? null : JsonSerializer.Serialize(body));
        request.Content = content ?? (text is null ? null : new StringContent(text, Encoding.UTF8, "application/json"));
        using var response = await http.SendAsync(request);
        return new Answer(
            (int)response.StatusCode,
            await response.Content.ReadAsStringAsync(),
            response.Content.Headers.ContentType?.MediaType);
    }

    public Task<Answer> GetAsync(string path, string? user = "demo") => CallAsync("GET", path, user: user);

    public Task<Answer> PostAsync(string path, object? body = null, string? user = "demo") =>
        CallAsync("POST", path, body ?? new { }, user);

    public Task<Answer> DeployAsync(params string[] models) => DeployAsync(
        models.Select(m => (m, File.ReadAllText(Path.Combine(Source(), "models", m)))).ToArray());

    public async Task<Answer> DeployAsync(params (string Name, string Content)[] files)
    {
        using var form = new MultipartFormDataContent();
        foreach (var (name, text) in files) form.Add(new StringContent(text), "resources", name);
        return await CallAsync("POST", "/v2/deployments", content: form);
    }

    /// <summary>Key of a new instance.</summary>
    public async Task<string> StartAsync(string processId, object? variables = null, params string[] tags)
    {
        var answer = await PostAsync(
            "/v2/process-instances", new { processDefinitionId = processId, variables = variables ?? new { }, tags });
        Assert.True(answer.Status == 200, answer.Text);
        return answer.Body.Text("processInstanceKey");
    }

    public async Task<JsonElement[]> SearchAsync(string path, object body, string user = "demo")
    {
        var answer = await PostAsync(path, body, user);
        Assert.True(answer.Status == 200, answer.Text);
        return [.. answer.Body.GetProperty("items").EnumerateArray()];
    }

    /// <summary>Key of the one open task of an instance.</summary>
    public async Task<string> TaskOfAsync(string instanceKey)
    {
        var tasks = await SearchAsync(
            "/v2/user-tasks/search", new { filter = new { processInstanceKey = instanceKey, state = "CREATED" } });
        return Assert.Single(tasks).Text("userTaskKey");
    }

    /// <summary>A name nobody else uses, so that tests sharing the server do not see each other's rows.</summary>
    public static string Unique(string name) =>
        string.Create(CultureInfo.InvariantCulture, $"{name}-{Interlocked.Increment(ref counter)}");

    static int counter;

    public static string Source([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;
}

public sealed record Answer(int Status, string Text, string? ContentType)
{
    public JsonElement Body => JsonDocument.Parse(Text).RootElement;

    public void IsProblem(int status, string title, string? inDetail = null)
    {
        Assert.True(Status == status, $"Expected {status}, but got {Status}: {Text}");
        Assert.Equal("application/problem+json", ContentType);
        Assert.Equal(title, Body.Text("title"));
        Assert.Equal(status, Body.GetProperty("status").GetInt32());
        Assert.Equal("about:blank", Body.Text("type"));
        Assert.StartsWith("/v2/", Body.Text("instance"), StringComparison.Ordinal);
        Assert.NotEmpty(Body.Text("detail"));
        if (inDetail is not null) Assert.Contains(inDetail, Body.Text("detail"), StringComparison.Ordinal);
    }
}

static class JsonText
{
    public static string Text(this JsonElement element, string name) => element.GetProperty(name).GetString()!;

    public static bool Has(this JsonElement element, string name) => element.TryGetProperty(name, out _);
}

[CollectionDefinition(Name)]
public sealed class ApiCollection : ICollectionFixture<ApiServer>
{
    public const string Name = "engine API";
}
