import { beforeAll, expect, test } from "vitest";
import { application, packedProject } from "../kit/packed-project.ts";
import { runNode } from "../kit/process.ts";

beforeAll(packedProject);

// Loaded before the program: logs each child process, whichever function starts it.
const COUNT = `const processes = require("node:child_process");
  globalThis.started = [];
  for (const form of ["spawn", "exec", "execFile", "fork", "spawnSync", "execSync", "execFileSync"]) {
    const original = processes[form];
    processes[form] = (...given) => (started.push(given[0]), original(...given));
  }
  require("node:diagnostics_channel").subscribe("child_process", ({ process }) => started.push(process.spawnfile));
  require("node:module").syncBuiltinESMExports();`;

test("collecting metrics of machine, process and runtime starts no process", async () => {
  const cwd = await application({
    "count.cjs": COUNT,
    "app.mjs": `import { running } from "tachymeter";
      const names = new Set();
      const { system } = running();
      system.startContinuousCollection();
      for (let collection = 0; collection < 3; collection++) {
        const { metrics } = await running().snapshot();
        for (const key of Object.keys(metrics)) names.add(key.split("{")[0]);
        await system.collectAllSystemMetrics();
        await new Promise((resolve) => setTimeout(resolve, 700));
      }
      const collected = system.getCollectedMetrics().length;
      console.log(JSON.stringify({ started, names: [...names], collected }));`,
  });
  const child = runNode({
    cwd,
    args: ["--require", "./count.cjs", "--import", "tachymeter/register", "app.mjs"],
    env: { OTEL_METRICS_EXPORTER: "none" },
  });
  // It ends by itself: continuous collection does not keep the process alive.
  expect(await child.exit).toEqual({ code: 0, signal: null });
  const { started, names, collected }: { started: string[]; names: string[]; collected: number } = JSON.parse(
    child.stdout,
  );
  expect(started).toEqual([]);
  expect(collected).toBeGreaterThan(0);
  expect(names).toEqual(
    expect.arrayContaining([
      "system_cpu_time_seconds_total",
      "process_cpu_time_seconds_total",
      "nodejs_eventloop_utilization_ratio",
      "v8js_memory_heap_used_bytes",
    ]),
  );
  if (process.platform !== "linux") return;
  // Not every machine has a disk of its own, swap, or a lock.
  const unsure =
    /^system_(?:disk_|paging_utilization_|memory_linux_hugepages_|cpu_physical_|cpu_frequency_|filesystem_lock_)/;
  const told = names.filter((name) => /^(?:system|process)_/.test(name) && !unsure.test(name));
  expect(told.toSorted()).toEqual([
    "process_context_switches_total",
    "process_cpu_time_seconds_total",
    "process_cpu_utilization_ratio",
    "process_disk_io_bytes_total",
    "process_disk_operations_total",
    "process_memory_usage_bytes",
    "process_memory_utilization_ratio",
    "process_memory_virtual_bytes",
    "process_paging_faults_total",
    "process_signals_pending",
    "process_thread_count",
    "process_unix_file_descriptor_count",
    "process_unix_file_descriptor_limit",
    "process_uptime_seconds",
    "system_boot_time_seconds",
    "system_clock_change_seconds_total",
    "system_cpu_logical_count",
    "system_cpu_time_seconds_total",
    "system_cpu_utilization_ratio",
    "system_filesystem_limit_bytes",
    "system_filesystem_usage_bytes",
    "system_filesystem_utilization_ratio",
    "system_linux_cpu_load_15m",
    "system_linux_cpu_load_1m",
    "system_linux_cpu_load_5m",
    "system_memory_limit_bytes",
    "system_memory_linux_available_bytes",
    "system_memory_linux_shared_bytes",
    "system_memory_linux_slab_usage_bytes",
    "system_memory_usage_bytes",
    "system_memory_utilization_ratio",
    "system_network_connection_count",
    "system_network_errors_total",
    "system_network_io_bytes_total",
    "system_network_packet_count_total",
    "system_network_packet_dropped_total",
    "system_paging_faults_total",
    "system_paging_operations_total",
    "system_paging_usage_bytes",
    "system_process_count",
    "system_process_created_total",
    "system_process_limit",
    "system_uptime_seconds",
  ]);
});

test("the last values of the host are exported at shutdown", async () => {
  const cwd = await application({
    "app.mjs": `import { readFileSync } from "node:fs";
      import { start } from "tachymeter";
      const telemetry = start({ readers: [{ type: "json", file: "metrics.json" }], runtime: false });
      await telemetry.shutdown();
      const { metrics } = JSON.parse(readFileSync("metrics.json", "utf8"));
      console.log(Object.keys(metrics).some((key) => key.startsWith("system_cpu_time_seconds_total")));`,
  });
  const child = runNode({ cwd, args: ["app.mjs"] });
  expect(await child.exit).toEqual({ code: 0, signal: null });
  expect(child.stdout).toBe("true\n");
});
