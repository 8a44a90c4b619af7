// The listeners that delay a signal: only with something to flush.
import { writeFileSync } from "node:fs";
import { createNoopMeter } from "@opentelemetry/api";
import { join } from "node:path";
import { afterEach, expect, onTestFinished, test, vi } from "vitest";
import { type Options, running, start } from "tachymeter";
import { PrometheusExporter } from "tachymeter/prometheus";
import { newFolder } from "../kit/new-folder.ts";

const EVENTS = ["SIGTERM", "SIGINT", "SIGHUP", "beforeExit"] as const;
const quiet: Options = { host: false, runtime: false, group: false };
const served: Options = { ...quiet, readers: [{ type: "prometheus", port: 0 }] };
const pushed: Options = { ...quiet, readers: [{ type: "json", url: "http://127.0.0.1:9" }] };

afterEach(async () => {
  await running()?.shutdown();
  vi.unstubAllEnvs();
});

// This process has listeners of its own.
const before = EVENTS.map((name) => process.listenerCount(name));

function added(): string {
  return EVENTS.map((name, i) => process.listenerCount(name) - (before[i] ?? 0)).join();
}

function temporary(name: string): string {
  return join(newFolder("signals"), name);
}

const NONE = "0,0,0,0";
const ALL = "1,1,0,1";

test.each<readonly [string, string, () => Options]>([
  ["reader prometheus", NONE, () => served],
  [
    "reader prometheus, made by the application",
    NONE,
    () => ({ ...quiet, readers: [new PrometheusExporter({ port: 0 })] }),
  ],
  ["no reader", NONE, () => ({ ...quiet, readers: [] })],
  ["anomalies, page and API", NONE, () => ({ ...served, anomalies: true, page: true })],
  ["reader json", ALL, () => pushed],
  ["a history", ALL, () => ({ ...served, history: { path: temporary("history.db") } })],
  ["an event log", ALL, () => ({ ...served, eventLog: temporary("events.jsonl") })],
  ["alerts", ALL, () => ({ ...served, alerts: true })],
  [
    "another SDK's provider",
    ALL,
    () => ({
      ...quiet,
      readers: [],
      createMeterProvider: () => ({ getMeter: () => createNoopMeter(), shutdown: async () => {} }),
    }),
  ],
  [
    "a group that may have other members",
    ALL,
    () => ({ ...served, group: { name: "shop", directory: newFolder("group") } }),
  ],
  ["reader json and signals: false", "0,0,0,1", () => ({ ...pushed, signals: false })],
])("signals have listeners only if something has to be flushed: %s", async (_, expected, options) => {
  const telemetry = start(options());
  onTestFinished(() => telemetry.shutdown());
  expect(added()).toBe(expected);
  await telemetry.shutdown();
  expect(added()).toBe(NONE);
});

test("TACHYMETER_SIGNALS=false leaves signals alone", () => {
  vi.stubEnv("TACHYMETER_SIGNALS", "false");
  start(pushed);
  expect(added()).toBe("0,0,0,1");
});

test("a file with signals: false leaves SIGHUP alone, too", () => {
  const file = temporary("otel.yaml");
  writeFileSync(
    file,
    `file_format: "1.1"
distribution: { tachymeter: { host: false, runtime: false, group: false, signals: false, reload: true, readers: [] } }
`,
  );
  vi.stubEnv("OTEL_CONFIG_FILE", file);
  start();
  expect(added()).toBe(NONE);
});

test("listeners come and go with the readers and alerts of a file that is read again", async () => {
  const file = temporary("otel.yaml");
  const write = (readers: string, alerts: boolean): void =>
    writeFileSync(
      file,
      `file_format: "1.1"
distribution: { tachymeter: { host: false, runtime: false, group: false, alerts: ${alerts}, readers: [${readers}] } }
`,
    );
  const endpoint = "{ type: prometheus, port: 0 }";
  write(endpoint, false);
  vi.stubEnv("OTEL_CONFIG_FILE", file);
  const telemetry = start();
  const counts = [added()];
  for (const [readers, alerts] of [
    [`${endpoint}, { type: json, url: "http://127.0.0.1:9" }`, false],
    [endpoint, false],
    [endpoint, true],
    [endpoint, false],
  ] as const) {
    write(readers, alerts);
    await telemetry.reload();
    counts.push(added());
  }
  expect(counts).toEqual([NONE, ALL, NONE, ALL, NONE]);
});
