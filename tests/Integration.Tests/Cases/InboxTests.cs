using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Api.Cases;

namespace Integration.Tests.Cases;

public sealed class InboxTests(OfficeHost office) : IClassFixture<OfficeHost>
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Inbox_ByViewAndSearch_ShowsWhatIsHersAndWhatSheMayTake()
    {
        using var clerk = office.Running.Client("clerk");
        using var lead = office.Running.Client("team_lead");
        var (caseNo, receipt) = await OfficeHost.ReportAsync(clerk, "Brzęczyszczykiewicz");
        Assert.Equal(caseNo, receipt.Text("caseNo"));
        Assert.False(receipt.GetProperty("ended").GetBoolean());
        var next = Assert.Single(
            receipt.List("next"), step => step.Text("name") == "Oceń pilność i bezpieczeństwo dziecka");
        Assert.Equal("koordynator zespołu lub pracownik socjalny", next.Text("who"));
        Assert.Equal(JsonValueKind.Null, next.GetProperty("taskKey").ValueKind);

        var queue = await lead.FindTasksAsync("queue", "brzeczyszczykiewicz");
        var item = Assert.Single(queue.List("items"), one => one.Text("elementId") == "triage-report");
        Assert.Equal("rodzina B., Zarzecze", item.Text("caseLabel"));
        Assert.Equal("new", item.Text("state"));
        Assert.Contains("team_lead", item.List("candidateGroups").Select(group => group.GetString()));
        Assert.Empty((await lead.FindTasksAsync("queue", "Brzeczyszczy")).List("items"));
        Assert.NotEmpty((await lead.FindTasksAsync("queue", caseNo)).List("items"));

        var key = item.Text("taskKey");
        await lead.PostAsync($"/api/tasks/{key}/claim", new { }, 204);
        var mine = await lead.GetAsync("/api/tasks?view=mine", 200);
        Assert.Contains(mine.List("items"), one => one.Text("taskKey") == key);
        Assert.True(mine.GetProperty("counts").GetProperty("mine").GetInt32() >= 1);

        using var worker = office.Running.Client("social_worker");
        var taken = await worker.PostAsync($"/api/tasks/{key}/claim", new { }, 409);
        Assert.Equal("team_lead", taken.GetProperty("claimedBy").Text("userName"));
        Assert.True(taken.TryGetProperty("claimedAt", out _));
        using var mayor = office.Running.Client("mayor");
        await mayor.PostAsync($"/api/tasks/{key}/claim", new { }, 404);
        await mayor.GetAsync($"/api/tasks/{key}", 404);

        var done = await clerk.FindTasksAsync("done", caseNo);
        Assert.Equal("done", Assert.Single(done.List("items")).Text("state"));
        Assert.True(done.GetProperty("counts").GetProperty("doneToday").GetInt32() >= 1);
    }

    [Theory]
    [InlineData("view=everything", "view")]
    [InlineData("due=someday", "due")]
    [InlineData("sort=colour", "sort")]
    [InlineData("page=0", "page")]
    public async Task Inbox_WithAnUnknownWord_NamesIt(string query, string field)
    {
        using var clerk = office.Running.Client("clerk");
        var problem = await clerk.GetAsync($"/api/tasks?{query}", 400);
        Assert.Equal(field, Assert.Single(problem.GetProperty("errors").EnumerateObject()).Name);
        Assert.Empty((await clerk.GetAsync("/api/tasks?view=substitute:head", 200)).List("items"));
    }

    [Fact]
    public async Task TaskPage_OfAnOpenTask_HasFormPrefillCaseAndNextSteps()
    {
        using var clerk = office.Running.Client("clerk");
        using var lead = office.Running.Client("team_lead");
        var (caseNo, key) = await OfficeHost.OpenAsync(clerk);
        var page = await clerk.GetAsync($"/api/tasks/{key}", 200);
        Assert.Equal("report", page.GetProperty("form").GetProperty("schema").Text("id"));
        Assert.Matches(
            @"^20\d\d-\d\d-\d\dT\d\d:\d\d[+-]\d\d:\d\d$", page.GetProperty("prefill").Text("receivedAt"));
        Assert.Equal(caseNo, page.GetProperty("variables").Text("caseNo"));
        Assert.Equal("Iwona Sroka", page.GetProperty("variables").GetProperty("user").Text("name"));
        Assert.Equal("open", page.GetProperty("case").Text("status"));
        Assert.Contains(page.List("next"), step => step.Text("name") == "Oceń pilność i bezpieczeństwo dziecka");
        Assert.True(page.GetProperty("may").GetProperty("complete").GetBoolean());
        Assert.True(page.GetProperty("may").GetProperty("claim").GetBoolean());
        Assert.False(page.GetProperty("may").GetProperty("reassign").GetBoolean());
        Assert.Equal(JsonValueKind.Null, page.GetProperty("why").ValueKind);

        await clerk.PostAsync($"/api/tasks/{key}/completion", new { form = Office.Report("Wilk") }, 200);
        var after = await clerk.GetAsync($"/api/tasks/{key}", 200);
        Assert.Equal("To zadanie jest już zakończone.", after.Text("why"));
        Assert.False(after.GetProperty("may").GetProperty("complete").GetBoolean());
        var queue = await lead.FindTasksAsync("queue", caseNo);
        var triage = await lead.GetAsync($"/api/tasks/{queue.List("items")
            .Single(item => item.Text("elementId") == "triage-report").Text("taskKey")}", 200);
        Assert.Equal("Zgłoszenie", Assert.Single(triage.List("documents")).Text("name"));
        Assert.Equal("school", triage.GetProperty("case").Text("source"));
    }

    [Fact]
    public async Task Completion_ByTwoAtOnce_OneWinsAndTheOtherIsToldWhoAndWhen()
    {
        using var clerk = office.Running.Client("clerk");
        using var worker = office.Running.Client("social_worker");
        var (_, key) = await OfficeHost.OpenAsync(clerk);
        var answers = await Task.WhenAll(new[] { clerk, worker }.Select(person => person.PostAsJsonAsync(
            $"/api/tasks/{key}/completion", new { form = Office.Report("Lis") }, Ct)));
        Assert.Single(answers, answer => answer.StatusCode == HttpStatusCode.OK);
        var lost = await Office.BodyAsync(answers.Single(answer => answer.StatusCode != HttpStatusCode.OK), 409);
        Assert.Equal("INVALID_STATE", lost.Text("title"));
        var winner = answers[0].StatusCode == HttpStatusCode.OK ? "clerk" : "social_worker";
        Assert.Equal(winner, lost.GetProperty("completedBy").Text("userName"));
        Assert.Contains("zakończył(a) już", lost.Text("detail"), StringComparison.Ordinal);
        Assert.True(lost.TryGetProperty("completedAt", out _));
    }

    [Fact]
    public async Task Completion_SentTwiceWithOneKey_HasOneEffectAndTheSameReceipt()
    {
        using var clerk = office.Running.Client("clerk");
        var (caseNo, key) = await OfficeHost.OpenAsync(clerk);
        clerk.DefaultRequestHeaders.Add("Idempotency-Key", $"send-{key}");
        var first = await clerk.PostAsync($"/api/tasks/{key}/completion", new { form = Office.Report("Sowa") }, 200);
        var second = await clerk.PostAsync($"/api/tasks/{key}/completion", new { form = Office.Report("Sowa") }, 200);
        Assert.Equal(first.Text("completedAt"), second.Text("completedAt"));
        await clerk.PostAsync($"/api/tasks/{key}/completion", new { form = Office.Report("Kos") }, 400);
        var family = await clerk.FindTasksAsync("done", caseNo);
        Assert.Single(family.List("items"));
    }

    [Fact]
    public async Task Completion_WithAFactOfTomorrow_IsRefusedAtTheFieldWithTodaysDate()
    {
        using var clerk = office.Running.Client("clerk");
        var (_, key) = await OfficeHost.OpenAsync(clerk);
        var report = Office.Report("Wilk");
        report["receivedAt"] = "2126-01-05T09:00+01:00";
        var problem = await clerk.PostAsync($"/api/tasks/{key}/completion", new { form = report }, 400);
        var message = problem.GetProperty("errors").GetProperty("receivedAt")[0].GetString();
        Assert.Matches(@"jest w przyszłości, a dziś jest \d\d\.\d\d\.20\d\d\.", message);
    }

    [Fact]
    public async Task Startable_ForAClerk_AreTheProceduresOfEveryStaffRole()
    {
        using var clerk = office.Running.Client("clerk");
        var items = (await clerk.GetAsync("/api/procedures/startable", 200)).EnumerateArray()
            .Select(item => item.Text("processId")).ToList();
        Assert.Equal(["child-safety-intervention", "family-support"], items.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Body_WithAnUnknownProperty_IsRefusedByItsName()
    {
        using var clerk = office.Running.Client("clerk");
        var problem = await clerk.PostAsync("/api/cases", new { proces = "family-support" }, 400);
        Assert.Equal("proces", Assert.Single(problem.GetProperty("errors").EnumerateObject()).Name);
    }

    [Fact]
    public async Task Draft_SavedByTwo_KeepsBothAndGoesWithTheCompletion()
    {
        using var clerk = office.Running.Client("clerk");
        using var worker = office.Running.Client("social_worker");
        var (caseNo, key) = await OfficeHost.OpenAsync(clerk);
        var first = await clerk.PutAsync(
            $"/api/tasks/{key}/draft", new { content = new { familyNames = "Kr" }, revision = 0 }, 200);
        Assert.Equal(1, first.GetProperty("revision").GetInt32());
        // The answer was lost: the same again is no conflict.
        await clerk.PutAsync($"/api/tasks/{key}/draft", new { content = new { familyNames = "Kr" }, revision = 0 }, 200);
        var conflict = await worker.PutAsync(
            $"/api/tasks/{key}/draft", new { content = new { familyNames = "Sz" }, revision = 0 }, 409);
        Assert.Equal("Kr", conflict.GetProperty("draft").GetProperty("content").Text("familyNames"));
        Assert.Equal("clerk", conflict.GetProperty("draft").GetProperty("savedBy").Text("userName"));
        var merged = await worker.PutAsync(
            $"/api/tasks/{key}/draft", new { content = new { familyNames = "Kruk" }, revision = 1 }, 200);
        Assert.Equal(2, merged.GetProperty("revision").GetInt32());

        var listed = Assert.Single((await worker.FindTasksAsync("queue", caseNo)).List("items"));
        Assert.Equal(("started", "clerk"), (listed.Text("state"), listed.GetProperty("startedBy").Text("userName")));
        var page = await clerk.GetAsync($"/api/tasks/{key}", 200);
        Assert.Equal("Kruk", page.GetProperty("draft").GetProperty("content").Text("familyNames"));

        await clerk.PostAsync($"/api/tasks/{key}/completion", new { form = Office.Report("Kruk") }, 200);
        var late = await worker.PutAsync(
            $"/api/tasks/{key}/draft", new { content = new { familyNames = "Szpak" }, revision = 2 }, 409);
        Assert.Equal("COMPLETED", late.Text("title"));
        Assert.Equal("clerk", late.GetProperty("completedBy").Text("userName"));
        using var mayor = office.Running.Client("mayor");
        await mayor.PutAsync($"/api/tasks/{key}/draft", new { content = new { }, revision = 0 }, 404);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(11)]
    public async Task Draft_OfManyMegabytes_IsRefusedInPolish(int megabytes)
    {
        using var clerk = office.Running.Client("clerk");
        var (_, key) = await OfficeHost.OpenAsync(clerk);
        var content = new { description = new string('a', megabytes * 1024 * 1024) };
        var problem = await clerk.PutAsync($"/api/tasks/{key}/draft", new { content, revision = 0 }, 413);
        Assert.Contains("nie został", problem.Text("detail"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Events_WhenAColleagueActs_TellOpenPages()
    {
        using var clerk = office.Running.Client("clerk");
        using var lead = office.Running.Client("team_lead");
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        patience.CancelAfter(TimeSpan.FromSeconds(30));
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/events");
        using var answer = await lead.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, patience.Token);
        Assert.Equal("text/event-stream", answer.Content.Headers.ContentType?.MediaType);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(patience.Token));
        Assert.Equal("retry: 3000", await reader.ReadLineAsync(patience.Token));
        var heard = HeardAsync(reader, patience.Token);
        while (!heard.IsCompleted)
        {
            await OfficeHost.OpenAsync(clerk);
        }
        Assert.Equal("event: tasks", await heard);
    }

    static async Task<string?> HeardAsync(StreamReader reader, CancellationToken ct)
    {
        while (await reader.ReadLineAsync(ct) is { } line)
        {
            if (line.StartsWith("event:", StringComparison.Ordinal)) return line;
        }
        return null;
    }

    [Fact]
    public async Task Events_OfTooManyPages_AreRefused()
    {
        using var head = office.Running.Client("head");
        var open = new List<HttpResponseMessage>();
        for (var page = 0; page < LiveChanges.ListenersOfPersonMax; page++)
        {
            open.Add(await head.GetAsync("/api/events", HttpCompletionOption.ResponseHeadersRead, Ct));
        }
        Assert.All(open, answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
        await head.GetAsync("/api/events", 429);
        open.ForEach(answer => answer.Dispose());
    }
}
