using Api.Storage;
using Microsoft.EntityFrameworkCore;

namespace Api.Access;

/// <summary>A session somebody signed out of, remembered until its cookie would have ended by itself.</summary>
public sealed record EndedSessionRow
{
    public required string Id { get; init; }
    public required DateTimeOffset Until { get; init; }
}

/// <summary>
/// Sessions that have ended before their cookie: a copy of the cookie opens nothing. Other nodes learn of an end within
/// <see cref="FreshFor"/>.
/// </summary>
public sealed class EndedSessions(ProductDbFactory databases, TimeProvider time)
{
    public static readonly TimeSpan FreshFor = TimeSpan.FromSeconds(5);

    sealed record Known(HashSet<string> Ids, long ReadAt);

    Known? known;

    public async Task EndAsync(string id, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        await using var db = databases.Create();
        await db.EndedSessions.Where(row => row.Until < now).ExecuteDeleteAsync(ct);
        if (!await db.EndedSessions.AnyAsync(row => row.Id == id, ct))
        {
            db.EndedSessions.Add(new EndedSessionRow { Id = id, Until = now + Session.AbsoluteLimit });
            await db.SaveChangesAsync(ct);
        }
        known = null;
    }

    public async ValueTask<bool> HasAsync(string id, CancellationToken ct)
    {
        var fresh = known;
        if (fresh is null || time.GetElapsedTime(fresh.ReadAt) > FreshFor) known = fresh = await ReadAsync(ct);
        return fresh.Ids.Contains(id);
    }

    async Task<Known> ReadAsync(CancellationToken ct)
    {
        var readAt = time.GetTimestamp();
        await using var db = databases.Create();
        return new Known(await db.EndedSessions.AsNoTracking().Select(row => row.Id).ToHashSetAsync(ct), readAt);
    }
}
