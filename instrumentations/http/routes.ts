// Routes of requests, noted by frameworks and read when the request ends.
import { attached } from "../shared/attached.ts";

/** A route as text, or a function that returns its pattern later. */
type Noted = string | (() => unknown);

interface Routing {
  prefix: string;
  route: Noted | undefined;
}

// Shared by the whole process: frameworks keep noting routes after a `shutdown()` and another `start()`.
const routings = attached<Routing>();

/** Notes the route that matched `request`; `undefined` if none did. The last call counts. */
export function noteRoute(request: object, route: Noted | undefined): void {
  const routing = routings.get(request);
  if (routing === undefined) routings.set(request, { prefix: "", route });
  else routing.route = route;
}

/** Whether {@link noteRoute} was called for `request`. */
export function isNoted(request: object): boolean {
  return routings.get(request) !== undefined;
}

/** Returns the mount pattern of the router that is handling `request`; empty without one. */
export function prefixOf(request: object): string {
  return routings.get(request)?.prefix ?? "";
}

/** Sets the value returned by {@link prefixOf}. */
export function setPrefix(request: object, prefix: string): void {
  const routing = routings.get(request);
  if (routing === undefined) routings.set(request, { prefix, route: undefined });
  else routing.prefix = prefix;
}

/** Returns the route of `request`: a pattern of the application, never the path. `undefined` if none was noted. */
export function routeOf(request: object): string | undefined {
  const route = routings.get(request)?.route;
  return typeof route === "function" ? routeText(route()) : route;
}

/** Returns the pattern of a route as text; `undefined` if it is not a pattern or is empty. */
export function routeText(pattern: unknown): string | undefined {
  if (typeof pattern === "string") return pattern === "" ? undefined : pattern;
  if (pattern instanceof RegExp) return String(pattern);
  return Array.isArray(pattern) ? pattern.map(routeText).join(",") : undefined;
}
