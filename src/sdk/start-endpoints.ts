import { errorMessage } from "../diagnostics/error-message.ts";
import { diag } from "@opentelemetry/api";
import type { Resource } from "@opentelemetry/resources";
import type { Exports } from "./exports.ts";
import type { PrometheusEndpoint } from "./readers.ts";

/**
 * Starts all endpoints and waits until the other readers are ready. Rejects with an AggregateError of all failures,
 * which are also logged; the other readers continue. The rejection counts as handled.
 */
export function startEndpoints(
  { endpoints, ready: others }: Pick<Exports, "endpoints" | "ready">,
  resource: Resource,
): Promise<void> {
  const ready = listenAll([...endpoints.map(listenOn), ...others], resource);
  ready.catch(() => {});
  return ready;
}

async function listenAll(starting: readonly Promise<void>[], resource: Resource): Promise<void> {
  const outcomes = await Promise.allSettled(starting);
  // Otherwise a scrape would lack the attributes that a detector is still reading.
  await resource.waitForAsyncAttributes?.();
  const errors = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason] : []));
  if (errors.length === 0) return;
  throw new AggregateError(errors, errors.map((error) => String(error.message)).join("; "));
}

async function listenOn({ exporter, anyPort }: PrometheusEndpoint): Promise<void> {
  try {
    await exporter.listen({ anyPort });
  } catch (error) {
    diag.error(errorMessage(error));
    throw error;
  }
  diag.info(`Prometheus endpoint at ${exporter.url}`);
}
