using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Api.Documents;
using DocumentFormat.OpenXml.Packaging;
using DocumentFormat.OpenXml.Validation;
using Integration.Tests.Startup;
using Integration.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Workflows.Runtime;

namespace Integration.Tests.Documents;

/// <summary>A completed form as data, as a page for print, as .docx and as PDF: over real HTTP.</summary>
public sealed class DocumentTests(DocumentTests.Host host) : IClassFixture<DocumentTests.Host>
{
    const string Form = """
        {
          "id": "visit", "type": "default", "schemaVersion": 16,
          "components": [
            { "id": "t", "type": "text", "text": "Najpierw zadzwoń." },
            { "id": "day", "type": "datetime", "subtype": "date", "key": "day", "dateLabel": "Data wizyty" },
            { "id": "seen", "type": "checkbox", "key": "seen", "label": "Dzieci widziane" },
            { "id": "who", "type": "textfield", "key": "who", "label": "Kto był", "properties": { "staff": "assistant" } },
            { "id": "how", "type": "select", "key": "how", "label": "Jak", "values": [
                { "label": "W domu rodziny", "value": "home" }, { "label": "W ośrodku", "value": "centre" } ] },
            { "id": "group", "type": "group", "label": "Sytuacja", "path": "situation", "components": [
                { "id": "needs", "type": "checklist", "key": "needs", "label": "Potrzeby", "values": [
                    { "label": "Mieszkanie", "value": "flat" }, { "label": "Zdrowie", "value": "health" } ] },
                { "id": "income", "type": "number", "key": "income", "label": "Dochód", "decimalDigits": 2,
                  "appearance": { "suffixAdorner": "zł" } },
                { "id": "note", "type": "textarea", "key": "note", "label": "Notatka" } ] },
            { "id": "hidden", "type": "textfield", "key": "why", "label": "Dlaczego nie widziane",
              "conditional": { "hide": "=seen" } },
            { "id": "empty", "type": "textfield", "key": "phone", "label": "Telefon" },
            { "id": "people", "type": "dynamiclist", "path": "people", "label": "Domownicy", "components": [
                { "id": "p1", "type": "textfield", "key": "name", "label": "Imię" },
                { "id": "p2", "type": "datetime", "subtype": "date", "key": "born", "dateLabel": "Urodzony" } ] }
          ]
        }
        """;

    const string Bpmn = """
        <?xml version="1.0" encoding="UTF-8"?>
        <definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="t" id="d"
                     xmlns:zeebe="http://camunda.org/schema/zeebe/1.0">
          <process id="visits" name="Wizyty" isExecutable="true">
            <extensionElements><zeebe:properties>
              <zeebe:property name="case" value="root" /><zeebe:property name="startableBy" value="clerk" />
            </zeebe:properties></extensionElements>
            <startEvent id="start" /><sequenceFlow id="f1" sourceRef="start" targetRef="visit" />
            <userTask id="visit" name="Karta wizyty"><extensionElements>
              <zeebe:userTask /><zeebe:formDefinition formId="visit" bindingType="deployment" />
              <zeebe:assignmentDefinition candidateGroups="clerk" />
            </extensionElements></userTask>
            <sequenceFlow id="f2" sourceRef="visit" targetRef="rest" />
            <userTask id="rest" name="Dalej"><extensionElements>
              <zeebe:userTask /><zeebe:assignmentDefinition candidateGroups="clerk" />
            </extensionElements></userTask>
            <sequenceFlow id="f3" sourceRef="rest" targetRef="end" /><endEvent id="end" />
          </process>
        </definitions>
        """;

    public sealed class Host : IAsyncLifetime
    {
        public RunningHost Running { get; private set; } = null!;

        /// <summary>Path of the one document.</summary>
        public string Document { get; private set; } = "";

        public string CaseNo { get; private set; } = "";

        public string[] Settings { get; init; } = [];

        public async ValueTask InitializeAsync()
        {
            var folder = ProcedureFolder.Write("visits", Bpmn, ("visit.form", Form));
            Running = await RunningHost.StartAsync(
                [$"--Workflows:Path={folder}", "--Centre:Name=GOPS <Zarzecze>", "--Cases:JrwaClass=5031", .. Settings]);
            using var clerk = Running.Client("clerk");
            var opened = await (await clerk.PostAsJsonAsync("/api/cases", new { process = "visits" }))
                .Content.ReadFromJsonAsync<JsonElement>();
            CaseNo = opened.GetProperty("caseNo").GetString()!;
            await Running.Services.GetRequiredService<WorkflowEngine>().DrainAsync();
            var tasks = await clerk.PostAsJsonAsync("/v2/user-tasks/search", new { filter = new { elementId = "visit" } });
            var key = (await tasks.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("items")[0]
                .GetProperty("userTaskKey").GetString();
            var done = await clerk.PostAsJsonAsync($"/api/tasks/{key}/completion", new
            {
                form = new
                {
                    day = "2026-11-23",
                    seen = true,
                    who = "assistant",
                    how = "home",
                    situation = new
                    {
                        needs = new[] { "flat", "health" }, income = 1234.5, note = "<script>alert(1)</script>\nDrugi wiersz",
                    },
                    people = new[] { new { name = "Ola & Jan", born = "2015-02-01" } },
                },
            });
            Assert.True(done.IsSuccessStatusCode, await done.Content.ReadAsStringAsync());
            Document = $"/api/cases/{CaseNo}/documents/1";
        }

        public ValueTask DisposeAsync() => Running.DisposeAsync();
    }

    [Fact]
    public void CaseNumber_ByThePatternOfTheOffice_HoldsTheClass() => Assert.Matches(@"^OPS\.5031\.1\.20\d\d$", host.CaseNo);

    [Fact]
    public async Task Document_AsData_HasTheFormAndTheAnswers()
    {
        using var reader = host.Running.Client("demo");
        var document = await reader.GetFromJsonAsync<JsonElement>(host.Document);
        Assert.Equal("Karta wizyty", document.GetProperty("name").GetString());
        Assert.Equal("clerk", document.GetProperty("author").GetProperty("userName").GetString());
        Assert.Equal("visit", document.GetProperty("schema").GetProperty("id").GetString());
        Assert.Equal("home", document.GetProperty("content").GetProperty("how").GetString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("/print")]
    [InlineData(".docx")]
    [InlineData(".pdf")]
    public async Task Document_OfACaseOfOthers_IsUnknown(string form)
    {
        using var mayor = host.Running.Client("mayor");
        Assert.Equal(HttpStatusCode.NotFound, (await mayor.GetAsync(host.Document + form)).StatusCode);
        using var reader = host.Running.Client("demo");
        var missing = await reader.GetAsync($"/api/cases/{host.CaseNo}/documents/99{form}");
        Assert.Equal(HttpStatusCode.NotFound, missing.StatusCode);
        using var admin = host.Running.Client("admin");
        Assert.Equal(HttpStatusCode.NotFound, (await admin.GetAsync(host.Document + form)).StatusCode);
    }

    [Fact]
    public async Task Page_ForPrint_SaysEverythingInWordsAndRunsNothing()
    {
        using var reader = host.Running.Client("demo");
        var answer = await reader.GetAsync(host.Document + "/print");
        var html = await answer.Content.ReadAsStringAsync();
        Assert.Equal("text/html", answer.Content.Headers.ContentType!.MediaType);
        Assert.True(answer.Headers.CacheControl!.NoStore);
        foreach (var expected in new[]
        {
            "<html lang=\"pl\">", "GOPS &lt;Zarzecze&gt;", "<h1>Karta wizyty</h1>", $"<dd>{host.CaseNo}</dd>",
            "<dt>Data wizyty</dt><dd>23 listopada 2026 r.</dd>", "<dt>Dzieci widziane</dt><dd>tak</dd>",
            "<dt>Kto był</dt><dd>Celina Maj, asystent rodziny</dd>", "<dt>Jak</dt><dd>W domu rodziny</dd>",
            "<h2>Sytuacja</h2>", "<dd>Mieszkanie; Zdrowie</dd>", "zł</dd>",
            "<caption>Domownicy</caption>", "<th scope=\"col\">Imię</th>", "<td>Ola &amp; Jan</td>",
            "<td>1 lutego 2015 r.</td>", "Iwona Sroka, kancelaria",
        })
        {
            Assert.Contains(expected, html, StringComparison.Ordinal);
        }
        Assert.DoesNotContain("<script", html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("Dlaczego nie widziane", html, StringComparison.Ordinal);
        Assert.DoesNotContain("Telefon", html, StringComparison.Ordinal);
        Assert.DoesNotContain("Najpierw zadzwoń", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Page_ForPrint_AllowsItsOwnStyleSheetOnly()
    {
        using var reader = host.Running.Client("demo");
        var answer = await reader.GetAsync(host.Document + "/print");
        var policy = Assert.Single(answer.Headers.GetValues("Content-Security-Policy"));
        Assert.StartsWith("default-src 'none'", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        var css = Regex.Match(
            await answer.Content.ReadAsStringAsync(), "<style>(?<css>.*)</style>", RegexOptions.Singleline, TimeSpan.FromSeconds(1));
        var hash = Convert.ToBase64String(
            System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(css.Groups["css"].Value)));
        Assert.Contains($"style-src 'sha256-{hash}'", policy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Docx_OfADocument_IsValidAndSaysTheSame()
    {
        using var reader = host.Running.Client("demo");
        var answer = await reader.GetAsync(host.Document + ".docx");
        Assert.Equal(DocumentWord.MediaType, answer.Content.Headers.ContentType!.MediaType);
        Assert.Equal($"{host.CaseNo}-1.docx", answer.Content.Headers.ContentDisposition!.FileName);
        using var stream = new MemoryStream(await answer.Content.ReadAsByteArrayAsync());
        using var file = WordprocessingDocument.Open(stream, isEditable: false);
        var faults = new OpenXmlValidator(DocumentFormat.OpenXml.FileFormatVersions.Office2019).Validate(file)
            .Select(fault => $"{fault.Path?.XPath}: {fault.Description}");
        Assert.Empty(faults);
        var text = file.MainDocumentPart!.Document.Body!.InnerText;
        foreach (var expected in new[]
        {
            "GOPS <Zarzecze>", "Karta wizyty", host.CaseNo, "W domu rodziny", "23 listopada 2026 r.", "Ola & Jan",
            "<script>alert(1)</script>",
        })
        {
            Assert.Contains(expected, text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Pdf_WhereABrowserIsInstalled_HasPages()
    {
        var printer = host.Running.Services.GetRequiredService<PdfPrinter>();
        if (!printer.IsInstalled && Environment.GetEnvironmentVariable("CI") != "true")
            Assert.Skip("No Chromium on this machine.");
        using var reader = host.Running.Client("demo");
        var answer = await reader.GetAsync(host.Document + ".pdf");
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        Assert.Equal("application/pdf", answer.Content.Headers.ContentType!.MediaType);
        var pdf = Encoding.Latin1.GetString(await answer.Content.ReadAsByteArrayAsync());
        Assert.StartsWith("%PDF-", pdf, StringComparison.Ordinal);
        Assert.Matches(@"/Type\s*/Page\b", pdf);
    }

    [Fact]
    public async Task Pdf_WithoutABrowser_SaysWhatToDoInstead()
    {
        var bare = new Host { Settings = ["--Chromium:Path=none"] };
        await bare.InitializeAsync();
        using var reader = bare.Running.Client("demo");
        var answer = await reader.GetAsync(bare.Document + ".pdf");
        Assert.Equal(HttpStatusCode.NotImplemented, answer.StatusCode);
        var problem = await answer.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Contains(".docx", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        await bare.DisposeAsync();
    }
}
