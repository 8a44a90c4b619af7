// Whatever metrics, labels, help and units are called, every scraper reads them back: all of Unicode, drawn by chance.
import { join } from "node:path";
import { MeterProvider } from "tachymeter/metrics";
import { PrometheusExporter, type PrometheusExporterOptions } from "tachymeter/prometheus";
import { expect, test, vi } from "vitest";
import { needs, needsFetched } from "../../../servers/needs.ts";
import { type PrometheusServer, type ScrapeJob, startPrometheus } from "../../../servers/prometheus.ts";
import { isLong, seed } from "../../../test-length.ts";
import { listening } from "../asking.ts";
import { quietDiag } from "../serving.ts";
import { type DrawnMetric, drawnMetrics, recordDrawn } from "./drawn.ts";
import { differences, namingOf } from "./drawn-differences.ts";

const rounds = isLong ? 20 : 1;
const seriesOfARound = isLong ? 2_000 : 300;
if (isLong) vi.setConfig({ testTimeout: 3_600_000 });

const protocols = ["PrometheusText0.0.4", "PrometheusText1.0.0", "OpenMetricsText1.0.0"] as const;
const escapings = ["allow-utf-8", "underscores", "dots", "values"] as const;
const strategies = [
  "UnderscoreEscapingWithSuffixes",
  "UnderscoreEscapingWithoutSuffixes",
  "NoUTF8EscapingWithSuffixes",
  "NoTranslation",
] as const;
type Strategy = NonNullable<PrometheusExporterOptions["translationStrategy"]>;

/** One job: what it asks for. */
interface Asking {
  readonly strategy: Strategy;
  readonly escaping: (typeof escapings)[number];
  readonly protocol: (typeof protocols)[number];
}

test("Prometheus 2 and 3 read back whatever Unicode they are shown", async (context) => {
  needs(context, "prometheus");
  const program = join(needsFetched(context, "prometheus"), "usr/bin/prometheus");
  quietDiag();
  for (let round = 0; round < rounds; round++) {
    const metrics = drawnMetrics(seed + round, seriesOfARound);
    const application = await applicationWith(metrics, seed + round);
    const legacy = legacyAsking();
    // Debian's cannot be told what to ask for: the application is told.
    const jobsOfDebians = legacy.map((asking) => application.jobOf(asking, acceptOf(asking)));
    const jobsOfNewer = everyAsking().map((asking) => application.jobOf(asking));
    const [debians, newer] = await Promise.all([
      startPrometheus(jobsOfDebians),
      startPrometheus(jobsOfNewer, { program }),
    ]);
    expect(await problemsOf(debians, legacy, metrics)).toEqual([]);
    expect(await problemsOf(newer, everyAsking(), metrics)).toEqual([]);
  }
  const ways = everyAsking().length;
  console.log(
    `Unicode, seed ${seed}: ${rounds * seriesOfARound} series, ${ways} ways of Prometheus 3, ${legacyAsking().length} of 2`,
  );
});

// What Prometheus has not read as it was recorded; of each job the first few.
async function problemsOf(
  prometheus: PrometheusServer,
  askings: readonly Asking[],
  metrics: readonly DrawnMetric[],
): Promise<readonly unknown[]> {
  await expect.poll(() => prometheus.query("up"), { timeout: 60_000 }).toHaveLength(askings.length);
  const problems: unknown[] = [];
  for (const asking of askings) {
    const job = nameOf(asking);
    const error = await prometheus.lastError(job);
    if (error !== "") problems.push({ job, error });
    const found = await prometheus.query(`{job="${job}"}`);
    const different = differences(metrics, found, namingOf(asking));
    if (different.length > 0) problems.push({ job, different });
    const helps = new Set((await prometheus.metadata(job)).map(({ help }) => help));
    const unhelped = metrics.filter(({ description }) => !helps.has(description));
    if (unhelped.length > 0) problems.push({ job, unhelped: unhelped.slice(0, 3) });
  }
  const down = await prometheus.query("min_over_time(up[10m]) < 1");
  return down.length > 0 ? [...problems, { down }] : problems;
}

// Every way in which names come out differently, in each format that can show them so.
function everyAsking(): Asking[] {
  return strategies.flatMap((strategy) =>
    protocols.flatMap((protocol) => {
      const translates = strategy.startsWith("UnderscoreEscaping");
      const able = protocol === "PrometheusText0.0.4" ? (["underscores"] as const) : escapings;
      return able
        .filter((escaping) => !translates || escaping === "underscores")
        .map((escaping) => ({ strategy, protocol, escaping }));
    }),
  );
}

// Prometheus 2 knows no other names than those that are escaped.
function legacyAsking(): Asking[] {
  return everyAsking().filter(({ escaping }) => escaping !== "allow-utf-8");
}

function nameOf({ strategy, protocol, escaping }: Asking): string {
  return `${strategy}-${protocol}-${escaping}`;
}

function acceptOf({ protocol, escaping }: Asking): string {
  const type = protocol.startsWith("Open") ? "application/openmetrics-text" : "text/plain";
  return `${type};version=${protocol.slice(-5)};escaping=${escaping}`;
}

async function applicationWith(metrics: readonly DrawnMetric[], drawSeed: number) {
  const exporters = new Map(
    strategies.map((translationStrategy) => [
      translationStrategy,
      new PrometheusExporter({ preventServerStart: true, translationStrategy }),
    ]),
  );
  recordDrawn(new MeterProvider({ readers: [...exporters.values()] }), metrics, drawSeed);
  const asked = new Map<string, { readonly exporter: PrometheusExporter; readonly accept?: string }>();
  const url = await listening((request, response) => {
    const { exporter, accept = request.headers.accept } = asked.get(request.url ?? "")!;
    request.headers.accept = accept;
    exporter.getMetricsRequestHandler(request, response);
  });
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
          scrape_interval: isLong ? "10s" : "3s",
          scrape_timeout: isLong ? "10s" : "3s",
          ...(accept === undefined && chosen),
        },
      };
    },
  };
}
