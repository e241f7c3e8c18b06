using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Api.Notifications;
using Api.Startup;
using Integration.Tests.Notifications.Peers;
using Workflows.Runtime;

namespace Integration.Tests.Notifications;

/// <summary>E-mail through a real mail server on loopback: what it refuses, when it breaks, what may have arrived.</summary>
public sealed class SmtpTransportTests(ChannelHost host) : IClassFixture<ChannelHost>
{
    static readonly X509Certificate2 Trusted = SmtpPeer.SelfSigned();

    static SmtpTransportTests() =>
        ServicePointManager.ServerCertificateValidationCallback = (_, certificate, _, problems) =>
            problems == SslPolicyErrors.None || certificate?.GetCertHashString() == Trusted.GetCertHashString();

    [Fact]
    public async Task Send_ToAColleague_CarriesTheHeadersOfItsThreadAndBothBodies()
    {
        await using var peer = SmtpPeer.Start();
        var mail = ChannelHost.Mail();
        Assert.IsType<SendResult.Sent>(await host.Smtp(peer).SendAsync(mail, default));
        var received = Assert.Single(peer.Mails);
        Assert.Equal((ChannelHost.From, "social_worker@demo.invalid"), (received.From, received.To));
        Assert.Equal($"<outbox-{mail.OutboxKey}@demo.invalid>", received.Headers["Message-ID"]);
        Assert.Matches("^<thread-[0-9a-f]{24}@demo.invalid>$", received.Headers["References"]);
        Assert.Equal(received.Headers["References"], received.Headers["In-Reply-To"]);
        Assert.Equal("auto-generated", received.Headers["Auto-Submitted"]);
        Assert.Equal("OOF, AutoReply", received.Headers["X-Auto-Response-Suppress"]);
        Assert.Equal("WorkflowHost <zadania.demo.invalid>", received.Headers["List-Id"]);
        Assert.False(received.Headers.ContainsKey("List-Unsubscribe"));
        Assert.Contains("multipart/alternative", received.Headers["Content-Type"], StringComparison.Ordinal);
        var plain = received.Raw.Split("\r\n\r\n")[2].Split("--")[0];
        Assert.StartsWith("Zażółć", Encoding.UTF8.GetString(Convert.FromBase64String(plain)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Send_OfOneRowTwice_KeepsItsMessageIdAndTheThreadOfItsCase()
    {
        await using var peer = SmtpPeer.Start();
        var transport = host.Smtp(peer);
        var mail = ChannelHost.Mail();
        await transport.SendAsync(mail, default);
        await transport.SendAsync(mail with { Attempt = 2 }, default);
        await transport.SendAsync(ChannelHost.Mail(thread: "OPS.4710.2.2026"), default);
        var mails = peer.Mails.ToArray();
        Assert.Equal(mails[0].Headers["Message-ID"], mails[1].Headers["Message-ID"]);
        Assert.Equal(mails[0].Headers["References"], mails[1].Headers["References"]);
        Assert.NotEqual(mails[0].Headers["References"], mails[2].Headers["References"]);
    }

    [Fact]
    public async Task Send_OfADigest_OffersToUnsubscribe()
    {
        await using var peer = SmtpPeer.Start();
        await host.Smtp(peer).SendAsync(ChannelHost.Mail(kind: NoticeKind.Digest), default);
        Assert.Contains(ChannelHost.From, Assert.Single(peer.Mails).Headers["List-Unsubscribe"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("someone@gmail.com")]
    [InlineData("someone@sub.demo.invalid")]
    [InlineData("nobody")]
    [InlineData("Anna <social_worker@demo.invalid>")]
    [InlineData("social_worker@demo.invalid, head@demo.invalid")]
    public async Task Send_OutsideTheDomain_FailsWithoutAskingTheServer(string to)
    {
        await using var peer = SmtpPeer.Start();
        var failed = Assert.IsType<SendResult.Failed>(await host.Smtp(peer).SendAsync(ChannelHost.Mail(to: to), default));
        Assert.NotEmpty(failed.Reason);
        Assert.Equal(0, peer.Connections);
    }

    [Fact]
    public async Task Send_ToAnUnknownMailbox_FailsAndGivesTheCoordinatorOneTask()
    {
        await using var peer = SmtpPeer.Start(Answers("RCPT", "550 5.1.1 no such user"));
        var transport = host.Smtp(peer);
        Assert.IsType<SendResult.Failed>(await transport.SendAsync(ChannelHost.Mail("specialist"), default));
        Assert.IsType<SendResult.Failed>(await transport.SendAsync(ChannelHost.Mail("specialist"), default));
        var task = Assert.Single(await host.ProblemsOfAsync("specialist"));
        Assert.Contains("team_lead", task.CandidateGroups, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("550 5.7.1 rejected by policy")]
    [InlineData("552 5.2.2 mailbox full")]
    [InlineData("554 5.7.1 blocked")]
    public async Task Send_RefusedForAnotherReason_FailsAndLeavesTheAddressAlone(string reply)
    {
        await using var peer = SmtpPeer.Start(Answers("RCPT", reply));
        Assert.IsType<SendResult.Failed>(await host.Smtp(peer).SendAsync(ChannelHost.Mail("clerk"), default));
        Assert.Empty(await host.ProblemsOfAsync("clerk"));
    }

    [Theory]
    [InlineData("RCPT", "452 4.2.2 over quota")]
    [InlineData("MAIL", "451 4.7.1 greylisted")]
    [InlineData("RCPT", "421 4.3.2 closing")]
    [InlineData(".", "451 4.3.0 later")]
    public async Task Send_PutOffByTheServer_IsTriedLaterWithGrowingPauses(string at, string reply)
    {
        await using var peer = SmtpPeer.Start(Answers(at, reply));
        var transport = host.Smtp(peer);
        var first = Assert.IsType<SendResult.Retry>(await transport.SendAsync(ChannelHost.Mail(attempt: 1), default));
        var third = Assert.IsType<SendResult.Retry>(await transport.SendAsync(ChannelHost.Mail(attempt: 3), default));
        Assert.True(first.After < third.After, $"{first.After} then {third.After}");
    }

    [Fact]
    public async Task Send_RefusedAfterItsContent_Fails()
    {
        await using var peer = SmtpPeer.Start(Answers(".", "554 5.6.0 content refused"));
        Assert.IsType<SendResult.Failed>(await host.Smtp(peer).SendAsync(ChannelHost.Mail(), default));
    }

    [Theory]
    [InlineData(SmtpManners.Drop)]
    [InlineData(SmtpManners.Hang)]
    public async Task Send_CutOffAfterItsContent_IsUnknown(string manner)
    {
        await using var peer = SmtpPeer.Start(Answers(".", manner));
        var transport = host.Smtp(peer, timeout: NeverAnswers(manner));
        Assert.IsType<SendResult.Unknown>(await transport.SendAsync(ChannelHost.Mail(), default));
        Assert.Single(peer.Seen);
    }

    [Theory]
    [InlineData("CONNECT", SmtpManners.Drop)]
    [InlineData("RCPT", SmtpManners.Drop)]
    [InlineData("DATA", SmtpManners.Drop)]
    [InlineData("CONNECT", SmtpManners.Hang)]
    [InlineData("RCPT", SmtpManners.Hang)]
    public async Task Send_CutOffBeforeItsContent_IsTriedAgain(string at, string manner)
    {
        await using var peer = SmtpPeer.Start(Answers(at, manner));
        var transport = host.Smtp(peer, timeout: NeverAnswers(manner));
        Assert.IsType<SendResult.Retry>(await transport.SendAsync(ChannelHost.Mail(), default));
        Assert.Empty(peer.Seen);
    }

    // Long enough for a busy machine to come to where the server falls silent, short enough to wait for.
    static TimeSpan? NeverAnswers(string manner) => manner == SmtpManners.Hang ? TimeSpan.FromSeconds(5) : null;

    [Fact]
    public async Task Send_WithTheServerDown_AsksOnceForAllRows()
    {
        var peer = SmtpPeer.Start();
        var gate = new MailboxGate(TimeProvider.System);
        var transport = host.Smtp(peer, gate: gate);
        await peer.DisposeAsync();
        Assert.IsType<SendResult.Retry>(await transport.SendAsync(ChannelHost.Mail(), default));
        Assert.NotNull(gate.Trouble);
        await using var back = SmtpPeer.Start(port: peer.Port);
        Assert.IsType<SendResult.Retry>(await transport.SendAsync(ChannelHost.Mail(), default));
        Assert.Equal(0, back.Connections);
        gate.Open();
        Assert.IsType<SendResult.Sent>(await transport.SendAsync(ChannelHost.Mail(), default));
    }

    [Fact]
    public async Task Send_OverStartTls_SignsInEncrypted()
    {
        var login = ("poczta", "hasło ze znakami");
        await using var peer = SmtpPeer.Start(new SmtpManners { Certificate = Trusted, Login = login });
        var transport = host.Smtp(peer, SmtpSecurity.StartTls, login, host: "localhost");
        Assert.IsType<SendResult.Sent>(await transport.SendAsync(ChannelHost.Mail(), default));
        var mail = Assert.Single(peer.Mails);
        Assert.True(mail.Tls);
        Assert.Equal("poczta", mail.User);
    }

    [Fact]
    public async Task Send_WithTheWrongPassword_IsTriedAgainAndSaysWhatToSet()
    {
        await using var peer = SmtpPeer.Start(new SmtpManners { Certificate = Trusted, Login = ("poczta", "good") });
        var gate = new MailboxGate(TimeProvider.System);
        var transport = host.Smtp(peer, SmtpSecurity.StartTls, ("poczta", "bad"), gate, "localhost");
        var retry = Assert.IsType<SendResult.Retry>(await transport.SendAsync(ChannelHost.Mail(), default));
        Assert.Contains("Notifications__Email__Smtp__User", retry.Reason, StringComparison.Ordinal);
        Assert.Equal(retry.Reason, gate.Trouble);
        Assert.Empty(peer.Seen);
    }

    [Fact]
    public async Task Send_WhereStartTlsIsMissing_SendsNothing()
    {
        await using var peer = SmtpPeer.Start();
        var transport = host.Smtp(peer, SmtpSecurity.StartTls, ("poczta", "hasło"));
        Assert.IsType<SendResult.Retry>(await transport.SendAsync(ChannelHost.Mail(), default));
        Assert.DoesNotContain(peer.Commands, line => line.StartsWith("AUTH", StringComparison.Ordinal));
        Assert.DoesNotContain(peer.Commands, line => line.StartsWith("MAIL", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Send_ToAServerNobodyVouchesFor_SendsNothing()
    {
        using var foreign = SmtpPeer.SelfSigned();
        await using var peer = SmtpPeer.Start(new SmtpManners { Certificate = foreign });
        var transport = host.Smtp(peer, SmtpSecurity.StartTls, host: "localhost");
        var retry = Assert.IsType<SendResult.Retry>(await transport.SendAsync(ChannelHost.Mail(), default));
        Assert.Contains("Certyfikat", retry.Reason, StringComparison.Ordinal);
        Assert.Empty(peer.Seen);
    }

    static SmtpManners Answers(string at, string reply) =>
        new() { Reply = line => line.StartsWith(at, StringComparison.Ordinal) ? reply : null };
}
