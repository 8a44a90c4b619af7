// Instruments of a collector: each measurement is recorded in an own instrument, and in the one behind it.
import type {
  Attributes,
  Context,
  Counter,
  Gauge,
  Histogram,
  Meter,
  Observable,
  ObservableCallback,
} from "@opentelemetry/api";
import { copyOfAttributes } from "../engine/attribute-copy.ts";
import type {
  CounterInstrument,
  GaugeInstrument,
  HistogramInstrument,
  SyncInstrument,
  UpDownCounterInstrument,
} from "../engine/instruments/synchronous.ts";
import { OVERFLOW_ROW } from "../engine/series/series-table.ts";
import { boundCounter, type BoundCounter, boundRecorder, type BoundRecorder } from "../recording/bind.ts";
import type { FacadeMeter } from "../recording/facade-meter.ts";

/**
 * An instrument and the one behind it. A series of the own one keeps its row for ever, by which the handle to the
 * other one is found without a second look at the attributes.
 */
abstract class RecordedTwice<Own extends SyncInstrument, Real, Handle> {
  protected readonly own: Own;
  readonly #late: FacadeMeter;
  readonly #make: (meter: Meter) => Real;
  readonly #handles: Handle[] = [];
  #real: Real | undefined;

  constructor(own: Own, late: FacadeMeter, make: (meter: Meter) => Real) {
    this.own = own;
    this.#late = late;
    this.#make = make;
  }

  protected abstract handleOf(real: Real, attributes: Attributes): Handle;
  protected abstract unbound(real: Real, attributes: Attributes | undefined): Handle;

  /** The instrument behind this one, once there is a provider for it. */
  real(): Real | undefined {
    if (this.#real !== undefined) return this.#real;
    const meter = this.#late.meter();
    return meter && (this.#real = this.#make(meter));
  }

  /** Records the value, and returns where it is to be recorded again. */
  protected recorded(value: number, attributes: Attributes | undefined): Handle | undefined {
    const row = this.own.recordRow(value, attributes);
    return this.#handles[row] ?? this.#behind(row, attributes);
  }

  #behind(row: number, attributes: Attributes | undefined): Handle | undefined {
    const real = this.real();
    if (real === undefined) return undefined;
    // What overflows here may have a series there.
    if (row === OVERFLOW_ROW) return this.unbound(real, attributes);
    return (this.#handles[row] = this.handleOf(real, copyOfAttributes(attributes)));
  }
}

type SumHandle = Pick<BoundCounter, "add">;
type ValueHandle = Pick<BoundRecorder, "record">;

export class SumTwice
  extends RecordedTwice<CounterInstrument | UpDownCounterInstrument, Counter, SumHandle>
  implements Counter
{
  add(value: number, attributes?: Attributes, context?: Context): void {
    const behind = this.recorded(value, attributes);
    if (context === undefined) behind?.add(value);
    else this.real()?.add(value, attributes, context);
  }

  // Closures: with a class of such handles an add takes a fifth longer (`bench`: named counter).
  bind(attributes: Attributes): BoundCounter {
    const own = this.own.bind(attributes);
    let real: BoundCounter | undefined;
    return {
      add: (value) => {
        own.add(value);
        if (real === undefined) {
          const found = this.real();
          if (found === undefined) return;
          real = boundCounter(found, attributes);
        }
        real.add(value);
      },
      release: () => {
        own.release();
        real?.release();
      },
    };
  }

  protected override handleOf(real: Counter, attributes: Attributes): SumHandle {
    return boundCounter(real, attributes);
  }

  protected override unbound(real: Counter, attributes: Attributes | undefined): SumHandle {
    return { add: (value) => real.add(value, attributes) };
  }
}

/** An up-down counter: a bound series is never idle, and what goes up and down may leave after its time to live. */
export class UnboundSumTwice extends SumTwice {
  protected override handleOf(real: Counter, attributes: Attributes): SumHandle {
    return this.unbound(real, attributes);
  }
}

export class ValueTwice<
  Real extends Histogram | Gauge,
  Own extends HistogramInstrument | GaugeInstrument = HistogramInstrument,
>
  extends RecordedTwice<Own, Real, ValueHandle>
  implements Histogram
{
  record(value: number, attributes?: Attributes, context?: Context): void {
    const behind = this.recorded(value, attributes);
    if (context === undefined) behind?.record(value);
    else this.real()?.record(value, attributes, context);
  }

  // Closures: with a class of such handles an record takes a fifth longer (`bench`: named counter).
  bind(attributes: Attributes): BoundRecorder {
    const own = this.own.bind(attributes);
    let real: BoundRecorder | undefined;
    return {
      record: (value) => {
        own.record(value);
        if (real === undefined) {
          const found = this.real();
          if (found === undefined) return;
          real = boundRecorder(found, attributes);
        }
        real.record(value);
      },
      release: () => {
        own.release();
        real?.release();
      },
    };
  }

  protected override handleOf(real: Real, attributes: Attributes): ValueHandle {
    return boundRecorder(real, attributes);
  }

  protected override unbound(real: Real, attributes: Attributes | undefined): ValueHandle {
    return { record: (value) => real.record(value, attributes) };
  }
}

export class GaugeTwice extends ValueTwice<Gauge, GaugeInstrument> {
  // A bound series is never idle, and a gauge's may leave after its time to live.
  protected override handleOf(real: Gauge, attributes: Attributes): ValueHandle {
    return this.unbound(real, attributes);
  }

  /** Records what was recorded last, or 0, and `difference` more. */
  adjust(difference: number, attributes?: Attributes): void {
    const value = this.own.adjust(difference, attributes);
    this.real()?.record(value, attributes);
  }
}

/** An observable instrument whose callbacks are called by a real provider too. */
export class ObservedTwice implements Observable {
  readonly #own: Observable;
  readonly #callbacks = new Set<ObservableCallback>();
  readonly #forward: (callback: ObservableCallback) => void;

  constructor(own: Observable, forward: (callback: ObservableCallback) => void) {
    this.#own = own;
    this.#forward = forward;
  }

  addCallback(callback: ObservableCallback): void {
    if (this.#callbacks.has(callback)) return;
    this.#callbacks.add(callback);
    this.#own.addCallback(callback);
    // What was handed on cannot be taken back before there is a real instrument, so it looks whether it still holds.
    this.#forward((result) => (this.#callbacks.has(callback) ? callback(result) : undefined));
  }

  removeCallback(callback: ObservableCallback): void {
    this.#callbacks.delete(callback);
    this.#own.removeCallback(callback);
  }
}
