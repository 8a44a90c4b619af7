// Messages between the server and the page. Types only: both sides import this file.
//
//   GET  /                                the page; `?token=…` begins a session.
//   GET  /page/<asset>                    its code and styles.
//   GET  /page/stream?view=…&range=…      server-sent events.
//   GET  /page/view?view=…&from=…&to=…    `ViewData` of the past, as JSON.
//   POST /page/silences                   a `SilenceRequest`.
//   DELETE /page/silences/<id>            ends a silence.
//   GET  /api/v1/…                        Prometheus' HTTP API, for the explorer.
//
// The range of a stream is a duration such as `15m`. Its events are `view`, then `points`, `status` and `events`, and `beat`
// each 15 s. A further `view` replaces all data of the one before.
//
// Times are Unix times in seconds. A value is `null` if there is no sample or it is NaN. In messages, infinite values of
// series are `"+Inf"` and `"-Inf"`.
import type { Area, Aspect } from "./panels/index.ts";

/**
 * A view, as in the page's address:
 *
 * `overview`, `overview/whole` (with all figures), `area/<area>`, `instruments`, `instrument/<Prometheus name>` (with `?by=<attribute>`), `kernel/<id>`,
 * `process/<instance>`, `row/<table>` (with `?of=<labels as JSON>`), `events`, `alerts`, `explore`. Names are
 * percent-encoded.
 */
export type View = string;

/** A series of a chart. */
export interface ChartSeries {
  /** Name in the legend. */
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** One per time of the chart. */
  readonly values: readonly (number | null)[];
}

/** A chart. */
export interface ChartData {
  readonly id: string;
  readonly area?: Area;
  /** Kind of the figures of a predefined chart. */
  readonly aspect?: Aspect;
  readonly title: string;
  readonly description: string;
  /** In UCUM. */
  readonly unit: string;
  readonly kind: "lines" | "stacked" | "state";
  /** Whether it is in the whole overview alone. */
  readonly isFurther?: boolean;
  readonly states?: Readonly<Record<number, string>>;
  /** The expressions, for the explorer. */
  readonly expressions: readonly string[];
  readonly series: readonly ChartSeries[];
  /** Series that are left out, beyond those with the highest last value. */
  readonly hidden?: number;
  /** Expected range of the first series, from the anomaly detectors; one pair per time. */
  readonly band?: { readonly low: readonly (number | null)[]; readonly high: readonly (number | null)[] };
  /** Whether one of the series was unusual, by the anomaly detectors, per time; absent if none was. */
  readonly unusual?: readonly boolean[];
  /** The query's error. */
  readonly error?: string;
}

/** Number of an attribute's values. */
export interface ValueCount {
  readonly values: number;
  /** Whether there may be more. */
  readonly orMore?: boolean;
}

/** A row of the list of instruments. */
export interface InstrumentRow {
  /** Prometheus name of the metric. */
  readonly name: string;
  readonly type: string;
  /** In UCUM. */
  readonly unit: string;
  readonly description: string;
  readonly series: number;
  /** The attribute with the most values, and their number. */
  readonly widest?: ValueCount & { readonly attribute: string };
  /** Whether further attribute sets are counted in the overflow series. */
  readonly overflowing: boolean;
}

/** A table: one row for each value of its labels. */
export interface TableData {
  readonly id: string;
  readonly area: Area;
  readonly title: string;
  readonly description: string;
  /** Seconds of the rates in it. */
  readonly window: number;
  readonly columns: readonly { readonly title: string; readonly unit: string }[];
  /** The highest rows of each column, those of the first column first. */
  readonly rows: readonly {
    readonly labels: Readonly<Record<string, string>>;
    /** One per column. */
    readonly values: readonly (number | null)[];
  }[];
  /** Number of rows that are left out. */
  readonly hidden: number;
  /** The query's error. */
  readonly error?: string;
}

/** The data of a view: the event `view`, and the response of `/page/view`. */
export interface ViewData {
  readonly view: View;
  readonly from: number;
  readonly to: number;
  readonly step: number;
  readonly times: readonly number[];
  readonly charts: readonly ChartData[];
  /** Views `overview` and `area/…`. */
  readonly tables?: readonly TableData[];
  /** Areas for which there are series. */
  readonly areas: readonly Area[];
  /** View `instruments`. */
  readonly instruments?: readonly InstrumentRow[];
  /** View `instrument/…`: the row, its attributes, and exemplars. */
  readonly instrument?: InstrumentRow & {
    readonly attributes: readonly (ValueCount & { readonly name: string })[];
    readonly exemplars: readonly {
      readonly time: number;
      readonly value: number;
      readonly traceId: string;
    }[];
  };
  /** Events in the range: marks on charts, and the list of the view `events`. */
  readonly events: readonly PageEvent[];
}

/** The event `events`: events since the last one, at most 100. */
export type NewEvents = readonly PageEvent[];

/** The event `points`: the newest step of all charts of the view. Older steps leave the charts. */
export interface Points {
  readonly time: number;
  readonly charts: readonly {
    readonly id: string;
    /** One per series of the chart, in its order. */
    readonly values: readonly (number | null)[];
    /** Series that appear with this step: their value is the last one of theirs. */
    readonly added?: readonly Omit<ChartSeries, "values">[];
    /** Expected range of the first series. */
    readonly band?: { readonly low: number | null; readonly high: number | null };
    /** Whether one of the series is unusual. */
    readonly unusual?: boolean;
    /** Number of series that are left out, if it has changed. */
    readonly hidden?: number;
  }[];
  /** All tables of the view, if they were evaluated anew. */
  readonly tables?: readonly TableData[];
}

/** An event of the application. */
export interface PageEvent {
  /** Unique. An event may be in a `view` and in the next `events`. */
  readonly id: string;
  readonly time: number;
  readonly type: string;
  readonly source: string;
  readonly severity?: string;
  /** Seconds until its time, of an event that has a span. */
  readonly duration?: number;
  readonly text: string;
}

/** An alert that is pending, firing or was resolved lately. */
export interface PageAlert {
  readonly id: string;
  readonly name: string;
  readonly state: "pending" | "firing" | "resolved";
  readonly severity: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly summary: string;
  readonly description: string;
  readonly since: number;
  readonly resolvedAt?: number;
  /** The silence that applies. */
  readonly silenceId?: string;
  /** Series that moved with it. Weak ones may be chance. */
  readonly correlated: readonly {
    readonly metric: string;
    readonly isWeak: boolean;
    readonly text: string;
  }[];
}

/** Another instance, at `page/peers`. */
export interface Peer {
  readonly url: string;
  /** It is a page of this machine that the browser opens itself: it isn't shown through this server. */
  readonly isLocal?: boolean;
  /** Why there are no figures of it, or no new ones. */
  readonly problem?: string;
  readonly service?: string;
  readonly version?: string;
  readonly health?: string;
  readonly firing?: number;
  readonly pending?: number;
  /** Number of its processes and threads. */
  readonly members?: number;
}

/** The event `status`: sent with each step. */
export interface Status {
  readonly time: number;
  /** `service.name` and version of the application. */
  readonly service: string;
  readonly version: string;
  readonly health?: {
    readonly status: "unknown" | "healthy" | "degraded" | "unhealthy";
    readonly components: readonly {
      readonly name: string;
      readonly status: "unknown" | "healthy" | "degraded" | "unhealthy";
      readonly reason: string;
    }[];
  };
  /** Start of the process that serves the page. */
  readonly startedAt: number;
  /** Name and version of its runtime. */
  readonly runtime: string;
  /** `undefined`: alerts are off. */
  readonly alerts?: readonly PageAlert[];
  /** Whether alerts are sent or logged; otherwise the page alone has them. */
  readonly areAlertsSent?: boolean;
  /** The rest of the budgets of objectives; `undefined` until it is known. */
  readonly budgets?: readonly {
    readonly name: string;
    /** Share from 0 to 1; absent without data. */
    readonly left?: number;
    /** Time of the budget: `30d`. */
    readonly window: string;
  }[];
  /** Restarts of processes in the last day, as far as the history has them. */
  readonly restarts: number;
  /** Whether figures of the time before this process are kept. */
  readonly hasHistory: boolean;
  /** The last warning of the history in the last hour, such as that its file is damaged. */
  readonly historyWarning?: string;
  /** Series that are unusual now; `undefined`: detection is off. */
  readonly anomalies?: readonly {
    readonly metric: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly score: number;
    /** Begin of the anomaly. */
    readonly since: number;
  }[];
  /** Processes and threads of the group. */
  readonly members: readonly {
    readonly instance: string;
    readonly pid: number;
    readonly role: string;
    /** Whether its latest report is late. */
    readonly isBlocked: boolean;
    readonly ageSeconds: number;
  }[];
  /** Number of other instances that this page shows. */
  readonly peers: number;
  /** Whether this client may silence alerts. */
  readonly maySilence: boolean;
  /** Template of a link to a trace, in which `{trace_id}` stands for its ID. */
  readonly traceUrl?: string;
}

/** A request to silence alerts. A label's value that the server has cut stands for all values that begin like it. */
export interface SilenceRequest {
  readonly matchers: readonly { readonly name: string; readonly value: string }[];
  /** Seconds from now. */
  readonly duration: number;
  readonly comment: string;
}
