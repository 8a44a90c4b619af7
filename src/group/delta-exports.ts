/** The exports of delta readers in a group of processes: growth of the totals, which a successor continues. */
import { attempt } from "../diagnostics/rate-limit.ts";
import type { SeriesSource } from "../engine/collection/series-source.ts";
import type { MergeTarget } from "../engine/meter-provider.ts";
import { AggregationTemporality } from "../engine/sdk-values.ts";
import { sameAggregation } from "../engine/streams/aggregation.ts";
import type { MergeableStream } from "../engine/streams/members.ts";
import type { StreamStore } from "../engine/streams/stream-store.ts";
import { ImageReader } from "./memory/image-reader.ts";
import { ImageWriter } from "./memory/image-writer.ts";
import { streamKey } from "./memory/frames.ts";
import type { GroupMerge } from "./merge/group-merge.ts";
import type { ExportedStreams } from "./merge/merged-streams.ts";
import type { Exported } from "./processes/exported.ts";

export interface DeltaExportsOptions {
  readonly target: MergeTarget;
  readonly threadMerge: GroupMerge;
  readonly processMerge: GroupMerge;
}

export class DeltaExports {
  readonly #options: DeltaExportsOptions;
  // By reader: all that it has exported.
  readonly #images: ImageWriter[] = [];

  constructor(options: DeltaExportsOptions) {
    this.#options = options;
  }

  /** The figures that the last aggregator has exported. */
  static read(exported: Pick<Exported, "read">): readonly (ExportedStreams | undefined)[] {
    const found: ExportedStreams[] = [];
    for (const [reader, { log, cells }] of exported.read()) {
      const read = (): ExportedStreams => {
        const image = new ImageReader();
        image.setState(log, cells);
        for (const _ of image.readLog());
        return new Map(
          image.streams.map((each) => [streamKey(each.identity, each.identity.aggregation), each]),
        );
      };
      const streams = attempt(
        read,
        (reason) => `group: the exported figures of a reader are left out: ${reason}`,
      );
      if (streams !== undefined) found[reader] = streams;
    }
    return found;
  }

  /**
   * Begins the collection of a store. Returns false if it has nothing to export yet.
   *
   * @param own what this process has recorded since its last collection.
   */
  begin(
    stream: MergeableStream,
    store: StreamStore,
    own: SeriesSource | undefined,
    unixMillis: number,
  ): boolean {
    const { processMerge } = this.#options;
    const growth = processMerge.streams.growthOf(stream, store);
    // After a takeover, a new stream is exported once it is in the totals.
    if (growth === undefined) return !processMerge.streams.hasTakenOver;
    // This process has exported alone until now.
    if (growth.isUnknown) growth.continueAlone(this.#ownTotals(stream, store, unixMillis), own);
    return true;
  }

  /** Ends the collection of a reader, which may have left out stores. */
  end(reader: object, exported: Pick<Exported, "write"> | undefined): void {
    const { target, processMerge } = this.#options;
    const number = target.deltaReaders.findIndex((each) => each.reader === reader);
    const choices = target.deltaReaders[number];
    if (choices === undefined) return;
    const image = (this.#images[number] ??= new ImageWriter({ isShared: false }));
    image.take([processMerge.streams.exportedBy(choices)]);
    exported?.write(number, image);
  }

  #ownTotals(stream: MergeableStream, store: StreamStore, unixMillis: number): readonly SeriesSource[] {
    const { aggregation } = store;
    const cumulative = stream.recordedStores.find(
      (each) =>
        each.temporality === AggregationTemporality.CUMULATIVE &&
        sameAggregation(each.aggregation, aggregation),
    );
    const own = store.totals ?? cumulative?.collect(unixMillis);
    const threads = this.#options.threadMerge.streams.find(stream, aggregation)?.totals;
    return [own, threads?.sourceOf(threads.rows)].filter((source) => source !== undefined);
  }
}
