using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Api.Access;
using Api.Startup;
using Api.Storage;
using Api.UseCases;
using MediatR;
using Microsoft.EntityFrameworkCore;
using Workflows.Engine.Execution;
using Workflows.Runtime;
using Workflows.Runtime.Storage;
using Scope = Workflows.Runtime.Scope;

namespace Api.Cases;

/// <summary>A file of a case.</summary>
/// <param name="State"><c>clean</c>, or <c>unscanned</c> where no scanner is set up.</param>
public sealed record AttachmentView(
    string Id, string Name, string Type, long Size, string Sha256, DateTimeOffset At, Person By, string State);

/// <summary>
/// Files of cases. Their bytes lie outside of the database, each sealed with the key of its case, so that a copy of the
/// folder says nothing and the erasure of a case reaches them too.
/// </summary>
public sealed class Attachments(Settings settings, ProductDbFactory databases, Vault vault, People people)
{
    const string Table = "attachments";

    public async Task<ImmutableArray<AttachmentView>> OfCaseAsync(CaseContents found, CancellationToken ct)
    {
        var caseNo = found.Row.CaseNo;
        await using var db = databases.Create();
        var rows = await db.Attachments.AsNoTracking()
            .Where(row => row.TenantId == WorkflowDb.DefaultTenant && row.CaseNo == caseNo)
            .OrderByDescending(row => row.At).ThenBy(row => row.Id).ToListAsync(ct);
        if (rows.Count == 0 || await vault.FindAsync(db, caseNo, ct) is not { } key) return [];
        var names = await people.OfAsync(rows.Select(row => row.By), ct);
        return [.. rows.Where(row => found.Shows(row.TaskKey)).Select(row => View(row, key, names))];
    }

    /// <summary>The file and its bytes; null when there is none, or its case was erased.</summary>
    public async Task<(AttachmentView View, byte[] Content)?> OpenAsync(
        CaseContents found, string id, CancellationToken ct)
    {
        var caseNo = found.Row.CaseNo;
        await using var db = databases.Create();
        var row = await FindAsync(db, id, ct);
        if (row?.CaseNo != caseNo || !found.Shows(row.TaskKey) || await vault.FindAsync(db, caseNo, ct) is not { } key
            || !File.Exists(PathOf(id))) return null;
        var names = await people.OfAsync([row.By], ct);
        var content = key.OpenBytes(await File.ReadAllBytesAsync(PathOf(id), ct), Table, id, "file");
        return (View(row, key, names), content);
    }

    public async Task<AttachmentView?> ViewAsync(string id, CancellationToken ct)
    {
        await using var db = databases.Create();
        if (await FindAsync(db, id, ct) is not { } row || await vault.FindAsync(db, row.CaseNo, ct) is not { } key)
            return null;
        return View(row, key, await people.OfAsync([row.By], ct));
    }

    /// <summary>Writes the file, then its row in the commit of the act.</summary>
    /// <returns>False when the content of the case was erased.</returns>
    public async Task<bool> AddAsync(
        HostCommit commit, string caseNo, long taskKey, string id, string name, FileType.Found file,
        AttachmentState state, CancellationToken ct)
    {
        await using var db = databases.On(commit.Connection, commit.Transaction);
        if (await vault.ForWritingAsync(db, caseNo, ct) is not { } key) return false;
        var path = PathOf(id);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        await File.WriteAllBytesAsync(path, key.Seal(file.Content, Table, id, "file"), ct);
        db.Attachments.Add(new AttachmentRow
        {
            TenantId = WorkflowDb.DefaultTenant,
            Id = id,
            CaseNo = caseNo,
            TaskKey = taskKey,
            Name = key.Seal(name, Table, id, "name"),
            Type = file.MediaType,
            Size = file.Content.Length,
            Sha256 = Convert.ToHexStringLower(SHA256.HashData(file.Content)),
            At = commit.At,
            By = commit.Scope.User,
            State = state,
        });
        await db.SaveChangesAsync(ct);
        return true;
    }

    /// <summary>Removes a file whose row was not written.</summary>
    public void Forget(string id) => File.Delete(PathOf(id));

    string PathOf(string id) => Path.Combine(settings.Attachments.Path, id[..2], id + ".sealed");

    static Task<AttachmentRow?> FindAsync(ProductDb db, string id, CancellationToken ct) =>
        db.Attachments.AsNoTracking().SingleOrDefaultAsync(
            row => row.TenantId == WorkflowDb.DefaultTenant && row.Id == id, ct);

    static AttachmentView View(AttachmentRow row, CaseKey key, People.Names names) => new(
        row.Id, key.Open(row.Name, Table, row.Id, "name"), row.Type, row.Size, row.Sha256, row.At, names.Of(row.By),
        row.State == AttachmentState.Clean ? "clean" : "unscanned");
}

/// <summary>Attaches a file to the case of a task the caller works on.</summary>
/// <param name="Name">As the person's device calls it.</param>
[Policy(PolicyAttribute.CaseWork)]
public sealed record AttachFile(Scope Scope, long TaskKey, string Name, byte[] Content, string? IdempotencyKey)
    : IUseCase<AttachmentView>, IChecked
{
    const int NameLengthMax = 200;

    public IEnumerable<(string Field, string Message)> Problems()
    {
        if (Content.Length == 0) yield return ("file", "Plik jest pusty. Wybierz inny.");
        if (Name.Length is 0 or > NameLengthMax || Name.Any(char.IsControl))
            yield return ("file", $"Nazwa pliku musi mieć od 1 do {NameLengthMax} zwykłych znaków.");
    }

    public sealed class Handler(
        WorkflowEngine engine, Queries queries, Attachments attachments, VirusScanner scanner, TaskRefusals refusals,
        Settings settings) : IRequestHandler<AttachFile, UseCaseResult<AttachmentView>>
    {
        public async Task<UseCaseResult<AttachmentView>> Handle(
            AttachFile request, CancellationToken cancellationToken)
        {
            var ct = cancellationToken;
            var task = await queries.InboxTaskAsync(request.Scope, request.TaskKey, ct);
            if (task is null || !TaskItems.MayWorkOn(task.Task, request.Scope))
                return await refusals.OfAsync<AttachmentView>(request.Scope, request.TaskKey, "COMPLETED", ct);
            if (TaskItems.CaseNoOf(task) is not { } caseNo)
            {
                return new UseCaseResult<AttachmentView>.Refused(
                    EngineRejection.InvalidState, "To zadanie nie należy do żadnej sprawy, więc nie ma akt na pliki.");
            }
            if (request.Content.Length > settings.Attachments.BytesMax)
                return TooLarge(settings.Attachments.BytesMax);
            if (FileType.Find(request.Content, request.Name) is not { } file) return WrongType;
            var id = IdOf(request);
            if (await attachments.ViewAsync(id, ct) is { } before)
                return new UseCaseResult<AttachmentView>.Done(before);
            switch (await scanner.ScanAsync(file.Content, ct))
            {
                case ScanResult.Infected:
                    return Infected;
                case ScanResult.Unreachable:
                    return ScannerDown;
                case ScanResult.Clean:
                    return await StoreAsync(request, task, caseNo, id, file, AttachmentState.Clean, ct);
                default:
                    return await StoreAsync(request, task, caseNo, id, file, AttachmentState.Unscanned, ct);
            }
        }

        async Task<UseCaseResult<AttachmentView>> StoreAsync(
            AttachFile request, InboxTask task, string caseNo, string id, FileType.Found file, AttachmentState state,
            CancellationToken ct)
        {
            var name = Path.GetFileName(request.Name.Replace('\\', '/'));
            var act = new Act(Acts.FileAttached, ContentHash: Convert.ToHexStringLower(SHA256.HashData(file.Content)));
            var extras = new CommitExtras
            {
                HostRows = async (commit, token) => await attachments.AddAsync(
                    commit, caseNo, request.TaskKey, id, name, file, state, token) ? null : TaskCompletion.Erased,
            };
            var answer = await engine.RecordActAsync(
                request.Scope, task.Task.ProcessInstanceKey, act, request.IdempotencyKey, extras, cancellation: ct);
            if (answer is not EngineAnswer.Rejected rejected)
                return new UseCaseResult<AttachmentView>.Done((await attachments.ViewAsync(id, ct))!);
            attachments.Forget(id);
            return new UseCaseResult<AttachmentView>.Refused(rejected.Code, Answers.Words(rejected));
        }

        // The same request again is the same file.
        static string IdOf(AttachFile request) => request.IdempotencyKey is { } key
            ? Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(
                $"{request.Scope.User}\n{request.TaskKey}\n{key}")))[..32]
            : Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
    }

    public static UseCaseResult<AttachmentView> TooLarge(int most) => new UseCaseResult<AttachmentView>.Problem(
        StatusCodes.Status413PayloadTooLarge, "PAYLOAD_TOO_LARGE",
        $"Plik jest za duży: największy może mieć {most / 1_000_000.0:0.#} MB. " +
        "Zmniejsz zdjęcie albo podziel dokument.");

    public static readonly UseCaseResult<AttachmentView> WrongType = new UseCaseResult<AttachmentView>.Problem(
        StatusCodes.Status415UnsupportedMediaType, "UNSUPPORTED_MEDIA_TYPE",
        "Tego pliku nie można dołączyć. Dozwolone są: PDF, JPEG, PNG, DOCX (bez makr), ODT i zwykły tekst.");

    static readonly UseCaseResult<AttachmentView> Infected = new UseCaseResult<AttachmentView>.Problem(
        StatusCodes.Status422UnprocessableEntity, "INFECTED",
        "W pliku znaleziono złośliwe oprogramowanie i nie został on zapisany. Zgłoś to informatykowi ośrodka.");

    static readonly UseCaseResult<AttachmentView> ScannerDown = new UseCaseResult<AttachmentView>.Problem(
        StatusCodes.Status503ServiceUnavailable, "RESOURCE_EXHAUSTED",
        "Skaner antywirusowy nie odpowiada, więc plik nie został zapisany. Spróbuj za chwilę; tekst zadania możesz " +
        "zapisać bez pliku.");
}

/// <summary>A file of a case, to be downloaded.</summary>
[Policy(PolicyAttribute.CaseWork)]
public sealed record DownloadFile(Scope Scope, string CaseNo, string Id) : IUseCase<DownloadFile.Answer>
{
    public sealed record Answer(AttachmentView View, byte[] Content);

    public sealed class Handler(CaseReading reading, Attachments attachments)
        : IRequestHandler<DownloadFile, UseCaseResult<Answer>>
    {
        public async Task<UseCaseResult<Answer>> Handle(DownloadFile request, CancellationToken cancellationToken) =>
            await reading.FindAsync(request.Scope, request.CaseNo, cancellationToken) is { } found
            && await attachments.OpenAsync(found, request.Id, cancellationToken) is var (view, content)
                ? new UseCaseResult<Answer>.Done(new Answer(view, content))
                : new UseCaseResult<Answer>.Refused(
                    EngineRejection.NotFound, "Nie ma takiego pliku albo nie jest on dla Ciebie dostępny.");
    }
}

public enum ScanResult
{
    /// <summary>No scanner is set up.</summary>
    Unscanned,
    Clean,
    Infected,

    /// <summary>A scanner is set up and gave no answer: nothing is let in unseen then.</summary>
    Unreachable,
}

/// <summary>Asks a ClamAV daemon (command INSTREAM of clamd) about a file before it is kept.</summary>
public sealed class VirusScanner(Settings settings, ILogger<VirusScanner> log)
{
    const int ChunkBytes = 64 * 1024;
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public async Task<ScanResult> ScanAsync(byte[] content, CancellationToken ct)
    {
        if (settings.Attachments.ClamAv is not var (host, port)) return ScanResult.Unscanned;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(ct);
        patience.CancelAfter(Patience);
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(host, port, patience.Token);
            var answer = await AskAsync(client.GetStream(), content, patience.Token);
            if (answer.EndsWith("OK", StringComparison.Ordinal)) return ScanResult.Clean;
            if (answer.EndsWith("FOUND", StringComparison.Ordinal)) return ScanResult.Infected;
            log.LogError("The virus scanner answered {Answer}", answer);
            return ScanResult.Unreachable;
        }
        catch (Exception failure) when (failure is SocketException or IOException
            || (failure is OperationCanceledException && !ct.IsCancellationRequested))
        {
            log.LogError(failure, "The virus scanner at {Host}:{Port} does not answer", host, port);
            return ScanResult.Unreachable;
        }
    }

    static async Task<string> AskAsync(NetworkStream stream, byte[] content, CancellationToken ct)
    {
        await stream.WriteAsync("zINSTREAM\0"u8.ToArray(), ct);
        var length = new byte[sizeof(int)];
        for (var at = 0; at < content.Length; at += ChunkBytes)
        {
            var chunk = content.AsMemory(at, Math.Min(ChunkBytes, content.Length - at));
            BinaryPrimitives.WriteInt32BigEndian(length, chunk.Length);
            await stream.WriteAsync(length, ct);
            await stream.WriteAsync(chunk, ct);
        }
        BinaryPrimitives.WriteInt32BigEndian(length, 0);
        await stream.WriteAsync(length, ct);
        using var reader = new StreamReader(stream, Encoding.ASCII);
        return (await reader.ReadToEndAsync(ct)).TrimEnd('\0', '\n', ' ');
    }
}
