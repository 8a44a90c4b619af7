// Messages that receivers return or pass to a handler.
import { Current } from "../shared/current.ts";
import type { ConsumedQueue, Destinations } from "../shared/destinations.ts";
import { fieldOf, isObject } from "../shared/fields.ts";
import { handledMessages } from "../shared/handled-messages.ts";
import { type Callback, isCallback } from "../shared/observed.ts";
import type { MessagingConfig } from "../shared/options.ts";
import type { Recording } from "../shared/recording.ts";
import { unsettledMessages } from "../shared/unsettled-messages.ts";

// The ways to settle a message, with the failure that each of them means.
const SETTLED: ReadonlyMap<string, { readonly name: string } | undefined> = new Map([
  ["completeMessage", undefined],
  ["abandonMessage", { name: "abandoned" }],
  ["deadLetterMessage", { name: "dead_lettered" }],
]);

// Codes of errors after which a message cannot be settled any more: it may be delivered again, to any receiver.
const LOST: ReadonlySet<string> = new Set(["MessageLockLost", "SessionLockLost", "MessageAlreadySettled"]);

interface HandlerRecording {
  readonly recording: Recording<unknown>;
  queueOf(receiver: unknown): ConsumedQueue | undefined;
}

// Receivers keep their handlers after the instrumentation is disabled and when it is enabled again.
const current = new Current<HandlerRecording>();

/** Returns a function that replaces the methods of receivers. Its argument is the prototype of some of them. */
export function watchReceived(
  recording: Recording<MessagingConfig>,
  destinations: Destinations,
): (receiver: object) => void {
  const { queues: consumed, unsettled } = unsettledMessages(recording, destinations);
  const queues = new WeakMap<object, ConsumedQueue>();
  const queueOf = (self: unknown): ConsumedQueue | undefined => {
    const path = fieldOf(self, "entityPath");
    if (!isObject(self) || typeof path !== "string") return undefined;
    const queue = queues.get(self) ?? consumed.of(path);
    queues.set(self, queue);
    return queue;
  };
  const returned = (self: unknown, messages: unknown): void => {
    const queue = queueOf(self);
    if (queue === undefined || !isObject(self) || !Array.isArray(messages) || messages.length === 0) return;
    queue.destination.received(messages.length);
    for (const message of messages) {
      countRetry(queue, message);
      const id = `${String(fieldOf(message, "sequenceNumber"))} ${String(fieldOf(self, "entityPath"))}`;
      const isLocked = fieldOf(self, "sessionId") === undefined ? lockOf(message) : undefined;
      // Without a lock, a message is removed from the queue when it is received.
      unsettled.received(fieldOf(message, "lockToken"), id, queue, self, isLocked);
    }
  };
  current.set(recording, { recording, queueOf });
  return (receiver) => {
    for (const name of ["receiveMessages", "receiveDeferredMessages"]) {
      recording.outcome(receiver, name, (self) => ({ fulfilled: (messages) => returned(self, messages) }));
    }
    for (const [name, failure] of SETTLED) {
      recording.outcome(receiver, name, (_, [message]) => ({
        fulfilled: () => void unsettled.settled(fieldOf(message, "lockToken"), failure),
        rejected: (error) => {
          const code = fieldOf(error, "code");
          if (typeof code === "string" && LOST.has(code)) unsettled.dropped(fieldOf(message, "lockToken"));
        },
      }));
    }
    recording.outcome(receiver, "deferMessage", (_, [message]) => ({
      fulfilled: () => void unsettled.dropped(fieldOf(message, "lockToken")),
    }));
    // A closed receiver cannot settle its messages: they are locked until they are delivered again, to any receiver.
    recording.outcome(receiver, "close", (self) => ({
      fulfilled: () => isObject(self) && unsettled.droppedOf(self),
    }));
    recording.wrap(receiver, "subscribe", (subscribe) => {
      return function (...args) {
        const [handlers] = args;
        const handler = fieldOf(handlers, "processMessage");
        if (!isObject(handlers) || !isCallback(handler)) return Reflect.apply(subscribe, this, args);
        const replaced = withHandler(handlers, measured(this, handler, handlers));
        return Reflect.apply(subscribe, this, args.with(0, replaced));
      };
    });
  };
}

// A renewal changes the field. In a session, all messages have the lock of the session.
function lockOf(message: unknown): () => boolean {
  const held = new WeakRef<object>(Object(message));
  let until = fieldOf(message, "lockedUntilUtc");
  return () => {
    until = fieldOf(held.deref(), "lockedUntilUtc") ?? until;
    return !(until instanceof Date) || until.getTime() > Date.now();
  };
}

function measured(receiver: unknown, handler: Callback, handlers: object): Callback {
  return (...args) => {
    const to = current.value;
    const call = (): unknown => Reflect.apply(handler, handlers, args);
    const queue = to?.recording.safely(() => to.queueOf(receiver));
    if (to === undefined || queue === undefined) return call();
    countRetry(queue, args[0]);
    return handledMessages(to.recording, queue, 1, call);
  };
}

function countRetry(queue: ConsumedQueue, message: unknown): void {
  const count = fieldOf(message, "deliveryCount");
  if (typeof count === "number" && count > 0) queue.retried();
}

// The handlers may be a frozen object, or one of the application's own class, whose other methods keep their `this`.
function withHandler(handlers: object, processMessage: Callback): object {
  return new Proxy(Object.create(handlers), {
    get(_, name) {
      if (name === "processMessage") return processMessage;
      const value: unknown = Reflect.get(handlers, name);
      return isCallback(value) ? value.bind(handlers) : value;
    },
  });
}
