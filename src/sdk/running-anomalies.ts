// The detection of anomalies of the SDK: in the process that exports the metrics, from its start or takeover on.
import { diag } from "@opentelemetry/api";
import { errorMessage } from "../diagnostics/error-message.ts";
import type { Resource } from "@opentelemetry/resources";
import type { Anomalies } from "../anomalies/parts.ts";
import type { CorrelateAlert } from "../alerts/correlated-alerts.ts";
import type { Events } from "../events/events.ts";
import type { UnsharedEvents } from "../events/unshared-events.ts";
import type { SampleSource } from "../query/sample-source.ts";
import type { Queries } from "./queries.ts";
import { type CheckedConfiguration, namesOf } from "./reader-problems.ts";
import type { ReaderContext } from "./readers.ts";
import type { RunningExports } from "./running-exports.ts";
import type { Change, SettingsInUse } from "./settings-in-use.ts";
import type { RunningEnd } from "../io/running-end.ts";
import { part } from "#on-demand";

interface AnomaliesParts extends Pick<ReaderContext, "meter"> {
  readonly inUse: SettingsInUse;
  readonly queries: Queries;
  readonly resource: Resource;
  readonly exports: Pick<RunningExports, "stored">;
  /** Events that the page alone shows. */
  readonly ofPage: UnsharedEvents;
}

// Values of learned models.
const MIN_STEP_MILLIS = 60_000;

/** The detection of anomalies of the process, which begins when it exports. */
export class RunningAnomalies {
  readonly #parts: AnomaliesParts;
  #current: Anomalies | undefined;
  #events: Events | undefined;

  constructor(parts: AnomaliesParts) {
    this.#parts = parts;
  }

  /** Expected ranges for charts; `undefined` if the detection is off. */
  readonly expectedAt: Anomalies["expectedAt"] = (selection, times) =>
    this.#current?.expectedAt(selection, times);

  /** The series that are unusual now; `undefined` if the detection is off. */
  readonly unusual = (): ReturnType<Anomalies["unusual"]> | undefined => this.#current?.unusual();

  /** The times at which series were unusual since the start of the process. */
  readonly unusualSpans = (): ReturnType<Anomalies["unusualSpans"]> => this.#current?.unusualSpans() ?? [];

  /** Begins the detection, if it is on. */
  begin(events: Events): RunningEnd {
    this.#events = events;
    this.#current = this.#begin(events);
    let last: Anomalies | undefined;
    return {
      stop: () => {
        last = this.#current;
        this.#events = undefined;
        last?.stop();
      },
      close: async () => last?.close(),
    };
  }

  /** Begins again with other names and another interval, in the process that exports. */
  async changed({ isRenamed, isOf, settings: { configuration } }: Change): Promise<void> {
    if (!isRenamed && (configuration.history === undefined || !isOf("collectionInterval"))) return;
    const before = this.#current;
    await before?.close();
    if (this.#events !== undefined && this.#current === before) this.#current = this.#begin(this.#events);
  }

  #begin(events: Events): Anomalies | undefined {
    const { exports, inUse, queries, meter, resource } = this.#parts;
    const { configuration } = inUse;
    const { anomalies, ofPage, readers, history, live, collectionIntervalMillis } = configuration;
    const settings = anomalies ?? ofPage.anomalies;
    if (settings === undefined) return undefined;
    const isOfPage = anomalies === undefined;
    try {
      const store = isOfPage ? undefined : exports.stored;
      return part("anomalies").Anomalies.begin({
        settings,
        source: queries.collected(),
        prefix: namesOf(readers)?.("x").slice(0, -1),
        events: isOfPage ? this.#parts.ofPage : events,
        meter: isOfPage ? undefined : meter(),
        intervalMillis: live.resolutionMillis,
        file:
          isOfPage || history === undefined || history.path === ":memory:"
            ? undefined
            : `${history.path}.anomalies`,
        service: String(resource.attributes["service.name"]),
        keepsRanges: configuration.page !== undefined,
        learned: store && {
          history: store,
          stepMillis: Math.max(MIN_STEP_MILLIS, collectionIntervalMillis),
        },
      });
    } catch (error) {
      diag.error(`anomalies: not started, ${errorMessage(error)}`);
      return undefined;
    }
  }
}

/** Finds what changed together with an alert. `undefined` if anomalies are off. */
export function correlationOf(
  { anomalies, ofPage }: CheckedConfiguration,
  source: SampleSource,
  events: Events,
): { readonly correlate: CorrelateAlert; readonly end: () => void } | undefined {
  if ((anomalies ?? ofPage.anomalies) === undefined) return undefined;
  const { AlertCorrelator, NearbyEvents } = part("anomalies");
  const nearby = new NearbyEvents(events);
  const correlator = new AlertCorrelator({ source, events: nearby });
  return { correlate: (alert) => correlator.correlate(alert), end: () => nearby.end() };
}
