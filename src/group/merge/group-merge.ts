/** Merges the figures of a group's members into the series of this process. */
import { LogOnce } from "../../diagnostics/log-once.ts";
import type { SeriesSource } from "../../engine/collection/series-source.ts";
import type { MergeTarget, MeterProvider } from "../../engine/meter-provider.ts";
import { sameAggregation } from "../../engine/streams/aggregation.ts";
import type { Members, MergeableStream } from "../../engine/streams/members.ts";
import type { StreamStore } from "../../engine/streams/stream-store.ts";
import type { SentExemplars } from "../exemplars.ts";
import { streamKey } from "../memory/frames.ts";
import type { ImageReader, MemberStream } from "../memory/image-reader.ts";
import type { Contribution } from "./contribution.ts";
import { MemberGauges, MergedGauges } from "./merged-gauges.ts";
import { MergedSeries } from "./merged-series.ts";
import { type MergedStream, MergedStreams, type MergeSettings } from "./merged-streams.ts";
import { SteppedRefresh } from "./stepped-refresh.ts";
import { OWN_SLOT } from "./totals.ts";

export interface GroupMergeOptions extends MergeSettings {
  /** The merge of this process' threads, if this one merges processes. */
  readonly inner?: GroupMerge | undefined;
  /** Finds members that have joined or ended, and calls `add` and `leave`. */
  readonly find?: (() => void) | undefined;
  /** Lets members report before a collection. */
  readonly prepare?: (() => Promise<void> | undefined) | undefined;
  /** Called if a row was repaired, because its thread was ended amid a recording. */
  readonly onRepair?: (() => void) | undefined;
}

/** A member, as the merge sees it. */
export interface MergedMember {
  /** Its name in messages. */
  readonly name: string;
  /** Its number, the lowest that was free. */
  readonly slot: number;
  readonly image: ImageReader;
}

/** Merges members into the series of a provider that has no configuration of a group. */
export function mergeInto(
  provider: Pick<MeterProvider, "joinGroup">,
  options: Partial<GroupMergeOptions> = {},
): GroupMerge {
  const defaults = { gauges: "last", workerAttribute: "worker.id", timeToLiveMillis: Infinity } as const;
  return provider.joinGroup((target) => {
    const merge = new GroupMerge(target, { ...defaults, ...options });
    return { merge, membersFor: () => merge };
  }).merge;
}

const FRAMES_AT_ONCE = 512;

type Part =
  | { readonly into: MergedStream; readonly contribution: Contribution }
  | { readonly into: MergedStream; readonly gauges: MemberGauges };

export class GroupMerge implements Members {
  readonly #options: GroupMergeOptions;
  // By member: its streams, in order; `undefined` for those that cannot be merged.
  readonly #members = new Map<MergedMember, (Part | undefined)[]>();
  /** The streams that members have. */
  readonly streams: MergedStreams;
  readonly #once = new LogOnce();
  readonly #refreshing = new SteppedRefresh();
  // Time of the last refresh, in milliseconds since the epoch. Two in one millisecond differ.
  #refreshedAt = 0;
  #refreshedBefore = 0;

  constructor(target: MergeTarget, options: GroupMergeOptions) {
    this.#options = options;
    const mergesThreads = options.inner === undefined;
    this.streams = new MergedStreams({ ...options, target, once: this.#once, mergesThreads });
  }

  /** Adds a member. Its figures count from the next collection on. */
  add(member: MergedMember): void {
    this.#members.set(member, []);
  }

  /** The lowest number that no member has. */
  freeSlot(): number {
    const taken = new Set([...this.#members.keys()].map(({ slot }) => slot));
    let slot = OWN_SLOT + 1;
    while (taken.has(slot)) slot++;
    return slot;
  }

  /** Removes a member that has ended, after a last look at its figures. Sums that never fall, and histograms, stay. */
  leave(member: MergedMember): void {
    this.#refreshing.afterwards(() => this.#leave(member));
  }

  find(): boolean {
    this.#options.find?.();
    // Members that have ended may have left figures.
    return this.#members.size > 0 || !this.streams.isEmpty;
  }

  prepareNow(): void {}

  prepare(): Promise<void> | undefined {
    return this.#options.prepare?.();
  }

  refresh(unixMillis: number): Generator<undefined, void> {
    return this.#refreshing.run(this.#refresh(unixMillis));
  }

  merged(
    stream: MergeableStream,
    store: StreamStore,
    own: SeriesSource | undefined,
    unixMillis: number,
  ): SeriesSource | undefined {
    const found = this.streams.find(stream, store.aggregation);
    if (found === undefined) return own;
    const merged = this.streams.seriesOf(found, store);
    if (merged instanceof MergedGauges)
      return merged.begin(own, [...found.gauges], unixMillis, this.#refreshedAt);
    const table = own instanceof MergedSeries ? own.table : store.series;
    return merged.begin({ own, table, unixMillis });
  }

  /** Takes over exemplars of members. Those of streams that no member has yet are dropped. */
  takeExemplars(sent: readonly SentExemplars[]): void {
    const byKey = new Map(
      this.streams.all.map(({ stream, aggregation, totals }) => [
        streamKey(stream.origin, aggregation),
        totals,
      ]),
    );
    for (const { stream, series } of sent) byKey.get(stream)?.takeExemplars(series);
  }

  #leave(member: MergedMember): void {
    for (const _ of this.#followMember(member));
    for (const part of this.#members.get(member) ?? []) {
      if (part === undefined || !("contribution" in part)) continue;
      const { contribution, into } = part;
      contribution.take(0, Infinity);
      contribution.repair(this.#options.onRepair);
      into.totals?.settle();
    }
    this.#remove(member);
  }

  *#refresh(unixMillis: number): Generator<undefined, void> {
    this.#refreshedBefore = this.#refreshedAt;
    this.#refreshedAt = Math.max(unixMillis, this.#refreshedAt + 1e-3);
    this.streams.begin();
    const states = [...this.#members.keys()].map(({ image }) => [image, image.stateNumber] as const);
    // Series of this process come first: those that were exported before do not disappear in the overflow series.
    for (const each of this.streams.all) yield* this.#prepareOwn(each);
    for (const member of this.#members.keys()) yield* this.#followMember(member);
    for (const { totals } of this.streams.all) if (totals !== undefined) yield* totals.refresh();
    for (const [image, number] of states) image.release(number);
  }

  *#prepareOwn(into: MergedStream): Generator<undefined, void> {
    const { stores } = into.stream;
    for (const [store, series] of into.merged) {
      if (stores.includes(store)) continue;
      into.merged.delete(store);
      if (series instanceof MergedSeries) series.end();
    }
    for (const store of stores) {
      if (!sameAggregation(store.aggregation, into.aggregation)) continue;
      const series = this.streams.seriesOf(into, store);
      const table =
        this.#options.inner?.streams.find(into.stream, store.aggregation)?.totals?.series ?? store.series;
      if (series instanceof MergedSeries) yield* series.prepare(table);
    }
  }

  *#followMember(member: MergedMember): Generator<undefined, void> {
    const parts = this.#members.get(member);
    if (parts === undefined) return;
    const { image } = member;
    try {
      let frames = 0;
      for (const _ of image.readLog()) {
        yield;
        // Not all at the end, so that few objects live at a time.
        if (++frames % FRAMES_AT_ONCE === 0) yield* this.#followParts(member, parts);
      }
      yield* this.#followParts(member, parts);
      for (const part of parts) {
        if (part === undefined) continue;
        if ("gauges" in part) part.gauges.refresh(this.#refreshedAt);
        else part.contribution.settle();
      }
    } catch (error) {
      this.#once.error(
        member.name,
        () => `${member.name}: its figures are damaged, and left out from now on`,
        error,
      );
      this.#remove(member);
    }
  }

  *#followParts(member: MergedMember, parts: (Part | undefined)[]): Generator<undefined, void> {
    const { streams } = member.image;
    while (parts.length < streams.length) {
      const part = this.#partOf(member, streams[parts.length]!);
      parts.push(part);
      if (part !== undefined) yield* this.#prepareOwn(part.into);
    }
    for (const [i, part] of parts.entries()) {
      // Nothing else reads the changes of a stream that cannot be merged.
      if (part === undefined) streams[i]!.changes.length = 0;
      else if ("contribution" in part) yield* part.contribution.followLog();
    }
  }

  #partOf(member: MergedMember, stream: MemberStream): Part | undefined {
    const into = this.streams.streamFor(member.name, stream);
    if (into === undefined) return undefined;
    if (into.totals !== undefined)
      return { into, contribution: into.totals.join(stream, member.image, member.slot === OWN_SLOT) };
    const attributesFrom = this.streams.attributesFor(into.stream);
    const gauges = new MemberGauges(stream, member.slot, attributesFrom, this.#refreshedBefore);
    into.gauges.add(gauges);
    return { into, gauges };
  }

  /** The log of a process has started again. Returns false if it is that of another writer. See {@link ImageReader.restarts}. */
  restart({ image }: MergedMember, log: Uint8Array): boolean {
    this.#refreshing.finish();
    return image.restarts(log);
  }

  /** Removes a member and its figures, which come anew. */
  drop(member: MergedMember): void {
    this.#refreshing.finish();
    this.#remove(member, { isKept: false });
  }

  /** Whether {@link departed} has further figures since the last call. */
  takeRetired(): boolean {
    return this.streams.all.filter(({ totals }) => totals?.takeRetired() === true).length > 0;
  }

  #remove(member: MergedMember, { isKept }: { readonly isKept: boolean } = { isKept: true }): void {
    for (const part of this.#members.get(member) ?? []) {
      if (part === undefined) continue;
      if ("gauges" in part) part.into.gauges.delete(part.gauges);
      else part.into.totals?.remove(part.contribution, isKept);
    }
    this.#members.delete(member);
  }
}
