// POST requests to receivers, and their outcome.
import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import { errorMessage } from "../../../diagnostics/error-message.ts";
import { isSuccess, oneLine, secretsOf, textOfAnswer } from "../../../io/http/answer-text.ts";
import { basicAuthorization, unescaped } from "../../../io/http/basic-authorization.ts";
import { exchange, type HttpAnswer } from "../../../io/http/exchange.ts";
import { retryAfterMillis } from "../../../io/http/retry-after.ts";
import { VERSION } from "../../../version.ts";
import type { Attempt } from "./receiver.ts";

const TIMEOUT_MILLIS = 10_000;
// Shorter ones are words, such as those of `/api/v2/alerts`.
const MIN_SECRET_SEGMENT = 16;

/** An answer, or the reason why it is missing. */
export type Posted = { readonly answer: HttpAnswer } | { readonly error: string };

/** Posts JSON to one URL over a persistent connection. Follows no redirect. */
export class HttpPost {
  readonly #url: URL;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #agent: HttpAgent;
  readonly #secrets: readonly string[];

  /** @param secrets texts that are removed from reasons, besides the URL's credentials, path and query, and the headers. */
  constructor(url: string, headers: Readonly<Record<string, string>>, secrets: readonly string[] = []) {
    this.#url = new URL(url);
    const authorization = basicAuthorization(this.#url);
    this.#headers = { ...(authorization !== undefined && { Authorization: authorization }), ...headers };
    const ofRequest = secretsOf(this.#headers, this.#url);
    this.#url.username = "";
    this.#url.password = "";
    const Agent = this.#url.protocol === "https:" ? HttpsAgent : HttpAgent;
    this.#agent = new Agent({ keepAlive: true, maxSockets: 4 });
    // The path of Slack's URLs is their secret. A server may repeat each value alone.
    const { pathname, search, searchParams } = this.#url;
    const paths = [pathname, unescaped(pathname)];
    const segments = paths
      .flatMap((path) => path.split("/"))
      .filter(({ length }) => length >= MIN_SECRET_SEGMENT);
    const ofUrl = [...searchParams.values(), `${pathname}${search}`, ...paths, ...segments];
    this.#secrets = [...secrets, ...ofRequest, ...ofUrl];
  }

  /** Sends one request. Never rejects. */
  async send(
    body: string,
    signal: AbortSignal,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Posted> {
    try {
      const answer = await exchange({
        url: this.#url,
        headers: {
          "User-Agent": `Tachymeter/${VERSION}`,
          "Content-Type": "application/json",
          ...this.#headers,
          ...headers,
        },
        body: Buffer.from(body),
        agent: this.#agent,
        timeoutMillis: TIMEOUT_MILLIS,
        signal,
      });
      return { answer };
    } catch (error) {
      return { error: oneLine(errorMessage(error), this.#secrets) };
    }
  }

  /** Sends one request; the status decides. Never rejects. */
  async attempt(
    body: string,
    signal: AbortSignal,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Attempt> {
    return this.outcome(await this.send(body, signal, headers));
  }

  outcome(posted: Posted): Attempt {
    if ("error" in posted) return { kind: "failed", reason: posted.error };
    const { answer } = posted;
    const { status } = answer;
    if (isSuccess(answer)) return { kind: "delivered", response: `status ${status}` };
    const said = textOfAnswer(answer, this.#secrets);
    const reason = `the response was ${status}${said && `: ${said}`}`;
    if (status !== 408 && status !== 429 && status < 500) return { kind: "rejected", reason };
    return { kind: "failed", reason, retryAfterMillis: retryAfterMillis(answer.retryAfter, Date.now()) };
  }

  close(): void {
    this.#agent.destroy();
  }
}
