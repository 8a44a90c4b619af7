import { warnOnceAMinute } from "../../../diagnostics/rate-limit.ts";
import { errorMessage } from "../../../diagnostics/error-message.ts";
import { realClearTimeout, realSetTimeout } from "../../../io/timeout.ts";
import { warnOnce } from "../../../diagnostics/log-once.ts";
import { contentTypeOf, acceptsGzip, expositionFor } from "../exposition.ts";
import { briefAnswer, type ScrapeAnswer, type ScrapeRequest } from "./answer.ts";
import type { Asker } from "./asker.ts";
import { isLoopback, type PrometheusSettings } from "./options.ts";
import { type Place, Places } from "./places.ts";
import { Route, type RouteHandler } from "./route.ts";
import type { Scrape, Scrapes } from "./scrapes.ts";
import { isSiteHost, type Site, siteAnswer } from "./site.ts";

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

/** Handles HTTP requests for the metrics of one exporter: authenticated, bounded in number and time. */
export class MetricsEndpoint {
  readonly #settings: PrometheusSettings;
  readonly #scrapes: Scrapes;
  readonly #pages = new Map<string, { readonly make: MakePage; readonly isOpen: boolean }>();
  readonly #routes: Route[] = [];
  #site: Site | undefined;
  readonly #hasProvider: () => boolean;
  readonly #places: Places;

  /** @param hasProvider returns whether there is a provider to collect from. */
  constructor(settings: PrometheusSettings, scrapes: Scrapes, hasProvider: () => boolean) {
    this.#settings = settings;
    this.#hasProvider = hasProvider;
    this.#scrapes = scrapes;
    this.#places = new Places(settings.maxConcurrentScrapes);
  }

  /** Adds a page to the exporter's own server, under the same authentication. It cannot replace the metrics' path. */
  addPage(path: string, make: MakePage, { isOpen = false }: PageOptions = {}): void {
    this.#pages.set(path, { make, isOpen });
  }

  /** Adds a route to the exporter's own server, under the same authentication. */
  addRoute(handler: RouteHandler): void {
    this.#routes.push(new Route(handler));
  }

  /** Sets the site of the exporter's own server, whose sessions are a further form of authentication. */
  setSite(site: Site): void {
    this.#site = site;
  }

  /** Handles a request to the exporter's own server, which has other paths too. Never rejects. */
  answerAtPath(request: ScrapeRequest): Promise<ScrapeAnswer> {
    const site = this.#site;
    const url = site && urlOf(request);
    if (site !== undefined && url !== undefined && site.has(url.pathname))
      return this.#answerOfSite(site, url, request);
    const { allowedHosts } = this.#settings;
    if (allowedHosts !== undefined && !isAllowedHost(request.header("host"), allowedHosts)) {
      return Promise.resolve(wrongHost());
    }
    return this.#answer(request, (path, asker) => this.#answerBeside(path, asker), this.#routes, site);
  }

  async #answerOfSite(site: Site, url: URL, request: ScrapeRequest): Promise<ScrapeAnswer> {
    const { hosts, security } = this.#settings;
    const { authentication, certificates } = security;
    if (!isSiteHost(request.header("host"), hosts)) return wrongHost();
    if (request.url.length > MAX_URL_LENGTH) return briefAnswer(414, "the URL is too long", CLOSE);
    const isSetUp = authentication !== undefined || certificates?.asksClients === true;
    const client = (await this.#admits(request, site)) ? (isSetUp ? "authenticated" : "anybody") : "stranger";
    return siteAnswer(site, url, request, {
      client,
      isSecure: certificates !== undefined,
      challenge: authentication?.challenge,
    });
  }

  async #admits(request: ScrapeRequest, site: Site | undefined): Promise<boolean> {
    const { authentication } = this.#settings.security;
    if (authentication === undefined) return true;
    const cookie = site && request.header("cookie");
    if (cookie !== undefined && (await site?.admits(cookie)) === true) return true;
    return authentication.admits(request.header("authorization"));
  }

  /** Handles a request for metrics, whatever its path. Never rejects. */
  answer(request: ScrapeRequest): Promise<ScrapeAnswer> {
    return this.#answer(request, () => undefined);
  }

  async #answer(
    request: ScrapeRequest,
    answerBeside: (path: string, asker: Asker) => ScrapeAnswer | undefined,
    routes: readonly Route[] = [],
    site?: Site,
  ): Promise<ScrapeAnswer> {
    const { authentication, certificates } = this.#settings.security;
    const isSetUp = authentication !== undefined || certificates?.asksClients === true;
    const isAdmitted = await this.#admits(request, site);
    const refusal = refusalOf(request);
    // Checked first: without authentication a client learns nothing, not even whether the path exists.
    if (!isAdmitted) {
      const path = (refusal === undefined && urlOf(request)?.pathname) || "";
      const open = this.#pages.get(path)?.isOpen === true ? answerBeside(path, "stranger") : undefined;
      return open ?? briefAnswer(401, "", { "www-authenticate": authentication?.challenge ?? "", ...CLOSE });
    }
    const asked = urlOf(request);
    const route = asked && routes.find((each) => each.has(asked.pathname));
    if (asked !== undefined && route !== undefined) {
      // Unlike a scraper, a client of a route can be named in the options.
      const isOpen = !isSetUp && !isSiteHost(request.header("host"), this.#settings.hosts);
      return isOpen ? wrongHost() : route.answer(request, asked);
    }
    if (refusal !== undefined) return refusal;
    if (asked === undefined) return briefAnswer(400, "invalid URL", CLOSE);
    const names = namesFrom(asked.searchParams);
    if (names !== undefined && names.size > MAX_NAMES) {
      return briefAnswer(400, `at most ${MAX_NAMES} values of name[] are accepted`);
    }
    const beside = answerBeside(asked.pathname, isSetUp ? "authenticated" : "anybody");
    return beside ?? (this.#hasProvider() ? this.#scrape(request, names) : WITHOUT_PROVIDER);
  }

  #answerBeside(path: string, asker: Asker): ScrapeAnswer | undefined {
    const { endpoint } = this.#settings;
    if (path === endpoint) return undefined;
    const page = this.#pages.get(path)?.make(asker);
    if (page !== undefined) return briefAnswer(page.status, page.body, page.headers);
    if (path !== "/") return briefAnswer(404, `the metrics are at ${endpoint}`);
    const link = `<a href="${endpoint}">${endpoint}</a>`;
    return briefAnswer(200, link, { "content-type": "text/html; charset=utf-8" });
  }

  async #scrape(request: ScrapeRequest, names: ReadonlySet<string> | undefined): Promise<ScrapeAnswer> {
    const { maxConcurrentScrapes, scrapeTimeoutMillis } = this.#settings;
    const place = await this.#places.take();
    if (place === undefined) {
      return briefAnswer(503, `${maxConcurrentScrapes} scrapes are already being served`, RETRY_AFTER);
    }
    const timeoutMillis =
      timeoutFrom(request.header("x-prometheus-scrape-timeout-seconds")) ?? scrapeTimeoutMillis;
    const scrape = {
      exposition: expositionFor(request.header("accept")),
      names,
      gzip: acceptsGzip(request.header("accept-encoding")),
      timeoutMillis,
    };
    try {
      return await this.#scraped(scrape, place, request.signal);
    } catch (error) {
      place.leave();
      return answerToFailure(error, request.signal);
    }
  }

  async #scraped(scrape: Scrape, place: Place, signal: AbortSignal): Promise<ScrapeAnswer> {
    const { timeoutMillis } = scrape;
    const made = await within(timeoutMillis, signal, (either) => this.#scrapes.take(scrape, either));
    let held = true;
    const releaseOnce = (): void => {
      if (held) {
        place.leave();
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
      takingTimeoutMillis: Math.min(timeoutMillis, MAX_TAKING_MILLIS),
      place,
    };
  }
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

// Protects against DNS rebinding: a web page whose name resolves to this machine cannot choose the `Host` header of a
// browser.
function isAllowedHost(header: string | undefined, allowed: readonly string[]): boolean {
  // HTTP/1.0 requests may have no `Host`; no browser sends them.
  if (header === undefined) return true;
  const host = header.toLowerCase().replace(/:\d*$/, "").replace(/\.$/, "");
  return host === "localhost" || isLoopback(host) || allowed.includes(host);
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
