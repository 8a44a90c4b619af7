import type { Attributes, Context, Histogram } from "@opentelemetry/api";
import { BoundInstrument, SyncInstrument } from "./sync-instrument.ts";

/** Records a distribution. */
export class HistogramInstrument<AttributesTypes extends Attributes = Attributes>
  extends SyncInstrument
  implements Histogram<AttributesTypes>
{
  /** Records `value`, which must be finite and not negative; another is dropped, counted and told of once. */
  record(value: number, attributes?: AttributesTypes, context?: Context): void {
    if (typeof value === "number" && value >= 0 && value < Infinity) {
      const row = this.recorder.record(value, attributes, context);
      if (this.sampling.on || context !== undefined) this.recording.sample(row, value, attributes, context);
    } else this.recording.refuse(value);
  }

  /**
   * The series of `attributes`, to be recorded on without looking it up. Views' filters and the cardinality limit are
   * applied now, once and for all; the series is kept until `release()`.
   */
  bind(attributes?: AttributesTypes): BoundHistogram {
    return new BoundHistogram(this.recording, attributes);
  }
}

/** One series of a histogram. */
export class BoundHistogram extends BoundInstrument {
  /** Records `value`, which must be finite and not negative; another is dropped, counted and told of once. */
  record(value: number, context?: Context): void {
    if (typeof value === "number" && value >= 0 && value < Infinity) {
      this.handle.record(value);
      if (this.sampling.on || context !== undefined) this.sample(value, context);
    } else this.recording.refuse(value);
  }
}
