// How a process ended, as a value of `error.type`.
import { errorCode } from "../../src/diagnostics/error-message.ts";

/** What is known of a process once it is over, or of one that never was. */
export interface ProcessEnd {
  readonly exitCode: unknown;
  readonly signal: unknown;
  /** Why it could not be started, or was ended by Node.js. */
  readonly error?: unknown;
}

/** The signal, the exit code or, without either, the error's code; `undefined` where the process succeeded. */
export function failureOf({ exitCode, signal, error }: ProcessEnd): string | undefined {
  if (typeof signal === "string") return signal;
  if (typeof exitCode === "number" && exitCode !== 0) return `${exitCode}`;
  return error === undefined ? undefined : (errorCode(error) ?? "_OTHER");
}
