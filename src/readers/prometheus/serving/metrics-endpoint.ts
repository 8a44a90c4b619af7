import { warnOnceAMinute } from "../../../diagnostics/rate-limit.ts";
import { errorMessage } from "../../../diagnostics/error-message.ts";
import { realClearTimeout, realSetTimeout } from "../../../io/timeout.ts";
import { warnOnce } from "../../../diagnostics/log-once.ts";
import { contentTypeOf, acceptsGzip, expositionFor } from "../exposition.ts";
import { briefAnswer, type ScrapeAnswer, type ScrapeRequest } from "./answer.ts";
import type { Admission, Asker } from "./admission.ts";
import type { PrometheusSettings } from "./options.ts";
import { Places } from "./places.ts";
import { Route, type RouteHandler } from "./route.ts";
import { Scrapes } from "./scrapes.ts";
import { type Site, siteAnswer } from "./site.ts";
import type { Collecting } from "../../collecting.ts";

const BASE = "http://localhost";
const MAX_URL_LENGTH = 4_096;
const MAX_NAMES = 100;
const RETRY_AFTER = { "retry-after": "1" };
// Limit for the time-out set by a scraper: other scrapes wait during a callback that hangs.
const MAX_TIMEOUT_MILLIS = 120_000;
// Limit for sending a response, which occupies a place.
const MAX_TAKING_MILLIS = 30_000;

class ScrapeTimeoutError extends Error {
  override readonly name = "ScrapeTimeoutError";
  readonly code = "TACHYMETER_SCRAPE_TIMEOUT";
}

export interface Page {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export type MakePage = (asker: Asker) => Page;

export interface PageOptions {
  /** Whether the page is also served to clients without authentication. @defaultValue false */
  readonly isOpen?: boolean;
}

interface ServedPage extends Required<PageOptions> {
  readonly make: MakePage;
}

/** Handles HTTP requests for the metrics of one exporter: authenticated, bounded in number and time. */
export class MetricsEndpoint {
  readonly #settings: PrometheusSettings;
  readonly #collecting: Collecting;
  readonly #scrapes: Scrapes;
  readonly #pages = new Map<string, ServedPage>();
  readonly #routes: Route[] = [];
  readonly #places: Places;
  #site: Site | undefined;

  constructor(settings: PrometheusSettings, collecting: Collecting) {
    this.#settings = settings;
    this.#collecting = collecting;
    this.#scrapes = new Scrapes(collecting, settings.rendering);
    this.#places = new Places(settings.maxConcurrentScrapes);
  }

  /** Admits the requests. */
  get admission(): Admission {
    return this.#settings.admission;
  }

  /**
   * Adds a page to the exporter's own server, under the same authentication; an open page is also served without. It cannot
   * replace the metrics' path.
   */
  addPage(path: string, make: MakePage, { isOpen = false }: PageOptions = {}): void {
    this.#pages.set(path, { make, isOpen });
  }

  /** Adds a route to the exporter's own server: further paths with a handler of their own, under the same authentication. */
  addRoute(handler: RouteHandler): void {
    this.#routes.push(new Route(handler));
  }

  /** Sets the site of the exporter's own server, whose sessions are a further form of authentication. */
  setSite(site: Site): void {
    this.#site = site;
  }

  /** Handles a request to the exporter's own server, which has other paths too. Never rejects. */
  async answerAtPath(request: ScrapeRequest): Promise<ScrapeAnswer> {
    const site = this.#site;
    const url = urlOf(request);
    if (site !== undefined && url !== undefined && site.has(url.pathname))
      return this.#answerOfSite(site, url, request);
    if (!this.admission.isAllowedHost(request)) return wrongHost();
    const asker = await this.admission.askerOf(request, site);
    const refusal = refusalOf(request);
    // Checked first: without authentication a client learns nothing, not even whether the path exists.
    if (asker === "stranger") {
      const page = refusal === undefined ? this.#pageAt(url) : undefined;
      return page?.isOpen === true ? pageAnswer(page.make(asker)) : this.#notAdmitted();
    }
    const route = url && this.#routes.find((each) => each.has(url.pathname));
    if (url !== undefined && route !== undefined) {
      // Unlike a scraper, a client of a route can be named in the options.
      const isServed = asker === "authenticated" || this.admission.isSiteHost(request);
      return isServed ? route.answer(request, url) : wrongHost();
    }
    return refusal ?? this.#answerBeside(url, asker) ?? this.#scrape(request, url);
  }

  /** Handles a request for metrics, whatever its path. Never rejects. */
  async answer(request: ScrapeRequest): Promise<ScrapeAnswer> {
    const asker = await this.admission.askerOf(request, undefined);
    if (asker === "stranger") return this.#notAdmitted();
    return refusalOf(request) ?? this.#scrape(request, urlOf(request));
  }

  #notAdmitted(): ScrapeAnswer {
    return briefAnswer(401, "", { "www-authenticate": this.admission.challenge ?? "", ...CLOSE });
  }

  async #answerOfSite(site: Site, url: URL, request: ScrapeRequest): Promise<ScrapeAnswer> {
    const { admission } = this;
    if (!admission.isSiteHost(request)) return wrongHost();
    if (request.url.length > MAX_URL_LENGTH) return briefAnswer(414, "the URL is too long", CLOSE);
    return siteAnswer(site, url, request, {
      client: await admission.askerOf(request, site),
      isSecure: admission.certificates !== undefined,
      challenge: admission.challenge,
    });
  }

  #pageAt(url: URL | undefined): ServedPage | undefined {
    const isOfMetrics = url === undefined || url.pathname === this.#settings.endpoint;
    return isOfMetrics ? undefined : this.#pages.get(url.pathname);
  }

  // The response at a path other than that of the metrics.
  #answerBeside(url: URL | undefined, asker: Asker): ScrapeAnswer | undefined {
    const { endpoint } = this.#settings;
    if (url === undefined || url.pathname === endpoint) return undefined;
    const page = this.#pageAt(url);
    if (page !== undefined) return pageAnswer(page.make(asker));
    if (url.pathname !== "/") return briefAnswer(404, `the metrics are at ${endpoint}`);
    const link = `<a href="${endpoint}">${endpoint}</a>`;
    return briefAnswer(200, link, { "content-type": "text/html; charset=utf-8" });
  }

  async #scrape(request: ScrapeRequest, url: URL | undefined): Promise<ScrapeAnswer> {
    if (url === undefined) return briefAnswer(400, "invalid URL", CLOSE);
    const names = namesFrom(url.searchParams);
    if (names !== undefined && names.size > MAX_NAMES)
      return briefAnswer(400, `at most ${MAX_NAMES} values of name[] are accepted`);
    if (!this.#collecting.isBound) return WITHOUT_PROVIDER;
    const { maxConcurrentScrapes, scrapeTimeoutMillis } = this.#settings;
    const place = await this.#places.take();
    if (place === undefined)
      return briefAnswer(503, `${maxConcurrentScrapes} scrapes are already being served`, RETRY_AFTER);
    const { header, signal } = request;
    const timeoutMillis = timeoutFrom(header("x-prometheus-scrape-timeout-seconds")) ?? scrapeTimeoutMillis;
    const exposition = expositionFor(header("accept"));
    const gzip = acceptsGzip(header("accept-encoding"));
    try {
      const scrape = { exposition, names, gzip, timeoutMillis };
      const body = await within(timeoutMillis, signal, (either) => this.#scrapes.take(scrape, either));
      const release = (): void => {
        place.leave();
        body.release();
      };
      return {
        status: 200,
        headers: {
          "content-type": contentTypeOf(exposition),
          "content-length": String(body.byteLength),
          vary: "accept, accept-encoding",
          ...(gzip && { "content-encoding": "gzip" }),
        },
        body: { ...body, release },
        takingTimeoutMillis: Math.min(timeoutMillis, MAX_TAKING_MILLIS),
        place,
      };
    } catch (error) {
      place.leave();
      return answerToFailure(error, signal);
    }
  }
}

function pageAnswer({ status, body, headers }: Page): ScrapeAnswer {
  return briefAnswer(status, body, headers);
}

const CLOSE = { connection: "close" };
const wrongHost = (): ScrapeAnswer =>
  briefAnswer(421, "this host is not allowed; see option allowedHosts", CLOSE);
const WITHOUT_PROVIDER = briefAnswer(
  200,
  "# no metrics: the exporter has no meter provider yet; pass it to one: new MeterProvider({ readers: [exporter] })\n",
);

// A path may begin with two slashes, which do not stand for a host.
function urlOf({ url }: ScrapeRequest): URL | undefined {
  const whole = url.startsWith("/") ? `${BASE}${url}` : url;
  return URL.canParse(whole, BASE) ? new URL(whole, BASE) : undefined;
}

// Refusals that do not depend on the path. A request body is not read: the connection is closed.
function refusalOf(request: ScrapeRequest): ScrapeAnswer | undefined {
  if (request.method !== "GET" && request.method !== "HEAD") {
    const headers = { allow: "GET, HEAD", ...(hasBody(request) && CLOSE) };
    return briefAnswer(405, "only GET and HEAD are supported", headers);
  }
  if (hasBody(request)) return briefAnswer(413, "a request body is not accepted", CLOSE);
  if (request.url.length > MAX_URL_LENGTH) return briefAnswer(414, "the URL is too long", CLOSE);
  return undefined;
}

function hasBody({ header }: ScrapeRequest): boolean {
  return header("transfer-encoding") !== undefined || (header("content-length") ?? "0") !== "0";
}

function namesFrom(query: URLSearchParams): ReadonlySet<string> | undefined {
  const names = query.getAll("name[]").filter((name) => name !== "");
  return names.length === 0 ? undefined : new Set(names);
}

function timeoutFrom(header: string | undefined): number | undefined {
  if (header === undefined || !/^\d{1,9}(?:\.\d{0,9})?$/.test(header)) return undefined;
  const millis = Number(header) * 1_000;
  return millis > 0 ? Math.min(millis, MAX_TIMEOUT_MILLIS) : undefined;
}

// Runs `work` with a signal that aborts with `signal` or after the time-out.
async function within<Result>(
  timeoutMillis: number,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const late = new AbortController();
  // Omits the time-out, which the scraper chooses: each different text would be logged.
  const error = new ScrapeTimeoutError(
    "prometheus exporter: a scrape timed out; raise its time-out or export fewer series",
  );
  const timer = realSetTimeout(() => late.abort(error), timeoutMillis).unref();
  try {
    return await work(AbortSignal.any([signal, late.signal]));
  } finally {
    realClearTimeout(timer);
  }
}

function answerToFailure(error: unknown, signal: AbortSignal): ScrapeAnswer {
  if (error instanceof ScrapeTimeoutError) {
    warnOnce(error.message);
    return briefAnswer(503, "the metrics were not ready in time", RETRY_AFTER);
  }
  // Failures after the client has disconnected are expected.
  if (!signal.aborted) {
    warnOnceAMinute(`prometheus exporter: a scrape failed with ${errorMessage(error)}`);
  }
  return briefAnswer(500, "collecting the metrics failed; see the application's log");
}
