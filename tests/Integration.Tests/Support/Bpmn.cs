using System.Text;
using Workflows.Runtime;

namespace Integration.Tests.Support;

/// <summary>Small processes as text: elements plus a line of flows such as <c>start->task->end</c>.</summary>
static class Bpmn
{
    public const string Start = """<startEvent id="start"/>""";
    public const string End = """<endEvent id="end"/>""";

    public static string UserTask(string id, string more = "") =>
        $"""<userTask id="{id}"><extensionElements><zeebe:userTask/>{more}</extensionElements></userTask>""";

    public static string ServiceTask(string id, string type, string more = "") => $"""
        <serviceTask id="{id}"><extensionElements><zeebe:taskDefinition type="{type}"
        retries="3"/>{more}</extensionElements></serviceTask>
        """;

    public static string Timer(string id, string duration) => $"""
        <intermediateCatchEvent id="{id}">
          <timerEventDefinition><timeDuration>{duration}</timeDuration></timerEventDefinition>
        </intermediateCatchEvent>
        """;

    public static string Catch(string id, string messageId) => $"""
        <intermediateCatchEvent id="{id}">
          <messageEventDefinition messageRef="{messageId}"/>
        </intermediateCatchEvent>
        """;

    public static string Call(string id, string processId) => $"""
        <callActivity id="{id}"><extensionElements>
          <zeebe:calledElement processId="{processId}" propagateAllChildVariables="true"/>
        </extensionElements></callActivity>
        """;

    public static string Message(string id, string name, string? key = "=key") => key is null
        ? $"""<message id="{id}" name="{name}"/>"""
        : $"""
        <message id="{id}" name="{name}"><extensionElements><zeebe:subscription
        correlationKey="{key}"/></extensionElements></message>
        """;

    public static DeploymentFile File(string processId, string elements, string flows, string more = "") => new(
        processId + ".bpmn", Encoding.UTF8.GetBytes($"""
        <definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="t"
            xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
          {more}
          <process id="{processId}" isExecutable="true">{elements}{Flows(flows)}</process>
        </definitions>
        """));

    static string Flows(string flows)
    {
        var xml = new StringBuilder();
        foreach (var chain in flows.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var nodes = chain.Split("->");
            foreach (var (from, to) in nodes.Zip(nodes.Skip(1)))
                xml.Append("<sequenceFlow id=\"f_").Append(from).Append('_').Append(to).Append("\" sourceRef=\"")
                    .Append(from)
                    .Append("\" targetRef=\"").Append(to).Append("\"/>");
        }
        return xml.ToString();
    }
}
