using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Workflows.Engine.Calendar;
using Workflows.Engine.Decisions;
using Workflows.Engine.Execution;
using Workflows.Engine.Model;
using Workflows.Runtime.Storage;

namespace Workflows.Runtime;

/// <summary>What is deployed, parsed once and bound to the forms, decisions and processes it names.</summary>
public sealed class DefinitionCatalog
{
    /// <summary>How long a node may miss the deployment of another one.</summary>
    static readonly TimeSpan FreshFor = TimeSpan.FromSeconds(1);

    readonly WorkflowStore store;
    readonly WorkflowsOptions options;
    readonly ConcurrentDictionary<long, ProcessDefinition> definitions = new();
    readonly ConcurrentDictionary<long, DecisionModel> models = new();
    readonly ConcurrentDictionary<long, Release> releases = new();
    readonly ConcurrentDictionary<string, long> latest = new(StringComparer.Ordinal);
    long checkedAt;
    string seen = "";

    internal DefinitionCatalog(WorkflowStore store, WorkflowsOptions options)
    {
        this.store = store;
        this.options = options;
    }

    /// <summary>The release of a definition; null when there is no such key.</summary>
    public async ValueTask<Release?> FindAsync(long definitionKey, CancellationToken cancellation = default)
    {
        if (store.IsShared) await LookForOthersAsync(cancellation);
        return releases.TryGetValue(definitionKey, out var known)
            ? known
            : await LoadAsync(definitionKey, cancellation);
    }

    /// <summary>Key of the definition meant; 0 when there is none that may be started.</summary>
    public async ValueTask<long> ResolveAsync(ProcessSelector selector, CancellationToken cancellation = default)
    {
        if (selector is { Key: 0, Version: < 0, ProcessId: { } id })
        {
            if (store.IsShared) await LookForOthersAsync(cancellation);
            if (latest.TryGetValue(id, out var known)) return known;
        }
        await using var db = store.Dialect.NewDb();
        var rows = db.ProcessDefinitions.Where(d => !d.IsDeleted);
        rows = selector.Key != 0 ? rows.Where(d => d.Key == selector.Key)
            : selector.Version >= 0
                ? rows.Where(d => d.ProcessId == selector.ProcessId && d.Version == selector.Version)
            : rows.Where(d => d.ProcessId == selector.ProcessId && d.IsLatest);
        var key = await rows.Select(d => d.Key).FirstOrDefaultAsync(cancellation);
        if (key != 0 && selector is { Key: 0, Version: < 0 }) latest[selector.ProcessId!] = key;
        return key;
    }

    /// <summary>Something was deployed or deleted: bindings to "latest" are looked up again. What is parsed
    /// stays.</summary>
    public void Refresh()
    {
        releases.Clear();
        latest.Clear();
    }

    async Task LookForOthersAsync(CancellationToken cancellation)
    {
        var now = Environment.TickCount64;
        if (now - Interlocked.Read(ref checkedAt) < FreshFor.TotalMilliseconds) return;
        Interlocked.Exchange(ref checkedAt, now);
        var state = await store.ReadAsync("""
            select (select coalesce(max(key), 0) from deployments),
            (select count(*) from process_definitions where is_deleted) + (select count(*) from forms where is_deleted)
            + (select count(*) from decision_requirements where is_deleted)
            """, row => string.Create(CultureInfo.InvariantCulture, $"{row.GetInt64(0)}/{row.GetInt64(1)}"),
            cancellation);
        if (Interlocked.Exchange(ref seen, state[0]) != state[0]) Refresh();
    }

    async Task<Release?> LoadAsync(long definitionKey, CancellationToken cancellation)
    {
        await using var db = store.Dialect.NewDb();
        var row = await db.ProcessDefinitions.AsNoTracking()
            .FirstOrDefaultAsync(d => d.Key == definitionKey, cancellation);
        if (row is null) return null;
        if (!definitions.TryGetValue(definitionKey, out var definition))
        {
            var resource = await db.Resources.AsNoTracking().FirstAsync(r => r.Key == row.ResourceKey, cancellation);
            definition = BpmnReader.Read(resource.Content).Processes.First(p => p.Id == row.ProcessId);
            definition = definitions.GetOrAdd(definitionKey, definition);
        }
        var release = new Release(
            definitionKey, row.Version, definition,
            await FormsAsync(db, definition, row.DeploymentKey, cancellation),
            await DecisionsAsync(db, definition, row.DeploymentKey, cancellation),
            await CalledAsync(db, definition, row.DeploymentKey, cancellation),
            options.Zone, options.Calendar ?? BusinessCalendar.Poland);
        releases[definitionKey] = release;
        return release;
    }

    // ---- bindings -------------------------------------------------------------------------------------------------

    /// <summary>An id named in a definition; null when an expression names it only at run time.</summary>
    readonly record struct Named(string? Id, Binding Binding);

    static Named NamedBy(ModelExpression id, Binding binding) => new(id.IsConstant ? id.Text : null, binding);

    static async Task<ImmutableDictionary<string, long>> FormsAsync(
        WorkflowDb db, ProcessDefinition definition, long deploymentKey, CancellationToken cancellation)
    {
        var named = definition.Nodes.Values.OfType<UserTask>().Where(t => t.FormId is not null)
            .Select(t => NamedBy(t.FormId!, t.FormBinding)).Distinct().ToArray();
        var bound = ImmutableDictionary.CreateBuilder<string, long>(StringComparer.Ordinal);
        foreach (var (id, binding) in named.OrderBy(n => n.Id is not null))     // what is named for certain wins
        {
            var rows = db.Forms.Where(f => !f.IsDeleted && (id == null || f.FormId == id));
            rows = binding.Type switch
            {
                BindingType.Deployment => rows.Where(f => f.DeploymentKey == deploymentKey),
                BindingType.VersionTag => rows.Where(f => f.VersionTag == binding.VersionTag).OrderBy(f => f.Version),
                _ => rows.Where(f => f.IsLatest),
            };
            foreach (var form in await rows.Select(f => new { f.FormId, f.Key }).ToListAsync(cancellation))
                bound[form.FormId] = form.Key;
        }
        return bound.ToImmutable();
    }

    async Task<ImmutableDictionary<string, DecisionModel>> DecisionsAsync(
        WorkflowDb db, ProcessDefinition definition, long deploymentKey, CancellationToken cancellation)
    {
        var named = definition.Nodes.Values.OfType<BusinessRuleTask>().Where(t => t.DecisionId is not null)
            .Select(t => NamedBy(t.DecisionId!, t.Binding)).Distinct().ToArray();
        var bound = ImmutableDictionary.CreateBuilder<string, DecisionModel>(StringComparer.Ordinal);
        foreach (var (id, binding) in named.OrderBy(n => n.Id is not null))
        {
            var rows = from decision in db.DecisionDefinitions
                       join drg in db.DecisionRequirements on decision.DecisionRequirementsKey equals drg.Key
                       where !decision.IsDeleted && (id == null || decision.DecisionId == id)
                       select new { decision, drg.Key, drg.DeploymentKey, drg.ResourceKey };
            rows = binding.Type switch
            {
                BindingType.Deployment => rows.Where(r => r.DeploymentKey == deploymentKey),
                BindingType.VersionTag =>
                    rows.Where(r => r.decision.VersionTag == binding.VersionTag).OrderBy(r => r.decision.Version),
                _ => rows.Where(r => r.decision.IsLatest),
            };
            foreach (var row in await rows.ToListAsync(cancellation))
                bound[row.decision.DecisionId] = await ModelAsync(db, row.Key, row.ResourceKey, cancellation);
        }
        return bound.ToImmutable();
    }

    async Task<DecisionModel> ModelAsync(
        WorkflowDb db, long requirementsKey, long resourceKey, CancellationToken cancellation)
    {
        if (models.TryGetValue(requirementsKey, out var known)) return known;
        var bytes = await db.Resources.Where(r => r.Key == resourceKey).Select(r => r.Content).FirstAsync(cancellation);
        return models.GetOrAdd(requirementsKey, DmnReader.Read(Encoding.UTF8.GetString(bytes)).Model!);
    }

    static async Task<ImmutableDictionary<string, long>> CalledAsync(
        WorkflowDb db, ProcessDefinition definition, long deploymentKey, CancellationToken cancellation)
    {
        var named = definition.Nodes.Values.OfType<CallActivity>()
            .Select(c => NamedBy(c.ProcessId, c.Binding)).Distinct().ToArray();
        var bound = ImmutableDictionary.CreateBuilder<string, long>(StringComparer.Ordinal);
        foreach (var (id, binding) in named.OrderBy(n => n.Id is not null))
        {
            var rows = db.ProcessDefinitions.Where(d => !d.IsDeleted && (id == null || d.ProcessId == id));
            rows = binding.Type switch
            {
                BindingType.Deployment => rows.Where(d => d.DeploymentKey == deploymentKey),
                BindingType.VersionTag => rows.Where(d => d.VersionTag == binding.VersionTag).OrderBy(d => d.Version),
                _ => rows.Where(d => d.IsLatest),
            };
            foreach (var called in await rows.Select(d => new { d.ProcessId, d.Key }).ToListAsync(cancellation))
                bound[called.ProcessId] = called.Key;
        }
        return bound.ToImmutable();
    }
}
