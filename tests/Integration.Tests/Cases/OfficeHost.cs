using System.Net.Http.Json;
using System.Text.Json;
using Integration.Tests.Startup;

namespace Integration.Tests.Cases;

/// <summary>The host with the shipped procedures, shared by the tests of a class; each test opens its own case.</summary>
public sealed class OfficeHost : IAsyncLifetime
{
    public RunningHost Running { get; private set; } = null!;

    public async ValueTask InitializeAsync() =>
        Running = await RunningHost.StartAsync("--RateLimits:PersonPerMinute=100000");

    public ValueTask DisposeAsync() => Running.DisposeAsync();

    /// <summary>Opens a case and gives its number and the key of the task that registers the report.</summary>
    public static async Task<(string CaseNo, string TaskKey)> OpenAsync(HttpClient client)
    {
        var answer = await client.PostAsJsonAsync("/api/cases", new { });
        var body = await Office.BodyAsync(answer, 200);
        return (body.Text("caseNo"), body.Text("taskKey"));
    }

    /// <summary>Opens a case and registers the report of this family.</summary>
    public static async Task<(string CaseNo, JsonElement Receipt)> ReportAsync(
        HttpClient client, string familyNames, string address = "Polna 5, 34-100 Zarzecze")
    {
        var (caseNo, key) = await OpenAsync(client);
        var answer = await client.PostAsJsonAsync(
            $"/api/tasks/{key}/completion", new { form = Office.Report(familyNames, address) });
        return (caseNo, await Office.BodyAsync(answer, 200));
    }
}

/// <summary>Short words of the tests.</summary>
static class Office
{
    public static Dictionary<string, object> Report(string familyNames, string address = "Polna 5, 34-100 Zarzecze") =>
        new(StringComparer.Ordinal)
        {
            ["receivedAt"] = "2026-01-05T09:00+01:00",
            ["channel"] = "phone",
            ["reporterType"] = "school",
            ["familyNames"] = familyNames,
            ["address"] = address,
            ["description"] = "Dziecko opuszcza lekcje.",
            ["urgency"] = "ordinary",
        };

    public static async Task<JsonElement> BodyAsync(HttpResponseMessage answer, int status)
    {
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True((int)answer.StatusCode == status, $"Expected {status}, found {(int)answer.StatusCode}: {text}");
        return JsonDocument.Parse(text.Length == 0 ? "{}" : text).RootElement;
    }

    public static async Task<JsonElement> GetAsync(this HttpClient client, string path, int status) =>
        await BodyAsync(await client.GetAsync(path), status);

    public static async Task<JsonElement> PutAsync(this HttpClient client, string path, object body, int status) =>
        await BodyAsync(await client.PutAsJsonAsync(path, body), status);

    public static async Task<JsonElement> PostAsync(this HttpClient client, string path, object body, int status) =>
        await BodyAsync(await client.PostAsJsonAsync(path, body), status);

    /// <summary>The list of this view, searched.</summary>
    public static Task<JsonElement> FindTasksAsync(this HttpClient client, string view, string q) =>
        client.PostAsync("/api/tasks/search", new { view, q }, 200);

    public static string Text(this JsonElement element, string name) => element.GetProperty(name).GetString()!;

    public static IEnumerable<JsonElement> List(this JsonElement element, string name) =>
        element.GetProperty(name).EnumerateArray();
}
