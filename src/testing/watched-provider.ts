import { InstrumentType, MeterProvider, MetricReader } from "../engine/index.ts";
import type { MetricIdentity, MetricKind } from "./recorded-metric.ts";

type GetMeter = MeterProvider["getMeter"];

/** A provider that lists all metrics created on it, recorded or not. */
export class WatchedProvider extends MeterProvider {
  readonly #meters = new Set<ReturnType<GetMeter>>();

  override getMeter(...scope: Parameters<GetMeter>): ReturnType<GetMeter> {
    const meter = super.getMeter(...scope);
    this.#meters.add(meter);
    return meter;
  }

  /** All metrics as they are exported: under the names of views, and without dropped ones. */
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

/** A reader that only collects on demand. */
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
