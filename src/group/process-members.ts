/** The other processes of the group, as its aggregator sees them. */
import { LogOnce } from "../diagnostics/log-once.ts";
import { exemplarsFrom } from "./exemplars/sent-exemplars.ts";
import { figuresOf } from "./state-report.ts";
import { ImageReader } from "./memory/image-reader.ts";
import { ImageWriter } from "./memory/image-writer.ts";
import type { GroupMerge, MergedMember } from "./merge/group-merge.ts";
import type { GroupFolder } from "./processes/group-folder.ts";
import type { Member } from "./processes/members.ts";

interface Known {
  readonly member: Member;
  /** Its figures; another object once its log has started again. */
  merged: MergedMember & { readonly image: ImageReader };
  hasFigures: boolean;
}

export class ProcessMembers {
  readonly #folder: GroupFolder;
  readonly #merge: GroupMerge;
  readonly #known = new Map<string, Known>();
  readonly #departed = new ImageWriter({ isShared: false });
  readonly #once = new LogOnce();
  /** Whether members have ended before this process became the aggregator. */
  readonly hasDeparted: boolean;
  // Members that have ended, and whose figures are not on disk with the others' yet.
  #ended: string[] = [];

  constructor(folder: GroupFolder, merge: GroupMerge) {
    this.#folder = folder;
    this.#merge = merge;
    this.hasDeparted = this.#takeDeparted();
    // They are on disk.
    merge.takeRetired();
  }

  /** The members, with their numbers. */
  get all(): readonly { readonly member: Member; readonly slot: number }[] {
    return [...this.#known.values()].map(({ member, merged }) => ({ member, slot: merged.slot }));
  }

  add(member: Member): void {
    const name = `process ${member.id}`;
    const merged = { name, slot: this.#merge.freeSlot(), image: new ImageReader() };
    this.#known.set(member.id, { member, merged, hasFigures: false });
    this.#merge.add(merged);
  }

  /** Takes over the last figures of a member that has ended. */
  end(member: Member): void {
    const known = this.#known.get(member.id);
    if (known === undefined) return;
    this.#read(known);
    this.#known.delete(member.id);
    this.#merge.leave(known.merged);
    if (known.hasFigures) this.#ended.push(member.id);
    else this.#folder.discard(member.id);
  }

  /** Reads the states that are new. */
  read(): void {
    for (const known of this.#known.values()) this.#read(known);
  }

  /**
   * Puts the figures of ended members on disk, with those of earlier ones. Their folders are removed. Also those of series
   * that live members have removed: they are no longer in their states.
   */
  fold(): void {
    if (!this.#merge.takeRetired() && this.#ended.length === 0) return;
    this.#departed.take([this.#merge.departed(Date.now())]);
    const ids = this.#ended;
    this.#ended = [];
    this.#folder.fold(ids, figuresOf(this.#departed));
  }

  #read(known: Known): void {
    const { member } = known;
    const state = member.reader.read();
    if (state === undefined) return;
    try {
      if (state.isLogNew && known.hasFigures && !this.#merge.restart(known.merged, state.log)) {
        this.#merge.drop(known.merged);
        known.merged = { ...known.merged, image: new ImageReader() };
        this.#merge.add(known.merged);
      }
      known.merged.image.setState(state.log, state.cells);
      known.hasFigures = true;
      const exemplars = this.#folder.takeExemplars(member.id);
      if (exemplars !== undefined) this.#merge.takeExemplars(exemplarsFrom(exemplars));
    } catch (error) {
      this.#once.error(
        member.id,
        () => `process ${member.reader.pid ?? member.id}: its figures are damaged, and left out`,
        error,
      );
    }
  }

  // Members whose folders were removed by an earlier aggregator.
  #takeDeparted(): boolean {
    const departed = this.#folder.readDeparted();
    if (departed === undefined) return false;
    const image = new ImageReader();
    image.setState(departed.log, departed.cells);
    const merged = { name: "ended processes", slot: this.#merge.freeSlot(), image };
    this.#merge.add(merged);
    this.#merge.leave(merged);
    return true;
  }
}
