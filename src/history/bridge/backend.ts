import type { Events } from "../../events/events.ts";
import type { TelemetryEvent } from "../../events/event.ts";
import type { Sample } from "../store/stored.ts";
import type { MetricsQuestion } from "./checks.ts";

export interface WorkedOut {
  readonly name: string;
  readonly value: number;
  readonly sampleCount: number;
}

/** Metrics without samples in the range are missing. */
export interface Findings {
  readonly metrics: readonly WorkedOut[];
  /** Metrics of texts, which can only be counted. */
  readonly texts: readonly string[];
  /** In milliseconds since the epoch. */
  readonly from: number;
  readonly to: number;
}

export interface Condition {
  /** Of the last write. */
  readonly writeError: string | undefined;
  readonly isInMemory: boolean;
  /** Of the limit: 0 to 1. */
  readonly share: number;
}

/** A history of this machine, or a remote one. */
export interface Backend {
  readonly events: Events;
  /** Retention. */
  readonly eventsDays: number;
  /** Maximum age of a value that is shown as the latest. */
  readonly intervalMillis: number;
  /** Resolves once the event is committed. */
  storeEvent(event: TelemetryEvent): Promise<void>;
  /** Resolves once it is committed. `isShown`: a gauge has this value, or a later one. */
  storeSample(sample: Sample, isShown: boolean): Promise<void>;
  find(question: MetricsQuestion): Promise<Findings>;
  condition(): Promise<Condition>;
  close(): Promise<void>;
}
