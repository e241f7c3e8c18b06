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
    /// <summary>A case in which the interview is to be arranged; its triage was late by eight days.</summary>
    public sealed class Host : IAsyncLifetime
    {
        public RunningHost Running { get; private set; } = null!;

        public string CaseNo { get; private set; } = "";

        public string RootKey { get; private set; } = "";

        public async ValueTask InitializeAsync()
        {
            Running = await RunningHost.StartAsync();
            await SetClockAsync("2026-01-12T08:00:00Z");
            (CaseNo, RootKey) = await OpenAsync("clerk");
            await CompleteAsync("clerk", "register-report", new
            {
                receivedAt = "2026-01-12T09:00:00+01:00", channel = "phone", reporterType = "school",
                familyNames = "Anna Wilk", address = "ul. Lipowa 4", description = "Dziecko opuszcza lekcje.",
                urgency = "ordinary", children = new[] { new { name = "Jan", age = 8 } },
            });
            await SetClockAsync("2026-01-21T08:00:00Z");
            await CompleteAsync("team_lead", "triage-report", new
            {
                childInDanger = false, violenceSuspected = false, urgency = "ordinary", intakeEntry = "ordinary",
                reportFounded = true, note = "Rozmowa z pedagogiem.",
            });
            await CompleteAsync("clerk", "check-earlier-cases", new { earlierCase = "none" });
            await CompleteAsync("team_lead", "check-locality", new { livesInMunicipality = true, source = "Rejestr." });
            await CompleteAsync("team_lead", "name-social-worker", new { socialWorker = "social_worker" });
        }

        public async Task<(string CaseNo, string RootKey)> OpenAsync(string by)
        {
            using var client = Running.Client(by);
            var opened = await client.PostAsJsonAsync("/api/cases", new { process = "family-support" });
            Assert.True(opened.IsSuccessStatusCode, await opened.Content.ReadAsStringAsync());
            var body = await opened.Content.ReadFromJsonAsync<JsonElement>();
            return (body.GetProperty("caseNo").GetString()!, body.GetProperty("instanceKey").GetString()!);
        }

        async Task SetClockAsync(string time)
        {
            using var demo = Running.Client("demo");
            var moment = DateTimeOffset.Parse(time).ToUnixTimeMilliseconds();
            var set = await demo.PutAsJsonAsync("/v2/clock", new { timestamp = moment });
            Assert.True(set.IsSuccessStatusCode, await set.Content.ReadAsStringAsync());
        }

        public async Task CompleteAsync(string by, string elementId, object form)
        {
            await Running.Services.GetRequiredService<WorkflowEngine>().DrainAsync();
            using var client = Running.Client(by);
            var found = await client.PostAsJsonAsync(
                "/v2/user-tasks/search", new { filter = new { elementId, state = "CREATED" } });
            var key = (await found.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("items").EnumerateArray()
                .Select(item => item.GetProperty("userTaskKey").GetString()).Min();
            var done = await client.PostAsJsonAsync($"/api/tasks/{key}/completion", new { form });
            Assert.True(done.IsSuccessStatusCode, $"{elementId}: {await done.Content.ReadAsStringAsync()}");
            await Running.Services.GetRequiredService<WorkflowEngine>().DrainAsync();
        }

        public ValueTask DisposeAsync() => Running.DisposeAsync();
    }

    HttpClient As(string user) => host.Running.Client(user);

    string Page => $"/api/cases/{host.CaseNo}";

    static List<string?> Texts(JsonElement list, string property) =>
        [.. list.EnumerateArray().Select(one => one.GetProperty(property).GetString())];

    [Fact]
    public async Task Page_OfACase_TellsWhereItStandsAndWhoHasIt()
    {
        using var worker = As("social_worker");
        var page = await worker.GetFromJsonAsync<JsonElement>(Page);
        Assert.Equal(host.CaseNo, page.GetProperty("brief").GetProperty("caseNo").GetString());
        Assert.Equal("team", page.GetProperty("relation").GetString());
        var states = page.GetProperty("stages").EnumerateArray().ToDictionary(
            stage => stage.GetProperty("processId").GetString()!, stage => stage.GetProperty("state").GetString());
        Assert.Equal("done", states["intake"]);
        Assert.Equal("now", states["interview-analysis"]);
        Assert.Equal("next", states["family-work"]);
        var next = page.GetProperty("stages").EnumerateArray().Where(stage => stage.GetProperty("state").GetString() == "next");
        Assert.Equal("assistant-assignment", next.First().GetProperty("processId").GetString());

        var now = page.GetProperty("now").EnumerateArray().ToList();
        var visit = now.Single(task => task.GetProperty("name").GetString() == "Umów wizytę");
        Assert.Equal("Anna Zielińska, pracownik socjalny", visit.GetProperty("who").GetString());
        Assert.NotNull(visit.GetProperty("taskKey").GetString());
        var receipt = now.Single(task => task.GetProperty("name").GetString() == "Potwierdź wpływ zgłoszenia");
        Assert.Equal("kancelaria", receipt.GetProperty("who").GetString());
        Assert.Null(receipt.GetProperty("taskKey").GetString());
        var member = Assert.Single(page.GetProperty("team").EnumerateArray());
        Assert.Equal("social_worker", member.GetProperty("person").GetProperty("userName").GetString());
        Assert.Equal(5, page.GetProperty("documents").GetArrayLength());
        Assert.True(page.GetProperty("may").GetProperty("intervene").GetBoolean());
    }

    [Fact]
    public async Task Terms_OfACase_SayWhichWereKeptAndHowLateTheOthers()
    {
        using var worker = As("social_worker");
        var terms = (await worker.GetFromJsonAsync<JsonElement>(Page)).GetProperty("terms").EnumerateArray().ToList();
        var triage = terms.Single(term => term.GetProperty("name").GetString() == "Oceń pilność i bezpieczeństwo dziecka");
        Assert.Equal("missed", triage.GetProperty("result").GetString());
        Assert.Equal("2026-01-13", triage.GetProperty("dueOn").GetString());
        Assert.Equal("2026-01-21", triage.GetProperty("doneOn").GetString());
        Assert.Equal(8, triage.GetProperty("daysLate").GetInt32());
        Assert.Equal("team_lead", triage.GetProperty("doneBy").GetProperty("userName").GetString());
        Assert.NotEmpty(triage.GetProperty("explanation").GetString()!);
        var report = terms.First(term => term.GetProperty("doneBy").ValueKind == JsonValueKind.Object
            && term.GetProperty("doneBy").GetProperty("userName").GetString() == "clerk");
        Assert.Equal("kept", report.GetProperty("result").GetString());
        Assert.Contains(terms, term => term.GetProperty("result").GetString() == "overdue");
        Assert.Contains(terms, term => term.GetProperty("result").GetString() == "running");
    }

    [Fact]
    public async Task Timeline_OfACase_TellsItInTheWordsOfTheCentre()
    {
        using var worker = As("social_worker");
        var timeline = await worker.GetFromJsonAsync<JsonElement>(Page + "/timeline?limit=200");
        var items = timeline.GetProperty("items").EnumerateArray().ToList();
        Assert.False(timeline.GetProperty("more").GetBoolean());
        var times = items.Select(item => item.GetProperty("at").GetDateTimeOffset()).ToList();
        Assert.Equal(times.OrderDescending(), times);
        Assert.Equal("start", items[^1].GetProperty("kind").GetString());
        Assert.Equal("Wsparcie rodziny z asystentem", items[^1].GetProperty("title").GetString());
        Assert.Equal("clerk", items[^1].GetProperty("who").GetProperty("userName").GetString());

        var triage = items.Single(item => item.GetProperty("title").GetString() == "Oceń pilność i bezpieczeństwo dziecka");
        Assert.Equal("task", triage.GetProperty("kind").GetString());
        Assert.Equal("missed", triage.GetProperty("term").GetProperty("result").GetString());
        Assert.Equal(2, triage.GetProperty("documentNumber").GetInt32());
        Assert.Equal("Przyjęcie zgłoszenia lub wniosku", triage.GetProperty("stage").GetString());
        Assert.Contains(items, item => item.GetProperty("title").GetString() == "Zakończono: Przyjęcie zgłoszenia lub wniosku");
        Assert.Contains(items, item => item.GetProperty("kind").GetString() == "escalation");
        foreach (var word in new[] { "intake", "gateway", "token", "escalation-", "element", "flow" })
        {
            Assert.DoesNotContain(items, item =>
                item.GetProperty("title").GetString()!.Contains(word, StringComparison.OrdinalIgnoreCase));
        }
    }

    [Fact]
    public async Task Timeline_ByPages_HasEverythingOnce()
    {
        using var worker = As("social_worker");
        var all = (await worker.GetFromJsonAsync<JsonElement>(Page + "/timeline?limit=200")).GetProperty("items");
        var read = new List<string>();
        string? before = null;
        for (var page = 0; page < 50; page++)
        {
            var answer = await worker.GetFromJsonAsync<JsonElement>(
                Page + "/timeline?limit=2" + (before is null ? "" : "&before=" + Uri.EscapeDataString(before)));
            read.AddRange(answer.GetProperty("items").EnumerateArray().Select(item => item.GetRawText()));
            if (!answer.GetProperty("more").GetBoolean()) break;
            before = answer.GetProperty("items").EnumerateArray().Last().GetProperty("at").GetString();
        }
        Assert.Equal(all.EnumerateArray().Select(item => item.GetRawText()), read);
        Assert.Equal(HttpStatusCode.BadRequest, (await worker.GetAsync(Page + "/timeline?limit=0")).StatusCode);
    }

    [Fact]
    public async Task Diagram_OfAStage_ShowsWhereItStandsAndTheWayItWent()
    {
        using var worker = As("social_worker");
        var stages = (await worker.GetFromJsonAsync<JsonElement>(Page)).GetProperty("stages").EnumerateArray().ToList();
        var key = stages.Single(stage => stage.GetProperty("processId").GetString() == "interview-analysis")
            .GetProperty("instanceKey").GetString();
        var diagram = await worker.GetFromJsonAsync<JsonElement>($"{Page}/diagram/{key}");
        Assert.Contains("bpmndi:BPMNDiagram", diagram.GetProperty("xml").GetString(), StringComparison.Ordinal);
        var active = Assert.Single(diagram.GetProperty("active").EnumerateArray());
        Assert.Equal("arrange-visit", active.GetProperty("elementId").GetString());
        Assert.Equal("Anna Zielińska, pracownik socjalny", active.GetProperty("who").GetString());
        Assert.NotEmpty(diagram.GetProperty("flows").EnumerateArray());
        Assert.NotEmpty(diagram.GetProperty("completed").EnumerateArray());
        Assert.Empty(diagram.GetProperty("stopped").EnumerateArray());

        var other = await host.OpenAsync("clerk");
        Assert.Equal(HttpStatusCode.NotFound, (await worker.GetAsync($"{Page}/diagram/{other.RootKey}")).StatusCode);
    }

    [Fact]
    public async Task Intervention_FromACase_StartsAtOnceWithAFirstTask()
    {
        var (caseNo, _) = await host.OpenAsync("social_worker");
        using var worker = As("head");
        var started = await worker.PostAsJsonAsync($"/api/cases/{caseNo}/interventions", new { });
        Assert.True(started.IsSuccessStatusCode, await started.Content.ReadAsStringAsync());
        var body = await started.Content.ReadFromJsonAsync<JsonElement>();
        var key = body.GetProperty("taskKey").GetString();
        Assert.Equal(HttpStatusCode.OK, (await worker.GetAsync($"/v2/user-tasks/{key}")).StatusCode);
        var stages = (await worker.GetFromJsonAsync<JsonElement>($"/api/cases/{caseNo}")).GetProperty("stages");
        Assert.Contains("child-safety-intervention", Texts(stages, "processId"));
    }

    [Fact]
    public async Task Link_BetweenTwoCases_IsSeenFromBoth()
    {
        var (first, _) = await host.OpenAsync("clerk");
        var (second, _) = await host.OpenAsync("clerk");
        using var demo = As("demo");
        Task<HttpResponseMessage> LinkAsync(string from, string to, string why) =>
            demo.PostAsJsonAsync($"/api/cases/{from}/links", new { caseNo = to, why });
        Assert.Equal(HttpStatusCode.NoContent, (await LinkAsync(first, second, "Rodzeństwo w dwóch rodzinach")).StatusCode);
        Assert.Equal(HttpStatusCode.Conflict, (await LinkAsync(second, first, "Jeszcze raz")).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await LinkAsync(first, "OPS.0.0.0", "Nie ma takiej")).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await LinkAsync(first, host.CaseNo, "")).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await LinkAsync(first, first, "Ta sama")).StatusCode);
        foreach (var (here, there) in new[] { (first, second), (second, first) })
        {
            var page = await demo.GetFromJsonAsync<JsonElement>($"/api/cases/{here}");
            var link = Assert.Single(page.GetProperty("links").EnumerateArray());
            Assert.Equal(there, link.GetProperty("caseNo").GetString());
            Assert.Equal("Rodzeństwo w dwóch rodzinach", link.GetProperty("why").GetString());
        }
        var timeline = await demo.GetFromJsonAsync<JsonElement>($"/api/cases/{first}/timeline");
        Assert.Contains("Powiązano z inną sprawą", Texts(timeline.GetProperty("items"), "title"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("/timeline")]
    [InlineData("/diagram/1")]
    [InlineData("/documents/1")]
    [InlineData("/documents/1/print")]
    public async Task Case_OfOthers_CannotBeToldFromAnUnknownOne(string what)
    {
        using var mayor = As("mayor");
        var forbidden = await mayor.GetAsync(Page + what);
        var unknown = await mayor.GetAsync("/api/cases/OPS.4710.999.2026" + what);
        Assert.Equal(HttpStatusCode.NotFound, forbidden.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
        Assert.Equal(
            (await SaidAsync(unknown)).Replace("OPS.4710.999.2026", host.CaseNo, StringComparison.Ordinal),
            await SaidAsync(forbidden));
        using var admin = As("admin");
        Assert.True((await admin.GetAsync(Page + what)).StatusCode
            is HttpStatusCode.NotFound or HttpStatusCode.Forbidden);
    }

    static async Task<string> SaidAsync(HttpResponseMessage answer)
    {
        var problem = await answer.Content.ReadFromJsonAsync<JsonElement>();
        return $"{problem.GetProperty("title")}: {problem.GetProperty("detail")}";
    }

    [Fact]
    public async Task Change_InACaseOfOthers_IsRefusedAsUnknown()
    {
        using var mayor = As("mayor");
        foreach (var (path, body) in new (string, object)[]
        {
            ("/interventions", new { }), ("/links", new { caseNo = "OPS.1", why = "powód powiązania" }),
        })
        {
            Assert.Equal(HttpStatusCode.NotFound, (await mayor.PostAsJsonAsync(Page + path, body)).StatusCode);
        }
    }

    [Fact]
    public async Task List_ForEach_HoldsOnlyWhatIsHers()
    {
        using var worker = As("social_worker");
        var list = await worker.GetFromJsonAsync<JsonElement>("/api/cases?mine=true&status=open");
        var item = list.GetProperty("items").EnumerateArray()
            .Single(one => one.GetProperty("caseNo").GetString() == host.CaseNo);
        Assert.Equal("open", item.GetProperty("status").GetString());
        Assert.Equal("Wywiad środowiskowy i analiza sytuacji rodziny", Assert.Single(Names(item, "stages")));
        Assert.Equal("social_worker", item.GetProperty("socialWorker").GetProperty("userName").GetString());
        Assert.Equal(JsonValueKind.Null, item.GetProperty("closedAt").ValueKind);
        Assert.Equal(
            ("2026-01-19", "HOUSE"),
            (item.GetProperty("nextDue").GetString(), item.GetProperty("termKind").GetString()));
        using var mayor = As("mayor");
        Assert.Equal(0, (await mayor.GetFromJsonAsync<JsonElement>("/api/cases")).GetProperty("total").GetInt32());
        using var admin = As("admin");
        Assert.Equal(HttpStatusCode.Forbidden, (await admin.GetAsync("/api/cases")).StatusCode);
    }

    static List<string?> Names(JsonElement item, string property) =>
        [.. item.GetProperty(property).EnumerateArray().Select(one => one.GetString())];

    [Fact]
    public async Task Search_ByTheFileNumber_FindsThatCaseOnly()
    {
        using var worker = As("social_worker");
        async Task<int> FoundAsync(HttpClient client, string q) => (await (await client.PostAsJsonAsync(
            "/api/cases/search", new { q })).Content.ReadFromJsonAsync<JsonElement>()).GetProperty("total").GetInt32();
        Assert.Equal(1, await FoundAsync(worker, host.CaseNo));
        Assert.Equal(1, await FoundAsync(worker, $" {host.CaseNo.ToLowerInvariant()} "));
        Assert.Equal(0, await FoundAsync(worker, host.CaseNo[..^1]));
        using var mayor = As("mayor");
        Assert.Equal(0, await FoundAsync(mayor, host.CaseNo));
        var wrong = await worker.PostAsJsonAsync("/api/cases/search", new { q = "x", status = "gone", page = 0 });
        Assert.Equal(HttpStatusCode.BadRequest, wrong.StatusCode);
    }
}
