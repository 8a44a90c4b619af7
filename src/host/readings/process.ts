import { statSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { fileText, numberAfter, refused, seldomText } from "./file-text.ts";

/** Resource usage of this process. Optional figures are absent outside of Linux. */
export interface ProcessReading {
  readonly userSeconds: number;
  readonly systemSeconds: number;
  readonly residentBytes: number;
  readonly virtualBytes?: number;
  /** Private data: heap and anonymous mappings. */
  readonly dataBytes?: number;
  readonly threads?: number;
  readonly fileDescriptors?: number;
  /** Number of file descriptors that the process may have open. */
  readonly fileDescriptorLimit?: number;
  /** Context switches and page faults of all threads. Switches are 0 on Windows. */
  readonly voluntaryContextSwitches: number;
  readonly involuntaryContextSwitches: number;
  readonly minorFaults: number;
  readonly majorFaults: number;
  readonly uptimeSeconds: number;
}

export async function readProcess(): Promise<ProcessReading> {
  const isLinux = process.platform === "linux";
  const status = isLinux ? await fileText("/proc/self/status") : undefined;
  const fileDescriptors = isLinux ? await countFileDescriptors() : undefined;
  const fileDescriptorLimit = limitFrom(isLinux ? await seldomText("/proc/self/limits") : undefined);
  const sizes = status === undefined ? {} : sizesFromStatus(status);
  const used = process.resourceUsage();
  return {
    ...sizes,
    residentBytes: sizes.residentBytes ?? process.memoryUsage.rss(),
    ...(fileDescriptors !== undefined && { fileDescriptors }),
    ...(fileDescriptorLimit !== undefined && { fileDescriptorLimit }),
    userSeconds: used.userCPUTime / 1e6,
    systemSeconds: used.systemCPUTime / 1e6,
    voluntaryContextSwitches: used.voluntaryContextSwitches,
    involuntaryContextSwitches: used.involuntaryContextSwitches,
    minorFaults: used.minorPageFault,
    majorFaults: used.majorPageFault,
    uptimeSeconds: process.uptime(),
  };
}

/** Sizes from `/proc/self/status`; missing ones, such as those of a zombie, are absent. */
export function sizesFromStatus(
  text: string,
): Partial<Pick<ProcessReading, "residentBytes" | "virtualBytes" | "dataBytes" | "threads">> {
  const residentBytes = bytesAfter("VmRSS:", text);
  const virtualBytes = bytesAfter("VmSize:", text);
  const dataBytes = bytesAfter("VmData:", text);
  const threads = numberAfter("Threads:", text);
  return {
    ...(residentBytes !== undefined && { residentBytes }),
    ...(virtualBytes !== undefined && { virtualBytes }),
    ...(dataBytes !== undefined && { dataBytes }),
    ...(threads !== undefined && { threads }),
  };
}

/** Limit of open files from `/proc/self/limits`; `undefined` if there is no limit. */
export function limitFrom(text: string | undefined): number | undefined {
  return text === undefined ? undefined : numberAfter("Max open files", text);
}

function bytesAfter(label: string, text: string): number | undefined {
  const kibibytes = numberAfter(label, text);
  return kibibytes === undefined ? undefined : kibibytes * 1024;
}

const DESCRIPTORS = "/proc/self/fd";

async function countFileDescriptors(): Promise<number | undefined> {
  try {
    // Since Linux 6.2 the size is the number of descriptors. Before, it is 0; then they are listed, including the one
    // that lists them.
    const count = statSync(DESCRIPTORS).size;
    return count > 0 ? count : (await readdir(DESCRIPTORS)).length - 1;
  } catch (error) {
    return refused(DESCRIPTORS, error);
  }
}
