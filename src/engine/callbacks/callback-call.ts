/** One call of one callback, from its start to its end or to the end of everybody's patience. */
import { TimeoutError } from "@opentelemetry/sdk-metrics";
import type { ClosableResult } from "./observable-results.ts";
import type { ObservationSink } from "./observation-sink.ts";

// A callback that never ends is called again at the next collection, since it may have been bad luck. This many calls of
// it may hang at once; then it is left alone until one of them ends.
const MAX_RUNNING_CALLS = 8;

/** What is known of a callback from its calls so far. */
export interface CallHistory {
  /** Calls that have not ended. */
  running: number;
  /** Whether a call has answered with a promise. */
  isAsync: boolean;
}

type Outcome =
  | { readonly kind: "running"; readonly ended: Promise<void> }
  | { readonly kind: "succeeded" }
  | { readonly kind: "failed"; readonly error: unknown };

/** A call and what has come of it. What it observed counts if it succeeds, and only then. */
export class CallbackCall {
  readonly #instruments: string;
  readonly #result: ClosableResult;
  readonly #sinks: readonly ObservationSink[];
  #outcome: Outcome;

  /**
   * Calls at once.
   *
   * @param instruments names for messages.
   * @param history of this callback's calls; this one is added.
   */
  constructor(
    instruments: string,
    call: () => unknown,
    history: CallHistory,
    result: ClosableResult,
    sinks: readonly ObservationSink[],
  ) {
    this.#instruments = instruments;
    this.#result = result;
    this.#sinks = sinks;
    this.#outcome = this.#start(call, history);
  }

  /** Resolves when the call has ended, well or not; `undefined` if it has already. */
  get ended(): Promise<void> | undefined {
    return this.#outcome.kind === "running" ? this.#outcome.ended : undefined;
  }

  /**
   * Takes what was observed, if the call has succeeded, and answers what has gone wrong. A call that is still running has
   * timed out: what it observes from now on is left out.
   */
  finish(afterMillis: number): readonly unknown[] {
    this.#result.close();
    const outcome = this.#outcome;
    switch (outcome.kind) {
      case "succeeded":
        for (const sink of this.#sinks) sink.commit();
        return [];
      case "failed":
        return [outcome.error];
      case "running":
        return [
          new TimeoutError(
            `callback of "${this.#instruments}": it has not ended after ${afterMillis} ms; let it answer sooner`,
          ),
        ];
      default:
        return outcome satisfies never;
    }
  }

  /** Leaves out what was observed, unless the call has ended: for who cannot wait. Answers what has gone wrong. */
  finishNow(): readonly unknown[] {
    if (this.#outcome.kind !== "running") return this.finish(0);
    this.#result.close();
    return [];
  }

  #start(call: () => unknown, history: CallHistory): Outcome {
    if (history.running >= MAX_RUNNING_CALLS) {
      const error = new TimeoutError(
        `callback of "${this.#instruments}": it was not called, since ${history.running} calls of it have not ended; let it answer`,
      );
      return { kind: "failed", error };
    }
    try {
      const returned = call();
      if (!isThenable(returned)) return { kind: "succeeded" };
      history.isAsync = true;
      history.running++;
      return { kind: "running", ended: this.#wait(returned, history) };
    } catch (error) {
      return { kind: "failed", error };
    }
  }

  async #wait(returned: PromiseLike<unknown>, history: CallHistory): Promise<void> {
    try {
      await returned;
      this.#outcome = { kind: "succeeded" };
    } catch (error) {
      this.#outcome = { kind: "failed", error };
    } finally {
      history.running--;
    }
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}
