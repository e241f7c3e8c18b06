using System.Collections.Immutable;
using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using Api.Access;
using Api.UseCases;
using MediatR;
using Workflows.Engine.Model;
using Workflows.Statute;
using Scope = Workflows.Runtime.Scope;

namespace Api.Procedures;

/// <summary>One procedure as one file: a zip of its files, byte for byte, and what they are.</summary>
public static class ProcedureArchive
{
    public const string ManifestName = "manifest.json";
    const int ManifestBytesMax = 64 * 1024;

    // The same version gives the same bytes: no time of packing, sorted names.
    static readonly DateTimeOffset Always = new(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <param name="Version">Null for a draft.</param>
    /// <param name="Revision">Of the draft; null for a version.</param>
    /// <param name="Hash">SHA-256 over names and bytes of the files.</param>
    public sealed record Manifest(string ProcessId, string Name, int? Version, int? Revision, string Hash);

    public sealed record Content(ImmutableSortedDictionary<string, string> Files, Manifest? Manifest);

    public static byte[] Pack(Manifest manifest, IReadOnlyDictionary<string, string> files)
    {
        using var bytes = new MemoryStream();
        using (var zip = new ZipArchive(bytes, ZipArchiveMode.Create, leaveOpen: true))
        {
            Add(zip, ManifestName, JsonSerializer.SerializeToUtf8Bytes(manifest, AuditLog.Json));
            foreach (var (name, text) in files.OrderBy(file => file.Key, StringComparer.Ordinal))
                Add(zip, name, ProcedureFiles.Bytes(text));
        }
        return bytes.ToArray();
    }

    static void Add(ZipArchive zip, string name, byte[] content)
    {
        var entry = zip.CreateEntry(name, CompressionLevel.Optimal);
        entry.LastWriteTime = Always;
        using var stream = entry.Open();
        stream.Write(content);
    }

    /// <summary>Reads at most what a procedure may hold, whatever the archive claims about itself.</summary>
    /// <exception cref="FormatException">Polish: why it is not read.</exception>
    public static Content Unpack(Stream archive)
    {
        try
        {
            using var zip = new ZipArchive(archive, ZipArchiveMode.Read);
            if (zip.Entries.Count > ProcedureFiles.FilesMax + 1)
                throw new FormatException($"Archiwum ma więcej niż {ProcedureFiles.FilesMax} plików.");
            var files = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
            Manifest? manifest = null;
            var left = ProcedureFiles.BytesMax;
            foreach (var entry in zip.Entries)
            {
                if (entry.FullName == ManifestName)
                {
                    manifest = JsonSerializer.Deserialize<Manifest>(Read(entry, ManifestBytesMax), AuditLog.Json);
                    continue;
                }
                if (!ProcedureFiles.IsName(entry.FullName))
                {
                    throw new FormatException(
                        $"Plik „{Shown(entry.FullName)}” nie należy do procedury: w archiwum są tylko pliki .bpmn, " +
                        ".form i .dmn, bez katalogów.");
                }
                var content = Read(entry, Math.Min(left, ProcedureFiles.FileBytesMax));
                left -= content.Length;
                if (!files.TryAdd(entry.FullName, TextOf(entry.FullName, content)))
                    throw new FormatException($"Plik „{entry.FullName}” jest w archiwum dwa razy.");
            }
            return new Content(files.ToImmutable(), manifest);
        }
        catch (Exception torn) when (torn is InvalidDataException or JsonException or EndOfStreamException)
        {
            throw new FormatException(
                "To nie jest archiwum procedury albo jest uszkodzone. Wyeksportuj ją jeszcze raz.", torn);
        }
    }

    public static string TextOf(string name, byte[] content)
    {
        try
        {
            return new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true)
                .GetString(content);
        }
        catch (DecoderFallbackException wrong)
        {
            throw new FormatException($"Plik „{name}” nie jest zapisany w UTF-8. Zapisz go w tym kodowaniu.", wrong);
        }
    }

    // The size in the head of an entry may lie; what is read is counted.
    static byte[] Read(ZipArchiveEntry entry, int most)
    {
        using var stream = entry.Open();
        var buffer = new byte[most + 1];
        var count = stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
        return count <= most ? buffer[..count] : throw new FormatException(
            $"Plik „{Shown(entry.FullName)}” jest po rozpakowaniu za duży: plik ma najwyżej 2 MB, razem 6 MB.");
    }

    static string Shown(string name) => name.Length <= 100 ? name : name[..100] + "…";
}

/// <summary>A version or the draft as one archive.</summary>
/// <param name="Version">A number, or <c>draft</c>.</param>
[Policy(CaseAccess.Head, PolicyAttribute.Administration)]
public sealed record ExportProcedure(Scope Scope, string ProcessId, string? Version)
    : IUseCase<ExportProcedure.Answer>, IChecked
{
    const string Draft = "draft";

    public sealed record Answer(string FileName, byte[] Content);

    public IEnumerable<(string Field, string Message)> Problems()
    {
        if (Version != Draft && !int.TryParse(Version, CultureInfo.InvariantCulture, out _))
            yield return ("version", "Podaj numer wersji albo draft.");
    }

    public sealed class Handler(ProcedureBook book, DraftBook drafts)
        : IRequestHandler<ExportProcedure, UseCaseResult<Answer>>
    {
        public async Task<UseCaseResult<Answer>> Handle(ExportProcedure request, CancellationToken cancellationToken)
        {
            var versions = await book.OfAsync(request.ProcessId, cancellationToken);
            var name = versions.FirstOrDefault()?.Name ?? request.ProcessId;
            if (request.Version == Draft)
            {
                return await drafts.FindAsync(request.ProcessId, cancellationToken) is { } draft
                    ? Of(name, null, draft.Revision, draft.Files)
                    : Unknown.Of<Answer>(Unknown.Procedure);
            }
            var version = versions.FirstOrDefault(one =>
                one.Number == int.Parse(request.Version!, CultureInfo.InvariantCulture));
            if (version is null) return Unknown.Of<Answer>(versions.IsEmpty ? Unknown.Procedure : Unknown.Version);
            return Of(version.Name, version.Number, null, await book.FilesAsync(version, cancellationToken));

            UseCaseResult<Answer> Of(
                string title, int? number, int? revision, IReadOnlyDictionary<string, string> files) =>
                new UseCaseResult<Answer>.Done(new Answer(
                    $"{request.ProcessId}-{request.Version}.zip",
                    ProcedureArchive.Pack(
                        new(request.ProcessId, title, number, revision, ProcedureFiles.Hash(files)), files)));
        }
    }
}

/// <summary>Reads an archive, or a diagram drawn elsewhere; nothing is stored.</summary>
/// <param name="FileName">Its end tells what it is.</param>
[Policy(PolicyAttribute.Administration)]
public sealed record ImportProcedure(Scope Scope, string FileName, byte[] Content) : IUseCase<ImportProcedure.Answer>
{
    /// <param name="ProcessId">Of its first process.</param>
    /// <param name="Problems">What would not be executed, by element.</param>
    public sealed record Answer(
        string ProcessId, IReadOnlyDictionary<string, string> Files, IReadOnlyList<CheckedProblem> Problems);

    public sealed class Handler(ProcedureCheckup checkup) : IRequestHandler<ImportProcedure, UseCaseResult<Answer>>
    {
        public async Task<UseCaseResult<Answer>> Handle(ImportProcedure request, CancellationToken cancellationToken)
        {
            ProcedureArchive.Content read;
            try
            {
                read = Read(request);
            }
            catch (FormatException wrong)
            {
                return Invalid([("file", wrong.Message)]);
            }
            if (ProcedureFiles.Problems(read.Files).ToList() is { Count: > 0 } dangers) return Invalid(dangers);
            // Also inside a process that is not marked as executable.
            var drawn = BpmnReader.Read(
                ProcedureFiles.Bytes(read.Files[ProcedureFiles.Diagram]), new BpmnReadOptions(ReadNonExecutable: true));
            if (drawn.Processes.FirstOrDefault()?.Id is not { } processId) return Invalid([("file", Unread(drawn))]);
            var problems = new List<CheckedProblem>();
            if (read.Manifest is { } manifest && manifest.Hash != ProcedureFiles.Hash(read.Files))
            {
                problems.Add(new(
                    "warning", "archive-changed", ProcedureArchive.ManifestName, null, null,
                    "Pliki w archiwum zmieniono po eksporcie. Sprawdź porównanie, zanim je opublikujesz.", "archive"));
            }
            problems.AddRange((await checkup.CheckAsync(processId, read.Files, cancellationToken)).Problems);
            problems.AddRange(NotExecuted(drawn.Problems).Where(one =>
                !problems.Exists(known => known.ElementId == one.ElementId && known.IsError)));
            return new UseCaseResult<Answer>.Done(new Answer(processId, read.Files, problems));
        }

        static string Unread(BpmnReadResult drawn) =>
            drawn.Problems.FirstOrDefault(problem => problem.Severity == ProblemSeverity.Error) is { } problem
                ? ProblemTexts.OfModel(ProcedureFiles.Diagram, problem).Message
                : "W tym pliku nie ma żadnego procesu. Wczytaj diagram BPMN 2.0 z procesem.";

        static ProcedureArchive.Content Read(ImportProcedure request)
        {
            if (Path.GetExtension(request.FileName).ToUpperInvariant() is not (".BPMN" or ".XML"))
                return Named(ProcedureArchive.Unpack(new MemoryStream(request.Content)));
            var text = ProcedureArchive.TextOf(request.FileName, request.Content);
            return new(ImmutableSortedDictionary<string, string>.Empty.Add(ProcedureFiles.Diagram, text), null);
        }

        /// <summary>The one diagram has one name here, whatever it had elsewhere.</summary>
        static ProcedureArchive.Content Named(ProcedureArchive.Content read)
        {
            var diagrams = read.Files.Keys.Where(name => name.EndsWith(".bpmn", StringComparison.Ordinal)).ToList();
            return diagrams is [var only] && only != ProcedureFiles.Diagram
                ? read with { Files = read.Files.Remove(only).Add(ProcedureFiles.Diagram, read.Files[only]) }
                : read;
        }

        static IEnumerable<CheckedProblem> NotExecuted(IEnumerable<ModelProblem> problems) =>
            problems.Where(problem => problem.Severity == ProblemSeverity.Error && problem.ElementId.Length > 0)
                .Select(problem => ProblemTexts.OfModel(ProcedureFiles.Diagram, problem))
                .Select(problem => new CheckedProblem(
                    "error", problem.Code, ProcedureFiles.Diagram, problem.ElementId, problem.Property,
                    problem.Message, $"{problem.Code} {problem.ElementId}"));

        static UseCaseResult<Answer> Invalid(IEnumerable<(string Field, string Message)> problems) =>
            new UseCaseResult<Answer>.Invalid(problems.GroupBy(one => one.Field, StringComparer.Ordinal).ToDictionary(
                group => group.Key, group => group.Select(one => one.Message).ToArray(), StringComparer.Ordinal));
    }
}
