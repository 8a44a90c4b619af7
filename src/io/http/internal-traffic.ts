// Requests of our own, which are none of the application's.
import { context, createContextKey } from "@opentelemetry/api";

// OpenTelemetry's own mark, by which instrumentations leave a request alone.
const SUPPRESS_TRACING: symbol = createContextKey("OpenTelemetry SDK Context Key SUPPRESS_TRACING");

/** Runs `send`; instrumentations do not count what it connects to or asks for. Gives what it gives. */
export function asOurRequest<T>(send: () => T): T {
  return context.with(context.active().setValue(SUPPRESS_TRACING, true), send);
}

const ours = new WeakSet<object>();

/** Marks a request or a server as Tachymeter's own, for hooks that are told of it by Node.js. Gives that very object. */
export function markOurs<Traffic extends object>(traffic: Traffic): Traffic {
  ours.add(traffic);
  return traffic;
}

/** Whether a request or a server was marked by `markOurs`. */
export function isOurTraffic(traffic: unknown): boolean {
  return typeof traffic === "object" && traffic !== null && ours.has(traffic);
}
