// Silences of alerts.
import type { SilenceRequest } from "../../protocol.ts";
import { requested } from "./connection.ts";

/** Begins a silence. Returns the problem, or an empty text. */
export function beginSilence(request: SilenceRequest): Promise<string> {
  return problemOf("page/silences", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(request),
  });
}

/** Ends a silence. Returns the problem, or an empty text. */
export function endSilence(id: string): Promise<string> {
  return problemOf(`page/silences/${encodeURIComponent(id)}`, { method: "DELETE" });
}

async function problemOf(path: string, options: RequestInit): Promise<string> {
  try {
    const response = await requested(path, options);
    return response.ok
      ? ""
      : (await response.text()).slice(0, 300) || `The server responded with ${response.status}`;
  } catch {
    return "The application cannot be reached";
  }
}
