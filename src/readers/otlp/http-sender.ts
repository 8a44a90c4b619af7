// OTLP requests over HTTP: target, sending and outcome.
import type { Agent } from "node:http";
import { showUrl } from "../../diagnostics/show.ts";
import { secretsOf } from "../../io/http/answer-text.ts";
import { exchange } from "../../io/http/exchange.ts";
import { throughProxy } from "../../io/http/proxy.ts";
import { VERSION } from "../../version.ts";
import { inTime } from "../collection-exporter.ts";
import {
  type Attempt,
  failedBy,
  pack,
  type Rejected,
  unpack,
  unpackedBytes,
  unreadable,
} from "../delivery/attempt.ts";
import { attemptFromAnswer } from "./answer.ts";
import { type OtlpLimits, RequestLimits } from "./request-limits.ts";
import { httpSettings, type UpstreamOtlpOptions } from "./upstream.ts";

export interface HttpTarget {
  readonly url: URL;
  /** For logs and attributes: without user, password and query, which may be secret. */
  readonly shownUrl: string;
  /** Called for each request, because the option may be a function. */
  readonly headers: () => Promise<Readonly<Record<string, string>>>;
  readonly agent: () => Promise<Agent>;
  /** Whether the agent belongs to this exporter alone, and is destroyed with it. */
  readonly isOwnAgent: boolean;
  readonly isCompressed: boolean;
  /** Time-out of one request, including the connection. */
  readonly timeoutMillis: number;
  readonly limits: RequestLimits;
}

/**
 * Reads the options, then `OTEL_EXPORTER_OTLP_*`, as upstream does.
 *
 * @throws Error from upstream if the URL or time-out is invalid.
 */
export function httpTarget(
  options: UpstreamOtlpOptions & OtlpLimits,
  contentType: "application/x-protobuf" | "application/json" = "application/x-protobuf",
): HttpTarget {
  const settings = httpSettings(options, contentType);
  const url = new URL(settings.url);
  const product = `Tachymeter-OTLP-Exporter-JavaScript/${VERSION}`;
  const userAgent = settings.userAgent === undefined ? product : `${settings.userAgent} ${product}`;
  const isOwnAgent = typeof options.httpAgentOptions !== "function";
  return {
    url,
    shownUrl: showUrl(url),
    headers: async () => ({ ...(await settings.headers()), "User-Agent": userAgent }),
    agent: async () => {
      const agent = await settings.agentFactory(url.protocol);
      return isOwnAgent ? throughProxy(agent, url) : agent;
    },
    isOwnAgent,
    isCompressed: settings.compression === "gzip",
    timeoutMillis: settings.timeoutMillis,
    limits: new RequestLimits(options),
  };
}

/** Sends requests to one target, one after the other, over a persistent connection. */
export class HttpSender {
  readonly #target: HttpTarget;
  readonly #encode: ((request: Uint8Array) => Uint8Array) | undefined;
  #agent: Promise<Agent> | undefined;

  /** @param encode converts a request to the form that is sent; throws if it is not readable. Default: as it is. */
  constructor(target: HttpTarget, encode?: (request: Uint8Array) => Uint8Array) {
    this.#target = target;
    this.#encode = encode;
  }

  /** Sends one packed request. Never rejects; does not follow redirects. */
  async send(packed: Uint8Array, signal: AbortSignal): Promise<Attempt> {
    const { url, headers, isCompressed, timeoutMillis, limits } = this.#target;
    const body = await this.#bodyOf(packed).catch(unreadable);
    if ("kind" in body) return body;
    try {
      // The application's functions may never resolve.
      const agent = await inTime((this.#agent ??= this.#target.agent()), timeoutMillis).catch(
        (error: unknown) => {
          this.#agent = undefined;
          throw error;
        },
      );
      const given = await inTime(headers(), timeoutMillis);
      const all = { ...given, ...(isCompressed && { "Content-Encoding": "gzip" }) };
      const { maxResponseBytes: maxAnswerBytes } = limits;
      const answer = await exchange({
        url,
        headers: all,
        body,
        agent,
        timeoutMillis,
        signal,
        maxAnswerBytes,
      });
      if (answer.isTooLong) return limits.refusedResponse(answer.status);
      return attemptFromAnswer(answer, Date.now(), secretsOf(given, url));
    } catch (error) {
      return failedBy(error);
    }
  }

  async #bodyOf(packed: Uint8Array): Promise<Uint8Array | Rejected> {
    const { isCompressed, limits } = this.#target;
    if (this.#encode === undefined)
      return limits.refusal(unpackedBytes(packed)) ?? (isCompressed ? packed : unpack(packed));
    const body = this.#encode(await unpack(packed));
    return limits.refusal(body.byteLength) ?? (isCompressed ? pack(body) : body);
  }

  close(): void {
    if (!this.#target.isOwnAgent) return;
    this.#agent?.then(
      (agent) => agent.destroy(),
      () => {},
    );
  }
}
