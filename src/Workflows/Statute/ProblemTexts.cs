using Workflows.Engine.Decisions;
using Workflows.Engine.Forms;
using Workflows.Engine.Model;

namespace Workflows.Statute;

/// <summary>The problems of the engine, whose own words are English, in the words of an author of procedures.</summary>
static class ProblemTexts
{
    public static ProcedureProblem OfModel(string file, ModelProblem problem) => new(
        problem.Severity, file, problem.ElementId.Length == 0 ? null : problem.ElementId, null, "engine",
        $"Silnik nie wykona tego elementu: {problem.Message}");

    public static ProcedureProblem OfForm(string file, FormProblem problem) => new(
        ProblemSeverity.Error, file, problem.ComponentId.Length == 0 ? null : problem.ComponentId, problem.Key,
        "form", $"Formularz wymaga poprawy: {problem.Message}");

    public static ProcedureProblem OfDecision(string file, DmnProblem problem) => new(
        ProblemSeverity.Error, file, problem.ElementId, null, "decision", $"Tabela wymaga poprawy: {problem.Message}");
}
