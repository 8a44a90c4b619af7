// Messages that the application takes in a `for await` loop: each is processed until it asks for the next one.
import type { BoundDestination } from "../../src/facades/index.ts";
import { wrapMethod } from "../../src/recording/replace-method.ts";
import { nowMillis } from "../shared/clock.ts";
import { fieldOf } from "../shared/fields.ts";
import type { Recording } from "../shared/recording.ts";
import type { Subjects } from "./subjects.ts";

/** Where messages of loops are recorded. */
export interface IterationRecording {
  readonly subjects: Subjects;
  readonly recording: Recording<unknown>;
}

// Loops go on when the instrumentation ends, and when it begins anew.
let current: IterationRecording | undefined;

/** Records the messages of all loops, also of those that began before, until the instrumentation ends. */
export function recordIterations(iterations: IterationRecording): void {
  current = iterations;
  iterations.recording.onEnd(() => {
    if (current === iterations) current = undefined;
  });
}

/** Measures each message of `iterator` from when it comes to when the next one is asked for. */
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
      // Iterators bring other things than messages, too; messages alone belong to a subscription.
      if (typeof fieldOf(message, "sid") !== "number") return;
      destination = current?.subjects.of(fieldOf(message, "subject"), fieldOf(message, "publisher"));
      startMillis = nowMillis();
    } catch (error) {
      current?.recording.failed(error);
    }
  };
  wrapMethod(iterator, "next", (next) => {
    return function (...args) {
      settle();
      const step = Reflect.apply(next, this, args);
      // A loop handles the failure itself.
      if (step instanceof Promise) void step.then(take, () => {});
      return step;
    };
  });
  // The loop was left, or has failed.
  wrapMethod(iterator, "return", (end) => {
    return function (...args) {
      settle();
      return Reflect.apply(end, this, args);
    };
  });
}
