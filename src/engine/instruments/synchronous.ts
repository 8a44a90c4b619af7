/** What synchronous instruments of all kinds share. */
import type { Attributes, Context, Counter, UpDownCounter, Histogram, Gauge } from "@opentelemetry/api";
import type { Sampling } from "../exemplars/sampling.ts";
import { NO_HANDLE } from "../aggregation/recorders.ts";
import type { Handle, Recorder } from "../aggregation/store.ts";
import { Binding } from "./binding.ts";
import type { MeasurementSink } from "./measurement-sink.ts";
import { LastValueStore } from "../aggregation/last-value-store.ts";

/** An instrument that is recorded on where something happens. */
export abstract class SyncInstrument {
  /** @internal What valid measurements go into; replaced when readers are added. */
  protected recorder: Recorder;
  /** @internal Whether exemplars are sampled: the one look that a recording pays for them. */
  protected readonly sampling: Sampling;
  /** @internal */
  protected readonly recording: MeasurementSink;

  /** @internal */
  constructor(recording: MeasurementSink) {
    this.recording = recording;
    this.sampling = recording.sampling;
    this.recorder = recording.recorder;
    recording.onChange(() => {
      this.recorder = recording.recorder;
    });
  }

  /** @internal Records a value that was checked, without exemplars; returns the row of its series, if there is one store. */
  recordRow(value: number, attributes: Attributes | undefined): number {
    return this.recorder.record(value, attributes, undefined);
  }

  /** Whether a measurement would go anywhere: not if views drop it or the provider is shut down. May change. */
  enabled(): boolean {
    return this.recording.isEnabled;
  }
}

/** One series of an instrument: recording looks nothing up. */
export abstract class BoundInstrument {
  /** @internal Where valid measurements go; replaced when readers are added, and at release. */
  protected handle: Handle = NO_HANDLE;
  /** @internal */
  protected readonly sampling: Sampling;
  /** @internal */
  protected readonly recording: MeasurementSink;
  readonly #binding: Binding;

  /** @internal */
  constructor(recording: MeasurementSink, attributes: Attributes | undefined) {
    this.recording = recording;
    this.sampling = recording.sampling;
    this.#binding = new Binding(recording, attributes, (handle) => {
      this.handle = handle;
    });
  }

  /**
   * Lets go of the series, so that a time to live or a cycle of deltas without a measurement may end it. Measurements
   * made through the handle afterwards still count, at the price of a look-up each.
   */
  release(): void {
    this.#binding.release();
  }

  /** @internal Has the series exported though nothing was recorded in it. */
  showEmpty(): void {
    this.#binding.showEmpty();
  }

  /** @internal Offers the measurement to its series' exemplars. */
  protected sample(value: number, context: Context | undefined): void {
    this.#binding.sample(value, context);
  }
}

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

  /** The series of `attributes`, filtered and limited now: recording on it looks nothing up, until `release()`. */
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

  /** The series of `attributes`, filtered and limited now: recording on it looks nothing up, until `release()`. */
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

  /** The series of `attributes`, filtered and limited now: recording on it looks nothing up, until `release()`. */
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

  /** The series of `attributes`, filtered and limited now: recording on it looks nothing up, until `release()`. */
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
