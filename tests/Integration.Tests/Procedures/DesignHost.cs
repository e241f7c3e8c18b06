using System.Net.Http.Json;
using System.Text.Json;
using Integration.Tests.Access;
using Integration.Tests.Notifications;
using Integration.Tests.Startup;
using Integration.Tests.Support;

namespace Integration.Tests.Procedures;

/// <summary>The host with the shipped procedures and a second administrator.</summary>
public sealed class DesignHost : IAsyncLifetime
{
    readonly PostgresFixture? postgres;

    public DesignHost()
    {
    }

    /// <summary>On a new database of this server.</summary>
    internal DesignHost(PostgresFixture postgres) => this.postgres = postgres;

    public const string Monitoring = "monitoring";

    public RunningHost Running { get; private set; } = null!;

    public HttpClient Admin { get; private set; } = null!;

    public HttpClient Other { get; private set; } = null!;

    public HttpClient Head { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        postgres?.Require();
        Running = await RunningHost.StartAsync(["--RateLimits:PersonPerMinute=100000", .. postgres is null ? [] : new[]
        {
            "--Storage:Provider=PostgreSql",
            $"--ConnectionStrings:Workflows={await postgres.CreateDatabaseAsync($"design_{Guid.NewGuid():N}")}",
        }]);
        (Admin, Head) = (Running.Client("admin"), Running.Client("head"));
        await Centre.AddPersonAsync(Running, "second_admin", Centre.Password, "admin");
        Other = Running.Client();
        Other.DefaultRequestHeaders.Authorization = RunningHost.Basic("second_admin", Centre.Password);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var client in new[] { Admin, Other, Head }) client?.Dispose();
        if (Running is not null) await Running.DisposeAsync();
    }
}

static class ProcedureClient
{
    /// <summary>Of the centre: while it is yesterday in UTC, a publication for that day would be in the past.</summary>
    public static string Today => TimeZoneInfo.ConvertTime(DateTimeOffset.UtcNow, NoticeHost.Warsaw)
        .ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture);

    public static Dictionary<string, string> Files(this JsonElement answer) =>
        answer.GetProperty("files").Deserialize<Dictionary<string, string>>()!;

    public static async Task<Dictionary<string, string>> NewestAsync(this HttpClient client, string id)
    {
        var item = await Centre.OkAsync(client.GetAsync($"/api/procedures/{id}"));
        var files = await Centre.OkAsync(client.GetAsync(
            $"/api/procedures/{id}/versions/{item.GetProperty("version").GetInt32()}/files"));
        return files.Files();
    }

    /// <summary>The files with one text replaced in the diagram, which must be there.</summary>
    public static Dictionary<string, string> With(
        this Dictionary<string, string> files, string old, string text, string file = "process.bpmn")
    {
        Assert.Contains(old, files[file], StringComparison.Ordinal);
        return new(files) { [file] = files[file].Replace(old, text, StringComparison.Ordinal) };
    }

    public static async Task<int> SaveAsync(
        this HttpClient client, string id, Dictionary<string, string> files, string? note = null)
    {
        var draft = await Centre.OkAsync(client.GetAsync($"/api/procedures/{id}/draft"));
        var item = await Centre.OkAsync(client.GetAsync($"/api/procedures/{id}"));
        var saved = await Centre.OkAsync(client.PutAsJsonAsync($"/api/procedures/{id}/draft", new
        {
            revision = draft.GetProperty("revision").GetInt32(),
            baseVersion = item.GetProperty("version").GetInt32(), files, note,
        }));
        return saved.GetProperty("revision").GetInt32();
    }

    /// <summary>From draft to version: checked, compared, asked for, approved by the head.</summary>
    public static async Task PublishAsync(
        this HttpClient admin, HttpClient head, string id, Dictionary<string, string> files)
    {
        var revision = await admin.SaveAsync(id, files);
        var compared = await Centre.OkAsync(admin.PostAsJsonAsync($"/api/procedures/{id}/compare", new { files }));
        var check = await Centre.OkAsync(admin.PostAsJsonAsync($"/api/procedures/{id}/check", new { files }));
        var asked = await Centre.OkAsync(admin.PostAsJsonAsync($"/api/procedures/{id}/publications", new
        {
            revision, reason = "Zmiana", legalBasis = "zarządzenie 1/2026",
            validFrom = Today,
            ticks = check.GetProperty("problems").EnumerateArray().Select(one => one.GetProperty("tick").GetString()),
            compared = compared.GetProperty("hash").GetString(),
        }));
        await Centre.OkAsync(head.PostAsync($"/api/publications/{asked.GetProperty("id").GetString()}/approval", null));
    }

    public static async Task<JsonElement> AnswerAsync(Task<HttpResponseMessage> call, int status)
    {
        using var answer = await call;
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(status == (int)answer.StatusCode, $"expected {status}, got {(int)answer.StatusCode}: {text}");
        return JsonDocument.Parse(text.Length == 0 ? "{}" : text).RootElement;
    }
}
