// The application's `eachMessage` and `eachBatch` handlers, timed.
import { type CallFailure, timedCall } from "../../src/recording/timed-call.ts";
import type { Method } from "../../src/recording/replace-method.ts";
import type { Destinations } from "../shared/destinations.ts";
import { fieldOf, isObject } from "../shared/fields.ts";
import { counter } from "../shared/instruments.ts";
import type { MessagingConfig } from "../shared/options.ts";
import type { Recording } from "../shared/recording.ts";

// Number of partitions whose latest failed message is remembered.
const MAX_PARTITIONS = 1_000;

type Handled = (seconds: number, failure: CallFailure | undefined) => void;

/**
 * Times the handlers of all consumers, unless upstream's instrumentation does (`isTheirs`). `runner` is the prototype
 * of the object that calls them.
 */
export function timeHandlers(
  recording: Recording<MessagingConfig>,
  destinations: Destinations,
  isTheirs: () => boolean,
  runner: object,
): void {
  const retried = counter(recording.meter, "messages.retried");
  let isOn = true;
  recording.onEnd(() => (isOn = false));

  // For each partition, the offset of the message for which the handler failed last.
  const failedOffsets = new Map<string, unknown>();
  const messageHandled = (payload: unknown): Handled | undefined => {
    const topic = fieldOf(payload, "topic");
    if (typeof topic !== "string") return undefined;
    const destination = destinations.of(topic);
    const key = `${String(fieldOf(payload, "partition"))} ${topic}`;
    const offset = fieldOf(fieldOf(payload, "message"), "offset");
    if (failedOffsets.get(key) === offset && failedOffsets.delete(key)) {
      retried.add(1, destinations.attributesOf(topic));
    }
    const isLeft = isTheirs();
    if (!isLeft) destination.received();
    return (seconds, failure) => {
      if (!isLeft) destination.processed(seconds, errorOf(failure));
      if (failure === undefined) return;
      if (failedOffsets.size >= MAX_PARTITIONS) failedOffsets.clear();
      failedOffsets.set(key, offset);
    };
  };
  const batchHandled = (payload: unknown): Handled | undefined => {
    const batch = fieldOf(payload, "batch");
    const topic = fieldOf(batch, "topic");
    const messages = fieldOf(batch, "messages");
    if (typeof topic !== "string" || !Array.isArray(messages) || isTheirs()) return undefined;
    const { length } = messages;
    const destination = destinations.of(topic);
    destination.received(length);
    return (seconds, failure) => {
      for (let i = 0; i < length; i++) destination.processed(seconds / length, errorOf(failure));
    };
  };
  const replaceHandler = (self: object, name: string, handled: typeof messageHandled): void => {
    const handler = fieldOf(self, name);
    if (typeof handler !== "function" || replacements.has(handler)) return;
    const replacement: Method = function (...args) {
      const ended = isOn ? recording.safely(() => handled(args[0])) : undefined;
      const call = (): unknown => Reflect.apply(handler, this, args);
      return ended === undefined ? call() : timedCall(call, ended);
    };
    replacements.add(replacement);
    Reflect.set(self, name, replacement);
  };

  // The runner receives the handlers again with each `run`.
  const replacements = new WeakSet<object>();
  const wrapCaller = (name: string, handlerName: string, handled: typeof messageHandled): void => {
    recording.before(runner, name, (self) => {
      if (isObject(self)) replaceHandler(self, handlerName, handled);
    });
  };
  wrapCaller("processEachMessage", "eachMessage", messageHandled);
  wrapCaller("processEachBatch", "eachBatch", batchHandled);
}

// The handler may throw `undefined`.
function errorOf(failure: CallFailure | undefined): unknown {
  return failure === undefined ? undefined : (failure.error ?? "unknown");
}
