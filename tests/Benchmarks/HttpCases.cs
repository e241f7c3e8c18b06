using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace Benchmarks;

/// <summary>
/// W2 over HTTP against the host as it is shipped, a process of its own: a call is a start or a completion; the search
/// for the key of the task is timed apart.
/// </summary>
static class HttpCases
{
    static readonly TimeSpan StartTimeout = TimeSpan.FromMinutes(2);

    public static async Task RunAsync(Settings settings, Report report)
    {
        if (FindHost() is not { } host)
        {
            report.Note("The host is not built (dotnet build src/Api -c Release): W2 over HTTP is left out.");
            return;
        }
        if (settings.Providers.Contains(Settings.Sqlite))
        {
            using var folder = new TemporaryFolder();
            await OnAsync(host, Settings.Sqlite, $"Data Source={folder.File("w2.db")}", settings.Seconds, report);
        }
        if (!settings.Providers.Contains(Settings.PostgreSql)) return;
        await using var server = await PostgresServer.TryStartAsync();
        if (server is null) return;     // the floors have said so
        await OnAsync(host, Settings.PostgreSql, await server.NewDatabaseAsync(), settings.Seconds, report);
    }

    static string? FindHost()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "WorkflowHost.sln"))) folder = folder.Parent;
        var dll = folder is null ? "" : Path.Combine(folder.FullName, "src/Api/bin/Release/net10.0/Api.dll");
        return File.Exists(dll) ? dll : null;
    }

    static async Task OnAsync(string host, string provider, string database, int seconds, Report report)
    {
        var address = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{FreePort()}");
        using var process = Start(host, provider, database, address);
        try
        {
            using var client = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = 64 }) { BaseAddress = new(address) };
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
                "Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes("demo:demo")));
            await AwaitStartAsync(client, process);
            await DeployAsync(client);
            foreach (var clients in new[] { 1, 32 })
            {
                var processor = new List<TimeSpan>();
                var figures = await Load.RunAsync(clients, seconds, (_, watch) => CaseAsync(client, watch), () =>
                {
                    process.Refresh();
                    processor.Add(process.TotalProcessorTime);
                    return Task.FromResult(default(Counts));
                });
                report.Add(provider, "W2 over HTTP", clients, figures with
                {
                    // Of the host; what it allocates cannot be seen from here.
                    WorkingSet = process.WorkingSet64,
                    Processor = (processor[1] - processor[0]).TotalMilliseconds / figures.Calls,
                    Allocated = double.NaN,
                });
            }
        }
        finally
        {
            process.Kill();
            await process.WaitForExitAsync();
        }
    }

    static Process Start(string host, string provider, string database, string address)
    {
        var start = new ProcessStartInfo("dotnet", [host])
        {
            UseShellExecute = false, RedirectStandardOutput = true, WorkingDirectory = Path.GetDirectoryName(host)!,
        };
        start.Environment["ASPNETCORE_ENVIRONMENT"] = "Development";        // its accounts are there from the start
        start.Environment["ASPNETCORE_URLS"] = address;
        start.Environment["Storage__Provider"] = provider;
        start.Environment["ConnectionStrings__Workflows"] = database;
        start.Environment["Clock__Mode"] = "System";
        start.Environment["Encryption__MasterKey"] = Convert.ToBase64String(new byte[32]);
        start.Environment["Logging__LogLevel__Default"] = "Warning";
        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, _) => { };        // read away: a full pipe would stop the host
        process.BeginOutputReadLine();
        return process;
    }

    static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    static async Task AwaitStartAsync(HttpClient client, Process process)
    {
        var begun = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                using var answer = await client.GetAsync(new Uri("/v2/topology", UriKind.Relative));
                answer.EnsureSuccessStatusCode();
                return;
            }
            catch (HttpRequestException) when (!process.HasExited && Stopwatch.GetElapsedTime(begun) < StartTimeout)
            {
                await Task.Delay(100);
            }
        }
    }

    static async Task DeployAsync(HttpClient client)
    {
        using var form = new MultipartFormDataContent();
        using var file = new ByteArrayContent(Encoding.UTF8.GetBytes(Cases.Process));
        form.Add(file, "resources", "bench-case.bpmn");
        using var answer = await client.PostAsync(new Uri("/v2/deployments", UriKind.Relative), form);
        answer.EnsureSuccessStatusCode();
    }

    static async Task CaseAsync(HttpClient client, Watch watch)
    {
        using var started = await watch.CallAsync(() => PostAsync(
            client, "/v2/process-instances",
            new { processDefinitionId = Cases.ProcessId, variables = new { caseNo = "2026/1" } }));
        var instance = started!.RootElement.GetProperty("processInstanceKey").GetString();
        for (var step = 1; step <= 3; step++)
        {
            var began = Stopwatch.GetTimestamp();
            using var found = await PostAsync(
                client, "/v2/user-tasks/search", new { filter = new { processInstanceKey = instance, state = "CREATED" } });
            watch.Searches.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
            var key = found!.RootElement.GetProperty("items")[0].GetProperty("userTaskKey").GetString();
            var variables = new Dictionary<string, bool> { [$"result{step}"] = true };
            using var done = await watch.CallAsync(() => PostAsync(client, $"/v2/user-tasks/{key}/completion", new { variables }));
        }
    }

    /// <returns>Null when the answer has no body.</returns>
    static async Task<JsonDocument?> PostAsync<T>(HttpClient client, string path, T body)
    {
        using var answer = await client.PostAsJsonAsync(path, body);
        var text = await answer.Content.ReadAsStringAsync();
        if (!answer.IsSuccessStatusCode) throw new InvalidOperationException($"{path}: {(int)answer.StatusCode} {text}");
        return text.Length == 0 ? null : JsonDocument.Parse(text);
    }
}
