// A file of frames. Its header, little endian:
//
// ```
//   0  "TMOUTBOX"
//   8  u32  version of the format
//  12  u32  CRC-32 of the preceding 12 bytes
//  16  the frames
// ```
import { crc32 } from "node:zlib";
import { join } from "node:path";
import { frameBytes } from "./frame.ts";
import type { QueueSize, StoredRecord } from "./record-queue.ts";

/** Bytes of a file before its first frame. */
export const SEGMENT_HEADER_BYTES = 16;

const MAGIC = "TMOUTBOX";
const VERSION = 1;
const NAME = /^(\d{10})\.segment$/;

/** The state of a file, known without reading it. */
export class Segment {
  readonly path: string;
  /** Bytes of acknowledged records in the file, header included; bytes behind them were not acknowledged. */
  fileBytes = 0;
  /** Offset of the first waiting frame. */
  position: number = SEGMENT_HEADER_BYTES;
  /** Whether more may be appended to it. */
  isOpen = false;
  /** Number of waiting records. */
  records = 0;
  points = 0;
  /** Time of the oldest waiting record; meaningless without one. */
  oldestTimeUnixMillis: number = Infinity;

  constructor(path: string) {
    this.path = path;
  }

  /** Counts a record whose frame is in the file. */
  add({ points, timeUnixMillis }: Pick<StoredRecord, "points" | "timeUnixMillis">): void {
    this.records++;
    this.points += points;
    // Records in a file are in the order of their collection, so the first one is the oldest.
    if (this.records === 1) this.oldestTimeUnixMillis = timeUnixMillis;
  }

  /** Undoes `add` of the last record, whose frame begins at `start`; what follows is not read. */
  takeBack({ start, points }: { readonly start: number; readonly points: number }): void {
    this.records--;
    this.points -= points;
    this.fileBytes = start;
    this.position = Math.min(this.position, start);
  }

  get size(): QueueSize {
    const { records, points } = this;
    return { bytes: records === 0 ? 0 : this.fileBytes - this.position, records, points };
  }

  /** Removes all waiting records; returns the number of their data points. */
  clear(): number {
    const { points } = this;
    this.records = 0;
    this.points = 0;
    this.position = this.fileBytes;
    return points;
  }
}

export function segmentPath(folder: string, number: number): string {
  return join(folder, `${String(number).padStart(10, "0")}.segment`);
}

/** Whether a file's name is that of a segment. Sorting by name sorts segments by age. */
export function isSegmentName(name: string): boolean {
  return NAME.test(name);
}

export function segmentHeader(): Uint8Array {
  const header = Buffer.alloc(SEGMENT_HEADER_BYTES);
  header.write(MAGIC, "latin1");
  header.writeUInt32LE(VERSION, 8);
  header.writeUInt32LE(crc32(header.subarray(0, 12)), 12);
  return header;
}

/**
 * The header of a file: `ours`, `foreign` (undamaged, of another version), or `headless` (incomplete or damaged).
 * Frames may follow even a damaged header.
 */
export function segmentKind(bytes: Buffer): "ours" | "foreign" | "headless" {
  if (bytes.length < SEGMENT_HEADER_BYTES || bytes.toString("latin1", 0, 8) !== MAGIC) return "headless";
  if (crc32(bytes.subarray(0, 12)) !== bytes.readUInt32LE(12)) return "headless";
  return bytes.readUInt32LE(8) === VERSION ? "ours" : "foreign";
}

/** Size of a segment with only these records, in bytes. */
export function bytesOfSegment(records: readonly StoredRecord[]): number {
  return records.reduce((sum, record) => sum + frameBytes(record), SEGMENT_HEADER_BYTES);
}

/** A new array of the first records that fit into a file of `maxBytes`; at least one, unless `records` is empty. */
export function firstThatFit(records: readonly StoredRecord[], maxBytes: number): readonly StoredRecord[] {
  let bytes = SEGMENT_HEADER_BYTES;
  const tooMany = records.findIndex((record) => (bytes += frameBytes(record)) > maxBytes);
  return records.slice(0, tooMany === -1 ? records.length : Math.max(1, tooMany));
}
