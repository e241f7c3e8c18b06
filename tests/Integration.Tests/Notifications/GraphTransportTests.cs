using Api.Notifications;
using Api.Startup;
using Integration.Tests.Notifications.Peers;
using Microsoft.Extensions.Logging.Abstractions;
using Workflows.Runtime;

namespace Integration.Tests.Notifications;

/// <summary>E-mail through a stand-in of Microsoft Graph over real HTTP.</summary>
public sealed class GraphTransportTests(ChannelHost host) : IClassFixture<ChannelHost>, IAsyncLifetime
{
    GraphPeer peer = null!;
    readonly MailboxGate gate = new(TimeProvider.System);
    readonly List<GraphAccess> opened = [];

    public async ValueTask InitializeAsync() => peer = await GraphPeer.StartAsync();

    public async ValueTask DisposeAsync()
    {
        foreach (var graph in opened) graph.Dispose();
        await peer.DisposeAsync();
    }

    [Fact]
    public async Task Send_ToAColleague_HandsOverMimeWithItsThread()
    {
        var mail = ChannelHost.Mail();
        Assert.IsType<SendResult.Sent>(await Transport().SendAsync(mail, default));
        var call = Assert.Single(peer.Calls);
        Assert.Equal(("POST", $"/v1.0/users/{ChannelHost.From.Replace("@", "%40", StringComparison.Ordinal)}/sendMail"),
            (call.Method, call.Path.Replace("@", "%40", StringComparison.Ordinal)));
        Assert.Equal("text/plain", call.ContentType);
        var received = Assert.Single(peer.Mails);
        Assert.Equal("social_worker@demo.invalid", received.To);
        Assert.Equal($"<outbox-{mail.OutboxKey}@demo.invalid>", received.Headers["Message-ID"]);
        Assert.Equal(received.Headers["References"], received.Headers["In-Reply-To"]);
        Assert.Equal($"{mail.OutboxKey}", received.Headers["X-WorkflowHost-Key"]);
        Assert.Equal(1, peer.Tokens);
    }

    [Fact]
    public async Task Send_ToANameWithLineBreaks_KeepsEveryHeaderInItsPlace()
    {
        var mail = ChannelHost.Mail() with { ToName = "Anna\r\nBcc: somebody@demo.invalid, (x) \"y\"" };
        await Transport().SendAsync(mail, default);
        var received = Assert.Single(peer.Mails);
        Assert.False(received.Headers.ContainsKey("Bcc"));
        Assert.Equal("social_worker@demo.invalid", received.To);
        await using var smtp = SmtpPeer.Start();
        Assert.IsType<SendResult.Sent>(await host.Smtp(smtp).SendAsync(mail, default));
        Assert.False(Assert.Single(smtp.Mails).Headers.ContainsKey("Bcc"));
    }

    [Fact]
    public async Task Send_ThrottledOnce_PausesTheWholeMailboxExactlyAsLong()
    {
        peer.Reply = _ => new GraphReply(429, "ApplicationThrottled", "Slow down.", RetryAfter: "37");
        var transport = Transport();
        var first = Assert.IsType<SendResult.Retry>(await transport.SendAsync(ChannelHost.Mail(), default));
        Assert.Equal(TimeSpan.FromSeconds(37), first.After);
        var second = Assert.IsType<SendResult.Retry>(await transport.SendAsync(ChannelHost.Mail("head"), default));
        Assert.InRange(second.After, TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(37));
        Assert.Single(peer.Calls);
    }

    [Fact]
    public async Task Send_TakenButAnswered504_IsUnknownAndNotSentTwice()
    {
        peer.Reply = call => call.Method == "POST" ? new GraphReply(504, After: true) : null;
        var transport = Transport();
        var mail = ChannelHost.Mail();
        Assert.IsType<SendResult.Unknown>(await transport.SendAsync(mail, default));
        Assert.Single(peer.Calls);
        Assert.True(await transport.WasSentAsync(mail.OutboxKey, default));
        Assert.False(await transport.WasSentAsync(mail.OutboxKey + 1_000_000, default));
        // The second attempt looks first.
        Assert.IsType<SendResult.Sent>(await transport.SendAsync(mail with { Attempt = 2 }, default));
        Assert.Single(peer.Mails);
    }

    [Fact]
    public async Task WasSent_WhereExchangeGaveAnotherId_FindsOurHeader()
    {
        peer.RewritesMessageIds = true;
        var transport = Transport();
        var mail = ChannelHost.Mail();
        await transport.SendAsync(mail, default);
        Assert.True(await transport.WasSentAsync(mail.OutboxKey, default));
    }

    [Fact]
    public async Task Send_CutOff_IsUnknown()
    {
        peer.Reply = _ => new GraphReply(0, Abort: true);
        Assert.IsType<SendResult.Unknown>(await Transport().SendAsync(ChannelHost.Mail(), default));
    }

    [Fact]
    public async Task Send_WithAWrongSecret_IsTriedAgainAndSaysWhatToSet()
    {
        var retry = Assert.IsType<SendResult.Retry>(
            await Transport(secret: "an old secret").SendAsync(ChannelHost.Mail(), default));
        Assert.Contains("__ClientSecret", retry.Reason, StringComparison.Ordinal);
        Assert.Equal(retry.Reason, gate.Trouble);
        Assert.Empty(peer.Calls);
    }

    [Fact]
    public async Task Send_AnsweredThatTheMailboxIsGone_Fails()
    {
        peer.Reply = _ => new GraphReply(404, "ErrorInvalidUser", "The requested user is invalid.");
        var failed = Assert.IsType<SendResult.Failed>(await Transport().SendAsync(ChannelHost.Mail(), default));
        Assert.Contains("Notifications__Email__From", failed.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Send_WithoutTheRightToSend_IsTriedAgainAndSaysWhichRight()
    {
        peer.Reply = _ => new GraphReply(403, "ErrorAccessDenied", "Access is denied.");
        var retry = Assert.IsType<SendResult.Retry>(await Transport().SendAsync(ChannelHost.Mail(), default));
        Assert.Contains("Mail.Send", retry.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Send_ToAnAddressGraphRefuses_FailsAndBecomesATask()
    {
        peer.Reply = _ => new GraphReply(400, "ErrorInvalidRecipients", "At least one recipient is not valid.");
        Assert.IsType<SendResult.Failed>(await Transport().SendAsync(ChannelHost.Mail("mayor"), default));
        Assert.Single(await host.ProblemsOfAsync("mayor"));
    }

    [Fact]
    public async Task Send_WithGraphDown_IsTriedAgain()
    {
        var transport = Transport();
        await peer.DisposeAsync();
        Assert.IsType<SendResult.Retry>(await transport.SendAsync(ChannelHost.Mail(), default));
        peer = await GraphPeer.StartAsync();
    }

    [Fact]
    public async Task Send_AnsweredThatGraphIsBusy_WaitsAsLongAsItSays()
    {
        peer.Reply = _ => new GraphReply(503, "ServiceUnavailable", "Busy.", RetryAfter: "120");
        var retry = Assert.IsType<SendResult.Retry>(await Transport().SendAsync(ChannelHost.Mail(), default));
        Assert.Equal(TimeSpan.FromSeconds(120), retry.After);
    }

    GraphTransport Transport(string secret = GraphPeer.Secret)
    {
        var settings = host.With(Settings(peer, secret));
        var graph = new GraphAccess(settings);
        opened.Add(graph);
        return new GraphTransport(
            settings, graph, gate, host.Get<MailAddresses>(), TimeProvider.System, NullLogger<GraphTransport>.Instance);
    }

    /// <summary>Settings of channels that all go to the peer.</summary>
    public static NotificationSettings Settings(GraphPeer peer, string secret = GraphPeer.Secret) => new()
    {
        Transport = MailTransport.Graph,
        From = ChannelHost.From,
        AllowedDomains = ["demo.invalid"],
        Graph = new GraphSettings("tenant", "client", secret, new Uri(peer.BaseUrl), new Uri(peer.TokenUrl)),
        Teams = new TeamsSettings(true, "6d2e1c1e-6f4d-4d0b-9c57-2f5b4a1d8e10", new Uri(peer.WebhookUrl)),
        ToDo = true,
    };
}
