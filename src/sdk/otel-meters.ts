// Meters of OpenTelemetry's instrumentations: each call is recorded once, by theirs if they are chosen, else by ours.
import { createNoopMeter, diag } from "@opentelemetry/api";
import { closedRoute } from "../../instrumentations/http/closed-route.ts";
import { type OtelName, OTEL_NAMES } from "../options/index.ts";
import { replaceMethod } from "../recording/replace-method.ts";

/** The instrumentations that record, by our names. */
export interface Recorders {
  /** The versions of those of OpenTelemetry that the caller has chosen. */
  readonly theirs: ReadonlyMap<OtelName, string>;
  /** Those of ours that record the same metrics. */
  readonly ours: ReadonlySet<OtelName>;
}

/**
 * Makes `meterProvider` return meters without effect to OpenTelemetry's instrumentations whose metrics ours record, such
 * as those of Sentry: they go on making spans. Durations of the chosen one of HTTP get routes. Returns a function that
 * undoes this.
 */
export function shareMeters(meterProvider: object, { theirs, ours }: Recorders): () => void {
  const restore = replaceMethod(meterProvider, "getMeter", (call, [scope, version]) => {
    const name = nameOf(String(scope));
    if (name === undefined) return call();
    const chosen = theirs.get(name);
    if (chosen === version) return name === "http" ? withRoutes(call()) : call();
    if (chosen === undefined && !ours.has(name)) return call();
    diag.debug(
      `instrumentation ${name}: the metrics of the application's ${String(scope)} are left out, since they are recorded already; to choose it, add "${name}" to option instrumentations.otel`,
    );
    return createNoopMeter();
  });
  return () => restore?.();
}

// Sentry's copy has scope `@opentelemetry_sentry-patched/instrumentation-http`.
function nameOf(scope: string): OtelName | undefined {
  if (!scope.startsWith("@opentelemetry")) return undefined;
  return OTEL_NAMES.find((name) => scope.endsWith(`/instrumentation-${name}`));
}

// It knows the routes only with a framework's instrumentation and a context manager. Its spans stay as they are.
function withRoutes(meter: unknown): unknown {
  replaceMethod(Object(meter), "createHistogram", (create, [name]) => {
    const histogram = create();
    if (String(name).startsWith("http.server."))
      replaceMethod(Object(histogram), "record", (record, [value, attributes, context]) => {
        const route = closedRoute();
        const known = { ...(route !== undefined && { "http.route": route }), ...Object(attributes) };
        return record([value, known, context]);
      });
    return histogram;
  });
  return meter;
}
