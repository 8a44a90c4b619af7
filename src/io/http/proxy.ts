// The proxy of our own requests: option `proxy`, else the variables, read as Node.js reads them.
import { type Agent, ClientRequest } from "node:http";
import { connect, isIPv4, Socket } from "node:net";
import { connect as connectByTls } from "node:tls";
import { warnOnceAMinute } from "../../diagnostics/rate-limit.ts";
import { show, showUrl } from "../../diagnostics/show.ts";
import { PROXY_URL } from "../../options/proxy.ts";
import { currentEnvironment, textFrom } from "../../options/environment.ts";
import { basicAuthorization, unescaped } from "./basic-authorization.ts";
import { asInternalTraffic, markInternal } from "./internal-traffic.ts";

/** The request for which a connection is opened; a key of its options. */
export interface Opening {
  /** Aborts with the error of the request if that ends early. */
  readonly ended: AbortSignal;
  /** Whether the connection keeps the program alive. */
  readonly isAwaited: boolean;
}

let chosen: string | false | undefined;

/** Sets option `proxy` for destinations made from now on. With `undefined`, the variables apply. */
export function chooseProxy(option: string | false | undefined): void {
  chosen = option;
}

/** Option `proxy`, for a thread of ours. */
export function chosenProxy(): string | false | undefined {
  return chosen;
}

/** The proxy for requests to a URL; `undefined` if they are sent directly. */
export function proxyFor({ protocol, hostname, port }: URL): URL | undefined {
  const name = protocol === "https:" ? "HTTPS_PROXY" : "HTTP_PROXY";
  const text = chosen ?? variable(name);
  if (text === undefined || text === false) return undefined;
  if (isExcepted(variable("NO_PROXY") ?? "", hostOf(hostname), portOf(protocol, port))) return undefined;
  const url = PROXY_URL.read(text);
  if (url !== undefined) return new URL(url);
  warnOnceAMinute(
    `variable ${name} must ${PROXY_URL.must}, got ${show(text, name)}; requests are sent without a proxy`,
    name,
  );
  return undefined;
}

function variable(name: string): string | undefined {
  const environment = currentEnvironment();
  return textFrom(environment, name.toLowerCase()) ?? textFrom(environment, name);
}

// The entries that Node.js knows: `*`, a host, a host with a port, a domain as `.example.com` or `*.example.com`, and a
// range of addresses. A host does not stand for its subdomains.
function isExcepted(list: string, host: string, port: string): boolean {
  const entries = list.split(",").map((entry) => entry.trim().toLowerCase());
  return entries.some((entry) => {
    if (entry === "*" || entry === host || entry === `${host}:${port}`) return true;
    if (/^\*?\../.test(entry)) {
      const domain = entry.replace(/^\*?\./, "");
      return host.endsWith(`.${domain}`) || (entry.startsWith(".") && host === domain);
    }
    const [first = "", last = ""] = entry.split("-").map((address) => address.trim());
    const isRange = isIPv4(host) && isIPv4(first) && isIPv4(last);
    return isRange && numberOf(first) <= numberOf(host) && numberOf(host) <= numberOf(last);
  });
}

function numberOf(address: string): number {
  return address.split(".").reduce((number, part) => number * 256 + Number(part), 0);
}

function hostOf(hostname: string): string {
  return hostname.replace(/^\[(.*)\]$/, "$1").toLowerCase();
}

function portOf(protocol: string, port: string): string {
  return port || (protocol === "https:" ? "443" : "80");
}

const proxies = new WeakMap<Agent, URL>();

/**
 * Lets an agent connect through the proxy for a URL, if there is one. An agent with a proxy of its own stays as it is.
 * Returns the agent.
 */
export function throughProxy<Given extends Agent>(agent: Given, url: URL): Given {
  const proxy = proxyFor(url);
  const isOwn = Reflect.get(Object(Reflect.get(agent, "options")), "proxyEnv") !== undefined;
  if (proxy === undefined || isOwn) return agent;
  proxies.set(agent, proxy);
  if (url.protocol === "http:") {
    agent.createConnection = () => connectTo(proxy);
    return agent;
  }
  const connectDirectly = agent.createConnection.bind(agent);
  agent.createConnection = (options, done = () => {}) => {
    const opening: Opening | undefined = Reflect.get(options, "opening");
    openTunnel(proxy, url, opening)
      .then((socket) => {
        const withTunnel = { ...options, socket };
        done(null, connectDirectly(withTunnel) ?? socket);
      })
      // With an error, the agent ignores the socket.
      .catch((error: Error) => done(error, new Socket()));
    return undefined;
  };
  return agent;
}

/** The proxy of an agent, for messages; `undefined` if it has none. */
export function shownProxy(agent: Agent): string | undefined {
  const proxy = proxies.get(agent);
  return proxy === undefined ? undefined : `proxy "${showUrl(proxy)}"`;
}

/** The texts that a proxy may return, and that must not be logged. */
export function secretsOfProxy(url: URL): readonly string[] {
  const proxy = proxyFor(url);
  return proxy === undefined
    ? []
    : [basicAuthorization(proxy) ?? "", proxy.password, unescaped(proxy.password)];
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
  return connectByTls({ ...address, ...(!isIPv4(host) && !host.includes(":") && { servername: host }) });
}

// A connection to the server, through the proxy.
function openTunnel(proxy: URL, { hostname, port, protocol }: URL, opening?: Opening): Promise<Socket> {
  const authority = `${hostname}:${portOf(protocol, port)}`;
  const options = {
    method: "CONNECT",
    path: authority,
    headers: { Host: authority, ...authorizationAt(proxy) },
    createConnection: () => connectTo(proxy),
  };
  return new Promise((resolve, reject) => {
    // As in `exchange`, without the `http.request` that instrumentations patch.
    const request: ClientRequest = asInternalTraffic(() =>
      markInternal(Reflect.construct(ClientRequest, [options])),
    );
    const end = (): void => void request.destroy(opening?.ended.reason);
    opening?.ended.addEventListener("abort", end);
    if (opening?.ended.aborted === true) end();
    request.on("socket", (socket) => void (opening?.isAwaited === true ? socket.ref() : socket.unref()));
    request.on("error", reject);
    request.on("close", () => opening?.ended.removeEventListener("abort", end));
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
