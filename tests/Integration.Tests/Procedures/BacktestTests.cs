using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Integration.Tests.Access;
using Integration.Tests.Startup;
using static Integration.Tests.Procedures.ProcedureClient;

namespace Integration.Tests.Procedures;

/// <summary>Closed runs of a delivered procedure, then drafts of it asked over them.</summary>
public sealed class BacktestTests(DesignHost host) : IClassFixture<DesignHost>, IAsyncLifetime
{
    const string Id = "delivery-problem";

    public async ValueTask InitializeAsync()
    {
        using var demo = host.Running.Client("demo");
        var closed = await ClosedAsync(demo);
        for (var count = closed; count < 3; count++) await CloseOneAsync(demo);
        Assert.Equal(Math.Max(closed, 3), await ClosedAsync(demo));
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    static async Task<int> ClosedAsync(HttpClient demo)
    {
        var found = await Centre.OkAsync(demo.PostAsJsonAsync("/v2/process-instances/search", new
        {
            filter = new { processDefinitionId = Id, state = "COMPLETED" },
        }));
        return found.GetProperty("items").GetArrayLength();
    }

    /// <summary>The address is repaired two days after it was found.</summary>
    static async Task CloseOneAsync(HttpClient demo)
    {
        var started = await Centre.OkAsync(demo.PostAsJsonAsync("/v2/process-instances", new
        {
            processDefinitionId = Id, variables = new { foundOn = "2026-03-02", person = "clerk", address = "a@b.pl" },
        }));
        var key = started.GetProperty("processInstanceKey").GetString()!;
        var tasks = await Centre.OkAsync(demo.PostAsJsonAsync("/v2/user-tasks/search", new
        {
            filter = new { processInstanceKey = key, state = "CREATED" },
        }));
        var task = tasks.GetProperty("items")[0].GetProperty("userTaskKey").GetString();
        using var done = await demo.PostAsJsonAsync($"/v2/user-tasks/{task}/completion", new { variables = new { done = true } });
        Assert.True(done.IsSuccessStatusCode, await done.Content.ReadAsStringAsync());
        for (var tries = 0; tries < 200; tries++)
        {
            var instance = await Centre.OkAsync(demo.GetAsync($"/v2/process-instances/{key}"));
            if (instance.GetProperty("state").GetString() == "COMPLETED") return;
            await Task.Delay(50);
        }
        Assert.Fail($"Instance {key} did not end.");
    }

    Task<JsonElement> BacktestAsync(object files, int? max = null) => Centre.OkAsync(
        host.Admin.PostAsJsonAsync($"/api/procedures/{Id}/backtest", new { files, max }));

    static (int, int, int, int) Counts(JsonElement answer) => (
        answer.GetProperty("cases").GetInt32(), answer.GetProperty("same").GetInt32(),
        answer.GetProperty("otherPath").GetInt32(), answer.GetProperty("laterTerms").GetInt32());

    static string Lines(JsonElement answer) => string.Join(
        '\n', answer.GetProperty("items")[0].GetProperty("lines").EnumerateArray().Select(line => line.GetString()));

    [Fact]
    public async Task Backtest_UnchangedFiles_EveryClosedRunGoesTheSameWay()
    {
        var files = await host.Admin.NewestAsync(Id);
        Assert.Equal((3, 3, 0, 0), Counts(await BacktestAsync(files)));
        var fewer = await BacktestAsync(files, max: 1);
        Assert.Equal((1, 2), (fewer.GetProperty("cases").GetInt32(), fewer.GetProperty("leftOut").GetInt32()));
    }

    [Fact]
    public async Task Backtest_HouseTermStretched_IsLaterOnTheSameWay()
    {
        var files = await host.Admin.NewestAsync(Id);
        var answer = await BacktestAsync(files.With("deadline(foundOn, 2,", "deadline(foundOn, 5,"));
        Assert.Equal((3, 0, 0, 3), Counts(answer));
        Assert.Equal(0, answer.GetProperty("statutoryLater").GetInt32());
        Assert.Contains("termin ośrodka 9.03.2026 zamiast 4.03.2026, później o 5 dni", Lines(answer), StringComparison.Ordinal);
        Assert.Equal("laterTerms", answer.GetProperty("items")[0].GetProperty("outcome")[0].GetString());
    }

    [Fact]
    public async Task Backtest_NewStepAndDroppedStep_NameWhereTheWaysPart()
    {
        var files = await host.Admin.NewestAsync(Id);
        var added = await BacktestAsync(files
            .With("""sourceRef="repair-address" targetRef="restore-address" />""", """
                sourceRef="repair-address" targetRef="confirm" />
                <bpmn:userTask id="confirm" name="Potwierdź adres"><bpmn:extensionElements><zeebe:userTask /></bpmn:extensionElements></bpmn:userTask>
                <bpmn:sequenceFlow id="flow-confirm-restore" sourceRef="confirm" targetRef="restore-address" />
                """));
        Assert.Equal((3, 0, 3, 0), Counts(added));
        Assert.Equal(3, added.GetProperty("unfinished").GetInt32());
        Assert.Equal("confirm", added.GetProperty("items")[0].GetProperty("first").GetProperty("elementId").GetString());
        Assert.Contains("„Potwierdź adres” wymaga odpowiedzi, której nikt nie udzielił", Lines(added), StringComparison.Ordinal);

        var dropped = await BacktestAsync(files.With(
            """sourceRef="repair-address" targetRef="restore-address" """, """sourceRef="repair-address" targetRef="repaired" """));
        Assert.Equal((3, 0, 3, 0), Counts(dropped));
        Assert.Equal(0, dropped.GetProperty("unfinished").GetInt32());
        Assert.Contains("był: „Przywróć adres”", Lines(dropped), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Publication_AskedFor_CarriesTheBacktestToTheSecondPerson()
    {
        var files = (await host.Admin.NewestAsync(Id)).With("deadline(foundOn, 2,", "deadline(foundOn, 3,");
        var revision = await host.Admin.SaveAsync(Id, files);
        var compared = await Centre.OkAsync(host.Admin.PostAsJsonAsync($"/api/procedures/{Id}/compare", new { files }));
        var check = await Centre.OkAsync(host.Admin.PostAsJsonAsync($"/api/procedures/{Id}/check", new { files }));
        var asked = await Centre.OkAsync(host.Admin.PostAsJsonAsync($"/api/procedures/{Id}/publications", new
        {
            revision, reason = "Więcej czasu", legalBasis = "zarządzenie 2/2026",
            validFrom = DateTimeOffset.UtcNow.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture),
            ticks = check.GetProperty("problems").EnumerateArray().Select(one => one.GetProperty("tick").GetString()),
            compared = compared.GetProperty("hash").GetString(),
        }));
        var shown = await Centre.OkAsync(host.Head.GetAsync($"/api/publications/{asked.GetProperty("id").GetString()}"));
        var stored = shown.GetProperty("backtest");
        Assert.Equal((3, 0, 0, 3), Counts(stored));
        Assert.Equal(JsonValueKind.Null, stored.GetProperty("items")[0].GetProperty("caseNo").ValueKind);
        await Centre.OkAsync(host.Other.PostAsJsonAsync(
            $"/api/publications/{asked.GetProperty("id").GetString()}/refusal", new { reason = "Tylko próba" }));
    }

    [Fact]
    public async Task Backtest_WithoutTheRightOrReadableFiles_IsRefused()
    {
        var files = await host.Admin.NewestAsync(Id);
        using var clerk = host.Running.Client("clerk");
        await Centre.IsAsync(HttpStatusCode.Forbidden, clerk.PostAsJsonAsync($"/api/procedures/{Id}/backtest", new { files }));
        await Centre.IsAsync(HttpStatusCode.BadRequest, host.Admin.PostAsJsonAsync(
            $"/api/procedures/{Id}/backtest", new { files, max = 501 }));
        var torn = new Dictionary<string, string>(files) { ["process.bpmn"] = "<definitions/>" };
        await AnswerAsync(host.Admin.PostAsJsonAsync($"/api/procedures/{Id}/backtest", new { files = torn }), 409);
    }
}
