// Starting what only the system can refuse.
import { diag } from "@opentelemetry/api";
import type { Resource } from "@opentelemetry/resources";
import type { MadeReaders, PrometheusEndpoint } from "./readers.ts";

/**
 * Has all endpoints listen, and waits for what the other readers need of the system. Rejects with an AggregateError of
 * what did not work, which is all logged by then; the others run on. The promise counts as handled, so that nobody has to
 * look at it.
 */
export function listen({ endpoints, ready: others }: MadeReaders, resource: Resource): Promise<void> {
  const ready = listenAll([...endpoints.map(listenOn), ...others], resource);
  ready.catch(() => {});
  return ready;
}

async function listenAll(starting: readonly Promise<void>[], resource: Resource): Promise<void> {
  const outcomes = await Promise.allSettled(starting);
  // A scrape would otherwise lack what a detector is still reading.
  await resource.waitForAsyncAttributes?.();
  const errors = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason] : []));
  if (errors.length === 0) return;
  throw new AggregateError(errors, errors.map((error) => String(error.message)).join("; "));
}

async function listenOn({ exporter, anyPort }: PrometheusEndpoint): Promise<void> {
  try {
    await exporter.listen({ anyPort });
  } catch (error) {
    diag.error(error instanceof Error ? error.message : String(error));
    throw error;
  }
  diag.info(`Prometheus endpoint at ${exporter.url}`);
}
