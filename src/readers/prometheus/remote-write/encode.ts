// Collections as requests of Prometheus' remote write 2.0.
import { attributesOf } from "../../../engine/resource.ts";
import type { Collection } from "../../../engine/collection/collection.ts";
import { allSteps, inSlices } from "../../../io/yield.ts";
import { labelValue } from "../../../translation/label-value.ts";
import { Translation } from "../../../translation/translation.ts";
import type { CollectionEncoder, EncodedRequest } from "../../delivery/encoder.ts";
import { Body, ChunkPool } from "../document/body.ts";
import { Document } from "../document/document.ts";
import { LabelFragments, LabelVariants } from "../document/labels.ts";
import { RemoteWriteKit } from "./kit.ts";
import { Requests } from "./requests.ts";
import { RowLabels } from "./samples.ts";
import { SeriesMemory } from "./series-memory.ts";
import { EMPTY, Symbols } from "./symbols.ts";

// Prometheus refuses samples that are further ahead of its clock.
const MAX_AHEAD_MILLIS = 600_000;

// Exceeded only if attributes are generated at run time.
const MANY_SYMBOLS = 100_000;

/**
 * Encodes collections as `io.prometheus.write.v2.Request`s. A series that is missing in a collection ends with a stale
 * marker, as all do at the end of the process. Samples of one series have rising times, unless the clock is set back so far
 * that the server has refused the times before.
 */
export class RemoteWriteEncoder implements CollectionEncoder {
  readonly #hasCustomBuckets: boolean;
  #encoding: Encoding;
  #isBusy = false;
  #latestUnixMillis = 0;

  /** @param hasCustomBuckets whether classic histograms are written as native ones with custom buckets. */
  constructor(hasCustomBuckets = false) {
    this.#hasCustomBuckets = hasCustomBuckets;
    this.#encoding = new Encoding(hasCustomBuckets);
  }

  async encode(collection: Collection): Promise<readonly EncodedRequest[]> {
    this.#isBusy = true;
    try {
      const encoding = this.#encoding.isBloated ? await inSlices(this.#encoding.renewed()) : this.#encoding;
      this.#encoding = encoding;
      await inSlices(encoding.steps(this.#inOrder(collection)));
      return encoding.finish();
    } catch (error) {
      this.#encoding.abandon();
      throw error;
    } finally {
      this.#isBusy = false;
    }
  }

  encodeSync(collection: Collection): readonly EncodedRequest[] {
    // Another collection is being encoded, and will not be finished.
    const encoding = this.#isBusy ? new Encoding(this.#hasCustomBuckets) : this.#encoding;
    allSteps(encoding.steps(this.#inOrder(collection)));
    return encoding.finish();
  }

  endSync(): readonly EncodedRequest[] {
    if (this.#isBusy) return [];
    allSteps(this.#encoding.end(true, this.#timeOf(Date.now())));
    return this.#encoding.finish();
  }

  #inOrder(collection: Collection): Collection {
    return { ...collection, timeUnixMillis: this.#timeOf(Math.trunc(collection.timeUnixMillis)) };
  }

  #timeOf(unixMillis: number): number {
    const isRefused = this.#latestUnixMillis - unixMillis > MAX_AHEAD_MILLIS;
    this.#latestUnixMillis = isRefused ? unixMillis : Math.max(unixMillis, this.#latestUnixMillis + 1);
    return this.#latestUnixMillis;
  }
}

/** The state that is kept between collections. */
class Encoding {
  readonly #symbols = new Symbols();
  readonly #memory = new SeriesMemory();
  readonly #rowLabels = new RowLabels(this.#symbols);
  readonly #translation = new Translation({ reservedLabels: ["job", "instance"] });
  readonly #requests = new Requests(this.#symbols, this.#translation.names);
  readonly #pool = new ChunkPool();
  readonly #hasCustomBuckets: boolean;
  readonly #kit: RemoteWriteKit;
  readonly #fragments: LabelFragments;

  constructor(hasCustomBuckets: boolean) {
    this.#hasCustomBuckets = hasCustomBuckets;
    const variants = new LabelVariants(this.#translation.names);
    this.#kit = new RemoteWriteKit({
      translation: this.#translation,
      variants,
      symbols: this.#symbols,
      requests: this.#requests,
      memory: this.#memory,
      rowLabels: this.#rowLabels,
      hasCustomBuckets,
    });
    this.#fragments = new LabelFragments(variants, this.#kit.encodeLabels);
  }

  /** Whether most of the memory may be of series that no longer exist. */
  get isBloated(): boolean {
    return this.#memory.isBloated || this.#symbols.size > MANY_SYMBOLS + 4 * this.#memory.size;
  }

  /** A new encoding that knows the same living series. */
  *renewed(): Generator<void, Encoding> {
    const renewed = new Encoding(this.#hasCustomBuckets);
    const { job, instance } = this.#rowLabels.target;
    renewed.#rowLabels.setTarget(job, instance);
    renewed.#memory.beginCollection();
    const moved = (id: number): number => renewed.#symbols.idOf(this.#symbols.textOf(id));
    let count = 0;
    for (const { labels, name, bound, type } of this.#memory.living()) {
      const list = renewed.#memory.labelsOf(labels.map(moved), labels.length);
      renewed.#memory.see(list, moved(name), moved(bound), type);
      if (++count % 64 === 0) yield;
    }
    return renewed;
  }

  *steps(collection: Collection): Generator<void, void> {
    this.abandon();
    this.#kit.tidy();
    this.#memory.beginCollection();
    const { job, instance } = targetOf(collection);
    if (!this.#rowLabels.hasTarget(job, instance)) {
      yield* this.end(true, collection.timeUnixMillis);
      this.#rowLabels.setTarget(job, instance);
    }
    this.#fragments.begin(collection.interner);
    const body = new Body(this.#pool);
    yield* new Document(this.#kit, body).write(collection, this.#fragments);
    body.release();
    yield* this.end(false, collection.timeUnixMillis);
  }

  /** Writes the markers of the series that were not in the latest collection, or of all. */
  *end(all: boolean, unixMillis: number): Generator<void, void> {
    yield* this.#memory.end(all, ({ labels, name, bound, type }) => {
      const head = { name, bound, type, series: 0, help: EMPTY, unit: EMPTY };
      this.#requests.stale(head, this.#rowLabels.beginWith(labels), unixMillis);
    });
  }

  finish(): readonly EncodedRequest[] {
    return this.#requests.finish();
  }

  abandon(): void {
    this.#requests.abandon();
  }
}

/**
 * The labels of a target in Prometheus.
 *
 * @see OpenTelemetry specification, "Prometheus and OpenMetrics Compatibility", resource attributes
 */
function targetOf({ resource }: Collection): { readonly job: string; readonly instance: string } {
  const attributes = attributesOf(resource);
  const textOf = (key: string): string => {
    const value = attributes[key];
    return value === undefined ? "" : String(labelValue(value));
  };
  const [namespace, name] = [textOf("service.namespace"), textOf("service.name")];
  return { job: namespace === "" ? name : `${namespace}/${name}`, instance: textOf("service.instance.id") };
}
