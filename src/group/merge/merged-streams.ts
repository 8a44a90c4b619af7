/** The streams of this process that members have, too. */
import type { Attributes } from "@opentelemetry/api";
import type { LogOnce } from "../../diagnostics/log-once.ts";
import type { Collection } from "../../engine/collection/collection.ts";
import type { MergeTarget } from "../../engine/meter-provider.ts";
import { type AcrossMembers, policyOf } from "../../engine/streams/across-members.ts";
import { sameAggregation } from "../../engine/streams/aggregation.ts";
import type { MergeableStream, StreamOrigin } from "../../engine/streams/members.ts";
import { isObservable } from "../../engine/streams/stream-configuration.ts";
import type { ReaderChoices } from "../../engine/streams/reader-choices.ts";
import type { KeptAggregation, StreamStore } from "../../engine/streams/stream-store.ts";
import { streamKey } from "../memory/frames.ts";
import type { MemberStream } from "../memory/image-reader.ts";
import { bareCollection, bareMetric } from "./departed.ts";
import { Growth } from "./growth.ts";
import { type GaugesOptions, type MemberGauges, MergedGauges } from "./merged-gauges.ts";
import { isDelta, MergedSeries } from "./merged-series.ts";
import { OWN_SLOT, Totals, type TotalsOptions } from "./totals.ts";

/** The totals that a delta reader of the last aggregator has exported, by the keys of their streams. */
export type ExportedStreams = ReadonlyMap<string, MemberStream>;

const NOTHING: ExportedStreams = new Map();

/** One stream of this process, and what the members have of it with one aggregation. */
export interface MergedStream {
  readonly stream: MergeableStream;
  readonly aggregation: KeptAggregation;
  readonly merged: Map<StreamStore, MergedSeries | MergedGauges>;
  /** Members' sums and histograms. */
  readonly totals: Totals | undefined;
  readonly gauges: Set<MemberGauges>;
  /** The refresh in which the first member was seen to have it. */
  readonly madeIn: number;
}

/** The settings of a merge. */
export interface MergeSettings
  extends Pick<GaugesOptions, "workerAttribute">, Pick<TotalsOptions, "timeToLiveMillis" | "isReported"> {
  /** Policy of gauges that have no other. */
  readonly gauges: AcrossMembers;
}

export interface MergedStreamsOptions extends MergeSettings {
  readonly target: MergeTarget;
  readonly once: LogOnce;
  /**
   * Whether members are threads, to which functions of views are not sent. Otherwise members are processes, of which this
   * is one.
   */
  readonly mergesThreads: boolean;
}

export class MergedStreams {
  readonly #options: MergedStreamsOptions;
  readonly #streams = new Map<MergeableStream, MergedStream[]>();
  #takenOverIn = -1;
  #round = 0;
  // By delta reader: what the last aggregator has exported; `undefined` if no process has exported.
  #exports: readonly (ExportedStreams | undefined)[] | undefined = [];

  constructor(options: MergedStreamsOptions) {
    this.#options = options;
  }

  get all(): readonly MergedStream[] {
    return [...this.#streams.values()].flat();
  }

  get isEmpty(): boolean {
    return this.#streams.size === 0;
  }

  /** Whether this process continues the exports of another one. */
  get hasTakenOver(): boolean {
    return this.#takenOverIn >= 0;
  }

  /**
   * Continues the exports of another process. It has exported the streams that the next refresh shows.
   *
   * @param exports the totals that its delta readers have exported, in their order. New readers without them get what
   *   is recorded from now on. If no process has exported, `undefined`: they get all.
   */
  takeOver(exports: readonly (ExportedStreams | undefined)[] | undefined): void {
    this.#takenOverIn = this.#round + 1;
    this.#exports = exports;
  }

  /**
   * Begins a refresh, and the streams that another process has exported, before members have them. Otherwise the next
   * exports would not include these.
   */
  begin(): void {
    this.#round++;
    if (this.#round !== this.#takenOverIn) return;
    for (const exported of this.#exports ?? [])
      for (const stream of exported?.values() ?? [])
        this.streamFor("the process that has exported before", stream);
  }

  /** Finds the stream that a member's stream is part of. Logs a message if it is missing. */
  streamFor(name: string, { identity }: MemberStream): MergedStream | undefined {
    const { instrument, aggregation } = identity;
    const stream = this.#streamOf(identity, aggregation);
    const stores = stream?.recordedStores ?? [];
    const isKnown =
      stream !== undefined &&
      (isObservable(instrument.type) ||
        stores.some((store) => sameAggregation(store.aggregation, aggregation)));
    if (!isKnown) {
      if (stream === undefined && !this.#options.target.meterOf(identity.scope).isEnabled) return undefined;
      if (stream === undefined || stores.length > 0)
        this.#options.once.warn(
          instrument.name,
          () =>
            `${name}: metric "${instrument.name}" is aggregated otherwise there, so its figures are left out; create it everywhere with the same options and views`,
        );
      return undefined;
    }
    return this.find(stream, aggregation) ?? this.#make(stream, aggregation);
  }

  /** Whether a member has a stream, with any aggregation: one of another would be shown under the same name. */
  has(origin: StreamOrigin, aggregation: KeptAggregation): boolean {
    const stream = this.#streamOf(origin, aggregation);
    return stream !== undefined && this.#streams.has(stream);
  }

  #streamOf(origin: StreamOrigin, aggregation: KeptAggregation): MergeableStream | undefined {
    return this.#options.target.meterOf(origin.scope).streamsOf(origin, aggregation)[origin.index];
  }

  find(stream: MergeableStream, aggregation: KeptAggregation): MergedStream | undefined {
    return this.#streams.get(stream)?.find((each) => sameAggregation(each.aggregation, aggregation));
  }

  /** The merged series of a store. */
  seriesOf(
    { stream, totals, merged, madeIn }: MergedStream,
    store: StreamStore,
  ): MergedSeries | MergedGauges {
    const found = merged.get(store);
    if (found !== undefined) return found;
    const { gauges, workerAttribute, target, mergesThreads } = this.#options;
    const series =
      totals === undefined
        ? new MergedGauges({
            interner: target.interner,
            limit: store.series.limit,
            policy: policyOf(stream.origin.instrument.name, stream.configuration.acrossMembers, gauges),
            workerAttribute,
            ownSlot: OWN_SLOT,
            isOwnCounted: mergesThreads,
          })
        : new MergedSeries(totals, store, {
            growth: this.#growthFor(stream, store, totals, madeIn),
            // A process that is a member has them in its own merge.
            isOwnCounted: mergesThreads,
          });
    merged.set(store, series);
    return series;
  }

  /** The growth that a store's delta reader gets; `undefined` for cumulative readers, and without members. */
  growthOf(stream: MergeableStream, store: StreamStore): Growth | undefined {
    const found = this.find(stream, store.aggregation);
    const merged = found && this.seriesOf(found, store);
    return merged instanceof MergedSeries ? merged.growth : undefined;
  }

  /** All totals that a delta reader has exported, also those that its last collection did not select. */
  exportedBy(reader: ReaderChoices): Collection {
    const metrics = this.all.flatMap(({ stream, aggregation }) => {
      const store = stream.storeOf(reader);
      if (store === undefined || !sameAggregation(store.aggregation, aggregation)) return [];
      const growth = this.growthOf(stream, store);
      return growth === undefined ? [] : [bareMetric(stream, aggregation, growth.exported)];
    });
    return bareCollection(metrics, this.#options.target.interner);
  }

  /** Sums and histograms of members that have ended, and of series that live members have removed. */
  departed(unixMillis: number): Collection {
    const metrics = this.all.flatMap(({ stream, aggregation, totals }) => {
      const series = totals?.departedSeries();
      return series === undefined ? [] : [bareMetric(stream, aggregation, series)];
    });
    return bareCollection(metrics, this.#options.target.interner, unixMillis);
  }

  #make(stream: MergeableStream, aggregation: KeptAggregation): MergedStream {
    const { fixed } = stream.configuration;
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
              interner: this.#options.target.interner,
              limit: stream.limit,
              restarts:
                fixed?.restarts ?? (isObservable(stream.origin.instrument.type) ? "byFall" : "byStart"),
              // The sum of a summary may fall, but belongs to its count.
              atEnd:
                stream.isMonotonic || aggregation.kind !== "sum" || fixed !== undefined ? "stays" : "leaves",
              neverFalls: neverFalls(stream, aggregation),
              isReported: this.#options.isReported,
              isRemovable: fixed !== undefined,
              timeToLiveMillis: this.#options.timeToLiveMillis,
              attributesFrom: this.attributesFor(stream),
            }),
    };
    this.#streams.set(stream, [...(this.#streams.get(stream) ?? []), made]);
    return made;
  }

  #growthFor(
    stream: MergeableStream,
    store: StreamStore,
    totals: Totals,
    madeIn: number,
  ): Growth | undefined {
    if (!isDelta(store)) return undefined;
    const { aggregation } = store;
    const reader = this.#options.target.deltaReaders.findIndex((each) => stream.storeOf(each) === store);
    const exported = this.#exports === undefined ? NOTHING : this.#exports[reader];
    const isTakenOver = exported === undefined && madeIn <= this.#takenOverIn;
    const growth = new Growth(totals, {
      aggregation,
      neverFalls: stream.isMonotonic,
      before: isTakenOver ? "all" : this.#takenOverIn < 0 ? "own" : "known",
    });
    // A later reader gets what is recorded from now on.
    if (madeIn < this.#round) {
      growth.continueAlone([totals.sourceOf(totals.rows)], undefined);
      return growth;
    }
    const known = exported?.get(streamKey(stream.origin, aggregation));
    if (known !== undefined) growth.continueFrom(known);
    return growth;
  }

  /** Function from the attributes of a member's series to those of the merged series. */
  attributesFor(stream: MergeableStream): (attributes: Attributes) => Attributes {
    if (!this.#options.mergesThreads) return (attributes) => attributes;
    return (attributes) => this.#processed(stream, attributes);
  }

  #processed(stream: MergeableStream, attributes: Attributes): Attributes {
    if (attributes["otel.metric.overflow"] === true) return attributes;
    try {
      return stream.process(attributes) ?? {};
    } catch (error) {
      const { name } = stream.origin.instrument;
      this.#options.once.error(
        name,
        () => `metric "${name}": a view's attributes processor threw for a member's series`,
        error,
      );
      return attributes;
    }
  }
}

// Values of a `MetricSource`'s histogram may be negative, so its sum may fall.
function neverFalls({ isMonotonic, configuration }: MergeableStream, { kind }: KeptAggregation): boolean {
  return isMonotonic && (kind === "sum" || configuration.fixed === undefined);
}
