// OTLP requests over HTTP: their target, sending, and the outcome.
import type { Agent } from "node:http";
import { showUrl } from "../../diagnostics/show.ts";
import { exchange } from "../../io/http/exchange.ts";
import { VERSION } from "../../version.ts";
import { inTime } from "../collection-exporter.ts";
import { type Attempt, type Failed, unpack, unreadable, attemptFrom } from "./attempt.ts";
import { httpSettings, type UpstreamOtlpOptions } from "./upstream.ts";

export interface HttpTarget {
  readonly url: URL;
  /** For logs and attributes: without user, password and query, which may be secrets. */
  readonly shownUrl: string;
  /** Called for each request: the user may have given a function. */
  readonly headers: () => Promise<Readonly<Record<string, string>>>;
  readonly agent: () => Promise<Agent>;
  /** Whether the agent is the exporter's alone, so that it ends with it. */
  readonly isOwnAgent: boolean;
  readonly isCompressed: boolean;
  /** Of one request, connecting included. */
  readonly timeoutMillis: number;
}

/**
 * Reads `OTEL_EXPORTER_OTLP_*` beneath the options, as upstream does.
 *
 * @throws Error of upstream's if the URL or time-out is invalid.
 */
export function httpTarget(options: UpstreamOtlpOptions): HttpTarget {
  const settings = httpSettings(options);
  const url = new URL(settings.url);
  const product = `Tachymeter-OTLP-Exporter-JavaScript/${VERSION}`;
  const userAgent = settings.userAgent === undefined ? product : `${settings.userAgent} ${product}`;
  return {
    url,
    shownUrl: showUrl(url),
    headers: async () => ({ ...(await settings.headers()), "User-Agent": userAgent }),
    agent: async () => settings.agentFactory(url.protocol),
    isOwnAgent: typeof options.httpAgentOptions !== "function",
    isCompressed: settings.compression === "gzip",
    timeoutMillis: settings.timeoutMillis,
  };
}

/** The server of a URL, for attributes: IPv6 addresses without brackets. */
export function serverOf({ hostname, port, protocol }: URL): { address: string; port: number } {
  const standardPort = protocol === "https:" ? 443 : 80;
  const address = hostname.replace(/^\[(.*)\]$/, "$1");
  return { address, port: port === "" ? standardPort : Number(port) };
}

const OWN_HEADERS: ReadonlySet<string> = new Set(["Content-Type", "User-Agent"]);

/** Sends requests to one target, one after the other, over a connection that is kept. */
export class HttpSender {
  readonly #target: HttpTarget;
  #agent: Promise<Agent> | undefined;

  constructor(target: HttpTarget) {
    this.#target = target;
  }

  /** Sends one packed request. Never rejects; follows no redirect. */
  async send(packed: Uint8Array, signal: AbortSignal): Promise<Attempt> {
    const { url, headers, isCompressed, timeoutMillis } = this.#target;
    const body = isCompressed ? packed : await unpack(packed).catch(unreadable);
    if ("kind" in body) return body;
    try {
      const agent = await (this.#agent ??= this.#target.agent());
      // The application's function, which may never answer.
      const given = await inTime(headers(), timeoutMillis);
      const all = { ...given, ...(isCompressed && { "Content-Encoding": "gzip" }) };
      const answer = await exchange({ url, headers: all, body, agent, timeoutMillis, signal });
      return attemptFrom(answer, Date.now(), secretsOf(given));
    } catch (error) {
      return failedBy(error);
    }
  }

  close(): void {
    if (!this.#target.isOwnAgent) return;
    this.#agent?.then(
      (agent) => agent.destroy(),
      () => {},
    );
  }
}

// A receiver may echo what it was sent.
function secretsOf(headers: Readonly<Record<string, string>>): string[] {
  return Object.entries(headers).flatMap(([name, value]) => (OWN_HEADERS.has(name) ? [] : [value]));
}

function failedBy(error: unknown): Failed {
  if (!(error instanceof Error)) return { kind: "failed", errorType: "_OTHER", message: String(error) };
  const code: unknown = Reflect.get(error, "code");
  const errorType = typeof code === "string" ? code : error.name;
  // If a name has several addresses, the failures are in a list and the message is empty.
  return { kind: "failed", errorType, message: error.message || errorType };
}
