using System.Text.Json;
using Integration.Tests.Startup;
using Integration.Tests.Support;

namespace Integration.Tests.Cases;

/// <summary>Fields of a form that name a colleague (form property <c>staff</c>).</summary>
public sealed class StaffFieldTests(StaffFieldTests.Host host) : IClassFixture<StaffFieldTests.Host>
{
    public sealed class Host : IAsyncLifetime
    {
        public RunningHost Running { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Running = await RunningHost.StartAsync(
            $"--Workflows:Path={ProcedureFolder.Write("handover", Bpmn, ("handover.form", Form))}");

        public ValueTask DisposeAsync() => Running.DisposeAsync();
    }

    const string Form = """
        {
          "id": "handover", "type": "default", "schemaVersion": 18,
          "components": [
            { "id": "f1", "type": "textfield", "key": "handedTo", "label": "Komu przekazano",
              "properties": { "staff": "head, team_lead" } },
            { "id": "f2", "type": "dynamiclist", "path": "steps", "label": "Kto co zrobi", "components": [
              { "id": "f3", "type": "textfield", "key": "who", "label": "Kto", "properties": { "staff": "any" } }
            ] }
          ]
        }
        """;

    const string Bpmn = """
        <?xml version="1.0" encoding="UTF-8"?>
        <definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="t" id="d"
                     xmlns:zeebe="http://camunda.org/schema/zeebe/1.0">
          <process id="handover" name="Przekazanie" isExecutable="true">
            <extensionElements>
              <zeebe:properties>
                <zeebe:property name="case" value="root" />
                <zeebe:property name="startableBy" value="clerk" />
              </zeebe:properties>
            </extensionElements>
            <startEvent id="start" />
            <sequenceFlow id="f1" sourceRef="start" targetRef="hand-over" />
            <userTask id="hand-over" name="Przekaż">
              <extensionElements>
                <zeebe:userTask />
                <zeebe:formDefinition formId="handover" bindingType="deployment" />
                <zeebe:assignmentDefinition candidateGroups="clerk" />
              </extensionElements>
            </userTask>
            <sequenceFlow id="f2" sourceRef="hand-over" targetRef="end" />
            <endEvent id="end" />
          </process>
        </definitions>
        """;

    [Fact]
    public async Task Colleague_OfAnotherRoleOrUnknown_IsRefusedAtTheFieldAlsoInRows()
    {
        using var clerk = host.Running.Client("clerk");
        var key = (await clerk.PostAsync("/api/cases", new { process = "handover" }, 200)).Text("taskKey");
        object Answer(string handedTo, params string[] people) => new
        {
            form = new { handedTo, steps = people.Select(who => new { who }).ToArray() },
        };
        async Task<string[]> RefusedAsync(object answer)
        {
            var problem = await clerk.PostAsync($"/api/tasks/{key}/completion", answer, 400);
            return [.. problem.GetProperty("errors").EnumerateObject().Select(error => error.Name)];
        }
        Assert.Equal(["handedTo"], await RefusedAsync(Answer("assistant", "assistant")));
        Assert.Equal(["steps[1].who"], await RefusedAsync(Answer("head", "mayor", "Jan Kowalski")));
        Assert.Equal(["steps[0].who"], await RefusedAsync(Answer("team_lead", "admin")));
        await clerk.PostAsync($"/api/tasks/{key}/completion", Answer("team_lead", "mayor", "clerk"), 200);
    }

    [Fact]
    public async Task Colleagues_OfSeveralRoles_AreOfferedTogether()
    {
        using var clerk = host.Running.Client("clerk");
        async Task<string[]> OfAsync(string query) =>
        [
            .. (await clerk.GetAsync("/api/colleagues" + query, 200)).EnumerateArray()
                .Select(person => person.Text("userName")).Order(StringComparer.Ordinal),
        ];
        Assert.Equal(["head", "team_lead"], await OfAsync("?role=head, team_lead"));
        Assert.Equal(await OfAsync(""), await OfAsync("?role=any"));
        Assert.DoesNotContain("admin", await OfAsync("?role=any"));
    }
}
