using Api.Startup;
using Api.Storage;
using Microsoft.EntityFrameworkCore;
using Workflows.Engine.Execution;
using Workflows.Runtime;
using Workflows.Runtime.Storage;

namespace Api.Cases;

/// <summary>
/// What the case tables learn from the engine: a case opens and closes with its root instance, in the same commit.
/// </summary>
public sealed class CaseSteps(Settings settings)
{
    /// <summary>The process property that makes a definition part of the case file (docs/extensions.md).</summary>
    public const string Property = "case";

    /// <summary>The process property that has people told of tasks that belong to no case.</summary>
    public const string Notifies = "notifies";
    public const string Root = "root";
    public const string Part = "part";

    // Only rows inside the engine's commits are written here, and those hold the gate.
    readonly ProductDbFactory databases = new(settings, new WriteGate(open: true));

    /// <summary>Asked for every step, whoever caused it.</summary>
    public CommitExtras? Of(Step step)
    {
        if (step.Release.Definition.Property(Property) != Root
            || step.Accepted.Instance.Parent is not null) return null;
        var opens = step.Before is null;
        var closes = step.Accepted.Instance.State != InstanceState.Active
            && step.Before is not { State: not InstanceState.Active };
        if (!opens && !closes) return null;
        return new CommitExtras
        {
            HostRows = async (commit, ct) =>
            {
                await using var db = databases.On(commit.Connection, commit.Transaction);
                if (opens) await OpenAsync(db, step, commit.At, ct);
                if (closes) await CloseAsync(db, step.Accepted.Instance.Key, ct);
                return null;
            },
        };
    }

    static async Task OpenAsync(ProductDb db, Step step, DateTimeOffset at, CancellationToken ct)
    {
        if (step.Envelope.Command is not CreateInstance create
            || CaseOpening.Given(create.Variables) is not { } caseNo) return;
        var known = await db.Cases.AnyAsync(
            row => row.TenantId == WorkflowDb.DefaultTenant && row.CaseNo == caseNo, ct);
        if (known) return;
        db.Cases.Add(new CaseRow
        {
            TenantId = WorkflowDb.DefaultTenant,
            CaseNo = caseNo,
            ProcessId = step.Release.Definition.Id,
            RootInstanceKey = step.Accepted.Instance.Key,
            OpenedAt = at,
            OpenedBy = step.Scope.User,
            OpenedWith = step.Envelope.Id,
            Status = CaseStatus.Open,
        });
        await db.SaveChangesAsync(ct);
    }

    static async Task CloseAsync(ProductDb db, long rootInstanceKey, CancellationToken ct)
    {
        var closed = db.Cases.Where(row => row.RootInstanceKey == rootInstanceKey);
        await closed.ExecuteUpdateAsync(set => set.SetProperty(row => row.Status, CaseStatus.Closed), ct);
        // What was begun and never sent, because its task was canceled, is nobody's any more.
        await db.Drafts.Where(row => closed.Any(one => one.TenantId == row.TenantId && one.CaseNo == row.CaseNo))
            .ExecuteDeleteAsync(ct);
    }
}
