import { existsSync } from "node:fs";
import { fileText, refused, seldomText, wordsOf } from "./file-text.ts";

/** Reads or writes of a disk since the machine started; unknown figures are `undefined`. */
export interface TransferReading {
  readonly bytes?: number | undefined;
  readonly operations?: number | undefined;
  /** Operations that the kernel merged with another one. */
  readonly merged?: number | undefined;
  /** Total time of all operations; concurrent ones are added up. */
  readonly seconds?: number | undefined;
}

/** A disk, which may be a mapped (`dm-0`) or compound one (`md0`). */
export interface DiskReading {
  /** Such as `sda` or `nvme0n1`; absent for the sum of all disks. */
  readonly device?: string;
  readonly reads: TransferReading;
  readonly writes: TransferReading;
  /** Size of the disk. */
  readonly bytes?: number | undefined;
  /** Time with at least one operation in progress. */
  readonly busySeconds?: number;
}

// Unit of the kernel, independent of the disk's sector size.
const SECTOR_BYTES = 512;

// Files and memory used as disks.
const VIRTUAL = /^(?:loop|ram|zram)\d/;

/** Reads the disks, without partitions; `undefined` outside of Linux. */
export async function readDisks(): Promise<readonly DiskReading[] | undefined> {
  const text = process.platform === "linux" ? await fileText("/proc/diskstats") : undefined;
  if (text === undefined) return undefined;
  const disks = disksFromDiskstats(text, isWhole);
  return Promise.all(
    disks.map(async (disk) => ({ ...disk, bytes: await sizeOf(disk.device?.replaceAll("/", "!") ?? "") })),
  );
}

async function sizeOf(device: string): Promise<number | undefined> {
  const sectors = Number.parseInt((await seldomText(`/sys/block/${device}/size`)) ?? "", 10);
  return Number.isNaN(sectors) ? undefined : sectors * SECTOR_BYTES;
}

const wholeness = new Map<string, boolean>();
const MAX_DEVICES_KNOWN = 1_000;

// In `/sys/block`, `cciss/c0d0` is `cciss!c0d0`.
function isWhole(device: string): boolean {
  const known = wholeness.get(device);
  if (known !== undefined) return known;
  if (wholeness.size >= MAX_DEVICES_KNOWN) wholeness.clear();
  try {
    const whole = existsSync(`/sys/block/${device.replaceAll("/", "!")}`);
    wholeness.set(device, whole);
    return whole;
  } catch (error) {
    return refused("/sys/block", error) ?? false;
  }
}

/** Parses the whole disks of `/proc/diskstats`. */
export function disksFromDiskstats(
  text: string,
  isWholeDisk: (device: string) => boolean,
): readonly DiskReading[] {
  const disks: DiskReading[] = [];
  for (const line of text.split("\n")) {
    const [, , device = "", ...words] = wordsOf(line);
    // Kernels before 2.6.25 have fewer columns for partitions.
    if (words.length < 11 || VIRTUAL.test(device) || !isWholeDisk(device)) continue;
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
