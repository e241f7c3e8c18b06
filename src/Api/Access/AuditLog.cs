using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Api.Startup;
using Api.Storage;
using Api.UseCases;
using MediatR;
using Microsoft.EntityFrameworkCore;
using Workflows.Runtime;
using Workflows.Runtime.Storage;
using Scope = Workflows.Runtime.Scope;

namespace Api.Access;

/// <summary>What a change outside of cases ends in.</summary>
public abstract record Change
{
    /// <param name="Act">A past participle, e.g. <c>AccountChanged</c>.</param>
    /// <param name="Subject">User name or number of what was changed.</param>
    /// <param name="Before">Null where there was nothing.</param>
    public sealed record Done(string Act, string Subject, object? Before, object? After) : Change;

    public sealed record Refused(EngineRejection Code, string Message) : Change;
}

/// <summary>
/// The append-only, hash-chained record of acts outside of cases, one chain for each area. It is written in the
/// transaction of the act: if it cannot be written, the act does not happen.
/// </summary>
public sealed class AuditLog(WorkflowEngine engine, ProductDbFactory databases)
{
    internal static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Changes rows of the product and records it; null when it is done.</summary>
    /// <param name="chain">One of <see cref="HistoryChain"/>.</param>
    /// <param name="change">Works on the given context only; it is saved here. May be asked again.</param>
    /// <param name="extras">What else commits with it; its own rows are not used.</param>
    public Task<EngineAnswer.Rejected?> ChangeAsync(
        Scope scope, long chain, Func<ProductDb, DateTimeOffset, CancellationToken, Task<Change>> change,
        CommitExtras? extras = null, CancellationToken ct = default) =>
        engine.RecordAsync(scope, chain, (extras ?? new CommitExtras()) with
        {
            HostRows = async (commit, token) =>
            {
                await using var db = databases.On(commit.Connection, commit.Transaction);
                var made = await change(db, commit.At, token);
                if (made is Change.Refused refused) return new EngineAnswer.Rejected(refused.Code, refused.Message);
                var done = (Change.Done)made;
                await db.SaveChangesAsync(token);
                var payload = JsonSerializer.Serialize(new { done.Subject, done.Before, done.After }, Json);
                commit.Further = new CommitExtras { Acts = [new RecordedAct(done.Act, payload)] };
                return null;
            },
        }, ct);
}

/// <summary>Who looked at what: one entry for each opening, print, export and search.</summary>
public sealed class ReadLog(WorkflowEngine engine, ProductDbFactory databases, Settings settings)
{
    // Of what was searched for only a keyed hash is kept: the same words can be recognised, not read.
    readonly byte[] key = HKDF.DeriveKey(
        HashAlgorithmName.SHA256, settings.MasterKey, outputLength: 32, info: "search-terms-v1"u8.ToArray());

    /// <summary>Returns when the entry is durable; what was asked for may be shown only then.</summary>
    /// <param name="caseNo">Null for what belongs to no single case.</param>
    /// <param name="what"><c>case</c>, <c>timeline</c>, <c>document 3</c>, <c>print 3</c>, <c>search ...</c></param>
    /// <exception cref="InvalidOperationException">The entry was refused: nothing may be shown.</exception>
    public async Task AddAsync(
        Scope scope, string? caseNo, string what, string? purpose, CancellationToken ct = default)
    {
        what = Cut(what, ReadingRow.WhatLengthMax);
        purpose = purpose is null ? null : Cut(purpose, ReadingRow.PurposeLengthMax);
        var payload = JsonSerializer.Serialize(new { Subject = caseNo, After = new { what, purpose } }, AuditLog.Json);
        var refused = await engine.RecordAsync(scope, HistoryChain.Reading, new CommitExtras
        {
            Acts = [new RecordedAct("Read", payload)],
            HostRows = async (commit, token) =>
            {
                await using var db = databases.On(commit.Connection, commit.Transaction);
                db.Readings.Add(new ReadingRow
                {
                    TenantId = WorkflowDb.DefaultTenant,
                    Id = Guid.CreateVersion7().ToString("N"),
                    CaseNo = caseNo,
                    UserName = scope.User,
                    What = what,
                    Purpose = purpose,
                    At = commit.At,
                });
                await db.SaveChangesAsync(token);
                return null;
            },
        }, ct);
        if (refused is not null) throw new InvalidOperationException($"The reading log refused: {refused.Message}");
    }

    /// <summary>A search; its words are kept as a keyed hash.</summary>
    public Task AddSearchAsync(Scope scope, string words, CancellationToken ct = default) =>
        AddAsync(scope, null, "search " + HashOf(words), null, ct);

    public string HashOf(string words) => Convert.ToHexStringLower(HMACSHA256.HashData(
        key, Encoding.UTF8.GetBytes(words.Trim().Normalize().ToUpperInvariant())))[..32];

    static string Cut(string text, int length) => text.Length <= length ? text : text[..length];
}

/// <summary>The audit of one area, the newest entry first, and whether the chain is whole.</summary>
/// <param name="Before">Entries before this number; null for the newest.</param>
[Policy("dpo", "head", PolicyAttribute.Administration)]
public sealed record ReadAudit(Scope Scope, string Area, int? Before) : IUseCase<ReadAudit.Page>, IChecked
{
    const int PageSize = 200;

    static readonly Dictionary<string, (long Chain, string[] Roles)> Areas = new(StringComparer.Ordinal)
    {
        ["accounts"] = (HistoryChain.Accounts, ["dpo", Roles.Admin]),
        ["procedures"] = (HistoryChain.Procedures, ["dpo", "head", Roles.Admin]),
        ["settings"] = (HistoryChain.Settings, ["dpo", "head", Roles.Admin]),
        ["absences"] = (HistoryChain.Absences, ["dpo", "head"]),
        ["reading"] = (HistoryChain.Reading, ["dpo"]),
        ["erasures"] = (HistoryChain.Erasures, ["dpo", "head"]),
    };

    /// <param name="Seq">1, 2, 3 ... without gaps in an area.</param>
    public sealed record Entry(
        int Seq, DateTimeOffset At, string Who, string Act, string? Subject, JsonElement? Before, JsonElement? After);

    /// <param name="Verified">Every link and the head of the whole chain were computed anew and agree.</param>
    /// <param name="Names">Display names of the user names among the entries.</param>
    public sealed record Page(
        IReadOnlyList<Entry> Items, bool Verified, IReadOnlyDictionary<string, string> Names);

    public IEnumerable<(string Field, string Message)> Problems()
    {
        if (!Areas.ContainsKey(Area))
            yield return ("area", $"Podaj obszar dziennika: {string.Join(", ", Areas.Keys)}.");
    }

    public sealed class Handler(WorkflowStore store, Func<WorkflowDb> workflows, ProductDbFactory databases)
        : IRequestHandler<ReadAudit, UseCaseResult<Page>>
    {
        public async Task<UseCaseResult<Page>> Handle(ReadAudit request, CancellationToken cancellationToken)
        {
            var (chain, roles) = Areas[request.Area];
            if (!request.Scope.EngineAll && !request.Scope.Groups.Any(roles.Contains))
            {
                return new UseCaseResult<Page>.Refused(
                    EngineRejection.Forbidden, "Twoje uprawnienia nie obejmują tego dziennika.");
            }
            await using var db = workflows();
            var before = request.Before ?? int.MaxValue;
            var rows = await db.History.AsNoTracking().Where(row => row.Chain == chain && row.Sequence < before)
                .OrderByDescending(row => row.Sequence).Take(PageSize).ToListAsync(cancellationToken);
            var broken = await HashChain.VerifyAsync(store.Dialect, chain, cancellationToken);
            Entry[] items = [.. rows.Select(EntryOf)];
            return new UseCaseResult<Page>.Done(
                new Page(items, broken is null, await NamesAsync(items, cancellationToken)));
        }

        /// <summary>A centre has few people: whoever is named in the entries is found among them all.</summary>
        async Task<Dictionary<string, string>> NamesAsync(Entry[] items, CancellationToken ct)
        {
            var texts = items.SelectMany(item => new[] { item.Before, item.After }
                    .Where(part => part is { ValueKind: JsonValueKind.Object })
                    .SelectMany(part => part!.Value.EnumerateObject())
                    .Where(property => property.Value.ValueKind == JsonValueKind.String)
                    .Select(property => property.Value.GetString())
                    .Append(item.Who).Append(item.Subject))
                .ToHashSet(StringComparer.Ordinal);
            await using var db = databases.Create();
            var people = await db.Users.AsNoTracking().Select(row => new { row.UserName, row.DisplayName })
                .ToListAsync(ct);
            return people.Where(person => texts.Contains(person.UserName)).ToDictionary(
                person => person.UserName!, person => person.DisplayName, StringComparer.Ordinal);
        }

        static Entry EntryOf(HistoryRow row)
        {
            var content = row.Payload is { } payload ? JsonDocument.Parse(payload).RootElement : default;
            return new Entry(
                row.Sequence, row.At, row.Actor, row.Command,
                Part(content, "subject") is { ValueKind: JsonValueKind.String } subject ? subject.GetString() : null,
                Part(content, "before"), Part(content, "after"));
        }

        static JsonElement? Part(JsonElement content, string name) =>
            content.ValueKind == JsonValueKind.Object && content.TryGetProperty(name, out var part)
                && part.ValueKind != JsonValueKind.Null ? part : null;
    }
}
