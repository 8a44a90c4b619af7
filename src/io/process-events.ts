// Our listeners of events of `process`. Those of one event count as one, with room beside those of the application: Node.js does not
// warn of a leak earlier than without us.
import { EventEmitter } from "node:events";

type Listener = (...args: readonly unknown[]) => void;
type ProcessEvent = "exit" | "beforeExit" | "uncaughtExceptionMonitor" | "removeListener" | "SIGHUP";

interface Heard {
  readonly listeners: Listener[];
  readonly run: Listener;
}

// The overloads of `process` take one name each.
const OF_PROCESS: EventEmitter = process;
const heard = new Map<ProcessEvent, Heard>();

/** Adds and removes listeners, as the methods of `process`. The first of an event is prepended to the application's. */
export const processEvents = {
  on(event: ProcessEvent, listener: Listener): void {
    listenersOf(event).push(listener);
  },

  /** Adds a listener before our others. */
  prepend(event: ProcessEvent, listener: Listener): void {
    listenersOf(event).unshift(listener);
  },

  off(event: ProcessEvent, listener: Listener): void {
    const found = heard.get(event);
    const at = found?.listeners.indexOf(listener) ?? -1;
    if (found === undefined || at < 0) return;
    found.listeners.splice(at, 1);
    if (found.listeners.length > 0) return;
    heard.delete(event);
    OF_PROCESS.off(event, found.run);
    if (heard.size === 0) endRoom();
  },
};

function listenersOf(event: ProcessEvent): Listener[] {
  if (heard.size === 0) makeRoomOnProcess();
  const { listeners, run } = heard.get(event) ?? newlyHeard(event);
  // The application may have removed all listeners.
  if (!OF_PROCESS.listeners(event).includes(run)) OF_PROCESS.prependListener(event, run);
  return listeners;
}

function newlyHeard(event: ProcessEvent): Heard {
  const listeners: Listener[] = [];
  const run: Listener = (...args) => {
    for (const listener of listeners.slice()) listener(...args);
  };
  const made = { listeners, run };
  heard.set(event, made);
  return made;
}

// Node.js reads this field at each new listener, and `setMaxListeners` writes it. A larger number would be lost if the
// application set its own, or another default, later.
const FIELD = "_maxListeners";
let endRoom = (): void => {};

function makeRoomOnProcess(): void {
  let limit: unknown = Reflect.get(process, FIELD);
  const field = { configurable: true, enumerable: true };
  Object.defineProperty(process, FIELD, {
    ...field,
    get: () => withRoom(limit ?? EventEmitter.defaultMaxListeners),
    set(value: unknown) {
      limit = value;
    },
  });
  endRoom = () => void Object.defineProperty(process, FIELD, { ...field, writable: true, value: limit });
}

// With 0, the number is not limited.
function withRoom(limit: unknown): unknown {
  return typeof limit === "number" && limit > 0 ? limit + 1 : limit;
}

/** Makes room for one listener of ours of each event of an object of the application. */
export function makeRoom(emitter: EventEmitter): void {
  const limit = emitter.getMaxListeners();
  if (limit > 0) emitter.setMaxListeners(limit + 1);
}
