import { type MeterProvider } from "@opentelemetry/api";
import { whole, withMethods } from "../options/check.ts";
import { parsed } from "../options/parser.ts";
import { LogOnce } from "../diagnostics/log-once.ts";
import { show } from "../diagnostics/show.ts";
import { EventCounts } from "./counts.ts";
import type { EventLog } from "./log.ts";
import { HookCallChain } from "./hook-call-chain.ts";
import { Hooks } from "./hooks.ts";
import { LogRecords } from "./log-records.ts";
import { RecentEvents, RecentIds } from "./recent.ts";
import { completeEvent, type EventToRecord, type FieldError, type TelemetryEvent } from "./event.ts";

/** Options of `Events`. */
export interface EventsOptions {
  /** Provider of `telemetry.events` and the other self metrics; by default the global one. */
  readonly meterProvider?: MeterProvider | undefined;
  /**
   * Maximum number of events that `recent()` returns; the oldest are dropped first.
   *
   * @defaultValue 10000
   */
  readonly maxEvents?: number | undefined;
  /** Event log to which each event is appended; none by default. */
  readonly log?: EventLog | undefined;
}

/** A recorded event, or the reason why it was refused, with its invalid fields. */
export type Recorded =
  | { readonly event: TelemetryEvent; readonly refusal?: undefined; readonly errors?: undefined }
  | {
      readonly event?: undefined;
      readonly refusal: "invalid" | "loop";
      readonly errors: readonly FieldError[];
    };

/** @internal Receives each recorded event. Returns `false` if the event is lost. Never throws. */
export interface EventKeeper {
  /** @param isEmitted whether the event was emitted as a log record. */
  write(event: TelemetryEvent, isEmitted: boolean): boolean;
}

/** A hook: a function that is called with each event of its type. */
export type EventCallback = (event: TelemetryEvent) => unknown;

/** Thrown by `Events.on` if the type or the callback of a hook is invalid. */
export class EventsError extends Error {
  /** Always `EventsError`. */
  override readonly name = "EventsError";
  /** Always `TACHYMETER_EVENTS`. */
  readonly code = "TACHYMETER_EVENTS";
}

/**
 * Records events, keeps the latest ones and calls hooks synchronously. Works without a provider and without `start()`.
 *
 * @example
 * const events = new Events();
 * const remove = events.on("user_login", (event) => console.log(event.labels["source"]));
 * events.record({ event_type: "user_login", source: "web", data: { user: 7 }, labels: { source: "web" } });
 */
export class Events {
  readonly #counts: EventCounts;
  #recent: RecentEvents | undefined;
  readonly #hooks: Hooks;
  readonly #once = new LogOnce();
  readonly #chain = new HookCallChain();
  readonly #ids = new RecentIds();
  readonly #logRecords = new LogRecords();
  #keepers: readonly EventKeeper[];
  #accepted = 0;

  /**
   * Creates an event bus.
   *
   * @throws OptionsError if `maxEvents` is not a whole number above 0, or `log` has no method `write`.
   */
  constructor({ meterProvider, maxEvents = 10_000, log }: EventsOptions = {}) {
    parsed("events", (parser) => {
      parser.checked("maxEvents", maxEvents, COUNT);
      parser.optional("log", log, LOG);
    });
    this.#counts = new EventCounts(meterProvider);
    this.#recent = new RecentEvents(maxEvents);
    this.#hooks = new Hooks(() => this.#counts.dropped("hook_error"));
    this.#keepers = log === undefined ? [] : [log];
  }

  /** @internal Creates an event bus without `recent()`, so that no event is counted as dropped from it. */
  static withoutRecent(): Events {
    const events = new Events();
    events.#recent = undefined;
    return events;
  }

  /**
   * Records an event and calls its hooks before it returns. A missing id or time, and the ids of the active trace, are
   * added. Never throws.
   *
   * Returns the recorded event, or `undefined` if it was refused. Refused events are counted in
   * `telemetry.events.dropped` and logged once, with one of two reasons:
   *
   * - `invalid`: the type or source is missing, or the time is invalid or more than five minutes ahead.
   * - `loop`: a hook of an event of the same type and source records it, also asynchronously within ten seconds. Or one
   *   of the latest 10,000 events has the same `event_id`.
   */
  record(event: EventToRecord): TelemetryEvent | undefined {
    return this.tryRecord(event).event;
  }

  /** @internal Like `record`, but returns the reason if the event is refused. */
  tryRecord(given: unknown): Recorded {
    return this.#record(given, false);
  }

  /**
   * Calls `callback` with each event of `type`, or with every event if `type` is `"*"`. Hooks are called synchronously,
   * in the order of registration, once per registration. If a callback throws or rejects, this is counted and logged
   * once; the other hooks still run.
   *
   * @returns a function that removes the hook.
   * @throws EventsError if `type` is not a string or empty, or `callback` not a function.
   */
  on(type: string, callback: EventCallback): () => void {
    if (typeof type !== "string" || type === "") {
      throw new EventsError(
        `hook: type must be a non-empty string, got ${show(type)}; use an event type, or "*" for all events`,
      );
    }
    if (typeof callback !== "function") {
      throw new EventsError(`hook for "${type}": callback must be a function, got ${show(callback)}`);
    }
    return this.#hooks.add(type, callback, true);
  }

  /** Returns the latest events, oldest first. */
  recent(): readonly TelemetryEvent[] {
    return this.#recent?.toArray() ?? [];
  }

  /** @internal Number of events recorded since the start. */
  get accepted(): number {
    return this.#accepted;
  }

  /** @internal Adds a hook of the SDK. It gets no raised events, and `listens` ignores it. */
  subscribe(type: string, callback: EventCallback): () => void {
    return this.#hooks.add(type, callback, false);
  }

  /** @internal Passes each event to `keeper`, including raised ones. Returns a function that stops this. */
  keepIn(keeper: EventKeeper): () => void {
    this.#keepers = [...this.#keepers, keeper];
    return () => {
      this.#keepers = this.#keepers.filter((each) => each !== keeper);
    };
  }

  /**
   * @internal Takes over an event that another member of the group has recorded, and counted. It is kept, and the
   * application's hooks are called with it. An event that is known already is left out.
   *
   * @param isEmitted whether it was emitted as a log record there.
   */
  takeOver(event: TelemetryEvent, isEmitted: boolean): void {
    if (!this.#ids.add(event.event_id)) return;
    this.#accepted++;
    this.#recent?.push(event);
    if (!isEmitted) this.#logRecords.emit(event);
    this.keep(event, true);
    // Not the SDK's own hooks, which were called in the member.
    this.#dispatch(event, true);
  }

  /** @internal Counts an event that a member has recorded, and that is lost. */
  countLost(): void {
    this.#counts.dropped("buffer_full");
  }

  /** @internal Passes an event to all keepers, such as one that was recorded before they were added. */
  keep(event: TelemetryEvent, isEmitted: boolean): void {
    for (const keeper of this.#keepers) {
      if (!keeper.write(event, isEmitted)) this.#counts.dropped("buffer_full");
    }
  }

  /** @internal Whether the application has a hook for this type. */
  listens(type: string): boolean {
    return this.#hooks.listens(type);
  }

  /** @internal Records an event about an action of the SDK's own hooks, which are not called with it. */
  raise(event: EventToRecord): void {
    this.#record(event, true);
  }

  /** @internal Calls the application's hooks with an event that is not recorded. */
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
    if (this.#recent?.push(event) === true) this.#counts.dropped("buffer_full");
    this.keep(event, this.#logRecords.emit(event));
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
      () => `events: dropped label "${key}" of an event; its value must be a string, number or boolean`,
    );
  };
}

const COUNT = whole(1, Number.MAX_SAFE_INTEGER);
const LOG = withMethods("be an EventLog", "write");
