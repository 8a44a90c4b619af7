// Requests served by the application.
import { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { makeRoom } from "../../src/io/process-events.ts";
import { Itself } from "../shared/attached.ts";
import { nanosSince, nowMillis } from "../shared/clock.ts";
import { fieldOf } from "../shared/fields.ts";
import { ABORTED } from "./attributes.ts";
import { keepRoute } from "./closed-route.ts";
import type { Kind, ServedFigures } from "./served-figures.ts";
import {
  beginRouting,
  endRouting,
  removeFrom,
  resumeRouting,
  routeOf,
  type Routing,
  routingsOf,
} from "./routes.ts";

/** A connection to a server of the application. */
interface Connection {
  readonly of: ServedRequests;
  readonly socket: Socket;
  /** Requests that have not ended: several only if they are pipelined. */
  readonly active: Served[];
  readonly routings: Routing[];
  /** That of others that follow the same socket. */
  readonly next: Connection | undefined;
}

// All stores of `attached` run the same code, for which V8 learns many kinds of objects and fields. This one is read twice a
// request, and knows sockets alone.
class Followed extends Itself {
  #connection: Connection;

  constructor(socket: object, connection: Connection) {
    super(socket);
    this.#connection = connection;
  }

  static first(socket: object): Connection | undefined {
    return #connection in socket ? socket.#connection : undefined;
  }

  static add(socket: object, connection: Connection): void {
    if (#connection in socket) socket.#connection = connection;
    else void new Followed(socket, connection);
  }
}

/** A request that has not ended. */
export interface Served {
  readonly kind: Kind;
  readonly connection: Connection;
  readonly response: ServerResponse;
  readonly routing: Routing;
  readonly startMillis: number;
}

/**
 * Follows the requests to the application's servers of `node:http`. A request lasts from its headers to the end of its response or
 * of its connection. No listener of them ends it: the application may remove listeners.
 */
export class ServedRequests {
  readonly #figures: ServedFigures;
  readonly #failed: (error: unknown) => void;
  readonly #open = new Set<Connection>();

  /** @param failed called with errors thrown while recording. */
  constructor(figures: ServedFigures, failed: (error: unknown) => void) {
    this.#figures = figures;
    this.#failed = failed;
  }

  /** Starts `request`. It ends once `response` has finished, or once its connection closes. */
  begun(request: object, response: object): void {
    if (!(request instanceof IncomingMessage) || !(response instanceof ServerResponse)) return;
    // Read now: the application may change the request. Express sets a prototype for each request and response, which have shapes
    // of their own afterwards, so that each access takes up to a microsecond.
    const kind = this.#kindOf(request);
    if (kind === undefined) return;
    const { socket } = request;
    const connection = this.#followed(socket) ?? this.#connected(socket);
    const routing = beginRouting(request, connection.routings);
    this.#add({ kind, connection, response, routing, startMillis: nowMillis() });
  }

  #add(served: Served): void {
    const { connection, response, routing } = served;
    connection.active.push(served);
    if (this.#figures.isTimed || routing.isKept) return;
    routing.isKept = true;
    makeRoom(response);
    response.on("close", () => keepRoute(routeOf(routing)));
  }

  /** Ends the request of `response`, which was sent by `socket`. */
  finished(response: object, socket: object): void {
    const active = this.#followed(socket)?.active ?? [];
    for (const served of active)
      if (served.response === response) {
        removeFrom(active, served);
        this.#ended(served, isComplete(served) ? undefined : ABORTED);
        return;
      }
  }

  /** Continues with the active requests of another one, unless they have ended. */
  adopt(others: readonly Served[]): void {
    for (const other of others) {
      const { response, routing } = other;
      const { socket } = other.connection;
      if (response.writableFinished || socket.destroyed) continue;
      const connection = this.#followed(socket) ?? this.#connected(socket);
      resumeRouting(routing, connection.routings);
      this.#add({ ...other, kind: this.#figures.sameKind(other.kind), connection });
    }
  }

  /** Forgets the active requests, whose ends are not seen any more, and returns them. Those of lost connections end. */
  forget(): readonly Served[] {
    this.#endLost();
    const active = [...this.#active()];
    for (const { routing, connection } of active) endRouting(routing, connection.routings);
    for (const connection of this.#open) connection.active.length = 0;
    this.#open.clear();
    return active;
  }

  *#active(): Iterable<Served> {
    for (const { active } of this.#open) yield* active;
  }

  #followed(socket: object): Connection | undefined {
    let connection = Followed.first(socket);
    while (connection !== undefined && connection.of !== this) connection = connection.next;
    return connection;
  }

  #connected(socket: Socket): Connection {
    const next = Followed.first(socket);
    const connection: Connection = { of: this, socket, active: [], routings: routingsOf(socket), next };
    Followed.add(socket, connection);
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

  // The application may have removed the listeners of a connection, or they are not called yet.
  #endLost(): void {
    for (const connection of this.#open) if (connection.socket.destroyed) this.#closed(connection);
  }

  #closed(connection: Connection): void {
    this.#open.delete(connection);
    // The last first, as its routing is then the last of the connection.
    for (const served of connection.active.splice(0).toReversed()) this.#ended(served, ABORTED);
  }

  /** The kinds of the active requests. */
  active(): Iterable<Kind> {
    this.#endLost();
    return Array.from(this.#active(), ({ kind }) => kind);
  }

  #kindOf(request: IncomingMessage): Kind | undefined {
    const { socket, httpVersionMajor, httpVersionMinor } = request;
    const isEncrypted = "encrypted" in socket && socket.encrypted === true;
    return this.#figures.kindOf(request, isEncrypted, 10 * httpVersionMajor + httpVersionMinor);
  }

  #ended(served: Served, failure: string | undefined): void {
    const { kind, connection, response, routing, startMillis } = served;
    endRouting(routing, connection.routings);
    const status = failure === undefined || response.headersSent ? statusOf(response) : 0;
    this.#figures.ended(kind, routing, failure, status, nanosSince(startMillis), response);
  }
}

// The application may destroy a socket to which all was written. In Node.js 20, `writableFinished` is also true if the connection
// was lost meanwhile.
function isComplete({ response, connection: { socket } }: Served): boolean {
  return !socket.destroyed || (response.writableFinished && socket.errored === null);
}

/** Returns the status; 0 if it is not a number. */
function statusOf(response: object): number {
  // By a variable name: a response of Express has a shape of its own, which is not in V8's caches of names.
  const status = fieldOf(response, "statusCode");
  if (typeof status !== "number") return 0;
  if (status < 400) return status;
  // An error handler may have set it after another one was sent. Reading the head takes longer: "HTTP/1.1 200 OK…"
  const head = fieldOf(response, "_header");
  const sent = typeof head === "string" ? Number(head.slice(9, 12)) : 0;
  // Bun has none.
  return sent > 0 ? sent : status;
}
