// A server with a fixed URL, user and headers.
import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import { secretsOf } from "./answer-text.ts";
import { splitCredentials } from "./basic-authorization.ts";
import { exchange, type HttpAnswer } from "./exchange.ts";
import { throughProxy } from "./proxy.ts";

/** A request to a {@link HttpDestination}. */
export interface DestinationRequest {
  readonly method?: "POST" | "PUT" | "DELETE";
  /** Those of the destination override them. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

const TIMEOUT_MILLIS = 10_000;

/** Sends requests over a persistent connection, perhaps through a proxy. Follows no redirect. */
export class HttpDestination {
  /** The URL without user and password. */
  readonly url: URL;
  /** Headers of all requests. */
  readonly headers: Readonly<Record<string, string>>;
  /** Texts that a server may return in a message, and that must not be logged. */
  readonly secrets: readonly string[];
  readonly #agent: HttpAgent;

  constructor(url: URL, headers: Readonly<Record<string, string>>) {
    const split = splitCredentials(url);
    this.headers = { ...split.headers, ...headers };
    this.secrets = secretsOf(this.headers, url);
    this.url = split.url;
    const Agent = url.protocol === "https:" ? HttpsAgent : HttpAgent;
    this.#agent = throughProxy(new Agent({ keepAlive: true, maxSockets: 4 }), url);
  }

  /** Rejects if there is no response within 10 s. */
  send({ headers, ...request }: DestinationRequest, signal: AbortSignal): Promise<HttpAnswer> {
    return exchange({
      ...request,
      url: this.url,
      headers: { ...headers, ...this.headers },
      agent: this.#agent,
      timeoutMillis: TIMEOUT_MILLIS,
      signal,
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}
