// POST requests to receivers, and their outcome.
import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import { errorMessage } from "../../../diagnostics/error-message.ts";
import { withoutValues } from "../../../diagnostics/redact.ts";
import { basicAuthorization, unescaped } from "../../../io/http/basic-authorization.ts";
import { exchange, type HttpAnswer } from "../../../io/http/exchange.ts";
import { retryAfterMillis } from "../../../io/http/retry-after.ts";
import { VERSION } from "../../../version.ts";
import type { Attempt } from "./receiver.ts";

const TIMEOUT_MILLIS = 10_000;
const MAX_MESSAGE_LENGTH = 200;

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
    const { username, password } = this.#url;
    const authorization = basicAuthorization(this.#url);
    this.#headers = { ...(authorization !== undefined && { Authorization: authorization }), ...headers };
    this.#url.username = "";
    this.#url.password = "";
    const Agent = this.#url.protocol === "https:" ? HttpsAgent : HttpAgent;
    this.#agent = new Agent({ keepAlive: true, maxSockets: 4 });
    // The path of Slack's URLs is their secret.
    const { pathname, search, searchParams } = this.#url;
    this.#secrets = [
      ...secrets,
      ...Object.values(this.#headers),
      password,
      username,
      // A server may repeat them decoded, and each value alone.
      unescaped(password),
      unescaped(username),
      ...searchParams.values(),
      ...search.split(/[?&]/).map((each) => each.slice(each.indexOf("=") + 1)),
      `${pathname}${search}`,
      pathname,
    ];
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
      return { error: this.#safe(errorMessage(error)) };
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
    if (status >= 200 && status < 300) return { kind: "delivered", response: `status ${status}` };
    const reason = `the response was ${status}${this.#said(answer)}`;
    if (status !== 408 && status !== 429 && status < 500) return { kind: "rejected", reason };
    return { kind: "failed", reason, retryAfterMillis: retryAfterMillis(answer.retryAfter, Date.now()) };
  }

  close(): void {
    this.#agent.destroy();
  }

  #said({ body, contentType }: HttpAnswer): string {
    if (!/^text\/plain|json/i.test(contentType)) return "";
    const text = this.#safe(new TextDecoder().decode(body.subarray(0, 4_096)))
      .replaceAll(/[\p{C}\s]+/gu, " ")
      .trim();
    return text === "" ? "" : `: ${text.slice(0, MAX_MESSAGE_LENGTH)}`;
  }

  #safe(text: string): string {
    return withoutValues(
      text,
      this.#secrets.filter((each) => each.length > 1),
    );
  }
}
