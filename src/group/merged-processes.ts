/** The figures of all processes of a group, merged by its aggregator. Made anew each time a process gets that role. */
import type { SeriesSource } from "../engine/collection/series-source.ts";
import type { MergeTarget } from "../engine/meter-provider.ts";
import type { MergeableStream, Members, StreamOrigin } from "../engine/streams/members.ts";
import type { KeptAggregation, StreamStore } from "../engine/streams/stream-store.ts";
import { DeltaExports } from "./delta-exports.ts";
import type { ImageReader } from "./memory/image-reader.ts";
import { GroupMerge, type GroupMergeOptions } from "./merge/group-merge.ts";
import { isDelta } from "./merge/merged-series.ts";
import { OWN_SLOT } from "./merge/totals.ts";
import { ProcessMembers } from "./process-members.ts";
import type { GroupFolder } from "./processes/group-folder.ts";
import { OF_THE_AGGREGATOR } from "./state-report.ts";

export interface MergedProcessesOptions extends Pick<
  GroupMergeOptions,
  "gauges" | "workerAttribute" | "timeToLiveMillis"
> {
  readonly folder: GroupFolder;
  readonly target: MergeTarget;
  /** The merge of this process' threads. */
  readonly threadMerge: GroupMerge;
  /** The reported figures of this process, which is a member itself. */
  readonly own: ImageReader;
  /** Whether another process may have exported before. */
  readonly isSuccessor: boolean;
}

export class MergedProcesses implements Pick<Members, "find" | "refresh" | "collected"> {
  /** The other processes. */
  readonly members: ProcessMembers;
  readonly #folder: GroupFolder;
  readonly #merge: GroupMerge;
  readonly #deltaExports: DeltaExports;
  #isRefreshed = false;

  constructor({ folder, target, threadMerge, own, isSuccessor, ...options }: MergedProcessesOptions) {
    this.#folder = folder;
    this.#merge = new GroupMerge(target, {
      ...options,
      inner: threadMerge,
      find: () => this.members.read(),
    });
    this.#deltaExports = new DeltaExports({ target, threadMerge, processMerge: this.#merge });
    this.members = new ProcessMembers(folder, this.#merge);
    this.#merge.add({ name: "this process", slot: OWN_SLOT, image: own });
    const exports = DeltaExports.read(folder.exported);
    // The group may have a name, and continue the figures of processes that have ended.
    if (isSuccessor || this.members.hasDeparted || exports.length > 0) this.#merge.takeOver(exports);
  }

  /** Whether the figures were read. A collection that has begun before goes on without them. */
  get isRefreshed(): boolean {
    return this.#isRefreshed;
  }

  find(): boolean {
    return this.#merge.find();
  }

  *refresh(unixMillis: number): Generator<undefined, void> {
    yield* this.#merge.refresh(unixMillis);
    this.#isRefreshed = true;
  }

  /** @param ofProcess the series of this process and its threads. */
  merged(
    stream: MergeableStream,
    store: StreamStore,
    ofProcess: SeriesSource | undefined,
    unixMillis: number,
  ): SeriesSource | undefined {
    // The totals have what this process has reported.
    const isReported = !OF_THE_AGGREGATOR.test(stream.origin.instrument.name);
    if (isReported && isDelta(store) && !this.#deltaExports.begin(stream, store, ofProcess, unixMillis))
      return undefined;
    return this.#merge.merged(stream, store, ofProcess, unixMillis, !isReported);
  }

  /** Whether the totals have a stream, in which this process has reported its own series. */
  hasOwn(origin: StreamOrigin, aggregation: KeptAggregation): boolean {
    return this.#merge.has(origin, aggregation);
  }

  collected(reader: object): void {
    this.#deltaExports.end(reader, this.#folder.exported);
  }
}
