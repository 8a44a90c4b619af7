// Processes that may not read everything, or whose working directory was removed.
import { realpathSync } from "node:fs";
import { beforeAll, expect, test } from "vitest";
import { application, packedProject } from "../kit/packed-project.ts";
import { NETWORK, PERMISSION } from "../kit/permission.ts";
import { complaintsOf, outputOf, runNode } from "../kit/process.ts";
import { isLong } from "../kit/test-length.ts";

beforeAll(packedProject);

// Starts with each of the options given as arguments, and prints the names of metrics.
const PROGRAM = `
import { start } from "tachymeter";
for (const text of process.argv.slice(2)) {
  const telemetry = start({ readers: [{ type: "prometheus", port: 0 }], ...JSON.parse(text) });
  await telemetry.ready.catch(() => {});
  const scraped = await fetch(telemetry.prometheusUrl, { headers: { connection: "close" } });
  const names = [...(await scraped.text()).matchAll(/^# TYPE (\\S+)/gm)].map(([, name]) => name);
  await telemetry.shutdown();
  console.log(JSON.stringify(names));
}
`;

/** Runs the program with permission to read the packed project and `paths`. */
async function names(paths: readonly string[], options: readonly object[] = [{ group: false }]) {
  const { folder } = await packedProject();
  const cwd = await application({ "app.mjs": PROGRAM });
  const readable = [`${realpathSync(folder)}/`, ...paths].map((path) => `--allow-fs-read=${path}`);
  const flags = [PERMISSION, ...NETWORK, ...readable];
  const child = runNode({
    cwd,
    args: [...flags, "app.mjs", ...options.map((each) => JSON.stringify(each))],
  });
  const lines = (await outputOf(child)).trim().split("\n");
  return { lines: lines.map((line): readonly string[] => JSON.parse(line)), logged: complaintsOf(child) };
}

test("under Node's permissions, each option starts, and nothing is read that is not allowed", async () => {
  const options = [
    {},
    { page: true },
    { api: true },
    { alerts: true },
    { history: true, anomalies: true },
    { group: { directory: "group" } },
    { resourceDetection: { detectors: ["container", "host", "os", "process"] } },
    {
      readers: [
        { type: "prometheus", port: 0 },
        { type: "otlp", url: "http://127.0.0.1:1", outbox: { directory: "outbox" } },
      ],
    },
  ];
  const { lines, logged } = await names([], options);
  expect(lines).toHaveLength(options.length);
  for (const line of lines)
    expect(line).toEqual(
      expect.arrayContaining([
        "system_cpu_time_seconds_total",
        "process_cpu_time_seconds_total",
        "v8js_memory_heap_used_bytes",
      ]),
    );
  expect(logged.match(/host metrics: the process may not read .*\/proc\/stat, /g)).toHaveLength(1);
  expect(logged).toContain("history: the thread of the store cannot be started: ");
});

test("without permission for the network, the application runs, and the remedy is logged", async () => {
  const cwd = await application({ "app.mjs": `setTimeout(() => console.log("runs"), 100);` });
  const child = runNode({
    cwd,
    args: [PERMISSION, "--allow-fs-read=*", "--import", "tachymeter/register", "app.mjs"],
    env: { TACHYMETER_GROUP: "false", OTEL_EXPORTER_PROMETHEUS_PORT: "0" },
  });
  expect(await outputOf(child)).toBe("runs\n");
  const remedies = complaintsOf(child).match(
    /^tachymeter error: prometheus exporter .* cannot listen .*--allow-net/gm,
  );
  expect(remedies ?? []).toHaveLength(NETWORK.length);
});

// Gauges between two readings, which are missing if both fall into one tick of the clock.
const BETWEEN_READINGS = /_cpu_utilization_/;

// Prefixes of the metrics that are missing without a source; none if Node.js has a substitute.
const SOURCES: Readonly<Record<string, readonly string[]>> = {
  "/proc/net/dev": ["system_network_"],
  "/sys/block": ["system_disk_"],
  "/proc/vmstat": ["system_paging_faults", "system_paging_operations"],
  "/proc/self/status": ["process_memory_virtual", "process_thread_count"],
  "/proc/self/fd": ["process_unix_file_descriptor_count"],
  "/proc/self/limits": ["process_unix_file_descriptor_limit"],
  "/proc/meminfo": ["system_paging_usage", "system_paging_utilization"],
  "/proc/diskstats": ["system_disk_"],
  "/proc/stat": [],
  "/proc/self/mountinfo": ["container_"],
  "/proc/self/cgroup": ["container_"],
};

test("a source of host metrics that may not be read is missing alone, and is logged once", async () => {
  const all = Object.keys(SOURCES);
  const [whole = []] = (await names(all)).lines;
  for (const [source, missing] of Object.entries(SOURCES).slice(0, isLong ? undefined : 2)) {
    const { lines, logged } = await names(all.filter((each) => each !== source));
    const isMissing = (name: string): boolean => missing.some((prefix) => name.startsWith(prefix));
    const isHost = (name: string): boolean =>
      /^(?:system|process)_/.test(name) && !BETWEEN_READINGS.test(name);
    const stays = whole.filter((name) => isHost(name) && !isMissing(name));
    const logs = logged.split("\n").filter((line) => line.includes("host metrics: "));
    expect({ source, names: lines[0], missing: lines[0]?.filter(isMissing), logs }).toEqual({
      source,
      names: expect.arrayContaining(stays),
      missing: [],
      logs: [expect.stringMatching(new RegExp(` ${source}[, ]`))],
    });
  }
});

// Removes its working directory.
const WITHOUT_FOLDER = `
import { mkdirSync, rmdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
mkdirSync("gone");
process.chdir("gone");
rmdirSync("../gone");
const { start } = await import("tachymeter");
const readers = [{ type: "prometheus", port: 0 }];
`;

test("a process whose working directory was removed starts", async () => {
  const cwd = await application({
    "app.mjs": `${WITHOUT_FOLDER}
const telemetry = start({ readers, page: true, alerts: true, group: { directory: "group" } });
await telemetry.ready;
await telemetry.shutdown();
// Worker threads cannot start there with some versions of Node.js.
const stored = start({ readers, group: false, history: { path: fileURLToPath(new URL("history.db", import.meta.url)) } });
await stored.ready.catch(() => {});
await stored.shutdown().catch(() => {});
console.log("ended");
`,
  });
  const child = runNode({ cwd, args: ["app.mjs"] });
  expect((await outputOf(child)).trim()).toBe("ended");
  expect(complaintsOf(child)).toMatch(
    /^.*group: child processes do not share their metrics with this process: "group": the working directory cannot be found \(.*uv_cwd\); use an absolute path$/m,
  );
});

test("without a working directory, a relative path in the options is refused with a remedy", async () => {
  const cwd = await application({
    "app.mjs": `${WITHOUT_FOLDER}
const outbox = { directory: "outbox" };
const url = "http://127.0.0.1:1";
const cases = [
  { readers: [{ type: "otlp", url, outbox }, { type: "remote-write", url, outbox }, { type: "pushgateway", job: "a", url, outbox }] },
  { readers: [{ type: "json", file: "a.json" }], eventLog: { file: "events.log" } },
  { alerts: { directory: "alerts" }, history: true },
];
for (const options of cases) {
  try {
    start(options);
  } catch (error) {
    console.log(error.name + " " + error.message);
  }
}
`,
  });
  const output = await outputOf(runNode({ cwd, args: ["app.mjs"] }));
  expect(output.match(/^OptionsError /gm)).toHaveLength(3);
  const named =
    /(\S+) must be [^(]*\(the working directory cannot be found \(.*uv_cwd\); use an absolute path\)/g;
  expect([...output.matchAll(named)].map(([, name]) => name)).toEqual([
    "readers[0].outbox",
    "readers[1].outbox",
    "readers[2].outbox",
    "readers[0].file",
    "eventLog",
    "alerts.directory",
    "history.path",
  ]);
});
