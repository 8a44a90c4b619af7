// Finds the whole frames of a file, in pieces of bounded size: files may be torn, huge, or made to be slow to read.
import type { FileHandle } from "node:fs/promises";
import { crc32 } from "node:zlib";
import { nextTurn } from "../yield.ts";
import { readFully } from "./file-calls.ts";
import { FRAME_HEADER_BYTES, FRAME_MARK, type FrameHeader, frameHeaderAt } from "./frame.ts";

const PIECE_BYTES = 1_048_576;
const CHECKED_FROM = 8;
// Marks inside of damaged bytes may claim any length. Honest damage needs a few vain checks; a file that was made to
// need one for every few bytes is given up.
const CHECKS_OF_THE_FILE = 16;

/** A whole frame, without its body. */
export interface FoundFrame extends FrameHeader {
  readonly start: number;
  readonly end: number;
}

/** Reads a file from `position` on. Memory: two pieces of 1 MiB. Time: linear in the file's size. */
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

  /** The next whole frame; what lies between two is damaged. `undefined` at the end, or once the file is given up. */
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

  /** Whether the rest of the file was not looked at, since that would take too long. */
  get isGivenUp(): boolean {
    return this.#checkable < 0;
  }

  async #nextMark(): Promise<number | undefined> {
    let from = this.#position;
    while (from + FRAME_HEADER_BYTES <= this.#size) {
      const { start, bytes } = await this.#pieceAt(from, FRAME_MARK.length);
      const found = bytes.indexOf(FRAME_MARK, from - start);
      if (found !== -1) return start + found;
      // A mark may lie across the end of the piece: its last bytes are looked at once more, with the next ones.
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

  // With `least` bytes from `position` on, unless the file ends before.
  async #pieceAt(position: number, least = 1): Promise<{ readonly start: number; readonly bytes: Buffer }> {
    const { start, bytes } = this.#piece;
    const wanted = Math.min(position + least, this.#size);
    if (position >= start && position < wanted && wanted <= start + bytes.length) {
      // Checksums of what is in memory: other work goes on between them.
      await nextTurn();
      return this.#piece;
    }
    const length = Math.min(PIECE_BYTES, this.#size - position);
    this.#piece = { start: position, bytes: await readFully(this.#handle, position, Math.max(0, length)) };
    return this.#piece;
  }
}
