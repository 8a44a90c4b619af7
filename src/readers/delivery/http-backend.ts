// A backend with a fixed URL, user and headers.
import { showUrl } from "../../diagnostics/show.ts";
import { type DestinationRequest, HttpDestination } from "../../io/http/http-destination.ts";
import { proxyFor } from "../../io/http/proxy.ts";
import { LAST_REQUESTS_CODE } from "./last-requests-code.ts";
import type { LastWork } from "./last-delivery.ts";

/** One request to a backend. */
export type BackendRequest = Required<DestinationRequest>;

/** A request of a thread that sends for a process that ends. */
export interface LastRequest extends BackendRequest {
  readonly points: number;
}

/** Time-out of one request. */
export const REQUEST_TIMEOUT_MILLIS = 10_000;

/** Sends requests, one after the other. */
export class HttpBackend extends HttpDestination {
  /** The URL for logs, without query. */
  get shownUrl(): string {
    return showUrl(this.url);
  }

  /** The work of a thread that sends requests, each once. */
  lastWork(requests: readonly LastRequest[]): LastWork {
    const all = requests.map((request) => ({ ...request, headers: { ...request.headers, ...this.headers } }));
    return {
      code: LAST_REQUESTS_CODE,
      data: { url: this.url.href, proxyUrl: proxyFor(this.url)?.href, requests: all },
    };
  }
}
