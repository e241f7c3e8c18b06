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
public sealed class MasterKey(byte[] key)
{
    const int NonceBytes = 12;
    const int TagBytes = 16;

    /// <summary>
    /// AES-256-GCM: nonce, tag, text, in base64. The purpose is bound to it: a text opens only for what it was made
    /// for.
    /// </summary>
    public string Seal(string text, string purpose)
    {
        var plain = Encoding.UTF8.GetBytes(text);
        var box = new byte[NonceBytes + TagBytes + plain.Length];
        var nonce = box.AsSpan(0, NonceBytes);
        RandomNumberGenerator.Fill(nonce);
        using var aes = new AesGcm(key, TagBytes);
        aes.Encrypt(
            nonce, plain, box.AsSpan(NonceBytes + TagBytes), box.AsSpan(NonceBytes, TagBytes),
            Encoding.UTF8.GetBytes(purpose));
        return Convert.ToBase64String(box);
    }

    /// <exception cref="CryptographicException">The text was sealed with another key, for another purpose, or was
    /// changed.</exception>
    public string Open(string text, string purpose)
    {
        var bytes = Convert.FromBase64String(text);
        var plain = new byte[bytes.Length - NonceBytes - TagBytes];
        using var aes = new AesGcm(key, TagBytes);
        aes.Decrypt(
            bytes.AsSpan(0, NonceBytes), bytes.AsSpan(NonceBytes + TagBytes), bytes.AsSpan(NonceBytes, TagBytes), plain,
            Encoding.UTF8.GetBytes(purpose));
        return Encoding.UTF8.GetString(plain);
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

    public EncryptedXmlInfo Encrypt(XElement plaintextElement) => new(
        new XElement("sealed", key.Seal(plaintextElement.ToString(SaveOptions.DisableFormatting), Purpose)),
        typeof(KeyRingDecryptor));
}

/// <summary>Named in the stored XML and made by the framework, which asks for this constructor.</summary>
public sealed class KeyRingDecryptor(IServiceProvider services) : IXmlDecryptor
{
    public XElement Decrypt(XElement encryptedElement) => XElement.Parse(
        services.GetRequiredService<MasterKey>().Open(encryptedElement.Value, KeyRingEncryptor.Purpose));
}
