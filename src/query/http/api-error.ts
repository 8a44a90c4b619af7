import { QueryError } from "../query-error.ts";

/** The `errorType` of a response. */
export type ErrorType =
  | "bad_data"
  | "execution"
  | "timeout"
  | "canceled"
  | "internal"
  | "unavailable"
  | "not_found";

/** Failure of a request. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly type: ErrorType;

  constructor(type: ErrorType, message: string) {
    super(message);
    this.type = type;
  }
}

/** The HTTP status of each type of error, as Prometheus has them. */
export const STATUS: Readonly<Record<ErrorType, number>> = {
  bad_data: 400,
  execution: 422,
  timeout: 503,
  canceled: 503,
  internal: 500,
  unavailable: 503,
  not_found: 404,
};

/** The error of an invalid parameter. */
export function invalidParameter(name: string, problem: string): ApiError {
  return new ApiError("bad_data", `invalid parameter "${name}": ${problem}`);
}

/** Converts an error that ended a request. */
export function apiErrorFrom(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  if (error instanceof QueryError) {
    // The other parameters are checked before the evaluation.
    const message = error.kind === "bad_data" ? `invalid parameter "query": ${error.message}` : error.message;
    return new ApiError(error.kind, message);
  }
  return new ApiError("internal", error instanceof Error ? error.message : String(error));
}
