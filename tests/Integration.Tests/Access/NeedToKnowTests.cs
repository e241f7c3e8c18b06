using System.Net;
using System.Net.Http.Json;
using Api.Access;
using Api.Storage;
using Integration.Tests.Support;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Scope = Workflows.Runtime.Scope;

namespace Integration.Tests.Access;

public sealed class NeedToKnowTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    static async Task<Scope> ScopeAsync(Centre centre, string user) =>
        await centre.Host.Services.GetRequiredService<CaseAccess>().WidenAsync(
            (await centre.Host.Services.GetRequiredService<RightsReader>().ScopeOfAsync(user, default))!, default);

    static async Task<int?> EnterAsync(Centre centre, string user, string caseNo, string? purpose = null)
    {
        var access = centre.Host.Services.GetRequiredService<CaseAccess>();
        var (relation, refusal) = await access.EnterAsync(
            await ScopeAsync(centre, user), purpose, caseNo, "case", content: true, default);
        Assert.Equal(relation is null, refusal is not null);
        return (refusal as IStatusCodeHttpResult)?.StatusCode;
    }

    [Fact]
    public async Task DecidedCase_AfterSomeDays_IsNoLongerOpenToWhoDecided()
    {
        await using var centre = await Centre.OpenAsync("--Access:ViewAfterDecisionDays=3");
        var (_, root) = await centre.CaseAsync();
        await Centre.OkAsync(centre["mayor"].GetAsync($"/v2/process-instances/{root}"));
        var decide = await centre.TaskAsync(root, "decide");
        await Centre.OkAsync(centre.CompleteAsync("mayor", decide));
        await Centre.OkAsync(centre["mayor"].GetAsync($"/v2/process-instances/{root}"));
        var timestamp = DateTimeOffset.UtcNow.AddDays(4).ToUnixTimeMilliseconds();
        await Centre.OkAsync(centre["demo"].PutAsJsonAsync("/v2/clock", new { timestamp }));
        await Centre.IsAsync(HttpStatusCode.NotFound, centre["mayor"].GetAsync($"/v2/process-instances/{root}"));
        // What she did stays hers to see.
        await Centre.OkAsync(centre["mayor"].GetAsync($"/v2/user-tasks/{decide}"));
        await Centre.OkAsync(centre["social_worker"].GetAsync($"/v2/process-instances/{root}"));
    }

    [Fact]
    public async Task RestrictedCase_OpenedBySupervision_AsksForThePurposeAndLogsIt()
    {
        await using var centre = await Centre.OpenAsync();
        var (caseNo, _) = await centre.CaseAsync();
        Assert.Null(await EnterAsync(centre, "head", caseNo));
        await Centre.OkAsync(centre["head"].PutAsJsonAsync(
            $"/api/cases/{caseNo}/confidentiality", new { restricted = true, reason = "Niebieska Karta" }));
        Assert.Equal(428, await EnterAsync(centre, "head", caseNo));
        Assert.Null(await EnterAsync(centre, "head", caseNo, "skarga rodziny"));
        Assert.Equal(404, await EnterAsync(centre, "team_lead", caseNo, "ciekawość"));
        Assert.Equal(404, await EnterAsync(centre, "mayor", caseNo, "decyzja"));
        Assert.Null(await EnterAsync(centre, "assistant", caseNo));
        var readers = await Centre.OkAsync(centre["dpo"].GetAsync($"/api/cases/{caseNo}/readers"));
        Assert.Equal(
            [("assistant", null), ("head", "skarga rodziny"), ("head", null)],
            readers.GetProperty("items").EnumerateArray().Select(item => (
                item.GetProperty("who").GetProperty("userName").GetString(), item.GetProperty("purpose").GetString())));
    }

    [Fact]
    public async Task Cases_OfAPerson_AreThoseOfHerRelations()
    {
        await using var centre = await Centre.OpenAsync();
        await centre.AddPersonAsync("second_worker", "social_worker");
        var (mine, _) = await centre.CaseAsync();
        var (theirs, _) = await centre.CaseAsync(socialWorker: "second_worker");
        await Centre.OkAsync(centre["head"].PutAsJsonAsync(
            $"/api/cases/{theirs}/confidentiality", new { restricted = true, reason = "Niebieska Karta" }));
        async Task<string[]> CasesAsync(string user)
        {
            var visible = await centre.Host.Services.GetRequiredService<CaseAccess>()
                .VisibleAsync(await ScopeAsync(centre, user));
            await using var db = centre.Host.Services.GetRequiredService<ProductDbFactory>().Create();
            return await db.Cases.Where(visible).OrderBy(row => row.CaseNo).Select(row => row.CaseNo).ToArrayAsync();
        }
        Assert.Equal([mine, theirs], await CasesAsync("head"));
        Assert.Equal([mine], await CasesAsync("team_lead"));
        Assert.Equal([mine, theirs], await CasesAsync("assistant"));
        Assert.Equal([mine, theirs], await CasesAsync("mayor"));    // a task of each waits for a mayor
        Assert.Empty(await CasesAsync("benefits_worker"));
        Assert.Empty(await CasesAsync("dpo"));
        Assert.Empty(await CasesAsync("admin"));
        var scope = await ScopeAsync(centre, "second_worker");
        Assert.Equal([Workflows.Runtime.CaseView.TagPrefix + theirs], scope.Cases.Tags);
    }

    [Fact]
    public async Task Rights_OnPostgres_AreTheSame()
    {
        postgres.Require();
        await using var centre = await Centre.OpenAsync(
            "--Storage:Provider=PostgreSql",
            $"--ConnectionStrings:Workflows={await postgres.CreateDatabaseAsync("rights")}");
        await centre.AddPersonAsync("deputy", "social_worker");
        var (caseNo, root) = await centre.CaseAsync();
        var interview = await centre.TaskAsync(root, "interview");
        await centre.AbsentAsync("social_worker", "deputy");
        await Centre.IsAsync(HttpStatusCode.NotFound, centre["archivist"].GetAsync($"/v2/user-tasks/{interview}"));
        await Centre.OkAsync(centre["specialist"].PostAsJsonAsync(
            $"/api/cases/{caseNo}/break-glass", new { reason = "telefon z policji" }));
        await Centre.OkAsync(centre["specialist"].GetAsync($"/v2/user-tasks/{interview}"));
        await Centre.OkAsync(centre.CompleteAsync("deputy", interview));
        await Centre.OkAsync(centre["team_lead"].GetAsync("/api/team"));
        await Centre.OkAsync(centre["dpo"].GetAsync($"/api/cases/{caseNo}/readers"));
        Assert.Null(await EnterAsync(centre, "assistant", caseNo));
        foreach (var area in new[] { "accounts", "absences", "reading" })
        {
            var page = await Centre.OkAsync(centre["dpo"].GetAsync($"/api/audit?area={area}"));
            Assert.True(page.GetProperty("verified").GetBoolean(), area);
        }
        await using var db = centre.Host.Services.GetRequiredService<ProductDbFactory>().Create();
        foreach (var sql in new[]
        {
            "delete from readings", "update break_glass set reason = ''", "delete from history",
            "update history set actor = 'mallory'",
        })
        {
            var failure = await Assert.ThrowsAnyAsync<System.Data.Common.DbException>(
                () => db.Database.ExecuteSqlRawAsync(sql));
            Assert.Contains("append-only", failure.Message, StringComparison.Ordinal);
        }
    }
}
