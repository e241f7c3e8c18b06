using System.Collections.Immutable;
using Microsoft.EntityFrameworkCore;
using Workflows.Engine.Execution;

namespace Workflows.Runtime.Storage;

// What the page of a case reads: all procedures that run under one tag. As everywhere, only what the caller may see.
public sealed partial class Queries
{
    /// <summary>Instances that carry the tag, the oldest first; called ones carry the tags of their callers.</summary>
    public async Task<ImmutableArray<ProcessInstanceView>> InstancesOfTagAsync(
        Scope scope, string tag, CancellationToken cancellation)
    {
        await using var db = open();
        var tagged = db.ProcessInstanceTags.Where(t => t.Tag == tag).Select(t => t.ProcessInstanceKey);
        var visible = Instances(db, scope).Where(i => tagged.Contains(i.Key));
        return [.. await InstanceViews(db, visible).OrderBy(i => i.StartedAt).ThenBy(i => i.Key)
            .ToListAsync(cancellation)];
    }

    /// <summary>What runs under each of the tags: the name of the procedure and the instance.</summary>
    public async Task<ImmutableArray<TaggedInstance>> RunningUnderTagsAsync(
        Scope scope, IReadOnlyCollection<string> tags, CancellationToken cancellation)
    {
        await using var db = open();
        var found = await (
            from tag in db.ProcessInstanceTags
            join instance in Instances(db, scope) on tag.ProcessInstanceKey equals instance.Key
            join definition in db.ProcessDefinitions on instance.ProcessDefinitionKey equals definition.Key
            where tags.Contains(tag.Tag) && instance.State == Status.Active
            orderby instance.StartedAt, instance.Key
            select new TaggedInstance(tag.Tag, instance.Key, definition.Name ?? definition.ProcessId))
            .ToListAsync(cancellation);
        return [.. found];
    }

    /// <summary>
    /// Name of the procedure and end of instances. It says nothing of what is in them, so it is told of every root of a
    /// case whose row the caller may see.
    /// </summary>
    public async Task<ImmutableArray<RootInstance>> RootsAsync(
        Scope scope, IReadOnlyCollection<long> instanceKeys, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(scope);
        await using var db = open();
        var found = await (
            from instance in db.ProcessInstances
            join definition in db.ProcessDefinitions on instance.ProcessDefinitionKey equals definition.Key
            where instanceKeys.Contains(instance.Key)
            select new RootInstance(instance.Key, definition.Name ?? definition.ProcessId, instance.EndedAt))
            .ToListAsync(cancellation);
        return [.. found];
    }

    /// <summary>User tasks of these instances, open and ended, the oldest first.</summary>
    public async Task<ImmutableArray<UserTaskRow>> TasksOfInstancesAsync(
        Scope scope, IReadOnlyCollection<long> instanceKeys, CancellationToken cancellation)
    {
        await using var db = open();
        var instances = Instances(db, scope).Where(i => instanceKeys.Contains(i.Key)).Select(i => i.Key);
        return [.. await db.UserTasks.AsNoTracking().Where(t => instances.Contains(t.ProcessInstanceKey))
            .OrderBy(t => t.Key).ToListAsync(cancellation)];
    }

    /// <summary>Elements of an instance, begun and ended.</summary>
    public async Task<ImmutableArray<ElementInstanceRow>> ElementsOfInstanceAsync(
        Scope scope, long instanceKey, CancellationToken cancellation)
    {
        await using var db = open();
        return [.. await Elements(db, scope).Where(e => e.ProcessInstanceKey == instanceKey).OrderBy(e => e.Key)
            .ToListAsync(cancellation)];
    }

    /// <summary>Process variables with these names, of the scopes with these keys.</summary>
    public async Task<ImmutableArray<VariableRow>> VariablesOfScopesAsync(
        Scope scope, IReadOnlyCollection<long> scopeKeys, IReadOnlyCollection<string> names,
        CancellationToken cancellation)
    {
        await using var db = open();
        return [.. await Variables(db, scope).Where(v => scopeKeys.Contains(v.ScopeKey) && names.Contains(v.Name))
            .ToListAsync(cancellation)];
    }

    /// <summary>History of these instances, the newest first.</summary>
    /// <param name="before">Only what happened before this moment; null from now.</param>
    /// <param name="after">The last row of the page before; null for the first page.</param>
    public async Task<ImmutableArray<HistoryRow>> HistoryAsync(
        Scope scope, IReadOnlyCollection<long> instanceKeys, DateTimeOffset? before, HistoryRow? after, int limit,
        CancellationToken cancellation)
    {
        await using var db = open();
        var instances = Instances(db, scope).Where(i => instanceKeys.Contains(i.Key)).Select(i => i.Key);
        var rows = db.History.AsNoTracking().Where(h => instances.Contains(h.ProcessInstanceKey));
        if (before is { } moment) rows = rows.Where(h => h.At < moment);
        if (after is not null)
        {
            var (at, chain, sequence) = (after.At, after.Chain, after.Sequence);
            rows = rows.Where(h => h.At < at
                || (h.At == at && (h.Chain < chain || (h.Chain == chain && h.Sequence < sequence))));
        }
        return [.. await rows.OrderByDescending(h => h.At).ThenByDescending(h => h.Chain)
            .ThenByDescending(h => h.Sequence).Take(limit).ToListAsync(cancellation)];
    }

    /// <summary>Steps by which these instances went over to another definition or back, the oldest first.</summary>
    public async Task<ImmutableArray<HistoryRow>> MigrationsAsync(
        Scope scope, IReadOnlyCollection<long> instanceKeys, CancellationToken cancellation)
    {
        await using var db = open();
        var instances = Instances(db, scope).Where(i => instanceKeys.Contains(i.Key)).Select(i => i.Key);
        return [.. await db.History.AsNoTracking().Where(h => instances.Contains(h.ProcessInstanceKey)
            && (h.Command == nameof(MigrateInstance) || h.Command == nameof(UndoMigration)) && h.Payload != null)
            .OrderBy(h => h.Sequence).ToListAsync(cancellation)];
    }

    /// <summary>The JSON schema of a form as it was when it had this version; null when there is none.</summary>
    public async Task<byte[]?> FormSchemaAsync(
        Scope scope, string formId, int version, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(scope);
        await using var db = open();
        return await (
            from form in db.Forms
            join resource in db.Resources on form.ResourceKey equals resource.Key
            where form.FormId == formId && form.Version == version
            select resource.Content).FirstOrDefaultAsync(cancellation);
    }
}

/// <param name="Name">Name of the procedure.</param>
public sealed record TaggedInstance(string Tag, long InstanceKey, string Name);

/// <param name="Name">Name of the procedure.</param>
public sealed record RootInstance(long InstanceKey, string Name, DateTimeOffset? EndedAt);
