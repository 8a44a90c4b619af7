// Where a remote engine is, and how it is asked.
import { show, showUrl } from "../../diagnostics/show.ts";
import { RemoteHistoryError } from "./error.ts";

/** Options of a `RemoteHistory`. */
export interface RemoteHistoryOptions {
  /**
   * What stands before `/api/v1` in the engine's addresses: `http://127.0.0.1:9090` of Prometheus,
   * `http://127.0.0.1:8428` of VictoriaMetrics, `http://mimir/prometheus` of Mimir. May hold user and password.
   */
  readonly url: string;
  /** Sent with each request, and never shown: `{ Authorization: "Bearer …" }`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** How long an answer may take, in seconds. @defaultValue 30 */
  readonly timeout?: number;
}

/** The options, checked. */
export interface RemoteSettings {
  /** Without credentials; ends in `/`. */
  readonly base: URL;
  /** For people: without credentials and query. */
  readonly shownUrl: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMillis: number;
}

const MAX_TIMEOUT_SECONDS = 3_600;

/** @throws RemoteHistoryError with all that is wrong with the options. */
export function remoteSettings(options: RemoteHistoryOptions): RemoteSettings {
  const { url, headers = {}, timeout = 30 } = options;
  const problems: string[] = [];
  const base = baseOf(url);
  // It may hold a password: it is not shown.
  if (base === undefined) problems.push("url is no address of HTTP; give one, such as http://127.0.0.1:9090");
  for (const [name, value] of Object.entries(headers)) {
    // A value may be a secret: it is not shown.
    if (!isHeader(name, value)) problems.push(`header ${show(name)} cannot be sent; give a text of one line`);
  }
  if (!(timeout > 0 && timeout <= MAX_TIMEOUT_SECONDS))
    problems.push(`timeout is ${show(timeout)}; give seconds, ${MAX_TIMEOUT_SECONDS} at most`);
  if (base === undefined || problems.length > 0) {
    throw new RemoteHistoryError(base === undefined ? "" : showUrl(base), problems.join("; "));
  }
  const { username, password } = base;
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  const authorization = `Basic ${Buffer.from(credentials).toString("base64")}`;
  base.username = base.password = "";
  return {
    base,
    shownUrl: showUrl(base).replace(/\/$/, ""),
    headers: username === "" ? headers : { Authorization: authorization, ...headers },
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

function isHeader(name: string, value: unknown): boolean {
  // Names by RFC 9110, values as Node.js takes them.
  return (
    /^[\w!#$%&'*+.^`|~-]+$/.test(name) && typeof value === "string" && /^[\t\u{20}-\u{FF}]*$/u.test(value)
  );
}
