// Parts that alerts are made of.
import type { Meter } from "@opentelemetry/api";
import type { Events } from "../events/events.ts";
import type { SampleSource } from "../query/sample-source.ts";
import type { Alert } from "./alert.ts";
import type { CorrelateAlert } from "./correlation.ts";
import type { Silences } from "./delivery/index.ts";
import type { RecordedStore } from "./evaluation/recorded-series.ts";
import type { AlertSettings } from "./options.ts";

/** Parts that are known at the start of the SDK. */
export interface AlertsParts {
  readonly settings: AlertSettings;
  /** Folder of the state; `undefined` without one. */
  readonly directory: string | undefined;
  /** Labels that identify this application. Alerts that have none of the same names get them. */
  readonly labels: Readonly<Record<string, string>>;
  /** URL of this application, for links. `undefined` until a server listens. */
  readonly url: () => string | undefined;
}

/** Parts of the process that exports. */
export interface ExportingParts {
  /** Metrics that the rules are evaluated over. */
  readonly source: SampleSource;
  /** Events that the rules over sequences see, and in which alerts are recorded. */
  readonly events: Events;
  readonly meter: Meter | undefined;
  /** Whether older samples are in a history. @defaultValue true */
  readonly hasHistory?: boolean | undefined;
  /** Keeps the series that the rules write. */
  readonly store?: RecordedStore | undefined;
  /** Whether the application has several processes or threads, whose events come too. */
  readonly isShared: () => boolean;
  /** Finds what changed together with an alert that begins to fire. `undefined` without anomaly detection. */
  readonly correlate?: CorrelateAlert | undefined;
}

/** Parts of a run. */
export interface AlertsRunParts extends AlertsParts, ExportingParts {
  readonly silences: Silences;
  /** Called with each alert that begins to fire or is resolved. Must not throw. */
  readonly onAlert: (alert: Alert) => void;
}
