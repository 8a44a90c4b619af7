// Where the bridge keeps what it records, and asks.
import type { Events } from "../../events/events.ts";
import type { TelemetryEvent } from "../../events/event.ts";
import type { Sample } from "../store/stored.ts";
import type { MetricsQuestion } from "./checks.ts";

/** What was worked out of a metric. */
export interface WorkedOut {
  /** As it was asked for. */
  readonly name: string;
  readonly value: number;
  readonly sampleCount: number;
}

/** What was found of the metrics that were asked for; those without samples in the range are not there. */
export interface Findings {
  readonly metrics: readonly WorkedOut[];
  /** Metrics that hold texts, of which nothing but their number can be told. */
  readonly texts: readonly string[];
  /** The range, in milliseconds since the epoch: as asked, or all that is retained. */
  readonly from: number;
  readonly to: number;
}

/** How a backend is. */
export interface Condition {
  /** Why the last write failed. */
  readonly writeError: string | undefined;
  readonly isInMemory: boolean;
  /** How much of the room is used: 0 to 1. */
  readonly share: number;
}

/** A store of one machine, or a remote one. */
export interface Backend {
  /** Where events are recorded before they are stored. */
  readonly events: Events;
  /** How long events are kept. */
  readonly eventsDays: number;
  /** How old a value may be that is shown as the latest. */
  readonly intervalMillis: number;
  /** Resolves once the event, which `events` has recorded, is committed. */
  storeEvent(event: TelemetryEvent): Promise<void>;
  /** Resolves once the sample is committed. `isShown`: a gauge has its value, or a later one. */
  storeSample(sample: Sample, isShown: boolean): Promise<void>;
  find(question: MetricsQuestion): Promise<Findings>;
  condition(): Promise<Condition>;
  close(): Promise<void>;
}
