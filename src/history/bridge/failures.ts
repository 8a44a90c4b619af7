// Answers to what went wrong.
import { jsonText } from "../../events/json-text.ts";
import type { BridgeErrorCode, ErrorResponse, ValidationError } from "./documents.ts";
import type { ErrorLog } from "./error-log.ts";

/** What went wrong, and with what. */
export interface Failure {
  readonly code: BridgeErrorCode;
  readonly message: string;
  /** What was given, for the log. */
  readonly payload: unknown;
  readonly details?: NonNullable<ErrorResponse["error"]["details"]>;
}

const LOGGED: Readonly<Record<BridgeErrorCode, string>> = {
  INVALID_EVENT: "Event validation failed.",
  LOOP_DETECTED: "Event was refused.",
  STORAGE_FAILURE: "Event could not be stored.",
  INVALID_AGGREGATION: "Aggregation failed.",
  RETRIEVAL_FAILURE: "Metrics could not be retrieved.",
};

/** Makes the answers, and logs each. */
export class Failures {
  readonly #log: ErrorLog;

  constructor(log: ErrorLog) {
    this.#log = log;
  }

  /** The answer. */
  answer({ code, message, payload, details }: Failure): ErrorResponse {
    this.#log.write({ code, message: LOGGED[code], errorMessage: message, payload });
    return { status: "error", error: { code, message, ...(details !== undefined && { details }) } };
  }

  /** The answer to an event with wrong fields. */
  invalidEvent(errors: readonly ValidationError[], received: unknown): ErrorResponse {
    const message = textOf(errors);
    const details = { validation_errors: errors, received_event: serializable(received) };
    return this.answer({ code: "INVALID_EVENT", message, payload: received, details });
  }

  /** The answer to an event that is recorded again and again. */
  loop(received: unknown): ErrorResponse {
    const message = "Event appears to be in an infinite loop";
    return this.answer({ code: "LOOP_DETECTED", message, payload: received });
  }

  /** The answer to an aggregation that there is not, or not of what it is asked of. */
  unsupported(aggregation: unknown, asked: unknown): ErrorResponse {
    const shown = typeof aggregation === "string" ? aggregation : jsonText(aggregation);
    const message = `Unsupported aggregation method: ${shown}`;
    return this.answer({ code: "INVALID_AGGREGATION", message, payload: asked });
  }

  /** The answer to a question with wrong parts. */
  invalidQuestion(errors: readonly ValidationError[], asked: unknown): ErrorResponse {
    const details = { validation_errors: errors };
    return this.answer({ code: "RETRIEVAL_FAILURE", message: textOf(errors), payload: asked, details });
  }
}

// What JSON.stringify throws for, such as a cycle or a big integer, is shown as text.
function serializable(value: unknown): unknown {
  try {
    JSON.stringify(value);
    return value;
  } catch {
    return JSON.parse(jsonText(value));
  }
}

function textOf(errors: readonly ValidationError[]): string {
  return errors.map(({ field, message }) => `${field} ${message}`).join("; ");
}
