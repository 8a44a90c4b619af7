// Types of stored data, the scope of samples, and options of a store.
import type { Attributes } from "@opentelemetry/api";
import type { SeriesDescription } from "../encoded-collection.ts";
import type { MetricType } from "../question.ts";

/** Metrics can share a name: in two scopes, or after a change of the unit. */
export interface StoredMetric {
  readonly id: number;
  readonly name: string;
  readonly prometheusName: string;
  readonly type: MetricType;
  readonly unit: string;
  readonly description: string;
  readonly scope: SeriesDescription["scope"];
  readonly series: number;
}

/** A series of one metric, process and start. */
export interface StoredSeries {
  readonly id: number;
  readonly metric: StoredMetric;
  readonly attributes: Attributes;
  readonly resource: Attributes;
  /** 0 for samples. */
  readonly startTimeUnixMillis: number;
  /** Whether the values were 0 then, if that is known. */
  readonly isFromZero: boolean;
}

/** The times of the first and the last point, in Unix milliseconds. */
export interface Lifetime {
  readonly from: number;
  readonly to: number;
}

/** A process, from the start of its first series to its last point. */
export interface StoredProcess extends Lifetime, Pick<StoredSeries, "resource"> {}

/** Scope of metrics that consist of samples. */
export const SAMPLE_SCOPE = { name: "tachymeter.history", version: "" } as const;

/** Scope of series that rules write. Their names and labels are those of Prometheus already. */
export const RULES_SCOPE = { name: "tachymeter.rules", version: "" } as const;

/** Scope of the bridge's gauges. A history does not store them, because it already has the samples. */
export const BRIDGE_SCOPE = "tachymeter.bridge";

/** A single value. */
export interface Sample {
  readonly metric: string;
  readonly timeUnixMillis: number;
  /** Texts are stored and counted, but are not points. */
  readonly value: number | string;
  /** JSON, stored unchanged. */
  readonly context?: string;
}

/** Figures of several values. */
export interface Figures {
  /** Number of samples, or of a histogram's values. */
  readonly count: number;
  /** The sum of a gauge's values, the increase of a counter, or the sum of a histogram's values. */
  readonly sum: number;
  /** `Infinity` if unknown. For a histogram it is a recorded value or a bound. */
  readonly min: number;
  /** `-Infinity` if unknown. */
  readonly max: number;
}

/** Totals of a metric's samples. */
export interface SampleFigures extends Figures {
  readonly texts: number;
}

/** An event; `data`, `labels` and `metadata` are JSON. */
export interface StoredEvent {
  /** Unique; the first event with an id is kept. */
  readonly id: string;
  readonly type: string;
  readonly source: string;
  readonly timeUnixMillis: number;
  readonly data: string;
  readonly labels: string;
  readonly metadata: string;
  readonly traceId?: string;
  readonly spanId?: string;
}

/** Both times are included. */
export interface EventFilter {
  readonly type?: string | undefined;
  readonly source?: string | undefined;
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  /** Conditions on paths in `data`; a missing value counts as an empty text. */
  readonly where?: readonly {
    readonly path: string;
    readonly texts: readonly string[];
    readonly negated: boolean;
  }[];
  /** Only events after this one, in the order of the result. */
  readonly after?: { readonly timeUnixMillis: number; readonly id: string } | undefined;
  /** @defaultValue false */
  readonly isLatestFirst?: boolean;
  /** @defaultValue all */
  readonly limit?: number;
}

/** Which of the latest events to read. */
export interface LatestFilter {
  readonly from: number;
  readonly to: number;
  /** Number of events of all types. */
  readonly max: number;
  /** Number of events of each type. They count even if they are not among the `max` latest. */
  readonly maxOfType: number;
}

/** Times of the oldest and the newest point or event of a store, in milliseconds. Missing in an empty one. */
export interface StoreSpan {
  readonly oldest?: number;
  readonly newest?: number;
}

export interface StoreUsage extends StoreSpan {
  readonly bytes: number;
  readonly maxBytes: number;
  readonly points: number;
  readonly series: number;
  readonly events: number;
  /** `memory` also while the disk does not accept writes. */
  readonly storage: "disk" | "memory";
  /** Set until a write succeeds. */
  readonly writeError?: string;
  /** Number of rows that were left out. */
  readonly unreadable: number;
}

export interface StoreOptions {
  readonly path: string;
  readonly readOnly?: boolean;
  /** Interval of collections; 60 of them are sealed together. */
  readonly intervalMillis?: number;
  /** Retention of collections and samples. */
  readonly metricsMillis?: number;
  readonly eventsMillis?: number;
  /** Size limit; the oldest data is deleted first. */
  readonly maxBytes?: number;
  readonly warn?: (message: string) => void;
  /** Whether the process is about to end, so long work should be postponed. */
  readonly isEnding?: () => boolean;
  readonly now?: () => number;
}

export type StoreSettings = Required<StoreOptions>;

const DAY = 86_400_000;

/** Fills in defaults of options. */
export function storeSettings(options: StoreOptions): StoreSettings {
  return {
    readOnly: false,
    intervalMillis: 60_000,
    metricsMillis: 30 * DAY,
    eventsMillis: 7 * DAY,
    maxBytes: 2 ** 30,
    warn: () => {},
    isEnding: () => false,
    now: Date.now,
    ...options,
  };
}

/** A learned model. */
export interface StoredModel {
  readonly name: string;
  /** JSON. */
  readonly document: string;
}
