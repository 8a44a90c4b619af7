// Real faults of a real application, with windows of seconds: each fires, names its cause, and resolves.
import { closeSync, openSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { start, type Tachymeter } from "tachymeter";
import { expect, onTestFinished, test } from "vitest";
import { CATALOGUE } from "../../../src/alerts/monitors/catalogue.ts";
import { alertName } from "../../../src/alerts/monitors/monitor.ts";
import { newFolder } from "../../kit/new-folder.ts";
import { freePort } from "../../kit/process.ts";
import { block, shareOfDescriptors } from "./runtime-load.ts";
import { shortWindows } from "./short-windows.ts";

// Not 60 seconds, since a loaded machine may take some for each step.
const LONG_WAIT = { timeout: 120_000, interval: 250 };
const MIB = 2 ** 20;

// They may fire at any time on a loaded machine, which misses evaluations, too.
const OF_MACHINE = ["event-loop", "memory", "process", "disk"]
  .flatMap((area) => (CATALOGUE.get(area) ?? []).map(({ name }) => alertName(name)))
  .concat("RuleFailing");

/** A fault that a monitor finds. */
interface Fault {
  readonly monitor: string;
  /** Parameters besides short windows. */
  readonly parameters?: Readonly<Record<string, string | number>>;
  /** Text that the summary or the description must contain. */
  readonly cause: string;
  /** Called several times a second, during the fault or not. */
  readonly act: (isFaulty: boolean, telemetry: Tachymeter) => unknown;
}

const OF_RUNTIME = [
  "eventLoopBlocked",
  "heapLeak",
  "externalMemoryGrowing",
  "garbageCollectionBusy",
  "fileDescriptorsLow",
];

// Apart, since faults of the runtime slow down all others.
test.each([
  ["of the runtime", true],
  ["of the application", false],
])("real faults %s fire, name their cause, and resolve", async (_, isOfRuntime) => {
  setFlagsFromString("--expose-gc");
  const collectGarbage: () => void = runInNewContext("gc");
  const closedPort = await freePort();
  const leaked: unknown[] = [];
  const buffers: Buffer[] = [];
  const files: number[] = [];
  let backend: Server | undefined;
  let kernelStarts = 0;
  let flips = 0;
  let beats = 0;
  let steps = 0;
  let queued = 0;
  let waiting = 0;
  onTestFinished(() => {
    for (const file of files) closeSync(file);
    backend?.close();
  });

  const all: readonly Fault[] = [
    {
      monitor: "eventLoopBlocked",
      parameters: { after: 0, threshold: 0.8 },
      cause: "Nothing ran for",
      act: (isFaulty) => isFaulty && Math.random() < 0.05 && block(1_200),
    },
    {
      monitor: "heapLeak",
      parameters: { window: "5s" },
      cause: "an hour",
      act: (isFaulty) => {
        if (isFaulty) leaked.push(Array.from({ length: 40_000 }, Math.random));
        else leaked.length = 0;
        if (isFaulty && steps++ % 5 === 0) collectGarbage();
      },
    },
    {
      monitor: "externalMemoryGrowing",
      parameters: { window: "5s", growth: 8 * MIB },
      cause: "Buffers hold",
      act: (isFaulty) => (isFaulty ? buffers.push(Buffer.alloc(MIB)) : buffers.splice(0)),
    },
    {
      monitor: "garbageCollectionBusy",
      parameters: { threshold: 0.1 },
      cause: "of the time are spent",
      act: (isFaulty) => {
        if (isFaulty) for (let i = 0; i < 3; i++) collectGarbage();
      },
    },
    {
      monitor: "queueGrowing",
      parameters: { window: "5s" },
      cause: "mail",
      act: (isFaulty, { messaging }) => {
        queued = isFaulty ? queued + 20 : 0;
        messaging.queueSize("mail", 200 + queued);
      },
    },
    {
      monitor: "consumerStuck",
      cause: "jobs",
      act: (isFaulty, { messaging }) => {
        messaging.queueSize("jobs", isFaulty ? 5 : 0);
        if (isFaulty) return;
        messaging.received("jobs");
        messaging.processed("jobs", 0.01);
      },
    },
    {
      monitor: "messageErrors",
      cause: "orders",
      act: (isFaulty, { messaging }) =>
        messaging.processed("orders", 0.01, isFaulty ? new TypeError("no") : undefined),
    },
    {
      monitor: "commandsFailing",
      cause: "git",
      act: (isFaulty, { commands }) => commands.recordExecution(!isFaulty, 0.1, "git"),
    },
    {
      monitor: "leaderFlapping",
      cause: "changed",
      act: (isFaulty, { coordination }) =>
        coordination.leaderChanged(isFaulty ? `node-${flips++ % 2}` : "node-0"),
    },
    {
      monitor: "noActiveNodes",
      parameters: { window: "1m" },
      cause: "No node is active",
      act: (isFaulty, { coordination }) =>
        isFaulty ? coordination.leave("node-0") : coordination.join("node-0"),
    },
    {
      monitor: "applicationUnhealthy",
      cause: "A critical component fails",
      act: (isFaulty, { health }) => health.set("database", isFaulty ? "unhealthy" : "healthy"),
    },
    {
      monitor: "componentUnhealthy",
      cause: "database",
      act: () => undefined,
    },
    {
      monitor: "healthFlapping",
      parameters: { threshold: 3 },
      cause: "cache",
      act: (isFaulty, { health }) =>
        health.set("cache", isFaulty && beats++ % 8 < 4 ? "degraded" : "healthy"),
    },
    {
      monitor: "kernelStuck",
      cause: "hash",
      act: (isFaulty, { kernels }) => {
        kernels.recordReceive("hash");
        if (!isFaulty) kernels.recordProcessed("hash", 0.01);
      },
    },
    {
      monitor: "kernelErrors",
      cause: "resize",
      act: (isFaulty, { kernels }) =>
        isFaulty ? kernels.recordError("resize", new Error("no")) : kernels.recordProcessed("resize", 0.01),
    },
    {
      monitor: "kernelRestarting",
      cause: "video",
      act: (isFaulty, { kernels }) => {
        if (!isFaulty || kernelStarts++ % 4 !== 0) return;
        kernels.terminate("video");
        kernels.launch("video");
      },
    },
    {
      monitor: "connectionPoolWaiting",
      parameters: { window: "3s" },
      cause: "main",
      act: (isFaulty) => {
        waiting = isFaulty ? 3 : 0;
      },
    },
    {
      monitor: "probeFailing",
      cause: `127.0.0.1:${closedPort}`,
      act: async (isFaulty, { network }) => {
        if (isFaulty) {
          backend?.close();
          backend = undefined;
        } else if (backend === undefined) {
          backend = createServer((socket) => socket.destroy());
          await new Promise<void>((resolve) => backend?.listen(closedPort, "127.0.0.1", resolve));
        }
        await network.measureTcpLatency("127.0.0.1", closedPort, 1);
      },
    },
    {
      monitor: "lockWaitLong",
      cause: "stock",
      act: (isFaulty, { coordination }) => coordination.lockAcquired("stock", isFaulty ? 9 : 0.01),
    },
    {
      monitor: "measurementsDropped",
      cause: "negative",
      act: (isFaulty, { messaging }) => isFaulty && messaging.sent("mail", -1),
    },
    {
      monitor: "eventsDropped",
      cause: "hook_error",
      act: (isFaulty, { events }) => isFaulty && events.record({ event_type: "fails", source: "test" }),
    },
    {
      monitor: "fileDescriptorsLow",
      parameters: { threshold: shareOfDescriptors(100) },
      cause: "file descriptors",
      act: (isFaulty) => {
        if (isFaulty) while (files.length < 200) files.push(openSync("/dev/null", "r"));
        else for (const file of files.splice(0)) closeSync(file);
      },
    },
  ];
  const faults = all.filter(({ monitor }) => OF_RUNTIME.includes(monitor) === isOfRuntime);
  const monitors = shortWindows();
  for (const { monitor, parameters } of faults) Object.assign(monitors[monitor] ?? {}, parameters);
  const telemetry = start({
    readers: [],
    hooks: { kernels: true },
    live: { resolution: 1 },
    alerts: {
      interval: 1,
      monitors: { ...monitors, httpErrorBudget: false },
      receivers: [],
      directory: newFolder("alerts"),
    },
  });
  onTestFinished(() => telemetry.shutdown());
  telemetry.events.on("fails", () => {
    throw new Error("no");
  });
  telemetry.kernels.launch("hash");
  telemetry.kernels.activate("hash");
  telemetry.kernels.launch("resize");
  telemetry.network.watchPool("main", () => ({ size: 10, idle: 0, waiting }));

  let isFaulty = false;
  const end = new AbortController();
  const application = (async () => {
    while (!end.signal.aborted) {
      for (const { act } of faults) await act(isFaulty, telemetry);
      await sleep(100);
    }
  })();

  const texts = new Map<string, string>();
  const firing = (): readonly string[] => {
    const active = telemetry.alerts?.active().filter(({ state }) => state === "firing") ?? [];
    for (const { name, annotations } of active) {
      texts.set(name, `${texts.get(name) ?? ""}${annotations["summary"]}\n${annotations["description"]}\n`);
    }
    return active.map(({ name }) => name);
  };
  const expected = faults.map(({ monitor }) => alertName(monitor));
  const missing = (): readonly string[] => {
    const names = new Set(firing());
    return expected.filter((name) => !names.has(name) && !texts.has(name));
  };
  const left = (): readonly string[] => firing().filter((name) => expected.includes(name));

  // The application does well.
  await expect
    .poll(() => telemetry.alerts?.rules().some(({ lastError }) => lastError !== undefined), LONG_WAIT)
    .toBe(false);
  const early: string[] = [];
  const remove = telemetry.alerts?.on(({ name }) => early.push(name));
  await sleep(12_000);
  remove?.();
  expect(early.filter((name) => !OF_MACHINE.includes(name))).toEqual([]);
  isFaulty = true;
  await expect.poll(missing, LONG_WAIT).toEqual([]);
  for (const { monitor, cause } of faults) expect(texts.get(alertName(monitor))).toContain(cause);
  isFaulty = false;
  await expect.poll(left, LONG_WAIT).toEqual([]);
  end.abort();
  await application;
});
