using System.Diagnostics;
using Workflows.Engine.Model;
using Workflows.Statute;

namespace Workflows.Tests.Statute;

/// <summary>Every procedure of the product passes its own book, and the proof is cheap.</summary>
public sealed class ShippedStatuteTests(ITestOutputHelper output)
{
    /// <summary>
    /// Points of the graph looked at for the largest book. Measured: see the output of the test; the bound leaves room
    /// for twice the diagram.
    /// </summary>
    const long WorkMax = 200_000;

    public static TheoryData<string> Names => ShippedBooks.Rows;

    [Theory]
    [MemberData(nameof(Names))]
    public void Guard_OfAShippedProcedure_HoldsEveryRule(string name)
    {
        var shipped = ShippedBooks.Read(name);
        var report = Guard.Check(shipped, ShippedBooks.Book(name), null);
        var broken = report.Findings.Where(finding => !finding.Holds)
            .Select(finding => $"{finding.RuleId}: {finding.Meaning}");
        Assert.True(report.Holds, string.Join('\n', broken));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Book_OfAShippedProcedure_NamesOnlyWhatIsThere(string name)
    {
        var shipped = ShippedBooks.Read(name);
        var book = ShippedBooks.Book(name);
        Assert.Equal(shipped.ProcessId, book.ProcessId);
        // A rule about a step that is not there would hold for ever, and prove nothing.
        var report = Guard.Check(shipped, book, null);
        var unknown = report.Findings.SelectMany(finding => finding.Elements)
            .Where(id => !shipped.Definition.Nodes.ContainsKey(id));
        Assert.Empty(unknown);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Reading_OfAShippedProcedure_FindsNoProblem(string name) =>
        Assert.Empty(Procedure.Read(ShippedBooks.Files(name)).Problems
            .Where(problem => problem.Severity == ProblemSeverity.Error));

    [Theory]
    [MemberData(nameof(Names))]
    public void Articles_OfABook_AreReadWithoutRemarksOfTheCatalogue(string name)
    {
        var text = File.ReadAllText(Path.Combine(ShippedBooks.Folder, name, "statute.json"));
        string[] remarks = ["✓", "†", "(", ")", "założenie", "wywiedzion", "  ", "G11", "P08"];
        Assert.All(ShippedBooks.Book(name).Rules, rule =>
        {
            Assert.All(remarks, remark => Assert.DoesNotContain(remark, rule.Article, StringComparison.Ordinal));
            Assert.All(remarks[..2], remark => Assert.DoesNotContain(remark, rule.Sentence, StringComparison.Ordinal));
            Assert.NotEmpty(rule.Article);
            // What is left stands in the file: nothing is invented.
            Assert.Contains($"\"{rule.Article}", text, StringComparison.Ordinal);
        });
    }

    [Fact]
    public void Guard_OfEveryProcedure_LooksAtABoundedNumberOfPoints()
    {
        foreach (var name in ShippedBooks.Names)
        {
            var (shipped, book) = (ShippedBooks.Read(name), ShippedBooks.Book(name));
            var watch = Stopwatch.StartNew();
            var report = Guard.Check(shipped, book, null);
            output.WriteLine($"{name}: {shipped.Definition.Nodes.Count} nodes, {book.Rules.Length} rules, " +
                $"{report.Work} points, {watch.ElapsedMilliseconds} ms");
            Assert.InRange(report.Work, 0, WorkMax);
        }
    }
}
