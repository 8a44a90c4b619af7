import type { Attributes, Context, Gauge } from "@opentelemetry/api";
import { LastValueStore } from "../aggregation/last-value-store.ts";
import { BoundInstrument, SyncInstrument } from "./sync-instrument.ts";

/** Keeps the last value. */
export class GaugeInstrument<AttributesTypes extends Attributes = Attributes>
  extends SyncInstrument
  implements Gauge<AttributesTypes>
{
  /** Records `value`, any number, NaN and infinities too; what is none is dropped, counted and told of once. */
  record(value: number, attributes?: AttributesTypes, context?: Context): void {
    if (typeof value === "number") {
      const row = this.recorder.record(value, attributes, context);
      if (this.sampling.on || context !== undefined) this.recording.sample(row, value, attributes, context);
    } else this.recording.refuse(value);
  }

  /** @internal Records the series' last value, or 0, and `difference` more; returns it. For a provider's only reader. */
  adjust(difference: number, attributes?: AttributesTypes): number {
    return this.recorder instanceof LastValueStore
      ? this.recorder.adjust(difference, attributes)
      : Number.NaN;
  }

  /**
   * The series of `attributes`, to be recorded on without looking it up. Views' filters and the cardinality limit are
   * applied now, once and for all; the series is kept until `release()`.
   */
  bind(attributes?: AttributesTypes): BoundGauge {
    return new BoundGauge(this.recording, attributes);
  }
}

/** One series of a gauge. */
export class BoundGauge extends BoundInstrument {
  /** Records `value`, any number, NaN and infinities too; what is none is dropped, counted and told of once. */
  record(value: number, context?: Context): void {
    if (typeof value === "number") {
      this.handle.record(value);
      if (this.sampling.on || context !== undefined) this.sample(value, context);
    } else this.recording.refuse(value);
  }
}
