using OpenTelemetry.Metrics;

namespace Ankole.Server;

/// <summary>The meter <c>Ankole</c> in the form that Prometheus scrapes, at <c>/metrics</c>. It needs the token like everything else.</summary>
internal static class ServerMetrics
{
    /// <summary>From a quick reconcile to a long backup.</summary>
    private static readonly double[] Seconds = [0.001, 0.005, 0.025, 0.1, 0.5, 1, 5, 30, 120, 600, 3600];

    public static void Add(IServiceCollection services) => services.AddOpenTelemetry().WithMetrics(metrics => metrics
        .AddMeter("Ankole")
        .AddView(instrument => instrument.Unit == "s" ? new ExplicitBucketHistogramConfiguration { Boundaries = Seconds } : null)
        .AddPrometheusExporter());
}
