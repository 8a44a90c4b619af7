// Durations of requests over HTTP are recorded once: by OpenTelemetry's instrumentations if they are active, else by ours.
import { diag } from "@opentelemetry/api";
import type { Instrumentation } from "@opentelemetry/instrumentation";
import { HttpInstrumentation, type RequestSource } from "../instrumentations/http/index.ts";
import type { InstrumentationSettings } from "./config/index.ts";
import { replaceMethod } from "./facades/replace-method.ts";

const SOURCES: readonly RequestSource[] = ["http", "undici"];

const UPSTREAM: Readonly<Record<RequestSource, string>> = {
  http: "@opentelemetry/instrumentation-http",
  undici: "@opentelemetry/instrumentation-undici",
};

/** The sources of requests that are switched on and that none of `others` records. `undici` has a switch of its own. */
export function timedByOurs(
  settings: InstrumentationSettings,
  others: readonly Instrumentation[],
): readonly RequestSource[] {
  return SOURCES.filter((source) => {
    if (settings[source] === undefined) return false;
    const isTheirs = others.some(({ instrumentationName }) => instrumentationName === UPSTREAM[source]);
    if (isTheirs) logTheirs(source);
    return !isTheirs;
  });
}

/**
 * Leaves durations to an instrumentation of OpenTelemetry's that is made later and records to `meterProvider`, from
 * wherever the application has it: a dependency's dependency is not found at start. Returns the way to end this.
 */
export function leaveDurationsToLater(
  instrumentations: readonly Instrumentation[],
  meterProvider: object,
): () => void {
  const ours = instrumentations.find((each) => each instanceof HttpInstrumentation);
  if (ours === undefined) return () => {};
  const restore = replaceMethod(meterProvider, "getMeter", (call, [name]) => {
    const source = SOURCES.find((each) => UPSTREAM[each] === name);
    if (source !== undefined) leave(ours, source);
    return call();
  });
  return () => restore?.();
}

function leave(ours: HttpInstrumentation, source: RequestSource): void {
  const { durations = SOURCES, ...config } = ours.getConfig();
  if (!durations.includes(source)) return;
  logTheirs(source);
  ours.setConfig({ ...config, durations: durations.filter((each) => each !== source) });
}

function logTheirs(source: RequestSource): void {
  diag.debug(`instrumentation ${source}: ${UPSTREAM[source]} records durations in place of ours`);
}
