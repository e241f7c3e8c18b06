using Conformance;

switch (args)
{
    case ["feel-dmn", "--root", var root]:
        return FeelDmnRunner.Run(root, Console.In, Console.Out, Console.Error);
    default:
        Console.Error.WriteLine("usage: feel-dmn --root MODELS < cases.jsonl > results.jsonl");
        return 2;
}
