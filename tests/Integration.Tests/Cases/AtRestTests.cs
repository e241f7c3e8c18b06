using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Api.Cases;
using Api.Commands;
using Api.Storage;
using Integration.Tests.Startup;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Integration.Tests.Cases;

/// <summary>What lies on the disk, and what of it can be read by whom.</summary>
public sealed class AtRestTests(OfficeHost office) : IClassFixture<OfficeHost>
{
    const string Marked = "Xylofonowicz";
    const string Pesel = "44051401359";

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    static object Card(string lastName, string pesel = Pesel) => new
    {
        adults = new[]
        {
            new
            {
                firstName = "Jan", lastName, birthDate = "1944-05-14", pesel,
                address = "ul. Leśna 3, 34-100 Nowa Wieś",
            },
        },
        children = new[]
        {
            new
            {
                firstName = "Ala", lastName, birthDate = "2019-03-01", address = "ul. Leśna 3, 34-100 Nowa Wieś",
                legalSituation = "full", stayPlace = "home",
            },
        },
    };

    [Fact]
    public async Task Database_AfterFormsDraftsAndFiles_HoldsNoNameAnywhere()
    {
        var folder = Directory.CreateTempSubdirectory("at-rest-").FullName;
        await using (var host = await RunningHost.StartAsync(
            $"--ConnectionStrings:Workflows=Data Source={Path.Combine(folder, "test.db")};Pooling=False"))
        {
            using var clerk = host.Client("clerk");
            using var lead = host.Client("team_lead");
            var body = await clerk.PostAsync("/api/cases", new { }, 200);
            var (caseNo, key) = (body.Text("caseNo"), body.Text("taskKey"));
            await clerk.PutAsync(
                $"/api/tasks/{key}/draft", new { content = new { familyNames = Marked }, revision = 0 }, 200);
            using var file = TextFile($"notatka {Marked}.txt", $"Pani {Marked}");
            await Office.BodyAsync(await clerk.PostAsync($"/api/tasks/{key}/attachments", file, Ct), 200);
            await lead.PutAsync($"/api/cases/{caseNo}/family", new { content = Card(Marked) }, 200);
            clerk.DefaultRequestHeaders.Add("Idempotency-Key", "at-rest");
            await clerk.PostAsync($"/api/tasks/{key}/completion", new { form = Office.Report(Marked) }, 200);
            Assert.NotEmpty((await lead.FindTasksAsync("queue", Marked)).List("items"));
            // While it runs, the write-ahead log is there too.
            AssertNowhere(folder, Marked);
            AssertNowhere(folder, Pesel);
        }
        AssertNowhere(folder, Marked);
        AssertNowhere(folder, Pesel);
        Directory.Delete(folder, recursive: true);
    }

    static void AssertNowhere(string folder, string text)
    {
        var files = Directory.GetFiles(folder, "*", SearchOption.AllDirectories);
        Assert.Contains(files, file => file.EndsWith("test.db", StringComparison.Ordinal));
        foreach (var file in files.Where(file => !file.EndsWith(".lock", StringComparison.Ordinal)))
        {
            using var stream = new FileStream(
                file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            Assert.True(bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(text)) < 0, $"{file} holds {text}");
            Assert.True(bytes.AsSpan().IndexOf(Encoding.Unicode.GetBytes(text)) < 0, $"{file} holds {text}");
        }
    }

    [Fact]
    public async Task Family_WrittenTwice_HasVersionsALabelAndIsFoundByNameAndPesel()
    {
        using var clerk = office.Running.Client("clerk");
        using var lead = office.Running.Client("team_lead");
        var (caseNo, key) = await OfficeHost.OpenAsync(clerk);
        var empty = await lead.GetAsync($"/api/cases/{caseNo}/family", 200);
        Assert.Equal(0, empty.GetProperty("version").GetInt32());
        Assert.Equal("family-card", empty.GetProperty("schema").Text("id"));

        var written = await lead.PutAsync($"/api/cases/{caseNo}/family", new { content = Card("Żółkiewska-Źdźbło") }, 200);
        Assert.Equal("Karta rodziny", written.Text("name"));
        Assert.Equal("team_lead", written.GetProperty("author").Text("userName"));
        await lead.PutAsync($"/api/cases/{caseNo}/family", new { content = Card("Zimowa") }, 200);
        var newest = await lead.GetAsync($"/api/cases/{caseNo}/family", 200);
        Assert.Equal(2, newest.GetProperty("version").GetInt32());
        Assert.Equal("Zimowa", newest.GetProperty("content").GetProperty("adults")[0].Text("lastName"));

        var page = await clerk.GetAsync($"/api/tasks/{key}", 200);
        Assert.Equal("rodzina Z., Nowa Wieś", page.GetProperty("case").Text("label"));
        Assert.Equal(1, page.GetProperty("case").GetProperty("family").GetProperty("children").GetInt32());
        await using var db = office.Running.Services.GetRequiredService<ProductDbFactory>().Create();
        var words = office.Running.Services.GetRequiredService<CaseWords>();
        foreach (var query in new[] { "zolkiewska", "ŹDŹBŁO", "Zimowa", Pesel, caseNo })
        {
            Assert.Contains(caseNo, await words.FindAsync(db, query, Ct));
        }
        Assert.DoesNotContain(caseNo, await words.FindAsync(db, "Zimowa Lis", Ct));
        using var mayor = office.Running.Client("mayor");
        await mayor.GetAsync($"/api/cases/{caseNo}/family", 404);
    }

    [Theory]
    [InlineData("44051401358")]
    [InlineData("44051401")]
    [InlineData("44133101351")]
    public async Task Family_WithAWrongPesel_IsRefusedAtTheRowInPolish(string pesel)
    {
        using var clerk = office.Running.Client("clerk");
        using var lead = office.Running.Client("team_lead");
        var (caseNo, _) = await OfficeHost.OpenAsync(clerk);
        var problem = await lead.PutAsync($"/api/cases/{caseNo}/family", new { content = Card("Lis", pesel) }, 400);
        var wrong = Assert.Single(problem.GetProperty("errors").EnumerateObject());
        Assert.Equal("adults[0].pesel", wrong.Name);
        Assert.Contains("numerem PESEL", wrong.Value[0].GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Entry_WithItsTrueDate_IsADocumentAndOneForOneKey()
    {
        using var clerk = office.Running.Client("clerk");
        using var lead = office.Running.Client("team_lead");
        var (caseNo, _) = await OfficeHost.OpenAsync(clerk);
        var tomorrow = await lead.PostAsync(
            $"/api/cases/{caseNo}/entries", new { occurredOn = "2126-01-01", kind = "visit", text = "Wizyta." }, 400);
        Assert.True(tomorrow.GetProperty("errors").TryGetProperty("occurredOn", out _));
        await lead.PostAsync($"/api/cases/{caseNo}/entries", new { occurredOn = "2026-01-07", kind = "party" }, 400);
        lead.DefaultRequestHeaders.Add("Idempotency-Key", $"entry-{caseNo}");
        var entry = new { occurredOn = "2026-01-07", kind = "visit", text = "Wizyta w domu." };
        var first = await lead.PostAsync($"/api/cases/{caseNo}/entries", entry, 200);
        var again = await lead.PostAsync($"/api/cases/{caseNo}/entries", entry, 200);
        Assert.Equal("2026-01-07", first.Text("occurredOn"));
        Assert.Equal(first.GetProperty("number").GetInt32(), again.GetProperty("number").GetInt32());
        await using var db = office.Running.Services.GetRequiredService<ProductDbFactory>().Create();
        Assert.Equal(1, await db.Documents.CountAsync(row => row.CaseNo == caseNo, Ct));
    }

    [Fact]
    public async Task MasterKey_Changed_WrapsEveryKeyAnewAndAWrongOneStopsTheStart()
    {
        var folder = Directory.CreateTempSubdirectory("rotation-").FullName;
        var database = $"--ConnectionStrings:Workflows=Data Source={Path.Combine(folder, "test.db")};Pooling=False";
        var procedures = $"--Workflows:Path={SampleProcedure.Write()}";
        var (old, next) = (NewKey(), NewKey());
        string[] With(string key, string? previous = null) =>
        [
            database, procedures, $"--Encryption:MasterKey={key}", $"--Encryption:PreviousMasterKey={previous}",
        ];
        await using (var host = await RunningHost.StartAsync(With(old)))
        {
            using var clerk = host.Client("clerk");
            var opened = await clerk.PostAsync("/api/cases", new { process = SampleProcedure.Id }, 200);
            await clerk.PostAsync(
                $"/api/tasks/{opened.Text("taskKey")}/completion", new { form = new { familyName = "Wilk" } }, 200);
        }
        Assert.Contains("Encryption__MasterKey", await RefusedStartAsync(folder, With(next)), StringComparison.Ordinal);
        await using (await RunningHost.StartAsync(With(next, old)))
        {
            // Keys are wrapped anew at the start.
        }
        await using (var host = await RunningHost.StartAsync(With(next)))
        {
            await using var db = host.Services.GetRequiredService<ProductDbFactory>().Create();
            var row = await db.Documents.SingleAsync(Ct);
            Assert.Equal(
                """{"familyName":"Wilk"}""",
                await host.Services.GetRequiredService<CaseFile>().ContentAsync(db, row, Ct));
            Assert.Single(await db.CaseKeys.Select(one => one.MasterKeyId).Distinct().ToListAsync(Ct));
        }
        Assert.Contains("Encryption__MasterKey", await RefusedStartAsync(folder, With(old)), StringComparison.Ordinal);
        Directory.Delete(folder, recursive: true);
    }

    static async Task<string> RefusedStartAsync(string folder, string[] settings)
    {
        await using var errors = new StringWriter();
        var code = await ServeCommand.RunAsync(RunningHost.Arguments(folder, settings), TextWriter.Null, errors);
        Assert.Equal(1, code);
        return errors.ToString();
    }

    static string NewKey() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));

    [Fact]
    public void Box_MovedToAnotherRowOrChanged_DoesNotOpen()
    {
        var key = new CaseKey(RandomNumberGenerator.GetBytes(32), "A.1.2026", version: 1);
        var box = key.Seal("treść", "documents", "A.1.2026/1", "sealed");
        Assert.Equal("treść", key.Open(box, "documents", "A.1.2026/1", "sealed"));
        Assert.ThrowsAny<CryptographicException>(() => key.Open(box, "documents", "A.1.2026/2", "sealed"));
        Assert.ThrowsAny<CryptographicException>(() => key.Open(box, "drafts", "A.1.2026/1", "sealed"));
        box[^1] ^= 1;
        Assert.ThrowsAny<CryptographicException>(() => key.Open(box, "documents", "A.1.2026/1", "sealed"));
        Assert.NotEqual(
            key.Seal("treść", "documents", "A.1.2026/1", "sealed"),
            key.Seal("treść", "documents", "A.1.2026/1", "sealed"));
    }

    // ---- files ----------------------------------------------------------------------------------------------------

    static MultipartFormDataContent Upload(string name, byte[] content)
    {
        var part = new ByteArrayContent(content);
        part.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        return new MultipartFormDataContent { { part, "file", name } };
    }

    static MultipartFormDataContent TextFile(string name, string text) => Upload(name, Encoding.UTF8.GetBytes(text));

    [Fact]
    public async Task Attachment_OfATask_IsSealedOnDiskAndComesBackAsADownload()
    {
        using var clerk = office.Running.Client("clerk");
        using var lead = office.Running.Client("team_lead");
        var (caseNo, key) = await OfficeHost.OpenAsync(clerk);
        clerk.DefaultRequestHeaders.Add("Idempotency-Key", $"file-{key}");
        using var once = TextFile("pismo.txt", "Treść pisma");
        var attached = await Office.BodyAsync(await clerk.PostAsync($"/api/tasks/{key}/attachments", once, Ct), 200);
        using var twice = TextFile("pismo.txt", "Treść pisma");
        var again = await Office.BodyAsync(await clerk.PostAsync($"/api/tasks/{key}/attachments", twice, Ct), 200);
        Assert.Equal(attached.Text("id"), again.Text("id"));
        Assert.Equal(("unscanned", "text/plain"), (attached.Text("state"), attached.Text("type")));
        Assert.Equal(
            Convert.ToHexStringLower(SHA256.HashData("Treść pisma"u8)), attached.Text("sha256"));

        var download = await clerk.GetAsync($"/api/cases/{caseNo}/attachments/{attached.Text("id")}", Ct);
        Assert.Equal("Treść pisma", await download.Content.ReadAsStringAsync(Ct));
        Assert.Equal("attachment", download.Content.Headers.ContentDisposition?.DispositionType);
        Assert.Equal("nosniff", Assert.Single(download.Headers.GetValues("X-Content-Type-Options")));
        using var mayor = office.Running.Client("mayor");
        await mayor.GetAsync($"/api/cases/{caseNo}/attachments/{attached.Text("id")}", 404);
        var page = await clerk.GetAsync($"/api/tasks/{key}", 200);
        Assert.Equal("pismo.txt", Assert.Single(page.List("attachments")).Text("name"));
        using var foreign = TextFile("x.txt", "x");
        await Office.BodyAsync(await mayor.PostAsync($"/api/tasks/{key}/attachments", foreign, Ct), 404);
    }

    [Fact]
    public async Task Attachment_OfAnotherKindOrTooLarge_IsRefusedInPolish()
    {
        using var clerk = office.Running.Client("clerk");
        var (_, key) = await OfficeHost.OpenAsync(clerk);
        using var program = Upload("faktura.pdf", [0x4D, 0x5A, 0x90, 0x00, 0x03, 0x00]);
        var kind = await Office.BodyAsync(await clerk.PostAsync($"/api/tasks/{key}/attachments", program, Ct), 415);
        Assert.Contains("PDF, JPEG", kind.Text("detail"), StringComparison.Ordinal);
        using var large = Upload("skan.pdf", [.. "%PDF-1.7"u8, .. new byte[10_000_000]]);
        var size = await Office.BodyAsync(await clerk.PostAsync($"/api/tasks/{key}/attachments", large, Ct), 413);
        Assert.Contains("10 MB", size.Text("detail"), StringComparison.Ordinal);
    }

    [Fact]
    public void Jpeg_WithMetadata_KeepsThePictureAndWhichSideIsUp()
    {
        byte[] exif =
        [
            .. "Exif\0\0"u8, .. "II"u8, 42, 0, 8, 0, 0, 0, 1, 0, 0x12, 0x01, 3, 0, 1, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0,
            .. "GPS 50.06 19.94"u8,
        ];
        byte[] comment = [.. "Xylofonowicz"u8];
        byte[] scan = [1, 1, 0, 0, 63, 0, 0x12, 0xFF, 0x00, 0x34, 0xFF, 0xD0, 0x56];
        byte[] picture =
        [
            0xFF, 0xD8, .. Segment(0xE0, "JFIF\0"u8), .. Segment(0xE1, exif), .. Segment(0xFE, comment),
            .. Segment(0xDB, [0, 1, 2]), .. Segment(0xDA, scan.AsSpan(0, 5)), .. scan[5..], 0xFF, 0xD9, .. "tail"u8,
        ];
        var found = FileType.Find(picture, "zdjecie.JPG")!;
        Assert.Equal(FileType.Jpeg, found.MediaType);
        Assert.True(found.Content.AsSpan().IndexOf("GPS"u8) < 0);
        Assert.True(found.Content.AsSpan().IndexOf("Xylofonowicz"u8) < 0);
        Assert.True(found.Content.AsSpan().IndexOf("tail"u8) < 0);
        Assert.True(found.Content.AsSpan().IndexOf(scan.AsSpan(5)) > 0);
        // Read again it still says the same side, and nothing is left to remove.
        Assert.Equal(found.Content, FileType.Find(found.Content, "zdjecie.jpg")!.Content);
        Assert.True(found.Content.AsSpan().IndexOf((ReadOnlySpan<byte>)[0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 6]) > 0);
        Assert.Null(FileType.Find(picture[..30], "zdjecie.jpg"));
    }

    static byte[] Segment(byte marker, ReadOnlySpan<byte> content) =>
        [0xFF, marker, (byte)((content.Length + 2) >> 8), (byte)(content.Length + 2), .. content];

    [Theory]
    [InlineData("strona.html")]
    [InlineData("rysunek.svg")]
    [InlineData("umowa.pdf")]
    [InlineData("bez-rozszerzenia")]
    public void Text_UnderAnotherName_IsRefused(string name) =>
        Assert.Null(FileType.Find("<svg onload='x'/>"u8.ToArray(), name));

    [Fact]
    public void Png_WithTexts_LosesThem()
    {
        byte[] picture =
        [
            0x89, .. "PNG\r\n"u8, 0x1A, 0x0A, .. Chunk("IHDR", new byte[13]), .. Chunk("tEXt", "Author\0Lis"u8),
            .. Chunk("eXIf", "II"u8), .. Chunk("IDAT", [1, 2, 3]), .. Chunk("IEND", []),
        ];
        var found = FileType.Find(picture, "zrzut.png")!;
        Assert.Equal(FileType.Png, found.MediaType);
        Assert.True(found.Content.AsSpan().IndexOf("Lis"u8) < 0);
        Assert.True(found.Content.AsSpan().IndexOf("eXIf"u8) < 0);
        Assert.True(found.Content.AsSpan().IndexOf("IDAT"u8) > 0);
        Assert.Null(FileType.Find(picture[..40], "zrzut.png"));
    }

    static byte[] Chunk(string name, ReadOnlySpan<byte> content) =>
        [0, 0, 0, (byte)content.Length, .. Encoding.ASCII.GetBytes(name), .. content, 0, 0, 0, 0];

    [Theory]
    [InlineData("stream: OK", 200, "clean")]
    [InlineData("stream: Eicar-Test-Signature FOUND", 422, "INFECTED")]
    [InlineData("", 503, "RESOURCE_EXHAUSTED")]
    public async Task Attachment_WithAScanner_IsAskedBeforeItIsKept(string verdict, int status, string word)
    {
        using var clamd = new TcpListener(IPAddress.Loopback, 0);
        clamd.Start();
        var port = ((IPEndPoint)clamd.LocalEndpoint).Port;
        await using var host = await RunningHost.StartAsync(
            $"--Workflows:Path={SampleProcedure.Write()}", $"--Attachments:ClamAv=127.0.0.1:{port}");
        using var clerk = host.Client("clerk");
        var opened = await clerk.PostAsync("/api/cases", new { process = SampleProcedure.Id }, 200);
        var asked = AnswerAsync(clamd, verdict);
        using var file = TextFile("pismo.txt", "Treść pisma");
        var answer = await clerk.PostAsync($"/api/tasks/{opened.Text("taskKey")}/attachments", file, Ct);
        var body = await Office.BodyAsync(answer, status);
        Assert.Equal(word, body.Text(status == 200 ? "state" : "title"));
        Assert.Equal("Treść pisma", await asked);
        await using var db = host.Services.GetRequiredService<ProductDbFactory>().Create();
        Assert.Equal(status == 200 ? 1 : 0, await db.Attachments.CountAsync(Ct));
    }

    /// <summary>One conversation as clamd holds it; gives what was sent to be scanned.</summary>
    static async Task<string> AnswerAsync(TcpListener listener, string verdict)
    {
        using var client = await listener.AcceptTcpClientAsync(Ct);
        await using var stream = client.GetStream();
        var command = new byte["zINSTREAM\0".Length];
        await stream.ReadExactlyAsync(command, Ct);
        Assert.Equal("zINSTREAM\0", Encoding.ASCII.GetString(command));
        using var content = new MemoryStream();
        var length = new byte[4];
        while (true)
        {
            await stream.ReadExactlyAsync(length, Ct);
            var size = System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(length);
            if (size == 0) break;
            var chunk = new byte[size];
            await stream.ReadExactlyAsync(chunk, Ct);
            content.Write(chunk);
        }
        await stream.WriteAsync(Encoding.ASCII.GetBytes(verdict + "\0"), Ct);
        return Encoding.UTF8.GetString(content.ToArray());
    }
}
