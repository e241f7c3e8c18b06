using System.Collections.Immutable;
using Workflows.Statute;
using Workflows.Tests.Architecture;

namespace Workflows.Tests.Statute;

/// <summary>The product's procedures with their books, by folder.</summary>
static class ShippedBooks
{
    public static string Folder => Path.Combine(SourceTree.Root, "workflows");

    public static ImmutableArray<string> Names =>
    [
        .. Directory.EnumerateFiles(Folder, "process.bpmn", SearchOption.AllDirectories)
            .Select(file => Path.GetFileName(Path.GetDirectoryName(file)!)).Order(StringComparer.Ordinal),
    ];

    public static TheoryData<string> Rows => [.. Names];

    public static ImmutableSortedDictionary<string, string> Files(string name) =>
        Directory.EnumerateFiles(Path.Combine(Folder, name))
            .Where(file => Path.GetExtension(file) is ".bpmn" or ".dmn" or ".form")
            .ToImmutableSortedDictionary(file => Path.GetFileName(file)!, File.ReadAllText, StringComparer.Ordinal);

    public static Procedure Read(string name) => Procedure.Read(Files(name)).Procedure!;

    public static StatuteBook Book(string name) =>
        StatuteBook.Read(File.ReadAllText(Path.Combine(Folder, name, "statute.json")));
}
