using Microsoft.EntityFrameworkCore;

namespace Workflows.Runtime.Storage;

// What is deployed. Every signed-in caller may read it; the scope stays a parameter so that a tenant can narrow it.
public sealed partial class Queries
{
    public static readonly SearchTable<ProcessDefinitionView> ProcessDefinitionFields =
        new SearchTable<ProcessDefinitionView>(d => d.Definition.Key)
            .Column("name", FieldType.Text, d => d.Definition.Name)
            .Column("isLatestVersion", FieldType.Boolean, d => d.Definition.IsLatest, plain: true, sort: false)
            .Column("resourceName", FieldType.Text, d => d.Definition.ResourceName, plain: true)
            .Column("version", FieldType.Integer, d => d.Definition.Version, plain: true)
            .Column("versionTag", FieldType.Text, d => d.Definition.VersionTag, plain: true)
            .Column("processDefinitionId", FieldType.Text, d => d.Definition.ProcessId)
            .Column("tenantId", FieldType.Text, d => d.Definition.TenantId, plain: true)
            .Column("processDefinitionKey", FieldType.Key, d => d.Definition.Key, plain: true)
            .Column("hasStartForm", FieldType.Boolean, d => d.HasStartForm, plain: true, sort: false);

    public Task<SearchResult<ProcessDefinitionView>> SearchProcessDefinitionsAsync(
        Scope scope, SearchQuery query, CancellationToken cancellation) =>
        SearchAsync(
            ProcessDefinitionFields, scope,
            db => Definitions(db.ProcessDefinitions.AsNoTracking().Where(d => !d.IsDeleted)), query, cancellation);

    /// <summary>Also a deleted definition: its instances keep showing it.</summary>
    public async Task<ProcessDefinitionView?> ProcessDefinitionAsync(
        Scope scope, long key, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(scope);
        await using var db = open();
        return await Definitions(db.ProcessDefinitions.AsNoTracking().Where(d => d.Key == key))
            .SingleOrDefaultAsync(cancellation);
    }

    static IQueryable<ProcessDefinitionView> Definitions(IQueryable<ProcessDefinitionRow> rows) =>
        rows.Select(d => new ProcessDefinitionView { Definition = d, HasStartForm = false });

    public static readonly SearchTable<DecisionDefinitionRow> DecisionDefinitionFields =
        new SearchTable<DecisionDefinitionRow>(d => d.Key)
            .Column("decisionDefinitionId", FieldType.Text, d => d.DecisionId, plain: true)
            .Column("name", FieldType.Text, d => d.Name, plain: true)
            .Column("version", FieldType.Integer, d => d.Version, plain: true)
            .Column("decisionRequirementsId", FieldType.Text, d => d.DecisionRequirementsId, plain: true)
            .Column("tenantId", FieldType.Text, d => d.TenantId, plain: true)
            .Column("decisionDefinitionKey", FieldType.Key, d => d.Key, plain: true)
            .Column("decisionRequirementsKey", FieldType.Key, d => d.DecisionRequirementsKey, plain: true);

    public Task<SearchResult<DecisionDefinitionRow>> SearchDecisionDefinitionsAsync(
        Scope scope, SearchQuery query, CancellationToken cancellation) =>
        SearchAsync(
            DecisionDefinitionFields, scope, db => db.DecisionDefinitions.AsNoTracking().Where(d => !d.IsDeleted),
            query, cancellation);

    public async Task<DecisionDefinitionRow?> DecisionDefinitionAsync(
        Scope scope, long key, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(scope);
        await using var db = open();
        return await db.DecisionDefinitions.AsNoTracking().SingleOrDefaultAsync(d => d.Key == key, cancellation);
    }

    /// <summary>The newest version of a decision that is not deleted.</summary>
    public async Task<DecisionDefinitionRow?> LatestDecisionAsync(
        Scope scope, string decisionId, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(scope);
        await using var db = open();
        return await db.DecisionDefinitions.AsNoTracking().Where(d => d.DecisionId == decisionId && !d.IsDeleted)
            .OrderByDescending(d => d.Version).FirstOrDefaultAsync(cancellation);
    }

    /// <summary>The decisions of one DMN file.</summary>
    public async Task<List<DecisionDefinitionRow>> DecisionsOfAsync(
        Scope scope, long requirementsKey, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(scope);
        await using var db = open();
        return await db.DecisionDefinitions.AsNoTracking().Where(d => d.DecisionRequirementsKey == requirementsKey)
            .OrderBy(d => d.Key).ToListAsync(cancellation);
    }

    public static readonly SearchTable<DecisionRequirementsRow> DecisionRequirementsFields =
        new SearchTable<DecisionRequirementsRow>(d => d.Key)
            .Column("decisionRequirementsName", FieldType.Text, d => d.Name, plain: true)
            .Column("version", FieldType.Integer, d => d.Version, plain: true)
            .Column("decisionRequirementsId", FieldType.Text, d => d.DecisionRequirementsId, plain: true)
            .Column("tenantId", FieldType.Text, d => d.TenantId, plain: true)
            .Column("decisionRequirementsKey", FieldType.Key, d => d.Key, plain: true)
            .Column("resourceName", FieldType.Text, d => d.ResourceName, plain: true, sort: false);

    public Task<SearchResult<DecisionRequirementsRow>> SearchDecisionRequirementsAsync(
        Scope scope, SearchQuery query, CancellationToken cancellation) =>
        SearchAsync(
            DecisionRequirementsFields, scope, db => db.DecisionRequirements.AsNoTracking().Where(d => !d.IsDeleted),
            query, cancellation);

    public async Task<DecisionRequirementsRow?> DecisionRequirementsAsync(
        Scope scope, long key, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(scope);
        await using var db = open();
        return await db.DecisionRequirements.AsNoTracking().SingleOrDefaultAsync(d => d.Key == key, cancellation);
    }

    public async Task<FormRow?> FormAsync(Scope scope, long key, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(scope);
        await using var db = open();
        return await db.Forms.AsNoTracking().SingleOrDefaultAsync(f => f.Key == key, cancellation);
    }

    /// <summary>The bytes of a deployed file.</summary>
    public async Task<byte[]?> ContentAsync(Scope scope, long resourceKey, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(scope);
        await using var db = open();
        return await db.Resources.Where(r => r.Key == resourceKey).Select(r => r.Content)
            .SingleOrDefaultAsync(cancellation);
    }

    /// <summary>The process, decision requirements or form with this key, as a resource; null when deleted or
    /// unknown.</summary>
    public async Task<ResourceView?> ResourceAsync(Scope scope, long key, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(scope);
        await using var db = open();
        return await db.ProcessDefinitions.Where(d => d.Key == key && !d.IsDeleted)
                .Select(d => new ResourceView(
                    d.Key, d.ResourceKey, d.ResourceName, d.Version, d.VersionTag, d.ProcessId, d.TenantId))
                .SingleOrDefaultAsync(cancellation)
            ?? await db.DecisionRequirements.Where(d => d.Key == key && !d.IsDeleted)
                .Select(d => new ResourceView(
                    d.Key, d.ResourceKey, d.ResourceName, d.Version, null, d.DecisionRequirementsId, d.TenantId))
                .SingleOrDefaultAsync(cancellation)
            ?? await db.Forms.Where(f => f.Key == key && !f.IsDeleted)
                .Select(f => new ResourceView(
                    f.Key, f.ResourceKey, f.ResourceName, f.Version, f.VersionTag, f.FormId, f.TenantId))
                .SingleOrDefaultAsync(cancellation);
    }
}

public sealed record ProcessDefinitionView
{
    public required ProcessDefinitionRow Definition { get; init; }

    /// <summary>Always false: start events carry no form here, the first user task does.</summary>
    public bool HasStartForm { get; init; }
}

/// <param name="Key">Key of the definition or form, by which the resource is addressed.</param>
/// <param name="ResourceKey">Key of the stored file.</param>
/// <param name="Id">Process id, id of the decision requirements, or form id.</param>
public sealed record ResourceView(
    long Key, long ResourceKey, string Name, int Version, string? VersionTag, string Id, string TenantId);
