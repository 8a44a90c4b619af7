// Routes of Express 4 and 5, and of NestJS on top of them.
import { fieldOf, isObject } from "../shared/fields.ts";
import { isCallback, seenCallback } from "../shared/observed.ts";
import type { Recording } from "../shared/recording.ts";
import { wrapOnce } from "../shared/wrap-once.ts";
import { noteRoute, routeText, routingOf } from "./routes.ts";

/** Methods of a router that add layers to its stack, and methods by which a layer handles a request. */
const ADDING = ["use", "route"] as const;
const HANDLING = ["handle_request", "handleRequest"] as const;

/** Paths of a layer: one, or several with a layer for each. */
interface Paths {
  readonly path: unknown;
  readonly several: readonly Alternative[] | undefined;
}

/** One of the paths of a layer, with a layer that matches it alone. */
interface Alternative {
  readonly path: unknown;
  readonly layer: object;
}

/** Called with each request that enters a layer, and what it calls to leave it. Returns what it shall call instead. */
type Entered = (request: object, next: unknown) => unknown;

/**
 * Notes the routes of an Express application. Throws if `exports`, those of `lib/express.js`, are not as expected.
 *
 * A layer with a route is the start of that route. Any other layer may be mounted at a path, which becomes a prefix
 * of the routes below it. `req.baseUrl` cannot be used: it is the requested path, not the pattern. Other layers are left alone, since
 * a request passes many. Layers are also watched while nothing records, for another `start()`.
 */
export function watchExpress(recording: Recording<object>, exports: unknown): void {
  const added = (router: unknown, first: unknown, before: number): void => {
    const path = isHandler(first) ? undefined : first;
    for (const layer of stackOf(router).slice(before)) {
      if (!isObject(layer)) continue;
      const route = fieldOf(layer, "route");
      if (route === undefined && (path === undefined || path === "" || path === "/")) continue;
      const several = Array.isArray(path)
        ? alternativesOf(router, layer, path.flat(Infinity), route !== undefined)
        : undefined;
      if (route === undefined) watchLayer(recording, layer, inMount({ path, several }));
      else watchLayer(recording, layer, inRoute({ path: fieldOf(route, "path"), several }));
    }
  };
  const router = routerPrototype(exports);
  for (const name of ADDING) {
    if (!isCallback(Reflect.get(Object(router), name))) throw new TypeError(`there is no method "${name}"`);
    wrapOnce(router, name, (add) => {
      return function (...args) {
        const before = stackOf(this).length;
        const result: unknown = Reflect.apply(add, this, args);
        recording.safely(() => added(this, args[0], before));
        return result;
      };
    });
  }
}

// A method of its own calls that of the prototype, which others may replace.
function watchLayer(recording: Recording<object>, layer: object, entered: Entered): void {
  const prototype = Object(Object.getPrototypeOf(layer));
  const name = HANDLING.find((handling) => typeof fieldOf(prototype, handling) === "function");
  if (name === undefined || Object.hasOwn(layer, name)) return;
  // A list of the arguments would be garbage of each layer.
  const value = function (this: unknown, request: unknown, response: unknown, next: unknown): unknown {
    let seen = next;
    try {
      if (isObject(request)) seen = entered(request, next);
    } catch (error) {
      recording.failed(error);
    }
    return Reflect.apply(Reflect.get(prototype, name), this, [request, response, seen]);
  };
  Object.defineProperty(layer, name, { value, configurable: true, writable: true });
}

// Routers of Express 4 inherit from the function that creates them, those of Express 5 from its prototype.
function routerPrototype(exports: unknown): unknown {
  const router = ofFunction(exports, "Router");
  return typeof ofFunction(router, "use") === "function" ? router : ofFunction(router, "prototype");
}

// Applications and routers are functions.
function ofFunction(value: unknown, field: string): unknown {
  return typeof value === "function" ? Reflect.get(value, field) : undefined;
}

function stackOf(router: unknown): readonly unknown[] {
  const stack = ofFunction(router, "stack");
  return Array.isArray(stack) ? stack : [];
}

// Layers of the same class and options as `layer`, one for each path.
function alternativesOf(
  router: unknown,
  layer: object,
  paths: readonly unknown[],
  isRoute: boolean,
): readonly Alternative[] {
  const options = {
    sensitive: ofFunction(router, "caseSensitive"),
    strict: isRoute && ofFunction(router, "strict"),
    end: isRoute,
  };
  return paths.map((path) => ({
    path,
    layer: Object(Reflect.construct(Object(layer.constructor), [path, options, () => {}])),
  }));
}

function inRoute({ path, several }: Paths): Entered {
  return (request, next) => {
    const routing = routingOf(request);
    if (routing === undefined) return next;
    const entered = (several && matched(several, urlPath(request))) ?? path;
    const text = routing.prefix === "" ? routeText(entered) : joined(routing.prefix, entered);
    if (text !== undefined) noteRoute(routing, text);
    return next;
  };
}

function inMount({ path, several }: Paths): Entered {
  return (request, next) => {
    if (!isCallback(next)) return next;
    const routing = routingOf(request);
    if (routing === undefined) return next;
    const { prefix, mounted, route: before, isNoted } = routing;
    // Express has moved the matched part of the path there.
    routing.mounted = String(fieldOf(request, "baseUrl"));
    const entered = (several && matched(several, routing.mounted.slice(mounted.length))) ?? path;
    routing.prefix = joined(prefix, entered) ?? prefix;
    // A handler that is mounted here may respond itself.
    if (routing.prefix !== prefix) routing.route = routing.prefix;
    routing.isNoted = false;
    return seenCallback(next, (failure) => {
      routing.prefix = prefix;
      routing.mounted = mounted;
      if (routing.isNoted) return;
      routing.isNoted = isNoted;
      if (!isFailure(failure)) routing.route = before;
    });
  };
}

// A layer passes these words to leave its route or its router.
function isFailure(given: unknown): boolean {
  return Boolean(given) && given !== "route" && given !== "router";
}

function urlPath(request: object): string {
  return String(fieldOf(request, "url")).split("?", 1)[0] ?? "";
}

// The one of a layer's paths that matches a part of the requested path.
function matched(several: readonly Alternative[], part: string): unknown {
  return several.find(({ layer }) => {
    const match = fieldOf(layer, "match");
    return isCallback(match) && Boolean(Reflect.apply(match, layer, [part]));
  })?.path;
}

// Distinguishes handlers from paths as Express does: a list may contain either.
function isHandler(first: unknown): boolean {
  return Array.isArray(first) && first.length > 0 ? isHandler(first[0]) : typeof first === "function";
}

function joined(prefix: string, pattern: unknown): string | undefined {
  const path = pattern instanceof RegExp ? expressionPath(pattern) : routeText(pattern);
  if (path === undefined) return undefined;
  if (path === "/") return prefix;
  return (prefix.endsWith("/") ? prefix.slice(0, -1) : prefix) + (path.startsWith("/") ? path : `/${path}`);
}

// An expression as a part of a longer pattern: `/^\/c(\d+)$/` as `/c(\d+)`.
function expressionPath({ source }: RegExp): string {
  const path = source.replace(/\$$/, "").replaceAll("\\/", "/");
  return path.startsWith("^") ? path.slice(1) : `/.*${path}`;
}
