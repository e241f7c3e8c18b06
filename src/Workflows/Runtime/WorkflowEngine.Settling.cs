using System.Globalization;

namespace Workflows.Runtime;

// What a command sets in motion beyond its own step is done by the workers; this is how a caller waits for it.
public sealed partial class WorkflowEngine
{
    /// <summary>Another node may do the work, unheard; so it is looked at from time to time.</summary>
    static readonly TimeSpan SettlingLook = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// Waits until nothing is left to do by itself in the tree of a root instance, and in every instance with the tag
    /// of its case: commands between instances, procedures about to start, jobs of in-process handlers. It does none
    /// of it.
    /// </summary>
    /// <param name="actor">In whose name instances are about to start that are in no tree yet.</param>
    /// <param name="caseTag">Tag of the case; null outside of cases.</param>
    /// <returns>False when the time was over before.</returns>
    public async Task<bool> SettledAsync(
        long rootInstanceKey, string actor, string? caseTag, TimeSpan atMost, CancellationToken cancellation = default)
    {
        var began = options.SystemTime.GetTimestamp();
        while (true)
        {
            var moved = Signals.Next(Signals.Steps);
            if (!await IsMovingAsync(rootInstanceKey, actor, caseTag, cancellation)) return true;
            var left = atMost - options.SystemTime.GetElapsedTime(began);
            if (left <= TimeSpan.Zero) return false;
            await Signals.WaitAsync(moved, left < SettlingLook ? left : SettlingLook, cancellation);
        }
    }

    async Task<bool> IsMovingAsync(
        long rootInstanceKey, string actor, string? caseTag, CancellationToken cancellation)
    {
        const string belongs = """
            (p.root_instance_key = $1
             or p.key in (select process_instance_key from process_instance_tags where tag = $3))
            """;
        string[] types = [.. options.JobHandlers.Keys];
        var names = string.Join(
            ", ", types.Select((_, place) => "$" + (place + 4).ToString(CultureInfo.InvariantCulture)));
        var handled = types.Length == 0 ? "" : $"""
            union all
            select 1 from jobs j join process_instances p on p.key = j.process_instance_key
            where {belongs} and j.state = 'CREATED' and j.retries > 0 and j.type in ({names})
            """;
        // A child that is about to start has no row yet: it is found by who caused it.
        var rows = await store.ReadAsync($"""
            select 1 from command_queue q left join process_instances p on p.key = q.process_instance_key
            where q.state = 'PENDING' and ({belongs} or (p.key is null and q.actor = $2))
            {handled} limit 1
            """, row => row.GetInt32(0), cancellation, [rootInstanceKey, actor, caseTag ?? "", .. types]);
        return !rows.IsEmpty;
    }
}
