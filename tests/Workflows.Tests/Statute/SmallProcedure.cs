using System.Collections.Immutable;
using Workflows.Statute;

namespace Workflows.Tests.Statute;

/// <summary>Procedures of a few steps, written so that a test shows nothing but what it is about.</summary>
static class SmallProcedure
{
    /// <param name="body">Elements of the process, one a line: see <see cref="Element"/>.</param>
    public static ImmutableSortedDictionary<string, string> Files(string body, params (string Name, string Text)[] more)
    {
        var lines = body.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        var xml = $"""
            <?xml version="1.0" encoding="UTF-8"?>
            <bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" id="d">
              <bpmn:process id="p" name="Próba" isExecutable="true">
                {string.Join("\n    ", lines.Select(Element))}
              </bpmn:process>
              <bpmn:message id="m" name="p.withdrawn"><bpmn:extensionElements><zeebe:subscription correlationKey="=caseNo" /></bpmn:extensionElements></bpmn:message>
            </bpmn:definitions>
            """;
        return more.Append(("process.bpmn", xml.Replace("\r", "")))
            .ToImmutableSortedDictionary(file => file.Item1, file => file.Item2, StringComparer.Ordinal);
    }

    public static Procedure Read(ImmutableSortedDictionary<string, string> files) => Procedure.Read(files).Procedure!;

    /// <summary>
    /// <c>a -> b</c> and <c>a -> b : condition</c> are flows (ids <c>a-b</c>), <c>user a role</c> a task; what begins
    /// with an angle bracket is BPMN without its prefix written out.
    /// </summary>
    static string Element(string line)
    {
        if (line.StartsWith('<')) return line;
        if (line.Contains("->", StringComparison.Ordinal)) return Flow(line);
        var words = line.Split(' ', 3);
        var (kind, id) = (words[0], words[1]);
        var rest = words.Length > 2 ? words[2] : "";
        return kind switch
        {
            "start" => $"<bpmn:startEvent id=\"{id}\" name=\"{id}\" />",
            "end" => $"<bpmn:endEvent id=\"{id}\" name=\"{id}\" />",
            "terminate" => $"<bpmn:endEvent id=\"{id}\" name=\"{id}\"><bpmn:terminateEventDefinition /></bpmn:endEvent>",
            "user" => $"<bpmn:userTask id=\"{id}\" name=\"Krok {id}\"><bpmn:extensionElements><zeebe:userTask />"
                + $"{(rest.StartsWith('<') ? rest : $"<zeebe:assignmentDefinition candidateGroups=\"{rest}\" />")}"
                + "</bpmn:extensionElements></bpmn:userTask>",
            "xor" => $"<bpmn:exclusiveGateway id=\"{id}\"{(rest.Length > 0 ? $" default=\"{rest}\"" : "")} />",
            "and" => $"<bpmn:parallelGateway id=\"{id}\" />",
            "timer" => $"<bpmn:boundaryEvent id=\"{id}\" attachedToRef=\"{rest.Split(' ')[0]}\"{(rest.EndsWith(" beside", StringComparison.Ordinal)
                ? " cancelActivity=\"false\"" : "")}><bpmn:timerEventDefinition><bpmn:timeDuration>P1D</bpmn:timeDuration>"
                + "</bpmn:timerEventDefinition></bpmn:boundaryEvent>",
            _ => throw new ArgumentException(line, nameof(line)),
        };
    }

    static string Flow(string line)
    {
        var parts = line.Split(" : ", 2);
        var ends = parts[0].Split("->", StringSplitOptions.TrimEntries);
        var condition = parts.Length > 1
            ? $"<bpmn:conditionExpression>={XmlText.Encoded(parts[1])}</bpmn:conditionExpression>"
            : "";
        return $"<bpmn:sequenceFlow id=\"{ends[0]}-{ends[1]}\" sourceRef=\"{ends[0]}\" targetRef=\"{ends[1]}\">{condition}</bpmn:sequenceFlow>";
    }
}
