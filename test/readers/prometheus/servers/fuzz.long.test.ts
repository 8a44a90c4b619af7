// Every scraper reads back metrics, labels, help and units with arbitrary names, drawn from all of Unicode.
import { join } from "node:path";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { MeterProvider } from "tachymeter/metrics";
import { PrometheusExporter, type PrometheusExporterOptions } from "tachymeter/prometheus";
import { expect, test, vi } from "vitest";
import { needs, needsFetched } from "../../../servers/needs.ts";
import { type PrometheusServer, type ScrapeJob, startPrometheus } from "../../../servers/prometheus.ts";
import { seed } from "../../../kit/test-length.ts";
import { quietDiag } from "../serving/serving.ts";
import { type DrawnMetric, drawnMetrics, drawnResource, recordDrawn } from "./drawn.ts";
import { differences, namingOf } from "./drawn-differences.ts";
import { listening } from "../../../kit/listening.ts";

// Each round draws this number of series, and scrapes them in every way.
const seeds = Array.from({ length: 10 }, (_, round) => seed + round);
const seriesCount = 1_000;
vi.setConfig({ testTimeout: 600_000 });

const protocols = [
  "PrometheusText0.0.4",
  "PrometheusText1.0.0",
  "OpenMetricsText1.0.0",
  "PrometheusProto",
] as const;
const escapings = ["allow-utf-8", "underscores", "dots", "values"] as const;
const strategies = [
  "UnderscoreEscapingWithSuffixes",
  "UnderscoreEscapingWithoutSuffixes",
  "NoUTF8EscapingWithSuffixes",
  "NoTranslation",
] as const;
type Strategy = NonNullable<PrometheusExporterOptions["translationStrategy"]>;

/** One job, and its request. */
interface Asking {
  readonly strategy: Strategy;
  readonly escaping: (typeof escapings)[number];
  readonly protocol: (typeof protocols)[number];
}

test.for(seeds)(
  "Prometheus 2 and 3 read back any Unicode they are served, drawn with seed %d",
  async (drawSeed, context) => {
    needs(context, "prometheus");
    const program = join(needsFetched(context, "prometheus"), "usr/bin/prometheus");
    quietDiag();
    const resource = drawnResource(drawSeed);
    const recorded = drawnMetrics(drawSeed, seriesCount);
    const metrics = [...recorded, resource];
    const application = await applicationWith(resource, recorded, drawSeed);
    // Debian's version cannot be configured to request a format: the application selects it.
    const jobsOfDebians = legacyAsking().map((asking) => application.jobOf(asking, acceptOf(asking)));
    const jobsOfNewer = everyAsking().map((asking) => application.jobOf(asking));
    const [debians, newer] = await Promise.all([
      startPrometheus(jobsOfDebians),
      startPrometheus(jobsOfNewer, { program }),
    ]);
    expect(await waysRead(debians, legacyAsking(), metrics)).toBe(legacyAsking().length);
    expect(await waysRead(newer, everyAsking(), metrics)).toBe(everyAsking().length);
  },
);

// Returns the number of checked ways. A scrape may be late on a busy machine, but unreadable data stays unreadable.
async function waysRead(
  prometheus: PrometheusServer,
  askings: readonly Asking[],
  metrics: readonly DrawnMetric[],
): Promise<number> {
  let ways = 0;
  const soon = { timeout: 120_000, interval: 200 };
  for (const asking of askings) {
    const job = nameOf(asking);
    await expect.poll(() => prometheus.query(`up{job="${job}"}`), soon).not.toEqual([]);
    await expect.poll(() => prometheus.lastError(job), soon).toBe("");
    const read = async () => differences(metrics, await prometheus.query(`{job="${job}"}`), namingOf(asking));
    await expect.poll(async () => [job, await read()], soon).toEqual([job, []]);
    const helps = new Set((await prometheus.metadata(job)).map(({ help }) => help));
    expect([job, metrics.filter(({ description }) => !helps.has(description))]).toEqual([job, []]);
    ways++;
  }
  return ways;
}

// Every way in which names come out differently, in each format that supports it.
function everyAsking(): Asking[] {
  return strategies.flatMap((strategy) =>
    protocols.flatMap((protocol) => {
      const translates = strategy.startsWith("UnderscoreEscaping");
      // For protobuf Prometheus does not request an escaping scheme.
      const isPlain = protocol === "PrometheusText0.0.4" || protocol === "PrometheusProto";
      const able = isPlain ? (["underscores"] as const) : escapings;
      return able
        .filter((escaping) => !translates || escaping === "underscores")
        .map((escaping) => ({ strategy, protocol, escaping }));
    }),
  );
}

// Prometheus 2 supports escaped names only.
function legacyAsking(): Asking[] {
  return everyAsking().filter(({ escaping }) => escaping !== "allow-utf-8");
}

function nameOf({ strategy, protocol, escaping }: Asking): string {
  return `${strategy}-${protocol}-${escaping}`;
}

function acceptOf({ protocol, escaping }: Asking): string {
  if (protocol === "PrometheusProto") {
    return `application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;escaping=${escaping}`;
  }
  const type = protocol.startsWith("Open") ? "application/openmetrics-text" : "text/plain";
  return `${type};version=${protocol.slice(-5)};escaping=${escaping}`;
}

async function applicationWith(
  { series: [shown] }: DrawnMetric,
  metrics: readonly DrawnMetric[],
  drawSeed: number,
) {
  const exporters = new Map(
    strategies.map((translationStrategy) => [
      translationStrategy,
      new PrometheusExporter({ preventServerStart: true, translationStrategy, maxConcurrentScrapes: 100 }),
    ]),
  );
  const resource = resourceFromAttributes(shown?.attributes ?? {});
  const provider = new MeterProvider({ readers: [...exporters.values()], resource });
  recordDrawn(provider, metrics, drawSeed);
  const asked = new Map<string, { readonly exporter: PrometheusExporter; readonly accept?: string }>();
  const url = await listening((request, response) => {
    const { exporter, accept = request.headers.accept } = asked.get(request.url ?? "")!;
    request.headers.accept = accept;
    exporter.getMetricsRequestHandler(request, response);
  }, "/metrics");
  return {
    jobOf(asking: Asking, accept?: string): ScrapeJob {
      const path = `/${accept === undefined ? 3 : 2}/${nameOf(asking)}`;
      const exporter = exporters.get(asking.strategy)!;
      asked.set(path, { exporter, ...(accept !== undefined && { accept }) });
      const chosen = {
        scrape_protocols: [asking.protocol],
        metric_name_escaping_scheme: asking.escaping,
      };
      return {
        name: nameOf(asking),
        target: new URL(path, url).href,
        settings: {
          scrape_interval: "20s",
          scrape_timeout: "20s",
          ...(accept === undefined && chosen),
        },
      };
    },
  };
}
