using Workflows.Engine.Execution;

namespace Workflows.Runtime.Storage;

/// <summary>The state of an instance as it was stored under a version.</summary>
public sealed record StoredInstance(ProcessInstance Instance, int Version);

/// <summary>
/// The instances used last, so that the next step of the same case need not be read and parsed again. Only a saving:
/// every commit names the version it was decided on, so an outdated entry costs a second attempt and nothing else.
/// </summary>
public sealed class InstanceCache(int capacity)
{
    readonly Lock guard = new();
    readonly Dictionary<long, LinkedListNode<StoredInstance>> byKey = [];
    readonly LinkedList<StoredInstance> recent = new();

    // User task, job and incident keys of the cached instances: who completes a task by its key needs no search.
    readonly Dictionary<long, long> instanceOf = [];

    public StoredInstance? Find(long key)
    {
        lock (guard)
        {
            if (!byKey.TryGetValue(key, out var node)) return null;
            recent.Remove(node);
            recent.AddFirst(node);
            return node.Value;
        }
    }

    /// <summary>Key of the cached instance that owns a task, job or incident; 0 when none does.</summary>
    public long OwnerOf(long partKey)
    {
        lock (guard) return instanceOf.GetValueOrDefault(partKey);
    }

    public void Put(StoredInstance stored)
    {
        lock (guard)
        {
            if (byKey.TryGetValue(stored.Instance.Key, out var present))
            {
                if (present.Value.Version > stored.Version) return;
                Drop(present);
            }
            if (stored.Instance.State != InstanceState.Active) return;
            byKey[stored.Instance.Key] = recent.AddFirst(stored);
            foreach (var part in PartsOf(stored.Instance)) instanceOf[part] = stored.Instance.Key;
            if (byKey.Count > capacity) Drop(recent.Last!);
        }
    }

    public void Remove(long key)
    {
        lock (guard)
        {
            if (byKey.TryGetValue(key, out var node)) Drop(node);
        }
    }

    void Drop(LinkedListNode<StoredInstance> node)
    {
        recent.Remove(node);
        byKey.Remove(node.Value.Instance.Key);
        foreach (var part in PartsOf(node.Value.Instance)) instanceOf.Remove(part);
    }

    static IEnumerable<long> PartsOf(ProcessInstance instance) =>
        instance.UserTasks.Keys.Concat(instance.Jobs.Keys).Concat(instance.Incidents.Keys);
}
