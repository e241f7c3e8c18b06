using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Api.Notifications;
using Api.Startup;
using Integration.Tests.Access;
using Integration.Tests.Notifications.Peers;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Workflows.Engine.Calendar;
using Workflows.Runtime;
using Workflows.Runtime.Storage;
using Scope = Workflows.Runtime.Scope;

namespace Integration.Tests.Notifications;

/// <summary>From a step of a case to the mailbox: real host, workers, SMTP.</summary>
public sealed class NoticesTests
{
    // Monday, 2 November 2026; a term of ten working days ends on Tuesday the 17th, over the holiday of the 11th.
    const string Monday = "2026-11-02 09:00";

    static string Json(JsonElement element) => element.GetRawText();

    [Fact]
    public async Task Decision_Asked_IsMailedAtOnceWithALinkAndNothingOfTheFamily()
    {
        await using var host = await NoticeHost.OpenAsync(Monday);
        var (caseNo, _) = await host.CaseAsync();
        await host.SentAsync();
        var (subject, text) = Assert.Single(host.MailsTo("head"));
        Assert.Equal($"Sprawa {caseNo}: zadanie do wykonania", subject);
        Assert.Contains("Decyzja do podjęcia", text, StringComparison.Ordinal);
        Assert.Contains("https://sprawy.example.pl/a/", text, StringComparison.Ordinal);
        // Handed over by the clerk: a message of its own.
        var (_, visit) = Assert.Single(host.MailsTo("assistant"));
        Assert.Contains("Karta wizyty", visit, StringComparison.Ordinal);
        Assert.Contains("/zadania/", visit, StringComparison.Ordinal);
        foreach (var mail in host.Peer.Mails)
        {
            foreach (var word in new[] { NoticeHost.FamilyName, "rzemoc", "Niebiesk" })
                Assert.DoesNotContain(word, mail.Raw, StringComparison.OrdinalIgnoreCase);
            Assert.Equal("auto-generated", mail.Headers["Auto-Submitted"]);
        }
    }

    [Fact]
    public async Task Ladder_OfAnOpenTask_RemindsInTheDigestThenAtOnceThenEscalatesOnTheTimeline()
    {
        await using var host = await NoticeHost.OpenAsync(Monday);
        var (caseNo, root) = await host.CaseAsync();
        await host.SentAsync();
        // On a holiday nobody is disturbed, and what was due before is past.
        await host.AtAsync("2026-11-11 12:00");
        await host.SentAsync();
        host.Peer.Mails.Clear();

        await host.AtAsync("2026-11-12 06:59");     // three working days before: the 12th at seven
        await host.SentAsync();
        Assert.Empty(host.MailsTo("assistant"));
        await host.AtAsync("2026-11-12 08:00");
        await host.SentAsync();
        var (subject, digest) = Assert.Single(host.MailsTo("assistant"));
        Assert.Equal("Twoje zadania na dziś", subject);
        Assert.Contains("Karta wizyty", digest, StringComparison.Ordinal);

        host.Peer.Mails.Clear();
        await host.AtAsync("2026-11-17 07:10");
        await host.SentAsync();
        Assert.Contains("Dziś mija termin", Assert.Single(
            host.MailsTo("assistant"), mail => mail.Subject.Contains(caseNo, StringComparison.Ordinal)).Text,
            StringComparison.Ordinal);
        Assert.Single(host.MailsTo("team_lead"), mail => mail.Subject.Contains(caseNo, StringComparison.Ordinal));

        host.Peer.Mails.Clear();
        await host.AtAsync("2026-11-19 07:10");
        await host.SentAsync();
        Assert.Single(host.MailsTo("head"), mail => mail.Subject.Contains(caseNo, StringComparison.Ordinal));
        var timeline = await Centre.OkAsync(host["head"].GetAsync($"/api/cases/{caseNo}/timeline"));
        var escalations = timeline.GetProperty("items").EnumerateArray()
            .Where(item => item.GetProperty("kind").GetString() == "escalation")
            .Select(item => item.GetProperty("title").GetString()!).ToList();
        Assert.Equal(2, escalations.Count);
        Assert.Contains("kierownik ośrodka", escalations[0], StringComparison.Ordinal);
        Assert.Contains("koordynator zespołu", escalations[1], StringComparison.Ordinal);

        await Centre.OkAsync(host["assistant"].PostAsJsonAsync(
            $"/api/tasks/{await host.TaskAsync(root, "visit")}/completion", new { form = new { } }));
        host.Peer.Mails.Clear();
        await host.AtAsync("2026-12-04 12:00");
        await host.SentAsync();
        Assert.DoesNotContain(host.Peer.Mails, mail => mail.To.StartsWith("assistant@", StringComparison.Ordinal));
    }

    // What the product itself asks people to do belongs to no case, and is no less their task.
    [Theory]
    [InlineData("delivery-problem", "team_lead", "2026-11-04 07:10", "Powiadomienia nie docierają")]
    [InlineData("case-migration", "head", "2026-11-05 07:10", "Zdecyduj o przeniesieniu spraw")]
    public async Task Ladder_OfATaskOfNoCase_RemindsByItsName(string process, string person, string dueDay, string name)
    {
        await using var host = await NoticeHost.OpenAsync(Monday);
        var engine = host.Host.Services.GetRequiredService<WorkflowEngine>();
        var folder = Path.Combine(Locations.Repository()!, "workflows", process);
        Assert.IsType<DeployAnswer.Deployed>(await engine.DeployAsync(Scope.Engine,
        [
            .. Directory.GetFiles(folder, "*.bpmn").Concat(Directory.GetFiles(folder, "*.form"))
                .Select(file => new DeploymentFile(Path.GetFileName(file), File.ReadAllBytes(file))),
        ]));
        await engine.CreateInstanceAsync(Scope.Engine, new InstanceCreation(
            ProcessSelector.ById(process),
            [new("foundOn", "\"2026-11-02\""), new("preparedOn", "\"2026-11-02\"")]));
        await host.AtAsync(dueDay);
        await host.SentAsync();
        var (subject, text) = Assert.Single(
            host.MailsTo(person), mail => mail.Subject.Contains("termin", StringComparison.Ordinal));
        Assert.Equal("Dziś mija termin", subject);
        Assert.Contains(name, text, StringComparison.Ordinal);
        Assert.DoesNotContain("Sprawa ", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task HandedOver_InTheEvening_WaitsForTheNextWorkingMorning()
    {
        await using var host = await NoticeHost.OpenAsync("2026-10-30 18:00");      // Friday before a holiday Sunday
        await host.CaseAsync();
        await host.SentAsync();
        Assert.Empty(host.Peer.Mails);
        await host.AtAsync("2026-11-02 06:59");
        await host.SentAsync();
        Assert.Empty(host.Peer.Mails);
        await host.AtAsync("2026-11-02 07:00");
        await host.SentAsync();
        Assert.Single(host.MailsTo("assistant"));
    }

    [Fact]
    public async Task Performer_Absent_HerSubstituteIsToldAndTheLedgerSaysWhy()
    {
        await using var host = await NoticeHost.OpenAsync(Monday);
        // Nobody has opened her account yet: messages reach her all the same.
        await Centre.OkAsync(host["admin"].PostAsJsonAsync("/api/accounts", new
        {
            userName = "second", displayName = "Druga", roles = new[] { "assistant" },
            email = "second@demo.invalid",
        }));
        await host.CaseAsync();
        await host.SentAsync();
        var absence = await Centre.OkAsync(host["team_lead"].PostAsJsonAsync("/api/absences", new
        {
            userName = "assistant", from = "2026-11-10", to = "2026-11-20", substitute = "second", scope = "all",
            authorisation = "upoważnienie 7/2026",
        }));
        await Centre.OkAsync(host["head"].PostAsync(
            $"/api/absences/{absence.GetProperty("id").GetString()}/acceptance", null));
        host.Peer.Mails.Clear();
        await host.AtAsync("2026-11-17 07:10");
        await host.SentAsync();
        Assert.DoesNotContain(host.MailsTo("assistant"), mail => mail.Text.Contains("Dziś mija", StringComparison.Ordinal));
        Assert.Single(host.MailsTo("second"), mail => mail.Text.Contains("Dziś mija", StringComparison.Ordinal));
        var row = Assert.Single(await host.LedgerAsync(), one =>
            one.Recipient == "assistant" && one.Purpose == nameof(NoticeKind.DueToday));
        Assert.Equal((Status.Suppressed, "Osoba jest nieobecna: wiadomość idzie do zastępcy."), (row.State, row.LastError));
    }

    [Fact]
    public async Task MailServer_AwayForDays_NothingIsLostAndNothingDoubled()
    {
        var peer = SmtpPeer.Start(new SmtpManners { Reply = line => line == "." ? null : "421 4.3.2 closing" });
        await using var host = await NoticeHost.OpenAsync(Monday, peer);
        await host.CaseAsync();
        await host.SentAsync();
        var waiting = (await host.LedgerAsync()).Where(row => row.State == Status.Planned).ToList();
        Assert.NotEmpty(waiting);
        Assert.All(waiting, row => Assert.NotNull(row.LastError));
        Assert.All(waiting, row => Assert.NotNull(row.NotBefore));
    }

    [Fact]
    public async Task Downtime_OfThirtyDays_IsToldInOneDigestForEachPerson()
    {
        // A working day after the report, then twenty days of reminders in which nothing runs: 5,000 and more.
        const int cases = 250;
        const int rungs = 20;
        var ladder = string.Join(", ", Enumerable.Range(0, rungs).Select(day => day == 0 ? "0" : $"+{day}d"));
        await using var host = await NoticeHost.OpenAsync(
            Monday, ladder: $"{ladder}; team_lead:+1wd; head:+2wd");
        await host.CasesAsync(cases, days: 1);
        await host.SentAsync();
        await host.Host.DisposeAsync();
        host.Peer.Mails.Clear();
        await host.SleepUntilAsync("2026-12-02 09:00");
        await host.BeginAsync();
        await host.SettledAsync();
        foreach (var user in new[] { "assistant", "team_lead", "head" })
        {
            var (subject, text) = Assert.Single(host.MailsTo(user));
            Assert.Equal("Twoje zadania na dziś", subject);
            Assert.Contains("Karta wizyty", text, StringComparison.Ordinal);
        }
        var lines = (await host.LedgerAsync()).Where(row => row.Purpose == OutboxMessage.DigestLine
            && row.Recipient is ("assistant" or "team_lead" or "head")
            && !row.BusinessKey.Contains("/offered/", StringComparison.Ordinal)).ToList();
        Assert.Equal(rungs * cases, lines.Count(row => row.Recipient == "assistant"));
        Assert.Equal(cases, lines.Count(row => row.Recipient == "team_lead"));
        Assert.Equal(cases, lines.Count(row => row.Recipient == "head"));
        // Every one of them is in the digest that went out: nothing waits for tomorrow's.
        Assert.All(lines, row => Assert.Equal(Status.Sent, row.State));
        Assert.DoesNotContain(await host.LedgerAsync(), row => row.State is Status.Planned
            && row.DueAt <= NoticeHost.Instant("2026-12-02 09:00"));
    }

    [Fact]
    public async Task Digest_OverBothChangesOfTheClock_ComesAtHalfPastSevenByTheClock()
    {
        await using var host = await NoticeHost.OpenAsync("2026-03-26 12:00");
        for (var day = 27; day <= 31; day++) await host.AtAsync($"2026-03-{day} 12:00");
        for (var day = 22; day <= 28; day++) await host.AtAsync($"2026-10-{day} 12:00");
        var hours = (await host.LedgerAsync()).Where(row => row.Purpose == nameof(NoticeKind.Digest))
            .Select(row => TimeZoneInfo.ConvertTime(row.DueAt, NoticeHost.Warsaw)).ToList();
        Assert.NotEmpty(hours);
        Assert.All(hours, at => Assert.Equal(new TimeSpan(7, 30, 0), at.TimeOfDay));
        var days = hours.Select(at => DateOnly.FromDateTime(at.DateTime)).Distinct().ToList();
        Assert.All(days, day => Assert.True(BusinessCalendar.Poland.IsWorkingDay(day), $"{day}"));
        Assert.Contains(new DateOnly(2026, 3, 30), days);
        Assert.Contains(new DateOnly(2026, 10, 26), days);
        Assert.Equal(days.Count, days.Distinct().Count());
    }

    [Fact]
    public async Task Silence_OfACaseNobodyCanTake_GoesToTheCoordinatorThatNight()
    {
        await using var host = await NoticeHost.OpenAsync(Monday);
        var (caseNo, _) = await host.CaseAsync();
        await host.AtAsync("2026-11-03 02:30");
        await host.SentAsync();
        var proven = await Centre.OkAsync(host["team_lead"].GetAsync("/api/reports/silence"));
        Assert.Equal(0, proven.GetProperty("nights")[0].GetProperty("unproven").GetInt32());
        await Centre.IsAsync(HttpStatusCode.Forbidden, host["assistant"].GetAsync("/api/reports/silence"));
        await Centre.IsAsync(HttpStatusCode.Forbidden, host["team_lead"].GetAsync("/metrics"));
        using (var admin = host["admin"])
        {
            var measured = await admin.GetStringAsync("/metrics", TestContext.Current.CancellationToken);
            Assert.Contains("# TYPE workflowhost_silence gauge\nworkflowhost_silence 0\n", measured, StringComparison.Ordinal);
            Assert.Contains("workflowhost_notifications{state=\"sent\"}", measured, StringComparison.Ordinal);
            Assert.Contains("http_server_request_duration_bucket{", measured, StringComparison.Ordinal);
            Assert.DoesNotContain(caseNo, measured, StringComparison.Ordinal);
        }

        host.Peer.Mails.Clear();
        await Centre.OkAsync(host["admin"].PutAsJsonAsync("/api/accounts/assistant", new
        {
            displayName = "Asystentka", disabled = true, roles = new[] { "assistant" },
        }));
        await host.AtAsync("2026-11-04 02:30");
        await host.SentAsync();
        var (_, text) = Assert.Single(host.MailsTo("team_lead"));
        Assert.Contains(caseNo, text, StringComparison.Ordinal);
        var report = await Centre.OkAsync(host["team_lead"].GetAsync("/api/reports/silence"));
        var finding = Assert.Single(report.GetProperty("findings").EnumerateArray());
        Assert.Equal((caseNo, "nobody"), (
            finding.GetProperty("caseNo").GetString(), finding.GetProperty("kind").GetString()));
        Assert.Equal(1, report.GetProperty("nights")[0].GetProperty("unproven").GetInt32());
        Assert.Equal([1], Measured(DeliveryMetrics.SilenceName, host));
    }

    static List<int> Measured(string gauge, NoticeHost host)
    {
        var scope = host.Host.Services.GetRequiredService<DeliveryMetrics>();
        var found = new List<int>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, all) =>
        {
            if (instrument.Name == gauge && instrument.Meter.Scope == scope) all.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<int>((_, value, _, _) => found.Add(value));
        listener.Start();
        listener.RecordObservableInstruments();
        return found;
    }

    [Fact]
    public async Task Preferences_OfAPerson_AreHersAndNeverSilenceHer()
    {
        await using var host = await NoticeHost.OpenAsync(Monday);
        await Centre.IsAsync(HttpStatusCode.BadRequest, host["assistant"].PutAsJsonAsync(
            "/api/account/notifications", new { email = false, teams = false }));
        await Centre.IsAsync(HttpStatusCode.BadRequest, host["assistant"].PutAsJsonAsync(
            "/api/account/notifications", new { email = true, teams = true, digestAt = "05:00" }));
        await Centre.OkAsync(host["assistant"].PutAsJsonAsync(
            "/api/account/notifications", new { email = true, teams = false, digestAt = "09:15" }));
        var kept = await Centre.OkAsync(host["assistant"].GetAsync("/api/account/notifications"));
        Assert.Contains("09:15", Json(kept), StringComparison.Ordinal);
        await host.AtAsync("2026-11-03 06:00");
        var row = Assert.Single(await host.LedgerAsync(), one =>
            one.Recipient == "assistant" && one.Purpose == nameof(NoticeKind.Digest));
        Assert.Equal(NoticeHost.Instant("2026-11-03 09:15"), row.DueAt);
    }
}
