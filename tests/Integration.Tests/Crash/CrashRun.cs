using System.Diagnostics;
using System.Globalization;
using Workflows.Runtime;

namespace Integration.Tests.Crash;

/// <summary>One life of the host under load, from its start to its kill or its end, as seen from outside.</summary>
sealed class CrashRun : IDisposable
{
    readonly Process process;
    readonly Task reading;
    readonly Task<string> errors;
    readonly TaskCompletionSource reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    int linesWanted = int.MaxValue;

    CrashRun(Process process)
    {
        this.process = process;
        errors = process.StandardError.ReadToEndAsync();
        reading = Task.Run(ReadAsync);
    }

    /// <summary>The journal, in order: <c>try</c>, <c>ack</c> and <c>sent</c> lines.</summary>
    public List<string> Lines { get; } = [];

    /// <param name="number">Of the life within its test: names its keys, and lets its clock run ahead of the last
    /// one's.</param>
    /// <param name="repeat">Lines of the journal whose commands are sent again first.</param>
    /// <param name="crashPoint">As in the environment variable WORKFLOWS_CRASH; null for none.</param>
    public static async Task<CrashRun> StartAsync(
        DatabaseProvider provider, string database, int number, string mode, IEnumerable<string> repeat, string? crashPoint = null)
    {
        var start = new ProcessStartInfo("dotnet",
        [
            Path.Combine(AppContext.BaseDirectory, "CrashHost.dll"), provider.ToString(), database,
            string.Create(CultureInfo.InvariantCulture, $"run{number}"), string.Create(CultureInfo.InvariantCulture, $"{number * 6}"), mode,
        ])
        {
            UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        start.Environment["WORKFLOWS_CRASH"] = crashPoint ?? "";
        start.Environment["DOTNET_TieredPGO"] = "0";    // a life of seconds: compiling quickly is what counts
        var run = new CrashRun(Process.Start(start)!);
        foreach (var line in repeat) await run.process.StandardInput.WriteLineAsync(line);
        run.process.StandardInput.Close();
        return run;
    }

    async Task ReadAsync()
    {
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            Lines.Add(line);
            if (Lines.Count >= Volatile.Read(ref linesWanted)) reached.TrySetResult();
        }
        reached.TrySetResult();
    }

    /// <summary>
    /// Kills it with kill -9, wherever it then is, once its journal is so long: on a slow machine a moment counted in
    /// time would always come before the first answer.
    /// </summary>
    public async Task KillAsync(int afterLines)
    {
        Volatile.Write(ref linesWanted, afterLines);
        await reached.Task;
        if (!process.HasExited) process.Kill();
        await EndedAsync();
    }

    /// <returns>The exit code; 137 after a kill.</returns>
    public async Task<int> EndedAsync()
    {
        await reading;
        await process.WaitForExitAsync();
        return process.ExitCode;
    }

    public Task<string> ErrorsAsync() => errors;

    public void Dispose()
    {
        if (!process.HasExited) process.Kill();
        process.Dispose();
    }
}
