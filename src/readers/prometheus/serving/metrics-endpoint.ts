// Answers requests for metrics: who may ask, for what, and how many at once.
import { causeOf, warnOnce } from "../../series/warn-once.ts";
import { type Answer, briefAnswer, type ScrapeRequest } from "./answer.ts";
import { acceptsGzip, expositionFor } from "./negotiation.ts";
import type { PrometheusSettings } from "./options.ts";
import { contentTypeOf } from "../rendering.ts";
import type { Scrape, Scrapes } from "./scrapes.ts";

const BASE = "http://localhost";
const MAX_URL_LENGTH = 4_096;
const MAX_NAMES = 100;
const RETRY_AFTER = { "retry-after": "1" };
// Whatever a scraper says: so long at most, others wait for a callback that hangs, and a place is taken.
const MAX_TIMEOUT_MILLIS = 120_000;

/** The time that a scrape may take was over before its body was made. */
class ScrapeTimeoutError extends Error {
  override readonly name = "ScrapeTimeoutError";
  readonly code = "TACHYMETER_SCRAPE_TIMEOUT";
}

/** What stands at a path beside the metrics: made anew for each request. */
export interface Page {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Makes a page; told whether whoever asks has shown who they are. */
export type MakePage = (isKnown: boolean) => Page;

/** The metrics of one exporter, for whoever asks by HTTP. */
export class MetricsEndpoint {
  readonly #settings: PrometheusSettings;
  readonly #scrapes: Scrapes;
  readonly #pages = new Map<string, MakePage>();
  #running = 0;

  constructor(settings: PrometheusSettings, scrapes: Scrapes) {
    this.#settings = settings;
    this.#scrapes = scrapes;
  }

  /** Has the exporter's own server answer at `path` too, under the same rules of who may ask. The metrics' path stays theirs. */
  addPage(path: string, page: MakePage): void {
    this.#pages.set(path, page);
  }

  /** Answers a request at the exporter's own server, which has other paths too. Never rejects. */
  answerAtPath(request: ScrapeRequest): Promise<Answer> {
    return this.#answer(request, (path) => this.#answerBeside(path));
  }

  /** Answers a request for metrics, whatever its path. Never rejects. */
  answer(request: ScrapeRequest): Promise<Answer> {
    return this.#answer(request, () => undefined);
  }

  async #answer(request: ScrapeRequest, answerBeside: (path: string) => Answer | undefined): Promise<Answer> {
    // Before all else: who may not ask learns nothing, not even whether there is something at this path.
    const { authentication } = this.#settings.security;
    if (authentication !== undefined && !(await authentication.admits(request.header("authorization")))) {
      return briefAnswer(401, "", { "www-authenticate": authentication.challenge, ...closing(request) });
    }
    const refusal = refusalOf(request);
    if (refusal !== undefined) return refusal;
    if (!URL.canParse(request.url, BASE)) return briefAnswer(400, "this is no URL", CLOSE);
    const url = new URL(request.url, BASE);
    const names = namesFrom(url.searchParams);
    if (names !== undefined && names.size > MAX_NAMES) {
      return briefAnswer(400, `at most ${MAX_NAMES} values of name[] are taken`);
    }
    return answerBeside(url.pathname) ?? this.#scrape(request, names);
  }

  // At paths that are not the metrics'.
  #answerBeside(path: string): Answer | undefined {
    const { endpoint, security } = this.#settings;
    if (path === endpoint) return undefined;
    const isKnown = security.authentication !== undefined || security.certificates?.asksClients === true;
    const page = this.#pages.get(path)?.(isKnown);
    if (page !== undefined) return briefAnswer(page.status, page.body, page.headers);
    if (path !== "/") return briefAnswer(404, `the metrics are at ${endpoint}`);
    const link = `<a href="${endpoint}">${endpoint}</a>`;
    return briefAnswer(200, link, { "content-type": "text/html; charset=utf-8" });
  }

  async #scrape(request: ScrapeRequest, names: ReadonlySet<string> | undefined): Promise<Answer> {
    const { maxConcurrentScrapes, scrapeTimeoutMillis } = this.#settings;
    if (this.#running >= maxConcurrentScrapes) {
      return briefAnswer(503, `${maxConcurrentScrapes} scrapes are being answered already`, RETRY_AFTER);
    }
    const timeoutMillis =
      timeoutFrom(request.header("x-prometheus-scrape-timeout-seconds")) ?? scrapeTimeoutMillis;
    const scrape = {
      exposition: expositionFor(request.header("accept")),
      names,
      gzip: acceptsGzip(request.header("accept-encoding")),
      timeoutMillis,
    };
    this.#running++;
    try {
      return await this.#scraped(scrape, timeoutMillis, request.signal);
    } catch (error) {
      this.#running--;
      return answerToFailure(error, request.signal);
    }
  }

  async #scraped(scrape: Scrape, timeoutMillis: number, signal: AbortSignal): Promise<Answer> {
    const made = await within(timeoutMillis, signal, (either) => this.#scrapes.take(scrape, either));
    let held = true;
    const releaseOnce = (): void => {
      if (held) {
        this.#running--;
        made.release();
      }
      held = false;
    };
    return {
      status: 200,
      headers: {
        "content-type": contentTypeOf(scrape.exposition),
        "content-length": String(made.byteLength),
        vary: "accept, accept-encoding",
        ...(scrape.gzip && { "content-encoding": "gzip" }),
      },
      body: { chunks: made.chunks, byteLength: made.byteLength, release: releaseOnce },
      takingTimeoutMillis: timeoutMillis,
    };
  }
}

const CLOSE = { connection: "close" };

// A body that nobody wants is not read: the connection ends.
function closing(request: ScrapeRequest): Readonly<Record<string, string>> {
  return hasBody(request) ? CLOSE : {};
}

// What is refused without a look at its path.
function refusalOf(request: ScrapeRequest): Answer | undefined {
  if (request.method !== "GET" && request.method !== "HEAD") {
    return briefAnswer(405, "only GET and HEAD are answered", {
      allow: "GET, HEAD",
      ...closing(request),
    });
  }
  if (hasBody(request)) return briefAnswer(413, "no body is taken", CLOSE);
  if (request.url.length > MAX_URL_LENGTH) return briefAnswer(414, "this URL is too long", CLOSE);
  return undefined;
}

function hasBody({ header }: ScrapeRequest): boolean {
  return header("transfer-encoding") !== undefined || (header("content-length") ?? "0") !== "0";
}

function namesFrom(query: URLSearchParams): ReadonlySet<string> | undefined {
  const names = query.getAll("name[]").filter((name) => name !== "");
  return names.length === 0 ? undefined : new Set(names);
}

// The scraper's own time-out, of which it writes fractions too.
function timeoutFrom(header: string | undefined): number | undefined {
  if (header === undefined || !/^\d{1,9}(?:\.\d{0,9})?$/.test(header)) return undefined;
  const millis = Number(header) * 1_000;
  return millis > 0 ? Math.min(millis, MAX_TIMEOUT_MILLIS) : undefined;
}

// Does the work with a signal that aborts when the other does, or the time is over.
async function within<Result>(
  timeoutMillis: number,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const either = new AbortController();
  const abort = (): void => either.abort(signal.reason);
  if (signal.aborted) abort();
  signal.addEventListener("abort", abort, { once: true });
  // Without the time, which is the scraper's: each text would be logged.
  const error = new ScrapeTimeoutError(
    "prometheus exporter: a scrape was not ready in time; give it more time, or fewer series",
  );
  const timer = setTimeout(() => either.abort(error), timeoutMillis).unref();
  try {
    return await work(either.signal);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", abort);
  }
}

function answerToFailure(error: unknown, signal: AbortSignal): Answer {
  if (error instanceof ScrapeTimeoutError) {
    warnOnce(error.message);
    return briefAnswer(503, "the metrics were not ready in time", RETRY_AFTER);
  }
  // Who has gone away gets no answer, and nothing is wrong.
  if (!signal.aborted) {
    const message = error instanceof Error ? error.message : String(error);
    warnOnce(`prometheus exporter: a scrape failed with ${message}`, causeOf(message));
  }
  return briefAnswer(500, "collecting the metrics failed; the application's log has the reason");
}
