import { errorMessage } from "../../diagnostics/error-message.ts";
import { TimeoutError } from "../sdk-values.ts";
import type { DroppedMeasurements } from "../../diagnostics/dropped-measurements.ts";
import type { ClosableResult, ObservationSink } from "./observation-sink.ts";

export interface CallHistory {
  /** Calls that timed out and have not ended. Until they do, it is not called again: each collection would wait for it. */
  overdue: number;
  /** The last time-out, which is told again for a call that is left out: one cause is logged once. */
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
  /** Of this callback's calls; this one is added. */
  readonly history: CallHistory;
  readonly dropped: DroppedMeasurements;
}

/** A call and what has come of it. What it observed counts if it succeeds, and only then. */
export class CallbackCall {
  readonly #options: CallOptions;
  #outcome: Outcome;
  #isOverdue = false;

  constructor(options: CallOptions) {
    this.#options = options;
    this.#outcome = this.#start();
  }

  /** Resolves when the call has ended, well or not; `undefined` if it has already. */
  get ended(): Promise<void> | undefined {
    return this.#outcome.kind === "running" ? this.#outcome.ended : undefined;
  }

  /** Takes what was observed if the call succeeded, and returns its errors. A call that still runs has timed out. */
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
          `callback of "${instruments}": it has not ended after ${afterMillis} ms, and is not called again until it has; let it answer sooner`,
        );
        return this.#failed(history.timeout);
      default:
        return outcome satisfies never;
    }
  }

  /** The same for who cannot wait: a call that is still running is left out, and nothing is wrong with it. */
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
    dropped.measurement(instruments, reason, messageOf(error));
    // Upstream's readers ask the first error for its name.
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
