// Events that may explain an alert: deploys, restarts, changes of the leader and of the configuration.
import { isSecretKey, redact } from "../../diagnostics/redact.ts";
import type { TelemetryEvent } from "../../events/event.ts";
import type { Events } from "../../events/events.ts";
import { unixMillisFrom } from "../../events/time.ts";
import { BASELINES } from "./window-changes.ts";

/** An event near an alert. */
export interface NearbyEvent {
  readonly type: string;
  /** Text of the event's data and labels, such as `leader worker-2`, without secrets. */
  readonly text: string;
  /** Unix milliseconds. */
  readonly millis: number;
}

// Whole words of the type, which is separated by dots, dashes, underscores or colons.
const CHANGES = wordsOf(
  "deploy(?:ed|ment|ing)?|release[ds]?|rollout|rollback|reload(?:ed)?|config(?:uration)?|settings|flag|migrat(?:ion|ed)|scal(?:ed|ing)",
);
const OTHERS = wordsOf(
  "restart(?:ed|ing)?|start(?:ed|up)?|stop(?:ped)?|crash(?:ed)?|kill(?:ed)?|leader|failover|join(?:ed)?|leave|left|lost",
);
const MAX_KEPT = 200;
/** A type with this number of events in the baseline is usual. */
const MAX_USUAL = 3;
const MAX_TEXT = 80;
/** The part of a value that is searched for secrets. */
const MAX_READ = 1_000;

/** Whether events of a type may explain an alert. */
export function mayExplain(type: string): boolean {
  return isChange(type) || OTHERS.test(type);
}

/** Whether an event of a type changes what the application does, such as a deployment. Others are often effects. */
export function isChange(type: string): boolean {
  return CHANGES.test(type);
}

function wordsOf(words: string): RegExp {
  return new RegExp(`(?:^|[._:-])(?:${words})(?:$|[._:-])`, "i");
}

/** Keeps the latest events that may explain an alert. */
export class NearbyEvents {
  readonly #kept: NearbyEvent[] = [];
  readonly #remove: () => void;

  constructor(events: Events) {
    this.#remove = events.on("*", (event) => this.#keep(event));
  }

  /** Events in the window, latest first. Types that are usual in the baseline before it are left out. */
  between(fromMillis: number, toMillis: number, maxEvents: number): readonly NearbyEvent[] {
    const usual = new Map<string, number>();
    const baselineMillis = fromMillis - BASELINES * (toMillis - fromMillis);
    for (const { type, millis } of this.#kept)
      if (millis >= baselineMillis && millis < fromMillis) usual.set(type, (usual.get(type) ?? 0) + 1);
    return this.#kept
      .filter(
        ({ type, millis }) =>
          millis >= fromMillis && millis <= toMillis && (usual.get(type) ?? 0) < MAX_USUAL,
      )
      .toSorted((left, right) => right.millis - left.millis)
      .slice(0, maxEvents);
  }

  /** Ends the collection of events. */
  end(): void {
    this.#remove();
  }

  #keep(event: TelemetryEvent): void {
    const { event_type: type, timestamp } = event;
    if (!mayExplain(type)) return;
    this.#kept.push({ type, text: eventText(event), millis: unixMillisFrom(timestamp) ?? Date.now() });
    if (this.#kept.length > MAX_KEPT) this.#kept.shift();
  }
}

/** Short text of an event's data and labels. Secrets are hidden by the names of their fields, since it is sent to others. */
export function eventText({ data, labels }: TelemetryEvent): string {
  const fields = fieldsOf(data);
  let text = "";
  for (const [name, value] of [...fields, ...Object.entries(labels)] satisfies [string, unknown][]) {
    if (typeof value !== "string" && typeof value !== "number") continue;
    const safe = redact(typeof value === "string" ? value.slice(0, MAX_READ) : value, name, isSecretKey);
    text += `${text === "" ? "" : ", "}${name} ${String(safe)}`;
    if (text.length > MAX_TEXT) return `${text.slice(0, MAX_TEXT)}…`;
  }
  return text;
}

// Getters of the application's data may throw.
function fieldsOf(data: unknown): readonly [name: string, value: unknown][] {
  try {
    return typeof data === "object" && data !== null ? Object.entries(data) : [];
  } catch {
    return [];
  }
}
