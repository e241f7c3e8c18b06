using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Integration.Tests.Startup;
using Microsoft.Extensions.DependencyInjection;
using Workflows.Runtime;

namespace Integration.Tests.Cases;

/// <summary>The page of a case over the shipped procedures, asked by the people who work in it.</summary>
public sealed class CasePageTests(CasePageTests.Host host) : IClassFixture<CasePageTests.Host>
{
    public sealed class Host : IAsyncLifetime
    {
        public RunningHost Running { get; private set; } = null!;

        public string CaseNo { get; private set; } = "";

        public async ValueTask InitializeAsync()
        {
            Running = await RunningHost.StartAsync();
            using var demo = Running.Client("demo");
            await demo.PutAsJsonAsync("/v2/clock", new { timestamp = Moment("2026-11-20T09:00:00Z") });
            CaseNo = await OpenAsync(Running, demo);
            await CompleteAsync(Running, demo, CaseNo, "Zapisz zgłoszenie", new
            {
                receivedAt = "2026-11-20T09:00:00+01:00",
                channel = "phone",
            });
        }

        public ValueTask DisposeAsync() => Running.DisposeAsync();
    }

    static long Moment(string time) => DateTimeOffset.Parse(time).ToUnixTimeMilliseconds();

    static async Task<string> OpenAsync(RunningHost running, HttpClient client)
    {
        var opened = await client.PostAsJsonAsync("/api/cases", new { process = "family-support" });
        Assert.True(opened.IsSuccessStatusCode, await opened.Content.ReadAsStringAsync());
        await running.Services.GetRequiredService<WorkflowEngine>().DrainAsync();
        return (await opened.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("caseNo").GetString()!;
    }

    static async Task CompleteAsync(RunningHost running, HttpClient client, string caseNo, string name, object form)
    {
        var page = await client.GetFromJsonAsync<JsonElement>($"/api/cases/{caseNo}");
        var names = page.GetProperty("now").EnumerateArray()
            .Select(one => (one.GetProperty("name").GetString(), one.GetProperty("taskKey").GetString())).ToList();
        var key = names.First().Item2;
        Assert.NotNull(key);
        Console.WriteLine(name);
        var done = await client.PostAsJsonAsync($"/api/tasks/{key}/completion", new { form });
        if (!done.IsSuccessStatusCode) Console.WriteLine(await done.Content.ReadAsStringAsync());
        await running.Services.GetRequiredService<WorkflowEngine>().DrainAsync();
    }
}
