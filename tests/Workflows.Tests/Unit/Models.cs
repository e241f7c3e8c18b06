using System.Text;
using Workflows.Engine.Model;

namespace Workflows.Tests.Unit;

/// <summary>Tiny BPMN files for tests.</summary>
static class Models
{
    /// <summary>A file with the given content below <c>definitions</c>; the prefix <c>zeebe</c> is declared.</summary>
    public static byte[] Bytes(string content) => Encoding.UTF8.GetBytes($"""
        <definitions xmlns="{BpmnReader.ModelNamespace}" xmlns:zeebe="{BpmnReader.ZeebeNamespace}"
                     targetNamespace="urn:test" xmlns:tns="urn:test">{content}</definitions>
        """);

    public static BpmnReadResult Read(string content, BpmnReadOptions? options = null) =>
        BpmnReader.Read(Bytes(content), options);

    /// <summary>A file with the one process <c>p</c>, which must be without problems.</summary>
    public static ProcessDefinition ReadOne(string body, string rootElements = "", bool allowWarnings = false)
    {
        var result = Read($"""{rootElements}<process id="p" isExecutable="true">{body}</process>""");
        Assert.Empty(result.Problems.Where(p => !allowWarnings || p.Severity == ProblemSeverity.Error));
        return Assert.Single(result.Processes);
    }

    /// <summary>The activity <c>t</c> between a start and an end event; the file must be without problems.</summary>
    public static Activity ReadTask(string element, string rootElements = "") =>
        Assert.IsAssignableFrom<Activity>(ReadOne($"""
            <startEvent id="s"/><sequenceFlow id="f" sourceRef="s" targetRef="t"/>{element}
            <sequenceFlow id="g" sourceRef="t" targetRef="e"/><endEvent id="e"/>
            """, rootElements).Node("t"));
}
