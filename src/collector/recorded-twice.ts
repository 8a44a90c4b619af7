// Instruments of a collector: each measurement is recorded in the collector's own instrument and in the real one behind
// it.
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
import { StandaloneProvider } from "../engine/standalone-provider.ts";
import { boundCounter, type BoundCounter, boundRecorder, type BoundRecorder } from "../recording/bind.ts";
import type { FacadeMeter } from "../recording/facade-meter.ts";

/**
 * The collector's own instrument, and the real one behind it. A series of the own one keeps its row for ever. The row
 * is the index of the handle to the real one, so that the attributes are looked up only once.
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

  /** Returns the real instrument, once there is a provider for it. */
  real(): Real | undefined {
    if (this.#real !== undefined) return this.#real;
    const meter = this.#late.meter();
    return meter && (this.#real = this.#make(meter));
  }

  /** Records the value in the own instrument, and returns the handle to record it in the real one. */
  protected recorded(value: number, attributes: Attributes | undefined): Handle | undefined {
    const row = this.own.recordRow(value, attributes);
    return this.#handles[row] ?? this.#behind(row, value, attributes);
  }

  /** Called with each value that went to the own instrument's overflow series. */
  protected overflowed(_value: number, _attributes: Attributes | undefined): void {}

  #behind(row: number, value: number, attributes: Attributes | undefined): Handle | undefined {
    if (row === OVERFLOW_ROW) this.overflowed(value, attributes);
    const real = this.real();
    if (real === undefined) return undefined;
    // A series that overflows here may have its own row in the real instrument.
    if (row === OVERFLOW_ROW) return this.unbound(real, attributes);
    return (this.#handles[row] = this.handleOf(real, copyOfAttributes(attributes)));
  }
}

/** A counter that records to both instruments. */
export class SumTwice
  extends RecordedTwice<CounterInstrument | UpDownCounterInstrument, Counter, BoundCounter>
  implements Counter
{
  add(value: number, attributes?: Attributes, context?: Context): void {
    const behind = this.recorded(value, attributes);
    if (context === undefined) behind?.add(value);
    else this.real()?.add(value, attributes, context);
  }

  // Closures: with a class of such handles, `add` takes a fifth longer (`bench`: named counter).
  bindWeakly(attributes: Attributes): BoundCounter {
    const own = this.own.bindWeakly(attributes);
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
    };
  }

  protected override handleOf(real: Counter, attributes: Attributes): BoundCounter {
    return boundCounter(real, attributes);
  }

  protected override unbound(real: Counter, attributes: Attributes | undefined): BoundCounter {
    return { add: (value) => real.add(value, attributes) };
  }
}

/** A histogram or gauge that records to both instruments. */
export class ValueTwice<
  Real extends Histogram | Gauge,
  Own extends HistogramInstrument | GaugeInstrument = HistogramInstrument,
>
  extends RecordedTwice<Own, Real, BoundRecorder>
  implements Histogram
{
  record(value: number, attributes?: Attributes, context?: Context): void {
    const behind = this.recorded(value, attributes);
    if (context === undefined) behind?.record(value);
    else this.real()?.record(value, attributes, context);
  }

  // Closures: with a class of such handles, `record` takes a fifth longer (`bench`: named counter).
  bindWeakly(attributes: Attributes, parts = 1): BoundRecorder {
    const own = this.own.bindWeakly(attributes);
    let real: BoundRecorder | undefined;
    return {
      record: (given) => {
        const value = given / parts;
        own.record(value);
        if (real === undefined) {
          const found = this.real();
          if (found === undefined) return;
          real = boundRecorder(found, attributes);
        }
        real.record(value);
      },
    };
  }

  protected override handleOf(real: Real, attributes: Attributes): BoundRecorder {
    return boundRecorder(real, attributes);
  }

  protected override unbound(real: Real, attributes: Attributes | undefined): BoundRecorder {
    return { record: (value) => real.record(value, attributes) };
  }
}

// Label sets of a gauge whose last value is known, beyond those with a series in the collector's own instrument.
const MAX_BEYOND = 10_000;

/** A gauge that records to both instruments. */
export class GaugeTwice extends ValueTwice<Gauge, GaugeInstrument> {
  #beyond: GaugeInstrument | undefined;

  /** Records the sum of the last value, or 0, and `difference`. Returns whether the last value is still known. */
  adjust(difference: number, attributes?: Attributes): boolean {
    const value =
      this.own.adjust(difference, attributes) ?? this.#valuesBeyond().adjust(difference, attributes);
    if (value !== undefined) this.real()?.record(value, attributes);
    return value !== undefined;
  }

  protected override overflowed(value: number, attributes: Attributes | undefined): void {
    this.#valuesBeyond().record(value, attributes);
  }

  #valuesBeyond(): GaugeInstrument {
    return (this.#beyond ??= new StandaloneProvider(MAX_BEYOND).getMeter("").createGauge("values"));
  }
}

/** An observable instrument whose callbacks are also called by the real provider. */
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
    // Before there is a real instrument, a forwarded callback cannot be removed. So it checks whether it is still
    // registered.
    this.#forward((result) => (this.#callbacks.has(callback) ? callback(result) : undefined));
  }

  removeCallback(callback: ObservableCallback): void {
    this.#callbacks.delete(callback);
    this.#own.removeCallback(callback);
  }
}
