import { statSync } from "node:fs";
import { fileText, namesIn, numberAfter, refused, seldomText } from "./file-text.ts";

/** Resource usage of this process. Optional figures are absent outside of Linux. */
export interface ProcessReading {
  readonly userSeconds: number;
  readonly systemSeconds: number;
  /** Absent in a sandbox without `/proc`, too. */
  readonly residentBytes?: number;
  readonly virtualBytes?: number;
  /** Private data: heap and anonymous mappings. */
  readonly dataBytes?: number;
  readonly threads?: number;
  readonly fileDescriptors?: number;
  /** Bytes that storage read and wrote for the process, and its calls that read and wrote. */
  readonly io?: ProcessIo;
  /** Signals that are blocked and wait for the process or its main thread. */
  readonly pendingSignals?: number;
  /** Number of file descriptors that the process may have open. */
  readonly fileDescriptorLimit?: number;
  /** Context switches and page faults of all threads. Switches are 0 on Windows. */
  readonly voluntaryContextSwitches: number;
  readonly involuntaryContextSwitches: number;
  readonly minorFaults: number;
  readonly majorFaults: number;
  readonly uptimeSeconds: number;
}

interface ProcessIo {
  readonly readBytes: number;
  readonly writtenBytes: number;
  readonly readOperations: number;
  readonly writeOperations: number;
}

export async function readProcess(): Promise<ProcessReading> {
  const isLinux = process.platform === "linux";
  const status = isLinux ? await fileText("/proc/self/status") : undefined;
  const fileDescriptors = isLinux ? await countFileDescriptors() : undefined;
  const io = ioFrom(isLinux ? await fileText("/proc/self/io") : undefined);
  const fileDescriptorLimit = limitFrom(isLinux ? await seldomText("/proc/self/limits") : undefined);
  const sizes = status === undefined ? {} : sizesFromStatus(status);
  const residentBytes = sizes.residentBytes ?? residentBytesOfNode();
  const used = process.resourceUsage();
  return {
    ...sizes,
    ...(residentBytes !== undefined && { residentBytes }),
    ...(fileDescriptors !== undefined && { fileDescriptors }),
    ...(fileDescriptorLimit !== undefined && { fileDescriptorLimit }),
    ...(io !== undefined && { io }),
    userSeconds: used.userCPUTime / 1e6,
    systemSeconds: used.systemCPUTime / 1e6,
    voluntaryContextSwitches: used.voluntaryContextSwitches,
    involuntaryContextSwitches: used.involuntaryContextSwitches,
    minorFaults: used.minorPageFault,
    majorFaults: used.majorPageFault,
    uptimeSeconds: process.uptime(),
  };
}

// On Linux, Node.js reads it from `/proc` too.
function residentBytesOfNode(): number | undefined {
  try {
    return process.memoryUsage.rss();
  } catch {
    return undefined;
  }
}

/** Sizes from `/proc/self/status`; missing ones, such as those of a zombie, are absent. */
export function sizesFromStatus(
  text: string,
): Partial<
  Pick<ProcessReading, "residentBytes" | "virtualBytes" | "dataBytes" | "threads" | "pendingSignals">
> {
  const residentBytes = bytesAfter("VmRSS:", text);
  const virtualBytes = bytesAfter("VmSize:", text);
  const dataBytes = bytesAfter("VmData:", text);
  const threads = numberAfter("Threads:", text);
  const pendingSignals = pendingSignalsFrom(text);
  return {
    ...(residentBytes !== undefined && { residentBytes }),
    ...(virtualBytes !== undefined && { virtualBytes }),
    ...(dataBytes !== undefined && { dataBytes }),
    ...(threads !== undefined && { threads }),
    ...(pendingSignals !== undefined && { pendingSignals }),
  };
}

// One bit for each signal: those of the main thread, and those of the whole process.
function pendingSignalsFrom(text: string): number | undefined {
  const [, ofThread] = /^SigPnd:\s+([0-9a-f]{1,32})$/m.exec(text) ?? [];
  const [, ofProcess] = /^ShdPnd:\s+([0-9a-f]{1,32})$/m.exec(text) ?? [];
  if (ofThread === undefined || ofProcess === undefined) return undefined;
  const bits = (BigInt(`0x${ofThread}`) | BigInt(`0x${ofProcess}`)).toString(2);
  return bits.replaceAll("0", "").length;
}

/** Parses `/proc/self/io`; `undefined` if a figure is missing. */
export function ioFrom(text: string | undefined): ProcessIo | undefined {
  if (text === undefined) return undefined;
  const readBytes = numberAfter("read_bytes:", text);
  const writtenBytes = numberAfter("write_bytes:", text);
  const readOperations = numberAfter("syscr:", text);
  const writeOperations = numberAfter("syscw:", text);
  if (readBytes === undefined || writtenBytes === undefined) return undefined;
  if (readOperations === undefined || writeOperations === undefined) return undefined;
  return { readBytes, writtenBytes, readOperations, writeOperations };
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
    return count > 0 ? count : (await namesIn(DESCRIPTORS)).length - 1;
  } catch (error) {
    return refused(DESCRIPTORS, error);
  }
}
