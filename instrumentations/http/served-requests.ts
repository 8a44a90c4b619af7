// Requests served by the application.
import type { Attributes, Counter, Histogram, ObservableResult } from "@opentelemetry/api";
import { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { type BoundCounter, boundCounter, boundNanos, type BoundRecorder } from "../../src/recording/bind.ts";
import { nanosSince, nowMillis } from "../shared/clock.ts";
import { fieldOf } from "../shared/fields.ts";
import { observeActive } from "./active-requests.ts";
import { ABORTED, methodOf } from "./attributes.ts";
import { beginRouting, endRouting, routeOf, type Routing } from "./routes.ts";

// The engine keeps the series of each handle.
const MAX_HANDLES = 100;

/** Requests of one method, scheme and protocol version. */
interface Kind {
  readonly method: string;
  readonly attributes: Attributes;
  /** Handles of complete responses, by route and status. */
  readonly handles: Map<string | undefined, Map<number, Handles>>;
}

interface Handles {
  readonly requests: BoundCounter;
  readonly duration: BoundRecorder;
}

interface Served {
  readonly kind: Kind;
  readonly request: IncomingMessage;
  readonly socket: Socket;
  readonly response: ServerResponse;
  readonly routing: Routing;
  readonly startMillis: number;
}

const METHOD = "http.request.method";
const STATUS = "http.response.status_code";

/**
 * Counts the requests to the application's servers and the active ones, and records their durations. A request lasts from its
 * headers to the end of its response or of its connection.
 */
export class ServedRequests {
  readonly #counter: Counter;
  readonly #durations: Histogram;
  readonly #failed: (error: unknown) => void;
  readonly #kinds = new Map<string, Map<number, Kind>>();
  readonly #active = new Set<Served>();
  #handles = 0;

  /**
   * @param failed called with errors thrown while recording.
   */
  constructor(counter: Counter, durations: Histogram, failed: (error: unknown) => void) {
    this.#counter = counter;
    this.#durations = durations;
    this.#failed = failed;
  }

  /** Starts `request`. It ends once `response` closes, which also happens if the client disconnects. */
  begun(request: object, response: object): void {
    if (!(request instanceof IncomingMessage) || !(response instanceof ServerResponse)) return;
    // Read now: the application may change the request. Express sets a prototype for each request and response, which have shapes
    // of their own afterwards, so that each access takes up to a microsecond.
    const kind = this.#kindOf(request);
    const routing = beginRouting(request);
    const served: Served = {
      kind,
      request,
      socket: request.socket,
      response,
      routing,
      startMillis: nowMillis(),
    };
    this.#active.add(served);
    response.on("close", () => {
      try {
        this.#closed(served);
      } catch (error) {
        this.#failed(error);
      }
    });
  }

  /** Observes the number of active requests by method. */
  observe(result: ObservableResult): void {
    // Before version 24, Node.js does not close responses that waited for another one when their connection was lost.
    for (const served of this.#active) if (served.socket.destroyed) this.#closed(served);
    observeActive(
      result,
      this.#kinds.keys(),
      Array.from(this.#active, ({ kind }) => kind.method),
    );
  }

  #kindOf(request: IncomingMessage): Kind {
    const { socket, httpVersionMajor, httpVersionMinor } = request;
    const isEncrypted = "encrypted" in socket && socket.encrypted === true;
    const method = methodOf(request);
    let kinds = this.#kinds.get(method);
    if (kinds === undefined) this.#kinds.set(method, (kinds = new Map()));
    const key = 100 * httpVersionMajor + 10 * httpVersionMinor + (isEncrypted ? 1 : 0);
    let kind = kinds.get(key);
    if (kind === undefined) {
      const attributes: Attributes = {
        [METHOD]: method,
        "url.scheme": isEncrypted ? "https" : "http",
        "network.protocol.version": request.httpVersion,
      };
      kinds.set(key, (kind = { method, attributes, handles: new Map() }));
    }
    return kind;
  }

  #closed(served: Served): void {
    if (!this.#active.delete(served)) return;
    endRouting(served.request);
    if (isComplete(served)) this.#completed(served);
    else this.#aborted(served);
  }

  #completed(served: Served): void {
    const { kind, response, routing, startMillis } = served;
    const [route, status] = [routeOf(routing), statusOf(response)];
    const nanos = nanosSince(startMillis);
    // A handle needs no search for the series by its attributes.
    const handles = kind.handles.get(route)?.get(status) ?? this.#bind(kind, route, status);
    if (handles === undefined) {
      this.#counter.add(1, countedAttributes(kind, status));
      this.#durations.record(nanos / 1e9, completedAttributes(kind, route, status));
    } else {
      handles.requests.add(1);
      handles.duration.record(nanos);
    }
  }

  #aborted(served: Served): void {
    const { kind, response, routing, startMillis } = served;
    const failure = { "error.type": ABORTED };
    this.#counter.add(1, { [METHOD]: kind.method, ...failure });
    this.#durations.record(nanosSince(startMillis) / 1e9, {
      ...attributesOf(kind, routeOf(routing)),
      ...(response.headersSent && statusAttribute(statusOf(response))),
      ...failure,
    });
  }

  // Returns `undefined` if there are too many handles.
  #bind(kind: Kind, route: string | undefined, status: number): Handles | undefined {
    if (this.#handles >= MAX_HANDLES) return undefined;
    this.#handles++;
    const handles: Handles = {
      requests: boundCounter(this.#counter, countedAttributes(kind, status)),
      duration: boundNanos(this.#durations, completedAttributes(kind, route, status)),
    };
    const byStatus = kind.handles.get(route) ?? new Map<number, Handles>();
    kind.handles.set(route, byStatus.set(status, handles));
    return handles;
  }
}

/**
 * Returns whether the whole response was sent: Node.js has detached its socket. If the connection was lost, a response that had to
 * wait for another one has no socket, too.
 */
function isComplete({ response, socket }: Served): boolean {
  // By `fieldOf`, which takes a third of the time of `response.socket` if V8 does not know the shape.
  if (fieldOf(response, "socket") !== null) return false;
  if (fieldOf(response, "finished") !== true) return false;
  // The application may destroy a socket to which all was written. In Node.js 20, `writableFinished` is also true if the
  // connection was lost meanwhile.
  return !socket.destroyed || (response.writableFinished && socket.errored === null);
}

function countedAttributes({ method }: Kind, status: number): Attributes {
  return { [METHOD]: method, ...statusAttribute(status) };
}

function completedAttributes(kind: Kind, route: string | undefined, status: number): Attributes {
  return {
    ...attributesOf(kind, route),
    ...statusAttribute(status),
    ...(status >= 500 && { "error.type": String(status) }),
  };
}

/** Returns the status; 0 if it is not a number. */
function statusOf(response: object): number {
  const status = fieldOf(response, "statusCode");
  if (typeof status !== "number") return 0;
  if (status < 400) return status;
  // An error handler may have set it after another one was sent. Reading the head takes longer: "HTTP/1.1 200 OK…"
  const head = fieldOf(response, "_header");
  return typeof head === "string" ? Number(head.slice(9, 12)) : status;
}

function statusAttribute(status: number): Attributes {
  return status >= 100 && status <= 599 ? { [STATUS]: status } : {};
}

function attributesOf({ attributes }: Kind, route: string | undefined): Attributes {
  return route === undefined ? { ...attributes } : { ...attributes, "http.route": route };
}
