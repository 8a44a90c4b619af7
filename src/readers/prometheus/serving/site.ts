// A site for browsers on the exporter's server, such as the live page: paths, sessions and event streams of its own.
import { errorMessage } from "../../../diagnostics/error-message.ts";
import { warnOnceAMinute } from "../../../diagnostics/rate-limit.ts";
import { briefAnswer, type ResponseStream, type ScrapeAnswer, type ScrapeRequest } from "./answer.ts";
import type { Asker } from "./admission.ts";

/** A request to a site. */
export interface SiteRequest {
  readonly method: string;
  readonly url: URL;
  /** Returns a header by its lower-case name. */
  readonly header: (name: string) => string | undefined;
  readonly client: Asker;
  /** Whether the connection is encrypted. */
  readonly isSecure: boolean;
  /** Aborts if the client disconnects. */
  readonly signal: AbortSignal;
  /** Reads the body; resolves to `undefined` if it is longer than `maxBytes`. */
  readonly body: (maxBytes: number) => Promise<string | undefined>;
}

/** A response of a site. */
export interface SiteAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | ResponseStream;
}

/** Handler of a site. */
export interface Site {
  /** Whether a path belongs to the site. */
  has(path: string): boolean;
  /** Whether a header `Cookie` has a session. The client is then authenticated, also for other paths. Never rejects. */
  admits(cookie: string): Promise<boolean>;
  /** Also called for clients that are not authenticated. */
  answer(request: SiteRequest): Promise<SiteAnswer>;
}

const TAKING_TIMEOUT_MILLIS = 30_000;

/** Passes a request to a site. Never rejects. */
export async function siteAnswer(
  site: Site,
  url: URL,
  request: ScrapeRequest,
  client: Pick<SiteRequest, "client" | "isSecure"> & { readonly challenge: string | undefined },
): Promise<ScrapeAnswer> {
  const { method, header, signal } = request;
  const body = async (maxBytes: number): Promise<string | undefined> => request.body?.(maxBytes);
  try {
    const answer = await site.answer({ method, url, header, signal, body, ...client });
    const isStream = typeof answer.body === "function";
    const bytes = typeof answer.body === "function" ? new Uint8Array() : answer.body;
    return {
      status: answer.status,
      headers: {
        ...answer.headers,
        ...(!isStream && { "content-length": String(bytes.byteLength) }),
        ...(answer.status === 401 &&
          client.challenge !== undefined && { "www-authenticate": client.challenge }),
      },
      body: { chunks: [bytes], byteLength: bytes.byteLength, release: () => {} },
      takingTimeoutMillis: TAKING_TIMEOUT_MILLIS,
      ...(typeof answer.body === "function" && { stream: answer.body }),
    };
  } catch (error) {
    if (!signal.aborted) warnOnceAMinute(`live page: a request failed with ${errorMessage(error)}`);
    return briefAnswer(500, "the request failed; see the application's log");
  }
}
