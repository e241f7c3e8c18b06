using System.Collections.Immutable;
using System.Text;
using Workflows.Runtime;

namespace CrashHost;

/// <summary>
/// A process with everything that must survive: tasks, jobs, a timer, a message, a call, all at the same time.
/// </summary>
static class Processes
{
    public const string Main = "crash-main";
    public const string WorkerJob = "crash.worker";
    public const string InProcessJob = "crash.in-process";
    public const string Answer = "crash.answer";

    public static IReadOnlyList<DeploymentFile> Files => [File("crash-main.bpmn", MainXml), File("crash-child.bpmn", ChildXml)];

    /// <summary>The second version: every step has another id.</summary>
    public static DeploymentFile Later => File("crash-main.bpmn", Moves.Aggregate(
        MainXml, (xml, move) => xml.Replace($"\"{move.Key}\"", $"\"{move.Value}\"", StringComparison.Ordinal)));

    /// <summary>Element ids of the first version to those of the second.</summary>
    public static ImmutableSortedDictionary<string, string> Moves { get; } =
        new[] { "split", "register", "pause", "work", "call", "await", "join", "decide" }
            .ToImmutableSortedDictionary(id => id, id => $"later-{id}", StringComparer.Ordinal);

    static DeploymentFile File(string name, string xml) => new(name, Encoding.UTF8.GetBytes(xml));

    const string Head = """
        <definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="crash"
            xmlns:zeebe="http://camunda.org/schema/zeebe/1.0">
        """;

    const string MainXml = Head + """
          <message id="answer" name="crash.answer">
            <extensionElements><zeebe:subscription correlationKey="=key" /></extensionElements>
          </message>
          <process id="crash-main" isExecutable="true">
            <startEvent id="start" />
            <sequenceFlow id="f1" sourceRef="start" targetRef="split" />
            <parallelGateway id="split" />
            <sequenceFlow id="f2" sourceRef="split" targetRef="register" />
            <sequenceFlow id="f3" sourceRef="split" targetRef="pause" />
            <userTask id="register">
              <extensionElements>
                <zeebe:userTask />
                <zeebe:assignmentDefinition candidateGroups="clerk" />
              </extensionElements>
            </userTask>
            <sequenceFlow id="f4" sourceRef="register" targetRef="work" />
            <serviceTask id="work">
              <extensionElements><zeebe:taskDefinition type="crash.worker" retries="100" /></extensionElements>
            </serviceTask>
            <sequenceFlow id="f5" sourceRef="work" targetRef="call" />
            <callActivity id="call">
              <extensionElements>
                <zeebe:calledElement processId="crash-child" propagateAllChildVariables="true" />
              </extensionElements>
            </callActivity>
            <sequenceFlow id="f6" sourceRef="call" targetRef="join" />
            <intermediateCatchEvent id="pause">
              <timerEventDefinition><timeDuration>PT0.02S</timeDuration></timerEventDefinition>
            </intermediateCatchEvent>
            <sequenceFlow id="f7" sourceRef="pause" targetRef="await" />
            <intermediateCatchEvent id="await"><messageEventDefinition messageRef="answer" /></intermediateCatchEvent>
            <sequenceFlow id="f8" sourceRef="await" targetRef="join" />
            <parallelGateway id="join" />
            <sequenceFlow id="f9" sourceRef="join" targetRef="decide" />
            <userTask id="decide">
              <extensionElements>
                <zeebe:userTask />
                <zeebe:assignmentDefinition candidateGroups="head" />
              </extensionElements>
            </userTask>
            <sequenceFlow id="f10" sourceRef="decide" targetRef="end" />
            <endEvent id="end" />
          </process>
        </definitions>
        """;

    const string ChildXml = Head + """
          <process id="crash-child" isExecutable="true">
            <startEvent id="start" />
            <sequenceFlow id="f1" sourceRef="start" targetRef="check" />
            <serviceTask id="check">
              <extensionElements><zeebe:taskDefinition type="crash.in-process" retries="100" /></extensionElements>
            </serviceTask>
            <sequenceFlow id="f2" sourceRef="check" targetRef="end" />
            <endEvent id="end" />
          </process>
        </definitions>
        """;
}
