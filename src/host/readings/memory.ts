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
  /** Memory that processes share, and files in memory. */
  readonly sharedBytes?: number | undefined;
  /** The kernel's caches of its own objects. */
  readonly slab?: { readonly reclaimableBytes: number; readonly unreclaimableBytes: number } | undefined;
  /** Huge pages; absent if none are set up. */
  readonly hugePages?: HugePages | undefined;
}

interface HugePages {
  readonly total: number;
  readonly free: number;
  readonly reserved: number;
  /** Pages above the configured number. */
  readonly surplus: number;
  readonly pageBytes: number;
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
  const unreclaimableBytes = known("SUnreclaim");
  const slab =
    unreclaimableBytes === undefined
      ? undefined
      : { reclaimableBytes: bytes("SReclaimable"), unreclaimableBytes };
  return {
    totalBytes,
    // Missing before Linux 3.14.
    availableBytes: known("MemAvailable") ?? Math.min(totalBytes, freeBytes + buffersBytes + cachedBytes),
    freeBytes,
    buffersBytes,
    cachedBytes,
    swapTotalBytes: bytes("SwapTotal"),
    swapFreeBytes: bytes("SwapFree"),
    ...present("sharedBytes", known("Shmem")),
    ...present("slab", slab),
    ...present("hugePages", hugePagesFrom(text)),
  };
}

function hugePagesFrom(text: string): HugePages | undefined {
  const count = (name: string): number => numberAfter(`HugePages_${name}:`, text) ?? 0;
  const kibibytes = numberAfter("Hugepagesize:", text);
  const total = count("Total");
  if (total === 0 || kibibytes === undefined) return undefined;
  const pageBytes = kibibytes * 1024;
  return { total, free: count("Free"), reserved: count("Rsvd"), surplus: count("Surp"), pageBytes };
}

function present<Key extends keyof MemoryReading>(
  key: Key,
  value: MemoryReading[Key] | undefined,
): Pick<MemoryReading, Key> | object {
  return value === undefined ? {} : { [key]: value };
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
