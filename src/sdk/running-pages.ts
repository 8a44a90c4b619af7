// The live pages of the SDK: one for each Prometheus endpoint, in the process that exports the metrics.
import type { Resource } from "@opentelemetry/resources";
import type { Alerts } from "../alerts/alerts.ts";
import type { Group } from "../group/view.ts";
import type { History } from "../history/index.ts";
import type { LivePage } from "../page/index.ts";
import type { PrometheusExporter } from "../readers/prometheus/index.ts";
import type { Facades } from "./facades.ts";
import type { Queries } from "./queries.ts";
import type { RunningAnomalies } from "./running-anomalies.ts";
import { type CheckedConfiguration, namesOf } from "./reader-problems.ts";
import { part } from "#on-demand";

interface RunningPagesParts {
  /** The configuration in use. */
  readonly configuration: () => CheckedConfiguration;
  readonly queries: Queries;
  readonly resource: Resource;
  readonly alerts: () => Alerts | undefined;
  /** The history, if there is one. */
  readonly stored: () => History | undefined;
  readonly expectedAt: RunningAnomalies["expectedAt"];
  readonly group: () => Pick<Group, "members">;
}

type ShownFacades = Pick<Facades, "events" | "health">;

export class RunningPages {
  readonly #parts: RunningPagesParts;
  readonly #pages = new Map<PrometheusExporter, LivePage>();

  constructor(parts: RunningPagesParts) {
    this.#parts = parts;
  }

  /** Serves a page on an endpoint. Returns a function that ends it. */
  serve(exporter: PrometheusExporter, facades: ShownFacades): () => void {
    this.#begin(exporter, facades);
    return () => {
      this.#pages.get(exporter)?.end();
      this.#pages.delete(exporter);
    };
  }

  /** Serves all pages anew, with the names and alerts in use. Their sessions stay, and their tabs connect again. */
  restart(facades: ShownFacades): void {
    for (const [exporter, page] of this.#pages) {
      page.end();
      this.#begin(exporter, facades);
    }
  }

  #begin(exporter: PrometheusExporter, { events, health }: ShownFacades): void {
    const { queries, resource, alerts, group, stored, expectedAt } = this.#parts;
    const configuration = this.#parts.configuration();
    const page = new (part("page").LivePage)({
      service: String(resource.attributes["service.name"]),
      version: String(resource.attributes["service.version"] ?? ""),
      source: () => queries.shown(),
      nameOf: namesOf(configuration.readers),
      lastUnixMillis: () => queries.lastUnixMillis,
      exemplars: queries.exemplars(),
      hasten: (millis) => queries.hasten(millis),
      resolutionMillis: configuration.live.resolutionMillis,
      storedMillis: () => this.#storedMillis,
      events,
      stored,
      health: () => health.report(),
      alerts: alerts(),
      members: () => group().members(),
      hasAnomalies: configuration.anomalies !== undefined,
      expectedAt,
      sessions: this.#pages.get(exporter)?.sessions,
      sessionKey: () => exporter.sessionKey(),
      isSecret: (text) => exporter.isSecret(text),
      isProtected: exporter.isProtected,
      traceUrl: configuration.page?.traceUrl,
    });
    exporter.setSite(page);
    this.#pages.set(exporter, page);
  }

  get #storedMillis(): number {
    const { history, collectionIntervalMillis } = this.#parts.configuration();
    return history === undefined ? 0 : collectionIntervalMillis;
  }

  /** Address of the page; with a new one-time token if the endpoint asks for one. `undefined` until it listens. */
  get url(): string | undefined {
    for (const [exporter, page] of this.#pages) {
      if (exporter.url === undefined) continue;
      const url = new URL("/", exporter.url);
      if (exporter.asksForCredentials) url.searchParams.set("token", page.token());
      return url.href;
    }
    return undefined;
  }
}
