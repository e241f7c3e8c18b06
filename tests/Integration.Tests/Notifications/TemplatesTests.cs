using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Xml.Linq;
using Api.Notifications;
using Api.Startup;
using Integration.Tests.Access;

namespace Integration.Tests.Notifications;

/// <summary>The words of messages: what the product ships, what an office may change, what never may stand there.</summary>
public sealed class TemplatesTests(ChannelHost host) : IClassFixture<ChannelHost>
{
    static readonly DateOnly Today = new(2026, 11, 23);
    static readonly Uri Link = new("https://sprawy.example.pl/zadania/1?a=1&b=2");

    public static TheoryData<NoticeKind> Kinds => [.. Enum.GetValues<NoticeKind>()];

    Templates Templates => host.Get<Templates>();

    [Fact]
    public void Shipped_Templates_ExistForEveryKindAndPassTheirOwnLint()
    {
        Assert.Equal(
            Enum.GetNames<NoticeKind>().Append(Templates.CaseSubject).Order(StringComparer.Ordinal),
            ShippedTemplates.All.Keys.Order(StringComparer.Ordinal));
        foreach (var (name, text) in ShippedTemplates.All)
            Assert.Empty(TemplateLint.Problems(name, text).Select(problem => $"{name}.{problem.Field}: {problem.Message}"));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Render_OfEveryKind_IsAnAccessiblePageAndTheSameAsText(NoticeKind kind)
    {
        var notice = NoticeVariables.Example(kind, Link, Today);
        var message = await Templates.RenderAsync(notice, default);
        var page = XDocument.Parse(message.Html.Replace("<!doctype html>", "", StringComparison.Ordinal)
            .Replace("<meta charset=\"utf-8\">", "", StringComparison.Ordinal)
            .Replace("<meta name=\"viewport\" content=\"width=device-width\">", "", StringComparison.Ordinal)
            .Replace("<br>", "<br/>", StringComparison.Ordinal));
        Assert.Equal("pl", page.Root!.Attribute("lang")!.Value);
        Assert.Single(page.Descendants("h1"));
        Assert.Equal(message.Subject, page.Descendants("title").Single().Value);
        Assert.Empty(page.Descendants("img").Concat(page.Descendants("script")).Concat(page.Descendants("table")));
        Assert.All(page.Descendants("a"), link => Assert.True(link.Value.Length > 5, link.Value));
        Assert.Contains(page.Descendants("a"), link => link.Attribute("href")!.Value == Link.AbsoluteUri);
        Assert.Contains(Link.AbsoluteUri, message.Text, StringComparison.Ordinal);
        Assert.DoesNotContain('{', message.Html + message.Text + message.Subject + message.Preview);
        Assert.InRange(message.Preview.Length, 1, Templates.PreviewLengthMax);
    }

    [Fact]
    public void Notice_AsAType_HasNoPlaceForWordsOfACase()
    {
        // A new member is a new way out for personal data: it belongs into this list only after somebody thought of that.
        Assert.Equal(
            ["CaseNo", "Count", "DueOn", "HandedOverBy", "Kind", "Lines", "Link", "StepName"],
            typeof(Notice).GetProperties().Select(one => one.Name).Where(name => name != "EqualityContract")
                .Order(StringComparer.Ordinal));
        Assert.Equal(
            ["CaseNo", "DueOn", "Group", "Link", "StepName"],
            typeof(NoticeLine).GetProperties().Select(one => one.Name).Where(name => name != "EqualityContract")
                .Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Subject_OfAllMessagesAboutACase_IsOne()
    {
        var subjects = new HashSet<string>(StringComparer.Ordinal);
        foreach (var kind in Enum.GetValues<NoticeKind>().Where(TemplateLint.IsOfCase))
            subjects.Add((await Templates.RenderAsync(NoticeVariables.Example(kind, Link, Today), default)).Subject);
        Assert.Equal(["Sprawa OPS.4710.12.2026: zadanie do wykonania"], subjects);
    }

    [Fact]
    public void Render_WithoutAValue_LeavesItsLineOut()
    {
        var notice = NoticeVariables.Example(NoticeKind.TaskAssigned, Link, Today) with
        {
            DueOn = null, HandedOverBy = null, CaseNo = null,
        };
        var message = Templates.Render(
            notice, ShippedTemplates.All[nameof(NoticeKind.TaskAssigned)], "Sprawa {caseNo}: zadanie", Today);
        Assert.DoesNotContain("Termin", message.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("przekazuje", message.Text, StringComparison.Ordinal);
        Assert.Contains("Wizyta w terenie", message.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Render_OfAHostileName_KeepsItText()
    {
        var notice = NoticeVariables.Example(NoticeKind.TaskAssigned, Link, Today) with
        {
            HandedOverBy = "<script>alert(1)</script> {dueOn}",
        };
        var message = Templates.Render(notice, ShippedTemplates.All[nameof(NoticeKind.TaskAssigned)], "{caseNo}", Today);
        Assert.DoesNotContain("<script>", message.Html, StringComparison.Ordinal);
        Assert.Contains("&lt;script&gt;", message.Html, StringComparison.Ordinal);
        Assert.Contains("{dueOn}", message.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, "1 zadanie")]
    [InlineData(2, "2 zadania")]
    [InlineData(5, "5 zadań")]
    [InlineData(12, "12 zadań")]
    [InlineData(22, "22 zadania")]
    [InlineData(112, "112 zadań")]
    public void Render_OfANumber_PutsTheNounIntoItsForm(int count, string words)
    {
        var notice = NoticeVariables.Example(NoticeKind.Digest, Link, Today) with { Count = count };
        var message = Templates.Render(notice, ShippedTemplates.All[nameof(NoticeKind.Digest)], "", Today);
        Assert.Contains($"Na liście: {words}.", message.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Sprawa dotyczy przemocy.", "Wiersz 1, znak 16", "przemocy")]
    [InlineData("Dobrze.\nProblem z Alkoholem", "Wiersz 2, znak 11", "Alkoholem")]
    [InlineData("NIEPEŁNOSPRAWNOŚĆ", "Wiersz 1, znak 1", "NIEPEŁNOSPRAWNOŚĆ")]
    [InlineData("Wszczęto procedurę Niebieskiej Karty", "Wiersz 1, znak 20", "Niebieskiej")]
    [InlineData("Numer 44051401359", "Wiersz 1, znak 7", "PESEL")]
    [InlineData("Witaj {nazwisko}", "Wiersz 1, znak 7", "nazwisko")]
    [InlineData("Termin {dueOn:a|b|c}", "Wiersz 1, znak 8", "liczby")]
    [InlineData("Zadań: {count}", "Wiersz 1, znak 8", "count")]
    [InlineData("Otwarty { nawias", "Wiersz 1, znak 9", "nawias")]
    [InlineData("Zobacz https://example.pl", "Wiersz 1, znak 8", "odnośnik")]
    [InlineData("<b>ważne</b>", "Wiersz 1, znak 1", "HTML")]
    public void Lint_OfAForbiddenText_NamesThePlace(string body, string place, string word)
    {
        var text = ShippedTemplates.All[nameof(NoticeKind.DueToday)] with { Body = body };
        var problems = TemplateLint.Problems(nameof(NoticeKind.DueToday), text).ToList();
        Assert.Contains(problems, one => one.Field == "body" && one.Message.StartsWith(place, StringComparison.Ordinal)
            && one.Message.Contains(word, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("Nowe zadanie. Zobacz kartę, niebieski kolor to nowe.")]
    [InlineData("Proszę o dłuższą chwilę uwagi.")]
    [InlineData("Ośrodek: {centre}. Termin: {dueOn}.")]
    public void Lint_OfOrdinaryWords_IsContent(string body) => Assert.Empty(TemplateLint.Problems(
        nameof(NoticeKind.DueToday), ShippedTemplates.All[nameof(NoticeKind.DueToday)] with { Body = body }));

    [Theory]
    [InlineData("linkText", "Kliknij tutaj")]
    [InlineData("subject", "Inny temat")]
    [InlineData("heading", "")]
    [InlineData("preview", "dwa\nwiersze")]
    public void Lint_OfAField_KnowsItsRules(string field, string value)
    {
        var text = ShippedTemplates.All[nameof(NoticeKind.DueToday)];
        text = field switch
        {
            "linkText" => text with { LinkText = value },
            "subject" => text with { Subject = value },
            "heading" => text with { Heading = value },
            _ => text with { Preview = value },
        };
        Assert.Contains(TemplateLint.Problems(nameof(NoticeKind.DueToday), text), one => one.Field == field);
    }

    [Fact]
    public async Task Administration_OfATemplate_ChangesPreviewsAuditsAndGoesBack()
    {
        using var admin = host.Running.Client("admin");
        const string path = "/api/admin/templates/Overdue";
        var text = new
        {
            heading = "Termin minął", body = "Zadanie „{stepName}” czeka.", linkText = "Otwórz „{stepName}”",
            preview = "Po terminie: {stepName}",
        };
        var preview = await Centre.OkAsync(admin.PostAsJsonAsync($"{path}/preview", text));
        Assert.Contains("Zadanie „Wizyta w terenie” czeka.", preview.GetProperty("text").GetString()!, StringComparison.Ordinal);
        await Centre.OkAsync(admin.PutAsJsonAsync(path, text));
        var notice = NoticeVariables.Example(NoticeKind.Overdue, Link, Today);
        Assert.Contains("czeka", (await Templates.RenderAsync(notice, default)).Text, StringComparison.Ordinal);
        var listed = (await Centre.OkAsync(admin.GetAsync("/api/admin/templates"))).GetProperty("items").EnumerateArray()
            .Single(one => one.GetProperty("name").GetString() == "Overdue");
        Assert.Equal("admin", listed.GetProperty("changedBy").GetProperty("userName").GetString());
        Assert.NotEqual("Termin minął", listed.GetProperty("shipped").GetProperty("heading").GetString());
        await Centre.OkAsync(admin.DeleteAsync(path));
        await Centre.IsAsync(HttpStatusCode.Conflict, admin.DeleteAsync(path));
        Assert.DoesNotContain("czeka", (await Templates.RenderAsync(notice, default)).Text, StringComparison.Ordinal);
        var audit = await Centre.OkAsync(admin.GetAsync("/api/audit?area=settings"));
        var acts = audit.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("act").GetString()).ToList();
        Assert.Contains("TemplateChanged", acts);
        Assert.Contains("TemplateReset", acts);
        Assert.True(audit.GetProperty("verified").GetBoolean());
    }

    [Fact]
    public async Task Administration_OfAForbiddenText_AnswersWithThePlaceAndStoresNothing()
    {
        using var admin = host.Running.Client("admin");
        var text = new { heading = "Termin", body = "Pilne:\nprzemoc w {family}", linkText = "Otwórz zadanie", preview = "Pilne" };
        using var answer = await admin.PutAsJsonAsync("/api/admin/templates/DueToday", text);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        var errors = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement
            .GetProperty("errors").GetProperty("body").EnumerateArray().Select(one => one.GetString()!).ToList();
        Assert.Contains(errors, one => one.StartsWith("Wiersz 2, znak 1:", StringComparison.Ordinal));
        Assert.Contains(errors, one => one.Contains("family", StringComparison.Ordinal));
        await Centre.IsAsync(HttpStatusCode.BadRequest, admin.PutAsJsonAsync("/api/admin/templates/Unknown", text));
        var texts = await Templates.TextsAsync(default);
        Assert.Equal(ShippedTemplates.All["DueToday"], texts["DueToday"]);
    }

    [Theory]
    [InlineData("head")]
    [InlineData("social_worker")]
    public async Task Administration_ByAnybodyElse_IsRefused(string user)
    {
        using var client = host.Running.Client(user);
        await Centre.IsAsync(HttpStatusCode.Forbidden, client.GetAsync("/api/admin/templates"));
        await Centre.IsAsync(HttpStatusCode.Forbidden, client.DeleteAsync("/api/admin/templates/Overdue"));
    }
}
