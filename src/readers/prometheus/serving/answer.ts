// What is asked and what is answered, whichever server stands between.
import type { ScrapeBody } from "../rendering.ts";
import type { Place } from "./places.ts";

/** A request for metrics. */
export interface ScrapeRequest {
  readonly method: string;
  /** Path and query, or a whole URL. */
  readonly url: string;
  /** The value of a header, by its name in lower case. */
  readonly header: (name: string) => string | undefined;
  /** Aborts once nobody waits for the answer any more. */
  readonly signal: AbortSignal;
}

/** An answer. Whoever sends it releases its body, once, whatever happens. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: ScrapeBody;
  /** How long taking it may last. */
  readonly takingTimeoutMillis: number;
  /** The scrape's place, which learns when the client reads; missing if the answer takes no place from others. */
  readonly place?: Place;
}

const BRIEF_TAKING_TIMEOUT_MILLIS = 10_000;

/** An answer of one line; of none, where the text is empty. */
export function briefAnswer(
  status: number,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): Answer {
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
