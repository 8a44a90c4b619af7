// The alerts of the SDK: of the process that exports the metrics, from its start or takeover on.
import { hostname } from "node:os";
import { resolve } from "node:path";
import { diag } from "@opentelemetry/api";
import { errorMessage } from "../diagnostics/error-message.ts";
import type { Resource } from "@opentelemetry/resources";
import type { Alerts } from "../alerts/alerts.ts";
import type { Events } from "../events/events.ts";
import type { CapableSource } from "../query/capable-source.ts";
import type { ServedRules } from "../query/http/served-rules.ts";
import type { Queries } from "./queries.ts";
import type { CheckedConfiguration } from "./reader-problems.ts";
import type { ReaderContext } from "./readers.ts";
import { part } from "#on-demand";

export interface RunningAlertsParts {
  readonly configuration: CheckedConfiguration;
  readonly queries: Queries;
  readonly meter: ReaderContext["meter"];
  readonly resource: Resource;
  readonly url: () => string | undefined;
  /** Whether the application has several processes or threads. */
  readonly isShared: () => boolean;
}

export class RunningAlerts {
  readonly #parts: RunningAlertsParts;
  #alerts: Alerts | undefined;

  constructor(parts: RunningAlertsParts) {
    this.#parts = parts;
  }

  get current(): Alerts | undefined {
    return this.#alerts;
  }

  /** Begins the alerts of this process, if they are on. Returns the functions that end them: at once, and with their state. */
  begin(events: Events): RunningAlertsEnd | undefined {
    const { configuration, queries, meter, resource } = this.#parts;
    const { alerts: settings, history } = configuration;
    if (settings === undefined) return undefined;
    const ofHistory =
      history === undefined || history.path === ":memory:" ? undefined : `${history.path}.alerts`;
    const directory = settings.directory ?? ofHistory;
    try {
      const alerts = part("alerts").Alerts.begin({
        settings,
        source: queries.collected(),
        events,
        meter: meter(),
        directory: directory === undefined ? undefined : resolve(directory),
        labels: identityOf(resource),
        url: this.#parts.url(),
        isShared: this.#parts.isShared,
      });
      this.#alerts = alerts;
      return {
        stop: () => {
          if (this.#alerts === alerts) this.#alerts = undefined;
          alerts.stop();
        },
        close: () => alerts.close(),
      };
    } catch (error) {
      diag.error(`alerts: not started, ${errorMessage(error)}`);
      return undefined;
    }
  }

  /** The part for queries and the HTTP API; `undefined` if alerts are off. */
  queried(): { readonly source: CapableSource; readonly served: ServedRules } | undefined {
    const alerts = this.#alerts;
    if (alerts === undefined) return undefined;
    const { alertsDocument, rulesDocument } = part("alerts");
    return {
      source: alerts.source,
      served: {
        rules: (parameters) => rulesDocument(alerts.groups(), parameters),
        alerts: () => alertsDocument(alerts.active()),
      },
    };
  }
}

export interface RunningAlertsEnd {
  /** Ends the evaluation in this turn. */
  readonly stop: () => void;
  /** Ends the rest, and writes the state. */
  readonly close: () => Promise<void>;
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
