// The figures of dead members, in one file. Each change replaces it by a rename.
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
//
// The total of a group is these figures plus the states of all folders whose ids are not in the list. A member is folded
// by one rename, and its folder removed afterwards. If the aggregator dies in between, the folder no longer counts.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { isAbsent } from "../../io/files/open-file.ts";
import { replaceFileSync } from "../../io/files/replace.ts";
import { isBootId, removeMember } from "./member-folders.ts";
import { FILE_MODE } from "./state-files.ts";
import type { FigureSource } from "./state-writer.ts";

const MAGIC = 0x31444d54;
const HEADER_BYTES = 32;
// Ids are kept after the removal of their folders, for members that were taken for dead and make theirs again.
const MAX_REMOVED_IDS = 1_024;

/** Figures of all members that were folded. */
export interface DepartedFigures {
  /** Their boot ids; of those without a folder only the latest. */
  readonly ids: readonly string[];
  readonly log: Uint8Array<ArrayBuffer>;
  readonly cells: Uint8Array<ArrayBuffer>;
}

/** The departed figures on disk. Only the aggregator writes them. */
export class Departed {
  readonly #folder: string;
  readonly #ids: Set<string>;

  /** Reads the ids of an existing file; a damaged one counts as absent. */
  constructor(folder: string) {
    this.#folder = folder;
    const stored = readDeparted(folder);
    this.#ids = new Set(stored === "damaged" ? [] : stored?.ids);
  }

  has(id: string): boolean {
    return this.#ids.has(id);
  }

  /**
   * Replaces the figures by `figures`, which include those of `ids`, and removes their folders.
   *
   * @throws FileError if they cannot be written; then nothing has changed on disk.
   */
  fold(ids: readonly string[], figures: FigureSource): void {
    const all = this.#keptIds(ids);
    replaceFileSync(join(this.#folder, "departed"), encode(all, figures), FILE_MODE);
    this.#ids.clear();
    for (const id of all) this.#ids.add(id);
    for (const id of ids) removeMember(this.#folder, id);
  }

  #keptIds(added: readonly string[]): readonly string[] {
    const before = [...this.#ids].filter((id) => !added.includes(id));
    const removed = before.filter((id) => !existsSync(join(this.#folder, id)));
    const dropped = new Set(removed.slice(0, Math.max(0, removed.length - MAX_REMOVED_IDS)));
    return [...before.filter((id) => !dropped.has(id)), ...added];
  }
}

/** The departed figures of a group; `undefined` without any. */
export function readDeparted(folder: string): DepartedFigures | "damaged" | undefined {
  try {
    return decode(readFileSync(join(folder, "departed"))) ?? "damaged";
  } catch (error) {
    return isAbsent(error) ? undefined : "damaged";
  }
}

function encode(ids: readonly string[], figures: FigureSource): Uint8Array {
  const list = Buffer.from(JSON.stringify(ids));
  const log = figures.copyLog(0);
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

function decode(bytes: Buffer): DepartedFigures | undefined {
  if (bytes.length < HEADER_BYTES || bytes.readUInt32LE(0) !== MAGIC) return undefined;
  if (bytes.readUInt32LE(4) !== crc32(bytes.subarray(8))) return undefined;
  const logStart = HEADER_BYTES + bytes.readUInt32LE(8);
  const cellsStart = logStart + bytes.readDoubleLE(16);
  if (cellsStart + bytes.readDoubleLE(24) !== bytes.length) return undefined;
  const ids: unknown = JSON.parse(bytes.toString("utf8", HEADER_BYTES, logStart));
  if (!Array.isArray(ids)) return undefined;
  return {
    ids: ids.filter((id: unknown): id is string => typeof id === "string" && isBootId(id)),
    log: new Uint8Array(bytes.subarray(logStart, cellsStart)),
    cells: new Uint8Array(bytes.subarray(cellsStart)),
  };
}
