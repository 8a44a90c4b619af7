// What a health check says, whatever it gives or throws.
import { type HealthStatus, isHealthStatus } from "./report.ts";

/** The status that one check found. */
export interface HealthVerdict {
  readonly status: HealthStatus;
  readonly reason?: string;
}

const MAX_REASON_LENGTH = 200;

/**
 * Reads what a check gave: `false` is unhealthy, a status or an object with a status is that, everything else is
 * healthy.
 */
export function verdictFromResult(result: unknown): HealthVerdict {
  if (result === false) return { status: "unhealthy", reason: "the check gave false" };
  if (isHealthStatus(result)) return { status: result };
  if (typeof result === "object" && result !== null && "status" in result) {
    const { status } = result;
    if (isHealthStatus(status)) return verdictFrom(status, "reason" in result ? result.reason : undefined);
  }
  return { status: "healthy" };
}

/** Unhealthy, for the reason that an error tells: its message, else its code, else its name. Never throws. */
export function verdictFromError(error: unknown): HealthVerdict {
  return verdictFrom("unhealthy", reasonOf(error) ?? "the check failed");
}

/** A verdict with a reason cut to 200 characters, left out where it is no text. */
export function verdictFrom(status: HealthStatus, reason: unknown): HealthVerdict {
  if (typeof reason !== "string" || reason === "") return { status };
  return { status, reason: reason.slice(0, MAX_REASON_LENGTH) };
}

function reasonOf(error: unknown): string | undefined {
  if (typeof error === "string") return error;
  if (typeof error !== "object" || error === null) return undefined;
  try {
    // A refused connection is an error without a message on Node 20: only its code tells.
    return [
      "message" in error ? error.message : "",
      "code" in error ? error.code : "",
      "name" in error ? error.name : "",
    ].find((text): text is string => typeof text === "string" && text !== "");
  } catch {
    return undefined;
  }
}
