// Requests served by the application.
import type { Attributes, Counter, Histogram, ObservableResult } from "@opentelemetry/api";
import { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { type BoundCounter, boundCounter, boundNanos, type BoundRecorder } from "../../src/recording/bind.ts";
import { makeRoom } from "../../src/io/process-events.ts";
import { attached } from "../shared/attached.ts";
import { nanosSince, nowMillis } from "../shared/clock.ts";
import { fieldOf } from "../shared/fields.ts";
import { ActiveRequests } from "./active-requests.ts";
import { ABORTED, knownMethods, methodOf } from "./attributes.ts";
import { keepRoute } from "./closed-route.ts";
import { beginRouting, removeFrom, resumeRouting, routeOf, type Routing, routingsOf } from "./routes.ts";

// The engine keeps the series of each handle.
const MAX_HANDLES = 100;

/** Requests of one method, scheme and protocol version. */
interface Kind {
  readonly method: string;
  /** Number for the scheme and protocol version. */
  readonly key: number;
  readonly attributes: Attributes;
  /** Attributes of its active requests. */
  readonly ofActive: Attributes;
  /** Handles of complete responses, by route and status. */
  readonly handles: Map<string | undefined, Map<number, Handles>>;
}

interface Handles {
  readonly requests: BoundCounter;
  readonly duration: BoundRecorder | undefined;
}

/** A connection to a server of the application. */
interface Connection {
  readonly socket: Socket;
  /** Requests that have not ended: several only if they are pipelined. */
  readonly active: Served[];
  readonly routings: Routing[];
}

/** A request that has not ended. */
export interface Served {
  readonly kind: Kind;
  readonly connection: Connection;
  readonly response: ServerResponse;
  readonly routing: Routing;
  readonly startMillis: number;
}

const METHOD = "http.request.method";
const SCHEME = "url.scheme";
const STATUS = "http.response.status_code";

/**
 * Counts the requests to the application's servers and the active ones, and records their durations. A request lasts from its
 * headers to the end of its response or of its connection. No listener of them ends it: the application may
 * remove listeners.
 */
export class ServedRequests {
  readonly #counter: Counter;
  readonly #durations: Histogram | undefined;
  readonly #failed: (error: unknown) => void;
  readonly #knownMethods = knownMethods();
  readonly #connections = attached<Connection>();
  readonly #open = new Set<Connection>();
  readonly #kinds = new Map<string, Map<number, Kind>>();
  readonly #activeRequests = new ActiveRequests();
  #handles = 0;

  /**
   * @param durations `undefined` if another instrumentation records them.
   * @param failed called with errors thrown while recording.
   */
  constructor(counter: Counter, durations: Histogram | undefined, failed: (error: unknown) => void) {
    this.#counter = counter;
    this.#durations = durations;
    this.#failed = failed;
  }

  /** Starts `request`. It ends once `response` has finished, or once its connection closes. */
  begun(request: object, response: object): void {
    if (!(request instanceof IncomingMessage) || !(response instanceof ServerResponse)) return;
    // Read now: the application may change the request. Express sets a prototype for each request and response, which have shapes
    // of their own afterwards, so that each access takes up to a microsecond.
    const kind = this.#kindOf(request);
    const { socket } = request;
    const connection = this.#connections.get(socket) ?? this.#connected(socket);
    const routing = beginRouting(request, connection.routings);
    this.#add({ kind, connection, response, routing, startMillis: nowMillis() });
  }

  #add(served: Served): void {
    const { connection, response, routing } = served;
    connection.active.push(served);
    if (this.#durations !== undefined || routing.isKept) return;
    routing.isKept = true;
    makeRoom(response);
    response.on("close", () => keepRoute(routeOf(routing)));
  }

  /** Ends the request of `response`, which was sent by `socket`. */
  finished(response: object, socket: object): void {
    const active = this.#connections.get(socket)?.active ?? [];
    for (const served of active)
      if (served.response === response) {
        removeFrom(active, served);
        this.#ended(served, isComplete(served));
        return;
      }
  }

  /** Continues with the active requests of another one, unless they have ended. */
  adopt(others: readonly Served[]): void {
    for (const other of others) {
      const { response, routing } = other;
      const { socket } = other.connection;
      if (response.writableFinished || socket.destroyed) continue;
      const connection = this.#connections.get(socket) ?? this.#connected(socket);
      resumeRouting(routing, connection.routings);
      const { method, key, attributes } = other.kind;
      const kind = this.#knownKind(method, key) ?? this.#newKind(method, key, attributes);
      this.#add({ ...other, kind, connection });
    }
  }

  /** Forgets the active requests, whose ends are not seen any more, and returns them. */
  forget(): readonly Served[] {
    const active = [...this.#active()];
    for (const { routing, connection } of active) removeFrom(connection.routings, routing);
    for (const connection of this.#open) connection.active.length = 0;
    this.#open.clear();
    return active;
  }

  *#active(): Iterable<Served> {
    for (const { active } of this.#open) yield* active;
  }

  #connected(socket: Socket): Connection {
    const connection: Connection = { socket, active: [], routings: routingsOf(socket) };
    this.#connections.set(socket, connection);
    this.#open.add(connection);
    makeRoom(socket);
    socket.once("close", () => {
      try {
        this.#closed(connection);
      } catch (error) {
        this.#failed(error);
      }
    });
    return connection;
  }

  #closed(connection: Connection): void {
    this.#open.delete(connection);
    for (const served of connection.active.splice(0)) this.#ended(served, false);
  }

  /** Observes the number of active requests by method and scheme. */
  observe(result: ObservableResult): void {
    // The application may have removed the listeners of the connection.
    for (const connection of this.#open) if (connection.socket.destroyed) this.#closed(connection);
    this.#activeRequests.observe(
      result,
      Array.from(this.#active(), ({ kind }) => kind.ofActive),
    );
  }

  #kindOf(request: IncomingMessage): Kind {
    const { socket, httpVersionMajor, httpVersionMinor } = request;
    const isEncrypted = "encrypted" in socket && socket.encrypted === true;
    const method = methodOf(request, this.#knownMethods);
    const key = 100 * httpVersionMajor + 10 * httpVersionMinor + (isEncrypted ? 1 : 0);
    const known = this.#knownKind(method, key);
    if (known !== undefined) return known;
    return this.#newKind(method, key, {
      [METHOD]: method,
      [SCHEME]: isEncrypted ? "https" : "http",
      "network.protocol.version": request.httpVersion,
    });
  }

  #knownKind(method: string, key: number): Kind | undefined {
    return this.#kinds.get(method)?.get(key);
  }

  #newKind(method: string, key: number, attributes: Attributes): Kind {
    const kinds = this.#kinds.get(method) ?? new Map<number, Kind>();
    const ofActive = { [METHOD]: method, [SCHEME]: attributes[SCHEME] };
    const kind: Kind = { method, key, attributes, ofActive, handles: new Map() };
    this.#kinds.set(method, kinds.set(key, kind));
    this.#activeRequests.add(ofActive);
    return kind;
  }

  #ended(served: Served, isSent: boolean): void {
    removeFrom(served.connection.routings, served.routing);
    if (isSent) this.#completed(served);
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
      this.#durations?.record(nanos / 1e9, completedAttributes(kind, route, status));
    } else {
      handles.requests.add(1);
      handles.duration?.record(nanos);
    }
  }

  #aborted(served: Served): void {
    const { kind, response, routing, startMillis } = served;
    const failure = { "error.type": ABORTED };
    this.#counter.add(1, { [METHOD]: kind.method, ...failure });
    this.#durations?.record(nanosSince(startMillis) / 1e9, {
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
      duration: this.#durations && boundNanos(this.#durations, completedAttributes(kind, route, status)),
    };
    const byStatus = kind.handles.get(route) ?? new Map<number, Handles>();
    kind.handles.set(route, byStatus.set(status, handles));
    return handles;
  }
}

// The application may destroy a socket to which all was written. In Node.js 20, `writableFinished` is also true if the connection
// was lost meanwhile.
function isComplete({ response, connection: { socket } }: Served): boolean {
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
