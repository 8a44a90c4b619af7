// Format of one record in a file, little endian:
//
// ```
//   0  "TMR1", the mark at the start of each frame; damaged bytes are skipped by searching for the next mark
//   4  u32  CRC-32 of everything from byte 8 to the end of the body
//   8  u32  length of the body in bytes
//  12  u32  data points in the body
//  16  f64  sequence number, counted up by one within a folder
//  24  f64  time, milliseconds since the epoch
//  32  the body
// ```
import { crc32 } from "node:zlib";
import type { StoredRecord } from "./record-queue.ts";
import type { FileHandle } from "node:fs/promises";
import { nextTurn } from "../yield.ts";
import { readFully } from "./file-calls.ts";

export const FRAME_HEADER_BYTES = 32;

const FRAME_MARK: Buffer = Buffer.from("TMR1", "latin1");
const CHECKED_FROM = 8;

export interface Frame extends StoredRecord {
  /** Offset of its first byte. */
  readonly start: number;
  /** Offset behind its last byte. */
  readonly end: number;
}

export function frameBytes(record: { readonly body: Uint8Array }): number {
  return FRAME_HEADER_BYTES + record.body.byteLength;
}

/** The frames of `records` in order, as pieces to be written without joining them. */
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

interface FrameHeader {
  readonly bodyBytes: number;
  readonly checksum: number;
  readonly points: number;
  readonly sequence: number;
  readonly timeUnixMillis: number;
}

/** The header at `start`; `undefined` if it is missing, or its sequence number or time is invalid. */
function frameHeaderAt(bytes: Buffer, start: number): FrameHeader | undefined {
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

/** The frame at `start` if it is complete and undamaged. Its body shares the memory of `bytes`. */
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

const PIECE_BYTES = 1_048_576;
// Marks in damaged bytes may claim any length, and each costs a checksum of that length. Accidental damage causes a few
// of them; a file crafted to cause one every few bytes is given up.
const CHECKS_OF_THE_FILE = 16;

/** A complete frame, without its body. */
export interface FoundFrame extends FrameHeader {
  readonly start: number;
  readonly end: number;
}

/** Searches a file for frames, starting at `position`. Memory: two pieces of 1 MiB. Time: linear in the file's size. */
export class FrameScanner {
  readonly #handle: FileHandle;
  readonly #size: number;
  #position: number;
  #checkable: number;
  #piece: { readonly start: number; readonly bytes: Buffer } = { start: 0, bytes: Buffer.alloc(0) };

  constructor(handle: FileHandle, size: number, position = 0) {
    this.#handle = handle;
    this.#size = size;
    this.#position = position;
    this.#checkable = CHECKS_OF_THE_FILE * size + PIECE_BYTES;
  }

  /** The next complete frame; bytes between two are damaged. `undefined` at the end, or once the file is given up. */
  async next(): Promise<FoundFrame | undefined> {
    for (;;) {
      const start = await this.#nextMark();
      if (start === undefined) return undefined;
      const frame = await this.#frameAt(start);
      if (this.isGivenUp) return undefined;
      this.#position = frame?.end ?? start + 1;
      if (frame !== undefined) return frame;
    }
  }

  /** Whether the rest of the file was skipped, since it would take too long. */
  get isGivenUp(): boolean {
    return this.#checkable < 0;
  }

  async #nextMark(): Promise<number | undefined> {
    let from = this.#position;
    while (from + FRAME_HEADER_BYTES <= this.#size) {
      const { start, bytes } = await this.#pieceAt(from, FRAME_MARK.length);
      const found = bytes.indexOf(FRAME_MARK, from - start);
      if (found !== -1) return start + found;
      // A mark may span the end of the piece, so its last bytes are searched again with the next piece.
      from = Math.max(from + 1, start + bytes.length - FRAME_MARK.length + 1);
      if (bytes.length === 0) return undefined;
    }
    return undefined;
  }

  async #frameAt(start: number): Promise<FoundFrame | undefined> {
    let { start: pieceStart, bytes } = await this.#pieceAt(start);
    if (start - pieceStart + FRAME_HEADER_BYTES > bytes.length) {
      bytes = await readFully(this.#handle, start, FRAME_HEADER_BYTES);
      pieceStart = start;
    }
    const header = frameHeaderAt(bytes, start - pieceStart);
    if (header === undefined) return undefined;
    const end = start + FRAME_HEADER_BYTES + header.bodyBytes;
    if (end > this.#size) return undefined;
    this.#checkable -= end - start;
    if (this.isGivenUp) return undefined;
    return (await this.#checksum(start + CHECKED_FROM, end)) === header.checksum
      ? { ...header, start, end }
      : undefined;
  }

  async #checksum(from: number, end: number): Promise<number> {
    let checksum = 0;
    for (let at = from; at < end;) {
      const { start, bytes } = await this.#pieceAt(at);
      const part = bytes.subarray(at - start, Math.min(bytes.length, end - start));
      if (part.length === 0) return -1;
      checksum = crc32(part, checksum);
      at += part.length;
    }
    return checksum;
  }

  // A piece with at least `least` bytes from `position`, or fewer at the end of the file.
  async #pieceAt(position: number, least = 1): Promise<{ readonly start: number; readonly bytes: Buffer }> {
    const { start, bytes } = this.#piece;
    const wanted = Math.min(position + least, this.#size);
    if (position >= start && position < wanted && wanted <= start + bytes.length) {
      // Without a read, checksums of bytes in memory would block the event loop.
      await nextTurn();
      return this.#piece;
    }
    const length = Math.min(PIECE_BYTES, this.#size - position);
    this.#piece = { start: position, bytes: await readFully(this.#handle, position, Math.max(0, length)) };
    return this.#piece;
  }
}
