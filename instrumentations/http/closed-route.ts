// The route of the response that has just closed, for OpenTelemetry's instrumentation if that records the durations.

let route: string | undefined;

function forget(): void {
  route = undefined;
}

/** Keeps the route of a response that has just closed, for its further listeners of `close`. */
export function keepRoute(given: string | undefined): void {
  route = given;
  process.nextTick(forget);
}

/** The route of the response whose listeners of `close` are being called; `undefined` if it has none. */
export function closedRoute(): string | undefined {
  return route;
}
