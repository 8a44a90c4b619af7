// Options of a remote history.
import { splitCredentials } from "../../io/http/basic-authorization.ts";
import { parsed } from "../../options/parser.ts";
import { check, type Check, isHeader } from "../../options/check.ts";
import { show, showUrl } from "../../diagnostics/show.ts";

/** Options of a `RemoteHistory`. */
export interface RemoteHistoryOptions {
  /**
   * Address before `/api/v1`; it can contain user and password. Prometheus: `http://127.0.0.1:9090`, VictoriaMetrics:
   * `http://127.0.0.1:8428`, Mimir: `http://mimir/prometheus`.
   */
  readonly url: string;
  /** Headers of each request, such as `{ Authorization: "Bearer …" }`. They are never logged. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Timeout of a request in seconds. @defaultValue 30 */
  readonly timeout?: number;
}

export interface RemoteSettings {
  /** Without credentials; ends in `/`. */
  readonly base: URL;
  /** For messages, without credentials and query. */
  readonly shownUrl: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMillis: number;
}

const TIMEOUT: Check<number> = check(
  "be a number of seconds above 0, at most 3600",
  (given): given is number => typeof given === "number" && given > 0 && given <= 3_600,
);
const BASE: Check<URL> = { must: "be an HTTP address, such as http://127.0.0.1:9090", read: baseOf };
const HEADER_MUST = "be a single-line string, with a token as its name";

/** @throws OptionsError with all invalid options */
export function remoteSettings(options: RemoteHistoryOptions): RemoteSettings {
  const { base, timeout, headers } = parsed("remote history", (parser) => {
    const given = options.headers ?? {};
    for (const [name, value] of Object.entries(given)) {
      // The value is not shown, because it may be a secret.
      if (!isHeader(name, value)) parser.problem(`headers[${show(name)}]`, `a ${typeof value}`, HEADER_MUST);
    }
    return {
      base: parser.checked("url", options.url, BASE),
      timeout: parser.checked("timeout", options.timeout ?? 30, TIMEOUT),
      headers: given,
    };
  });
  return settingsFrom(base ?? new URL(options.url), headers, timeout ?? 30);
}

function settingsFrom(url: URL, headers: Readonly<Record<string, string>>, timeout: number): RemoteSettings {
  const { url: base, headers: own } = splitCredentials(url);
  return {
    base,
    shownUrl: showUrl(base).replace(/\/$/, ""),
    headers: { ...own, ...headers },
    timeoutMillis: timeout * 1_000,
  };
}

function baseOf(url: unknown): URL | undefined {
  if (typeof url !== "string" || !URL.canParse(url)) return undefined;
  const base = new URL(url);
  if (!["http:", "https:"].includes(base.protocol)) return undefined;
  if (!isDecodable(base.username) || !isDecodable(base.password)) return undefined;
  base.pathname = base.pathname.replace(/\/*(?:api\/v1\/?)?$/, "/");
  return base;
}

function isDecodable(text: string): boolean {
  try {
    return decodeURIComponent(text) !== undefined;
  } catch {
    return false;
  }
}
