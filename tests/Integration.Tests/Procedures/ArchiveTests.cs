using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Integration.Tests.Access;
using static Integration.Tests.Procedures.ProcedureClient;

namespace Integration.Tests.Procedures;

public sealed class ArchiveTests(DesignHost host) : IClassFixture<DesignHost>
{
    Task<HttpResponseMessage> ImportAsync(string name, byte[] content)
    {
        var file = new ByteArrayContent(content);
        file.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        return host.Admin.PostAsync("/api/procedures/import", new MultipartFormDataContent { { file, "file", name } });
    }

    static byte[] Zip(params (string Name, byte[] Content)[] entries)
    {
        using var bytes = new MemoryStream();
        using (var zip = new ZipArchive(bytes, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, content) in entries)
            {
                using var stream = zip.CreateEntry(name).Open();
                stream.Write(content);
            }
        }
        return bytes.ToArray();
    }

    [Fact]
    public async Task Archive_ExportedAndImported_HoldsTheSameBytes()
    {
        var zip = await host.Head.GetByteArrayAsync("/api/procedures/monitoring/archive?version=1");
        Assert.Equal(zip, await host.Admin.GetByteArrayAsync("/api/procedures/monitoring/archive?version=1"));
        var read = await Centre.OkAsync(ImportAsync("monitoring.zip", zip));
        Assert.Equal("monitoring", read.GetProperty("processId").GetString());
        Assert.Equal(await host.Admin.NewestAsync("monitoring"), read.Files());
        Assert.DoesNotContain(read.GetProperty("problems").EnumerateArray(), one =>
            one.GetProperty("severity").GetString() == "error");
        await Centre.IsAsync(HttpStatusCode.NotFound, host.Admin.GetAsync("/api/procedures/monitoring/archive?version=5"));
        await Centre.IsAsync(HttpStatusCode.BadRequest, host.Admin.GetAsync("/api/procedures/monitoring/archive?version=x"));
        await Centre.IsAsync(HttpStatusCode.OK, host.Admin.GetAsync("/api/procedures/monitoring/archive?version=draft"));
    }

    [Fact]
    public async Task Archive_ChangedAfterItsExport_SaysSo()
    {
        var zip = await host.Admin.GetByteArrayAsync("/api/procedures/ending/archive?version=1");
        using var bytes = new MemoryStream();
        bytes.Write(zip);
        using (var archive = new ZipArchive(bytes, ZipArchiveMode.Update, leaveOpen: true))
        {
            archive.GetEntry("end-letter.form")!.Delete();
        }
        var read = await Centre.OkAsync(ImportAsync("ending.zip", bytes.ToArray()));
        Assert.Contains(read.GetProperty("problems").EnumerateArray(), one =>
            one.GetProperty("code").GetString() == "archive-changed");
    }

    public static TheoryData<string, byte[]> Hostile => new()
    {
        { "traversal", Zip(("../../etc/passwd.form", "{}"u8.ToArray()), ("process.bpmn", "<a/>"u8.ToArray())) },
        { "folder", Zip(("a/process.bpmn", "<a/>"u8.ToArray())) },
        { "bomb", Zip(("process.bpmn", "<a/>"u8.ToArray()), ("big.form", new byte[200 * 1024 * 1024])) },
        { "many", Zip([.. Enumerable.Range(0, 300).Select(n => ($"f{n}.form", "{}"u8.ToArray()))]) },
        { "torn", "PK not a zip"u8.ToArray() },
        { "no diagram", Zip(("x.form", "{}"u8.ToArray())) },
        { "not utf-8", Zip(("process.bpmn", [0xff, 0xfe, 0xfd])) },
        { "entity", Zip(("process.bpmn", Encoding.UTF8.GetBytes("<!DOCTYPE d [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><d>&x;</d>"))) },
    };

    [Theory]
    [MemberData(nameof(Hostile))]
    public async Task Archive_ThatIsHostileOrBroken_IsRefusedInPolish(string what, byte[] zip)
    {
        var answer = await AnswerAsync(ImportAsync("p.zip", zip), 400);
        Assert.True(answer.GetProperty("errors").EnumerateObject().Any(), what);
    }

    [Fact]
    public async Task Diagram_DrawnElsewhere_IsReportedElementByElement()
    {
        const string Diagram = """
            <definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="d" targetNamespace="t">
              <process id="foreign" isExecutable="false">
                <startEvent id="s" /><inclusiveGateway id="g" /><transaction id="t" /><endEvent id="e" />
                <sequenceFlow id="a" sourceRef="s" targetRef="g" /><sequenceFlow id="b" sourceRef="g" targetRef="e" />
              </process>
            </definitions>
            """;
        var read = await Centre.OkAsync(ImportAsync("foreign.bpmn", Encoding.UTF8.GetBytes(Diagram)));
        Assert.Equal(Diagram, read.Files()["process.bpmn"]);
        var named = read.GetProperty("problems").EnumerateArray()
            .Where(one => one.GetProperty("severity").GetString() == "error")
            .Select(one => one.GetProperty("elementId").GetString()).ToList();
        Assert.Contains("g", named);
        Assert.Contains("t", named);
        Assert.DoesNotContain("s", named);
        var gateway = read.GetProperty("problems").EnumerateArray()
            .First(one => one.GetProperty("elementId").GetString() == "g");
        Assert.Equal("Tego elementu silnik nie wykonuje. Zastąp go innym.", gateway.GetProperty("message").GetString());
    }

    [Theory]
    [InlineData("to nie jest diagram", "XML")]
    [InlineData("<a/>", "BPMN 2.0")]
    public async Task Import_OfWhatIsNoDiagram_SaysWhatIsWrongWithTheFile(string text, string words)
    {
        var answer = await ImportAsync("drawn.bpmn", Encoding.UTF8.GetBytes(text));
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        using var problem = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        Assert.Contains(words, problem.RootElement.GetProperty("errors").GetProperty("file")[0].GetString(), StringComparison.Ordinal);
    }
}
