using Conformance;

// Standard output holds JSON lines only; what a person reads goes to standard error.
switch (args)
{
    case ["feel-dmn", "--root", var root]:
        return FeelDmnRunner.Run(root, Console.In, Console.Out, Console.Error);
    case ["bpmn", "--fixtures", var fixtures]:
        return BpmnRunner.Run(fixtures, Console.In, Console.Out, Console.Error);
    default:
        Console.Error.WriteLine("usage: feel-dmn --root MODELS | bpmn --fixtures FIXTURES");
        Console.Error.WriteLine("       cases on standard input, results on standard output, one JSON object a line");
        return 2;
}
