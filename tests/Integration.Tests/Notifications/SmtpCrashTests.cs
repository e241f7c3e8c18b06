using System.Diagnostics;
using Integration.Tests.Notifications.Peers;
using Workflows.Runtime.Storage;

namespace Integration.Tests.Notifications;

/// <summary>kill -9 of the whole product in the moment a real mail server has a message and nobody has noted it.</summary>
public sealed class SmtpCrashTests
{
    const int Killed = 137;

    [Fact]
    public async Task Message_TakenByTheServerAsWeAreKilled_IsSentAgainUnderTheSameIdAndNotedOnce()
    {
        var manners = new SmtpManners();
        await using var host = await NoticeHost.OpenAsync("2026-11-02 20:00", SmtpPeer.Start(manners));
        // In quiet hours: what the case causes waits for the morning, and for the process that will be killed.
        await host.CaseAsync();
        await host.Host.DisposeAsync();
        Assert.Empty(host.Peer.Seen);
        await host.SleepUntilAsync("2026-11-03 09:00");

        Process? product = null;
        manners.Reply = line =>
        {
            if (line != ".") return null;
            product!.Kill();
            product.WaitForExit();
            return SmtpManners.Drop;
        };
        using (product = host.BeginProcess())
        {
            await product.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.Equal(Killed, product.ExitCode);
        }
        var taken = Assert.Single(host.Peer.Seen).Headers["Message-ID"];

        manners.Reply = _ => null;
        await host.BeginAsync();
        await host.SettledAsync();
        var copies = host.Peer.Seen.GroupBy(mail => mail.Headers["Message-ID"]).ToDictionary(of => of.Key, of => of.Count());
        Assert.All(copies, of => Assert.Equal(of.Key == taken ? 2 : 1, of.Value));
        var due = (await host.LedgerAsync()).Where(row => row.DueAt <= NoticeHost.Instant("2026-11-03 09:00")).ToList();
        Assert.DoesNotContain(due, row => row.State is Status.Sending or Status.Unknown);
        // What was taken with it, but not yet handed over, has lost nothing by it.
        Assert.Contains(due, row => row.State == Status.Sent && row.Attempts == 2);
        Assert.Equal(copies.Count, due.Count(row => row.State == Status.Sent && row.Purpose != "digest-line"));
    }
}
