// The bus of events: records them, keeps the latest, calls hooks.
import { diag, type MeterProvider } from "@opentelemetry/api";
import { EventCounts } from "./event-counts.ts";
import { EventBuffer } from "./event-buffer.ts";
import { Hooks } from "./hooks.ts";
import { completeEvent, type EventToRecord, type TelemetryEvent } from "./telemetry-event.ts";

/** What `Events` takes. */
export interface EventsOptions {
  /** Where `telemetry.events` and its kin are counted; else on the global provider, once there is one. */
  readonly meterProvider?: MeterProvider | undefined;
  /**
   * How many events `recent()` keeps; the oldest goes first.
   *
   * @defaultValue 10000
   */
  readonly maxEvents?: number | undefined;
}

/** Called with each event of the type that it was registered for. */
export type EventCallback = (event: TelemetryEvent) => unknown;

/** Thrown where `Events` is given options or hooks that it cannot work with. */
export class EventsError extends Error {
  override readonly name = "EventsError";
  readonly code = "TACHYMETER_EVENTS";
}

// A hook may record events of its own. These bounds stop one that never ends, also one that records two for each.
const MAX_DEPTH = 32;
const MAX_NESTED = 1_000;

/**
 * Records events, keeps the latest of them and calls hooks at once. Needs no provider and no `start()`.
 *
 * @example
 * const events = new Events();
 * const remove = events.on("user_login", (event) => console.log(event.labels["source"]));
 * events.record({ event_type: "user_login", source: "web", data: { user: 7 }, labels: { source: "web" } });
 */
export class Events {
  readonly #counts: EventCounts;
  readonly #buffer: EventBuffer;
  readonly #hooks: Hooks;
  readonly #logged = new Set<string>();
  #accepted = 0;
  #depth = 0;
  #nested = 0;

  /** @throws EventsError where `maxEvents` is no whole number above zero. */
  constructor(options: EventsOptions = {}) {
    const maxEvents = options.maxEvents ?? 10_000;
    if (!Number.isSafeInteger(maxEvents) || maxEvents < 1) {
      throw new EventsError(
        `option "maxEvents": ${shown(maxEvents)} is no number of events; give a whole number of at least 1`,
      );
    }
    this.#counts = new EventCounts(options.meterProvider);
    this.#buffer = new EventBuffer(maxEvents);
    this.#hooks = new Hooks(() => this.#counts.dropped("hook_error"));
  }

  /**
   * Records an event and calls its hooks before it returns. Id, time, and the ids of the active trace are added where
   * they are missing. Gives the event as it was recorded, or `undefined` where it was refused: without a type or a
   * source, or recorded by a hook too deep within the hooks of another event. Never throws.
   */
  record(event: EventToRecord): TelemetryEvent | undefined {
    return this.#record(event, false);
  }

  /**
   * Has `callback` called with each event of `type`, or with every event where that is `"*"`: at once, in the order of
   * registration. A callback registered twice is called twice. One that throws, or gives a promise that rejects, is
   * logged once and counted; the others still run. Returns the removal.
   *
   * @throws EventsError where the type is no non-empty string or the callback no function.
   */
  on(type: string, callback: EventCallback): () => void {
    if (typeof type !== "string" || type === "") {
      throw new EventsError(`hook: its type is ${shown(type)}; give an event type, or "*" for every one`);
    }
    if (typeof callback !== "function") {
      throw new EventsError(`hook for "${type}": its callback is ${shown(callback)}; give a function`);
    }
    return this.#hooks.add(type, callback, true);
  }

  /** The latest events, oldest first. */
  recent(): readonly TelemetryEvent[] {
    return this.#buffer.toArray();
  }

  /** @internal How many events were recorded since the start, those that the buffer has forgotten included. */
  get accepted(): number {
    return this.#accepted;
  }

  /** @internal A hook of our own, to which a raised event is no news: `listens` does not count it. */
  subscribe(type: string, callback: EventCallback): () => void {
    return this.#hooks.add(type, callback, false);
  }

  /** @internal Whether a user's hook would hear an event of this type. */
  listens(type: string): boolean {
    return this.#hooks.listens(type);
  }

  /** @internal Records an event of which our own hooks must not hear, since it tells what they did. */
  raise(event: EventToRecord): void {
    this.#record(event, true);
  }

  /** @internal Calls the users' hooks with an event that is neither kept nor counted. */
  announce(event: EventToRecord): void {
    if (!this.#hooks.listens(event.event_type)) return;
    const complete = completeEvent(event, () => {});
    if (complete !== undefined) this.#dispatch(complete, true);
  }

  #record(given: EventToRecord, raised: boolean): TelemetryEvent | undefined {
    if (this.#depth === 0) this.#nested = 0;
    else this.#nested++;
    if (this.#depth >= MAX_DEPTH || this.#nested > MAX_NESTED) {
      return this.#refuse("loop", "hooks record events without end; have them stop");
    }
    const event = completeEvent(given, this.#onBadLabel);
    if (event === undefined) {
      return this.#refuse("invalid", "event_type and source must be non-empty strings");
    }
    this.#accepted++;
    this.#counts.recorded(event.event_type);
    if (this.#buffer.push(event)) this.#counts.dropped("buffer_full");
    this.#dispatch(event, raised);
    return event;
  }

  #dispatch(event: TelemetryEvent, raised: boolean): void {
    this.#depth++;
    try {
      this.#hooks.call(event, raised);
    } finally {
      this.#depth--;
    }
  }

  #refuse(reason: "loop" | "invalid", message: string): undefined {
    this.#counts.dropped(reason);
    this.#logOnce(reason, `refused an event (${reason}): ${message}`);
  }

  readonly #onBadLabel = (key: string): void => {
    this.#counts.labelDropped();
    this.#logOnce("label", `dropped label "${key}" of an event, which is no string, number or boolean`);
  };

  #logOnce(cause: string, message: string): void {
    if (this.#logged.has(cause)) return;
    this.#logged.add(cause);
    diag.warn(`events: ${message}; this is logged once`);
  }
}

function shown(value: unknown): string {
  return typeof value === "string"
    ? JSON.stringify(value)
    : typeof value === "number"
      ? `${value}`
      : `a ${typeof value}`;
}
