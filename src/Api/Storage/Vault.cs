using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Api.Access;
using Api.Cases;
using Microsoft.EntityFrameworkCore;
using Workflows.Runtime;
using Workflows.Runtime.Storage;

namespace Api.Storage;

/// <summary>
/// AES-256-GCM boxes: nonce (12 bytes), tag (16), text. What a box was made for is bound to it: it opens nowhere else.
/// </summary>
static class Box
{
    const int NonceBytes = 12;
    const int TagBytes = 16;

    public const int Overhead = NonceBytes + TagBytes;
    public const int KeyBytes = 32;

    public static byte[] Seal(byte[] key, ReadOnlySpan<byte> plain, string purpose)
    {
        var box = new byte[Overhead + plain.Length];
        var nonce = box.AsSpan(0, NonceBytes);
        RandomNumberGenerator.Fill(nonce);
        using var aes = new AesGcm(key, TagBytes);
        aes.Encrypt(
            nonce, plain, box.AsSpan(Overhead), box.AsSpan(NonceBytes, TagBytes), Encoding.UTF8.GetBytes(purpose));
        return box;
    }

    /// <exception cref="CryptographicException">Another key, another purpose, or a changed box.</exception>
    public static byte[] Open(byte[] key, ReadOnlySpan<byte> box, string purpose)
    {
        if (box.Length < Overhead) throw new CryptographicException($"Expected a box, found {box.Length} bytes.");
        var plain = new byte[box.Length - Overhead];
        using var aes = new AesGcm(key, TagBytes);
        aes.Decrypt(
            box[..NonceBytes], box[Overhead..], box[NonceBytes..Overhead], plain, Encoding.UTF8.GetBytes(purpose));
        return plain;
    }
}

/// <summary>The data key of one case, opened; it never leaves the process.</summary>
/// <param name="version">Stands in front of every box, so that a case may get a new key for what comes.</param>
public sealed class CaseKey(byte[] key, string caseNo, int version)
{
    public string CaseNo => caseNo;

    /// <param name="table">Table, row and column are bound to the box: it opens nowhere else.</param>
    public byte[] Seal(ReadOnlySpan<byte> plain, string table, string row, string column) =>
        [checked((byte)version), .. Box.Seal(key, plain, Purpose(table, row, column))];

    public byte[] Seal(string text, string table, string row, string column) =>
        Seal(Encoding.UTF8.GetBytes(text), table, row, column);

    /// <exception cref="CryptographicException">The box was made for another place, or was changed.</exception>
    public byte[] OpenBytes(ReadOnlySpan<byte> box, string table, string row, string column) =>
        box.Length > 0 && box[0] == version
            ? Box.Open(key, box[1..], Purpose(table, row, column))
            : throw new CryptographicException($"Expected a box sealed with key {version} of case {caseNo}.");

    public string Open(ReadOnlySpan<byte> box, string table, string row, string column) =>
        Encoding.UTF8.GetString(OpenBytes(box, table, row, column));

    static string Purpose(string table, string row, string column) => $"{table}|{row}|{column}";

    internal byte[] Derive(string purpose) =>
        HKDF.DeriveKey(HashAlgorithmName.SHA256, key, Box.KeyBytes, info: Encoding.UTF8.GetBytes(purpose));
}

/// <summary>
/// Envelope encryption of what is personal (decisions, Data): a data key for each case, wrapped by the master key. Who
/// destroys the data key of a case has erased its content, in the database and in every backup.
/// </summary>
public sealed class Vault(MasterKey master, ProductDbFactory databases)
{
    /// <summary>Not a case: the key of what belongs to none, and the root of the key of the blind index.</summary>
    public const string NoCase = "";

    const int FirstVersion = 1;
    const string Tenant = WorkflowDb.DefaultTenant;

    CaseKey? general;

    /// <summary>Makes the general key where there is none; wraps keys of the previous master key anew.</summary>
    /// <returns>How many keys were wrapped anew.</returns>
    /// <exception cref="CryptographicException">The keys were wrapped by a master key that is not known.</exception>
    public async Task<int> PrepareAsync(CancellationToken ct)
    {
        await using var db = databases.Create();
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        await MakeAsync(db, NoCase, ct);
        var old = await db.CaseKeys.Where(row => row.MasterKeyId != master.Id).ToListAsync(ct);
        foreach (var row in old.Where(row => row.Wrapped.Length > 0))
        {
            row.Wrapped = master.Seal(master.OpenBytes(row.Wrapped, Purpose(row)), Purpose(row));
            row.MasterKeyId = master.Id;
        }
        var ring = await master.ResealRingAsync(db, ct);
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        // Also the proof that the master key is the right one: a wrong one stops the start, not the first reader.
        general = await FindAsync(db, NoCase, ct);
        return old.Count + ring;
    }

    /// <summary>The key of a case, made now if it has none; null when the content of the case was erased.</summary>
    /// <param name="db">In the transaction that writes what is sealed.</param>
    public async Task<CaseKey?> ForWritingAsync(ProductDb db, string caseNo, CancellationToken ct)
    {
        await MakeAsync(db, caseNo, ct);
        return await FindAsync(db, caseNo, ct);
    }

    /// <summary>Null: nothing was ever sealed for this case, or its content was erased.</summary>
    public async Task<CaseKey?> FindAsync(ProductDb db, string caseNo, CancellationToken ct) =>
        (await FindAsync(db, [caseNo], ct)).GetValueOrDefault(caseNo);

    public async Task<Dictionary<string, CaseKey>> FindAsync(
        ProductDb db, IReadOnlyCollection<string> caseNos, CancellationToken ct)
    {
        var rows = await db.CaseKeys.AsNoTracking()
            .Where(row => row.TenantId == Tenant && caseNos.Contains(row.CaseNo))
            .OrderBy(row => row.Version).ToListAsync(ct);
        var keys = new Dictionary<string, CaseKey>(StringComparer.Ordinal);
        foreach (var row in rows.Where(row => row.Wrapped.Length > 0))
        {
            keys[row.CaseNo] = new CaseKey(master.OpenBytes(row.Wrapped, Purpose(row)), row.CaseNo, row.Version);
        }
        return keys;
    }

    /// <summary>
    /// Erasure: the key is overwritten, so everything sealed with it is noise; the words that found the case, its
    /// label, drafts, links, the list of its files and what its history tells are gone. The row of the key stays, so
    /// that no new one is made for an erased case.
    /// </summary>
    /// <param name="db">In the transaction that records the erasure.</param>
    /// <returns>Ids of its files, whose bytes may now be deleted.</returns>
    public async Task<string[]> EraseAsync(ProductDb db, CaseRow erased, DateTimeOffset at, CancellationToken ct)
    {
        var (caseNo, root) = (erased.CaseNo, erased.RootInstanceKey);
        // SQLite would leave the old bytes in free pages.
        if (db is SqliteProductDb) await db.Database.ExecuteSqlRawAsync("pragma secure_delete = on", ct);
        await db.CaseKeys.Where(row => row.TenantId == Tenant && row.CaseNo == caseNo)
            .ExecuteUpdateAsync(set => set.SetProperty(row => row.Wrapped, Array.Empty<byte>()), ct);
        await db.CaseWords.Where(row => row.TenantId == Tenant && row.CaseNo == caseNo).ExecuteDeleteAsync(ct);
        await db.Drafts.Where(row => row.TenantId == Tenant && row.CaseNo == caseNo).ExecuteDeleteAsync(ct);
        await db.CaseLinks.Where(row => row.TenantId == Tenant && (row.CaseNo == caseNo || row.OtherCaseNo == caseNo))
            .ExecuteDeleteAsync(ct);
        var files = db.Attachments.Where(row => row.TenantId == Tenant && row.CaseNo == caseNo);
        var ids = await files.Select(row => row.Id).ToArrayAsync(ct);
        await files.ExecuteDeleteAsync(ct);
        await db.Cases.Where(row => row.TenantId == Tenant && row.CaseNo == caseNo).ExecuteUpdateAsync(
            set => set.SetProperty(row => row.Label, (byte[]?)null).SetProperty(row => row.ErasedAt, at), ct);
        // The chain covers the hash of each payload: without the payloads it still holds (decision 0004).
        // Some procedures of a case are roots of their own.
        var tag = CaseView.TagPrefix + caseNo;
        await db.Database.ExecuteSqlAsync(
            $"""
            update history set payload = null where chain = {root} or chain in
                (select process_instance_key from process_instance_tags where tag = {tag})
            """, ct);
        if (db is SqliteProductDb) await db.Database.ExecuteSqlRawAsync("pragma secure_delete = off", ct);
        return ids;
    }

    /// <summary>After the commit of an erasure: nothing of what was there stays in SQLite's write-ahead log.</summary>
    public async Task SettleAsync(CancellationToken ct)
    {
        await using var db = databases.Create();
        if (db is SqliteProductDb) await db.Database.ExecuteSqlRawAsync("pragma wal_checkpoint(truncate)", ct);
    }

    /// <summary>
    /// Tells one content from another without saying anything about it: what a repeated request is compared by.
    /// </summary>
    public string Fingerprint(string content) => Convert.ToHexStringLower(Keyed("fingerprint", content));

    /// <summary>A word as the blind index holds it; equal for equal words only.</summary>
    public byte[] Word(string normalised) => Keyed("case_words", normalised);

    byte[] Keyed(string purpose, string text) => HMACSHA256.HashData(
        (general ?? throw new InvalidOperationException("Expected the vault to be prepared at the start."))
            .Derive(purpose),
        Encoding.UTF8.GetBytes(text));

    async Task MakeAsync(ProductDb db, string caseNo, CancellationToken ct)
    {
        if (await db.CaseKeys.AnyAsync(row => row.TenantId == Tenant && row.CaseNo == caseNo, ct)) return;
        var wrapped = master.Seal(
            RandomNumberGenerator.GetBytes(Box.KeyBytes), Purpose(caseNo, FirstVersion));
        // Two may come at once; the first one's key is the key.
        await db.Database.ExecuteSqlAsync(
            $"""
            insert into case_keys (tenant_id, case_no, version, master_key_id, wrapped)
            values ({Tenant}, {caseNo}, {FirstVersion}, {master.Id}, {wrapped}) on conflict do nothing
            """, ct);
    }

    static string Purpose(CaseKeyRow row) => Purpose(row.CaseNo, row.Version);

    static string Purpose(string caseNo, int version) =>
        string.Create(CultureInfo.InvariantCulture, $"case_keys|{caseNo}/{version}|wrapped");
}

/// <summary>A data key, wrapped. Without the master key it is noise.</summary>
public sealed record CaseKeyRow
{
    public required string TenantId { get; init; }

    /// <summary>Empty for what belongs to no case.</summary>
    public required string CaseNo { get; init; }
    public required int Version { get; init; }
    public required string MasterKeyId { get; set; }

    /// <summary>Empty once the content of the case was erased.</summary>
    public required byte[] Wrapped { get; set; }
}

/// <summary>Blind index: this keyed word occurs in the file of this case.</summary>
public sealed record CaseWordRow
{
    public required string TenantId { get; init; }

    /// <summary>HMAC-SHA-256 of the normalised word.</summary>
    public required byte[] Word { get; init; }
    public required string CaseNo { get; init; }
}

/// <summary>Exact search in sealed fields: surnames and PESEL numbers; and by file number (decisions, Data).</summary>
public sealed class CaseWords(Vault vault)
{
    /// <summary>More cases than a person would look through.</summary>
    public const int FoundMax = 200;

    const int WordsMax = 10;

    /// <summary>Adds words of a case that are not there yet, in the transaction of <paramref name="db"/>.</summary>
    public async Task AddAsync(ProductDb db, string caseNo, IEnumerable<string> words, CancellationToken ct)
    {
        foreach (var word in words.Distinct(StringComparer.Ordinal).Select(vault.Word))
        {
            await db.Database.ExecuteSqlAsync(
                $"""
                insert into case_words (tenant_id, word, case_no)
                values ({WorkflowDb.DefaultTenant}, {word}, {caseNo}) on conflict do nothing
                """, ct);
        }
    }

    /// <summary>Numbers of the cases in whose file every word of the text occurs, or whose number it is.</summary>
    public async Task<List<string>> FindAsync(ProductDb db, string text, CancellationToken ct)
    {
        var words = Of(text).Take(WordsMax).Select(vault.Word).ToList();
        if (words.Count == 0) return [];
        string[] numbers = [text.Trim(), text.Trim().ToUpperInvariant()];
        var rows = db.CaseWords.AsNoTracking().Where(row => row.TenantId == WorkflowDb.DefaultTenant);
        var first = words[0];
        var found = rows.Where(row => row.Word == first).Select(row => row.CaseNo);
        foreach (var word in words.Skip(1))
        {
            found = found.Where(caseNo => rows.Any(row => row.Word == word && row.CaseNo == caseNo));
        }
        // The file number is the name of the case everywhere and no secret.
        var numbered = db.Cases.Where(row => row.TenantId == WorkflowDb.DefaultTenant
            && numbers.Contains(row.CaseNo)).Select(row => row.CaseNo);
        return await found.Union(numbered).OrderBy(caseNo => caseNo).Take(FoundMax).ToListAsync(ct);
    }

    /// <summary>Words of a name, each normalised.</summary>
    public static IEnumerable<string> Of(string text) => text
        .Split([' ', '\t', '\n', '\r', '-', ',', ';'], StringSplitOptions.RemoveEmptyEntries)
        .Select(Normalised).Where(word => word.Length > 1);

    /// <summary>Trimmed, lower case, without diacritics: "Żółć" and "zolc" are one word.</summary>
    public static string Normalised(string text)
    {
        var folded = new StringBuilder(text.Length);
        foreach (var letter in text.Trim().ToLowerInvariant().Normalize(NormalizationForm.FormD))
        {
            if (CharUnicodeInfo.GetUnicodeCategory(letter) == UnicodeCategory.NonSpacingMark) continue;
            // The stroke of this letter is no combining mark.
            folded.Append(letter == 'ł' ? 'l' : letter);
        }
        return folded.ToString().Normalize(NormalizationForm.FormC);
    }
}
