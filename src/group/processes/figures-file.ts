// Figures in one file. Each change replaces it by a rename.
//
// ```
//    0  u32  magic
//    4  u32  CRC-32 of the rest
//    8  u32  bytes of ids
//   12  u32  reserved
//   16  f64  bytes of log
//   24  f64  bytes of cells
//   32  ids of the members in it, as JSON; log; cells
// ```
import { crc32 } from "../../io/bytes/crc32.ts";
import { readBytesSync, readFailure } from "../../io/files/open-file.ts";
import { replaceFileSync } from "../../io/files/replace.ts";
import { FILE_MODE } from "./state-files.ts";
import type { FigureSource } from "./state-writer.ts";

const MAGIC = 0x31444d54;
const HEADER_BYTES = 32;

/** Figures that were read from a file. */
export interface KeptFigures {
  readonly ids: readonly string[];
  readonly log: Uint8Array<ArrayBuffer>;
  readonly cells: Uint8Array<ArrayBuffer>;
}

/**
 * Reads a file of figures; `undefined` if it does not exist.
 *
 * @throws the system's error if it cannot be read now.
 */
export function readFigures(file: string): KeptFigures | "damaged" | undefined {
  try {
    return decode(readBytesSync(file)) ?? "damaged";
  } catch (error) {
    const failure = readFailure(error);
    if (failure === "unreadable") throw error;
    return failure === "absent" ? undefined : failure;
  }
}

/** @throws FileError if it cannot be written; then nothing has changed on disk. */
export function writeFigures(file: string, ids: readonly string[], figures: FigureSource): void {
  replaceFileSync(file, encode(ids, figures), FILE_MODE);
}

function encode(ids: readonly string[], figures: FigureSource): Uint8Array {
  const list = Buffer.from(JSON.stringify(ids));
  const log = figures.logFrom(0);
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32LE(MAGIC, 0);
  header.writeUInt32LE(list.length, 8);
  header.writeDoubleLE(log.length, 16);
  header.writeDoubleLE(
    figures.cells.reduce((sum, { length }) => sum + length, 0),
    24,
  );
  const bytes = Buffer.concat([header, list, log, ...figures.cells]);
  bytes.writeUInt32LE(crc32(bytes.subarray(8)), 4);
  return bytes;
}

function decode(bytes: Buffer): KeptFigures | undefined {
  if (bytes.length < HEADER_BYTES || bytes.readUInt32LE(0) !== MAGIC) return undefined;
  if (bytes.readUInt32LE(4) !== crc32(bytes.subarray(8))) return undefined;
  const logStart = HEADER_BYTES + bytes.readUInt32LE(8);
  const cellsStart = logStart + bytes.readDoubleLE(16);
  if (cellsStart + bytes.readDoubleLE(24) !== bytes.length) return undefined;
  const ids: unknown = JSON.parse(bytes.toString("utf8", HEADER_BYTES, logStart));
  if (!Array.isArray(ids)) return undefined;
  return {
    ids: ids.filter((id: unknown): id is string => typeof id === "string"),
    log: new Uint8Array(bytes.subarray(logStart, cellsStart)),
    cells: new Uint8Array(bytes.subarray(cellsStart)),
  };
}
