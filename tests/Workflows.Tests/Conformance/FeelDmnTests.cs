using System.Globalization;
using System.Text;
using Conformance;
using Workflows.Engine.Decisions;

namespace Workflows.Tests.Conformance;

/// <summary>The public decision cases beside the repository, where they are there.</summary>
public sealed class FeelDmnTests
{
    /// <summary>Cases with a value that were right when this was last raised, in ten thousandths. It never
    /// falls.</summary>
    const int ShareFloor = 9942;

    static string Repository
    {
        get
        {
            var folder = new DirectoryInfo(AppContext.BaseDirectory);
            while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "WorkflowHost.sln")))
                folder = folder.Parent;
            return folder?.FullName ?? throw new InvalidOperationException("The repository is not above the tests.");
        }
    }

    /// <summary>Beside the repository, or, for a work tree in a folder of work trees, one level further up.</summary>
    static string? Data => new[] { "../shared/conformance/feel-dmn", "../../shared/conformance/feel-dmn" }
        .Select(path => Path.GetFullPath(Path.Combine(Repository, path)))
        .FirstOrDefault(path => File.Exists(Path.Combine(path, "cases.jsonl")));

    static IReadOnlyList<CaseResult> Results(string data)
    {
        var models = new Dictionary<string, DmnReadResult>(StringComparer.Ordinal);
        return
        [
            .. File.ReadLines(Path.Combine(data, "cases.jsonl"))
                .Select(line => FeelDmnRunner.Evaluate(Path.Combine(data, "models"), line, models)),
        ];
    }

    [Fact]
    public void DecisionCases_WithAValue_AreRightToTheCommittedShare()
    {
        Assert.SkipUnless(Data is not null, "The decision cases are not beside the repository.");
        var results = Results(Data!);
        var counts = FeelDmnRunner.Count(results);
        var share = counts.Sum(count => count.ValuedRight) * 10_000 / counts.Sum(count => count.Valued);
        var wrong = results.Where(result => result is { ExpectsValue: true, IsRight: false })
            .Select(result => $"{result.Id}: expected {result.Expected}, "
                + $"found {result.Error ?? result.Value!.ToString()}");
        Assert.True(share >= ShareFloor, $"{share} of 10,000 are right.\n{string.Join('\n', wrong)}");
    }

    [Fact]
    public void SupportPage_FromTheCases_IsTheCommittedOne()
    {
        Assert.SkipUnless(Data is not null, "The decision cases are not beside the repository.");
        var page = Page(FeelDmnRunner.Count(Results(Data!)));
        var path = Path.Combine(Repository, "docs", "feel-dmn-support.md");
        if (Environment.GetEnvironmentVariable("UPDATE_DOCS") == "1") File.WriteAllText(path, page);
        Assert.Equal(page, File.ReadAllText(path));
    }

    static string Page(IReadOnlyList<FamilyCount> counts)
    {
        var page = new StringBuilder();
        page.Append("# FEEL and DMN support\n\n");
        page.Append("Written by the tests (`UPDATE_DOCS=1`) from the public cases of the DMN TCK, levels 2 and 3.\n");
        page.Append("Where a case expects null, an error is right too; the last column leaves those cases out.\n\n");
        page.Append(CultureInfo.InvariantCulture,
            $"All: {counts.Sum(c => c.ValuedRight)} of {counts.Sum(c => c.Valued)} with a value, ");
        page.Append(CultureInfo.InvariantCulture,
            $"{counts.Sum(c => c.Right)} of {counts.Sum(c => c.Cases)} in all.\n\n");
        page.Append("Not executed: functions of kind Java and PMML, and back references in patterns, because ");
        page.Append("matching is linear in time.\n\n");
        page.Append("| family | right of all | right of those with a value |\n| --- | --- | --- |\n");
        foreach (var count in counts)
        {
            page.Append(CultureInfo.InvariantCulture,
                $"| {count.Family} | {count.Right} of {count.Cases} | {count.ValuedRight} of {count.Valued} |\n");
        }
        return page.ToString();
    }
}
