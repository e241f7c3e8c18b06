using Api.Access;
using Api.Startup;

namespace Api.Commands;

/// <summary>Starts the server and stays until it is told to stop.</summary>
public static class ServeCommand
{
    /// <returns>0 after an orderly stop; 1 when a setting is wrong, with one line that says what to do.</returns>
    public static async Task<int> RunAsync(string[] args, TextWriter output, TextWriter errors)
    {
        var started = false;
        try
        {
            // Why a start failed is said below in one line, or thrown: the host would print a stack trace before it.
            await using var app = WorkflowHost.Build(args, builder => builder.Logging.AddFilter(
                "Microsoft.Extensions.Hosting.Internal.Host", level => level >= LogLevel.Information && started));
            await StartAsync(app);
            started = true;
            await WelcomeAsync(app, output);
            await app.WaitForShutdownAsync();
            return 0;
        }
        catch (SettingException problem)
        {
            await errors.WriteLineAsync(problem.Message);
            return 1;
        }
        catch (IOException problem) when (problem.Message.Contains("bind", StringComparison.OrdinalIgnoreCase))
        {
            await errors.WriteLineAsync(
                $"Set ASPNETCORE_URLS to a free address, e.g. http://127.0.0.1:5081: {problem.Message}");
            return 1;
        }
    }

    // What had begun when the start failed must end before the store it works on is taken away.
    static async Task StartAsync(WebApplication app)
    {
        try
        {
            await app.StartAsync();
        }
        catch
        {
            await app.StopAsync();
            throw;
        }
    }

    static async Task WelcomeAsync(WebApplication app, TextWriter output)
    {
        await output.WriteLineAsync($"WorkflowHost: {string.Join(" ", app.Urls)}");
        if (!app.Environment.IsDevelopment()) return;
        await output.WriteLineAsync("Demo sign-ins (the password is the user name):");
        foreach (var (name, display) in AccountSeeding.Demo)
        {
            await output.WriteLineAsync($"  {name,-16} {display}");
        }
    }
}
