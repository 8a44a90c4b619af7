// A backend with a fixed URL, user and headers.
import { Agent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import { showUrl } from "../../diagnostics/show.ts";
import { secretsOf } from "../../io/http/answer-text.ts";
import { basicAuthorization } from "../../io/http/basic-authorization.ts";
import { exchange, type HttpAnswer } from "../../io/http/exchange.ts";
import { LAST_REQUESTS_CODE } from "./last-requests-code.ts";
import type { LastWork } from "./last-delivery.ts";

/** One request to a backend. */
export interface BackendRequest {
  readonly method: "POST" | "PUT" | "DELETE";
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** A request of a thread that sends for a process that ends. */
export interface LastRequest extends BackendRequest {
  readonly points: number;
}

/** Time-out of one request. */
export const REQUEST_TIMEOUT_MILLIS = 10_000;

/** Sends requests, one after the other, over a persistent connection. */
export class HttpBackend {
  /** The URL without user and password. */
  readonly url: URL;
  /** The URL for logs, without query. */
  readonly shownUrl: string;
  /** Texts that a backend may return in a message, and that must not be logged. */
  readonly secrets: readonly string[];
  readonly #headers: Readonly<Record<string, string>>;
  readonly #agent: Agent;

  constructor(url: URL, headers: Readonly<Record<string, string>>) {
    const authorization = basicAuthorization(url);
    this.#headers = { ...(authorization !== undefined && { Authorization: authorization }), ...headers };
    this.secrets = secretsOf(this.#headers, url);
    this.url = new URL(url);
    this.url.username = "";
    this.url.password = "";
    this.shownUrl = showUrl(this.url);
    const options = { keepAlive: true };
    this.#agent = url.protocol === "https:" ? new HttpsAgent(options) : new Agent(options);
  }

  /** Rejects if there is no response; does not follow redirects. */
  send({ headers, ...request }: BackendRequest, signal: AbortSignal): Promise<HttpAnswer> {
    return exchange({
      ...request,
      url: this.url,
      headers: { ...headers, ...this.#headers },
      agent: this.#agent,
      timeoutMillis: REQUEST_TIMEOUT_MILLIS,
      signal,
    });
  }

  /** The work of a thread that sends requests, each once. */
  lastWork(requests: readonly LastRequest[]): LastWork {
    const all = requests.map((request) => ({
      ...request,
      headers: { ...request.headers, ...this.#headers },
    }));
    return { code: LAST_REQUESTS_CODE, data: { url: this.url.href, requests: all } };
  }

  close(): void {
    this.#agent.destroy();
  }
}
