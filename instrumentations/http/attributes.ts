// Values of the attributes of HTTP requests.
import { currentEnvironment, listFrom } from "../../src/options/environment.ts";
import { errorTypeOf } from "../../src/recording/error-type.ts";
import { fieldOf } from "../shared/fields.ts";

/** `error.type` of a request whose other side disconnected, or whose response was not read to its end. */
export const ABORTED = "aborted";

const ERROR_CODE = /^[A-Z][A-Z0-9_]{1,50}$/;
const CONVENTIONAL_METHODS = "CONNECT DELETE GET HEAD OPTIONS PATCH POST PUT QUERY TRACE".split(" ");
// As the semantic conventions define it, the variable replaces the whole list.
const givenMethods = listFrom(currentEnvironment(), "OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS");
const KNOWN_METHODS: ReadonlySet<unknown> = new Set(
  givenMethods.length === 0 ? CONVENTIONAL_METHODS : givenMethods,
);

/**
 * Returns `error.type` of an error: its code, `ECONNREFUSED`, or else its name. The name of all system errors is
 * "Error".
 */
export function requestErrorType(error: unknown): string {
  const code = fieldOf(error, "code");
  return typeof code === "string" && ERROR_CODE.test(code) ? code : errorTypeOf(error);
}

/**
 * Returns `http.request.method` of a request: `_OTHER` for methods that neither the semantic conventions nor
 * `OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS` name.
 */
export function methodOf(request: object): string {
  const method = fieldOf(request, "method");
  return typeof method === "string" && KNOWN_METHODS.has(method) ? method : "_OTHER";
}
