import type { Attributes, Context, UpDownCounter } from "@opentelemetry/api";
import { BoundInstrument, SyncInstrument } from "./sync-instrument.ts";

/** Counts up and down. */
export class UpDownCounterInstrument<AttributesTypes extends Attributes = Attributes>
  extends SyncInstrument
  implements UpDownCounter<AttributesTypes>
{
  /** Adds `value`, which must be finite; another is dropped, counted and told of once. */
  add(value: number, attributes?: AttributesTypes, context?: Context): void {
    if (typeof value === "number" && value > -Infinity && value < Infinity) {
      const row = this.recorder.record(value, attributes, context);
      if (this.sampling.on || context !== undefined) this.recording.sample(row, value, attributes, context);
    } else this.recording.refuse(value);
  }

  /**
   * The series of `attributes`, to be recorded on without looking it up. Views' filters and the cardinality limit are
   * applied now, once and for all; the series is kept until `release()`.
   */
  bind(attributes?: AttributesTypes): BoundUpDownCounter {
    return new BoundUpDownCounter(this.recording, attributes);
  }
}

/** One series of a counter that goes up and down. */
export class BoundUpDownCounter extends BoundInstrument {
  /** Adds `value`, which must be finite; another is dropped, counted and told of once. */
  add(value: number, context?: Context): void {
    if (typeof value === "number" && value > -Infinity && value < Infinity) {
      this.handle.record(value);
      if (this.sampling.on || context !== undefined) this.sample(value, context);
    } else this.recording.refuse(value);
  }
}
