import { freemem, totalmem } from "node:os";
import { fileText, numberAfter } from "./file-text.ts";

/** Swap of the machine; both are 0 without swap. */
export interface SwapReading {
  readonly swapTotalBytes?: number | undefined;
  readonly swapFreeBytes?: number | undefined;
}

/** Memory of the machine. Optional figures are absent outside of Linux. */
export interface MemoryReading extends SwapReading {
  readonly totalBytes: number;
  /** Memory available without swapping; on Linux this includes reclaimable caches. */
  readonly availableBytes: number;
  /** Memory that is not even used by caches. */
  readonly freeBytes: number;
  readonly buffersBytes?: number;
  /** Page cache and reclaimable kernel caches, as `free` counts them. */
  readonly cachedBytes?: number;
}

export async function readMemory(): Promise<MemoryReading> {
  const text = process.platform === "linux" ? await fileText("/proc/meminfo") : undefined;
  return (text === undefined ? undefined : memoryFromMeminfo(text)) ?? memoryFromNode();
}

/** Parses `/proc/meminfo`; `undefined` if the total is missing. */
export function memoryFromMeminfo(text: string): MemoryReading | undefined {
  const known = (name: string): number | undefined => {
    const kibibytes = numberAfter(`${name}:`, text);
    return kibibytes === undefined ? undefined : kibibytes * 1024;
  };
  const bytes = (name: string): number => known(name) ?? 0;
  const totalBytes = known("MemTotal");
  if (totalBytes === undefined) return undefined;
  const freeBytes = bytes("MemFree");
  const buffersBytes = bytes("Buffers");
  const cachedBytes = bytes("Cached") + bytes("SReclaimable");
  return {
    totalBytes,
    // Missing before Linux 3.14.
    availableBytes: known("MemAvailable") ?? Math.min(totalBytes, freeBytes + buffersBytes + cachedBytes),
    freeBytes,
    buffersBytes,
    cachedBytes,
    swapTotalBytes: bytes("SwapTotal"),
    swapFreeBytes: bytes("SwapFree"),
  };
}

function memoryFromNode(): MemoryReading {
  const freeBytes = freemem();
  return { totalBytes: totalmem(), availableBytes: freeBytes, freeBytes };
}

/** Paging of the machine since it started, in pages. */
export interface PagingReading {
  /** Page faults without a read from a disk. */
  readonly minorFaults: number;
  /** Page faults that waited for a disk. */
  readonly majorFaults: number;
  readonly swappedIn: number;
  readonly swappedOut: number;
}

/** Reads the paging of the machine; `undefined` outside of Linux. */
export async function readPaging(): Promise<PagingReading | undefined> {
  const text = process.platform === "linux" ? await fileText("/proc/vmstat") : undefined;
  return text === undefined ? undefined : pagingFromVmstat(text);
}

/** Parses `/proc/vmstat`; `undefined` if page faults are missing. */
export function pagingFromVmstat(text: string): PagingReading | undefined {
  const [faults, majorFaults] = [numberAfter("pgfault ", text), numberAfter("pgmajfault ", text)];
  if (faults === undefined || majorFaults === undefined) return undefined;
  return {
    minorFaults: Math.max(0, faults - majorFaults),
    majorFaults,
    swappedIn: numberAfter("pswpin ", text) ?? 0,
    swappedOut: numberAfter("pswpout ", text) ?? 0,
  };
}
