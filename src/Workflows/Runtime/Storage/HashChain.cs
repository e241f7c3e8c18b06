using System.Data.Common;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Workflows.Runtime.Storage;

/// <summary>An entry of the history before it is linked into its chain.</summary>
/// <param name="Opens">True when nothing can be in the chain yet: the root instance is created with this entry.</param>
sealed record HistoryEntry(
    long Chain, bool Opens, long InstanceKey, DateTimeOffset At, string Actor, string Command, byte[] Payload);

/// <summary>Where a chain stands. Sequence 0: nothing is in it.</summary>
sealed record ChainHead(int Sequence, byte[] Hash)
{
    public static readonly ChainHead None = new(0, []);
}

/// <summary>
/// Links history rows: each hash covers the previous one, so that nothing can be changed or taken out unnoticed. The
/// payload enters as its own hash, so that a lawful erasure of payloads leaves the chain provable.
/// </summary>
public sealed class HashChain
{
    const int HeadsMax = 4096;

    readonly Lock guard = new();
    readonly Dictionary<long, ChainHead> heads = [];

    internal ChainHead? Find(long chain)
    {
        lock (guard) return heads.GetValueOrDefault(chain);
    }

    internal void Put(long chain, ChainHead head)
    {
        lock (guard)
        {
            if (heads.Count >= HeadsMax) heads.Clear();
            heads[chain] = head;
        }
    }

    internal void Forget(IEnumerable<long> chains)
    {
        lock (guard)
        {
            foreach (var chain in chains) heads.Remove(chain);
        }
    }

    /// <summary>The rows of the entries and the moved heads.</summary>
    /// <param name="known">Head of each chain that does not open here.</param>
    internal static Dictionary<long, ChainHead> Link(
        IEnumerable<HistoryEntry> entries, Func<long, ChainHead> known, SqlBatch sql)
    {
        var before = new SortedDictionary<long, ChainHead>();
        var now = new Dictionary<long, ChainHead>();
        foreach (var entry in entries)
        {
            if (!now.TryGetValue(entry.Chain, out var head))
                before[entry.Chain] = head = entry.Opens ? ChainHead.None : known(entry.Chain);
            var sequence = head.Sequence + 1;
            var payloadHash = SHA256.HashData(entry.Payload);
            var hash = HashOf(
                head.Hash, entry.Chain, sequence, entry.InstanceKey, entry.At, entry.Actor, entry.Command, payloadHash);
            now[entry.Chain] = new(sequence, hash);
            sql.Add("""
                insert into history (chain, sequence, process_instance_key, at, actor, command, payload, payload_hash,
                hash)
                values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
                """, entry.Chain, sequence, entry.InstanceKey, entry.At, entry.Actor, entry.Command, entry.Payload,
            payloadHash, hash);
        }
        // In the order of their keys, so that two nodes never wait for each other.
        foreach (var (chain, head) in before)
        {
            var next = now[chain];
            if (head.Sequence == 0)
                sql.Add("insert into chain_heads (chain, sequence, hash) values ($1, $2, $3)", chain, next.Sequence,
                    next.Hash);
            else
                sql.AddGuarded(Guard.Chain,
                    "update chain_heads set sequence = $1, hash = $2 where chain = $3 and sequence = $4",
                    next.Sequence, next.Hash, chain, head.Sequence);
        }
        return now;
    }

    internal static async Task<ChainHead> ReadAsync(
        SqlDialect dialect, DbConnection connection, DbTransaction? transaction, long chain,
        CancellationToken cancellation)
    {
        await using var command = dialect.Command(
            connection, transaction, "select sequence, hash from chain_heads where chain = $1", chain);
        await using var row = await command.ExecuteReaderAsync(cancellation);
        return await row.ReadAsync(cancellation)
            ? new(row.GetInt32(0), row.GetFieldValue<byte[]>(1))
            : ChainHead.None;
    }

    /// <summary>Checks every link of a chain and its head.</summary>
    /// <returns>Null when all is in order; else the first thing that is not, as an English sentence.</returns>
    public static async Task<string?> VerifyAsync(
        SqlDialect dialect, long chain, CancellationToken cancellation = default)
    {
        await using var connection = await dialect.OpenAsync(cancellation);
        var head = await ReadAsync(dialect, connection, null, chain, cancellation);
        await using var command = dialect.Command(connection, null, """
            select sequence, process_instance_key, at, actor, command, payload, payload_hash, hash from history
            where chain = $1 order by sequence
            """, chain);
        await using var row = await command.ExecuteReaderAsync(cancellation);
        var last = ChainHead.None;
        while (await row.ReadAsync(cancellation))
        {
            if (Broken(dialect, row, chain, last) is { } broken) return broken;
            last = new(row.GetInt32(0), row.GetFieldValue<byte[]>(7));
        }
        return last.Sequence == head.Sequence && last.Hash.AsSpan().SequenceEqual(head.Hash)
            ? null
            : string.Create(CultureInfo.InvariantCulture,
                $"Chain {chain} ends at entry {last.Sequence}, but its head says {head.Sequence}.");
    }

    static string? Broken(SqlDialect dialect, DbDataReader row, long chain, ChainHead last)
    {
        var sequence = row.GetInt32(0);
        if (sequence != last.Sequence + 1)
            return string.Create(CultureInfo.InvariantCulture,
                $"Chain {chain}: expected entry {last.Sequence + 1}, but found {sequence}.");
        var payloadHash = row.GetFieldValue<byte[]>(6);
        if (!row.IsDBNull(5) && !SHA256.HashData(row.GetFieldValue<byte[]>(5)).AsSpan().SequenceEqual(payloadHash))
            return string.Create(
                CultureInfo.InvariantCulture, $"Chain {chain}, entry {sequence}: the payload was changed.");
        var hash = HashOf(
            last.Hash, chain, sequence, row.GetInt64(1), dialect.Time(row, 2), row.GetString(3), row.GetString(4),
            payloadHash);
        return hash.AsSpan().SequenceEqual(row.GetFieldValue<byte[]>(7))
            ? null
            : string.Create(CultureInfo.InvariantCulture, $"Chain {chain}, entry {sequence}: the entry was changed.");
    }

    static byte[] HashOf(
        byte[] previous, long chain, int sequence, long instanceKey, DateTimeOffset at, string actor, string command,
        byte[] payloadHash)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(previous);
        hash.AppendData(Encoding.UTF8.GetBytes(string.Create(
            CultureInfo.InvariantCulture, $"{chain}\n{sequence}\n{instanceKey}\n{at.UtcTicks}\n{actor}\n{command}\n")));
        hash.AppendData(payloadHash);
        return hash.GetHashAndReset();
    }
}
