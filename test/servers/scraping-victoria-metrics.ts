// The real VictoriaMetrics as a scraper, in place of Prometheus.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, type TestContext } from "vitest";
import { freePort, runNode, scrape } from "../kit/process.ts";
import { needsFetched } from "./needs.ts";
import type { QueriedSeries } from "./prometheus.ts";
import { newFolder } from "../kit/new-folder.ts";

/** A running VictoriaMetrics. It ends with the test. */
export interface VictoriaMetricsServer {
  readonly url: string;
  /** Evaluates an expression now. Some series of a scrape may be available before others. */
  query(expression: string): Promise<readonly QueriedSeries[]>;
  /** Resolves with the result of `expression` once it is not empty. */
  answer(expression: string): Promise<readonly QueriedSeries[]>;
}

/**
 * Starts VictoriaMetrics, which scrapes `target` (a URL) several times a second as job `test`. Skips if it is not
 * installed.
 */
export async function startVictoriaMetrics(
  context: TestContext,
  target: string,
): Promise<VictoriaMetricsServer> {
  const command = join(needsFetched(context, "victoria-metrics"), "usr/bin/victoria-metrics");
  const folder = newFolder("victoria-metrics");
  const { host, pathname } = new URL(target);
  const job = {
    job_name: "test",
    scrape_interval: "250ms",
    metrics_path: pathname,
    static_configs: [{ targets: [host] }],
  };
  writeFileSync(join(folder, "scrape.yml"), JSON.stringify({ scrape_configs: [job] }));
  const port = await freePort();
  const server = runNode({
    command,
    args: [
      `-httpListenAddr=127.0.0.1:${port}`,
      `-storageDataPath=data`,
      "-promscrape.config=scrape.yml",
      "-search.latencyOffset=0s",
    ],
    cwd: folder,
  });
  await server.waitForOutput(/started VictoriaMetrics in/);
  const url = `http://127.0.0.1:${port}`;
  const query: VictoriaMetricsServer["query"] = async (expression) => {
    // Scraped samples can be queried once they are flushed, by default every few seconds.
    await scrape(`${url}/internal/force_flush`);
    const parameters = new URLSearchParams({ query: expression, nocache: "1" });
    const text = await scrape(`${url}/api/v1/query?${parameters.toString()}`);
    const answer: { data: { result: { metric: Record<string, string>; value: [number, string] }[] } } =
      JSON.parse(text);
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
  };
}
