using System.Globalization;

namespace Benchmarks;

/// <param name="Providers">Databases measured, in this order.</param>
/// <param name="Seconds">Measured time of one line, after a fifth of it as warm-up.</param>
sealed record Settings(string Workload, string[] Providers, bool Http, int Seconds)
{
    public const string Sqlite = "Sqlite";
    public const string PostgreSql = "PostgreSql";

    /// <summary>Null when the arguments say nothing we know.</summary>
    public static Settings? Read(string workload, string[] args)
    {
        if (workload is not ("floors" or "w2" or "all")) return null;
        var settings = new Settings(workload, [Sqlite, PostgreSql], Http: false, Seconds: 10);
        for (var i = 0; i < args.Length; i++)
        {
            switch (args[i])
            {
                case "--http":
                    settings = settings with { Http = true };
                    break;
                case "--provider" when i + 1 < args.Length && args[i + 1] is Sqlite or PostgreSql:
                    settings = settings with { Providers = [args[++i]] };
                    break;
                case "--seconds" when i + 1 < args.Length
                    && int.TryParse(args[i + 1], NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds > 0:
                    settings = settings with { Seconds = seconds };
                    i++;
                    break;
                default:
                    return null;
            }
        }
        return settings;
    }
}
