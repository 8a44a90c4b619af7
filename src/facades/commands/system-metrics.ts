import { cpuShares, readCpu } from "../../host/readings/cpu.ts";
import { readFileSystem, systemMountPoint } from "../../host/readings/file-systems.ts";
import { readMemory } from "../../host/readings/memory.ts";
import { readNetwork, type TrafficReading } from "../../host/readings/network.ts";

/** Current state of the machine; unknown values are left out. */
export interface SystemMetrics {
  /** CPU time used during one second, in percent. */
  readonly cpuPercent?: number;
  /** Memory that is not available without swapping, in percent. */
  readonly memoryPercent?: number;
  /** Used space of the root file system, on Windows of the system drive, in percent. */
  readonly diskUsage?: number;
  /** Traffic of all network interfaces since they came up; empty if unknown. */
  readonly networkIo: NetworkIo;
}

/** Network traffic: bytes and packets sent and received, errors and dropped packets by direction. */
export type NetworkIo = Readonly<
  Partial<
    Record<
      "bytesSent" | "bytesRecv" | "packetsSent" | "packetsRecv" | "errin" | "errout" | "dropin" | "dropout",
      number
    >
  >
>;

const CPU_MILLIS = 1_000;

/**
 * Reads the current state of the machine. Takes one second, in which the CPUs are measured. If a part fails, only that
 * part is left out.
 */
export async function readSystemMetrics(): Promise<SystemMetrics> {
  const nothing = (): undefined => undefined;
  const [cpuPercent, memoryPercent, diskUsage, networkIo] = await Promise.all([
    cpuPercentNow().catch(nothing),
    memoryPercentNow().catch(nothing),
    diskUsageNow().catch(nothing),
    networkIoNow().catch(nothing),
  ]);
  return {
    ...(cpuPercent !== undefined && { cpuPercent }),
    ...(memoryPercent !== undefined && { memoryPercent }),
    ...(diskUsage !== undefined && { diskUsage }),
    networkIo: networkIo ?? {},
  };
}

async function cpuPercentNow(): Promise<number | undefined> {
  const earlier = await readCpu();
  // Not unref'd, since the caller awaits it.
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

// Like `df`: space reserved for the system is not usable.
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
