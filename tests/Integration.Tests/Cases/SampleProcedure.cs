using Integration.Tests.Support;

namespace Integration.Tests.Cases;

/// <summary>A small procedure that opens a case: one form, one place of an assistant, one end.</summary>
static class SampleProcedure
{
    public const string Id = "sample";

    public static string Write() => ProcedureFolder.Write(Id, Bpmn, ("report.form", Form));

    const string Form = """
        {
          "id": "report", "type": "default", "schemaVersion": 18,
          "components": [
            { "id": "f1", "type": "textfield", "key": "familyName", "label": "Nazwisko",
              "validate": { "required": true } },
            { "id": "f2", "type": "checkbox", "key": "urgent", "label": "Pilne", "properties": { "process": "true" } },
            { "id": "f3", "type": "checkbox", "key": "takes", "label": "Przydziel" },
            { "id": "f4", "type": "textfield", "key": "assistant", "label": "Asystent", "properties": { "staff": "assistant" } }
          ]
        }
        """;

    const string Bpmn = """
        <?xml version="1.0" encoding="UTF-8"?>
        <definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="t" id="d"
                     xmlns:zeebe="http://camunda.org/schema/zeebe/1.0">
          <process id="sample" name="Próbna sprawa" isExecutable="true">
            <extensionElements>
              <zeebe:properties>
                <zeebe:property name="case" value="root" />
                <zeebe:property name="startableBy" value="clerk" />
              </zeebe:properties>
            </extensionElements>
            <startEvent id="start" />
            <sequenceFlow id="f1" sourceRef="start" targetRef="report" />
            <userTask id="report" name="Zarejestruj">
              <extensionElements>
                <zeebe:userTask />
                <zeebe:formDefinition formId="report" bindingType="deployment" />
                <zeebe:assignmentDefinition candidateGroups="clerk" />
                <zeebe:properties><zeebe:property name="takesPlace" value="=takes = true" /></zeebe:properties>
              </extensionElements>
            </userTask>
            <sequenceFlow id="f2" sourceRef="report" targetRef="work" />
            <userTask id="work" name="Praca">
              <extensionElements>
                <zeebe:userTask />
                <zeebe:assignmentDefinition candidateGroups="clerk" />
              </extensionElements>
            </userTask>
            <sequenceFlow id="f4" sourceRef="work" targetRef="release" />
            <serviceTask id="release">
              <extensionElements>
                <zeebe:taskDefinition type="assistant.release" />
                <zeebe:ioMapping><zeebe:input source="=&quot;assistant&quot;" target="assistant" /></zeebe:ioMapping>
              </extensionElements>
            </serviceTask>
            <sequenceFlow id="f5" sourceRef="release" targetRef="end" />
            <endEvent id="end" />
          </process>
        </definitions>
        """;
}
