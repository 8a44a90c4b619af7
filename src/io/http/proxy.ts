// The proxy of our own requests: option `proxy`, else the variables, read as Node.js reads them.
import type { Agent } from "node:http";
import { isIPv4 } from "node:net";
import { warnOnceAMinute } from "../../diagnostics/rate-limit.ts";
import { show, showUrl } from "../../diagnostics/show.ts";
import { PROXY_URL } from "../../options/proxy.ts";
import { currentEnvironment, textFrom } from "../../options/environment.ts";
import { basicAuthorization, unescaped } from "./basic-authorization.ts";
import { asInternalTraffic, markInternal } from "./internal-traffic.ts";
import { isLoopback } from "./loopback.ts";
import { connectThrough, hostOf, portOf, proxyOf } from "./proxied-agent.ts";

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
  const host = hostOf(hostname);
  // The variables are meant for the network, and many systems do not name the machine itself in NO_PROXY.
  if (chosen === undefined && isLoopback(host)) return undefined;
  if (isExcepted(variable("NO_PROXY") ?? "", host, portOf(protocol, port))) return undefined;
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

/**
 * Lets an agent connect through the proxy for a URL, if there is one. An agent with a proxy of its own stays as it is.
 * Returns the agent.
 */
export function throughProxy<Given extends Agent>(agent: Given, url: URL): Given {
  const proxy = proxyFor(url);
  const isOwn = Reflect.get(Object(Reflect.get(agent, "options")), "proxyEnv") !== undefined;
  if (proxy !== undefined && !isOwn)
    connectThrough(agent, proxy, url, (request) => asInternalTraffic(() => markInternal(request())));
  return agent;
}

/** The proxy of an agent, for messages; `undefined` if it has none. */
export function shownProxy(agent: Agent): string | undefined {
  const proxy = proxyOf(agent);
  return proxy === undefined ? undefined : `proxy "${showUrl(proxy)}"`;
}

/** The texts that a proxy may return, and that must not be logged. */
export function secretsOfProxy(url: URL): readonly string[] {
  const proxy = proxyFor(url);
  return proxy === undefined
    ? []
    : [basicAuthorization(proxy) ?? "", proxy.password, unescaped(proxy.password)];
}
