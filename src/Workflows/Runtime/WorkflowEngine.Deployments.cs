using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Workflows.Engine.Decisions;
using Workflows.Engine.Execution;
using Workflows.Engine.Expressions;
using Workflows.Engine.Model;
using Workflows.Runtime.Storage;

namespace Workflows.Runtime;

public sealed partial class WorkflowEngine
{
    /// <summary>Files of one deployment; a centre has some dozens.</summary>
    const int FilesMax = 1_000;

    /// <summary>Any number; one deployment at a time holds this lock on PostgreSQL.</summary>
    const long DeploymentLock = 4711;

    /// <summary>A file with everything read from it.</summary>
    sealed record Parsed(DeploymentFile File, string Sha256)
    {
        public ImmutableArray<ProcessDefinition> Processes { get; init; } = [];
        public DecisionModel? Decisions { get; init; }
        public string? FormId { get; init; }
        public string? FormVersionTag { get; init; }
    }

    /// <summary>
    /// Stores files as one deployment. When every file is byte for byte the latest version of what it defines, nothing
    /// is stored; when one differs, all get a new version, so that what was deployed together stays together.
    /// </summary>
    /// <param name="source"><c>shipped</c> or <c>office</c> for procedures of the product; null for others.</param>
    /// <param name="extras">Rows of the host see what was deployed and may veto it; acts they wish for go into the
    /// chain of procedures.</param>
    public async Task<DeployAnswer> DeployAsync(
        Scope scope, IReadOnlyList<DeploymentFile> files, string? source = null, CommitExtras? extras = null,
        CancellationToken cancellation = default)
    {
        if (Rights.RefuseUnlessMachine(scope, "deploy") is { } forbidden)
            return new DeployAnswer.Refused(forbidden.Code, [new("", null, forbidden.Message)]);
        var warnings = ImmutableArray.CreateBuilder<DeployProblem>();
        var problems = ImmutableArray.CreateBuilder<DeployProblem>();
        if (files.Count is 0 or > FilesMax)
            problems.Add(new("", null, $"Expected 1 to {FilesMax} files, but there are {files.Count}."));
        var parsed = files.Select(file => Parse(file, problems, warnings)).ToArray();
        RefuseDoubles(parsed, problems);
        if (problems.Count > 0) return new DeployAnswer.Refused(
            EngineRejection.InvalidArgument, problems.DrainToImmutable());
        var lease = await store.Keys.RentAsync(cancellation);
        DeployAnswer.Deployed? deployed = null;
        var veto = await RecordAsync(scope, HistoryChain.Procedures, (extras ?? new CommitExtras()) with
        {
            HostRows = async (commit, ct) =>
            {
                await using var db = store.Dialect.NewDb(commit.Connection, commit.Transaction);
                if (store.IsShared)
                    await db.Database.ExecuteSqlRawAsync($"select pg_advisory_xact_lock({DeploymentLock})", ct);
                var writing = new Deploying(db, parsed, scope.User, source, commit.At, lease, options.Zone);
                deployed = await writing.WriteAsync(ct);
                await db.SaveChangesAsync(ct);
                commit.Deployed = deployed;
                return extras?.HostRows is { } hostRows ? await hostRows(commit, ct) : null;
            },
        }, cancellation);
        store.Keys.Return(lease);
        if (veto is not null) return new DeployAnswer.Refused(veto.Code, [new("", null, veto.Message)]);
        Catalog.Refresh();
        Signals.Set(Signals.Timers);
        return deployed! with { Warnings = warnings.DrainToImmutable() };
    }

    // ---- reading --------------------------------------------------------------------------------------------------

    static Parsed Parse(
        DeploymentFile file, ImmutableArray<DeployProblem>.Builder problems,
        ImmutableArray<DeployProblem>.Builder warnings)
    {
        var parsed = new Parsed(file, Convert.ToHexStringLower(SHA256.HashData(file.Content.Span)));
        if (file.Name.EndsWith(".bpmn", StringComparison.OrdinalIgnoreCase) || IsBpmnXml(file)) return Bpmn(
            parsed, problems, warnings);
        if (file.Name.EndsWith(".dmn", StringComparison.OrdinalIgnoreCase)) return Dmn(parsed, problems);
        if (file.Name.EndsWith(".form", StringComparison.OrdinalIgnoreCase)) return Form(parsed, problems);
        problems.Add(new(file.Name, null, $"Expected a file named *.bpmn, *.dmn or *.form, but it is '{file.Name}'."));
        return parsed;
    }

    static bool IsBpmnXml(DeploymentFile file) => file.Name.EndsWith(".bpmn20.xml", StringComparison.OrdinalIgnoreCase);

    static Parsed Bpmn(
        Parsed parsed, ImmutableArray<DeployProblem>.Builder problems, ImmutableArray<DeployProblem>.Builder warnings)
    {
        var read = BpmnReader.Read(parsed.File.Content.Span);
        foreach (var problem in read.Problems)
        {
            var shown = new DeployProblem(
                parsed.File.Name, problem.ElementId.Length == 0 ? null : problem.ElementId, problem.Message);
            (problem.Severity == ProblemSeverity.Error ? problems : warnings).Add(shown);
        }
        return parsed with { Processes = read.Processes };
    }

    static Parsed Dmn(Parsed parsed, ImmutableArray<DeployProblem>.Builder problems)
    {
        var read = DmnReader.Read(Encoding.UTF8.GetString(parsed.File.Content.Span));
        foreach (var problem in read.Problems) problems.Add(new(parsed.File.Name, problem.ElementId, problem.Message));
        return parsed with { Decisions = read.Model };
    }

    static Parsed Form(Parsed parsed, ImmutableArray<DeployProblem>.Builder problems)
    {
        try
        {
            using var json = JsonDocument.Parse(parsed.File.Content);
            if (json.RootElement.TryGetProperty("id", out var id) && id.GetString() is { Length: > 0 } formId)
                return parsed with
                {
                    FormId = formId,
                    FormVersionTag = json.RootElement.TryGetProperty("versionTag", out var tag) ? tag.GetString()
                        : null,
                };
            problems.Add(new(parsed.File.Name, null, "Expected a form with a text 'id', but there is none."));
        }
        catch (Exception wrong) when (wrong is JsonException or InvalidOperationException)
        {
            problems.Add(new(parsed.File.Name, null, $"Expected a form as a JSON object: {wrong.Message}"));
        }
        return parsed;
    }

    static void RefuseDoubles(Parsed[] files, ImmutableArray<DeployProblem>.Builder problems)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var file in files)
        {
            var ids = file.Processes.Select(p => $"process '{p.Id}'")
                .Concat(file.Decisions?.Decisions.Select(d => $"decision '{d.Id}'") ?? [])
                .Concat(file.FormId is { } form ? [$"form '{form}'"] : []);
            foreach (var id in ids.Where(id => !seen.Add(id)))
                problems.Add(new(file.File.Name, null, $"Expected {id} once in a deployment, but it comes again."));
        }
    }

    // ---- writing --------------------------------------------------------------------------------------------------

    /// <summary>One deployment inside its transaction.</summary>
    sealed class Deploying(
        WorkflowDb db, Parsed[] files, string user, string? source, DateTimeOffset now, KeyAllocator.Lease lease,
        TimeZoneInfo zone)
    {
        readonly ImmutableArray<DeployedProcess>.Builder processes = ImmutableArray.CreateBuilder<DeployedProcess>();
        readonly ImmutableArray<DeployedDecision>.Builder decisions = ImmutableArray.CreateBuilder<DeployedDecision>();
        readonly ImmutableArray<DeployedRequirements>.Builder requirements =
            ImmutableArray.CreateBuilder<DeployedRequirements>();
        readonly ImmutableArray<DeployedForm>.Builder forms = ImmutableArray.CreateBuilder<DeployedForm>();

        public async Task<DeployAnswer.Deployed> WriteAsync(CancellationToken cancellation)
        {
            var deploymentKey = await FindSameAsync(cancellation);
            if (deploymentKey == 0)
            {
                processes.Clear();
                decisions.Clear();
                requirements.Clear();
                forms.Clear();
                deploymentKey = lease.Next();
                db.Deployments.Add(new()
                {
                    Key = deploymentKey, TenantId = WorkflowDb.DefaultTenant, DeployedAt = now, DeployedBy = user,
                    Source = source, ContentHash = ContentHash(),
                });
                foreach (var file in files) await AddAsync(file, deploymentKey, cancellation);
            }
            return new(deploymentKey, processes.ToImmutable(), decisions.ToImmutable(), requirements.ToImmutable(),
                forms.ToImmutable(), []);
        }

        string ContentHash() => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(
            string.Join('\n', files.Select(f => $"{f.File.Name} {f.Sha256}").Order(StringComparer.Ordinal)))));

        /// <summary>The deployment that already is exactly this, or 0; fills the answer on the way.</summary>
        async Task<long> FindSameAsync(CancellationToken cancellation)
        {
            long deployment = 0;
            foreach (var file in files)
            {
                foreach (var process in file.Processes)
                {
                    var row = await db.ProcessDefinitions.FirstOrDefaultAsync(
                        d => d.ProcessId == process.Id && d.IsLatest && d.ResourceName == file.File.Name, cancellation);
                    if (row is null || !await IsSameAsync(row.ResourceKey, file, cancellation)) return 0;
                    deployment = row.DeploymentKey;
                    processes.Add(new(row.Key, row.ProcessId, row.Version, row.VersionTag, row.ResourceName));
                }
                if (file.FormId is { } formId)
                {
                    var row = await db.Forms.FirstOrDefaultAsync(
                        f => f.FormId == formId && f.IsLatest && f.ResourceName == file.File.Name, cancellation);
                    if (row is null || !await IsSameAsync(row.ResourceKey, file, cancellation)) return 0;
                    deployment = row.DeploymentKey;
                    forms.Add(new(row.Key, row.FormId, row.Version, row.ResourceName));
                }
                if (file.Decisions is { } model)
                {
                    var row = await db.DecisionRequirements.FirstOrDefaultAsync(
                        r => r.DecisionRequirementsId == model.Id && r.IsLatest
                            && r.ResourceName == file.File.Name, cancellation);
                    if (row is null || !await IsSameAsync(row.ResourceKey, file, cancellation)) return 0;
                    deployment = row.DeploymentKey;
                    requirements.Add(new(row.Key, row.DecisionRequirementsId, row.Name, row.Version, row.ResourceName));
                    foreach (var d in await db.DecisionDefinitions.Where(d => d.DecisionRequirementsKey == row.Key)
                        .OrderBy(d => d.Key).ToListAsync(cancellation))
                        decisions.Add(new(d.Key, d.DecisionId, d.Name, d.Version, d.DecisionRequirementsId, row.Key));
                }
            }
            return deployment;
        }

        Task<bool> IsSameAsync(long resourceKey, Parsed file, CancellationToken cancellation) =>
            db.Resources.AnyAsync(r => r.Key == resourceKey && r.Sha256 == file.Sha256, cancellation);

        async Task AddAsync(Parsed file, long deploymentKey, CancellationToken cancellation)
        {
            var resourceKey = lease.Next();
            db.Resources.Add(new()
            {
                Key = resourceKey, TenantId = WorkflowDb.DefaultTenant, DeploymentKey = deploymentKey,
                Name = file.File.Name, Sha256 = file.Sha256, Content = file.File.Content.ToArray(),
            });
            foreach (var process in file.Processes) await AddAsync(
                process, file, deploymentKey, resourceKey, cancellation);
            if (file.Decisions is { } model) await AddAsync(model, file, deploymentKey, resourceKey, cancellation);
            if (file.FormId is not { } formId) return;
            var before = await db.Forms.Where(f => f.FormId == formId).OrderByDescending(f => f.Version)
                .ToListAsync(cancellation);
            before.ForEach(f => f.IsLatest = false);
            var row = new FormRow
            {
                Key = lease.Next(), TenantId = WorkflowDb.DefaultTenant, FormId = formId,
                Version = (before.FirstOrDefault()?.Version ?? 0) + 1, VersionTag = file.FormVersionTag,
                DeploymentKey = deploymentKey, ResourceKey = resourceKey, ResourceName = file.File.Name,
                IsLatest = true,
            };
            db.Forms.Add(row);
            forms.Add(new(row.Key, formId, row.Version, row.ResourceName));
        }

        async Task AddAsync(
            ProcessDefinition process, Parsed file, long deploymentKey, long resourceKey,
            CancellationToken cancellation)
        {
            var before = await db.ProcessDefinitions.Where(d => d.ProcessId == process.Id)
                .OrderByDescending(d => d.Version).ToListAsync(cancellation);
            before.ForEach(d => d.IsLatest = false);
            var row = new ProcessDefinitionRow
            {
                Key = lease.Next(), TenantId = WorkflowDb.DefaultTenant, ProcessId = process.Id,
                Version = (before.FirstOrDefault()?.Version ?? 0) + 1, VersionTag = process.VersionTag,
                Name = process.Name,
                DeploymentKey = deploymentKey, ResourceKey = resourceKey, ResourceName = file.File.Name,
                IsLatest = true,
                Properties = RuntimeJson.ObjectOf(process.Properties
                    .OrderBy(p => p.Key, StringComparer.Ordinal)
                    .Select(p => KeyValuePair.Create(
                        p.Key, JsonSerializer.Serialize(p.Value, RuntimeJson.Default.String)))),
            };
            db.ProcessDefinitions.Add(row);
            processes.Add(new(row.Key, row.ProcessId, row.Version, row.VersionTag, row.ResourceName));
            await SwitchStartsAsync(db, process, row.Key, now, zone, lease, cancellation);
        }

        async Task AddAsync(
            DecisionModel model, Parsed file, long deploymentKey, long resourceKey, CancellationToken cancellation)
        {
            var before = await db.DecisionRequirements.Where(r => r.DecisionRequirementsId == model.Id)
                .OrderByDescending(r => r.Version).ToListAsync(cancellation);
            before.ForEach(r => r.IsLatest = false);
            var row = new DecisionRequirementsRow
            {
                Key = lease.Next(), TenantId = WorkflowDb.DefaultTenant, DecisionRequirementsId = model.Id,
                Name = model.Name,
                Version = (before.FirstOrDefault()?.Version ?? 0) + 1, DeploymentKey = deploymentKey,
                ResourceKey = resourceKey, ResourceName = file.File.Name, IsLatest = true,
            };
            db.DecisionRequirements.Add(row);
            requirements.Add(new(row.Key, model.Id, model.Name, row.Version, row.ResourceName));
            foreach (var (id, name) in model.Decisions)
            {
                var older = await db.DecisionDefinitions.Where(d => d.DecisionId == id)
                    .OrderByDescending(d => d.Version).ToListAsync(cancellation);
                older.ForEach(d => d.IsLatest = false);
                var decision = new DecisionDefinitionRow
                {
                    Key = lease.Next(), TenantId = WorkflowDb.DefaultTenant, DecisionId = id, Name = name,
                    Version = (older.FirstOrDefault()?.Version ?? 0) + 1, DecisionRequirementsId = model.Id,
                    DecisionRequirementsKey = row.Key, IsLatest = true,
                };
                db.DecisionDefinitions.Add(decision);
                decisions.Add(new(decision.Key, id, name, decision.Version, model.Id, row.Key));
            }
        }
    }

    /// <summary>Message and timer start events belong to the latest version: its subscriptions replace the older
    /// ones.</summary>
    static async Task SwitchStartsAsync(
        WorkflowDb db, ProcessDefinition process, long definitionKey, DateTimeOffset now, TimeZoneInfo zone,
        KeyAllocator.Lease lease, CancellationToken cancellation)
    {
        db.StartSubscriptions.RemoveRange(
            await db.StartSubscriptions.Where(s => s.ProcessId == process.Id).ToListAsync(cancellation));
        foreach (var start in process.Scopes[process.Id].StartEvents)
        {
            var row = new StartSubscriptionRow
            {
                Key = lease.Next(), TenantId = WorkflowDb.DefaultTenant, ProcessDefinitionKey = definitionKey,
                ProcessId = process.Id, ElementId = start.Id,
            };
            switch (start.Definition)
            {
                case MessageEventDefinition message:
                    row.MessageName = NameOf(message.Message.Name, now, zone);
                    db.StartSubscriptions.Add(row);
                    break;
                case TimerEventDefinition timer when StartTimers.First(timer, now, zone) is { DueAt: { } dueAt } first:
                    (row.DueAt, row.Cycle, row.RepetitionsLeft) = (dueAt.ToUniversalTime(), first.Cycle, first.Left);
                    db.StartSubscriptions.Add(row);
                    break;
            }
        }
    }

    // No variable exists before the process, so an expression sees none.
    static string NameOf(ModelExpression name, DateTimeOffset now, TimeZoneInfo zone) => name.Feel is { } feel
        ? feel.Evaluate(FeelScope.Empty, new FeelEnvironment(now, zone)).Value.AsText()
        : name.Text;

    // ---- deleting -------------------------------------------------------------------------------------------------

    /// <summary>
    /// Takes a process definition, decision requirements or form out of use: nothing new binds to it. What runs on it
    /// keeps it. The version before becomes the latest again.
    /// </summary>
    public async Task<EngineAnswer.Rejected?> DeleteResourceAsync(
        Scope scope, long resourceKey, CancellationToken cancellation = default)
    {
        if (Rights.RefuseUnlessMachine(scope, "delete resources") is { } forbidden) return forbidden;
        var now = await Clock.NowAsync(cancellation);
        var lease = await store.Keys.RentAsync(cancellation);
        var isFound = await store.WriteAsync(async (connection, transaction) =>
        {
            await using var db = store.Dialect.NewDb(connection, transaction);
            var found = await DeleteProcessAsync(db, resourceKey, now, lease, cancellation)
                || await DeleteFormAsync(db, resourceKey, cancellation)
                || await DeleteDecisionsAsync(db, resourceKey, cancellation);
            await db.SaveChangesAsync(cancellation);
            return found;
        }, cancellation);
        store.Keys.Return(lease);
        Catalog.Refresh();
        return isFound ? null : NotFound(string.Create(
            CultureInfo.InvariantCulture, $"Expected a deployed resource with key {resourceKey}, but there is none."));
    }

    async Task<bool> DeleteProcessAsync(
        WorkflowDb db, long key, DateTimeOffset now, KeyAllocator.Lease lease, CancellationToken cancellation)
    {
        var row = await db.ProcessDefinitions.FirstOrDefaultAsync(d => d.Key == key && !d.IsDeleted, cancellation);
        if (row is null) return false;
        row.IsDeleted = true;
        if (!row.IsLatest) return true;
        row.IsLatest = false;
        var before = await db.ProcessDefinitions.Where(d =>
            d.ProcessId == row.ProcessId && d.Key != key && !d.IsDeleted)
            .OrderByDescending(d => d.Version).FirstOrDefaultAsync(cancellation);
        if (before is null)
        {
            db.StartSubscriptions.RemoveRange(
                await db.StartSubscriptions.Where(s => s.ProcessId == row.ProcessId).ToListAsync(cancellation));
            return true;
        }
        before.IsLatest = true;
        var content = await db.Resources.Where(r => r.Key == before.ResourceKey).Select(r => r.Content)
            .FirstAsync(cancellation);
        var definition = BpmnReader.Read(content).Processes.First(p => p.Id == row.ProcessId);
        await SwitchStartsAsync(db, definition, before.Key, now, options.Zone, lease, cancellation);
        return true;
    }

    static async Task<bool> DeleteFormAsync(WorkflowDb db, long key, CancellationToken cancellation)
    {
        var row = await db.Forms.FirstOrDefaultAsync(f => f.Key == key && !f.IsDeleted, cancellation);
        if (row is null) return false;
        row.IsDeleted = true;
        if (!row.IsLatest) return true;
        row.IsLatest = false;
        var before = await db.Forms.Where(f => f.FormId == row.FormId && f.Key != key && !f.IsDeleted)
            .OrderByDescending(f => f.Version).FirstOrDefaultAsync(cancellation);
        if (before is not null) before.IsLatest = true;
        return true;
    }

    static async Task<bool> DeleteDecisionsAsync(WorkflowDb db, long key, CancellationToken cancellation)
    {
        var row = await db.DecisionRequirements.FirstOrDefaultAsync(r => r.Key == key && !r.IsDeleted, cancellation);
        if (row is null) return false;
        row.IsDeleted = true;
        row.IsLatest = false;
        var before = await db.DecisionRequirements
            .Where(r => r.DecisionRequirementsId == row.DecisionRequirementsId && r.Key != key && !r.IsDeleted)
            .OrderByDescending(r => r.Version).FirstOrDefaultAsync(cancellation);
        if (before is not null) before.IsLatest = true;
        foreach (var decision in await db.DecisionDefinitions.Where(d => d.DecisionRequirementsKey == key)
            .ToListAsync(cancellation))
        {
            (decision.IsDeleted, decision.IsLatest) = (true, false);
            var older = await db.DecisionDefinitions
                .Where(d => d.DecisionId == decision.DecisionId && d.Key != decision.Key && !d.IsDeleted)
                .OrderByDescending(d => d.Version).FirstOrDefaultAsync(cancellation);
            if (older is not null) older.IsLatest = true;
        }
        return true;
    }
}
