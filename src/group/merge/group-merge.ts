/** Merges the figures of a group's members into the series of this process. */
import type { Attributes } from "@opentelemetry/api";
import { LogOnce } from "../../diagnostics/log-once.ts";
import type { Collection } from "../../engine/collection/collection.ts";
import { bareMetric, NO_RESOURCE } from "./departed.ts";
import type { SeriesSource } from "../../engine/collection/series-source.ts";
import type { SeriesTable } from "../../engine/series/series-table.ts";
import type { MergeTarget, MeterProvider } from "../../engine/meter-provider.ts";
import { policyOf, type AcrossMembers } from "../../engine/streams/across-members.ts";
import { sameAggregation } from "../../engine/streams/aggregation.ts";
import type { Members, MergeableStream } from "../../engine/streams/members.ts";
import { isObservable } from "../../engine/streams/stream-configuration.ts";
import type { KeptAggregation, StreamStore } from "../../engine/streams/stream-store.ts";
import type { SentExemplars } from "../exemplars/sent-exemplars.ts";
import { streamKey } from "../memory/frames.ts";
import type { ImageReader, MemberStream } from "../memory/image-reader.ts";
import type { Contribution } from "./contribution.ts";
import { MemberGauges, MergedGauges } from "./merged-gauges.ts";
import type { ExportedFigures } from "./exported-figures.ts";
import { Growth } from "./growth.ts";
import { isDelta, MergedSeries } from "./merged-series.ts";
import { OWN_SLOT, Totals } from "./totals.ts";

export interface GroupMergeOptions {
  /** The merge of this process' threads, if this one merges processes. */
  readonly inner?: GroupMerge | undefined;
  /** Finds members that have joined or ended, and calls `add` and `leave`. */
  readonly find?: (() => void) | undefined;
  /** Lets members report before a collection. */
  readonly prepare?: (() => Promise<void> | undefined) | undefined;
  /** Called if a row was repaired, because its thread was ended amid a recording. */
  readonly onRepair?: (() => void) | undefined;
  /** Policy of gauges that have no other. */
  readonly gauges: AcrossMembers;
  /** Attribute of the member's number, for policy `each`. */
  readonly workerAttribute: string;
  /** Time after which an idle series is removed; `Infinity` for never. */
  readonly timeToLiveMillis: number;
}

/** A member, as the merge sees it. */
export interface MergedMember {
  /** Its name in messages. */
  readonly name: string;
  /** Its number, the lowest that was free. */
  readonly slot: number;
  readonly image: ImageReader;
}

/** One stream of this process, and what the members have of it with one aggregation. */
interface MergedStream {
  readonly stream: MergeableStream;
  readonly aggregation: KeptAggregation;
  readonly merged: Map<StreamStore, MergedSeries | MergedGauges>;
  /** Members' sums and histograms. */
  readonly totals: Totals | undefined;
  readonly gauges: Set<MemberGauges>;
  /** The refresh in which the first member was seen to have it. */
  readonly madeIn: number;
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

type Part =
  | { readonly into: MergedStream; readonly contribution: Contribution }
  | { readonly into: MergedStream; readonly gauges: MemberGauges };

export class GroupMerge implements Members {
  readonly #target: MergeTarget;
  readonly #options: GroupMergeOptions;
  // By member: its streams, in order; `undefined` for those that cannot be merged.
  readonly #members = new Map<MergedMember, (Part | undefined)[]>();
  readonly #streams = new Map<MergeableStream, MergedStream[]>();
  readonly #once = new LogOnce();
  #refreshing: Generator<undefined, void> | undefined;
  #round = 0;
  #takenOverIn = -1;
  // By delta reader: what the last aggregator has exported.
  #exports: readonly (ExportedFigures | undefined)[] = [];

  constructor(target: MergeTarget, options: GroupMergeOptions) {
    this.#target = target;
    this.#options = options;
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
    this.#endRefresh();
    for (const _ of this.#refreshMember(member));
    for (const part of this.#members.get(member) ?? [])
      if (part !== undefined && "contribution" in part) part.contribution.repair(this.#options.onRepair);
    this.#remove(member);
  }

  find(): boolean {
    this.#options.find?.();
    // Members that have ended may have left figures.
    return this.#members.size > 0 || this.#streams.size > 0;
  }

  prepareNow(): void {}

  prepare(): Promise<void> | undefined {
    return this.#options.prepare?.();
  }

  *refresh(unixMillis: number): Generator<undefined, void> {
    this.#endRefresh();
    const steps = this.#refresh(unixMillis);
    this.#refreshing = steps;
    yield* steps;
    if (this.#refreshing === steps) this.#refreshing = undefined;
  }

  merged(
    stream: MergeableStream,
    store: StreamStore,
    own: SeriesSource | undefined,
    unixMillis: number,
    isOwnCounted: boolean = true,
  ): SeriesSource | undefined {
    const found = this.#mergedStream(stream, store.aggregation);
    if (found === undefined) return own;
    const merged = found.merged.get(store) ?? this.#made(found, store);
    if (merged instanceof MergedGauges)
      return merged.begin(isOwnCounted ? own : undefined, [...found.gauges], this.#round);
    const table = own instanceof MergedSeries ? own.table : store.series;
    return merged.begin({ own, table, isOwnCounted, unixMillis });
  }

  /**
   * Continues the exports of another process.
   *
   * @param exports the totals that its delta readers have exported, in their order. New readers without them get what
   *   is recorded from now on.
   */
  takeOver(exports: readonly (ExportedFigures | undefined)[]): void {
    this.#takenOverIn = this.#round + 1;
    this.#exports = exports;
  }

  /** The growth that a store's delta reader gets; `undefined` for cumulative readers, and without members. */
  growthOf(stream: MergeableStream, store: StreamStore): Growth | undefined {
    const found = this.#mergedStream(stream, store.aggregation);
    if (found === undefined) return undefined;
    const merged = found.merged.get(store) ?? this.#made(found, store);
    return merged instanceof MergedSeries ? merged.growth : undefined;
  }

  /** Takes over exemplars of members. Those of streams that no member has yet are dropped. */
  takeExemplars(sent: readonly SentExemplars[]): void {
    const byKey = new Map(
      [...this.#streams.values()]
        .flat()
        .map(({ stream, aggregation, totals }) => [streamKey(stream.origin, aggregation), totals]),
    );
    for (const { stream, series } of sent) byKey.get(stream)?.takeExemplars(series);
  }

  /** The totals of a stream; `undefined` if no member has the stream. */
  totalsOf(stream: MergeableStream, aggregation: KeptAggregation): SeriesSource | undefined {
    const totals = this.#mergedStream(stream, aggregation)?.totals;
    return totals?.sourceOf(totals.rows);
  }

  /** The table of the merged series of a store, if there are any. */
  tableOf(stream: MergeableStream, store: StreamStore): SeriesTable | undefined {
    return this.#mergedStream(stream, store.aggregation)?.totals?.series;
  }

  // A collection at the end of the process overtakes one that is under way.
  #endRefresh(): void {
    for (const _ of this.#refreshing ?? []);
    this.#refreshing = undefined;
  }

  *#refresh(unixMillis: number): Generator<undefined, void> {
    this.#round++;
    // Series of this process come first: those that were exported before do not disappear in the overflow series.
    for (const all of this.#streams.values()) for (const each of all) yield* this.#prepareOwn(each);
    for (const member of this.#members.keys()) yield* this.#refreshMember(member);
    for (const all of this.#streams.values())
      for (const { totals } of all) {
        if (totals === undefined) continue;
        yield* totals.addUp(unixMillis);
      }
  }

  *#prepareOwn(into: MergedStream): Generator<undefined, void> {
    for (const store of into.stream.stores) {
      if (!sameAggregation(store.aggregation, into.aggregation)) continue;
      const series = into.merged.get(store) ?? this.#made(into, store);
      const table = this.#options.inner?.tableOf(into.stream, store) ?? store.series;
      if (series instanceof MergedSeries) yield* series.prepare(table);
    }
  }

  *#refreshMember(member: MergedMember): Generator<undefined, void> {
    const parts = this.#members.get(member);
    if (parts === undefined) return;
    const { image } = member;
    try {
      yield* image.readLog();
      while (parts.length < image.streams.length) {
        const part = this.#partOf(member, image.streams[parts.length]!);
        parts.push(part);
        if (part !== undefined) yield* this.#prepareOwn(part.into);
      }
      for (const part of parts) {
        if (part === undefined) continue;
        if ("gauges" in part) part.gauges.refresh(this.#round);
        else yield* part.contribution.refresh(() => image.freed);
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

  #partOf(member: MergedMember, stream: MemberStream): Part | undefined {
    const into = this.#intoOf(member, stream);
    if (into === undefined) return undefined;
    if (into.totals !== undefined) return { into, contribution: into.totals.add(stream, member.slot) };
    const gauges = new MemberGauges(stream, member.slot);
    into.gauges.add(gauges);
    return { into, gauges };
  }

  #intoOf(member: MergedMember, { identity }: MemberStream): MergedStream | undefined {
    const { scope, instrument, index, aggregation } = identity;
    const stream = this.#target.meterOf(scope).streamsOf(instrument)[index];
    const stores = stream?.recordedStores ?? [];
    const isKnown =
      stream !== undefined &&
      (isObservable(instrument.type) ||
        stores.some((store) => sameAggregation(store.aggregation, aggregation)));
    if (!isKnown) {
      if (stream === undefined || stores.length > 0)
        this.#once.warn(
          instrument.name,
          () =>
            `${member.name}: metric "${instrument.name}" is aggregated otherwise there, so its figures are left out; create it everywhere with the same options and views`,
        );
      return undefined;
    }
    return this.#mergedStream(stream, aggregation) ?? this.#madeStream(stream, aggregation);
  }

  #mergedStream(stream: MergeableStream, aggregation: KeptAggregation): MergedStream | undefined {
    return this.#streams.get(stream)?.find((each) => sameAggregation(each.aggregation, aggregation));
  }

  #madeStream(stream: MergeableStream, aggregation: KeptAggregation): MergedStream {
    const made: MergedStream = {
      stream,
      aggregation,
      merged: new Map(),
      gauges: new Set(),
      madeIn: this.#round,
      totals:
        aggregation.kind === "lastValue"
          ? undefined
          : new Totals({
              aggregation,
              interner: this.#target.interner,
              limit: stream.limit,
              isKept: stream.isMonotonic || aggregation.kind !== "sum",
              neverFalls: stream.isMonotonic,
              isObserved: isObservable(stream.origin.instrument.type),
              timeToLiveMillis: this.#options.timeToLiveMillis,
              attributesFrom: (attributes) => this.#processed(stream, attributes),
            }),
    };
    this.#streams.set(stream, [...(this.#streams.get(stream) ?? []), made]);
    return made;
  }

  #made(
    { stream, totals, merged, madeIn }: Pick<MergedStream, "stream" | "totals" | "merged" | "madeIn">,
    store: StreamStore,
  ): MergedSeries | MergedGauges {
    const { gauges, workerAttribute } = this.#options;
    const series =
      totals === undefined
        ? new MergedGauges({
            interner: this.#target.interner,
            limit: store.series.limit,
            policy: policyOf(stream.origin.instrument.name, stream.configuration.acrossMembers, gauges),
            workerAttribute,
            ownSlot: OWN_SLOT,
          })
        : new MergedSeries(totals, store, {
            growth: this.#growthFor(stream, store, totals, madeIn),
            // Otherwise this process is a member itself.
            keepsIdle: this.#options.inner === undefined,
          });
    merged.set(store, series);
    return series;
  }

  #growthFor(
    stream: MergeableStream,
    store: StreamStore,
    totals: Totals,
    madeIn: number,
  ): Growth | undefined {
    if (!isDelta(store)) return undefined;
    const { aggregation } = store;
    const exported =
      this.#exports[this.#target.deltaReaders.findIndex((each) => stream.storeOf(each) === store)];
    const isTakenOver = exported === undefined && madeIn <= this.#takenOverIn;
    const growth = new Growth(totals, {
      aggregation,
      neverFalls: stream.isMonotonic,
      before: isTakenOver ? "all" : this.#takenOverIn < 0 ? "own" : "known",
    });
    const known = exported?.streamOf(stream.origin, aggregation);
    if (known !== undefined) growth.continueFrom(known);
    return growth;
  }

  #processed(stream: MergeableStream, attributes: Attributes): Attributes {
    try {
      return stream.process(attributes) ?? {};
    } catch (error) {
      const { name } = stream.origin.instrument;
      this.#once.error(
        name,
        () => `metric "${name}": a view's attributes processor threw for a member's series`,
        error,
      );
      return attributes;
    }
  }

  /** Removes a member and its figures, which come anew. */
  drop(member: MergedMember): void {
    this.#endRefresh();
    this.#remove(member, { isKept: false });
  }

  /** Sums and histograms of members that have ended. */
  departed(unixMillis: number): Collection {
    const metrics = [...this.#streams.values()].flat().flatMap(({ stream, aggregation, totals }) => {
      const series = totals?.departedSeries();
      return series === undefined ? [] : [bareMetric(stream, aggregation, series)];
    });
    const { interner } = this.#target;
    return { resource: NO_RESOURCE, timeUnixMillis: unixMillis, metrics, interner, errors: [] };
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
