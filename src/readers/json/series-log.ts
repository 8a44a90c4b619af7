// Collections as a rotated file of lines, one for each series.
import { inSlices } from "../../io/yield.ts";
import type { Collection } from "../../engine/collection/collection.ts";
import { type KeptLogFile, LogFile, type LogKind } from "../../io/log-files/index.ts";
import { FileError, fileErrorFrom } from "../../io/files/open-file.ts";
import { snapshotTranslation } from "../../translation/snapshot.ts";
import { LineLabels } from "./line-json.ts";
import { LINE_BEGIN, SeriesLines } from "./series-lines.ts";

const CHUNK_LENGTH = 64 * 1024;
const LINE_FEED = 10;
const NOTHING = Buffer.alloc(0);
const KIND: LogKind = {
  name: "json reader's log",
  lineBegin: LINE_BEGIN,
  error: (message, options) => new FileError(message, options),
};

/**
 * Appends the lines of collections to a file, in slices that leave the event loop free. It holds one chunk in memory,
 * whatever the number of series. If the file cannot be written, the rest of that collection is lost.
 */
export class SeriesLog {
  readonly #file: LogFile;
  readonly #tools = {
    translation: snapshotTranslation,
    labels: new LineLabels(snapshotTranslation.names),
  };
  #current: { readonly collection: Collection; readonly lines: SeriesLines } | undefined;
  #isWriting = false;
  #isClosed = false;
  // The rest of a line that was partly written to a full disk; written before the next line.
  #restOfLine: Buffer = NOTHING;

  /** @throws FileError if the file cannot be opened. */
  constructor(options: KeptLogFile) {
    this.#file = new LogFile(options, KIND);
  }

  /**
   * Appends a collection, which must stay valid until then. If another one is being written, both fail: the earlier one
   * ends and this one is refused.
   *
   * @throws FileError (rejection) if the file cannot be written.
   */
  async write(collection: Collection): Promise<void> {
    this.#current = undefined;
    if (this.#isWriting) throw this.#error("the previous collection is still being written; check the disk");
    const lines = new SeriesLines(collection, this.#tools);
    this.#current = { collection, lines };
    this.#isWriting = true;
    try {
      await this.#writeLines(lines);
    } catch (cause) {
      throw fileErrorFrom(this.#file.path, cause);
    } finally {
      this.#isWriting = false;
      if (this.#current?.lines === lines) this.#current = undefined;
      if (this.#isClosed) this.#file.close();
    }
  }

  /**
   * Appends a collection, or the rest of it, synchronously: for the end of a process.
   *
   * @throws FileError if the file cannot be written.
   */
  writeNow(collection: Collection): void {
    if (this.#isClosed) return;
    const current = this.#current?.collection === collection ? this.#current.lines : undefined;
    this.#current = undefined;
    const lines = current ?? new SeriesLines(collection, this.#tools);
    try {
      do {
        while (!lines.isOver && lines.length < CHUNK_LENGTH) lines.write();
        this.#file.writeNow(this.#bytesOf(lines));
        this.#restOfLine = NOTHING;
      } while (!lines.isOver);
    } catch (cause) {
      throw fileErrorFrom(this.#file.path, cause);
    }
  }

  /** Closes the file after the current write. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#current = undefined;
    if (!this.#isWriting) this.#file.close();
  }

  async #writeLines(lines: SeriesLines): Promise<void> {
    while (!lines.isOver) {
      await inSlices(this.#chunkSteps(lines));
      // Nothing is left if `writeNow` wrote the rest.
      if (lines.length > 0) await this.#append(this.#bytesOf(lines));
    }
  }

  *#chunkSteps(lines: SeriesLines): Generator<void, void> {
    while (!lines.isOver && lines.length < CHUNK_LENGTH) {
      if (this.#current?.lines !== lines)
        throw this.#error("writing took too long, the next collection is due");
      lines.write();
      yield;
    }
  }

  #bytesOf(lines: SeriesLines): Buffer {
    const bytes = lines.take();
    return this.#restOfLine.length === 0 ? bytes : Buffer.concat([this.#restOfLine, bytes]);
  }

  #append(bytes: Buffer): Promise<void> {
    const began = this.#restOfLine.length > 0;
    return this.#file.append(bytes, (rest) => {
      const written = bytes.length - rest.length;
      const isInMidLine = written === 0 ? began : bytes[written - 1] !== LINE_FEED;
      this.#restOfLine = isInMidLine ? Buffer.from(rest.subarray(0, rest.indexOf(LINE_FEED) + 1)) : NOTHING;
    });
  }

  #error(what: string): FileError {
    return new FileError(`file "${this.#file.path}": ${what}`);
  }
}
