import { createRequire } from "node:module";
import { asOurs } from "../../io/own-processes.ts";
import type { DiskReading } from "./disks.ts";
import type { SwapReading } from "./memory.ts";
import type { NetworkReading, TrafficReading } from "./network.ts";

// The used part of systeminformation. Unknown figures are null or NaN.
interface SystemInformation {
  networkStats(interfaces: "*"): Promise<readonly InterfaceStats[]>;
  fsStats(): Promise<Partial<Record<"rx" | "wx", number | null>> | null>;
  disksIO(): Promise<Partial<Record<"rIO" | "wIO", number | null>> | null>;
  mem(): Promise<Record<"swaptotal" | "swapused", number>>;
}

interface InterfaceStats extends Record<`${"rx" | "tx"}_${"bytes" | "errors" | "dropped"}`, number | null> {
  readonly iface: string;
}

/** Disks, network and swap. Each function returns the latest reading; `undefined` at first. */
export interface ReadingsByPrograms {
  readonly disks: () => Promise<readonly DiskReading[] | undefined>;
  readonly network: () => Promise<readonly NetworkReading[] | undefined>;
  readonly swap: () => Promise<SwapReading | undefined>;
}

const MIN_MILLIS = 60_000;

/** Reads macOS and Windows through `systeminformation`, which starts processes: now, then once a minute. */
export function readingsByPrograms(): ReadingsByPrograms {
  const require = createRequire(import.meta.url);
  // Upstream's host metrics depend on it.
  const load: NodeJS.Require = createRequire(require.resolve("@opentelemetry/host-metrics"));
  const system: SystemInformation = load("systeminformation");
  return {
    disks: seldom(() => readDisks(system)),
    network: seldom(() => readNetwork(system)),
    swap: seldom(() => readSwap(system)),
  };
}

async function readDisks(system: SystemInformation): Promise<readonly DiskReading[]> {
  const bytes = await system.fsStats();
  const operations = await system.disksIO();
  return [
    {
      reads: { bytes: amount(bytes?.rx), operations: amount(operations?.rIO) },
      writes: { bytes: amount(bytes?.wx), operations: amount(operations?.wIO) },
    },
  ];
}

async function readNetwork(system: SystemInformation): Promise<readonly NetworkReading[] | undefined> {
  const interfaces = await system.networkStats("*");
  if (interfaces.every((stats) => amount(stats.rx_bytes) === undefined)) return undefined;
  return interfaces.map((stats) => ({
    name: stats.iface,
    received: trafficFrom(stats, "rx"),
    transmitted: trafficFrom(stats, "tx"),
  }));
}

function trafficFrom(stats: InterfaceStats, way: "rx" | "tx"): TrafficReading {
  return {
    bytes: figure(stats[`${way}_bytes`]),
    errors: figure(stats[`${way}_errors`]),
    dropped: figure(stats[`${way}_dropped`]),
  };
}

async function readSwap(system: SystemInformation): Promise<SwapReading> {
  const { swaptotal, swapused } = await system.mem();
  return { swapTotalBytes: figure(swaptotal), swapFreeBytes: figure(swaptotal - swapused) };
}

function figure(value: number | null | undefined): number | undefined {
  return typeof value === "number" && Number.isFinite(value) && value >= 0 ? value : undefined;
}

// systeminformation returns zeros if a process fails.
function amount(value: number | null | undefined): number | undefined {
  return value === 0 ? undefined : figure(value);
}

function seldom<Reading>(read: () => Promise<Reading | undefined>): () => Promise<Reading | undefined> {
  let last: Reading | undefined;
  let dueMillis = -Infinity;
  const get = async (): Promise<Reading | undefined> => {
    const now = performance.now();
    if (now >= dueMillis) {
      dueMillis = Infinity;
      void asOurs(read)
        .then((reading) => (last = reading ?? last))
        .catch(() => {})
        .finally(() => (dueMillis = now + MIN_MILLIS));
    }
    return last;
  };
  void get();
  return get;
}
