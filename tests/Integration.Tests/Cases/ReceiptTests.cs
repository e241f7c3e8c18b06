using System.Text.Json;

namespace Integration.Tests.Cases;

/// <summary>What a person is told before and after a step: what may follow, what has followed, and who has it.</summary>
public sealed class ReceiptTests(OfficeHost office) : IClassFixture<OfficeHost>
{
    const string Steps = """
        <startEvent id="start"/>
        <sequenceFlow id="f1" sourceRef="start" targetRef="arrange"/>
        <userTask id="arrange" name="Umów"><extensionElements><zeebe:userTask/></extensionElements></userTask>
        <sequenceFlow id="f2" sourceRef="arrange" targetRef="visit"/>
        <userTask id="visit" name="Odwiedź"><extensionElements><zeebe:userTask/></extensionElements></userTask>
        <boundaryEvent id="late" attachedToRef="visit" cancelActivity="false">
          <timerEventDefinition><timeDuration>P1D</timeDuration></timerEventDefinition>
        </boundaryEvent>
        <sequenceFlow id="f3" sourceRef="late" targetRef="remind"/>
        <userTask id="remind" name="Przypomnij"><extensionElements><zeebe:userTask/></extensionElements></userTask>
        <sequenceFlow id="f4" sourceRef="visit" targetRef="held"/>
        <exclusiveGateway id="held" name="Odbyła się?" default="f7"/>
        <sequenceFlow id="f5" name="tak" sourceRef="held" targetRef="all"><conditionExpression>=a</conditionExpression></sequenceFlow>
        <sequenceFlow id="f6" name="odmowa" sourceRef="held" targetRef="explain"><conditionExpression>=b</conditionExpression></sequenceFlow>
        <sequenceFlow id="f7" name="nikogo nie było" sourceRef="held" targetRef="arrange"/>
        <userTask id="explain" name="Wyjaśnij">
          <extensionElements><zeebe:userTask/><zeebe:assignmentDefinition candidateGroups="head"/></extensionElements>
        </userTask>
        <sequenceFlow id="f8" sourceRef="explain" targetRef="all"/>
        <subProcess id="all">
          <multiInstanceLoopCharacteristics isSequential="true"><extensionElements>
            <zeebe:loopCharacteristics inputCollection="=[1, 2]"/></extensionElements></multiInstanceLoopCharacteristics>
          <startEvent id="each"/>
          <sequenceFlow id="s1" sourceRef="each" targetRef="contact"/>
          <userTask id="contact" name="Zadzwoń"><extensionElements><zeebe:userTask/></extensionElements></userTask>
          <sequenceFlow id="s2" sourceRef="contact" targetRef="stop"/>
          <endEvent id="stop"><errorEventDefinition errorRef="refused"/></endEvent>
          <sequenceFlow id="s3" sourceRef="contact" targetRef="called"/>
          <endEvent id="called"/>
        </subProcess>
        <boundaryEvent id="refusal" attachedToRef="all"><errorEventDefinition errorRef="refused"/></boundaryEvent>
        <sequenceFlow id="f9" sourceRef="refusal" targetRef="report"/>
        <userTask id="report" name="Zgłoś"><extensionElements><zeebe:userTask/></extensionElements></userTask>
        <sequenceFlow id="f10" sourceRef="all" targetRef="close"/>
        <userTask id="close" name="Zakończ"><extensionElements><zeebe:userTask/></extensionElements></userTask>
        """;

    [Fact]
    public async Task Next_OfATaskBeforeABranch_NamesTheBranchesAndWhatIsDoneAgainLast()
    {
        using var demo = office.Running.Client("demo");
        await DeployAsync(demo, "next-steps", Steps, """<error id="refused" errorCode="refused"/>""");
        var tasks = await StartAsync(demo, "next-steps");
        var arrange = await demo.GetAsync($"/api/tasks/{tasks["arrange"]}", 200);
        Assert.Equal("Odwiedź", Assert.Single(arrange.List("next")).Text("name"));

        await demo.PostAsync($"/api/tasks/{tasks["arrange"]}/completion", new { form = new { } }, 200);
        tasks = await TasksAsync(demo, "next-steps");
        var next = (await demo.GetAsync($"/api/tasks/{tasks["visit"]}", 200)).List("next").ToList();
        // The way over a refusal leads to the contacts, too: they depend on no branch. The timer's step is no next one.
        Assert.Equal(["Wyjaśnij", "Zadzwoń", "Umów"], next.Select(step => step.Text("name")));
        Assert.Equal(["Odbyła się? odmowa", "Odbyła się? tak", "Odbyła się? nikogo nie było"], next.Select(step => step.Text("when")));
        Assert.Equal([false, false, true], next.Select(step => step.GetProperty("again").GetBoolean()));
        Assert.Equal("kierownik ośrodka", next[0].Text("who"));
    }

    [Fact]
    public async Task Next_InsideARepeatedSubProcess_IsTheSameAgainThenWhatFollowsAllAndWhoeverCatchesAnError()
    {
        using var demo = office.Running.Client("demo");
        await DeployAsync(
            demo, "next-contacts",
            Steps.Replace("sourceRef=\"start\" targetRef=\"arrange\"", "sourceRef=\"start\" targetRef=\"all\"", StringComparison.Ordinal),
            """<error id="refused" errorCode="refused"/>""");
        var tasks = await StartAsync(demo, "next-contacts");
        var next = (await demo.GetAsync($"/api/tasks/{tasks["contact"]}", 200)).List("next").ToList();
        Assert.Equal(["Zgłoś", "Zakończ", "Zadzwoń"], next.Select(step => step.Text("name")));
        Assert.Equal([false, false, true], next.Select(step => step.GetProperty("again").GetBoolean()));
    }

    [Fact]
    public async Task Receipt_OfAStepThatStartedAnIntervention_NamesItsTasksAndWhoHasThem()
    {
        using var lead = office.Running.Client("team_lead");
        var (_, key) = await TriageAsync("Bocian");
        var page = await lead.GetAsync($"/api/tasks/{key}", 200);
        var announced = Assert.Single(page.List("next"), step => step.Text("name") == "Zaalarmuj kierownika i zespół");
        Assert.Equal("Dziecko zagrożone? tak", announced.Text("when"));
        var earlier = Assert.Single(page.List("next"), step => step.Text("name") == "Sprawdź wcześniejsze sprawy rodziny");
        Assert.Equal(JsonValueKind.Null, earlier.GetProperty("when").ValueKind);

        var receipt = await lead.PostAsync($"/api/tasks/{key}/completion", new { form = Danger }, 200);
        Assert.True(receipt.GetProperty("settled").GetBoolean());
        var started = Assert.Single(receipt.List("next"), step => step.Text("name") == "Zaalarmuj kierownika i zespół");
        Assert.Equal("każdy pracownik", started.Text("who"));
        Assert.StartsWith("Interwencja", started.Text("procedure"), StringComparison.Ordinal);
        var own = Assert.Single(receipt.List("next"), step => step.Text("name") == "Sprawdź wcześniejsze sprawy rodziny");
        Assert.Equal(JsonValueKind.Null, own.GetProperty("procedure").ValueKind);
        // In the order of what is due; what the clerk does is seen, not offered.
        var due = receipt.List("next").Select(step => step.GetProperty("dueDate").GetDateTimeOffset()).ToList();
        Assert.Equal(due.Order(), due);
        Assert.True(started.GetProperty("mine").GetBoolean());
        Assert.False(own.GetProperty("mine").GetBoolean());

        var again = await lead.GetAsync($"/api/tasks/{key}/receipt", 200);
        Assert.Equal(
            receipt.List("next").Select(step => step.Text("name")), again.List("next").Select(step => step.Text("name")));
        using var mayor = office.Running.Client("mayor");
        await mayor.GetAsync($"/api/tasks/{key}/receipt", 404);
    }

    [Fact]
    public async Task Receipt_WhileAProcedureIsStillToBeStarted_SaysThatMoreMayCome()
    {
        using var demo = office.Running.Client("demo");
        await DeployAsync(demo, "starts-nothing", """
            <startEvent id="start"/>
            <sequenceFlow id="f1" sourceRef="start" targetRef="ask"/>
            <userTask id="ask" name="Zapytaj"><extensionElements><zeebe:userTask/></extensionElements></userTask>
            <sequenceFlow id="f2" sourceRef="ask" targetRef="begin"/>
            <serviceTask id="begin"><extensionElements><zeebe:taskDefinition type="procedure.start"/>
              <zeebe:taskHeaders><zeebe:header key="processId" value="not-deployed-yet"/></zeebe:taskHeaders>
            </extensionElements></serviceTask>
            <sequenceFlow id="f3" sourceRef="begin" targetRef="go-on"/>
            <userTask id="go-on" name="Kontynuuj"><extensionElements><zeebe:userTask/></extensionElements></userTask>
            """);
        var tasks = await StartAsync(demo, "starts-nothing");
        Assert.Equal(
            ["Kontynuuj"],
            (await demo.GetAsync($"/api/tasks/{tasks["ask"]}", 200)).List("next").Select(step => step.Text("name")));
        var receipt = await demo.PostAsync($"/api/tasks/{tasks["ask"]}/completion", new { form = new { } }, 200);
        Assert.False(receipt.GetProperty("settled").GetBoolean());
        Assert.Equal("Kontynuuj", Assert.Single(receipt.List("next")).Text("name"));
        await demo.GetAsync($"/api/tasks/{(await TasksAsync(demo, "starts-nothing"))["go-on"]}/receipt", 404);
    }

    [Fact]
    public async Task Intervention_WhileOneRuns_IsAskedForOnceMoreAndNeverForbidden()
    {
        using var head = office.Running.Client("head");
        var (caseNo, _) = await TriageAsync("Dudek");
        var address = $"/api/cases/{caseNo}/interventions";
        head.DefaultRequestHeaders.Add("Idempotency-Key", $"first-{caseNo}");
        var first = await head.PostAsync(address, new { }, 200);
        var repeated = await head.PostAsync(address, new { }, 200);
        Assert.Equal(first.Text("instanceKey"), repeated.Text("instanceKey"));

        head.DefaultRequestHeaders.Remove("Idempotency-Key");
        var asked = await head.PostAsync(address, new { }, 409);
        Assert.Equal("ALREADY_RUNNING", asked.Text("title"));
        var running = Assert.Single(asked.List("running"));
        Assert.True(running.GetProperty("startedAt").GetDateTimeOffset() <= DateTimeOffset.UtcNow);
        Assert.Contains(running.List("steps"), step => step.Text("who").Contains("każdy pracownik", StringComparison.Ordinal));

        var second = await head.PostAsync(address, new { again = true }, 200);
        Assert.NotEqual(first.Text("instanceKey"), second.Text("instanceKey"));
        Assert.Equal(2, (await head.PostAsync(address, new { }, 409)).List("running").Count());
    }

    static readonly Dictionary<string, object> Danger = new(StringComparer.Ordinal)
    {
        ["childInDanger"] = true, ["urgency"] = "child in danger", ["intakeEntry"] = "ordinary",
        ["reportFounded"] = true, ["note"] = "Dziecko samo w domu.",
    };

    async Task<(string CaseNo, string TaskKey)> TriageAsync(string familyNames)
    {
        using var clerk = office.Running.Client("clerk");
        using var lead = office.Running.Client("team_lead");
        var (caseNo, _) = await OfficeHost.ReportAsync(clerk, familyNames);
        var queue = await lead.FindTasksAsync("queue", caseNo);
        return (caseNo, queue.List("items").Single(one => one.Text("elementId") == "triage-report").Text("taskKey"));
    }

    static async Task DeployAsync(HttpClient client, string id, string elements, string more = "")
    {
        using var form = new MultipartFormDataContent
        {
            {
                new StringContent($"""
                    <definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="t"
                        xmlns:zeebe="http://camunda.org/schema/zeebe/1.0">{more}
                      <process id="{id}" isExecutable="true">{elements}</process>
                    </definitions>
                    """), "resources", $"{id}.bpmn"
            },
        };
        await Office.BodyAsync(await client.PostAsync("/v2/deployments", form), 200);
    }

    static async Task<Dictionary<string, string>> StartAsync(HttpClient client, string id)
    {
        await client.PostAsync("/v2/process-instances", new { processDefinitionId = id }, 200);
        return await TasksAsync(client, id);
    }

    /// <summary>Open tasks of this process by element.</summary>
    static async Task<Dictionary<string, string>> TasksAsync(HttpClient client, string id)
    {
        var found = await client.PostAsync(
            "/v2/user-tasks/search", new { filter = new { processDefinitionId = id, state = "CREATED" } }, 200);
        return found.List("items").ToDictionary(
            task => task.Text("elementId"), task => task.Text("userTaskKey"), StringComparer.Ordinal);
    }
}
