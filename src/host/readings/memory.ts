// The machine's memory.
import { freemem, totalmem } from "node:os";
import { fileText, numberAfter } from "./file-text.ts";

/** The machine's swap. */
export interface SwapReading {
  /** Both 0 where there is no swap. */
  readonly swapTotalBytes?: number | undefined;
  readonly swapFreeBytes?: number | undefined;
}

/** The machine's memory. What the platform does not tell is absent: all that is optional, outside of Linux. */
export interface MemoryReading extends SwapReading {
  readonly totalBytes: number;
  /** What can be had without swapping: on Linux, caches that can be given up count as available. */
  readonly availableBytes: number;
  /** What nothing uses, caches included. */
  readonly freeBytes: number;
  readonly buffersBytes?: number;
  /** The page cache, and of the kernel's own caches what can be given up, as `free` counts it. */
  readonly cachedBytes?: number;
}

/** The machine's memory. */
export async function readMemory(): Promise<MemoryReading> {
  const text = process.platform === "linux" ? await fileText("/proc/meminfo") : undefined;
  return (text === undefined ? undefined : memoryFromMeminfo(text)) ?? memoryFromNode();
}

/** Reads `/proc/meminfo`; `undefined` where it lacks the total. */
export function memoryFromMeminfo(text: string): MemoryReading | undefined {
  const bytesIfTold = (name: string): number | undefined => {
    const kibibytes = numberAfter(`${name}:`, text);
    return kibibytes === undefined ? undefined : kibibytes * 1024;
  };
  const bytes = (name: string): number => bytesIfTold(name) ?? 0;
  const totalBytes = bytesIfTold("MemTotal");
  if (totalBytes === undefined) return undefined;
  const freeBytes = bytes("MemFree");
  const buffersBytes = bytes("Buffers");
  const cachedBytes = bytes("Cached") + bytes("SReclaimable");
  return {
    totalBytes,
    // Kernels before 3.14 do not tell.
    availableBytes:
      bytesIfTold("MemAvailable") ?? Math.min(totalBytes, freeBytes + buffersBytes + cachedBytes),
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
