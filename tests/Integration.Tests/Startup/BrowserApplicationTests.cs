using System.Net;

namespace Integration.Tests.Startup;

/// <summary>How the built browser application is served, with three files in its place.</summary>
public sealed class BrowserApplicationTests(BrowserApplicationTests.Host host)
    : IClassFixture<BrowserApplicationTests.Host>
{
    public sealed class Host : IAsyncLifetime
    {
        public RunningHost Running { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            var root = Directory.CreateTempSubdirectory("wwwroot-").FullName;
            Directory.CreateDirectory(Path.Combine(root, "assets"));
            await File.WriteAllTextAsync(Path.Combine(root, "index.html"), "<!doctype html><title>Dziś</title>");
            await File.WriteAllTextAsync(Path.Combine(root, "assets", "main-3f9a.js"), "start()");
            await File.WriteAllTextAsync(Path.Combine(root, "favicon.svg"), "<svg xmlns='http://www.w3.org/2000/svg'/>");
            Running = await RunningHost.StartEmptyAsync($"--webroot={root}");
        }

        public ValueTask DisposeAsync() => Running.DisposeAsync();
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/sprawy")]
    [InlineData("/sprawy/OPS.4710.7.2026/dokumenty/3")]
    public async Task Page_OfTheApplication_IsItsIndexAndNeverCached(string path)
    {
        using var client = host.Running.Client();
        var answer = await client.GetAsync(path);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Contains("Dziś", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.True(answer.Headers.CacheControl!.NoCache);
        Assert.Contains(
            "script-src 'self'", Assert.Single(answer.Headers.GetValues("Content-Security-Policy")),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Asset_WithAHashInItsName_IsKeptForever()
    {
        using var client = host.Running.Client();
        var answer = await client.GetAsync("/assets/main-3f9a.js");
        Assert.Equal("start()", await answer.Content.ReadAsStringAsync());
        Assert.Contains("immutable", answer.Headers.CacheControl!.ToString(), StringComparison.Ordinal);
        var favicon = await client.GetAsync("/favicon.svg");
        Assert.Equal("image/svg+xml", favicon.Content.Headers.ContentType!.MediaType);
    }

    [Theory]
    [InlineData("/api/no/such/path", HttpStatusCode.NotFound)]
    [InlineData("/v2/no/such/path", HttpStatusCode.NotFound)]
    [InlineData("/assets/gone.js", HttpStatusCode.NotFound)]
    public async Task Address_OfTheServer_IsNeverThePage(string path, HttpStatusCode status)
    {
        using var client = host.Running.Client("demo");
        var answer = await client.GetAsync(path);
        Assert.Equal(status, answer.StatusCode);
        Assert.NotEqual("text/html", answer.Content.Headers.ContentType?.MediaType);
    }

    [Theory]
    [InlineData("/api/no/such/path")]
    [InlineData("/sprawy/../api/tasks")]
    public async Task Data_WithoutSigningIn_StaysClosed(string path)
    {
        using var client = host.Running.Client();
        Assert.Equal(HttpStatusCode.Unauthorized, (await client.GetAsync(path)).StatusCode);
    }
}
