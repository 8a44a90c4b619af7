// The state of this process on disk. It is written here, or by another thread.
import { existsSync } from "node:fs";
import type { OwnFolder } from "./member-folders.ts";
import { type FigureSource, isWritten, type StatePosition, StateWriter } from "./state-writer.ts";

/** Makes a removed folder again, whose writer continues after `last`. Throws the reason if it cannot. */
export type RemakeFolder = (last: StatePosition) => OwnFolder;

export class OwnState {
  /** Path of this process' folder. */
  readonly folder: string;
  readonly #group: string;
  readonly #remake: RemakeFolder;
  #own: OwnFolder;
  // The last whole state of the other thread, before the first own one.
  #resumesAfter: StatePosition | undefined;

  constructor(group: string, folder: string, own: OwnFolder, remake: RemakeFolder) {
    this.#group = group;
    this.folder = folder;
    this.#own = own;
    this.#remake = remake;
  }

  /** The end of what this thread has written. */
  get position(): StatePosition {
    const { sequence, logNumber } = this.#own.writer;
    return { sequence, logNumber };
  }

  /** Writes the state. Returns whether it is written; if the folder was removed, it is made again. */
  write(figures: FigureSource): boolean {
    return isWritten(this.#group, () => this.#writer().write(figures));
  }

  /**
   * Continues after the last whole state of another thread, which must not begin another one. It may have ended amid a
   * writing, or still be amid it.
   */
  takeBack(last: StatePosition): void {
    this.#resumesAfter = last;
  }

  /** Makes the folder again that was removed while another thread wrote. That thread continues at the result. */
  makeAgain(last: StatePosition): StatePosition | undefined {
    return isWritten(this.#group, () => this.#madeAgain(last)) ? this.position : undefined;
  }

  /** Ends the writing and the lock; the state stays. */
  async leave(): Promise<void> {
    this.#own.writer.close();
    await this.#own.lock.release();
  }

  #writer(): StateWriter {
    const { writer } = this.#own;
    const last = this.#resumesAfter;
    if (last === undefined) return writer.isGone ? this.#madeAgain(writer) : writer;
    if (existsSync(this.folder)) {
      this.#own = { ...this.#own, writer: StateWriter.after(this.folder, last) };
      writer.close();
    } else this.#madeAgain(last);
    this.#resumesAfter = undefined;
    return this.#own.writer;
  }

  #madeAgain(last: StatePosition): StateWriter {
    const { writer, lock } = this.#own;
    this.#own = this.#remake(last);
    writer.close();
    void lock.release();
    return this.#own.writer;
  }
}
