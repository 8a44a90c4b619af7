// Marks Tachymeter's own requests and servers, so that they are not measured as the application's.
import { context, createContextKey } from "@opentelemetry/api";

// OpenTelemetry's context key; if it is set, instrumentations ignore a request.
const SUPPRESS_TRACING: symbol = createContextKey("OpenTelemetry SDK Context Key SUPPRESS_TRACING");

// Node.js publishes a new request before its creator can mark it.
let isSending = false;

/** Runs `send` so that instrumentations ignore its connections and requests. Returns its result. */
export function asInternalTraffic<T>(send: () => T): T {
  const before = isSending;
  isSending = true;
  try {
    return context.with(context.active().setValue(SUPPRESS_TRACING, true), send);
  } finally {
    isSending = before;
  }
}

const ours = new WeakSet<object>();

/** Marks a request or a server as Tachymeter's own, for instrumentations of Node's modules. Returns the object. */
export function markInternal<Traffic extends object>(traffic: Traffic): Traffic {
  ours.add(traffic);
  return traffic;
}

/** Whether a request or a server is marked by `markInternal`, or `asInternalTraffic` is creating it. */
export function isInternalTraffic(traffic: unknown): boolean {
  if (isSending) return true;
  return typeof traffic === "object" && traffic !== null && ours.has(traffic);
}
