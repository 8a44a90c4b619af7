// The real Prometheus, scraping one endpoint of the loopback interface.
import { mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, inject } from "vitest";
import { freePort, runNode, scrape } from "../process.ts";

/** One series of an instant query's answer; the value as Prometheus writes it. */
export interface QueriedSeries {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: string;
}

/** A Prometheus that was started. It ends with the test, or with the file where `beforeAll` started it. */
export interface PrometheusServer {
  readonly url: string;
  /** Evaluates an expression now. */
  query(expression: string): Promise<readonly QueriedSeries[]>;
  /** Resolves once `expression` has an answer, which it gives. */
  answer(expression: string): Promise<readonly QueriedSeries[]>;
}

/** Starts Prometheus, which scrapes `target` (a URL) several times a second as job `test`. */
export async function startPrometheus(target: string): Promise<PrometheusServer> {
  const folder = mkdtempSync(join(inject("runFolder"), "prometheus-"));
  const { host, pathname } = new URL(target);
  writeFileSync(join(folder, "prometheus.yml"), configuration(host, pathname));
  const port = await freePort();
  const server = runNode({
    command: "prometheus",
    args: [
      "--config.file=prometheus.yml",
      "--storage.tsdb.path=data",
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    cwd: folder,
  });
  await server.waitForOutput(/Server is ready to receive web requests/);
  const url = `http://127.0.0.1:${port}`;
  const query: PrometheusServer["query"] = async (expression) => {
    const text = await scrape(`${url}/api/v1/query?query=${encodeURIComponent(expression)}`);
    const answer: { data: { result: { metric: Record<string, string>; value: [number, string] }[] } } =
      JSON.parse(text);
    return answer.data.result.map(({ metric, value }) => ({ labels: metric, value: value[1] }));
  };
  return {
    url,
    query,
    async answer(expression) {
      await expect.poll(() => query(expression), { timeout: 15_000 }).not.toEqual([]);
      return query(expression);
    },
  };
}

function configuration(host: string, path: string): string {
  return `scrape_configs:
  - job_name: test
    scrape_interval: 250ms
    scrape_timeout: 250ms
    metrics_path: ${path}
    static_configs:
      - targets: ["${host}"]
`;
}
