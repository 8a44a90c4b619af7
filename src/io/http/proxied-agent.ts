// Agents that connect through a proxy. Without other modules of ours that are large: a worker thread has a copy.
import { onAbort } from "../abort.ts";
import { type Agent, ClientRequest, type RequestOptions } from "node:http";
import { connect, isIPv4, Socket } from "node:net";
import { basicAuthorization } from "./basic-authorization.ts";

/** The request for which a connection is opened; a key of its options. */
export interface Opening {
  /** Aborts with the error of the request if that ends early. */
  readonly ended: AbortSignal;
  /** Whether the connection keeps the program alive. */
  readonly isAwaited: boolean;
}

const proxies = new WeakMap<Agent, URL>();

/** The proxy of an agent; `undefined` if it has none. */
export function proxyOf(agent: Agent): URL | undefined {
  return proxies.get(agent);
}

/**
 * Lets an agent connect to the server of a URL through a proxy. `make` calls a function that makes a request to the proxy.
 */
export function connectThrough(
  agent: Agent,
  proxy: URL,
  url: URL,
  make: (request: () => ClientRequest) => ClientRequest,
): void {
  proxies.set(agent, proxy);
  if (url.protocol === "http:") {
    agent.createConnection = () => connectTo(proxy);
    return;
  }
  const connectDirectly = agent.createConnection.bind(agent);
  agent.createConnection = (options, done = () => {}) => {
    const opening: Opening | undefined = Reflect.get(options, "opening");
    const request = make(() => Reflect.construct(ClientRequest, [tunnelRequest(proxy, url)]));
    openTunnel(request, opening)
      .then((socket) => {
        const withTunnel = { ...options, socket };
        done(null, connectDirectly(withTunnel) ?? socket);
      })
      // With an error, the agent ignores the socket.
      .catch((error: Error) => done(error, new Socket()));
    return undefined;
  };
}

/** Options of a request without encryption that a proxy forwards: the whole URL as path. Empty without a proxy. */
export function forwardingOptions(
  agent: Agent,
  url: URL,
): { path?: string; headers?: Record<string, string> } {
  const proxy = proxies.get(agent);
  if (proxy === undefined || url.protocol !== "http:") return {};
  const { host, pathname, search } = url;
  return { path: `http://${host}${pathname}${search}`, headers: authorizationAt(proxy) };
}

function authorizationAt(proxy: URL): Record<string, string> {
  const authorization = basicAuthorization(proxy);
  return authorization === undefined ? {} : { "Proxy-Authorization": authorization };
}

function connectTo({ protocol, hostname, port }: URL): Socket {
  const host = hostOf(hostname);
  const address = { host, port: Number(portOf(protocol, port)) };
  if (protocol !== "https:") return connect(address);
  // Loaded here, since it takes 1 MiB.
  const tls = process.getBuiltinModule("node:tls");
  return tls.connect({ ...address, ...(!isIPv4(host) && !host.includes(":") && { servername: host }) });
}

function tunnelRequest(proxy: URL, { hostname, port, protocol }: URL): RequestOptions {
  const authority = `${hostname}:${portOf(protocol, port)}`;
  return {
    method: "CONNECT",
    path: authority,
    headers: { Host: authority, ...authorizationAt(proxy) },
    createConnection: () => connectTo(proxy),
  };
}

// A connection to the server, through the proxy.
function openTunnel(request: ClientRequest, opening?: Opening): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const end = (): void => void request.destroy(opening?.ended.reason);
    const stop = opening && onAbort(opening.ended, end);
    if (opening?.ended.aborted === true) end();
    request.on("socket", (socket) => void (opening?.isAwaited === true ? socket.ref() : socket.unref()));
    request.on("error", reject);
    request.on("close", () => stop?.());
    request.on("connect", ({ statusCode = 0 }, socket: Socket) => {
      if (statusCode >= 200 && statusCode < 300) return resolve(socket);
      socket.destroy();
      reject(refusalOf(statusCode));
    });
    request.end();
  });
}

/** The error of a proxy that has refused to forward a request. */
export function refusalOf(status: number): Error {
  const remedy = status === 407 ? "; set user and password in the proxy's URL" : "";
  return Object.assign(new Error(`the proxy responded with ${status}${remedy}`), { name: `proxy_${status}` });
}

/** The host of a URL, without the brackets of an address. */
export function hostOf(hostname: string): string {
  return hostname.replace(/^\[(.*)\]$/, "$1").toLowerCase();
}

/** The port of a URL, also if it is the usual one. */
export function portOf(protocol: string, port: string): string {
  return port || (protocol === "https:" ? "443" : "80");
}
