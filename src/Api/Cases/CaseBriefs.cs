using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Api.Access;
using Api.Storage;
using Microsoft.EntityFrameworkCore;
using Workflows.Runtime.Storage;

namespace Api.Cases;

/// <summary>The head of a case, beside a form and on its own page.</summary>
/// <param name="Status"><c>open</c> or <c>closed</c>.</param>
/// <param name="Source">Who reported the family, as the report says it.</param>
public sealed record CaseBrief(
    string CaseNo, string? Label, DateTimeOffset OpenedAt, string Status, bool Restricted, FamilyCount? Family,
    Person? SocialWorker, Person? Assistant, ConsentBrief? Consent, string? Source)
{
    /// <summary>False for whoever only has a task in it: a link to its page would lead to nothing.</summary>
    public bool Opens { get; init; } = true;
}

public sealed record FamilyCount(int Adults, int Children);

public sealed record ConsentBrief(DateOnly Since);

/// <param name="Name">What the document is called in the file.</param>
public sealed record DocumentBrief(
    int Number, string FormId, string Name, int Version, DateTimeOffset At, Person Author, DateOnly? OccurredOn);

/// <summary>
/// Reads what a case is about from its newest documents and its root instance. Whether the caller may see it is asked
/// before.
/// </summary>
public sealed class CaseBriefs(ProductDbFactory databases, Func<WorkflowDb> workflows, CaseFile file, People people)
{
    public async Task<CaseBrief?> OfAsync(string caseNo, CancellationToken ct)
    {
        await using var db = databases.Create();
        var row = await db.Cases.AsNoTracking().SingleOrDefaultAsync(
            one => one.TenantId == WorkflowDb.DefaultTenant && one.CaseNo == caseNo, ct);
        if (row is null) return null;
        var staff = await StaffAsync(row.RootInstanceKey, ct);
        var names = await people.OfAsync(staff.Values, ct);
        var labels = await file.LabelsAsync(db, [caseNo], ct);
        return new CaseBrief(
            caseNo, labels.GetValueOrDefault(caseNo), row.OpenedAt, row.Status == CaseStatus.Open ? "open" : "closed",
            row.Restricted, await FamilyAsync(db, caseNo, ct), names[staff.GetValueOrDefault("socialWorker")],
            names[staff.GetValueOrDefault("assistant")], await ConsentAsync(db, caseNo, ct),
            await SourceAsync(db, caseNo, ct));
    }

    async Task<Dictionary<string, string>> StaffAsync(long rootInstanceKey, CancellationToken ct)
    {
        await using var db = workflows();
        var rows = await db.Variables.AsNoTracking()
            .Where(row => row.ScopeKey == rootInstanceKey && (row.Name == "assistant" || row.Name == "socialWorker"))
            .Select(row => new { row.Name, row.Value }).ToListAsync(ct);
        return rows.Where(row => row.Value is ['"', ..]).ToDictionary(
            row => row.Name, row => JsonSerializer.Deserialize<string>(row.Value)!, StringComparer.Ordinal);
    }

    async Task<FamilyCount?> FamilyAsync(ProductDb db, string caseNo, CancellationToken ct)
    {
        if (await file.NewestAsync(db, caseNo, CaseFile.FamilyCard, ct) is not { } card) return null;
        using var content = JsonDocument.Parse(card.Content);
        return new FamilyCount(Count(content, "adults"), Count(content, "children"));
    }

    async Task<ConsentBrief?> ConsentAsync(ProductDb db, string caseNo, CancellationToken ct)
    {
        if (await file.NewestAsync(db, caseNo, "consent", ct) is not { } consent) return null;
        // Given and later withdrawn is no consent.
        if (await file.NewestAsync(db, caseNo, "consent-withdrawal", ct) is { } withdrawal
            && withdrawal.Row.Number > consent.Row.Number) return null;
        using var content = JsonDocument.Parse(consent.Content);
        return content.RootElement.TryGetProperty("consentGiven", out var given)
            && given.ValueKind == JsonValueKind.True && Text(content, "consentDate") is { } day
            && DateOnly.TryParseExact(
                day, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var since)
            ? new ConsentBrief(since)
            : null;
    }

    async Task<string?> SourceAsync(ProductDb db, string caseNo, CancellationToken ct)
    {
        if (await file.NewestAsync(db, caseNo, CaseFile.Report, ct) is not { } report) return null;
        using var content = JsonDocument.Parse(report.Content);
        return Text(content, "reporterType");
    }

    static string? Text(JsonDocument content, string name) =>
        content.RootElement.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;

    static int Count(JsonDocument content, string name) =>
        content.RootElement.TryGetProperty(name, out var list) && list.ValueKind == JsonValueKind.Array
            ? list.GetArrayLength()
            : 0;
}
