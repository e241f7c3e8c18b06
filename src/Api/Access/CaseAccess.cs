using Api.Cases;
using Workflows.Runtime.Storage;
using Scope = Workflows.Runtime.Scope;

namespace Api.Access;

/// <summary>Who may look into a case, and as what.</summary>
public sealed class CaseAccess(Queries queries)
{
    /// <summary>What she is to the case; null: for her there is no such case.</summary>
    public async Task<string?> RelationAsync(Scope scope, string caseNo, CancellationToken ct = default)
    {
        if (scope.EngineAll) return "supervisor";
        if (scope.DefinitionsOnly) return null;
        var tag = CaseOpening.TagPrefix + caseNo;
        if (scope.Cases.Shows(tag)) return scope.Cases.All ? "supervisor" : "team";
        return (await queries.VisibleTagsAsync(scope, tag, [tag], ct)).IsEmpty ? null : "task";
    }
}
