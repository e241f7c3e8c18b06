using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Api.Procedures;
using Api.Storage;
using Integration.Tests.Access;
using Integration.Tests.Support;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using static Integration.Tests.Procedures.ProcedureClient;

namespace Integration.Tests.Procedures;

public sealed class SqlitePublicationTests() : PublicationTests(new DesignHost());

public sealed class PostgresPublicationTests(PostgresFixture postgres)
    : PublicationTests(new DesignHost(postgres)), IClassFixture<PostgresFixture>;

/// <summary>Each test has a host of its own: a publication changes what is in force for all.</summary>
public abstract class PublicationTests(DesignHost host) : IAsyncLifetime
{
    const string Id = "delivery-problem";

    public ValueTask InitializeAsync() => host.InitializeAsync();

    public ValueTask DisposeAsync() => host.DisposeAsync();

    static string Today => ProcedureClient.Today;

    /// <summary>The delivered files with another name of the first task.</summary>
    async Task<Dictionary<string, string>> ChangedAsync(string name = "Popraw adres dzisiaj")
    {
        var files = await host.Admin.NewestAsync(Id);
        var task = files["process.bpmn"].IndexOf("<bpmn:userTask", StringComparison.Ordinal);
        var start = files["process.bpmn"].IndexOf("name=\"", task, StringComparison.Ordinal) + 6;
        var end = files["process.bpmn"].IndexOf('"', start);
        return new(files) { ["process.bpmn"] = files["process.bpmn"][..start] + name + files["process.bpmn"][end..] };
    }

    async Task<object> BodyAsync(Dictionary<string, string> files, int revision, string? validFrom = null)
    {
        var compared = await Centre.OkAsync(host.Admin.PostAsJsonAsync($"/api/procedures/{Id}/compare", new { files }));
        var check = await Centre.OkAsync(host.Admin.PostAsJsonAsync($"/api/procedures/{Id}/check", new { files }));
        return new
        {
            revision, reason = "Uwagi z zespołu", legalBasis = "zarządzenie 7/2026", validFrom = validFrom ?? Today,
            ticks = check.GetProperty("problems").EnumerateArray().Select(one => one.GetProperty("tick").GetString()),
            compared = compared.GetProperty("hash").GetString(),
        };
    }

    Task<HttpResponseMessage> AskAsync(object body) =>
        host.Admin.PostAsJsonAsync($"/api/procedures/{Id}/publications", body);

    async Task<JsonElement> WaitingAsync(string? validFrom = null)
    {
        var files = await ChangedAsync();
        var revision = await host.Admin.SaveAsync(Id, files);
        return await Centre.OkAsync(AskAsync(await BodyAsync(files, revision, validFrom)));
    }

    static string IdOf(JsonElement publication) => publication.GetProperty("id").GetString()!;

    [Fact]
    public async Task Publication_ApprovedByTheHead_IsANewVersionAndRunningCasesStayOnTheirs()
    {
        var before = await Centre.OkAsync(host.Admin.GetAsync("/api/procedures/family-support"));
        using var clerk = host.Running.Client("clerk");
        await Centre.OkAsync(clerk.PostAsJsonAsync("/api/cases", new { process = "family-support" }));
        var asked = await WaitingAsync();
        Assert.Equal("waiting", asked.GetProperty("state").GetString());
        Assert.Contains("Popraw adres dzisiaj", asked.GetProperty("lines")[0].GetString(), StringComparison.Ordinal);
        await Centre.IsAsync(HttpStatusCode.Forbidden, host.Admin.PostAsync($"/api/publications/{IdOf(asked)}/approval", null));

        var done = await Centre.OkAsync(host.Head.PostAsync($"/api/publications/{IdOf(asked)}/approval", null));
        Assert.Equal("released", done.GetProperty("state").GetString());
        Assert.Equal(2, done.GetProperty("version").GetInt32());
        var item = await Centre.OkAsync(host.Admin.GetAsync($"/api/procedures/{Id}"));
        var version = item.GetProperty("versions")[0];
        Assert.Equal("office", version.GetProperty("source").GetString());
        Assert.Equal("head", version.GetProperty("approvedBy").GetProperty("userName").GetString());
        Assert.Equal("admin", version.GetProperty("by").GetProperty("userName").GetString());
        Assert.Equal("zarządzenie 7/2026", version.GetProperty("legalBasis").GetString());
        Assert.Equal(JsonValueKind.Null, item.GetProperty("draft").ValueKind);
        Assert.Contains("Popraw adres dzisiaj", (await host.Admin.NewestAsync(Id))["process.bpmn"], StringComparison.Ordinal);

        // The other procedures were deployed along and are no new version; the case goes on where it was.
        var after = await Centre.OkAsync(host.Admin.GetAsync("/api/procedures/family-support"));
        Assert.Equal(1, after.GetProperty("version").GetInt32());
        Assert.Equal(before.GetProperty("running").GetInt32() + 1, after.GetProperty("running").GetInt32());
        Assert.NotEqual(
            before.GetProperty("versions")[0].GetProperty("definitionKey").GetString(),
            after.GetProperty("versions")[0].GetProperty("definitionKey").GetString());
        var audit = await Centre.OkAsync(host.Head.GetAsync("/api/audit?area=procedures"));
        Assert.True(audit.GetProperty("verified").GetBoolean());
        Assert.Contains(audit.GetProperty("items").EnumerateArray(), entry =>
            entry.GetProperty("act").GetString() == "PublicationReleased");
    }

    [Fact]
    public async Task Publication_WithSomethingMissing_IsRefusedWithWhatIsMissing()
    {
        var files = await ChangedAsync();
        var revision = await host.Admin.SaveAsync(Id, files);
        var unseen = await AnswerAsync(AskAsync(new
        {
            revision, reason = "x", legalBasis = "y", validFrom = Today, ticks = Array.Empty<string>(), compared = "0",
        }), 409);
        Assert.False(unseen.GetProperty("diffSeen").GetBoolean());
        await Centre.IsAsync(HttpStatusCode.BadRequest, AskAsync(new { revision, validFrom = Today }));
        var past = await AnswerAsync(AskAsync(await BodyAsync(files, revision, "2020-01-01")), 400);
        Assert.True(past.GetProperty("errors").TryGetProperty("validFrom", out _));
        await Centre.IsAsync(HttpStatusCode.Conflict, AskAsync(await BodyAsync(files, revision + 1)));

        var broken = files.With("candidateGroups=\"", "candidateGroups=\"plumber, ");
        revision = await host.Admin.SaveAsync(Id, broken);
        var errors = await AnswerAsync(AskAsync(await BodyAsync(broken, revision)), 409);
        Assert.Contains(errors.GetProperty("problems").EnumerateArray(), problem =>
            problem.GetProperty("severity").GetString() == "error");

        var newest = await host.Admin.NewestAsync(Id);
        revision = await host.Admin.SaveAsync(Id, newest);
        var same = await AnswerAsync(AskAsync(await BodyAsync(newest, revision)), 409);
        Assert.Equal("ALREADY_EXISTS", same.GetProperty("title").GetString());
    }

    [Fact]
    public async Task Publication_WhileAnotherWaits_IsRefused_AndAfterARefusalTheDraftIsStillThere()
    {
        var asked = await WaitingAsync();
        var files = await ChangedAsync("Jeszcze inna nazwa");
        var revision = await host.Admin.SaveAsync(Id, files);
        var second = await AnswerAsync(AskAsync(await BodyAsync(files, revision)), 409);
        Assert.True(second.GetProperty("waiting").GetBoolean());
        await Centre.IsAsync(HttpStatusCode.BadRequest, host.Other.PostAsJsonAsync(
            $"/api/publications/{IdOf(asked)}/refusal", new { reason = " " }));
        var refused = await Centre.OkAsync(host.Other.PostAsJsonAsync(
            $"/api/publications/{IdOf(asked)}/refusal", new { reason = "Brakuje zgody zespołu" }));
        Assert.Equal("refused", refused.GetProperty("state").GetString());
        Assert.Equal("Brakuje zgody zespołu", refused.GetProperty("refusal").GetString());
        await Centre.IsAsync(HttpStatusCode.Conflict, host.Head.PostAsync($"/api/publications/{IdOf(asked)}/approval", null));
        await Centre.OkAsync(AskAsync(await BodyAsync(files, revision)));
        var waiting = await Centre.OkAsync(host.Head.GetAsync("/api/publications?state=waiting"));
        Assert.Single(waiting.GetProperty("items").EnumerateArray());
    }

    [Fact]
    public async Task Publication_WithAWarningThatNobodyHasRead_FitsNoMore()
    {
        var files = await ChangedAsync(name: "");
        var asked = await Centre.OkAsync(AskAsync(await BodyAsync(files, await host.Admin.SaveAsync(Id, files))));
        var read = asked.GetProperty("accepted").EnumerateArray().Select(one => one.GetString()!).ToList();
        Assert.NotEmpty(read);
        var desk = host.Running.Services.GetRequiredService<PublicationDesk>();
        await using var db = host.Running.Services.GetRequiredService<ProductDbFactory>().Create();
        var row = await PublicationDesk.Find(db, IdOf(asked)).SingleAsync(TestContext.Current.CancellationToken);
        // Something else is in force beside it than when it was asked for.
        row.Surroundings = "before";
        Assert.Null(await desk.StillFitsAsync(row, TestContext.Current.CancellationToken));
        row.Surroundings = "before";
        db.Entry(row).Property(one => one.Accepted).CurrentValue = "[]";
        var why = await desk.StillFitsAsync(row, TestContext.Current.CancellationToken);
        Assert.Contains(read[0], why, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Publication_ForALaterDay_ComesIntoForceByTheClock()
    {
        using var demo = host.Running.Client("demo");
        var now = DateTimeOffset.UtcNow;
        await PinAsync(demo, now);
        var day = now.AddDays(10).ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture);
        var asked = await WaitingAsync(day);
        var approved = await Centre.OkAsync(host.Other.PostAsync($"/api/publications/{IdOf(asked)}/approval", null));
        Assert.Equal("scheduled", approved.GetProperty("state").GetString());
        await PinAsync(demo, now.AddDays(8));
        Assert.Equal("scheduled", (await ShownAsync(asked)).GetProperty("state").GetString());
        await PinAsync(demo, now.AddDays(11));
        var released = await ShownAsync(asked);
        Assert.Equal("released", released.GetProperty("state").GetString());
        Assert.Equal(2, released.GetProperty("version").GetInt32());
        Assert.Equal("second_admin", released.GetProperty("decidedBy").GetProperty("userName").GetString());
    }

    Task<JsonElement> ShownAsync(JsonElement asked) =>
        Centre.OkAsync(host.Admin.GetAsync($"/api/publications/{IdOf(asked)}"));

    static async Task PinAsync(HttpClient demo, DateTimeOffset moment) => await Centre.OkAsync(
        demo.PutAsJsonAsync("/v2/clock", new { timestamp = moment.ToUnixTimeMilliseconds() }));

    [Fact]
    public async Task Rollback_OfAVersion_IsTheOlderFilesAsANewVersion_AndOutdatesDrafts()
    {
        var first = await host.Admin.NewestAsync(Id);
        var asked = await WaitingAsync();
        await Centre.OkAsync(host.Head.PostAsync($"/api/publications/{IdOf(asked)}/approval", null));
        await host.Admin.SaveAsync(Id, await ChangedAsync("W trakcie zmiany"));
        var back = await Centre.OkAsync(host.Admin.PostAsJsonAsync(
            $"/api/procedures/{Id}/versions/1/rollback", new { reason = "Błąd", legalBasis = "zarządzenie 8/2026" }));
        Assert.Equal(1, back.GetProperty("rollbackTo").GetInt32());
        await Centre.OkAsync(host.Head.PostAsync($"/api/publications/{IdOf(back)}/approval", null));
        Assert.Equal(first, await host.Admin.NewestAsync(Id));
        var item = await Centre.OkAsync(host.Admin.GetAsync($"/api/procedures/{Id}"));
        Assert.Equal(3, item.GetProperty("version").GetInt32());
        Assert.True(item.GetProperty("draft").GetProperty("outdated").GetBoolean());
        var draft = await Centre.OkAsync(host.Admin.GetAsync($"/api/procedures/{Id}/draft"));
        var late = await AnswerAsync(
            AskAsync(await BodyAsync(draft.Files(), draft.GetProperty("revision").GetInt32())), 409);
        Assert.True(late.GetProperty("outdated").GetBoolean());
    }
}
