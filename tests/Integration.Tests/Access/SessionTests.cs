using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Api.Access;
using Integration.Tests.Startup;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.DependencyInjection;

namespace Integration.Tests.Access;

public sealed class SessionTests(AccessTests.Host host) : IClassFixture<AccessTests.Host>
{
    static async Task<HttpClient> SignedInAsync(RunningHost running, string name)
    {
        var client = running.Client();
        client.DefaultRequestHeaders.Add(AccessSetup.ChangeHeader, "WorkflowHost");
        var signIn = await client.PostAsJsonAsync("/api/session", new { userName = name, password = name });
        Assert.Equal(HttpStatusCode.OK, signIn.StatusCode);
        return client;
    }

    [Fact]
    public async Task Centre_WithoutSigningIn_TellsItsNameAndDay()
    {
        await using var named = await RunningHost.StartEmptyAsync("--Centre:Name=GOPS Zarzecze");
        using var client = named.Client();
        var centre = await client.GetFromJsonAsync<global::Api.Access.Centre.Description>("/api/centre");
        Assert.Equal("GOPS Zarzecze", centre!.Name);
        Assert.False(centre.ClockPinned);
        // An address of digits has no passkeys; the name of this machine has.
        Assert.False(centre.SignIn.Passkeys);
        using var byName = new HttpRequestMessage(HttpMethod.Get, "/api/centre");
        byName.Headers.Host = $"localhost:{named.Address.Port}";
        var answer = await client.SendAsync(byName);
        Assert.True((await answer.Content.ReadFromJsonAsync<global::Api.Access.Centre.Description>())!.SignIn.Passkeys);
    }

    [Fact]
    public async Task SignOut_WithACopyOfTheCookie_OpensNothingAnyMore()
    {
        await using var office = await RunningHost.StartEmptyAsync();
        using var client = new HttpClient(new HttpClientHandler { UseCookies = false }) { BaseAddress = office.Address };
        client.DefaultRequestHeaders.Add("X-Requested-With", "WorkflowHost");
        var signedIn = await client.PostAsJsonAsync("/api/session", new { userName = "clerk", password = "clerk" });
        client.DefaultRequestHeaders.Add("Cookie", Assert.Single(signedIn.Headers.GetValues("Set-Cookie")).Split(';')[0]);
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/api/session")).StatusCode);

        Assert.Equal(HttpStatusCode.NoContent, (await client.DeleteAsync("/api/session")).StatusCode);

        Assert.Equal(HttpStatusCode.Unauthorized, (await client.GetAsync("/api/session")).StatusCode);
    }

    [Fact]
    public async Task Me_AfterSignIn_HasInitialsAndTheEndOfTheSession()
    {
        using var client = await SignedInAsync(host.Running, "social_worker");
        var me = await client.GetFromJsonAsync<Session.Me>("/api/session");
        Assert.Equal("AZ", me!.Initials);
        var left = me.ExpiresAt - DateTimeOffset.UtcNow;
        Assert.InRange(left, Session.IdleLimit - TimeSpan.FromMinutes(1), Session.IdleLimit);
    }

    [Theory]
    [InlineData("Anna Maria Zielińska, pracownik socjalny", "AZ")]
    [InlineData("łucja", "Ł")]
    [InlineData("", "?")]
    public void Initials_OfAName_AreOfItsFirstAndLastWord(string name, string initials) =>
        Assert.Equal(initials, Session.InitialsOf(name));

    [Theory]
    [InlineData(1, null)]
    [InlineData(4, null)]
    [InlineData(5, 15)]
    [InlineData(9, null)]
    [InlineData(10, 30)]
    [InlineData(15, 60)]
    [InlineData(500, 480)]
    public void Lockout_ByWrongPasswordsInARow_Grows(int failures, int? minutes) =>
        Assert.Equal(minutes, Lockout.For(failures)?.TotalMinutes);

    [Fact]
    public async Task Account_AfterFiveWrongPasswords_IsClosedForAQuarter()
    {
        await using var own = await RunningHost.StartEmptyAsync();
        using var client = own.Client();
        for (var attempt = 0; attempt < Lockout.Tries; attempt++)
            await client.PostAsJsonAsync("/api/session", new { userName = "dpo", password = "wrong" });
        var right = await client.PostAsJsonAsync("/api/session", new { userName = "dpo", password = "dpo" });
        Assert.Equal(HttpStatusCode.Unauthorized, right.StatusCode);
        await using var scope = own.Services.CreateAsyncScope();
        var account = await scope.ServiceProvider.GetRequiredService<UserManager<Account>>().FindByNameAsync("dpo");
        Assert.InRange(
            account!.LockoutEnd!.Value - DateTimeOffset.UtcNow, TimeSpan.FromMinutes(14), TimeSpan.FromMinutes(15));
    }

    [Theory]
    [InlineData("Password1234")]
    [InlineData("P@ssw0rd!2026")]
    [InlineData("123456789012")]
    [InlineData("qwertyuiop123")]
    [InlineData("HasłoHasło2026")]
    [InlineData("Wiosna2026!!!")]
    [InlineData("MopsMops2026$$")]
    public void Passwords_EverybodyTriesFirst_AreCommon(string password) =>
        Assert.True(CommonPasswords.Contains(password));

    [Theory]
    [InlineData("correct horse battery")]
    [InlineData("zielony rower pod mostem")]
    [InlineData("kP9!vfLq2#xW")]
    public void Passwords_OfUnrelatedWords_AreNotCommon(string password) =>
        Assert.False(CommonPasswords.Contains(password));

    [Fact]
    public async Task Password_Changed_EndsOtherSessionsAndKeepsThisOne()
    {
        await using var own = await RunningHost.StartEmptyAsync();
        using var here = await SignedInAsync(own, "clerk");
        using var elsewhere = await SignedInAsync(own, "clerk");
        var refused = await here.PutAsJsonAsync(
            "/api/account/password", new { current = "clerk", next = "Password1234" });
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        var problem = await refused.Content.ReadFromJsonAsync<JsonElement>();
        Assert.NotEmpty(problem.GetProperty("errors").GetProperty("next").EnumerateArray());
        var wrong = await here.PutAsJsonAsync(
            "/api/account/password", new { current = "mayor", next = "zielony rower pod mostem" });
        Assert.Equal(HttpStatusCode.BadRequest, wrong.StatusCode);

        var changed = await here.PutAsJsonAsync(
            "/api/account/password", new { current = "clerk", next = "zielony rower pod mostem" });
        Assert.Equal(HttpStatusCode.NoContent, changed.StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await here.GetAsync("/api/session")).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await elsewhere.GetAsync("/api/session")).StatusCode);
        using var again = own.Client();
        var signIn = await again.PostAsJsonAsync(
            "/api/session", new { userName = "clerk", password = "zielony rower pod mostem" });
        Assert.Equal(HttpStatusCode.OK, signIn.StatusCode);
    }

    [Fact]
    public async Task Searches_BeyondTheirLimit_AreToldToWaitWhileTheRestGoesOn()
    {
        await using var limited = await RunningHost.StartEmptyAsync("--RateLimits:SearchPerMinute=2");
        using var clerk = limited.Client("clerk");
        for (var call = 0; call < 2; call++)
        {
            var found = await clerk.PostAsJsonAsync("/api/cases/search", new { q = "Wilk" });
            Assert.Equal(HttpStatusCode.OK, found.StatusCode);
        }
        var refused = await clerk.PostAsJsonAsync("/api/cases/search", new { q = "Wilk" });
        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.NotNull(refused.Headers.RetryAfter);
        Assert.Equal(HttpStatusCode.OK, (await clerk.GetAsync("/api/session")).StatusCode);
    }

    [Fact]
    public async Task Answers_OfPagesAndOfData_CarryTheirOwnPolicies()
    {
        using var client = host.Running.Client();
        var page = await client.GetAsync("/");
        var policy = Assert.Single(page.Headers.GetValues("Content-Security-Policy"));
        foreach (var part in new[] { "script-src 'self'", "object-src 'none'", "base-uri 'none'", "style-src 'self';" })
            Assert.Contains(part, policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe-eval", policy, StringComparison.Ordinal);
        Assert.Contains("camera=()", Assert.Single(page.Headers.GetValues("Permissions-Policy")), StringComparison.Ordinal);
        Assert.False(page.Headers.Contains("Strict-Transport-Security"));

        var data = await client.GetAsync("/api/centre");
        Assert.StartsWith(
            "default-src 'none'", Assert.Single(data.Headers.GetValues("Content-Security-Policy")),
            StringComparison.Ordinal);
        Assert.True(data.Headers.CacheControl!.NoStore);
    }

    [Fact]
    public async Task Host_OutsideDevelopment_AsksForHttpsForAYear()
    {
        await using var production = await RunningHost.StartEmptyAsync(
            "--environment=Production", $"--Encryption:MasterKey={Convert.ToBase64String(new byte[32])}");
        using var client = production.Client();
        var answer = await client.GetAsync("/health");
        Assert.Equal(
            "max-age=31536000; includeSubDomains", Assert.Single(answer.Headers.GetValues("Strict-Transport-Security")));
    }
}
