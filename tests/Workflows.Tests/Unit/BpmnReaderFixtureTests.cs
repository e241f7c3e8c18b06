using System.Xml.Linq;
using Workflows.Engine.Model;

namespace Workflows.Tests.Unit;

/// <summary>
/// Models drawn by others, kept beside the repository. Skipped where they are absent: a clone has none.
/// </summary>
public sealed class BpmnReaderFixtureTests
{
    static readonly XNamespace Bpmn = BpmnReader.ModelNamespace;

    static readonly string[] NotExecuted =
    [
        "inclusiveGateway", "complexGateway", "transaction", "adHocSubProcess", "signalEventDefinition",
        "linkEventDefinition", "conditionalEventDefinition", "compensateEventDefinition", "cancelEventDefinition",
    ];

    [Fact]
    public void Behaviour_fixtures_are_refused_exactly_when_they_hold_something_not_executed()
    {
        foreach (var file in FilesBelow("bpmn/fixtures"))
        {
            var result = BpmnReader.Read(File.ReadAllBytes(file));

            var elements = XDocument.Load(file).Descendants().ToList();
            var refused = ElementsNotExecuted(elements).Any()
                || elements.Any(e => (string?)e.Attribute("isForCompensation") == "true")
                || elements.Any(e => (string?)e.Attribute("scriptFormat") == "groovy");
            Assert.True(
                refused == result.HasErrors,
                $"Expected {(refused ? "a refusal" : "no error")} for {file}, but found:\n"
                + string.Join('\n', result.Problems));
        }
    }

    [Fact]
    public void Interchange_models_are_read_and_every_element_not_executed_is_named()
    {
        foreach (var file in FilesBelow("miwg"))
        {
            var result = BpmnReader.Read(File.ReadAllBytes(file), new(ReadNonExecutable: true));

            Assert.NotEmpty(result.Processes);
            var errors = result.Problems.Where(p => p.Severity == ProblemSeverity.Error).ToList();
            foreach (var element in ElementsNotExecuted(XDocument.Load(file).Descendants()))
            {
                var node = element.Name.LocalName.EndsWith("EventDefinition", StringComparison.Ordinal)
                    ? element.Parent!
                    : element;
                Assert.Contains(errors, e => e.ElementId == (string?)node.Attribute("id"));
            }
        }
    }

    static IEnumerable<XElement> ElementsNotExecuted(IEnumerable<XElement> elements) =>
        elements.Where(e => e.Name.Namespace == Bpmn && NotExecuted.Contains(e.Name.LocalName));

    static string[] FilesBelow(string folder)
    {
        for (var up = new DirectoryInfo(AppContext.BaseDirectory); up is not null; up = up.Parent)
        {
            var found = Path.Combine(up.FullName, "shared", "conformance", folder);
            if (!Directory.Exists(found)) continue;
            var files = Directory.GetFiles(found, "*.bpmn", SearchOption.AllDirectories);
            Assert.NotEmpty(files);
            return files;
        }

        Assert.Skip($"No folder shared/conformance/{folder} beside the repository.");
        return [];
    }
}
