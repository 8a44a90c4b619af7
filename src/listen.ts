// Starting the endpoints, which only the system can refuse.
import { diag } from "@opentelemetry/api";
import type { Resource } from "@opentelemetry/resources";
import type { PrometheusEndpoint } from "./make-readers.ts";

/**
 * Has all endpoints listen. Rejects with an AggregateError of those that cannot, each of which is logged; the others run
 * on. The promise counts as handled, so that nobody has to look at it.
 */
export function listen(endpoints: readonly PrometheusEndpoint[], resource: Resource): Promise<void> {
  const ready = listenAll(endpoints, resource);
  ready.catch(() => {});
  return ready;
}

async function listenAll(endpoints: readonly PrometheusEndpoint[], resource: Resource): Promise<void> {
  const outcomes = await Promise.allSettled(endpoints.map(listenOn));
  // A scrape would otherwise lack what a detector is still reading.
  await resource.waitForAsyncAttributes?.();
  const errors = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason] : []));
  if (errors.length === 0) return;
  for (const error of errors) diag.error(String(error.message));
  throw new AggregateError(errors, errors.map((error) => String(error.message)).join("; "));
}

async function listenOn({ exporter, anyPort }: PrometheusEndpoint): Promise<void> {
  await exporter.listen({ anyPort });
  diag.info(`Prometheus endpoint at ${exporter.url}`);
}
