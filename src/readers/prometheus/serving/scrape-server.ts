// A small HTTP server for scrapers: limited in all respects, and never keeps the process alive.
import { errorMessage } from "../../../diagnostics/error-message.ts";
import { EventEmitter, once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Server as SecureServer } from "node:https";
import { type AddressInfo, Socket } from "node:net";
import { diag } from "@opentelemetry/api";
import { markInternal } from "../../../io/http/internal-traffic.ts";
import type { Certificates } from "./protection.ts";

interface Waiting {
  /** Time of connecting, or of the response to its last accepted request. */
  sinceMillis: number;
  /** Number of requests in progress. */
  requests: number;
}

export type RequestHandler = (request: IncomingMessage, response: ServerResponse) => void;

/** The address of a server, and whether the next free port may be used instead. */
export interface Listening {
  readonly host: string;
  readonly port: number;
  readonly anyPort: boolean;
}

const MAX_HEADER_BYTES = 8 * 1024;
const MAX_CONNECTIONS = 256;
// For headers and handshakes: a slow client occupies a connection.
const RECEIVE_TIMEOUT_MILLIS = 5_000;
const CONNECTION_CHECK_MILLIS = 1_000;
const IDLE_TIMEOUT_MILLIS = 90_000;
// Longer than the 120 seconds of a scrape, during which nothing may be sent in either direction.
const SILENCE_TIMEOUT_MILLIS = 150_000;
// Ports above the configured one that are tried.
const FALLBACK_PORTS = 100;

const SERVER_OPTIONS = {
  maxHeaderSize: MAX_HEADER_BYTES,
  headersTimeout: RECEIVE_TIMEOUT_MILLIS,
  requestTimeout: RECEIVE_TIMEOUT_MILLIS,
  keepAliveTimeout: IDLE_TIMEOUT_MILLIS,
  connectionsCheckingInterval: CONNECTION_CHECK_MILLIS,
};

/**
 * The server cannot start because another program or exporter listens on its port. `code` is that of Node's error,
 * `tachymeterCode` is ours.
 */
export class PortInUseError extends Error {
  /** Always `PortInUseError`. */
  override readonly name = "PortInUseError";
  /** Always `EADDRINUSE`. */
  readonly code = "EADDRINUSE";
  /** Always `TACHYMETER_PORT_IN_USE`. */
  readonly tachymeterCode = "TACHYMETER_PORT_IN_USE";
}

/** The server cannot start for another reason: see `cause`. */
export class ListenError extends Error {
  /** Always `ListenError`. */
  override readonly name = "ListenError";
  /** Always `TACHYMETER_LISTEN`. */
  readonly code = "TACHYMETER_LISTEN";
}

/** Listens and passes requests to one handler, until it is closed. May be started again afterwards. */
export class ScrapeServer {
  readonly #handler: RequestHandler;
  readonly #certificates: Certificates | undefined;
  // Includes HTTPS connections before their handshake.
  readonly #sockets = new Map<Socket, Waiting>();
  #server: Server | SecureServer | undefined;

  /** Serves HTTPS if there are certificates, otherwise HTTP. */
  constructor(handler: RequestHandler, certificates: Certificates | undefined) {
    this.#handler = handler;
    this.#certificates = certificates;
  }

  /** The origin, such as `http://127.0.0.1:9464`; undefined unless it listens. */
  get origin(): string | undefined {
    const address = this.#address;
    const scheme = this.#certificates === undefined ? "http" : "https";
    return address && `${scheme}://${reachableHost(address.address)}:${address.port}`;
  }

  get port(): number | undefined {
    return this.#address?.port;
  }

  get #address(): AddressInfo | undefined {
    const address = this.#server?.address();
    return typeof address === "object" && address !== null ? address : undefined;
  }

  /**
   * Begins to listen; with `anyPort`, on the next free port if its own is in use, which is logged.
   *
   * @throws PortInUseError, ListenError
   */
  async listen({ host, port, anyPort }: Listening): Promise<void> {
    // In mode cluster, PM2 sets `env` from this variable and removes it once the modules of `node_args` have run.
    const isTooEarly = process.env["pm2_env"] !== undefined;
    for (let candidate = port; ; candidate++) {
      try {
        this.#server = await this.#open(host, candidate);
        if (candidate !== port) void logInUse(host, port, candidate, isTooEarly);
        return;
      } catch (error) {
        const isLast = candidate >= Math.min(port + FALLBACK_PORTS, 65_535);
        if (!(error instanceof PortInUseError)) throw error;
        if (anyPort && !isLast) continue;
        const owner = await ownerOf(host, candidate, true);
        if (owner !== undefined) error.message = error.message.replace("is in use", `is in use: ${owner}`);
        throw error;
      }
    }
  }

  /** Stops listening and closes all connections, including idle ones. */
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
    const certificates = this.#certificates;
    // Without certificates, the server listens when this call returns.
    const server = markInternal(
      certificates === undefined
        ? createServer(SERVER_OPTIONS, this.#handler)
        : await this.#createSecure(certificates),
    );
    server.timeout = SILENCE_TIMEOUT_MILLIS;
    // Scrapers keep their connections open: like the listening socket, they must not keep the process running.
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
    // Instrumentations of HTTP patch the prototype's `emit`. Requests to this server are not the application's.
    server.emit = EventEmitter.prototype.emit.bind(server);
    try {
      refuseWithoutNetwork();
      // Otherwise the workers of a cluster would share one socket, and each scrape would reach a different worker.
      server.listen({ host, port, exclusive: true });
      await once(server, "listening");
    } catch (cause) {
      throw listenErrorFrom(cause instanceof Error ? cause : new Error(String(cause)), host, port);
    }
    server.on("error", (error) => diag.error(`prometheus exporter "${host}:${port}": ${error.message}`));
    return server;
  }

  // Closes the connection that has waited longest without a request, so that new clients can connect.
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
      // Refused requests do not prolong a connection.
      if (response.statusCode < 400) waiting.sinceMillis = performance.now();
    });
  }

  async #createSecure(certificates: Certificates): Promise<SecureServer> {
    const https = await import("node:https");
    const server = https.createServer(
      {
        ...SERVER_OPTIONS,
        ...certificates.latest,
        handshakeTimeout: RECEIVE_TIMEOUT_MILLIS,
        requestCert: certificates.asksClients,
        rejectUnauthorized: certificates.asksClients,
      },
      this.#handler,
    );
    // Each connection checks the files; a new certificate is used from the next one on.
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
      `prometheus exporter: cannot use the new certificate (${reason}); the previous one stays in use`,
    );
  }
}

// The code that asks is loaded only then.
async function ownerOf(host: string, port: number, isAwaited: boolean): Promise<string | undefined> {
  const { portOwner } = await import("./port-owner.ts");
  return portOwner(host, port, isAwaited);
}

const OF_PM2 =
  "; PM2's mode cluster sets variables too late for node_args, and each process is alone: start from a module that imports tachymeter/register, see tachymeter/docs/group.md";

async function logInUse(host: string, port: number, other: number, isTooEarly: boolean): Promise<void> {
  const owner = await ownerOf(host, port, false);
  const reason = owner === undefined ? "" : `: ${owner}`;
  const message = `prometheus exporter "${host}:${port}": this port is in use${reason}; listening on ${other} instead${isTooEarly ? OF_PM2 : ""}`;
  if (isTestWorker()) diag.debug(message);
  else diag.warn(message);
}

// Test runners start many processes at once, whose endpoints are not scraped.
function isTestWorker(): boolean {
  return ["VITEST_WORKER_ID", "JEST_WORKER_ID"].some((name) => process.env[name] !== undefined);
}

// Node.js throws this error later, outside of any call, and the process would end.
function refuseWithoutNetwork(): void {
  // Earlier versions than 25 have no such permission, and deny it. With `--permission-audit` alone, nothing is forbidden.
  const isKnown = process.allowedNodeEnvironmentFlags.has("--allow-net");
  const flags = [...process.execArgv, ...(process.env["NODE_OPTIONS"] ?? "").split(" ")];
  if (!isKnown || !flags.includes("--permission") || process.permission.has("net")) return;
  throw Object.assign(new Error("the process may not use the network"), { code: "ERR_ACCESS_DENIED" });
}

function listenErrorFrom(
  cause: NodeJS.ErrnoException,
  host: string,
  port: number,
): PortInUseError | ListenError {
  const thing = `prometheus exporter "${host}:${port}"`;
  const remedy = REMEDIES.get(cause.code ?? "") ?? "see the cause";
  return cause.code === "EADDRINUSE"
    ? new PortInUseError(`${thing}: port ${port} of ${host} is in use; ${remedy}`, { cause })
    : new ListenError(`${thing}: cannot listen (${cause.message}); ${remedy}`, { cause });
}

const REMEDIES: ReadonlyMap<string, string> = new Map([
  [
    "EADDRINUSE",
    "stop the program that listens there, or set another port with option `port` or OTEL_EXPORTER_PROMETHEUS_PORT (0 selects a free one)",
  ],
  ["EACCES", "use a port of 1024 or above, or run with permission for this one"],
  ["ERR_ACCESS_DENIED", "run Node.js with --allow-net, or without this exporter"],
  ["EADDRNOTAVAIL", "use an address of this machine for option `host` or OTEL_EXPORTER_PROMETHEUS_HOST"],
  ["ENOTFOUND", "use a host name that resolves for option `host` or OTEL_EXPORTER_PROMETHEUS_HOST"],
]);

// The connection beneath TLS, for HTTPS.
function rawSocketOf(socket: Socket): Socket {
  const parent: unknown = Reflect.get(socket, "_parent");
  return parent instanceof Socket ? parent : socket;
}

// Replaces the address of all interfaces, which cannot be connected to.
function reachableHost(address: string): string {
  if (address === "0.0.0.0") return "127.0.0.1";
  if (address === "::") return "[::1]";
  return address.includes(":") ? `[${address}]` : address;
}
