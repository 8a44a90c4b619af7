import { errorMessage } from "../../diagnostics/error-message.ts";
import { TimeoutError } from "../sdk-values.ts";
import type { DroppedMeasurements } from "../../diagnostics/dropped-measurements.ts";
import type { ClosableResult, ObservationSink } from "./observation-sink.ts";

export interface CallHistory {
  /**
   * Timed-out calls that are still running. Until they end, the callback is not called again, or each
   * collection would wait for it.
   */
  overdue: number;
  /** The last time-out error, returned again for a skipped call, so that one cause is logged once. */
  timeout?: TimeoutError;
  isAsync: boolean;
}

type Outcome =
  | { readonly kind: "running"; readonly ended: Promise<void> }
  | { readonly kind: "succeeded" }
  | { readonly kind: "failed"; readonly error: unknown };

export interface CallOptions {
  readonly instruments: string;
  readonly call: () => unknown;
  readonly result: ClosableResult;
  readonly sinks: readonly ObservationSink[];
  /** History of this callback's calls, which this call updates. */
  readonly history: CallHistory;
  readonly dropped: DroppedMeasurements;
}

/** A call and its outcome. Observations count only if the call succeeds. */
export class CallbackCall {
  readonly #options: CallOptions;
  #outcome: Outcome;
  #isOverdue = false;

  constructor(options: CallOptions) {
    this.#options = options;
    this.#outcome = this.#start();
  }

  /** Resolves when the call has ended, successfully or not; `undefined` if it already has. */
  get ended(): Promise<void> | undefined {
    return this.#outcome.kind === "running" ? this.#outcome.ended : undefined;
  }

  /**
   * Commits the observations if the call succeeded, and returns its errors. A call that is still running has
   * timed out.
   */
  finish(afterMillis: number): readonly unknown[] {
    const { instruments, result, sinks, history } = this.#options;
    result.close();
    const outcome = this.#outcome;
    switch (outcome.kind) {
      case "succeeded":
        for (const sink of sinks) sink.commit();
        return [];
      case "failed":
        return this.#failed(outcome.error);
      case "running":
        this.#isOverdue = true;
        history.overdue++;
        history.timeout = new TimeoutError(
          `callback of "${instruments}": ${afterMillis === 0 ? "it has not ended when the collection had no time left, and" : `it has not ended after ${afterMillis} ms and`} is not called again until it has; make it end sooner`,
        );
        return this.#failed(history.timeout);
      default:
        return outcome satisfies never;
    }
  }

  /** `finish` for synchronous collections: the observations of a running call are left out, which is not an error. */
  finishNow(): readonly unknown[] {
    if (this.#outcome.kind !== "running") return this.finish(0);
    this.#options.result.close();
    this.#leave();
    return [];
  }

  #failed(error: unknown): readonly unknown[] {
    const { instruments, dropped } = this.#options;
    this.#leave();
    const reason = error instanceof TimeoutError ? "callback_timeout" : "callback_error";
    // The message of a time-out repeats the names.
    const given = reason === "callback_timeout" ? "no values in time" : messageOf(error);
    dropped.measurement(instruments, reason, given);
    // Upstream's readers read the `name` of the first error.
    return [
      error ?? new Error(`callback of "${instruments}": it threw ${errorMessage(error)}; throw an Error`),
    ];
  }

  #leave(): void {
    for (const sink of this.#options.sinks) sink.leave();
  }

  #start(): Outcome {
    const { call, history } = this.#options;
    if (history.overdue > 0) return { kind: "failed", error: history.timeout };
    try {
      const returned = call();
      if (!isThenable(returned)) return { kind: "succeeded" };
      history.isAsync = true;
      return { kind: "running", ended: this.#wait(returned) };
    } catch (error) {
      return { kind: "failed", error };
    }
  }

  async #wait(returned: PromiseLike<unknown>): Promise<void> {
    try {
      await returned;
      this.#outcome = { kind: "succeeded" };
    } catch (error) {
      this.#outcome = { kind: "failed", error };
    } finally {
      if (this.#isOverdue) this.#options.history.overdue--;
    }
  }
}

function messageOf(error: unknown): unknown {
  return error instanceof Error ? error.message : error;
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}
