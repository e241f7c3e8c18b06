using Integration.Tests.Support;

namespace Integration.Tests.Access;

/// <summary>A procedure with one step for each way a person can belong to a case.</summary>
static class RightsProcedure
{
    public const string Id = "rights-sample";

    public static string Write() => ProcedureFolder.Write(Id, Bpmn, ("rights-report.form", Form));

    const string Form = """
        {
          "id": "rights-report", "type": "default", "schemaVersion": 18,
          "components": [
            { "id": "f1", "type": "textfield", "key": "socialWorker", "label": "Pracownik",
              "validate": { "required": true },
              "properties": { "process": "true", "key": "true", "staff": "social_worker" } },
            { "id": "f2", "type": "textfield", "key": "assistant", "label": "Asystent",
              "validate": { "required": true },
              "properties": { "process": "true", "key": "true", "staff": "assistant" } }
          ]
        }
        """;

    static string Task(string id, string assignment, string more = "") => $"""
        <userTask id="{id}" name="{id}">
          <extensionElements>
            <zeebe:userTask />
            <zeebe:assignmentDefinition {assignment} />{more}
          </extensionElements>
        </userTask>
        """;

    static readonly string Bpmn = $"""
        <?xml version="1.0" encoding="UTF-8"?>
        <definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="t" id="d"
                     xmlns:zeebe="http://camunda.org/schema/zeebe/1.0">
          <process id="{Id}" name="Sprawa o prawach" isExecutable="true">
            <extensionElements>
              <zeebe:properties>
                <zeebe:property name="case" value="root" />
                <zeebe:property name="startableBy" value="clerk" />
              </zeebe:properties>
            </extensionElements>
            <startEvent id="start" />
            <sequenceFlow id="f1" sourceRef="start" targetRef="report" />
            {Task("report", "candidateGroups=\"clerk\"", """
            <zeebe:formDefinition formId="rights-report" bindingType="deployment" />
            <zeebe:properties><zeebe:property name="takesPlace" value="=true" /></zeebe:properties>
            """)}
            <sequenceFlow id="f2" sourceRef="report" targetRef="fork" />
            <parallelGateway id="fork" />
            <sequenceFlow id="f3" sourceRef="fork" targetRef="interview" />
            <sequenceFlow id="f4" sourceRef="fork" targetRef="visit" />
            <sequenceFlow id="f5" sourceRef="fork" targetRef="decide" />
            <sequenceFlow id="f6" sourceRef="fork" targetRef="prepare" />
            {Task("interview", "assignee=\"=socialWorker\"")}
            {Task("visit", "assignee=\"=assistant\"")}
            {Task("decide", "candidateGroups=\"mayor\"")}
            {Task("prepare", "candidateGroups=\"social_worker\"")}
            <sequenceFlow id="f7" sourceRef="prepare" targetRef="approve" />
            {Task("approve", "candidateGroups=\"social_worker\"", """
            <zeebe:properties><zeebe:property name="notSamePersonAs" value="prepare" /></zeebe:properties>
            """)}
            <sequenceFlow id="f8" sourceRef="interview" targetRef="end" />
            <sequenceFlow id="f9" sourceRef="visit" targetRef="end" />
            <sequenceFlow id="f10" sourceRef="decide" targetRef="end" />
            <sequenceFlow id="f11" sourceRef="approve" targetRef="end" />
            <endEvent id="end" />
          </process>
        </definitions>
        """;
}
