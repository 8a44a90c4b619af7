// A server of the Prometheus HTTP API: a remote one, or this process itself.
import { Agent } from "node:http";
import { Agent as SecureAgent } from "node:https";
import { secretsOf } from "../../io/http/answer-text.ts";
import { exchange } from "../../io/http/exchange.ts";
import { throughProxy } from "../../io/http/proxy.ts";
import type { RemoteSettings } from "./options.ts";

/** The response of a server. */
export interface ServerAnswer {
  readonly status: number;
  readonly body: Uint8Array;
  /** Whether that is the whole body. */
  readonly isComplete: boolean;
}

/** A server of the API. */
export interface ApiServer {
  /** For messages, without credentials. */
  readonly name: string;
  /** Texts that no message may have. */
  readonly secrets: readonly string[];
  /** Asks at a path after `/api/v1/`. Rejects if there is no response. */
  exchanged(
    path: string,
    parameters: URLSearchParams,
    signal: AbortSignal | undefined,
  ): Promise<ServerAnswer>;
  close(): void;
}

/** Maximum length of a response. Parsing this size takes about half a second. */
export const MAX_ANSWER_BYTES: number = 64 * 1024 * 1024;

const POSTED: ReadonlySet<string> = new Set(["query", "query_range", "series", "labels"]);
const FORM = { "Content-Type": "application/x-www-form-urlencoded" };

/** A server that is asked by HTTP. */
export function remoteServer(settings: RemoteSettings): ApiServer {
  const { base, headers, shownUrl, timeoutMillis } = settings;
  const agent = throughProxy(
    new (base.protocol === "https:" ? SecureAgent : Agent)({ keepAlive: true }),
    base,
  );
  return {
    name: shownUrl,
    get secrets() {
      return secretsOf(headers, base);
    },
    exchanged(path, parameters, signal) {
      const url = new URL(`api/v1/${path}`, base);
      url.search = base.search;
      const isPosted = POSTED.has(path);
      if (!isPosted) for (const [name, value] of parameters) url.searchParams.append(name, value);
      return exchange({
        method: isPosted ? "POST" : "GET",
        url,
        headers: { ...(isPosted && FORM), ...headers },
        body: Buffer.from(isPosted ? parameters.toString() : ""),
        agent,
        timeoutMillis,
        signal,
        maxAnswerBytes: MAX_ANSWER_BYTES,
        isAwaited: true,
      });
    },
    close: () => agent.destroy(),
  };
}
