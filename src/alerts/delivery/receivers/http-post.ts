// POST requests to receivers, and their outcome.
import { errorMessage } from "../../../diagnostics/error-message.ts";
import { isSuccess, oneLine, textOfAnswer } from "../../../io/http/answer-text.ts";
import { unescaped } from "../../../io/http/basic-authorization.ts";
import type { HttpAnswer } from "../../../io/http/exchange.ts";
import { HttpDestination } from "../../../io/http/http-destination.ts";
import { retryAfterMillis } from "../../../io/http/retry-after.ts";
import { VERSION } from "../../../version.ts";
import type { Notification } from "../notification.ts";
import type { SendResult, Receiver } from "./receiver.ts";

// Shorter ones are words, such as those of `/api/v2/alerts`.
const MIN_SECRET_SEGMENT = 16;

/** Posts JSON to one URL. */
export class HttpPost {
  readonly #destination: HttpDestination;
  readonly #secrets: readonly string[];

  /** @param secrets texts that are removed from reasons, besides the URL's credentials, path and query, and the headers. */
  constructor(url: string, headers: Readonly<Record<string, string>>, secrets: readonly string[] = []) {
    this.#destination = new HttpDestination(new URL(url), headers);
    // The path of Slack's URLs is their secret. A server may repeat each value alone.
    const { pathname, search, searchParams } = this.#destination.url;
    const paths = [pathname, unescaped(pathname)];
    const segments = paths
      .flatMap((path) => path.split("/"))
      .filter(({ length }) => length >= MIN_SECRET_SEGMENT);
    const ofUrl = [...searchParams.values(), `${pathname}${search}`, ...paths, ...segments];
    this.#secrets = [...secrets, ...this.#destination.secrets, ...ofUrl];
  }

  /** Sends one request; the status decides. Never rejects. */
  async attempt(
    body: string,
    signal: AbortSignal,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<SendResult> {
    const own = { "User-Agent": `Tachymeter/${VERSION}`, "Content-Type": "application/json", ...headers };
    const request = { headers: own, body: Buffer.from(body) };
    try {
      return this.#outcome(await this.#destination.send(request, signal));
    } catch (error) {
      return { kind: "failed", reason: oneLine(errorMessage(error), this.#secrets) };
    }
  }

  #outcome(answer: HttpAnswer): SendResult {
    const { status } = answer;
    if (isSuccess(answer)) return { kind: "delivered", response: `status ${status}` };
    const said = textOfAnswer(answer, this.#secrets);
    const reason = `the response was ${status}${said && `: ${said}`}`;
    if (status !== 408 && status !== 429 && status < 500) return { kind: "rejected", reason, status };
    return { kind: "failed", reason, retryAfterMillis: retryAfterMillis(answer.retryAfter, Date.now()) };
  }

  close(): void {
    this.#destination.close();
  }
}

/** A body to post, and headers of this request. */
export interface Post {
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A receiver that gets POST requests, one after the other while they are accepted. `postsOf` may throw or reject. */
export function postReceiver(
  { name, takes }: Pick<Receiver, "name" | "takes">,
  post: HttpPost,
  postsOf: (notification: Notification) => readonly Post[] | Promise<readonly Post[]>,
): Receiver {
  return {
    name,
    takes,
    async send(notification, signal) {
      let posts: readonly Post[];
      try {
        posts = await postsOf(notification);
      } catch (error) {
        return { kind: "rejected", reason: `the body could not be made: ${errorMessage(error)}` };
      }
      let attempt: SendResult = { kind: "delivered" };
      for (const { body, headers } of posts) {
        attempt = await post.attempt(body, signal, headers);
        if (attempt.kind !== "delivered") break;
      }
      return attempt;
    },
    close: () => post.close(),
  };
}
