using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Api.Storage;
using Integration.Tests.Access;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Workflows.Engine.Execution;
using Workflows.Runtime;
using Workflows.Runtime.Storage;
using Scope = Workflows.Runtime.Scope;

namespace Integration.Tests.Team;

public sealed class TeamTests(TeamTests.Host host) : IClassFixture<TeamTests.Host>
{
    public sealed class Host : IAsyncLifetime
    {
        public Centre Centre { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            Centre = await Centre.OpenAsync();
            await Centre.AddPersonAsync("second_worker", "social_worker");
            await Centre.AddPersonAsync("third_worker", "social_worker");
            await Centre.AddPersonAsync("fourth_worker", "social_worker");
            await Centre.AddPersonAsync("second_assistant", "assistant");
        }

        public ValueTask DisposeAsync() => Centre.DisposeAsync();
    }

    Centre Centre => host.Centre;

    static readonly DateOnly Today = DateOnly.FromDateTime(DateTime.UtcNow).AddDays(-1);

    Task<HttpResponseMessage> RegisterAsync(string by, object body) => Centre[by].PostAsJsonAsync("/api/absences", body);

    async Task<T[]> HistoryAsync<T>(string root) where T : HistoryEvent
    {
        await using var db = Centre.Host.Services.GetRequiredService<Func<WorkflowDb>>()();
        var chain = long.Parse(root);
        var rows = await db.History.Where(row => row.Chain == chain).OrderBy(row => row.Sequence).ToListAsync();
        Assert.Null(await HashChain.VerifyAsync(
            Centre.Host.Services.GetRequiredService<WorkflowStore>().Dialect, chain));
        return [.. rows.SelectMany(row => EngineJson.ReadHistory(row.Payload)).OfType<T>()];
    }

    [Fact]
    public async Task Substitute_CompletesForTheAbsent_AndBothStandInTheHistory()
    {
        var (_, root) = await Centre.CaseAsync(socialWorker: "second_worker");
        var interview = await Centre.TaskAsync(root, "interview");
        await Access.Centre.IsAsync(HttpStatusCode.NotFound, Centre.CompleteAsync("third_worker", interview));
        var id = await Centre.AbsentAsync("second_worker", "third_worker");
        await Access.Centre.OkAsync(Centre.CompleteAsync("third_worker", interview));
        await Access.Centre.OkAsync(Centre["second_worker"].PostAsync($"/api/absences/{id}/end", null));

        var completed = (await HistoryAsync<UserTaskCompleted>(root)).Single(e => e.ElementId == "interview");
        Assert.Equal(("third_worker", "second_worker"), (completed.Actor, completed.OnBehalfOf));
        await Access.Centre.IsAsync(
            HttpStatusCode.NotFound, Centre["third_worker"].GetAsync($"/v2/user-tasks/{await Centre.TaskAsync(root, "visit")}"));
    }

    [Fact]
    public async Task Approval_ByEitherOfThoseWhoPrepared_IsRefused()
    {
        var (_, root) = await Centre.CaseAsync();
        var engine = Centre.Host.Services.GetRequiredService<WorkflowEngine>();
        // A clerk stands in for a social worker; a second clerk does so, too.
        var absent = new Substitution("anna", ["social_worker"]);
        var (clerk, second) = (new Scope("ola", ["clerk"]) { ActsFor = [absent] }, new Scope("ewa", ["clerk"]) { ActsFor = [absent] });
        async Task<EngineAnswer> CompleteAsync(Scope scope, string element) =>
            await engine.CompleteUserTaskAsync(scope, long.Parse(await Centre.TaskAsync(root, element)), []);

        Assert.IsType<EngineAnswer.Accepted>(await CompleteAsync(clerk, "prepare"));
        foreach (var party in new[] { clerk, second, new Scope("anna", ["social_worker"]), new Scope("ola", ["social_worker"]) })
        {
            var refused = Assert.IsType<EngineAnswer.Rejected>(await CompleteAsync(party, "approve"));
            Assert.Equal(EngineRejection.Forbidden, refused.Code);
        }
        Assert.IsType<EngineAnswer.Accepted>(await CompleteAsync(new Scope("iza", ["social_worker"]), "approve"));
        var prepared = (await HistoryAsync<UserTaskCompleted>(root)).Single(e => e.ElementId == "prepare");
        Assert.Equal(("ola", "anna"), (prepared.Actor, prepared.OnBehalfOf));
    }

    [Fact]
    public async Task Approval_OfWhatOneDidOneself_CanNeitherBeTakenNorBeGivenBack()
    {
        var (_, root) = await Centre.CaseAsync();
        await Access.Centre.OkAsync(Centre.CompleteAsync("social_worker", await Centre.TaskAsync(root, "prepare")));
        var approve = await Centre.TaskAsync(root, "approve");
        await Access.Centre.IsAsync(
            HttpStatusCode.Forbidden, Centre["social_worker"].PostAsync($"/api/tasks/{approve}/claim", null));
        var page = await Access.Centre.OkAsync(Centre["social_worker"].GetAsync($"/api/tasks/{approve}"));
        Assert.False(page.GetProperty("may").GetProperty("claim").GetBoolean());
        Assert.Contains("wykonuje inna osoba", page.GetProperty("why").GetString(), StringComparison.Ordinal);

        var offered = await Access.Centre.OkAsync(Centre["team_lead"].GetAsync($"/api/tasks/{approve}/assignees"));
        var names = offered.EnumerateArray().Select(one => one.GetProperty("userName").GetString()).ToList();
        Assert.Contains("second_worker", names);
        Assert.DoesNotContain("social_worker", names);
        using var refused = await Centre["team_lead"].PostAsJsonAsync(
            $"/api/tasks/{approve}/assignment", new { assignee = "social_worker", reason = "Zna rodzinę." });
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        var said = (await refused.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("errors").GetProperty("assignee");
        Assert.Contains("wykonuje inna osoba", said[0].GetString(), StringComparison.Ordinal);
        await Access.Centre.OkAsync(Centre["team_lead"].PostAsJsonAsync(
            $"/api/tasks/{approve}/assignment", new { assignee = "second_worker", reason = "Ma wolną chwilę." }));
    }

    [Fact]
    public async Task TaskTakenForTheAbsent_WhenTheAbsenceEnds_GoesBack()
    {
        var (_, root) = await Centre.CaseAsync();
        var decide = await Centre.TaskAsync(root, "decide");
        var id = await Centre.AbsentAsync("mayor", "clerk");
        await Access.Centre.OkAsync(Centre["clerk"].PostAsync($"/api/tasks/{decide}/claim", null));
        var taken = Assert.Single(await HistoryAsync<UserTaskAssigned>(root), e => e.Assignee == "clerk");
        Assert.Equal("mayor", taken.OnBehalfOf);
        await Access.Centre.OkAsync(Centre["mayor"].PostAsync($"/api/absences/{id}/end", null));
        await Centre.DrainAsync();
        await Access.Centre.IsAsync(HttpStatusCode.NotFound, Centre.CompleteAsync("clerk", decide));
        await Access.Centre.OkAsync(Centre["mayor"].PostAsync($"/api/tasks/{decide}/claim", null));
    }

    [Fact]
    public async Task Substitution_WhenItsLastDayHasPassed_GivesBackWhatWasTakenAndSaysWhy()
    {
        await using var centre = await Access.Centre.OpenAsync();
        var (_, root) = await centre.CaseAsync();
        var (decide, interview) = (await centre.TaskAsync(root, "decide"), await centre.TaskAsync(root, "interview"));
        await centre.AddPersonAsync("second_worker", "social_worker");
        var today = DateOnly.FromDateTime(DateTime.UtcNow);
        async Task StandInAsync(string user, string substitute, string lead)
        {
            var body = new
            {
                userName = user, from = today, to = today.AddDays(1), substitute, scope = "all",
                authorisation = "upoważnienie 7/2026",
            };
            var asked = await Access.Centre.OkAsync(centre["head"].PostAsJsonAsync("/api/absences", body));
            await Access.Centre.OkAsync(centre[lead].PostAsync(
                $"/api/absences/{asked.GetProperty("id").GetString()}/acceptance", null));
        }
        await PinAsync(centre, DateTimeOffset.UtcNow);
        // Once a task of her group, once one that is hers by name.
        await StandInAsync("mayor", "clerk", "head");
        await StandInAsync("social_worker", "second_worker", "team_lead");
        await Access.Centre.OkAsync(centre["clerk"].PostAsync($"/api/tasks/{decide}/claim", null));
        await Access.Centre.OkAsync(centre["second_worker"].PostAsJsonAsync(
            $"/v2/user-tasks/{interview}/assignment", new { assignee = "second_worker" }));

        await PinAsync(centre, DateTimeOffset.UtcNow.AddHours(1));
        Assert.Empty(await HistoryAsync<UserTaskAssigned>(centre, root, e => e.Reason is not null));
        await PinAsync(centre, DateTimeOffset.UtcNow.AddDays(3));

        var back = await HistoryAsync<UserTaskAssigned>(centre, root, e => e.Reason is not null);
        Assert.Equal(2, back.Length);
        Assert.All(back, e => Assert.Contains("ostatnim dniem nieobecności", e.Reason, StringComparison.Ordinal));
        Assert.Contains(back, e => e.Key == long.Parse(decide) && e.Assignee is null);
        Assert.Contains(back, e => e.Key == long.Parse(interview) && e.Assignee == "social_worker");
        var story = await Access.Centre.OkAsync(centre["head"].GetAsync(
            $"/api/cases/{(await CaseNoAsync(centre, root))}/timeline"));
        Assert.Contains("ostatnim dniem nieobecności", story.GetRawText(), StringComparison.Ordinal);
        await Access.Centre.OkAsync(centre["mayor"].PostAsync($"/api/tasks/{decide}/claim", null));
        await Access.Centre.OkAsync(centre.CompleteAsync("social_worker", interview));
        var audit = await Access.Centre.OkAsync(centre["head"].GetAsync("/api/audit?area=absences"));
        Assert.Equal(2, audit.GetProperty("items").EnumerateArray()
            .Count(item => item.GetProperty("act").GetString() == "AbsenceEnded"));
    }

    static async Task PinAsync(Access.Centre centre, DateTimeOffset moment) => await Access.Centre.OkAsync(
        centre["demo"].PutAsJsonAsync("/v2/clock", new { timestamp = moment.ToUnixTimeMilliseconds() }));

    static async Task<string> CaseNoAsync(Access.Centre centre, string root)
    {
        await using var db = centre.Host.Services.GetRequiredService<ProductDbFactory>().Create();
        var key = long.Parse(root);
        return await db.Cases.Where(row => row.RootInstanceKey == key).Select(row => row.CaseNo).SingleAsync();
    }

    static async Task<T[]> HistoryAsync<T>(Access.Centre centre, string root, Func<T, bool> which) where T : HistoryEvent
    {
        await using var db = centre.Host.Services.GetRequiredService<Func<WorkflowDb>>()();
        var chain = long.Parse(root);
        var rows = await db.History.Where(row => row.Chain == chain).OrderBy(row => row.Sequence).ToListAsync();
        return [.. rows.SelectMany(row => EngineJson.ReadHistory(row.Payload)).OfType<T>().Where(which)];
    }

    [Fact]
    public async Task Absence_Refused_TellsTheReasonToWhoAsked()
    {
        var (from, to) = (Today.AddDays(200), Today.AddDays(201));
        var asked = await Access.Centre.OkAsync(RegisterAsync("second_worker", new { from, to, substitute = "third_worker" }));
        var path = $"/api/absences/{asked.GetProperty("id").GetString()}";
        await Access.Centre.IsAsync(HttpStatusCode.BadRequest, Centre["team_lead"].PostAsJsonAsync($"{path}/refusal", new { reason = "" }));
        foreach (var other in new[] { "second_worker", "third_worker", "clerk" })
        {
            await Access.Centre.IsAsync(HttpStatusCode.Forbidden, Centre[other].PostAsJsonAsync(
                $"{path}/refusal", new { reason = "za mało ludzi" }));
        }
        // Taking it back is for who asked; who leads says no with a reason.
        await Access.Centre.IsAsync(HttpStatusCode.Conflict, Centre["team_lead"].PostAsync($"{path}/end", null));
        await Access.Centre.OkAsync(Centre["team_lead"].PostAsJsonAsync(
            $"{path}/refusal", new { reason = "W tych dniach jest kontrola." }));
        async Task<string?> SeenByAsync(string user) =>
            (await Access.Centre.OkAsync(Centre[user].GetAsync("/api/team"))).GetProperty("absences").EnumerateArray()
            .Where(item => item.GetProperty("id").GetString() == asked.GetProperty("id").GetString())
            .Select(item => item.GetProperty("state").GetString() + ": " + item.GetProperty("reason").GetString())
            .SingleOrDefault();
        Assert.Equal("refused: W tych dniach jest kontrola.", await SeenByAsync("second_worker"));
        Assert.Null(await SeenByAsync("fourth_worker"));
        await Access.Centre.IsAsync(HttpStatusCode.Conflict, Centre["head"].PostAsync($"{path}/acceptance", null));
        await Access.Centre.OkAsync(RegisterAsync("second_worker", new { from, to }));
    }

    [Fact]
    public async Task Families_OfAnAssistant_AreShownToWhoLeadsWithinWhatSheMaySee()
    {
        var (open, _) = await Centre.CaseAsync();
        var (restricted, _) = await Centre.CaseAsync();
        await Access.Centre.OkAsync(Centre["head"].PutAsJsonAsync(
            $"/api/cases/{restricted}/confidentiality", new { restricted = true, reason = "Niebieska Karta" }));
        async Task<string[]> OfAsync(string reader, string person) =>
        [
            .. (await Access.Centre.OkAsync(Centre[reader].GetAsync($"/api/cases?person={person}")))
                .GetProperty("items").EnumerateArray().Select(item => item.GetProperty("caseNo").GetString()!),
        ];
        var seen = await OfAsync("team_lead", "assistant");
        Assert.Contains(open, seen);
        Assert.DoesNotContain(restricted, seen);
        Assert.Contains(restricted, await OfAsync("head", "assistant"));
        Assert.Contains(open, await OfAsync("head", "social_worker"));
        Assert.Empty(await OfAsync("head", "third_worker"));
        foreach (var other in new[] { "assistant", "social_worker", "mayor" })
            await Access.Centre.IsAsync(HttpStatusCode.Forbidden, Centre[other].GetAsync("/api/cases?person=assistant"));
    }

    [Fact]
    public async Task Absence_AgainstTheRules_IsRefused()
    {
        async Task Refused(HttpStatusCode status, string by, object body) =>
            await Access.Centre.IsAsync(status, RegisterAsync(by, body));
        var (from, to) = (Today.AddDays(100), Today.AddDays(110));
        var mine = await Access.Centre.OkAsync(RegisterAsync(
            "fourth_worker", new { from, to, substitute = "third_worker", scope = "all" }));
        // Overlap, oneself, a chain in both directions, an excluded role, somebody else's absence, no authority, no days.
        await Refused(HttpStatusCode.Conflict, "fourth_worker", new { from, to });
        await Refused(HttpStatusCode.Conflict, "second_worker", new { from, to, substitute = "second_worker" });
        await Refused(HttpStatusCode.Conflict, "second_worker", new { from, to, substitute = "fourth_worker" });
        await Refused(HttpStatusCode.Conflict, "third_worker", new { from, to, substitute = "second_worker" });
        await Refused(HttpStatusCode.Conflict, "second_worker", new { from, to, substitute = "assistant" });
        await Refused(HttpStatusCode.Forbidden, "second_worker", new { userName = "assistant", from, to });
        await Refused(HttpStatusCode.Conflict, "team_lead", new
        {
            userName = "head", from, to, substitute = "second_worker", scope = "all",
        });
        await Refused(HttpStatusCode.BadRequest, "second_worker", new { from, to = from.AddDays(-1) });
        // Who is away without a substitute may go although she stands in for somebody.
        await Access.Centre.OkAsync(RegisterAsync("third_worker", new { from = to, to }));

        var id = mine.GetProperty("id").GetString();
        foreach (var party in new[] { "fourth_worker", "third_worker", "clerk" })
            await Access.Centre.IsAsync(HttpStatusCode.Forbidden, Centre[party].PostAsync($"/api/absences/{id}/acceptance", null));
    }

    [Fact]
    public async Task Absence_OnceAccepted_CoversOnlyItsDaysAndItsScope()
    {
        var (_, root) = await Centre.CaseAsync(socialWorker: "social_worker");
        var interview = await Centre.TaskAsync(root, "interview");
        var asked = await Access.Centre.OkAsync(RegisterAsync("social_worker", new
        {
            from = Today.AddDays(30), to = Today.AddDays(40), substitute = "fourth_worker", scope = "tasks",
        }));
        var id = asked.GetProperty("id").GetString();
        Assert.Equal("requested", asked.GetProperty("state").GetString());
        await Access.Centre.OkAsync(Centre["team_lead"].PostAsync($"/api/absences/{id}/acceptance", null));
        await Access.Centre.IsAsync(HttpStatusCode.NotFound, Centre["fourth_worker"].GetAsync($"/v2/user-tasks/{interview}"));
        await Access.Centre.OkAsync(Centre["social_worker"].PostAsync($"/api/absences/{id}/end", null));

        var now = await Centre.AbsentAsync("social_worker", "fourth_worker", "tasks", authorisation: null);
        await Access.Centre.OkAsync(Centre["fourth_worker"].GetAsync($"/v2/user-tasks/{interview}"));
        // Her tasks, not her cases: nothing else of the case is shown.
        await Access.Centre.IsAsync(
            HttpStatusCode.NotFound,
            Centre["fourth_worker"].GetAsync($"/v2/user-tasks/{await Centre.TaskAsync(root, "visit")}"));
        await Access.Centre.OkAsync(Centre["head"].PostAsync($"/api/absences/{now}/end", null));
    }

    [Fact]
    public async Task TeamOfACase_Changed_MovesTasksVariablesAndThePlaceOnce()
    {
        var (caseNo, root) = await Centre.CaseAsync();
        var body = new { relation = "assistant", userName = "second_assistant", reason = "urlop macierzyński" };
        foreach (var stranger in new[] { "social_worker", "second_assistant", "mayor", "admin" })
        {
            await Access.Centre.IsAsync(
                HttpStatusCode.Forbidden, Centre[stranger].PutAsJsonAsync($"/api/cases/{caseNo}/team", body));
        }
        await Access.Centre.IsAsync(
            HttpStatusCode.NotFound, Centre["head"].PutAsJsonAsync("/api/cases/OPS.999.2026/team", body));
        await Access.Centre.IsAsync(HttpStatusCode.BadRequest, Centre["head"].PutAsJsonAsync(
            $"/api/cases/{caseNo}/team", body with { userName = "second_worker" }));
        var pressed = await Task.WhenAll(Enumerable.Range(0, 4).Select(
            _ => Centre["team_lead"].PutAsJsonAsync($"/api/cases/{caseNo}/team", body)));
        Assert.Contains(pressed, answer => answer.IsSuccessStatusCode);
        Assert.All(pressed, answer => Assert.True(
            answer.IsSuccessStatusCode || answer.StatusCode == HttpStatusCode.Conflict, $"{answer.StatusCode}"));
        await Access.Centre.OkAsync(Centre["team_lead"].PutAsJsonAsync($"/api/cases/{caseNo}/team", body));
        await Centre.DrainAsync();

        var act = Assert.Single(await HistoryAsync<ActRecorded>(root));
        Assert.Contains("assistant → second_assistant; urlop", act.Act.Reason, StringComparison.Ordinal);
        var visit = await Centre.TaskAsync(root, "visit");
        await Access.Centre.IsAsync(HttpStatusCode.NotFound, Centre.CompleteAsync("assistant", visit));
        await Access.Centre.OkAsync(Centre.CompleteAsync("second_assistant", visit));
        await using var db = Centre.Host.Services.GetRequiredService<ProductDbFactory>().Create();
        var place = await db.AssistantPlaces.SingleAsync(row => row.CaseNo == caseNo);
        Assert.Equal("second_assistant", place.UserName);
        foreach (var user in new[] { "assistant", "second_assistant" })
        {
            var held = await db.AssistantPlaces.CountAsync(row => row.UserName == user);
            Assert.Equal(held, (await db.Assistants.SingleAsync(row => row.UserName == user)).Active);
        }
    }

    [Fact]
    public async Task Assignment_ToWhoCannotHaveTheTask_IsRefusedOnBothApis()
    {
        var (_, root) = await Centre.CaseAsync();
        var prepare = await Centre.TaskAsync(root, "prepare");
        var offered = (await Access.Centre.OkAsync(Centre["team_lead"].GetAsync($"/api/tasks/{prepare}/assignees")))
            .EnumerateArray().Select(person => person.GetProperty("userName").GetString()).ToArray();
        Assert.Contains("second_worker", offered);
        Assert.DoesNotContain("assistant", offered);
        foreach (var wrong in new[] { "assistant", "nobody" })
        {
            await Access.Centre.IsAsync(HttpStatusCode.BadRequest, Centre["team_lead"].PostAsJsonAsync(
                $"/api/tasks/{prepare}/assignment", new { assignee = wrong, reason = "podział pracy" }));
            await Access.Centre.IsAsync(HttpStatusCode.BadRequest, Centre["team_lead"].PostAsJsonAsync(
                $"/v2/user-tasks/{prepare}/assignment", new { assignee = wrong }));
        }
        await Access.Centre.IsAsync(HttpStatusCode.BadRequest, Centre["team_lead"].PostAsJsonAsync(
            $"/api/tasks/{prepare}/assignment", new { assignee = "second_worker" }));
        await Access.Centre.OkAsync(Centre["team_lead"].PostAsJsonAsync(
            $"/api/tasks/{prepare}/assignment", new { assignee = "second_worker", reason = "podział pracy" }));
        var assigned = Assert.Single(
            await HistoryAsync<UserTaskAssigned>(root), e => e.Assignee == "second_worker");
        Assert.Equal(("team_lead", "podział pracy"), (assigned.Actor, assigned.Reason));
    }

    [Fact]
    public async Task Limit_BelowTheFamiliesOfNow_SaysWhatItMeansAndIsAudited()
    {
        await Centre.CaseAsync();
        var set = await Access.Centre.OkAsync(Centre["head"].PutAsJsonAsync(
            "/api/team/assistant/limit", new { limit = 0, reason = "wypowiedzenie umowy" }));
        Assert.Contains("nowych nie dostanie", set.GetProperty("note").GetString(), StringComparison.Ordinal);
        await Access.Centre.IsAsync(HttpStatusCode.BadRequest, Centre["head"].PutAsJsonAsync(
            "/api/team/assistant/limit", new { limit = 16, reason = "za mało ludzi" }));
        await Access.Centre.OkAsync(Centre["head"].PutAsJsonAsync(
            "/api/team/assistant/limit", new { limit = 15, reason = "wypowiedzenie cofnięte" }));
        var audit = await Access.Centre.OkAsync(Centre["dpo"].GetAsync("/api/audit?area=settings"));
        Assert.True(audit.GetProperty("verified").GetBoolean());
        var last = audit.GetProperty("items").EnumerateArray().First();
        Assert.Equal("head", last.GetProperty("who").GetString());
        Assert.Equal(0, last.GetProperty("before").GetProperty("limit").GetInt32());
        Assert.Equal(15, last.GetProperty("after").GetProperty("limit").GetInt32());

        var team = await Access.Centre.OkAsync(Centre["team_lead"].GetAsync("/api/team"));
        var member = team.GetProperty("people").EnumerateArray()
            .Single(person => person.GetProperty("userName").GetString() == "assistant");
        Assert.Equal(15, member.GetProperty("limit").GetInt32());
        Assert.True(member.GetProperty("active").GetInt32() > 0);
    }
}
