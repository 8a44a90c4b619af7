// The figures of dead members, in one file. Each change replaces it by a rename.
//
// The total of a group is these figures plus the states of all folders whose ids are not in the list. A member is folded
// by one rename, and its folder removed afterwards. If the aggregator dies in between, the folder no longer counts.
import { setAside } from "../../io/files/state-file.ts";
import { isRandomId } from "../../io/random-id.ts";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { errorMessage } from "../../diagnostics/error-message.ts";
import { attempt, warnOnceAMinute } from "../../diagnostics/rate-limit.ts";
import { type KeptFigures, readFigures, writeFigures } from "./figures-file.ts";
import { removeMember } from "./member-folders.ts";
import type { FigureSource } from "./state-writer.ts";

const FILE = "departed";
// Ids are kept after the removal of their folders, for members that were taken for dead and make theirs again.
const MAX_REMOVED_IDS = 1_024;

/** The departed figures on disk. Only the aggregator writes them. */
export class Departed {
  readonly #folder: string;
  // `undefined` as long as the file cannot be read. It is not replaced before.
  #ids: ReadonlySet<string> | undefined;
  // Members in the caller's figures that are not in those on disk yet.
  readonly #unfolded = new Set<string>();

  constructor(folder: string) {
    this.#folder = folder;
    this.read();
  }

  /** Reads the figures; see `GroupFolder.readDeparted`. */
  read(): KeptFigures | "unreadable" | undefined {
    const warn = (trouble: string): void =>
      warnOnceAMinute(`group "${this.#folder}": the figures of ended processes ${trouble}`);
    try {
      const stored = readDeparted(this.#folder);
      if (stored === "damaged")
        warn(`are damaged: file ${FILE} ${setAside(join(this.#folder, FILE), stored)}`);
      const figures = stored === "damaged" ? undefined : stored;
      this.#ids = new Set(figures?.ids);
      return figures;
    } catch (error) {
      warn(`cannot be read (${errorMessage(error)}); they are left out until they can`);
      return "unreadable";
    }
  }

  has(id: string): boolean {
    return this.#ids?.has(id) === true;
  }

  /** The members `ids` are in the caller's figures from now on. */
  note(ids: readonly string[]): void {
    for (const id of ids) this.#unfolded.add(id);
  }

  /**
   * Replaces the figures by `figures`, which include those of all noted members, and removes their folders.
   *
   * @returns the noted members; `undefined` if nothing could be written, with a warning: then nothing has changed on disk.
   */
  fold(figures: FigureSource): readonly string[] | undefined {
    const ids = this.#ids;
    if (ids === undefined) return undefined;
    const noted = [...this.#unfolded];
    const write = (): readonly string[] => {
      const all = this.#keptIds(ids, noted);
      writeFigures(join(this.#folder, FILE), all, figures);
      return all;
    };
    const all = attempt(
      write,
      (reason) => `group "${this.#folder}": the figures of ended processes cannot be kept (${reason})`,
      `fold ${this.#folder}`,
    );
    if (all === undefined) return undefined;
    this.#ids = new Set(all);
    this.#unfolded.clear();
    for (const id of noted) removeMember(this.#folder, id);
    return noted;
  }

  #keptIds(ids: ReadonlySet<string>, added: readonly string[]): readonly string[] {
    const before = [...ids].filter((id) => !added.includes(id));
    const present = new Set(readdirSync(this.#folder));
    const removed = before.filter((id) => !present.has(id));
    const dropped = new Set(removed.slice(0, Math.max(0, removed.length - MAX_REMOVED_IDS)));
    return [...before.filter((id) => !dropped.has(id)), ...added];
  }
}

/**
 * Figures of all members that were folded, with their boot ids. Ids without a folder are limited.
 *
 * @throws the system's error if they cannot be read now.
 */
export function readDeparted(folder: string): KeptFigures | "damaged" | undefined {
  const kept = readFigures(join(folder, FILE));
  return typeof kept === "object" ? { ...kept, ids: kept.ids.filter(isRandomId) } : kept;
}
