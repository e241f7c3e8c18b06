using System.Collections.Immutable;
using System.Xml;
using System.Xml.Linq;
using Api.Access;
using Api.Startup;
using Microsoft.EntityFrameworkCore;
using Workflows.Runtime;
using Workflows.Runtime.Storage;
using Scope = Workflows.Runtime.Scope;

namespace Api.Procedures;

/// <summary>
/// The product's own procedures: at start the whole of <c>workflows/</c> becomes one deployment together with what the
/// office has made its own, so that forms, decisions and called procedures stay together. The same bytes make no new
/// version. A procedure that an office has changed stays as the office has it; a newer delivery of it is only offered.
/// </summary>
public sealed class ShippedProcedures(
    WorkflowEngine engine, Func<WorkflowDb> workflows, ProcedureBook book, AuditLog audit, Settings settings,
    ILogger<ShippedProcedures> log)
{
    /// <summary>Source of a deployment that came with the product.</summary>
    public const string Source = "shipped";

    /// <summary>Source of a deployment that a person of the office published.</summary>
    public const string Office = "office";

    static readonly string[] Extensions = [".bpmn", ".dmn", ".form"];

    /// <exception cref="SettingException">A procedure is not fit to be deployed; the message lists everything
    /// wrong.</exception>
    public async Task DeployAsync(CancellationToken ct)
    {
        var folders = Folders(settings.WorkflowsPath);
        if (folders.Count == 0)
        {
            log.LogWarning("No procedures below {Path}: nothing is deployed", settings.WorkflowsPath);
            return;
        }
        var problems = folders.SelectMany(folder => folder.Files).SelectMany(Lint).ToList();
        if (problems.Count > 0) throw Unfit(problems.Select(problem => problem.ToString()));

        var all = await book.AllAsync(ct);
        var own = all.Values.Select(versions => versions[0]).Where(newest => !newest.IsShipped).ToList();
        var changed = await ForeignAsync(folders, ct);
        changed.UnionWith(folders.Where(folder => own.Exists(newest => newest.Folder == folder.Name)));
        var offices = own.ConvertAll(newest => newest.Folder);
        var files = folders.Where(folder => !changed.Contains(folder)).SelectMany(folder => folder.Files)
            .Concat((await book.InForceAsync(ct)).Where(file => offices.Contains(ProcedureBook.FolderOf(file.Name))))
            .ToList();
        foreach (var folder in changed) await OfferAsync(folder, all, ct);
        if (files.Count == 0) return;
        var answer = await engine.DeployAsync(Scope.Engine, files, Source, cancellation: ct);
        switch (answer)
        {
            case DeployAnswer.Deployed deployed:
                log.LogInformation("{Count} procedures of the product are in force", deployed.Processes.Length);
                break;
            case DeployAnswer.Refused refused when changed.Count > 0:
                // What the office changed is called by the rest: the product's new version waits until both fit again.
                log.LogWarning(
                    "The product's procedures were not deployed beside those of the office: {Reason}",
                    refused.Problems[0].Message);
                break;
            case DeployAnswer.Refused refused:
                throw Unfit(refused.Problems.Select(problem =>
                    $"{problem.ResourceName}: {problem.ElementId ?? "-"}: {problem.Message}"));
        }
    }

    /// <param name="Name">Name of the folder.</param>
    /// <param name="ProcessIds">Processes it defines.</param>
    sealed record Folder(string Name, IReadOnlyList<string> ProcessIds, IReadOnlyList<DeploymentFile> Files);

    static List<Folder> Folders(string root)
    {
        if (!Directory.Exists(root)) return [];
        return [.. Directory.GetDirectories(root).Order(StringComparer.Ordinal).Select(folder => Read(root, folder))];
    }

    static Folder Read(string root, string folder)
    {
        // Scenarios and the like are no resources of the process; names are relative and the same on every system.
        var files = Directory.EnumerateFiles(folder)
            .Where(file => Extensions.Contains(Path.GetExtension(file)))
            .Order(StringComparer.Ordinal)
            .Select(file => new DeploymentFile(
                Path.GetRelativePath(root, file).Replace(Path.DirectorySeparatorChar, '/'), File.ReadAllBytes(file)))
            .ToList();
        var ids = files.Where(IsBpmn).SelectMany(file => ProcessIds(Parse(file))).ToList();
        return new Folder(Path.GetFileName(folder), ids, files);
    }

    /// <summary>Folders whose processes somebody deployed through <c>/v2</c>.</summary>
    async Task<HashSet<Folder>> ForeignAsync(List<Folder> folders, CancellationToken ct)
    {
        var ids = folders.SelectMany(folder => folder.ProcessIds).ToList();
        await using var db = workflows();
        var foreign = await (
            from definition in db.ProcessDefinitions
            join deployment in db.Deployments on definition.DeploymentKey equals deployment.Key
            where definition.IsLatest && ids.Contains(definition.ProcessId) && deployment.Source == null
            select definition.ProcessId).ToListAsync(ct);
        return folders.Where(folder => folder.ProcessIds.Any(foreign.Contains)).ToHashSet();
    }

    /// <summary>
    /// Keeps a delivery the office has not seen yet beside its own version: for comparison, never in force by itself.
    /// </summary>
    async Task OfferAsync(
        Folder folder, ImmutableSortedDictionary<string, ImmutableArray<ProcedureVersion>> all, CancellationToken ct)
    {
        log.LogInformation("{Folder} stays as the office has it", folder.Name);
        var files = folder.Files.ToDictionary(
            file => Path.GetFileName(file.Name), file => ProcedureFiles.Text(file.Content.Span),
            StringComparer.Ordinal);
        var hash = ProcedureFiles.Hash(files);
        foreach (var id in folder.ProcessIds)
        {
            var versions = all.GetValueOrDefault(id, []);
            var seen = versions.FirstOrDefault(version => version.IsShipped)?.Hash;
            if (versions.IsEmpty || hash == versions[0].Hash || hash == seen) continue;
            await audit.ChangeAsync(Scope.Engine, HistoryChain.Procedures, async (db, at, token) =>
            {
                var row = await db.ProductVersions.FirstOrDefaultAsync(
                    one => one.TenantId == WorkflowDb.DefaultTenant && one.ProcessId == id, token);
                if (row?.Hash == hash) return new Change.Refused(EngineRejection.AlreadyExists, "Offered already.");
                var before = row?.Hash;
                if (row is null)
                {
                    row = new ProductVersionRow
                    {
                        TenantId = WorkflowDb.DefaultTenant, ProcessId = id, Hash = hash, At = at, Files = [],
                    };
                    db.ProductVersions.Add(row);
                }
                (row.Hash, row.At, row.Files) = (hash, at, ProcedureFiles.Pack(files));
                return new Change.Done("ProductVersionOffered", id, new { hash = before }, new { hash });
            }, ct: ct);
        }
    }

    static IEnumerable<LintProblem> Lint(DeploymentFile file)
    {
        if (!IsBpmn(file)) return [];
        try
        {
            return VocabularyLint.Problems(file.Name, Parse(file));
        }
        catch (XmlException problem)
        {
            return [new LintProblem(file.Name, "-", null, problem.Message, "Diagramu nie da się odczytać.")];
        }
    }

    static IEnumerable<string> ProcessIds(XDocument xml) => xml.Root!.Elements()
        .Where(element => element.Name.LocalName == "process")
        .Select(element => element.Attribute("id")?.Value)
        .OfType<string>();

    static XDocument Parse(DeploymentFile file)
    {
        var settings = new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null };
        using var reader = XmlReader.Create(new MemoryStream(file.Content.ToArray()), settings);
        return XDocument.Load(reader);
    }

    static bool IsBpmn(DeploymentFile file) => file.Name.EndsWith(".bpmn", StringComparison.Ordinal);

    static SettingException Unfit(IEnumerable<string> problems) => new(
        "Repair the procedures below Workflows__Path:" + Environment.NewLine + "  " +
        string.Join(Environment.NewLine + "  ", problems));
}
