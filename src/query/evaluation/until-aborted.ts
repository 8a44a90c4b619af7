// Work that a signal ends.
import { settledOrAborted } from "../../io/yield.ts";
import { QueryError } from "../query-error.ts";

/** Rejects when the signal aborts, even if `promise` never settles. */
export async function untilAborted<Result>(promise: Promise<Result>, signal: AbortSignal): Promise<Result> {
  try {
    return await settledOrAborted(promise, signal);
  } catch (error) {
    throw signal.aborted ? abortedError(signal) : error;
  }
}

/** The error of a query that the signal ended. */
export function abortedError({ reason }: AbortSignal): QueryError {
  const isTimeout = reason instanceof Error && reason.name === "TimeoutError";
  return isTimeout
    ? new QueryError("timeout", "query timed out in expression evaluation", undefined, { cause: reason })
    : new QueryError("canceled", "query was canceled in expression evaluation", undefined, { cause: reason });
}
