using System.Linq.Expressions;
using Api.Cases;
using Workflows.Runtime.Storage;
using Scope = Workflows.Runtime.Scope;

namespace Api.Access;

/// <summary>Why somebody may look into a case.</summary>
public enum CaseRelation
{
    Team,
    Supervisor,
    Substitute,
    BreakGlass,
    Task,
}

/// <summary>Somebody of the centre as others see her.</summary>
public sealed record Person(string UserName, string Name, IReadOnlyList<string>? Roles = null);

/// <summary>Who may look into a case, and as what.</summary>
public sealed class CaseAccess(Queries queries)
{
    /// <summary>What she is to the case; null: for her there is no such case.</summary>
    public async Task<CaseRelation?> RelationAsync(Scope scope, string caseNo, CancellationToken ct = default)
    {
        if (scope.EngineAll) return CaseRelation.Supervisor;
        if (scope.DefinitionsOnly) return null;
        var tag = CaseOpening.TagPrefix + caseNo;
        return (await queries.VisibleTagsAsync(scope, tag, [tag], ct)).IsEmpty ? null : CaseRelation.Team;
    }

    /// <summary>The cases that exist for the caller.</summary>
    public async Task<Expression<Func<CaseRow, bool>>> VisibleAsync(Scope scope, CancellationToken ct = default)
    {
        if (scope.EngineAll) return row => true;
        var tags = await queries.VisibleTagsAsync(scope, CaseOpening.TagPrefix, null, ct);
        var numbers = tags.Select(tag => tag[CaseOpening.TagPrefix.Length..]).ToArray();
        return row => numbers.Contains(row.CaseNo);
    }

    /// <summary>The door of everything that shows a case; either the relation or the refusal is null.</summary>
    public async Task<(CaseRelation? Relation, IResult? Refusal)> EnterAsync(
        HttpContext http, string caseNo, string? what, bool content = true, CancellationToken ct = default)
    {
        var relation = what is null && content ? null : await RelationAsync(http.Scope(), caseNo, ct);
        return relation is null
            ? (null, Problems.Of(404, "NOT_FOUND", $"Nie ma sprawy {caseNo} albo nie należy do Twoich spraw."))
            : (relation, null);
    }

    public Task<bool> NeedsPurposeAsync(
        Scope scope, CaseRelation relation, string caseNo, CancellationToken ct = default) =>
        Task.FromResult(false && scope.User == caseNo && relation == CaseRelation.Task && queries is null);
}
