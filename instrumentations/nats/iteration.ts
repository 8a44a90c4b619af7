// Messages consumed by a `for await` loop: each is processed until the loop requests the next one.
import type { BoundDestination } from "../../src/facades/index.ts";
import { wrapMethod } from "../../src/recording/replace-method.ts";
import { Current } from "../shared/current.ts";
import { nowMillis } from "../shared/clock.ts";
import { fieldOf } from "../shared/fields.ts";
import type { Recording } from "../shared/recording.ts";
import type { Subjects } from "./subjects.ts";

/** Receives the messages of loops. */
export interface IterationRecording {
  readonly subjects: Subjects;
  readonly recording: Recording<unknown>;
}

// Loops continue when the instrumentation is disabled, and when it is enabled again.
const current = new Current<IterationRecording>();

/** Records the messages of all loops, including those already running, until the instrumentation is disabled. */
export function recordIterations(iterations: IterationRecording): void {
  current.set(iterations.recording, iterations);
}

/** Measures each message of `iterator` from its delivery until the next one is requested. */
export function measureIteration(iterator: unknown): void {
  let destination: BoundDestination | undefined;
  let startMillis = 0;
  const settle = (): void => {
    destination?.processed((nowMillis() - startMillis) / 1000);
    destination = undefined;
  };
  const take = (step: unknown): void => {
    try {
      const message = fieldOf(step, "value");
      // Iterators also deliver other objects; only messages have a subscription id.
      if (typeof fieldOf(message, "sid") !== "number") return;
      destination = current.value?.subjects.of(fieldOf(message, "subject"), fieldOf(message, "publisher"));
      startMillis = nowMillis();
    } catch (error) {
      current.value?.recording.failed(error);
    }
  };
  wrapMethod(iterator, "next", (next) => {
    return function (...args) {
      settle();
      const step = Reflect.apply(next, this, args);
      // The loop handles the rejection itself.
      if (step instanceof Promise) void step.then(take, () => {});
      return step;
    };
  });
  // The loop was left, or has thrown.
  wrapMethod(iterator, "return", (end) => {
    return function (...args) {
      settle();
      return Reflect.apply(end, this, args);
    };
  });
}
