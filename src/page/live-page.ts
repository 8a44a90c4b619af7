// The live page: its files, its sessions, and its data.
import type { Alerts } from "../alerts/index.ts";
import type { Events } from "../events/events.ts";
import { errorMessage } from "../diagnostics/error-message.ts";
import { parsedJson } from "../io/json.ts";
import type { Labels } from "../query/source.ts";
import type { SampleSource } from "../query/sample-source.ts";
import { ApiError, apiErrorFrom } from "../query/http/api-error.ts";
import type { LiveExemplars } from "../query/live/live-exemplars.ts";
import { durationFrom, timeFrom } from "../query/http/parameters.ts";
import type { NameOf } from "../query/renamed.ts";
import { ChartQueries } from "./charts/chart-plan.ts";
import type { ExpectedAt } from "./charts/expected-band.ts";
import { STARTS } from "./panels/index.ts";
import { type ChartSteps, stepsOf } from "./charts/steps.ts";
import type { UnusualSpan } from "./charts/unusual-times.ts";
import { alertId, PageAlerts } from "./page-alerts.ts";
import { PageEvents } from "./page-events.ts";
import { AssetAnswers } from "./serving/asset-answers.ts";
import { McpAnswers, type McpQuestion } from "./serving/mcp-answers.ts";
import {
  answerOfLink,
  hasOwnOrigin,
  isOfThePage,
  jsonAnswer,
  type PageAnswer,
  pageAnswer,
  type PageRequest,
  textAnswer,
} from "./serving/page-answer.ts";
import { LocalPages } from "./serving/local-pages.ts";
import { Peers } from "./serving/peers.ts";
import { Sessions } from "./serving/sessions.ts";
import { SlowFigures } from "./slow-figures.ts";
import type { Status } from "./protocol.ts";
import { instanceOf, type PageMember, statusAt, type StatusParts } from "./status.ts";
import { MAX_STREAMS, Streams } from "./streams/streams.ts";
import { KnownMetrics } from "./views/known-metrics.ts";
import { LiveView, type LiveViewParts } from "./views/live-view.ts";
import { viewNameFrom } from "./views/view-name.ts";

/** The parts of the SDK that the page shows. */
export interface LivePageParts extends StatusParts {
  /** Live and stored metrics. */
  readonly source: () => SampleSource;
  /** Renames the metrics of panels; `undefined` if `source` has the default names. */
  readonly nameOf: NameOf | undefined;
  /** Time of the last collection, in Unix milliseconds; -Infinity before the first. */
  readonly lastUnixMillis: () => number;
  /** Time between two collections without the page. */
  readonly resolutionMillis: number;
  /** Whether experimental parts of PromQL are accepted. */
  readonly experimental?: boolean | undefined;
  /** Time between two collections of the history; 0 without one. */
  readonly storedMillis: () => number;
  /** Collects at least each `millis` until the returned function is called. */
  readonly hasten: (millis: number) => () => void;
  readonly exemplars: LiveExemplars;
  readonly events: Events;
  /** Events that the page alone shows. */
  readonly ownEvents: Pick<Events, "recent" | "keepIn">;
  readonly alerts: Alerts | undefined;
  /** Address of the endpoint; `undefined` unless it listens. */
  readonly url: () => string | undefined;
  /** Addresses of other instances. */
  readonly peers: readonly string[];
  /** Those of the page before on the same endpoint. */
  readonly sessions: Sessions | undefined;
  /** Admission of the endpoint's clients. */
  readonly admission: PageAdmission;
  /** Takes a CPU profile of some seconds, as the text of a `.cpuprofile`; `undefined` if profiles are off. */
  readonly profile?: ((seconds: number) => Promise<string>) | undefined;
  /** Explains the alert with these labels, as JSON; `undefined` if it is no longer active. */
  readonly explain: (
    isAsked: (labels: Labels) => boolean,
    signal: AbortSignal,
  ) => Promise<string | undefined>;
  /** Responds to a message of the Model Context Protocol; `undefined` if it is off. */
  readonly mcp?: ((question: McpQuestion) => Promise<Response>) | undefined;
  /** Expected ranges of the series that the detection of anomalies watches. */
  readonly expectedAt: ExpectedAt;
  /** When series were unusual, since the start of this process. */
  readonly unusualSpans: () => readonly UnusualSpan[];
}

interface PageAdmission {
  /** Whether clients must authenticate themselves. */
  readonly isProtected: boolean;
  /** Whether only clients of this machine can reach the endpoint. */
  readonly isLocal: boolean;
  /** Key of the sessions' signatures, derived from the credentials. */
  sessionKey(): Promise<Buffer>;
  /** Whether a text is the token or the password. */
  isSecret(text: string): Promise<boolean>;
}

const PREFIX = "/page/";
const STREAM = `${PREFIX}stream`;
const VIEW = `${PREFIX}view`;
const PROFILE = `${PREFIX}profile`;
const EXPLAIN = `${PREFIX}explain`;
const SESSION = `${PREFIX}session`;
const STATUS = `${PREFIX}status`;
const PEERS = `${PREFIX}peers`;
const DATA = [STREAM, VIEW, EXPLAIN, STATUS, PEERS];
const MCP = "/mcp";
// Charts that move each 15 seconds look as if they had stopped.
const LIVE_MILLIS = 5_000;
const MIN_RANGE_SECONDS = 60;
const MAX_RANGE_SECONDS = 366 * 86_400;
const DEFAULT_RANGE_SECONDS = 900;
const DEFAULT_PROFILE_SECONDS = 10;
const MAX_PROFILE_SECONDS = 60;
const MAX_PAST_VIEWS = 2;
const MAX_EXPLAINING = 2;
const MAX_PROFILING = 8;
const PAST_TIMEOUT_MILLIS = 30_000;
const MAX_BODY_BYTES = 16 * 1024;
const BUSY = { "retry-after": "5" };

/** Serves the page. Views are evaluated only while a browser shows them. */
export class LivePage {
  /** Sessions of browsers, and the one-time tokens that begin them. */
  readonly sessions: Sessions;
  readonly #parts: LivePageParts;
  readonly #assets = new AssetAnswers();
  readonly #queries: ChartQueries;
  readonly #known = new KnownMetrics();
  readonly #events: PageEvents;
  readonly #alerts: PageAlerts | undefined;
  readonly #slow: SlowFigures;
  readonly #local: LocalPages;
  readonly #peers: Peers;
  readonly #status: (timeMillis: number) => Buffer;
  readonly #mcp: McpAnswers | undefined;
  readonly #streams: Streams;
  #pastViews = 0;
  #explaining = 0;
  #profiling = 0;

  constructor(parts: LivePageParts) {
    this.#parts = parts;
    this.sessions = parts.sessions ?? new Sessions(() => parts.admission.sessionKey());
    this.#queries = new ChartQueries(parts.nameOf, parts.experimental);
    this.#events = new PageEvents([parts.events, parts.ownEvents], parts.stored);
    this.#alerts = parts.alerts && new PageAlerts(parts.alerts);
    const starts = this.#queries.predefined(STARTS, "");
    this.#slow = new SlowFigures(parts.source, parts.alerts, starts);
    const status = (timeMillis: number): Status =>
      statusAt(timeMillis, parts, this.#alerts, this.#slow, this.#peers.count);
    this.#status = (timeMillis) => Buffer.from(JSON.stringify(status(timeMillis)));
    this.#local = new LocalPages(() => {
      const url = parts.url();
      return url === undefined ? undefined : { ...status(Date.now()), url: new URL("/", url).href };
    });
    // Clients of other machines see no other pages of this one: those may be for this machine alone.
    this.#peers = new Peers(parts.peers, parts.admission.isLocal ? this.#local : undefined);
    this.#mcp = parts.mcp && new McpAnswers(parts.mcp);
    this.#streams = new Streams({
      events: this.#events,
      lastUnixMillis: parts.lastUnixMillis,
      resolutionMillis: this.#liveMillis,
      collect: (millis) => parts.hasten(millis),
      status: this.#status,
    });
  }

  /** Whether a path belongs to the page. */
  has(path: string): boolean {
    return path === "/" || path.startsWith(PREFIX) || (path === MCP && this.#mcp !== undefined);
  }

  /** Whether a header `Cookie` has a session. */
  admits(cookie: string): Promise<boolean> {
    return this.sessions.admits(cookie);
  }

  /** A one-time token, for the address `/?token=…`. */
  token(): string {
    return this.sessions.token();
  }

  /** Ends all streams. */
  end(): void {
    this.#streams.end();
    this.#alerts?.end();
    this.#slow.end();
    void this.#local.end();
  }

  /** Responds to any client. */
  async answer(request: PageRequest): Promise<PageAnswer> {
    const { method, url, client } = request;
    const path = url.pathname;
    if (path === MCP && this.#mcp !== undefined) return this.#mcp.answer(request);
    if (method !== "GET" && method !== "HEAD") {
      if (path === SESSION && method === "POST") return this.#signIn(request);
      if (client === "stranger") return this.#assets.unauthorized(request);
      return path.startsWith(`${PREFIX}silences`)
        ? this.#changeSilences(request)
        : textAnswer(405, "only GET and HEAD are supported", { allow: "GET, HEAD" });
    }
    const token = path === "/" ? url.searchParams.get("token") : null;
    if (token !== null && method === "GET") return this.#begin(token, request);
    // The page for clients that are not authenticated has the same styles.
    if (client === "stranger" && !path.endsWith(".css")) return this.#assets.unauthorized(request);
    if (path === PROFILE) return this.#profile(request);
    if (DATA.includes(path) && !isOfThePage(request))
      return textAnswer(403, "pages of other sites cannot read these data");
    const peer = url.searchParams.get("peer");
    if (peer !== null && [STREAM, VIEW, EXPLAIN].includes(path)) return this.#peers.answer(peer, request);
    if (path === STATUS) return jsonAnswer(200, this.#status(Date.now()));
    if (path === PEERS) return this.#peers.list(request);
    if (path === EXPLAIN) return this.#explain(request);
    if (path !== STREAM && path !== VIEW) {
      if (path === "/" && request.header("sec-fetch-dest") === "document") this.#prepareOverview();
      const missing = path === "/" ? "the page was not built" : "the page is at /";
      return (await this.#assets.answer(path, request)) ?? textAnswer(path === "/" ? 503 : 404, missing);
    }
    try {
      return path === STREAM ? this.#stream(url.searchParams) : await this.#past(request);
    } catch (error) {
      if (request.signal.aborted) throw error;
      const { type, message } = apiErrorFrom(error);
      return textAnswer(type === "bad_data" ? 400 : 503, message);
    }
  }

  async #profile(request: PageRequest): Promise<PageAnswer> {
    const { profile } = this.#parts;
    if (!isOfThePage(request)) return textAnswer(403, "pages of other sites cannot take profiles");
    if (profile === undefined) return textAnswer(404, "profiles are off; see option profiles");
    const seconds = Number(request.url.searchParams.get("seconds") ?? DEFAULT_PROFILE_SECONDS);
    if (!(seconds >= 1 && seconds <= MAX_PROFILE_SECONDS))
      return textAnswer(400, `seconds must be a number from 1 to ${MAX_PROFILE_SECONDS}`);
    if (this.#profiling >= MAX_PROFILING)
      return textAnswer(503, `${MAX_PROFILING} other clients wait for a profile already; try again`, BUSY);
    this.#profiling++;
    try {
      return jsonAnswer(200, Buffer.from(await profile(seconds)));
    } catch (error) {
      return textAnswer(503, errorMessage(error), BUSY);
    } finally {
      this.#profiling--;
    }
  }

  async #explain(request: PageRequest): Promise<PageAnswer> {
    if (this.#explaining >= MAX_EXPLAINING)
      return textAnswer(503, "other alerts are being explained already; try again", BUSY);
    const id = request.url.searchParams.get("alert");
    const signal = AbortSignal.any([request.signal, AbortSignal.timeout(PAST_TIMEOUT_MILLIS)]);
    this.#explaining++;
    try {
      const json = await this.#parts.explain((labels) => id === null || alertId(labels) === id, signal);
      return json === undefined
        ? textAnswer(404, "this alert is not pending or firing any more")
        : jsonAnswer(200, Buffer.from(json));
    } catch (error) {
      if (request.signal.aborted) throw error;
      return textAnswer(503, errorMessage(error), BUSY);
    } finally {
      this.#explaining--;
    }
  }

  async #begin(token: string, request: PageRequest): Promise<PageAnswer> {
    if (!this.sessions.takes(token))
      return request.client === "stranger"
        ? this.#assets.unauthorized(request)
        : textAnswer(303, "", { location: "./" });
    return answerOfLink(request, await this.sessions.begin(request));
  }

  // The form for browsers that are not signed in shows a problem that the address names. Its origin is `null`, as the page
  // has no referrer.
  async #signIn(request: PageRequest): Promise<PageAnswer> {
    if (!isOfThePage(request)) return textAnswer(403, "pages of other sites cannot sign in");
    const body = await request.body(MAX_BODY_BYTES);
    const secret = new URLSearchParams(body ?? "").get("token") ?? "";
    if (!(await this.#parts.admission.isSecret(secret)))
      return textAnswer(303, "", { location: "../#refused" });
    const cookie = await this.sessions.begin(request);
    return textAnswer(303, "", { location: "../", "set-cookie": cookie });
  }

  #stream(parameters: URLSearchParams): PageAnswer {
    const rangeSeconds = durationFrom(parameters, "range") ?? DEFAULT_RANGE_SECONDS;
    const view = viewOf(parameters);
    checkRange(rangeSeconds);
    if (!this.#streams.hasRoom)
      return textAnswer(503, `${MAX_STREAMS} tabs are open already; close some`, BUSY);
    const headers = { "content-type": "text/event-stream", "x-accel-buffering": "no" };
    const live = this.#liveView(view, rangeSeconds);
    return pageAnswer(200, (to) => this.#streams.open(...live, to), headers);
  }

  // Browsers ask for its stream when they have loaded the code: until then it is evaluated.
  #prepareOverview(): void {
    const view = { text: "overview", name: { kind: "overview", isWhole: false } } as const;
    this.#streams.prepare(...this.#liveView(view, DEFAULT_RANGE_SECONDS));
  }

  #liveView(
    { text, name }: ReturnType<typeof viewOf>,
    rangeSeconds: number,
  ): readonly [key: string, steps: ChartSteps, makeView: () => LiveView] {
    const steps = stepsOf(rangeSeconds * 1_000, this.#liveMillis);
    const makeView = (): LiveView => new LiveView(text, name, steps, this.#viewParts());
    return [`${rangeSeconds} ${text}`, steps, makeView];
  }

  async #past({ url, signal }: PageRequest): Promise<PageAnswer> {
    const { searchParams } = url;
    const from = timeFrom(searchParams, "from");
    const to = timeFrom(searchParams, "to", Date.now() / 1_000);
    const view = viewOf(searchParams);
    checkRange(to - from);
    if (this.#pastViews >= MAX_PAST_VIEWS)
      return textAnswer(503, "other ranges are being evaluated already; try again", BUSY);
    this.#pastViews++;
    try {
      const steps = stepsOf((to - from) * 1_000, this.#parts.resolutionMillis);
      const made = new LiveView(view.text, view.name, steps, this.#viewParts());
      await made.ready();
      await made.evaluateRange(
        to * 1_000,
        AbortSignal.any([signal, AbortSignal.timeout(PAST_TIMEOUT_MILLIS)]),
      );
      return jsonAnswer(200, await made.json());
    } finally {
      this.#pastViews--;
    }
  }

  async #changeSilences(request: PageRequest): Promise<PageAnswer> {
    const { method, url, client } = request;
    const alerts = this.#alerts;
    if (!hasOwnOrigin(request)) return textAnswer(403, "pages of other sites cannot change silences");
    if (alerts === undefined) return textAnswer(404, "alerts are off; see option alerts");
    if (client !== "authenticated")
      return textAnswer(403, "set a token for the endpoint to silence alerts; see option bearerToken");
    const path = url.pathname.slice(`${PREFIX}silences`.length);
    if (method === "POST" && path === "") {
      if (!/^application\/json\b/i.test(request.header("content-type") ?? ""))
        return textAnswer(415, "the body must be application/json");
      const body = await request.body(MAX_BODY_BYTES);
      if (body === undefined) return textAnswer(413, `the body must have at most ${MAX_BODY_BYTES} bytes`);
      const problem = alerts.silence(parsedJson(body));
      if (problem !== undefined) return textAnswer(400, problem);
    } else if (method === "DELETE" && path.startsWith("/")) {
      if (!alerts.endSilence(path.slice(1))) return textAnswer(404, "there is no silence with this id");
    } else return textAnswer(405, "only POST and DELETE are supported", { allow: "POST, DELETE" });
    await this.#streams.refreshStatus();
    return textAnswer(204, "");
  }

  get #liveMillis(): number {
    return Math.min(LIVE_MILLIS, this.#parts.resolutionMillis);
  }

  #viewParts(): LiveViewParts {
    const { source, exemplars, expectedAt, unusualSpans, members, resolutionMillis, storedMillis } =
      this.#parts;
    const living = (): readonly PageMember[] => members().filter(({ state }) => state !== "gone");
    const onlyMember = (): string | undefined => {
      const [first, ...others] = living();
      return first === undefined || others.length > 0 ? undefined : instanceOf(first);
    };
    // The series of a process are those of all its threads.
    const workerOf = (instance: string): string => {
      const all = living();
      const worker = all.find((each) => instanceOf(each) === instance)?.worker;
      return String(all.every(({ pid }) => pid === all[0]?.pid) ? (worker ?? instance) : instance);
    };
    const [queries, known, events] = [this.#queries, this.#known, this.#events];
    const times = { resolutionMillis, storedMillis };
    const findings = { exemplars, expectedAt, unusualSpans };
    return { source, ...findings, onlyMember, workerOf, queries, known, events, ...times };
  }
}

function viewOf(parameters: URLSearchParams): {
  readonly text: string;
  readonly name: NonNullable<ReturnType<typeof viewNameFrom>>;
} {
  const text = parameters.get("view") ?? "overview";
  const name = viewNameFrom(text);
  if (name === undefined) throw new ApiError("bad_data", "there is no view of this name");
  return { text, name };
}

function checkRange(seconds: number): void {
  if (seconds >= MIN_RANGE_SECONDS && seconds <= MAX_RANGE_SECONDS) return;
  throw new ApiError("bad_data", "the range must be from a minute to a year");
}
