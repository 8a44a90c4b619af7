// The route of the response that has just closed, for OpenTelemetry's instrumentation if that records the durations.
import type { Attributes, Histogram } from "@opentelemetry/api";

let route: string | undefined;

function forget(): void {
  route = undefined;
}

/**
 * Used in place of the histogram of durations. Our listener of `close` is the first, so that theirs, called right after
 * it, finds the route.
 */
export const routeKeeper: Histogram = {
  record(_: number, attributes?: Attributes): void {
    const given = attributes?.["http.route"];
    route = typeof given === "string" ? given : undefined;
    process.nextTick(forget);
  },
};

/** The route of the response whose listeners of `close` are being called; `undefined` if it has none. */
export function closedRoute(): string | undefined {
  return route;
}
