// What macOS and Windows tell by their programs alone: disks, network and swap, through `systeminformation`.
import { createRequire } from "node:module";
import { asOurs } from "../../io/own-processes.ts";
import type { DiskFigures } from "./disks.ts";
import type { SwapReading } from "./memory.ts";
import type { NetworkFigures } from "./network.ts";

// What is used of systeminformation. Where it has no figure it has null, or NaN.
interface SystemInformation {
  networkStats(interfaces: "*"): Promise<readonly InterfaceStats[]>;
  fsStats(): Promise<Partial<Record<"rx" | "wx", number | null>> | null>;
  disksIO(): Promise<Partial<Record<"rIO" | "wIO", number | null>> | null>;
  mem(): Promise<Record<"swaptotal" | "swapused", number>>;
}

interface InterfaceStats extends Record<`${"rx" | "tx"}_${"bytes" | "errors" | "dropped"}`, number | null> {
  readonly iface: string;
}

/** The readings of a platform. Each gives what was read last, which is `undefined` at first. */
export interface ReadingsByPrograms {
  readonly disks: () => Promise<readonly DiskFigures[] | undefined>;
  readonly network: () => Promise<readonly NetworkFigures[] | undefined>;
  readonly swap: () => Promise<SwapReading | undefined>;
}

const MIN_MILLIS = 60_000;

/** Readings that start the programs of the system at once and then once a minute at most, however often they are asked. */
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

async function readDisks(system: SystemInformation): Promise<readonly DiskFigures[]> {
  const bytes = await system.fsStats();
  const operations = await system.disksIO();
  return [
    {
      reads: { bytes: amount(bytes?.rx), operations: amount(operations?.rIO) },
      writes: { bytes: amount(bytes?.wx), operations: amount(operations?.wIO) },
    },
  ];
}

async function readNetwork(system: SystemInformation): Promise<readonly NetworkFigures[] | undefined> {
  const interfaces = await system.networkStats("*");
  if (interfaces.every((stats) => amount(stats.rx_bytes) === undefined)) return undefined;
  return interfaces.map((stats) => ({
    name: stats.iface,
    received: {
      bytes: figure(stats.rx_bytes),
      errors: figure(stats.rx_errors),
      dropped: figure(stats.rx_dropped),
    },
    transmitted: {
      bytes: figure(stats.tx_bytes),
      errors: figure(stats.tx_errors),
      dropped: figure(stats.tx_dropped),
    },
  }));
}

async function readSwap(system: SystemInformation): Promise<SwapReading> {
  const { swaptotal, swapused } = await system.mem();
  return { swapTotalBytes: figure(swaptotal), swapFreeBytes: figure(swaptotal - swapused) };
}

function figure(value: number | null | undefined): number | undefined {
  return typeof value === "number" && Number.isFinite(value) && value >= 0 ? value : undefined;
}

// If a program fails, systeminformation has zeros.
function amount(value: number | null | undefined): number | undefined {
  return value === 0 ? undefined : figure(value);
}

function seldom<Reading>(read: () => Promise<Reading | undefined>): () => Promise<Reading | undefined> {
  let last: Reading | undefined;
  let dueMillis = -Infinity;
  const get = async (): Promise<Reading | undefined> => {
    const now = performance.now();
    if (now >= dueMillis) {
      // Not before this reading is over, however long that takes.
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
