// What the disks have done since the machine started.
import { existsSync } from "node:fs";
import { fileText, wordsOf } from "./file-text.ts";

/** What was read from a disk, or written to it. */
export interface TransferReading {
  readonly bytes: number;
  readonly operations: number;
  /** Operations that the kernel put together with another one. */
  readonly merged: number;
  /** Time that operations took, added up: two at the same time count twice. */
  readonly seconds: number;
}

/** One disk, as the kernel numbers them: also a mapped one (`dm-0`) and a compound one (`md0`). */
export interface DiskReading {
  /** `sda`, `nvme0n1`. */
  readonly device: string;
  readonly reads: TransferReading;
  readonly writes: TransferReading;
  /** Time in which at least one operation was under way. */
  readonly busySeconds: number;
}

/** What may be known of a disk, or of all together. */
export interface DiskFigures {
  /** Absent for all disks together. */
  readonly device?: string;
  readonly reads: TransferFigures;
  readonly writes: TransferFigures;
  readonly busySeconds?: number;
}

type TransferFigures = { readonly [Figure in keyof TransferReading]?: number | undefined };

// The kernel counts in these, whatever the disk's own sectors are.
const SECTOR_BYTES = 512;

// Files and memory that stand for disks.
const STAND_IN = /^(?:loop|ram|zram)\d/;

/** The disks, without their partitions; `undefined` where the system does not tell: outside of Linux. */
export async function readDisks(): Promise<readonly DiskReading[] | undefined> {
  const text = process.platform === "linux" ? await fileText("/proc/diskstats") : undefined;
  return text === undefined ? undefined : disksFromDiskstats(text, isWhole);
}

const wholeness = new Map<string, boolean>();
const MAX_DEVICES_KNOWN = 1_000;

// Slashes in a device's name are exclamation marks there: `cciss/c0d0`.
function isWhole(device: string): boolean {
  const known = wholeness.get(device);
  if (known !== undefined) return known;
  if (wholeness.size >= MAX_DEVICES_KNOWN) wholeness.clear();
  const whole = existsSync(`/sys/block/${device.replaceAll("/", "!")}`);
  wholeness.set(device, whole);
  return whole;
}

/** Reads `/proc/diskstats`: of its devices those that are whole disks. */
export function disksFromDiskstats(
  text: string,
  isWholeDisk: (device: string) => boolean,
): readonly DiskReading[] {
  const disks: DiskReading[] = [];
  for (const line of text.split("\n")) {
    const [, , device = "", ...words] = wordsOf(line);
    // Kernels before 2.6.25 tell less of partitions.
    if (words.length < 11 || STAND_IN.test(device) || !isWholeDisk(device)) continue;
    const counts = words.map(Number);
    if (counts.some(Number.isNaN)) continue;
    disks.push({
      device,
      reads: transferFrom(counts.slice(0, 4)),
      writes: transferFrom(counts.slice(4, 8)),
      busySeconds: counts[9]! / 1000,
    });
  }
  return disks;
}

function transferFrom([
  operations = 0,
  merged = 0,
  sectors = 0,
  millis = 0,
]: readonly number[]): TransferReading {
  return { bytes: sectors * SECTOR_BYTES, operations, merged, seconds: millis / 1000 };
}
