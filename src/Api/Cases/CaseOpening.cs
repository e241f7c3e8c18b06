using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Api.Startup;
using Api.Storage;
using Microsoft.EntityFrameworkCore;
using Workflows.Engine.Execution;
using Workflows.Runtime;
using Workflows.Runtime.Storage;
using Scope = Workflows.Runtime.Scope;

namespace Api.Cases;

/// <summary>
/// Creates instances, for <c>/v2</c> and the product alike. An instance of a process that opens a case is given its
/// file
/// number and tag here; every other definition goes to the engine unchanged.
/// </summary>
public sealed class CaseOpening(
    WorkflowEngine engine, Func<WorkflowDb> workflows, ProductDbFactory databases, Settings settings)
{
    /// <summary>
    /// Process variable with the file number; also the correlation key of messages between procedures.
    /// </summary>
    public const string CaseNo = "caseNo";

    /// <summary>Somebody else may take the same next number first; so many in a row means something is wrong.</summary>
    const int AttemptsMax = 20;

    /// <summary>As the caller asks; what a person may send along is checked.</summary>
    public async Task<EngineAnswer> ExecuteAsync(
        Scope scope, InstanceCreation creation, string? idempotencyKey = null, CancellationToken ct = default)
    {
        if (scope.EngineAll || creation.Variables.IsDefaultOrEmpty
            || await CasePropertyAsync(creation.Process, ct) is null)
        {
            return await StartAsync(scope, creation, idempotencyKey, ct);
        }
        return await RefusedAsync(creation, ct) is { } refused
            ? refused
            : await StartAsync(scope, await WithStaffOfCaseAsync(creation, ct), idempotencyKey, ct);
    }

    /// <summary>With start data that is not the caller's: invented in a rehearsal.</summary>
    public async Task<EngineAnswer> StartAsync(
        Scope scope, InstanceCreation creation, string? idempotencyKey = null, CancellationToken ct = default)
    {
        if (await CasePropertyAsync(creation.Process, ct) is not { } property)
        {
            return await engine.CreateInstanceAsync(scope, creation, idempotencyKey, cancellation: ct);
        }
        if (Given(creation.Variables) is { } given)
        {
            return await engine.CreateInstanceAsync(scope, Tagged(creation, given), idempotencyKey, cancellation: ct);
        }
        return property == CaseSteps.Root
            ? await WithNextNumberAsync(scope, creation, idempotencyKey, ct)
            : new EngineAnswer.Rejected(
                EngineRejection.InvalidArgument, $"Expected the variable '{CaseNo}': this process runs inside a case.");
    }

    /// <summary>
    /// A person starts a procedure in a case that exists, never a second time under a foreign number, and sends no
    /// other variables: what a procedure knows comes from its forms. Machine clients answer for what they send.
    /// </summary>
    async Task<EngineAnswer.Rejected?> RefusedAsync(InstanceCreation creation, CancellationToken ct)
    {
        if (creation.Variables.FirstOrDefault(variable => variable.Name != CaseNo) is { } foreign)
        {
            return new EngineAnswer.Rejected(
                EngineRejection.InvalidArgument,
                $"Expected no start data but '{CaseNo}', found '{foreign.Name}': the rest is asked by the forms.");
        }
        var given = Given(creation.Variables);
        await using var db = databases.Create();
        var opened = await db.Cases.AsNoTracking()
            .Where(row => row.TenantId == WorkflowDb.DefaultTenant && row.CaseNo == given)
            .Select(row => row.ProcessId).FirstOrDefaultAsync(ct);
        if (opened is null)
        {
            return new EngineAnswer.Rejected(
                EngineRejection.InvalidArgument, $"Expected '{CaseNo}' to be the number of a case, but there is none.");
        }
        return opened == await ProcessIdAsync(creation.Process, ct)
            ? new EngineAnswer.Rejected(
                EngineRejection.AlreadyExists, $"Case {given} was opened by this procedure already.")
            : null;
    }

    /// <summary>
    /// Who works in the case is known to its root: the started procedure offers its tasks to the same people.
    /// </summary>
    async Task<InstanceCreation> WithStaffOfCaseAsync(InstanceCreation creation, CancellationToken ct)
    {
        var given = Given(creation.Variables);
        await using var cases = databases.Create();
        var root = await cases.Cases.AsNoTracking()
            .Where(row => row.TenantId == WorkflowDb.DefaultTenant && row.CaseNo == given)
            .Select(row => row.RootInstanceKey).FirstOrDefaultAsync(ct);
        await using var db = workflows();
        var staff = await db.Variables.AsNoTracking()
            .Where(row => row.ScopeKey == root && (row.Name == "assistant" || row.Name == "socialWorker"))
            .Select(row => new VariableValue(row.Name, row.Value)).ToArrayAsync(ct);
        return creation with { Variables = creation.Variables.AddRange(staff) };
    }

    async Task<string?> ProcessIdAsync(ProcessSelector selector, CancellationToken ct)
    {
        if (selector.ProcessId is { } id) return id;
        await using var db = workflows();
        return await db.ProcessDefinitions.AsNoTracking().Where(row => row.Key == selector.Key)
            .Select(row => row.ProcessId).FirstOrDefaultAsync(ct);
    }

    async Task<EngineAnswer> WithNextNumberAsync(
        Scope scope, InstanceCreation creation, string? idempotencyKey, CancellationToken ct)
    {
        for (var attempt = 1; ; attempt++)
        {
            var year = TimeZoneInfo.ConvertTime(await engine.Clock.NowAsync(ct), settings.Zone).Year;
            var (number, caseNo) = await NextAsync(year, scope.User, idempotencyKey, ct);
            var taken = false;
            var extras = number is null ? null : new CommitExtras
            {
                HostRows = async (commit, token) =>
                {
                    await using var db = databases.On(commit.Connection, commit.Transaction);
                    taken = !await TakeAsync(db, year, number.Value, token);
                    return taken
                        ? new EngineAnswer.Rejected(
                            EngineRejection.ResourceExhausted,
                            "Wiele spraw otwiera się naraz i ta nie powstała. Spróbuj ponownie za chwilę.")
                        : null;
                },
            };
            var numbered = Tagged(
                creation with { Variables = creation.Variables.Add(new(CaseNo, JsonSerializer.Serialize(caseNo))) },
                caseNo);
            var answer = await engine.CreateInstanceAsync(scope, numbered, idempotencyKey, extras, ct);
            if (!taken || attempt == AttemptsMax) return answer;
        }
    }

    /// <summary>
    /// The next number and its text; without a number when this very request already opened a case before.
    /// </summary>
    async Task<(int? Number, string CaseNo)> NextAsync(
        int year, string user, string? idempotencyKey, CancellationToken ct)
    {
        await using var db = databases.Create();
        if (idempotencyKey is not null)
        {
            var before = await db.Cases.AsNoTracking()
                .Where(row => row.OpenedBy == user && row.OpenedWith == idempotencyKey)
                .Select(row => row.CaseNo).FirstOrDefaultAsync(ct);
            if (before is not null) return (null, before);
        }
        var last = await db.CaseNumbers
            .Where(row => row.TenantId == WorkflowDb.DefaultTenant && row.Year == year)
            .Select(row => row.Last).SingleOrDefaultAsync(ct);
        return (last + 1, Format(settings.CaseNumberPattern, last + 1, year));
    }

    /// <summary>False when the number was taken since it was looked up.</summary>
    static async Task<bool> TakeAsync(ProductDb db, int year, int number, CancellationToken ct)
    {
        var row = db.CaseNumbers.Where(r => r.TenantId == WorkflowDb.DefaultTenant && r.Year == year);
        if (number > 1)
        {
            return await row.Where(r => r.Last == number - 1)
                .ExecuteUpdateAsync(set => set.SetProperty(r => r.Last, number), ct) == 1;
        }
        return await db.Database.ExecuteSqlAsync(
            $"""
            insert into case_numbers (tenant_id, year, last) values ({WorkflowDb.DefaultTenant}, {year}, 1)
            on conflict do nothing
            """, ct) == 1;
    }

    /// <summary>
    /// What the process property <c>case</c> says: <c>root</c>, <c>part</c>, or null for a definition of others.
    /// </summary>
    public async Task<string?> CasePropertyAsync(ProcessSelector selector, CancellationToken ct)
    {
        await using var db = workflows();
        var definitions = db.ProcessDefinitions.AsNoTracking().Where(row => !row.IsDeleted);
        definitions = selector switch
        {
            { ProcessId: null } => definitions.Where(row => row.Key == selector.Key),
            { Version: < 0 } => definitions.Where(row => row.ProcessId == selector.ProcessId && row.IsLatest),
            _ => definitions.Where(row => row.ProcessId == selector.ProcessId && row.Version == selector.Version),
        };
        var properties = await definitions.Select(row => row.Properties).FirstOrDefaultAsync(ct);
        if (properties is null) return null;
        using var document = JsonDocument.Parse(properties);
        return document.RootElement.TryGetProperty(CaseSteps.Property, out var value) ? value.GetString() : null;
    }

    public static string Format(string pattern, int number, int year) => pattern
        .Replace("{no}", number.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
        .Replace("{year}", year.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);

    /// <summary>The file number among the variables, when it is a text.</summary>
    public static string? Given(ImmutableArray<VariableValue> variables)
    {
        if (variables.IsDefaultOrEmpty) return null;
        var text = variables.FirstOrDefault(variable => variable.Name == CaseNo)?.Value;
        return text is ['"', ..] ? JsonSerializer.Deserialize<string>(text) : null;
    }

    static InstanceCreation Tagged(InstanceCreation creation, string caseNo)
    {
        var tags = creation.Tags.IsDefault ? [] : creation.Tags;
        var tag = CaseView.TagPrefix + caseNo;
        return tags.Contains(tag) ? creation : creation with { Tags = tags.Add(tag) };
    }
}
