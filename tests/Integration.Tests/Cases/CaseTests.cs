using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Api.Cases;
using Api.Storage;
using Integration.Tests.Startup;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Workflows.Runtime;

namespace Integration.Tests.Cases;

public sealed class CaseTests
{
    static Task<RunningHost> StartAsync(params string[] settings) => RunningHost.StartAsync(
        [$"--Workflows:Path={SampleProcedure.Write()}", "--Cases:NumberPattern=OPS.{no}.{year}", .. settings]);

    static Task<HttpResponseMessage> OpenAsync(HttpClient client, string? idempotencyKey = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/api/cases")
        {
            Content = JsonContent.Create(new { process = SampleProcedure.Id }),
        };
        if (idempotencyKey is not null) request.Headers.Add("Idempotency-Key", idempotencyKey);
        return client.SendAsync(request);
    }

    /// <summary>The key of the first open task of this element, once the engine has come to it.</summary>
    static async Task<string> TaskAsync(RunningHost host, HttpClient client, string elementId)
    {
        await host.Services.GetRequiredService<WorkflowEngine>().DrainAsync();
        var page = await client.GetFromJsonAsync<JsonElement>("/api/tasks");
        return page.GetProperty("items").EnumerateArray()
            .First(item => item.GetProperty("elementId").GetString() == elementId).GetProperty("taskKey").GetString()!;
    }

    static Task<HttpResponseMessage> CompleteAsync(HttpClient client, string key, object form) =>
        client.PostAsJsonAsync($"/api/tasks/{key}/completion", new { form });

    [Fact]
    public async Task Case_Opened_HasTheNextNumberAndOneRowForOneRequest()
    {
        await using var host = await StartAsync();
        using var clerk = host.Client("clerk");
        var year = TimeZoneInfo.ConvertTimeBySystemTimeZoneId(DateTimeOffset.UtcNow, "Europe/Warsaw").Year;

        var first = await (await OpenAsync(clerk, "letter-1")).Content.ReadFromJsonAsync<OpenCase.Opened>();
        var again = await (await OpenAsync(clerk, "letter-1")).Content.ReadFromJsonAsync<OpenCase.Opened>();
        var second = await (await OpenAsync(clerk, "letter-2")).Content.ReadFromJsonAsync<OpenCase.Opened>();

        Assert.Equal($"OPS.1.{year}", first!.CaseNo);
        Assert.Equal(first, again);
        Assert.Equal($"OPS.2.{year}", second!.CaseNo);
        await using var db = host.Services.GetRequiredService<ProductDbFactory>().Create();
        Assert.Equal(2, await db.Cases.CountAsync());
    }

    [Fact]
    public async Task Cases_OpenedAtOnce_GetNumbersWithoutGapsOrDoubles()
    {
        await using var host = await StartAsync();
        using var clerk = host.Client("clerk");
        var answers = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => OpenAsync(clerk)));
        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
        await using var db = host.Services.GetRequiredService<ProductDbFactory>().Create();
        var numbers = (await db.Cases.Select(row => row.CaseNo).ToListAsync())
            .Select(caseNo => int.Parse(caseNo.Split('.')[1], System.Globalization.CultureInfo.InvariantCulture));
        Assert.Equal(Enumerable.Range(1, 12), numbers.Order());
    }

    [Fact]
    public async Task Case_OpenedBySomebodyElse_IsRefused()
    {
        await using var host = await StartAsync();
        using var mayor = host.Client("mayor");
        Assert.Equal(HttpStatusCode.Forbidden, (await OpenAsync(mayor)).StatusCode);
        using var admin = host.Client("admin");
        Assert.Equal(HttpStatusCode.Forbidden, (await admin.GetAsync("/api/tasks")).StatusCode);
    }

    [Fact]
    public async Task Completion_WithWrongFields_NamesEachAndChangesNothing()
    {
        await using var host = await StartAsync();
        using var clerk = host.Client("clerk");
        await OpenAsync(clerk);
        var key = await TaskAsync(host, clerk, "report");

        var refused = await CompleteAsync(clerk, key, new { urgent = true });
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        var problem = await refused.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal("familyName", Assert.Single(problem.GetProperty("errors").EnumerateObject()).Name);

        var unknown = await CompleteAsync(clerk, key, new { familyName = "Wilk", colour = "red" });
        Assert.Equal(HttpStatusCode.BadRequest, unknown.StatusCode);
        Assert.Equal(key, await TaskAsync(host, clerk, "report"));
        await using var db = host.Services.GetRequiredService<ProductDbFactory>().Create();
        Assert.Equal(0, await db.Documents.CountAsync());
    }

    [Fact]
    public async Task Completion_Accepted_StoresTheDocumentAndOnlyMarkedVariables()
    {
        await using var host = await StartAsync();
        using var clerk = host.Client("clerk");
        await OpenAsync(clerk);
        var key = await TaskAsync(host, clerk, "report");
        var done = await CompleteAsync(clerk, key, new { familyName = "Wilk", urgent = true });
        Assert.Equal(HttpStatusCode.OK, done.StatusCode);

        await using var db = host.Services.GetRequiredService<ProductDbFactory>().Create();
        var document = await db.Documents.SingleAsync();
        Assert.Equal((1, 1, "report", "clerk"), (document.Number, document.Version, document.FormId, document.Author));
        var content = await host.Services.GetRequiredService<CaseFile>().ContentAsync(db, document, default);
        Assert.Equal("""{"familyName":"Wilk","urgent":true}""", content);

        using var demo = host.Client("demo");
        var found = await demo.PostAsJsonAsync("/v2/variables/search", new { });
        var variables = (await found.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("items").EnumerateArray()
            .Select(item => item.GetProperty("name").GetString()).ToList();
        Assert.Contains("urgent", variables);
        Assert.DoesNotContain("familyName", variables);
    }

    [Theory]
    [InlineData("update documents set author = ''")]
    [InlineData("delete from documents")]
    public async Task Document_OnceStored_RefusesChange(string sql)
    {
        await using var host = await StartAsync();
        using var clerk = host.Client("clerk");
        await OpenAsync(clerk);
        await CompleteAsync(clerk, await TaskAsync(host, clerk, "report"), new { familyName = "Wilk" });
        await using var db = host.Services.GetRequiredService<ProductDbFactory>().Create();
        var failure =
            await Assert.ThrowsAnyAsync<System.Data.Common.DbException>(() => db.Database.ExecuteSqlRawAsync(sql));
        Assert.Contains("append-only", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Assistant_WithoutAFreePlace_RefusesTheCompletionAndKeepsTheTask()
    {
        await using var host = await StartAsync("--Cases:AssistantLimit=1");
        using var clerk = host.Client("clerk");
        await OpenAsync(clerk);
        var assigned = new { familyName = "Wilk", takes = true, assistant = "assistant" };
        await CompleteAsync(clerk, await TaskAsync(host, clerk, "report"), assigned);
        var work = await TaskAsync(host, clerk, "work");
        Assert.Equal(1, await ActiveAsync(host));

        await OpenAsync(clerk);
        var second = await TaskAsync(host, clerk, "report");
        var nobody = await CompleteAsync(clerk, second, new { familyName = "Lis", takes = true });
        Assert.Equal(HttpStatusCode.BadRequest, nobody.StatusCode);
        var refused = await CompleteAsync(clerk, second, assigned);
        Assert.Equal(HttpStatusCode.Conflict, refused.StatusCode);
        Assert.Contains("limit rodzin", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(second, await TaskAsync(host, clerk, "report"));
        Assert.Equal(1, await ActiveAsync(host));

        await CompleteAsync(clerk, work, new { });
        await host.Services.GetRequiredService<WorkflowEngine>().DrainAsync();
        Assert.Equal(0, await ActiveAsync(host));
        Assert.Equal(HttpStatusCode.OK, (await CompleteAsync(clerk, second, assigned)).StatusCode);
        Assert.Equal(1, await ActiveAsync(host));
        await using var db = host.Services.GetRequiredService<ProductDbFactory>().Create();
        Assert.Equal(1, await db.Cases.CountAsync(row => row.Status == CaseStatus.Closed));
    }

    [Fact]
    public async Task Case_UnderAForeignNumberOrWithOtherData_IsRefusedToAPerson()
    {
        await using var host = await StartAsync();
        using var clerk = host.Client("clerk");
        var first = await (await OpenAsync(clerk)).Content.ReadFromJsonAsync<OpenCase.Opened>();
        foreach (var (variables, status) in new (object, HttpStatusCode)[]
        {
            (new { caseNo = first!.CaseNo }, HttpStatusCode.Conflict),
            (new { caseNo = "NO.SUCH.CASE" }, HttpStatusCode.BadRequest),
            (new { caseNo = "" }, HttpStatusCode.BadRequest),
            (new { name = "Jan Kowalski" }, HttpStatusCode.BadRequest),
        })
        {
            var answer = await clerk.PostAsJsonAsync("/api/cases", new { process = SampleProcedure.Id, variables });
            Assert.Equal(status, answer.StatusCode);
        }
        await using var db = host.Services.GetRequiredService<ProductDbFactory>().Create();
        Assert.Equal(1, await db.Cases.CountAsync());
    }

    [Fact]
    public async Task Staff_WithoutAnAccountOfTheRole_IsRefusedAtTheField()
    {
        await using var host = await StartAsync();
        using var clerk = host.Client("clerk");
        await OpenAsync(clerk);
        var key = await TaskAsync(host, clerk, "report");
        var refused = await CompleteAsync(clerk, key, new { familyName = "Wilk", takes = true, assistant = "head" });
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        Assert.Contains("Nie ma czynnego konta", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(key, await TaskAsync(host, clerk, "report"));
    }

    [Theory]
    [InlineData("{\"form\":{\"familyName\":\"\\ud800\"}}")]
    [InlineData("{\"form\":{\"familyName\":1e99999}}")]
    [InlineData("{\"form\":")]
    public async Task Completion_WithTextThatIsNone_IsABadRequest(string body)
    {
        await using var host = await StartAsync();
        using var clerk = host.Client("clerk");
        await OpenAsync(clerk);
        var key = await TaskAsync(host, clerk, "report");
        using var content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
        var answer = await clerk.PostAsync($"/api/tasks/{key}/completion", content);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains("detail", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Completion_SameKeyOtherText_IsRefusedAndNotSilentlyDropped()
    {
        await using var host = await StartAsync();
        using var clerk = host.Client("clerk");
        await OpenAsync(clerk);
        var key = await TaskAsync(host, clerk, "report");
        clerk.DefaultRequestHeaders.Add("Idempotency-Key", "once");
        Assert.Equal(HttpStatusCode.OK, (await CompleteAsync(clerk, key, new { familyName = "Wilk" })).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await CompleteAsync(clerk, key, new { familyName = "Wilk" })).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await CompleteAsync(clerk, key, new { familyName = "Lis" })).StatusCode);
    }

    [Fact]
    public async Task Change_FromAPageOfAnotherSite_IsRefusedWhateverTheCredentials()
    {
        await using var host = await StartAsync();
        using var clerk = host.Client("clerk");
        clerk.DefaultRequestHeaders.Add("Origin", "https://elsewhere.invalid");
        Assert.Equal(HttpStatusCode.Forbidden, (await OpenAsync(clerk)).StatusCode);
    }

    [Fact]
    public async Task Task_Claimed_IsHersUntilGivenBack()
    {
        await using var host = await StartAsync();
        using var clerk = host.Client("clerk");
        await OpenAsync(clerk);
        var key = await TaskAsync(host, clerk, "report");
        Assert.Equal(HttpStatusCode.NoContent, (await clerk.PostAsync($"/api/tasks/{key}/claim", null)).StatusCode);
        Assert.Equal("clerk", await AssigneeAsync(clerk));
        Assert.Equal(HttpStatusCode.NoContent, (await clerk.DeleteAsync($"/api/tasks/{key}/claim")).StatusCode);
        Assert.Null(await AssigneeAsync(clerk));
    }

    static async Task<string?> AssigneeAsync(HttpClient client)
    {
        var page = await client.GetFromJsonAsync<JsonElement>("/api/tasks");
        return page.GetProperty("items").EnumerateArray().Single().GetProperty("assignee") is
        { ValueKind: JsonValueKind.Object } assignee ? assignee.GetProperty("userName").GetString() : null;
    }

    static async Task<int> ActiveAsync(RunningHost host)
    {
        await using var db = host.Services.GetRequiredService<ProductDbFactory>().Create();
        return await db.Assistants.Select(row => row.Active).SingleAsync();
    }
}
