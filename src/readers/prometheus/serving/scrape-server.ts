// A small HTTP server for scrapers: bounded in everything, and never what keeps a program alive.
import { errorMessage } from "../../../diagnostics/error-message.ts";
import { EventEmitter, once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createSecureServer, type Server as SecureServer } from "node:https";
import { Socket } from "node:net";
import { diag } from "@opentelemetry/api";
import { markInternal } from "../../../io/http/internal-traffic.ts";
import type { Certificates } from "./certificates.ts";
import { listenErrorFrom, PortInUseError } from "./listen-error.ts";

interface Waiting {
  /** When it was made, or its last good request was answered. */
  sinceMillis: number;
  /** Requests that are being answered. */
  requests: number;
}

/** Answers one request. */
export type RequestHandler = (request: IncomingMessage, response: ServerResponse) => void;

/** Where a server listens, and whether it may go on to the next free port. */
export interface Listening {
  readonly host: string;
  readonly port: number;
  readonly anyPort: boolean;
}

const MAX_HEADER_BYTES = 8 * 1024;
const MAX_CONNECTIONS = 256;
// For headers and handshakes: whoever sends them slowly takes a place from others.
const RECEIVE_TIMEOUT_MILLIS = 5_000;
const CONNECTION_CHECK_MILLIS = 1_000;
const IDLE_TIMEOUT_MILLIS = 90_000;
// More than the 120 seconds that a scrape may take, in which nothing may be sent either way.
const SILENCE_TIMEOUT_MILLIS = 150_000;
// So many ports above the wished one are tried.
const FALLBACK_PORTS = 100;

/** Listens, answers with one handler, and closes at once when told so. May be started again afterwards. */
export class ScrapeServer {
  readonly #handler: RequestHandler;
  readonly #certificates: Certificates | undefined;
  // Also those that HTTPS does not know of yet, since they have not shaken hands.
  readonly #sockets = new Map<Socket, Waiting>();
  #server: Server | SecureServer | undefined;

  /** Serves HTTPS where it has a certificate, else HTTP. */
  constructor(handler: RequestHandler, certificates: Certificates | undefined) {
    this.#handler = handler;
    this.#certificates = certificates;
  }

  /** The origin of its URLs, `http://127.0.0.1:9464`, while it listens. */
  get origin(): string | undefined {
    const address = this.#server?.address();
    const scheme = this.#certificates === undefined ? "http" : "https";
    return typeof address === "object" && address !== null
      ? `${scheme}://${reachableHost(address.address)}:${address.port}`
      : undefined;
  }

  /**
   * Begins to listen; with `anyPort` on the next free port where the wished one is taken, which is logged.
   *
   * @throws PortInUseError, ListenError
   */
  async listen({ host, port, anyPort }: Listening): Promise<void> {
    for (let candidate = port; ; candidate++) {
      try {
        this.#server = await this.#open(host, candidate);
        if (candidate !== port) {
          diag.warn(
            `prometheus exporter "${host}:${port}": this port is in use; listening on ${candidate} instead`,
          );
        }
        return;
      } catch (error) {
        const isLast = candidate >= Math.min(port + FALLBACK_PORTS, 65_535);
        if (!anyPort || isLast || !(error instanceof PortInUseError)) throw error;
      }
    }
  }

  /** Stops listening and ends all connections, also those that wait for another scrape. */
  async close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    const closed = once(server, "close");
    server.close();
    server.closeAllConnections();
    for (const socket of this.#sockets.keys()) socket.destroy();
    await closed;
  }

  async #open(host: string, port: number): Promise<Server | SecureServer> {
    const server = markInternal(this.#create());
    server.timeout = SILENCE_TIMEOUT_MILLIS;
    // A scraper keeps its connection open: like the listening socket, it must not keep the program running.
    const unref = (socket: Socket): void => void socket.unref();
    server.on("connection", unref).on("secureConnection", unref).unref();
    server.on("connection", (socket: Socket) => {
      this.#makeRoom();
      this.#sockets.set(socket, { sinceMillis: performance.now(), requests: 0 });
      socket.once("close", () => this.#sockets.delete(socket));
    });
    server.on("request", (request: IncomingMessage, response: ServerResponse) => {
      this.#note(rawSocketOf(request.socket), response);
    });
    // Instrumentations of HTTP patch the prototype's emit: this server's own requests are not the application's.
    server.emit = EventEmitter.prototype.emit.bind(server);
    try {
      // Workers of a cluster would share one socket otherwise, and each scrape would meet another of them.
      server.listen({ host, port, exclusive: true });
      await once(server, "listening");
    } catch (cause) {
      throw listenErrorFrom(isErrnoException(cause) ? cause : new Error(String(cause)), host, port);
    }
    server.on("error", (error) => diag.error(`prometheus exporter "${host}:${port}": ${error.message}`));
    return server;
  }

  // The connection that has waited longest without a request under way goes, so that nobody is kept out.
  #makeRoom(): void {
    if (this.#sockets.size < MAX_CONNECTIONS) return;
    let longest: Socket | undefined;
    let sinceMillis = Infinity;
    for (const [socket, waiting] of this.#sockets) {
      if (waiting.requests > 0 || waiting.sinceMillis >= sinceMillis) continue;
      longest = socket;
      ({ sinceMillis } = waiting);
    }
    longest ??= this.#sockets.keys().next().value;
    longest?.destroy();
    if (longest !== undefined) this.#sockets.delete(longest);
  }

  #note(socket: Socket, response: ServerResponse): void {
    const waiting = this.#sockets.get(socket);
    if (waiting === undefined) return;
    waiting.requests++;
    response.once("close", () => {
      waiting.requests--;
      // A request that was refused is no reason to keep a connection.
      if (response.statusCode < 400) waiting.sinceMillis = performance.now();
    });
  }

  #create(): Server | SecureServer {
    const options = {
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: RECEIVE_TIMEOUT_MILLIS,
      requestTimeout: RECEIVE_TIMEOUT_MILLIS,
      keepAliveTimeout: IDLE_TIMEOUT_MILLIS,
      connectionsCheckingInterval: CONNECTION_CHECK_MILLIS,
    };
    const certificates = this.#certificates;
    if (certificates === undefined) return createServer(options, this.#handler);
    const server = createSecureServer(
      {
        ...options,
        ...certificates.latest,
        handshakeTimeout: RECEIVE_TIMEOUT_MILLIS,
        requestCert: certificates.asksClients,
        rejectUnauthorized: certificates.asksClients,
      },
      this.#handler,
    );
    // A certificate that was exchanged holds from the connection on that follows the one that has it noticed.
    server.on("connection", () => void showLatest(server, certificates));
    return server;
  }
}

async function showLatest(server: SecureServer, certificates: Certificates): Promise<void> {
  const changed = await certificates.changed();
  try {
    if (changed !== undefined) server.setSecureContext(changed);
  } catch (error) {
    const reason = errorMessage(error);
    diag.error(
      `prometheus exporter: the new certificate is not usable (${reason}); the last one is still shown`,
    );
  }
}

// Of HTTPS, the connection beneath the one of TLS.
function rawSocketOf(socket: Socket): Socket {
  const parent: unknown = Reflect.get(socket, "_parent");
  return parent instanceof Socket ? parent : socket;
}

function isErrnoException(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error;
}

// The address of all interfaces is none that can be asked.
function reachableHost(address: string): string {
  if (address === "0.0.0.0") return "127.0.0.1";
  if (address === "::") return "[::1]";
  return address.includes(":") ? `[${address}]` : address;
}
