namespace Benchmarks;

/// <summary>W2 over HTTP, against the host as it is shipped.</summary>
static class HttpCases
{
    public static Task RunAsync(Settings settings, Report report) => Task.CompletedTask;
}
