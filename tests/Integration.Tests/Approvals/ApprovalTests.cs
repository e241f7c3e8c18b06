using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Api.Access;
using Api.Approvals;
using Api.Storage;
using Integration.Tests.Cases;
using Integration.Tests.Startup;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Workflows.Runtime;
using Workflows.Runtime.Storage;

namespace Integration.Tests.Approvals;

public sealed class SqliteApprovalTests(DecisionHost host) : ApprovalTests(host), IClassFixture<DecisionHost>;

public sealed class PostgresApprovalTests(PostgresDecisionHost host)
    : ApprovalTests(host), IClassFixture<PostgresDecisionHost>;

/// <summary>The rules of links to decisions (notifications, T1 to T16), over real HTTP; the numbers stand beside.</summary>
public abstract class ApprovalTests(DecisionHost host)
{
    RunningHost Running => host.Running;

    async Task<Browser> HeadAsync(string user = "head") => await Browser.SignedInAsync(Running, user);

    // ---- T1 to T4: the ticket ---------------------------------------------------------------------------------------

    [Fact]
    public async Task Issue_OfALink_StoresOnlyItsHash()
    {
        var pending = await Pending.OpenAsync(Running);
        var path = await pending.IssueAsync();
        var value = path["/a/".Length..];
        Assert.Equal(ApprovalTickets.ValueLength, value.Length);
        var ticket = await pending.TicketAsync(path);
        Assert.Equal(SHA256.HashData(Encoding.UTF8.GetBytes(value)), ticket.Hash);
        Assert.DoesNotContain(value, JsonSerializer.Serialize(ticket), StringComparison.Ordinal);
        Assert.NotEqual(path, await pending.IssueAsync());
    }

    [Fact]
    public async Task Issue_OfALink_IsBelowThePublicAddress()
    {
        await using var named = await DecisionHost.StartAsync("--PublicBaseUrl=https://sprawy.example.pl");
        var pending = await Pending.OpenAsync(named);
        var link = await named.Services.GetRequiredService<ApprovalTickets>()
            .IssueAsync(pending.Task, "head", "email", 1, default);
        Assert.StartsWith("https://sprawy.example.pl/a/", link.AbsoluteUri, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Log_OfEveryRequest_HoldsNoTicket()
    {
        using var log = new RecordedLog();
        await using var chatty = await DecisionHost.StartAsync(
            builder => builder.Logging.AddProvider(log),
            "--Logging:LogLevel:Default=Trace", "--Logging:LogLevel:Microsoft=Trace");
        var pending = await Pending.OpenAsync(chatty);
        var path = await pending.IssueAsync();
        using var browser = await Browser.SignedInAsync(chatty, "head");
        await browser.PressAsync(await browser.GetAsync(path), "approve");
        Assert.Contains("Request starting", log.Text, StringComparison.Ordinal);
        Assert.Contains("/a/ticket", log.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(path["/a/".Length..], log.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ticket_NeverUsed_EndsThreeWorkingDaysAfterTheTerm()
    {
        var pending = await Pending.OpenAsync(Running);
        var ticket = await pending.TicketAsync(await pending.IssueAsync());
        Assert.InRange(ticket.ExpiresAt, pending.Task.DueDate!.Value, ticket.IssuedAt.AddDays(14));
        await using var late = await DecisionHost.StartAsync();
        var other = await Pending.OpenAsync(late);
        var path = await other.IssueAsync();
        await PinAsync(late, (await other.TicketAsync(path)).ExpiresAt.AddSeconds(1));
        using var head = await Browser.SignedInAsync(late, "head");
        var page = await head.GetAsync(path);
        Assert.Contains("Link z wiadomości wygasł", page.Words, StringComparison.Ordinal);
        Assert.Contains($"/zadania/{other.Task.Key}", page.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("decision", page.Text, StringComparison.Ordinal);
        // A reminder of what is long overdue carries a link that works.
        using var again = await Browser.SignedInAsync(late, "head");
        Assert.Contains("approve", (await again.GetAsync(await other.IssueAsync(outboxKey: 2))).Forms.Keys);
    }

    static async Task PinAsync(RunningHost running, DateTimeOffset at) => Assert.Equal(
        HttpStatusCode.NoContent, (await running.Client("demo").PutAsJsonAsync(
            "/v2/clock", new { timestamp = at.ToUnixTimeMilliseconds() })).StatusCode);

    [Fact]
    public async Task Issue_OfANewerMessage_EndsTheOlderLinkOfItsChannelOnly()
    {
        var pending = await Pending.OpenAsync(Running);
        var (older, teams) = (await pending.IssueAsync(outboxKey: 10), await pending.IssueAsync(channel: "teams", outboxKey: 11));
        var repeated = await pending.IssueAsync(outboxKey: 10);
        using var head = await HeadAsync();
        // A second attempt to send the same message leaves the link of the first alive.
        Assert.Contains("approve", (await head.GetAsync(older)).Forms.Keys);
        var newer = await pending.IssueAsync(outboxKey: 12);
        var page = await head.GetAsync(older);
        Assert.Contains("wyszła nowsza", page.Words, StringComparison.Ordinal);
        Assert.Empty((await head.GetAsync(repeated)).Forms);
        Assert.Contains("approve", (await head.GetAsync(newer)).Forms.Keys);
        Assert.Contains("approve", (await head.GetAsync(teams)).Forms.Keys);
        Assert.Equal(ApprovalTicketRow.Revoked.Newer, (await pending.TicketAsync(older)).RevokedFor);
    }

    [Fact]
    public async Task Use_OfOneLink_ClosesEveryOtherOfTheSamePerson()
    {
        var pending = await Pending.OpenAsync(Running);
        var (mail, teams) = (await pending.IssueAsync(), await pending.IssueAsync(channel: "teams", outboxKey: 2));
        using var head = await HeadAsync();
        var receipt = await head.PressAsync(await head.GetAsync(mail), "approve");
        Assert.Contains("Decyzja zapisana", receipt.Words, StringComparison.Ordinal);
        Assert.Equal(ApprovalTicketRow.Revoked.Used, (await pending.TicketAsync(teams)).RevokedFor);
        Assert.Contains("Decyzja zapisana", (await head.GetAsync(teams)).Words, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ticket_OfATaskGivenToAnother_EndsInThatStep()
    {
        var pending = await Pending.OpenAsync(Running);
        var (hers, others) = (await pending.IssueAsync(), await pending.IssueAsync("head2"));
        await Running.Client("head").PostAsync($"/api/tasks/{pending.Task.Key}/claim", new { }, 204);
        Assert.Equal(ApprovalTicketRow.Revoked.Reassigned, (await pending.TicketAsync(others)).RevokedFor);
        Assert.Null((await pending.TicketAsync(hers)).RevokedFor);
        using var second = await HeadAsync("head2");
        var page = await second.GetAsync(others);
        Assert.Contains("To zadanie ma teraz Ewa Sikora", page.Words, StringComparison.Ordinal);
        Assert.Empty(page.Forms);
    }

    [Fact]
    public async Task Ticket_OfATaskDoneInTheApplication_TellsSo()
    {
        var pending = await Pending.OpenAsync(Running);
        var path = await pending.IssueAsync();
        await Running.Client("head").PostAsync($"/api/tasks/{pending.Task.Key}/completion", new
        {
            form = new { verdict = "no", why = "Brak podstaw.", decidedOn = "2026-01-05" },
        }, 200);
        Assert.Equal(ApprovalTicketRow.Revoked.Done, (await pending.TicketAsync(path)).RevokedFor);
        using var head = await HeadAsync();
        Assert.Contains("krok zakończony w aplikacji", (await head.GetAsync(path)).Words, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ticket_OfSomebodyWhoLostTheRole_DecidesNothing()
    {
        var pending = await Pending.OpenAsync(Running);
        var path = await pending.IssueAsync("assistant");
        using var person = await Browser.SignedInAsync(Running, "assistant");
        var page = await person.GetAsync(path);
        Assert.Empty(page.Forms);
        Assert.DoesNotContain(pending.CaseNo, page.Text, StringComparison.Ordinal);
        Assert.True(await pending.IsOpenAsync());
    }

    // ---- T5, T10, T11: what a look is ---------------------------------------------------------------------------------

    [Fact]
    public async Task Page_WithoutASession_TellsNothingAndLeavesNoTrace()
    {
        var pending = await Pending.OpenAsync(Running);
        var path = await pending.IssueAsync();
        var before = await pending.TracesAsync();
        using var machine = new Browser(Running);
        foreach (var method in new[] { HttpMethod.Get, HttpMethod.Head, HttpMethod.Options, HttpMethod.Get })
        {
            var page = await machine.SendAsync(method, path);
            Assert.True(page.Answer.IsSuccessStatusCode, $"{method}: {page.Code}");
            Assert.DoesNotContain(pending.CaseNo, page.Text, StringComparison.Ordinal);
            Assert.DoesNotContain("Kwieciń", page.Text, StringComparison.Ordinal);
        }
        Assert.Equal(before, await pending.TracesAsync());
        using var head = await HeadAsync();
        await head.GetAsync(path);
        Assert.NotNull((await pending.TicketAsync(path)).SeenAt);
        Assert.True(await pending.IsOpenAsync());
    }

    [Fact]
    public async Task Page_Always_IsKeptNowhereAndRunsNothingOfOthers()
    {
        var pending = await Pending.OpenAsync(Running);
        using var head = await HeadAsync();
        var answer = (await head.GetAsync(await pending.IssueAsync())).Answer;
        Assert.True(answer.Headers.CacheControl!.NoStore);
        Assert.Equal("no-referrer", Assert.Single(answer.Headers.GetValues("Referrer-Policy")));
        Assert.Equal("noindex", Assert.Single(answer.Headers.GetValues("X-Robots-Tag")));
        var policy = Assert.Single(answer.Headers.GetValues("Content-Security-Policy"));
        Assert.StartsWith("default-src 'none'; ", policy, StringComparison.Ordinal);
        Assert.Contains("frame-ancestors 'none'", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("http", policy, StringComparison.Ordinal);
        var cookie = answer.Headers.GetValues("Set-Cookie").Single(one => one.StartsWith("workflowhost-form", StringComparison.Ordinal));
        Assert.Contains("samesite=strict", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task SessionCookie_FromALinkInAMessage_IsSentAlong()
    {
        using var client = Running.Client();
        client.DefaultRequestHeaders.Add(AccessSetup.ChangeHeader, "WorkflowHost");
        var answer = await client.PostAsJsonAsync("/api/session", new { userName = "head", password = "head" });
        Assert.Contains("samesite=lax", Assert.Single(answer.Headers.GetValues("Set-Cookie")), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task SignIn_OnThePage_ReturnsToTheSameLinkOnly()
    {
        var pending = await Pending.OpenAsync(Running);
        var path = await pending.IssueAsync();
        using var head = new Browser(Running);
        var page = await head.GetAsync(path + "?returnTo=https%3A%2F%2Fevil.example");
        var form = path + "/sign-in";
        var wrong = await head.PressAsync(page, form, null, ("userName", "head"), ("password", "nie to"));
        Assert.Equal(401, wrong.Code);
        Assert.Contains("nieprawidłowe", wrong.Words, StringComparison.Ordinal);
        var right = await head.PressAsync(
            wrong, form, null, ("userName", "head"), ("password", "head"), ("returnTo", "https://evil.example"));
        Assert.Equal(302, right.Code);
        Assert.Equal(path, right.Answer.Headers.Location!.OriginalString);
        Assert.Contains("approve", (await head.GetAsync(path)).Forms.Keys);
    }

    // ---- the page -----------------------------------------------------------------------------------------------------

    [Fact]
    public async Task Page_OfADecision_TellsEverythingThatIsAsked()
    {
        var pending = await Pending.OpenAsync(Running);
        using var head = await HeadAsync();
        var words = (await head.GetAsync(await pending.IssueAsync())).Words;
        foreach (var expected in new[]
        {
            pending.CaseNo, "Zdecyduj o wniosku",
            "Wnosi " + AccountSeeding.Demo.Single(person => person.UserName == "clerk").DisplayName, "Czeka od dziś", "za ", "Kogo dotyczy",
            "rodzina Kwiecińskich, ul. Cicha 3", "Karol Wójcik", "Następny krok: Wykonaj decyzję (pracownik socjalny)",
            "Następny krok: Złóż wniosek (kancelaria)", "Żaden krok pracownika nie następuje od razu",
            "Akceptacja kroku – nie jest to podpis pod decyzją", "Dokumenty i załączniki", "Co zostanie zapisane z decyzją",
        })
        {
            Assert.Contains(expected, words, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Page_OfAFormWithMoreToFill_SaysWhatIsMissingAndLeadsToTheTask()
    {
        var pending = await Pending.OpenAsync(Running, "letter");
        using var head = await HeadAsync();
        var page = await head.GetAsync(await pending.IssueAsync());
        Assert.Empty(page.Forms);
        Assert.Contains("Przyznaj pomoc : najpierw trzeba wypełnić: Numer pisma", page.Words, StringComparison.Ordinal);
        Assert.Contains($"/zadania/{pending.Task.Key}", page.Links);
    }

    [Fact]
    public async Task Page_AfterAReturn_ShowsWhatChangedAndTheEarlierDecision()
    {
        var pending = await Pending.OpenAsync(Running);
        using var head = await HeadAsync();
        await head.PressAsync(await head.GetAsync(await pending.IssueAsync()), "return", "Brak miejsca u asystenta.");
        var proposal = await Pending.TaskOfAsync(Running, pending.CaseNo);
        await Pending.ProposeAsync(Running, proposal.Key.ToString(Invariant), "normal", "Joanna Malinowska");
        var again = pending with { Task = await Pending.TaskOfAsync(Running, pending.CaseNo) };
        var words = (await head.GetAsync(await again.IssueAsync())).Words;
        Assert.Contains("Co się zmieniło od poprzedniej decyzji", words, StringComparison.Ordinal);
        Assert.Matches(@"Kto poprowadzi:\s+Karol Wójcik\s+→\s+zmieniono na\s+Joanna Malinowska", words);
        Assert.Contains("Wcześniejsze decyzje w tej sprawie", words, StringComparison.Ordinal);
        Assert.Contains("„Brak miejsca u asystenta.”", words, StringComparison.Ordinal);
    }

    static readonly System.Globalization.CultureInfo Invariant = System.Globalization.CultureInfo.InvariantCulture;

    // ---- T6 to T8: the decision ---------------------------------------------------------------------------------------

    [Fact]
    public async Task Approval_FromAMessage_IsTwoRequestsAndAReceipt()
    {
        var pending = await Pending.OpenAsync(Running);
        using var head = await HeadAsync();
        var receipt = await head.PressAsync(await head.GetAsync(await pending.IssueAsync()), "approve");
        Assert.Equal(200, receipt.Code);
        Assert.Contains("Przyznaj pomoc", receipt.Words, StringComparison.Ordinal);
        Assert.Contains("Wykonaj decyzję: pracownik socjalny", receipt.Words, StringComparison.Ordinal);
        Assert.False(await pending.IsOpenAsync());
    }

    [Fact]
    public async Task Refusal_WithoutAReason_IsAskedForIt()
    {
        var pending = await Pending.OpenAsync(Running);
        using var head = await HeadAsync();
        var page = await head.GetAsync(await pending.IssueAsync());
        foreach (var kind in new[] { "refuse", "return" })
        {
            var asked = await head.PressAsync(page, kind, "  ");
            Assert.Equal(409, asked.Code);
            Assert.Contains("Napisz, dlaczego", asked.Words, StringComparison.Ordinal);
        }
        Assert.True(await pending.IsOpenAsync());
        var receipt = await head.PressAsync(page, "refuse", "Rodzina się wyprowadziła.");
        Assert.Contains("Odmów", receipt.Words, StringComparison.Ordinal);
        Assert.False(await pending.IsOpenAsync());
    }

    [Fact]
    public async Task Decision_WithoutTheTokenOrFromAnotherSite_ChangesNothingAndKeepsTheWords()
    {
        var pending = await Pending.OpenAsync(Running);
        var path = await pending.IssueAsync();
        using var head = await HeadAsync();
        var form = (await head.GetAsync(path)).Forms["refuse"];
        var forged = new Dictionary<string, string>(form.Fields, StringComparer.Ordinal)
        {
            ["token"] = "x", ["comment"] = "Słowa, których nie wolno zgubić.",
        };
        var again = await head.PostAsync(path, forged);
        Assert.Equal(409, again.Code);
        Assert.Contains("Słowa, których nie wolno zgubić.", again.Words, StringComparison.Ordinal);
        foreach (var header in new[] { ("Sec-Fetch-Site", "cross-site"), ("Origin", "https://evil.example") })
            Assert.Equal(403, (await head.PostAsync(path, new(form.Fields), header)).Code);
        Assert.True(await pending.IsOpenAsync());
        // A page that sends no referrer hides its origin as well: that is no other site.
        var hidden = await head.PostAsync(
            path, new(form.Fields) { ["comment"] = "Powód." }, ("Origin", "null"), ("Sec-Fetch-Site", "same-origin"));
        Assert.Equal(200, hidden.Code);
    }

    [Fact]
    public async Task Decision_TheTicketDoesNotOffer_IsNotTaken()
    {
        var pending = await Pending.OpenAsync(Running);
        using var head = await HeadAsync();
        var page = await head.GetAsync(await pending.IssueAsync());
        var answer = await head.PressAsync(page, "approve", null, ("decision", "destroy"));
        Assert.Equal(409, answer.Code);
        Assert.True(await pending.IsOpenAsync());
    }

    [Fact]
    public async Task Replay_OfADecision_ShowsTheReceiptAndDoesNothing()
    {
        var pending = await Pending.OpenAsync(Running);
        var path = await pending.IssueAsync();
        using var head = await HeadAsync();
        var page = await head.GetAsync(path);
        await head.PressAsync(page, "approve");
        var traces = await pending.TracesAsync();
        foreach (var again in new[]
        {
            await head.PressAsync(page, "approve"), await head.PressAsync(page, "refuse", "Jednak nie."),
            await head.GetAsync(path),
        })
        {
            Assert.Equal(200, again.Code);
            Assert.Contains("Przyznaj pomoc", again.Words, StringComparison.Ordinal);
            Assert.Matches(@"\d{1,2} [a-ząćęłńóśźż]+ \d{4}[^.]*\d{1,2}:\d\d", again.Words);
        }
        Assert.Equal(traces, await pending.TracesAsync());
    }

    [Fact]
    public async Task Decision_OnAPageThatGrewOld_ShowsWhatChangedAndKeepsTheWords()
    {
        var pending = await Pending.OpenAsync(Running);
        using var head = await HeadAsync();
        var page = await head.GetAsync(await pending.IssueAsync());
        await Running.Client("team_lead").PostAsync($"/api/cases/{pending.CaseNo}/entries", new
        {
            occurredOn = "2026-01-05", kind = "visit", text = "Rodzina zadzwoniła.",
        }, 200);
        var again = await head.PressAsync(page, "return", "Poprawcie nazwisko.");
        Assert.Equal(409, again.Code);
        Assert.Contains("Sprawa zmieniła się", again.Words, StringComparison.Ordinal);
        Assert.Contains("Co się zmieniło od otwarcia tej strony", again.Words, StringComparison.Ordinal);
        Assert.Matches(@"Dopisano:\s+Wpis do sprawy", again.Words);
        Assert.Contains("Poprawcie nazwisko.", again.Words, StringComparison.Ordinal);
        Assert.True(await pending.IsOpenAsync());
        Assert.Equal(200, (await head.PressAsync(again, "return", "Poprawcie nazwisko.")).Code);
        Assert.False(await pending.IsOpenAsync());
    }

    [Fact]
    public async Task Decision_OfTwoPeople_CountsOnceAndTheSecondKeepsHerWords()
    {
        var pending = await Pending.OpenAsync(Running);
        using var first = await HeadAsync();
        using var second = await HeadAsync("head2");
        var pages = (await first.GetAsync(await pending.IssueAsync()), await second.GetAsync(await pending.IssueAsync("head2")));
        await first.PressAsync(pages.Item1, "approve");
        var late = await second.PressAsync(pages.Item2, "refuse", "Mój długi powód.");
        Assert.Contains("Decyzję zapisał(a) Ewa Sikora", late.Words, StringComparison.Ordinal);
        Assert.Contains("Mój długi powód.", late.Words, StringComparison.Ordinal);
        Assert.Equal(ApprovalTicketRow.Revoked.Done, await RevokedForAsync(pending, "head2"));
    }

    static async Task<string?> RevokedForAsync(Pending pending, string user)
    {
        await using var db = pending.Host.Services.GetRequiredService<ProductDbFactory>().Create();
        return await db.ApprovalTickets.Where(row => row.TaskKey == pending.Task.Key && row.UserName == user)
            .Select(row => row.RevokedFor).SingleAsync();
    }

    [Fact]
    public async Task Decision_PressedManyTimesAtOnce_IsRecordedOnce()
    {
        var pending = await Pending.OpenAsync(Running);
        using var head = await HeadAsync();
        var page = await head.GetAsync(await pending.IssueAsync());
        var answers = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => head.PressAsync(page, "approve")));
        Assert.All(answers, answer => Assert.Equal(200, answer.Code));
        Assert.Single(await ActsAsync(pending));
        await using var db = Running.Services.GetRequiredService<ProductDbFactory>().Create();
        Assert.Equal(2, await db.Documents.CountAsync(row => row.CaseNo == pending.CaseNo));
    }

    // ---- T9: others ---------------------------------------------------------------------------------------------------

    [Fact]
    public async Task Link_InTheHandsOfAnother_TellsNothingAndIsWrittenDown()
    {
        var pending = await Pending.OpenAsync(Running);
        var path = await pending.IssueAsync();
        using var other = await HeadAsync("head2");
        var page = await other.GetAsync(path);
        Assert.Equal(403, page.Code);
        Assert.Contains("Ta prośba nie jest do Ciebie", page.Words, StringComparison.Ordinal);
        Assert.DoesNotContain(pending.CaseNo, page.Text, StringComparison.Ordinal);
        var audit = await Running.Client("dpo").GetAsync("/api/audit?area=reading", 200);
        var ticket = await pending.TicketAsync(path);
        Assert.Contains(audit.List("items"), entry => entry.Text("act") == "ApprovalOfAnotherOpened"
            && entry.Text("who") == "head2"
            && entry.GetProperty("after").Text("what").Contains(ticket.Id, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Link_InTheHandsOfTheSubstitute_LeadsToHerOwnView()
    {
        await using var running = await DecisionHost.StartAsync();
        await Access.Centre.AddPersonAsync(running, "lead2", DecisionHost.Password, "team_lead");
        var pending = await Pending.OpenAsync(running);
        var path = await pending.IssueAsync();
        var today = DateOnly.FromDateTime(DateTime.UtcNow).AddDays(-1);
        var absence = await running.Client("team_lead").PostAsync("/api/absences", new
        {
            userName = "head", from = today, to = today.AddDays(10), substitute = "lead2", scope = "all",
            authorisation = "upoważnienie 7/2026",
        }, 200);
        await running.Client("mayor").PostAsync($"/api/absences/{absence.Text("id")}/acceptance", new { }, 204);
        using var substitute = await Browser.SignedInAsync(running, "lead2");
        var page = await substitute.GetAsync(path);
        Assert.Equal(302, page.Code);
        Assert.Equal($"/zadania/{pending.Task.Key}", page.Answer.Headers.Location!.OriginalString);
        Assert.True(await pending.IsOpenAsync());
    }

    // ---- T12: class high ----------------------------------------------------------------------------------------------

    [Fact]
    public async Task DecisionOfClassHigh_WithAPasskeyOfThisMinute_IsTaken()
    {
        var pending = await Pending.OpenAsync(Running, "high");
        using var head = new Browser(Running);
        await head.SignInAsync("head", new(DateTimeOffset.UtcNow, Session.Methods.Passkey));
        var receipt = await head.PressAsync(await head.GetAsync(await pending.IssueAsync()), "approve");
        Assert.Contains("Decyzja zapisana", receipt.Words, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, Session.Methods.Password)]
    [InlineData(11, Session.Methods.Passkey)]
    [InlineData(11, Session.Methods.PasswordAndCode)]
    public async Task DecisionOfClassHigh_WithLessProof_AsksAgainAndChangesNothing(int minutesAgo, string method)
    {
        var pending = await Pending.OpenAsync(Running, "high");
        using var head = new Browser(Running);
        await head.SignInAsync("head", new(DateTimeOffset.UtcNow.AddMinutes(-minutesAgo), method));
        var asked = await head.PressAsync(
            await head.GetAsync(await pending.IssueAsync()), "return", "Powód zostaje.");
        Assert.Equal(403, asked.Code);
        Assert.Contains("Potwierdź, że to Ty", asked.Words, StringComparison.Ordinal);
        Assert.Contains("Powód zostaje.", asked.Words, StringComparison.Ordinal);
        Assert.True(await pending.IsOpenAsync());
    }

    [Fact]
    public async Task DecisionOfClassHigh_WithPasswordAndCode_IsTakenOnce()
    {
        var secret = await SecondFactorTests.EnrolAsync(Running, "head2", DecisionHost.Password);
        var pending = await Pending.OpenAsync(Running, "high");
        using var head = new Browser(Running);
        await head.SignInAsync("head2", new(DateTimeOffset.UtcNow.AddMinutes(-20), Session.Methods.Password));
        var asked = await head.PressAsync(
            await head.GetAsync(await pending.IssueAsync("head2")), "return", "Powód.");
        var wrong = await head.PressAsync(
            asked, "return", null, ("password", DecisionHost.Password), ("code", "000000"));
        Assert.Equal(403, wrong.Code);
        Assert.True(await pending.IsOpenAsync());
        var code = SecondFactorTests.CodeOf(secret, DateTimeOffset.UtcNow.AddSeconds(30));
        var receipt = await head.PressAsync(
            wrong, "return", null, ("password", DecisionHost.Password), ("code", code));
        Assert.Contains("Decyzja zapisana", receipt.Words, StringComparison.Ordinal);
        using var payload = JsonDocument.Parse(Assert.Single(await ActsAsync(pending)));
        Assert.Equal(Session.Methods.PasswordAndCode, payload.RootElement.Text("signedInBy"));

        // The same code a second time is a replay.
        var other = await Pending.OpenAsync(Running, "high");
        using var thief = new Browser(Running);
        await thief.SignInAsync("head2", new(DateTimeOffset.UtcNow, Session.Methods.Password));
        var again = await thief.PressAsync(await thief.GetAsync(await other.IssueAsync("head2")), "approve");
        Assert.Equal(403, (await thief.PressAsync(again, "approve", null, ("code", code))).Code);
        Assert.True(await other.IsOpenAsync());
    }

    // ---- T13: limits --------------------------------------------------------------------------------------------------

    [Fact]
    public async Task Answer_BeforeSigningIn_IsTheSameForEveryLink()
    {
        var pending = await Pending.OpenAsync(Running);
        var known = await pending.IssueAsync();
        var unknown = "/a/" + new string('x', ApprovalTickets.ValueLength);
        var texts = new List<string>();
        foreach (var path in new[] { known, unknown })
        {
            using var nobody = new Browser(Running);
            var page = await nobody.GetAsync(path);
            var token = page.Forms[path + "/sign-in"].Fields["token"];
            texts.Add($"{page.Code} " + page.Text.Replace(path, "", StringComparison.Ordinal)
                .Replace(token, "", StringComparison.Ordinal));
        }
        Assert.Equal(texts[0], texts[1]);
    }

    [Fact]
    public async Task UnknownLinks_FromOneAddress_AreStopped()
    {
        await using var strict = await DecisionHost.StartAsync();
        using var machine = new Browser(strict);
        for (var tries = 0; tries < 10; tries++) Assert.Equal(200, (await machine.GetAsync($"/a/guess{tries}")).Code);
        var stopped = await machine.GetAsync("/a/guess");
        Assert.Equal(429, stopped.Code);
        Assert.NotNull(stopped.Answer.Headers.RetryAfter);
        var pending = await Pending.OpenAsync(strict);
        Assert.Equal(200, (await machine.GetAsync(await pending.IssueAsync())).Code);
    }

    [Fact]
    public async Task Decisions_ThroughOneLink_AreFiveInAMinute()
    {
        var pending = await Pending.OpenAsync(Running);
        using var head = await HeadAsync();
        var page = await head.GetAsync(await pending.IssueAsync());
        for (var tries = 0; tries < 5; tries++) Assert.Equal(409, (await head.PressAsync(page, "refuse", " ")).Code);
        var stopped = await head.PressAsync(page, "refuse", "Powód, który nie ginie.");
        Assert.Equal(429, stopped.Code);
        Assert.Contains("Powód, który nie ginie.", stopped.Words, StringComparison.Ordinal);
        Assert.True(await pending.IsOpenAsync());
    }

    [Fact]
    public async Task Decisions_OfOnePerson_AreTwentyInAMinute()
    {
        await using var strict = await DecisionHost.StartAsync("--RateLimits:DecisionsPerPerson=3");
        using var head = await Browser.SignedInAsync(strict, "head");
        var codes = new List<int>();
        for (var tries = 0; tries < 4; tries++)
        {
            var pending = await Pending.OpenAsync(strict);
            codes.Add((await head.PressAsync(await head.GetAsync(await pending.IssueAsync()), "approve")).Code);
        }
        Assert.Equal([200, 200, 200, 429], codes);
    }

    // ---- T14: the audit -----------------------------------------------------------------------------------------------

    [Fact]
    public async Task Audit_OfADecision_HasAllItsFieldsInTheChainOfTheCase()
    {
        var pending = await Pending.OpenAsync(Running);
        var path = await pending.IssueAsync(outboxKey: 4711);
        using var head = await HeadAsync();
        await head.PressAsync(await head.GetAsync(path), "refuse", "Tajne słowa o rodzinie.");
        var payload = Assert.Single(await ActsAsync(pending));
        Assert.DoesNotContain("Tajne słowa", payload, StringComparison.Ordinal);
        Assert.DoesNotContain(path["/a/".Length..], payload, StringComparison.Ordinal);
        using var document = JsonDocument.Parse(payload);
        var act = document.RootElement;
        var ticket = await pending.TicketAsync(path);
        Assert.Equal("head", act.Text("person"));
        Assert.Equal(JsonValueKind.Null, act.GetProperty("actsFor").ValueKind);
        Assert.Equal("refuse", act.Text("decision"));
        Assert.Equal("email", act.Text("channel"));
        Assert.Equal("4711", act.Text("message"));
        Assert.Equal(ticket.Id, act.Text("ticket"));
        Assert.Equal(Session.Methods.Password, act.Text("signedInBy"));
        Assert.True(act.GetProperty("signedInAt").GetDateTimeOffset() > DateTimeOffset.UtcNow.AddMinutes(-5));
        Assert.Equal("127.0.0.1", act.Text("address"));
        Assert.Equal(64, act.Text("shown").Length);
        Assert.Equal((Status.Created, Status.Completed), (act.Text("before"), act.Text("after")));
        Assert.NotEqual(JsonValueKind.Null, act.GetProperty("comment").ValueKind);
    }

    async Task<List<string>> ActsAsync(Pending pending)
    {
        await using var db = Running.Services.GetRequiredService<Func<WorkflowDb>>()();
        return await db.History.AsNoTracking()
            .Where(row => row.Chain == pending.Task.RootInstanceKey && row.Command == "ApprovalDecided")
            .Select(row => Encoding.UTF8.GetString(row.Payload!)).ToListAsync();
    }

    // ---- the receipt --------------------------------------------------------------------------------------------------

    [Fact]
    public async Task Receipt_WhenAnotherDecisionWaits_LeadsToItInOneClick()
    {
        await using var quiet = await DecisionHost.StartAsync();
        var (first, second) = (await Pending.OpenAsync(quiet), await Pending.OpenAsync(quiet));
        using var head = await Browser.SignedInAsync(quiet, "head");
        var receipt = await head.PressAsync(await head.GetAsync(await first.IssueAsync()), "approve");
        Assert.Contains($"Następna decyzja: Zdecyduj o wniosku, {second.CaseNo}", receipt.Words, StringComparison.Ordinal);
        var next = await head.GetAsync(receipt.Links.Single(link => link.StartsWith("/a/", StringComparison.Ordinal)));
        var last = await head.PressAsync(next, "approve");
        Assert.Contains("Żadna inna decyzja na Ciebie nie czeka", last.Words, StringComparison.Ordinal);
        Assert.False(await second.IsOpenAsync());
    }

    [Fact]
    public async Task Session_ThatEndedWhileWriting_KeepsTheWordsThroughSigningIn()
    {
        var pending = await Pending.OpenAsync(Running);
        var path = await pending.IssueAsync();
        using var gone = new Browser(Running);
        var form = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["decision"] = "return", ["comment"] = "Długo pisane słowa.", ["version"] = "1.x", ["token"] = "x",
        };
        var signIn = await gone.PostAsync(path, form);
        Assert.Equal(401, signIn.Code);
        var back = await gone.PressAsync(signIn, path + "/sign-in", null, ("userName", "head"), ("password", "head"));
        Assert.Contains("Długo pisane słowa.", back.Words, StringComparison.Ordinal);
        Assert.True(await pending.IsOpenAsync());
        Assert.Equal(200, (await gone.PressAsync(back, "return", "Długo pisane słowa.")).Code);
    }

    // ---- T16: the machine that presses everything -----------------------------------------------------------------------

    [Fact]
    public async Task Machine_ThatFollowsEveryLinkAndSubmitsEveryForm_ChangesNothing()
    {
        var pending = await Pending.OpenAsync(Running);
        var path = await pending.IssueAsync();
        var before = await pending.TracesAsync();
        using var machine = new Browser(Running);
        var (waiting, seen) = (new Queue<string>([path]), new HashSet<string>(StringComparer.Ordinal));
        var submitted = 0;
        while (waiting.TryDequeue(out var next))
        {
            if (!seen.Add(next) || seen.Count > 50) continue;
            var page = await machine.GetAsync(next);
            foreach (var link in page.Links.Where(link => link.StartsWith('/'))) waiting.Enqueue(link);
            foreach (var form in page.Forms.Values)
            {
                foreach (var decision in ApprovalChoice.Kinds)
                {
                    var fields = form.Fields.ToDictionary(
                        one => one.Key, one => one.Value.Length > 0 ? one.Value : "head", StringComparer.Ordinal);
                    fields["decision"] = decision;
                    fields["comment"] = "Zatwierdzam";
                    fields["password"] = "zgadywane hasło";
                    await machine.PostAsync(form.Action, fields);
                    await machine.PostAsync(path, fields);
                    submitted++;
                }
            }
        }
        Assert.True(submitted > 0);
        Assert.Equal(before, await pending.TracesAsync());
    }
}
