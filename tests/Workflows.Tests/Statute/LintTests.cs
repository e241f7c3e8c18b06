using System.Collections.Immutable;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Workflows.Engine.Model;
using Workflows.Statute;
using Workflows.Tests.Architecture;

namespace Workflows.Tests.Statute;

/// <summary>What an author is told, in Polish, with the place.</summary>
public sealed class LintTests
{
    static readonly Surroundings Around = new(["p", "other"], ["f"], ["d"], ["head"]);

    static ImmutableArray<ProcedureProblem> Problems(string body)
    {
        var read = Procedure.Read(SmallProcedure.Files(body));
        return [.. read.Problems, .. ProcedureLint.Check(read.Procedure!, Around)];
    }

    [Theory]
    [InlineData("user a head\ns -> a", "a", "dead-end", ProblemSeverity.Warning)]
    [InlineData("user a head\ns -> e", "a", "unreachable", ProblemSeverity.Warning)]
    [InlineData("<bpmn:userTask id=\"a\" />\ns -> a\na -> e", "a", "no-name", ProblemSeverity.Warning)]
    [InlineData("<bpmn:userTask id=\"a\" name=\"A\" />\ns -> a\na -> e", "a", "nobody", ProblemSeverity.Error)]
    [InlineData("user a wizard\ns -> a\na -> e", "a", "nobody", ProblemSeverity.Error)]
    [InlineData("user a head\ns -> a\na -> e", "a", "no-term", ProblemSeverity.Warning)]
    [InlineData("user a <zeebe:taskSchedule dueDate=\"=deadline(x, 1, &quot;moons&quot;)\" />\ns -> a\na -> e", "a", "term", ProblemSeverity.Error)]
    [InlineData("user a <zeebe:formDefinition formId=\"gone\" />\ns -> a\na -> e", "a", "unknown-form", ProblemSeverity.Error)]
    [InlineData("<bpmn:callActivity id=\"a\" name=\"A\" calledElement=\"gone\" />\ns -> a\na -> e", "a", "unknown-process", ProblemSeverity.Error)]
    [InlineData("<bpmn:businessRuleTask id=\"a\" name=\"A\"><bpmn:extensionElements><zeebe:calledDecision decisionId=\"gone\" resultVariable=\"x\" />"
        + "</bpmn:extensionElements></bpmn:businessRuleTask>\ns -> a\na -> e", "a", "unknown-decision", ProblemSeverity.Error)]
    [InlineData("xor g g-e\nuser a head\ns -> g\ng -> e\ng -> a : x ==== 1\na -> e", "g-a", "feel", ProblemSeverity.Error)]
    [InlineData("user a head\nuser b head\ns -> a\na -> b\nb -> a", "a", "trap", ProblemSeverity.Warning)]
    public void Problem_OfAProcedure_NamesItsPlaceInPolish(string body, string element, string code, ProblemSeverity severity)
    {
        var found = Problems("start s\nend e\n" + body).First(problem => problem.Code == code);
        Assert.Equal((element, severity, "process.bpmn"), (found.ElementId, found.Severity, found.File));
        Assert.DoesNotContain("Expected", found.Message, StringComparison.Ordinal);
        Assert.EndsWith(".", found.Message, StringComparison.Ordinal);
    }

    public static TheoryData<string> Names => ShippedBooks.Rows;

    [Theory]
    [MemberData(nameof(Names))]
    public void Lint_OfAShippedProcedure_FindsNoError(string name)
    {
        var all = ShippedBooks.Names.Select(ShippedBooks.Read).ToList();
        var others = all.Where(one => one.ProcessId != name).ToList();
        var around = new Surroundings(
            [.. all.Select(one => one.ProcessId)], [.. others.SelectMany(one => one.Forms.Keys)], [.. others.SelectMany(one => one.Decisions.Keys)],
            ["social_worker", "assistant", "team_lead", "head", "mayor", "accounting", "clerk"]);
        var found = ProcedureLint.Check(ShippedBooks.Read(name), around)
            .Where(problem => problem.Severity == ProblemSeverity.Error || problem.Code is "trap" or "dead-end" or "no-term");
        Assert.Empty(found);
    }

    [Theory]
    [InlineData("jutro")]
    [InlineData("=dead(x, 1)")]
    [InlineData("=deadline(x, 1)")]
    [InlineData("=deadline(x, -1, &quot;days&quot;)")]
    [InlineData("=deadline(x, 501, &quot;working-days&quot;)")]
    [InlineData("=deadline(x, 1, &quot;days&quot;, &quot;dalej&quot;)")]
    public void Term_ThatWouldStopARunningCase_IsAnError(string due)
    {
        var found = Problems($"""
            start s
            user a <zeebe:taskSchedule dueDate="{due}" />
            end e
            s -> a
            a -> e
            """).Single(problem => problem.Code == "term");
        Assert.Equal(("a", "dueDate", ProblemSeverity.Error), (found.ElementId, found.Property, found.Severity));
    }

    const string TwoForms = """
        start s
        user a <zeebe:formDefinition formId="mine" />
        end e
        s -> a
        a -> e
        """;

    [Fact]
    public void Form_WithTheIdOfAnotherProcedure_IsAnError()
    {
        var files = SmallProcedure.Files(TwoForms).SetItem("copy.form", """{"id":"f","components":[]}""");
        var found = ProcedureLint.Check(Procedure.Read(files).Procedure!, Around).Single(one => one.Code == "form-twice");
        Assert.Equal((ProblemSeverity.Error, "copy.form"), (found.Severity, found.File));
    }

    [Fact]
    public void Form_ThatAnotherProcedureNames_IsNeverUnusedAndMayNotGo()
    {
        var around = Around with { FormIds = [], FormUsers = ImmutableDictionary<string, string>.Empty.Add("f", "Praca z rodziną") };
        var files = SmallProcedure.Files(TwoForms);
        var without = ProcedureLint.Check(Procedure.Read(files).Procedure!, around);
        Assert.Contains(without, one => one is { Code: "form-needed", Severity: ProblemSeverity.Error }
            && one.Message.Contains("Praca z rodziną", StringComparison.Ordinal));
        var with = ProcedureLint.Check(
            Procedure.Read(files.SetItem("f.form", """{"id":"f","components":[]}""")).Procedure!, around);
        Assert.DoesNotContain(with, one => one.Code is "form-needed" or "form-unused");
    }

    [Fact]
    public void Form_ThatNobodyNames_IsAWarning()
    {
        var files = SmallProcedure.Files(TwoForms).SetItem("spare.form", """{"id":"spare","components":[]}""");
        var found = ProcedureLint.Check(Procedure.Read(files).Procedure!, Around).Single(one => one.Code == "form-unused");
        Assert.Equal((ProblemSeverity.Warning, "spare.form"), (found.Severity, found.File));
    }

    [Theory]
    [InlineData("<text>14 +</text>", "Komórka „14 +” urywa się na końcu")]
    [InlineData("<text>14 ) 2</text>", "nie da się odczytać od znaku 4")]
    public void Cell_ThatIsNoExpression_IsToldInPolishWithItsPlace(string cell, string words)
    {
        var files = ShippedBooks.Files("interview-analysis");
        var table = files["interview-term.dmn"];
        Assert.Contains("<text>14</text>", table, StringComparison.Ordinal);
        var read = Procedure.Read(files.SetItem(
            "interview-term.dmn", table.Replace("<text>14</text>", cell, StringComparison.Ordinal)));
        var found = Assert.Single(read.Problems, problem => problem.Code == "decision");
        Assert.Contains(words, found.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("Expected", found.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("<a/>")]
    [InlineData("<definitions")]
    public void Table_ThatIsNone_IsToldInPolish(string text)
    {
        var read = Procedure.Read(ShippedBooks.Files("interview-analysis").SetItem("interview-term.dmn", text));
        Assert.DoesNotContain("Słowa silnika", Assert.Single(read.Problems, problem => problem.Code == "decision").Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Sentences_OfTheEngine_AllHavePolishWords()
    {
        string[] files = ["BpmnReader.cs", "BpmnReader.Nodes.cs", "BpmnReader.Zeebe.cs", "DefinitionChecker.cs"];
        var unknown =
            from file in SourceTree.Files
            where files.Any(name => file.Path == "src/Workflows/Engine/Model/" + name)
            from call in file.Syntax.DescendantNodes().OfType<InvocationExpressionSyntax>()
            where call.Expression is IdentifierNameSyntax { Identifier.Text: "Error" or "Warn" or "Add" }
            let words = string.Concat(call.ArgumentList.DescendantTokens()
                .Where(token => token.Kind() is SyntaxKind.StringLiteralToken or SyntaxKind.InterpolatedStringTextToken)
                .Select(token => token.ValueText))
            where words.Length > 30
            where !ProblemTexts.OfDiagrams.Any(known => words.Contains(Told(known.Fragment), StringComparison.Ordinal))
            select words;
        Assert.Empty(unknown);

        // A literal of the source has no values in it; what surrounds them is compared.
        static string Told(string fragment) => fragment switch
        {
            "error boundary event" => "Expected error boundary event",
            "Expected message " => "Expected message ",
            _ => fragment,
        };
    }

    [Fact]
    public void Sentences_OfARun_AllHavePolishWords()
    {
        var said =
            from file in SourceTree.Files
            where file.Path.StartsWith("src/Workflows/Engine/Execution/", StringComparison.Ordinal)
            from call in file.Syntax.DescendantNodes().OfType<InvocationExpressionSyntax>()
            where call.Expression is MemberAccessExpressionSyntax { Name.Identifier.Text: "RaiseIncident" }
                or IdentifierNameSyntax { Identifier.Text: "RaiseIncident" }
            let words = string.Concat(call.ArgumentList.DescendantTokens()
                .Where(token => token.Kind() is SyntaxKind.StringLiteralToken or SyntaxKind.InterpolatedStringTextToken)
                .Select(token => token.ValueText))
            where words.Length > 6
            select words;
        var sentences = said.ToList();
        Assert.True(sentences.Count > 10, $"expected the incidents of the engine, found {sentences.Count}");
        Assert.All(sentences, sentence =>
        {
            var polish = ProblemTexts.OfRun(sentence);
            Assert.NotEqual(sentence, polish);
            Assert.EndsWith(".", polish, StringComparison.Ordinal);
        });
    }

    [Theory]
    [InlineData("At least one condition of the flows leaving 'g' must be true", "Żadna z dróg za tym krokiem")]
    [InlineData("Expected a number, but it was not there.", "Tego kroku nie da się wykonać z tymi danymi")]
    [InlineData("Podaj dzień wizyty.", "Podaj dzień wizyty.")]
    public void Sentence_OfTheEngine_IsPutIntoPolishAndAPolishOneIsKept(string said, string words) =>
        Assert.StartsWith(words, ProblemTexts.OfRun(said), StringComparison.Ordinal);
}
