// Routes of requests, noted by frameworks and read when the request ends.

/** A route as text, or a function that returns its pattern later. */
type Noted = string | (() => unknown);

/** The route of one request, as frameworks note it. */
export interface Routing {
  /** The mount pattern of the router that is handling the request; empty without one. */
  prefix: string;
  /** The part of the requested path that matched the prefix. */
  mounted: string;
  /** `undefined` if no route matched. */
  route: Noted | undefined;
  /** Whether a framework noted a route, or that none matched. */
  isNoted: boolean;
  /** Whether the route is kept when the response closes. */
  isKept: boolean;
}

// By request, while it is served. Shared by the whole process: frameworks keep noting routes after a `shutdown()` and another
// `start()`. With a private field, requests would have further shapes, and V8 slows down code that meets several shapes.
const routings = new Map<object, Routing>();

/** Starts the routing of `request`. */
export function beginRouting(request: object): Routing {
  const known = routings.get(request);
  if (known !== undefined) return known;
  const routing: Routing = { prefix: "", mounted: "", route: undefined, isNoted: false, isKept: false };
  routings.set(request, routing);
  return routing;
}

/** Continues an ended routing of `request`. */
export function resumeRouting(request: object, routing: Routing): void {
  routings.set(request, routing);
}

/** Ends the routing of `request`, whose routes are no longer noted. */
export function endRouting(request: object): void {
  routings.delete(request);
}

/** Returns the routing of `request`; `undefined` if it is not being served, or is not measured. */
export function routingOf(request: object): Routing | undefined {
  return routings.get(request);
}

/** Notes the route that matched; `undefined` if none did. The last call counts. */
export function noteRoute(routing: Routing | undefined, route: Noted | undefined): void {
  if (routing === undefined) return;
  routing.route = route;
  routing.isNoted = true;
}

/** Returns the noted route: a pattern of the application, never the path. `undefined` if none was noted. */
export function routeOf({ route }: Routing): string | undefined {
  return typeof route === "function" ? routeText(route()) : route;
}

/** Returns the pattern of a route as text; `undefined` if it is not a pattern. An empty one is the root. */
export function routeText(pattern: unknown): string | undefined {
  if (typeof pattern === "string") return pattern || "/";
  if (pattern instanceof RegExp) return String(pattern);
  return Array.isArray(pattern) ? pattern.map(routeText).join(",") : undefined;
}
