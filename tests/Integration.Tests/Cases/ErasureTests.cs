using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Api.Storage;
using Integration.Tests.Startup;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Workflows.Runtime;
using Workflows.Runtime.Storage;

namespace Integration.Tests.Cases;

/// <summary>Erasing a closed case after its retention: who, when, and what is left of it.</summary>
public sealed class ErasureTests : IAsyncLifetime
{
    const string Why = "rodzeństwo w sprawie sąsiedniej Xylofonowicz";
    const string ActWords = "Niebieska Karta, pismo Xylofonowicza";

    readonly string folder = Directory.CreateTempSubdirectory("erasure-").FullName;
    RunningHost host = null!;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    static readonly object Protocol = new { protocolNo = "AK.1.2037", reason = "kategoria B10, zgoda archiwum" };

    public async ValueTask InitializeAsync() => host = await RunningHost.StartAsync(
        $"--ConnectionStrings:Workflows=Data Source={Path.Combine(folder, "test.db")};Pooling=False",
        $"--Attachments:Path={Path.Combine(folder, "files")}", "--RateLimits:PersonPerMinute=100000");

    public async ValueTask DisposeAsync()
    {
        await host.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    async Task PinAsync(string moment)
    {
        using var demo = host.Client("demo");
        var timestamp = DateTimeOffset.Parse(moment, System.Globalization.CultureInfo.InvariantCulture);
        await Office.BodyAsync(await demo.PutAsJsonAsync(
            "/v2/clock", new { timestamp = timestamp.ToUnixTimeMilliseconds() }, Ct), 204);
    }

    /// <summary>A case with a family, a file, a link and a restriction.</summary>
    async Task<string> CaseAsync()
    {
        using var clerk = host.Client("clerk");
        using var head = host.Client("head");
        var opened = await clerk.PostAsync("/api/cases", new { }, 200);
        var (caseNo, key) = (opened.Text("caseNo"), opened.Text("taskKey"));
        using var text = new ByteArrayContent(Encoding.UTF8.GetBytes("Pismo o rodzinie"));
        using var file = new MultipartFormDataContent { { text, "file", "pismo.txt" } };
        await Office.BodyAsync(await clerk.PostAsync($"/api/tasks/{key}/attachments", file, Ct), 200);
        await clerk.PostAsync(
            $"/api/tasks/{key}/completion", new { form = Office.Report("Jan Xylofonowicz") }, 200);
        var other = (await clerk.PostAsync("/api/cases", new { }, 200)).Text("caseNo");
        await head.PostAsync($"/api/cases/{caseNo}/links", new { caseNo = other, why = Why }, 204);
        await head.PutAsync($"/api/cases/{caseNo}/confidentiality", new { restricted = true, reason = ActWords }, 204);
        await head.PutAsync($"/api/cases/{caseNo}/confidentiality", new { restricted = false, reason = ActWords }, 204);
        return caseNo;
    }

    async Task CloseAsync(string caseNo)
    {
        await using var db = host.Services.GetRequiredService<ProductDbFactory>().Create();
        var root = await db.Cases.Where(row => row.CaseNo == caseNo).Select(row => row.RootInstanceKey).SingleAsync(Ct);
        var engine = host.Services.GetRequiredService<WorkflowEngine>();
        await using var rows = host.Services.GetRequiredService<Func<WorkflowDb>>()();
        var tag = CaseView.TagPrefix + caseNo;
        var running = await rows.ProcessInstanceTags.Where(t => t.Tag == tag).Select(t => t.ProcessInstanceKey)
            .ToListAsync(Ct);
        foreach (var key in running.Where(key => key != root).Append(root))
            await engine.CancelInstanceAsync(Scope.Engine, key, Ct);
        await engine.DrainAsync(Ct);
    }

    [Fact]
    public async Task ClosedCase_AfterItsRetention_IsErasedByTwoAndOnlyItsNumberIsLeft()
    {
        await PinAsync("2026-03-02T10:00:00+01:00");
        var caseNo = await CaseAsync();
        var path = $"/api/cases/{caseNo}/erasure";
        using var head = host.Client("head");
        using var lead = host.Client("team_lead");
        Assert.Contains("zamkniętej", (await head.PostAsync(path, Protocol, 409)).Text("detail"), StringComparison.Ordinal);
        await CloseAsync(caseNo);
        Assert.Contains("31.12.2036", (await head.PostAsync(path, Protocol, 409)).Text("detail"), StringComparison.Ordinal);

        await PinAsync("2037-01-01T00:00:00+01:00");
        var outlook = (await head.GetAsync($"/api/cases/{caseNo}", 200)).GetProperty("erasure");
        Assert.Equal("2037-01-01", outlook.Text("from"));
        Assert.True(outlook.GetProperty("mayAsk").GetBoolean());
        foreach (var other in new[] { "team_lead", "social_worker", "archivist", "admin", "dpo" })
        {
            using var client = host.Client(other);
            await client.PostAsync(path, Protocol, 403);
        }
        await head.PostAsync(path, new { protocolNo = "", reason = "" }, 400);
        await head.PostAsync(path + "/confirmation", new { }, 404);
        await head.PostAsync(path, Protocol, 204);
        await head.PostAsync(path, Protocol, 409);
        await head.PostAsync(path + "/confirmation", new { }, 403);
        var before = await TracesAsync(caseNo);
        Assert.All(before, trace => Assert.True(Holds(trace.Bytes), $"{trace.What} was to be found before"));

        await lead.PostAsync(path + "/confirmation", new { }, 204);

        // While it still runs: the write-ahead log holds nothing either.
        Assert.All(before, trace => Assert.False(Holds(trace.Bytes), $"{trace.What} is still on the disk"));
        Assert.Empty(Directory.GetFiles(Path.Combine(folder, "files"), "*.sealed", SearchOption.AllDirectories));
        await OnlyTheNumberAsync(head, caseNo);
        var audit = await head.GetAsync("/api/audit?area=erasures", 200);
        Assert.True(audit.GetProperty("verified").GetBoolean());
        var done = audit.List("items").First();
        Assert.Equal(("CaseErased", "team_lead", caseNo), (done.Text("act"), done.Text("who"), done.Text("subject")));
        Assert.Equal(("AK.1.2037", "head"), (
            done.GetProperty("after").Text("protocolNo"), done.GetProperty("after").Text("askedBy")));
        Assert.Null(await HashChain.VerifyAsync(
            host.Services.GetRequiredService<WorkflowStore>().Dialect, await RootAsync(caseNo), Ct));
    }

    async Task OnlyTheNumberAsync(HttpClient head, string caseNo)
    {
        var listed = Assert.Single(
            (await head.PostAsync("/api/cases/search", new { q = caseNo }, 200)).List("items"));
        Assert.Equal((caseNo, "dane usunięte", true), (
            listed.Text("caseNo"), listed.Text("label"), listed.GetProperty("erased").GetBoolean()));
        foreach (var empty in new[] { "openedAt", "closedAt", "assistant", "socialWorker", "nextDue" })
            Assert.Equal(JsonValueKind.Null, listed.GetProperty(empty).ValueKind);
        Assert.Empty(
            (await head.PostAsync("/api/cases/search", new { q = "Xylofonowicz" }, 200)).List("items"));
        var root = await RootAsync(caseNo);
        foreach (var path in new[]
        {
            "", "/timeline", $"/diagram/{root}", "/documents/1", "/documents/1/print", "/documents/1.docx", "/family",
        })
        {
            var gone = await head.GetAsync($"/api/cases/{caseNo}{path}", 410);
            Assert.Contains("usunięto", gone.Text("detail"), StringComparison.Ordinal);
        }
        using var stranger = host.Client("assistant");
        await stranger.GetAsync($"/api/cases/{caseNo}", 404);
        var adult = new { firstName = "Ewa", lastName = "Nowa", birthDate = "1990-05-05", address = "Kęty" };
        var card = new { content = new { adults = new[] { adult } } };
        Assert.Contains("usunięta", (await head.PutAsync($"/api/cases/{caseNo}/family", card, 409)).Text("detail"),
            StringComparison.Ordinal);
    }

    async Task<long> RootAsync(string caseNo)
    {
        await using var db = host.Services.GetRequiredService<ProductDbFactory>().Create();
        return await db.Cases.Where(row => row.CaseNo == caseNo).Select(row => row.RootInstanceKey).SingleAsync(Ct);
    }

    sealed record Trace(string What, byte[] Bytes);

    /// <summary>What of a case can be recognised in the files of the database.</summary>
    async Task<List<Trace>> TracesAsync(string caseNo)
    {
        await using var db = host.Services.GetRequiredService<ProductDbFactory>().Create();
        var traces = new List<Trace>
        {
            new("the wrapped key", (await db.CaseKeys.SingleAsync(row => row.CaseNo == caseNo, Ct)).Wrapped),
            new("the label", (await db.Cases.SingleAsync(row => row.CaseNo == caseNo, Ct)).Label!),
            new("the name of a file", (await db.Attachments.SingleAsync(row => row.CaseNo == caseNo, Ct)).Name),
            new("the reason of a link", Encoding.UTF8.GetBytes(Why)),
            new("the reason of an act", Encoding.UTF8.GetBytes(ActWords)),
        };
        var word = await db.CaseWords.Where(row => row.CaseNo == caseNo).Select(row => row.Word).FirstAsync(Ct);
        traces.Add(new Trace("a searched word", word));
        return traces;
    }

    bool Holds(byte[] wanted)
    {
        foreach (var file in Directory.GetFiles(folder, "test.db*").Where(
            file => !file.EndsWith(".lock", StringComparison.Ordinal)))
        {
            using var stream = new FileStream(
                file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            if (bytes.AsSpan().IndexOf(wanted) >= 0) return true;
        }
        return false;
    }

    [Fact]
    public async Task Erasure_TakenBack_LeavesTheCaseAsItWas()
    {
        await PinAsync("2026-03-02T10:00:00+01:00");
        var caseNo = await CaseAsync();
        await CloseAsync(caseNo);
        await PinAsync("2037-06-01T10:00:00+02:00");
        using var head = host.Client("head");
        using var lead = host.Client("team_lead");
        var path = $"/api/cases/{caseNo}/erasure";
        await head.PostAsync(path, Protocol, 204);
        var asked = (await lead.GetAsync($"/api/cases/{caseNo}", 200)).GetProperty("erasure");
        Assert.True(asked.GetProperty("mayConfirm").GetBoolean());
        Assert.Equal("head", asked.GetProperty("asked").GetProperty("by").Text("userName"));
        Assert.Equal(204, (int)(await lead.DeleteAsync(path, Ct)).StatusCode);
        await lead.PostAsync(path + "/confirmation", new { }, 404);
        Assert.Equal(200, (int)(await head.GetAsync($"/api/cases/{caseNo}/documents/1", Ct)).StatusCode);
        using var worker = host.Client("social_worker");
        var page = await worker.GetAsync($"/api/cases/{caseNo}", 404);
        Assert.NotEqual(JsonValueKind.Undefined, page.ValueKind);
    }
}
