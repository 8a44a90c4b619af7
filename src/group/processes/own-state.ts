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
  // The end of the other thread's writing, before the first own one.
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

  /** Continues after the last state of another thread, which must not write any more. */
  takeBack({ sequence, logNumber }: StatePosition): void {
    if (logNumber === this.#own.writer.logNumber) return;
    // The thread may have ended while it wrote its next state. The one after that is in the same file of cells, so that
    // the last whole state stays.
    this.#resumesAfter = { sequence: sequence + 2, logNumber };
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
      this.#own = { ...this.#own, writer: new StateWriter(this.folder, last) };
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
