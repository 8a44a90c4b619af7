// Groups in one thread: members have providers of their own, whose figures are in memory that the group reads.
import type { Attributes } from "@opentelemetry/api";
import type { Collection } from "../../src/engine/collection/collection.ts";
import { MeterProvider } from "../../src/engine/meter-provider.ts";
import type { MeterProviderOptions } from "../../src/engine/meter-provider-options.ts";
import { AggregationTemporality } from "../../src/engine/sdk-values.ts";
import type { Chunk } from "../../src/group/memory/chunks.ts";
import { ImageReader } from "../../src/group/memory/image-reader.ts";
import { ImageWriter } from "../../src/group/memory/image-writer.ts";
import { GroupMerge, type GroupMergeOptions, type MergedMember } from "../../src/group/merge/group-merge.ts";
import { providerOptionsFrom, memberConfigurationFor } from "../../src/group/member-configuration.ts";
import { OpenReader } from "../engine/our-provider.ts";

export class TestMember {
  readonly provider: MeterProvider;
  readonly merged: MergedMember;
  readonly #reader = new OpenReader();
  readonly #image: ImageWriter;
  readonly #chunks: Chunk[] = [];

  constructor(slot: number, options: MeterProviderOptions = {}, isOrdered?: boolean) {
    this.#image = new ImageWriter({
      isShared: true,
      isOrdered,
      onChunk: (chunk) => void this.#chunks.push(chunk),
    });
    this.provider = new MeterProvider({ ...options, readers: [this.#reader] }, this.#image);
    this.merged = this.as(slot);
  }

  /** The member, as a further group reads it. */
  as(slot: number): MergedMember {
    let read = 0;
    const arrived = (): readonly Chunk[] => this.#chunks.slice(read, (read = this.#chunks.length));
    return { name: `member ${slot}`, slot, image: new ImageReader(arrived) };
  }

  /** Reports observed values, as a thread does at each interval. */
  report(): void {
    const collection = this.#reader.producer.collectSync();
    this.#image.take([collection], ({ instrument }) => instrument.type.startsWith("OBSERVABLE"));
  }
}

/** The states of a process, as a group reads them. */
export class TestState {
  readonly image: ImageReader = new ImageReader();
  readonly #writer = new ImageWriter({ isShared: false });
  #logLength = 0;

  put(...collections: readonly Collection[]): void {
    this.#writer.take(collections);
    const log = this.#writer.logFrom(this.#logLength);
    this.#logLength += log.length;
    this.image.setState(log, new Uint8Array(Buffer.concat([...this.#writer.cells])));
  }

  /** The last state, as another process reads it. */
  again(): ImageReader {
    const image = new ImageReader();
    image.setState(this.#writer.logFrom(0), new Uint8Array(Buffer.concat([...this.#writer.cells])));
    return image;
  }
}

export class TestGroup {
  readonly provider: MeterProvider;
  readonly reader: OpenReader;
  readonly #merge: GroupMerge;
  readonly #options: MeterProviderOptions;

  constructor({
    temporality = AggregationTemporality.CUMULATIVE,
    options = {},
    merge = {},
  }: {
    readonly temporality?: AggregationTemporality;
    readonly options?: MeterProviderOptions;
    readonly merge?: Partial<GroupMergeOptions>;
  } = {}) {
    this.reader = new OpenReader(temporality);
    this.#options = options;
    this.provider = new MeterProvider({ ...options, readers: [this.reader] });
    this.#merge = this.provider.joinGroup((target) => {
      const made = new GroupMerge(target, {
        gauges: "last",
        workerAttribute: "worker.id",
        timeToLiveMillis: (options.seriesTimeToLive ?? Infinity) * 1e3,
        ...merge,
      });
      return { made, membersFor: () => made };
    }).made;
  }

  /** @param options or only whether the processor's writes are seen in their order */
  join(given: boolean | MeterProviderOptions = true): TestMember {
    const options = typeof given === "object" ? given : this.#options;
    const member = new TestMember(this.#merge.freeSlot(), options, given !== false);
    this.#merge.add(member.merged);
    return member;
  }

  leave(member: TestMember): void {
    this.#merge.leave(member.merged);
  }

  collect(): Promise<Collection> {
    return this.reader.producer.collectSeries();
  }
}

/** Values of a metric by attributes: first cells of its series. */
export async function valuesOf(group: TestGroup, name: string): Promise<[Attributes, number][]> {
  const { metrics } = await group.collect();
  const metric = metrics.find(({ descriptor }) => descriptor.name === name);
  const found: [Attributes, number][] = [];
  metric?.series.visit(0, metric.series.length, {
    series: (cells, offset, row) => void found.push([metric.series.attributesOf(row), cells[offset]!]),
  });
  return found;
}

/** The options that a member gets: without the functions of views. */
export function portableOptions(options: MeterProviderOptions): MeterProviderOptions {
  return providerOptionsFrom(structuredClone(memberConfigurationFor(1, options, [])));
}
