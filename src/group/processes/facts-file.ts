// The facts of a process, one text that is replaced in place.
//
// ```
//    0  u32  magic
//    4  u32  CRC-32 of the rest
//    8  u32  sequence
//   12  u32  bytes of the text, which follows
// ```
import { closeSync, existsSync } from "node:fs";
import { join } from "node:path";
import { crc32 } from "../../io/bytes/crc32.ts";
import { openForWriting, readAllSync, withFile, writeAllSync } from "./state-files.ts";

const MAGIC = 0x31464d54;
const HEADER_BYTES = 16;

export class FactsWriter {
  readonly #folder: string;
  readonly #path: string;
  #sequence = 0;

  constructor(folder: string) {
    this.#folder = folder;
    this.#path = join(folder, "facts");
  }

  /** Whether the text is missing in a folder that was removed and made again. */
  get isLost(): boolean {
    return this.#sequence > 0 && !existsSync(this.#path) && existsSync(this.#folder);
  }

  /** @throws the system's error; then readers keep the text before. */
  write(text: string): void {
    const content = Buffer.from(text);
    const bytes = Buffer.alloc(HEADER_BYTES + content.length);
    bytes.writeUInt32LE(MAGIC, 0);
    this.#sequence = (this.#sequence + 1) >>> 0;
    bytes.writeUInt32LE(this.#sequence, 8);
    bytes.writeUInt32LE(content.length, 12);
    content.copy(bytes, HEADER_BYTES);
    bytes.writeUInt32LE(crc32(bytes.subarray(8)), 4);
    const descriptor = openForWriting(this.#path);
    try {
      writeAllSync(descriptor, bytes, 0);
    } finally {
      closeSync(descriptor);
    }
  }
}

export class FactsReader {
  readonly #path: string;
  #crc: number | undefined;

  constructor(folder: string) {
    this.#path = join(folder, "facts");
  }

  /** Returns the text if it is another one than at the last call. A text that is being written is read by the next call. */
  read(): string | undefined {
    if (!existsSync(this.#path)) return undefined;
    return withFile(this.#path, (descriptor, size) => {
      const header = Buffer.alloc(HEADER_BYTES);
      const isWhole = readAllSync(descriptor, header, 0) === HEADER_BYTES && header.readUInt32LE(0) === MAGIC;
      const length = header.readUInt32LE(12);
      if (!isWhole || header.readUInt32LE(4) === this.#crc || HEADER_BYTES + length > size) return undefined;
      const text = Buffer.alloc(length);
      const crc = crc32(header.subarray(8));
      if (readAllSync(descriptor, text, HEADER_BYTES) < length) return undefined;
      if (crc32(text, crc) !== header.readUInt32LE(4)) return undefined;
      this.#crc = header.readUInt32LE(4);
      return text.toString("utf8");
    });
  }
}
