namespace Api.Commands;
public static class RehearseCommand
{
    public static Task<int> RunAsync(string[] args, TextWriter output, TextWriter errors) => Task.FromResult(args.Length + (output == errors ? 1 : 0));
}
