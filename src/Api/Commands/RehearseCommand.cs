using System.Text.Json;
using Api.Cases;
using Api.Startup;

namespace Api.Commands;

/// <summary>
/// The command line <c>rehearse FILE</c>: plays one scenario on the real engine and prints its timeline.
/// </summary>
public static class RehearseCommand
{
    /// <returns>0 when every expectation held; otherwise 1, with the first difference on <paramref
    /// name="errors"/>.</returns>
    public static async Task<int> RunAsync(string[] args, TextWriter output, TextWriter errors)
    {
        if (args is not [var given])
        {
            await errors.WriteLineAsync("Say which file: rehearse workflows/family-support/scenarios/NAME.json");
            return 1;
        }
        if (Find(given) is not { } file)
        {
            await errors.WriteLineAsync($"'{given}' is not there.");
            return 1;
        }
        try
        {
            var scenario = Scenario.Parse(await File.ReadAllTextAsync(file));
            await output.WriteLineAsync(scenario.Name);
            if (scenario.About is { } about) await output.WriteLineAsync(about);
            await using var rehearsal = await Rehearsal.PrepareAsync(WorkflowsOf(file), output);
            if (await rehearsal.RunAsync(scenario) is { } difference)
            {
                await errors.WriteLineAsync($"Różnica: {difference}");
                return 1;
            }
            await output.WriteLineAsync("Wszystkie oczekiwania spełnione.");
            return 0;
        }
        catch (Exception problem) when (problem is JsonException or SettingException or RoutineRefusedException)
        {
            await errors.WriteLineAsync(problem.Message);
            return 1;
        }
    }

    /// <summary>
    /// <c>dotnet run</c> may stand elsewhere than the person: $PWD, the current folder and the repository are tried.
    /// </summary>
    static string? Find(string given)
    {
        string?[] places =
        [
            Environment.GetEnvironmentVariable("PWD"), Directory.GetCurrentDirectory(), Locations.Repository(),
        ];
        return places.OfType<string>().Select(place => Path.GetFullPath(given, place)).FirstOrDefault(File.Exists);
    }

    /// <summary>The procedures beside which the scenario lies: workflows/PROCESS/scenarios/NAME.json.</summary>
    public static string WorkflowsOf(string file)
    {
        var scenarios = new FileInfo(file).Directory;
        var workflows = scenarios?.Parent?.Parent;
        return scenarios?.Name == "scenarios" && workflows is not null
            ? workflows.FullName
            : Path.Combine(Locations.Repository() ?? AppContext.BaseDirectory, "workflows");
    }
}
