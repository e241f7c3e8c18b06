using System.Collections.Immutable;
using System.Diagnostics;
using System.Text;
using Workflows.Statute;

namespace Workflows.Tests.Statute;

/// <summary>A draft may be large and heavily broken; the check of it must still be there soon.</summary>
public sealed class LargeDraftTests(ITestOutputHelper output)
{
    /// <summary>Largest draft the server takes, in characters.</summary>
    const int DraftMax = 2_000_000;

    /// <summary>The engine takes 2000 flow nodes and 5000 elements; the rest of the text is documentation.</summary>
    const int Added = 1_200;

    /// <summary>Every performer, term and reminder is gone, and 1200 further steps lie on the way of the first flow.</summary>
    static ImmutableSortedDictionary<string, string> Broken(string name)
    {
        var files = ShippedBooks.Files(name);
        var xml = files["process.bpmn"];
        foreach (var attribute in new[] { "candidateGroups", "dueDate", "value" })
        {
            xml = System.Text.RegularExpressions.Regex.Replace(
                xml, $"(?<name> {attribute})=\"[^\"]*\"", "${name}=\"\"");
        }
        var more = new StringBuilder();
        var text = new string('x', (DraftMax - xml.Length) / Added - 260);
        for (var i = 0; i < Added; i++)
        {
            more.Append("<bpmn:userTask id=\"added-").Append(i).Append("\" name=\"Krok ").Append(i).Append("\"><bpmn:documentation>")
                .Append(text).Append("</bpmn:documentation></bpmn:userTask>");
            if (i > 0)
            {
                more.Append("<bpmn:sequenceFlow id=\"added-flow-").Append(i).Append("\" sourceRef=\"added-").Append(i - 1)
                    .Append("\" targetRef=\"added-").Append(i).Append("\" />\n");
            }
        }
        var end = xml.IndexOf("</bpmn:process>", StringComparison.Ordinal);
        return files.SetItem("process.bpmn", xml.Insert(end, more.ToString()));
    }

    [Theory]
    [InlineData("interview-analysis")]
    [InlineData("supporting-family")]
    public void Guard_OfALargeBrokenDraft_TriesFewVersionsAndStillRepairs(string name)
    {
        var files = Broken(name);
        Assert.InRange(files["process.bpmn"].Length, DraftMax * 9 / 10, DraftMax);
        var reading = Procedure.Read(files);
        Assert.True(reading.Procedure is not null, string.Join('\n', reading.Problems.Take(3).Select(problem => problem.Message)));
        var (edited, shipped) = (reading.Procedure, ShippedBooks.Read(name));
        var watch = Stopwatch.StartNew();
        var report = Guard.Check(edited, ShippedBooks.Book(name), shipped);
        var broken = report.Findings.Where(finding => !finding.Holds).ToList();
        output.WriteLine($"{name}: {files["process.bpmn"].Length} characters, {broken.Count} of {report.Findings.Length} rules broken, "
            + $"{report.Versions} versions tried, {watch.ElapsedMilliseconds} ms");
        Assert.True(broken.Count > 5, $"only {broken.Count} rules are broken");
        // Counted, not timed: one version of this size takes some tenths of a second to read and judge.
        Assert.InRange(report.Versions, 1, 8);
        Assert.Contains(broken, finding => finding.Repair is not null);
    }

    /// <summary>All steps are selected and deleted: everything of the product is missing for every rule.</summary>
    [Fact]
    public void Guard_OfEveryShippedDiagramEmptied_PutsFewPartsBackAndOffersTheWholeOne()
    {
        foreach (var name in ShippedBooks.Names)
        {
            var files = ShippedBooks.Files(name);
            var emptied = files.SetItem("process.bpmn", $"""
                <bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
                    xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" id="d" targetNamespace="t">
                  <bpmn:process id="{name}" name="Pusta" isExecutable="true">
                    <bpmn:startEvent id="s" name="Początek" />
                  </bpmn:process>
                  <bpmndi:BPMNDiagram id="dd"><bpmndi:BPMNPlane id="pp" bpmnElement="{name}" /></bpmndi:BPMNDiagram>
                </bpmn:definitions>
                """);
            var watch = Stopwatch.StartNew();
            var report = Guard.Check(Procedure.Read(emptied).Procedure!, ShippedBooks.Book(name), ShippedBooks.Read(name));
            var broken = report.Findings.Where(finding => !finding.Holds).ToList();
            output.WriteLine($"{name}: {broken.Count} rules broken, {report.Versions} versions tried, "
                + $"{report.PartsWritten} parts put back, {watch.ElapsedMilliseconds} ms");
            // Counted, not timed: one part is written in a millisecond or two.
            Assert.InRange(report.PartsWritten, 0, 160);
            Assert.All(broken, finding => Assert.NotNull(finding.Repair));
        }
    }
}
