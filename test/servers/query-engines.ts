// Engines with Prometheus' HTTP API, filled with data of any time.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, type TestContext } from "vitest";
import { freePort, outputOf, runNode, scrape } from "../kit/process.ts";
import { needs, needsFetched } from "./needs.ts";
import { newFolder } from "../kit/new-folder.ts";

/** The engines available for tests. */
export const QUERY_ENGINES = ["Prometheus 2", "Prometheus 3", "VictoriaMetrics"] as const;

/** Name of an engine. */
export type QueryEngine = (typeof QUERY_ENGINES)[number];

/**
 * Starts an engine with the samples of a text in OpenMetrics, which must have times, and returns its URL. Skips if it
 * is not installed. It ends with the file.
 */
export async function queryEngine(
  context: TestContext,
  name: QueryEngine,
  openMetrics: string,
): Promise<string> {
  const folder = newFolder("query-engine");
  switch (name) {
    case "Prometheus 2":
      needs(context, "prometheus");
      return prometheus(context, "prometheus", folder, openMetrics);
    case "Prometheus 3": {
      const program = join(needsFetched(context, "prometheus"), "usr/bin/prometheus");
      return prometheus(context, program, folder, openMetrics);
    }
    case "VictoriaMetrics":
      return victoriaMetrics(context, folder, openMetrics);
    default:
      return name satisfies never;
  }
}

async function prometheus(
  context: TestContext,
  program: string,
  folder: string,
  openMetrics: string,
): Promise<string> {
  needs(context, "promtool");
  writeFileSync(join(folder, "samples"), openMetrics);
  writeFileSync(join(folder, "prometheus.yml"), "{}");
  mkdirSync(join(folder, "data"));
  const importing = ["tsdb", "create-blocks-from", "openmetrics", "samples", "data"];
  await outputOf(runNode({ command: "promtool", args: importing, cwd: folder, lifetime: "file" }));
  const port = await freePort();
  const server = runNode({
    command: program,
    args: [
      "--config.file=prometheus.yml",
      "--storage.tsdb.path=data",
      "--storage.tsdb.retention.time=10y",
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    cwd: folder,
    lifetime: "file",
  });
  await server.waitForOutput(/Server is ready to receive web requests/);
  return `http://127.0.0.1:${port}`;
}

async function victoriaMetrics(context: TestContext, folder: string, openMetrics: string): Promise<string> {
  const command = join(needsFetched(context, "victoria-metrics"), "usr/bin/victoria-metrics");
  const port = await freePort();
  const server = runNode({
    command,
    args: [`-httpListenAddr=127.0.0.1:${port}`, "-storageDataPath=data", "-retentionPeriod=10y"],
    cwd: folder,
    lifetime: "file",
  });
  await server.waitForOutput(/started server at/);
  const url = `http://127.0.0.1:${port}`;
  const imported = await fetch(`${url}/api/v1/import/prometheus`, {
    method: "POST",
    body: inMillis(openMetrics),
  });
  expect(imported.status).toBe(204);
  await scrape(`${url}/internal/force_flush`);
  return url;
}

// VictoriaMetrics imports Prometheus' older format, which has milliseconds.
function inMillis(openMetrics: string): string {
  const samples = openMetrics.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return samples
    .map((line) => {
      const space = line.lastIndexOf(" ");
      return `${line.slice(0, space)} ${Math.round(Number(line.slice(space + 1)) * 1_000)}\n`;
    })
    .join("");
}
