using System.Xml;
using System.Xml.Linq;
using Api.Startup;
using Microsoft.EntityFrameworkCore;
using Workflows.Runtime;
using Workflows.Runtime.Storage;
using Scope = Workflows.Runtime.Scope;

namespace Api.Procedures;

/// <summary>
/// The product's own procedures: at start the whole of <c>workflows/</c> becomes one deployment, so that forms,
/// decisions and
/// called procedures stay together. The same bytes make no new version. A procedure that an office has changed stays as
/// the office has it.
/// </summary>
public sealed class ShippedProcedures(
    WorkflowEngine engine, Func<WorkflowDb> workflows, Settings settings, ILogger<ShippedProcedures> log)
{
    /// <summary>Source of a deployment that came with the product.</summary>
    public const string Source = "shipped";

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

        var changed = await ChangedByOfficeAsync(folders, ct);
        var files = folders.Where(folder => !changed.Contains(folder)).SelectMany(folder => folder.Files).ToList();
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

    async Task<HashSet<Folder>> ChangedByOfficeAsync(List<Folder> folders, CancellationToken ct)
    {
        var ids = folders.SelectMany(folder => folder.ProcessIds).ToList();
        await using var db = workflows();
        var foreign = await (
            from definition in db.ProcessDefinitions
            join deployment in db.Deployments on definition.DeploymentKey equals deployment.Key
            where definition.IsLatest && ids.Contains(definition.ProcessId) && deployment.Source != Source
            select definition.ProcessId).ToListAsync(ct);
        var changed = folders.Where(folder => folder.ProcessIds.Any(foreign.Contains)).ToHashSet();
        foreach (var folder in changed)
        {
            log.LogInformation("{Folder} stays as the office has it", folder.Name);
        }
        return changed;
    }

    static IEnumerable<LintProblem> Lint(DeploymentFile file)
    {
        if (!IsBpmn(file)) return [];
        try
        {
            return ProcedureLint.Problems(file.Name, Parse(file));
        }
        catch (XmlException problem)
        {
            return [new LintProblem(file.Name, "-", problem.Message)];
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
