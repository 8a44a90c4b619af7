// Values of the attributes of HTTP requests.
import { OutgoingMessage } from "node:http";
import { currentEnvironment, listFrom } from "../../src/options/environment.ts";
import { errorTypeOf } from "../../src/recording/error-type.ts";
import { fieldOf, hasMethods } from "../shared/fields.ts";

/** `error.type` of a request whose other side disconnected, or whose response was not read to its end. */
export const ABORTED = "aborted";

const PROTO = /^\s*(https?)\s*(?:,|$)/i;
const FORWARDED = /^[^,]*?\bproto="?(https?)\b/i;
const ERROR_CODE = /^[A-Z][A-Z0-9_]{1,50}$/;
const CONVENTIONAL_METHODS = "CONNECT DELETE GET HEAD OPTIONS PATCH POST PUT QUERY TRACE".split(" ");

/**
 * Returns `error.type` of an error: its code, `ECONNREFUSED`, or else its name. The name of all system errors is
 * "Error".
 */
export function requestErrorType(error: unknown): string {
  const code = fieldOf(error, "code");
  return typeof code === "string" && ERROR_CODE.test(code) ? code : errorTypeOf(error);
}

/**
 * Returns the values of `http.request.method`: the methods of the semantic conventions, or those of
 * `OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS` in their place. Not to be called on import, which may precede the reading
 * of the configuration file.
 */
export function knownMethods(): ReadonlySet<unknown> {
  const given = listFrom(currentEnvironment(), "OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS");
  return new Set(given.length === 0 ? CONVENTIONAL_METHODS : given);
}

/** Returns `http.request.method` of a request: `_OTHER` for methods that are not in `known`. */
export function methodOf(request: object, known: ReadonlySet<unknown>): string {
  const method = fieldOf(request, "method");
  return typeof method === "string" && known.has(method) ? method : "_OTHER";
}

/**
 * Whether the client's request used `https`: by `X-Forwarded-Proto`, else by `Forwarded`, else by the connection. The first of
 * several values counts. From "url.scheme" of OpenTelemetry's conventions of HTTP metrics.
 */
export function isHttps(request: object, isEncrypted: boolean): boolean {
  const scheme =
    PROTO.exec(headerText(request, "x-forwarded-proto"))?.[1] ??
    FORWARDED.exec(headerText(request, "forwarded"))?.[1];
  return scheme === undefined ? isEncrypted : scheme.toLowerCase() === "https";
}

// Reads `rawHeaders` if there are any, since `node:http` makes `headers` when they are read first.
function headerText(request: object, name: string): string {
  const raw = fieldOf(request, "rawHeaders");
  const given = Array.isArray(raw) ? valueIn(raw, name) : headerIn(request, name);
  return typeof given === "string" ? given : "";
}

/** Returns a header of a message of any library, as that has it. */
export function headerIn(message: object, name: string): unknown {
  if (message instanceof OutgoingMessage) return message.getHeader(name);
  const headers = fieldOf(message, "headers");
  if (hasMethods(headers, "get")) return headers.get(name);
  // Those of undici are a list.
  return Array.isArray(headers) ? valueIn(headers, name) : fieldOf(headers, name);
}

// A header in a list of names and values in turn.
function valueIn(list: readonly unknown[], name: string): unknown {
  for (let i = 0; i < list.length; i += 2) {
    const given = String(list[i]);
    if (given.length === name.length && given.toLowerCase() === name) return list[i + 1];
  }
  return undefined;
}
