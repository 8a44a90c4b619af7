import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { reportOnScrapes } from "../../examples/fleet/scrape-report.js";
import type { RunningProcess } from "../kit/process.ts";
import { ALL_DONE, areGone, example, FILES, folderOf, output, setUpDemo, startDemo } from "./demo.ts";

// Metrics of the catalogue that the fleet records.
const CATALOGUE = [
  "coordination_active_nodes",
  "coordination_leader_changes_total",
  "coordination_lock_hold_duration_seconds",
  "coordination_lock_wait_duration_seconds",
  "coordination_message_latency_seconds",
  "coordination_messages_total",
  "health_check_duration_seconds",
  "health_checks_total",
  "health_component_status",
  "health_status",
  "kernel_error_rate",
  "kernel_errors_total",
  "kernel_last_message_time_seconds",
  "kernel_messages_processed_total",
  "kernel_messages_received_total",
  "kernel_messages_sent_total",
  "kernel_start_time_seconds",
  "kernel_state",
  "kernel_throughput_per_second",
  "kernel_uptime_seconds",
  "message_processing_duration_seconds",
  "message_queue_size",
  "messages_received_total",
  "messages_sent_total",
  "telemetry_collection_duration_seconds",
  "telemetry_collection_runs_total",
  "telemetry_events_total",
  "telemetry_metrics_count",
];

test("the application never mentions Tachymeter or OpenTelemetry", async () => {
  const application = (await readdir(example)).filter(
    (name) => name.endsWith(".mjs") && name !== "telemetry.mjs",
  );
  expect(application).toEqual(expect.arrayContaining(["coordinator.mjs", "hash-thread.mjs", "worker.mjs"]));
  for (const name of application) {
    const text = await readFile(join(example, name), "utf8");
    expect(`${name}: ${text}`).not.toMatch(/tachymeter|opentelemetry|otel/i);
  }
});

test.each([
  [["--twice"], "Unknown option '--twice'"],
  [["one", "two"], "more than one folder was given"],
  [["no-such-folder"], 'folder must exist and be a folder, got "no-such-folder"'],
])("the arguments %j are refused before anything starts", async (words, message) => {
  const demo = startDemo(...words);
  expect(await demo.exit).toEqual({ code: 1, signal: null });
  expect(demo.stderr).toContain(message);
  expect(demo.stderr).toContain("usage: npm run demo -- [--once] [--cluster] [--api] [--alerts] [<folder>]");
  expect(demo.stdout).toBe("");
});

describe("after it was set up", () => {
  beforeAll(setUpDemo, 300_000);

  test("it ends in a folder without files, with the reason", async () => {
    const demo = startDemo("--once", await folderOf(0));
    expect(await demo.exit).toEqual({ code: 1, signal: null });
    expect(demo.stdout).toContain("folder must contain files");
    expect(demo.stderr).toContain("demo failed: coordinator ended with exit code 1");
    expect(await areGone(demo)).toBe(true);
  });

  describe("after its tables were shown once", () => {
    let demo: RunningProcess;
    let seconds: number;
    const scrapes = new Map<string, string>();

    beforeAll(async () => {
      const folder = await folderOf(FILES);
      // A round has a fixed time, in which a busy machine may not finish: then it is repeated.
      for (let tries = 3; tries > 0; tries--) {
        const started = performance.now();
        demo = startDemo("--once", folder);
        const { code } = await demo.exit;
        seconds = (performance.now() - started) / 1_000;
        if (code === 0 && demo.stderr === "" && seconds < 60 && ALL_DONE.test(demo.stdout)) break;
      }
      for (const name of await readdir(output)) {
        if (name.endsWith(".prom")) scrapes.set(name, await readFile(join(output, name), "utf8"));
      }
    });

    test("it ends by itself within a minute, with exit code 0", async () => {
      expect(demo.stderr).toBe("");
      expect(await demo.exit).toEqual({ code: 0, signal: null });
      expect(seconds).toBeLessThan(60);
      expect(await areGone(demo)).toBe(true);
    });

    test("a worker is killed, and the next leader takes over its files", () => {
      const [, killed = "none"] = /^kill -9 (worker-\d), the leader$/m.exec(demo.stdout) ?? [];
      const takeover = new RegExp(
        `coordinator: ${killed} is lost, (worker-\\d) takes over its ([1-9]\\d*) unfinished`,
      );
      const [, heir] = takeover.exec(demo.stdout) ?? [];
      expect(heir).toMatch(/^worker-\d$/);
      expect(heir).not.toBe(killed);
    });

    test("every file is reported exactly once", () => {
      expect(demo.stdout).toMatch(ALL_DONE);
    });

    test("the scrapes of all remaining processes are saved, with metrics of the catalogue", () => {
      expect([...scrapes.keys()].filter((name) => name.startsWith("coordinator"))).toHaveLength(1);
      expect([...scrapes.keys()].filter((name) => name.startsWith("worker"))).toHaveLength(3);
      const names = new Set<string>();
      for (const text of scrapes.values()) {
        for (const [, name = ""] of text.matchAll(/^# TYPE (\S+) /gm)) names.add(name);
      }
      expect(CATALOGUE.filter((name) => !names.has(name))).toEqual([]);
    });

    test("all JSON files are there, including that of the killed process", async () => {
      const files = (await readdir(output)).filter((name) => name.endsWith(".json"));
      const expected = ["coordinator.json", ...[1, 2, 3, 4].map((i) => `worker-${i}.json`)];
      expect(files.toSorted()).toEqual(expected);
      for (const file of files) {
        expect(JSON.parse(await readFile(join(output, file), "utf8"))).toHaveProperty("metrics");
      }
    });

    test("the table matches the saved scrapes, and no required value is missing", () => {
      const texts = new Map([...scrapes].map(([name, text]) => [name.replace(".prom", ""), text]));
      const table = reportOnScrapes(texts);
      for (const line of table.split("\n")) expect(demo.stdout).toContain(line.trim());
      expect(table).toMatch(/^messages sent( +[\d,]+){4}$/m);
      expect(table).toMatch(/^active nodes( +4){4}$/m);
      expect(table).toMatch(/^leader changes(?=.* [1-9])( +(?:-|[1-9])){4}$/m);
      expect(table).toMatch(/^health( +(healthy|degraded)){4}$/m);
      expect(table).toMatch(/^CPU time( +[\d.]+ s){4}$/m);
      expect(table).toMatch(/^memory( +\d+ MiB){4}$/m);
      expect(table).toMatch(/^heartbeat +[\d,]+( +[\d.,]+ ms){3}$/m);
      expect(table).toMatch(/^job, handed out to done +[\d,]+( +[\d.,]+ ms){3}$/m);
      expect(table).toMatch(/^worker-\d hash-thread\.mjs#0 +[\d,]+ +[01] +[\d.]+ +[\d.]+ s$/m);
    });
  });
});
