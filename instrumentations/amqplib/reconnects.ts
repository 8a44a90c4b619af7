// Connections that come in the place of lost ones: the package makes each of them anew, or the application does.
import type { Counter } from "@opentelemetry/api";
import { type Method, type Recording, reconnectCounter } from "../hooking/index.ts";

const ATTRIBUTES = Object.freeze({ "messaging.system": "rabbitmq" });

/** Counts connections made again. */
export class Reconnects {
  readonly #recording: Recording<unknown>;
  readonly #counter: Counter;
  readonly #open = new WeakSet<object>();
  #lost = 0;

  constructor(recording: Recording<unknown>) {
    this.#recording = recording;
    this.#counter = reconnectCounter(recording.meter);
  }

  /** @param connection the prototype of all connections. */
  attachTo(connection: object): void {
    const opened = (self: unknown): void => this.#opened(self);
    const closed = (self: unknown, error: unknown): void => this.#closed(self, error);
    const recording = this.#recording;
    recording.wrap(connection, "open", (open) => {
      return function (fields, callback, ...rest) {
        return Reflect.apply(open, this, [fields, afterOpening(callback, () => opened(this)), ...rest]);
      };
    });
    recording.wrap(connection, "toClosed", (toClosed) => {
      return function (...args) {
        recording.safely(() => closed(this, args[1]));
        return Reflect.apply(toClosed, this, args);
      };
    });
  }

  #opened(connection: unknown): void {
    if (typeof connection !== "object" || connection === null) return;
    this.#open.add(connection);
    if (this.#lost === 0) return;
    this.#lost--;
    this.#counter.add(1, ATTRIBUTES);
  }

  // Without an error it was the application that closed it.
  #closed(connection: unknown, error: unknown): void {
    if (typeof connection !== "object" || connection === null) return;
    if (this.#open.delete(connection) && error !== undefined) this.#lost++;
  }
}

function afterOpening(callback: unknown, act: () => void): unknown {
  if (typeof callback !== "function") return callback;
  const after: Method = function (...args) {
    if (args[0] === null) act();
    return Reflect.apply(callback, this, args);
  };
  return after;
}
