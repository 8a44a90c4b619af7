// Routes of requests, noted by frameworks and read when the request ends.
import { attached } from "../shared/attached.ts";

/** A route as text, or a function that returns its pattern later. */
type Noted = string | (() => unknown);

/** The route of one request, as frameworks note it. */
export interface Routing {
  /** The mount pattern of the router that is handling the request; empty without one. */
  prefix: string;
  /** `undefined` if no route matched. */
  route: Noted | undefined;
  /** Whether a framework noted a route, or that none matched. */
  isNoted: boolean;
}

// Shared by the whole process: frameworks keep noting routes after a `shutdown()` and another `start()`.
const routings = attached<Routing>();

/**
 * Returns the routing of `request`, which is created by the first call.
 *
 * The first call belongs at the start of the request. Express sets a prototype for each request later, which has a shape of
 * its own afterwards. V8 can prepare no access to it, and each takes up to a microsecond.
 */
export function routingOf(request: object): Routing {
  let routing = routings.get(request);
  if (routing === undefined) {
    routing = { prefix: "", route: undefined, isNoted: false };
    routings.set(request, routing);
  }
  return routing;
}

/** Notes the route that matched; `undefined` if none did. The last call counts. */
export function noteRoute(routing: Routing, route: Noted | undefined): void {
  routing.route = route;
  routing.isNoted = true;
}

/** Returns the noted route: a pattern of the application, never the path. `undefined` if none was noted. */
export function routeOf({ route }: Routing): string | undefined {
  return typeof route === "function" ? routeText(route()) : route;
}

/** Returns the pattern of a route as text; `undefined` if it is not a pattern or is empty. */
export function routeText(pattern: unknown): string | undefined {
  if (typeof pattern === "string") return pattern === "" ? undefined : pattern;
  if (pattern instanceof RegExp) return String(pattern);
  return Array.isArray(pattern) ? pattern.map(routeText).join(",") : undefined;
}
