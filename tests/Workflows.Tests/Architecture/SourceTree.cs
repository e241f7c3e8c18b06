using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Workflows.Tests.Architecture;

/// <summary>The sources below the solution, read once for all architecture tests.</summary>
static class SourceTree
{
    public static readonly string Root = FindRoot();

    static readonly Lazy<IReadOnlyList<SourceFile>> All = new(ReadAll);

    /// <summary>Every C# file written by a person: no build output, no migrations.</summary>
    public static IReadOnlyList<SourceFile> Files => All.Value;

    static string FindRoot()
    {
        for (var place = new DirectoryInfo(AppContext.BaseDirectory); place is not null; place = place.Parent)
        {
            if (File.Exists(Path.Combine(place.FullName, "WorkflowHost.sln"))) return place.FullName;
        }
        throw new InvalidOperationException("Expected WorkflowHost.sln above the test assembly.");
    }

    static List<SourceFile> ReadAll() =>
    [
        .. new[] { "src", "tests", "tools" }
            .SelectMany(
                folder => Directory.EnumerateFiles(Path.Combine(Root, folder), "*.cs", SearchOption.AllDirectories))
            .Select(file => Path.GetRelativePath(Root, file).Replace('\\', '/'))
            .Where(file => !file.Split('/').Any(part => part is "bin" or "obj" or "Migrations" or "node_modules"))
            .Order(StringComparer.Ordinal)
            .Select(file => new SourceFile(file, File.ReadAllText(Path.Combine(Root, file)))),
    ];
}

/// <param name="Path">Relative to the solution, with slashes.</param>
sealed record SourceFile(string Path, string Text)
{
    readonly Lazy<SyntaxNode> syntax = new(() => CSharpSyntaxTree.ParseText(Text).GetRoot());

    public SyntaxNode Syntax => syntax.Value;

    public string[] Lines => Text.ReplaceLineEndings("\n").Split('\n');
}
