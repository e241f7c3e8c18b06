using Api.Startup;
using Integration.Tests.Support;

namespace Integration.Tests.Approvals;

/// <summary>
/// A proposal that the head decides: by a step of class normal, of class high, or one whose form asks for more than a
/// message can give. What she sends back is proposed anew.
/// </summary>
static class DecisionProcedure
{
    public const string Id = "decision";

    public static string Write() => ProcedureFolder.Write(
        Id, Bpmn(), ("proposal.form", Proposal), ("verdict.form", Verdict("")), ("letter.form", Verdict(LetterNo)),
        ("entry.form", File.ReadAllText(Path.Combine(Locations.Repository()!, "workflows", "case-file", "entry.form"))));

    const string Proposal = """
        {
          "id": "proposal", "type": "default", "schemaVersion": 18,
          "components": [
            { "id": "f1", "type": "textfield", "key": "subject", "label": "Kogo dotyczy", "validate": { "required": true } },
            { "id": "f2", "type": "textfield", "key": "worker", "label": "Kto poprowadzi" },
            { "id": "f3", "type": "radio", "key": "kind", "label": "Rodzaj", "validate": { "required": true },
              "values": [ { "label": "zwykła", "value": "normal" }, { "label": "ważna", "value": "high" },
                          { "label": "z pismem", "value": "letter" } ], "properties": { "process": "true" } }
          ]
        }
        """;

    const string LetterNo = """
        { "id": "v4", "type": "textfield", "key": "letterNo", "label": "Numer pisma", "validate": { "required": true } },
        """;

    static string Verdict(string more) => $$"""
        {
          "id": "{{(more.Length > 0 ? "letter" : "verdict")}}", "type": "default", "schemaVersion": 18,
          "components": [
            { "id": "v1", "type": "radio", "key": "verdict", "label": "Decyzja", "validate": { "required": true },
              "values": [ { "label": "tak", "value": "yes" }, { "label": "nie", "value": "no" },
                          { "label": "do poprawy", "value": "back" } ], "properties": { "process": "true" } },
            { "id": "v2", "type": "textarea", "key": "why", "label": "Dlaczego",
              "conditional": { "hide": "=verdict = \"yes\"" }, "validate": { "required": true } },
            {{more}}
            { "id": "v3", "type": "datetime", "key": "decidedOn", "subtype": "date", "dateLabel": "Dnia",
              "validate": { "required": true }, "properties": { "prefill": "=today()" } }
          ]
        }
        """;

    static string Task(string id, string name, string form, string group, string properties, string due = "") => $"""
        <userTask id="{id}" name="{name}">
          <extensionElements>
            <zeebe:userTask />
            <zeebe:formDefinition formId="{form}" bindingType="deployment" />
            <zeebe:assignmentDefinition candidateGroups="{group}" />
            {due}
            <zeebe:properties>{properties}</zeebe:properties>
          </extensionElements>
        </userTask>
        """;

    static string Decision(string id, string form, string sureness) => Task(
        id, "Zdecyduj o wniosku", form, "head", $"""
        <zeebe:property name="approval" value="{sureness}" />
        <zeebe:property name="approval.decision" value="verdict" />
        <zeebe:property name="approval.approve" value="Przyznaj pomoc" />
        <zeebe:property name="approval.approve.value" value="yes" />
        <zeebe:property name="approval.refuse" value="Odmów" />
        <zeebe:property name="approval.refuse.value" value="no" />
        <zeebe:property name="approval.return" value="Zwróć do poprawy" />
        <zeebe:property name="approval.return.value" value="back" />
        <zeebe:property name="approval.comment" value="why" />
        <zeebe:property name="approval.shows" value="proposal" />
        <zeebe:property name="notificationName" value="Decyzja" />
        """, "<zeebe:taskSchedule dueDate=\"=deadline(today(), 3, &quot;working-days&quot;)\" />");

    static string Flow(string id, string from, string to, string? condition = null) => condition is null
        ? $"""<sequenceFlow id="{id}" sourceRef="{from}" targetRef="{to}" />"""
        : $"""
           <sequenceFlow id="{id}" sourceRef="{from}" targetRef="{to}">
             <conditionExpression>{condition}</conditionExpression>
           </sequenceFlow>
           """;

    static string Bpmn() => $"""
        <?xml version="1.0" encoding="UTF-8"?>
        <definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="t" id="d"
                     xmlns:zeebe="http://camunda.org/schema/zeebe/1.0">
          <process id="{Id}" name="Próbna decyzja" isExecutable="true">
            <extensionElements>
              <zeebe:properties>
                <zeebe:property name="case" value="root" />
                <zeebe:property name="startableBy" value="clerk" />
              </zeebe:properties>
            </extensionElements>
            <startEvent id="start" />
            {Flow("f1", "start", "again")}
            <exclusiveGateway id="again" />
            {Flow("f2", "again", "propose")}
            {Task("propose", "Złóż wniosek", "proposal", "clerk", "")}
            {Flow("f3", "propose", "which")}
            <exclusiveGateway id="which" default="f4" />
            {Flow("f4", "which", "decide")}
            {Flow("f5", "which", "decide-high", "=kind = &quot;high&quot;")}
            {Flow("f6", "which", "decide-letter", "=kind = &quot;letter&quot;")}
            {Decision("decide", "verdict", "normal")}
            {Decision("decide-high", "verdict", "high")}
            {Decision("decide-letter", "letter", "normal")}
            {Flow("f7", "decide", "decided")}
            {Flow("f8", "decide-high", "decided")}
            {Flow("f9", "decide-letter", "decided")}
            <exclusiveGateway id="decided" default="f12" />
            {Flow("f10", "decided", "carry-out", "=verdict = &quot;yes&quot;")}
            {Flow("f11", "decided", "again", "=verdict = &quot;back&quot;")}
            {Flow("f12", "decided", "end")}
            <userTask id="carry-out" name="Wykonaj decyzję">
              <extensionElements>
                <zeebe:userTask />
                <zeebe:assignmentDefinition candidateGroups="social_worker" />
              </extensionElements>
            </userTask>
            {Flow("f13", "carry-out", "end")}
            <endEvent id="end" />
          </process>
        </definitions>
        """;
}
