using System.Globalization;
using System.Text;

namespace Benchmarks;

/// <summary>
/// Collects the lines of one run and prints them as Markdown, with ratios to the floors of the same run.
/// </summary>
sealed class Report
{
    readonly List<(string Database, string Workload, int Clients, Figures Figures)> lines = [];
    readonly List<string> notes = [];

    public void Add(string database, string workload, int clients, Figures figures)
    {
        lines.Add((database, workload, clients, figures));
        Console.Error.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{database} {workload} x{clients}: {figures.Rate:N0}/s"));
    }

    public void Note(string text)
    {
        notes.Add(text);
        Console.Error.WriteLine(text);
    }

    public string ToMarkdown()
    {
        var text = new StringBuilder();
        text.Append("| database | workload | clients | per second | p50 ms | p99 ms | MB | commits | statements | round trips ");
        text.Append("| CPU ms | KB | x F1 | x F2 | x F3 |\n| --- | --- |");
        text.Append(string.Concat(Enumerable.Repeat(" ---: |", 13))).Append('\n');
        foreach (var (database, workload, clients, f) in lines)
        {
            text.Append(CultureInfo.InvariantCulture, $"| {database} | {workload} | {clients} | {f.Rate:N0} | {f.P50:N2} | {f.P99:N2} ");
            text.Append(CultureInfo.InvariantCulture, $"| {f.WorkingSet / 1_048_576.0:N0} ");
            text.Append(CultureInfo.InvariantCulture,
                $"| {Shown(f.Each.Commits)} | {Shown(f.Each.Statements)} | {Shown(f.Each.RoundTrips)} ");
            text.Append(CultureInfo.InvariantCulture, $"| {f.Processor:N2} ");
            text.Append(double.IsNaN(f.Allocated)
                ? "| - "
                : string.Create(CultureInfo.InvariantCulture, $"| {f.Allocated / 1_024:N1} "));
            foreach (var floor in new[] { Floors.F1, Floors.F2, Floors.F3 })
                text.Append(CultureInfo.InvariantCulture, $"| {Ratio(database, floor, f.Rate)} ");
            text.Append("|\n");
        }
        text.Append("\nMB is the working set; commits, statements, round trips, CPU ms and KB allocated are\n");
        text.Append("per operation; over HTTP they are the host's. Ratios are to the best line of the floor on the same database in the same run.\n");
        foreach (var (database, workload, clients, f) in lines)
        {
            if (f.SearchP50 is { } p50)
                text.Append(CultureInfo.InvariantCulture,
                    $"{database}, {workload}, {clients} clients: the search for a key took p50 {p50:N2} ms, p99 {f.SearchP99:N2} ms.\n");
        }
        foreach (var note in notes) text.Append(note).Append('\n');
        return text.ToString();
    }

    static string Shown(double? count) => count?.ToString("0.00", CultureInfo.InvariantCulture) ?? "-";

    // Against the best the bare provider reached, however many connections it took.
    string Ratio(string database, string floor, double rate)
    {
        var best = lines.Where(l => l.Database == database && l.Workload == floor).Select(l => l.Figures.Rate).DefaultIfEmpty().Max();
        return best == 0 ? "-" : (rate / best).ToString("0.00", CultureInfo.InvariantCulture);
    }
}
