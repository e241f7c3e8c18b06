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
        var body = new { name = "Zadanie jest od razu", start = "2026-03-02T09:00:00Z", variables = new { foundOn = "2026-03-02" }, acts };
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
        // The step that is gone goes by its id, the one that is there by its name.
        Assert.Matches("^na końcu: otwarte powinny być „" + task + "”, są „[A-ZŁŚŻ]", other.GetProperty("difference").GetString()!);
        Assert.NotEmpty(other.GetProperty("tick").GetString()!);
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

    [Fact]
    public async Task Run_AskedWithLittlePatience_TellsHowFarItIsUntilItIsDone()
    {
        var files = (await host.Admin.NewestAsync("monitoring")).With("reminders\" value=\"std", "reminders\" value=\"fast");
        var counts = new List<int>();
        JsonElement answer;
        do
        {
            answer = await Centre.OkAsync(host.Admin.PostAsJsonAsync(
                "/api/procedures/monitoring/scenarios/run", new { files, patience = 1 }));
            counts.Add(answer.GetProperty("items").GetArrayLength());
        }
        while (!answer.GetProperty("done").GetBoolean());
        Assert.Equal(counts.Order(), counts);
        Assert.Equal(answer.GetProperty("total").GetInt32(), counts[^1]);
        Assert.True(counts.Count > 1, $"played {counts[^1]} scenarios within a second");
        await Centre.IsAsync(HttpStatusCode.BadRequest, host.Admin.PostAsJsonAsync(
            "/api/procedures/monitoring/scenarios/run", new { files, patience = 3600 }));
    }

    [Fact]
    public async Task Simulation_OfACourtsDecision_NamesTimersAndMessagesAndSpeaksPolish()
    {
        var files = await host.Admin.NewestAsync("monitoring");
        var start = await PlayAsync("monitoring", files, []);
        var timer = start.GetProperty("timers").EnumerateArray().First();
        Assert.NotEqual(timer.GetProperty("elementId").GetString(), timer.GetProperty("name").GetString());
        var fired = await PlayAsync("monitoring", files, [new { fire = timer.GetProperty("elementId").GetString() }]);
        Assert.Equal(JsonValueKind.Null, fired.GetProperty("stopped").ValueKind);
        Assert.True(fired.GetProperty("now").GetDateTimeOffset() >= timer.GetProperty("dueAt").GetDateTimeOffset());
        Assert.Equal("początek, system", start.GetProperty("steps")[0].GetProperty("what").GetString());

        var wrong = await PlayAsync("monitoring", files, [new { complete = "contact-family", form = new { } }]);
        var message = wrong.GetProperty("stopped").GetProperty("message").GetString()!;
        Assert.DoesNotContain("'", message, StringComparison.Ordinal);
        Assert.DoesNotContain("contact-family", message, StringComparison.Ordinal);
    }
}
