/** The engine's core as a separate provider, for code that works without an SDK. Loads none of upstream's packages. */
import type { MeterProvider } from "@opentelemetry/api";
import { VERSION } from "../version.ts";
import type { Collection } from "./collection/collection.ts";
import { SeriesProducer } from "./collection/producer.ts";
import { CollectionQueue } from "./collection/collection-queue.ts";
import { Sampling } from "./exemplars/sampling.ts";
import { Meter } from "./meter.ts";
import type { ProviderContext } from "./provider-context.ts";
import { DroppedMeasurements } from "../diagnostics/dropped-measurements.ts";
import { resourceFrom } from "./resource.ts";
import { scopeFrom, scopeKey } from "./scope.ts";
import { Interner } from "./series/interner.ts";
import { ReaderChoices } from "./streams/reader-choices.ts";

/** Provider without readers. Its owner reads the recorded data, which is cumulative. */
export class StandaloneProvider implements MeterProvider {
  readonly #meters = new Map<string, Meter>();
  readonly #context: ProviderContext;
  readonly #producer: SeriesProducer;

  /** @param cardinalityLimit maximum number of series of each instrument; the default limit if it is missing. */
  constructor(cardinalityLimit?: number) {
    const reader = new ReaderChoices({});
    this.#context = {
      resource: resourceFrom([]),
      views: [],
      viewMatchingMode: "independent",
      cardinalityLimit,
      timeToLiveMillis: Infinity,
      tracksActivity: false,
      readers: [reader],
      interner: new Interner(),
      changes: { count: 0 },
      sampling: new Sampling("always_off"),
      dropped: new DroppedMeasurements(() => this.getMeter("tachymeter.telemetry", VERSION)),
    };
    this.#producer = new SeriesProducer(this.#context, this.#meters, reader, new CollectionQueue());
  }

  /** Returns the meter of a scope, the same one each time. */
  getMeter(name: string, version: string = ""): Meter {
    const scope = scopeFrom(name, version, {});
    const key = scopeKey(scope);
    let meter = this.#meters.get(key);
    if (meter === undefined) this.#meters.set(key, (meter = new Meter(scope, this.#context)));
    return meter;
  }

  /** Collects everything recorded, synchronously. Callbacks that return a promise are left out. */
  collect(): Collection {
    return this.#producer.collectSync();
  }
}
