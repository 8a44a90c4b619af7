// How one record lies in a file. Little endian:
//
//   0  "TMR1", where a frame starts: what is damaged is skipped by looking for the next one
//   4  u32  CRC-32 of everything from byte 8 to the end of the body
//   8  u32  length of the body in bytes
//  12  u32  data points in the body
//  16  f64  sequence number, counted up by one within a folder
//  24  f64  time, milliseconds since the epoch
//  32  the body
import { crc32 } from "node:zlib";
import type { StoredRecord } from "./record-queue.ts";

/** Bytes of a frame before its body. */
export const FRAME_HEADER_BYTES = 32;

const MARK = Buffer.from("TMR1", "latin1");
const CHECKED_FROM = 8;

/** A frame that was found whole. */
export interface Frame extends StoredRecord {
  /** Where it starts in the bytes that were searched. */
  readonly start: number;
  /** Where it ends, exclusively. */
  readonly end: number;
}

/** Bytes that a record takes in a file. */
export function frameBytes(record: { readonly body: Uint8Array }): number {
  return FRAME_HEADER_BYTES + record.body.byteLength;
}

/** The frames of `records`, one after the other, in pieces that need not be joined to be written. */
export function framesOf(records: readonly StoredRecord[]): Uint8Array[] {
  const headers = Buffer.allocUnsafe(records.length * FRAME_HEADER_BYTES);
  return records.flatMap((record, i) => {
    const header = headers.subarray(i * FRAME_HEADER_BYTES, (i + 1) * FRAME_HEADER_BYTES);
    MARK.copy(header);
    header.writeUInt32LE(record.body.byteLength, 8);
    header.writeUInt32LE(record.points >>> 0, 12);
    header.writeDoubleLE(record.sequence, 16);
    header.writeDoubleLE(record.timeUnixMillis, 24);
    header.writeUInt32LE(crc32(record.body, crc32(header.subarray(CHECKED_FROM))), 4);
    return [header, record.body];
  });
}

/**
 * The first whole frame that starts at `from` or behind it; what lies between is damaged or torn. Its body shares the
 * memory of `bytes`.
 */
export function nextFrame(bytes: Buffer, from: number): Frame | undefined {
  for (let at = bytes.indexOf(MARK, from); at !== -1; at = bytes.indexOf(MARK, at + 1)) {
    const frame = frameAt(bytes, at);
    if (frame !== undefined) return frame;
  }
  return undefined;
}

/** The frame that starts at `start`, where it is whole and unharmed. */
export function frameAt(bytes: Buffer, start: number): Frame | undefined {
  const bodyStart = start + FRAME_HEADER_BYTES;
  if (bodyStart > bytes.length || bytes.compare(MARK, 0, MARK.length, start, start + MARK.length) !== 0) {
    return undefined;
  }
  const end = bodyStart + bytes.readUInt32LE(start + 8);
  if (end > bytes.length) return undefined;
  if (crc32(bytes.subarray(start + CHECKED_FROM, end)) !== bytes.readUInt32LE(start + 4)) return undefined;
  return {
    start,
    end,
    body: bytes.subarray(bodyStart, end),
    points: bytes.readUInt32LE(start + 12),
    sequence: bytes.readDoubleLE(start + 16),
    timeUnixMillis: bytes.readDoubleLE(start + 24),
  };
}
