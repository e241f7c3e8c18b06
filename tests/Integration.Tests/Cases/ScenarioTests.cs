using Api.Cases;
using Api.Commands;
using Api.Startup;

namespace Integration.Tests.Cases;

/// <summary>Every scenario below <c>workflows/</c>, on the real engine, and replayed from its history.</summary>
public sealed class ScenarioTests
{
    static readonly string Workflows = Path.Combine(Locations.Repository()!, "workflows");

    public static TheoryData<string> Scenarios()
    {
        var data = new TheoryData<string>();
        if (!Directory.Exists(Workflows)) return data;
        foreach (var file in Directory.EnumerateFiles(Workflows, "*.json", SearchOption.AllDirectories)
            .Where(file => Path.GetFileName(Path.GetDirectoryName(file)) == "scenarios").Order(StringComparer.Ordinal))
        {
            data.Add(Path.GetRelativePath(Workflows, file));
        }
        return data;
    }

    [Theory]
    [MemberData(nameof(Scenarios))]
    public async Task Scenario_PlayedOnTheEngine_HoldsWhatItExpects(string file)
    {
        var path = Path.Combine(Workflows, file);
        var scenario = Scenario.Parse(await File.ReadAllTextAsync(path));
        await using var timeline = new StringWriter();
        await using var rehearsal = await Rehearsal.PrepareAsync(RehearseCommand.WorkflowsOf(path), timeline);
        var difference = await rehearsal.RunAsync(scenario);
        Assert.True(difference is null, $"{difference}\n{timeline}");
        await RecordedRuns.AssertReplayedAsync(rehearsal);
    }
}
