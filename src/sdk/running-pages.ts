// The live pages of the SDK: one for each Prometheus endpoint, in the process that exports the metrics.
import type { Resource } from "@opentelemetry/resources";
import type { Alerts } from "../alerts/alerts.ts";
import type { UnsharedEvents } from "../events/unshared-events.ts";
import type { Group } from "../group/view.ts";
import type { LivePage } from "../page/index.ts";
import type { PrometheusExporter } from "../readers/prometheus/index.ts";
import type { Facades } from "./facades.ts";
import type { Queries } from "./queries.ts";
import type { RunningAlerts } from "./running-alerts.ts";
import type { RunningAnomalies } from "./running-anomalies.ts";
import type { RunningProfiles } from "./running-profiles.ts";
import type { RunningExports } from "./running-exports.ts";
import { runningApplication } from "./running-application.ts";
import { runningMcp } from "./running-mcp.ts";
import { namesOf } from "./reader-problems.ts";
import type { Change, SettingsInUse } from "./settings-in-use.ts";
import { part } from "#on-demand";

interface PagesParts {
  readonly inUse: SettingsInUse;
  readonly queries: Queries;
  readonly resource: Resource;
  readonly alerts: Pick<RunningAlerts, "current" | "shown">;
  readonly anomalies: Pick<RunningAnomalies, "expectedAt" | "unusual" | "unusualSpans">;
  readonly profiles: Pick<RunningProfiles, "take">;
  readonly exports: Pick<RunningExports, "stored">;
  readonly facades: Pick<Facades, "events" | "health">;
  readonly group: Pick<Group, "members">;
  /** Events that the page alone shows. */
  readonly ofPage: UnsharedEvents;
}

export class RunningPages {
  readonly #parts: PagesParts;
  #shown: Alerts | undefined;
  readonly #pages = new Map<PrometheusExporter, LivePage>();

  constructor(parts: PagesParts) {
    this.#parts = parts;
    this.#shown = parts.alerts.shown;
    if (parts.inUse.configuration.page === undefined) return;
    parts.ofPage.record({
      event_type: "application.started",
      source: this.#service,
      timestamp: new Date(performance.timeOrigin).toISOString(),
      data: {
        ...(this.#version !== "" && { version: this.#version }),
        runtime: `Node.js ${process.versions.node}`,
        pid: process.pid,
      },
    });
  }

  get #service(): string {
    return String(this.#parts.resource.attributes["service.name"]);
  }

  get #version(): string {
    return String(this.#parts.resource.attributes["service.version"] ?? "");
  }

  /** Serves a page on an endpoint. Returns a function that ends it. */
  serve(exporter: PrometheusExporter): () => void {
    this.#begin(exporter);
    return () => {
      this.#pages.get(exporter)?.end();
      this.#pages.delete(exporter);
    };
  }

  /** Serves all pages anew, with other names or alerts. Their sessions stay, and their tabs connect again. */
  changed({ isRenamed }: Change): void {
    if (!isRenamed && this.#parts.alerts.shown === this.#shown) return;
    this.#shown = this.#parts.alerts.shown;
    for (const [exporter, page] of this.#pages) {
      page.end();
      this.#begin(exporter);
    }
  }

  #begin(exporter: PrometheusExporter): void {
    const { alerts, anomalies, profiles, exports, facades, group, inUse, queries } = this.#parts;
    const { events, health } = facades;
    const { configuration } = inUse;
    const application = runningApplication({
      name: this.#service,
      source: () => queries.shown(),
      alerts,
      exports,
      events,
    });
    const page = new (part("page").LivePage)({
      service: this.#service,
      version: this.#version,
      source: () => queries.shown(),
      nameOf: namesOf(configuration.readers),
      lastUnixMillis: () => queries.lastUnixMillis,
      exemplars: queries.exemplars(),
      hasten: (millis) => queries.hasten(millis),
      resolutionMillis: configuration.live.resolutionMillis,
      experimental: configuration.live.experimental,
      storedMillis: () => this.#storedMillis,
      events,
      ownEvents: this.#parts.ofPage,
      stored: () => exports.stored,
      health: () => health.report(),
      alerts: alerts.shown,
      areAlertsSent: () => alerts.current !== undefined,
      members: () => group.members(),
      unusual: anomalies.unusual,
      profile: profiles.take,
      explain: async (isAsked, signal) => {
        const explanation = await part("explain").explanationOf(application, {
          isAsked: ({ document }) => isAsked(part("explain").labelsOf(document)),
          place: exporter.url ?? "",
          signal,
        });
        return explanation && JSON.stringify(explanation);
      },
      mcp:
        configuration.mcp &&
        runningMcp({
          settings: configuration.mcp,
          application,
          place: () => exporter.url ?? "",
          queries,
          alerts: alerts.shown,
          profile: profiles.take,
        }),
      expectedAt: anomalies.expectedAt,
      unusualSpans: anomalies.unusualSpans,
      sessions: this.#pages.get(exporter)?.sessions,
      admission: exporter.metrics.admission,
      url: () => exporter.url,
      peers: configuration.page?.peers ?? [],
      traceUrl: configuration.page?.traceUrl,
    });
    exporter.metrics.setSite(page);
    this.#pages.set(exporter, page);
  }

  get #storedMillis(): number {
    const { history, collectionIntervalMillis } = this.#parts.inUse.configuration;
    return history === undefined ? 0 : collectionIntervalMillis;
  }

  /** Address of the page; with a new one-time token if the endpoint asks for one. `undefined` until it listens. */
  get url(): string | undefined {
    for (const [exporter, page] of this.#pages) {
      if (exporter.url === undefined) continue;
      const url = new URL("/", exporter.url);
      if (exporter.metrics.admission.asksForCredentials) url.searchParams.set("token", page.token());
      return url.href;
    }
    return undefined;
  }
}
