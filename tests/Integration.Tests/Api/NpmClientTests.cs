using System.Diagnostics;

namespace Integration.Tests.Api;

/// <summary>
/// The published client of the contract, with its own validation of requests and of every property of the answers,
/// against the running server. <c>npm-client/check.mjs</c> holds the steps.
/// </summary>
[Collection(ApiCollection.Name)]
public sealed class NpmClientTests(ApiServer server)
{
    static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    static readonly bool IsCi = Environment.GetEnvironmentVariable("CI") == "true";

    [Fact]
    public async Task Published_client_finds_the_contract_kept()
    {
        var folder = Path.Combine(ApiServer.Source(), "npm-client");
        Assert.SkipUnless(IsCi || await RunsAsync("node", folder, "--version"), "node is not installed");
        if (!Directory.Exists(Path.Combine(folder, "node_modules")))
        {
            var (installed, said) = await RunAsync("npm", folder, "ci", "--ignore-scripts");
            Assert.SkipUnless(IsCi || installed == 0, $"the client cannot be installed: {said}");
            Assert.True(installed == 0, said);
        }
        var (code, output) =
            await RunAsync("node", folder, "check.mjs", server.Url, Path.Combine(ApiServer.Source(), "models"));
        Assert.True(code == 0, output);
        Assert.Contains("all steps held", output, StringComparison.Ordinal);
    }

    static async Task<bool> RunsAsync(string program, string folder, params string[] arguments)
    {
        try
        {
            return (await RunAsync(program, folder, arguments)).Code == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    static async Task<(int Code, string Output)> RunAsync(string program, string folder, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        using var patience = new CancellationTokenSource(Patience);
        var output = process.StandardOutput.ReadToEndAsync(patience.Token);
        var errors = process.StandardError.ReadToEndAsync(patience.Token);
        await process.WaitForExitAsync(patience.Token);
        return (process.ExitCode, await output + await errors);
    }
}
