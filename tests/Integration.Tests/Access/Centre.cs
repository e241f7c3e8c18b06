using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Integration.Tests.Startup;
using Microsoft.Extensions.DependencyInjection;
using Workflows.Runtime;

namespace Integration.Tests.Access;

/// <summary>A running host with people and a procedure that gives each of them another relation to a case.</summary>
public sealed class Centre : IAsyncDisposable
{
    public const string Password = "correct horse battery";

    readonly Dictionary<string, HttpClient> clients = new(StringComparer.Ordinal);

    Centre(RunningHost host) => Host = host;

    public RunningHost Host { get; }

    public static async Task<Centre> OpenAsync(params string[] settings) => new(await RunningHost.StartAsync(
        [$"--Workflows:Path={RightsProcedure.Write()}", "--Cases:NumberPattern=OPS.{no}.{year}",
         "--RateLimits:PersonPerMinute=100000", .. settings]));

    /// <summary>A client of somebody; the password of the people of Development is their name.</summary>
    public HttpClient this[string user]
    {
        get
        {
            if (clients.TryGetValue(user, out var known)) return known;
            var client = Host.Client(user);
            if (!global::Api.Access.AccountSeeding.Demo.Any(person => person.UserName == user))
                client.DefaultRequestHeaders.Authorization = RunningHost.Basic(user, Password);
            return clients[user] = client;
        }
    }

    public Task AddPersonAsync(string userName, params string[] roles) =>
        AddPersonAsync(Host, userName, Password, roles);

    /// <summary>As in life: the administrator asks, the head hands the code over, the person sets her password.</summary>
    public static async Task AddPersonAsync(
        RunningHost host, string userName, string password, params string[] roles)
    {
        using var admin = host.Client("admin");
        using var head = host.Client("head");
        using var browser = host.Client();
        var body = new { userName, displayName = $"Osoba {userName}", roles };
        await OkAsync(admin.PostAsJsonAsync("/api/accounts", body));
        var code = await ShowCodeAsync(head, userName);
        await OkAsync(browser.PostAsJsonAsync("/api/session/code", new { userName, code, password }));
    }

    /// <summary>Id of what waits to be handed over for somebody.</summary>
    public Task<string> RequestAsync(string userName) => RequestAsync(this["head"], userName);

    static async Task<string> RequestAsync(HttpClient head, string userName)
    {
        var waiting = await OkAsync(head.GetAsync("/api/account-requests"));
        return waiting.GetProperty("items").EnumerateArray()
            .Single(item => item.GetProperty("person").GetProperty("userName").GetString() == userName)
            .GetProperty("id").GetString()!;
    }

    public Task<string> ShowCodeAsync(string by, string userName) => ShowCodeAsync(this[by], userName);

    static async Task<string> ShowCodeAsync(HttpClient by, string userName)
    {
        var id = await RequestAsync(by, userName);
        var shown = await OkAsync(by.PostAsync($"/api/account-requests/{id}/code", null));
        return shown.GetProperty("code").GetString()!;
    }

    /// <summary>A case past its report, with the demo social worker and assistant in its team.</summary>
    public async Task<(string CaseNo, string Root)> CaseAsync(
        string socialWorker = "social_worker", string assistant = "assistant")
    {
        var opened = await OkAsync(this["clerk"].PostAsJsonAsync("/api/cases", new { process = RightsProcedure.Id }));
        var root = opened.GetProperty("instanceKey").GetString()!;
        await OkAsync(CompleteAsync("clerk", await TaskAsync(root, "report"), new { socialWorker, assistant }));
        await DrainAsync();
        return (opened.GetProperty("caseNo").GetString()!, root);
    }

    /// <summary>Key of the open task of an element.</summary>
    public async Task<string> TaskAsync(string root, string elementId)
    {
        await DrainAsync();
        var filter = new { processInstanceKey = root, elementId, state = "CREATED" };
        var found = await OkAsync(this["demo"].PostAsJsonAsync("/v2/user-tasks/search", new { filter }));
        return Assert.Single(found.GetProperty("items").EnumerateArray()).GetProperty("userTaskKey").GetString()!;
    }

    public Task<HttpResponseMessage> CompleteAsync(string user, string task, object? form = null) =>
        this[user].PostAsJsonAsync($"/api/tasks/{task}/completion", new { form = form ?? new { } });

    /// <summary>Puts a substitution in force from today on; answers with its id.</summary>
    public async Task<string> AbsentAsync(
        string user, string substitute, string scope = "all", string? authorisation = "upoważnienie 7/2026")
    {
        var today = DateOnly.FromDateTime(DateTime.UtcNow).AddDays(-1);
        var absence = await OkAsync(this["team_lead"].PostAsJsonAsync("/api/absences", new
        {
            userName = user, from = today, to = today.AddDays(10), substitute, scope, authorisation,
        }));
        var id = absence.GetProperty("id").GetString()!;
        await OkAsync(this["head"].PostAsync($"/api/absences/{id}/acceptance", null));
        return id;
    }

    public Task DrainAsync() => Host.Services.GetRequiredService<WorkflowEngine>().DrainAsync();

    public static async Task<JsonElement> OkAsync(Task<HttpResponseMessage> call)
    {
        using var answer = await call;
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, $"{answer.RequestMessage!.RequestUri}: {(int)answer.StatusCode} {text}");
        return text.Length == 0 ? default : JsonDocument.Parse(text).RootElement;
    }

    public static async Task IsAsync(HttpStatusCode status, Task<HttpResponseMessage> call)
    {
        using var answer = await call;
        Assert.True(
            status == answer.StatusCode,
            $"{answer.RequestMessage!.RequestUri}: expected {status}, got {answer.StatusCode}: " +
            await answer.Content.ReadAsStringAsync());
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var client in clients.Values) client.Dispose();
        await Host.DisposeAsync();
    }
}
