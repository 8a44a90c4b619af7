import { EventEmitter } from "node:events";
import type { Attributes } from "@opentelemetry/api";
import { makeRoom } from "../../src/io/process-events.ts";
import { attached } from "../shared/attached.ts";
import { nanosSince, nowMillis } from "../shared/clock.ts";
import { fieldOf, isObject } from "../shared/fields.ts";
import { histogram, observableUpDownCounter } from "../shared/instruments.ts";
import { LiveObjects } from "../shared/live-objects.ts";
import { outliving, outlivingValues } from "../shared/outliving.ts";
import type { Recording } from "../shared/recording.ts";
import { type RequestedServer, RequestedServers } from "../shared/requested-servers.ts";

interface Server {
  readonly attributes: Attributes;
}

interface Connection {
  readonly server: Server;
  readonly openedMillis: number;
  readonly protocolVersion: string;
  /** Requests that this connection has taken and not completed. */
  readonly running: Set<object>;
}

// Listeners of connections outlive the recording in which these were opened.
class Closed {
  see: ((connection: Connection) => void) | undefined;
}

const FIRST_LOOK = 1_000;

const stateOf = outliving(() => {
  const servers = new Servers();
  return {
    servers,
    sockets: new LiveObjects(),
    connections: attached<Connection>(),
    takenBy: attached<Connection | undefined>(),
    closed: new Closed(),
  };
});

const waitingOf = outlivingValues<object, Server>();

/**
 * Observes the open connections of undici's clients and pools, by server, and the requests that wait for one. Records how
 * long connections were open. All of it is read from undici's diagnostics channels, which Node's `fetch` has too.
 */
export function begin(recording: Recording<unknown>): undefined {
  const { servers, sockets, connections, takenBy, closed } = stateOf(recording);
  const waiting = new WaitingRequests(servers, waitingOf(recording));
  // Requests that ended while nothing was recorded.
  for (const socket of sockets) {
    const running = connections.get(socket)?.running ?? new Set();
    for (const request of running) if (isOver(request)) running.delete(request);
  }
  recording.subscribe("undici:client:connected", ({ connectParams, socket }) => {
    if (!isObject(socket) || connections.get(socket) !== undefined) return;
    const origin = `${String(fieldOf(connectParams, "protocol"))}//${String(fieldOf(connectParams, "host"))}`;
    const protocolVersion = fieldOf(connectParams, "version") === "h2" ? "2" : "1.1";
    const connection: Connection = {
      server: servers.of({ origin }),
      openedMillis: nowMillis(),
      protocolVersion,
      running: new Set(),
    };
    connections.set(socket, connection);
    sockets.add(socket);
    if (!(socket instanceof EventEmitter)) return;
    makeRoom(socket);
    socket.once("close", () => closed.see?.(connection));
  });
  const duration = histogram(recording.meter, "http.client.connection.duration");
  closed.see = ({ server, openedMillis, protocolVersion }) =>
    recording.safely(() =>
      duration.record(nanosSince(openedMillis) / 1e9, {
        ...server.attributes,
        "network.protocol.version": protocolVersion,
      }),
    );
  recording.onEnd(() => (closed.see = undefined));
  recording.subscribe("undici:request:create", ({ request }) => {
    if (isObject(request)) waiting.add(request);
  });
  const leave = (request: object): void => {
    waiting.delete(request);
    takenBy.get(request)?.running.delete(request);
    takenBy.set(request, undefined);
  };
  recording.subscribe("undici:client:sendHeaders", ({ request, socket }) => {
    if (!isObject(request)) return;
    // A request is sent again if its connection was lost.
    leave(request);
    const connection = isObject(socket) ? connections.get(socket) : undefined;
    if (connection === undefined) return;
    connection.running.add(request);
    takenBy.set(request, connection);
  });
  // Before version 7, `sendHeaders` is not published of requests over HTTP/2. This is, also without a body.
  recording.subscribe("undici:request:bodySent", ({ request }) => {
    if (isObject(request)) waiting.delete(request);
  });
  for (const end of ["trailers", "error"]) {
    recording.subscribe(`undici:request:${end}`, ({ request }) => {
      if (isObject(request)) leave(request);
    });
  }

  recording.observe(observableUpDownCounter(recording.meter, "http.client.open_connections"), (result) => {
    const counts = new Map<Server, [idle: number, active: number]>();
    for (const socket of sockets) {
      const connection = connections.get(socket);
      if (connection === undefined || fieldOf(socket, "destroyed") === true) {
        sockets.delete(socket);
        continue;
      }
      const count = counts.get(connection.server) ?? [0, 0];
      count[connection.running.size > 0 ? 1 : 0]++;
      counts.set(connection.server, count);
    }
    for (const server of servers.all()) {
      const [idle, active] = counts.get(server) ?? [0, 0];
      result.observe(idle, { ...server.attributes, "http.connection.state": "idle" });
      result.observe(active, { ...server.attributes, "http.connection.state": "active" });
    }
  });
  recording.observe(observableUpDownCounter(recording.meter, "http.client.pending_requests"), (result) => {
    const counts = waiting.counts();
    for (const server of servers.all()) result.observe(counts.get(server) ?? 0, server.attributes);
  });
}

// Requests that no connection has taken. Nothing is published if one is aborted: such requests are searched at each
// collection, and whenever their number has doubled.
class WaitingRequests {
  readonly #servers: Servers;
  readonly #waiting: Map<object, Server>;
  #nextLook = FIRST_LOOK;

  constructor(servers: Servers, waiting: Map<object, Server>) {
    this.#servers = servers;
    this.#waiting = waiting;
  }

  add(request: object): void {
    this.#waiting.set(request, this.#servers.of(request));
    if (this.#waiting.size >= this.#nextLook) this.counts();
  }

  delete(request: object): void {
    this.#waiting.delete(request);
  }

  /** Returns their number by server. */
  counts(): ReadonlyMap<Server, number> {
    const counts = new Map<Server, number>();
    for (const [request, server] of this.#waiting) {
      if (isOver(request)) this.#waiting.delete(request);
      else counts.set(server, (counts.get(server) ?? 0) + 1);
    }
    this.#nextLook = Math.max(FIRST_LOOK, 2 * this.#waiting.size);
    return counts;
  }
}

function isOver(request: object): boolean {
  return fieldOf(request, "aborted") === true || fieldOf(request, "completed") === true;
}

// The first 100 servers, and one for all others.
class Servers {
  readonly #requested = new RequestedServers();
  readonly #known = new Map<string, Server>();

  of(request: object): Server {
    const { address, port }: RequestedServer = this.#requested.of(request);
    const key = `${address}:${port ?? ""}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const attributes = Object.freeze({
      "server.address": address,
      ...(port !== undefined && { "server.port": port }),
    });
    const server = { attributes };
    this.#known.set(key, server);
    return server;
  }

  all(): Iterable<Server> {
    return this.#known.values();
  }
}
