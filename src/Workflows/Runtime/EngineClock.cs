namespace Workflows.Runtime;

public sealed class EngineClock
{
    public Task<DateTimeOffset> NowAsync(CancellationToken cancellation = default) => throw new NotSupportedException();
    public bool IsPinned => throw new NotSupportedException();
    public Task PinAsync(DateTimeOffset instant, CancellationToken cancellation = default) => throw new NotSupportedException();
    public Task ResetAsync(CancellationToken cancellation = default) => throw new NotSupportedException();
}
