using System.Collections.Immutable;

namespace Workflows.Statute;

/// <summary>What a procedure may name beyond its own files.</summary>
public sealed record Surroundings(
    ImmutableHashSet<string> ProcessIds, ImmutableHashSet<string> FormIds, ImmutableHashSet<string> DecisionIds,
    ImmutableHashSet<string> Roles);

public static class ProcedureLint
{
    public static ImmutableArray<ProcedureProblem> Check(Procedure procedure, Surroundings around) =>
        
        [.. procedure.Forms.Where(form => !around.FormIds.Contains(form.Key)).Select(form => new ProcedureProblem(
            Engine.Model.ProblemSeverity.Warning, procedure.Files.Keys.First(), null, null, "form-new",
            $"Formularz „{form.Key}” jest nowy."))];
}
