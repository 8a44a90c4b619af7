// Routes of requests, noted by frameworks and read when the request ends.

import { attached } from "../shared/attached.ts";
import { fieldOf, isObject } from "../shared/fields.ts";
import { keptRoute } from "./kept-routes.ts";

/** A route as text, or a function that returns its pattern later. */
type Noted = string | (() => unknown);

/** The route of one request, as frameworks note it. */
export interface Routing {
  readonly request: object;
  /** The mount pattern of the router that is handling the request; empty without one. */
  prefix: string;
  /** The part of the requested path that matched the prefix. */
  mounted: string;
  /** `undefined` if no route matched. Until one is noted, it is the path of a mount that is handling the request. */
  route: Noted | undefined;
  /** Whether a framework noted a route, or that none matched. */
  isNoted: boolean;
  /** Whether the route is kept when the response closes. */
  isKept: boolean;
}

// By connection: several only if requests are pipelined. A map by request would be filled and emptied with each request, which
// the garbage collector pays for. Shared by the whole process: frameworks keep noting routes after a `shutdown()` and
// another `start()`.
const served = attached<Routing[]>();
// The one that began last: frameworks mostly note routes before the next request begins. In Node.js 20, each request of Express has
// a hidden class of its own in V8, so reading its fields is slow.
let latest: Routing | undefined;
/** Active requests of HTTP/2 by their streams. A value attached to each stream takes several times as long. */
export const activeStreams: Set<ReadonlyMap<object, { readonly routing: Routing }>> = new Set();

/** Returns the routings of a connection's requests, to which its next ones are added. A request without one is its own. */
export function routingsOf(socket: object): Routing[] {
  const known = served.get(socket);
  if (known !== undefined) return known;
  const routings: Routing[] = [];
  served.set(socket, routings);
  return routings;
}

/** Starts the routing of `request`, one of the connection with `routings`. */
export function beginRouting(request: object, routings: Routing[]): Routing {
  // Another recording may have begun it just now. A client may have sent many requests, without a response to any.
  const last = routings.at(-1);
  if (last?.request === request) return last;
  const routing = newRouting(request);
  routings.push(routing);
  latest = routing;
  return routing;
}

/** Ends a routing of the connection with `routings`. */
export function endRouting(routing: Routing, routings: Routing[]): void {
  removeFrom(routings, routing);
  if (latest === routing) latest = undefined;
}

/** Returns the routing of a request of HTTP/2, which must be kept in {@link activeStreams}. */
export function streamRouting(request: object, stream: object): Routing {
  return ofStream(stream) ?? newRouting(request);
}

function ofStream(stream: object): Routing | undefined {
  for (const active of activeStreams) {
    const found = active.get(stream);
    if (found !== undefined) return found.routing;
  }
  return undefined;
}

function newRouting(request: object): Routing {
  return { request, prefix: "", mounted: "", route: undefined, isNoted: false, isKept: false };
}

/** Continues an ended routing. */
export function resumeRouting(routing: Routing, routings: Routing[]): void {
  if (!routings.includes(routing)) routings.push(routing);
}

/** Returns the routing of `request`; `undefined` if it is not being served, or is not measured. */
export function routingOf(request: object): Routing | undefined {
  if (latest?.request === request) return latest;
  const socket = fieldOf(request, "socket");
  const routings = served.get(isObject(socket) ? socket : request);
  if (routings !== undefined) return ofRequest(routings, request);
  // In HTTP/2, each request has a stream, which frameworks do not know.
  const stream = fieldOf(request, "stream");
  return isObject(stream) ? ofStream(stream) : undefined;
}

// A callback of `find` would be garbage of each request.
function ofRequest(routings: readonly Routing[], request: object): Routing | undefined {
  for (const routing of routings) if (routing.request === request) return routing;
  return undefined;
}

/** Removes `value` from a list that nearly always holds it alone. */
export function removeFrom<Value>(list: Value[], value: Value): void {
  const at = list.at(-1) === value ? list.length - 1 : list.indexOf(value);
  if (at === list.length - 1) list.pop();
  else if (at >= 0) list.splice(at, 1);
}

/** Notes the route that matched; `undefined` if none did. The last call counts. */
export function noteRoute(routing: Routing | undefined, route: Noted | undefined): void {
  if (routing === undefined) return;
  routing.route = route;
  routing.isNoted = true;
}

/**
 * Returns the start of a path that an outer router has cut off; `""` if `rest` is not the end of `whole`.
 */
export function mountedAt(whole: unknown, rest: unknown): string {
  if (typeof whole !== "string" || typeof rest !== "string") return "";
  return whole.endsWith(rest) ? whole.slice(0, whole.length - rest.length) : "";
}

/**
 * Returns the pattern of a router that is mounted at `mounted`, with the patterns of the mounts around it. Values of parameters in
 * the mount of another framework are not part of it.
 */
export function patternBelow(
  { prefix, mounted: ofOthers }: Pick<Routing, "prefix" | "mounted">,
  mounted: string,
  pattern: string,
): string {
  const mount = prefix + (mounted.startsWith(ofOthers) ? mounted.slice(ofOthers.length) : "");
  return pattern === "/" && mount !== "" ? mount : mount + pattern;
}

/**
 * Returns the noted route, otherwise the one that the framework keeps, or the path of the mount that responded. It is a pattern of
 * the application, never the path. Returns `undefined` if no route matched.
 */
export function routeOf({ request, route, isNoted }: Routing): string | undefined {
  const kept = isNoted ? undefined : routeText(keptRoute(request));
  return kept ?? (typeof route === "function" ? routeText(route()) : route);
}

/** Returns the pattern of a route as text; `undefined` if it is not a pattern. An empty one is the root. */
export function routeText(pattern: unknown): string | undefined {
  if (typeof pattern === "string") return pattern || "/";
  if (pattern instanceof RegExp) return String(pattern);
  return Array.isArray(pattern) ? pattern.map(routeText).join(",") : undefined;
}
