import { setTimeout as delay } from "node:timers/promises";
import { errorCode, errorMessage } from "../diagnostics/error-message.ts";
import { diag } from "@opentelemetry/api";
import type { Resource } from "@opentelemetry/resources";
import type { Exports } from "./exports.ts";
import type { PrometheusEndpoint } from "./readers.ts";

// Time between attempts to listen on a port that another process of the group will free, and their number.
const RETRY_MILLIS = 500;
const ATTEMPTS = 120;

/**
 * Starts all endpoints and waits until the other readers are ready. Rejects with an AggregateError of all failures,
 * which are also logged; the other readers continue. The rejection counts as handled.
 *
 * @param later ends further attempts to listen on ports that are in use, by which the group's last exporter may still
 *   serve. By default each port is tried once.
 */
export function startEndpoints(
  { endpoints, ready: others }: Pick<Exports, "endpoints" | "ready">,
  resource: Resource,
  later?: AbortSignal,
): Promise<void> {
  const listening = endpoints.map((endpoint) => listenOn(endpoint, later));
  const ready = listenAll([...listening, ...others], resource);
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

/** Begins to listen; failures are logged, too. See {@link startEndpoints}. */
export async function listenOn(endpoint: PrometheusEndpoint, later: AbortSignal | undefined): Promise<void> {
  try {
    await listen(endpoint);
  } catch (error) {
    diag.error(errorMessage(error));
    if (later !== undefined && isInUse(error)) void listenLater(endpoint, later).catch(() => {});
    throw error;
  }
}

async function listen({ exporter, anyPort, hasPage, hasApi }: PrometheusEndpoint): Promise<void> {
  await exporter.listen({ anyPort });
  diag.info(`Prometheus endpoint at ${exporter.url}`);
  if (exporter.url === undefined) return;
  const { asksForCredentials, isOpen } = exporter.metrics.admission;
  const served = [...(hasPage ? ["the live page"] : []), ...(hasApi ? ["the HTTP API"] : [])].join(" and ");
  if (served !== "" && isOpen)
    diag.warn(
      `prometheus exporter: without authentication, each client in this network has ${served}; set a token, as by TACHYMETER_PROMETHEUS_BEARER_TOKEN`,
    );
  if (!hasPage) return;
  // A link with a token would be a secret in the log.
  const link = asksForCredentials
    ? "; sign in with the token or password of the endpoint, or by the link telemetry.pageUrl"
    : "";
  diag.info(`live page at ${new URL("/", exporter.url).href}${link}`);
}

// Rejects if it is ended.
async function listenLater(endpoint: PrometheusEndpoint, signal: AbortSignal): Promise<void> {
  for (let attempt = 1; attempt < ATTEMPTS; attempt++) {
    await delay(RETRY_MILLIS, undefined, { ref: false, signal });
    try {
      return await listen(endpoint);
    } catch (error) {
      if (!isInUse(error)) return diag.error(errorMessage(error));
    }
  }
}

function isInUse(error: unknown): boolean {
  return errorCode(error) === "EADDRINUSE";
}
