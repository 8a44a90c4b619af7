// Routes for metrics and health checks that an adapter adds to the server of its framework.
import type { IncomingMessage, ServerResponse } from "node:http";
import type { IMetricReader } from "../engine/index.ts";
import { Health } from "../facades/index.ts";
import { HEALTH_PATHS } from "../facades/health/answer.ts";
import { running } from "../index.ts";
import { type Check, check, flag, isObject, type Parsed, withMethods } from "../options/check.ts";
import { parsed } from "../options/parser.ts";
import type { PrometheusExporter, PrometheusExporterOptions } from "../readers/prometheus/index.ts";
import { part } from "#on-demand";
import { warnNotRunning } from "./not-running.ts";

/** Options of an exporter on the application's own server. */
export type RouteExporterOptions = Omit<
  PrometheusExporterOptions,
  "host" | "port" | "endpoint" | "preventServerStart" | "allowedHosts" | "tls"
>;

/** Routes of an adapter. */
export interface MetricsRoutesOptions {
  /** Path of the metrics; `false` for no such route. @defaultValue "/metrics" */
  readonly path?: string | false;
  /** Whether `/livez`, `/readyz` and `/healthz` have routes. @defaultValue false */
  readonly health?: boolean;
  /**
   * Exporter of the metrics: one that is also in `readers` of `start()`, or options of a new one, such as `bearerToken`.
   * By default a new one is added to the running Tachymeter, and removed when the application closes.
   */
  readonly prometheus?: PrometheusExporter | RouteExporterOptions;
}

/** Handles a request of `node:http`. */
export type NodeHandler = (request: IncomingMessage, response: ServerResponse) => void;

const PATH: Check<string | false> = check(
  'be a path that begins with "/", or false',
  (value): value is string | false => value === false || (typeof value === "string" && value.startsWith("/")),
);
const EXPORTER: Check<object> = check(
  "be a PrometheusExporter, or an object with options of one",
  (value): value is object => isObject(value),
);

interface Fields {
  path: string | false;
  health: boolean;
  prometheus: object;
}

/** The handlers of an adapter's routes, by their paths. */
export class MetricsRoutes {
  readonly handlers: ReadonlyMap<string, NodeHandler>;
  readonly #remove: () => void;

  /**
   * @param subject the adapter's name, for messages.
   * @throws OptionsError with all invalid options.
   */
  constructor(subject: string, options: MetricsRoutesOptions) {
    const fields = parsed(subject, (parser) =>
      parser.fields<Fields>("", options, { path: PATH, health: flag, prometheus: EXPORTER }),
    );
    const { path = "/metrics", health = false } = fields;
    const handlers = new Map<string, NodeHandler>();
    this.handlers = handlers;
    this.#remove = () => {};
    if (path !== false) {
      const { exporter, remove } = exporterFor(subject, fields);
      this.#remove = remove;
      handlers.set(path, (request, response) => exporter.getMetricsRequestHandler(request, response));
    }
    // It shares the state of the running Tachymeter's.
    if (health) for (const each of HEALTH_PATHS) handlers.set(each, new Health().handler());
  }

  /** Removes the exporter that was added to the running Tachymeter. */
  close(): void {
    this.#remove();
  }
}

interface AddedExporter {
  readonly exporter: Pick<PrometheusExporter, "getMetricsRequestHandler">;
  readonly remove: () => void;
}

/** The methods of our engine's provider. */
interface ReaderHolder {
  addReader(reader: IMetricReader): void;
  removeReader(reader: IMetricReader): unknown;
}

const HOLDER: Check<ReaderHolder> = withMethods("", "addReader", "removeReader");
const GIVEN: Check<PrometheusExporter> = withMethods("", "getMetricsRequestHandler");

function exporterFor(subject: string, { prometheus = {} }: Parsed<Fields>): AddedExporter {
  const given = GIVEN.read(prometheus);
  if (given !== undefined) return { exporter: given, remove: () => {} };
  const exporter = new (part("prometheus").PrometheusExporter)({ ...prometheus, preventServerStart: true });
  const telemetry = running();
  if (telemetry === undefined) warnNotRunning(subject);
  const holder = HOLDER.read(telemetry?.meterProvider);
  holder?.addReader(exporter);
  return {
    exporter,
    // It has no server to stop.
    remove: () => void holder?.removeReader(exporter),
  };
}
