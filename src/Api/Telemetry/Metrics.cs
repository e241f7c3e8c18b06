using System.Globalization;
using System.Text;
using Api.Access;
using Api.Notifications;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using Workflows.Runtime;

namespace Api.Telemetry;

/// <summary>
/// <c>GET /metrics</c>: counts and durations in the text format of Prometheus (0.0.4), for whoever watches the server.
/// No measurement names a person or a case.
/// </summary>
public static class MetricsEndpoint
{
    const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    static readonly string[] Meters =
    [
        DeliveryMetrics.MeterName, "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel",
        "System.Runtime",
    ];

    public static void AddMeasurements(this IServiceCollection services)
    {
        services.AddSingleton<PrometheusText>();
        services.AddSingleton(provider => Sdk.CreateMeterProviderBuilder()
            .AddMeter(Meters)
            .AddReader(new BaseExportingMetricReader(provider.GetRequiredService<PrometheusText>()))
            .Build());
    }

    public static void MapMetrics(this WebApplication app)
    {
        // Built now: what happens before the first question is counted too.
        app.Services.GetRequiredService<MeterProvider>();
        app.MapGet("/metrics", (HttpContext http, PrometheusText metrics) =>
            http.Scope() is { } scope && (scope.EngineAll || scope.Groups.Contains(Roles.Admin))
                ? Results.Text(metrics.Read(), ContentType)
                : Problems.Of(
                    403, "FORBIDDEN", "Pomiary czyta administrator albo konto programu, które nadzoruje serwer.",
                    http.Request.Path));
    }
}

/// <summary>Writes what is measured as text at the moment somebody asks.</summary>
[ExportModes(ExportModes.Pull)]
public sealed class PrometheusText : BaseExporter<Metric>, IPullMetricExporter
{
    const int TimeoutMilliseconds = 5_000;

    readonly Lock asked = new();
    readonly StringBuilder text = new();

    /// <inheritdoc/>
    public Func<int, bool>? Collect { get; set; }

    public string Read()
    {
        lock (asked)
        {
            text.Clear();
            Collect?.Invoke(TimeoutMilliseconds);
            return text.ToString();
        }
    }

    public override ExportResult Export(in Batch<Metric> batch)
    {
        var named = new HashSet<string>(StringComparer.Ordinal);
        foreach (var metric in batch)
        {
            var name = metric.Name.Replace('.', '_').Replace('-', '_');
            if (named.Add(name))
            {
                var help = metric.Description.Replace('\n', ' ');
                text.Append("# HELP ").Append(name).Append(' ').Append(help).Append('\n');
                text.Append("# TYPE ").Append(name).Append(' ').Append(KindOf(metric.MetricType)).Append('\n');
            }
            foreach (ref readonly var point in metric.GetMetricPoints()) Write(name, metric.MetricType, in point);
        }
        return ExportResult.Success;
    }

    static string KindOf(MetricType type) => type switch
    {
        MetricType.LongSum or MetricType.DoubleSum => "counter",
        MetricType.Histogram => "histogram",
        _ => "gauge",
    };

    void Write(string name, MetricType type, in MetricPoint point)
    {
        var labels = LabelsOf(in point);
        switch (type)
        {
            case MetricType.LongSum or MetricType.LongSumNonMonotonic:
                Line(name, labels, point.GetSumLong());
                break;
            case MetricType.DoubleSum or MetricType.DoubleSumNonMonotonic:
                Line(name, labels, point.GetSumDouble());
                break;
            case MetricType.LongGauge:
                Line(name, labels, point.GetGaugeLastValueLong());
                break;
            case MetricType.DoubleGauge:
                Line(name, labels, point.GetGaugeLastValueDouble());
                break;
            case MetricType.Histogram:
                var below = 0L;
                foreach (var bucket in point.GetHistogramBuckets())
                {
                    below += bucket.BucketCount;
                    var bound = double.IsPositiveInfinity(bucket.ExplicitBound)
                        ? "+Inf"
                        : bucket.ExplicitBound.ToString(CultureInfo.InvariantCulture);
                    Line(name + "_bucket", [.. labels, $"le=\"{bound}\""], below);
                }
                Line(name + "_sum", labels, point.GetHistogramSum());
                Line(name + "_count", labels, point.GetHistogramCount());
                break;
        }
    }

    static List<string> LabelsOf(in MetricPoint point)
    {
        var labels = new List<string>();
        foreach (var (key, value) in point.Tags)
        {
            var said = Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
            var escaped = said.Replace("\\", "\\\\", StringComparison.Ordinal)
                .Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
            labels.Add($"{key.Replace('.', '_')}=\"{escaped}\"");
        }
        return labels;
    }

    void Line(string name, List<string> labels, double value)
    {
        text.Append(name);
        if (labels.Count > 0) text.Append('{').AppendJoin(',', labels).Append('}');
        text.Append(' ').Append(value.ToString(CultureInfo.InvariantCulture)).Append('\n');
    }
}
