/** The meter provider of a worker thread: its figures are in memory that the main thread reads. */
import type { MeterProvider as ApiMeterProvider } from "@opentelemetry/api";
import type { Collection } from "../../engine/collection/collection.ts";
import { MeterProvider } from "../../engine/meter-provider.ts";
import { isObservable } from "../../engine/streams/stream-configuration.ts";
import { FreshExemplars } from "../exemplars/fresh-exemplars.ts";
import { textOfExemplars } from "../exemplars/sent-exemplars.ts";
import { ImageWriter } from "../memory/image-writer.ts";
import { MemberReader } from "../member-reader.ts";
import { isRecipe, providerOptionsFrom, type Recipe } from "../recipe.ts";
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

/** Creates the meter provider of a worker thread. Chunks of its memory go to the main thread: `host.post({ chunk })`. */
export function memberProvider(host: HostLink): MemberProvider {
  const recipe = isRecipe(host.recipe) ? host.recipe : NO_RECIPE;
  const image = new ImageWriter({ isShared: true, onChunk: (chunk) => host.post({ chunk }) });
  const readers = recipe.readers.map((choices) => new MemberReader(choices));
  const meterProvider = new MeterProvider({ ...providerOptionsFrom(recipe), readers }, image);
  const fresh = new FreshExemplars();
  let last: readonly Collection[] = [];
  const take = (collections: readonly Collection[]): void => {
    last = collections;
    image.take(collections, ({ instrument }) => isObservable(instrument.type));
  };
  const producers = readers.flatMap(({ producer }) => producer ?? []);
  return {
    meterProvider,
    publish: async () => take(await Promise.all(producers.map((producer) => producer.collectSeries()))),
    publishNow: () => take(producers.map((producer) => producer.collectSync())),
    takeExemplars: () => {
      const sent = fresh.take(last);
      return sent.length === 0 ? undefined : textOfExemplars(sent);
    },
  };
}

const NO_RECIPE: Recipe = {
  interval: 1,
  cardinalityLimit: undefined,
  seriesTimeToLive: undefined,
  exemplarFilter: undefined,
  views: [],
  readers: [{ aggregations: {}, limits: {} }],
};
