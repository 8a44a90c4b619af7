// What the store keeps, as it is given and as it is read.
import type { Attributes } from "@opentelemetry/api";
import type { SeriesDescription } from "../encoded-collection.ts";
import type { MetricType } from "../question.ts";

/** Two may share a name: of two scopes, or after its unit changed. */
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

/** Of one metric, process and start. */
export interface StoredSeries {
  readonly id: number;
  readonly metric: StoredMetric;
  readonly attributes: Attributes;
  readonly resource: Attributes;
  /** 0 for samples. */
  readonly startTimeUnixMillis: number;
}

/** A single value. */
export interface Sample {
  readonly metric: string;
  readonly timeUnixMillis: number;
  /** A text is kept and counted, and is no point. */
  readonly value: number | string;
  /** JSON, kept as it is. */
  readonly context?: string;
}

/** The sums of a metric's samples. */
export interface SampleFigures {
  readonly count: number;
  readonly sum: number;
  /** Infinite where there is none. */
  readonly min: number;
  readonly max: number;
  readonly texts: number;
}

/** An event; `data`, `labels` and `metadata` are JSON. */
export interface StoredEvent {
  /** The first event of an id is kept. */
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

/** Times are included. */
export interface EventFilter {
  readonly type?: string | undefined;
  readonly source?: string | undefined;
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  /** By path in `data`; a missing value is the empty text. */
  readonly where?: readonly {
    readonly path: string;
    readonly texts: readonly string[];
    readonly negated: boolean;
  }[];
  /** Only events after this one, by time and id. */
  readonly after?: { readonly timeUnixMillis: number; readonly id: string } | undefined;
  /** @defaultValue all */
  readonly limit?: number;
}

/** Times are in milliseconds since the epoch. */
export interface StoreUsage {
  readonly bytes: number;
  readonly maxBytes: number;
  readonly points: number;
  readonly series: number;
  readonly events: number;
  readonly oldest?: number;
  readonly newest?: number;
  /** `memory` too while the disk refuses writes. */
  readonly storage: "disk" | "memory";
  /** Until a write succeeds. */
  readonly writeError?: string;
  /** Rows that were left out. */
  readonly unreadable: number;
}

export interface StoreOptions {
  readonly path: string;
  readonly readOnly?: boolean;
  /** 60 collections are sealed together. */
  readonly intervalMillis?: number;
  /** Age limit of collections and samples. */
  readonly metricsMillis?: number;
  readonly eventsMillis?: number;
  /** The oldest goes beyond it. */
  readonly maxBytes?: number;
  readonly warn?: (message: string) => void;
  /** Whether the process is about to end: long work can be done another time. */
  readonly isEnding?: () => boolean;
  readonly now?: () => number;
}

export type StoreSettings = Required<StoreOptions>;

const DAY = 86_400_000;

/** The options with their defaults. */
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
