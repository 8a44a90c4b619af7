// Messages that the application asks for one after the other, in a `for await` loop: each is processed until it asks
// for the next one.
import type { BoundDestination } from "../../src/facades/index.ts";
import { isObject, nowMillis, type Recording, wrapMethod } from "../shared/index.ts";
import type { Subjects } from "./subjects.ts";

/** Where messages of loops are recorded. */
export interface IterationRecording {
  readonly subjects: Subjects;
  readonly recording: Recording<unknown>;
}

// Loops go on when the instrumentation ends, and when it begins anew.
let current: IterationRecording | undefined;

/** Has the messages of all loops recorded there, those too that began before; until the instrumentation ends. */
export function recordIterations(iterations: IterationRecording): void {
  current = iterations;
  iterations.recording.onEnd(() => {
    if (current === iterations) current = undefined;
  });
}

/** Has each message that comes out of `iterator` measured from when it comes to when the next one is asked for. */
export function measureIteration(iterator: unknown): void {
  let destination: BoundDestination | undefined;
  let startMillis = 0;
  const settle = (): void => {
    destination?.processed((nowMillis() - startMillis) / 1000);
    destination = undefined;
  };
  const take = (step: unknown): void => {
    try {
      const message: unknown = isObject(step) ? Reflect.get(step, "value") : undefined;
      // Iterators bring other things than messages, too; only those belong to a subscription.
      if (!isObject(message) || typeof Reflect.get(message, "sid") !== "number") return;
      destination = current?.subjects.of(Reflect.get(message, "subject"), Reflect.get(message, "publisher"));
      startMillis = nowMillis();
    } catch (error) {
      current?.recording.failed(error);
    }
  };
  wrapMethod(
    iterator,
    "next",
    (next) =>
      function (...args) {
        settle();
        const step = Reflect.apply(next, this, args);
        // Whoever asks handles the failure: a loop always does.
        if (step instanceof Promise) void step.then(take, () => {});
        return step;
      },
  );
  // The loop was left, or has failed, which nobody tells.
  wrapMethod(
    iterator,
    "return",
    (end) =>
      function (...args) {
        settle();
        return Reflect.apply(end, this, args);
      },
  );
}
