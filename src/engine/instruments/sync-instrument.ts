/** What synchronous instruments of all kinds share. */
import type { Attributes, Context } from "@opentelemetry/api";
import type { Sampling } from "../exemplars/sampling.ts";
import { NO_HANDLE } from "../aggregation/recorders.ts";
import type { Handle, Recorder } from "../aggregation/store.ts";
import { Binding } from "./binding.ts";
import type { MeasurementSink } from "./measurement-sink.ts";

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

  /**
   * Whether a measurement would go anywhere: not where views drop the instrument, nor after the provider was shut down.
   * It may change: ask before each measurement that is expensive to make.
   */
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
