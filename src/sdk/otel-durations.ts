// Durations of HTTP requests are recorded once: by OpenTelemetry's instrumentations if they are active, else by ours.
import { diag } from "@opentelemetry/api";
import type { Instrumentation } from "@opentelemetry/instrumentation";
import {
  http,
  type HttpInstrumentationConfig,
  type RequestSource,
} from "../../instrumentations/http/index.ts";
import { LibraryInstrumentation } from "../../instrumentations/shared/library-instrumentation.ts";
import type { InstrumentationSettings } from "../options/index.ts";
import { replaceMethod } from "../recording/replace-method.ts";

const SOURCES: readonly RequestSource[] = ["http", "undici"];

const UPSTREAM: Readonly<Record<RequestSource, string>> = {
  http: "@opentelemetry/instrumentation-http",
  undici: "@opentelemetry/instrumentation-undici",
};

/**
 * Configures our HTTP instrumentation to omit the durations that another of `instrumentations` records, and those that
 * `settings` switch off: `undici` has its own switch.
 */
export function leaveDurations(
  instrumentations: readonly Instrumentation[],
  settings: InstrumentationSettings,
): void {
  const ours = oursAmong(instrumentations);
  if (ours === undefined) return;
  for (const source of SOURCES) {
    const isTheirs = instrumentations.some(
      ({ instrumentationName }) => instrumentationName === UPSTREAM[source],
    );
    if (isTheirs || settings[source] === undefined) leave(ours, source);
    if (isTheirs) logTheirs(source);
  }
}

/**
 * Leaves durations to an instrumentation of OpenTelemetry that is made later and records to `meterProvider`. It may be
 * a dependency's dependency, which is not found at start. Returns a function that undoes this.
 */
export function leaveDurationsToLater(
  instrumentations: readonly Instrumentation[],
  meterProvider: object,
): () => void {
  const ours = oursAmong(instrumentations);
  if (ours === undefined) return () => {};
  const restore = replaceMethod(meterProvider, "getMeter", (call, [name]) => {
    const source = SOURCES.find((each) => UPSTREAM[each] === name);
    if (source !== undefined && leave(ours, source)) logTheirs(source);
    return call();
  });
  return () => restore?.();
}

type HttpDurations = LibraryInstrumentation<HttpInstrumentationConfig>;

function isHttp(each: Instrumentation): each is HttpDurations {
  return each instanceof LibraryInstrumentation && each.instrumented === http;
}

function oursAmong(instrumentations: readonly Instrumentation[]): HttpDurations | undefined {
  return instrumentations.find(isHttp);
}

// Returns whether our instrumentation recorded them before.
function leave(ours: HttpDurations, source: RequestSource): boolean {
  const { durations = SOURCES, ...config } = ours.getConfig();
  if (!durations.includes(source)) return false;
  ours.setConfig({ ...config, durations: durations.filter((each) => each !== source) });
  return true;
}

function logTheirs(source: RequestSource): void {
  diag.debug(`instrumentation ${source}: ${UPSTREAM[source]} records durations instead of ours`);
}
