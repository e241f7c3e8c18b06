using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Integration.Tests.Access;
using static Integration.Tests.Procedures.ProcedureClient;

namespace Integration.Tests.Procedures;

public sealed class SimulationTests(DesignHost host) : IClassFixture<DesignHost>
{
    Task<JsonElement> PlayAsync(string id, Dictionary<string, string> files, List<object> acts) => Centre.OkAsync(
        host.Admin.PostAsJsonAsync($"/api/procedures/{id}/simulation", new
        {
            files, start = "2026-01-30T11:00:00Z", variables = new { endedOn = "2026-01-30" }, acts,
        }));

    static IEnumerable<string> Ids(JsonElement answer, string list) => answer.GetProperty(list).EnumerateArray()
        .Select(one => one.GetProperty("elementId").GetString()!);

    [Fact]
    public async Task Simulation_OfADraft_MovesTheTokenAndTellsWhoWouldBeReminded()
    {
        var files = (await host.Admin.NewestAsync("monitoring")).With(
            "deadline(endedOn, contactMonth, &quot;months&quot;", "deadline(endedOn, contactMonth + 1, &quot;months&quot;");
        var acts = new List<object>();
        var start = await PlayAsync("monitoring", files, acts);
        Assert.Contains("contact-window", Ids(start, "tokens"));
        Assert.Empty(start.GetProperty("waiting").EnumerateArray());

        acts.Add(new { until = "2026-04-02T10:00:00Z" });
        var late = await PlayAsync("monitoring", files, acts);
        var task = Assert.Single(late.GetProperty("waiting").EnumerateArray());
        Assert.Equal("contact-family", task.GetProperty("elementId").GetString());
        Assert.Equal("monitoring-card", task.GetProperty("formId").GetString());
        Assert.NotEmpty(task.GetProperty("explanation").GetString()!);
        // One month later than delivered: the last day of March, the reminders before it.
        Assert.StartsWith("2026-03-30", task.GetProperty("dueDate").GetString(), StringComparison.Ordinal);
        Assert.Contains(late.GetProperty("messages").EnumerateArray(), message =>
            message.GetProperty("kind").GetString() == "-3wd");
        Assert.Contains(late.GetProperty("messages").EnumerateArray(), message =>
            message.GetProperty("to").GetString() == "koordynator zespołu");

        acts.Add(new { complete = "contact-family", form = task.GetProperty("example") });
        var done = await PlayAsync("monitoring", files, acts);
        Assert.Equal(JsonValueKind.Null, done.GetProperty("stopped").ValueKind);
        Assert.Contains("contact-family", Ids(done, "steps"));
    }

    [Fact]
    public async Task Simulation_WithAnAnswerTheFormRefuses_StopsThereAndSaysWhy()
    {
        var files = await host.Admin.NewestAsync("monitoring");
        var answer = await PlayAsync("monitoring", files,
        [
            new { until = "2026-02-20T10:00:00Z" }, new { complete = "contact-family", form = new { } },
        ]);
        Assert.Equal("contact-family", answer.GetProperty("stopped").GetProperty("elementId").GetString());
        Assert.Single(answer.GetProperty("waiting").EnumerateArray());
        await Centre.IsAsync(HttpStatusCode.BadRequest, host.Admin.PostAsJsonAsync(
            "/api/procedures/monitoring/simulation", new { files, start = "2026-01-30T11:00:00Z", acts = new object[] { new { } } }));
    }

    /// <summary>Walks from the start with invented answers only, through called procedures.</summary>
    [Theory]
    [InlineData("intake")]
    [InlineData("family-support")]
    public async Task Examples_OfEveryFormOnTheWay_AreAccepted(string id)
    {
        var files = await host.Admin.NewestAsync(id);
        var acts = new List<object>();
        for (var step = 0; step < 6; step++)
        {
            var state = await PlayAsync(id, files, acts);
            Assert.True(
                state.GetProperty("stopped").ValueKind == JsonValueKind.Null,
                $"{id} after {acts.Count} acts: {state.GetProperty("stopped")}");
            if (state.GetProperty("waiting").GetArrayLength() == 0) return;
            var task = state.GetProperty("waiting")[0];
            acts.Add(new { complete = task.GetProperty("elementId").GetString(), form = task.GetProperty("example") });
        }
    }

    [Fact]
    public async Task Scenario_SavedFromARun_PassesOnTheSameFilesAndFailsOnOthers()
    {
        const string Id = "delivery-problem";
        var files = await host.Admin.NewestAsync(Id);
        var acts = Array.Empty<object>();
        var body = new { name = "Zadanie jest od razu", start = "2026-03-02T09:00:00Z", variables = new { }, acts };
        await Centre.OkAsync(host.Admin.PostAsJsonAsync($"/api/procedures/{Id}/scenarios", body));
        var list = await Centre.OkAsync(host.Admin.GetAsync($"/api/procedures/{Id}/scenarios"));
        Assert.Contains(list.GetProperty("items").EnumerateArray(), item =>
            item.GetProperty("name").GetString() == body.name && !item.GetProperty("shipped").GetBoolean());
        var same = await RunAsync(Id, files);
        Assert.True(same.GetProperty("passed").GetBoolean(), same.GetProperty("difference").GetString());

        var task = (await Centre.OkAsync(host.Admin.PostAsJsonAsync($"/api/procedures/{Id}/simulation", new
        {
            files, body.start, body.variables, acts,
        }))).GetProperty("waiting")[0].GetProperty("elementId").GetString()!;
        var renamed = files.ToDictionary(
            file => file.Key, file => file.Value.Replace($"\"{task}\"", "\"renamed-task\"", StringComparison.Ordinal));
        var other = await RunAsync(Id, renamed);
        Assert.False(other.GetProperty("passed").GetBoolean());
        Assert.Contains("renamed-task", other.GetProperty("difference").GetString(), StringComparison.Ordinal);
        await Centre.OkAsync(host.Admin.DeleteAsync($"/api/procedures/{Id}/scenarios/{Uri.EscapeDataString(body.name)}"));
    }

    async Task<JsonElement> RunAsync(string id, Dictionary<string, string> files) => Assert.Single(
        (await Centre.OkAsync(host.Admin.PostAsJsonAsync($"/api/procedures/{id}/scenarios/run", new { files })))
        .GetProperty("items").EnumerateArray());

    [Fact]
    public async Task ShippedScenarios_OfAProcedureAndItsCallers_PassOnTheDeliveredFiles()
    {
        var files = await host.Admin.NewestAsync("monitoring");
        var run = await Centre.OkAsync(host.Admin.PostAsJsonAsync("/api/procedures/monitoring/scenarios/run", new { files }));
        var items = run.GetProperty("items").EnumerateArray().ToList();
        Assert.True(items.Count > 4, "expected those of the callers, too");
        Assert.All(items, item => Assert.True(
            item.GetProperty("passed").GetBoolean(), $"{item.GetProperty("name")}: {item.GetProperty("difference")}"));
    }
}
