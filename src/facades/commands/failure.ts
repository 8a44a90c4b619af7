// How one execution of a command failed.
import { errorTypeOf } from "../../recording/error-type.ts";

/** How one execution of a command failed. */
export interface CommandFailure {
  /** A word of low cardinality. */
  readonly errorType: string;
  /** What the failure says of itself; no argument of a command line, since these hold secrets. */
  readonly example: string;
}

// Fields by which errors of `node:child_process`, execa and cross-spawn hold a command line, which is in their
// messages too.
const COMMAND_LINES: readonly string[] = ["cmd", "command", "spawnargs"];

/** The failure of which an error tells. Never throws, whatever it is given. */
export function failureFrom(error: unknown): CommandFailure {
  const errorType = errorTypeOf(error);
  return { errorType, example: messageOf(error) ?? errorType };
}

function messageOf(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null) return undefined;
  try {
    if (!("message" in error) || COMMAND_LINES.some((key) => key in error)) return undefined;
    return typeof error.message === "string" && error.message !== "" ? error.message : undefined;
  } catch {
    // A proxy or a getter may throw at any look.
    return undefined;
  }
}
