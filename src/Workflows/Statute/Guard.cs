using System.Collections.Immutable;

namespace Workflows.Statute;

/// <summary>What the guard found, in the order of the book.</summary>
public sealed record GuardReport(ImmutableArray<GuardFinding> Findings)
{
    /// <summary>Every rule is proven.</summary>
    public bool Holds => Findings.All(finding => finding.Holds);

    /// <summary>Points of the diagram that the proofs looked at: the work, counted and not timed.</summary>
    internal long Work { get; init; }

    /// <summary>Versions that were read and judged in search of repairs.</summary>
    internal int Versions { get; init; }

    /// <summary>Parts that were put back into diagrams in search of repairs.</summary>
    internal int PartsWritten { get; init; }
}

/// <summary>One rule of the book against one version of the procedure.</summary>
/// <param name="Sentence">What the law asks, in plain Polish.</param>
/// <param name="Meaning">Polish: what is wrong in this version, with names of steps; null when the rule holds.</param>
/// <param name="Elements">Ids of the elements of the diagram that the rule is about.</param>
/// <param name="Path">The shortest violating path: ids of nodes and flows in order; empty if the rule has none.</param>
/// <param name="Repair">The smallest change after which the rule holds; null when it holds, or when nothing is known to
/// restore it from.</param>
public sealed record GuardFinding(
    string RuleId, string Article, string Sentence, bool Holds, string? Meaning, ImmutableArray<string> Elements,
    ImmutableArray<string> Path, Repair? Repair);

/// <summary>Proves the rules of a statute on every path of a procedure.</summary>
public static class Guard
{
    /// <param name="edited">The version that is judged.</param>
    /// <param name="statute">The book of the same process.</param>
    /// <param name="shipped">The product's own version, from which a repair restores; null: no repairs.</param>
    public static GuardReport Check(Procedure edited, StatuteBook statute, Procedure? shipped)
    {
        var judge = new Judge(edited, shipped);
        var verdicts = statute.Rules.Select(rule => (Rule: rule, Verdict: judge.Of(rule))).ToList();
        var broken = verdicts.Where(one => !one.Verdict.Holds).Select(one => one.Rule).ToList();
        var search = broken.Count == 0 || shipped is null
            ? null
            : new RepairSearch(edited, shipped, [.. statute.Rules.Except(broken)], broken[0]);
        var findings = ImmutableArray.CreateBuilder<GuardFinding>(verdicts.Count);
        foreach (var (rule, verdict) in verdicts)
        {
            findings.Add(new(
                rule.Id, rule.Article, rule.Sentence, verdict.Holds, verdict.Meaning, verdict.Elements, verdict.Path,
                verdict.Holds ? null : search?.Find(rule)));
        }
        return new GuardReport(findings.MoveToImmutable())
        {
            Work = judge.Work, Versions = search?.Versions ?? 0, PartsWritten = search?.PartsWritten ?? 0,
        };
    }
}
