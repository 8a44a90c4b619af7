// The application's handlers of Kafka messages, `eachMessage` and `eachBatch`, timed.
import { type CallFailure, timedCall } from "../../src/recording/timed-call.ts";
import type { Method } from "../../src/recording/replace-method.ts";
import { Current } from "./current.ts";
import type { Destinations } from "./destinations.ts";
import { fieldOf } from "./fields.ts";
import { counter } from "./instruments.ts";
import type { MessagingConfig } from "./options.ts";
import type { Recording } from "./recording.ts";

// Number of partitions whose latest failed message is remembered for each handler.
const MAX_PARTITIONS = 1_000;

// For each partition, the offset of the message for which the handler failed last.
type FailedOffsets = Map<string, unknown>;

// Handlers of the application that are replaced, which stays so while an instrumentation is disabled.
const replacements = new WeakSet<object>();
// By handler of the application, which stays the same if its consumer starts again. Groups see the same offsets, and
// usually have handlers of their own.
const failedByHandler = new WeakMap<object, FailedOffsets>();

type Begun = (payload: unknown, failedOffsets: FailedOffsets) => Handled | undefined;

interface HandlerRecording {
  readonly recording: Recording<unknown>;
  readonly eachMessage: Begun;
  readonly eachBatch: Begun;
}

// By name of the instrumentation.
const currents = new Map<string, Current<HandlerRecording>>();

type Handled = (seconds: number, failure: CallFailure | undefined) => void;

/** Returns a handler in place of the application's; `undefined` if the application has no handler, or if it is one of these. */
export type TimedHandler = (name: "eachMessage" | "eachBatch", handler: unknown) => Method | undefined;

/** Times handlers and counts their messages, unless OpenTelemetry's instrumentation does (`isTheirs`). */
export function timedHandlers(
  recording: Recording<MessagingConfig>,
  destinations: Destinations,
  isTheirs: boolean,
): TimedHandler {
  const retried = counter(recording.meter, "messages.retried");
  const eachMessage: Begun = (payload, failedOffsets) => {
    const topic = fieldOf(payload, "topic");
    if (typeof topic !== "string") return undefined;
    const destination = destinations.of(topic);
    const key = `${String(fieldOf(payload, "partition"))} ${topic}`;
    const offset = fieldOf(fieldOf(payload, "message"), "offset");
    if (failedOffsets.get(key) === offset && failedOffsets.delete(key)) {
      retried.add(1, destinations.attributesOf(topic));
    }
    if (!isTheirs) destination.received();
    return (seconds, failure) => {
      if (!isTheirs) destination.processed(seconds, errorOf(failure));
      if (failure === undefined) return;
      if (failedOffsets.size >= MAX_PARTITIONS) failedOffsets.clear();
      failedOffsets.set(key, offset);
    };
  };
  const eachBatch: Begun = (payload) => {
    const batch = fieldOf(payload, "batch");
    const topic = fieldOf(batch, "topic");
    const messages = fieldOf(batch, "messages");
    if (typeof topic !== "string" || !Array.isArray(messages) || isTheirs) return undefined;
    const { length } = messages;
    const destination = destinations.of(topic);
    destination.received(length);
    return (seconds, failure) => {
      for (let i = 0; i < length; i++) destination.processed(seconds / length, errorOf(failure));
    };
  };
  const current = currents.get(recording.name) ?? new Current<HandlerRecording>();
  currents.set(recording.name, current);
  current.set(recording, { recording, eachMessage, eachBatch });
  return (name, handler) => {
    if (typeof handler !== "function" || replacements.has(handler)) return undefined;
    const failedOffsets: FailedOffsets = failedByHandler.get(handler) ?? new Map();
    failedByHandler.set(handler, failedOffsets);
    const replacement: Method = function (...args) {
      const to = current.value;
      const ended = to?.recording.safely(() => to[name](args[0], failedOffsets));
      const call = (): unknown => Reflect.apply(handler, this, args);
      return ended === undefined ? call() : timedCall(call, ended);
    };
    replacements.add(replacement);
    return replacement;
  };
}

// The handler may throw `undefined`.
function errorOf(failure: CallFailure | undefined): unknown {
  return failure === undefined ? undefined : (failure.error ?? "unknown");
}
