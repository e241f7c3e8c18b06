using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Integration.Tests.Access;
using static Integration.Tests.Procedures.ProcedureClient;

namespace Integration.Tests.Procedures;

public sealed class CheckTests(DesignHost host) : IClassFixture<DesignHost>
{
    async Task<JsonElement> CheckAsync(string id, Dictionary<string, string> files) => await Centre.OkAsync(
        host.Admin.PostAsJsonAsync($"/api/procedures/{id}/check", new { files }));

    async Task<string[]> LinesAsync(string id, Dictionary<string, string> files)
    {
        var answer = await Centre.OkAsync(host.Admin.PostAsJsonAsync($"/api/procedures/{id}/compare", new { files }));
        return [.. answer.GetProperty("lines").EnumerateArray().Select(line => line.GetProperty("text").GetString()!)];
    }

    static IEnumerable<JsonElement> Errors(JsonElement answer) => answer.GetProperty("problems").EnumerateArray()
        .Where(problem => problem.GetProperty("severity").GetString() == "error");

    [Fact]
    public async Task Check_OfEveryShippedProcedure_FindsNoErrorAndKeepsTheLaw()
    {
        var list = await Centre.OkAsync(host.Admin.GetAsync("/api/procedures"));
        foreach (var item in list.GetProperty("items").EnumerateArray())
        {
            var id = item.GetProperty("processId").GetString()!;
            var answer = await CheckAsync(id, await host.Admin.NewestAsync(id));
            Assert.Empty(Errors(answer).Select(problem => $"{id}: {problem.GetProperty("message").GetString()}"));
            Assert.All(answer.GetProperty("guard").EnumerateArray(), rule => Assert.True(
                rule.GetProperty("holds").GetBoolean(), $"{id}: {rule.GetProperty("meaning").GetString()}"));
        }
    }

    [Fact]
    public async Task Check_OfABrokenDiagram_NamesElementAndProperty()
    {
        var files = await host.Admin.NewestAsync(DesignHost.Monitoring);
        var unknownRole = await CheckAsync(DesignHost.Monitoring, files.With(
            "candidateGroups=\"assistant\"", "candidateGroups=\"plumber\""));
        Assert.Contains(Errors(unknownRole), problem =>
            problem.GetProperty("elementId").GetString() == "contact-family"
            && problem.GetProperty("message").GetString()!.Contains("plumber", StringComparison.Ordinal));
        var renamed = await CheckAsync(DesignHost.Monitoring, files.With("id=\"monitoring\" name", "id=\"monitor\" name"));
        Assert.Contains(Errors(renamed), problem => problem.GetProperty("code").GetString() == "process-id");
        var unbound = await CheckAsync(DesignHost.Monitoring, files.With(
            "formId=\"monitoring-card\" bindingType=\"deployment\"", "formId=\"monitoring-card\""));
        Assert.Contains(Errors(unbound), problem => problem.GetProperty("property").GetString() == "bindingType");
        var torn = await CheckAsync(DesignHost.Monitoring, new(files) { ["process.bpmn"] = "<bpmn" });
        Assert.NotEmpty(Errors(torn));
    }

    [Fact]
    public async Task Check_OfAFormWithTheIdOfAnotherProcedure_IsAnErrorBeforeAnybodyApproves()
    {
        var files = await host.Admin.NewestAsync(DesignHost.Monitoring);
        files["mine.form"] = (await host.Admin.NewestAsync("interview-analysis"))["interview.form"];
        var error = Assert.Single(Errors(await CheckAsync(DesignHost.Monitoring, files)));
        Assert.Equal(
            ("form-twice", "mine.form"), (error.GetProperty("code").GetString(), error.GetProperty("file").GetString()));
    }

    [Fact]
    public async Task Check_WithoutAFormThatAnotherProcedureUses_NamesThatProcedure()
    {
        var files = await host.Admin.NewestAsync("assistant-assignment");
        Assert.True(files.Remove("consent-withdrawal.form"));
        var needed = Errors(await CheckAsync("assistant-assignment", files)).Single(
            problem => problem.GetProperty("code").GetString() == "form-needed");
        Assert.Contains("Praca z rodziną", needed.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Files_WithoutText_AreRefusedInWords()
    {
        var files = new Dictionary<string, string?> { ["process.bpmn"] = null };
        foreach (var act in new[] { "check", "compare" })
        {
            var refused = await AnswerAsync(
                host.Admin.PostAsJsonAsync($"/api/procedures/monitoring/{act}", new { files }), 400);
            Assert.Contains("nie ma treści", refused.ToString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Compare_OfAChangedTermReminderRoleAndCondition_TellsEachInPlainPolish()
    {
        var files = (await host.Admin.NewestAsync(DesignHost.Monitoring))
            .With("deadline(contactedOn, 7, &quot;days&quot;", "deadline(contactedOn, 5, &quot;days&quot;")
            .With("name=\"Spróbuj drugi raz\"", "name=\"Spróbuj jeszcze raz\"")
            .With("=contactConclusion = \"no-contact\"", "=contactConclusion = \"none\"");
        var lines = await LinesAsync(DesignHost.Monitoring, files);
        Assert.Contains("„Spróbuj jeszcze raz”: termin: 7 -> 5 dni od „Data kontaktu”", lines);
        Assert.Contains("„Spróbuj jeszcze raz”: nazwa: „Spróbuj drugi raz” -> „Spróbuj jeszcze raz”", lines);
        Assert.Contains(lines, line => line.Contains(
            "warunek: =contactConclusion = \"no-contact\" -> =contactConclusion = \"none\"", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Compare_OfAReminder_TellsBothLaddersInWords()
    {
        var files = await host.Admin.NewestAsync("interview-analysis");
        var start = files["process.bpmn"].IndexOf("name=\"reminders\" value=\"", StringComparison.Ordinal) + 24;
        var end = files["process.bpmn"].IndexOf('"', start);
        files["process.bpmn"] = files["process.bpmn"][..start] + "-3wd,0,head:+2wd/1wd" + files["process.bpmn"][end..];
        var line = Assert.Single(await LinesAsync("interview-analysis", files));
        Assert.Contains("przypomnienia: ", line, StringComparison.Ordinal);
        Assert.EndsWith(
            "-> 3 dni robocze przed terminem, w dniu terminu, kierownik ośrodka: 2 dni robocze po terminie i dalej co " +
            "1 dzień roboczy", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Compare_OfAddedAndRemovedSteps_MarksThemOnTheDiagram()
    {
        var files = await host.Admin.NewestAsync(DesignHost.Monitoring);
        var changed = files.With("</bpmn:process>", "<bpmn:task id=\"extra\" name=\"Krok dodany\" /></bpmn:process>");
        var answer = await Centre.OkAsync(host.Admin.PostAsJsonAsync(
            "/api/procedures/monitoring/compare", new { files = changed }));
        var element = Assert.Single(answer.GetProperty("elements").EnumerateArray());
        Assert.Equal(
            ("extra", "added"),
            (element.GetProperty("elementId").GetString(), element.GetProperty("change").GetString()));
        Assert.Contains("Krok dodany", Assert.Single(await LinesAsync("monitoring", changed)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Compare_OfFormsAndTables_TellsFieldsAndRows()
    {
        var files = await host.Admin.NewestAsync(DesignHost.Monitoring);
        var form = System.Text.Json.Nodes.JsonNode.Parse(files["monitoring-card.form"])!;
        form["components"]!.AsArray().Add(System.Text.Json.Nodes.JsonNode.Parse(
            "{\"id\":\"extra\",\"type\":\"textfield\",\"key\":\"extra\",\"label\":\"Dodatkowe\"}"));
        files["monitoring-card.form"] = form.ToJsonString();
        var table = files["monitoring-outcome.dmn"];
        var rule = table.IndexOf("<rule ", StringComparison.Ordinal);
        var end = table.IndexOf("</rule>", rule, StringComparison.Ordinal) + "</rule>".Length;
        files["monitoring-outcome.dmn"] = table.Remove(rule, end - rule);
        var lines = await LinesAsync(DesignHost.Monitoring, files);
        Assert.Contains("formularz „Karta monitorowania”: dodano pole „Dodatkowe”", lines);
        Assert.Contains(lines, line => line.Contains("usunięto wiersz 1: ", StringComparison.Ordinal));
        Assert.Equal(2, lines.Length);
    }

    [Fact]
    public async Task Compare_OfTheSameBytes_TellsNothing_AndOfLayoutOnlyThatItIsLayout()
    {
        var files = await host.Admin.NewestAsync(DesignHost.Monitoring);
        Assert.Empty(await LinesAsync(DesignHost.Monitoring, files));
        var moved = files.With("<bpmndi:BPMNDiagram", "<!-- x --><bpmndi:BPMNDiagram");
        Assert.Contains("układ", Assert.Single(await LinesAsync(DesignHost.Monitoring, moved)), StringComparison.Ordinal);
        await Centre.IsAsync(HttpStatusCode.NotFound, host.Admin.PostAsJsonAsync(
            "/api/procedures/monitoring/compare", new { from = 1, to = 8 }));
    }
}
