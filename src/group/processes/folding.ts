// The members of a group and the figures of those that have ended, in the hands of its aggregator.
import { errorMessage } from "../../diagnostics/error-message.ts";
import { warnOnceAMinute } from "../../diagnostics/rate-limit.ts";
import { Departed } from "./departed.ts";
import { removeMember } from "./member-folders.ts";
import { type MemberEvents, Members } from "./members.ts";
import type { FigureSource } from "./state-writer.ts";

export interface FoldingOptions extends MemberEvents {
  /** The group's folder. */
  readonly folder: string;
  /** Boot id of this process. */
  readonly ownId: string;
}

/** Made anew each time a process becomes the aggregator. */
export class Folding {
  readonly members: Members;
  readonly #folder: string;
  readonly #departed: Departed;
  // Members in the caller's departed figures that are not in those on disk yet.
  readonly #unfolded = new Set<string>();

  constructor(options: FoldingOptions) {
    this.#folder = options.folder;
    this.#departed = new Departed(options.folder);
    this.members = new Members({ ...options, isFolded: (id) => this.#departed.has(id) });
  }

  /** The members `ids` are in the caller's departed figures from now on. */
  note(ids: readonly string[]): void {
    for (const id of ids) this.#unfolded.add(id);
  }

  /** Replaces the departed figures, with all that were noted, and removes their folders. Returns whether they are on disk. */
  fold(figures: FigureSource): boolean {
    const all = [...this.#unfolded];
    try {
      this.#departed.fold(all, figures);
    } catch (error) {
      warnOnceAMinute(
        `group "${this.#folder}": the figures of ended processes cannot be kept (${errorMessage(error)})`,
        `fold ${this.#folder}`,
      );
      return false;
    }
    this.#forget(all);
    return true;
  }

  /** Removes the folder of a dead member that has no figures. */
  discard(id: string): void {
    removeMember(this.#folder, id);
    this.#forget([id]);
  }

  #forget(ids: readonly string[]): void {
    for (const id of ids) {
      this.#unfolded.delete(id);
      this.members.forget(id);
    }
  }
}
