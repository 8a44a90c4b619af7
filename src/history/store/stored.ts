// What the store keeps, as it is given and as it is read.
import type { Attributes } from "@opentelemetry/api";
import type { SeriesDescription } from "../encoded-collection.ts";
import type { MetricType } from "../question.ts";

/** A metric of the store. Two may share a name: of two scopes, or where its unit has changed. */
export interface StoredMetric {
  readonly id: number;
  /** OpenTelemetry's name. */
  readonly name: string;
  readonly prometheusName: string;
  readonly type: MetricType;
  readonly unit: string;
  readonly description: string;
  readonly scope: SeriesDescription["scope"];
  /** How many series it has. */
  readonly series: number;
}

/** A series of the store: of one metric, one process, and one start. */
export interface StoredSeries {
  readonly id: number;
  readonly metric: StoredMetric;
  readonly attributes: Attributes;
  readonly resource: Attributes;
  /** Since when it has been measured, in milliseconds since the epoch; 0 for samples. */
  readonly startTimeUnixMillis: number;
}

/** A single value, beside what collections hold. */
export interface Sample {
  readonly metric: string;
  /** Whole milliseconds since the epoch. */
  readonly timeUnixMillis: number;
  /** A text is kept and counted, and is no point. */
  readonly value: number | string;
  /** JSON, kept as it is. */
  readonly context?: string;
}

/** What the samples of a metric in a range come to. */
export interface SampleFigures {
  /** How many numbers there are; what follows is of these. */
  readonly count: number;
  readonly sum: number;
  /** Infinite where there is none. */
  readonly min: number;
  readonly max: number;
  /** How many texts there are. */
  readonly texts: number;
}

/** An event, its parts as JSON texts. */
export interface StoredEvent {
  /** Of two events with one id the first is kept. */
  readonly id: string;
  readonly type: string;
  readonly source: string;
  /** Whole milliseconds since the epoch. */
  readonly timeUnixMillis: number;
  /** JSON. */
  readonly data: string;
  /** JSON. */
  readonly labels: string;
  /** JSON. */
  readonly metadata: string;
  readonly traceId?: string;
  readonly spanId?: string;
}

/** Which events are asked for, and how many. Times are in milliseconds, both included. */
export interface EventFilter {
  readonly type?: string;
  readonly source?: string;
  readonly from?: number;
  readonly to?: number;
  /** By path in `data`, keys separated by dots: one of the texts, or none of them. An absent one is the empty text. */
  readonly where?: readonly {
    readonly path: string;
    readonly texts: readonly string[];
    readonly negated: boolean;
  }[];
  /** Only what comes after this event in the order of time and then id. */
  readonly after?: { readonly timeUnixMillis: number; readonly id: string };
  /** @defaultValue all */
  readonly limit?: number;
}

/** How much the store holds. Times are in milliseconds since the epoch. */
export interface StoreUsage {
  /** Of the file, its log included. */
  readonly bytes: number;
  readonly maxBytes: number;
  readonly points: number;
  readonly series: number;
  readonly events: number;
  readonly oldest?: number;
  readonly newest?: number;
  /** Where points go: to memory too while the disk refuses them. */
  readonly storage: "disk" | "memory";
  /** Why the last write failed, until one succeeds. */
  readonly writeError?: string;
  /** Collections that came with a time that was not after the one before. */
  readonly outOfOrder: number;
  /** Points that replaced one of the same series and time. */
  readonly duplicates: number;
  /** Rows that could not be read so far and were left out. */
  readonly unreadable: number;
}

/** What a store is opened with. */
export interface StoreOptions {
  /** A file, or `:memory:`. */
  readonly path: string;
  /** Reads what others write. */
  readonly readOnly?: boolean;
  /** Time between two collections, of which 60 are sealed together; a minute unless told. */
  readonly intervalMillis?: number;
  /** How long collections and samples are kept, in milliseconds; 30 days unless told. */
  readonly metricsMillis?: number;
  /** How long events are kept, in milliseconds; 7 days unless told. */
  readonly eventsMillis?: number;
  /** Beyond it what is oldest goes; 1 GiB unless told. */
  readonly maxBytes?: number;
  /** Told what the user should know, in a sentence. */
  readonly warn?: (message: string) => void;
  /** Asked amid long work that can be done another time: whether the process is about to end. */
  readonly isEnding?: () => boolean;
  /** The time, in milliseconds since the epoch. */
  readonly now?: () => number;
}

/** The options with their defaults. */
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
