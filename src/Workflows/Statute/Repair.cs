using System.Collections.Immutable;

namespace Workflows.Statute;

/// <summary>A change of the texts of a procedure after which a rule holds again.</summary>
/// <param name="Text">Polish, verb first.</param>
/// <param name="Edits">For the very files that were judged.</param>
public sealed record Repair(string Text, ImmutableArray<RepairEdit> Edits);

/// <summary>One place of a file whose text changes.</summary>
/// <param name="Start">Offset in UTF-16 units of the file as it was judged.</param>
/// <param name="Removed">The text that stands there.</param>
/// <param name="Inserted">The text that takes its place.</param>
public sealed record RepairEdit(string File, int Start, string Removed, string Inserted);

public static class Repairs
{
    /// <summary>The files with the edits made; every other character stays as it is.</summary>
    /// <exception cref="InvalidOperationException">The files are not those that were judged.</exception>
    public static ImmutableSortedDictionary<string, string> Apply(
        IReadOnlyDictionary<string, string> files, Repair repair)
    {
        var result = files.ToImmutableSortedDictionary(StringComparer.Ordinal);
        // From the back, so that offsets stay true.
        foreach (var edit in repair.Edits.OrderByDescending(edit => edit.Start))
        {
            var text = result.GetValueOrDefault(edit.File, "");
            if (edit.Start + edit.Removed.Length > text.Length
                || !text.AsSpan(edit.Start).StartsWith(edit.Removed, StringComparison.Ordinal))
            {
                throw new InvalidOperationException(
                    $"{edit.File} is not the text that was judged: offset {edit.Start} differs.");
            }
            result = result.SetItem(
                edit.File, string.Concat(text.AsSpan(0, edit.Start), edit.Inserted,
                    text.AsSpan(edit.Start + edit.Removed.Length)));
        }
        return result;
    }
}
