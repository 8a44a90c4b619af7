// The real Prometheus, which scrapes endpoints of the loopback interface.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { freePort, runNode, scrape } from "../kit/process.ts";
import { newFolder } from "../kit/new-folder.ts";

/** One series in the result of an instant query; the value as Prometheus writes it. */
export interface QueriedSeries {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: string;
}

/** Metadata that Prometheus has read of one metric of a job. */
export interface QueriedMetadata {
  readonly metric: string;
  readonly type: string;
  readonly help: string;
  readonly unit: string;
}

/** An exemplar with its series. */
export interface QueriedExemplar {
  readonly series: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  readonly timeUnixSeconds: number;
}

/** A running Prometheus. It ends with the test, or with the file if `beforeAll` started it. */
export interface PrometheusServer {
  readonly url: string;
  /** Evaluates an expression now. If the last scrape was too late, on a busy machine, the job has no series. */
  query(expression: string): Promise<readonly QueriedSeries[]>;
  /** Resolves with the result of `expression` once it is not empty. */
  answer(expression: string): Promise<readonly QueriedSeries[]>;
  /** Metadata of a job's last scrape, from `/api/v1/targets/metadata`. */
  metadata(job: string): Promise<readonly QueriedMetadata[]>;
  /** Exemplars of the last ten minutes; needs feature `exemplar-storage`. */
  exemplars(selector: string): Promise<readonly QueriedExemplar[]>;
  /** Reason for which a job's last scrape failed; empty if it succeeded. */
  lastError(job: string): Promise<string>;
}

/** Options of the server. */
export interface PrometheusOptions {
  /** Path of the program; Debian's by default. */
  readonly program?: string;
  /** Values of `--enable-feature`. */
  readonly features?: readonly string[];
}

/** One job: a URL, and further fields of its `scrape_config`. */
export interface ScrapeJob {
  readonly name: string;
  readonly target: string;
  readonly settings?: Readonly<Record<string, unknown>>;
}

/**
 * Starts Prometheus. After five seconds it scrapes `targets` several times a second: a URL as job `test`, or several
 * jobs.
 */
export async function startPrometheus(
  targets: string | readonly ScrapeJob[],
  { program = "prometheus", features = [] }: PrometheusOptions = {},
): Promise<PrometheusServer> {
  const folder = newFolder("prometheus");
  const jobs = typeof targets === "string" ? [{ name: "test", target: targets }] : targets;
  writeFileSync(join(folder, "prometheus.yml"), configuration(jobs));
  const port = await freePort();
  const server = runNode({
    command: program,
    args: [
      "--config.file=prometheus.yml",
      "--storage.tsdb.path=data",
      `--web.listen-address=127.0.0.1:${port}`,
      ...(features.length > 0 ? [`--enable-feature=${features.join(",")}`] : []),
    ],
    cwd: folder,
  });
  await server.waitForOutput(/Server is ready to receive web requests/);
  const url = `http://127.0.0.1:${port}`;
  const query: PrometheusServer["query"] = async (expression) => {
    const answer: { data: { result: { metric: Record<string, string>; value: [number, string] }[] } } =
      await asked(url, "query", { query: expression });
    return answer.data.result.map(({ metric, value }) => ({ labels: metric, value: value[1] }));
  };
  return {
    url,
    query,
    async answer(expression) {
      let found: readonly QueriedSeries[] = [];
      await expect.poll(async () => (found = await query(expression))).not.toEqual([]);
      return found;
    },
    async metadata(job) {
      const answer: { data: QueriedMetadata[] } = await asked(url, "targets/metadata", {
        match_target: `{job="${job}"}`,
      });
      return answer.data.map(({ metric, type, help, unit }) => ({ metric, type, help, unit }));
    },
    async exemplars(selector) {
      const now = Date.now() / 1_000;
      const [start, end] = [String(now - 300), String(now + 300)];
      const answer: { data: ExemplarAnswer[] } = await asked(url, "query_exemplars", {
        query: selector,
        start,
        end,
      });
      return answer.data.flatMap(({ seriesLabels, exemplars }) =>
        exemplars.map(({ labels, value, timestamp }) => ({
          series: seriesLabels,
          labels,
          value: Number(value),
          timeUnixSeconds: timestamp,
        })),
      );
    },
    async lastError(job) {
      const answer: { data: { activeTargets: { scrapePool: string; lastError: string }[] } } = await asked(
        url,
        "targets",
        { state: "active" },
      );
      return answer.data.activeTargets.find(({ scrapePool }) => scrapePool === job)?.lastError ?? "no target";
    },
  };
}

interface ExemplarAnswer {
  readonly seriesLabels: Record<string, string>;
  readonly exemplars: { labels: Record<string, string>; value: string; timestamp: number }[];
}

async function asked(url: string, path: string, parameters: Record<string, string>) {
  const answer = await scrape(`${url}/api/v1/${path}?${new URLSearchParams(parameters).toString()}`);
  return JSON.parse(answer);
}

// JSON is YAML.
function configuration(jobs: readonly ScrapeJob[]): string {
  const scrapeConfigs = jobs.map(({ name, target, settings }) => {
    const { protocol, host, pathname } = new URL(target);
    return {
      job_name: name,
      scheme: protocol.replace(":", ""),
      scrape_interval: "500ms",
      scrape_timeout: "500ms",
      metrics_path: pathname,
      static_configs: [{ targets: [host] }],
      ...settings,
    };
  });
  return JSON.stringify({ scrape_configs: scrapeConfigs });
}
