/** The other processes of the group, and the figures of all, merged. For its aggregator. */
import { join } from "node:path";
import { LogOnce } from "../diagnostics/log-once.ts";
import type { SeriesSource } from "../engine/collection/series-source.ts";
import type { MergeableStream, Members, StreamOrigin } from "../engine/streams/members.ts";
import type { KeptAggregation, StreamStore } from "../engine/streams/stream-store.ts";
import { DeltaExports } from "./delta-exports.ts";
import { exemplarsFrom } from "./exemplars.ts";
import { isReported } from "./state-report.ts";
import { ImageReader } from "./memory/image-reader.ts";
import { ImageWriter } from "./memory/image-writer.ts";
import type { GroupMerge, MergedMember } from "./merge/group-merge.ts";
import { isDelta } from "./merge/merged-series.ts";
import { OWN_SLOT } from "./merge/totals.ts";
import { type GroupFolder, takeExemplars } from "./processes/group-folder.ts";
import type { Member } from "./processes/members.ts";

interface Known {
  readonly member: Member;
  /** Its figures; another object once its log has started again. */
  merged: MergedMember & { readonly image: ImageReader };
  hasFigures: boolean;
}

/** Made anew each time a process gets the role of the aggregator. */
export class ProcessMembers implements Pick<Members, "find" | "refresh" | "hasOwn"> {
  readonly #folder: GroupFolder;
  readonly #merge: GroupMerge;
  readonly #known = new Map<string, Known>();
  readonly #departed = new ImageWriter({ isShared: false });
  readonly #once = new LogOnce();
  // Whether members have ended before this process became the aggregator. `undefined` if that cannot be read yet.
  #hasDeparted: boolean | undefined;
  // Members that have ended, and whose events are not kept yet; whether they had figures.
  readonly #held = new Map<string, boolean>();
  // Members that have ended, and that the folder does not know of yet.
  #ended: string[] = [];
  // Whether the figures of all ended members are on disk.
  #isFolded = true;
  #exports: DeltaExports | undefined;
  // Whether an aggregator before this one has counted the series that members have removed.
  #skipsRemoved = false;
  #isRefreshed = false;

  constructor(folder: GroupFolder, merge: GroupMerge) {
    this.#folder = folder;
    this.#merge = merge;
    this.#takeDeparted();
    // They are on disk.
    merge.takeRetired();
  }

  /**
   * Begins to export.
   *
   * @param own the reported figures of this process, which is a member itself.
   * @param isSuccessor whether another process may have exported before.
   */
  beginExports(exports: DeltaExports, own: ImageReader, isSuccessor: boolean): void {
    this.#exports = exports;
    this.#merge.add({ name: "this process", slot: OWN_SLOT, image: own });
    const before = DeltaExports.read(this.#folder.exported);
    // The group may have a name, and continue the figures of processes that have ended.
    const isContinued = this.#hasDeparted !== false || before.length > 0;
    if (!isSuccessor && !isContinued) return;
    // The first aggregator is a successor if its parent, which had the readers, has ended before it joined the group.
    this.#skipsRemoved = isContinued || !this.#folder.isFirstAggregator;
    this.#merge.streams.takeOver(this.#skipsRemoved ? before : undefined);
    if (this.#skipsRemoved) own.skipRemoved();
  }

  /** The members, with their numbers. */
  get all(): readonly { readonly member: Member; readonly slot: number }[] {
    return [...this.#known.values()].map(({ member, merged }) => ({ member, slot: merged.slot }));
  }

  /** @param isNew whether it was not there when this process became the aggregator. */
  add(member: Member, isNew = true): void {
    const name = `process ${member.id}`;
    const merged = { name, slot: this.#merge.freeSlot(), image: new ImageReader() };
    if (!isNew && this.#skipsRemoved) merged.image.skipRemoved();
    this.#known.set(member.id, { member, merged, hasFigures: false });
    this.#merge.add(merged);
  }

  /**
   * Takes over the last figures of a member that has ended. Its folder stays until `release`. Returns false if files cannot be
   * read now: the call is to be repeated.
   *
   * @param isLast whether it is not: then the figures that were read before are the last ones.
   */
  end(member: Member, isLast = false): boolean {
    if (!this.#takeDeparted()) return false;
    const known = this.#known.get(member.id);
    if (known === undefined) return true;
    this.#read(known);
    if (member.reader.isUnreadable && !isLast) return false;
    this.#known.delete(member.id);
    this.#merge.leave(known.merged);
    this.#held.set(member.id, known.hasFigures);
    return true;
  }

  /** The folder of a member that has ended is not needed any more. */
  release(id: string): void {
    const hasFigures = this.#held.get(id);
    if (!this.#held.delete(id)) return;
    if (hasFigures === true) this.#ended.push(id);
    else this.#folder.discard(id);
  }

  /** Reads the states that are new. */
  read(): void {
    this.#takeDeparted();
    for (const known of this.#known.values()) this.#read(known);
  }

  find(): boolean {
    this.read();
    return this.#merge.find();
  }

  *refresh(unixMillis: number): Generator<undefined, void> {
    yield* this.#merge.refresh(unixMillis);
    this.#isRefreshed = true;
  }

  /**
   * The series of all processes. A collection that has begun before the figures were read goes on without them.
   *
   * @param ofProcess the series of this process and its threads.
   */
  merged(
    stream: MergeableStream,
    store: StreamStore,
    ofProcess: SeriesSource | undefined,
    unixMillis: number,
  ): SeriesSource | undefined {
    if (!this.#isRefreshed || !isReported(stream.origin)) return ofProcess;
    // The totals have what this process has reported. As long as they are not complete, their growth is unknown.
    if (isDelta(store)) {
      if (this.#hasDeparted === undefined) return undefined;
      if (this.#exports?.begin(stream, store, ofProcess, unixMillis) === false) return undefined;
    }
    return this.#merge.merged(stream, store, ofProcess, unixMillis);
  }

  /** Whether the totals have a stream, in which this process has reported its own series. */
  hasOwn(origin: StreamOrigin, aggregation: KeptAggregation): boolean {
    return this.#isRefreshed && this.#merge.streams.has(origin, aggregation);
  }

  collected(reader: object): void {
    if (this.#isRefreshed && this.#hasDeparted !== undefined)
      this.#exports?.end(reader, this.#folder.exported);
  }

  /**
   * Puts the figures of ended members on disk, with those of earlier ones. Their folders are removed. Also those of series
   * that live members have removed: they are no longer in their states.
   */
  fold(): void {
    // Figures on disk must not count beside those of a folder that stays.
    if (!this.#takeDeparted() || this.#held.size > 0) return;
    if (this.#merge.takeRetired() || this.#ended.length > 0) this.#isFolded = false;
    if (this.#isFolded) return;
    this.#departed.take([this.#merge.streams.departed(Date.now())]);
    const ids = this.#ended;
    this.#ended = [];
    // If it fails, it is tried again at the next report.
    this.#isFolded = this.#folder.fold(ids, this.#departed);
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
      const exemplars = takeExemplars(join(this.#folder.folder, member.id));
      if (exemplars !== undefined) this.#merge.takeExemplars(exemplarsFrom(exemplars));
    } catch (error) {
      this.#once.error(
        member.id,
        () => `process ${member.reader.pid ?? member.id}: its figures are damaged, and left out`,
        error,
      );
    }
  }

  // Members whose folders were removed by an earlier aggregator. Returns false if they cannot be read now.
  #takeDeparted(): boolean {
    if (this.#hasDeparted !== undefined) return true;
    const departed = this.#folder.readDeparted();
    if (departed === "unreadable") return false;
    this.#hasDeparted = departed !== undefined;
    if (departed === undefined) return true;
    // That aggregator may have ended before it removed some folders.
    for (const id of departed.ids) this.#drop(id);
    const image = new ImageReader();
    image.setState(departed.log, departed.cells);
    const merged = { name: "ended processes", slot: this.#merge.freeSlot(), image };
    this.#merge.add(merged);
    this.#merge.leave(merged);
    return true;
  }

  #drop(id: string): void {
    const known = this.#known.get(id);
    if (known === undefined) return;
    this.#known.delete(id);
    this.#merge.drop(known.merged);
    this.#folder.discard(id);
  }
}
