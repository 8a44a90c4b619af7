// Routes of Express 4 and 5, and of NestJS on top of them.
import { fieldOf, isObject } from "../shared/fields.ts";
import { isCallback, seenCallback } from "../shared/observed.ts";
import type { Recording } from "../shared/recording.ts";
import { noteRoute, routeText, routingOf } from "./routes.ts";

/** Methods of a router that add layers to its stack, and methods by which a layer handles a request. */
const ADDING = ["use", "route"] as const;
const HANDLING = ["handle_request", "handleRequest"] as const;

// Mount paths of all applications, which outlive a `shutdown()` and another `start()`. Each copy of Express has its
// own prototype.
const mountPaths = new WeakMap<object, string>();
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
      return function (...args) {
        let next = args[2];
        try {
          next = enter(this, args[0], next);
        } catch (error) {
          recording.failed(error);
        }
        return Reflect.apply(handle, this, [args[0], args[1], next]);
      };
    });
  };
  const added = (router: unknown, first: unknown, before: number): void => {
    const path = isHandler(first) ? undefined : routeText(first);
    for (const layer of stackOf(router).slice(before)) {
      if (!isObject(layer)) continue;
      const isMounted = fieldOf(layer, "route") === undefined && path !== undefined && path !== "/";
      if (isMounted) mountPaths.set(layer, path);
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

// Returns the `next` to call when the request leaves the layer.
function enter(layer: unknown, request: unknown, next: unknown): unknown {
  if (!isObject(layer) || !isObject(request)) return next;
  const route = fieldOf(layer, "route");
  if (route !== undefined) {
    const path = routeText(fieldOf(route, "path"));
    if (path === undefined) return next;
    const routing = routingOf(request);
    if (routing !== undefined) noteRoute(routing, joined(routing.prefix, path));
    return next;
  }
  const mountPath = mountPaths.get(layer);
  if (mountPath === undefined || !isCallback(next)) return next;
  const routing = routingOf(request);
  if (routing === undefined) return next;
  const outer = routing.prefix;
  routing.prefix = joined(outer, mountPath);
  return seenCallback(next, () => {
    routing.prefix = outer;
  });
}

// Distinguishes handlers from paths as Express does: a list may contain either.
function isHandler(first: unknown): boolean {
  return Array.isArray(first) && first.length > 0 ? isHandler(first[0]) : typeof first === "function";
}

function joined(prefix: string, path: string): string {
  if (prefix === "") return path;
  if (path === "/") return prefix;
  return (prefix.endsWith("/") ? prefix.slice(0, -1) : prefix) + (path.startsWith("/") ? path : `/${path}`);
}
