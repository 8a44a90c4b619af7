// Durations of requests over HTTP are recorded once: by OpenTelemetry's instrumentations if they are active, else by ours.
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
 * Has ours among `instrumentations` leave out the durations that another one there records, and those that `settings`
 * switch off: `undici` has a switch of its own.
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
 * Leaves durations to an instrumentation of OpenTelemetry's that is made later and records to `meterProvider`, from
 * wherever the application has it: a dependency's dependency is not found at start. Returns the way to end this.
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

// Returns whether ours has recorded them until now.
function leave(ours: HttpDurations, source: RequestSource): boolean {
  const { durations = SOURCES, ...config } = ours.getConfig();
  if (!durations.includes(source)) return false;
  ours.setConfig({ ...config, durations: durations.filter((each) => each !== source) });
  return true;
}

function logTheirs(source: RequestSource): void {
  diag.debug(`instrumentation ${source}: ${UPSTREAM[source]} records durations in place of ours`);
}
