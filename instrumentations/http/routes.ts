// Routes of requests, noted by frameworks and read when the request ends.
import { attached } from "../shared/attached.ts";

/** A route as text, or a function that returns its pattern later. */
type Noted = string | (() => unknown);

interface Routing {
  prefix: string;
  route: Noted | undefined;
}

// One for the process: frameworks note on after a `shutdown()` and another `start()`.
const routings = attached<Routing>();

/** Notes the route that has matched `request`; `undefined` if none has. The last one counts. */
export function noteRoute(request: object, route: Noted | undefined): void {
  const routing = routings.get(request);
  if (routing === undefined) routings.set(request, { prefix: "", route });
  else routing.route = route;
}

/** Whether {@link noteRoute} was called for `request`. */
export function isNoted(request: object): boolean {
  return routings.get(request) !== undefined;
}

/** The pattern at which the router is mounted that `request` is in; empty if at none. */
export function prefixOf(request: object): string {
  return routings.get(request)?.prefix ?? "";
}

/** Keeps what {@link prefixOf} returns. */
export function setPrefix(request: object, prefix: string): void {
  const routing = routings.get(request);
  if (routing === undefined) routings.set(request, { prefix, route: undefined });
  else routing.prefix = prefix;
}

/** The route of `request`: a pattern of the application's, never the path. `undefined` if none was noted. */
export function routeOf(request: object): string | undefined {
  const route = routings.get(request)?.route;
  return typeof route === "function" ? routeText(route()) : route;
}

/** A route's pattern as text; `undefined` if it is not a pattern, or an empty one. */
export function routeText(pattern: unknown): string | undefined {
  if (typeof pattern === "string") return pattern === "" ? undefined : pattern;
  if (pattern instanceof RegExp) return String(pattern);
  return Array.isArray(pattern) ? pattern.map(routeText).join(",") : undefined;
}
