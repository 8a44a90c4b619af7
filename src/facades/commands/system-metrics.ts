// What the machine does while commands run. Every part is found out by itself: one that fails is missing alone.
import { cpuShares, readCpu } from "../../host/readings/cpu.ts";
import { readFileSystem, systemMountPoint } from "../../host/readings/file-systems.ts";
import { readMemory } from "../../host/readings/memory.ts";
import { readNetwork, type TrafficReading } from "../../host/readings/network.ts";

/** What the machine does now. A part that could not be found out is missing. */
export interface SystemMetrics {
  /** Share of the processors' time that was used within one second, from 0 to 100. */
  readonly cpuPercent?: number;
  /** Share of the memory that cannot be had without swapping, from 0 to 100. */
  readonly memoryPercent?: number;
  /** Share of the root file system that is used, on Windows of the system drive, from 0 to 100. */
  readonly diskUsage?: number;
  /** What went through all network interfaces since they came up; empty where the system does not tell. */
  readonly networkIo: NetworkIo;
}

/** Bytes and packets sent and received, errors and drops of the two ways. */
export type NetworkIo = Readonly<
  Partial<
    Record<
      "bytesSent" | "bytesRecv" | "packetsSent" | "packetsRecv" | "errin" | "errout" | "dropin" | "dropout",
      number
    >
  >
>;

const CPU_MILLIS = 1_000;

/** What the machine does now. Takes a second, since that is the time over which the processors are watched. */
export async function readSystemMetrics(): Promise<SystemMetrics> {
  const [cpuPercent, memoryPercent, diskUsage, networkIo] = await Promise.all([
    orNothing(cpuPercentNow),
    orNothing(memoryPercentNow),
    orNothing(diskUsageNow),
    orNothing(networkIoNow),
  ]);
  return {
    ...(cpuPercent !== undefined && { cpuPercent }),
    ...(memoryPercent !== undefined && { memoryPercent }),
    ...(diskUsage !== undefined && { diskUsage }),
    networkIo: networkIo ?? {},
  };
}

async function orNothing<T>(read: () => Promise<T | undefined>): Promise<T | undefined> {
  try {
    return await read();
  } catch {
    return undefined;
  }
}

async function cpuPercentNow(): Promise<number | undefined> {
  const earlier = await readCpu();
  // Holds the process: whoever asked waits for the answer.
  await new Promise((resolve) => void setTimeout(resolve, CPU_MILLIS));
  const later = await readCpu();
  if (earlier === undefined || later === undefined) return undefined;
  const { idle, iowait = 0 } = cpuShares(earlier, later).overall;
  return idle === undefined ? undefined : (1 - Math.min(1, idle + iowait)) * 100;
}

async function memoryPercentNow(): Promise<number | undefined> {
  const { totalBytes, availableBytes } = await readMemory();
  return percent(totalBytes - availableBytes, totalBytes);
}

// As `df` counts: what is free for the system alone is nothing that can be used up.
async function diskUsageNow(): Promise<number | undefined> {
  const space = await readFileSystem(systemMountPoint());
  return space === undefined ? undefined : percent(space.usedBytes, space.usedBytes + space.freeBytes);
}

async function networkIoNow(): Promise<NetworkIo | undefined> {
  const interfaces = await readNetwork();
  if (interfaces === undefined) return undefined;
  const sum = (way: "received" | "transmitted", count: keyof TrafficReading): number =>
    interfaces.reduce((total, each) => total + (each[way][count] ?? 0), 0);
  return {
    bytesSent: sum("transmitted", "bytes"),
    bytesRecv: sum("received", "bytes"),
    packetsSent: sum("transmitted", "packets"),
    packetsRecv: sum("received", "packets"),
    errin: sum("received", "errors"),
    errout: sum("transmitted", "errors"),
    dropin: sum("received", "dropped"),
    dropout: sum("transmitted", "dropped"),
  };
}

function percent(part: number, whole: number): number | undefined {
  return whole > 0 ? (part / whole) * 100 : undefined;
}
