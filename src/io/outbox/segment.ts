// A file of frames. Its header, little endian:
//
//   0  "TMOUTBOX"
//   8  u32  version of the format
//  12  u32  CRC-32 of the 12 bytes before
//  16  the frames
import { crc32 } from "node:zlib";
import { join } from "node:path";
import { frameBytes } from "./frame.ts";
import type { QueueSize, StoredRecord } from "./record-queue.ts";

/** Bytes of a file before its first frame. */
export const SEGMENT_HEADER_BYTES = 16;

const MAGIC = "TMOUTBOX";
const VERSION = 1;
const NAME = /^(\d{10})\.segment$/;

/** What is known of a file without reading it. */
export class Segment {
  readonly path: string;
  /** What is known to be in the file; what lies behind it was not acknowledged. */
  fileBytes = 0;
  /** Where the first frame starts that still waits. */
  position: number = SEGMENT_HEADER_BYTES;
  /** Whether more may be appended to it. */
  isOpen = false;
  /** What still waits. */
  records = 0;
  points = 0;
  /** Of what still waits; meaningless if nothing does. */
  oldestTimeUnixMillis: number = Infinity;

  constructor(path: string) {
    this.path = path;
  }

  /** Takes note of a record whose frame is in the file. */
  add({ points, timeUnixMillis }: Pick<StoredRecord, "points" | "timeUnixMillis">): void {
    this.records++;
    this.points += points;
    // Within a file records are in the order of their collection, so the first one's time stands for all.
    if (this.records === 1) this.oldestTimeUnixMillis = timeUnixMillis;
  }

  get size(): QueueSize {
    const { records, points } = this;
    return { bytes: records === 0 ? 0 : this.fileBytes - this.position, records, points };
  }

  /** Forgets everything in it; returns how many points still waited. */
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

/** Whether a file's name is that of a segment; sorted by name, segments are in their order. */
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
 * What stands at the start of a file: a header of ours, a `foreign` one that is unharmed and of another version, or none
 * (never written in full, or harmed), behind which frames may be found all the same.
 */
export function segmentKind(bytes: Buffer): "ours" | "foreign" | "headless" {
  if (bytes.length < SEGMENT_HEADER_BYTES || bytes.toString("latin1", 0, 8) !== MAGIC) return "headless";
  if (crc32(bytes.subarray(0, 12)) !== bytes.readUInt32LE(12)) return "headless";
  return bytes.readUInt32LE(8) === VERSION ? "ours" : "foreign";
}

/** What records take as a segment of their own, in bytes. */
export function bytesOfSegment(records: readonly StoredRecord[]): number {
  return records.reduce((sum, record) => sum + frameBytes(record), SEGMENT_HEADER_BYTES);
}

/** The first records that fit into a file of `maxBytes`, at least one if there is any, in a list of their own. */
export function firstThatFit(records: readonly StoredRecord[], maxBytes: number): readonly StoredRecord[] {
  let bytes = SEGMENT_HEADER_BYTES;
  const tooMany = records.findIndex((record) => (bytes += frameBytes(record)) > maxBytes);
  return records.slice(0, tooMany === -1 ? records.length : Math.max(1, tooMany));
}
