/**
 * A plugin for Fastify 4 and 5: `/metrics`, health checks, and the telemetry as decorators.
 *
 * @module tachymeter/fastify
 */
import { type Meter, metrics } from "@opentelemetry/api";
import type { FastifyPluginAsync } from "fastify";
import { running, type Tachymeter } from "../../index.ts";
import { MetricsRoutes, type MetricsRoutesOptions } from "../metrics-routes.ts";

export type { MetricsRoutesOptions, RouteExporterOptions } from "../metrics-routes.ts";

/** Options of the plugin. */
export interface FastifyMetricsOptions extends MetricsRoutesOptions {
  /** Name of the decorator `meter`. @defaultValue "fastify" */
  readonly meterName?: string;
}

declare module "fastify" {
  interface FastifyInstance {
    /** The Tachymeter that was running when the plugin was registered; otherwise `undefined`. */
    telemetry: Tachymeter | undefined;
    /** A meter for the application's own instruments. */
    meter: Meter;
  }
}

// Options of `register()`, which Fastify passes to the plugin too.
const FASTIFY_OPTIONS = ["prefix", "logLevel", "logSerializers"];

/**
 * Adds `GET /metrics`, on request also `/livez`, `/readyz` and `/healthz`, and decorates the application with
 * `telemetry` and `meter`. Requests and their routes are measured without the plugin, if Tachymeter is started before the
 * application is created. Without a running Tachymeter, the plugin warns and the metrics are empty.
 *
 * @throws OptionsError (rejection) with all invalid options.
 *
 * @example
 * ```ts
 * import Fastify from "fastify";
 * import { fastifyMetrics } from "tachymeter/fastify";
 *
 * const app = Fastify();
 * await app.register(fastifyMetrics, { health: true });
 * const orders = app.meter.createCounter("orders");
 * ```
 */
export const fastifyMetrics: FastifyPluginAsync<FastifyMetricsOptions> = async (app, options) => {
  const { meterName = "fastify", ...own } = options;
  for (const name of FASTIFY_OPTIONS) Reflect.deleteProperty(own, name);
  const routes = new MetricsRoutes("tachymeter/fastify", own);
  app.decorate("telemetry", running());
  app.decorate("meter", metrics.getMeter(meterName));
  for (const [url, handle] of routes.handlers) {
    app.get(url, { logLevel: "warn" }, (request, reply) => {
      // The handler writes the whole response.
      reply.hijack();
      handle(request.raw, reply.raw);
    });
  }
  app.addHook("onClose", async () => routes.close());
};

// As `fastify-plugin` does: the decorators are those of the application, not of an inner scope.
Object.assign(fastifyMetrics, {
  [Symbol.for("skip-override")]: true,
  [Symbol.for("fastify.display-name")]: "tachymeter",
  [Symbol.for("plugin-meta")]: { name: "tachymeter", fastify: ">=4.0.0" },
});
