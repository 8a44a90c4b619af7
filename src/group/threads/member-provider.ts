/** The meter provider of a worker thread: its figures are in memory that the main thread reads. */
import type { MeterProvider as ApiMeterProvider } from "@opentelemetry/api";
import type { Collection } from "../../engine/collection/collection.ts";
import { MeterProvider } from "../../engine/meter-provider.ts";
import { isObservable } from "../../engine/streams/stream-configuration.ts";
import { ImageWriter } from "../memory/image-writer.ts";
import { MemberReaders } from "../member-reader.ts";
import {
  isMemberConfiguration,
  providerOptionsFrom,
  type MemberConfiguration,
} from "../member-configuration.ts";
import type { HostLink } from "./join-main-thread.ts";

/** The meter provider of a thread, and the report of its figures. */
export interface MemberProvider {
  readonly meterProvider: ApiMeterProvider;
  /** Writes the values of observable instruments to the shared memory. All other values are there already. */
  publish(): Promise<void>;
  /** As `publish`, at the end of the thread: without callbacks that return a promise. */
  publishNow(): void;
  /** The new exemplars of the last report, as text; `undefined` without any. */
  takeExemplars(): string | undefined;
}

/** Creates the meter provider of a worker thread. Chunks of its memory go to the main thread: `host.post({ kind: "chunk", chunk })`. */
export function memberProvider(host: Pick<HostLink, "configuration" | "post">): MemberProvider {
  const configuration = isMemberConfiguration(host.configuration) ? host.configuration : NO_CONFIGURATION;
  const image = new ImageWriter({ isShared: true, onChunk: (chunk) => host.post({ kind: "chunk", chunk }) });
  const readers = new MemberReaders(configuration);
  const meterProvider = new MeterProvider(providerOptionsFrom(configuration), image);
  readers.bind(meterProvider);
  const take = (collections: readonly Collection[]): void =>
    image.take(collections, ({ instrument }) => isObservable(instrument.type));
  return {
    meterProvider,
    publish: async () => take(await readers.collect()),
    publishNow: () => take(readers.collectNow()),
    takeExemplars: () => readers.takeExemplars(),
  };
}

const NO_CONFIGURATION: MemberConfiguration = {
  interval: 1,
  cardinalityLimit: undefined,
  seriesTimeToLive: undefined,
  exemplarFilter: undefined,
  viewMatchingMode: undefined,
  views: [],
  readers: [{ aggregations: {}, limits: {} }],
};
