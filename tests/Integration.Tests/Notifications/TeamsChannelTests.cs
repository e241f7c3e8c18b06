using System.Net;
using System.Text.Json;
using Api.Notifications;
using Api.Startup;
using Api.Storage;
using Integration.Tests.Access;
using Integration.Tests.Notifications.Peers;
using Integration.Tests.Startup;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Workflows.Runtime;

namespace Integration.Tests.Notifications;

/// <summary>The activity feed, the webhook of the team and the tab, against a stand-in of Graph.</summary>
public sealed class TeamsChannelTests(ChannelHost host) : IClassFixture<ChannelHost>, IAsyncLifetime
{
    static readonly Uri Link = new("https://sprawy.example.pl/zadania/2251799813685300");

    GraphPeer peer = null!;
    GraphAccess? graph;

    public async ValueTask InitializeAsync() => peer = await GraphPeer.StartAsync();

    public async ValueTask DisposeAsync()
    {
        graph?.Dispose();
        await peer.DisposeAsync();
    }

    [Fact]
    public async Task Send_ToSomebodyWithTheApp_IsANeutralNoteWithALinkIntoTeams()
    {
        var answer = await SendAsync("head", "task/1/head");
        Assert.IsType<SendResult.Sent>(Assert.IsType<TeamsAnswer.Done>(answer).Result);
        var call = Assert.Single(peer.Calls);
        Assert.EndsWith("/teamwork/sendActivityNotification", call.Path, StringComparison.Ordinal);
        Assert.Contains("head", call.Path, StringComparison.Ordinal);
        var topic = call.Json.GetProperty("topic");
        Assert.Equal("text", topic.GetProperty("source").GetString());
        Assert.Equal("Sprawa OPS.4710.1.2026: zadanie do wykonania", topic.GetProperty("value").GetString());
        var url = topic.GetProperty("webUrl").GetString()!;
        Assert.StartsWith("https://teams.microsoft.com/l/entity/", url, StringComparison.Ordinal);
        Assert.Contains("subEntityId", url, StringComparison.Ordinal);
        Assert.InRange(url.Length, 1, 1024);
        Assert.InRange(call.Json.GetProperty("previewText").GetProperty("content").GetString()!.Length, 1, 150);
        Assert.Equal(TeamsChannel.ActivityType, call.Json.GetProperty("activityType").GetString());
        Assert.Equal("title", call.Json.GetProperty("templateParameters")[0].GetProperty("name").GetString());
        Assert.Equal(TeamsState.Installed, (await RowAsync("head"))!.Teams);
    }

    [Fact]
    public async Task Send_AboutTheSameTaskAgain_TakesThePlaceOfTheFirst()
    {
        await SendAsync("head", "task/1/head");
        await SendAsync("head", "task/1/head");
        await SendAsync("head", "task/2/head");
        var chains = peer.Calls.Select(call => call.Json.GetProperty("chainId").GetInt64()).ToArray();
        Assert.Equal(chains[0], chains[1]);
        Assert.NotEqual(chains[0], chains[2]);
        Assert.All(chains, chain => Assert.True(chain > 0));
    }

    [Fact]
    public async Task Send_WhereTheAppIsMissing_FallsBackAndIsRemembered()
    {
        peer.Reply = _ => new GraphReply(403, "Forbidden",
            "Application is not authorized to generate custom text notifications about 'x' to the recipient. " +
            "Ensure that the expected Teams app is installed in the target scope.");
        Assert.IsType<TeamsAnswer.NotInstalled>(await SendAsync("assistant", "task/1/assistant"));
        var row = (await RowAsync("assistant"))!;
        Assert.Equal(TeamsState.NotInstalled, row.Teams);
        Assert.NotNull(row.TeamsError);
    }

    [Fact]
    public async Task Send_WithoutTheRight_FallsBackAndShowsTheError()
    {
        peer.Reply = _ => new GraphReply(403, "Forbidden", "Missing role permissions on the request.");
        Assert.IsType<TeamsAnswer.NotInstalled>(await SendAsync("clerk", "task/1/clerk"));
        Assert.Equal(TeamsState.Error, (await RowAsync("clerk"))!.Teams);
    }

    [Fact]
    public async Task Send_Throttled_WaitsForAllAsLongAsTeamsSays()
    {
        peer.Reply = _ => new GraphReply(429, "TooManyRequests", "Slow down.", RetryAfter: "11");
        var channel = Channel();
        var first = await channel.SendAsync(1, "head", Notice, Content, "a", default);
        Assert.Equal(TimeSpan.FromSeconds(11), ((SendResult.Retry)((TeamsAnswer.Done)first).Result).After);
        var second = await channel.SendAsync(2, "clerk", Notice, Content, "b", default);
        Assert.IsType<SendResult.Retry>(((TeamsAnswer.Done)second).Result);
        Assert.Single(peer.Calls);
    }

    [Fact]
    public async Task Send_AnsweredWithAnErrorOfTheServer_IsRepeatedBecauseItReplaces()
    {
        peer.Reply = _ => new GraphReply(504);
        Assert.IsType<SendResult.Retry>(((TeamsAnswer.Done)await SendAsync("head", "a")).Result);
    }

    [Fact]
    public async Task Send_SwitchedOff_FallsBackWithoutAsking()
    {
        var settings = host.Get<Settings>();
        using var none = new GraphAccess(settings);
        var channel = Channel(settings, none);
        Assert.False(channel.Enabled);
        Assert.IsType<TeamsAnswer.NotInstalled>(await channel.SendAsync(1, "head", Notice, Content, "a", default));
        Assert.Empty(peer.Calls);
    }

    [Fact]
    public void DeepLink_ToALongAddress_StaysWithinWhatTeamsTakes()
    {
        var link = Channel().DeepLink(new Uri(Link, "/a/" + new string('x', 900)));
        Assert.InRange(link.Length, 1, 1024);
    }

    [Fact]
    public async Task Ping_OfTheTeam_HoldsNumbersOnly()
    {
        Assert.IsType<SendResult.Sent>(await Channel().PingTeamAsync(3, 2, default));
        var call = Assert.Single(peer.Calls);
        var card = call.Json.GetProperty("attachments")[0].GetProperty("content");
        Assert.Equal("AdaptiveCard", card.GetProperty("type").GetString());
        var facts = card.GetProperty("body")[1].GetProperty("facts");
        Assert.Equal(["3", "2"], facts.EnumerateArray().Select(fact => fact.GetProperty("value").GetString()));
        Assert.DoesNotContain("OPS.", call.Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(404, typeof(SendResult.Failed))]
    [InlineData(429, typeof(SendResult.Retry))]
    [InlineData(500, typeof(SendResult.Retry))]
    public async Task Ping_Refused_SaysWhatBecomesOfIt(int status, Type expected)
    {
        peer.Reply = _ => new GraphReply(status, "x", "x", RetryAfter: "5");
        Assert.IsType(expected, await Channel().PingTeamAsync(1, 0, default));
    }

    [Theory]
    [InlineData("/zadania/123", "https://sprawy.example.pl/zadania/123")]
    [InlineData("/a/abc", "https://sprawy.example.pl/a/abc")]
    [InlineData("//evil.example", "https://sprawy.example.pl/")]
    [InlineData("https://evil.example/", "https://sprawy.example.pl/")]
    [InlineData("/\\evil.example", "https://sprawy.example.pl/")]
    [InlineData("javascript:alert(1)", "https://sprawy.example.pl/")]
    public async Task Tab_OfTeams_LeadsToOurPagesOnly(string go, string expected)
    {
        using var client = host.Running.Client();
        using var answer = await client.GetAsync($"/teams?go={Uri.EscapeDataString(go)}");
        var page = await answer.Content.ReadAsStringAsync();
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Contains($"href=\"{expected}\"", page, StringComparison.Ordinal);
        var policy = answer.Headers.GetValues("Content-Security-Policy").Single();
        Assert.Contains("frame-ancestors https://teams.microsoft.com", policy, StringComparison.Ordinal);
        Assert.False(answer.Headers.Contains("X-Frame-Options"));
    }

    [Fact]
    public async Task Pages_ButTheTab_CannotBeFramed()
    {
        using var client = host.Running.Client("head");
        using var answer = await client.GetAsync("/api/tasks");
        Assert.Equal("DENY", answer.Headers.GetValues("X-Frame-Options").Single());
    }

    [Fact]
    public async Task Channels_OfEverybody_AreForAdministratorsAndOnesOwnForEach()
    {
        peer.Reply = _ => new GraphReply(403, "Forbidden", "The app is not installed.");
        await SendAsync("accounting", "task/1/accounting");
        using var admin = host.Running.Client("admin");
        var all = await Centre.OkAsync(admin.GetAsync("/api/admin/channels"));
        var row = all.GetProperty("items").EnumerateArray()
            .Single(one => one.GetProperty("userName").GetString() == "accounting");
        Assert.Equal("notInstalled", row.GetProperty("teams").GetString());
        using var accounting = host.Running.Client("accounting");
        var own = await Centre.OkAsync(accounting.GetAsync("/api/account/channels"));
        Assert.Equal("notInstalled", own.GetProperty("teams").GetString());
        await Centre.IsAsync(HttpStatusCode.Forbidden, accounting.GetAsync("/api/admin/channels"));
    }

    static Notice Notice => new(
        NoticeKind.TaskAssigned, "OPS.4710.1.2026", "Wizyta w terenie", null, null, Link, [], 1);

    static RenderedNotice Content => new(
        "Sprawa OPS.4710.1.2026: zadanie do wykonania", "<p></p>", "", "Zadanie dla Ciebie: Wizyta w terenie");

    Task<TeamsAnswer> SendAsync(string user, string chain) => Channel().SendAsync(1, user, Notice, Content, chain, default);

    TeamsChannel Channel(Settings? settings = null, GraphAccess? access = null)
    {
        settings ??= host.With(GraphTransportTests.Settings(peer));
        return new TeamsChannel(
            settings, access ?? (graph ??= new GraphAccess(settings)), host.Get<ProductDbFactory>(), TimeProvider.System,
            host.Get<IHttpClientFactory>(), NullLogger<TeamsChannel>.Instance);
    }

    async Task<PersonChannelRow?> RowAsync(string user)
    {
        await using var db = host.Get<ProductDbFactory>().Create();
        return await db.PersonChannels.AsNoTracking().SingleOrDefaultAsync(row => row.UserName == user);
    }
}
