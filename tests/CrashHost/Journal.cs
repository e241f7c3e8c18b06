using System.Text;

namespace CrashHost;

/// <summary>Lines for whoever watches; a line that was written is out, whatever happens to this process next.</summary>
sealed class Journal(Stream output) : IDisposable
{
    readonly Lock guard = new();

    public void Write(string line)
    {
        var bytes = Encoding.UTF8.GetBytes(line + "\n");
        lock (guard)
        {
            try
            {
                output.Write(bytes);
                output.Flush();
            }
            catch (IOException)
            {
                // Whoever watched is gone: a load without an end must not outlive its test.
                Environment.Exit(3);
            }
        }
    }

    public void Dispose() => output.Dispose();
}

/// <summary>The system's time, some minutes later.</summary>
sealed class TimeAhead(TimeSpan ahead) : TimeProvider
{
    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + ahead;
}
