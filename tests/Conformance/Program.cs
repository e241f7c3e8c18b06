using System.Text.Json;
using Conformance;

// stdout holds JSON lines only; what a person reads goes to standard error.
if (args is ["bpmn", "--fixtures", var fixtures])
{
    var runner = new BpmnRunner(fixtures);
    while (Console.In.ReadLine() is { } line)
    {
        using var testCase = JsonDocument.Parse(line);
        Console.Out.WriteLine(runner.Run(testCase.RootElement).ToJsonString());
    }
    return 0;
}
Console.Error.WriteLine("usage: feel-dmn --root MODELS | bpmn --fixtures FIXTURES | miwg FILE...");
return 2;
