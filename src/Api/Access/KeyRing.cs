using System.Security.Cryptography;
using System.Text;
using System.Xml.Linq;
using Api.Storage;
using Microsoft.AspNetCore.DataProtection.Repositories;
using Microsoft.AspNetCore.DataProtection.XmlEncryption;
using Microsoft.EntityFrameworkCore;

namespace Api.Access;

/// <summary>
/// The key every stored secret is sealed with; its owner keeps it apart from the database and its backups.
/// </summary>
/// <param name="previous">
/// The key before, while keys are wrapped anew: what it sealed opens, nothing is sealed with it.
/// </param>
public sealed class MasterKey(byte[] key, byte[]? previous = null)
{
    /// <summary>Names the key beside what it sealed, and says nothing about it.</summary>
    public string Id { get; } = Convert.ToHexStringLower(
        HKDF.DeriveKey(HashAlgorithmName.SHA256, key, outputLength: 8, info: "master key id"u8.ToArray()));

    /// <summary>
    /// AES-256-GCM: nonce, tag, text, in base64. The purpose is bound to it: a text opens only for what it was made
    /// for.
    /// </summary>
    public string Seal(string text, string purpose) =>
        Convert.ToBase64String(Seal(Encoding.UTF8.GetBytes(text), purpose));

    /// <exception cref="CryptographicException">The text was sealed with another key, for another purpose, or was
    /// changed.</exception>
    public string Open(string text, string purpose) =>
        Encoding.UTF8.GetString(OpenBytes(Convert.FromBase64String(text), purpose));

    public byte[] Seal(byte[] plain, string purpose) => Box.Seal(key, plain, purpose);

    public byte[] OpenBytes(byte[] box, string purpose)
    {
        try
        {
            return Box.Open(key, box, purpose);
        }
        catch (AuthenticationTagMismatchException) when (previous is not null)
        {
            return Box.Open(previous, box, purpose);
        }
    }

    /// <summary>Seals the keys of the cookies anew while there is a previous key; saving is the caller's.</summary>
    /// <returns>How many were sealed anew.</returns>
    internal async Task<int> ResealRingAsync(ProductDb db, CancellationToken ct)
    {
        if (previous is null) return 0;
        var rows = await db.KeyRing.ToListAsync(ct);
        foreach (var row in rows)
        {
            var xml = XElement.Parse(row.Xml);
            foreach (var sealedKey in xml.Descendants(KeyRingEncryptor.Element))
            {
                sealedKey.Value = Seal(Open(sealedKey.Value, KeyRingEncryptor.Purpose), KeyRingEncryptor.Purpose);
            }
            row.Xml = xml.ToString(SaveOptions.DisableFormatting);
        }
        return rows.Count;
    }
}

/// <summary>
/// The keys that protect cookies, in the database: every node and every restart reads the same sessions.
/// </summary>
public sealed class KeyRing(ProductDbFactory databases) : IXmlRepository
{
    public IReadOnlyCollection<XElement> GetAllElements()
    {
        using var db = databases.Create();
        return [.. db.KeyRing.AsNoTracking().OrderBy(row => row.Id).AsEnumerable()
            .Select(row => XElement.Parse(row.Xml))];
    }

    public void StoreElement(XElement element, string friendlyName)
    {
        using var db = databases.Create();
        db.KeyRing.Add(new KeyRingRow { Xml = element.ToString(SaveOptions.DisableFormatting) });
        db.SaveChanges();
    }
}

public sealed class KeyRingEncryptor(MasterKey key) : IXmlEncryptor
{
    internal const string Purpose = "key_ring";
    internal const string Element = "sealed";

    public EncryptedXmlInfo Encrypt(XElement plaintextElement) => new(
        new XElement(Element, key.Seal(plaintextElement.ToString(SaveOptions.DisableFormatting), Purpose)),
        typeof(KeyRingDecryptor));
}

/// <summary>Named in the stored XML and made by the framework, which asks for this constructor.</summary>
public sealed class KeyRingDecryptor(IServiceProvider services) : IXmlDecryptor
{
    public XElement Decrypt(XElement encryptedElement) => XElement.Parse(
        services.GetRequiredService<MasterKey>().Open(encryptedElement.Value, KeyRingEncryptor.Purpose));
}
