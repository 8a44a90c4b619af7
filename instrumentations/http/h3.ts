// Routes of h3, on which Nitro and Nuxt are built.
import { prototypeOf } from "../shared/exports.ts";
import { fieldOf, isObject } from "../shared/fields.ts";
import type { Recording } from "../shared/recording.ts";
import { mountedAt, noteRoute, patternBelow, routeText, routingOf } from "./routes.ts";

/** Notes the routes of h3: those of class `H3` in version 2, of routers in version 1. */
export function watchH3(recording: Recording<object>, exports: unknown): void {
  const H3 = fieldOf(exports, "H3");
  if (H3 === undefined) {
    recording.after(exports, "createRouter", (_self, router) => watchRouter(recording, router));
    return;
  }
  recording.after(prototypeOf(H3), "~findRoute", (_self, found, event) => {
    const node = fieldOf(fieldOf(fieldOf(event, "req"), "runtime"), "node");
    const route = routeText(fieldOf(fieldOf(found, "data"), "route"));
    note(fieldOf(node, "req"), "", () => route);
  });
}

function watchRouter(recording: Recording<object>, router: unknown): void {
  const handler = fieldOf(router, "handler");
  if (!isObject(router) || typeof handler !== "function") return;
  // A proxy, since h3 marks its handlers by properties.
  const watched = new Proxy(handler, {
    apply(target, self, args: unknown[]) {
      recording.safely(() => noteMatch(args[0]));
      return Reflect.apply(target, self, args);
    },
  });
  Reflect.set(router, "handler", watched);
}

// The router stores its match in the event, after which an inner router may store another.
function noteMatch(event: unknown): void {
  const request = fieldOf(fieldOf(event, "node"), "req");
  const mounted = mountedAt(fieldOf(request, "originalUrl"), fieldOf(event, "path"));
  note(request, mounted, () => fieldOf(fieldOf(fieldOf(event, "context"), "matchedRoute"), "path"));
}

// Its own mounts have no parameters, but it may be mounted in another framework, which may leave its mount before the route is
// read.
function note(request: unknown, mounted: string, pattern: () => unknown): void {
  const routing = isObject(request) ? routingOf(request) : undefined;
  if (routing === undefined) return;
  const outer = { prefix: routing.prefix, mounted: routing.mounted };
  noteRoute(routing, () => {
    const path = pattern();
    return typeof path === "string" ? patternBelow(outer, mounted, path) : undefined;
  });
}
