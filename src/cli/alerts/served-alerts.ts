// The alerts and rules that an application serves.
import { errorMessage } from "../../diagnostics/error-message.ts";
import { showUrl } from "../../diagnostics/show.ts";
import { parsedJson } from "../../io/json.ts";
import { isObject } from "../../options/check.ts";
import { startWith } from "../../options/start-with.ts";
import { fetchBeside, type TextAnswer } from "../fetch-text.ts";
import type { AlertDocument } from "../../explain/current-alerts.ts";

const TIMEOUT_MILLIS = 10_000;

/**
 * The alerts of an application with option `api`, or of Prometheus.
 *
 * @throws Error if there is no response, or none with alerts
 */
export async function servedAlerts(url: URL, signal?: AbortSignal): Promise<readonly AlertDocument[]> {
  return servedList(url, "alerts", "alerts", signal);
}

/**
 * The groups of rules of an application with option `api`, or of Prometheus.
 *
 * @throws Error if there is no response, or none with rules
 */
export async function servedRules(
  url: URL,
  signal?: AbortSignal,
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  return servedList(url, "rules", "groups", signal);
}

async function servedList(
  url: URL,
  what: "alerts" | "rules",
  field: string,
  signal: AbortSignal | undefined,
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const shown = showUrl(url);
  let response: TextAnswer;
  try {
    response = await fetchBeside(url, `/api/v1/${what}`, TIMEOUT_MILLIS, signal);
  } catch (error) {
    const reason = errorMessage(error);
    throw new Error(`"${shown}": no response (${reason}); check that the application runs`, { cause: error });
  }
  const document = parsedJson(response.text);
  const data = isObject(document) && isObject(document["data"]) ? document["data"][field] : undefined;
  if (response.isOk && Array.isArray(data)) return data.filter(isObject);
  throw new Error(
    `"${shown}": no ${what} are served (status ${response.status}); ${remedyFor(response.status)}`,
  );
}

function remedyFor(status: number): string {
  if (status === 404) return startWith("api");
  if (status === 401 || status === 403)
    return "on its machine, set TACHYMETER_PROMETHEUS_BEARER_TOKEN or its _FILE; or write user and password into the URL";
  if (status === 408 || status === 503)
    return "its event loop may be blocked: ask again, and look for functions in its log";
  return "specify the URL of its endpoint";
}
