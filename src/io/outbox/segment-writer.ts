// Appends frames to the newest segment of the process' own folder.
import {
  closeSync,
  constants,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  openSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { FILE_MODE, type FileCalls, syncFolder } from "./file-calls.ts";
import { framesOf } from "./frame.ts";
import type { StoredRecord } from "./record-queue.ts";
import { Segment, segmentHeader, segmentPath } from "./segment.ts";

const NEW_FILE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL;

export interface SegmentWriterOptions {
  readonly folder: string;
  /** Maximum size of a segment in bytes. */
  readonly segmentBytes: number;
  /** Whether each write is flushed to the disk. */
  readonly sync: boolean;
}

interface Active {
  readonly handle: FileHandle;
  readonly segment: Segment;
}

interface Appended {
  readonly active: Active;
  readonly bytes: number;
}

/** Writes the segments of one folder. Supports one `write` at a time; `writeSync` may be called at any moment. */
export class SegmentWriter {
  readonly #calls: FileCalls;
  readonly #options: SegmentWriterOptions;
  #active: Active | undefined;
  #number = 0;
  // Number of `writeSync` calls, by which a waiting `write` detects that it was overtaken.
  #overtaking = 0;

  constructor(calls: FileCalls, options: SegmentWriterOptions) {
    this.#calls = calls;
    this.#options = options;
  }

  /**
   * Appends the records, which fit into one segment. Returns that segment, or `undefined` if `writeSync` was called
   * meanwhile, and wrote these records too. Throws the system's error. Then the file is restored as far as the disk
   * allows, and the next call uses a new one.
   */
  async write(records: readonly StoredRecord[]): Promise<Segment | undefined> {
    const overtaking = this.#overtaking;
    const frames = framesOf(records);
    if (!this.#fits(totalBytes(frames))) await this.release();
    // Not active while it is written, so that `writeSync` does not touch it.
    const active = this.#active;
    this.#active = undefined;
    try {
      const written = await this.#append(active ?? (await this.#create()), frames);
      if (overtaking === this.#overtaking) {
        this.#active = written.active;
        const { segment } = written.active;
        segment.isOpen = true;
        segment.fileBytes += written.bytes;
        for (const record of records) segment.add(record);
        return segment;
      }
      written.active.segment.isOpen = false;
      await written.active.handle.close();
    } catch (error) {
      if (overtaking === this.#overtaking) throw error;
    }
    return undefined;
  }

  /** Writes the records, of any size, synchronously to a new segment. */
  writeSync(records: readonly StoredRecord[]): Segment {
    this.#overtaking++;
    void this.release().catch(() => {});
    return writeSegmentSync(segmentPath(this.#options.folder, ++this.#number), records, this.#options);
  }

  /** Closes the segment; the next record starts a new one. */
  async release(): Promise<void> {
    const active = this.#active;
    if (active === undefined) return;
    this.#active = undefined;
    active.segment.isOpen = false;
    await active.handle.close();
  }

  #fits(bytes: number): boolean {
    return this.#active === undefined || this.#active.segment.fileBytes + bytes <= this.#options.segmentBytes;
  }

  async #create(): Promise<Active> {
    const path = segmentPath(this.#options.folder, ++this.#number);
    return { handle: await this.#calls.open(path, NEW_FILE, FILE_MODE), segment: new Segment(path) };
  }

  async #append(active: Active, frames: readonly Uint8Array[]): Promise<Appended> {
    const { handle, segment } = active;
    const { folder, sync } = this.#options;
    const isNew = segment.fileBytes === 0;
    const pieces = isNew ? [segmentHeader(), ...frames] : [...frames];
    const bytes = totalBytes(pieces);
    try {
      const { bytesWritten } = await handle.writev(pieces, segment.fileBytes);
      if (bytesWritten < bytes) await writeRest(handle, pieces, segment.fileBytes, bytesWritten);
      if (sync) await handle.datasync();
      assertLinked(handle, segment);
      if (isNew && sync) await syncFolder(this.#calls, folder);
    } catch (error) {
      segment.isOpen = false;
      const undo = isNew ? this.#calls.unlink(segment.path) : handle.truncate(segment.fileBytes);
      // Records that stay in the file are not acknowledged; if they are read later, their sequence numbers identify
      // them.
      await undo.catch(() => {});
      await handle.close().catch(() => {});
      throw error;
    }
    return { active, bytes };
  }
}

/** Writes a new segment synchronously. Throws the system's error. */
export function writeSegmentSync(
  path: string,
  records: readonly StoredRecord[],
  { folder, sync }: Pick<SegmentWriterOptions, "folder" | "sync">,
): Segment {
  const segment = new Segment(path);
  const bytes = Buffer.concat([segmentHeader(), ...framesOf(records)]);
  const descriptor = openSync(path, NEW_FILE, FILE_MODE);
  try {
    for (let written = 0; written < bytes.length;) written += writeSync(descriptor, bytes, written);
    if (sync) fdatasyncSync(descriptor);
  } catch (error) {
    closeSync(descriptor);
    unlinkSync(path);
    throw error;
  }
  closeSync(descriptor);
  if (sync) syncFolderSync(folder);
  segment.fileBytes = bytes.length;
  for (const record of records) segment.add(record);
  return segment;
}

/** Flushes the entries of a folder to disk, synchronously. */
export function syncFolderSync(folder: string): void {
  if (process.platform === "win32") return;
  const descriptor = openSync(folder, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Writes the rest after a partial write. On a full disk, this throws the error that the partial write did not. */
async function writeRest(
  handle: FileHandle,
  pieces: readonly Uint8Array[],
  position: number,
  already: number,
): Promise<void> {
  const bytes = Buffer.concat(pieces);
  for (let written = already; written < bytes.length;) {
    const { bytesWritten } = await handle.write(bytes, written, bytes.length - written, position + written);
    written += bytesWritten;
  }
}

function assertLinked(handle: FileHandle, segment: Segment): void {
  // The file was removed from outside. The look takes a microsecond, since the file is open.
  if (fstatSync(handle.fd).nlink === 0)
    throw Object.assign(new Error(`${segment.path} was removed`), { code: "ENOENT" });
}

function totalBytes(pieces: readonly Uint8Array[]): number {
  return pieces.reduce((sum, piece) => sum + piece.byteLength, 0);
}
