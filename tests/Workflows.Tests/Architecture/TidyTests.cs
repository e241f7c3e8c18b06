using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;

namespace Workflows.Tests.Architecture;

/// <summary>Habits a reader notices and a compiler does not check. Each failure lists every place.</summary>
public sealed class TidyTests
{
    const int MethodLinesMax = 70;
    const int ColumnsMax = 120;

    /// <summary>A case of a test is one row even when it is long.</summary>
    const int TestColumnsMax = 150;

    /// <summary>Notes to oneself belong into an issue, and these adverbs into no comment.</summary>
    static readonly string[] BannedWords = ["TO" + "DO", "FIX" + "ME", "HA" + "CK", "XX" + "X", "ob" + "viously"];

    /// <summary>Suffixes that say nothing about what a type is; the glossary has a noun for it.</summary>
    static readonly string[] BannedSuffixes =
        ["Helper", "Helpers", "Util", "Utils", "Manager", "Mapper", "Repository", "Dto", "Impl", "Base"];

    [Fact]
    public void Lines_OfEverySource_FitTheScreen()
    {
        var found =
            from file in SourceTree.Files
            from line in file.Lines.Index()
            let most = file.Path.StartsWith("tests/", StringComparison.Ordinal) ? TestColumnsMax : ColumnsMax
            where line.Item.Length > most && !Data(file).Contains(line.Index)
            select $"{file.Path}:{line.Index + 1} has {line.Item.Length} columns";
        AssertNone(found);
    }

    [Fact]
    public void Methods_OfEverySource_FitTheScreen()
    {
        var found =
            from file in SourceTree.Files
            from member in file.Syntax.DescendantNodes()
            where member is BaseMethodDeclarationSyntax or LocalFunctionStatementSyntax or AccessorDeclarationSyntax
            let span = member.SyntaxTree.GetLineSpan(WithoutAttributes(member))
            let lines = span.EndLinePosition.Line - span.StartLinePosition.Line + 1
            where lines > MethodLinesMax
            select $"{file.Path}:{span.StartLinePosition.Line + 1} is {lines} lines long";
        AssertNone(found);
    }

    // The rows of a theory stand before the method; they are data and not part of what one has to follow.
    static TextSpan WithoutAttributes(SyntaxNode member)
    {
        var attributes = member is MemberDeclarationSyntax declared ? declared.AttributeLists : default;
        return attributes.Count == 0 ? member.Span : TextSpan.FromBounds(attributes[^1].Span.End + 1, member.Span.End);
    }

    [Fact]
    public void Words_InEverySource_AreNotNotesToOneself()
    {
        var banned = new Regex($@"\b({string.Join('|', BannedWords)})\b", RegexOptions.None, TimeSpan.FromSeconds(5));
        var found =
            from file in SourceTree.Files
            from line in file.Lines.Index()
            where banned.IsMatch(line.Item)
            select $"{file.Path}:{line.Index + 1} {line.Item.Trim()}";
        AssertNone(found);
    }

    [Fact]
    public void TypeNames_InProducts_AreNounsOfTheField()
    {
        var found =
            from file in SourceTree.Files
            where file.Path.StartsWith("src/", StringComparison.Ordinal)
            from type in file.Syntax.DescendantNodes().OfType<BaseTypeDeclarationSyntax>()
            let name = type.Identifier.Text
            where BannedSuffixes.Any(suffix => name.EndsWith(suffix, StringComparison.Ordinal))
            select $"{file.Path}: {name}";
        AssertNone(found);
    }

    [Fact]
    public void Sources_OfEveryProject_HaveAFileScopedNamespace()
    {
        var found =
            from file in SourceTree.Files
            let members = ((CompilationUnitSyntax)file.Syntax).Members
            where members.Count > 0 && !members.Any(member => member is GlobalStatementSyntax)
            where members[0] is not FileScopedNamespaceDeclarationSyntax
            select file.Path;
        AssertNone(found);
    }

    [Fact]
    public void Sources_OfProducts_AreUsedBySomeOtherFile()
    {
        var words = SourceTree.Files.ToDictionary(
            file => file.Path,
            file => file.Syntax.DescendantTokens().Where(token => token.IsKind(SyntaxKind.IdentifierToken))
                .Select(token => token.ValueText).ToHashSet(StringComparer.Ordinal),
            StringComparer.Ordinal);
        var found =
            from file in SourceTree.Files
            where file.Path.StartsWith("src/", StringComparison.Ordinal)
            let declared = Declared(file)
            where declared.Count > 0
            where !SourceTree.Files.Any(other => other != file && declared.Any(words[other.Path].Contains))
            select $"{file.Path} declares {string.Join(", ", declared.Take(5))}, which nobody names";
        AssertNone(found);
    }

    /// <summary>Lines inside raw strings: BPMN, FEEL and JSON are data, as wide as their authors make them.</summary>
    static HashSet<int> Data(SourceFile file) => file.Syntax.DescendantTokens()
        .Where(token => token.Kind()
            is SyntaxKind.MultiLineRawStringLiteralToken or SyntaxKind.SingleLineRawStringLiteralToken
            or SyntaxKind.InterpolatedStringTextToken or SyntaxKind.InterpolatedSingleLineRawStringStartToken)
        .Where(token => !token.IsKind(SyntaxKind.InterpolatedStringTextToken) || token.Text.Contains('\n'))
        .Select(token => token.SyntaxTree!.GetLineSpan(token.Span))
        .SelectMany(span => Enumerable.Range(
            span.StartLinePosition.Line, span.EndLinePosition.Line - span.StartLinePosition.Line + 1))
        .ToHashSet();

    /// <summary>
    /// Types, and methods of static classes: extension methods are used without their class being named.
    /// </summary>
    static List<string> Declared(SourceFile file) =>
    [
        .. file.Syntax.DescendantNodes().OfType<BaseTypeDeclarationSyntax>().Select(type => type.Identifier.Text),
        .. file.Syntax.DescendantNodes().OfType<ClassDeclarationSyntax>()
            .Where(type => type.Modifiers.Any(SyntaxKind.StaticKeyword)
                || type.Modifiers.Any(SyntaxKind.PartialKeyword))
            .SelectMany(type => type.Members.OfType<MethodDeclarationSyntax>())
            .Select(method => method.Identifier.Text),
    ];

    static void AssertNone(IEnumerable<string> found)
    {
        var places = found.ToList();
        Assert.True(places.Count == 0, string.Join('\n', places.Prepend($"{places.Count} places:")));
    }
}
