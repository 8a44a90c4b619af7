import type { Attributes } from "@opentelemetry/api";
import { check } from "../../src/options/check.ts";
import { IGNORED_REQUESTS, type IgnoredRequest, REQUEST_HEADERS } from "../../src/options/http.ts";
import type { InstrumentationConfig } from "../../src/options/instrumentation.ts";
import type { Instrumented } from "../shared/instrumented.ts";
import { flagOption, functionOption } from "../shared/options.ts";

/** Publisher of the requests: servers and clients of `node:http`, or undici, which implements `fetch`. */
export type RequestSource = "http" | "undici";

const SOURCES: readonly unknown[] = ["http", "undici"] satisfies readonly RequestSource[];

/** Options of {@link HttpInstrumentation}. */
export interface HttpInstrumentationConfig extends InstrumentationConfig {
  /**
   * Sources whose durations are recorded; both by default. `start()` leaves out those that OpenTelemetry's
   * instrumentations record.
   */
  durations?: readonly RequestSource[];
  /**
   * Returns further attributes for the counts and durations of a request. Called once: when a served request has ended, and when
   * the response to an own request begins, or it fails. At most as many sets as the limit of series allows.
   */
  attributes?: (request: object, response: object | undefined) => Attributes | undefined;
  /** Headers of requests that become attributes `http.request.header.<name>`. By default `TACHYMETER_HTTP_REQUEST_HEADERS`. */
  requestHeaders?: readonly string[];
  /** Served requests that are not recorded, by path. By default `TACHYMETER_HTTP_IGNORE`. */
  ignore?: readonly IgnoredRequest[];
  /** Whether the sizes of bodies are recorded. @defaultValue false */
  bodySizes?: boolean;
}

/** Whether durations of `source` are recorded. */
export function isTimed({ durations }: HttpInstrumentationConfig, source: RequestSource): boolean {
  return durations?.includes(source) ?? true;
}

/** The instrumentation of `http`. */
export const http: Instrumented<HttpInstrumentationConfig> = {
  name: "http",
  options: {
    durations: check(
      'be a list of "http" and "undici"',
      (value): value is readonly string[] =>
        Array.isArray(value) && value.every((source) => SOURCES.includes(source)),
    ),
    attributes: functionOption("a function that returns attributes for a request and its response"),
    requestHeaders: REQUEST_HEADERS,
    ignore: IGNORED_REQUESTS,
    bodySizes: flagOption,
  },
  // Node.js itself publishes the requests; these files provide the routes.
  files: [
    { library: "express", path: "lib/express.js", versions: [">=4.17.0 <6"] },
    { library: "koa", versions: [">=2.0.0 <4"] },
    { library: "@hapi/hapi", path: "lib/request.js", versions: [">=20.2.0 <22"] },
    { library: "hono", replaces: ["Hono"], versions: [">=4.0.0 <5"] },
    { library: "h3", replaces: ["createRouter"], versions: [">=1.8.0 <2"] },
    { library: "h3", versions: [">=2.0.1 <3"] },
    { library: "polka", versions: [">=0.5.0 <0.6", "1.0.0-next.28"] },
    { library: "@adonisjs/http-server", versions: [">=7.0.0 <10"] },
  ],
  channels: [
    "http.server.request.start",
    "http.client.request.created",
    // In Node.js 20, which has no earlier channel.
    "http.client.request.start",
    "http2.server.stream.created",
    "http2.client.stream.created",
    "undici:request:create",
    "fastify.initialization",
  ],
  lossOfLateStart: "its requests are measured without routes",
  beginsAtOnce: true,
};
