using Api.Commands;
using Api.Startup;

// Words without dashes are commands that need no port; everything else starts the server.
return args switch
{
    ["deadline", ..] => DeadlineCommand.Run(args, Console.In, Console.Out),
    ["rehearse", ..] => await RehearseCommand.RunAsync(args[1..], Console.Out, Console.Error),
    _ => await ServeCommand.RunAsync(args, Console.Out, Console.Error),
};

public partial class Program;
