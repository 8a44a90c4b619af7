// The alerts of the SDK: of the process that exports the metrics, from its start or takeover on.
import { hostname } from "node:os";
import { absolutePath } from "../io/files/absolute-path.ts";
import { diag } from "@opentelemetry/api";
import { errorMessage } from "../diagnostics/error-message.ts";
import type { Resource } from "@opentelemetry/resources";
import type { Alerts } from "../alerts/alerts.ts";
import type { RecordedStore } from "../alerts/evaluation/recorded-series.ts";
import type { Events } from "../events/events.ts";
import type { UnsharedEvents } from "../events/unshared-events.ts";
import type { Group } from "../group/view.ts";
import type { HistoryStore, RecordedHistory } from "../history/parts.ts";
import type { Queries, QueriedAlerts } from "./queries.ts";
import type { RunningProfiles } from "./running-profiles.ts";
import type { CheckedConfiguration } from "./reader-problems.ts";
import type { ReaderContext } from "./readers.ts";
import { correlationOf } from "./running-anomalies.ts";
import type { RunningExports } from "./running-exports.ts";
import type { Change, SettingsInUse } from "./settings-in-use.ts";
import type { RunningEnd } from "../io/running-end.ts";
import { part } from "#on-demand";

interface AlertsParts extends Pick<ReaderContext, "meter"> {
  readonly inUse: SettingsInUse;
  readonly queries: Queries;
  readonly resource: Resource;
  readonly exports: Pick<RunningExports, "stored" | "url">;
  readonly group: Pick<Group, "members">;
  readonly profiles: RunningProfiles;
  /** Events that the page alone shows. */
  readonly ofPage: UnsharedEvents;
}

export class RunningAlerts {
  /** Those that the page shows; `undefined` without any. */
  shown: Alerts | undefined;
  readonly #parts: AlertsParts;
  // The folder of the start, if it was chosen.
  #directory: string | undefined;
  // Whether nothing of them leaves the page.
  #isOfPage = false;
  #events: Events | undefined;
  #end: RunningEnd | undefined;

  constructor(parts: AlertsParts) {
    this.#parts = parts;
    parts.queries.alerts = this;
    this.#make(parts.inUse.configuration);
  }

  /** `undefined` if alerts are off, also if the page has its own. */
  get current(): Alerts | undefined {
    return this.#isOfPage ? undefined : this.shown;
  }

  #make({ alerts, ofPage, history }: CheckedConfiguration): void {
    const settings = alerts ?? ofPage.alerts;
    this.#isOfPage = alerts === undefined;
    if (settings === undefined) return;
    const { resource } = this.#parts;
    const ofHistory =
      alerts === undefined || history === undefined || history.path === ":memory:"
        ? undefined
        : `${history.path}.alerts`;
    this.#directory = settings.directory;
    const directory = settings.directory ?? ofHistory;
    this.shown = part("alerts").Alerts.of({
      settings,
      directory: directory === undefined ? undefined : absolutePath(directory),
      labels: identityOf(resource),
      url: () => this.#link,
    });
  }

  // Link of notifications: the page, else the metrics. It has no token, since many may read a channel.
  get #link(): string | undefined {
    const { exports, inUse } = this.#parts;
    const hasPage = inUse.configuration.page !== undefined;
    return exports.url !== undefined && hasPage ? new URL("/#/alerts", exports.url).href : exports.url;
  }

  /** Begins the alerts of this process, if they are on. Returns the functions that end them: at once, and with their state. */
  begin(events: Events): RunningEnd {
    this.#events = events;
    this.#end = this.#begin(events);
    let last: RunningEnd | undefined;
    return {
      stop: () => {
        last = this.#end;
        this.#events = undefined;
        this.#end = undefined;
        last?.stop();
      },
      close: async () => last?.close(),
    };
  }

  /** Applies other settings, in the process that exports at once. */
  async changed({ isRenamed, isOf, settings: { configuration } }: Change): Promise<void> {
    const { alerts, ofPage } = configuration;
    if (!isRenamed && !isOf("alerts")) return;
    const settings = alerts ?? ofPage.alerts;
    const isSame = this.#isOfPage === (alerts === undefined);
    if (this.shown !== undefined && settings !== undefined && isSame) {
      if (settings.directory !== this.#directory)
        diag.warn("alerts: the changed directory is used when the process starts again");
      return this.shown.reconfigure(settings);
    }
    const end = this.#end;
    this.#end = undefined;
    this.shown = undefined;
    end?.stop();
    await end?.close();
    this.#make(configuration);
    if (this.#events !== undefined) this.#end = this.#begin(this.#events);
  }

  #begin(events: Events): RunningEnd | undefined {
    const { exports, group, inUse, queries, meter, profiles, ofPage } = this.#parts;
    const { configuration } = inUse;
    if (this.shown === undefined) return undefined;
    try {
      const source = queries.collected();
      const correlation = correlationOf(configuration, source, events);
      const correlate = correlation?.correlate;
      const { stop, close } = this.shown.begin({
        source,
        isShared: () => group.members().length > 1,
        correlate,
        hasHistory: configuration.history !== undefined,
        ...(this.#isOfPage
          ? { events: ofPage, meter: undefined }
          : { events, meter: meter(), store: recordedStore(exports, queries), profiles: profiles.ofAlerts }),
      });
      return {
        stop: () => {
          stop();
          profiles.release();
          correlation?.end();
        },
        close,
      };
    } catch (error) {
      diag.error(`alerts: not started, ${errorMessage(error)}`);
      return undefined;
    }
  }

  /** The part for queries and the HTTP API; `undefined` without alerts, or if another process evaluates them. */
  get queried(): QueriedAlerts | undefined {
    const alerts = this.shown;
    const source = alerts?.source;
    if (alerts === undefined || source === undefined) return undefined;
    const { alertsDocument, rulesDocument } = part("alerts");
    return {
      source,
      withWritten: (metrics) => alerts.withWritten(metrics),
      served: {
        rules: (parameters) => rulesDocument(alerts.groups(), parameters),
        alerts: () => alertsDocument(alerts.active(), alerts.silencesOf()),
      },
    };
  }
}

// The history at each time: a reload may replace it.
function recordedStore(exports: Pick<RunningExports, "stored">, queries: Queries): RecordedStore {
  let last: { readonly history: HistoryStore; readonly recorded: RecordedHistory } | undefined;
  return {
    append(timeUnixMillis, samples) {
      const history = exports.stored;
      if (history === undefined) return;
      if (last?.history !== history) {
        const { RecordedHistory } = part("history");
        last = { history, recorded: new RecordedHistory(history, () => queries.attributes) };
      }
      last.recorded.append(timeUnixMillis, samples);
    },
  };
}

// The labels that Prometheus adds to an application's metrics. An id of the process would make an alert a
// new one after each restart.
function identityOf({ attributes }: Resource): Readonly<Record<string, string>> {
  const namespace = attributes["service.namespace"];
  const name = String(attributes["service.name"]);
  return {
    job: namespace === undefined ? name : `${String(namespace)}/${name}`,
    instance: String(attributes["host.name"] ?? hostname()),
  };
}
