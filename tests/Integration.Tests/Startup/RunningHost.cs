using System.Net.Http.Headers;
using System.Text;
using Api.Startup;
using Microsoft.AspNetCore.Builder;

namespace Integration.Tests.Startup;

/// <summary>
/// The real host on a free port with its own SQLite file; Development unless a setting says otherwise.
/// </summary>
public sealed class RunningHost : IAsyncDisposable
{
    readonly string folder;
    readonly WebApplication app;

    RunningHost(string folder, WebApplication app)
    {
        this.folder = folder;
        this.app = app;
    }

    public IServiceProvider Services => app.Services;

    public Uri Address => new(app.Urls.Single());

    /// <param name="settings">As on the command line: <c>--Name:Path=value</c>.</param>
    public static Task<RunningHost> StartAsync(params string[] settings) => StartAsync(adjust: null, settings);

    public static async Task<RunningHost> StartAsync(Action<WebApplicationBuilder>? adjust, params string[] settings)
    {
        var temporary = Directory.CreateTempSubdirectory("host-").FullName;
        var running = WorkflowHost.Build(Arguments(temporary, settings), adjust);
        await running.StartAsync();
        return new RunningHost(temporary, running);
    }

    /// <summary>A host that deploys nothing: most tests of the product need no procedures.</summary>
    public static Task<RunningHost> StartEmptyAsync(params string[] settings) =>
        StartAsync([$"--Workflows:Path={Directory.CreateTempSubdirectory("none-").FullName}", .. settings]);

    public static string[] Arguments(string folder, params string[] settings) =>
    [
        "--urls=http://127.0.0.1:0", "--environment=Development",
        $"--ConnectionStrings:Workflows=Data Source={Path.Combine(folder, "test.db")};Pooling=False",
        "--Logging:LogLevel:Default=Error", .. settings,
    ];

    /// <summary>
    /// A client without cookies of others; with a name it signs in by HTTP Basic, the password is the name.
    /// </summary>
    public HttpClient Client(string? userName = null)
    {
        var client = new HttpClient { BaseAddress = Address };
        if (userName is not null) client.DefaultRequestHeaders.Authorization = Basic(userName, userName);
        return client;
    }

    public static AuthenticationHeaderValue Basic(string userName, string password) =>
        new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{userName}:{password}")));

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync();
        await app.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }
}
