// Routes of Express 4 and 5, and of NestJS on top of them.
import { fieldOf, isObject } from "../shared/fields.ts";
import { isCallback, seenCallback } from "../shared/observed.ts";
import type { Recording } from "../shared/recording.ts";
import { noteRoute, routeText, routingOf } from "./routes.ts";

/** Methods of a router that add layers to its stack, and methods by which a layer handles a request. */
const ADDING = ["use", "route"] as const;
const HANDLING = ["handle_request", "handleRequest"] as const;

/** One of the paths of a layer, with a layer that matches it alone. */
interface Alternative {
  readonly path: unknown;
  readonly layer: object;
}

// Mount paths of all applications, which outlive a `shutdown()` and another `start()`. Each copy of Express has its
// own prototype.
const mountPaths = new WeakMap<object, unknown>();
// The paths of layers that have several.
const alternatives = new WeakMap<object, readonly Alternative[]>();
const layerPrototypes = new Set<object>();

/**
 * Notes the routes of an Express application. Throws if `exports`, those of `lib/express.js`, are not as expected.
 *
 * A layer with a route is the start of that route. Any other layer may be mounted at a path, which becomes a prefix
 * of the routes below it. `req.baseUrl` cannot be used: it is the requested path, not the pattern.
 */
export function watchExpress(recording: Recording<object>, exports: unknown): void {
  // Observes the requests handled by layers of this prototype. Methods already replaced by this recording stay as
  // they are.
  const watchLayers = (prototype: object): void => {
    const name = HANDLING.find((handling) => typeof fieldOf(prototype, handling) === "function");
    if (name === undefined) return;
    recording.wrap(prototype, name, (handle) => {
      // A list of the arguments would be garbage of each layer.
      return function (request, response, next) {
        let seen = next;
        try {
          seen = enter(this, request, next);
        } catch (error) {
          recording.failed(error);
        }
        return Reflect.apply(handle, this, [request, response, seen]);
      };
    });
  };
  const added = (router: unknown, first: unknown, before: number): void => {
    const path = isHandler(first) ? undefined : first;
    for (const layer of stackOf(router).slice(before)) {
      if (!isObject(layer)) continue;
      const isRoute = fieldOf(layer, "route") !== undefined;
      if (!isRoute && path !== undefined && path !== "" && path !== "/") mountPaths.set(layer, path);
      if (Array.isArray(path))
        alternatives.set(layer, alternativesOf(router, layer, path.flat(Infinity), isRoute));
      const prototype: unknown = Object.getPrototypeOf(layer);
      if (!isObject(prototype)) continue;
      layerPrototypes.add(prototype);
      watchLayers(prototype);
    }
  };
  for (const prototype of layerPrototypes) watchLayers(prototype);
  for (const name of ADDING) {
    recording.wrap(routerPrototype(exports), name, (add) => {
      return function (...args) {
        const before = stackOf(this).length;
        const result: unknown = Reflect.apply(add, this, args);
        recording.safely(() => added(this, args[0], before));
        return result;
      };
    });
  }
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

// Returns the `next` to call when the request leaves the layer.
function enter(layer: unknown, request: unknown, next: unknown): unknown {
  if (!isObject(layer) || !isObject(request)) return next;
  const route = fieldOf(layer, "route");
  if (route !== undefined) {
    const routing = routingOf(request);
    if (routing === undefined) return next;
    const paths = alternatives.get(layer);
    const path = (paths && matched(paths, urlPath(request))) ?? fieldOf(route, "path");
    const text = routing.prefix === "" ? routeText(path) : joined(routing.prefix, path);
    if (text !== undefined) noteRoute(routing, text);
    return next;
  }
  const mountPath = mountPaths.get(layer);
  if (mountPath === undefined || !isCallback(next)) return next;
  const routing = routingOf(request);
  if (routing === undefined) return next;
  const { prefix, mounted, route: before, isNoted } = routing;
  // Express has moved the matched part of the path there.
  routing.mounted = String(fieldOf(request, "baseUrl"));
  const paths = alternatives.get(layer);
  const path = (paths && matched(paths, routing.mounted.slice(mounted.length))) ?? mountPath;
  routing.prefix = joined(prefix, path) ?? prefix;
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
