using System.Collections.Concurrent;
using Workflows.Engine.Execution;

namespace Workflows.Runtime.Storage;

/// <summary>
/// Unused keys for commands. A node takes large blocks from the database and cuts ranges from them; what a command
/// leaves over goes to the next one. Keys given up at a stop are never used: there are enough of them.
/// </summary>
public sealed class KeyAllocator(Func<long, CancellationToken, Task<long>> takeBlock) : IDisposable
{
    /// <summary>Camunda's first key of partition 1.</summary>
    public const long FirstKey = 2_251_799_813_685_249;
    public const long BlockSize = 10_000_000;
    const long RangeSize = 1_000_000;

    /// <summary>Keys beside those of the interpreter: rows of the queue, the outbox and host wishes of the same
    /// commit.</summary>
    const int KeysForRows = 10_000;

    /// <summary>Keys for what the host wishes for while its rows are written.</summary>
    const int KeysForHostRows = 1_000;

    readonly ConcurrentStack<Lease> unused = new();
    readonly SemaphoreSlim refill = new(1, 1);
    long next;
    long end;

    /// <summary>Keys of one commit: the interpreter's range first, then <see cref="Next"/> for rows.</summary>
    public sealed class Lease(long first, long end)
    {
        long next = first;

        public KeyRange Range => new(next, Limits.KeysPerCommand);
        public bool IsWorthKeeping => end - next >= Limits.KeysPerCommand + KeysForRows;

        public void Use(int count) => next += count;

        public long Next() => next < end
            ? next++
            : throw UsedUp();

        /// <summary>
        /// Keys that stay with a commit until it is written, while the rest goes to the next command.
        /// </summary>
        public Lease ForHostRows()
        {
            if (end - next < KeysForHostRows) throw UsedUp();
            next += KeysForHostRows;
            return new Lease(next - KeysForHostRows, next);
        }

        static InvalidOperationException UsedUp() => new("One commit used more keys than a range holds.");
    }

    public async ValueTask<Lease> RentAsync(CancellationToken cancellation)
    {
        if (unused.TryPop(out var lease)) return lease;
        await refill.WaitAsync(cancellation);
        try
        {
            if (end - next < RangeSize)
            {
                next = await takeBlock(BlockSize, cancellation);
                end = next + BlockSize;
            }
            next += RangeSize;
            return new Lease(next - RangeSize, next);
        }
        finally
        {
            refill.Release();
        }
    }

    public void Return(Lease lease)
    {
        if (lease.IsWorthKeeping) unused.Push(lease);
    }

    public void Dispose() => refill.Dispose();

    public async ValueTask<long> OneAsync(CancellationToken cancellation)
    {
        var lease = await RentAsync(cancellation);
        var key = lease.Next();
        Return(lease);
        return key;
    }
}
