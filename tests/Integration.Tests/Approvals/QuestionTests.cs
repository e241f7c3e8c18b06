using System.Text.Json;
using System.Xml.Linq;
using Api.Approvals;
using Api.Procedures;
using Api.Startup;

namespace Integration.Tests.Approvals;

/// <summary>What a task with the property <c>approval</c> must say, and what the shipped ones do say.</summary>
public sealed class QuestionTests
{
    static readonly string Workflows = Path.Combine(Locations.Repository()!, "workflows");

    static XDocument Task(params (string Name, string Value)[] properties) => XDocument.Parse($"""
        <definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0">
          <process id="p"><userTask id="t"><extensionElements><zeebe:properties>
            {string.Concat(properties.Select(one => $"<zeebe:property name=\"{one.Name}\" value=\"{one.Value}\" />"))}
          </zeebe:properties></extensionElements></userTask></process>
        </definitions>
        """);

    // No button; a button to refuse and nowhere to write why; two buttons and no field; a field and no value; no approval.
    [Theory]
    [InlineData("must name a button", "approval=normal")]
    [InlineData("approval.comment", "approval=normal", "approval.decision=ok", "approval.refuse=Odmów", "approval.refuse.value=no")]
    [InlineData("approval.decision", "approval=normal", "approval.approve=Tak", "approval.return=Zwróć", "approval.comment=why")]
    [InlineData("approval.approve.value", "approval=high", "approval.decision=ok", "approval.approve=Tak")]
    [InlineData("belong to a task", "approval.approve=Tak")]
    [InlineData("normal or high", "approval=maybe", "approval.approve=Tak")]
    public void Lint_OfAnIncompleteQuestion_NamesWhatIsMissing(string expected, params string[] said)
    {
        var found = VocabularyLint.Problems("p.bpmn", Task([.. said.Select(one => (one.Split('=')[0], one.Split('=')[1]))]));
        Assert.Contains(found, problem => problem.Message.Contains(expected, StringComparison.Ordinal));
    }

    [Fact]
    public void Lint_OfAWholeQuestion_FindsNothing() => Assert.Empty(VocabularyLint.Problems("p.bpmn", Task(
        ("approval", "normal"), ("approval.decision", "ok"), ("approval.approve", "Tak"), ("approval.approve.value", "true"),
        ("approval.refuse", "Nie"), ("approval.refuse.value", "false"), ("approval.comment", "why"))));

    [Fact]
    public void ShippedQuestions_NameFieldsAndOptionsOfTheirForms()
    {
        var forms = Directory.EnumerateFiles(Workflows, "*.form", SearchOption.AllDirectories)
            .Select(file => JsonDocument.Parse(File.ReadAllText(file)).RootElement)
            .ToDictionary(form => form.GetProperty("id").GetString()!, StringComparer.Ordinal);
        var asked = 0;
        foreach (var file in Directory.EnumerateFiles(Workflows, "process.bpmn", SearchOption.AllDirectories))
        {
            foreach (var task in XDocument.Load(file).Descendants().Where(one => one.Name.LocalName == "userTask"))
            {
                var said = task.Descendants().Where(one => one.Name.LocalName == "property")
                    .ToDictionary(one => one.Attribute("name")!.Value, one => one.Attribute("value")!.Value, StringComparer.Ordinal);
                if (ApprovalQuestion.Of(said.GetValueOrDefault) is not { } question) continue;
                asked++;
                var form = task.Descendants().Single(one => one.Name.LocalName == "formDefinition").Attribute("formId")!.Value;
                Check($"{file}: {task.Attribute("id")!.Value}", question, forms[form], forms.Keys);
            }
        }
        Assert.Equal(15, asked);
    }

    static void Check(string where, ApprovalQuestion question, JsonElement form, IEnumerable<string> forms)
    {
        Assert.All(question.Shows, shown => Assert.True(forms.Contains(shown, StringComparer.Ordinal), $"{where} shows the unknown form {shown}"));
        var fields = form.GetProperty("components").EnumerateArray()
            .Where(one => one.TryGetProperty("key", out _)).ToDictionary(one => one.GetProperty("key").GetString()!, StringComparer.Ordinal);
        if (question.CommentField is { } comment)
        {
            Assert.True(fields.TryGetValue(comment, out var text), $"{where}: no field {comment}");
            Assert.True(text.GetProperty("type").GetString() is "textarea" or "textfield", $"{where}: {comment} holds no words");
        }
        if (question.DecisionField is not { } decision) return;
        Assert.True(fields.TryGetValue(decision, out var field), $"{where}: no field {decision}");
        foreach (var value in question.Choices.Select(choice => choice.Value!).Where(value => !value.StartsWith('=')))
        {
            var known = field.GetProperty("type").GetString() == "checkbox"
                ? ["true", "false"]
                : field.GetProperty("values").EnumerateArray().Select(one => one.GetProperty("value").GetString()).ToArray();
            Assert.True(known.Contains(value, StringComparer.Ordinal), $"{where}: '{value}' is no option of {decision}");
        }
    }
}
