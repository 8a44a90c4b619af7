/** Synchronous instruments: counter, up-down counter, histogram and gauge, and their bound forms. */
import type { Attributes, Context, Counter, UpDownCounter, Histogram, Gauge } from "@opentelemetry/api";
import type { Sampling } from "../exemplars/sampling.ts";
import { NO_HANDLE } from "../aggregation/recorders.ts";
import { type Handle, NO_ROW, type Recorder } from "../aggregation/store.ts";
import { Binding, type BindingOptions } from "./binding.ts";
import type { MeasurementSink } from "./measurement-sink.ts";
import { LastValueStore } from "../aggregation/last-value-store.ts";
import { OVERFLOW_ROW, type RowChanges } from "../series/series-table.ts";

/** Instrument that the application records on directly. */
export abstract class SyncInstrument {
  /** @internal Recorder of valid measurements; replaced when readers are added. */
  protected recorder: Recorder;
  /**
   * @internal Its field `on`: whether exemplars are sampled. Without exemplars, reading it is the only cost per
   * recording.
   */
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

  /**
   * @internal Records a validated value without exemplars. Returns the row of its series if there is exactly
   * one store.
   */
  recordRow(value: number, attributes: Attributes | undefined): number {
    return this.recorder.record(value, attributes, undefined);
  }

  /**
   * Removes the series of `attributes`, as when a tenant or a peer is gone. Without attributes, the series that has none.
   *
   * - Cumulative readers do not export it any more. If it is recorded again, it begins with 0 and a new start time.
   * - Readers of deltas export once more what was recorded since their last collection, except for gauges.
   * - A view's stream loses the series with the attributes that the view keeps of these.
   * - A bound instrument of the series begins it anew with its next measurement.
   * - In a group of threads and processes, the series stays until each live member that has it has removed it.
   *
   * Never throws. Invalid attributes are left out and logged, as when they are recorded.
   *
   * @example
   * const requests = meter.createCounter("requests");
   * requests.add(1, { tenant: "a" });
   * requests.remove({ tenant: "a" });
   */
  remove(attributes?: Attributes): void {
    this.recording.remove(attributes);
  }

  /** Removes all series, each as {@link remove} does. */
  clear(): void {
    this.recording.clear();
  }

  /** Whether measurements are recorded: false if all views drop them or the provider is shut down. May change. */
  enabled(): boolean {
    return this.recording.isEnabled;
  }
}

const NO_CHANGES: RowChanges = { count: 0 };

/** One series of an instrument. Recording looks nothing up. */
export abstract class BoundInstrument {
  /** @internal Handle for valid measurements; replaced when readers are added, and on release. */
  protected handle: Handle = NO_HANDLE;
  /** @internal */
  protected readonly sampling: Sampling;
  /** @internal */
  protected readonly recording: MeasurementSink;
  /** @internal Changes after which `handle` must be found again: none if the series is held. */
  protected readonly changes: RowChanges;
  /** @internal The count of `changes` for which `handle` was found. */
  protected found = 0;
  readonly #binding: Binding;

  /** @internal */
  constructor(recording: MeasurementSink, attributes: Attributes | undefined, options: BindingOptions = {}) {
    this.recording = recording;
    this.sampling = recording.sampling;
    this.changes = options.isWeak === true ? recording.changes : NO_CHANGES;
    this.#binding = new Binding(recording, attributes, options, (handle) => {
      this.handle = handle;
      this.found = this.changes.count;
    });
  }

  /** @internal */
  protected find(): void {
    this.#binding.find();
  }

  /**
   * Releases the series, so that a time to live, or a delta cycle without a measurement, may remove it.
   * Measurements made through the handle afterwards still count, but cost a look-up each.
   */
  release(): void {
    this.#binding.release();
  }

  /** @internal Offers the measurement to the exemplars of its series. */
  protected sample(value: number, context: Context | undefined): void {
    this.#binding.sample(value, context);
  }
}

/** Counter: a sum that never falls. */
export class CounterInstrument<AttributesTypes extends Attributes = Attributes>
  extends SyncInstrument
  implements Counter<AttributesTypes>
{
  /** Adds `value`, which must be finite and at least 0. Invalid values are dropped, counted and logged once. */
  add(value: number, attributes?: AttributesTypes, context?: Context): void {
    if (typeof value === "number" && value >= 0 && value < Infinity) {
      const row = this.recorder.record(value, attributes, context);
      if (this.sampling.on || context !== undefined) this.recording.sample(row, value, attributes, context);
    } else this.recording.refuse(value);
  }

  /** @internal Exports 0 for the series without attributes, to present and later readers. */
  showEmpty(): void {
    this.recording.eachStore(({ recorder }) => void recorder.record(0, {}, undefined));
  }

  /** Binds the series of `attributes`, filtered and limited now. Recording looks nothing up until `release()`. */
  bind(attributes?: AttributesTypes): BoundCounter {
    return new BoundCounter(this.recording, attributes);
  }

  /** @internal Like `bind`, without a hold: the series may be removed, and is looked up again then. */
  bindWeakly(attributes: AttributesTypes): BoundCounter {
    return new BoundCounter(this.recording, attributes, { isWeak: true });
  }
}

/** One series of a counter. */
export class BoundCounter extends BoundInstrument {
  /** Adds `value`, which must be finite and at least 0. Invalid values are dropped, counted and logged once. */
  add(value: number, context?: Context): void {
    if (typeof value === "number" && value >= 0 && value < Infinity) {
      if (this.found !== this.changes.count) this.find();
      this.handle.record(value);
      if (this.sampling.on || context !== undefined) this.sample(value, context);
    } else this.recording.refuse(value);
  }
}

/** Up-down counter: a sum that rises and falls. */
export class UpDownCounterInstrument<AttributesTypes extends Attributes = Attributes>
  extends SyncInstrument
  implements UpDownCounter<AttributesTypes>
{
  /** Adds `value`, which must be finite. Invalid values are dropped, counted and logged once. */
  add(value: number, attributes?: AttributesTypes, context?: Context): void {
    if (typeof value === "number" && value > -Infinity && value < Infinity) {
      const row = this.recorder.record(value, attributes, context);
      if (this.sampling.on || context !== undefined) this.recording.sample(row, value, attributes, context);
    } else this.recording.refuse(value);
  }

  /** Binds the series of `attributes`, filtered and limited now. Recording looks nothing up until `release()`. */
  bind(attributes?: AttributesTypes): BoundUpDownCounter {
    return new BoundUpDownCounter(this.recording, attributes);
  }

  /** @internal Like `bind`, without a hold: the series may be removed, and is looked up again then. */
  bindWeakly(attributes: AttributesTypes): BoundUpDownCounter {
    return new BoundUpDownCounter(this.recording, attributes, { isWeak: true });
  }
}

/** One series of an up-down counter. */
export class BoundUpDownCounter extends BoundInstrument {
  /** Adds `value`, which must be finite. Invalid values are dropped, counted and logged once. */
  add(value: number, context?: Context): void {
    if (typeof value === "number" && value > -Infinity && value < Infinity) {
      if (this.found !== this.changes.count) this.find();
      this.handle.record(value);
      if (this.sampling.on || context !== undefined) this.sample(value, context);
    } else this.recording.refuse(value);
  }
}

/** Histogram: the distribution of values. */
export class HistogramInstrument<AttributesTypes extends Attributes = Attributes>
  extends SyncInstrument
  implements Histogram<AttributesTypes>
{
  /** Records `value`, which must be finite and at least 0. Invalid values are dropped, counted and logged once. */
  record(value: number, attributes?: AttributesTypes, context?: Context): void {
    if (typeof value === "number" && value >= 0 && value < Infinity) {
      const row = this.recorder.record(value, attributes, context);
      if (this.sampling.on || context !== undefined) this.recording.sample(row, value, attributes, context);
    } else this.recording.refuse(value);
  }

  /** @internal Exports the series without attributes even if nothing is recorded in it, to present and later readers. */
  showEmpty(): void {
    this.recording.eachStore((store) => {
      const { row } = store.recorder.find({});
      if (row !== NO_ROW) store.showEmpty(row);
    });
  }

  /** Binds the series of `attributes`, filtered and limited now. Recording looks nothing up until `release()`. */
  bind(attributes?: AttributesTypes): BoundHistogram {
    return new BoundHistogram(this.recording, attributes);
  }

  /**
   * @internal Like `bind`, without a hold: the series may be removed, and is looked up again then. With `parts` 1e9, values
   * are nanoseconds of an instrument of seconds.
   */
  bindWeakly(attributes: AttributesTypes, parts = 1): BoundHistogram {
    return new BoundHistogram(this.recording, attributes, { parts, isWeak: true });
  }
}

/** One series of a histogram. */
export class BoundHistogram extends BoundInstrument {
  /** Records `value`, which must be finite and at least 0. Invalid values are dropped, counted and logged once. */
  record(value: number, context?: Context): void {
    if (typeof value === "number" && value >= 0 && value < Infinity) {
      if (this.found !== this.changes.count) this.find();
      this.handle.record(value);
      if (this.sampling.on || context !== undefined) this.sample(value, context);
    } else this.recording.refuse(value);
  }
}

/** Gauge: the last value. */
export class GaugeInstrument<AttributesTypes extends Attributes = Attributes>
  extends SyncInstrument
  implements Gauge<AttributesTypes>
{
  /** Records `value`, any number including NaN and infinities. Other types are dropped, counted and logged once. */
  record(value: number, attributes?: AttributesTypes, context?: Context): void {
    if (typeof value === "number") {
      const row = this.recorder.record(value, attributes, context);
      if (this.sampling.on || context !== undefined) this.recording.sample(row, value, attributes, context);
    } else this.recording.refuse(value);
  }

  /**
   * @internal Adds `difference` to the series' last value, or to 0, and returns the result; `undefined` in the overflow
   * series, whose value belongs to several attribute sets. Only for a provider with one reader.
   */
  adjust(difference: number, attributes?: AttributesTypes): number | undefined {
    if (!(this.recorder instanceof LastValueStore)) return undefined;
    const row = this.recorder.adjust(difference, attributes);
    return row === OVERFLOW_ROW ? undefined : this.recorder.valueOf(row);
  }

  /** Binds the series of `attributes`, filtered and limited now. Recording looks nothing up until `release()`. */
  bind(attributes?: AttributesTypes): BoundGauge {
    return new BoundGauge(this.recording, attributes);
  }

  /** @internal Like `bind`, without a hold: the series may be removed, and is looked up again then. */
  bindWeakly(attributes: AttributesTypes): BoundGauge {
    return new BoundGauge(this.recording, attributes, { isWeak: true });
  }
}

/** One series of a gauge. */
export class BoundGauge extends BoundInstrument {
  /** Records `value`, any number including NaN and infinities. Other types are dropped, counted and logged once. */
  record(value: number, context?: Context): void {
    if (typeof value === "number") {
      if (this.found !== this.changes.count) this.find();
      this.handle.record(value);
      if (this.sampling.on || context !== undefined) this.sample(value, context);
    } else this.recording.refuse(value);
  }
}
