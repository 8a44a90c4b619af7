// Values of attributes of requests over HTTP.
import { errorTypeOf } from "../../src/recording/error-type.ts";
import { fieldOf } from "../shared/fields.ts";

/** `error.type` of a request whose other side went away, or whose answer was not read to its end. */
export const ABORTED = "aborted";

const ERROR_CODE = /^[A-Z][A-Z0-9_]{1,50}$/;
const KNOWN_METHODS: ReadonlySet<unknown> = new Set(
  "CONNECT DELETE GET HEAD OPTIONS PATCH POST PUT QUERY TRACE".split(" "),
);

/** `error.type` of an error: its code, `ECONNREFUSED`, or else its name: all errors of the system are named "Error". */
export function requestErrorType(error: unknown): string {
  const code = fieldOf(error, "code");
  return typeof code === "string" && ERROR_CODE.test(code) ? code : errorTypeOf(error);
}

/** `http.request.method` of a request: `_OTHER` for methods that the semantic conventions do not know. */
export function methodOf(request: object): string {
  const method = fieldOf(request, "method");
  return typeof method === "string" && KNOWN_METHODS.has(method) ? method : "_OTHER";
}
