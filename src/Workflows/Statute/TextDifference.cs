using System.Collections.Immutable;

namespace Workflows.Statute;

/// <summary>The edits that lead from one text to another, line by line.</summary>
static class TextDifference
{
    /// <summary>Above this many pairs of lines the whole middle is one edit: the result is the same.</summary>
    const long PairsMax = 4_000_000;

    public static ImmutableArray<RepairEdit> Between(string file, string before, string after)
    {
        var (old, now) = (Lines(before), Lines(after));
        var first = 0;
        while (first < old.Count && first < now.Count && old[first] == now[first]) first++;
        var (endOld, endNow) = (old.Count, now.Count);
        while (endOld > first && endNow > first && old[endOld - 1] == now[endNow - 1])
        {
            endOld--;
            endNow--;
        }
        var middle = Common(old.GetRange(first, endOld - first), now.GetRange(first, endNow - first));
        var edits = ImmutableArray.CreateBuilder<RepairEdit>();
        var at = old.Take(first).Sum(line => line.Length);
        var (i, j) = (first, first);
        foreach (var (keptOld, keptNow) in middle.Append((endOld - first, endNow - first)))
        {
            var removed = string.Concat(old.GetRange(i, keptOld + first - i));
            var inserted = string.Concat(now.GetRange(j, keptNow + first - j));
            if (removed.Length + inserted.Length > 0) edits.Add(new(file, at, removed, inserted));
            at += removed.Length;
            (i, j) = (keptOld + first, keptNow + first);
            if (i >= endOld) continue;
            at += old[i].Length;
            (i, j) = (i + 1, j + 1);
        }
        return edits.ToImmutable();
    }

    static List<string> Lines(string text)
    {
        var lines = new List<string>();
        for (var at = 0; at < text.Length;)
        {
            var end = text.IndexOf('\n', at);
            var next = end < 0 ? text.Length : end + 1;
            lines.Add(text[at..next]);
            at = next;
        }
        return lines;
    }

    /// <summary>Pairs of equal lines in order: a longest common subsequence.</summary>
    static List<(int Old, int Now)> Common(List<string> old, List<string> now)
    {
        if ((long)old.Count * now.Count > PairsMax) return [];
        var length = new int[old.Count + 1, now.Count + 1];
        for (var i = old.Count - 1; i >= 0; i--)
        {
            for (var j = now.Count - 1; j >= 0; j--)
            {
                length[i, j] = old[i] == now[j]
                    ? length[i + 1, j + 1] + 1
                    : Math.Max(length[i + 1, j], length[i, j + 1]);
            }
        }
        var pairs = new List<(int, int)>();
        for (int i = 0, j = 0; i < old.Count && j < now.Count;)
        {
            if (old[i] == now[j]) pairs.Add((i++, j++));
            else if (length[i + 1, j] >= length[i, j + 1]) i++;
            else j++;
        }
        return pairs;
    }
}
