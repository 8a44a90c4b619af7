import { redactText } from "../../diagnostics/redact.ts";
import type { EventToRecord } from "../../events/event.ts";
import { uuidV7 } from "../../events/uuid-v7.ts";
import { errorTypeOf } from "../../recording/error-type.ts";
import { refusalOfAmount } from "../../recording/guarded-instruments.ts";

/** Creates the event `COMMAND`. Without a name, `command_type` is `unknown`; an invalid time is left out. */
export function commandEvent(
  command: string | undefined,
  seconds: number,
  isSuccess: boolean,
): EventToRecord {
  return {
    event_type: "COMMAND",
    source: "commands",
    data: {
      command_type: command ?? "unknown",
      command_id: uuidV7(),
      ...(refusalOfAmount(seconds) === undefined && { processing_time_ms: seconds * 1000 }),
      result_status: isSuccess ? "SUCCESS" : "FAILURE",
    },
  };
}

/** Details of a failed execution. */
export interface CommandFailure {
  readonly errorType: string;
  /** The error's message, without credentials. Left out if it may contain a command line, whose arguments may be secret. */
  readonly example: string;
}

const MAX_READ = 2_048;
// Errors of `node:child_process`, execa and cross-spawn with these fields have the command line in their messages.
const COMMAND_LINES: readonly string[] = ["cmd", "command", "spawnargs"];

/** Creates the failure for a thrown value. Never throws. */
export function failureFrom(error: unknown): CommandFailure {
  const errorType = errorTypeOf(error);
  return { errorType, example: messageOf(error) ?? errorType };
}

function messageOf(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null) return undefined;
  try {
    if (!("message" in error) || COMMAND_LINES.some((key) => key in error)) return undefined;
    const { message } = error;
    return typeof message === "string" && message !== "" ? redactText(message.slice(0, MAX_READ)) : undefined;
  } catch {
    // A proxy or a getter may throw.
    return undefined;
  }
}
