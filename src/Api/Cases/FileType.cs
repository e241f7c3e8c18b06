using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Api.Cases;

/// <summary>
/// What a file is, found by looking into it: its name and what the browser says prove nothing. Pictures lose what they
/// tell about the place, the device and the person.
/// </summary>
public static class FileType
{
    public const string Pdf = "application/pdf";
    public const string Jpeg = "image/jpeg";
    public const string Png = "image/png";
    public const string Docx = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
    public const string Odt = "application/vnd.oasis.opendocument.text";
    public const string Text = "text/plain";

    /// <param name="Content">The file as it is kept.</param>
    public sealed record Found(string MediaType, byte[] Content);

    static readonly Dictionary<string, string[]> Extensions = new(StringComparer.Ordinal)
    {
        [Pdf] = [".pdf"],
        [Jpeg] = [".jpg", ".jpeg"],
        [Png] = [".png"],
        [Docx] = [".docx"],
        [Odt] = [".odt"],
        [Text] = [".txt"],
    };

    /// <summary>
    /// Null for what is not accepted, for a picture that is broken, and for a name that promises another type: a page
    /// called a letter would open as a page on somebody's desk.
    /// </summary>
    public static Found? Find(byte[] content, string name) =>
        Find(content) is { } found
        && Extensions[found.MediaType].Contains(Path.GetExtension(name), StringComparer.OrdinalIgnoreCase)
            ? found
            : null;

    static Found? Find(byte[] content)
    {
        if (content.AsSpan().StartsWith("%PDF-"u8)) return new(Pdf, content);
        if (content.AsSpan().StartsWith(JpegStart)) return StripJpeg(content) is { } jpeg ? new(Jpeg, jpeg) : null;
        if (content.AsSpan().StartsWith(PngSignature)) return StripPng(content) is { } png ? new(Png, png) : null;
        if (content.AsSpan().StartsWith("PK\x03\x04"u8))
            return OfficeType(content) is { } office ? new(office, content) : null;
        return IsText(content) ? new(Text, content) : null;
    }

    // ---- documents ------------------------------------------------------------------------------------------------

    const int EntriesMax = 5_000;
    const int TypesBytesMax = 1024 * 1024;

    static string? OfficeType(byte[] content)
    {
        try
        {
            using var archive = new ZipArchive(new MemoryStream(content), ZipArchiveMode.Read);
            if (archive.Entries.Count > EntriesMax) return null;
            if (archive.GetEntry("mimetype") is { } mimetype && Read(mimetype) == Odt) return Odt;
            // A Word file with macros differs by its content type only.
            return archive.GetEntry("[Content_Types].xml") is { } types && Read(types) is { } declared
                && archive.GetEntry("word/document.xml") is not null
                && !declared.Contains("macroEnabled", StringComparison.OrdinalIgnoreCase)
                && !archive.Entries.Any(
                    entry => entry.Name.StartsWith("vbaProject", StringComparison.OrdinalIgnoreCase))
                ? Docx
                : null;
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    static string? Read(ZipArchiveEntry entry)
    {
        // What an entry says about its length is not believed.
        var text = new byte[TypesBytesMax];
        using var stream = entry.Open();
        var length = stream.ReadAtLeast(text, text.Length, throwOnEndOfStream: false);
        return length < text.Length ? Encoding.UTF8.GetString(text, 0, length) : null;
    }

    static bool IsText(byte[] content)
    {
        try
        {
            var text = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true)
                .GetString(content);
            return text.Length > 0
                && text.All(sign => !char.IsControl(sign) || sign is '\t' or '\n' or '\r' or '\f');
        }
        catch (DecoderFallbackException)
        {
            return false;
        }
    }

    // ---- JPEG (ITU-T T.81, annex B) --------------------------------------------------------------------------------

    static ReadOnlySpan<byte> JpegStart => [0xFF, 0xD8, 0xFF];
    static ReadOnlySpan<byte> ExifHeader => "Exif\0\0"u8;

    const byte StartOfScan = 0xDA;
    const byte EndOfImage = 0xD9;

    /// <summary>Keeps what makes the picture, its colours and which side is up; all else goes.</summary>
    static byte[]? StripJpeg(byte[] content)
    {
        using var kept = new MemoryStream(content.Length);
        kept.Write(content, 0, 2);
        var (orientation, frames) = (1, 0);
        for (var at = 2; at + 4 <= content.Length;)
        {
            if (content[at] != 0xFF) return null;
            var marker = content[at + 1];
            if (marker == 0xFF)
            {
                at++;
                continue;
            }
            if (marker == EndOfImage) return End();
            var length = BinaryPrimitives.ReadUInt16BigEndian(content.AsSpan(at + 2));
            if (length < 2 || at + 2 + length > content.Length) return null;
            var segment = content.AsSpan(at, 2 + length);
            if (marker == 0xE1 && Orientation(segment[4..]) is { } side) orientation = side;
            if (IsKept(marker, segment)) kept.Write(segment);
            at += segment.Length;
            if (marker != StartOfScan) continue;
            frames++;
            var end = EndOfScan(content, at);
            kept.Write(content, at, end - at);
            at = end;
            if (at + 1 < content.Length && content[at + 1] == EndOfImage) return End();
        }
        return null;

        byte[]? End()
        {
            if (frames == 0) return null;
            kept.Write([0xFF, EndOfImage]);
            var picture = kept.ToArray();
            return orientation == 1 ? picture : [.. picture[..2], .. OrientationOnly(orientation), .. picture[2..]];
        }
    }

    // APP0 (JFIF), APP2 where it is the colour profile, APP14 (Adobe's colour transform); no other APPn, no comments.
    static bool IsKept(byte marker, ReadOnlySpan<byte> segment) => marker switch
    {
        0xE0 or 0xEE => true,
        0xE2 => segment[4..].StartsWith("ICC_PROFILE\0"u8),
        >= 0xE1 and <= 0xEF or 0xFE => false,
        _ => true,
    };

    // Within a scan 0xFF is followed by 0 or a restart marker; anything else begins the next segment.
    static int EndOfScan(byte[] content, int from)
    {
        for (var at = from; at + 1 < content.Length; at++)
        {
            if (content[at] == 0xFF && content[at + 1] is not (0 or (>= 0xD0 and <= 0xD7) or 0xFF)) return at;
        }
        return content.Length;
    }

    /// <summary>Tag 0x0112 of the first directory (Exif 2.32, 4.6.4): 1 to 8; null when it is not there.</summary>
    static int? Orientation(ReadOnlySpan<byte> exif)
    {
        if (!exif.StartsWith(ExifHeader) || exif.Length < ExifHeader.Length + 8) return null;
        var tiff = exif[ExifHeader.Length..];
        var little = tiff[0] == (byte)'I';
        var directory = (long)Number(tiff[4..], little);
        if (directory + 2 > tiff.Length) return null;
        var count = Short(tiff[(int)directory..], little);
        for (var entry = (int)directory + 2; count > 0 && entry + 12 <= tiff.Length; entry += 12, count--)
        {
            if (Short(tiff[entry..], little) != 0x0112) continue;
            var side = Short(tiff[(entry + 8)..], little);
            return side is >= 1 and <= 8 ? side : null;
        }
        return null;
    }

    static uint Number(ReadOnlySpan<byte> bytes, bool little) => little
        ? BinaryPrimitives.ReadUInt32LittleEndian(bytes)
        : BinaryPrimitives.ReadUInt32BigEndian(bytes);

    static ushort Short(ReadOnlySpan<byte> bytes, bool little) => little
        ? BinaryPrimitives.ReadUInt16LittleEndian(bytes)
        : BinaryPrimitives.ReadUInt16BigEndian(bytes);

    // One directory with one entry; photographs of a telephone would lie on their side without it.
    static byte[] OrientationOnly(int side) =>
    [
        0xFF, 0xE1, 0, 34, .. ExifHeader, (byte)'M', (byte)'M', 0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1,
        0, (byte)side, 0, 0, 0, 0, 0, 0,
    ];

    // ---- PNG (ISO/IEC 15948, clause 5) -----------------------------------------------------------------------------

    static ReadOnlySpan<byte> PngSignature => [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];

    static readonly HashSet<string> PngChunks = new(StringComparer.Ordinal)
    {
        "IHDR", "PLTE", "IDAT", "IEND", "tRNS", "gAMA", "cHRM", "sRGB", "iCCP", "sBIT", "bKGD", "pHYs",
    };

    static byte[]? StripPng(byte[] content)
    {
        using var kept = new MemoryStream(content.Length);
        kept.Write(PngSignature);
        for (var at = PngSignature.Length; at + 12 <= content.Length;)
        {
            var length = BinaryPrimitives.ReadUInt32BigEndian(content.AsSpan(at));
            if (length > content.Length - at - 12) return null;
            var name = Encoding.ASCII.GetString(content, at + 4, 4);
            if (PngChunks.Contains(name)) kept.Write(content, at, (int)length + 12);
            if (name == "IEND") return kept.ToArray();
            at += (int)length + 12;
        }
        return null;
    }
}
