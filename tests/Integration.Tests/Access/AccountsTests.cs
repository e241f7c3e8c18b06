using System.Data.Common;
using System.Net;
using System.Net.Http.Json;
using Api.Storage;
using Integration.Tests.Startup;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Workflows.Engine.Execution;
using Workflows.Runtime;
using Workflows.Runtime.Storage;
using Scope = Workflows.Runtime.Scope;

namespace Integration.Tests.Access;

public sealed class AccountsTests(AccountsTests.Host host) : IClassFixture<AccountsTests.Host>
{
    public sealed class Host : IAsyncLifetime
    {
        public Centre Centre { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Centre = await Centre.OpenAsync();

        public ValueTask DisposeAsync() => Centre.DisposeAsync();
    }

    HttpClient this[string user] => host.Centre[user];

    [Fact]
    public async Task Administrator_WithARoleOfTheCentre_IsRefused()
    {
        await using var centre = await Centre.OpenAsync();
        var self = await centre["admin"].PutAsJsonAsync(
            "/api/accounts/admin", new { displayName = "Leon Administrator", roles = new[] { "admin", "head" }, disabled = false });
        Assert.Equal(400, (int)self.StatusCode);
        Assert.Contains("osobne konto", await self.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Account_Changed_StandsInTheAuditWithBeforeAndAfter()
    {
        await host.Centre.AddPersonAsync("anna.nowak", "social_worker");
        await Centre.OkAsync(this["anna.nowak"].GetAsync("/api/session"));
        var change = new { displayName = "Anna Nowak, kadry", email = "", roles = new[] { "clerk" }, disabled = false };
        await Centre.OkAsync(this["admin"].PutAsJsonAsync("/api/accounts/anna.nowak", change));
        // The header remembered under the old roles is void; the password still opens.
        await Centre.OkAsync(this["anna.nowak"].GetAsync("/api/session"));
        await Centre.OkAsync(this["admin"].PutAsJsonAsync(
            "/api/accounts/anna.nowak", new { change.displayName, change.email, change.roles, disabled = true }));
        await Centre.IsAsync(HttpStatusCode.Unauthorized, this["anna.nowak"].GetAsync("/api/session"));

        var audit = await Centre.OkAsync(this["dpo"].GetAsync("/api/audit?area=accounts"));
        Assert.True(audit.GetProperty("verified").GetBoolean());
        var acts = audit.GetProperty("items").EnumerateArray()
            .Where(item => item.GetProperty("subject").GetString() == "anna.nowak").Reverse().ToArray();
        Assert.Equal(
            ["AccountCreated", "CodeRequested", "CodeShown", "CodeUsed", "AccountChanged", "AccountChanged"],
            acts.Select(a => a.GetProperty("act").GetString()));
        Assert.Equal("social_worker", acts[4].GetProperty("before").GetProperty("roles")[0].GetString());
        Assert.Equal("clerk", acts[4].GetProperty("after").GetProperty("roles")[0].GetString());
        Assert.DoesNotContain("correct horse", audit.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Accounts_AgainstTheRules_AreRefusedAtTheField()
    {
        async Task Refused(string field, object body)
        {
            using var answer = await this["admin"].PostAsJsonAsync("/api/accounts", body);
            Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
            Assert.Contains($"\"{field}\"", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }
        await Refused("userName", new { userName = "Łucja", displayName = "Łucja", roles = Array.Empty<string>() });
        await Refused("roles", new { userName = "x.y", displayName = "Xy", roles = new[] { "wizard" } });
        await Refused("roles", new
        {
            userName = "x.y", displayName = "Xy", roles = new[] { "assistant", "social_worker" },
        });
        await Centre.IsAsync(HttpStatusCode.BadRequest, this["admin"].PutAsJsonAsync(
            "/api/accounts/admin", new { displayName = "Leon", roles = Array.Empty<string>() }));
        await Centre.IsAsync(HttpStatusCode.NotFound, this["admin"].PutAsJsonAsync(
            "/api/accounts/nobody", new { displayName = "Nikt", roles = Array.Empty<string>() }));
        await Centre.IsAsync(HttpStatusCode.Forbidden, this["head"].GetAsync("/api/accounts"));
    }

    [Fact]
    public async Task Sessions_EndedByTheAdministrator_AreVoidAtOnce()
    {
        await host.Centre.AddPersonAsync("jan.bury", "clerk");
        using var browser = host.Centre.Host.Client();
        await Centre.OkAsync(browser.PostAsJsonAsync(
            "/api/session", new { userName = "jan.bury", password = "correct horse battery" }));
        await Centre.OkAsync(this["admin"].DeleteAsync("/api/accounts/jan.bury/sessions"));
        await Centre.IsAsync(HttpStatusCode.Unauthorized, browser.GetAsync("/api/session"));
    }

    [Theory]
    [InlineData("update readings set what = 'nothing'")]
    [InlineData("delete from readings")]
    [InlineData("delete from break_glass")]
    [InlineData("update history set actor = 'mallory'")]
    [InlineData("update history set payload = 'x'")]
    [InlineData("delete from history where chain < 10")]
    public async Task Records_OnceWritten_RefuseChange(string sql)
    {
        var (caseNo, _) = await host.Centre.CaseAsync();
        await Centre.OkAsync(this["specialist"].PostAsJsonAsync(
            $"/api/cases/{caseNo}/break-glass", new { reason = "telefon z policji" }));
        await using var db = host.Centre.Host.Services.GetRequiredService<ProductDbFactory>().Create();
        var failure = await Assert.ThrowsAnyAsync<DbException>(() => db.Database.ExecuteSqlRawAsync(sql));
        Assert.Contains("append-only", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task BrokenGlass_ShowsTheCaseAndIsShownToTheOfficer()
    {
        var (caseNo, root) = await host.Centre.CaseAsync();
        var task = await host.Centre.TaskAsync(root, "visit");
        await Centre.IsAsync(HttpStatusCode.NotFound, this["benefits_worker"].GetAsync($"/v2/user-tasks/{task}"));
        await Centre.IsAsync(HttpStatusCode.BadRequest, this["benefits_worker"].PostAsJsonAsync(
            $"/api/cases/{caseNo}/break-glass", new { reason = "" }));
        await Centre.IsAsync(HttpStatusCode.NotFound, this["benefits_worker"].PostAsJsonAsync(
            "/api/cases/OPS.999.1999/break-glass", new { reason = "dziecko w szpitalu" }));
        await Centre.OkAsync(this["benefits_worker"].PostAsJsonAsync(
            $"/api/cases/{caseNo}/break-glass", new { reason = "dziecko w szpitalu" }));
        await Centre.OkAsync(this["benefits_worker"].GetAsync($"/v2/user-tasks/{task}"));

        var readers = await Centre.OkAsync(this["dpo"].GetAsync($"/api/cases/{caseNo}/readers"));
        var entry = Assert.Single(readers.GetProperty("items").EnumerateArray());
        Assert.Equal("benefits_worker", entry.GetProperty("who").GetProperty("userName").GetString());
        Assert.Equal("dziecko w szpitalu", entry.GetProperty("purpose").GetString());
        Assert.True((await Centre.OkAsync(this["dpo"].GetAsync("/api/audit?area=reading"))).GetProperty("verified").GetBoolean());
    }

    [Fact]
    public async Task Act_OnAnEndedInstance_IsRecordedAndChangesNothing()
    {
        var (_, root) = await host.Centre.CaseAsync();
        var key = long.Parse(root);
        var engine = host.Centre.Host.Services.GetRequiredService<WorkflowEngine>();
        await engine.CancelInstanceAsync(Scope.Engine, key);
        var scope = new Scope("head", ["head"]);
        var act = new Act("DocumentEntered", "list z sądu", new DateOnly(2026, 10, 3), "ab12");
        var first = Assert.IsType<EngineAnswer.Accepted>(await engine.RecordActAsync(scope, key, act, "letter"));
        var again = Assert.IsType<EngineAnswer.Accepted>(await engine.RecordActAsync(scope, key, act, "letter"));
        Assert.Equal(InstanceState.Terminated, first.State);
        Assert.Equal(first.InstanceKey, again.InstanceKey);
        var store = host.Centre.Host.Services.GetRequiredService<WorkflowStore>();
        await using var db = host.Centre.Host.Services.GetRequiredService<Func<WorkflowDb>>()();
        var row = await db.History.SingleAsync(r => r.Chain == key && r.Command == nameof(RecordAct));
        var recorded = Assert.IsType<ActRecorded>(Assert.Single(EngineJson.ReadHistory(row.Payload)));
        Assert.Equal((act, "head"), (recorded.Act, recorded.Actor));
        Assert.Null(await HashChain.VerifyAsync(store.Dialect, key));
        Assert.Empty(await Support.DatabaseAudit.FindAsync(store));
    }

    [Fact]
    public async Task ForwardedAddress_OfAnUnknownPeer_IsIgnored()
    {
        await using var limited = await RunningHost.StartEmptyAsync("--RateLimits:SignInPerMinute=2");
        using var client = limited.Client();
        for (var attempt = 1; attempt <= 3; attempt++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/api/session")
            {
                Content = JsonContent.Create(new { userName = "clerk", password = "wrong" }),
            };
            request.Headers.Add("X-Forwarded-For", $"203.0.113.{attempt}");
            var expected = attempt <= 2 ? HttpStatusCode.Unauthorized : HttpStatusCode.TooManyRequests;
            Assert.Equal(expected, (await client.SendAsync(request)).StatusCode);
        }
    }
}
