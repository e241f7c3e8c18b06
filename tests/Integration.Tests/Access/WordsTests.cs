using System.Net;
using System.Text;
using System.Text.Json;
using Integration.Tests.Cases;
using Integration.Tests.Startup;

namespace Integration.Tests.Access;

/// <summary>Every refusal of <c>/api</c> is a Polish sentence that says what to do; <c>/v2</c> stays as Camunda's.</summary>
public sealed class WordsTests(OfficeHost office) : IClassFixture<OfficeHost>
{
    const string Json = "application/json";

    [Theory]
    [InlineData("GET", "/api/nothing", null, Json, 404, "Pod tym adresem nic nie ma")]
    [InlineData("GET", "/api/tasks/abc", null, Json, 404, "Pod tym adresem nic nie ma")]
    [InlineData("PUT", "/api/tasks", "{}", Json, 405, "działa tu GET")]
    [InlineData("POST", "/api/tasks/search", "{}", "text/plain", 415, "application/json")]
    [InlineData("POST", "/api/tasks/search", "{", Json, 400, "poprawny JSON")]
    [InlineData("POST", "/api/tasks/search", "", Json, 400, "Odśwież stronę")]
    [InlineData("POST", "/api/tasks/search", """{"page":"druga"}""", Json, 400, "„page”")]
    [InlineData("POST", "/api/tasks/search", """{"strona":2}""", Json, 400, "„strona”")]
    [InlineData("POST", "/api/tasks/search", "{\"q\":\"\\ud800\"}", Json, 400, "nic nie zostało zapisane")]
    [InlineData("GET", "/api/tasks?page=druga", null, Json, 400, "„druga” w polu „page”")]
    [InlineData("GET", "/api/tasks?q=Kowalska", null, Json, 400, "POST /api/tasks/search")]
    [InlineData("GET", "/api/cases?q=Kowalska", null, Json, 400, "POST /api/cases/search")]
    [InlineData("GET", "/api/accounts", null, Json, 403, "uprawnienia")]
    [InlineData("POST", "/api/cases", """{"process":"no-such"}""", Json, 404, "Odśwież stronę")]
    [InlineData("GET", "/api/tasks/1/receipt", null, Json, 404, "Nie ma takiego zadania")]
    public async Task Refusal_OfARequest_SaysInPolishWhatToDo(
        string method, string path, string? body, string type, int status, string words)
    {
        using var clerk = office.Running.Client("clerk");
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, type);
        AssertPolish(await Office.BodyAsync(await clerk.SendAsync(request), status), words);
    }

    [Fact]
    public async Task Refusal_OfSomebodyUnknown_AsksToSignIn()
    {
        using var nobody = office.Running.Client();
        AssertPolish(await nobody.GetAsync("/api/tasks", 401), "Zaloguj się");
        AssertPolish(await nobody.PostAsync("/api/tasks/search", new { }, 401), "Zaloguj się");
    }

    [Fact]
    public async Task Refusal_OfAForeignChange_IsPolishOnApiAndEnglishOnTheEngine()
    {
        using var handler = new HttpClientHandler { CookieContainer = new CookieContainer() };
        using var browser = new HttpClient(handler) { BaseAddress = office.Running.Address };
        await browser.PostAsync("/api/session", new { userName = "clerk", password = "clerk" }, 200);
        AssertPolish(await browser.PostAsync("/api/tasks/search", new { }, 403), "X-Requested-With");
        var engine = await browser.PostAsync("/v2/user-tasks/search", new { }, 403);
        Assert.Contains("must carry the header", engine.Text("detail"), StringComparison.Ordinal);

        browser.DefaultRequestHeaders.Add("Sec-Fetch-Site", "cross-site");
        AssertPolish(await browser.PostAsync("/api/tasks/search", new { }, 403), "spoza tego serwera");
    }

    [Fact]
    public async Task Refusal_OfABodyAboveTheLimit_SaysToShortenIt()
    {
        using var clerk = office.Running.Client("clerk");
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/tasks/search");
        // Asks before sending, so that the answer is not lost with the connection.
        request.Headers.ExpectContinue = true;
        request.Content = new StringContent(
            $$"""{"q":"{{new string('x', 11 * 1024 * 1024)}}"}""", Encoding.UTF8, Json);
        AssertPolish(await Office.BodyAsync(await clerk.SendAsync(request), 413), "Skróć teksty");
    }

    static void AssertPolish(JsonElement problem, string words)
    {
        var detail = problem.Text("detail");
        Assert.Contains(words, detail, StringComparison.Ordinal);
        Assert.Matches("[ąćęłńóśźż]", detail);
        Assert.DoesNotMatch(@"\b(the|is|not|Failed|Expected|could)\b", detail);
    }
}
