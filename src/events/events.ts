// The bus of events: records them, keeps the latest, calls hooks.
import { LogOnce } from "../diagnostics/log-once.ts";
import { show } from "../diagnostics/show.ts";
import { type MeterProvider } from "@opentelemetry/api";
import { EventBuffer } from "./buffer.ts";
import { EventCounts } from "./counts.ts";
import type { EventLog } from "./log.ts";
import type { FieldError } from "./schema.ts";
import { HookCallChain } from "./hook-call-chain.ts";
import { Hooks } from "./hooks.ts";
import { LogRecords } from "./log-records.ts";
import { RecordedIds } from "./recorded-ids.ts";
import { completeEvent, type EventToRecord, type TelemetryEvent } from "./event.ts";

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
  /** Each event is appended to it; none by default. */
  readonly log?: EventLog | undefined;
}

/** What became of an event: recorded, or refused with the reason, and the fields that are wrong where it is invalid. */
export type Recorded =
  | { readonly event: TelemetryEvent; readonly refusal?: undefined; readonly errors?: undefined }
  | {
      readonly event?: undefined;
      readonly refusal: "invalid" | "loop";
      readonly errors: readonly FieldError[];
    };

/** @internal Takes each event as it is recorded; `false` where it is lost. Never throws. */
export interface EventKeeper {
  write(event: TelemetryEvent): boolean;
}

/** Called with each event of the type that it was registered for. */
export type EventCallback = (event: TelemetryEvent) => unknown;

/** Thrown where `Events` is given options or hooks that it cannot work with. */
export class EventsError extends Error {
  override readonly name = "EventsError";
  readonly code = "TACHYMETER_EVENTS";
}

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
  #buffer: EventBuffer | undefined;
  readonly #hooks: Hooks;
  readonly #once = new LogOnce();
  readonly #chain = new HookCallChain();
  readonly #ids = new RecordedIds();
  readonly #logRecords = new LogRecords();
  readonly #log: EventLog | undefined;
  #keeper: EventKeeper | undefined;
  #accepted = 0;

  /**
   * @throws EventsError if `maxEvents` is not a whole number above zero, or `log` takes no events.
   */
  constructor({ meterProvider, maxEvents = 10_000, log }: EventsOptions = {}) {
    assertCount("maxEvents", maxEvents);
    if (log !== undefined && typeof log?.write !== "function") {
      throw new EventsError(`option "log": ${show(log)} takes no events; give an EventLog`);
    }
    this.#counts = new EventCounts(meterProvider);
    this.#buffer = new EventBuffer(maxEvents);
    this.#hooks = new Hooks(() => this.#counts.dropped("hook_error"));
    this.#log = log;
  }

  /** @internal One that has nothing for `recent()`, so that no event is counted as forgotten. */
  static withoutRecent(): Events {
    const events = new Events();
    events.#buffer = undefined;
    return events;
  }

  /**
   * Records an event and calls its hooks before it returns. Id, time, and the ids of the active trace are added where
   * they are missing. Never throws.
   *
   * Gives the event as it was recorded, or `undefined` where it was refused: `invalid` without a type or a source, with
   * a time that is none or more than five minutes ahead; a `loop` if it is recorded by a hook of an event of the same
   * type and source, or by what that hook has started in the ten seconds after, or if its `event_id` is that of one of
   * the latest 10,000 events. Events of equal content are no loop. Both are counted in `telemetry.events.dropped` and
   * logged once.
   */
  record(event: EventToRecord): TelemetryEvent | undefined {
    return this.tryRecord(event).event;
  }

  /** @internal The same, and why an event was refused. */
  tryRecord(given: unknown): Recorded {
    return this.#record(given, false);
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
      throw new EventsError(`hook: its type is ${show(type)}; give an event type, or "*" for every one`);
    }
    if (typeof callback !== "function") {
      throw new EventsError(`hook for "${type}": its callback is ${show(callback)}; give a function`);
    }
    return this.#hooks.add(type, callback, true);
  }

  /** The latest events, oldest first. */
  recent(): readonly TelemetryEvent[] {
    return this.#buffer?.toArray() ?? [];
  }

  /** @internal How many events were recorded since the start, those that the buffer has forgotten included. */
  get accepted(): number {
    return this.#accepted;
  }

  /** @internal A hook of our own, to which a raised event is no news: `listens` does not count it. */
  subscribe(type: string, callback: EventCallback): () => void {
    return this.#hooks.add(type, callback, false);
  }

  /** @internal Has each event kept, also those of which our own hooks do not hear. Returns the removal. */
  keepIn(keeper: EventKeeper): () => void {
    this.#keeper = keeper;
    return () => {
      if (this.#keeper === keeper) this.#keeper = undefined;
    };
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
    const { event: complete } = completeEvent(event, () => {});
    if (complete !== undefined) this.#dispatch(complete, true);
  }

  #record(given: unknown, raised: boolean): Recorded {
    const { event, errors } = completeEvent(given, this.#onBadLabel);
    if (event === undefined) return this.#refuse("invalid", errors);
    if (this.#chain.isLoop(event.event_type, event.source) || !this.#ids.add(event.event_id)) {
      return this.#refuse("loop", []);
    }
    this.#accepted++;
    this.#counts.recorded(event.event_type);
    if (this.#buffer?.push(event) === true) this.#counts.dropped("buffer_full");
    if (this.#log?.write(event) === false) this.#counts.dropped("buffer_full");
    if (this.#keeper?.write(event) === false) this.#counts.dropped("buffer_full");
    this.#logRecords.emit(event);
    this.#dispatch(event, raised);
    return { event };
  }

  #dispatch(event: TelemetryEvent, raised: boolean): void {
    if (!this.#hooks.hears(event.event_type)) return;
    this.#chain.handle(event.event_type, event.source, () => this.#hooks.call(event, raised));
  }

  #refuse(refusal: "loop" | "invalid", errors: readonly FieldError[]): Recorded {
    this.#counts.dropped(refusal);
    const reason =
      refusal === "invalid"
        ? errors.map(({ field, message }) => `${field} ${message}`).join("; ")
        : "a hook records the event that it handles, or its event_id was recorded before";
    this.#once.warn(refusal, () => `events: refused an event (${refusal}): ${reason}`);
    return { refusal, errors };
  }

  readonly #onBadLabel = (key: string): void => {
    this.#counts.labelDropped();
    this.#once.warn(
      "label",
      () => `events: dropped label "${key}" of an event, which is no string, number or boolean`,
    );
  };
}

function assertCount(option: string, given: number): void {
  if (Number.isSafeInteger(given) && given >= 1) return;
  throw new EventsError(
    `option "${option}": ${show(given)} is no number of events; give a whole number of at least 1`,
  );
}
