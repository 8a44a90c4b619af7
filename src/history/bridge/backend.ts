import type { HistorySettings } from "../../options/history.ts";
import type { Events } from "../../events/events.ts";
import type { TelemetryEvent } from "../../events/event.ts";
import type { Sample } from "../store/stored.ts";
import type { MetricsQuestion } from "./checks.ts";

export interface WorkedOut {
  readonly name: string;
  readonly value: number;
  readonly sampleCount: number;
}

/** Results of a search. Metrics without samples in the range are missing. */
export interface Findings {
  readonly metrics: readonly WorkedOut[];
  /** Metrics with text values, which can only be counted. */
  readonly texts: readonly string[];
  /** Metrics whose result is beyond the numbers of a double. */
  readonly beyond: readonly string[];
  /** In milliseconds since the epoch. */
  readonly from: number;
  readonly to: number;
}

export interface Condition {
  /** Error of the last write. */
  readonly writeError: string | undefined;
  readonly isInMemory: boolean;
  /** Used share of the size limit, from 0 to 1. */
  readonly share: number;
}

/** Storage of the bridge: a local or a remote history. */
export interface Backend {
  readonly events: Events;
  /** Retention of events and of samples. */
  readonly retention: Pick<HistorySettings, "eventsDays" | "metricsDays">;
  /** Maximum age of a value that is shown as the latest. */
  readonly intervalMillis: number;
  /** Resolves once the event is committed, to `false` if another one with its id is stored. */
  storeEvent(event: TelemetryEvent): Promise<boolean>;
  /** Resolves once the sample is committed. `isShown`: a gauge already has this value or a later one. */
  storeSample(sample: Sample, isShown: boolean): Promise<void>;
  find(question: MetricsQuestion): Promise<Findings>;
  condition(): Promise<Condition>;
  close(): Promise<void>;
}
