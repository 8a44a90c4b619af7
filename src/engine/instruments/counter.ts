import type { Attributes, Context, Counter } from "@opentelemetry/api";
import { BoundInstrument, SyncInstrument } from "./sync-instrument.ts";

/** Counts up. */
export class CounterInstrument<AttributesTypes extends Attributes = Attributes>
  extends SyncInstrument
  implements Counter<AttributesTypes>
{
  /** Adds `value`, which must be finite and not negative; another is dropped, counted and told of once. */
  add(value: number, attributes?: AttributesTypes, context?: Context): void {
    if (typeof value === "number" && value >= 0 && value < Infinity) {
      const row = this.recorder.record(value, attributes, context);
      if (this.sampling.on || context !== undefined) this.recording.sample(row, value, attributes, context);
    } else this.recording.refuse(value);
  }

  /**
   * The series of `attributes`, to be recorded on without looking it up. Views' filters and the cardinality limit are
   * applied now, once and for all; the series is kept until `release()`.
   */
  bind(attributes?: AttributesTypes): BoundCounter {
    return new BoundCounter(this.recording, attributes);
  }
}

/** One series of a counter. */
export class BoundCounter extends BoundInstrument {
  /** Adds `value`, which must be finite and not negative; another is dropped, counted and told of once. */
  add(value: number, context?: Context): void {
    if (typeof value === "number" && value >= 0 && value < Infinity) {
      this.handle.record(value);
      if (this.sampling.on || context !== undefined) this.sample(value, context);
    } else this.recording.refuse(value);
  }
}
