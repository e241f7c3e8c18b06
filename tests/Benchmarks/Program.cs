using Benchmarks;

const string Usage = """
    usage: floors [--provider Sqlite|PostgreSql] [--seconds N]
           w2     [--provider Sqlite|PostgreSql] [--http] [--seconds N]
           all    [--seconds N]
    Each prints a Markdown table; what happens meanwhile goes to standard error.
    """;

if (args is not [var workload, .. var rest] || Settings.Read(workload.TrimStart('-'), rest) is not { } settings)
{
    await Console.Error.WriteLineAsync(Usage);
    return 2;
}
var report = new Report();
switch (settings.Workload)
{
    case "floors":
        await Floors.RunAsync(settings, report);
        break;
    case "w2":
        await Floors.RunAsync(settings, report);        // a ratio needs the floor of the same run
        if (settings.Http) await HttpCases.RunAsync(settings, report);
        else await Cases.RunAsync(settings, report);
        break;
    default:
        await Floors.RunAsync(settings, report);
        await Cases.RunAsync(settings, report);
        await HttpCases.RunAsync(settings, report);
        break;
}
Console.Out.Write(report.ToMarkdown());
return 0;
