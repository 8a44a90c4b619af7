// The value of `error.type` for requests over HTTP.
import { errorTypeOf } from "../../src/recording/error-type.ts";
import { fieldOf } from "../shared/index.ts";

/** `error.type` of a request whose other side went away, or whose answer was not read to its end. */
export const ABORTED = "aborted";

const ERROR_CODE = /^[A-Z][A-Z0-9_]{1,50}$/;

/** The error's code, `ECONNREFUSED`, or else its name: all errors of the system are named "Error". */
export function requestErrorType(error: unknown): string {
  const code = fieldOf(error, "code");
  return typeof code === "string" && ERROR_CODE.test(code) ? code : errorTypeOf(error);
}
