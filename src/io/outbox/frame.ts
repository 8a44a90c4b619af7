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

/** What each frame starts with. */
export const FRAME_MARK: Buffer = Buffer.from("TMR1", "latin1");
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
    FRAME_MARK.copy(header);
    header.writeUInt32LE(record.body.byteLength, 8);
    header.writeUInt32LE(record.points >>> 0, 12);
    header.writeDoubleLE(record.sequence, 16);
    header.writeDoubleLE(record.timeUnixMillis, 24);
    header.writeUInt32LE(crc32(record.body, crc32(header.subarray(CHECKED_FROM))), 4);
    return [header, record.body];
  });
}

/** What a frame's header says. */
export interface FrameHeader {
  readonly bodyBytes: number;
  readonly checksum: number;
  readonly points: number;
  readonly sequence: number;
  readonly timeUnixMillis: number;
}

/** The header at `start`; `undefined` if there is none, or one whose number or time no record has. */
export function frameHeaderAt(bytes: Buffer, start: number): FrameHeader | undefined {
  if (start + FRAME_HEADER_BYTES > bytes.length) return undefined;
  if (bytes.compare(FRAME_MARK, 0, FRAME_MARK.length, start, start + FRAME_MARK.length) !== 0)
    return undefined;
  const header = {
    bodyBytes: bytes.readUInt32LE(start + 8),
    checksum: bytes.readUInt32LE(start + 4),
    points: bytes.readUInt32LE(start + 12),
    sequence: bytes.readDoubleLE(start + 16),
    timeUnixMillis: bytes.readDoubleLE(start + 24),
  };
  return Number.isSafeInteger(header.sequence) && Number.isFinite(header.timeUnixMillis) ? header : undefined;
}

/** The frame that starts at `start`, if it is whole and unharmed. Its body shares the memory of `bytes`. */
export function frameAt(bytes: Buffer, start: number): Frame | undefined {
  const header = frameHeaderAt(bytes, start);
  if (header === undefined) return undefined;
  const bodyStart = start + FRAME_HEADER_BYTES;
  const end = bodyStart + header.bodyBytes;
  if (end > bytes.length) return undefined;
  if (crc32(bytes.subarray(start + CHECKED_FROM, end)) !== header.checksum) return undefined;
  const { points, sequence, timeUnixMillis } = header;
  return { start, end, body: bytes.subarray(bodyStart, end), points, sequence, timeUnixMillis };
}
