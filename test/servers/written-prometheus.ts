// The real Prometheus, filled by remote write with samples of any time.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "vitest";
import type { SampleSeries } from "../../src/query/source.ts";
import { freePort, runNode } from "../kit/process.ts";
import { newFolder } from "../kit/new-folder.ts";
import { remoteWrite } from "../kit/write-request.js";
import { needs, needsFetched } from "./needs.ts";

/** Versions available for tests: Debian 12's is 2.42, the fetched one 3.5. */
export type PrometheusVersion = "2" | "3";

const FEATURES = {
  "2": ["native-histograms", "exemplar-storage"],
  "3": ["native-histograms", "exemplar-storage", "promql-experimental-functions", "promql-duration-expr"],
} as const satisfies Record<PrometheusVersion, readonly string[]>;

/**
 * Starts a Prometheus with the samples, and returns its URL. It ends with the test, or with its file. All samples must be within an hour. Skips the test if Prometheus is not installed.
 */
export async function writtenPrometheus(
  context: TestContext,
  version: PrometheusVersion,
  series: readonly SampleSeries[],
  lifetime: "test" | "file" = "test",
): Promise<string> {
  const folder = newFolder("written-prometheus");
  writeFileSync(join(folder, "prometheus.yml"), "{}");
  const port = await freePort();
  const server = runNode({
    command: programOf(context, version),
    args: [
      "--config.file=prometheus.yml",
      "--storage.tsdb.path=data",
      `--web.listen-address=127.0.0.1:${port}`,
      "--web.enable-remote-write-receiver",
      `--enable-feature=${FEATURES[version].join(",")}`,
    ],
    cwd: folder,
    lifetime,
  });
  await server.waitForOutput(/Server is ready to receive web requests/);
  const url = `http://127.0.0.1:${port}`;
  await remoteWrite(url, series);
  return url;
}

function programOf(context: TestContext, version: PrometheusVersion): string {
  if (version === "3") return join(needsFetched(context, "prometheus"), "usr/bin/prometheus");
  needs(context, "prometheus");
  return "prometheus";
}
