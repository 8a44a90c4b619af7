// Further paths of the exporter's server, such as those of Prometheus' HTTP API.
import { errorMessage } from "../../../diagnostics/error-message.ts";
import { warnOnceAMinute } from "../../../diagnostics/rate-limit.ts";
import { withTimeout } from "../../../io/timeout.ts";
import { briefAnswer, type ScrapeAnswer, type ScrapeRequest } from "./answer.ts";
import { acceptsGzip } from "../exposition.ts";
import { gzipBody } from "./gzip-body.ts";
import { type Place, Places } from "./places.ts";

/** A request to a route. */
export interface RouteRequest {
  /** The path after the prefix. */
  readonly path: string;
  /** Parameters of the body, then those of the URL. */
  readonly parameters: URLSearchParams;
  /** Aborts if the client disconnects. */
  readonly signal: AbortSignal;
}

/** A response as JSON. */
export interface RouteAnswer {
  readonly status: number;
  readonly chunks: readonly Uint8Array[];
}

/** Handler of a route. */
export interface RouteHandler {
  /** Paths of the route begin with it. */
  readonly prefix: string;
  /** Maximum number of requests at once. */
  readonly maxConcurrent: number;
  answer(request: RouteRequest): Promise<RouteAnswer>;
  /** The response beyond the maximum. */
  busy(): RouteAnswer;
}

const FORM = "application/x-www-form-urlencoded";
const MAX_BODY_BYTES = 128 * 1024;
// Bodies that are being read at once, of up to 4 MiB together. Beyond it the oldest is left.
const MAX_BODIES = 32;
// The server closes the connection after 5 s without a reason.
const BODY_TIMEOUT_MILLIS = 4_000;
// Compression of less is not worth its turns.
const MIN_GZIP_BYTES = 1_024;
const TAKING_TIMEOUT_MILLIS = 30_000;
const CLOSE = { connection: "close" };

/** Handles GET and HEAD requests, and POST requests with forms: bounded in number and size. */
export class Route {
  readonly #handler: RouteHandler;
  readonly #places: Places;
  // Each leaves a body that is being read, the oldest first.
  readonly #bodies = new Set<() => void>();

  constructor(handler: RouteHandler) {
    this.#handler = handler;
    this.#places = new Places(handler.maxConcurrent);
  }

  has(path: string): boolean {
    return path.startsWith(this.#handler.prefix);
  }

  /** The client is authenticated already. Never rejects. */
  async answer(request: ScrapeRequest, url: URL): Promise<ScrapeAnswer> {
    const { method, signal } = request;
    if (method !== "GET" && method !== "HEAD" && method !== "POST")
      return briefAnswer(405, "only GET, HEAD and POST are supported", {
        allow: "GET, HEAD, POST",
        ...CLOSE,
      });
    // A page cannot read the response, but it could keep the application busy.
    if (request.header("sec-fetch-site") === "cross-site")
      return briefAnswer(403, "pages of other sites cannot query; query from a program", CLOSE);
    const parameters = new URLSearchParams();
    const hasBody =
      request.header("transfer-encoding") !== undefined || (request.header("content-length") ?? "0") !== "0";
    const refusal = hasBody ? refusalOfBody(request) : undefined;
    if (refusal !== undefined) return refusal;
    // Before a place is taken, since a client may send its body slowly.
    const problem = hasBody ? await this.#addBody(request, parameters) : undefined;
    if (problem !== undefined) return problem;
    const place = await this.#places.take();
    if (place === undefined) return answerOf(this.#handler.busy(), request);
    try {
      for (const [name, value] of url.searchParams) parameters.append(name, value);
      const path = url.pathname.slice(this.#handler.prefix.length);
      return await answerOf(await this.#handler.answer({ path, parameters, signal }), request, place);
    } catch (error) {
      place.leave();
      if (!signal.aborted)
        warnOnceAMinute(`prometheus exporter: a request failed with ${errorMessage(error)}`);
      return briefAnswer(500, "the request failed; see the application's log");
    }
  }

  // Adds the parameters of the body. Returns the response if the body is too long, too slow or left.
  async #addBody(request: ScrapeRequest, parameters: URLSearchParams): Promise<ScrapeAnswer | undefined> {
    const [oldest] = this.#bodies;
    if (this.#bodies.size >= MAX_BODIES) oldest?.();
    let leave = (): void => {};
    const left = new Promise<"left">((resolve) => {
      leave = () => {
        this.#bodies.delete(leave);
        resolve("left");
      };
    });
    this.#bodies.add(leave);
    // The client may disconnect meanwhile.
    const reading = Promise.resolve(request.body?.(MAX_BODY_BYTES)).then(
      (text) => ({ text }),
      () => undefined,
    );
    const body = await withTimeout(Promise.race([reading, left]), BODY_TIMEOUT_MILLIS, () => undefined);
    leave();
    if (body === "left") return briefAnswer(503, "too many others send a body; try again later", CLOSE);
    if (body === undefined) return briefAnswer(408, "the body must arrive within 4 seconds", CLOSE);
    if (body.text === undefined) return tooLong();
    for (const [name, value] of new URLSearchParams(body.text)) parameters.append(name, value);
    return undefined;
  }
}

function refusalOfBody({ method, header }: ScrapeRequest): ScrapeAnswer | undefined {
  if (method !== "POST") return briefAnswer(413, "a request body is accepted with POST only", CLOSE);
  const type = (header("content-type") ?? "").split(";")[0]?.trim().toLowerCase();
  if (type !== FORM) return briefAnswer(415, `the body must be ${FORM}`, CLOSE);
  if (Number(header("content-length") ?? "0") > MAX_BODY_BYTES) return tooLong();
  return undefined;
}

function tooLong(): ScrapeAnswer {
  return briefAnswer(413, `the body must have at most ${MAX_BODY_BYTES} bytes`, CLOSE);
}

async function answerOf(
  { status, chunks: plain }: RouteAnswer,
  { header, signal }: ScrapeRequest,
  place?: Place,
): Promise<ScrapeAnswer> {
  const body = {
    chunks: plain,
    byteLength: plain.reduce((sum, { length }) => sum + length, 0),
    release: () => {},
  };
  const isCompressed = body.byteLength >= MIN_GZIP_BYTES && acceptsGzip(header("accept-encoding"));
  const { chunks, byteLength } = isCompressed ? await gzipBody(body, signal) : body;
  return {
    status,
    headers: {
      "content-type": "application/json",
      "content-length": String(byteLength),
      vary: "accept-encoding",
      ...(isCompressed && { "content-encoding": "gzip" }),
    },
    body: { chunks, byteLength, release: () => place?.leave() },
    takingTimeoutMillis: TAKING_TIMEOUT_MILLIS,
    ...(place !== undefined && { place }),
  };
}
