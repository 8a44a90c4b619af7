// The servers of an application's requests.
import { Agent, ClientRequest } from "node:http";
import { detachString } from "../../src/io/detach-string.ts";
import { OTHER_NAME } from "../../src/recording/bounded-names.ts";
import { fieldOf } from "./fields.ts";
import { remember } from "./names.ts";

/** A server as named by a request. */
export interface RequestedServer {
  readonly address: string;
  /** `undefined` for a Unix socket, and for `_other`. */
  readonly port: number | undefined;
}

const MAX_SERVERS = 100;
// Enough for a list of addresses of gRPC. A URL that a client has sent may have a far longer host.
const MAX_ADDRESS_LENGTH = 1_024;
const OTHER: RequestedServer = { address: OTHER_NAME, port: undefined };
const HTTPS_PORT = 443;
const HTTP_PORT = 80;
const ABSOLUTE = /^https?:\/\//i;

/** The first 100 servers, one object each; further ones are `_other`. */
export class RequestedServers {
  // By address and port.
  readonly #kept = new Map<string, RequestedServer>();
  readonly #byGiven = new Map<string, RequestedServer>();

  /** Returns the server of a request of `node:http` or undici. `failedPort` is the port named by an error. */
  of(request: object, failedPort?: unknown): RequestedServer {
    return request instanceof ClientRequest
      ? this.#ofNode(request, failedPort)
      : this.ofText(String(fieldOf(request, "origin")), serverFromOrigin);
  }

  /** Returns the server that `parse` finds in a text. */
  ofText(given: string, parse: (given: string) => RequestedServer): RequestedServer {
    return this.#byGiven.get(given) ?? this.#remember(given, parse(given));
  }

  #ofNode(request: ClientRequest, failedPort: unknown): RequestedServer {
    const socketPath = fieldOf(request, "socketPath");
    if (typeof socketPath === "string") return this.#keep({ address: socketPath, port: undefined });
    const { host, path, protocol } = request;
    // A request to a proxy has the whole URL as its path.
    if (ABSOLUTE.test(path) && URL.canParse(path)) return this.ofText(new URL(path).origin, serverFromOrigin);
    const usual = protocol === "https:" ? HTTPS_PORT : HTTP_PORT;
    // The requested port is only in the header. The port of the connection may be that of a proxy.
    const named = namedPort(host, request.getHeader("host"), usual);
    const port: unknown = named ?? request.socket?.remotePort ?? failedPort ?? listedPort(request);
    const given = `${protocol}//${host} ${String(port)}`;
    return (
      this.#byGiven.get(given) ??
      this.#remember(given, {
        address: host,
        port: typeof port === "number" && Number.isInteger(port) ? port : usual,
      })
    );
  }

  #remember(given: string, server: RequestedServer): RequestedServer {
    const kept = this.#keep(server);
    remember(this.#byGiven, given, kept);
    return kept;
  }

  #keep(server: RequestedServer): RequestedServer {
    const name = `${server.address}:${server.port ?? ""}`;
    const known = this.#kept.get(name);
    if (known !== undefined) return known;
    if (this.#kept.size >= MAX_SERVERS || server.address.length > MAX_ADDRESS_LENGTH) return OTHER;
    // It may be a part of a URL, which would be kept.
    const own = { ...server, address: detachString(server.address) };
    this.#kept.set(detachString(name), own);
    return own;
  }
}

// The port of a `host` header; `undefined` if the application has set it to another host than the destination.
function namedPort(host: string, header: unknown, usual: number): number | undefined {
  const authority = host.includes(":") ? `[${host}]` : host;
  if (header === authority) return usual;
  const isHosts = typeof header === "string" && header.startsWith(`${authority}:`);
  return isHosts ? Number(header.slice(authority.length + 1)) : undefined;
}

// The port of a request that is not connected yet. Its agent lists it under a name: "host:port:localAddress".
function listedPort(request: ClientRequest): number | undefined {
  const { host, socket } = request;
  const start = `${host}:`;
  const agent = fieldOf(request, "agent");
  if (!(agent instanceof Agent)) return undefined;
  for (const listed of [agent.sockets, agent.requests]) {
    for (const [name, entries] of Object.entries<readonly object[] | undefined>(listed)) {
      if (!name.startsWith(start) || entries === undefined) continue;
      if (entries.includes(socket ?? request)) return Number.parseInt(name.slice(start.length), 10);
    }
  }
  return undefined;
}

/** The server of a URL. */
export function serverFromOrigin(origin: string): RequestedServer {
  if (!URL.canParse(origin)) return OTHER;
  const { protocol, hostname, port } = new URL(origin);
  const usual = protocol === "https:" ? HTTPS_PORT : HTTP_PORT;
  return { address: hostname.replaceAll(/^\[|\]$/g, ""), port: port === "" ? usual : Number(port) };
}

/** The server of a target of gRPC: `dns:example.com:443`, `unix:/run/shop.sock`. A list of addresses is one name. */
export function serverFromTarget(target: string): RequestedServer {
  const socketPath = /^unix(?:-abstract)?:(?:\/\/)?(.*)$/.exec(target)?.[1];
  if (socketPath !== undefined) return { address: socketPath, port: undefined };
  const address = target.replace(/^[a-z][\w+.-]*:(?:\/\/[^/]*\/)?/i, "");
  const [, host, port] = /^\[?([^,]+?)\]?:(\d+)$/.exec(address) ?? [];
  return host === undefined ? { address, port: undefined } : { address: host, port: Number(port) };
}
