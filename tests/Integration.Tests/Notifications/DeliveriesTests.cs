using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Api.Notifications;
using Integration.Tests.Access;
using Integration.Tests.Notifications.Peers;
using Integration.Tests.Startup;
using Workflows.Runtime.Storage;

namespace Integration.Tests.Notifications;

/// <summary>What was sent to whom, as the coordinator, the administrator and each person see it.</summary>
public sealed class DeliveriesTests(ChannelHost host) : IClassFixture<ChannelHost>
{
    [Fact]
    public async Task List_OfFailedMessages_ShowsPersonKindChannelReasonAndAttempts()
    {
        var key = await host.AddRowAsync(Status.SendFailed, "assistant", attempts: 3, reason: "Serwer poczty odmówił.");
        await host.AddRowAsync(Status.Sent, "assistant");
        using var lead = host.Running.Client("team_lead");
        var page = await Centre.OkAsync(lead.GetAsync("/api/notifications?state=failed"));
        Assert.All(page.GetProperty("items").EnumerateArray(), one => Assert.Equal("failed", one.GetProperty("state").GetString()));
        var item = ItemOf(page, key);
        Assert.Equal("assistant", item.GetProperty("person").GetProperty("userName").GetString());
        Assert.Equal("TaskAssigned", item.GetProperty("kind").GetString());
        Assert.Equal("email", item.GetProperty("channel").GetString());
        Assert.Equal("Serwer poczty odmówił.", item.GetProperty("reason").GetString());
        Assert.Equal(3, item.GetProperty("attempts").GetInt32());
        Assert.True(item.GetProperty("resendable").GetBoolean());
        Assert.True(page.GetProperty("counts").GetProperty("sent").GetInt32() > 0);
    }

    [Theory]
    [InlineData(Status.SendFailed)]
    [InlineData(Status.Unknown)]
    [InlineData(Ledger.Bounced)]
    public async Task Resend_OfWhatDidNotArrive_PlansItAgainAndIsRecorded(string state)
    {
        var key = await host.AddRowAsync(state, "assistant", attempts: 8, reason: "nie dotarło");
        using var lead = host.Running.Client("team_lead");
        await Centre.OkAsync(lead.PostAsync($"/api/notifications/{key}/resend", null));
        var row = await host.RowAsync(key);
        Assert.Equal((Status.Planned, 0), (row.State, row.Attempts));
        using var head = host.Running.Client("head");
        var audit = await Centre.OkAsync(head.GetAsync("/api/audit?area=settings"));
        Assert.Contains(audit.GetProperty("items").EnumerateArray(), one =>
            one.GetProperty("act").GetString() == "NotificationResent"
            && one.GetProperty("subject").GetString() == $"{key}" && one.GetProperty("who").GetString() == "team_lead");
    }

    [Theory]
    [InlineData(Status.Sent)]
    [InlineData(Status.Planned)]
    [InlineData(Status.Suppressed)]
    public async Task Resend_OfAnythingElse_IsRefused(string state)
    {
        var key = await host.AddRowAsync(state, "assistant");
        using var lead = host.Running.Client("team_lead");
        await Centre.IsAsync(HttpStatusCode.Conflict, lead.PostAsync($"/api/notifications/{key}/resend", null));
        Assert.Equal(state, (await host.RowAsync(key)).State);
    }

    [Fact]
    public async Task Resend_OfNothing_IsNotFound()
    {
        using var lead = host.Running.Client("team_lead");
        await Centre.IsAsync(HttpStatusCode.NotFound, lead.PostAsync("/api/notifications/1/resend", null));
        await Centre.IsAsync(HttpStatusCode.BadRequest, lead.PostAsync("/api/notifications/one/resend", null));
    }

    [Fact]
    public async Task List_ByAnybodyElse_IsRefusedButOnesOwnMessagesAreShown()
    {
        var key = await host.AddRowAsync(Status.Sent, "accounting");
        var other = await host.AddRowAsync(Status.Sent, "clerk");
        using var accounting = host.Running.Client("accounting");
        await Centre.IsAsync(HttpStatusCode.Forbidden, accounting.GetAsync("/api/notifications"));
        await Centre.IsAsync(HttpStatusCode.Forbidden, accounting.PostAsync($"/api/notifications/{key}/resend", null));
        var own = await Centre.OkAsync(accounting.GetAsync("/api/notifications/mine"));
        ItemOf(own, key);
        Assert.DoesNotContain(own.GetProperty("items").EnumerateArray(), one => one.GetProperty("key").GetString() == $"{other}");
    }

    [Fact]
    public async Task List_WithAnUnknownState_SaysWhichThereAre()
    {
        using var lead = host.Running.Client("team_lead");
        await Centre.IsAsync(HttpStatusCode.BadRequest, lead.GetAsync("/api/notifications?state=lost"));
    }

    [Fact]
    public async Task List_OfACase_ShowsItsNumberOnlyToWhoMaySeeTheCase()
    {
        await using var centre = await Centre.OpenAsync();
        var (caseNo, root) = await centre.CaseAsync();
        await Centre.OkAsync(centre["head"].PutAsJsonAsync(
            $"/api/cases/{caseNo}/confidentiality", new { restricted = true, reason = "dobro dziecka" }));
        var key = await ChannelHost.AddRowAsync(centre.Host, Status.Sent, "assistant", long.Parse(root));
        var byHead = await Centre.OkAsync(centre["head"].GetAsync("/api/notifications"));
        Assert.Equal(caseNo, ItemOf(byHead, key).GetProperty("caseNo").GetString());
        foreach (var user in new[] { "team_lead", "admin" })
        {
            var page = await Centre.OkAsync(centre[user].GetAsync("/api/notifications"));
            Assert.Equal(JsonValueKind.Null, ItemOf(page, key).GetProperty("caseNo").ValueKind);
        }
    }

    [Fact]
    public async Task TestMail_ToOneself_ArrivesOrSaysWhyNot()
    {
        await using var peer = SmtpPeer.Start();
        await using var running = await RunningHost.StartEmptyAsync(
            "--Notifications:Email:Transport=Smtp", "--Notifications:Email:From=sprawy@demo.invalid",
            "--Notifications:Email:Smtp:Host=127.0.0.1", $"--Notifications:Email:Smtp:Port={peer.Port}",
            "--Notifications:Email:Smtp:Security=None");
        using var admin = running.Client("admin");
        var sent = await Centre.OkAsync(admin.PostAsync("/api/notifications/test", null));
        Assert.Equal("sent", sent.GetProperty("state").GetString());
        Assert.Equal("admin@demo.invalid", Assert.Single(peer.Mails).To);
        await peer.DisposeAsync();
        var failed = await Centre.OkAsync(admin.PostAsync("/api/notifications/test", null));
        Assert.Equal("planned", failed.GetProperty("state").GetString());
        Assert.NotEmpty(failed.GetProperty("message").GetString()!);
        using var anybody = running.Client();
        Assert.Equal("Degraded", await anybody.GetStringAsync("/health"));
        using var head = running.Client("head");
        await Centre.IsAsync(HttpStatusCode.Forbidden, head.PostAsync("/api/notifications/test", null));
    }

    static JsonElement ItemOf(JsonElement page, long key) => page.GetProperty("items").EnumerateArray()
        .Single(one => one.GetProperty("key").GetString() == $"{key}");
}
