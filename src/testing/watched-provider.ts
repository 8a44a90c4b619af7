// A provider that knows what was made on it, and a reader that is asked by hand.
import { InstrumentType, MeterProvider, MetricReader } from "../engine/index.ts";
import type { MetricIdentity, MetricKind } from "./recorded-metric.ts";

type GetMeter = MeterProvider["getMeter"];

/** A provider that tells of every metric that was made, whether anything was recorded in it or not. */
export class WatchedProvider extends MeterProvider {
  readonly #meters = new Set<ReturnType<GetMeter>>();

  override getMeter(...scope: Parameters<GetMeter>): ReturnType<GetMeter> {
    const meter = super.getMeter(...scope);
    this.#meters.add(meter);
    return meter;
  }

  /** What was made, as it is exported: under a view's name, and not where a view drops it. */
  get registered(): readonly MetricIdentity[] {
    return [...this.#meters].flatMap(({ scope, streams }) =>
      streams
        .filter(({ isDropped }) => !isDropped)
        .map(({ descriptor: { name, unit, description, type } }) => ({
          scope: scope.name,
          name,
          unit,
          description,
          kind: KINDS[type],
        })),
    );
  }
}

/** A reader that collects when it is asked, and otherwise does nothing. */
export class PulledReader extends MetricReader {
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}

const KINDS: Readonly<Record<InstrumentType, MetricKind>> = {
  [InstrumentType.COUNTER]: "counter",
  [InstrumentType.OBSERVABLE_COUNTER]: "counter",
  [InstrumentType.UP_DOWN_COUNTER]: "upDownCounter",
  [InstrumentType.OBSERVABLE_UP_DOWN_COUNTER]: "upDownCounter",
  [InstrumentType.GAUGE]: "gauge",
  [InstrumentType.OBSERVABLE_GAUGE]: "gauge",
  [InstrumentType.HISTOGRAM]: "histogram",
};
