// Requests and answers of any server.
import type { ScrapeBody } from "../exposition.ts";
import type { Place } from "./places.ts";

export interface ScrapeRequest {
  readonly method: string;
  /** Path and query, or a whole URL. */
  readonly url: string;
  /** Returns a header by its name in lower case. */
  readonly header: (name: string) => string | undefined;
  /** Aborts if the client goes away. */
  readonly signal: AbortSignal;
}

/** An answer. Its sender releases the body, whatever happens. */
export interface ScrapeAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: ScrapeBody;
  /** Time-out for sending it. */
  readonly takingTimeoutMillis: number;
  /** The scrape's place, which notes when the client reads; missing if the answer takes no place from others. */
  readonly place?: Place;
}

const BRIEF_TAKING_TIMEOUT_MILLIS = 10_000;

/** An answer of one line, or of none if the text is empty. */
export function briefAnswer(
  status: number,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): ScrapeAnswer {
  const bytes = Buffer.from(text === "" ? "" : `${text}\n`);
  return {
    status,
    headers: {
      ...(text !== "" && { "content-type": "text/plain; charset=utf-8" }),
      "content-length": String(bytes.length),
      ...headers,
    },
    body: { chunks: [bytes], byteLength: bytes.length, release: () => {} },
    takingTimeoutMillis: BRIEF_TAKING_TIMEOUT_MILLIS,
  };
}
