using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Workflows.Runtime;
using Workflows.Runtime.Storage;

namespace Api.Procedures;

/// <summary>
/// One version of a procedure: its files in force from one deployment until a deployment with other bytes. Deployments
/// in between, made because another procedure changed, belong to it too.
/// </summary>
/// <param name="Number">1, 2, 3 ... for each procedure.</param>
/// <param name="DefinitionKeys">Of all deployments with these bytes, the newest last.</param>
/// <param name="FirstDeployment">The one that brought it.</param>
/// <param name="LastDeployment">The newest one that has it.</param>
public sealed record ProcedureVersion(
    string ProcessId, int Number, string Name, string Folder, bool OpensCase, ImmutableArray<long> DefinitionKeys,
    long FirstDeployment, long LastDeployment, DateTimeOffset At, string By, string Source, string Hash)
{
    public bool IsShipped => Source == ShippedProcedures.Source;
}

/// <summary>
/// The procedures of the centre as their deployments tell them. Nothing is stored twice: versions are derived from the
/// files deployed together.
/// </summary>
public sealed class ProcedureBook(Func<WorkflowDb> workflows)
{
    // A deployment never changes, so what was read of one stays true.
    readonly ConcurrentDictionary<long, ImmutableDictionary<string, string>> folders = new();

    sealed record Deployed(
        long Key, string ProcessId, string? Name, string ResourceName, string Properties, long DeploymentKey,
        DateTimeOffset At, string By, string Source);

    /// <summary>All versions by process id, the newest first.</summary>
    public async Task<ImmutableSortedDictionary<string, ImmutableArray<ProcedureVersion>>> AllAsync(
        CancellationToken ct)
    {
        await using var db = workflows();
        var rows = await (
            from definition in db.ProcessDefinitions
            join deployment in db.Deployments on definition.DeploymentKey equals deployment.Key
            where deployment.Source == ShippedProcedures.Source || deployment.Source == ShippedProcedures.Office
            orderby definition.Version
            select new Deployed(
                definition.Key, definition.ProcessId, definition.Name, definition.ResourceName, definition.Properties,
                deployment.Key, deployment.DeployedAt, deployment.DeployedBy, deployment.Source!))
            .AsNoTracking().ToListAsync(ct);
        foreach (var key in rows.Select(row => row.DeploymentKey).Distinct())
            if (!folders.ContainsKey(key)) folders[key] = await HashesAsync(db, key, ct);
        return rows.GroupBy(row => row.ProcessId, StringComparer.Ordinal).ToImmutableSortedDictionary(
            group => group.Key, group => Versions([.. group]), StringComparer.Ordinal);
    }

    /// <summary>The versions of one procedure, the newest first; empty when there is none.</summary>
    public async Task<ImmutableArray<ProcedureVersion>> OfAsync(string processId, CancellationToken ct) =>
        (await AllAsync(ct)).GetValueOrDefault(processId, []);

    /// <summary>
    /// Number of the version in force when it has come since this moment and is newer than this one; else null.
    /// </summary>
    public async Task<int?> OvertakingAsync(string processId, int version, DateTimeOffset since, CancellationToken ct)
    {
        var newest = (await OfAsync(processId, ct)).FirstOrDefault();
        return newest is not null && newest.Number > version && newest.At > since ? newest.Number : null;
    }

    /// <summary>The files of a version by name without folder.</summary>
    public async Task<ImmutableSortedDictionary<string, string>> FilesAsync(
        ProcedureVersion version, CancellationToken ct)
    {
        await using var db = workflows();
        var prefix = version.Folder + "/";
        var rows = await db.Resources.AsNoTracking()
            .Where(row => row.DeploymentKey == version.LastDeployment && row.Name.StartsWith(prefix))
            .Select(row => new { row.Name, row.Content }).ToListAsync(ct);
        return rows.ToImmutableSortedDictionary(
            row => row.Name[prefix.Length..], row => ProcedureFiles.Text(row.Content), StringComparer.Ordinal);
    }

    /// <summary>Everything in force, folder by folder: what the next deployment takes along unchanged.</summary>
    public async Task<ImmutableArray<DeploymentFile>> InForceAsync(CancellationToken ct)
    {
        await using var db = workflows();
        var newest = await NewestAsync(db, ct);
        var rows = await db.Resources.AsNoTracking().Where(row => row.DeploymentKey == newest).OrderBy(row => row.Name)
            .Select(row => new { row.Name, row.Content }).ToListAsync(ct);
        return [.. rows.Select(row => new DeploymentFile(row.Name, row.Content))];
    }

    /// <summary>Everything in force with the files of one procedure exchanged: what would be deployed.</summary>
    public async Task<IReadOnlyList<DeploymentFile>> ComposedAsync(
        string processId, IReadOnlyDictionary<string, string> files, CancellationToken ct)
    {
        var folder = (await OfAsync(processId, ct)).FirstOrDefault()?.Folder ?? processId;
        return
        [
            .. (await InForceAsync(ct)).Where(file => FolderOf(file.Name) != folder),
            .. ProcedureFiles.ToDeploy(folder, files),
        ];
    }

    /// <summary>
    /// Key of the newest deployment of procedures of the product or the office; 0 without one. Keys and times do not
    /// tell which is newer, the numbers of the definitions do: what is in force was deployed together.
    /// </summary>
    public static async Task<long> NewestAsync(WorkflowDb db, CancellationToken ct)
    {
        var rows = await (
            from definition in db.ProcessDefinitions
            join deployment in db.Deployments on definition.DeploymentKey equals deployment.Key
            where deployment.Source == ShippedProcedures.Source || deployment.Source == ShippedProcedures.Office
            select new { definition.ProcessId, definition.Version, definition.DeploymentKey }).ToListAsync(ct);
        return rows.GroupBy(row => row.ProcessId, StringComparer.Ordinal)
            .Select(group => group.MaxBy(row => row.Version)!.DeploymentKey)
            .CountBy(key => key).OrderByDescending(pair => pair.Value).FirstOrDefault().Key;
    }

    /// <summary>Every definition of a process that was deployed by the product or the office.</summary>
    public static IQueryable<ProcessDefinitionRow> DefinitionsOf(WorkflowDb db, string processId) =>
        from definition in db.ProcessDefinitions
        join deployment in db.Deployments on definition.DeploymentKey equals deployment.Key
        where definition.ProcessId == processId
            && (deployment.Source == ShippedProcedures.Source || deployment.Source == ShippedProcedures.Office)
        select definition;

    /// <summary>Running instances by definition key.</summary>
    public async Task<Dictionary<long, int>> RunningAsync(CancellationToken ct)
    {
        await using var db = workflows();
        return await db.ProcessInstances.Where(row => row.State == Status.Active)
            .GroupBy(row => row.ProcessDefinitionKey).Select(group => new { group.Key, Count = group.Count() })
            .ToDictionaryAsync(group => group.Key, group => group.Count, ct);
    }

    static async Task<ImmutableDictionary<string, string>> HashesAsync(
        WorkflowDb db, long deployment, CancellationToken ct)
    {
        var rows = await db.Resources.AsNoTracking().Where(row => row.DeploymentKey == deployment)
            .Select(row => new { row.Name, row.Sha256 }).ToListAsync(ct);
        return rows.GroupBy(row => FolderOf(row.Name), StringComparer.Ordinal).ToImmutableDictionary(
            group => group.Key,
            group => ProcedureFiles.HashOf(group.Select(row => (Path.GetFileName(row.Name), row.Sha256))),
            StringComparer.Ordinal);
    }

    ImmutableArray<ProcedureVersion> Versions(List<Deployed> rows)
    {
        var versions = new List<ProcedureVersion>();
        foreach (var row in rows)
        {
            var folder = FolderOf(row.ResourceName);
            var hash = folders[row.DeploymentKey].GetValueOrDefault(folder, "");
            if (versions.Count > 0 && versions[^1] is var last && last.Hash == hash)
            {
                versions[^1] = last with
                {
                    DefinitionKeys = last.DefinitionKeys.Add(row.Key), LastDeployment = row.DeploymentKey,
                };
                continue;
            }
            versions.Add(new ProcedureVersion(
                row.ProcessId, versions.Count + 1, row.Name ?? row.ProcessId, folder, OpensCase(row.Properties),
                [row.Key], row.DeploymentKey, row.DeploymentKey, row.At, row.By, row.Source, hash));
        }
        versions.Reverse();
        return [.. versions];
    }

    public static string FolderOf(string resourceName) =>
        resourceName.LastIndexOf('/') is var slash and > 0 ? resourceName[..slash] : "";

    static bool OpensCase(string properties)
    {
        using var json = JsonDocument.Parse(properties);
        return json.RootElement.TryGetProperty("case", out var kind) && kind.GetString() == "root";
    }
}
