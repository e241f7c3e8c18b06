using System.Net;
using System.Net.Http.Json;
using Integration.Tests.Access;
using static Integration.Tests.Procedures.ProcedureClient;

namespace Integration.Tests.Procedures;

public sealed class DraftTests(DesignHost host) : IClassFixture<DesignHost>
{
    const string Hostile =
        "<?xml version=\"1.0\"?><!DOCTYPE d [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><d>&x;</d>";

    Task<HttpResponseMessage> PutAsync(string id, int revision, int baseVersion, Dictionary<string, string> files) =>
        host.Admin.PutAsJsonAsync($"/api/procedures/{id}/draft", new { revision, baseVersion, files });

    [Fact]
    public async Task Draft_NobodyHasBegun_HoldsTheFilesOfTheNewestVersion()
    {
        var draft = await Centre.OkAsync(host.Admin.GetAsync("/api/procedures/ending/draft"));
        Assert.Equal((0, 1), (draft.GetProperty("revision").GetInt32(), draft.GetProperty("baseVersion").GetInt32()));
        Assert.False(draft.GetProperty("outdated").GetBoolean());
        Assert.Equal(await host.Admin.NewestAsync("ending"), draft.Files());
    }

    [Fact]
    public async Task Draft_SavedByTwo_TellsTheSecondWhoseItIsAndKeepsBoth()
    {
        var files = await host.Admin.NewestAsync("intake");
        var revision = await host.Admin.SaveAsync("intake", files.With("</bpmn:definitions>", "<!-- a --></bpmn:definitions>"), "pierwsza");
        var late = await AnswerAsync(host.Other.PutAsJsonAsync("/api/procedures/intake/draft", new
        {
            revision = revision - 1, baseVersion = 1, files,
        }), 409);
        Assert.Equal("CONFLICT", late.GetProperty("title").GetString());
        Assert.Equal("admin", late.GetProperty("draft").GetProperty("savedBy").GetProperty("userName").GetString());
        Assert.Contains("<!-- a -->", late.GetProperty("draft").Files()["process.bpmn"], StringComparison.Ordinal);

        await Centre.OkAsync(host.Other.PutAsJsonAsync("/api/procedures/intake/draft", new { revision, baseVersion = 1, files }));
        var history = await Centre.OkAsync(host.Admin.GetAsync("/api/procedures/intake/draft/history"));
        Assert.Equal(
            [("second_admin", null), ("admin", "pierwsza")],
            history.GetProperty("items").EnumerateArray().Select(entry => (
                entry.GetProperty("by").GetProperty("userName").GetString(), entry.GetProperty("note").GetString())));
        var first = await Centre.OkAsync(host.Admin.GetAsync($"/api/procedures/intake/draft/history/{revision}/files"));
        Assert.Contains("<!-- a -->", first.Files()["process.bpmn"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Draft_ThrownAway_LeavesItsHistoryAndNumbersGoOn()
    {
        var files = await host.Admin.NewestAsync("ending");
        var revision = await host.Admin.SaveAsync("ending", files.With("</bpmn:definitions>", "<!-- b --></bpmn:definitions>"));
        await Centre.IsAsync(HttpStatusCode.NoContent, host.Admin.DeleteAsync("/api/procedures/ending/draft"));
        var draft = await Centre.OkAsync(host.Admin.GetAsync("/api/procedures/ending/draft"));
        Assert.Equal(0, draft.GetProperty("revision").GetInt32());
        Assert.Equal(revision + 1, await host.Admin.SaveAsync("ending", files));
        await Centre.IsAsync(HttpStatusCode.NoContent, host.Admin.DeleteAsync("/api/procedures/ending/draft"));
        await Centre.IsAsync(HttpStatusCode.NotFound, host.Admin.DeleteAsync("/api/procedures/ending/draft"));
        var audit = await Centre.OkAsync(host.Head.GetAsync("/api/audit?area=procedures"));
        Assert.Contains(audit.GetProperty("items").EnumerateArray(), entry =>
            entry.GetProperty("act").GetString() == "DraftDiscarded"
            && entry.GetProperty("before").GetProperty("revision").GetInt32() == revision);
    }

    [Fact]
    public async Task Draft_HalfFinished_IsKept()
    {
        var files = new Dictionary<string, string>
        {
            ["process.bpmn"] = "<bpmn:definitions xmlns:bpmn=\"http://www.omg.org/spec/BPMN/20100524/MODEL\"><bpmn:process id=\"half\"",
            ["x.form"] = "{ \"components\": [",
        };
        var saved = await Centre.OkAsync(PutAsync("half-finished", 0, 0, files));
        Assert.Equal(1, saved.GetProperty("revision").GetInt32());
        var draft = await Centre.OkAsync(host.Admin.GetAsync("/api/procedures/half-finished/draft"));
        Assert.Equal(files, draft.Files());
        await Centre.IsAsync(HttpStatusCode.NoContent, host.Admin.DeleteAsync("/api/procedures/half-finished/draft"));
    }

    public static TheoryData<string, string> Refused => new()
    {
        { "process.bpmn", Hostile },
        { "table.dmn", Hostile },
        { "process.bpmn", string.Concat(Enumerable.Repeat("<a>", 200)) + string.Concat(Enumerable.Repeat("</a>", 200)) },
        { "big.form", new string('x', (2 * 1024 * 1024) + 1) },
        { "../../etc/passwd.form", "{}" },
        { "script.js", "alert(1)" },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task Draft_WithADangerousFile_IsRefusedInPolish(string name, string text)
    {
        var files = new Dictionary<string, string>(await host.Admin.NewestAsync("monitoring")) { [name] = text };
        var answer = await AnswerAsync(PutAsync("monitoring", 0, 1, files), 400);
        Assert.NotEmpty(answer.GetProperty("errors").GetProperty(name)[0].GetString()!);
        var draft = await Centre.OkAsync(host.Admin.GetAsync("/api/procedures/monitoring/draft"));
        Assert.Equal(0, draft.GetProperty("revision").GetInt32());
    }

    [Fact]
    public async Task Draft_OfALeaderOrWithoutItsBase_IsRefused()
    {
        var files = await host.Admin.NewestAsync("monitoring");
        await Centre.IsAsync(HttpStatusCode.Forbidden, host.Head.PutAsJsonAsync(
            "/api/procedures/monitoring/draft", new { revision = 0, baseVersion = 1, files }));
        await Centre.IsAsync(HttpStatusCode.NotFound, PutAsync("monitoring", 0, 7, files));
    }
}
