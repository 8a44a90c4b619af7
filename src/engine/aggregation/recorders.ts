/** Recorders of an instrument that does not record into exactly one store. */
import { type Attributes, type Context, context as contextApi } from "@opentelemetry/api";
import type { IAttributesProcessor } from "@opentelemetry/sdk-metrics";
import { type BindableRecorder, type Handle, NO_ROW, type Recorder } from "./store.ts";

export const NO_HANDLE: Handle = { row: NO_ROW, record() {}, release() {} };

/** Discards measurements: the instrument is dropped, or there is no reader yet, or no longer one. */
export const NO_RECORDER: Recorder = { record: () => NO_ROW };

/** Records into several stores. The rows of the last measurement are in `rows`, for exemplars. */
export class SeveralRecorders implements Recorder {
  readonly rows: Int32Array;
  readonly #recorders: readonly Recorder[];

  constructor(recorders: readonly Recorder[]) {
    this.#recorders = recorders;
    this.rows = new Int32Array(recorders.length);
  }

  record(value: number, attributes: Attributes | undefined, context: Context | undefined): number {
    for (let i = 0; i < this.#recorders.length; i++)
      this.rows[i] = this.#recorders[i]!.record(value, attributes, context);
    return NO_ROW;
  }
}

export function oneHandle(handles: readonly Handle[]): Handle {
  if (handles.length > 1) return new SeveralHandles(handles);
  return handles[0] ?? NO_HANDLE;
}

class SeveralHandles implements Handle {
  readonly row: number = NO_ROW;
  readonly #handles: readonly Handle[];

  constructor(handles: readonly Handle[]) {
    this.#handles = handles;
  }

  record(value: number): void {
    for (const handle of this.#handles) handle.record(value);
  }

  release(): void {
    for (const handle of this.#handles) handle.release();
  }
}

/** Applies the attribute processors of views to each measurement. This is the slow path. */
export class ProcessedRecorder implements BindableRecorder {
  readonly #recorder: BindableRecorder;
  readonly #processors: readonly IAttributesProcessor[];
  readonly #onError: (error: unknown) => void;

  /** @param onError called with the error of a processor; the measurement is dropped. */
  constructor(
    recorder: BindableRecorder,
    processors: readonly IAttributesProcessor[],
    onError: (error: unknown) => void,
  ) {
    this.#recorder = recorder;
    this.#processors = processors;
    this.#onError = onError;
  }

  record(value: number, attributes: Attributes | undefined, context: Context | undefined): number {
    const processed = this.#process(attributes, context ?? contextApi.active());
    return processed === undefined ? NO_ROW : this.#recorder.record(value, processed, context);
  }

  bind(attributes: Attributes | undefined, parts?: number): Handle {
    const processed = this.#process(attributes, contextApi.active());
    return processed === undefined ? NO_HANDLE : this.#recorder.bind(processed, parts);
  }

  /** Returns a handle that applies the processors to each measurement, since they may read the active context. */
  find(attributes: Attributes | undefined, parts = 1): Handle {
    return new ProcessedHandle((value) => this.record(value / parts, attributes, undefined));
  }

  existing(attributes: Attributes | undefined): number {
    const processed = this.#process(attributes, contextApi.active());
    return processed === undefined ? NO_ROW : this.#recorder.existing(processed);
  }

  #process(attributes: Attributes | undefined, context: Context): Attributes | undefined {
    try {
      return processedAttributes(this.#processors, attributes, context);
    } catch (error) {
      this.#onError(error);
      return undefined;
    }
  }
}

class ProcessedHandle implements Handle {
  row: number = NO_ROW;
  readonly #record: (value: number) => number;

  constructor(record: (value: number) => number) {
    this.#record = record;
  }

  record(value: number): void {
    this.row = this.#record(value);
  }

  release(): void {}
}

/** Applies the processors one after the other. Throws the error of a processor. */
export function processedAttributes(
  processors: readonly IAttributesProcessor[],
  attributes: Attributes | undefined,
  context: Context | undefined,
): Attributes {
  let processed = attributes ?? {};
  for (const processor of processors) processed = processor.process(processed, context);
  return processed;
}

/** Converts or drops values: fractions of instruments of integers, and values that are not finite. */
export class ConvertingRecorder implements Recorder {
  readonly #recorder: Recorder;
  readonly #valueOf: (value: number) => number;

  /** @param valueOf returns the value to record, or NaN to drop it. */
  constructor(recorder: Recorder, valueOf: (value: number) => number) {
    this.#recorder = recorder;
    this.#valueOf = valueOf;
  }

  record(value: number, attributes: Attributes | undefined, context: Context | undefined): number {
    const converted = this.#valueOf(value);
    return Number.isNaN(converted) ? NO_ROW : this.#recorder.record(converted, attributes, context);
  }
}

export class ConvertingHandle implements Handle {
  readonly #handle: Handle;
  readonly #valueOf: (value: number) => number;

  constructor(handle: Handle, valueOf: (value: number) => number) {
    this.#handle = handle;
    this.#valueOf = valueOf;
  }

  get row(): number {
    return this.#handle.row;
  }

  record(value: number): void {
    const converted = this.#valueOf(value);
    if (!Number.isNaN(converted)) this.#handle.record(converted);
  }

  release(): void {
    this.#handle.release();
  }
}
