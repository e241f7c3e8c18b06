using System.Collections.Immutable;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Workflows.Engine.Model;
using Workflows.Runtime;

namespace Api.Procedures;

/// <summary>
/// The files of one procedure by name without folder: <c>process.bpmn</c>, forms and decision tables. Texts hold the
/// bytes exactly, a byte order mark included.
/// </summary>
public static partial class ProcedureFiles
{
    public const string Diagram = "process.bpmn";

    /// <summary>A diagram of 5,000 elements is smaller; the engine reads no larger one.</summary>
    public const int FileBytesMax = 2 * 1024 * 1024;

    /// <summary>All files together; a request may have 10 MB, and JSON escapes quotes.</summary>
    public const int BytesMax = 6 * 1024 * 1024;

    public const int FilesMax = 200;

    static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

    [GeneratedRegex(
        @"^[A-Za-z0-9][A-Za-z0-9_-]{0,99}\.(bpmn|dmn|form)$",
        RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex FileName { get; }

    public static bool IsName(string name) => FileName.IsMatch(name);

    /// <summary>Why these cannot be kept at all; a draft need not be valid, but it must be safe to open.</summary>
    /// <returns>File name, or <c>files</c>, and a Polish sentence.</returns>
    public static IEnumerable<(string Field, string Message)> Problems(IReadOnlyDictionary<string, string>? files)
    {
        if (files is null || files.Count == 0)
        {
            yield return ("files", "Wyślij wszystkie pliki procedury: diagram, formularze i tabele.");
            yield break;
        }
        if (files.FirstOrDefault(file => file.Value is null).Key is { } empty)
        {
            yield return (empty, "Plik nie ma treści. Wyślij jego tekst albo pomiń plik.");
            yield break;
        }
        if (files.Count > FilesMax) yield return ("files", $"Procedura ma najwyżej {FilesMax} plików.");
        if (!files.ContainsKey(Diagram)) yield return ("files", $"Brakuje diagramu {Diagram}.");
        if (files.Values.Sum(text => (long)text.Length) > BytesMax)
            yield return ("files", "Wszystkie pliki razem mają najwyżej 6 MB. Usuń zbędne rysunki z formularzy.");
        foreach (var (name, text) in files)
        {
            if (!IsName(name))
            {
                yield return (name, "Nazwa pliku: litery bez znaków polskich, cyfry, łącznik; koniec .bpmn, .dmn " +
                    "albo .form, bez katalogu.");
            }
            else if (Utf8.GetByteCount(text) > FileBytesMax)
                yield return (name, "Plik ma najwyżej 2 MB. Podziel procedurę na mniejsze, wywoływane.");
            else if (!name.EndsWith(".form", StringComparison.Ordinal) && Danger(name, text) is { } danger)
                yield return (name, danger);
        }
    }

    static string? Danger(string name, string text)
    {
        var refusal = SafeXml.Refusal(Utf8.GetBytes(text), isDecision: name.EndsWith(".dmn", StringComparison.Ordinal));
        return refusal switch
        {
            null => null,
            XmlRefusal.DocumentType =>
                "Plik zawiera definicję typu dokumentu (<!DOCTYPE>), która może odczytać cudze pliki. Usuń ją.",
            XmlRefusal.Encoding => "Plik nie jest zapisany w UTF-8. Zapisz go w tym kodowaniu.",
            _ => "Plik jest za głęboki albo ma za wiele elementów. Podziel procedurę na mniejsze, wywoływane.",
        };
    }

    public static byte[] Bytes(string text) => Utf8.GetBytes(text);

    public static string Text(ReadOnlySpan<byte> bytes) => Utf8.GetString(bytes);

    /// <summary>SHA-256 over the sorted names and hashes of the contents, in hexadecimal digits.</summary>
    public static string Hash(IEnumerable<KeyValuePair<string, string>> files) => HashOf(files.Select(
        file => (file.Key, Convert.ToHexStringLower(SHA256.HashData(Utf8.GetBytes(file.Value))))));

    public static string HashOf(IEnumerable<(string Name, string Sha256)> files) =>
        Convert.ToHexStringLower(SHA256.HashData(Utf8.GetBytes(string.Join(
            '\n', files.OrderBy(file => file.Name, StringComparer.Ordinal)
                .Select(file => $"{file.Name} {file.Sha256}")))));

    /// <summary>JSON compressed with Brotli: diagrams shrink to a tenth.</summary>
    public static byte[] Pack(IReadOnlyDictionary<string, string> files)
    {
        using var packed = new MemoryStream();
        using (var brotli = new BrotliStream(packed, CompressionLevel.Fastest))
        {
            JsonSerializer.Serialize(brotli, files.ToImmutableSortedDictionary(StringComparer.Ordinal));
        }
        return packed.ToArray();
    }

    public static ImmutableSortedDictionary<string, string> Unpack(byte[] packed)
    {
        using var brotli = new BrotliStream(new MemoryStream(packed), CompressionMode.Decompress);
        return JsonSerializer.Deserialize<Dictionary<string, string>>(brotli)!
            .ToImmutableSortedDictionary(StringComparer.Ordinal);
    }

    /// <summary>As they are deployed: the folder stands before the name.</summary>
    public static IEnumerable<DeploymentFile> ToDeploy(string folder, IReadOnlyDictionary<string, string> files) =>
        files.OrderBy(file => file.Key, StringComparer.Ordinal)
            .Select(file => new DeploymentFile($"{folder}/{file.Key}", Utf8.GetBytes(file.Value)));
}
