// Metrics drawn from all of Unicode, read back as OpenMetrics by the Prometheus client for Python.
import { resourceFromAttributes } from "@opentelemetry/resources";
import { MeterProvider } from "tachymeter/metrics";
import { PrometheusExporter } from "tachymeter/prometheus";
import { expect, test } from "vitest";
import { needsPythonClient } from "../../../servers/needs.ts";
import { readByPython } from "../../../servers/python-client.ts";
import { seed } from "../../../kit/test-length.ts";
import { quietDiag } from "../serving/serving.ts";
import { drawnMetrics, drawnResource, recordDrawn } from "./drawn.ts";
import { differences, namingOf } from "./drawn-differences.ts";

const seeds = Array.from({ length: 10 }, (_, round) => seed + round);
const seriesCount = 1_000;

const protocol = "OpenMetricsText1.0.0";
// Debian's version does not support quoted names.
const askings = [
  { strategy: "UnderscoreEscapingWithSuffixes", escaping: "underscores" },
  { strategy: "UnderscoreEscapingWithSuffixes", escaping: "dots" },
  { strategy: "UnderscoreEscapingWithoutSuffixes", escaping: "underscores" },
  { strategy: "NoUTF8EscapingWithSuffixes", escaping: "dots" },
  { strategy: "NoUTF8EscapingWithSuffixes", escaping: "values" },
  { strategy: "NoTranslation", escaping: "underscores" },
  { strategy: "NoTranslation", escaping: "dots" },
  { strategy: "NoTranslation", escaping: "values" },
] as const;

test.for(seeds)(
  "the Python client reads back any Unicode it is served, drawn with seed %d",
  async (drawSeed, context) => {
    needsPythonClient(context);
    quietDiag();
    const resource = drawnResource(drawSeed);
    const recorded = drawnMetrics(drawSeed, seriesCount);
    const exporters = askings.map(
      ({ strategy }) => new PrometheusExporter({ preventServerStart: true, translationStrategy: strategy }),
    );
    const provider = new MeterProvider({
      readers: exporters,
      resource: resourceFromAttributes(resource.series[0]?.attributes ?? {}),
    });
    recordDrawn(provider, recorded, drawSeed);
    const texts = await Promise.all(exporters.map((each, i) => openMetricsOf(each, askings[i]!.escaping)));
    const metrics = [...recorded, resource];
    const found = readByPython(texts).map(({ error, families }, i) => {
      const samples = families.flatMap((family) => family.samples);
      const helps = new Set(families.map(({ help }) => help));
      return {
        ...askings[i]!,
        error,
        differences: differences(metrics, samples, namingOf({ ...askings[i]!, protocol })),
        missingHelp: metrics.filter(({ description }) => !helps.has(description)),
      };
    });
    expect(found).toEqual(
      askings.map((asking) => ({ ...asking, error: "", differences: [], missingHelp: [] })),
    );
  },
);

async function openMetricsOf(exporter: PrometheusExporter, escaping: string): Promise<string> {
  const accept = `application/openmetrics-text;version=1.0.0;escaping=${escaping}`;
  const response = await exporter.fetchHandler()(new Request("http://app/metrics", { headers: { accept } }));
  expect(response.headers.get("content-type")).toContain(`escaping=${escaping}`);
  return response.text();
}
