// Events of the application, as the page shows them.
import type { EventKeeper, Events } from "../events/events.ts";
import type { TelemetryEvent } from "../events/event.ts";
import { errorMessage } from "../diagnostics/error-message.ts";
import { warnOnceAMinute } from "../diagnostics/rate-limit.ts";
import { isObject } from "../options/check.ts";
import { labelsText, shortened } from "./charts/legend.ts";
import { latestOfTypes } from "./latest-of-types.ts";
import { latestStored, type StoredEvents } from "./past-events.ts";
import type { PageEvent } from "./protocol.ts";

const MAX_MARKS = 200;
const MAX_LISTED = 1_000;
const MAX_NEW = 100;
const MAX_TEXT_LENGTH = 300;
const MAX_NAME_LENGTH = 200;
const MAX_FIELDS = 12;
const MAX_DIGITS = 6;
const MAX_FIELD_LENGTH = 60;
const OF_ALL_ALERTS = new Set(["alertname", "severity", "job", "instance"]);

/** The latest events, stored ones, and those that are recorded while a browser shows the page. */
export class PageEvents {
  readonly #sources: readonly Pick<Events, "recent" | "keepIn">[];
  readonly #stored: () => StoredEvents | undefined;
  #new: TelemetryEvent[] = [];
  #ends: readonly (() => void)[] = [];

  /**
   * @param sources those of the application, and those of the page alone.
   * @param stored returns the history; `undefined` without one.
   */
  constructor(sources: readonly Pick<Events, "recent" | "keepIn">[], stored: () => StoredEvents | undefined) {
    this.#sources = sources;
    this.#stored = stored;
  }

  /**
   * The latest events in a range, in Unix seconds: at most 1,000 for a list, 200 for charts. Frequent events do not push
   * out rare ones.
   *
   * @param past events of the range that were read from the history
   */
  between(from: number, to: number, isList: boolean, past: readonly PageEvent[]): readonly PageEvent[] {
    const own = this.#sources.flatMap((events) =>
      latestOfTypes(events.recent(), MAX_LISTED, ({ event_type: type }) => type).map(pageEvent),
    );
    const all = new Map([...past, ...own].map((event) => [event.id, event]));
    const found = [...all.values()]
      .filter(({ time }) => time >= from && time <= to)
      .toSorted((one, other) => one.time - other.time);
    return latestOfTypes(found, isList ? MAX_LISTED : MAX_MARKS, ({ type }) => type);
  }

  /** The latest events of a range in the history; none without one, or if it cannot be read. */
  async past(from: number, to: number, isList: boolean, signal: AbortSignal): Promise<readonly PageEvent[]> {
    const store = this.#stored();
    if (store === undefined) return [];
    try {
      const found = await latestStored(store, { from, to, signal }, isList ? MAX_LISTED : MAX_MARKS);
      return found.map(pageEvent);
    } catch (error) {
      if (signal.aborted) throw error;
      warnOnceAMinute(`live page: events were not read from the history: ${errorMessage(error)}`);
      return [];
    }
  }

  /** Begins to keep new events. */
  begin(): void {
    const keeper: EventKeeper = {
      write: (event) => {
        // Bounded also if the process has no turn to send them.
        if (this.#new.length >= 2 * MAX_NEW) this.#new = [...this.#latestNew()];
        this.#new.push(event);
        return true;
      },
    };
    if (this.#ends.length === 0) this.#ends = this.#sources.map((events) => events.keepIn(keeper));
  }

  end(): void {
    for (const end of this.#ends) end();
    this.#ends = [];
    this.#new = [];
  }

  /** The events since the last call: the 100 latest. */
  takeNew(): readonly PageEvent[] {
    const latest = this.#latestNew();
    this.#new = [];
    return latest.map(pageEvent);
  }

  #latestNew(): readonly TelemetryEvent[] {
    return latestOfTypes(this.#new, MAX_NEW, ({ event_type: type }) => type);
  }
}

/** An event for the page. */
export function pageEvent(event: TelemetryEvent): PageEvent {
  const { event_type: type, source, data, labels } = event;
  const severity = labels["severity"];
  return {
    id: shortened(event.event_id, MAX_NAME_LENGTH),
    time: timeOf(event),
    type: shortened(type, MAX_NAME_LENGTH),
    source: shortened(source, MAX_NAME_LENGTH),
    ...(severity !== undefined && { severity: shortened(String(severity), MAX_NAME_LENGTH) }),
    ...(type === "eventloop.blocked" && durationOf(data)),
    text: shortened(alertText(event) ?? textOf(data, labels), MAX_TEXT_LENGTH),
  };
}

// The time of such an event is its end.
function durationOf(data: unknown): Pick<PageEvent, "duration"> {
  const duration = isObject(data) ? data["duration"] : undefined;
  return typeof duration === "number" ? { duration } : {};
}

// The page of alerts has the rest. Events of the application may have the same type.
function alertText({ event_type: type, data, labels }: TelemetryEvent): string | undefined {
  if (!type.startsWith("alert.") || !isObject(data)) return undefined;
  const { name, annotations } = data;
  const summary = isObject(annotations) ? annotations["summary"] : undefined;
  if (typeof name !== "string" || typeof summary !== "string") return undefined;
  const own = Object.entries(labels).filter(([label]) => !OF_ALL_ALERTS.has(label));
  const texts = own.map(([label, value]) => [label, String(value)] as const);
  return [`${name}: ${summary}`, labelsText(Object.fromEntries(texts))]
    .filter((text) => text !== "")
    .join(" · ");
}

// Data may be of any size and depth.
function textOf(data: unknown, labels: TelemetryEvent["labels"]): string {
  if (typeof data !== "object") return shownValue(data);
  try {
    const fields = Object.entries(data ?? labels).filter(([, value]) => value !== undefined);
    return fields
      .slice(0, MAX_FIELDS)
      .map(([name, value]) => `${shortened(name, MAX_FIELD_LENGTH)}=${shownValue(value)}`)
      .join(", ");
  } catch {
    // A getter may throw.
    return "";
  }
}

function shownValue(value: unknown): string {
  if (typeof value === "string") return shortened(value, MAX_TEXT_LENGTH);
  // Times and identifiers keep all digits.
  if (typeof value === "number" && Math.abs(value) < 1e5 && !Number.isInteger(value))
    return String(Number(value.toPrecision(MAX_DIGITS)));
  if (Array.isArray(value)) return `[${value.length}]`;
  return typeof value === "object" && value !== null ? "{…}" : shortened(String(value), MAX_TEXT_LENGTH);
}

function timeOf({ timestamp }: TelemetryEvent): number {
  return Date.parse(timestamp) / 1_000;
}
