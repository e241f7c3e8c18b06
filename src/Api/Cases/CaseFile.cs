using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Api.Storage;
using Microsoft.EntityFrameworkCore;
using Workflows.Engine.Forms;
using Workflows.Runtime;
using Workflows.Runtime.Storage;

namespace Api.Cases;

/// <summary>
/// The documents of a case: sealed where they are written, opened where they are read, nowhere else. Versions are only
/// added.
/// </summary>
public sealed class CaseFile(Vault vault, CaseWords words)
{
    const string Tenant = WorkflowDb.DefaultTenant;
    const string Documents = "documents";
    const string Cases = "cases";

    /// <summary>Forms that say who the family is; the newest family card wins over the report.</summary>
    public const string FamilyCard = "family-card";
    public const string Report = "report";

    /// <param name="Content">Canonical JSON that the form accepted.</param>
    /// <param name="TaskKey">Null for what is entered outside of a task.</param>
    /// <param name="OccurredOn">The true day of a fact that is entered later.</param>
    public sealed record Entry(
        Form Form, int FormVersion, string Content, long? TaskKey = null, string? ElementId = null,
        DateOnly? OccurredOn = null);

    /// <summary>
    /// Adds a document in the commit of the act that made it, with the words that find it and the name of the case.
    /// </summary>
    /// <returns>Its number; null when the content of the case was erased.</returns>
    public async Task<int?> AddAsync(
        ProductDb db, string caseNo, Entry entry, string author, DateTimeOffset at, CancellationToken ct)
    {
        // The changed row stays locked until the commit, so that numbers and versions have no gaps and no doubles.
        await CaseOf(db, caseNo).ExecuteUpdateAsync(
            set => set.SetProperty(row => row.Documents, row => row.Documents + 1), ct);
        if (await vault.ForWritingAsync(db, caseNo, ct) is not { } key) return null;
        var number = await CaseOf(db, caseNo).Select(row => row.Documents).SingleAsync(ct);
        var version = await OfForm(db, caseNo, entry.Form.Id).CountAsync(ct) + 1;
        db.Documents.Add(new DocumentRow
        {
            TenantId = Tenant,
            CaseNo = caseNo,
            Number = number,
            FormId = entry.Form.Id,
            Version = version,
            FormVersion = entry.FormVersion,
            TaskKey = entry.TaskKey,
            ElementId = entry.ElementId,
            OccurredOn = entry.OccurredOn,
            Author = author,
            At = at,
            Sealed = key.Seal(entry.Content, Documents, RowOf(caseNo, number), "sealed"),
        });
        await db.SaveChangesAsync(ct);
        using var document = JsonDocument.Parse(entry.Content);
        await words.AddAsync(db, caseNo, SearchedWords(entry.Form.Components, document.RootElement), ct);
        await NameAsync(db, key, caseNo, entry.Form.Id, document.RootElement, ct);
        return number;
    }

    /// <summary>The answer of a document as JSON; null when the content of the case was erased.</summary>
    public async Task<string?> ContentAsync(ProductDb db, DocumentRow row, CancellationToken ct) =>
        (await vault.FindAsync(db, row.CaseNo, ct))
            ?.Open(row.Sealed, Documents, RowOf(row.CaseNo, row.Number), "sealed");

    /// <summary>The answers of documents of one case, in their order; empty when its content was erased.</summary>
    public async Task<ImmutableArray<(DocumentRow Row, string Content)>> ContentsAsync(
        ProductDb db, string caseNo, IEnumerable<DocumentRow> rows, CancellationToken ct) =>
        await vault.FindAsync(db, caseNo, ct) is { } key
            ? [.. rows.Select(row => (row, key.Open(row.Sealed, Documents, RowOf(caseNo, row.Number), "sealed")))]
            : [];

    /// <summary>The newest version of a form in a case, opened.</summary>
    public async Task<(DocumentRow Row, string Content)?> NewestAsync(
        ProductDb db, string caseNo, string formId, CancellationToken ct)
    {
        var row = await OfForm(db, caseNo, formId).AsNoTracking().OrderByDescending(one => one.Version)
            .FirstOrDefaultAsync(ct);
        return row is not null && await ContentAsync(db, row, ct) is { } content ? (row, content) : null;
    }

    /// <summary>What colleagues call the cases; cases without a name are left out.</summary>
    public async Task<Dictionary<string, string>> LabelsAsync(
        ProductDb db, IReadOnlyCollection<string> caseNos, CancellationToken ct)
    {
        var rows = await db.Cases.AsNoTracking()
            .Where(row => row.TenantId == Tenant && caseNos.Contains(row.CaseNo) && row.Label != null)
            .Select(row => new { row.CaseNo, row.Label }).ToListAsync(ct);
        var keys = await vault.FindAsync(db, [.. rows.Select(row => row.CaseNo)], ct);
        return rows.Where(row => keys.ContainsKey(row.CaseNo)).ToDictionary(
            row => row.CaseNo, row => keys[row.CaseNo].Open(row.Label, Cases, row.CaseNo, "label"),
            StringComparer.Ordinal);
    }

    static async Task NameAsync(
        ProductDb db, CaseKey key, string caseNo, string formId, JsonElement content, CancellationToken ct)
    {
        var label = formId switch
        {
            FamilyCard => LabelOfCard(content),
            Report when !await OfForm(db, caseNo, FamilyCard).AnyAsync(ct) =>
                LabelOf(Text(content, "familyNames"), Text(content, "address")),
            _ => null,
        };
        if (label is null) return;
        var box = key.Seal(label, Cases, caseNo, "label");
        await CaseOf(db, caseNo).ExecuteUpdateAsync(set => set.SetProperty(row => row.Label, box), ct);
    }

    static string? LabelOfCard(JsonElement content)
    {
        if (!content.TryGetProperty("adults", out var adults) || adults.GetArrayLength() == 0) return null;
        return LabelOf(Text(adults[0], "lastName"), Text(adults[0], "address"));
    }

    /// <summary>"rodzina K., Zarzecze": enough for colleagues, not enough for a stranger at the screen.</summary>
    public static string? LabelOf(string? names, string? address)
    {
        if (SurnameOf(names) is not { } name) return null;
        var initial = char.ToUpper(name[0], CultureInfo.InvariantCulture);
        return PlaceOf(address) is { } place ? $"rodzina {initial}., {place}" : $"rodzina {initial}.";
    }

    /// <summary>
    /// The surname in what people write: "Kowalscy", "Kowalska, Anna i Jan", "Anna Kowalska", "Kowalska Anna i Jan",
    /// "rodzina państwa Nowak". Before a comma, or with an ending only surnames have, else the last word: the form asks
    /// for the surname alone.
    /// </summary>
    static string? SurnameOf(string? names)
    {
        var written = names?.Split(',', 2)[0].Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Where(word => !NoName.IsMatch(word)).ToList() ?? [];
        return written.Find(word => SurnameEnding.IsMatch(word)) ?? written.LastOrDefault();
    }

    /// <summary>The place in an address as people write it: its last part, without code and house number.</summary>
    static string? PlaceOf(string? address)
    {
        var part = address?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .LastOrDefault();
        if (part is null) return null;
        if (PostCode.Match(part) is { Success: true } code) part = part[(code.Index + code.Length)..].Trim();
        else if (Street.IsMatch(part)) return null;
        part = HouseNumber.Replace(part, "").Trim();
        return part.Length is > 0 and <= 40 ? part : null;
    }

    const RegexOptions Linear = RegexOptions.NonBacktracking | RegexOptions.CultureInvariant
        | RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture;

    static readonly Regex NoName = new(
        "^(i|oraz|z|rodzina|rodziny|dom|domu|państwo|państwa|pani|pan|p\\.)$", Linear);
    static readonly Regex SurnameEnding = new("(sk|ck|dzk)(i|a|ich|iego|iej)$|(scy|ccy|dzcy)$", Linear);
    static readonly Regex PostCode = new(@"\d{2}-\d{3}", Linear);
    static readonly Regex Street = new(@"^(ul|al|os|pl)\.", Linear);
    static readonly Regex HouseNumber = new(@"\s+\d+\s*[a-z]?(/\d+)?(\s*m\.?\s*\d+)?$", Linear);

    /// <summary>Words of the fields marked <c>search</c>, also in rows of lists.</summary>
    static IEnumerable<string> SearchedWords(ImmutableArray<FormComponent> components, JsonElement content)
    {
        foreach (var component in components)
        {
            if (component.Type == FormComponentType.Group)
            {
                foreach (var word in SearchedWords(component.Components, content)) yield return word;
                continue;
            }
            if (component.Path.IsEmpty || Find(content, component.Path) is not { } value) continue;
            if (component.Type == FormComponentType.Dynamiclist && value.ValueKind == JsonValueKind.Array)
            {
                foreach (var word in value.EnumerateArray().SelectMany(row => SearchedWords(component.Components, row)))
                    yield return word;
            }
            else if (component.IsSearched && value.ValueKind == JsonValueKind.String)
            {
                foreach (var word in CaseWords.Of(value.GetString()!)) yield return word;
            }
        }
    }

    static JsonElement? Find(JsonElement content, ImmutableArray<string> path)
    {
        foreach (var segment in path)
        {
            if (content.ValueKind != JsonValueKind.Object || !content.TryGetProperty(segment, out content)) return null;
        }
        return content;
    }

    static string? Text(JsonElement content, string name) =>
        content.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;

    static IQueryable<CaseRow> CaseOf(ProductDb db, string caseNo) =>
        db.Cases.Where(row => row.TenantId == Tenant && row.CaseNo == caseNo);

    static IQueryable<DocumentRow> OfForm(ProductDb db, string caseNo, string formId) => db.Documents.Where(
        row => row.TenantId == Tenant && row.CaseNo == caseNo && row.FormId == formId);

    static string RowOf(string caseNo, int number) =>
        string.Create(CultureInfo.InvariantCulture, $"{caseNo}/{number}");
}
