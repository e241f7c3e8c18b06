using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Api.Access;
using Integration.Tests.Startup;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.DependencyInjection;

namespace Integration.Tests.Access;

public sealed class AccessTests(AccessTests.Host host) : IClassFixture<AccessTests.Host>
{
    public sealed class Host : IAsyncLifetime
    {
        public RunningHost Running { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Running = await RunningHost.StartEmptyAsync();

        public ValueTask DisposeAsync() => Running.DisposeAsync();
    }

    [Theory]
    [InlineData("/health")]
    [InlineData("/")]
    public async Task OpenPages_WithoutSigningIn_Answer(string path)
    {
        using var client = host.Running.Client();
        var answer = await client.GetAsync(path);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("nosniff", Assert.Single(answer.Headers.GetValues("X-Content-Type-Options")));
        Assert.Contains(
            "frame-ancestors 'none'", Assert.Single(answer.Headers.GetValues("Content-Security-Policy")),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/v2/topology", "Basic")]
    [InlineData("/v2/no/such/path", "Basic")]
    [InlineData("/api/tasks", "Session")]
    [InlineData("/api/session", "Session")]
    [InlineData("/api/no/such/path", "Session")]
    public async Task ClosedPaths_WithoutSigningIn_Answer401AsAProblem(string path, string challenge)
    {
        using var client = host.Running.Client();
        var answer = await client.GetAsync(path);
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        Assert.Contains(answer.Headers.WwwAuthenticate, header => header.Scheme == challenge);
        var problem = await answer.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal("Unauthorized", problem.GetProperty("title").GetString());
        Assert.NotEmpty(problem.GetProperty("detail").GetString()!);
    }

    [Fact]
    public async Task Basic_WithAWrongPassword_IsRefused()
    {
        using var client = host.Running.Client();
        client.DefaultRequestHeaders.Authorization = RunningHost.Basic("mayor", "not the name");
        Assert.Equal(HttpStatusCode.Unauthorized, (await client.GetAsync("/v2/topology")).StatusCode);
    }

    [Fact]
    public async Task DemoPeople_ByTheirNames_AreWhoTheySay()
    {
        foreach (var (name, display) in AccountSeeding.Demo)
        {
            using var client = host.Running.Client(name);
            var me = await client.GetFromJsonAsync<Session.Me>("/api/session");
            Assert.Equal((name, display, name == "demo"), (me!.UserName, me.Name, me.EngineAll));
            Assert.Equal(name == "demo" ? Roles.All.Order(StringComparer.Ordinal) : [name], me.Roles);
        }
    }

    [Fact]
    public async Task Cookie_WithoutTheHeaderOfAChange_ChangesNothing()
    {
        using var client = host.Running.Client();
        var signIn = await client.PostAsJsonAsync("/api/session", new { userName = "clerk", password = "clerk" });
        Assert.Equal(HttpStatusCode.OK, signIn.StatusCode);
        var cookie = Assert.Single(signIn.Headers.GetValues("Set-Cookie"));
        Assert.Contains("httponly", cookie, StringComparison.Ordinal);
        Assert.Contains("samesite=lax", cookie, StringComparison.Ordinal);

        Assert.Equal(HttpStatusCode.Forbidden, (await client.DeleteAsync("/api/session")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/api/session")).StatusCode);

        client.DefaultRequestHeaders.Add(AccessSetup.ChangeHeader, "WorkflowHost");
        Assert.Equal(HttpStatusCode.NoContent, (await client.DeleteAsync("/api/session")).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await client.GetAsync("/api/session")).StatusCode);
    }

    [Fact]
    public async Task Credentials_AfterAChangeOfPassword_AreVoid()
    {
        await using var own = await RunningHost.StartEmptyAsync();
        using var byHeader = own.Client("archivist");
        Assert.Equal(HttpStatusCode.OK, (await byHeader.GetAsync("/api/session")).StatusCode);
        await using var scope = own.Services.CreateAsyncScope();
        var accounts = scope.ServiceProvider.GetRequiredService<UserManager<Account>>();
        var account = await accounts.FindByNameAsync("archivist");
        var changed = await accounts.ChangePasswordAsync(account!, "archivist", "correct horse battery");
        Assert.True(changed.Succeeded, string.Join(' ', changed.Errors.Select(error => error.Description)));

        own.Services.GetRequiredService<RightsReader>().Forget("archivist");
        Assert.Equal(HttpStatusCode.Unauthorized, (await byHeader.GetAsync("/api/session")).StatusCode);
        byHeader.DefaultRequestHeaders.Authorization = RunningHost.Basic("archivist", "correct horse battery");
        Assert.Equal(HttpStatusCode.OK, (await byHeader.GetAsync("/api/session")).StatusCode);
    }

    [Theory]
    [InlineData("short")]
    [InlineData("aaaaaaaaaaaaaaaa")]
    [InlineData("the-specialist-of-us")]
    public async Task Passwords_ThatAreEasilyGuessed_AreRefused(string password)
    {
        await using var scope = host.Running.Services.CreateAsyncScope();
        var accounts = scope.ServiceProvider.GetRequiredService<UserManager<Account>>();
        var account = await accounts.FindByNameAsync("specialist");
        Assert.False((await accounts.ChangePasswordAsync(account!, "specialist", password)).Succeeded);
    }

    [Fact]
    public async Task Account_AfterTooManyWrongPasswords_IsLocked()
    {
        await using var own = await RunningHost.StartEmptyAsync();
        using var client = own.Client();
        client.DefaultRequestHeaders.Authorization = RunningHost.Basic("dpo", "wrong");
        for (var attempt = 0; attempt < 10; attempt++) await client.GetAsync("/api/session");
        client.DefaultRequestHeaders.Authorization = RunningHost.Basic("dpo", "dpo");
        Assert.Equal(HttpStatusCode.Unauthorized, (await client.GetAsync("/api/session")).StatusCode);
    }

    [Fact]
    public async Task Person_BeyondTheLimitOfAMinute_IsToldToWait()
    {
        await using var limited = await RunningHost.StartEmptyAsync("--RateLimits:PersonPerMinute=3");
        using var clerk = limited.Client("clerk");
        for (var call = 0; call < 3; call++)
        {
            Assert.Equal(HttpStatusCode.OK, (await clerk.GetAsync("/api/session")).StatusCode);
        }
        var refused = await clerk.GetAsync("/api/session");
        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.NotNull(refused.Headers.RetryAfter);

        using var machine = limited.Client("demo");
        for (var call = 0; call < 10; call++)
        {
            Assert.Equal(HttpStatusCode.OK, (await machine.GetAsync("/v2/topology")).StatusCode);
        }
    }

    [Fact]
    public async Task Accounts_OutsideDevelopment_AreOnlyTheFirstAdministrator()
    {
        await using var production = await RunningHost.StartEmptyAsync(
            "--environment=Production", $"--Encryption:MasterKey={Convert.ToBase64String(new byte[32])}",
            "--FirstAdmin:UserName=ewa", "--FirstAdmin:Password=correct horse battery");
        using var demo = production.Client("demo");
        Assert.Equal(HttpStatusCode.Unauthorized, (await demo.GetAsync("/api/session")).StatusCode);
        using var first = production.Client();
        first.DefaultRequestHeaders.Authorization = RunningHost.Basic("ewa", "correct horse battery");
        var me = await first.GetFromJsonAsync<Session.Me>("/api/session");
        Assert.Equal(["admin"], me!.Roles);
    }
}
