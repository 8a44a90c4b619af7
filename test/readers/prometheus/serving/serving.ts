// A provider with a listening Prometheus endpoint, for the duration of a test.
import { diag, DiagLogLevel } from "@opentelemetry/api";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { AggregationType, MeterProvider } from "tachymeter/metrics";
import { PrometheusExporter, type PrometheusExporterOptions } from "tachymeter/prometheus";
import { onTestFinished, vi } from "vitest";

/** An endpoint and its address. */
export interface Serving {
  readonly exporter: PrometheusExporter;
  readonly provider: MeterProvider;
  readonly url: string;
}

/** Starts an endpoint on any free port. Histograms called `exponential.…` are exponential ones. */
export async function serving(options: PrometheusExporterOptions = {}): Promise<Serving> {
  const exporter = new PrometheusExporter({ port: 0, ...options, preventServerStart: true });
  const provider = new MeterProvider({
    readers: [exporter],
    resource: resourceFromAttributes({ "service.name": "test", "k8s.pod.name": "p1" }),
    views: [
      {
        instrumentName: "exponential.*",
        aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM },
      },
    ],
  });
  await exporter.startServer();
  onTestFinished(() => exporter.stopServer());
  return { exporter, provider, url: exporter.url! };
}

/** Collects the warnings and errors of the telemetry itself, until the test ends. */
export function quietDiag() {
  const warn = vi.fn<(message: string) => void>();
  const silent = () => {};
  diag.setLogger(
    { error: warn, warn, info: silent, debug: silent, verbose: silent },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
  onTestFinished(() => diag.disable());
  return warn;
}
