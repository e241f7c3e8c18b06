using System.Text.Json;
using Api.Startup;
using Api.Storage;
using Microsoft.EntityFrameworkCore;
using Workflows.Runtime;
using Workflows.Runtime.Storage;

namespace Api.Cases;

/// <summary>
/// The limit of 15 families per assistant (UWR art. 15 ust. 4). A place is taken in the commit of the completing
/// command
/// and given back in the commit of the releasing job; the database, not a look beforehand, decides who gets the last
/// one.
/// </summary>
public sealed class AssistantPlaces(Settings settings)
{
    public const string ReleaseType = "assistant.release";

    /// <summary>Property of a user task: FEEL over the answer that says whether completing it takes a place.</summary>
    public const string TakesPlaceProperty = "takesPlace";

    // Reads, and rows inside the engine's commits, which hold the gate.
    readonly ProductDbFactory databases = new(settings, new WriteGate(open: true));

    public async Task<JobOutcome> ReleaseAsync(JobContext job, CancellationToken ct)
    {
        if (Input(job) is not var (caseNo, assistant)) return Incomplete;
        await using var db = databases.Create();
        if (!await PlacesOf(db, caseNo, assistant).AnyAsync(ct)) return new JobOutcome.Complete([]);
        return new JobOutcome.Complete([])
        {
            Extras = new CommitExtras
            {
                HostRows = async (commit, token) =>
                {
                    await using var rows = databases.On(commit.Connection, commit.Transaction);
                    await GiveBackAsync(rows, caseNo, assistant, token);
                    return null;
                },
            },
        };
    }

    /// <summary>
    /// Takes a place for the case, once. A rejection leaves the task open; whoever decides chooses again.
    /// </summary>
    public async Task<EngineAnswer.Rejected?> TakeAsync(
        HostCommit commit, string caseNo, string assistant, CancellationToken ct)
    {
        await using var db = databases.On(commit.Connection, commit.Transaction);
        if (await PlacesOf(db, caseNo, assistant).AnyAsync(ct)) return null;
        var limit = settings.AssistantLimit;
        await db.Database.ExecuteSqlAsync(
            $"""
            insert into assistants (tenant_id, user_name, active, places_max)
            values ({WorkflowDb.DefaultTenant}, {assistant}, 0, {limit}) on conflict do nothing
            """, ct);
        var taken = await AssistantOf(db, assistant).Where(row => row.Active < row.PlacesMax && row.Active < limit)
            .ExecuteUpdateAsync(set => set.SetProperty(row => row.Active, row => row.Active + 1), ct);
        if (taken == 0)
        {
            return new EngineAnswer.Rejected(
                EngineRejection.InvalidState,
                $"Asystent „{assistant}” nie ma wolnego miejsca: osiągnięto limit rodzin (UWR art. 15 ust. 4). " +
                "Wybierz innego asystenta albo listę oczekujących.");
        }
        db.AssistantPlaces.Add(new AssistantPlaceRow
        {
            TenantId = WorkflowDb.DefaultTenant,
            CaseNo = caseNo,
            UserName = assistant,
            Since = commit.At,
        });
        await db.SaveChangesAsync(ct);
        return null;
    }

    /// <summary>
    /// The case goes from one assistant to another; nothing moves when the first holds no place for it.
    /// </summary>
    public async Task<EngineAnswer.Rejected?> MoveAsync(
        HostCommit commit, string caseNo, string from, string to, CancellationToken ct)
    {
        await using var db = databases.On(commit.Connection, commit.Transaction);
        if (!await GiveBackAsync(db, caseNo, from, ct)) return null;
        return await TakeAsync(commit, caseNo, to, ct);
    }

    static async Task<bool> GiveBackAsync(ProductDb db, string caseNo, string assistant, CancellationToken ct)
    {
        if (await PlacesOf(db, caseNo, assistant).ExecuteDeleteAsync(ct) == 0) return false;
        await AssistantOf(db, assistant).Where(row => row.Active > 0)
            .ExecuteUpdateAsync(set => set.SetProperty(row => row.Active, row => row.Active - 1), ct);
        return true;
    }

    static readonly JobOutcome.Fail Incomplete = new("Expected the variables 'assistant' and 'caseNo' as texts.");

    static (string CaseNo, string Assistant)? Input(JobContext job) =>
        Text(job.Read(CaseOpening.CaseNo)) is { } caseNo && Text(job.Read("assistant")) is { } assistant
            ? (caseNo, assistant)
            : null;

    static string? Text(string? json) => json is ['"', ..] ? JsonSerializer.Deserialize<string>(json) : null;

    static IQueryable<AssistantRow> AssistantOf(ProductDb db, string assistant) =>
        db.Assistants.Where(row => row.TenantId == WorkflowDb.DefaultTenant && row.UserName == assistant);

    static IQueryable<AssistantPlaceRow> PlacesOf(ProductDb db, string caseNo, string assistant) =>
        db.AssistantPlaces.Where(row =>
            row.TenantId == WorkflowDb.DefaultTenant && row.CaseNo == caseNo && row.UserName == assistant);
}
