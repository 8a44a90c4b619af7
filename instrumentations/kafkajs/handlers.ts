// Messages on their way in: the application's `eachMessage` and `eachBatch`, timed.
import { type CallFailure, timedCall } from "../../src/recording/timed-call.ts";
import {
  type Destinations,
  isObject,
  type Method,
  type MessagingConfig,
  type Recording,
  retriedCounter,
} from "../shared/index.ts";
import type { Upstream } from "./upstream.ts";

// Of whose messages it is known that they failed.
const MAX_PARTITIONS = 1_000;

interface Payload {
  readonly topic?: unknown;
  readonly partition?: unknown;
  readonly message?: unknown;
}

type Handled = (seconds: number, failure: CallFailure | undefined) => void;

/** Times the handlers of all consumers. `runner` is the prototype of what calls them. */
export function timeHandlers(
  recording: Recording<MessagingConfig>,
  destinations: Destinations,
  upstream: Upstream,
  runner: object,
): void {
  const retried = retriedCounter(recording.meter);
  let isOn = true;
  recording.onEnd(() => (isOn = false));

  // By partition, the message that its handler failed for last.
  const failedOffsets = new Map<string, unknown>();
  const messageHandled = (payload: unknown): Handled | undefined => {
    const { topic, partition, message }: Payload = isObject(payload) ? payload : {};
    if (typeof topic !== "string") return undefined;
    const destination = destinations.of(topic);
    const key = `${String(partition)} ${topic}`;
    const offset: unknown = isObject(message) ? Reflect.get(message, "offset") : undefined;
    if (failedOffsets.get(key) === offset && failedOffsets.delete(key)) {
      retried.add(1, destinations.attributesOf(topic));
    }
    const isTheirs = upstream.record();
    if (!isTheirs) destination.received();
    return (seconds, failure) => {
      if (!isTheirs) destination.processed(seconds, errorOf(failure));
      if (failure === undefined) return;
      if (failedOffsets.size >= MAX_PARTITIONS) failedOffsets.clear();
      failedOffsets.set(key, offset);
    };
  };
  const batchHandled = (payload: unknown): Handled | undefined => {
    const { topic, messages } = batchOf(payload);
    if (typeof topic !== "string" || !Array.isArray(messages) || upstream.record()) return undefined;
    const { length } = messages;
    const destination = destinations.of(topic);
    destination.received(length);
    return (seconds, failure) => {
      for (let i = 0; i < length; i++) destination.processed(seconds / length, errorOf(failure));
    };
  };
  const replaceHandler = (self: object, name: string, handled: typeof messageHandled): void => {
    const handler: unknown = Reflect.get(self, name);
    if (typeof handler !== "function" || replacements.has(handler)) return;
    const replacement: Method = function (...args) {
      const ended = isOn ? recording.safely(() => handled(args[0])) : undefined;
      const call = (): unknown => Reflect.apply(handler, this, args);
      return ended === undefined ? call() : timedCall(call, ended);
    };
    replacements.add(replacement);
    Reflect.set(self, name, replacement);
  };

  // The one who calls them gets them from the application anew with each `run`.
  const replacements = new WeakSet<object>();
  const wrapCaller = (name: string, handlerName: string, handled: typeof messageHandled): void => {
    recording.wrap(runner, name, (process) => {
      return function (...args) {
        recording.safely(() => isObject(this) && replaceHandler(this, handlerName, handled));
        return Reflect.apply(process, this, args);
      };
    });
  };
  wrapCaller("processEachMessage", "eachMessage", messageHandled);
  wrapCaller("processEachBatch", "eachBatch", batchHandled);
}

// Somebody may throw `undefined`, which is a failure still.
function errorOf(failure: CallFailure | undefined): unknown {
  return failure === undefined ? undefined : (failure.error ?? "unknown");
}

function batchOf(payload: unknown): { readonly topic?: unknown; readonly messages?: unknown } {
  const batch: unknown = isObject(payload) ? Reflect.get(payload, "batch") : undefined;
  return isObject(batch) ? batch : {};
}
