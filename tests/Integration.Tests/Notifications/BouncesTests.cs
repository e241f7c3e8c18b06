using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Api.Notifications;
using Api.Storage;
using Integration.Tests.Access;
using Integration.Tests.Notifications.Peers;
using Integration.Tests.Startup;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Workflows.Runtime;
using Workflows.Runtime.Storage;

namespace Integration.Tests.Notifications;

/// <summary>What comes back, and what nobody knows, through the mailbox of a stand-in of Graph.</summary>
public sealed class BouncesTests(ChannelHost host) : IClassFixture<ChannelHost>, IAsyncLifetime
{
    GraphPeer peer = null!;
    GraphAccess graph = null!;
    Bounces bounces = null!;
    GraphTransport transport = null!;

    public async ValueTask InitializeAsync()
    {
        peer = await GraphPeer.StartAsync();
        // A mailbox of its own for each test: how far it was read is remembered by its name.
        var from = $"box-{Guid.NewGuid():N}@demo.invalid";
        var settings = host.With(GraphTransportTests.Settings(peer) with { From = from });
        graph = new GraphAccess(settings);
        var addresses = host.Get<MailAddresses>();
        transport = new GraphTransport(
            settings, graph, new MailboxGate(TimeProvider.System), addresses, TimeProvider.System,
            NullLogger<GraphTransport>.Instance);
        bounces = new Bounces(
            settings, graph, transport, host.Get<ProductDbFactory>(), host.Get<Func<WorkflowDb>>(),
            host.Get<WorkflowEngine>(), addresses, TimeProvider.System, NullLogger<Bounces>.Instance);
    }

    public async ValueTask DisposeAsync()
    {
        bounces.Dispose();
        graph.Dispose();
        await peer.DisposeAsync();
    }

    [Fact]
    public async Task Poll_WithAPermanentFailure_MarksTheRowTellsTeamsAndMakesOneTask()
    {
        var first = await host.AddRowAsync(Status.Sent, "benefits_worker");
        var second = await host.AddRowAsync(Status.Sent, "benefits_worker");
        peer.Arrive(Report(first, "benefits_worker@demo.invalid", "failed", "5.1.1"));
        peer.Arrive(Report(second, "benefits_worker@demo.invalid", "failed", "5.1.1"));
        Assert.Equal(2, await bounces.PollAsync(default));
        var row = await host.RowAsync(first);
        Assert.Equal(Ledger.Bounced, row.State);
        Assert.Contains("5.1.1", row.LastError!, StringComparison.Ordinal);
        var other = await host.RowAsync(row.BusinessKey[..^"email".Length] + "teams");
        Assert.Equal((Status.Planned, "benefits_worker"), (other.State, other.Recipient));
        Assert.Single(await host.ProblemsOfAsync("benefits_worker"));
        var found = await host.Get<MailAddresses>().OfAsync("benefits_worker", default);
        // Another domain than in these settings refuses before; the reason is the address here.
        Assert.Null(found.Address);
    }

    [Fact]
    public async Task Poll_Again_ReadsOnlyWhatIsNew()
    {
        var key = await host.AddRowAsync(Status.Sent, "archivist");
        peer.Arrive(Report(key, "archivist@demo.invalid", "failed", "5.2.2"));
        Assert.Equal(1, await bounces.PollAsync(default));
        Assert.Equal(0, await bounces.PollAsync(default));
        peer.Arrive(Report(key, "archivist@demo.invalid", "failed", "5.2.2"));
        Assert.Equal(1, await bounces.PollAsync(default));
        // A full mailbox is no wrong address.
        Assert.Empty(await host.ProblemsOfAsync("archivist"));
    }

    [Fact]
    public async Task Poll_FromAPlaceGraphForgot_BeginsAnew()
    {
        var key = await host.AddRowAsync(Status.Sent);
        peer.Arrive(Report(key, "social_worker@demo.invalid", "failed", "5.2.2"));
        await bounces.PollAsync(default);
        peer.ForgetsPlaces = true;
        Assert.Equal(0, await bounces.PollAsync(default));
        peer.ForgetsPlaces = false;
        Assert.Equal(1, await bounces.PollAsync(default));
        Assert.Equal(Ledger.Bounced, (await host.RowAsync(key)).State);
    }

    [Fact]
    public async Task Poll_WithATemporaryFailure_PlansTheRowAgain()
    {
        var key = await host.AddRowAsync(Status.Sent, "head");
        peer.Arrive(Report(key, "head@demo.invalid", "failed", "4.4.7"));
        await bounces.PollAsync(default);
        Assert.Equal(Status.Planned, (await host.RowAsync(key)).State);
        Assert.Empty(await host.ProblemsOfAsync("head"));
    }

    [Fact]
    public async Task Poll_WithADelayOrAnAnswerByAMachine_ChangesNothing()
    {
        var key = await host.AddRowAsync(Status.Sent, "head");
        peer.Arrive(Report(key, "head@demo.invalid", "delayed", "4.4.1"));
        peer.Arrive($"""
            From: head@demo.invalid
            Subject: Automatyczna odpowiedź: urlop
            In-Reply-To: <outbox-{key}@demo.invalid>
            Auto-Submitted: auto-replied
            Content-Type: text/plain

            Wracam w poniedziałek. 5.1.1
            """);
        await bounces.PollAsync(default);
        Assert.Equal(Status.Sent, (await host.RowAsync(key)).State);
    }

    [Fact]
    public async Task Poll_OfAMailboxThatMayNotBeRead_IsQuietAndTriedAgain()
    {
        peer.Reply = _ => new GraphReply(403, "ErrorAccessDenied", "Access is denied.");
        Assert.Equal(0, await bounces.PollAsync(default));
    }

    [Fact]
    public async Task Unknown_FoundInSentItems_IsSent()
    {
        var key = await host.AddRowAsync(Status.Unknown, "head");
        await transport.SendAsync(ChannelHost.Mail("head", key: key), default);
        Assert.Equal(1, await bounces.SettleUnknownAsync(default));
        Assert.Equal(Status.Sent, (await host.RowAsync(key)).State);
    }

    [Fact]
    public async Task Unknown_NotInSentItems_WaitsForAPerson()
    {
        var key = await host.AddRowAsync(Status.Unknown, "head", attempts: 2);
        await bounces.SettleUnknownAsync(default);
        Assert.Equal(Status.Unknown, (await host.RowAsync(key)).State);
    }

    [Fact]
    public async Task Task_OfABadAddress_GivesTheAddressBackWhenItIsDone()
    {
        var addresses = host.Get<MailAddresses>();
        await addresses.MarkBadAsync("dpo", "DPO@demo.invalid", "Serwer poczty odmówił: 5.1.1", default);
        await addresses.MarkBadAsync("dpo", "dpo@demo.invalid", "jeszcze raz", default);
        var task = Assert.Single(await host.ProblemsOfAsync("dpo"));
        using var lead = host.Running.Client("team_lead");
        var page = await Centre.OkAsync(lead.GetAsync($"/api/tasks/{task.Key}"));
        Assert.Contains("5.1.1", page.GetRawText(), StringComparison.Ordinal);
        using var db = host.Get<ProductDbFactory>().Create();
        Assert.Contains(db.BadAddresses, row => row.UserName == "dpo");
        await Centre.OkAsync(lead.PostAsJsonAsync(
            $"/api/tasks/{task.Key}/completion", new { form = new { found = "mailbox-works", done = "Telefon do działu IT" } }));
        await host.Get<WorkflowEngine>().DrainAsync();
        Assert.DoesNotContain(db.BadAddresses, row => row.UserName == "dpo");
    }

    [Fact]
    public void Read_OfAReportOfExchange_FindsTheRowByItsReference()
    {
        var report = DeliveryReports.Read("""
            From: Microsoft Outlook <postmaster@example.pl>
            In-Reply-To: <outbox-77@demo.invalid>
            Content-Type: multipart/report; report-type=delivery-status;
             boundary="=_mixed 1"

            --=_mixed 1
            Content-Type: text/plain; charset=utf-8

            Nie dostarczono.
            --=_mixed 1
            Content-Type: message/delivery-status

            Reporting-MTA: dns;mail.example.pl

            Original-Recipient: rfc822;anna@demo.invalid
            Final-Recipient: rfc822;anna.sowa@demo.invalid
            Action: failed
            Status: 5.1.10
            Diagnostic-Code: smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound;
             not found by SMTP address lookup

            --=_mixed 1--
            """);
        Assert.Equal(77, report!.OutboxKey);
        var status = Assert.Single(report.Recipients);
        Assert.Equal(("anna@demo.invalid", "5.1.10", true), (status.Recipient, status.Status, status.IsPermanent));
        Assert.Contains("not found by SMTP", status.Diagnostic!, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Content-Type: text/plain\n\n5.1.1")]
    [InlineData("")]
    [InlineData("Content-Type: multipart/report; report-type=disposition-notification; boundary=x\n\n--x--")]
    [InlineData("Content-Type: multipart/report; report-type=delivery-status\n\nno boundary")]
    public void Read_OfAnythingElse_IsNoReport(string mime) => Assert.Null(DeliveryReports.Read(mime));

    static string Report(long key, string recipient, string action, string status) => $"""
        From: MAILER-DAEMON@demo.invalid
        Subject: Undelivered Mail Returned to Sender
        Auto-Submitted: auto-replied
        Content-Type: multipart/report; report-type=delivery-status; boundary="b1"

        --b1
        Content-Type: text/plain; charset=us-ascii

        I'm sorry.
        --b1
        Content-Type: message/delivery-status

        Reporting-MTA: dns; mail.demo.invalid

        Final-Recipient: rfc822; {recipient}
        Action: {action}
        Status: {status}
        Diagnostic-Code: smtp; 550 {status} said the server

        --b1
        Content-Type: text/rfc822-headers

        Message-ID: <outbox-{key}@demo.invalid>
        Subject: Sprawa
        --b1--
        """;
}
